"""Checks certificates again, with the kernel alone: no SymPy, no NumPy, no search, none of the language.

Beside ``label.json``, which holds the certificates of a claim, stands ``label.statement``, which says in plain text
what they prove, one statement a certificate. What is proved is read there, never in the certificate. Both files may be
hostile: of each so much is read and no more, and whatever is wrong with them is said in one line.
"""

from __future__ import annotations

import json
import os
import stat

from derive.errors import CertificateError, DeriveError, InputError
from derive.kernel import check
from derive.statement_text import read

TYPE_CHECKING = False  # importing typing would take longer than most proofs
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, NoReturn

SCHEMA = 3
"""Of the certificates. Those of 1 number summed indices as the kernel once did, those of 2 split on letters only."""
CERTIFICATE, STATEMENT = ".json", ".statement"
MOST_BYTES = {CERTIFICATE: 16_000_000, STATEMENT: 4_000_000}
"""Of a file. What JSON describes in so many bytes can take twenty times the memory."""
LONGEST = 1_000
"""Characters of a refusal; of a longer one the rest is left out."""
DEEPEST_SHOWN = 30
"""Steps into a certificate that a refusal shows, the last ones."""


def report(path: str) -> tuple[list[str], str]:
    """What there is to print of what was verified at the path, and the refusal that ended it, or nothing.

    Raises:
        InputError: there is nothing to verify at this path.
    """
    lines: list[str] = []
    empty: list[str] = []
    count = 0
    todo = stems(path)
    for stem, (texts, refused) in zip(todo, outcomes(todo), strict=False):  # behind a refusal there may be none
        label = shown(os.path.basename(stem))
        if refused:
            return lines, refused
        count += len(texts)
        empty += [] if texts else [label]
        lines += _lines(label, texts)
    without = f"; nothing proved in {len(empty)}: {', '.join(empty)}" if empty else ""
    lines.append(f"{_counted(count, 'statement')} verified in {_counted(len(todo) - len(empty), 'claim')}{without}")
    return lines, "" if count else f"{shown(path)}: nothing is proved here, so nothing was verified"


Outcome = tuple["list[str]", str]
"""The texts of what a claim proves, and the refusal, or nothing."""
WORTH_A_PROCESS = 100_000
"""Bytes of certificates that take longer than starting a second process."""
LONGER = 6
"""Times as long as for a byte of a certificate it takes for one of a statement: read, written and made polynomials."""


def outcomes(todo: list[str]) -> list[Outcome]:
    """What becomes of each claim, in order, at least to the first that is refused; by two processes where it pays."""
    sizes = [_size(stem + CERTIFICATE) + LONGER * _size(stem + STATEMENT) for stem in todo]
    if sum(sizes) < WORTH_A_PROCESS or not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2:
        return list(_until_refused(todo, range(len(todo))).values())
    mine, other = _halves(sizes)
    receive = _started(todo, other)
    found = _until_refused(todo, mine)
    theirs = receive()
    found |= _until_refused(todo, other) if theirs is None else theirs
    ended = min((number for number, (_, refused) in found.items() if refused), default=len(todo) - 1)
    return [found[number] for number in range(ended + 1)]


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size
    except (OSError, ValueError):  # said when it is read
        return 0


def _halves(sizes: list[int]) -> tuple[list[int], list[int]]:
    """The numbers of the claims, each half in order and about equally long, the longest ones dealt first."""
    halves, loads = (list[int](), list[int]()), [0, 0]
    for number in sorted(range(len(sizes)), key=sizes.__getitem__, reverse=True):
        half = loads.index(min(loads))
        halves[half].append(number)
        loads[half] += sizes[number] + 1
    return sorted(halves[0]), sorted(halves[1])


def _until_refused(todo: list[str], numbers: Iterable[int]) -> dict[int, Outcome]:
    found: dict[int, Outcome] = {}
    for number in numbers:
        try:
            found[number] = (verified(todo[number]), "")
        except CertificateError as error:
            found[number] = ([], str(error))
            break
    return found


def _started(todo: list[str], numbers: list[int]) -> Callable[[], dict[int, Outcome] | None]:
    """Start a second process, and return what waits for its outcomes; it gives None where the process came to grief."""
    back, into = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            data = json.dumps(list(_until_refused(todo, numbers).items()))
            with open(into, "w", encoding="ascii") as stream:
                stream.write(data)
            status = 0
        finally:
            os._exit(status)  # nothing of what the first process has still to do is done twice
    os.close(into)

    def receive() -> dict[int, Outcome] | None:
        with open(back, encoding="ascii") as stream:
            data = stream.read()
        if os.waitpid(child, 0)[1]:
            return None
        return {number: (texts, refused) for number, (texts, refused) in json.loads(data)}

    return receive


def _lines(label: str, texts: list[str]) -> list[str]:
    lines = [f"{label}: {_counted(len(texts), 'statement')} verified" if texts else f"{label}: nothing proved here"]
    for number, text in enumerate(texts, 1):
        lines += [f"  statement {number} of {len(texts)}"] if len(texts) > 1 else []
        lines += [f"  {line}" for line in text.splitlines()]
    return [*lines, ""]


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" + "s" * (count != 1)


