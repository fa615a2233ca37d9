"""The judges of a step: each computes the sides in its own way once, and compares damaged copies with what it computed.

A judge that finds the step right must object to a copy that is wrong; ``plant`` insists on it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain, combinations, product
from random import Random
from typing import Any, Protocol

import mpmath
import numpy as np

from derive.crosscheck import differences
from derive.crosscheck.calculus import Calculator, gradients, lambdified, split
from derive.crosscheck.instances import Signature, general_sizes, model, models, random_orthogonal, signature, small_sizes
from derive.errors import CertificateError, DeriveError, NoModelError, NonFiniteError, UndefinedError
from derive.evaluate import Evaluator, Instance, array, free_indices, stacked
from derive.kernel import Statement, check
from derive.language import nodes as n
from derive.language.derivation import Assumption, ModelMaker
from derive.language.indices import DimOrder, Index
from derive.language.statements import Condition, Hypothesis, Property, Relation, Sequent, expressions
from derive.prove.lower import lower
from derive.replay.entrywise import SymbolicNumbers, SymbolicPoint, differentiate, free_letters
from derive.report import Evidence

FLOAT_DIGITS = 10
"""Digits to which a float64 derivative has to agree; it usually does to 13 to 15."""
SMALL = 9
"""Spread of the entries of a model where hypotheses are solved for exactly: larger ones only make larger fractions."""
MOST_SIZES = 10
"""Sizes at which further models are looked for."""
LARGEST_SET_DIM = 5
"""The dimension up to which every set and every fixed index of a case distinction is tried."""


class Judge(Protocol):
    method: str
    resolution: float

    def objection(self, damaged: Relation) -> str:
        """How the judge sees that the damaged copy is wrong; empty where it does not."""


@dataclass(slots=True)
class Subject:
    """What is judged: one relation under hypotheses."""

    sequent: Sequent
    assumptions: tuple[Assumption, ...]
    maker: ModelMaker | None
    digits: int
    seed: int
    every_placement: bool = False
    signature: Signature = field(init=False)
    hypotheses: tuple[Hypothesis, ...] = field(init=False)
    over: list[Index] = field(init=False)
    instances: dict[tuple[tuple[str, int], ...], Instance | NoModelError] = field(init=False, default_factory=dict)
    others: list[Sides] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.hypotheses = (*(a.statement for a in self.assumptions), *self.sequent.premises)
        self.signature = signature((self.goal.left, self.goal.right), self.hypotheses)
        self.over = free_indices(self.goal.left, self.goal.right)

    @property
    def goal(self) -> Relation:
        return self.sequent.goal

    @property
    def conditional(self) -> bool:
        return any(not isinstance(hypothesis, DimOrder) for hypothesis in self.hypotheses)

    def sizes(self, count: int = 1) -> list[dict[str, int]]:
        """Distinct sizes at which a model of the hypotheses was found.

        Raises:
            NoModelError: there is none at any of the sizes that were tried.
        """
        found: list[dict[str, int]] = []
        failure: NoModelError | None = None
        for sizes in general_sizes(self.signature, count + 2):
            try:
                self.instance(sizes)
            except NoModelError as error:
                failure = error
                continue
            found.append(sizes)
            if len(found) == count:
                break
        if not found:
            raise failure or NoModelError("no sizes fit the orders of the dimensions")
        return found

    def instance(self, sizes: Mapping[str, int]) -> Instance:
        """An exact model of the hypotheses at these sizes, the same one at each call."""
        key = tuple(sorted(sizes.items()))
        if key not in self.instances:
            spread = SMALL if self.conditional else 2**31
            random = Random(f"{self.seed} {key}")
            try:
                self.instances[key] = model(self.signature, self.hypotheses, sizes, random, spread, self.maker)
            except NoModelError as error:
                self.instances[key] = error
        found = self.instances[key]
        if isinstance(found, NoModelError):
            raise found
        return found


    def more_sides(self) -> list[Sides]:
        """Both sides at further models, of every kind and many sizes: one model may be special, as a critical point is.

        Empty where nothing binds the letters: a random point then is as good as many.
        """
        if self.others is None:
            placed = bool(self.signature.fixed or self.signature.sets)
            self.others = [self._sides(instance) for instance in self._further()] if self.conditional or placed else []
        return self.others

    def _further(self) -> Iterator[Instance]:
        random = Random(f"{self.seed} further")
        for count, sizes in enumerate(small_sizes(self.signature, 4)):
            if count == MOST_SIZES:
                return
            for spread, maker in ((1, None), (SMALL, None), (SMALL, self.maker)):
                tries = 4 if self.signature.fixed else 2
                yield from models(self.signature, self.hypotheses, sizes, random, spread, maker, tries)

    def _sides(self, instance: Instance) -> Sides:
        evaluator = Evaluator(instance)
        left, right = (stacked(side, evaluator, self.over) for side in (self.goal.left, self.goal.right))
        return Sides(evaluator, left, right)


@dataclass(slots=True)
class Sides:
    """Both sides at one instance, and an evaluator for copies of them."""

    evaluator: Evaluator
    left: list[Any]
    right: list[Any]


# Comparing ----------------------------------------------------------------------------------------------------------


def exact_difference(left: Sequence[Any], right: Sequence[Any]) -> str:
    """The first place at which exact values differ; empty where they all agree."""
    for number, (a, b) in enumerate(zip(left, right, strict=True)):
        _check_exact(a, b)
        if a != b:
            return f"entry {number}: {shortened(a)} against {shortened(b)}"
    return ""


def _check_exact(*values: Any) -> None:
    for value in values:
        if isinstance(value, float | np.floating):
            raise NonFiniteError(f"a float, {value}, among exact numbers")


def shortened(value: Any) -> str:
    shown = str(value)
    return shown if len(shown) <= 60 else f"{shown[:40]}… ({len(shown)} characters)"


def agreeing_digits(left: Sequence[Any], right: Sequence[Any], most: float) -> float:
    """To how many digits two lists of numbers agree, against the largest of them, up to ``most``.

    Raises:
        NonFiniteError: a number is infinite or not a number.
    """
    for value in (*left, *right):
        if not mpmath.isfinite(value):
            raise NonFiniteError(f"a value that is not finite: {value}")
    scale = max((abs(value) for value in (*left, *right)), default=0)
    gap = max((abs(a - b) for a, b in zip(left, right, strict=True)), default=0)
    if gap == 0:
        return most
    # The points have entries of about one: where both sides are as small as this, they are zero and rounding.
    scale = scale if scale > 10.0 ** (-most / 2) else 1
    return min(most, float(-mpmath.log10(mpmath.mpf(gap) / mpmath.mpf(scale))))


# The kernel ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class KernelJudge:
    """The original certificate against the damaged statement: it must be refused, with a difference."""

    subject: Subject
    facts: tuple[Assumption, ...]
    folded: frozenset[n.Expr]
    certificate: Mapping[str, Any]
    method: str = "kernel"
    resolution: float = 0.0

    def statement(self, relation: Relation) -> Statement:
        return lower(replace(self.subject.sequent, goal=relation), self.facts, self.folded)[0]

    def objection(self, damaged: Relation) -> str:
        try:
            check(self.statement(damaged), self.certificate)
        except CertificateError as error:
            return str(error)
        return ""


# Judges that compare values -----------------------------------------------------------------------------------------


@dataclass(slots=True)
class ValueJudge:
    """Compares a damaged side with the other side, which the method computed."""

    method: str
    reference: Relation
    over: list[Index]
    sides: list[Sides]
    compare: Callable[[Sequence[Any], Sequence[Any]], str]
    resolution: float = 0.0
    precision: int = 15
    more: Callable[[], list[Sides]] = list

    def verdict(self) -> str:
        """How the two sides of the step itself differ; empty where they agree."""
        for sides in self.sides:
            difference = self._compared(sides.left, sides.right)
            if difference:
                return difference
        return ""

    def _compared(self, left: Sequence[Any], right: Sequence[Any]) -> str:
        if self.reference.sign == "≤":
            return next((f"{shortened(a)} > {shortened(b)}" for a, b in zip(left, right, strict=True) if a > b), "")
        return self.compare(left, right)

    def objection(self, damaged: Relation) -> str:
        """The difference at the judge's own point, or at one of ``more`` that it asks for only then."""
        with mpmath.workdps(self.precision):
            for sides in chain(self.sides, _lazily(self.more)):
                if damaged.right != self.reference.right:
                    difference = self._compared(sides.left, stacked(damaged.right, sides.evaluator, self.over))
                else:
                    difference = self._compared(stacked(damaged.left, sides.evaluator, self.over), sides.right)
                if difference:
                    return difference
        return ""


