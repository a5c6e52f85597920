"""The statistics of one row in balls, from its exact floats, at whatever precision is set.

Keys with equal scores are counted, not repeated: ties and two-level rows cost as much as their
distinct scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from flint import arb, arb_series

from locality.theory.core.numbers import BALLS
from locality.verify.checks.rows import given
from locality.verify.checks.statistics import Statistics
from locality.verify.instances.batch import Floats, Instance

Keys = Sequence[tuple[arb, int]]


def keys(scores: Floats) -> Keys:
    """Distinct scores, the largest first, each with how often it occurs."""
    counted = sorted(Counter(scores.tolist()).items(), reverse=True)
    return [(arb(score), count) for score, count in counted]


def softmax(logits: Sequence[arb]) -> list[arb]:
    """The softmax of logits, shifted by the largest."""
    largest = max(logits, key=lambda logit: float(logit.mid()))
    weights = [(logit - largest).exp() for logit in logits]
    total = sum(weights, arb(0))
    return [weight / total for weight in weights]


class BallPart:
    """One part of a row; `keys` largest first."""

    def __init__(self, keys: Keys, temperature: arb) -> None:
        self.keys, self.temperature = keys, temperature
        self.size = sum(count for _, count in keys)
        self.count = arb(self.size)
        self.top, self.least = keys[0][0], keys[-1][0]

    @cached_property
    def weights(self) -> list[tuple[arb, arb]]:
        """(z, its keys' weight) for each distinct score, z = (s − top)/τ."""
        z = [(score - self.top) / self.temperature for score, _ in self.keys[1:]]
        rest = [(zk, zk.exp() * k) for zk, (_, k) in zip(z, self.keys[1:], strict=True)]
        return [(arb(0), arb(self.keys[0][1])), *rest]

    def lowered(self, by: arb) -> BallPart:
        """The same part with every score lowered; weights relative to the top do not change."""
        part = BallPart([(score - by, count) for score, count in self.keys], self.temperature)
        part.weights = self.weights
        return part

    @cached_property
    def total(self) -> arb:
        return sum((weight for _, weight in self.weights), arb(0))

    @cached_property
    def log_total(self) -> arb:
        return self.total.log()

    @cached_property
    def spread(self) -> arb:
        return -sum((z * weight for z, weight in self.weights), arb(0)) / self.total

    @cached_property
    def average(self) -> arb:
        return sum((score * k for score, k in self.keys), arb(0)) / self.count

    @cached_property
    def climb(self) -> arb:
        pairs = zip(self.keys, self.weights, strict=True)
        moment = sum(((s - self.least) * weight for (s, _), (_, weight) in pairs), arb(0))
        return moment / self.total / self.temperature

    @cached_property
    def entropy_over_ties(self) -> arb:
        """H of the softmax of this part alone, less the log of how many keys have the top score."""
        (_, top), *rest = self.weights
        return sum((weight / top for _, weight in rest), arb(0)).log1p() + self.spread


class BallRow(Statistics[BallPart]):
    """The statistics of row `i` of an instance, at the precision set when they are read."""

    functions: Mapping[str, Any] = BALLS

    def __init__(
        self, instance: Instance, i: int = 0, parts: tuple[BallPart, BallPart] | None = None
    ) -> None:
        self.instance, self.i = instance, i
        self.temperature = arb(float(instance.temperature[i]))
        self.ahead, self.behind = parts or self._own()

    def _own(self) -> tuple[BallPart, BallPart]:
        scores, m = self.instance.scores[self.i], self.instance.m
        parts = (keys(scores[:m]), keys(scores[m:]))
        ahead, behind = (BallPart(part, self.temperature) for part in parts)
        return ahead, behind

    @cached_property
    def whole(self) -> BallPart:
        """All keys of the instance's row as one part."""
        return BallPart(keys(self.instance.scores[self.i]), self.temperature)

    @property
    def logits(self) -> list[arb]:
        """s/τ, one for each key."""
        return [arb(float(score)) / self.temperature for score in self.instance.scores[self.i]]

    @cached_property
    def dialled(self) -> BallRow:
        """The same row at its own dial."""
        return self.lowered(self.dial)

    def lowered(self, dial: arb) -> BallRow:
        """The same row with every score outside R lowered by `dial`."""
        return BallRow(self.instance, self.i, (self.ahead, self.behind.lowered(dial)))

    def two_level(self, gap: arb) -> BallRow:
        """Scores `gap` on R and 0 on C, with the same sizes and temperature."""
        scores = ((gap, self.ahead.size), (arb(0), self.behind.size))
        ahead, behind = (BallPart([key], self.temperature) for key in scores)
        return BallRow(self.instance, self.i, (ahead, behind))

    @property
    def dial(self) -> arb:
        return self._given("dial")

    @property
    def step(self) -> arb:
        return self._given("step")

    def _given(self, name: str) -> arb:
        return arb(float(given(self.instance, name)[self.i]))


def slope_of_entropy(logits: Sequence[tuple[arb, arb, int]]) -> arb:
    """d/dt of −Σ p ln p at t = 0, p the softmax of logits value + slope·t, each so many times.

    By differentiating power series: knows nothing of means, variances or fidelity.
    """
    largest = max((value for value, _, _ in logits), key=lambda value: float(value.mid()))
    series = [(arb_series([value - largest, slope], prec=2).exp(), k) for value, slope, k in logits]
    total = sum((weight * k for weight, k in series), arb_series([0], prec=2))
    if not total[0] > 0:  # a series refuses to be divided by NaN
        return arb("nan")
    shares = [(weight / total, k) for weight, k in series]
    return -sum((p * p.log() * k for p, k in shares), arb_series([0], prec=2))[1]
