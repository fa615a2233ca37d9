"""From SymPy to this project's expressions.

Matrix expressions, and index expressions in ``Sum``, ``MatrixElement``, ``Indexed`` and ``KroneckerDelta``. Dimensions
come from the shape of a ``MatrixSymbol``; a summed index runs over the dimension of its limits, ``(k, 0, D - 1)`` or
``(k, 1, D)``, a free one over that of the place where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction

import sympy as sp
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.matexpr import MatrixElement

from derive.errors import TypingError
from derive.language import nodes as n
from derive.language.indices import ONE, Dim, Index, Subset

Known = Mapping[object, n.Symbol | n.Select | Dim | Index | Subset]
"""What SymPy's symbols stand for; a set and its selection matrix are known by SymPy functions of indices."""


def from_sympy(expr: object, known: Known | None = None) -> n.Expr:
    """The expression that a SymPy expression stands for, term by term as SymPy holds it.

    Args:
        expr: scalar or matrix expression.
        known: our symbols, dimensions and indices for SymPy's; what is missing is made from shapes and limits.

    Raises:
        TypingError: something in it has no counterpart, or an index runs over two dimensions.

    >>> D, d = sp.symbols("D d")
    >>> A, B = sp.MatrixSymbol("A", D, d), sp.MatrixSymbol("B", d, D)
    >>> print(from_sympy(2 * sp.Trace(A * B)))
    2 tr(AB)
    >>> i, j = sp.symbols("i j")
    >>> print(from_sympy(sp.Sum(A[i, j] * B[j, i], (j, 0, d - 1))))
    ∑_j a_ij b_ji
    """
    if not isinstance(expr, sp.Basic):
        raise TypingError(f"{expr!r} is no SymPy expression")
    return _Reader(expr, known or {})(expr)


PLAIN_ASSUMPTIONS = {("commutative", True), ("real", True), ("integer", True)}
"""What a SymPy symbol may be assumed to be: a real number, or a dimension or an index."""


