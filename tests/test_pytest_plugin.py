"""The pytest plugin: which tests a derivation gives, when they fail and what they say; and that others do not pay."""

from __future__ import annotations

import re
import warnings
import xml.etree.ElementTree as ET
from importlib.metadata import entry_points

import pytest

import derive.checker  # what is imported inside a run of pytester is forgotten after it, and NumPy allows that once
import derive.stepwise
from derive import dims, equal, matrix
from derive.corpora import toy_autoencoders
from derive.language.derivation import Derivation
from derive.language.nodes import coerce
from derive.load import number_of_steps
from derive.report import METHODS, ClaimReport, Planted, StepReport

pytest_plugins = ["pytester"]

HEAD = """\
from derive import *
n, p = dims("n p")
A, B = matrix("A", n, p), matrix("B", n, p)
c = scalar("c")
page = Derivation("A page")
"""
CHAIN = 'page.calc("chain", norm2(A + B), tr((A + B).T @ (A + B)), norm2(A) + 2 * inner(A, B) + norm2(B))\n'
SLOPE = 'page.gradient("slope", norm2(A), A, 2 * A)\n'
WRONG = 'page.gradient("wrong", norm2(A), A, 3 * A)\n'
PRINTED = """\
page.as_printed("slope-printed", lambda: equal(gradient(norm2(A), A), A), erratum="1", reading="2 is missing")
page.as_printed("typed-printed", lambda: equal(A @ B, A), erratum="2", reading="B is Bᵀ", expect="ill-typed")
"""
VACUOUS = """\
odd = page.assume(equal(c**2, 2 * (c - 1)), "odd")
page.have("vacuous", equal(c, c), equal(c**3, 2 * (c**2 - c)), using=[odd])
"""
FALSE = [
    "step 1 of wrong: refuted, expected proved",
    "residual        -1*A[_1,_2]",
    "counterexample  at n=1 p=1: left 2, right 3, where A = [1]",
    "repair          3 → 2 gives ∂(‖A‖²)/∂A = 2 A",
    "left            ∂(‖A‖²)/∂A",
    "right           3 A",
    "at              mine.py:6",
]


@pytest.fixture
def write(pytester):
    def put(text: str, name: str = "mine.py") -> str:
        (pytester.path / name).write_text(text, encoding="utf-8")
        return name

    return put


@pytest.fixture
def run(pytester):
    """Runs pytest in this process, without the plugins that have a say in other things."""

    def start(*args: str) -> pytest.RunResult:
        return pytester.runpytest_inprocess("-p", "no:benchmark", "-p", "no:hypothesispytest", *args)

    return start


def ids(result: pytest.RunResult) -> list[str]:
    return [line for line in result.outlines if "::" in line and " " not in line]


def outcomes(result: pytest.RunResult) -> dict[str, str]:
    """The outcome of each test, from the lines of ``-v``, with or without the name of a worker."""
    line = re.compile(r"(?:\[(?:gw\d)\] \[ *\d+%\] )?(?:(PASSED|FAILED) )?(\S+::\S+)(?: (PASSED|FAILED))?")
    found = [match for text in result.outlines if (match := line.match(text))]
    return {match[2]: match[1] or match[3] for match in found if match[1] or match[3]}


def told(result: pytest.RunResult) -> list[str]:
    """What stands below the first failure's or error's headline."""
    lines = result.outlines
    start = next(number for number, line in enumerate(lines) if re.match(r"_{3,} .* _{3,}$", line))
    below = lines[start + 1 :]
    end = next(number for number, line in enumerate(below) if re.match(r"(_|=){3,} .* (_|=){3,}$", line))
    return [line for line in below[:end] if not line.startswith("[gw")]


# Which tests there are ----------------------------------------------------------------------------------------------


def test_the_plugin_is_an_entry_point():
    """pip install -e . again, where it is not."""
    found = [point.value for point in entry_points(group="pytest11") if point.name == "derive"]
    assert found == ["derive.pytest_plugin"]


def test_there_is_one_test_a_claim_and_a_step(write, run):
    result = run("--collect-only", "-q", write(HEAD + CHAIN + SLOPE + PRINTED))
    assert ids(result) == [
        "mine.py::page::chain[1]",
        "mine.py::page::chain[2]",
        "mine.py::page::slope[1]",
        "mine.py::page::slope-printed[1]",
        "mine.py::page::typed-printed[1]",
    ]


