"""Kinds of letters: what can be asked of one letter by itself, and exact random values that have it.

An author asks by a property, ``orthogonal(U)``, or by an equation of a known form, ``UᵀU = I``. ``KINDS`` lists how
letters are made, and what each way guarantees; the first that guarantees all that is asked is the most general one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any

import numpy as np

from derive.errors import UndefinedError
from derive.evaluate import array, inverse, matrix_product
from derive.language import nodes as n
from derive.language.statements import Hypothesis, Property, Relation

Maker = Callable[[int, int, Random, int], Any]
"""``make(rows, columns, random, spread)``; None, or another shape, where no matrix of this shape is of the kind."""

GENERIC = frozenset({"invertible", "of full column rank"})
"""What a random matrix mostly is: asked of none, checked of all."""


# Exact matrices -----------------------------------------------------------------------------------------------------


def identity(size: int) -> np.ndarray:
    return array([[int(i == j) for j in range(size)] for i in range(size)])


def diagonal_of(entries: Sequence[Any]) -> np.ndarray:
    return array([[entry if i == j else 0 for j in range(len(entries))] for i, entry in enumerate(entries)])


def random_matrix(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    return array([[random.randint(-spread, spread) for _ in range(cols)] for _ in range(rows)])


def random_orthogonal(size: int, random: Random) -> np.ndarray:
    """A rational orthogonal matrix: (I − S)(I + S)⁻¹ for a random antisymmetric S, columns signed at random."""
    S = array([[0] * size for _ in range(size)])
    for i in range(size):
        for j in range(i):
            S[i, j] = random.choice([-2, -1, 1, 2, 3])
            S[j, i] = -S[i, j]
    one = identity(size)
    signs = diagonal_of([random.choice([-1, 1]) for _ in range(size)])
    return matrix_product([one - S, inverse(one + S), signs])


def random_invertible(size: int, random: Random, spread: int = 3) -> np.ndarray:
    """A random integer matrix that has an inverse."""
    while True:
        found = random_matrix(size, size, random, max(spread, 1))
        try:
            inverse(found)
        except UndefinedError:
            continue
        return found


def random_projection(size: int, random: Random, rank: int | None = None) -> np.ndarray:
    """The orthogonal projection U_I U_Iᵀ on random orthonormal columns; of random rank where none is given."""
    columns = random_orthogonal(size, random)[:, : _rank(size, random) if rank is None else rank]
    return matrix_product([columns, columns.T]) if columns.shape[1] else array([[0] * size for _ in range(size)])


def _rank(size: int, random: Random) -> int:
    """Mostly neither 0 nor everything, where there is something between."""
    rank: int = random.choice([*range(1, size), random.randint(0, size)])
    return rank


def _ones(size: int, random: Random) -> list[int]:
    count = _rank(size, random)
    return random.sample([1] * count + [0] * (size - count), size)


# Makers -------------------------------------------------------------------------------------------------------------


def _symmetric(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    made = random_matrix(rows, cols, random, spread)
    found: np.ndarray = made + made.T
    return found


def _antisymmetric(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    made = random_matrix(rows, cols, random, spread)
    found: np.ndarray = made - made.T
    return found


def _diagonal(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    return diagonal_of([random.randint(-spread, spread) for _ in range(rows)])


def _orthogonal(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    return random_orthogonal(rows, random)


def _orthonormal(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    """Part of an orthogonal matrix: whichever are fewer, the rows or the columns, are orthonormal."""
    return random_orthogonal(max(rows, cols), random)[:rows, :cols]


def _columns(rows: int, cols: int, random: Random, spread: int) -> np.ndarray | None:
    return _orthonormal(rows, cols, random, spread) if cols <= rows else None


def _rows(rows: int, cols: int, random: Random, spread: int) -> np.ndarray | None:
    return _orthonormal(rows, cols, random, spread) if rows <= cols else None


def _projection(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    return random_projection(rows, random)


def _oblique(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    """S·diag(0 and 1)·S⁻¹."""
    S = random_invertible(rows, random)
    return matrix_product([S, diagonal_of(_ones(rows, random)), inverse(S)])


def _involution(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    found: np.ndarray = identity(rows) - 2 * _oblique(rows, cols, random, spread)
    return found


def _reflection(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    found: np.ndarray = identity(rows) - 2 * random_projection(rows, random)
    return found


def _nilpotent(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    """u vᵀ with vᵀu = 0."""
    S = random_invertible(rows, random)
    found: np.ndarray = np.dot(S[:, :1], inverse(S)[-1:, :])
    return found if rows > 1 else 0 * found


def _selection(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    return diagonal_of(_ones(rows, random))


def _signs(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    return diagonal_of([random.choice([-1, 1]) for _ in range(rows)])


def _identity(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    return identity(rows)


def _zero(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    return array([[0] * cols for _ in range(rows)])


def _distinct(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    """Positive, since what is to be distinct is mostly a spectrum."""
    return array([[value] for value in random.sample(range(1, rows + spread + 1), rows)])


def _decreasing(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    return array(sorted(_distinct(rows, cols, random, spread).tolist(), reverse=True))


def _distinct_signed(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    return array([[value] for value in random.sample(range(-rows - spread, rows + spread + 1), rows)])


def _decreasing_signed(rows: int, cols: int, random: Random, spread: int) -> np.ndarray:
    return array(sorted(_distinct_signed(rows, cols, random, spread).tolist(), reverse=True))


# The table ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to make a letter, and what it guarantees."""

    guarantees: frozenset[str]
    make: Maker


