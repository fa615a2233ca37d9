"""A run of the two flows of section 2.2, to see both ends of what 22b claims; in floats, so it proves nothing."""

from __future__ import annotations

import numpy as np
import pytest

SIZE, WIDTH, STEP, STEPS = 5, 2, 0.02, 4_000


def printed_flow(W: np.ndarray, S: np.ndarray) -> np.ndarray:
    """(22): W(Σ − WᵀWΣ)."""
    return W @ (S - W.T @ W @ S)


def tied_flow(W: np.ndarray, S: np.ndarray) -> np.ndarray:
    """−½ of the gradient of the tied loss."""
    return W @ (S - W.T @ W @ S) + W @ (S - S @ W.T @ W)


def tied_loss(W: np.ndarray, S: np.ndarray) -> float:
    rest = np.eye(SIZE) - W.T @ W
    return float(np.trace(rest @ S @ rest.T))


def energy(W: np.ndarray) -> float:
    """E₁ = ¼‖I − WᵀW‖²."""
    return float(np.sum((np.eye(SIZE) - W.T @ W) ** 2)) / 4


def run(flow, W: np.ndarray, S: np.ndarray) -> list[np.ndarray]:
    """Runge–Kutta of order four; every hundredth point."""
    path = [W]
    for count in range(1, STEPS + 1):
        a = flow(W, S)
        b = flow(W + STEP / 2 * a, S)
        c = flow(W + STEP / 2 * b, S)
        d = flow(W + STEP * c, S)
        W = W + STEP / 6 * (a + 2 * b + 2 * c + d)
        if count % 100 == 0:
            path.append(W)
    return path


@pytest.mark.parametrize("seed", [0, 1])
def test_the_printed_flow_stops_short_of_the_minimum_that_the_tied_gradient_flow_reaches(seed: int) -> None:
    random = np.random.default_rng(seed)
    U, _ = np.linalg.qr(random.normal(size=(SIZE, SIZE)))
    spectrum = np.array([3.0, 2.0, 1.0, 0.5, 0.25])
    S = U @ np.diag(spectrum) @ U.T
    start = 0.3 * random.normal(size=(WIDTH, SIZE))
    printed, tied = run(printed_flow, start, S), run(tied_flow, start, S)
    least = spectrum[WIDTH:].sum()

    falls = np.diff([energy(W) for W in printed])
    assert (falls <= 1e-9).all(), "E₁ rises along (22)"
    assert np.allclose(printed[-1] @ printed[-1].T, np.eye(WIDTH), atol=1e-6), "(22) ends with orthonormal rows"
    assert np.abs(printed_flow(printed[-1], S)).max() < 1e-6
    assert np.abs(tied_flow(printed[-1], S)).max() > 1e-3, "the end of (22) is critical for the tied loss"
    assert tied_loss(printed[-1], S) > least + 1e-2

    assert (np.diff([tied_loss(W, S) for W in tied]) <= 1e-9).all(), "the tied loss rises along its own flow"
    assert np.abs(tied_flow(tied[-1], S)).max() < 1e-6
    assert tied_loss(tied[-1], S) == pytest.approx(least, abs=1e-6)
