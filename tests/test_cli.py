"""The command line: exit statuses, one line for what is wrong, files whole or not at all, and what a terminal shows."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from derive import files
from derive.cli import main
from derive.errors import DeriveError
from derive.render import outcome
from derive.report import Report
from derive.screen import columns_of, cut, wrap
from tests import stub_check

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"

MINE = """\
from derive import *

D, d = dims("D d")
A, B = matrix("A", D, d), matrix("B", d, D)
page = Derivation("A page of my own", source="page 3")
page.assume(d < D)
f = page.define("f", norm2(A))
g = page.define("g", 2 * norm2(A))
page.calc("grad", gradient(f, A), 2 * A, because=["a square"], title="The gradient")
page.calc("trace", tr(A @ B), tr(B @ A), title="A trace is cyclic")
page.as_printed(
    "grad-printed", lambda: equal(gradient(g, A), 2 * A),
    erratum="E10", reading="the factor is 4", corrected_by="grad", suspect=g,
)
page.as_printed("typed-printed", lambda: equal(A, B), erratum="E2", reading="B is Aᵀ", expect="ill-typed")
page.remark("E9", "page 4", "the number (3) is used twice")
"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.py").write_text(MINE, encoding="utf-8")
    return str(tmp_path / "mine.py")


@pytest.fixture
def wrong(tmp_path):
    return _added(tmp_path, 'page.calc("wrong", tr(A @ B), tr(B @ A))\n')


@pytest.fixture(autouse=True)
def stub(monkeypatch):
    """``derive.checker`` is replaced; every test here is about what stands around it."""
    monkeypatch.setitem(sys.modules, "derive.checker", None)
    stub_check.install()
    stub_check.calls.clear()


def _added(folder: Path, text: str) -> str:
    (folder / "added.py").write_text(MINE + text, encoding="utf-8")
    return str(folder / "added.py")


