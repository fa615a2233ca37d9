"""Whether the translations say what the author wrote: the kernel's statement against the expression's own value.

The kernel proves what lowering wrote down, so what was lowered is computed here by brute force over all values of its
indices, sharing nothing with the kernel's normal form, and compared with ``evaluate``, which walks the expression.
Equations are compared modulo a prime, which whole numbers below it stand for rationals in: what differs agrees there
once in 10¹⁸ times. Inequalities are compared as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from itertools import product
from math import prod
from typing import Any

import numpy as np

from derive.crosscheck.instances import signature
from derive.errors import DeriveError
from derive.evaluate import Dual, Evaluator, Instance, free_indices, stacked
from derive.kernel import statement as k
from derive.kernel.terms import Free
from derive.language import nodes as n
from derive.language.indices import Index
from derive.language.statements import Relation
from derive.prove.lower import Lowering, kernel_name
from derive.trimming import dims_of, letters_of

Table = tuple[tuple[Free, ...], np.ndarray]
"""An object array with one axis for each of the indices."""
MOST_FACTORS = 16
"""Of a product that is summed at once."""


class FormulaEvaluator:
    """Values of kernel formulas: an array over the indices that a formula leaves free."""

    def __init__(
        self, sizes: Mapping[str, int], letters: Mapping[str, np.ndarray], level: int = 0, modulus: int = 0,
        reciprocals: Sequence[k.Hypothesis] = (), fixed: Mapping[Free, int] | None = None,
    ) -> None:  # fmt: skip
        self.sizes, self.letters, self.level, self.modulus = sizes, letters, level, modulus
        self.reciprocals, self.fixed = reciprocals, fixed or {}
        self.known: dict[int, tuple[k.Formula, Table]] = {}  # by number; the formula is kept, so that its own stays

    def table(self, formula: k.Formula) -> Table:
        """The values; residues where there is a modulus, as the letters' own values then have to be."""
        if id(formula) not in self.known:
            axes, array = self._table(formula)
            # Duals of derivatives are left as they are, and reduced once the derivative is taken.
            reduced = _boxed(array % self.modulus) if self.modulus and not self.level else array
            self.known[id(formula)] = formula, (axes, reduced)
        return self.known[id(formula)][1]

    def _table(self, formula: k.Formula) -> Table:
        match formula:
            case k.Num(value):
                return (), _boxed(residue(value, self.modulus) if self.modulus else value)
            case k.Tensor():
                return self._contracted((formula,), ())
            case k.Plus(items):
                return reduce(lambda a, b: _combined(a, b, np.add), map(self.table, items))
            case k.Times(items):
                return self._contracted(items, ())
            case k.Sum(indices, k.Times(items)):
                return self._contracted(items, indices)
            case k.Sum(indices, body):
                return self._contracted((body,), indices)
            case k.Derive(body, moves):
                return self._moved(body, moves, derivative=True)
            case k.Put(body, moves):
                return self._moved(body, moves, derivative=False)
        raise DeriveError(f"{formula!r} is no formula")

    def _contracted(self, factors: Sequence[k.Formula], summed: Sequence[Free]) -> Table:
        """The product of the factors, summed over these indices."""
        if len(factors) > MOST_FACTORS:
            return self._contracted((k.Times(tuple(factors[:MOST_FACTORS])), *factors[MOST_FACTORS:]), summed)
        tables = [self._factor(factor) for factor in factors] or [((), _boxed(1))]
        if not summed and not any(own for own, _ in tables):
            return (), _boxed(prod([array[()] for _, array in tables]))
        numbers = {axis: number for number, axis in enumerate(dict.fromkeys(axis for own, _ in tables for axis in own))}
        kept = tuple(axis for axis in numbers if axis not in summed)
        operands = (part for own, array in tables for part in (array, [numbers[axis] for axis in own]))
        found = np.einsum(*operands, [numbers[axis] for axis in kept])
        idle = prod(self.sizes[index.dim] for index in summed if index not in numbers)
        return kept, _boxed(found if idle == 1 else found * idle)

    def _factor(self, formula: k.Formula) -> Table:
        """The values; those of a letter whole, where an index that it has twice stands twice among the axes."""
        if not isinstance(formula, k.Tensor):
            return self.table(formula)
        if formula.name == "delta":
            return formula.indices, np.eye(self.sizes[formula.indices[0].dim], dtype=object)
        if formula.name.startswith("size:"):
            return (), _boxed(self.sizes[formula.name[5:]])
        return formula.indices, self.letters[formula.name]

    def _moved(self, body: k.Formula, moves: Sequence[k.Move], derivative: bool) -> Table:
        """The body at moved letters, or its derivative as they move, for all values of the indices of the moves."""
        values = {move.name: (move.slots, self.table(move.value)) for move in moves}
        extra = tuple(dict.fromkeys(a for slots, (axes, _) in values.values() for a in axes if a not in slots))
        rows: dict[tuple[int, ...], Table] = {}
        for place in product(*(range(self.sizes[index.dim]) for index in extra)):
            at = dict(zip(extra, place, strict=True))
            changed = {
                name: self._letter(name, slots, table, at, derivative) for name, (slots, table) in values.items()
            }
            letters = {**self.letters, **changed}
            inner = FormulaEvaluator(
                self.sizes, letters, self.level + 1, self.modulus, self.reciprocals, self.fixed
            )  # fmt: skip
            if derivative:
                inner.follow()
            axes, array = inner.table(body)
            if derivative:
                array = _each(array, lambda value: value.slope if _is_dual(value, self.level + 1) else 0)
            rows[place] = _picked((axes, array), at)
        return _gathered(rows, extra, self.sizes)

    def follow(self) -> None:
        """Let the letters that are reciprocals move as what they are the reciprocals of does: −e′/e²."""
        every = self.reciprocals
        for number, hypothesis in enumerate(every):
            self.reciprocals = every[:number]  # a divisor that is a slope has in it what comes before it
            match hypothesis.left:
                case k.Times((k.Tensor(name, indices), divisor)) if name in self.letters:
                    values = self.letters[name]
                    table = _picked(self.table(divisor), self.fixed)
                    bottom = np.broadcast_to(_aligned(table, indices), values.shape)
                    moved = values.copy()
                    for place in product(*map(range, values.shape)):
                        if _is_dual(bottom[place], self.level):
                            rate = values[place] * values[place] * bottom[place].slope
                            moved[place] = Dual(self.level, values[place], -rate)
                    self.letters = {**self.letters, name: moved}
                    self.known.clear()
        self.reciprocals = every

    def _letter(
        self, name: str, slots: Sequence[Free], table: Table, at: Mapping[Free, int], derivative: bool
    ) -> np.ndarray:
        axes, array = _picked(table, at)
        shape = tuple(self.sizes[slot.dim] for slot in slots)
        full = np.broadcast_to(_aligned((axes, array), tuple(slots)), shape)
        if not derivative:
            return full
        main = self.letters[name]
        made = np.empty(shape, dtype=object)
        for place in product(*map(range, shape)):
            made[place] = Dual(self.level + 1, main[place], full[place])
        return made


