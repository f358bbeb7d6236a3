"""Submit the pipeline to SLURM: see the package's docstring."""

import argparse
import subprocess
import time
from dataclasses import dataclass

from dvc.repo import Repo
from dvc.repo.reproduce import plan_repro

from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from tools.cluster.slurm import Submission
from tools.repository import changed, git_output, require_git

DATA, RESULTS = "data", "results"  # the names of the first job and of the last
SECONDS = 5.0  # between two looks at the queue
# Once more, as DVC has failed, rarely, where two jobs wrote into the cache at the same instant.
REPRO = ["sh", "-c", 'dvc repro "$@" || dvc repro "$@"', "repro"]


@dataclass(frozen=True)
class Job:
    stages: list[str]  # for `dvc repro`, which adds those that they need; none: all
    after: list[str]  # the jobs that have to succeed before


def main() -> None:
    all_models = list(read_models(read_yaml(PARAMS)))
    options = argparse.ArgumentParser(prog="python -m tools.cluster")
    options.add_argument("models", nargs="*", metavar="model", help="by default all")
    models = options.parse_args().models
    for model in models:
        if model not in all_models:
            raise BadInput(f"{PARAMS} has no model {model!r}; it has {', '.join(all_models)}.")
    require_git()
    jobs = plan(all_models, models)
    run = Submission.of_this_commit([DATA, *all_models, RESULTS])
    done = run.folder / f"{RESULTS}.done"
    done.unlink(missing_ok=True)
    numbers = submit(run, jobs)
    again = " ".join(["dvc repro", *jobs[RESULTS].stages])
    print(
        f"{len(numbers)} jobs: squeue --me shows them, scancel {' '.join(numbers.values())} ends "
        f"them, and {run.folder} has what they print.\nNow this waits for them. If you end it, "
        f"they go on; then `{again}` brings their results later.",
        flush=True,
    )
    wait_for(numbers[RESULTS])
    if not done.exists():
        raise BadInput(
            f"a job failed or was cancelled; {run.folder} says why. When you run this again, "
            "what has been trained is not trained again."
        )
    if changed() or git_output("rev-parse", "HEAD").strip() != run.commit:
        print(f"This tree has changed since. In {run.commit}, `{again}` brings the results.")
        return
    subprocess.run(again.split(), check=True)


def plan(all_models: list[str], wanted: list[str]) -> dict[str, Job]:
    """The jobs for some models (if none is named, all) and their teachers, from DVC's graph.

    Raises:
        BadInput: dvc.yaml lacks a model.
    """
    with Repo() as repo:
        graph = repo.index.graph
    needs = {  # what `dvc repro` would look at for each stage, itself among them
        stage.addressing: {need.addressing for need in plan_repro(graph, [stage])}
        for stage in graph
    }
    stages = {model: [f"train_{model}", f"evaluate_{model}"] for model in all_models}
    of_models = {stage for model in all_models for stage in stages[model]}
    for stage in of_models - needs.keys():
        raise BadInput(f"dvc.yaml has no stage {stage}, but its model is in {PARAMS}.")
    teachers = {  # and the model itself
        model: [other for other in all_models if f"train_{other}" in needs[f"train_{model}"]]
        for model in all_models
    }
    models = {teacher for model in wanted or all_models for teacher in teachers[model]}
    common = {need for model in models for stage in stages[model] for need in needs[stage]}
    first = [need for need in common - of_models if not need.endswith(".dvc")]
    jobs = {DATA: Job(sorted(first), [])}
    for model in sorted(all_models, key=lambda model: len(teachers[model])):
        if model in models:
            after = [teacher for teacher in teachers[model] if teacher != model]
            jobs[model] = Job(stages[model], [DATA, *after])
    own = [stage for stage in needs if stage.partition("_")[2] in models]
    return jobs | {RESULTS: Job(sorted(own) if wanted else [], [*jobs])}


def submit(run: Submission, jobs: dict[str, Job]) -> dict[str, str]:
    """Submit jobs; return their numbers by name.

    Raises:
        BadInput: SLURM is not installed, or refuses one; then those before it are cancelled.
    """
    numbers: dict[str, str] = {}
    for name, job in jobs.items():
        after = ":".join(numbers[other] for other in job.after)
        options = [f"--dependency=afterok:{after}"] if after else []
        try:
            numbers[name] = run.submit(name, [*REPRO, *job.stages], *options)
        except BadInput:
            if numbers:
                subprocess.run(["scancel", *numbers.values()], check=False)
            raise
    return numbers


def wait_for(number: str) -> None:
    """Wait until a job is no longer in SLURM's queue."""
    shown = ["squeue", "--noheader", "--format=%i", f"--jobs={number}"]
    while True:
        done = subprocess.run(shown, capture_output=True, text=True, check=False)
        answered = not done.returncode or "Invalid job" in done.stderr
        if answered and number not in done.stdout.split():
            return
        time.sleep(SECONDS)


if __name__ == "__main__":
    exit_on_bad_input(main)
