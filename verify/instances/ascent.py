"""Ascent on tightness: from Gaussian rows towards the case of equality, the margin held fixed.

The scores are Δ + τp on R and -τq on C with p, q ≥ 0; one p and one q are 0 and stay 0, so the
margin stays what was planted. Each step multiplies every p and q by e^±rate, up or down as the
gradient says; where values count, the same is then done to their distances from the mean of their
block. Rates differ from row to row: slow rows end well inside the bound, fast ones next to it.
Steps take exponentials, so instances are kept as exact bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from locality.verify.instances.batch import STRATA, Batch, Floats
from locality.verify.instances.extras import checked, parameters, query, values
from locality.verify.instances.layout import MicroBatch, plant, scale, sized
from locality.verify.instances.stream import Stream
from locality.verify.instances.synthetic import GAUSSIAN, levels

ROWS: Final = 128
STEPS: Final = 100
FASTEST: Final = (0.03, 0.3)

Gradient = Callable[[Floats, int], Floats]
"""From logits (rows, n) and m, an array with the signs of the objective's gradient in them."""


def log_odds(logits: Floats, m: int) -> Floats:
    """The gradient of the leakage's log-odds, lse over C minus lse over R."""
    return np.concatenate([-softmax(logits[:, :m]), softmax(logits[:, m:])], axis=1)


def entropy(logits: Floats, m: int) -> Floats:
    """The gradient of the entropy, -p(ln p + H); it does not depend on m."""
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    p = np.exp(log_p)
    return p * ((p * log_p).sum(axis=1, keepdims=True) - log_p)


def softmax(logits: Floats) -> Floats:
    """The softmax of each row."""
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class Objective:
    """What rows climb: a gradient, the shapes (m, c) they have, and whether values move too."""

    gradient: Gradient
    shapes: tuple[tuple[int, int], ...]
    moves_values: bool = False


_MANY: Final = ((1, 2), (4, 60), (3, 1), (1, 31), (16, 16), (2, 62), (31, 1))
# The excess of the entropy stays (x + ½)²u² below (1 + x)u: only a small u = (c/m)e⁻ˣ comes near.
_SMALL_ODDS: Final = ((127, 1), (97, 1), (111, 1))
OBJECTIVES: Final[Mapping[str, Objective]] = {
    "leakage": Objective(log_odds, _MANY),
    "entropy": Objective(entropy, _MANY),
    "entropy-exponential": Objective(entropy, _SMALL_ODDS),
    "truncation": Objective(log_odds, _MANY, moves_values=True),
}


@dataclass(frozen=True)
class Ascent:
    """A shard climbs every objective in every stratum, 128 rows each.

    A theorem without an objective of its own is measured on all of them.
    """

    objectives: Mapping[str, Objective] = field(default_factory=lambda: OBJECTIVES)
    name: str = "ascent"
    witness: bool = False
    stored: bool = True

    @property
    def shard_size(self) -> int:
        """The rows of a shard."""
        return ROWS * len(STRATA) * len(self.objectives)

    def shards(self, limit: int | None = None) -> int | None:
        """How many shards there are, at most `limit`; None means without end."""
        return limit

    def draw(
        self, stream: Stream, shard: int, extras: frozenset[str], n: int | None = None
    ) -> Iterator[Batch]:
        """The micro-batches of one shard, with the extras asked for; InputError if n < 2."""
        wanted = checked(extras)
        first = shard * len(self.objectives) * len(STRATA)
        for turn, objective in enumerate(self.objectives.values()):
            for stratum in range(len(STRATA)):
                shape = objective.shapes[(shard + turn + stratum) % len(objective.shapes)]
                index = first + turn * len(STRATA) + stratum
                place = MicroBatch(index, *sized(shape, n), stratum, ROWS)
                yield _climbed(stream, place, objective, wanted)


