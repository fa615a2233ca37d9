"""A value that is claimed case by case, as one formula: what every page and every notebook shows of such a claim."""

from __future__ import annotations

from dataclasses import dataclass

from derive.language.derivation import Claim, Step
from derive.language.latex import latex, legible, statement_latex
from derive.language.statements import Implies, Relation


@dataclass(frozen=True, slots=True)
class Cases:
    r"""What something is equal to in each case, in LaTeX.

    Attributes:
        subject: what has the values.
        rows: each value, and the conditions under which it is that.

    >>> print(Cases("f", (("1", "a < b"), ("0", r"b \le a"))))
    f = \begin{cases} 1 & a < b \\ 0 & b \le a \end{cases}
    """

    subject: str
    rows: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        body = r" \\ ".join(f"{legible(value)} & {conditions}" for value, conditions in self.rows)
        return rf"{self.subject} = \begin{{cases}} {body} \end{{cases}}"

    @property
    def apart(self) -> tuple[str, ...]:
        """Each case by itself, for where there is no room for all in one formula."""
        return tuple(rf"{conditions} \implies {self.subject} = {value}" for value, conditions in self.rows)


def cases_of(claim: Claim) -> Cases | None:
    """The claim as one formula; None where it states no value case by case."""
    if claim.kind != "cases":
        return None
    stated = [step.statement for step in claim.steps if isinstance(step.statement, Implies)]
    subjects = {latex(one.conclusion.left) for one in stated}
    if len(subjects) != 1:
        return None
    rows = tuple((latex(one.conclusion.right), _conditions(one)) for one in stated)
    return Cases(subjects.pop(), rows)


def _conditions(case: Implies) -> str:
    return r",\ ".join(map(statement_latex, case.premises))


def is_exhaustion(claim: Claim, step: Step) -> bool:
    """Whether the step says that the cases leave nothing out: its formula only says how that is computed."""
    return claim.kind == "cases" and isinstance(step.statement, Relation) and step == claim.steps[-1]
