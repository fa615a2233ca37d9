"""What was checked: of each claim what was proved, replayed and cross-checked, where, and to how many digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import floor

from derive.export.document import Chapter, Document, Entry
from derive.export.latex.claims import Writer, sentence
from derive.export.latex.words import escaped
from derive.language.latex import latex_name
from derive.render import outcome
from derive.report import VERDICTS, Evidence, Planted, merged

METHODS = {
    "kernel": "proved for all dimensions by the kernel",
    "sympy": "derived by SymPy for symbolic dimensions",
    "entrywise": "entry by entry in SymPy",
    "exact-difference": "by differences of exact numbers",
    "autograd-exact": "by automatic differentiation of integers",
    "finite-difference": "by central differences",
    "autograd": "by automatic differentiation of floating numbers",
    "exact-points": "at exact points",
    "numeric": "in numbers",
    "independent": "against the author's own function",
    "faithful": "its translations agree with it",
}
"""What a method that supports a claim has done."""
MOST_SIZES = 4
"""Sizes that are listed in full; of more the first and the last."""


def appendix(document: Document, chapters: Sequence[Chapter], writer: Writer) -> Iterator[str]:
    """The last section: a paragraph a claim, then the counts and the versions."""
    yield r"\appendix"
    yield "\\section{What was checked}"
    yield (
        "Of each claim: its verdict, and every method that had something to say of it, with the dimensions at which "
        "it looked. A damaged copy of a claim, a planted error, has to be refused by every method."
    )
    for chapter in chapters:
        if len(chapters) > 1:
            yield rf"\subsection*{{{writer.words(chapter.heading)}}}"
        yield from (_paragraph(entry, chapter, writer) for entry in (*chapter.claims, *chapter.mistakes))
    yield r"\subsection*{All together}"
    yield _summary(document, chapters)


def _paragraph(entry: Entry, chapter: Chapter, writer: Writer) -> str:
    report = entry.report
    expected = "" if report.verdict == report.expected else rf" \textbf{{({report.expected} was expected)}}"
    rows = report.evidence or merged([row for step in report.steps for row in step.evidence])
    found = [_row(row) for row in rows if row.ok is not None or row.fault]
    parts = [*found, *_planted(report.planted, writer, chapter)]
    parts += [f"rests on {', '.join(map(writer.ref, report.rests_on))}"] if report.rests_on else []
    parts += [f"taken as known: {writer.said(name, chapter)}" for name in report.assumptions]
    head = rf"\hangindent=1.5em \textbf{{{writer.ref(entry.label)}}} {report.verdict}{expected}"
    return sentence(head + (f": {'; '.join(parts)}" if parts else ""))


def _row(row: Evidence) -> str:
    told = METHODS.get(row.method, escaped(row.method))
    if row.ok is False:
        told = f"objection {told}" if told.startswith(("by", "at", "in", "entry", "against")) else f"{row.method} objects"
    if row.ok is None:
        return f"{row.method} is itself wrong here ({escaped(row.fault or '')})"
    digits = f" to {floor(row.digits)} digits" if row.digits is not None and row.ok else ""
    return told + digits + _sizes(row.sizes)


def _sizes(sizes: Sequence[Mapping[str, int]]) -> str:
    """The dimensions at which a method looked: their names once where they are always the same."""
    if not any(sizes):
        return ""
    listed = [one for one in sizes if one]
    kept = listed if len(listed) <= MOST_SIZES else [*listed[: MOST_SIZES - 1], listed[-1]]
    names = tuple(kept[0])
    if all(tuple(one) == names for one in kept):
        values = [_tuple([str(value) for value in one.values()]) for one in kept]
        head = f" at ${_tuple([latex_name(name) for name in names])} = "
        shown = [f"{head}{values[0]}$", *(f"${value}$" for value in values[1:])]
    else:
        shown = [", ".join(f"${latex_name(name)} = {value}$" for name, value in one.items()) for one in kept]
        shown[0] = f" at {shown[0]}"
    if len(kept) < len(listed):
        shown[-1] = rf"\dots, {shown[-1]} ({len(listed)} in all)"
    return ", ".join(shown)


def _tuple(items: Sequence[str]) -> str:
    return items[0] if len(items) == 1 else f"({', '.join(items)})"


def _planted(planted: Planted | None, writer: Writer, chapter: Chapter) -> Iterator[str]:
    if planted is None or not planted.tried:
        return
    same = f", {planted.equivalent} provably the same statement" if planted.equivalent else ""
    yield f"{planted.tried} planted errors: {planted.caught} caught{same}"
    for damage in planted.escaped:
        yield rf"\textbf{{not caught:}} {writer.said(damage, chapter)}"


def _summary(document: Document, chapters: Sequence[Chapter]) -> str:
    labels = {entry.label for chapter in chapters for entry in (*chapter.claims, *chapter.mistakes)}
    claims = [claim for claim in document.report.claims if claim.label in labels]
    counts = [(verdict, sum(claim.verdict == verdict for claim in claims)) for verdict in VERDICTS]
    told = ", ".join(f"{number} {verdict}" for verdict, number in counts if number)
    planted = [claim.planted for claim in claims if claim.planted]
    lines = [f"Claims: {told}."]
    if planted:
        tried, caught, same = (sum(getattr(one, name) for one in planted) for name in ("tried", "caught", "equivalent"))
        lines.append(f"Planted errors: {tried}, of which {caught} were caught and {same} are the same statement.")
    assumed = dict.fromkeys(name for claim in claims for name in claim.assumptions)
    if assumed:
        lines.append(f"Taken from elsewhere: {sentence(escaped('; '.join(assumed)))}")
    told = outcome(type(document.report)(tuple(claims), 0.0))
    return "\n".join([*lines, sentence(escaped(told[:1].upper() + told[1:])), r"Checked with \checkedwith."])
