"""One claim on the page: what is claimed, from what, why each line holds, and what every method says of it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from derive.export.document import Display, Document, Entry, Given, Link
from derive.export.findings import repair_latex, side_latex, values_latex
from derive.export.html.formulas import Formulas
from derive.export.html.markup import NOTHING, Markup, Part, join, tag
from derive.export.html.words import VERDICTS, counted, detail, digits, says, sizes
from derive.export.prose import Formula, Reference, Span, Text, prose
from derive.language.derivation import Claim
from derive.language.statements import Statement
from derive.load import printed
from derive.render import planted_text
from derive.report import ClaimReport, Counterexample, Evidence, Repair, StepReport, merged


class Writer:
    """Writes claims. It knows every claim of the document, to link them, and sets every formula of it."""

    def __init__(self, document: Document) -> None:
        run = document.report
        self.anchors = document.anchors
        self.formulas = Formulas()
        self.names = {
            entry.label: chapter.names
            for chapter in document.chapters
            for entry in (*chapter.claims, *chapter.mistakes)
        }
        self.reports = {report.label: report for report in (*run.claims, *run.lemmas)}
        self.users: dict[str, list[str]] = {}
        for report in run.claims:
            for label in report.rests_on:
                self.users.setdefault(label, []).append(report.label)

    def prose(self, spans: Iterable[Span]) -> Markup:
        """Words of an author, with formulas and links; a stop after a formula stays on its line."""
        return join(self._span(span, stop) for span, stop in _with_stops(spans))

    def _span(self, span: Span, stop: str) -> Part:
        match span:
            case Text(words):
                return words
            case Formula(latex):
                return self.formulas.inline(latex, after=stop)
            case Reference(label):
                return self.link(label)

    def words(self, text: str, names: Collection[str] = ()) -> Markup:
        """Words that are not taken apart yet."""
        return self.prose(prose(text, self.anchors, names))

    def link(self, label: str) -> Part:
        """The label of a claim, in brackets; a link where the claim is in the document."""
        shown = f"({label})"
        return tag("a", shown, href=f"#{self.anchors[label]}", class_="ref") if label in self.anchors else shown

    def claim(self, entry: Entry, level: int) -> Markup:
        """The whole claim, under a heading of this level."""
        report = entry.report
        parts = [
            self._heading(entry, level),
            _standing(report, self.words(report.reason, self.names[entry.label])),
            self._list(self._given(entry)),
            self._printed(entry),
            self._statement(entry),
            *(self._display(display, entry, at) for at, display in enumerate(entry.displays, start=1)),
            self._list([("Where", self._where(entry)), ("Random", self._laws(entry)), *self._corrected(entry)]),
            self._list([*self._relations(report), *_planted(report)]),
            _evidence(report),
            self._certificates(entry),
        ]
        classes = "claim" if report.ok else "claim failed"
        return tag("article", *parts, id=entry.anchor, class_=classes, aria_labelledby=f"{entry.anchor}-title")

    def _heading(self, entry: Entry, level: int) -> Markup:
        label = tag("a", f"({entry.label})", href=f"#{entry.anchor}", class_="label")
        errata = join((tag("span", number, class_="erratum") for number in entry.report.errata), " ")
        parts = (errata, label, self.prose(entry.title) if entry.title else NOTHING)
        return tag(f"h{level}", join(parts, " "), id=f"{entry.anchor}-title")

    def _list(self, rows: Iterable[tuple[str, Part]]) -> Markup:
        """Pairs of a word and what it names."""
        shown = [tag("div", tag("dt", name), tag("dd", told)) for name, told in rows if told]
        return tag("dl", *shown, class_="facts") if shown else NOTHING

    # What is claimed, and from what

    def _statement(self, entry: Entry) -> Markup:
        """What is claimed, unless the lines below say just that."""
        if entry.cases is None and all(len(display.links) == 1 for display in entry.displays):
            return NOTHING
        lines = [self.formulas.display(line, label=f"statement of ({entry.label})") for line in entry.statement]
        return tag("div", *lines, class_="statement")

    def _printed(self, entry: Entry) -> Markup:
        if not entry.claim.errata:
            return NOTHING
        return tag("p", "As printed:" if entry.displays else "As printed, it cannot be built.", class_="lead")

    def _given(self, entry: Entry) -> Iterator[tuple[str, Part]]:
        """What the claim rests on, and in one line what it declares and does without."""
        yield "Given", self.given([one for one in entry.given if one.used is not False])
        unused = {self.prose(one.name): None for one in entry.given if one.used is False}
        yield "Not used", join(unused, "; ")

    def given(self, hypotheses: Iterable[Given]) -> Markup:
        """Hypotheses: what each goes by, unless that says no more than the formula, what it says, and where it is from.

        What one claim states is one hypothesis here, as it is for its reader.
        """
        rows: list[Markup] = []
        for (name, known), found in groupby(hypotheses, key=lambda one: (one.name, one.known)):
            ones = list(found)
            named = [] if _says_the_same(ones) else [tag("span", self.prose(name), ":")]
            said = [tag("span", self.formulas.inline(one.formula)) for one in ones]
            role = [tag("span", "theorem from elsewhere", class_="role")] if known else []
            rows.append(tag("li", join((*named, *said, *role), " ")))
        return tag("ul", *rows, class_="given") if rows else NOTHING

    def _where(self, entry: Entry) -> Markup:
        return self.definitions(entry.where, f"definition in ({entry.label})")

    def _laws(self, entry: Entry) -> Markup:
        """What is random and by which law; that all entries are independent is said once."""
        lines = [self.formulas.display(law, label=f"law in ({entry.label})") for law in entry.laws]
        return tag("div", *lines, "all entries independent", class_="definitions") if lines else NOTHING

    def definitions(self, pairs: Sequence[tuple[str, str]], label: str) -> Markup:
        """What names stand for, a line each; a name that only stands for itself says nothing."""
        told = [f"{name} = {body}" for name, body in pairs if name != body]
        lines = [self.formulas.display(line, label=label) for line in told]
        return tag("div", *lines, class_="definitions") if lines else NOTHING

    # The lines, and what justifies each

    def _display(self, display: Display, entry: Entry, at: int) -> Markup:
        """A chain, its signs under one another; a single line is not taken apart."""
        chained = len(display.links) > 1
        what = f"line of ({entry.label})"
        start = self.formulas.display(display.start, label=what) if chained and display.start else NOTHING
        lines = [self._line(link, "" if chained else display.start, entry, what) for link in display.links]
        first = display.links[0].report.number if display.links[0].report else at
        steps = tag("ol", *lines, start=first) if len(entry.report.steps) > 1 else tag("ol", *lines, class_="lone")
        return tag("div", start, steps, class_="chain" if chained else "single")

    def _line(self, link: Link, start: str, entry: Entry, what: str) -> Markup:
        step = link.report
        latex = " ".join(filter(None, (start, link.sign, link.formula)))
        formula = self.formulas.display(latex, said(step) if step else "", what)
        if link.words:
            return self._in_words(link, formula, entry)
        wrong = self._wrong(step, entry) if step else NOTHING
        wide = "wide" if self.formulas.is_wide(latex) else None
        return tag("li", formula, self._why(link, step, entry), wrong, class_=wide)

    def _in_words(self, link: Link, formula: Markup, entry: Entry) -> Markup:
        """What a line says, and folded below it how that is computed; open where it does not hold."""
        told = self.prose(link.words)
        holds = link.report is None or link.report.verdict == "proved"
        folded = tag("details", tag("summary", "As an equation"), formula, open=None if holds else "")
        wrong = self._wrong(link.report, entry) if link.report else NOTHING
        sentence = tag("p", Markup(told[:1].upper() + told[1:]), ".")
        return tag("li", sentence, self._why(link, link.report, entry), folded, wrong, class_="words")

    def _why(self, link: Link, step: StepReport | None, entry: Entry) -> Markup:
        """What the author says of a line, and what was found of it."""
        because = tag("span", self.prose(link.because), class_="because") if link.because else NOTHING
        number = tag("span", f"({step.number})", class_="step") if step and len(entry.report.steps) > 1 else NOTHING
        found = self._found(step, entry) if step else "not checked"
        return tag("div", join((number, because, found), " "), class_="why")

    def _found(self, step: StepReport, entry: Entry) -> Markup:
        cited = [fact for fact in step.used if "#" not in fact]  # the others name letters that only a proof has
        names = self.names[entry.label]
        facts = join((self.words(fact, names) for fact in cited), ", ")
        source = join(("from ", facts)) if facts else NOTHING
        reason = self.words(step.reason, names) if step.reason not in entry.report.reason else NOTHING
        unlike = step.verdict not in ("proved", entry.report.expected)
        return tag("span", join((badge(step.verdict, wrong=unlike), source, reason), " "), class_="found")

    # What is false, and what is true

    def _wrong(self, step: StepReport, entry: Entry) -> Markup:
        """Where a line is false, with matrices as matrices, and what would make it true."""
        rows: list[tuple[str, Part]] = []
        if step.counterexample:
            rows += self._counterexample(step.counterexample, _statement_of(entry.claim, step))
        if step.repair:
            rows.append(("Repair", self._repair(step.repair, entry)))
        return self._list(rows)

    def _counterexample(self, found: Counterexample, statement: Statement | None) -> Iterator[tuple[str, Part]]:
        values = [tag("li", self.formulas.inline(line)) for line in values_latex(found)]
        yield "False at", tag("ul", *values, class_="values")
        for name, side in (("Left side", found.left), ("Right side", found.right)):
            yield name, self.formulas.inline(side_latex(side, statement, found.sizes), side)

    def _repair(self, repair: Repair, entry: Entry) -> Markup:
        names = self.names[entry.label]
        change, statement = repair_latex(repair.was, repair.now, repair.statement, names)
        shown = [self.formulas.inline(change, f"{repair.was} → {repair.now}")]
        if statement:
            shown += [Markup(" gives"), self.formulas.display(statement, repair.statement, "the repaired statement")]
        others = [tag("li", self.formulas.inline(*_formula(other, names))) for other in repair.others]
        return join((*shown, tag("ul", *others, class_="others") if others else NOTHING))

    def _corrected(self, entry: Entry) -> Iterator[tuple[str, Part]]:
        """What is true instead of a statement kept as printed, and the claim that says so."""
        yield "True instead" if entry.claim.errata else "Reading", self.prose(entry.reading)
        label = entry.claim.printed.corrected_by if entry.claim.printed else ""
        if label:
            yield "Corrected in", join((self.link(label), self._standing_of(label)), " ")

    def _standing_of(self, label: str) -> Part:
        report = self.reports.get(label)
        return badge(report.verdict, wrong=not report.ok) if report else None

    def _unlike_proved(self, label: str) -> Part:
        return None if label in self.reports and self.reports[label].verdict == "proved" else self._standing_of(label)

    # What it rests on, and what rests on it

    def _relations(self, report: ClaimReport) -> Iterator[tuple[str, Part]]:
        used = [join((self.link(label), self._unlike_proved(label)), " ") for label in report.rests_on]
        yield "Rests on", join(used, ", ")
        yield "From elsewhere", join(map(self.words, report.assumptions), "; ")
        yield "Used by", join(map(self.link, self.users.get(report.label, ())), ", ")

    def _certificates(self, entry: Entry) -> Markup:
        """What the kernel accepted: how it was proved, from what, and how long each proof is."""
        report = entry.report
        if not report.certificates:
            return NOTHING
        long = sum(len(json.dumps(one, ensure_ascii=False, separators=(",", ":"))) for one in report.certificates)
        head = ("Step", "Proved by", "Uses")
        rows = [
            (f"({step.number})", ", ".join(step.rules), join([tag("span", one) for one in step.used], ", "))
            for step in report.steps
        ]
        told = f"Certificate: {counted(len(report.certificates), 'proof')}, {_size(long)}"
        return tag("details", tag("summary", told), table(f"Proof of ({report.label})", head, rows))


# Words --------------------------------------------------------------------------------------------------------------

STOP = re.compile(r"[,.;:!?)]*")


def _with_stops(spans: Iterable[Span]) -> Iterator[tuple[Span, str]]:
    """Each span, and the stop that follows it if it is a formula; the words after that begin without it."""
    before: Span | None = None
    for span, following in pairwise([*spans, None]):
        if isinstance(span, Text) and isinstance(before, Formula):
            yield Text(STOP.sub("", span.words, count=1)), ""
        elif span is not None:
            stop = STOP.match(following.words) if isinstance(following, Text) else None
            yield span, stop[0] if stop else ""
        before = span


# Parts that need no formula -----------------------------------------------------------------------------------------


def badge(verdict: str, wrong: bool = False) -> Markup:
    """A verdict: a sign, a word and a colour."""
    sign, _ = VERDICTS[verdict]
    look = "wrong" if wrong else verdict
    return tag("span", tag("span", sign, aria_hidden="true"), f" {verdict}", class_=f"badge {look}")


def _standing(report: ClaimReport, reason: Markup) -> Markup:
    """The verdict; one that is not expected, and an error that was not caught, in a box that cannot be missed."""
    note = "" if report.verdict == report.expected == "proved" else "as expected"
    place = tag("span", _near(report.place), class_="place") if report.place else NOTHING
    failed = report.verdict != report.expected
    line = tag("p", join((badge(report.verdict, failed), "" if failed else note, place), " "), class_="standing")
    if report.ok:
        return join((line, tag("p", reason, class_="reason") if reason else NOTHING))
    return join((line, tag("div", *_failures(report, reason), class_="failure", role="note")))


def _failures(report: ClaimReport, reason: Markup) -> Iterator[Markup]:
    if report.verdict != report.expected:
        told = f"Failed: {report.verdict}, expected {report.expected}"
        yield tag("p", join((tag("strong", told), reason), ": "))
    for row in report.evidence if report.verdict == "error" else ():
        if row.ok is False:
            yield tag("p", tag("strong", f"{row.method} objects"), f": {row.detail}")
    for damage in report.planted.escaped if report.planted else ():
        yield tag("p", tag("strong", "Failed: a planted error was not caught"), f": {damage}")


def _says_the_same(ones: Sequence[Given]) -> bool:
    """Whether the name of a hypothesis is just its formula, be it from right to left."""
    if len(ones) > 1 or not ones[0].named:
        return len(ones) == 1
    name = "".join(span.words if isinstance(span, Text) else getattr(span, "latex", "") for span in ones[0].name)
    return _letters(name) == _letters(ones[0].formula)


def _letters(latex: str) -> list[str]:
    return sorted(re.sub(r"\\text|[\\\s{}]", "", latex).replace(">", "<"))


def said(step: StepReport) -> str:
    return step.statement or f"{step.left} = {step.right}"


def _formula(text: str, names: Iterable[str]) -> tuple[str, str]:
    return repair_latex("", "", text, frozenset(names))[1], text


def _statement_of(claim: Claim, step: StepReport) -> Statement | None:
    full = printed(claim)
    steps = full.steps if isinstance(full, Claim) else ()
    return next((one.statement for one in steps if one.number == step.number), None)


def _near(place: str) -> str:
    """``page.py:12``: the folder is the author's, and differs from one machine to another."""
    return os.path.basename(place)


