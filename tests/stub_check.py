"""A stand-in for ``derive.checker``: fixed reports, so that the command line is tested apart from what it runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType

from derive.kernel.statement import Num, Statement
from derive.language.derivation import Claim, Derivation
from derive.load import printed
from derive.report import METHODS, ClaimReport, Counterexample, Evidence, Planted, Repair, Report, StepReport

calls: list[Options] = []
STATEMENT = Statement((), (), (), (), (), (), Num(Fraction(1)), Num(Fraction(1)))


@dataclass(frozen=True)
class Options:
    digits: int = 50
    seed: int = 0
    plant: bool = True
    needed: bool = True
    only: tuple[str, ...] = ()
    jobs: int = 1
    targets: tuple[str, ...] = ()
    methods: tuple[str, ...] = METHODS
    kept: str = ""
    proofs: bool = True


def evidence(digits: int) -> tuple[Evidence, ...]:
    small = ({"D": 3, "d": 2, "T": 4},)
    return (
        Evidence("kernel", True, "certificate of 12 steps"),
        Evidence("sympy", None, fault="sympy: the derivative of a sum of two traces is 0"),
        Evidence(
            "entrywise", True, "zero in every entry", sizes=(*small, {"D": 4, "d": 3, "T": 2}, {"D": 5, "d": 2, "T": 3})
        ),
        Evidence("exact-difference", True, "four nodes", sizes=({"D": 20, "d": 10, "T": 40},), bound=2.0**-30),
        Evidence("finite-difference", True, "directional", sizes=small, digits=digits + 0.7),
        Evidence("autograd", True, "float64", sizes=small, digits=14.2),
        Evidence("exact-points", None, "a gradient has no value of its own"),
    )


def judged(claim: Claim, options: Options) -> ClaimReport:
    """Proved where that is expected, refuted where that is; a claim with ``wrong`` in its label goes wrong."""
    verdict = "undecided" if "wrong" in claim.label else claim.expected
    full = printed(claim)
    steps = full.steps if isinstance(full, Claim) else ()
    refuted = verdict == "refuted"
    found = Counterexample({"D": 2, "d": 1}, {"A": "[[1], [2]]", "B": "[[3, 5]]"}, "−22", "−11") if refuted else None
    repair = Repair("½", "¼", "E = ¼ norm") if refuted else None
    reported = [_step(step, verdict, found, repair) for step in steps]
    return ClaimReport(
        label=claim.label, derivation=claim.derivation.title, source=claim.derivation.source, title=claim.title,
        text=full.formula if isinstance(full, Claim) else "", latex="", verdict=verdict, expected=claim.expected,
        steps=tuple(reported), errata=claim.errata, reading=claim.reading, place=claim.place,
        declared=tuple(str(one) for one in claim.hypotheses),
        evidence=(Evidence("exact-points", False, "differs"),) if refuted else evidence(options.digits),
        planted=_planted(claim, options), reason="" if isinstance(full, Claim) else str(full),
        certificates=({"format": 1, "rules": ["∂"]},) if verdict == "proved" else (), seconds=0.01,
        statements=(STATEMENT,) if verdict == "proved" else (),
    )  # fmt: skip


def _step(step: object, verdict: str, found: Counterexample | None, repair: Repair | None) -> StepReport:
    statement = step.statement
    left, right = (str(getattr(statement, side, "")) for side in ("left", "right"))
    reason = "the search gave up after 2000 steps" if verdict == "undecided" else ""
    rules = ("differentiate", "normalise") if verdict == "proved" else ()
    return StepReport(
        step.number, left, right, verdict, str(statement), step.because, (), (), rules, found, repair, reason
    )


def _planted(claim: Claim, options: Options) -> Planted | None:
    if not options.plant:
        return None
    return Planted(35, 31, 3, ("the sign of 2(…)",)) if "wrong" in claim.label else Planted(35, 32, 3)


def check_all(derivations: Sequence[Derivation], options: Options, progress: Callable[[ClaimReport], None]) -> Report:
    calls.append(options)
    claims = []
    for claim in (claim for page in derivations for claim in page.claims.values()):
        if options.only and claim.label not in options.only:
            continue
        if "interrupt" in claim.label:
            raise KeyboardInterrupt
        time.sleep(0.4 if "slow" in claim.label else 0)
        claims.append(judged(claim, options))
        progress(claims[-1])
    return Report(tuple(claims), 1.25, {"derive": "0"}, ())


def install() -> None:
    """Let ``from derive.checker import …`` find this."""
    module = ModuleType("derive.checker")
    module.Options, module.check_all = Options, check_all
    sys.modules["derive.checker"] = module


if __name__ == "__main__":
    from derive.cli import main

    install()
    sys.exit(main())
