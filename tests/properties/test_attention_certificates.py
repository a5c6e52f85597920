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

from locality.verify.instances.strategies import margins, rows, values


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


# -- rounding ---------------------------------------------------------------------------------


def shares(logits):
    weights = [(logit - logits[0]).exp() for logit in logits]
    whole = reduce(add, weights)
    return [weight / whole for weight in weights]


def entropy(p):
    return -reduce(add, [share * share.log() for share in p])


@st.composite
def erring(draw):
    """A row's scores over the temperature, errors of them, and the largest error."""
    row = draw(rows(SMALL, leads=margins(-16, 16), largest=16.0))
    before = [score / arb(row.temperature) for score in exact(row.scores)]
    errors = exact(draw(st.lists(margins(-4, 4), min_size=len(before), max_size=len(before))))
    after = [logit + error for logit, error in zip(before, errors, strict=True)]
    return before, after, largest([abs(error) for error in errors])


@pytest.mark.theorem("rounding")
@given(logits=erring())
def test_errors_of_scores_move_attention_by_at_most_the_bound(logits):
    before, after, error = logits
    pairs = zip(shares(before), shares(after), strict=True)
    variation = reduce(add, [abs(p - q) for p, q in pairs]) / 2
    bound = claim("rounding", score_error=error)
    assert at_most(variation, bound)
    assert at_most(abs(lse(after) - lse(before)), claim("rounding", 1, score_error=error))
    if error > 0:
        target(float(variation / bound), label="rounding")


@pytest.mark.theorem("rounding")
@given(data=st.data(), logits=erring())
def test_what_attention_moves_by_bounds_outputs_and_entropy(data, logits):
    before, after, error = logits
    p, q = shares(before), shares(after)
    bound = claim("rounding", score_error=error)
    points = [exact(point) for point in data.draw(values(len(p), 2))]
    step = [dot(q, column) - dot(p, column) for column in zip(*points, strict=True)]
    diameter = largest([length(difference(v, w)) for v in points for w in points])
    moved = claim("rounding", 2, variation=bound, diameter=diameter)
    assert at_most(dot(step, step), moved * moved)
    widest = largest([abs(s - t) for side in (before, after) for s in side for t in side])
    changed = claim("rounding", 3, variation=bound, score_range=widest)
    assert at_most(abs(entropy(q) - entropy(p)), changed)


@pytest.mark.theorem("rounding")
@given(error=margins(2**-10, 32))
def test_two_keys_that_an_error_exchanges_move_by_just_that(error):
    size = arb(error)
    (p, _), (q, _) = shares([-size, arb(0)]), shares([arb(0), -size])
    bound = claim("rounding", score_error=size)
    assert vanishes(q - p - bound, bound)


@pytest.mark.theorem("rounding")
@given(row=rows(SMALL, leads=margins(-16, 16), largest=16.0))
def test_an_lse_in_float32_is_off_by_at_most_its_bound(row):
    unit, tau = 2.0**-24, np.float32(row.temperature)
    scores = row.scores.astype(np.float32) / tau
    shifted = scores - scores.max()
    weights = np.exp(shifted)
    computed = scores.max() + np.log(weights.sum(dtype=np.float32))
    exactly = [score / arb(row.temperature) for score in exact(row.scores)]
    n = len(exactly)
    known = {"unit": unit, "function_error": 8 * unit, "n": n}
    widest = largest([abs(logit) for logit in exactly])
    off = claim(
        "rounding",
        4,
        sum_error=n * unit / (1 - n * unit),
        underflow=2.0**-126,
        spread=float(-shifted.min()) * (1 + 2 * unit),
        **known,
    )
    bound = claim(
        "rounding",
        5,
        score_error=3 * unit * widest,
        log_error=off,
        largest=abs(float(scores.max())),
        **known,
    )
    assert abs(float(computed) - lse(exactly)) <= bound
