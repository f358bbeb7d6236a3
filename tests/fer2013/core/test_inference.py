import pytest
import torch
from torch import nn

from fer2013.core.device import CPU
from fer2013.core.inference import VIEWS, Evaluate, Face, Fixed, Predictor, View, to_grey, to_input

FIXED, FACE = Fixed(name="fixed", mean=0.5, std=0.25), Face(name="face")
FLIPPED: dict[View, View] = {"larger": "larger_flip", "smaller": "smaller_flip"}


def test_fixed_is_the_same_for_every_pixel() -> None:
    grey = torch.rand(5, 1, 48, 48, generator=torch.Generator().manual_seed(0))
    assert torch.equal(FIXED.apply(grey), (grey - 0.5) / 0.25)


def test_a_face_gets_mean_0_and_a_deviation_of_about_1_or_0_if_it_is_blank() -> None:
    grey = torch.rand(5, 1, 48, 48, generator=torch.Generator().manual_seed(0))
    normalised = FACE.apply(grey)
    assert torch.allclose(normalised.mean(dim=(1, 2, 3)), torch.zeros(5), atol=1e-5)
    assert torch.allclose(normalised.std(dim=(1, 2, 3)), torch.ones(5), atol=0.1)
    assert torch.equal(FACE.apply(torch.full((1, 1, 48, 48), 0.5)), torch.zeros(1, 1, 48, 48))


@pytest.mark.parametrize(("view", "by"), [("larger", 1.08), ("smaller", 0.93)])
def test_a_zoomed_face_grows_about_its_centre(view: View, by: float) -> None:
    ramp = ((torch.arange(48) + 0.5) / 48).expand(1, 1, 48, 48)  # grows to the right
    inner = slice(4, 44)  # beyond it the border is reflected
    found = VIEWS[view](ramp)[0, 0, :, inner]
    expected = 0.5 + (ramp[0, 0, :, inner] - 0.5) / by
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(VIEWS[FLIPPED[view]](ramp), VIEWS[view](ramp).flip(-1))


@pytest.mark.filterwarnings("error")  # a deviation of nothing, the scale of nothing
def test_of_no_faces_nothing_is_predicted() -> None:
    faces = torch.empty(0, 1, 48, 48, dtype=torch.uint8)
    network = nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, 7))
    predictor = Predictor(network, FACE, Evaluate(batch_size=8, views=list(VIEWS)))
    assert predictor.probabilities(faces).shape == (0, 7)


def test_a_prediction_is_the_mean_over_the_views() -> None:
    views: list[View] = ["plain", "flip", "larger"]
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(48 * 48, 7))
    faces = torch.randint(0, 256, (5, 1, 48, 48), dtype=torch.uint8)
    each = []
    for view in views:
        grey = VIEWS[view](to_grey(faces, CPU))
        each.append(network(to_input(grey, FIXED, CPU)).softmax(dim=1))
    mean = torch.stack(each).mean(dim=0)
    predictor = Predictor(network, FIXED, Evaluate(batch_size=2, views=views))
    torch.testing.assert_close(predictor.probabilities(faces), mean)
