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
from derive.language.indices import DimOrder, Index, Subset
from derive.language.nodes import (
    Add,
    Delta,
    Expr,
    Identity,
    Indicator,
    MatMul,
    Neg,
    Number,
    Operand,
    Transpose,
    Zeros,
    coerce,
    components,
    shape_text,
)

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


@dataclass(frozen=True, slots=True)
class Relation:
    """``left = right`` or ``left ≤ right``, of equal shape and with the same free indices."""

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
        if self.sign == "≤" and self.left.shape:
            raise ShapeError(f"{self.left} ≤ {self.right}: only scalars are ordered, not {shape_text(self.left.shape)}")
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
    if left == right or _is_constant(relation.left) or _is_constant(relation.right):
        return
    one = min(left ^ right, key=lambda index: index.name)
    here, there = ("left", "right") if one in left else ("right", "left")
    raise IndexingError(f"{relation}: the index {one} is free on the {here} side only, not on the {there}")


def _is_constant(expr: Expr) -> bool:
    return all(isinstance(node, Number | Identity | Zeros) for node in expr.walk() if not node.children)


def equal(left: Operand, right: Operand) -> Relation:
    """``left = right``."""
    return Relation(coerce(left), coerce(right))


def at_most(left: Operand, right: Operand) -> Relation:
    """``left ≤ right``, for scalars."""
    return Relation(coerce(left), coerce(right), "≤")


# Conditions on fixed indices ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Condition:
    """An index is in a set, or equals another, or not. ``indicator`` is the 0-or-1 expression that says which."""

    indicator: Delta | Indicator
    holds: bool

    def __post_init__(self) -> None:
        loose = sorted(index.name for index in self.indicator.free if not index.fixed)
        if loose:
            raise IndexingError(f"{self}: a condition is about one {loose[0]}: make it by fixed({loose[0]!r}, …)")

    def __str__(self) -> str:
        if isinstance(self.indicator, Delta):
            return f"{self.indicator.row} {'=' if self.holds else '≠'} {self.indicator.col}"
        return f"{self.indicator.index} {'∈' if self.holds else '∉'} {self.indicator.subset}"

    @property
    def equalities(self) -> tuple[Relation, ...]:
        return (Relation(self.indicator, ONE if self.holds else ZERO),)

    @property
    def factor(self) -> Expr:
        """1 where the condition holds, else 0."""
        return self.indicator if self.holds else Add((ONE, Neg(self.indicator)))


def member(index: Index, subset: Subset) -> Condition:
    """``index ∈ subset``."""
    return Condition(Indicator(index, subset), True)


def not_member(index: Index, subset: Subset) -> Condition:
    """``index ∉ subset``."""
    return Condition(Indicator(index, subset), False)


def same(one: Index, other: Index) -> Condition:
    """``one = other``, as indices."""
    return Condition(Delta(one, other), True)


def differs(one: Index, other: Index) -> Condition:
    """``one ≠ other``, as indices."""
    return Condition(Delta(one, other), False)


# Properties of matrices ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Property:
    """A named property of matrices and the equalities that it stands for."""

    name: str
    args: tuple[Expr, ...]
    equalities: tuple[Relation, ...]

    def __str__(self) -> str:
        if len(self.args) == 1:
            return f"{self.args[0]} {self.name}"
        return f"{self.args[0]} and {self.args[1]} {self.name}"


def _square(arg: Expr, name: str) -> None:
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
    return Property("invertible", (arg,), ())


def commute(left: Expr, right: Expr) -> Property:
    """``left right = right left``."""
    return Property("commute", (left, right), (Relation(MatMul((left, right)), MatMul((right, left))),))


# Compound statements ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Implies:
    """The conclusion holds wherever every premise does."""

    premises: tuple[Premise, ...]
    conclusion: Relation

    def __post_init__(self) -> None:
        _check_fixed(self, self.premises)

    def __str__(self) -> str:
        return f"{_listed(self.premises)} ⇒ {self.conclusion}"


@dataclass(frozen=True, slots=True)
class Iff:
    """Either side follows from the other."""

    left: tuple[Relation, ...]
    right: tuple[Relation, ...]

    def __post_init__(self) -> None:
        _check_fixed(self, (*self.left, *self.right))

    def __str__(self) -> str:
        return f"{_listed(self.left)} ⇔ {_listed(self.right)}"


Premise = Relation | Condition | Property
Statement = Relation | Implies | Iff
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


def _bundle(given: T | tuple[T, ...] | list[T]) -> tuple[T, ...]:
    return tuple(given) if isinstance(given, tuple | list) else (given,)


def implies(premises: Premise | tuple[Premise, ...] | list[Premise], conclusion: Relation) -> Implies:
    """``premises ⇒ conclusion``."""
    return Implies(_bundle(premises), conclusion)


def iff(left: Relation | tuple[Relation, ...], right: Relation | tuple[Relation, ...]) -> Iff:
    """``left ⇔ right``, each a relation or several."""
    return Iff(_bundle(left), _bundle(right))


@dataclass(frozen=True, slots=True)
class Sequent:
    """One relation that follows from premises."""

    premises: tuple[Premise, ...]
    goal: Relation


def sequents(statement: Statement) -> Iterator[Sequent]:
    """What has to hold for the statement to hold."""
    if isinstance(statement, Relation):
        yield from (Sequent((), part) for part in statement.equalities)
    elif isinstance(statement, Implies):
        yield from (Sequent(statement.premises, part) for part in statement.conclusion.equalities)
    elif isinstance(statement, Iff):
        for given, wanted in ((statement.left, statement.right), (statement.right, statement.left)):
            yield from (Sequent(given, part) for relation in wanted for part in relation.equalities)
    else:
        raise TypingError(f"{statement!r} is no statement: use equal(…), at_most(…), implies(…) or iff(…)")


def expressions(statement: Statement | Hypothesis) -> Iterator[Expr]:
    """Every side of every relation in the statement."""
    if isinstance(statement, Relation):
        yield from (statement.left, statement.right)
    elif isinstance(statement, Condition):
        yield statement.indicator
    elif isinstance(statement, Property):
        yield from statement.args
    elif isinstance(statement, Implies):
        for premise in (*statement.premises, statement.conclusion):
            yield from expressions(premise)
    elif isinstance(statement, Iff):
        for relation in (*statement.left, *statement.right):
            yield from expressions(relation)
