"""Mean shift under a dial: points kept near their block, and the clusters that must then remain.

Around a point within ρ of the hull of its block, the block lies within diam + ρ and all others lie
beyond gap − ρ. So the block's log weights lead by the margin x(ρ) = ((gap − ρ)² − (diam + ρ)²)/2h²,
of either sign; the dial adds λ to it. `leakage` turns that into weight outside, and `truncation`
into a distance: the next point lies within ε(m, c, x(ρ) + λ)·D of the hull. Where that is at most ρ
no point ever leaves, and blocks whose neighbourhoods do not meet keep clusters of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from locality.kernels import LocalMean
from locality.theory import theorem
from locality.verify.instances.batch import Floats

SEED = 7
CLASSES = 10  # of the digits
DIALS: tuple[float, ...] = (
    0.0,
    0.1,
    0.2,
    0.3,
    0.5,
    1.0,
    2.0,
    4.0,
    6.0,
    7.0,
    8.0,
    9.0,
    10.0,
    12.0,
)  # in nats
STEPS = 300  # moves of every point at most; bounds hold after each, whether or not points rest
REST = 1e-6  # of the bandwidth: where no point moves farther, all rest
RADII = 400  # values of ρ that are tried


@dataclass(frozen=True)
class Blocks:
    """Points (n, d) in blocks (n,); a direction from block b to each other, along which they part.

    `directions` (blocks, blocks, d) of length 1, `gaps` (blocks, blocks) the width of the empty
    slab between two blocks along theirs: never more than the distance between their hulls.
    """

    points: Floats
    labels: np.ndarray
    directions: Floats
    gaps: Floats

    @property
    def radius(self) -> float:
        """Within which points count as one cluster: half the least gap."""
        return float(self.gaps.min()) / 2


def digits(each: int) -> Blocks:
    """That many images of each digit, as points of 64 grey values from 0 to 16."""
    from sklearn.datasets import load_digits

    points, labels = load_digits(return_X_y=True)
    draw = np.random.default_rng(SEED)
    kept = [draw.permutation(np.flatnonzero(labels == b))[:each] for b in range(CLASSES)]
    points, labels = points[np.concatenate(kept)], labels[np.concatenate(kept)]
    directions = np.zeros((CLASSES, CLASSES, points.shape[1]))
    gaps = np.full((CLASSES, CLASSES), np.inf)
    for a in range(CLASSES):
        for b in range(a):
            way = _parting(points[labels == a], points[labels == b])
            directions[a, b], directions[b, a] = -way, way
            gaps[a, b] = gaps[b, a] = _slab(points[labels == a], points[labels == b], way)
    return Blocks(points, labels, directions, gaps)


def _parting(first: Floats, second: Floats) -> Floats:
    """The direction of the widest slab between two sets, from the second to the first."""
    from sklearn.svm import SVC

    sides = np.repeat([1, -1], [len(first), len(second)])
    found = SVC(kernel="linear", C=1e3).fit(np.concatenate([first, second]), sides).coef_[0]
    return np.asarray(found / np.linalg.norm(found))


def _slab(first: Floats, second: Floats, way: Floats) -> float:
    return float((first @ way).min() - (second @ way).max())


# -- what the theorems predict ------------------------------------------------------------------


def reaches(blocks: Blocks, bandwidth: float, dial: float) -> Floats:
    """The least ρ (blocks,) that no point of a block ever leaves; inf where none is certain."""
    leakage, truncation = theorem("leakage"), theorem("truncation")
    least = float(blocks.gaps.min())
    rho = np.geomspace(1e-6 * least, least / 2, RADII)
    found = []
    for block in range(CLASSES):
        own = blocks.labels == block
        here, there = blocks.points[own], blocks.points[~own]
        near, far = _farthest(here, here) + rho, blocks.gaps[block].min() - rho
        margin = (far**2 - near**2) / (2 * bandwidth**2)
        leaked = leakage.bound(m=len(here), c=len(there), x=margin + dial)
        moved = truncation.bound(leakage=leaked, diameter=_farthest(here, there))
        found.append(float(np.min(rho[moved <= rho], initial=np.inf)))
    return np.array(found)


def _farthest(first: Floats, second: Floats) -> float:
    return float(np.sqrt(((first[:, None] - second) ** 2).sum(axis=2).max()))


def clusters_at_least(blocks: Blocks, reach: Floats) -> int:
    """How many clusters must remain: one for each block that is apart from all, one for the rest.

    Blocks are apart where their neighbourhoods are farther apart than points of one cluster.
    """
    apart = (blocks.gaps > reach[:, None] + reach + blocks.radius).all(axis=1)
    return int(apart.sum() + (not apart.all()))


# -- what happens -------------------------------------------------------------------------------


def shifted(blocks: Blocks, bandwidth: float, dial: float) -> Floats:
    """Where the points are after their moves, each dialled towards its own block."""
    keys, labels = torch.from_numpy(blocks.points), torch.from_numpy(blocks.labels)
    model = LocalMean("gaussian", bandwidth, dial).fit(keys, keys, labels)
    at = keys
    for _ in range(STEPS):
        before, at = at, model.predict(at, relevant=labels)
        if torch.linalg.vector_norm(at - before, dim=1).max() <= REST * bandwidth:
            break
    return at.numpy()


def clusters(points: Floats, radius: float) -> int:
    """Points that are left standing when each one takes all within the radius, in given order."""
    count = 0
    while len(points):
        count += 1
        points = points[np.linalg.norm(points - points[0], axis=1) > radius]
    return count


def excursions(blocks: Blocks, at: Floats) -> Floats:
    """How far (blocks,) points went beyond their block towards another, at least."""
    found = np.zeros(CLASSES)
    for block in range(CLASSES):
        own = blocks.labels == block
        ways = np.delete(blocks.directions[block], block, axis=0)
        beyond = (at[own] @ ways.T).max(axis=0) - (blocks.points[own] @ ways.T).max(axis=0)
        found[block] = max(0.0, beyond.max())
    return found


def study(bandwidth: float, each: int, dials: tuple[float, ...], folder: Path) -> dict[str, Any]:
    """Clusters and excursions by dial, beside what must hold of them."""
    blocks = digits(each)
    return {
        "bandwidth": bandwidth,
        "points": len(blocks.points),
        "gap": float(blocks.gaps.min()),
        "radius": blocks.radius,
        "rows": [_row(blocks, bandwidth, dial) for dial in dials],
    }


def _row(blocks: Blocks, bandwidth: float, dial: float) -> dict[str, Any]:
    reach, at = reaches(blocks, bandwidth, dial), shifted(blocks, bandwidth, dial)
    gone, certain = excursions(blocks, at), np.isfinite(reach)
    return {
        "dial": dial,
        "clusters": clusters(at, blocks.radius),
        "at least": clusters_at_least(blocks, reach),
        "excursions": gone.tolist(),
        "reaches": [
            rho if sure else None for rho, sure in zip(reach.tolist(), certain, strict=True)
        ],
    }


def faults(found: dict[str, Any]) -> list[str]:
    """Where points went farther than they can, or fewer clusters remained than must."""
    said = []
    for row in found["rows"]:
        where = f"mean shift, h = {found['bandwidth']:g}, dial {row['dial']:g}"
        if not row["clusters"] >= row["at least"]:
            said.append(f"{where}: {row['clusters']} clusters of {row['at least']} that must be")
        for gone, rho in zip(row["excursions"], row["reaches"], strict=True):
            if rho is not None and not gone <= rho:
                said.append(f"{where}: a point went {gone:g} from its block, {rho:g} at most")
    return said
