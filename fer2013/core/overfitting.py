"""A sanity check of every network: can it memorise a handful of faces?

A network that cannot has a bug. There is no augmentation, no balancing and no schedule: each step
has one batch of all the faces, with Adam and cross entropy. Accuracy is measured in eval mode, so
the running statistics of batch normalisation have to be right too.
"""

from typing import Annotated, Any

import torch
import torch.nn.functional as F
from pydantic import Field

from fer2013.core import networks
from fer2013.core.constants import CLASSES
from fer2013.core.device import prepare
from fer2013.core.metrics import accuracy
from fer2013.core.parts import Part
from fer2013.core.sections import Count, Device, Positive, Section, Seed
from fer2013.core.seeds import derive_seed
from fer2013.runtime.errors import BadInput


class Overfit(Section):
    faces: Annotated[int, Field(ge=7)]  # at least one of each class
    epochs: Count
    lr: Positive
    seed: Seed
    device: Device
    threads: Count


def overfit(network_options: dict[str, Any], part: Part, options: Overfit) -> dict[str, Any]:
    """Train until all faces are classified correctly, for at most `options.epochs` epochs.

    → the number of faces, of epochs, and the final accuracy

    Raises:
        BadInput: as `choose_faces`.
    """
    device = prepare(options.device, options.threads).device
    faces = choose_faces(part, options.faces, options.seed)
    x = (faces.faces.to(device).float() / 255 - 0.5) / 0.5  # uint8 → float32 [N, 1, 48, 48]
    y = faces.labels.to(device)
    torch.manual_seed(derive_seed(options.seed, "overfit"))
    network = networks.build(network_options).to(device)
    optimizer = torch.optim.Adam(network.parameters(), lr=options.lr)
    correct, epoch = 0.0, 0
    while correct < 1 and epoch < options.epochs:
        optimizer.zero_grad()
        F.cross_entropy(network.train()(x), y).backward()
        optimizer.step()
        epoch += 1
        with torch.inference_mode():
            correct = accuracy(network.eval()(x).argmax(dim=1), y)  # [N, 7] → [N]
    return {"faces": len(faces), "epochs": epoch, "accuracy": round(correct, 6)}


def choose_faces(part: Part, count: int, seed: int) -> Part:
    """Choose faces of each class that occurs; the numbers by class differ by at most one.

    Raises:
        BadInput: a class has too few faces that are neither blank nor labelled in two ways.
    """
    generator = torch.Generator().manual_seed(derive_seed(seed, "handful"))
    order = torch.randperm(len(part), generator=generator)
    order = order[~(part.blank | part.conflicting)[order]]
    chosen = []
    present = torch.unique(part.labels).tolist()
    for index, code in enumerate(present):
        wanted = count // len(present) + (index < count % len(present))
        found = order[part.labels[order] == code][:wanted]
        if len(found) < wanted:
            raise BadInput(
                f"params.yaml: overfit.faces {count} needs {wanted} faces of {CLASSES[code]}; "
                f"train has {len(found)} that are neither blank nor conflicting; lower it."
            )
        chosen.append(found)
    return part.where(torch.cat(chosen))
