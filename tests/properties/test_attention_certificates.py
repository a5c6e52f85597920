"""What a kernel may certify of its own results, as properties judged in balls.

Every left side is computed here from its definition; the right sides are the theorems' claims.
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

from locality.verify.instances.strategies import rows, values


def dot(v, w):
    return reduce(add, [x * y for x, y in zip(v, w, strict=True)])


def length(v):
    return dot(v, v).sqrt()


def difference(v, w):
    return [x - y for x, y in zip(v, w, strict=True)]


def lse(logits):
    return reduce(add, [logit.exp() for logit in logits]).log()


def largest(numbers):
    return reduce(arb.max, numbers)


# -- skip-certificate -------------------------------------------------------------------------


def certificate(row, keys, query, centre, **more):
    """The first claim, or the second with a diameter: the keys off R skipped as one block."""
    tau, q, c = arb(row.temperature), exact(query), exact(centre)
    kept = lse([dot(q, exact(key)) / tau for key in keys[: row.m]])
    radius = largest([length(difference(exact(key), c)) for key in keys[row.m :]])
    reach = {"centre_score": dot(q, c), "query_norm": length(q), "radius": radius}
    upper = arb(row.c).log() + claim("skip-certificate", 2, **reach) / tau
    return claim("skip-certificate", len(more), log_upper=upper, log_kept=kept, **more)


def by_query(row, keys, query):
    """The row with the products for its scores, which these floats hold exactly."""
    return replace(row, scores=keys @ query)


@pytest.mark.theorem("skip-certificate")
@given(data=st.data(), row=rows(SMALL))
def test_skipped_keys_hold_at_most_what_is_certified(data, row):
    keys = data.draw(values(row.m + row.c, 2))
    query, centre = data.draw(values(1, 2, 4))[0], data.draw(values(1, 2))[0]
    leakage = Law(by_query(row, keys, query)).leakage
    bound = certificate(row, keys, query, centre)
    assert at_most(leakage, bound)
    target(float(leakage / bound), label="skip-certificate")


@pytest.mark.theorem("skip-certificate")
@given(data=st.data(), row=rows(SMALL))
def test_skipping_moves_the_output_by_at_most_what_is_certified(data, row):
    keys, outputs = (data.draw(values(row.m + row.c, 2)) for _ in range(2))
    query, centre = data.draw(values(1, 2, 4))[0], data.draw(values(1, 2))[0]
    law, points = Law(by_query(row, keys, query)), [exact(point) for point in outputs]
    columns = list(zip(*points, strict=True))
    full, cut = ([law.mean(column, part) for column in columns]
                 for part in (slice(None), slice(None, row.m)))  # fmt: skip
    pairs = [length(difference(v, w)) for v in points[: row.m] for w in points[row.m :]]
    bound = certificate(row, keys, query, centre, diameter=largest(pairs))
    moved = difference(full, cut)
    assert at_most(dot(moved, moved), bound * bound)


@pytest.mark.theorem("skip-certificate")
@given(data=st.data(), row=rows(SMALL), steps=st.integers(0, 64))
def test_keys_at_the_far_end_of_their_ball_hold_just_that(data, row, steps):
    keys, centre = data.draw(values(row.m + row.c, 2)), data.draw(values(1, 2))[0]
    query = np.array([3.0, 4.0])  # of whole length: steps along it are exact
    keys[row.m :] = centre + steps * query
    bound = certificate(row, keys, query, centre)
    assert vanishes(Law(by_query(row, keys, query)).leakage - bound, bound)
