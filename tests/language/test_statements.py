"""Statements: what they come down to, and what is refused when they are built."""

from __future__ import annotations

import pytest

from derive import (
    at_most,
    commute,
    decreasing,
    delta,
    differs,
    dims,
    distinct,
    equal,
    exists,
    eye,
    family,
    fixed,
    iff,
    implies,
    indicator,
    indices,
    invertible,
    less_than,
    matrix,
    member,
    members_of,
    norm2,
    not_member,
    ordered,
    orthogonal,
    parts,
    precedes,
    projection,
    same,
    scalar,
    subset,
    symmetric,
    total,
    tr,
)
from derive.errors import IndexingError, ShapeError, TypingError
from derive.language.nodes import Zeros
from derive.language.statements import Relation, Sequent, expressions, sequents

D, d, T = dims("D d T")
A, B, S, R = matrix("A", D, d), matrix("B", d, D), matrix("S", D, D), matrix("R", D, D)
lam, c = family("λ", D), scalar("c")
i, j, k = indices("i j k", D)
(m,) = indices("m", d)
f, g = fixed("f g", D)
chosen = subset("I", D, d)
one, other = equal(S, R), equal(A @ B, S)

PRINTED = {
    "equality": (equal(A @ B, S), "AB = S", 1),
    "equality with zero": (equal(A, 0), "A = 0", 1),
    "scalar equality": (equal(tr(S), c), "tr(S) = c", 1),
    "inequality": (at_most(0, norm2(A)), "0 ≤ ‖A‖²", 1),
    "strict inequality": (less_than(0, c), "0 < c", 1),
    "existence": (exists(members_of(chosen, i, S[i, i]), equal(S, R)), "∃ I, #I = d: S = R", 1),
    "indexed": (equal(S[i, j], S[j, i]), "s_ij = s_ji", 1),
    "implication": (implies(one, other), "S = R ⇒ AB = S", 1),
    "two premises": (implies((one, symmetric(S)), other), "S = R ∧ S symmetric ⇒ AB = S", 1),
    "equivalence": (iff(one, other), "S = R ⇔ AB = S", 2),
    "equivalence of several": (iff((one, other), (equal(S, 0), equal(R, 0))), "S = R ∧ AB = S ⇔ S = 0 ∧ R = 0", 4),
    "side by side": (equal(parts(A, B), parts(A, 2 * B)), "(A ; B) = (A ; 2 B)", 2),
}


@pytest.mark.parametrize("name", PRINTED)
def test_a_statement_is_printed_as_written_and_comes_down_to_sequents(name):
    statement, line, count = PRINTED[name]
    found = list(sequents(statement))
    assert str(statement) == line
    assert len(found) == count
    assert all(isinstance(sequent, Sequent) for sequent in found)


def test_an_equivalence_is_each_side_from_the_other():
    forth, back = sequents(iff(one, other))
    assert (forth.premises, forth.goal) == ((one,), other)
    assert (back.premises, back.goal) == ((other,), one)


def test_zero_takes_the_shape_of_the_other_side():
    assert equal(A, 0).right == Zeros((D, d))
    assert equal(0, A).left == Zeros((D, d))
    assert equal(c, 0).right != Zeros((D, d))


