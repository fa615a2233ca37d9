"""The search: what it proves from hypotheses, that it gives up with a reason, and that nothing false is ever proved."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from derive import (
    at,
    at_most,
    commute,
    delta,
    diag,
    differs,
    dims,
    equal,
    eye,
    family,
    fixed,
    gradient,
    indicator,
    indices,
    inner,
    inv,
    invertible,
    matrix,
    member,
    norm2,
    not_member,
    orthogonal,
    rate,
    same,
    scalar,
    select,
    size,
    sqrt,
    subset,
    symmetric,
    total,
    tr,
)
from derive.crosscheck.instances import models, relation_holds, signature
from derive.errors import BudgetError, CertificateError, DeriveError, UndefinedError
from derive.evaluate import Evaluator
from derive.kernel import Theorem, check
from derive.kernel.terms import normal
from derive.language import nodes as n
from derive.language.derivation import Assumption
from derive.language.statements import Relation, Sequent
from derive.prove import canonical
from derive.prove.attempt import rules_in
from derive.prove.lower import lower
from derive.prove.search import FULL, PARTS, Effort, find_certificate, pruned
from derive.prove.signs import find_sign
from tests.kernel.test_rules import BY_FACTORS, EITHER

D, d, p, q = dims("D d p q")
A, B = matrix("A", D, d), matrix("B", d, D)
S, R, Q, P = matrix("S", D, D), matrix("R", D, D), matrix("Q", D, D), matrix("P", D, D)
K, M = matrix("K", D, D), matrix("M", d, d)
lam, c, e = family("λ", D), scalar("c"), scalar("e")
i, j, k = indices("i j k", D)
f, g, h = fixed("f g h", D)
chosen = subset("I", D, d)
E_I = select(chosen)


def searched(given, goal, effort=FULL):
    """What the search found for the goal under the hypotheses, and the kernel's statement of it."""
    assumptions = tuple(Assumption(hypothesis, str(hypothesis)) for hypothesis in given)
    statement, low = lower(Sequent((), goal), assumptions)
    if goal.sign != "=":
        return statement, find_sign(statement, goal, frozenset(), low, effort=effort)
    return statement, find_certificate(statement, effort=effort)


def proved(given, goal):
    """The certificate that the kernel accepted."""
    statement, found = searched(given, goal)
    assert found.certificate is not None, found.reason
    assert isinstance(check(statement, found.certificate), Theorem)
    return found.certificate


