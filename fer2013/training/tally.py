"""Losses and predictions of an epoch's training steps."""

import torch
from torch import Tensor

from fer2013.base.metrics import accuracy, macro_f1
from fer2013.training import distributed
from fer2013.training.steps import Step


class Tally:
    """They are collected on the device and fetched once: reading one in each step would wait for
    the GPU."""

    def __init__(self, labels: Tensor, batches: int, device: torch.device) -> None:
        """`labels` are in the epoch's order, int64 [faces of the epoch]."""
        self.labels = labels
        self.losses = torch.zeros(batches, dtype=torch.float64, device=device)
        self.predicted = torch.zeros_like(labels, device=device)

    def add(self, step: Step, loss: Tensor, logits: Tensor) -> None:
        """`loss` is the shard's mean loss, `logits` [B, 7] its faces'."""
        self.losses[step.index] = loss.double() * step.weight * len(step.batch.faces)
        # A batch too small to be cut goes to every process: then only one of them counts it.
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
