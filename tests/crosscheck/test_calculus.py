"""Products of matrices that an integral does not move are multiplied out once, and mean the same."""

from __future__ import annotations

from fractions import Fraction

from derive import Derivation, dims, equal, family, index, inner, integral, inv, matrix, norm2, scalar, total, tr
from derive.checker import check_claim
from derive.crosscheck.calculus import Calculator, unmoved
from derive.language import nodes as n

D, d = dims("D d")
W, A = matrix("W", d, D), matrix("A", D, D)
i, x = index("i", D), family("x", D)
u, v, c = scalar("u"), scalar("v"), scalar("c")


def products(node):
    return [str(part) for _, part in unmoved(node)[1]]


def test_what_no_variable_inside_moves_is_taken_out_once():
    one = integral(u * tr(W.T @ W) + u**2 * inner(W.T @ W, A), u, 0, 1)
    assert products(one) == ["tr(WᵀW)", "⟨WᵀW, A⟩"]
    assert products(unmoved(one)[0]) == []
    assert products(integral(u * c, u, 0, 1)) == []


def test_what_moves_or_may_have_no_value_stays():
    assert products(integral(tr((u * A) @ (u * A)), u, 0, 1)) == []
    assert products(integral(u * tr(inv(A) @ A), u, 0, 1)) == []
    assert products(integral(u * integral(v * tr(A @ A), v, 0, 1), u, 0, 1)) == ["tr(AA)"]


def test_the_value_is_the_same_and_each_product_is_made_once():
    body = integral(u * tr(A @ A), u, 0, 1)
    made = []

    def halves(calculator, node, place):
        assert not any(isinstance(part, n.MatMul) for part in node.walk())
        made.append(calculator)
        return calculator.changed({"u": Fraction(1, 2)}).value(node.body, place)

    calculator = Calculator({"D": 2}, {"A": [[1, 2], [3, 4]]}, {}, differentiate=halves)
    assert calculator.value(body + 3 * body) == 4 * Fraction(29, 2)
    assert len(made) == 1
    assert list(calculator.fixed.values()) == [29]


def test_a_product_is_not_made_again_at_every_index():
    product = tr(A @ A)
    calculator = Calculator(
        {"D": 2}, {"A": [[1, 2], [3, 4]], "x": [[5], [6]]}, {},
        differentiate=lambda calculator, node, place: calculator.changed({"u": 1}).value(node.body, place),
    )  # fmt: skip
    asked, value = [], calculator.value
    calculator.value = lambda expr, at=None: asked.append(expr) or value(expr, at)
    assert calculator.value(total(i, integral(u * x[i] * product, u, 0, 1))) == 11 * 29
    assert asked.count(product) == 1


def test_a_gradient_around_the_integral_moves_the_matrix():
    page = Derivation("Integrals")
    report = check_claim(page.gradient("1", integral(u * tr(W.T @ W), u, 0, 1), W, W))
    assert (report.verdict, report.planted.escaped) == ("proved", ())
    assert {row.method for row in report.evidence if row.ok} >= {"kernel", "entrywise", "exact-points"}
    wrong = check_claim(page.have("2", equal(integral(u * norm2(W @ A), u, 0, 1), norm2(W @ A))))
    assert wrong.verdict == "refuted"
    assert {row.method for row in wrong.evidence if row.ok is False} >= {"entrywise", "quadrature", "exact-points"}
