"""What runs in a job: its stages, by `dvc repro --single-item`, in a work tree of its own."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from dvc.cli import main as dvc_main
from dvc.exceptions import ConfirmRemoveError, ReproductionError
from dvc.repo import Repo

from fer2013.runtime.errors import BadInput, exit_on_bad_input, one_line
from fer2013.runtime.files import write_text
from tools.cluster.member import other_members, several_nodes
from tools.cluster.plan import DATA, RESULTS, Job
from tools.cluster.trees import Run, git
from tools.cluster.turns import turn

RESUME = "FER2013_RESUME_DIR"
LEFT = 60  # seconds after which what is incomplete in the run cache is nobody's work any more


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tools.cluster.job")
    options.add_argument("run", type=Path)
    options.add_argument("job")
    options.add_argument("restarts", type=int)
    given = options.parse_args()
    with started(given.run, given.job, given.restarts) as run:
        work(run, run.plan.job(given.job))


@contextmanager
def started(folder: Path, name: str, restarts: int) -> Iterator[Run]:
    """Hold the turn of a run's job, which SLURM may run again at most `restarts` times."""
    restart = int(os.environ.get("SLURM_RESTART_COUNT") or 0)
    signal.signal(signal.SIGUSR1, lambda *_: run_again(restart, restarts))
    run = Run(folder)
    prepare_environment(run.folder.parent / "resume")
    with turn(run.folder / "turns", name, restart):
        yield run


def prepare_environment(resume: Path) -> None:
    """Let stages find this Python, and resume files on whichever node they run."""
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    os.environ.setdefault(RESUME, str(resume))


def run_again(restart: int, most: int) -> None:
    """The job's time is almost up: let SLURM run it again; a training resumes."""
    if restart >= most:
        print(f"error: out of time, after {restart} restarts; raise `time` in cluster.yaml.")
        return
    print("out of time; SLURM runs this job again, and a training goes on.", flush=True)
    subprocess.run(["scontrol", "requeue", os.environ["SLURM_JOB_ID"]], check=True)


def work(run: Run, job: Job) -> None:
    """Run a job's stages.

    Raises:
        BadInput: one of them failed.
    """
    if job.name == RESULTS and run.done.exists():
        return  # SLURM has started this job again while it removed the trees
    tree = run.fresh_tree(job.name)
    run.take_over(tree, [run.plan.job(name) for name in job.after])
    os.chdir(tree)
    clean_run_cache(Path(run.plan.cache) / "runs")
    if job.name == DATA:
        dvc("pull", "--allow-missing")  # for all jobs: what other machines have pushed
    if job.name == RESULTS:
        dvc("checkout", "--allow-missing")
        repro(with_inputs(job.stages))
        finish(run, tree)
        return
    if job.needs:
        dvc("checkout", *job.needs)
    repro(job.stages)


def repro(stages: list[str]) -> None:
    """Run those stages that are stale, one after the other."""
    if not several_nodes():
        if stages:  # without any, DVC would run all
            repro_again_if_in_the_way(stages)
        return
    for stage in stages:
        with other_members(stage) if stage.startswith("train_") else nullcontext():
            repro_again_if_in_the_way([stage])


def repro_again_if_in_the_way(stages: list[str], tries: int = 5) -> None:
    """Run `dvc repro --single-item`.

    DVC fails if another job puts the same bytes into the cache at the same instant (two models'
    empty submissions, for instance). Then it runs again; a training only loads its last epoch.

    Raises:
        BadInput: a stage failed.
    """
    try:
        with Repo() as repo:
            repo.reproduce(stages, single_item=True)
    except ReproductionError as error:
        cause = error.__cause__
        if tries == 1 or not isinstance(cause, (ConfirmRemoveError, FileNotFoundError)):
            raise BadInput(f"{error}: {one_line(cause) if cause else ''}.") from error
        print(f"{one_line(cause)}: another job was in the way, so once more.", flush=True)
        repro_again_if_in_the_way(stages, tries - 1)


def with_inputs(stages: list[str]) -> list[str]:
    """Those stages whose inputs are there, or are made by one of the stages before.

    Where only some models were asked for, the ensemble for instance may lack a member.
    """
    repo, ready, made = Repo(), [], set()
    for name in stages:
        stage = repo.stage.load_one(name=name)
        missing = [str(dep) for dep in stage.deps if not (dep.exists or str(dep) in made)]
        if missing:
            print(f"{name} is left out: there is no {missing[0]}.", flush=True)
        else:
            ready.append(name)
            made |= {str(out) for out in stage.outs}
    return ready


def clean_run_cache(runs: Path) -> None:
    """Remove what a dvc left incomplete in its run cache when it was killed.

    DVC would fail at an empty folder, and take an incomplete entry for a complete one. Other jobs
    are writing there, so only what is old goes.
    """
    old = time.time() - LEFT
    for path in [*runs.glob("*/*/*.tmp"), *runs.glob("*/*")]:
        with suppress(OSError):  # not empty, or another job was quicker
            if path.stat().st_mtime < old:
                path.rmdir() if path.is_dir() else path.unlink()


def finish(run: Run, tree: Path) -> None:
    """Make the results ready to be committed, and remove the other trees."""
    run.sort_lock(tree)
    git("-C", tree, "add", "--all")
    say = (
        f"The results are in {tree}, ready to be committed. In your own tree, then:\n"
        f"  git -C {tree} commit -m 'Train on the cluster'\n"
        f"  git merge {run.branch}\n"
        "  dvc checkout"
    )
    write_text(run.done, say)
    print(say)
    for other in [*run.trees.iterdir(), run.code]:
        if other != tree:
            shutil.rmtree(other, ignore_errors=True)


def dvc(*words: str) -> None:
    """Run a command of DVC in this process, which spares the seconds in which it starts."""
    print(f"$ dvc {' '.join(words)}", flush=True)
    if dvc_main(list(words)):
        raise BadInput(f"dvc {words[0]} failed; it says above why.")


if __name__ == "__main__":
    exit_on_bad_input(main)
