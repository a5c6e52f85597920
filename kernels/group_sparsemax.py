"""Group sparsemax: attention that is exactly zero on whole groups of keys, and when it must be.

The weights minimise ½‖p − z‖² + Σ_g λ_g‖p_g‖ over the simplex, z being the scores over the
temperature. They are p_g = (1 − λ_g/N_g)₊ e_g with e = (z − θ)₊ and N_g = ‖e_g‖, for the one θ at
which they sum to 1. The total falls with slope −1 or steeper wherever it is positive, so that θ is
known as well as the total is. Without penalties this is sparsemax.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from locality.kernels.arguments import described, integers, require, shown, tensor
from locality.theory.core.errors import InputError

Values = Tensor | NDArray[Any] | Sequence[Any]
U = 2.0**-53
SECOND_ORDER = 1.01  # products of rounding errors, all below 1e-3
MOST = 256  # iterations; a bracket is halved at least every third, and starts below 2^11
_SCORES = "float32 or float64 (batch, keys)"


@dataclass(frozen=True)
class BlockCertificate:
    """What the relevant group alone says of the whole problem, one entry a row.

    certified: beyond rounding, no other group gets any weight. refuted: beyond rounding, one does.
    slack: the least penalty minus excess of another group, λ_g − ‖(z_g − θ_R)₊‖; inf without one.
    """

    certified: Tensor
    refuted: Tensor
    slack: Tensor

    @property
    def undecided(self) -> Tensor:
        """Rows too near the boundary for float64."""
        return ~(self.certified | self.refuted)


@dataclass(frozen=True)
class _Groups:
    """Keys by group: `index` (batch, keys), `penalties` (groups,) float64."""

    index: Tensor
    penalties: Tensor

    def total(self, values: Tensor) -> Tensor:
        """Sums over the keys of each group, (batch, groups)."""
        empty = values.new_zeros(len(values), len(self.penalties))
        return empty.scatter_add(1, self.index, values)

    def per_key(self, values: Tensor) -> Tensor:
        """A group's value at each of its keys, (batch, keys)."""
        return values.gather(1, self.index)


@dataclass(frozen=True)
class _Shrunk:
    """The excesses at a threshold: e (batch, keys), and by group N, T = Σe, how many, 1 − λ/N."""

    excess: Tensor
    norm: Tensor
    total: Tensor
    count: Tensor
    factor: Tensor
    bend: Tensor  # λ/N³ where the group gets weight, else 0

    @classmethod
    def at(cls, threshold: Tensor, z: Tensor, groups: _Groups) -> _Shrunk:
        excess = (z - threshold[:, None]).clamp(min=0.0)
        norm = groups.total(excess * excess).sqrt()
        factor = torch.where(norm > groups.penalties, 1 - groups.penalties / norm, 0.0)
        bend = torch.where(factor > 0, groups.penalties / norm**3, 0.0)
        count = groups.total((excess > 0).to(z.dtype))
        return cls(excess, norm, groups.total(excess), count, factor, bend)

    @property
    def mass(self) -> Tensor:
        """The weights' sum, (batch,)."""
        return (self.factor * self.total).sum(1)

    @property
    def slope(self) -> Tensor:
        """How fast the mass falls as the threshold rises, (batch,); at least 1 where it is > 0."""
        return (self.factor * self.count + self.bend * self.total**2).sum(1)


def group_sparsemax(scores: Values, groups: Values, penalties: Values) -> Tensor:
    """Weights (batch, keys) that sum to 1, exactly 0 wherever a group or a key is not worth it.

    scores (batch, keys) float32 or float64 over the temperature, −inf for a key that is not
    visible; groups (keys,) or (batch, keys) integers from 0; penalties (groups,) finite, ≥ 0.
    Computed in float64, returned as the scores are. Off by about (1 + max λ)·keys·2⁻⁵². Gradients
    of scores and penalties are those of the support, which is all there is wherever no key and no
    group is on the verge of it. InputError for anything else. Theorem `group-sparsemax`.
    """
    scores, index, penalties = _accepted(scores, groups, penalties)
    weights: Tensor = _GroupSparsemax.apply(scores, index, penalties)
    return weights


