"""Formulas are read into the polynomial that a second judge gets, and what cannot be read is refused."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings

from derive.errors import StatementError
from derive.kernel import check
from derive.kernel.statement import Derive, Hypothesis, Letter, Move, Num, Put, Scope, Statement, expand
from derive.prove.rewrite import canonical_poly
from tests.kernel.makers import (
    FIXED,
    LETTERS,
    MEMBERSHIP,
    formulas,
    m_,
    minus,
    n_,
    num,
    plus,
    scope,
    tensor,
    times,
    total,
)
from tests.kernel.makers import given as stated
from tests.kernel.oracle import plain, random_world, values_of, worth, worth_of_poly

i, j, p = FIXED
a, b, q, r = n_("a"), n_("b"), n_("q"), n_("r")
SIZES = {"n": 3, "m": 2}
MEMBERS = {"S": frozenset({0, 2})}


def A(*indices):
    return tensor("A", *indices)


def v(index):
    return tensor("v", index)


def delta(one, other):
    return tensor("delta", one, other)


def agree(formula, seed):
    """Assert that ``expand`` and the oracle give one value at every value of the free indices."""
    world = random_world(LETTERS, SIZES, MEMBERS, seed)
    read = expand(formula, scope())
    for at in values_of(FIXED, SIZES):
        assert worth_of_poly(read, world, at) == plain(worth(formula, world, at)), f"seed {seed}, at {at}"


# Agreement with the oracle ------------------------------------------------------------------------------------------

S = tensor("s")
trace = total([a, b], times(A(a, b), A(b, a)))
to_v = Move("v", (q,), total([b], times(A(q, b), v(b))))
unit = Move("A", (q, r), times(delta(q, i), delta(r, j)))

FORMULAS = {
    "a number": num("-3/7"),
    "an empty sum": plus(),
    "an empty product": times(),
    "tr A²": trace,
    "∂ tr A² / ∂A_ij": Derive(trace, (unit,)),
    "∂² tr A³ / ∂A_ij ∂A_ji": Derive(
        Derive(total([a, b], times(A(a, b), A(b, a), S)), (unit,)),
        (Move("A", (q, r), times(delta(q, j), delta(r, i))),),
    ),
    "a rate that depends on the letter": Derive(total([a], times(v(a), v(a))), (to_v,)),
    "a rate of a rate": Derive(Derive(times(v(i), v(j)), (to_v,)), (to_v,)),
    "two letters at once": Derive(times(v(i), S, S), (to_v, Move("s", (), times(S, v(j))))),
    "A ↦ Aᵀ": Put(times(A(i, j), S), (Move("A", (q, r), A(r, q)),)),
    "A ↔ C, all at once": Put(
        times(A(i, j), tensor("C", i, j), A(j, j)),
        (Move("A", (q, r), tensor("C", q, r)), Move("C", (q, r), A(q, r))),
    ),
    "a replacement under a sum keeps its free index": Put(
        total([a], times(A(a, i), v(a))), (Move("v", (q,), A(q, i)),)
    ),
    "the slope at another point": Put(Derive(times(S, S, S), (Move("s", (), num(1)),)), (Move("s", (), v(i)),)),
    "the slope of a composition": Derive(Put(times(S, S, S), (Move("s", (), v(i)),)), (Move("v", (q,), delta(q, i)),)),
    "a set and a size": total([a], times(tensor("in:S", a), A(a, i), tensor("size:m"), tensor("in:S", a))),
    "Σ over i ≠ j": total([a], times(minus(num(1), delta(a, i)), A(a, i))),
    "a square of a sum": times(*(total([a], v(a)) for _ in range(3))),
    "a replacement by zero": Put(plus(v(i), S), (Move("v", (q,), num(0)),)),
    "a letter twice in a term, replaced by a sum": Put(times(v(i), v(j)), (Move("v", (q,), plus(v(q), A(q, i))),)),
    "columns of a matrix over two dimensions": total(
        [m_("c")], times(tensor("B", i, m_("c")), tensor("B", j, m_("c")))
    ),
}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_is_read_into_what_it_is_worth(name, seed):
    agree(FORMULAS[name], seed)


@settings(deadline=None, derandomize=True, max_examples=120)
@given(formulas())
def test_any_formula_is_read_into_what_it_is_worth(formula):
    agree(formula, 17)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(formulas(depth=2), formulas(depth=2))
def test_formulas_with_one_canonical_polynomial_are_worth_the_same(one, other):
    same = canonical_poly(expand(minus(one, other), scope())).terms == ()
    world = random_world(LETTERS, SIZES, MEMBERS, 19)
    ats = list(values_of(FIXED, SIZES))
    if same:
        assert [plain(worth(one, world, at)) for at in ats] == [plain(worth(other, world, at)) for at in ats]


# Refusals -----------------------------------------------------------------------------------------------------------

UNREADABLE = {
    "an undeclared letter": tensor("Z"),
    "an undeclared index": v(n_("z")),
    "an index over another dimension": v(p),
    "an index of a declared name over another dimension": tensor("B", i, m_("i")),
    "too few indices": tensor("A", i),
    "too many indices": tensor("s", i),
    "a delta of three": tensor("delta", i, j, i),
    "a delta across dimensions": tensor("delta", i, p),
    "an undeclared set": tensor("in:T", i),
    "a set over another dimension": tensor("in:S", p),
    "a size of no dimension": tensor("size:k"),
    "a size with an index": tensor("size:n", i),
    "a sum over a declared index": total([i], v(i)),
    "a sum over one index twice": total([a, a], v(a)),
    "a sum inside a sum over the same index": total([a], total([a], v(a))),
    "a summed index that leaves its sum": times(total([a], v(a)), v(a)),
    "a sum over no dimension": total([type(i)("a", "k")], num(1)),
    "a move of an undeclared letter": Derive(S, (Move("Z", (), num(1)),)),
    "a move of a delta": Derive(S, (Move("delta", (q, r), num(1)),)),
    "a move of a set": Derive(tensor("in:S", i), (Move("in:S", (q,), num(1)),)),
    "a move of a size": Derive(tensor("size:n"), (Move("size:n", (), num(1)),)),
    "a move of another shape": Derive(S, (Move("A", (q,), num(1)),)),
    "a move over another dimension": Derive(S, (Move("v", (m_("q"),), num(1)),)),
    "a letter moved twice": Derive(S, (Move("s", (), num(1)), Move("s", (), num(2)))),
    "slots of one name": Put(S, (Move("A", (q, q), num(1)),)),
    "a slot with the name of an index in reach": Put(S, (Move("v", (i,), num(1)),)),
    "a slot with the name of a summed index": total([q], Put(v(q), (to_v,))),
    "a slot that leaves its move": plus(Put(S, (to_v,)), v(q)),
    "an index of the value that is not in reach": Put(S, (Move("s", (), v(n_("z"))),)),
    "no formula": "A",
    "a float": Num(0.5),  # type: ignore[arg-type]
    "a truth value": Num(True),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_refuses_a_formula_that_cannot_be_read(name):
    with pytest.raises(StatementError):
        expand(UNREADABLE[name], scope())  # type: ignore[arg-type]


def test_names_the_letter_and_both_shapes_when_they_do_not_fit():
    with pytest.raises(StatementError, match=r"A takes indices over \('n', 'n'\), not \('n', 'm'\)"):
        expand(tensor("A", i, p), scope())


def statement(**changed):
    """``s = s`` with some part of the statement replaced."""
    empty = {"fixed": (), "hypotheses": (), "each": ()}
    fields = {"dims": ("n", "m"), "letters": (Letter("s", ()),), "sets": (("S", "n"),)} | empty
    return Statement(**(fields | changed), left=S, right=S)


ILL_FORMED = {
    "a letter declared twice": {"letters": (Letter("s", ("n",)), Letter("s", ()))},
    "a letter called delta": {"letters": (Letter("s", ()), Letter("delta", ("n", "n")))},
    "a letter with the name of a set's indicator": {"letters": (Letter("s", ()), Letter("in:x", ("n",)))},
    "a letter with the name of a size": {"letters": (Letter("s", ()), Letter("size:n", ()))},
    "a set declared twice": {"sets": (("S", "n"), ("S", "m"))},
    "a fixed index declared twice": {"fixed": (i, i)},
    "an index both fixed and free": {"fixed": (i,), "each": (i,)},
    "an index of one name over two dimensions": {"fixed": (i,), "each": (m_("i"),)},
    "an index over no dimension": {"each": (type(i)("i", "k"),)},
    "a hypothesis that declares a fixed index again": {
        "fixed": (i,),
        "hypotheses": (Hypothesis("h", (i,), num(1), num(1)),),
    },
    "a hypothesis with an index that is not declared": {"hypotheses": (Hypothesis("h", (), delta(i, i), num(1)),)},
    "a hypothesis that reaches for an index of the goal": {
        "each": (i,),
        "hypotheses": (Hypothesis("h", (), delta(i, i), num(1)),),
    },
    "a hypothesis with an undeclared letter": {"hypotheses": (Hypothesis("h", (), tensor("Z"), num(1)),)},
}


@pytest.mark.parametrize("name", ILL_FORMED)
def test_refuses_a_statement_that_is_ill_formed_whatever_the_certificate(name):
    check(statement(), MEMBERSHIP)
    with pytest.raises(StatementError):
        check(statement(**ILL_FORMED[name]), MEMBERSHIP)


# Tied letters -------------------------------------------------------------------------------------------------------

TIED_LETTERS = {"A": ("n", "n"), "K": ("n", "n"), "M": ("n", "n"), "N": ("n", "n"), "U": ("n", "n"), "x": ("n",)}
c = n_("c")


def product(left, right, one=a, other=b):
    return total([c], times(tensor(left, one, c), tensor(right, c, other)))


def hypothesis(left, right, name, standing=True):
    return Hypothesis(name, (a, b), left, right, standing)


INVERSE = hypothesis(product("A", "K"), delta(a, b), "A K = I")
CHAIN = hypothesis(product("K", "M"), tensor("N", a, b), "K M = N")
ORTHOGONAL = hypothesis(product("U", "U"), delta(a, b), "U U = I")
PREMISE = hypothesis(product("A", "K"), delta(a, b), "A K = I at a point", standing=False)


def tied(*hypotheses):
    return Scope(stated(num(0), num(0), letters=TIED_LETTERS, fixed=(i, j), hypotheses=hypotheses))


to_unit = Move("A", (q, r), times(delta(q, i), delta(r, j)))
K = tensor("K", i, j)
REFUSED = {
    "∂K/∂A": (Derive(K, (to_unit,)), (INVERSE,)),
    "∂A/∂K": (Derive(tensor("A", i, j), (Move("K", (q, r), num(1)),)), (INVERSE,)),
    "K at another A": (Put(K, (to_unit,)), (INVERSE,)),
    "∂N/∂A through K": (Derive(tensor("N", i, j), (to_unit,)), (INVERSE, CHAIN)),
    "∂ of a replacement that brings K in": (
        Derive(Put(tensor("x", i), (Move("x", (q,), tensor("K", q, j)),)), (to_unit,)),
        (INVERSE,),
    ),
    "∂²": (Derive(Derive(product("U", "K", i, j), (Move("U", (q, r), num(1)),)), (to_unit,)), (INVERSE,)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_letter_tied_to_what_moves_is_not_held_constant(name):
    formula, hypotheses = REFUSED[name]
    with pytest.raises(StatementError, match="cannot be held constant"):
        expand(formula, tied(*hypotheses))


ALLOWED = {
    "a premise about one point ties nothing": (Derive(K, (to_unit,)), (PREMISE,)),
    "a letter without a tie": (Derive(product("A", "U", i, j), (to_unit,)), (INVERSE,)),
    "both move": (Derive(product("A", "K", i, j), (to_unit, Move("K", (q, r), K))), (INVERSE,)),
    "a rate may be tied": (Derive(tensor("A", i, j), (Move("A", (q, r), tensor("K", q, r)),)), (INVERSE,)),
    "a derivative first, a tied value afterwards": (
        Put(Derive(product("A", "U", i, j), (to_unit,)), (Move("U", (q, r), tensor("K", q, r)),)),
        (INVERSE,),
    ),
    "deltas and sizes tie nothing": (
        Derive(product("U", "K", i, j), (Move("U", (q, r), num(1)),)),
        (INVERSE, ORTHOGONAL),
    ),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_no_hypothesis_ties_may_be_held_constant(name):
    formula, hypotheses = ALLOWED[name]
    expand(formula, tied(*hypotheses))


def test_moves_that_come_from_a_generator_are_not_lost():
    moves = [Move("s", (), num(1))]
    lazy = Derive(times(S, S), (move for move in moves))  # type: ignore[arg-type]
    assert expand(lazy, scope()) == expand(Derive(times(S, S), tuple(moves)), scope())


def test_numbers_stay_exact():
    assert expand(plus(num(Fraction(1, 3)), num(10**30), num(-(10**30))), scope()) == expand(num("1/3"), scope())
