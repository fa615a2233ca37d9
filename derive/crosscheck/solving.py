"""Equations and inequalities between letters, met one by one by changing one letter at a time.

``WAYS`` lists how a relation that fails can be met. Each way gives instances at which one letter is changed; the one
that breaks the fewest other relations is kept. What comes of it may still break some: whoever asks must look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any, TypeGuard

import numpy as np

from derive.crosscheck.affine import Affine, residual, shaped, solve
from derive.crosscheck.kinds import identity, random_orthogonal
from derive.crosscheck.truth import relation_holds
from derive.errors import UndefinedError
from derive.evaluate import Evaluator, Instance, Value, array, matrix_product
from derive.language import nodes as n
from derive.language.indices import DimOrder
from derive.language.statements import Choice, Condition, Hypothesis, Relation

SPREAD = 9
"""Spread of what is chosen freely among solutions."""
MOST_EVALUATIONS = 600
"""Evaluations of one relation that one size may cost."""


@dataclass(slots=True)
class Budget:
    """Evaluations that are left; once more are asked for, nothing more is tried."""

    left: int = MOST_EVALUATIONS
    spent: bool = False

    def allows(self, count: int) -> bool:
        self.spent |= count > self.left
        self.left -= 0 if self.spent else count
        return not self.spent


@dataclass(frozen=True, slots=True)
class System:
    """Relations to be met together; letters ``made`` to be of a kind are changed last, ``kept`` ones never."""

    relations: tuple[Relation, ...]
    made: frozenset[str]
    kept: frozenset[str]
    budget: Budget

    def broken(self, instance: Instance, first: Relation | None = None) -> list[Relation] | None:
        """The relations that do not hold; None where ``first`` is one of them, or the budget is spent."""
        evaluator = Evaluator(instance)
        if first is not None and not (self.budget.allows(1) and _is_true(first, evaluator)):
            return None
        if not self.budget.allows(len(self.relations)):
            return None
        return [relation for relation in self.relations if not _is_true(relation, evaluator)]


def _is_true(relation: Relation, evaluator: Evaluator) -> bool:
    try:
        return relation_holds(relation, evaluator)
    except UndefinedError:
        return False


def system(hypotheses: Sequence[Hypothesis], made: frozenset[str], kept: frozenset[str], budget: Budget) -> System:
    """The relations that the hypotheses stand for, with definitions written out."""
    given = [h for h in hypotheses if not isinstance(h, Condition | DimOrder | Choice)]
    parts = [part for hypothesis in given for relation in hypothesis.equalities for part in relation.equalities]
    return System(tuple(dict.fromkeys(_plain(part) for part in parts)), made, kept, budget)


def solved(instance: Instance, asked: System, random: Random) -> Instance:
    """The instance, changed letter by letter until every relation holds or no way helps any more."""
    broken = asked.broken(instance)
    seen: list[list[Relation]] = []
    while broken and broken not in seen and not asked.budget.spent:
        seen.append(broken)
        found = _step(instance, asked, broken, random)
        if found is None:
            break
        instance, broken = found
    return instance


def _step(
    instance: Instance, asked: System, broken: list[Relation], random: Random
) -> tuple[Instance, list[Relation]] | None:
    """The best change that meets the first relation that any way meets; the first that breaks no other is good."""
    for relation in broken:
        found: list[tuple[Instance, list[Relation]]] = []
        for changed in _changes(instance, relation, asked, random):
            left = asked.broken(changed, relation)
            if left is None:
                continue
            found.append((changed, left))
            if len(left) < len(broken):
                break
        if found:
            return min(found, key=_number_broken)
    return None


def _number_broken(found: tuple[Instance, list[Relation]]) -> int:
    return len(found[1])


def _changes(instance: Instance, relation: Relation, asked: System, random: Random) -> Iterator[Instance]:
    for way in WAYS if relation.sign == "=" else WAYS_OF_ORDER:
        try:
            yield from way(instance, relation, asked, random)
        except UndefinedError:
            continue


# Relations written plainly ------------------------------------------------------------------------------------------


@cache
def _plain(relation: Relation) -> Relation:
    """The relation without names for expressions; M = 0 where it says that the squares of M sum to zero."""
    left, right = (n.written_out(side) for side in (relation.left, relation.right))
    for side, other in ((left, right), (right, left)):
        root = _root(side)
        if relation.sign == "=" and root is not None and _is_zero(other):
            return Relation(root, n.Number(Fraction(0)))
    return Relation(left, right, relation.sign)


def _root(expr: n.Expr) -> n.Expr | None:
    """What a sum of squares is the squares of."""
    match expr:
        case n.Norm2(arg):
            return arg
        case n.Inner(one, other) if one == other:
            return one
        case n.Trace(n.MatMul((first, second))) if first == n.Transpose(second) or second == n.Transpose(first):
            return first
        case n.Power(base, exponent) if exponent > 0:
            return base
    return None


def _is_zero(expr: n.Expr) -> bool:
    return isinstance(expr, n.Zeros) or (isinstance(expr, n.Number) and expr.value == 0)


def _letters(relation: Relation, asked: System) -> list[n.Symbol]:
    """The letters of the relation: those that are of no kind first, of these the ones with the most entries."""
    loose = [letter for letter in _symbols(relation).values() if letter.name not in asked.kept]
    return sorted(loose, key=lambda letter: (letter.name in asked.made, -len(letter.dims), letter.name))


@cache
def _symbols(relation: Relation) -> dict[str, n.Symbol]:
    return n.symbols_of(relation.left) | n.symbols_of(relation.right)


def _is_loose(letter: n.Expr, asked: System) -> TypeGuard[n.Symbol]:
    return isinstance(letter, n.Symbol) and letter.name not in asked.kept


def _set(instance: Instance, name: str, value: Value) -> Instance:
    return replace(instance, values={**instance.values, name: value})


def _either_way(relation: Relation) -> tuple[tuple[n.Expr, n.Expr], ...]:
    return ((relation.left, relation.right), (relation.right, relation.left))


# Ways to meet an equation -------------------------------------------------------------------------------------------


def _assigned(instance: Instance, relation: Relation, asked: System, random: Random) -> Iterator[Instance]:
    """``letter = expression`` of other letters."""
    for letter, other in _either_way(relation):
        if _is_loose(letter, asked) and letter.name not in n.symbols_of(other) and not other.free:
            yield _set(instance, letter.name, Evaluator(instance)(other))


def _commuting(instance: Instance, relation: Relation, asked: System, random: Random) -> Iterator[Instance]:
    """``L M = M L``: L as a polynomial of M."""
    match relation:
        case Relation(n.MatMul((one, other)), n.MatMul((last, first))) if (one, other) == (first, last):
            for letter, known in ((one, other), (other, one)):
                if _is_loose(letter, asked) and letter.name not in n.symbols_of(known):
                    M = Evaluator(instance)(known)
                    a, b, c = random.randint(1, SPREAD), random.randint(1, SPREAD), random.randint(0, 1)
                    yield _set(instance, letter.name, a * identity(len(M)) + b * M + c * np.dot(M, M))


def _gram(instance: Instance, relation: Relation, asked: System, random: Random) -> Iterator[Instance]:
    """``X Xᵀ = K diag(λ) Kᵀ``: λ = s², X = K diag(s) V where V has orthonormal rows; s is zero where X has too few."""
    for square, spectral in _either_way(relation):
        letter, family = _gram_letter(square), _spectrum(spectral)
        if letter is None or family is None:
            continue
        symbol, turned = letter
        left, lam = family
        if {symbol.name, lam.name} & asked.kept:
            continue
        K = Evaluator(instance)(left)
        shape = np.shape(instance.values[symbol.name])
        width = shape[0 if turned else 1]
        values = instance.values[lam.name]
        count = len(values)
        roots = sorted(random.sample(range(1, count + SPREAD), min(count, width)), reverse=True)
        roots = _in_order_of([entry for (entry,) in values.tolist()], [*roots, *[0] * (count - len(roots))])
        rows = iter(random_orthogonal(width, random).tolist())
        V = [next(rows) if root else [0] * width for root in roots]  # orthonormal wherever it is not scaled by 0
        stretched = array([[root * entry for entry in row] for root, row in zip(roots, V, strict=True)])
        scaled = matrix_product([K, stretched])
        changed = _set(instance, lam.name, array([[root * root] for root in roots]))
        yield _set(changed, symbol.name, scaled.T if turned else scaled)


def _in_order_of(model: Sequence[Any], values: Sequence[int]) -> list[int]:
    """The values, largest first, given out in the order of size that ``model`` has."""
    places = sorted(range(len(model)), key=lambda place: model[place], reverse=True)
    given = dict(zip(places, values, strict=True))
    return [given[place] for place in range(len(model))]


def _gram_letter(expr: n.Expr) -> tuple[n.Symbol, bool] | None:
    """X where the expression is X Xᵀ, or Xᵀ X: then it is ``turned``."""
    match expr:
        case n.MatMul((n.Symbol() as letter, n.Transpose(other))) if letter == other:
            return letter, False
        case n.MatMul((n.Transpose(other), n.Symbol() as letter)) if letter == other:
            return letter, True
    return None


def _spectrum(expr: n.Expr) -> tuple[n.Expr, n.Symbol] | None:
    """K and λ where the expression is K diag(λ) Kᵀ, or diag(λ)."""
    match expr:
        case n.MatMul((left, n.Diag(n.Symbol() as family), right)) if right == n.Transpose(left) or left == n.Transpose(
            right
        ):
            return left, family
        case n.Diag(n.Symbol() as family):
            return n.Identity(family.dims[0]), family
    return None


def _linear(instance: Instance, relation: Relation, asked: System, random: Random) -> Iterator[Instance]:
    """A letter in which the relation is affine, from all equations that are affine in it; zero only at the last."""
    trivial: list[Instance] = []
    for letter in _letters(relation, asked):
        together = [other for other in asked.relations if other.sign == "=" and other != relation]
        first = _affine(instance, relation, letter, asked)
        if first is None:
            continue
        others = [_affine(instance, other, letter, asked) for other in _mentioning(together, letter)]
        if asked.budget.spent:
            return
        for equations in ([first, *(one for one in others if one is not None)], [first]):
            value = _common_solution(equations, random)
            if value is not None:
                changed = _set(instance, letter.name, value)
                trivial += [] if np.any(value) else [changed]
                yield from [changed] if np.any(value) else []
            if len(equations) == 1:
                break
    yield from trivial


def _affine(instance: Instance, relation: Relation, letter: n.Symbol, asked: System) -> Affine | None:
    return Affine.of(instance, relation, letter) if asked.budget.allows(1) else None


def _mentioning(relations: Sequence[Relation], letter: n.Symbol) -> list[Relation]:
    return [relation for relation in relations if letter.name in _symbols(relation)]


def _common_solution(rows: Sequence[Affine], random: Random) -> Value | None:
    """A random common zero of affine functions of one letter."""
    shape, count = rows[0].shape, len(rows[0].columns)
    columns = [[entry for row in rows for entry in row.columns[j]] for j in range(count)]
    start = [random.randint(-SPREAD, SPREAD) for _ in range(count)]
    solution = solve(columns, [-entry for row in rows for entry in row.base], start)
    return None if solution is None else shaped(solution, shape)


# Ways to meet an inequality -----------------------------------------------------------------------------------------


def _moved(instance: Instance, relation: Relation, asked: System, random: Random) -> Iterator[Instance]:
    """A letter in which the relation is affine, so that right − left is positive wherever it was not."""
    for letter in _letters(relation, asked):
        affine = _affine(instance, relation, letter, asked)
        if affine is None:
            continue
        wanted = [-random.randint(1, SPREAD) if entry >= 0 else entry for entry in residual(instance, relation)]
        entries = np.ravel(np.array(instance.values[letter.name], dtype=object)).tolist()
        solution = solve(affine.columns, [w - b for w, b in zip(wanted, affine.base, strict=True)], entries)
        if solution is not None:
            yield _set(instance, letter.name, shaped(solution, affine.shape))


def _scaled(instance: Instance, relation: Relation, asked: System, random: Random) -> Iterator[Instance]:
    """A letter made smaller, or larger, or turned round."""
    for factor in (Fraction(1, 4), Fraction(1, 16), -1, Fraction(1, 1000), 10, 0):
        for letter in _letters(relation, asked):
            yield _set(instance, letter.name, instance.values[letter.name] * factor)


Way = Callable[[Instance, Relation, System, Random], Iterator[Instance]]
WAYS: tuple[Way, ...] = (_assigned, _commuting, _gram, _linear)
WAYS_OF_ORDER: tuple[Way, ...] = (_moved, _scaled)
