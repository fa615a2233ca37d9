"""What searches found before: it saves the search and nothing else, and cannot make anything proved."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import zlib
from dataclasses import replace

import pytest

from derive import dims, matrix, recall
from derive.checker import Options, check_claim
from derive.cli import main
from derive.crosscheck import pool
from derive.digest import Digester
from derive.fingerprint import fingerprint
from derive.load import load
from derive.outcomes import Outcomes
from derive.prove import attempt
from derive.prove.search import Found
from derive.replay import symbolic

PAGE = """
from derive import Derivation, dims, equal, implies, indices, matrix, total, tr
m, n = dims("m n")
A, B, C = matrix("A", m, n), matrix("B", n, m), matrix("C", n, m)
page = Derivation("Kept", source="a test")
page.have("cyclic", equal(tr(A @ B), tr(B @ A)))
page.have("follows", implies(equal(A @ B @ A, A), equal(A @ B @ A @ B, A @ B)))
page.have("open", implies(equal(A @ B @ A, A), equal(B @ A @ B, B)), expect="refuted")
"""
FALSE = PAGE.replace("equal(A @ B @ A @ B, A @ B)", "equal(A @ B @ A @ B, 2 * A @ B)").replace(
    'A @ B))\npage.have("open"', 'A @ B), expect="refuted")\npage.have("open"'
)


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "page.py"
    path.write_text(PAGE, encoding="utf-8")
    return path


@pytest.fixture
def options(tmp_path):
    return Options(kept=str(tmp_path / "kept"))


@pytest.fixture(autouse=True)
def forgotten():
    """No store of another test."""
    recall.store.cache_clear()
    yield
    recall.store.cache_clear()


def claim(path, label="follows"):
    return load([str(path)])[0].claims[label]


def told(report):
    """All of a report but how long it took."""

    def plain(value):
        if isinstance(value, dict):
            return {key: plain(entry) for key, entry in value.items() if key != "seconds"}
        return [plain(entry) for entry in value] if isinstance(value, list) else value

    return plain(report.data())


def no_search(*_):
    raise AssertionError("searched")


def rows(options):
    """What is kept: the outcomes of each claim by its key."""
    with recall.store(options.kept)._opened() as connection:
        found = connection.execute("SELECT key, outcomes FROM claims").fetchall()
    return {key: json.loads(zlib.decompress(packed)) for key, packed in found}


def rewrite(options, change):
    """Change each outcome that is kept."""
    kept = recall.store(options.kept)
    for key, found in rows(options).items():
        kept.keep(key, {name: change(*outcome) for name, outcome in found.items()})


@pytest.mark.parametrize("label", ["cyclic", "follows", "open"])
def test_what_was_found_is_not_searched_for_again_and_the_report_is_the_same(page, options, label, monkeypatch):
    first = check_claim(claim(page, label), options)
    monkeypatch.setattr(attempt, "_searched", no_search)
    second = check_claim(claim(page, label), options)
    assert told(first) == told(second)
    assert first.certificates == second.certificates
    assert first.recalled == 0
    assert (second.recalled > 0) == (first.verdict == "proved")


def test_models_are_not_made_again_and_the_report_is_the_same(page, options, monkeypatch):
    first = check_claim(claim(page), options)
    pool.pool_of.cache_clear()
    monkeypatch.setattr(pool, "attempted_model", no_search)
    assert told(check_claim(claim(page), options)) == told(first)


def test_what_is_no_model_any_more_is_made_anew(page, options):
    first = check_claim(claim(page), options)

    def damaged(reason, data):
        if data and "values" in data:
            data["values"] = {name: [[3] * 9] * 9 for name in data["values"]}
        return [reason, data]

    rewrite(options, damaged)
    pool.pool_of.cache_clear()
    assert told(check_claim(claim(page), options)) == told(first)


REPLAYED = """
from derive import Derivation, dims, equal, gradient, implies, matrix, norm2, symmetric
m, n = dims("m n")
A, X = matrix("A", m, m), matrix("X", m, n)
page = Derivation("Replayed", source="a test")
page.assume(symmetric(A))
page.have("slope", equal(gradient(norm2(A @ X), X), 2 * A @ A @ X))
"""


def test_what_the_kernel_said_of_sympys_answer_is_not_searched_for_again(page, options, monkeypatch):
    page.write_text(REPLAYED, encoding="utf-8")
    first = check_claim(claim(page, "slope"), options)
    assert {row.method: row.ok for row in first.evidence}["sympy"]
    monkeypatch.setattr(symbolic, "find_certificate", no_search)
    assert told(check_claim(claim(page, "slope"), options)) == told(first)


def test_what_is_kept_of_a_replay_goes_to_the_kernel(page, options, monkeypatch):
    """Damaged, it is searched for again; where nothing is found then, nothing of what is kept is believed."""
    page.write_text(REPLAYED, encoding="utf-8")
    first = check_claim(claim(page, "slope"), options)

    def damaged(reason, certificate):
        return [reason, certificate and {**certificate, "rule": "no such rule"}]

    rewrite(options, damaged)
    assert told(check_claim(claim(page, "slope"), options)) == told(first)
    rewrite(options, damaged)
    monkeypatch.setattr(symbolic, "find_certificate", lambda *_, **__: Found(None, "none"))
    again = check_claim(claim(page, "slope"), options)
    assert not {row.method: row.ok for row in again.evidence}["sympy"]


@pytest.mark.parametrize("reason", ["the sides differ by 1", "", "none"])
def test_that_sympy_is_wrong_is_not_believed_of_what_is_kept(page, options, reason):
    page.write_text(REPLAYED.replace("page.assume(symmetric(A))\n", "").replace("2 * A @ A", "2 * A.T @ A"))
    first = check_claim(claim(page, "slope"), options)
    assert {row.method: row.ok for row in first.evidence}["sympy"]
    names = []

    def replaced(why, certificate):
        names.append(why)
        return [reason, None] if len(names) > 1 else [why, certificate]  # the first is that of the step itself

    rewrite(options, replaced)
    assert len(names) > 1
    assert told(check_claim(claim(page, "slope"), options)) == told(first)


LONG = """
from derive import Derivation, equal, scalar
v, w, x, y, z = (scalar(name) for name in "vwxyz")
page = Derivation("Long", source="a test")
powers = [page.assume(equal(b, a**12), str(number)) for number, (a, b) in enumerate([(x, y), (y, z), (z, w), (w, v)])]
page.have("long", equal(v * v, w**24), using=powers)
page.have("short", equal((x + 1) ** 2, x * x + 2 * x + 1))
"""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_models_of_numbers_too_long_to_be_written_are_not_kept(page, tmp_path, monkeypatch, capsys, jobs):
    page.write_text(LONG, encoding="utf-8")
    monkeypatch.setenv("DERIVE_CACHE", str(tmp_path / "named"))
    for _ in range(2):
        assert main(["check", str(page), "--no-plant", "--jobs", jobs]) == 0
    assert "2 proved" in capsys.readouterr().out


MADE = """
from {module} import VALUES
from derive import Derivation, equal, scalar
a, b, c, e = (scalar(name) for name in "abce")
page = Derivation("Made", source="a test")
taxi = page.assume(equal(a**4 + b**4, c**4 + e**4), "taxi")
@page.model
def made(sizes, random):
    return dict(zip("abce", VALUES()))
