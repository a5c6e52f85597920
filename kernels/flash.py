"""Backend `flash`: the framework's fused attention; O(n·d) memory, no score matrix.

One fused pass over a set of keys gives lse and the mean of any per-key channels. The channels
[V, K, b] give entropy, by the entropy identity H = lse(s/τ) − (⟨q, k̄⟩ + b̄)/τ; block indicators give
block masses, a channel a block. A pass over the relevant keys R and one over the others C, merged,
give the dial and, by the fidelity identity ε = σ(lse_C − lse_R), leakage. Where a mask, a bias or a
relevant block makes rows differ, queries are taken in tiles and keys cut to those the tile can see.
Where blocks are ranges of keys, a dial that is 0 or infinite needs no such tiles: a pass over all
keys and one over the blocks, folded into heads, give fidelity as F = exp(lse_R − lse). Short blocks
alone are computed by matrix products (`products`) where the entropy is asked for.
Extremes of scores are no means: `max_score`, `margin` and `certificate` take one more pass.

Errors are those of float32 sums (float64 for float64 inputs). That of the entropy is absolute,
about u·‖q‖·max‖k‖/τ; H is kept within [0, ln n], which can only bring it nearer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid, one_hot

from locality.kernels import products
from locality.kernels.folds import Fold, folds
from locality.kernels.fused import fused, widened
from locality.kernels.masks import Causal, Dense
from locality.kernels.moments import Moments, merge
from locality.kernels.operands import accumulator, by_head, largest_score
from locality.kernels.problem import Problem
from locality.kernels.results import row_status
from locality.kernels.sight import (
    Cut,
    cut_out,
    interval_counts,
    relevant_keys,
    trimmed,
    visible_keys,
)

TILE = 256  # queries at once where rows differ
STRIDE = 512  # keys at once where scores themselves are looked at


def obstacle(problem: Problem) -> str | None:
    """What this backend cannot do of the problem, in words, or None."""
    dtype, bias, aux = accumulator(problem.q.dtype), problem.bias, problem.aux
    if problem.q.device.type != "cpu":
        return f"tensors on {problem.q.device} (it is built and checked for the CPU)"
    if problem.reach > largest_score(dtype):
        return f"scores up to {problem.reach:.3g} (beyond {dtype})"
    if bias is not None and bias.shape[2] != 1 and aux.entropy:
        return "entropy under a bias that depends on the query"
    if problem.differentiable() and bias is not None and bias.requires_grad:
        return "gradients of the bias"
    if problem.differentiable() and (aux.max_score or aux.margin):
        return "gradients of max_score and margin"
    return None


def run(problem: Problem) -> dict[str, Tensor]:
    """Output, lse, status and the statistics asked for."""
    with torch.set_grad_enabled(problem.differentiable()):
        found = _means(problem)
    with torch.no_grad():
        return found | _extremes(problem)


def _means(problem: Problem) -> dict[str, Tensor]:
    causal = _plain_sight(problem)
    if causal is None or (_split(problem) and not _folds_do(problem)):
        return _tiled(problem)
    if not _split(problem):
        return _in_one_pass(problem, causal)
    pieces = folds(problem, causal)
    return _tiled(problem) if pieces is None else _folded(problem, pieces, causal)


def _plain_sight(problem: Problem) -> bool | None:
    """Whether the mask is causal where it needs no score-sized tensor; None where it does."""
    parts = problem.mask.parts
    if problem.bias is not None or len(parts) > 1:
        return None
    if not parts:
        return False
    square = problem.queries == problem.keys
    return True if square and parts[0] == Causal(strict=False) else None


def _split(problem: Problem) -> bool:
    """Whether relevant keys must be told from others to compute what is asked."""
    aux = problem.aux
    return bool((problem.dial > 0).any()) or aux.fidelity or aux.leakage or aux.local_output


def _folds_do(problem: Problem) -> bool:
    """Whether R and all keys are enough: not C, as for a finite dial or a precise leakage."""
    nowhere = bool((problem.dial == 0).all()) and not problem.dial.requires_grad
    return bool(problem.dial.isinf().all()) or (nowhere and not problem.aux.leakage)


# -- operands ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """Operands of fused passes, kv heads repeated for their group, in one head size.

    Scaled scores are scale·⟨q, k⟩. Channels are V, or [K, (b/τ), V] where the mean score is wanted,
    and block indicators; those with K can serve as k, because q is 0 beyond its own size.
    """

    problem: Problem
    q: Tensor
    k: Tensor
    channels: Tensor
    scale: float
    scored: bool
    masses: int

    @staticmethod
    def of(problem: Problem, scored: bool, masses: bool) -> _Work:
        """`scored`: with what the mean score needs; `masses`: with what block masses need."""
        dtype = problem.q.dtype if _native(problem, scored) else accumulator(problem.q.dtype)
        q, scale = _scaled(problem, dtype)
        k, v = (by_head(t.to(dtype), problem.heads) for t in (problem.k, problem.v))
        before = [k, *_bias_channel(problem, k)] if scored else []
        after = _block_channels(problem, dtype) if masses else []
        channels = torch.cat([*before, v, *after], dim=-1) if before or after else v
        size = max(channels.shape[-1], k.shape[-1])
        channels = widened(channels, size)
        k = channels if scored else widened(k, size)
        count = problem.block_count if masses else 0
        return _Work(problem, widened(q, size), k, channels, scale, scored, count)

    @property
    def values(self) -> slice:
        """Where the mean of V lies in the moments: [(mean score), values, masses]."""
        return slice(int(self.scored), self.scored + int(self.problem.v.shape[3]))

    @property
    def width(self) -> int:
        """How many channels the moments have."""
        return self.values.stop + self.masses


def _native(problem: Problem, scored: bool) -> bool:
    """Whether half precision can stay: the processor multiplies it, and no mean is subtracted."""
    fast = problem.q.dtype == torch.bfloat16 and multiplies_bfloat16()
    return fast and not scored and not _split(problem) and problem.bias is None


def multiplies_bfloat16() -> bool:
    """Whether this processor has instructions that multiply bfloat16."""
    names = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    support = [getattr(torch.cpu, name) for name in names if hasattr(torch.cpu, name)]
    return any(supported() for supported in support)


def _scaled(problem: Problem, dtype: torch.dtype) -> tuple[Tensor, float]:
    """q and the scale of ⟨q, k⟩; q itself where one temperature serves all heads."""
    tau = problem.temperature
    if bool((tau == tau[0]).all()) and not tau.requires_grad:
        return problem.q.to(dtype), 1 / float(tau[0])
    return (problem.q.double() / tau.view(-1, 1, 1)).to(dtype), 1.0


def _per_head(t: Tensor) -> Tensor:
    """(heads, 1, 1), or (1, 1, 1) where the heads agree, so that masks need no head axis."""
    return (t[:1] if bool((t == t[0]).all()) else t).view(-1, 1, 1)


def _bias_channel(problem: Problem, k: Tensor) -> list[Tensor]:
    if problem.bias is None:
        return []
    bias = (problem.bias.double() / problem.temperature.view(-1, 1, 1)).transpose(2, 3)
    return [bias.to(k.dtype).expand(*k.shape[:3], 1)]


def _block_channels(problem: Problem, dtype: torch.dtype) -> list[Tensor]:
    member = one_hot(problem.block_ids + 1, problem.block_count + 1)[:, None, :, 1:].to(dtype)
    return [member.expand(problem.rows[0], problem.heads, -1, -1)]


# -- without tiles -----------------------------------------------------------------------------


def _in_one_pass(problem: Problem, causal: bool) -> dict[str, Tensor]:
    """No mask but a causal one, and nothing asked that tells relevant keys from others."""
    work = _Work.of(problem, problem.aux.entropy, problem.aux.block_mass)
    m, count = interval_counts(problem)
    whole = _pass(work, work.q, work.k, work.channels, None, causal)
    return _read(work, whole, count) | _counted(problem.rows, m, count)


def _folded(problem: Problem, pieces: list[Fold], causal: bool) -> dict[str, Tensor]:
    """The relevant blocks alone if λ = ∞; else all keys, and the blocks beside them."""
    m, count = interval_counts(problem)
    run = _local if bool(problem.dial.isinf().all()) else _global
    return run(problem, pieces, causal, count) | _counted(problem.rows, m, count)


def _local(problem: Problem, pieces: list[Fold], causal: bool, count: Tensor) -> dict[str, Tensor]:
    """Each query sees its relevant block only, and nothing leaks."""
    aux = problem.aux
    special = causal or aux.block_mass or problem.differentiable()
    if aux.entropy and not special and products.fit(pieces):
        found = _by_products(problem, pieces)
    else:
        work = _Work.of(problem, aux.entropy, aux.block_mass)
        found = _read(work, _near(work, pieces, causal), count)
    lse = found["lse"]
    within = {"fidelity": torch.ones_like(lse), "leakage": torch.zeros_like(lse)}
    return found | within | {"local_output": found["output"]}


def _by_products(problem: Problem, pieces: list[Fold]) -> dict[str, Tensor]:
    """Blocks so short that their scores are at hand."""
    dtype, heads = accumulator(problem.q.dtype), problem.heads
    q, scale = _scaled(problem, dtype)
    k, v = (by_head(t.to(dtype), heads) for t in (problem.k, problem.v))
    parts = []
    for fold in pieces:
        found = products.attention(fold.queries(q), fold.keys(k), fold.keys(v), scale)
        parts.append([fold.unfold(t, heads) for t in found])
    output, lse, entropy = (_together(part) for part in zip(*parts, strict=True))
    return {"output": output.to(problem.v.dtype), "lse": lse, "entropy": entropy}


def _global(problem: Problem, pieces: list[Fold], causal: bool, count: Tensor) -> dict[str, Tensor]:
    """λ = 0: a pass over all keys and one over the relevant blocks."""
    work = _Work.of(problem, problem.aux.entropy, problem.aux.block_mass)
    whole = _pass(work, work.q, work.k, work.channels, None, causal)
    part = _Work.of(problem, scored=False, masses=False)
    near = _near(part, pieces, causal)
    return _read(work, whole, count) | {
        "fidelity": (near.lse - whole.lse).clamp(max=0.0).exp(),
        "local_output": near.mean[..., part.values].to(problem.v.dtype),
    }


def _near(work: _Work, pieces: list[Fold], causal: bool) -> Moments:
    """The moments of each query's relevant block."""
    heads = work.problem.heads
    parts = []
    for fold in pieces:
        q, k, channels = fold.queries(work.q), fold.keys(work.k), fold.keys(work.channels)
        found = _pass(work, q, k, channels, None, causal)
        parts.append((fold.unfold(found.lse, heads), fold.unfold(found.mean, heads)))
    lse, mean = (_together(part) for part in zip(*parts, strict=True))
    return Moments(lse, mean)


