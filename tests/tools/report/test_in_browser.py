"""The page in a real Chromium, used with mouse, keyboard and screen reader."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser import NARROW, WIDE, Opened, chromium, needs_chromium, opened
from tests.tools.report.made_up import MODELS

pytestmark = needs_chromium
ALL = len(MODELS) + 1  # with the ensemble


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def found(browser: Browser, written: Path) -> Iterator[Opened]:
    with opened(browser, written) as found:
        yield found


@pytest.fixture
def page(found: Opened) -> Page:
    return found.page


def column(page: Page, heading: str) -> list[str]:
    """What a column of the leaderboard shows, from top to bottom."""
    table = page.locator("table").first
    heads = table.locator("thead th").all_inner_texts()
    cells = table.locator("tbody tr:visible").locator(f":nth-child({heads.index(heading) + 1})")
    return cells.all_inner_texts()


@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide-light", "narrow-dark"]
)
def test_it_needs_no_network_has_no_error_and_suits_screen_readers(
    browser: Browser, written: Path, size: tuple[int, int], scheme: str
) -> None:
    with opened(browser, written, size, color_scheme=scheme, bypass_csp=True) as found:
        axe = Axe().run(found.page)
        assert axe.violations_count == 0, axe.generate_report()
        assert [url for url in found.requests if not url.startswith(("file:", "data:"))] == []
        assert found.complaints == []
        background = found.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(255, 255, 255)") == (scheme == "light")
        assert found.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_the_page_forbids_requests(found: Opened) -> None:
    """By its Content-Security-Policy, so that nobody who edits it later can forget."""
    assert found.complaints == []
    ask = "fetch('https://example.invalid').then(() => 'asked', (error) => 'refused')"
    assert found.page.evaluate(ask) == "refused"
    assert any("Content Security Policy" in output for output in found.complaints)


def test_a_header_sorts_by_keyboard_and_again_the_other_way(page: Page) -> None:
    header = page.locator("table").first.get_by_role("columnheader", name="parameters")
    header.get_by_role("button").focus()
    for key, order in (("Enter", "descending"), ("Space", "ascending")):
        page.keyboard.press(key)
        expect(header).to_have_attribute("aria-sort", order)
        numbers = [int(text.replace(",", "")) for text in column(page, "parameters")]
        assert numbers == sorted(numbers, reverse=order == "descending")


def test_words_are_sorted_and_empty_cells_come_last(page: Page) -> None:
    for _ in range(2):
        page.get_by_role("button", name="model").first.click()
    assert column(page, "model") == sorted([*MODELS, "ensemble"])
    for _ in range(2):
        page.get_by_role("button", name="epoch kept").click()
        assert column(page, "epoch kept") == ["3"] * len(MODELS) + [""]


def test_words_choose_rows_and_pictures(page: Page) -> None:
    page.get_by_label("Show only").fill("BASIC_cnn")
    assert column(page, "model") == ["basic_cnn"]
    assert page.locator("figure:visible figcaption").all_inner_texts() == ["basic_cnn"]
    expect(page.get_by_role("region", name="Training rows of each class")).to_be_hidden()
    page.get_by_label("Show only").fill("")
    assert len(column(page, "model")) == ALL
