"""What an author gives in a wrong place is one line, with his file and line, in the words of the language."""

from __future__ import annotations

import re

import pytest

from derive.checker import check_claim
from derive.cli import main
from derive.errors import InputError
from derive.load import load

HEAD = """\
from derive import *
D, d = dims("D d")
A, B, S = matrix("A", D, d), matrix("B", d, D), matrix("S", D, D)
i, j = indices("i j", D)
I = subset("I", D, d)
page = Derivation("p")
h = page.assume(symmetric(S), "S symmetric")
"""
LINE = HEAD.count("\n") + 1

WRONG = {
    'page.have("1", equal(S, S), using=h)': "using=: S symmetric is no list: write using=[S symmetric]",
    'page.have("1", equal(S, S), using="h")': "using=: 'h' is no list: write using=['h']",
    'page.have("1", equal(S, S), using=["h"])': "using=['h']: name an assumption, a claim or an equation",
    'page.have("1", equal(S, S), resting_on=h)': "resting_on=: S symmetric is no list",
    'page.have("1", equal(S, S), resting_on=[h])': "resting_on=: S symmetric is no claim",
    'page.have("1", orthogonal(S))': "S orthogonal is a property, which is assumed and not claimed: "
    "claim what it says, as SᵀS = I",
    'page.have("1", invertible(S))': "S invertible is a property, which is assumed and not claimed",
    'page.have("1", S)': "S is no statement: use equal(…)",
    'page.have("1", True)': "True is no statement: use equal(…)",
    'page.have("1", [equal(S, S)])': "[S = S] is no statement",
    "page.have(equal(S, S))": "a claim starts with its label, a text: S = S is none",
    "page.calc(S, S)": "a claim starts with its label, a text: S is none",
    'page.calc("1", "S", S)': "'S' is no expression",
    'page.have("1", equal(partial(tr(S), S), eye(D)))': "S is a whole symbol: differentiate by gradient(…, S)",
    "page.assume(S)": "assume: S is nothing to assume",
    "page.assume(True)": "assume: True is nothing to assume",
    'page.known(S, "a theorem")': "known: S is nothing to assume",
    "implies(S, equal(S, S))": "implies: S is no premise",
    "implies(h, equal(S, S))": "implies: S symmetric is no premise",
    "implies(equal(S, S), S)": "implies: S is no equation",
    "iff(equal(S, S), symmetric(S))": "iff: S symmetric is no equation",
    'page.gradient("1", tr(S), S, eye(D)).vanishes(S)': "vanishes: S is no equation",
    'page.cases("1", tr(S), 3)': "cases: 3 is no case: write (value, [conditions])",
    'page.as_printed("1", equal(S, S), erratum="1", reading="")': "as_printed: S = S is no function: write lambda:",
    'page.define("f", equal(S, S))': "S = S is no expression",
    "page.define(S, S)": "define: S is no name of a definition",
    'page.reference("L")': "reference: 'L' is no definition",
    "page.model(3)": "model: 3 is no function",
    'total("i", S[i, j])': "total: 'i' is no index: make it by indices('i', D)",
    "total(D, S[i, j])": "total: D is no index: it is made by indices('i', D)",
    'total_except("i", j, S[i, j])': "total_except: 'i' is no index",
    'total_pairs(i, "j", S[i, j])': "total_pairs: 'j' is no index",
    'total_in(i, "I", S[i, j])': "total_in: 'I' is no set of indices: it is made by subset('I', D, d)",
    'delta("i", j)': "delta: 'i' is no index",
    'indicator("i", I)': "indicator: 'i' is no index",
    "ordered(1, j)": "ordered: 1 is no index",
    'member(i, "I")': "member: 'I' is no set of indices",
    "same(i, 1)": "same: 1 is no index",
    'select("I")': "select: 'I' is no set of indices",
    "tr(3)": "trace(…): 3 is no expression",
    'inv("A")': "inverse(…): 'A' is no expression",
    "inner(A, 2)": "inner(…): 2 is no expression",
    "norm2([A, A])": "norm2(…): [A, A] is no expression",
    "parts(A, h)": "parts(…): S symmetric is no expression",
    "at(tr(S), {S: 3})": "at(…): 3 is no expression",
    "at(tr(S), S)": "at: S is no mapping: write {W: …}, with the value of each variable",
    "rate(tr(S), S)": "rate: S is no mapping: write {W: …}, with the rate of each variable",
    "eye(3)": "eye: 3 is no dimension: it is made by dims('D')",
    'eye("D")': "eye: 'D' is no dimension: make it by dims('D')",
    "size(3)": "size: 3 is no dimension",
    'family("x", 3)': "family('x', …): 3 is no dimension",
    'indices("i", "D")': "indices: 'D' is no dimension",
    "indices(i, D)": "indices: i is no text",
    'subset("I", D, 3)': "subset: 3 is no dimension",
    "matrix(3, D, D)": "a symbol: 3 is no name: give a text",
    'orthogonal("S")': "'S' is no expression",
    'full_column_rank("S")': "'S' is no expression",
    'distinct("x")': "'x' is no expression",
}


