"""cluster.yaml: what each job asks SLURM for."""

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from fer2013.core.sections import Count, Section, check, read_yaml
from fer2013.runtime.errors import BadInput

RESOURCES = Path("cluster.yaml")


class Resources(Section):
    """What one job asks for; `options` holds any other options of sbatch."""

    partition: str | None = None
    time: str | int | None = None  # a limit, as sbatch takes it: minutes, hours:minutes:seconds
    nodes: Count = 1  # train.processes are spread over them evenly
    cpus: Count = 1  # for each process of a training
    gpus: Annotated[int, Field(ge=0)] = 0  # for each node
    memory: str | None = None  # for each node
    options: list[str] = Field(default_factory=list)

    def as_options(self, processes: int) -> list[str]:
        """sbatch's options, for a training of so many processes."""
        wanted = {
            "partition": self.partition,
            "time": self.time,
            "nodes": self.nodes,
            "ntasks-per-node": max(1, processes // self.nodes),
            "cpus-per-task": self.cpus,
            "gpus-per-node": self.gpus or None,
            "mem": self.memory,
        }
        given = [f"--{name}={value}" for name, value in wanted.items() if value is not None]
        return given + self.options


class File(Section):
    """The whole file. `jobs` lays a job's own values over `defaults`."""

    warning: Count = 120  # seconds before its time is up, a job asks SLURM to run it again
    restarts: Annotated[int, Field(ge=0)] = 20  # and it does so at most so often
    defaults: dict[str, Any] = Field(default_factory=dict)
    jobs: dict[str, dict[str, Any]] = Field(default_factory=dict)

    def of(self, job: str) -> Resources:
        values = self.defaults | self.jobs.get(job, {})
        return check(Resources, values, f"{RESOURCES}: {job}")


def read_resources(names: list[str]) -> File:
    """Read cluster.yaml, in which the jobs may have these names.

    Raises:
        BadInput: a key or a value is wrong.
    """
    given = check(File, read_yaml(RESOURCES), str(RESOURCES))
    for name in given.jobs:
        if name not in names:
            raise BadInput(f"{RESOURCES}: there is no job {name!r}; there are {', '.join(names)}.")
    for name in names:
        given.of(name)
    return given
