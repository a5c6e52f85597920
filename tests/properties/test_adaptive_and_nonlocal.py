"""Adaptive bandwidths and cut-offs as properties, judged in balls from exact numbers.

Weights, means and distances are computed here from their definitions; right sides are the claims.
"""

from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
import pytest
from flint import arb
from hypothesis import assume, given, target
from hypothesis import strategies as st
from laws import Law, at_most, claim, exact, vanishes

from locality.theory import theorem
from locality.verify.instances.strategies import partitions, rows, values

NAME = "adaptive-and-nonlocal"
ADAPTIVE = 1
FEW = partitions(4)


def apart(v, w):
    squares = [(x - y) * (x - y) for x, y in zip(v, w, strict=True)]
    return reduce(add, squares)


def bound(row, diameter, t=None):
    """The claim for a row's block kept, exponents being minus its scores over the temperature."""
    exponents = [-s / arb(row.temperature) for s in exact(row.scores)]
    t = reduce(arb.min, exponents[row.m :]) if t is None else t
    kept = reduce(add, [(-e).exp() for e in exponents[: row.m]]).log()
    return claim(NAME, c=row.c, cutoff=t, log_kept=kept, diameter=diameter)


def change(row, points):
    law = Law(row)
    columns = [exact(column) for column in zip(*points, strict=True)]
    return [law.mean(column) - law.mean(column, slice(row.m)) for column in columns]


@pytest.mark.theorem("adaptive-and-nonlocal")
@given(row=rows(FEW), points=values(4, 2, 2))
def test_what_is_left_out_moves_the_mean_by_at_most_the_bound(row, points):
    points = points[: len(row.scores)]
    pairs = [apart(exact(v), exact(w)) for v in points[: row.m] for w in points[row.m :]]
    most = bound(row, reduce(arb.max, pairs).sqrt())
    moved = change(row, points)
    length = reduce(add, [x * x for x in moved])
    assert at_most(length, most * most)
    if most > 0:
        target(float(length / (most * most)), label=NAME)
    level = np.concatenate([row.scores[: row.m], np.full(row.c, row.scores[row.m :].max())])
    flat = replace(row, scores=level)
    (attained,) = change(flat, [[0.0]] * row.m + [[1.0]] * row.c)
    assert vanishes(attained - bound(flat, 1), attained)


sixteenths = st.integers(-64, 64).map(lambda k: k / 16)


def turned(point, stretch, shift):
    """By the angle of a 3-4-5 triangle, stretched, shifted."""
    x, y = point
    there = ((3 * x - 4 * y) / 5, (4 * x + 3 * y) / 5)
    return [stretch * u + s for u, s in zip(there, shift, strict=True)]


@pytest.mark.theorem("adaptive-and-nonlocal")
@given(
    points=values(4, 2, 2),
    n=st.integers(1, 3),
    scale=st.integers(1, 64).map(lambda k: arb(k) / 16),
    stretch=st.integers(1, 64).map(lambda k: arb(k) / 8),
    shift=st.tuples(sixteenths, sixteenths),
)
def test_the_log_kernel_of_moved_points_is_what_it_was(points, n, scale, stretch, shift):
    query, *keys = [exact(point) for point in points]
    moved = [turned(point, stretch, exact(shift)) for point in (query, *keys)]
    before = sorted([apart(key, query) for key in keys], key=lambda d: d.mid())
    after = sorted([apart(key, moved[0]) for key in moved[1:]], key=lambda d: d.mid())
    assume(before[n - 1] > 0)
    reach, there = before[n - 1].sqrt(), after[n - 1]
    for old, new in zip(before, after, strict=True):
        claimed = claim(NAME, ADAPTIVE, distance=old.sqrt(), reach=reach, bandwidth_scale=scale)
        found = -new / (2 * scale * scale * there)
        assert vanishes(found - claimed, 1 + abs(claimed))
        if stretch != 1 and old > 0:
            assert abs(-new / (2 * scale * scale * reach * reach) - claimed) > 0


def test_a_cut_off_by_hand():
    """Three patches at the cut-off ln 3 weigh as much as the own one."""
    t = arb(3).log()
    assert vanishes(claim(NAME, c=3, cutoff=t, log_kept=0, diameter=1) - arb("0.5"), 1)
    assert theorem(NAME).bound(c=1, cutoff=0, log_kept=0, diameter=2) == 1
    one = claim(NAME, ADAPTIVE, distance=3, reach=1.5, bandwidth_scale=2)
    assert vanishes(one + arb("0.5"), 1)
