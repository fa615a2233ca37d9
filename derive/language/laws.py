"""Laws of random numbers: what an expectation integrates over.

A law is a product of independent parts, each with exact moments, so that a Bernoulli times a uniform number is a law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations

from derive.errors import InputError, LawError, TypingError
from derive.language.nodes import Add, Expr, Mul, Neg, Number, Operand, Symbol, coerce, symbols_of

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))
LAW = "the law, "
"""What the name of a hypothesis begins with that says what holds of the parameters of a law."""
Condition = tuple[Expr, Expr]
"""Two expressions of which the first is at most the second."""


@dataclass(frozen=True, slots=True)
class Part:
    """A number drawn by chance.

    Attributes:
        kind: ``bernoulli``, ``uniform`` or ``moments``.
        values: the probability of 1; the ends of the interval; the moments that are known, from the first on.
    """

    kind: str
    values: tuple[Expr, ...]

    def __post_init__(self) -> None:
        values = [value.value for value in self.values if isinstance(value, Number)]
        if self.kind == "bernoulli" and not all(0 <= value <= 1 for value in values):
            raise InputError(f"{self}: a probability lies between 0 and 1")
        if self.kind == "uniform" and (len(values) < 2 or values[0] >= values[1]):
            raise InputError(f"{self}: give two numbers, the first below the second")
        if self.kind == "moments" and len(values) == len(self.values) and not are_moments([Fraction(1), *values]):
            raise InputError(f"{self}: no law has these moments: {_why(values)}")

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What holds of the parameters of a law: probabilities lie between 0 and 1, and of moments the determinants
        |m_{i+j}| are at least 0; where one is 0 there is more to ask (``are_moments``)."""
        if all(isinstance(value, Number) for value in self.values):  # looked at when it was made
            return ()
        if self.kind == "bernoulli":
            return (ZERO, self.values[0]), (self.values[0], ONE)
        moments = (ONE, *self.values)
        sizes = range(2, len(self.values) // 2 + 2)
        return tuple((ZERO, _determinant([moments[i : i + size] for i in range(size)])) for size in sizes)

    @property
    def surely_some(self) -> bool:
        """Whether there is such a law for some values of the letters, whatever else is said of them: seen at sight."""
        *before, last = self.values
        letters = list(symbols_of(last).values())
        if all(isinstance(value, Number) for value in self.values) or (self.kind == "moments" and not before):
            return True
        if self.kind == "bernoulli":
            return len(letters) == 1 and last in (letters[0], Add((ONE, Neg(letters[0]))))
        earlier = {name for value in before for name in symbols_of(value)}
        return len(before) == 1 and isinstance(last, Symbol) and last.name not in earlier

    def moment(self, power: int) -> Expr:
        """The expectation of the ``power``-th power, for a power from 1 on."""
        if self.kind == "bernoulli":
            return self.values[0]
        if self.kind == "uniform":
            low, high = (end.value for end in self.values if isinstance(end, Number))
            return Number((high ** (power + 1) - low ** (power + 1)) / ((power + 1) * (high - low)))
        if power > len(self.values):
            raise LawError(f"{self}: its moment of order {power} is asked for, and {len(self.values)} are given")
        return self.values[power - 1]

    def __str__(self) -> str:
        shown = ", ".join(map(str, self.values))
        return f"{'with_moments' if self.kind == 'moments' else self.kind}({shown})"


@dataclass(frozen=True, slots=True)
class Law:
    """The law of a product of independent numbers.

    >>> from derive import bernoulli, scalar, uniform
    >>> S = scalar("S")
    >>> law = bernoulli(1 - S) * uniform(0, 1)
    >>> print(law, "|", law.moment(2))
    bernoulli(1 − S) · uniform(0, 1) | ⅓(1 − S)
    """

    parts: tuple[Part, ...]

    def __mul__(self, other: Law) -> Law:
        if not isinstance(other, Law):
            raise TypingError(f"{self} * {other!r}: a law is multiplied by a law")
        return Law((*self.parts, *other.parts))

    def moment(self, power: int) -> Expr:
        """The expectation of the ``power``-th power of a number with this law.

        Raises:
            InputError: the law does not say.
        """
        found = [part.moment(power) for part in self.parts] if power else []
        found.sort(key=lambda one: not isinstance(one, Number))  # numbers in front, as on paper
        return Mul(tuple(found)) if len(found) > 1 else (found or [ONE])[0]

    @property
    def parameters(self) -> tuple[Expr, ...]:
        return tuple(value for part in self.parts for value in part.values)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """What holds of the parameters, or there is no such law."""
        return tuple(condition for part in self.parts for condition in part.conditions)

    @property
    def given_moments(self) -> tuple[tuple[Expr, ...], ...]:
        """The parameters of the parts of which moments alone are given, where more than two have to fit together."""
        return tuple(part.values for part in self.parts if part.kind == "moments" and len(part.values) > 2)

    @property
    def surely_some(self) -> bool:
        """Whether it is seen at sight that there are parameters that fit."""
        return all(part.surely_some for part in self.parts)

    def with_parameters(self, new: Sequence[Expr]) -> Law:
        """The same kinds of parts, with other parameters."""
        rest = list(new)
        return Law(tuple(Part(part.kind, tuple(rest.pop(0) for _ in part.values)) for part in self.parts))

    def __str__(self) -> str:
        return " · ".join(map(str, self.parts))


def _determinant(rows: Sequence[Sequence[Expr]]) -> Expr:
    """By Leibniz's formula; written as m₂ − m₁² for two moments."""
    terms = []
    for columns in permutations(range(len(rows))):
        odd = sum(a > b for place, a in enumerate(columns) for b in columns[place:]) % 2
        factors = [rows[i][j] for i, j in enumerate(columns) if rows[i][j] != ONE]
        if ZERO not in factors:
            product = Mul(tuple(factors)) if len(factors) > 1 else (factors or [ONE])[0]
            terms.append(Neg(product) if odd else product)
    return Add(tuple(terms)) if len(terms) > 1 else (terms or [ZERO])[0]


def are_moments(moments: Sequence[Fraction]) -> bool:
    """Whether some law has these moments, from the 0th on: the matrices (m_{i+j}) are positive definite, up to one
    that is singular, from which on a recursion gives all moments; then the law has as many points as the recursion
    has terms.

    >>> [are_moments([1, 0, 1, 0, fourth]) for fourth in (0, 1, 3)]
    [False, True, True]
    """
    basis: list[tuple[list[Fraction], Fraction]] = []  # polynomials that are orthogonal by these moments, and norms

    def product(one: Sequence[Fraction], other: Sequence[Fraction]) -> Fraction:
        return sum((a * b * moments[i + j] for i, a in enumerate(one) for j, b in enumerate(other)), Fraction(0))

    for degree in range((len(moments) - 1) // 2 + 1):
        power = [Fraction(k == degree) for k in range(degree + 1)]
        new = list(power)
        for known, norm in basis:
            ratio = product(power, known) / norm
            new = [a - ratio * (known[k] if k < len(known) else 0) for k, a in enumerate(new)]
        norm = product(new, new)
        if norm < 0:
            return False
        if norm == 0:
            shifts = range(len(moments) - degree)
            return all(sum(a * moments[k + shift] for k, a in enumerate(new)) == 0 for shift in shifts)
        basis.append((new, norm))
    return True


def _why(values: Sequence[Fraction]) -> str:
    if len(values) > 1 and values[1] < values[0] ** 2:
        return f"E[x²] = {values[1]} is below E[x]² = {values[0] ** 2}"
    return "E[p(x)²] would be negative for some polynomial p, or 0 where p(x) is not"


def _scalar(value: Operand, what: str) -> Expr:
    expr = coerce(value)
    if expr.shape or expr.free:
        raise TypingError(f"{what} is {expr}: it has to be a scalar without indices")
    return expr


def bernoulli(probability: Operand) -> Law:
    """1 with this probability, else 0.

    Raises:
        InputError: the probability is a number outside [0, 1].
    """
    return Law((Part("bernoulli", (_scalar(probability, "the probability of bernoulli(…)"),)),))


def uniform(low: int | Fraction, high: int | Fraction) -> Law:
    """Equally likely everywhere between two numbers.

    Raises:
        InputError: the interval is empty.
    """
    return Law((Part("uniform", (_scalar(low, "an end of uniform(…)"), _scalar(high, "an end of uniform(…)"))),))


def with_moments(*moments: Operand) -> Law:
    """Any law with these moments, E[x], E[x²], …, the first first: what is proved holds of each of them.

    Raises:
        InputError: they are numbers, and no law has them.

    >>> print(with_moments(0, 1, 0, 3))
    with_moments(0, 1, 0, 3)
    """
    if not moments:
        raise InputError("with_moments(): at least the first moment has to be given")
    return Law((Part("moments", tuple(_scalar(one, "a moment") for one in moments)),))
