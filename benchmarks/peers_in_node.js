// Other packages' networks, each with the preprocessing of its own code: run by peers.py.
//
//     node peers_in_node.js PEER FACES ANSWERS MODULES
//
// MODULES is the folder node_modules of a peer's own environment. FACES are uint8 [N, 48, 48], a face
// after the other; ANSWERS becomes float32 [N, 7] in the order of FER2013's classes. It prints, as
// JSON, the median of a face's processor time in milliseconds, and the bytes of the network's files.
// TensorFlow.js with its WebAssembly backend, one thread, one face at a time.

const fs = require("node:fs");
const path = require("node:path");

const [peer, facesFile, answersFile, modules] = process.argv.slice(2);
const load = (name) => require(path.resolve(modules, name));
const tf = load("@tensorflow/tfjs");
const wasm = load("@tensorflow/tfjs-backend-wasm");

const FER2013 = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"];
const SIDE = 48;

// The same grey in all three channels. → uint8 tensor [48, 48, 3]
function colour(face) {
  const pixels = new Int32Array(3 * face.length);
  face.forEach((grey, place) => pixels.fill(grey, 3 * place, 3 * place + 3));
  return tf.tensor3d(pixels, [SIDE, SIDE, 3], "int32");
}

// predictExpressions of the package itself, which resizes and normalises.
async function faceApi() {
  const faceapi = load("@vladmandic/face-api/dist/face-api.node-wasm.js");
  const folder = path.resolve(modules, "@vladmandic/face-api/model");
  const manifest = JSON.parse(fs.readFileSync(`${folder}/face_expression_model-weights_manifest.json`));
  const files = manifest.flatMap((group) => group.paths).map((name) => `${folder}/${name}`);
  const network = faceapi.nets.faceExpressionNet;
  const weights = fs.readFileSync(files[0]);
  const entries = manifest.flatMap((group) => group.weights);
  network.loadFromWeightMap(tf.io.decodeWeights(bufferOf(weights), entries));
  const names = ["angry", "disgusted", "fearful", "happy", "sad", "surprised", "neutral"];
  const answer = async (face) => {
    const input = colour(face);
    const expressions = await network.predictExpressions(input);
    input.dispose();
    return names.map((name) => expressions[name]);
  };
  return { answer, files };
}

// src/gear/emotion.ts: grey, bilinear to 64×64, -1 to 1. Its classes are in FER2013's order.
async function human() {
  const folder = path.resolve(modules, "@vladmandic/human/models");
  const files = ["emotion.bin"].map((name) => `${folder}/${name}`);
  const topology = JSON.parse(fs.readFileSync(`${folder}/emotion.json`));
  const network = await tf.loadGraphModel({
    load: async () => ({
      modelTopology: topology.modelTopology,
      weightSpecs: topology.weightsManifest.flatMap((group) => group.weights),
      weightData: bufferOf(fs.readFileSync(files[0])),
      signature: topology.signature,
    }),
  });
  const side = network.inputs[0].shape[2];
  const answer = async (face) => {
    const output = tf.tidy(() => {
      const image = colour(face).toFloat().div(255).expandDims(0);
      const resized = tf.image.resizeBilinear(image, [side, side], false);
      const grey = resized.mul([0.2989, 0.587, 0.114]).sum(3, true);
      return network.execute(grey.sub(0.5).mul(2));
    });
    const probabilities = await output.data();
    output.dispose();
    return probabilities;
  };
  return { answer, files };
}

function bufferOf(file) {
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function main() {
  wasm.setWasmPaths(path.resolve(modules, "@tensorflow/tfjs-backend-wasm/dist") + path.sep);
  wasm.setThreadsCount(1);
  await tf.setBackend("wasm");
  await tf.ready();
  const { answer, files } = await { "face-api": faceApi, human }[peer]();
  const pixels = fs.readFileSync(facesFile);
  const count = pixels.length / SIDE ** 2;
  const answers = new Float32Array(count * FER2013.length);
  const times = [];
  for (let place = 0; place < count; place++) {
    const face = pixels.subarray(place * SIDE ** 2, (place + 1) * SIDE ** 2);
    const started = processorTime();
    answers.set(await answer(face), place * FER2013.length);
    times.push(processorTime() - started);
  }
  fs.writeFileSync(answersFile, Buffer.from(answers.buffer));
  const bytes = files.reduce((sum, file) => sum + fs.statSync(file).size, 0);
  console.log(JSON.stringify({ milliseconds: median(times), bytes }));
}

main();
