"""Backend `triton`: one fused pass a tile of queries, with gradients; O(n·d) memory.

The kernels (`triton_kernels`) keep relevant and other keys of a row apart, each with an online
softmax of its own; here the two are merged, in float64 and by formulas whose terms have one sign:
lse, ε = σ(lse_C − lse_R) and H = F·(H_R + softplus(−a)) + ε·(H_C + softplus(a)), a the log-odds of
R, so that peaked rows keep their digits. `block_mass` takes one more pass over the scores.

Sums are float32, in the interpreter float64 for float64 inputs; products of float32 are not
shortened to TF32, weights of half precision inputs are rounded to it where they meet the values.
Gradients reach q, k, v, temperature, dial and bias (held in full, a number a pair) from everything
but `max_score` and `margin`, whose gradient is refused by name when it is asked for.

Tensors are on a GPU, or on the CPU in Triton's interpreter (TRITON_INTERPRET=1). Triton is imported
when a problem can be run by it and not before.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from importlib.util import find_spec

import torch
from torch import Tensor

from locality.kernels.operands import accumulator, largest_score
from locality.kernels.problem import Problem
from locality.kernels.results import row_status
from locality.kernels.triton_launch import FAR, LARGEST_DIM, Launch, Target, launch


def obstacle(problem: Problem) -> str | None:
    """What this backend cannot do of the problem, in words, or None."""
    dtype, widest = accumulator(problem.q.dtype), max(problem.q.shape[3], problem.v.shape[3])
    limit, coldest = largest_score(dtype), float(problem.temperature.detach().min())
    if problem.reach > limit or 1 / coldest > limit:
        return f"scores up to {problem.reach:.3g}, temperature {coldest:.3g} (beyond {dtype})"
    if widest > LARGEST_DIM:
        return f"a head size of {widest} (at most {LARGEST_DIM})"
    if problem.queries + problem.keys >= FAR:
        return f"{problem.queries + problem.keys:.3g} positions (fewer than 2^30)"
    return _absence(problem.q.device, dtype)


def _absence(device: torch.device, sums: torch.dtype) -> str | None:
    """Why Triton cannot run there, or None; looks for Triton only where it could."""
    interpreting = os.environ.get("TRITON_INTERPRET") == "1"
    if device.type != "cuda" and not (device.type == "cpu" and interpreting):
        return f"tensors on {device} (only in its interpreter, TRITON_INTERPRET=1)"
    if find_spec("triton") is None:
        return "anything here (Triton is not installed)"
    if device.type == "cuda":
        return f"{sums} on {device} (float32 and shorter)" if sums == torch.float64 else None
    from locality.kernels.triton_kernels import INTERPRETED

    return None if INTERPRETED else f"tensors on {device} (its kernels were loaded for a GPU)"


def run(problem: Problem) -> dict[str, Tensor]:
    """Output, lse, status and the statistics asked for."""
    if problem.differentiable():
        from locality.kernels.triton_gradients import attention

        return attention(problem)
    with torch.no_grad():
        return forward(problem)[0]


@dataclass(frozen=True)
class Rows:
    """What the backward pass needs of each row, float64 (batch, heads, queries).

    A probability is e^{(s − top)/τ − log_sum}; that within R has top and sum of its own. Fidelity
    and leakage where both are defined.
    """

    top: Tensor
    log_sum: Tensor
    near_top: Tensor
    near_log_sum: Tensor
    lse: Tensor
    entropy: Tensor
    fidelity: Tensor
    leakage: Tensor


def forward(problem: Problem) -> tuple[dict[str, Tensor], Rows]:
    """Output, lse, status and the statistics asked for; and what the backward pass needs."""
    aux, target = problem.aux, Target.of(problem.q.device)
    done = forward_launch(problem, target)
    done()
    output, near_output, statistics, counts = (
        done.arguments[name] for name in ("output", "near_output", "statistics", "counts")
    )
    near, least, far = statistics.split([4, 1, 4])
    found, rows = _merged(problem, _part(near), _part(far), counts.long())
    found["output"] = output
    if aux.local_output:
        found["local_output"] = near_output
    if aux.margin or aux.certificate:
        found["margin"] = (least[0] - far[0]).masked_fill(counts[0] == 0, math.nan)
    if aux.block_mass:
        done = masses_launch(problem, target, rows)
        done()
        found["block_mass"] = done.arguments["masses"]
    return found, rows


def forward_launch(problem: Problem, target: Target) -> Launch:
    """The forward kernel and the memory it fills."""
    aux, q = problem.aux, problem.q
    output = q.new_empty(*problem.rows, problem.v.shape[3])
    return launch(
        problem,
        "forward",
        target,
        output=output,
        near_output=torch.empty_like(output) if aux.local_output else output,
        statistics=q.new_empty(9, *problem.rows, dtype=accumulator(q.dtype)),
        counts=q.new_empty(2, *problem.rows, dtype=torch.int32),
        SPREAD=aux.entropy,
        NEAR_OUTPUT=aux.local_output,
        LEAST=aux.margin or aux.certificate,
    )


def masses_launch(problem: Problem, target: Target, rows: Rows) -> Launch:
    """The kernel of block masses and the memory that it adds them to."""
    sums, blocks = accumulator(problem.q.dtype), problem.block_count
    return launch(
        problem,
        "block_masses",
        target,
        tops=rows.top.to(sums),
        log_sums=rows.log_sum.to(sums),
        masses=problem.q.new_zeros(*problem.rows, blocks, dtype=sums),
        blocks=blocks,
    )


# -- merging near and far ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Part:
    """Online softmax of the near or of the far keys, float64."""

    top: Tensor
    log_sum: Tensor  # of weights relative to the top, −inf for no key
    entropy: Tensor


def _part(statistics: Tensor) -> _Part:
    top, ties, rest, spread = statistics.double()
    some = ties.clamp(min=1.0)
    log_sum = torch.log(some) + torch.log1p(rest / some)
    entropy = log_sum + spread / (some + rest)
    return _Part(top, torch.where(ties > 0, log_sum, -math.inf), entropy)


def _merged(
    problem: Problem, near: _Part, far: _Part, counts: Tensor
) -> tuple[dict[str, Tensor], Rows]:
    """The statistics of near and far keys together."""
    tau, sums = problem.temperature.view(-1, 1), accumulator(problem.q.dtype)
    top = torch.maximum(near.top, far.top)
    pivot = top.masked_fill(top.isneginf(), 0.0)
    near_lse, far_lse = ((part.top - pivot) / tau + part.log_sum for part in (near, far))
    log_sum, odds = torch.logaddexp(near_lse, far_lse), near_lse - far_lse
    lse, count = pivot / tau + log_sum, counts.sum(0)
    fidelity, leakage = torch.sigmoid(odds), torch.sigmoid(-odds)
    entropy = _product(fidelity, near.entropy + _softplus(-odds))
    entropy = entropy + _product(leakage, far.entropy + _softplus(odds))
    entropy = entropy.masked_fill(top.isneginf(), 0.0)
    found = {"lse": lse.to(sums), "max_score": top.to(sums)}
    if problem.aux.entropy:
        found["entropy"] = entropy.to(sums)
    if problem.relevant is None:
        found["status"] = row_status(count)
    else:
        lost = (counts[0] == 0) & (count > 0)
        found["fidelity"] = fidelity.masked_fill(lost, 0.0).to(sums)
        found["leakage"] = leakage.masked_fill(lost, 1.0).to(sums)
        found |= {"m": counts[0], "c": counts[1], "status": row_status(count, counts[0])}
    kept = (top, log_sum, near.top, near.log_sum, lse, entropy, fidelity, leakage)
    return found, Rows(*kept)


def _softplus(t: Tensor) -> Tensor:
    """ln(1 + e^t) to the last digit; the framework's own leaves the 1 out from t = 20 on."""
    return torch.logaddexp(t, torch.zeros_like(t))


def _product(mass: Tensor, x: Tensor) -> Tensor:
    """mass·x, zero for an empty part."""
    return torch.where(mass == 0, 0.0, mass * x)