page.have("claim", equal((a * a - c * c) * (a * a - e * e), 0), using=[taxi], expect="refuted")
"""


def test_what_an_authors_model_gives_is_kept_only_as_long_as_it_gives_that(tmp_path):
    """Of what it rests on in modules that his modules import, nothing is seen: it is asked again for one seed."""
    taxi, none = "59, 158, 133, 134", "1, 2, 4, 5"
    script = (
        "import sys; sys.path.insert(0, '.')\n"
        "from derive.checker import Options, check_claim; from derive.load import load\n"
        "claim = load(['page.py'])[0].claims['claim']\n"
        "print(check_claim(claim, Options(plant=False, kept='kept')).verdict)\n"
    )
    (tmp_path / "page.py").write_text(MADE.format(module="first"))
    (tmp_path / "first.py").write_text("import second\ndef VALUES():\n    return second.given()\n")
    (tmp_path / "second.py").write_text("import third\ndef given():\n    return third.NUMBERS\n")
    verdicts = []
    for numbers in (taxi, none, taxi):
        (tmp_path / "third.py").write_text(f"NUMBERS = [{numbers}]\n")
        run = subprocess.run(
            [sys.executable, "-B", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
        )  # fmt: skip
        verdicts.append(run.stdout.strip())
    assert verdicts == ["refuted", "undecided", "refuted"]


def test_without_a_folder_nothing_is_kept(page, tmp_path):
    assert check_claim(claim(page), Options()).recalled == 0
    assert check_claim(claim(page), Options()).recalled == 0
    assert [path.name for path in tmp_path.iterdir() if path.name != "__pycache__"] == ["page.py"]


def test_a_certificate_that_is_kept_goes_to_the_kernel(page, options):
    before = check_claim(claim(page), options)

    def damaged(reason, certificate):
        if certificate and certificate.get("cofactors"):
            certificate["cofactors"][0]["coefficient"] = "7"
        return [reason, certificate]

    rewrite(options, damaged)
    after = check_claim(claim(page), options)
    assert (after.verdict, after.recalled) == ("proved", 0)
    assert after.certificates == before.certificates
    assert check_claim(claim(page), options).recalled > 0  # what was found instead is kept


def test_the_proof_of_another_claim_proves_nothing(page, options):
    """Whatever is kept in the place of a false claim's outcomes, the claim stays refuted."""
    options = replace(options, plant=False)
    check_claim(claim(page), options)
    (proofs,) = [[c for _, c in found.values() if c] for found in rows(options).values()]
    page.write_text(FALSE, encoding="utf-8")
    false = claim(page)
    assert check_claim(false, options).verdict == "refuted"
    rewrite(options, lambda reason, certificate: ["", proofs[0]])
    found = check_claim(false, options)
    assert (found.verdict, found.certificates) == ("refuted", ())  # what was recalled proves its repair


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"digits": 30}, {"plant": False}, {"needed": False}, {"methods": ("kernel",)}]
)
def test_other_options_are_searched_for_themselves(page, options, change):
    check_claim(claim(page), options)
    assert check_claim(claim(page), replace(options, **change)).recalled == 0


