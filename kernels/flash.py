"""Backend `flash`: the framework's fused attention; O(n·d) memory, no score matrix.

One fused pass over a set of keys gives lse and the mean of any per-key channels. The channels
[V, K, b] give entropy, by the entropy identity H = lse(s/τ) − (⟨q, k̄⟩ + b̄)/τ; block indicators give
block masses, a channel a block. A pass over the relevant keys R and one over the others C, merged,
give the dial and, by the fidelity identity ε = σ(lse_C − lse_R), leakage. Where a mask, a bias or a
relevant block makes rows differ, queries are taken in tiles and keys cut to those the tile can see.
Extremes of scores are no means: `max_score`, `margin` and `certificate` take one more pass.

Errors are those of float32 sums (float64 for float64 inputs). That of the entropy is absolute,
about u·‖q‖·max‖k‖/τ; H is kept within [0, ln n], which can only bring it nearer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad

from locality.kernels.masks import Dense
from locality.kernels.moments import Moments, merge
from locality.kernels.problem import Problem
from locality.kernels.results import row_status
from locality.kernels.sight import Cut, cut_out, relevant_keys, trimmed, visible_keys

TILE = 256  # queries at once where rows differ
STRIDE = 512  # keys at once where scores themselves are looked at
ROOM = 16.0  # scores stay below the largest float over this, so that no sum overflows


def accumulator(dtype: torch.dtype) -> torch.dtype:
    """The type that sums are taken in and statistics returned in."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def obstacle(problem: Problem) -> str | None:
    """What this backend cannot do of the problem, in words, or None."""
    dtype = accumulator(problem.q.dtype)
    if problem.q.device.type != "cpu":
        return f"tensors on {problem.q.device} (it is built and checked for the CPU)"
    if problem.differentiable():
        return "gradients (an input requires one)"
    if problem.reach > torch.finfo(dtype).max / ROOM:
        return f"scores up to {problem.reach:.3g} (beyond {dtype})"
    by_query = problem.bias is not None and problem.bias.shape[2] != 1
    if by_query and problem.aux.entropy:
        return "entropy under a bias that depends on the query"
    return None


def run(problem: Problem) -> dict[str, Tensor]:
    """Output, lse, status and the statistics asked for."""
    with torch.no_grad():
        work, step = _Work.of(problem), _tile_height(problem)
        tiles = [
            _tile(work, slice(start, min(start + step, problem.queries)))
            for start in range(0, problem.queries, step)
        ]
    return {name: torch.cat([tile[name] for tile in tiles], dim=2) for name in tiles[0]}


