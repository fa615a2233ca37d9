"""What of a proved statement its proof needs: the hypotheses that the certificate cites, and what they speak of.

A statement as it was lowered lists whatever the author has assumed. Fewer hypotheses prove more, and are read and
checked in less time. Not trusted: the kernel accepts what comes of it, or the statement stays whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import count
from typing import Any, TypeVar

from derive.errors import DeriveError
from derive.kernel import check
from derive.kernel.statement import Derive, Formula, Hypothesis, Move, Plus, Put, Statement, Sum, Tensor, Times
from derive.kernel.terms import Free, Poly
from derive.prove.canonical import naming

Certificate = Mapping[str, Any]
Names = Mapping[Free, Free]
MADE = "#"
"""Stands in the name of a letter that the program has made: ``inverse#1``."""
Line = TypeVar("Line", Hypothesis, Statement)


def trimmed(statement: Statement, certificate: Certificate) -> tuple[Statement, Certificate]:
    """The statement without the hypotheses that its certificate does not cite, its indices numbered line by line, and
    the certificate that fits it; both as they were where the kernel does not accept that."""
    cited = set(_cited(certificate))
    kept = _with_definitions(statement, cited)
    gone = [number for number in range(len(statement.hypotheses)) if number not in kept]
    numbers = {number: number - sum(other < number for other in gone) for number in cited}
    shorter = replace(statement, hypotheses=tuple(statement.hypotheses[number] for number in sorted(kept)))
    shorter = _declared(shorter, certificate)
    for each in (_fresh(statement.each, {index.name for index in shorter.fixed}), {}):
        try:
            return _named(_renamed(shorter, each), _renumbered(certificate, numbers, each))
        except DeriveError:
            continue
    return statement, certificate


def renamed_to_fit(statement: Statement, certificate: Certificate) -> Certificate:
    """The certificate with summed indices renamed such that the kernel accepts it.

    Raises:
        DeriveError: it does not, whatever they are called.
    """
    return _named(statement, _renumbered(certificate, {number: number for number in _cited(certificate)}, {}))[1]


def _cited(certificate: Any) -> Iterator[int]:
    """The numbers of the facts that the certificate cites."""
    for key, part in _fields(certificate):
        if key == "hypothesis":
            yield part
        else:
            yield from _cited(part)


