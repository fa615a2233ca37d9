"""The trusted kernel: read this package, and nothing else, to know what "proved" means.

It imports the standard library and ``derive.errors`` only, searches for nothing, and accepts a statement exactly when a
certificate, found elsewhere and never trusted, makes the two sides of it agree by the rules of ``rules``.

- ``terms``: contraction polynomials, the one form for matrix products, traces, transposes, deltas and index sums;
- ``statement``: what can be stated, as data; ``text``: the same, for a person to compare with a page;
- ``rules``: the inference rules;
- ``check``: the only maker of a ``Theorem``.
"""

from derive.kernel.check import Theorem, check
from derive.kernel.statement import Hypothesis, Letter, Statement
from derive.kernel.terms import Free, Poly

__all__ = ["Free", "Hypothesis", "Letter", "Poly", "Statement", "Theorem", "check"]
