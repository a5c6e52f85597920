"""A head's rows beside the theorems' bounds: which apply, what they certify, what is broken."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from locality.kernels import (
    RowStatistics,
    RowStatus,
    certify,
    pattern_statistics,
    row_statistics,
)
from locality.verify.inspection.distance import Distances, Tally
from locality.verify.inspection.source import Head, Rows

UNIT = 2.0**-53


@dataclass(frozen=True)
class HeadReport:
    """One head: rows by status, medians and extremes, certificates, and rows that are broken.

    Leakage, entropy and the bounds are means over the rows to which the theorems apply (a relevant
    and another visible key); `entropy_led` and `entropy_bound` over those `led` by a margin ≥ 0.
    `distance` says how far attention reaches, where positions are known.
    """

    layer: int
    head: int
    status: dict[str, int]
    margin_median: float
    leakage: float
    leakage_bound: float
    entropy: float
    entropy_led: float
    entropy_bound: float
    led: int
    invalid: int
    distance: Distances | None = None

    def as_json(self) -> dict[str, Any]:
        """The head as `check --json` prints it."""
        reach = {} if self.distance is None else {"distance": self.distance.as_json()}
        return {
            "layer": self.layer,
            "head": self.head,
            "rows": self.status,
            "margin": {"median": self.margin_median},
            "leakage": {"mean": self.leakage, "bound": self.leakage_bound},
            "entropy": {
                "mean": self.entropy,
                "mean_where_led": self.entropy_led,
                "bound": self.entropy_bound,
            },
            "row_valid": self.invalid == 0,
            "invalid_rows": self.invalid,
            "certificate": {
                "fidelity_at_least": 1 - self.leakage_bound,
                "entropy_at_most": self.entropy_bound,
                "rows": self.led,
            },
            **reach,
        }


@dataclass(frozen=True)
class _Measured:
    """Every row's statistics, flat, and whether its stored numbers add up."""

    status: Tensor
    m: Tensor
    c: Tensor
    x: Tensor
    leakage: Tensor
    entropy: Tensor
    whole: Tensor


def _measure(head: Head, tally: Tally) -> _Measured:
    tiles = [_tile(head, rows, tally) for rows in head.tiles()]
    joined = {
        f.name: torch.cat([getattr(tile, f.name) for tile in tiles]) for f in fields(_Measured)
    }
    return _Measured(**joined)


def _tile(head: Head, rows: Rows, tally: Tally) -> _Measured:
    matrix, relevant, visible = (
        torch.from_numpy(np.ascontiguousarray(one))[None, None]
        for one in (rows.matrix, rows.relevant, rows.visible)
    )
    if head.kind == "pattern":
        found = pattern_statistics(matrix, relevant, visible)
        matrix = matrix.log()
    else:
        found = row_statistics(matrix, relevant, head.temperature, visible)
    if head.aligned:
        scaled = (matrix / head.temperature).masked_fill(~visible, -math.inf)
        tally.add(rows, (scaled - found.lse.unsqueeze(-1)).exp()[0, 0].numpy())
    return _Measured(
        _flat(found.status),
        _flat(found.m),
        _flat(found.c),
        _flat(found.margin) / head.temperature,
        _flat(found.leakage),
        _flat(found.entropy),
        _sums_to_one(head, rows, found),
    )


def _flat(value: Tensor | None) -> Tensor:
    if value is None:
        raise TypeError("statistics of a relevant set were not computed")
    return value.reshape(-1)


def allowance(n: Tensor, scale: Tensor) -> Tensor:
    """Rounding of a float64 softmax row: n summands and the scaled scores' own size, in units.

    A weight e^t carries the relative error of its exponent, |t|·u, and of exp; a sum of n of them
    n·u more; entropy multiplies by at most ln n + |t|. The factor 8 covers the few operations
    around them.
    """
    size = 1 + scale.abs().nan_to_num(0.0)
    return 8 * UNIT * (n + size) * (1 + n.log() + size)


def report(head: Head) -> HeadReport:
    """Measure a head and hold every row against the bounds."""
    found = _measure(head, tally := Tally(head.anchors))
    status, m, c, x = found.status, found.m, found.c, found.x
    leakage, entropy = found.leakage, found.entropy
    usable = status == int(RowStatus.OK)
    led = usable & (x >= 0)
    promised = certify(x, m, c, status)
    spare = allowance((m + c).clamp(min=1).double(), x)
    # ¬usable, or within both bounds; written so that NaN is not within
    fine = ~usable | (1 - leakage >= promised.fidelity - spare)
    fine &= ~led | (entropy <= promised.entropy + spare)
    fine &= (entropy >= -spare) & found.whole
    return HeadReport(
        head.layer,
        head.head,
        {name: count for name, count in _counts(status).items() if count},
        _median(x[usable] * head.temperature),
        _mean(leakage[usable]),
        _mean(1 - promised.fidelity[usable]),
        _mean(entropy[usable]),
        _mean(entropy[led]),
        _mean(promised.entropy[led]),
        int(led.sum()),
        int((~fine).sum()),
        tally.distances() if head.aligned else None,
    )


def _sums_to_one(head: Head, rows: Rows, found: RowStatistics) -> Tensor:
    """Stored probabilities add up to 1 within the roundoff of n stored numbers and of their sum."""
    lse = _flat(found.lse)
    if head.kind == "scores":
        return ~lse.isnan()
    n = torch.from_numpy(rows.visible.sum(-1))
    return (n == 0) | ((lse.exp() - 1).abs() <= (n + 16) * head.unit)


def _counts(status: Tensor) -> dict[str, int]:
    names = {int(state): state.name.lower().replace("_", " ") for state in RowStatus}
    counted = Counter(status.tolist())
    return {names[value]: counted[value] for value in sorted(counted)}


def _mean(values: Tensor) -> float:
    return float(values.mean()) if len(values) else math.nan


def _median(values: Tensor) -> float:
    return float(values.median()) if len(values) else math.nan
