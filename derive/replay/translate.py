"""From expressions to SymPy, in two worlds.

``scalar`` writes the entry of an expression with every sum spelled out (``Sum`` over ``MatrixElement``, 0-based ranges,
``KroneckerDelta``); derivatives are taken there by SymPy's own ``diff``. ``matrix`` writes whole matrices (``MatMul``,
``Transpose``, ``Trace``), as written; SymPy has no matrix for a column, a sum of matrices or the columns of a set, so
those are small ``MatrixExpr`` classes of this module.

Every summed index gets a name of its own, so nothing that is put inside a sum or differentiated by can be captured.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

import sympy as sp
from sympy.matrices.expressions.matexpr import MatrixElement

from derive.errors import DeriveError
from derive.language import nodes as n
from derive.language.indices import ONE, Dim, Index, Subset


class NotStatable(DeriveError):  # noqa: N818 - says what is so, as NotImplementedError does
    """SymPy has no form for this expression in this world."""


class Letter(sp.MatrixSymbol):  # type: ignore[misc]
    """A matrix symbol that does not ask whether an index is in range: ours are by their type, and asking takes long."""

    def valid_index(self, i: sp.Expr, j: sp.Expr) -> bool:
        return True


class Column(sp.MatrixExpr):  # type: ignore[misc]
    """One column of a matrix, as a matrix of one column."""

    arg = property(lambda self: self.args[0])
    index = property(lambda self: self.args[1])
    shape = property(lambda self: (self.args[0].shape[0], sp.S.One))

    def _entry(self, i: sp.Expr, j: sp.Expr, **hints: object) -> sp.Expr:
        return self.arg._entry(i, self.index)


class Row(sp.MatrixExpr):  # type: ignore[misc]
    """One row of a matrix, as a matrix of one row."""

    arg = property(lambda self: self.args[0])
    index = property(lambda self: self.args[1])
    shape = property(lambda self: (sp.S.One, self.args[0].shape[1]))

    def _entry(self, i: sp.Expr, j: sp.Expr, **hints: object) -> sp.Expr:
        return self.arg._entry(self.index, j)


class MatrixSum(sp.MatrixExpr):  # type: ignore[misc]
    """Σ of a matrix over ranges; ``args`` are the matrix and the limits."""

    shape = property(lambda self: self.args[0].shape)


class Selection(sp.MatrixExpr):  # type: ignore[misc]
    """The columns e_i of the identity, i in a set; ``args`` are the set's name, its range and its size."""

    shape = property(lambda self: (self.args[1], self.args[2]))


