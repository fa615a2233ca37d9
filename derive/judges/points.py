"""Both sides by their trees, at exact points."""

from __future__ import annotations

import time
from itertools import islice

from derive.judges.base import (
    Judged,
    ValueJudge,
    exact_difference,
    finished,
)
from derive.judges.subject import Subject

MOST_BORDERED = 24
"""Points on different sides of borders."""
COARSE = 1e-6
"""What is moved by less than this, a border too, is not seen between points."""
MODEL_SIZES = 2
"""Sizes at which models of hypotheses are looked at: one model may be special."""


def exact_points(subject: Subject) -> Judged:
    """Both sides by their trees, over the rationals, at models of the hypotheses."""
    started = time.perf_counter()
    sizes = subject.sizes(MODEL_SIZES if subject.conditional else 1)
    sides = [subject.sides(size) for size in sizes]
    if subject.uneven:
        sides += list(islice(subject.more_sides(), MOST_BORDERED))
    judge = ValueJudge(
        "exact-points", subject.goal, subject.over, sides, exact_difference, more=subject.more_sides,
        resolution=COARSE if subject.stepped else 0.0,
    )  # fmt: skip
    return finished(judge, started, sizes, _told(subject))


def _told(subject: Subject) -> str:
    if not subject.conditional:
        return "at random integers"
    broken = subject.broken_by_model()
    return "at exact models of the hypotheses" + (f"; the derivation's own model breaks {broken}" if broken else "")