def _lazily(rows: Callable[[], list[Sides]]) -> Iterator[Sides]:
    yield from rows()


@dataclass(frozen=True, slots=True)
class Judged:
    """What a method found, and the judge that it makes, if it applies."""

    evidence: Evidence
    judge: Judge | None = None


def _finished(judge: ValueJudge, started: float, sizes: Sequence[Mapping[str, int]], detail: str, **extra: Any) -> Judged:
    difference = judge.verdict()
    evidence = Evidence(
        judge.method, not difference, difference or detail, sizes=tuple(sizes), seconds=time.perf_counter() - started, **extra
    )
    return Judged(evidence, judge)


def exact_points(subject: Subject) -> Judged:
    """Both sides by their trees, over the rationals, at models of the hypotheses."""
    started = time.perf_counter()
    sizes = subject.sizes(1)
    sides = []
    for size in sizes:
        evaluator = Evaluator(subject.instance(size))
        goal = subject.goal
        sides.append(Sides(evaluator, *(stacked(side, evaluator, subject.over) for side in (goal.left, goal.right))))
    judge = ValueJudge("exact-points", subject.goal, subject.over, sides, exact_difference, more=subject.more_sides)
    what = "at exact models of the hypotheses" if subject.conditional else "at random integers"
    return _finished(judge, started, sizes, what)


