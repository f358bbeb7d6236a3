// What the controls do. One picture or frame is looked at at a time.

import { Camera } from "./camera.js";
import { facesIn } from "./faces.js";
import { expected, NO_FACE, sentence } from "./messages.js";
import { readPicture } from "./pictures.js";
import { percent, Results } from "./results.js";
import { hasWebAssembly } from "./runtime.js";
import { Stage } from "./stage.js";

const DETECTOR = "detector.onnx";
const find = (id) => document.getElementById(id);
const stage = new Stage(document);
const camera = new Camera(find("video"));
let known; // models.json
let results;
let shown = { picture: null, faces: [], live: false }; // what is seen now
let chosen = 0; // which of its faces
let turn = 0; // counts what was asked for; answers to what came before are dropped
let working = Promise.resolve();

/** Do one thing after the other, and nothing that nobody waits for any more. */
function inTurn(mine, work) {
  const done = working.then(() => (mine === turn ? work() : null));
  working = done.catch(() => null);
  return done;
}

function model() {
  return known.models.find(({ name }) => name === find("model").value);
}

async function look(picture, mine, live) {
  const files = { detector: DETECTOR, model: model().file, classes: known.classes.length };
  const answer = await inTurn(mine, () => facesIn(picture, { ...files, hasty: live }));
  if (!answer || mine !== turn) return;
  const { faces, detecting, classifying } = answer;
  shown = { picture, faces, live };
  if (!live || chosen >= faces.length) chosen = largest(faces);
  results.time(detecting, classifying, live);
  stage.say(faces.length ? "" : NO_FACE);
  present();
}

/** Show the faces that were found, and the chosen one's expression. */
function present() {
  const { faces, live } = shown;
  const labels = faces.map((face) => results.label(face));
  stage.draw(faces, chosen, labels);
  results.show(faces[chosen]);
  offer(labels);
  if (faces.length) results.announce(`${counted(faces.length)}. ${labels[chosen]}`, live);
  stage.describe(faces.length ? `Picture with ${counted(faces.length)}` : "Picture without a face");
  document.documentElement.dataset.state = "done";
}

const counted = (faces) => (faces === 1 ? "1 face" : `${faces} faces`);

function largest(faces) {
  const areas = faces.map(({ box }) => box.width * box.height);
  return Math.max(0, areas.indexOf(Math.max(...areas)));
}

/** Of several faces, let one be chosen. */
function offer(labels) {
  const group = find("faces");
  group.hidden = labels.length < 2;
  const list = group.querySelector("div");
  while (list.children.length > labels.length) list.lastChild.remove();
  labels.forEach((label, place) => {
    if (place === list.children.length) list.append(option(place));
    const [input, text] = list.children[place].children;
    input.checked = place === chosen;
    text.textContent = `${place + 1}: ${label}`;
  });
}

function option(place) {
  const label = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "face", value: place });
  input.addEventListener("change", () => {
    chosen = place;
    present();
  });
  label.append(input, document.createElement("span"));
  return label;
}

async function showPicture(read) {
  const mine = begin("Looking for faces …");
  try {
    const picture = await readPicture(await read());
    if (mine !== turn) return;
    stage.show(picture, false);
    await look(picture, mine, false);
  } catch (error) {
    fail(error, mine);
  }
}

async function showCamera() {
  const mine = begin("Waiting for the camera …");
  try {
    await camera.start(() => mine === turn && fail(expected("CameraEnded"), mine));
    if (mine !== turn) return camera.stop();
    find("camera").textContent = "Stop the camera";
    while (mine === turn) {
      const frame = await camera.frame();
      if (!frame || mine !== turn) return;
      if (!shown.live) stage.clear(frame.width, frame.height);
      await look(frame, mine, true);
    }
  } catch (error) {
    fail(error, mine);
  }
}

/** Drop what is under way. Of the camera, the last picture stays. */
function begin(message = "") {
  document.documentElement.dataset.state = "busy";
  camera.stop();
  find("camera").textContent = "Use the camera";
  if (shown.live) {
    stage.show(shown.picture, true);
    shown = { ...shown, live: false };
    present();
  }
  stage.say(message);
  return ++turn;
}

/** Say what went wrong; what was seen before stays. */
function fail(error, mine) {
  if (mine !== turn) return;
  begin(sentence(error));
  document.documentElement.dataset.state = "failed";
}

function bind() {
  const file = find("file");
  find("camera").addEventListener("click", () => (camera.stream ? begin() : showCamera()));
  find("choose").addEventListener("click", () => file.click());
  find("example").addEventListener("click", showExample);
  file.addEventListener("change", () => {
    const [first] = file.files;
    if (first) showPicture(() => first);
    file.value = ""; // the same file may be chosen again
  });
  find("model").addEventListener("change", changeModel);
  new ResizeObserver(() => shown.faces.length && present()).observe(stage.frame);
  bindDrop();
}

function bindDrop() {
  const over = (event, is) => {
    event.preventDefault();
    stage.frame.classList.toggle("dropping", is);
  };
  addEventListener("dragover", (event) => over(event, true));
  addEventListener("dragleave", (event) => over(event, false));
  addEventListener("drop", (event) => {
    over(event, false);
    const [first] = event.dataTransfer.files;
    if (first) showPicture(() => first);
  });
}

function showExample() {
  return showPicture(() => load("example.jpg", (response) => response.blob()));
}

async function changeModel() {
  results.know(model());
  const { picture, live } = shown;
  if (!picture || live) return; // the next frame is looked at by the new one
  results.show(null);
  const mine = begin(`Loading ${model().name} …`);
  await look(picture, mine, false).catch((error) => fail(error, mine));
}

async function load(address, read) {
  const response = await fetch(address).catch(() => null);
  if (!response?.ok) throw expected("NoFiles");
  return read(response);
}

async function start() {
  try {
    if (!hasWebAssembly()) throw expected("NoWebAssembly");
    known = await load("models.json", (response) => response.json());
    results = new Results(document, known.classes);
    for (const { name, accuracy } of known.models) {
      const text = accuracy ? `${name} (${percent(accuracy.value)} right)` : name;
      find("model").add(new Option(text, name));
    }
    results.know(model());
    bind();
    await showExample();
  } catch (error) {
    fail(error, turn);
  }
}

start();