def _fields(data: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(data, Mapping):
        yield from data.items()
    elif isinstance(data, list | tuple):
        yield from enumerate(data)


def _renumbered(data: Any, numbers: Mapping[int, int], each: Names) -> Any:
    """A copy of the certificate that cites other numbers, uses other names of the goal's indices, and has no summed
    indices renamed yet."""
    names = {old.name: new.name for old, new in each.items()}
    if isinstance(data, Mapping):
        return {
            key: numbers[part] if key == "hypothesis" else [] if key == "names" else
            _put_names(part, names) if key in {"factors", "at"} else _renumbered(part, numbers, each)
            for key, part in data.items()
        }  # fmt: skip
    return [_renumbered(part, numbers, each) for part in data] if isinstance(data, list | tuple) else data


def _put_names(data: Any, names: Mapping[str, str]) -> Any:
    """Index names replaced; the name of a factor stands first in a list of two, its indices in the second."""
    if isinstance(data, list | tuple):
        if len(data) == 2 and isinstance(data[0], str) and isinstance(data[1], list | tuple):
            return [data[0], [names.get(index, index) for index in data[1]]]
        return [_put_names(part, names) for part in data]
    return names.get(data, data)


def _with_definitions(statement: Statement, cited: Set[int]) -> Set[int]:
    """The hypotheses that are cited; for a letter of the goal that the program has made, an inverse say, and that none
    of them speaks of, those that say what it is: the goal holds of any such letter, but a reader could not tell which.
    Of a reciprocal always: a derivative moves it, cited or not.
    """
    spoken = [letters_of(hypothesis) for hypothesis in statement.hypotheses]
    kept = {number for number in range(len(spoken)) if number in cited}
    known = {name for number in kept for name in spoken[number]}
    unknown = {name for name in letters_of(statement) - known if MADE in name}
    lines = statement.hypotheses
    kept |= {number for number, names in enumerate(spoken) if names & unknown and not lines[number].reciprocal}
    known = letters_of(statement).union(*(spoken[number] for number in kept))
    for number in reversed(range(len(lines))):  # what a reciprocal divides by may have others in it, from before
        if lines[number].reciprocal and next(_names(lines[number].left)) in known:
            kept, known = kept | {number}, known | spoken[number]
    return kept


def letters_of(line: Hypothesis | Statement) -> set[str]:
    return {*_names(line.left), *_names(line.right)}


def dims_of(line: Hypothesis | Statement) -> set[str]:
    """The dimensions that its indices run over."""
    return {index.dim for index in (*line.each, *_indices(line.left), *_indices(line.right))}


# What is declared ---------------------------------------------------------------------------------------------------


def _declared(statement: Statement, certificate: Certificate) -> Statement:
    """The statement without the letters, sets, fixed indices and dimensions that nothing mentions any longer."""
    names = {*_texts(certificate)}
    indices = {*statement.each}
    lines: list[Hypothesis | Statement] = [*statement.hypotheses, statement]
    for part in lines:
        for formula in (part.left, part.right):
            names |= {*_names(formula)}
            indices |= {*_indices(formula)}
        indices |= {*part.each}
    letters = tuple(letter for letter in statement.letters if letter.name in names)
    sets = tuple((name, dim) for name, dim in statement.sets if f"in:{name}" in names or name in names)
    chosen = dict(statement.exists)
    fixed = tuple(index for index in statement.fixed if index in indices or index.name in names)
    used = {*names, *(index.dim for index in (*indices, *fixed)), *(dim for _, dim in sets), *chosen.values()}
    used |= {dim for letter in letters for dim in letter.dims}
    dims = tuple(dim for dim in statement.dims if dim in used or f"size:{dim}" in used)
    return replace(statement, dims=dims, letters=letters, sets=sets, fixed=fixed)


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    for _, part in _fields(data):
        yield from _texts(part)


def _names(formula: Formula) -> Iterator[str]:
    if isinstance(formula, Tensor):
        yield formula.name
    for inner in _inside(formula):
        yield from _names(inner)
    yield from (move.name for move in _moves(formula))


def _indices(formula: Formula) -> Iterator[Free]:
    """The indices of the formula, each where it comes first as one reads."""
    if isinstance(formula, Tensor | Sum):
        yield from formula.indices
    for move in _moves(formula):
        yield from move.slots
        yield from _indices(move.value)
    for inner in _inside(formula, moved=False):
        yield from _indices(inner)


def _moves(formula: Formula) -> tuple[Move, ...]:
    return formula.moves if isinstance(formula, Derive | Put) else ()


def _inside(formula: Formula, moved: bool = True) -> tuple[Formula, ...]:
    if isinstance(formula, Plus | Times):
        return formula.items
    body = (formula.body,) if isinstance(formula, Sum | Derive | Put) else ()
    return (*(move.value for move in _moves(formula) if moved), *body)


# Names of indices ---------------------------------------------------------------------------------------------------


def _renamed(statement: Statement, each: Names) -> Statement:
    """In each line the indices that the program has named are _1, _2, …, so that equal hypotheses are equal lines, and
    equal sides equal texts."""
    fixed = statement.fixed
    names = {index.name for index in fixed}
    hypotheses = [_line(h, fixed, _fresh(h.each, names)) for h in statement.hypotheses]
    return replace(_line(statement, fixed, each), hypotheses=tuple(hypotheses))


def _line(line: Line, fixed: Sequence[Free], new: Names) -> Line:
    each: tuple[Free, ...] = _all(line.each, new)
    taken = {index.name for index in (*fixed, *each)}
    sides = []
    for side in (line.left, line.right):
        own = [index for index in _indices(side) if index not in line.each]
        sides.append(_put(side, {**new, **_fresh(own, taken)}))
    return replace(line, each=each, left=sides[0], right=sides[1])


def _fresh(indices: Iterable[Free], taken: Set[str]) -> dict[Free, Free]:
    """New names, none of which is taken, for the indices that are not, and that the program has named."""
    made: dict[Free, Free] = {}
    for index in dict.fromkeys(indices):
        base, _, number = index.name.rpartition("_")
        if index.name not in taken and number.isdecimal():
            used = {new.name for new in made.values()} | taken
            made[index] = Free(next(n for k in count(1) if (n := f"{base}_{k}") not in used), index.dim)
    return made


def _put(formula: Formula, new: Names) -> Formula:
    if isinstance(formula, Tensor):
        return Tensor(formula.name, _all(formula.indices, new))
    if isinstance(formula, Plus | Times):
        return type(formula)(tuple(_put(item, new) for item in formula.items))
    if isinstance(formula, Sum):
        return Sum(_all(formula.indices, new), _put(formula.body, new))
    if isinstance(formula, Derive | Put):
        moves = tuple(Move(move.name, _all(move.slots, new), _put(move.value, new)) for move in formula.moves)
        return type(formula)(_put(formula.body, new), moves)
    return formula


def _all(indices: Sequence[Free], new: Names) -> tuple[Free, ...]:
    return tuple(new.get(index, index) for index in indices)


def _named(statement: Statement, certificate: Certificate) -> tuple[Statement, Certificate]:
    """Both, with summed indices renamed such that the kernel accepts the certificate.

    Raises:
        DeriveError: it does not, whatever they are called.
    """
    while True:
        try:
            check(statement, certificate)
        except DeriveError as error:
            names, rest = error.values.get("names"), error.values.get("difference")
            if names != [] or not isinstance(rest, Poly):
                raise
            names += [list(naming(term)) for term, _ in rest.terms]
        else:
            return statement, certificate
