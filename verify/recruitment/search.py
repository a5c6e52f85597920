"""Recruiting blocks while each saves η bits, up to a scan in which none does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from locality.theory import InputError, theorem
from locality.verify.recruitment.code import Code
from locality.verify.recruitment.mixture import Floats, Mixture, shares, single, stepped

STEPS = 10  # of a refit at most, and of the two halves of a split block
FEWEST = 4  # points that a block holds at least to be split

Kind = Literal["start", "recruit", "refit"]


@dataclass(frozen=True)
class Event:
    """What happened, the code length after it, and the blocks and experts there were then."""

    kind: Kind
    bits: float
    blocks: int
    experts: int


@dataclass(frozen=True)
class Recruited:
    """Blocks as sent, their code, and how they came about.

    `history` begins with one block; `scan` are the bits that each proposal of the last scan would
    have saved, all of them less than `saving`.
    """

    mixture: Mixture
    code: Code
    saving: float
    history: tuple[Event, ...]
    scan: tuple[float, ...]

    @property
    def bits(self) -> float:
        """J at the end."""
        return self.history[-1].bits

    @property
    def recruitments(self) -> int:
        """How many blocks were recruited."""
        return sum(event.kind == "recruit" for event in self.history)

    @property
    def floor(self) -> float:
        """The bits that the points cost at least, by the theorem."""
        point = (
            theorem("recruitment")
            .claims[1]
            .in_arrays(dimension=float(len(self.code.low)), least_variance=self.code.least)
        )
        return self.code.points * float(point)

    @property
    def bound(self) -> int:
        """The theorem's bound on the number of recruitments."""
        most = theorem("recruitment").bound(
            initial_bits=self.history[0].bits,
            saving=self.saving,
            points=self.code.points,
            dimension=len(self.code.low),
            least_variance=self.code.least,
        )
        return math.floor(most)


def recruit(
    points: Floats, deviation: float, saving: float, *, hierarchical: bool = False
) -> Recruited:
    """Blocks for points (N, d), none narrower than `deviation` along an axis.

    A proposal splits a block along the principal axis of its points. A flat search gives the new
    block variances of its own; a hierarchical one may also leave it those of its expert. The best
    proposal of a scan is accepted if it saves `saving` bits, then all blocks are fitted again.
    InputError for points that are not finite, fewer than 2, or numbers that are not positive.
    """
    points = _checked(points, deviation, saving)
    code = Code.of(points, deviation)
    now = _refitted(points, code.sent(single(points, code.least)), code)
    bits = code.bits(points, now)
    history = [_event("start", bits, now)]
    while True:
        found = [
            (code.bits(points, each), each) for each in proposals(points, now, code, hierarchical)
        ]
        best, proposed = min(found, key=lambda one: one[0], default=(math.inf, now))
        if not best <= bits - saving:
            scan = tuple(bits - cost for cost, _ in found)
            return Recruited(now, code, saving, tuple(history), scan)
        history.append(_event("recruit", best, proposed))
        now = _refitted(points, proposed, code)
        bits = code.bits(points, now)
        history.append(_event("refit", bits, now))


def _checked(points: Floats, deviation: float, saving: float) -> Floats:
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or len(points) < 2 or not np.isfinite(points).all():
        raise InputError(f"points of shape {points.shape}: expected (N, d), N ≥ 2, all finite")
    for name, value in (("deviation", deviation), ("saving", saving)):
        if not 0 < value < math.inf:
            raise InputError(f"{name} = {value!r}: expected a positive number")
    return points


def _event(kind: Kind, bits: float, mixture: Mixture) -> Event:
    return Event(kind, bits, mixture.blocks, mixture.experts)


def _refitted(points: Floats, mixture: Mixture, code: Code) -> Mixture:
    """The shortest code met on the way of expectation and maximisation: never a longer one."""
    best, least = mixture, code.bits(points, mixture)
    moving = mixture
    for _ in range(STEPS):
        moving = stepped(points, moving, code.least)
        sent = code.sent(moving)
        bits = code.bits(points, sent)
        if bits < least:
            best, least = sent, bits
    return best


def proposals(
    points: Floats, mixture: Mixture, code: Code, hierarchical: bool
) -> Iterator[Mixture]:
    """Every mixture with one block more that is considered, as sent."""
    share = shares(mixture.joint(points))
    if mixture.blocks >= code.points:
        return
    for block in np.flatnonzero(share.sum(axis=0) >= FEWEST):
        yield _split(points, share[:, block], mixture, int(block), code, shared=False)
        if hierarchical:
            yield _split(points, share[:, block], mixture, int(block), code, shared=True)


def _split(
    points: Floats, share: Floats, mixture: Mixture, block: int, code: Code, shared: bool
) -> Mixture:
    """A block as two, fitted to its share of the points; one may get an expert of its own."""
    halves = _halves(points, share, code.least)
    expert = mixture.expert[block]
    weights = mixture.weights[block] * halves.weights
    variances = mixture.variances
    if not shared:
        alone = (mixture.expert == expert).sum() == 1
        kept = variances[expert] if not alone else halves.variances[0]
        variances = np.vstack([variances, halves.variances[1]])
        variances[expert] = kept
    number = expert if shared else len(variances) - 1
    return code.sent(
        replace(
            mixture,
            weights=np.append(_put(mixture.weights, block, weights[0]), weights[1]),
            means=np.vstack([_put(mixture.means, block, halves.means[0]), halves.means[1]]),
            variances=variances,
            expert=np.append(mixture.expert, number),
        )
    )


def _put(rows: Floats, at: int, value: Floats) -> Floats:
    changed = rows.copy()
    changed[at] = value
    return changed


def _halves(points: Floats, share: Floats, least: float) -> Mixture:
    """Two blocks for the points that a block accounts for, apart along their principal axis."""
    held = share > 1 / (2 * FEWEST)
    own = points[held] if held.sum() >= 2 else points
    centre = own.mean(axis=0)
    widths, axes = np.linalg.eigh(np.cov(own.T, ddof=0).reshape(points.shape[1], -1))
    apart = axes[:, -1] * math.sqrt(max(widths[-1], 0.0))
    half = np.maximum(own.var(axis=0), least)
    moving = Mixture(
        np.full(2, 0.5),
        np.array([centre - apart, centre + apart]),
        np.array([half, half]),
        np.arange(2),
    )
    for _ in range(STEPS):
        moving = stepped(own, moving, least)
    return moving
