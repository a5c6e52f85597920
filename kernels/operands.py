"""Tensors as the fast backends take them: kv heads by head, sums in which type and how exact."""

from __future__ import annotations

import torch
from torch import Tensor

_ROOM = 16.0  # scores stay below the largest float over this, so that no sum overflows


def by_head(t: Tensor, heads: int) -> Tensor:
    """(batch, kv heads, …) as (batch, heads, …), each kv head repeated for its group."""
    group = heads // t.shape[1]
    return t.repeat_interleave(group, dim=1) if group > 1 else t


def accumulator(dtype: torch.dtype) -> torch.dtype:
    """The type that sums over inputs of a type are taken in and statistics returned in."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def largest_score(dtype: torch.dtype) -> float:
    """How large a score may be where sums are taken in this type."""
    return torch.finfo(dtype).max / _ROOM


def gamma(operations: float, unit: float) -> float:
    """γ_k = ku/(1 − ku): the relative error of k rounded operations at most; needs ku < 1."""
    return operations * unit / (1 - operations * unit)
