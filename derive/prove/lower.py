"""From expressions to the kernel's statements.

An entry of a matrix expression is a formula in its row and column index; a product sums over the index between. What
has no such form gets a letter of its own and hypotheses that pin it down: the inverse of M is K with M K = K M = I, a
quotient 1/e is p with p e = 1, a root is r with r² = e, the selection matrix of a set has orthonormal columns. Of these
the kernel lets quotients alone move in a derivative.

What is proved is what this module writes down, so ``derive.faithful`` compares it with the expression's own value.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from itertools import permutations
from math import comb, factorial

from derive.errors import BudgetError, InputError, TypingError
from derive.kernel import statement as k
from derive.kernel.terms import Free, Poly, add, normal, remapped, subtract
from derive.language import nodes as n
from derive.language.degree import has_pieces
from derive.language.derivation import Assumption
from derive.language.indices import ONE, Dim, DimOrder, Index, Subset
from derive.language.statements import Hypothesis, Property, Relation, Sequent, expressions
from derive.prove.canonical import canonical
from derive.prove.chance import expectation_formula
from derive.prove.integrals import integral_formula

MARKS = {"\u0304": "_bar", "\u0303": "_tilde", "\u0302": "_hat", "\u0307": "_dot"}
MOST_CHOSEN = 100
"""Factors of a binomial coefficient: D(D−1)…(D−99) is a polynomial of 100 terms."""
RESERVED_MARKS = {"#", ":"}
"""What made letters and the kernel's own factors have in their names, so that no author's symbol is taken for one."""


@lru_cache(maxsize=1024)
def kernel_name(name: str) -> str:
    """A letter's name without combining marks: ``W̄`` is ``W_bar``; ``d``, a word of the kernel's own, is ``d_``."""
    plain = "".join(MARKS.get(char, char) for char in unicodedata.normalize("NFD", name))
    return f"{plain}_" if plain in k.RESERVED else plain


def free(index: Index) -> Free:
    return Free(index.name, index.dim.name)


@dataclass(slots=True)
class Lowering:
    """Lowers the expressions of one statement; collects the letters, sets and hypotheses that they need."""

    letters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sets: dict[str, Subset] = field(default_factory=dict)
    dims: dict[str, None] = field(default_factory=dict)
    fixed: dict[Free, None] = field(default_factory=dict)
    made: dict[n.Expr, str] = field(default_factory=dict)
    hypotheses: list[k.Hypothesis] = field(default_factory=list)
    sources: dict[str, n.Symbol] = field(default_factory=dict)
    summed: dict[Index, Free] = field(default_factory=dict)
    folded: frozenset[n.Expr] = frozenset()
    spelled: bool = True
    moving: bool = False
    definitions: dict[str, n.Expr] = field(default_factory=dict)
    chosen: Subset | None = None
    gaps: list[tuple[tuple[Free, ...], k.Formula, k.Formula]] = field(default_factory=list)
    """What is not zero: indices, the expression, and the letter that it has for its reciprocal there."""
    member: tuple[tuple[Free, ...], k.Formula] = ((), k.Num(Fraction(0)))
    given: str = ""
    count: int = 0
    functions: dict[object, str] = field(default_factory=dict)
    """The letters of functions, by the function and its argument as a polynomial."""
    thresholds: dict[str, Poly] = field(default_factory=dict)
    """What the letters without indices that say whether something is at least 0 are about."""
    chained: tuple[n.Precedes, ...] = ()
    """What hypotheses say of the order of indices."""
    stated: set[int] = field(default_factory=set)
    """The places of the hypotheses that an assumption or a premise states. Others say what a letter is that was made
    here; an author may call an assumption as these are called."""

    def copied(self) -> Lowering:
        """The same so far, with collections of its own."""
        new = Lowering.__new__(Lowering)  # dataclasses.replace would take four times as long
        for name in Lowering.__slots__:
            value = getattr(self, name)
            setattr(new, name, value.copy() if name in COLLECTIONS else value)
        return new

    def fresh(self, dim: Dim, name: str = "") -> Free | None:
        """A new index over ``dim``; None over the dimension 1, which has no indices."""
        if dim == ONE:
            return None
        self.dims[dim.name] = None
        self.count += 1
        return Free(f"{name}_{self.count}", dim.name)

    def fresh_index(self, dim: str) -> Free:
        """A new index over the dimension of this name."""
        self.dims[dim] = None
        self.count += 1
        return Free(f"_{self.count}", dim)

    def scope(self, reach: Sequence[Free]) -> k.Scope:
        """Where the letters and sets so far can be used, and these indices."""
        scope = k.Scope(statement_of(self, (), one(0), one(0), "="))
        return scope.within([index for index in dict.fromkeys(reach) if index.name not in scope.indices])

    def index(self, index: Index) -> Free:
        if index in self.summed:
            return self.summed[index]
        self.dims[index.dim.name] = None
        if "_" in index.name:
            raise InputError(f"index {index.name}: names with _ are the program's own")
        if index.fixed:
            self.fixed[free(index)] = None
        return free(index)

    def entry(self, expr: n.Expr, row: Free | None = None, col: Free | None = None) -> k.Formula:
        """The formula of the expression's entry; scalars have neither row nor column."""
        return FORMS[type(expr)](self, expr, row, col)

    def moved(self, expr: n.Expr, row: Free | None = None, col: Free | None = None) -> k.Formula:
        """The formula of an entry in which letters are to move; no definition in it stays folded, also not in what has
        a letter of its own: it has to be seen which letters the root of one is made of."""
        before, self.moving = self.moving, True
        formula = self.entry(n.written_out(expr, self.folded), row, col)
        self.moving = before
        return formula

    def letter(self, name: str, dims: Sequence[Dim]) -> None:
        named = tuple(dim.name for dim in dims if dim != ONE)
        self.dims |= dict.fromkeys(named)
        if self.letters.setdefault(name, named) != named:
            raise TypingError(f"two symbols are named {name}: {self.letters[name]} and {named}")

    def symbol(self, symbol: n.Symbol) -> str:
        name = kernel_name(symbol.name)
        if set(name) & RESERVED_MARKS:
            raise InputError(f"the symbol {symbol.name}: # and : are the program's own")
        if name in self.definitions or self.sources.setdefault(name, symbol) != symbol:
            raise TypingError(f"{symbol.name}: another symbol or definition is called {name} in the kernel")
        self.letter(name, symbol.dims)
        return name

    def new_letter(self, kind: str, expr: n.Expr, dims: Sequence[Dim]) -> tuple[str, bool]:
        """The letter that stands for ``expr``, and whether it is new."""
        if expr in self.made:
            return self.made[expr], False
        name = f"{kind}#{len(self.made) + 1}"
        self.made[expr] = name
        self.letter(name, dims)
        return name, True

    def letter_of(self, expr: n.Expr, arg: k.Formula, along: Sequence[Free], scaled: bool = False) -> tuple[str, bool]:
        """The letter that stands for a function of ``arg``, the same for arguments that are equal as polynomials, or,
        if ``scaled``, positive multiples of each other."""
        if expr in self.made:
            return self.made[expr], False
        key = self.function_key(expr, arg, along, scaled)
        if key in self.functions:
            return self.functions[key], False
        name, new = self.new_letter(type(expr).__name__.lower(), expr, [Dim(i.dim) for i in along])
        self.functions[key] = name
        return name, new

    def function_key(self, expr: n.Expr, arg: k.Formula, along: Sequence[Free], scaled: bool = False) -> object:
        """The kind of a function and its argument, whatever the indices that it varies with are called."""
        places = {index: Free(f"#{place}", index.dim) for place, index in enumerate(along)}
        poly = k.expand(arg, self.scope(along))
        terms = ((remapped(term.factors, 0, places), term.bound, value) for term, value in poly.terms)
        found = {canonical(normal(factors, bound)): Fraction(value) for factors, bound, value in terms}
        size = abs(found[min(found, key=str)]) if scaled and found else Fraction(1)
        dims = tuple(index.dim for index in along)  # an index may drop out of the polynomial
        return type(expr).__name__, dims, frozenset((term, value / size) for term, value in found.items())

    def suppose(
        self, name: str, each: Iterable[Free | None], left: k.Formula, right: k.Formula, sign: str = "="
    ) -> None:
        over = tuple(index for index in each if index is not None)
        self.add(k.Hypothesis(self.given or name, over, left, right, sign=sign), stated=bool(self.given))

    def add(self, hypothesis: k.Hypothesis, stated: bool) -> None:
        if stated:
            self.stated.add(len(self.hypotheses))
        self.hypotheses.append(hypothesis)


