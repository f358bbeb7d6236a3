// onnxruntime-web in WebAssembly on one thread: more would need headers that static hosts lack.

import * as ort from "./vendor/ort.wasm.bundle.min.mjs";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

export const Tensor = ort.Tensor;

/** Open an ONNX file, given as its address. */
export function open(address) {
  return ort.InferenceSession.create(new URL(address, import.meta.url).href, {
    executionProviders: ["wasm"],
    // Weights in 8 bits become float32 here and now, instead of at each call.
    extra: { session: { disable_quant_qdq: "1" } },
  });
}

export function hasWebAssembly() {
  return typeof WebAssembly === "object";
}
