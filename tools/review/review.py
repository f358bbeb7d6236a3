"""The comparison of a commit with its base."""

from dataclasses import dataclass

from tools.review.configs import models_of
from tools.review.parameters import Change, changed_parameters
from tools.review.pipeline import read_pipeline
from tools.review.revision import Revision
from tools.review.stale import State, find_affected, find_stale, remedy
from tools.review.verdict import Model, failures, review_models

ENSEMBLE = "ensemble"  # has results as a model has, but no configuration


@dataclass
class Review:
    base: Revision
    head: Revision
    parameters: list[Change]
    affected: dict[str, list[str]]  # stages that the change makes stale, and why
    state: State  # of the commit under review
    stale_before: list[str]  # stages that were stale at the base
    remedy: list[str]  # commands
    models: list[Model]
    failures: list[str]  # the reasons why the review fails


def review(base: Revision, head: Revision) -> Review:
    """Raises:
    BadInput: a commit's files cannot be read.
    """
    before, after = read_pipeline(base), read_pipeline(head)
    base_state = find_stale(base, before, before.records, before.records)
    state = find_stale(head, after, after.records, before.records)
    names = list(dict.fromkeys([*models_of(head), *models_of(base)]))
    ensembles = [ENSEMBLE] if ENSEMBLE in after.stages else []
    models = review_models(base, head, names + ensembles)
    failed = [f"{model.name}: {reason}" for model in models for reason in failures(model)]
    return Review(
        base=base,
        head=head,
        parameters=changed_parameters(base, head, base_state.configs, state.configs, names),
        affected=beyond(find_affected(head, after, before, state.configs), base_state.stale),
        state=state,
        stale_before=[name for name in base_state.stale if name in state.stale],
        remedy=remedy(after, state),
        models=models,
        failures=stale_failure(state, base_state) + failed,
    )


def beyond(reasons: dict[str, list[str]], old: dict[str, list[str]]) -> dict[str, list[str]]:
    """The stages that have new reasons (not among the old ones), with these reasons."""
    new = {
        name: [reason for reason in why if reason not in old.get(name, [])]
        for name, why in reasons.items()
    }
    return {name: why for name, why in new.items() if why}


def stale_failure(state: State, before: State) -> list[str]:
    """Stages that the branch has made stale; those that the base left stale are no failure."""
    new = beyond(state.stale, before.stale)
    return [f"dvc.lock is stale: {', '.join(new)}"] if new else []
