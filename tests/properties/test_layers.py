"""Layers under a schedule of dials as properties, judged in balls from exact numbers.

Every left side is computed here from its definition; the right sides are the theorem's claims.
"""

from dataclasses import dataclass
from functools import reduce
from itertools import permutations
from operator import add

import pytest
from flint import arb
from hypothesis import given, target
from hypothesis import strategies as st
from laws import at_most, claim, exact, vanishes

from locality.theory import theorem
from locality.verify.instances.strategies import temperatures, values

KEYS, BLOCK = 4, 2


def difference(v, w):
    return [x - y for x, y in zip(v, w, strict=True)]


def dot(v, w):
    return reduce(add, [x * y for x, y in zip(v, w, strict=True)])


def length(v):
    return dot(v, v).sqrt()


def farthest(points, others):
    return reduce(arb.max, [length(difference(v, w)) for v in points for w in others])


@dataclass(frozen=True)
class Layer:
    """Attention of the stream to keys of its own, added to the stream; so no linear map."""

    keys: list
    values: list
    temperature: arb
    dial: arb

    def __call__(self, stream, dial=0):
        lowered = [
            dot(stream, key) - (dial if k >= BLOCK else 0) for k, key in enumerate(self.keys)
        ]
        weights = [((score - lowered[0]) / self.temperature).exp() for score in lowered]
        total = reduce(add, weights)
        columns = zip(*self.values, strict=True)
        return [x + dot(weights, column) / total for x, column in zip(stream, columns, strict=True)]

    @property
    def known(self):
        """What the claim reads; a covariance is at most the product of two half diameters."""
        spread = farthest(self.values, self.values) * farthest(self.keys, self.keys)
        return {
            "lipschitz": 1 + spread / (4 * self.temperature),
            "diameter": farthest(self.values[:BLOCK], self.values[BLOCK:]),
            "dial": self.dial,
            "temperature": self.temperature,
        }


dials = st.integers(0, 256).map(lambda k: k / 16)


@st.composite
def layers(draw):
    heat = draw(temperatures())
    keys, outputs = (draw(values(KEYS, 2, 2)) for _ in range(2))
    points = [[exact(point) for point in some] for some in (keys, outputs)]
    return Layer(*points, arb(heat), arb(draw(dials) * heat))


@pytest.mark.theorem("progressive")
@given(stack=st.lists(layers(), min_size=1, max_size=3), start=values(1, 2, 2))
def test_dialled_layers_deviate_by_at_most_the_bound(stack, start):
    plain = dialled = exact(start[0])
    bound = arb(0)
    for layer in stack:
        plain, dialled = layer(plain), layer(dialled, layer.dial)
        bound = claim("progressive", **layer.known, deviation=bound)
        away = difference(dialled, plain)
        assert at_most(dot(away, away), bound * bound)
    if bound > 0:
        target(float(dot(away, away) / (bound * bound)), label="progressive")


def accumulated(constants, turned):
    reached = arb(0)
    for one, dial in zip(constants, turned, strict=True):
        known = {"lipschitz": one, "diameter": 2, "dial": dial, "temperature": 4}
        reached = claim("progressive", **known, deviation=reached)
    return reached


turns = st.lists(dials, min_size=2, max_size=4)
eighths = st.lists(st.integers(0, 16).map(lambda k: k / 8), min_size=4, max_size=4)


@pytest.mark.theorem("progressive")
@given(turned=turns, beyond=eighths)
def test_the_increasing_order_is_least_where_layers_expand(turned, beyond):
    constants = [1 + b for b in beyond[: len(turned)]]
    least = accumulated(constants, sorted(turned))
    assert all(at_most(least, accumulated(constants, order)) for order in permutations(turned))


@pytest.mark.theorem("progressive")
@given(turned=turns, rates=eighths)
def test_the_decreasing_order_is_least_where_layers_contract(turned, rates):
    constants = [rate / 2 for rate in rates[: len(turned)]]
    least = accumulated(constants, sorted(turned, reverse=True))
    assert all(at_most(least, accumulated(constants, order)) for order in permutations(turned))


@pytest.mark.theorem("progressive")
@given(most=dials, betas=st.tuples(eighths, eighths), constants=eighths)
def test_a_steeper_schedule_has_a_smaller_bound_for_every_layer(most, betas, constants):
    flat, steep = sorted(beta[0] for beta in betas)

    def bound(beta):
        shares = [((arb(layer) / 4).log() * beta).exp() for layer in (1, 2, 3, 4)]
        return accumulated(constants, [most * share for share in shares])

    assert at_most(bound(steep), bound(flat))


def test_two_layers_by_hand():
    halves = theorem("progressive").bound(
        lipschitz=0.5, deviation=2, diameter=3, dial=0, temperature=1
    )
    assert halves == 1
    turned = claim("progressive", lipschitz=0, deviation=0, diameter=1, dial=2, temperature=1)
    assert vanishes(turned - arb("0.5").tanh(), turned)
