"""A real Chromium without a screen, controlled by Playwright, if this machine has one."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")  # Playwright's own download is not used
FOUND = next(filter(None, map(shutil.which, NAMES)), None)
needs_chromium = pytest.mark.skipif(
    FOUND is None, reason="needs Chromium: apt-get install chromium"
)
WIDE, NARROW = (1400, 900), (390, 844)


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=FOUND, args=arguments)
        yield browser
        browser.close()


@dataclass
class Opened:
    """A page, with its requests and console messages."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@contextmanager
def opened(
    browser: Browser, path: Path, size: tuple[int, int] = WIDE, **options: Any
) -> Iterator[Opened]:
    """Open a file without a network, as from disk."""
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, offline=True, **options)  # type: ignore[arg-type]
    found = Opened(context.new_page())
    found.page.on("request", lambda request: found.requests.append(request.url))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on(
        "console",
        lambda output: found.complaints.append(output.text) if output.type == "error" else None,
    )
    found.page.goto(path.as_uri())
    yield found
    context.close()


def asked_elsewhere(found: Opened) -> list[str]:
    """What it asked for beyond files and what is in the page itself."""
    return [url for url in found.requests if not url.startswith(("file:", "data:"))]
