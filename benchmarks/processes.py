"""Compare training with 1, 2 and 3 processes: one epoch of each model.

    python -m benchmarks.processes vit resnet

It prints a line for each run: the losses of the first epoch, the validation accuracy and a hash of
the weights' bytes. Each run is made twice, with one thread per process. It needs the tensors of the
real data (dvc repro tensors).
"""

import hashlib
import sys
from functools import partial
from pathlib import Path

from fer2013.core import distributed
from fer2013.core.config import Config, merge, resolve
from fer2013.core.loop import train
from fer2013.core.parts import read_part
from fer2013.core.run import Trained
from fer2013.core.sections import PARAMS, check, read_yaml
from fer2013.runtime.resume_file import ResumeFile

EPOCHS = 1
PROCESSES = (1, 2, 3)


def main() -> None:
    print("| model | processes | train loss | val loss | val accuracy | weights | images/s |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for model in sys.argv[1:]:
        for processes in PROCESSES:
            for _ in range(2):
                config = configured(model, processes)
                distributed.run(partial(one_process, model, config), processes)


def configured(model: str, processes: int) -> Config:
    config = resolve(read_yaml(PARAMS), model).model_dump()
    changes = {"epochs": EPOCHS, "processes": processes, "threads": 1}
    return check(Config, merge(config, {"train": changes}), model)


def one_process(model: str, config: Config) -> None:
    parts = [read_part(Path(f"data/tensors/{part}.safetensors")) for part in ("train", "val")]
    resume = ResumeFile(f"benchmark-{model}")
    trained = train(config, config.train.prepare(), parts[0], parts[1], resume)
    resume.delete()
    if distributed.is_rank0():
        row = trained.history[-1]
        print(
            f"| `{model}` | {config.train.processes} | {row['train_loss']:.6f} "
            f"| {row['val_loss']:.6f} | {row['val_accuracy']:.2%} | {digest(trained)} "
            f"| {row['images_per_second']:.0f} |",
            flush=True,
        )


def digest(trained: Trained) -> str:
    total = hashlib.blake2b(digest_size=4)
    for name in sorted(trained.weights):
        total.update(trained.weights[name].numpy().tobytes())
    return total.hexdigest()


if __name__ == "__main__":
    main()
