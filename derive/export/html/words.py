"""What the page says of verdicts and methods."""

from __future__ import annotations

from math import floor

from derive.render import sizes_text
from derive.report import Evidence

VERDICTS = {
    "proved": ("✓", "the kernel accepted a certificate: for all dimensions, from the hypotheses listed"),
    "proved-at": ("◑", "exact and symbolic, but at the listed sizes only"),
    "agrees": ("≈", "numbers agree, to the digits given"),
    "refuted": ("✗", "false: an exact counterexample, at the smallest sizes at which one was found"),
    "undecided": ("?", "neither; the report says why"),
    "undefined": ("∅", "no value: an inverse of a singular matrix, a division by zero, a derivative at a kink"),
    "ill-typed": ("≢", "shapes or index dimensions do not fit (a statement of the source, kept as printed)"),
    "error": ("!", "a check broke, or two methods contradict each other"),
}
"""Each verdict with a sign, so that it is not told by colour alone, and what it says."""

METHODS = {
    "kernel": "a proof for all dimensions",
    "sympy": "SymPy's own symbolic derivation, converted back and compared; reported beside the verdict, never "
    "decides it",
    "entrywise": "SymPy scalars at explicit sizes, differentiated entry by entry, and an exact test for zero",
    "exact-difference": "differences of exact numbers, exact because the polynomial's degree is known",
    "autograd-exact": "reverse-mode differentiation of integers, every entry",
    "finite-difference": "a central difference at as many digits as were asked for",
    "autograd": "reverse-mode differentiation in float64",
    "exact-points": "both sides at random rational points, or at models of the hypotheses",
    "numeric": "both sides at as many digits as were asked for, where square roots have no exact value",
    "sampling": "expectations against averages of samples; what is right is called wrong at most once in 10⁶ runs",
    "quadrature": "integrals at as many digits as were asked for, split at the kinks",
    "independent": "a definition against the author's own plain function",
    "faithful": "the translations of the statement against the statement itself",
}


def says(row: Evidence) -> tuple[str, str]:
    """A sign and a word for what a method says."""
    if row.ok is None:
        return ("?", "is wrong itself") if row.fault else ("–", "does not apply")
    return ("✓", "holds") if row.ok else ("✗", "objects")


def digits(row: Evidence) -> str:
    return "" if row.digits is None else str(floor(row.digits))


MOST_SIZES = 3


def sizes(row: Evidence) -> str:
    """The sizes at which a method looked, not more than a few of them."""
    shown = [sizes_text(one).replace(" ", "\N{NO-BREAK SPACE}") for one in row.sizes]
    more = f", … ({len(shown)} in all)" if len(shown) > MOST_SIZES else ""
    return ", ".join(shown[:MOST_SIZES]) + more


def detail(row: Evidence) -> str:
    bound = f"false with probability ≤ {row.bound:.1g}" if row.bound and "false at most" not in row.detail else ""
    return "; ".join(filter(None, [row.fault, row.detail, bound]))


def counted(number: int, one: str, several: str = "") -> str:
    """``1 claim``, ``2 claims``."""
    return f"{number} {one if number == 1 else several or one + 's'}"
