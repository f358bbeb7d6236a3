from typing import Any

from tools.review.parameters import compared

FLIP = {"name": "flip", "p": 0.5}
ROTATE = {"name": "rotate", "degrees": 10, "p": 0.5}


def augment(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"augment": list(entries)}


def test_a_changed_value_is_named_by_its_key() -> None:
    before = {"optim": {"name": "adamw", "lr": 0.001}}
    after = {"optim": {"name": "adamw", "lr": 0.0005}}
    assert compared(before, after) == [("optim.lr", "0.001", "0.0005")]
    assert compared(after, after) == []


def test_an_augmentation_is_named() -> None:
    after = augment(FLIP, ROTATE | {"degrees": 15})
    changes = compared(augment(FLIP, ROTATE), after)
    assert changes == [("augment.rotate.degrees", "10", "15")]


def test_another_order_is_a_change() -> None:
    changes = compared(augment(FLIP, ROTATE), augment(ROTATE, FLIP))
    assert changes == [("augment", "flip, rotate", "rotate, flip")]


def test_an_added_or_removed_value_is_empty_on_one_side() -> None:
    assert compared({"a": 1}, {"b": None}) == [("b", "absent", "null"), ("a", "1", "absent")]


def test_a_list_that_becomes_empty_is_a_change() -> None:
    keys = [key for key, *_ in compared(augment(FLIP), augment())]
    assert keys == ["augment", "augment.flip.p"]