def _size(characters: int) -> str:
    return f"{characters} bytes" if characters < 1000 else f"{characters / 1000:.1f} kB"


def _planted(report: ClaimReport) -> Iterator[tuple[str, Part]]:
    if report.planted is not None:
        caught = planted_text(report.planted, short=False).removeprefix("planted ")
        yield "Planted errors", f"{caught} caught" if caught else "none could be planted"


def _evidence(report: ClaimReport) -> Markup:
    """What each method says, in a line, and folded behind it what it did."""
    rows = report.evidence or merged([row for step in report.steps for row in step.evidence])
    if not rows:
        return NOTHING
    shown = [row for row in rows if row.ok is not None or row.fault]
    line = join((tag("span", f"{says(row)[0]} {row.method}", class_="method") for row in shown), " ")
    several = len(report.steps) > 1
    body = [_evidence_row(number, row, several) for number, row in _all_evidence(report)]
    head = (*(("Step",) if several else ()), "Method", "Says", "Sizes", "Digits", "Detail")
    full = table(f"Evidence for ({report.label})", head, body, heads=2 if several else 1)
    return tag("details", tag("summary", "Evidence ", line), full, open=None if report.ok else "")


def _all_evidence(report: ClaimReport) -> Iterator[tuple[str, Evidence]]:
    """Step by step; a method that judged the claim as a whole comes last."""
    found = {row.method for step in report.steps for row in step.evidence}
    for step in report.steps:
        yield from ((f"({step.number})", row) for row in step.evidence)
    yield from (("all", row) for row in report.evidence if row.method not in found)


def _evidence_row(number: str, row: Evidence, several: bool) -> tuple[Part, ...]:
    sign, word = says(row)
    told = tag("span", tag("span", sign, aria_hidden="true"), f" {word}", class_="says")
    return (*((number,) if several else ()), row.method, told, sizes(row), digits(row), detail(row))


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[Part]], heads: int = 1) -> Markup:
    """A table that scrolls where it is too wide; the first ``heads`` cells of a row name it."""
    top = tag("tr", *(tag("th", cell, scope="col") for cell in head))
    body = [
        tag("tr", *(tag("th", cell, scope="row") if at < heads else tag("td", cell) for at, cell in enumerate(row)))
        for row in rows
    ]
    inside = tag("table", tag("caption", caption), tag("thead", top), tag("tbody", *body))
    return tag("div", inside, class_="table", tabindex=0, role="group", aria_label=caption)
