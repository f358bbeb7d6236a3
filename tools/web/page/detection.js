// Where the faces are: fer2013/predict/detection.py once more, with the same BlazeFace.

import { Tensor } from "./runtime.js";
import { resize, roundHalfToEven } from "./resize.js";

const INPUT = 128; // pixels a side
const GRIDS = [[16, 2], [8, 6]]; // cells a side, and anchors in each
const MIN_SCORE = 0.5;
const SAME_FACE = 0.3;
const INSIDE_ANOTHER = 0.7;
const WORTH_A_CLOSER_LOOK = 2 * INPUT;
const ANCHORS = anchors();
const VALUES = 16; // that the network says of each anchor: a box and six points

/**
 * Find the faces of a picture, from left to right. → [{box, score}]
 *
 * In Python a larger picture is always looked at in windows of half its side too; `hasty` does so
 * only where a look at the whole found no face, as is good enough for who sits before a camera.
 */
export async function detect(session, picture, hasty = false) {
  const found = [];
  for (const [place, window] of windows(picture.width, picture.height).entries()) {
    if (hasty && place === 1 && found.length) break;
    found.push(...(await inWindow(session, picture, window)));
  }
  return oneForEachFace(found).sort((one, other) => inOrder(one.box, other.box));
}

async function inWindow(session, picture, window) {
  const input = new Tensor("float32", networkInput(picture, window), [1, 3, INPUT, INPUT]);
  const answer = await session.run({ input });
  const logits = answer.classificators.data;
  const values = answer.regressors.data;
  const found = [];
  for (let k = 0; k < logits.length; k++) {
    const score = 1 / (1 + Math.exp(-logits[k]));
    if (score >= MIN_SCORE) found.push({ box: boxOf(values, k, window), score });
  }
  return merged(found).filter(({ box }) => !cutOff(box, window, picture.width, picture.height));
}

function boxOf(values, k, window) {
  const at = k * VALUES;
  const x = Math.fround(values[at] / INPUT + ANCHORS[2 * k]);
  const y = Math.fround(values[at + 1] / INPUT + ANCHORS[2 * k + 1]);
  const width = values[at + 2] / INPUT;
  const height = values[at + 3] / INPUT;
  return {
    left: Math.fround(window.left + (x - width / 2) * window.side),
    top: Math.fround(window.top + (y - height / 2) * window.side),
    width: Math.fround(width * window.side),
    height: Math.fround(height * window.side),
  };
}

/** The centres from which the network's 896 boxes are offset. → Float32Array [896 × 2], x and y */
function anchors() {
  const centres = [];
  for (const [cells, each] of GRIDS) {
    for (let y = 0; y < cells; y++) {
      for (let x = 0; x < cells; x++) {
        for (let k = 0; k < each; k++) centres.push((x + 0.5) / cells, (y + 0.5) / cells);
      }
    }
  }
  return Float32Array.from(centres);
}

/** The whole picture, in the middle of a square; and of a larger one, squares of half its side. */
export function windows(width, height) {
  const side = Math.max(width, height);
  const found = [{ left: (width - side) >> 1, top: (height - side) >> 1, side }];
  if (side < WORTH_A_CLOSER_LOOK) return found;
  const half = side >> 1;
  for (const top of steps(height, half)) {
    for (const left of steps(width, half)) found.push({ left, top, side: half });
  }
  return found;
}

function steps(length, side) {
  if (length <= side) return [(length - side) >> 1];
  const gaps = Math.ceil((2 * (length - side)) / side);
  return Array.from({ length: gaps + 1 }, (_, place) =>
    roundHalfToEven((place * (length - side)) / gaps),
  );
}

/** A window, black beyond the picture's border. → Float32Array [3 × 128 × 128] in -1..1 */
export function networkInput(picture, window) {
  const top = Math.max(window.top, 0);
  const left = Math.max(window.left, 0);
  const bottom = Math.min(window.top + window.side, picture.height);
  const right = Math.min(window.left + window.side, picture.width);
  const scale = INPUT / window.side;
  const y0 = roundHalfToEven((top - window.top) * scale);
  const x0 = roundHalfToEven((left - window.left) * scale);
  const y1 = Math.max(y0 + 1, roundHalfToEven((bottom - window.top) * scale));
  const x1 = Math.max(x0 + 1, roundHalfToEven((right - window.left) * scale));
  const inside = rgbOf(picture, left, top, right - left, bottom - top);
  const small = resize(inside, x1 - x0, y1 - y0);
  const input = new Float32Array(3 * INPUT * INPUT).fill(-1);
  for (let y = y0, at = 0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      for (let c = 0; c < 3; c++) {
        input[(c * INPUT + y) * INPUT + x] = Math.fround(small.data[at++] / 127.5) - 1;
      }
    }
  }
  return input;
}

function rgbOf(picture, left, top, width, height) {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y++) {
    let from = ((top + y) * picture.width + left) * 4;
    for (let x = 0; x < width; x++, from += 4) {
      data[to++] = picture.data[from];
      data[to++] = picture.data[from + 1];
      data[to++] = picture.data[from + 2];
    }
  }
  return { width, height, channels: 3, data };
}

/** One for each face of a window: boxes that overlap count by their scores, as in MediaPipe. */
function merged(found) {
  const faces = [];
  let left = found.toSorted((one, other) => other.score - one.score);
  while (left.length) {
    const best = left[0];
    const same = left.filter((other) => other === best || overlap(best.box, other.box) > SAME_FACE);
    const total = same.reduce((sum, { score }) => sum + score, 0);
    const mean = (side) => same.reduce((sum, { box, score }) => sum + box[side] * score, 0) / total;
    const box = { left: mean("left"), top: mean("top"), width: mean("width"), height: mean("height") };
    faces.push({ box, score: best.score });
    left = left.filter((other) => !same.includes(other));
  }
  return faces;
}

/** Of several windows' detections of one face, keep the surest. */
function oneForEachFace(found) {
  const faces = [];
  for (const detection of found.toSorted((one, other) => other.score - one.score)) {
    if (!faces.some((face) => sameFace(detection.box, face.box))) faces.push(detection);
  }
  return faces;
}

function sameFace(one, other) {
  const smaller = Math.min(one.width * one.height, other.width * other.height);
  return overlap(one, other) > SAME_FACE || intersection(one, other) > INSIDE_ANOTHER * smaller;
}

function intersection(one, other) {
  const right = Math.min(one.left + one.width, other.left + other.width);
  const bottom = Math.min(one.top + one.height, other.top + other.height);
  const width = right - Math.max(one.left, other.left);
  const height = bottom - Math.max(one.top, other.top);
  return Math.max(width, 0) * Math.max(height, 0);
}

function overlap(one, other) {
  const both = intersection(one, other);
  const union = one.width * one.height + other.width * other.height - both;
  return union > 0 ? both / union : 0;
}

/** Does the window, but not the picture, end within a face? Another window shows all of it. */
function cutOff(box, window, width, height) {
  const right = window.left + window.side;
  const bottom = window.top + window.side;
  return (
    (box.left < window.left && window.left > 0) ||
    (box.top < window.top && window.top > 0) ||
    (box.left + box.width > right && right < width) ||
    (box.top + box.height > bottom && bottom < height)
  );
}

function inOrder(one, other) {
  return one.left - other.left || one.top - other.top || one.width - other.width;
}
