"""How far attention reaches: its mass by |i − j|, the distance in tokens from query to key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from locality.verify.inspection.source import Rows

Floats = NDArray[np.float64]
BINS = 40  # the last ends at 2^39 tokens, beyond any text


@dataclass(frozen=True)
class Distances:
    """Means over the rows with a visible key.

    `mean` is Σ p·|i − j|, in tokens; `anchored` the share that goes to anchors, tokens on which
    models rest attention that they have no use for: the first one and special ones. `mass` and
    `even` are the attention in each bin, and what it would be if a row spread it evenly over the
    keys it sees. Bin 0 is the query itself, bin b > 0 the distances from 2^(b−1) to 2^b − 1.
    """

    mean: float
    anchored: float
    mass: tuple[float, ...]
    even: tuple[float, ...]

    def as_json(self) -> dict[str, Any]:
        """The distances as `check --json` prints them."""
        bins = [{"from": ends(b)[0], "to": ends(b)[1], "mass": m} for b, m in enumerate(self.mass)]
        return {"mean": self.mean, "anchored": self.anchored, "profile": bins}


def ends(number: int) -> tuple[int, int]:
    """The smallest and the largest distance in a bin."""
    return (0, 0) if number == 0 else (2 ** (number - 1), 2**number - 1)


@dataclass
class Tally:
    """Sums over rows, tile by tile; `anchors` are positions of keys."""

    anchors: Sequence[int] = (0,)
    rows: int = 0
    far: float = 0.0
    anchored: float = 0.0
    mass: Floats = field(default_factory=lambda: np.zeros(BINS))
    even: Floats = field(default_factory=lambda: np.zeros(BINS))

    def add(self, rows: Rows, weights: Floats) -> None:
        """Count a tile; weights (rows, keys) are probabilities, of no account in blind rows."""
        count = rows.visible.sum(-1, keepdims=True)
        weights = np.where(count > 0, weights, 0.0)
        query = rows.first + np.arange(len(weights))
        distance = np.abs(query[:, None] - np.arange(weights.shape[1]))
        number = np.frexp(distance)[1]  # 0 is in bin 0, 2^(b−1) ≤ d < 2^b in bin b
        spread = rows.visible / np.maximum(count, 1)
        self.rows += int((count > 0).sum())
        self.far += float((weights * distance).sum())
        self.anchored += float(weights[:, list(self.anchors)].sum())
        self.mass += np.bincount(number.ravel(), weights.ravel(), BINS)
        self.even += np.bincount(number.ravel(), spread.ravel(), BINS)

    def distances(self) -> Distances:
        """The means, up to the last distance at which a key is seen."""
        rows = max(self.rows, 1)
        last = int(np.flatnonzero(self.even)[-1]) + 1 if self.even.any() else 0
        mass, even = (tuple((t[:last] / rows).tolist()) for t in (self.mass, self.even))
        return Distances(self.far / rows, self.anchored / rows, mass, even)