COLLECTIONS = frozenset({
    "letters", "sets", "dims", "fixed", "made", "functions", "thresholds", "hypotheses", "sources", "summed",
    "definitions", "gaps", "stated",
})  # fmt: skip


def tensor(name: str, *indices: Free | None) -> k.Tensor:
    return k.Tensor(name, tuple(index for index in indices if index is not None))


def one(value: int = 1) -> k.Num:
    return k.Num(Fraction(value))


def delta(a: Free | None, b: Free | None) -> k.Formula:
    return one() if a is None or b is None else tensor("delta", a, b)


def summed(indices: Iterable[Free | None], body: k.Formula) -> k.Formula:
    over = tuple(index for index in indices if index is not None)
    return k.Sum(over, body) if over else body


def minus(formula: k.Formula) -> k.Formula:
    return k.Times((one(-1), formula))


# One function a node ------------------------------------------------------------------------------------------------

ONE_NUMBER, ZERO_NUMBER = n.Number(Fraction(1)), n.Number(Fraction(0))
Maybe = Free | None


def _number(low: Lowering, expr: n.Number, row: Maybe, col: Maybe) -> k.Formula:
    return k.Num(expr.value)


def _symbol(low: Lowering, expr: n.Symbol, row: Maybe, col: Maybe) -> k.Formula:
    return tensor(low.symbol(expr), row, col)


def _identity(low: Lowering, expr: n.Identity, row: Maybe, col: Maybe) -> k.Formula:
    return delta(row, col)


def _zeros(low: Lowering, expr: n.Zeros, row: Maybe, col: Maybe) -> k.Formula:
    return one(0)


def _size(low: Lowering, expr: n.Size, row: Maybe, col: Maybe) -> k.Formula:
    low.dims[expr.dim.name] = None
    return one() if expr.dim == ONE else tensor(f"size:{expr.dim.name}")


def _delta(low: Lowering, expr: n.Delta, row: Maybe, col: Maybe) -> k.Formula:
    return delta(low.index(expr.row), low.index(expr.col))


