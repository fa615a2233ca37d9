"""Claims that are cited beside derivatives: they tie no letters, and what is assumed does."""

from __future__ import annotations

from derive import Derivation, dims, equal, gradient, matrix, norm2, rate, scalar
from derive.checker import Options, check_all

n, r = dims("n r")
U, V = matrix("U", n, r), matrix("V", n, r)
a, b, c = scalar("a"), scalar("b"), scalar("c")


def verdicts(page: Derivation) -> dict[str, str]:
    return {claim.label: claim.verdict for claim in check_all([page], Options(plant=False)).claims}


def test_a_gradient_that_was_shown_may_be_used_of_the_gradient():
    page = Derivation("Factors")
    loss = page.define("L", norm2(U - V))
    slope = page.gradient("slope", loss, U, 2 * (U - V))
    page.have("length", equal(norm2(gradient(loss, U)), 4 * norm2(U - V)), using=[slope])
    flow = {U: -gradient(loss, U)}
    page.have("descent", equal(rate(loss, flow), -4 * norm2(U - V)), using=[slope])
    assert verdicts(page) == dict.fromkeys(("slope", "length", "descent"), "proved")


def test_what_it_was_shown_from_still_ties():
    """c moves with a under c = a², whatever was shown from that."""
    page = Derivation("Tied")
    tied = page.assume(equal(c, a**2), "c = a²")
    shown = page.have("shown", equal(c * b, a**2 * b), using=[tied])
    page.have("slope", equal(gradient(c * a, a), c), using=[shown])
    page.have("other", equal(gradient(c * a, a), c + 2 * a**2), using=[shown])
    assert verdicts(page) == {"shown": "proved", "slope": "undecided", "other": "refuted"}
