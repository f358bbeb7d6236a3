from typing import get_args

import pytest
import torch
from torch import nn

from fer2013.base.sections import read_yaml
from fer2013.model.inference import VIEWS, network_input, predict
from fer2013.training.config import View, overlaid, resolve
from tests.conftest import REPOSITORY

PARAMS = read_yaml(REPOSITORY / "params.yaml")


@pytest.fixture
def ramp() -> torch.Tensor:
    """Grey that grows to the right, by 1/48 a pixel. → [1, 1, 48, 48]"""
    return ((torch.arange(48) + 0.5) / 48).expand(1, 1, 48, 48)


def test_params_may_name_every_view_and_no_other() -> None:
    assert set(get_args(View)) == VIEWS.keys()


@pytest.mark.parametrize(("view", "by"), [("larger", 1.08), ("smaller", 0.93)])
def test_a_scaled_face_grows_about_its_centre(ramp: torch.Tensor, view: str, by: float) -> None:
    inner = slice(4, 44)  # beyond it the border is reflected
    found = VIEWS[view](ramp)[0, 0, :, inner]
    expected = 0.5 + (ramp[0, 0, :, inner] - 0.5) / by
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(VIEWS[f"{view}_flip"](ramp), VIEWS[view](ramp).flip(-1))


def test_no_view_leaves_the_greys_there_are() -> None:
    grey = torch.rand(3, 1, 48, 48, generator=torch.Generator().manual_seed(0))
    for view in VIEWS.values():
        assert view(grey).min() >= 0
        assert view(grey).max() <= 1


@pytest.mark.filterwarnings("error")  # a deviation of nothing, the scale of nothing
def test_of_no_faces_nothing_is_predicted() -> None:
    params = overlaid(PARAMS, {"evaluate": {"views": list(VIEWS)}, "normalize": {"name": "face"}})
    faces = torch.empty(0, 1, 48, 48, dtype=torch.uint8)
    network = nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, 7))
    assert predict(network, faces, resolve(params, "resnet")).shape == (0, 7)


def test_a_prediction_is_the_mean_over_the_views() -> None:
    views = ["plain", "flip", "larger"]
    params = overlaid(PARAMS, {"evaluate": {"views": views, "batch_size": 2}})
    config = resolve(params, "resnet")
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, 7))
    faces = torch.randint(0, 256, (5, 1, 48, 48), dtype=torch.uint8)
    each = [
        network(network_input(VIEWS[view](faces.float() / 255), config)).softmax(dim=1)
        for view in views
    ]
    mean = torch.stack(each).mean(dim=0)
    torch.testing.assert_close(predict(network, faces, config), mean)
