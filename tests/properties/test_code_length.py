"""Recruitment as properties, judged in balls from exact numbers.

Every left side is computed here from its definition; the right sides are the theorem's claims.
"""

from dataclasses import dataclass
from functools import reduce
from operator import add

import numpy as np
import pytest
from flint import arb
from hypothesis import given, target
from hypothesis import strategies as st
from laws import at_most, claim, exact, vanishes

from locality.theory import theorem
from locality.verify.instances.strategies import values

SIXTEENTHS = st.integers(1, 1024).map(lambda k: k / 16)


@dataclass(frozen=True)
class Block:
    """A Gaussian in the plane: variances along two axes that are turned by a Pythagorean angle."""

    weight: float
    mean: tuple
    variances: tuple
    turned: bool

    def density(self, place):
        away = [arb(x) - arb(float(y)) for x, y in zip(place, self.mean, strict=True)]
        cosine, sine = (arb(3) / 5, arb(4) / 5) if self.turned else (arb(1), arb(0))
        along = (cosine * away[0] + sine * away[1], cosine * away[1] - sine * away[0])
        found = arb(self.weight)
        for y, e in zip(along, map(arb, self.variances), strict=True):
            found *= (-y * y / (2 * e)).exp() / (2 * arb.pi() * e).sqrt()
        return found


@st.composite
def mixtures(draw, least):
    shares = draw(st.lists(st.integers(1, 16), min_size=1, max_size=3))
    return [
        Block(
            share / 64,  # at most 48 of 64 in all: weights need not sum to 1
            tuple(draw(values(1, 2, 4))[0]),
            (least + draw(st.integers(0, 64)) / 8, least + draw(st.integers(0, 64)) / 8),
            draw(st.booleans()),
        )
        for share in shares
    ]


def data_bits(points, blocks):
    mixed = [reduce(add, [block.density(place) for block in blocks]) for place in points]
    return -reduce(add, [density.log() for density in mixed]) / arb(2).log()


@pytest.mark.theorem("recruitment")
@given(data=st.data(), least=SIXTEENTHS, size=st.integers(1, 5))
def test_points_cost_at_least_the_floor(data, least, size):
    blocks = data.draw(mixtures(least))
    points = [exact(place) for place in data.draw(values(size, 2, 4))]
    cost = data_bits(points, blocks)
    floor = size * claim("recruitment", 1, dimension=2, least_variance=least)
    assert at_most(floor, cost)
    target(-float(cost - floor) / size, label="recruitment")


@pytest.mark.theorem("recruitment")
@given(data=st.data(), least=SIXTEENTHS, size=st.integers(1, 5), turned=st.booleans())
def test_points_at_the_mean_of_a_narrow_block_cost_just_that(data, least, size, turned):
    place = data.draw(values(1, 2, 4))[0]
    cost = data_bits([exact(place)] * size, [Block(1, tuple(place), (least, least), turned)])
    floor = size * claim("recruitment", 1, dimension=2, least_variance=least)
    assert vanishes(cost - floor, 1 + abs(floor))


@pytest.mark.theorem("recruitment")
@given(
    least=SIXTEENTHS,
    eta=SIXTEENTHS,
    rounds=st.lists(st.tuples(SIXTEENTHS, st.booleans()), max_size=12),
    above=st.integers(0, 64),
)
def test_savings_of_eta_are_at_most_so_many(least, eta, rounds, above):
    """From the end backwards: every round costs something, a recruitment η more."""
    floor = 3 * claim("recruitment", 1, dimension=2, least_variance=least)
    first = floor + above
    for more, recruits in rounds:
        first += more + (eta if recruits else 0)
    given = {"initial_bits": first, "saving": eta, "points": 3, "dimension": 2}
    most = claim("recruitment", **given, least_variance=least)
    assert at_most(arb(sum(recruits for _, recruits in rounds)), most)


def test_a_purse_by_hand():
    """At σ² = 1/2π a point's floor is 0 bits: with 10 bits and η = 3 three recruitments at most."""
    variance = 1 / (2 * arb.pi())
    given = {"points": 5, "dimension": 2, "least_variance": variance}
    bound = theorem("recruitment").claim.in_balls(initial_bits=arb(10), saving=arb(3), **given)
    assert vanishes(bound - arb(10) / 3, 1)


def test_arrays_and_tensors_know_pi():
    torch = pytest.importorskip("torch")
    import locality.kernels  # noqa: F401  (lets bounds take tensors)

    rest = {"saving": 16, "points": 240, "dimension": 4}
    bound, bits = theorem("recruitment").bound, np.array([5e3, 6e3])
    arrays = bound(initial_bits=bits, least_variance=np.array(0.01), **rest)
    tensors = bound(
        initial_bits=torch.tensor(bits),
        least_variance=torch.tensor([0.01], dtype=torch.float64),
        **rest,
    )
    np.testing.assert_allclose(tensors.numpy(), arrays, rtol=1e-13)
    assert arrays[0] == pytest.approx(bound(initial_bits=5e3, least_variance=0.01, **rest))
