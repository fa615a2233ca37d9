"""Speed and memory, side by side with what this program replaces; nothing here fails because a machine is slow.

    pytest tests/benchmarks --benchmark-only

An ordinary run of the tests skips the timing, and checks that both sides of each comparison compute the same thing.
"""

from __future__ import annotations

import os
import sys

import pytest

from derive.load import load
from tests.benchmarks import workloads as w

PYTHON = sys.executable
LARGE = {"D": 20, "d": 10, "T": 40}
SMALL = {"D": 3, "d": 2, "T": 4}
SIZES = ((3, 2), (4, 3), (6, 3))
SCRIPTS = {"1": w.sympy_gradient, "24-28": w.sympy_flow}
IMPORTS = [PYTHON, "-c", "import sympy, numpy, autograd"]


def described(benchmark, what, **info):
    benchmark.extra_info.update(what=what, **info)


# What is timed is right ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", SCRIPTS)
def test_the_kernel_and_the_script_accept_the_same_statement(label):
    assert w.prove(w.ends(label)).used == ()
    assert SCRIPTS[label](3, 2)


@pytest.mark.parametrize("label", ["1", "2"])
@pytest.mark.parametrize("method", ["exact_difference", "autograd_exact", "entry_by_entry"])
def test_the_methods_accept_the_same_gradient(label, method):
    assert getattr(w.LargeGradient(label, SMALL), method)()


@pytest.mark.parametrize("method", ["exact_difference", "autograd_exact", "entry_by_entry"])
def test_the_methods_see_a_gradient_that_is_wrong_in_an_entry(method, monkeypatch):
    gradient = w.LargeGradient("1", SMALL)
    right = gradient.claimed_value()
    right[0, 0] += right[0, 0] // 10**6 + 1
    monkeypatch.setattr(gradient, "claimed_value", lambda: right)
    assert not getattr(gradient, method)()


def test_a_process_is_measured():
    small, large = ([PYTHON, "-c", f"import time; x = b'a' * {size}; time.sleep(0.2)"] for size in (10, 10**8))
    for measure in (w.largest_process, w.all_processes) if w.HAS_SHARES else (w.largest_process,):
        assert 1 < measure(*small) < 50 < measure(*large)


# The command line, each time in a process of its own ----------------------------------------------------------------


@pytest.mark.benchmark(group="cold")
def test_imports(benchmark):
    described(benchmark, "the imports alone", reference=True)
    benchmark.pedantic(w.run, args=IMPORTS, rounds=7, warmup_rounds=1)


@pytest.mark.benchmark(group="cold")
@pytest.mark.parametrize(
    ("options", "info"),
    [
        (["--no-plant"], {"target": "at most 7×"}),
        ([], {"target": "at most 15×"}),
        (["--no-plant", "--fresh"], {}),
        (["--fresh"], {}),
        (["--jobs", "1", "--no-plant", "--fresh"], {}),
        (["--jobs", "1", "--fresh"], {}),
        # As JSON the report says which hypotheses each claim needs, which takes models of all others.
        (["--json", "report.json"], {}),
    ],
    ids=[
        "plain, again", "planted, again", "plain", "planted", "plain, one process", "planted, one process",
        "planted, with what is needed, again",
    ],
)  # fmt: skip
def test_check(benchmark, tmp_path, monkeypatch, options, info):
    """With ``--fresh`` all proofs are searched for, as in a first run; without, they are those of the run before."""
    monkeypatch.setenv("DERIVE_CACHE", str(tmp_path / "kept"))
    described(benchmark, " ".join(["derive check", *options]), **info)
    placed = [str(tmp_path / option) if option.endswith(".json") else option for option in options]
    benchmark.pedantic(w.run, args=[*w.program(), "check", *placed], rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="random data")
def test_import_of_sympy(benchmark):
    described(benchmark, "import sympy", reference=True)
    benchmark.pedantic(w.run, args=[PYTHON, "-c", "import sympy"], rounds=7, warmup_rounds=1)


