"""Each inference rule: what it proves, and each way in which it must not be stretched."""

from __future__ import annotations

import copy
import sys
from dataclasses import replace
from fractions import Fraction
from functools import reduce

import pytest

from derive.errors import CertificateError, StatementError
from derive.kernel import check
from derive.kernel.statement import Derive, Hypothesis, Move, Put, Scope, expand
from tests.kernel.makers import (
    MEMBERSHIP,
    either,
    given,
    m_,
    minus,
    n_,
    num,
    plus,
    refused,
    refused_as_written,
    tensor,
    times,
    total,
)

i, j, k = n_("i"), n_("j"), n_("k")
x, y, z = tensor("x"), tensor("y"), tensor("z")
LETTERS = {"x": (), "y": (), "z": (), "v": ("n",), "w": ("n",), "A": ("n", "n"), "B": ("n", "m")}


def stated(left, right, hypotheses=(), **more):
    return given(left, right, letters=LETTERS, hypotheses=hypotheses, **more)


def zero(name, formula, *each):
    return Hypothesis(name, each, formula, num(0))


def v(index):
    return tensor("v", index)


def w(index):
    return tensor("w", index)


def inside(index):
    return tensor("in:S", index)


def cited(hypothesis, coefficient="1", factors=(), bound=(), at=()):
    """One cofactor: coefficient · Σ factors · hypothesis."""
    return {
        "coefficient": coefficient,
        "factors": [list(factor) for factor in factors],
        "bound": list(bound),
        "hypothesis": hypothesis,
        "at": list(at),
    }


def membership(*cofactors, names=()):
    return {"rule": "membership", "cofactors": list(cofactors), "names": [list(row) for row in names]}


def product(*factors, coefficient="1", bound=()):
    """One row of a polynomial in a certificate."""
    return {"coefficient": coefficient, "factors": [list(factor) for factor in factors], "bound": list(bound)}


# Membership ---------------------------------------------------------------------------------------------------------

SWAPPED = stated(total([i, j], times(tensor("A", i, j), v(i))), total([j, i], times(v(j), tensor("A", j, i))))


def test_membership_accepts_two_sides_that_agree_up_to_the_renaming_given():
    left = total([i, j], times(tensor("A", i, j), tensor("A", j, i), v(i)))
    right = total([i, j], times(tensor("A", i, j), tensor("A", j, i), v(j)))
    check(stated(left, right), membership(names=[[0, 1], [1, 0]]))
    check(stated(left, right), membership(names=[[1, 0], [0, 1]]))
    refused_as_written(stated(left, right), membership(names=[[0, 1], [0, 1]]), "the two sides differ")


def test_membership_multiplies_a_hypothesis_by_a_context_and_sums():
    """Σ_i v_i w_i = 0 from w_i = 0 for all i."""
    statement = stated(total([i], times(v(i), w(i))), num(0), [zero("w", w(k), k)])
    theorem = check(statement, membership(cited(0, factors=[("v", [0])], bound=["n"], at=[0])))
    assert theorem.used == ("w",)


def test_a_refusal_quotes_both_sides_and_the_difference():
    with pytest.raises(CertificateError) as caught:
        check(stated(plus(x, y), z), membership(names=[[], [], []]))
    values = caught.value.values
    assert set(values) == {"left", "right", "difference"}
    assert [len(values[name].terms) for name in ("left", "right", "difference")] == [2, 1, 3]
    assert str(caught.value) == "the two sides differ; left: x + y; right: z; difference: x + y - 1*z"


def test_only_quantified_indices_may_be_instantiated():
    """v_j = 0 at one fixed j says nothing of v_i."""
    at_one = stated(v(i), num(0), [zero("v_j = 0", v(j))], fixed=[j], each=[i])
    refused(at_one, membership(cited(0, at=["i"])), "is used at")
    refused(at_one, membership(cited(0)), "the two sides differ")
    everywhere = stated(v(i), num(0), [zero("v_k = 0", v(k), k)], fixed=[j], each=[i])
    check(everywhere, membership(cited(0, at=["i"])))
    refused(everywhere, membership(cited(0, at=[])), "is used at")
    refused(everywhere, membership(cited(0, at=["i", "i"])), "is used at")
    refused(everywhere, membership(cited(0, at=["k"])), "not declared")
    refused(everywhere, membership(cited(0, at=["j"])), "the two sides differ")


def test_the_index_of_a_hypothesis_may_not_move_to_another_dimension():
    statement = stated(num(0), num(0), [zero("v", v(k), k)], fixed=[m_("p")])
    refused(statement, membership(cited(0, at=["p"])), "is used at")
    refused(statement, membership(cited(0, bound=["m"], at=[0])), "is used at")


def test_summed_indices_of_context_and_hypothesis_are_kept_apart():
    """(Σ_a v_a)(Σ_a w_a) is no Σ_a v_a w_a, though both sums are number 0 where they stand."""
    hypothesis = zero("Σ w = 0", total([k], w(k)))
    apart = times(total([i], v(i)), total([j], w(j)))
    certificate = membership(cited(0, factors=[("v", [0])], bound=["n"]))
    check(stated(apart, num(0), [hypothesis]), certificate)
    refused(stated(total([i], times(v(i), w(i))), num(0), [hypothesis]), certificate)


def test_indices_are_instantiated_all_at_once():
    """A_kl = A_lk used at (j, i): k ↦ j and l ↦ i, and not one after the other."""
    l_ = n_("l")
    hypothesis = Hypothesis("swap", (k, l_), tensor("A", k, l_), times(num(2), tensor("A", l_, k)))
    statement = stated(tensor("A", l_, k), times(num(2), tensor("A", k, l_)), [hypothesis], each=[k, l_])
    check(statement, membership(cited(0, at=["l", "k"])))


def test_a_context_over_an_unused_sum_counts_its_size():
    statement = stated(times(tensor("size:n"), x), num(0), [zero("x", x)])
    check(statement, membership(cited(0, bound=["n"])))
    refused(stated(x, num(0), [zero("x", x)]), membership(cited(0, bound=["n"])))


@pytest.mark.parametrize("name", ["A", "size:k", "in:T", "delta", "q", "in:S", "Z"])
def test_a_context_uses_declared_factors_only(name):
    refused(stated(x, num(0), [zero("x", x)], fixed=[m_("p")]), membership(cited(0, factors=[(name, ["p"])])))


def test_membership_does_not_prove_an_inequality():
    refused(stated(x, x, sign="≤"), MEMBERSHIP, "membership proves equations, not ≤")


@pytest.mark.parametrize("sign", ["<", "≠", "", "==", None])
def test_an_unknown_relation_is_never_proved(sign):
    squares, signs = ({"rule": rule, "squares": [], "proof": MEMBERSHIP} for rule in ("squares", "sign"))
    for certificate in (MEMBERSHIP, squares, signs):
        refused(stated(x, x, sign=sign), certificate)


# Split --------------------------------------------------------------------------------------------------------------