def _subset(low: Lowering, subset: Subset) -> str:
    name = kernel_name(subset.name)
    if low.sets.get(name, subset) != subset:
        raise TypingError(f"two sets are named {subset.name}: of {low.sets[name].size} and of {subset.size} members")
    if name not in low.sets:
        low.sets[name] = subset
        low.dims |= {subset.dim.name: None, subset.size.name: None}
        if subset != low.chosen:
            index = low.fresh(subset.dim)
            counted = summed((index,), tensor(f"in:{name}", index))
            low.suppose(f"#{name} = {subset.size}", (), counted, _whole(subset.size))
        if subset.initial:
            _suppose_initial(low, subset, f"in:{name}")
    return f"in:{name}"


def _whole(dim: Dim) -> k.Formula:
    return one() if dim == ONE else tensor(f"size:{dim}")


def _suppose_initial(low: Lowering, subset: Subset, name: str) -> None:
    """Whatever precedes a member is a member."""
    i, j = low.fresh(subset.dim), low.fresh(subset.dim)
    before = _order(low, subset.dim)
    outside = k.Plus((one(), minus(tensor(name, i))))
    skipped = k.Times((tensor(name, j), outside, tensor(before, i, j)))
    low.suppose(f"{subset} = {{1, …, {subset.size}}}", (i, j), skipped, one(0))


def _order(low: Lowering, dim: Dim) -> str:
    """The letter of ``<`` on the indices over a dimension: 0 or 1, and of two different ones just one precedes."""
    i, j = Index("i′", dim), Index("j′", dim)
    name, new = low.new_letter("before", n.Precedes(i, j), (dim, dim))
    if new:
        a, b = low.fresh(dim), low.fresh(dim)
        ab, ba = tensor(name, a, b), tensor(name, b, a)
        low.suppose(f"{name} is 0 or 1", (a, b), k.Times((ab, ab)), ab)
        low.suppose(f"{name}: one of two precedes", (a, b), k.Plus((ab, ba, delta(a, b))), one())
        low.suppose(f"{name}: not both ways", (a, b), k.Times((ab, ba)), one(0))
    return name


@lru_cache(maxsize=1024)
def _precedences(expr: n.Expr) -> tuple[n.Precedes, ...]:
    return tuple(dict.fromkeys(node for node in expr.walk() if isinstance(node, n.Precedes)))


def _suppose_transitive(low: Lowering, goal: Relation) -> None:
    """i < j and j < k give i < k: said only where a statement chains two, since it is costly to search with."""
    pairs = (*low.chained, *(node for expr in expressions(goal) for node in _precedences(expr)))
    for dim in dict.fromkeys(one.col.dim for one in pairs for other in pairs if one.col == other.row):
        name = _order(low, dim)
        a, b, c = low.fresh(dim), low.fresh(dim), low.fresh(dim)
        ab, bc, ac = tensor(name, a, b), tensor(name, b, c), tensor(name, a, c)
        low.suppose(f"{name} is transitive", (a, b, c), k.Times((ab, bc, ac)), k.Times((ab, bc)))


def _precedes(low: Lowering, expr: n.Precedes, row: Maybe, col: Maybe) -> k.Formula:
    return tensor(_order(low, expr.row.dim), low.index(expr.row), low.index(expr.col))


def _indicator(low: Lowering, expr: n.Indicator, row: Maybe, col: Maybe) -> k.Formula:
    return tensor(_subset(low, expr.subset), low.index(expr.index))


def _select(low: Lowering, expr: n.Select, row: Maybe, col: Maybe) -> k.Formula:
    inside = _subset(low, expr.subset)
    name, new = low.new_letter("select", expr, (expr.subset.dim, expr.subset.size))
    if new:
        i, j = low.fresh(expr.subset.dim), low.fresh(expr.subset.dim)
        a, b = low.fresh(expr.subset.size), low.fresh(expr.subset.size)
        member = tensor(inside, i)
        columns = summed((i,), k.Times((tensor(name, i, a), tensor(name, i, b))))
        rows = summed((a,), k.Times((tensor(name, i, a), tensor(name, j, a))))
        low.suppose(f"{name}: orthonormal columns", (a, b), columns, delta(a, b))
        low.suppose(f"{name}: projects on the set", (i, j), rows, k.Times((member, delta(i, j))))
        low.suppose(f"{name}: rows in the set", (i, a), tensor(name, i, a), k.Times((member, tensor(name, i, a))))
    return tensor(name, row, col)


def _add(low: Lowering, expr: n.Add, row: Maybe, col: Maybe) -> k.Formula:
    return k.Plus(tuple(low.entry(term, row, col) for term in expr.terms))


def _neg(low: Lowering, expr: n.Neg, row: Maybe, col: Maybe) -> k.Formula:
    return minus(low.entry(expr.arg, row, col))


def _mul(low: Lowering, expr: n.Mul, row: Maybe, col: Maybe) -> k.Formula:
    return k.Times(tuple(low.entry(f, row, col) if f.shape else low.entry(f) for f in expr.factors))


def _varying(low: Lowering, expr: n.Expr) -> list[Free]:
    """The indices that the expression varies with, in a fixed order."""
    return [low.index(index) for index in sorted(expr.free, key=lambda index: index.name) if not index.fixed]


