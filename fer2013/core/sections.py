"""Typed and checked sections of params.yaml. Each is defined beside the code that it configures.

Values must have the type that a section declares: a string is not accepted as a number, nor true
as an integer. One exception: DVC writes `-S optim.lr=0.00001` as `1e-05`, which PyYAML reads as a
string; a `Number` accepts it.
"""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)

from fer2013.runtime.errors import BadInput, one_line

PARAMS = Path("params.yaml")
MODEL_NAME = re.compile(r"[\w-]+", re.ASCII)  # it is used as a folder's name


def _number(value: Any) -> Any:
    exponent_form = isinstance(value, str) and re.fullmatch(r"[-+]?[\d.]+[eE][-+]?\d+", value)
    return float(value) if exponent_form else value


def _each_once(names: list[str]) -> list[str]:
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{name!r} is named more than once")
    return names


Number = Annotated[float, BeforeValidator(_number)]
Fraction = Annotated[Number, Field(ge=0, le=1)]
BelowOne = Annotated[Number, Field(ge=0, lt=1)]
Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0)]
EachOnce = Annotated[list[str], AfterValidator(_each_once)]
Device = Literal["auto", "cpu", "cuda"]


class Section(BaseModel):
    """A section of params.yaml: every key has a type, and no other key is allowed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, allow_inf_nan=False)


AnySection = TypeVar("AnySection", bound=BaseModel)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML mapping.

    Raises:
        BadInput: the file is missing, is not YAML, or is not a mapping.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path} is missing; run this from the repository's root.") from None
    except Exception as error:  # also ValueError (2024-13-45) or KeyError (!!bool x) from PyYAML
        raise BadInput(f"{path} is not YAML: {one_line(error)}") from None
    if not isinstance(content, dict):
        raise BadInput(f"{path} should hold sections with keys.")
    return content


def read_section(name: str, section: type[AnySection]) -> AnySection:
    """Read one section of params.yaml."""
    return check(section, read_yaml(PARAMS).get(name), f"{PARAMS}: {name}")


def check(section: type[AnySection], values: Any, where: str) -> AnySection:
    """Return `values` as a `section`.

    Raises:
        BadInput: a key or value is wrong; the message begins with `where`.
    """
    try:
        return section.model_validate(values)
    except ValidationError as error:
        raise BadInput(f"{where}: {describe_errors(error)}.") from None


def read_models(params: dict[str, Any]) -> dict[str, Any]:
    """The `models` section of params.yaml: each model's own values.

    Raises:
        BadInput: it is missing, or a model's name cannot be a folder's name.
    """
    models = params.get("models")
    if not isinstance(models, dict) or not models:
        raise BadInput(f"{PARAMS}: models should hold a section for each model.")
    for model in models:
        if not (isinstance(model, str) and MODEL_NAME.fullmatch(model)):
            raise BadInput(
                f"{PARAMS}: models: {model!r} is no name for a model; "
                "letters, digits, - and _ make one."
            )
    return models


def describe_errors(error: ValidationError) -> str:
    """Pydantic's messages in one line: which keys are wrong, and why."""
    return " ".join("; ".join(_sentence(problem) for problem in error.errors()).split())


def _sentence(problem: Any) -> str:
    key = ".".join(map(str, problem["loc"]))
    message = problem["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if problem["type"] != "value_error" and not isinstance(problem["input"], dict):
        message = f"{problem['input']!r} is wrong: {message}"
    return f"{key}: {message}" if key else message
