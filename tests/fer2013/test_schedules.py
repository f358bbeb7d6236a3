import pytest
import torch

from fer2013.training.config import WarmRestarts, WarmupCosine, WarmupLinear
from fer2013.training.schedules import constant, warm_restarts, warmup_cosine, warmup_linear


def test_warm_restarts_are_pytorchs_stepped_per_epoch() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=10)
    options = WarmRestarts(name="warm_restarts", period=10)
    for epoch in range(35):
        for part_of_epoch in (0, 0.5, 0.99):
            ours = 0.1 * warm_restarts(epoch + part_of_epoch, 50, options)
            assert ours == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()


def test_warmup_cosine() -> None:
    options = WarmupCosine(name="warmup_cosine", warmup=2)
    assert [warmup_cosine(t, 12, options) for t in (0, 1, 2)] == [0, 0.5, 1]
    assert warmup_cosine(7, 12, options) == pytest.approx(0.5)
    assert warmup_cosine(12, 12, options) == pytest.approx(0)


def test_warmup_linear() -> None:
    options = WarmupLinear(name="warmup_linear", warmup_share=0.2)
    shares = [warmup_linear(time, 10, options) for time in (0, 1, 2, 6, 10)]
    assert shares == pytest.approx([0, 0.5, 1, 0.5, 0])
    assert warmup_linear(0, 10, WarmupLinear(name="warmup_linear", warmup_share=0)) == 1


def test_constant() -> None:
    assert constant(17.3, 50, None) == 1
