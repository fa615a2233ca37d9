"""Canonical names of summed indices: the same for equal contractions, different for different ones, both ways checked.

Named pairs are graphs that break weak canonical forms: colour refinement alone cannot tell them apart.
"""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import BudgetError
from derive.kernel.terms import Term, collect, normal
from derive.prove.canonical import canonical
from tests.kernel.makers import FIXED, LETTERS, contraction, products, shuffled
from tests.kernel.oracle import random_world, values_of, worth_of_poly

quick = settings(deadline=None, derandomize=True, max_examples=80)
i, j, p = FIXED


def canonical_of(raw) -> Term:
    return canonical(normal(*raw))


def rewritten(raw, seed):
    """The same product with factors shuffled and summed indices renamed at random."""
    factors, bound = raw
    chance = random.Random(seed)
    numbers = list(range(len(bound)))
    chance.shuffle(numbers)
    moved = [""] * len(bound)
    for old, new in enumerate(numbers):
        moved[new] = bound[old]
    renamed = [(name, tuple(numbers[k] if isinstance(k, int) else k for k in at)) for name, at in factors]
    chance.shuffle(renamed)
    return renamed, tuple(moved)


# Properties ---------------------------------------------------------------------------------------------------------


@quick
@given(products(), st.data())
def test_the_canonical_form_does_not_depend_on_order_or_names(raw, data):
    assert canonical_of(raw) == canonical_of(data.draw(shuffled(raw)))


@quick
@given(products())
def test_the_canonical_form_of_a_canonical_form_is_itself(raw):
    once = canonical_of(raw)
    assert canonical(once) == once
    assert canonical_of((once.factors, once.bound)) == once


@quick
@given(products())
def test_the_canonical_form_is_worth_what_the_term_was(raw):
    sizes = {"n": 4, "m": 3}
    world = random_world(LETTERS, sizes, {"S": frozenset({0, 2})}, 11)
    before, after = (collect([(term, Fraction(1))]) for term in (normal(*raw), canonical_of(raw)))
    for at in list(values_of(FIXED, sizes))[::5]:
        assert worth_of_poly(before, world, at) == worth_of_poly(after, world, at)


def agree(one, other, seed):
    """Whether two products of generic letters are worth the same, at sizes above their number of indices.

    The free indices are given distinct values: so nothing is equal by accident of equal indices.
    """
    sizes = {"n": 5, "m": 4}
    world = random_world(LETTERS, sizes, {}, seed)
    left, right = (collect([(normal(*raw), Fraction(1))]) for raw in (one, other))
    return worth_of_poly(left, world, {"i": 0, "j": 1, "p": 0}) == worth_of_poly(right, world, {"i": 0, "j": 1, "p": 0})


@st.composite
def near_pairs(draw):
    """Two products of the same letters; often they differ only in where the indices go."""
    factors, bound = draw(products(special=False))
    pool = [index for _, at in factors for index in at]
    spread = draw(st.permutations(pool))
    dims = [bound[index] if isinstance(index, int) else index.dim for index in pool]
    places = {dim: iter([k for k in spread if (bound[k] if isinstance(k, int) else k.dim) == dim]) for dim in set(dims)}
    taken = iter([next(places[dim]) for dim in dims])
    other = [(name, tuple(next(taken) for _ in at)) for name, at in factors]
    return (factors, bound), draw(shuffled((other, bound)))


@settings(quick, max_examples=150)
@given(near_pairs())
def test_two_products_have_the_same_canonical_form_exactly_when_they_agree_at_random_points(pair):
    one, other = pair
    assert (canonical_of(one) == canonical_of(other)) == agree(one, other, seed=13)


# Named pairs --------------------------------------------------------------------------------------------------------


def edges(*pairs):
    return contraction("A", *(a + b for a, b in pairs))


def both_ways(*words):
    """Each edge as A_ab A_ba: a symmetric-looking contraction."""
    return contraction("A", *(w for word in words for w in (word, word[::-1])))


def vertices(*words):
    """One tensor a vertex, one summed index an edge: the graph as a contraction of hyperedges."""
    return contraction("h", *words)


PRISM_EDGES = ["ab", "bc", "ca", "de", "ef", "fd", "ad", "be", "cf"]
BIPARTITE_EDGES = ["ad", "ae", "af", "bd", "be", "bf", "cd", "ce", "cf"]
PETERSEN_EDGES = ["ab", "bc", "cd", "de", "ea", "af", "bg", "ch", "di", "ej", "fh", "hj", "jg", "gi", "if"]
PENTAGONAL_PRISM_EDGES = ["ab", "bc", "cd", "de", "ea", "af", "bg", "ch", "di", "ej", "fg", "gh", "hi", "ij", "jf"]
MOEBIUS_EDGES = ["ab", "bc", "cd", "de", "ef", "fg", "gh", "ha", "ae", "bf", "cg", "dh"]
CUBE_EDGES = ["ab", "bc", "cd", "da", "ef", "fg", "gh", "he", "ae", "bf", "cg", "dh"]


