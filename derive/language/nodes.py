"""Typed expressions that keep what was written.

A node never simplifies, distributes or reorders; it checks shapes and index dimensions when it is built and refuses
with both operands. ``shape`` is ``(rows, columns)``, or ``()`` for a scalar; a product that is 1×1 counts as a scalar.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Set
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, cast

from derive.errors import IndexingError, InputError, ShapeError, TypingError
from derive.language.indices import ONE, Dim, Index, Subset
from derive.language.needs import shown

if TYPE_CHECKING:
    from derive.language.laws import Law

Shape = tuple[Dim, ...]
NONE: frozenset[Index] = frozenset()


def shape_text(shape: Shape) -> str:
    return "×".join(dim.name for dim in shape) if shape else "scalar"


@cache
def field_names(kind: Any) -> tuple[str, ...]:
    """The fields that a node of this kind is built with, in order."""
    return tuple(entry.name for entry in fields(kind) if entry.init)


def _joined(sets: list[frozenset[Index]], own: frozenset[Index] = NONE) -> frozenset[Index]:
    """The union; most are empty, and then none is made."""
    some = [one for one in (*sets, own) if one]
    return some[0].union(*some[1:]) if some else NONE


@dataclass(frozen=True, slots=True, eq=False)
class Expr:
    """A typed expression. ``free`` indices are to be given, ``bound`` ones are summed inside."""

    shape: Shape = field(init=False, repr=False, compare=False)
    free: frozenset[Index] = field(init=False, repr=False, compare=False)
    bound: frozenset[Index] = field(init=False, repr=False, compare=False)
    several: bool = field(init=False, repr=False, compare=False)
    children: tuple[Expr, ...] = field(init=False, repr=False, compare=False)
    own_hash: int = field(init=False, repr=False, compare=False)
    below: tuple[Expr, ...] | None = field(init=False, repr=False, compare=False)
    part_names: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        put = object.__setattr__  # frozen
        children = self._parts()
        put(self, "children", children)
        try:
            outer = [child.free for child in children]
        except AttributeError:  # asking each child what it is would cost more than all else here
            raise _misfit(self) from None
        put(self, "free", _joined(outer, self._own_indices()))
        put(self, "bound", _joined([child.bound for child in children]))
        put(self, "shape", self._shape())
        self._close()
        if self.free:
            self._check_names()
        put(self, "several", isinstance(self, Parts) or any(child.several for child in children))
        # Kept, since trees are looked up in caches again and again, and a fresh hash walks all of a tree.
        put(self, "own_hash", hash((type(self).__name__, *self.own_values())))
        put(self, "below", None)

    def _check_names(self) -> None:
        # By name: a fixed i is another index than a summed i, but Σ_i x_i is read as a sum of all entries.
        names = {index.name for index in self.free}
        both = names & {index.name for index in self.bound} if self.bound else None
        if both:
            name = min(both)
            raise IndexingError(f"{self}: index {name} is summed in one part and free in another; rename one of them")
        if len(names) < len(self.free):
            shown = ", ".join(sorted(f"{'fixed ' * index.fixed}{index.name} over {index.dim}" for index in self.free))
            raise IndexingError(f"{self}: two free indices have one name ({shown}); rename one of them")

    def own_values(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in field_names(cast(Hashable, type(self)))])

    def __hash__(self) -> int:
        return self.own_hash

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(self) is not type(other) or hash(self) != hash(other):
            return False
        return self.own_values() == other.own_values()

    def _own_indices(self) -> frozenset[Index]:
        return NONE

    def _shape(self) -> Shape:
        return ()

    def _close(self) -> None:
        """Bind what this node sums over."""

    def _parts(self) -> tuple[Expr, ...]:
        found: list[Expr] = []
        for name in self.part_names:
            part = getattr(self, name)
            found.extend(part if isinstance(part, tuple) else (part,))
        return tuple(found)

    def with_children(self, new: tuple[Expr, ...]) -> Expr:
        """The same node over other children, checked as any node is."""
        values = {name: getattr(self, name) for name in field_names(cast(Hashable, type(self)))}
        rest = list(new)
        for name in self.part_names:
            part = values[name]
            values[name] = tuple([rest.pop(0) for _ in part]) if isinstance(part, tuple) else rest.pop(0)
        return type(self)(**values)

    def walk(self) -> tuple[Expr, ...]:
        """The node and all below it, parents first; once each, however often a definition is mentioned."""
        below = self.below
        if below is None:  # kept, since every judge walks the sides of every step
            below = self._below()
            object.__setattr__(self, "below", below)
        return (self, *below)

    def _below(self) -> tuple[Expr, ...]:
        found: list[Expr] = []
        todo, met = list(self.children[::-1]), {id(self)}
        while todo:
            node = todo.pop()
            if id(node) not in met:
                met.add(id(node))
                found.append(node)
                todo.extend(node.children[::-1])
        return tuple(found)

    def every(self) -> Iterator[Expr]:
        """The node and all below it, each as often as it is mentioned."""
        yield self
        for child in self.children:
            yield from child.every()

    # NumPy's spelling -----------------------------------------------------------------------------------------------

    def __add__(self, other: Operand) -> Expr:
        return Add((*_terms(self), coerce(other)))

    def __radd__(self, other: Operand) -> Expr:
        if type(other) is int and other == 0:  # what Python's sum starts with
            return self
        return Add((coerce(other), self))

    def __sub__(self, other: Operand) -> Expr:
        return Add((*_terms(self), Neg(coerce(other))))

    def __rsub__(self, other: Operand) -> Expr:
        return Add((coerce(other), Neg(self)))

    def __neg__(self) -> Expr:
        return Neg(self)

    def __mul__(self, other: Operand) -> Expr:
        left = self.factors if isinstance(self, Mul) else (self,)
        return Mul((*left, coerce(other)))

    def __rmul__(self, other: Operand) -> Expr:
        return Mul((coerce(other), self))

    def __truediv__(self, other: Operand) -> Expr:
        return Div(self, coerce(other))

    def __rtruediv__(self, other: Operand) -> Expr:
        return Div(coerce(other), self)

    def __pow__(self, exponent: int | Expr) -> Expr:
        return size_power(self, exponent) if isinstance(exponent, Expr) else Power(self, exponent)

    def __matmul__(self, other: Expr) -> Expr:
        # Python reads -2*A @ B as (-2*A) @ B, paper as -2(AB): a scalar in front stands before the whole product.
        if isinstance(self, Neg):
            return Neg(self.arg @ other)
        if isinstance(self, Mul) and self.factors[-1].shape:
            return Mul((*self.factors[:-1], self.factors[-1] @ other))
        left = self.factors if isinstance(self, MatMul) else (self,)
        return MatMul((*left, coerce(other)))

    def __lt__(self, other: object) -> bool:
        raise TypingError(f"{self}: Python's < and > compare numbers; write less_than(…, …), of ≤ at_most(…, …)")

    __le__ = __gt__ = __ge__ = __lt__

    @property
    def T(self) -> Expr:
        return Transpose(self)

    def __getitem__(self, key: Index | slice | tuple[Index | slice, Index | slice]) -> Expr:
        return entry(self, key)

    def __iter__(self) -> Iterator[Expr]:
        raise TypeError(f"{self} cannot be iterated over")

    def __str__(self) -> str:
        from derive.language.text import text

        return text(self)

    def _repr_latex_(self) -> str:
        from derive.language.latex import latex

        return f"$\\displaystyle {latex(self)}$"


Operand = Expr | int | Fraction


def coerce(value: object) -> Expr:
    """An expression from an expression, an int, a Fraction or a SymPy expression."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, int | Fraction) and not isinstance(value, bool):
        return Number(Fraction(value))
    if isinstance(value, float):
        raise TypingError(f"{value} is a float, which is not exact: write Fraction(1, 2) or a quotient of expressions")
    if type(value).__module__.partition(".")[0] == "sympy":
        from derive.language.from_sympy import from_sympy

        return from_sympy(value)
    raise TypingError(f"{shown(value)} is no expression")


