"""Retrieval as properties, judged in balls: energies, updates and errors are those of their
definitions; the right sides are the theorem's claims.
"""

from functools import cached_property, reduce
from operator import add

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from laws import at_most, claim, exact, points, vanishes

from locality.theory import theorem
from locality.verify.instances.strategies import deltas, temperatures


def dot(v, w):
    return reduce(add, [a * b for a, b in zip(v, w, strict=True)])


class Network:
    """Patterns in the plane and a state."""

    def __init__(self, patterns, state, temperature):
        self.patterns, self.state = [exact(p) for p in patterns], exact(state)
        self.temperature = arb(temperature)

    def logits(self, state):
        return [dot(state, pattern) / self.temperature for pattern in self.patterns]

    def weights(self, state):
        logits = self.logits(state)
        largest = max(logits, key=lambda t: float(t.mid()))
        return [(t - largest).exp() for t in logits], largest

    def energy(self, state):
        weights, largest = self.weights(state)
        lse = reduce(add, weights).log() + largest
        return dot(state, state) / 2 - self.temperature * lse

    @cached_property
    def update(self):
        weights, _ = self.weights(self.state)
        total = reduce(add, weights)
        return [dot(weights, axis) / total for axis in zip(*self.patterns, strict=True)]

    @cached_property
    def move(self):
        return [new - old for new, old in zip(self.update, self.state, strict=True)]

    @cached_property
    def travel(self):
        return dot(self.move, self.move).nonnegative_part().sqrt()

    def fall(self, t):
        reached = [old + t * way for old, way in zip(self.state, self.move, strict=True)]
        return self.energy(self.state) - self.energy(reached)

    def from_first(self, point):
        apart = [a - b for a, b in zip(point, self.patterns[0], strict=True)]
        return dot(apart, apart).nonnegative_part().sqrt()

    @property
    def lead(self):
        first, *others = self.logits(self.state)
        return first - reduce(arb.max, others)

    @property
    def diameter(self):
        return reduce(arb.max, map(self.from_first, self.patterns[1:]))


states = points(1).map(lambda point: point[0])
networks = st.builds(Network, points(2, 6), states, temperatures())


@pytest.mark.theorem("hopfield")
@given(network=networks, step=st.integers(1, 96))
def test_an_update_lowers_the_energy_and_a_step_by_its_share(network, step):
    t, travel = arb(step) / 32, network.travel
    assert at_most(claim("hopfield", travel=travel), network.fall(1))
    assert at_most(claim("hopfield", 1, relaxation=t, travel=travel), network.fall(t))


@pytest.mark.theorem("hopfield")
@given(pair=points(2), n=st.integers(1, 6), heat=temperatures(), step=st.integers(1, 96))
def test_one_pattern_however_often_stored_attains_it(pair, n, heat, step):
    network, t = Network([pair[0]] * n, pair[1], heat), arb(step) / 32
    bound = claim("hopfield", 1, relaxation=t, travel=network.travel)
    assert vanishes(network.fall(t) - bound, 1 + network.travel**2)
    assert step <= 64 or network.travel.contains(0) or network.fall(t) < 0


@pytest.mark.theorem("hopfield")
@given(network=networks, delta=deltas())
def test_the_update_lands_where_the_lead_says(network, delta):
    others, error = len(network.patterns) - 1, network.from_first(network.update)
    lead, diameter = network.lead, network.diameter
    assert at_most(error, claim("hopfield", 2, c=others, x=lead, diameter=diameter))
    enough = {"delta": delta, "margin": float(lead.mid()), "temperature": 1.0}
    most = theorem("hopfield").solve("c", **enough).value
    if most is not None and others <= most * (1 - 1e-9):
        assert at_most(error, claim("hopfield", 3, delta=delta, diameter=diameter))


def test_two_patterns_by_hand():
    """ξ = 0 between −1 and 3, which both agree by 0: ξ′ = 1, and the fall is more than ½."""
    network = Network([[-1.0], [3.0]], [0.0], 1.0)
    assert vanishes(network.update[0] - 1, 1)
    energy = arb(1) / 2 - (arb(-1).exp() + arb(3).exp()).log()
    assert vanishes(network.fall(1) + arb(2).log() + energy, 1)
    assert network.fall(1) > claim("hopfield", travel=1) == arb(1) / 2
