"""One expression, three notations: a line of Unicode, LaTeX, and ASCII for terminals that have no other."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from derive import (
    at,
    bernoulli,
    binomial,
    delta,
    diag,
    dims,
    expectation,
    eye,
    family,
    fixed,
    gradient,
    index,
    indicator,
    indices,
    inner,
    integral,
    inv,
    matrix,
    norm2,
    ordered,
    partial,
    parts,
    rate,
    relu,
    replace_column,
    scalar,
    select,
    size,
    sqrt,
    subset,
    total,
    total_except,
    total_in,
    total_pairs,
    tr,
    uniform,
)
from derive.language.latex import latex, latex_name
from derive.language.nodes import AtLeastZero, Defined, Zeros
from derive.language.text import ASCII, text, to_ascii

D, d, T = dims("D d T")
A, B, X, S = matrix("A", D, d), matrix("B", d, D), matrix("X", D, T), matrix("S", D, D)
W = matrix("W̄", d, D, entry="w̄")
lam, eps = family("λ", D), scalar("ε")
i, j, k = indices("i j k", D)
m, j1 = indices("m j'", d)
t, ten = index("t", T), index("ab", D)
(f,) = fixed("f", D)
chosen = subset("I", D, d)
Sigma = Defined("Σ", X @ X.T, "σ")
E1 = Defined("E₁", norm2(A), "e")
b, g = scalar("b"), scalar("g")
Ex = expectation({lam: bernoulli(b) * uniform(0, 1)})

FORMS = [
    (A, "A", "A", "A"),
    (-2 * A @ B, "−2 AB", "-2 A B", "-2 AB"),
    (-2 * (A.T @ Sigma - A.T @ A @ B @ Sigma), "−2(AᵀΣ − AᵀABΣ)",
     r"-2 \left(A^{\top} \Sigma - A^{\top} A B \Sigma\right)", "-2(A^TSigma - A^TABSigma)"),
    ((A @ B).T @ S, "(AB)ᵀS", r"\left(A B\right)^{\top} S", "(AB)^TS"),
    (Fraction(2, 3) * A, "⅔ A", r"\frac{2}{3} A", "2/3 A"),
    (Fraction(-3, 7) * A, "−3/7 A", r"-\frac{3}{7} A", "-3/7 A"),
    (eps / 4 * norm2(eye(d) - B @ A), "ε/4 ‖I − BA‖²",
     r"\frac{\varepsilon}{4} \left\lVert I - B A \right\rVert^{2}", "eps/4 ||I - BA||^2"),
    (1 / (1 + eps**2), "1/(1 + ε²)", r"\frac{1}{1 + \varepsilon^{2}}", "1/(1 + eps^2)"),
    (sqrt(1 + eps**2), "√(1 + ε²)", r"\sqrt{1 + \varepsilon^{2}}", "sqrt(1 + eps^2)"),
    (tr(A @ B), "tr(AB)", r"\operatorname{tr}\left(A B\right)", "tr(AB)"),
    (inner(A, B.T), "⟨A, Bᵀ⟩", r"\left\langle A, B^{\top} \right\rangle", "<A, B^T>"),
    (inv(A.T @ A) @ A.T, "(AᵀA)⁻¹Aᵀ", r"\left(A^{\top} A\right)^{-1} A^{\top}", "(A^TA)^-1A^T"),
    (Zeros((D, d)), "0", "0", "0"),
    (size(D), "D", "D", "D"),
    (A[i, m], "a_im", "a_{im}", "a_im"),
    (A[i, j1], "a_ij'", "a_{ij'}", "a_ij'"),
    (S[ten, j], "s_ab,j", r"s_{\mathrm{ab},j}", "s_ab,j"),
    (A[:, m], "a_m", "a_{m}", "a_m"),
    (A[i, :], "a_i·", r"a_{i\cdot }", "a_i."),
    (W[m, j], "w̄_mj", r"\bar{w}_{mj}", "wbar_mj"),
    ((A @ B)[i, j], "(AB)_ij", r"\left(A B\right)_{ij}", "(AB)_ij"),
    (lam[j] * A, "λ_j A", r"\lambda_{j} A", "lambda_j A"),
    (X[:, t].T @ Sigma @ X[:, t], "x_tᵀ Σ x_t", r"x_{t}^{\top} \Sigma x_{t}", "x_t^T Sigma x_t"),
    (delta(i, j), "δ_ij", r"\delta_{ij}", "delta_ij"),
    (ordered(i, j), "[i < j]", r"[i < j]", "[i < j]"),
    (indicator(i, chosen), "[i ∈ I]", r"[i \in I]", "[i  in  I]"),
    (select(chosen), "E_I", "E_{I}", "E_I"),
    (replace_column(S, f, S[:, j]), "S[f ← s_j]", r"S_{f \leftarrow s_{j}}", "S[f <- s_j]"),
    (total(k, lam[k] ** 2), "∑_k λ_k²", r"\sum_{k} \lambda_{k}^{2}", "sum_k lambda_k^2"),
    (total((k, i), S[k, i]), "∑_{k,i} s_ki", r"\sum_{k,i} s_{ki}", "sum_{k,i} s_ki"),
    (total_except(k, j, lam[k]), "∑_{k≠j} λ_k", r"\sum_{k \ne j} \lambda_{k}", "sum_{k!=j} lambda_k"),
    (total_pairs(i, j, S[i, j]), "∑_{i,j: i≠j} s_ij", r"\sum_{i,j: i \ne j} s_{ij}", "sum_{i,j: i!=j} s_ij"),
    (total_in(k, chosen, lam[k]), "∑_{k∈I} λ_k", r"\sum_{k \in I} \lambda_{k}", "sum_{k in I} lambda_k"),
    (eps * total(k, lam[k] - 1), "ε ∑_k (λ_k − 1)", None, "eps sum_k (lambda_k - 1)"),
    (gradient(E1, A), "∂E₁/∂A", r"\frac{\partial E_{1}}{\partial A}", "dE1/dA"),
    (partial(E1, A[i, m]), "∂E₁/∂a_im", r"\frac{\partial E_{1}}{\partial a_{im}}", "dE1/da_im"),
    (rate(A, {A: -A}), "dA/dt", r"\frac{dA}{dt}", "dA/dt"),
    (rate(A, {A: -A})[i, m], "da_im/dt", r"\frac{da_{im}}{dt}", "da_im/dt"),
    (at(E1, {A: B.T}), "E₁|_{A=Bᵀ}", r"\left. E_{1} \right|_{A=B^{\top}}", "E1|_{A=B^T}"),
    (parts(A, B), "(A ; B)", r"\begin{pmatrix} A \\ B \end{pmatrix}", "(A ; B)"),
    (2 * Ex(lam[i] * lam[j]) ** 2, "2 E[λ_i λ_j]²",
     r"2 \operatorname{E}\left[\lambda_{i} \lambda_{j}\right]^{2}", "2 E[lambda_i lambda_j]^2"),
    (integral((eps - relu(g * eps - b)) ** 2, eps, 0, b / g), "∫_0^{b/g} (ε − ReLU(g ε − b))² dε",
     r"\int_{0}^{\frac{b}{g}} \left(\varepsilon - \operatorname{ReLU}\left(g \varepsilon - b\right)\right)^{2} "
     r"\,d\varepsilon", "int_0^{b/g} (eps - ReLU(g eps - b))^2 deps"),
    (AtLeastZero(g - b), "[0 ≤ g − b]", r"[0 \le g - b]", "[0 <= g - b]"),
    ((1 - b) ** (size(D) - 1), "(1 − b)^{D − 1}", r"\left(1 - b\right)^{D - 1}", "(1 - b)^{D - 1}"),
    (b ** (size(D) - size(d) + 1), "b^{D − d + 1}", r"b^{D - d + 1}", "b^{D - d + 1}"),
    (b ** (size(D) - size(d)), "b^{D − d}", r"b^{D - d}", "b^{D - d}"),
    (2 * binomial(size(D), size(d)) * b, "2 C(D, d) b", r"2 \binom{D}{d} b", "2 C(D, d) b"),
    (binomial(size(D) - 1, size(d) + 2) ** 2, "C(D − 1, d + 2)²", r"\binom{D - 1}{d + 2}^{2}", "C(D - 1, d + 2)^2"),
    (binomial(size(D), 2) / 2, "C(D, 2)/2", r"\frac{\binom{D}{2}}{2}", "C(D, 2)/2"),
    (A - (A - A), "A − (A − A)", r"A - \left(A - A\right)", "A - (A - A)"),
    (A + -A, "A − A", "A - A", "A - A"),
    (-(A + A), "−(A + A)", r"-\left(A + A\right)", "-(A + A)"),
    ((2 * A) @ B @ S, "2 ABS", "2 A B S", "2 ABS"),
    ((-eps) ** 2, "(−ε)²", r"\left(-\varepsilon\right)^{2}", "(-eps)^2"),
    ((eps / 2) ** 2, "(ε/2)²", r"\left(\frac{\varepsilon}{2}\right)^{2}", "(eps/2)^2"),
    (eps / (2 * eps), "ε/(2 ε)", r"\frac{\varepsilon}{2 \varepsilon}", "eps/(2 eps)"),
    (eps / 2 / eps, "(ε/2)/ε", r"\frac{\frac{\varepsilon}{2}}{\varepsilon}", "(eps/2)/eps"),
    (diag(lam), "diag(λ)", r"\operatorname{diag}\left(\lambda\right)", "diag(lambda)"),
    (S @ diag(lam), "S(diag(λ))", r"S \operatorname{diag}\left(\lambda\right)", "S(diag(lambda))"),
    (-gradient(E1, A) @ B, "−(∂E₁/∂A)B", r"-\frac{\partial E_{1}}{\partial A} B", "-(dE1/dA)B"),
    (at(rate(A, {A: -A}), {A: B.T}).T, "(dA/dt)|_{A=Bᵀ}ᵀ",
     r"\left(\left. \frac{dA}{dt} \right|_{A=B^{\top}}\right)^{\top}", "(dA/dt)|_{A=B^T}^T"),
]  # fmt: skip
NAMES = [line for _, line, *_ in FORMS]


@pytest.mark.parametrize(("expr", "line", "mathematics", "ascii_line"), FORMS, ids=NAMES)
def test_an_expression_is_printed_as_it_would_be_written(expr, line, mathematics, ascii_line):
    assert text(expr) == line
    assert to_ascii(line) == ascii_line
    if mathematics is not None:
        assert latex(expr) == mathematics


@pytest.mark.parametrize(("expr", "line"), [form[:2] for form in FORMS], ids=NAMES)
def test_every_notation_is_one_line_with_brackets_that_close(expr, line):
    for printed in (line, latex(expr), to_ascii(line)):
        assert "\n" not in printed
        for opened, closed in ("()", "{}", "[]"):
            assert printed.count(opened) == printed.count(closed)
    assert len(re.findall(r"\\left\b", latex(expr))) == len(re.findall(r"\\right\b", latex(expr)))
    assert to_ascii(line).isascii()
    assert "?" not in to_ascii(line)
    assert expr._repr_latex_() == f"$\\displaystyle {latex(expr)}$"


def test_different_expressions_are_printed_differently():
    assert len(set(NAMES)) == len(NAMES)
    assert len({latex(expr) for expr, *_ in FORMS}) == len(FORMS)


PRECEDENCE = {
    "product of a sum": ((A + A) @ B, "(A + A)B"),
    "product with a negative": (B @ (-A), "B(−A)"),
    "product with a multiple": (B @ (2 * A), "B(2 A)"),
    "transpose of a negative": ((-A).T, "(−A)ᵀ"),
    "transpose of an inverse": (inv(S).T, "(S⁻¹)ᵀ"),
    "inverse of a transpose": (inv(S.T), "(Sᵀ)⁻¹"),
    "power of a power": ((eps**2) ** 3, "(ε²)³"),
    "scalar times sum": (eps * (A + A), "ε(A + A)"),
    "difference of sums": ((A + A) - (A + A), "A + A − (A + A)"),
    "sum of products": (total(i, (A @ B)[i, i]) + 1, "∑_i (AB)_ii + 1"),
    "sum of a sum": (total(i, lam[i] + 1), "∑_i (λ_i + 1)"),
    "minus a sum over an index": (1 - total(i, lam[i]), "1 − ∑_i λ_i"),
    "square of a sum": (total(i, lam[i]) ** 2, "(∑_i λ_i)²"),
}


@pytest.mark.parametrize("name", PRECEDENCE)
def test_brackets_stand_where_they_are_needed(name):
    expr, line = PRECEDENCE[name]
    assert text(expr) == line


def test_a_name_in_latex():
    found = {name: latex_name(name) for name in ("Σ", "W̄", "ũ_j", "E₁", "E_pairs", "loss", "λ", "E′")}
    assert found["Σ"] == r"\Sigma"
    assert found["W̄"] == r"\bar{W}"
    assert found["ũ_j"] == r"\tilde{u}_{j}"
    assert found["E₁"] == "E_{1}"
    assert found["E_pairs"] == r"E_{\mathrm{pairs}}"
    assert found["loss"] == r"\mathrm{loss}"


def test_an_exponent_of_two_digits_stays_together_in_ascii():
    assert text(eps**12) == "ε¹²"
    assert to_ascii("ε¹²") == "eps^12"


def test_the_table_of_ascii_spellings_is_ascii():
    assert all(spelling.isascii() for spelling in ASCII.values())


def test_a_power_of_a_root_has_brackets():
    a = scalar("a")
    assert str(sqrt(a) ** 2) == "(√a)²"
    assert str(sqrt(a**2)) == "√(a²)"
    assert str(sqrt(sqrt(a))) == "√√a"
    assert str(sqrt(a) * a) == "√a a"
