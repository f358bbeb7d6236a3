"""What a frame costs in the browser: processor time of Chromium, without a screen, one thread.

    make web
    python -m benchmarks.browser champion sprint

A frame is Matplotlib's portrait of Grace Hopper in 640×480 pixels, as before a camera: a look of
the detector at the whole, a crop, and the answer. Times are those of the page's thread as Linux
counts them, so that other processes on the machine do not count. The models of models/ are measured
as float32 and, where that file is there, with weights in 8 bits. Needs Chromium.
"""

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import psutil
from playwright.sync_api import Page, sync_playwright

from fer2013.runtime.errors import BadInput, exit_on_bad_input

SITE = Path("site")
FORMS = {"float32": "model.onnx", "weights in 8 bits": "model_int8.onnx"}
NAMES = ("chromium", "chromium-browser", "google-chrome")

PREPARE = """async () => {
  const {facesIn} = await import("./faces.js");
  const {pixelsOf} = await import("./pictures.js");
  const bitmap = await createImageBitmap(await (await fetch("example.jpg")).blob());
  const canvas = new OffscreenCanvas(640, 480);
  canvas.getContext("2d").drawImage(bitmap, 115, 0, 410, 480);
  const picture = pixelsOf(canvas, 640, 480);
  globalThis.frames = async (model, count) => {
    const sums = {detecting: 0, classifying: 0, faces: 0};
    for (let k = 0; k < count; k++) {
      const files = {detector: "detector.onnx", model, classes: 7, hasty: true};
      const {faces, detecting, classifying} = await facesIn(picture, files);
      sums.detecting += detecting; sums.classifying += classifying; sums.faces += faces.length;
    }
    return sums;
  };
}"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("models", nargs="+")
    options.add_argument("--frames", type=int, default=30)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        site = Path(name) / "site"
        files = laid_out(site, chosen.models)
        print("| model | form | MB | to open, ms | a frame, ms | of which the detector |")
        print("|---|---|---|---|---|---|")
        with opened(site) as (page, thread):
            page.evaluate(PREPARE)
            for (model, form), file in files.items():
                cells = measure(page, thread, file, chosen.frames)
                size = (site / file).stat().st_size / 1e6
                row = [f"`{model}`", form, f"{size:.1f}", *(f"{value:.0f}" for value in cells)]
                print(f"| {' | '.join(row)} |", flush=True)


def laid_out(target: Path, models: list[str]) -> dict[tuple[str, str], str]:
    """Copy the page and the models in their forms. → by model and form, the file's address"""
    if not (SITE / "index.html").exists():
        raise BadInput(f"{SITE}/ is missing; run make web.")
    shutil.copytree(SITE, target)
    files = {}
    for model in models:
        for form, name in FORMS.items():
            source = Path("models") / model / name
            if source.exists():
                files[model, form] = f"models/{model}_{name}"
                shutil.copyfile(source, target / files[model, form])
    if not files:
        raise BadInput(f"none of {', '.join(models)} is exported; run dvc repro export_champion.")
    return files


def measure(page: Page, thread: Path, file: str, frames: int) -> tuple[float, float, float]:
    """Processor time in milliseconds: to open a model and answer once, a frame, the detector's."""
    start = used(thread)
    page.evaluate("file => frames(file, 1)", file)
    first = used(thread)
    page.evaluate("file => frames(file, 2)", file)  # until the code is compiled for good
    ready = used(thread)
    sums = page.evaluate("([file, count]) => frames(file, count)", [file, frames])
    each = (used(thread) - ready) / frames
    assert sums["faces"] == frames
    share = sums["detecting"] / (sums["detecting"] + sums["classifying"])
    return first - start, each, each * share


def used(thread: Path) -> float:
    """Milliseconds of processor time."""
    return int(thread.read_text().split()[0]) / 1e6


@contextmanager
def opened(site: Path) -> Iterator[tuple[Page, Path]]:
    """The page, and where Linux counts what its thread has used."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise BadInput("Chromium is missing; run apt-get install chromium.")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(site)))
    Thread(target=server.serve_forever, daemon=True).start()
    before = set(psutil.pids())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        page = browser.new_page()
        page.set_default_timeout(600_000)
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.wait_for_selector("html[data-state=done]")
        yield page, busiest_renderer(before)
        browser.close()
    server.shutdown()
    server.server_close()


def busiest_renderer(before: set[int]) -> Path:
    """The thread of the page, which has computed most: /proc/…/schedstat"""
    renderers = [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.pid not in before and "--type=renderer" in (process.info["cmdline"] or [])
    ]
    page = max(renderers, key=lambda process: process.cpu_times().user)
    return Path(f"/proc/{page.pid}/task/{page.pid}/schedstat")


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


if __name__ == "__main__":
    exit_on_bad_input(main)
