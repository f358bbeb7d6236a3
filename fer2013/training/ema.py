"""An exponential moving average (EMA) of a network's weights, which is validated and kept instead.

Late steps jump around a minimum; their average lies closer to it (Polyak & Juditsky 1992; Morales-
Brotons et al. 2024, arXiv:2411.18704). Batch normalisation's running statistics are averaged with
the weights that they belong to.
"""

from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

Tensors = list[Tensor] | tuple[Tensor, ...]


def ema_of(network: nn.Module, decay: float) -> AveragedModel:
    """Start an average of a network; its `update_parameters` takes in what a step has made.

    At first it follows faster, so that the untrained weights are soon forgotten.
    """

    def follow(averages: Tensors, current: Tensors, _: Tensor | int) -> None:
        if not averages[0].is_floating_point():  # batch normalisation counts its batches
            for average, value in zip(averages, current, strict=True):
                average.copy_(value)
            return
        steps = int(ema.n_averaged)
        early = (1 + steps) / (10 + steps)
        get_ema_multi_avg_fn(min(decay, early))(averages, current, steps)

    ema = AveragedModel(network, multi_avg_fn=follow, use_buffers=True)
    ema.n_averaged = ema.n_averaged.cpu()  # else each step would wait for the GPU to read it
    return ema
