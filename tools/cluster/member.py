"""A training's processes on several nodes: the stage itself is the first, srun starts the others.

    python -m tools.cluster.member 'exec python -m stages.train resnet'

is what each of srun's tasks runs. They meet the stage, which dvc has started in the job's first
node, by torch's own rendezvous (MASTER_ADDR, RANK and so on in the environment), as if torchrun had
started all of them. So dvc records that training like any other.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from dvc.repo import Repo

PATIENCE = 20.0  # seconds for the others to end after the first
LOWEST_PORT, PORTS = 20000, 10000


def several_nodes() -> bool:
    return int(os.environ.get("SLURM_JOB_NUM_NODES") or 1) > 1


@contextmanager
def other_members(stage: str) -> Iterator[None]:
    """Run the other processes of a training while, inside, dvc runs the first.

    If dvc has nothing to run, they wait in vain and are ended.
    """
    command = Repo().stage.load_one(name=stage).cmd
    nodes, on_each = (int(os.environ[f"SLURM_{name}"]) for name in ("NNODES", "NTASKS_PER_NODE"))
    job = os.environ["SLURM_JOB_ID"]
    os.environ.setdefault("MASTER_ADDR", socket.gethostname())
    os.environ.setdefault("MASTER_PORT", str(LOWEST_PORT + int(job) % PORTS))
    os.environ |= {"TORCHELASTIC_RUN_ID": job, "WORLD_SIZE": str(nodes * on_each)}
    os.environ |= member(0, 0, on_each)
    tasks = [sys.executable, "-m", __name__, command]
    cpus = os.environ.get("SLURM_CPUS_PER_TASK") or "1"
    srun = subprocess.Popen(
        ["srun", "--overlap", "--kill-on-bad-exit", f"--cpus-per-task={cpus}", *tasks]
    )
    try:
        yield
        srun.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        print("dvc had nothing to train, so the other processes end.", flush=True)
    finally:
        srun.terminate()
        srun.wait()


def member(rank: int, local_rank: int, on_each: int) -> dict[str, str]:
    """What torch reads of a process's place. `on_each` is the number of processes on a node."""
    return {
        "RANK": str(rank),
        "LOCAL_RANK": str(local_rank),
        "LOCAL_WORLD_SIZE": str(on_each),
    }


def main() -> None:
    rank, local_rank = (int(os.environ[f"SLURM_{name}"]) for name in ("PROCID", "LOCALID"))
    if rank == 0:  # its place is taken by the stage that dvc runs
        return
    os.environ |= member(rank, local_rank, int(os.environ["LOCAL_WORLD_SIZE"]))
    os.execvp("sh", ["sh", "-c", sys.argv[1]])


if __name__ == "__main__":
    main()
