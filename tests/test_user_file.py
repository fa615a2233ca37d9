"""A user's own file, about something else than the notes: what it says goes through with the right verdicts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

import derive
from derive.checker import check_claim
from derive.errors import InputError
from derive.load import load

MINE = '''\
"""Least squares, projections, flows and sums of my own."""

from fractions import Fraction

from derive import *

n, p, q = dims("n p q")
M, N = matrix("M", n, p), matrix("N", n, p)
Q, S, R, V = matrix("Q", n, n), matrix("S", n, n), matrix("R", n, n), matrix("V", n, q)
w, y = family("w", p), family("y", n)
mu, c = scalar("μ"), scalar("c")
a, b, e = indices("a b e", n)
r, s = indices("r s", p)

ridge = Derivation("Ridge regression", source="my page 1")
J = ridge.define("J", norm2(y - M @ w) + mu * norm2(w))
ridge.gradient("ridge", J, w, -2 * M.T @ (y - M @ w) + 2 * mu * w, because=["chain rule"])
ridge.gradient("ridge-mu", J, mu, norm2(w))
ridge.as_printed(
    "ridge-printed", lambda: equal(gradient(J, w), -2 * M.T @ (y - M @ w) + mu * w),
    erratum="R1", reading="the factor 2 of the penalty is lost", corrected_by="ridge",
)
ridge.as_printed("ill-typed", lambda: equal(M @ N, M), erratum="R2", reading="N is transposed", expect="ill-typed")
ridge.have("normal", iff(equal(gradient(J, w), 0), equal(M.T @ M @ w + mu * w, M.T @ y)))
ridge.calc("hessian", gradient(gradient(norm2(M @ w), w)[r], w)[s], 2 * (M.T @ M)[r, s])

pca = Derivation("PCA and norms", source="my page 2")
pca.calc("frobenius", norm2(M + N), norm2(M) + 2 * inner(M, N) + norm2(N))
pca.calc("entries", norm2(M), tr(M.T @ M), total((a, r), M[a, r] ** 2))
pca.calc("polarisation", inner(M, N), (norm2(M + N) - norm2(M - N)) / 4)
pca.have("rotation", implies(orthogonal(Q), equal(norm2(Q @ M), norm2(M))))
pca.have("rotated-trace", implies(orthogonal(Q), equal(tr(Q @ M @ M.T @ Q.T), norm2(M))))
pca.have("false", equal(tr(M @ N.T), tr(M.T @ M)), expect="refuted")
pca.have("false-rotation", implies(orthogonal(Q), equal(tr(Q @ S), tr(S))), expect="refuted")
pca.have("squares", at_most(0, norm2(M) + 2 * norm2(N)))
pca.have("false-order", at_most(norm2(M), inner(M, N)), expect="refuted")
pca.have("symmetric", implies(symmetric(S), equal(gradient(tr(R.T @ S @ R), R), 2 * S @ R)))
pca.calc(
    "pca-gradient", gradient(norm2(M - V @ V.T @ M), V),
    -4 * M @ M.T @ V + 2 * V @ V.T @ M @ M.T @ V + 2 * M @ M.T @ V @ V.T @ V,
)
pca.have("reconstruction", implies(equal(V.T @ V, eye(q)), equal(norm2(M - V @ V.T @ M), norm2(M) - norm2(V.T @ M))))
pca.calc("cube", gradient(tr(S @ S @ S), S), 3 * (S @ S).T)

hat = Derivation("The hat matrix", source="my page 3")
H = hat.define("H", M @ inv(M.T @ M) @ M.T)
hat.have("hat-symmetric", equal(H.T, H))
hat.have("hat-idempotent", equal(H @ H, H))
hat.have("hat-keeps", equal(H @ M, M))
hat.have("hat-trace", equal(tr(H), size(p)))
hat.have("hat-residual", equal((eye(n) - H) @ M, 0))

flow = Derivation("Flows and quotients", source="my page 4")
flow.calc("decay", rate(norm2(M), {M: -S @ M}), -2 * tr(M.T @ S @ M))
flow.calc("turning", rate(tr(M @ M.T), {M: (S - S.T) @ M}), 0)
flow.calc("root", sqrt(1 + norm2(M)) ** 2, 1 + norm2(M))
flow.calc("quotient", norm2(M) / (1 + c**2) + c**2 * norm2(M) / (1 + c**2), norm2(M))
flow.calc("unit", (c / sqrt(1 + c**2)) ** 2 + (1 / sqrt(1 + c**2)) ** 2, 1)
flow.calc("gradient-quotient", gradient(norm2(w) / (1 + mu**2), w), 2 * w / (1 + mu**2))
flow.calc("rate-quotient", rate(norm2(M) / (1 + norm2(N)), {M: N}), 2 * inner(M, N) / (1 + norm2(N)))

sums = Derivation("Sums over an index that stands three times", source="my page 5")
sums.calc("thrice", total(r, M[a, r] * N[a, r] * w[r]), (M @ diag(w) @ N.T)[a, a])
sums.calc("thrice-gradient", gradient(total(r, w[r] ** 3), w)[r], 3 * w[r] ** 2)
sums.calc("weighted", total((a, r), M[a, r] * N[a, r] * y[a] * w[r]), tr(diag(y) @ M @ diag(w) @ N.T))
sums.calc("outer", total(a, y[a] ** 2) * total(b, y[b] ** 2), norm2(y @ y.T))
sums.calc("pairs", total_pairs(a, b, y[a] * y[b]), total(a, y[a]) ** 2 - norm2(y))
sums.calc("degree-ten", gradient(norm2(w) ** 5, w), 10 * norm2(w) ** 4 * w)
'''

EXPECTED = {
    "proved": [
        "ridge",
        "ridge-mu",
        "normal",
        "hessian",
        "frobenius",
        "entries",
        "polarisation",
        "rotation",
        "rotated-trace",
        "squares",
        "symmetric",
        "pca-gradient",
        "reconstruction",
        "cube",
        "hat-symmetric",
        "hat-idempotent",
        "hat-keeps",
        "hat-trace",
        "hat-residual",
        "decay",
        "turning",
        "root",
        "quotient",
        "unit",
        "gradient-quotient",
        "rate-quotient",
        "thrice",
        "thrice-gradient",
        "weighted",
        "outer",
        "pairs",
        "degree-ten",
    ],
    "refuted": ["ridge-printed", "false", "false-rotation", "false-order"],
    "ill-typed": ["ill-typed"],
}
VERDICT = {label: verdict for verdict, labels in EXPECTED.items() for label in labels}
CROSS_CHECKED = ("entrywise", "exact-points", "faithful")


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    path = tmp_path_factory.mktemp("mine") / "mine.py"
    path.write_text(MINE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def reports(mine):
    """Every claim of the file, or what was raised instead."""
    found = {}
    for page in load([str(mine)]):
        for claim in page.claims.values():
            started = time.perf_counter()
            try:
                found[claim.label] = (check_claim(claim), time.perf_counter() - started)
            except Exception as error:  # noqa: BLE001 - told by the claim's own test
                found[claim.label] = (error, time.perf_counter() - started)
    return found


def report_of(reports, label):
    report = reports[label][0]
    assert not isinstance(report, Exception), report
    return report


def test_the_table_is_that_of_the_file(reports):
    assert set(reports) == set(VERDICT)


@pytest.mark.parametrize("label", VERDICT)
def test_a_claim_of_my_own_has_its_verdict_and_its_planted_errors_are_caught(reports, label):
    report = report_of(reports, label)
    assert report.verdict == VERDICT[label], report.reason
    assert report.planted is None or report.planted.escaped == ()
    assert report.ok


@pytest.mark.parametrize("label", EXPECTED["proved"])
def test_a_proof_is_cross_checked_by_the_other_translations(reports, label):
    """A proof is worth what its lowering is: it is compared on every claim."""
    for step in report_of(reports, label).steps:
        found = {row.method: row.ok for row in step.evidence}
        for method in CROSS_CHECKED:
            if "≤" not in step.statement:
                assert found[method] is True, (step.statement, method)


@pytest.mark.parametrize("label", EXPECTED["refuted"])
def test_what_is_false_has_a_small_counterexample(reports, label):
    (step,) = report_of(reports, label).steps
    assert step.counterexample is not None
    assert max(step.counterexample.sizes.values()) <= 2


def test_the_lost_factor_is_found(reports):
    repair = report_of(reports, "ridge-printed").data()["repair"]
    assert (repair["was"], repair["is"]) == ("1", "2")
    assert "2 μ w" in repair["statement"] or "2(μ w)" in repair["statement"]


def test_what_does_not_fit_says_why(reports):
    report = report_of(reports, "ill-typed")
    assert "M @ N" in report.reason
    assert "n×p and n×p" in report.reason


def run(*arguments, **environment):
    start = [sys.executable, "-m", "derive", *arguments]
    hidden = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR"}}
    return subprocess.run(
        start, capture_output=True, text=True, check=False, cwd=Path(derive.__file__).parent.parent,
        env={**hidden, "PYTHONUTF8": "1", **environment},
    )  # fmt: skip


def test_the_command_line_says_the_same_of_the_file(mine, tmp_path):
    out = tmp_path / "out.json"
    few = "ridge,ridge-printed,ill-typed,rotation,unit,thrice,false"
    done = run("check", str(mine), "--only", few, "--json", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    data = json.loads(out.read_text(encoding="utf-8"))
    assert {row["label"]: row["verdict"] for row in data["claims"]} == {
        label: VERDICT[label] for label in few.split(",")
    }
    for word in ("Ridge regression · my page 1", "all 7 claims", "R1", "the factor 2 of the penalty is lost"):
        assert word in done.stdout


def test_a_wrong_expectation_is_exit_status_one(tmp_path):
    path = tmp_path / "wrong.py"
    path.write_text(
        'from derive import *\nn, = dims("n")\nS = matrix("S", n, n)\npage = Derivation("Wrong")\n'
        'page.calc("transpose", tr(S @ S), tr(S @ S.T))\n',
        encoding="utf-8",
    )
    done = run("check", str(path))
    assert done.returncode == 1
    assert "refuted" in done.stdout
    assert "Traceback" not in done.stderr


TRUE_ALL_THE_SAME = {
    "an inverse on both sides": 'page.calc("1", inv(eye(n) + S @ R) @ S, S @ inv(eye(n) + R @ S))',
    "the gradient of an inverse": 'page.gradient("1", tr(inv(S) @ R), S, -(inv(S) @ R @ inv(S)).T)',
    "the gradient of a root": 'page.gradient("1", sqrt(norm2(w)), w, w / sqrt(norm2(w)))',
    "the rate of a root": 'page.calc("1", rate(sqrt(1 + norm2(S)), {S: R}), inner(S, R) / sqrt(1 + norm2(S)))',
    "the gradient of a quotient": 'page.gradient("1", norm2(S @ w) / norm2(w), w, '
    "2 / norm2(w) * (S.T @ S @ w - norm2(S @ w) / norm2(w) * w))",
    "inverses of a product": 'page.calc("1", inv(S @ R), inv(R) @ inv(S))',
    "a sum of quotients": 'page.calc("1", 1 / c + 1 / e, (c + e) / (c * e))',
    "an inverse twice": 'page.calc("1", inv(inv(S)), S)',
    "a root of a size": 'page.calc("1", sqrt(1 + c**2) ** 2 * size(n) / size(p), (1 + c**2) * size(n) / size(p))',
}
HEAD = (
    'from derive import *\nn, p = dims("n p")\nS, R, w = matrix("S", n, n), matrix("R", n, n), family("w", n)\n'
    'c, e = scalar("c"), scalar("e")\npage = Derivation("p")\n'
)


TWO_ROOTS = pytest.mark.xfail(reason="the kernel has a letter for each of √(1 + ‖S‖²), √(1 + ‖Sᵀ‖²) and no signs")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=TWO_ROOTS if name == "the rate of a root" else []) for name in TRUE_ALL_THE_SAME],
)
def test_a_true_statement_is_never_an_error(name, tmp_path):
    """It may be undecided, or agree only; that no proof is found is no mistake of the author's."""
    path = tmp_path / "one.py"
    path.write_text(HEAD + TRUE_ALL_THE_SAME[name] + "\n", encoding="utf-8")
    (page,) = load([str(path)])
    report = check_claim(page.claims["1"])
    assert report.verdict in {"proved", "proved-at", "agrees", "undecided"}, report.reason
    assert report.planted.escaped == ()


