"""Do a model's weights, configuration and scores belong together?

They may not: after `git checkout` without `dvc checkout`, scores and configuration are those of one
branch and weights those of another. dvc.lock, which is in git beside the scores, has the hashes of
all that the stage evaluate has read and written.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

import yaml

from fer2013.runtime.errors import BadInput


def require_one_run(folder: Path) -> bool:
    """Require that the files of a model's folder and its scores are of one run, by dvc.lock.

    Files that are missing are not compared.

    Returns:
        False if it is not known, as no dvc.lock has the model's evaluation.

    Raises:
        BadInput: a file is not the one of that evaluation.
    """
    model, root = folder.name, folder.resolve().parent.parent
    record = _read_record(root / "dvc.lock", model)
    if record is None:
        return False
    hashes, used = record
    files = {
        f"models/{model}/weights.safetensors": folder / "weights.safetensors",
        f"models/{model}/run.json": folder / "run.json",
        f"metrics/scores/{model}.json": root / f"metrics/scores/{model}.json",
        f"metrics/predictions/{model}.csv": root / f"metrics/predictions/{model}.csv",
    }
    for name, path in files.items():
        if path.exists() and hashlib.md5(path.read_bytes()).hexdigest() != hashes.get(name):
            raise _not_of_one_run(path, model)
    config = folder / "config.yaml"
    found = yaml.safe_load(config.read_text(encoding="utf-8")) or {}
    if any(_as_text(found.get(key)) != _as_text(value) for key, value in used.items()):
        raise _not_of_one_run(config, model)
    return True


def _read_record(lock: Path, model: str) -> tuple[dict[str, str], dict[str, Any]] | None:
    """MD5 by path, and the configuration's keys, of a model's evaluation; None if there is none.

    Only its entry is parsed, and not the thousands of lines of the others.
    """
    text = lock.read_text(encoding="utf-8") if lock.exists() else ""
    entry = re.search(rf"^  evaluate_{re.escape(model)}:\n((?:    .*\n)+)", text, re.MULTILINE)
    try:
        record = yaml.safe_load(entry[1]) if entry else {}
        hashes = {file["path"]: file.get("md5") for file in record["deps"] + record["outs"]}
        return hashes, record["params"][f"models/{model}/config.yaml"]
    except (yaml.YAMLError, KeyError, TypeError):  # a killed dvc has cut it off: make recover
        return None


def _as_text(value: Any) -> Any:
    """Numbers as text: PyYAML reads the 1e-05 that DVC writes as text, and 1.0e-05 as a number."""
    if isinstance(value, dict):
        return {key: _as_text(item) for key, item in value.items()}
    return [_as_text(item) for item in value] if isinstance(value, list) else str(value)


def _not_of_one_run(path: Path, model: str) -> BadInput:
    return BadInput(
        f"{path} is not the one that dvc.lock has for evaluate_{model}, so the scores of {model} "
        "are not of these weights and this configuration; after git checkout run dvc checkout or "
        f"make pull, after a change dvc repro evaluate_{model}."
    )