def entrywise(subject: Subject) -> Judged:
    """Both sides as polynomials in all entries."""
    started = time.perf_counter()
    bound = _bound_letters(subject)
    sizes = subject.sizes(1)
    sides, numeric = [], sorted(bound & subject.signature.symbols.keys())
    for size in sizes:
        letters = free_letters(subject.signature.symbols, bound)
        point = SymbolicPoint(subject.instance(size), letters, _moving(subject, bound))
        sides.append(_symbolic_sides(subject, point))
    zero = sides[0][1]
    placed = _placements(subject, bound) if subject.every_placement else []
    sizes += [size for size, _ in placed]

    def compare(left: Sequence[Any], right: Sequence[Any]) -> str:
        for number, (a, b) in enumerate(zip(left, right, strict=True)):
            if not zero(a - b):
                return f"entry {number}: the difference is {shortened(a - b)}"
        return ""

    judge = ValueJudge(
        "entrywise", subject.goal, subject.over, [s for s, _ in sides], compare, more=subject.more_sides
    )
    detail = f"a model's values for {', '.join(numeric)}, the rest symbolic" if numeric else "every entry symbolic"
    if placed:
        wrong = next((difference for _, difference in placed if difference), "")
        detail += f"; {len(placed)} placements of sets and indices"
        if wrong:
            seconds = time.perf_counter() - started
            return Judged(Evidence("entrywise", False, wrong, sizes=tuple(sizes), seconds=seconds), judge)
    return _finished(judge, started, _distinct(sizes), detail)


def _distinct(sizes: Sequence[Mapping[str, int]]) -> list[dict[str, int]]:
    return [dict(row) for row in dict.fromkeys(tuple(sorted(size.items())) for size in sizes)]


