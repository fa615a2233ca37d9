"""Headless Chromium, spoken to over two pipes: nothing to install beside it, and no port that another may take."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-extensions",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
    "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
PATIENCE = 60.0
"""Seconds after which a browser that says nothing is taken for dead."""


def found() -> str | None:
    """Where the browser is; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page of the browser; ``messages`` are what it has to complain of."""

    def __init__(self, to: int, back: int) -> None:
        self._to, self._back = to, back
        self._number, self._rest = 0, b""
        self._session: str | None = None
        self._events: list[dict[str, Any]] = []
        self.messages: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """What the browser answers."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._to, data) :]
        while True:
            told = self._read()
            if told.get("id") == self._number:
                if "error" in told:
                    raise RuntimeError(f"{method}: {told['error']['message']}")
                return dict(told["result"])

    def _read(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            if not select.select([self._back], [], [], max(0.0, end - time.monotonic()))[0]:
                raise RuntimeError("the browser does not answer")
            more = os.read(self._back, 1 << 20)
            if not more:
                raise RuntimeError("the browser has ended")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        told: dict[str, Any] = json.loads(line)
        self._note(told)
        return told

    def _note(self, told: dict[str, Any]) -> None:
        self._events.append(told)
        what = told.get("params", {})
        if told.get("method") == "Log.entryAdded":
            self.messages.append(what["entry"]["text"])
        elif told.get("method") == "Runtime.consoleAPICalled":
            self.messages.append(str([one.get("value") for one in what["args"]]))
        elif told.get("method") == "Runtime.exceptionThrown":
            self.messages.append(what["exceptionDetails"]["text"])

    def open(self, path: Path, width: int = 1280, height: int = 900) -> list[str]:
        """Show a file in a window of this width; returns every address that was loaded."""
        self.resize(width, height)
        self._events.clear()
        self.messages.clear()
        self.call("Page.navigate", url=path.resolve().as_uri())
        while not any(one.get("method") == "Page.loadEventFired" for one in self._events):
            self._read()
        requests = [one["params"] for one in self._events if one.get("method") == "Network.requestWillBeSent"]
        return [one["request"]["url"] for one in requests]

    def resize(self, width: int, height: int = 900) -> None:
        """A window of this many pixels, however narrow."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def media(self, kind: str = "screen", scheme: str = "light") -> None:
        """Screen or print, light or dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=kind, features=features)

    def value(self, script: str) -> Any:
        """What an expression in JavaScript comes to; the page's own policy forbids only the page to have scripts."""
        told = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in told:
            raise RuntimeError(str(told["exceptionDetails"].get("exception", told["exceptionDetails"])))
        return told["result"].get("value")

    def picture(self, **options: Any) -> bytes:
        """What it looks like, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", **options)["data"])

    def pdf(self) -> bytes:
        """What it looks like in print."""
        paper = {"preferCSSPageSize": True, "paperWidth": 8.27, "paperHeight": 11.69}
        return base64.b64decode(self.call("Page.printToPDF", **paper)["data"])


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser of one's own, gone at the end."""
    to, back = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory() as home:
        command = [str(found()), *SWITCHES, f"--user-data-dir={home}"]
        # The browser reads from descriptor 3 and writes to 4, whatever they are called here.
        script = f'exec "$@" 3<&{to[0]} 4>&{back[1]}'
        process = subprocess.Popen(
            ["bash", "-c", script, "browser", *command], pass_fds=(to[0], back[1]), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(to[0])
        os.close(back[1])
        try:
            yield Browser(to[1], back[0])
        finally:
            os.close(to[1])
            os.close(back[0])
            process.terminate()
            process.wait(30)
            _emptied(Path(home))


def _emptied(home: Path) -> None:
    """Its last processes may still write for a moment."""
    for _ in range(50):
        shutil.rmtree(home, ignore_errors=True)
        if not home.exists():
            home.mkdir()
            return
        time.sleep(0.1)
