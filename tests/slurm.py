"""A private SLURM cluster on this machine: one slurmctld, and several slurmd as if they were nodes.

All that it has is in one folder, with ports and keys of its own. Debian's packages slurm-wlm and
munge bring the daemons; they have to be started by root.
"""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

DAEMONS = ("munged", "slurmctld", "slurmd", "sbatch")
SECONDS = 120  # in which all have to be up

CONFIGURATION = """\
ClusterName=private
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={port}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,bf_interval=2,sched_min_interval=0
SlurmdTimeout=10
KillWait=2
ReturnToService=2
NodeName=node[1-{nodes}] NodeHostname={host} NodeAddr=127.0.0.1 Port={slurmd_ports} CPUs=1
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str | None:
    """Why no such cluster can be started here, or None."""
    if any(find(name) is None for name in DAEMONS):
        return "needs SLURM (Debian's slurm-wlm and munge)"
    return "needs root, to start SLURM's daemons" if os.getuid() else None


def find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


class Cluster:
    def __init__(self, folder: Path, nodes: int) -> None:
        self.folder, self.nodes = folder, [f"node{number + 1}" for number in range(nodes)]
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}

    def start(self) -> None:
        for name in ("munge", "state", *self.nodes):
            (self.folder / name).mkdir(parents=True, mode=0o700)
        port, *slurmd_ports = free_ports(1 + len(self.nodes))
        (self.folder / "slurm.conf").write_text(
            CONFIGURATION.format(
                folder=self.folder,
                host=socket.gethostname().partition(".")[0],
                port=port,
                slurmd_ports=f"[{','.join(map(str, slurmd_ports))}]",
                nodes=len(self.nodes),
            )
        )
        munge = self.folder / "munge"
        (munge / "key").write_bytes(os.urandom(128))
        (munge / "key").chmod(0o600)
        options = ("key-file", "socket", "pid-file", "log-file", "seed-file")
        places = [f"--{option}={munge / option.removesuffix('-file')}" for option in options]
        self._daemon("munged", "--foreground", "--force", *places)
        self.wait_for((munge / "socket").exists, SECONDS)
        self._daemon("slurmctld", "-D")
        for node in self.nodes:
            self.start_node(node)
        self.wait_for(self._idle, SECONDS)

    def start_node(self, node: str) -> None:
        self._daemon("slurmd", "-D", "-N", node)

    def _daemon(self, program: str, *words: str) -> None:
        name = words[-1] if program == "slurmd" else program
        with (self.folder / f"{name}.out").open("ab") as out:
            self.daemons[name] = subprocess.Popen(
                [str(find(program)), *words],
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
            )

    def _idle(self) -> bool:
        try:
            return set(self.run("sinfo", "--noheader", "--format=%t").split()) == {"idle"}
        except AssertionError:  # slurmctld is not up yet
            return False

    def lose(self, node: str) -> None:
        """End all that runs on a node at once, as if its power had failed."""
        self.daemons[node].kill()
        self.daemons[node].wait()
        mine = {"SLURM_CONF": self.environment["SLURM_CONF"], "SLURMD_NODENAME": node}
        everything = psutil.process_iter(["environ"])
        there = {one for one in everything if mine.items() <= (one.info["environ"] or {}).items()}
        there |= {parent for process in there if (parent := process.parent())}
        # The oldest first: slurmstepd would report that a job's processes failed.
        for process in sorted(there, key=lambda process: process.create_time()):
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def stop(self) -> None:
        """End all jobs and all daemons."""
        with suppress(AssertionError):
            self.run("scancel", "--user=root")
            self.wait_for(lambda: not self.jobs(), 15)
        for daemon in reversed(self.daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def run(self, *command: str) -> str:
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        assert not done.returncode, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout

    def jobs(self) -> dict[str, str]:
        """The numbers of the jobs that have not ended, by name."""
        lines = self.run("squeue", "--noheader", "--format=%j %i").splitlines()
        return dict(line.split() for line in lines)

    def wait_for(self, holds: Callable[[], object], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            logs = [*self.folder.glob("*.out"), *self.folder.glob("*.log")]
            said = [f"{log.name}: {log.read_text(errors='replace')[-1500:]}" for log in logs]
            assert time.monotonic() < deadline, "\n".join(said)
            time.sleep(0.2)


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def cluster(folder: Path, nodes: int = 3) -> Iterator[Cluster]:
    """A cluster that is up inside the block."""
    running = Cluster(folder, nodes)
    try:
        running.start()
        yield running
    finally:
        running.stop()
