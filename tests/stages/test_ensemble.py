"""Error messages of the stage ensemble. tests/pipeline tests its results."""

from collections.abc import Callable
from pathlib import Path

import pytest
from dvc.utils.hydra import apply_overrides

from fer2013.runtime.errors import exit_on_bad_input
from stages import ensemble

Refused = Callable[..., str]


@pytest.fixture
def refused(in_copy: Path, monkeypatch: pytest.MonkeyPatch) -> Refused:
    """Run the stage with these members in params.yaml and these from dvc.yaml: its one sentence."""

    def run(members: str, *declared: str, weights: str = "null") -> str:
        changes = [f"ensemble.members={members}", f"ensemble.weights={weights}"]
        apply_overrides(in_copy / "params.yaml", changes)
        monkeypatch.setattr("sys.argv", ["ensemble", *declared])
        with pytest.raises(SystemExit) as exit_:
            exit_on_bad_input(ensemble.main)
        assert [path.name for path in in_copy.iterdir()] == ["params.yaml"]  # nothing is written
        return str(exit_.value.code)

    return run


def test_a_member_that_dvc_does_not_know_of_is_refused(refused: Refused) -> None:
    output = refused("[vit,resnet,basic_cnn]", "vit", "resnet")
    assert output == (
        "error: params.yaml: ensemble.members has vit, resnet, basic_cnn, but the ensemble stage "
        "of dvc.yaml gives vit, resnet; it needs a line for each member."
    )


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ("[vit]", "at least 2 items"),
        ("[vit,resnet,vit]", "'vit' is named more than once"),
        ("vit", "'vit' is wrong"),
    ],
)
def test_members_that_cannot_be_averaged_are_refused(
    refused: Refused, members: str, why: str
) -> None:
    output = refused(members, "vit")
    assert output.startswith("error: params.yaml: ensemble: members: ")
    assert why in output


@pytest.mark.parametrize(
    ("weights", "why"),
    [("[1]", "there are 2 members and 1 weights; give each"), ("[1,0]", "0 is wrong")],
)
def test_weights_that_do_not_fit_are_refused(refused: Refused, weights: str, why: str) -> None:
    output = refused("[vit,resnet]", "vit", "resnet", weights=weights)
    assert output.startswith("error: params.yaml: ensemble: ")
    assert why in output
