"""The kernel as a whole: it accepts each proof of a table, and refuses it damaged anywhere, or for a planted error.

Where a damage leaves a proof of the same true statement (two symmetric things swapped), only the planted error must be
refused; such damages are few and of known kinds, so that a kernel that looks at nothing cannot hide among them.
"""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from derive import (
    at,
    commute,
    diag,
    dims,
    eye,
    family,
    fixed,
    gradient,
    implies,
    indicator,
    indices,
    inv,
    matrix,
    norm2,
    orthogonal,
    scalar,
    subset,
    symmetric,
    tr,
)
from derive import delta as same_index
from derive import equal as equation
from derive import total as summed
from derive.errors import CertificateError, StatementError
from derive.kernel import Theorem, check
from derive.kernel.rules import RULES
from derive.kernel.statement import Hypothesis, Num, Plus, Statement, Times
from derive.language.statements import sequents
from derive.prove.lower import lower
from derive.prove.search import find_certificate
from derive.prove.signs import Row, certified
from tests.kernel.makers import (
    MEMBERSHIP,
    REFUSALS,
    either,
    given,
    m_,
    minus,
    n_,
    num,
    plus,
    refused,
    tensor,
    times,
    total,
)
from tests.kernel.oracle import holds, random_world

# Proofs -------------------------------------------------------------------------------------------------------------

n, m = dims("n m")
A, B, C, U, X, Y = (matrix(name, n, n) for name in "ABCUXY")
R = matrix("R", n, m)
i, j = indices("i j", n)
f, g = fixed("f g", n)
lam, mu = family("λ", n), family("μ", n)
c = scalar("c")
S = subset("S", n, m)


@dataclass(frozen=True)
class Case:
    """A true statement, its certificate, and the same statement with an error planted."""

    statement: Statement
    certificate: dict[str, Any]
    planted: Statement


def kernel_statement(claim) -> Statement:
    (sequent,) = sequents(claim)
    return lower(sequent)[0]


def found(statement: Statement, rows: list[Row] | None = None) -> dict[str, Any]:
    """The certificate that search finds, as it reads from a file; ``rows`` say why a difference is at least 0."""
    certificate = (certified(statement, rows) if rows else find_certificate(statement)).certificate
    assert certificate is not None
    return json.loads(json.dumps(certificate))


def case(claim, error=None) -> Case:
    """A claim in the language and the claim with an error; without one, 1 is added to the right side."""
    statement = kernel_statement(claim)
    off_by_one = replace(statement, right=Plus((statement.right, Num(Fraction(1)))))
    return Case(statement, found(statement), off_by_one if error is None else kernel_statement(error))


I_, J_, K_ = n_("i"), n_("j"), n_("k")
x = tensor("x")
SET_AT_I = tensor("in:S", I_)
ZERO_INSIDE = Hypothesis("inside", (), times(SET_AT_I, x), num(0))
ZERO_OUTSIDE = Hypothesis("outside", (), times(minus(num(1), SET_AT_I), x), num(0))


def cofactor(hypothesis, coefficient="1", factors=(), bound=(), at=()):
    keys = ("coefficient", "factors", "bound", "hypothesis", "at")
    return dict(zip(keys, (coefficient, list(factors), list(bound), hypothesis, list(at)), strict=True))


def by_cases() -> Case:
    statement = given(x, num(0), letters={"x": ()}, hypotheses=[ZERO_INSIDE, ZERO_OUTSIDE], fixed=[I_, J_])
    zero = {"rule": "membership", "cofactors": [cofactor(1), cofactor(2, factors=[["x", []]])], "names": []}
    one = {"rule": "membership", "cofactors": [cofactor(0), cofactor(2, "-1", factors=[["x", []]])], "names": []}
    certificate = {**either("in:S", "i"), "if_one": zero, "if_other": one}
    return Case(statement, certificate, replace(statement, right=num(1)))