def test_a_claim_that_is_changed_is_searched_for_and_its_neighbours_are_not(page, options):
    for label in ("cyclic", "follows"):
        check_claim(claim(page, label), options)
    page.write_text(PAGE.replace("A @ B @ A @ B, A @ B", "A @ B @ A @ B @ A, A"), encoding="utf-8")
    assert check_claim(claim(page, "follows"), options).recalled == 0
    assert check_claim(claim(page, "cyclic"), options).recalled > 0


def test_another_program_begins_anew(page, options, monkeypatch):
    check_claim(claim(page), options)
    monkeypatch.setattr(recall, "program", lambda: "another")
    recall.store.cache_clear()
    assert check_claim(claim(page), options).recalled == 0


def test_files_of_the_last_programs_only_are_kept(tmp_path, monkeypatch):
    for number in range(recall.MOST_VERSIONS + 2):
        monkeypatch.setattr(recall, "program", lambda number=number: str(number))
        made = recall.Store(tmp_path)
        made.keep(b"key", {})
        os.utime(made.path, (number, number))
    left = sorted(path.name for path in tmp_path.glob("proofs-*"))
    assert left == [f"proofs-{number}.sqlite" for number in range(2, recall.MOST_VERSIONS + 2)]


def test_a_file_that_has_grown_too_long_is_begun_anew(page, options, monkeypatch):
    check_claim(claim(page), options)
    recall.store.cache_clear()
    monkeypatch.setattr(recall, "MOST_BYTES", 10)
    assert check_claim(claim(page), options).recalled == 0


