"""Memberships: what they cite is what they need."""

from __future__ import annotations

from fractions import Fraction

from derive.kernel.rules import Fact
from derive.kernel.terms import Free, add, atom, scale
from derive.prove.rewrite import Cofactor, membership

i, j = Free("i", "D"), Free("j", "D")
A, B = atom("A", (i, j)), atom("B", (i, j))
FACTS = [
    Fact("A = B", (i, j), add(A, scale(Fraction(-1), B))),
    Fact("symmetric", (i, j), add(A, scale(-1, atom("A", (j, i))))),
]


def cited(*cofactors):
    rows = membership(FACTS[0].poly, cofactors, FACTS)["cofactors"]
    return [row["hypothesis"] for row in rows]


def of(number, value, at=(i, j)):
    return Cofactor(Fraction(value), (), (), number, at)


def test_cofactors_that_cancel_are_left_out():
    assert cited(of(0, 1), of(1, 1), of(1, -1)) == [0]


def test_cofactors_that_cancel_though_they_look_different_are_left_out():
    assert cited(of(0, 1), of(1, 1), of(1, 1, (j, i))) == [0]


def test_cofactors_that_do_not_cancel_stay():
    assert cited(of(1, 1), of(1, 1)) == [1, 1]
    assert cited(of(0, 3), of(0, -2)) == [0, 0]
