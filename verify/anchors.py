"""Anchors for a fidelity: unit keys that each win their own query, and how cold that must be.

`design_anchors(count, dimension, fidelity)` gives `count` unit vectors with the largest margin that
is proved possible, where an arrangement attains it, else vectors that were drawn and pushed apart;
with them the margin they have and the temperature that keeps the fidelity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from locality.theory import InputError, theorem
from locality.verify.instances.batch import Floats

__all__ = ["Design", "cross_polytope", "design_anchors", "simplex"]

Kind = Literal["simplex", "cross-polytope", "random"]
PUSHES = 300
LARGEST = 4096  # anchors whose pairs are looked at one by one
UNIT = 2.0**-53


@dataclass(frozen=True)
class Design:
    """Anchors (count, dimension) in float64, and what is known of them.

    `margin`: a lower bound on how far every anchor's product with itself exceeds its products with
    the others, whatever the order in which float64 sums them; short of the exact one by a few
    times d + 2 roundings. `best` is the bound of `anchor-capacity`, and `attained` says whether
    some anchors attain it. `temperature` keeps `fidelity` for every anchor as query: math.inf if
    any does, None if none does; `reason` says why.
    """

    anchors: Floats
    kind: Kind
    margin: float
    best: float
    attained: bool
    fidelity: float
    temperature: float | None
    reason: str


def simplex(count: int, dimension: int) -> Floats:
    """`count` ≤ d + 1 corners of a regular simplex around 0, as units (count, d)."""
    corners = np.zeros((count, dimension))
    for k in range(1, count):  # k + 1 corners: the old ones shrink and step back from the new
        corners[:k, : k - 1] *= math.sqrt(1 - 1 / k**2)
        corners[:k, k - 1] = -1 / k
        corners[k, k - 1] = 1.0
    return corners


def cross_polytope(count: int, dimension: int) -> Floats:
    """`count` ≤ 2d of the units along the axes and against them, as (count, d)."""
    return np.concatenate([np.eye(dimension), -np.eye(dimension)])[:count]


def design_anchors(count: int, dimension: int, fidelity: float, *, seed: int = 7) -> Design:
    """Unit anchors in ℝ^dimension that as queries keep `fidelity` each on its own key, if any can.

    `count` ≥ 2 anchors, `dimension` ≥ 1, 0 < `fidelity` < 1; `seed` is for drawn ones. The largest
    margin is attained by a simplex up to d + 1 anchors and by a cross-polytope up to 2d; beyond,
    anchors are drawn uniformly and pushed apart, and better ones may exist. InputError for numbers
    outside these ranges, and for more anchors than their pairs can be looked at.
    """
    _check(count, dimension, fidelity)
    attained = count <= 2 * dimension
    anchors, kind = _arranged(count, dimension, seed)
    margin = _margin(anchors)
    few = count <= dimension + 1
    best = float(theorem("anchor-capacity").bound(anchors=count)) if few else 1.0
    temperature, reason = _temperature(count, fidelity, margin)
    return Design(anchors, kind, margin, best, attained, fidelity, temperature, reason)


def _check(count: int, dimension: int, fidelity: float) -> None:
    wholes: list[tuple[str, Any, int]] = [("count", count, 2), ("dimension", dimension, 1)]
    for name, value, least in wholes:
        if not (isinstance(value, int | np.integer) and value >= least):
            raise InputError(f"{name} = {value!r}: expected a whole number, at least {least}")
    if count > LARGEST:
        raise InputError(f"count = {count}: expected at most {LARGEST} anchors")
    if not 0 < fidelity < 1:
        raise InputError(f"fidelity = {fidelity!r}: expected 0 < fidelity < 1")


def _arranged(count: int, dimension: int, seed: int) -> tuple[Floats, Kind]:
    if count <= dimension + 1:
        return simplex(count, dimension), "simplex"
    if count <= 2 * dimension:
        return cross_polytope(count, dimension), "cross-polytope"
    drawn = np.random.default_rng(seed).standard_normal((count, dimension))
    return pushed_apart(drawn / np.linalg.norm(drawn, axis=1, keepdims=True)), "random"


def pushed_apart(anchors: Floats) -> Floats:
    """The best of what a repulsion that looks ever more at the nearest makes of unit anchors."""
    best, largest = anchors, math.inf
    for push in range(PUSHES + 1):
        products = anchors @ anchors.T
        np.fill_diagonal(products, -math.inf)
        nearest = products.max(axis=1, keepdims=True)
        if nearest.max() < largest:
            best, largest = anchors, nearest.max()
        force = np.exp(2.0 ** (2 + 8 * push / PUSHES) * (products - nearest))
        force /= force.sum(axis=1, keepdims=True)
        moved = anchors - 0.3 * (1 - push / PUSHES) * np.sqrt(1 - largest + UNIT) * (
            force @ anchors
        )
        anchors = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return best


def _margin(anchors: Floats) -> float:
    """A lower bound on the margin of scores in float64, from the exact one of the worst pair."""
    products = anchors @ anchors.T
    own = products.diagonal().copy()
    np.fill_diagonal(products, -math.inf)
    i, j = np.unravel_index(np.argmax(products - own[:, None]), products.shape)
    exact = [[Fraction(float(v)) for v in anchors[k]] for k in (i, j)]
    gap = sum((v * v - v * w for v, w in zip(*exact, strict=True)), Fraction(0))
    # Another pair is at most as much worse as products are off, and so are the scores to come.
    room = 4 * (anchors.shape[1] + 2) * UNIT
    return max(float(gap) - room, 0.0)


def _temperature(count: int, fidelity: float, margin: float) -> tuple[float | None, str]:
    found = theorem("threshold").solve(
        "temperature", m=1, c=count - 1, delta=1 - fidelity, margin=margin
    )
    if found.relation == "any":
        return math.inf, "uniform attention is already enough"
    if found.value is None:
        return None, "two anchors are the same: without a margin no temperature helps"
    return math.nextafter(found.value, 0.0), "the margin, by the theorem on the threshold"
