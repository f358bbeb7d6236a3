"""Write report.html: all results in one file that needs no network.

    make report

It reads metrics/, and data/probabilities and data/tensors if they are available. The page's bytes
depend on the results only.

If the page shows faces of FER2013, it may not be shared. This makes one without faces:

    make report FACES=no
"""

import sys
from pathlib import Path

from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import refuse_others, write_text
from tools.report.page import page
from tools.report.results import read

PAGE = Path("report.html")
MARK = '<meta name="generator" content="make report">'
NO_FACES = "--no-faces"


def main() -> None:
    if sys.argv[1:] not in ([], [NO_FACES]):
        raise BadInput(f"make report takes FACES=no or nothing, not {' '.join(sys.argv[1:])}.")
    refuse_others(PAGE, MARK)
    results = read(faces=NO_FACES not in sys.argv)
    write_text(PAGE, page(results))
    size = PAGE.stat().st_size / 1e6
    print(f"{PAGE} is written: {len(results.leaderboard)} models, {size:.1f} MB.")
    for note in results.notes:
        print(f"left out: {note}")
    if results.shows_fer2013:
        print("It shows faces of FER2013, so do not share it; make report FACES=no shows none.")


if __name__ == "__main__":
    exit_on_bad_input(main)
