"""Verdicts and evidence as data, and their JSON form: the contract that other programs read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from derive.errors import InputError
from derive.kernel import Statement
from derive.language.derivation import VERDICTS

__all__ = [
    "METHODS",
    "VERDICTS",
    "WEAKEST_FIRST",
    "ClaimReport",
    "Counterexample",
    "Evidence",
    "Formula",
    "Hypotheses",
    "Planted",
    "Repair",
    "Report",
    "StepReport",
    "Without",
    "merged",
    "methods_named",
    "weakest",
]

WEAKEST_FIRST = ("error", "undefined", "ill-typed", "refuted", "undecided", "agrees", "proved-at", "proved")
"""A claim is worth its weakest step."""

METHODS = (
    "kernel",
    "sympy",
    "entrywise",
    "exact-difference",
    "autograd-exact",
    "finite-difference",
    "autograd",
    "exact-points",
    "numeric",
    "sampling",
    "quadrature",
    "independent",
    "faithful",
)


def methods_named(given: str) -> tuple[str, ...]:
    """The methods of a list with commas, in the order of ``METHODS``.

    Raises:
        InputError: a name is of no method.
    """
    names = [name.strip() for name in given.split(",")]
    unknown = [name for name in names if name not in METHODS]
    if unknown:
        raise InputError(f"{unknown[0]!r} is no method; the methods are {', '.join(METHODS)}")
    return tuple(method for method in METHODS if method in names)


class Shown:
    """Shown by a notebook as text with formulas in it, and as a terminal shows it where there is no notebook."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        from derive.export.display import markdown, plain

        return {"text/plain": plain(self), "text/markdown": markdown(self)}


@dataclass(frozen=True, slots=True)
class Evidence(Shown):
    """What one method says of one step or claim.

    Attributes:
        method: one of ``METHODS``.
        ok: whether it supports the statement; None where it does not apply, and ``detail`` says why.
        fault: where the method itself is known to be wrong here, who and how (``sympy: …``).
        sizes: the values of the dimensions at which it looked.
        digits: to how many digits numbers agree; None where they are exact.
        seconds: how long it took.
        detail: one line for the reader.
        bound: an upper bound on the probability that a false statement passes, for randomised exact methods.
    """

    method: str
    ok: bool | None
    detail: str = ""
    fault: str | None = None
    sizes: tuple[Mapping[str, int], ...] = ()
    digits: float | None = None
    seconds: float = 0.0
    bound: float | None = None

    def data(self) -> dict[str, Any]:
        return {
            "method": self.method,
            "ok": self.ok,
            "fault": self.fault,
            "sizes": [dict(sizes) for sizes in self.sizes],
            "digits": self.digits,
            "seconds": round(self.seconds, 4),
            "detail": self.detail,
            "bound": self.bound,
        }


@dataclass(frozen=True, slots=True)
class Counterexample(Shown):
    """Exact values at which a statement is false."""

    sizes: Mapping[str, int]
    values: Mapping[str, str]
    left: str
    right: str

    def data(self) -> dict[str, Any]:
        return {"sizes": dict(self.sizes), "values": dict(self.values), "left": self.left, "right": self.right}


@dataclass(frozen=True, slots=True)
class Without:
    """What happens without a hypothesis: a model of all the others, and what the sides of the claim are there."""

    name: str
    without: Counterexample

    def data(self) -> dict[str, Any]:
        return {"name": self.name, "without": self.without.data()}


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """What a claim needs of what it declares.

    Attributes:
        used: what its proof rests on, as few as were found.
        unused: what is declared and not used.
        needed: used, and there is a model of all others at which the claim fails.
        meaning: used, and there is a model of all others at which the claim has no value.
        undetermined: used, and neither shown to be needed nor to be superfluous.
        through: what is used only through an earlier claim, and the label of that.
    """

    used: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    needed: tuple[Without, ...] = ()
    meaning: tuple[Without, ...] = ()
    undetermined: tuple[str, ...] = ()
    through: Mapping[str, str] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        return {
            "used": list(self.used),
            "unused": list(self.unused),
            "needed": [one.data() for one in self.needed],
            "meaning": [one.data() for one in self.meaning],
            "undetermined": list(self.undetermined),
            "through": dict(self.through),
        }


@dataclass(frozen=True, slots=True)
class Repair(Shown):
    """The least change that makes a false statement true: what was, what is, and the statement then."""

    was: str
    now: str
    statement: str
    others: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        return {"was": self.was, "is": self.now, "statement": self.statement, "others": list(self.others)}


@dataclass(frozen=True, slots=True)
class Planted(Shown):
    """Damaged copies of a claim: tried, caught by every judge that had to, and provably the same statement."""

    tried: int = 0
    caught: int = 0
    equivalent: int = 0
    escaped: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.caught + self.equivalent == self.tried and not self.escaped

    def data(self) -> dict[str, Any]:
        return {
            "tried": self.tried,
            "caught": self.caught,
            "equivalent": self.equivalent,
            "escaped": list(self.escaped),
        }


@dataclass(frozen=True, slots=True)
class Formula:
    """A step in LaTeX: its two sides and the sign between them; what is no relation is all ``left``.

    Attributes:
        continues: whether it is the next line of a chain: its left side is the right side of the step before.
        words: what the step says, where the formula is only how that is computed: that cases leave nothing out.
    """

    left: str
    sign: str = ""
    right: str = ""
    continues: bool = False
    words: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, [self.left, self.sign, self.right]))


