"""What a test of an author's own code calls. NumPy and SymPy are imported when it is called: the names are public, and
a derivation that takes all public names should not wait for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from derive.language.nodes import Symbol

if TYPE_CHECKING:
    from derive.code.against import CodeReport
    from derive.code.black_box import Arguments
    from derive.code.formula import Data
    from derive.code.gradients import GradientReport


def check_gradient(
    function: Callable[..., Any], at: Arguments, claimed: Any, *, constant: Collection[str | int] | str = (),
    digits: int | None = None,
) -> GradientReport:  # fmt: skip
    """Check every entry of a claimed gradient against the function, which is only called, in float64.

    Each slope is measured with a bound of its error, by extrapolated differences, and by a complex step where the
    function takes complex numbers and both agree. A claim disagrees where it is further off than this bound and
    rounding explain: there is no absolute tolerance, and no scale of the function or its arguments is assumed.

    Args:
        at: the point: a mapping from parameter names to float64 arrays, or a tuple of them in order, or one array.
        claimed: the gradient there, as a mapping or tuple alike, or a function of the same arguments that returns it.
        constant: arguments that are data, by name or position: no gradient is claimed by them.
        digits: so many digits are asked for, and are enough. Without it a claim has to agree as far as can be told,
            and an entry is ``cannot tell`` where that is less than 4 digits: at a kink, or in noise.

    Returns:
        A report, true where every entry agrees: ``assert check_gradient(loss, point, grad)`` shows its table in pytest.

    Raises:
        InputError: the point holds integers; the function fails, changes its argument, is no number, or is random;
            the claim has another shape, or an entry that is not finite.

    >>> import numpy as np
    >>> def loss(W, x):
    ...     return np.sum((W @ x) ** 2)
    >>> def grad(W, x):
    ...     return {"W": np.outer(W @ x, x), "x": 2 * W.T @ W @ x}
    >>> point = {"W": np.array([[1.0, 2.0], [3.0, 5.0]]), "x": np.array([1.0, -2.0])}
    >>> print(check_gradient(loss, point, grad))  # doctest: +ELLIPSIS
    gradient of loss: disagrees at W[1, 0] and 3 more of 6 entries: claimed -7, measured -14 ± ...
      argument  shape  digits  agree  worst entry  measured by
      W         2×2    0.3     0/4    W[1, 0]      complex step
      x         2      1...    2/2    x[0]         complex step
      the gradient by W is 1/2 times what it should be everywhere
    """
    from derive.code.gradients import gradient_report

    return gradient_report(function, at, claimed, constant, digits)


def check_code(
    formula: object, value: Callable[..., Any] | None = None,
    gradient: Callable[..., Any] | Mapping[Any, Callable[..., Any]] | None = None, *,
    by: str | Symbol | Sequence[str | Symbol] = (), names: Mapping[str, Any] | None = None,
    sizes: Mapping[str, int] | Sequence[Mapping[str, int]] | None = None, data: Data | None = None,
    points: int = 3, digits: int | None = None, seed: int = 0,
) -> CodeReport:  # fmt: skip
    """Check that the author's NumPy functions compute a formula and its gradient, at every entry.

    The functions take float64 arrays by the names of the formula's symbols: a matrix as a matrix, with the vectors w_j
    as its columns; a family λ_j as a vector; a scalar as a number; a dimension, a set or a fixed index (from 0) where
    they ask for one. The formula's side is exact, and no derivative of it is the author's.

    Args:
        formula: an expression, a definition, or a claim about a gradient: then the expression differentiated there.
        value: a function that should compute it.
        gradient: a function that should return the gradient: a mapping by name, a tuple in the order of ``by``, or
            one array; or a mapping from names to functions that each return one array.
        by: symbols, or their names, in order; where none are given, what the claim differentiates by.
        names: the symbol of a parameter that is named otherwise: ``{"lam": "λ"}``.
        sizes: dimensions by name, or several such points; otherwise small distinct ones are drawn.
        data: arrays by symbol, or several such points, or a function of sizes and a random generator that gives one;
            what it leaves out is drawn.
        digits: so many are asked for, and are enough; without it, as many as rounding leaves.

    Returns:
        A report, true where every entry agrees: a test with ``assert check_code(L, my_loss)`` fails when they drift.

    Raises:
        InputError: a parameter is no symbol; a function fails, changes its arguments, or returns another shape.

    >>> from derive import dims, matrix, norm2
    >>> m, n = dims("m n")
    >>> M, W = matrix("M", m, n), matrix("W", n, m)
    >>> def my_grad(M, W):
    ...     return M.T @ M @ W
    >>> print(check_code(norm2(M @ W), lambda M, W: ((M @ W) ** 2).sum(), my_grad, by="W", points=1))
    my_grad is not ∂‖MW‖²/∂W at W[2, 1] and 5 more of 6 entries: code 84.4663, formula 168.933, at m=2 n=3
      formula    code      digits  agree  worst entry
      ‖MW‖²      <lambda>  15.6    1/1    ‖MW‖²
      ∂‖MW‖²/∂W  my_grad   0.3     0/6    W[2, 1]
      my_grad is 1/2 times what it should be everywhere: ∂‖MW‖²/∂W
    """
    from derive.code.against import code_report

    return code_report(formula, value, gradient, by, names, sizes, data, points, digits, seed)
