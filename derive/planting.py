"""Which damaged copies a claim is put to, and what a judge makes of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from derive.errors import IrrationalError, LawError
from derive.judges import BROKEN, Judge
from derive.plant import LEAST_COPIES, Damage, chosen, damages, trivial

if TYPE_CHECKING:
    from derive.checker import SequentResult


def copies_of(results: Sequence[SequentResult], seed: int) -> list[tuple[SequentResult, Damage]]:
    """Damaged copies of a claim, in turn from each of its sequents until there are enough, or no more."""
    open_rows = [(result, damaged_goals(result, seed)) for result in results]
    picked: list[tuple[SequentResult, Damage]] = []
    while len(picked) < LEAST_COPIES and any(rows for _, rows in open_rows):
        picked += [(result, rows.pop(0)) for result, rows in open_rows if rows]
    return picked


def damaged_goals(result: SequentResult, seed: int) -> list[Damage]:
    """Damaged copies of the sequent's goal, kinds in turn; at its left side where the right is a plain zero."""
    goal = result.subject.goal
    if goal.sign != "=":
        return []
    return chosen(list(damages(goal, "left" if trivial(goal.right) else "right")), LEAST_COPIES, seed)


def controls(result: SequentResult) -> list[str]:
    """Judges that misjudge the undamaged step itself."""
    alarms = [(judge.method, judge.false_alarm()) for judge in result.judges]
    if result.verdict == "refuted":
        return [f"{method} does not object to the refuted step" for method, alarm in alarms if not alarm]
    return [f"{method} objects to the undamaged step: {alarm}" for method, alarm in alarms if alarm]


def objects(judge: Judge, damage: Damage, further: bool = False) -> bool | None:
    """Whether the judge sees the damage with a difference, or sees it at ``further`` points; to break is not to see.

    None where it cannot be asked: it is too coarse, or the copy has no value that is known, or no rational one.
    """
    if damage.tiny and judge.resolution > 1e-20:
        return None
    try:
        return bool(judge.further_objection(damage.relation) if further else judge.objection(damage.relation))
    except (IrrationalError, LawError):  # of a moment that the law does not give nothing is known
        return None
    except BROKEN:
        return False