@pytest.mark.benchmark(group="random data")
@pytest.mark.parametrize("every", [False, True], ids=["without sections 2.1 and 3.1", "with them"])
def test_check_of_random_data(benchmark, tmp_path, monkeypatch, every):
    """The two differ by what the claims of random data and of the ReLU model add; proofs are those of a run before.

    Of a difference that is a fifth of each, the least of three rounds is not near enough.
    """
    monkeypatch.setenv("DERIVE_CACHE", str(tmp_path / "kept"))
    described(benchmark, "derive check --no-plant", target="2× apart at most" if every else "")
    pages = [page for page in load(()) if every or page.source not in {"section 2.1", "section 3.1"}]
    labels = ",".join(label for page in pages for label in page.claims)
    benchmark.pedantic(w.run, args=[*w.program(), "check", "--no-plant", "--only", labels], rounds=9, warmup_rounds=1)


@pytest.mark.benchmark(group="export")
def test_check_before_export(benchmark):
    described(benchmark, "derive check --no-plant", reference=True)
    benchmark.pedantic(w.run, args=[*w.program(), "check", "--no-plant"], rounds=3, warmup_rounds=1)


@pytest.mark.benchmark(group="export")
@pytest.mark.parametrize("name", ["latex", "html"])
def test_export(benchmark, tmp_path, name):
    described(benchmark, f"derive export {name} --no-plant", target="at most 1.5×")
    call = [*w.program(), "export", name, "-o", str(tmp_path), "--no-plant"]
    benchmark.pedantic(w.run, args=call, rounds=3, warmup_rounds=1)
    assert any(tmp_path.iterdir())


@pytest.mark.benchmark(group="help")
def test_nothing(benchmark):
    described(benchmark, "python -c pass", reference=True)
    benchmark.pedantic(w.run, args=[PYTHON, "-c", "pass"], rounds=30, warmup_rounds=2)


@pytest.mark.benchmark(group="help")
def test_help(benchmark):
    described(benchmark, "derive --help", target="at most 3×")
    benchmark.pedantic(w.run, args=[*w.program(), "--help"], rounds=30, warmup_rounds=2)


UNRELATED = "def test_plain():\n    pass\n"
ALONE = ["-p", "no:benchmark", "-p", "no:hypothesispytest", "-p", "no:xdist", "-p", "no:cacheprovider"]


def pytest_run(folder, *args):
    """pytest on a test that has nothing to do with derivations, with no other plugin."""
    path = folder / "test_unrelated.py"
    path.write_text(UNRELATED, encoding="utf-8")
    return [PYTHON, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(folder), *ALONE, *args, str(path)]


@pytest.mark.parametrize("args", [(), ("-p", "no:derive")])
def test_an_unrelated_test_runs_with_the_plugin_and_without(args, tmp_path):
    told = w.run(*pytest_run(tmp_path, *args, "-v"))
    assert "1 passed" in told
    assert ("derive-" in told) == (not args)


@pytest.mark.benchmark(group="pytest")
def test_pytest_without_the_plugin(benchmark, tmp_path):
    described(benchmark, "pytest -p no:derive", reference=True)
    benchmark.pedantic(w.run, args=pytest_run(tmp_path, "-p", "no:derive"), rounds=30, warmup_rounds=2)


@pytest.mark.benchmark(group="pytest")
def test_pytest_with_the_plugin(benchmark, tmp_path):
    described(benchmark, "pytest, tests of something else", target="at most 20 ms more")
    benchmark.pedantic(w.run, args=pytest_run(tmp_path), rounds=30, warmup_rounds=2)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """The folder that ``derive check --certificates`` writes for the bundled notes."""
    folder = str(tmp_path_factory.mktemp("certificates"))
    w.run(*w.program(), "check", "--no-plant", "--certificates", folder)
    return folder


@pytest.mark.benchmark(group="verify")
def test_import_of_json(benchmark):
    described(benchmark, "python -c 'import json'", reference=True)
    benchmark.pedantic(w.run, args=[PYTHON, "-c", "import json"], rounds=30, warmup_rounds=2)


@pytest.mark.benchmark(group="verify")
def test_verify(benchmark, certificates):
    described(benchmark, "derive verify DIR", target="at most 6×")
    benchmark.pedantic(w.run, args=[*w.program(), "verify", certificates], rounds=30, warmup_rounds=2)


