"""A private SLURM cluster on this machine: one slurmctld, and several slurmd as if they were nodes.

All that it has is in one folder, with ports and keys of its own. Debian's packages slurm-wlm and
munge bring the daemons; they have to be started by root.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

DAEMONS = ("munged", "slurmctld", "slurmd", "sbatch")
SECONDS = 120  # in which all have to be up

CONFIGURATION = """\
ClusterName=private
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket,cred_expire=5
CredType=cred/munge
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
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobs.txt
AccountingStorageType=accounting_storage/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
SchedulerParameters=sched_interval=2,bf_interval=2,sched_min_interval=0
SlurmdTimeout=10
KillWait=2
MaxJobCount=20000
MaxArraySize=5001
ReturnToService=2
NodeName=node[1-{nodes}] NodeHostname={host} NodeAddr=127.0.0.1 Port={slurmd_ports} CPUs={cpus}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def why_not() -> str | None:
    """Why no such cluster can be started here, or None."""
    missing = [name for name in DAEMONS if find(name) is None]
    if missing:
        return f"needs SLURM (Debian's slurm-wlm and munge): there is no {', '.join(missing)}"
    if os.getuid():
        return "needs root, to start SLURM's daemons"
    return None


def find(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")


class Cluster:
    def __init__(self, folder: Path, nodes: int = 3, cpus: int = 1) -> None:
        self.folder, self.nodes = folder, [f"node{number + 1}" for number in range(nodes)]
        self.cpus = cpus
        self.daemons: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}

    def start(self, with_nodes: bool = True) -> None:
        for name in ("munge", "state", *self.nodes):
            (self.folder / name).mkdir(parents=True, mode=0o700)
        ports = free_ports(1 + len(self.nodes))
        (self.folder / "slurm.conf").write_text(
            CONFIGURATION.format(
                folder=self.folder,
                host=socket.gethostname().partition(".")[0],
                ports=ports,
                slurmd_ports=f"[{','.join(map(str, ports[1:]))}]",
                nodes=len(self.nodes),
                cpus=self.cpus,
            )
        )
        self._start_munged()
        self._daemon("slurmctld", "-D")
        for node in self.nodes if with_nodes else []:
            self.start_node(node)
        self.wait_for(lambda: self.ready(with_nodes), SECONDS)

    def ready(self, with_nodes: bool) -> bool:
        states = set(self.states().values())
        return states == {"idle"} if with_nodes else bool(states)

    def _start_munged(self) -> None:
        munge = self.folder / "munge"
        key = munge / "key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        files = {"socket": "socket", "pid-file": "pid", "log-file": "log", "seed-file": "seed"}
        places = [f"--{option}={munge / name}" for option, name in files.items()]
        self._daemon("munged", "--foreground", "--force", f"--key-file={key}", *places)
        self.wait_for((munge / "socket").exists, SECONDS)

    def start_node(self, node: str) -> None:
        self._daemon("slurmd", "-D", "-N", node, as_name=node)

    def _daemon(self, program: str, *words: str, as_name: str = "") -> None:
        name = as_name or program
        with (self.folder / f"{name}.out").open("ab") as out:
            self.daemons[name] = subprocess.Popen(
                [str(find(program)), *words],
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
            )

    def kill(self, daemon: str) -> None:
        self.daemons[daemon].send_signal(signal.SIGKILL)
        self.daemons[daemon].wait()

    def stop(self) -> None:
        """End all jobs and all daemons."""
        with suppress(AssertionError):
            self.run("scancel", "--user=root")
            self.wait_for(lambda: not self.run("squeue", "--noheader").strip(), 15)
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

    def states(self) -> dict[str, str]:
        """Each node's state."""
        try:
            lines = self.run("sinfo", "--noheader", "--Node", "--format=%N %t").splitlines()
        except AssertionError:  # slurmctld is not up yet
            return {}
        return dict(line.split() for line in lines)

    def jobs(self) -> dict[str, tuple[str, str]]:
        """The jobs that have not ended: number and state by name."""
        lines = self.run("squeue", "--noheader", "--format=%j %i %T").splitlines()
        return {name: (number, state) for name, number, state in map(str.split, lines)}

    def wait_for(self, holds: Callable[[], object], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"SLURM: {self.said()}"
            time.sleep(0.2)

    def said(self) -> str:
        """The ends of what the daemons say, for a test's message."""
        logs = [*self.folder.glob("*.out"), *self.folder.glob("*.log")]
        return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-1500:]}" for log in logs)


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


@contextmanager
def cluster(folder: Path, nodes: int = 3, cpus: int = 1) -> Iterator[Cluster]:
    """A cluster that is up inside the block."""
    running = Cluster(folder, nodes, cpus)
    try:
        running.start()
        yield running
    finally:
        running.stop()
