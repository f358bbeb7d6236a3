// Files → pictures {width, height, data}, data RGBA, turned as EXIF says.

import { expected } from "./messages.js";

const MOST_PIXELS = 16e6; // more is more than the canvas of some phones can hold

/** Read a file or what was fetched. Colours stay as they are stored, as in Python. */
export async function readPicture(blob) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, { colorSpaceConversion: "none" });
  } catch {
    throw expected("NoPicture");
  }
  const shrink = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
  const width = Math.max(1, Math.floor(bitmap.width * shrink));
  const height = Math.max(1, Math.floor(bitmap.height * shrink));
  const picture = pixelsOf(bitmap, width, height);
  bitmap.close();
  return picture;
}

const canvas = document.createElement("canvas");
const context = canvas.getContext("2d", { willReadFrequently: true });

/** The pixels of a bitmap or of a video's frame; what is transparent becomes white. */
export function pixelsOf(source, width, height) {
  canvas.width = width;
  canvas.height = height;
  context.fillStyle = "#ffffff";
  context.fillRect(0, 0, width, height);
  context.drawImage(source, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
