"""Whether hypotheses are exactly true at an instance."""

from __future__ import annotations

from collections.abc import Mapping

from derive.errors import UndefinedError
from derive.evaluate import Evaluator, free_indices, inverse, stacked
from derive.language import nodes as n
from derive.language.indices import DimOrder
from derive.language.statements import Choice, Condition, Hypothesis, Property, Relation


def holds(hypothesis: Hypothesis, evaluator: Evaluator) -> bool:
    """Whether the hypothesis is exactly true at the instance."""
    if isinstance(hypothesis, DimOrder):
        return True
    if isinstance(hypothesis, Condition):
        return condition_holds(hypothesis, evaluator.instance.sets, evaluator.instance.indices)
    if isinstance(hypothesis, Choice):
        return chosen_members(hypothesis, evaluator) == evaluator.instance.sets[hypothesis.subset.name]
    if isinstance(hypothesis, Property) and not _said_to_exist(hypothesis, evaluator):
        return False
    return all(relation_holds(part, evaluator) for part in hypothesis.equalities)


def _said_to_exist(hypothesis: Property, evaluator: Evaluator) -> bool:
    """Whether the inverses of a property exist, and its gaps are not zero where they should not be."""
    try:
        for matrix in hypothesis.inverses:
            inverse(evaluator(matrix))
    except UndefinedError:
        return False
    for gap, where in hypothesis.gaps:
        over = free_indices(gap, where)
        pairs = zip(stacked(gap, evaluator, over), stacked(where, evaluator, over), strict=True)
        if any(value == 0 and wanted != 0 for value, wanted in pairs):
            return False
    return True


def chosen_members(choice: Choice, evaluator: Evaluator) -> tuple[int, ...] | None:
    """The members that a choice names; None where what names them is not 0 or 1, or gives another number of them."""
    every = range(evaluator.instance.size(choice.subset.dim.name))
    values = [evaluator(choice.member, {choice.index: i}) for i in every]
    members = tuple(i for i, value in enumerate(values) if value == 1)
    fits = all(value in (0, 1) for value in values) and len(members) == evaluator.instance.size(choice.subset.size.name)
    return members if fits else None


def condition_holds(condition: Condition, sets: Mapping[str, tuple[int, ...]], indices: Mapping[str, int]) -> bool:
    """Whether a condition on fixed indices is true, all counted from 0."""
    letter = condition.indicator
    if isinstance(letter, n.Delta):
        return (indices[letter.row.name] == indices[letter.col.name]) == condition.holds
    if isinstance(letter, n.Precedes):
        return (indices[letter.row.name] < indices[letter.col.name]) == condition.holds
    return (indices[letter.index.name] in sets[letter.subset.name]) == condition.holds


def relation_holds(relation: Relation, evaluator: Evaluator) -> bool:
    """Whether both sides compare as they should, exactly, for all values of the free indices."""
    over = free_indices(relation.left, relation.right)
    left, right = stacked(relation.left, evaluator, over), stacked(relation.right, evaluator, over)
    if relation.sign == "≤":
        return all(a <= b for a, b in zip(left, right, strict=True))
    if relation.sign == "<":
        return all(a < b for a, b in zip(left, right, strict=True))
    return all(a == b for a, b in zip(left, right, strict=True))
