"""LLE as properties, judged in balls: weights by Cramer's rule, costs by distances, point by point.

Points lie on a grid of 1/256; the right sides are the theorem's.
"""

from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add

import pytest
from flint import arb, arb_mat
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import at_most, claim, exact, vanishes

from locality.verify.instances.strategies import deltas, values

NAME = "lle"


def total(numbers):
    return reduce(add, numbers, arb(0))


@dataclass(frozen=True)
class Cloud:
    """A point, its neighbours, and the share of the trace that the ridge is."""

    point: list
    near: list
    share: arb

    @cached_property
    def away(self):
        return [[x - y for x, y in zip(self.point, one, strict=True)] for one in self.near]

    @cached_property
    def ridge(self):
        return self.share * total(x * x for one in self.away for x in one)

    @cached_property
    def slopes(self):
        """The Gram matrix of differences, the ridge on its diagonal."""
        away, size = self.away, range(len(self.near))
        rows = [
            [total(x * y for x, y in zip(away[a], away[b], strict=True)) for b in size]
            for a in size
        ]
        return [
            [g + self.ridge if a == b else g for b, g in enumerate(row)]
            for a, row in enumerate(rows)
        ]

    @cached_property
    def best(self):
        """κ and the weights, from minors of the matrix."""
        slopes, size = self.slopes, range(len(self.near))
        minors = [
            arb_mat([[arb(1) if b == k else slopes[a][b] for b in size] for a in size]).det()
            for k in size
        ]
        whole = total(minors)
        return arb_mat(slopes).det() / whole, [minor / whole for minor in minors]

    def cost(self, weights):
        axes = [
            total(w * x for w, x in zip(weights, axis, strict=True))
            for axis in zip(*self.away, strict=True)
        ]
        return total(x * x for x in axes) + self.ridge * total(w * w for w in weights)

    def moved(self, by):
        """Turned by the angle of 3/5 and 4/5, shifted by 7, drawn apart."""

        def place(one):
            x, y, *rest = one
            return [by * z + 7 for z in ((3 * x - 4 * y) / 5, (4 * x + 3 * y) / 5, *rest)]

        return Cloud(place(self.point), [place(one) for one in self.near], self.share)


@st.composite
def clouds(draw):
    size, axes = draw(st.integers(2, 4)), draw(st.integers(2, 3))
    point, *near = [exact(one) for one in draw(values(size + 1, axes, 8))]
    found = Cloud(point, near, arb(draw(deltas())))
    assume(found.ridge > 0)
    return found


@st.composite
def rebuilt(draw):
    """A cloud, and other weights that sum to 1."""
    cloud = draw(clouds())
    drawn = draw(st.lists(st.integers(-64, 64), min_size=len(cloud.near), max_size=len(cloud.near)))
    left = (1 - arb(sum(drawn)) / 16) / len(drawn)
    return cloud, [arb(one) / 16 + left for one in drawn]


@pytest.mark.theorem("lle")
@given(given_weights=rebuilt())
def test_other_weights_cost_what_the_best_and_the_difference_do(given_weights):
    cloud, other = given_weights
    multiplier, best = cloud.best
    departure = cloud.cost([x - y for x, y in zip(other, best, strict=True)])
    bound = claim(NAME, multiplier=multiplier, departure=departure)
    assert vanishes(cloud.cost(other) - bound, bound)
    assert vanishes(cloud.cost(best) - multiplier, multiplier)


@pytest.mark.theorem("lle")
@given(given_weights=rebuilt())
def test_other_weights_cost_more_by_the_ridge(given_weights):
    cloud, other = given_weights
    _, best = cloud.best
    apart = total((x - y) * (x - y) for x, y in zip(other, best, strict=True))
    more = cloud.cost(other) - cloud.cost(best)
    least = claim(NAME, 1, ridge=cloud.ridge, squared_distance=apart)
    assert at_most(least, more) or vanishes(more - least, cloud.cost(other))


@pytest.mark.theorem("lle")
@given(cloud=clouds(), by=st.integers(1, 64))
def test_moved_points_have_the_same_weights(cloud, by):
    multiplier, best = cloud.best
    again, same = cloud.moved(arb(by) / 16).best
    scaled = claim(NAME, 2, magnification=arb(by) / 16, multiplier=multiplier)
    assert vanishes(again - scaled, scaled)
    assert all(vanishes(x - y, 1 + abs(y)) for x, y in zip(same, best, strict=True))


@pytest.mark.theorem("lle")
@given(nearest=st.integers(1, 64), farther=st.integers(1, 64), share=st.integers(1, 64))
def test_beyond_two_neighbours_a_weight_is_negative_if_the_ridge_is_small(nearest, farther, share):
    """On a line: the farther weight has the sign of ρ less the product of the near distance and the
    gap.
    """
    near = [[arb(nearest)], [arb(nearest + farther)]]
    cloud = Cloud([arb(0)], near, arb(share) / 1024)
    _, (_, weight) = cloud.best
    sign = cloud.ridge - nearest * farther
    assert weight * sign > 0 or (sign == 0 and vanishes(weight, 1))


def test_a_point_beyond_its_neighbours_by_hand():
    cloud = Cloud([arb(0)], [[arb(1)], [arb(4)]], arb(1) / 17)
    multiplier, best = cloud.best
    assert vanishes(best[0] - arb(13) / 11, 1)
    assert vanishes(best[1] + arb(2) / 11, 1)
    assert vanishes(multiplier - arb(18) / 11, 1)
