"""What a campaign says about the real model among its families: MiniLM on the project's scenes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from locality.verify.campaign.summary import CellSummary, Summary
from locality.verify.campaign.words import grouped

FAMILY = "minilm"
SHARE = 0.9


@dataclass(frozen=True)
class Head:
    """One head: the mean number of keys that hold nine tenths of a query's attention."""

    layer: int
    head: int
    keys: float

    @property
    def name(self) -> str:
        """Layer and head, counted from 0."""
        return f"{self.layer}.{self.head}"

    @property
    def shade(self) -> float:
        """How dark its cell is: 1 for a single key, 0 from 32 keys on."""
        return max(0.0, 1 - math.log2(self.keys) / 5)


@dataclass(frozen=True)
class RealModel:
    """MiniLM's part in a campaign. met: by theorem, the share of rows that meet its assumptions.

    rows: measured for the theorem with most; broken: rows that are not known to obey a bound.
    """

    scenes: int
    rows: int
    met: dict[str, float]
    broken: int
    heads: tuple[Head, ...]

    @property
    def grid(self) -> list[list[Head]]:
        """The heads by layer."""
        layers: dict[int, list[Head]] = {}
        for head in sorted(self.heads, key=lambda head: (head.layer, head.head)):
            layers.setdefault(head.layer, []).append(head)
        return list(layers.values())

    @property
    def sentences(self) -> tuple[str, str]:
        """The two lines under the table."""
        shares = sorted({round(100 * share) for share in self.met.values()})
        span = f"{shares[0]} %" if len(shares) == 1 else f"{shares[0]} % to {shares[-1]} %"
        local, spread = self.heads[0], self.heads[-1]
        return (
            f"MiniLM on {self.scenes} scenes: {grouped(self.rows)} rows, {span} of them meet a "
            f"theorem's assumptions, {grouped(self.broken)} break a bound",
            f"most local head {local.name}: {local.keys:.1f} keys hold 90 % · "
            f"least local {spread.name}: {spread.keys:.0f} keys",
        )


def real_model(summary: Summary) -> RealModel | None:
    """What the campaign found on MiniLM; None if the family did not run."""
    cells = {
        theorem.id: cell
        for theorem in summary.theorems
        for cell in theorem.cells
        if cell.family == FAMILY and cell.counts["drawn"]
    }
    if not cells:
        return None
    from locality.verify.instances.minilm import scenes

    return RealModel(
        scenes=len(scenes()),
        rows=max(cell.counts["drawn"] for cell in cells.values()),
        met={
            name: cell.counts["applicable"] / cell.counts["drawn"] for name, cell in cells.items()
        },
        broken=sum(_broken(cell) for cell in cells.values()),
        heads=heads(),
    )


@cache
def heads() -> tuple[Head, ...]:
    """Every head of MiniLM over the scenes, the most local first."""
    from locality.verify.instances.minilm import reading, scenes

    counts: dict[tuple[int, int], list[np.ndarray]] = {}
    for scene in range(len(scenes())):
        for number, layer in enumerate(reading(scene).layers):
            held = _keys_holding(layer.q, layer.k, layer.temperature)
            for head, row in enumerate(held):
                counts.setdefault((number, head), []).append(row)
    found = (Head(*place, float(np.concatenate(rows).mean())) for place, rows in counts.items())
    return tuple(sorted(found, key=lambda head: head.keys))


def _keys_holding(q: np.ndarray, k: np.ndarray, temperature: float) -> np.ndarray:
    """(heads, queries): how many of a query's best keys hold SHARE of its attention."""
    scores = q.astype(np.float64) @ k.astype(np.float64).transpose(0, 2, 1) / temperature
    weight = np.exp(scores - scores.max(axis=2, keepdims=True))
    held = np.cumsum(-np.sort(-weight, axis=2), axis=2)
    return 1 + np.count_nonzero(held < SHARE * held[:, :, -1:], axis=2)


def _broken(cell: CellSummary) -> int:
    return sum(cell.counts[name] for name in ("violations", "undecided", "disagreements"))
