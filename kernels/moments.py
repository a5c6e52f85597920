"""The monoid of attention: (lse, mean) of disjoint key sets merge to those of the union.

A tile, a block, a device or a machine each reports `Moments` of its own keys; `merge` combines
them in any order and grouping, with `Moments.empty` as identity. Exact in real arithmetic; in
floats the result depends on the order within rounding.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Moments:
    """Log-partition (...,) and weighted mean (..., channels) of per-key quantities.

    The channels may hold values, scores, biases, block indicators: any quantity whose mean under
    the attention distribution is wanted. No key at all: lse −inf, mean 0.
    """

    lse: Tensor
    mean: Tensor

    @staticmethod
    def empty(rows: Sequence[int], channels: int, like: Tensor) -> Moments:
        """The moments of no key, in the dtype and on the device of `like`."""
        lse = torch.full(tuple(rows), -math.inf, dtype=like.dtype, device=like.device)
        return Moments(lse, lse.new_zeros(*rows, channels))


def merge(first: Moments, second: Moments) -> Moments:
    """The moments of the union of two disjoint key sets."""
    top = torch.maximum(first.lse, second.lse).detach()
    top = top.masked_fill(top.isneginf(), 0.0)  # no key at all: −inf − 0 is −inf, and not NaN
    weights = [torch.exp(part.lse - top) for part in (first, second)]
    total = weights[0] + weights[1]
    empty = total == 0
    lse = (top + total.masked_fill(empty, 1.0).log()).masked_fill(empty, -math.inf)
    one, two = ((weight / total.masked_fill(empty, 1.0)).unsqueeze(-1) for weight in weights)
    return Moments(lse, one * first.mean + two * second.mean)
