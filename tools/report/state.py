"""Everything that the page shows."""

from dataclasses import dataclass, field
from typing import Any

from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import BadInput
from tools.report.calibration import Bin, bins
from tools.report.data import read_data
from tools.report.mistakes import Mistake, fits, mistakes, read_faces
from tools.report.results import Result, read_results
from tools.review.revision import git, uncommitted


@dataclass
class State:
    results: list[Result]  # the best first
    untrained: list[str]
    data: dict[str, Any] | None
    built_in: bool  # are the faces those of the built-in sample?
    commit: str  # "" outside a git repository
    bins: dict[str, list[Bin]]  # by model, if its probabilities are available
    mistakes: dict[str, dict[str, list[Mistake]]]  # by model and class, if faces are available
    notes: list[str] = field(default_factory=list)  # what is left out, and why

    @property
    def shows_fer2013(self) -> bool:
        return bool(self.mistakes) and not self.built_in


def read_state(faces: bool) -> State:
    params = read_yaml(PARAMS)
    results = read_results()
    notes: list[str] = []
    known = {result.name for result in results}
    return State(
        results,
        [model for model in [*read_models(params), "ensemble"] if model not in known],
        read_data(),
        params["data"]["folder"] == "data/sample",
        read_commit(),
        read_bins(results, notes),
        read_mistakes(results, notes) if faces else {},
        notes,
    )


def read_bins(results: list[Result], notes: list[str]) -> dict[str, list[Bin]]:
    missing = [result.name for result in results if result.probabilities is None]
    if missing:
        notes.append(
            f"calibration of {', '.join(missing)}: data/probabilities does not have the "
            "probabilities of their predictions; make pull fetches them."
        )
    return {result.name: bins(result) for result in results if result.name not in missing}


def read_mistakes(results: list[Result], notes: list[str]) -> dict[str, dict[str, list[Mistake]]]:
    part = read_faces()
    if part is None:
        notes.append("mistakes: data/tensors is missing; dvc repro tensors makes it from the data.")
        return {}
    known = [result for result in results if result.probabilities is not None]
    other = [result.name for result in known if not fits(part, result)]
    if other:
        notes.append(f"mistakes of {', '.join(other)}: data/tensors holds other faces.")
    return {result.name: mistakes(result, part) for result in known if result.name not in other}


def read_commit() -> str:
    """The current commit, and whether there are uncommitted changes."""
    try:
        commit = git("rev-parse", "HEAD").strip()[:10]
        return f"{commit} and uncommitted changes" if uncommitted() else commit
    except BadInput:
        return ""
