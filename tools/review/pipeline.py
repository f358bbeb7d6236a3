"""What DVC says of a commit: for which stages dvc.lock is stale, and which parameters changed.

For the stages, `dvc repro --dry --allow-missing` runs in a temporary clone of the commit, without
data. Before that, DVC makes the models' configurations there if they are stale: else every model
would seem stale. Stages that never ran are taken out of the clone's dvc.yaml, so that none is stale
because of them.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from fer2013.runtime.errors import BadInput
from tools.repository import git_output
from tools.review.revision import Revision, mapping

CONFIGURE = "configure"  # the stage that makes the configurations
# Not the user's own: a cache may have what others lack.
SETTINGS = "[cache]\n    dir = cache\n[core]\n    site_cache_dir = {}\n    analytics = false\n"
INPUTS = ("cmd", "deps", "params")


def changed_parameters(base: Revision, head: Revision) -> str:
    """A table in Markdown, "" if no parameter changed.

    Raises:
        BadInput: DVC cannot read one of the commits.
    """
    done = dvc("params", "diff", "--md", base.commit, head.commit)
    if done.returncode:
        raise BadInput(f"dvc params diff: {error_of(done.stderr)}")
    table = done.stdout.strip()
    return table if table.count("\n") > 1 else ""  # else it is a heading alone


def stages_of(revision: Revision) -> dict[str, Any]:
    return mapping(revision.mapping("dvc.yaml").get("stages"))


def records_of(revision: Revision) -> dict[str, Any]:
    """What dvc.lock says of each stage that ran."""
    return mapping(revision.mapping("dvc.lock").get("stages"))


def ran_again(base: Revision, head: Revision) -> list[str]:
    """The stages that ran with other code, parameters or data than at the base."""
    before, after = (
        {name: [mapping(record).get(key) for key in INPUTS] for name, record in records.items()}
        for records in (records_of(base), records_of(head))
    )
    return [name for name in after if after[name] != before.get(name)]


def find_stale(revision: Revision, base: Revision) -> list[str]:
    """The stale stages, in the order of dvc.yaml.

    A stage is also stale if the base's dvc.lock has a record of it and the commit's has none.
    """
    stages, records = stages_of(revision), records_of(revision)
    ran = {name: stage for name, stage in stages.items() if name in records}
    stale = records_of(base).keys() - records.keys()
    if ran:
        try:
            with clone(revision, ran) as folder:
                if CONFIGURE in ran:
                    stale |= repro(folder, ran, "--single-item", "--allow-missing", CONFIGURE)
                dry = ("--dry", "--allow-missing", "--keep-going", "--force-downstream")
                stale |= repro(folder, ran, *dry)
        except BadInput as error:
            revision.problems.append(str(error))
    return [name for name in stages if name in stale]


def repro_command(revision: Revision, stale: list[str]) -> str:
    """The command that reproduces the stale stages, and none that never ran."""
    everything = stages_of(revision).keys() <= records_of(revision).keys()
    return "dvc repro" if everything else f"dvc repro --single-item {' '.join(stale)}"


@contextmanager
def clone(revision: Revision, stages: dict[str, Any]) -> Iterator[Path]:
    """A clone whose dvc.yaml has these stages only."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "clone"
        # Without a name, git would ask the network for this machine's.
        quiet = ("-c", "user.name=review", "-c", "user.email=review@localhost")
        git_output(*quiet, "clone", "--quiet", "--shared", "--no-checkout", ".", str(folder))
        in_clone = (*quiet, "-C", str(folder), "-c", f"core.hooksPath={os.devnull}")
        git_output(*in_clone, "checkout", "--quiet", "--detach", revision.commit)
        pipeline = revision.mapping("dvc.yaml") | {"stages": stages}
        (folder / "dvc.yaml").write_text(yaml.safe_dump(pipeline, sort_keys=False))
        (folder / ".dvc").mkdir(exist_ok=True)
        (folder / ".dvc/config.local").write_text(SETTINGS.format(Path(name) / "site"))
        yield folder


def repro(folder: Path, stages: dict[str, Any], *words: str) -> set[str]:
    """Run `dvc repro` in a clone; return the stages that it does not skip as unchanged.

    Raises:
        BadInput: it failed, and not for want of data.
    """
    done = dvc("repro", *words, folder=folder)
    unchanged = re.compile("didn't change|is frozen")
    said = (done.stdout + done.stderr).splitlines()
    lines = [line for line in said if not unchanged.search(line)]
    found = {name for line in lines for name in re.findall(r"'([^']+)'", line) if name in stages}
    if done.returncode and ("--dry" not in words or not found):
        raise BadInput(f"dvc repro {' '.join(words)}: {error_of(done.stderr)}")
    return found


def dvc(*words: str, folder: Path | None = None) -> "subprocess.CompletedProcess[str]":
    python = Path(sys.executable)
    return subprocess.run(
        [python, "-m", "dvc", *words],
        cwd=folder,
        env=os.environ | {"PATH": f"{python.parent}:{os.environ['PATH']}"},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def error_of(text: str) -> str:
    """The first error: that of a stage's command comes before DVC's."""
    lines = (line for line in text.splitlines() if line.lower().startswith("error: "))
    return next(lines, "error: it failed")[7:]
