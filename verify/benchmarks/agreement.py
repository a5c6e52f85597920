"""How far attention statistics in floats may lie from the exact ones, by theorem `rounding`.

u is the unit roundoff, v = 40u for exp and log (the fused CPU kernel states 20 units in the last
place), γ_k = ku/(1−ku). A product of d terms is off by γ_{d+2} of its terms' sizes, scaling
included; with A the largest sum of such sizes over the temperature, E = γ_{d+2}·A and no two scores
are farther apart than 2A. A fused pass rescales at most r = ⌈n/32⌉ times, so that a weight takes
r + 1 exponentials and products: v' = (1+v)^{r+1}(1+u)^{r+1} − 1. With these the theorem bounds the
logarithm of the sum (Λ) and lse (B); a merge of two parts adds what one of them may be off by:

lse       2B
mean of x (e^{2(E+Λ)+4B+v+4u} − 1)·max|x|: numerator, denominator, the parts' shares, their rounding
mass      the same with x = 1
entropy   2B + E + mass·(A + 2 ln n + 2) + 4u·A: by the mean of a score, |.| ≤ A, or by −Σ p ln p,
          whose terms change by at most mass·p·(1 − ln p)(1 + mass) and sum to at most ln n
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from locality.theory import theorem

ULPS_OF_EXP = 20  # of the fused CPU kernel, by its own statement


def allowed(q: Tensor, k: Tensor, v: Tensor) -> dict[str, float]:
    """Bounds of |computed − exact| in the precision of the tensors; temperature √d."""
    n, d, facts = k.shape[2], q.shape[3], torch.finfo(q.dtype)
    unit, tiny = facts.eps / 2, facts.tiny
    size = float(_sizes(q, k).max()) / math.sqrt(d)
    error, function = _gamma(d + 2, unit) * size, 2 * ULPS_OF_EXP * unit
    steps = math.ceil(n / 32) + 1
    known = {
        "score_error": error,
        "unit": unit,
        "function_error": math.expm1(steps * (math.log1p(function) + math.log1p(unit))),
        "sum_error": _gamma(n, unit),
        "underflow": tiny,
        "spread": 2 * size,
        "n": n,
        "largest": size,
    }
    claims = {claim.name: claim for claim in theorem("rounding").claims}
    off = float(claims["summed"].in_arrays(**known))
    lse = 2 * float(claims["computed"].in_arrays(**known, log_error=off))
    mass = math.expm1(2 * (error + off) + 2 * lse + function + 4 * unit)
    mean = mass * float(v.abs().max())
    entropy = lse + error + mass * (size + 2 * math.log(n) + 2) + 4 * unit * size
    return {
        "output": mean,
        "local_output": mean,
        "lse": lse,
        "entropy": entropy,
        "fidelity": mass,
        "block_mass": mass,
    }


def _gamma(terms: int, unit: float) -> float:
    return terms * unit / (1 - terms * unit)


def _sizes(q: Tensor, k: Tensor) -> Tensor:
    """Σ_i |q_i| max_j |k_ji| of each row (batch, heads, queries), for mean keys' products, too."""
    widest = k.double().abs().amax(2)
    return torch.einsum("bhqd,bhd->bhq", q.double().abs(), widest)
