"""Exact instances of a statement: random points, and rational models of its hypotheses.

Known kinds of hypotheses are built: letters of a kind, as an orthogonal matrix, by ``kinds``; equations, as ``letter =
expression`` and whatever is linear in a letter, and inequalities by ``solving``. What is built is then checked against
every hypothesis, so a model that is handed out is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import chain, combinations, islice, permutations, product
from random import Random
from typing import Any

import numpy as np

from derive.crosscheck.given import ask, exact_values, members, place
from derive.crosscheck.kinds import fitting, kinds_asked, random_matrix, random_orthogonal
from derive.crosscheck.solving import Budget, solved, system
from derive.crosscheck.truth import chosen_members, condition_holds, holds, relation_holds
from derive.errors import NoModelError, UndefinedError
from derive.evaluate import Evaluator, Instance, Value
from derive.language import nodes as n
from derive.language.derivation import ModelMaker
from derive.language.indices import ONE, DimOrder, Index, Subset
from derive.language.statements import Choice, Condition, Hypothesis, expressions

__all__ = [
    "MOST_TRIES",
    "Signature",
    "attempted_model",
    "bind_letters",
    "broken_by_model",
    "broken_hypothesis",
    "choices",
    "condition_holds",
    "declines",
    "general_sizes",
    "holds",
    "holds_at",
    "model",
    "models",
    "no_model",
    "random_instance",
    "random_orthogonal",
    "relation_holds",
    "sample",
    "signature",
    "small_sizes",
    "subsets",
]

MOST_TRIES = 12
"""Random instances tried at one size before it is said that none satisfies the hypotheses."""
SPECIAL = 3
"""Which of every four tries may make letters as special as zero, the identity and diagonal matrices are."""
KIND_SPREAD = 5
"""Spread of the entries of a letter that is made to be of a kind."""
LARGE = 2**31
SLOPES = [Fraction(2 * t * u, u * u - t * t) for u in range(2, 7) for t in range(1, u)]
"""Numbers ε for which 1 + ε² is a rational square."""
ROOTED = [*SLOPES, *(Fraction(top * top, bottom * bottom) for bottom in range(1, 4) for top in range(1, 6))]
"""Numbers to try under roots: with 1 + ε² or ε itself a rational square."""
TOGETHER, SCALES = Fraction(1, 3), (Fraction(1), Fraction(4), Fraction(1, 49))
"""How often letters are given such a pair, and by which squares it is scaled: none that makes a 1 of one."""
LEGS = ((3, 4), (9, 16), (5, 12), (25, 144))
"""Pairs of numbers to try for letters under one root: their squares add up to a square, or they themselves do."""


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
        own = _parts(expr)
        rooted |= own.rooted
        sets |= own.sets
        indices |= own.indices
        dims |= own.dims
    dims |= {index.dim.name: None for index in indices}
    dims |= {dim.name: None for subset in sets.values() for dim in (subset.dim, subset.size)}
    pairs = [(h.small.name, h.large.name) for h in hypotheses if isinstance(h, DimOrder)]
    orders = tuple(pair for pair in pairs if set(pair) <= set(dims))
    fixed = tuple(sorted((index for index in indices if index.fixed), key=lambda index: index.name))
    return Signature(symbols, sets, fixed, tuple(sorted(set(dims) - {ONE.name})), orders, rooted)


@dataclass(frozen=True, slots=True)
class Parts:
    """What one expression is about, its symbols aside."""

    rooted: bool
    sets: Mapping[str, Subset]
    indices: Mapping[Index, None]
    dims: Mapping[str, None]


@lru_cache(maxsize=4096)
def _parts(expr: n.Expr) -> Parts:
    """Looked for once: all claims of a page mostly have the same hypotheses."""
    nodes = expr.walk()
    sets = {s.name: s for node in nodes for s in subsets(node)}
    indices = {index: None for node in nodes for index in (*node.free, *node.bound)}
    dims = {dim.name: None for node in nodes for dim in _dims(node)}
    return Parts(any(isinstance(node, n.Sqrt) for node in nodes), sets, indices, dims)


def subsets(node: n.Expr) -> list[Subset]:
    if isinstance(node, n.Indicator | n.Select):
        return [node.subset]
    return [subset for _, subset in node.within] if isinstance(node, n.Total) else []


def _dims(node: n.Expr) -> Iterator[Any]:
    if isinstance(node, n.Symbol):
        yield from node.dims
    elif isinstance(node, n.Gradient):
        yield from node.variable.dims
    elif isinstance(node, n.Expectation):
        yield from (dim for variable in node.variables for dim in variable.dims)
    elif isinstance(node, n.Identity):
        yield node.dim
    elif isinstance(node, n.COUNTS):
        yield from node.counted
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


def _random_value(symbol: n.Symbol, sizes: Mapping[str, int], random: Random, spread: int, rooted: bool) -> Value:
    if not symbol.shape:
        return random.choice([-1, 1]) * random.choice(ROOTED) if rooted else random.randint(-spread, spread)
    rows, cols = (1 if dim == ONE else sizes[dim.name] for dim in symbol.shape)
    return random_matrix(rows, cols, random, spread)


def random_instance(sign: Signature, sizes: Mapping[str, int], random: Random, spread: int = LARGE) -> Instance:
    """Independent random integers for every letter, random sets and fixed indices."""
    values = {name: _random_value(s, sizes, random, spread, sign.rooted) for name, s in sign.symbols.items()}
    scalars = [name for name, symbol in sign.symbols.items() if not symbol.shape] if sign.rooted else []
    if len(scalars) > 1 and random.random() < TOGETHER:
        legs, scale = random.sample(random.choice(LEGS), 2), random.choice(SCALES)
        values |= {name: legs[place % 2] * scale for place, name in enumerate(scalars)}
    ranges = {name: (range(sizes[s.dim.name]), sizes[s.size.name]) for name, s in sign.sets.items()}
    sets = {name: tuple(sorted(random.sample(every, count))) for name, (every, count) in ranges.items()}
    sets |= {name: tuple(range(sizes[s.size.name])) for name, s in sign.sets.items() if s.initial}
    indices = {index.name: random.randrange(sizes[index.dim.name]) for index in sign.fixed}
    return Instance(dict(sizes), values, sets, indices)


# Models of hypotheses -----------------------------------------------------------------------------------------------


def models(
    sign: Signature, hypotheses: Sequence[Hypothesis], sizes: Mapping[str, int], random: Random,
    spread: int = LARGE, maker: ModelMaker | None = None, tries: int = MOST_TRIES, budget: Budget | None = None,
) -> Iterator[Instance]:  # fmt: skip
    """Exact instances at which every hypothesis holds, as many as ``tries`` attempts give."""
    budget, found = Budget() if budget is None else budget, False
    for attempt in range(tries):
        if attempt >= MOST_TRIES and not found:
            return
        built = attempted_model(sign, hypotheses, sizes, random, spread, maker, budget, attempt)
        if built is not None:
            found = True
            yield built.instance


def attempted_model(
    sign: Signature, hypotheses: Sequence[Hypothesis], sizes: Mapping[str, int], random: Random, spread: int,
    maker: ModelMaker | None, budget: Budget, attempt: int,
) -> Evaluator | None:  # fmt: skip
    """What the attempt of this number gives: an evaluator at a model, every second time one with what an author's own
    gives, or nothing."""
    # A model of hypotheses is a special point, where much agrees that elsewhere does not: never use it without them.
    bound = any(not isinstance(hypothesis, DimOrder) for hypothesis in hypotheses)
    instance = random_instance(sign, sizes, random, spread)
    given = _made(maker, instance, sign, random) if maker is not None and bound and attempt % 2 == 0 else None
    if given is None:
        built = _built(instance, hypotheses, random, budget, special=attempt % 4 == SPECIAL)
    else:
        built = _built(given[0], hypotheses, random, budget, kept=given[1])
    evaluator = None if built is None else Evaluator(built)
    return evaluator if evaluator is not None and _first_broken(hypotheses, evaluator) is None else None


def bind_letters(instance: Instance, model: Instance) -> Instance:
    """The instance with the values, sets and indices of a model wherever that has some."""
    return replace(
        instance,
        values={**instance.values, **model.values},
        sets={**instance.sets, **model.sets},
        indices={**instance.indices, **model.indices},
    )


def model(
    sign: Signature, hypotheses: Sequence[Hypothesis], sizes: Mapping[str, int], random: Random,
    spread: int = LARGE, maker: ModelMaker | None = None,
) -> Instance:  # fmt: skip
    """One exact instance at which every hypothesis holds.

    Raises:
        NoModelError: none was found; the message says what breaks a model that the author gives.
    """
    found = next(models(sign, hypotheses, sizes, random, spread, maker), None)
    if found is None:
        raise no_model(sign, hypotheses, sizes, random, maker)
    return found


def no_model(
    sign: Signature, hypotheses: Sequence[Hypothesis], sizes: Mapping[str, int], random: Random,
    maker: ModelMaker | None,
) -> NoModelError:  # fmt: skip
    """That none was found, what breaks the author's own, and how to give one."""
    shown = "; ".join(str(h) for h in hypotheses if not isinstance(h, DimOrder))
    at = "".join(f" {name}={size}" for name, size in sizes.items())
    told = f"no exact model of {shown} was found" + (f" at{at}" if at else "")
    broken = broken_by_model(sign, hypotheses, sizes, random, maker)
    if broken is not None:
        return NoModelError(f"{told}; the derivation's own model breaks {broken}")
    letters = ", ".join(f'"{name}": …' for name in list(sign.symbols)[:2])
    how = f"@derivation.model: def model(sizes, random): return {{{letters}}}"
    return NoModelError(f"{told}; give one by {how}")