def _misfit(node: Expr) -> TypingError:
    """That a part of the node is no expression."""
    wrong = next(child for child in node.children if not isinstance(child, Expr))
    return TypingError(f"{type(node).__name__.lower()}(…): {shown(wrong)} is no expression")


def _terms(expr: Expr) -> tuple[Expr, ...]:
    return expr.terms if isinstance(expr, Add) else (expr,)


def _refuse(operator: str, *operands: Expr) -> ShapeError:
    shapes = " and ".join(shape_text(operand.shape) for operand in operands)
    tight = operator in {"@", "*"}
    shown = [f"({operand})" if tight and isinstance(operand, Add | Neg) else str(operand) for operand in operands]
    written = f" {operator} ".join(shown)
    return ShapeError(f"{written}: shapes {shapes} do not fit the operator {operator}", {"operands": operands})


def _scalar(node: Expr, arg: Expr, role: str) -> None:
    if arg.shape:
        raise ShapeError(f"{role} must be a scalar, but {arg} is {shape_text(arg.shape)}", {"operand": arg})


# Leaves -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Number(Expr):
    """An exact rational."""

    value: Fraction


@dataclass(frozen=True, slots=True, eq=False)
class Symbol(Expr):
    """A tensor by name: ``dims`` has no entry for a scalar, one for a family λ_j, two for a matrix."""

    name: str
    dims: tuple[Dim, ...]
    entry_name: str

    def _shape(self) -> Shape:
        return (self.dims[0], ONE) if len(self.dims) == 1 else self.dims


