"""A derivation: definitions, hypotheses and claims, in the order in which a page states them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from types import FrameType
from typing import Any
from warnings import warn

from derive.errors import InputError, TypingError
from derive.language.build import Piece, gradient, with_pieces
from derive.language.indices import ONE as ONE_DIM
from derive.language.indices import DimOrder
from derive.language.laws import Law
from derive.language.names import checked_name
from derive.language.needs import need, need_list, need_text, shown
from derive.language.nodes import (
    COUNTS,
    Add,
    Defined,
    Div,
    Expectation,
    Expr,
    Identity,
    Inverse,
    Mul,
    Neg,
    Number,
    Operand,
    SizePower,
    Sqrt,
    Symbol,
    averaged_symbols,
    coerce,
    seen_symbols,
    symbols_of,
    written_out,
)
from derive.language.shown import AsText
from derive.language.statements import (
    NO_RELATION,
    ONE,
    Choice,
    Condition,
    Hypothesis,
    Implies,
    Premise,
    Property,
    Relation,
    Statement,
    expressions,
    factor_of,
    iff,
    refuse_pieces,
    sequents,
)

VERDICTS = ("proved", "proved-at", "agrees", "refuted", "undecided", "undefined", "ill-typed", "error")
"""Every verdict, in the order of the report's counts."""

ModelMaker = Callable[[Mapping[str, int], Any], Mapping[str, object]]
"""``model(sizes, random)`` gives exact values for some symbols, sets and fixed indices (counted from 0), by name; the
rest is made by the program."""


@dataclass(frozen=True, slots=True)
class Assumption(AsText):
    """A hypothesis of a derivation and the words it goes by.

    Attributes:
        origin: the label of the claim that states it; empty where it is assumed.
        known: a theorem that is not proved here but taken from elsewhere: every report lists it.
    """

    statement: Hypothesis
    name: str
    origin: str = ""
    known: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Step(AsText):
    """One line of a claim, and in words what justifies it."""

    number: int
    statement: Statement
    because: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """What a source prints: functions that build its readings, since one that is ill-typed cannot be built."""

    readings: tuple[Callable[[], Statement], ...]
    suspect: Defined | None
    corrected_by: str


@dataclass(slots=True)
class Claim(AsText):
    """A labelled claim: its steps, what it may use, and the verdict that its author expects."""

    label: str
    derivation: Derivation
    steps: tuple[Step, ...]
    hypotheses: tuple[Assumption, ...]
    kind: str
    title: str = ""
    expected: str = "proved"
    errata: tuple[str, ...] = ()
    reading: str = ""
    printed: Printed | None = None
    place: str = ""
    stated_at: str = ""
    """``file:line`` of the statement that made it: where a function states it, of the call, not of the function."""
    formula: str = ""
    rests_on: tuple[Claim, ...] = field(default=(), repr=False)
    """The claims that it uses."""
    named: tuple[Assumption, ...] = ()
    """The hypotheses without those that the claims that it uses bring along."""

    def __str__(self) -> str:
        return self.label

    def vanishes(self, equation: Relation | None = None) -> Relation:
        """Say that the first line of this claim is zero, and, given an ``equation``, that it is zero exactly where the
        equation holds. Returns what then holds, for use as a hypothesis of later claims."""
        first = _first_expression(self)
        if equation is None:
            return Relation(first, coerce(0))
        need("vanishes", equation, Relation, NO_RELATION)
        self.steps = (*self.steps, Step(len(self.steps) + 1, iff(Relation(first, coerce(0)), equation), "both ways"))
        self.formula += f", zero ⇔ {equation}"
        return equation

    @property
    def facts(self) -> tuple[Relation, ...]:
        """What later claims may use: the relations that this claim states without premises."""
        return tuple(step.statement for step in self.steps if isinstance(step.statement, Relation))


def _first_expression(claim: Claim) -> Expr:
    statement = claim.steps[0].statement if claim.steps else None
    if not isinstance(statement, Relation):
        raise InputError(f"{claim.label!r} is no chain of equalities, so nothing of it can vanish")
    return statement.left


