"""One line of Unicode for an expression, and its ASCII form for terminals that have no other."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from derive.language import nodes as n
from derive.language.printing import ATOM, Printer

SUPERSCRIPTS = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
PLAIN = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
EXPONENT = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")

VULGAR = {(1, 2): "½", (1, 4): "¼", (3, 4): "¾", (1, 3): "⅓", (2, 3): "⅔"}

ASCII = {
    "ᵀ": "^T", "²": "^2", "³": "^3", "⁴": "^4", "⁻": "^-", "¹": "1", "−": "-", "∑": "sum", "Σ": "Sigma", "Λ": "Lambda",
    "λ": "lambda", "δ": "delta", "ε": "eps", "∂": "d", "∇": "grad ", "‖": "||", "⟨": "<", "⟩": ">", "∈": " in ",
    "∉": " not in ", "≠": "!=", "≤": "<=", "≥": ">=", "←": "<-", "√": "sqrt", "·": ".", "⇒": "=>", "⇔": "<=>",
    "×": "x", "…": "...", "σ": "sigma", "μ": "mu", "∧": "and", "∪": "u", "∖": "\\", "✓": "ok", "✗": "no", "′": "'",
    "—": "-", "–": "-",
    "½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅕": "1/5",
    "η": "eta", "θ": "theta", "α": "alpha", "β": "beta", "γ": "gamma",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega", "φ": "phi", "ψ": "psi",
    "ω": "omega", "ρ": "rho", "τ": "tau", "π": "pi", "κ": "kappa", "ν": "nu", "ξ": "xi", "χ": "chi", "ζ": "zeta",
    "→": "->", "∫": "int",
    "∃": "there is", "₊": "_+", "₋": "_-", **{chr(ord("₀") + digit): str(digit) for digit in range(10)},
}  # fmt: skip

MARKS = {"\u0303": "~", "\u0304": "bar", "\u0302": "hat"}
"""Accents that tell one symbol from another; the rest are only spelling."""


class UnicodePrinter(Printer):
    """``−2(AᵀΣ − AᵀABΣ)``"""

    minus = "−"

    def rational(self, top: int, bottom: int) -> str:
        return VULGAR.get((top, bottom), f"{top}/{bottom}")

    def subscript(self, base: str, marks: str) -> str:
        return f"{base}_{marks}" if " " not in marks else f"{base}[{marks}]"

    def superscript(self, base: str, mark: str) -> str:
        return base + mark.translate(SUPERSCRIPTS)

    def product(self, factors: list[str]) -> str:
        spaced = any("_" in factor and not factor.startswith("(") for factor in factors)
        return (" " if spaced else "").join(factors)

    def juxtapose(self, factors: list[str]) -> str:
        printed = factors[0]
        for previous, factor in pairwise(factors):
            tight = factor.startswith("·") or (factor.startswith("(") and previous.lstrip("−").isalnum())
            printed += factor if tight else f" {factor}"
        return printed

    def norm(self, inside: str) -> str:
        return f"‖{inside}‖"

    def angles(self, inside: str) -> str:
        return f"⟨{inside}⟩"

    def power_base(self, expr: n.Expr) -> str:
        # √a² might be √(a²)
        return self.brackets(self(expr)) if isinstance(expr, n.Sqrt) else super().power_base(expr)

    def root(self, arg: n.Expr) -> str:
        return f"√{self(arg, ATOM)}"

    def sum(self, marks: str) -> str:
        return f"∑_{marks}" if len(marks) == 1 else f"∑_{{{marks}}}"

    def restriction(self, body: str, values: str) -> str:
        return f"{body}|_{{{values}}}"

    def integral(self, body: str, variable: str, low: str, high: str) -> str:
        low, high = (end if len(end) == 1 else f"{{{end}}}" for end in (low, high))
        return f"∫_{low}^{high} {body} d{variable}"

    def column_of(self, items: list[str]) -> str:
        return f"({' ; '.join(items)})"


def text(expr: n.Expr) -> str:
    """The expression in one line of Unicode, as written."""
    return UnicodePrinter()(expr)


def _exponent(found: re.Match[str]) -> str:
    return "^" + found.group().translate(PLAIN)


def to_ascii(line: str) -> str:
    """The same line for a terminal that cannot show Unicode: ``AᵀΣ`` becomes ``A^TSigma``."""
    spelled = "".join(ASCII.get(char, char) for char in EXPONENT.sub(_exponent, line))
    marked = "".join(MARKS.get(char, char) for char in unicodedata.normalize("NFD", spelled))
    kept = "".join(char for char in marked if not unicodedata.combining(char))
    return kept.encode("ascii", "replace").decode("ascii")