@dataclass(frozen=True, slots=True, eq=False)
class Identity(Expr):
    """The dim×dim identity."""

    dim: Dim

    def _shape(self) -> Shape:
        return (self.dim, self.dim)


@dataclass(frozen=True, slots=True, eq=False)
class Zeros(Expr):
    """A matrix of zeros, printed 0."""

    dims: tuple[Dim, Dim]

    def _shape(self) -> Shape:
        return self.dims


@dataclass(frozen=True, slots=True, eq=False)
class Size(Expr):
    """A dimension as a number."""

    dim: Dim

    @property
    def counted(self) -> tuple[Dim, ...]:
        return (self.dim,)


@dataclass(frozen=True, slots=True, eq=False)
class Delta(Expr):
    """Kronecker's δ_ij: 1 where the two indices agree, else 0."""

    row: Index
    col: Index

    def _own_indices(self) -> frozenset[Index]:
        if self.row.dim != self.col.dim:
            raise IndexingError(
                f"δ_{self.row}{self.col}: {self.row} runs over {self.row.dim}, {self.col} over {self.col.dim}"
            )
        return frozenset((self.row, self.col))


@dataclass(frozen=True, slots=True, eq=False)
class Indicator(Expr):
    """1 where the index is in the set, else 0."""

    index: Index
    subset: Subset

    def _own_indices(self) -> frozenset[Index]:
        if self.index.dim != self.subset.dim:
            raise IndexingError(
                f"[{self.index} ∈ {self.subset}]: {self.index} runs over {self.index.dim}, "
                f"{self.subset} is a set over {self.subset.dim}"
            )
        return frozenset((self.index,))


@dataclass(frozen=True, slots=True, eq=False)
class Precedes(Expr):
    """1 where ``row < col`` as indices, else 0."""

    row: Index
    col: Index

    def _own_indices(self) -> frozenset[Index]:
        if self.row.dim != self.col.dim:
            raise IndexingError(
                f"[{self.row} < {self.col}]: {self.row} runs over {self.row.dim}, {self.col} over {self.col.dim}"
            )
        return frozenset((self.row, self.col))


@dataclass(frozen=True, slots=True, eq=False)
class Select(Expr):
    """The dim×size matrix whose columns are e_i for i in the set, in order: ``U @ Select(I)`` is U_I."""

    subset: Subset

    def _shape(self) -> Shape:
        return (self.subset.dim, self.subset.size)


# Algebra ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Add(Expr):
    terms: tuple[Expr, ...]
    part_names = ("terms",)

    def _shape(self) -> Shape:
        for term in self.terms[1:]:
            if term.shape != self.terms[0].shape:
                shown, sign = (term.arg, "-") if isinstance(term, Neg) else (term, "+")
                raise _refuse(sign, self.terms[0], shown)
        return self.terms[0].shape


@dataclass(frozen=True, slots=True, eq=False)
class Neg(Expr):
    arg: Expr
    part_names = ("arg",)

    def _shape(self) -> Shape:
        return self.arg.shape


@dataclass(frozen=True, slots=True, eq=False)
class Mul(Expr):
    """Scalars times at most one matrix."""

    factors: tuple[Expr, ...]
    part_names = ("factors",)

    def _shape(self) -> Shape:
        matrices = [factor for factor in self.factors if factor.shape]
        if len(matrices) > 1:
            raise _refuse("*", matrices[0], matrices[1])
        return matrices[0].shape if matrices else ()