BOTH = [zero("in", times(inside(i), x)), zero("out", times(minus(num(1), inside(i)), x))]
BY_CASES = {
    **either("in:S", "i"),
    "if_one": membership(cited(1), cited(2, factors=[("x", [])])),
    "if_other": membership(cited(0), cited(2, "-1", factors=[("x", [])])),
}
SPLIT = stated(x, num(0), BOTH, fixed=[i, j])


def test_split_proves_what_holds_in_both_cases():
    assert check(SPLIT, BY_CASES).used == ("in", "out")


def test_split_uses_each_case_in_its_own_branch_only():
    """From x = [i∈S] alone neither x = 0 nor x = 1 follows."""
    hypothesis = Hypothesis("x", (), x, inside(i))
    for value, branch in ((0, "if_one"), (1, "if_other")):
        statement = stated(x, num(value), [hypothesis], fixed=[i])
        holds = membership(cited(0), cited(1))
        other = "if_other" if branch == "if_one" else "if_one"
        split = {**either("in:S", "i"), branch: holds}
        refused(statement, {**split, other: holds}, "the two sides differ")
        refused(statement, {**split, other: membership(cited(0), cited(2))})


def test_what_is_proved_inside_a_case_does_not_leave_it():
    """A lemma of the first branch is not there in the second, nor after the split."""
    lemma = {"rule": "lemma", "each": [], "zero": [product(("x", []))]}
    inner = {**lemma, "proof": BY_CASES["if_one"], "then": membership(cited(3))}
    check(SPLIT, {**BY_CASES, "if_one": inner})
    refused(SPLIT, {**BY_CASES, "if_one": inner, "if_other": membership(cited(3))}, "cites hypothesis 3; there are 3")


def test_a_case_holds_at_its_own_index_only():
    """[i∈S] = 0 may not be used as [j∈S] = 0 or for all indices."""
    refused(SPLIT, {**BY_CASES, **either("in:S", "j")}, "the two sides differ")
    bad = copy.deepcopy(BY_CASES)
    bad["if_one"]["cofactors"][1]["at"] = ["j"]
    refused(SPLIT, bad, "is used at")


PLAIN = [["x"], ["v", "i"], ["size:n"], ["in:S"], ["delta", "i"], ["in:S", 0], ["v", "k"], ["Z"]]


@pytest.mark.parametrize("letter", PLAIN)
def test_only_letters_that_are_zero_or_one_are_split_without_a_reason(letter):
    refused(SPLIT, {**BY_CASES, **either(*letter)})


def test_a_generic_letter_is_not_zero_or_one():
    """x² = x would follow from x = 0 or x = 1, as [i∈S]² = [i∈S] does."""
    times_x = cited(0, factors=[("x", [])])
    branches = {"if_one": membership(times_x, cited(0, "-1")), "if_other": membership(times_x)}
    refused(stated(times(x, x), x), {**either("x"), **branches}, "the two sides differ")


def test_a_context_sums_over_declared_dimensions_only():
    refused(stated(x, num(0), [zero("x", x)]), membership(cited(0, bound=["k"])), "sums over")


@pytest.mark.parametrize("part", ["one", "other", "product", "if_one", "if_other"])
def test_split_needs_all_of_its_parts(part):
    kind = "list" if part in {"one", "other"} else "dict"
    refused(SPLIT, {key: value for key, value in BY_CASES.items() if key != part}, f"no {kind} '{part}'")


def test_split_on_equal_indices_proves_for_each_pair():
    """(1 − δ_ij) A_ij = 0 and δ_ij A_ij = 0 for all i, j: A = 0, by cases that are taken at one i and j."""
    d = tensor("delta", i, j)
    hypotheses = [
        zero("off", times(minus(num(1), d), tensor("A", i, j)), i, j),
        zero("on", times(d, tensor("A", i, j)), i, j),
    ]
    statement = stated(tensor("A", i, j), num(0), hypotheses, each=[i, j])
    entry = ("A", ["i", "j"])
    certificate = {
        **either("delta", "i", "j"),
        "if_one": membership(cited(0, at=["i", "j"]), cited(2, factors=[entry])),
        "if_other": membership(cited(1, at=["i", "j"]), cited(2, "-1", factors=[entry])),
    }
    check(statement, certificate)
    refused(stated(tensor("A", i, j), num(0), hypotheses[:1], each=[i, j]), certificate)


# Lemma --------------------------------------------------------------------------------------------------------------

CHAIN = [Hypothesis("v = w", (k,), v(k), w(k)), zero("w = 0", w(k), k)]
FIRST = membership(cited(0, at=["a"]), cited(1, at=["a"]))
LEMMA = {
    "rule": "lemma",
    "each": [["a", "n"]],
    "zero": [product(("v", ["a"]))],
    "proof": FIRST,
    "then": membership(cited(2, factors=[("w", [0])], bound=["n"], at=[0])),
}
LEMMA_STATEMENT = stated(total([i], times(w(i), v(i))), num(0), CHAIN)


def test_lemma_is_proved_once_and_used_at_any_index():
    assert check(LEMMA_STATEMENT, LEMMA).used == ("v = w", "w = 0")


def test_lemma_that_is_not_proved_is_not_used():
    refused(LEMMA_STATEMENT, {**LEMMA, "proof": MEMBERSHIP})
    refused(LEMMA_STATEMENT, {**LEMMA, "proof": membership(cited(2, at=["a"]))}, "cites hypothesis 2; there are 2")


def test_lemma_about_one_index_is_not_used_at_another():
    """v_i = 0 at the goal's own i is proved as a lemma without indices; v_j = 0 does not follow from it."""
    given_at_i = [zero("v_i = 0", v(i))]
    own = {"rule": "lemma", "each": [], "zero": [product(("v", ["i"]))], "proof": membership(cited(0))}
    check(stated(v(i), num(0), given_at_i, fixed=[i, j]), {**own, "then": membership(cited(1))})
    goal = stated(v(j), num(0), given_at_i, fixed=[i, j])
    refused(goal, {**own, "then": membership(cited(1, at=["j"]))}, "is used at")
    refused(goal, {**own, "then": membership(cited(1))}, "the two sides differ")


DECLARED_AGAIN = [[["i", "n"]], [["a", "n"], ["a", "n"]]]
NO_INDICES = [[["a", "k"]], [["a"]], ["a"], [["a", "n", "n"]], [[0, "n"]]]


@pytest.mark.parametrize("each", DECLARED_AGAIN + NO_INDICES)
def test_lemma_declares_its_indices_anew(each):
    refused(stated(v(i), num(0), CHAIN, each=[i]), {**LEMMA, "each": each})


def test_index_of_a_lemma_does_not_outlive_its_proof():
    refused(LEMMA_STATEMENT, {**LEMMA, "then": membership(cited(2, at=["a"]))}, "'a', which is not declared")


