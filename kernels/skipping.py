"""Certified skipping: blocks of keys whose attention is provably small are not looked at.

Keys lie in blocks of `SIZE` consecutive ones, whatever `blocks` says; a block is known by its
centre c and radius ρ, so that every score in it is at most ⟨q, c⟩ + ‖q‖ρ. With w the log of the
block's summed weights of bias and dial (the log of its visible keys where there are none), the
block weighs at most ln U = (⟨q, c⟩ + ‖q‖ρ)/τ + w: no score of a skipped key is computed.

A tile of `TILE` queries first takes the best block of each of its rows in a fused pass; beside the
lse of that, blocks are skipped from the smallest upwards for as long as the skipped mass of every
row is certified to stay within the tolerance, theorem `skip-certificate`; a second pass takes the
others. All bounds are rounded outwards: by `shortfall` for sums, by `_norms` for radii.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from locality.kernels import flash
from locality.kernels.certificates import ACCURACY
from locality.kernels.fused import ULPS_OF_EXP, fused, widened
from locality.kernels.moments import Moments, merge
from locality.kernels.operands import accumulator, by_head, gamma
from locality.kernels.problem import Problem
from locality.kernels.results import SkipCertificate, row_status
from locality.kernels.sight import cut_out, relevant_keys, visible_keys

SIZE = 64  # keys of a block
TILE = 256  # queries that keep the same blocks
TILES = 4  # tiles that are judged together
LARGEST = 1e150  # the square of no larger number is a float
SMALLEST = 1e-300  # absolute accuracy of an evaluated bound
UNIT = 2.0**-53  # bounds are float64


def obstacle(problem: Problem) -> str | None:
    """What cannot be done of the problem while skipping, in words, or None."""
    if names := problem.aux.names():
        return f"{', '.join(names)} (of keys that are skipped)"
    if problem.differentiable():
        return "gradients (an input requires one)"
    if max(problem.reach, *(float(t.abs().max()) for t in (problem.k, problem.v))) > LARGEST:
        return f"numbers beyond {LARGEST:.0e} (of which radii are computed)"
    return flash.obstacle(problem)


def run(problem: Problem, tolerance: float) -> dict[str, Any]:
    """Output, lse, status and the `SkipCertificate`; `kept` and `seen` pairs of tile and block.

    The latter are booleans (batch, heads, tiles, blocks); seen where a row of the tile gives the
    block any weight.
    """
    with torch.no_grad():
        work, step = _Work.of(problem), TILE * TILES
        bands = [
            _band(work, slice(start, min(start + step, problem.queries)), tolerance)
            for start in range(0, problem.queries, step)
        ]
        found: dict[str, Any] = {
            name: torch.cat([band[name] for band in bands], dim=2) for name in bands[0]
        }
        found["skipped"] = _certificate(work, found, tolerance)
    return found


def _certificate(work: _Work, found: dict[str, Tensor], tolerance: float) -> SkipCertificate:
    seen = int(found["seen"].sum())
    # What was certified when the blocks were chosen stays certified beside a second pass.
    mass = skipped_mass(found["log_upper"], found["gain"]).clamp(max=min(tolerance, 1.0))
    return SkipCertificate(
        mass=mass,
        output=mass * work.spread.unsqueeze(-1) * (1 + ACCURACY),
        lse=-torch.log1p(-mass) * (1 + ACCURACY),
        fraction=1 - int(found["kept"].sum()) / seen if seen else 0.0,
    )


def skipped_mass(log_upper: Tensor, log_kept: Tensor) -> Tensor:
    """The bound of theorem `skip-certificate`, rounded up; 0 where no skipped key has weight."""
    from locality.theory import theorem  # SymPy takes a second to import

    some = log_upper > -math.inf
    upper = torch.where(some, log_upper, 0.0).clamp(max=LARGEST)
    mass = theorem("skip-certificate").bound(log_upper=upper, log_kept=log_kept)
    return torch.where(some, mass * (1 + ACCURACY) + SMALLEST, 0.0)


# -- balls around blocks -----------------------------------------------------------------------


@dataclass(frozen=True)
class Balls:
    """Balls that hold the points of each block: centre (…, blocks, dim), radius (…, blocks)."""

    centre: Tensor
    radius: Tensor

    @staticmethod
    def around(blocks: Tensor) -> Balls:
        """The balls around the mean of each block's points (…, blocks, points, dim), float64."""
        blocks = blocks.double()
        centre = blocks.mean(-2)
        return Balls(centre, _norms(blocks - centre.unsqueeze(-2)).amax(-1))

    def highest(self, q: Tensor) -> Tensor:
        """A bound of ⟨q, x⟩ over the points x of each block: (…, queries, blocks), all float64.

        A computed ⟨q, c⟩ is off by γ_d‖q‖‖c‖ at most, which widens the radius.
        """
        radius = self.radius + 2 * (q.shape[-1] + 4) * UNIT * _norms(self.centre)
        inner = q @ self.centre.transpose(-1, -2)
        return inner + _norms(q).unsqueeze(-1) * radius.unsqueeze(-2)


