"""The study of a model's hyperparameters, and one trial of it."""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Self

import dvc.api
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from pydantic import Field, model_validator

from fer2013.core.sections import Number, Section, check, read_yaml
from fer2013.runtime.errors import BadInput
from tools.repository import unsigned

SPACE = Path("tune.yaml")
FOLDER = Path(".dvc/tmp/tune")
WITHOUT_PRUNING = 4  # the first trials are never stopped, so that there is a median


class Searched(Section):
    """A hyperparameter to search: a list of values to choose from, or a range of numbers.

    These are integers if both ends are written as integers, such as 1 and not 1.0.
    """

    low: int | Number | None = None
    high: int | Number | None = None
    log: bool = False
    choices: Annotated[list[Any], Field(min_length=2)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        ranged = self.low is not None and self.high is not None and self.low < self.high
        if ranged == (self.choices is not None):
            raise ValueError("should hold low and a higher high (and log: true), or choices")
        if self.log and ranged and self.low <= 0:  # type: ignore[operator]
            raise ValueError("log: true needs a low above 0")
        return self


def study_of(model: str, folder: Path = FOLDER) -> optuna.Study:
    """Load the model's study from that folder, or create it."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # run_trial prints what matters
    folder.mkdir(parents=True, exist_ok=True)
    journal = JournalStorage(JournalFileBackend(str(folder / f"{model}.log")))
    study = optuna.create_study(
        storage=journal,
        study_name=model,
        load_if_exists=True,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=WITHOUT_PRUNING),
    )
    # The seed depends on the number of trials, so that a continued study draws new values.
    study.sampler = optuna.samplers.TPESampler(seed=len(study.trials))
    return study


def read_space(path: Path) -> dict[str, Searched]:
    """Read which keys to search."""
    return {key: check(Searched, how, f"{path}: {key}") for key, how in read_yaml(path).items()}


def name_of(trial: Any, model: str) -> str:
    return f"tune-{model}-{trial.number}"


def run_trial(trial: optuna.Trial, model: str, space: dict[str, Searched]) -> float:
    """Run a trial as an experiment of the current folder and return its validation accuracy.

    Raises:
        optuna.TrialPruned: it was behind the other trials and was stopped.
        BadInput: the experiment failed.
    """
    name = name_of(trial, model)
    changes = [f"{key}={suggested(trial, key, how)}" for key, how in space.items()]
    print(f"{name}: {' '.join(changes)}", flush=True)
    command = ["dvc", "exp", "run", "--temp", "--name", name]
    for change in changes:
        command += ["-S", f"++models.{model}.{change}"]
    command += [f"train_{model}", f"evaluate_{model}"]
    for epoch, accuracy in epochs_of(command, name):
        trial.report(accuracy, epoch)
        if trial.should_prune():
            print(f"{name}: pruned after epoch {epoch} with {accuracy:.2%}", flush=True)
            raise optuna.TrialPruned
    scores = json.loads(dvc.api.read(f"metrics/scores/{model}.json", rev=name))
    accuracy = scores["val"]["accuracy"]
    print(f"{name}: {accuracy:.2%}", flush=True)
    return float(accuracy)


def suggested(trial: optuna.Trial, key: str, how: Searched) -> Any:
    """A value to try.

    Raises:
        BadInput: the study has begun with other choices.
    """
    try:
        if how.choices is not None:
            return trial.suggest_categorical(key, how.choices)
        assert how.low is not None and how.high is not None  # Searched has checked it
        if isinstance(how.low, int) and isinstance(how.high, int):
            return trial.suggest_int(key, how.low, how.high, log=how.log)
        return trial.suggest_float(key, how.low, how.high, log=how.log)
    except ValueError:
        raise BadInput(
            f"{SPACE}: {key} had other choices when the study began; undo that, or start a new "
            f"study by moving {FOLDER}/{trial.study.study_name}.log away."
        ) from None


def epochs_of(command: list[str], name: str) -> Iterator[tuple[int, float]]:
    """Run an experiment and yield (epoch, validation accuracy) after each epoch.

    Closing the generator stops the experiment.

    Raises:
        BadInput: the experiment failed.
    """
    rows = FOLDER.resolve() / f"{name}.jsonl"  # the training adds a line for each epoch
    rows.parent.mkdir(parents=True, exist_ok=True)
    rows.write_text("")
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=unsigned() | {"FER2013_EPOCHS": str(rows)},
        start_new_session=True,  # its own process group, which can be interrupted as a whole
    )
    printed: list[str] = []
    assert process.stdout is not None
    try:
        with rows.open(encoding="utf-8") as file:
            for line in process.stdout:  # printed for each epoch, after the file has got its line
                printed.append(line.strip())
                for row in map(json.loads, file):
                    yield int(row["epoch"]), float(row["val_accuracy"])
        if process.wait():
            raise BadInput(f"{name} failed: {' '.join(printed[-3:])}")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)  # like Ctrl+C: DVC removes its temporary folder
            process.wait()
        rows.unlink()
