"""The review as Markdown for GitHub: the verdict first, details in folded sections.

It depends only on the two commits, not on the time, a path or the name of a branch.
"""

from collections.abc import Iterable, Iterator

from tools.review.differences import DRAWS, Difference
from tools.review.parameters import Change
from tools.review.review import Review
from tools.review.revision import Revision
from tools.review.verdict import UNCHANGED, UNTRAINED, Model

COMPUTED_ON = "computed_on"
METHOD = f"""\
Differences are paired: each validation face that both commits predicted, with the same label, is
compared with itself. The intervals are the 2.5th and 97.5th percentile of {DRAWS:,} draws of these
faces with replacement (seeded). p is McNemar's exact test for accuracy and twice the smaller tail
of the draws for macro-F1, corrected by Holm over the models that changed. A model is better or
worse if a corrected p is below 0.05, and worse if either metric is. All this covers the choice of
faces, not that of the training seed: a second training that differs in its seed alone can differ
by more."""


def report(review: Review, pictures: dict[str, list[str]]) -> str:
    parts = [
        *heading(review),
        *models_section(review.models),
        *pictures_section(pictures),
        *parameters_section(review.parameters, len(review.models)),
        *stages_section(review),
        *scores_section(review.models),
        *faces_section(review.models),
        *folded("How the differences are tested", [METHOD]),
    ]
    return "\n\n".join(parts) + "\n"


def heading(review: Review) -> Iterator[str]:
    yield f"# Review: {'fails' if review.failures else 'passes'}"
    yield f"{named(review.head)} against {named(review.base)}"
    if review.failures:
        yield "\n".join(f"- {plain(failure)}" for failure in review.failures)
    if review.remedy:
        yield "Reproduce with\n\n```bash\n" + "\n".join(review.remedy) + "\n```"


def models_section(models: list[Model]) -> Iterator[str]:
    yield "## Models"
    compared = [model for model in models if model.comparison]
    if compared:
        yield table(
            "model | verdict | accuracy | difference, 95 % | p | macro-F1 | difference, 95 % | p "
            "| faces fixed | broken",
            (model_row(model) for model in compared),
        )
    for model in compared:
        yield from rows_left_out(model)
    by_verdict: dict[str, list[str]] = {}
    for model in models:
        if not model.comparison:
            by_verdict.setdefault(model.verdict, []).append(code(model.name))
    if by_verdict:
        lines = [f"- {verdict}: {', '.join(names)}" for verdict, names in by_verdict.items()]
        yield "\n".join(lines)
    moved = [sentence for model in models if (sentence := other_machine(model))]
    if moved:
        yield "\n".join(moved)
        yield (
            "On another kind of machine the same training gives other bytes, and slightly "
            "different scores."
        )
    warned = [model for model in models if model.after and warning(model)]
    if warned:
        yield "\n".join(f"- {code(model.name)} {warning(model)}" for model in warned)


def other_machine(model: Model) -> str:
    """A sentence that names the machines, if a model was trained on another kind than before."""
    if not (model.before and model.after):
        return ""
    before, after = (
        describe_machine(results.scores.get(COMPUTED_ON)) for results in (model.before, model.after)
    )
    if before == after:
        return ""
    return f"- {code(model.name)} was computed on {before} before, and is now on {after}"


def describe_machine(computed_on: object) -> str:
    """A machine as stages/train.py has recorded it."""
    if not isinstance(computed_on, dict):
        return "a machine that is not recorded"
    values = [str(computed_on.get(key)) for key in ("name", "cpu_capability", "precision")]
    return code(", ".join([*values, f"torch {computed_on.get('torch')}"]))


def model_row(model: Model) -> str:
    assert model.comparison
    comparison = model.comparison
    accuracy, f1 = comparison.accuracy, comparison.macro_f1
    return (
        f"{code(model.name)} | **{model.verdict}** "
        f"| {accuracy.before:.1%} → {accuracy.after:.1%} | {points(accuracy)} | {p(accuracy)} "
        f"| {f1.before:.3f} → {f1.after:.3f} | {units(f1)} | {p(f1)} "
        f"| {len(comparison.fixed)} | {len(comparison.broken)}"
    )


def points(difference: Difference) -> str:
    values = [100 * value for value in (difference.change, difference.low, difference.high)]
    return "{:+.1f} points ({:+.1f} to {:+.1f})".format(*(signed(value, 1) for value in values))


def units(difference: Difference) -> str:
    values = (difference.change, difference.low, difference.high)
    return "{:+.3f} ({:+.3f} to {:+.3f})".format(*(signed(value, 3) for value in values))


def signed(value: float, digits: int) -> float:
    return round(value, digits) + 0.0  # no -0.0


def p(difference: Difference) -> str:
    return "< 0.001" if difference.corrected < 0.001 else f"{difference.corrected:.3f}"


def rows_left_out(model: Model) -> Iterator[str]:
    found = model.comparison
    if found and (found.only_before or found.only_after or found.relabelled):
        yield (
            f"{code(model.name)}: compared on {found.rows} common faces. {found.only_before} were "
            f"evaluated only before, {found.only_after} only now, and {found.relabelled} have "
            "another label now."
        )