def _norms(t: Tensor) -> Tensor:
    """Norms along the last dimension, rounded up.

    Of dim differences, squares, their sum and its root, dim + 4 operations are rounded at most; a
    square may vanish below 2^−1074.
    """
    dim = t.shape[-1]
    return t.norm(dim=-1) * (1 + 2 * (dim + 4) * UNIT) + dim * 2.0**-537


def in_blocks(t: Tensor, keys: slice) -> Tensor:
    """(…, keys or 1) of a range of keys as (…, blocks, SIZE), zeros beyond the range."""
    t = t.expand(*t.shape[:-1], keys.stop - keys.start)
    return pad(t, (keys.start % SIZE, -keys.stop % SIZE)).unflatten(-1, (-1, SIZE))


def _key_blocks(t: Tensor) -> Tensor:
    """(…, keys, dim) as (…, blocks, SIZE, dim), filled up by copies of the last key."""
    missing = -t.shape[-2] % SIZE
    t = torch.cat([t, t[..., -1:, :].expand(*t.shape[:-2], missing, -1)], dim=-2)
    return t.unflatten(-2, (-1, SIZE))


# -- what all bands share ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Work:
    """Operands of the fused pass, in one head size, and what bounds are made of.

    `scaled` is q over the temperature in float64, q the same for the pass; k, v are blocks (batch,
    kv heads, blocks, SIZE, dim); `spread` (batch, heads) is a diameter of the values, `lost` the
    `shortfall`.
    """

    problem: Problem
    q: Tensor
    k: Tensor
    v: Tensor
    scaled: Tensor
    balls: Balls
    spread: Tensor
    lost: Tensor

    @staticmethod
    def of(problem: Problem) -> _Work:
        dtype, heads = accumulator(problem.q.dtype), problem.heads
        scaled = problem.q.double() / problem.temperature.view(-1, 1, 1)
        k, v = (_key_blocks(t.to(dtype)) for t in (problem.k, problem.v))
        balls = Balls.around(k)
        balls = Balls(*(by_head(t, heads) for t in (balls.centre, balls.radius)))
        values = Balls.around(problem.v.unsqueeze(-3)).radius.squeeze(-1)
        widest = max(k.shape[-1], v.shape[-1])
        q, k, v = (widened(t, widest) for t in (scaled.to(dtype), k, v))
        lost = shortfall(problem, _size(problem, scaled, balls), dtype)
        return _Work(problem, q, k, v, scaled, balls, 2 * by_head(values, heads), lost)


def _size(problem: Problem, scaled: Tensor, balls: Balls) -> Tensor:
    """A bound of every |score| over temperature, (batch, heads, queries)."""
    longest = (_norms(balls.centre) + balls.radius).amax(-1, keepdim=True)
    more = problem.dial.nan_to_num(posinf=0.0).view(-1, 1)
    if problem.bias is not None:
        more = more + problem.bias.double().abs().amax(-1)
    return _norms(scaled) * longest + more / problem.temperature.view(-1, 1)


def shortfall(problem: Problem, size: Tensor, dtype: torch.dtype) -> Tensor:
    """How far all roundings together can have moved ln U − lse, (batch, heads, queries).

    With n keys, at least 32 at a time, r = ⌈n/32⌉ rescalings, unit u of the pass, exp and log
    within a relative v, A the largest scaled score: scores err by E = γ_{d+6}·A (products, q/τ,
    bias, dial), weights further by a relative Φ = e^{2uρ + (r+1)(v+u)}(1 + γ_n) − 1 + n·tiny, ρ ≤
    −ln tiny the sum of shifts; logs, sums and the merge of two passes by 4(v(1 + ln(n+1)) +
    2u(A + ln(n+1))). The bounds have fewer than 64 operations in float64, of numbers within 2A +
    ln n, beside a sum over the blocks.
    """
    n, d, limits = problem.keys, problem.q.shape[3], torch.finfo(dtype)
    u, v, logs = limits.eps / 2, ULPS_OF_EXP * limits.eps, math.log(n + 1)
    if n * u >= 0.25:
        return torch.full_like(size, math.inf)
    exponent = -2 * u * math.log(limits.tiny) + (math.ceil(n / 32) + 1) * (v + u)
    phi = math.exp(exponent) * (1 + gamma(n, u)) - 1 + n * limits.tiny
    weights = phi / (1 - phi) if phi < 1 else math.inf
    passes = gamma(d + 6, u) * size + weights + 4 * (v * (1 + logs) + 2 * u * (size + logs))
    bounds = (129 + n / SIZE) * UNIT * (1 + 2 * size + logs)
    return passes + bounds