REFUSED = {
    "two shapes": (lambda: equal(A, B), ShapeError, ["A = B", "D×d and d×D"]),
    "matrix and number": (lambda: equal(A, 1), ShapeError, ["A = 1", "D×d and scalar"]),
    "matrices in order": (lambda: at_most(A, A), ShapeError, ["only scalars are ordered", "D×d"]),
    "free on the left only": (lambda: equal(lam[i], c), IndexingError, ["index i", "free on the left side only"]),
    "free on the right only": (lambda: equal(tr(S), S[i, i]), IndexingError, ["index i", "right side only"]),
    "other free indices": (lambda: equal(S[i, j], S[i, k]), IndexingError, ["index j", "left side only"]),
    "matrices in strict order": (lambda: less_than(A, A), ShapeError, ["A < A", "only scalars are ordered"]),
    "order of two kinds of index": (lambda: ordered(i, m), IndexingError, ["[i < m]", "i runs over D, m over d"]),
    "members by a matrix": (lambda: members_of(chosen, i, S), TypingError, ["give a scalar in a free index over D"]),
    "members by a fixed index of the same name": (
        lambda: members_of(chosen, i, S[fixed("i", D)[0], fixed("i", D)[0]]), IndexingError, ["two", "called i"]
    ),
    "members by another index": (lambda: members_of(chosen, m, c), TypingError, ["a free index over D"]),
    "a set that depends on more": (
        lambda: exists(members_of(chosen, i, S[i, j]), one), IndexingError, ["the members may depend on i only"]
    ),
    "a set that depends on itself": (
        lambda: exists(members_of(chosen, i, indicator(i, chosen)), one), IndexingError, ["not on the set"]
    ),
    "distinct entries of a matrix": (lambda: distinct(S), TypingError, ["S is no family"]),
    "decreasing column": (lambda: decreasing(S[:, j]), TypingError, ["is no family"]),
    "projection of a rectangle": (lambda: projection(A), ShapeError, ["only a square matrix can be a projection"]),
    "parts and one": (lambda: equal(parts(A, B), A), ShapeError, ["(A ; B) = A"]),
    "three parts and two": (lambda: equal(parts(A, B, A), parts(A, B)), ShapeError, ["(A ; B ; A)"]),
    "parts of other shapes": (lambda: list(sequents(equal(parts(A, B), parts(B, A)))), ShapeError, ["D×d", "d×D"]),
    "orthogonal": (lambda: orthogonal(A), ShapeError, ["A is D×d", "orthogonal"]),
    "symmetric": (lambda: symmetric(A), ShapeError, ["A is D×d", "symmetric"]),
    "invertible": (lambda: invertible(A), ShapeError, ["A is D×d", "invertible"]),
    "commuting": (lambda: commute(A, S), ShapeError, ["A @ S", "D×d and D×D"]),
    "membership over another dimension": (lambda: member(m, chosen), IndexingError, ["m", "over d", "over D"]),
    "equal indices of two dimensions": (lambda: same(i, m), IndexingError, ["i runs over D", "m over d"]),
    "float": (lambda: equal(c, 0.5), TypingError, ["0.5", "float"]),
    "no statement": (lambda: list(sequents(A)), TypingError, ["no statement", "equal(…)"]),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refuses_a_statement_that_does_not_fit(name):
    build, error, words = REFUSED[name]
    with pytest.raises(error) as caught:
        build()
    for word in words:
        assert word in str(caught.value)


CONSTANT = [(delta(i, j), 1), (delta(i, j) * S[i, j], 0), (total(k, delta(i, k)), 1)]


@pytest.mark.parametrize(("left", "right"), CONSTANT, ids=str)
def test_a_constant_side_needs_no_free_index(left, right):
    assert isinstance(equal(left, right), Relation)


def test_a_fixed_index_may_stand_on_one_side_only():
    """It keeps one value throughout, as a letter does."""
    assert str(equal(S[f, f], c)) == "s_ff = c"
    assert str(equal(lam[i] * S[f, g], lam[i])) == "λ_i s_fg = λ_i"


CONDITIONS = {
    "f ∈ I": (member(f, chosen), indicator(f, chosen), 1),
    "f ∉ I": (not_member(f, chosen), indicator(f, chosen), 0),
    "f < g": (precedes(f, g), ordered(f, g), 1),
    "f = g": (same(f, g), delta(f, g), 1),
    "f ≠ g": (differs(f, g), delta(f, g), 0),
}


@pytest.mark.parametrize("line", CONDITIONS)
def test_a_condition_is_an_indicator_and_its_value(line):
    condition, letter, value = CONDITIONS[line]
    equality, *_ = condition.equalities
    assert str(condition) == line
    assert equality.left == letter
    assert equality.right == equal(c, value).right
    assert str(condition.factor) == (str(letter) if value else f"1 − {letter}")


PROPERTIES = {
    "S orthogonal": (orthogonal(S), ["SᵀS = I", "SSᵀ = I"]),
    "S symmetric": (symmetric(S), ["Sᵀ = S"]),
    "S and R commute": (commute(S, R), ["SR = RS"]),
    "AB invertible": (invertible(A @ B), []),
}


@pytest.mark.parametrize("line", PROPERTIES)
def test_a_property_stands_for_equalities(line):
    held, equalities = PROPERTIES[line]
    assert str(held) == line
    assert [str(equality) for equality in held.equalities] == equalities


def test_a_dimension_order_is_written_with_the_sign():
    assert (d < D) == (d < D)
    assert (d < D).small == d
    assert (d < D).large == D


def test_expressions_finds_every_side_of_a_statement():
    statement = iff((one, equal(A, 0)), implies((), other).conclusion)
    assert {str(expr) for expr in expressions(statement)} == {"S", "R", "A", "0", "AB"}
    assert {str(e) for e in expressions(implies((symmetric(S), member(f, chosen)), one))} == {"S", "R", "[f ∈ I]"}
    assert eye(D) not in set(expressions(statement))


LOOSE = {
    "a premise and the conclusion": lambda i, lam, mu: implies(equal(lam[i], 0), equal(mu[i], 0)),
    "both sides of an equivalence": lambda i, lam, mu: iff(equal(lam[i], 0), equal(mu[i], 0)),
}


@pytest.mark.parametrize("name", LOOSE)
def test_an_index_that_is_free_in_a_premise_is_refused(name):
    """λ_i = 0 ⇒ μ_i = 0 is read of one i; as a premise for all i it would be a weaker claim than what is read."""
    n = dims("n")[0]
    lam, mu = family("λ", n), family("μ", n)
    with pytest.raises(IndexingError, match="i is free in a premise"):
        LOOSE[name](indices("i", n)[0], lam, mu)
    assert LOOSE[name](fixed("i", n)[0], lam, mu)


def test_a_condition_is_about_a_fixed_index():
    n, m = dims("n m")
    chosen = subset("S", n, m)
    with pytest.raises(IndexingError, match="about one i"):
        member(indices("i", n)[0], chosen)
    assert member(fixed("i", n)[0], chosen)