def test_what_cannot_be_built_is_one_test_however_many_readings_it_has(write, run):
    readings = "lambda: equal(A @ B, A), lambda: equal(B @ A, A)"
    text = f'page.as_printed("p", {readings}, erratum="1", reading="r", expect="ill-typed")\n'
    assert outcomes(run("-v", write(HEAD + text))) == {"mine.py::page::p[1]": "PASSED"}


def test_what_holds_passes_and_what_is_printed_wrong_passes_when_it_is_refuted(write, run):
    run(write(HEAD + CHAIN + SLOPE + PRINTED)).assert_outcomes(passed=5)


@pytest.mark.parametrize("name", ["test_mine.py", "mine.py"])
def test_a_file_with_tests_and_a_derivation_gives_both(name, write, run):
    result = run("-v", write(HEAD + SLOPE + "def test_plain():\n    pass\n", name))
    assert outcomes(result) == {f"{name}::page::slope[1]": "PASSED", f"{name}::test_plain": "PASSED"}


def test_a_test_file_is_found_as_tests_are(write, run):
    write(HEAD + SLOPE, "test_mine.py")
    run().assert_outcomes(passed=1)


def test_no_script_is_imported_to_find_out(pytester, write, run):
    write("raise SystemExit('it was run')\n", "script.py")
    write(HEAD + WRONG, "derivation.py")
    result = run(".")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "it was run" not in result.stdout.str()


@pytest.mark.parametrize("text", ["x = 1\n", "from derive import *\nderivations = [1, 2]\nn = dims('n')\n"])
def test_a_file_without_a_derivation_is_as_without_the_plugin(text, write, run):
    name = write(text + "def test_plain():\n    pass\n")
    for args in ([], ["-p", "no:derive"]):
        run(name, *args).assert_outcomes(passed=1)
    for args in ([], ["-p", "no:derive"]):
        assert run(write(text), *args).ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("args", [[], ["--doctest-modules"], ["--collect-only"]])
def test_a_file_is_imported_once(args, pytester, write, run):
    write('open("log", "a").write("x")\n' + HEAD + SLOPE + PRINTED)
    run("mine.py", *args)
    assert (pytester.path / "log").read_text() == "x"


DERIVATIONS = {
    "all in order": ("", ["page", "other"]),
    "the tuple decides": ("derivations = (other,)\n", ["other"]),
    "an empty tuple: none": ("derivations = ()\n", []),
    "one under two names": ("again = page\n", ["page", "other"]),
    "one that only the tuple holds": (
        'def made():\n    third = Derivation("third")\n    third.calc("3", A, A)\n    return third\n'
        "derivations = (page, made())\n",
        ["page", "derivations.1"],
    ),
    "something of that name": ("def derivations():\n    pass\n", ["page", "other"]),
}


@pytest.mark.parametrize("name", DERIVATIONS)
def test_the_derivations_of_a_file_are_those_that_are_checked(name, write, run):
    more, pages = DERIVATIONS[name]
    text = HEAD + SLOPE + 'other = Derivation("Another")\nother.calc("2", A, A)\n' + more
    assert [one.split("::")[1] for one in ids(run("--collect-only", "-q", write(text)))] == pages


def test_an_object_that_refuses_to_be_looked_at_is_left_alone(write, run):
    proxy = "class Proxy:\n    @property\n    def __class__(self):\n        raise RuntimeError\nproxy = Proxy()\n"
    run(write(HEAD + SLOPE + proxy)).assert_outcomes(passed=1)


@pytest.mark.parametrize("label", ["(4) ⇒ (5)", "a[1]", "x/y", "1.2", "a::b", "two\\nlines", "é"])
def test_any_label_can_be_part_of_an_id(label, write, run):
    name = write(HEAD + SLOPE.replace("slope", label))
    result = run(name, "-v")
    result.assert_outcomes(passed=1)
    (found,) = (line for line in run("--collect-only", "-q", name).outlines if line.startswith("mine.py::"))
    run(found).assert_outcomes(passed=1)


def test_the_notes_give_one_test_a_claim_and_a_step_when_they_are_named(write, run):
    """And none where only their folder is: they do not match ``python_files``."""
    listed = ["--collect-only", "-q", "-c", write("[pytest]\n", "pytest.ini")]
    found = ids(run(*listed, toy_autoencoders.__file__))
    claims = [claim for page in toy_autoencoders.derivations for claim in page.claims.values()]
    assert len(found) == sum(map(number_of_steps, claims)) > len(claims)
    assert len(set(found)) == len(found)
    assert not ids(run(*listed, toy_autoencoders.__path__[0]))


