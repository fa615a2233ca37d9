"""Checks again what an author saves: the process stays warm, and only claims that say something else are checked."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from derive.assembly import assumptions, capped, with_what_they_rest_on
from derive.checker import Options, check_claim, check_label, versions
from derive.errors import DeriveError, InputError
from derive.fingerprint import fingerprint
from derive.language.derivation import Claim, Derivation
from derive.load import load
from derive.render import changed_claims, report
from derive.report import ClaimReport, Report
from derive.screen import BLANK, Line, Screen
from derive.workers import shut_down, workers

INTERVAL = 0.1
"""Seconds from one look at the files to the next: nobody sees less, and it costs a thousandth of a processor."""
MANY = 4
"""Claims for which starting processes pays."""

MOST_KNOWN = 2000
"""Reports that are kept."""

Stamp = tuple[int, int, int] | None


@dataclass(slots=True)
class Watch:
    """The state between two saves.

    Attributes:
        options: as ``check`` takes them; ``only`` restricts what is shown.
        files: what the targets were read from, helpers included, and how each was when it was read.
        known: reports by fingerprint, of the claims alone, whatever became of those that they use.
        shown: the reports as they were shown last, by label.
        fault: what is wrong with a file that cannot be read now.
    """

    options: Options
    files: dict[Path, Stamp] = field(default_factory=dict)
    known: dict[Hashable, ClaimReport] = field(default_factory=dict)
    shown: dict[str, ClaimReport] | None = None
    fault: str = ""

    @property
    def ok(self) -> bool:
        """Whether every file can be read and every claim has the verdict that is expected of it."""
        return not self.fault and self.shown is not None and all(claim.ok for claim in self.shown.values())

    def is_due(self) -> bool:
        """Whether a file is another one than when it was read."""
        return any(_stamp(path) != stamp for path, stamp in self.files.items())

    def again(self, screen: Screen) -> list[Line]:
        """Read the files, check what changed, and say what is different from what was shown."""
        started = time.perf_counter()
        try:
            pages = self._read()
            asked = self._asked(pages)
            run, fresh = self._checked(asked, started)
        except DeriveError as error:
            self.fault = " ".join(str(error).split())
            return [((screen.spell(f"derive: {self.fault}"), "bold red"),)]
        before, recovered = self.shown, bool(self.fault)
        self.shown, self.fault = {claim.label: claim for claim in run.claims}, ""
        if before is None:
            return report(run, screen)
        return _differences(before, run, fresh, recovered, screen)

    def _read(self) -> list[Derivation]:
        """Load the targets anew.

        Raises:
            InputError: one cannot be loaded; its files are looked at all the same.
        """
        seen = {Path(target).resolve() for target in self.options.targets if Path(target).suffix == ".py"}
        # What is stamped before it is read is read again rather than missed when it is saved meanwhile.
        stamps = {path: _stamp(path) for path in (*self.files, *seen)}
        modules = set(sys.modules)
        try:
            return load(self.options.targets, seen)
        finally:
            _forget_named(self.options.targets, modules, seen)
            self.files = {path: stamps[path] if path in stamps else _stamp(path) for path in {*self.files, *seen}}

    def _asked(self, pages: Sequence[Derivation]) -> list[Claim]:
        claims = [claim for page in pages for claim in page.claims.values()]
        only = self.options.only
        missing = [label for label in only if label not in {claim.label for claim in claims}]
        if missing:
            raise InputError(f"no claim is labelled {missing[0]!r}")
        return [claim for claim in claims if not only or claim.label in only]

    def _checked(self, asked: Sequence[Claim], started: float) -> tuple[Report, list[str]]:
        """The report of these claims, and the labels of those that had to be checked."""
        claims = with_what_they_rest_on(asked)
        marks = {claim.label: fingerprint(claim) for claim in claims}
        fresh = [claim for claim in claims if marks[claim.label] not in self.known]
        found = dict(zip((claim.label for claim in fresh), self._reports(fresh, claims), strict=True))
        own = {claim.label: found.get(claim.label) or self.known[marks[claim.label]] for claim in claims}
        self.known |= {marks[label]: one for label, one in own.items()}  # who takes back a change has it at once
        self.known = dict(list(self.known.items())[-MOST_KNOWN:])
        reports: dict[str, ClaimReport] = {}
        for claim in claims:
            reports[claim.label] = capped(claim, _retold(claim, own[claim.label]), reports)
        shown = tuple(reports[claim.label] for claim in asked)
        seconds = time.perf_counter() - started
        return Report(shown, seconds, versions(), assumptions(shown)), [claim.label for claim in fresh]

    def _reports(self, fresh: Sequence[Claim], claims: Sequence[Claim]) -> Iterable[ClaimReport]:
        if self.options.jobs == 1 or len(fresh) < MANY:
            return [check_claim(claim, self.options) for claim in fresh]
        pool = workers(self.options.jobs, claims)
        try:
            labels = [claim.label for claim in fresh]
            return list(pool.map(check_label, [self.options] * len(labels), labels))
        finally:
            shut_down(pool)


def watch(options: Options, screen: Screen, sleep: Callable[[float], object] = time.sleep) -> bool:
    """Check, and check again whenever a file is saved, until interrupted.

    Returns:
        Whether all held when it was interrupted.

    Raises:
        InputError: a target does not exist, or a label.
    """
    _refuse_missing(options)
    state = Watch(options)
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # a helper's might be older than it looks
    try:
        screen.write([*state.again(screen), BLANK])
        if state.fault.startswith("no claim is labelled"):
            raise InputError(state.fault)
        screen.write([((screen.spell(_watching(state)), "dim"),)])
        while True:
            sleep(INTERVAL)
            if state.is_due():
                screen.write([BLANK, *state.again(screen)])
    except KeyboardInterrupt:
        return state.ok
    finally:
        sys.dont_write_bytecode = writes_bytecode


def _refuse_missing(options: Options) -> None:
    for target in options.targets:
        if target.endswith(".py") and not Path(target).is_file():
            raise InputError(f"{target}: no such file")


def _watching(state: Watch) -> str:
    names = ", ".join(sorted(path.name for path in state.files)[:4]) + (", …" if len(state.files) > 4 else "")
    return f"watching {names}; to end, press Ctrl-C"


def _stamp(path: Path) -> Stamp:
    """When a file was last written, and how long it is; None where it is not there, as between two steps of a save."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _forget_named(targets: Sequence[str], before: set[str], seen: set[Path]) -> None:
    """Targets that are modules, and what they imported from the same place, are imported anew the next time."""
    tops = {target.partition(".")[0] for target in targets if not target.endswith(".py")}
    for name in [name for name in sys.modules if name.partition(".")[0] in tops]:
        file = getattr(sys.modules[name], "__file__", None)
        if name.partition(".")[0] != "derive" and file is not None:
            seen.add(Path(file))
            del sys.modules[name]
    importlib.invalidate_caches()


