"""The theorems of attention kernels as properties, judged in balls from exact numbers.

Every left side is computed here from its definition; the right sides are the theorems' claims.
"""

from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from laws import SMALL, Law, claim, exact, vanishes

from locality.verify.instances.strategies import rows, values


def lse(scores, temperature):
    return reduce(add, [(s / arb(temperature)).exp() for s in scores]).log()


def product(query, key):
    return reduce(add, [q * x for q, x in zip(query, key, strict=True)])


@dataclass(frozen=True)
class Scored:
    """A row whose scores are products of a query and keys, plus biases: those of another row."""

    scores: list
    m: int
    temperature: float
    query: list
    keys: list
    biases: list


@st.composite
def scored(draw):
    row = draw(rows(SMALL))
    keys = [exact(key) for key in draw(values(row.m + row.c, 3))]
    query, biases = exact(draw(values(1, 3, largest=1))[0]), exact(row.scores)
    scores = [product(query, key) + bias for key, bias in zip(keys, biases, strict=True)]
    return Scored(scores, row.m, row.temperature, query, keys, biases)


def one_pass(row, reference=None):
    """What a pass over the keys, less a reference key, returns: lse and the two means."""
    reference = [arb(0)] * 3 if reference is None else reference
    keys = [[x - y for x, y in zip(key, reference, strict=True)] for key in row.keys]
    shifted = [score - product(row.query, reference) for score in row.scores]
    law = Law(replace(row, scores=shifted))
    key = [law.mean(column) for column in zip(*keys, strict=True)]
    return {
        "lse": lse(shifted, row.temperature),
        "mean_product": product(row.query, key),
        "mean_bias": law.mean(row.biases),
        "temperature": row.temperature,
    }


@pytest.mark.theorem("entropy-identity")
@given(row=scored())
def test_one_pass_gives_the_entropy(row):
    entropy = Law(row).entropy
    for reference in (None, row.keys[0]):
        claimed = claim("entropy-identity", **one_pass(row, reference))
        assert vanishes(entropy - claimed, 1 + entropy)


@pytest.mark.theorem("entropy-identity")
@given(row=scored())
def test_entropy_is_off_by_the_mean_bias_where_that_is_left_out(row):
    returned = one_pass(row)
    without = claim("entropy-identity", **returned | {"mean_bias": 0})
    assert vanishes(without - Law(row).entropy - returned["mean_bias"] / row.temperature, without)


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