class _Reader:
    """Reads one SymPy expression; ``ranges`` says over what each index runs, ``sizes`` which symbols are dimensions."""

    def __init__(self, expr: sp.Basic, known: Known) -> None:
        self.known = known
        self.ranges: dict[sp.Basic, Dim] = {}
        self.sizes: dict[sp.Basic, Dim] = {}
        for node in sp.preorder_traversal(expr):
            look = next((_LOOKS[kind] for kind in type(node).__mro__ if kind in _LOOKS), None)
            if look is not None:
                look(self, node)

    def __call__(self, expr: sp.Basic) -> n.Expr:
        for kind in type(expr).__mro__:
            if kind in _READS:
                return _READS[kind](self, expr)
        raise TypingError(f"{expr}: a SymPy {type(expr).__name__} has no counterpart here", {"expression": expr})

    # Dimensions and indices

    def dim(self, size: sp.Basic) -> Dim:
        if size == 1:
            return ONE
        found = self.known.get(size)
        if isinstance(found, Dim):
            return found
        if not isinstance(size, sp.Symbol):
            raise TypingError(f"{size} is no dimension: a dimension is a symbol")
        return self.sizes.setdefault(size, Dim(size.name))

    def runs(self, index: sp.Basic, size: sp.Basic) -> None:
        """Note that the index runs over a dimension of this size."""
        if isinstance(index, sp.Integer) or index in self.known:
            return
        dim = self.dim(size)
        known = self.ranges.setdefault(index, dim)
        if known != dim:
            raise TypingError(f"the index {index} runs over {known} in one place and over {dim} in another")

    def index(self, index: sp.Basic) -> Index:
        found = self.known.get(index)
        if isinstance(found, Index):
            return found
        if not isinstance(index, sp.Symbol | sp.Idx):
            raise TypingError(f"{index} is no index: an index is a symbol")
        if index not in self.ranges:
            raise TypingError(f"nothing says over what the index {index} runs")
        return Index(str(getattr(index, "label", index)), self.ranges[index])

    def limit(self, limit: sp.Tuple) -> sp.Basic:
        """The size of the range of a summed index."""
        if len(limit) == 3 and limit[1] == 0:
            return limit[2] + 1
        if len(limit) == 3 and limit[1] == 1:
            return limit[2]
        raise TypingError(f"a sum over {limit}: the limits of a whole dimension are (k, 0, D - 1) or (k, 1, D)")

    # Looking ahead

    def look_symbol(self, node: sp.MatrixSymbol) -> None:
        for size in node.shape:
            self.dim(size)

    def look_element(self, node: MatrixElement) -> None:
        for index, size in zip(node.args[1:], node.args[0].shape, strict=True):
            self.runs(index, size)

    def look_indexed(self, node: sp.Indexed) -> None:
        for index, size in zip(node.indices, node.base.shape or (), strict=False):
            self.runs(index, size)
        for index in node.indices:
            if isinstance(index, sp.Idx) and index.upper is not None:
                self.runs(index, index.upper - index.lower + 1)

    def look_sum(self, node: sp.Sum) -> None:
        for limit in node.limits:
            self.runs(limit[0], self.limit(limit))

    def look_delta(self, node: sp.KroneckerDelta) -> None:
        if node.delta_range is not None:
            for index in node.args[:2]:
                self.runs(index, node.delta_range[1] - node.delta_range[0] + 1)

    # Leaves

    def read_rational(self, expr: sp.Rational) -> n.Expr:
        return n.Number(Fraction(int(expr.p), int(expr.q)))

    def read_symbol(self, expr: sp.Symbol) -> n.Expr:
        found = self.known.get(expr)
        if isinstance(found, n.Symbol):
            return found
        if isinstance(found, Dim) or expr in self.sizes:
            return n.Size(self.dim(expr))
        if isinstance(found, Index) or expr in self.ranges:
            raise TypingError(f"the index {expr} is used as a number")
        # SymPy has simplified by what it assumed before the expression came here: √(x²) to x for a positive x.
        assumed = {name for name, value in expr._assumptions_orig.items() if (name, value) not in PLAIN_ASSUMPTIONS}
        if assumed:
            raise TypingError(f"the SymPy symbol {expr} is assumed {', '.join(sorted(assumed))}: use a plain one")
        return n.Symbol(expr.name, (), expr.name)

    def read_matrix_symbol(self, expr: sp.MatrixSymbol) -> n.Expr:
        found = self.known.get(expr)
        if isinstance(found, n.Symbol):
            return found
        return n.Symbol(expr.name, (self.dim(expr.shape[0]), self.dim(expr.shape[1])), expr.name.lower())

    def read_identity(self, expr: sp.Identity) -> n.Expr:
        dim = self.dim(expr.shape[0])
        return n.Number(Fraction(1)) if dim == ONE else n.Identity(dim)

    def read_zeros(self, expr: sp.ZeroMatrix) -> n.Expr:
        dims = self.dim(expr.shape[0]), self.dim(expr.shape[1])
        return n.Number(Fraction(0)) if dims == (ONE, ONE) else n.Zeros(dims)

    def read_delta(self, expr: sp.KroneckerDelta) -> n.Expr:
        return n.Delta(self.index(expr.args[0]), self.index(expr.args[1]))

    def read_function(self, expr: AppliedUndef) -> n.Expr:
        if expr.func.__name__.startswith("before:"):
            return n.Precedes(self.index(expr.args[0]), self.index(expr.args[1]))
        found = self.known.get(expr.func)
        indices = [self.index(index) for index in expr.args] if found else []
        if isinstance(found, Subset):
            return n.Indicator(indices[0], found)
        if isinstance(found, n.Select):
            return n.Entry(found, indices[0], indices[1])
        raise TypingError(f"{expr}: the function {expr.func} has no counterpart here")

    # Entries

    def read_element(self, expr: MatrixElement) -> n.Expr:
        arg = self(expr.args[0])
        if not arg.shape:
            return arg
        row, col = (None if dim == ONE else self.index(at) for dim, at in zip(arg.shape, expr.args[1:], strict=True))
        if row is None:
            return n.Entry(n.Transpose(arg), col, None)
        return n.Entry(arg, row, col)

    def read_indexed(self, expr: sp.Indexed) -> n.Expr:
        indices = [self.index(index) for index in expr.indices]
        if len(indices) > 2:
            raise TypingError(f"{expr} has {len(indices)} indices; a matrix has two and a family one")
        name = str(expr.base.label)
        symbol = n.Symbol(name, tuple(index.dim for index in indices), name.lower())
        return n.Entry(symbol, indices[0], indices[1] if len(indices) == 2 else None)

    def read_sum(self, expr: sp.Sum) -> n.Expr:
        return n.Total(tuple(self.index(limit[0]) for limit in expr.limits), self(expr.function))

    # Algebra

    def read_add(self, expr: sp.Add) -> n.Expr:
        return n.Add(tuple(self(term) for term in expr.args))

    def read_mul(self, expr: sp.Mul) -> n.Expr:
        """Scalars in front, the matrices as one product behind them."""
        factors = [self(factor) for factor in expr.args]
        scalars, matrices = [f for f in factors if not f.shape], [f for f in factors if f.shape]
        product = [n.MatMul(tuple(matrices)) if len(matrices) > 1 else matrices[0]] if matrices else []
        together = (*scalars, *product)
        return together[0] if len(together) == 1 else n.Mul(together)

    def read_power(self, expr: sp.Pow) -> n.Expr:
        base, exponent = self(expr.base), expr.exp
        if not (isinstance(exponent, sp.Rational) and exponent.q in (1, 2)):
            raise TypingError(f"{expr}: an exponent is a whole number or a half")
        root = n.Sqrt(base) if exponent.q == 2 else base
        power = root if abs(exponent.p) == 1 else n.Power(root, int(abs(exponent.p)))
        return power if exponent.p > 0 else n.Div(n.Number(Fraction(1)), power)

    def read_matrix_power(self, expr: sp.MatPow) -> n.Expr:
        base, exponent = self(expr.base), expr.exp
        if not isinstance(exponent, sp.Integer) or exponent == 0:
            raise TypingError(f"{expr}: a matrix is raised to a whole number other than 0")
        root = n.Inverse(base) if exponent < 0 else base
        return root if abs(exponent) == 1 else n.MatMul((root,) * int(abs(exponent)))

    def read_transpose(self, expr: sp.Transpose) -> n.Expr:
        arg = self(expr.arg)
        return n.Transpose(arg) if arg.shape else arg

    def read_trace(self, expr: sp.Trace) -> n.Expr:
        arg = self(expr.arg)
        return n.Trace(arg) if arg.shape else arg

    def read_inverse(self, expr: sp.Inverse) -> n.Expr:
        return n.Inverse(self(expr.arg))

    def read_diagonal(self, expr: sp.DiagMatrix) -> n.Expr:
        return n.Diag(self(expr.args[0]))


