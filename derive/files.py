"""What a run writes: JSON, whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from derive.errors import InputError, StatementError
from derive.kernel import Statement
from derive.language.derivation import Claim
from derive.report import ClaimReport, Report
from derive.screen import is_utf8, silence
from derive.statement_text import listed
from derive.trimming import trimmed
from derive.verify import SCHEMA

STANDARD_OUTPUT = "-"


def prepare(report: str | None, certificates: str | None, claims: Sequence[Claim]) -> None:
    """Refuse, before the long run, what could not be written after it.

    Raises:
        InputError: a folder is missing or may not be written to, or two claims would share a file.
    """
    if report is not None and report != STANDARD_OUTPUT:
        if Path(report).is_dir():
            raise InputError(f"--json {report}: this is a folder, not a file")
        _writable("--json", report, Path(report).parent)
    if certificates is not None:
        folder = Path(certificates)
        if folder.exists() and not folder.is_dir():
            raise InputError(f"--certificates {certificates}: this is a file, not a folder")
        _writable("--certificates", certificates, folder if folder.exists() else folder.absolute().parent)
        file_names([claim.label for claim in claims])


def prepare_folder(option: str, given: str) -> Path:
    """The folder to write to, made if only it is missing.

    Raises:
        InputError: it is a file, may not be written to, or lies in a folder that is missing.
    """
    folder = Path(given)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{option} {given}: this is a file, not a folder")
    _writable(option, given, folder if folder.exists() else folder.absolute().parent)
    folder.mkdir(exist_ok=True)
    return folder


def _writable(option: str, given: str, folder: Path) -> None:
    if not folder.is_dir():
        raise InputError(f"{option} {given}: the folder {folder} does not exist")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"{option} {given}: the folder {folder} may not be written to")


def file_names(labels: Sequence[str]) -> dict[str, str]:
    """A file name for each label, with what file systems dislike replaced.

    Raises:
        InputError: two labels get one name (on a file system that takes capitals and small letters for the same).

    >>> file_names(["28E-printed", "a/b"])
    {'28E-printed': '28E-printed.json', 'a/b': 'a_b.json'}
    """
    names: dict[str, str] = {}
    taken: dict[str, str] = {}
    for label in labels:
        kept = "".join(char if char.isalnum() or char in "-_.+" else "_" for char in label)
        names[label] = f"{kept.lstrip('.') or '_'}.json"
        other = taken.setdefault(names[label].casefold(), label)
        if other != label:
            raise InputError(f"the certificates of {other!r} and {label!r} would both be the file {names[label]}")
    return names


def write_certificates(run: Report, folder: str) -> None:
    """Two files a claim: ``<label>.json``, the certificates of what was proved, and ``<label>.statement``: what it is.

    A claim of which nothing was proved has no certificates, and no statement.
    """
    Path(folder).mkdir(exist_ok=True)
    names = file_names([claim.label for claim in run.claims])
    for claim in run.claims:
        pairs = [trimmed(*pair) for pair in zip(claim.statements, claim.certificates, strict=True)]
        file = Path(folder) / names[claim.label]
        write_whole(file, _certificates(claim, [certificate for _, certificate in pairs]))
        statement = file.with_name(f"{file.name.removesuffix('.json')}.statement")
        if pairs:
            write_whole(statement, _statements(claim.label, [statement for statement, _ in pairs]))
        else:
            statement.unlink(missing_ok=True)  # of an earlier run


def _statements(label: str, statements: Sequence[Statement]) -> str:
    try:
        return listed(statements)
    except StatementError as error:
        raise InputError(f"{label}: what was proved cannot be written for 'verify' to read: {error}") from None


def _certificates(claim: ClaimReport, certificates: Sequence[Mapping[str, object]]) -> str:
    """JSON, a certificate a line: what stands in one is for the kernel, and indented it is three times as long."""
    named = {name: getattr(claim, name) for name in ("label", "derivation", "source", "text", "verdict")}
    rows = {"schema": SCHEMA, **named}
    lines = [f" {_compact(name)}: {_compact(value)}" for name, value in rows.items()]
    proofs = ",\n".join(map(_compact, certificates))
    return "{\n" + ",\n".join([*lines, f' "certificates": [\n{proofs}\n ]']) + "\n}\n"


def _compact(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def write_report(run: Report, file: str, stdout: TextIO) -> None:
    """The report as JSON, to a file or, for ``-``, to standard output."""
    if file != STANDARD_OUTPUT:
        write_whole(Path(file), _json(run.data()))
        return
    try:
        stdout.write(_json(run.data(), ascii_only=not is_utf8(stdout)))
        stdout.flush()
    except BrokenPipeError:
        silence(stdout)


def _json(data: Mapping[str, object], ascii_only: bool = False) -> str:
    return json.dumps(data, ensure_ascii=ascii_only, indent=1, allow_nan=False) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Write the file whole, or leave what was there: whatever interrupts, no half of it stays behind."""
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")  # a pipe or a device, /dev/stdout say, must not be replaced by a file
        return
    goal = path.resolve()
    part = goal.with_name(f".{goal.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(goal)
    finally:
        part.unlink(missing_ok=True)
