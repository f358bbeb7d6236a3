"""The comparison of a commit with its base."""

from dataclasses import dataclass

from fer2013.runtime.errors import BadInput
from tools.review.models import Model, failures, review_models
from tools.review.pipeline import changed_parameters, find_stale, ran_again, repro_command
from tools.review.revision import Revision


@dataclass
class Review:
    base: Revision
    head: Revision
    parameters: str  # that changed, a table
    ran_again: list[str]  # stages that ran with other inputs than at the base
    stale: list[str]  # stages for which dvc.lock is stale
    stale_before: list[str]  # those of them that the base left stale
    repro_command: str  # makes the stale stages; "" if there are none
    models: list[Model]
    failures: list[str]  # the reasons why the review fails


def review(base: Revision, head: Revision) -> Review:
    try:
        parameters = changed_parameters(base, head)
    except BadInput as error:
        parameters = ""
        base.problems.append(str(error))
    stale = find_stale(head, base)
    old = find_stale(base, base) if stale else []
    new = [name for name in stale if name not in old]
    models = review_models(base, head)
    return Review(
        base,
        head,
        parameters,
        ran_again(base, head),
        stale,
        [name for name in stale if name in old],
        repro_command(head, stale) if stale else "",
        models,
        failures=[
            *([f"dvc.lock is stale: {', '.join(new)}"] if new else []),
            *head.problems,
            *(f"{model.name}: {reason}" for model in models for reason in failures(model)),
        ],
    )
