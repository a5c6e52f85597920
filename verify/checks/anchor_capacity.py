"""Anchor capacity: the margin of unit anchors near the best arrangements, against its bounds.

Up to 2d of a row's values in d dimensions, times its step, disturb the corners of a regular simplex
or, if there are d + 2 or more, of a cross-polytope. The anchors are the directions of what comes
out, so a large step leaves directions of any kind and a small one comes near the bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations
from typing import Any, ClassVar, Literal

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.printer import in_arrays, in_balls
from locality.theory.core.symbols import anchors
from locality.verify.anchors import cross_polytope, simplex
from locality.verify.checks import judging
from locality.verify.checks.protocol import BLUR, Control, Evaluation, Judgement, Kind, Mutant
from locality.verify.checks.rows import Rows, U, given
from locality.verify.instances.batch import Batch, Floats, Instance

CLAIMS = {claim.name: claim.rhs for claim in theorem("anchor-capacity").claims}
Statistic = Literal["largest", "absolute", "mean", "unscaled"]


@cache
def corners(count: int, dimension: int) -> Floats:
    """The best arrangement of so many anchors, at most 2d."""
    make = simplex if count <= dimension + 1 else cross_polytope
    return make(count, dimension)


def disturbed(source: Batch | Instance) -> Floats:
    """Vectors (rows, B, d), on the way from the best arrangement to the row's values."""
    values, step = given(source, "values"), given(source, "step")
    count = min(values.shape[1], 2 * values.shape[2])
    return corners(count, values.shape[2]) + step[:, None, None] * values[:, :count]


@dataclass(frozen=True)
class AnchorCapacity:
    """1 − `statistic` of the products is at most `few`, and `many` from d + `crowd` anchors on."""

    few: sp.Expr
    many: sp.Expr
    crowd: float = 2
    statistic: Statistic = "largest"

    theorem: ClassVar[str] = "anchor-capacity"
    kind: ClassVar[Kind] = "upper"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "step"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats; vectors of length 0 have no direction."""
        vectors = disturbed(rows.batch)
        count, dimension = vectors.shape[1:]
        length = np.linalg.norm(vectors, axis=2)
        with np.errstate(divide="ignore", invalid="ignore"):
            lhs = self._margin(vectors, length)
        rhs = np.full_like(lhs, in_arrays(self._bound(count, dimension), {"anchors": count}))
        size = length.max(axis=1) ** 2 if self.statistic == "unscaled" else 1.0
        rounding = (2 * dimension + 16) * U * (size + np.abs(rhs))
        tightness = np.where(rounding < BLUR * rhs, lhs / rhs, np.nan)
        found = Evaluation(~(length == 0).any(axis=1), lhs, rhs, rhs - lhs, rounding, tightness)
        return found.sharp_where(lambda: _exact(rows.batch) & judging.witnessed(self.theorem))

    def _bound(self, count: int, dimension: int) -> sp.Expr:
        return self.few if count < dimension + self.crowd else self.many

    def _margin(self, vectors: Floats, length: Floats) -> Floats:
        products = np.einsum("rbd,rkd->rbk", vectors, vectors)
        apart = ~np.eye(vectors.shape[1], dtype=bool)
        if self.statistic == "unscaled":
            own = np.einsum("rbb->rb", products)
            return (own[:, :, None] - products)[:, apart].min(axis=1)
        cosines = (products / (length[:, :, None] * length[:, None]))[:, apart]
        if self.statistic == "mean":
            return 1 - cosines.mean(axis=1)
        return 1 - (abs(cosines) if self.statistic == "absolute" else cosines).max(axis=1)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, from the exact floats of its vectors."""
        vectors = disturbed(instance)[0]
        if (vectors == 0).all(axis=1).any():
            return Judgement("undecided", (math.nan, math.nan))
        count, dimension = vectors.shape

        def measure() -> tuple[arb, arb, arb]:
            lhs = self._margin_in_balls([[arb(float(v)) for v in vector] for vector in vectors])
            rhs = in_balls(self._bound(count, dimension), {"anchors": arb(count)})
            return lhs, rhs, rhs - lhs

        sharp = self.theorem if _exact(instance)[0] else None
        return judging.upper(measure, lambda lhs, rhs: lhs / rhs, scale=abs, sharp_for=sharp)

    def _margin_in_balls(self, vectors: list[list[arb]]) -> arb:
        pairs = list(combinations(vectors, 2))
        if self.statistic == "unscaled":
            return _least([_dot(u, u).min(_dot(v, v)) - _dot(u, v) for u, v in pairs])
        cosines = [_dot(u, v) / (_dot(u, u) * _dot(v, v)).sqrt() for u, v in pairs]
        if self.statistic == "mean":
            return 1 - sum(cosines, arb(0)) / len(cosines)
        return _least([1 - (abs(c) if self.statistic == "absolute" else c) for c in cosines])


def _dot(some: list[arb], other: list[arb]) -> arb:
    return sum((x * y for x, y in zip(some, other, strict=True)), arb(0))


def _least(numbers: list[arb]) -> arb:
    least = numbers[0]
    for number in numbers[1:]:
        least = least.min(number)
    return least


def _exact(source: Batch | Instance) -> Any:
    """Whether the anchors are an arrangement of equality to the last bit."""
    vectors = disturbed(source)
    count, dimension = vectors.shape[1:]
    same = (vectors == corners(count, dimension)).all(axis=(1, 2))
    return same & (count == 2 or count > dimension + 1)


CHECK = AnchorCapacity(CLAIMS["simplex"], CLAIMS["crowded"])


def row(*values: tuple[float, ...], step: float = 0.5) -> Instance:
    """One row by its values; anchors do not look at scores."""
    return Instance(
        scores=np.zeros((1, len(values))),
        m=1,
        temperature=np.ones(1),
        values=np.array([values], dtype=np.float64),
        step=np.array([step]),
    )


OPPOSITE = row((0,), (0,))
CROSS = row(*[(0, 0)] * 4)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    less = sp.Rational(999, 1000)
    return (
        Mutant(
            "simplex-0.1%",
            "the bound for few anchors is 0.1 % smaller",
            "constant",
            replace(CHECK, few=CHECK.few * less),
            OPPOSITE,
        ),
        Mutant(
            "one-anchor-more",
            "an anchor too many is counted",
            "size",
            replace(CHECK, few=CHECK.few.subs(anchors, anchors + 1)),
            OPPOSITE,
        ),
        Mutant(
            "crowded-0.1%",
            "the bound for many anchors is 0.1 % smaller",
            "constant",
            replace(CHECK, many=CHECK.many * less),
            CROSS,
        ),
        Mutant(
            "crowded-from-d+1",
            "d + 1 anchors are taken for many",
            "scope",
            replace(CHECK, crowd=1),
            OPPOSITE,
        ),
        Mutant(
            "mean-of-many",
            "the margin is taken to the mean of the products",
            "statistic",
            replace(CHECK, statistic="mean"),
            CROSS,
        ),
        Mutant(
            "any-length",
            "anchors need not be units",
            "scope",
            replace(CHECK, statistic="unscaled"),
            row((-2,), (2,)),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "mean-of-few",
            "the margin is taken to the mean of the products, whatever the number of anchors",
            "the square of the sum bounds that mean from below",
            replace(CHECK, statistic="mean", crowd=math.inf),
        ),
        Control(
            "absolute",
            "products count without their sign",
            "that only makes the largest larger",
            replace(CHECK, statistic="absolute"),
        ),
    )
