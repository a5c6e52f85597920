"""Kernel regression as properties, judged in balls from exact numbers.

The normalised kernel is the attention of a row. Every left side is computed here from its
definition; the right sides are the theorem's claims.
"""

from functools import reduce
from itertools import product
from operator import add

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from laws import SMALL, Law, at_most, claim, exact, vanishes

from locality.verify.instances.strategies import margins, partitions, rows, values

LEADING = margins(0, 48)
FEW = partitions(5)


def squares(law):
    return reduce(add, [p * p for p in law.p])


def least(row, sigma, which=0):
    return claim("kernel-regression", which, noise_variance=sigma, m=row.m, c=row.c, x=row.x)


@pytest.mark.theorem("kernel-regression")
@given(row=rows(SMALL, leads=LEADING), sigma=st.integers(1, 64))
def test_concentration_costs_variance(row, sigma):
    law = Law(row)
    variance = sigma * squares(law)
    assert at_most(least(row, sigma), variance)
    typical = claim("kernel-regression", 2, noise_variance=sigma, weights_entropy=law.entropy)
    assert at_most(typical.exp(), variance)
    assert at_most(least(row, sigma, 1), typical.exp())


@pytest.mark.theorem("kernel-regression")
@given(row=rows(SMALL, leads=LEADING, largest=0))
def test_two_level_weights_vary_just_so_much(row):
    assert vanishes(squares(Law(row)) - least(row, 1), 1)


@pytest.mark.theorem("kernel-regression")
@given(data=st.data(), row=rows(FEW, largest=8), sigma=st.integers(1, 8))
def test_the_variance_of_independent_signs_is_that_of_the_squared_shares(data, row, sigma):
    law = Law(row)
    target = exact(data.draw(values(len(law.p), 1))[:, 0])
    centre = law.mean(target)
    runs = list(product((-1, 1), repeat=len(law.p)))
    off = [law.mean([y + sigma * e for y, e in zip(target, signs, strict=True)]) for signs in runs]
    assert vanishes(reduce(add, off) / len(runs) - centre, 1 + abs(centre))
    variance = reduce(add, [(m - centre) * (m - centre) for m in off]) / len(runs)
    assert vanishes(variance - sigma * sigma * squares(law), variance)


@pytest.mark.theorem("kernel-regression")
@given(data=st.data(), row=rows(SMALL))
def test_a_lipschitz_target_is_missed_by_at_most_the_mean_distance(data, row):
    """Of the greatest distance from a few centres, whose slope is 1 where it has one."""
    law = Law(row)
    *points, one, other = (exact(point) for point in data.draw(values(len(law.p) + 2)))

    def length(a, b):
        return reduce(add, [(x - y) * (x - y) for x, y in zip(a, b, strict=True)]).sqrt()

    def target(a):
        return length(a, one).max(length(a, other))

    query = [arb(0)] * 2
    bias = law.mean([target(a) for a in points]) - target(query)
    far = law.mean([length(a, query) for a in points])
    assert at_most(abs(bias), claim("kernel-regression", 3, target_slope=1, mean_distance=far))


@pytest.mark.theorem("kernel-regression")
@given(data=st.data(), row=rows(SMALL, largest=16), tilt=st.integers(-8, 8))
def test_a_line_is_met_at_the_query_by_the_least_squares_line(data, row, tilt):
    """By the normal equations of the weighted squares, not by the weights' formula."""
    law = Law(row)
    places = exact(data.draw(values(len(law.p), 1).filter(lambda v: len(set(v[:, 0])) > 1))[:, 0])
    values_there = [1 + tilt * z for z in places]
    at, up = law.mean(places), law.mean(values_there)
    pairs = zip(places, values_there, strict=True)
    slope = law.mean([(z - at) * (y - up) for z, y in pairs]) / law.mean(
        [(z - at) * (z - at) for z in places]
    )
    value = claim("kernel-regression", 4, query_value=1)
    assert vanishes(up - slope * at - value, 1)


def test_two_points_of_weights_three_and_one():
    """Shares ¾ and ¼: Σp² = 10/16, and e^−H = 3^(3/4)/4; noise of variance 8 leaves 5."""
    x = arb(3).log()
    shares = [arb(3) / 4, arb(1) / 4]
    entropy = -reduce(add, [p * p.log() for p in shares])
    assert vanishes(8 * reduce(add, [p * p for p in shares]) - 5, 1)
    assert vanishes(claim("kernel-regression", noise_variance=8, m=1, c=1, x=x) - 5, 1)
    typical = claim("kernel-regression", 2, noise_variance=1, weights_entropy=entropy).exp()
    assert vanishes(typical - (arb(3) / 4 * x).exp() / 4, 1)
    assert typical < arb(10) / 16
