"""Laws of random numbers: their moments against integrals, and what is no law."""

from __future__ import annotations

import re
from fractions import Fraction
from math import comb

import pytest

from derive import bernoulli, family, matrix, scalar, uniform, with_moments
from derive import dims as dimensions
from derive.cli import main
from derive.errors import InputError, LawError, TypingError
from derive.evaluate import Instance, evaluate

(D,) = dimensions("D")
S, a = scalar("S"), scalar("a")
LAWS = {
    "bernoulli": (bernoulli(S), lambda n: Fraction(3, 10)),
    "uniform": (uniform(0, 1), lambda n: Fraction(1, n + 1)),
    "uniform around 0": (uniform(-1, 1), lambda n: Fraction(1 - n % 2, n + 1)),
    # ∫_0^1 (2 + u/2)ⁿ du, by the binomial theorem
    "uniform elsewhere": (
        uniform(2, Fraction(5, 2)),
        lambda n: sum(comb(n, m) * Fraction(2) ** (n - m) * Fraction(1, 2) ** m / (m + 1) for m in range(n + 1)),
    ),
    "product": (bernoulli(S) * uniform(0, 1), lambda n: Fraction(3, 10) / (n + 1)),
    "product of three": (uniform(0, 2) * (bernoulli(S) * bernoulli(S)), lambda n: Fraction(9 * 2**n, 100 * (n + 1))),
    "moments": (with_moments(S, S + 1, 7), lambda n: {1: Fraction(3, 10), 2: Fraction(13, 10), 3: 7}[n]),
}  # fmt: skip


@pytest.mark.parametrize("name", LAWS)
def test_a_law_knows_its_moments(name):
    law, expected = LAWS[name]
    at = Instance({}, {"S": Fraction(3, 10)})
    for power in (1, 2, 3):
        assert evaluate(law.moment(power), at) == expected(power)
    assert evaluate(law.moment(0), at) == 1


def test_a_law_keeps_its_parts_under_other_parameters():
    law = bernoulli(1 - S) * uniform(0, 1)
    assert law.with_parameters(law.parameters) == law
    changed = law.with_parameters((a, *law.parameters[1:]))
    assert str(changed) == "bernoulli(a) · uniform(0, 1)"
    assert changed.probabilities == (a,)


def test_a_moment_that_is_not_given_is_named_with_those_that_are():
    with pytest.raises(LawError, match=re.escape("moments(S, 2): its moment of order 3 is asked for, and 2 are given")):
        with_moments(S, 2).moment(3)


WRONG = {
    "a probability above 1": (lambda: bernoulli(Fraction(11, 10)), InputError, "between 0 and 1"),
    "a probability below 0": (lambda: bernoulli(-1), InputError, "between 0 and 1"),
    "1 − S at a number S above 1": (lambda: bernoulli(1 - Fraction(6, 5)), InputError, "between 0 and 1"),
    "an empty interval": (lambda: uniform(1, 1), InputError, "the first below the second"),
    "an interval backwards": (lambda: uniform(1, 0), InputError, "the first below the second"),
    "an end that is no number": (lambda: uniform(0, S), InputError, "two numbers"),
    "no moments": (with_moments, InputError, "at least the first moment"),
    "a probability that is a matrix": (lambda: bernoulli(matrix("A", D, D)), TypingError, "a scalar without indices"),
    "a moment that is a family": (lambda: with_moments(family("m", D)), TypingError, "a scalar without indices"),
    "a law times a number": (lambda: uniform(0, 1) * 2, TypingError, "a law is multiplied by a law"),
    "a float": (lambda: bernoulli(0.5), TypingError, "float"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_law_is_refused_in_one_line(name):
    build, error, words = WRONG[name]
    with pytest.raises(error) as caught:
        build()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


HEAD = """\
from fractions import Fraction
from derive import *
D, d = dims("D d")
i, j = indices("i j", D)
x, S, u = family("x", D), scalar("S"), scalar("u")
page = Derivation("Mine")
"""
FILES = {
    "S above 1": ('E = expectation({x: bernoulli(1 - Fraction(6, 5))})\n', "a probability lies between 0 and 1"),
    "an empty interval": ('E = expectation({x: uniform(2, 1)})\n', "the first below the second"),
    "a moment that is not given": (
        'page.have("1", equal(expectation({x: with_moments(S)})(total(i, x[i]) ** 2), size(D) * S))\n',
        "its moment of order 2 is asked for, and 1 are given",
    ),
    "an expectation of a quotient": (
        'E = expectation({S: uniform(0, 1)})(1 / (1 + S))\n', "is no polynomial in what is random",
    ),
    "a letter that is random too": (
        'page.assume(equal(total(i, x[i]), 1))\n'
        'page.have("1", equal(expectation({x: uniform(0, 1)})(total(i, x[i])), 1))\n',
        "x is averaged over, and a letter outside of that: rename one",
    ),
    "an integral of a quotient": ('integral(1 / (1 + u), u, 0, 1)\n', "no polynomial in u"),
    "cases by an equation": (
        'page.cases("1", relu(S), (S, [equal(S, 0)]), (S, [at_most(0, S)]))\n', "a case is told by inequalities",
    ),
    "a case without a condition": ('page.cases("1", relu(S), (S, []))\n', "each case has to say when it holds"),
    "cases by a quotient": (
        'page.cases("1", relu(S), (S, [at_most(0, 1 / S)]), (0, [at_most(1 / S, 0)]))\n',
        "tells no case where 1/S does not exist",
    ),
    "cases by matrices": (
        'page.cases("1", relu(S), (S, [at_most(matrix("A", D, D), matrix("B", D, D))]))\n', "only scalars are ordered",
    ),
    "cases by one of many": (
        'page.cases("1", relu(x[i]), (x[i], [at_most(0, x[i])]), (0, [at_most(x[i], 0)]))\n', "i is free in a premise",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_with_it_is_one_line_and_status_2(name, tmp_path, capsys):
    body, words = FILES[name]
    (tmp_path / "mine.py").write_text(HEAD + body + 'page.have("0", equal(size(D), size(D)))\n', encoding="utf-8")
    assert main(["check", str(tmp_path / "mine.py")]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert err.count("\n") == 1
    assert "Traceback" not in out + err