def _kind(guarantees: str, make: Maker) -> Kind:
    return Kind(frozenset(guarantees.split(", ")), make)


EVERY_SQUARE = "symmetric, diagonal, idempotent, a projection"
KINDS: tuple[Kind, ...] = (
    _kind("symmetric", _symmetric),
    _kind("antisymmetric", _antisymmetric),
    _kind("orthonormal columns", _columns),
    _kind("orthonormal rows", _rows),
    _kind("orthogonal, orthonormal rows, orthonormal columns", _orthogonal),
    _kind("idempotent", _oblique),
    _kind("involution", _involution),
    _kind("nilpotent", _nilpotent),
    _kind("a projection, symmetric, idempotent", _projection),
    _kind("symmetric, diagonal", _diagonal),
    _kind("symmetric, orthogonal, orthonormal rows, orthonormal columns, involution", _reflection),
    _kind(EVERY_SQUARE, _selection),
    _kind("symmetric, diagonal, orthogonal, orthonormal rows, orthonormal columns, involution", _signs),
    _kind(f"{EVERY_SQUARE}, orthogonal, orthonormal rows, orthonormal columns, involution", _identity),
    _kind(f"{EVERY_SQUARE}, antisymmetric, nilpotent, zero", _zero),
    _kind("distinct", _distinct),
    _kind("distinct, decreasing", _decreasing),
    _kind("distinct", _distinct_signed),
    _kind("distinct, decreasing", _decreasing_signed),
)


@cache
def forms(letter: n.Symbol) -> dict[Relation, str]:
    """Equations that make a letter of a kind, each either way round."""
    rows, cols = letter.shape
    turned = n.Transpose(letter)
    pairs: dict[str, tuple[n.Expr, n.Expr]] = {
        "orthonormal columns": (n.MatMul((turned, letter)), n.Identity(cols)),
        "orthonormal rows": (n.MatMul((letter, turned)), n.Identity(rows)),
    }
    if rows == cols:
        square = n.MatMul((letter, letter))
        pairs |= {
            "symmetric": (turned, letter),
            "antisymmetric": (turned, n.Neg(letter)),
            "idempotent": (square, letter),
            "involution": (square, n.Identity(rows)),
            "nilpotent": (square, n.Zeros((rows, cols))),
        }
    both = {Relation(left, right): name for name, (left, right) in pairs.items() if left.shape}
    return both | {Relation(relation.right, relation.left): name for relation, name in both.items()}


def kinds_asked(hypotheses: Iterable[Hypothesis]) -> dict[n.Symbol, frozenset[str]]:
    """What is asked of each letter by itself, the letters in the order in which they are first asked something."""
    found: dict[n.Symbol, frozenset[str]] = {}
    for hypothesis in hypotheses:
        for letter, name in _asked(hypothesis):
            found[letter] = found.get(letter, frozenset()) | {name}
    return found


def _asked(hypothesis: Hypothesis) -> list[tuple[n.Symbol, str]]:
    if isinstance(hypothesis, Property):
        subject = hypothesis.args[0]
        alone = len(hypothesis.args) == 1 and isinstance(subject, n.Symbol) and hypothesis.name not in GENERIC
        return [(subject, hypothesis.name)] if alone and isinstance(subject, n.Symbol) else []
    if not isinstance(hypothesis, Relation) or hypothesis.sign != "=" or hypothesis.left.several:
        return []
    letters = n.symbols_of(hypothesis.left) | n.symbols_of(hypothesis.right)
    shaped = [letter for letter in letters.values() if letter.shape]
    if len(letters) != 1 or not shaped:
        return []
    name = forms(shaped[0]).get(hypothesis)
    return [(shaped[0], name)] if name else []


def fitting(asked: frozenset[str]) -> list[Kind]:
    """The ways to make a letter of which all this is asked, the most general first."""
    return [kind for kind in KINDS if asked <= kind.guarantees]