def by_squares() -> Case:
    norm = total([K_], times(tensor("v", K_), tensor("v", K_)))
    vanishes = [Hypothesis("|v|² = 0", (), norm, num(0))]
    statement = given(tensor("v", I_), num(0), letters={"v": ("n",)}, hypotheses=vanishes, each=[I_])
    return Case(statement, found(statement), replace(statement, right=num(1)))


def by_sign() -> Case:
    a, b = tensor("a", I_, J_), tensor("b", I_, J_)
    right = total([I_, J_], plus(times(a, a), times(num(2), a, b), times(num("3/2"), b, b)))
    statement = given(num(0), right, letters={"a": ("n", "n"), "b": ("n", "n")}, sign="≤")
    rows = [Row(Fraction(1), (I_, J_), (plus(a, b),)), Row(Fraction(1, 2), (I_, J_), (b,))]
    less = total([I_, J_], plus(times(a, a), times(num(2), a, b), times(num("1/2"), b, b)))
    return Case(statement, found(statement, rows), replace(statement, right=less))


PROOFS: dict[str, Callable[[], Case]] = {
    "a trace turned": lambda: case(equation(tr(A @ B @ C), tr(B @ C @ A)), equation(tr(A @ B @ C), tr(A @ C @ B))),
    "a transposed product": lambda: case(equation((A @ B).T, B.T @ A.T), equation((A @ B).T, A.T @ B.T)),
    "a gradient": lambda: case(equation(gradient(tr(A @ B), A), B.T), equation(gradient(tr(A @ B), A), B)),
    "a gradient of degree three": lambda: case(
        equation(gradient(tr(A @ A @ A @ B), A), (A @ A @ B + A @ B @ A + B @ A @ A).T),
        equation(gradient(tr(A @ A @ A @ B), A), (A @ A @ B + A @ A @ B + B @ A @ A).T),
    ),
    "a replacement": lambda: case(equation(at(A @ B, {A: B, B: A}), B @ A), equation(at(A @ B, {A: B, B: A}), A @ B)),
    "sums over indices": lambda: case(
        equation(summed((i, j), same_index(i, j) * A[i, j]), tr(A)), equation(summed((i, j), A[i, j]), tr(A))
    ),
    "an orthogonal matrix": lambda: case(
        implies(orthogonal(U), equation(tr(U @ A @ U.T), tr(A))), implies(orthogonal(U), equation(tr(U @ A @ U), tr(A)))
    ),
    "an inverse of a product": lambda: case(
        equation(inv(A @ B), inv(B) @ inv(A)), equation(inv(A @ B), inv(A) @ inv(B))
    ),
    "a symmetric matrix that commutes": lambda: case(
        implies((symmetric(A), commute(A, B)), equation(A @ B.T, B.T @ A)),
        implies((symmetric(A), commute(A, B)), equation(A @ B.T, B @ A)),
    ),
    "the size of a set": lambda: case(equation(summed(i, indicator(i, S)) * c + c, c * summed(j, indicator(j, S)) + c)),
    "a premise at a fixed index": lambda: case(
        implies(equation(lam[f] * mu[f], c), equation(lam[f] * mu[f] * c, c * c)),
        implies(equation(lam[f] * mu[f], c), equation(lam[g] * mu[g] * c, c * c)),
    ),
    "a case distinction": by_cases,
    "a vanishing sum of squares": by_squares,
    "a sign": by_sign,
}


@cache
def proof(name: str) -> Case:
    return PROOFS[name]()


@pytest.mark.parametrize("name", PROOFS)
def test_accepts_the_proof(name):
    theorem = check(proof(name).statement, proof(name).certificate)
    assert theorem.statement == proof(name).statement


@pytest.mark.parametrize("name", PROOFS)
def test_refuses_the_proof_for_a_planted_error(name):
    refused(proof(name).planted, proof(name).certificate)


UNCONDITIONAL = {
    "a trace turned", "a transposed product", "a gradient", "a gradient of degree three", "a replacement",
    "sums over indices", "the size of a set", "a sign",
}  # fmt: skip


