"""Every field of every certificate of the notes, as written, is damaged once; each damage is refused, or is no damage.

A damage that is accepted must leave a proof. Whether it does is seen by a second judge: each membership that the kernel
was asked for asserts that two numbers are equal whatever the letters are, and so they are at random letters modulo a
prime, hypotheses not assumed. ``names`` says only how terms are compared, so that it can be another and right.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial, reduce
from itertools import product
from operator import getitem
from typing import Any

import pytest

from derive.errors import CertificateError
from derive.files import write_certificates
from derive.kernel import Statement, check
from derive.kernel.rules import RULES, Goal, prove
from derive.kernel.terms import bounded
from derive.statement_text import read
from tests.kernel.makers import REFUSALS
from tests.kernel.oracle import PRIME, World, plain, random_world, worth_of_poly
from tests.test_verify import along, run

Path = tuple[str | int, ...]
SHARES = 4
"""Tests that the certificates are dealt to, so that they can run side by side."""


@pytest.fixture(scope="module")
def proofs(tmp_path_factory) -> list[tuple[str, Statement, dict[str, Any]]]:
    """What ``check --certificates`` writes."""
    place = tmp_path_factory.mktemp("fields")
    write_certificates(run(), str(place))
    found = []
    for file in sorted(place.glob("*.statement")):
        statements = read(file.read_text(encoding="utf-8"))
        certificates = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))["certificates"]
        pairs = zip(statements, certificates, strict=True)
        found += [(f"{file.stem} ({n})", s, c) for n, ((s, _), c) in enumerate(pairs, 1)]
    return found


def leaves(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every field that holds no others, and every empty list."""
    if isinstance(data, dict | list) and data:
        for key, part in data.items() if isinstance(data, dict) else enumerate(data):
            yield from leaves(part, (*path, key))
    else:
        yield path, data