def warning(model: Model) -> str:
    assert model.after
    val = model.after.scores["val"]
    lost = f"never predicts {', '.join(val['lost_classes'])}" if val["lost_classes"] else ""
    return "**collapsed**: " + lost if val["collapsed"] else lost


def pictures_section(pictures: dict[str, list[str]]) -> Iterator[str]:
    for model, names in pictures.items():
        for name in names:
            kind = name.removeprefix(f"{model}-").removesuffix(".png")
            yield f"![{model}: {kind}, before and after](pictures/{name})"


def parameters_section(changes: list[Change], models: int) -> Iterator[str]:
    yield "## Parameters"
    if not changes:
        yield "No parameter changed."
        return
    yield table(
        "parameter | before | after | models",
        (
            f"{code(change.key)} | {code(change.before)} | {code(change.after)} "
            f"| {users(change, models)}"
            for change in changes
        ),
    )


def users(change: Change, models: int) -> str:
    if len(change.models) == models:
        return "all"
    return ", ".join(code(model) for model in change.models) or "(not of a model)"


def stages_section(review: Review) -> Iterator[str]:
    yield "## Stages"
    stale = review.state.stale
    if not (review.affected or stale):
        yield "The change makes no stage stale."
        return
    done = [name for name in review.affected if name not in stale]
    lines = [
        f"- {state}: {', '.join(code(name) for name in names)}"
        for state, names in (
            ("made stale by the change, and reproduced", done),
            ("**stale**", list(stale)),
            ("stale already at the base", review.stale_before),
        )
        if names
    ]
    yield "\n".join(lines)
    yield from folded("Why: what the change affects", grouped(review.affected))
    yield from folded("Why: what is stale", grouped(stale))


def grouped(reasons: dict[str, list[str]]) -> list[str]:
    """A table with one row for all stages that have the same reasons."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, why in reasons.items():
        groups.setdefault(tuple(why), []).append(name)
    if not groups:
        return []
    rows = (
        f"{', '.join(code(name) for name in names)} | {'; '.join(plain(reason) for reason in why)}"
        for why, names in groups.items()
    )
    return [table("stages | because", rows)]


def scores_section(models: list[Model]) -> Iterator[str]:
    shown = [model for model in models if model.verdict not in (UNCHANGED, UNTRAINED)]
    rows = [row for model in shown for row in score_rows(model)]
    if rows:
        yield from folded(
            "All scores that changed", [table("model | part | score | before | after", rows)]
        )


def score_rows(model: Model) -> Iterator[str]:
    before = flat(model.before.scores if model.before else {})
    after = flat(model.after.scores if model.after else {})
    for part, score in [*after, *(key for key in before if key not in after)]:
        old, new = before.get((part, score), ""), after.get((part, score), "")
        if old != new:
            yield f"{code(model.name)} | {part} | {score} | {old} | {new}"


def flat(scores: object, part: str = "", key: str = "") -> dict[tuple[str, str], str]:
    """(part, score) → formatted value; "private_test, clean" counts as a part."""
    if not isinstance(scores, dict):
        value = ", ".join(scores) if isinstance(scores, list) else scores
        return {(part, key): plain(str(value))}
    result: dict[tuple[str, str], str] = {}
    for name, value in scores.items():
        if name == COMPUTED_ON:
            continue  # not a score
        if isinstance(value, dict) and name != "f1":
            result |= flat(value, f"{part}, {name}" if part else name)
        else:
            result |= flat(value, part, f"{key} {name}".strip())
    return result


def faces_section(models: list[Model]) -> Iterator[str]:
    changed = [model for model in models if model.comparison]
    lines = []
    for model in changed:
        assert model.comparison
        for kind in ("fixed", "broken"):
            rows = getattr(model.comparison, kind)
            numbers = ", ".join(map(str, rows)) or "none"
            lines.append(f"{code(model.name)}, {kind} ({len(rows)}): {numbers}")
    note = "Rows of the CSV file, from 0. If the data is available, `make review` draws the faces."
    if lines:
        yield from folded("Faces whose prediction changed", [note, *lines])


def folded(title: str, parts: Iterable[str]) -> Iterator[str]:
    parts = list(parts)
    if parts:
        body = "\n\n".join(parts)
        yield f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def table(head: str, rows: Iterable[str]) -> str:
    line = "|".join([" --- "] * (head.count("|") + 1))
    return "\n".join([f"| {head} |", f"|{line}|", *(f"| {row} |" for row in rows)])


def named(revision: Revision) -> str:
    return f"{code(revision.short)} ({plain(revision.subject)})"


def code(text: str) -> str:
    """Text from the branch under review as inline code that it cannot end, nor a table's cell."""
    return "`" + text.replace("`", "'").replace("|", "\\|").replace("\n", " ") + "`"


def plain(text: str) -> str:
    """Text from the branch under review, escaped so that it makes no markup, link or mention."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace("\n", " ")
    for mark in "\\`*_[]|@#!":
        escaped = escaped.replace(mark, f"\\{mark}" if mark != "@" else "@\u200b")
    return escaped
