"""A `python` for the PATH of a workspace in which every model's stages are there but take no time.

DVC decides by hashes what to run, whatever the stages compute. So where a test asks only what DVC
runs, the stages of the models write a digest of the data and parameters that they declare, for
every output that they declare. The data stages and configure are the real ones.
"""

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

import yaml

REAL = ("sample", "ingest", "split", "tensors", "configure")


def install(folder: Path) -> None:
    """Put the stand-in into a folder as `python`."""
    folder.mkdir()
    script = folder / "python"
    # The tests' own interpreter, without its start-up paths, runs this very file.
    script.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).resolve()} "$@"\n')
    script.chmod(0o755)


def main() -> None:
    kind, *models = [word.removeprefix("stages.") for word in sys.argv[2:]]
    if kind in REAL:
        os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
    stage = declared(kind if kind == "ensemble" else f"{kind}_{models[0]}" if models else kind)
    digest = hashlib.sha256()
    for dep in stage["deps"]:
        if not dep.startswith(("stages/", "fer2013/")):  # a remark in code changes no result
            digest.update(content(Path(dep)))
    for params in stage.get("params", []):
        digest.update(values(params))
    for out in [name for group in ("outs", "metrics", "plots") for name in stage.get(group, [])]:
        write(Path(next(iter(out))), digest.hexdigest())


def declared(name: str, pipeline: Path = Path("dvc.yaml")) -> dict[str, Any]:
    """A stage of dvc.yaml, its variables filled in."""
    stage = yaml.safe_load(pipeline.read_text())["stages"][name]
    text = yaml.safe_dump({key: value for key, value in stage.items() if key != "vars"})
    for variables in stage.get("vars", []):
        for key, value in variables.items():
            text = text.replace(f"${{{key}}}", value)
    params = yaml.safe_load(Path("params.yaml").read_text())
    lists = {"ensemble.members": params["ensemble"]["members"]}
    for model, own in params["models"].items():
        if own.get("teachers"):
            lists[f"models.{model}.teachers.models"] = own["teachers"]["models"]
    for key, names in lists.items():
        for place, member in enumerate(names):
            text = text.replace(f"${{{key}[{place}]}}", member)
    filled: dict[str, Any] = yaml.safe_load(text)
    return filled


def content(path: Path) -> bytes:
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return b"".join(file.read_bytes() for file in files if file.is_file())


def values(params: str | dict[str, list[str]]) -> bytes:
    """What a stage's params entry selects: a section of params.yaml, or keys of another file."""
    if isinstance(params, str):
        return repr(yaml.safe_load(Path("params.yaml").read_text())[params]).encode()
    ((name, keys),) = params.items()
    config = yaml.safe_load(Path(name).read_text())
    return repr([config[key.partition(".")[0]] for key in keys]).encode()


def write(path: Path, text: str) -> None:
    if not path.suffix:  # a folder
        path = path / "metrics.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


if __name__ == "__main__":
    main()
