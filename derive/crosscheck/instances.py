"""Exact instances of a statement: random points, and rational models of its hypotheses.

Known kinds of hypotheses are built: an orthogonal matrix by the Cayley transform, ``letter = expression`` by evaluating
the expression, ``M Mᵀ = I`` by rows of an orthogonal matrix, an equation that is linear in a letter by solving it. What
is built is then checked against every hypothesis, so a model that is handed out is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import chain, combinations, islice, permutations, product
from random import Random
from typing import Any

import numpy as np

from derive.errors import NoModelError, UndefinedError
from derive.evaluate import Evaluator, Instance, Value, array, free_indices, inverse, stacked
from derive.language import nodes as n
from derive.language.derivation import ModelMaker
from derive.language.indices import ONE, DimOrder, Index, Subset
from derive.language.statements import Choice, Condition, Hypothesis, Premise, Property, Relation, expressions

MOST_TRIES = 12
"""Random instances tried at one size before it is said that none satisfies the hypotheses."""
LARGE = 2**31
SLOPES = [Fraction(2 * t * u, u * u - t * t) for u in range(2, 7) for t in range(1, u)]
"""Numbers ε for which 1 + ε² is a rational square."""
ROOTED = [*SLOPES, *(Fraction(top * top, bottom * bottom) for bottom in range(1, 4) for top in range(1, 6))]
"""Numbers to try under roots: with 1 + ε² or ε itself a rational square."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The letters of a statement under hypotheses: what an instance has to give values for."""

    symbols: Mapping[str, n.Symbol]
    sets: Mapping[str, Subset]
    fixed: tuple[Index, ...]
    dims: tuple[str, ...]
    orders: tuple[tuple[str, str], ...]
    rooted: bool

    def sizes(self, values: Sequence[int]) -> dict[str, int] | None:
        """The dimensions at these values, or None where an order of dimensions fails."""
        found = dict(zip(self.dims, values, strict=True))
        if any(found[small] >= found[large] for small, large in self.orders):
            return None
        return None if any(found[s.size.name] > found[s.dim.name] for s in self.sets.values()) else found


def signature(exprs: Iterable[n.Expr], hypotheses: Sequence[Hypothesis]) -> Signature:
    """What the expressions and hypotheses together are about."""
    given = [expr for h in hypotheses if not isinstance(h, DimOrder) for expr in expressions(h)]
    symbols: dict[str, n.Symbol] = {}
    sets: dict[str, Subset] = {}
    indices: dict[Index, None] = {}
    dims: dict[str, None] = {}
    rooted = False
    for expr in (*exprs, *given):
        symbols |= n.symbols_of(expr)
        for node in expr.walk():
            rooted |= isinstance(node, n.Sqrt)
            sets |= {s.name: s for s in _subsets(node)}
            indices |= dict.fromkeys(node.free | node.bound)
            dims |= {dim.name: None for dim in _dims(node)}
    dims |= {index.dim.name: None for index in indices}
    dims |= {dim.name: None for subset in sets.values() for dim in (subset.dim, subset.size)}
    pairs = [(h.small.name, h.large.name) for h in hypotheses if isinstance(h, DimOrder)]
    orders = tuple(pair for pair in pairs if set(pair) <= set(dims))
    fixed = tuple(sorted((index for index in indices if index.fixed), key=lambda index: index.name))
    return Signature(symbols, sets, fixed, tuple(sorted(set(dims) - {ONE.name})), orders, rooted)


def _subsets(node: n.Expr) -> list[Subset]:
    if isinstance(node, n.Indicator | n.Select):
        return [node.subset]
    return [subset for _, subset in node.within] if isinstance(node, n.Total) else []


def _dims(node: n.Expr) -> Iterator[Any]:
    if isinstance(node, n.Symbol):
        yield from node.dims
    elif isinstance(node, n.Gradient):
        yield from node.variable.dims
    elif isinstance(node, n.Identity | n.Size):
        yield node.dim
    elif isinstance(node, n.Zeros):
        yield from node.dims


