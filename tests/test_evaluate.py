"""The tree's own value: against plain loops at random integers, exact, differentiated, and undefined where it is."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import prod
from random import Random

import mpmath
import numpy as np
import pytest
import sympy as sp

from derive import (
    at,
    bernoulli,
    binomial,
    delta,
    diag,
    dims,
    expectation,
    eye,
    family,
    fixed,
    gradient,
    index,
    indicator,
    indices,
    inner,
    integral,
    inv,
    matrix,
    norm2,
    ordered,
    rate,
    relu,
    replace_column,
    scalar,
    select,
    size,
    sqrt,
    subset,
    total,
    total_except,
    total_in,
    total_pairs,
    tr,
    uniform,
    with_moments,
)
from derive.errors import UndefinedError
from derive.evaluate import VALUES, Dual, Evaluator, Instance, array, evaluate, free_indices, inverse, root, stacked
from derive.language import nodes as n

D, d, T = dims("D d T")
A, B, X, S, R = matrix("A", D, d), matrix("B", d, D), matrix("X", D, T), matrix("S", D, D), matrix("R", D, D)
lam, c, e, w = family("λ", D), scalar("c"), scalar("e"), scalar("w")
i, j, k = indices("i j k", D)
m, l = indices("m l", d)
(t,) = indices("t", T)
f, g = fixed("f g", D)
chosen = subset("I", D, d)
ND, Nd, NT = 4, 2, 3
MEMBERS = (0, 2)
AT = {"i": 1, "j": 3, "k": 2, "m": 1, "l": 0, "t": 2, "f": 0, "g": 3}


def instance(seed, spread=9):
    draw = Random(seed)
    shapes = {"A": (ND, Nd), "B": (Nd, ND), "X": (ND, NT), "S": (ND, ND), "R": (ND, ND), "λ": (ND, 1)}
    values = {name: array([[draw.randint(-spread, spread) for _ in range(q)] for _ in range(p)])
              for name, (p, q) in shapes.items()}  # fmt: skip
    values |= {"c": draw.randint(1, spread), "e": Fraction(draw.randint(1, 9), 7)}
    return Instance({"D": ND, "d": Nd, "T": NT}, values, {"I": MEMBERS}, {name: AT[name] for name in "fg"})


def value(expr, seed=0):
    given = instance(seed)
    return evaluate(expr, given, {one: AT[one.name] for one in expr.free})


def times(P, Q):
    return [[sum(P[a][x] * Q[x][b] for x in range(len(Q))) for b in range(len(Q[0]))] for a in range(len(P))]


def turned(P):
    return [list(row) for row in zip(*P, strict=True)]


def square(P):
    return sum(x * x for row in P for x in row)


RD = range(ND)


def sets(things, chosen):
    """How many sets of so many things there are, by counting them."""
    return sum(1 for _ in combinations(range(things), chosen))


LOOPS = {
    "number": (n.coerce(Fraction(2, 3)), lambda v: Fraction(2, 3)),
    "symbol": (A, lambda v: v["A"]),
    "identity": (eye(D), lambda v: [[int(a == b) for b in RD] for a in RD]),
    "zeros": (n.Zeros((D, T)), lambda v: [[0] * NT for _ in RD]),
    "size": (size(D) * c, lambda v: ND * v["c"]),
    "delta apart": (delta(i, j), lambda v: 0),
    "delta at one": (total(k, delta(k, i)), lambda v: 1),
    "order": (ordered(k, j) + 10 * ordered(j, k) + 100 * ordered(k, k), lambda v: 1),
    "indicator": (indicator(k, chosen) + 10 * indicator(j, chosen), lambda v: 1),
    "select": (S @ select(chosen), lambda v: [[v["S"][a][b] for b in MEMBERS] for a in RD]),
    "sum": (A + 2 * A, lambda v: [[3 * x for x in row] for row in v["A"]]),
    "difference": (S - R - S, lambda v: [[-x for x in row] for row in v["R"]]),
    "negative": (-c, lambda v: -v["c"]),
    "scalar times matrix": (c * e * A, lambda v: [[v["c"] * v["e"] * x for x in row] for row in v["A"]]),
    "quotient": (A / c, lambda v: [[Fraction(x, v["c"]) for x in row] for row in v["A"]]),
    "reciprocal": (1 / (c + e), lambda v: 1 / (v["c"] + v["e"])),
    "power": (c**5, lambda v: v["c"] ** 5),
    "power 0": (c**0, lambda v: 1),
    "root": (sqrt(c**2 * e**2), lambda v: abs(v["c"] * v["e"])),
    "product": (A @ B @ X, lambda v: times(times(v["A"], v["B"]), v["X"])),
    "1×1": (X[:, t].T @ S @ X[:, t],
            lambda v: sum(v["X"][a][2] * v["S"][a][b] * v["X"][b][2] for a in RD for b in RD)),
    "outer": (X[:, t] @ X[:, t].T, lambda v: [[v["X"][a][2] * v["X"][b][2] for b in RD] for a in RD]),
    "transpose": (A.T, lambda v: turned(v["A"])),
    "transpose of a scalar": (tr(S).T, lambda v: sum(v["S"][a][a] for a in RD)),
    "trace": (tr(A @ B), lambda v: sum(v["A"][a][b] * v["B"][b][a] for a in RD for b in range(Nd))),
    "norm": (norm2(X), lambda v: square(v["X"])),
    "norm of a scalar": (norm2(c), lambda v: v["c"] ** 2),
    "inner": (inner(A, B.T), lambda v: sum(v["A"][a][b] * v["B"][b][a] for a in RD for b in range(Nd))),
    "inverse": (inv(S) @ S, lambda v: [[int(a == b) for b in RD] for a in RD]),
    "diagonal": (diag(lam) @ A, lambda v: [[v["λ"][a][0] * x for x in v["A"][a]] for a in RD]),
    "replaced column": (replace_column(S, f, X[:, t]),
                        lambda v: [[v["X"][a][2] if b == 0 else v["S"][a][b] for b in RD] for a in RD]),
    "entry": (A[i, m], lambda v: v["A"][1][1]),
    "entry of a product": ((A @ B)[i, j], lambda v: times(v["A"], v["B"])[1][3]),
    "column": (S[:, j], lambda v: [[v["S"][a][3]] for a in RD]),
    "row": (S[i, :], lambda v: [v["S"][1]]),
    "member": (lam[j], lambda v: v["λ"][3][0]),
    "fixed": (S[f, g], lambda v: v["S"][0][3]),
    "total": (total(k, S[i, k] * R[k, j]), lambda v: times(v["S"], v["R"])[1][3]),
    "double total": (total((k, m), A[k, m] ** 3), lambda v: sum(x**3 for row in v["A"] for x in row)),
    "total of matrices": (total(k, lam[k] * S[:, k]), lambda v: times(v["S"], v["λ"])),
    "one index three times": (total(k, lam[k] * S[i, k] * R[j, k]),
                              lambda v: sum(v["λ"][a][0] * v["S"][1][a] * v["R"][3][a] for a in RD)),
    "total but one": (total_except(k, j, lam[k]), lambda v: sum(v["λ"][a][0] for a in RD if a != 3)),
    "total over pairs": (total_pairs(i, j, S[i, j]), lambda v: sum(v["S"][a][b] for a in RD for b in RD if a != b)),
    "total in a set": (total_in(k, chosen, lam[k]), lambda v: sum(v["λ"][a][0] for a in MEMBERS)),
    "rate": (rate(A @ B, {A: X @ X.T @ A, B: c * B}),
             lambda v: (np.dot(np.dot(np.dot(v["X"], np.transpose(v["X"])), v["A"]), v["B"])
                        + v["c"] * np.dot(v["A"], v["B"]))),
    "value put in": (at(A @ B, {A: B.T}), lambda v: times(turned(v["B"]), v["B"])),
    "swapped": (at(S - 2 * R, {S: R, R: S}), lambda v: np.array(v["R"]) - 2 * np.array(v["S"])),
    "definition": (n.Defined("P", A @ B, "p")[i, j], lambda v: times(v["A"], v["B"])[1][3]),
    "expectation": (expectation({lam: uniform(0, 1)})(total(k, lam[k]) ** 2),
                    lambda v: Fraction(ND * (ND - 1), 4) + Fraction(ND, 3)),
    "expectation at one index": (expectation({lam: bernoulli(c)})(lam[i] * total(k, lam[k]) + e),
                                 lambda v: v["c"] + (ND - 1) * v["c"] ** 2 + v["e"]),
    "expectation of a product of laws": (expectation({c: bernoulli(e) * uniform(1, 3)})(c**2 * lam[j]),
                                         lambda v: v["e"] * Fraction(13, 3) * v["λ"][3][0]),
    "expectation of a matrix": (expectation({X: with_moments(c, e)})(X @ X.T),
                                lambda v: [[NT * (v["e"] if a == b else v["c"] ** 2) for b in RD] for a in RD]),
    "expectation under a random parameter": (
        expectation({c: uniform(0, 1)})(expectation({e: bernoulli(c)})(c * e)), lambda v: Fraction(1, 3)),
    "integral": (integral((w + c) ** 2, w, e, 1),
                 lambda v: (Fraction(1 + v["c"]) ** 3 - (v["e"] + v["c"]) ** 3) / 3),
    "integral of a ReLU": (integral(relu(2 * w - 1), w, 0, 1), lambda v: Fraction(1, 4)),
    "integral backwards": (integral(relu(2 * w - 1) * w, w, 1, 0), lambda v: Fraction(-5, 24)),
    "integral with a falling ReLU": (integral(relu(1 - 3 * w) ** 2, w, 0, 1), lambda v: Fraction(1, 9)),
    "integral with pieces": (integral(relu(w), w, 0, 1, [(1, False)]), lambda v: Fraction(1, 2)),
    "rectified": (relu(c) + 10 * relu(-c), lambda v: v["c"] if v["c"] > 0 else -10 * v["c"]),
    "at least 0": (n.AtLeastZero(c) + 10 * n.AtLeastZero(-c) + 100 * n.AtLeastZero(c - c),
                   lambda v: 100 + (1 if v["c"] > 0 else 10)),
    "power of a dimension": (c ** size(D) + e ** (size(d) - 1), lambda v: v["c"] ** ND + v["e"] ** (Nd - 1)),
    "power of a difference": (c ** (size(D) - size(d) + 1) * e ** (size(d) - 2),
                              lambda v: v["c"] ** (ND - Nd + 1) * v["e"] ** (Nd - 2)),
    "binomials": (binomial(size(D), size(d)) + 10 * binomial(size(D) - 1, size(d) - 1) + 100 * binomial(size(D) + 1, 2)
                  + 1000 * binomial(size(d), size(D)) + 10_000 * binomial(size(D), 0) + 10**6 * n.Binomial(D, 0, d, -5),
                  lambda v: sets(ND, Nd) + 10 * sets(ND - 1, Nd - 1) + 100 * sets(ND + 1, 2) + 10_000),
    "gradient": (gradient(norm2(A @ B), B), lambda v: 2 * np.dot(np.dot(np.transpose(v["A"]), v["A"]), v["B"])),
}  # fmt: skip


def test_a_power_with_a_negative_exponent_has_no_value():
    for power in (c ** (size(d) - size(D)), c ** (size(D) - ND - 1)):
        with pytest.raises(UndefinedError, match="the exponent -"):
            value(power, 0)
    assert value(c ** (size(D) - ND), 0) == 1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", LOOPS)
def test_a_node_has_the_value_of_a_plain_loop(name, seed):
    expr, loop = LOOPS[name]
    values = {key: v.tolist() if hasattr(v, "tolist") else v for key, v in instance(seed).values.items()}
    found, expected = value(expr, seed), loop(values)
    assert np.shape(found) == np.shape(expected)
    assert np.all(np.array(found, dtype=object) == np.array(expected, dtype=object))
    assert {type(entry) for entry in np.ravel(np.array(found, dtype=object))} <= {int, Fraction}


def test_every_kind_of_node_is_in_the_table():
    kinds = {type(node) for expr, _ in LOOPS.values() for node in expr.walk()}
    assert kinds == set(VALUES)


# Derivatives --------------------------------------------------------------------------------------------------------

entries = {(name, a, b): sp.Symbol(f"{name}_{a}_{b}") for name, p, q in (("S", 2, 2), ("R", 2, 2)) for a in range(p)
           for b in range(q)}  # fmt: skip


def symbolic(name):
    return sp.Matrix(2, 2, lambda a, b: entries[name, a, b])


SM, RM = symbolic("S"), symbolic("R")
SLOPES = {
    "polynomial": (norm2(S @ R - S) * tr(S), ((SM * RM - SM).T * (SM * RM - SM)).trace() * SM.trace()),
    "power": (tr(S @ R) ** 4, (SM * RM).trace() ** 4),
    "quotient": (tr(R @ S) / (3 + norm2(S)), (RM * SM).trace() / (3 + (SM.T * SM).trace())),
    "inverse": (tr(inv(S) @ R), (SM.inv() * RM).trace()),
    "sum over an index": (total(i, S[i, i] ** 3 * R[i, i]), sum(SM[a, a] ** 3 * RM[a, a] for a in range(2))),
    "root of a square": (sqrt(tr(S) ** 2) * tr(R), SM.trace() * RM.trace()),
    "value put in": (at(norm2(S @ R), {R: S.T @ R}), ((SM * SM.T * RM).T * (SM * SM.T * RM)).trace()),
    "a derivative": (norm2(gradient(norm2(S @ S), S)), None),
}


def small(seed):
    draw = Random(seed)
    numbers = {place: draw.randint(1, 9) for place in entries}
    values = {name: array([[numbers[name, a, b] for b in range(2)] for a in range(2)]) for name in "SR"}
    return numbers, Instance({"D": 2}, values)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", [name for name, (_, known) in SLOPES.items() if known is not None])
def test_a_gradient_is_that_of_sympy(name, seed):
    expr, known = SLOPES[name]
    numbers, point = small(seed)
    found = evaluate(gradient(expr, S), point)
    at_point = {entries[place]: number for place, number in numbers.items()}
    for a in range(2):
        for b in range(2):
            expected = sp.Rational(known.diff(entries["S", a, b]).subs(at_point))
            assert found[a, b] == Fraction(int(expected.p), int(expected.q))


@pytest.mark.parametrize("seed", range(2))
def test_a_gradient_inside_a_gradient_is_the_second_derivative(seed):
    numbers, point = small(seed)
    inside = (SM * SM).T * (SM * SM)
    first = sp.Matrix(2, 2, lambda a, b: inside.trace().diff(entries["S", a, b]))
    second = (first.T * first).trace()
    at_point = {entries[place]: number for place, number in numbers.items()}
    found = evaluate(gradient(SLOPES["a derivative"][0], S), point)
    assert [found[a, b] for a in range(2) for b in range(2)] == [
        second.diff(entries["S", a, b]).subs(at_point) for a in range(2) for b in range(2)
    ]


def test_the_derivatives_of_two_letters_are_kept_apart():
    """With one η for both, ∂/∂c (c · ∂(c e)/∂e) would be wrong: it is 2c."""
    assert value(gradient(c * gradient(c * e, e), c)) == 2 * instance(0).values["c"]
    assert value(gradient(gradient(c**2 * e**3, e), c)) == 6 * instance(0).values["c"] * instance(0).values["e"] ** 2


def test_a_derivative_by_a_letter_that_does_not_occur_is_zero():
    assert not value(gradient(norm2(A), S)).any()
    assert value(rate(norm2(A), {S: S})) == 0


def test_along_a_flow_every_variable_moves_at_once():
    point = instance(4).values
    assert value(rate(c * e, {c: e, e: c}), 4) == point["e"] ** 2 + point["c"] ** 2


def test_the_derivative_of_an_inverse_exists_where_its_first_entry_is_zero():
    point = Instance({"D": 2}, {"S": array([[0, 2], [4, 0]])})
    found = evaluate(gradient(tr(inv(S)), S), point)
    M = -np.dot(inverse(point.values["S"]), inverse(point.values["S"])).T
    assert (found == M).all()


# Capture ------------------------------------------------------------------------------------------------------------

trace_of_S = n.Defined("s", total(i, S[i, i]), "s")
CAPTURE = {
    "a definition sums over an index that is free outside": (
        total(j, trace_of_S * S[i, j]),
        lambda v: sum(v["S"][a][a] for a in RD) * sum(v["S"][1]),
    ),
    "a definition sums over an index that is summed outside": (
        total(i, trace_of_S * lam[i]),
        lambda v: sum(v["S"][a][a] for a in RD) * sum(v["λ"][a][0] for a in RD),
    ),
    "a value with a free index is put under a sum over that index": (
        at(n.Defined("q", total(i, lam[i] * e), "q"), {e: lam[i]}),
        lambda v: sum(v["λ"][a][0] for a in RD) * v["λ"][1][0],
    ),
    "a rate with a free index under a sum over that index": (
        rate(n.Defined("q", total(i, lam[i] * e), "q"), {e: S[i, j]}),
        lambda v: sum(v["λ"][a][0] for a in RD) * v["S"][1][3],
    ),
    "a value put in twice, one inside the other": (
        at(at(c * e, {c: e}), {e: lam[j]}),
        lambda v: v["λ"][3][0] ** 2,
    ),
    "a gradient sums over an index that its entry has": (
        gradient(n.Defined("q", total(i, lam[i] ** 2 * lam[i]), "q"), lam)[i],
        lambda v: 3 * v["λ"][1][0] ** 2,
    ),
    "a gradient of a sum with a free index": (
        gradient(total(k, S[k, i] ** 2), S)[j, i],
        lambda v: 2 * v["S"][3][1],
    ),
    "a definition at a free index, at two values of it": (
        total(k, n.Defined("h", lam[k] * e, "h") * lam[k]),
        lambda v: sum(v["λ"][a][0] ** 2 for a in RD) * v["e"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", CAPTURE)
def test_an_index_is_never_captured(name, seed):
    expr, loop = CAPTURE[name]
    values = {key: v.tolist() if hasattr(v, "tolist") else v for key, v in instance(seed).values.items()}
    assert value(expr, seed) == loop(values)


def test_one_evaluator_gives_the_same_value_at_every_index_in_any_order():
    given = instance(5)
    evaluator, expr = Evaluator(given), total(k, S[i, k] * lam[k]) + S[i, j]
    places = [{i: a, j: b} for a in RD for b in RD]
    forth = [evaluator(expr, place) for place in places]
    back = [evaluator(expr, place) for place in reversed(places)]
    assert forth == back[::-1] == [evaluate(expr, given, place) for place in places]


# Exact, or undefined ------------------------------------------------------------------------------------------------


def test_large_integers_stay_exact():
    big = Instance({"D": 2}, {"S": array([[10**60 + 1, 3], [7, 10**50]])})
    assert evaluate(tr(S @ S), big) == (10**60 + 1) ** 2 + 42 + 10**100
    assert evaluate(inv(S) @ S, big).tolist() == [[1, 0], [0, 1]]


UNDEFINED = {
    "a singular inverse": (inv(A @ B), "singular 4×4"),
    "a division by zero": (1 / (c - c), "by zero"),
    "a matrix divided by zero": (A / (e - e), "by zero"),
    "an irrational root": (sqrt(c**2 + c**2), "no rational number"),
    "a root of a negative": (sqrt(-(c**2)), "no real number"),
    "inside a derivative": (gradient(tr(inv(A @ B)), A), "singular|by zero"),
    "the slope of a root at zero": (gradient(sqrt((c - c) * e), e), "by zero"),
    "the slope of a ReLU at its kink": (gradient(relu((c - c) * e), e), "no derivative"),
    "the slope of an integral over a kink": (
        gradient(integral(relu((c - c) * w + e - e), w, 0, 1), e),
        "no derivative",
    ),
    "the slope of a step": (gradient(n.AtLeastZero((c - c) * e), e), "no derivative"),
    "at a value": (at(1 / c, {c: e - e}), "by zero"),
}


@pytest.mark.parametrize("name", UNDEFINED)
def test_a_value_that_does_not_exist_is_an_error(name):
    expr, says = UNDEFINED[name]
    with pytest.raises(UndefinedError, match=says):
        value(expr)


def test_an_inverse_finds_its_pivots():
    assert inverse(array([[0, 2], [4, 0]])).tolist() == [[0, Fraction(1, 4)], [Fraction(1, 2), 0]]
    with pytest.raises(UndefinedError):
        inverse(array([[1, 2], [2, 4]]))


@pytest.mark.parametrize("number", [0, 1, 4, Fraction(9, 4), 10**40])
def test_a_root_is_exact_and_not_negative(number):
    assert root(number) ** 2 == number
    assert root(number) >= 0


def test_other_numbers_are_kept_as_they_are():
    with mpmath.workdps(60):
        high = Instance({}, {"c": mpmath.mpf(2)}, field=lambda q: mpmath.mpf(q.numerator) / q.denominator,
                        root=mpmath.sqrt, quotient=lambda a, b: a / b)  # fmt: skip
        assert mpmath.almosteq(evaluate(sqrt(c) / 3, high) * 3, mpmath.sqrt(2), rel_eps=mpmath.mpf(10) ** -58)
    assert evaluate(sqrt(c), Instance({}, {"c": 2.25})) == 1.5


OPERATIONS = {
    "sum": (lambda x, y: x + y, lambda x, y: (1, 1)),
    "difference": (lambda x, y: x - y, lambda x, y: (1, -1)),
    "product": (lambda x, y: x * y, lambda x, y: (y, x)),
    "quotient": (lambda x, y: x / y, lambda x, y: (1 / y, -x / y**2)),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_dual_number_knows_the_rules_of_derivatives(name):
    operation, slopes = OPERATIONS[name]
    x, y = Fraction(7, 2), Fraction(-3, 5)
    by_x, by_y = slopes(x, y)
    assert operation(Dual(1, x, 1), y).slope == by_x
    assert operation(x, Dual(1, y, 1)).slope == by_y
    assert operation(Dual(1, x, 2), Dual(1, y, 5)).slope == 2 * by_x + 5 * by_y
    assert operation(Dual(1, x, 1), Dual(1, y, 1)).main == operation(x, y)
    inner_slope = operation(Dual(2, Dual(1, x, 1), 1), y).slope
    assert (inner_slope.main if isinstance(inner_slope, Dual) else inner_slope) == by_x


# Lists of values ----------------------------------------------------------------------------------------------------


def test_stacked_is_every_entry_at_every_index_in_order():
    given = instance(6)
    rows = stacked(S[i, :] * lam[j], Evaluator(given), [i, j])
    plain = given.values["S"].tolist(), given.values["λ"].tolist()
    assert rows == [plain[0][a][x] * plain[1][b][0] for a in RD for b in RD for x in RD]
    assert len(rows) == prod((ND, ND, ND))


def test_free_indices_are_those_that_are_to_be_given():
    assert [one.name for one in free_indices(S[j, i], lam[f], total(k, lam[k]))] == ["i", "j"]
    assert free_indices(A) == []
    assert index("i", D) in free_indices(S[i, i])
