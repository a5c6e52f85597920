"""Backend `flash`: the framework's fused attention; O(n·d) memory, no score matrix.

One fused pass over a set of keys gives lse and the mean of any per-key channels. With the channels
[V, K, b] it gives entropy, by the entropy identity H = lse(s/τ) − (⟨q, k̄⟩ + b̄)/τ; with block
indicators it gives block masses. A pass over the relevant keys R and one over the others C, merged,
give the dial and, by the fidelity identity ε = σ(lse_C − lse_R), leakage. Where a mask, a bias or a
relevant block makes rows differ, queries are taken in tiles and keys cut to those the tile can see.

Errors are those of float32 sums (float64 for float64 inputs). That of the entropy is absolute,
about u·‖q‖·max‖k‖/τ; H is kept within [0, ln n], which can only bring it nearer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import one_hot, pad

from locality.kernels.masks import BlockLocal, Causal, Dense, Keys, Mask, Window
from locality.kernels.moments import Moments, merge
from locality.kernels.problem import Problem
from locality.kernels.results import row_status

TILE = 256  # queries at once where rows differ
STRIDE = 1024  # keys at once where scores themselves are looked at
ROOM = 16.0  # scaled scores stay below the largest float over this, so that no sum overflows

Cut = tuple[slice, slice]  # of queries and of keys


def accumulator(dtype: torch.dtype) -> torch.dtype:
    """The type that sums are taken in and statistics returned in."""
    return torch.float64 if dtype == torch.float64 else torch.float32


def obstacle(problem: Problem) -> str | None:
    """What this backend cannot do of the problem, in words, or None."""
    dtype = accumulator(problem.q.dtype)
    if problem.q.device.type != "cpu":
        return f"tensors on {problem.q.device} (it is built and checked on the CPU)"
    if problem.differentiable():
        return "gradients (an input requires one)"
    if problem.reach > torch.finfo(dtype).max / ROOM:
        return f"scores over temperature up to {problem.reach:.3g} (beyond {dtype})"
    by_query = problem.bias is not None and problem.bias.shape[2] != 1
    if by_query and problem.aux.entropy:
        return "entropy under a bias that depends on the query"
    return None


def run(problem: Problem) -> dict[str, Tensor]:
    """Output, lse, status and the statistics asked for."""
    with torch.no_grad():
        work = _Work.of(problem)
        step = _tile_height(problem)
        tiles = [
            _tile(problem, work, slice(start, min(start + step, problem.queries)))
            for start in range(0, problem.queries, step)
        ]
    return {name: torch.cat([tile[name] for tile in tiles], dim=2) for name in tiles[0]}


# -- what all tiles share ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """Operands in the accumulating type, one head size, kv heads repeated for their group.

    q is divided by the temperature; channels are [V, (K, b/τ), (block indicators)], padded.
    """

    q: Tensor
    k: Tensor
    channels: Tensor
    temperature: Tensor
    dial: Tensor
    value_dim: int
    score_dim: int
    block_count: int

    @staticmethod
    def of(problem: Problem) -> _Work:
        dtype = accumulator(problem.q.dtype)
        group = problem.heads // problem.k.shape[1]
        q, k, v = (t.to(dtype) for t in (problem.q, problem.k, problem.v))
        k, v = (t.repeat_interleave(group, dim=1) if group > 1 else t for t in (k, v))
        tau, dial = (_per_head(t).to(dtype) for t in (problem.temperature, problem.dial))
        channels = [v, *_score_channels(problem, k, tau), *_block_channels(problem, dtype)]
        wide = torch.cat(channels, dim=-1) if len(channels) > 1 else v
        size = max(wide.shape[-1], k.shape[-1])
        q, k, wide = (pad(t, (0, size - t.shape[-1])) for t in (q / tau, k, wide))
        score_dim = problem.q.shape[3] if problem.aux.entropy else 0
        blocks = problem.block_count if problem.aux.block_mass else 0
        return _Work(q, k, wide, tau, dial, v.shape[-1], score_dim, blocks)


def _per_head(t: Tensor) -> Tensor:
    """(heads, 1, 1), or (1, 1, 1) where the heads agree, so that masks need no head axis."""
    alike = bool((t == t[0]).all())
    return (t[:1] if alike else t).view(-1, 1, 1)


def _score_channels(problem: Problem, k: Tensor, tau: Tensor) -> list[Tensor]:
    if not problem.aux.entropy:
        return []
    if problem.bias is None:
        return [k]
    bias = (problem.bias.to(k.dtype) / tau).transpose(2, 3)
    return [k, bias.expand(*k.shape[:3], 1)]


def _block_channels(problem: Problem, dtype: torch.dtype) -> list[Tensor]:
    if not problem.aux.block_mass or problem.block_ids is None:
        return []
    member = one_hot(problem.block_ids + 1, problem.block_count + 1)[:, None, :, 1:].to(dtype)
    return [member.expand(problem.rows[0], problem.heads, -1, -1)]


def _tile_height(problem: Problem) -> int:
    alike = problem.mask.parts == () and problem.relevant is None and not problem.aux.max_score
    if alike and problem.bias is None:
        return problem.queries
    ranks = [t for t in (problem.bias, problem.relevant, problem.block_ids) if t is not None]
    ranks += [part.visible for part in problem.mask.parts if isinstance(part, Dense)]
    leading = max((math.prod(t.shape[:-2]) for t in ranks), default=1)
    return max(1, TILE // leading)


# -- one tile ----------------------------------------------------------------------------------


def _tile(problem: Problem, work: _Work, rows: slice) -> dict[str, Tensor]:
    keys, visible = _visible(problem, rows)
    shape = (*problem.rows[:2], rows.stop - rows.start)
    count = visible.sum(-1).expand(shape)
    if problem.relevant is None:
        whole = _moments(problem, work, (rows, keys), visible)
        found = _read(problem, work, whole, count) | {"status": row_status(count)}
        if problem.aux.max_score:
            found["max_score"] = _extreme(problem, work, (rows, keys), visible, "amax")
        return found
    local = _local(problem, rows, keys)
    parts = (visible & local, visible & ~local)
    m = parts[0].sum(-1).expand(shape)
    found = {"m": m, "c": count - m, "status": row_status(count, m)}
    found |= _dialled(problem, work, (rows, keys), parts, m, count)
    return found | _margins(problem, work, (rows, keys), parts, m)


def _dialled(
    problem: Problem, work: _Work, cut: Cut, parts: tuple[Tensor, Tensor], m: Tensor, count: Tensor
) -> dict[str, Tensor]:
    """The statistics of R and of C, lowered by the dial, put together."""
    near, far = (_moments(problem, work, cut, part) for part in parts)
    far = _lowered(far, work)
    found = _read(problem, work, merge(near, far), count)
    lost = (m == 0) & (count > 0)
    found["leakage"] = torch.where(lost, 1.0, torch.sigmoid(far.lse - near.lse))
    found["fidelity"] = torch.where(lost, 0.0, torch.sigmoid(near.lse - far.lse))
    found["local_output"] = near.mean[..., : work.value_dim].to(problem.v.dtype)
    return found


def _lowered(moments: Moments, work: _Work) -> Moments:
    """The moments after the dial has taken λ/τ off every scaled score."""
    by = (work.dial / work.temperature).squeeze(-1)
    mean = moments.mean.clone()
    if work.score_dim:
        mean[..., work.value_dim] -= torch.where(by.isinf(), 0.0, by)
    return Moments(moments.lse - by, mean)


def _read(problem: Problem, work: _Work, whole: Moments, count: Tensor) -> dict[str, Tensor]:
    """Name the channels of the merged moments."""
    at = work.value_dim
    found = {"output": whole.mean[..., :at].to(problem.v.dtype), "lse": whole.lse}
    if work.score_dim:
        entropy = (whole.lse - whole.mean[..., at]).clamp(min=0.0)
        found["entropy"] = torch.minimum(entropy, count.clamp(min=1).to(entropy.dtype).log())
        at += 1
    if work.block_count:
        found["block_mass"] = whole.mean[..., at:]
    return found


def _moments(problem: Problem, work: _Work, cut: Cut, visible: Tensor) -> Moments:
    """One fused pass over the visible keys: lse and the means [value, (score), (blocks)]."""
    rows, keys = cut
    q = work.q[:, :, rows]
    width = work.value_dim + bool(work.score_dim) + work.block_count
    columns = _columns(visible)
    if columns is None:
        return Moments.empty(q.shape[:3], width, q)
    near = slice(keys.start + columns.start, keys.start + columns.stop)
    visible = visible[..., columns]
    mean, lse = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(
        q,
        work.k[:, :, near],
        work.channels[:, :, near],
        attn_mask=_additive(problem, work, (rows, near), visible),
        scale=1.0,
    )
    seen = visible.any(-1)
    mean = torch.where(seen.unsqueeze(-1), _with_score(work, q, mean, problem.bias), 0.0)
    return Moments(torch.where(seen, lse, -math.inf), mean)


def _with_score(work: _Work, q: Tensor, mean: Tensor, bias: Tensor | None) -> Tensor:
    """Replace the mean key (and bias) channels by the one they are for, the mean scaled score."""
    start, stop = work.value_dim, work.value_dim + work.score_dim
    parts = [mean[..., :start]]
    if work.score_dim:
        score = (q[..., : work.score_dim] * mean[..., start:stop]).sum(-1, keepdim=True)
        if bias is not None:
            score, stop = score + mean[..., stop : stop + 1], stop + 1
        parts.append(score)
    return torch.cat([*parts, mean[..., stop : stop + work.block_count]], dim=-1)


def _columns(visible: Tensor) -> slice | None:
    """The shortest range of keys outside which no row of the tile sees anything."""
    some = visible.flatten(0, -2).any(0).nonzero()
    return slice(int(some[0]), int(some[-1]) + 1) if some.numel() else None


def _additive(problem: Problem, work: _Work, cut: Cut, visible: Tensor) -> Tensor | None:
    """Bias over temperature, and −inf where hidden; None where there is neither."""
    if problem.bias is None:
        if bool(visible.all()):
            return None
        nothing = torch.zeros(visible.shape, dtype=work.q.dtype)
        return nothing.masked_fill_(~visible, -math.inf)
    return (_cut(problem.bias, *cut).to(work.q.dtype) / work.temperature).masked_fill(
        ~visible, -math.inf
    )


def _cut(t: Tensor, rows: slice, keys: slice) -> Tensor:
    """A (…, queries, keys) tensor cut to a tile; sizes of 1 stay."""
    return t[..., rows if t.shape[-2] > 1 else slice(None), keys if t.shape[-1] > 1 else slice(None)]


# -- who sees what -----------------------------------------------------------------------------


def _visible(problem: Problem, rows: slice) -> tuple[slice, Tensor]:
    """A range of keys and, on it, booleans broadcastable to (batch, heads, rows, keys)."""
    first, last = _interval(problem.mask, rows, problem.queries, problem.keys)
    keys = slice(int(first.min()), max(int(last.max()), int(first.min()) + 1))
    at = torch.arange(keys.start, keys.stop)
    visible = ((at >= first[:, None]) & (at < last[:, None]))[None, None]
    for part in problem.mask.parts:
        if isinstance(part, Keys):
            visible = visible & part.visible.reshape(-1, 1, 1, problem.keys)[..., keys]
        elif isinstance(part, Dense):
            visible = visible & _cut(part.visible, rows, keys)
        elif isinstance(part, BlockLocal):
            visible = visible & _local(problem, rows, keys)
    return keys, visible


def _interval(mask: Mask, rows: slice, queries: int, keys: int) -> tuple[Tensor, Tensor]:
    """The half-open interval of keys that causal masks and windows leave to each row."""
    after = torch.arange(rows.start, rows.stop) + keys - queries + 1
    first, last = torch.zeros_like(after), torch.full_like(after, keys)
    for part in mask.parts:
        if isinstance(part, Causal | Window):
            stop = after - int(part.strict)
            last = torch.minimum(last, stop)
        if isinstance(part, Window):
            first = torch.maximum(first, stop - part.size)
    first = first.clamp(max=keys - 1)
    return first, last


def _local(problem: Problem, rows: slice, keys: slice) -> Tensor:
    assert problem.relevant is not None and problem.block_ids is not None
    return problem.block_ids[:, None, None, keys] == problem.relevant[:, :, rows, None]


# -- scores themselves: extremes are no means, so they take a pass of their own -----------------


def _margins(
    problem: Problem, work: _Work, cut: Cut, parts: tuple[Tensor, Tensor], m: Tensor
) -> dict[str, Tensor]:
    """The largest score, and the margin of R over C, after the dial."""
    asked = problem.aux
    found = {}
    dial = work.dial.squeeze(-1)
    if asked.max_score or asked.margin or asked.certificate:
        rest = _extreme(problem, work, cut, parts[1], "amax") - dial
    if asked.max_score:
        found["max_score"] = torch.maximum(_extreme(problem, work, cut, parts[0], "amax"), rest)
    if asked.margin or asked.certificate:
        least = _extreme(problem, work, cut, parts[0], "amin")
        found["margin"] = (least - rest).masked_fill(m == 0, math.nan)
    return found


def _extreme(problem: Problem, work: _Work, cut: Cut, visible: Tensor, which: str) -> Tensor:
    """The largest or smallest score s + b over the visible keys; ∓inf where there is none."""
    rows, keys = cut
    none = -math.inf if which == "amax" else math.inf
    q = problem.q[:, :, rows].to(work.q.dtype)
    best = q.new_full(q.shape[:3], none)
    columns = _columns(visible)
    if columns is None:
        return best
    combine = torch.maximum if which == "amax" else torch.minimum
    for start in range(columns.start, columns.stop, STRIDE):
        here = slice(start, min(start + STRIDE, columns.stop))
        near = slice(keys.start + here.start, keys.start + here.stop)
        scores = q @ work.k[:, :, near, : q.shape[-1]].transpose(2, 3)
        if problem.bias is not None:
            scores = scores + _cut(problem.bias, rows, near).to(q.dtype)
        best = combine(best, getattr(scores.masked_fill(~visible[..., here], none), which)(-1))
    return best
