"""Post a review's report as a comment on its pull request, or update that comment.

    python -m tools.post_review report.md

.github/workflows/post_review.yml runs it with the default branch's code and a token that may write.
The report comes from a run of the pull request's code, so it is untrusted: only its text is used,
after limiting its length and escaping links and HTML. It needs nothing but Python's own library.
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

MARK = "<!-- review of the results -->"
AUTHOR = "github-actions[bot]"
LONGEST = 60_000  # GitHub takes 65,536 characters
ALLOWED = re.compile(r"<(?!/?(?:details|summary)>)")


def main() -> None:
    path, env = Path(sys.argv[1]), os.environ
    number = find_pull_request(env["HEAD_OWNER"], env["HEAD_BRANCH"], env["HEAD_SHA"])
    if number is None:
        print("No open pull request has this commit as its head: nothing to post.")
        return
    body = comment(read(path), env["HEAD_SHA"], env["RUN_URL"])
    old = find_comment(number)
    if old is None:
        call("POST", f"issues/{number}/comments", {"body": body})
    else:
        call("PATCH", f"issues/comments/{old}", {"body": body})
    print(f"Pull request {number}: comment {'posted' if old is None else 'updated'}.")


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
    return f"{MARK}\n{text}\n\n---\n{footer}"


def sanitize(text: str) -> str:
    """Turn pictures, links, mentions and HTML into text, except tables and folded sections."""
    text = re.sub(r"!\[([^\]\n]*)\]\([^)\n]*\)", r"*\1: among the pictures*", text)
    text = text.replace("![", "!\\[").replace("](", "] (").replace("]:", "] :")
    text = text.replace("://", ":\u200b//").replace("@", "@\u200b").replace("\0", "")
    return ALLOWED.sub("&lt;", text)


def find_pull_request(owner: str, branch: str, commit: str) -> int | None:
    """The open pull request from this branch, if the commit is still its head."""
    head = quote(f"{owner}:{branch}", safe="")
    for pull in call("GET", f"pulls?state=open&per_page=100&head={head}"):
        if pull["head"]["sha"] == commit:
            return int(pull["number"])
    return None


def find_comment(number: int) -> int | None:
    page = 1
    while comments := call("GET", f"issues/{number}/comments?per_page=100&page={page}"):
        for old in comments:
            if old["user"]["login"] == AUTHOR and old["body"].startswith(MARK):
                return int(old["id"])
        page += 1
    return None


def call(method: str, path: str, content: Any = None) -> Any:
    env = os.environ
    request = Request(
        f"{env['GITHUB_API_URL']}/repos/{env['GITHUB_REPOSITORY']}/{path}",
        method=method,
        data=None if content is None else json.dumps(content).encode(),
        headers={
            "Authorization": f"Bearer {env['GITHUB_TOKEN']}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "Content-Type": "application/json",
        },
    )
    with urlopen(request, timeout=30) as response:
        return json.load(response)


if __name__ == "__main__":
    main()
