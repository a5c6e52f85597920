"""What rows of values put out: distances between values, and what truncation changes.

Floats and balls, which take the outputs by their definitions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import cached_property

import numpy as np
from flint import arb
from numpy.typing import NDArray

from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, U, RowPart, Rows, given
from locality.verify.instances.batch import Floats, Instance

Parts = tuple[slice, slice]
Reach = Callable[[int], tuple[Parts, ...]]
"""Which pairs of keys a distance is taken over, given m."""

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
    def change_error(self) -> Floats:
        """By parts of k keys: weights off by 2u E|z| + FUNCTION, sums by ku, their quotient by the
        total's error, all times the longest value; and relative errors of a norm in d dimensions.
        """
        longest = np.linalg.norm(self.values, axis=2).max(axis=1)
        parts = (self.rows.ahead, self.rows.behind)
        relative = sum(2 * part.total_error + FUNCTION + 4 * U for part in parts)
        return SECOND_ORDER * (relative * longest + self.norm_error * self.change)

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
        """The largest distance of two values over the pairs of a reach."""
        pairs = reach(self.m)
        distances = [_farthest(self.values[:, some], self.values[:, other]) for some, other in pairs]
        return np.max(distances, axis=0)


def _mean(part: RowPart, values: Floats) -> Floats:
    return np.einsum("kr,rkd->rd", part.weight, values) / part.total[:, None]


def _farthest(some: Floats, others: Floats) -> Floats:
    few, many = (some, others) if some.shape[1] <= others.shape[1] else (others, some)
    squared = np.zeros(len(some))
    for k in range(few.shape[1]):
        apart = many - few[:, k : k + 1]
        np.maximum(squared, np.einsum("rkd,rkd->rk", apart, apart).max(axis=1), out=squared)
    return np.sqrt(squared)


# -- balls ------------------------------------------------------------------------------------


Vector = list[arb]


def change_by_definition(instance: Instance) -> arb:
    """‖o − o_R‖ of one row in balls; keys of equal score and value are counted, not repeated."""
    scores, m = instance.scores[0], instance.m
    temperature, top = arb(float(instance.temperature[0])), arb(float(scores.max()))
    pairs = list(zip(scores.tolist(), map(tuple, _points(instance).tolist()), strict=True))

    def total(keys: Counter[tuple[float, tuple[float, ...]]]) -> tuple[arb, Vector]:
        weights = [((arb(s) - top) / temperature).exp() * k for (s, _), k in keys.items()]
        columns = zip(*(_vector(value) for _, value in keys), strict=True)
        sums = [sum((w * x for w, x in zip(weights, column, strict=True)), arb(0)) for column in columns]
        return sum(weights, arb(0)), sums

    block, inside = total(Counter(pairs[:m]))
    rest, outside = total(Counter(pairs[m:]))
    return _norm([(a + b) / (block + rest) - a / block for a, b in zip(inside, outside, strict=True)])


def diameter_by_definition(instance: Instance, reach: Reach) -> arb:
    """The largest distance over pairs in balls; floats single out the pairs that may have it."""
    points = _points(instance)
    far = arb(0)
    for some, other in reach(instance.m):
        ours, theirs = np.unique(points[some], axis=0), np.unique(points[other], axis=0)
        apart = ours[:, None] - theirs[None]
        squared = np.einsum("ijd,ijd->ij", apart, apart)
        for i, j in np.argwhere(squared >= NEARLY * squared.max()):
            far = far.max(_norm(_difference(_vector(ours[i]), _vector(theirs[j]))))
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


def _norm(vector: Vector) -> arb:
    return sum((x * x for x in vector), arb(0)).nonnegative_part().sqrt()
