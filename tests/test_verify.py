"""``derive verify``: it accepts what ``check`` wrote, refuses it damaged anywhere, and outlasts hostile files."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import derive.verify
from derive.checker import Options, check_all
from derive.cli import main
from derive.files import write_certificates
from derive.kernel import Statement, check
from derive.kernel.statement import Num, Plus
from derive.kernel.text import written
from derive.load import load
from derive.report import ClaimReport, Report
from derive.statement_text import MOST_CHARACTERS, listed
from derive.trimming import trimmed
from derive.verify import LONGEST, MOST_BYTES, outcomes, report, stems, verified
from tests.kernel.makers import MEMBERSHIP, REFUSALS, either, given, num, plus, tensor, times
from tests.kernel.test_check import Case, accepted, drop, nodes, nonsense, plausible, refused

ROOT = Path(derive.__file__).parents[1]


@cache
def run() -> Report:
    return check_all(load(()), Options(plant=False, needed=False, jobs=os.cpu_count() or 1))


def notes() -> tuple[ClaimReport, ...]:
    """The claims of the bundled notes, checked once."""
    return run().claims


def proofs() -> Iterator[tuple[str, Statement, dict[str, Any]]]:
    """Every statement of the notes that is proved, and its certificate, as they read from files."""
    for claim in notes():
        for number, (statement, certificate) in enumerate(zip(claim.statements, claim.certificates, strict=True), 1):
            yield f"{claim.label} ({number})", statement, json.loads(json.dumps(certificate))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("certificates")
    write_certificates(run(), str(place))
    return place


X = {"x": ()}
x = tensor("x")
TRUE = given(plus(x, x), times(num(2), x), letters=X, sets=(), dims=())


@pytest.fixture
def small(tmp_path):
    """One claim that is true, and its certificate."""
    return put_claim(tmp_path, "good", [TRUE], [MEMBERSHIP])


def put_claim(place: Path, label: str, statements, certificates) -> Path:
    (place / f"{label}.json").write_text(json.dumps({"schema": 3, "certificates": certificates}), encoding="utf-8")
    if statements:
        (place / f"{label}.statement").write_text(listed(statements), encoding="utf-8")
    return place


def refusal(path, capsys, status: int = 1) -> str:
    """The one line in which verification of the path is refused."""
    assert main(["verify", str(path)]) == status
    err = capsys.readouterr().err
    assert err.startswith("derive: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert all(char.isprintable() for char in err.rstrip("\n"))
    assert len(err) < LONGEST + 100
    return err


# What check wrote ---------------------------------------------------------------------------------------------------


def test_the_bundled_notes_are_verified(folder, capsys):
    assert main(["verify", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    count = sum(len(claim.certificates) for claim in notes())
    proved = [claim for claim in notes() if claim.certificates]
    empty = [claim.label for claim in notes() if not claim.certificates]
    last = out.splitlines()[-1]
    assert last.startswith(f"{count} statements verified in {len(proved)} claims; nothing proved in {len(empty)}: ")
    assert all(f"{label}: nothing proved here" in out for label in empty)
    for claim in proved:
        for pair in zip(claim.statements, claim.certificates, strict=True):
            assert all(f"  {line}\n" in out for line in written(trimmed(*pair)[0]).splitlines())


def test_every_step_of_a_proved_claim_has_its_statement_and_certificate():
    for claim in notes():
        assert len(claim.statements) == len(claim.certificates)
        if claim.verdict == "proved":
            assert len(claim.certificates) >= len(claim.steps)


def test_certificates_and_statements_stand_side_by_side(folder):
    files = {file.name for file in folder.iterdir()}
    assert {name for name in files if name.endswith(".json")} == {f"{claim.label}.json" for claim in notes()}
    with_statement = {f"{claim.label}.statement" for claim in notes() if claim.certificates}
    assert {name for name in files if not name.endswith(".json")} == with_statement


@pytest.mark.parametrize("suffix", [".json", ".statement"])
def test_one_file_is_verified_with_its_partner_beside_it(folder, suffix, capsys):
    assert main(["verify", str(folder / f"1{suffix}")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("1: 3 statements verified\n  statement 1 of 3\n  dims ")
    assert out.endswith("\n\n3 statements verified in 1 claim\n")


def test_statements_travel_from_the_workers(tmp_path):
    """With several processes, what is proved comes back with its statement."""
    two = check_all(load(()), Options(plant=False, only=("1", "2"), jobs=2))
    assert [len(claim.statements) for claim in two.claims] == [3, 3]


def test_a_claim_that_is_no_longer_proved_leaves_no_statement_behind(small):
    (small / "claim.statement").write_text("old")
    claim = replace(notes()[0], label="claim", certificates=(), statements=())
    write_certificates(Report((claim,), 0.0), str(small))
    assert verified(str(small / "claim")) == []
    assert not (small / "claim.statement").exists()


FORBIDDEN = ("sympy", "numpy", "mpmath", "autograd", "rich", "derive.language", "derive.prove", "derive.checker",
             "derive.evaluate", "derive.report", "derive.screen", "derive.load")  # fmt: skip


def in_a_process(*args: str, code: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    start = [sys.executable, "-c", code] if code else [sys.executable, "-m", "derive", "verify"]
    return subprocess.run(
        [*start, *args], capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, **environment}
    )


def test_it_needs_the_kernel_alone(folder):
    code = (
        "import sys\nfrom derive.cli import main\nstatus = main(['verify', sys.argv[1]])\n"
        f"loaded = [name for name in sys.modules if name.startswith({FORBIDDEN!r})]\n"
        "print(sorted(name for name in sys.modules if name.startswith('derive')), file=sys.stderr)\n"
        "sys.exit(f'{status} {loaded}')"
    )
    done = in_a_process(str(folder), code=code)
    own, status = done.stderr.splitlines()
    assert status == "0 []"
    assert own == str(
        ["derive", "derive.cli", "derive.errors", "derive.kernel", "derive.kernel.check", "derive.kernel.rules",
         "derive.kernel.statement", "derive.kernel.terms", "derive.kernel.text", "derive.statement_text",
         "derive.verify"]
    )  # fmt: skip


START = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('derive', run_name='__main__')"


def test_it_outlives_everything_else(folder, tmp_path):
    """The same with nothing of the program but the kernel, the reader and the command, and no package to import."""
    for name in ("__init__", "__main__", "cli", "errors", "statement_text", "verify"):
        (tmp_path / "derive").mkdir(exist_ok=True)
        (tmp_path / "derive" / f"{name}.py").write_text((ROOT / "derive" / f"{name}.py").read_text())
    (tmp_path / "derive" / "kernel").symlink_to(ROOT / "derive" / "kernel")
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", START, str(tmp_path), "verify", str(folder)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stderr == ""
    assert "statements verified in" in done.stdout


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_it_prints_to_any_terminal(folder, encoding):
    done = in_a_process(str(folder / "1.json"), PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_goes_away_is_no_failure(folder):
    code = (
        "import os, subprocess, sys\nr, w = os.pipe()\nos.close(r)\n"
        "call = [sys.executable, '-m', 'derive', 'verify', sys.argv[1]]\n"
        "sys.exit(subprocess.run(call, stdout=w).returncode)"
    )
    done = in_a_process(str(folder), code=code)
    assert (done.returncode, done.stderr) == (0, "")


# Wrong calls --------------------------------------------------------------------------------------------------------


def test_what_is_not_there_is_a_wrong_call(tmp_path, capsys):
    assert "no such file or folder" in refusal(tmp_path / "none", capsys, status=2)
    assert "no such file or folder" in refusal(tmp_path / "none.json", capsys, status=2)
    assert "no certificates in this folder" in refusal(tmp_path, capsys, status=2)
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / ".hidden.json").write_text("")
    assert "no certificates in this folder" in refusal(tmp_path, capsys, status=2)
    assert "neither certificates, .json, nor statements" in refusal(tmp_path / "notes.txt", capsys, status=2)
    assert "FILE_OR_DIR" in _call_refused(capsys, "verify")
    assert "extra" in _call_refused(capsys, "verify", str(tmp_path), "extra")
    assert "no such file" in _call_refused(capsys, "verify", "a\x00b")
    assert "no such file" in _call_refused(capsys, "verify", "")


def _call_refused(capsys, *args: str) -> str:
    assert main(list(args)) == 2
    return capsys.readouterr().err


def test_a_folder_in_which_nothing_is_proved_verifies_nothing(tmp_path, capsys):
    put_claim(tmp_path, "open", [], [])
    assert main(["verify", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert out == "open: nothing proved here\n\n0 statements verified in 0 claims; nothing proved in 1: open\n"
    assert "nothing was verified" in err


# Files that do not fit ----------------------------------------------------------------------------------------------


def test_a_certificate_without_its_statement_is_refused(small, capsys):
    (small / "good.statement").unlink()
    assert "good.statement: this file is missing" in refusal(small, capsys)


def test_a_statement_without_its_certificate_is_refused(small, capsys):
    (small / "good.json").unlink()
    assert "good.json: this file is missing" in refusal(small, capsys)


@pytest.mark.parametrize(("statements", "certificates"), [(1, 0), (1, 2), (2, 1), (3, 1)])
def test_there_are_as_many_statements_as_certificates(statements, certificates, tmp_path, capsys):
    put_claim(tmp_path, "claim", [TRUE] * statements, [MEMBERSHIP] * certificates)
    told = f"{statements} statements, but there are {certificates} certificates"
    assert told in refusal(tmp_path, capsys)


def test_certificates_belong_to_statements_in_order(tmp_path, capsys):
    claim = next(claim for claim in notes() if claim.label == "18")
    put_claim(tmp_path, "claim", claim.statements, claim.certificates[::-1])
    assert "claim.json: certificates[0]" in refusal(tmp_path, capsys)


def test_it_ends_at_the_first_that_fails(small, capsys):
    put_claim(small, "a", [TRUE], [MEMBERSHIP])
    put_claim(small, "b", [replace(TRUE, right=x)], [MEMBERSHIP])
    (small / "c.json").write_text("{")
    assert main(["verify", str(small)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("a: 1 statement verified\n  letters x\n  prove: x + x = 2*x\n")
    assert "b: " not in out
    assert "good: " not in out
    assert err.startswith(f"derive: {small}/b.json: certificates[0].names: ")


@pytest.fixture
def two_processes(monkeypatch):
    """Everything is worth a second process, and there is a processor for it; gives the claims of each process."""
    shares: list[list[int]] = []
    plain = derive.verify._halves

    def halves(sizes):
        shares.extend(plain(sizes))
        return plain(sizes)

    monkeypatch.setattr("derive.verify.WORTH_A_PROCESS", 0)
    monkeypatch.setattr("derive.verify._halves", halves)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    return shares


def test_two_processes_say_what_one_says(folder, two_processes, monkeypatch):
    two = report(str(folder))
    assert min(map(len, two_processes)) > 10
    assert sorted([*two_processes[0], *two_processes[1]]) == list(range(len(stems(str(folder)))))
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert report(str(folder)) == two


@pytest.mark.parametrize("bad", range(6))
def test_two_processes_end_at_the_first_that_fails(bad, tmp_path, two_processes):
    """Whichever process has it, and whatever else fails behind it."""
    for number in range(6):
        wrong = number in {bad, 5}
        statement, count = replace(TRUE, right=x) if wrong else TRUE, number + 1
        put_claim(tmp_path, f"c{number}", [statement] * count, [MEMBERSHIP] * count)
    lines, refused_ = report(str(tmp_path))
    assert all(two_processes)
    assert refused_.startswith(f"{tmp_path}/c{bad}.json: certificates[0]")
    shown = [line for line in lines if line.startswith("c")]
    assert [line.partition(":")[0] for line in shown] == [f"c{number}" for number in range(bad)]


def test_what_a_lost_process_had_to_do_is_done(tmp_path, two_processes, monkeypatch):
    for number in range(4):
        put_claim(tmp_path, f"c{number}", [TRUE], [MEMBERSHIP])
    parent, plain = os.getpid(), verified
    monkeypatch.setattr("derive.verify.verified", lambda stem: plain(stem) if os.getpid() == parent else os._exit(3))
    found = outcomes(stems(str(tmp_path)))
    assert [len(texts) for texts, _ in found] == [1] * 4
    assert not any(refused_ for _, refused_ in found)


def test_a_refusal_says_where_in_the_certificate(tmp_path, capsys):
    claim = next(claim for claim in notes() if claim.label == "18")
    certificates = json.loads(json.dumps(list(claim.certificates)))
    paths = [path for path, _ in nodes(certificates) if "cofactors" in path and path[-1] == "hypothesis"]
    path = max(paths, key=len)
    container: Any = certificates
    for key in path[:-1]:
        container = container[key]
    container["hypothesis"] = 10**6
    put_claim(tmp_path, "claim", claim.statements, certificates)
    place = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path[:-1])
    told = refusal(tmp_path, capsys)
    assert f"claim.json: certificates{place}: the certificate cites hypothesis 1000000" in told, told


def test_nothing_in_a_file_is_taken_for_a_path(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = {"schema": 3, "label": "../../etc/passwd", "statement": "/etc/passwd", "certificates": [MEMBERSHIP]}
    (tmp_path / "claim.json").write_text(json.dumps(data))
    (tmp_path / "claim.statement").write_text(listed([TRUE]))
    assert main(["verify", "claim.json"]) == 0
    assert capsys.readouterr().out.startswith("claim: 1 statement verified\n")


def test_what_is_proved_is_read_in_the_statement_and_not_in_the_certificate(small, capsys):
    more = {**MEMBERSHIP, "statement": "prove: 1 = 2", "left": "1", "right": "2"}
    (small / "good.json").write_text(json.dumps({"schema": 3, "statements": [], "certificates": [more]}))
    assert main(["verify", str(small)]) == 0
    out = capsys.readouterr().out
    assert "prove: x + x = 2*x" in out
    assert "1 = 2" not in out


# Damage -------------------------------------------------------------------------------------------------------------


def along(data: Any, path: tuple[str | int, ...], change: Callable[[Any, Any], None]) -> Any:
    """A copy in which the change was done at the path; what lies beside the path is shared."""
    top = copy.copy(data)
    if len(path) == 1:
        top[path[0]] = copy.deepcopy(top[path[0]])
        change(top, path[0])
    else:
        top[path[0]] = along(top[path[0]], path[1:], change)
    return top


def false(statement: Statement) -> Statement:
    """The statement with 1 added to the left side: false wherever it was an equation, and often else."""
    return replace(statement, left=Plus((statement.left, Num(Fraction(1)))))


def fields(certificate: dict[str, Any]) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every field of the certificate: of those that differ only by their places in lists, the first, and another."""
    alike: dict[tuple[str, ...], list[tuple[tuple[str | int, ...], Any]]] = {}
    for path, value in nodes(certificate):
        inner = [key for key in path if key not in {"then", "proof"}]  # lemmas in lemmas are alike too
        if path:
            alike.setdefault(tuple(key if isinstance(key, str) else "*" for key in inner), []).append((path, value))
    for found in alike.values():
        yield found[0]
        if len(found) > 1:
            yield found[(7 * len(found)) // 11]


def test_refuses_every_field_of_every_certificate_with_nonsense_in_it():
    """Each field of each certificate of the notes, with one of the things that can stand there never, in turn."""
    tried = 0
    for name, statement, certificate in proofs():
        for number, (path, value) in enumerate(fields(certificate)):
            changes = list(nonsense(path, value)) if not is_a_name_for_nothing(certificate, path) else []
            if changes:
                damaged = along(certificate, path, changes[number % len(changes)])
                tried += 1
                assert not accepted(statement, damaged), f"{name}: {path}"
    assert tried > 1000


def is_a_name_for_nothing(certificate: dict[str, Any], path: tuple[str | int, ...]) -> bool:
    """Whether the place holds the name of an index of which nothing is said, as in Σ_i 1² = D: it may be any text."""
    if path[-3:-2] != ("each",) or path[-1] != 0:
        return False
    square: Any = certificate
    for key in path[:-3]:
        square = square[key]
    names = [value for _, value in fields(square) if isinstance(value, str)]
    return names.count(square["each"][path[-2]][0]) == 1


def test_refuses_every_certificate_that_lacks_a_field():
    for name, statement, certificate in proofs():
        for path, _ in fields(certificate):
            if isinstance(path[-1], str):
                assert not accepted(statement, along(certificate, path, drop)), f"{name}: {path}"


HARMLESS = re.compile(
    r"indices turned$|root\.0\.coefficient: |\bzero\.0\.|hypothesis: hypothesis |names\.\d+: names turned$"
)
"""As in the tests of the kernel: a symmetric hypothesis, −r for r, a lemma said in another way, one said twice; and a
term in which two summed indices can change places, as those of W_ka W_kb W_la W_lb can."""
MOST_DAMAGES = 20
"""Damages of one certificate that are tried."""


def adds_nothing(statement: Statement, certificate: dict[str, Any], path: tuple[str | int, ...]) -> bool:
    """Whether the place lies in a cofactor that can be left out: one that is zero, or that another one undoes."""
    ends = [k + 2 for k, key in enumerate(path[:-1]) if key == "cofactors"]
    return bool(ends) and accepted(statement, along(certificate, path[: ends[-1]], drop))


def test_refuses_every_plausible_damage_that_leaves_no_proof():
    """A damaged certificate that the kernel still accepts is another proof of the same statement: of known kinds, few,
    and none of them proves the statement with an error in it."""
    tried, still = 0, 0
    for name, statement, certificate in proofs():
        case = Case(statement, certificate, false(statement))
        found = fields(certificate)
        damages = [(path, value, *change) for path, value in found for change in plausible(path, value, case)]
        for path, value, what, change in damages[:: max(1, len(damages) // MOST_DAMAGES)]:
            if what == "doubled" and path[-2] == "factors" and value[0].startswith(("in:", "delta")):
                continue  # what is 0 or 1 is its own square
            damaged = along(certificate, path, change)
            place = f"{'.'.join(map(str, path))}: {what}"
            tried += 1
            if accepted(statement, damaged):
                still += 1
                assert HARMLESS.search(place) or adds_nothing(statement, certificate, path), f"{name}: {place}"
                refused(case.planted, damaged)
    assert tried > 800
    assert 20 * still < tried


def test_refuses_every_certificate_for_a_statement_with_an_error():
    for name, statement, certificate in proofs():
        doubled = replace(statement, right=Plus((statement.right, statement.right, Num(Fraction(1)))))
        for other in (false(statement), doubled) if statement.sign == "=" else ():
            assert not accepted(other, certificate), name


def test_refuses_every_certificate_whose_cited_hypothesis_is_gone():
    """Weakened to 0 = 0, so that the numbers of the others stay; but for the few that are cited and not needed, where
    what is added of them is taken away again: these are seen as such, and do not prove the statement with an error."""
    zero = Num(Fraction(0))
    tried, still = 0, 0
    for name, statement, certificate in proofs():
        used = check(statement, certificate).used
        for number, hypothesis in enumerate(statement.hypotheses):
            if hypothesis.name not in used or used.count(hypothesis.name) > 1:
                continue
            if sum(one.name == hypothesis.name for one in statement.hypotheses) > 1:
                continue
            kept = statement.hypotheses
            weak = (*kept[:number], replace(hypothesis, left=zero, right=zero), *kept[number + 1 :])
            tried += 1
            if accepted(replace(statement, hypotheses=weak), certificate):
                still += 1
                assert not accepted(false(statement), certificate), f"{name}: {hypothesis.name}"
    assert tried > 100
    assert 20 * still < tried, f"{still} of {tried}"


def test_refuses_every_statement_file_that_lacks_a_line(folder, tmp_path, capsys):
    """Lines of every statement file: without it, the file is no statement, or none that was proved.

    A hypothesis that is not cited may go if none is cited after it: then the statement that is left is proved too.
    """
    allowed = 0
    for file in sorted(folder.glob("*.statement")):
        (tmp_path / "claim.json").write_bytes(file.with_suffix(".json").read_bytes())
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        for number in range(0, len(lines), max(1, len(lines) // 12)):
            line = lines[number]
            (tmp_path / "claim.statement").write_text("".join(lines[:number] + lines[number + 1 :]), encoding="utf-8")
            shown, refused_ = report(str(tmp_path))
            if not refused_:
                assert line.startswith(("assume", "reciprocal", "premise")), f"{file.name}:{number + 1}"
                assert line.strip() not in [text.strip() for text in shown] or lines.count(line) > 1
                allowed += 1
    assert allowed < 100


# Hostile files ------------------------------------------------------------------------------------------------------

COFACTOR = {"coefficient": "1", "factors": [], "bound": [], "hypothesis": 0, "at": []}


def of(*certificates: Any) -> str:
    return json.dumps({"schema": 3, "certificates": list(certificates)})


def raw(certificate: str) -> str:
    return f'{{"schema": 3, "certificates": [{certificate}]}}'


DEEP = 100_000
HOSTILE: dict[str, tuple[Callable[[], str | bytes], str]] = {
    "cut short": (lambda: of(MEMBERSHIP)[:-3], "not the JSON of a certificate"),
    "nothing": (lambda: "", "not the JSON"),
    "no JSON": (lambda: "prove: 1 = 1", "not the JSON"),
    "Python": (lambda: "{'schema': 3, 'certificates': []}", "not the JSON"),
    "two values": (lambda: of(MEMBERSHIP) * 2, "Extra data"),
    "a list": (lambda: "[]", "this has no 'schema': 3"),
    "a text": (lambda: '"certificates"', "this has no 'schema': 3"),
    "a number": (lambda: "1", "this has no 'schema': 3"),
    "null": (lambda: "null", "this has no 'schema': 3"),
    "no schema": (lambda: '{"certificates": []}', "this has no 'schema': 3"),
    "another schema": (lambda: '{"schema": 2, "certificates": []}', "this has no 'schema': 3"),
    "certificates that are no list": (lambda: '{"schema": 3, "certificates": {}}', "this has no 'schema': 3"),
    "a certificate that is no object": (lambda: raw("[]"), "certificates[0]"),
    "a certificate that is null": (lambda: raw("null"), "certificates[0]"),
    "an empty certificate": (lambda: raw("{}"), "certificates[0]: the certificate has no str 'rule'"),
    "NaN": (lambda: raw('{"rule": NaN}'), "NaN is no number"),
    "Infinity": (lambda: raw('{"rule": -Infinity}'), "-Infinity is no number"),
    "a fraction that is no text": (lambda: raw('{"rule": 0.5}'), "0.5 is no number"),
    "an exponent": (lambda: raw('{"rule": 1e999999999}'), "1e999999999 is no number"),
    "a key twice": (lambda: raw('{"rule": "membership", "rule": "sign"}'), "the key 'rule' stands twice"),
    "certificates twice": (lambda: '{"schema": 3, "certificates": [], "certificates": []}', "stands twice"),
    "brackets": (lambda: "[" * DEEP + "]" * DEEP, "not the JSON"),
    "braces": (lambda: '{"a":' * DEEP, "not the JSON"),
    "deep lemmas": (lambda: raw('{"rule": "lemma", "then": ' * 5000 + "{}" + "}" * 5000), "not the JSON"),
    "lemmas": (
        lambda: raw('{"rule": "lemma", "each": [], "zero": [], "proof": {"rule": "membership", "cofactors": [], '
                    '"names": []}, "then": ' * 300 + "{}" + "}" * 300), "then.then: ",
    ),
    "a million cofactors": (lambda: raw('{"rule":"membership","cofactors":[' + "{}," * 999_999 + '{}],"names":[]}'),
                            "certificates[0].cofactors[0]: the certificate has no list 'bound'"),
    "many cofactors": (lambda: of({**MEMBERSHIP, "cofactors": [COFACTOR] * 200_000}), "there are 0"),
    "a long number": (lambda: raw('{"rule": "membership", "cofactors": ' + "9" * 1_000_000 + "}"), "not the JSON"),
    "a long coefficient": (
        lambda: of({**MEMBERSHIP, "cofactors": [{**COFACTOR, "coefficient": "9" * 1_000_000}]}), "cites hypothesis 0"
    ),
    "a long text": (lambda: of({"rule": "a" * 10_000_000}), "there is no rule 'aaaa"),
    "a long key": (lambda: raw('{"' + "a" * 10_000_000 + '": 1}'), "no str 'rule'"),
    "a text that writes on the terminal": (lambda: of({"rule": "\x1b[2J\x07\n\u202e"}), "there is no rule"),
    "a letter that writes on the terminal": (
        lambda: of(either("\x1b[2J\n\u202e\ud800")), "certificates[0].one[0]"
    ),
    "bytes that are no text": (lambda: b'{"schema": "\xff\xfe"}', "no UTF-8: invalid start byte at byte 12"),
    "another encoding": (lambda: of(MEMBERSHIP).encode("utf-16"), "no UTF-8"),
    "a mark before the text": (lambda: b"\xef\xbb\xbf" + of(MEMBERSHIP).encode(), "not the JSON"),
    "zeros": (lambda: b"\x00" * 1000, "not the JSON"),
    "more than the limit": (lambda: b" " * (MOST_BYTES[".json"] + 1), "more than 16000000 bytes"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_certificate_is_refused_in_one_line(name, small, capsys):
    make, told = HOSTILE[name]
    content = make()
    (small / "good.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    started = time.perf_counter()
    line = refusal(small, capsys)
    assert f"{small}/good.json: " in line
    assert told in line, line
    assert time.perf_counter() - started < 20


HOSTILE_STATEMENTS: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "line 1: expected a line 'statement 1 of …'"),
    "no statement": ("1 = 1\n", "line 1: expected a line 'statement 1 of …', found 1"),
    "JSON": (of(MEMBERSHIP), "line 1: expected"),
    "brackets": (listed([TRUE]).replace("2*x", "(" * DEEP), "line 3: expected at most 100 formulas"),
    "bytes that are no text": (b"statement \xff", "no UTF-8"),
    "zeros": (b"\x00" * 1000, "line 1: expected"),
    "a sequence for the terminal": (listed([TRUE]).replace("2*x", "\x1b[2J"), "line 3: expected a formula"),
    "more than the limit": (b" " * (MOST_BYTES[".statement"] + 1), "more than 4000000 bytes"),
    "more than the limit of letters": (" " * (MOST_CHARACTERS - 1), "line 1: expected"),
    "an undeclared letter": (listed([TRUE]).replace("2*x", "2*y"), "statement 1: y takes indices over nothing"),
    "a power that explodes": (
        listed([TRUE]).replace("2*x", "*".join(["(x + 1 + size(n))"] * 3)).replace("letters", "dims n\nletters"),
        "certificates[0].names",
    ),
    "a product that explodes": (
        listed([given(times(*(plus(tensor(f"x{k}"), tensor(f"y{k}")) for k in range(50))), num(0), sets=(), dims=(),
                      letters={f"{name}{k}": () for name in "xy" for k in range(50)})]),
        "statement 1: this takes more than",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_STATEMENTS)
def test_a_hostile_statement_is_refused_in_one_line(name, small, capsys):
    content, told = HOSTILE_STATEMENTS[name]
    (small / "good.statement").write_bytes(content if isinstance(content, bytes) else content.encode())
    started = time.perf_counter()
    line = refusal(small, capsys)
    assert told in line, line
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize("suffix", [".json", ".statement"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "loop", "nowhere", "unreadable"])
def test_what_is_no_plain_file_is_refused_and_not_waited_for(kind, suffix, small, capsys):
    file = small / f"good{suffix}"
    file.unlink()
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "folder":
        file.mkdir()
    elif kind == "unreadable":
        file.write_text("")
        file.chmod(0)
        if os.access(file, os.R_OK):
            pytest.skip("this user may read everything")
    else:
        file.symlink_to({"device": "/dev/zero", "loop": file, "nowhere": small / "none"}[kind])
    line = refusal(small, capsys)
    assert f"{small}/good{suffix}: " in line
    assert ("this is no plain file" in line) == (kind in {"pipe", "device"})


def test_links_to_plain_files_are_followed(small, tmp_path_factory, capsys):
    other = tmp_path_factory.mktemp("links")
    for suffix in (".json", ".statement"):
        (other / f"linked{suffix}").symlink_to(small / f"good{suffix}")
    assert main(["verify", str(other)]) == 0
    assert capsys.readouterr().out.startswith("linked: 1 statement verified\n")


def test_a_file_that_grows_while_it_is_read_is_read_to_the_limit_only(small, monkeypatch, capsys):
    monkeypatch.setitem(MOST_BYTES, ".json", 10)
    assert "more than 10 bytes" in refusal(small, capsys)


def test_labels_come_from_file_names_and_are_shown_as_text(tmp_path, capsys):
    put_claim(tmp_path, "a\x1b[2J\nb", [TRUE], [MEMBERSHIP])
    assert main(["verify", str(tmp_path)]) == 0
    assert capsys.readouterr().out.startswith("a\\x1b[2J\\nb: 1 statement verified\n")
    assert [os.path.basename(stem) for stem in stems(str(tmp_path))] == ["a\x1b[2J\nb"]


def test_nothing_is_evaluated_and_nothing_is_imported(small, monkeypatch):
    """Whatever stands in the files, no module is loaded for it and no code is compiled."""
    seen: list[str] = []
    recording: list[bool] = []

    def watch(event: str, _: Any) -> None:
        if recording and event in {"exec", "compile", "import"}:
            seen.append(event)

    sys.addaudithook(watch)
    report(str(small))
    recording.append(True)
    shown, refused_ = report(str(small))
    recording.clear()
    assert (shown[0], refused_) == ("good: 1 statement verified", "")
    assert seen == []


# The test of the tests ----------------------------------------------------------------------------------------------


def test_a_kernel_that_accepts_everything_is_noticed(monkeypatch, small):
    """The damages above are seen by the kernel, and by nothing before it."""
    false_claim = put_claim(small, "false", [replace(TRUE, right=x)], [MEMBERSHIP])
    assert "the two sides differ" in report(str(false_claim))[1] or "renamings" in report(str(false_claim))[1]
    monkeypatch.setattr("derive.verify.check", lambda statement, certificate: None)
    assert report(str(false_claim))[1] == ""


def test_the_damaged_proofs_are_proofs():
    for _, statement, certificate in proofs():
        assert check(statement, certificate).statement == statement
    assert REFUSALS


def test_certificates_come_from_other_processes_where_they_are_asked_for(tmp_path, monkeypatch):
    """They are longer than all else in a report, and are left there where they are not."""
    from derive import checker

    found = []
    original = checker.check_all
    monkeypatch.setattr(checker, "check_all", lambda *given: found.append(original(*given)) or found[-1])
    for asked in ([], ["--certificates", str(tmp_path / "certificates")]):
        assert main(["check", "--only", "1,2,3", "--jobs", "2", "--no-plant", *asked]) == 0
    without, with_them = found
    assert [len(claim.certificates) for claim in without.claims] == [0, 0, 0]
    assert all(len(claim.certificates) == len(claim.statements) > 0 for claim in with_them.claims)
    assert len(list((tmp_path / "certificates").glob("*.json"))) == 3
