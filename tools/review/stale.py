"""Which stages are stale at a commit. This needs no data.

Each stage's record in dvc.lock is compared with the commit: files in git by their bytes, outputs of
other stages by the records of those stages, parameters by their values. A stage that depends on a
stale one is stale too, with one exception: the output of configure is computed, so only the stages
of models whose configuration changes are stale. (`dvc status` stops at configure.)

A file in a folder that another stage has written, such as data/tensors/train.safetensors, has no
entry of its own in dvc.lock. If stages have recorded different bytes of it, those that have the
base's bytes are stale. Otherwise the file is taken as unchanged; a change of the folder is found by
the stages that depend on all of it, such as evaluate.
"""

from dataclasses import dataclass, field
from typing import Any

from tools.review.configs import committed_configs, made_configs, values
from tools.review.parameters import ABSENT, compared
from tools.review.pipeline import Pipeline, Stage, parsed
from tools.review.revision import Revision, md5

CONFIGURE = "configure"
SHOWN = 4  # how many parameters a reason names


@dataclass
class State:
    """The state of all stages at a commit."""

    stale: dict[str, list[str]] = field(default_factory=dict)  # the reasons, by stage
    not_run: list[str] = field(default_factory=list)
    configs: dict[str, bytes] = field(default_factory=dict)


def find_stale(
    revision: Revision,
    pipeline: Pipeline,
    records: dict[str, Stage],
    base_records: dict[str, Stage],
) -> State:
    """Compare the records of dvc.lock with a commit's code, parameters, data and results."""
    state = State(configs=committed_configs(revision))
    params = parsed(revision, "params.yaml")
    walk = Walk(revision, pipeline, records, base_records, state, params)
    for stage in pipeline.stages.values():
        walk.visit(stage)
    return state


def find_affected(
    revision: Revision, pipeline: Pipeline, base: Pipeline, known: dict[str, bytes]
) -> dict[str, list[str]]:
    """The stages that the change from base to commit has made stale, and why.

    Stages count even if they have been reproduced since: the base's records are compared with the
    commit's code, parameters and data. `known` are the commit's configurations.
    """
    params = parsed(revision, "params.yaml")
    state = State(configs=known)
    walk = Walk(revision, pipeline, base.records, base.records, state, params, against_base=True)
    for stage in pipeline.stages.values():
        walk.visit(stage)
    return state.stale


@dataclass
class Walk:
    revision: Revision
    pipeline: Pipeline
    records: dict[str, Stage]
    base_records: dict[str, Stage]
    state: State
    params: dict[str, Any]
    against_base: bool = False

    def visit(self, stage: Stage) -> None:
        record = self.records.get(stage.name)
        if record is not None:
            why = self.reasons(stage, record)
        else:
            why = ["its record in dvc.lock is gone"] if stage.name in self.base_records else []
        if why:
            self.state.stale[stage.name] = why
        elif record is None:
            self.state.not_run.append(stage.name)
        if stage.name == CONFIGURE and (why or record is None) and not self.against_base:
            self.state.configs = made_configs(self.revision)

    def reasons(self, stage: Stage, record: Stage) -> list[str]:
        found = [] if stage.command == record.command else ["its command changed"]
        for file, keys in stage.params.items():
            found += self.changed_params(file, list(keys), record.params.get(file, {}))
        for path in stage.deps:
            found += self.changed_dependency(stage, path, record)
        found += [f"new output {path}" for path in stage.outs if path not in record.outs]
        if not self.against_base:
            found += self.changed_outputs(stage, record)
        return list(dict.fromkeys(found))

    def changed_params(self, file: str, keys: list[str], recorded: dict[str, Any]) -> list[str]:
        if file in self.state.configs:
            now = values(self.state.configs[file])
        else:
            now = self.params if file == "params.yaml" else parsed(self.revision, file)
        wanted = {key: at(now, key) for key in keys}
        before = {key: recorded.get(key, ABSENT) for key in keys}
        if wanted == before:
            return []
        changed = [key for key, *_ in compared(before, wanted)] or ["order"]
        more = len(changed) - SHOWN
        names = [*changed[:SHOWN], f"{more} more"] if more > 0 else changed
        return [f"changed parameters {', '.join(names)}"]

    def changed_dependency(self, stage: Stage, path: str, record: Stage) -> list[str]:
        if path not in record.deps:
            return [f"new dependency {path}"]
        if path in self.state.configs:  # an output of configure, whose new content is known
            same = md5(self.state.configs[path]) == record.deps[path]
            return [] if same else [f"changed {path}"]
        producers = [other for other in self.pipeline.producers(path) if other is not stage]
        stale = [other.name for other in producers if other.name in self.state.stale]
        if stale:
            return [f"follows {', '.join(stale)}"]
        now = self.now(path, record.deps[path], producers)
        if now is None:
            return [f"missing {path}"]
        return [] if now == record.deps[path] else [f"changed {path}"]

    def now(self, path: str, recorded: str | None, producers: list[Stage]) -> str | None:
        """The md5 that a dependency has at this commit."""
        if path in self.pipeline.sources:
            return self.pipeline.sources[path]
        for producer in producers:
            outs = self.records[producer.name].outs if producer.name in self.records else {}
            if path in producer.outs:
                return outs.get(path)
            if any(path.startswith(f"{out}/") for out in producer.outs):
                return self.of_member(path, recorded)
        return self.revision.md5(path)

    def of_member(self, path: str, recorded: str | None) -> str | None:
        """The md5 of a file in an output folder: as recorded, unless another stage has a newer."""
        known = {stage.deps[path] for stage in self.records.values() if path in stage.deps}
        old = {stage.deps[path] for stage in self.base_records.values() if path in stage.deps}
        newer = sorted(str(value) for value in known - old - {recorded})
        return newer[0] if recorded in old and newer else recorded

    def changed_outputs(self, stage: Stage, record: Stage) -> list[str]:
        """Results in git that differ from the stage's record: edited, or not committed with it."""
        return [
            f"{path} is not what it wrote"
            for path in stage.outs
            if path in stage.in_git
            and path in record.outs
            and self.revision.md5(path) != record.outs[path]
        ]


def at(values: dict[str, Any], key: str) -> Any:
    """The value of a dotted key."""
    found: Any = values
    for name in key.split("."):
        if not (isinstance(found, dict) and name in found):
            return ABSENT
        found = found[name]
    return found


def remedy(pipeline: Pipeline, state: State) -> list[str]:
    """The commands that reproduce the stale stages without training models that never were trained.

    A stage that depends on untrained models too, such as compare, is reproduced on its own.
    """
    needs_more = {
        name: any(other in state.not_run for other in ancestors(pipeline, name))
        for name in state.stale
    }
    together = [name for name, more in needs_more.items() if not more]
    inner = {other for name in together for other in ancestors(pipeline, name)}
    last = [name for name in together if name not in inner]
    commands = [f"dvc repro {' '.join(last)}"] if last else []
    return commands + [
        f"dvc repro --single-item {name}" for name, more in needs_more.items() if more
    ]


def ancestors(pipeline: Pipeline, name: str) -> set[str]:
    found: set[str] = set()
    for other in pipeline.upstream(pipeline.stages[name]):
        if other.name != name and other.name not in found:
            found |= {other.name} | ancestors(pipeline, other.name)
    return found
