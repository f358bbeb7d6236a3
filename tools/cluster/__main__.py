"""Submit the pipeline to SLURM: see the package's docstring."""

import argparse
import subprocess
import sys
import time
from typing import Any

from dvc.repo import Repo

from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from tools.cluster.plan import DATA, RESULTS, plan_jobs
from tools.cluster.resources import RESOURCES, File, read_resources
from tools.cluster.slurm import options_of, sbatch
from tools.cluster.trees import Run, new_run
from tools.repository import require_committed, require_git

SECONDS = 2.0  # between two looks at the queue


def main() -> None:
    params = read_yaml(PARAMS)
    all_models = list(read_models(params))
    options = argparse.ArgumentParser(prog="python -m tools.cluster")
    options.add_argument("models", nargs="*", metavar="model", help="by default all")
    options.add_argument("--wait", action="store_true", help="until all jobs have ended")
    given = options.parse_args()
    models = [model for model in all_models if model in given.models or not given.models]
    for model in given.models:
        if model not in models:
            raise BadInput(f"{PARAMS} has no model {model!r}; it has {', '.join(all_models)}.")
    require_git()
    resources = read_resources([DATA, *all_models, RESULTS])
    processes = {model: processes_of(params, model) for model in models}
    check_nodes(resources, processes)
    require_committed()
    run = new_run(plan_jobs(Repo(), all_models, models))
    ids = submit(run, resources, processes)
    print(
        f"{len(ids)} jobs, {ids[DATA]} to {ids[RESULTS]}: squeue --me shows them, "
        f"scancel {' '.join(ids.values())} ends them, and {run.logs} has what they print.",
        flush=True,
    )
    if given.wait:
        wait(run, ids)


def processes_of(params: dict[str, Any], model: str) -> int:
    """A model's train.processes, found without torch, whose import takes seconds."""
    own = params["models"][model]
    like = params["models"].get(own.get("like"), {})
    trains = [section.get("train", {}) for section in (own, like, params)]
    return int(next(train["processes"] for train in trains if "processes" in train))


def check_nodes(resources: File, processes: dict[str, int]) -> None:
    """Check that a training's processes can be spread over its nodes.

    Raises:
        BadInput: they cannot.
    """
    for model, count in processes.items():
        nodes = resources.of(model).nodes
        if count % nodes:
            raise BadInput(
                f"{RESOURCES}: {model} has {nodes} nodes, but train.processes is {count} in "
                f"{PARAMS}; make it a multiple of the nodes, as each runs as many processes."
            )


def submit(run: Run, resources: File, processes: dict[str, int]) -> dict[str, str]:
    """Submit a run's jobs; return their numbers by name.

    Raises:
        BadInput: SLURM is not installed, or refuses one; then those before it are cancelled.
    """
    ids: dict[str, str] = {}
    for job in run.plan.jobs:
        options = options_of(run, job, ids, resources.warning)
        options += resources.of(job.name).as_options(processes.get(job.name, 1))
        words = [run.folder, job.name, resources.restarts]
        try:
            ids[job.name] = sbatch(options, [sys.executable, "-m", "tools.cluster.job", *words])
        except BadInput:
            if ids:
                subprocess.run(["scancel", *ids.values()], check=False)
            raise
    return ids


def wait(run: Run, ids: dict[str, str]) -> None:
    """Wait until all jobs have ended, and print what the last one says.

    Raises:
        BadInput: a job failed or was cancelled.
    """
    shown = ["squeue", "--noheader", "--jobs", ",".join(ids.values())]
    while True:
        done = subprocess.run(shown, capture_output=True, text=True, check=False)
        ended = not done.stdout.strip() and (not done.returncode or "Invalid job" in done.stderr)
        if ended:
            break
        time.sleep(SECONDS)
    if not run.done.exists():
        raise BadInput(
            f"a job failed or was cancelled; {run.logs} says why. When you run this again, "
            "what has been trained is not trained again."
        )
    print(run.done.read_text(encoding="utf-8"))


if __name__ == "__main__":
    exit_on_bad_input(main)
