"""Attention as a local mean, as properties judged in balls from exact keys and queries.

Gaussian weights come from distances; the right sides are the theorem's claims.
"""

from functools import reduce
from operator import add

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from laws import at_most, claim, exact, vanishes

from locality.verify.instances.strategies import values

HEAT = st.integers(-4, 16).map(lambda e: arb(2) ** e)


def inner(one, other):
    return reduce(add, [x * y for x, y in zip(one, other, strict=True)])


def normalised(logs):
    weights = [(log - logs[0]).exp() for log in logs]
    total = reduce(add, weights)
    return [weight / total for weight in weights]


class Seen:
    """Keys in the plane from a query: scores, squared lengths, and both kernels' weights."""

    def __init__(self, query, keys, tau):
        self.tau = tau
        self.scores = [inner(query, key) for key in keys]
        self.squared = [inner(key, key) for key in keys]
        apart = [[x - y for x, y in zip(query, key, strict=True)] for key in keys]
        self.gaussian = normalised([-inner(one, one) / (2 * tau) for one in apart])
        self.attention = normalised([score / tau for score in self.scores])

    @property
    def lse(self):
        pairs = zip(self.scores, self.squared, strict=True)
        return reduce(add, [((s - b / 2) / self.tau).exp() for s, b in pairs]).log()

    @property
    def variation(self):
        pairs = zip(self.attention, self.gaussian, strict=True)
        return reduce(add, [abs(p - q) for p, q in pairs]) / 2

    @property
    def bound(self):
        apart = reduce(arb.max, self.squared) - reduce(arb.min, self.squared)
        return claim("attention-is-local-mean", 1, norm_range=apart, temperature=self.tau)


@st.composite
def seen(draw):
    query, *keys = (exact(x) for x in draw(values(draw(st.integers(2, 8)))))
    return Seen(query, keys, draw(HEAT))


@pytest.mark.theorem("attention-is-local-mean")
@given(found=seen())
def test_gaussian_weights_are_attention_with_half_the_squared_length_for_a_bias(found):
    lse = found.lse
    for weight, score, square in zip(found.gaussian, found.scores, found.squared, strict=True):
        bound = claim(
            "attention-is-local-mean",
            key_score=score,
            key_norm=square.sqrt(),
            temperature=found.tau,
            lse=lse,
        )
        assert vanishes(weight - bound, bound)


@pytest.mark.theorem("attention-is-local-mean")
@given(found=seen())
def test_the_two_kernels_differ_by_no_more_than_the_lengths_allow(found):
    assert at_most(found.variation, found.bound)


@pytest.mark.theorem("attention-is-local-mean")
@given(
    legs=st.tuples(st.integers(0, 64), st.integers(0, 64)),
    turns=st.lists(st.integers(0, 7), min_size=1, max_size=8),
    query=values(1),
    tau=HEAT,
)
def test_keys_of_one_length_weigh_the_same_under_both(legs, turns, query, tau):
    """Keys are one vector reflected at the axes and at the diagonal."""
    places = [legs if turn & 4 else legs[::-1] for turn in turns]
    signs = [(1 - (turn & 1) * 2, 1 - (turn & 2)) for turn in turns]
    keys = [[arb(a * x), arb(b * y)] for (a, b), (x, y) in zip(signs, places, strict=True)]
    found = Seen(exact(query[0]), keys, tau)
    for one, other in zip(found.attention, found.gaussian, strict=True):
        assert vanishes(one - other, one)


@pytest.mark.theorem("attention-is-local-mean")
@given(points=values(3), tau=HEAT)
def test_from_a_quarter_of_the_way_two_keys_attain_the_bound(points, tau):
    """And from there however far aside, at a right angle to the line through both."""
    one, other, (aside, _) = (exact(point) for point in points)
    across = [other[1] - one[1], one[0] - other[0]]
    query = [(x + y) / 4 + aside * z for x, y, z in zip(one, other, across, strict=True)]
    found = Seen(query, [one, other], tau)
    assert vanishes(found.variation - found.bound, found.bound)


def test_the_weights_by_hand():
    """Keys 0 and 2 on a line, seen from 1: equally near, but the longer one scores 2 more."""
    found = Seen([arb(1)], [[arb(0)], [arb(2)]], arb(1))
    assert vanishes(found.gaussian[0] - arb(1) / 2, 1)
    assert vanishes(found.attention[1] - 1 / (1 + arb(-2).exp()), 1)
    assert found.variation < found.bound
