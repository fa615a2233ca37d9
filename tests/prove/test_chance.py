"""Expectations against every outcome gone through; what is true of them is proved, and what is false is not."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import product
from random import Random

import pytest
import sympy as sp

from derive import (
    Derivation,
    at,
    at_most,
    bernoulli,
    binomial,
    delta,
    diag,
    differs,
    dims,
    equal,
    expectation,
    family,
    fixed,
    gradient,
    implies,
    indices,
    integral,
    matrix,
    number,
    rate,
    relu,
    scalar,
    size,
    sqrt,
    subset,
    total,
    total_in,
    total_pairs,
    tr,
    uniform,
    with_moments,
)
from derive.checker import Checker, Options, check_claim
from derive.errors import DeriveError, InputError
from derive.evaluate import Evaluator, Instance, array, evaluate
from derive.faithful import Comparison
from derive.judges import Subject
from derive.language import nodes as n
from derive.language.statements import Hypothesis, Relation, Sequent, Statement, sequents
from derive.prove.attempt import Attempt, attempted
from derive.prove.lower import lower
from derive.prove.search import FULL
from derive.report import ClaimReport

D, d = dims("D d")
i, j, k, h = indices("i j k h", D)
a, b = indices("a b", d)
x, Y, s, A = family("x", D), matrix("Y", D, d), scalar("s"), matrix("A", D, D)
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
    """The expectation for x of Bernoulli(p), Y uniform on [0, 1] and s on [−1, 2]: all x, the rest by SymPy."""
    letters = sp.symbols("y00 y01 y10 y11 s")
    block = array([[letters[0], letters[1]], [letters[2], letters[3]]])
    found = sp.Integer(0)
    for first, second in product((0, 1), repeat=2):
        values = {**VALUES, "x": array([[first], [second]]), "Y": block, "s": letters[4]}
        value = sp.sympify(
            evaluate(expr, Instance(SIZES, values, field=lambda q: sp.Rational(*q.as_integer_ratio())), {i: place})
        )
        chance = sp.Integer(1)
        for outcome in (first, second):
            chance *= sp.Rational(2, 7) if outcome else sp.Rational(5, 7)
        found += chance * value
    terms = sp.Poly(sp.expand(found), *letters).terms()
    ends = [(0, 1)] * 4 + [(-1, 2)]
    averaged = (value * sp.prod(average(*pair) for pair in zip(powers, ends, strict=True)) for powers, value in terms)
    return Fraction(str(sp.Add(*averaged)))


@cache
def average(power: int, ends: tuple[int, int]) -> sp.Expr:
    """That of a power of a number that is uniform between the ends."""
    u = sp.Symbol("u")
    return sp.integrate(u**power, (u, *ends)) / (ends[1] - ends[0])


E = expectation({x: bernoulli(p), Y: uniform(0, 1), s: uniform(-1, 2)})


@pytest.mark.parametrize("seed", range(40))
def test_an_expectation_is_the_sum_over_all_outcomes(seed):
    expr = body(Random(seed))
    found = [evaluate(E(expr), INSTANCE, {i: place}) for place in range(2)]
    assert found == [over_outcomes(expr, place) for place in range(2)], expr


POINTS = [
    (SIZES, VALUES),
    ({"D": 1, "d": 1}, {"w": array([[3]]), "c": 5, "p": Fraction(2, 7), "x": array([[1]]), "Y": array([[1]]), "s": 1}),
]
READ = {
    "plain": E,
    "by its parameter": lambda expr: gradient(E(expr * p), p) * w[i],
    "by a letter": lambda expr: gradient(E(expr) * c, c),
    "at a parameter": lambda expr: at(E(expr * c), {p: c - p, c: p}),
    "averaged one after the other": lambda expr: expectation({x: bernoulli(p)})(
        expectation({Y: uniform(0, 1)})(expectation({s: uniform(-1, 2)})(expr))
    ),
}


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("name", READ)
def test_the_kernel_reads_an_expectation_as_its_tree_says(name, seed):
    expr = body(Random(seed))
    if name == "by a letter":  # of the letter c, which may be among the factors
        expr = expr + c * x[i]
    shown = READ[name](expr)
    relation = Relation(shown, 0 * w[i])
    statement, low = lower(Sequent((), relation))
    for sizes, values in POINTS:
        comparison = Comparison(statement, low, Evaluator(Instance(sizes, values)))
        assert comparison.disagreement(relation) == ""


@pytest.mark.parametrize("seed", range(15))
def test_one_after_the_other_the_averages_are_the_average(seed):
    expr = body(Random(seed))
    found = [evaluate(READ["averaged one after the other"](expr), INSTANCE, {i: place}) for place in range(2)]
    assert found == [evaluate(E(expr), INSTANCE, {i: place}) for place in range(2)]


def verdict(statement: Statement, *assumed: Hypothesis, plant: bool = False) -> ClaimReport:
    page = Derivation("An average")
    for one in assumed:
        page.assume(one)
    return check_claim(page.have("1", statement), Options(plant=plant, needed=False))


B = expectation({x: bernoulli(p)})
U = expectation({s: uniform(0, 1)})
y, z, q = family("y", D), family("z", D), scalar("q")
f, g = fixed("f g", D)
members = subset("I", D, d)
TRUE = {
    "two indices": equal(B(x[i] * x[j]), p**2 + delta(i, j) * (p - p**2)),
    "the square of a sum": equal(B(total(i, x[i]) ** 2), size(D) * p + size(D) * (size(D) - 1) * p**2),
    "pairs": equal(B(total_pairs(i, j, x[i] * x[j])), size(D) * (size(D) - 1) * p**2),
    "fixed and different": implies(differs(f, g), equal(B(x[f] * x[g]), p**2)),
    "an expectation in another": equal(B(x[f] * B(x[f])), p**2),
    "a random parameter": equal(U(expectation({c: bernoulli(s)})(c * s)), Fraction(1, 3)),
    "by the parameter": equal(gradient(B(total(i, x[i]) ** 2), p), 2 * size(D) * (size(D) - 1) * p + size(D)),
    "a slope inside": equal(B(gradient(total(i, x[i] ** 2), x)), 2 * B(x)),
    "put in inside": equal(B(at(y[f] * x[f], {y: x})), p),
    "put in outside": equal(at(B(x[f] * y[f]), {y: z}), p * z[f]),
    "a value for the parameter": equal(at(B(x[i] * w[i]), {p: number(1)}), w[i]),
    "any law": equal(
        expectation({x: with_moments(p, q)})(total(i, x[i]) ** 2), size(D) * q + size(D) * (size(D) - 1) * p**2
    ),
    "in a sum": equal(total(i, B(x[i] * x[j]) * w[i]), p**2 * total(i, w[i]) + (p - p**2) * w[j]),
    "by a parameter that stands outside too": equal(gradient(B(x[f] * p**2), p), 3 * p**2),
    "along a parameter": equal(rate(B(x[f] * q), {p: q, q: p}), q**2 + p**2),
    "twice by the parameter": equal(gradient(gradient(B(x[f] * p), p), p), 2),
    "the trace of a product": equal(B(tr(diag(x) @ A @ diag(y))), p * tr(A @ diag(y))),
    "an average in an integral": equal(integral(U(s * c), c, 0, 1), Fraction(1, 4)),
    "an integral to what is random": equal(integral(B(x[f] * c), c, 0, q), p * q**2 / 2),
    "an integral up to what is random": equal(U(integral(c * s, c, 0, s)), Fraction(1, 8)),
    "in a set": equal(B(total_in(i, members, x[i]) ** 2), size(d) * p + size(d) * (size(d) - 1) * p**2),
    "powers of differences": equal(q ** (size(D) - size(d)) * q, q ** (size(D) - size(d) + 1)),
    "powers that need not exist": equal(q ** (size(D) - 3) * q**2, q ** (size(D) - 1)),
    "Pascal's rule": equal(
        binomial(size(D), size(d)), binomial(size(D) - 1, size(d)) + binomial(size(D) - 1, size(d) - 1)
    ),
    "Pascal's rule, three times": equal(
        binomial(size(D) + 2, size(d) + 1),
        binomial(size(D) - 1, size(d) + 1) + 3 * binomial(size(D) - 1, size(d))
        + 3 * binomial(size(D) - 1, size(d) - 1) + binomial(size(D) - 1, size(d) - 2),
    ),
    "Pascal's rule for a number": equal(binomial(size(D), 5), binomial(size(D) - 1, 5) + binomial(size(D) - 1, 4)),
    "pairs without an order": equal(binomial(size(D), 2), size(D) * (size(D) - 1) / 2),
    "as many as there are, and more": equal(
        binomial(size(D), size(D)) + binomial(size(D), size(D) + 1) + binomial(size(D) + 1, size(D)), size(D) + 2
    ),
    "a root of something else": equal(B(x[f] * sqrt(q**2 + 1)), p * sqrt(q**2 + 1)),
}  # fmt: skip
FALSE = {
    "by a parameter that stands outside too": equal(gradient(B(x[f] * p**2), p), 2 * p**2),
    "along a parameter": equal(rate(B(x[f] * q), {p: q, q: p}), q**2),
    "the trace of a product": equal(B(tr(diag(x) @ A @ diag(x) @ A)), p**2 * tr(A @ A)),
    "in a set": equal(B(total_in(i, members, x[i]) ** 2), size(d) ** 2 * p**2),
    "an integral up to what is random": equal(U(integral(c * s, c, 0, s)), Fraction(1, 12)),
    "a diagonal left out": equal(B(x[i] * x[j]), p**2 + delta(i, j) * p),
    "as if independent": equal(B(total(i, x[i]) ** 2), size(D) ** 2 * p**2),
    "one pair too many": equal(B(total((i, j), x[i] * x[j])), size(D) * (size(D) - 1) * p**2),
    "equal indices": implies(differs(f, g), equal(B(x[f] * x[g]), p)),
    "an expectation in another": equal(B(x[f] * B(x[f])), p),
    "a random parameter": equal(U(expectation({c: bernoulli(s)})(c * s)), Fraction(1, 4)),
    "by the parameter": equal(gradient(B(total(i, x[i]) ** 2), p), 2 * size(D) ** 2 * p),
    "held constant": equal(gradient(B(x[f]), p), 0),
    "put in inside": equal(B(at(y[f] * x[f], {y: x})), p**2),
    "put in outside": equal(at(B(x[f] * y[f]), {y: z}), p * y[f]),
    "a value for the parameter": equal(at(B(x[i] * w[i]), {p: number(1)}), p * w[i]),
    "a power one too few": equal(U(s**6), Fraction(1, 6)),
    "in a sum": equal(total(i, B(x[i] * x[j]) * w[i]), p**2 * total(i, w[i]) + 0 * w[j]),
    "a definition held constant": equal(gradient(relu(n.Defined("h", s**2, "h")), s) + c, c),
    "a power held constant": equal(gradient(q ** size(D), q), 0),
    "a power at a value": equal(at(q ** (size(D) - 1), {q: number(0)}), 0),
    "powers of two dimensions": equal(q ** size(D), q ** size(d)),
    "powers of two differences": equal(q ** (size(D) - size(d)), q ** (size(D) - size(d) + 1)),
    "a difference for a dimension": equal(q ** (size(D) - size(d) + 1), q ** (size(D) + 1)),
    "a power of a difference at 0": equal(at(q ** (size(D) - size(d)), {q: number(0)}), 0),
    "a power that need not exist, held constant": equal(gradient(q ** (size(D) - 3), q), 0),
    "a power too few": equal(q ** (size(D) - 3) * q, q ** (size(D) - 1)),
    "Pascal's rule by one too many": equal(
        binomial(size(D), size(d)), binomial(size(D) - 1, size(d)) + binomial(size(D) - 1, size(d) - 1) + 1
    ),
    "the row above": equal(binomial(size(D), size(d)), binomial(size(D) - 1, size(d))),
    "the place beside": equal(binomial(size(D), size(d)), binomial(size(D), size(d) - 1)),
    "the one turned round": equal(binomial(size(D), size(d)), binomial(size(d), size(D))),
    "no set of so many": equal(binomial(size(D), 5), 0),
    "ordered pairs": equal(binomial(size(D), 2), size(D) * (size(D) - 1)),
    "pairs with repetition": equal(binomial(size(D), 2), size(D) * (size(D) + 1) / 2),
    "nearly all": equal(binomial(size(D) + 1, size(D)), size(D)),
    "indices of a ReLU": equal(relu(A[i, j]), relu(A[j, i])),
    "sums of a ReLU": equal(total(i, relu(A[i, j])), total(k, relu(A[j, k]))),
    "fixed indices of a ReLU": equal(relu(x[f]), relu(x[g])),
    "a sum in a ReLU": equal(relu(s + c), relu(s) + relu(c)),
    "a step at its border": equal(n.AtLeastZero(s) + n.AtLeastZero(-s), 1),
    "a step of a negative multiple": equal(n.AtLeastZero(-2 * s), n.AtLeastZero(s)),
    "a step of a sum": equal(n.AtLeastZero(s + c), n.AtLeastZero(s) * n.AtLeastZero(c)),
    "a step of three": equal(n.AtLeastZero(s + c + q), n.AtLeastZero(s) * n.AtLeastZero(c) * n.AtLeastZero(q)),
    "a step with its indices turned": equal(n.AtLeastZero(A[i, j]), n.AtLeastZero(A[j, i])),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_what_is_true_is_proved(name):
    report = verdict(TRUE[name])
    assert report.verdict == "proved", report.reason


@pytest.mark.parametrize("name", FALSE)
def test_what_is_false_is_refuted_at_a_point_that_is_shown(name):
    report = verdict(FALSE[name])
    assert report.verdict == "refuted", report.reason
    assert any(step.counterexample is not None for step in report.steps)


@pytest.mark.parametrize("spelled", [True, False])
@pytest.mark.parametrize("name", FALSE)
def test_the_kernel_accepts_nothing_that_is_false(name, spelled):
    """Also where no other method has looked at it: with definitions folded, and said or not said to stand for what."""
    for sequent in sequents(FALSE[name]):
        sides = (sequent.goal.left, sequent.goal.right)
        folded = frozenset(node for side in sides for node in side.walk() if isinstance(node, n.Defined))
        try:
            reason, proof = attempted(sequent, Attempt((), folded, unfold=spelled))
        except DeriveError as error:
            reason, proof = str(error), None
        assert proof is None
        assert reason


h2 = n.Defined("h", q**2, "h")
TIED = {
    "a power of a dimension": equal(gradient(q ** size(D), q) + q ** size(D), q ** size(D)),
    "put in": equal(at(q ** size(D) * c, {q: number(2)}), q ** size(D) * c),
    "a ReLU": equal(gradient(relu(q) * c, q), 0),
    "a step": equal(at(n.AtLeastZero(q), {q: number(-1)}), n.AtLeastZero(q)),
    "a ReLU of a definition": equal(gradient(relu(h2), q) + relu(h2), relu(h2)),
    "the same, seen first": equal(relu(h2) + gradient(relu(h2), q), relu(h2)),
    "a power of a definition": equal(h2 ** size(D) + gradient(h2 ** size(D), q), h2 ** size(D)),
    "a root of a definition": equal(sqrt(h2) + gradient(sqrt(h2), q), sqrt(h2)),
    "a root in a divisor": equal(1 / (1 + sqrt(h2)) + gradient(1 / (1 + sqrt(h2)), q), 1 / (1 + sqrt(h2))),
    "an average over what stands in a ReLU": equal(gradient(B(x[f] * relu(q)), q), 0),
}  # fmt: skip


@pytest.mark.parametrize("spelled", [True, False])
@pytest.mark.parametrize("name", TIED)
def test_a_letter_is_not_held_constant_while_what_it_is_made_of_moves(name, spelled):
    (sequent,) = sequents(TIED[name])
    nodes = [node for side in (sequent.goal.left, sequent.goal.right) for node in side.walk()]
    folded = frozenset(node for node in nodes if isinstance(node, n.Defined))
    if spelled or not folded:
        reason, proof = attempted(sequent, Attempt((), folded, unfold=spelled))
        assert proof is None
        assert "cannot be held constant" in reason


@pytest.mark.parametrize("name", TIED)
def test_nor_is_it_where_a_definition_stays_folded_of_which_nothing_is_said(name):
    """The kernel cannot see then what a letter is made of: a copy or a repair is not proved so either."""
    claim = Derivation("Tied").have("1", TIED[name])
    (sequent,) = sequents(TIED[name])
    subject = Subject(sequent, claim.hypotheses, None, 50, 0)
    folded = frozenset(node for node in sequent.goal.left.walk() if isinstance(node, n.Defined))
    assert not Checker(claim, Options())._proves_so(subject, sequent.goal, FULL, Attempt((), folded))
    assert check_claim(claim, Options(plant=False)).verdict != "proved"


SLOPES = {
    "held constant": (equal(1 / h2 + gradient(1 / h2, q), 1 / h2), False),
    "held constant, seen last": (equal(gradient(1 / h2, q) + 1 / h2, 1 / h2), False),
    "it moves": (equal(1 / h2 + gradient(1 / h2, q), 1 / h2 - 2 / q**3), True),
    "in a divisor": (equal(1 / h2 + rate(1 / (1 + 1 / h2), {q: c}), 1 / h2 + 2 * q * c / (1 + q**2) ** 2), True),
    "in a divisor, held constant": (equal(1 / h2 + rate(1 / (1 + 1 / h2), {q: c}), 1 / h2), False),
}


@pytest.mark.parametrize("spelled", [True, False])
@pytest.mark.parametrize("name", SLOPES)
def test_a_reciprocal_of_a_definition_that_stays_folded_moves_with_what_it_is_made_of(name, spelled):
    statement, holds = SLOPES[name]
    (sequent,) = sequents(statement)
    proof = attempted(sequent, Attempt((), frozenset((h2,)), unfold=spelled))[1]
    assert (proof is not None) == holds


PROBABLE = {
    "at most 1": (at_most(B(x[f]), 1), {"proved"}),
    "not negative": (at_most(0, B(x[f] ** 2)), {"undecided", "proved"}),
    "too small a bound": (at_most(B(x[f] ** 2), Fraction(9, 10)), {"refuted"}),
    "an equation": (equal(B(x[f] ** 2), p**2), {"refuted"}),
}


@pytest.mark.parametrize("name", PROBABLE)
def test_no_counterexample_has_a_probability_that_is_none(name):
    statement, verdicts = PROBABLE[name]
    report = verdict(statement)
    assert report.verdict in verdicts
    for found in (step.counterexample for step in report.steps if step.counterexample is not None):
        assert 0 <= Fraction(found.values["p"]) <= 1
        assert "x" not in found.values


def test_a_letter_is_random_or_is_not():
    for assumed, statement in ((equal(x[f], 1), equal(B(x[f] ** 2), 1)), (at_most(0, p), equal(B(x[f]), x[f]))):
        with pytest.raises(InputError, match="x is averaged over, and a letter outside of that"):
            verdict(statement, assumed)


def test_an_expectation_of_too_many_factors_is_not_tried():
    report = verdict(equal(U(s**7), Fraction(1, 8)))
    assert report.verdict == "proved-at"
    assert "6 are the most that are tried" in report.evidence[0].detail


def test_an_index_that_drops_out_of_an_argument_is_no_error():
    """ReLU(s + x_i − x_i) and ReLU(s + v_a − v_a) have letters with an index over D and one over d."""
    v = family("v", d)
    statement = equal(relu(s + x[i] - x[i]) + v[a], relu(s + v[a] - v[a]) + v[a] + delta(i, i) - 1)
    assert sorted(lower(Sequent((), statement))[1].letters.values()) == [(), ("D",), ("D",), ("d",), ("d",)]
    assert verdict(statement).verdict in {"agrees", "proved"}
    assert verdict(equal(relu(s + x[i] - x[i]) * delta(i, j), relu(s + x[j] - x[j]) * delta(i, j))).verdict == "proved"
