"""Statements as text: what is written is read as it was, what differs is written otherwise, the rest is refused."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from fractions import Fraction

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from derive.errors import StatementError
from derive.kernel.statement import Derive, Hypothesis, Letter, Move, Plus, Put, Statement, Sum, Tensor, Times
from derive.kernel.terms import Free
from derive.kernel.text import written
from derive.statement_text import DEEPEST, MOST_CHARACTERS, MOST_IN_REACH, listed, read
from tests.kernel.makers import DIMS, FIXED, LETTERS, SETS, formulas, given, minus, n_, num, plus, tensor, times, total
from tests.test_verify import notes

quick = settings(deadline=None, derandomize=True, max_examples=150)
i, j, p = FIXED
x, y, z = tensor("x"), tensor("y"), tensor("z")
A_ij, A_ji = tensor("A", i, j), tensor("A", j, i)


ZERO = num(0)


def stated(left, right=ZERO) -> Statement:
    return given(left, right, fixed=FIXED)


def formula_of(statement: Statement) -> str:
    """The left side of the goal as it is written."""
    return written(statement).splitlines()[-1].removeprefix("prove: ").removesuffix(" = 0")


def reread(*statements: Statement) -> None:
    assert [statement for statement, _ in read(listed(statements))] == list(statements)


# What is written is read --------------------------------------------------------------------------------------------

FORMULAS = {
    "x": x,
    "1/2": num("1/2"),
    "-3": num(-3),
    "A[i,j]": A_ij,
    "delta(i, j)": tensor("delta", i, j),
    "in(S, i)": tensor("in:S", i),
    "size(n)": tensor("size:n"),
    "x + y": plus(x, y),
    "x - y": minus(x, y),
    "x - y - z": plus(x, times(num(-1), y), times(num(-1), z)),
    "x - (y - z)": minus(x, minus(y, z)),
    "x + (y + z)": plus(x, plus(y, z)),
    "x + y + z": plus(x, y, z),
    "x + -3": plus(x, num(-3)),
    "- x": times(num(-1), x),
    "- (- x)": times(num(-1), times(num(-1), x)),
    "- 1": times(num(-1), num(1)),
    "- x + y": plus(times(num(-1), x), y),
    "- (x + y)": times(num(-1), plus(x, y)),
    "- x*y": times(num(-1), times(x, y)),
    "-1*x*y": times(num(-1), x, y),
    "x*-1": times(x, num(-1)),
    "x*(- y)": times(x, times(num(-1), y)),
    "x*(y*z)": times(x, times(y, z)),
    "2*x*y*z": times(num(2), x, y, z),
    "(x + y)*z": times(plus(x, y), z),
    "x*1/2*y": times(x, num("1/2"), y),
    "{x}": times(x),
    "{{x + y}}": times(times(plus(x, y))),
    "{x}*y": times(times(x), y),
    "plus(x)": plus(x),
    "plus()": plus(),
    "times()": times(),
    "- {x}": times(num(-1), times(x)),
    "{-1}": times(num(-1)),
    "sum(k:n) A[k,k]": total([n_("k")], tensor("A", n_("k"), n_("k"))),
    "sum(k:n) A[k,i]*x + y": plus(total([n_("k")], times(tensor("A", n_("k"), i), x)), y),
    "sum(k:n) (A[k,i] + x)": total([n_("k")], plus(tensor("A", n_("k"), i), x)),
    "sum(k:n) (- x)": total([n_("k")], times(num(-1), x)),
    "sum(k:n, l:m) x": total([n_("k"), Free("l", "m")], x),
    "sum(k:n) sum(l:m) x": total([n_("k")], total([Free("l", "m")], x)),
    "sum() x": total([], x),
    "x*(sum(k:n) y)": times(x, total([n_("k")], y)),
    "d(x -> y) x*x": Derive(times(x, x), (Move("x", (), y),)),
    "d(x -> y + z, y -> - x) x": Derive(x, (Move("x", (), plus(y, z)), Move("y", (), times(num(-1), x)))),
    "d() x": Derive(x, ()),
    "put(A[k:n,l:n] -> A[l,k]) A[i,j]": Put(
        A_ij, (Move("A", (n_("k"), n_("l")), tensor("A", n_("l"), n_("k"))),)
    ),
    "d(x -> 1) (put(x -> y) x)*z": Derive(times(Put(x, (Move("x", (), y),)), z), (Move("x", (), num(1)),)),
    "d(x -> 1) put(x -> y) x": Derive(Put(x, (Move("x", (), y),)), (Move("x", (), num(1)),)),
}  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_written_as_a_page_writes_it(text):
    statement = stated(FORMULAS[text])
    assert formula_of(statement) == text
    reread(statement)


NAMES = {
    "A": "A", "Σ": "Σ", "W_bar": "W_bar", "inverse#1": "inverse#1", "_9": "_9", "j'": "j'", "x₁": "x₁", "ŵ": "ŵ",
    "sum": "sum", "d": "d", "for": "for", "plus": "plus",
    "a*": '"a*"', "2x": '"2x"', "x²": '"x²"', "Aᵀ": '"Aᵀ"', "½": '"½"', "x½": '"x½"', "A−B": '"A−B"', "a b": '"a b"',
    "": '""', "a,b": '"a,b"', "∑": '"∑"', "w̄": '"w̄"', "x[i]": '"x[i]"', 'a"b': '"a\\{22}b"', "a\\b": '"a\\{5c}b"',
    "a\nb": '"a\\{a}b"', "a\u202eb": '"a\\{202e}b"', "\x1b[31m": '"\\{1b}[31m"', "\ud800": '"\\{d800}"',
    "a\U000e0041": '"a\\{e0041}"', "\\{22}": '"\\{5c}{22}"', "x\u00a0": '"x\\{a0}"', "x\u200b": '"x\\{200b}"',
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_could_mislead_is_quoted(name):
    """As a letter, an index, a dimension, a set, a slot and the name of a hypothesis."""
    over = name or "D"
    index, other = Free(name, over), Free(f"{name}′", over)
    letter = Tensor(name, (index,))
    body = Derive(times(letter, Tensor(f"in:{over}", (index,))), (Move(name, (other,), Tensor(name, (other,))),))
    hypothesis = Hypothesis(name, (other,), Tensor(name, (other,)), Tensor(f"size:{over}", ()))
    statement = Statement(
        (over,), (Letter(name, (over,)),), ((over, over),), (index,), (hypothesis,), (), body, letter,
        "≤", ((over, over),),
    )  # fmt: skip
    reread(statement)
    text = written(statement)
    assert f"letters {NAMES[name]}[" in text
    assert all(char.isprintable() or char == "\n" for char in text)
    assert text.count("\n") == 7


@st.composite
def statements(draw: st.DrawFn) -> Statement:
    hypotheses = []
    for number in range(draw(st.integers(0, 2))):
        each = draw(st.sampled_from([(), (n_(f"e{number}"),)]))
        sides = [draw(formulas((*FIXED, *each))) for _ in range(2)]
        name = draw(st.text(max_size=5))
        standing, sign, reciprocal = draw(st.booleans()), draw(st.sampled_from("=≤")), draw(st.booleans())
        hypotheses.append(Hypothesis(name, each, *sides, standing, sign, standing and reciprocal))
    each = draw(st.sampled_from([(), (n_("g"), Free("h", "m"))]))
    left, right = (draw(formulas((*FIXED, *each))) for _ in range(2))
    exists = draw(st.sampled_from([(), (("S", ""),), (("S", "m"),)]))
    letters = tuple(Letter(name, over) for name, over in LETTERS.items())
    sign = draw(st.sampled_from(["=", "≤", "<"]))
    return Statement(DIMS, letters, SETS, FIXED, tuple(hypotheses), each, left, right, sign, exists)


@quick
@for_all(st.lists(statements(), min_size=1, max_size=3))
def test_what_is_written_is_read_as_it_was(some):
    reread(*some)


def changes(statement: Statement):
    """Statements that differ from this one in one part."""
    hypothesis = Hypothesis("h", (), x, y)
    yield replace(statement, dims=(*statement.dims, "q"))
    yield replace(statement, letters=statement.letters[1:])
    yield replace(statement, sets=(*statement.sets, ("T", "m")))
    yield replace(statement, fixed=(*statement.fixed, n_("f")))
    yield replace(statement, hypotheses=(hypothesis,))
    yield replace(statement, hypotheses=(replace(hypothesis, standing=False),))
    yield replace(statement, hypotheses=(replace(hypothesis, reciprocal=True),))
    yield replace(statement, hypotheses=(replace(hypothesis, sign="≤"),))
    yield replace(statement, hypotheses=(replace(hypothesis, each=(n_("e"),)),))
    yield replace(statement, hypotheses=(replace(hypothesis, name="g"),))
    yield replace(statement, each=(n_("g"),))
    yield replace(statement, left=statement.right, right=statement.left)
    yield from (replace(statement, sign=sign) for sign in "≤<")
    yield from (replace(statement, exists=(("S", size),)) for size in ("", "n"))
    yield replace(statement, sets=(("S", "m"),))
    yield replace(statement, fixed=(i, n_("p"), j))
    yield replace(statement, left=Plus((statement.left,)))
    yield replace(statement, left=Times((statement.left,)))
    yield replace(statement, left=Sum((n_("q"),), statement.left))
    yield replace(statement, left=Sum((Free("q", "m"),), statement.left))


def test_statements_that_differ_have_texts_that_differ():
    base = stated(x, y)
    texts = [written(base), *(written(other) for other in changes(base))]
    assert len(set(texts)) == len(texts)
    parts = {part.name for part in fields(Statement)}
    assert parts == {part for part in parts for other in changes(base) if getattr(other, part) != getattr(base, part)}


@pytest.mark.parametrize("text", FORMULAS)
def test_formulas_that_differ_have_texts_that_differ(text):
    assert [other for other in FORMULAS if formula_of(stated(FORMULAS[other])) == text] == [text]


def test_a_reciprocal_is_written_as_one():
    hypothesis = Hypothesis("1/(1 + y)", (), times(x, plus(num(1), y)), num(1), reciprocal=True)
    statement = replace(stated(x), hypotheses=(hypothesis,))
    assert 'reciprocal "1/(1 + y)": x*(1 + y) = 1' in written(statement).splitlines()
    reread(statement)


def test_what_a_text_cannot_say_is_not_written():
    """An index that is nowhere declared, or is said to run over another dimension than there."""
    for index in (n_("q"), Free("i", "m")):
        with pytest.raises(StatementError):
            listed([stated(tensor("v", index))])


def test_the_statements_of_the_notes_are_written_and_read():
    proved = [claim for claim in notes() if claim.statements]
    assert len(proved) > 20
    for claim in proved:
        reread(*claim.statements)


# What is no statement -----------------------------------------------------------------------------------------------

GOOD = """\
statement 1 of 2
dims m, n
sets S over n
letters A[n,n], v[n], x
fixed i:n
assume "A is symmetric" for all a:n, b:n: A[a,b] = A[b,a]
premise "(1)": x ≤ 1
choose S of size m
prove for all j:n: sum(k:n) A[j,k]*v[k] - x*delta(i, j) = 0

