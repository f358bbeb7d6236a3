"""Which of the pipeline's stages are in which job, and what waits for what: from DVC's graph."""

import json
from dataclasses import asdict, dataclass, replace
from graphlib import TopologicalSorter
from pathlib import Path

from dvc.repo import Repo
from dvc.repo.reproduce import get_active_graph, plan_repro

from fer2013.runtime.errors import BadInput
from fer2013.runtime.files import write_json

DATA, RESULTS = "data", "results"  # the names of the first job and of the last


@dataclass(frozen=True)
class Job:
    name: str
    stages: list[str]  # in the order in which `dvc repro` would run them
    needs: list[str]  # stages of other jobs whose outputs these read
    after: list[str]  # those other jobs


@dataclass(frozen=True)
class Plan:
    commit: str
    repository: str  # absolute
    cache: str  # DVC's, absolute
    order: list[str]  # all stages, as `dvc repro` would run them
    in_git: dict[str, list[str]]  # a stage's outputs that DVC leaves to git (cache: false)
    jobs: list[Job]  # each after those that it waits for

    def job(self, name: str) -> Job:
        return next(job for job in self.jobs if job.name == name)

    def write(self, path: Path) -> None:
        write_json(path, asdict(self))

    @classmethod
    def without_jobs(cls, repo: Repo) -> "Plan":
        """A plan at the present commit."""
        root = Path(repo.root_dir).resolve()
        return cls(repo.scm.get_rev(), str(root), repo.cache.legacy.path, [], {}, [])

    @classmethod
    def read(cls, path: Path) -> "Plan":
        content = json.loads(path.read_text(encoding="utf-8"))
        return cls(**content | {"jobs": [Job(**job) for job in content["jobs"]]})


def plan_jobs(repo: Repo, all_models: list[str], models: list[str]) -> Plan:
    """Plan the jobs for these models; all stages of other models are left out.

    Raises:
        BadInput: a model's stages need another model that is not among them.
    """
    graph = get_active_graph(repo.index.graph)  # an edge leads from a stage to one that it needs
    stages = plan_repro(graph, repo.stage.collect("dvc.yaml"))
    order = [stage.addressing for stage in stages]
    needs_of = {
        stage.addressing: {need.addressing for need in graph.successors(stage)} for stage in stages
    }
    owners = owners_of(needs_of, all_models)
    jobs = []
    for name in [DATA, *models, RESULTS]:
        own = [stage for stage in order if owners[stage] == name]
        needs = {need for stage in own for need in needs_of[stage]} - set(own)
        known = [stage for stage in order if stage in needs and owners[stage] in {DATA, *models}]
        if name != RESULTS and len(known) < len(needs):
            missing = sorted({owners[stage] for stage in needs.difference(known)})
            raise BadInput(f"{name} needs {', '.join(missing)}; name it too.")
        after = [DATA, *models] if name == RESULTS else [owners[stage] for stage in known]
        jobs.append(Job(name, own, known, list(dict.fromkeys(after))))
    in_git = {
        stage.addressing: [str(out) for out in stage.outs if not out.use_cache] for stage in stages
    }
    return replace(Plan.without_jobs(repo), order=order, in_git=in_git, jobs=sort(jobs))


def owners_of(needs_of: dict[str, set[str]], models: list[str]) -> dict[str, str]:
    """The job of each stage: its model's, the first if models need it, else the last.

    `needs_of` has the stages in an order in which each stands after those that it needs.
    """
    owners: dict[str, str] = {}
    needed: set[str] = set()
    for stage in reversed(needs_of):
        model = stage.partition("_")[2]
        owners[stage] = model if model in models else DATA if stage in needed else RESULTS
        if owners[stage] != RESULTS:
            needed |= needs_of[stage]
    return owners


def sort(jobs: list[Job]) -> list[Job]:
    """Sort jobs so that each stands after those that it waits for."""
    by_name = {job.name: job for job in jobs}
    order = TopologicalSorter({job.name: job.after for job in jobs}).static_order()
    return [by_name[name] for name in order]
