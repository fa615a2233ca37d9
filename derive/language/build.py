"""The functions that an author writes expressions with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from derive.errors import TypingError
from derive.language.degree import check_integrable
from derive.language.indices import Dim, Index, Subset
from derive.language.laws import Law
from derive.language.names import checked_name
from derive.language.needs import need, need_dim, need_index, need_subset
from derive.language.nodes import (
    Along,
    At,
    Binomial,
    Defined,
    Delta,
    Diag,
    Entry,
    Expectation,
    Expr,
    Gradient,
    Identity,
    Indicator,
    Inner,
    Integral,
    Inverse,
    Norm2,
    Number,
    Operand,
    Parts,
    Pieces,
    Precedes,
    Relu,
    ReplaceColumn,
    Select,
    Size,
    Sqrt,
    Symbol,
    Total,
    Trace,
    coerce,
    dimension_sum,
)


def matrix(name: str, rows: Dim, cols: Dim, entry: str | None = None) -> Symbol:
    """A rows×cols matrix; ``entry`` is the letter of its entries and columns (its name in lower case if not given).

    >>> from derive import dims, indices
    >>> D, d = dims("D d")
    >>> i, = indices("i", d); j, = indices("j", D)
    >>> print(matrix("W", d, D)[i, j])
    w_ij
    """
    for dim in (rows, cols):
        if isinstance(dim, list):
            need_dim(f"matrix({name!r}, …)", dim)
        if not isinstance(dim, Dim):
            raise TypingError(f"matrix({name!r}, …): {dim!r} is no dimension: use dims(…), or family(…) for a column")
    name = checked_name(name, "a symbol")
    return Symbol(name, (rows, cols), entry or name.lower())


def family(name: str, dim: Dim, entry: str | None = None) -> Symbol:
    """Numbers λ_1 … λ_dim; ``λ[j]`` is one of them and ``diag(λ)`` their diagonal matrix."""
    need_dim(f"family({name!r}, …)", dim)
    name = checked_name(name, "a symbol")
    return Symbol(name, (dim,), entry or name.lower())


def scalar(name: str) -> Symbol:
    """A real number."""
    name = checked_name(name, "a symbol")
    return Symbol(name, (), name)


def number(value: int | Fraction) -> Expr:
    """An exact rational as an expression, where Python would reckon with it: ``number(1) / 3``."""
    return Number(Fraction(value))


def eye(dim: Dim) -> Expr:
    """The dim×dim identity."""
    need_dim("eye", dim)
    return Identity(dim)


def size(dim: Dim) -> Expr:
    """A dimension as a number: ``tr(eye(D))`` is ``size(D)``."""
    need_dim("size", dim)
    return Size(dim)


def binomial(top: Expr, bottom: Operand) -> Expr:
    """C(top, bottom): how many sets of ``bottom`` there are among ``top`` things, none if there are fewer.

    Raises:
        TypingError: ``top`` is not ``size(…)`` plus or minus a whole number, or ``bottom`` neither that nor a whole
            number from 0 up.

    >>> from derive import dims
    >>> D, l = dims("D l")
    >>> print(binomial(size(D) + 1, size(l)), binomial(size(D), 2))
    C(D + 1, l) C(D, 2)
    """
    (dim, less, shift), (part, minus, more) = dimension_sum(coerce(top)), dimension_sum(coerce(bottom))
    if dim is None or less is not None or shift is None:
        raise TypingError(f"binomial({top}, …): what is chosen from is size(…), plus or minus a whole number")
    if minus is not None or more is None:
        raise TypingError(f"binomial(…, {bottom}): how many are chosen is a whole number from 0 up, or size(…)")
    return Binomial(dim, shift, part, more)


def tr(arg: Expr) -> Expr:
    """The trace of a square matrix."""
    return Trace(arg)


def norm2(arg: Expr) -> Expr:
    """‖arg‖²: the sum of the squares of all entries."""
    return Norm2(arg)


def inner(left: Expr, right: Expr) -> Expr:
    """⟨left, right⟩: the sum of the products of corresponding entries."""
    return Inner(left, right)


def inv(arg: Expr) -> Expr:
    """The inverse of a square matrix; a statement with it speaks of those values where the inverse exists."""
    return Inverse(arg)


def sqrt(arg: Operand) -> Expr:
    """The non-negative square root of a scalar."""
    return Sqrt(coerce(arg))


def diag(arg: Expr) -> Expr:
    """The diagonal matrix of a family."""
    return Diag(arg)


def delta(row: Index, col: Index) -> Expr:
    """Kronecker's δ."""
    need_index("delta", row, col)
    return Delta(row, col)


def indicator(index: Index, subset: Subset) -> Expr:
    """1 where ``index ∈ subset``, else 0."""
    need_index("indicator", index)
    need_subset("indicator", subset)
    return Indicator(index, subset)


def ordered(first: Index, second: Index) -> Expr:
    """1 where ``first < second`` as indices, else 0."""
    need_index("ordered", first, second)
    return Precedes(first, second)


def select(subset: Subset) -> Expr:
    """The matrix whose columns are e_i, i in the set, in order."""
    need_subset("select", subset)
    return Select(subset)


def replace_column(matrix: Expr, index: Index, column: Expr) -> Expr:
    """``matrix`` with one column replaced."""
    need_index("replace_column", index)
    return ReplaceColumn(matrix, index, column)


def _tuple(over: Index | tuple[Index, ...]) -> tuple[Index, ...]:
    found = over if isinstance(over, tuple) else (over,)
    need_index("total", *found)
    return found