_LOOKS: dict[type, Callable[[_Reader, sp.Basic], None]] = {
    sp.MatrixSymbol: _Reader.look_symbol, MatrixElement: _Reader.look_element, sp.Indexed: _Reader.look_indexed,
    sp.Sum: _Reader.look_sum, sp.KroneckerDelta: _Reader.look_delta,
}  # fmt: skip

_READS: dict[type, Callable[[_Reader, sp.Basic], n.Expr]] = {
    sp.Rational: _Reader.read_rational, sp.Symbol: _Reader.read_symbol, sp.MatrixSymbol: _Reader.read_matrix_symbol,
    sp.Identity: _Reader.read_identity, sp.ZeroMatrix: _Reader.read_zeros, sp.KroneckerDelta: _Reader.read_delta,
    AppliedUndef: _Reader.read_function, MatrixElement: _Reader.read_element, sp.Indexed: _Reader.read_indexed,
    sp.Sum: _Reader.read_sum, sp.Add: _Reader.read_add, sp.MatAdd: _Reader.read_add, sp.Mul: _Reader.read_mul,
    sp.MatMul: _Reader.read_mul, sp.Pow: _Reader.read_power, sp.MatPow: _Reader.read_matrix_power,
    sp.Inverse: _Reader.read_inverse, sp.Transpose: _Reader.read_transpose, sp.Trace: _Reader.read_trace,
    sp.DiagMatrix: _Reader.read_diagonal,
}  # fmt: skip
