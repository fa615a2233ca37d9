"""What a document says, whatever it is set in: a derivation and its report, in the order in which both are read.

Formulas are LaTeX for mathematics mode, words are spans of ``derive.export.prose``. A statement of the source that is
false does not stand among the theorems: it comes after them, with its counterexample and what is true instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from derive.export.prose import Span, prose
from derive.language.cases import Cases, cases_of, is_exhaustion
from derive.language.derivation import Assumption, Claim, Derivation, Remark, Step, continues, drawn, unfolded
from derive.language.indices import DimOrder
from derive.language.latex import SIGNS, latex, latex_name, law_latex, statement_latex
from derive.language.laws import LAW
from derive.language.markdown import claimed
from derive.language.nodes import Defined, Indicator, Select, Symbol
from derive.language.statements import Hypothesis, Relation, Statement, expressions
from derive.load import printed
from derive.report import ClaimReport, Report, StepReport


@dataclass(frozen=True, slots=True)
class Given:
    """A hypothesis of a claim.

    Attributes:
        name: what it goes by; ``formula`` is what it says.
        named: whether the author gave the name; else it is the formula in Unicode.
        origin: the label of the claim that states it; empty where it is assumed.
        used: whether the proof uses it; None where nothing is proved.
        known: whether it is a theorem that is taken from elsewhere.
    """

    name: tuple[Span, ...]
    formula: str
    origin: str
    used: bool | None
    known: bool
    named: bool = True


@dataclass(frozen=True, slots=True)
class Link:
    """A line of a chain: how it compares with the line before, and why.

    Attributes:
        words: what the line says, where the formula is only how that is computed: that cases leave nothing out.
    """

    sign: str
    formula: str
    because: tuple[Span, ...]
    report: StepReport | None
    words: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Display:
    """A chain as its author wrote it, ``start`` and the lines after it, or a single statement, without a start."""

    start: str
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A claim, and what was found of it.

    Attributes:
        anchor: a name for it in the document: letters, digits and hyphens.
        statement: what is claimed, a formula a line; empty where it cannot be built.
        where: the definitions that it unfolds, each a name and what it stands for.
        laws: what is random in it, and by which law.
        by_law: what its proof takes from a law: that a probability is at most 1.
        displays: the claim as written, with what justifies each line.
        cases: of a value that is claimed case by case, the one formula that is then the statement.
    """

    anchor: str
    claim: Claim
    report: ClaimReport
    title: tuple[Span, ...]
    statement: tuple[str, ...]
    given: tuple[Given, ...]
    where: tuple[tuple[str, str], ...]
    laws: tuple[str, ...]
    by_law: tuple[tuple[Span, ...], ...]
    displays: tuple[Display, ...]
    reading: tuple[Span, ...]
    cases: Cases | None = None

    @property
    def label(self) -> str:
        return self.claim.label


@dataclass(frozen=True, slots=True)
class Chapter:
    """A derivation: its definitions, what it assumes, what it claims and the mistakes of its source.

    Attributes:
        heading: the title, taken apart.
        names: of its symbols, sets and definitions: with them a line of Unicode can be read as a formula.
    """

    anchor: str
    derivation: Derivation
    definitions: tuple[tuple[str, str], ...]
    assumed: tuple[Given, ...]
    claims: tuple[Entry, ...]
    mistakes: tuple[Entry, ...]
    remarks: tuple[tuple[Remark, tuple[Span, ...]], ...]
    heading: tuple[Span, ...] = ()
    names: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        return self.derivation.title


@dataclass(frozen=True, slots=True)
class Document:
    """Everything that a run found, chapter by chapter. ``anchors`` leads from the label of a claim to its place."""

    chapters: tuple[Chapter, ...]
    report: Report
    anchors: dict[str, str]


def document(derivations: Sequence[Derivation], report: Report) -> Document:
    """The derivations and their report as one document; claims of which there is no report are left out."""
    found = {claim.label: claim for claim in report.claims}
    labels = [label for page in derivations for label in page.claims if label in found]
    anchors = dict(zip(labels, _anchors(labels), strict=True))
    chapters = tuple(_Writer(page, found, anchors).chapter(number) for number, page in enumerate(derivations, start=1))
    return Document(tuple(chapter for chapter in chapters if chapter.claims or chapter.mistakes), report, anchors)


def _anchors(labels: Iterable[str]) -> Iterator[str]:
    """A distinct name for each label, of letters that every format takes."""
    taken: set[str] = set()
    for label in labels:
        base = re.sub(r"[^A-Za-z0-9]+", "-", label).strip("-") or "claim"
        name = next(name for name in (base, *(f"{base}-{k}" for k in range(2, 10_000))) if name.casefold() not in taken)
        taken.add(name.casefold())
        yield name