TRUE = {
    "by normal form": ((), equal(tr(A @ B), tr(B @ A)), "membership"),
    "gradient": ((), equal(gradient(norm2(A @ B), B), 2 * A.T @ A @ B), "membership"),
    "dimension": ((), equal(tr(eye(D)), size(D)), "membership"),
    "sum without one term": ((), equal(total(k, lam[k]) - lam[j], total(k, (1 - delta(k, j)) * lam[k])), "membership"),
    "orthogonal": ([orthogonal(Q)], equal(norm2(Q @ A), norm2(A)), "membership"),
    "orthogonal from the right": ([orthogonal(Q)], equal(norm2(B @ Q), norm2(B)), "membership"),
    "rotated spectrum": (
        [orthogonal(Q), equal(S, Q @ diag(lam) @ Q.T)],
        equal(Q.T @ S @ Q, diag(lam)),
        None,
    ),
    "symmetric": ([symmetric(S)], equal(tr(S @ R.T), tr(S @ R)), None),
    "commuting": ([commute(S, R)], equal(S @ S @ R, R @ S @ S), None),
    "commuting and symmetric": ([commute(S, R), symmetric(S), symmetric(R)], equal((S @ R).T, S @ R), None),
    "idempotent": ([equal(P @ P, P)], equal(P @ P @ P @ P, P), None),
    "idempotent complement": ([equal(P @ P, P)], equal((eye(D) - P) @ (eye(D) - P), eye(D) - P), None),
    "inverse": ((), equal(inv(S) @ S @ A, A), None),
    "inverse of an inverse": ((), equal(inv(inv(S)), S), None),
    "inverse of a product": ((), equal(inv(S @ R), inv(R) @ inv(S)), None),
    "inverse of a transpose": ((), equal(inv(S.T), inv(S).T), None),
    "projection": ((), equal(A @ inv(A.T @ A) @ A.T @ A, A), None),
    "projection is symmetric": ((), equal((A @ inv(A.T @ A) @ A.T).T, A @ inv(A.T @ A) @ A.T), None),
    "cancelling": ([equal(S @ A, 0)], equal(inv(S) @ S @ A, 0), None),
    "quotient": ((), equal(c / (1 + e**2) + c * e**2 / (1 + e**2), c), None),
    "sum of quotients": ((), equal(1 / c + 1 / e, (c + e) / (c * e)), None),
    "root": ((), equal(sqrt(1 + e**2) ** 4, (1 + e**2) ** 2), None),
    "root in a quotient": ((), equal((e / sqrt(1 + e**2)) ** 2, e**2 / (1 + e**2)), None),
    "sum of squares vanishes": ([equal(A.T @ A, 0)], equal(A, 0), "squares"),
    "a norm vanishes": ([equal(norm2(A), 0)], equal(A, 0), "squares"),
    "where the Gram matrix vanishes": ([equal(A.T @ A @ B, 0)], equal(A @ B, 0), "squares"),
    "member of a set": ([member(f, chosen)], equal(indicator(f, chosen), 1), None),
    "selection": ((), equal(E_I.T @ E_I, eye(d)), None),
    "selection projects on the set": ((), equal((E_I @ E_I.T)[i, j], indicator(i, chosen) * delta(i, j)), None),
    "size of a set": ((), equal(total(k, indicator(k, chosen)), size(d)), None),
    "equal indices": ([same(f, g)], equal(S[f, h], S[g, h]), None),
    "different members": ([member(f, chosen), not_member(g, chosen)], equal(delta(f, g), 0), None),
    "idempotent letters": ((), equal(indicator(i, chosen) ** 3, indicator(i, chosen)), None),
    "two cases": ([member(f, chosen)], equal((1 - delta(f, g)) * indicator(g, chosen) * delta(f, g), 0), None),
    "gradient of a quotient": ((), equal(gradient(c / (c**2 + 1), c), (1 - c**2) / (c**2 + 1) ** 2), "membership"),
    "gradient of a norm's reciprocal": ((), equal(gradient(1 / norm2(A), A), -2 * A / norm2(A) ** 2), None),
    "rate of a quotient of traces": (
        (), equal(rate(tr(S) / tr(R), {S: R, R: S}), 1 - tr(S) ** 2 / tr(R) ** 2), None,
    ),
    "rate along a rotation": ((), equal(rate(norm2(A), {A: (S - S.T) @ A}), 0), "membership"),
    "squares are not negative": ((), at_most(0, norm2(A) + 2 * norm2(B)), "sign"),
    "minus a square is not positive": ((), at_most(-norm2(A @ B), 0), "sign"),
    "even powers": ((), at_most(0, (c - e) ** 4), "sign"),
    "push-through": ((), equal(inv(eye(D) + A @ B) @ A, A @ inv(eye(d) + B @ A)), "membership"),
    "cancelling what is invertible": ([invertible(S), equal(S @ A, 0)], equal(A, 0), "membership"),
    "two norms vanish": ([equal(norm2(A) + norm2(B), 0)], equal(A, 0), "squares"),
    "contradictory hypotheses": ([equal(c, 1), equal(c, 2)], equal(e, 5), "membership"),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUE)
def test_what_follows_is_proved(name):
    given, goal, rule = TRUE[name]
    certificate = proved(given, goal)
    if rule is not None:
        assert rule in rules_in(certificate)


FALSE = {
    "a transpose": ((), equal(tr(S @ R), tr(S @ R.T))),
    "a factor": ((), equal(gradient(norm2(A @ B), B), A.T @ A @ B)),
    "swapped factors": ((), equal(S @ R, R @ S)),
    "free indices exchanged": ((), equal(S[i, j], S[j, i])),
    "a dimension for another": ((), equal(size(D), size(d))),
    "a dimension as a number": ((), equal(size(D), 3)),
    "orthonormal columns only": ([equal(Q.T @ A, A)], equal(Q @ A, A)),
    "orthonormal columns are not rows": ([equal(A.T @ A, eye(d))], equal(A @ A.T, eye(D))),
    "symmetric products": ([symmetric(S), symmetric(R)], equal(S @ R, R @ S)),
    "a projection is not symmetric by itself": ([equal(P @ P, P)], equal(P.T, P)),
    "a square root of I is not I": ([equal(S @ S, eye(D))], equal(S, eye(D))),
    "a nilpotent is not zero": ([equal(S @ S, 0)], equal(S, 0)),
    "a zero product": ([equal(S @ R, 0)], equal(S, 0)),
    "cancelling what is not invertible": ([equal(S @ A, S @ K @ A)], equal(A, K @ A)),
    "an inverse on the wrong side": ((), equal(S @ A @ B @ inv(S), A @ B)),
    "an inverse of a sum": ((), equal(inv(S + R), inv(S) + inv(R))),
    "a root of a square": ((), equal(sqrt(c**2), c)),
    "a vanishing sum is no vanishing term": ([equal(tr(S), 0)], equal(S[i, i], 0)),
    "a fixed index is not every index": ([equal(S[f, f], 0)], equal(S[i, i], 0)),
    "one entry says nothing of another": ([equal(lam[f], 1)], equal(lam[g], 1)),
    "outside the set": ([not_member(f, chosen)], equal(indicator(g, chosen), 0)),
    "another set size": ((), equal(total(k, indicator(k, chosen)), size(D))),
    "different indices may both be members": ([differs(f, g), member(f, chosen)], equal(indicator(g, chosen), 0)),
    "selection is no identity": ((), equal(E_I @ E_I.T, eye(D))),
    "commuting is not transitive": ([commute(S, R), commute(R, Q)], equal(S @ Q, Q @ S)),
    "a square is not at most zero": ((), at_most(norm2(A), 0)),
    "products are not squares": ((), at_most(0, inner(S, R))),
    "odd powers": ((), at_most(0, c**3)),
    "a dimension of one index": ((), equal(total(k, c), c)),
}


