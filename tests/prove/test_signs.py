"""Signs: what an expression's form shows to be at least 0, and that nothing else is ever taken to be."""

from __future__ import annotations

import pytest

from derive import (
    at_most,
    decreasing,
    delta,
    differs,
    dims,
    equal,
    eye,
    family,
    fixed,
    indicator,
    indices,
    initial,
    inner,
    less_than,
    matrix,
    member,
    norm2,
    ordered,
    precedes,
    scalar,
    sqrt,
    subset,
    total,
    total_except,
    total_in,
)
from derive.kernel import Theorem, check
from derive.language import nodes as n
from derive.language.derivation import Assumption
from derive.language.statements import Sequent
from derive.prove.lower import lower
from derive.prove.signs import difference, find_sign

D, d = dims("D d")
A, B, S = matrix("A", D, d), matrix("B", d, D), matrix("S", D, D)
lam, c, e, x = family("λ", D), scalar("c"), scalar("e"), scalar("x")
i, j, k = indices("i j k", D)
f, g = fixed("f g", D)
chosen, first = subset("I", D, d), initial("F", D, d)


def searched(given, goal):
    assumptions = tuple(Assumption(hypothesis, str(hypothesis)) for hypothesis in given)
    statement, low = lower(Sequent((), goal), assumptions)
    return statement, find_sign(statement, goal, frozenset(), low)