def test_lemmas_may_reuse_the_names_of_their_indices():
    again = {**LEMMA, "proof": membership(cited(2, at=["a"]))}
    check(LEMMA_STATEMENT, {**LEMMA, "then": again})


# Squares ------------------------------------------------------------------------------------------------------------

NORM = zero("|v|² = 0", total([k], times(v(k), v(k))))
SQUARES = {"rule": "squares", "squares": [], "proof": membership(cited(0))}


def test_a_sum_of_squares_that_vanishes_has_no_part_that_does_not():
    check(stated(v(i), num(0), [NORM], each=[i]), SQUARES)


def test_squares_sum_over_the_goals_own_indices_only():
    """v_j = 0 at a fixed j needs v_j² = 0; and Σ v_k² = 0 does not make v_i w_i vanish by this rule alone."""
    refused(stated(v(j), num(0), [NORM], fixed=[j]), {"rule": "squares", "squares": [], "proof": membership(cited(0))})
    refused(stated(w(i), num(0), [NORM], each=[i]), {"rule": "squares", "squares": [], "proof": membership(cited(0))})


@pytest.mark.parametrize(
    "hypothesis",
    [
        zero("Σ v = 0", total([k], v(k))),
        zero("Σ v_k w_k = 0", total([k], times(v(k), w(k)))),
        zero("|v|² = |w|²", minus(total([k], times(v(k), v(k))), total([k], times(w(k), w(k))))),
        zero("|v|⁴ is no Σ v_k⁴", minus(total([j, k], times(v(k), v(k), v(j), v(j))), num(1))),
    ],
    ids=lambda hypothesis: hypothesis.name,
)
def test_a_vanishing_sum_without_squares_proves_nothing(hypothesis):
    refused(stated(v(i), num(0), [hypothesis], each=[i]), SQUARES)


def test_squares_do_not_prove_an_inequality():
    refused(stated(v(i), num(0), [NORM], each=[i], sign="≤"), SQUARES, "proves equations, not ≤")


# Sign ---------------------------------------------------------------------------------------------------------------

GAP = stated(times(num(2), x, y), plus(times(x, x), times(y, y)), sign="≤")
ROOT = [product(("x", [])), product(("y", []), coefficient="-1")]


def sign(*rows, proof=MEMBERSHIP):
    squares = [{"weight": weight, "each": list(each), "root": root, "times": []} for weight, each, root in rows]
    return {"rule": "sign", "squares": squares, "proof": proof}


def test_a_difference_that_is_a_sum_of_squares_has_a_sign():
    check(GAP, sign(("1", [], ROOT)))


def test_a_sign_may_rest_on_a_hypothesis():
    statement = stated(num(0), z, [Hypothesis("z", (), z, times(x, x))], sign="≤")
    assert check(statement, sign(("1", [], ROOT[:1]), proof=membership(cited(0)))).used == ("z",)


def test_squares_are_summed_over_all_their_indices():
    statement = stated(num(0), total([k], times(v(k), v(k))), sign="≤")
    check(statement, sign(("1", [["a", "n"]], [product(("v", ["a"]))])))
    whole = stated(num(0), total([j, k], times(v(j), v(k))), sign="≤")
    check(whole, sign(("1", [], [product(("v", [0]), bound=["n"])])))
    refused(whole, sign(("1", [["a", "n"]], [product(("v", ["a"]))])))


@pytest.mark.parametrize(
    ("left", "right", "certificate"),
    [
        (num(0), times(num(-1), x, x), sign(("-1", [], ROOT[:1]))),
        (num(0), x, sign(("1", [], ROOT[:1]))),
        (num(0), times(x, x, x), sign(("1", [], ROOT[:1]))),
        (num(0), times(x, y), sign(("1", [], ROOT))),
        (plus(times(x, x), times(y, y)), times(num(2), x, y), sign(("1", [], ROOT))),
        (num(1), num(0), sign()),
        (times(x, x), num(0), sign(("1", [], ROOT[:1]))),
    ],
    ids=["a negative weight", "an odd power", "a cube", "another polynomial", "the wrong way round", "1 ≤ 0", "x² ≤ 0"],
)
def test_what_is_no_sum_of_squares_has_no_sign(left, right, certificate):
    refused(stated(left, right, sign="≤"), certificate)


def test_sign_does_not_prove_an_equation():
    refused(stated(num(0), times(x, x)), sign(("1", [], ROOT[:1])), "signs prove ≤ and <, not =")


# Any rule -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", ["", "Membership", "axiom", "__class__", None, [], {}, 0, True])
def test_there_are_no_other_rules(rule):
    refused(stated(x, x), {**MEMBERSHIP, "rule": rule})


# Inequalities as hypotheses -----------------------------------------------------------------------------------------


def at_least(name, formula, *each):
    """0 ≤ formula for all ``each``."""
    return Hypothesis(name, each, num(0), formula, sign="≤")


def row(root, weight="1", each=(), times=()):
    """One non-negative term: weight · Σ_each root² · Π times."""
    return {"weight": weight, "each": list(each), "root": root, "times": list(times)}


def by_sign(*rows, proof=MEMBERSHIP, **more):
    return {"rule": "sign", "squares": list(rows), "proof": proof, **more}


def use(hypothesis, *at):
    return {"hypothesis": hypothesis, "at": list(at)}


ONE = [product()]
X_ROOT = [product(("x", []))]
POSITIVE = [at_least("x ≥ 0", x), at_least("y ≥ 0", y)]


def test_a_product_of_hypotheses_is_at_least_zero():
    theorem = check(stated(num(0), times(x, y), POSITIVE, sign="≤"), by_sign(row(ONE, times=[use(0), use(1)])))
    assert theorem.used == ("x ≥ 0", "y ≥ 0")


def test_a_hypothesis_is_read_from_its_smaller_side_to_its_larger():
    """y ≤ x gives 0 ≤ x − y and not 0 ≤ y − x."""
    ordered = [Hypothesis("y ≤ x", (), y, x, sign="≤")]
    check(stated(y, x, ordered, sign="≤"), by_sign(row(ONE, times=[use(0)])))
    refused(stated(x, y, ordered, sign="≤"), by_sign(row(ONE, times=[use(0)])))
    refused(stated(x, y, ordered, sign="≤"), by_sign(row(ONE, "-1", times=[use(0)])), "negative")


def test_a_hypothesis_may_be_weighted_by_a_square_and_summed():
    """0 ≤ Σ_a w_a² v_a from v_i ≥ 0 for all i; not with v alone, and not from v at one index."""
    goal = total([i], times(w(i), w(i), v(i)))
    certificate = by_sign(row([product(("w", ["a"]))], each=[["a", "n"]], times=[use(0, "a")]))
    assert check(stated(num(0), goal, [at_least("v ≥ 0", v(k), k)], sign="≤"), certificate).used == ("v ≥ 0",)
    refused(stated(num(0), total([i], times(w(i), v(i))), [at_least("v ≥ 0", v(k), k)], sign="≤"), certificate)
    refused(stated(num(0), goal, [at_least("v_j ≥ 0", v(j))], fixed=[j], sign="≤"), certificate, "is used at")
    at_j = by_sign(row([product(("w", ["a"]))], each=[["a", "n"]], times=[use(0)]))
    refused(stated(num(0), goal, [at_least("v_j ≥ 0", v(j))], fixed=[j], sign="≤"), at_j)


