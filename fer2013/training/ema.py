"""An exponential moving average (EMA) of a network's weights.

The average is validated and saved instead of the weights. Late steps jump around a minimum, and
their average lies closer to it (Polyak & Juditsky 1992; Morales-Brotons et al. 2024,
arXiv:2411.18704). The running statistics of batch normalisation are averaged too.
"""

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

Tensors = list[Tensor] | tuple[Tensor, ...]


def make_ema(network: nn.Module, decay: float) -> AveragedModel:
    """Create the average of a network; call its `update_parameters` after each step.

    In the first steps the decay is lower, so that the initial weights are soon forgotten.
    """

    def update(averages: Tensors, current: Tensors, _: Tensor | int) -> None:
        if not averages[0].is_floating_point():  # batch normalisation counts its batches
            for average, value in zip(averages, current, strict=True):
                average.copy_(value)
            return
        steps = int(ema.n_averaged)
        early = (1 + steps) / (10 + steps)
        get_ema_multi_avg_fn(min(decay, early))(averages, current, steps)

    ema = AveragedModel(network, multi_avg_fn=update, use_buffers=True)
    ema.n_averaged = ema.n_averaged.cpu()  # reading it from the GPU would make each step wait
    return ema