@dataclass(slots=True)
class Translation:
    """SymPy's names for ours, and ours for SymPy's: one for each pair of expressions that are to be compared.

    >>> from derive import dims, matrix, tr
    >>> D, d = dims("D d")
    >>> A, B = matrix("A", D, d), matrix("B", d, D)
    >>> Translation().matrix(tr(A @ B))
    Trace(A*B)
    >>> Translation().scalar(tr(A @ B))
    Sum(A[s_1, s_2]*B[s_2, s_1], (s_1, 0, D - 1), (s_2, 0, d - 1))
    """

    symbols: dict[sp.Basic, n.Symbol] = field(default_factory=dict)
    dims: dict[sp.Symbol, Dim] = field(default_factory=dict)
    indices: dict[sp.Symbol, Index] = field(default_factory=dict)
    sets: dict[str, Subset] = field(default_factory=dict)
    counter: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    known: dict[object, sp.Basic] = field(default_factory=dict)
    summed: dict[Index, sp.Symbol] = field(default_factory=dict)

    # Names

    def dim(self, dim: Dim) -> sp.Expr:
        if dim == ONE:
            return sp.S.One
        if dim not in self.known:
            self.known[dim] = sp.Symbol(dim.name, integer=True, positive=True)
            self.dims[self.known[dim]] = dim
        return self.known[dim]

    def symbol(self, symbol: n.Symbol) -> sp.Basic:
        if symbol not in self.known:
            shape = [self.dim(dim) for dim in symbol.shape]
            made = Letter(symbol.name, *shape) if shape else sp.Symbol(symbol.name)
            self.known[symbol] = made
            self.symbols[made] = symbol
        return self.known[symbol]

    def index(self, index: Index) -> sp.Symbol:
        if index in self.summed:
            return self.summed[index]
        if index not in self.known:
            # The range is part of the name's identity: a j over D and a j over d are two indices. What ends like a name
            # of ``fresh`` is marked, as it is another index than that.
            mark = "_" if index.name.rpartition("_")[2].isdecimal() else ""
            made = sp.Symbol(f"{index.name}{mark}", integer=True, nonnegative=True)
            if made in self.indices:
                made = sp.Symbol(f"{index.name}_{index.dim}", integer=True, nonnegative=True)
            self.known[index] = made
            self.indices[made] = index
        return self.known[index]

    @property
    def meanings(self) -> dict[object, n.Symbol | n.Select | Dim | Index | Subset]:
        """What SymPy's symbols stand for, as ``from_sympy`` takes it."""
        selections = {sp.Function(f"select:{name}"): n.Select(subset) for name, subset in self.sets.items()}
        members = {sp.Function(f"in:{name}"): subset for name, subset in self.sets.items()}
        return {**self.symbols, **self.dims, **self.indices, **selections, **members}

    def fresh(self, dim: Dim, name: str = "s") -> sp.Expr:
        """A new index over ``dim``; 0 over the dimension 1."""
        if dim == ONE:
            return sp.S.Zero
        made = sp.Symbol(f"{name}_{next(self.counter)}", integer=True, nonnegative=True)
        self.indices[made] = Index(made.name, dim)
        return made

    def limits(self, indices: Iterable[sp.Expr]) -> list[tuple[sp.Symbol, sp.Expr, sp.Expr]]:
        return [(i, sp.S.Zero, self.dim(self.indices[i].dim) - 1) for i in indices if i in self.indices]

    def delta(self, a: sp.Expr, b: sp.Expr) -> sp.Expr:
        found = self.indices.get(a) or self.indices.get(b)
        if found is None:
            return sp.S.One
        return sp.KroneckerDelta(a, b, (0, self.dim(found.dim) - 1))

    def total(self, indices: Iterable[sp.Expr], body: sp.Expr) -> sp.Expr:
        limits = self.limits(indices)
        return sp.Sum(body, *limits) if limits else body

    def inside(self, subset: Subset, index: sp.Expr) -> sp.Expr:
        """The 0-or-1 function of a set."""
        self.sets[subset.name] = subset
        return sp.Function(f"in:{subset.name}")(index)

    # Worlds

    def scalar(self, expr: n.Expr, row: sp.Expr | None = None, col: sp.Expr | None = None) -> sp.Expr:
        """The entry of ``expr`` at row and column; a scalar takes neither.

        Raises:
            NotStatable: SymPy has no index form for it.
        """
        rule = ENTRIES.get(type(expr))
        if rule is None:
            raise NotStatable(f"{type(expr).__name__} has no index form in SymPy")
        ends = [sp.S.Zero if end is None or not expr.shape else end for end in (row, col)]
        return rule(self, expr, *ends)

    def matrix(self, expr: n.Expr) -> sp.Basic:
        """The whole of ``expr``, without naming its entries.

        Raises:
            NotStatable: it has a derivative, or another part that SymPy states by entries only.
        """
        rule = WHOLES.get(type(expr))
        if rule is None:
            raise NotStatable(f"{type(expr).__name__} has no matrix form in SymPy")
        return rule(self, expr)

    def bind(self, indices: tuple[Index, ...]) -> tuple[list[sp.Expr], dict[Index, sp.Symbol]]:
        """New names for summed indices, and the names that were in force before."""
        before = dict(self.summed)
        own = [self.fresh(index.dim, index.name) for index in indices]
        self.summed |= dict(zip(indices, own, strict=True))
        return own, before

    def put(self, body: sp.Expr, values: dict[sp.Basic, n.Expr]) -> sp.Expr:
        """``body`` with the entries of variables replaced by those of their values, all at once."""
        if body in values and not body.is_Matrix:
            return self.scalar(values[body])
        if isinstance(body, MatrixElement):
            source, row, col = body.args
            if source in values:
                return self.scalar(values[source], row, col)
            if source.free_symbols & values.keys():
                raise NotStatable(f"{body} cannot be taken at other values entry by entry")
        if not body.args or not body.free_symbols & values.keys():
            return body
        return body.func(*(self.put(arg, values) for arg in body.args))


# Entries ------------------------------------------------------------------------------------------------------------

T: TypeAlias = Translation
S: TypeAlias = sp.Expr


def _rational(tr: T, expr: n.Number, row: S, col: S) -> S:
    return sp.Rational(expr.value.numerator, expr.value.denominator)


def _symbol(tr: T, expr: n.Symbol, row: S, col: S) -> S:
    made = tr.symbol(expr)
    return MatrixElement(made, row, col) if expr.shape else made


