"""The page as people use it, in a real Chromium; its numbers are those of Python."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from fer2013.core.constants import CLASSES
from fer2013.predict.model import Model
from tests.browser import NARROW, WIDE, Opened, chromium, needs_chromium
from tests.conftest import REPOSITORY
from tests.fer2013.predict.conftest import hopper, read_bgr  # noqa: F401  a fixture
from tests.tools.web.conftest import FIRST, SECOND

pytestmark = needs_chromium
PATIENCE = 120_000  # milliseconds; machines are busy
AS_IN_PYTHON = 1e-3
PICTURES = ("colour.png", "photo.jpg", "grey.png", "turned.jpg", "small.png", "several.png")

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@contextmanager
def visit(browser: Browser, address: str, before: str = "", **options: Any) -> Iterator[Opened]:
    """Open the page, after a script has changed what the browser has."""
    context = browser.new_context(viewport={"width": WIDE[0], "height": WIDE[1]}, **options)
    found = Opened(context.new_page())
    page = found.page
    page.set_default_timeout(PATIENCE)
    page.add_init_script(before)
    page.on("request", lambda request: found.requests.append(request.url))
    page.on("pageerror", lambda error: found.complaints.append(str(error)))
    page.on(
        "console",
        lambda said: found.complaints.append(said.text) if said.type == "error" else None,
    )
    page.goto(address)
    yield found
    context.close()


@pytest.fixture(scope="module")
def found(browser: Browser, address: str) -> Iterator[Opened]:
    """Opened once for all tests; each shows the picture that it is about."""
    with visit(browser, address, bypass_csp=True) as found:
        settled(found.page)
        yield found


@pytest.fixture
def page(found: Opened) -> Page:
    return found.page


def settled(page: Page, state: str = "done") -> None:
    page.wait_for_selector(f"html[data-state={state}]")


def show(page: Page, path: Path, state: str = "done") -> None:
    page.set_input_files("#file", path)
    settled(page, state)


def bars(page: Page) -> list[float]:
    """The probabilities that are shown, whole."""
    shown = "rows => rows.map(row => Number(row.dataset.probability))"
    values: list[float] = page.locator("#bars tr").evaluate_all(shown)
    return values


def faces_of(page: Page) -> np.ndarray:
    """The probabilities of each face. → float [N, 7]"""
    if page.locator("#verdict").inner_text() == "No face":
        return np.empty((0, len(CLASSES)))
    found = []
    for choice in page.locator("#faces input").all() if page.is_visible("#faces") else [None]:
        if choice:
            choice.check()
        found.append(bars(page))
    return np.array(found)


def in_order(model: Model, picture: Any) -> np.ndarray:
    return np.array([list(face.probabilities.values()) for face in model(picture)])


@pytest.fixture(scope="module")
def pictures(hopper: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    """A folder of the pictures that PICTURES names."""
    folder = tmp_path_factory.mktemp("pictures")
    bgr = read_bgr(hopper)
    cv2.imwrite(str(folder / "colour.png"), bgr)
    (folder / "photo.jpg").write_bytes(hopper.read_bytes())
    cv2.imwrite(str(folder / "grey.png"), cv2.cvtColor(bgr, cv2.COLOR_BGR2GRAY))
    exif = Image.Exif()
    exif[0x0112] = 6  # Orientation: to be turned by 90° to the right
    image = Image.open(hopper)
    image.rotate(90, expand=True).save(folder / "turned.jpg", exif=exif, quality=95)
    cv2.imwrite(str(folder / "small.png"), cv2.resize(bgr[30:430, 60:460], (90, 90)))
    cv2.imwrite(str(folder / "several.png"), np.hstack([bgr, bgr[:, ::-1], bgr]))
    return folder


@pytest.mark.parametrize("name", PICTURES)
def test_numbers_are_those_of_python(
    name: str, page: Page, pictures: Path, in_python: dict[str, Model]
) -> None:
    show(page, pictures / name)
    expected = in_order(in_python[FIRST], pictures / name)
    assert len(expected) == (3 if name == "several.png" else 1)
    np.testing.assert_allclose(faces_of(page), expected, atol=AS_IN_PYTHON)
    expect(page.locator("#speed")).to_have_text(re.compile(r"\d+ ms for this picture"))


def test_another_model_is_chosen_and_what_is_known_of_it(
    page: Page, pictures: Path, in_python: dict[str, Model]
) -> None:
    show(page, pictures / "colour.png")
    for name in (SECOND, FIRST):
        page.get_by_label("Model").select_option(name)
        settled(page)
        expected = in_order(in_python[name], pictures / "colour.png")
        np.testing.assert_allclose(faces_of(page), expected, atol=AS_IN_PYTHON)
        scores = json.loads((REPOSITORY / f"metrics/scores/{name}.json").read_text())["val"]
        accuracy = f"{scores['accuracy']:.1%}".replace("%", "\u00a0%")
        expect(page.locator("#accuracy")).to_contain_text(f"Right for {accuracy} of 2,839")
        recognised = page.locator("#bars .recall")
        expect(recognised).to_have_text([re.compile(r"\d+\s%\s\d+ to \d+\s%")] * len(CLASSES))


def test_no_face_and_no_picture_are_said(page: Page, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "empty.png"), np.full((80, 120, 3), 130, np.uint8))
    show(page, tmp_path / "empty.png")
    expect(page.locator("#message")).to_contain_text("No face found")
    assert len(faces_of(page)) == 0
    (tmp_path / "text.png").write_text("no picture")
    show(page, tmp_path / "text.png", "failed")
    expect(page.locator("#message")).to_contain_text("no picture that the browser can show")


def test_a_picture_is_dropped(page: Page, pictures: Path, in_python: dict[str, Model]) -> None:
    dropped = page.evaluate_handle(
        """async () => {
            const content = await (await fetch("example.jpg")).blob();
            const data = new DataTransfer();
            data.items.add(new File([content], "face.jpg", {type: "image/jpeg"}));
            return data;
        }"""
    )
    page.dispatch_event("body", "drop", {"dataTransfer": dropped})
    settled(page)
    expected = in_order(in_python[FIRST], pictures / "photo.jpg")
    np.testing.assert_allclose(faces_of(page), expected, atol=AS_IN_PYTHON)


def test_all_is_reached_by_keyboard(page: Page, pictures: Path) -> None:
    show(page, pictures / "several.png")
    focused = page.locator(":focus")
    page.locator("#camera").focus()
    for text in ("Choose a picture", "Example face"):
        page.keyboard.press("Tab")
        expect(focused).to_have_text(text)
    page.keyboard.press("Tab")  # to the chosen one of the faces
    before = page.locator("#faces input:checked").get_attribute("value")
    page.keyboard.press("ArrowRight")
    assert page.locator("#faces input:checked").get_attribute("value") != before
    page.keyboard.press("Tab")
    expect(focused).to_have_id("model")
    assert focused.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"


def test_it_suits_screen_readers_phones_and_dark_rooms(page: Page, pictures: Path) -> None:
    show(page, pictures / "several.png")
    expect(page.locator("#announcement")).to_have_text(re.compile(r"3 faces\. \w+ \d+\s%"))
    for size, scheme in ((WIDE, "light"), (NARROW, "dark")):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        axe = Axe().run(page)
        assert axe.violations_count == 0, axe.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground)[:3])) > 380) == (scheme == "light")
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})


def test_it_asks_its_own_server_only(found: Opened, address: str) -> None:
    """After all that the tests above did."""
    own = ("blob:", address)
    assert [url for url in found.requests if not url.startswith(own)] == []
    assert any(url.endswith(".wasm") for url in found.requests)
    assert found.complaints == []


REFUSING = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name))"


def test_without_a_camera_it_says_why(browser: Browser, address: str) -> None:
    """And here, unlike above, the page's Content-Security-Policy holds."""
    with visit(browser, address) as found:
        page = found.page
        settled(page)
        assert found.complaints == []
        for name, said in {
            "NotAllowedError": "may not be used",
            "NotFoundError": "no camera",
            "NotReadableError": "Another program",
        }.items():
            page.evaluate(f"name => {{ {REFUSING} }}", name)
            page.get_by_role("button", name="Use the camera").click()
            settled(page, "failed")
            expect(page.locator("#message")).to_contain_text(said)
        ask = "fetch('https://example.invalid').then(() => 'asked', () => 'refused')"
        assert page.evaluate(ask) == "refused"
        assert any("Content Security Policy" in said for said in found.complaints)


def test_without_webassembly_it_says_so(browser: Browser, address: str) -> None:
    with visit(browser, address, "delete globalThis.WebAssembly") as found:
        settled(found.page, "failed")
        expect(found.page.locator("#message")).to_contain_text("no WebAssembly")
