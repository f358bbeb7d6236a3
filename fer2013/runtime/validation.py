"""Readable descriptions of pydantic's validation errors."""

from typing import Any

from pydantic import ValidationError


def describe_errors(error: ValidationError) -> str:
    """Describe in one line which keys are wrong, and why."""
    return "; ".join(_sentence(problem) for problem in error.errors())


def _sentence(problem: Any) -> str:
    key = ".".join(map(str, problem["loc"]))
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "union_tag_invalid":
        message = (
            f"unknown name {problem['ctx']['tag']!r}; allowed: {problem['ctx']['expected_tags']}"
        )
    elif problem["type"] == "union_tag_not_found":
        message = "the name is missing"
    elif problem["type"] != "value_error":
        message = f"{problem['input']!r} is wrong: {message[0].lower()}{message[1:]}"
    return f"{key}: {message}" if key else message