def general_sizes(sign: Signature, count: int = 2, least: int = 2) -> list[dict[str, int]]:
    """Distinct sizes from ``least`` on, no two alike: equal sizes would hide a missing transpose."""
    number = len(sign.dims)
    top = least + number
    # Every order of the smallest numbers first: VᵀV = I has models only where V is not wider than high.
    wider = (choice for choice in permutations(range(least, top + 2), number) if max(choice) >= top)
    choices = chain(permutations(range(least, top)), wider) if number else iter([()])
    fitting = (sizes for choice in choices if (sizes := sign.sizes(choice)) is not None)
    return list(islice(fitting, count))


def small_sizes(sign: Signature, most: int = 3) -> Iterator[dict[str, int]]:
    """All sizes up to ``most``, smallest first."""
    choices = product(range(1, most + 1), repeat=len(sign.dims))
    for choice in sorted(choices, key=lambda c: (sum(c), c)):
        sizes = sign.sizes(choice)
        if sizes is not None:
            yield sizes


def choices(subset: Subset, sizes: Mapping[str, int]) -> Iterable[tuple[int, ...]]:
    """Every set of the right size; an initial one is just one."""
    count = sizes[subset.size.name] if subset.size != ONE else 1
    every = range(sizes[subset.dim.name])
    return [tuple(every[:count])] if subset.initial else combinations(every, count)


# Random values ------------------------------------------------------------------------------------------------------


def random_orthogonal(size: int, random: Random) -> np.ndarray:
    """A rational orthogonal matrix: (I − S)(I + S)⁻¹ for a random antisymmetric S, columns signed at random."""
    S = array([[0] * size for _ in range(size)])
    for i in range(size):
        for j in range(i):
            S[i, j] = random.choice([-2, -1, 1, 2, 3])
            S[j, i] = -S[i, j]
    one = array([[int(i == j) for j in range(size)] for i in range(size)])
    signs = array([[random.choice([-1, 1]) if i == j else 0 for j in range(size)] for i in range(size)])
    result: np.ndarray = np.dot(np.dot(one - S, inverse(one + S)), signs)
    return result


def _random_value(symbol: n.Symbol, sizes: Mapping[str, int], random: Random, spread: int, rooted: bool) -> Value:
    if not symbol.shape:
        return random.choice([-1, 1]) * random.choice(ROOTED) if rooted else _random_int(random, spread)
    rows, cols = (1 if dim == ONE else sizes[dim.name] for dim in symbol.shape)
    return array([[_random_int(random, spread) for _ in range(cols)] for _ in range(rows)])


def _random_int(random: Random, spread: int) -> int:
    return random.randint(-spread, spread)


def random_instance(sign: Signature, sizes: Mapping[str, int], random: Random, spread: int = LARGE) -> Instance:
    """Independent random integers for every letter, random sets and fixed indices."""
    values = {name: _random_value(s, sizes, random, spread, sign.rooted) for name, s in sign.symbols.items()}
    ranges = {name: (range(sizes[s.dim.name]), sizes[s.size.name]) for name, s in sign.sets.items()}
    sets = {name: tuple(sorted(random.sample(every, count))) for name, (every, count) in ranges.items()}
    sets |= {name: tuple(range(sizes[s.size.name])) for name, s in sign.sets.items() if s.initial}
    indices = {index.name: random.randrange(sizes[index.dim.name]) for index in sign.fixed}
    return Instance(dict(sizes), values, sets, indices)


# Models of hypotheses -----------------------------------------------------------------------------------------------


def holds(hypothesis: Hypothesis, evaluator: Evaluator) -> bool:
    """Whether the hypothesis is exactly true at the instance."""
    if isinstance(hypothesis, DimOrder):
        return True
    if isinstance(hypothesis, Condition):
        return condition_holds(hypothesis, evaluator.instance.sets, evaluator.instance.indices)
    if isinstance(hypothesis, Choice):
        return _chosen(hypothesis, evaluator) == evaluator.instance.sets[hypothesis.subset.name]
    if isinstance(hypothesis, Property) and not _said_to_exist(hypothesis, evaluator):
        return False
    return all(relation_holds(part, evaluator) for part in hypothesis.equalities)