def _div(low: Lowering, expr: n.Div, row: Maybe, col: Maybe) -> k.Formula:
    top = low.entry(expr.top, row, col)
    if isinstance(expr.bottom, n.Number):
        return k.Times((k.Num(1 / expr.bottom.value), top))
    along = _varying(low, expr.bottom)
    name, new = low.new_letter("recip", n.Div(ONE_NUMBER, expr.bottom), [Dim(i.dim) for i in along])
    if new:
        told = low.given or f"{name} ({expr.bottom}) = 1"
        low.add(_reciprocal(low, name, expr.bottom, told), stated=bool(low.given))
    return k.Times((top, tensor(name, *along)))


def _reciprocal(low: Lowering, letter: str, divisor: n.Expr, name: str) -> k.Hypothesis:
    """That the letter is 1/divisor; in indices that no goal has, since a derivative puts those of a goal in them."""
    outside = dict(low.summed)
    own = sorted((index for index in divisor.free if not index.fixed), key=lambda index: index.name)
    new = {index: low.fresh(index.dim, index.name) for index in own}
    low.summed |= {index: name for index, name in new.items() if name is not None}
    along = tuple(_varying(low, divisor))
    product = k.Times((tensor(letter, *along), low.entry(divisor)))
    low.summed = outside
    return k.Hypothesis(name, along, product, one(), reciprocal=True)


def _sqrt(low: Lowering, expr: n.Sqrt, row: Maybe, col: Maybe) -> k.Formula:
    along = _varying(low, expr)
    name, new = low.new_letter("root", expr, [Dim(i.dim) for i in along])
    root = tensor(name, *along)
    if new:
        low.suppose(f"{name}² = {expr.arg}", along, k.Times((root, root)), low.entry(expr.arg))
        low.suppose(f"{name} ≥ 0", along, one(0), root, "≤")
    return root


def _power(low: Lowering, expr: n.Power, row: Maybe, col: Maybe) -> k.Formula:
    return k.Times((low.entry(expr.base),) * expr.exponent)


def _matmul(low: Lowering, expr: n.MatMul, row: Maybe, col: Maybe) -> k.Formula:
    between = [low.fresh(factor.shape[1]) for factor in expr.factors[:-1]]
    ends = [row, *between, col]
    factors = tuple(low.entry(f, a, b) for f, a, b in zip(expr.factors, ends, ends[1:], strict=False))
    return summed(between, k.Times(factors))


def _transpose(low: Lowering, expr: n.Transpose, row: Maybe, col: Maybe) -> k.Formula:
    return low.entry(expr.arg, col, row)


def _trace(low: Lowering, expr: n.Trace, row: Maybe, col: Maybe) -> k.Formula:
    around = low.fresh(expr.arg.shape[0])
    return summed((around,), low.entry(expr.arg, around, around))


def _norm2(low: Lowering, expr: n.Norm2, row: Maybe, col: Maybe) -> k.Formula:
    ends = [low.fresh(dim) for dim in expr.arg.shape] or [None, None]
    body = low.entry(expr.arg, *ends)
    return summed(ends, k.Times((body, body)))


def _inner(low: Lowering, expr: n.Inner, row: Maybe, col: Maybe) -> k.Formula:
    ends = [low.fresh(dim) for dim in expr.left.shape] or [None, None]
    return summed(ends, k.Times((low.entry(expr.left, *ends), low.entry(expr.right, *ends))))


def _inverse(low: Lowering, expr: n.Inverse, row: Maybe, col: Maybe) -> k.Formula:
    loose = [index for index in expr.free if not index.fixed]
    if loose:
        raise InputError(f"{expr}: the inverse of a matrix that varies with the index {loose[0]} is not supported")
    name, new = low.new_letter("inverse", expr, expr.shape)
    if new:
        a, b = low.fresh(expr.shape[0]), low.fresh(expr.shape[0])
        between = low.fresh(expr.shape[0])
        right = summed((between,), k.Times((low.entry(expr.arg, a, between), tensor(name, between, b))))
        left = summed((between,), k.Times((tensor(name, a, between), low.entry(expr.arg, between, b))))
        low.suppose(f"{name} is a right inverse of {expr.arg}", (a, b), right, delta(a, b))
        low.suppose(f"{name} is a left inverse of {expr.arg}", (a, b), left, delta(a, b))
    return tensor(name, row, col)


def _diag(low: Lowering, expr: n.Diag, row: Maybe, col: Maybe) -> k.Formula:
    return k.Times((delta(row, col), low.entry(expr.arg, row, None)))


def _replace_column(low: Lowering, expr: n.ReplaceColumn, row: Maybe, col: Maybe) -> k.Formula:
    here = delta(col, low.index(expr.index))
    elsewhere = k.Plus((one(), minus(here)))
    kept = k.Times((elsewhere, low.entry(expr.matrix, row, col)))
    return k.Plus((kept, k.Times((here, low.entry(expr.column, row, None)))))


def _entry(low: Lowering, expr: n.Entry, row: Maybe, col: Maybe) -> k.Formula:
    return low.entry(expr.arg, low.index(expr.row) if expr.row else row, low.index(expr.col) if expr.col else col)