@torch.no_grad()
def certifies_block(
    scores: Values, groups: Values, penalties: Values, relevant: Values | int
) -> BlockCertificate:
    """Whether `group_sparsemax` gives the relevant group everything, from that group's keys alone.

    The other keys are only compared with the threshold of the relevant group, penalty included.
    scores, groups and penalties as there; relevant a group id, or one a row (batch,), with a
    visible key each. Rounding errors are bounded, not guessed: see `_threshold_error`.
    """
    scores, index, penalties = _accepted(scores, groups, penalties)
    known, z = _Groups(index, penalties.double()), scores.double()
    own = index == _relevant(relevant, index, z)[:, None]
    alone = z.masked_fill(~own, -torch.inf)
    z = z - alone.amax(1, keepdim=True)
    threshold = _threshold(z.masked_fill(~own, -torch.inf), known)
    error = _threshold_error(threshold, z.masked_fill(~own, -torch.inf), known)
    others = _Shrunk.at(threshold, z.masked_fill(own, -torch.inf), known)
    return _verdicts(threshold, error, others, z.masked_fill(own, -torch.inf), known)


# -- the threshold ------------------------------------------------------------------------------


def _threshold(z: Tensor, groups: _Groups) -> Tensor:
    """The θ (batch,) at which the mass is 1; the largest z of each row is 0.

    By Newton's method from sparsemax's threshold, which no penalty raises, inside a bracket that
    every third step halves.
    """
    at = high = _sparsemax_threshold(z)
    low = (z - groups.penalties[groups.index]).amax(1) - 1
    for step in range(MOST):
        shrunk = _Shrunk.at(at, z, groups)
        surplus = shrunk.mass - 1
        low, high = torch.where(surplus > 0, at, low), torch.where(surplus > 0, high, at)
        newton = at + surplus / shrunk.slope.clamp(min=1.0)
        tried = (newton >= low) & (newton <= high) & (step % 3 < 2)
        moved = torch.where(tried, newton, low + (high - low) / 2)
        settled = (surplus.abs() <= 4 * U * (1 - at)) | (high - low <= 4 * U * low.abs())
        if settled.all():
            break
        at = torch.where(settled, at, moved)
    return at


def _sparsemax_threshold(z: Tensor) -> Tensor:
    """The θ with Σ(z − θ)₊ = 1, by sorting."""
    ordered = z.sort(dim=1, descending=True).values
    above = ordered.cumsum(1) - 1
    counts = torch.arange(1, z.shape[1] + 1, dtype=z.dtype, device=z.device)
    size = (counts * ordered > above).sum(1, keepdim=True)
    return (above.gather(1, size - 1) / size).squeeze(1)


def _threshold_error(threshold: Tensor, z: Tensor, groups: _Groups) -> Tensor:
    """A bound of |θ − exact|, (batch,): what the mass is off by, and the rounding of the mass.

    Each of k excesses is off by 2u|θ| (two differences of numbers below |θ|), which moves the mass
    by at most k times as much; summing, the root, the quotient and the product add (1.5k + 8)u of
    the total excess. The mass falls with slope 1 at least.
    """
    found = _Shrunk.at(threshold, z, groups)
    keys = z.isfinite().sum(1)
    size = 2 * keys * threshold.abs() + (1.5 * keys + 8) * found.total.sum(1)
    return SECOND_ORDER * ((found.mass - 1).abs() + U * (size + 2))


def _verdicts(
    threshold: Tensor, error: Tensor, others: _Shrunk, z: Tensor, groups: _Groups
) -> BlockCertificate:
    """Each other group's slack against its rounding: √k times an excess' error, and the norm's.

    A group whose every key is below the threshold by more than that has excess 0 for certain.
    """
    index, shape = groups.index, (len(z), len(groups.penalties))
    top = z.new_full(shape, -torch.inf).scatter_reduce(1, index, z, "amax")
    keys = groups.total(z.isfinite().to(z.dtype))
    size = threshold.abs()[:, None] + (top - threshold[:, None]).clamp(min=0.0)
    each = error[:, None] + 3 * U * size
    rounding = SECOND_ORDER * (keys.sqrt() * each + (keys / 2 + 3) * U * others.norm)
    rounding = torch.where(top < threshold[:, None] - each, 0.0, rounding)
    slack = (groups.penalties - others.norm).masked_fill(keys == 0, torch.inf)
    return BlockCertificate(
        certified=(slack >= rounding).all(1),
        refuted=(slack < -rounding).any(1),
        slack=slack.amin(1),
    )


