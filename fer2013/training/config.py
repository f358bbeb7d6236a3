"""A model's configuration: what its keys are called, what they may be, what they mean.

params.yaml holds the defaults and, under `models`, what each model has of its own. `resolve` lays
one over the other; stages/configure.py writes the result as models/<model>/config.yaml, which is
all that training, evaluation and prediction read.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, field_validator, model_validator

from fer2013.base.sections import (
    Count,
    Device,
    EachOnce,
    Number,
    Positive,
    Section,
    Seed,
    Share,
    check,
    read_yaml,
)
from fer2013.model import networks
from fer2013.runtime.errors import BadInput


class Fixed(Section):
    """(grey level / 255 - mean) / std, the same for every pixel."""

    name: Literal["fixed"]
    mean: Number
    std: Positive


class Face(Section):
    """Each face by its own mean and standard deviation."""

    name: Literal["face"]


Normalize = Annotated[Fixed | Face, Field(discriminator="name")]


class Flip(Section):
    """Mirror left and right."""

    name: Literal["flip"]
    p: Share


class ShiftScaleRotate(Section):
    """Shares of the width and height, a share of the size, degrees; each drawn from ± its value."""

    name: Literal["shift_scale_rotate"]
    shift: Share
    scale: Annotated[Number, Field(ge=0, lt=1)]
    rotate: Annotated[Number, Field(ge=0, le=180)]
    p: Share


class Rotate(Section):
    """Degrees drawn from ± its value."""

    name: Literal["rotate"]
    degrees: Annotated[Number, Field(ge=0, le=180)]
    interpolation: Literal["nearest", "linear"]
    border: Literal["black", "reflect"]
    p: Share


class BrightnessContrast(Section):
    """Contrast is multiplied by 1 ± its value, then ± brightness × 255 is added."""

    name: Literal["brightness_contrast"]
    brightness: Share
    contrast: Share
    p: Share


class GaussNoise(Section):
    """Variance in squared grey levels, drawn between the two values for each face."""

    name: Literal["gauss_noise"]
    variance: Annotated[list[Annotated[Number, Field(ge=0)]], Field(min_length=2, max_length=2)]
    p: Share

    @field_validator("variance")
    @classmethod
    def _low_before_high(cls, variance: list[float]) -> list[float]:
        if variance[0] > variance[1]:
            raise ValueError(f"{variance} is wrong: the first value is the lower bound")
        return variance


class CoarseDropout(Section):
    """Exactly this many black rectangles of exactly this size, in pixels; they may overlap."""

    name: Literal["coarse_dropout"]
    holes: Count
    height: Annotated[int, Field(ge=1, le=48)]
    width: Annotated[int, Field(ge=1, le=48)]
    p: Share


Augmentation = Annotated[
    Flip | ShiftScaleRotate | Rotate | BrightnessContrast | GaussNoise | CoarseDropout,
    Field(discriminator="name"),
]


class Cutout(Section):
    """A square of so many pixels, its centre anywhere, is filled with the face's mean."""

    name: Literal["cutout"]
    size: Annotated[int, Field(ge=1, le=48)]
    p: Share


# Flip and shift_scale_rotate mean the same in both chains.
BatchAugmentation = Annotated[Flip | ShiftScaleRotate | Cutout, Field(discriminator="name")]


class Mixture(Section):
    """A share p of the faces is mixed, in the epochs before that share of the run."""

    name: Literal["mixup", "cutmix"]
    alpha: Positive
    p: Share
    until: Share


class Teachers(Section):
    """The targets are weight × the models' mean probabilities + (1 - weight) × the labels.

    They say them of each face as the model sees it: teaching.py.
    """

    models: Annotated[EachOnce, Field(min_length=1)]
    weight: Share


class Shuffled(Section):
    """Every training face once an epoch."""

    name: Literal["shuffled"]


class Balanced(Section):
    """As many draws as training faces, with replacement, each class equally likely."""

    name: Literal["balanced"]


Sampler = Annotated[Shuffled | Balanced, Field(discriminator="name")]
ClassWeights = Literal["none", "balanced"]  # "balanced" as in scikit-learn


class CrossEntropy(Section):
    name: Literal["cross_entropy"]
    class_weights: ClassWeights
    label_smoothing: Annotated[Number, Field(ge=0, lt=1)] = 0.0


class Focal(Section):
    """Lin et al. 2017; see losses.py for what is weighted and how it is averaged."""

    name: Literal["focal"]
    gamma: Annotated[Number, Field(ge=0)]
    class_weights: ClassWeights


Loss = Annotated[CrossEntropy | Focal, Field(discriminator="name")]


class Adam(Section):
    name: Literal["adam"]
    lr: Positive
    weight_decay: Annotated[Number, Field(ge=0)] = 0.0
    clip_norm: Positive | None = None


class AdamW(Section):
    name: Literal["adamw"]
    lr: Positive
    weight_decay: Annotated[Number, Field(ge=0)]
    clip_norm: Positive | None = None


class SGD(Section):
    name: Literal["sgd"]
    lr: Positive
    momentum: Annotated[Number, Field(ge=0, lt=1)]
    weight_decay: Annotated[Number, Field(ge=0)] = 0.0
    clip_norm: Positive | None = None


Beta = Annotated[Number, Field(ge=0, lt=1)]


class Muon(Section):
    """Muon for the filters and matrices within the network, AdamW for the rest (optimizers.py)."""

    name: Literal["muon"]
    lr: Positive
    momentum: Annotated[Number, Field(ge=0, lt=1)]
    weight_decay: Annotated[Number, Field(ge=0)]
    adamw_lr: Positive
    adamw_betas: Annotated[list[Beta], Field(min_length=2, max_length=2)]
    adamw_weight_decay: Annotated[Number, Field(ge=0)]
    clip_norm: Positive | None = None


