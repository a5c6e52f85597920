"""How far a backend's floats may lie from the exact statistics: derived, not chosen.

Unit roundoff u, γ_k = ku/(1−ku), exp and log within a relative v, a sum of k terms within γ_k in
any order (the standard model). A row with n keys of which the fused pass takes at least 32 at a
time, r = ⌈n/32⌉ rescalings. With A ≥ Σ_i|q_i|·max_j|k_ji|/τ + max|b|/τ + λ/τ, which bounds every
scaled score:

score     E = γ_{d+6}·A: d products and sums, q/τ, b/τ and the dial rounded and added, one to spare
weight    e^{±E}·(1 ± Φ), Φ = e^{2uρ + (r+1)(v+u)}·(1+γ_n) − 1 + n·tiny: the shifts by a running
          maximum sum to at most ρ ≤ −ln tiny, below which a weight may vanish
lse       B = E + Φ/(1−Φ) + 4(v·(1 + ln(n+1)) + 2u(A + ln(n+1))): the log, the sum with the maximum,
          and the merging of two parts, each at most twice
p         e^{±Λ}, Λ = 2(E + ln(1+Φ)) + 2B + 4(u+v): numerator and denominator, and the merge
mean of x (e^Λ − 1 + γ_{n+r+d+12})·max|x|
entropy   B + mean of scaled scores, |.| ≤ A, + 2u(A + ln(n+1))

`skipping.shortfall` stands on the bound of lse. It is typed there once more, because what comes out
of skipping is judged by this one: a slip in a formula that both took would go unseen.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from locality.kernels.fused import ULPS_OF_EXP

U = {torch.float32: 2.0**-24, torch.float64: 2.0**-53}
TINY = {torch.float32: 2.0**-126, torch.float64: 2.0**-1022}


@dataclass(frozen=True)
class Rounding:
    """Bounds of |computed − exact|, (batch, heads, queries) tensors or numbers."""

    lse: Tensor
    entropy: Tensor
    mass: Tensor  # of any probability, also relative
    mean: Tensor  # of a channel, in units of its largest value
    score: Tensor


def _gamma(k: float, u: float) -> float:
    return k * u / (1 - k * u)


def rounding(q: Tensor, k: Tensor, dtype: torch.dtype, arguments: dict[str, Any]) -> Rounding:
    """The bounds for sums taken in `dtype`, of the problem that `attend` was given."""
    u, tiny = U[dtype], TINY[dtype]
    v, n, d = 2 * ULPS_OF_EXP * u, k.shape[2], q.shape[3]
    rescalings, logs = math.ceil(n / 32), math.log(n + 1)
    tau = torch.as_tensor(arguments.get("temperature", math.sqrt(d)), dtype=torch.float64)
    unscaled = largest_score(q, k, arguments)
    size = unscaled / tau.reshape(-1, 1)
    score = _gamma(d + 6, u) * size
    exponent = -2 * u * math.log(tiny) + (rescalings + 1) * (v + u)
    phi = math.exp(exponent) * (1 + _gamma(n, u)) - 1 + n * tiny
    lse = score + phi / (1 - phi) + 4 * (v * (1 + logs) + 2 * u * (size + logs))
    probability = torch.expm1(2 * (score + math.log1p(phi)) + 2 * lse + 4 * (u + v))
    mean = probability + _gamma(n + rescalings + d + 12, u)
    return Rounding(
        lse=lse,
        entropy=lse + mean * size + 2 * u * (size + logs),
        mass=mean,
        mean=mean,
        score=2 * _gamma(d + 6, u) * unscaled,
    )


def largest_score(q: Tensor, k: Tensor, arguments: dict[str, Any]) -> Tensor:
    """A·τ: a bound of |score| of each row, bias and finite dial included."""
    widest = k.double().abs().amax(2).repeat_interleave(q.shape[1] // k.shape[1], dim=1)
    size = torch.einsum("bhqd,bhd->bhq", q.double().abs(), widest)
    dial = torch.as_tensor(arguments.get("dial", 0.0), dtype=torch.float64)
    size = size + dial.nan_to_num(posinf=0.0).reshape(-1, 1)
    bias = arguments.get("bias")
    return size if bias is None else size + bias.abs().max()