def _bound_letters(subject: Subject) -> frozenset[str]:
    """Letters that a hypothesis binds, or that stand inside an inverse: they take a model's values."""
    given = [h for h in subject.hypotheses if not isinstance(h, DimOrder)]
    exprs = [expr for hypothesis in given for expr in expressions(hypothesis)]
    for side in (subject.goal.left, subject.goal.right):
        exprs += [node.arg for node in side.walk() if isinstance(node, n.Inverse)]
    return frozenset(name for expr in exprs for name in n.symbols_of(expr))


def _moving(subject: Subject, bound: frozenset[str]) -> list[n.Symbol]:
    """Bound letters that something is differentiated by."""
    found: dict[str, n.Symbol] = {}
    for node in (node for side in (subject.goal.left, subject.goal.right) for node in side.walk()):
        if isinstance(node, n.Gradient):
            found[node.variable.name] = node.variable
        elif isinstance(node, n.Along | n.At):
            found |= {variable.name: variable for variable in node.variables}
    return [symbol for name, symbol in sorted(found.items()) if name in bound]


def _symbolic_sides(subject: Subject, point: SymbolicPoint) -> tuple[Sides, Callable[[Any], bool]]:
    instance = point.instance
    values = {**instance.values, **instance.sets}
    calculator = Calculator(instance.sizes, values, instance.indices, SymbolicNumbers(point), differentiate(point))
    left, right = (calculator.stacked(side, subject.over) for side in (subject.goal.left, subject.goal.right))
    return Sides(Evaluator(instance), left, right), point.is_zero


def _placements(subject: Subject, bound: frozenset[str]) -> list[tuple[dict[str, int], str]]:
    """The sides at every set and every fixed index that the conditions allow, up to the largest dimension."""
    found: list[tuple[dict[str, int], str]] = []
    conditions = [h for h in subject.hypotheses if isinstance(h, Condition)]
    letters = free_letters(subject.signature.symbols, bound)
    for sizes in small_sizes(subject.signature, LARGEST_SET_DIM):
        try:
            base = subject.instance(sizes)
        except NoModelError:
            continue
        point = SymbolicPoint(base, letters)
        shared = Evaluator(point.instance)
        for sets, indices in _every_placement(subject.signature, sizes):
            if not all(_condition_holds(condition, sets, indices) for condition in conditions):
                continue
            placed = replace(point.instance, sets=sets, indices=indices)
            evaluator = shared if sets == shared.instance.sets else Evaluator(placed)
            evaluator.instance, shared = placed, evaluator
            found.append((sizes, _placed_difference(subject, evaluator, point)))
    return found


def _condition_holds(condition: Condition, sets: Mapping[str, tuple[int, ...]], indices: Mapping[str, int]) -> bool:
    letter = condition.indicator
    if isinstance(letter, n.Delta):
        return (indices[letter.row.name] == indices[letter.col.name]) == condition.holds
    return (indices[letter.index.name] in sets[letter.subset.name]) == condition.holds


def _placed_difference(subject: Subject, evaluator: Evaluator, point: SymbolicPoint) -> str:
    left, right = (stacked(side, evaluator, subject.over) for side in (subject.goal.left, subject.goal.right))
    for a, b in zip(left, right, strict=True):
        if not point.is_zero(a - b):
            return f"at {evaluator.instance.sets}, {evaluator.instance.indices}: the difference is {shortened(a - b)}"
    return ""


def _every_placement(sign: Signature, sizes: Mapping[str, int]) -> Any:
    names = sorted(sign.sets)
    subsets = [list(combinations(range(sizes[sign.sets[m].dim.name]), sizes[sign.sets[m].size.name])) for m in names]
    ranges = [range(sizes[index.dim.name]) for index in sign.fixed]
    for members in product(*subsets):
        for values in product(*ranges):
            indices = {index.name: value for index, value in zip(sign.fixed, values, strict=True)}
            yield dict(zip(names, members, strict=True)), indices


# Judges of gradients ------------------------------------------------------------------------------------------------

Take = Callable[[Calculator, n.Gradient, Mapping[Index, int]], Any]


