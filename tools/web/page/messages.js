// What went wrong, in a sentence for whoever looks at the page.

const SENTENCES = {
  NotAllowedError: "The camera may not be used. Allow it in the browser's settings for this page.",
  NotFoundError: "This machine has no camera. Choose a picture instead.",
  NotReadableError: "Another program uses the camera. Close it and try again.",
  NoCameraApi: "The browser gives its camera to pages by https or on localhost only.",
  CameraEnded: "The camera was disconnected.",
  NoWebAssembly: "This browser has no WebAssembly, in which the models run. Try a newer one.",
  NoPicture: "This file is no picture that the browser can show.",
  NoModel: "A model could not be started. Reload the page, or try a newer browser.",
  NoFiles: "A file of this page could not be loaded. Check the connection and reload the page.",
};
export const NO_FACE = "No face found. Try one that looks this way, larger or in more light.";

/** An error that the page expects; its name is one of those above. */
export function expected(name) {
  const error = new Error(SENTENCES[name]);
  error.name = name;
  return error;
}

export function sentence(error) {
  console.warn(error);
  return SENTENCES[error.name] ?? `Something went wrong: ${error.message}`;
}