def test_a_claim_that_rests_on_what_may_be_another_each_time_is_not_kept(page, options):
    text = "import random\nchance = random.Random(0)\n" + PAGE
    text += "@page.model\ndef made(sizes, random):\n    chance.random()\n    return {}\n"
    page.write_text(text, encoding="utf-8")
    assert check_claim(claim(page), options).verdict == "proved"
    assert check_claim(claim(page), options).recalled == 0


def test_a_claim_whose_model_cannot_be_read_is_not_kept(page, options):
    """It closes over a name that has no value: Python says so by a ValueError."""
    text = (
        PAGE + "def outer():\n    def made(sizes, random):\n        if False:\n            later\n        return {}\n"
    )
    text += "    page.model(made)\n    return\n    later = 1\nouter()\n"
    page.write_text(text, encoding="utf-8")
    assert check_claim(claim(page), options).verdict == "proved"
    assert check_claim(claim(page), options).recalled == 0


def test_a_damaged_file_that_cannot_be_removed_is_done_without(page, options, monkeypatch):
    check_claim(claim(page), options)
    recall.store(options.kept).path.write_bytes(b"no database")

    def refused(*_, **__):
        raise PermissionError("not yours")

    monkeypatch.setattr(recall.Path, "unlink", refused)
    assert check_claim(claim(page), options).verdict == "proved"


def test_text_that_no_encoding_has_is_kept_too(tmp_path):
    kept = recall.Store(tmp_path)
    kept.keep(b"key", {"a": ["\udc80", None]})
    assert kept.outcomes(b"key") == {"a": ["\udc80", None]}


def test_numbers_that_cannot_be_written_are_not_kept(tmp_path):
    kept = recall.Store(tmp_path)
    kept.keep(b"key", {"a": ["", {"number": 10**5000}]})
    assert kept.outcomes(b"key") == {}


@pytest.mark.parametrize("content", [b"", b"no database", bytes(4096)])
def test_a_damaged_file_is_begun_anew(page, options, content):
    check_claim(claim(page), options)
    recall.store(options.kept).path.write_bytes(content)
    recall.store.cache_clear()
    assert check_claim(claim(page), options).verdict == "proved"
    recall.store.cache_clear()
    assert check_claim(claim(page), options).recalled > 0


@pytest.mark.parametrize(
    "packed",
    [
        b"", b"junk", zlib.compress(b"[]"), zlib.compress(b"[" * 10**5), zlib.compress(b"{}")[:5],
        zlib.compress(b'{"a": 1}'), zlib.compress(b'{"a": ["", []]}'), zlib.compress(b'{"a": [1, null]}'),
        zlib.compress(b'{"a": ["", null, 1]}'), zlib.compress(b"9" * 10**5), zlib.compress(b"\xff"), "text", 5,
    ],
)  # fmt: skip
def test_outcomes_that_cannot_be_read_are_none(page, options, packed):
    check_claim(claim(page), options)
    with recall.store(options.kept)._opened() as connection:
        connection.execute("UPDATE claims SET outcomes = ?", (packed,))
    found = check_claim(claim(page), options)
    assert (found.verdict, found.recalled) == ("proved", 0)


def test_more_text_than_is_read_is_not(page, options, monkeypatch):
    check_claim(claim(page), options)
    monkeypatch.setattr(recall, "MOST_TEXT", 100)
    assert check_claim(claim(page), options).recalled == 0


