"""The local mean's theorem as properties, judged in balls from exact numbers.

Kernels are whole numbers, some of them 0, or the attention of a row; losses are quadratics in the
plane. The right sides are the theorem's claims.
"""

from functools import reduce
from itertools import combinations
from operator import add

import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from laws import Law, at_most, claim, exact, vanishes

from locality.theory import theorem
from locality.verify.instances.strategies import partitions, rows, values


def mean(weights, numbers):
    pairs = zip(weights, numbers, strict=True)
    return reduce(add, [w * x for w, x in pairs]) / reduce(add, weights)


def squared(one, other):
    return reduce(add, [(x - y) * (x - y) for x, y in zip(one, other, strict=True)])


def root(square):
    return square.nonnegative_part().sqrt()


@st.composite
def weighed_points(draw):
    """Whole kernel weights, not all 0, a point for each, and an answer."""
    kernel = draw(st.lists(st.integers(0, 1000), min_size=1, max_size=8).filter(any))
    *points, answer = (exact(point) for point in draw(values(len(kernel) + 1)))
    return list(map(arb, kernel)), points, answer


@pytest.mark.theorem("local-mean")
@given(given_points=weighed_points())
def test_what_an_answer_costs_beyond_the_local_mean(given_points):
    kernel, points, answer = given_points
    centre = [mean(kernel, column) for column in zip(*points, strict=True)]

    def cost(at):
        return reduce(add, [k * squared(y, at) for k, y in zip(kernel, points, strict=True)])

    apart = root(squared(answer, centre))
    beyond = claim("local-mean", kernel_mass=reduce(add, kernel), distance_from_mean=apart)
    assert vanishes(cost(answer) - cost(centre) - beyond, 1 + cost(answer))


class Quadratics:
    """Losses Σ a θ²/2 − b θ over two components, with curvatures a and forces b for each key."""

    def __init__(self, curvatures, forces):
        self.curvatures, self.forces = ([exact(x) for x in part] for part in (curvatures, forces))
        self.convexity = arb(float(np.min(curvatures)))

    def minimiser(self, kernel):
        columns = zip(
            zip(*self.forces, strict=True), zip(*self.curvatures, strict=True), strict=True
        )
        return [mean(kernel, forces) / mean(kernel, curved) for forces, curved in columns]

    def gradients(self, at):
        pairs = zip(self.curvatures, self.forces, strict=True)
        return [[a * t - b for a, b, t in zip(*pair, at, strict=True)] for pair in pairs]


@st.composite
def quadratics(draw, n):
    return Quadratics(abs(draw(values(n))) + 0.25, draw(values(n)))


@pytest.mark.theorem("local-mean")
@given(row=rows(partitions(6)), turn=st.integers(-64, 64).filter(bool), data=st.data())
def test_a_local_model_moves_by_no_more_than_the_dial_allows(row, turn, data):
    losses = data.draw(quadratics(len(row.scores)))
    step = arb(turn) / 8
    one, other = Law(row).p, Law(row, dial=step).p
    moved = reduce(add, [abs(p - q) for p, q in zip(one, other, strict=True)]) / 2
    here, there = losses.minimiser(one), losses.minimiser(other)
    distance = root(squared(here, there))
    pulls = losses.gradients(there)
    wide = root(reduce(arb.max, [squared(*pair) for pair in combinations(pulls, 2)]))
    longest = root(reduce(arb.max, [squared(pull, [0, 0]) for pull in pulls]))
    known = {"variation": moved, "convexity": losses.convexity}
    bound = claim("local-mean", 1, gradient_diameter=wide, **known)
    dialled = claim("dial", 1, step=abs(step), temperature=row.temperature)
    assert at_most(distance, bound)
    assert at_most(bound, claim("local-mean", 2, gradient_bound=longest, **known))
    assert at_most(
        distance, claim("local-mean", 1, gradient_diameter=wide, **known | {"variation": dialled})
    )


@pytest.mark.theorem("local-mean")
@given(moved=st.integers(1, 256), mu=st.integers(1, 256))
def test_two_opposite_pulls_attain_both_bounds_and_break_half_of_the_second(moved, mu):
    share, curvature = arb(moved) / 256, arb(mu) / 16
    losses = Quadratics(np.full((2, 2), mu / 16), np.array([[1.0, 0.0], [-1.0, 0.0]]))
    one, other = [(1 + share) / 2, (1 - share) / 2], [arb(1) / 2] * 2
    distance = losses.minimiser(one)[0] - losses.minimiser(other)[0]
    known = {"variation": share / 2, "convexity": curvature}
    bound = claim("local-mean", 2, gradient_bound=1, **known)
    assert vanishes(distance - bound, bound)
    assert vanishes(distance - claim("local-mean", 1, gradient_diameter=2, **known), bound)
    assert distance > bound / 2


def test_the_cost_by_hand():
    """Weights 1 and 3 on 0 and 4: the mean is 3, and 5 costs 28 where the mean costs 12."""
    assert theorem("local-mean").bound(kernel_mass=4, distance_from_mean=2) == 28 - 12


def test_the_distance_by_hand():
    """From ½, ½ to ¾, ¼ on values ±1: TV is ¼, the mean moves from 0 to ½."""
    assert claim("local-mean", 1, variation=0.25, gradient_diameter=2, convexity=1) == arb(0.5)
