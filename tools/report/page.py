"""The results → one self-contained HTML page, laid out by the templates beside this file."""

from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fer2013.reporting.leaderboard import for_people
from tools.report import pictures, tables
from tools.report.results import Results, commit
from tools.report.tables import Table

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Section:
    title: str
    text: str
    tables: list[Table]
    pictures: dict[str, str] = field(default_factory=dict)  # by their description
    galleries: dict[str, dict[str, str]] = field(default_factory=dict)  # small, by heading


def page(results: Results) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        results=results,
        best=results.leaderboard.iloc[0],
        warned=results.leaderboard.query("warning != ''"),
        commit=commit(),
        sections=list(sections(results)),
        style=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
        script=(TEMPLATES / "page.js").read_text(encoding="utf-8"),
    )


def sections(results: Results) -> list[Section]:
    caption = "One row per model. The interval covers the choice of the faces, not the seed's."
    found = [
        Section(
            "Leaderboard",
            "Validation accuracy with its 95 % interval, beside train and published accuracy.",
            [Table(caption, for_people(results.leaderboard)), tables.parts(results)],
            {"Accuracy of each model; the table has the numbers.": pictures.leaderboard(results)},
        ),
        Section(
            "Learning curves",
            "Train and validation accuracy by epoch; a dot is at the epoch that was kept.",
            [tables.curves(results), tables.epochs(results)],
            {"A panel for each model; the tables have the numbers.": pictures.curves(results)},
        ),
        Section(
            "Confusion matrices",
            "Validation faces. A row is an actual class, a column a predicted class.",
            [],
            galleries={"": pictures.confusions(results)},
        ),
        Section(
            "Scores by class",
            "Of the validation faces.",
            [tables.f1_by_class(results), tables.classes(results)],
        ),
    ]
    if results.probabilities:
        text = (
            "Is a model right as often as its confidence says? Then the bars end on the dashed "
            "line; below it, the model is overconfident. A point's size is its share of the faces."
        )
        drawn = {
            "Accuracy by confidence; the table has the numbers.": pictures.calibration(results)
        }
        found.append(Section("Calibration", text, [tables.calibration(results)], drawn))
    if results.data:
        text = "Counted by the stage ingest."
        found.append(Section("Data", text, tables.data(results.data)))
    text = "Every setting of every model that was trained."
    found.append(Section("Parameters", text, tables.parameters(results)))
    if mistakes := pictures.mistakes(results):
        text = (
            "Misclassified validation faces of each class, by decreasing confidence. They show "
            "what a model has not learned, or a label that is wrong. Below a face: its label and "
            "the predicted class, with their probabilities, and its row of the CSV file."
        )
        found.append(Section("The surest mistakes", text, [], galleries=mistakes))
    return found