def test_the_square_is_needed_where_the_factor_has_no_sign():
    refused(stated(num(0), times(x, y), POSITIVE[:1], sign="≤"), by_sign(row([product(("y", []))], times=[use(0)])))
    refused(stated(num(0), times(y), POSITIVE[:1], sign="≤"), by_sign(row(ONE, times=[use(0)])))


def test_an_equation_is_not_cited_as_an_inequality():
    """From x = 0 follows 0 ≤ x by membership, not by ``times``, where it would make anything non-negative."""
    equation = [zero("x = 0", x)]
    refused(stated(num(0), x, equation, sign="≤"), by_sign(row(ONE, times=[use(0)])), "is a =, and is used as a ≤")
    check(stated(num(0), x, equation, sign="≤"), by_sign(proof=membership(cited(0))))


def test_an_inequality_is_not_cited_as_an_equation():
    refused(stated(x, num(0), POSITIVE), membership(cited(0)), "is a ≤, and is used as a =")
    refused(stated(num(1), x, POSITIVE, sign="≤"), by_sign(row(ONE), proof=membership(cited(0))), "is a ≤")


def test_a_lemma_and_a_case_are_equations_and_not_inequalities():
    lemma = {"rule": "lemma", "each": [], "zero": X_ROOT, "proof": membership(cited(0))}
    then = by_sign(row(ONE, times=[use(1)]))
    refused(stated(num(0), minus(num(0), x), [zero("x", x)], sign="≤"), {**lemma, "then": then}, "used as a ≤")
    split = {**either("in:S", "i"), "if_one": then, "if_other": then}
    refused(stated(num(0), x, POSITIVE[:1], fixed=[i], sign="≤"), split)


@pytest.mark.parametrize("cited_as", [use(2), use(-1), use(True), use("0"), {"hypothesis": 0}, {"at": []}, [], None, 0])
def test_what_is_cited_as_a_factor_is_a_hypothesis(cited_as):
    refused(stated(num(0), x, POSITIVE, sign="≤"), by_sign(row(ONE, times=[cited_as])))


def test_a_list_of_factors_is_never_left_out():
    without = {"weight": "1", "each": [], "root": ONE}
    refused(stated(num(0), num(1), sign="≤"), by_sign(without), "no list 'times'")


@pytest.mark.parametrize("sign", ["<", "≠", "≥", "", None])
def test_a_hypothesis_is_an_equation_or_an_inequality(sign):
    hypothesis = Hypothesis("x", (), num(0), x, sign=sign)
    with pytest.raises(StatementError, match="not = or ≤"):
        check(stated(x, x, [hypothesis]), MEMBERSHIP)


def test_the_index_of_a_factor_may_not_reach_outside_its_sum():
    rows = row(ONE, each=[["a", "n"]]), row(ONE, times=[use(0, "a")])
    refused(stated(num(0), v(i), [at_least("v", v(k), k)], each=[i], sign="≤"), by_sign(*rows), "not declared")
    at_zero = by_sign(row(ONE, times=[use(0, 0)]))
    refused(stated(num(0), v(i), [at_least("v", v(k), k)], each=[i], sign="≤"), at_zero, "not declared")


# Strict inequalities ------------------------------------------------------------------------------------------------

INVERSE = Hypothesis("x z = 1", (), times(x, z), num(1))
Z_ROOT = [product(("z", []))]
STRICT = {"inverse": Z_ROOT, "unit": membership(cited(1))}


def test_a_strict_inequality_needs_an_inverse_of_the_difference():
    """0 < x from 0 ≤ x and x z = 1."""
    hypotheses = [POSITIVE[0], INVERSE]
    theorem = check(stated(num(0), x, hypotheses, sign="<"), by_sign(row(ONE, times=[use(0)]), **STRICT))
    assert theorem.used == ("x ≥ 0", "x z = 1")


def test_a_strict_inequality_between_numbers():
    half = [product(coefficient="1/2")]
    check(stated(num(1), num(3), sign="<"), by_sign(row(ONE, "2"), inverse=half, unit=MEMBERSHIP))
    refused(stated(num(3), num(1), sign="<"), by_sign(row(ONE, "2"), inverse=half, unit=MEMBERSHIP))
    refused(stated(num(1), num(1), sign="<"), by_sign(inverse=half, unit=MEMBERSHIP))
    refused(stated(num(1), num(1), sign="<"), by_sign(inverse=[], unit=MEMBERSHIP))


@pytest.mark.parametrize("missing", ["inverse", "unit", "proof", "squares"])
def test_a_strict_inequality_needs_all_its_parts(missing):
    certificate = by_sign(row(ONE, times=[use(0)]), **STRICT)
    del certificate[missing]
    refused(stated(num(0), x, [POSITIVE[0], INVERSE], sign="<"), certificate, f"'{missing}'")


def test_what_may_vanish_is_not_strictly_positive():
    """x² ≥ 0 is no x² > 0; nor is x > 0 without a sign, or without an inverse that is one."""
    refused(stated(num(0), times(x, x), sign="<"), by_sign(row(X_ROOT), inverse=Z_ROOT, unit=MEMBERSHIP))
    refused(stated(num(0), x, [INVERSE], sign="<"), by_sign(inverse=Z_ROOT, unit=membership(cited(0))))
    refused(stated(num(0), x, POSITIVE, sign="<"), by_sign(row(ONE, times=[use(0)]), inverse=[], unit=MEMBERSHIP))
    zero_times = [POSITIVE[0], Hypothesis("x z = 0", (), times(x, z), num(0))]
    refused(stated(num(0), x, zero_times, sign="<"), by_sign(row(ONE, times=[use(0)]), **STRICT))


def test_the_inverse_is_one_of_the_difference_and_not_of_another_letter():
    hypotheses = [POSITIVE[0], Hypothesis("y z = 1", (), times(y, z), num(1))]
    refused(stated(num(0), x, hypotheses, sign="<"), by_sign(row(ONE, times=[use(0)]), **STRICT))


def test_the_inverse_is_one_at_each_index():
    """v_i > 0 for all i: from v_i w_i = 1 for all i, not from one index, nor from Σ v_i w_i = 1."""
    certificate = by_sign(
        row(ONE, times=[use(0, "i")]), inverse=[product(("w", ["i"]))], unit=membership(cited(1, at=["i"]))
    )
    positive = at_least("v ≥ 0", v(k), k)
    unit = Hypothesis("v w = 1", (k,), times(v(k), w(k)), num(1))
    check(stated(num(0), v(i), [positive, unit], each=[i], sign="<"), certificate)
    at_one = Hypothesis("v_j w_j = 1", (), times(v(j), w(j)), num(1))
    refused(stated(num(0), v(i), [positive, at_one], each=[i], fixed=[j], sign="<"), certificate, "is used at")
    summed = Hypothesis("Σ v w = 1", (), total([k], times(v(k), w(k))), num(1))
    bare = {**certificate, "unit": membership(cited(1))}
    refused(stated(num(0), v(i), [positive, summed], each=[i], sign="<"), bare)