def residue(value: int | Fraction, modulus: int) -> int:
    """The residue of a rational number.

    Raises:
        ValueError: the modulus divides the denominator.
    """
    return value.numerator * pow(value.denominator, -1, modulus) % modulus


def _is_dual(value: Any, level: int) -> bool:
    return isinstance(value, Dual) and value.level == level


def _each(array: np.ndarray, change: Any) -> np.ndarray:
    made = np.empty(array.shape, dtype=object)
    for place in product(*map(range, array.shape)):
        made[place] = change(array[place])
    return made


def _aligned(table: Table, axes: tuple[Free, ...]) -> np.ndarray:
    """The array with its axes in the order of ``axes``, of length one where it does not depend on one."""
    own, array = table
    order = [own.index(axis) for axis in axes if axis in own]
    shape = tuple(array.shape[own.index(axis)] if axis in own else 1 for axis in axes)
    return np.transpose(array, order).reshape(shape)


def _combined(one: Table, other: Table, operation: Any) -> Table:
    axes = tuple(dict.fromkeys((*one[0], *other[0])))
    return axes, np.asarray(operation(_aligned(one, axes), _aligned(other, axes)), dtype=object)


def _picked(table: Table, at: Mapping[Free, int]) -> Table:
    axes, array = table
    chosen = array[tuple(at.get(axis, slice(None)) for axis in axes)]
    return tuple(axis for axis in axes if axis not in at), _boxed(chosen)


