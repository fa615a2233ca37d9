"""Slopes of a function that is only known by its values, each with a bound of its error.

Central differences at steps that are halved again and again, extrapolated to the step 0 (Richardson, Ridders). The
error of a slope is what the extrapolations differ by, and what the noise of the function makes of the step. Nothing
is assumed of the scale of the function; the steps start at the scale of the argument and end where the noise outweighs
what was found, and where a step a thousand times as small does not contradict it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from derive.code.compare import EPSILON

Array = np.ndarray
Line = Callable[[float], float]
"""The function along one entry: its value where the entry is moved by a step."""

FIRST_STEP = 0.381966
"""Of the argument's scale; no simple fraction, so that the steps do not all fall on a period of the function."""
MOST_STEPS = 60
HIGHEST_ORDER = 5
FEWEST_ROWS = 4
FINER = 2.0**-10
"""How much smaller the step is that must not contradict what was found."""
NOISE_FACTOR = 4.0
"""How much more noise than was estimated is reckoned with."""
SPACINGS = (2.0**-46, 2.0**-36, 2.0**-23)
"""Relative distances at which noise is looked for: that of float64, and that of a float32 hidden inside. Wider ones
would take the kinks of a network for noise."""
ORDERS = (4, 6, 8)
"""Orders of the differences that show noise."""
FALLS = 16
"""By how much less differences of the highest order are where they show what is smooth, and not noise."""
SHRINKS = 0.9
"""What is left, at half the step, of the difference of the slopes on both sides, at most, where there is no kink."""
STEADY = 0.1
"""By how much this share may change from one step to the next at a kink: by chance it would change more."""
KINK_ROWS = 4


@dataclass(frozen=True, slots=True)
class Slope:
    """A derivative and a bound of its error; where the function has a kink, its slopes below and above, which are
    infinite at a cusp or a jump."""

    value: float
    error: float
    kink: tuple[float, float] | None = None
    reach: float = 0.0
    """By how much the function changes over the first step, divided by that step."""


@dataclass(frozen=True, slots=True)
class _Row:
    step: float
    value: float
    error: float
    jump: float
    jump_noise: float


def slope(line: Line, here: float, at: float, scale: float, noise: float) -> Slope:
    """The derivative of ``line`` at 0.

    Args:
        here: the function's value at the step 0.
        at: the entry that is moved; steps are such that ``at`` plus and minus a step are exact.
        scale: of the argument: the first step is a part of it.
        noise: how far the function's values are off by rounding.

    >>> found = slope(lambda h: (3.0 + h) ** 2, 9.0, 3.0, 3.0, 1e-15)
    >>> abs(found.value - 6) <= found.error < 1e-13
    True
    """
    ladder = _Ladder(line, here, noise)
    finest = math.inf
    for number in range(MOST_STEPS):
        step = _exact_step(at, scale * FIRST_STEP * 0.5**number)
        if step < 32 * math.ulp(at) or step == 0.0:
            break
        ladder.descend(step)
        if step < finest and ladder.is_done():
            finer = _exact_step(at, step * FINER)
            if ladder.is_confirmed(finer):
                break
            finest = finer
    return ladder.chosen()


def _exact_step(at: float, step: float) -> float:
    return (abs(at) + step) - abs(at)


class _Ladder:
    """Central differences at smaller and smaller steps, and what they make of one another."""

    def __init__(self, line: Line, here: float, noise: float) -> None:
        self.line, self.here, self.noise = line, here, noise
        self.rows: list[_Row] = []
        self.previous: list[float] = []
        self.bend = math.nan
        self.rough = math.inf
        self.reach = 0.0

    def _asked(self, step: float) -> tuple[float, float, float]:
        """The central difference, the difference of the slopes above and below, and what noise makes of a slope."""
        up, down = float(self.line(step)), float(self.line(-step))
        if math.isfinite(up) and math.isfinite(down) and not self.reach:
            self.reach = max(abs(up - self.here), abs(down - self.here)) / step
        rough = NOISE_FACTOR * (self.noise + EPSILON * max(abs(up), abs(down))) / step
        return (up - down) / (2 * step), (up - self.here + (down - self.here)) / step, rough

    def descend(self, step: float) -> None:
        """A smaller step; where the function has no value so far away, what was found before is forgotten."""
        central, bend, self.rough = self._asked(step)
        if not math.isfinite(central):
            self.rows, self.previous, self.bend = [], [], math.nan
            return
        current = _extrapolated(self.previous, central)
        if self.previous:
            value, error = _best(self.previous, current)
            self.rows.append(_Row(step, value, error + self.rough, 2 * bend - self.bend, 4 * self.rough))
        self.previous, self.bend = current, bend

    def is_done(self) -> bool:
        """Whether smaller steps can only be worse: two such were looked at, which must not contradict either."""
        return len(self.rows) >= FEWEST_ROWS and self.rough > min(row.error for row in self.rows[:-2])

    def is_confirmed(self, step: float) -> bool:
        """Whether a much smaller step finds the same, as it does not where the rows agree by chance."""
        found = self.chosen()
        central, bend, rough = self._asked(step)
        if not math.isfinite(central):
            return True
        if found.kink is not None:
            least = min(abs(found.kink[1] - found.kink[0]), abs(self.bend))
            seen = abs(bend) > least / 2 or 4 * rough > abs(bend)
            return seen or self._forget()
        error = rough + abs(self.previous[0] - found.value) * (step / self.rows[-1].step) ** 2
        self.rows.append(_Row(step, central, error, math.nan, math.inf))
        return abs(central - found.value) <= error + found.error or self._forget()

    def _forget(self) -> bool:
        """Start again from here: what was found was chance."""
        self.rows = [row for row in self.rows if math.isnan(row.jump)]
        self.previous, self.bend = [], math.nan
        return False

    def chosen(self) -> Slope:
        """The slope of the least error among those that no smaller step contradicts."""
        kink = _kink(self.rows)
        if kink is not None or not self.rows:
            return Slope(math.nan, math.inf, kink, self.reach)
        for row in sorted(self.rows, key=lambda row: row.error):
            finer = [other for other in self.rows if other.step < row.step]
            if all(abs(row.value - other.value) <= row.error + other.error for other in finer):
                return Slope(row.value, row.error, reach=self.reach)
        return Slope(math.nan, math.inf, reach=self.reach)


