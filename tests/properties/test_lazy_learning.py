"""Nearest neighbours and cold attention as properties, judged in balls from exact numbers.

Every left side is computed here from its definition; the right sides are the theorem's claims.
"""

from dataclasses import replace
from functools import reduce
from operator import add

import numpy as np
import pytest
from flint import arb
from hypothesis import given, target
from hypothesis import strategies as st
from laws import SMALL, Law, at_most, claim, exact, vanishes

from locality.verify.instances.strategies import margins, rows, values


@st.composite
def tied(draw):
    """Rows whose relevant keys have one score, in the lead or not."""
    row = draw(rows(SMALL, leads=margins(-16, 48)))
    scores = row.scores.copy()
    scores[: row.m] = row.margin
    return replace(row, scores=scores)


def plain(points):
    return [reduce(add, column) / len(points) for column in zip(*points, strict=True)]


def squared(one, other):
    return reduce(add, [(x - y) * (x - y) for x, y in zip(one, other, strict=True)])


def largest(numbers):
    return reduce(arb.max, numbers)


def cold(row, far):
    return claim("lazy-learning", m=row.m, c=row.c, x=row.x, diameter=far)


@pytest.mark.theorem("lazy-learning")
@given(data=st.data(), row=tied())
def test_cold_attention_errs_by_at_most_the_bound(data, row):
    law = Law(row)
    points = [exact(point) for point in data.draw(values(len(law.p)))]
    output = [law.mean(column) for column in zip(*points, strict=True)]
    near, others = points[: row.m], points[row.m :]
    far = largest([squared(v, w) for v in near for w in others]).sqrt()
    moved, bound = squared(output, plain(near)), cold(row, far)
    assert at_most(moved, bound * bound)
    if far > 0:
        target(float((moved.nonnegative_part().sqrt() / bound).mid()), label="lazy-learning")


@pytest.mark.theorem("lazy-learning")
@given(row=rows(SMALL, leads=margins(-16, 48), largest=0), one=st.integers(-9, 9))
def test_two_levels_and_two_values_err_by_just_that(row, one):
    law = Law(row)
    output = law.mean([arb(one)] * row.m + [arb(one + 3)] * row.c)
    assert vanishes(output - one - cold(row, 3), 1)


@pytest.mark.theorem("lazy-learning")
@given(data=st.data(), near=st.integers(1, 6), k=st.integers(1, 9))
def test_the_indicator_averages_the_nearest_keys_and_what_ties_with_the_last(data, near, k):
    """Few distances, so that keys tie; the neighbours are found by sorting."""
    apart = np.array(data.draw(st.lists(st.integers(1, near), min_size=9, max_size=9)))
    points = exact(data.draw(values(9, 1))[:, 0])
    order = np.argsort(apart, kind="stable")
    h = apart[order[k - 1]]
    kernel = [arb(int(d <= h)) for d in apart]
    pairs = zip(kernel, points, strict=True)
    local = reduce(add, [w * v for w, v in pairs]) / reduce(add, kernel)
    found = [*order[:k], *(j for j in order[k:] if apart[j] == h)]
    nearest = reduce(add, [points[j] for j in found]) / len(found)
    assert vanishes(local - claim("lazy-learning", 1, nearest_mean=nearest), 1)


@pytest.mark.theorem("lazy-learning")
@given(x=margins(2, 64))
def test_one_of_two_keys_that_tie_is_missed_by_more_than_its_bound(x):
    """They say 0 and 1, a third scores x lower and says 0: attention goes to their mean."""
    output = 1 / (2 + (-arb(x)).exp())
    together = claim("lazy-learning", m=2, c=1, x=x, diameter=1)
    alone = claim("lazy-learning", m=1, c=2, x=x, diameter=1)
    assert at_most(arb(1) / 2 - output, together)
    assert output > alone


def test_two_keys_and_a_gap_of_ln_three():
    """Weights 3 and 1: attention says ¼ of the farther key's 8, and the bound is just that."""
    x = arb(3).log()
    assert vanishes(claim("lazy-learning", m=1, c=1, x=x, diameter=8) - 2, 1)
