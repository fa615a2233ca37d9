"""LaTeX for an expression, as written."""

from __future__ import annotations

import unicodedata

from derive.language import nodes as n
from derive.language.printing import ADD, Printer

GREEK = {
    "Σ": r"\Sigma", "Λ": r"\Lambda", "λ": r"\lambda", "δ": r"\delta", "ε": r"\varepsilon", "σ": r"\sigma",
    "μ": r"\mu", "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "η": r"\eta", "θ": r"\theta", "Γ": r"\Gamma",
    "Δ": r"\Delta", "Θ": r"\Theta", "Φ": r"\Phi", "Ψ": r"\Psi", "Ω": r"\Omega", "φ": r"\varphi", "ψ": r"\psi",
    "ω": r"\omega", "ρ": r"\rho", "τ": r"\tau", "π": r"\pi", "κ": r"\kappa", "ν": r"\nu", "ξ": r"\xi", "χ": r"\chi",
}  # fmt: skip
ACCENTS = {"\u0304": r"\bar", "\u0303": r"\tilde", "\u0302": r"\hat", "\u0307": r"\dot"}
DIGITS = {chr(0x2080 + k): str(k) for k in range(10)}


class LatexPrinter(Printer):
    r"""``-2 \left(A^{\top} \Sigma - A^{\top} A B \Sigma\right)``"""

    element, unequal, becomes, transposed = r" \in ", r" \ne ", r" \leftarrow ", r"\top"
    at_most, rectified = r"\le", r"\operatorname{ReLU}"
    trace, diagonal, curly = r"\operatorname{tr}", r"\operatorname{diag}", r"\partial "
    fraction_side = fraction_bottom = ADD

    def name(self, name: str) -> str:
        return latex_name(name)

    def brackets(self, inside: str) -> str:
        return rf"\left({inside}\right)"

    def fraction(self, top: str, bottom: str) -> str:
        return rf"\frac{{{top}}}{{{bottom}}}"

    def subscript(self, base: str, marks: str) -> str:
        return f"{base}_{{{marks.replace('·', chr(92) + 'cdot ')}}}"

    def superscript(self, base: str, mark: str) -> str:
        return f"{base}^{{{mark}}}"

    def product(self, factors: list[str]) -> str:
        return " ".join(factors)

    def norm(self, inside: str) -> str:
        return rf"\left\lVert {inside} \right\rVert"

    def angles(self, inside: str) -> str:
        return rf"\left\langle {inside} \right\rangle"

    def root(self, arg: n.Expr) -> str:
        return rf"\sqrt{{{self(arg)}}}"

    def sum(self, marks: str) -> str:
        return rf"\sum_{{{marks}}}"

    def restriction(self, body: str, values: str) -> str:
        return rf"\left. {body} \right|_{{{values}}}"

    def size_power(self, base: str, dim: str, shift: str) -> str:
        return f"{base}^{{{dim}{shift}}}"

    def integral(self, body: str, variable: str, low: str, high: str) -> str:
        return rf"\int_{{{low}}}^{{{high}}} {body} \,d{variable}"

    def expectation(self, inside: str) -> str:
        return rf"\operatorname{{E}}\left[{inside}\right]"

    def column_of(self, items: list[str]) -> str:
        return r"\begin{pmatrix} " + r" \\ ".join(items) + r" \end{pmatrix}"


def latex_name(name: str) -> str:
    r"""A name in LaTeX: letters of the Greek alphabet, accents, and everything after ``_`` as a subscript.

    >>> latex_name("W̄"), latex_name("λ"), latex_name("E₁"), latex_name("U_I")
    ('\\bar{W}', '\\lambda', 'E_{1}', 'U_{I}')
    """
    base, _, below = name.partition("_")
    marks = "".join(DIGITS.get(char, "") for char in base) + below
    letters: list[str] = []
    for char in unicodedata.normalize("NFD", base):
        if char in ACCENTS and letters:
            letters[-1] = f"{ACCENTS[char]}{{{letters[-1]}}}"
        elif char not in DIGITS:
            letters.append(GREEK.get(char, char))
    plain = "".join(letters)
    word = len(letters) > 1 and plain.isascii() and plain.isalpha()
    shown = rf"\mathrm{{{plain}}}" if word else " ".join(letters)
    return f"{shown}_{{{marks}}}" if marks else shown


def latex(expr: n.Expr) -> str:
    """The expression in LaTeX, as written."""
    return LatexPrinter()(expr)
