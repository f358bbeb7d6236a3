"""fer2013 predict: the faces of pictures, folders, videos and CSV files, and their expressions."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path

from fer2013.predict.crops import Box
from fer2013.predict.detection import MIN_SCORE
from fer2013.predict.drawing import Drawings
from fer2013.predict.loading import DEFAULT, load_model
from fer2013.predict.model import Face, Model, as_face
from fer2013.predict.progress import Progress
from fer2013.predict.records import DOMAIN, Csv, Json, Lines, Writer
from fer2013.predict.sources import Shot, count_shots, find_sources, shots
from fer2013.runtime.errors import BadInput, exit_on_bad_input

AT_ONCE = 32  # pictures whose faces are classified together
PIXELS_AT_ONCE = 4_000_000  # but no more of larger ones, so that little memory is taken


@dataclass(frozen=True)
class Broken:
    source: str
    reason: str


def main() -> None:
    exit_on_bad_input(_main)


def _main() -> None:
    options = parser().parse_args()
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # damaged files are told of by us
    sources = find_sources(options.sources)
    model = load_model(options.model, int8=options.int8)
    drawings = Drawings(options.draw, sources) if options.draw else None
    form = Json if options.json else Csv if options.csv else Lines
    writer: Writer = form(sys.stdout, model)
    try:
        broken = predict(model, sources, writer, drawings, options.min_score)
        sys.stdout.flush()
    except BrokenPipeError:  # such as `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    if form is Lines and model.accuracy is not None:
        print(f"{model.name}: {model.accuracy}. {DOMAIN}", file=sys.stderr)
    if broken:
        raise BadInput(f"{broken} of {len(sources)} files could not be read (named above).")


def predict(
    model: Model,
    sources: list[str],
    writer: Writer,
    drawings: Drawings | None = None,
    min_score: float = MIN_SCORE,
) -> int:
    """Write the faces of all sources, and draw them. → how many sources could not be read"""
    counts = [count_shots(source) for source in sources]
    progress = Progress(None if None in counts else sum(count or 0 for count in counts))
    broken = 0
    with closing(writer), drawings or nullcontext():
        for batch in batches(read_all(sources)):
            progress.clear()
            there = [item for item in batch if isinstance(item, Shot)]
            answers = iter(faces_of(model, there, min_score))
            for item in batch:
                if isinstance(item, Broken):
                    broken += 1
                    print(f"error: {item.reason}", file=sys.stderr)
                    writer.write_error(item.source, item.reason)
                    continue
                faces = next(answers)
                writer.write(item, faces)
                if drawings is not None:
                    drawings.add(item, faces)
            progress.add(len(there))
    progress.clear()
    return broken


def read_all(sources: list[str]) -> Iterator[Shot | Broken]:
    """All pictures; one that cannot be read does not keep the others from it."""
    for source in sources:
        try:
            yield from shots(source)
        except BadInput as error:
            yield Broken(source, str(error))


def batches(items: Iterable[Shot | Broken]) -> Iterator[list[Shot | Broken]]:
    batch: list[Shot | Broken] = []
    pixels = 0
    for item in items:
        batch.append(item)
        pixels += item.picture.size if isinstance(item, Shot) else 0
        if len(batch) == AT_ONCE or pixels > PIXELS_AT_ONCE:
            yield batch
            batch, pixels = [], 0
    if batch:
        yield batch


def faces_of(model: Model, batch: list[Shot], min_score: float) -> list[list[Face]]:
    if any(shot.is_face for shot in batch) and not all(shot.is_face for shot in batch):
        return [face for shot in batch for face in faces_of(model, [shot], min_score)]
    pictures = [shot.picture for shot in batch]
    if batch and batch[0].is_face:
        height, width = batch[0].picture.shape
        whole = Box(0, 0, width, height)
        return [[as_face(whole, answer, 1.0)] for answer in model.classify(pictures)]
    return model.faces_in(pictures, min_score=min_score)


def parser() -> argparse.ArgumentParser:
    commands = argparse.ArgumentParser(prog="fer2013", description="Facial expressions.")
    predict_command = commands.add_subparsers(required=True).add_parser(
        "predict", help="find faces and tell their expressions", description=__doc__
    )
    add = predict_command.add_argument
    add(
        "sources",
        nargs="+",
        metavar="PICTURE|FOLDER|VIDEO|CSV|-",
        help="files; a folder with those below it; - reads a picture from standard input",
    )
    add("--model", default=DEFAULT, help=f"name, folder or ONNX file (default: {DEFAULT})")
    add("--int8", action="store_true", help="take the file with weights in 8 bits")
    forms = predict_command.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print one JSON object")
    forms.add_argument("--csv", action="store_true", help="print a CSV row for each face")
    add("--draw", type=Path, metavar="OUT", help="draw faces into a file, or files into a folder")
    add(
        "--min-score",
        type=float,
        default=MIN_SCORE,
        metavar="SHARE",
        help=f"how sure the detector must be of a face, 0 to 1 (default: {MIN_SCORE})",
    )
    return commands


if __name__ == "__main__":
    main()
