"""A model's complete configuration, with which it is trained and evaluated.

params.yaml holds the defaults and, under `models`, each model's own values. `resolve` merges them;
stages/configure.py writes the result to models/<model>/config.yaml, and what training depends on to
data/recipes/<model>.yaml.
The schema of a section is beside the code that it configures.
"""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import torch
import yaml
from pydantic import Field, field_validator, model_validator

from fer2013.core import networks
from fer2013.core.augment import Augmentation
from fer2013.core.batch_augment import BatchAugmentation
from fer2013.core.device import Compute, prepare
from fer2013.core.distillation import Teachers
from fer2013.core.inference import Evaluate, Normalize
from fer2013.core.losses import Loss
from fer2013.core.mixing import Mixture
from fer2013.core.optimizers import Optim
from fer2013.core.sampling import Sampler
from fer2013.core.schedules import Schedule
from fer2013.core.sections import (
    PARAMS,
    Count,
    Device,
    Number,
    Section,
    Seed,
    check,
    read_models,
    read_yaml,
)
from fer2013.runtime.errors import BadInput


class Train(Section):
    epochs: Count
    batch_size: Count
    patience: Count | None  # epochs without a better validation accuracy before stopping
    keep: Literal["best", "last"]  # the epoch whose weights are kept
    ema: Annotated[Number, Field(gt=0, lt=1)] | None  # decay of the averaged weights (run.py)
    device: Device
    processes: Count
    threads: Count  # of each process
    channels_last: bool
    precision: Literal["auto", "float32", "bfloat16"]  # of convolutions and matrix products

    @model_validator(mode="after")
    def _two_faces_each(self) -> Self:
        if self.batch_size < 2 * self.processes:
            raise ValueError(f"batch_size needs 2 faces for each process, {2 * self.processes}")
        return self

    def prepare(self, dtype: torch.dtype = torch.float32) -> Compute:
        """The device and precision that these options mean on this machine, made ready."""
        return prepare(
            self.device,
            self.threads,
            channels_last=self.channels_last,
            precision=self.precision,
            dtype=dtype,
        )


class Config(Section):
    seed: Seed
    network: dict[str, Any]  # name and options; each network checks its own
    normalize: Normalize
    augment: list[Augmentation]
    augment_batch: list[BatchAugmentation]
    mix: list[Mixture]
    teachers: Teachers | None
    sampler: Sampler
    loss: Loss
    optim: Optim
    schedule: Schedule
    train: Train
    evaluate: Evaluate

    @property
    def teacher_names(self) -> list[str]:
        return self.teachers.models if self.teachers else []

    def for_training(self) -> Self:
        """The same without views, as training sees faces as they are: a new view trains nothing."""
        evaluate = self.evaluate.model_copy(update={"views": ["plain"]})
        return self.model_copy(update={"evaluate": evaluate})

    @field_validator("network")
    @classmethod
    def _known_to_its_network(cls, values: dict[str, Any]) -> dict[str, Any]:
        return networks.check_options(values)

    @model_validator(mode="after")
    def _soft_labels_have_a_loss(self) -> Self:
        soft = "mix" if self.mix else "teachers" if self.teachers else None
        if soft and (self.loss.name, self.loss.class_weights) != ("cross_entropy", "none"):
            raise ValueError(f"{soft} needs the loss cross_entropy with class_weights none")
        return self


# The sections of params.yaml: those of single stages, the defaults of all models, and the others.
SECTIONS = (
    *("data", "sample", "ingest", "split", "overfit"),
    *Config.model_fields,
    *("models", "ensemble"),
)


def resolve(params: dict[str, Any], model: str) -> Config:
    """Merge a model's own values into the defaults of params.yaml.

    Raises:
        BadInput: a key or value is wrong.
    """
    allowed = ", ".join(SECTIONS)
    for section in params:
        if section not in SECTIONS:
            raise BadInput(f"{PARAMS}: unknown section {section!r}; allowed: {allowed}.")
    models = read_models(params)
    if model not in models:
        raise BadInput(f"{PARAMS}: models has no {model!r}; it has {', '.join(models)}.")
    defaults = {key: params[key] for key in Config.model_fields if key in params}
    config = check(Config, merge(defaults, own_values(models, model)), f"{PARAMS}, model {model}")
    for teacher in config.teacher_names:
        if teacher not in models or teacher == model:
            raise _not_another(model, "teachers.models", teacher, models)
    return config


def own_values(models: dict[str, Any], model: str, seen: tuple[str, ...] = ()) -> Any:
    """A model's own values, merged into those of the model that its key `like` names, if any.

    That model may be like another one in turn; `seen` are those that led here.

    Raises:
        BadInput: there is no such other model, or it is like itself in the end.
    """
    own = models[model]
    if not (isinstance(own, dict) and "like" in own):
        return own
    like, seen = own["like"], (*seen, model)
    if like in seen or like not in list(models):
        raise _not_another(model, "like", like, models)
    rest = {key: value for key, value in own.items() if key != "like"}
    return merge(own_values(models, like, seen), rest)


def _not_another(model: str, key: str, other: Any, models: dict[str, Any]) -> BadInput:
    there = f"there are {', '.join(models)}"
    return BadInput(f"{PARAMS}, model {model}: {key}: {other!r} is not another model; {there}.")


def merge(defaults: Any, own: Any) -> Any:
    """Merge `own` into `defaults`, key by key.

    A list replaces the default list. A section with another `name` replaces the whole default
    section, so that, for instance, a focal loss's `gamma` is not left over in a cross entropy.
    """
    if not (isinstance(defaults, dict) and isinstance(own, dict)):
        return own
    if own.get("name", defaults.get("name")) != defaults.get("name"):
        return own
    both = {key: merge(defaults[key], own[key]) for key in defaults.keys() & own.keys()}
    return {**defaults, **own, **both}


def read_config(path: Path) -> Config:
    """Read a models/<model>/config.yaml or data/recipes/<model>.yaml."""
    return check(Config, read_yaml(path), str(path))


def write_section(section: Section, path: Path) -> None:
    text = yaml.safe_dump(section.model_dump(), sort_keys=False)
    path.write_text(text, encoding="utf-8")
