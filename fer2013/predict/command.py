"""fer2013 predict: find faces in pictures, folders, videos and CSV files, and their expressions."""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext
from pathlib import Path

from fer2013.predict.detection import MIN_SCORE
from fer2013.predict.drawing import Drawings
from fer2013.predict.loading import DEFAULT, load_model
from fer2013.predict.model import Face, Model, as_face
from fer2013.predict.pictures import Box
from fer2013.predict.records import CAVEAT, Csv, Json, Text, Writer
from fer2013.predict.sources import SourcePicture, find_sources, read_pictures
from fer2013.runtime.errors import BadInput, exit_on_bad_input

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
    broken = []

    def failed(source: str, reason: str) -> None:
        broken.append(source)
        print(f"error: {reason}", file=sys.stderr)
        writer.write({"source": source, "error": reason})

    with closing(writer), drawings or nullcontext():
        for picture in with_progress(read_all(sources, failed)):
            faces = faces_of(model, picture, min_score)
            origin = {"source": picture.source, "frame": picture.frame, "seconds": picture.seconds}
            writer.write({**origin, "faces": faces})
            if drawings is not None:
                drawings.add(picture, faces)
    return len(broken)


def read_all(sources: list[str], failed: Callable[[str, str], None]) -> Iterator[SourcePicture]:
    """Read all sources; tell `failed` of one that cannot be read, and why, and go on."""
    for source in sources:
        try:
            yield from read_pictures(source)
        except BadInput as error:
            failed(source, str(error))


def with_progress(pictures: Iterator[SourcePicture]) -> Iterator[SourcePicture]:
    """Yield the pictures; tell a terminal on which nothing else is shown how many there were."""
    shown = sys.stderr.isatty() and not sys.stdout.isatty()
    start = last = time.monotonic()
    for done, picture in enumerate(pictures):
        now = time.monotonic()
        if shown and now - last > INTERVAL:
            last = now
            text = f"{done:,} pictures, {done / (now - start):.1f} a second"
            print(text, end="\r", file=sys.stderr, flush=True)
        yield picture


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
