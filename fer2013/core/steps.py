"""The input and target of each training step of an epoch, made from the training part.

order → batches → this process's shard → augmentation by albumentations (uint8)
      → grey levels in 0..1 → batch augmentation → normalisation → mixing → distillation
"""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from fer2013.core import distributed
from fer2013.core.batch_augment import BatchAugmenter
from fer2013.core.distillation import distillation_target
from fer2013.core.inference import to_grey, to_input
from fer2013.core.loading import load
from fer2013.core.mixing import Mixer
from fer2013.core.parts import Part
from fer2013.core.run import Run
from fer2013.core.sampling import Batch, shard


@dataclass(frozen=True)
class Step:
    batch: Batch  # the whole batch, of all processes
    shard: Batch  # the faces of the batch that this process trains on
    x: Tensor  # [B, 1, 48, 48], the network's input for the shard
    target: Tensor  # labels [B], or with mixing or distillation probabilities [B, 7]
    weight: float  # of the shard's mean loss in the whole batch's mean loss


def epoch_steps(run: Run, faces: Part, batches: list[Batch]) -> Iterator[Step]:
    """Yield the steps of an epoch; they do not depend on the number of worker processes."""
    config, compute, criterion = run.config, run.compute, run.criterion
    seed, epoch, epochs = config.seed, batches[0].epoch, config.train.epochs
    count, device = len(faces), compute.device
    augment = BatchAugmenter(config.augment_batch, seed, epoch, count=count, device=device)
    mix = Mixer(config.mix, seed, epoch, epochs, count=count, device=device)
    shards = [shard(batch, distributed.rank(), distributed.size()) for batch in batches]
    images = load(faces, shards, config, device)  # uint8 [B, 1, 48, 48] each
    for batch, own, pixels in zip(batches, shards, images, strict=True):
        grey = augment(to_grey(pixels, compute), own.span)
        x = to_input(grey, config.normalize, compute)
        labels = faces.labels[own.faces]
        x, target = mix(x, labels.to(device), own.span)
        if config.teachers:
            with compute.autocast():
                target = distillation_target(target, x, run.teachers, config.teachers.weight)
        # Of weighted faces, a shard counts by the sum of its weights, not by its size.
        whole = criterion.normalizer(faces.labels[batch.faces])
        yield Step(batch, own, x, target, weight=criterion.normalizer(labels) / whole)
