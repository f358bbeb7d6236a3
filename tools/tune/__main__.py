"""Search, here or on SLURM: see the package's docstring."""

import argparse
from pathlib import Path

import optuna

from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from tools.repository import require_git
from tools.tune.on_slurm import run_task, submit
from tools.tune.search import SPACE, name_of, read_space, run_trial, search, study_of


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tools.tune")
    options.add_argument("model", choices=read_models(read_yaml(PARAMS)))
    options.add_argument("trials", type=int, help="0: only tell the best so far")
    options.add_argument(
        "--cluster", type=int, metavar="AT_ONCE", help="run them on SLURM, so many at a time"
    )
    options.add_argument("--study-in", type=Path, help="what such a job is told: the repository")
    given = options.parse_args()
    require_git()
    if given.study_in:
        run_task(given.model, given.study_in)
        return
    read_space(SPACE)
    if given.cluster is not None:
        print(submit(given.model, given.trials, given.cluster))
        return
    study = study_of(given.model)
    search(study, given.trials, lambda trial: run_trial(trial, given.model))
    print(best(study, given.model))


def best(study: optuna.Study, model: str) -> str:
    """Name the best trial.

    Raises:
        BadInput: none has finished.
    """
    if not study.get_trials(deepcopy=False, states=[optuna.trial.TrialState.COMPLETE]):
        raise BadInput(f"no trial of {model} has finished yet, so none is the best.")
    name = name_of(study.best_trial, model)
    return f"best: {name}, {study.best_value:.2%}; dvc exp apply {name} applies it"


if __name__ == "__main__":
    exit_on_bad_input(main)
