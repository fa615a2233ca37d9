"""What attempts at one claim share saves time, and changes nothing of what is stated, and little of what is found."""

from __future__ import annotations

from itertools import permutations

import pytest

from derive import Derivation, commute, dims, equal, eye, inv, invertible, matrix, orthogonal, symmetric, tr
from derive.checker import Checker, Options
from derive.errors import BudgetError
from derive.judges import Subject
from derive.kernel import Theorem, check
from derive.kernel.statement import Scope, expand
from derive.language.derivation import Assumption
from derive.language.statements import Sequent, sequents
from derive.load import load
from derive.prove import shared as module
from derive.prove.attempt import Attempt, attempted, terms_of
from derive.prove.lower import lower
from derive.prove.rewrite import Budget
from derive.prove.search import BRIEF, FULL, QUICK, Effort, find_certificate
from derive.prove.shared import Shared
from derive.prove.wordproofs import WordProver
from derive.prove.words import Reader
from tests.prove.propositions import CHAIN, IDENTITIES

D, d = dims("D d")
A, B = matrix("A", D, d), matrix("B", d, D)
S, R, Q = (matrix(name, D, D) for name in "SRQ")
GIVEN = tuple(Assumption(h, str(h)) for h in (symmetric(S), symmetric(R), commute(S, R), orthogonal(Q), invertible(S)))
TRUE = [
    equal((S @ R).T, S @ R),
    equal(tr(Q @ S @ Q.T), tr(S)),
    equal(inv(S) @ R, R @ inv(S)),
    equal(Q @ Q.T @ A, A),
]
FALSE = [equal(S @ Q, Q @ S), equal(A @ B, eye(D)), equal(tr(S @ Q), tr(R))]


def stated(shared, goal):
    return shared.lower(Sequent((), goal), GIVEN, frozenset(), True)[0]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_goal_is_lowered_as_if_it_were_the_only_one(order):
    shared = Shared()
    for place in order:
        goal = [TRUE[0], TRUE[2], FALSE[2]][place]
        assert stated(shared, goal) == lower(Sequent((), goal), GIVEN)[0]


@pytest.mark.parametrize("folded", [True, False])
def test_assumptions_are_lowered_as_if_there_were_no_shorter_list_of_them(folded):
    """Whatever other lists were lowered before, with a part of these at the beginning or other definitions folded."""
    P, shared = Derivation("a product").define("P", S @ R), Shared()
    steps = tuple(Assumption(goal, f"step {k}") for k, goal in enumerate((equal(P, R @ S), equal(P @ Q, inv(S) @ Q))))
    for given in ((*GIVEN, *steps), GIVEN, (*GIVEN, steps[1]), (*steps, *GIVEN), (*GIVEN, steps[0])):
        for kept in (frozenset(), frozenset({P} if folded else ())):
            statement = shared.lower(Sequent((), TRUE[0]), given, kept, True)[0]
            assert statement == lower(Sequent((), TRUE[0]), given, kept)[0]


def test_facts_are_read_as_if_there_were_no_shorter_list_of_them():
    shared, reader = Shared(), Reader()
    facts = shared.facts(stated(shared, TRUE[0]))
    for some in (facts[:3], facts, facts[1:], [*facts[:3], *facts[4:]]):
        read, alone = WordProver(some, first=reader, count=len(some)), WordProver(some)
        assert read.alphabet == alone.alphabet
        assert read.readings == alone.readings


def test_hypotheses_are_expanded_and_completed_once(monkeypatch):
    made, words = [], module.WordProver
    monkeypatch.setattr(module, "WordProver", lambda *args: made.append(args) or words(*args))
    shared = Shared()
    facts = [shared.facts(stated(shared, goal)) for goal in TRUE]
    for goal in TRUE:
        assert find_certificate(stated(shared, goal), shared=shared).certificate is not None
    assert len(made) == 1
    assert all(one is other for row in facts for one, other in zip(row, facts[0], strict=True))


def test_facts_are_what_the_statement_says():
    """With the statement's own scope and formulas, whatever was expanded before."""
    shared = Shared()
    for goal in (*FALSE, *TRUE):
        statement = stated(shared, goal)
        for fact, hypothesis in zip(shared.facts(statement), statement.hypotheses, strict=True):
            fresh = module.gap_of(hypothesis, Scope(statement).within(hypothesis.each))
            assert (fact.name, fact.sign) == (hypothesis.name, hypothesis.sign)
            assert shapes(fact.poly) == shapes(fresh)


def shapes(poly):
    """The terms without the names of their indices."""
    return sorted((sorted((name, len(at)) for name, at in term.factors), value) for term, value in poly.terms)