def test_the_first_term_is_the_one_that_does_not_vanish():
    """0 < 1 + x² by 1, whatever x² is; not by x² with the inverse of 1, nor by a term that has no weight."""
    goal = stated(num(0), plus(num(1), times(x, x)), sign="<")
    check(goal, by_sign(row(ONE), row(X_ROOT), inverse=ONE, unit=MEMBERSHIP))
    refused(goal, by_sign(row(X_ROOT), row(ONE), inverse=ONE, unit=MEMBERSHIP), "the two sides differ")
    refused(goal, by_sign(row(ONE, "0"), row(ONE), row(X_ROOT), inverse=ONE, unit=MEMBERSHIP), "the two sides differ")
    refused(goal, by_sign(row(ONE), inverse=ONE, unit=MEMBERSHIP), "the two sides differ")
    refused(goal, by_sign(inverse=ONE, unit=MEMBERSHIP), "the two sides differ")


def test_an_inverse_does_not_help_where_the_sign_is_not_strict():
    refused(stated(num(0), x, [INVERSE], sign="≤"), by_sign(inverse=Z_ROOT, unit=membership(cited(0))))


# Split on what is shown to be 0 or 1 --------------------------------------------------------------------------------

IDEMPOTENT = [zero("y² = y", minus(times(y, y), y)), zero("y x", times(y, x)), zero("x − y x", minus(x, times(y, x)))]
ON_Y = {
    **either("y"),
    "product": membership(cited(0)),
    "if_one": membership(cited(2), cited(3, factors=[("x", [])])),
    "if_other": membership(cited(1), cited(3, "-1", factors=[("x", [])])),
}


def test_split_on_a_letter_that_is_shown_to_be_idempotent():
    assert check(stated(x, num(0), IDEMPOTENT), ON_Y).used == ("y² = y", "y x", "x − y x")


def test_split_on_a_letter_that_is_not_idempotent():
    """y² = 1, y³ = y, y² = 2y, or nothing said of y: neither makes it 0 or 1."""
    for wrong in (minus(times(y, y), num(1)), minus(times(y, y, y), y), minus(times(y, y), times(num(2), y)), num(0)):
        refused(stated(x, num(0), [zero("y", wrong), *IDEMPOTENT[1:]]), ON_Y)


def test_split_does_not_use_its_cases_to_show_that_there_are_only_two():
    for number in (3, 4):
        refused(stated(x, num(0), IDEMPOTENT), {**ON_Y, "product": membership(cited(number))}, "cites hypothesis")


def test_split_on_an_entry_that_is_idempotent_at_another_index():
    """v_j² = v_j does not make v_i 0 or 1; v_k² = v_k for all k does, at its own index."""

    def square(at, *each):
        return zero("v² = v", minus(times(v(at), v(at)), v(at)), *each)

    def split(at, *own):
        factor = [("v", [at])]
        ways = {"if_one": membership(cited(1, factors=factor)), "if_other": membership(cited(1, factors=factor))}
        return {**either("v", at), "product": membership(cited(0, at=own)), **ways}

    cube = stated(times(v(i), v(i), v(i)), v(i), [square(k, k)], fixed=[i, j])
    at_i = split("i", "i")
    at_i["if_one"] = membership(cited(1, factors=[("v", ["i"]), ("v", ["i"])]), cited(1, "-1"))
    at_i["if_other"] = membership(cited(1, factors=[("v", ["i"]), ("v", ["i"])]), cited(1, factors=[("v", ["i"])]))
    check(cube, at_i)
    refused(cube, {**at_i, **either("v", "j"), "product": at_i["product"]})
    refused(cube, {**at_i, "product": membership(cited(0, at=["j"]))})
    refused(stated(times(v(i), v(i), v(i)), v(i), [square(j)], fixed=[i, j]), at_i, "is used at")


@pytest.mark.parametrize("letter", [["A", "i", "i"], ["size:n"], ["x"], ["v", "i"]])
def test_every_other_letter_needs_its_proof_of_being_idempotent(letter):
    refused(stated(x, num(0), IDEMPOTENT, fixed=[i, j]), {**ON_Y, **either(*letter)})
    refused(stated(x, num(0), IDEMPOTENT, fixed=[i, j]), {**ON_Y, **either(*letter), "product": ON_Y["product"]})


# Split on two factors of what is 0 ----------------------------------------------------------------------------------

FACTORS = [zero("x y", times(x, y)), zero("z if x", minus(z, times(x, z))), zero("z if y", minus(z, times(y, w(i))))]
BY_FACTORS = {
    "rule": "split",
    "one": [product(("x", []))],
    "other": [product(("y", []))],
    "product": membership(cited(0)),
    "if_one": membership(cited(1), cited(3, factors=[("z", [])])),
    "if_other": membership(cited(2), cited(3, factors=[("w", ["i"])])),
}
EITHER = stated(z, num(0), FACTORS, fixed=[i, j])


def test_split_on_the_factors_of_what_is_zero():
    assert check(EITHER, BY_FACTORS).used == ("x y", "z if x", "z if y")


def test_the_product_of_the_factors_has_to_be_shown_to_vanish():
    """x + y = 0, x y = 1, x y z = 0 or nothing at all: none makes x or y zero."""
    for other in (plus(x, y), minus(times(x, y), num(1)), times(x, y, z), num(0)):
        refused(stated(z, num(0), [zero("x y", other), *FACTORS[1:]], fixed=[i, j]), BY_FACTORS)
    for number in (1, 2, 3, 4):
        refused(EITHER, {**BY_FACTORS, "product": membership(cited(number))})
    refused(EITHER, {**BY_FACTORS, "product": MEMBERSHIP}, "the two sides differ")


def test_each_factor_is_zero_in_its_own_case_only():
    swapped = {**BY_FACTORS, "if_one": BY_FACTORS["if_other"], "if_other": BY_FACTORS["if_one"]}
    refused(EITHER, swapped)
    check(EITHER, {**swapped, "one": BY_FACTORS["other"], "other": BY_FACTORS["one"]})
    refused(EITHER, {**BY_FACTORS, "if_one": membership(cited(3))})
    refused(EITHER, {**BY_FACTORS, "if_other": membership(cited(4))}, "cites hypothesis 4; there are 4")