def _boxed(value: Any) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    made = np.empty((), dtype=object)
    made[()] = value
    return made


def _gathered(rows: Mapping[tuple[int, ...], Table], extra: tuple[Free, ...], sizes: Mapping[str, int]) -> Table:
    axes = tuple(dict.fromkeys(axis for own, _ in rows.values() for axis in own))
    shape = tuple(sizes[axis.dim] for axis in axes)
    made = np.empty((*(sizes[index.dim] for index in extra), *shape), dtype=object)
    for place, table in rows.items():
        made[place] = np.broadcast_to(_aligned(table, axes), shape) if shape else table[1][()]
    return (*extra, *axes), made


# Comparing ----------------------------------------------------------------------------------------------------------


def letter_values(low: Lowering, evaluator: Evaluator) -> dict[str, np.ndarray]:
    """Values for the letters of a lowered statement: symbols as given, made letters from what they stand for."""
    instance = evaluator.instance
    known = ((name, symbol) for name, symbol in low.sources.items() if symbol.name in instance.values)
    found = {name: _family(instance.values[symbol.name], symbol) for name, symbol in known}
    for name, subset in low.sets.items():
        if subset.name in instance.sets:
            members, count = instance.sets[subset.name], instance.size(subset.dim.name)
            found[f"in:{name}"] = np.array([int(i in members) for i in range(count)], dtype=object)
    for expr, name in low.made.items():
        if _has_value(expr, instance):
            found[name] = _made_value(expr, evaluator)
    for expr in low.folded:
        if isinstance(expr, n.Defined) and kernel_name(expr.name) in low.letters and _has_value(expr, instance):
            found[kernel_name(expr.name)] = _shaped(evaluator(expr), expr)
    return found


def _has_value(expr: n.Expr, instance: Instance) -> bool:
    """Whether the instance is one of what the expression is about: what an earlier step of a chain has in it, and what
    is claimed has not, needs no value."""
    about = signature((expr,), ())
    given = about.symbols.keys() <= instance.values.keys() and about.sets.keys() <= instance.sets.keys()
    return given and instance.sizes.keys() >= set(about.dims)


def _family(value: Any, symbol: n.Symbol) -> np.ndarray:
    if not symbol.dims:
        return _boxed(value)
    kept = tuple(0 if dim.name == "1" else slice(None) for dim in symbol.shape)
    array: np.ndarray = value[kept]
    return array


def _shaped(value: Any, expr: n.Expr) -> np.ndarray:
    return (
        _boxed(value) if not expr.shape else value[tuple(0 if dim.name == "1" else slice(None) for dim in expr.shape)]
    )


def _made_value(expr: n.Expr, evaluator: Evaluator) -> np.ndarray:
    over = sorted((index for index in expr.free if not index.fixed), key=lambda index: index.name)
    if expr.shape:
        return _shaped(evaluator(expr), expr)
    shape = tuple(evaluator.instance.size(index.dim.name) for index in over)
    made = np.empty(shape, dtype=object)
    for place in product(*map(range, shape)):
        made[place] = evaluator(expr, dict(zip(over, place, strict=True)))
    return made


Letters = Mapping[str, np.ndarray]


def _evaluator(low: Lowering, instance: Instance, letters: Letters, modulus: int = 0) -> FormulaEvaluator:
    """Of what was lowered, at an instance; with a modulus of letters that are residues."""
    reciprocals = [hypothesis for hypothesis in low.hypotheses if hypothesis.reciprocal]
    at = {index: instance.indices[index.name] for index in low.fixed if index.name in instance.indices}
    return FormulaEvaluator(instance.sizes, letters, modulus=modulus, reciprocals=reciprocals, fixed=at)


def _listed(evaluator: FormulaEvaluator, formula: k.Formula, each: Sequence[Free]) -> list[Any]:
    axes, array = _picked(evaluator.table(formula), evaluator.fixed)
    shape = tuple(evaluator.sizes[index.dim] for index in each)
    return list(np.broadcast_to(_aligned((axes, array), tuple(each)), shape).ravel())


