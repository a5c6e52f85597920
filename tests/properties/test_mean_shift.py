"""Mean shift as properties, judged in balls: densities and means are those of their definitions,
for four convex profiles; the right side is the theorem's claim.
"""

from functools import reduce
from operator import add

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from laws import at_most, claim, exact, points, vanishes


def squared(x):
    return x * x  # a power of a ball around 0 is no number


def distance(v, w):
    """Squared."""
    return reduce(add, [squared(x - y) for x, y in zip(v, w, strict=True)])


PROFILES = {  # k, and −k′
    "gaussian": (lambda t: (-t / 2).exp(), lambda t: (-t / 2).exp() / 2),
    "epanechnikov": (lambda t: (1 - t).max(arb(0)), lambda t: arb(1 if t < 1 else 0)),
    "biweight": (
        lambda t: squared((1 - t).max(arb(0))),
        lambda t: 2 * (1 - t).max(arb(0)),
    ),
    "cauchy": (lambda t: 1 / (1 + t), lambda t: 1 / squared(1 + t)),
}


class Points:
    """Keys in the plane, and a point among them."""

    def __init__(self, keys, point, bandwidth):
        self.keys, self.point = [exact(key) for key in keys], exact(point)
        self.bandwidth = arb(bandwidth)

    def apart(self, at):
        return [distance(at, key) / self.bandwidth**2 for key in self.keys]

    def density(self, k, at):
        return reduce(add, map(k, self.apart(at)))

    def shifted(self, g):
        weights = list(map(g, self.apart(self.point)))
        pull = reduce(add, weights)
        sums = [
            reduce(add, [w * x for w, x in zip(weights, axis, strict=True)])
            for axis in zip(*self.keys, strict=True)
        ]
        return pull, [total / pull for total in sums]

    def rise_and_bound(self, k, g):
        pull, new = self.shifted(g)
        travel = distance(new, self.point).nonnegative_part().sqrt()
        bound = claim("mean-shift", pull=pull, travel=travel, bandwidth=self.bandwidth)
        return self.density(k, new) - self.density(k, self.point), bound


def among_keys(keys, away, bandwidth):
    """A point less than the bandwidth off the first key, so that the key's weight is not 0."""
    return Points(keys, keys[0] + away[0] / 8, bandwidth)


clouds = st.builds(among_keys, points(1, 6), points(1), st.integers(2, 16))


@pytest.mark.theorem("mean-shift")
@given(cloud=clouds, profile=st.sampled_from(sorted(PROFILES)))
def test_a_move_raises_the_density_by_what_is_claimed(cloud, profile):
    rise, bound = cloud.rise_and_bound(*PROFILES[profile])
    assert at_most(bound, rise) or vanishes(rise - bound, 1)


@pytest.mark.theorem("mean-shift")
@given(keys=points(3), away=points(1), bandwidth=st.integers(28, 64))
def test_flat_weights_attain_it_while_no_key_enters_or_leaves(keys, away, bandwidth):
    cloud = among_keys(keys, away, bandwidth)
    rise, bound = cloud.rise_and_bound(*PROFILES["epanechnikov"])
    assert vanishes(rise - bound, 1)


@pytest.mark.theorem("mean-shift")
@given(away=st.integers(1, 31), more=st.integers(1, 31))
def test_a_profile_that_is_not_convex_sends_points_too_far(away, more):
    """Two keys, a point nearer to their middle, a window that holds all: 1 − t² overshoots."""
    size = 4 * away + more
    pair = Points([[-size, 0], [size, 0]], [away, 0], 4 * size)
    k, g = lambda t: 1 - squared(t), lambda t: 2 * t
    assert pair.rise_and_bound(k, g)[0] < 0


def test_one_move_by_hand():
    """Keys 0 and 2 in a window of 2, the point at 1/2 between them: it moves to 1."""
    pair = Points([[0.0, 0.0], [2.0, 0.0]], [0.5, 0.0], 2)
    rise, bound = pair.rise_and_bound(*PROFILES["epanechnikov"])
    assert vanishes(bound - arb(2) / 16, 1)
    assert vanishes(rise - bound, 1)
