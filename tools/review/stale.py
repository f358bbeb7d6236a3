"""The stages for which a commit's dvc.lock is stale, as DVC says. This needs no data.

`dvc repro --dry --allow-missing` runs in a temporary clone of the commit. Before that, DVC makes
the configurations of models there, if they are stale: else every model would seem stale. Stages
that never ran are taken out of the clone's dvc.yaml, so that none is stale because of them.
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
from tools.review.revision import CONFIGS, Revision, mapping

# Not the user's own: a cache may have what others lack.
SETTINGS = "[cache]\n    dir = cache\n[core]\n    site_cache_dir = {}\n    analytics = false\n"
INPUTS = ("cmd", "deps", "params")


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


def find_stale(revision: Revision, base: Revision, models: list[str]) -> list[str]:
    """The stale stages, in the order of dvc.yaml; `revision` gets the configurations made anew.

    A stage is also stale if the base's dvc.lock has a record of it and the commit's has none.
    """
    stages, records = stages_of(revision), records_of(revision)
    lost = records_of(base).keys() - records.keys()
    ran = {name: stage for name, stage in stages.items() if name in records}
    stale: list[str] = []
    if ran:
        try:
            with clone(revision, ran) as folder:
                stale += make_configs(revision, folder, ran, models)
                dry = ("--dry", "--allow-missing", "--keep-going", "--force-downstream")
                stale += repro(folder, ran, *dry)
        except BadInput as error:
            revision.problems.append(str(error))
    return [name for name in stages if name in stale or name in lost]


def make_configs(
    revision: Revision, folder: Path, stages: dict[str, Any], models: list[str]
) -> list[str]:
    """Make the models' configurations in a clone; return the stages that were stale before."""
    configs = [path.format(model) for path in CONFIGS for model in models]
    makers = [
        name for name in stages if any(writes(records_of(revision)[name], path) for path in configs)
    ]
    stale = repro(folder, stages, "--single-item", "--allow-missing", *makers) if makers else []
    files = {path: folder / path for path in configs}
    revision.made = {path: file.read_text() for path, file in files.items() if file.is_file()}
    return stale


def writes(record: Any, path: str) -> bool:
    outs = mapping(record).get("outs")
    paths = [mapping(out).get("path") for out in outs] if isinstance(outs, list) else []
    return any(f"{path}/".startswith(f"{out}/") for out in paths)


def repro_command(revision: Revision, stale: list[str]) -> str:
    """The command that reproduces the stale stages, and none that never ran."""
    if not stale:
        return ""
    everything = stages_of(revision).keys() <= records_of(revision).keys()
    return "dvc repro" if everything else f"dvc repro --single-item {' '.join(stale)}"


@contextmanager
def clone(revision: Revision, stages: dict[str, Any]) -> Iterator[Path]:
    """A clone whose dvc.yaml has these stages only."""
    with TemporaryDirectory() as name:
        folder = Path(name) / "clone"
        git_output("clone", "--quiet", "--shared", "--no-checkout", ".", str(folder))
        in_clone = ("-C", str(folder), "-c", f"core.hooksPath={os.devnull}")
        git_output(*in_clone, "checkout", "--quiet", "--detach", revision.commit)
        pipeline = revision.mapping("dvc.yaml") | {"stages": stages}
        (folder / "dvc.yaml").write_text(yaml.safe_dump(pipeline, sort_keys=False))
        (folder / ".dvc").mkdir(exist_ok=True)
        (folder / ".dvc/config.local").write_text(SETTINGS.format(Path(name) / "site"))
        yield folder


def repro(folder: Path, stages: dict[str, Any], *words: str) -> list[str]:
    """Run `dvc repro` in a clone; return the stages that it does not skip as unchanged.

    Raises:
        BadInput: it failed, and not for want of data.
    """
    python = Path(sys.executable)
    done = subprocess.run(
        [python, "-m", "dvc", "repro", *words],
        cwd=folder,
        env=os.environ | {"PATH": f"{python.parent}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    unchanged = re.compile("didn't change|is frozen")
    lines = [line for line in done.stdout.splitlines() if not unchanged.search(line)]
    found = [name for line in lines for name in re.findall(r"'([^']+)'", line) if name in stages]
    if done.returncode and ("--dry" not in words or not found):
        error = next((line for line in lines if line.lower().startswith("error: ")), "it failed")
        raise BadInput(f"dvc repro {' '.join(words)}: {error[7:]}")
    return found