def _said_to_exist(hypothesis: Property, evaluator: Evaluator) -> bool:
    """Whether the inverses of a property exist, and its gaps are not zero where they should not be."""
    try:
        for matrix in hypothesis.inverses:
            inverse(evaluator(matrix))
    except UndefinedError:
        return False
    for gap, where in hypothesis.gaps:
        over = free_indices(gap, where)
        pairs = zip(stacked(gap, evaluator, over), stacked(where, evaluator, over), strict=True)
        if any(value == 0 and wanted != 0 for value, wanted in pairs):
            return False
    return True


def _chosen(choice: Choice, evaluator: Evaluator) -> tuple[int, ...] | None:
    """The members that a choice names; None where what names them is not 0 or 1, or gives another number of them."""
    every = range(evaluator.instance.size(choice.subset.dim.name))
    values = [evaluator(choice.member, {choice.index: i}) for i in every]
    members = tuple(i for i, value in enumerate(values) if value == 1)
    fits = all(value in (0, 1) for value in values) and len(members) == evaluator.instance.size(choice.subset.size.name)
    return members if fits else None


def condition_holds(condition: Condition, sets: Mapping[str, tuple[int, ...]], indices: Mapping[str, int]) -> bool:
    """Whether a condition on fixed indices is true, all counted from 0."""
    letter = condition.indicator
    if isinstance(letter, n.Delta):
        return (indices[letter.row.name] == indices[letter.col.name]) == condition.holds
    if isinstance(letter, n.Precedes):
        return (indices[letter.row.name] < indices[letter.col.name]) == condition.holds
    return (indices[letter.index.name] in sets[letter.subset.name]) == condition.holds


def relation_holds(relation: Relation, evaluator: Evaluator) -> bool:
    """Whether both sides agree, exactly, for all values of the free indices."""
    over = free_indices(relation.left, relation.right)
    left, right = stacked(relation.left, evaluator, over), stacked(relation.right, evaluator, over)
    if relation.sign == "≤":
        return all(a <= b for a, b in zip(left, right, strict=True))
    if relation.sign == "<":
        return all(a < b for a, b in zip(left, right, strict=True))
    return all(a == b for a, b in zip(left, right, strict=True))


def models(
    sign: Signature, hypotheses: Sequence[Hypothesis], sizes: Mapping[str, int], random: Random,
    spread: int = LARGE, maker: ModelMaker | None = None, tries: int = MOST_TRIES,
) -> Iterator[Instance]:  # fmt: skip
    """Exact instances at which every hypothesis holds, as many as ``tries`` attempts give."""
    # A model of hypotheses is a special point, where much agrees that elsewhere does not: never use it without them.
    bound = any(not isinstance(hypothesis, DimOrder) for hypothesis in hypotheses)
    for attempt in range(tries):
        instance = random_instance(sign, sizes, random, spread)
        built = None
        if maker is not None and bound and attempt % 2 == 0:
            built = _made(maker, instance, sign, random)
        if built is None:
            built = _constructed(instance, hypotheses, random)
        if built is not None and _all_hold(hypotheses, built):
            yield built


def model(
    sign: Signature, hypotheses: Sequence[Hypothesis], sizes: Mapping[str, int], random: Random,
    spread: int = LARGE, maker: ModelMaker | None = None,
) -> Instance:  # fmt: skip
    """One exact instance at which every hypothesis holds.

    Raises:
        NoModelError: none was found.
    """
    found = next(models(sign, hypotheses, sizes, random, spread, maker), None)
    if found is None:
        shown = "; ".join(str(h) for h in hypotheses if not isinstance(h, DimOrder))
        raise NoModelError(f"no exact model of {shown} was found at {dict(sizes)}; give one by .model(…)")
    return found


def _all_hold(hypotheses: Sequence[Hypothesis], instance: Instance) -> bool:
    try:
        evaluator = Evaluator(instance)
        return all(holds(hypothesis, evaluator) for hypothesis in hypotheses)
    except UndefinedError:
        return False


