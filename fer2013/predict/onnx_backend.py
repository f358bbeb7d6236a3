"""Probabilities by onnxruntime; the graph normalises, and holds the views of `evaluate.views`."""

from pathlib import Path

import numpy as np
import onnxruntime as ort

from fer2013.base.constants import CLASSES
from fer2013.predict.description import Description
from fer2013.runtime.errors import BadInput

AT_ONCE = 64  # faces; more need more memory and are no faster


def open_session(path: Path, threads: int | None) -> ort.InferenceSession:
    """Open an ONNX file for the processor; `run` of a session may be called by several threads.

    Raises:
        BadInput: it is missing or damaged.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads or 0  # 0: one for each core
    options.log_severity_level = 3  # errors
    # Waiting threads would keep their cores busy between two pictures.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Weights in 8 bits become float32 here and now, instead of at each call.
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
        answers = [np.empty((0, len(CLASSES)), np.float32)]
        for start in range(0, len(faces), AT_ONCE):
            some = faces[start : start + AT_ONCE]
            answers.append(self.session.run(["probabilities"], {"faces": some})[0])
        return np.concatenate(answers)