def _identity(tr: T, expr: n.Identity, row: S, col: S) -> S:
    return tr.delta(row, col)


def _zeros(tr: T, expr: n.Zeros, row: S, col: S) -> S:
    return sp.S.Zero


def _size(tr: T, expr: n.Size, row: S, col: S) -> S:
    return tr.dim(expr.dim)


def _delta(tr: T, expr: n.Delta, row: S, col: S) -> S:
    return tr.delta(tr.index(expr.row), tr.index(expr.col))


def _indicator(tr: T, expr: n.Indicator, row: S, col: S) -> S:
    return tr.inside(expr.subset, tr.index(expr.index))


def _precedes(tr: T, expr: n.Precedes, row: S, col: S) -> S:
    return sp.Function(f"before:{expr.row.dim.name}")(tr.index(expr.row), tr.index(expr.col))


def _select(tr: T, expr: n.Select, row: S, col: S) -> S:
    tr.sets[expr.subset.name] = expr.subset
    return sp.Function(f"select:{expr.subset.name}")(row, col)


def _add(tr: T, expr: n.Add, row: S, col: S) -> S:
    return sp.Add(*(tr.scalar(term, row, col) for term in expr.terms))


def _neg(tr: T, expr: n.Neg, row: S, col: S) -> S:
    return -tr.scalar(expr.arg, row, col)


def _mul(tr: T, expr: n.Mul, row: S, col: S) -> S:
    return sp.Mul(*(tr.scalar(factor, row, col) for factor in expr.factors))


def _div(tr: T, expr: n.Div, row: S, col: S) -> S:
    return tr.scalar(expr.top, row, col) / tr.scalar(expr.bottom)


def _power(tr: T, expr: n.Power, row: S, col: S) -> S:
    return tr.scalar(expr.base) ** expr.exponent


def _sqrt(tr: T, expr: n.Sqrt, row: S, col: S) -> S:
    return sp.sqrt(tr.scalar(expr.arg))


def _matmul(tr: T, expr: n.MatMul, row: S, col: S) -> S:
    between = [tr.fresh(factor.shape[1]) for factor in expr.factors[:-1]]
    ends = [row, *between, col]
    pairs = zip(expr.factors, ends, ends[1:], strict=False)
    return tr.total(between, sp.Mul(*(tr.scalar(factor, a, b) for factor, a, b in pairs)))


def _transpose(tr: T, expr: n.Transpose, row: S, col: S) -> S:
    return tr.scalar(expr.arg, col, row)


def _trace(tr: T, expr: n.Trace, row: S, col: S) -> S:
    if isinstance(expr.arg, n.MatMul):
        around = [tr.fresh(factor.shape[0]) for factor in expr.arg.factors]
        pairs = zip(expr.arg.factors, around, [*around[1:], around[0]], strict=True)
        return tr.total(around, sp.Mul(*(tr.scalar(factor, a, b) for factor, a, b in pairs)))
    end = tr.fresh(expr.arg.shape[0])
    return tr.total([end], tr.scalar(expr.arg, end, end))


def _ends(tr: T, expr: n.Expr) -> list[S]:
    return [tr.fresh(dim) for dim in expr.shape] or [sp.S.Zero, sp.S.Zero]


def _norm2(tr: T, expr: n.Norm2, row: S, col: S) -> S:
    ends = _ends(tr, expr.arg)
    return tr.total(ends, tr.scalar(expr.arg, *ends) ** 2)


def _inner(tr: T, expr: n.Inner, row: S, col: S) -> S:
    ends = _ends(tr, expr.left)
    return tr.total(ends, tr.scalar(expr.left, *ends) * tr.scalar(expr.right, *ends))


def _inverse(tr: T, expr: n.Inverse, row: S, col: S) -> S:
    arg = tr.matrix(expr.arg)
    if arg.has(Column, Row, Selection, MatrixSum):
        raise NotStatable(f"SymPy has no entries for the inverse of {expr.arg}")
    return MatrixElement(sp.Inverse(arg), row, col)


def _diag(tr: T, expr: n.Diag, row: S, col: S) -> S:
    return tr.delta(row, col) * tr.scalar(expr.arg, row, sp.S.Zero)


def _replace_column(tr: T, expr: n.ReplaceColumn, row: S, col: S) -> S:
    here = tr.delta(col, tr.index(expr.index))
    return (1 - here) * tr.scalar(expr.matrix, row, col) + here * tr.scalar(expr.column, row, sp.S.Zero)


