"""Submit a model's trials to SLURM as an array of jobs."""

import sys

from dvc.repo import Repo

from fer2013.core.sections import PARAMS, read_models, read_yaml
from fer2013.runtime.errors import BadInput
from tools.cluster.plan import DATA, RESULTS, Plan
from tools.cluster.resources import read_resources
from tools.cluster.slurm import array_options, sbatch
from tools.cluster.trees import new_run
from tools.repository import require_committed


def submit(model: str, trials: int, at_once: int) -> str:
    """Submit trials, of which so many run at once; return what to tell the user.

    Raises:
        BadInput: there is something to commit first, a number is not positive, cluster.yaml is
            wrong, a trial asks for several nodes, or SLURM refuses.
    """
    if trials < 1 or at_once < 1:
        raise BadInput(f"TRIALS={trials} CLUSTER={at_once}: both have to be 1 or more.")
    resources = read_resources([DATA, *read_models(read_yaml(PARAMS)), RESULTS])
    own = resources.of(model)
    if own.nodes > 1:
        raise BadInput(f"cluster.yaml: {model} has {own.nodes} nodes, but a trial runs on one.")
    require_committed()
    with Repo() as repo:
        run = new_run(Plan.without_jobs(repo))
    options = array_options(run, f"tune-{model}", resources.warning, trials, at_once)
    options += own.as_options(processes=1)
    command = [sys.executable, "-m", "tools.tune.task", run.folder, model, resources.restarts]
    number = sbatch(options, command)
    return (
        f"Array job {number} has {trials} trials, {at_once} at a time: squeue --me shows them, "
        f"scancel {number} ends them, and {run.logs} has what they print. "
        f"make tune MODEL={model} TRIALS=0 tells the best so far."
    )