def test_a_sum_that_vanishes_is_no_product_of_vanishing_entries():
    """Σ_k v_k w_k = 0 makes neither v_i nor w_i zero, nor does v_j w_j = 0; v_k w_k = 0 for all k does."""
    goal = times(v(i), w(i), x)
    split = {
        "rule": "split",
        "one": [product(("v", ["i"]))],
        "other": [product(("w", ["i"]))],
        "product": membership(cited(0)),
        "if_one": membership(cited(1, factors=[("w", ["i"]), ("x", [])])),
        "if_other": membership(cited(1, factors=[("v", ["i"]), ("x", [])])),
    }
    refused(stated(goal, num(0), [zero("sum", total([k], times(v(k), w(k))))], fixed=[i, j]), split)
    refused(stated(goal, num(0), [zero("at j", times(v(j), w(j)))], fixed=[i, j]), split)
    at_each = {**split, "product": membership(cited(0, at=["i"]))}
    check(stated(goal, num(0), [zero("each", times(v(k), w(k)), k)], fixed=[i, j]), at_each)
    summed = {**split, "one": [product(("v", [0]), bound=["n"])], "other": [product(("w", [0]), bound=["n"])]}
    refused(stated(goal, num(0), [zero("each", times(v(k), w(k)), k)], fixed=[i, j]), summed)


def test_a_matrix_product_that_vanishes_has_no_factor_that_does():
    """(A²)_ij = 0 for all i, j: split at an entry it is a sum of products, and A_ij is no factor of it."""
    square = zero("A²", total([k], times(tensor("A", i, k), tensor("A", k, j))), i, j)
    entry = [product(("A", ["i", "j"]))]
    own = membership(cited(1))
    split = {"rule": "split", "one": entry, "other": entry, "if_one": own, "if_other": own}
    statement = stated(tensor("A", i, j), num(0), [square], each=[i, j])
    for reason in (MEMBERSHIP, membership(cited(0, at=["i", "j"])), membership(cited(0, at=["j", "i"]))):
        refused(statement, {**split, "product": reason})


# Squares with further terms -----------------------------------------------------------------------------------------

HALVES = zero("x² + y² = 0", plus(times(x, x), times(y, y)))
Y_ROOT = [product(("y", []))]


def test_a_square_beside_others_vanishes():
    """x = 0 from x² + y² = 0, the y² as a further non-negative term."""
    check(stated(x, num(0), [HALVES]), {"rule": "squares", "squares": [row(Y_ROOT)], "proof": membership(cited(0))})


def test_a_square_beside_a_product_of_inequalities_vanishes():
    """x = 0 from x² + y z = 0 with y, z ≥ 0; without the sign of z it does not follow."""
    hypotheses = [zero("x² + y z", plus(times(x, x), times(y, z))), at_least("y", y), at_least("z", z)]
    certificate = {"rule": "squares", "squares": [row(ONE, times=[use(1), use(2)])], "proof": membership(cited(0))}
    check(stated(x, num(0), hypotheses), certificate)
    refused(stated(x, num(0), [*hypotheses[:2], zero("z", z)]), certificate, "is a =")
    bad = {"rule": "squares", "squares": [row(ONE, times=[use(1)])], "proof": membership(cited(0))}
    refused(stated(x, num(0), hypotheses), bad)


@pytest.mark.parametrize("sign", ["-1", "0", "2"])
def test_what_stands_beside_a_square_is_not_negative_and_is_all(sign):
    """x² − y² = 0 gives no x = 0."""
    hypothesis = zero("x² ± y² = 0", plus(times(x, x), times(num(-1), y, y)))
    certificate = {"rule": "squares", "squares": [row(Y_ROOT, sign)], "proof": membership(cited(0))}
    refused(stated(x, num(0), [hypothesis]), certificate)


def test_each_goal_needs_its_own_square():
    """x² + y² = 0 gives y = 0 with x² beside it, and not with y² beside it."""
    goal = stated(y, num(0), [HALVES])
    refused(goal, {"rule": "squares", "squares": [row(Y_ROOT)], "proof": membership(cited(0))})
    check(goal, {"rule": "squares", "squares": [row(X_ROOT)], "proof": membership(cited(0))})


# Sets that exist ----------------------------------------------------------------------------------------------------


def exists(left, right, hypotheses=(), sets=(("I", "n"),), chosen=(("I", ""),), **more):
    return replace(stated(left, right, hypotheses, **more), sets=tuple(sets), exists=tuple(chosen))


def member(index):
    return tensor("in:I", index)


ZERO_ONE = zero("v² = v", minus(times(v(k), v(k)), v(k)), k)
COUNTED = Hypothesis("Σ v = #m", (), total([k], v(k)), tensor("size:m"))
V_ROW = [product(("v", ["a"]))]
CHOOSE = {
    "rule": "choose",
    "set": "I",
    "each": [["a", "n"]],
    "member": V_ROW,
    "idempotent": membership(cited(0, at=["a"])),
    "count": membership(cited(1)),
    "then": membership(cited(2, at=["i"])),
}
CHOSEN = exists(member(i), v(i), [ZERO_ONE, COUNTED], chosen=[("I", "m")], each=[i])


def test_a_set_exists_where_its_members_are_told():
    """There is a set I of m members with [i ∈ I] = v_i, where v_i² = v_i and Σ v_i = m."""
    assert check(CHOSEN, CHOOSE).used == ("v² = v", "Σ v = #m")


def test_a_set_of_any_size_needs_no_count():
    statement = exists(member(i), v(i), [ZERO_ONE, COUNTED], each=[i])
    check(statement, {key: value for key, value in CHOOSE.items() if key != "count"})


@pytest.mark.parametrize("missing", ["set", "each", "member", "idempotent", "count", "then"])
def test_a_choice_needs_all_its_parts(missing):
    refused(CHOSEN, {key: value for key, value in CHOOSE.items() if key != missing})


def test_members_are_chosen_by_what_is_0_or_1():
    """v_i² = v_i at one i, v_i² = 1, or nothing at all."""
    square = zero("v² = 1", minus(times(v(k), v(k)), num(1)), k)
    for wrong in (zero("at j", minus(times(v(j), v(j)), v(j))), square, zero("0", num(0), k)):
        statement = exists(member(i), v(i), [wrong, COUNTED], chosen=[("I", "m")], each=[i], fixed=[j])
        refused(statement, CHOOSE)


def test_the_choice_is_not_used_to_show_that_it_may_be_made():
    by_itself = membership(cited(2, at=["a"], factors=[("v", ["a"])]), cited(2, "-1", at=["a"]))
    refused(CHOSEN, {**CHOOSE, "idempotent": by_itself}, "cites hypothesis 2; there are 2")
    refused(CHOSEN, {**CHOOSE, "count": membership(cited(2, bound=["n"], at=[0]))}, "cites hypothesis 2; there are 2")
    inside_itself = [product(("in:I", ["a"]))]
    refused(CHOSEN, {**CHOOSE, "member": inside_itself, "idempotent": MEMBERSHIP}, "in:I takes")