# -- one band of tiles -------------------------------------------------------------------------


def _band(work: _Work, rows: slice, tolerance: float) -> dict[str, Tensor]:
    sight = _Sight.of(work.problem, rows)
    bound = _log_upper(work, sight)
    tiles = _in_tiles(bound)
    seen = (tiles > -math.inf).any(-2)
    best = torch.zeros_like(seen).scatter_(-1, tiles.argmax(-1), True) & seen
    first = _pass(work, sight, best)
    excess = _excess(bound, first.lse.double() - work.lost[..., rows])
    skipped, log_upper = negligible(_in_tiles(excess), best, tolerance)
    whole = merge(first, _pass(work, sight, seen & ~best & ~skipped))
    found = {"output": whole.mean.to(work.problem.v.dtype), "lse": whole.lse}
    found["log_upper"] = log_upper.flatten(2)[..., : bound.shape[2]]
    found["gain"] = _gain(first, whole)
    pairs = {"kept": seen & ~skipped, "seen": seen}
    around = (sight.blocks.start, work.k.shape[2] - sight.blocks.stop)
    found |= {name: pad(t, around) for name, t in pairs.items()}
    return found | sight.counts(work.problem)


def _in_tiles(t: Tensor) -> Tensor:
    """(…, rows, blocks) as (…, tiles, TILE, blocks), −inf in the rows that the last one lacks."""
    return pad(t, (0, 0, 0, -t.shape[-2] % TILE), value=-math.inf).unflatten(-2, (-1, TILE))


def _log_upper(work: _Work, sight: _Sight) -> Tensor:
    """ln U of each row and block in sight, (batch, heads, rows, blocks); −inf without weight."""
    balls = Balls(*(t[:, :, sight.blocks] for t in (work.balls.centre, work.balls.radius)))
    return balls.highest(work.scaled[:, :, sight.rows]) + sight.weight(work.problem)


def _excess(bound: Tensor, lse: Tensor) -> Tensor:
    """ln U over a lower bound of the kept lse; raised where its exponential would vanish."""
    excess = (bound - lse.unsqueeze(-1)).clamp(min=math.log(SMALLEST))
    return torch.where(bound.isneginf(), -math.inf, excess)


def _gain(first: Moments, whole: Moments) -> Tensor:
    return torch.where(first.lse.isneginf(), 0.0, whole.lse.double() - first.lse.double())


def negligible(excess: Tensor, best: Tensor, tolerance: float) -> tuple[Tensor, Tensor]:
    """Which blocks (…, blocks) of a tile to skip, and ln U of them (…, rows).

    `excess` (…, rows, blocks) is ln U of each block over a lower bound of the row's kept lse.
    Blocks are taken from the one with the smallest largest excess upwards, those in `best` never,
    while σ(ln U) of every row stays within the tolerance.
    """
    order = excess.amax(-2).masked_fill(best, math.inf).argsort(-1)
    upper = excess.gather(-1, order.unsqueeze(-2).expand_as(excess)).exp().cumsum(-1).log()
    fine = (upper <= _log_odds(tolerance)).all(-2) & ~best.gather(-1, order)
    fine = fine.long().cumprod(-1)
    none = torch.full_like(upper[..., :1], -math.inf)
    last = fine.sum(-1)[..., None, None].expand_as(none)
    log_upper = torch.cat([none, upper], dim=-1).gather(-1, last).squeeze(-1)
    return torch.zeros_like(best).scatter(-1, order, fine.bool()), log_upper


def _log_odds(mass: float) -> float:
    """ln(mass / (1 − mass)), rounded down."""
    if not 0 < mass < 1:
        return -math.inf if mass == 0 else math.inf
    odds = math.log(mass) - math.log1p(-mass)
    return odds - ACCURACY * (1 + abs(odds))


# -- what a band of queries sees ---------------------------------------------------------------


