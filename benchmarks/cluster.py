"""How long `make cluster` takes for many jobs: to submit them, and to merge what they made.

    python -m benchmarks.cluster 1200

1,200 are 12 models × 5 seeds × 20 settings. They are submitted to a slurmctld of its own with 50
nodes, none of which answers, so that nothing runs. For the merge, as many stand-ins for trainings
have left a tree each, with a real entry of dvc.lock and the history of its epochs; that time is the
processor's, so that other work on the machine does not count.
"""

import argparse
import copy
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fer2013.runtime.errors import exit_on_bad_input
from tests.slurm import Cluster, why_not
from tools.cluster.plan import DATA, RESULTS, Job, Plan
from tools.cluster.resources import Resources
from tools.cluster.slurm import options_of, sbatch
from tools.cluster.trees import LOCK, Run, read_lock, write_lock

NODES = 50
ENTRY = "train_resnet"
HISTORY = Path("metrics/epochs/resnet.tsv")


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m benchmarks.cluster")
    options.add_argument("jobs", type=int)
    count = options.parse_args().jobs
    print("| what | seconds | |\n|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="cluster-") as folder:
        measure_merge(Path(folder), count)
        reason = why_not()
        if reason:
            print(f"| submit | | {reason} |")
        else:
            measure_submission(Path(folder), count)


def measure_merge(folder: Path, count: int) -> None:
    run, tree = stand_in(folder, count)
    begin = time.process_time()
    run.take_over(tree, run.plan.jobs)
    run.sort_lock(tree)
    seconds = time.process_time() - begin
    merged = read_lock(tree)
    size = (tree / LOCK).stat().st_size / 1e6
    assert len(merged) == count
    print(
        f"| merge {count} entries of dvc.lock | {seconds:.1f} | it has {size:.1f} MB |", flush=True
    )


def stand_in(folder: Path, count: int) -> tuple[Run, Path]:
    """A run whose jobs have each left a tree with one training, and the tree to merge them in."""
    names = [f"train_{number}" for number in range(count)]
    jobs = [Job(name, [name], [], []) for name in names]
    histories = {name: [f"metrics/epochs/{name}.tsv"] for name in names}
    run = Run(folder / "run")
    Plan("", str(folder), "", names, histories, jobs).write(run.folder / "plan.json")
    entry = read_lock(Path())[ENTRY]
    for number, name in enumerate(names):
        own = copy.deepcopy(entry)
        own["outs"][0] |= {"path": histories[name][0], "md5": f"{number:032x}"}
        tree = run.trees / name
        (tree / "metrics/epochs").mkdir(parents=True)
        write_lock(tree, {name: own})
        shutil.copy(HISTORY, tree / histories[name][0])
    merged = run.trees / RESULTS
    merged.mkdir()
    return run, merged


def measure_submission(folder: Path, count: int) -> None:
    """Time `count` jobs that wait for another, one by one, and the same as one array."""
    run = Run(folder / "run")
    with controller(folder / "slurm") as slurm:
        first = sbatch(options_of(run, Job(DATA, [], [], []), {}, 120), ["true"], slurm)
        options = options_of(run, Job("model", [], [], [DATA]), {DATA: first}, 120)
        options += Resources().as_options(1)
        begin = time.perf_counter()
        for _ in range(count):
            sbatch(options, ["true"], slurm)
        seconds = time.perf_counter() - begin
        each = f"{1000 * seconds / count:.0f} ms each"
        print(f"| submit {count} jobs, one by one | {seconds:.1f} | {each} |", flush=True)
        begin = time.perf_counter()
        sbatch([*options, f"--array=1-{count}"], ["true"], slurm)
        seconds = time.perf_counter() - begin
        print(f"| submit {count} jobs as an array | {seconds:.2f} | |", flush=True)


@contextmanager
def controller(folder: Path) -> Iterator[dict[str, str]]:
    """The environment of a slurmctld whose nodes do not answer."""
    cluster = Cluster(folder, NODES)
    try:
        cluster.start(with_nodes=False)
        yield cluster.environment
    finally:
        cluster.stop()


if __name__ == "__main__":
    exit_on_bad_input(main)
