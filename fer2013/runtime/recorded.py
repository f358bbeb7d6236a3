"""What dvc.lock has recorded of a stage, and whether a model's files agree with it.

They may not, as dvc.lock is in git beside the scores: after `git checkout` without `dvc checkout`,
scores and configuration are those of one branch and weights those of another.
"""

import hashlib
import re
from pathlib import Path

import yaml

from fer2013.runtime.errors import BadInput


def recorded(lock: Path, stage: str) -> dict[str, str]:
    """The MD5 of each file that a stage has read and written, by path; empty without a record.

    Only its entry is parsed, and not the thousands of lines of the others.
    """
    text = lock.read_text(encoding="utf-8") if lock.exists() else ""
    entry = re.search(rf"^  {re.escape(stage)}:\n((?:    .*\n)+)", text, re.MULTILINE)
    try:
        record = yaml.safe_load(entry[1]) if entry else {}
        return {file["path"]: file["md5"] for file in record["deps"] + record["outs"]}
    except (yaml.YAMLError, KeyError, TypeError):  # a killed dvc has cut it off: make recover
        return {}


def require_one_run(folder: Path) -> bool:
    """Require that the files of a model's folder and its scores are of one run, by dvc.lock.

    Files that are missing are not compared.

    Returns:
        False if it is not known, as no dvc.lock has the model's evaluation.

    Raises:
        BadInput: a file is not the one of that evaluation.
    """
    model, root = folder.name, folder.resolve().parent.parent
    hashes = recorded(root / "dvc.lock", f"evaluate_{model}")
    if not hashes:
        return False
    files = {
        f"models/{model}/{name}": folder / name
        for name in ("weights.safetensors", "run.json", "config.yaml")
    }
    for name in (f"metrics/scores/{model}.json", f"metrics/predictions/{model}.csv"):
        files[name] = root / name
    for name, path in files.items():
        if path.exists() and md5(path.read_bytes()) != hashes.get(name):
            raise BadInput(
                f"{path} is not the one that dvc.lock has for evaluate_{model}, so the scores of "
                f"{model} are not of these weights and this configuration; after git checkout run "
                f"dvc checkout or make pull, after a change dvc repro evaluate_{model}."
            )
    return True


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()