def _retold(claim: Claim, found: ClaimReport) -> ClaimReport:
    """The report with what a claim may change without being checked again."""
    return replace(
        found, place=claim.place, title=claim.title, errata=claim.errata, reading=claim.reading,
        derivation=claim.derivation.title, source=claim.derivation.source,
    )  # fmt: skip


# What is different --------------------------------------------------------------------------------------------------


def _differences(
    before: dict[str, ClaimReport], run: Report, fresh: Sequence[str], recovered: bool, screen: Screen
) -> list[Line]:
    """A line of what was done, the claims whose report is another, those that are gone, and where things stand."""
    changed = [c for c in run.claims if c.label not in before or _outcome(c) != _outcome(before[c.label])]
    gone = [label for label in before if label not in {claim.label for claim in run.claims}]
    told = f"{len(fresh)} of {len(run.claims)} claims checked again" + (f" ({', '.join(fresh[:6])})" if fresh else "")
    clock = time.strftime("%H:%M:%S")
    lines: list[Line] = [((screen.spell(f"{clock} · {told} · {run.seconds:.2f} s"), "dim"),)]
    lines += changed_claims(replace(run, claims=tuple(changed)), [_mark(c, before) for c in changed], screen)
    lines += [((screen.spell(f"{label}: removed"), "yellow"),) for label in gone]
    if not changed and not gone:
        lines.append(((screen.spell("as before" if not recovered else "read again, as before"), "dim"),))
    return [*lines, *_standing(run, screen)]


def _outcome(claim: ClaimReport) -> Hashable:
    """What an author would want to be told when it becomes another."""
    examples = [repr(step.counterexample.data()) if step.counterexample else "" for step in claim.steps]
    escaped = claim.planted.escaped if claim.planted else ()
    return (claim.verdict, claim.expected, tuple(examples), escaped, claim.reason if not claim.ok else "")


def _mark(claim: ClaimReport, before: dict[str, ClaimReport]) -> str:
    if claim.label not in before:
        return "new"
    was = before[claim.label]
    return f"was {was.verdict}" if was.verdict != claim.verdict else "differs"


def _standing(run: Report, screen: Screen) -> list[Line]:
    from derive.render import outcome

    return screen.hanging([], outcome(run), "bold green" if run.ok else "bold red")
