"""Laws of random numbers: their moments against integrals, and what is no law."""

from __future__ import annotations

import re
from fractions import Fraction
from math import comb
from random import Random

import pytest

from derive import (
    Derivation,
    at,
    at_most,
    bernoulli,
    equal,
    expectation,
    family,
    implies,
    indices,
    less_than,
    matrix,
    number,
    relu,
    scalar,
    size,
    sqrt,
    total_pairs,
    uniform,
    with_moments,
)
from derive import dims as dimensions
from derive.checker import Checker, Options, check_claim
from derive.cli import main
from derive.errors import InputError, LawError, TypingError, UndefinedError
from derive.evaluate import Evaluator, Instance, evaluate
from derive.judges.subject import Subject
from derive.language.derivation import Assumption
from derive.language.laws import ONE, ZERO, are_moments
from derive.language.nodes import Number, coerce
from derive.language.statements import sequents
from derive.prove.attempt import Attempt, attempted

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
    assert changed.conditions == ((ZERO, a), (a, ONE))


def test_a_moment_that_is_not_given_is_named_with_those_that_are():
    with pytest.raises(
        LawError, match=re.escape("with_moments(S, 2): its moment of order 3 is asked for, and 2 are given")
    ):
        with_moments(S, 2).moment(3)


WRONG = {
    "a probability above 1": (lambda: bernoulli(Fraction(11, 10)), InputError, "between 0 and 1"),
    "a probability below 0": (lambda: bernoulli(-1), InputError, "between 0 and 1"),
    "1 − S at a number S above 1": (lambda: bernoulli(1 - Fraction(6, 5)), InputError, "between 0 and 1"),
    "an empty interval": (lambda: uniform(1, 1), InputError, "the first below the second"),
    "an interval backwards": (lambda: uniform(1, 0), InputError, "the first below the second"),
    "an end that is no number": (lambda: uniform(0, S), InputError, "two numbers"),
    "no moments": (with_moments, InputError, "at least the first moment"),
    "a negative variance": (lambda: with_moments(1, 0), InputError, "E[x²] = 0 is below E[x]² = 1"),
    "a fourth moment of what is 0": (lambda: with_moments(0, 0, 0, 1), InputError, "no law has these moments"),
    "a fourth moment below the second squared": (lambda: with_moments(0, 1, 0, 0), InputError, "no law has these"),
    "a third moment of a constant": (lambda: with_moments(1, 1, 2), InputError, "no law has these moments"),
    "a fifth moment of a coin": (lambda: with_moments(0, 1, 0, 1, 1), InputError, "no law has these moments"),
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


@pytest.mark.parametrize("seed", range(30))
def test_the_moments_of_numbers_are_those_of_a_law(seed):
    """Of so many points that some matrices of moments are singular, and of so many that none is."""
    random = Random(seed)
    points = [(random.randint(-3, 3), random.randint(1, 5)) for _ in range(1 + seed % 5)]
    whole = sum(weight for _, weight in points)
    moments = [Fraction(sum(w * x**power for x, w in points), whole) for power in range(1, 8)]
    law = with_moments(*moments)
    assert law.conditions == ()
    assert law.moment(7) == Number(moments[6])


@pytest.mark.parametrize("values", [(0, a), (S, a), (0, a, 0, 3 * a**2), (1, a, S)])
def test_the_conditions_of_moments_say_where_a_law_has_them(values):
    """They hold of every law; where one of them is met exactly there is more to ask."""
    random, seen = Random(1), set()
    for _ in range(60):
        letters = {"a": Fraction(random.randint(-4, 4), 2), "S": Fraction(random.randint(-4, 4), 2)}
        evaluator = Evaluator(Instance({}, letters))
        gaps = [evaluator(right) - evaluator(left) for left, right in with_moments(*values).conditions]
        numbers = [evaluator(coerce(value)) for value in values]
        if are_moments([1, *numbers]):
            assert with_moments(*numbers).conditions == ()
            assert min(gaps) >= 0
        else:
            with pytest.raises(InputError):
                with_moments(*numbers)
            assert min(gaps) <= 0
        seen.add((min(gaps) > 0) - (min(gaps) < 0))
    assert {-1, 1} <= seen


i, j = indices("i j", D)
z, m, v, p = (scalar(name) for name in "zmvp")
MEAN, COIN = expectation({z: with_moments(m, v)}), expectation({z: bernoulli(p)})
OF_LAWS = {
    "the square of a mean": (at_most(MEAN(z) ** 2, MEAN(z**2)), "proved"),
    "a variance": (at_most(0, MEAN((z - m) ** 2)), "proved"),
    "a mean of a coin": (at_most(COIN(z), 1), "proved"),
    "at another probability": (at_most(at(COIN(z), {p: a}), 1), "proved"),
    "a coin made by chance": (at_most(expectation({p: uniform(0, 1)})(COIN(z)), Fraction(1, 2)), "proved"),
    "a variance below zero": (implies(less_than(v, m**2), less_than(MEAN((z - m) ** 2), 0)), "undecided"),
    "a coin that gives two": (implies(equal(COIN(z), 2), equal(p, 2)), "undecided"),
    "no chance": (implies(equal(a, 0), equal(expectation({z: with_moments(a, a, a)})(z**3), 0)), "proved"),
    "as always": (implies(at_most(1, COIN(z)), equal(COIN(z), 1)), "proved"),
    "as often as its square": (implies(at_most(1, p), equal(p, COIN(z) ** 2)), "proved"),
    "beyond always": (implies(at_most(2, p), equal(COIN(z), p)), "undecided"),
    "a mean below its square": (at_most(MEAN(z), MEAN(z**2)), "refuted"),
    "four moments": (at_most(0, expectation({z: with_moments(0, v, 0, a)})(z**2)), "proved"),
    "more than always": (implies(less_than(1, COIN(z)), less_than(1, p)), "undecided"),
    "a probability of two": (equal(expectation({z: bernoulli(number(1) + 1)})(z), 2), "undecided"),
    "what is no bound": (at_most(COIN(z), Fraction(1, 2)), "refuted"),
}


@pytest.mark.parametrize("name", OF_LAWS)
def test_of_laws_that_there_are_not_nothing_is_proved_and_nothing_refuted(name):
    relation, verdict = OF_LAWS[name]
    assert check_claim(Derivation("Laws").have("1", relation), Options(plant=False)).verdict == verdict


COINS = total_pairs(i, j, 0 * COIN(z))
LEAKS = {
    "a probability": (equal(COIN(z), p), at_most(p, 1)),
    "a variance": (at_most(MEAN(z) ** 2, MEAN(z**2)), at_most(m**2, v)),
    "a root": (equal(sqrt(COIN(z) ** 2), p), equal(sqrt(p**2), p)),
    "a root, beside nothing": (equal(sqrt(p**2) + 0 * COIN(z), p), equal(sqrt(p**2), p)),
    "a sum of nothing": (equal(p, p), at_most(p, 1 + COINS)),
    "a power of nothing": (equal(p, p), at_most(p, 1 + 0 * COIN(z) ** (size(D) - 1))),
}


@pytest.mark.parametrize("name", LEAKS)
def test_a_fact_does_not_bring_along_that_there_is_a_law(name):
    """E[z]² ≤ E[z²] says m² ≤ v of the moments of a law, and nothing of any numbers m and v."""
    fact, relation = LEAKS[name]
    page = Derivation("Laws")
    shown = page.have("shown", fact, using=[])
    page.have("1", relation, using=[shown])
    both = page.have("2", fact, relation, using=[])
    options = Options(plant=False)
    assert check_claim(shown, options).verdict == "proved"
    found = check_claim(page.claims["1"], options).verdict
    assert found == "refuted" if name == "a probability" else found in {"undecided", "refuted"}
    first, second = check_claim(both, options).steps
    assert first.verdict == "proved"
    assert second.verdict in {"undecided", "refuted"}


def test_a_number_that_is_no_random_one_has_moments_too():
    """E[z]² < E[z²] is false of it: where m² = v, its third moment is m³."""
    third = expectation({z: with_moments(m, v, a)})
    page = Derivation("Laws")
    weak = page.have("weak", at_most(third(z) ** 2, third(z**2)), using=[])
    page.have("strict", less_than(third(z) ** 2, third(z**2)), using=[])
    page.have("cited", at_most(third(z) ** 2, third(z**2) + 1), using=[weak])
    found = {label: check_claim(claim, Options(plant=False)).verdict for label, claim in page.claims.items()}
    assert found == {"weak": "proved", "strict": "refuted", "cited": "proved"}
    values = check_claim(page.claims["strict"], Options(plant=False)).steps[0].counterexample.values
    assert Fraction(values["m"]) ** 3 == Fraction(values["a"])


SKEW = expectation({z: with_moments(m, v, a)})
POINTS = {
    "under a hypothesis": implies(equal(v, m**2), equal(SKEW(z**3), m**3)),
    "at other parameters": equal(at(SKEW(z**3), {v: m**2}), m**3),
}


@pytest.mark.parametrize("name", POINTS)
def test_where_moments_determine_others_it_is_not_looked_at_what_these_are_not(name):
    """Of what is a constant, E[z³] = E[z]³; no inequality between the moments says so."""
    report = check_claim(Derivation("Laws").have("1", POINTS[name]), Options(plant=False))
    assert (report.verdict, [row.method for row in report.evidence if row.ok is False]) == ("undecided", [])


def test_further_points_are_those_of_laws_as_well():
    (sequent,) = sequents(at_most(at(SKEW(z), {v: m**2}), m))
    subject = Subject(sequent, (), None, 50, 0)
    assert all(subject.laws.are_some(sides.evaluator) for sides in subject.more_sides())


def test_nor_does_a_step_before():
    fact, relation = LEAKS["a root, beside nothing"]
    claim, step = Derivation("Laws").have("1", relation), Assumption(fact, "step 1")
    (sequent,) = sequents(relation)
    proof = attempted(sequent, Attempt((step,), frozenset()))[1]
    checker, subject = Checker(claim, Options(), facts=[step]), Subject(sequent, (), None, 50, 0)
    assert checker._presumed(subject, sequent, proof) == "proved only where 0 ≤ p, or there is no such law"
    assert Checker(claim, Options())._presumed(subject, sequent, proof) == ""


@pytest.mark.parametrize("fact", [equal(COIN(z), p), at_most(0, COIN(z))])
def test_nor_does_a_theorem_from_elsewhere_or_what_is_assumed(fact):
    page = Derivation("Laws")
    known, assumed = page.known(fact, "from elsewhere"), page.assume(fact, "assumed")
    page.have("1", at_most(0, p), using=[known])
    page.have("2", equal(relu(p), p), using=[known])
    page.have("3", at_most(p, 1), using=[assumed])
    verdicts = [check_claim(claim, Options(plant=False)).verdict for claim in page.claims.values()]
    assert "proved" not in verdicts


def test_what_a_law_asks_may_be_assumed_or_spoken_of_beside_the_fact():
    page = Derivation("Laws")
    shown = page.have("shown", at_most(MEAN(z) ** 2, MEAN(z**2)), using=[])
    for label, relation in {
        "assumed": implies(at_most(m**2, v), at_most(m**2, v)),
        "spoken of": at_most(MEAN(z) ** 2, MEAN(z**2) + 1),
    }.items():
        assert check_claim(page.have(label, relation, using=[shown]), Options(plant=False)).verdict == "proved"


def test_what_only_probabilities_fulfil_is_not_looked_at_elsewhere():
    """√(p²) is −p at p = −4, which is no probability."""
    report = check_claim(Derivation("Laws").have("1", equal(sqrt(COIN(z) ** 2), p)))
    assert (report.verdict, [row.method for row in report.evidence if row.ok is False]) == ("proved", [])


def test_no_counterexample_is_a_law_that_there_is_not(monkeypatch):
    monkeypatch.setattr("derive.checker.counterexample_instance", lambda *args, **options: None)
    for seed in range(6):
        report = check_claim(Derivation("Laws").have("1", equal(COIN(z), p / 2)), Options(plant=False, seed=seed))
        found = report.steps[0].counterexample
        assert found is None or 0 <= Fraction(found.values["p"]) <= 1


def test_a_law_without_parameters_has_no_expectation_even_of_a_number():
    one_over = expectation({z: with_moments(1 / a)})
    with pytest.raises(UndefinedError):
        Evaluator(Instance({}, {"a": Fraction(0)}))(one_over(number(5)))


def test_a_copy_that_asks_for_a_moment_that_is_not_given_is_no_error_that_escapes():
    nothing = expectation({z: with_moments(0, 0)})
    report = check_claim(Derivation("Laws").have("1", equal(nothing(z**2), 0)))
    assert (report.verdict, report.planted.escaped) == ("proved", ())


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
