"""Other packages' networks, each with the preprocessing of its own code: run by peers.py.

    python peers_in_python.py PEER FACES ANSWERS

This runs in a peer's own environment, so it imports nothing of this repository. FACES are uint8
[N, 48, 48], a face after the other; ANSWERS becomes float32 [N, 7] in the order of FER2013's
classes. It prints, as JSON, the median of a face's processor time in milliseconds, and the bytes
of the network's file. One thread, one face at a time. ai-edge-litert runs the tflite files for
which the packages themselves take tensorflow.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

Answer = Callable[[np.ndarray], np.ndarray]  # uint8 [48, 48] → float32 [7]
FER2013 = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


def fer() -> tuple[Answer, Path]:
    """fer/fer.py, with `use_tflite`, its default: the crop is resized to 64×64, -1 to 1."""
    import cv2  # noqa: PLC0415

    path = folder_of("fer") / "data/emotion_model_quantized.tflite"
    network = tflite(path)

    def answer(face: np.ndarray) -> np.ndarray:
        pixels = cv2.resize(face, (64, 64)).astype(np.float32)
        return network(((pixels / 255 - 0.5) * 2)[None, :, :, None])

    return answer, path


def facex() -> tuple[Answer, Path]:
    """facex/utils.py: the grey crop is resized to 200×200×3 by scikit-image, 0 to 1."""
    from skimage.transform import resize  # noqa: PLC0415

    path = folder_of("facex") / "assets/model_optimized.tflite"
    network = tflite(path)
    order = in_our_order(("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"))

    def answer(face: np.ndarray) -> np.ndarray:
        return network(resize(face, (200, 200, 3)).astype(np.float32)[None])[order]

    return answer, path


def what_the_face_classification() -> tuple[Answer, Path]:
    """what_the_face_classification/inference.py: 0 to 1, at 48×48 as they are."""
    import torch  # noqa: PLC0415

    package = folder_of("what_the_face_classification")
    sys.path.insert(0, str(package))
    architecture = import_module("model")  # by itself: the package imports cv2 and torchvision
    torch.set_num_threads(1)
    path = package / "active_model.pth"
    layers = [[1, 28], [28, 56], [56, 112]]
    network = architecture.SimpleConvolutionalNetwork(
        3, layers, [3, 3, 3], [0, 0, 0], 304, 4 * 4 * 112
    )
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    network.eval()

    def answer(face: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            logits = network(torch.from_numpy(face.astype(np.float32) / 255)[None, None])
        probabilities: np.ndarray = logits.softmax(dim=1)[0].numpy()
        return probabilities

    return answer, path


def folder_of(package: str) -> Path:
    """Where a package is installed, without importing it."""
    spec = find_spec(package)
    assert spec and spec.origin, f"{package} is not installed"
    return Path(spec.origin).parent


def tflite(path: Path) -> Answer:
    from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415

    network = Interpreter(str(path), num_threads=1)
    network.allocate_tensors()
    (taken,), (given,) = network.get_input_details(), network.get_output_details()

    def answer(pixels: np.ndarray) -> np.ndarray:
        network.set_tensor(taken["index"], pixels)
        network.invoke()
        probabilities: np.ndarray = network.get_tensor(given["index"])[0]
        return probabilities

    return answer


def in_our_order(classes: tuple[str, ...]) -> list[int]:
    return [classes.index(name) for name in FER2013]


def main() -> None:
    peer, faces_file, answers_file = sys.argv[1:]
    peers: dict[str, Any] = {
        "fer": fer,
        "facex": facex,
        "what_the_face_classification": what_the_face_classification,
    }
    answer, path = peers[peer]()
    faces = np.fromfile(faces_file, np.uint8).reshape(-1, 48, 48)
    answer(faces[0])
    answers, seconds = np.empty((len(faces), len(FER2013)), np.float32), []
    for place, face in enumerate(faces):
        started = time.process_time()
        answers[place] = answer(face)
        seconds.append(time.process_time() - started)
    answers.tofile(answers_file)
    known = {"milliseconds": median(seconds) * 1000, "bytes": path.stat().st_size}
    print(json.dumps(known))


if __name__ == "__main__":
    main()
