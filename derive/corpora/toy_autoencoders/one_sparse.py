"""The one-sparse part of the ReLU loss in floating numbers, by the formulas that (3d) proves, for all outputs at once.

The loss at x = u e_f, averaged over u in [0, 1] and summed over f: Σ_f Σ_m ∫ (u δ_mf − ReLU(g_mf u − b_m))² du, where
G = WᵀW. The formulas are those of ``relu_model``, called with arrays in place of letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from derive.corpora.toy_autoencoders import relu_model as cells
from derive.errors import ShapeError, UndefinedError

Floats = np.ndarray


def loss(W: Floats, b: Floats, importance: Floats | None = None) -> Floats | float:
    """The loss, for a matrix W of d rows and D columns and a vector b of D thresholds.

    Args:
        W, b: or many models at once, as arrays of them; then the loss is an array too.
        importance: a weight for each of the D outputs, of each model or of all; 1 where none is given.

    Raises:
        ShapeError: b has not one entry for each column of W.

    >>> round(loss(np.zeros((2, 5)), np.zeros(5)), 9)  # nothing is reconstructed: ∫ u² du for each coordinate
    1.666666667
    >>> loss(np.zeros((3, 2, 5)), np.zeros((3, 5))).shape
    (3,)
    """
    G, b = gram(W, b)
    (outputs,), (own,) = _filled(VALUES, G, b[..., None], 0), _filled(VALUES, own_slopes(G), b, 1)
    found = outputs.sum(axis=-1) - own_slopes(outputs) + own
    return weighted(found, importance)


def gradient(W: Floats, b: Floats, importance: Floats | None = None) -> tuple[Floats, Floats]:
    """The gradient of the loss by W and by b; the arguments are those of ``loss``.

    Raises:
        ShapeError: b has not one entry for each column of W.
        UndefinedError: a column of W and its threshold are 0: there the slope in b_f jumps from 1 to 0.
    """
    G, b = gram(W, b)
    refuse_kinks(G, b)
    slopes, own = _filled(SLOPES, G, b[..., None], 0), _filled(SLOPES, own_slopes(G), b, 1)
    place = np.arange(b.shape[-1])
    for values, diagonal in zip(slopes, own, strict=True):
        values[..., place, place] = diagonal
    by_g, by_b = slopes if importance is None else (values * importance[..., None] for values in slopes)
    return W @ (by_g + by_g.swapaxes(-1, -2)), by_b.sum(axis=-1)


def gram(W: Floats, b: Floats) -> tuple[Floats, Floats]:
    """G = WᵀW, and b.

    Raises:
        ShapeError: b has not one entry for each column of W.
    """
    if W.ndim < 2 or b.shape != (*W.shape[:-2], W.shape[-1]):
        raise ShapeError(f"W is {W.shape} and b {b.shape}: b has one entry for each column of W")
    return W.swapaxes(-1, -2) @ W, b


def own_slopes(G: Floats) -> Floats:
    """The diagonal of each matrix."""
    return np.diagonal(G, axis1=-2, axis2=-1)


def weighted(outputs: Floats, importance: Floats | None) -> Floats | float:
    """The sum over the outputs; a float where there is one model."""
    found = (outputs if importance is None else outputs * importance).sum(axis=-1)
    return found if found.ndim else float(found)


def refuse_kinks(G: Floats, b: Floats) -> None:
    """
    Raises:
        UndefinedError: a column of W and its threshold are 0.
    """
    if np.any((own_slopes(G) == 0) & (b == 0)):
        raise UndefinedError("the loss has no derivative where a column of W and its threshold are both 0")


class _Products(np.ndarray):
    """An array whose whole powers are products: NumPy takes many times as long to raise to the third power."""

    def __pow__(self, exponent: Any, modulo: None = None) -> Any:
        found = self
        for _ in range(exponent - 1):
            found = found * self
        return found


Formula = Callable[[Any, Any, int], tuple[Any, ...]]


def _value(formula: Callable[[Any, Any, int], Any]) -> Formula:
    def found(g: Floats, b: Floats, c: int) -> tuple[Any, ...]:
        return (formula(g, b, c),)

    return found


VALUES: dict[str, Formula] = {
    "off": _value(cells.off), "on": _value(cells.on), "late": _value(cells.late), "early": _value(cells.early),
}  # fmt: skip
SLOPES: dict[str, Formula] = {
    "off": cells.slopes_off, "on": cells.slopes_on, "late": cells.slopes_late, "early": cells.slopes_early,
}  # fmt: skip


def _cells(g: Floats, b: Floats) -> Iterator[tuple[str, Floats]]:
    """Where each case holds; on a border, where two agree, it is one of them."""
    negative, below = b <= 0, b <= g
    yield "on", negative & below
    yield "late", ~negative & (b < g)
    yield "early", (b < 0) & ~below


def _filled(formulas: dict[str, Formula], g: Floats, b: Floats, c: int) -> tuple[Floats, ...]:
    """Each formula where its case holds; that of the first, where the ReLU is off, has no letter but c."""
    b = np.broadcast_to(b, g.shape)
    found = tuple(np.full(g.shape, value, dtype=float) for value in formulas["off"](0, 0, c))
    for name, where in _cells(g, b):
        here = (g[where].view(_Products), b[where].view(_Products))
        for array, values in zip(found, formulas[name](*here, c), strict=True):
            array[where] = values
    return found
