"""Prints how each benchmark compares with what it stands beside, and with the project's targets, after a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def pytest_terminal_summary(terminalreporter: Any, config: Any) -> None:
    """Ratios of minima, for information: a busy machine is no failure."""
    session = getattr(config, "_benchmarksession", None)
    ran = [one for one in getattr(session, "benchmarks", []) if one.stats.data]
    if not ran:
        return
    terminalreporter.section("against what stands beside it (minima)")
    for line in comparisons(ran):
        terminalreporter.write_line(line)


def comparisons(ran: list[Any]) -> Iterator[str]:
    references = {(one.group, one.extra_info.get("size", "")): one for one in ran if one.extra_info.get("reference")}
    for one in ran:
        info = one.extra_info
        if info.get("reference"):
            continue
        told = f"{one.group:<14} {info.get('what', one.name):<44} {one.stats.min * 1e3:10.1f} ms"
        for (group, size), other in references.items():
            if group == one.group:
                ratio = one.stats.min / other.stats.min
                shown = f"{ratio:.2f}×" if ratio >= 0.1 else f"1/{1 / ratio:.0f}"
                beside = " ".join(filter(None, [other.extra_info["what"], size]))
                yield f"{told}  {shown:>8} of {beside} ({other.stats.min * 1e3:.1f} ms)"
        if "megabytes" in info:
            yield f"{told}  {', '.join(f'{where} {peak:.0f} MB' for where, peak in info['megabytes'].items())}"
        if "target" in info:
            yield f"{'':<14} target: {info['target']}"