def _extrapolated(previous: list[float], central: float) -> list[float]:
    """The next row of Richardson's table."""
    row = [central]
    for order, older in enumerate(previous[:HIGHEST_ORDER], start=1):
        row.append(row[-1] + (row[-1] - older) / (4.0**order - 1))
    return row


def _best(previous: list[float], current: list[float]) -> tuple[float, float]:
    """The entry of the row that is known best, and what it differs by from its two neighbours in the table."""
    found = (current[0], 2 * abs(current[0] - previous[0]))
    for order in range(1, min(len(previous), len(current))):
        error = max(abs(current[order] - previous[order]), abs(current[order] - current[order - 1]))
        found = min(found, (current[order], error), key=lambda pair: pair[1])
    return found


def _kink(rows: list[_Row]) -> tuple[float, float] | None:
    """The slopes below and above, where what they differ by does not shrink with the step, as it does where all is
    smooth: at the smallest steps at which it stands out from the noise."""
    jumps = [abs(row.jump) for row in rows if math.isfinite(row.jump)]
    clear = [row for row in rows if math.isfinite(row.jump) and row.jump_noise < max(jumps) / 100][-KINK_ROWS:]
    if len(clear) < KINK_ROWS or any(abs(row.jump) <= row.jump_noise for row in clear):
        return None
    shares = [finer.jump / row.jump for row, finer in pairwise(clear)]
    if min(shares) < SHRINKS or max(shares) - min(shares) > STEADY:
        return None
    last = clear[-1]
    if max(shares) > 1 + STEADY:
        return (-math.inf, math.inf)
    return (last.value - last.jump / 2, last.value + last.jump / 2)


# Noise --------------------------------------------------------------------------------------------------------------


def noise_of(
    function: Callable[[Mapping[str, Array]], float], at: Mapping[str, Array], scales: Mapping[str, Array], here: float
) -> float:
    """How far the function's values are off by rounding: from differences of high order along a random line (Hamming;
    Moré and Wild), where what is smooth in it cancels."""
    random = np.random.default_rng(0)
    line = {name: scales[name] * random.uniform(0.5, 1.0, value.shape) for name, value in at.items()}
    found = [EPSILON * abs(here)]
    for spacing in SPACINGS:
        moved = ({name: at[name] + t * spacing * line[name] for name in at} for t in range(1 + max(ORDERS)))
        values = np.array([function(point) for point in moved], dtype=float)
        if np.isfinite(values).all():
            shown = [_deviation(values, order) for order in ORDERS]
            found += [min(shown)] if shown[-1] >= shown[0] / FALLS else []
    return max(found)


def _deviation(values: Array, order: int) -> float:
    """The standard deviation of noise that differences of this order show."""
    differences = np.diff(values, order)
    share = math.factorial(order) ** 2 / math.factorial(2 * order)
    return math.sqrt(share * float(np.mean(differences**2)))


def scales_of(value: Array) -> Array:
    """For each entry the scale on which it is moved: its own size, or that of the array where this is larger."""
    usual = math.sqrt(float(np.mean(value**2))) if value.size else 0.0
    if usual == 0.0:
        usual = float(np.max(np.abs(value), initial=0.0)) or 1.0
    found: Array = np.asarray(np.maximum(np.abs(value), usual))
    return found
