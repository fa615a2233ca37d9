"""The normal form of contraction polynomials: idempotent, order-free, worth what it was, apart where it differs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import CertificateError
from derive.kernel.terms import (
    ZERO,
    Free,
    Term,
    add,
    atom,
    collect,
    constant,
    derive,
    multiply,
    normal,
    renamed,
    scale,
    show,
    substitute,
    total,
)
from tests.kernel.makers import FIXED, LETTERS, coefficients, contraction, poly, polys, products, shuffled
from tests.kernel.oracle import PRIME, random_world, values_of, worth_of_poly

quick = settings(deadline=None, derandomize=True, max_examples=60)
i, j, p = FIXED
SIZES = {"n": 4, "m": 3}
MEMBERS = {"S": frozenset({1, 3})}


def worths(one, seed=1):
    """The values of a polynomial at every value of its free indices, in a random world."""
    world = random_world(LETTERS, SIZES, MEMBERS, seed)
    return [worth_of_poly(one, world, at) for at in values_of(FIXED, SIZES)]


def raw_worths(raw, seed=1):
    """The values of a product that was not made normal."""
    factors, bound = raw
    return worths(collect([(Term(tuple(factors), bound), Fraction(1))]), seed)


# Normal form --------------------------------------------------------------------------------------------------------


@quick
@given(products())
def test_normal_form_of_a_normal_form_is_itself(raw):
    once = normal(*raw)
    assert normal(once.factors, once.bound) == once


@quick
@given(products(), st.data())
def test_normal_form_is_the_same_up_to_a_renaming_however_the_product_is_written(raw, data):
    one, other = normal(*raw), normal(*data.draw(shuffled(raw)))
    assert sorted(one.bound) == sorted(other.bound)
    assert sorted(name for name, _ in one.factors) == sorted(name for name, _ in other.factors)
    assert worths(collect([(one, Fraction(1))])) == worths(collect([(other, Fraction(1))]))


@quick
@given(products())
def test_normal_form_is_worth_what_the_product_was(raw):
    assert worths(collect([(normal(*raw), Fraction(1))])) == raw_worths(raw)


@quick
@given(products(), st.data())
def test_a_renaming_does_not_change_the_worth_of_a_term(raw, data):
    term = normal(*raw)
    numbers = data.draw(st.permutations(range(len(term.bound))))
    assert worths(collect([(renamed(term, numbers), Fraction(1))])) == worths(collect([(term, Fraction(1))]))


k = Free("k", "n")
EQUAL = {
    "δ_ij v_i = δ_ij v_j": ([("delta", (i, j)), ("v", (i,))], [("delta", (i, j)), ("v", (j,))], (), ()),
    "δ_ij = δ_ji": ([("delta", (i, j))], [("delta", (j, i))], (), ()),
    "δ_ii = 1": ([("delta", (i, i))], [], (), ()),
    "Σ_a δ_aa = n": ([("delta", (0, 0))], [("size:n", ())], ("n",), ()),
    "Σ_ab δ_ab δ_ba = n": ([("delta", (0, 1)), ("delta", (1, 0))], [("size:n", ())], ("n", "n"), ()),
    "Σ_a δ_ia v_a = v_i": ([("delta", (i, 0)), ("v", (0,))], [("v", (i,))], ("n",), ()),
    "Σ_a δ_ia δ_aj = δ_ij": ([("delta", (i, 0)), ("delta", (0, j))], [("delta", (i, j))], ("n",), ()),
    "δ_ij δ_jk = δ_ij δ_ik": ([("delta", (i, j)), ("delta", (j, k))], [("delta", (i, j)), ("delta", (i, k))], (), ()),
    "δ_ij² = δ_ij": ([("delta", (i, j)), ("delta", (i, j))], [("delta", (i, j))], (), ()),
    "[i∈S]² = [i∈S]": ([("in:S", (i,)), ("in:S", (i,))], [("in:S", (i,))], (), ()),
    "[i∈S][j∈S] δ_ij": (
        [("in:S", (i,)), ("in:S", (j,)), ("delta", (i, j))],
        [("in:S", (j,)), ("delta", (i, j))],
        (),
        (),
    ),
    "Σ_a 1 = n": ([], [("size:n", ())], ("n",), ()),
    "Σ_ab δ_ab = n": ([("delta", (0, 1))], [("size:n", ())], ("n", "n"), ()),
}


@pytest.mark.parametrize("name", EQUAL)
def test_rules_of_deltas_sets_and_sizes_hold(name):
    left, right, left_bound, right_bound = EQUAL[name]
    assert normal(left, left_bound) == normal(right, right_bound)


DIFFERENT = {
    "X_ij ≠ X_ji": ([("A", (i, j))], [("A", (j, i))], (), ()),
    "v_i ≠ v_j": ([("v", (i,))], [("v", (j,))], (), ()),
    "v_i² ≠ v_i": ([("v", (i,)), ("v", (i,))], [("v", (i,))], (), ()),
    "δ_ij ≠ 1": ([("delta", (i, j))], [], (), ()),
    "[i∈S] ≠ [j∈S]": ([("in:S", (i,))], [("in:S", (j,))], (), ()),
    "[i∈S][j∈S] ≠ [i∈S]": ([("in:S", (i,)), ("in:S", (j,))], [("in:S", (i,))], (), ()),
    "n ≠ m": ([], [], ("n",), ("m",)),
    "n² ≠ n": ([], [], ("n", "n"), ("n",)),
    "Σ_a v_a ≠ v_i": ([("v", (0,))], [("v", (i,))], ("n",), ()),
    "Σ_a A_aa ≠ Σ_ab A_ab": ([("A", (0, 0))], [("A", (0, 1))], ("n",), ("n", "n")),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_differs_stays_apart_by_normal_form_and_by_worth(name):
    left, right, left_bound, right_bound = DIFFERENT[name]
    assert normal(left, left_bound) != normal(right, right_bound)
    assert raw_worths((left, left_bound)) != raw_worths((right, right_bound))


def test_joining_indices_over_two_dimensions_by_a_delta_is_refused():
    with pytest.raises(CertificateError, match="delta joins indices over"):
        normal([("delta", (i, p))], ())


# Renaming -----------------------------------------------------------------------------------------------------------

TWO = normal([("A", (0, 1)), ("C", (1, 0))], ("n", "n"))


@pytest.mark.parametrize("numbers", [[0], [0, 0], [0, 2], [1, 2], [-1, 0], [0, 1, 2], []])
def test_a_renaming_that_is_no_permutation_is_refused(numbers):
    with pytest.raises(CertificateError, match="is no renaming of 2 summed indices"):
        renamed(TWO, numbers)


def test_a_renaming_carries_the_dimensions_along():
    term = normal([("B", (0, 1))], ("n", "m"))
    assert renamed(term, [1, 0]) == Term((("B", (1, 0)),), ("m", "n"))


# Arithmetic against the oracle ---------------------------------------------------------------------------------------


@quick
@given(polys(), polys())
def test_the_worth_of_a_product_is_the_product_of_the_worths(one, other):
    expected = [x * y % PRIME for x, y in zip(worths(one), worths(other), strict=True)]
    assert worths(multiply(one, other)) == expected


@quick
@given(polys(), polys(), coefficients)
def test_the_worth_of_a_sum_is_the_sum_of_the_worths(one, other, value):
    factor = value.numerator * pow(value.denominator, -1, PRIME)
    expected = [(x + factor * y) % PRIME for x, y in zip(worths(one), worths(other), strict=True)]
    assert worths(add(one, scale(value, other))) == expected


@quick
@given(polys())
def test_the_worth_of_a_total_is_the_sum_over_the_index(one):
    world = random_world(LETTERS, SIZES, MEMBERS, 3)
    summed = total([i, p], one)
    assert not {i, p} & {index for term, _ in summed.terms for _, at in term.factors for index in at}
    for at in values_of([j], SIZES):
        expected = sum(worth_of_poly(one, world, at | inner) for inner in values_of([i, p], SIZES)) % PRIME
        assert worth_of_poly(summed, world, at) == expected


A_SLOTS = (Free("q0", "n"), Free("q1", "n"))


def along(world, value, at, start, step):
    """The world in which A is ``start`` times what it was, and ``step`` times what ``value`` is worth there."""
    entries = {}
    for slots in values_of(A_SLOTS, SIZES):
        where = tuple(slots.values())
        before, there = world.letters["A"](where)[frozenset()], worth_of_poly(value, world, at | slots)
        entries[where] = {frozenset(): start * before + step * there}
    return replace(world, letters=world.letters | {"A": entries.__getitem__})


@quick
@given(polys(), products(most=2))
def test_substituting_a_letter_is_worth_the_polynomial_in_the_world_where_the_letter_has_that_value(one, raw):
    new = {i: A_SLOTS[0], j: A_SLOTS[1]}
    factors = [(name, tuple(new.get(index, index) for index in at)) for name, at in raw[0]]
    value = collect([(normal(factors, raw[1]), Fraction(2))])
    world = random_world(LETTERS, SIZES, MEMBERS, 5)
    replaced = substitute(one, {"A": (A_SLOTS, value)})
    for at in list(values_of(FIXED, SIZES))[::7]:
        assert worth_of_poly(replaced, world, at) == worth_of_poly(one, along(world, value, at, 0, 1), at)


@settings(quick, max_examples=30)
@given(polys(), products(most=2))
def test_a_derivative_is_the_slope_at_zero_of_the_polynomial_along_a_line(one, raw):
    """f(A + hV) is a polynomial of degree ≤ 4 in h, so five values of it give f′(0) exactly."""
    new = {i: A_SLOTS[0], j: A_SLOTS[1]}
    factors = [(name, tuple(new.get(index, index) for index in at)) for name, at in raw[0]]
    rate = collect([(normal(factors, raw[1]), Fraction(3))])
    world = random_world(LETTERS, SIZES, MEMBERS, 7)
    slope = derive(one, {"A": (A_SLOTS, rate)})
    for at in list(values_of(FIXED, SIZES))[::11]:
        value = {h: worth_of_poly(one, along(world, rate, at, 1, h), at) for h in (-2, -1, 1, 2)}
        difference = 8 * (value[1] - value[-1]) - (value[2] - value[-2])
        assert worth_of_poly(slope, world, at) == difference * pow(12, -1, PRIME) % PRIME


def test_the_letter_that_moves_may_be_in_its_own_rate():
    a, b = A_SLOTS
    square = poly(([("A", (i, 0)), ("A", (0, j))], ("n",)))
    value = atom("A", (b, a))
    assert derive(square, {"A": (A_SLOTS, value)}) == poly(
        ([("A", (0, i)), ("A", (0, j))], ("n",)), ([("A", (i, 0)), ("A", (j, 0))], ("n",))
    )


def test_a_replacement_of_another_shape_is_refused():
    with pytest.raises(CertificateError, match="A has 2 indices, but its replacement fits"):
        substitute(atom("A", (i, j)), {"A": ((Free("q", "n"),), constant(Fraction(1)))})


# Collecting and showing ---------------------------------------------------------------------------------------------


def test_terms_that_cancel_are_gone():
    one = atom("v", (i,))
    assert add(one, scale(Fraction(-1), one)) == ZERO
    assert not add(one, scale(Fraction(-1), one))


def test_what_is_shown_names_every_factor():
    shown = show(
        collect(
            [
                (normal([("A", (i, 0)), ("in:S", (0,)), ("delta", (i, j))], ("n",)), Fraction(-2, 3)),
                (normal([], ("m",)), Fraction(1)),
            ]
        )
    )
    assert shown == "-2/3*sum(s0:n) A[i,s0]*delta(i, j)*in(S, s0) + size(m)"
    assert show(ZERO) == "0"


def test_seven_rings_side_by_side_are_multiplied_at_once():
    ring = poly(contraction("A", "ab", "ba"))
    power = constant(Fraction(1))
    for _ in range(7):
        power = multiply(power, ring)
    assert [len(term.bound) for term, _ in power.terms] == [14]