@pytest.mark.benchmark(group="memory")
def test_memory(benchmark, tmp_path):
    command = [*w.program(), "check", "--json", str(tmp_path / "report.json")]
    peaks = {"largest process": benchmark.pedantic(w.largest_process, args=command, rounds=1)}
    if w.HAS_SHARES:
        peaks["all processes"] = w.all_processes(*command)
    described(benchmark, "derive check", megabytes=peaks, target="at most 300 MB")


# A proof for all dimensions, against SymPy at one size --------------------------------------------------------------


@pytest.mark.parametrize("label", SCRIPTS)
def test_proof(benchmark, label):
    benchmark.group = f"proof of {label}"
    described(benchmark, "for all dimensions", target="does not depend on D")
    relation = w.ends(label)
    benchmark.pedantic(w.prove, args=[relation], setup=w.forget, rounds=30)


@pytest.mark.parametrize(("D", "d"), SIZES)
@pytest.mark.parametrize("label", SCRIPTS)
def test_script(benchmark, label, D, d):
    benchmark.group = f"proof of {label}"
    described(benchmark, "SymPy at D, d =", reference=True, size=f"{D}, {d}")
    assert benchmark.pedantic(SCRIPTS[label], args=[D, d], setup=w.forget, rounds=1 if D > 4 else 3)


# Gradients at D, d, T = 20, 10, 40 ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def gradients():
    return [w.LargeGradient(label, LARGE) for label in ("1", "2")]


def each(gradients, *methods):
    return all(getattr(gradient, method)() for gradient in gradients for method in methods)


def compiled_each(gradients, *methods):
    for gradient in gradients:
        gradient.compile()
    return each(gradients, *methods)


@pytest.mark.benchmark(group="large")
def test_exact_difference(benchmark, gradients):
    described(benchmark, "exact-difference of (1), (2)")
    assert benchmark.pedantic(each, args=[gradients, "exact_difference"], rounds=20)


@pytest.mark.benchmark(group="large")
def test_autograd_exact(benchmark, gradients):
    described(benchmark, "autograd-exact of (1), (2)")
    assert benchmark.pedantic(each, args=[gradients, "autograd_exact"], rounds=20)


@pytest.mark.benchmark(group="large")
def test_both(benchmark, gradients):
    described(benchmark, "both together", target="under 50 ms")
    assert benchmark.pedantic(each, args=[gradients, "exact_difference", "autograd_exact"], rounds=20)


@pytest.mark.benchmark(group="large")
def test_both_compiled_first(benchmark, gradients):
    described(benchmark, "both together, lambdify included")
    assert benchmark.pedantic(compiled_each, args=[gradients, "exact_difference", "autograd_exact"], rounds=10)


@pytest.mark.benchmark(group="large")
def test_entry_by_entry(benchmark, gradients):
    described(benchmark, "mpmath, entry by entry", reference=True)
    assert benchmark.pedantic(each, args=[gradients, "entry_by_entry"], rounds=1)


# The one-sparse ReLU loss, D = 1000 and d = 50 ----------------------------------------------------------------------

SHARE = 100
"""One part of so many of the 10⁶ samples is timed: the ratio that is printed is to be taken so often."""


@pytest.fixture(scope="module")
def one_sparse():
    return w.OneSparse()


@pytest.mark.benchmark(group="one-sparse")
def test_closed_form(benchmark, one_sparse):
    described(benchmark, "closed form and gradient", reference=True)
    benchmark.pedantic(one_sparse.both, rounds=5, warmup_rounds=1)


@pytest.mark.benchmark(group="one-sparse")
def test_monte_carlo(benchmark, one_sparse):
    described(benchmark, f"Monte Carlo, 10⁶/{SHARE} samples", target=f"at least 1×: {SHARE}× for all 10⁶")
    benchmark.pedantic(one_sparse.sampled, args=(10**6 // SHARE,), rounds=2)


@pytest.mark.benchmark(group="one-sparse")
def test_quadrature(benchmark, one_sparse):
    rows = one_sparse.some_outputs(100)
    described(benchmark, "mpmath, 100 of the 10⁶ outputs, no gradient")
    benchmark.pedantic(one_sparse.by_quadrature, args=(rows,), rounds=2)
