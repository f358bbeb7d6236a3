"""Ask PyPI for known vulnerabilities of every locked package.

    make audit

Vulnerabilities listed in requirements/audit.txt are accepted; the file gives a reason for each.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from fer2013.runtime.errors import BadInput, exit_on_bad_input
from tools.lock import FOLDER

PIP_AUDIT = "pip-audit@2.10.1"  # in an environment of its own, as it has many dependencies
LOCKS = ("build.txt", "common.txt", "torch-cuda.txt")  # torch-cpu.txt has only torch again
EXPLAINED = FOLDER / "audit.txt"


def main() -> None:
    command = ["uv", "--no-config", "tool", "run", PIP_AUDIT, "--disable-pip", "--require-hashes"]
    command += ["--strict"]  # fail if PyPI does not answer for a package
    for lock in LOCKS:
        command += ["--requirement", str(FOLDER / lock)]
    for name in explained(EXPLAINED):
        command += ["--ignore-vuln", name]
    sys.exit(subprocess.run([*command, *sys.argv[1:]], check=False).returncode)


def explained(path: Path) -> Iterator[str]:
    """The accepted ids: each line has ids, a colon and the reason why they are accepted.

    Raises:
        BadInput: a line has no id or no reason.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if not re.fullmatch(r"(\S+ )*\S+: \S.*", line):
            raise BadInput(f"{path}, line {number}: write ids, a colon and the reason: {line}")
        yield from line.partition(":")[0].split()


if __name__ == "__main__":
    exit_on_bad_input(main)
