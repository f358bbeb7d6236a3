"""Does every stage write the same bytes in any environment? One run for each environment.

    python -m tests.stress.byte_identity              all; it takes an hour
    python -m tests.stress.byte_identity umask queue  those whose name has one of these words

Each run makes the whole pipeline of three small models, on few faces of the built-in sample, in a
temporary folder. Compared are dvc.lock and each file of each output of each stage: size, MD5, and
whether it is executable, which is all of its mode that git tracks.
"""

import hashlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fer2013.core.sections import read_yaml
from tests.pipeline.workspace import Workspace
from tests.stress.circumstances import MAY_DIFFER, Circumstance, NotHere, circumstances

MODELS = ("resnet", "improved_cnn", "vit")  # between them they have every kind of stage
OVERRIDES = (  # teams of threads are what an environment may change
    "models.resnet.network.channels=[16,32,64]",
    "models.improved_cnn.network.channels=[16,32,64]",
    "models.improved_cnn.network.hidden=[128,64]",
    "train.threads=2",
    "models.improved_cnn.train.threads=2",
    "models.vit.train.threads=2",
)
Outputs = dict[str, tuple[int, str, bool]]  # path → size, MD5, executable


def main() -> None:
    chosen = {
        name: circumstance
        for name, circumstance in circumstances().items()
        if not sys.argv[1:] or any(word in name for word in sys.argv[1:])
    }
    with tempfile.TemporaryDirectory(prefix="byte_identity-") as folder:
        if not compare_all(chosen, Path(folder)):
            sys.exit(1)


def compare_all(chosen: dict[str, Circumstance], folder: Path) -> bool:
    """Run and compare each circumstance, print its line, and say whether all is as it should be."""
    start = Workspace.clone(folder / "start" / "fer2013", MODELS)
    start.set(*OVERRIDES)
    start.commit("Make them small")
    reference = start.copy(folder / "reference" / "fer2013")
    reference.run("dvc", "repro")
    expected = outputs(reference.folder)
    print("| circumstance | outputs compared | differences |\n|---|---|---|", flush=True)
    fine = True
    for name, circumstance in chosen.items():
        with tempfile.TemporaryDirectory(dir=folder) as inner:
            compared, text = compare(circumstance, start, reference, Path(inner) / "run", expected)
        print(f"| {name} | {compared} | {text}{' (may)' * (name in MAY_DIFFER)} |", flush=True)
        fine &= text == "0" or text.startswith("not tried") or name in MAY_DIFFER
    return fine


def compare(
    circumstance: Circumstance,
    start: Workspace,
    reference: Workspace,
    folder: Path,
    expected: Outputs,
) -> tuple[int, str]:
    """→ how many outputs were compared, and which of them differ, in words"""
    try:
        found = outputs(circumstance(start, reference, folder).folder)
    except NotHere as reason:
        return 0, f"not tried: {reason}"
    except AssertionError as failure:  # a command failed, or did what it should not have done
        print(failure, file=sys.stderr)
        return 0, "failed"
    different = differences(expected, found)
    return len(expected | found), "; ".join([str(len(different)), *different])


def outputs(workspace: Path) -> Outputs:
    """Every file that stages wrote, by its path in the workspace, and dvc.lock."""
    found = {}
    for path in files_of(workspace):
        content = path.read_bytes()
        executable = bool(path.stat().st_mode & 0o111)
        digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
        found[str(path.relative_to(workspace))] = len(content), digest, executable
    return found


def files_of(workspace: Path) -> Iterator[Path]:
    yield workspace / "dvc.lock"
    for stage in read_yaml(workspace / "dvc.lock")["stages"].values():
        for out in stage.get("outs", []):
            path = workspace / out["path"]
            yield from (file for file in path.rglob("*") if file.is_file())
            if path.is_file():
                yield path


def differences(expected: Outputs, found: Outputs) -> list[str]:
    return sorted(path for path in expected | found if expected.get(path) != found.get(path))


if __name__ == "__main__":
    main()
