// Pictures → the grey 48×48 crops that models were trained on: fer2013/predict/pictures.py once more.
//
// A picture is {width, height, data}, data RGBA [height × width × 4]; a box {left, top, width,
// height} in its pixels.

import { resize, roundHalfToEven } from "./resize.js";

export const SIDE = 48;
const BOX_IN_CROP = 0.86;
const BOX_BELOW_CENTRE = 0.08;

/** Cut out a detected face as FER2013 would. → Uint8Array [48 × 48] */
export function cropFace(picture, box) {
  const side = Math.max(1, roundHalfToEven(Math.max(box.width, box.height) / BOX_IN_CROP));
  const left = roundHalfToEven(box.left + box.width / 2 - side / 2);
  const top = roundHalfToEven(box.top + box.height / 2 - side * BOX_BELOW_CENTRE - side / 2);
  return resize(greySquare(picture, left, top, side), SIDE, SIDE).data;
}

/** A square of the picture, grey (ITU-R BT.601); beyond its border the last pixels are repeated. */
export function greySquare(picture, left, top, side) {
  const { width, height, data: rgba } = picture;
  const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
  // At least one pixel of the picture stays, else there is nothing to repeat.
  const y0 = clamp(top, 1 - side, height - 1);
  const x0 = clamp(left, 1 - side, width - 1);
  const data = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    const row = clamp(y0 + y, 0, height - 1) * width;
    for (let x = 0; x < side; x++) {
      const at = (row + clamp(x0 + x, 0, width - 1)) * 4;
      const grey = rgba[at] * 9798 + rgba[at + 1] * 19235 + rgba[at + 2] * 3735;
      data[y * side + x] = (grey + 16384) >> 15; // as OpenCV, in 15 bits
    }
  }
  return { width: side, height: side, channels: 1, data };
}
