"""The review as Markdown for GitHub: the verdict first, details in folded sections.

It depends only on the two commits, not on the time, a path or the name of a branch.
"""

from collections.abc import Iterable, Iterator

from tools.review.differences import DRAWS, Comparison, Difference
from tools.review.models import Model
from tools.review.review import Review
from tools.review.revision import Revision

COMPUTED_ON = "computed_on"
METHOD = f"""\
Differences are paired: each validation face that both commits predicted, with the same label, is
compared with itself. The intervals are the 2.5th and 97.5th percentile of {DRAWS:,} draws of these
faces with replacement (seeded). p is McNemar's exact test for accuracy and twice the smaller tail
of the draws for macro-F1, corrected by Holm over the models that changed. A model is better or
worse if a corrected p is below 0.05, and worse if either metric is. All this covers the choice of
faces, not that of the training seed: a second training that differs in its seed alone can differ
by more."""


def report(review: Review, pictures: list[str]) -> str:
    parts = [
        *heading(review),
        *models_section(review.models),
        *(f"![{name}](pictures/{name})" for name in pictures),
        "## Parameters",
        review.parameters or "No parameter changed.",
        *stages_section(review),
        f"<details>\n<summary>How the differences are tested</summary>\n\n{METHOD}\n\n</details>",
    ]
    text = "\n\n".join(parts) + "\n"
    return text.encode(errors="replace").decode()  # half a character can stand in a JSON file


def heading(review: Review) -> Iterator[str]:
    yield f"# Review: {'fails' if review.failures else 'passes'}"
    yield f"{named(review.head)} against {named(review.base)}"
    yield from bullets(map(code, review.failures))
    if review.repro_command:
        yield f"Reproduce with\n\n```bash\n{review.repro_command}\n```"
    yield from bullets(map(code, review.base.problems))


def models_section(models: list[Model]) -> Iterator[str]:
    yield "## Models"
    yield from table(
        "model | verdict | accuracy | difference, 95 % | p | macro-F1 | difference, 95 % | p "
        "| faces fixed | broken",
        (model_row(model, model.comparison) for model in models if model.comparison),
    )
    by_verdict: dict[str, list[str]] = {}
    for model in models:
        if not model.comparison:
            by_verdict.setdefault(model.verdict, []).append(model.name)
    yield from bullets(f"{verdict}: {codes(names)}" for verdict, names in by_verdict.items())
    yield from bullets(f"{code(model.name)} {note}" for model in models for note in notes(model))


def model_row(model: Model, comparison: Comparison) -> str:
    accuracy, f1 = comparison.accuracy, comparison.macro_f1
    return (
        f"{code(model.name)} | **{model.verdict}** "
        f"| {accuracy.before:.1%} → {accuracy.after:.1%} "
        f"| {change(accuracy, 100, 1, ' points')} | {p(accuracy)} "
        f"| {f1.before:.3f} → {f1.after:.3f} | {change(f1, 1, 3)} | {p(f1)} "
        f"| {len(comparison.fixed)} | {len(comparison.broken)}"
    )


def change(difference: Difference, scale: int, digits: int, unit: str = "") -> str:
    middle, low, high = (
        f"{round(scale * value, digits) + 0.0:+.{digits}f}"  # no -0.0
        for value in (difference.change, difference.low, difference.high)
    )
    return f"{middle}{unit} ({low} to {high})"


def p(difference: Difference) -> str:
    return "< 0.001" if difference.corrected < 0.001 else f"{difference.corrected:.3f}"


def notes(model: Model) -> Iterator[str]:
    before, after = model.before, model.after
    if not (before and after):
        return
    counts = [len(before.predictions), len(after.predictions)]
    if model.comparison and counts != [model.comparison.rows] * 2:
        yield (
            f"is compared on the {model.comparison.rows} faces that both commits have with the "
            f"same label, of {counts[0]} before and {counts[1]} now"
        )
    if before.scores.get(COMPUTED_ON) != after.scores.get(COMPUTED_ON):
        yield (
            f"has another `{COMPUTED_ON}` among its scores: on another kind of machine the same "
            "training gives other bytes, and slightly different scores"
        )


def stages_section(review: Review) -> Iterator[str]:
    yield "## Stages"
    states = {
        "ran with other code, parameters or data": review.ran_again,
        "**stale**": review.stale,
        "stale already at the base": review.stale_before,
    }
    lines = [f"{state}: {codes(names)}" for state, names in states.items() if names]
    yield from bullets(lines or ["none ran again, and none is stale"])


def table(head: str, rows: Iterable[str]) -> Iterator[str]:
    if lines := [f"| {row} |" for row in rows]:
        rule = "|".join([" --- "] * (head.count("|") + 1))
        yield "\n".join([f"| {head} |", f"|{rule}|", *lines])


def bullets(lines: Iterable[str]) -> Iterator[str]:
    if text := "\n".join(f"- {line}" for line in lines):
        yield text


def named(revision: Revision) -> str:
    return f"{code(revision.short)} ({code(revision.subject)})"


def codes(names: Iterable[str]) -> str:
    return ", ".join(map(code, names))


def code(text: str) -> str:
    """Text from the branch under review as inline code that it cannot end, nor a table's cell."""
    return "`" + " ".join(text.split()).replace("`", "'").replace("|", "\\|") + "`"