def _made(maker: ModelMaker, instance: Instance, sign: Signature, random: Random) -> Instance | None:
    try:
        given = maker(instance.sizes, random)
    except NoModelError:
        return None
    values = {name: value for name, value in given.items() if name in sign.symbols}
    sets = {name: value for name, value in given.items() if name in sign.sets}
    return replace(instance, values={**instance.values, **values}, sets={**instance.sets, **sets})  # type: ignore[dict-item]


def _constructed(instance: Instance, hypotheses: Sequence[Hypothesis], random: Random) -> Instance | None:
    """The instance changed, hypothesis by hypothesis, so that each holds; None where one cannot be met."""
    conditions = [h for h in hypotheses if isinstance(h, Condition)]
    found = _placed(instance, conditions, random)
    if found is None:
        return None
    try:
        for hypothesis in sorted((h for h in hypotheses if not isinstance(h, Condition | DimOrder)), key=_priority):
            found = _satisfied(found, hypothesis, random)
    except UndefinedError:
        return None
    return found


def _placed(instance: Instance, conditions: Sequence[Condition], random: Random) -> Instance | None:
    """Fixed indices at which every condition holds."""
    if not conditions:
        return instance
    names = sorted({index for condition in conditions for index in condition.indicator.free}, key=lambda i: i.name)
    choices = list(product(*(range(instance.sizes[index.dim.name]) for index in names)))
    random.shuffle(choices)
    for choice in choices:
        indices = {**instance.indices, **{index.name: value for index, value in zip(names, choice, strict=True)}}
        placed = replace(instance, indices=indices)
        if all(condition_holds(condition, placed.sets, indices) for condition in conditions):
            return placed
    return None


def _priority(hypothesis: Premise) -> int:
    """Properties of letters first, then letters given by expressions of others."""
    if isinstance(hypothesis, Property):
        return {"orthogonal": 0, "symmetric": 1, "commute": 3}.get(hypothesis.name, 2)
    return 5 if isinstance(hypothesis, Choice) else 4


def _satisfied(instance: Instance, hypothesis: Premise, random: Random) -> Instance:
    if isinstance(hypothesis, Choice):
        found = _chosen(hypothesis, Evaluator(instance))
        return instance if found is None else replace(instance, sets={**instance.sets, hypothesis.subset.name: found})
    if isinstance(hypothesis, Property):
        return _with_property(instance, hypothesis, random)
    if isinstance(hypothesis, Relation) and hypothesis.sign == "=":
        for relation in hypothesis.equalities:
            if not relation_holds(relation, Evaluator(instance)):
                instance = _solved(instance, relation, random)
    return instance


def _set(instance: Instance, symbol: n.Expr, value: Value) -> Instance:
    if not isinstance(symbol, n.Symbol):
        return instance
    return replace(instance, values={**instance.values, symbol.name: value})


def _with_property(instance: Instance, hypothesis: Property, random: Random) -> Instance:
    subject = hypothesis.args[0]
    if hypothesis.name == "orthogonal":
        return _set(instance, subject, random_orthogonal(instance.size(subject.shape[0].name), random))
    if hypothesis.name == "symmetric" and isinstance(subject, n.Symbol):
        value = instance.values[subject.name]
        return _set(instance, subject, value + value.T)
    if hypothesis.name == "commute":
        for letter, other in (hypothesis.args, hypothesis.args[::-1]):
            if isinstance(letter, n.Symbol) and letter.name not in n.symbols_of(other):
                M = Evaluator(instance)(other)
                one = array([[int(i == j) for j in range(len(M))] for i in range(len(M))])
                return _set(instance, letter, random.randint(1, 9) * one + random.randint(1, 9) * M + np.dot(M, M))
    return instance


