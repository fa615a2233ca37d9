"""What is timed: this program's part, and what a reader would do without it. Each says whether the statement holds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import mpmath
import numpy as np
import sympy as sp

from derive.corpora.toy_autoencoders import one_sparse
from derive.crosscheck.differences import degree, directional, exact_directional, gradient_by
from derive.crosscheck.lambdified import Lambdified
from derive.evaluate import array
from derive.kernel import Theorem, check, terms
from derive.language.derivation import Claim
from derive.language.statements import Relation, sequents
from derive.load import load
from derive.prove.canonical import canonical, naming
from derive.prove.lower import lower
from derive.prove.search import find_certificate

# The module: in the package, ``check`` is the function.
kernel_check = sys.modules["derive.kernel.check"]
ROOT = Path(__file__).parents[2]
HAS_SHARES = Path("/proc/self/smaps_rollup").exists()
"""Whether the system says how much of a process's memory is its own."""


def claim(label: str) -> Claim:
    (found,) = [page.claims[label] for page in load() if label in page.claims]
    return found


# Processes ----------------------------------------------------------------------------------------------------------


def run(*command: str) -> str:
    """The output of a process that has to succeed, started where the package is."""
    environment = {**os.environ, "PYTHONUTF8": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed has its bytecode, as SymPy has
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {done.stdout[-400:]}{done.stderr[-400:]}")
    return done.stdout


def program() -> list[str]:
    """The command ``derive`` beside this Python, or the module where it is not installed."""
    script = Path(sys.executable).with_name("derive")
    return [str(script)] if script.exists() else [sys.executable, "-m", "derive"]


MEASURE = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def largest_process(*command: str) -> float:
    """The most megabytes that one process of the command holds.

    A small process starts it, since the peak of a child counts what it was forked from.
    """
    unit = 1 if sys.platform == "darwin" else 1024
    return int(run(sys.executable, "-S", "-c", MEASURE, *command)) * unit / 1e6


def all_processes(*command: str) -> float:
    """The most megabytes that its processes hold together, shared pages counted once; needs ``HAS_SHARES``."""
    most = 0.0
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, held_by(process.pid))
            time.sleep(0.02)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed")
    return most


def held_by(pid: int) -> float:
    """The share of memory, in megabytes, of a process and its descendants; nothing for one that is gone."""
    folder = Path(f"/proc/{pid}")
    try:
        shares = [line.split()[1] for line in (folder / "smaps_rollup").read_text().splitlines() if line[:4] == "Pss:"]
        below = [child for task in folder.glob("task/*/children") for child in task.read_text().split()]
    except OSError:
        return 0.0
    return sum(map(int, shares)) * 1024 / 1e6 + sum(held_by(int(child)) for child in below)


# A proof for all dimensions, against SymPy at one size --------------------------------------------------------------


def ends(label: str) -> Relation:
    """The first line of a chain equals the last."""
    steps = [step.statement for step in claim(label).steps if isinstance(step.statement, Relation)]
    return Relation(steps[0].left, steps[-1].right)


def forget() -> None:
    """Nothing is left of an earlier proof, or of an earlier run of SymPy."""
    for remembered in (canonical, naming, kernel_check._hypotheses, terms.atom, terms._normal):
        getattr(remembered, "cache_clear", bool)()
    sp.core.cache.clear_cache()


def prove(relation: Relation) -> Theorem:
    """Lowered, searched for, and accepted by the kernel."""
    (sequent,) = sequents(relation)
    statement, _ = lower(sequent)
    found = find_certificate(statement)
    if found.certificate is None:
        raise RuntimeError(f"no certificate for {relation}: {found.reason}")
    return check(statement, found.certificate)


def letters(name: str, rows: int, cols: int) -> sp.Matrix:
    return sp.Matrix(rows, cols, lambda i, j: sp.Symbol(f"{name}_{i + 1}_{j + 1}"))


def sympy_gradient(D: int, d: int) -> bool:
    """(1) as a SymPy user checks it, with as many data points as coordinates."""
    A, B, X = letters("a", D, d), letters("b", d, D), letters("x", D, D)
    loss = sum(entry**2 for entry in X - A * B * X)
    Sigma = X * X.T
    claimed = -2 * (A.T * Sigma - A.T * A * B * Sigma)
    places = [(i, j) for i in range(d) for j in range(D)]
    return all(sp.expand(sp.diff(loss, B[i, j]) - claimed[i, j]) == 0 for i, j in places)


def sympy_flow(D: int, d: int) -> bool:
    """(24) = (28) as a SymPy user checks it."""
    W, lam = letters("w", d, D), sp.symbols(f"lambda_1:{D + 1}")
    rate = W * (sp.eye(D) - W.T * W) * sp.diag(*lam)

    def line_28(i: int, j: int) -> Any:
        others = sum(W.col(k).dot(W.col(j)) * lam[j] * W[i, k] for k in range(D) if k != j)
        return (1 - W.col(j).dot(W.col(j))) * lam[j] * W[i, j] - others

    return all(sp.expand(rate[i, j] - line_28(i, j)) == 0 for i in range(d) for j in range(D))


# A gradient at D, d, T = 20, 10, 40 ---------------------------------------------------------------------------------