@dataclass(frozen=True, slots=True, eq=False)
class Div(Expr):
    top: Expr
    bottom: Expr
    part_names = ("top", "bottom")

    def _shape(self) -> Shape:
        _scalar(self, self.bottom, "a divisor")
        if isinstance(self.bottom, Number) and self.bottom.value == 0:
            raise InputError(f"{self.top} / 0: division by zero")
        return self.top.shape


@dataclass(frozen=True, slots=True, eq=False)
class Power(Expr):
    base: Expr
    exponent: int
    part_names = ("base",)

    def _shape(self) -> Shape:
        _scalar(self, self.base, "what is raised to a power")
        if isinstance(self.exponent, bool) or not isinstance(self.exponent, int) or self.exponent < 0:
            raise TypingError(f"({self.base})**{self.exponent}: an exponent is a whole number from 0 up")
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class SizePower(Expr):
    """``base`` to the power of a dimension, or of the difference of two, plus ``shift``: S^(D−1), S^(D−l).

    Where the exponent is negative it has no value: a statement with S^(D−2) speaks of D from 2 on.
    """

    base: Expr
    dim: Dim
    shift: int
    less: Dim | None = None
    part_names = ("base",)

    def _shape(self) -> Shape:
        _scalar(self, self.base, "what is raised to a power")
        if self.dim == self.less:
            raise TypingError(f"({self.base})**({self.dim} − {self.dim}): an exponent without a dimension is a number")
        return ()

    @property
    def counted(self) -> tuple[Dim, ...]:
        return (self.dim, self.less) if self.less else (self.dim,)

    @property
    def everywhere(self) -> bool:
        """Whether it has a value whatever the dimensions are."""
        return self.less is None and self.shift >= -1


@dataclass(frozen=True, slots=True, eq=False)
class Binomial(Expr):
    """How many sets of ``part`` + ``less`` there are among ``dim`` + ``shift`` things: none if that is below 0 or more
    than there are. Without a ``part`` their number is ``less`` itself."""

    dim: Dim
    shift: int
    part: Dim | None
    less: int

    def _shape(self) -> Shape:
        if self.shift < -1:
            raise TypingError(f"binomial({self.dim} − {-self.shift}, …): for {self.dim} = 1 there are no such things")
        if self.part is None and self.less < 0:
            raise TypingError(f"binomial(…, {self.less}): how many are chosen is a whole number from 0 up, or size(…)")
        return ()

    @property
    def counted(self) -> tuple[Dim, ...]:
        return (self.dim, self.part) if self.part else (self.dim,)


COUNTS = (Size, SizePower, Binomial)
"""What depends on dimensions as numbers, each with those that it is ``counted`` by."""


def size_power(base: Expr, exponent: Expr) -> Expr:
    """``base ** exponent`` for an exponent such as ``size(D) - 1``, or ``size(D) - size(l)``.

    Raises:
        TypingError: the exponent is of another form.
    """
    dim, less, shift = dimension_sum(exponent)
    if dim is None or shift is None:
        raise TypingError(f"({base})**({exponent}): an exponent is a whole number, or size(D) plus or minus some")
    return SizePower(base, dim, shift, less)


def dimension_sum(expr: Expr) -> tuple[Dim | None, Dim | None, int | None]:
    """A sum of a dimension, another one with a minus, and a whole number, which is None if that is not all."""
    terms = expr.terms if isinstance(expr, Add) else (expr,)
    signed = [(-1, term.arg) if isinstance(term, Neg) else (1, term) for term in terms]
    plus = [term.dim for sign, term in signed if isinstance(term, Size) and sign == 1]
    minus = [term.dim for sign, term in signed if isinstance(term, Size) and sign == -1]
    rest = [sign * term.value for sign, term in signed if isinstance(term, Number) and term.value.denominator == 1]
    if len(plus) > 1 or len(minus) > 1 or len(plus) + len(minus) + len(rest) < len(terms):
        return None, None, None
    return plus[0] if plus else None, minus[0] if minus else None, int(sum(rest))


