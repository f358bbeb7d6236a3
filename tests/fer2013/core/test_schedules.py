import pytest
import torch

from fer2013.core.schedules import Constant, WarmRestarts, WarmupCosine, WarmupLinear


def test_warm_restarts_are_pytorchs_stepped_per_epoch() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=10)
    schedule = WarmRestarts(name="warm_restarts", period=10)
    for epoch in range(35):
        for part_of_epoch in (0, 0.5, 0.99):
            ours = 0.1 * schedule.factor(epoch + part_of_epoch, 50)
            assert ours == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        theirs.step()


def test_warmup_cosine() -> None:
    schedule = WarmupCosine(name="warmup_cosine", warmup=2)
    assert [schedule.factor(t, 12) for t in (0, 1, 2)] == [0, 0.5, 1]
    assert schedule.factor(7, 12) == pytest.approx(0.5)
    assert schedule.factor(12, 12) == pytest.approx(0)


def test_warmup_linear() -> None:
    schedule = WarmupLinear(name="warmup_linear", warmup_share=0.2)
    factors = [schedule.factor(time, 10) for time in (0, 1, 2, 6, 10)]
    assert factors == pytest.approx([0, 0.5, 1, 0.5, 0])
    assert WarmupLinear(name="warmup_linear", warmup_share=0).factor(0, 10) == 1


def test_constant() -> None:
    assert Constant(name="constant").factor(17.3, 50) == 1