statement 2 of 2
letters x
prove: x < 2
"""

MALFORMED = {
    # what stands there, what it becomes: the line, and what was expected there
    ("statement 1 of 2", "statement 2 of 2"): (1, "expected 1, found 2"),
    ("statement 1 of 2", "statement 1 of 3"): (1, "expected 'statement 1 of 2'"),
    ("statement 1 of 2", "statment 1 of 2"): (1, "expected a line 'statement 1 of …', found statment"),
    ("statement 1 of 2\n", ""): (1, "expected a line 'statement 1 of …', found dims"),
    ("statement 2 of 2", "statement 2 of 2 or so"): (11, "expected the end of the line, found or"),
    ("statement 2 of 2\n", ""): (11, "expected a line 'statement 2 of …', found letters"),
    ("dims m, n", "dims m n"): (2, "expected , or the end of the line, found n"),
    ("dims m, n", "dim m, n"): (2, "expected one of dims, sets"),
    ("dims m, n", "dims m, n\ndims q"): (3, "expected one of dims, sets"),
    ("dims m, n\nsets S over n", "sets S over n\ndims m, n"): (3, "expected one of dims, sets"),
    ("dims m, n", "dims m,, n"): (2, "expected a name, found ,"),
    ("dims m, n", "dims m, 3"): (2, "expected a name, found 3"),
    ("dims m, n", "dims m,  n"): (2, "expected 'dims m, n', as the kernel writes it"),
    ("dims m, n", "dims m, n "): (2, "expected 'dims m, n', as the kernel writes it"),
    ("dims m, n", 'dims "m", n'): (2, "expected 'dims m, n', as the kernel writes it"),
    ("dims m, n", "dims m, n\n"): (3, "expected one of dims, sets"),
    ("dims m, n", "dims m, n\r"): (2, "expected , or the end of the line"),
    ("dims m, n", "dims m, n\u202e"): (2, "expected , or the end of the line"),
    ("dims m, n", "dims m,\x1b n"): (2, "expected a name"),
    ("dims m, n", 'dims m, "n'): (2, 'expected a name, found "'),
    ("dims m, n", 'dims m, "\x1b[0m"'): (2, "expected 'dims m, "),
    ("dims m, n", 'dims m, "\\{fffffff}"'): (2, 'expected a name, found "'),
    ("S over n", "S n"): (3, "expected over, found n"),
    ("S over n", "over n"): (3, "expected over, found n"),
    ("A[n,n]", "A[n,n"): (4, "expected , or ], found ["),
    ("A[n,n]", "A[]"): (4, "expected 'letters A, v[n], x'"),
    ("A[n,n]", "A[n,n]]"): (4, "expected , or the end of the line, found ]"),
    ("fixed i:n", "fixed i"): (5, "expected :, found the end of the line"),
    ("fixed i:n", "fixed ,"): (5, "expected a name, found ,"),
    ("fixed i:n\n", ""): (8, "expected an index in reach before this, not i"),
    ('assume "A is symmetric"', "assume A"): (6, "expected the name of the hypothesis in quotes, found A"),
    ('assume "A is symmetric"', "assume"): (6, "expected the name of the hypothesis in quotes, found for"),
    ('assume "A is symmetric"', 'suppose "A"'): (6, "expected one of dims, sets, letters, fixed, assume, reciprocal"),
    ('assume "A is symmetric"', 'assume "A is \\symmetric"'): (6, "expected the name of the hypothesis in quotes"),
    ("for all a:n, b:n:", "for every a:n, b:n:"): (6, "expected for all, or :, found for"),
    ("for all a:n, b:n:", "for all a:n, b:n"): (6, "expected , or :, found A"),
    ("A[a,b] = A[b,a]", "A[a,b] = "): (6, "expected a formula, found the end of the line"),
    ("A[a,b] = A[b,a]", "A[a,b]"): (6, "expected +, -, =, ≤ or <, found the end of the line"),
    ("A[a,b] = A[b,a]", "A[a,b] == A[b,a]"): (6, "expected a formula, found ="),
    ("A[a,b] = A[b,a]", "A[a,b] ≥ A[b,a]"): (6, "expected +, -, =, ≤ or <, found ≥"),
    ("A[a,b] = A[b,a]", "A[a,c] = A[b,a]"): (6, "expected an index in reach before this, not c"),
    ("A[a,b] = A[b,a]", "A[a,b] = A[b,a] = 0"): (6, "expected the end of the line, found ="),
    ("x ≤ 1", "x ≤ 1/0"): (7, "expected the end of the line, found /"),
    ("x ≤ 1", "x ≤ 1/"): (7, "expected the end of the line, found /"),
    ("x ≤ 1", "x ≤ 2/4"): (7, "expected 'premise \"(1)\": x ≤ 1/2'"),
    ("x ≤ 1", "x ≤ 01"): (7, "expected 'premise \"(1)\": x ≤ 1'"),
    ("x ≤ 1", "x ≤ 1.5"): (7, "expected the end of the line, found ."),
    ("x ≤ 1", "x ≤ 1e9"): (7, "expected the end of the line, found e9"),
    ("x ≤ 1", "x ≤ inf"): (9, ""),
    ("x ≤ 1", f"x ≤ {'9' * 3001}"): (7, "expected the end of the line, found 9"),
    ("x ≤ 1", "x ≤ ((1)"): (7, "expected +, -, * or ), found the end of the line"),
    ("x ≤ 1", "x ≤ {1"): (7, "expected +, -, * or }, found the end of the line"),
    ("x ≤ 1", "x ≤ (1)"): (7, "expected 'premise \"(1)\": x ≤ 1'"),
    ("x ≤ 1", "x ≤ 1)"): (7, "expected the end of the line, found )"),
    ("x ≤ 1", "x ≤ f(1)"): (7, "expected delta, in, size, plus, times, sum, d or put before (, found 1"),
    ("x ≤ 1", "x ≤ d(x) x"): (7, "expected [ or ->, found )"),
    ("x ≤ 1", "x ≤ 1 -1"): (7, "expected the end of the line, found -1"),
    ("x ≤ 1", "x ≤ - - 1"): (7, "expected 'premise \"(1)\": x ≤ - (- 1)'"),
    ("choose S of size m", "choose S of m"): (8, "expected , or the end of the line, found of"),
    ("choose S of size m", 'choose S of size ""'): (8, "expected 'choose S'"),
    ("sum(k:n)", "sum(k)"): (9, "expected :, found )"),
    ("sum(k:n)", "sum(k:n"): (9, "expected , or ), found A"),
    ("delta(i, j)", "delta(i, k)"): (9, "expected an index in reach before this, not k"),
    ("delta(i, j)", "delta(i j)"): (9, "expected , or ), found j"),
    ("delta(i, j)", "delta[i,j]"): (9, "expected 'prove"),
    ("prove for all", "show for all"): (9, "expected one of dims"),
    ("prove: x < 2\n", ""): (13, "expected one of dims"),
    ("prove: x < 2\n", "prove: x < 2"): (13, "expected the end of the line, found the end"),
    ("prove: x < 2\n", "prove: x < 2\nprove: x < 2\n"): (14, "expected a line 'statement 3 of …', found prove"),
    ("prove: x < 2\n", "prove: x < 2\nx\n"): (14, "expected a line 'statement 3 of …', found x"),
    ("prove: x < 2\n", "prove: x < 2\n\n"): (15, "expected 'the end', as the kernel writes it"),
    ("prove: x < 2\n", "prove: x < 2\n# so it is\n"): (14, "expected a line 'statement 3 of …', found #"),
}


def test_the_text_that_is_damaged_below_is_a_good_one():
    (first, _), (second, _) = read(GOOD)
    assert listed([first, second]) == GOOD


@pytest.mark.parametrize(("was", "becomes"), [key for key in MALFORMED if key != ("x ≤ 1", "x ≤ inf")])
def test_a_malformed_text_is_refused_at_its_line(was, becomes):
    line, told = MALFORMED[was, becomes]
    assert was in GOOD
    with pytest.raises(StatementError) as caught:
        read(GOOD.replace(was, becomes, 1))
    assert str(caught.value).startswith(f"line {line}: ")
    assert told in str(caught.value), str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_word_that_is_no_number_is_a_letter():
    assert read(GOOD.replace("x ≤ 1", "x ≤ inf"))[0][0].hypotheses[1].right == tensor("inf")


def test_every_text_that_is_cut_short_is_refused():
    for end in range(len(GOOD)):
        with pytest.raises(StatementError, match=r"^line \d+: expected [^\n]*$"):
            read(GOOD[:end])


def attempted(text: str) -> list[Statement] | str:
    """The statements of the text, or why it has none."""
    try:
        return [statement for statement, _ in read(text)]
    except StatementError as error:
        return str(error)


@quick
@for_all(st.integers(0, len(GOOD) - 1), st.sampled_from([*'"\\()[]{}:,+-*=≤<> \n\r\x00\x1baxAS19#\u202e', ""]))
def test_a_text_with_another_letter_says_another_thing_or_nothing(place, letter):
    text = GOOD[:place] + letter + GOOD[place + 1 :]
    found = attempted(text)
    if isinstance(found, str):
        assert re.fullmatch(r"line \d+: expected [^\n]*", found)
    else:
        assert text == GOOD or found != attempted(GOOD)


def one(formula: str, fixed: str = "") -> str:
    return f"statement 1 of 1\n{fixed}prove: {formula} = 0\n"


HUGE = {
    "brackets": (one("(" * 100_000 + "x" + ")" * 100_000), f"at most {DEEPEST} formulas inside one another"),
    "braces": (one("{" * 100_000), f"at most {DEEPEST} formulas"),
    "signs": (one("- " * 100_000 + "x"), f"at most {DEEPEST} formulas"),
    "sums": (one("".join(f"sum(a{k}:n) " for k in range(100_000)) + "x"), f"at most {DEEPEST} formulas"),
    "derivatives": (one("d(x -> " * 100_000), f"at most {DEEPEST} formulas"),
    "calls": (one("plus(" * 100_000), f"at most {DEEPEST} formulas"),
    "indices": (one("x", f"fixed {', '.join(f'i{k}:n' for k in range(MOST_IN_REACH + 1))}\n"), "indices in reach"),
    "a number": (one("1" * 1_000_000), "expected +, -, =, ≤ or <"),
    "a name in quotes": (one('"' + "a" * 1_000_000), "expected a formula"),
    "backslashes": (one('"' + "\\" * 1_000_000), "expected a formula"),
    "letters": ("x" * (MOST_CHARACTERS + 1), f"at most {MOST_CHARACTERS} characters"),
    "spaces": (" " * MOST_CHARACTERS, "expected a line 'statement 1 of …', found the end"),
    "lines": ("\n" * MOST_CHARACTERS, "expected a line 'statement 1 of …', found the end of the line"),
    "statements": ("statement 1 of 2\nprove: 0 = 0\n\n" * 50_000, "expected 2, found 1"),
    "nothing": ("", "expected a line 'statement 1 of …', found the end"),
}


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_text_is_refused_soon(name):
    text, told = HUGE[name]
    with pytest.raises(StatementError) as caught:
        read(text)
    assert told in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_long_text_is_read_in_time():
    """A hundred thousand terms in one line, or hypotheses in as many lines."""
    terms = " + ".join(["x*y"] * 100_000)
    ((statement, _),) = read(one(terms))
    assert len(statement.left.items) == 100_000
    lines = "".join(f'assume "{k}": x = {k}\n' for k in range(20_000))
    ((statement, _),) = read(f"statement 1 of 1\n{lines}prove: x = 0\n")
    assert statement.hypotheses[-1].right == num(Fraction(19_999))


def test_the_deepest_formula_that_can_be_written_is_read():
    formula = x
    for _ in range(DEEPEST - 1):
        formula = Put(formula, (Move("x", (), y),))
    reread(stated(formula))
    with pytest.raises(StatementError, match="formulas inside one another"):
        listed([stated(plus(x, Put(formula, ())))])
