"""The results → one self-contained HTML page, laid out by the templates beside this file."""

from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fer2013.reporting.leaderboard import for_people
from tools.report import pictures, tables
from tools.report.results import METRICS, Results
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
        sections=list(sections(results)),
        style=(TEMPLATES / "page.css").read_text(encoding="utf-8"),
        script=(TEMPLATES / "page.js").read_text(encoding="utf-8"),
    )


def sections(results: Results) -> list[Section]:
    caption = "One row per model. The interval covers the choice of the faces, not the seed's."
    leaderboard = {
        "Accuracy of each model; the table has the numbers.": METRICS / "leaderboard.png"
    }
    curves = {"Accuracy by epoch, a panel for each model.": METRICS / "curves.png"}
    confusions = {model: METRICS / f"confusion/{model}.png" for model in results.scores}
    found = [
        Section(
            "Leaderboard",
            "Validation accuracy with its 95 % interval, beside train and published accuracy.",
            [Table(caption, for_people(results.leaderboard)), tables.parts(results)],
            pictures.of_files(leaderboard),
        ),
        Section(
            "Learning curves",
            "Train and validation accuracy by epoch; a dot is at the epoch that was kept.",
            [],
            pictures.of_files(curves),
        ),
        Section(
            "Confusion matrices",
            "Validation faces. A row is an actual class, a column a predicted class.",
            [],
            galleries={"": pictures.of_files(confusions)},
        ),
        Section("Scores by class", "Of the validation faces.", [tables.classes(results)]),
    ]
    if results.probabilities:
        text = (
            "Is a model right as often as its confidence says? Then the bars end on the dashed "
            "line; below it, the model is overconfident. A point's size is its share of the faces."
        )
        found.append(
            Section(
                "Calibration", text, [], {"Accuracy by confidence.": pictures.calibration(results)}
            )
        )
    found.append(Section("Data", "Counted by the stage ingest.", tables.data(results.data)))
    if mistakes := pictures.mistakes(results):
        text = (
            "Misclassified validation faces of each class, by decreasing confidence. They show "
            "what a model has not learned, or a label that is wrong. Below a face: its label and "
            "the predicted class, with their probabilities, and its row of the CSV file."
        )
        found.append(Section("The surest mistakes", text, [], galleries=mistakes))
    return found
