"""Submitting jobs to SLURM."""

import shlex
import subprocess

from fer2013.runtime.errors import BadInput
from tools.cluster.plan import Job
from tools.cluster.trees import Run


def options_of(run: Run, job: Job, ids: dict[str, str], warning: int) -> list[str]:
    """sbatch's options for a run's job, except its resources.

    `ids` are the numbers of the jobs that it may wait for. `warning` seconds before its time is up
    it gets SIGUSR1.
    """
    options = [f"--job-name={job.name}", f"--output={run.logs / job.name}.log"]
    options += [*shared_options(run, warning), "--kill-on-invalid-dep=yes"]
    if job.after:
        options.append(f"--dependency=afterok:{':'.join(ids[name] for name in job.after)}")
    return options


def array_options(run: Run, name: str, warning: int, count: int, at_once: int) -> list[str]:
    """sbatch's options for an array of so many jobs that wait for nothing."""
    options = [f"--job-name={name}", f"--output={run.logs}/%a.log"]
    return [*options, *shared_options(run, warning), f"--array=0-{count - 1}%{at_once}"]


def shared_options(run: Run, warning: int) -> list[str]:
    return [
        f"--chdir={run.code}",
        "--open-mode=append",  # when the job runs again
        "--requeue",
        f"--signal=B:USR1@{warning}",
    ]


def sbatch(
    options: list[str], command: list[object], environment: dict[str, str] | None = None
) -> str:
    """Submit a command as a job; return its number.

    Raises:
        BadInput: SLURM is not installed, or refuses it.
    """
    script = f"exec {shlex.join(map(str, command))}"
    words = ["sbatch", "--parsable", *options, f"--wrap={script}"]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    except FileNotFoundError:
        raise BadInput("there is no sbatch here; run this where SLURM's commands are.") from None
    if done.returncode:
        raise BadInput(f"SLURM refuses a job: {' '.join(done.stderr.split())}")
    return done.stdout.strip().partition(";")[0]
