"""Dimensions, the indices that run over them, and index sets."""

from __future__ import annotations

from dataclasses import dataclass, field

from derive.errors import InputError, TypingError
from derive.language.names import checked_name
from derive.language.shown import AsFormula


@dataclass(frozen=True, slots=True)
class Dim:
    """A positive integer without a value: the range of an index.

    >>> D, d = dims("D d")
    >>> D
    D
    """

    name: str

    def __repr__(self) -> str:
        return self.name

    def __lt__(self, other: Dim) -> DimOrder:
        return DimOrder(self, other)

    def __gt__(self, other: Dim) -> DimOrder:
        return DimOrder(other, self)


@dataclass(frozen=True, slots=True)
class DimOrder(AsFormula):
    """The hypothesis ``small < large`` between two dimensions."""

    small: Dim
    large: Dim

    def __str__(self) -> str:
        return f"{self.small} < {self.large}"


ONE = Dim("1")


@dataclass(frozen=True, slots=True)
class Index:
    """An index over 1..dim. A statement holds for every value of its free indices; a fixed one keeps its value
    throughout a derivation, as the j of "fix j ∈ I"."""

    name: str
    dim: Dim
    fixed: bool = False
    own_hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Kept, since values of indices are looked up at every node of every expression.
        object.__setattr__(self, "own_hash", hash((self.name, self.dim, self.fixed)))

    def __hash__(self) -> int:
        return self.own_hash

    def __repr__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Subset:
    """A set of ``size`` indices over ``dim``; an ``initial`` one is {1, …, size}."""

    name: str
    dim: Dim
    size: Dim
    initial: bool = False

    def __repr__(self) -> str:
        return self.name


def _names(text: str, what: str) -> list[str]:
    if not isinstance(text, str):
        raise TypingError(f"{what}: {text!r} is no text: give the names as in {what}({'D d'!r})")
    names = text.split()
    if not names:
        raise InputError(f"no name in {text!r}: {what} are named by words, as in {what}({'D d'!r})")
    names = [checked_name(name, what) for name in names]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"{what}({text!r}): {repeated[0]} is named twice")
    return names


def _over(verb: str, *given: object) -> None:
    for dim in given:
        if not isinstance(dim, Dim):
            raise TypingError(f"{verb}: {dim!r} is no dimension: it is made by dims('D')")


def dims(names: str) -> list[Dim]:
    """Dimensions by name: ``D, d, T = dims("D d T")``."""
    return [Dim(name) for name in _names(names, "dims")]


def indices(names: str, dim: Dim) -> list[Index]:
    """Indices over ``dim`` by name: ``i, j = indices("i j", D)``."""
    _over("indices", dim)
    return [Index(name, dim) for name in _names(names, "indices")]


def index(name: str, dim: Dim) -> Index:
    """One index over ``dim``."""
    _over("index", dim)
    return Index(checked_name(name, "an index"), dim)


def fixed(names: str, dim: Dim) -> list[Index]:
    """Indices over ``dim`` that keep one value throughout, as in "fix j ∈ I"."""
    _over("fixed", dim)
    return [Index(name, dim, fixed=True) for name in _names(names, "fixed")]


def subset(name: str, dim: Dim, size: Dim) -> Subset:
    """A set of ``size`` indices over ``dim``."""
    _over("subset", dim, size)
    return Subset(checked_name(name, "a set"), dim, size)


def initial(name: str, dim: Dim, size: Dim) -> Subset:
    """The set {1, …, size} of the first indices over ``dim``."""
    _over("initial", dim, size)
    return Subset(checked_name(name, "a set"), dim, size, initial=True)