def _entry(tr: T, expr: n.Entry, row: S, col: S) -> S:
    at = tr.index(expr.row) if expr.row else row, tr.index(expr.col) if expr.col else col
    return tr.scalar(expr.arg, *at)


def _conditions(tr: T, expr: n.Total) -> list[S]:
    unequal = [1 - tr.delta(tr.index(a), tr.index(b)) for a, b in expr.apart]
    return unequal + [tr.inside(subset, tr.index(index)) for index, subset in expr.within]


def _total(tr: T, expr: n.Total, row: S, col: S) -> S:
    own, before = tr.bind(expr.indices)
    body = sp.Mul(*_conditions(tr, expr), tr.scalar(expr.body, row, col))
    tr.summed = before
    return tr.total(own, body)


def _gradient(tr: T, expr: n.Gradient, row: S, col: S) -> S:
    if expr.body.free:
        return sp.diff(tr.scalar(expr.body), _symbol(tr, expr.variable, row, col))
    slope, ends, own = _slope(expr.body, expr.variable)
    for symbol in n.symbols_of(expr).values():
        tr.symbol(symbol)
    tr.sets |= own.sets
    # Every use of the derivative has its own names for what it sums over.
    made = {index: tr.fresh(dim.dim, "s") for index, dim in own.indices.items() if slope.has(index)}
    for dim in own.dims.values():
        tr.dim(dim)
    return slope.xreplace(made | dict(zip(ends, (row, col), strict=True)))


@lru_cache(maxsize=256)
def _slope(body: n.Expr, variable: n.Symbol) -> tuple[S, list[S], Translation]:
    """∂body/∂variable at an entry of fresh indices, and those: several claims differentiate one loss."""
    tr = Translation()
    ends = _ends(tr, variable)
    return sp.diff(tr.scalar(body), _symbol(tr, variable, *ends)), ends, tr


def _along(tr: T, expr: n.Along, row: S, col: S) -> S:
    body = tr.scalar(expr.body, row, col)
    changes = []
    for variable, rate in zip(expr.variables, expr.values, strict=True):
        ends = _ends(tr, variable)
        slope = sp.diff(body, _symbol(tr, variable, *ends))
        changes.append(tr.total(ends, slope * tr.scalar(rate, *ends)))
    return sp.Add(*changes)


def _at(tr: T, expr: n.At, row: S, col: S) -> S:
    values = {tr.symbol(variable): value for variable, value in zip(expr.variables, expr.values, strict=True)}
    return tr.put(tr.scalar(expr.body, row, col), values)


def _relu(tr: T, expr: n.Relu, row: S, col: S) -> S:
    return sp.Max(sp.S.Zero, tr.scalar(expr.arg))


def _at_least_zero(tr: T, expr: n.AtLeastZero, row: S, col: S) -> S:
    return sp.Heaviside(tr.scalar(expr.arg), 1)


def _size_power(tr: T, expr: n.SizePower, row: S, col: S) -> S:
    return sp.Pow(tr.scalar(expr.base), _exponent(tr, expr), evaluate=False)


def _exponent(tr: T, expr: n.SizePower) -> S:
    return tr.dim(expr.dim) - (tr.dim(expr.less) if expr.less else 0) + expr.shift


def _binomial(tr: T, expr: n.Binomial, row: S, col: S) -> S:
    chosen = expr.less + (tr.dim(expr.part) if expr.part else 0)
    return sp.binomial(tr.dim(expr.dim) + expr.shift, chosen, evaluate=False)


def _defined(tr: T, expr: n.Defined, row: S, col: S) -> S:
    return tr.scalar(expr.body, row, col)


ENTRIES: dict[type[n.Expr], Callable[..., sp.Expr]] = {
    n.Number: _rational, n.Symbol: _symbol, n.Identity: _identity, n.Zeros: _zeros, n.Size: _size, n.Delta: _delta,
    n.Indicator: _indicator, n.Select: _select, n.Add: _add, n.Neg: _neg, n.Mul: _mul, n.Div: _div, n.Sqrt: _sqrt,
    n.Power: _power, n.MatMul: _matmul, n.Transpose: _transpose, n.Trace: _trace, n.Norm2: _norm2, n.Inner: _inner,
    n.Inverse: _inverse, n.Diag: _diag, n.ReplaceColumn: _replace_column, n.Entry: _entry, n.Total: _total,
    n.Gradient: _gradient, n.Along: _along, n.At: _at, n.Defined: _defined,
    n.Precedes: _precedes, n.Relu: _relu, n.SizePower: _size_power, n.Binomial: _binomial,
    n.AtLeastZero: _at_least_zero,
}  # fmt: skip


