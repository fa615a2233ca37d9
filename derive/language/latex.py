"""LaTeX for an expression, as written."""

from __future__ import annotations

import re
import unicodedata

from derive.language import nodes as n
from derive.language.indices import DimOrder, Index
from derive.language.laws import Law
from derive.language.printing import ADD, ATOM, POSTFIX, Printer
from derive.language.statements import (
    Choice,
    Condition,
    Exists,
    Hypothesis,
    Iff,
    Implies,
    Property,
    Relation,
    Statement,
)

GREEK = {
    "Σ": r"\Sigma", "Λ": r"\Lambda", "λ": r"\lambda", "δ": r"\delta", "ε": r"\varepsilon", "σ": r"\sigma",
    "μ": r"\mu", "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "η": r"\eta", "θ": r"\theta", "Γ": r"\Gamma",
    "Δ": r"\Delta", "Θ": r"\Theta", "Φ": r"\Phi", "Ψ": r"\Psi", "Ω": r"\Omega", "φ": r"\varphi", "ψ": r"\psi",
    "ω": r"\omega", "ρ": r"\rho", "τ": r"\tau", "π": r"\pi", "κ": r"\kappa", "ν": r"\nu", "ξ": r"\xi", "χ": r"\chi",
}  # fmt: skip
ACCENTS = {"\u0304": r"\bar", "\u0303": r"\tilde", "\u0302": r"\hat", "\u0307": r"\dot"}
DIGITS = {chr(0x2080 + k): str(k) for k in range(10)} | {"₊": "+", "₋": "-"}


class LatexPrinter(Printer):
    r"""``-2 \left(A^{\top} \Sigma - A^{\top} A B \Sigma\right)``"""

    element, unequal, becomes, transposed = r" \in ", r" \ne ", r" \leftarrow ", r"\top"
    dot = r"\cdot "
    at_most, rectified = r"\le", r"\operatorname{ReLU}"
    trace, diagonal, curly = r"\operatorname{tr}", r"\operatorname{diag}", r"\partial "
    fraction_side = fraction_bottom = ADD

    def name(self, name: str) -> str:
        return latex_name(name)

    def index(self, index: Index) -> str:
        return latex_name(index.name)

    def print_size(self, expr: n.Size) -> tuple[int, str]:
        return ATOM, latex_name(expr.dim.name)

    def brackets(self, inside: str) -> str:
        return rf"\left({inside}\right)"

    def fraction(self, top: str, bottom: str) -> str:
        return rf"\frac{{{top}}}{{{bottom}}}"

    def subscript(self, base: str, marks: str) -> str:
        primes = "'" * (len(base) - len(base.rstrip("'")))  # TeX wants them beside what stands above
        return f"{base.rstrip(chr(39))}_{{{marks.replace('·', chr(92) + 'cdot ')}}}{primes}"

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

    # What a notation of its own shows as one thing needs no brackets in a product.

    def print_div(self, expr: n.Div) -> tuple[int, str]:
        return POSTFIX, super().print_div(expr)[1]

    def print_gradient(self, expr: n.Gradient) -> tuple[int, str]:
        return POSTFIX, super().print_gradient(expr)[1]

    def print_along(self, expr: n.Along) -> tuple[int, str]:
        return POSTFIX, super().print_along(expr)[1]

    def print_trace(self, expr: n.Trace) -> tuple[int, str]:
        return POSTFIX, super().print_trace(expr)[1]

    def print_diag(self, expr: n.Diag) -> tuple[int, str]:
        return POSTFIX, super().print_diag(expr)[1]

    def print_at(self, expr: n.At) -> tuple[int, str]:
        return POSTFIX, super().print_at(expr)[1]  # a power beside what stands below the bar would be misread

    def restriction(self, body: str, values: str) -> str:
        return rf"\left. {body} \right|_{{{values}}}"

    def size_power(self, base: str, dim: str, shift: str) -> str:
        return f"{base}^{{{dim}{shift}}}"

    def binomial(self, top: str, bottom: str) -> str:
        return rf"\binom{{{top}}}{{{bottom}}}"

    def integral(self, body: str, variable: str, low: str, high: str) -> str:
        return rf"\int_{{{low}}}^{{{high}}} {body} \,d{variable}"

    def expectation(self, inside: str) -> str:
        return rf"\operatorname{{E}}\left[{inside}\right]"

    def column_of(self, items: list[str]) -> str:
        return r"\begin{pmatrix} " + r" \\ ".join(map(legible, items)) + r" \end{pmatrix}"


TALL = re.compile(r"\\(?:frac|sum|int)(?![A-Za-z])")


def legible(cell: str) -> str:
    """In a cell TeX sets fractions, sums and integrals as small as in a line of words, unless it is told not to."""
    return rf"\displaystyle {cell}" if TALL.search(cell) else cell


