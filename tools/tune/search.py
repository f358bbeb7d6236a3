"""The study of a model's hyperparameters, and one trial of it."""

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dvc.api
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from fer2013.core.sections import read_yaml
from fer2013.runtime.errors import BadInput
from tools.repository import unsigned

SPACE = Path("tune.yaml")
FOLDER = Path(".dvc/tmp/tune")
WITHOUT_PRUNING = 4  # the first trials are never stopped, so that there is a median


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


def read_space(path: Path) -> dict[str, BaseDistribution]:
    """Read which keys to search, and among which values.

    Raises:
        BadInput: optuna cannot search so.
    """
    return {key: distribution(how, f"{path}: {key}") for key, how in read_yaml(path).items()}


def distribution(how: Any, where: str) -> BaseDistribution:
    """Choices, or a range: of integers if both ends are written so, such as 1 and not 1.0."""
    try:
        if "choices" in how:
            return CategoricalDistribution(**how)
        if isinstance(how["low"], int) and isinstance(how["high"], int):
            return IntDistribution(**how)
        return FloatDistribution(**how | {end: float(how[end]) for end in ("low", "high")})
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(
            f"{where} should be {{low: 0.1, high: 1, log: true}} or {{choices: [a, b]}} ({error})."
        ) from None


def search(study: optuna.Study, trials: int, run: Callable[[optuna.Trial], float]) -> None:
    """Run so many trials more.

    Raises:
        BadInput: an experiment failed, or the study has begun with other choices.
    """
    space = read_space(SPACE)
    for _ in range(trials):
        try:
            trial = study.ask(space)
        except ValueError as error:
            raise BadInput(
                f"{SPACE} had other choices when this study began ({error}); undo that, or move "
                f"{FOLDER}/{study.study_name}.log away to begin a new one."
            ) from None
        state, accuracy = TrialState.FAIL, None
        try:
            accuracy = run(trial)
            state = TrialState.COMPLETE
        except optuna.TrialPruned:
            state = TrialState.PRUNED
        finally:
            study.tell(trial, accuracy, state)


def name_of(trial: Any, model: str) -> str:
    return f"tune-{model}-{trial.number}"


def run_trial(trial: optuna.Trial, model: str) -> float:
    """Run a trial as an experiment of the current folder and return its validation accuracy.

    Raises:
        optuna.TrialPruned: it was behind the other trials and was stopped.
        BadInput: the experiment failed.
    """
    name = name_of(trial, model)
    changes = [f"{key}={value}" for key, value in trial.params.items()]
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