Optim = Annotated[Adam | AdamW | SGD | Muon, Field(discriminator="name")]


class Constant(Section):
    name: Literal["constant"]


class WarmRestarts(Section):
    """Cosine from lr to zero over `period` epochs, again and again (Loshchilov & Hutter 2017)."""

    name: Literal["warm_restarts"]
    period: Count


class WarmupCosine(Section):
    """Linear from zero to lr over `warmup` epochs, then cosine to zero at the last epoch."""

    name: Literal["warmup_cosine"]
    warmup: Annotated[Number, Field(ge=0)]


class WarmupLinear(Section):
    """Linear from zero to lr over a share of the run, then linear to zero at its end."""

    name: Literal["warmup_linear"]
    warmup_share: Annotated[Number, Field(ge=0, lt=1)]


Schedule = Annotated[
    Constant | WarmRestarts | WarmupCosine | WarmupLinear, Field(discriminator="name")
]


class Stretch(Section):
    """A share of the epochs, with the faces resized to so many pixels a side."""

    side: Annotated[int, Field(ge=8, le=48)]
    share: Annotated[Number, Field(gt=0, le=1)]


class Train(Section):
    epochs: Count
    batch_size: Count
    patience: Count | None  # epochs without a better validation accuracy before stopping
    keep: Literal["best", "last"]  # which epoch's weights are the result
    ema: Annotated[Number, Field(gt=0, lt=1)] | None  # decay of the averaged weights (averaging.py)
    sides: list[Stretch]  # of the first epochs; the rest is at 48
    device: Device
    processes: Count
    threads: Count  # of each process
    channels_last: bool
    precision: Literal["float32", "bfloat16"]  # of the products in training (device.py)
    drop_blank: bool
    drop_conflicting: bool

    @field_validator("sides")
    @classmethod
    def _within_the_run(cls, sides: list[Stretch]) -> list[Stretch]:
        total = round(sum(stretch.share for stretch in sides), 9)
        if total > 1:
            raise ValueError(f"the shares of the run add up to {total:g}; at most 1 is right")
        return sides


View = Literal["plain", "flip", "larger", "larger_flip", "smaller", "smaller_flip"]


class Evaluate(Section):
    """The probabilities are the mean over the views."""

    batch_size: Count
    views: Annotated[list[View], Field(min_length=1)]


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
    def taught_by(self) -> list[str]:
        return self.teachers.models if self.teachers else []

    @field_validator("network")
    @classmethod
    def _known_to_its_network(cls, values: dict[str, Any]) -> dict[str, Any]:
        return networks.checked_options(values)

    @model_validator(mode="after")
    def _soft_labels_have_a_loss(self) -> Self:
        soft = "mix" if self.mix else "teachers" if self.teachers else None
        if soft and (self.loss.name, self.loss.class_weights) != ("cross_entropy", "none"):
            raise ValueError(
                f"{soft} takes the loss cross_entropy with class_weights none, no other"
            )
        return self


# All that params.yaml may hold: the stages' own sections, the defaults, and what lies over them.
SECTIONS = (
    *("data", "sample", "ingest", "split", "overfit"),
    *Config.model_fields,
    *("models", "ensemble", "published"),
)
NAME = re.compile(r"[\w-]+", re.ASCII)  # of a model: it becomes a folder


def resolve(params: dict[str, Any], model: str) -> Config:
    """Lay a model's own values over the defaults of params.yaml.

    Raises:
        BadInput: a key or value is wrong.
    """
    unknown = [section for section in params if section not in SECTIONS]
    if unknown:
        raise BadInput(
            f"params.yaml: unknown section {unknown[0]!r}; allowed: {', '.join(SECTIONS)}."
        )
    models = read_models(params)
    if model not in models:
        raise BadInput(f"params.yaml: models has no {model!r}; it has {', '.join(models)}.")
    defaults = {key: params[key] for key in Config.model_fields if key in params}
    config = check(Config, overlaid(defaults, models[model]), f"params.yaml, model {model}")
    for teacher in config.taught_by:
        if teacher not in models or teacher == model:
            raise BadInput(
                f"params.yaml, model {model}: teachers.models: {teacher!r} is no other model; "
                f"there are {', '.join(name for name in models if name != model)}."
            )
    return config


def read_models(params: dict[str, Any]) -> dict[str, Any]:
    """The `models` section of params.yaml: each model's own values."""
    models = params.get("models")
    if not isinstance(models, dict) or not models:
        raise BadInput("params.yaml: models should hold a section for each model.")
    for model in models:
        if not (isinstance(model, str) and NAME.fullmatch(model)):
            raise BadInput(
                f"params.yaml: models: {model!r} is no name for a model; "
                "letters, digits, - and _ make one."
            )
    return models


def overlaid(defaults: Any, own: Any) -> Any:
    """Lay `own` over `defaults`, key by key.

    A list replaces the default list, and a section of another `name` the default section whole:
    no leftover `gamma` of a focal loss under a cross entropy.
    """
    if not (isinstance(defaults, dict) and isinstance(own, dict)):
        return own
    if own.get("name", defaults.get("name")) != defaults.get("name"):
        return own
    both = {key: overlaid(defaults[key], own[key]) for key in defaults.keys() & own.keys()}
    return {**defaults, **own, **both}


def read_config(path: Path) -> Config:
    """Read a models/<model>/config.yaml."""
    return check(Config, read_yaml(path), str(path))


def write_section(section: Section, path: Path) -> None:
    text = yaml.safe_dump(section.model_dump(), sort_keys=False)
    path.write_text(text, encoding="utf-8")
