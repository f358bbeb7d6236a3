"""The page in a real Chromium, used with mouse, keyboard and screen reader."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from fer2013.core.constants import CLASSES
from tests.browser import NARROW, WIDE, Opened, asked_elsewhere, chromium, needs_chromium, opened
from tests.tools.report.made_up import MODELS

pytestmark = needs_chromium
ALL = len(MODELS) + 1  # with the ensemble
CHARTS = 2 + 1 + len(MODELS) + ALL + 1  # leaderboard, curves, each model's, calibration, data


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def found(browser: Browser, written: Path) -> Iterator[Opened]:
    with opened(browser, written) as found:
        found.page.wait_for_selector("html[data-ready]")
        yield found


@pytest.fixture
def page(found: Opened) -> Page:
    return found.page


def column(page: Page, table: str, index: int) -> list[str]:
    """What a column shows, from top to bottom."""
    rows = page.locator(f"#{table} tbody tr:visible")
    return rows.locator(f":nth-child({index + 1})").all_inner_texts()


@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide-light", "narrow-dark"]
)
def test_it_needs_no_network_has_no_error_and_suits_screen_readers(
    browser: Browser, written: Path, size: tuple[int, int], scheme: str
) -> None:
    with opened(browser, written, size, color_scheme=scheme, bypass_csp=True) as found:
        found.page.wait_for_selector("html[data-ready]")
        axe = Axe().run(found.page)
        assert axe.violations_count == 0, axe.generate_report()
        assert [url for url in found.requests if url != written.as_uri()] == []
        assert found.complaints == []
        background = found.page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(255, 255, 255)") == (scheme == "light")
        assert found.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_the_page_forbids_requests(found: Opened) -> None:
    """By its Content-Security-Policy, so that nobody who edits it later can forget."""
    ask = "fetch('https://example.invalid').then(() => 'asked', (error) => 'refused')"
    assert found.page.evaluate(ask) == "refused"
    assert any("Content Security Policy" in output for output in found.complaints)


def test_every_chart_is_drawn_and_has_a_text_alternative(found: Opened) -> None:
    """Also under the page's Content-Security-Policy, which axe has to do without."""
    page = found.page
    assert found.complaints == []
    assert asked_elsewhere(found) == []
    charts = page.get_by_role("img", name=re.compile("[.]$"))
    assert charts.count() == CHARTS
    assert page.locator("[data-chart] svg .mark-symbol, [data-chart] svg .mark-line").count()
    for chart in page.locator("[data-chart]").all():
        assert chart.locator("svg path[d]").count() > 2


def test_a_header_sorts_by_keyboard_and_again_the_other_way(page: Page) -> None:
    header = page.locator("#leaderboard-table th", has_text="loss")
    header.get_by_role("button").focus()
    for key, order in (("Enter", "descending"), ("Space", "ascending")):
        page.keyboard.press(key)
        expect(header).to_have_attribute("aria-sort", order)
        losses = [float(text) for text in column(page, "leaderboard-table", 6)]
        assert losses == sorted(losses, reverse=order == "descending")
        assert len(losses) == ALL
        assert page.locator("#leaderboard-table th[aria-sort]").count() == 1


def test_numbers_and_text_are_sorted_and_empty_cells_come_last(page: Page) -> None:
    page.get_by_role("columnheader", name="parameters", exact=True).get_by_role("button").click()
    numbers = [int(text.replace(",", "")) for text in column(page, "leaderboard-table", 10)]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers != sorted(numbers, key=str, reverse=True)  # as words they would stand otherwise
    page.locator("#leaderboard-table th", has_text="model").get_by_role("button").click()
    assert column(page, "leaderboard-table", 0) == sorted([*MODELS, "ensemble"])
    kept = page.locator("#leaderboard-table th", has_text="epoch kept").get_by_role("button")
    for _ in range(2):
        kept.click()
        assert column(page, "leaderboard-table", 8) == ["3"] * len(MODELS) + [""]


def test_rows_are_found_by_words_and_by_choice_and_counted(page: Page) -> None:
    table = page.locator("#class-table")
    table.get_by_role("combobox", name="Class").select_option("Fear")
    assert set(column(page, "class-table", 1)) == {"Fear"}
    expect(table.get_by_role("status")).to_have_text(f"{ALL} of {7 * ALL} rows")
    table.get_by_label("Rows with").fill("VIT fear")
    assert column(page, "class-table", 0) == ["vit"]
    expect(table.get_by_role("status")).to_have_text(f"1 of {7 * ALL} rows")
    table.get_by_label("Rows with").fill("")
    table.get_by_role("combobox", name="Class").select_option("all")
    assert len(column(page, "class-table", 0)) == 7 * ALL


def test_parameters_that_are_the_same_everywhere_can_be_left_out(page: Page) -> None:
    table = page.locator("#parameters-table")
    assert "seed" in column(page, "parameters-table", 0)
    table.get_by_label("only where models differ").check()
    left = column(page, "parameters-table", 0)
    assert "seed" not in left
    assert {"network.name", "optim.lr"} <= set(left)


def test_a_model_that_is_not_chosen_is_shown_nowhere(page: Page) -> None:
    points = page.locator("[data-chart=costs] .mark-symbol path")
    assert points.count() == ALL
    box = page.get_by_role("checkbox", name="vit")
    box.focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-model=vit]:visible")).to_have_count(0)
    assert page.locator("[data-model=vit]").count() > 10
    expect(points).to_have_count(ALL - 1)
    expect(page.locator("#shown")).to_have_text(f"{ALL - 1} of {ALL} models shown")
    expect(page.locator("#class-table [data-count]")).to_have_text(
        f"{7 * (ALL - 1)} of {7 * ALL} rows"
    )
    page.get_by_role("button", name="None").click()
    expect(page.locator("#leaderboard-table tbody tr:visible")).to_have_count(0)
    page.get_by_role("button", name="All", exact=True).click()
    expect(points).to_have_count(ALL)
    expect(page.locator("#leaderboard-table tbody tr:visible")).to_have_count(ALL)


def test_another_measure_draws_the_curves_anew(page: Page) -> None:
    lines = [
        page.locator(f"[data-chart={name}] .mark-line path").first
        for name in ("curves", "curves-vit")
    ]
    before = [line.get_attribute("d") for line in lines]
    page.get_by_label("Measure").select_option("loss")
    for line, path in zip(lines, before, strict=True):
        expect(line).not_to_have_attribute("d", str(path))


def test_the_gallery_shows_the_chosen_class_only(page: Page) -> None:
    faces = page.locator("#mistakes img:visible")
    every = faces.count()
    assert every > len(CLASSES)
    page.get_by_label("Class").last.select_option("Happy")
    expect(page.locator("#mistakes h4:visible")).to_have_text(["Happy, predicted as"])
    assert 0 < faces.count() < every
    assert faces.first.evaluate("(image) => image.complete && image.naturalWidth") == 48


def test_the_keyboard_can_skip_to_the_results(page: Page) -> None:
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_without_javascript_there_are_tables_and_no_useless_controls(
    browser: Browser, written: Path
) -> None:
    with opened(browser, written, java_script_enabled=False) as found:
        assert found.page.locator("#leaderboard-table tbody tr:visible").count() == ALL
        assert found.page.locator("input:visible, button:visible").count() == 0
        assert found.page.locator("select:visible:not([disabled])").count() == 0
        expect(found.page.locator("noscript")).to_be_visible()
