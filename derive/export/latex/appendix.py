"""What was checked: of each claim what was proved, replayed and cross-checked, where, and to how many digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import floor

from derive.export.document import Chapter, Document, Entry
from derive.export.latex.claims import Writer, sentence
from derive.export.latex.words import escaped
from derive.language.latex import latex_name
from derive.render import outcome
from derive.report import VERDICTS, Evidence, Planted, merged

MEANING = {
    "kernel": "a proof for all dimensions, accepted by the kernel",
    "sympy": "SymPy's own derivation for symbolic dimensions",
    "entrywise": "SymPy at explicit sizes, entry by entry",
    "exact-difference": "differences of exact numbers",
    "autograd-exact": "automatic differentiation of integers",
    "finite-difference": "central differences at high precision",
    "autograd": "automatic differentiation of floating numbers",
    "exact-points": "both sides at exact points, or at models of the hypotheses",
    "numeric": "both sides at high precision",
    "independent": "a definition against its author's own function",
    "faithful": "the translations of the statement against the statement itself",
}
MOST_SIZES = 4
"""Sizes that are listed in full; of more the first and the last."""


def appendix(document: Document, chapters: Sequence[Chapter], writer: Writer) -> Iterator[str]:
    """The last section: a paragraph a claim, then the counts and the versions."""
    entries = [(entry, chapter) for chapter in chapters for entry in (*chapter.claims, *chapter.mistakes)]
    seen = {row.method for entry, _ in entries for row in _rows(entry)}
    yield "\\appendix\n\\section{What was checked}"
    yield (
        "Of each claim: its verdict, then the methods that had something to say of it, with the dimensions at which "
        "they looked, and to how many digits numbers agree. The methods are"
    )
    yield "; ".join(rf"\emph{{{name}}}, {told}" for name, told in MEANING.items() if name in seen) + "."
    for chapter in chapters:
        if len(chapters) > 1:
            yield rf"\subsection*{{{writer.words(chapter.heading)}}}"
        yield from (_paragraph(entry, chapter, writer) for entry in (*chapter.claims, *chapter.mistakes))
    yield r"\subsection*{All together}"
    yield _summary(document, chapters)


def _paragraph(entry: Entry, chapter: Chapter, writer: Writer) -> str:
    report = entry.report
    expected = "" if report.verdict == report.expected else rf" \textbf{{({report.expected} was expected)}}"
    parts = [*_methods(_rows(entry)), *_planted(report.planted, writer, chapter)]
    parts += [f"rests on {', '.join(map(writer.ref, report.rests_on))}"] if report.rests_on else []
    parts += [f"taken as known: {writer.said(name, chapter)}" for name in report.assumptions]
    head = rf"\hangindent=1.5em \textbf{{{writer.ref(entry.label)}}} {report.verdict}{expected}"
    return sentence(head + (f": {'; '.join(parts)}" if parts else ""))


def _rows(entry: Entry) -> list[Evidence]:
    """One row a method, of those that say something."""
    report = entry.report
    rows = report.evidence or merged([row for step in report.steps for row in step.evidence])
    said = [row for row in rows if row.ok is not None or row.fault]
    return [replace(row, sizes=tuple(dict(sorted(one.items())) for one in row.sizes)) for row in said]


def _methods(rows: Sequence[Evidence]) -> Iterator[str]:
    """The methods, those that looked at the same dimensions together, whose names are then given once."""
    given: tuple[str, ...] = ()
    for row in sorted(rows, key=lambda row: bool(_names(row))):
        names, told = _names(row), _told(row)
        if names and names != given:
            told = f"at ${_tuple([latex_name(name) for name in names])}$: {told}"
        given = names or given
        yield told


def _told(row: Evidence) -> str:
    if row.ok is None:
        return rf"\emph{{{row.method}}} is itself wrong here ({escaped(row.fault or '')})"
    objects = " objects" if row.ok is False else ""
    digits = f" to {floor(row.digits)} digits" if row.digits is not None and row.ok and row.digits >= 1 else ""
    return rf"\emph{{{row.method}}}{objects}{digits}{_sizes(row)}"


def _names(row: Evidence) -> tuple[str, ...]:
    """The dimensions at which a method looked, if they are always the same."""
    found = {tuple(one) for one in row.sizes if one}
    return found.pop() if len(found) == 1 else ()


def _sizes(row: Evidence) -> str:
    """The values of the dimensions; of many the first and the last."""
    listed = [one for one in row.sizes if one]
    kept = listed if len(listed) <= MOST_SIZES else [*listed[: MOST_SIZES - 1], listed[-1]]
    shown = [_values(one, bool(_names(row))) for one in kept]
    if len(kept) < len(listed):
        shown[-1] = rf"\dots, {shown[-1]} (of {len(listed)})"
    return f" {', '.join(shown)}" if shown else ""


def _values(sizes: Mapping[str, int], named: bool) -> str:
    if named:
        return f"${_tuple([str(value) for value in sizes.values()])}$"
    return ", ".join(f"${latex_name(name)} = {value}$" for name, value in sizes.items())


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
