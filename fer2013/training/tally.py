"""Losses and predictions of an epoch's training steps."""

import torch
from torch import Tensor

from fer2013.base.metrics import accuracy, macro_f1
from fer2013.training import distributed
from fer2013.training.steps import Step


class Tally:
    """Collects them on the device: reading them in each step would make the loop wait for it."""

    def __init__(self, labels: Tensor, batches: int, device: torch.device) -> None:
        """`labels` are in the epoch's order, int64 [number of faces in the epoch]."""
        self.labels = labels
        self.losses = torch.zeros(batches, dtype=torch.float64, device=device)
        self.predicted = torch.zeros_like(labels, device=device)

    def add(self, step: Step, loss: Tensor, logits: Tensor) -> None:
        """`loss` is the shard's mean loss, `logits` [B, 7] are those of its faces."""
        self.losses[step.index] = loss.double() * step.weight * len(step.batch.faces)
        # Every process has the whole of a batch that is too small to be cut: only rank 0 counts it.
        if distributed.is_rank0() or step.shard is not step.batch:
            self.predicted[step.shard.span] = logits.argmax(dim=1)

    def totals(self) -> dict[str, float]:
        """Loss, accuracy and macro-F1 of the epoch over all processes."""
        losses = distributed.all_reduce_sum(self.losses).tolist()
        predicted = distributed.all_reduce_sum(self.predicted).cpu()
        return {
            "train_loss": sum(losses) / len(self.labels),
            "train_accuracy": accuracy(predicted, self.labels),
            "train_macro_f1": macro_f1(predicted, self.labels),
        }
