"""Record what the models' short runs come to now on this kind of processor, in recipes.json.

    python -m tests.golden.record           all models of params.yaml, and no other
    python -m tests.golden.record resnet    only these

What other kinds of processor have recorded of a model stays, unless it is known to be of another
computation by now. CONTRIBUTING.md says when to record, and what has to follow.
"""

import json
import sys
from typing import Any

from fer2013.base.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import write_json
from tests.golden import runs

Entry = dict[str, Any]  # what recipes.json holds of a model


def main() -> None:
    record(read_yaml(PARAMS), sys.argv[1:])


def record(params: dict[str, Any], names: list[str]) -> None:
    """Rewrite recipes.json for the named models, or for all.

    Raises:
        BadInput: there is no such model.
    """
    models = list(read_models(params))
    for name in names:
        if name not in models:
            raise BadInput(f"params.yaml has no model {name}; it has {', '.join(models)}.")
    before = recorded()
    new = {model: anew(model, params, before.get(model)) for model in names or models}
    others = before if names else {}
    write_json(runs.FILE, {"models": dict(sorted((others | new).items()))})


def recorded() -> dict[str, Entry]:
    if not runs.FILE.exists():
        return {}
    models: dict[str, Entry] = json.loads(runs.FILE.read_text(encoding="utf-8"))["models"]
    return models


def anew(model: str, params: dict[str, Any], before: Entry | None) -> Entry:
    """A model's entry with this machine's bytes, and others' as far as they still hold."""
    config, here = runs.shortened(params, model), runs.machine()
    common, own = runs.in_double(config), runs.as_trained(config)
    others: Entry = {}
    if before is not None:
        others = {kind: entry for kind, entry in before["as_trained"].items() if kind != here}
        cause = stale(before, common, own)
        if cause is None:
            common = {name: before[name] for name in common}  # no noise in its last digits
        elif others:
            print(f"{model}: {cause}, so what is dropped is that of {'; '.join(others)}")
            others = {}
    return {**common, "as_trained": dict(sorted((others | {here: own}).items()))}


def stale(before: Entry, common: Entry, own: Entry) -> str | None:
    """Why what other kinds of processor have recorded no longer holds, or None if it may."""
    if common["recipe"] != before["recipe"]:
        return "its recipe has changed"
    if not runs.same_curve(common["curve_in_double"], before["curve_in_double"]):
        return "its curve in float64 has changed"
    here = before["as_trained"].get(runs.machine(), own)
    if here["torch"] == own["torch"] and here != own:
        return "its bytes have changed here"
    return None


if __name__ == "__main__":
    exit_on_bad_input(main)