def _gradient_judge(
    subject: Subject, method: str, instance: Instance, take: Take, compare: Callable[..., str],
    rational: Callable[[int, int], Any], resolution: float = 0.0, precision: int = 15,
) -> ValueJudge:  # fmt: skip
    def derivative(calculator: Calculator, node: Any, place: Mapping[Index, int]) -> Any:
        return take(calculator, node, place)

    values = {**instance.values, **instance.sets}
    calculator = Calculator(instance.sizes, values, instance.indices, rational, derivative)
    left, right = (calculator.stacked(side, subject.over) for side in (subject.goal.left, subject.goal.right))
    sides = [Sides(Evaluator(instance), left, right)]
    return ValueJudge(method, subject.goal, subject.over, sides, compare, resolution, precision)


def _bodies(subject: Subject) -> list[n.Gradient]:
    return [g for side in (subject.goal.left, subject.goal.right) for g in gradients(side) or ()]


def exact_differences(subject: Subject) -> Judged:
    """The gradient by central differences of integers, exact because the degree is known."""
    started = time.perf_counter()
    degrees = [differences.degree(g.body, g.variable.name) for g in _bodies(subject)]
    if not degrees or any(d is None for d in degrees):
        return _not_applicable("exact-difference", "the differentiated expression is no polynomial", started)
    top = max(d for d in degrees if d is not None)
    sizes = subject.sizes(1)[0]

    def take(calculator: Calculator, node: n.Gradient, place: Mapping[Index, int]) -> Any:
        function = _function(calculator, node, place)
        along = lambda f, at, unit: differences.exact_directional(f, at, unit, top)  # noqa: E731
        return differences.gradient_by(along, function, calculator.values[node.variable.name])

    judge = _gradient_judge(subject, "exact-difference", subject.instance(sizes), take, exact_difference, Fraction)
    bound = _degree_of_goal(subject) / 2**32
    return _finished(judge, started, [sizes], f"degree {top}; every entry; false at most {bound:.0e}", bound=bound)


def _degree_of_goal(subject: Subject) -> int:
    names = subject.signature.symbols
    parts = [differences.degree(side, name) or 0 for side in _flat(subject) for name in names]
    return max(1, sum(parts))


def _flat(subject: Subject) -> list[n.Expr]:
    return [*(g.body for g in _bodies(subject)), subject.goal.right]


def _function(calculator: Calculator, node: n.Gradient, place: Mapping[Index, int]) -> Callable[[Any], Any]:
    return lambda value: calculator.changed({node.variable.name: value}).value(node.body, place)


def autograd_exact(subject: Subject) -> Judged:
    """The gradient by reverse-mode differentiation on Python integers."""
    started = time.perf_counter()
    if any(differences.degree(g.body, g.variable.name) is None for g in _bodies(subject)):
        return _not_applicable("autograd-exact", "the differentiated expression is no polynomial", started)
    sizes = subject.sizes(1)[0]
    judge = _gradient_judge(subject, "autograd-exact", subject.instance(sizes), _reverse, exact_difference, Fraction)
    return _finished(judge, started, [sizes], "reverse mode on integers; every entry")


def _reverse(calculator: Calculator, node: n.Gradient, place: Mapping[Index, int]) -> Any:
    indices = {**calculator.indices, **{index.name: value for index, value in place.items()}}
    function = lambdified(node.body)
    return function.gradient(calculator.values, node.variable.name, calculator.sizes, indices, rational=calculator.rational)


def _converted(instance: Instance, number: Callable[[Any], Any]) -> Instance:
    def convert(value: Any) -> Any:
        if not isinstance(value, np.ndarray):
            return number(value)
        return array([[number(entry) for entry in row] for row in value.tolist()])

    values = {name: convert(value) for name, value in instance.values.items()}
    return replace(instance, values=values, field=lambda value: number(value))


