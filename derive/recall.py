"""What searches found before, kept on disk: proofs and models, and that none was found.

Searches take half the time of a check and find the same each time. What they found is kept by the claim, whole: where a
claim, the options or the program differ in anything, all of the claim is searched again, so that a report never depends
on what was checked before. What is kept proves nothing: the kernel checks a certificate from here as any other, against
the statement of the derivation, and the hypotheses are evaluated at a model. What was seen there is never kept, nor are
counterexamples and numbers. That a search found nothing is believed: who can write here could write in the program too,
and what is damaged by chance has not its checksum.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from derive.digest import Digester
from derive.fingerprint import fingerprint
from derive.judges import BROKEN
from derive.outcomes import Outcomes

if TYPE_CHECKING:
    from derive.checker import Options
    from derive.language.derivation import Claim


MOST_BYTES, MOST_VERSIONS = 100_000_000, 4
"""Of one file, past which it is begun anew; and of how many versions of the program files are kept."""
MOST_TEXT = 50_000_000
"""Characters of what is kept of one claim, past which it is not read."""


@contextmanager
def recalled(claim: Claim, options: Options) -> Iterator[Outcomes | None]:
    """What is known of the searches for a claim; what is found while it lasts is kept. None: nothing is to be kept."""
    digest = Digester()
    asked = (options.digits, options.seed, options.plant, options.needed, options.methods)
    try:
        key = digest((asked, fingerprint(claim))) if options.kept else None
    except BROKEN:  # it rests on something that may be another each time, or that cannot be read
        key = None
    if key is None:
        yield None
        return
    outcomes = Outcomes(store(options.kept).outcomes(key), digest)
    yield outcomes
    if outcomes.grown:
        store(options.kept).keep(key, outcomes.found)


class Store:
    """The file in which outcomes are kept, one for each version of the program.

    It may be damaged, locked, or not there to be written: then searches are made, as without it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"proofs-{program()}.sqlite"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            _make_room(self.path)

    def outcomes(self, key: bytes) -> dict[str, list[Any]]:
        """What is kept of a claim; nothing where there is nothing, or nothing that can be read."""
        try:
            with self._opened() as connection:
                row = connection.execute("SELECT outcomes FROM claims WHERE key = ?", (key,)).fetchone()
            return _read(row[0]) if row else {}
        except (sqlite3.Error, zlib.error, ValueError, TypeError, RecursionError):
            return {}

    def keep(self, key: bytes, found: Mapping[str, list[Any]]) -> None:
        """Put on disk what came of the searches for a claim, if that can be written: numbers may be too long for it."""
        try:
            text = json.dumps(found, separators=(",", ":"))
        except (ValueError, RecursionError):
            return
        with suppress(sqlite3.Error), self._opened() as connection:
            connection.execute("INSERT OR REPLACE INTO claims VALUES (?, ?)", (key, zlib.compress(text.encode(), 1)))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A connection that is closed again, as one must not be taken along into a process that is forked."""
        with closing(sqlite3.connect(self.path, timeout=2)) as connection, connection:
            try:
                connection.execute("PRAGMA synchronous = OFF")  # what is lost with the machine's power is found again
                connection.execute(TABLE)
            except sqlite3.OperationalError:  # locked, or not to be written
                raise
            except sqlite3.DatabaseError:  # damaged: the next that opens it begins anew
                with suppress(OSError):
                    self.path.unlink()
                raise
            yield connection


TABLE = "CREATE TABLE IF NOT EXISTS claims (key BLOB PRIMARY KEY, outcomes BLOB NOT NULL) WITHOUT ROWID"


def _read(packed: bytes) -> dict[str, list[Any]]:
    """The outcomes of a claim, or nothing where this is no text of such."""
    unpacking = zlib.decompressobj()
    found = json.loads(unpacking.decompress(packed, MOST_TEXT))
    fits = isinstance(found, dict) and all(
        isinstance(one, list) and len(one) == 2 and isinstance(one[0], str) and isinstance(one[1], dict | None)
        for one in found.values()
    )
    return found if fits else {}


def _make_room(path: Path) -> None:
    """Remove a file that has grown too long, and those of all but the versions of the program that were used last."""
    if path.exists():
        if path.stat().st_size > MOST_BYTES:
            path.unlink()
        return
    files = sorted(path.parent.glob("proofs-*.sqlite"), key=lambda file: file.stat().st_mtime)
    for file in files[: max(0, len(files) - MOST_VERSIONS + 1)]:
        file.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def program() -> str:
    """A name for this very program: its own text, and the versions of what its searches run on."""
    from hashlib import sha256

    import mpmath
    import numpy
    import sympy

    own = Path(__file__).parent
    told = sha256(sys.version.encode())
    for library in (sympy, numpy, mpmath):  # as they say themselves: to read it from their metadata takes longer
        told.update(f"{library.__name__} {library.__version__}\n".encode())
    for file in sorted(own.rglob("*.py")):
        if file.relative_to(own).parts[0] != "corpora":  # a page's own text is a matter of its claims
            told.update(f"{file.relative_to(own)}\n".encode() + file.read_bytes())
    return told.hexdigest()[:16]


@lru_cache(maxsize=4)
def store(folder: str) -> Store:
    """The store in a folder."""
    return Store(Path(folder))
