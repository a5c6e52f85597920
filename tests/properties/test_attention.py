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

from locality.verify.instances.strategies import partitions, rows, values


def lse(scores, temperature):
    return reduce(add, [(s / arb(temperature)).exp() for s in scores]).log()


@dataclass(frozen=True)
class Moments:
    """lse and the mean of a per-key quantity, of some keys."""

    lse: arb
    mean: arb

    @classmethod
    def of(cls, row, numbers, part):
        return cls(lse(exact(row.scores)[part], row.temperature), Law(row).mean(numbers, part))

    def merged(self, other):
        given = {"lse_first": self.lse, "lse_second": other.lse}
        means = {"mean_first": self.mean, "mean_second": other.mean}
        return Moments(claim("merge", 0, **given), claim("merge", 1, **given, **means))

    def equals(self, other):
        lse = vanishes(self.lse - other.lse, 1 + abs(self.lse))
        return lse and vanishes(self.mean - other.mean, 1 + abs(self.mean))


@st.composite
def tiled(draw):
    """A row, a quantity of its keys, and three tiles of them, none empty."""
    row = draw(rows(partitions(10, least_c=2)))
    count = len(row.scores)
    one = draw(st.integers(1, count - 2))
    two = draw(st.integers(one + 1, count - 1))
    numbers = exact(column[0] for column in draw(values(count, 1)))
    return row, numbers, (slice(one), slice(one, two), slice(two, None))


@pytest.mark.theorem("merge")
@given(tiling=tiled())
def test_tiles_merge_to_the_whole_row_in_any_order_and_grouping(tiling):
    row, numbers, tiles = tiling
    whole = Moments.of(row, numbers, slice(None))
    one, two, three = (Moments.of(row, numbers, tile) for tile in tiles)
    assert whole.equals(one.merged(two).merged(three))
    assert whole.equals(one.merged(two.merged(three)))
    assert whole.equals(three.merged(one).merged(two))


@pytest.mark.theorem("merge")
@given(tiling=tiled())
def test_a_tile_that_is_merged_twice_makes_lse_too_large(tiling):
    row, numbers, tiles = tiling
    whole, tile = Moments.of(row, numbers, slice(None)), Moments.of(row, numbers, tiles[1])
    assert whole.merged(tile).lse > whole.lse


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
