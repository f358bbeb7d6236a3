"""fer2013 predict: find faces in pictures, folders, videos and CSV files, and their expressions."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from fer2013.predict.crops import Box
from fer2013.predict.detection import MIN_SCORE
from fer2013.predict.drawing import Drawings
from fer2013.predict.loading import DEFAULT, load_model
from fer2013.predict.model import Face, Model, as_face
from fer2013.predict.progress import Progress
from fer2013.predict.records import CAVEAT, Csv, Json, Text, Writer
from fer2013.predict.sources import SourcePicture, count_pictures, find_sources, read_pictures
from fer2013.runtime.errors import BadInput, exit_on_bad_input

BATCH_SIZE = 32  # pictures whose faces are classified together
BATCH_BYTES = 4_000_000  # of larger pictures, fewer are in a batch, to save memory


@dataclass(frozen=True)
class Unreadable:
    source: str
    reason: str


Item: TypeAlias = SourcePicture | Unreadable


def main() -> None:
    exit_on_bad_input(_main)


def _main() -> None:
    options = parser().parse_args()
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # it would also report damaged files
    sources = find_sources(options.sources)
    drawings = Drawings(options.draw, sources) if options.draw else None
    model = load_model(options.model, int8=options.int8)
    if model.description.note:
        print(f"note: {model.description.note}", file=sys.stderr)
    form = Json if options.json else Csv if options.csv else Text
    writer: Writer = form(sys.stdout, model)
    try:
        broken = predict(model, sources, writer, drawings, options.min_score)
        sys.stdout.flush()
    except BrokenPipeError:  # such as `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    if form is Text and model.accuracy is not None:
        print(f"{model.name}: {model.accuracy}. {CAVEAT}", file=sys.stderr)
    if broken:
        raise BadInput(f"{broken} of {len(sources)} files could not be read (named above).")


def predict(
    model: Model,
    sources: list[str],
    writer: Writer,
    drawings: Drawings | None = None,
    min_score: float = MIN_SCORE,
) -> int:
    """Write the faces of all sources, and draw them. → the number of unreadable sources"""
    counts = [count_pictures(source) for source in sources]
    progress = Progress(None if None in counts else sum(count or 0 for count in counts))
    broken = 0
    with closing(writer), drawings or nullcontext():
        for batch in batches(read_all(sources)):
            progress.clear()
            pictures = [item for item in batch if isinstance(item, SourcePicture)]
            found = iter(find_faces(model, pictures, min_score))
            for item in batch:
                if isinstance(item, Unreadable):
                    broken += 1
                    print(f"error: {item.reason}", file=sys.stderr)
                    writer.write_error(item.source, item.reason)
                    continue
                faces = next(found)
                writer.write(item, faces)
                if drawings is not None:
                    drawings.add(item, faces)
            progress.add(len(pictures))
    progress.clear()
    return broken


def read_all(sources: list[str]) -> Iterator[Item]:
    """Read all sources; go on after one that cannot be read."""
    for source in sources:
        try:
            yield from read_pictures(source)
        except BadInput as error:
            yield Unreadable(source, str(error))


def batches(
    items: Iterable[SourcePicture | Unreadable],
) -> Iterator[list[SourcePicture | Unreadable]]:
    batch: list[SourcePicture | Unreadable] = []
    size = 0
    for item in items:
        batch.append(item)
        size += item.pixels.size if isinstance(item, SourcePicture) else 0
        if len(batch) == BATCH_SIZE or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def find_faces(model: Model, batch: list[SourcePicture], min_score: float) -> list[list[Face]]:
    """Find and classify the faces of each picture; a cropped face is classified as it is."""
    if len({picture.is_face for picture in batch}) > 1:
        return [faces for picture in batch for faces in find_faces(model, [picture], min_score)]
    pixels = [picture.pixels for picture in batch]
    if batch and batch[0].is_face:
        height, width = pixels[0].shape
        whole = Box(0, 0, width, height)
        return [[as_face(whole, answer, 1.0)] for answer in model.classify(pixels)]
    return model.faces_in(pixels, min_score=min_score)


def parser() -> argparse.ArgumentParser:
    commands = argparse.ArgumentParser(prog="fer2013", description="Facial expressions.")
    predict_command = commands.add_subparsers(required=True).add_parser(
        "predict", help="find faces and predict their expressions", description=__doc__
    )
    add = predict_command.add_argument
    add(
        "sources",
        nargs="+",
        metavar="PICTURE|FOLDER|VIDEO|CSV|-",
        help="files; folders, with their subfolders; - reads a picture from standard input",
    )
    add("--model", default=DEFAULT, help=f"name, folder or ONNX file (default: {DEFAULT})")
    add("--int8", action="store_true", help="use the file with 8-bit weights")
    forms = predict_command.add_mutually_exclusive_group()
    forms.add_argument("--json", action="store_true", help="print one JSON object")
    forms.add_argument("--csv", action="store_true", help="print a CSV row for each face")
    add(
        "--draw",
        type=Path,
        metavar="OUT",
        help="draw the faces into this new file, or this folder; nothing that exists is replaced",
    )
    add(
        "--min-score",
        type=float,
        default=MIN_SCORE,
        metavar="SCORE",
        help=f"least confidence of the face detector, 0 to 1 (default: {MIN_SCORE})",
    )
    return commands


if __name__ == "__main__":
    main()
