"""Everything that is known of the models → report.html, one file that needs no network.

    make report

It reads metrics/ and models/, and data/probabilities and data/tensors where they are at hand.
Models without results are left out. The same results give the same bytes.

With faces, the page may not be passed on if they are FER2013's. This makes one without them:

    make report FACES=no
"""

import sys
from pathlib import Path

from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import write_text
from tools.report.page import page
from tools.report.state import State, read_state

PAGE = Path("report.html")
NO_FACES = "--no-faces"


def main() -> None:
    if sys.argv[1:] not in ([], [NO_FACES]):
        raise BadInput(f"make report takes FACES=no or nothing, not {' '.join(sys.argv[1:])}.")
    state = read_state(faces=NO_FACES not in sys.argv)
    write_text(PAGE, page(state))
    tell(state)


def tell(state: State) -> None:
    size = PAGE.stat().st_size / 1e6
    print(f"{PAGE} is written: {len(state.results)} models, {size:.1f} MB.")
    for note in state.notes:
        print(f"left out: {note}")
    if state.secret:
        print("It shows faces of FER2013, so do not pass it on; make report FACES=no has none.")


if __name__ == "__main__":
    exit_on_bad_input(main)
