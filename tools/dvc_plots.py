"""Write .dvc/plots.html, the template of the page of `dvc plots show` and `dvc plots diff`.

    python -m tools.dvc_plots

DVC's own template loads Vega from a CDN, so the page stays blank without a network. This one holds
Vega, in the version that requirements.txt locks, and its content security policy forbids requests
to other machines. It is committed, as it is needed wherever DVC is used; .dvc/config names it.
"""

from pathlib import Path

from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import refuse_others, write_text
from tools.vega import vega

TEMPLATE = Path(".dvc/plots.html")
VEGA_LITE = "5.21"  # DVC's templates are Vega-Lite 5
PLACEHOLDERS = ("{refresh_tag}", "{plot_divs}")  # DVC fills them in, wherever they stand
CSP = (
    "default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline' 'unsafe-eval'"
)
MARK = "<!-- Written by `python -m tools.dvc_plots`. -->"
HEAD = f"""\
<!DOCTYPE html>
<html lang="en">
<head>
{MARK}
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{CSP}">
{{refresh_tag}}
<title>DVC plots</title>
<link rel="icon" href="data:,">
<style>
body {{ font-family: system-ui, sans-serif; margin: 1rem; background: white; color: black; }}
main > div {{ max-width: 100%; overflow-x: auto; margin-bottom: 1rem; }}
table {{ border-spacing: 15px; }}
img {{ max-width: 100%; }}
</style>
<script>
"""
BODY = """\
</script>
</head>
<body>
<main>
<h1>DVC plots</h1>
{plot_divs}
</main>
</body>
</html>
"""


def main() -> None:
    refuse_others(TEMPLATE, MARK)
    write_text(TEMPLATE, template())
    print(f"{TEMPLATE} is written.")


def template() -> str:
    script = vega(VEGA_LITE)
    assert not any(text in script for text in (*PLACEHOLDERS, "</script"))
    return f"{HEAD}{script}\n{BODY}"


if __name__ == "__main__":
    exit_on_bad_input(main)
