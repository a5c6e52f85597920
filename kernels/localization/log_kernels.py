"""Localization kernels K(query, key) ≥ 0 by their logarithms, −∞ where a key has no weight at all.

    dot            exp(⟨q, k⟩/h)             attention at temperature h
    gaussian       exp(−‖q − k‖²/2h²)        Euclidean distance
    laplace        exp(−‖q − k‖₁/h)          sum of the coordinates' distances
    epanechnikov   (1 − ‖q − k‖²/h²)₊
    uniform        1 where ‖q − k‖ ≤ h, 0 elsewhere

Any function of (queries (…, q, d), keys (…, n, d), bandwidth (…, q, 1)) that gives (…, q, n) log
weights may stand for one. A kernel's scale is of no account: means divide by the sum of weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from locality.kernels.arguments import described, shown
from locality.kernels.localization.bandwidth import NearestBandwidth
from locality.theory.core.errors import InputError

LogKernel = Callable[[Tensor, Tensor, Tensor], Tensor]


def gaussian(ratio: Tensor) -> Tensor:
    """−ratio²/2."""
    return ratio.square() * -0.5


def laplace(ratio: Tensor) -> Tensor:
    """−ratio."""
    return -ratio


def epanechnikov(ratio: Tensor) -> Tensor:
    """ln(1 − ratio²) below 1."""
    out = ~(ratio < 1)
    return torch.log1p(-ratio.masked_fill(out, 0.0).square()).masked_fill(out, -math.inf)


def uniform(ratio: Tensor) -> Tensor:
    """0 up to 1."""
    return torch.zeros_like(ratio).masked_fill(~(ratio <= 1), -math.inf)


PROFILES: dict[str, tuple[Callable[[Tensor], Tensor], float]] = {
    "gaussian": (gaussian, 2.0),
    "laplace": (laplace, 1.0),
    "epanechnikov": (epanechnikov, 2.0),
    "uniform": (uniform, 2.0),
}
"""Kernels of the distance over the bandwidth, and the norm that the distance is measured in."""

NAMES = ("dot", *PROFILES)


@dataclass(frozen=True)
class Weigher:
    """The log weights that a kernel of a name, or a function, gives keys around queries."""

    kernel: str | LogKernel
    bandwidth: Tensor | NearestBandwidth

    def __post_init__(self) -> None:
        known = self.kernel in NAMES if isinstance(self.kernel, str) else callable(self.kernel)
        if not known:
            expected = f"{', '.join(NAMES)}, or a function of queries, keys and bandwidth"
            raise InputError(f"kernel = {shown(self.kernel)}: expected {expected}")
        if self.kernel == "dot" and isinstance(self.bandwidth, NearestBandwidth):
            raise InputError(
                f"bandwidth = {self.bandwidth} for kernel 'dot': expected a number, since scores "
                "are no distances"
            )

    def __call__(self, queries: Tensor, keys: Tensor, bandwidth: Tensor) -> Tensor:
        """Log weights (…, q, n); `bandwidth` is ignored where it depends on the neighbours."""
        if self.kernel == "dot":
            return queries @ keys.mT / bandwidth
        if isinstance(self.kernel, str):
            profile, norm = PROFILES[self.kernel]
            distance = distances(queries, keys, norm)
            if isinstance(self.bandwidth, NearestBandwidth):
                bandwidth = self.bandwidth.of(distance)
            # A bandwidth of 0, on a key, leaves the keys at distance 0.
            return profile(distance / bandwidth.clamp(min=torch.finfo(bandwidth.dtype).tiny))
        if isinstance(self.bandwidth, NearestBandwidth):
            bandwidth = self.bandwidth.of(distances(queries, keys, 2.0))
        return _of_its_own(self.kernel, queries, keys, bandwidth)


def distances(queries: Tensor, keys: Tensor, norm: float) -> Tensor:
    """Distances (…, q, n), each from the coordinates' differences, so that none cancels."""
    return torch.cdist(queries, keys, p=norm, compute_mode="donot_use_mm_for_euclid_dist")


def _of_its_own(kernel: LogKernel, queries: Tensor, keys: Tensor, bandwidth: Tensor) -> Tensor:
    t: Any = kernel(queries, keys, bandwidth)
    full = (*queries.shape[:-1], keys.shape[-2])
    if not isinstance(t, Tensor) or tuple(t.shape) != full or t.dtype != queries.dtype:
        found = described(t) if isinstance(t, Tensor) else shown(t)
        expected = f"{str(queries.dtype).removeprefix('torch.')} of shape {full}"
        raise InputError(f"kernel gave {found}: expected log weights, {expected}")
    if bool((t.isnan() | t.isposinf()).any()):
        raise InputError("kernel gave NaN or inf: expected log weights below inf")
    return t
