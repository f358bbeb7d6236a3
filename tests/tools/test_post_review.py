import pytest

from tools.post_review import LONGEST, comment, sanitize


def test_tables_and_folded_parts_stay() -> None:
    text = "| a | b |\n\n<details>\n<summary>More</summary>\n\n`x`\n\n</details>"
    assert sanitize(text) == text


@pytest.mark.parametrize(
    "harmful",
    [
        "<script>alert(1)</script>",
        "<img src='https://example.org/x.png'>",
        "![x](https://example.org/x.png)",
        "[click](https://example.org)",
        "![x][y]",
        "@everyone",
        "<details onclick=x>",
    ],
)
def test_markup_of_an_untrusted_report_becomes_text(harmful: str) -> None:
    assert harmful not in sanitize(harmful)
    assert "](" not in sanitize(harmful)
    assert "https://" not in sanitize(harmful)


def test_a_long_report_is_cut_and_its_folded_parts_closed() -> None:
    text = comment("<details>\n" + "line\n" * LONGEST, "0" * 40, "https://example.org/run")
    assert len(text) < 65_536
    assert text.count("<details>") == text.count("</details>")
    assert "artifact for all of it" in text
