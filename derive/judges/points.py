"""Both sides by their trees, at exact points."""

from __future__ import annotations

import time

from derive.evaluate import Evaluator, stacked
from derive.judges.base import (
    Judged,
    ValueJudge,
    exact_difference,
    finished,
)
from derive.judges.subject import Sides, Subject


def exact_points(subject: Subject) -> Judged:
    """Both sides by their trees, over the rationals, at models of the hypotheses."""
    started = time.perf_counter()
    sizes = subject.sizes(1)
    sides = []
    for size in sizes:
        evaluator = Evaluator(subject.instance(size))
        goal = subject.goal
        sides.append(Sides(evaluator, *(stacked(side, evaluator, subject.over) for side in (goal.left, goal.right))))
    judge = ValueJudge("exact-points", subject.goal, subject.over, sides, exact_difference, more=subject.more_sides)
    what = "at exact models of the hypotheses" if subject.conditional else "at random integers"
    return finished(judge, started, sizes, what)