@dataclass(frozen=True, slots=True)
class Remark(AsText):
    """A mistake of the source that is no statement: a wrong cross-reference, a number used twice."""

    erratum: str
    place: str
    reading: str


@dataclass(frozen=True, slots=True)
class AtMost:
    """A link of a chain that is ``≤`` or ``<`` and not ``=``."""

    expr: Expr
    sign: str = "≤"


def below(expr: Operand) -> AtMost:
    """In a chain: the line before is at most ``expr``."""
    return AtMost(coerce(expr))


def strictly_below(expr: Operand) -> AtMost:
    """In a chain: the line before is less than ``expr``."""
    return AtMost(coerce(expr), "<")


Fact = Claim | Assumption | Relation
Case = tuple[Operand, Sequence[Condition | Relation]] | tuple[Operand, Sequence[Condition | Relation], Sequence[Piece]]

NO_HYPOTHESIS = "nothing to assume: write equal(…), a property such as symmetric(…), a condition, or d < D"


MADE: ContextVar[list[Derivation] | None] = ContextVar("MADE", default=None)
"""While a file is run: the derivations that it makes."""


@dataclass(slots=True)
class Derivation(AsText):
    """A page of mathematics: what it defines, assumes and claims.

    >>> from derive import Derivation, dims, gradient, matrix, norm2
    >>> m, n = dims("m n")
    >>> M, x = matrix("M", m, n), matrix("x", n, m)
    >>> page = Derivation("Least squares")
    >>> f = page.define("f", norm2(M @ x))
    >>> page.calc("grad", gradient(f, x), 2 * M.T @ M @ x).formula
    '∂f/∂x = 2 MᵀMx'
    """

    title: str
    source: str = ""
    assumptions: list[Assumption] = field(default_factory=list)
    claims: dict[str, Claim] = field(default_factory=dict)
    definitions: dict[str, Defined] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)
    model_maker: ModelMaker | None = None
    independent: dict[str, Callable[..., object]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        made = MADE.get()
        if made is not None:
            made.append(self)

    # What is given

    def define(self, name: str, body: Expr, entry: str | None = None) -> Defined:
        """Give ``body`` a name; it prints as the name and stands for the body everywhere.

        Raises:
            InputError: the name is taken (in a notebook the later definition counts), or the body refers to the name.
            TypingError: it can be read as a formula.
        """
        need_text("define", name, "name of a definition")
        name = checked_name(name, "a definition", transposes=True)
        body = coerce(body)
        if name in self.definitions and not _typed():
            raise InputError(f"{name} is defined twice: as {self.definitions[name].body} and as {body}")
        names = symbols_of(body).keys() | {node.name for node in body.walk() if isinstance(node, Defined)}
        if name in names:
            raise InputError(f"the definition of {name} refers to itself: {name} = {body}")
        self.definitions[name] = Defined(name, body, entry or name.lower())
        return self.definitions[name]

    def assume(self, statement: Hypothesis, name: str = "") -> Assumption:
        """A hypothesis of every claim that follows, unless the claim names what it uses."""
        need("assume", statement, (Relation, Condition, Property, Choice, DimOrder), NO_HYPOTHESIS)
        refuse_pieces(statement)
        assumption = Assumption(statement, name or str(statement))
        names = [one.name for one in self.assumptions]
        if assumption.name in names and _typed():
            self.assumptions[names.index(assumption.name)] = assumption
        else:
            self.assumptions.append(assumption)
        return assumption

    def known(self, statement: Hypothesis, name: str) -> Assumption:
        """A theorem from elsewhere, taken as a hypothesis of the claims that name it; ``name`` says which it is."""
        need("known", statement, (Relation, Condition, Property, Choice, DimOrder), NO_HYPOTHESIS)
        refuse_pieces(statement)
        return Assumption(statement, name, known=True)

    def model(self, maker: ModelMaker) -> ModelMaker:
        """Say how exact instances of the hypotheses are made; also as a decorator."""
        need("model", maker, Callable, "no function: it is called with sizes and random")  # type: ignore[arg-type]
        self.model_maker = maker
        return maker

    def reference(self, definition: Defined) -> Callable[[Callable[..., object]], Callable[..., object]]:
        """Give a definition an independent implementation, a plain function of arrays named as the symbols."""

        need("reference", definition, Defined, "no definition: give what define(…) returned")

        def keep(function: Callable[..., object]) -> Callable[..., object]:
            self.independent[definition.name] = function
            return function

        return keep

    # What is claimed

    def calc(
        self, label: str, *lines: Operand | AtMost, using: Sequence[Fact] | None = None, because: Sequence[str] = (),
        title: str = "", expect: str = "proved",
    ) -> Claim:  # fmt: skip
        """A chain: each line equals the next, or is at most it where the next stands in ``below(…)``.

        ``expect`` is the verdict that the author expects, as ``agrees`` of a gradient that is no polynomial's.
        """
        _check_label(label)
        if len(lines) < 2:
            raise InputError(f"claim {label!r} has {len(lines)} line: a chain needs two")
        if isinstance(lines[0], AtMost):
            raise InputError(f"claim {label!r}: a chain starts with an expression, and not with below({lines[0].expr})")
        exprs = [line.expr if isinstance(line, AtMost) else coerce(line) for line in lines]
        signs = [line.sign if isinstance(line, AtMost) else "=" for line in lines]
        steps: list[Step] = []
        for number, (left, right, sign) in enumerate(zip(exprs, exprs[1:], signs[1:], strict=False), start=1):
            steps.append(Step(number, self._built(label, number, left, right, sign), _reason(because, number)))
        formula = str(exprs[0]) + "".join(f" {s} {e}" for s, e in zip(signs[1:], exprs[1:], strict=True))
        return self._add(label, steps, using, "calc", title=title, formula=formula, expected=expect)

    def _built(self, label: str, number: int, left: Expr, right: Expr, sign: str) -> Relation:
        try:
            return Relation(left, right, sign)
        except TypingError as error:
            raise type(error)(f"step {number} of {label!r}: {error}", error.values) from None

    def gradient(
        self, label: str, body: Expr, variables: Expr | Iterable[Expr], *lines: Operand,
        using: Sequence[Fact] | None = None, because: Sequence[str] = (), title: str = "", expect: str = "proved",
    ) -> Claim:  # fmt: skip
        """A chain that starts with the gradient of ``body`` by one variable or by several."""
        by = (variables,) if isinstance(variables, Expr) else tuple(variables)
        start = gradient(body, *by)
        return self.calc(label, start, *lines, using=using, because=because, title=title, expect=expect)

    def have(
        self, label: str, *statements: Statement, using: Sequence[Fact] | None = None, because: Sequence[str] = (),
        title: str = "", expect: str = "proved", resting_on: Sequence[Claim] = (),
    ) -> Claim:  # fmt: skip
        """Statements that all follow from what is assumed, or from what ``using`` names.

        Args:
            expect: the verdict that the author expects: ``refuted`` for a statement that is kept because it is false.
            resting_on: claims that the words of this one rest on, but not its formulas: they have other hypotheses.
        """
        _check_label(label)
        if not statements:
            raise InputError(f"claim {label!r} states nothing")
        steps = [
            Step(number, statement, _reason(because, number)) for number, statement in enumerate(statements, start=1)
        ]
        formula = "; ".join(str(statement) for statement in statements)
        claim = self._add(label, steps, using, "have", title=title, formula=formula, expected=expect)
        others = need_list("resting_on=", resting_on)
        for other in others:
            need("resting_on=", other, Claim, "no claim")
        claim.rests_on = tuple({id(other): other for other in (*claim.rests_on, *others)}.values())
        return claim

    def cases(
        self, label: str, expr: Expr, *alternatives: Case, using: Sequence[Fact] | None = None, title: str = "",
    ) -> Claim:  # fmt: skip
        """The value of ``expr`` case by case; that the cases leave nothing out is a step of its own.

        A case is a value and its conditions, on indices or inequalities between scalars; where ``expr`` is an integral
        of ReLUs, also the pieces between whose ends they are on or off.
        """
        for alternative in alternatives:
            if not (isinstance(alternative, tuple) and len(alternative) in (2, 3)):
                raise TypingError(f"cases: {shown(alternative)} is no case: write (value, [conditions])")
        steps: list[Step] = []
        for number, (value, conditions, *pieces) in enumerate(alternatives, start=1):
            relation = Relation(with_pieces(expr, *pieces), coerce(value))
            steps.append(Step(number, Implies(tuple(conditions), relation), "case " + _joined(conditions)))
        told = [conditions for _, conditions, *_ in alternatives]
        _check_conditions(label, expr, told)
        outside = [Add((ONE, Neg(_product([factor_of(c) for c in conditions])))) for conditions in told]
        steps.append(Step(len(steps) + 1, Relation(_product(outside), coerce(0)), "the cases leave nothing out"))
        listed = ", ".join(f"{coerce(value)} if {_joined(conditions)}" for value, conditions, *_ in alternatives)
        return self._add(label, steps, using, "cases", title=title, formula=f"{expr} = {{{listed}}}")

    def as_printed(
        self, label: str, *readings: Callable[[], Statement], erratum: str | Sequence[str], reading: str,
        corrected_by: str = "", suspect: Defined | None = None, expect: str = "refuted",
        using: Sequence[Fact] | None = None, title: str = "",
    ) -> Claim:  # fmt: skip
        """A statement of the source that is false, kept as printed; every reading of it must be refuted.

        Args:
            readings: functions that build the statement, called when it is checked: an ill-typed one cannot be built.
            erratum: its number in the list of mistakes; ``reading`` says what is true instead.
            suspect: the definition in which a repair is looked for; the right side if none is given.
            expect: ``refuted``, or ``ill-typed`` where the statement cannot be built.
        """
        errata = (erratum,) if isinstance(erratum, str) else tuple(erratum)
        for build in readings:
            need("as_printed", build, Callable, "no function: write lambda: in front of the statement")  # type: ignore[arg-type]
        claim = self._add(label, (), using, "as_printed", title=title, formula="")
        _check_verdict(label, expect)
        claim.expected, claim.errata, claim.reading = expect, errata, reading
        claim.printed = Printed(readings, suspect, corrected_by)
        return claim

    def remark(self, erratum: str, place: str, reading: str) -> Remark:
        """A mistake of the source that is no statement."""
        self.remarks.append(Remark(erratum, place, reading))
        return self.remarks[-1]

    def _add(self, label: str, steps: Sequence[Step], using: Sequence[Fact] | None, kind: str, **details: Any) -> Claim:
        _check_label(label)
        place, earlier = _place(), self.claims.get(label)
        if earlier is not None and not _typed():
            raise InputError(f"two claims are labelled {label!r} in {self.title!r}")
        _check_verdict(label, str(details.get("expected", "proved")))
        for step in steps:
            if not list(sequents(step.statement)):
                raise InputError(f"step {step.number} of {label!r} states nothing")
        rests_on = {f.label: f for f in need_list("using=", using or ()) if isinstance(f, Claim)}
        hypotheses, at = self._hypotheses(using), _stated_at()
        claim = Claim(label, self, tuple(steps), hypotheses, kind, place=place, stated_at=at, **details)
        refuse_pieces(*(assumption.statement for assumption in claim.hypotheses if not assumption.origin))
        claim.rests_on, claim.named = tuple(rests_on.values()), self._hypotheses(using, inherit=False)
        self._check_names(claim)
        if earlier is not None and earlier.place != place:
            warn(f"({label}) is stated again; what was stated before no longer counts", stacklevel=3)
        self.claims[label] = claim
        return claim

    def _hypotheses(self, using: Sequence[Fact] | None, inherit: bool = True) -> tuple[Assumption, ...]:
        if using is None:
            return tuple(self.assumptions)
        found: dict[Assumption, None] = {}
        for fact in need_list("using=", using):
            if isinstance(fact, Assumption):
                found[fact] = None
            elif isinstance(fact, Relation):
                found[Assumption(fact, str(fact))] = None
            elif isinstance(fact, Claim) and fact.expected != "proved":
                raise InputError(f"using=[claim {fact.label!r}]: it is expected to be {fact.expected}")
            elif isinstance(fact, Claim):
                found |= dict.fromkeys(a for a in fact.hypotheses if inherit and not a.origin)
                found |= {Assumption(relation, f"({fact.label})", origin=fact.label): None for relation in fact.facts}
            else:
                raise InputError(f"using=[{shown(fact)}]: name an assumption, a claim or an equation")
        # Orders of dimensions restrict the sizes that are looked at, so they come along with everything.
        found |= {a: None for a in self.assumptions if isinstance(a.statement, DimOrder)}
        return tuple(found)

    def _check_names(self, claim: Claim) -> None:
        """Refuse a symbol that is named as a definition is, and two symbols with one name."""
        statements = [step.statement for step in claim.steps]
        given = [a.statement for a in claim.hypotheses]
        used = [expr for statement in (*statements, *given) for expr in expressions(statement)]
        together = _together(used)
        symbols, nodes = symbols_of(together), together.walk()
        for name in symbols.keys() & {node.name for node in nodes if isinstance(node, Defined)}:
            raise InputError(f"{claim.label!r}: {name} is a symbol and a definition")
        for name in sorted(averaged_symbols(together) & {name for expr in used for name in seen_symbols(expr)}):
            raise InputError(f"{claim.label!r}: {name} is averaged over, and a letter outside of that: rename one")
        _refuse_what_prints_alike(claim.label, symbols, nodes)


def _refuse_what_prints_alike(label: str, symbols: Mapping[str, Symbol], nodes: Sequence[Expr]) -> None:
    """Refuse a symbol that is named as a dimension is, and two of whose entries nobody could tell apart."""
    dims = {dim.name for symbol in symbols.values() for dim in symbol.dims}
    dims |= {index.dim.name for node in nodes for index in (*node.free, *node.bound)}
    dims |= {node.dim.name for node in nodes if isinstance(node, Identity)}
    dims |= {dim.name for node in nodes if isinstance(node, COUNTS) for dim in node.counted}
    for name in sorted(symbols.keys() & (dims - {ONE_DIM.name})):
        raise InputError(f"{label!r}: {name} is a symbol and a dimension")
    indices = sorted({index.name for node in nodes for index in (*node.free, *node.bound)}, key=len, reverse=True)
    of_entries = {symbol.entry_name for symbol in symbols.values() if symbol.dims}
    for name in symbols:
        stem, _, rest = name.partition("_")
        if stem in of_entries and rest and not _without(rest, indices):
            raise InputError(f"{label!r}: {name} is a symbol, and an entry prints as {name} too")
    entries: dict[tuple[str, int], Symbol] = {}
    for symbol in symbols.values():
        other = entries.setdefault((symbol.entry_name, len(symbol.dims)), symbol)
        if other != symbol:
            pair = f"{other.name} and of {symbol.name}"
            raise InputError(f"{label!r}: entries of {pair} both print as {symbol.entry_name}")


def _without(text: str, parts: Sequence[str]) -> str:
    """What is left of the text without these, the first ones taken out first."""
    for part in parts:
        text = text.replace(part, "")
    return text


@dataclass(frozen=True, slots=True, eq=False)
class _Group(Expr):
    items: tuple[Expr, ...]
    part_names = ("items",)

    def __str__(self) -> str:
        return " and ".join(map(str, self.items))

    def _close(self) -> None:
        object.__setattr__(self, "bound", frozenset())


def _check_label(label: object) -> None:
    if not isinstance(label, str) or not label.strip():
        raise TypingError(f"a claim starts with its label, a text: {shown(label)} is none")


def _reason(because: Sequence[str], number: int) -> str:
    """What justifies a line; one text alone is that of the first."""
    given = (because,) if isinstance(because, str) else because
    return given[number - 1] if number <= len(given) else ""


def _check_conditions(label: str, expr: Expr, told: Sequence[Sequence[Condition | Relation]]) -> None:
    """Refuse a case without a condition, and conditions that say nothing where a quotient in them does not exist."""
    if not told or not all(told):
        raise InputError(f"{label!r}: each case has to say when it holds")
    known = set(expr.walk())
    for condition in (condition for conditions in told for condition in conditions):
        for node in (node for side in expressions(condition) for node in side.walk()):
            partial = isinstance(node, Sqrt | Inverse) or (
                (isinstance(node, Div) and not isinstance(node.bottom, Number))
                or (isinstance(node, SizePower) and not node.everywhere)
            )
            if partial and node not in known:
                raise InputError(f"{label!r}: {condition} tells no case where {node} does not exist")


def _check_verdict(label: str, verdict: str) -> None:
    if verdict not in VERDICTS:
        raise InputError(f"claim {label!r} expects {verdict!r}; the verdicts are {', '.join(VERDICTS)}")


def _together(exprs: Sequence[Expr]) -> Expr:
    return _Group(tuple(exprs))


def _product(factors: Sequence[Expr]) -> Expr:
    return factors[0] if len(factors) == 1 else Mul(tuple(factors))


def _joined(conditions: Iterable[Premise]) -> str:
    return ", ".join(str(condition) for condition in conditions)


def _caller() -> FrameType:
    """The author's call: the nearest frame outside this package's language."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("derive.language"):
        frame = frame.f_back
    return frame


def _place() -> str:
    """``file:line`` of the author's call."""
    frame = _caller()
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _stated_at() -> str:
    """``file:line`` of the author's statement that is being run, outside of every function."""
    frame = _caller()
    while frame.f_code.co_name != "<module>" and frame.f_back is not None:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _typed() -> bool:
    """Whether the author's call stands in a cell of a notebook, which is changed and run again."""
    return "get_ipython" in _caller().f_globals


def drawn(steps: Iterable[Step]) -> list[tuple[Symbol, Law]]:
    """What the steps average over, definitions written out, and the laws of it; a symbol may have several."""
    exprs = (written_out(expr) for step in steps for expr in expressions(step.statement))
    nodes = (node for expr in exprs for node in expr.walk() if isinstance(node, Expectation))
    return list(dict.fromkeys(pair for node in nodes for pair in zip(node.variables, node.laws, strict=True)))


def unfolded(steps: Iterable[Step]) -> list[Defined]:
    """Every definition that the steps mention, and those that these mention."""
    found: dict[str, Defined] = {}

    def visit(expr: Expr) -> None:
        for node in expr.walk():
            if isinstance(node, Defined) and node.name not in found:
                found[node.name] = node
                visit(node.body)

    for step in steps:
        for expr in expressions(step.statement):
            visit(expr)
    return list(found.values())


def continues(claim: Claim, before: Step, step: Step) -> bool:
    """Whether a step is the next line of a chain: it begins with the line with which the one before it ends."""
    last, now = before.statement, step.statement
    chained = claim.kind == "calc" and isinstance(last, Relation) and isinstance(now, Relation)
    return chained and isinstance(last, Relation) and isinstance(now, Relation) and last.right == now.left


def built(claim: Claim) -> Claim:
    """The claim with its printed readings built as steps.

    Raises:
        TypingError: a reading does not fit together; the verdict is then ``ill-typed``.
    """
    if claim.printed is None:
        return claim
    statements = [build() for build in claim.printed.readings]
    steps = tuple(Step(number, statement) for number, statement in enumerate(statements, start=1))
    full = replace(claim, steps=steps, formula="; ".join(str(statement) for statement in statements))
    claim.derivation._check_names(full)
    return full