def total(over: Index | tuple[Index, ...], body: Operand) -> Expr:
    """Σ over the whole range of one index or of several. Every sum is written out: nothing is summed by repetition."""
    return Total(_tuple(over), coerce(body))


def total_except(over: Index, other: Index, body: Operand) -> Expr:
    """Σ over all values of ``over`` other than the value of ``other``."""
    need_index("total_except", over, other)
    return Total((over,), coerce(body), apart=((over, other),))


def total_pairs(first: Index, second: Index, body: Operand) -> Expr:
    """Σ over all ordered pairs of different values."""
    need_index("total_pairs", first, second)
    return Total((first, second), coerce(body), apart=((first, second),))


def total_in(over: Index, subset: Subset, body: Operand) -> Expr:
    """Σ over the members of a set."""
    need_index("total_in", over)
    need_subset("total_in", subset)
    return Total((over,), coerce(body), within=((over, subset),))


def gradient(body: Expr, *variables: Expr) -> Expr:
    """∂body/∂variable, of the variable's shape; for several variables their gradients side by side."""
    if not variables:
        raise TypingError(f"gradient({body}): no variable to differentiate by")
    found = tuple(Gradient(body, variable) for variable in variables)  # type: ignore[arg-type]  # checked when built
    return found[0] if len(found) == 1 else Parts(found)


def partial(body: Expr, entry: Expr) -> Expr:
    """∂body/∂entry, as in ``partial(L, B[j, k])``."""
    if isinstance(entry, Symbol):
        raise TypingError(f"{entry} is a whole symbol: differentiate by gradient(…, {entry}), or by an entry")
    if not (isinstance(entry, Entry) and isinstance(entry.arg, Symbol)):
        raise TypingError(f"{entry} is no entry of a symbol: differentiate by an entry such as B[j, k]")
    return Entry(Gradient(body, entry.arg), entry.row, entry.col)


def rate(body: Expr, flow: Mapping[Symbol, Expr]) -> Expr:
    """d body/dt where every variable of ``flow`` changes at its rate and every other symbol is constant."""
    need("rate", flow, Mapping, "no mapping: write {W: …}, with the rate of each variable")
    return Along(body, tuple(flow), tuple(flow.values()))


def at(body: Expr, values: Mapping[Symbol, Expr]) -> Expr:
    """``body`` at the given values, after all its derivatives are taken."""
    need("at", values, Mapping, "no mapping: write {W: …}, with the value of each variable")
    return At(body, tuple(values), tuple(values.values()))


def expectation(laws: Mapping[Symbol, Law]) -> Callable[[Operand], Expr]:
    """The expectation over symbols with these laws, all entries independent.

    Raises:
        TypingError: what is random is no symbol, or what it is given is no law.

    >>> from derive import dims, index, matrix, scalar, uniform
    >>> (n,) = dims("n")
    >>> X, i = matrix("X", n, n), index("i", n)
    >>> E = expectation({X: uniform(0, 1)})
    >>> print(E(X[i, i] ** 2))
    E[x_ii²]
    """
    for variable, law in laws.items():
        if not isinstance(variable, Symbol) or not isinstance(law, Law):
            raise TypingError(f"expectation({{{variable}: {law}}}): give symbols, and laws such as uniform(0, 1)")
    return lambda body: Expectation(coerce(body), tuple(laws), tuple(laws.values()))


def relu(arg: Operand) -> Expr:
    """The argument where it is positive, else 0."""
    return Relu(coerce(arg))


Piece = tuple[Operand, "bool | Sequence[Piece]"]
"""Where a piece of an integral ends, and whether the ReLUs are on in it, or the pieces of the integral inside."""


def integral(body: Operand, variable: Expr, low: Operand, high: Operand, pieces: Sequence[Piece] = ()) -> Expr:
    """∫ body d(variable) from ``low`` to ``high``, of a polynomial between the kinks of its ReLUs.

    Args:
        pieces: for a proof: where each piece ends, the last at ``high``, and whether the ReLUs are on in it. That
            their arguments are not negative there, or not positive where they are off, is then proved too. A piece of
            an integral of an integral may have, in place of that, pieces of the one inside: [(end, [(end, on), …]), …].

    Raises:
        TypingError: between its kinks the body is no polynomial in the variable, or a ReLU of it has a curved argument.

    >>> from derive import scalar
    >>> u = scalar("u")
    >>> print(integral(u**2, u, 0, 1))
    ∫_0^1 u² du
    """
    made = Integral(coerce(body), variable, coerce(low), coerce(high), _pieces(pieces))  # type: ignore[arg-type]  # checked there
    check_integrable(made)
    return made


def _pieces(given: Sequence[Piece]) -> Pieces:
    return tuple((coerce(end), inside if isinstance(inside, bool) else _pieces(inside)) for end, inside in given)


def with_pieces(expr: Expr, pieces: Sequence[Piece] = ()) -> Expr:
    """The integral, or what a definition of one stands for, with these pieces; without any, the expression as it is.

    Raises:
        TypingError: it is no integral.
    """
    if not pieces:
        return expr
    while isinstance(expr, Defined):
        expr = expr.body
    if not isinstance(expr, Integral):
        raise TypingError(f"{expr} is no integral, so it has no pieces")
    return integral(expr.body, expr.variable, expr.low, expr.high, pieces)


def parts(*items: Expr) -> Expr:
    """Expressions side by side."""
    return Parts(items)
