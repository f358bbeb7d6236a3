"""Record what the models' short runs come to now, in recipes.json.

    python -m tests.golden.record           all models of params.yaml, and no other
    python -m tests.golden.record resnet    only these

CONTRIBUTING.md says when that is right, and what has to follow.
"""

import json
import sys
from typing import Any

from fer2013.base.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from fer2013.runtime.files import write_json
from tests.golden import runs


def main() -> None:
    record(read_yaml(PARAMS), sys.argv[1:])


def record(params: dict[str, Any], names: list[str]) -> None:
    """Rewrite recipes.json for the named models, or for all.

    Raises:
        BadInput: there is no such model, or the others were recorded on another machine.
    """
    models = list(read_models(params))
    others = kept(names, models) if names else {}
    new = {model: runs.recorded_of(runs.shortened(params, model)) for model in names or models}
    write_json(
        runs.FILE, {"machine": runs.machine(), "models": dict(sorted((others | new).items()))}
    )


def kept(names: list[str], models: list[str]) -> dict[str, Any]:
    """What recipes.json holds of models that are not recorded again."""
    for name in names:
        if name not in models:
            raise BadInput(f"params.yaml has no model {name}; it has {', '.join(models)}.")
    content = json.loads(runs.FILE.read_text(encoding="utf-8"))
    if content["machine"] != runs.machine():
        raise BadInput(
            f"{runs.FILE} was recorded on another machine ({content['machine']}), whose bits "
            "differ from this one's; name no model, and all are recorded here."
        )
    return {name: entry for name, entry in content["models"].items() if name not in names}


if __name__ == "__main__":
    exit_on_bad_input(main)
