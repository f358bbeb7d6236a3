import torch
from torch import nn

from fer2013.training.ema import make_ema


def test_it_is_the_exponential_average_that_follows_faster_at_first() -> None:
    network = nn.Linear(1, 1, bias=False)
    ema = make_ema(network, decay=0.5)
    averaged = ema.get_parameter("module.weight")
    expected = 0.0
    for step in range(30):
        network.weight.data.fill_(float(step**2))
        ema.update_parameters(network)
        decay = min(0.5, (1 + step) / (10 + step)) if step > 0 else 0
        expected = decay * expected + (1 - decay) * step**2
        assert torch.allclose(averaged, torch.tensor(expected)), step


def test_running_statistics_are_averaged_too() -> None:
    network = nn.BatchNorm2d(1)
    ema = make_ema(network, decay=0.75)
    network.running_mean = torch.tensor([4.0])
    ema.update_parameters(network)
    ema.n_averaged += 1000  # long after the start
    network.running_mean = torch.tensor([8.0])
    network.num_batches_tracked = torch.tensor(7)
    ema.update_parameters(network)
    assert ema.module.running_mean == torch.tensor([5.0])
    assert ema.module.num_batches_tracked == torch.tensor(7)


def test_the_network_itself_is_left_alone() -> None:
    network = nn.Linear(2, 2)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    ema = make_ema(network, decay=0.9)
    ema.update_parameters(network)
    ema.get_parameter("module.weight").data.fill_(0)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