def _total(low: Lowering, expr: n.Total, row: Maybe, col: Maybe) -> k.Formula:
    # Summed indices get names of their own, so that a definition may sum over an index that is free outside of it.
    outside = dict(low.summed)
    own = [low.fresh(index.dim, index.name) for index in expr.indices]
    low.summed |= {index: name for index, name in zip(expr.indices, own, strict=True) if name is not None}
    unequal = [k.Plus((one(), minus(delta(low.index(a), low.index(b))))) for a, b in expr.apart]
    inside = [tensor(_subset(low, subset), low.index(index)) for index, subset in expr.within]
    body = k.Times((*unequal, *inside, low.entry(expr.body, row, col)))
    low.summed = outside
    return summed(own, body)


def _slots(low: Lowering, symbol: n.Symbol) -> tuple[Free, ...]:
    return tuple(slot for slot in (low.fresh(dim) for dim in symbol.dims) if slot is not None)


def _gradient(low: Lowering, expr: n.Gradient, row: Maybe, col: Maybe) -> k.Formula:
    _refuse_pieces(expr.body)
    name, slots = low.symbol(expr.variable), _slots(low, expr.variable)
    ends = [end for end in (row, col) if end is not None]
    unit = k.Times(tuple(delta(slot, end) for slot, end in zip(slots, ends, strict=True)))
    return k.Derive(low.moved(expr.body), (k.Move(name, slots, unit),))


def _moves(low: Lowering, expr: n.Along | n.At) -> tuple[k.Move, ...]:
    found = []
    for variable, value in zip(expr.variables, expr.values, strict=True):
        name = low.symbol(variable)
        ends = [low.fresh(dim) for dim in variable.shape] or [None, None]
        found.append(k.Move(name, tuple(end for end in ends if end is not None), low.entry(value, *ends)))
    return tuple(found)


def _refuse_pieces(body: n.Expr) -> None:
    """Where its ReLUs are on or off is shown at the point of a statement; derivatives, substitutions and averages look
    elsewhere."""
    if has_pieces(body):
        raise TypingError(f"{body}: an integral with pieces cannot stand in another expression that moves a letter")


def _along(low: Lowering, expr: n.Along, row: Maybe, col: Maybe) -> k.Formula:
    _refuse_pieces(expr.body)
    return k.Derive(low.moved(expr.body, row, col), _moves(low, expr))


def _at(low: Lowering, expr: n.At, row: Maybe, col: Maybe) -> k.Formula:
    _refuse_pieces(expr.body)
    return k.Put(low.moved(expr.body, row, col), _moves(low, expr))


def _integral(low: Lowering, expr: n.Integral, row: Maybe, col: Maybe) -> k.Formula:
    _refuse_pieces(expr.body)
    own = [low.index(index) for index in sorted(expr.body.free, key=lambda index: index.name)]
    return integral_formula(low, expr, own)


def _relu(low: Lowering, expr: n.Relu, row: Maybe, col: Maybe) -> k.Formula:
    along = _varying(low, expr)
    arg = low.entry(expr.arg)
    name, new = low.letter_of(expr, arg, along)
    value = tensor(name, *along)
    if new:
        above = k.Plus((value, minus(arg)))
        low.suppose(f"{name} ≥ 0", along, one(0), value, "≤")
        low.suppose(f"{name} ≥ {expr.arg}", along, arg, value, "≤")
        low.suppose(f"{name} is 0 or {expr.arg}", along, k.Times((value, above)), one(0))
    return value


def _at_least_zero(low: Lowering, expr: n.AtLeastZero, row: Maybe, col: Maybe) -> k.Formula:
    """A letter that is 0 or 1. What an argument is scaled by is no matter; of it and minus it one is at least 0."""
    along, arg = _varying(low, expr), low.entry(expr.arg)
    name, new = low.letter_of(expr, arg, along, scaled=True)
    value = tensor(name, *along)
    if new:
        low.suppose(f"{name} is 0 or 1", along, k.Times((value, value)), value)
        low.suppose(f"{name}: 0 ≤ {expr.arg}", along, one(0), k.Times((value, arg)), "≤")
        low.suppose(f"{name}: else not", along, k.Times((k.Plus((one(), minus(value))), arg)), one(0), "≤")
        other = low.functions.get(low.function_key(expr, minus(arg), along, scaled=True))
        if other is not None:
            outside = [k.Plus((one(), minus(tensor(letter, *along)))) for letter in (name, other)]
            low.suppose(f"{name} or {other}", along, k.Times(tuple(outside)), one(0))
        if not along:
            _suppose_sums(low, name, arg)
    return value


def _suppose_sums(low: Lowering, name: str, arg: k.Formula) -> None:
    """Of two numbers at a constant distance the larger is at least 0 where the other is. Of three of which one is the
    sum of the others: two signs that agree are the sum's as well."""
    polys = low.thresholds
    polys[name] = k.expand(arg, low.scope(()))
    for larger, smaller in permutations(polys, 2):
        rest = subtract(polys[larger], polys[smaller]).terms
        if name in (larger, smaller) and len(rest) == 1 and not rest[0][0].factors and rest[0][1] > 0:
            off = k.Plus((one(), minus(tensor(larger))))
            low.suppose(f"{smaller} gives {larger}", (), k.Times((tensor(smaller), off)), one(0))
    for triple in permutations(polys, 3):
        total, first, second = (polys[letter] for letter in triple)
        if name in triple and triple[1] < triple[2] and not subtract(total, add(first, second)):
            x, y, z = (tensor(letter) for letter in triple)
            x_off, y_off, z_off = (k.Plus((one(), minus(letter))) for letter in (x, y, z))
            low.suppose(f"{y.name} and {z.name} give {x.name}", (), k.Times((y, z, x_off)), one(0))
            low.suppose(f"without {y.name} and {z.name} no {x.name}", (), k.Times((y_off, z_off, x)), one(0))


