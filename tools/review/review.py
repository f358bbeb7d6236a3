"""The comparison of a commit with its base."""

from dataclasses import dataclass

from fer2013.core.sections import MODEL_NAME
from tools.review.parameters import Change, compared
from tools.review.results import SCORES
from tools.review.revision import Revision, mapping
from tools.review.stale import find_stale, ran_again, repro_command
from tools.review.verdict import Model, failures, review_models


@dataclass
class Review:
    base: Revision
    head: Revision
    parameters: dict[Change, list[str]]  # the models that have it; none if it is of no model
    ran_again: list[str]  # stages that ran with other inputs than at the base
    stale: list[str]  # stages for which dvc.lock is stale
    stale_before: list[str]  # those of them that the base left stale
    repro_command: str  # makes the stale stages; "" if there are none
    models: list[Model]
    failures: list[str]  # the reasons why the review fails


def review(base: Revision, head: Revision) -> Review:
    names = list(dict.fromkeys([*models_of(head), *models_of(base)]))
    stale = find_stale(head, base, names)
    old = find_stale(base, base, names) if stale else []
    new = [name for name in stale if name not in old]
    models = review_models(base, head, names)
    return Review(
        base,
        head,
        changed_parameters(base, head, names),
        ran_again(base, head),
        stale,
        [name for name in stale if name in old],
        repro_command(head, stale),
        models,
        failures=[
            *([f"dvc.lock is stale: {', '.join(new)}"] if new else []),
            *head.problems,
            *(f"{model.name}: {reason}" for model in models for reason in failures(model)),
        ],
    )


def models_of(revision: Revision) -> list[str]:
    """The models of params.yaml, and then what else has scores, such as the ensemble."""
    named = [*mapping(revision.mapping("params.yaml").get("models")), *revision.names(SCORES)]
    return [name for name in named if MODEL_NAME.fullmatch(name)]


def changed_parameters(
    base: Revision, head: Revision, models: list[str]
) -> dict[Change, list[str]]:
    """Changes in params.yaml that are of no model, then those of models that both commits have."""
    before, after = ({model: side.config(model) for model in models} for side in (base, head))
    own = {"models", *(key for config in [*before.values(), *after.values()] for key in config)}
    shared = [
        {key: value for key, value in side.mapping("params.yaml").items() if key not in own}
        for side in (base, head)
    ]
    changes: dict[Change, list[str]] = {change: [] for change in compared(*shared)}
    for model in models:
        if before[model] and after[model]:
            for change in compared(before[model], after[model]):
                changes.setdefault(change, []).append(model)
    return changes
