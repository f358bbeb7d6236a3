"""Replaces the models' stages in tests of which stages DVC runs.

DVC decides by hashes what to run, whatever the stages compute. So the dvc.yaml of the workspace
`quick` has this as command: in no time it writes a digest of the data and parameters that a stage
declares, for every output that it declares. The data stages and configure stay the real ones.
"""

import hashlib
import sys
from pathlib import Path
from typing import Any

import yaml

REAL = ("sample", "ingest", "split", "tensors", "configure")


def main() -> None:
    kind, *models = sys.argv[1:]
    stage = declared(kind if kind == "ensemble" else f"{kind}_{models[0]}" if models else kind)
    digest = hashlib.sha256()
    for dep in stage["deps"]:
        if not dep.startswith(("stages/", "fer2013/")):  # a remark in code changes no result
            digest.update(content(Path(dep)))
    for section in stage.get("params", []):
        digest.update(values(section))
    for out in [name for group in ("outs", "metrics", "plots") for name in stage.get(group, [])]:
        write(Path(next(iter(out))), digest.hexdigest())


def declared(name: str) -> dict[str, Any]:
    """A stage of dvc.yaml, its variables filled in."""
    stage = parsed(Path("dvc.yaml"))["stages"][name]
    variables = {key: value for entry in stage.pop("vars", []) for key, value in entry.items()}
    members = parsed(Path("params.yaml"))["ensemble"]["members"]
    variables |= {f"ensemble.members[{index}]": name for index, name in enumerate(members)}
    filled: dict[str, Any] = with_variables(stage, variables)
    return filled


def with_variables(value: Any, variables: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {
            with_variables(key, variables): with_variables(inner, variables)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [with_variables(inner, variables) for inner in value]
    if isinstance(value, str):
        for name, filled in variables.items():
            value = value.replace(f"${{{name}}}", filled)
    return value


def parsed(path: Path) -> Any:
    return yaml.load(path.read_text(), yaml.CSafeLoader)


def content(path: Path) -> bytes:
    if path.name == "params.yaml":
        return repr(parsed(path)).encode()  # a remark there changes no result either
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    return b"".join(file.read_bytes() for file in files if file.is_file())


def values(section: str) -> bytes:
    return repr(parsed(Path("params.yaml"))[section]).encode()


def write(path: Path, text: str) -> None:
    if not path.suffix:  # a folder
        path = path / "metrics.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


if __name__ == "__main__":
    main()