@pytest.mark.parametrize("name", FALSE)
def test_what_does_not_follow_is_not_proved_and_the_reason_is_given(name):
    _, found = searched(*FALSE[name])
    assert found.certificate is None
    assert found.reason


HYPOTHESES = {
    "orthogonal": [orthogonal(Q)],
    "idempotent": [equal(P @ P, P)],
    "symmetric": [symmetric(S), symmetric(R)],
    "commuting": [commute(S, R)],
    "spectrum": [orthogonal(Q), equal(S, Q @ diag(lam) @ Q.T)],
}


def random_word(draw):
    letters = draw.choices([S, R, Q, P, S.T, Q.T, P.T], k=draw.randint(1, 3))
    return letters[0] if len(letters) == 1 else n.MatMul(tuple(letters))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("name", HYPOTHESES)
def test_a_random_equation_is_proved_only_if_it_holds_at_every_model(name, seed):
    """Whatever the search says of a random equation, nothing is proved that a model of the hypotheses refutes."""
    draw = Random(f"{name} {seed}")
    goal = equal(random_word(draw) - random_word(draw), draw.choice([1, 2]) * random_word(draw) - random_word(draw))
    given = HYPOTHESES[name]
    _, found = searched(given, goal)
    if found.certificate is not None:
        sign = signature((goal.left, goal.right), given)
        for made in models(sign, given, {"D": 3}, Random(seed), 5, tries=6):
            assert relation_holds(goal, Evaluator(made))


# Budgets and refusals -----------------------------------------------------------------------------------------------


def test_a_search_that_outgrows_its_budget_says_so():
    given, goal, _ = TRUE["rotated spectrum"]
    _, found = searched(given, goal, Effort(1, rewriting=1))
    assert found.certificate is None
    assert "completion made" in found.reason
    assert "rules in its budget of 1 steps, and left sum(" in found.reason
    assert found.reason.endswith("the search stopped after 1 rewriting steps")


def test_a_term_that_is_too_symmetric_outgrows_its_budget(monkeypatch):
    monkeypatch.setattr(canonical, "MOST_NAMINGS", 3)
    canonical.naming.cache_clear()
    canonical.canonical.cache_clear()
    ring = n.MatMul((K,) * 5)
    try:
        statement, _ = lower(Sequent((), equal(tr(ring) ** 2, tr(ring) * tr(ring @ K))))
        assert find_certificate(statement).certificate is None
        with pytest.raises(BudgetError, match="too symmetric: over 3 namings"):
            canonical.naming(normal([("K", (0, 1)), ("K", (1, 2)), ("K", (2, 3)), ("K", (3, 0))], ("D",) * 4))
    finally:
        canonical.naming.cache_clear()
        canonical.canonical.cache_clear()


TIED = {
    "inverse": equal(gradient(tr(inv(S) @ R), S), -(inv(S) @ R @ inv(S)).T),
    "inverse held constant": equal(gradient(tr(inv(S) @ S @ R), S), (inv(S).T @ R.T)),
    "quotient at another point": equal(at(1 / (1 + c**2), {c: e}), 1 / (1 + e**2)),
    "slope of a quotient at another point": equal(at(gradient(1 / c, c), {c: e}), -1 / e**2),
    "root in a quotient": equal(gradient(1 / (1 + sqrt(1 + c**2)), c), 0),
    "inverse in a quotient": equal(gradient(1 / tr(inv(S)), S), 0),
    "root": equal(gradient(sqrt(1 + c**2), c), 0),
    "rate of an inverse": equal(rate(inv(S), {S: R}), 0),
}


@pytest.mark.parametrize("name", TIED)
def test_a_letter_that_is_tied_to_the_variable_is_not_held_constant(name):
    """With inv(A) as a constant letter, ∂(A A⁻¹)/∂A would not vanish; the kernel refuses rather than be wrong."""
    with pytest.raises(DeriveError, match=r"tied|ties"):
        searched((), TIED[name])


def test_an_inverse_that_is_not_tied_to_the_variable_is_held_constant():
    proved((), equal(gradient(tr(inv(S) @ A @ A.T), A), (inv(S) + inv(S).T) @ A))