@dataclass(frozen=True)
class _Sight:
    """The blocks a band of rows can see: whether keys are visible, and local, and their bias.

    All (batch or 1, heads or 1, rows or 1, blocks, SIZE).
    """

    rows: slice
    blocks: slice
    visible: Tensor
    local: Tensor | None
    bias: Tensor | None

    @staticmethod
    def of(problem: Problem, rows: slice) -> _Sight:
        keys, visible = visible_keys(problem, rows)
        visible, local, bias = in_blocks(visible, keys), None, None
        if problem.relevant is not None:
            local = in_blocks(relevant_keys(problem, problem.relevant, (rows, keys)), keys)
        if problem.bias is not None:
            bias = in_blocks(cut_out(problem.bias, (rows, keys)), keys)
        return _Sight(rows, slice(keys.start // SIZE, -(-keys.stop // SIZE)), visible, local, bias)

    def weight(self, problem: Problem) -> Tensor:
        """w = ln Σ e^{(b − λ[j∉R])/τ} over the visible keys of each block, float64."""
        if self.bias is not None:
            tau, dial = (t.view(-1, 1, 1, 1) for t in (problem.temperature, problem.dial))
            return _shift(self.visible, self.local, self.bias, tau, dial).logsumexp(-1)
        if self.local is None:
            return _count(self.visible).double().log()
        dial = (problem.dial / problem.temperature).view(-1, 1, 1)
        near, far = (_count(self.visible & part) for part in (self.local, ~self.local))
        return torch.logaddexp(near.double().log(), far.double().log() - dial)

    def mask(
        self, problem: Problem, at: tuple[int, int], rows: slice, chosen: Tensor
    ) -> Tensor | None:
        """What is added to scaled scores of a head, (rows or 1, chosen keys); None if nothing."""
        visible = _part(self.visible, at, rows, chosen)
        local, bias = (
            t if t is None else _part(t, at, rows, chosen) for t in (self.local, self.bias)
        )
        if local is None and bias is None and bool(visible.all()):
            return None
        tau, dial = problem.temperature[at[1]], problem.dial[at[1]]
        return _shift(visible, local, bias, tau, dial).flatten(-2)

    def counts(self, problem: Problem) -> dict[str, Tensor]:
        """The status of each row, and m and c where there is a relevant block."""
        shape = (*problem.rows[:2], self.rows.stop - self.rows.start)
        count = _count(self.visible).sum(-1).expand(shape)
        if self.local is None:
            return {"status": row_status(count)}
        m = _count(self.visible & self.local).sum(-1).expand(shape)
        return {"status": row_status(count, m), "m": m, "c": count - m}


def _part(t: Tensor, at: tuple[int, int], rows: slice, chosen: Tensor) -> Tensor:
    t = t[at[0] % t.shape[0], at[1] % t.shape[1]]
    return (t if t.shape[0] == 1 else t[rows])[:, chosen]


def _count(flags: Tensor) -> Tensor:
    """How many are true along the last dimension; a sum of booleans takes twenty times as long."""
    return flags.view(torch.uint8).sum(-1, dtype=torch.int32)


def _shift(
    visible: Tensor, local: Tensor | None, bias: Tensor | None, tau: Tensor, dial: Tensor
) -> Tensor:
    """(b − λ[j∉R])/τ of each key, −inf where hidden, float64."""
    shift = torch.zeros((), dtype=torch.float64) if bias is None else bias.double()
    if local is not None:
        shift = torch.where(local, shift, shift - dial)
    return torch.where(visible, shift / tau, -math.inf)


# -- passes ------------------------------------------------------------------------------------


def _pass(work: _Work, sight: _Sight, kept: Tensor) -> Moments:
    """A fused pass of each tile over its kept blocks (batch, heads, tiles, blocks): lse, mean."""
    q, width = work.q[:, :, sight.rows], work.problem.v.shape[3]
    moments = Moments.empty(q.shape[:3], width, q)
    group = work.problem.heads // work.k.shape[1]
    for batch, head, tile in kept.any(-1).nonzero().tolist():
        rows = slice(tile * TILE, (tile + 1) * TILE)
        chosen = kept[batch, head, tile].nonzero().squeeze(-1)
        mask = sight.mask(work.problem, (batch, head), rows, chosen)
        blocks = (batch, head // group, chosen + sight.blocks.start)
        mean, lse = _over_blocks(q[batch, head, rows], work.k[blocks], work.v[blocks], mask)
        moments.lse[batch, head, rows], moments.mean[batch, head, rows] = lse, mean[:, :width]
    return moments


def _over_blocks(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor]:
    """A fused pass of one head over blocks of keys: mean (rows, dim), lse (rows,)."""
    q, k, v = (t[None, None] for t in (q, k.flatten(0, 1), v.flatten(0, 1)))
    if mask is None:
        mean, lse = fused(q, k, v, 1.0, None, False)
        return mean[0, 0], lse[0, 0]
    none = mask.isneginf().all(-1, keepdim=True)
    # A pass needs a key in every row: those without any are left open, and what they get dropped.
    added = mask.masked_fill(none, 0.0).to(q.dtype)[None, None]
    mean, lse = fused(q, k, v, 1.0, added, False)
    return mean[0, 0].masked_fill(none, 0.0), lse[0, 0].masked_fill(none.squeeze(-1), -math.inf)
