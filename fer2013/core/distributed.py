"""Training in several processes: starting them, and the collective operations that they use.

torch's DistributedDataParallel (DDP; Li et al. 2020, arXiv:2006.15704) averages the gradients, with
gloo on CPUs and NCCL on GPUs. `run` starts the processes on this machine, unless torchrun has
started them already, on one machine or several. A single process needs no process group: it is
rank 0 of 1.

Only rank 0 validates, writes files and prints.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.multiprocessing import ProcessExitedException, start_processes  # type: ignore[attr-defined]
from torch.nn.parallel import DistributedDataParallel

from fer2013.runtime.errors import BadInput, exit_on_bad_input


def run(work: Callable[[], None], processes: int) -> None:
    """Call `work` in the processes of a process group; return when all have ended.

    `work` must be picklable. If one process fails, the others are ended. A process that torchrun
    has started ends after `work` and does not return.

    Raises:
        BadInput: torchrun has started another number of processes, or one was killed.
    """
    if "TORCHELASTIC_RUN_ID" in os.environ:
        started = int(os.environ["WORLD_SIZE"])
        if started != processes:
            raise BadInput(
                f"torchrun has started {started} processes, but train.processes is {processes}; "
                "make them equal, as the result depends on the number of processes."
            )
        _run_member(int(os.environ["RANK"]), work, processes, "env://")
    elif processes == 1:
        work()
    else:
        with tempfile.TemporaryDirectory() as folder:
            _start(work, processes, f"file://{Path(folder) / 'rendezvous'}")


def _start(work: Callable[[], None], processes: int, init_method: str) -> None:
    arguments = work, processes, init_method
    context = start_processes(_member, arguments, processes, join=False, start_method="spawn")
    try:
        while not context.join(grace_period=2):
            pass
    except ProcessExitedException as error:
        if error.signal_name is None:
            sys.exit(error.exit_code)  # its own error message says why
        raise BadInput(
            f"training process {error.error_index} was ended by {error.signal_name}, so the "
            "others were ended too; the same command goes on after the last whole epoch."
        ) from None
    finally:
        for process in context.processes:
            process.kill()


def _member(rank: int, work: Callable[[], None], processes: int, init_method: str) -> None:
    os.environ["LOCAL_RANK"], os.environ["LOCAL_WORLD_SIZE"] = str(rank), str(processes)
    # They talk on this machine only.
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo0" if sys.platform == "darwin" else "lo")
    exit_on_bad_input(lambda: _run_member(rank, work, processes, init_method))


def _run_member(rank: int, work: Callable[[], None], processes: int, init_method: str) -> None:
    """Call `work` as one of the processes, and end this process."""
    backend = "gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        backend = "cpu:gloo,cuda:nccl"
    dist.init_process_group(backend, init_method=init_method, rank=rank, world_size=processes)
    try:
        work()
    except BadInput:
        if rank == 0:
            raise
        sys.exit(1)  # rank 0 prints it
    finally:
        dist.destroy_process_group()
    # DDP keeps the process group alive. If a thread of gloo then frees a tensor during Python's
    # shutdown, the process aborts; so it ends without that.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def size() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def is_rank0() -> bool:
    return rank() == 0


def check_same_run(run_id: str) -> None:
    """Check that all processes, which may be on several machines, train the same run.

    Raises:
        BadInput: their configurations, data, code or builds of torch differ.
    """
    same = torch.tensor(int(run_id == broadcast(run_id)))
    if all_reduce_sum(same) < size():
        raise BadInput(
            "the processes have different parameters, data, code or torch builds; bring all "
            "machines to the same commit and the same data."
        )


def wrap_ddp(network: nn.Module) -> nn.Module:
    """Wrap a network in DDP, which averages its gradients; a single process needs none.

    All processes start with rank 0's weights. Wrap the network again in each epoch: DDP groups the
    gradients by the order of the first step, and the rounding of sums over three or more processes
    depends on the groups. Otherwise a resumed run would differ from an uninterrupted one.
    """
    return DistributedDataParallel(network) if size() > 1 else network


def all_reduce_sum(values: Tensor) -> Tensor:
    """Sum a tensor over the processes, in place, so that each has the sum."""
    if size() > 1:
        dist.all_reduce(values)
    return values


def broadcast(value: Any) -> Any:
    """Give every process rank 0's value, such as the state to resume from."""
    values = [value]
    if size() > 1:
        dist.broadcast_object_list(values, device=torch.device("cpu"))
    return values[0]
