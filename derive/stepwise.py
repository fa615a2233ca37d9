"""A claim step by step: each checked claim once, which of its steps fail, and what there is to say of one that does."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from derive.assembly import capped, with_what_they_rest_on
from derive.checker import Options, check_claim
from derive.errors import InputError
from derive.language.derivation import Claim
from derive.listing import near
from derive.load import described, number_of_steps, printed
from derive.render import counterexample_text, repair_text, said
from derive.report import METHODS, WEAKEST_FIRST, ClaimReport, StepReport
from derive.screen import Screen, cut, plain

LONGEST = 300
"""Columns of what is told of a step; ``derive show`` tells the rest."""

MOST_ESCAPED = 3
"""Planted errors that are told; where many escape, they do for one reason."""

DIFFERENCE = "the sides differ by "
"""How the kernel's reason begins where it knows the difference."""


# Checking -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Checks:
    """Reports of claims, each made when it is first asked for, once for all steps of the claim."""

    options: Options
    found: dict[tuple[int, bool], ClaimReport] = field(default_factory=dict)

    def of(self, claim: Claim) -> ClaimReport:
        """The report of a claim, no better than those of the claims that it uses.

        Raises:
            InputError: a function of the author's breaks.
        """
        reports: dict[str, ClaimReport] = {}
        for one in with_what_they_rest_on([claim]):
            reports[one.label] = capped(one, self._alone(one, one is claim), reports)
        return reports[claim.label]

    def _alone(self, claim: Claim, whole: bool) -> ClaimReport:
        """In what a claim only rests on, no errors are planted."""
        if (id(claim), True) in self.found:
            return self.found[id(claim), True]
        if (id(claim), whole) not in self.found:
            options = self.options if whole else replace(self.options, plant=False)
            self.found[id(claim), whole] = _checked(claim, options)
        return self.found[id(claim), whole]


def _checked(claim: Claim, options: Options) -> ClaimReport:
    """The verdict must not depend on which warnings the author's own tests turn into errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        printed(claim)
        try:
            return check_claim(claim, options)
        except Exception as error:
            raise InputError(f"{claim.place}: the check of {claim.label!r} broke: {described(error)}") from error


# Which steps fail ---------------------------------------------------------------------------------------------------


def failing(claim: Claim, report: ClaimReport, asked: Sequence[str] = METHODS) -> frozenset[int]:
    """The numbers of the steps that fail: at least one where the claim does not hold.

    What is wrong with the claim and with none of its steps, as a planted error that escapes, is the last step's. Where
    not all methods were asked, what is undecided fails even if that is expected: others might decide it.
    """
    last = number_of_steps(claim)
    if not report.steps:
        return frozenset() if report.ok else frozenset(range(1, last + 1))
    found = _off(report)
    if set(asked) != set(METHODS):
        found |= {step.number for step in report.steps if step.verdict == "undecided"}
    if not _all_caught(report) or (not report.ok and not found):
        found |= {last}
    return found


def _off(report: ClaimReport) -> frozenset[int]:
    """The steps to which it is due that the claim has another verdict than expected: those that are worse, if any is.

    A chain is worth its weakest step, so the others of one that holds may be better than expected.
    """
    if report.verdict == report.expected:
        return frozenset()
    rank = WEAKEST_FIRST.index
    worse = frozenset(step.number for step in report.steps if rank(step.verdict) < rank(report.expected))
    return worse or frozenset(step.number for step in report.steps if step.verdict != report.expected)


def _all_caught(report: ClaimReport) -> bool:
    return report.planted is None or report.planted.ok


# What is said of one that fails -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong with a step, in one line, and the rows below it: the residual first, both sides last."""

    head: str
    rows: tuple[tuple[str, str], ...]

    def lines(self, width: int | None = None) -> list[str]:
        """As a terminal of so many columns shows it; None where nothing limits the width of a line."""
        screen = Screen(sys.stdout, width)
        rows = [((name, ""), (text, "")) for name, text in self.rows]
        return [plain(line) for line in (*screen.hanging([], self.head), *screen.described(rows))]


def failure(claim: Claim, report: ClaimReport, number: int, asked: Sequence[str] = METHODS) -> Failure | None:
    """What is wrong with a step, or None where it holds."""
    if number not in failing(claim, report, asked):
        return None
    step = next((step for step in report.steps if step.number == number), None)
    rows = [*(_found(step) if step else ()), *_why(report, step)]
    rows += _escaped(report) if number == number_of_steps(claim) else ()
    rows += [("asked", ", ".join(asked))] if set(asked) != set(METHODS) else []
    rows += _sides(step) if step else [("states", report.text)] * (report.text not in ("", report.reason))
    rows = [(name, cut(text, LONGEST)) for name, text in rows]
    return Failure(f"step {number} of {claim.label}: {_wrong(report, step)}", (*rows, ("at", near(claim.place))))


def _wrong(report: ClaimReport, step: StepReport | None) -> str:
    """In what the step, or else the claim, is not as expected."""
    told: list[str] = []
    if step is not None and report.expected not in (step.verdict, report.verdict):
        told.append(f"{step.verdict}, expected {report.expected}")
    elif report.verdict != report.expected:
        told.append(f"{step.verdict}, but the claim is {report.verdict}" if step else report.verdict)
        told[-1] += "" if step else f", expected {report.expected}"
    if not _all_caught(report):
        told.append("a planted error is not caught")
    return "; ".join(told) or "undecided, as expected, but not all methods were asked"


def _found(step: StepReport) -> Iterator[tuple[str, str]]:
    """The residual, the counterexample and the repair, as far as there are any."""
    if step.verdict in ("refuted", "undecided", "error") and (found := residual(step)):
        yield "residual", found
    if step.counterexample:
        yield "counterexample", counterexample_text(step.counterexample)
    if step.repair:
        yield "repair", repair_text(step.repair)


def residual(step: StepReport) -> str:
    """The left side less the right one: as the kernel writes it, or else as a method that objects does."""
    for row in step.evidence:
        if row.method == "kernel" and row.detail.startswith(DIFFERENCE):
            return row.detail.removeprefix(DIFFERENCE)
    objecting = [row for row in step.evidence if row.ok is False and row.method != "sympy"]
    return next((f"{row.method}: {row.detail}" for row in objecting), "")


def _why(report: ClaimReport, step: StepReport | None) -> Iterator[tuple[str, str]]:
    """The reasons that are given for the step and for the claim; a difference that is told as the residual is none."""
    of_a_step = step is not None and report.reason.startswith("step ")
    reasons = [step.reason if step else "", "" if of_a_step else report.reason]
    for reason in dict.fromkeys(reasons):
        if reason and not reason.startswith(DIFFERENCE):
            yield "because", reason


def _escaped(report: ClaimReport) -> Iterator[tuple[str, str]]:
    escaped = report.planted.escaped if report.planted else ()
    for damage in escaped[:MOST_ESCAPED]:
        yield "not caught", damage
    if len(escaped) > MOST_ESCAPED:
        yield "", f"and {len(escaped) - MOST_ESCAPED} more"


def _sides(step: StepReport) -> list[tuple[str, str]]:
    """Both sides, of an equality one above the other."""
    if said(step) == f"{step.left} = {step.right}":
        return [("left", step.left), ("right", step.right)]
    return [("states", said(step))]