# -- what all tiles share ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """Operands in the accumulating type, kv heads repeated for their group, in one head size.

    q is divided by the temperature. Channels are [V, (K, (b/τ)), (block indicators)]; `keys` says
    where K lies, `masses` the indicators.
    """

    problem: Problem
    q: Tensor
    k: Tensor
    channels: Tensor
    values: slice
    keys: slice
    masses: slice

    @staticmethod
    def of(problem: Problem) -> _Work:
        dtype = accumulator(problem.q.dtype)
        group = problem.heads // problem.k.shape[1]
        q = (problem.q.double() / problem.temperature.view(-1, 1, 1)).to(dtype)
        k, v = (t.to(dtype) for t in (problem.k, problem.v))
        k, v = (t.repeat_interleave(group, dim=1) if group > 1 else t for t in (k, v))
        scores, masses = _score_channels(problem, k), _block_channels(problem, dtype)
        channels = torch.cat([v, *scores, *masses], dim=-1)
        ends = (v.shape[-1], v.shape[-1] + sum(t.shape[-1] for t in scores), channels.shape[-1])
        size = max(channels.shape[-1], k.shape[-1])
        q, k, channels = (pad(t, (0, size - t.shape[-1])) for t in (q, k, channels))
        spans = (slice(0, ends[0]), slice(*ends[:2]), slice(*ends[1:]))
        return _Work(problem, q, k, channels, *spans)

    @property
    def scored(self) -> bool:
        """Whether the mean score is among the moments."""
        return self.keys.stop > self.keys.start

    @property
    def width(self) -> int:
        """Channels of the moments: values, mean score, masses."""
        return self.values.stop + self.scored + self.masses.stop - self.masses.start


def _per_head(t: Tensor) -> Tensor:
    """(heads, 1, 1), or (1, 1, 1) where the heads agree, so that masks need no head axis."""
    return (t[:1] if bool((t == t[0]).all()) else t).view(-1, 1, 1)


def _score_channels(problem: Problem, k: Tensor) -> list[Tensor]:
    if not problem.aux.entropy:
        return []
    if problem.bias is None:
        return [k]
    bias = (problem.bias.double() / problem.temperature.view(-1, 1, 1)).transpose(2, 3)
    return [k, bias.to(k.dtype).expand(*k.shape[:3], 1)]


def _block_channels(problem: Problem, dtype: torch.dtype) -> list[Tensor]:
    if not problem.aux.block_mass:
        return []
    member = one_hot(problem.block_ids + 1, problem.block_count + 1)[:, None, :, 1:].to(dtype)
    return [member.expand(problem.rows[0], problem.heads, -1, -1)]


def _tile_height(problem: Problem) -> int:
    """All queries where nothing depends on pairs; else so few that a tile of pairs stays small."""
    pairwise = [t for t in (problem.bias, problem.relevant) if t is not None]
    if not (problem.mask.parts or pairwise or problem.aux.max_score):
        return problem.queries
    pairwise += [part.visible for part in problem.mask.parts if isinstance(part, Dense)]
    pairwise.append(problem.block_ids.unsqueeze(1))
    return max(1, TILE // max(math.prod(t.shape[:-2]) for t in pairwise))


# -- one tile ----------------------------------------------------------------------------------


def _tile(work: _Work, rows: slice) -> dict[str, Tensor]:
    problem = work.problem
    keys, visible = visible_keys(problem, rows)
    shape = (*problem.rows[:2], rows.stop - rows.start)
    count = visible.sum(-1).expand(shape)
    if problem.relevant is None:
        found = _read(work, _moments(work, (rows, keys), visible), count)
        if problem.aux.max_score:
            found["max_score"] = _extreme(work, (rows, keys), visible, "amax")
        return found | {"status": row_status(count)}
    local = relevant_keys(problem, problem.relevant, (rows, keys))
    # Where no head sees beyond R, the pass over C would be for nothing.
    parts = (visible & local, visible & ~local & (problem.dial < math.inf).any())
    m = (visible & local).sum(-1).expand(shape)
    found = _dialled(work, (rows, keys), parts, m, count)
    found |= _extremes(work, (rows, keys), parts, m)
    return found | {"m": m, "c": count - m, "status": row_status(count, m)}


def _dialled(
    work: _Work, cut: Cut, parts: tuple[Tensor, Tensor], m: Tensor, count: Tensor
) -> dict[str, Tensor]:
    """The moments of R and of C, lowered by the dial, merged and read."""
    near, far = (_moments(work, cut, part) for part in parts)
    far = _lowered(work, far)
    found = _read(work, merge(near, far), count)
    lost = (m == 0) & (count > 0)
    found["leakage"] = torch.where(lost, 1.0, torch.sigmoid(far.lse - near.lse))
    found["fidelity"] = torch.where(lost, 0.0, torch.sigmoid(near.lse - far.lse))
    found["local_output"] = near.mean[..., work.values].to(work.problem.v.dtype)
    return found


def _lowered(work: _Work, moments: Moments) -> Moments:
    """The moments after the dial has taken λ/τ off every scaled score."""
    by = (work.problem.dial / work.problem.temperature).view(-1, 1).to(work.q.dtype)
    mean = moments.mean.clone()
    if work.scored:
        mean[..., work.keys.start] -= torch.where(by.isinf(), 0.0, by)
    return Moments(moments.lse - by, mean)


def _read(work: _Work, whole: Moments, count: Tensor) -> dict[str, Tensor]:
    """Name the channels of the merged moments."""
    found = {"lse": whole.lse, "output": whole.mean[..., work.values].to(work.problem.v.dtype)}
    if work.scored:
        entropy = (whole.lse - whole.mean[..., work.keys.start]).clamp(min=0.0)
        found["entropy"] = torch.minimum(entropy, count.clamp(min=1).to(entropy.dtype).log())
    if work.problem.aux.block_mass:
        found["block_mass"] = whole.mean[..., work.values.stop + work.scored :]
    return found


# -- passes ------------------------------------------------------------------------------------


def _moments(work: _Work, cut: Cut, visible: Tensor) -> Moments:
    """One fused pass over the visible keys: lse and the means [value, (score), (masses)]."""
    rows, q = cut[0], work.q[:, :, cut[0]]
    seen_range = trimmed(cut[1], visible)
    if seen_range is None:
        return Moments.empty(q.shape[:3], work.width, q)
    keys, visible = seen_range
    mean, lse = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        q,
        work.k[:, :, keys],
        work.channels[:, :, keys],
        attn_mask=_additive(work, (rows, keys), visible),
        scale=1.0,
    )
    seen = visible.any(-1)  # the fused kernel does not say what a row without keys gets
    mean = torch.where(seen.unsqueeze(-1), _with_score(work, q, mean), 0.0)
    return Moments(torch.where(seen, lse, -math.inf), mean)


def _with_score(work: _Work, q: Tensor, mean: Tensor) -> Tensor:
    """Put the mean scaled score ⟨q/τ, k̄⟩ (+ b̄/τ) in the place of the channels it is made of."""
    means = [mean[..., work.values]]
    if work.scored:
        dim = work.problem.q.shape[3]
        key, bias = mean[..., work.keys].split([dim, work.keys.stop - work.keys.start - dim], -1)
        means.append((q[..., :dim] * key).sum(-1, keepdim=True) + bias.sum(-1, keepdim=True))
    return torch.cat([*means, mean[..., work.masses]], dim=-1)


def _additive(work: _Work, cut: Cut, visible: Tensor) -> Tensor | None:
    """Bias over temperature, and −inf where hidden; None where there is neither."""
    bias, dtype = work.problem.bias, work.q.dtype
    if bias is not None:
        scaled = cut_out(bias, cut).double() / _per_head(work.problem.temperature)
        return torch.where(visible, scaled.to(dtype), -math.inf)
    if bool(visible.all()):
        return None
    return torch.zeros(visible.shape, dtype=dtype).masked_fill_(~visible, -math.inf)


def _extremes(work: _Work, cut: Cut, parts: tuple[Tensor, Tensor], m: Tensor) -> dict[str, Tensor]:
    """The largest score, and the margin of R over C, after the dial."""
    aux = work.problem.aux
    found: dict[str, Tensor] = {}
    if not (aux.max_score or aux.margin or aux.certificate):
        return found
    dial = work.problem.dial.view(-1, 1).to(work.q.dtype)
    rest = _extreme(work, cut, parts[1], "amax") - dial
    if aux.max_score:
        found["max_score"] = torch.maximum(_extreme(work, cut, parts[0], "amax"), rest)
    if aux.margin or aux.certificate:
        least = _extreme(work, cut, parts[0], "amin")
        found["margin"] = (least - rest).masked_fill(m == 0, math.nan)
    return found


def _extreme(work: _Work, cut: Cut, visible: Tensor, which: str) -> Tensor:
    """The largest ("amax") or smallest ("amin") score s + b of visible keys; ∓inf without any."""
    none, combine = {"amax": (-math.inf, torch.maximum), "amin": (math.inf, torch.minimum)}[which]
    q = work.problem.q[:, :, cut[0]].to(work.q.dtype)
    best = q.new_full(q.shape[:3], none)
    seen_range = trimmed(cut[1], visible)
    if seen_range is None:
        return best
    keys, visible = seen_range
    for start in range(keys.start, keys.stop, STRIDE):
        here = slice(start, min(start + STRIDE, keys.stop))
        scores = q @ work.k[:, :, here, : q.shape[-1]].transpose(2, 3)
        if work.problem.bias is not None:
            scores = scores + cut_out(work.problem.bias, (cut[0], here)).to(q.dtype)
        sight = visible[..., here.start - keys.start : here.stop - keys.start]
        if not bool(sight.all()):
            scores.masked_fill_(~sight, none)
        best = combine(best, getattr(scores, which)(-1))
    return best