PRIME = 2**61 - 1


def _residues(letters: Letters) -> dict[str, np.ndarray]:
    return {name: _each(array, lambda value: residue(value, PRIME)) for name, array in letters.items()}


def _sources(low: Lowering) -> dict[str, Any]:
    """What each letter of a lowered statement stands for."""
    found: dict[str, Any] = {**low.sources, **{f"in:{name}": subset for name, subset in low.sets.items()}}
    found |= {name: expr for expr, name in low.made.items()}
    return found | {kernel_name(expr.name): expr for expr in low.folded if isinstance(expr, n.Defined)}


@dataclass(slots=True)
class Comparison:
    """A lowered statement at an instance of what was lowered.

    ``met`` has hypotheses that were seen to hold, with what their letters stand for and where: the steps of a claim
    mostly have them in common.
    """

    statement: k.Statement
    low: Lowering
    evaluator: Evaluator
    met: set[Any] = field(default_factory=set)
    exact: FormulaEvaluator = field(init=False)
    modular: FormulaEvaluator = field(init=False)

    def __post_init__(self) -> None:
        letters, instance = letter_values(self.low, self.evaluator), self.evaluator.instance
        self.exact = _evaluator(self.low, instance, letters)
        self.modular = _evaluator(self.low, instance, _residues(letters), PRIME)

    def disagreement(self, relation: Relation) -> str:
        """Where the lowered sides differ from the expression's own values; empty where they agree."""
        over: list[Index] = free_indices(relation.left, relation.right)
        statement = self.statement
        for side, formula, expr in (
            ("left", statement.left, relation.left),
            ("right", statement.right, relation.right),
        ):
            own = [residue(value, PRIME) for value in stacked(expr, self.evaluator, over)]
            if own != _listed(self.modular, formula, statement.each):
                exact = stacked(expr, self.evaluator, over)[:3]
                lowered = _listed(self.exact, formula, statement.each)[:3]
                return f"the {side} side {expr} is {exact} by its tree and {lowered} as the kernel reads it"
        return ""

    def broken_hypothesis(self) -> str:
        """A lowered hypothesis that fails at a model of the hypotheses as written; empty where none does.

        Premises with derivatives are left out: they are slow here, and lowered just as the goals that are compared.
        """
        sources = _sources(self.low)
        for hypothesis in self.statement.hypotheses:
            derived = _derives(hypothesis.left) or _derives(hypothesis.right)
            if derived and not hypothesis.standing:
                continue
            names = letters_of(hypothesis)
            key = (self.evaluator, hypothesis, *((name, sources.get(name)) for name in sorted(names)))
            if (key in self.met and not derived) or not self._is_known(hypothesis, names):
                continue
            if not self._holds(hypothesis):
                return f"the hypothesis {hypothesis.name} is lowered to something false at a model of it"
            self.met.add(key)
        return ""

    def _holds(self, hypothesis: k.Hypothesis) -> bool:
        ordered = hypothesis.sign != "="
        evaluator = self.exact if ordered else self.modular
        left, right = (_listed(evaluator, side, hypothesis.each) for side in (hypothesis.left, hypothesis.right))
        return all(a <= b for a, b in zip(left, right, strict=True)) if ordered else left == right

    def _is_known(self, hypothesis: k.Hypothesis, letters: set[str]) -> bool:
        """Whether there are values for all that the hypothesis mentions: one that repeats an earlier step of a chain,
        where it was compared as the goal, may be about more than what is claimed."""
        names = {name for name in letters if name != "delta" and not name.startswith("size:")}
        counted = {name[5:] for name in letters if name.startswith("size:")}
        return names <= self.exact.letters.keys() and dims_of(hypothesis) | counted <= self.exact.sizes.keys()


def _derives(formula: k.Formula) -> bool:
    if isinstance(formula, k.Plus | k.Times):
        return any(_derives(item) for item in formula.items)
    return isinstance(formula, k.Derive) or (isinstance(formula, k.Sum | k.Put) and _derives(formula.body))