@dataclass(frozen=True, slots=True, eq=False)
class AtLeastZero(Expr):
    """1 where the argument is at least 0, else 0."""

    arg: Expr
    part_names = ("arg",)

    def _shape(self) -> Shape:
        _scalar(self, self.arg, "what is compared with 0")
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Relu(Expr):
    """The argument where it is positive, else 0."""

    arg: Expr
    part_names = ("arg",)

    def _shape(self) -> Shape:
        _scalar(self, self.arg, "the argument of ReLU")
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Sqrt(Expr):
    """The non-negative square root of a scalar."""

    arg: Expr
    part_names = ("arg",)

    def _shape(self) -> Shape:
        _scalar(self, self.arg, "what stands under a root")
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class MatMul(Expr):
    factors: tuple[Expr, ...]
    part_names = ("factors",)

    def _shape(self) -> Shape:
        for left, right in zip(self.factors, self.factors[1:], strict=False):
            if not left.shape or not right.shape or left.shape[1] != right.shape[0]:
                raise _refuse("@", left, right)
        shape = (self.factors[0].shape[0], self.factors[-1].shape[1])
        return () if shape == (ONE, ONE) else shape


@dataclass(frozen=True, slots=True, eq=False)
class Transpose(Expr):
    arg: Expr
    part_names = ("arg",)

    def _shape(self) -> Shape:
        return self.arg.shape[::-1]


def _square(arg: Expr, operator: str) -> None:
    if not arg.shape or arg.shape[0] != arg.shape[1]:
        raise ShapeError(f"{operator}({arg}): the argument is {shape_text(arg.shape)}, not square", {"operand": arg})


@dataclass(frozen=True, slots=True, eq=False)
class Trace(Expr):
    arg: Expr
    part_names = ("arg",)

    def _shape(self) -> Shape:
        _square(self.arg, "tr")
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Norm2(Expr):
    """The sum of the squares of all entries."""

    arg: Expr
    part_names = ("arg",)


@dataclass(frozen=True, slots=True, eq=False)
class Inner(Expr):
    """The sum of the products of corresponding entries."""

    left: Expr
    right: Expr
    part_names = ("left", "right")

    def _shape(self) -> Shape:
        if self.left.shape != self.right.shape:
            raise _refuse(",", self.left, self.right)
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Inverse(Expr):
    arg: Expr
    part_names = ("arg",)

    def _shape(self) -> Shape:
        _square(self.arg, "inv")
        return self.arg.shape


@dataclass(frozen=True, slots=True, eq=False)
class Diag(Expr):
    """The diagonal matrix of a family or a column."""

    arg: Expr
    part_names = ("arg",)

    def _shape(self) -> Shape:
        if len(self.arg.shape) != 2 or self.arg.shape[1] != ONE:
            raise ShapeError(f"diag({self.arg}): the argument is {shape_text(self.arg.shape)}, not a column")
        return (self.arg.shape[0], self.arg.shape[0])


@dataclass(frozen=True, slots=True, eq=False)
class ReplaceColumn(Expr):
    """``matrix`` with its column ``index`` replaced."""

    matrix: Expr
    index: Index
    column: Expr
    part_names = ("matrix", "column")

    def _own_indices(self) -> frozenset[Index]:
        return frozenset((self.index,))

    def _shape(self) -> Shape:
        if not self.matrix.shape or self.column.shape != (self.matrix.shape[0], ONE):
            raise _refuse("column ←", self.matrix, self.column)
        _check_index(self.matrix, self.index, self.matrix.shape[1], "column")
        return self.matrix.shape


# Indices ------------------------------------------------------------------------------------------------------------


def _check_index(expr: Expr, index: Index, dim: Dim, role: str) -> None:
    if index.dim != dim:
        raise IndexingError(
            f"{role} index {index} of {expr} runs over {index.dim}, but {expr} is {shape_text(expr.shape)}: "
            f"it must run over {dim}",
            {"index": index},
        )


@dataclass(frozen=True, slots=True, eq=False)
class Entry(Expr):
    """An entry, a column (``row`` is None) or a row (``col`` is None)."""

    arg: Expr
    row: Index | None
    col: Index | None
    part_names = ("arg",)

    def _own_indices(self) -> frozenset[Index]:
        if not self.arg.shape:
            raise IndexingError(f"{self.arg} is a scalar: it has no entries")
        if self.row is not None:
            _check_index(self.arg, self.row, self.arg.shape[0], "row")
        if self.col is not None:
            _check_index(self.arg, self.col, self.arg.shape[1], "column")
        return frozenset(index for index in (self.row, self.col) if index is not None)

    def _shape(self) -> Shape:
        if self.row is None and self.col is None:
            return self.arg.shape
        if self.row is None:
            return (self.arg.shape[0], ONE)
        if self.col is None and self.arg.shape[1] != ONE:
            return (ONE, self.arg.shape[1])
        return ()


