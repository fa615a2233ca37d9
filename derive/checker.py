"""Checks claims: proves, replays, cross-checks, plants errors, refutes and repairs, and says what came of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from importlib.metadata import version
from itertools import chain
from typing import Any

from derive import faithful
from derive.assembly import assumptions, capped, with_what_they_rest_on
from derive.crosscheck.calculus import Calculator, split
from derive.crosscheck.given import referred
from derive.crosscheck.instances import broken_hypothesis, subsets
from derive.crosscheck.intervals import certain_difference, enclosing
from derive.crosscheck.truth import relation_holds
from derive.errors import (
    DeriveError,
    InputError,
    IrrationalError,
    LawError,
    ModelError,
    NoModelError,
    StatementError,
    TypingError,
    UndefinedError,
)
from derive.evaluate import Evaluator, Instance, stacked
from derive.existence import exists, taken_by_pieces, taken_to_exist
from derive.judges import BROKEN, Judge, KernelJudge, Sides, Subject, ValueJudge, shortened, value_judges
from derive.judges.base import exact_difference
from derive.judges.lawful import lawful
from derive.kernel import Statement
from derive.language import nodes as n
from derive.language.cases import cases_of, is_exhaustion
from derive.language.degree import has_pieces
from derive.language.derivation import Assumption, Claim, Derivation, Step, built, continues, drawn, unfolded
from derive.language.indices import DimOrder
from derive.language.latex import SIGNS, latex, latex_name, law_latex, statement_latex
from derive.language.statements import Choice, Relation, Sequent, expressions, sequents, taken_for_granted
from derive.needed import Line, analysed
from derive.plant import Damage
from derive.planting import controls, copies_of, objects
from derive.prove.attempt import (
    Attempt,
    Proof,
    attempted,
    definitions,
    innermost_definitions,
    matrix_definitions,
    rules_in,
)
from derive.prove.lower import lower
from derive.prove.search import BRIEF, FIRST, FULL, QUICK, SPARING, Effort, contradiction
from derive.prove.shared import Shared, gap_of
from derive.recall import recalled
from derive.refute import counterexample_instance, described, surely_fails
from derive.repair import find_repair
from derive.replay.statable import statable
from derive.replay.symbolic import Replay, replay
from derive.report import (
    METHODS,
    ClaimReport,
    Counterexample,
    Evidence,
    Formula,
    Hypotheses,
    Planted,
    Report,
    StepReport,
    merged,
    weakest,
)
from derive.workers import INHERITED, loaded, shut_down, workers


@dataclass(frozen=True, slots=True)
class Options:
    """How to check: ``digits`` of the numeric methods, the ``seed`` of everything random, which claims.

    ``plant`` says whether errors are planted, ``needed`` whether it is looked for which hypotheses a claim needs,
    ``methods`` whose evidence is asked for. Fewer methods decide less: what none of them decides is undecided.
    ``kept`` is the folder in which what searches found is kept from run to run; empty: nowhere. ``proofs`` says whether
    certificates are wanted of other processes too: they are longer than all else that is reported.
    """

    digits: int = 50
    seed: int = 0
    plant: bool = True
    needed: bool = True
    only: tuple[str, ...] = ()
    jobs: int = 1
    targets: tuple[str, ...] = ()
    methods: tuple[str, ...] = METHODS
    kept: str = ""
    proofs: bool = True


def check_all(
    derivations: Sequence[Derivation], options: Options = Options(),
    progress: Callable[[ClaimReport], None] | None = None, executor: Executor | None = None,
) -> Report:  # fmt: skip
    """Check every claim, or those that ``options.only`` names, in order.

    Args:
        progress: called with each claim's report, in order.
        executor: where to check; claims are independent, and workers load ``options.targets`` themselves.

    Raises:
        InputError: a label is unknown.
    """
    started = time.perf_counter()
    asked = selected(derivations, options.only)
    claims, wanted = with_what_they_rest_on(asked), {id(claim) for claim in asked}
    reports: dict[str, ClaimReport] = {}
    own = workers(options.jobs, claims) if executor is None and options.jobs > 1 else None
    try:
        checked = _checked(claims, asked, options, executor or own)
        told = versions()  # while the workers are at the first claims
        for claim, found in zip(claims, checked, strict=True):
            reports[claim.label] = report = capped(claim, found, reports)
            if progress is not None and id(claim) in wanted:
                progress(report)
    finally:
        if own is not None:
            shut_down(own)
    shown = tuple(reports[claim.label] for claim in asked)
    lemmas = tuple(report for label, report in reports.items() if report not in shown)
    return Report(shown, time.perf_counter() - started, told, assumptions(shown), lemmas)


def selected(derivations: Sequence[Derivation], only: Sequence[str]) -> list[Claim]:
    """The claims with these labels, or all."""
    claims = [claim for derivation in derivations for claim in derivation.claims.values()]
    unknown = [label for label in only if label not in {claim.label for claim in claims}]
    if unknown:
        raise InputError(f"there is no claim {unknown[0]!r}", {"label": unknown[0]})
    return [claim for claim in claims if not only or claim.label in only]


def _checked(
    claims: Sequence[Claim], asked: Sequence[Claim], options: Options, executor: Executor | None
) -> Iterable[ClaimReport]:
    """The claims checked, in order; in those that were not asked for, no errors are planted."""
    brief = replace(options, plant=False, needed=False)
    how = [options if any(claim is other for other in asked) else brief for claim in claims]
    if executor is None:
        return (check_claim(claim, chosen) for claim, chosen in zip(claims, how, strict=True))
    return executor.map(check_label, how, [claim.label for claim in claims])


def check_label(options: Options, label: str) -> ClaimReport:
    """In a worker: the report of one claim, whose file the worker has inherited or loads."""
    inherited = [claim for claim in INHERITED.get() if claim.label == label]
    (claim,) = inherited or selected(loaded(options.targets), [label])
    report = check_claim(claim, options)
    return report if options.proofs else replace(report, certificates=(), statements=())


def versions() -> dict[str, str]:
    from sympy.external.gmpy import GROUND_TYPES

    import derive

    found = {name: version(name) for name in ("sympy", "numpy", "mpmath", "autograd")}
    return {"derive": derive.__version__, **found, "ground_types": GROUND_TYPES}


TIED = "cannot be held constant"
"""What the kernel says where a hypothesis ties letters to one by which something is differentiated."""


# One claim ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class SequentResult:
    """What was found of one sequent."""

    subject: Subject
    verdict: str
    evidence: list[Evidence]
    judges: list[Judge]
    certificate: Mapping[str, Any] | None = None
    statement: Statement | None = None
    used: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    failing: Instance | None = None
    """Where it is false."""
    reason: str = ""
    step: int = 0
    way: Attempt | None = None
    granted: bool = True
    """Whether what its integrals take for granted is proved."""


@dataclass(slots=True)
class Checker:
    """Checks one claim."""

    claim: Claim
    options: Options
    facts: list[Assumption] = field(default_factory=list)
    shared: dict[Any, Any] = field(default_factory=dict)
    proofs: Shared = field(default_factory=Shared)
    existing: dict[Any, bool] = field(default_factory=dict)
    lowered: set[Any] = field(default_factory=set)
    """Lowered hypotheses that were seen to hold where what was lowered does."""

    def report(self) -> ClaimReport:
        started = time.perf_counter()
        claim = self.claim
        try:
            self.claim = claim = built(claim)
        except TypingError as error:
            return self._report([], [], "ill-typed", time.perf_counter() - started, str(error))
        steps: list[StepReport] = []
        results: list[SequentResult] = []
        for step in claim.steps:
            found: list[SequentResult] = []
            for sequent in sequents(step.statement):
                # What its integrals take for granted comes first; without it nothing that is proved of them counts.
                granted = all(result.verdict == "proved" for result in found)
                found.append(self.sequent(step, sequent, granted))
            results += found
            steps.append(self._step_report(step, found))
        verdict = _worth(claim, [step.verdict for step in steps])
        needs = self._needs(results) if self.options.needed and verdict == "proved" else None
        planted = self._planted(results) if self.options.plant else None
        return self._report(steps, results, verdict, time.perf_counter() - started, "", planted, needs)

    def broken(self, reason: str) -> ClaimReport:
        """The report of a claim whose check broke."""
        return self._report([], [], "error", 0.0, reason)

    # Sequents

    def sequent(self, step: Step, sequent: Sequent, granted: bool = True) -> SequentResult:
        claim, options = self.claim, self.options
        every = claim.kind == "cases" and bool(sequent.premises)
        given = tuple(a for a in claim.hypotheses if not _about(sequent.chosen, a))
        maker = claim.derivation.model_maker
        outcomes = self.proofs.outcomes
        subject = Subject(sequent, given, maker, options.digits, options.seed, every, self.shared, outcomes)
        result = SequentResult(subject, "undecided", [], [], step=step.number)
        for judged in value_judges(subject, self._asked(subject)):
            result.evidence.append(judged.evidence)
            result.judges += [judged.judge] if judged.judge is not None else []
        false = any(row.ok is False and not row.fault for row in result.evidence)
        split = has_pieces(sequent.goal.left) or has_pieces(sequent.goal.right)
        result.granted = not split or (granted and self._has_ends(subject, sequent.goal))
        self._prove_or_refute(result, false)
        self._replay(result)
        self._independent(result)
        result.verdict, result.reason = self._verdict(result)
        unconditional = not sequent.premises and sequent.chosen is None
        if result.verdict == "proved" and sequent.goal.sign == "=" and unconditional:
            self.facts += [Assumption(sequent.goal, f"step {step.number}")]
        return result

    def _asked(self, subject: Subject) -> tuple[str, ...]:
        """The methods that are asked. What is proved under hypotheses is about something only where these have a model,
        so exact points belong to such a proof, asked for or not."""
        guards = ("exact-points",) if "kernel" in self.options.methods and subject.conditional else ()
        return (*self.options.methods, *guards)

    def _prove_or_refute(self, result: SequentResult, false: bool) -> None:
        """A quick search for a proof, then one for a counterexample, and a long one for a proof where there is none.

        An equation that holds at random points is mostly true, and the long search comes at once; where it fails, it
        may be true at the sizes that were looked at only: D tr A = 3 tr A.
        """
        subject = result.subject
        pointwise = "exact-points" in self._asked(subject)
        doubtful = false or (pointwise and (subject.goal.sign != "=" or subject.conditional or subject.uneven))
        self._prove(result, search=not false, quick=doubtful)
        if result.certificate is not None or not (doubtful or pointwise):
            return
        # Most that is false is false at the smallest sizes; a proof of what is true is mostly found sooner than that
        # all sizes are gone through.
        instance = counterexample_instance(subject, brief=doubtful and not false)
        if instance is None and doubtful and not false:
            result.evidence[:] = [row for row in result.evidence if row.method != "kernel"]
            self._prove(result, search=True)
            instance = counterexample_instance(subject) if result.certificate is None else None
        if instance is None and false and result.certificate is None:
            instance = _seen_failing(result)
        if instance is not None:
            result.counterexample, result.failing = described(subject, instance), instance
            self._objecting(result, instance)

    def _objecting(self, result: SequentResult, instance: Instance) -> None:
        """Where the judges looked at models at which the false statement happens to hold: one that looks where it
        fails, and the others left out."""
        subject = result.subject
        objecting = {row.method for row in result.evidence if row.ok is False and not row.fault}
        # At random points a false equation must fail, unless it is false on one side of a border only: a judge that
        # finds it true there is broken, and is kept. That a bound holds here and there says nothing of a judge.
        bordered = subject.conditional or subject.uneven or subject.signature.rooted or _holds_where_looked(result)
        if subject.goal.sign == "=" and objecting and not bordered:
            return
        agreeing = "holds at the models that it looked at, and fails at the counterexample"
        rows = [replace(row, ok=None, detail=agreeing) if row.ok else row for row in result.evidence]
        result.judges[:] = [judge for judge in result.judges if judge.method in objecting]
        result.evidence[:] = rows
        if "exact-points" in objecting:
            return
        judge = _judge_at(subject, instance)
        result.judges.append(judge)
        result.evidence[:] = [row for row in rows if row.method != "exact-points"]
        found = Evidence("exact-points", False, judge.verdict(), sizes=(dict(instance.sizes),))
        result.evidence.append(found)

    def _prove(self, result: SequentResult, search: bool, quick: bool = False) -> None:
        """The kernel's verdict, with earlier steps as hypotheses where there are any."""
        if "kernel" not in self.options.methods:
            return
        started = time.perf_counter()
        subject, proof, reason = result.subject, None, ""
        if not result.granted:
            unshown = "the pieces of its integral are not shown to be right"
            result.evidence.insert(0, Evidence("kernel", None, unshown))
            return
        efforts = (FIRST, QUICK) if quick else (FULL,)
        for attempt in (replace(way, effort=e) for e in efforts for way in self._attempts(subject, search)):
            try:
                reason, proof = attempted(subject.sequent, attempt, self.proofs)
            except DeriveError as error:
                reason = str(error)
                continue
            if proof is not None:
                reason = self._presumed(subject, subject.sequent, proof) or self._tied(subject)
                if not reason:
                    self._keep(result, proof, attempt)
                    break
        ok = result.certificate is not None
        if TIED in reason and any(not assumption.origin for assumption in subject.assumptions):
            reason += "; by using=[…] a claim rests on what it names alone, by using=[] on nothing"
        detail = _certificate_text(result) if ok else reason
        result.evidence.insert(0, Evidence("kernel", ok or None, detail, seconds=time.perf_counter() - started))
        if ok and proof is not None:
            result.evidence.append(self._faithful(subject, proof.theorem.statement, proof.lowering))

    def _presumed(self, subject: Subject, sequent: Sequent, proof: Proof) -> str:
        """What a proof takes to exist, though the sequent does not speak of it, and it was not shown to exist."""
        taken = taken_to_exist(sequent, proof, subject.assumptions, self.facts)
        missing = next((expr for expr in taken if not self._exists(subject, sequent, expr)), None)
        if missing is None:
            return self._lawless(subject, sequent, proof)
        return f"proved only where {missing} exists, which the claim neither mentions nor assumes"

    def _lawless(self, subject: Subject, sequent: Sequent, proof: Proof) -> str:
        """What a fact that is cited says of a law that there need not be: E[x]² ≤ E[x²] says nothing of any numbers."""
        used = set(proof.theorem.used)
        cited = (a.statement for a in subject.assumptions if (a.origin or a.known) and a.name in used)
        facts = [*cited, *(a.statement for a in self.facts if a.name in used)]
        asked = lawful([e for one in facts if not isinstance(one, DimOrder) for e in expressions(one)]).conditions
        told = replace(subject, sequent=sequent).told if asked else ()
        missing = (one for one in asked if one not in told and not self._known(subject, sequent, one))
        return f"proved only where {one}, or there is no such law" if (one := next(missing, None)) else ""

    def _known(self, subject: Subject, sequent: Sequent, relation: Relation) -> bool:
        plain = replace(sequent, goal=NOTHING, chosen=None)
        return self._once((relation, plain, subject.assumptions), lambda: self._follows(subject, plain, relation))

    def _exists(self, subject: Subject, sequent: Sequent, expr: n.Expr) -> bool:
        """Whether it is shown to exist: without regard to the goal, which is then known for all, or by what that says
        to exist."""
        plain = replace(sequent, goal=NOTHING, chosen=None)
        return self._shown(subject, plain, expr) or self._shown(subject, sequent, expr)

    def _shown(self, subject: Subject, sequent: Sequent, expr: n.Expr) -> bool:
        follows = partial(self._follows, subject, sequent)
        key = (expr, sequent, subject.assumptions)
        return self._once(key, lambda: exists(expr, sequent, subject.assumptions, follows))

    def _once(self, key: Hashable, shown: Callable[[], bool]) -> bool:
        if key not in self.existing:
            self.existing[key] = False  # while it is looked for, nothing may rest on it
            self.existing[key] = shown()
        return self.existing[key]

    def _follows(self, subject: Subject, sequent: Sequent, relation: Relation) -> bool:
        """Whether a relation is soon proved, from what is assumed alone or with the facts that are known."""
        if subject.is_false_at_a_model(relation):
            return False
        about = replace(sequent, goal=relation, chosen=None)
        assumed = tuple(assumption for assumption in subject.assumptions if not assumption.origin)
        for way in chain((Attempt(assumed, frozenset()),), self._attempts(replace(subject, sequent=about), True)):
            try:
                proof = attempted(about, replace(way, effort=FIRST), self.proofs)[1]
            except DeriveError:
                continue
            if proof is not None and not self._presumed(subject, about, proof):
                return not self._tied(replace(subject, sequent=about))
        return False

    def _tied(self, subject: Subject) -> str:
        """Why a derivative may not be taken under all that is assumed, whatever of it a proof was looked for from."""
        sides = (subject.goal.left, subject.goal.right)
        if not any(isinstance(node, n.Gradient | n.Along | n.At) for side in sides for node in side.walk()):
            return ""
        assumed = tuple(assumption for assumption in subject.assumptions if not assumption.origin)
        statement, _ = self.proofs.lower(subject.sequent, assumed, frozenset(), spelled=True)
        try:
            gap_of(statement, self.proofs.scope(statement).within(statement.each))
        except StatementError as error:
            return str(error)
        return ""

    def _keep(self, result: SequentResult, proof: Proof, attempt: Attempt) -> None:
        result.certificate, result.used = proof.certificate, tuple(dict.fromkeys(proof.theorem.used))
        result.statement, result.way = proof.theorem.statement, attempt
        result.rules = tuple(dict.fromkeys(rules_in(proof.certificate)))
        given, folded, spelled = attempt.assumptions, attempt.folded, attempt.unfold
        granted = partial(self._granted, result.subject)
        judge = KernelJudge(result.subject, given, folded, proof.certificate, spelled, self.proofs, granted)
        result.judges.insert(0, judge)

    def _attempts(self, subject: Subject, search: bool) -> Iterator[Attempt]:
        """Ways to look for a proof, each once: without folded definitions there is nothing to unfold."""
        tried: set[Attempt] = set()
        for way in self._ways(subject, search):
            plain = replace(way, unfold=way.unfold and bool(way.folded))
            if plain not in tried:
                yield plain
            tried.add(plain)

    def _ways(self, subject: Subject, search: bool) -> Iterator[Attempt]:
        """From the hypotheses and the steps before, whose definitions stay folded; from the hypotheses alone.

        What the claims that are used rest on comes last: mostly, what they state is enough.
        """
        if self.claim.rests_on and search:
            named = tuple(a for a in (*self.claim.named, *self.facts) if a in subject.assumptions or a in self.facts)
            yield Attempt(named, definitions(subject.sequent, named))
            yield Attempt(named, matrix_definitions(subject.sequent, named), unfold=True)
            yield Attempt(named, innermost_definitions(named))
            yield Attempt(named, frozenset())
        assumed = (*subject.assumptions, *subject.lawful)
        given = (*assumed, *self.facts)
        if search and subject.conditional:
            yield Attempt(given, matrix_definitions(subject.sequent, given), unfold=True)
        if self.facts and search and subject.conditional:
            yield Attempt(given, innermost_definitions(self.facts))
        yield Attempt(assumed, frozenset(), use=search)

    def _faithful(self, subject: Subject, statement: Any, low: Any) -> Evidence:
        """The kernel's reading, SymPy's and the tree's own value, at one instance."""
        started = time.perf_counter()
        try:
            evaluator = subject.evaluator(subject.least_sizes())
            comparison = faithful.Comparison(statement, low, evaluator, self.lowered)
            wrong = comparison.disagreement(subject.goal) or comparison.broken_hypothesis()
            wrong = wrong or _sympy_disagreement(subject, evaluator)
        except (NoModelError, UndefinedError) as error:
            return Evidence("faithful", None, str(error), seconds=time.perf_counter() - started)
        detail = wrong or "tree, kernel and SymPy translations agree"
        sizes = (dict(evaluator.instance.sizes),)
        return Evidence("faithful", not wrong, detail, sizes=sizes, seconds=time.perf_counter() - started)

    def _replay(self, result: SequentResult) -> None:
        subject = result.subject
        if "sympy" not in self.options.methods:
            return
        if subject.goal.sign != "=" or subject.sequent.premises or not statable(subject.goal):
            return
        found = replay(subject.goal, subject.assumptions, shared=self.proofs)
        result.evidence.insert("kernel" in self.options.methods, found.evidence)
        if found.answer is not None and found.evidence.ok is not None:
            with suppress(NoModelError, UndefinedError):  # where nothing has a value, there is nothing to put beside
                result.judges.append(self._answer_judge(result, found))

    def _answer_judge(self, result: SequentResult, found: Replay) -> ValueJudge:
        """SymPy's answer for the left side, put beside copies of the right side at exact points."""
        subject = result.subject
        evaluator = subject.evaluator(subject.least_sizes())
        if result.failing is not None and relation_holds(subject.goal, evaluator):
            evaluator = Evaluator(result.failing)
        answer = stacked(found.answer, evaluator, [*subject.over, *found.ends]) if found.answer is not None else []
        sides = Sides(evaluator, answer, stacked(subject.goal.right, evaluator, subject.over))
        return ValueJudge("sympy", subject.goal, subject.over, [sides], exact_difference, more=subject.more_sides)

    def _independent(self, result: SequentResult) -> None:
        """A definition against the author's own plain function, where the claim is about the definition itself."""
        if "independent" not in self.options.methods:
            return
        subject = result.subject
        for side in (subject.goal.left, subject.goal.right):
            function = self.claim.derivation.independent.get(side.name) if isinstance(side, n.Defined) else None
            if function is None:
                continue
            started = time.perf_counter()
            instance = subject.instance(subject.sizes(1)[0])
            names = sorted(n.symbols_of(side))
            arguments = {name: _plain(instance.values[name]) for name in names}
            own, theirs = Evaluator(instance)(side), referred(function, arguments)
            detail = "" if own == theirs else f"{side} is {shortened(own)}, the reference gives {shortened(theirs)}"
            evidence = Evidence(
                "independent", own == theirs, detail or f"{side} against {getattr(function, '__name__', 'a function')}",
                sizes=(dict(instance.sizes),), seconds=time.perf_counter() - started,
            )  # fmt: skip
            result.evidence.append(evidence)

    def _verdict(self, result: SequentResult) -> tuple[str, str]:
        """The strongest sound evidence; an error where methods contradict one another."""
        broken = [row for row in result.evidence if row.ok is False and row.fault]
        against = [row for row in result.evidence if row.ok is False and not row.fault]
        if broken:
            return "error", f"{broken[0].method} broke: {broken[0].detail}"
        absurd = _contradiction(result)
        if absurd:
            return "error", absurd
        if result.certificate is not None:
            if against:
                return "error", f"{against[0].method} contradicts the kernel's proof: {against[0].detail}"
            return self._with_model(result)
        if result.counterexample is not None:
            return "refuted", ""
        if against:
            return "error", f"{against[0].method} objects, but no counterexample was found: {against[0].detail}"
        return self._without_proof(result)

    def _with_model(self, result: SequentResult) -> tuple[str, str]:
        points = next((row for row in result.evidence if row.method == "exact-points"), None)
        if result.subject.conditional and points is not None and points.ok is None:
            verdict = "undefined" if _has_no_value(points) else "undecided"
            return verdict, f"proved, but not shown to be about anything: {points.detail}"
        if not any(row.method == "faithful" and row.ok for row in result.evidence):
            return "undecided", "proved, but what the kernel was asked could not be compared with what was written"
        return "proved", ""

    def _without_proof(self, result: SequentResult) -> tuple[str, str]:
        reason = next((row.detail for row in result.evidence if row.method == "kernel"), "the kernel was not asked")
        # SymPy's own derivation decides nothing, nor does it that a definition is the one that was meant.
        rows = {row.method: row for row in result.evidence if row.ok and row.method not in ("sympy", "independent")}
        undefined = [row for row in result.evidence if row.ok is None and row.detail.startswith("undefined")]
        symbolic = "entrywise" in rows and rows["entrywise"].detail.startswith("every entry symbolic")
        if symbolic and not result.subject.signature.rooted:
            return "proved-at", reason
        if undefined and not rows:
            return "undefined", undefined[0].detail
        if rows and not result.subject.conditional:
            return "agrees", reason
        return "undecided", reason

    # Hypotheses

    def _needs(self, results: Sequence[SequentResult]) -> Hypotheses | None:
        """Which hypotheses the claim needs, if it has any."""
        lines = [Line(result.step, result.subject, frozenset(result.used)) for result in results]
        return analysed(self.claim, lines, self._proved_from, self.options.seed) if any(l.used for l in lines) else None

    def _proved_from(self, subject: Subject, given: tuple[Assumption, ...], quick: bool) -> frozenset[str] | None:
        """The names of what a proof of the subject from these assumptions alone uses; None where none is found."""
        alone = Checker(replace(self.claim, hypotheses=given, named=given, rests_on=()), self.options)
        fewer = Subject(subject.sequent, given, subject.maker, subject.digits, subject.seed)
        for attempt in alone._attempts(fewer, search=True):
            try:
                proof = attempted(subject.sequent, replace(attempt, effort=BRIEF if quick else SPARING), self.proofs)[1]
            except DeriveError:
                continue
            if proof is not None and not taken_to_exist(subject.sequent, proof, given, self.facts):
                return frozenset(proof.theorem.used)
        return None

    # Reports

    def _step_report(self, step: Step, found: Sequence[SequentResult]) -> StepReport:
        verdict = weakest(result.verdict for result in found)
        relation = step.statement if isinstance(step.statement, Relation) else found[0].subject.goal
        worst = next(result for result in found if result.verdict == verdict)
        return StepReport(
            number=step.number,
            left=str(relation.left),
            right=str(relation.right),
            statement=str(step.statement),
            verdict=verdict,
            because=step.because,
            evidence=merged([row for result in found for row in result.evidence]),
            used=tuple(dict.fromkeys(name for result in found for name in result.used)),
            rules=tuple(dict.fromkeys(rule for result in found for rule in result.rules)),
            counterexample=worst.counterexample,
            repair=self._repair(worst) if worst.verdict == "refuted" else None,
            reason=worst.reason or _of_pieces(step, worst),
            formula=self._formula(step),
        )

    def _formula(self, step: Step) -> Formula:
        statement, before = step.statement, self.claim.steps[step.number - 2] if step.number > 1 else None
        if not isinstance(statement, Relation):
            return Formula(statement_latex(statement))
        follows = before is not None and continues(self.claim, before, step)
        told = step.because if is_exhaustion(self.claim, step) else ""
        return Formula(latex(statement.left), SIGNS[statement.sign], latex(statement.right), follows, told)

    def _repair(self, result: SequentResult) -> Any:
        """The least change that helps, of a statement of the source or of one that its author holds to be true."""
        suspect = self.claim.printed.suspect if self.claim.printed else None
        subject = result.subject
        if subject.goal.sign != "=" or (self.claim.printed is None and self.claim.expected == "refuted"):
            return None
        try:
            instances = [subject.instance(subject.least_sizes())]
        except (NoModelError, UndefinedError):
            return None
        return find_repair(subject.goal, suspect, instances, lambda relation: self._proves(subject, relation))

    def _proves(self, subject: Subject, *relations: Relation) -> bool:
        """Whether the kernel proves one of the relations in place of the subject's goal; what is quick comes first."""
        return any(self._proves_so(subject, one, effort) for effort in (QUICK, FULL) for one in relations)

    def _granted(self, subject: Subject, relation: Relation) -> bool:
        """Whether what the relation's integrals take for granted is proved."""
        key = ("granted", subject.sequent.premises, relation)
        if key not in self.shared:
            ends = self._has_ends(subject, relation)
            self.shared[key] = ends and all(self._obliges(subject, one) for one in taken_for_granted(relation))
        granted: bool = self.shared[key]
        return granted

    def _obliges(self, subject: Subject, relation: Relation) -> bool:
        """Whether a relation is proved of the subject; it is not searched for long where the smallest models refute
        it, as they do most that is asked of damaged pieces."""
        if self._proves_so(subject, relation, QUICK):
            return True
        about = replace(subject, sequent=replace(subject.sequent, goal=relation))
        return counterexample_instance(about, brief=True) is None and self._proves_so(subject, relation, FULL)

    def _has_ends(self, subject: Subject, relation: Relation) -> bool:
        """Whether the pieces of the relation's integrals are shown to end somewhere, wherever it has a value."""
        sequent = replace(subject.sequent, goal=relation)
        return all(self._exists(subject, sequent, expr) for expr in taken_by_pieces(relation))

    def _proves_so(self, subject: Subject, relation: Relation, effort: Effort, way: Attempt | None = None) -> bool:
        sequent = replace(subject.sequent, goal=relation)
        if not self._granted(subject, relation):
            return False
        for attempt in self._attempts(subject, search=True) if way is None else (way,):
            try:
                proof = attempted(sequent, replace(attempt, effort=effort), self.proofs)[1]
                if proof is not None and not self._presumed(subject, sequent, proof):
                    return not self._tied(replace(subject, sequent=sequent))
            except DeriveError:
                continue
        return False

    def _planted(self, results: Sequence[SequentResult]) -> Planted:
        """Damaged copies of every step put before every judge of it, and the step itself as a control."""
        judged = [r for r in results if r.verdict in {"proved", "proved-at", "agrees", "refuted"}]
        found: Counter[str] = Counter()
        escaped = [alarm for result in judged for alarm in controls(result)]
        for result, damage in copies_of(judged, self.options.seed):
            kind, missed = self._fate(result, damage)
            found[kind] += 1
            if kind == "escaped":
                escaped.append(f"{damage} (not seen by {', '.join(missed)})")
        tried = found["caught"] + found["equivalent"] + found["escaped"]
        if found["unasked"] and not tried:
            escaped.append("no judge could be asked of any copy")
        return Planted(tried, found["caught"], found["equivalent"], tuple(escaped))

    def _fate(self, result: SequentResult, damage: Damage) -> tuple[str, list[str]]:
        """What became of a copy, and the judges that did not see it.

        A copy that some judge sees nothing wrong with at its own points may be the same statement: a quick search for
        a proof of that comes before further points, which cost more, and a long one after them. A copy of a false
        statement that all judges hold to be true, who object to the statement itself, is no error but a repair.
        """
        seen = {judge.method: objects(judge, damage) for judge in result.judges}
        if all(sees is None for sees in seen.values()):
            return "unasked", []
        missed = [judge for judge in result.judges if seen[judge.method] is False]
        exact = {judge.method for judge in result.judges if judge.method != "kernel" and judge.resolution == 0}
        for quick in (True, False):
            if not missed:
                return "caught", []
            if not any(seen[method] for method in exact) and self._equivalent(result, damage, quick):
                # A copy of a false statement that is provably true is a repair of it, and no error.
                return "repaired" if result.verdict == "refuted" else "equivalent", []
            if quick:
                seen |= {judge.method: objects(judge, damage, further=True) for judge in missed}
                missed = [judge for judge in missed if seen[judge.method] is False]
                if result.subject.signature.rooted and any(seen.values()):
                    # Of points at which all roots are rational there are few, and there a copy may agree by chance.
                    missed = [judge for judge in missed if judge.method not in {"exact-points", "entrywise"}]
        if result.verdict == "refuted" and not any(seen.values()):
            return "repaired", []
        return "escaped", [judge.method for judge in missed]

    def _equivalent(self, result: SequentResult, damage: Damage, quick: bool) -> bool:
        """Whether a copy of which no value differs is provably the same statement: the search proves it, or proves that
        the damaged side is the side that it was."""
        goal, copy = result.subject.goal, damage.relation
        was, now = (goal.left, copy.left) if copy.right == goal.right else (goal.right, copy.right)
        # First in the way in which the goal itself was proved.
        efforts = [(QUICK, result.way)] * (result.way is not None) + [(QUICK, None)] if quick else [(FULL, None)]
        same = [copy, *_related(was, now)]
        return any(self._proves_so(result.subject, one, effort, way) for effort, way in efforts for one in same)

    def _report(
        self, steps: list[StepReport], results: Sequence[SequentResult], verdict: str, seconds: float, reason: str,
        planted: Planted | None = None, needs: Hypotheses | None = None,
    ) -> ClaimReport:  # fmt: skip
        claim = self.claim
        reasons = [f"step {step.number}: {step.reason}" for step in steps if step.reason and step.verdict == verdict]
        declared = tuple(dict.fromkeys(a.name for a in claim.hypotheses))
        named = {*declared, *(str(p) for r in results for p in r.subject.sequent.premises)}
        used = dict.fromkeys(name for step in steps for name in step.used if name in named)
        return ClaimReport(
            label=claim.label,
            derivation=claim.derivation.title,
            source=claim.derivation.source,
            title=claim.title,
            text=claim.formula or reason,
            latex=formula_latex(claim),
            verdict=verdict,
            expected=claim.expected,
            steps=tuple(steps),
            errata=claim.errata,
            reading=claim.reading,
            declared=declared,
            used=tuple(used) if needs is None else needs.used,
            analysis=needs,
            where=(
                *(f"{latex_name(one.name)} = {latex(one.body)}" for one in unfolded(claim.steps)),
                *(law_latex(*pair) for pair in drawn(claim.steps)),
            ),
            cases=str(cases_of(claim) or ""),
            evidence=merged([row for step in steps for row in step.evidence]),
            planted=planted,
            seconds=seconds,
            reason=reason or "; ".join(reasons),
            place=claim.place,
            certificates=tuple(result.certificate for result in results if result.certificate is not None),
            statements=tuple(result.statement for result in results if result.statement is not None),
            recalled=self.proofs.outcomes.recalled if self.proofs.outcomes else 0,
        )


