"""Attention within short pieces by matrix products, a few pieces at a time.

The scores of a few short pieces stay in the cache, so that their entropy is read off them, in terms
of one sign: less arithmetic than a fused pass over the channels [K, V], and no difference of large
numbers.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from torch import Tensor

from locality.kernels.folds import Fold

SCORES = 2**20  # at once: 4 MiB of float32


def fit(pieces: Iterable[Fold]) -> bool:
    """Whether several pieces' scores can be held at once."""
    return all(2 * fold.height * fold.width <= SCORES for fold in pieces)


def attention(q: Tensor, k: Tensor, v: Tensor, scale: float) -> tuple[Tensor, Tensor, Tensor]:
    """Means of v, lse and entropy in nats of scores scale·⟨q, k⟩; nothing is hidden.

    q (1, pieces, height, dim), k and v (1, pieces, width, …), one dtype; no gradients.
    """
    pieces, height, width = q.shape[1], q.shape[2], k.shape[2]
    q, k, v = (t.flatten(0, 1) for t in (q, k, v))
    step = max(1, SCORES // (height * width))
    scores = q.new_empty(min(step, len(q)), height, width)
    weights, nothing = torch.empty_like(scores), q.new_zeros(())
    mean, lse = q.new_empty(*q.shape[:2], v.shape[2]), q.new_empty(q.shape[:2])
    entropy = torch.empty_like(lse)
    for start in range(0, len(q), step):
        part = slice(start, start + step)
        t, w = (held[: len(lse[part])] for held in (scores, weights))
        torch.baddbmm(nothing, q[part], k[part].mT, beta=0, alpha=scale, out=t)
        top = t.amax(-1)
        torch.exp(t.sub_(top.unsqueeze(-1)), out=w)
        total = w.sum(-1)
        torch.bmm(w, v[part], out=mean[part]).div_(total.unsqueeze(-1))
        log_total, drop = total.log(), t.mul_(w).sum(-1)
        lse[part] = top + log_total
        entropy[part] = (log_total - drop / total).clamp_(max=math.log(width))
    return tuple(t.unflatten(0, (-1, pieces)) for t in (mean, lse, entropy))