def entry(expr: Expr, key: object) -> Expr:
    """``A[i, j]``, the column ``A[:, j]``, the row ``A[i, :]``, the member ``λ[j]`` of a family."""
    keys = key if isinstance(key, tuple) else (key,)
    for part in keys:
        if not (isinstance(part, Index) or part == slice(None)):
            raise IndexingError(f"{expr}[{part}]: an index is made by indices(…), or is ':'")
    if len(keys) == 1 and expr.shape and expr.shape[1] == ONE:
        keys = (keys[0], slice(None))
    if len(keys) != 2:
        raise IndexingError(f"{expr} is {shape_text(expr.shape)}, so it cannot take {len(keys)} indices")
    row, col = (part if isinstance(part, Index) else None for part in keys)
    return Entry(expr, row, col)


@dataclass(frozen=True, slots=True, eq=False)
class Total(Expr):
    """A sum over whole dimensions, without the values where two indices of ``apart`` agree, and inside the sets of
    ``within``."""

    indices: tuple[Index, ...]
    body: Expr
    apart: tuple[tuple[Index, Index], ...] = ()
    within: tuple[tuple[Index, Subset], ...] = ()
    part_names = ("body",)

    def _own_indices(self) -> frozenset[Index]:
        for one, other in self.apart:
            if one.dim != other.dim:
                raise IndexingError(f"{one} ≠ {other}: {one} runs over {one.dim}, {other} over {other.dim}")
        for index, subset in self.within:
            if index.dim != subset.dim:
                raise IndexingError(f"{index} ∈ {subset}: {index} runs over {index.dim}, {subset} is over {subset.dim}")
        return frozenset(index for pair in self.apart for index in pair)

    def _shape(self) -> Shape:
        return self.body.shape

    def _close(self) -> None:
        summed = frozenset(self.indices)
        kept = [index for index in self.indices if index.fixed]
        if kept:
            raise IndexingError(f"the index {kept[0]} is fixed: it keeps one value, so nothing is summed over it")
        repeated = [index for index in self.indices if self.indices.count(index) > 1]
        twice = repeated or sorted(summed & self.bound, key=lambda index: index.name)
        if twice:
            raise IndexingError(f"the index {twice[0]} is summed twice over {self.body}", {"index": twice[0]})
        object.__setattr__(self, "free", self.free - summed)
        object.__setattr__(self, "bound", self.bound | summed)


# Calculus -----------------------------------------------------------------------------------------------------------


def _variable(variable: Expr) -> Symbol:
    if not isinstance(variable, Symbol):
        raise TypingError(f"{variable} is no variable: differentiate by a symbol such as matrix('A', D, d)")
    return variable


@dataclass(frozen=True, slots=True, eq=False)
class Gradient(Expr):
    """∂body/∂variable, of the variable's shape. Every other symbol is held constant."""

    body: Expr
    variable: Symbol
    part_names = ("body",)

    def _shape(self) -> Shape:
        _scalar(self, self.body, "what is differentiated")
        return _variable(self.variable).shape

    def _close(self) -> None:
        object.__setattr__(self, "bound", NONE)


def _check_pairs(variables: tuple[Symbol, ...], values: tuple[Expr, ...], verb: str) -> None:
    for variable, value in zip(variables, values, strict=True):
        if _variable(variable).shape != value.shape:
            raise _refuse(verb, variable, value)
    if len(set(variables)) < len(variables):
        raise TypingError(f"{variables[0]} {verb} …: one variable is given twice")


@dataclass(frozen=True, slots=True, eq=False)
class Along(Expr):
    """d body/dt where each variable changes at its rate and every other symbol is constant."""

    body: Expr
    variables: tuple[Symbol, ...]
    values: tuple[Expr, ...]
    part_names = ("body", "values")

    def _shape(self) -> Shape:
        _check_pairs(self.variables, self.values, "changes at")
        return self.body.shape

    def _close(self) -> None:
        object.__setattr__(self, "bound", NONE)


@dataclass(frozen=True, slots=True, eq=False)
class At(Expr):
    """``body`` with each variable replaced by its value, all at once, after everything in ``body`` is done."""

    body: Expr
    variables: tuple[Symbol, ...]
    values: tuple[Expr, ...]
    part_names = ("body", "values")

    def _shape(self) -> Shape:
        _check_pairs(self.variables, self.values, "=")
        return self.body.shape

    def _close(self) -> None:
        object.__setattr__(self, "bound", NONE)