def check_claim(claim: Claim, options: Options = Options()) -> ClaimReport:
    """Everything that the program can say of one claim; a check that breaks is an ``error``, and says what broke.

    Raises:
        LawError: a law has not the moments that the claim asks for.
    """
    with recalled(claim, options) as outcomes:
        return _checked_claim(Checker(claim, options, proofs=Shared(outcomes=outcomes)))


def _checked_claim(checker: Checker) -> ClaimReport:
    try:
        return checker.report()
    except LawError as error:
        raise LawError(f"{checker.claim.place}: claim {checker.claim.label!r}: {error}") from None
    except ModelError as error:
        return checker.broken(str(error))
    except BROKEN as error:
        return checker.broken(f"{type(error).__name__}: {error}")


def _worth(claim: Claim, verdicts: Sequence[str]) -> str:
    """A chain is worth its weakest step; a statement of the source is refuted only where each reading of it is."""
    unexpected = [verdict for verdict in verdicts if claim.printed is not None and verdict != claim.expected]
    return weakest(unexpected or verdicts)


def _seen_failing(result: SequentResult) -> Instance | None:
    """Where exact points have seen the relation fail: where no smaller numbers are found, those are shown."""
    judges = (judge for judge in result.judges if isinstance(judge, ValueJudge) and judge.method == "exact-points")
    points = (sides.evaluator.instance for judge in judges for sides in judge.sides)
    lawful_points = (point for point in points if broken_hypothesis(result.subject.domain, point) is None)
    return next((point for point in lawful_points if surely_fails(result.subject, point)), None)


