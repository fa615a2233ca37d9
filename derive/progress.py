"""A progress bar, on a terminal, for work that takes longer than a second."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from derive.report import ClaimReport
from derive.screen import is_utf8

if TYPE_CHECKING:
    from rich.progress import Progress

PATIENCE = 1.0
"""Seconds without a bar."""

Tell = Callable[[ClaimReport], None]


@contextmanager
def progress(total: int, stream: TextIO) -> Iterator[Tell]:
    """What to call after each claim; the bar is gone when the work is done. It draws in the caller's thread, since a
    thread of its own would be copied in an unknown state when processes are forked."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield _quiet
        return
    bar = _Bar(total, stream)
    try:
        yield bar.tell
    finally:
        bar.stop()


def _quiet(claim: ClaimReport) -> None:
    """No terminal, no bar."""


class _Bar:
    def __init__(self, total: int, stream: TextIO) -> None:
        self.total, self.stream, self.started = total, stream, time.monotonic()
        self.done = 0
        self.shown: Progress | None = None

    def tell(self, claim: ClaimReport) -> None:
        self.done += 1
        if self.shown is None and self.done < self.total and time.monotonic() - self.started > PATIENCE:
            self.shown = _started(self.total, self.stream)
        if self.shown is not None:
            self.shown.update(self.shown.task_ids[0], completed=self.done, description=claim.label, refresh=True)

    def stop(self) -> None:
        if self.shown is not None:
            self.shown.stop()


def _started(total: int, stream: TextIO) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    colour = None if os.environ.get("NO_COLOR") or not is_utf8(stream) else "auto"
    console = Console(file=stream, color_system=colour)  # type: ignore[arg-type]
    columns = (
        TextColumn("checking"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", markup=False),
    )
    bar = Progress(*columns, console=console, transient=True, auto_refresh=False)
    bar.add_task("", total=total)
    bar.start()
    return bar