def damaged(statement: Statement, certificate: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """The certificate with another value at the path, of the same kind where there is one."""

    def change(container: Any, key: Any) -> None:
        if "names" in path and isinstance(value, int) and len(container) > 1:
            other = (key + 1) % len(container)  # two change places, else it would be no renaming
            container[key], container[other] = container[other], container[key]
        else:
            container[key] = another(statement, certificate, path, value)

    if "names" in path and isinstance(value, int):  # the whole list is copied, not shared
        return along(certificate, path[:-1], lambda container, key: change(container[key], path[-1]))
    return along(certificate, path, change)


def another(statement: Statement, certificate: dict[str, Any], path: Path, value: Any) -> Any:
    match path:
        case (*_, "coefficient" | "weight"):
            return str(Fraction(value) + 1)
        case (*_, "hypothesis"):
            return (value + 1) % max(2, len(statement.hypotheses))
        case (*_, "factors", int(), 0):
            letters = {letter.name: letter.dims for letter in statement.letters}
            return next((n for n, dims in letters.items() if n != value and dims == letters.get(value)), "Z")
        case (*_, "at", int()) | (*_, "factors", int(), 1, int()):
            return another_index(statement, certificate, path, value)
        case (*_, "bound", int()) | (*_, "each", int(), 1):
            return next((dim for dim in statement.dims if dim != value), "Z")
        case (*_, "rule"):
            return next(rule for rule in RULES if rule != value)
        case _:
            return [EMPTY.get(path[-1], "Z")] if value == [] else 10**6 if isinstance(value, int) else f"{value}Z"


EMPTY: dict[Any, Any] = {"factors": ["Z", []], "names": [], "cofactors": {}, "squares": {}, "times": {}}


def another_index(statement: Statement, certificate: dict[str, Any], path: Path, value: Any) -> Any:
    """Another index over the same dimension, or one that is not there."""
    owner: Any = certificate
    for key in path[: max(k for k, key in enumerate(path) if key in {"at", "factors"})]:
        owner = owner[key]
    dims = dict(enumerate(owner.get("bound", []))) | {i.name: i.dim for i in (*statement.fixed, *statement.each)}
    return next((i for i, dim in dims.items() if i != value and dim == dims.get(value)), "Z")


# The second judge ---------------------------------------------------------------------------------------------------


def asked(statement: Statement, certificate: dict[str, Any], monkeypatch) -> list[tuple[Goal, Any, Any]]:
    """Every membership that the kernel is asked for; it accepts them all."""
    found: list[tuple[Goal, Any, Any]] = []
    own = RULES["membership"]

    def recording(goal, facts, scope, part, used):
        own(goal, facts, scope, part, used)
        found.append((goal, facts, part))

    with monkeypatch.context() as patched:
        patched.setitem(RULES, "membership", recording)
        check(statement, certificate)
    return found


def world_of(statement: Statement, size: int, seed: int) -> World:
    letters = {letter.name: letter.dims for letter in statement.letters}
    sets = {name: frozenset(range(seed % (size + 1))) for name, _ in statement.sets}
    return random_world(letters, dict.fromkeys(statement.dims, size), sets, seed)


class Everywhere(dict[str, int]):
    """Free indices that have no value are given one, the same for each of its names."""

    def __init__(self, size: int, *known: dict[str, int]) -> None:
        super().__init__(*known)
        self.size = size

    def __missing__(self, name: str) -> int:
        return sum(map(ord, name)) % self.size


def worth_of_cofactor(cofactor: Any, facts: Any, world: World, at: Everywhere) -> int:
    """coefficient × Σ context × hypothesis, read from the certificate here, summed by loops."""
    fact, coefficient = facts[cofactor["hypothesis"]], Fraction(cofactor["coefficient"])
    result = 0
    for values in product(*(range(world.sizes[dim]) for dim in cofactor["bound"])):
        term = coefficient.numerator * pow(coefficient.denominator, -1, PRIME)
        for name, indices in cofactor["factors"]:
            where = tuple(values[i] if isinstance(i, int) else at[i] for i in indices)
            term = term * plain(world.entry(name, where)) % PRIME
        if term:
            places = (values[i] if isinstance(i, int) else at[i] for i in cofactor["at"])
            slots = {index.name: value for index, value in zip(fact.each, places, strict=True)}
            result += term * worth_of_poly(fact.poly, world, Everywhere(at.size, {**at, **slots}))
    return result % PRIME


def is_identity(goal: Goal, facts: Any, part: Any, world: World, size: int) -> bool:
    at = Everywhere(size)
    sides = worth_of_poly(goal.left, world, at) - worth_of_poly(goal.right, world, at)
    return (sides - sum(worth_of_cofactor(c, facts, world, at) for c in part["cofactors"])) % PRIME == 0


# The table ----------------------------------------------------------------------------------------------------------


class Proving:
    """What the kernel was asked when it accepted a certificate: for each of its parts, by its path, the goal and facts.

    A part that is refused ends the whole check, so a damaged field needs only the innermost part around it checked
    again, with what the undamaged parts before it led to. Whole, the two longest would take minutes.
    """

    def __init__(self, statement: Statement, certificate: dict[str, Any], monkeypatch) -> None:
        self.statement = statement
        paths = {id(part): path for path, part in objects(certificate)}
        self.asked: dict[Path, Callable[[Any], None]] = {}

        def recording(own: Callable[..., None], goal: Any, facts: Any, scope: Any, part: Any, used: Any) -> None:
            self.asked[paths[id(part)]] = lambda other: prove(goal, facts, scope, other, {})
            own(goal, facts, scope, part, used)

        with monkeypatch.context() as patched:
            for name, own in RULES.items():
                patched.setitem(RULES, name, partial(recording, own))
            check(statement, certificate)

    def again(self, path: Path, other: dict[str, Any]) -> None:
        """Prove the innermost part around the path again; of what stands in none, the whole."""
        for end in range(len(path), -1, -1):
            if path[:end] in self.asked:
                return self._part(self.asked[path[:end]], reduce(getitem, path[:end], other))
        check(self.statement, other)
        return None

    def _part(self, proved: Callable[[Any], None], part: Any) -> None:
        try:
            with bounded():
                proved(part)
        except (RecursionError, ValueError) as error:
            raise CertificateError(str(error)) from None


def objects(data: Any, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    if isinstance(data, dict):
        yield path, data
    if isinstance(data, dict | list):
        for key, part in data.items() if isinstance(data, dict) else enumerate(data):
            yield from objects(part, (*path, key))


@pytest.mark.parametrize("share", range(SHARES))
def test_every_field_of_every_certificate_is_refused_with_a_damage_or_still_a_proof(proofs, share, monkeypatch):
    tried = still = 0
    longest_first = sorted(proofs, key=lambda proof: -sum(1 for _ in leaves(proof[2])))
    for name, statement, certificate in longest_first[share::SHARES]:
        proving = Proving(statement, certificate, monkeypatch)
        for path, value in leaves(certificate):
            other = damaged(statement, certificate, path, value)
            assert other != certificate
            tried += 1
            try:
                proving.again(path, other)
            except REFUSALS:
                continue
            still += 1
            for goal, facts, part in asked(statement, other, monkeypatch) if "names" not in path else ():
                assert is_identity(goal, facts, part, world_of(statement, 2, 1), 2), f"{name}: {path}"
    assert 0 < 50 * still < tried, f"{still} of {tried} are still proofs"


def test_a_part_is_refused_as_the_whole_is(proofs, monkeypatch):
    """What saves the time above is right: of each certificate a few damages, each checked both ways."""
    for _, statement, certificate in proofs:
        proving = Proving(statement, certificate, monkeypatch)
        places = list(leaves(certificate))
        for path, value in places[:: 1 + len(places) // 6]:
            other = damaged(statement, certificate, path, value)
            assert said(partial(check, statement, other)) == said(partial(proving.again, path, other))


def said(attempt: Callable[[], object]) -> str:
    """Of a refusal, its first words: around an error that is not the kernel's own, the whole check says more."""
    try:
        attempt()
    except REFUSALS as error:
        return str(error).rpartition("cannot be read: ")[2]
    return ""


def test_the_second_judge_refuses_what_is_no_identity(proofs, monkeypatch):
    """A certificate without one of its cofactors, which the kernel refuses, is seen not to be one by itself."""
    seen = 0
    for _, statement, certificate in proofs:
        if certificate["rule"] != "membership" or not 0 < len(certificate["cofactors"]) < 6:
            continue
        ((goal, facts, part),) = asked(statement, certificate, monkeypatch)
        world = world_of(statement, 2, 1)
        assert is_identity(goal, facts, part, world, 2)
        shorter = {**part, "cofactors": part["cofactors"][1:]}
        seen += not is_identity(goal, facts, shorter, world, 2)
    assert seen > 50
