"""Two sets of nested values, compared key by key: parameters, scores, what a stage has read."""

import json
from typing import Any

ABSENT = "absent"
Change = tuple[str, str, str]  # key, value before, value after


def compared(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """The changes in the order of `after`, then the removed keys."""
    old, new = flat(before), flat(after)
    values = {key: (old.get(key, ABSENT), new.get(key, ABSENT)) for key in new | old}
    return [(key, *pair) for key, pair in values.items() if pair[0] != pair[1]]


def flat(content: Any, key: str = "") -> dict[str, str]:
    """Dotted keys → values. In a list of named sections, as `augment`, keys include the names."""
    if isinstance(content, dict) and content:
        pairs = [flat(value, f"{key}.{name}".removeprefix(".")) for name, value in content.items()]
        return {name: value for pair in pairs for name, value in pair.items()}
    sections = named(content)
    if not sections:
        return {key: json.dumps(content, ensure_ascii=False)} if key else {}
    return {key: ", ".join(sections)} | flat(
        {key: own for key, own in sections.items() if own}, key
    )


def named(content: Any) -> dict[str, Any]:
    """The sections of a list by their names, without these; none unless all names differ."""
    if not (isinstance(content, list) and all(isinstance(each, dict) for each in content)):
        return {}
    sections = {
        each["name"]: {key: value for key, value in each.items() if key != "name"}
        for each in content
        if isinstance(each.get("name"), str)
    }
    return sections if len(sections) == len(content) else {}