def _size_power(low: Lowering, expr: n.SizePower, row: Maybe, col: Maybe) -> k.Formula:
    """A letter for base^(D−1), of which nothing is known, times a power of the base.

    A power that does not exist everywhere is a letter itself, so that no other need exist for it.
    """
    along, base = _varying(low, expr.base), low.entry(expr.base)
    low.dims |= {dim.name: None for dim in (expr.dim, expr.less) if dim is not None}
    own = replace(expr, shift=-1) if expr.everywhere else expr
    name, new = low.new_letter("power", own, [Dim(i.dim) for i in along])
    letter = tensor(name, *along)
    if new:  # so that the kernel does not hold it constant while the base moves
        low.suppose(f"{name} comes of {expr.base}", along, k.Times((letter, base)), k.Times((base, letter)))
        _suppose_powers(low, own, along, base)
    return k.Times((letter, *[base] * (expr.shift - own.shift)))


def _suppose_powers(low: Lowering, expr: n.SizePower, along: Sequence[Free], base: k.Formula) -> None:
    """What another power of the same base is, where both exist: S^(D−1) is S times S^(D−2)."""
    for other in [node for node in low.made if isinstance(node, n.SizePower) and node != expr]:
        if other == replace(expr, shift=other.shift):
            low_one, high = sorted((expr, other), key=lambda node: node.shift)
            factors = [base] * (high.shift - low_one.shift)
            below, above = (tensor(low.made[node], *along) for node in (low_one, high))
            told = f"{high} is {low_one} times {' '.join([f'({expr.base})'] * len(factors))}"
            low.suppose(told, along, above, k.Times((below, *factors)))


def _binomial(low: Lowering, expr: n.Binomial, row: Maybe, col: Maybe) -> k.Formula:
    """D(D−1)…/l! for a number l; else by Pascal's rule, C(n, l) = C(n−1, l) + C(n−1, l−1) for n from 1 on, down to
    letters for C(D−1, …), of which nothing is known.

    Raises:
        BudgetError: there are more factors, or rows of Pascal's triangle, than ``MOST_CHOSEN``.
    """
    if max(expr.shift, expr.less) > MOST_CHOSEN:
        raise BudgetError(f"{expr}: {MOST_CHOSEN} is the largest number that is tried in a binomial coefficient")
    low.dims |= {dim.name: None for dim in (expr.dim, expr.part) if dim is not None}
    if expr.part == expr.dim:  # as many sets as of those that are left
        left = expr.shift - expr.less
        return low.entry(replace(expr, part=None, less=left)) if left >= 0 else one(0)
    if expr.part is None:
        falling = [k.Plus((_whole(expr.dim), one(expr.shift - place))) for place in range(expr.less)]
        return k.Times((k.Num(Fraction(1, factorial(expr.less))), *falling))
    rows = expr.shift + 1
    down = [replace(expr, shift=-1, less=expr.less - place) for place in range(rows + 1)]
    letters = [tensor(low.new_letter("binomial", node, ())[0]) for node in down]
    return k.Plus(tuple(k.Times((one(comb(rows, place)), letter)) for place, letter in enumerate(letters)))


def _expectation(low: Lowering, expr: n.Expectation, row: Maybe, col: Maybe) -> k.Formula:
    _refuse_pieces(expr.body)
    ends = [end for end in (row, col) if end is not None]
    own = [low.index(index) for index in sorted(expr.body.free, key=lambda index: index.name)]
    return expectation_formula(low, expr, low.moved(expr.body, row, col), [*ends, *own])


def _defined(low: Lowering, expr: n.Defined, row: Maybe, col: Maybe) -> k.Formula:
    # What is differentiated or put in must be seen: a letter would be held constant.
    if expr not in low.folded or low.moving:
        return low.entry(expr.body, row, col)
    name = kernel_name(expr.name)
    if set(name) & RESERVED_MARKS or name in low.sources or low.definitions.setdefault(name, expr) != expr:
        raise TypingError(f"{expr.name}: another symbol or definition is called {name} in the kernel")
    if name not in low.letters:
        low.letter(name, expr.shape)
        ends = [low.fresh(dim) for dim in expr.shape] or [None, None]
        if low.spelled:
            low.given, before = "", low.given  # it is no part of the property that may be read just now
            low.suppose(definition_name(expr), ends, tensor(name, *ends), low.entry(expr.body, *ends))
            low.given = before
    return tensor(name, row, col)


def definition_name(expr: n.Defined) -> str:
    """What the hypothesis is called that says what a folded definition stands for."""
    return f"definition of {expr.name}"