def test_a_file_that_is_locked_is_done_without(page, options, monkeypatch):
    for label in ("cyclic", "follows"):
        check_claim(claim(page, label), options)
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path, timeout: connect(path, timeout=0))
    with recall.store(options.kept)._opened() as connection:
        connection.execute("BEGIN EXCLUSIVE")
        found = check_claim(claim(page), options)
    assert (found.verdict, found.recalled) == ("proved", 0)
    assert all(check_claim(claim(page, label), options).recalled > 0 for label in ("cyclic", "follows"))


def test_a_folder_that_cannot_be_made_is_done_without(page, tmp_path):
    (tmp_path / "file").write_text("")
    nowhere = Options(kept=str(tmp_path / "file" / "kept"))
    assert check_claim(claim(page), nowhere).verdict == "proved"


# The command line ---------------------------------------------------------------------------------------------------


def test_the_command_keeps_and_says_so(page, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DERIVE_CACHE", str(tmp_path / "named"))
    main(["check", str(page)])
    assert "earlier run" not in capsys.readouterr().out
    main(["check", str(page), "--jobs", "2"])
    printed = " ".join(capsys.readouterr().out.split())
    assert "proofs known from an earlier run, checked again by the kernel (--fresh searches for them)" in printed
    main(["check", str(page), "--fresh"])
    assert "earlier run" not in capsys.readouterr().out
    monkeypatch.setenv("DERIVE_CACHE", "off")
    main(["check", str(page)])
    assert "earlier run" not in capsys.readouterr().out


def test_where_it_is_kept(monkeypatch):
    from derive.cli import _kept

    monkeypatch.delenv("DERIVE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", os.path.join(os.sep, "somewhere"))
    assert os.path.basename(_kept()) == "derive"
    if sys.platform == "linux":
        assert _kept() == os.path.join(os.sep, "somewhere", "derive")
    monkeypatch.setenv("DERIVE_CACHE", "off")
    assert _kept() == ""


def test_who_has_no_home_has_no_cache(monkeypatch):
    import platformdirs

    from derive.cli import _kept

    monkeypatch.delenv("DERIVE_CACHE")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: os.path.join("~", ".cache"))
    assert _kept() == ""


# Digests ------------------------------------------------------------------------------------------------------------

UNLIKE = [
    0, 1, True, 1.0, "1", b"1", None, (), ((),), ("1",), (1, 1), ("a", "b"), ("ab",), frozenset(), frozenset({1}),
    Outcomes, ...,
]  # fmt: skip


def test_digests_differ_where_values_do():
    values = [value for value in UNLIKE if not isinstance(value, type)]
    assert len({Digester()(value) for value in values}) == len(values)


def test_digests_of_expressions_tell_what_they_are():
    D = dims("D")[0]
    A, B = matrix("A", D, D), matrix("B", D, D)
    exprs = [A, B, A.T, -A, A @ B, B @ A, A + B, matrix("A", D, dims("d")[0])]
    assert len({Digester()(expr) for expr in exprs}) == len(exprs)
    assert Digester()(A @ B) == Digester()(matrix("A", D, D) @ matrix("B", D, D))


def test_what_is_equal_to_nothing_has_no_digest():
    for value in (object(), Outcomes, [1], {1: 2}, (1, object())):
        with pytest.raises(TypeError, match="has no digest"):
            Digester()(value)


def test_claims_of_the_notes_have_digests_of_their_own():
    claims = [one for derivation in load(()) for one in derivation.claims.values()]
    digest = Digester()
    assert len({digest(fingerprint(one)) for one in claims}) == len(claims)
    again = Digester()
    assert [again(fingerprint(one)) for one in claims] == [digest(fingerprint(one)) for one in claims]


def test_a_digest_is_the_same_in_every_process():
    code = (
        "from derive.digest import Digester; from derive.fingerprint import fingerprint; from derive.load import load\n"
        "digest = Digester()\n"
        "claims = [c for d in load(()) for c in d.claims.values()]\n"
        "print(digest(tuple(map(fingerprint, claims))).hex(), digest(frozenset('abcdef')).hex())"
    )
    seeds = ("1", "2")
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in seeds
    }
    assert len(outputs) == 1