@pytest.mark.parametrize("name", PROOFS)
def test_names_the_hypotheses_that_the_proof_cites(name):
    case_ = proof(name)
    used = check(case_.statement, case_.certificate).used
    assert bool(used) == (name not in UNCONDITIONAL)
    assert set(used) <= {hypothesis.name for hypothesis in case_.statement.hypotheses}


@pytest.mark.parametrize("name", sorted(PROOFS.keys() - UNCONDITIONAL))
def test_refuses_the_proof_without_its_hypotheses(name):
    case_ = proof(name)
    refused(replace(case_.statement, hypotheses=()), case_.certificate)


def test_each_rule_is_in_the_table():
    rules = {data["rule"] for case_ in map(proof, PROOFS) for _, data in nodes(case_.certificate) if has_rule(data)}
    assert rules == {"membership", "split", "lemma", "squares", "sign"}


def has_rule(data: Any) -> bool:
    return isinstance(data, dict) and "rule" in data


# Damage -------------------------------------------------------------------------------------------------------------

Path = tuple[str | int, ...]


def nodes(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place in a certificate, and what stands there."""
    yield path, data
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield from nodes(value, (*path, key))


def changed(certificate: dict[str, Any], path: Path, change: Callable[[Any, Any], None]) -> dict[str, Any]:
    """A copy in which ``change`` was done to the container and key that the path leads to."""
    damaged = copy.deepcopy(certificate)
    container: Any = damaged
    for key in path[:-1]:
        container = container[key]
    change(container, path[-1])
    return damaged


def put(value: Any) -> Callable[[Any, Any], None]:
    def change(container: Any, key: Any) -> None:
        container[key] = value

    return change


def drop(container: Any, key: Any) -> None:
    del container[key]


def double(container: Any, key: Any) -> None:
    container.insert(key, copy.deepcopy(container[key]))


def turn(container: Any, key: Any) -> None:
    container[key].reverse()


NUMBERS = [-1, 10**6, 10**5000, 0.5, float("nan"), float("inf")]
NONSENSE = [None, True, *NUMBERS, "", "nan", "1/0", "Z", [], {}, [[]], [None], {"rule": {}}]


def nonsense(path: Path, value: Any) -> Iterator[Callable[[Any, Any], None]]:
    """What can stand at no place of that kind: another type, or a value out of range."""
    own = {dict: (dict,), list: (list,), str: (str,), int: (int,)}[type(value)]
    for other in NONSENSE:
        if isinstance(other, bool) or not isinstance(other, own):
            # An index is a name or a number; an empty list of squares or cofactors may be right.
            yield put(other)
        elif isinstance(value, int) or other in ("", "nan", "1/0"):
            yield put(other)


@pytest.mark.parametrize("name", PROOFS)
def test_refuses_a_certificate_with_nonsense_anywhere(name):
    case_ = proof(name)
    for path, value in nodes(case_.certificate):
        for change in nonsense(path, value) if path else ():
            damaged = changed(case_.certificate, path, change)
            with pytest.raises(REFUSALS):
                check(case_.statement, damaged)


@pytest.mark.parametrize("name", PROOFS)
def test_refuses_a_certificate_that_lacks_a_field(name):
    case_ = proof(name)
    for path, _ in nodes(case_.certificate):
        if path and isinstance(path[-1], str):
            with pytest.raises(REFUSALS):
                check(case_.statement, changed(case_.certificate, path, drop))


def numbers(text: str) -> list[str]:
    value = Fraction(text)
    others = (-value, value + 1, 2 * value, value + Fraction(1, 10**20), Fraction(0))
    return [str(other) for other in others if other != value]


def plausible(path: Path, value: Any, case_: Case) -> Iterator[tuple[str, Callable[[Any, Any], None]]]:
    """Damages after which the certificate still reads as one."""
    letters = [letter.name for letter in case_.statement.letters]
    match path:
        case (*_, "coefficient" | "weight"):
            yield from ((f"coefficient {other}", put(other)) for other in numbers(value))
        case (*_, "hypothesis"):
            yield from ((f"hypothesis {k}", put(k)) for k in range(len(case_.statement.hypotheses)) if k != value)
        case (*_, "cofactors" | "factors" | "zero" | "one" | "other" | "squares" | "root", int()):
            yield "dropped", drop
            yield "doubled", double
        case (*_, "factors", int(), 0):
            yield from ((f"letter {other}", put(other)) for other in letters if other != value)
        case (*_, "at") | (*_, "factors", int(), 1) if len(set(map(str, value))) > 1:
            yield "indices turned", turn
        case (*_, "names", int()) if len(value) > 1:
            yield "names turned", turn
        case (*_, "rule"):
            yield from ((f"rule {other}", put(other)) for other in RULES if other != value)


def plausible_damages(case_: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, value in nodes(case_.certificate):
        for what, change in plausible(path, value, case_) if path else ():
            yield f"{'.'.join(map(str, path))}: {what}", changed(case_.certificate, path, change)


def accepted(statement: Statement, certificate: dict[str, Any]) -> bool:
    try:
        check(statement, certificate)
    except REFUSALS:
        return False
    return True


HARMLESS = re.compile(
    r"indices turned$|root\.0\.coefficient: |\.zero\.0\.|hypothesis: hypothesis |(one|other)\.0\.factors\.0: doubled"
)
"""Damages that may leave a proof: U Uᵀ = I is symmetric in its indices, r² = (−r)², a lemma may say more than is needed
or the same in another way, two hypotheses may say the same, and [i ∈ S]² = [i ∈ S]."""


@pytest.mark.parametrize("name", PROOFS)
def test_refuses_every_damaged_certificate(name):
    """A damaged proof proves nothing false, even with the best renamings; and almost never what it proved."""
    case_ = proof(name)
    damages = dict(plausible_damages(case_))
    still = {what for what, damaged in damages.items() if accepted(case_.statement, damaged)}
    assert not {what for what in still if not HARMLESS.search(what)}
    assert 5 * len(still) <= len(damages)
    for damaged in damages.values():
        refused(case_.planted, damaged)


@pytest.mark.parametrize("name", PROOFS)
def test_refuses_renamings_that_are_no_permutations(name):
    case_ = proof(name)
    for path, value in nodes(case_.certificate):
        if len(path) > 1 and path[-2] == "names":
            longer, shorter = ([*value, 0], [*value, len(value)]), ([k + 1 for k in value] or [0], value[1:] or [1])
            for other in (*longer, *shorter):
                with pytest.raises(REFUSALS):
                    check(case_.statement, changed(case_.certificate, path, put(other)))


# False statements ---------------------------------------------------------------------------------------------------

Lam = matrix("Λ", n, n)
P, p = matrix("P", n, n), scalar("p")
FALSE = {
    "matrices commute": equation(A @ B, B @ A),
    "a trace may be shuffled": equation(tr(A @ B @ C), tr(A @ C @ B)),
    "a transpose keeps the order": equation((A @ B).T, A.T @ B.T),
    "∂tr(AB)/∂A = B": equation(gradient(tr(A @ B), A), B),
    "∂tr(AᵀA)/∂A = A": equation(gradient(tr(A.T @ A), A), A),
    "∂tr(A²)/∂A = 2A": equation(gradient(tr(A @ A), A), 2 * A),
    "the trace of a product is the product of traces": equation(tr(A @ B), tr(A) * tr(B)),
    "a matrix is its transpose": equation(A, A.T),
    "the trace of the identity is 1": equation(tr(eye(n)), 1),
    "a square vanishes only at zero": implies(equation(A @ A, 0 * A), equation(A, 0 * A)),
    "zero divisors": implies(equation(A @ B, 0 * A), equation(A, 0 * A)),
    "an idempotent is the identity": implies(equation(P @ P, P), equation(P, eye(n))),
    "p² = p only at 0": implies(equation(p * p, p), equation(p, 0)),
    "the sum of squares is the square of the sum": equation(summed(i, lam[i] ** 2), summed(i, lam[i]) ** 2),
    "what commutes with a diagonal matrix is diagonal": implies(
        equation(diag(lam) @ A, A @ diag(lam)), equation(A[i, j], same_index(i, j) * A[i, i])
    ),
    "any matrix commutes with a diagonal one": equation(lam[i] * A[i, j], A[i, j] * lam[j]),
    "one vanishing entry makes all vanish": implies(equation(lam[f], 0), equation(summed(i, lam[i]), 0)),
    "a set is everything": equation(summed(i, indicator(i, S)), tr(eye(n))),
    "an orthogonal matrix is symmetric": implies(orthogonal(U), equation(U, U.T)),
    "an inverse is a transpose": equation(inv(A), A.T),
    "inverses keep the order": equation(inv(A @ B), inv(A) @ inv(B)),
    "the inverse of a sum": equation(inv(A + B), inv(A) + inv(B)),
    "a symmetric product": implies((symmetric(A), symmetric(B)), equation((A @ B).T, A @ B)),
    "the norm is linear": equation(norm2(A + B), norm2(A) + norm2(B)),
}


def forged(statement: Statement) -> Iterator[dict[str, Any]]:
    """Certificates that someone might write by hand: every hypothesis once, and rules that do not apply."""
    plain = [
        cofactor(number, sign, at=[index.name for index in hypothesis.each])
        for number, hypothesis in enumerate(statement.hypotheses)
        for sign in ("1", "-1")
    ]
    here = [
        cofactor(number, sign, at=names)
        for number, hypothesis in enumerate(statement.hypotheses)
        for names in ([index.name for index in statement.each][: len(hypothesis.each)],)
        for sign in ("1", "-1")
    ]
    for rows in ([], *([row] for row in (*plain, *here)), here[::2], here[1::2]):
        direct = {"rule": "membership", "cofactors": rows, "names": []}
        yield direct
        yield {"rule": "squares", "squares": [], "proof": direct}
        yield {"rule": "sign", "squares": [], "proof": direct}
        yield {"rule": "lemma", "each": [], "zero": [], "proof": MEMBERSHIP, "then": direct}
        one = [{"coefficient": "1", "factors": [], "bound": []}]
        last = {**direct, "cofactors": [*rows, cofactor(len(statement.hypotheses))]}
        yield {"rule": "lemma", "each": [], "zero": one, "proof": last, "then": last}
        for index in statement.each:
            yield {**either("in:S", index.name), "if_one": direct, "if_other": last}


@pytest.mark.parametrize("name", FALSE)
def test_nobody_proves_a_false_statement(name):
    statement = kernel_statement(FALSE[name])
    assert find_certificate(statement).certificate is None
    for certificate in forged(statement):
        refused(statement, certificate)


@pytest.mark.parametrize("name", sorted(UNCONDITIONAL - {"a sign", "the size of a set"}))
def test_the_second_judge_agrees_with_the_table(name):
    """At every small size, one included, the proved statements hold and those with a planted error fail somewhere."""
    case_ = proof(name)
    letters = {letter.name: letter.dims for letter in case_.statement.letters}
    worlds = [random_world(letters, dict.fromkeys(case_.statement.dims, size), {}, size) for size in (1, 2, 3)]
    assert all(holds(case_.statement, world, {}) for world in worlds)
    others = {letter.name: letter.dims for letter in case_.planted.letters}
    worlds = [random_world(others, dict.fromkeys(case_.planted.dims, size), {}, size) for size in (2, 3)]
    assert not all(holds(case_.planted, world, {}) for world in worlds)


# Certificates from hell ---------------------------------------------------------------------------------------------


def nested(depth: int) -> dict[str, Any]:
    certificate: dict[str, Any] = MEMBERSHIP
    for _ in range(depth):
        certificate = {"rule": "lemma", "each": [], "zero": [], "proof": MEMBERSHIP, "then": certificate}
    return certificate


def cyclic() -> dict[str, Any]:
    certificate: dict[str, Any] = {"rule": "lemma", "each": [], "zero": [], "proof": MEMBERSHIP}
    certificate["then"] = certificate
    return certificate


def deep_list() -> list[Any]:
    data: list[Any] = []
    for _ in range(20_000):
        data = [data]
    return data


ONE_FACT = given(x, num(0), letters={"x": ()}, hypotheses=[Hypothesis("x = 1", (), x, num(1))])
MONSTERS: dict[str, Callable[[], Any]] = {
    "a nest": lambda: nested(20_000),
    "a cycle": cyclic,
    "a list in a list": lambda: {"rule": "membership", "cofactors": [cofactor(0, factors=[deep_list()])], "names": []},
    "a huge hypothesis": lambda: {"rule": "membership", "cofactors": [cofactor(10**5000)], "names": []},
    "a huge index": lambda: {"rule": "membership", "cofactors": [cofactor(0, at=[10**5000])], "names": []},
    "a huge coefficient": lambda: {"rule": "membership", "cofactors": [cofactor(0, "9" * 5000)], "names": [[], []]},
    "a power of ten": lambda: {"rule": "membership", "cofactors": [cofactor(0, "1e5000")], "names": [[], []]},
    "a power of ten that fills the memory": lambda: {
        "rule": "membership", "cofactors": [cofactor(0, "1e999999999")], "names": [[], []]
    },
    "a product of coefficients too long to be quoted": lambda: {
        "rule": "lemma", "each": [], "zero": [{"coefficient": "9" * 4000, "factors": [["x", []]], "bound": []}],
        "proof": {"rule": "membership", "cofactors": [cofactor(0, "9" * 4000)], "names": [[], []]}, "then": MEMBERSHIP,
    },
    "a list": list,
    "a string": lambda: "membership",
    "nothing": lambda: None,
    "a class": lambda: dict,
}  # fmt: skip


@pytest.mark.parametrize("name", MONSTERS)
def test_refuses_a_monstrous_certificate_as_any_other(name):
    with pytest.raises(CertificateError):
        check(ONE_FACT, MONSTERS[name]())


def test_refuses_a_statement_that_is_nested_too_deep():
    formula = x
    for _ in range(20_000):
        formula = Times((formula,))
    with pytest.raises(StatementError, match="too deep"):
        check(given(formula, x, letters={"x": ()}), MEMBERSHIP)


# Theorems -----------------------------------------------------------------------------------------------------------


def test_only_the_kernel_makes_theorems():
    true, false = given(num(1), num(1)), given(num(1), num(2))
    theorem = check(true, MEMBERSHIP)
    with pytest.raises(CertificateError, match="only the kernel makes theorems"):
        Theorem(false, (), None)
    with pytest.raises((ValueError, TypeError, CertificateError)):
        replace(theorem, statement=false)
    with pytest.raises(dataclasses.FrozenInstanceError):
        theorem.statement = false
    assert not hasattr(theorem, "token"), "what makes a theorem must not be read from another one"


def test_a_copy_of_a_theorem_says_what_the_theorem_said():
    theorem = check(given(num(1), num(1)), MEMBERSHIP)
    for twin in (copy.copy(theorem), copy.deepcopy(theorem), pickle.loads(pickle.dumps(theorem))):
        assert twin == theorem


def test_what_is_proved_comes_from_the_statement_and_not_from_the_certificate():
    with_more = {**MEMBERSHIP, "statement": "1 = 2", "left": "1", "right": "2"}
    assert check(given(num(1), num(1)), with_more).statement == given(num(1), num(1))
    refused(given(num(1), num(2)), with_more)


def test_contradictory_hypotheses_are_cited_and_not_hidden():
    absurd = given(num(1), num(0), letters={"x": ()}, hypotheses=[Hypothesis("0 = 1", (), num(0), num(1))])
    certificate = {"rule": "membership", "cofactors": [cofactor(0, "-1")], "names": []}
    assert check(absurd, certificate).used == ("0 = 1",)


def test_indices_over_other_dimensions_are_never_confused():
    statement = given(tensor("B", I_, m_("p")), tensor("B", I_, m_("p")), each=[I_, m_("p")])
    check(statement, MEMBERSHIP)
    refused(replace(statement, each=(I_, n_("p"))), MEMBERSHIP)
