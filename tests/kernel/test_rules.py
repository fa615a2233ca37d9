"""Each inference rule: what it proves, and each way in which it must not be stretched."""

from __future__ import annotations

import copy

import pytest

from derive.errors import CertificateError
from derive.kernel import check
from derive.kernel.statement import Hypothesis
from tests.kernel.makers import (
    MEMBERSHIP,
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
    "rule": "split",
    "letter": ["in:S", ["i"]],
    "zero": membership(cited(1), cited(2, factors=[("x", [])])),
    "one": membership(cited(0), cited(2, "-1", factors=[("x", [])])),
}
SPLIT = stated(x, num(0), BOTH, fixed=[i, j])


def test_split_proves_what_holds_in_both_cases():
    assert check(SPLIT, BY_CASES).used == ("in", "out")


def test_split_uses_each_case_in_its_own_branch_only():
    """From x = [i∈S] alone neither x = 0 nor x = 1 follows."""
    hypothesis = Hypothesis("x", (), x, inside(i))
    for value, branch in ((0, "zero"), (1, "one")):
        statement = stated(x, num(value), [hypothesis], fixed=[i])
        holds = membership(cited(0), cited(1))
        other = "one" if branch == "zero" else "zero"
        split = {"rule": "split", "letter": ["in:S", ["i"]], branch: holds}
        refused(statement, {**split, other: holds}, "the two sides differ")
        refused(statement, {**split, other: membership(cited(0), cited(2))})


def test_what_is_proved_inside_a_case_does_not_leave_it():
    """A lemma of the first branch is not there in the second, nor after the split."""
    lemma = {"rule": "lemma", "each": [], "zero": [product(("x", []))]}
    inner = {**lemma, "proof": BY_CASES["zero"], "then": membership(cited(3))}
    check(SPLIT, {**BY_CASES, "zero": inner})
    refused(SPLIT, {**BY_CASES, "zero": inner, "one": membership(cited(3))}, "cites hypothesis 3; there are 3")


def test_a_case_holds_at_its_own_index_only():
    """[i∈S] = 0 may not be used as [j∈S] = 0 or for all indices."""
    refused(SPLIT, {**BY_CASES, "letter": ["in:S", ["j"]]}, "the two sides differ")
    bad = copy.deepcopy(BY_CASES)
    bad["zero"]["cofactors"][1]["at"] = ["j"]
    refused(SPLIT, bad, "is used at")


PLAIN = [["x", []], ["v", ["i"]], ["size:n", []], ["in:S", []], ["delta", ["i"]], ["in:S", [0]]]


@pytest.mark.parametrize("letter", PLAIN)
def test_only_letters_that_are_zero_or_one_are_split(letter):
    refused(SPLIT, {**BY_CASES, "letter": letter})


def test_a_generic_letter_is_not_zero_or_one():
    """x² = x would follow from x = 0 or x = 1, as [i∈S]² = [i∈S] does."""
    times_x = cited(0, factors=[("x", [])])
    branches = {"zero": membership(times_x, cited(0, "-1")), "one": membership(times_x)}
    certificate = {"rule": "split", "letter": ["x", []], **branches}
    refused(stated(times(x, x), x), certificate, "no Mapping 'idempotent'")


def test_a_context_sums_over_declared_dimensions_only():
    refused(stated(x, num(0), [zero("x", x)]), membership(cited(0, bound=["k"])), "sums over")


@pytest.mark.parametrize("branch", ["zero", "one"])
def test_split_needs_both_branches(branch):
    refused(SPLIT, {key: value for key, value in BY_CASES.items() if key != branch}, f"no Mapping '{branch}'")


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
        "rule": "split",
        "letter": ["delta", ["i", "j"]],
        "zero": membership(cited(0, at=["i", "j"]), cited(2, factors=[entry])),
        "one": membership(cited(1, at=["i", "j"]), cited(2, "-1", factors=[entry])),
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
