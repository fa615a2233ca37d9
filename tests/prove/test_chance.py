"""Expectations and integrals against brute force: every outcome gone through, SymPy's integrals."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from random import Random

import pytest
import sympy as sp

from derive import (
    Derivation,
    bernoulli,
    delta,
    dims,
    equal,
    expectation,
    family,
    indices,
    integral,
    matrix,
    number,
    relu,
    scalar,
    total,
    total_pairs,
    uniform,
)
from derive.check import Options, check_claim
from derive.errors import TypingError
from derive.evaluate import Evaluator, Instance, array, evaluate
from derive.faithful import Comparison
from derive.language import nodes as n
from derive.language.statements import Relation, Sequent
from derive.prove.lower import lower

D, d = dims("D d")
i, j, k, h = indices("i j k h", D)
a, b = indices("a b", d)
x, Y, s = family("x", D), matrix("Y", D, d), scalar("s")
w, c, p = family("w", D), scalar("c"), scalar("p")
SIZES = {"D": 2, "d": 2}
VALUES = {
    "w": array([[3], [-2]]), "c": 5, "p": Fraction(2, 7),
    "x": array([[11], [13]]), "Y": array([[1, 2], [3, 4]]), "s": 17,  # never seen inside an expectation over them
}  # fmt: skip
INSTANCE = Instance(SIZES, VALUES)


def factor(random: Random, row: object, col: object) -> n.Expr:
    """A random or plain number that may depend on an index over D and one over d."""
    return random.choice((x[row], x[row], Y[row, col], Y[row, col], s, w[row], c, delta(row, i), number(-2)))


def body(random: Random) -> n.Expr:
    """A polynomial of low degree in x, Y and s in which the index i is free."""
    def product_of(count: int, row: object, col: object) -> n.Expr:
        found = factor(random, row, col)
        for _ in range(count - 1):
            found = found * factor(random, random.choice((row, i)), col)
        return found

    def term() -> n.Expr:
        inside = random.choice((
            lambda: total(j, product_of(2, j, a)), lambda: total((j, k), product_of(1, j, a) * product_of(1, k, a)),
            lambda: total_pairs(j, k, product_of(1, j, a) * product_of(1, k, a)), lambda: total(h, x[h]) ** 2,
            lambda: product_of(3, i, a),
        ))()  # fmt: skip
        return total(a, inside)

    return term() * x[i] + term() if random.random() < 0.5 else term() + delta(i, i) * w[i]


def over_outcomes(expr: n.Expr, place: int) -> Fraction:
    """The expectation for x of Bernoulli(p), Y uniform on [0, 1] and s on [−1, 2]: x gone through, SymPy for the rest."""
    letters = sp.symbols("y00 y01 y10 y11 s")
    block = array([[letters[0], letters[1]], [letters[2], letters[3]]])
    found = sp.Integer(0)
    for first, second in product((0, 1), repeat=2):
        values = {**VALUES, "x": array([[first], [second]]), "Y": block, "s": letters[4]}
        value = sp.sympify(evaluate(expr, Instance(SIZES, values, field=lambda q: sp.Rational(*q.as_integer_ratio())),
                                    {i: place}))
        chance = sp.Integer(1)
        for outcome in (first, second):
            chance *= sp.Rational(2, 7) if outcome else sp.Rational(5, 7)
        found += chance * value
    poly = sp.Poly(sp.expand(found), *letters)
    for letter, (low, high) in zip(letters, [(0, 1)] * 4 + [(-1, 2)], strict=True):
        poly = sp.Poly(sp.integrate(poly.as_expr(), (letter, low, high)) / (high - low), *letters)
    return Fraction(str(poly.as_expr()))


E = expectation({x: bernoulli(p), Y: uniform(0, 1), s: uniform(-1, 2)})


@pytest.mark.parametrize("seed", range(40))
def test_an_expectation_is_the_sum_over_all_outcomes(seed):
    expr = body(Random(seed))
    found = [evaluate(E(expr), INSTANCE, {i: place}) for place in range(2)]
    assert found == [over_outcomes(expr, place) for place in range(2)], expr


@pytest.mark.parametrize("seed", range(40))
def test_the_kernel_reads_an_expectation_as_its_tree_says(seed):
    relation = Relation(E(body(Random(seed))), n.Number(Fraction(0)) * w[i])
    statement, low = lower(Sequent((), relation))
    for sizes, values in ((SIZES, VALUES), ({"D": 1, "d": 1}, {
        "w": array([[3]]), "c": 5, "p": Fraction(2, 7), "x": array([[1]]), "Y": array([[1]]), "s": 1,
    })):  # fmt: skip
        comparison = Comparison(statement, low, Evaluator(Instance(sizes, values)))
        assert comparison.disagreement(relation) == ""
