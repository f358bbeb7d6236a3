"""Logging of each epoch to DVCLive's files and, if enabled, to W&B.

If FER2013_EPOCHS names a file, each epoch is also appended to it as a line of JSON, for programs
that follow a training.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dvclive.live import Live

from fer2013.runtime.errors import writing
from fer2013.runtime.files import remove
from fer2013.runtime.wandb_runs import log_epoch, wandb_run

NOT_IN_LIVE = {"epoch", "images_per_second"}  # DVCLive's step; differs from run to run


@contextmanager
def epoch_log(
    folder: Path, model: str, run_id: str, config: dict[str, Any]
) -> Iterator[Callable[[dict[str, float]], None]]:
    """Open DVCLive's folder and the W&B run; yield the `on_epoch` callback of the training loop.

    If the training fails, the folder is removed.
    """

    def on_epoch(row: dict[str, float]) -> None:
        with writing(folder):
            _log_live(live, row)
        if run is not None:
            log_epoch(run, row)
        if path := os.environ.get("FER2013_EPOCHS"):
            with writing(Path(path)), Path(path).open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    with wandb_run(model, run_id, config) as run:
        try:
            with writing(folder):
                # By default it would rewrite dvc.yaml during `dvc repro` and commit an experiment.
                live = Live(str(folder), dvcyaml=None, save_dvc_exp=False)
            yield on_epoch
            with writing(folder):
                live.end()
        except BaseException:
            remove(folder)
            raise


def _log_live(live: Live, row: dict[str, float]) -> None:
    for name, value in row.items():
        if name not in NOT_IN_LIVE:
            part, _, metric = name.partition("_")  # such as train and loss
            live.log_metric(f"{part}/{metric}" if metric else name, value)
    live.next_step()
