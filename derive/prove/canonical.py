"""A canonical naming of the summed indices of a term, found by colour refinement.

Two terms get the same canonical form exactly when they agree up to renaming of summed indices. Connected components are
named one by one: naming ``(tr A²)⁷`` as a whole would try every order of its seven equal parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from derive.errors import BudgetError
from derive.kernel.terms import Factor, Index, Term, renamed

MOST_NAMINGS = 1_000
"""Leaves of the naming search for one term, past which the search gives up."""


@lru_cache(maxsize=65536)
def naming(term: Term) -> tuple[int, ...]:
    """The canonical number of each summed index of the term.

    Raises:
        BudgetError: the term is so symmetric that more than ``MOST_NAMINGS`` namings would have to be compared.
    """
    if len(term.bound) < 2:
        return tuple(range(len(term.bound)))
    parts = sorted((_named_component(factors, term.bound) for factors in components(term)), key=lambda part: part[0])
    numbers = [0] * len(term.bound)
    taken = 0
    for _, order in parts:
        for index in order:
            numbers[index] = taken
            taken += 1
    return tuple(numbers)


@lru_cache(maxsize=65536)
def canonical(term: Term) -> Term:
    """The term with its summed indices named canonically.

    >>> from derive.kernel.terms import normal
    >>> ring = [("A", (0, 1)), ("B", (1, 0))]
    >>> turned = [("A", (1, 0)), ("B", (0, 1))]
    >>> canonical(normal(ring, ("n", "n"))) == canonical(normal(turned, ("n", "n")))
    True
    """
    return renamed(term, naming(term))


def components(term: Term) -> list[list[Factor]]:
    """The factors that hang together by summed indices; those without any are left out."""
    groups: list[tuple[set[int], list[Factor]]] = []
    for factor in term.factors:
        touched = {index for index in factor[1] if isinstance(index, int)}
        if not touched:
            continue
        joined = [group for group in groups if group[0] & touched]
        groups = [group for group in groups if not group[0] & touched]
        indices = touched.union(*(group[0] for group in joined))
        groups.append((indices, [*(f for group in joined for f in group[1]), factor]))
    return [factors for _, factors in groups]


Code = tuple[object, ...]


def _named_component(factors: list[Factor], bound: Sequence[str]) -> tuple[Code, tuple[int, ...]]:
    """The least code of a component over all orders of its indices that refinement leaves open, and that order."""
    vertices = sorted({index for _, indices in factors for index in indices if isinstance(index, int)})
    budget = [MOST_NAMINGS]
    colours = _refined(dict.fromkeys(vertices, 0), factors, bound)
    return min(_leaves(colours, factors, bound, budget), key=lambda leaf: leaf[0])


def _leaves(
    colours: dict[int, int], factors: list[Factor], bound: Sequence[str], budget: list[int]
) -> list[tuple[Code, tuple[int, ...]]]:
    """Every discrete colouring below this one, as code and order."""
    classes: dict[int, list[int]] = {}
    for vertex, colour in colours.items():
        classes.setdefault(colour, []).append(vertex)
    open_class = next((classes[colour] for colour in sorted(classes) if len(classes[colour]) > 1), None)
    if open_class is None:
        budget[0] -= 1
        if budget[0] < 0:
            raise BudgetError(f"a term of {len(factors)} factors is too symmetric: over {MOST_NAMINGS} namings")
        order = tuple(sorted(colours, key=colours.__getitem__))
        return [(_code(order, factors, bound), order)]
    found: list[tuple[Code, tuple[int, ...]]] = []
    for vertex in open_class:
        own = colours[vertex]
        singled = {v: 2 * colour + int(colour == own and v != vertex) for v, colour in colours.items()}
        found += _leaves(_refined(singled, factors, bound), factors, bound, budget)
    return found


def _refined(colours: dict[int, int], factors: list[Factor], bound: Sequence[str]) -> dict[int, int]:
    """Colours split until indices of one colour see the same colours through the same factors."""
    keys: dict[int, Code] = {v: (colour, bound[v]) for v, colour in colours.items()}
    colours, count = _ranked(keys)
    while count < len(colours):
        seen: dict[int, list[Code]] = {v: [] for v in colours}
        for name, indices in factors:
            sight = (name, tuple(_mark(index, colours) for index in indices))
            for slot, index in enumerate(indices):
                if isinstance(index, int):
                    seen[index].append((sight, slot))
        colours, finer = _ranked({v: (colours[v], tuple(sorted(seen[v]))) for v in colours})
        if finer == count:
            break
        count = finer
    return colours


def _ranked(keys: dict[int, Code]) -> tuple[dict[int, int], int]:
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys.values())))}
    return {v: ranks[key] for v, key in keys.items()}, len(ranks)


def _mark(index: Index, numbers: dict[int, int]) -> tuple[int, int, str]:
    return (1, numbers[index], "") if isinstance(index, int) else (0, 0, index.name)


def _code(order: tuple[int, ...], factors: list[Factor], bound: Sequence[str]) -> Code:
    numbers = {v: number for number, v in enumerate(order)}
    rows = sorted((name, tuple(_mark(index, numbers) for index in indices)) for name, indices in factors)
    return (tuple(bound[v] for v in order), tuple(rows))
