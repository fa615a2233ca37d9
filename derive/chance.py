"""Expectations, evaluated: polynomials in random numbers whose monomials have known moments.

Shares nothing with how an expectation is lowered for the kernel, which goes by cumulants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from itertools import groupby
from typing import Any

import numpy as np

from derive.errors import UndefinedError

Monomial = tuple[int, ...]
"""The numbers of its random factors, in order, each as often as it occurs."""


class Chance:
    """A polynomial in independent random numbers, with coefficients of any kind of number."""

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Monomial, Any]) -> None:
        self.terms = terms

    @staticmethod
    def generator(number: int) -> Chance:
        return Chance({(number,): 1})

    def __add__(self, other: Any) -> Any:
        if _is_outer(other):
            return NotImplemented
        terms = dict(self.terms)
        for monomial, value in _terms(other):
            terms[monomial] = terms[monomial] + value if monomial in terms else value
        return Chance(terms)

    __radd__ = __add__

    def __neg__(self) -> Chance:
        return Chance({monomial: -value for monomial, value in self.terms.items()})

    def __sub__(self, other: Any) -> Any:
        return NotImplemented if _is_outer(other) else self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return NotImplemented if _is_outer(other) else -self + other

    def __mul__(self, other: Any) -> Any:
        if _is_outer(other):
            return NotImplemented
        terms: dict[Monomial, Any] = {}
        for own, value in self.terms.items():
            for more, factor in _terms(other):
                monomial = tuple(sorted(own + more))
                product = value * factor
                terms[monomial] = terms[monomial] + product if monomial in terms else product
        return Chance(terms)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if isinstance(other, Chance):
            return other._refuse(self)
        by = Fraction(other) if isinstance(other, int) else other  # of whole numbers Python would make a float
        return Chance({monomial: value / by for monomial, value in self.terms.items()})

    def _refuse(self, other: Any) -> Any:
        """What is not a polynomial in random numbers: its expectation is not known from moments."""
        raise UndefinedError("what is averaged is no polynomial in what is random")

    __rtruediv__ = __lt__ = __le__ = __gt__ = __ge__ = sqrt = _refuse


def _is_outer(other: Any) -> bool:
    """Whether the other number takes this one for a coefficient: it then does the arithmetic."""
    return isinstance(other, np.ndarray) or (hasattr(other, "slope") and not isinstance(other, Chance))


def _terms(value: Any) -> Iterable[tuple[Monomial, Any]]:
    return value.terms.items() if isinstance(value, Chance) else [((), value)]


def expected(value: Any, moment: Callable[[int, int], Any], numbers: range) -> Any:
    """The expectation over the random numbers ``numbers``; ``moment(number, power)`` is that of a power of one."""
    if not isinstance(value, Chance):
        return value
    result: Any = 0
    for monomial, coefficient in value.terms.items():
        for number, group in groupby(number for number in monomial if number in numbers):
            coefficient = coefficient * moment(number, len(list(group)))
        rest = tuple(number for number in monomial if number not in numbers)
        # The moment of a law whose parameter is random is random itself.
        result = result + (Chance({rest: 1}) * coefficient if rest else coefficient)
    return result
