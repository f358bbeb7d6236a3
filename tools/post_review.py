"""Post a review's report as a comment on its pull request, or update that comment.

    python -m tools.post_review report.md

.github/workflows/post_review.yml runs it with the default branch's code and a token that may write.
The report comes from a run of the pull request's code, so it is untrusted: only its text is used,
after limiting its length and escaping links and HTML. It needs GitHub's command `gh`.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

LONGEST = 60_000  # GitHub takes 65,536 characters
ALLOWED = re.compile(r"<(?!/?(?:details|summary)>)")


def main() -> None:
    path, env = Path(sys.argv[1]), os.environ
    named = f"--head={env['HEAD_BRANCH']}"  # in any fork
    pulls = json.loads(gh("list", named, "--limit=100", "--json=number,headRefOid"))
    numbers = [pull["number"] for pull in pulls if pull["headRefOid"] == env["HEAD_SHA"]]
    if not numbers:
        print("No open pull request has this commit as its head: nothing to post.")
        return
    body = comment(read(path), env["HEAD_SHA"], env["RUN_URL"])
    gh("comment", str(numbers[0]), "--edit-last", "--create-if-none", "--body-file=-", body=body)


def gh(*words: str, body: str = "") -> str:
    command = ["gh", "pr", *words]
    return subprocess.run(command, input=body, stdout=subprocess.PIPE, text=True, check=True).stdout


def read(path: Path) -> str:
    if not path.is_file() or path.is_symlink():
        return "There is no report: see the run."
    with path.open("rb") as file:
        return file.read(4 * LONGEST).decode("utf-8", errors="replace")


def comment(report: str, commit: str, run_url: str) -> str:
    text = sanitize(report)
    if len(text) > LONGEST:
        text = text[:LONGEST].rpartition("\n")[0]
        text += "\n</details>" * (text.count("<details>") - text.count("</details>"))
        text += "\n\nThe report is longer: see the run's artifact for all of it."
    footer = (
        f"For {commit[:10]}, written by that commit's own code. "
        f"Pictures: artifact `review` of [the run]({run_url})."
    )
    return f"{text}\n\n---\n{footer}"


def sanitize(text: str) -> str:
    """Turn pictures, links, mentions and HTML into text, except tables and folded sections."""
    text = re.sub(r"!\[([^\]\n]*)\]\([^)\n]*\)", r"*\1: among the pictures*", text)
    text = text.replace("![", "!\\[").replace("](", "] (").replace("]:", "] :")
    text = text.replace("://", ":\u200b//").replace("@", "@\u200b").replace("\0", "")
    return ALLOWED.sub("&lt;", text)


if __name__ == "__main__":
    main()