UNAVERAGED = (Div, Sqrt, Inverse, SizePower, Relu, AtLeastZero)
"""What is no polynomial in what stands in it, a quotient in what it is divided by: its expectation is not known from
moments."""


@dataclass(frozen=True, slots=True, eq=False)
class Expectation(Expr):
    """The expectation of ``body`` over symbols all of whose entries are independent, each symbol's with one law.

    Inside, the symbols are random; elsewhere in a statement they are letters like any other.
    """

    body: Expr
    variables: tuple[Symbol, ...]
    laws: tuple[Law, ...]
    part_names = ("body",)

    def _parts(self) -> tuple[Expr, ...]:
        return (self.body, *(value for law in self.laws for value in law.parameters))

    def with_children(self, new: tuple[Expr, ...]) -> Expr:
        rest, laws = list(new[1:]), []
        for law in self.laws:
            count = len(law.parameters)
            laws.append(law.with_parameters(rest[:count]))
            del rest[:count]
        return Expectation(new[0], self.variables, tuple(laws))

    def _shape(self) -> Shape:
        for variable in self.variables:
            _variable(variable)
        if len(set(self.variables)) < len(self.variables):
            raise TypingError(f"E[{self.body}]: one variable is given two laws")
        for value in self.children[1:]:
            if symbols_of(value).keys() & {variable.name for variable in self.variables}:
                raise TypingError(f"E[{self.body}]: the law with {value} depends on what is random")
        for node in self.body.walk():
            part = node.bottom if isinstance(node, Div) else node
            if isinstance(node, UNAVERAGED) and seen_symbols(part) & {variable.name for variable in self.variables}:
                raise TypingError(f"E[{self.body}]: {node} is no polynomial in what is random")
        return self.body.shape

    def _close(self) -> None:
        object.__setattr__(self, "bound", NONE)


Pieces = tuple[tuple[Expr, "bool | Pieces"], ...]
"""The end of each piece of an integral, and whether the ReLUs are on in it, or the pieces of the integral inside."""


def ends_of(pieces: Pieces) -> Iterator[Expr]:
    """The ends of the pieces, each followed by those of the pieces inside."""
    for end, inside in pieces:
        yield end
        if not isinstance(inside, bool):
            yield from ends_of(inside)


def _with_ends(pieces: Pieces, new: Iterator[Expr]) -> Pieces:
    """The same with other ends, given in the order of ``ends_of``."""
    return tuple((next(new), inside if isinstance(inside, bool) else _with_ends(inside, new)) for _, inside in pieces)


@dataclass(frozen=True, slots=True, eq=False)
class Integral(Expr):
    """The integral of a scalar ``body`` over a scalar ``variable`` from ``low`` to ``high``.

    ``pieces`` say how a proof goes, and nothing of what is meant: where each piece ends, and whether the ReLUs in the
    body are on or off in it; or, where the body holds another integral, the pieces of that one, of which the ends may
    depend on this variable. That the ReLUs are on or off has to be proved beside what is claimed.
    """

    body: Expr
    variable: Symbol
    low: Expr
    high: Expr
    pieces: Pieces = ()
    part_names = ("body", "low", "high")

    @property
    def variables(self) -> tuple[Symbol, ...]:
        return (self.variable,)

    def _parts(self) -> tuple[Expr, ...]:
        return (self.body, self.low, self.high, *ends_of(self.pieces))

    def with_children(self, new: tuple[Expr, ...]) -> Expr:
        return Integral(new[0], self.variable, new[1], new[2], _with_ends(self.pieces, iter(new[3:])))

    def _shape(self) -> Shape:
        if _variable(self.variable).shape:
            raise ShapeError(f"∫ … d{self.variable}: an integral is over a scalar")
        for part in (self.body, self.low, self.high):
            _scalar(self, part, "what is integrated, and from where to where,")
        for end in ends_of(self.pieces):
            _scalar(self, end, "the end of a piece")
        for end in (self.low, self.high, *(end for end, _ in self.pieces)):
            if self.variable.name in symbols_of(end):
                raise TypingError(f"∫ … d{self.variable}: an end, {end}, depends on {self.variable}")
        if self.pieces and self.pieces[-1][0] != self.high:
            raise TypingError(f"∫ … d{self.variable}: the last piece ends at {self.pieces[-1][0]}, not at {self.high}")
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Defined(Expr):
    """A name for ``body``: printed as the name, standing for the body everywhere."""

    name: str
    body: Expr
    entry_name: str
    part_names = ("body",)

    def _shape(self) -> Shape:
        return self.body.shape

    def _close(self) -> None:
        object.__setattr__(self, "bound", NONE)


