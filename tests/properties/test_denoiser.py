"""The denoiser of a data set: step, motion, risk and memory, judged in balls from exact numbers.

Every left side is computed here from the density of noisy points or from distances.
"""

from dataclasses import dataclass
from functools import reduce
from itertools import starmap
from operator import add

import pytest
from flint import arb, arb_series
from hypothesis import given
from hypothesis import strategies as st
from laws import at_most, claim, exact, vanishes

from locality.verify.instances.strategies import values


def product(u, v):
    return reduce(add, starmap(lambda a, b: a * b, zip(u, v, strict=True)))


def minus(u, v):
    return [a - b for a, b in zip(u, v, strict=True)]


@dataclass(frozen=True)
class Noisy:
    """Training points, a noisy point, a direction, and the variance of the noise."""

    points: list
    noisy: list
    direction: list
    variance: arb

    @property
    def chances(self):
        squares = [product(away, away) for away in self.steps]
        weights = [(-square / (2 * self.variance)).exp() for square in squares]
        return [weight / reduce(add, weights) for weight in weights]

    @property
    def steps(self):
        return [minus(each, self.noisy) for each in self.points]

    @property
    def denoised(self):
        return [product(self.chances, column) for column in zip(*self.points, strict=True)]

    def along(self, vectors):
        return [product(self.direction, each) for each in vectors]

    @property
    def weights_in_motion(self):
        """exp(−‖x + te − x_i‖²/2σ²) as series in t."""
        cold = 1 / (2 * self.variance)
        lines = [
            [arb_series([-u, v], prec=2) for u, v in zip(away, self.direction, strict=True)]
            for away in self.steps
        ]
        return [(-product(line, line) * cold).exp() for line in lines]


@st.composite
def noisies(draw, least=1):
    d, n = draw(st.integers(1, 3)), draw(st.integers(least, 6))
    points = [exact(each) for each in draw(values(n, d, largest=2))]
    noisy, direction = (exact(each) for each in draw(values(2, d, largest=2)))
    variance = arb(draw(st.integers(1, 64))) / 16
    return Noisy(points, noisy, direction, variance)


@pytest.mark.theorem("denoiser")
@given(given=noisies())
def test_the_slope_of_the_log_density_is_the_step_over_the_variance(given):
    slope = reduce(add, given.weights_in_motion).log()[1]
    step = product(given.direction, minus(given.denoised, given.noisy))
    claimed = claim("denoiser", 0, denoising_shift=step, noise=given.variance.sqrt())
    assert vanishes(slope - claimed, 1 + abs(claimed))


@pytest.mark.theorem("denoiser")
@given(given=noisies())
def test_the_denoised_point_moves_by_a_variance_and_never_back(given):
    weights, y = given.weights_in_motion, given.along(given.points)
    motion = (product(weights, y) / reduce(add, weights))[1]
    mean = product(given.chances, y)
    off = [each - mean for each in y]
    variance = product(given.chances, [each * each for each in off])
    claimed = claim("denoiser", 1, variance_along=variance, noise=given.variance.sqrt())
    assert vanishes(motion - claimed, 1 + claimed)
    assert at_most(arb(0), claimed)


@pytest.mark.theorem("denoiser")
@given(given=noisies())
def test_any_answer_is_worse_by_its_squared_distance_from_the_denoised_point(given):
    best, answer = given.denoised, given.direction

    def risk(guess):
        away = [minus(each, guess) for each in given.points]
        return product(given.chances, [product(each, each) for each in away])

    off = minus(answer, best)
    far = product(off, off).nonnegative_part().sqrt()
    claimed = claim("denoiser", 2, least_risk=risk(best), distance_from_mean=far)
    assert vanishes(risk(answer) - claimed, 1 + claimed)


@pytest.mark.theorem("denoiser")
@given(given=noisies(least=2), m=st.integers(1, 5))
def test_far_points_change_no_more_than_leakage_allows(given, m):
    order = sorted(given.points, key=lambda each: float(_squared(minus(each, given.noisy)).mid()))
    m = min(m, len(order) - 1)
    near, rest = order[:m], order[m:]
    local = Noisy(near, given.noisy, given.direction, given.variance)
    change = minus(given.denoised, local.denoised)
    outer = reduce(arb.min, [_squared(minus(each, given.noisy)) for each in rest])
    inner = reduce(arb.max, [_squared(minus(each, given.noisy)) for each in near])
    wide = reduce(arb.max, [_squared(minus(a, b)) for a in near for b in rest]).sqrt()
    lead = (outer - inner) / (2 * given.variance)
    claimed = claim("denoiser", 3, m=m, c=len(rest), x=lead, diameter=wide)
    assert at_most(_squared(change).nonnegative_part().sqrt(), claimed)


def _squared(u):
    return product(u, u)


def test_by_hand_two_points_one_standard_deviation_apart():
    """At the middle the chances are even: the denoised point stays, and moves by 1/4 a unit."""
    given = Noisy([[arb(0)], [arb(1)]], [arb(1) / 2], [arb(1)], arb(1))
    assert vanishes(given.denoised[0] - arb(1) / 2, 1)
    weights = given.weights_in_motion
    motion = (product(weights, [arb(0), arb(1)]) / reduce(add, weights))[1]
    assert vanishes(motion - arb(1) / 4, 1)
    assert vanishes(claim("denoiser", 1, variance_along=arb(1) / 4, noise=1) - motion, 1)
