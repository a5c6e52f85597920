"""What the properties here share: the attention of a row in balls, and what counts as equal."""

from functools import reduce
from operator import add

import numpy as np
from flint import arb
from hypothesis import strategies as st

from locality.theory import theorem
from locality.verify.instances.strategies import partitions
from locality.verify.recognizers.draws import random_formula

SMALL = partitions(10)


class Law:
    """The attention of a row in balls, or in power series where a parameter is one."""

    def __init__(self, row, temperature=None, dial=0):
        tau = arb(row.temperature) if temperature is None else temperature
        lowered = [arb(s) - (dial if k >= row.m else 0) for k, s in enumerate(row.scores)]
        weights = [((s - lowered[0]) / tau).exp() for s in lowered]
        whole = reduce(add, weights)
        self.p = [weight / whole for weight in weights]
        self.m = row.m
        self.leakage = reduce(add, self.p[row.m :])
        self.fidelity = reduce(add, self.p[: row.m])

    @property
    def entropy(self):
        return -reduce(add, [p * p.log() for p in self.p])

    def mean(self, numbers, part=slice(None)):
        mass = reduce(add, self.p[part])
        pairs = zip(self.p[part], numbers[part], strict=True)
        return reduce(add, [p * number for p, number in pairs]) / mass


def claim(name, which=0, **given):
    return theorem(name).claims[which].in_balls(**{k: arb(v) for k, v in given.items()})


def vanishes(residual, size):
    """Zero within the balls, and they are small: NaN and wide balls are no equality."""
    small = residual.rad() <= abs(size) * arb(2) ** -100 or residual.rad() <= arb(2) ** -300
    return bool(residual.contains(0) and small)


def at_most(left, right):
    return bool(right - left >= 0) or vanishes(right - left, right)


def exact(numbers):
    return [arb(float(number)) for number in numbers]


def points(least, most=None):
    """Points (n, 2) of sixteenths within ±8; one draw of bytes is far quicker than one a number."""
    drawn = st.binary(min_size=2 * least, max_size=2 * (most or least))
    return drawn.map(lambda b: np.frombuffer(b[: len(b) // 2 * 2], np.int8).reshape(-1, 2) / 16)


def drawn_formulas(operators, deepest=3, alphabet="ab"):
    """Random formulas of exact depth, by seed: far quicker than built choice by choice."""

    def built(seed, depth):
        return random_formula(np.random.default_rng(seed), depth, operators, alphabet)

    return st.builds(built, st.integers(0, 2**32), st.integers(0, deepest))