@pytest.mark.parametrize("line", WRONG)
def test_it_is_told_where_it_is_written(line, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(f"{HEAD}{line}\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load([str(path)])
    told = str(caught.value)
    assert told.startswith(f"{path}:{LINE}: {WRONG[line]}")
    assert "\n" not in told
    assert not re.search(r"[A-Z]\w+Error|\w+\(name=", told)


def test_the_command_line_gives_it_as_one_line(tmp_path, capsys):
    path = tmp_path / "mine.py"
    path.write_text(f'{HEAD}page.have("1", equal(S, S), using=h)\n', encoding="utf-8")
    assert main(["check", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert f"mine.py:{LINE}: " in err


def test_a_single_reason_is_a_reason(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(f'{HEAD}page.calc("1", S, S.T, because="S is symmetric")\n', encoding="utf-8")
    (page,) = load([str(path)])
    assert page.claims["1"].steps[0].because == "S is symmetric"


# While it is checked ------------------------------------------------------------------------------------------------

CHECKED = """\
from fractions import Fraction
from derive import *
import numpy as np
D, d = dims("D d")
A, S = matrix("A", D, d), matrix("S", D, D)
x, c = family("x", D), scalar("c")
I = subset("I", D, d)
j, = fixed("j", D)
page = Derivation("p")
f = page.define("f", c * norm2(A))
h = page.assume(equal(S @ A, A))
page.have("1", equal(S @ S @ A * c, c * A), using=[h])
page.have("2", equal((S @ S @ A)[j, :] * x[j], x[j] * A[j, :]), using=[h, page.assume(member(j, I))])
page.calc("3", f, c * tr(A.T @ A), using=[])
"""
MODELS = {
    "S a mere number": ('{"S": 1}', "the model gives S the shape of a number, but it is D×D"),
    "S of one size always": ('{"S": models.diagonal([1, 1])}', "the model gives S the shape 2×2, but it is D×D, here"),
    "floats": ('{"S": np.eye(sizes["D"])}', "the model gives S an entry 1.0, which is not exact: give int or Fraction"),
    "a text": ('{"S": [["½"] * sizes["D"]] * sizes["D"]}', "the model gives S an entry '½', which is no number"),
    "nothing": ("None", "the model gives None: return {name: value}, or {} for none"),
    "a failure": ('{"S": 1 / 0}', "the model fails: ZeroDivisionError: division by zero"),
    "a set of another size": ('{"I": (0,) * 7}', "the model gives the set I as (0, 0, 0, 0, 0, 0, 0): give"),
    "an index that is none": ('{"j": -1}', "the model gives the index j as -1: give a whole number from 0 to"),
}  # fmt: skip


def test_an_equivalence_with_what_no_equation_says_is_refused(tmp_path):
    """That S is invertible is no equation, so ``S = S ⇔ S invertible`` was once proved from the left to nothing."""
    path = tmp_path / "mine.py"
    path.write_text(f'{HEAD}page.have("1", iff(equal(S, S), invertible(S)))\n', encoding="utf-8")
    with pytest.raises(InputError, match="iff: S invertible is no equation"):
        load([str(path)])


def written(tmp_path, more):
    path = tmp_path / "mine.py"
    path.write_text(f"{CHECKED}{more}\n", encoding="utf-8")
    (page,) = load([str(path)])
    return path, page


@pytest.mark.parametrize("name", MODELS)
def test_what_a_model_gives_wrong_is_told_with_its_line(name, tmp_path):
    given, told = MODELS[name]
    path, page = written(tmp_path, f"@page.model\ndef mine(sizes, random):\n    return {given}")
    report = check_claim(page.claims["2" if "set" in name or "index" in name else "1"])
    assert report.verdict == "error"
    first = CHECKED.count("\n") + 1
    assert re.match(rf"{re.escape(str(path))}:({first}|{first + 1}|{first + 2}): {re.escape(told)}", report.reason)
    assert "\n" not in report.reason


@pytest.mark.parametrize(
    "given",
    [
        '{"S": [[int(a == b) for a in range(sizes["D"])] for b in range(sizes["D"])]}',
        '{"S": np.eye(sizes["D"], dtype=int), "x": range(sizes["D"]), "c": Fraction(1, 2)}',
        '{"S": np.eye(sizes["D"], dtype=int), "no_letter": "of this claim"}',
        "{}",
    ],
)
def test_a_model_may_give_lists_and_numpys_integers(given, tmp_path):
    _, page = written(tmp_path, f"page.model(lambda sizes, random: {given})")
    assert check_claim(page.claims["1"]).verdict == "proved"


def test_a_reference_that_fails_is_told_with_its_line(tmp_path):
    path, page = written(tmp_path, "@page.reference(f)\ndef slow(A, c):\n    return A.nothing")
    report = check_claim(page.claims["3"])
    assert report.verdict == "error"
    last = CHECKED.count("\n") + 3
    assert report.reason.startswith(f"{path}:{last}: the reference fails: AttributeError: 'list' object")