@dataclass(frozen=True, slots=True)
class StepReport(Shown):
    """One step: its two sides as written, its verdict, and what shows it."""

    number: int
    left: str
    right: str
    verdict: str
    statement: str = ""
    because: str = ""
    evidence: tuple[Evidence, ...] = ()
    used: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    repair: Repair | None = None
    reason: str = ""
    formula: Formula = Formula("")

    def data(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "left": self.left,
            "right": self.right,
            "statement": self.statement,
            "latex": str(self.formula),
            "verdict": self.verdict,
            "because": self.because,
            "used": list(self.used),
            "rules": list(self.rules),
            "reason": self.reason,
            "evidence": [row.data() for row in self.evidence],
            "counterexample": self.counterexample.data() if self.counterexample else None,
            "repair": self.repair.data() if self.repair else None,
        }


@dataclass(frozen=True, slots=True)
class ClaimReport(Shown):
    """One claim: verdict, the verdict that its author expects, and everything that bears on it."""

    label: str
    derivation: str
    source: str
    title: str
    text: str
    latex: str
    verdict: str
    expected: str
    steps: tuple[StepReport, ...] = ()
    errata: tuple[str, ...] = ()
    reading: str = ""
    declared: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    planted: Planted | None = None
    seconds: float = 0.0
    reason: str = ""
    place: str = ""
    rests_on: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    certificates: tuple[Mapping[str, Any], ...] = ()
    statements: tuple[Statement, ...] = ()
    where: tuple[str, ...] = ()
    """The definitions that it unfolds, in LaTeX."""
    cases: str = ""
    """A value that it states case by case, as one formula, in LaTeX."""
    analysis: Hypotheses | None = None
    """What the claim needs of what it declares; None where that was not looked for."""
    recalled: int = 0
    """How many proofs were known from an earlier run; the kernel accepted each of them again."""

    @property
    def hypotheses(self) -> Hypotheses:
        """What is known of the hypotheses: without an analysis only which are used."""
        if self.analysis is not None:
            return self.analysis
        idle = tuple(name for name in self.declared if name not in self.used) if self.verdict == "proved" else ()
        return Hypotheses(self.used, idle, undetermined=self.used)

    @property
    def ok(self) -> bool:
        return self.verdict == self.expected and (self.planted is None or self.planted.ok)

    def data(self) -> dict[str, Any]:
        refuted = next((step for step in self.steps if step.counterexample), None)
        repaired = next((step for step in self.steps if step.repair), None)
        return {
            "label": self.label,
            "derivation": self.derivation,
            "source": self.source,
            "title": self.title,
            "latex": self.latex,
            "text": self.text,
            "verdict": self.verdict,
            "expected": self.expected,
            "ok": self.ok,
            "errata": list(self.errata),
            "reading": self.reading,
            "reason": self.reason,
            "seconds": round(self.seconds, 4),
            "steps": [step.data() for step in self.steps],
            "rests_on": list(self.rests_on),
            "assumptions": list(self.assumptions),
            "hypotheses": {"declared": list(self.declared), **self.hypotheses.data()},
            "evidence": [row.data() for row in self.evidence],
            "planted": self.planted.data() if self.planted else None,
            "counterexample": refuted.counterexample.data() if refuted and refuted.counterexample else None,
            "repair": repaired.repair.data() if repaired and repaired.repair else None,
        }


@dataclass(frozen=True, slots=True)
class Report(Shown):
    """A whole run."""

    claims: tuple[ClaimReport, ...]
    seconds: float
    versions: Mapping[str, str] = field(default_factory=dict)
    assumptions: Sequence[str] = ()
    lemmas: tuple[ClaimReport, ...] = ()
    """Claims that were not asked for, but that those that were rest on."""

    @property
    def ok(self) -> bool:
        return all(claim.ok for claim in self.claims)

    @property
    def counts(self) -> dict[str, int]:
        return {verdict: sum(claim.verdict == verdict for claim in self.claims) for verdict in VERDICTS}

    def data(self) -> dict[str, Any]:
        return {
            "schema": 1,
            "ok": self.ok,
            "seconds": round(self.seconds, 3),
            "versions": dict(self.versions),
            "counts": self.counts,
            "assumptions": list(self.assumptions),
            "claims": [claim.data() for claim in self.claims],
        }


# Several rows in one -----------------------------------------------------------------------------------------------


def weakest(verdicts: Iterable[str]) -> str:
    """The weakest of the verdicts: what a chain is worth."""
    return min(verdicts, key=WEAKEST_FIRST.index, default="undecided")


def merged(rows: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """One row a method: as good as its worst, its sizes together, its digits the fewest."""
    found: list[Evidence] = []
    for method in METHODS:
        own = [row for row in rows if row.method == method]
        if own:
            found.append(_worst(own))
    return tuple(found)


def _worst(rows: Sequence[Evidence]) -> Evidence:
    applied = [row for row in rows if row.ok is not None]
    unproved = [row for row in rows if row.method == "kernel" and row.ok is None]
    if unproved:  # the kernel's word for a claim is its word for every step
        return replace(unproved[0], seconds=sum(row.seconds for row in rows))
    shown = next((row for row in rows if row.ok is False), applied[0] if applied else rows[0])
    digits = [row.digits for row in applied if row.digits is not None]
    sizes = {tuple(sorted(size.items())): size for row in applied for size in row.sizes}
    bounds = [row.bound for row in applied if row.bound is not None]
    return replace(
        shown,
        sizes=tuple(sizes.values()),
        digits=min(digits) if digits else None,
        seconds=sum(row.seconds for row in rows),
        bound=max(bounds) if bounds else None,
        fault=next((row.fault for row in rows if row.fault), None),
    )
