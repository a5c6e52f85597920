"""Mixtures of Gaussian blocks with variances along the axes, shared by the blocks of an expert."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PRESENT = 1e-9  # points; an expert that holds fewer keeps the variances it has


@dataclass(frozen=True)
class Mixture:
    """K blocks in d dimensions: `weights` (K,), `means` (K, d), and `expert` (K,), the row of
    `variances` (E, d) that a block has.
    """

    weights: Floats
    means: Floats
    variances: Floats
    expert: NDArray[np.int64]

    @property
    def blocks(self) -> int:
        """K."""
        return len(self.weights)

    @property
    def experts(self) -> int:
        """E."""
        return len(self.variances)

    def joint(self, points: Floats) -> Floats:
        """ln of weight times density (N, K) of every block at points (N, d)."""
        variances = self.variances[self.expert]
        precise = 1 / variances
        squares = points**2 @ precise.T - 2 * points @ (self.means * precise).T
        squares += (self.means**2 * precise).sum(axis=1)
        scale = np.log(2 * np.pi * variances).sum(axis=1)
        joint: Floats = np.log(self.weights) - (scale + np.maximum(squares, 0)) / 2
        return joint

    def labels(self, points: Floats) -> NDArray[np.intp]:
        """The likeliest block of every point."""
        return self.joint(points).argmax(axis=1)


def single(points: Floats, least: float) -> Mixture:
    """One block of all points, no variance below `least`."""
    variances = np.maximum(points.var(axis=0), least)[None]
    return Mixture(np.ones(1), points.mean(axis=0)[None], variances, np.zeros(1, dtype=np.int64))


def shares(joint: Floats) -> Floats:
    """How much of every point each block accounts for (N, K)."""
    weights = np.exp(joint - joint.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def stepped(points: Floats, mixture: Mixture, least: float) -> Mixture:
    """The mixture after a step of expectation and maximisation, no variance below `least`."""
    share = shares(mixture.joint(points))
    size = np.maximum(share.sum(axis=0), PRESENT)
    means = share.T @ points / size[:, None]
    squares = share.T @ points**2 - size[:, None] * means**2
    member = np.eye(mixture.experts)[mixture.expert]
    held = member.T @ size
    variances = (member.T @ squares) / held[:, None]
    variances = np.where(held[:, None] > 2 * PRESENT, variances, mixture.variances)
    return Mixture(size / size.sum(), means, np.maximum(variances, least), mixture.expert)