def test_equal_hypotheses_are_told_apart_by_what_they_say():
    """Formulas of one goal's own letters go by the same names as another's, and are not taken for them."""
    shared = Shared()
    goals = {equal(S @ inv(S), eye(D)): True, equal(R @ inv(R), eye(D)): True, equal(S @ inv(R), eye(D)): False}
    for goal, true in goals.items():
        statement = shared.lower(Sequent((), goal), (), frozenset(), True)[0]
        found = find_certificate(statement, shared=shared).certificate
        assert (found is not None) == true
        assert found is None or isinstance(check(statement, found), Theorem)


@pytest.mark.parametrize("effort", [QUICK, FULL])
def test_goals_that_fail_take_nothing_from_those_that_follow(effort):
    shared = Shared()
    for goal in FALSE:
        assert find_certificate(stated(shared, goal), effort=effort, shared=shared).certificate is None
    for goal in TRUE:
        statement = stated(shared, goal)
        found = find_certificate(statement, effort=effort, shared=shared)
        assert found.certificate is not None, found.reason
        assert isinstance(check(statement, found.certificate), Theorem)


def test_what_rewriting_a_goal_takes_is_not_taken_from_the_rules():
    shared = Shared()
    statement = stated(shared, equal(tr(Q @ S @ Q.T), tr(R)))
    steps = []
    for _ in range(3):
        assert find_certificate(statement, effort=QUICK, shared=shared).certificate is None
        steps.append(shared.known(shared.facts(statement)).words.completion.steps)
    assert steps[0] == steps[1] == steps[2] > 0


@pytest.mark.parametrize("form", CHAIN)
def test_the_chain_is_proved_with_what_is_shared(form):
    folded, claims = CHAIN[form]
    shared = Shared()
    for given, goal in claims.values():
        assumptions = tuple(Assumption(h, str(h)) for h in given)
        statement, _ = shared.lower(Sequent((), goal), assumptions, folded, True)
        found = find_certificate(statement, shared=shared)
        assert found.certificate is not None, found.reason
        assert isinstance(check(statement, found.certificate), Theorem)


def test_the_same_is_found_in_every_run():
    """Certificates depend on the goals asked before, and on nothing else."""

    def run():
        shared = Shared()
        return [find_certificate(stated(shared, goal), shared=shared).certificate for goal in (*FALSE, *TRUE)]

    assert run() == run()


def test_a_budget_that_the_facts_alone_outgrow_is_said_each_time():
    shared = Shared()
    known = shared.known(shared.facts(stated(shared, TRUE[0])))
    for _ in range(2):
        with pytest.raises(BudgetError, match="stopped after 1 rewriting steps"):
            known.prover((), False, Budget(1))
    prover = known.prover((), False, Budget(1000))
    assert prover.budget.steps == known.prover((), False, Budget(1000)).budget.steps > 0


# Efforts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", IDENTITIES)
def test_the_terms_of_a_statement_are_not_more_than_were_counted(name):
    given, goal = IDENTITIES[name]
    statement = lower(Sequent((), goal), tuple(Assumption(h, str(h)) for h in given))[0]
    scope = Scope(statement)
    relations = [(statement.each, statement), *((h.each, h) for h in statement.hypotheses)]
    found = sum(len(expand(s, scope.within(each)).terms) for each, one in relations for s in (one.left, one.right))
    assert found <= terms_of(statement)


def test_a_statement_that_is_too_long_when_written_out_is_not_tried():
    goal = equal((S + R) @ (S + R) @ (S + R) @ (S + R), (R + S) @ (S + R) @ (S + R) @ (S + R))
    short = Effort(QUICK.words, 0, terms=30)
    reason, proof = attempted(Sequent((), goal), Attempt(GIVEN, frozenset(), effort=short))
    assert proof is None
    assert "too many" in reason
    assert attempted(Sequent((), goal), Attempt(GIVEN, frozenset(), effort=QUICK))[1] is not None


def test_a_proof_is_looked_for_once_in_each_way():
    shared, way = Shared(), Attempt(GIVEN, frozenset(), effort=QUICK)
    proofs = [attempted(Sequent((), TRUE[0]), way, shared)[1] for _ in range(2)]
    assert proofs[0] is proofs[1] is not None
    assert attempted(Sequent((), FALSE[0]), way, shared)[1] is None


def test_less_effort_is_less_work():
    assert BRIEF.words < QUICK.words
    assert not BRIEF.rewriting
    assert not QUICK.rewriting


# Ways to look for a proof -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", ["9c", "9d", "P3k"])
def test_every_way_to_look_for_a_proof_is_tried_once(label):
    (claim,) = [page.claims[label] for page in load() if label in page.claims]
    doubled = 0
    for sequent in (one for step in claim.steps for one in sequents(step.statement)):
        subject = Subject(sequent, tuple(claim.hypotheses), None, 50, 0)
        checker = Checker(claim, Options())
        ways = list(checker._attempts(subject, search=True))
        assert len(ways) == len(set(ways))
        assert not any(way.unfold and not way.folded for way in ways)
        doubled += len(list(checker._ways(subject, search=True))) - len(ways)
    assert doubled, "none of these ways would have been tried twice: the test shows nothing"