# Whole matrices -----------------------------------------------------------------------------------------------------


def _whole_scalar(tr: T, expr: n.Expr) -> S:
    """Numbers and letters have one form in both worlds."""
    return tr.scalar(expr)


def _whole_symbol(tr: T, expr: n.Symbol) -> sp.Basic:
    return tr.symbol(expr)


def _whole_identity(tr: T, expr: n.Identity) -> sp.Basic:
    return sp.Identity(tr.dim(expr.dim))


def _whole_zeros(tr: T, expr: n.Zeros) -> sp.Basic:
    return sp.ZeroMatrix(*(tr.dim(dim) for dim in expr.dims))


def _whole_select(tr: T, expr: n.Select) -> sp.Basic:
    tr.sets[expr.subset.name] = expr.subset
    return Selection(sp.Symbol(expr.subset.name), tr.dim(expr.subset.dim), tr.dim(expr.subset.size))


def _whole_add(tr: T, expr: n.Add) -> sp.Basic:
    return (sp.MatAdd if expr.shape else sp.Add)(*(tr.matrix(term) for term in expr.terms))


def _whole_neg(tr: T, expr: n.Neg) -> sp.Basic:
    return sp.MatMul(sp.S.NegativeOne, tr.matrix(expr.arg)) if expr.shape else -tr.matrix(expr.arg)


def _whole_mul(tr: T, expr: n.Mul) -> sp.Basic:
    scalars = [tr.matrix(factor) for factor in expr.factors if not factor.shape]
    matrices = [tr.matrix(factor) for factor in expr.factors if factor.shape]
    return sp.MatMul(sp.Mul(*scalars), *matrices) if matrices else sp.Mul(*scalars)


def _whole_div(tr: T, expr: n.Div) -> sp.Basic:
    factor = 1 / tr.matrix(expr.bottom)
    return sp.MatMul(factor, tr.matrix(expr.top)) if expr.shape else tr.matrix(expr.top) * factor


def _whole_power(tr: T, expr: n.Power) -> sp.Basic:
    return tr.matrix(expr.base) ** expr.exponent


def _whole_sqrt(tr: T, expr: n.Sqrt) -> sp.Basic:
    return sp.sqrt(tr.matrix(expr.arg))


def _whole_relu(tr: T, expr: n.Relu) -> sp.Basic:
    return sp.Max(sp.S.Zero, tr.matrix(expr.arg))


def _whole_at_least_zero(tr: T, expr: n.AtLeastZero) -> sp.Basic:
    return sp.Heaviside(tr.matrix(expr.arg), 1)


def _whole_size_power(tr: T, expr: n.SizePower) -> sp.Basic:
    return sp.Pow(tr.matrix(expr.base), _exponent(tr, expr), evaluate=False)


def _whole_matmul(tr: T, expr: n.MatMul) -> sp.Basic:
    product = sp.MatMul(*(tr.matrix(factor) for factor in expr.factors))
    return product if expr.shape else sp.Trace(product)


def _whole_transpose(tr: T, expr: n.Transpose) -> sp.Basic:
    return sp.Transpose(tr.matrix(expr.arg)) if expr.shape else tr.matrix(expr.arg)


def _whole_trace(tr: T, expr: n.Trace) -> sp.Basic:
    return sp.Trace(tr.matrix(expr.arg))


def _whole_norm2(tr: T, expr: n.Norm2) -> sp.Basic:
    arg = tr.matrix(expr.arg)
    return sp.Trace(sp.MatMul(sp.Transpose(arg), arg)) if expr.arg.shape else arg**2


def _whole_inner(tr: T, expr: n.Inner) -> sp.Basic:
    left, right = tr.matrix(expr.left), tr.matrix(expr.right)
    return sp.Trace(sp.MatMul(sp.Transpose(left), right)) if expr.left.shape else left * right


def _whole_inverse(tr: T, expr: n.Inverse) -> sp.Basic:
    return sp.Inverse(tr.matrix(expr.arg))


def _whole_diag(tr: T, expr: n.Diag) -> sp.Basic:
    return sp.DiagMatrix(tr.matrix(expr.arg))