def stems(path: str) -> list[str]:
    """The paths of what is to be verified, without the suffixes of the two files, in order.

    Raises:
        InputError: there is nothing to verify at this path.
    """
    if not os.path.isdir(path):
        stem, suffix = os.path.splitext(path)
        if not os.path.lexists(path):
            raise InputError(f"{path}: no such file or folder")
        if suffix not in MOST_BYTES:
            raise InputError(f"{path}: neither certificates, {CERTIFICATE}, nor statements, {STATEMENT}")
        return [stem]
    split = [os.path.splitext(name) for name in os.listdir(path) if not name.startswith(".")]
    found = {os.path.join(path, stem) for stem, suffix in split if suffix in MOST_BYTES}
    if not found:
        raise InputError(f"{path}: no certificates in this folder")
    return sorted(found)


def verified(stem: str) -> list[str]:
    """The texts of the statements that the certificates of a claim prove; none where the claim has no certificate.

    Raises:
        CertificateError: a file is missing or unreadable, or the kernel refuses; one line that says which, and where.
    """
    certificates = _certificates(stem + CERTIFICATE)
    file = stem + STATEMENT
    if not certificates and not os.path.lexists(file):
        return []
    try:
        statements = read(_text(file))
    except DeriveError as error:
        _refuse(file, error)
    if len(statements) != len(certificates):
        _refuse(file, f"{len(statements)} statements, but there are {len(certificates)} certificates")
    found = []
    for number, ((statement, text), certificate) in enumerate(zip(statements, certificates, strict=True)):
        try:
            check(statement, certificate)
            found.append(text)
        except DeriveError as error:
            calls = _calls(error)
            if any(name == "_read" for name, _ in calls):
                _refuse(file, f"statement {number + 1}: {error}")
            _refuse(stem + CERTIFICATE, f"certificates[{number}]{_place(calls, certificate)}: {error}")
    return found


def _refuse(file: str, why: object) -> NoReturn:
    line = shown(" ".join(f"{file}: {why}".split()))
    raise CertificateError(line if len(line) <= LONGEST else f"{line[:LONGEST]} …") from None


def shown(text: str) -> str:
    r"""The text with what does not show, or would do something to a terminal, as an escape.

    >>> shown("28E" + chr(27))
    '28E\\x1b'
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


# Files --------------------------------------------------------------------------------------------------------------


def _text(file: str) -> str:
    """The text of a plain file that is not too long; what is no plain file is not waited for."""
    most = MOST_BYTES[os.path.splitext(file)[1]]
    try:
        with open(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                _refuse(file, "this is no plain file")
            data = stream.read(most + 1)
        if len(data) > most:
            _refuse(file, f"more than {most} bytes")
        return data.decode("utf-8")
    except FileNotFoundError:
        _refuse(file, "this file is missing: certificates and statements stand side by side")
    except OSError as error:
        _refuse(file, error.strerror)
    except UnicodeDecodeError as error:
        _refuse(file, f"no UTF-8: {error.reason} at byte {error.start}")


def _certificates(file: str) -> list[Any]:
    try:
        data = json.loads(_text(file), object_pairs_hook=_object, parse_constant=_no_number, parse_float=_no_number)
    except (ValueError, RecursionError) as error:
        _refuse(file, f"this is not the JSON of a certificate: {error}")
    found = data.get("certificates") if isinstance(data, dict) and data.get("schema") == SCHEMA else None
    if not isinstance(found, list):
        _refuse(file, f"this has no 'schema': {SCHEMA} and 'certificates': […]")
    return found


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:40]!r} stands twice in one object")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:40]} is no number of a certificate, where fractions are written as texts")


# Where the kernel refused -------------------------------------------------------------------------------------------


def _calls(error: BaseException) -> list[tuple[str, list[Any]]]:
    """The calls that ended in the error, outermost first: the function's name, and what it was given."""
    trace = (error.__context__ or error).__traceback__
    found = []
    while trace is not None:
        code, known = trace.tb_frame.f_code, trace.tb_frame.f_locals
        found.append((code.co_name, [known[name] for name in code.co_varnames[: code.co_argcount] if name in known]))
        trace = trace.tb_next
    return found


def _place(calls: list[tuple[str, list[Any]]], certificate: Any) -> str:
    """The innermost part of the certificate that a call was given: ``.then.proof.cofactors[3]``."""
    given = {id(value) for _, values in calls for value in values if isinstance(value, dict | list)}
    place, depth, steps = "", 0, list[str]()
    inside = [_parts(certificate)]
    while inside:
        part, step = next(inside[-1], (None, ""))
        if not step:
            inside.pop()
            del steps[-1:]
            continue
        steps.append(step)
        inside.append(_parts(part))
        if id(part) in given and len(steps) > depth:
            place, depth = "".join(steps[-DEEPEST_SHOWN:]), len(steps)
    return place if depth <= DEEPEST_SHOWN else f" … {place}"


def _parts(data: Any) -> Iterator[tuple[Any, str]]:
    """The objects and lists that stand directly in one, and the step that leads to each."""
    named = isinstance(data, dict)
    items = data.items() if named else enumerate(data if isinstance(data, list) else ())
    for key, part in items:
        if isinstance(part, dict | list):
            yield part, f".{key}" if named else f"[{key}]"
