"""Imports between the folders of fer2013/."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

LIBRARY = REPOSITORY / "fer2013"
ROOMS = sorted(path.parent.name for path in LIBRARY.glob("*/__init__.py"))


def imported_by(path: Path) -> set[str]:
    """The modules that a file imports, anywhere in it: fer2013.core.parts, numpy …"""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports by a relative name"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def neighbours(room: str) -> set[str]:
    """The other rooms that a room's files import from."""
    imported = set().union(*(imported_by(path) for path in (LIBRARY / room).rglob("*.py")))
    own = [name.split(".") for name in imported if name.startswith("fer2013.")]
    return {parts[1] for parts in own} - {room}


def test_rooms_import_one_another_without_circles() -> None:
    graph = {room: neighbours(room) for room in ROOMS}
    assert set().union(*graph.values()) <= graph.keys()
    order = list(TopologicalSorter(graph).static_order())  # CycleError names a circle
    assert sorted(order) == ROOMS


def test_runtime_imports_no_other_room() -> None:
    """No stage declares it, so nothing in it may depend on what computes a result."""
    assert neighbours("runtime") == set()


@pytest.mark.parametrize(
    "path", sorted(LIBRARY.glob("*/__init__.py")), ids=lambda path: path.parent.name
)
def test_a_rooms_init_holds_its_docstring_alone(path: Path) -> None:
    """A stage that declares single files of a room imports the room's __init__.py too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


def test_everything_lies_in_a_room() -> None:
    """But for what `python -m fer2013` and `from fer2013 import …` need."""
    assert {path.name for path in LIBRARY.glob("*.py")} == {"__init__.py", "__main__.py"}