class LargeGradient:
    """A gradient claim at one large random instance of integers.

    Attributes:
        loss, claimed: the lambdified sides.
        variable: by what the loss is differentiated.
    """

    def __init__(self, label: str, sizes: dict[str, int], seed: int = 0) -> None:
        self.relation = next(s.statement for s in claim(label).steps if isinstance(s.statement, Relation))
        self.node = self.relation.left
        self.variable, self.sizes = self.node.variable.name, sizes
        random = Random(f"{seed} benchmark")
        rows = {"A": ("D", "d"), "B": ("d", "D"), "X": ("D", "T")}
        self.values = {
            name: array([[random.randint(-(2**31), 2**31) for _ in range(sizes[n])] for _ in range(sizes[m])])
            for name, (m, n) in rows.items()
        }
        shape = self.values[self.variable].shape
        self.direction = array([[random.randint(-(2**31), 2**31) for _ in range(shape[1])] for _ in range(shape[0])])
        self.degree = degree(self.node.body, self.variable)
        self.compile()

    def compile(self) -> None:
        self.loss, self.claimed = Lambdified(self.node.body), Lambdified(self.relation.right)

    def loss_at(self, value: np.ndarray, **more: Any) -> Any:
        return self.loss({**self.values, self.variable: value}, self.sizes, **more)

    def claimed_value(self) -> np.ndarray:
        return self.claimed(self.values, self.sizes)

    def exact_difference(self) -> bool:
        """⟨claimed, V⟩ is the derivative along V, as an equality of integers."""
        slope = exact_directional(self.loss_at, self.values[self.variable], self.direction, self.degree)
        return bool(slope == (self.claimed_value() * self.direction).sum())

    def autograd_exact(self) -> bool:
        """Every entry of the claimed gradient, as equalities of integers."""
        found = self.loss.gradient(self.values, self.variable, self.sizes)
        return bool((found == self.claimed_value()).all())

    def entry_by_entry(self, digits: int = 50) -> bool:
        """Every entry by a difference at so many digits, as one does it without this program."""
        with mpmath.workdps(2 * digits + 12):
            number = np.vectorize(mpmath.mpf, otypes=[object])
            values = {name: number(value) for name, value in self.values.items()}

            def function(value: np.ndarray) -> Any:
                return self.loss({**values, self.variable: value}, self.sizes, rational=quotient)

            def along(f: Callable[[Any], Any], at: np.ndarray, unit: np.ndarray) -> Any:
                return directional(f, at, unit, digits)

            found = gradient_by(along, function, values[self.variable])
            claimed = self.claimed_value()
            largest = max(abs(entry) for entry in claimed.flat)
            close = largest * mpmath.mpf(10) ** -digits
            return all(abs(a - b) <= close for a, b in zip(found.flat, claimed.flat, strict=True))


def quotient(top: Any, bottom: Any) -> Any:
    return mpmath.mpf(top) / bottom


# The one-sparse ReLU loss -------------------------------------------------------------------------------------------


@dataclass
class OneSparse:
    """The one-sparse loss of a random model: its closed form, and what it stands in place of."""

    D: int = 1000
    d: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        random = np.random.default_rng(self.seed)
        self.W = random.normal(size=(self.d, self.D)) / np.sqrt(self.d)
        self.b = 0.1 * random.normal(size=self.D)

    def loss(self) -> float:
        return one_sparse.loss(self.W, self.b)

    def gradient(self) -> tuple[Any, Any]:
        return one_sparse.gradient(self.W, self.b)

    def both(self) -> tuple[Any, Any]:
        return self.loss(), self.gradient()

    def sampled(self, count: int, batch: int = 2000) -> tuple[float, float, Any, Any]:
        """The mean of the loss over samples, its standard error, and the gradients by W and b."""
        random = np.random.default_rng(self.seed + 1)
        losses, by_W, by_b = [], np.zeros_like(self.W), np.zeros(self.D)
        for _ in range(count // batch):
            f, u = random.integers(self.D, size=batch), random.random(batch)
            hidden = self.W[:, f] * u
            before = self.W.T @ hidden - self.b[:, None]
            error = np.maximum(before, 0)
            error[f, np.arange(batch)] -= u
            losses.append((error * error).sum(axis=0))
            back = 2 * error * (before > 0)
            by_W += hidden @ back.T
            np.add.at(by_W.T, f, (self.W @ back * u).T)
            by_b -= back.sum(axis=1)
        each = self.D * np.concatenate(losses)
        scale = self.D / len(each)
        return float(each.mean()), float(each.std() / np.sqrt(len(each))), scale * by_W, scale * by_b

    def some_outputs(self, count: int) -> list[tuple[int, int]]:
        """Outputs m for coordinates f, half of them with m = f."""
        random = Random(self.seed)
        places = [random.randrange(self.D) for _ in range(count)]
        return [(f if place % 2 else random.randrange(self.D), f) for place, f in enumerate(places)]

    def closed(self, rows: list[tuple[int, int]]) -> list[float]:
        """Single outputs by the closed form."""
        found = []
        for m, f in rows:
            slope, own = np.array([self.W[:, m] @ self.W[:, f]]), int(m == f)
            (value,) = one_sparse._filled(one_sparse.VALUES, slope, self.b[[m]], own)
            found.append(float(value[0]))
        return found

    def by_quadrature(self, rows: list[tuple[int, int]]) -> list[float]:
        """The same by mpmath, split at the kink."""
        found = []
        for m, f in rows:
            g, b, c = float(self.W[:, m] @ self.W[:, f]), float(self.b[m]), int(m == f)
            kink = [b / g] if 0 < b / g < 1 else []
            found.append(float(mpmath.quad(lambda u, g=g, b=b, c=c: (c * u - max(g * u - b, 0)) ** 2, [0, *kink, 1])))
        return found