def broken_by_model(
    sign: Signature, hypotheses: Sequence[Hypothesis], sizes: Mapping[str, int], random: Random,
    maker: ModelMaker | None,
) -> Hypothesis | None:  # fmt: skip
    """The hypothesis that does not hold at what an author's model gives; None where all hold, or it gives nothing."""
    given = _made(maker, random_instance(sign, sizes, random, KIND_SPREAD), sign, random) if maker else None
    if given is None or not given[1]:
        return None
    built = _built(given[0], hypotheses, random, Budget(), kept=given[1])
    return None if built is None else broken_hypothesis(hypotheses, built)


def broken_hypothesis(hypotheses: Sequence[Hypothesis], instance: Instance) -> Hypothesis | None:
    """The first hypothesis that does not hold at the instance, or has no value there; None where all hold."""
    return _first_broken(hypotheses, Evaluator(instance))


def _first_broken(hypotheses: Sequence[Hypothesis], evaluator: Evaluator) -> Hypothesis | None:
    return next((hypothesis for hypothesis in hypotheses if not holds_at(hypothesis, evaluator)), None)


def holds_at(hypothesis: Hypothesis, evaluator: Evaluator) -> bool:
    """Whether the hypothesis has a value at the instance, and holds."""
    try:
        return holds(hypothesis, evaluator)
    except UndefinedError:
        return False