def _judge_at(subject: Subject, instance: Instance) -> ValueJudge:
    """One that looks at a counterexample: exactly, or, where a root is irrational there, at what is certain."""
    sides, evaluator, compare = (subject.goal.left, subject.goal.right), Evaluator(instance), exact_difference
    try:
        left, right = (stacked(side, evaluator, subject.over) for side in sides)
    except IrrationalError:
        evaluator, compare = enclosing(instance), certain_difference
        left, right = (stacked(side, evaluator, subject.over) for side in sides)
    places = [Sides(evaluator, left, right)]
    more = subject.more_sides if compare is exact_difference else tuple
    return ValueJudge("exact-points", subject.goal, subject.over, places, compare, more=more)


def _of_pieces(step: Step, result: SequentResult) -> str:
    """That what is false is what the step's integrals take for granted, which is not what the step says."""
    goal = result.subject.goal
    if result.verdict != "refuted" or goal not in taken_for_granted(step.statement):
        return ""
    return f"a piece of an integral is wrong: {goal} is false"


def _contradiction(result: SequentResult) -> str:
    """Why the hypotheses contradict one another, where that is seen; a model of them shows that they do not."""
    points = next((row for row in result.evidence if row.method == "exact-points"), None)
    if not result.subject.conditional or points is None or points.ok is not None or _has_no_value(points):
        return ""
    try:
        found = contradiction(lower(result.subject.sequent, result.subject.assumptions)[0])
    except DeriveError:
        return ""
    return str(found) if found is not None else ""