class _Writer:
    """Writes one chapter."""

    def __init__(self, page: Derivation, reports: dict[str, ClaimReport], anchors: dict[str, str]) -> None:
        self.page, self.reports, self.anchors = page, reports, anchors
        self.names = _names(page)

    def chapter(self, number: int) -> Chapter:
        entries = [self._entry(claim) for claim in self.page.claims.values() if claim.label in self.reports]
        return Chapter(
            anchor=f"part-{number}",
            derivation=self.page,
            definitions=tuple(_definition(one) for one in self.page.definitions.values()),
            assumed=tuple(self._given(assumption, None) for assumption in self.page.assumptions),
            claims=tuple(entry for entry in entries if not entry.claim.errata),
            mistakes=tuple(entry for entry in entries if entry.claim.errata),
            remarks=tuple((remark, self._prose(remark.reading)) for remark in self.page.remarks),
            heading=self._prose(self.page.title),
            names=self.names,
        )

    def _entry(self, claim: Claim) -> Entry:
        report = self.reports[claim.label]
        full = printed(claim)
        built = full if isinstance(full, Claim) else None
        return Entry(
            anchor=self.anchors[claim.label],
            claim=claim,
            report=report,
            title=self._prose(claim.title),
            statement=tuple(claimed(built)) if built else (),
            given=tuple(self._given(one, report) for one in claim.hypotheses),
            where=tuple(_definition(one) for one in unfolded(built.steps)) if built else (),
            laws=tuple(law_latex(*pair) for pair in drawn(built.steps)) if built else (),
            by_law=tuple(self._prose(name) for name in _by_law(report)),
            displays=tuple(self._displays(built, report)) if built else (),
            reading=self._prose(claim.reading),
            cases=cases_of(built) if built else None,
        )

    def _given(self, assumption: Assumption, report: ClaimReport | None) -> Given:
        proved = report is not None and report.verdict == "proved"
        used = assumption.name in report.hypotheses.used if report is not None and proved else None
        formula = statement_latex(assumption.statement)
        named = assumption.name != shown(assumption.statement)
        return Given(self._prose(assumption.name), formula, assumption.origin, used, assumption.known, named)

    def _displays(self, claim: Claim, report: ClaimReport) -> Iterator[Display]:
        """Lines of one chain together, any other statement by itself."""
        found = {step.number: step for step in report.steps}
        for group in _chains(claim):
            first = group[0].statement
            chained = claim.kind == "calc" and isinstance(first, Relation)
            start = latex(first.left) if chained and isinstance(first, Relation) else ""
            links = (self._link(step, found.get(step.number), chained, claim) for step in group)
            yield Display(start, tuple(links))

    def _link(self, step: Step, report: StepReport | None, chained: bool, claim: Claim) -> Link:
        statement, because = step.statement, self._prose(step.because)
        if is_exhaustion(claim, step):
            return Link("", statement_latex(statement), (), report, because)
        if chained and isinstance(statement, Relation):
            return Link(SIGNS[statement.sign], latex(statement.right), because, report)
        return Link("", statement_latex(statement), because, report)

    def _prose(self, words: str) -> tuple[Span, ...]:
        return prose(words, self.anchors, self.names)


# Parts of a claim ---------------------------------------------------------------------------------------------------


def _chains(claim: Claim) -> Iterator[list[Step]]:
    """The steps, those of one chain together: each begins with the line with which the one before it ends."""
    group: list[Step] = []
    for step in claim.steps:
        if group and not continues(claim, group[-1], step):
            yield group
            group = []
        group.append(step)
    if group:
        yield group


def _definition(one: Defined) -> tuple[str, str]:
    return latex_name(one.name), latex(one.body)


def _names(page: Derivation) -> frozenset[str]:
    """The names of the symbols, sets and definitions of a derivation: a reader of its words has to know them."""
    statements = [step.statement for claim in page.claims.values() for step in claim.steps]
    given = [one.statement for one in page.assumptions if not isinstance(one.statement, DimOrder)]
    nodes = [node for one in (*statements, *given) for expr in expressions(one) for node in expr.walk()]
    sets = {node.subset.name for node in nodes if isinstance(node, Indicator | Select)}
    return frozenset(page.definitions) | sets | {node.name for node in nodes if isinstance(node, Symbol | Defined)}


def shown(statement: Statement | Hypothesis) -> str:
    """A statement in a line of Unicode."""
    return f"{statement.small} < {statement.large}" if isinstance(statement, DimOrder) else str(statement)


def _by_law(report: ClaimReport | None) -> list[str]:
    steps = () if report is None else report.steps
    return list(dict.fromkeys(name for step in steps for name in step.used if name.startswith(LAW)))