def _climbed(
    stream: Stream, place: MicroBatch, objective: Objective, extras: frozenset[str]
) -> Batch:
    by, m = scale(stream, place, GAUSSIAN.exponents), place.m
    start = plant(levels(stream, place, GAUSSIAN.table()), m, by)
    logits = climb((start - by.offset[:, None]) / by.temperature[:, None], m, objective.gradient)
    drawn = parameters(stream, place.first, by.temperature, extras)
    if "values" in extras:
        drawn["values"] = values(stream, place.first, place.rows, place.n, place.dimensions)
        if objective.moves_values:
            drawn["values"] = gather(drawn["values"], logits, m)
    if "query" in extras:
        drawn["query"] = query(stream, place.first, by.temperature, place.dimensions)
    scores = np.asfortranarray(logits * by.temperature[:, None])
    return Batch(scores, m, by.temperature, place.stratum, **drawn)


def climb(logits: Floats, m: int, gradient: Gradient) -> Floats:
    """Logits after the ascent; each row's lowest in R and highest in C stay as they are."""
    floor = logits[:, :m].min(axis=1, keepdims=True)
    top = logits[:, m:].max(axis=1, keepdims=True)
    anchor = np.where(np.arange(logits.shape[1]) < m, floor, top)
    away = logits - anchor
    stride = _Stride(away.shape)
    for _ in range(STEPS):
        away *= stride.along(gradient(anchor + away, m) * away)
    return anchor + away


class _Stride:
    """Factors e^±step by the signs of slopes: a step grows while its sign lasts, else it halves.

    Only signs count (Rprop): near equality slopes span hundreds of decades.
    """

    def __init__(self, shape: tuple[int, int]) -> None:
        self._most = np.linspace(*FASTEST, shape[0])[:, None]
        self._step = np.broadcast_to(self._most, shape).copy()
        self._last = np.zeros(shape)

    def along(self, slope: Floats) -> Floats:
        """The factors for one step uphill."""
        sign = np.sign(slope)
        self._step *= np.where(sign * self._last < 0, 0.5, 1.25)
        np.minimum(self._step, self._most, out=self._step)
        self._last = sign
        return np.exp(self._step * sign)


def gather(points: Floats, logits: Floats, m: int) -> Floats:
    """Values (rows, n, d) after an ascent on how near `truncation` is to equality.

    What grows is |μ_C - μ_R| / (|centre_C - centre_R| + ρ_R + ρ_C), with ρ the root of a block's
    summed squared distances from its centre: a smooth lower bound of |o - o_R| / (leakage · D).
    """
    ours, theirs = slice(None, m), slice(m, None)
    centre = np.empty_like(points)
    mass = np.empty_like(logits)
    for part, sign in ((ours, -1), (theirs, 1)):
        centre[:, part] = points[:, part].mean(axis=1, keepdims=True)
        mass[:, part] = sign * softmax(logits[:, part])
    gap = centre[:, -1] - centre[:, 0]
    away = points - centre
    stride = _Stride(logits.shape)
    for _ in range(STEPS):
        away *= stride.along(_slope(away, mass, gap, m))[:, :, None]
    return centre + away


def _slope(away: Floats, mass: Floats, gap: Floats, m: int) -> Floats:
    """The derivative, up to a positive factor, in the logarithm of each value's distance."""
    shift = gap + np.einsum("rn,rnd->rd", mass, away)
    length = np.linalg.norm(shift, axis=1, keepdims=True)
    squared = (away * away).sum(axis=2)
    radius = np.empty_like(squared)
    for part in (slice(None, m), slice(m, None)):
        radius[:, part] = np.sqrt(squared[:, part].sum(axis=1, keepdims=True))
    reach = np.linalg.norm(gap, axis=1, keepdims=True) + radius[:, :1] + radius[:, -1:]
    along = np.einsum("rnd,rd->rn", away, shift / np.maximum(length, _TINY))
    return mass * along - length / np.maximum(reach, _TINY) * squared / np.maximum(radius, _TINY)


_TINY: Final = float(np.finfo(np.float64).tiny)
