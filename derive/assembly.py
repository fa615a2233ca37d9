"""What rests on what: a claim that uses others is never better than the weakest of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.language.derivation import Claim
from derive.report import ClaimReport

STANDS = ("proved", "proved-at", "agrees")
"""Verdicts of which something is left for a claim that rests on one; of any other nothing is."""


def with_what_they_rest_on(claims: Sequence[Claim]) -> list[Claim]:
    """The claims and all that they use, directly or not, what is used first; each claim once."""
    found: dict[int, Claim] = {}

    def visit(claim: Claim) -> None:
        if id(claim) not in found:
            for other in claim.rests_on:
                visit(other)
            found[id(claim)] = claim

    for claim in claims:
        visit(claim)
    return list(found.values())


def capped(claim: Claim, report: ClaimReport, reports: Mapping[str, ClaimReport]) -> ClaimReport:
    """The report, its verdict no better than those of the claims that it uses."""
    used = [reports[other.label] for other in claim.rests_on]
    known = dict.fromkeys(a.name for a in claim.hypotheses if a.known)
    for other in used:
        known |= dict.fromkeys(other.assumptions)
    report = replace(report, rests_on=tuple(other.label for other in used), assumptions=tuple(known))
    if report.verdict not in STANDS:
        return report
    worst = max(used, key=lambda other: _rank(other.verdict), default=None)
    if worst is None or _rank(worst.verdict) <= _rank(report.verdict):
        return report
    verdict = worst.verdict if worst.verdict in STANDS else "undecided"
    return replace(report, verdict=verdict, reason=f"it rests on ({worst.label}), which is {worst.verdict}")


def _rank(verdict: str) -> int:
    return STANDS.index(verdict) if verdict in STANDS else len(STANDS)


@dataclass(frozen=True, slots=True)
class Branch:
    """A claim in the tree of what a proposition rests on. ``repeated``: what is under it is shown further up."""

    depth: int
    report: ClaimReport
    repeated: bool
    last: tuple[bool, ...]


def tree(label: str, reports: Mapping[str, ClaimReport]) -> Iterator[Branch]:
    """Everything under a claim, in the order in which the claims are used; what is under a claim is given once."""
    seen: set[str] = set()

    def below(name: str, last: tuple[bool, ...]) -> Iterator[Branch]:
        report = reports[name]
        repeated = name in seen and bool(report.rests_on)
        yield Branch(len(last), report, repeated, last)
        if repeated:
            return
        seen.add(name)
        for number, other in enumerate(report.rests_on, start=1):
            yield from below(other, (*last, number == len(report.rests_on)))

    for number, other in enumerate(reports[label].rests_on, start=1):
        yield from below(other, (number == len(reports[label].rests_on),))


def assumptions(reports: Iterable[ClaimReport]) -> tuple[str, ...]:
    """The theorems from elsewhere that the reports rest on."""
    return tuple(dict.fromkeys(name for report in reports for name in report.assumptions))
