"""Claims: a theorem and its proof where it was proved, and where it was not, plainly that and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from derive.export.document import Chapter, Display, Entry, Given, Link
from derive.export.latex.breaking import inline
from derive.export.latex.displays import Reason, Row, chain, claimed, instance, side
from derive.export.latex.words import References, escaped, reference, spans, spans_width
from derive.export.prose import Reference, Span, formula, prose
from derive.language.latex import latex_name
from derive.report import Counterexample, Repair, StepReport

KINDS = ("theorem", "proposition", "lemma", "corollary")
SAID = {
    "proved": "proved",
    "proved-at": "exact at the sizes listed below; not proved for all",
    "agrees": "numbers agree; not proved",
    "refuted": "false",
    "undecided": "not proved",
    "undefined": "not proved: it has no value",
    "ill-typed": "it does not fit together",
    "error": "not proved: a check broke",
}
"""A verdict in words. Only the first says that something was proved."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes the claims of a document.

    Attributes:
        references: the claims that are in this document, and where.
        used: the labels of the claims that others use.
    """

    references: References
    used: frozenset[str]

    def words(self, words: Sequence[Span]) -> str:
        return spans(words, self.references)

    def ref(self, label: str) -> str:
        return reference(label, self.references)

    def said(self, text: str, chapter: Chapter) -> str:
        """A line of a report, whose formulas are in Unicode."""
        return self.words(prose(text, self.references.keys(), chapter.names))

    # A claim

    def claim(self, entry: Entry, chapter: Chapter) -> str:
        report = entry.report
        if report.verdict == "proved" == report.expected:
            return f"{self._theorem(entry, chapter)}\n\n{self._proof(entry, chapter)}"
        return self._open(entry, chapter)

    def _theorem(self, entry: Entry, chapter: Chapter) -> str:
        kind = self._kind(entry)
        parts = [rf"\begin{{{kind}}}[{self._head(entry)}]{self._anchor(entry)}"]
        return "\n".join([*parts, *self._body(entry, chapter), rf"\end{{{kind}}}"])

    def _kind(self, entry: Entry) -> str:
        """What the title says that it is; else a lemma if another claim uses it."""
        word = re.match(r"\w*", entry.claim.title)
        named = word[0].lower() if word else ""
        return named if named in KINDS else "lemma" if entry.label in self.used else "proposition"

    def _head(self, entry: Entry) -> str:
        return f"({escaped(entry.label)})"

    def _anchor(self, entry: Entry) -> str:
        return rf"\phantomsection\label{{{self.references[entry.label]}}}"

    def _body(self, entry: Entry, chapter: Chapter) -> Iterator[str]:
        """Title, hypotheses, and what is claimed."""
        if entry.title:
            yield rf"\emph{{{sentence(self.words(entry.title))}}}"
        if entry.given:
            yield f"Hypotheses: {self._given(entry.given, chapter)}."
        if entry.laws:
            yield f"Random, all entries independent: {', '.join(f'${inline(law)}$' for law in entry.laws)}."
        if entry.statement:
            yield claimed(entry)

    # Hypotheses

    def _given(self, given: Iterable[Given], chapter: Chapter) -> str:
        """Each hypothesis once: earlier claims and those that the chapter lists by name, others with their formula."""
        listed = {one.name for one in chapter.assumed}
        shown: dict[str, list[str]] = {}
        for one in given:
            shown.setdefault(self.name(one), [])
            if one.named and not one.origin and not one.known and one.name not in listed:
                shown[self.name(one)].append(f"${inline(one.formula)}$")
        return "; ".join(name + (f" ({', '.join(formulas)})" if formulas else "") for name, formulas in shown.items())

    def name(self, one: Given) -> str:
        return self.words(one.name) if one.named else f"${inline(one.formula)}$"

    def _uses(self, entry: Entry) -> str:
        """Which hypotheses the proof uses, and which it does not."""
        names = {self.name(one): False for one in entry.given}
        for one in entry.given:
            names[self.name(one)] |= bool(one.used)
        used, idle = ([name for name, is_used in names.items() if is_used == wanted] for wanted in (True, False))
        used += map(self.words, entry.by_law)
        told = [f"Used: {'; '.join(used)}."] if used else []
        return " ".join([*told, f"Not used: {'; '.join(idle)}."] if idle else told)

    # A proof

    def _proof(self, entry: Entry, chapter: Chapter) -> str:
        uses = self._uses(entry) or "No hypothesis is used."
        parts = [*self._steps(entry, chapter), rf"{{\small {uses}}}" if uses else ""]
        return "\n".join([r"\begin{proof}", *filter(None, parts), r"\end{proof}"])

    def _steps(self, entry: Entry, chapter: Chapter) -> Iterator[str]:
        """The author's lines; of a claim of one line, which is the statement, only why it holds."""
        links = [link for display in entry.displays for link in display.links]
        if len(links) == 1:
            known = "By computation from the hypotheses" if entry.report.used else "By computation"
            yield capital(sentence(self._why(links[0], entry, chapter).tex if links[0].because else known))
            return
        pending: list[Link] = []
        for display in entry.displays:
            told = self.words(display.links[0].words)
            if not display.start and not told:
                pending += display.links
                continue
            yield from self._displayed(Display("", tuple(pending)), entry, chapter)
            pending = []
            yield from [f"{capital(told)}:"] if told else []
            yield from self._displayed(display, entry, chapter)
        yield from self._displayed(Display("", tuple(pending)), entry, chapter)

    def _displayed(self, display: Display, entry: Entry, chapter: Chapter) -> Iterator[str]:
        if display.links:
            rows = [Row(one.sign, one.formula, self._why(one, entry, chapter)) for one in display.links]
            yield chain(display.start, rows)

    def _why(self, link: Link, entry: Entry, chapter: Chapter) -> Reason:
        """The author's words; without them what the proof cites; and the verdict of a line that is not proved."""
        step = link.report
        words = link.because or (self._cited(step, entry, chapter) if step else ())
        shown, wide = self.words(words), spans_width(words)
        if step is None or step.verdict == "proved":
            return Reason(shown, wide)
        mark = rf"\textbf{{step {step.number}: {SAID[step.verdict]}}}"
        return Reason(f"{shown} --- {mark}" if shown else mark, wide + 600 * len(mark))

    def _cited(self, step: StepReport, entry: Entry, chapter: Chapter) -> tuple[Span, ...]:
        """The hypotheses that a proof cites, of those that a reader of the claim knows, and earlier steps."""
        known = {assumption.name for assumption in entry.claim.hypotheses}
        cited = [name for name in step.used if name in known or name.startswith(("step ", "definition of "))]
        if step.verdict != "proved":
            return ()
        return prose(f"by {', '.join(cited)}" if cited else "by computation", self.references.keys(), chapter.names)

    # What is not proved

    def _open(self, entry: Entry, chapter: Chapter) -> str:
        report = entry.report
        expected = ", as expected" if report.verdict == report.expected else f"; {report.expected} was expected"
        head = f"{self._head(entry)}: {SAID[report.verdict]}{expected}"
        parts = [rf"\begin{{claim}}[{head}]{self._anchor(entry)}", *self._body(entry, chapter)]
        reason = self.said(report.reason, chapter)
        return "\n".join([*parts, *self._reasons(reason), *self._attempt(entry, chapter), r"\end{claim}"])

    def _reasons(self, reason: str) -> Iterator[str]:
        if reason:
            yield rf"\par Why: {sentence(reason)}"

    def _attempt(self, entry: Entry, chapter: Chapter) -> Iterator[str]:
        """Of a claim that is not proved: its lines, with the verdict of each, and what is known of those that fail."""
        links = [link for display in entry.displays for link in display.links]
        if len(links) > 1:
            yield r"\par The lines as written; this is no proof\,:"
            yield from self._steps(entry, chapter)
        for step in entry.report.steps:
            yield from self.finding(step, entry, chapter)

    # What is false

    def finding(self, step: StepReport, entry: Entry, chapter: Chapter) -> Iterator[str]:
        """Why a step fails: an exact counterexample, a repair, or the reason that was reported."""
        which = f"Step {step.number}" if len(entry.report.steps) > 1 else "It"
        if step.verdict != "proved" and step.reason not in entry.report.reason:
            yield rf"\par Step {step.number}: {sentence(self.said(step.reason, chapter))}"
        if step.counterexample:
            yield from self._counterexample(which, step.counterexample)
        if step.repair:
            yield self._repair(step.repair, chapter)

    def _counterexample(self, which: str, found: Counterexample) -> Iterator[str]:
        sizes = ", ".join(f"${latex_name(name)} = {size}$" for name, size in found.sizes.items())
        yield rf"\par {which} is false" + (f" at {sizes}" if sizes else "") + (", where" if found.values else "")
        if found.values:
            yield instance(found.values)
        left, right = (inline(side(one)) for one in (found.left, found.right))
        yield f"{'and' if found.values else ', where'} the left side is ${left}$ and the right side ${right}$."

    def _repair(self, repair: Repair, chapter: Chapter) -> str:
        was, now = (f"${inline(formula(one, chapter.names))}$" for one in (repair.was, repair.now))
        told = rf"\par It is true with {now} in the place of {was}"
        if repair.statement:
            told += f": ${inline(formula(repair.statement, chapter.names))}$"
        others = [f"${inline(formula(one, chapter.names))}$" for one in repair.others]
        return told + (f"; or {', or '.join(others)}" if others else "") + "."

    # A mistake of the source

    def mistake(self, entry: Entry, chapter: Chapter) -> str:
        """What is printed, that it is false, where, and what is true instead."""
        report = entry.report
        numbers = escaped(", ".join(report.errata or entry.claim.errata))
        expected = "" if report.verdict == report.expected else f"; {report.expected} was expected"
        head = f"{numbers} {self._head(entry)}: {SAID[report.verdict]}{expected}"
        parts = [rf"\begin{{misprint}}[{head}]{self._anchor(entry)}", *self._printed(entry, chapter)]
        if report.reason:
            parts += self._reasons(self.said(report.reason, chapter))
        parts += [line for step in report.steps for line in self.finding(step, entry, chapter)]
        return "\n".join([*parts, *self._instead(entry), r"\end{misprint}"])

    def _printed(self, entry: Entry, chapter: Chapter) -> Iterator[str]:
        if entry.title:
            yield rf"\emph{{{sentence(self.words(entry.title))}}}"
        if entry.given:
            yield f"Hypotheses: {self._given(entry.given, chapter)}."
        if entry.statement:
            yield "Printed:"
            yield claimed(entry)
        suspect = entry.claim.printed.suspect if entry.claim.printed else None
        named = [pair for pair in entry.where if suspect is not None and pair[0] == formula(suspect.name)]
        for name, body in named:
            yield f"where ${inline(name)} = {inline(body)}$."

    def _instead(self, entry: Entry) -> Iterator[str]:
        right = entry.claim.printed.corrected_by if entry.claim.printed else ""
        if entry.reading:
            yield rf"\par True instead: {sentence(self.words(entry.reading))}"
        if right:
            see = self.ref(right) if right in self.references else escaped(right)
            yield f"See {see}."


def sentence(tex: str) -> str:
    """With a full stop, unless the words end with a mark of their own."""
    return tex if not tex or tex[-1] in ".!?:" else f"{tex}."


def capital(tex: str) -> str:
    return tex[:1].upper() + tex[1:]


def cited_labels(entry: Entry) -> Iterator[str]:
    """The labels that the words of an entry refer to."""
    words = [entry.title, entry.reading, *(one.name for one in entry.given)]
    words += [part for display in entry.displays for link in display.links for part in (link.because, link.words)]
    for one in words:
        yield from (span.label for span in one if isinstance(span, Reference))
    if entry.claim.printed and entry.claim.printed.corrected_by:
        yield entry.claim.printed.corrected_by
