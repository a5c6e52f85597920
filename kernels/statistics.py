"""Row statistics of a dense matrix of scores, or of a matrix of attention probabilities.

Float64, differentiable, accurate for peaked rows: the largest weight is left out of the sums, so
that lse = max + log1p(rest) and H = log1p(rest) + Σ p·(max − t) have terms of one sign only.
NaN in a row makes that row's statistics NaN.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import logsigmoid

from locality.kernels.arguments import described, fits, flags, per_head, require, tensor
from locality.kernels.results import row_status
from locality.theory.core.errors import InputError


@dataclass(frozen=True)
class RowStatistics:
    """Statistics of each row, (batch, heads, queries), float64; the last five need relevant keys.

    lse of the scaled scores, entropy in nats; `margin` in units of the scores, +inf without other
    visible keys, NaN without relevant ones; m and c count visible keys; `status` is a `RowStatus`.
    """

    lse: Tensor
    entropy: Tensor
    max_score: Tensor
    status: Tensor
    fidelity: Tensor | None = None
    leakage: Tensor | None = None
    margin: Tensor | None = None
    m: Tensor | None = None
    c: Tensor | None = None


def row_statistics(
    scores: Any, relevant: Any = None, temperature: Any = 1.0, visible: Any = None
) -> RowStatistics:
    """Statistics of softmax(scores / temperature) over the visible keys of each row.

    scores (batch, heads, queries, keys), a score of −inf hiding its key; `relevant` and `visible`
    booleans broadcastable to it; temperature > 0, a number or (heads,). InputError otherwise.
    """
    s = _scores("scores", scores)
    tau = per_head("temperature", temperature, s.shape[1], s.device)
    require("temperature", tau, (tau > 0) & (tau < math.inf), "a finite number > 0")
    seen = ~s.isneginf()
    if visible is not None:
        seen = seen & _flags("visible", visible, s)
    among = None if relevant is None else _flags("relevant", relevant, s)
    return statistics(s, tau.view(-1, 1, 1), seen, among)


def pattern_statistics(pattern: Any, relevant: Any = None, visible: Any = None) -> RowStatistics:
    """Statistics of attention probabilities: scores are ln p, so the margin is in units of τ.

    pattern (batch, heads, queries, keys); a zero hides its key. lse is the logarithm of the row's
    sum, 0 where it is a distribution; entropy and masses are those of the normalised row.
    """
    return row_statistics(_scores("pattern", pattern).log(), relevant, 1.0, visible)


def _scores(name: str, value: Any) -> Tensor:
    expected = "floats (batch, heads, queries, keys)"
    t = tensor(name, value, expected)
    if t.ndim != 4 or not t.is_floating_point() or min(t.shape) < 1:
        raise InputError(f"{name}: {described(t)}: expected {expected}")
    return t.to(torch.float64)


def _flags(name: str, value: Any, scores: Tensor) -> Tensor:
    full = tuple(scores.shape)
    t = flags(name, value, range(5), f"broadcastable to {full}").to(scores.device)
    if not fits((1,) * (4 - t.ndim) + tuple(t.shape), full):
        raise InputError(f"{name}: {described(t)}: expected booleans broadcastable to {full}")
    return t.expand(full)


def scaled(scores: Tensor, temperature: Tensor, among: Tensor) -> Tensor:
    """scores / temperature among the given keys, −inf elsewhere and where the score is −inf.

    Division comes first, and not of infinities, so that the gradient of the temperature is finite.
    """
    live = among & ~scores.isneginf()
    return (scores.masked_fill(~live, 0.0) / temperature).masked_fill(~live, -math.inf)


def distribution(t: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(lse, entropy, p) of weights e^t along the last dimension; t = −inf is weight zero."""
    top, at = t.max(dim=-1, keepdim=True)
    top = top.masked_fill(top.isposinf(), math.nan)
    drop = torch.where(top.isneginf(), 0.0, top) - t
    weight = torch.exp(-drop)
    rest = torch.log1p(weight.scatter(-1, at, 0.0).sum(-1))
    p = weight / (1 + torch.expm1(rest)).unsqueeze(-1)
    spread = (p * drop.masked_fill(t.isneginf(), 0.0)).sum(-1)
    return top.squeeze(-1) + rest, rest + spread, p


def statistics(
    scores: Tensor, temperature: Tensor, visible: Tensor, relevant: Tensor | None
) -> RowStatistics:
    """The definition: float64 scores, weight zero where −inf, counted where visible."""
    lse, entropy, _ = distribution(scaled(scores, temperature, visible))
    count = visible.sum(-1)
    top = scores.masked_fill(~visible, -math.inf).amax(-1)
    if relevant is None:
        return RowStatistics(lse, entropy, top, row_status(count))
    inside, outside = visible & relevant, visible & ~relevant
    m = inside.sum(-1)
    near, far = (distribution(scaled(scores, temperature, part))[0] for part in (inside, outside))
    lost = (m == 0) & (count > 0)
    # σ by its logarithm, since the framework's gradient of σ vanishes where σ rounds to 1.
    leakage = torch.where(lost, 1.0, logsigmoid(far - near).exp())
    fidelity = torch.where(lost, 0.0, logsigmoid(near - far).exp())
    least = scores.masked_fill(~inside, math.inf).amin(-1)
    margin = least - scores.masked_fill(~outside, -math.inf).amax(-1)
    return RowStatistics(
        lse,
        entropy,
        top,
        row_status(count, m),
        fidelity,
        leakage,
        margin.masked_fill(m == 0, math.nan),
        m,
        count - m,
    )
