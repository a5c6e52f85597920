"""Penalties on groups of weights, as properties judged in balls.

Gradients are taken here by differentiating the loss, in power series; the bounds are the claims.
"""

from functools import reduce
from operator import add

import pytest
from flint import arb, arb_series
from hypothesis import assume, given, target
from hypothesis import strategies as st
from laws import SMALL, Law, at_most, claim, exact, vanishes

from locality.theory import theorem
from locality.verify.instances.strategies import margins, rows, temperatures, values


def dot(v, w):
    return reduce(add, [x * y for x, y in zip(v, w, strict=True)])


def length(v):
    return dot(v, v).nonnegative_part().sqrt()


# -- group-lasso ------------------------------------------------------------------------------


@st.composite
def blocks(draw):
    """Weights that are not 0, a gradient, and a penalty."""
    weights, gradient = draw(values(2, 3))
    assume(weights.any())
    return exact(weights), exact(gradient), arb(draw(margins(0, 256)))


@pytest.mark.theorem("group-lasso")
@given(block=blocks())
def test_weights_are_as_far_from_stationary_as_the_penalty_exceeds_the_gradient(block):
    weights, gradient, penalty = block
    unit = [w / length(weights) for w in weights]
    distance = length([g + penalty * e for g, e in zip(gradient, unit, strict=True)])
    bound = claim("group-lasso", penalty=penalty, gradient_norm=length(gradient))
    assert at_most(bound, distance)
    target(float(bound / distance) if distance > 0 else 1.0, label="group-lasso")


@pytest.mark.theorem("group-lasso")
@given(block=blocks(), spare=margins(0, 4))
def test_a_kink_holds_no_more_than_its_penalty(block, spare):
    direction, gradient, penalty = block
    inside = [x / (length(direction) + arb(spare)) for x in direction]
    residual = length([g + penalty * s for g, s in zip(gradient, inside, strict=True)])
    bound = claim("group-lasso", 1, gradient_norm=length(gradient), penalty=penalty)
    assert at_most(bound, residual)


@pytest.mark.theorem("group-lasso")
@given(weights=values(1, 3), ratio=st.integers(0, 64))
def test_a_gradient_against_the_weights_attains_the_bound(weights, ratio):
    assume(weights.any())
    block = exact(weights[0])
    penalty, pull = arb(64), [-w * ratio / length(block) for w in block]
    unit = [w / length(block) for w in block]
    distance = length([g + penalty * e for g, e in zip(pull, unit, strict=True)])
    assert vanishes(distance - claim("group-lasso", penalty=64, gradient_norm=ratio), penalty)


def test_a_case_one_can_compute_by_hand():
    assert theorem("group-lasso").bound(penalty=5, gradient_norm=3) == 2
    known = {"loss_slope": 2, "largest_query": 3, "largest_key": 1, "value_diameter": 4}
    pull = theorem("group-lasso-attention")
    assert pull.bound(**known, temperature=3, block_mass=1) == 4
    assert pull.bound(**known, temperature=2, block_mass=0.25) == 12 * 0.1875
    assert pull.solve("penalty", **known, temperature=2).value == 6
    assert theorem("group-lasso").solve("penalty", gradient_norm=3).value == 3


# -- group-lasso-attention --------------------------------------------------------------------


def slopes(row, outputs, query, keys):
    """dL/dW entry by entry for s_j + ⟨q, W k_j⟩ on R and a loss that is the output's component
    along the all-ones vector, by series in each entry at W = 0.
    """
    tau = arb(row.temperature)
    ends = [reduce(add, value) for value in outputs]

    def entry(a, b):
        pushes = [query[a] * key[b] if k < row.m else arb(0) for k, key in enumerate(keys)]
        logits = [arb_series([arb(s) / tau, push / tau], prec=2)
                  for s, push in zip(row.scores, pushes, strict=True)]  # fmt: skip
        weights = [(logit - logits[0][0]).exp() for logit in logits]
        moved = dot(weights, [arb_series([end], prec=2) for end in ends])
        return (moved / reduce(add, weights))[1]

    return [entry(a, b) for a in range(len(query)) for b in range(len(keys[0]))]


@pytest.mark.theorem("group-lasso-attention")
@given(data=st.data(), row=rows(SMALL, leads=margins(-8, 8), largest=8.0))
def test_a_loss_pulls_at_a_block_with_no_more_than_the_bound(data, row):
    outputs, keys = ([exact(v) for v in data.draw(values(row.m + row.c, 2))] for _ in range(2))
    query = exact(data.draw(values(1, 2, 4))[0])
    pull = length(slopes(row, outputs, query, keys))
    apart = [length([x - y for x, y in zip(v, w, strict=True)]) for v in outputs for w in outputs]
    known = {
        "loss_slope": arb(2).sqrt(),
        "largest_query": length(query),
        "largest_key": reduce(arb.max, map(length, keys[: row.m])),
        "value_diameter": reduce(arb.max, apart),
        "temperature": arb(row.temperature),
    }
    bound = claim("group-lasso-attention", **known, block_mass=Law(row).fidelity)
    assert at_most(pull, bound)
    assert at_most(bound, claim("group-lasso-attention", 1, **known))
    if bound > 0:
        target(float(pull / bound), label="group-lasso-attention")


@pytest.mark.theorem("group-lasso-attention")
@given(light=st.integers(1, 8), extra=st.integers(1, 8), heat=temperatures())
def test_a_block_at_its_best_split_attains_the_bound(light, extra, heat):
    """Weights light : light + extra on the block, 2·extra beside it, values at the ends."""
    weights = [arb(light), arb(light + extra), arb(2 * extra)]
    whole = reduce(add, weights)
    p, sides, ends = [w / whole for w in weights], [1, -1, 0], [1, 0, 1]
    mean = dot(p, ends)
    pull = reduce(add, [x * s * (e - mean) for x, s, e in zip(p, sides, ends, strict=True)])
    simple = dict.fromkeys(("loss_slope", "largest_query", "largest_key", "value_diameter"), 1)
    mass = 1 - weights[2] / whole
    bound = claim("group-lasso-attention", **simple, temperature=heat, block_mass=mass)
    assert vanishes(pull / arb(heat) - bound, bound)
