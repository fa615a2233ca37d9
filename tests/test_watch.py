"""``derive check --watch``: what a save changes is checked again, and nothing else; only differences are shown."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys

import pytest

import derive.watch
from derive.checker import Options, check_claim
from derive.cli import main
from derive.errors import InputError
from derive.screen import Screen
from derive.watch import Watch, watch

FILE = """\
from derive import Derivation, dims, equal, gradient, matrix, norm2, tr, symmetric
from helper_of_watch import FACTOR
n, m = dims("n m")
A, B, S = matrix("A", n, m), matrix("B", m, n), matrix("S", n, n)
page = Derivation("A page")
f = page.define("f", norm2(A))
page.calc("grad", gradient(f, A), FACTOR * A)
trace = page.calc("trace", tr(A @ B), tr(B @ A))
h = page.assume(symmetric(S), "S symmetric")
square = page.calc("square", S @ S.T, S @ S, using=[h])
page.calc("cube", S @ S.T @ S, S @ S @ S, using=[square])
"""
HELPER = "FACTOR = 2\n"


class Saves(io.StringIO):
    """A screen, and a sleeper that saves a file at each sleep instead of sleeping, then interrupts."""

    encoding = "utf-8"

    def __init__(self, folder, steps):
        super().__init__()
        self.folder, self.steps, self.said, self.read, self.tick = folder, list(steps), [], 0, 10**18

    def save(self, name, text):
        path = self.folder / name
        if text is None:
            path.unlink()
            return
        path.write_text(text, encoding="utf-8")
        self.tick += 10**9  # a clock that always ticks between two saves
        os.utime(path, ns=(self.tick, self.tick))

    def sleep(self, seconds):
        text = self.getvalue()
        self.said.append(text[self.read :])
        self.read = len(text)
        if not self.steps:
            raise KeyboardInterrupt
        for name, text in self.steps.pop(0).items():
            self.save(name, text)


@pytest.fixture
def run(tmp_path, monkeypatch):
    checked = []

    def counted(claim, options):
        checked.append(claim.label)
        return check_claim(claim, options)

    monkeypatch.setattr(derive.watch, "check_claim", counted)

    def go(*steps, start=(), options=None, targets=("mine.py",)):
        saves = Saves(tmp_path, steps)
        for name, text in {"helper_of_watch.py": HELPER, "mine.py": FILE, **dict(start)}.items():
            saves.save(name, text)
        held = watch(
            options or Options(plant=False, targets=tuple(str(tmp_path / t) for t in targets)),
            Screen.of(saves),
            saves.sleep,
        )
        return held, saves.said, checked

    return go


def edit(was, now, text=FILE):
    assert text.count(was) == 1
    return {"mine.py": text.replace(was, now)}


def test_all_is_shown_at_first_and_only_what_changed_later(run):
    held, said, checked = run(edit("FACTOR * A", "3 * A"), {"mine.py": FILE})
    assert "all 4 claims have the verdict" in said[0]
    assert "watching helper_of_watch.py, mine.py" in said[0]
    assert "1 of 4 claims checked again (grad)" in said[1]
    assert "✗  was proved  grad" in said[1]
    assert "false   at" in said[1]
    assert "trace" not in said[1]
    assert "1 of 4 claims does not have the verdict" in said[1]
    assert "✓  was refuted  grad" in said[2]
    assert held
    assert checked == ["grad", "trace", "square", "cube", "grad"], "what is taken back is known"


def test_what_ends_wrong_is_false(run):
    held, _, _ = run(edit("FACTOR * A", "3 * A"))
    assert not held


@pytest.mark.parametrize(
    "change",
    [
        {"mine.py": "# a remark\n" + FILE},
        edit('tr(B @ A))', 'tr(B @ A), title="Cyclic")'),
        edit("A page", "Another title"),
        {"helper_of_watch.py": "FACTOR = 1 + 1\n"},
        {"mine.py": FILE},
    ],
    ids=["a line above", "a title", "the page's title", "another way to say it", "saved unchanged"],
)  # fmt: skip
def test_what_says_the_same_is_not_checked_again(run, change):
    held, said, checked = run(change)
    assert held
    assert len(checked) == 4
    assert "0 of 4 claims checked again" in said[1]
    assert "as before" in said[1]


CHANGES = {
    "a statement": (edit("tr(B @ A))", "2 * tr(B @ A) / 2)"), ["trace"]),
    "an expected verdict": (edit("tr(B @ A))", 'tr(B @ A), expect="refuted")'), ["trace"]),
    "a definition": (edit("norm2(A))", "norm2(A) + 1)"), ["grad"]),
    "a helper": ({"helper_of_watch.py": "FACTOR = 3\n"}, ["grad"]),
    "a dimension": (edit('"A", n, m), matrix("B", m, n)', '"A", m, n), matrix("B", n, m)'), ["grad", "trace"]),
    "a hypothesis": (edit('page.assume(symmetric(S), "S', 'page.assume(equal(S, S.T), "S'), ["square", "cube"]),
    "what is used": (edit("using=[square]", "using=[h]"), ["cube"]),
    "what another claim states that is used": (
        edit("S @ S.T, S @ S, using", "S @ S.T, S.T @ S, using"), ["square", "cube"],
    ),
    "a model": ({"mine.py": FILE + "page.model(lambda sizes, random: {})\n"}, ["square", "cube"]),
    "a label": (edit('"trace"', '"cyclic"'), ["cyclic"]),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_says_something_else_is_checked_again_and_nothing_else(run, name):
    change, labels = CHANGES[name]
    _, _, checked = run(change)
    assert checked[4:] == labels


def test_claims_that_are_added_and_removed_are_told(run):
    added = FILE + 'page.calc("new one", A, A)\n'
    _, said, checked = run({"mine.py": added}, {"mine.py": FILE.replace('page.calc("new one"', "")})
    assert "✓  new  new one" in said[1]
    assert "grad" not in said[1]
    assert "new one: removed" in said[2]
    assert checked[4:] == ["new one"]


def test_a_claim_that_another_rests_on_takes_it_along(run):
    """What is stated is the same, but no longer proved: the dependent is not checked again, and no longer proved."""
    broken = edit('"square", S @ S.T, S @ S, using=[h]', '"square", S @ S.T, S @ S, using=[]')
    _, said, _ = run(broken)
    assert "was proved  square" in said[1]
    assert "was proved  cube" in said[1]
    assert "it rests on (square)" in said[1]


@pytest.mark.parametrize(
    ("breaks", "told"),
    [
        ({"mine.py": FILE + "nope\n"}, "mine.py:12: NameError: name 'nope' is not defined"),
        ({"mine.py": FILE + "x = (\n"}, "mine.py:12: SyntaxError"),
        ({"helper_of_watch.py": "FACTOR = \n"}, "helper_of_watch.py:1: SyntaxError"),
        ({"mine.py": FILE + 'page.calc("grad", A, A)\n'}, "mine.py:12: two claims are labelled 'grad'"),
        ({"mine.py": None}, "mine.py: no such file"),
        (
            {"mine.py": FILE + 'page.as_printed("p", lambda: 1 / 0, erratum="1", reading="")\n'},
            "mine.py:12: a reading of 'p' fails: ZeroDivisionError",
        ),
    ],
)
def test_a_file_that_does_not_import_is_one_line_and_it_goes_on(run, breaks, told):
    held, said, checked = run(breaks, {"mine.py": FILE, "helper_of_watch.py": HELPER})
    assert said[1].strip().startswith("derive: ")
    assert told in said[1]
    assert len(said[1].strip().splitlines()) == 1
    assert "read again, as before" in said[2]
    assert held
    assert len(checked) == 4


def test_what_cannot_be_read_at_last_is_false_and_what_cannot_at_first_goes_on(run):
    held, _, _ = run({"mine.py": "nope\n"})
    assert not held
    held, said, _ = run({"mine.py": FILE}, start={"mine.py": "nope\n"})
    assert "NameError" in said[0]
    assert "all 4 claims have the verdict" in said[1]
    assert held


def test_several_files_are_watched_together(run):
    other = 'from derive import Derivation, dims, matrix\nn, = dims("n")\nQ = matrix("Q", n, n)\n'
    other += 'page = Derivation("Other")\n'
    start = {"other.py": other + 'page.calc("q", Q, Q)\n'}
    held, said, checked = run(
        {"other.py": other + 'page.calc("q", Q, Q.T)\n'}, start=start, targets=("mine.py", "other.py")
    )
    assert "all 5 claims" in said[0]
    assert "✗  was proved  q" in said[1]
    assert checked[5:] == ["q"]
    assert not held


def test_only_some_claims_are_shown(run, tmp_path):
    options = Options(plant=False, only=("cube",), targets=(str(tmp_path / "mine.py"),))
    _, said, checked = run(edit("FACTOR * A", "3 * A"), options=options)
    assert checked == ["square", "cube"]
    assert "grad" not in said[0]
    assert "as before" in said[1]


def test_a_label_or_file_that_is_not_there_is_refused(run, tmp_path):
    with pytest.raises(InputError, match="no claim is labelled 'nope'"):
        run(options=Options(only=("nope",), targets=(str(tmp_path / "mine.py"),)))
    with pytest.raises(InputError, match="no such file"):
        run(targets=("nope.py",))


def test_workers_check_the_same(run, tmp_path):
    options = Options(plant=False, jobs=2, targets=(str(tmp_path / "mine.py"),))
    held, said, checked = run(edit("FACTOR * A", "3 * A"), options=options)
    assert "all 4 claims have the verdict" in said[0]
    assert checked == ["grad"], "one claim is checked in this process"
    assert "was proved  grad" in said[1]
    assert not held


@pytest.mark.parametrize("option", [["--json", "-"], ["--certificates", "out"]])
def test_what_is_written_once_goes_with_no_watching(option, tmp_path, capsys):
    (tmp_path / "mine.py").write_text(FILE)
    assert main(["check", str(tmp_path / "mine.py"), "--watch", *option]) == 2
    assert "--watch goes with neither" in capsys.readouterr().err


def test_functions_are_compared_by_what_they_do(tmp_path):
    """A model is another one where a helper that it calls is, and the same where a line above it is added."""
    source = (
        FILE
        + "K = 1\ndef shift():\n    return K\n@page.model\ndef mine(sizes, random):\n    return {} if shift() else {}\n"
    )
    paths = {name: tmp_path / f"{name}.py" for name in ("same", "constant", "helper", "own")}
    (tmp_path / "helper_of_watch.py").write_text(HELPER)
    paths["same"].write_text("\n" + source)
    paths["constant"].write_text(source.replace("K = 1", "K = 2"))
    paths["helper"].write_text(source.replace("return K", "return K + 0"))
    paths["own"].write_text(source.replace("else {}", "else None"))
    (tmp_path / "first.py").write_text(source)
    from derive.fingerprint import fingerprint
    from derive.load import load

    def mark(name):
        return fingerprint(load([str(tmp_path / f"{name}.py")])[0].claims["square"])

    assert mark("first") == mark("same")
    assert all(mark("first") != mark(name) for name in ("constant", "helper", "own"))


def test_a_process_of_its_own_ends_with_what_held(tmp_path):
    (tmp_path / "helper_of_watch.py").write_text(HELPER)
    path = tmp_path / "mine.py"
    path.write_text(FILE, encoding="utf-8")
    # A shell that runs the tests in the background has the signal ignored, also by what they start.
    heard = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    heard += "; import derive.cli, sys; sys.exit(derive.cli.main())"
    start = [sys.executable, "-c", heard, "check", str(path), "--watch", "--jobs", "1", "--no-plant"]
    with subprocess.Popen(
        start, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1"},
    ) as process:  # fmt: skip
        try:
            assert any("watching" in line for line in process.stdout)
            path.write_text(FILE.replace("FACTOR * A", "3 * A"), encoding="utf-8")
            assert any("1 of 4 claims does not have" in line for line in process.stdout)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 1
        finally:
            process.kill()


def test_the_state_says_whether_a_file_is_due(tmp_path):
    (tmp_path / "helper_of_watch.py").write_text(HELPER)
    (tmp_path / "mine.py").write_text(FILE)
    state = Watch(Options(plant=False, targets=(str(tmp_path / "mine.py"),)))
    assert not state.ok
    state.again(Screen(io.StringIO()))
    assert state.ok
    assert not state.is_due()
    (tmp_path / "helper_of_watch.py").write_text("FACTOR = 4 - 2\n")
    assert state.is_due()
