from tests.conftest import REPOSITORY
from tools.dvc_plots import PLACEHOLDERS, TEMPLATE, template


def test_the_committed_template_equals_the_tools_output() -> None:
    same = (REPOSITORY / TEMPLATE).read_text(encoding="utf-8") == template()
    assert same, "vl-convert-python is another one: python -m tools.dvc_plots"  # no diff of 900 kB


def test_dvc_fills_in_each_placeholder_once() -> None:
    text = (REPOSITORY / TEMPLATE).read_text(encoding="utf-8")
    assert [text.count(placeholder) for placeholder in PLACEHOLDERS] == [1, 1]
    assert "{scripts}" not in text  # DVC's script tags with the CDN's addresses
