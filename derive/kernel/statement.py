"""What the kernel can be asked: statements as data, and how a formula is read into a contraction polynomial.

A formula is what a page writes: nested sums, products, powers, derivatives. ``expand`` reads it, and refuses an index
that is undeclared, over another dimension, or declared twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from derive.errors import StatementError
from derive.kernel.terms import (
    Factor, Free, Moves, Pair, Poly, Term, atom, constant, derive, multiply, normalised, scale, spend, substitute,
    summed, times)  # fmt: skip

# Formulas -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Num:
    value: Fraction


@dataclass(frozen=True, slots=True)
class Tensor:
    """A letter with its indices; also ``delta``, ``in:S`` and ``size:D``."""

    name: str
    indices: tuple[Free, ...]


@dataclass(frozen=True, slots=True)
class Plus:
    items: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Times:
    items: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """Σ of ``body`` over the whole range of each index."""

    indices: tuple[Free, ...]
    body: Formula


@dataclass(frozen=True, slots=True)
class Move:
    """``name[slots]`` goes to ``value``, a formula in the slots."""

    name: str
    slots: tuple[Free, ...]
    value: Formula


@dataclass(frozen=True, slots=True)
class Derive:
    """The derivative of ``body`` as its letters move at the given rates; reciprocals follow, all else is constant.

    ∂/∂B_jk is the move B[p,q] → delta(p,j) delta(q,k).
    """

    body: Formula
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True)
class Put:
    """``body`` with letters replaced by values, all at once."""

    body: Formula
    moves: tuple[Move, ...]


Formula = Num | Tensor | Plus | Times | Sum | Derive | Put
Names = frozenset[str]
Reciprocal = tuple[tuple[Free, ...], Formula, Names]  # its indices, what it divides by, and the letters of both


# Statements ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Letter:
    """A tensor and the dimensions of its indices. An inverse or a root is a letter too, with a standing hypothesis."""

    name: str
    dims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """``left = right``, or ``left ≤ right``, for every value of ``each``. Only these indices may be instantiated.

    ``standing`` hypotheses restrict the letters wherever they are mentioned; the others are premises about one point.
    A standing ``reciprocal`` one is p·e = 1 with a letter p that is new: p is 1/e at other points too.
    """

    name: str
    each: tuple[Free, ...]
    left: Formula
    right: Formula
    standing: bool = True
    sign: str = "="
    reciprocal: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """The hypotheses imply ``left sign right`` for every value of ``each``, at every value of the dimensions.

    They imply it of some choice of the sets in ``exists``, each with its size or ""; no hypothesis names these sets.
    """

    dims: tuple[str, ...]
    letters: tuple[Letter, ...]
    sets: tuple[tuple[str, str], ...]
    fixed: tuple[Free, ...]
    hypotheses: tuple[Hypothesis, ...]
    each: tuple[Free, ...]
    left: Formula
    right: Formula
    sign: str = "="
    exists: tuple[tuple[str, str], ...] = ()


class Scope:
    """The letters of a statement and the indices in reach, against which every formula is checked as it is read.

    The sets that are to be chosen come into reach as they are."""

    def __init__(self, statement: Statement) -> None:
        self.dims = frozenset(statement.dims)
        self.letters = {letter.name: letter.dims for letter in statement.letters}
        self.sets = dict(statement.sets)
        self.indices: dict[str, Free] = {}
        self.standing = [hypothesis for hypothesis in statement.hypotheses if hypothesis.standing]
        if len(self.letters) < len(statement.letters) or self.letters.keys() & RESERVED:
            raise StatementError(f"a letter is declared twice, or has one of the names {sorted(RESERVED)}")
        if len(self.sets) < len(statement.sets) or any(":" in name for name in (*self.letters, *self.sets, *self.dims)):
            raise StatementError("a set is declared twice, or a name has a colon, as only in:S and size:D may")
        self._declare(statement.fixed)
        self.choices = {name: self.sets.pop(name) for name, _ in statement.exists if name in self.sets}
        if len(self.choices) < len(statement.exists) or {size for _, size in statement.exists} - {*self.dims, ""}:
            raise StatementError(f"a set is not declared, chosen twice, or its size no dimension: {statement.exists}")

    def _declare(self, indices: Iterable[Free]) -> None:
        for index in indices:
            if index.name in self.indices or index.dim not in self.dims:
                raise StatementError(f"index {index.name} is declared twice, or {index.dim} is no dimension")
            self.indices[index.name] = index

    def within(self, indices: Sequence[Free], chosen: Sequence[str] = ()) -> Scope:
        """The scope in which ``indices``, and the sets that are now ``chosen``, can be used as well."""
        spend(1 + len(self.indices) + len(self.sets))
        inner = Scope.__new__(Scope)  # copy.copy would take ten times as long
        sets = self.sets | {name: self.choices[name] for name in chosen}
        inner.__dict__ |= {**self.__dict__, "indices": dict(self.indices), "sets": sets}
        inner._declare(indices)
        return inner

    def check(self, name: str, dims: tuple[str, ...]) -> None:
        """Refuse a factor that is not declared, or whose indices do not run over what it takes."""
        wanted = self.letters.get(name)
        kind, _, rest = name.partition(":")
        if name == "delta" and len(dims) == 2:
            wanted = (dims[0], dims[0])
        elif kind == "in" and rest in self.sets:
            wanted = (self.sets[rest],)
        elif kind == "size" and rest in self.dims:
            wanted = ()
        if wanted != dims:
            raise StatementError(f"{name} takes indices over {wanted or 'nothing declared'}, not {dims}")

    @cached_property
    def ties(self) -> tuple[dict[str, Reciprocal], list[tuple[Names, Names]]]:
        """Reciprocals; and pairs of sets of letters: where one of the first moves, those of the second may move too.
        A divisor moves its reciprocal, but can be all but 0, so that its own letters do not move each other."""
        found, pairs, seen = dict[str, Reciprocal](), list[tuple[Names, Names]](), Names()
        for h in self.standing:
            names = (_letters(h.left) | _letters(h.right)).intersection(self.letters)
            names = names.union(*(found[name][2] for name in names & found.keys()))
            match h.left, h.right, h.sign, h.reciprocal:
                case Times((Tensor(p, at), e)), Num(1), "=", True if at == h.each and p in names - seen - _letters(e):
                    found[p] = at, e, names
                    pairs.append((names, Names((p,))))
                case _:
                    pairs.append((names, names))
            seen |= names
        return found, pairs


RESERVED = frozenset({"delta", "in", "size", "sum", "d", "put", "grad"})


def _letters(formula: Formula) -> Names:
    """The names of the letters in a formula."""
    match formula:
        case Tensor(name):
            return Names((name,))
        case Plus(items) | Times(items):
            return Names().union(*map(_letters, items))
        case Derive(body, moves) | Put(body, moves):
            return _letters(body).union(*(_letters(move.value) | {move.name} for move in moves))
    return _letters(formula.body) if isinstance(formula, Sum) else Names()


def expand(formula: Formula, scope: Scope) -> Poly:
    """The contraction polynomial that a formula stands for; refused where something is undeclared or does not fit."""
    return normalised(_terms(formula, scope))


def _terms(formula: Formula, scope: Scope) -> Sequence[Pair]:
    """Terms, not yet normal, that add up to what a formula stands for."""
    if isinstance(formula, Tensor):
        return [(Term((_factor(formula, scope),), ()), 1)]
    if isinstance(formula, Times):
        letters = tuple([_factor(item, scope) for item in formula.items if isinstance(item, Tensor)])
        spend(len(letters))
        found: Sequence[Pair] = [(Term(letters, ()), 1)]
        for item in formula.items:
            if not isinstance(item, Tensor):
                found = times(found, _terms(item, scope))
                found = normalised(found).terms if len(found) > 1 else found
        return found
    if isinstance(formula, Sum):
        return summed(formula.indices, _terms(formula.body, scope.within(formula.indices)))
    if isinstance(formula, Plus):
        return [pair for item in formula.items for pair in _terms(item, scope)]
    if isinstance(formula, Num) and isinstance(formula.value, Fraction):
        return constant(formula.value).terms
    if isinstance(formula, Derive | Put):
        act, poly = (derive if isinstance(formula, Derive) else substitute), expand(formula.body, scope)
        return act(poly, _moving(poly, _expanded(formula.moves, scope), scope, act == derive)).terms
    raise StatementError(f"{formula!r} is no formula")


def _factor(tensor: Tensor, scope: Scope) -> Factor:
    scope.check(tensor.name, tuple([index.dim for index in tensor.indices]))
    for index in tensor.indices:
        if scope.indices.get(index.name) != index:
            raise StatementError(f"index {index.name}:{index.dim} of {tensor.name} is not declared")
    return (tensor.name, tensor.indices)


def _expanded(moves: Sequence[Move], scope: Scope) -> Moves:
    found: dict[str, tuple[Sequence[Free], Poly]] = {}
    for move in moves:
        dims, taken = tuple(slot.dim for slot in move.slots), found.keys() | scope.ties[0].keys()
        if scope.letters.get(move.name) != dims or move.name in taken:
            raise StatementError(f"{move.name} with {len(dims)} indices is no letter, a reciprocal, or given twice")
        found[move.name] = (move.slots, expand(move.value, scope.within(move.slots)))
    return found


def _moving(poly: Poly, moved: Moves, scope: Scope, follow: bool = True) -> Moves:
    """The moves, and, to ``follow``, those of the reciprocals of what moves: p e = 1 stays true, so dp = −p p de.

    Refuses to hold another letter of the polynomial constant that a standing hypothesis ties to what moves, through
    other letters too: with A⁻¹ held constant, ∂(A A⁻¹)/∂A would not vanish."""
    reciprocals, pairs = scope.ties
    tied, before = frozenset(moved), frozenset[str]()
    while tied != before:
        spend(len(pairs) * len(tied))
        before, tied = tied, tied.union(*(effects for causes, effects in pairs if causes & tied))
    for name in sorted(tied.intersection(name for term, _ in poly.terms for name, _ in term.factors) - moved.keys()):
        if not (follow and name in reciprocals):
            raise StatementError(f"a hypothesis ties {name} to {', '.join(sorted(moved))}: it cannot be held constant")
        at, divisor, _ = reciprocals[name]
        p, e = atom(name, at), expand(divisor, scope.within(at))
        moved = _moving(e, moved, scope)
        moved = {**moved, name: (at, scale(-1, multiply(multiply(p, p), derive(e, moved))))}
    return moved