def _run(*args: str, code: str | None = None, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command line in a process of its own, with the stub in place of the checks."""
    start = [sys.executable, str(HERE / "stub_check.py")] if code is None else [sys.executable, "-c", code]
    return subprocess.run([*start, *args], capture_output=True, env={**_plain(), **environment}, check=False)


def _plain() -> dict[str, str]:
    hidden = ("NO_COLOR", "COLUMNS", "FORCE_COLOR", "PYTHONIOENCODING", "TERM")
    kept = {name: value for name, value in os.environ.items() if name not in hidden}
    return {**kept, "TERM": "xterm-256color", "PYTHONUTF8": "1"}


def _on_terminal(*args: str, width: int = 100, **environment: str) -> str:
    """What the command writes to a terminal of its own."""
    call = [sys.executable, str(HERE / "stub_check.py"), *args]
    code = (
        "import fcntl, os, struct, sys, termios\n"
        f"fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, {width}, 0, 0))\n"
        f"os.execve(sys.executable, {call!r}, {dict(_plain(), **environment)!r})\n"
    )
    child, master = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-c", code])
    written = b""
    try:
        while chunk := os.read(master, 65536):
            written += chunk
    except OSError:  # Linux says so when the other end is closed
        pass
    finally:
        os.close(master)
        os.waitpid(child, 0)
    return written.decode().replace("\r\n", "\n")


def _refused(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    """The call is refused with status 2 in one line, and nothing is checked."""
    assert main(list(args)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("derive: ")
    assert "Traceback" not in err
    assert stub_check.calls == []
    return err


# Bad calls ----------------------------------------------------------------------------------------------------------

BAD_calls = {
    "digits": (["check", "--digits", "0"], ["--digits", "'0'", "from 1 on"]),
    "digits word": (["check", "--digits", "many"], ["--digits", "'many'"]),
    "seed": (["check", "--seed", "-1"], ["--seed", "'-1'", "from 0 on"]),
    "jobs": (["check", "--jobs", "0"], ["--jobs", "'0'"]),
    "only": (["check", "--only", "28e"], ["'28e'", "'28E'"]),
    "only empty": (["check", "--only", "1,,2"], ["--only", "'1,,2'"]),
    "show": (["show", "22gradient"], ["'22gradient'", "'22-gradient'"]),
    "show nothing near": (["show", "@@@@"], ["'@@@@'", "there are L, L-printed"]),
    "missing file": (["check", "no_such.py"], ["no_such.py", "no such file"]),
    "missing file of list": (["list", "no_such.py"], ["no_such.py"]),
    "missing file of errata": (["errata", "no_such.py"], ["no_such.py"]),
    "json folder": (["check", "--json", "no/such/report.json"], ["--json", "no/such/report.json", "does not exist"]),
    "json is a folder": (["check", "--json", "."], ["--json .", "folder"]),
    "json empty": (["check", "--json", ""], ["--json"]),
    "certificates folder": (["check", "--certificates", "no/such/dir"], ["--certificates", "does not exist"]),
    "command": (["chekc"], ["'chekc'", "check"]),
    "no command": ([], ["COMMAND"]),
    "option": (["check", "--digit", "3"], ["--digit"]),
    "two targets of show": (["show", "1", "a.py", "b.py"], ["b.py"]),
}


@pytest.mark.parametrize("name", BAD_calls)
def test_a_bad_call_is_one_line_and_status_2(name, capsys):
    args, quoted = BAD_calls[name]
    told = _refused(capsys, *args)
    assert all(part in told for part in quoted), told


BAD_FILES = {
    "shape": ('page.calc("x", A @ A, A)\n', ["A @ A", "D×d"]),
    "index": ('i, j = indices("i j", D)\nx = A[i, j]\n', ["index j", "over D", "over d"]),
    "free": (
        'i, = indices("i", D); j, = indices("j", d)\npage.calc("x", A[i, j], tr(A @ B))\n',
        ["free", "left", "a_ij"],
    ),
    "summed": ('i, = indices("i", D)\nx = total(i, total(i, (A @ B)[i, i]))\n', ["i", "summed"]),
    "syntax": ("x = = 2\n", ["SyntaxError"]),
    "name": ("y = unknown_thing\n", ["NameError", "unknown_thing"]),
    "label": ('page.calc("grad", A, A)\n', ["'grad'", "A page of my own"]),
    "itself": ('page.define("L", scalar("L") + 1)\n', ["L", "refers to itself"]),
    "reading": ('page.as_printed("x", lambda: nothing, erratum="E1", reading="")\n', ["'x'", "NameError"]),
}


COMMANDS = [(name, command) for name in BAD_FILES for command in ("check", "list", "errata")]
COMMANDS.remove(("reading", "check"))  # there the checks build the readings


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_a_bad_file_is_one_line_with_its_place_and_values(name, command, tmp_path, capsys):
    text, quoted = BAD_FILES[name]
    file = _added(tmp_path, text)
    told = _refused(capsys, command, file)
    line = MINE.count("\n") + text.count("\n")
    assert f"{file}:{line}: " in told
    assert all(part in told for part in quoted), told


def test_an_error_of_the_checks_is_one_line_too(mine, monkeypatch, capsys):
    def refuse(*_: object) -> Report:
        raise DeriveError("step 3 of 'x': the two sides differ\n  left : 1\n  right: 2")

    monkeypatch.setattr(sys.modules["derive.checker"], "check_all", refuse)
    assert "the two sides differ left : 1 right: 2" in _refused(capsys, "check", mine)


def test_a_derivation_without_a_claim_is_refused(tmp_path, capsys):
    (tmp_path / "empty.py").write_text('from derive import *\npage = Derivation("Nothing")\n')
    assert "no claim in 'Nothing'" in _refused(capsys, "check", str(tmp_path / "empty.py"))


# What is passed on --------------------------------------------------------------------------------------------------


def test_every_option_reaches_the_checks(mine, capsys):
    args = ["--only", "grad, trace", "--digits", "30", "--seed", "7", "--jobs", "2", "--no-plant"]
    assert main(["check", mine, *args, "--methods", "exact-points, kernel"]) == 0
    expected = stub_check.Options(30, 7, False, False, ("grad", "trace"), 2, (mine,), ("kernel", "exact-points"))
    expected = replace(expected, proofs=False)
    assert stub_check.calls == [expected]


def test_the_defaults_are_those_of_the_contract(mine, capsys, monkeypatch):
    monkeypatch.setattr("derive.cli._processors", lambda: 3)
    assert main(["check", mine]) == 0
    assert stub_check.calls == [stub_check.Options(jobs=3, needed=False, targets=(mine,), proofs=False)]


@pytest.mark.parametrize(("command", "needed"), [
    (["check"], False), (["check", "--no-plant"], False),
    (["check", "--json", "-"], True), (["check", "--no-plant", "--json", "-"], True), (["show", "grad"], True),
])  # fmt: skip
def test_needed_hypotheses_are_looked_for_where_they_are_shown(mine, capsys, command, needed):
    assert main([*command, mine]) == 0
    assert [options.needed for options in stub_check.calls] == [needed]


def test_certificates_are_wanted_where_they_are_written_or_shown(mine, tmp_path, capsys):
    for command in (["check"], ["check", "--certificates", str(tmp_path / "out")], ["show", "grad"]):
        assert main([*command, mine]) == 0
    assert [options.proofs for options in stub_check.calls] == [False, True, True]


def test_a_few_claims_are_checked_in_one_process(mine, capsys, monkeypatch):
    monkeypatch.setattr("derive.cli._processors", lambda: 3)
    assert main(["check", mine, "--only", "grad"]) == 0
    assert [options.jobs for options in stub_check.calls] == [1]


def test_show_checks_that_claim_only(mine, capsys):
    assert main(["show", "trace", mine]) == 0
    assert stub_check.calls == [stub_check.Options(only=("trace",), targets=(mine,))]


@pytest.mark.parametrize("command", [["check"], ["show", "wrong"], ["check", "--json", "-"]])
def test_status_1_where_a_claim_has_another_verdict(command, wrong, capsys):
    assert main([*command, wrong]) == 1


# Output -------------------------------------------------------------------------------------------------------------


def _masked(text: str) -> str:
    return re.sub(r"\d+\.\d s\b", "#.# s", text)


def _compare(name: str, text: str) -> None:
    """With the golden file; UPDATE_GOLDEN=1 writes it anew."""
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["list", "errata"])
def test_the_bundled_notes_look_as_in_the_golden_file(command, capsys):
    assert main([command]) == 0
    _compare(command, capsys.readouterr().out)


def test_a_report_looks_as_in_the_golden_file(wrong, capsys):
    assert main(["check", wrong]) == 1
    _compare("check", _masked(capsys.readouterr().out))


@pytest.mark.parametrize("label", ["grad", "grad-printed", "typed-printed"])
def test_a_claim_in_full_looks_as_in_the_golden_file(label, mine, capsys):
    assert main(["show", label, mine]) == 0
    _compare(f"show-{label}", _masked(capsys.readouterr().out.replace(str(Path(mine).parent), "…")))


@pytest.mark.parametrize("width", [80, 200])
def test_a_report_on_a_terminal_looks_as_in_the_golden_file(width, wrong):
    _compare(f"check-{width}", _masked(_on_terminal("check", wrong, width=width, NO_COLOR="1")))


ESCAPE = "\x1b["


def test_no_colour_and_nothing_cut_where_there_is_no_terminal(mine):
    out = _run("check", mine).stdout.decode()
    assert ESCAPE not in out
    assert "…" not in out
    assert "finite-difference(50)" in out


def test_a_terminal_gets_colours():
    assert ESCAPE in _on_terminal("list")


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"PYTHONIOENCODING": "ascii"}, {"TERM": "dumb"}])
def test_a_terminal_without_colours_gets_plain_text(environment):
    assert ESCAPE not in _on_terminal("list", **environment)


@pytest.mark.parametrize("command", [["check"], ["list"], ["errata"], ["show", "24-28"], ["show", "28E-printed"]])
@pytest.mark.parametrize("width", [60, 80, 132])
def test_no_line_is_wider_than_the_terminal(width, command):
    written = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", _on_terminal(*command, width=width))
    assert written.count("\n") > 5
    assert max(columns_of(line) for line in written.splitlines()) <= width


@pytest.mark.parametrize("command", ["check", "list", "errata"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_mathematics_is_spelled_in_ascii_where_the_encoding_is_not_utf8(command, encoding):
    done = _run(command, PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert b"?" not in re.sub(rb" \?sympy", b"", done.stdout)
    assert b"lambda" in done.stdout


def test_an_error_is_spelled_in_ascii_too(tmp_path):
    done = _run("check", _added(tmp_path, 'page.calc("x", A @ A, A)\n'), PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Dxd" in done.stderr


def test_a_bar_appears_on_a_terminal_when_work_takes_longer_than_a_second(tmp_path):
    slow = "".join(f'page.calc("slow-{n}", A, A)\n' for n in range(4))
    written = _on_terminal("check", _added(tmp_path, slow))
    assert "checking" in written
    assert "checking" not in _on_terminal("check", _added(tmp_path, ""))


def test_no_bar_where_there_is_no_terminal(tmp_path):
    assert _run("check", _added(tmp_path, "".join(f'page.calc("slow-{n}", A, A)\n' for n in range(4)))).stderr == b""


def test_a_reader_that_goes_away_is_no_error(mine):
    for args in (["check", mine], ["check", mine, "--json", "-"], ["list"]):
        done = subprocess.run(
            ["bash", "-c", 'set -o pipefail; "$@" | true', "bash", sys.executable, str(HERE / "stub_check.py"), *args],
            capture_output=True, env=_plain(), check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")


# Files --------------------------------------------------------------------------------------------------------------


def test_json_on_standard_output_is_all_that_stands_there(tmp_path):
    done = _run("check", _added(tmp_path, "print('hello')\n"), "--json", "-")
    data = json.loads(done.stdout)
    assert data["schema"] == 1
    assert [claim["label"] for claim in data["claims"]] == ["grad", "trace", "grad-printed", "typed-printed"]
    assert done.stderr == b"hello\n"


def test_json_on_standard_output_is_readable_in_any_encoding(mine):
    one, other = (_run("check", mine, "--json", "-", PYTHONIOENCODING=name).stdout for name in ("ascii", "utf-8"))
    assert one.isascii()
    assert json.loads(one) == json.loads(other)


def test_json_in_a_file_comes_beside_the_report(mine, tmp_path, capsys):
    assert main(["check", mine, "--json", str(tmp_path / "out.json")]) == 0
    text = (tmp_path / "out.json").read_text(encoding="utf-8")
    assert json.loads(text)["ok"] is True
    assert "½" in text
    assert "all 4 claims have the verdict" in capsys.readouterr().out
    assert sorted(file.name for file in tmp_path.iterdir()) == ["mine.py", "out.json"]


def test_certificates_are_one_file_a_claim(mine, tmp_path, capsys):
    assert main(["check", mine, "--certificates", str(tmp_path / "certs")]) == 0
    names = {file.name for file in (tmp_path / "certs").iterdir()}
    proved = {"grad.json", "trace.json", "grad.statement", "trace.statement"}
    assert names == proved | {"grad-printed.json", "typed-printed.json"}
    data = json.loads((tmp_path / "certs" / "grad.json").read_text(encoding="utf-8"))
    assert (data["label"], data["certificates"]) == ("grad", [{"format": 1, "rules": ["∂"]}])


def test_certificates_that_would_share_a_file_are_refused_before_the_run(tmp_path, capsys):
    file = _added(tmp_path, 'page.calc("a/b", A, A)\npage.calc("a:b", A, A)\n')
    told = _refused(capsys, "check", file, "--certificates", str(tmp_path / "certs"))
    assert "'a/b'" in told
    assert "'a:b'" in told
    assert not (tmp_path / "certs").exists()


@pytest.mark.parametrize("label", ["../up", "/etc/x", "..", ".", "a\\b", "a\nb", "ö"])
def test_a_certificate_never_leaves_its_folder(label):
    name = files.file_names([label])[label]
    assert not re.search(r"[/\\\n]", name)
    assert not name.startswith(".")


@pytest.mark.parametrize("there", [None, "what was there"])
@pytest.mark.parametrize("where", ["write_text", "replace"])
def test_an_interrupted_writer_leaves_what_was_there(where, there, mine, monkeypatch, capsys):
    tmp_path = Path(mine).parent
    goal = tmp_path / "out.json"
    if there:
        goal.write_text(there)
    real = getattr(Path, where)

    def interrupted(self, *args, **options):
        if where == "write_text":
            real(self, "{half")
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, where, interrupted)
        assert main(["check", mine, "--json", str(goal)]) == 130
    assert capsys.readouterr().err == "derive: interrupted\n"
    assert (goal.read_text() if there else not goal.exists()) == (there or True)
    assert not [file for file in tmp_path.iterdir() if "part" in file.name]


def test_an_interrupted_check_writes_nothing(tmp_path, capsys):
    file = _added(tmp_path, 'page.calc("interrupt", A, A)\n')
    goals = ["--json", str(tmp_path / "out.json"), "--certificates", str(tmp_path / "certs")]
    assert main(["check", file, *goals]) == 130
    out, err = capsys.readouterr()
    assert (out, err) == ("", "derive: interrupted\n")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["added.py"]


def test_a_device_is_written_to_and_not_replaced(mine, tmp_path, capsys):
    os.mkfifo(tmp_path / "pipe")
    reader = subprocess.Popen(["cat", str(tmp_path / "pipe")], stdout=subprocess.PIPE)
    assert main(["check", mine, "--json", str(tmp_path / "pipe")]) == 0
    assert json.loads(reader.communicate()[0])["ok"] is True
    assert (tmp_path / "pipe").is_fifo()


def test_a_link_to_a_report_stays_a_link(mine, tmp_path, capsys):
    (tmp_path / "link.json").symlink_to("real.json")
    assert main(["check", mine, "--json", str(tmp_path / "link.json")]) == 0
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text(encoding="utf-8"))["ok"] is True


# Start --------------------------------------------------------------------------------------------------------------

HEAVY = ("sympy", "numpy", "mpmath", "autograd", "rich", "derive.language")


@pytest.mark.parametrize("args", [["--help"], ["check", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(args):
    code = (
        "import sys\nfrom derive.cli import main\n"
        f"try: main({args!r})\nexcept SystemExit as end: status = end.code\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr); sys.exit(status)"
    )
    done = _run(code=code)
    assert (done.returncode, done.stderr) == (0, b"[]\n")
    assert b"derive" in done.stdout


@pytest.mark.parametrize("command", ["list", "errata"])
def test_listings_do_not_wait_for_the_checks(command):
    code = (
        f"import sys\nfrom derive.cli import main\nstatus = main([{command!r}])\n"
        "print([name for name in ('sympy', 'numpy', 'autograd', 'rich') if name in sys.modules], file=sys.stderr)\n"
        "sys.exit(status)"
    )
    done = _run(code=code)
    assert (done.returncode, done.stderr) == (0, b"[]\n")


def test_every_public_name_is_there_when_it_is_asked_for():
    import derive

    assert all(getattr(derive, name) is not None for name in derive.__all__)
    assert set(derive.__all__) <= set(dir(derive))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        derive.nothing  # noqa: B018


def test_a_public_name_means_the_same_wherever_it_stands():
    from importlib import import_module

    import derive

    for name in set(derive.__all__) - {"models"}:  # a module, which stands in none of them
        found = {id(getattr(home, name)) for home in map(import_module, derive.HOMES) if hasattr(home, name)}
        assert len(found) == 1, name


# Layout -------------------------------------------------------------------------------------------------------------


def test_accents_take_no_column():
    assert columns_of("W̄ᵀŨ") == 3
    assert cut("W̄W̄W̄W̄", 3) == "W̄W̄…"


@pytest.mark.parametrize("width", range(1, 12))
@pytest.mark.parametrize("text", ["", "a", "W̄ᵀ Ũ and more", "averyverylongword", "two  blanks"])
def test_wrapping_keeps_every_letter_and_the_width(text, width):
    lines = wrap(text, width)
    assert all(columns_of(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_report_of_nothing_does_not_sound_like_success():
    assert outcome(Report((), 0.0)) == "no claim was checked"