falling = decreasing(lam)
TRUE = {
    "a number": ((), at_most(-1, 2)),
    "a square": ((), at_most(0, c**2)),
    "a norm": ((), at_most(0, norm2(A) / 3)),
    "minus a norm": ((), at_most(-norm2(A), 0)),
    "a sum": ((), at_most(0, norm2(A) + 2 * norm2(S) + (c - e) ** 4)),
    "the same factor twice": ((), at_most(0, 3 * (c - e) * (c - e))),
    "an inner product with itself": ((), at_most(0, inner(A, A))),
    "the square of a difference": ((), at_most(2 * inner(A, B.T), norm2(A) + norm2(B))),
    "the square of a sum": ((), at_most(-2 * inner(A, B.T) - c**2, norm2(B.T) + norm2(A))),
    "the square of a difference of numbers": ((), at_most(2 * c * e, c**2 + e**2)),
    "two squares": ((), at_most(2 * c * e - 2 * inner(A, B.T), c**2 + norm2(A) + e**2 + norm2(B))),
    "the square of a matrix and its transpose": ((), at_most(2 * inner(S, S.T), norm2(S) + norm2(S.T))),
    "a term on both sides": ((), at_most(c - norm2(A), c)),
    "0 or 1": ((), at_most(0, indicator(i, chosen) * ordered(i, j) * delta(j, k))),
    "1 less 0 or 1": ((), at_most(0, (1 - indicator(i, chosen)) * (1 - delta(i, j) * delta(j, k)))),
    "a sum over indices": ((), at_most(0, total(i, lam[i] ** 2))),
    "a sum over some": ((), at_most(0, total_except(i, j, lam[i] ** 2) + total_in(k, chosen, lam[k] ** 2))),
    "a root": ((), at_most(0, sqrt(c))),
    "a power of a root": ((), at_most(0, sqrt(c) ** 3)),
    "a quotient": ((), at_most(0, norm2(A) / (1 + c**2))),
    "two factors that are at most 0": ((), at_most(0, (-norm2(A)) * (-norm2(S)))),
    "a hypothesis": ([at_most(c, e)], at_most(0, e - c)),
    "minus a hypothesis": ([at_most(c, e)], at_most(c - e, 0)),
    "a hypothesis times a square": ([at_most(c, e)], at_most(0, x**2 * (e - c))),
    "hypotheses multiplied": ([at_most(0, c), at_most(0, e)], at_most(0, c * e)),
    "a hypothesis for every index": ([at_most(0, lam[i])], at_most(0, total(j, lam[j] * norm2(S[:, j])))),
    "two hypotheses together": ([at_most(c, e), at_most(e, x)], at_most(c, x)),
    "numbers that fall": ([falling], at_most(0, ordered(i, j) * (lam[i] - lam[j]))),
    "strict by hypothesis": ([less_than(0, c)], less_than(0, 2 * c)),
    "strict products": ([less_than(0, c), less_than(0, e)], less_than(0, c * e**2)),
    "strict quotients": ([less_than(0, c), less_than(0, e)], less_than(x - e * c / (1 + e**2), x)),
    "strict where indices differ": (
        [falling, differs(f, g), precedes(f, g)], less_than(lam[g], lam[g] + ordered(f, g) * (lam[f] - lam[g]))
    ),
    "strict numbers": ((), less_than(0, n.coerce(3))),
    "numbers, worked out": ((), less_than((n.coerce(2) / 3) ** 9 * 5, n.coerce(1) / 7 - n.coerce(1) / 100)),
    "what is the same number whatever the letters are": ((), at_most((c + 1) ** 2 - 1, c * (c + 2) + 1)),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_what_the_form_shows_is_proved(name):
    given, goal = TRUE[name]
    statement, found = searched(given, goal)
    assert found.certificate is not None, found.reason
    assert isinstance(check(statement, found.certificate), Theorem)


FALSE = {
    "a letter": ((), at_most(0, c)),
    "minus a square": ((), at_most(0, -(c**2))),
    "a difference of squares": ((), at_most(0, c**2 - e**2)),
    "numbers, worked out": ((), less_than(n.coerce(1) / 7, (n.coerce(2) / 3) ** 9 * 5)),
    "a number nearly": ((), less_than(n.coerce(3) ** 40, n.coerce(9) ** 20)),
    "a number and a letter": ((), at_most((c + 1) ** 2 - 1, c * (c + 3) + 1)),
    "a number below 0": ((), at_most(0, n.coerce(-1))),
    "more than a square": ((), at_most(3 * inner(A, B.T), norm2(A) + norm2(B))),
    "a square without one of its ends": ((), at_most(2 * inner(A, B.T), norm2(A) + norm2(S))),
    "twice the same": ((), at_most(4 * c * e, c**2 + e**2)),
    "one end for two squares": ((), at_most(2 * c * e + 2 * c * x, c**2 + e**2 + x**2)),
    "an odd power": ((), at_most(0, c**3)),
    "a product of two letters": ((), at_most(0, c * e)),
    "one negative factor": ((), at_most(0, norm2(A) * (-norm2(S)))),
    "2 less 0 or 1 the wrong way": ((), at_most(0, indicator(i, chosen) - 1)),
    "a quotient by what may be negative": ((), at_most(0, norm2(A) / c)),
    "the hypothesis the wrong way": ([at_most(c, e)], at_most(0, c - e)),
    "a hypothesis times a letter": ([at_most(c, e)], at_most(0, x * (e - c))),
    "another hypothesis": ([at_most(0, e)], at_most(0, c)),
    "a hypothesis about another index": ([at_most(0, lam[f])], at_most(0, lam[g])),
    "numbers that fall, the wrong way": ([falling], at_most(0, ordered(i, j) * (lam[j] - lam[i]))),
    "numbers that fall, at any two": ([falling], at_most(0, lam[i] - lam[j])),
    "strict from weak": ([at_most(0, c)], less_than(0, c)),
    "a square is not strict": ((), less_than(0, c**2)),
    "a norm is not strict": ((), less_than(0, norm2(A))),
    "nothing is less than itself": ((), less_than(c, c)),
    "strict from a hypothesis at other indices": ([falling], less_than(lam[g], lam[f])),
    "0 or 1 is not strict": ((), less_than(0, indicator(f, chosen))),
    "an equation is no inequality": ([equal(c, e)], at_most(0, c)),
    "a member of a set": ([member(f, chosen)], at_most(0, lam[f])),
    "the identity is not bounded": ((), at_most(norm2(eye(D)), 1)),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_the_form_does_not_show_is_not_proved_and_the_reason_is_given(name):
    _, found = searched(*FALSE[name])
    assert found.certificate is None
    assert found.reason


def test_terms_on_both_sides_are_left_out_of_the_difference():
    assert str(difference(c - norm2(A), c + e)) == "e + ‖A‖²"
    assert str(difference(c, c)) == "0"
    assert str(difference(c, e - c)) == "e − c − c"


def test_reading_an_expression_makes_no_new_letters():
    """A letter for 1/e is an assumption that e is not 0: only the statement may make it."""
    for given, goal in TRUE.values():
        statement, low = lower(Sequent((), goal), tuple(Assumption(h, str(h)) for h in given))
        letters, hypotheses = dict(low.letters), list(low.hypotheses)
        find_sign(statement, goal, frozenset(), low)
        assert low.letters == letters
        assert low.hypotheses == hypotheses