@dataclass(frozen=True, slots=True, eq=False)
class Parts(Expr):
    """Several expressions side by side, as a gradient by several variables is; no product of it is defined."""

    items: tuple[Expr, ...]
    part_names = ("items",)

    def _shape(self) -> Shape:
        return tuple(Dim(f"{part}{shape_text(item.shape)}") for part, item in enumerate(self.items))


def components(expr: Expr) -> tuple[Expr, ...]:
    """The expressions that ``expr`` holds side by side, each scaled and added as ``expr`` says.

    >>> from derive import dims, matrix, parts
    >>> D, d = dims("D d")
    >>> A, B = matrix("A", D, d), matrix("B", d, D)
    >>> [str(part) for part in components(-2 * parts(B, A))]
    ['−2 B', '−2 A']
    """
    if isinstance(expr, Parts):
        return expr.items
    if not expr.several:
        return (expr,)
    if not isinstance(expr, Add | Neg | Mul | Div | Defined | At):
        raise TypingError(f"{expr}: {type(expr).__name__} takes no expression of several parts")
    split = [components(child) for child in expr.children]
    count = max(len(parts) for parts in split)
    return tuple(
        expr.with_children(tuple(parts[k] if len(parts) > 1 else parts[0] for parts in split)) for k in range(count)
    )


def rebuild(expr: Expr, change: Callable[[Expr], Expr | None]) -> Expr:
    """A copy in which ``change`` has replaced what it answers for; children first are left to ``change``'s None."""
    changed = change(expr)
    if changed is not None:
        return changed
    children = expr.children
    new = tuple(rebuild(child, change) for child in children)
    if all(old is fresh for old, fresh in zip(children, new, strict=True)):
        return expr
    return expr.with_children(new)


def written_out(expr: Expr, names: Set[Expr] | None = None) -> Expr:
    """The expression with definitions replaced by what they stand for: every one, or those in ``names``."""

    def body(node: Expr) -> Expr | None:
        if isinstance(node, Defined) and (names is None or node in names):
            return written_out(node.body, names)
        return None

    return rebuild(expr, body)


def symbols_of(expr: Expr) -> dict[str, Symbol]:
    """Every symbol in the expression, the variables of its derivatives and substitutions included, by name."""
    return dict(_symbols_of(expr))


@lru_cache(maxsize=4096)
def _symbols_of(expr: Expr) -> dict[str, Symbol]:
    found: dict[str, Symbol] = {}
    for node in expr.walk():
        own = [node] if isinstance(node, Symbol) else []
        if isinstance(node, Gradient | Integral):
            own = [node.variable]
        elif isinstance(node, Along | At | Expectation):
            own = list(node.variables)
        for symbol in own:
            if found.setdefault(symbol.name, symbol) != symbol:
                raise TypingError(f"two symbols are named {symbol.name}: {found[symbol.name].dims} and {symbol.dims}")
    return found


@lru_cache(maxsize=4096)
def seen_symbols(expr: Expr) -> frozenset[str]:
    """The names of the symbols outside of averages over them."""
    if isinstance(expr, Expectation | Integral):
        given = expr.children[1:3] if isinstance(expr, Integral) else expr.children[1:]
        outside = {name for part in given for name in seen_symbols(part)}
        # The ends of pieces inside may depend on what is integrated over around them, if on nothing inside.
        ends = {name for part in expr.children[1 + len(given) :] for name in seen_symbols(part)}
        averaged = {variable.name for variable in expr.variables}
        within = (seen_symbols(expr.body) - averaged) | (ends - averaged - averaged_symbols(expr.body))
        return frozenset(outside | within)
    if isinstance(expr, Symbol):
        return frozenset({expr.name})
    moved = (expr.variable,) if isinstance(expr, Gradient) else expr.variables if isinstance(expr, Along | At) else ()
    inside = (name for child in expr.children for name in seen_symbols(child))
    return frozenset(inside) | {variable.name for variable in moved}


def averaged_symbols(expr: Expr) -> set[str]:
    """The names of the symbols that an expectation or an integral in the expression is taken over."""
    nodes = (node for node in expr.walk() if isinstance(node, Expectation | Integral))
    return {variable.name for node in nodes for variable in node.variables}
