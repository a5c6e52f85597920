"""How wide a kernel is: one number, one a query, or as wide as a query's neighbours are far."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from locality.kernels.arguments import fits, number, require, shown, tensor, whole
from locality.theory.core.errors import InputError

EXPECTED = "a number > 0, or NearestBandwidth(neighbors)"


@dataclass(frozen=True)
class NearestBandwidth:
    """An adaptive bandwidth: `scale` times a query's distance to its `neighbors`-th nearest key.

    The distance is the kernel's own, Euclidean for a kernel of one's own. With the uniform kernel
    and scale 1 the local mean is that of the k nearest neighbours, all that tie with the last one
    included. InputError unless neighbors is a whole number >= 1 and scale a finite number > 0.
    """

    neighbors: int
    scale: float = 1.0

    def __post_init__(self) -> None:
        whole("neighbors", self.neighbors, 1)
        number("scale", self.scale, lambda scale: 0 < scale < math.inf, "a finite number > 0")

    def of(self, distances: Tensor) -> Tensor:
        """The bandwidth (…, queries, 1) for distances (…, queries, keys)."""
        if self.neighbors > distances.shape[-1]:
            raise InputError(
                f"neighbors = {self.neighbors} of {distances.shape[-1]} keys: expected no more"
            )
        nearest = distances.topk(self.neighbors, dim=-1, largest=False, sorted=True).values
        return self.scale * nearest[..., -1:]


Bandwidth = float | Tensor | NearestBandwidth


def checked(bandwidth: Any) -> Tensor | NearestBandwidth:
    """A bandwidth that is positive and finite."""
    if isinstance(bandwidth, NearestBandwidth):
        return bandwidth
    h = tensor("bandwidth", bandwidth, EXPECTED)
    if h.dtype == torch.bool or h.is_complex():
        raise InputError(f"bandwidth = {shown(bandwidth)}: expected {EXPECTED}")
    h = h if h.is_floating_point() else h.double()
    require("bandwidth", h, (h > 0) & (h < math.inf), "a finite number > 0")
    return h


def for_queries(h: Tensor, queries: Tensor) -> Tensor:
    """A bandwidth as (…, queries, 1) or as one number, in the queries' dtype."""
    full = (*queries.shape[:-1], 1)
    sizes = (1,) * (len(full) - h.ndim) + tuple(h.shape)
    if not fits(sizes, full):
        raise InputError(
            f"bandwidth of shape {tuple(h.shape)}: expected one number, or broadcastable to {full}"
        )
    h = h.to(queries)
    return h.expand(full) if h.ndim else h