# -- gradients ----------------------------------------------------------------------------------


class _GroupSparsemax(torch.autograd.Function):
    """With H_g = (1 − λ/N)I + (λ/N³)ee′ on the support, dp = H(dz − dθ) − Σ_g (e_g/N_g) dλ_g, and
    dθ keeps the sum at 1.
    """

    @staticmethod
    def forward(ctx: Any, scores: Tensor, index: Tensor, penalties: Tensor) -> Tensor:
        groups, z = _Groups(index, penalties.double()), scores.double()
        z = z - z.amax(1, keepdim=True)
        found = _Shrunk.at(_threshold(z, groups), z, groups)
        weights = groups.per_key(found.factor) * found.excess
        ctx.groups, ctx.found, ctx.dtypes = groups, found, (scores.dtype, penalties.dtype)
        return (weights / weights.sum(1, keepdim=True)).to(scores.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, cotangent: Tensor) -> tuple[Tensor, None, Tensor]:
        groups, found = ctx.groups, ctx.found
        support = (found.excess > 0).double()

        def curved(v: Tensor) -> Tensor:
            """H v."""
            along = found.bend * groups.total(found.excess * v)
            return groups.per_key(found.factor) * support * v + groups.per_key(along) * found.excess

        flat = curved(support)
        cotangent = cotangent.double()
        level = (cotangent * flat).sum(1, keepdim=True) / flat.sum(1, keepdim=True)
        free = cotangent - level
        pull = groups.total(free * found.excess) / found.norm
        per_penalty = -torch.where(found.factor > 0, pull, 0.0).sum(0)
        return curved(free).to(ctx.dtypes[0]), None, per_penalty.to(ctx.dtypes[1])


# -- arguments ----------------------------------------------------------------------------------


def _accepted(scores: Values, groups: Values, penalties: Values) -> tuple[Tensor, Tensor, Tensor]:
    """Scores, ids for each row and key, and penalties, all as tensors on one device."""
    scores = tensor("scores", scores, _SCORES)
    if scores.dtype not in (torch.float32, torch.float64) or scores.ndim != 2 or not scores.numel():
        raise InputError(f"scores: {described(scores)}: expected {_SCORES}, none of them 0")
    below = scores.detach()
    require("scores", scores, below.isfinite() | (below == -torch.inf), "finite numbers or -inf")
    seen = below.isfinite().any(1)
    if not bool(seen.all()):
        raise InputError(f"scores[{int((~seen).nonzero()[0])}]: no visible key; expected one a row")
    penalties = _penalties(penalties, scores)
    return scores, _index(groups, scores, len(penalties)), penalties


def _penalties(value: Values, scores: Tensor) -> Tensor:
    expected = "finite penalties (groups,) of at least 0"
    penalties = tensor("penalties", value, expected, scores.device)
    if penalties.ndim != 1 or not penalties.numel() or penalties.is_complex():
        raise InputError(f"penalties: {described(penalties)}: expected {expected}")
    if not penalties.is_floating_point():
        penalties = penalties.double()
    require("penalties", penalties, penalties.isfinite() & (penalties >= 0), expected)
    return penalties


def _index(groups: Values, scores: Tensor, count: int) -> Tensor:
    batch, keys = scores.shape
    expected = f"integers from 0 to {count - 1}, ({keys},) or ({batch}, {keys})"
    index = integers("groups", groups, expected, scores.device)
    if tuple(index.shape) not in ((keys,), (batch, keys)):
        raise InputError(f"groups: {described(index)}: expected {expected}")
    require("groups", index, (index >= 0) & (index < count), expected)
    return index.expand(batch, keys)


def _relevant(value: Values | int, index: Tensor, z: Tensor) -> Tensor:
    batch = len(z)
    expected = f"a group id, or {batch} of them, one a row"
    relevant = integers("relevant", value, expected, z.device)
    if tuple(relevant.shape) not in ((), (batch,)):
        raise InputError(f"relevant = {shown(value)}: expected {expected}")
    relevant = relevant.expand(batch)
    held = ((index == relevant[:, None]) & z.isfinite()).any(1)
    require("relevant", relevant, held, "a group with a visible key")
    return relevant