def test_a_set_has_the_size_that_was_shown():
    for size in ("n", "m"):
        other = exists(member(i), v(i), [ZERO_ONE], chosen=[("I", size)], each=[i])
        refused(other, {**CHOOSE, "count": MEMBERSHIP, "then": membership(cited(1, at=["i"]))})
    twice = Hypothesis("2 Σ v = #m", (), times(num(2), total([k], v(k))), tensor("size:m"))
    refused(exists(member(i), v(i), [ZERO_ONE, twice], chosen=[("I", "m")], each=[i]), CHOOSE)
    refused(exists(member(i), v(i), [ZERO_ONE, COUNTED], chosen=[("I", "n")], each=[i]), CHOOSE)


def test_all_and_none_are_sets():
    everything = {**CHOOSE, "member": ONE, "idempotent": MEMBERSHIP, "count": MEMBERSHIP}
    full = exists(member(i), num(1), chosen=[("I", "n")], each=[i])
    check(full, {**everything, "then": membership(cited(0, at=["i"]))})
    refused(exists(member(i), num(1), chosen=[("I", "m")], each=[i]), everything)
    refused(full, {**everything, "member": []}, ".")


def test_a_choice_may_not_depend_on_an_index_of_the_goal():
    """There is no I with [i ∈ I] = δ_ij for all i and j at once; for a fixed j there is."""
    delta_ij = tensor("delta", i, j)
    by_j = {
        "rule": "choose", "set": "I", "each": [["a", "n"]], "member": [product(("delta", ["a", "j"]))],
        "idempotent": MEMBERSHIP, "then": membership(cited(0, at=["i"])),
    }  # fmt: skip
    check(exists(member(i), delta_ij, fixed=[j], each=[i]), by_j)
    refused(exists(member(i), delta_ij, each=[i, j]), by_j, "'j', which is not declared")
    own = {**by_j, "each": [["j", "n"]], "member": [product(("delta", ["j", "i"]))]}
    refused(exists(member(i), delta_ij, each=[i, j]), own, "'i', which is not declared")


@pytest.mark.parametrize("each", [[], [["a", "m"]], [["a", "n"], ["b", "n"]], [["j", "n"]], [["a", "k"]], ["a"]])
def test_members_are_chosen_by_one_index_over_the_sets_dimension(each):
    statement = exists(member(i), v(i), [ZERO_ONE, COUNTED], each=[i], fixed=[j])
    refused(statement, {**CHOOSE, "each": each})
    everything = {"member": ONE, "idempotent": MEMBERSHIP, "then": MEMBERSHIP}
    told = "I is a set over n, but is chosen by|is declared twice|is no dimension|is no list of indices"
    refused(replace(statement, left=num(0), right=num(0)), {**CHOOSE, **everything, "each": each}, told)


def test_no_hypothesis_speaks_of_a_set_that_is_to_be_chosen():
    """Else 'there is an I with …' could be had from an assumption about this very I."""
    for hypothesis in (zero("i ∈ I", minus(member(k), num(1)), k), zero("#I", total([k], member(k)))):
        statement = exists(member(i), num(1), [hypothesis], each=[i])
        refused(statement, membership(cited(0, at=["i"])), "in:I takes indices over nothing declared")


def test_a_set_is_not_mentioned_before_it_is_chosen():
    """Two sets: the first may not be chosen by the second, nor the second before the first."""
    two = exists(member(i), tensor("in:J", i), sets=[("I", "n"), ("J", "n")], chosen=[("I", ""), ("J", "")], each=[i])
    both = {**CHOOSE, "member": ONE, "idempotent": MEMBERSHIP}
    second = {**both, "set": "J", "then": membership(cited(0, at=["i"]), cited(1, "-1", at=["i"]))}
    check(two, {**both, "then": second})
    refused(two, {**both, "member": [product(("in:J", ["a"]))], "then": second}, "in:J takes")
    refused(two, {**second, "then": both}, "claimed to exist")
    by_first = {**second, "member": [product(("in:I", ["a"]))], "then": membership(cited(1, "-1", at=["i"]))}
    check(two, {**both, "then": by_first})


def test_a_set_is_chosen_once_and_before_all_else():
    then = CHOOSE["then"]
    refused(CHOSEN, then, "claimed to exist; the certificate has first to choose it")
    refused(CHOSEN, {**CHOOSE, "set": "J"}, "claimed to exist")
    refused(CHOSEN, {**CHOOSE, "rule": "lemma"}, "claimed to exist")
    refused(CHOSEN, {**CHOOSE, "then": CHOOSE}, "no rule 'choose'")
    lemma = {"rule": "lemma", "each": [], "zero": [], "proof": MEMBERSHIP, "then": CHOOSE}
    refused(CHOSEN, lemma, "claimed to exist")
    refused(stated(x, x), {**CHOOSE, "then": MEMBERSHIP}, "no rule 'choose'")
    given_set = stated(inside(i), v(i), [ZERO_ONE], each=[i])
    refused(given_set, {**CHOOSE, "set": "S", "then": membership(cited(1, at=["i"]))}, "no rule 'choose'")


