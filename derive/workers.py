"""Processes that check claims side by side."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextvars import ContextVar
from functools import lru_cache

from derive.language.derivation import Claim, Derivation

INHERITED: ContextVar[tuple[Claim, ...]] = ContextVar("INHERITED", default=())
"""In a worker that was forked: the claims, as the parent loaded them."""


def workers(jobs: int, claims: Sequence[Claim]) -> ProcessPoolExecutor:
    """Processes that start with everything imported and loaded, where the system can fork."""
    forks = "fork" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if forks else None)
    return ProcessPoolExecutor(jobs, context, _start_worker, (tuple(claims) if forks else (),))


def _start_worker(claims: tuple[Claim, ...]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's to handle
    INHERITED.set(claims)


@lru_cache(maxsize=4)
def loaded(targets: tuple[str, ...]) -> tuple[Derivation, ...]:
    """The derivations of the targets, loaded once by each worker that did not inherit them."""
    from derive.load import load

    return tuple(load(targets))


def shut_down(pool: ProcessPoolExecutor) -> None:
    """End the workers after what they are at; a second interrupt meanwhile would leave them waiting for ever."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not in the main thread, which is the one that is interrupted
        pool.shutdown(cancel_futures=True)
        return
    try:
        pool.shutdown(cancel_futures=True)
    finally:
        signal.signal(signal.SIGINT, before)
