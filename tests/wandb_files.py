"""Read the files that W&B writes into wandb/ while it is offline, as tests have no server.

A run-*.wandb file is a 7-byte header and then LevelDB's log format: blocks of 32 KiB (the header
counts), in them chunks of checksum, length and type, which make up records of W&B's own protobuf.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wandb.proto.wandb_internal_pb2 import Record  # type: ignore[attr-defined]  # as generated

BLOCK = 32768
HEADER = 7  # of the file, and of a chunk: 4 bytes of checksum, 2 of length, 1 of type
FULL, LAST = 1, 4  # the types of chunk that end a record


@dataclass
class WandbRun:
    """What the processes that wrote to one run logged in all, the latest value of each key."""

    config: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    summary: dict[str, Any] = field(default_factory=dict)
    media: list[Path] = field(default_factory=list)


def read_runs(folder: Path) -> dict[str, WandbRun]:
    """Every run in a wandb/ folder, by its id."""
    runs: dict[str, WandbRun] = defaultdict(WandbRun)
    for path in sorted(folder.glob("offline-run-*/run-*.wandb")):  # their names start with the time
        run = runs[path.stem.removeprefix("run-")]
        for payload in payloads(path.read_bytes()):
            add(run, Record.FromString(payload), path.parent / "files")
    for run in runs.values():
        run.history.sort(key=lambda row: row["_step"])
    return dict(runs)


def payloads(data: bytes) -> Iterator[bytes]:
    """The whole records of a file; a killed process may leave the last one in part."""
    at, payload = HEADER, b""
    while at + HEADER <= len(data):
        left = BLOCK - at % BLOCK
        if left < HEADER:  # a chunk does not start where its header does not fit
            at += left
            continue
        end = at + HEADER + int.from_bytes(data[at + 4 : at + 6], "little")
        payload += data[at + HEADER : end]
        if data[at + 6] in (FULL, LAST) and end <= len(data):
            yield payload
            payload = b""
        at = end


def add(run: WandbRun, record: Any, files: Path) -> None:
    run.config |= decoded([*record.run.config.update, *record.config.update])
    run.summary |= decoded(record.summary.update)
    if record.HasField("history"):
        run.history.append(decoded(record.history.item))
    paths = [files / file.path for file in record.files.files]
    run.media += [path for path in paths if "media" in path.parts]


def decoded(items: Iterable[Any]) -> dict[str, Any]:
    """Keys and JSON values. A nested key becomes one with dots, as W&B shows it."""
    return {item.key or ".".join(item.nested_key): json.loads(item.value_json) for item in items}