def _holds_where_looked(result: SequentResult) -> bool:
    """Whether an equation holds at all sizes that its judges support it at: D tr A = 3 tr A at D = 3."""
    sizes = [size for row in result.evidence if row.ok for size in row.sizes]
    with suppress(NoModelError, UndefinedError):
        goal, evaluator = result.subject.goal, result.subject.evaluator
        return bool(sizes) and all(relation_holds(goal, evaluator(size)) for size in sizes)
    return False


def _has_no_value(row: Evidence) -> bool:
    return row.detail.startswith("undefined")


def _related(was: n.Expr, now: n.Expr) -> list[Relation]:
    """That the two are equal, where that can be said: a copy may have lost an index beside a factor of zero."""
    try:
        return [Relation(was, now)]
    except TypingError:
        return []


def _about(chosen: Choice | None, assumption: Assumption) -> bool:
    """Whether the assumption is about the set that is claimed to exist: it then speaks of another set of this name."""
    if chosen is None or isinstance(assumption.statement, DimOrder):
        return False
    nodes = (node for expr in expressions(assumption.statement) for node in expr.walk())
    return any(chosen.subset in subsets(node) for node in nodes)


def _certificate_text(result: SequentResult) -> str:
    used = f" from {', '.join(result.used)}" if result.used else ""
    return f"all dimensions, by {', '.join(result.rules)}{used}"


