"""Search a model's hyperparameters with Optuna; each finished trial is a DVC experiment.

    make tune MODEL=basic_cnn TRIALS=20

tune.yaml says what is searched. A trial is a `dvc exp run --temp` with the values that Optuna's TPE
suggests (Bergstra et al. 2011, NeurIPS), run_trial by validation accuracy. One that is behind the
median of the trials before it after as many epochs is stopped, and leaves no experiment. The study
is kept in .dvc/tmp/tune/<model>.log, so the same command goes on where it was.
"""

import argparse
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

from fer2013.base.sections import PARAMS, Number, Section, check, read_models, read_yaml
from fer2013.runtime.errors import BadInput, exit_on_bad_input
from tools.repository import require_git, unsigned

SPACE = Path("tune.yaml")
FOLDER = Path(".dvc/tmp/tune")
WITHOUT_PRUNING = 4  # trials, of which the later ones' medians are taken


class Searched(Section):
    """A range, or a list to choose from."""

    low: Number | None = None
    high: Number | None = None
    log: bool = False
    choices: Annotated[list[Any], Field(min_length=2)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        ranged = self.low is not None and self.high is not None and self.low < self.high
        if ranged == (self.choices is not None):
            raise ValueError("should hold low and a higher high (and log: true), or choices")
        if self.log and ranged and self.low <= 0:  # type: ignore[operator]
            raise ValueError("log: true takes a low above 0")
        return self


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m tools.tune")
    options.add_argument("model", choices=read_models(read_yaml(PARAMS)))
    options.add_argument("trials", type=int)
    given = options.parse_args()
    require_git()
    space = read_space(SPACE)
    optuna.logging.set_verbosity(optuna.logging.ERROR)  # run_trial prints what matters
    study = study_of(given.model)
    study.optimize(lambda trial: run_trial(trial, given.model, space), given.trials)
    print(
        f"best: {name_of(study.best_trial, given.model)}, {study.best_value:.2%}; "
        f"dvc exp apply {name_of(study.best_trial, given.model)} takes it over"
    )


def study_of(model: str) -> optuna.Study:
    """The model's study: a new one, or that of the trials before."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    journal = JournalStorage(JournalFileBackend(str(FOLDER / f"{model}.log")))
    study = optuna.create_study(
        storage=journal,
        study_name=model,
        load_if_exists=True,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=WITHOUT_PRUNING),
    )
    # Of a study that goes on, the sampler should not draw once more what it drew at the start.
    study.sampler = optuna.samplers.TPESampler(seed=len(study.trials))
    return study


def read_space(path: Path) -> dict[str, Searched]:
    return {key: check(Searched, said, f"{path}: {key}") for key, said in read_yaml(path).items()}


def name_of(trial: Any, model: str) -> str:
    return f"tune-{model}-{trial.number}"


def run_trial(trial: optuna.Trial, model: str, space: dict[str, Searched]) -> float:
    """Run a trial. → its validation accuracy

    Raises:
        optuna.TrialPruned: it fell behind and was stopped.
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
    if how.choices is not None:
        return trial.suggest_categorical(key, how.choices)
    assert how.low is not None and how.high is not None  # Searched has seen to it
    return trial.suggest_float(key, how.low, how.high, log=how.log)


def epochs_of(command: list[str], name: str) -> Iterator[tuple[int, float]]:
    """Run an experiment and yield each epoch's validation accuracy; stop it when closed early."""
    rows = FOLDER.resolve() / f"{name}.jsonl"  # the training adds a line for each epoch
    rows.write_text("")
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=unsigned() | {"FER2013_EPOCHS": str(rows)},
        start_new_session=True,  # a group of its own, which can be interrupted as a whole
    )
    printed: list[str] = []
    assert process.stdout is not None
    try:
        with rows.open(encoding="utf-8") as file:
            for line in process.stdout:  # it prints one for each epoch, after that of the file
                printed.append(line.strip())
                for row in map(json.loads, file):
                    yield int(row["epoch"]), float(row["val_accuracy"])
        if process.wait():
            raise BadInput(f"{name} failed: {' '.join(printed[-3:])}")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)  # as Ctrl+C: DVC clears its folder away
            process.wait()
        rows.unlink()


if __name__ == "__main__":
    exit_on_bad_input(main)
