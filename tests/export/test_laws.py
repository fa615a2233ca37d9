"""What is random is said with its law, wherever a claim is shown: E[x²] is p by one law and ⅓ by another."""

from __future__ import annotations

import pytest

from derive.cli import main

PAGE = """\
from derive import Derivation, bernoulli, dims, equal, expectation, family, fixed, scalar, uniform, with_moments
(D,) = dims("D")
(k,) = fixed("k", D)
x, p, m, v = family("x", D), scalar("p"), scalar("m"), scalar("v")
E, F = expectation({x: bernoulli(p) * uniform(0, 2)}), expectation({m: with_moments(0, v)})
page = Derivation("Laws")
second = page.define("s", F(m**2))
page.have("1", equal(E(x[k]), p))
page.have("2", equal(second, v))
page.have("3", equal(p + v, v + p))
"""
SAID = {
    "show": ("x ~ bernoulli(p) · uniform(0, 2), each entry independently", "m ~ with_moments(0, v), independent of"),
    "latex": (
        r"$x \sim \operatorname{Bernoulli}(p) \cdot \operatorname{U}(0, 2)$", r"$m \sim \operatorname{moments}(0, v)$",
    ),
    "html": ("<mi>x</mi><mo form=\"infix\">∼</mo>", "<mi>m</mi><mo form=\"infix\">∼</mo>"),
}  # fmt: skip


@pytest.fixture
def path(tmp_path):
    (tmp_path / "laws.py").write_text(PAGE)
    return tmp_path / "laws.py"


def test_a_claim_is_shown_with_the_law_of_what_is_random_in_it(path, capsys):
    for label, told in zip(("1", "2"), SAID["show"], strict=True):
        assert main(["show", label, str(path)]) == 0
        assert told in capsys.readouterr().out
    assert main(["show", "3", str(path)]) == 0
    assert "random  " not in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["latex", "html"])
def test_an_export_says_the_laws(path, tmp_path, kind):
    assert main(["export", kind, "-o", str(tmp_path / "out"), "--no-plant", str(path)]) == 0
    (document,) = (tmp_path / "out").iterdir()
    text = document.read_text(encoding="utf-8")
    assert all(text.count(told) == 1 for told in SAID[kind])


def test_what_a_proof_takes_from_a_law_is_named(path, tmp_path, capsys):
    path.write_text(
        PAGE.replace("equal(E(x[k]), p))", "at_most(E(x[k]), 1))").replace(
            "import Derivation,", "import Derivation, at_most,"
        )
    )
    assert main(["show", "1", str(path)]) == 0
    assert "using   the law, p ≤ 1\n" in capsys.readouterr().out
    assert main(["export", "latex", "-o", str(tmp_path / "out"), "--no-plant", str(path)]) == 0
    (document,) = (tmp_path / "out").iterdir()
    assert r"Used: the law, $p \le 1$." in document.read_text(encoding="utf-8")