# Claims that were once proved and are false -------------------------------------------------------------------------

FALSE = {
    "two definitions of one kernel name": (
        'x, y = scalar("x"), scalar("y")\npage.assume(equal(x**2 + y**2, 2_000_000))\n'
        'page.model(lambda sizes, random: {"x": 1000, "y": 1000})\n'
        'f, g = page.define("f\u0304", x), page.define("f_bar", y)\n'
        'page.have("1", equal(f, x), equal(g, y), equal(f, g), equal(x, y))'
    ),
    "a sum of roots for a root of a sum": 'page.calc("1", sqrt(norm2(w)), total(indices("i", n)[0], '
    'sqrt(w[indices("i", n)[0]] ** 2)))',
    "a number below its square": 'page.have("1", at_most(c, c**2))',
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_claim_is_not_proved(name, tmp_path):
    path = tmp_path / "one.py"
    path.write_text(HEAD + FALSE[name] + "\n", encoding="utf-8")
    (page,) = load([str(path)])
    assert check_claim(page.claims["1"]).verdict not in {"proved", "proved-at", "agrees"}


REFUSED = {
    "a premise for all i that is read of one": 'i, j = indices("i j", n)\n'
    'page.have("1", implies(equal(w[i], 0), equal(w[j], 0)))',
    "a SymPy symbol with an assumption": "import sympy\n"
    'x = sympy.Symbol("x", positive=True)\npage.calc("1", c * sympy.sqrt(x**2), c * x)',
    "a refuted claim as a fact": 'wrong = page.have("0", equal(c, e), expect="refuted")\n'
    'page.have("1", equal(c**2, e**2), using=[wrong])',
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_be_read_otherwise_than_it_is_taken_is_refused(name, tmp_path):
    path = tmp_path / "one.py"
    path.write_text(HEAD + REFUSED[name] + "\n", encoding="utf-8")
    with pytest.raises(InputError):
        load([str(path)])