# What fails, and what it says ---------------------------------------------------------------------------------------


def test_a_failure_says_first_what_is_wrong_and_then_the_sides(write, run):
    result = run(write(HEAD + WRONG))
    result.assert_outcomes(failed=1)
    assert told(result) == FALSE
    result.stdout.fnmatch_lines(["FAILED mine.py::page::wrong?1? - step 1 of wrong: refuted, expect*"])
    assert "Traceback" not in result.stdout.str()


def test_only_the_step_that_is_wrong_fails(write, run):
    text = HEAD + 'page.calc("c", norm2(A), tr(A.T @ A), 2 * tr(A.T @ A), 2 * norm2(A))\n'
    assert list(outcomes(run("-v", write(text))).values()) == ["PASSED", "FAILED", "PASSED"]


def test_a_claim_that_is_not_decided_fails_and_is_not_skipped(write, run):
    result = run("-v", write(HEAD + VACUOUS))
    assert outcomes(result) == {"mine.py::page::vacuous[1]": "FAILED", "mine.py::page::vacuous[2]": "FAILED"}
    assert told(result)[0] == "step 1 of vacuous: undecided, expected proved"
    assert told(result)[1].startswith("because  proved, but not shown to be about anything: ")


def test_a_claim_that_holds_against_expectation_fails(write, run):
    text = HEAD + 'page.have("kept", equal(norm2(A), tr(A @ A.T)), expect="refuted")\n'
    assert told(run(write(text)))[0] == "step 1 of kept: proved, expected refuted"


def test_a_reading_that_is_true_fails(write, run):
    readings = "lambda: equal(gradient(norm2(A), A), A), lambda: equal(gradient(norm2(A), A), 2 * A)"
    result = run("-v", write(HEAD + f'page.as_printed("p", {readings}, erratum="1", reading="r")\n'))
    assert outcomes(result) == {"mine.py::page::p[1]": "PASSED", "mine.py::page::p[2]": "FAILED"}


def test_a_reading_that_turns_out_ill_typed_fails(write, run):
    result = run(write(HEAD + 'page.as_printed("p", lambda: equal(A @ B, A), erratum="1", reading="r")\n'))
    assert told(result)[:2] == [
        "step 1 of p: ill-typed, expected refuted",
        "because  A @ B: shapes n×p and n×p do not fit the operator @",
    ]


def test_a_claim_fails_that_rests_on_one_that_does_not_hold(write, run):
    text = HEAD + 'first = page.have("first", equal(A, B), using=[])\n'
    text += 'page.have("second", equal(A, A), equal(A @ A.T, B @ A.T), using=[first])\n'
    result = run("-v", "-k", "second", write(text))
    assert outcomes(result) == {"mine.py::page::second[1]": "PASSED", "mine.py::page::second[2]": "FAILED"}
    assert told(result)[:2] == [
        "step 2 of second: proved, but the claim is undecided",
        "because  it rests on (first), which is refuted",
    ]


def test_a_planted_error_that_escapes_fails_the_claim_at_its_last_step(write, run, monkeypatch):
    monkeypatch.setattr(derive.checker, "objects", lambda judge, damage, further=False: False)
    result = run("-v", write(HEAD + CHAIN))
    assert outcomes(result) == {"mine.py::page::chain[1]": "PASSED", "mine.py::page::chain[2]": "FAILED"}
    assert told(result)[0] == "step 2 of chain: a planted error is not caught"
    assert re.match(r"not caught  sign at .* \(not seen by kernel, exact-points, entrywise\)$", told(result)[1])
    assert told(result)[4].startswith("            and ")
    run("--derive-no-plant", "mine.py").assert_outcomes(passed=2)


def test_a_method_that_breaks_is_an_error_and_fails(write, run, monkeypatch):
    def broken(subject):
        raise ValueError("no such thing")

    monkeypatch.setattr("derive.judges.exact_points", broken)
    result = run(write(HEAD + SLOPE))
    result.assert_outcomes(failed=1)
    assert told(result)[0] == "step 1 of slope: error, expected proved"
    assert "because   exact-points broke: broke: ValueError: no such thing" in told(result)