FORMS: dict[type[n.Expr], Callable[..., k.Formula]] = {
    n.Number: _number, n.Symbol: _symbol, n.Identity: _identity, n.Zeros: _zeros, n.Size: _size, n.Delta: _delta,
    n.Indicator: _indicator, n.Select: _select, n.Add: _add, n.Neg: _neg, n.Mul: _mul, n.Div: _div, n.Sqrt: _sqrt,
    n.Power: _power, n.MatMul: _matmul, n.Transpose: _transpose, n.Trace: _trace, n.Norm2: _norm2, n.Inner: _inner,
    n.Inverse: _inverse, n.Diag: _diag, n.ReplaceColumn: _replace_column, n.Entry: _entry, n.Total: _total,
    n.Gradient: _gradient, n.Along: _along, n.At: _at, n.Defined: _defined,
    n.Precedes: _precedes, n.Expectation: _expectation,
    n.Integral: _integral, n.Relu: _relu, n.SizePower: _size_power,
    n.Binomial: _binomial, n.AtLeastZero: _at_least_zero,
}  # fmt: skip


# Statements ---------------------------------------------------------------------------------------------------------


def _own(relation: Relation) -> set[Index]:
    return {index for index in relation.left.free | relation.right.free if not index.fixed}


def _sides(low: Lowering, relation: Relation, apart: bool = False) -> tuple[tuple[Free, ...], k.Formula, k.Formula]:
    """The indices for all of whose values the relation holds, and its two sides.

    ``apart``: in names that nothing else in the statement has.
    """
    before = dict(low.summed)
    if apart:
        new = {index: low.fresh(index.dim, index.name) for index in sorted(_own(relation), key=lambda one: one.name)}
        low.summed |= {index: name for index, name in new.items() if name is not None}
    sides = _named_sides(low, relation)
    low.summed = before
    return sides


def _named_sides(low: Lowering, relation: Relation) -> tuple[tuple[Free, ...], k.Formula, k.Formula]:
    shape = relation.left.shape
    row, col = (low.fresh(shape[0]), low.fresh(shape[1])) if shape else (None, None)
    # Sorted before they are lowered: the order of a set is another one in each run.
    own = sorted(_own(relation), key=lambda index: index.name)
    named = sorted((low.index(index) for index in own), key=lambda index: index.name)
    each = (*named, *(end for end in (row, col) if end is not None))
    return each, low.entry(relation.left, row, col), low.entry(relation.right, row, col)


def _suppose_all(low: Lowering, hypothesis: Hypothesis, name: str, standing: bool) -> None:
    if isinstance(hypothesis, DimOrder):
        return
    for relation in hypothesis.equalities:
        each, left, right = _sides(low, relation, apart=True)
        sign = "=" if relation.sign == "=" else "≤"
        low.add(k.Hypothesis(name, each, left, right, standing, sign), stated=True)
        if relation.sign == "<":
            _suppose_gap(low, relation.right - relation.left, ONE_NUMBER, name)


def _suppose_letters(low: Lowering, hypothesis: Hypothesis, name: str) -> None:
    """The letters that a property says to exist."""
    if isinstance(hypothesis, Property):
        for matrix in hypothesis.inverses:
            _suppose_inverse(low, matrix, name)
        for gap, where in hypothesis.gaps:
            _suppose_gap(low, gap, where, name)


def _suppose_inverse(low: Lowering, matrix: n.Expr, name: str) -> None:
    """A letter for the inverse that the hypothesis says there is; what is said of it goes by the hypothesis's name."""
    low.given, before = name, low.given
    low.entry(n.Inverse(matrix), *(low.fresh(dim) for dim in matrix.shape))
    low.given = before


def _suppose_gap(low: Lowering, gap: n.Expr, where: n.Expr, name: str) -> None:
    """A letter p with p · gap = where: the gap is zero nowhere where ``where`` is 1."""
    elsewhere = gap if where == ONE_NUMBER else n.Add((gap, n.Add((ONE_NUMBER, n.Neg(where)))))
    along = _varying(low, elsewhere)
    letter, new = low.new_letter("recip", n.Div(where, elsewhere), [Dim(i.dim) for i in along])
    if new:
        reciprocal, lowered = tensor(letter, *along), low.entry(gap)
        low.gaps.append((tuple(along), lowered, reciprocal))
        if where == ONE_NUMBER:
            low.add(_reciprocal(low, letter, gap, name), stated=True)
        else:
            product = k.Times((reciprocal, lowered))
            low.add(k.Hypothesis(name, tuple(along), product, low.entry(where)), stated=True)


def lower(
    sequent: Sequent, assumptions: Sequence[Assumption] = (), folded: frozenset[n.Expr] = frozenset(),
    spelled: bool = True,
) -> tuple[k.Statement, Lowering]:  # fmt: skip
    """The kernel's statement of a sequent under assumptions, and the lowering that made it.

    A ``folded`` definition is a letter with its body as a hypothesis, or, unless ``spelled``, a letter of which nothing
    is said: what is proved then holds of any value. Every other definition is written out.
    """
    return concluded(supposed(sequent, assumptions, folded, spelled), sequent)


def supposed(sequent: Sequent, assumptions: Sequence[Assumption], folded: frozenset[n.Expr], spelled: bool) -> Lowering:
    """The hypotheses lowered: what a sequent with another goal has in common with this one."""
    return Beginnings().supposed(sequent, assumptions, folded, spelled)