ODD = {
    "twice": {"chosen": [("I", ""), ("I", "")]},
    "twice, over a dimension without a name": {
        "sets": [("I", "")], "chosen": [("I", ""), ("I", "")], "dims": ["n", ""]
    },
    "not declared": {"sets": []},
    "of a size that is no dimension": {"chosen": [("I", "k")]},
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_a_statement_chooses_declared_sets_once(name):
    """Chosen twice, a set would be empty and full at once, and anything would follow."""
    odd = dict(ODD[name])
    dims = tuple(odd.pop("dims", ("m", "n")))
    over = [["a", dims[-1]]]
    then = membership(cited(0, "-1", bound=[""], at=[0]), cited(1, bound=[""], at=[0]))
    full = {"rule": "choose", "set": "I", "each": over, "member": ONE, "idempotent": MEMBERSHIP, "then": then}
    twice = {**full, "member": [], "then": full}
    statement = replace(exists(tensor("size:") if "" in dims else num(1), num(0), **odd), dims=dims)
    with pytest.raises(StatementError, match=r"chosen twice|not declared"):
        check(statement, twice)


# Work ---------------------------------------------------------------------------------------------------------------

MANY = {f"x{number}": () for number in range(200)}
XS = [tensor(name) for name in MANY]


def wide(count, first=0):
    return plus(*XS[first : first + count])


def nested(kind, formula, depth):
    for _ in range(depth):
        formula = kind(times(XS[0], XS[0]), (Move("x0", (), plus(formula, num(1))),))
    return formula


EXPLOSIVE = {
    "a product of sums": lambda: times(*(wide(2, 2 * k) for k in range(60))),
    "a power of a sum": lambda: times(*[wide(150)] * 5),
    "replacements in replacements": lambda: nested(Put, XS[0], 50),
    "a power": lambda: times(*[XS[0]] * 100_000),
    "sums in sums": lambda: total([n_(f"a{number}") for number in range(1000)], XS[0]),
    "derivatives of derivatives": lambda: reduce(
        lambda body, _: Derive(body, tuple(Move(name, (), wide(40)) for name in MANY)), range(30), times(*XS)
    ),
    "numbers that grow": lambda: times(*[num(10**2999)] * 1000),
    "denominators that grow": lambda: plus(*(num(Fraction(1, 10**2999 + number)) for number in range(1000))),
}


@pytest.mark.parametrize("name", EXPLOSIVE)
def test_a_statement_that_explodes_is_refused_soon(name):
    statement = given(EXPLOSIVE[name](), num(0), letters=MANY)
    with pytest.raises(CertificateError, match=r"this takes more than|a term of more than"):
        check(statement, MEMBERSHIP)


def branches(depth):
    """Both ways of a case distinction, again and again: a small certificate that stands for a large tree."""
    if not depth:
        return membership(*[cited(0), cited(0, "-1")] * 10)
    inner = branches(depth - 1)
    return {**either("delta", "i", "j"), "if_one": inner, "if_other": inner}


WIDE_ROOT = [product((name, [])) for name in MANY]
LABORIOUS = {
    "a square of a long root": ("≤", by_sign(*[row(WIDE_ROOT)] * 100)),
    "a product of many hypotheses": ("≤", by_sign(row(ONE, times=[use(1)] * 4))),
    "many cofactors of a long hypothesis": ("=", membership(*[cited(0)] * 50_000)),
    "many branches": ("=", branches(8)),
}


@pytest.mark.parametrize("name", LABORIOUS)
def test_a_certificate_that_asks_for_much_work_is_refused_soon(name):
    sign, certificate = LABORIOUS[name]
    hypotheses = [zero("long", wide(200)), at_least("long", wide(100))]
    statement = given(num(0), num(0), letters=MANY, hypotheses=hypotheses, fixed=[i, j], sign=sign)
    with pytest.raises(CertificateError, match="this takes more than"):
        check(statement, certificate)


def test_a_number_that_grows_from_lemma_to_lemma_is_refused():
    """10²⁹⁰⁰ x = 0, and 10²⁹⁰⁰ times that: the second number is too long to go on with."""
    large = "1" + "0" * 2900
    statement = given(num(0), num(0), letters=MANY, hypotheses=[zero("x0", XS[0])])
    once = {"rule": "lemma", "each": [], "zero": [product(("x0", []), coefficient=large)]}
    check(statement, {**once, "proof": membership(cited(0, large)), "then": MEMBERSHIP})
    with pytest.raises(CertificateError, match="numbers of more than"):
        check(statement, {**once, "proof": membership(cited(0, large)), "then": membership(cited(1, large))})


def test_a_number_that_grows_by_many_denominators_is_refused():
    rows = [cited(0, f"1/{10**2000 + number}") for number in range(20)]
    with pytest.raises(CertificateError, match="numbers of more than"):
        check(given(num(0), num(0), letters=MANY, hypotheses=[zero("x0", XS[0])]), membership(*rows))


def test_the_work_that_a_check_may_do_does_not_depend_on_what_was_read_before(monkeypatch):
    """With however little work allowed: read for the first time or remembered, the answer is the same."""
    side = times(*[wide(6)] * 2)
    statement = given(side, side, letters=MANY, hypotheses=[zero("x", side)])
    kernel_check = sys.modules["derive.kernel.check"]
    answers = []
    for allowed in range(0, 1000, 20):
        monkeypatch.setattr("derive.kernel.terms.MOST_WORK", allowed)
        for remembered in (kernel_check._hypotheses, sys.modules["derive.kernel.terms"]._normal):
            remembered.cache_clear()
        first, second = (accepts(statement, MEMBERSHIP) for _ in range(2))
        assert first == second, allowed
        answers.append(first)
    assert (answers[0], answers[-1]) == (False, True)
    assert answers == sorted(answers)


def accepts(statement, certificate):
    """Whether the certificate is accepted; if not, for the work that it takes."""
    told = ""
    try:
        check(statement, certificate)
    except CertificateError as error:
        told = str(error)
    assert told == "" or "this takes more than" in told
    return not told


def test_work_is_counted_anew_for_each_check(monkeypatch):
    """What one check has used up is not missing in the next; nor does what is remembered of a statement count."""
    statement = given(times(*[wide(10)] * 2), times(*[wide(10)] * 2), letters=MANY)
    for _ in range(3):
        check(statement, membership())
        monkeypatch.setattr("derive.kernel.terms.MOST_WORK", 4_000)
        statement = replace(statement, fixed=(i,))
        with pytest.raises(CertificateError, match="more than 4000 steps"):
            check(given(times(*[wide(40)] * 2), num(0), letters=MANY), MEMBERSHIP)


def test_work_outside_of_a_check_is_not_counted(monkeypatch):
    monkeypatch.setattr("derive.kernel.terms.MOST_WORK", 0)
    scope_ = Scope(given(num(0), num(0), letters=MANY))
    assert len(expand(times(wide(20), wide(20, 20)), scope_).terms) == 400
    with pytest.raises(CertificateError, match="more than 0 steps"):
        check(given(XS[0], XS[0], letters=MANY), MEMBERSHIP)


def test_a_refusal_shows_the_first_terms_of_a_long_difference():
    with pytest.raises(CertificateError, match=r"x99 \+ …") as caught:
        check(given(wide(150), num(0), letters=MANY), membership(names=[[]] * 150))
    assert "x100" not in str(caught.value)


# Objects that only look like JSON -----------------------------------------------------------------------------------


class ChangingSquares(dict):
    """Lists no squares when it is asked first, and one that is positive when it is asked again."""

    asked = 0

    def get(self, key, default=None):
        if key != "squares":
            return super().get(key, default)
        self.asked += 1
        return [] if self.asked == 1 else [{"weight": "1", "each": [], "root": [ROW_OF_ONE], "times": []}]


class LyingRenaming(list):
    """Says when it is gone through that it is a permutation, and gives every index one number."""

    def __iter__(self):
        return iter((0, 1))

    def __getitem__(self, place):
        return 0


ROW_OF_ONE = {"coefficient": "1", "factors": [], "bound": []}


def test_a_certificate_that_changes_while_it_is_read_is_refused():
    changing = ChangingSquares(rule="sign", inverse=[ROW_OF_ONE], proof=MEMBERSHIP, unit=MEMBERSHIP)
    refused_as_written(given(num(0), num(0), sign="<"), changing, "no str 'rule'")


def test_a_renaming_that_is_no_plain_list_is_refused():
    i, j = n_("i"), n_("j")
    ring, square = (total((i, j), times(tensor("A", i, j), tensor("A", *ends))) for ends in ((j, i), (i, j)))
    lying = {"rule": "membership", "cofactors": [], "names": [LyingRenaming((0, 1)), LyingRenaming((0, 1))]}
    refused_as_written(given(ring, square), lying, "no renaming")