def autograd_float(subject: Subject) -> Judged:
    """The gradient by reverse-mode differentiation in float64."""
    started = time.perf_counter()
    sizes = subject.sizes(1)[0]
    scale = 2**31 if not subject.conditional else 1
    instance = _converted(subject.instance(sizes), lambda value: float(Fraction(value) / scale))
    floats = {name: np.asarray(value, dtype=float) for name, value in instance.values.items()}

    def take(calculator: Calculator, node: n.Gradient, place: Mapping[Index, int]) -> Any:
        gradient = _reverse(replace_values(calculator, floats), node, place)
        return gradient.astype(object) if isinstance(gradient, np.ndarray) else gradient

    def compare(left: Sequence[Any], right: Sequence[Any]) -> str:
        digits = agreeing_digits(left, right, 16)
        return "" if digits >= FLOAT_DIGITS else f"agree to {digits:.1f} digits only"

    judge = _gradient_judge(subject, "autograd", instance, take, compare, lambda p, q: p / q, 10.0**-FLOAT_DIGITS)
    digits = agreeing_digits(judge.sides[0].left, judge.sides[0].right, 16)
    return _finished(judge, started, [sizes], "reverse mode in float64; every entry", digits=math.floor(digits * 10) / 10)


def replace_values(calculator: Calculator, values: Mapping[str, Any]) -> Calculator:
    return calculator.changed(values)


def finite_difference(subject: Subject) -> Judged:
    """The gradient by central differences in mpmath, to the digits asked for."""
    started = time.perf_counter()
    sizes, digits = subject.sizes(1)[0], subject.digits
    with mpmath.workdps(2 * digits + 20):
        scale = 2**31 if not subject.conditional else 1
        instance = _converted(subject.instance(sizes), lambda value: _mpf(Fraction(value) / scale))

        def take(calculator: Calculator, node: n.Gradient, place: Mapping[Index, int]) -> Any:
            function = _function(calculator, node, place)
            along = lambda f, at, unit: differences.directional(f, at, unit, digits)  # noqa: E731
            return differences.gradient_by(along, function, calculator.values[node.variable.name])

        judge = _gradient_judge(
            subject, "finite-difference", instance, take, lambda a, b: _digit_difference(a, b, digits), _rational_mpf,
            10.0**-digits, 2 * digits + 20,
        )  # fmt: skip
        found = agreeing_digits(judge.sides[0].left, judge.sides[0].right, digits)
    return _finished(judge, started, [sizes], "central differences; every entry", digits=math.floor(found))


def _digit_difference(left: Sequence[Any], right: Sequence[Any], digits: int) -> str:
    with mpmath.workdps(2 * digits + 20):
        found = agreeing_digits(left, right, digits)
    return "" if found >= digits else f"agree to {found:.1f} of {digits} digits only"


def _mpf(value: Fraction) -> Any:
    return mpmath.mpf(value.numerator) / value.denominator


def _rational_mpf(top: int, bottom: int) -> Any:
    return mpmath.mpf(top) / bottom


def numeric(subject: Subject) -> Judged:
    """Both sides at the digits asked for, where roots and quotients make irrational points the natural ones."""
    started = time.perf_counter()
    digits = subject.digits
    with mpmath.workdps(digits + 15):
        sizes = subject.sizes(1)[0]
        instance = _irrational(subject, subject.instance(sizes))
        values = {**instance.values, **instance.sets}
        calculator = Calculator(instance.sizes, values, instance.indices, _rational_mpf)
        left, right = (calculator.stacked(side, subject.over) for side in (subject.goal.left, subject.goal.right))
        found = agreeing_digits(left, right, digits)
    judge = ValueJudge(
        "numeric", subject.goal, subject.over, [Sides(Evaluator(instance), left, right)],
        lambda a, b: _digit_difference(a, b, digits), 10.0**-digits, digits + 15,
    )  # fmt: skip
    return _finished(judge, started, [sizes], "at irrational points", digits=math.floor(found))