@dataclass(slots=True)
class Beginning:
    """The first of some assumptions as they were lowered, and what became of them with one assumption more."""

    low: Lowering
    longer: dict[tuple[Assumption, frozenset[n.Expr]], Beginning] = field(default_factory=dict)

    def followed(self, assumption: Assumption, folded: frozenset[n.Expr]) -> Beginning:
        key = assumption, folded & _definitions(assumption.statement)
        if key not in self.longer:
            low = self.low.copied()
            low.folded = folded
            # What an earlier claim says it says of every point; it ties no letter to another that is not tied by what
            # is assumed: ∂L/∂U = 2(U − V) says nothing of V.
            _suppose_all(low, assumption.statement, assumption.name, standing=not assumption.origin)
            self.longer[key] = Beginning(low)
        return self.longer[key]


@dataclass(slots=True)
class Beginnings:
    """Keeps how assumptions were lowered: each step of a claim has those of the one before, and mostly one more."""

    found: dict[tuple[object, ...], Beginning] = field(default_factory=dict)

    def supposed(
        self, sequent: Sequent, assumptions: Sequence[Assumption], folded: frozenset[n.Expr], spelled: bool
    ) -> Lowering:
        """As the function of this name."""
        stated = [assumption for assumption in assumptions if not isinstance(assumption.statement, DimOrder)]
        place = self._first(sequent, stated, folded, spelled)
        for assumption in stated:
            place = place.followed(assumption, folded)
        low = place.low.copied()
        low.folded = folded
        _suppose_premises(low, sequent)
        every = (*(assumption.statement for assumption in stated), *sequent.premises)
        low.chained = tuple(
            node for one in every if not isinstance(one, DimOrder) for e in expressions(one) for node in _precedences(e)
        )
        return low

    def _first(
        self, sequent: Sequent, stated: Sequence[Assumption], folded: frozenset[n.Expr], spelled: bool
    ) -> Beginning:
        """The letters alone that properties say to exist: first, so that they go by the names of the properties."""
        makers = tuple(one for one in stated if isinstance(one.statement, Property))
        seen = folded & _definitions(*(m.statement for m in makers), *sequent.premises)
        key = (sequent.premises, sequent.chosen, makers, seen, spelled)
        if key not in self.found:
            low = Lowering(folded=folded, spelled=spelled, chosen=sequent.chosen.subset if sequent.chosen else None)
            for given in (*((m.statement, m.name) for m in makers), *((p, str(p)) for p in sequent.premises)):
                _suppose_letters(low, *given)
            self.found[key] = Beginning(low)
        return self.found[key]


@lru_cache(maxsize=1024)
def _definitions(*statements: Hypothesis) -> frozenset[n.Expr]:
    nodes = (node for one in statements if not isinstance(one, DimOrder) for e in expressions(one) for node in e.walk())
    return frozenset(node for node in nodes if isinstance(node, n.Defined))


def _suppose_premises(low: Lowering, sequent: Sequent) -> None:
    for premise in sequent.premises:
        _suppose_all(low, premise, str(premise), standing=False)


def concluded(hypotheses: Lowering, sequent: Sequent) -> tuple[k.Statement, Lowering]:
    """The statement that the goal follows from the hypotheses as they were lowered; these stay as they are."""
    low = hypotheses.copied()
    each, left, right = _sides(low, sequent.goal)
    _suppose_transitive(low, sequent.goal)
    if (apart := distance(sequent)) is not None:
        low.entry(apart)
    exists: tuple[tuple[str, str], ...] = ()
    if sequent.chosen is not None:
        _subset(low, sequent.chosen.subset)
        low.member = ((low.index(sequent.chosen.index),), low.entry(sequent.chosen.member))
        exists = ((kernel_name(sequent.chosen.subset.name), sequent.chosen.subset.size.name),)
    return replace(statement_of(low, each, left, right, sequent.goal.sign), exists=exists), low


def distance(sequent: Sequent) -> n.Expr | None:
    """√((right − left)²), a letter for proofs by squares: of an inequality between numbers with roots, or from one
    between powers. It exists wherever the sides do, and says nothing of them. None: no such proof is looked for."""
    goal = sequent.goal
    sides = (goal.left, goal.right)
    if goal.sign != "≤" or any(side.shape or side == ZERO_NUMBER or is_open(side) for side in sides):
        return None
    nodes = {type(node) for side in sides for node in side.walk()}
    if not nodes.isdisjoint(MOVING):  # a hypothesis more could tie letters that are to move apart
        return None
    bounds = (premise for premise in sequent.premises if isinstance(premise, Relation) and premise.sign != "=")
    powers = (node for one in bounds for side in (one.left, one.right) for node in side.walk())
    if n.Sqrt in nodes or any(isinstance(node, n.Power) for node in powers):
        return n.Sqrt(n.Power(n.Add((goal.right, n.Neg(goal.left))), 2))
    return None


MOVING = frozenset({n.Gradient, n.Along, n.At, n.Expectation, n.Integral})
"""Expressions in which letters have other values."""


def is_open(expr: n.Expr) -> bool:
    """Whether the expression varies with an index that is not fixed."""
    return any(not index.fixed for index in expr.free)


def statement_of(low: Lowering, each: tuple[Free, ...], left: k.Formula, right: k.Formula, sign: str) -> k.Statement:
    letters = tuple(k.Letter(name, dims) for name, dims in low.letters.items())
    sets = tuple((name, subset.dim.name) for name, subset in low.sets.items())
    dims = tuple(name for name in low.dims if name != ONE.name)
    return k.Statement(dims, letters, sets, tuple(low.fixed), tuple(low.hypotheses), each, left, right, sign)
