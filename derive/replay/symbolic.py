"""SymPy's own symbolic derivation of a step, for symbolic dimensions; the kernel decides whether it is the step's.

SymPy proposes and never decides: its answer is converted back and has to be proved equal to the right side. Derivatives
are taken by ``diff`` of the index form, and by matrix calculus, which in SymPy 1.14 answers 0 without a word for many
everyday functions.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp
from sympy.concrete.delta import deltasummation

from derive.errors import CertificateError, DeriveError
from derive.kernel import Statement, check
from derive.language import nodes as n
from derive.language.derivation import Assumption
from derive.language.from_sympy import from_sympy
from derive.language.indices import ONE, Index
from derive.language.statements import ZERO, Relation, Sequent
from derive.prove.search import QUICK, find_certificate
from derive.prove.shared import Shared
from derive.replay.translate import NotStatable, Translation, gathered
from derive.report import Evidence

LONGEST_ANSWER = 200
"""Characters of an answer of SymPy's that are quoted."""
REPLAYED = "replayed"
"""Tells what is kept of a replay from what is kept of attempts to prove the step itself."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What SymPy says of a relation, and its answer for the left side: a whole matrix, or the entry at ``ends``."""

    evidence: Evidence
    answer: n.Expr | None = None
    ends: tuple[Index, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What the kernel may use where it says whether SymPy is right, and what was made of that before."""

    assumptions: tuple[Assumption, ...]
    shared: Shared


def replay(
    relation: Relation, assumptions: Sequence[Assumption] = (), thorough: bool = False, shared: Shared | None = None
) -> Replay:
    """What SymPy says of one equality of two expressions, with its answer.

    ``shared`` is what was made of the assumptions before.
    """
    start = time.perf_counter()
    try:
        found = _replay(relation, Given(tuple(assumptions), shared or Shared()), thorough)
    except DeriveError as error:
        found = Replay(Evidence("sympy", None, str(error)))
    return dataclasses.replace(found, evidence=dataclasses.replace(found.evidence, seconds=time.perf_counter() - start))


def replay_step(relation: Relation, assumptions: Sequence[Assumption] = (), thorough: bool = False) -> Evidence:
    """What SymPy says of ``left = right`` for symbolic dimensions.

    A gradient is taken by ``diff`` of the index form. Matrix calculus is asked where that has no answer, and always if
    ``thorough``: it takes SymPy 40 ms for ‖X − ABX‖² and 140 ms for ‖X − WᵀWX‖².

    ``ok`` is True where SymPy derives from the left side what the kernel proves equal to the right side; False where
    the step is false and SymPy's answer differs from the right side too; None where SymPy has no answer, or a wrong
    one: ``fault`` says so where the kernel proves the step itself.

    >>> from derive import dims, equal, gradient, matrix, norm2
    >>> m, n = dims("m n")
    >>> M, x = matrix("M", m, n), matrix("x", n, m)
    >>> replay_step(equal(gradient(norm2(M @ x), x), 2 * M.T @ M @ x)).ok
    True
    """
    start = time.perf_counter()
    if relation.sign != "=":
        return Evidence("sympy", None, "SymPy proposes equalities only")
    given = Given(tuple(assumptions), Shared())
    found = [_replay(part, given, thorough).evidence for part in relation.equalities]
    return _together(found, time.perf_counter() - start)


def _together(found: Sequence[Evidence], seconds: float) -> Evidence:
    """The evidence for a step of several parts: as good as its worst."""
    verdicts = [row.ok for row in found]
    ok = False if False in verdicts else None if None in verdicts else True
    detail = "; ".join(dict.fromkeys(row.detail for row in found))
    fault = next((row.fault for row in found if row.fault), None)
    return Evidence("sympy", ok, detail, fault if ok is None else None, seconds=seconds)


Answer = tuple[str, "n.Expr | None", str]
"""How SymPy was asked, its answer in our terms, or None and the reason."""


def _replay(relation: Relation, given: Given, thorough: bool) -> Replay:
    ends = _ends(relation)
    asked = [_asked("index form", lambda: _by_entries(relation.left, ends))]
    gradients = any(isinstance(node, n.Gradient) for node in relation.left.walk())
    if gradients and (thorough or asked[0][1] is None):
        asked.append(_asked("matrix calculus", lambda: _by_matrices(relation.left)))
    if all(answer is None for _, answer, _ in asked):
        return Replay(Evidence("sympy", None, "; ".join(f"{how}: {reason}" for how, _, reason in asked)))
    # An inverse that SymPy cannot state it cannot reach either, and the kernel need not look for it.
    if any(isinstance(node, n.Inverse) for node in relation.right.walk()):
        _, goal, reason = _asked("right side", lambda: _by_entries(relation.right, ends, simplify=False))
        if goal is None:
            return Replay(Evidence("sympy", None, f"right side: {reason}"))
    right, verdicts = _entry_of(relation.right, ends), {}
    for how, answer, _ in asked:
        if answer is not None:
            verdicts[how] = _equal(answer, right if answer.shape == right.shape else relation.right, given)
    evidence = _judged(relation, given, asked, verdicts)
    answers = [answer for how, answer, _ in asked if answer is not None and (verdicts[how] or not evidence.ok)]
    answer = answers[0] if answers else None
    entry = answer is not None and answer.shape != relation.right.shape
    return Replay(evidence, answer, tuple(index for index in ends if index is not None) if entry else ())


def _judged(relation: Relation, given: Given, asked: Sequence[Answer], verdicts: dict[str, bool | None]) -> Evidence:
    right = [how for how, verdict in verdicts.items() if verdict]
    others = [
        f"{how}: {reason or f'SymPy answers {_short(answer)}'}" for how, answer, reason in asked if how not in right
    ]
    if right:
        return Evidence("sympy", True, "; ".join([" and ".join(right), *others]))
    itself = _equal(relation.left, relation.right, given)
    detail = "; ".join(others)
    if itself is None:
        return Evidence("sympy", None, detail)
    if itself:
        wrong = next((answer for how, answer, _ in asked if verdicts.get(how) is False), None)
        fault = f"sympy: answers {_short(wrong)} for {relation.left}" if wrong is not None else None
        return Evidence("sympy", None, detail, fault)
    return Evidence("sympy", False if False in verdicts.values() else None, detail)


def _short(answer: n.Expr | None) -> str:
    shown = str(answer)
    return shown if len(shown) <= LONGEST_ANSWER else f"{shown[:LONGEST_ANSWER]}…"


# Asking SymPy -------------------------------------------------------------------------------------------------------


def _asked(how: str, ask: Callable[[], n.Expr]) -> Answer:
    try:
        return how, ask(), ""
    except NotStatable as error:
        return how, None, str(error)
    except DeriveError as error:
        return how, None, f"SymPy's answer has no counterpart: {error}"
    except Exception as error:  # noqa: BLE001 - whatever SymPy raises is SymPy's having no answer
        return how, None, f"SymPy raises {type(error).__name__}: {error}"


def _ends(relation: Relation) -> list[Index | None]:
    """Names for the row and the column of a matrix, that nothing in the relation has."""
    sides = (relation.left, relation.right)
    taken = {index.name for side in sides for index in side.free | side.bound}
    marks = "°" * (1 + max((name.count("°") for name in taken), default=0))
    names = [f"{end}{marks}" for end in "pq"]
    return [None if dim == ONE else Index(name, dim) for name, dim in zip(names, relation.left.shape, strict=False)]


def _entry_of(expr: n.Expr, ends: Sequence[Index | None]) -> n.Expr:
    """The entry of a matrix at the row and the column that ``ends`` names; a scalar itself."""
    if not ends:
        return expr
    row, col = ends
    return n.Entry(n.Transpose(expr), col, None) if row is None else n.Entry(expr, row, col)


def _by_entries(expr: n.Expr, ends: Sequence[Index | None], simplify: bool = True) -> n.Expr:
    """SymPy's ``diff`` of the index form; without a derivative its expansion, with the deltas summed away."""
    tr = Translation()
    found = tr.scalar(expr, *(None if index is None else tr.index(index) for index in ends))
    if simplify and not any(isinstance(node, n.Gradient | n.Along) for node in expr.walk()):
        found = without_deltas(found)
    return from_sympy(found, tr.meanings)


def _by_matrices(expr: n.Expr) -> n.Expr:
    """The expression with each gradient replaced by what SymPy's matrix calculus makes of it."""
    return n.rebuild(expr, lambda node: _calculus(node) if isinstance(node, n.Gradient) else None)


@lru_cache(maxsize=256)
def _calculus(gradient: n.Gradient) -> n.Expr:
    """SymPy's matrix calculus, asked for one gradient.

    Raises:
        NotStatable: the function is not one of whole matrices.
    """
    if not gradient.variable.shape or gradient.variable.shape[1:] == (ONE,) or gradient.body.free:
        raise NotStatable(f"{gradient} is no derivative of a closed scalar by a matrix")
    tr = Translation()
    body = tr.matrix(gathered(gradient.body))
    if any(isinstance(node, sp.Sum) for node in sp.preorder_traversal(body)):
        raise NotStatable(f"SymPy has no matrix form without sums for {gradient.body}")
    answer = from_sympy(body.diff(tr.symbol(gradient.variable)), tr.meanings)
    if answer == ZERO:
        return n.Zeros((gradient.shape[0], gradient.shape[1]))
    return answer


def without_deltas(expr: sp.Expr) -> sp.Expr:
    """SymPy's expansion, with sums over Kronecker deltas carried out as if every range were whole.

    Ranges are whole here, so that no Piecewise is needed to say where a delta is met; ``doit`` would nest them.
    """
    if not expr.has(sp.KroneckerDelta):
        return sp.expand(expr)
    if not expr.args:
        return expr
    inner = expr.func(*(without_deltas(arg) if isinstance(arg, sp.Expr) else arg for arg in expr.args))
    return _summed(inner) if isinstance(inner, sp.Sum) else inner


def _summed(expr: sp.Sum) -> sp.Expr:
    terms = sp.Add.make_args(sp.expand(expr.function))
    return sp.Add(*(_summed_term(term, expr.limits) for term in terms))


def _summed_term(term: sp.Expr, limits: Sequence[sp.Tuple]) -> sp.Expr:
    left = []
    for limit in limits:
        # Only a delta that is a factor: for one inside another sum SymPy would try every kind of summation it knows.
        factors = sp.Mul.make_args(term)
        if any(isinstance(factor, sp.KroneckerDelta) and limit[0] in factor.args[:2] for factor in factors):
            term = deltasummation(term, tuple(limit), True)
        else:
            left.append(limit)
    return sp.Sum(term, *left) if left else term


# Asking the kernel --------------------------------------------------------------------------------------------------


def _equal(left: n.Expr, right: n.Expr, given: Given) -> bool | None:
    """Whether the kernel proves the two equal; None where it cannot tell: there are hypotheses, or a budget ran out."""
    sequent = Sequent((), Relation(left, right))
    try:
        statement, _ = given.shared.lower(sequent, given.assumptions, frozenset(), spelled=True)
        outcomes = given.shared.outcomes
        name = "" if outcomes is None else outcomes.name((REPLAYED, sequent, given.assumptions))
        reason, proves = _recalled(name, statement, given) or _searched(name, statement, given)
    except CertificateError:
        raise
    except DeriveError:
        return None
    if proves:
        return True
    # Without hypotheses, unequal normal forms are unequal values.
    return False if not statement.hypotheses and reason.startswith("the sides differ") else None


def _recalled(name: str, statement: Statement, given: Given) -> tuple[str, bool] | None:
    """What came of this in an earlier run: why nothing was found, or that the kernel accepts what was, now as then."""
    outcomes = given.shared.outcomes
    known = None if outcomes is None else outcomes.of(name)
    if known is None:
        return None
    reason, certificate = known
    if certificate is None:  # without hypotheses the reason says that the sides differ, which is soon seen anew
        return (reason, False) if statement.hypotheses else None
    try:
        return reason, bool(check(statement, certificate))
    except CertificateError:  # what is kept is damaged
        return None


def _searched(name: str, statement: Statement, given: Given) -> tuple[str, bool]:
    found = find_certificate(statement, effort=QUICK, shared=given.shared)
    proves = found.certificate is not None and bool(check(statement, found.certificate))
    if given.shared.outcomes is not None:
        given.shared.outcomes.keep(name, (found.reason, found.certificate))
    return found.reason, proves
