"""Intervals hold what is computed with their members, and refute only what is certainly false."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import mpmath
import pytest

from derive import (
    at_most,
    dims,
    equal,
    expectation,
    family,
    gradient,
    index,
    integral,
    inv,
    less_than,
    matrix,
    norm2,
    relu,
    scalar,
    sqrt,
    total,
    uniform,
)
from derive.chance import Chance
from derive.crosscheck.intervals import (
    Interval,
    certain_difference,
    certainly_fails,
    enclosed_root,
    enclosing,
    interval,
)
from derive.errors import IrrationalError, UndefinedError
from derive.evaluate import Dual, Instance, array, evaluate, real_root
from derive.judges import Sides, ValueJudge

(D,) = dims("D")
i = index("i", D)
a, b, u, x = (scalar(name) for name in "abux")
A, f = matrix("A", D, D), family("f", D)
MEAN = expectation({x: uniform(0, 1)})

OPERATIONS = {
    "+": lambda a, b: a + b, "−": lambda a, b: a - b, "·": lambda a, b: a * b, "−·": lambda a, b: -a * b + 3,
    "polynomial": lambda a, b: a * a * b - 2 * a + Fraction(1, 3) * b * b, "from a number": lambda a, b: 2 - a + b,
    "quotient": lambda a, b: a / (b * b + 1 + b), "of a number": lambda a, b: 3 / (a * a + 1) + b,
}  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_on_intervals_holds_that_on_their_members(name, seed):
    random, operation = Random(f"{name} {seed}"), OPERATIONS[name]
    ends = [sorted(Fraction(random.randint(-20, 20), random.randint(1, 9)) for _ in range(2)) for _ in range(2)]
    try:
        found = operation(*(Interval(*pair) for pair in ends))
    except UndefinedError:
        assert "quotient" in name or "of a number" in name
        return
    for _ in range(30):
        a, b = (low + (high - low) * Fraction(random.randint(0, 8), 8) for low, high in ends)
        assert found.low <= operation(a, b) <= found.high


def test_an_interval_is_compared_where_that_is_certain_only():
    assert Interval(1, 2) >= 1
    assert not Interval(-2, -1) >= 0
    assert Interval(1, 2) > 0
    assert not Interval(-1, 0) > 0
    for unsure in (lambda: Interval(-1, 1) >= 0, lambda: Interval(-1, 1) > 0, lambda: Interval(0, 1) > 0):
        with pytest.raises(UndefinedError, match="is not known"):
            unsure()
    assert Interval(1, 2) < 3
    assert not Interval(1, 2) < 1
    assert Interval(-2, -1) <= -1
    assert not Interval(1, 2) <= 0
    for unsure in (lambda: Interval(0, 2) < 1, lambda: Interval(0, 2) <= 1, lambda: Interval(0, 1) < Interval(0, 1)):
        with pytest.raises(UndefinedError, match="is not known"):
            unsure()
    assert Interval(2) == 2
    assert Interval(1, 2) != 1
    assert Interval(0, 1).meets(Interval(1, 2))
    assert not Interval(0, 1).meets(Interval(Fraction(1001, 1000), 2))
    with pytest.raises(UndefinedError, match="may be zero"):
        1 / Interval(-1, 1)


def test_a_root_is_taken_outwards():
    found = Interval(Fraction(1, 3), 2).sqrt()
    assert found.low**2 <= Fraction(1, 3)
    assert found.high**2 >= 2
    assert found.high - found.low < 1
    with pytest.raises(UndefinedError, match="may be no real number"):
        Interval(-1, 2).sqrt()


# Values with irrational roots in them -------------------------------------------------------------------------------

AT = {"a": Fraction(5, 3), "b": Fraction(-1, 2), "A": array([[2, 1], [0, 3]]), "f": array([[1], [Fraction(1, 3)]])}
EXPRESSIONS = {
    "a root": sqrt(1 + a), "a quotient": 1 / (sqrt(a) - 3), "a power": sqrt(1 + a) ** 3,
    "a root of a root": sqrt(sqrt(a)),
    "a sum of roots": total(i, sqrt(1 + f[i] ** 2)), "the root of a sum": sqrt(norm2(A)) * b,
    "a slope": gradient(sqrt(1 + a**2), a), "a slope of a slope": gradient(gradient(sqrt(1 + a**2), a), a),
    "an inverse": norm2(inv(sqrt(a) * A)), "an integral": integral(u**2, u, 0, sqrt(1 + a)),
    "an integral with a kink": integral(relu(u - sqrt(a)), u, 0, 3), "a ReLU": relu(sqrt(a) - 1),
    "a ReLU that is off": relu(1 - sqrt(a)) + b, "a mean": MEAN(sqrt(a) * x**2 + x / sqrt(1 + a)),
    "a slope of an integral": gradient(integral(u**2, u, 0, sqrt(1 + a)), a),
}  # fmt: skip


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_the_value_lies_in_its_interval(name):
    """Against 40 digits, where intervals have 20."""
    expr = EXPRESSIONS[name]
    found = interval(enclosing(Instance({"D": 2}, AT))(expr))
    with mpmath.workdps(40):
        values = {key: _mpf(value) for key, value in AT.items()}
        field, quotient = _mpf, lambda top, bottom: (mpmath.mpf(top) if isinstance(top, int) else top) / bottom
        exact = evaluate(expr, Instance({"D": 2}, values, {}, {}, field, _root, quotient))
        assert _mpf(found.low) - mpmath.mpf(10) ** -35 <= exact <= _mpf(found.high) + mpmath.mpf(10) ** -35
    assert found.high - found.low < Fraction(1, 10**15)


def _root(value):
    if isinstance(value, Dual):
        top = _root(value.main)
        return Dual(value.level, top, value.slope / (2 * top))
    return real_root(value)


def _mpf(value):
    if hasattr(value, "tolist"):
        return array([[_mpf(entry) for entry in row] for row in value.tolist()])
    return mpmath.mpf(value.numerator) / value.denominator


def test_a_rational_root_stays_one():
    assert enclosed_root(Fraction(4, 9)) == Fraction(2, 3)
    assert enclosed_root(0) == 0
    with pytest.raises(UndefinedError, match="no real number"):
        enclosed_root(-1)


CERTAIN = {
    "an equation": (equal(sqrt(1 + a), 1 + sqrt(a)), True),
    "one that is true": (equal(sqrt(1 + a) ** 2, 1 + a), False),
    "one that is true of roots": (equal(sqrt(a) * sqrt(1 + a), sqrt(a + a**2)), False),
    "one that is off by 10⁻¹⁵": (equal(sqrt(1 + a), sqrt(1 + a + Fraction(1, 10**15))), True),
    "one that is off by less than is seen": (equal(sqrt(1 + a), sqrt(1 + a + Fraction(1, 10**40))), False),
    "one of several entries": (equal(sqrt(f[i] + 1), sqrt(2) + 0 * f[i]), True),
    "at most": (at_most(1 + sqrt(a), sqrt(1 + a)), True),
    "at most, true": (at_most(sqrt(1 + a), 1 + sqrt(a)), False),
    "at most, equal": (at_most(sqrt(1 + a) ** 2, 1 + a), False),
    "at most itself": (at_most(a, a), False),
    "less than itself": (less_than(a, a), True),
    "less": (less_than(1 + sqrt(a), sqrt(1 + a)), True),
    "less, true": (less_than(sqrt(1 + a), 1 + sqrt(a)), False),
    "less, equal": (less_than(sqrt(1 + a) ** 2, 1 + a), False),  # certainly false, but not seen with intervals
}  # fmt: skip


@pytest.mark.parametrize("name", CERTAIN)
def test_what_certainly_fails(name):
    relation, fails = CERTAIN[name]
    assert certainly_fails(relation, Instance({"D": 2}, AT)) == fails


@pytest.mark.parametrize(
    "expr", [1 / (sqrt(1 + a) ** 2 - 1 - a), sqrt(sqrt(1 + a) ** 2 - 1 - a), relu(sqrt(a) ** 2 - a)]
)
def test_where_it_is_not_known_whether_there_is_a_value_nothing_fails(expr):
    at = Instance({"D": 2}, AT)
    if isinstance(expr, type(relu(a))):  # 0, on either side of the kink
        with pytest.raises(UndefinedError):
            certainly_fails(equal(gradient(relu(sqrt(a) ** 2 - a), a), 5), at)
    with pytest.raises(UndefinedError):
        certainly_fails(equal(expr, 5), at)


def test_an_interval_may_be_a_part_of_another_kind_of_number():
    wide = Interval(1, 2)
    assert isinstance(wide * Dual(1, 3, 1), Dual)
    assert isinstance(wide - Dual(1, 3, 1), Dual)
    assert isinstance(wide + Chance.generator(1), Chance)
    assert isinstance(wide * Chance.generator(1), Chance)


def test_one_entry_that_differs_for_certain_is_enough():
    """Whatever is unsure before it."""
    unsure, sure = Interval(1, 2), Interval(3)
    assert certain_difference([unsure, sure], [unsure, 4]) == "entry 1: 3 against 4"
    assert certain_difference([sure, 1], [3, 1]) == ""
    with pytest.raises(IrrationalError, match="not told apart"):
        certain_difference([sure, unsure], [3, unsure])


def test_a_judge_of_a_bound_objects_to_what_is_certainly_passed_only():
    unsure = Interval(1, 2)
    for relation, passed in ((at_most(a, b), [(3, 2)]), (less_than(a, b), [(3, 2), (2, 2)])):
        for one, bound in passed:
            judge = ValueJudge("exact-points", relation, [], [Sides(None, [unsure, one], [unsure, bound])], str)
            assert judge.verdict().startswith(str(one))
        assert ValueJudge("exact-points", relation, [], [Sides(None, [unsure], [unsure])], str).verdict() == ""
