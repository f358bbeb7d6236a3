"""A model's trials as an array of jobs on SLURM: submitting them, and what runs in each."""

import os
import subprocess
from pathlib import Path

import optuna
from optuna.trial import TrialState

from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import BadInput
from tools.cluster.slurm import Submission
from tools.tune.search import FOLDER, name_of, run_trial, search, study_of

TASK = "task"  # the attribute of a trial that names its job


def submit(model: str, trials: int, at_once: int) -> str:
    """Submit trials, of which so many run at once; return what to tell the user.

    Raises:
        BadInput: there is something to commit first, a number is not positive, cluster.yaml is
            wrong, or SLURM refuses.
    """
    if trials < 1 or at_once < 1:
        raise BadInput(f"TRIALS={trials} CLUSTER={at_once}: both have to be 1 or more.")
    run = Submission.of_this_commit([*read_models(read_yaml(PARAMS)), "data", "results"])
    number = run.submit(
        model,
        ["python", "-m", "tools.tune", model, "1", "--study-in", str(run.repository)],
        f"--array=0-{trials - 1}%{at_once}",
        name=f"tune-{model}",
    )
    return (
        f"Array job {number} has {trials} trials, {at_once} at a time: squeue --me shows them, "
        f"scancel {number} ends them, and {run.folder} has what they print. "
        f"make tune MODEL={model} TRIALS=0 tells the best so far."
    )


def run_task(model: str, repository: Path) -> None:
    """Run a trial in this clone of a repository, and bring its experiment there."""
    study = study_of(model, repository / FOLDER)
    # Trials start at the same time, so the number of trials is no seed; and a trial that still
    # runs counts as a bad one, so that others look elsewhere (Optuna's constant_liar).
    study.sampler = optuna.samplers.TPESampler(constant_liar=True)
    task = f"{os.environ['SLURM_ARRAY_JOB_ID']}_{os.environ['SLURM_ARRAY_TASK_ID']}"
    before = [trial for trial in study.get_trials() if trial.user_attrs.get(TASK) == task]
    if before:  # SLURM has started this job again: with the same values its training resumes
        if before[-1].state in (TrialState.COMPLETE, TrialState.PRUNED):
            return
        if before[-1].state == TrialState.RUNNING:
            study.tell(before[-1].number, state=TrialState.FAIL)
        study.enqueue_trial(before[-1].params)

    def run(trial: optuna.Trial) -> float:
        trial.set_user_attr(TASK, task)
        accuracy = run_trial(trial, model)
        push = ["dvc", "exp", "push", "--no-cache", str(repository), name_of(trial, model)]
        subprocess.run(push, check=True)
        return accuracy

    search(study, 1, run)