def _sympy_disagreement(subject: Subject, evaluator: Evaluator) -> str:
    """Where the lambdified SymPy translation differs from the tree's own value; derivatives are left to the judges."""
    instance = evaluator.instance
    values = {**instance.values, **instance.sets}
    calculator = Calculator(instance.sizes, values, instance.indices)
    for side in (subject.goal.left, subject.goal.right):
        derivatives = split(side)[1]
        exprs = [node.body for _, node in derivatives] if derivatives else [side]
        for expr in exprs:
            if split(expr)[1] or expr.free - frozenset(subject.over) - frozenset(subject.signature.fixed):
                continue
            over = [index for index in subject.over if index in expr.free]
            if calculator.stacked(expr, over) != stacked(expr, evaluator, over):
                return f"SymPy's translation of {expr} differs from its tree"
    return ""


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


NOTHING = Relation(n.Number(Fraction(0)), n.Number(Fraction(0)))
"""A goal that says nothing."""


def formula_latex(claim: Claim) -> str:
    """The claim's statements in LaTeX, one after the other."""
    lines = []
    for step in claim.steps:
        statement = step.statement
        relations = [statement] if isinstance(statement, Relation) else [s.goal for s in sequents(statement)]
        lines += [f"{latex(r.left)} {SIGNS[r.sign]} {latex(r.right)}" for r in relations]
    return r" \\ ".join(lines)