def _irrational(subject: Subject, exact: Instance) -> Instance:
    """The instance with irrational numbers: rotations by irrational angles, scalars and other letters not rational.

    Raises:
        NoModelError: a hypothesis binds a letter in a way that this does not respect.
    """
    random = Random(f"{subject.seed} irrational")
    instance = _converted(exact, lambda value: _mpf(Fraction(value)))
    values = dict(instance.values)
    bound = {name for h in subject.hypotheses if isinstance(h, Relation) for e in expressions(h) for name in n.symbols_of(e)}
    for name, symbol in subject.signature.symbols.items():
        if name in bound:
            raise NoModelError(f"the hypotheses bind {name}")
        values[name] = values[name] * mpmath.sqrt(random.randint(2, 50) * 2 + 1)
    for hypothesis in subject.hypotheses:
        if isinstance(hypothesis, Property) and hypothesis.name == "orthogonal":
            values[hypothesis.args[0].name] = _irrational_rotation(exact, hypothesis.args[0], random)  # type: ignore[attr-defined]
        elif isinstance(hypothesis, Property) and hypothesis.name not in {"invertible", "symmetric"}:
            raise NoModelError(f"{hypothesis} is not respected by irrational points")
    return replace(instance, values=values, root=mpmath.sqrt, quotient=lambda a, b: a / b)


def _irrational_rotation(exact: Instance, letter: n.Expr, random: Random) -> np.ndarray:
    size = exact.size(letter.shape[0].name)
    U = random_orthogonal(size, random) * mpmath.mpf(1)
    for i in range(size - 1):
        angle = mpmath.sqrt(random.randint(2, 50))
        turn = array([[mpmath.mpf(int(a == b)) for b in range(size)] for a in range(size)])
        turn[i, i] = turn[i + 1, i + 1] = mpmath.cos(angle)
        turn[i, i + 1], turn[i + 1, i] = -mpmath.sin(angle), mpmath.sin(angle)
        U = np.dot(U, turn)
    return U


def _not_applicable(method: str, why: str, started: float) -> Judged:
    return Judged(Evidence(method, None, why, seconds=time.perf_counter() - started))


# All of them --------------------------------------------------------------------------------------------------------

GRADIENT_METHODS = {
    "exact-difference": exact_differences,
    "autograd-exact": autograd_exact,
    "finite-difference": finite_difference,
    "autograd": autograd_float,
}


def value_judges(subject: Subject) -> list[Judged]:
    """Every judge that compares values and applies to the subject."""
    methods: dict[str, Callable[[Subject], Judged]] = {"exact-points": exact_points}
    sides = (subject.goal.left, subject.goal.right)
    if subject.goal.sign == "=":
        methods["entrywise"] = entrywise
    if gradient_claim(subject.goal) and not subject.sequent.premises:
        methods |= GRADIENT_METHODS
    elif any(isinstance(node, n.Sqrt | n.Div) for side in sides for node in side.walk() if not _plain_quotient(node)):
        methods["numeric"] = numeric
    return [_guarded(name, method, subject) for name, method in methods.items()]


def gradient_claim(goal: Relation) -> bool:
    """Whether the relation is about gradients, and about no other kind of derivative."""
    sides = (goal.left, goal.right)
    return any(split(side)[1] for side in sides) and all(gradients(side) for side in sides if split(side)[1])


def _plain_quotient(node: n.Expr) -> bool:
    return isinstance(node, n.Div) and isinstance(node.bottom, n.Number)


def _guarded(name: str, method: Callable[[Subject], Judged], subject: Subject) -> Judged:
    started = time.perf_counter()
    try:
        return method(subject)
    except NoModelError as error:
        return _not_applicable(name, str(error), started)
    except UndefinedError as error:
        return _not_applicable(name, f"undefined: {error}", started)
    except BROKEN as error:
        seconds = time.perf_counter() - started
        said = f"{type(error).__name__}: {error}"
        return Judged(Evidence(name, False, f"broke: {said}", fault=f"{name}: {said}", seconds=seconds))


BROKEN = (DeriveError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError, NotImplementedError)
"""What a check that breaks raises: it is then an error of the check, never agreement."""
