"""How well copies of a photograph are found: precision and recall, from pairs judged by eye.

    dvc repro ingest
    python -m benchmarks.copies

benchmarks/copies.csv holds pairs of Training rows (0-based) and whether they show the same
photograph, however cut, marked or changed in light; another shot of the same person is "no". Those
chosen by similarity were drawn at random from each range of it, and judged shuffled, without
seeing it. Those chosen by features are neighbours by what `champion` computes before its last
layer, in pairs that an earlier version of the finder had not called copies.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from fer2013.core.constants import TRAINING
from fer2013.data.copies import candidates, compared
from fer2013.data.faces import read_faces
from fer2013.runtime.errors import exit_on_bad_input

VERDICTS = Path("benchmarks/copies.csv")
Judged = dict[Any, np.ndarray]  # by range and whether grouped: 1 the same photograph, 0 not

EDGES = [-1, 0.8, 0.84, 0.86, 0.88, 0.9, 0.92, 0.94, 0.96, 0.98, 1.01]  # of similarity
DRAWS = 2000


def main() -> None:
    pairs = similar_pairs()
    verdicts = pd.read_csv(VERDICTS).merge(pairs, how="left", on=["first", "second"])
    drawn = verdicts[verdicts.chosen_by == "similarity"]
    counts = pairs.groupby(["range", "together"], observed=True).size()
    judged = {
        cell: (rows.same == "yes").to_numpy(float)
        for cell, rows in drawn.groupby(["range", "together"], observed=True)
    }
    rng = np.random.default_rng(0)
    resampled = [
        precision_and_recall(counts, {cell: rng.choice(s, len(s)) for cell, s in judged.items()})
        for _ in range(DRAWS)
    ]
    low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
    for index, name in enumerate(("precision", "recall")):
        value = precision_and_recall(counts, judged)[index]
        print(f"{name} {value:.1%} (95 %: {low[index]:.1%} to {high[index]:.1%})")
    print(table(counts, judged))
    missed = verdicts[(verdicts.chosen_by == "features") & (verdicts.same == "yes")]
    photograph = training_faces()[1].set_index("row").photograph
    found = photograph[missed["first"]].to_numpy() == photograph[missed["second"]].to_numpy()
    print(f"of {len(found)} copies among the neighbours by features {found.sum()} are found")


def training_faces() -> tuple[np.ndarray, pd.DataFrame]:
    pixels, rows = read_faces(Path("data/faces"))
    chosen = (rows.usage == TRAINING).to_numpy()
    return pixels[chosen], rows[chosen]


def similar_pairs() -> pd.DataFrame:
    """Every pair that the finder compares: rows, similarity and its range, whether grouped."""
    pixels, rows = training_faces()
    rows = rows.reset_index(drop=True)
    distinct = np.flatnonzero(~rows.same_as.duplicated())
    found, views = candidates(pixels[distinct])
    first, second = distinct[found.first], distinct[found.second]
    photograph = rows.photograph.to_numpy()
    pairs = pd.DataFrame(
        {
            "first": rows.row.to_numpy()[first],
            "second": rows.row.to_numpy()[second],
            "similarity": compared(pixels[distinct], found, views),
            "together": photograph[first] == photograph[second],
        }
    )
    pairs = pairs.sort_values("similarity").drop_duplicates(["first", "second"], keep="last")
    return pairs.assign(range=pd.cut(pairs.similarity, EDGES, right=False))


def precision_and_recall(counts: pd.Series, judged: Judged) -> tuple[float, float]:
    """Each cell counts with the number of pairs that it stands for."""
    copies = {cell: counts[cell] * same.mean() for cell, same in judged.items()}
    together = sum(count for (_, grouped), count in counts.items() if grouped)
    found = sum(number for (_, grouped), number in copies.items() if grouped)
    return found / together, found / sum(copies.values())


def table(counts: pd.Series, judged: Judged) -> str:
    lines = [
        "| similarity | in one group | pairs | judged | the same photograph |",
        "|---|---|---|---|---|",
    ]
    for (similarity, grouped), count in counts.items():
        same = judged.get((similarity, grouped), np.empty(0))
        group = "yes" if grouped else "no"
        lines.append(f"| {similarity} | {group} | {count:,} | {len(same)} | {same.sum():.0f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    exit_on_bad_input(main)
