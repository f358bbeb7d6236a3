"""Review HEAD against the commit where it left a branch.

    make review BASE=main

It writes review/report.md and its pictures. It needs only git and DVC: no data, no GPU, no
service. The exit code is 1 if the review fails.
"""

import sys
from pathlib import Path

from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import own_folder, write_text
from tools.repository import changed, git_output, require_git
from tools.review.faces import draw_faces
from tools.review.markdown import report
from tools.review.pictures import draw_all
from tools.review.review import Review, review
from tools.review.revision import Revision, base_of

FOLDER = Path("review")


def main() -> None:
    if len(sys.argv) != 2 or not sys.argv[1] or sys.argv[1].startswith("-"):
        raise BadInput("say against which branch: make review BASE=main")
    require_git()
    for path in changed():
        print(f"warning: {path} has uncommitted changes, which are not reviewed.")
    head = Revision(git_output("rev-parse", "HEAD").strip())
    found = review(base_of(sys.argv[1]), head)
    write(found, FOLDER)
    print(f"{FOLDER / 'report.md'} is written.")
    try:
        for picture in draw_faces(found.models):
            print(f"{picture}: faces whose prediction changed. Do not share those of FER2013.")
    except BadInput as error:  # the review itself does not need the data
        print(f"warning: {error}")
    if found.failures:
        sys.exit("\n".join(["The review fails:", *found.failures]))
    print("The review passes.")


def write(found: Review, target: Path) -> None:
    with own_folder(target) as folder:
        (folder / "pictures").mkdir(parents=True)
        pictures = draw_all(found.models, folder / "pictures")
        write_text(folder / "report.md", report(found, pictures))


if __name__ == "__main__":
    exit_on_bad_input(main)
