"""Submitting commands to SLURM as jobs; each runs in a fresh clone of the repository (job.sh)."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml
from dvc.repo import Repo

from fer2013.runtime.errors import BadInput, one_line
from tools.repository import require_committed

RESOURCES = Path("cluster.yaml")
SCRIPT = Path("tools/cluster/job.sh")
WARNING = 120  # seconds before its time is up, a job is told so by SIGUSR1


@dataclass(frozen=True)
class Submission:
    """What the jobs of one submission have in common."""

    repository: Path  # absolute
    commit: str
    cache: str  # DVC's, absolute
    options: dict[str, list[str]]  # of sbatch, from cluster.yaml, by job

    @classmethod
    def of_this_commit(cls, jobs: list[str]) -> "Submission":
        """A submission of jobs, of which cluster.yaml may name these.

        Raises:
            BadInput: cluster.yaml is wrong, or there is something to commit first.
        """
        options = read_resources(jobs)
        require_committed()
        with Repo() as repo:
            return cls(Path(repo.root_dir), repo.scm.get_rev(), repo.cache.legacy.path, options)

    @property
    def folder(self) -> Path:
        """Where job.sh has its clones, and where logs are."""
        return self.repository / ".dvc/tmp/cluster" / self.commit

    def submit(self, job: str, command: list[str], *options: str, name: str = "") -> str:
        """Submit a command with a job's resources and more options of sbatch; return its number.

        `name` is what SLURM calls it, by default as the job.

        Raises:
            BadInput: SLURM is not installed, or refuses it.
        """
        name = name or job
        self.folder.mkdir(parents=True, exist_ok=True)
        log = str(self.folder / name).replace("%", "%%") + "-%j.log"
        words = ["sbatch", "--parsable", f"--job-name={name}", f"--output={log}"]
        words += ["--open-mode=append", "--export=ALL"]  # whatever SBATCH_… in the environment says
        words += ["--requeue", "--kill-on-invalid-dep=yes", f"--signal=B:USR1@{WARNING}"]
        words += [*self.options[job], *options, str(SCRIPT)]
        words += [str(self.repository), self.commit, self.cache, name, *command]
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise BadInput("there is no sbatch here; run this where SLURM is.") from None
        if done.returncode:
            raise BadInput(f"SLURM refuses the job {name}: {' '.join(done.stderr.split())}")
        numbers = re.findall("^([0-9]+)(?:;.*)?$", done.stdout, re.MULTILINE)  # a site may say more
        if not numbers:
            raise BadInput(f"sbatch told no number of the job {name}, but: {done.stdout.strip()}")
        return str(numbers[-1])


def read_resources(jobs: list[str]) -> dict[str, list[str]]:
    """Read cluster.yaml: the options of sbatch, for each of these jobs.

    Values are taken as they are written: YAML would read 12:00:00 as the number 43200. An option
    without a value, such as `exclusive:`, is a switch.

    Raises:
        BadInput: it cannot be read, or names a job that is not one of these.
    """
    try:
        content = yaml.load(RESOURCES.read_text(encoding="utf-8"), yaml.BaseLoader) or {}
        defaults, own = content.get("defaults") or {}, content.get("jobs") or {}
        unknown = [*(content.keys() - {"defaults", "jobs"}), *(own.keys() - set(jobs))]
        values = {job: defaults | (own.get(job) or {}) for job in jobs}
    except (OSError, ValueError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise BadInput(
            f"{RESOURCES} should have the sections defaults and jobs: {one_line(error)}"
        ) from None
    if unknown:
        raise BadInput(f"{RESOURCES}: unknown key {unknown[0]!r}; jobs are {', '.join(jobs)}.")
    return {
        job: [f"--{key}={value}" if value else f"--{key}" for key, value in options.items()]
        for job, options in values.items()
    }