def _whole_replace_column(tr: T, expr: n.ReplaceColumn) -> sp.Basic:
    """M + (c − M e_j) e_jᵀ."""
    arg, column, index = tr.matrix(expr.matrix), tr.matrix(expr.column), tr.index(expr.index)
    change = sp.MatAdd(column, sp.MatMul(sp.S.NegativeOne, Column(arg, index)))
    return sp.MatAdd(arg, sp.MatMul(change, Row(sp.Identity(arg.shape[1]), index)))


def _whole_entry(tr: T, expr: n.Entry) -> sp.Basic:
    arg = tr.matrix(expr.arg)
    picked = Column(arg, tr.index(expr.col)) if expr.col else arg
    picked = Row(picked, tr.index(expr.row)) if expr.row else picked
    return picked if expr.shape else sp.Trace(picked)


def _whole_total(tr: T, expr: n.Total) -> sp.Basic:
    own, before = tr.bind(expr.indices)
    factor, body = sp.Mul(*_conditions(tr, expr)), tr.matrix(expr.body)
    tr.summed = before
    if not expr.shape:
        return tr.total(own, factor * body)
    return MatrixSum(sp.MatMul(factor, body), *(sp.Tuple(*limit) for limit in tr.limits(own)))


def _whole_at(tr: T, expr: n.At) -> sp.Basic:
    pairs = zip(expr.variables, expr.values, strict=True)
    return tr.matrix(expr.body).xreplace({tr.symbol(variable): tr.matrix(value) for variable, value in pairs})


def _whole_defined(tr: T, expr: n.Defined) -> sp.Basic:
    return tr.matrix(expr.body)


WHOLES: dict[type[n.Expr], Callable[..., sp.Basic]] = {
    n.Number: _whole_scalar, n.Symbol: _whole_symbol, n.Identity: _whole_identity, n.Zeros: _whole_zeros,
    n.Size: _whole_scalar, n.Delta: _whole_scalar, n.Indicator: _whole_scalar, n.Select: _whole_select,
    n.Add: _whole_add, n.Neg: _whole_neg, n.Mul: _whole_mul, n.Div: _whole_div, n.Sqrt: _whole_sqrt,
    n.Power: _whole_power, n.MatMul: _whole_matmul, n.Transpose: _whole_transpose, n.Trace: _whole_trace,
    n.Norm2: _whole_norm2, n.Inner: _whole_inner, n.Inverse: _whole_inverse, n.Diag: _whole_diag,
    n.ReplaceColumn: _whole_replace_column, n.Entry: _whole_entry, n.Total: _whole_total, n.At: _whole_at,
    n.Defined: _whole_defined,
    n.Precedes: _whole_scalar, n.Relu: _whole_relu, n.SizePower: _whole_size_power,
    n.Binomial: _whole_scalar,
    n.AtLeastZero: _whole_at_least_zero,
}  # fmt: skip


# Rewriting before translation ---------------------------------------------------------------------------------------


def gathered(expr: n.Expr) -> n.Expr:
    """Σ_t ‖M x_t‖² over all columns as ‖M X‖²: what a page writes a data point at a time is computed in one product.

    >>> from derive import dims, index, matrix, norm2, total
    >>> D, T = dims("D T")
    >>> t = index("t", T)
    >>> X, M = matrix("X", D, T), matrix("M", D, D)
    >>> print(gathered(total(t, norm2(X[:, t] - M @ X[:, t]))))
    ‖X − MX‖²
    """
    return n.rebuild(expr, _gathered)


def _gathered(expr: n.Expr) -> n.Expr | None:
    if not (isinstance(expr, n.Total) and len(expr.indices) == 1 and not expr.apart and not expr.within):
        return None
    body = expr.body
    if not (isinstance(body, n.Norm2) and body.arg.shape[1:] == (ONE,)):
        return None
    whole = _all_columns(body.arg, expr.indices[0])
    return n.Norm2(whole) if whole is not None else None


def _all_columns(column: n.Expr, index: Index) -> n.Expr | None:
    """The matrix whose column ``index`` is ``column``, where that can be read off."""
    match column:
        case n.Entry(arg, None, col) if col == index and index not in arg.free:
            return arg
        case n.Add(terms):
            found = [_all_columns(term, index) for term in terms]
            return n.Add(tuple(f for f in found if f is not None)) if None not in found else None
        case n.Neg(arg):
            inner = _all_columns(arg, index)
            return n.Neg(inner) if inner is not None else None
        case n.MatMul(factors) | n.Mul(factors) if not any(index in f.free for f in factors[:-1]):
            inner = _all_columns(factors[-1], index)
            return type(column)((*factors[:-1], inner)) if inner is not None else None
    return None
