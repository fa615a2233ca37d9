"""Every exception of the package; a command line turns each into one line and exit status 2."""

from __future__ import annotations

from collections.abc import Mapping


class DeriveError(Exception):
    """Something is wrong; ``values`` holds what the message quotes, by name."""

    def __init__(self, message: str, values: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.values = dict(values or {})


class InputError(DeriveError):
    """The author's input is wrong: a derivation, an option, a file."""


class TypingError(InputError):
    """An expression or statement cannot be built: what it joins does not fit."""


class LawError(InputError):
    """A law of random numbers does not say what an expectation asks of it."""


class ShapeError(TypingError):
    """Two shapes do not fit an operator."""


class IndexingError(TypingError):
    """An index is over another dimension, summed twice, or free on one side only."""


class ModelError(InputError):
    """An author's model fails, or gives what no instance can hold."""


class CertificateError(DeriveError):
    """The kernel refuses: a certificate does not prove its statement."""


class StatementError(DeriveError):
    """The kernel cannot read a statement."""


class BudgetError(DeriveError):
    """A search outgrew its budget; nothing is known of what it searched for."""


class UndefinedError(DeriveError):
    """An expression has no value here: an inverse of a singular matrix, a division by zero."""


class IrrationalError(UndefinedError):
    """An expression has a value here, but no rational one, and the numbers here are rational."""


class NonFiniteError(DeriveError):
    """A number in a numeric check is infinite or not a number."""


class NoModelError(DeriveError):
    """No exact instance of a set of hypotheses was found."""
