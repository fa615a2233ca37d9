"""Affine functions of one letter, read off in one evaluation, against what substituting numbers gives."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest

from derive import dims, equal, eye, gradient, indices, inv, matrix, norm2, scalar, sqrt, total, tr
from derive.crosscheck.affine import BEYOND, Affine, Form, residual, shaped, solve
from derive.crosscheck.instances import random_instance, signature
from derive.evaluate import Evaluator

D, d, T = dims("D d T")
A, B, X, S = matrix("A", D, d), matrix("B", d, D), matrix("X", D, T), matrix("S", D, D)
c = scalar("c")
i, j = indices("i j", D)
L = norm2(X - A @ B @ X)
SIZES = {"D": 3, "d": 2, "T": 4}

AFFINE = {
    "a product": (equal(A.T @ S, A.T @ A @ B @ S), B),
    "on both sides": (equal(S @ X @ X.T, X @ X.T @ S), S),
    "a trace": (equal(tr(S @ X @ X.T), 3), S),
    "an index sum": (equal(total(j, S[i, j] * c), X[i, :] @ X[i, :].T), S),
    "a scalar": (equal(c * A, A @ B @ A), c),
    "divided by a number": (equal(A / 3, A @ B @ A), B),
    "with an inverse beside it": (equal(S @ inv(X @ X.T), eye(D)), S),
    "the slope of a quadratic": (equal(gradient(L, B), 0), B),
    "that drops out": (equal(S - S, X @ X.T), S),
    "constant": (equal(X @ X.T, S), A),
}
BEYOND_AFFINE = {
    "a square": (equal(A.T @ A, B @ B.T), A),
    "a norm": (equal(norm2(S), 1), S),
    "an inverse": (equal(inv(S), X @ X.T), S),
    "a root": (equal(sqrt(c), 2), c),
    "a quotient": (equal(1 / c, 2), c),
    "the slope of a quartic": (equal(gradient(norm2(X - B.T @ B @ X), B), 0), B),
}


def instance_of(relation, letter, seed):
    return random_instance(signature((relation.left, relation.right, letter), ()), SIZES, Random(seed), 9)


def set_to(instance, letter, value):
    instance.values[letter.name] = value
    return instance


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", AFFINE)
def test_it_is_what_substituting_gives(name, seed):
    relation, letter = AFFINE[name]
    instance = instance_of(relation, letter, seed)
    affine = Affine.of(instance, relation, letter)
    assert affine is not None
    random = Random(seed)
    entries = [Fraction(random.randint(-9, 9), random.randint(1, 5)) for _ in affine.columns]
    seen = residual(set_to(instance, letter, shaped(entries, affine.shape)), relation)
    pairs = list(zip(entries, affine.columns, strict=True))
    assert seen == [base + sum(x * column[row] for x, column in pairs) for row, base in enumerate(affine.base)]


@pytest.mark.parametrize("name", BEYOND_AFFINE)
def test_what_is_not_affine_is_refused(name):
    relation, letter = BEYOND_AFFINE[name]
    assert Affine.of(instance_of(relation, letter, 1), relation, letter) is None


def test_what_has_no_value_is_refused():
    relation = equal(inv(A.T @ A - A.T @ A) @ B, A.T)
    assert Affine.of(instance_of(relation, B, 0), relation, B) is None


def test_forms_know_what_they_do_not_know():
    x, y = Form(1, {0: 2}), Form(0, {1: 1})
    assert (x * y, x * BEYOND, BEYOND + x, 2 / x, x / y) == (BEYOND,) * 5
    assert BEYOND * 0 == 0
    assert (x - x, x * 0) == (0, 0)
    assert (x + y).slopes == {0: 2, 1: 1}
    assert (3 - x / 2).slopes == {0: -1}


@pytest.mark.parametrize("seed", range(5))
def test_a_solution_solves_and_keeps_what_is_free(seed):
    random = Random(seed)
    columns = [[random.randint(-3, 3) for _ in range(2)] for _ in range(4)]
    wanted = [random.randint(-3, 3) for _ in range(4)]
    target = [sum(x * col[r] for x, col in zip(wanted, columns, strict=True)) for r in range(2)]
    found = solve(columns, target, [7, 7, 7, 7])
    assert found is not None
    assert [sum(x * col[r] for x, col in zip(found, columns, strict=True)) for r in range(2)] == target
    assert found.count(7) >= 2


def test_no_solution_is_none():
    assert solve([[1, 1]], [0, 1], [0]) is None


@pytest.mark.parametrize("seed", range(4))
def test_rational_matrices_are_multiplied_and_inverted_as_fractions_are(seed):
    random = Random(seed)

    def made(rows, cols):
        return shaped([Fraction(random.randint(-9, 9), random.randint(1, 9)) for _ in range(rows * cols)], (rows, cols))

    values = {"A": made(3, 2), "B": made(2, 3), "S": made(3, 3)}
    instance = random_instance(signature((A, B, S), ()), SIZES, random, 9)
    evaluator = Evaluator(type(instance)(instance.sizes, values))
    plain = np.dot(np.dot(values["B"], values["S"]), values["A"])
    assert evaluator(B @ S @ A).tolist() == plain.tolist()
    assert np.dot(evaluator(inv(S)), values["S"]).tolist() == np.eye(3, dtype=int).tolist()
    kinds = {type(entry) for entry in evaluator(inv(S) @ S).ravel()}
    assert kinds == {int}, "an int wherever it is one"
