"""A head's rows beside the theorems' bounds: which apply, what they certify, what is broken."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from locality.kernels import (
    RowStatistics,
    RowStatus,
    certify,
    pattern_statistics,
    row_statistics,
)
from locality.verify.inspection.source import Head

UNIT = 2.0**-53


@dataclass(frozen=True)
class HeadReport:
    """One head: rows by status, medians and extremes, certificates, and rows that are broken.

    Leakage, entropy and the bounds are means over the rows to which the theorems apply (a relevant
    and another visible key); `entropy_led` and `entropy_bound` over those `led` by a margin ≥ 0.
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

    def as_json(self) -> dict[str, Any]:
        """The head as `check --json` prints it."""
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
        }


def _measure(head: Head) -> RowStatistics:
    matrix = torch.from_numpy(head.matrix)[None, None]
    relevant = torch.from_numpy(head.relevant.copy())[None, None]
    visible = torch.from_numpy(head.visible.copy())[None, None]
    if head.kind == "pattern":
        return pattern_statistics(matrix, relevant, visible)
    return row_statistics(matrix, relevant, head.temperature, visible)


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
    found = _measure(head)
    status, m, c = _flat(found.status), _flat(found.m), _flat(found.c)
    leakage, entropy = _flat(found.leakage), _flat(found.entropy)
    x = _flat(found.margin) / head.temperature
    usable = status == int(RowStatus.OK)
    led = usable & (x >= 0)
    promised = certify(x, m, c, status)
    spare = allowance((m + c).clamp(min=1).double(), x)
    # ¬usable, or within both bounds; written so that NaN is not within
    fine = ~usable | (1 - leakage >= promised.fidelity - spare)
    fine &= ~led | (entropy <= promised.entropy + spare)
    fine &= (entropy >= -spare) & _sums_to_one(head, found)
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
    )


def _sums_to_one(head: Head, found: RowStatistics) -> Tensor:
    """Stored probabilities add up to 1 within the roundoff of n stored numbers and of their sum."""
    lse = _flat(found.lse)
    if head.kind == "scores":
        return ~lse.isnan()
    n = torch.from_numpy(head.visible.sum(-1))
    return (n == 0) | ((lse.exp() - 1).abs() <= (n + 16) * head.unit)


def _counts(status: Tensor) -> dict[str, int]:
    names = {int(state): state.name.lower().replace("_", " ") for state in RowStatus}
    counted = Counter(status.tolist())
    return {names[value]: counted[value] for value in sorted(counted)}


def _mean(values: Tensor) -> float:
    return float(values.mean()) if len(values) else math.nan


def _median(values: Tensor) -> float:
    return float(values.median()) if len(values) else math.nan
