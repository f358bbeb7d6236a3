"""The page with a camera before which a face sits: Chromium takes a file for its camera."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, expect

from fer2013.predict import detection
from fer2013.predict.model import Model
from tests.browser import chromium, needs_chromium
from tests.fer2013.predict.conftest import hopper, read_bgr  # noqa: F401  a fixture
from tests.tools.web.conftest import FIRST
from tests.tools.web.test_in_browser import AS_IN_PYTHON, faces_of, in_order, settled, visit

pytestmark = needs_chromium
SIZE = (320, 240)


@pytest.fixture
def browser(hopper: Path, tmp_path: Path) -> Iterator[Browser]:  # noqa: F811
    """With a video of few and small frames, in which a face moves, as a busy machine is slow."""
    portrait = cv2.resize(read_bgr(hopper), (205, SIZE[1]))
    video = tmp_path / "face.y4m"
    with video.open("wb") as file:
        file.write(f"YUV4MPEG2 W{SIZE[0]} H{SIZE[1]} F4:1 Ip A1:1 C420jpeg\n".encode())
        for left in range(50, 60, 2):
            frame = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
            frame[:, left : left + portrait.shape[1]] = portrait
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes())
    with chromium(
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    ) as browser:
        yield browser


def test_faces_before_the_camera_are_told_live(
    browser: Browser, address: str, in_python: dict[str, Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    with visit(browser, address) as found:
        page = found.page
        settled(page)
        page.get_by_role("button", name="Use the camera").click()
        expect(page.locator("#speed")).to_have_text(re.compile(r"\d+ ms a frame: \d+ to find"))
        expect(page.locator("#video")).to_be_visible()
        page.get_by_role("button", name="Stop the camera").click()
        expect(page.locator("#video")).to_be_hidden()
        expect(page.get_by_role("button", name="Use the camera")).to_be_visible()
        # The last frame stays, mirrored; Python sees it as the page did, with one look at it.
        content = page.evaluate("document.getElementById('picture').toDataURL('image/png')")
        bgr = cv2.imdecode(np.frombuffer(base64.b64decode(content.split(",")[1]), np.uint8), 1)
        assert bgr is not None
        assert bgr.shape == (SIZE[1], SIZE[0], 3)
        at_once = detection.windows
        monkeypatch.setattr(detection, "windows", lambda *size: [next(at_once(*size))])
        expected = in_order(in_python[FIRST], bgr[:, ::-1, ::-1])
        assert len(expected) == 1
        np.testing.assert_allclose(faces_of(page), expected, atol=AS_IN_PYTHON)
        assert found.complaints == []
