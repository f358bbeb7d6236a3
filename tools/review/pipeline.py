"""dvc.yaml of a commit, resolved by DVC itself, and the records of the commit's dvc.lock."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc.utils.serialize import parse_yaml

from fer2013.runtime.errors import BadInput
from tools.review.revision import Revision


@dataclass
class Stage:
    """A stage as dvc.yaml defines it, or as dvc.lock records that it ran.

    deps, outs    path → md5, which is None in a definition
    params        file → key → value, which is None in a definition
    in_git        the outputs that are stored in git and not in DVC's cache
    """

    name: str
    command: Any
    deps: dict[str, str | None] = field(default_factory=dict)
    params: dict[str, dict[str, Any]] = field(default_factory=dict)
    outs: dict[str, str | None] = field(default_factory=dict)
    in_git: set[str] = field(default_factory=set)


@dataclass
class Pipeline:
    stages: dict[str, Stage]  # definitions, each after the stages that it depends on
    records: dict[str, Stage]
    sources: dict[str, str | None]  # data tracked by DVC that no stage writes: path → md5

    def producers(self, path: str) -> list[Stage]:
        """The stages that write a path, the folder that it is in, or files in it."""
        return [stage for stage in self.stages.values() if writes(stage, path)]

    def upstream(self, stage: Stage) -> Iterator[Stage]:
        """The stages whose outputs a stage reads, each once."""
        paths = [*stage.deps, *stage.params]
        return (
            other for other in self.stages.values() if any(writes(other, path) for path in paths)
        )


def writes(stage: Stage, path: str) -> bool:
    return any(
        path == out or path.startswith(f"{out}/") or out.startswith(f"{path}/")
        for out in stage.outs
    )


def read_pipeline(revision: Revision) -> Pipeline:
    """Raises:
    BadInput: dvc.yaml or dvc.lock of the commit cannot be read.
    """
    try:
        with Repo(".") as repo, repo.switch(revision.commit):
            loaded = list(repo.index.stages)
    except DvcException as error:
        raise BadInput(f"dvc.yaml or dvc.lock of {revision.short}: {error}") from None
    stages = {stage.name: definition(stage) for stage in loaded if hasattr(stage, "name")}
    sources = {
        repo_path(out): out.hash_info.value
        for stage in loaded
        if not hasattr(stage, "name")
        for out in stage.outs
    }
    pipeline = Pipeline(stages, read_records(revision), sources)
    pipeline.stages = in_order(pipeline)
    return pipeline


def definition(stage: Any) -> Stage:
    params = {repo_path(dep): dep.params for dep in stage.deps if hasattr(dep, "params")}
    return Stage(
        name=stage.name,
        command=stage.cmd,
        deps={repo_path(dep): None for dep in stage.deps if not hasattr(dep, "params")},
        params={path: dict.fromkeys(keys) for path, keys in params.items()},
        outs={repo_path(out): None for out in stage.outs},
        in_git={repo_path(out) for out in stage.outs if not out.use_cache},
    )


def repo_path(dependency_or_output: Any) -> str:
    path: str = dependency_or_output.fs_path  # in a commit, the repository is the root folder
    return path.lstrip("/")


def in_order(pipeline: Pipeline) -> dict[str, Stage]:
    """The stages in the order of dvc.yaml, except that dependencies come first."""
    ordered: dict[str, Stage] = {}

    def visit(stage: Stage) -> None:
        for other in pipeline.upstream(stage):
            if other.name not in ordered and other is not stage:
                visit(other)
        ordered[stage.name] = stage

    for stage in pipeline.stages.values():
        if stage.name not in ordered:
            visit(stage)
    return ordered


def read_records(revision: Revision) -> dict[str, Stage]:
    lock = parsed(revision, "dvc.lock")
    return {
        name: Stage(
            name=name,
            command=entry.get("cmd"),
            deps={dep["path"]: dep.get("md5") for dep in entry.get("deps", [])},
            params=entry.get("params", {}),
            outs={out["path"]: out.get("md5") for out in entry.get("outs", [])},
        )
        for name, entry in lock.get("stages", {}).items()
    }


def parsed(revision: Revision, path: str) -> dict[str, Any]:
    """A YAML file as DVC reads it, for which 1e-05 is a number; empty if there is no such file."""
    data = revision.read(path)
    if data is None:
        return {}
    try:
        content: dict[str, Any] = parse_yaml(data.decode("utf-8"), path) or {}
    except (DvcException, UnicodeDecodeError) as error:
        raise BadInput(f"{path} of {revision.short} is not YAML: {error}") from None
    return content
