"""A temporary folder in which the pipeline's data stages and the notebook read the same file."""

import contextlib
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path

import pandas as pd
import yaml

from benchmarks import notebook
from fer2013.core.config import Config, resolve
from fer2013.core.parts import Part, read_part
from fer2013.core.sections import PARAMS, read_yaml
from fer2013.data.csv_sources import find_sources
from stages import ingest, split, tensors


@dataclass
class Workspace:
    folder: Path
    models: list[str]
    rounds: int
    steps: int

    def open(self, source: Path, rows: int | None) -> None:
        """Set the folder up with the training file, or its first rows, and params.yaml."""
        if (self.folder / PARAMS).exists():
            return
        original = find_sources(source)[0].path.resolve()
        copy = self.csv / original.name
        self.csv.mkdir()
        if rows is None:
            copy.symlink_to(original)
        else:
            with original.open("rb") as file:
                copy.write_bytes(b"".join(islice(file, 1 + rows)))
        params = read_yaml(PARAMS)
        params["data"]["folder"] = str(self.csv)
        (self.folder / PARAMS).write_text(yaml.safe_dump(params, sort_keys=False))

    @property
    def csv(self) -> Path:
        return self.folder / "csv"

    def config(self, model: str) -> Config:
        config = resolve(read_yaml(self.folder / PARAMS), model)
        return config.model_copy(update={"teachers": None})  # time the model without teachers

    def ingest(self) -> None:
        with contextlib.chdir(self.folder):
            ingest.main()

    def prepare(self) -> None:
        """Run the pipeline's stages from the file to tensors."""
        self.ingest()
        with contextlib.chdir(self.folder):
            split.main()
            tensors.main()

    def part(self, name: str) -> Part:
        """One of the parts of the data set, which is prepared if it is missing."""
        path = self.folder / "data/tensors" / f"{name}.safetensors"
        if not path.exists():
            self.prepare()
        return read_part(path)

    @cached_property
    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The notebook's rows for training and validation."""
        return notebook.split(notebook.read_csv(self.csv))
