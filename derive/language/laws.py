"""Laws of random numbers: what an expectation integrates over.

A law is a product of independent parts, each with exact moments, so that a Bernoulli times a uniform number is a law.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from derive.errors import InputError, LawError, TypingError
from derive.language.nodes import Expr, Mul, Number, Operand, coerce

ONE = Number(Fraction(1))


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
        return f"{self.kind}({shown})"


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
    def probabilities(self) -> tuple[Expr, ...]:
        """The parameters that lie between 0 and 1."""
        return tuple(part.values[0] for part in self.parts if part.kind == "bernoulli")

    def with_parameters(self, new: Sequence[Expr]) -> Law:
        """The same kinds of parts, with other parameters."""
        rest = list(new)
        return Law(tuple(Part(part.kind, tuple(rest.pop(0) for _ in part.values)) for part in self.parts))

    def __str__(self) -> str:
        return " · ".join(map(str, self.parts))


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
    """Any law with these moments, the first first: what is proved holds of each of them."""
    if not moments:
        raise InputError("with_moments(): at least the first moment has to be given")
    return Law((Part("moments", tuple(_scalar(one, "a moment") for one in moments)),))
