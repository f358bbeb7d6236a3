// Pictures → faces and the probabilities of their expressions.

import { cropFace, SIDE } from "./crops.js";
import { detect } from "./detection.js";
import { expected } from "./messages.js";
import { open, Tensor } from "./runtime.js";

const opened = new Map(); // sessions by address

/** Open a file once. */
function session(address) {
  if (!opened.has(address)) {
    const opening = open(address).catch((error) => {
      opened.delete(address); // the next try may find the network back
      console.warn(error);
      throw expected("NoModel");
    });
    opened.set(address, opening);
  }
  return opened.get(address);
}

/**
 * Find the faces of a picture and tell their expressions.
 *
 * → {faces: [{box, score, probabilities: [7], best}], detecting, classifying}, times in milliseconds
 */
export async function facesIn(picture, { detector, model, classes, hasty }) {
  const [finding, telling] = [await session(detector), await session(model)];
  const start = performance.now();
  const detections = await detect(finding, picture, hasty);
  const between = performance.now();
  const crops = detections.map(({ box }) => cropFace(picture, box));
  const answers = crops.length ? await classify(telling, crops) : [];
  const end = performance.now();
  const faces = detections.map((detection, k) => {
    const probabilities = Array.from(answers.subarray(k * classes, (k + 1) * classes));
    return { ...detection, probabilities, best: probabilities.indexOf(Math.max(...probabilities)) };
  });
  return { faces, detecting: between - start, classifying: end - between };
}

/** Crops, Uint8Array [48 × 48] each → Float32Array [N × 7] */
async function classify(model, crops) {
  const pixels = new Uint8Array(crops.length * SIDE * SIDE);
  crops.forEach((crop, k) => pixels.set(crop, k * SIDE * SIDE));
  const faces = new Tensor("uint8", pixels, [crops.length, 1, SIDE, SIDE]);
  return (await model.run({ faces })).probabilities.data;
}