def declines(maker: ModelMaker, sizes: Mapping[str, int]) -> bool:
    """Whether an author's model gives nothing at these sizes."""
    return not _sampled(maker, tuple(sizes.items()))


def sample(maker: ModelMaker, sizes: Mapping[str, int]) -> str:
    """What an author's model gives at these sizes for one seed, as text: it may rest on more than can be seen of it."""
    found = _sampled(maker, tuple(sizes.items()))
    return repr({name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in found.items()})


@lru_cache(maxsize=1024)
def _sampled(maker: ModelMaker, sizes: tuple[tuple[str, int], ...]) -> Mapping[str, object]:
    try:
        return ask(maker, dict(sizes), Random(0))
    except NoModelError:
        return {}


def _made(
    maker: ModelMaker, instance: Instance, sign: Signature, random: Random
) -> tuple[Instance, frozenset[str]] | None:
    """The instance with what an author's model gives, and the names of that."""
    try:
        given = ask(maker, instance.sizes, random)
    except NoModelError:
        return None
    values = exact_values(given, sign.symbols, instance.sizes, maker)
    sizes = instance.sizes
    sets = {
        name: members(name, given[name], 1 if s.size == ONE else sizes[s.size.name], sizes[s.dim.name], maker)
        for name, s in sign.sets.items()
        if name in given
    }
    indices = {
        index.name: place(index.name, given[index.name], sizes[index.dim.name], maker)
        for index in sign.fixed
        if index.name in given
    }
    changed = replace(
        instance,
        values={**instance.values, **values},
        sets={**instance.sets, **sets},
        indices={**instance.indices, **indices},
    )
    return changed, frozenset((*values, *sets, *indices))


def _built(
    instance: Instance, hypotheses: Sequence[Hypothesis], random: Random, budget: Budget,
    special: bool = False, kept: frozenset[str] = frozenset(),
) -> Instance | None:  # fmt: skip
    """The instance changed so that the hypotheses hold, as far as they are of known kinds: letters that are of a kind
    by themselves, then equations and inequalities, then sets that are chosen; None where an index has no place."""
    conditions = [h for h in hypotheses if isinstance(h, Condition)]
    found = _placed(instance, conditions, random)
    if found is None:
        return None
    asked = {letter: kinds for letter, kinds in kinds_asked(hypotheses).items() if letter.name not in kept}
    for letter, kinds in asked.items():
        found = _of_kind(found, letter, kinds, random, special)
    try:
        made = frozenset(letter.name for letter in asked)
        found = solved(found, system(hypotheses, made, kept, budget), random)
        for choice in (h for h in hypotheses if isinstance(h, Choice)):
            members = chosen_members(choice, Evaluator(found))
            found = found if members is None else replace(found, sets={**found.sets, choice.subset.name: members})
    except UndefinedError:
        return None
    return _placed(found, conditions, random) if conditions else found


def _of_kind(instance: Instance, letter: n.Symbol, asked: frozenset[str], random: Random, special: bool) -> Instance:
    """The letter made to be of the kind: as generally as can be, or, where ``special``, in any way that there is."""
    ways = fitting(asked)
    if not ways or letter.name not in instance.values:
        return instance
    rows, cols = (instance.size(dim.name) for dim in letter.shape)
    made = (random.choice(ways) if special else ways[0]).make(rows, cols, random, KIND_SPREAD)
    if made is None or np.shape(made) != (rows, cols):
        return instance
    return replace(instance, values={**instance.values, letter.name: made})


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
