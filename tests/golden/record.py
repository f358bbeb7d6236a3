"""Record what the models' short runs come to now on this kind of processor, in recipes.json.

    python -m tests.golden.record           all models of params.yaml, and no other
    python -m tests.golden.record resnet    only these

What other kinds of processor have recorded of a model stays, unless it is known to be of another
computation by now. CONTRIBUTING.md says when to record, and what has to follow.
"""

import json
import sys
from typing import Any

from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import exit_on_bad_input
from fer2013.runtime.files import write_text
from tests.golden import runs

Entry = dict[str, Any]  # what recipes.json holds of a model


def main() -> None:
    params, before = read_yaml(PARAMS), recorded()
    models = list(read_models(params))
    named = sys.argv[1:] or models
    new = {model: anew(model, params, before.get(model)) for model in named}
    kept = {model: before[model] for model in models if model in before}
    write(kept | new)


def recorded() -> dict[str, Entry]:
    models: dict[str, Entry] = json.loads(runs.FILE.read_text(encoding="utf-8"))["models"]
    return models


def write(models: dict[str, Entry]) -> None:
    """Write a line for each model, as is good for `git diff`."""
    lines = [f"{json.dumps(model)}: {json.dumps(models[model])}" for model in sorted(models)]
    write_text(runs.FILE, '{"models": {\n' + ",\n".join(lines) + "\n}}\n")


def anew(model: str, params: dict[str, Any], before: Entry | None) -> Entry:
    """A model's entry with this machine's bytes, and others' as far as they still hold."""
    config, here = runs.shortened(params, model), runs.machine()
    common, own = runs.in_double(config), runs.as_trained(config)
    if before is None or changed(before, common, own, here):
        return {**common, "as_trained": {here: own}}
    others = before["as_trained"] | {here: own}
    return {**before, "as_trained": dict(sorted(others.items()))}  # no noise in the last digits


def changed(before: Entry, common: Entry, own: Entry, here: str) -> bool:
    """Whether the recipe, its curve in float64 or, by the same torch, its bytes have changed."""
    last = before["as_trained"].get(here, own)
    return (
        common["recipe"] != before["recipe"]
        or not runs.same_curve(common["curve_in_double"], before["curve_in_double"])
        or (own["torch"] == last["torch"] and own != last)
    )


if __name__ == "__main__":
    exit_on_bad_input(main)
