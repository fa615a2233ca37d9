"""The page beyond the notes: the loss at two coordinates, proved in every cell."""

import os

import pytest

from derive.checker import Options, check_all
from derive.load import load

TARGET = "derive.corpora.toy_autoencoders.relu_pairs"
CORNERS = ("00", "10", "01", "11")
CELLS = [
    "3d-two-whole", *(f"3d-two-corner-{at}" for at in CORNERS), *(f"3d-two-but-{at}" for at in CORNERS), "3d-two-u0",
    "3d-two-u1", "3d-two-v0-falling", "3d-two-v0-rising", "3d-two-v1-falling", "3d-two-v1-rising", "3d-two-level",
    "3d-two-obtuse",
]  # fmt: skip


@pytest.fixture(scope="module")
def claims():
    report = check_all(load((TARGET,)), Options(jobs=os.cpu_count() or 1, targets=(TARGET,)))
    return {claim.label: claim for claim in report.claims}


def test_every_claim_of_the_page_is_named_here(claims):
    assert set(claims) == {*CELLS, "3d-two-outputs", "3d-two-opposite"}


@pytest.mark.parametrize("label", CELLS)
def test_the_two_sparse_loss_is_proved_in_every_cell(claims, label):
    claim = claims[label]
    assert (claim.verdict, claim.expected) == ("proved", "proved"), claim.reason
    found = {row.method: row for row in claim.evidence}
    assert [found[method].ok for method in ("kernel", "exact-points", "quadrature", "faithful")] == [True] * 4
    assert found["quadrature"].digits >= 50
    assert claim.planted.caught > 0


def test_that_the_cells_leave_nothing_out_is_proved(claims):
    assert [step.verdict for step in claims["3d-two-opposite"].steps] == ["proved"] * 2
    assert claims["3d-two-outputs"].verdict == "proved"


def test_no_planted_error_escapes(claims):
    assert {label: claim.planted.escaped for label, claim in claims.items() if claim.planted.escaped} == {}
