"""What runs in each job of the array: one trial, in a clone of its own."""

import argparse
import os
import shutil
from pathlib import Path

import optuna
from optuna.trial import FrozenTrial, TrialState

from fer2013.runtime.errors import exit_on_bad_input
from tools.cluster.job import dvc, started
from tools.cluster.trees import Run
from tools.tune.search import FOLDER, SPACE, name_of, read_space, run_trial, study_of

TASK = "task"  # the attribute of a trial that names its job


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tools.tune.task")
    options.add_argument("run", type=Path)
    options.add_argument("model")
    options.add_argument("restarts", type=int)
    given = options.parse_args()
    index = os.environ["SLURM_ARRAY_TASK_ID"]
    with started(given.run, index, given.restarts) as run:
        work(run, given.model, index)


def work(run: Run, model: str, index: str) -> None:
    """Run a trial, and bring its experiment into the repository."""
    study = study_of(model, Path(run.plan.repository) / FOLDER)
    # Trials start at the same time, so the number of trials is no seed; and a trial that still
    # runs counts as a bad one, so that others look elsewhere (Optuna's constant_liar).
    study.sampler = optuna.samplers.TPESampler(constant_liar=True)
    task = f"{run.folder.name}/{index}"
    before = trial_of(study, task)
    if before is not None and before.state in (TrialState.COMPLETE, TrialState.PRUNED):
        return
    tree = run.fresh_tree(index)
    os.chdir(tree)
    space = read_space(SPACE)
    if before is not None:
        repeat(study, before)

    def objective(trial: optuna.Trial) -> float:
        trial.set_user_attr(TASK, task)
        accuracy = run_trial(trial, model, space)
        dvc("exp", "push", "--no-cache", run.plan.repository, name_of(trial, model))
        return accuracy

    study.optimize(objective, 1)
    shutil.rmtree(tree, ignore_errors=True)


def trial_of(study: optuna.Study, task: str) -> FrozenTrial | None:
    """The trial of this job's start before, if SLURM has started it again."""
    trials = study.get_trials(deepcopy=False)
    return next((trial for trial in reversed(trials) if trial.user_attrs.get(TASK) == task), None)


def repeat(study: optuna.Study, trial: FrozenTrial) -> None:
    """Let the next trial have the values of one that was interrupted: its training resumes."""
    if trial.state == TrialState.RUNNING:
        study.tell(trial.number, state=TrialState.FAIL)
    study.enqueue_trial(trial.params)


if __name__ == "__main__":
    exit_on_bad_input(main)
