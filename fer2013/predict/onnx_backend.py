"""Probabilities by onnxruntime. The graph includes the normalisation and `evaluate.views`."""

from pathlib import Path

import numpy as np
import onnxruntime as ort  # noqa: TID251

from fer2013.core.constants import CLASSES
from fer2013.predict.description import Description
from fer2013.runtime.errors import BadInput

BATCH_SIZE = 64  # larger batches need more memory and are not faster

# What fer2013/__init__.py cannot switch off (on Windows, or if the user's program has imported
# onnxruntime first) would otherwise report the models too: names, hashes and metadata.
ort.disable_telemetry_events()


def open_session(path: Path, threads: int | None) -> ort.InferenceSession:
    """Open an ONNX file, to run on the CPU. Several threads may share the session.

    Raises:
        BadInput: the file is missing or damaged.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or 0  # 0: one for each core
    options.log_severity_level = 3  # errors
    # Otherwise the threads would keep the cores busy while they wait for the next picture.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Convert 8-bit weights to float32 once, not in each call.
    options.add_session_config_entry("session.disable_quant_qdq", "1")
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions have no common class
        reason = str(error).splitlines()[0]
        raise BadInput(f"{path} cannot be opened ({reason}); export the model again.") from None


class OnnxBackend:
    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.session = open_session(path, threads)
        metadata = self.session.get_modelmeta().custom_metadata_map
        try:
            self.description = Description.from_metadata(metadata)
        except (KeyError, ValueError):
            raise BadInput(f"{path} was not written by this project; export it again.") from None

    def probabilities(self, faces: np.ndarray) -> np.ndarray:
        """uint8 [N, 1, 48, 48] → float32 [N, 7]"""
        results = [np.empty((0, len(CLASSES)), np.float32)]
        for start in range(0, len(faces), BATCH_SIZE):
            batch = faces[start : start + BATCH_SIZE]
            results.append(self.session.run(["probabilities"], {"faces": batch})[0])
        return np.concatenate(results)
