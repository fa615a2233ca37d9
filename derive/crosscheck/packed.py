"""Exact instances as plain data, to be kept from one run to another, and read again with distrust."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from derive.crosscheck.instances import Signature
from derive.evaluate import Instance, Value, array
from derive.language import nodes as n
from derive.language.indices import ONE, Subset

RATIONAL = re.compile(r"-?[0-9]{1,3000}/[1-9][0-9]{0,2999}")
MOST_BITS = 9_000
"""Of a numerator or denominator; what is longer is not kept, as texts of numbers have less than 3000 digits."""


def packed(instance: Instance) -> dict[str, Any] | None:
    """The values, sets and indices as JSON has them; fractions are texts. None where a number is too long.

    >>> packed(Instance({}, {"x": Fraction(1, 2)}))
    {'values': {'x': '1/2'}, 'sets': {}, 'indices': {}}
    """
    if not all(_is_short(value) for value in instance.values.values()):
        return None
    values = {name: _packed_value(value) for name, value in instance.values.items()}
    sets = {name: list(members) for name, members in instance.sets.items()}
    return {"values": values, "sets": sets, "indices": dict(instance.indices)}


def unpacked(data: Mapping[str, Any], sign: Signature, sizes: Mapping[str, int]) -> Instance | None:
    """The instance; None where this is not the data of one for these letters at these sizes."""
    values, sets, indices = (data.get(part) for part in ("values", "sets", "indices"))
    names = {index.name: index for index in sign.fixed}
    wanted = (sign.symbols.keys(), sign.sets.keys(), names.keys())
    given = [part.keys() if isinstance(part, dict) else None for part in (values, sets, indices)]
    if values is None or sets is None or indices is None or given != [*wanted]:
        return None
    try:
        return Instance(
            dict(sizes),
            {name: _value(values[name], symbol, sizes) for name, symbol in sign.symbols.items()},
            {name: _members(sets[name], subset, sizes) for name, subset in sign.sets.items()},
            {name: _place(indices[name], sizes[index.dim.name]) for name, index in names.items()},
        )
    except (TypeError, ValueError):
        return None


def _is_short(value: Value) -> bool:
    entries = value.flat if hasattr(value, "flat") else [value]
    bits = (part.bit_length() for entry in entries for part in (entry.numerator, entry.denominator))
    return all(number <= MOST_BITS for number in bits)


def _packed_value(value: Value) -> Any:
    if hasattr(value, "tolist"):
        return [[_packed_number(entry) for entry in row] for row in value.tolist()]
    return _packed_number(value)


def _packed_number(number: int | Fraction) -> int | str:
    return int(number) if number.denominator == 1 else f"{number.numerator}/{number.denominator}"


def _value(data: Any, symbol: n.Symbol, sizes: Mapping[str, int]) -> Value:
    if not symbol.shape:
        return _number(data)
    rows, cols = (1 if dim == ONE else sizes[dim.name] for dim in symbol.shape)
    if not isinstance(data, list) or [len(row) for row in data] != [cols] * rows:
        raise ValueError(f"no values of {symbol}")
    return array([[_number(entry) for entry in row] for row in data])


def _number(data: Any) -> int | Fraction:
    if type(data) is int:
        return data
    if isinstance(data, str) and RATIONAL.fullmatch(data):
        return Fraction(data)
    raise ValueError("no number")


def _members(data: Any, subset: Subset, sizes: Mapping[str, int]) -> tuple[int, ...]:
    found = tuple(_place(one, sizes[subset.dim.name]) for one in data)
    count = 1 if subset.size == ONE else sizes[subset.size.name]
    if list(found) != sorted(set(found)) or len(found) != count or (subset.initial and found != tuple(range(count))):
        raise ValueError(f"no set {subset}")
    return found


def _place(data: Any, over: int) -> int:
    if type(data) is not int or not 0 <= data < over:
        raise ValueError("no place")
    return data
