"""Fewer methods decide less, and never what all of them would not; and what a failing claim says."""

from __future__ import annotations

import pytest

from derive import Claim, Derivation, at_most, dims, equal, full_column_rank, gradient, inv, matrix, norm2, scalar, tr
from derive.checker import Options, check_claim
from derive.cli import main
from derive.errors import InputError
from derive.report import METHODS, WEAKEST_FIRST, methods_named

n, p = dims("n p")
A, B, S = matrix("A", n, p), matrix("B", n, p), matrix("S", n, n)
c = scalar("c")


def claims() -> dict[str, Claim]:
    """In a function, since what is false would else fail: a page of a test file is tested itself."""
    page = Derivation("What is true, false, and true under a hypothesis only")
    page.gradient("true", norm2(A), A, 2 * A)
    page.gradient("false", norm2(A), A, 3 * A)
    page.have("ordered", at_most(0, norm2(A)))
    page.have("disordered", at_most(norm2(A), c))
    page.have("given", equal(inv(A.T @ A) @ A.T @ A @ B.T, B.T), using=[page.assume(full_column_rank(A))])
    page.have("kept", equal(tr(S @ S), tr(S @ S.T)), expect="refuted", using=[])
    page.as_printed("printed", lambda: equal(gradient(norm2(A), A), A), erratum="1", reading="2 is missing", using=[])
    return page.claims


CLAIMS = claims()
CHOICES = [
    *[(method,) for method in METHODS],
    ("kernel", "exact-points"),
    tuple(method for method in METHODS if method != "kernel"),
]
BETTER = ("agrees", "proved-at", "proved")


def verdict(label: str, methods: tuple[str, ...], plant: bool = False) -> str:
    return check_claim(CLAIMS[label], Options(methods=methods, plant=plant, needed=False)).verdict


@pytest.mark.parametrize("methods", CHOICES, ids=",".join)
@pytest.mark.parametrize("label", CLAIMS)
def test_fewer_methods_decide_less(label, methods):
    """What holds by some methods is no better than by all; what is false is seen to be, or not decided."""
    found, whole = verdict(label, methods), verdict(label, METHODS)
    if whole in BETTER:
        assert WEAKEST_FIRST.index(found) <= WEAKEST_FIRST.index(whole)
        assert found != "refuted"
    else:
        assert found not in BETTER


@pytest.mark.parametrize("label", ["true", "ordered", "given"])
def test_the_kernel_alone_proves_what_it_proves_with_the_others(label):
    assert verdict(label, ("kernel",)) == "proved"


def test_under_hypotheses_a_proof_brings_a_model_of_them_along():
    report = check_claim(CLAIMS["given"], Options(methods=("kernel",), needed=False))
    assert {row.method for row in report.evidence} == {"kernel", "exact-points", "faithful"}


@pytest.mark.parametrize("label", ["false", "printed", "disordered"])
def test_the_kernel_alone_refutes_nothing_that_stands_without_hypotheses(label):
    assert verdict(label, ("kernel",)) == "undecided"


@pytest.mark.parametrize("label", CLAIMS)
def test_nothing_is_proved_that_the_kernel_is_not_asked_about(label):
    assert verdict(label, CHOICES[-1]) != "proved"


@pytest.mark.parametrize("label", ["false", "kept", "printed", "disordered"])
def test_exact_points_refute(label):
    assert verdict(label, ("exact-points",)) == "refuted"


@pytest.mark.parametrize("label", ["true", "false"])
def test_sympy_alone_decides_nothing(label):
    assert verdict(label, ("sympy",)) not in (*BETTER, "refuted")


@pytest.mark.parametrize("methods", CHOICES, ids=",".join)
def test_the_evidence_is_that_of_the_methods_asked(methods):
    report = check_claim(CLAIMS["true"], Options(methods=methods, needed=False))
    guards = {"faithful"} if "kernel" in methods else set()
    assert {row.method for row in report.evidence} <= {*methods, *guards}


def test_a_proof_under_hypotheses_asks_for_a_model_of_them():
    """Otherwise the kernel alone would prove what all methods leave open: nothing that there is satisfies these."""
    empty = Derivation("No such thing")
    odd = empty.assume(equal(c**2, 2 * (c - 1)), "c² = 2(c − 1)")
    empty.have("vacuous", equal(c**3, 2 * (c**2 - c)), using=[odd])
    for methods in (("kernel",), METHODS):
        assert check_claim(empty.claims["vacuous"], Options(methods=methods)).verdict not in BETTER


def test_a_list_of_methods_is_read():
    assert methods_named("exact-points, kernel,kernel") == ("kernel", "exact-points")
    for given in ("", "kernel,", "Kernel", "nope"):
        with pytest.raises(InputError, match=r"is no method; the methods are kernel, sympy, .*faithful"):
            methods_named(given)


def test_the_command_line_takes_methods(tmp_path, capsys):
    path = tmp_path / "mine.py"
    path.write_text(
        'from derive import *\nn, p = dims("n p")\nA = matrix("A", n, p)\npage = Derivation("p")\n'
        'page.gradient("1", norm2(A), A, 2 * A)\n'
    )
    assert main(["check", str(path), "--methods", "exact-points"]) == 1
    assert "agrees, expected proved  step 1: the kernel was not asked\n" in capsys.readouterr().out
    assert main(["check", str(path), "--methods", "kernel"]) == 0
    assert main(["check", str(path), "--methods", "colonel"]) == 2
    assert "'colonel' is no method" in capsys.readouterr().err


# What fails ---------------------------------------------------------------------------------------------------------


def test_a_claim_that_should_hold_is_repaired():
    (step,) = check_claim(CLAIMS["false"], Options(plant=False)).steps
    assert (step.verdict, step.repair.was, step.repair.now) == ("refuted", "3", "2")


def test_a_claim_that_is_kept_because_it_is_false_is_not():
    (step,) = check_claim(CLAIMS["kept"], Options(plant=False)).steps
    assert step.repair is None


@pytest.mark.parametrize("readings", [(2, 1), (1, 2), (2,), (1, 3)])
def test_a_statement_of_the_source_is_refuted_where_each_reading_is(readings):
    odd = Derivation("A source")
    lines = [lambda factor=factor: equal(gradient(norm2(A), A), factor * A) for factor in readings]
    report = check_claim(odd.as_printed("p", *lines, erratum="1", reading="2"), Options(plant=False))
    assert report.ok == (2 not in readings)
    assert report.verdict == ("proved" if 2 in readings else "refuted")
