"""What can be claimed or assumed of expressions.

A statement holds for every value of its free indices. Whatever form it has, it comes down to *sequents*: premises, and
one relation that follows from them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from derive.errors import IndexingError, ShapeError, TypingError
from derive.language.degree import has_pieces, obligations
from derive.language.indices import ONE as UNIT
from derive.language.indices import DimOrder, Index, Subset
from derive.language.needs import need, need_index, need_subset, shown
from derive.language.nodes import (
    Add,
    AtLeastZero,
    Delta,
    Entry,
    Expr,
    Identity,
    Indicator,
    Integral,
    MatMul,
    Mul,
    Neg,
    Number,
    Operand,
    Precedes,
    Symbol,
    Transpose,
    Zeros,
    coerce,
    components,
    shape_text,
)
from derive.language.shown import AsFormula

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


@dataclass(frozen=True, slots=True)
class Relation(AsFormula):
    """``left = right``, ``left ≤ right`` or ``left < right``, of equal shape and with the same free indices."""

    left: Expr
    right: Expr
    sign: str = "="

    def __post_init__(self) -> None:
        for side, other in (("left", self.right), ("right", self.left)):
            expr = getattr(self, side)
            if expr == ZERO and len(other.shape) == 2:
                object.__setattr__(self, side, Zeros((other.shape[0], other.shape[1])))
        if len(components(self.left)) != len(components(self.right)) or (
            len(components(self.left)) == 1 and self.left.shape != self.right.shape
        ):
            raise ShapeError(
                f"{self.left} {self.sign} {self.right}: the sides are {shape_text(self.left.shape)} and "
                f"{shape_text(self.right.shape)}",
                {"left": self.left, "right": self.right},
            )
        if self.sign != "=" and self.left.shape:
            shape = shape_text(self.left.shape)
            raise ShapeError(f"{self.left} {self.sign} {self.right}: only scalars are ordered, not {shape}")
        _check_free(self)

    def __str__(self) -> str:
        return f"{self.left} {self.sign} {self.right}"

    @property
    def equalities(self) -> tuple[Relation, ...]:
        """One relation for each part that stands side by side."""
        pairs = zip(components(self.left), components(self.right), strict=True)
        return tuple(Relation(left, right, self.sign) for left, right in pairs)


def _check_free(relation: Relation) -> None:
    left, right = ({i for i in side.free if not i.fixed} for side in (relation.left, relation.right))
    # λ_i ≤ c bounds every λ_i; λ_i = c is more likely to be a slip of the pen.
    if left == right or relation.sign != "=" or _is_constant(relation.left) or _is_constant(relation.right):
        return
    one = min(left ^ right, key=lambda index: index.name)
    here, there = ("left", "right") if one in left else ("right", "left")
    told = f"the index {one} is free on the {here} side only, not on the {there}"
    raise IndexingError(f"{relation}: {told}; one value of it is an index made by fixed({one.name!r}, {one.dim})")


def _is_constant(expr: Expr) -> bool:
    return all(isinstance(node, Number | Identity | Zeros) for node in expr.walk() if not node.children)


def equal(left: Operand, right: Operand) -> Relation:
    """``left = right``."""
    return Relation(coerce(left), coerce(right))


def at_most(left: Operand, right: Operand) -> Relation:
    """``left ≤ right``, for scalars."""
    return Relation(coerce(left), coerce(right), "≤")


def less_than(left: Operand, right: Operand) -> Relation:
    """``left < right``, for scalars."""
    return Relation(coerce(left), coerce(right), "<")


# Conditions on fixed indices ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Condition(AsFormula):
    """An index is in a set, equals another or precedes it, or not. ``indicator`` is 0 or 1 and says which."""

    indicator: Delta | Indicator | Precedes
    holds: bool

    def __post_init__(self) -> None:
        loose = sorted(index.name for index in self.indicator.free if not index.fixed)
        if loose:
            raise IndexingError(f"{self}: a condition is about one {loose[0]}: make it by fixed({loose[0]!r}, …)")

    def __str__(self) -> str:
        if isinstance(self.indicator, Delta):
            return f"{self.indicator.row} {'=' if self.holds else '≠'} {self.indicator.col}"
        if isinstance(self.indicator, Precedes):
            return f"{self.indicator.row} {'<' if self.holds else '≥'} {self.indicator.col}"
        return f"{self.indicator.index} {'∈' if self.holds else '∉'} {self.indicator.subset}"

    @property
    def equalities(self) -> tuple[Relation, ...]:
        own = Relation(self.indicator, ONE if self.holds else ZERO)
        if not (isinstance(self.indicator, Precedes) and self.holds):
            return (own,)
        row, col = self.indicator.row, self.indicator.col
        return (own, Relation(Precedes(col, row), ZERO), Relation(Delta(row, col), ZERO))

    @property
    def factor(self) -> Expr:
        """1 where the condition holds, else 0."""
        return self.indicator if self.holds else Add((ONE, Neg(self.indicator)))


def member(index: Index, subset: Subset) -> Condition:
    """``index ∈ subset``."""
    need_index("member", index)
    need_subset("member", subset)
    return Condition(Indicator(index, subset), True)


def not_member(index: Index, subset: Subset) -> Condition:
    """``index ∉ subset``."""
    need_index("not_member", index)
    need_subset("not_member", subset)
    return Condition(Indicator(index, subset), False)


def same(one: Index, other: Index) -> Condition:
    """``one = other``, as indices."""
    need_index("same", one, other)
    return Condition(Delta(one, other), True)


def differs(one: Index, other: Index) -> Condition:
    """``one ≠ other``, as indices."""
    need_index("differs", one, other)
    return Condition(Delta(one, other), False)


def precedes(one: Index, other: Index) -> Condition:
    """``one < other``, as indices."""
    need_index("precedes", one, other)
    return Condition(Precedes(one, other), True)


def factor_of(condition: Condition | Relation) -> Expr:
    """1 where a condition on indices, or an inequality between scalars, holds, else 0.

    Raises:
        TypingError: it is an equation: cases are told apart by inequalities.
    """
    if isinstance(condition, Condition):
        return condition.factor
    if condition.sign == "=":
        raise TypingError(f"{condition}: a case is told by inequalities; what holds on a border holds in two cases")
    if condition.sign == "<":
        return Add((ONE, Neg(AtLeastZero(_minus(condition.left, condition.right)))))
    return AtLeastZero(_minus(condition.right, condition.left))


def _minus(left: Expr, right: Expr) -> Expr:
    if right == ZERO:
        return left
    return Neg(right) if left == ZERO else Add((left, Neg(right)))


# Properties of matrices ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Property(AsFormula):
    """A named property of matrices, the equations and inequalities that it stands for, and what it says to exist.

    ``inverses`` are matrices that have an inverse; ``gaps`` are pairs of an expression and what it is nowhere zero on:
    (λ_i − λ_j, 1 − δ_ij) says that λ_i ≠ λ_j wherever i ≠ j.
    """

    name: str
    args: tuple[Expr, ...]
    equalities: tuple[Relation, ...] = ()
    inverses: tuple[Expr, ...] = ()
    gaps: tuple[tuple[Expr, Expr], ...] = ()

    def __str__(self) -> str:
        if len(self.args) == 1:
            return f"{self.args[0]} {self.name}"
        return f"{self.args[0]} and {self.args[1]} {self.name}"


def _square(arg: Expr, name: str) -> None:
    coerce(arg)
    if not arg.shape or arg.shape[0] != arg.shape[1]:
        raise ShapeError(f"{arg} is {shape_text(arg.shape)}: only a square matrix can be {name}")


def orthogonal(arg: Expr) -> Property:
    """``argᵀ arg = I = arg argᵀ``."""
    _square(arg, "orthogonal")
    one = Identity(arg.shape[0])
    left, right = MatMul((Transpose(arg), arg)), MatMul((arg, Transpose(arg)))
    return Property("orthogonal", (arg,), (Relation(left, one), Relation(right, one)))


def symmetric(arg: Expr) -> Property:
    """``argᵀ = arg``."""
    _square(arg, "symmetric")
    return Property("symmetric", (arg,), (Relation(Transpose(arg), arg),))


def invertible(arg: Expr) -> Property:
    """``arg`` has an inverse."""
    _square(arg, "invertible")
    return Property("invertible", (arg,), inverses=(arg,))


def full_column_rank(arg: Expr) -> Property:
    """The columns of ``arg`` are independent: ``argᵀ arg`` has an inverse."""
    coerce(arg)
    return Property("of full column rank", (arg,), inverses=(MatMul((Transpose(arg), arg)),))


def projection(arg: Expr) -> Property:
    """``arg`` is an orthogonal projection: ``argᵀ = arg`` and ``arg arg = arg``."""
    _square(arg, "a projection")
    return Property("a projection", (arg,), (Relation(Transpose(arg), arg), Relation(MatMul((arg, arg)), arg)))


def diagonal(arg: Expr) -> Property:
    """Off its diagonal, ``arg`` is zero."""
    _square(arg, "diagonal")
    i, j = Index("i′", arg.shape[0]), Index("j′", arg.shape[0])
    return Property("diagonal", (arg,), (Relation(Entry(arg, i, j), Mul((Delta(i, j), Entry(arg, j, j)))),))


def _pair(family: Expr) -> tuple[Index, Index, Expr]:
    """Two indices of a family and the difference of its members there."""
    coerce(family)
    if len(family.shape) != 2 or family.shape[1] != UNIT or not isinstance(family, Symbol):
        raise TypingError(f"{family} is no family: make one by family('λ', D)")
    i, j = Index("i′", family.shape[0]), Index("j′", family.shape[0])
    return i, j, Add((Entry(family, i, None), Neg(Entry(family, j, None))))


def distinct(family: Expr) -> Property:
    """No two members of the family are equal."""
    i, j, gap = _pair(family)
    return Property("distinct", (family,), gaps=((gap, Add((ONE, Neg(Delta(i, j))))),))


def decreasing(family: Expr) -> Property:
    """``λ_i > λ_j`` wherever ``i < j``."""
    i, j, gap = _pair(family)
    order = Relation(ZERO, Mul((Precedes(i, j), gap)), "≤")
    return Property("decreasing", (family,), (order,), gaps=((gap, Add((ONE, Neg(Delta(i, j))))),))


@dataclass(frozen=True, slots=True)
class Choice(AsFormula):
    """``subset = {index : member = 1}``."""

    subset: Subset
    index: Index
    member: Expr

    def __post_init__(self) -> None:
        if self.member.shape or self.index.dim != self.subset.dim or self.index.fixed:
            raise TypingError(f"{self}: give a scalar in a free index over {self.subset.dim}")
        if any(other.name == self.index.name for other in self.member.free - {self.index}):
            raise IndexingError(f"{self}: two indices are called {self.index}; rename one of them")

    def __str__(self) -> str:
        return f"{self.subset} = {{{self.index} : {self.member} = 1}}"

    @property
    def equalities(self) -> tuple[Relation, ...]:
        return (Relation(Indicator(self.index, self.subset), self.member),)


def members_of(subset: Subset, index: Index, member: Operand) -> Choice:
    """The members of the set are those indices at which ``member``, which is 0 or 1, is 1."""
    return Choice(subset, index, coerce(member))


def commute(left: Expr, right: Expr) -> Property:
    """``left right = right left``."""
    return Property("commute", (left, right), (Relation(MatMul((left, right)), MatMul((right, left))),))


NO_RELATION = "no equation: write equal(…), at_most(…) or less_than(…)"
NO_PREMISE = "no premise: write equal(…), a condition on indices, or a property such as symmetric(…)"

# Compound statements ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Implies(AsFormula):
    """The conclusion holds wherever every premise does."""

    premises: tuple[Premise, ...]
    conclusion: Relation

    def __post_init__(self) -> None:
        for premise in self.premises:
            need("implies", premise, (Relation, Condition, Property, Choice), NO_PREMISE)
        need("implies", self.conclusion, Relation, NO_RELATION)
        _check_fixed(self, self.premises)
        refuse_pieces(*self.premises)

    def __str__(self) -> str:
        return f"{_listed(self.premises)} ⇒ {self.conclusion}"


@dataclass(frozen=True, slots=True)
class Iff(AsFormula):
    """Either side follows from the other."""

    left: tuple[Relation, ...]
    right: tuple[Relation, ...]

    def __post_init__(self) -> None:
        for side in (*self.left, *self.right):
            need("iff", side, Relation, NO_RELATION)
        _check_fixed(self, (*self.left, *self.right))

    def __str__(self) -> str:
        return f"{_listed(self.left)} ⇔ {_listed(self.right)}"


@dataclass(frozen=True, slots=True)
class Exists(AsFormula):
    """There is a set of which the conclusion holds: the one that ``choice`` names."""

    choice: Choice
    conclusion: Relation

    def __post_init__(self) -> None:
        loose = self.choice.member.free - {self.choice.index} - {i for i in self.choice.member.free if i.fixed}
        if loose or Indicator(self.choice.index, self.choice.subset) in self.choice.member.walk():
            raise IndexingError(f"{self}: the members may depend on {self.choice.index} only, and not on the set")

    def __str__(self) -> str:
        return f"∃ {self.choice.subset}, #{self.choice.subset} = {self.choice.subset.size}: {self.conclusion}"


Premise = Relation | Condition | Property | Choice
Statement = Relation | Implies | Iff | Exists
Hypothesis = Premise | DimOrder


def _listed(statements: tuple[Premise, ...] | tuple[Relation, ...]) -> str:
    return " ∧ ".join(str(statement) for statement in statements)


T = TypeVar("T")


def _check_fixed(statement: object, given: Sequence[Premise]) -> None:
    """Refuse a free index in a premise: "x_i = 0 ⇒ y_j = 0" is read of one i, and would be taken for all."""
    free = {index for part in given for expr in expressions(part) for index in expr.free if not index.fixed}
    if free:
        name = min(index.name for index in free)
        raise IndexingError(
            f"{statement}: {name} is free in a premise; make it by fixed({name!r}, …) to speak of one {name}, "
            f"or assume(…) the premise to speak of all"
        )


def refuse_pieces(*given: Hypothesis) -> None:
    """Refuse to assume something of an integral whose pieces would have to be shown to be right."""
    for one in given:
        if not isinstance(one, DimOrder) and any(has_pieces(expr) for expr in expressions(one)):
            raise TypingError(f"{one}: an integral with pieces can be claimed, not assumed")


def _bundle(given: T | tuple[T, ...] | list[T]) -> tuple[T, ...]:
    return tuple(given) if isinstance(given, tuple | list) else (given,)


def implies(premises: Premise | tuple[Premise, ...] | list[Premise], conclusion: Relation) -> Implies:
    """``premises ⇒ conclusion``."""
    return Implies(_bundle(premises), conclusion)


def iff(left: Relation | tuple[Relation, ...], right: Relation | tuple[Relation, ...]) -> Iff:
    """``left ⇔ right``, each a relation or several."""
    return Iff(_bundle(left), _bundle(right))


def exists(choice: Choice, conclusion: Relation) -> Exists:
    """There is a set of this size for which the conclusion holds; ``choice`` says which: ``members_of(I, i, p[i, i])``.

    Proved are also that ``p_ii`` is 0 or 1 at every i, and that the set has as many members as it should.
    """
    return Exists(choice, conclusion)


@dataclass(frozen=True, slots=True)
class Sequent:
    """One relation that follows from premises, for every set or for the one that is ``chosen``."""

    premises: tuple[Premise, ...]
    goal: Relation
    chosen: Choice | None = None


def sequents(statement: Statement) -> Iterator[Sequent]:
    """What has to hold for the statement to hold; what its integrals take for granted comes first."""
    premises = statement.premises if isinstance(statement, Implies) else ()
    yield from (Sequent(premises, relation) for relation in taken_for_granted(statement))
    if isinstance(statement, Relation):
        yield from (Sequent((), part) for part in statement.equalities)
    elif isinstance(statement, Implies):
        yield from (Sequent(statement.premises, part) for part in statement.conclusion.equalities)
    elif isinstance(statement, Iff):
        for given, wanted in ((statement.left, statement.right), (statement.right, statement.left)):
            yield from (Sequent(given, part) for relation in wanted for part in relation.equalities)
    elif isinstance(statement, Exists):
        yield from (Sequent((), part, statement.choice) for part in statement.conclusion.equalities)
    else:
        raise TypingError(_no_statement(statement))


def _no_statement(given: object) -> str:
    if isinstance(given, Property):
        told = f"as {given.equalities[0]}" if given.equalities else "by an equation"
        return f"{given} is a property, which is assumed and not claimed: claim what it says, {told}"
    return f"{shown(given)} is no statement: use equal(…), at_most(…), implies(…) or iff(…)"


def taken_for_granted(statement: Statement) -> list[Relation]:
    """That the ReLUs of an integral are on or off as its pieces say."""
    nodes = (node for expr in expressions(statement) for node in expr.walk() if isinstance(node, Integral))
    asked = dict.fromkeys(row for node in nodes for row in obligations(node))
    return [at_most(ZERO, expr) if on else at_most(expr, ZERO) for expr, on in asked]


def expressions(statement: Statement | Hypothesis) -> Iterator[Expr]:
    """Every side of every relation in the statement."""
    if isinstance(statement, Relation):
        yield from (statement.left, statement.right)
    elif isinstance(statement, Condition):
        yield statement.indicator
    elif isinstance(statement, Property):
        yield from statement.args
    elif isinstance(statement, Choice):
        yield from (Indicator(statement.index, statement.subset), statement.member)
    elif isinstance(statement, Exists):
        yield from expressions(statement.choice)
        yield from expressions(statement.conclusion)
    elif isinstance(statement, Implies):
        for premise in (*statement.premises, statement.conclusion):
            yield from expressions(premise)
    elif isinstance(statement, Iff):
        for relation in (*statement.left, *statement.right):
            yield from expressions(relation)