def _solved(instance: Instance, relation: Relation, random: Random) -> Instance:
    """The instance with one letter changed so that the relation holds, if one of the known ways applies."""
    for letter, other in ((relation.left, relation.right), (relation.right, relation.left)):
        if isinstance(letter, n.Symbol) and letter.name not in n.symbols_of(other):
            return _set(instance, letter, Evaluator(instance)(other))
    frame = _orthonormal(relation, instance, random)
    if frame is not None:
        return frame
    letters = n.symbols_of(relation.left) | n.symbols_of(relation.right)
    for symbol in sorted(letters.values(), key=lambda letter: letter.name):
        found = _linear_solution(instance, relation, symbol, random)
        if found is not None:
            return found
    return instance


def _orthonormal(relation: Relation, instance: Instance, random: Random) -> Instance | None:
    """M with orthonormal rows or columns, where the relation is M Mᵀ = I or Mᵀ M = I."""
    product_side, one = relation.left, relation.right
    if not (isinstance(product_side, n.MatMul) and isinstance(one, n.Identity) and len(product_side.factors) == 2):
        return None
    first, second = product_side.factors
    if second == n.Transpose(first) and isinstance(first, n.Symbol):
        letter, transposed = first, False
    elif first == n.Transpose(second) and isinstance(second, n.Symbol):
        letter, transposed = second, True
    else:
        return None
    rows, cols = (instance.size(dim.name) for dim in letter.shape)
    if (cols if transposed else rows) > (rows if transposed else cols):
        return None
    U = random_orthogonal(max(rows, cols), random)
    return _set(instance, letter, U[:rows, :cols])


def _linear_solution(instance: Instance, relation: Relation, symbol: n.Symbol, random: Random) -> Instance | None:
    """A random solution for one letter of a relation that is affine in it."""
    over = free_indices(relation.left, relation.right)
    shape = np.shape(instance.values[symbol.name])

    def residual(value: Value) -> list[Any]:
        evaluator = Evaluator(_set(instance, symbol, value))
        pairs = zip(stacked(relation.left, evaluator, over), stacked(relation.right, evaluator, over), strict=True)
        return [a - b for a, b in pairs]

    def reshaped(flat: Sequence[Any]) -> Value:
        if not shape:
            return flat[0]
        return array([list(flat[row * shape[1] : (row + 1) * shape[1]]) for row in range(shape[0])])

    count = int(np.prod(shape)) if shape else 1
    units = [reshaped([int(i == j) for j in range(count)]) for i in range(count)]
    base = residual(reshaped([0] * count))
    columns = [[a - b for a, b in zip(residual(unit), base, strict=True)] for unit in units]
    probe = [random.randint(-9, 9) for _ in range(count)]
    predicted = [b + sum(p * col[r] for p, col in zip(probe, columns, strict=True)) for r, b in enumerate(base)]
    if predicted != residual(reshaped(probe)):
        return None
    start = [random.randint(-9, 9) for _ in range(count)]
    solution = _solve(columns, [-b for b in base], start)
    return None if solution is None else _set(instance, symbol, reshaped(solution))


def _solve(columns: list[list[Any]], target: list[Any], start: list[Any]) -> list[Any] | None:
    """A solution of Σ x_j column_j = target whose free unknowns are those of ``start``; None if there is none."""
    count = len(columns)
    rows = [[Fraction(col[r]) for col in columns] + [Fraction(target[r])] for r in range(len(target))]
    pivots: list[int] = []
    for col in range(count):
        place = len(pivots)
        pivot = next((r for r in range(place, len(rows)) if rows[r][col] != 0), None)
        if pivot is None:
            continue
        rows[place], rows[pivot] = rows[pivot], rows[place]
        rows[place] = [entry / rows[place][col] for entry in rows[place]]
        for other in range(len(rows)):
            if other != place and rows[other][col] != 0:
                scale = rows[other][col]
                rows[other] = [a - scale * b for a, b in zip(rows[other], rows[place], strict=True)]
        pivots.append(col)
    if any(row[count] != 0 for row in rows[len(pivots) :]):
        return None
    solution = [Fraction(value) for value in start]
    for row, col in zip(rows, pivots, strict=False):
        solution[col] = row[count] - sum(row[j] * solution[j] for j in range(count) if j != col and row[j] != 0)
    return solution
