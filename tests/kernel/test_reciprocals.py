"""A letter that is a reciprocal moves with what it is the reciprocal of, and whatever else is tied to it is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import settings

from derive.errors import StatementError
from derive.kernel import Hypothesis, check
from derive.kernel.statement import Derive, Move, Put, Scope, expand
from tests.kernel.makers import FIXED, LETTERS, formulas, given, n_, num, plus, refused, tensor, times, total
from tests.kernel.oracle import plain, random_world, values_of, worth, worth_of_poly

i, j, p = FIXED
a, b, c, e, q, r = (n_(name) for name in "abceqr")
SIZES, MEMBERS = {"n": 3, "m": 2}, {"S": frozenset({0, 2})}
s, t, x, R, Q = (tensor(name) for name in "stxRQ")
ALL = {**LETTERS, "t": (), "x": (), "R": (), "Q": (), "P": ("n",)}


def A(*indices):
    return tensor("A", *indices)


def v(index):
    return tensor("v", index)


def reciprocal(name, divisor, *each, **changed):
    hypothesis = Hypothesis(f"{name} = 1/…", each, times(tensor(name, *each), divisor), num(1), reciprocal=True)
    return replace(hypothesis, **changed)


def d(body, *moves):
    return Derive(body, moves)


def to(name, value, *slots):
    return Move(name, slots, value)


by_s, by_t, by_x = (to(name, num(1)) for name in "stx")
by_v = to("v", tensor("delta", q, j), q)
by_A = to("A", times(tensor("delta", q, i), tensor("delta", r, j)), q, r)
along = to("A", A(r, q), q, r)

norm = total([a], times(v(a), v(a)))
trace = total([a, b], times(A(a, b), A(b, a)))
one_s = reciprocal("R", s)
one_st = reciprocal("R", times(s, t))
sum_st = reciprocal("R", plus(s, t))
one_norm = reciprocal("R", norm)
one_trace = reciprocal("R", trace)
each_v = reciprocal("P", plus(num(1), times(v(e), v(e))), e)
each_row = reciprocal("P", total([b], times(A(e, b), v(b))), e)
nested = (one_s, reciprocal("Q", plus(R, t)))

FOLLOWED = {
    "1/s": (d(R, by_s), (one_s,)),
    "s/s": (d(times(s, R), by_s), (one_s,)),
    "a power": (d(times(s, R, R, R), by_s), (one_s,)),
    "twice": (d(d(times(t, R), by_s), by_s), (one_s,)),
    "by both letters of a divisor": (d(d(times(x, R), by_s), by_t), (one_st,)),
    "a divisor's other letter in the body": (d(times(t, s, R), by_s), (sum_st,)),
    "a rate with a reciprocal in it": (d(times(s, R), to("s", times(R, t))), (one_s,)),
    "two letters at once": (d(times(x, R), to("s", t), to("x", times(s, s))), (one_s,)),
    "x/‖v‖²": (d(times(v(i), R), by_v), (one_norm,)),
    "second derivative of 1/‖v‖²": (d(d(R, by_v), to("v", A(q, i), q)), (one_norm,)),
    "1/tr A² by A": (d(times(A(i, j), R), by_A), (one_trace,)),
    "1/tr A² along Aᵀ": (d(times(trace, R), along), (one_trace,)),
    "Σ 1/(1 + v²)": (d(total([a], times(v(a), tensor("P", a))), by_v), (each_v,)),
    "one of many": (d(tensor("P", i), by_v), (each_v,)),
    "1/(Av)_i, by v": (d(total([a], times(A(i, a), tensor("P", a))), by_v), (each_row,)),
    "1/(Av)_i, by A": (d(total([a], tensor("P", a)), by_A), (each_row,)),
    "1/(1/s + t)": (d(times(s, Q), by_s), nested),
    "1/(1/s + t), twice": (d(d(times(R, Q), by_s), by_t), nested),
    "at another value of what it does not hang on": (Put(d(times(t, R), by_s), (to("t", times(s, R)),)), (one_s,)),
    "a derivative of a value": (d(Put(times(t, t), (to("t", R),)), by_s), (one_s,)),
    "a divisor that is a derivative": (d(R, by_s), (reciprocal("R", d(times(s, s, s), by_s)),)),
    "a divisor with a fixed index": (d(R, by_v), (reciprocal("R", times(v(i), A(i, j))),)),
    "what does not move": (d(times(s, s, R), by_s), (reciprocal("R", t),)),
}


def scoped(*hypotheses, letters=ALL):
    return Scope(given(num(0), num(0), letters=letters, fixed=FIXED, hypotheses=hypotheses))


def agree(formula, hypotheses, seed):
    """Assert that ``expand`` gives what the oracle does, which divides anew wherever the letters have gone."""
    read = expand(formula, scoped(*hypotheses))
    world = random_world(ALL, SIZES, MEMBERS, seed)
    of = {h.left.items[0].name: (h.each, h.left.items[1]) for h in hypotheses}
    for at in values_of(FIXED, SIZES):
        here = replace(world, reciprocals=of, fixed=at)
        assert worth_of_poly(read, here, at) == plain(worth(formula, here, at)), f"seed {seed}, at {at}"


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", FOLLOWED)
def test_a_reciprocal_moves_with_its_divisor(name, seed):
    agree(*FOLLOWED[name], seed)


@settings(deadline=None, derandomize=True, max_examples=60)
@for_all(formulas(depth=2), formulas(depth=1))
def test_any_quotient_has_the_derivative_that_the_oracle_gives_it(top, divisor):
    hypotheses = (reciprocal("R", plus(divisor, times(s, t))),)
    for moves in ((by_s,), (by_v, along)):
        agree(d(times(top, R), *moves), hypotheses, 23)


# What is refused ----------------------------------------------------------------------------------------------------

equation = Hypothesis("x = R", (), x, R)
REFUSED = {
    "an equation of the author's is no reciprocal": (d(R, by_s), (reciprocal("R", s, reciprocal=False),)),
    "at another point": (Put(R, (to("s", num(2)),)), (one_s,)),
    "at another point, twice": (Put(times(R, s), (to("s", num(2)), to("t", s))), (one_s,)),
    "what is equal to one": (d(x, by_s), (one_s, equation)),
    "what is equal to one, from the other side": (d(R, by_x), (one_s, equation)),
    "what a reciprocal with a known value ties together": (
        d(times(s, t), by_s), (one_st, Hypothesis("R = 2", (), R, num(2))),
    ),
    "the same through two": (
        d(times(s, t), by_s), (one_st, reciprocal("Q", plus(R, x)), Hypothesis("Q = 2", (), Q, num(2))),
    ),
    "a divisor with a letter that is tied to what moves": (
        d(R, by_s), (Hypothesis("t = 2 s", (), t, times(num(2), s)), reciprocal("R", t)),
    ),
    "a root in the divisor": (
        d(R, by_s), (Hypothesis("x² = s", (), times(x, x), s), reciprocal("R", plus(num(1), x))),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_tied_to_what_moves_is_not_held_constant(name):
    formula, hypotheses = REFUSED[name]
    with pytest.raises(StatementError, match="cannot be held constant"):
        expand(formula, scoped(*hypotheses))


NO_RECIPROCAL = {
    "of twice the value": (reciprocal("R", s, right=num(2)),),
    "at most": (reciprocal("R", s, sign="≤"),),
    "of itself": (reciprocal("R", plus(s, R)),),
    "with a second factor": (reciprocal("R", s, left=times(R, s, t)),),
    "mentioned before": (equation, one_s),
    "mentioned before by another": (reciprocal("Q", plus(R, x)), one_s),
    "twice": (reciprocal("R", t), one_s),
    "each of the other": (reciprocal("Q", plus(R, s)), reciprocal("R", plus(Q, s))),
}


@pytest.mark.parametrize("name", NO_RECIPROCAL)
def test_what_is_called_a_reciprocal_and_is_none_is_an_equation_like_any_other(name):
    with pytest.raises(StatementError, match="cannot be held constant"):
        expand(d(times(R, x), by_s), scoped(*NO_RECIPROCAL[name]))


def test_a_reciprocal_at_some_of_its_indices_does_not_say_what_the_others_are():
    once = reciprocal("P", v(i), left=times(tensor("P", i), v(i)))
    with pytest.raises(StatementError, match="cannot be held constant"):
        expand(d(tensor("P", i), by_v), scoped(once))


def test_a_premise_about_one_point_makes_no_reciprocal():
    """It says nothing of how the letter moves, and does not tie it, as no premise does."""
    premise = reciprocal("R", s, standing=False)
    assert expand(d(R, by_s), scoped(premise)) == expand(num(0), scoped())


def test_the_first_factor_is_the_reciprocal():
    turned = reciprocal("R", s, left=times(s, R))
    agree(d(s, to("R", t)), (reciprocal("s", R),), 1)
    with pytest.raises(StatementError, match="s with 0 indices is no letter, a reciprocal"):
        expand(d(R, by_s), scoped(turned))


@pytest.mark.parametrize("kind", [Derive, Put])
def test_a_reciprocal_moves_with_its_divisor_only(kind):
    for moves in ((to("R", num(5)),), (by_s, to("R", num(5)))):
        with pytest.raises(StatementError, match="R with 0 indices is no letter, a reciprocal, or given twice"):
            expand(kind(times(R, s), moves), scoped(one_s))


def test_a_divisor_ties_its_letters_to_nothing():
    for body in (times(s, t), times(s, t, R)):
        agree(d(body, by_s), (one_st,), 3)
    assert expand(Put(times(s, t), (to("s", num(2)),)), scoped(one_st)) == expand(times(num(2), t), scoped())


def test_an_index_that_is_taken_is_not_captured():
    """The index of the hypothesis has the name of one in reach: what would move the reciprocal cannot be written."""
    taken = reciprocal("P", plus(num(1), times(v(e), v(e))), e)
    with pytest.raises(StatementError, match="index e is declared twice"):
        expand(total([e], times(A(e, i), d(tensor("P", e), by_v))), scoped(taken))


# Whole statements ---------------------------------------------------------------------------------------------------

quotient = times(t, R)


def statement(left, right, *hypotheses, **changed):
    return given(left, right, letters=ALL, hypotheses=hypotheses, **changed)


def cofactor(coefficient, factors, hypothesis=0):
    named = [[name, []] for name in factors]
    return {"coefficient": coefficient, "bound": [], "factors": named, "hypothesis": hypothesis, "at": []}


def proof(*cofactors, names=()):
    return {"rule": "membership", "cofactors": list(cofactors), "names": [list(name) for name in names]}


minus_square = times(num(-1), t, R, R)
TRUE = {
    "∂(t/s)/∂s = −t/s²": (d(quotient, by_s), minus_square, proof()),
    "∂(s/s)/∂s = 0": (d(times(s, R), by_s), num(0), proof(cofactor("-1", ["R"]))),
    "s ∂(1/s)/∂s = −1/s": (times(s, d(R, by_s)), times(num(-1), R), proof(cofactor("-1", ["R"]))),
}
FALSE = {
    "a sign": (d(quotient, by_s), times(t, R, R)),
    "a factor": (d(quotient, by_s), times(num(-2), t, R, R)),
    "a power": (d(quotient, by_s), times(num(-1), t, R)),
    "a power more": (d(quotient, by_s), times(num(-1), t, R, R, R)),
    "held constant": (d(quotient, by_s), num(0)),
    "s/s": (d(times(s, R), by_s), R),
    "twice": (d(d(R, by_s), by_s), times(num(-2), R, R, R)),
}


@pytest.mark.parametrize("name", TRUE)
def test_a_true_statement_about_a_quotient_has_a_certificate(name):
    left, right, certificate = TRUE[name]
    check(statement(left, right, one_s), certificate)


@pytest.mark.parametrize("name", TRUE)
def test_no_damaged_certificate_proves_it(name):
    left, right, certificate = TRUE[name]
    for row in certificate["cofactors"]:
        for change in ({"coefficient": "1"}, {"coefficient": "-2"}, {"factors": []}, {"hypothesis": 1}):
            refused(statement(left, right, one_s), proof({**row, **change}))
        refused(statement(left, right, one_s), proof())


@pytest.mark.parametrize("name", FALSE)
def test_a_false_statement_about_a_quotient_is_not_proved_by_the_certificates_of_true_ones(name):
    left, right = FALSE[name]
    for _, _, certificate in TRUE.values():
        refused(statement(left, right, one_s), certificate)


def test_the_certificate_of_a_quotient_does_not_prove_the_same_of_an_equation():
    """Who states x s = 1 of a letter of his own has not said how it moves."""
    left, right, certificate = TRUE["∂(t/s)/∂s = −t/s²"]
    refused(statement(left, right, replace(one_s, reciprocal=False)), certificate, match="cannot be held constant")


def test_a_chosen_set_in_a_divisor_is_no_way_around():
    """A hypothesis cannot speak of a set that is still to be chosen."""
    hypothesis = reciprocal("R", plus(s, total([a], tensor("in:S", a))))
    with pytest.raises(StatementError):
        check(replace(statement(d(R, by_s), num(0), hypothesis), exists=(("S", ""),)), proof())
