"""What rows of values put out: distances between values, and what truncation changes.

Floats and balls, which take the outputs by their definitions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import arb
from numpy.typing import NDArray

from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, RowPart, Rows, U, given
from locality.verify.instances.batch import Floats, Instance

Parts = tuple[slice, slice]
Reach = Callable[[int], tuple[Parts, ...]]
"""Which pairs of keys a distance is taken over, given m."""

Vector = list[arb]

NEARLY = 1 - 1e-12  # of a squared distance: floats err by less

# -- which pairs ------------------------------------------------------------------------------


def between(m: int) -> tuple[Parts, ...]:
    """A relevant and another key."""
    return ((slice(None, m), slice(m, None)),)


def within(m: int) -> tuple[Parts, ...]:
    """Two relevant keys, or two others."""
    return ((slice(None, m), slice(None, m)), (slice(m, None), slice(m, None)))


def anywhere(m: int) -> tuple[Parts, ...]:
    """Any two keys."""
    return ((slice(None), slice(None)),)


# -- floats -----------------------------------------------------------------------------------


class Outputs:
    """What a batch's rows put out, relative to their leakage."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.m = rows, rows.batch.m
        self.values = given(rows.batch, "values")

    @cached_property
    def change(self) -> Floats:
        """‖o − o_R‖/ε = ‖μ_C − μ_R‖."""
        ours = _mean(self.rows.ahead, self.values[:, : self.m])
        theirs = _mean(self.rows.behind, self.values[:, self.m :])
        return np.linalg.norm(theirs - ours, axis=1)

    @cached_property
    def longest(self) -> Floats:
        """The largest norm of a value."""
        return np.linalg.norm(self.values, axis=2).max(axis=1)

    @cached_property
    def change_error(self) -> Floats:
        """By parts of k keys: weights off by 2u E|z| + FUNCTION, sums by ku, their quotient by the
        total's error, all times the longest value; and relative errors of a norm in d dimensions.
        """
        parts = (self.rows.ahead, self.rows.behind)
        relative = sum(2 * part.total_error + FUNCTION + 4 * U for part in parts)
        return SECOND_ORDER * (relative * self.longest + self.norm_error * self.change)

    @property
    def one_value_each(self) -> NDArray[np.bool_]:
        """Whether all values on R are equal and all values on C are equal."""
        parts = (self.values[:, : self.m], self.values[:, self.m :])
        return np.logical_and(*((part == part[:, :1]).all(axis=(1, 2)) for part in parts))

    @property
    def norm_error(self) -> float:
        """The relative error of a norm of a difference."""
        return (self.values.shape[2] + 6) * U

    def diameter(self, reach: Reach) -> Floats:
        """The largest distance of two values over a reach, short by at most `diameter_error`."""
        values, pairs = self.values, reach(self.m)
        return np.max([_farthest(values[:, one], values[:, two]) for one, two in pairs], axis=0)

    def diameter_error(self, diameter: Floats) -> Floats:
        """Pairs are ranked by |a|² + |b|² − 2⟨a, b⟩, off by (d + 4)u·4·longest² at both pairs."""
        squared = 8 * (self.values.shape[2] + 4) * U * self.longest**2
        return SECOND_ORDER * (squared / diameter + self.norm_error * diameter)


def _mean(part: RowPart, values: Floats) -> Floats:
    return np.einsum("kr,rkd->rd", part.weight, values) / part.total[:, None]


def _farthest(some: Floats, others: Floats) -> Floats:
    ranks = np.matmul(some, others.transpose(0, 2, 1))
    ranks *= -2
    ranks += np.einsum("rkd,rkd->rk", some, some)[:, :, None]
    ranks += np.einsum("rkd,rkd->rk", others, others)[:, None, :]
    one, other = np.divmod(ranks.reshape(len(ranks), -1).argmax(axis=1), others.shape[1])
    row = np.arange(len(ranks))
    return np.linalg.norm(some[row, one] - others[row, other], axis=1)


# -- balls ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """μ_C − μ_R of one row in balls, as `leading` + `rest`: the difference of the values of the
    highest key off and on the block, exact, and what the other keys change of it.

    A rest of e^−10⁹ is known as well as any other, so that it is told on which side of a bound
    the row lies.
    """

    leading: Vector
    rest: Vector

    @property
    def shorter_than_leading(self) -> arb:
        """|leading|² − |leading + rest|²."""
        pairs = zip(self.leading, self.rest, strict=True)
        return -sum(((2 * a + b) * b for a, b in pairs), arb(0))

    @property
    def norm(self) -> arb:
        """‖μ_C − μ_R‖ = ‖o − o_R‖/ε."""
        return _norm([a + b for a, b in zip(self.leading, self.rest, strict=True)])


def change(instance: Instance) -> Change:
    """What the rest of a row says less what its block says."""
    m, temperature = instance.m, arb(float(instance.temperature[0]))
    parts = (slice(m), slice(m, None))
    ours, theirs = (_mean_from_top(instance, part, temperature) for part in parts)
    leading, rest = (_difference(b, a) for a, b in zip(ours, theirs, strict=True))
    return Change(leading, rest)


def _mean_from_top(instance: Instance, part: slice, temperature: arb) -> tuple[Vector, Vector]:
    """A part's mean value as the value of its highest key, and the other keys' share of the way.

    Keys of equal score and value are counted, not repeated.
    """
    scores, points = instance.scores[0, part], _points(instance)[part]
    counted = Counter(zip(scores.tolist(), map(tuple, points.tolist()), strict=True))
    (top, value), total = max(counted), arb(0)
    there, moved = _vector(value), [arb(0)] * len(value)
    for (score, other), count in counted.items():
        weight = ((arb(score) - top) / temperature).exp() * count
        total += weight
        moved = [x + weight * (y - z) for x, y, z in zip(moved, _vector(other), there, strict=True)]
    return there, [x / total for x in moved]


def squared_diameter(instance: Instance, reach: Reach) -> arb:
    """The largest squared distance over pairs in balls; floats single out the candidates."""
    points = _points(instance)
    far = arb(0)
    for some, other in reach(instance.m):
        ours, theirs = np.unique(points[some], axis=0), np.unique(points[other], axis=0)
        apart = ours[:, None] - theirs[None]
        squared = np.einsum("ijd,ijd->ij", apart, apart)
        for i, j in np.argwhere(squared >= NEARLY * squared.max()):
            far = far.max(squared_length(_difference(_vector(ours[i]), _vector(theirs[j]))))
    return far


def one_value_each(instance: Instance) -> bool:
    """Whether all values on R are equal and all values on C are equal."""
    values, m = _points(instance), instance.m
    return bool((values[:m] == values[0]).all() and (values[m:] == values[m]).all())


def _points(instance: Instance) -> Floats:
    return given(instance, "values")[0]


def _vector(point: Iterable[float]) -> Vector:
    return [arb(float(x)) for x in point]


def _difference(some: Vector, other: Vector) -> Vector:
    return [x - y for x, y in zip(some, other, strict=True)]


def squared_length(vector: Vector) -> arb:
    """Σ x²."""
    return sum((x * x for x in vector), arb(0))


def _norm(vector: Vector) -> arb:
    return squared_length(vector).nonnegative_part().sqrt()