def incidence(graph):
    """Each vertex a factor over its three edges."""
    return vertices(*("".join(chr(97 + k) for k, e in enumerate(graph) if v in e) for v in sorted({*"".join(graph)})))


PAIRS = {
    "tr A⁶ and (tr A³)²": (edges("ab", "bc", "cd", "de", "ef", "fa"), edges("ab", "bc", "ca", "de", "ef", "fd")),
    "the six-ring and two three-rings, both ways": (
        both_ways("ab", "bc", "cd", "de", "ef", "fa"),
        both_ways("ab", "bc", "ca", "de", "ef", "fd"),
    ),
    "tr A⁴ and (tr A²)²": (edges("ab", "bc", "cd", "da"), edges("ab", "ba", "cd", "dc")),
    "tr A² tr A³ and tr A tr A⁴": (edges("ab", "ba", "cd", "de", "ec"), edges("ff", "ab", "bc", "cd", "da")),
    "K₃₃ and the prism, edges as matrices": (both_ways(*BIPARTITE_EDGES), both_ways(*PRISM_EDGES)),
    "K₃₃ and the prism, vertices as tensors": (incidence(BIPARTITE_EDGES), incidence(PRISM_EDGES)),
    "the cube and the Möbius ladder": (both_ways(*CUBE_EDGES), both_ways(*MOEBIUS_EDGES)),
    "Petersen's graph and the pentagonal prism": (both_ways(*PETERSEN_EDGES), both_ways(*PENTAGONAL_PRISM_EDGES)),
    "A_ij and A_ji": (([("A", (i, j))], ()), ([("A", (j, i))], ())),
    "tr A² and tr AAᵀ": (edges("ab", "ba"), edges("ab", "ab")),
    "tr A³ and tr AAAᵀ": (edges("ab", "bc", "ca"), edges("ab", "bc", "ac")),
    "an index three times and twice": (
        ([("A", (0, 1)), ("v", (1,)), ("v", (1,))], ("n", "n")),
        ([("A", (0, 1)), ("v", (1,)), ("v", (0,))], ("n", "n")),
    ),
    "a hyperedge and its turned slots": (vertices("abc", "abc"), vertices("abc", "acb")),
    "a free index at the first slot and at the second": (
        ([("A", (i, 0)), ("A", (0, 0))], ("n",)),
        ([("A", (0, i)), ("A", (0, 0))], ("n",)),
    ),
    "two letters swapped on a ring of four": (
        ([("A", (0, 1)), ("A", (1, 2)), ("C", (2, 3)), ("C", (3, 0))], ("n",) * 4),
        ([("A", (0, 1)), ("C", (1, 2)), ("A", (2, 3)), ("C", (3, 0))], ("n",) * 4),
    ),
    "the same ring over two dimensions": (([("s", ())], ("n",)), ([("s", ())], ("m",))),
}


@pytest.mark.parametrize("name", PAIRS)
def test_contractions_that_are_not_isomorphic_stay_apart(name):
    one, other = PAIRS[name]
    assert canonical_of(one) != canonical_of(other)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("name", PAIRS)
def test_each_of_them_is_recognised_however_it_is_written(name, side, seed):
    raw = PAIRS[name][side]
    assert canonical_of(rewritten(raw, seed)) == canonical_of(raw)


@pytest.mark.parametrize(
    ("turned", "straight"),
    [
        (edges("ca", "ab", "bc"), edges("ab", "bc", "ca")),
        (([("A", (0, 1)), ("C", (1, 0))], ("n", "n")), ([("C", (0, 1)), ("A", (1, 0))], ("n", "n"))),
        (([("B", (0, 1)), ("B", (2, 1))], ("n", "m", "n")), ([("B", (2, 0)), ("B", (1, 0))], ("m", "n", "n"))),
    ],
)
def test_rings_may_be_turned(turned, straight):
    assert canonical_of(turned) == canonical_of(straight)


def rings(count):
    """(tr A²) to the power ``count``."""
    factors = [("A", (2 * k + a, 2 * k + 1 - a)) for k in range(count) for a in (0, 1)]
    return factors, ("n",) * (2 * count)


def test_seven_equal_parts_are_named_one_by_one():
    assert canonical_of(rewritten(rings(7), 1)) == canonical_of(rings(7))


def test_a_term_that_is_too_symmetric_is_given_up_and_not_guessed(monkeypatch):
    monkeypatch.setattr("derive.prove.canonical.MOST_NAMINGS", 100)
    complete = both_ways(*(chr(97 + a) + chr(97 + b) for a in range(9) for b in range(a)))
    with pytest.raises(BudgetError, match="too symmetric"):
        canonical_of(complete)
