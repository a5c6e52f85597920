"""The theorems of attention kernels as properties, judged in balls from exact numbers.

Every left side is computed here from its definition; the right sides are the theorems' claims.
"""

from functools import reduce
from operator import add

import pytest
from flint import arb
from hypothesis import given
from laws import SMALL, Law, claim, exact, vanishes

from locality.verify.instances.strategies import rows


def lse(scores, temperature):
    return reduce(add, [(s / arb(temperature)).exp() for s in scores]).log()


@pytest.mark.theorem("fidelity-identity")
@given(row=rows(SMALL))
def test_two_passes_give_the_leakage(row):
    scores, leakage = exact(row.scores), Law(row).leakage
    parts = (scores, scores[: row.m], scores[row.m :])
    whole, block, rest = (lse(part, row.temperature) for part in parts)
    for which, passes in enumerate((
        {"lse_relevant": block, "lse": whole},
        {"lse_rest": rest, "lse": whole},
        {"lse_rest": rest, "lse_relevant": block},
    )):  # fmt: skip
        claimed = claim("fidelity-identity", which, **passes)
        assert vanishes(leakage - claimed, claimed)


@pytest.mark.theorem("fidelity-identity")
@given(row=rows(SMALL))
def test_a_pass_that_saw_a_key_of_the_rest_understates_the_leakage(row):
    scores = exact(row.scores)
    whole, seen = lse(scores, row.temperature), lse(scores[: row.m + 1], row.temperature)
    assert claim("fidelity-identity", lse_relevant=seen, lse=whole) < Law(row).leakage
