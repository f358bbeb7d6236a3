"""fer2013 predict: find faces in pictures, folders, videos and CSV files, and their expressions."""

import argparse
import os
import sys
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

from fer2013.predict.detection import MIN_SCORE
from fer2013.predict.drawing import Drawings
from fer2013.predict.loading import DEFAULT, load_model
from fer2013.predict.model import Face, Model, as_face
from fer2013.predict.pictures import Box
from fer2013.predict.records import Record, write_csv, write_json, write_text
from fer2013.predict.sources import SourcePicture, find_sources, read_pictures
from fer2013.runtime.errors import BadInput, exit_on_bad_input

CAVEAT = "Other pictures than FER2013's may be harder: measure on yours before you rely on it."
INTERVAL = 0.2  # seconds between two reports of progress


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
    write = write_json if options.json else write_csv if options.csv else write_text
    broken: list[str] = []
    try:
        with drawings or nullcontext():
            pictures = with_progress(read(sources, broken))
            write(predict(model, pictures, options.min_score, drawings), model, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:  # such as `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return
    if write is write_text and model.accuracy is not None:
        print(f"{model.name}: {model.accuracy}. {CAVEAT}", file=sys.stderr)
    if broken:
        raise BadInput(f"{len(broken)} of {len(sources)} files could not be read (named above).")


def read(sources: list[str], broken: list[str]) -> Iterator[SourcePicture | Record]:
    """Read the pictures of all sources; instead of what cannot be read, yield its error."""
    for source in sources:
        try:
            yield from read_pictures(source)
        except BadInput as error:
            broken.append(source)
            print(f"error: {error}", file=sys.stderr)
            yield {"source": source, "error": str(error)}


def with_progress(
    pictures: Iterator[SourcePicture | Record],
) -> Iterator[SourcePicture | Record]:
    """Pass the pictures on; tell a terminal on which nothing else is shown how many there were."""
    shown = sys.stderr.isatty() and not sys.stdout.isatty()
    start = last = time.monotonic()
    for done, picture in enumerate(pictures):
        now = time.monotonic()
        if shown and now - last > INTERVAL:
            last = now
            text = f"{done:,} pictures, {done / (now - start):.1f} a second"
            print(text, end="\r", file=sys.stderr, flush=True)
        yield picture


def predict(
    model: Model,
    pictures: Iterator[SourcePicture | Record],
    min_score: float,
    drawings: Drawings | None,
) -> Iterator[Record]:
    """Find, classify and draw the faces of each picture; pass errors on."""
    for picture in pictures:
        if not isinstance(picture, SourcePicture):
            yield picture
            continue
        faces = faces_of(model, picture, min_score)
        if drawings is not None:
            drawings.add(picture, faces)
        origin = {"source": picture.source, "frame": picture.frame, "seconds": picture.seconds}
        yield {**origin, "faces": faces}


def faces_of(model: Model, picture: SourcePicture, min_score: float) -> list[Face]:
    """Find and classify the faces of a picture; a cropped face is classified as it is."""
    if not picture.is_face:
        return model(picture.pixels, min_score=min_score)
    height, width = picture.pixels.shape
    (probabilities,) = model.classify([picture.pixels])
    return [as_face(Box(0, 0, width, height), probabilities, 1.0)]


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
