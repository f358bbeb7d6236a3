import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from fer2013 import load_model
from fer2013.core.constants import CLASSES
from fer2013.core.inference import Predictor
from fer2013.core.parts import read_part
from fer2013.predict.model import Model
from fer2013.runtime.errors import BadInput
from tests.conftest import REPOSITORY
from tests.fer2013.predict.conftest import read_bgr

VAL = REPOSITORY / "data/tensors/val.safetensors"


def test_a_face_is_found_and_classified(model: Model, hopper: Path, empty: Path) -> None:
    assert model(empty) == []
    (face,) = model(hopper)
    left, top, width, height = face.box
    assert 150 < left + width / 2 < 350  # where it is in the picture
    assert 80 < top + height / 2 < 300
    assert 90 < width < 260
    assert tuple(face.probabilities) == CLASSES
    assert sum(face.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert face.label == max(face.probabilities, key=lambda name: face.probabilities[name])
    assert 0.5 <= face.score <= 1


@pytest.mark.parametrize("off", ["0", "1"])
def test_it_is_told_if_onnxruntimes_telemetry_cannot_be_switched_off(off: str) -> None:
    imported_first = "import sys; sys.modules['onnxruntime'] = sys; import fer2013"
    done = subprocess.run(
        [sys.executable, "-c", imported_first],
        cwd=REPOSITORY,
        env=os.environ | {"ORT_DISABLE_TELEMETRY": off},
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert ("import fer2013 first" in done.stderr) == (off == "0")


def test_all_forms_of_a_picture_mean_the_same(model: Model, hopper: Path, tmp_path: Path) -> None:
    bgr = read_bgr(hopper)
    rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    png = tmp_path / "lossless.png"
    cv2.imwrite(str(png), bgr)
    alpha = np.dstack([rgb, np.full(rgb.shape[:2], 90, np.uint8)])
    for form in (png, str(png), Image.open(png), alpha, Image.fromarray(alpha)):
        assert model(form) == model(rgb)
    grey = cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY)
    deep = Image.fromarray(grey.astype(np.uint16) * 257)  # 16 bits a pixel
    for form in (np.dstack([grey] * 3), Image.fromarray(grey), deep):
        assert model(form) == model(grey)


@pytest.mark.parametrize(
    ("orientation", "stored"),  # the operation that undoes what a reader has to do
    [
        (3, Image.Transpose.ROTATE_180),
        (6, Image.Transpose.ROTATE_90),
        (5, Image.Transpose.TRANSPOSE),
    ],
)
def test_a_picture_is_turned_as_exif_says(
    model: Model, hopper: Path, tmp_path: Path, orientation: int, stored: Image.Transpose
) -> None:
    upright = Image.open(hopper).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    upright.transpose(stored).save(path, exif=exif, quality=95)
    (expected,) = model(upright)
    for picture in (path, Image.open(path)):
        (face,) = model(picture)
        assert np.abs(np.subtract(face.box, expected.box)).max() < 4


def test_classify_gives_the_probabilities_of_evaluation(model: Model, predictor: Predictor) -> None:
    faces = np.random.default_rng(0).integers(0, 256, (70, 48, 48), np.uint8)
    expected = predictor.probabilities(torch.from_numpy(faces[:, None]))
    np.testing.assert_allclose(model.classify(faces), expected, atol=1e-6)
    assert model.classify(faces[:0]).shape == (0, 7)


def test_crops_of_any_form_and_size(model: Model) -> None:
    faces = np.random.default_rng(1).integers(0, 256, (3, 48, 48), np.uint8)
    expected = model.classify(faces)
    np.testing.assert_array_equal(model.classify(faces[:, None]), expected)
    np.testing.assert_array_equal(model.classify(np.stack([faces] * 3, axis=3)), expected)
    np.testing.assert_array_equal(model.classify(list(faces)), expected)
    large = [np.kron(face, np.ones((2, 2), np.uint8)) for face in faces]  # each pixel four times
    np.testing.assert_array_equal(model.classify(large), expected)
    assert model.classify([large[0], faces[0][:, :30]]).shape == (2, 7)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.zeros((4, 4, 2), np.uint8), r"\(4, 4, 2\)"),
        (np.zeros((0, 4), np.uint8), "with pixels"),
        (np.zeros((4, 4)), "float64"),
        (7, "int"),
    ],
)
def test_invalid_pictures_are_refused(model: Model, picture: object, words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        model(picture)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_a_broken_file_is_named(model: Model, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.jpg"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"broken\.jpg"):
        model(path)


def test_several_threads_may_share_a_model(model: Model, hopper: Path) -> None:
    expected = model(hopper)
    with ThreadPoolExecutor(4) as pool:
        for faces in pool.map(model, [hopper] * 12):
            assert faces == expected


@pytest.mark.parametrize("backend", ["torch", "onnx"])
@pytest.mark.parametrize("name", ["champion", "sprint", "compact_vit"])
def test_every_validation_face_as_evaluated(name: str, backend: str) -> None:
    """By one implementation of preprocessing, from crops as pictures to probabilities."""
    folder = REPOSITORY / "models" / name
    probabilities = REPOSITORY / f"data/probabilities/{name}.safetensors"
    needed = folder / ("model.onnx" if backend == "onnx" else "weights.safetensors")
    if not (needed.exists() and probabilities.exists() and VAL.exists()):
        pytest.skip(f"needs FER2013, its results and {needed.name}: dvc repro export_{name}")
    from fer2013.core.tensor_files import read_tensors  # noqa: PLC0415

    expected = read_tensors(probabilities)[0]["val"].numpy()
    found = load_model(name, backend=backend).classify(read_part(VAL).faces.numpy())  # type: ignore[arg-type]
    assert np.abs(found - expected).max() < 1e-4
    np.testing.assert_array_equal(found.argmax(axis=1), expected.argmax(axis=1))