def latex_name(name: str) -> str:
    r"""A name in LaTeX: letters of the Greek alphabet, accents, and everything after ``_`` as a subscript.

    >>> latex_name("W̄"), latex_name("λ"), latex_name("E₁"), latex_name("U_I")
    ('\\bar{W}', '\\lambda', 'E_{1}', 'U_{I}')
    """
    base, _, below = name.partition("_")
    primes = len(base) - len(base.rstrip("'′"))
    base = base.rstrip("'′")
    letters = _letters(base)
    marks = "".join(DIGITS.get(char, "") for char in base) + _below(below)
    plain = "".join(letters)
    word = len(letters) > 1 and plain.isascii() and plain.isalpha()
    number = plain.isascii() and plain.isdigit()
    shown = rf"\mathrm{{{plain}}}" if word else plain if number else " ".join(letters)
    return (f"{shown}_{{{marks}}}" if marks else shown) + "'" * primes


def _below(marks: str) -> str:
    """What stands below a name; a word is upright, ``pairs`` is no product of five letters."""
    if len(marks) > 2 and marks.isascii() and marks.islower() and marks.isalpha():
        return rf"\mathrm{{{marks}}}"
    return " ".join(_letters(marks, ascii_kept=True))


def _letters(name: str, ascii_kept: bool = False) -> list[str]:
    """The letters of a name, each in LaTeX, with its accents; digits that stand below are left to the subscript."""
    found: list[str] = []
    for char in unicodedata.normalize("NFD", name):
        if char in ACCENTS and found:
            found[-1] = f"{ACCENTS[char]}{{{found[-1]}}}"
        elif char in DIGITS:
            found += [DIGITS[char]] if ascii_kept else []
        else:
            found.append(GREEK.get(char) or _ascii(char))
    return ["".join(found)] if ascii_kept and name.isascii() else found


def _ascii(char: str) -> str:
    r"""A character that LaTeX knows; another by its number, so that nothing is lost."""
    if char in "'′":
        return "'"
    if char == "ᵀ":
        return r"^{\top}"
    plain = char.isascii() and char.isprintable() and char not in "#$%&~^\\{}"
    return char if plain else rf"\mathrm{{u{ord(char):04X}}}"


def latex(expr: n.Expr) -> str:
    """The expression in LaTeX, as written."""
    return LatexPrinter()(expr)


LAWS = {"bernoulli": r"\operatorname{Bernoulli}", "uniform": r"\operatorname{U}", "moments": r"\operatorname{moments}"}


def law_latex(variable: n.Expr, law: Law) -> str:
    r"""What is random and its law: that of the product of independent numbers, or any with these moments.

    >>> from derive import bernoulli, scalar, uniform
    >>> print(law_latex(scalar("x"), bernoulli(scalar("p")) * uniform(0, 1)))
    x \sim \operatorname{Bernoulli}(p) \cdot \operatorname{U}(0, 1)
    """
    product = r" \cdot ".join(f"{LAWS[part.kind]}({', '.join(map(latex, part.values))})" for part in law.parts)
    return rf"{latex(variable)} \sim {product}"


SIGNS = {"=": "=", "≤": r"\le", "<": "<"}


def statement_latex(statement: Statement | Hypothesis) -> str:
    r"""A statement or hypothesis in LaTeX, for mathematics mode; words stand in ``\text``.

    >>> from derive import dims, equal, iff, invertible, matrix
    >>> (n,) = dims("n")
    >>> A = matrix("A", n, n)
    >>> statement_latex(invertible(A))
    'A \\text{ invertible}'
    >>> print(statement_latex(iff(equal(A.T, A), equal(A - A.T, 0))))
    A^{\top} = A \iff A - A^{\top} = 0
    """
    match statement:
        case Relation(left, right, sign):
            return f"{latex(left)} {SIGNS[sign]} {latex(right)}"
        case Implies(premises, conclusion):
            return rf"{_all(premises)} \implies {statement_latex(conclusion)}"
        case Iff(left, right):
            return rf"{_all(left)} \iff {_all(right)}"
        case Exists(choice, conclusion):
            name = latex_name(choice.subset.name)
            size = latex_name(choice.subset.size.name)
            return rf"\exists\, {statement_latex(choice)},\ \#{name} = {size}:\quad {statement_latex(conclusion)}"
        case Property(name, args):
            joined = r" \text{ and } ".join(map(latex, args))
            return rf"{joined} \text{{ {name}}}"
        case Choice(subset, index, member):
            return rf"{latex_name(subset.name)} = \{{{latex_name(index.name)} : {latex(member)} = 1\}}"
        case DimOrder(small, large):
            return f"{latex_name(small.name)} < {latex_name(large.name)}"
        case Condition():
            return _condition(statement)
    raise TypeError(f"{statement!r} is no statement")


def _all(given: tuple[Relation | Condition | Property | Choice, ...]) -> str:
    return r" \;\wedge\; ".join(map(statement_latex, given))


def _condition(condition: Condition) -> str:
    indicator, holds = condition.indicator, condition.holds
    if isinstance(indicator, n.Indicator):
        sign = r"\in" if holds else r"\notin"
        return f"{latex_name(indicator.index.name)} {sign} {latex_name(indicator.subset.name)}"
    equal, less = ("=", "<") if holds else (r"\ne", r"\ge")
    sign = equal if isinstance(indicator, n.Delta) else less
    return f"{latex_name(indicator.row.name)} {sign} {latex_name(indicator.col.name)}"
