"""Proofs from hypotheses, for all dimensions: search, certificate and the kernel's check, from cold caches.

    pytest tests/benchmarks/test_membership.py --benchmark-only

Each step of the chain at critical points should take at most 20 ms, a search that fails typically less than 30 ms and
never more than a second, and looking for a contradiction about 10 ms.
"""

from __future__ import annotations

import pytest

from derive.kernel import Theorem, check
from derive.language.derivation import Assumption
from derive.language.statements import Sequent
from derive.prove.lower import lower
from derive.prove.search import contradiction, find_certificate
from tests.benchmarks.test_speed import described
from tests.benchmarks.workloads import forget
from tests.prove.propositions import CHAIN, IDENTITIES, nested_projections

STEPS = [(form, label) for form, (_, claims) in CHAIN.items() for label in claims]
COUNTS = (2, 4, 6, 8, 10, 12)
FALSE = {name: (given[:-1], goal) for name, (given, goal) in IDENTITIES.items() if given}
"""Each without its last hypothesis: most no longer follow."""


def statement_of(given, goal, folded=frozenset()):
    return lower(Sequent((), goal), tuple(Assumption(hypothesis, str(hypothesis)) for hypothesis in given), folded)[0]


def prove(statement):
    """Found, and accepted by the kernel."""
    found = find_certificate(statement)
    return found.certificate is not None and isinstance(check(statement, found.certificate), Theorem)


def timed(benchmark, statement, rounds=10):
    return benchmark.pedantic(prove, args=[statement], setup=forget, rounds=rounds)


# What is timed is right ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", COUNTS)
def test_nested_projections_are_proved(count):
    assert prove(statement_of(*nested_projections(count)))


def test_most_of_what_lacks_a_hypothesis_is_not_proved():
    assert sum(not prove(statement_of(*FALSE[name])) for name in FALSE) > len(FALSE) / 2


# Times --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "label"), STEPS)
def test_chain(benchmark, form, label):
    benchmark.group = f"critical points, the covariance {form}"
    described(benchmark, f"({label})")
    folded, claims = CHAIN[form]
    assert timed(benchmark, statement_of(*claims[label], folded))


@pytest.mark.benchmark(group="identities")
@pytest.mark.parametrize("name", IDENTITIES)
def test_identity(benchmark, name):
    described(benchmark, name)
    assert timed(benchmark, statement_of(*IDENTITIES[name]))


@pytest.mark.benchmark(group="without the last hypothesis")
@pytest.mark.parametrize("name", FALSE)
def test_failure(benchmark, name):
    described(benchmark, f"{name}, without its last hypothesis")
    timed(benchmark, statement_of(*FALSE[name]))


@pytest.mark.benchmark(group="nested projections")
@pytest.mark.parametrize("count", COUNTS)
def test_growth(benchmark, count):
    described(benchmark, f"{count} projections")
    assert timed(benchmark, statement_of(*nested_projections(count)), rounds=3)


@pytest.mark.benchmark(group="contradictions")
@pytest.mark.parametrize("form", CHAIN)
def test_no_contradiction(benchmark, form):
    described(benchmark, "critical points do not contradict themselves")
    folded, claims = CHAIN[form]
    statement = statement_of(*claims["9c"], folded)
    assert benchmark.pedantic(contradiction, args=[statement], setup=forget, rounds=10) is None