def test_a_check_that_breaks_is_told_in_one_line(write, run, monkeypatch):
    def broken(claim, options):
        raise NameError("no such thing")

    monkeypatch.setattr(derive.stepwise, "check_claim", broken)
    result = run(write(HEAD + CHAIN))
    result.assert_outcomes(failed=2)
    (line,) = told(result)
    assert line.endswith("mine.py:6: the check of 'chain' broke: NameError: no such thing")


def test_a_function_of_the_author_that_breaks_is_told_in_one_line(write, run):
    result = run(write(HEAD + 'page.as_printed("p", lambda: nothing, erratum="1", reading="r")\n'))
    result.assert_outcomes(failed=1)
    (line,) = told(result)
    assert line.endswith("mine.py:6: a reading of 'p' fails: NameError: name 'nothing' is not defined")


BROKEN = {
    "a shape": (HEAD + 'page.calc("1", A @ B, A)\n', "mine.py:6: A @ B: shapes n×p and n×p do not fit the operator @"),
    "inside a function": (
        HEAD + "def made():\n    return A @ B\nmade()\n",
        "mine.py:7: A @ B: shapes n×p and n×p do not fit the operator @",
    ),
    "a label twice": (HEAD + SLOPE + SLOPE, "mine.py:7: two claims are labelled 'slope' in 'A page'"),
    "a label in two derivations": (
        HEAD + SLOPE + 'other = Derivation("Another")\nother.calc("slope", A, A)\n',
        "mine.py: two claims are labelled 'slope': at *mine.py:6 and at *mine.py:8",
    ),
    "a tuple of other things": (
        HEAD + "derivations = (page, 3)\n",
        "mine.py: *mine.py: derivations holds 3, which is no Derivation",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_an_author_writes_wrong_is_one_line_with_its_place(name, write, run):
    text, line = BROKEN[name]
    result = run(write(text))
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert len(told(result)) == 1
    result.stdout.fnmatch_lines([line, "ERROR mine.py - mine.py:*"])


def test_the_traceback_is_there_when_it_is_asked_for(write, run):
    assert len(told(run("--full-trace", write(BROKEN["a shape"][0])))) > 10


# Which steps of a claim fail, as a table ----------------------------------------------------------------------------

ESCAPED = Planted(3, 2, 0, ("x → −x (not seen by kernel)",))
FAILING = [
    ("proved", ["proved", "proved"], "proved", None, METHODS, set()),
    ("proved", ["proved", "agrees"], "agrees", None, METHODS, {2}),
    ("proved", ["refuted", "error", "proved"], "error", None, METHODS, {1, 2}),
    ("proved", ["proved", "proved"], "undecided", None, METHODS, {2}),
    ("proved", ["proved", "proved"], "proved", ESCAPED, METHODS, {2}),
    ("proved", ["undecided", "proved"], "undecided", ESCAPED, METHODS, {1, 2}),
    ("agrees", ["proved", "agrees"], "agrees", None, METHODS, set()),
    ("agrees", ["proved", "refuted"], "refuted", None, METHODS, {2}),
    ("agrees", ["proved", "proved"], "proved", None, METHODS, {1, 2}),
    ("agrees", ["proved", "proved-at"], "proved-at", None, METHODS, {1, 2}),
    ("refuted", ["proved", "refuted"], "refuted", None, METHODS, set()),
    ("refuted", ["undecided", "proved"], "undecided", None, METHODS, {1, 2}),
    ("refuted", ["refuted", "error"], "error", None, METHODS, {2}),
    ("undecided", ["undecided", "proved"], "undecided", None, METHODS, set()),
    ("undecided", ["undecided", "proved"], "undecided", None, ("kernel",), {1}),
    ("proved", [], "error", None, METHODS, {1, 2}),
    ("ill-typed", [], "ill-typed", None, METHODS, set()),
]


@pytest.mark.parametrize(("expected", "steps", "verdict", "planted", "asked", "failing"), FAILING)
def test_the_steps_fail_that_the_verdict_is_due_to(expected, steps, verdict, planted, asked, failing):
    page = Derivation("p")
    one = coerce(1)
    claim = page.calc("1", *[one] * (max(2, len(steps)) + 1), expect=expected)
    reports = tuple(StepReport(number, "1", "1", each) for number, each in enumerate(steps, start=1))
    report = ClaimReport("1", "p", "", "", "", "", verdict, expected, reports, planted=planted)
    assert derive.stepwise.failing(claim, report, asked) == failing
    assert report.ok or failing
    for number in failing:
        failure = derive.stepwise.failure(claim, report, number, asked)
        assert failure.head.startswith(f"step {number} of 1: ")
        assert len(failure.head) > len(f"step {number} of 1: ")


def test_a_failure_is_broken_to_the_width_of_a_terminal():
    failure = derive.stepwise.Failure("step 1 of x: refuted", (("residual", "a " * 60), ("at", "mine.py:1")))
    assert max(map(len, failure.lines(50))) <= 50
    assert len(failure.lines(None)) == 3


# A claim is checked once --------------------------------------------------------------------------------------------


@pytest.fixture
def checked(monkeypatch):
    """The label of each claim that is checked, and the options that it is checked with."""
    found = []

    def check(claim, options):
        found.append((claim.label, options))
        return derive.checker.check_claim(claim, options)

    monkeypatch.setattr(derive.stepwise, "check_claim", check)
    return found


RESTING = CHAIN + 'first = page.have("first", equal(A, A))\npage.have("second", equal(A, A), using=[first])\n'


def test_a_claim_is_checked_once_for_all_its_steps(write, run, checked):
    run(write(HEAD + RESTING)).assert_outcomes(passed=4)
    assert [label for label, _ in checked] == ["chain", "first", "second"]
    assert all(options.plant for _, options in checked)


def test_what_a_claim_rests_on_is_checked_too_without_planted_errors(write, run, checked):
    run(write(HEAD + RESTING), "-k", "second").assert_outcomes(passed=1, deselected=3)
    assert [(label, options.plant) for label, options in checked] == [("first", False), ("second", True)]


def resting() -> Derivation:
    """Claims that rest on one another, on one that is false, and on a theorem from elsewhere."""
    n = dims("n")[0]
    A, B, C = (matrix(name, n, n) for name in "ABC")
    page = Derivation("What rests on what")
    taken = page.known(equal(A, B), "taken")
    right = page.have("right", equal(A @ C, B @ C), using=[taken])
    wrong = page.have("wrong", equal(B @ C, C @ B), using=[])
    page.have("both", equal(A @ C, C @ B), using=[right, wrong])
    page.have("one", equal(A @ C @ C, B @ C @ C), using=[right])
    return page


@pytest.mark.parametrize("order", [1, -1])
def test_the_reports_are_those_of_the_command_line(order):
    """Also where a claim is asked for before those that it uses."""
    page = resting()
    options = derive.checker.Options(needed=False)
    whole = derive.checker.check_all([page], options)
    checks = derive.stepwise.Checks(options)
    assert [report.verdict for report in whole.claims] == ["proved", "refuted", "undecided", "proved"]
    for report in whole.claims[::order]:
        own = checks.of(page.claims[report.label])
        for field in ("verdict", "reason", "assumptions", "rests_on", "planted"):
            assert getattr(own, field) == getattr(report, field)


def test_nothing_is_checked_where_tests_are_only_listed(write, run, checked):
    run(write(HEAD + CHAIN), "--collect-only")
    assert not checked


# Options ------------------------------------------------------------------------------------------------------------


def test_every_option_reaches_the_checks(write, run, checked):
    args = ["--derive-digits", "30", "--derive-seed=7", "--derive-methods", "exact-points,kernel", "--derive-no-plant"]
    run(write(HEAD + SLOPE), *args).assert_outcomes(passed=1)
    expected = derive.checker.Options(digits=30, seed=7, plant=False, needed=False, methods=("kernel", "exact-points"))
    assert checked == [("slope", expected)]


def test_the_defaults_are_those_of_the_command_line(write, run, checked):
    run(write(HEAD + SLOPE))
    assert checked == [("slope", derive.checker.Options(needed=False))]


WRONG_OPTIONS = {
    ("--derive-digits", "0"): "--derive-digits: '0' is not a whole number from 1 on",
    ("--derive-digits", "many"): "--derive-digits: 'many' is not a whole number from 1 on",
    ("--derive-seed=-1",): "--derive-seed: '-1' is not a whole number from 0 on",
    ("--derive-methods", "kernel,colonel"): f"--derive-methods: 'colonel' is no method; the methods are "
    f"{', '.join(METHODS)}",
    ("--derive-methods", ""): "--derive-methods: '' is no method; *",
}


@pytest.mark.parametrize("args", WRONG_OPTIONS)
def test_a_wrong_value_is_one_line(args, write, run):
    result = run(write(HEAD + SLOPE), *args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert len([line for line in result.errlines if line]) == 1
    result.stderr.fnmatch_lines([f"ERROR: {WRONG_OPTIONS[args]}"])
    assert "passed" not in result.stdout.str()


@pytest.mark.parametrize("method", ["exact-points", "sympy", "autograd", "faithful"])
def test_what_the_methods_asked_do_not_decide_fails(method, write, run):
    result = run(write(HEAD + SLOPE), "--derive-methods", method)
    result.assert_outcomes(failed=1)
    assert any(line.split() == ["asked", method] for line in told(result))


def test_the_kernel_alone_proves_and_does_not_refute(write, run):
    result = run("-v", write(HEAD + SLOPE + WRONG + PRINTED), "--derive-methods", "kernel")
    assert list(outcomes(result).values()) == ["PASSED", "FAILED", "FAILED", "PASSED"]
    run("mine.py", "--derive-methods", "kernel,exact-points").assert_outcomes(passed=3, failed=1)


def test_what_is_expected_to_be_undecided_is_no_news_where_few_are_asked(write, run):
    text = HEAD + VACUOUS.replace("using=[odd]", 'using=[odd], expect="undecided"')
    run(write(text)).assert_outcomes(passed=2)
    result = run("mine.py", "--derive-methods", "kernel")
    result.assert_outcomes(failed=2)
    assert told(result)[0] == "step 1 of vacuous: undecided, as expected, but not all methods were asked"


# What pytest itself offers ------------------------------------------------------------------------------------------

MINE = HEAD + WRONG + CHAIN + SLOPE + "def test_plain():\n    pass\n"


@pytest.mark.parametrize(
    ("args", "passed", "failed"),
    [
        (["-k", "chain"], 2, 0),
        (["-k", "not chain and not plain"], 1, 1),
        (["-k", "page"], 3, 1),
        (["-m", "derive"], 3, 1),
        (["-m", "not derive"], 1, 0),
        (["--strict-markers", "--strict-config"], 4, 1),
        (["-p", "no:cacheprovider"], 4, 1),
        (["-W", "error"], 4, 1),
        (["--import-mode=importlib"], 4, 1),
    ],
    ids=str,
)
def test_tests_are_chosen_as_others_are(args, passed, failed, write, run):
    found = run(write(MINE), *args).parseoutcomes()
    assert (found.get("passed", 0), found.get("failed", 0)) == (passed, failed)


def test_without_xdist_no_mark_is_put_that_nobody_registered(pytester, write):
    """In a process of its own: pytest remembers all marks that were ever registered in one."""
    result = pytester.runpytest_subprocess("--strict-markers", "-p", "no:xdist", "--collect-only", write(MINE))
    result.assert_outcomes(errors=0)
    assert result.ret == pytest.ExitCode.OK


def test_a_warning_of_the_checks_is_no_failure(write, run, monkeypatch):
    def warning(claim, options):
        warnings.warn("some library will change", DeprecationWarning, stacklevel=1)
        return derive.checker.check_claim(claim, options)

    monkeypatch.setattr(derive.stepwise, "check_claim", warning)
    run(write(HEAD + SLOPE), "-W", "error").assert_outcomes(passed=1)


@pytest.mark.parametrize(("chosen", "number"), [("chain", 2), ("chain[2]", 1), ("", 4)])
def test_a_claim_or_a_step_is_named_by_its_id(chosen, number, write, run):
    write(MINE)
    result = run(f"mine.py::page::{chosen}".removesuffix("::"))
    assert sum(result.parseoutcomes().get(kind, 0) for kind in ("passed", "failed")) == number


def test_the_mark_is_listed(run):
    run("--markers").stdout.fnmatch_lines(["@pytest.mark.derive: a step of a claim of a derivation"])


def test_last_failed_runs_what_failed(write, run):
    run(write(MINE)).assert_outcomes(passed=4, failed=1)
    assert list(outcomes(run("mine.py", "-v", "--lf"))) == ["mine.py::page::wrong[1]"]
    write(MINE.replace("3 * A", "2 * A"))
    run("mine.py", "--lf").assert_outcomes(passed=1, deselected=4)
    run("mine.py", "--lf").assert_outcomes(passed=5)


def test_junit_has_the_first_line_as_message_and_all_as_text(pytester, write, run):
    run(write(MINE), "--junitxml=out.xml")
    found = ET.parse(pytester.path / "out.xml").iter("testcase")
    cases = {(case.get("classname"), case.get("name")): case for case in found}
    assert [name for where, name in cases if where == "mine.page"] == ["wrong[1]", "chain[1]", "chain[2]", "slope[1]"]
    (failure,) = cases["mine.page", "wrong[1]"]
    assert failure.get("message") == FALSE[0]
    assert failure.text.splitlines() == FALSE


def test_an_exit_at_the_first_failure_leaves_the_rest_unchecked(write, run, checked):
    run(write(MINE), "-x").assert_outcomes(failed=1)
    assert [label for label, _ in checked] == ["wrong"]


@pytest.mark.parametrize("spread", [[], ["--dist", "loadgroup"]], ids=["load", "loadgroup"])
def test_workers_come_to_the_same(spread, write, run):
    result = run(write(MINE), "-n", "2", *spread)
    result.assert_outcomes(passed=4, failed=1)
    assert told(result) == FALSE
    result.stdout.fnmatch_lines(["FAILED mine.py::page::wrong?1?* - step 1 of wrong: *"])


GROUPED = """\
import pytest

@pytest.mark.xdist_group("plain")
@pytest.mark.parametrize("number", range(2))
def test_plain(number):
    pass
"""


def test_the_steps_of_a_claim_stay_in_one_worker_in_groups(write, run):
    """Where pytest-xdist heeds its own mark: 3.8 does not together with pytest 9.2, and then any worker will do."""
    claims = [CHAIN.replace("chain", f"chain [{number}]@{number}") for number in range(4)]
    result = run(write(GROUPED + HEAD + "".join(claims)), "-v", "-n", "2", "--dist", "loadgroup")
    result.assert_outcomes(passed=10)
    ran = [re.match(r"\[(gw\d)\] .*::chain \[(\d)\]@\d\[", line) for line in result.outlines]
    workers = {(match[2], match[1]) for match in ran if match}
    heeded = "test_plain[0]@plain" in result.stdout.str()
    assert len(workers) == 4 if heeded else len(workers) >= 4


def test_the_steps_of_a_claim_are_marked_as_a_group(write, run):
    write(
        "def pytest_collection_modifyitems(items):\n"
        "    print('groups', [item.get_closest_marker('xdist_group').args for item in items])\n",
        "conftest.py",
    )
    result = run(write(HEAD + CHAIN + SLOPE), "--collect-only")
    assert "groups [('page.chain',), ('page.chain',), ('page.slope',)]" in result.stdout.str()


# What others pay ----------------------------------------------------------------------------------------------------


def test_a_run_of_other_tests_imports_nothing_of_the_package(pytester):
    """Nor anything that the package needs: this is pytest in a process of its own, with no other plugin."""
    pytester.makepyfile(
        "import sys\n"
        "HEAVY = {'sympy', 'numpy', 'mpmath', 'autograd', 'scipy', 'rich'}\n"
        "def test_plain():\n"
        "    assert sorted(name for name in sys.modules if name.split('.')[0] == 'derive')"
        " == ['derive', 'derive.pytest_plugin']\n"
        "    assert not HEAVY & set(sys.modules)\n"
    )
    others = ["benchmark", "hypothesispytest", "xdist"]
    result = pytester.runpytest_subprocess(*(part for name in others for part in ("-p", f"no:{name}")))
    result.assert_outcomes(passed=1)


def test_listing_the_tests_of_a_derivation_waits_for_no_algebra(pytester, write):
    """Of the author's file comes what it imports itself; the checks are imported by the first that runs."""
    write(HEAD.replace("*", "Derivation, dims, inner, matrix, norm2, scalar, tr") + CHAIN)
    write(
        "import sys\n"
        "def pytest_collection_finish(session):\n"
        "    print('loaded:', *sorted({'sympy', 'numpy', 'derive.checker'} & set(sys.modules)))\n",
        "conftest.py",
    )
    result = pytester.runpytest_subprocess("--collect-only", "-q", "-p", "no:benchmark", "mine.py")
    result.stdout.fnmatch_lines(["mine.py::page::chain?1?"])
    assert "loaded:" in result.outlines