# Certificates -------------------------------------------------------------------------------------------------------


def damaged(certificate):
    """The certificate with its first coefficient doubled, wherever that is; None if it has none."""
    for place in PARTS:
        if isinstance(certificate.get(place), dict):
            inner_part = damaged(certificate[place])
            if inner_part is not None:
                return {**certificate, place: inner_part}
    rows = certificate.get("cofactors")
    if not rows:
        return None
    doubled = {**rows[0], "coefficient": str(2 * Fraction(rows[0]["coefficient"]))}
    return {**certificate, "cofactors": [doubled, *rows[1:]]}


@pytest.mark.parametrize("name", [name for name, (given, _, _) in TRUE.items() if given])
def test_a_damaged_certificate_is_refused(name):
    given, goal, _ = TRUE[name]
    statement, found = searched(given, goal)
    wrong = damaged(found.certificate)
    if wrong is None:  # true without the hypotheses: there is no coefficient in it
        assert rules_in(found.certificate) == ["membership"]
        return
    with pytest.raises(CertificateError):
        check(statement, wrong)


@pytest.mark.parametrize("name", TRUE)
def test_pruning_twice_is_pruning_once(name):
    statement, found = searched(*TRUE[name][:2])
    again = pruned(found.certificate, len(statement.hypotheses))
    assert again == found.certificate


def lemma(zero, proof, then):
    return {"rule": "lemma", "each": [], "zero": zero, "proof": proof, "then": then}


@pytest.mark.parametrize("name", ["orthogonal", "rotated spectrum", "idempotent", "projection", "inverse of a product"])
def test_lemmas_that_nothing_cites_are_pruned_and_the_certificate_stays_valid(name):
    """An idle lemma is put in front; what follows counts one hypothesis more."""
    given, goal, _ = TRUE[name]
    statement, found = searched(given, goal)
    idle = {"rule": "membership", "cofactors": [], "names": []}
    count = len(statement.hypotheses)
    padded = lemma([], idle, shifted(found.certificate, count))
    check(statement, padded)
    assert pruned(padded, count) == found.certificate
    check(statement, pruned(padded, count))


@pytest.mark.parametrize("part", ["product", "if_one", "if_other"])
def test_an_idle_lemma_in_a_part_of_a_split_is_pruned(part):
    """Where a case has been supposed, a lemma counts after it."""
    count = len(EITHER.hypotheses) + (part != "product")
    idle = {"rule": "membership", "cofactors": [], "names": []}
    padded = {**BY_FACTORS, part: lemma([], idle, shifted(BY_FACTORS[part], count))}
    check(EITHER, padded)
    assert pruned(padded, len(EITHER.hypotheses)) == BY_FACTORS


def shifted(certificate, start):
    """The same certificate where one more hypothesis is in reach from number ``start`` on."""
    parts = {part: shifted(certificate[part], start) for part in PARTS
             if isinstance(certificate.get(part), dict)}  # fmt: skip
    rows = [
        {**row, "hypothesis": row["hypothesis"] + (row["hypothesis"] >= start)}
        for row in certificate.get("cofactors", ())
    ]
    return {**certificate, **parts, **({"cofactors": rows} if "cofactors" in certificate else {})}


def test_what_a_theorem_used_is_what_its_certificate_cites():
    given = [orthogonal(Q), symmetric(S)]
    statement, found = searched(given, equal(norm2(Q @ A), norm2(A)))
    assert check(statement, found.certificate).used == ("Q orthogonal",)


def test_the_search_never_uses_what_it_is_told_not_to():
    statement, _ = lower(Sequent((), equal(norm2(Q @ A), norm2(A))), (Assumption(orthogonal(Q), "rotation"),))
    assert find_certificate(statement).certificate is not None
    found = find_certificate(statement, unused=frozenset({"rotation"}))
    assert found.certificate is None
    assert "the sides differ" in found.reason


def test_the_table_of_false_statements_is_false():
    """Each has a model at which it fails; a true statement among them would make the test above worthless."""
    for name, (given, goal) in FALSE.items():
        assert isinstance(goal, Relation)
        assert refuted(given, goal), name


def refuted(given, goal):
    sign = signature((goal.left, goal.right), given)
    for sizes in ({"D": 2, "d": 1}, {"D": 3, "d": 2}, {"D": 4, "d": 2}):
        if not set(sign.dims) <= set(sizes):
            continue
        at_sizes = {name: sizes[name] for name in sign.dims}
        for seed in range(6):
            found = models(sign, given, at_sizes, Random(f"{seed}"), 2, tries=8)
            for made in found:
                try:
                    if not relation_holds(goal, Evaluator(made)):
                        return True
                except UndefinedError:
                    continue
    return False
