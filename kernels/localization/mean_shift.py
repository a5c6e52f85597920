"""Mean shift: each point moves to the local mean of the keys around it, until it moves no more.

The kernel here is the one whose local mean a point moves to. What the points climb is the density
of its shadow, the kernel whose profile has this one's for slope: that of Epanechnikov's kernel for
the uniform one, which is the flat kernel of the literature, and the Gaussian's own. With the kernel
"dot" a move is a step of Hopfield retrieval.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from locality.kernels.arguments import described, number, shown, whole
from locality.kernels.localization.fitted import points as checked_points
from locality.kernels.localization.local_mean import LocalMean
from locality.kernels.localization.log_kernels import LogKernel
from locality.theory.core.errors import InputError

SMALL = 1e-3  # of the bandwidth: a move that counts as none, as scikit-learn has it


@dataclass(frozen=True)
class Shifted:
    """Where points came to rest: (p, d), in the order they were given.

    `steps` (p,): moves made, the last and smallest included. `settled` (p,): whether that one was
    within the tolerance. `log_density` (p,): log of the summed weights around where that one began,
    −inf where no key had any weight, and the point stayed.
    """

    points: Tensor
    steps: Tensor
    settled: Tensor
    log_density: Tensor

    def modes(self, radius: float) -> Tensor:
        """The points (m, d) that stand for all others, the densest first.

        A point within `radius` of a denser one that stands does not; among equally dense ones the
        larger coordinates come first. Points without a key around them are left out.
        """
        if not 0 <= radius < math.inf:
            raise InputError(f"radius = {shown(radius)}: expected a finite number >= 0")
        found = self.log_density > -math.inf
        at, dense = self.points[found], self.log_density[found].cpu().numpy()
        order = np.lexsort((*at.cpu().numpy().T[::-1], dense))[::-1].copy()
        left, standing = at[torch.from_numpy(order).to(at.device)], [at[:0]]
        while len(left):
            standing.append(left[:1])
            left = left[torch.linalg.vector_norm(left - left[0], dim=1) > radius]
        return torch.cat(standing)


@torch.no_grad()
def mean_shift(
    points: Any,
    keys: Any,
    kernel: str | LogKernel = "uniform",
    bandwidth: float = 1.0,
    steps: int = 300,
    tolerance: float | None = None,
) -> Shifted:
    """Move points (p, d) to the local means of keys (n, d), again and again.

    Keys stay where they are. kernel and bandwidth are those of `LocalMean`, one number > 0; steps
    >= 1 is the most moves of a point; tolerance >= 0 the longest move after which a point rests, in
    the points' own unit, None for a thousandth of the bandwidth. Only points that do not rest yet
    are computed; memory grows with (n + p)·d. InputError for anything else. Theorem `mean-shift`.
    """
    k, at = _points("keys", keys), _points("points", points).clone()
    model = LocalMean(kernel, bandwidth).fit(k, k)
    whole("steps", steps, 1)
    limit = _tolerance(tolerance, bandwidth)
    before, made = at.clone(), torch.zeros(len(at), dtype=torch.int64, device=at.device)
    moving = torch.arange(len(at), device=at.device)
    for _ in range(steps):
        here = at[moving]
        there = model.predict(here)
        there = torch.where(there.isnan(), here, there)
        before[moving], at[moving] = here, there
        made[moving] += 1
        moving = moving[torch.linalg.vector_norm(there - here, dim=1) > limit]
        if not len(moving):
            break
    settled = torch.ones_like(made, dtype=torch.bool)
    settled[moving] = False
    return Shifted(at, made, settled, model.describe(before).lse)


def _points(name: str, value: Any) -> Tensor:
    t = checked_points(name, value, "(n, d)")
    if t.ndim != 2:
        raise InputError(f"{name}: {described(t)}: expected float32 or float64 (n, d)")
    return t


def _tolerance(tolerance: Any, bandwidth: Any) -> float:
    if not isinstance(bandwidth, int | float):
        raise InputError(f"bandwidth = {shown(bandwidth)}: expected a number > 0")
    if tolerance is None:
        return SMALL * bandwidth
    finite = "None or a finite number >= 0"
    return number("tolerance", tolerance, lambda v: 0 <= v < math.inf, finite)