def _together(parts: Sequence[Tensor]) -> Tensor:
    return torch.cat(tuple(parts), dim=2) if len(parts) > 1 else parts[0]


def _counted(rows: Sequence[int], m: Tensor | None, count: Tensor) -> dict[str, Tensor]:
    """Status and counts of all rows, from counts that may be shared by heads and batches."""
    found = {"status": row_status(count, m)}
    if m is not None:
        found |= {"m": m, "c": count - m}
    return {name: t.expand(rows) for name, t in found.items()}


# -- tiles of queries --------------------------------------------------------------------------


def _tiled(problem: Problem) -> dict[str, Tensor]:
    work = _Work.of(problem, problem.aux.entropy, problem.aux.block_mass)
    tiles = [_tile(work, rows) for rows in _tiles(problem)]
    return {name: _together([tile[name] for tile in tiles]) for name in tiles[0]}


def _tiles(problem: Problem) -> Iterator[slice]:
    """Tiles of so few queries that one of pairs stays small."""
    pairwise = [t for t in (problem.bias, problem.relevant) if t is not None]
    pairwise += [part.visible for part in problem.mask.parts if isinstance(part, Dense)]
    pairwise.append(problem.block_ids.unsqueeze(1))
    step = max(1, TILE // max(math.prod(t.shape[:-2]) for t in pairwise))
    for start in range(0, problem.queries, step):
        yield slice(start, min(start + step, problem.queries))


def _tile(work: _Work, rows: slice) -> dict[str, Tensor]:
    problem = work.problem
    keys, visible = visible_keys(problem, rows)
    shape = (*problem.rows[:2], rows.stop - rows.start)
    count = visible.sum(-1)
    if problem.relevant is None:
        whole = _moments(work, (rows, keys), visible)
        return _read(work, whole, count) | _counted(shape, None, count)
    local = relevant_keys(problem, problem.relevant, (rows, keys))
    m = (visible & local).sum(-1)
    if not _split(problem):
        whole = _moments(work, (rows, keys), visible)
        return _read(work, whole, count) | _counted(shape, m, count)
    # Where no head sees beyond R, the pass over C would be for nothing.
    parts = (visible & local, visible & ~local & (problem.dial < math.inf).any())
    return _dialled(work, (rows, keys), parts, m, count) | _counted(shape, m, count)


def _dialled(
    work: _Work, cut: Cut, parts: tuple[Tensor, Tensor], m: Tensor, count: Tensor
) -> dict[str, Tensor]:
    """The moments of R and of C, lowered by the dial, merged and read."""
    near, far = (_moments(work, cut, part) for part in parts)
    far = _lowered(work, far)
    found = _read(work, merge(near, far), count)
    lost = (m == 0) & (count > 0)
    found["leakage"] = _share(far.lse, near.lse).masked_fill(lost, 1.0)
    found["fidelity"] = _share(near.lse, far.lse).masked_fill(lost, 0.0)
    found["local_output"] = near.mean[..., work.values].to(work.problem.v.dtype)
    return found


def _share(part: Tensor, rest: Tensor) -> Tensor:
    """σ(part − rest), NaN where both are empty; an empty side passes no gradient.

    By its logarithm, since the framework's gradient of σ vanishes where σ rounds to 1.
    """
    apart, nothing = part - rest, part.isneginf() & rest.isneginf()
    return logsigmoid(apart.masked_fill(nothing, 0.0)).exp().masked_fill(nothing, math.nan)


def _lowered(work: _Work, moments: Moments) -> Moments:
    """The moments after the dial has taken λ/τ off every scaled score."""
    by = (work.problem.dial / work.problem.temperature).view(-1, 1).to(moments.lse.dtype)
    if not work.scored:
        return Moments(moments.lse - by, moments.mean)
    finite = torch.where(by.isinf(), 0.0, by).unsqueeze(-1)
    score, rest = moments.mean.tensor_split((1,), dim=-1)
    return Moments(moments.lse - by, torch.cat([score - finite, rest], dim=-1))


def _read(work: _Work, whole: Moments, count: Tensor) -> dict[str, Tensor]:
    """Name the channels of the merged moments."""
    found = {"lse": whole.lse, "output": whole.mean[..., work.values].to(work.problem.v.dtype)}
    if work.scored:
        entropy = (whole.lse - whole.mean[..., 0]).clamp(min=0.0)
        entropy = entropy.masked_fill(count == 0, 0.0)
        found["entropy"] = torch.minimum(entropy, count.clamp(min=1).to(entropy.dtype).log())
    if work.problem.aux.block_mass:
        found["block_mass"] = whole.mean[..., work.values.stop :]
    return found


# -- passes ------------------------------------------------------------------------------------


def _moments(work: _Work, cut: Cut, visible: Tensor) -> Moments:
    """One fused pass over the visible keys: lse and the means [value, (score), (masses)]."""
    rows, q = cut[0], work.q[:, :, cut[0]]
    seen_range = trimmed(cut[1], visible)
    if seen_range is None:
        return Moments.empty(q.shape[:3], work.width, q)
    keys, visible = seen_range
    seen = visible.any(-1)
    additive = _additive(work, (rows, keys), visible, seen)
    found = _pass(work, q, work.k[:, :, keys], work.channels[:, :, keys], additive, False)
    lse = found.lse.masked_fill(~seen, -math.inf)
    return Moments(lse, found.mean.masked_fill(~seen.unsqueeze(-1), 0.0))


def _pass(
    work: _Work, q: Tensor, k: Tensor, channels: Tensor, additive: Tensor | None, causal: bool
) -> Moments:
    """One fused pass, the mean scaled score ⟨q/τ, k̄⟩ (+ b̄/τ) in place of what it is made of."""
    mean, lse = fused(q, k, channels, work.scale, additive, causal)
    mean = mean.to(lse.dtype)
    if not work.scored:
        return Moments(lse, mean[..., : work.width])
    dim, biased = work.problem.q.shape[3], int(work.problem.bias is not None)
    used = mean[..., : dim + biased + work.width - 1]
    key, bias, rest = used.split([dim, biased, work.width - 1], dim=-1)
    score = work.scale * (q[..., :dim] * key).sum(-1, keepdim=True) + bias.sum(-1, keepdim=True)
    if mean.requires_grad:
        return Moments(lse, torch.cat([score, rest], dim=-1))
    found = used[..., dim + biased - 1 :]  # what lies there is not needed any more
    found[..., :1] = score
    return Moments(lse, found)


def _additive(work: _Work, cut: Cut, visible: Tensor, seen: Tensor) -> Tensor | None:
    """Bias over temperature, and −inf where hidden; None where there is neither.

    A row that sees nothing is left open: its softmax is thrown away, but has to be finite.
    """
    bias, dtype = work.problem.bias, work.q.dtype
    visible = visible | ~seen.unsqueeze(-1)
    if bias is not None:
        scaled = cut_out(bias, cut).double() / _per_head(work.problem.temperature)
        return torch.where(visible, scaled.to(dtype), -math.inf).detach()
    if bool(visible.all()):
        return None
    return torch.zeros(visible.shape, dtype=dtype).masked_fill_(~visible, -math.inf)


# -- extremes ----------------------------------------------------------------------------------


def _extremes(problem: Problem) -> dict[str, Tensor]:
    """The largest score, and the margin of R over C, after the dial."""
    aux = problem.aux
    if not (aux.max_score or aux.margin or aux.certificate):
        return {}
    k = by_head(problem.k.to(accumulator(problem.k.dtype)), problem.heads)
    tiles = [_extremes_of(problem, k, rows) for rows in _tiles(problem)]
    return {name: _together([tile[name] for tile in tiles]) for name in tiles[0]}


def _extremes_of(problem: Problem, k: Tensor, rows: slice) -> dict[str, Tensor]:
    keys, visible = visible_keys(problem, rows)
    cut = (rows, keys)
    if problem.relevant is None:
        return {"max_score": _extreme(problem, k, cut, visible, "amax")}
    local = relevant_keys(problem, problem.relevant, cut)
    dial = problem.dial.view(-1, 1).to(k.dtype)
    rest = _extreme(problem, k, cut, visible & ~local, "amax") - dial
    found = {}
    if problem.aux.max_score:
        top = _extreme(problem, k, cut, visible & local, "amax")
        found["max_score"] = torch.maximum(top, rest)
    if problem.aux.margin or problem.aux.certificate:
        least = _extreme(problem, k, cut, visible & local, "amin")
        found["margin"] = (least - rest).masked_fill(least.isposinf(), math.nan)
    return found


def _extreme(problem: Problem, k: Tensor, cut: Cut, visible: Tensor, which: str) -> Tensor:
    """The largest ("amax") or smallest ("amin") score s + b of visible keys; ∓inf without any."""
    none, combine = {"amax": (-math.inf, torch.maximum), "amin": (math.inf, torch.minimum)}[which]
    q = problem.q[:, :, cut[0]].to(k.dtype)
    best = q.new_full(q.shape[:3], none)
    seen_range = trimmed(cut[1], visible)
    if seen_range is None:
        return best
    keys, visible = seen_range
    for start in range(keys.start, keys.stop, STRIDE):
        here = slice(start, min(start + STRIDE, keys.stop))
        scores = q @ k[:, :, here].transpose(2, 3)
        if problem.bias is not None:
            scores = scores + cut_out(problem.bias, (cut[0], here)).to(q.dtype)
        sight = visible[..., here.start - keys.start : here.stop - keys.start]
        if not bool(sight.all()):
            scores.masked_fill_(~sight, none)
        best = combine(best, getattr(scores, which)(-1))
    return best
