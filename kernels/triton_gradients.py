"""Backend `triton`, backward: the gradients that come in, by row, and those of the inputs.

The gradient of a scaled score t_j is p_j·(⟨g_o, v_j⟩ − g_H ln p_j + g_M[block of j] + a) with one
number a for the near and one for the far keys of a row, and for near keys p^R_j·(⟨g_R, v_j⟩ − δ_R)
more. The kernels take a and δ_R from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from locality.kernels.errors import NotSupported
from locality.kernels.operands import accumulator
from locality.kernels.problem import Problem
from locality.kernels.triton_attention import Rows, forward
from locality.kernels.triton_launch import Launch, Target, launch

INPUTS = ("q", "k", "v", "temperature", "dial", "bias")
MEANS = ("output", "local_output", "block_mass")
EXTREMES = ("max_score", "margin")
NAMES = (*MEANS, "lse", "entropy", "fidelity", "leakage", *EXTREMES, "m", "c", "status")

Given = dict[str, Tensor | None]


def attention(problem: Problem) -> dict[str, Tensor]:
    """What `forward` finds, differentiable."""
    inputs = (getattr(problem, name) for name in INPUTS)
    values = zip(NAMES, _Attention.apply(problem, *inputs), strict=True)
    return {name: value for name, value in values if value is not None}


class _Attention(torch.autograd.Function):
    """What `forward` finds, by `NAMES`, None for what was not asked."""

    @staticmethod
    def forward(ctx: Any, problem: Problem, *inputs: Tensor | None) -> tuple[Tensor | None, ...]:
        """`inputs` are the problem's own, named so that autograd sees them."""
        found, rows = forward(problem)
        ctx.problem = problem
        means = (found.get(name) for name in MEANS)
        # The inputs are read from the problem; saved, they may not be changed in place either.
        ctx.save_for_backward(*means, *vars(rows).values(), *inputs)
        ctx.set_materialize_grads(False)
        return tuple(found.get(name) for name in NAMES)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, *slopes: Tensor | None) -> tuple[Tensor | None, ...]:
        """The gradient of each input."""
        given = dict(zip(NAMES, slopes, strict=True))
        for name in EXTREMES:
            if given[name] is not None:
                raise NotSupported("triton", f"gradients of {name}", ["reference"])
        saved, rest = ctx.saved_tensors[: len(MEANS)], ctx.saved_tensors[len(MEANS) :]
        rows, means = Rows(*rest[: -len(INPUTS)]), dict(zip(MEANS, saved, strict=True))
        pull = Pull.of(ctx.problem, rows, means, given)
        wanted = dict(zip(INPUTS, ctx.needs_input_grad[1:], strict=True))
        found: Given = {}
        if wanted["k"] or wanted["v"]:
            found |= _of_keys(pull)
        if any(wanted[name] for name in ("q", "temperature", "dial", "bias")):
            found |= _of_queries(pull, wanted)
        return None, *(found.get(name) for name in INPUTS)


@dataclass(frozen=True)
class Pull:
    """The gradients that come in, in the form in which the kernels read them."""

    problem: Problem
    g_lse: Tensor
    lse: Tensor
    arguments: dict[str, Any]

    @staticmethod
    def of(problem: Problem, rows: Rows, means: Given, given: Given) -> Pull:
        """From what `forward` found and the gradient of each of its values."""
        empty = rows.top.isneginf()
        g_lse, g_entropy, g_fidelity, g_leakage = (
            _by_row(given[name], rows) for name in ("lse", "entropy", "fidelity", "leakage")
        )
        towards = g_fidelity - g_leakage
        delta = {name: _inner(given[name], means[name], rows) for name in MEANS}
        base = g_lse - g_entropy * rows.entropy - delta["output"] - delta["block_mass"]
        columns = (
            rows.top,
            rows.log_sum,
            rows.near_top.masked_fill(rows.near_top.isneginf(), 0.0),
            rows.near_log_sum,
            base + towards * rows.leakage,
            base - towards * rows.fidelity,
            g_entropy,
            delta["local_output"],
        )
        packed = torch.stack(columns).masked_fill(empty, 0.0).to(accumulator(problem.q.dtype))
        return Pull(problem, g_lse, rows.lse, {"rows": packed} | _of_means(problem, given, packed))


def _by_row(g: Tensor | None, rows: Rows) -> Tensor:
    """The gradient of a row statistic, zero where the row sees nothing."""
    if g is None:
        return torch.zeros_like(rows.top)
    return g.double().masked_fill(rows.top.isneginf(), 0.0)


def _inner(g: Tensor | None, mean: Tensor | None, rows: Rows) -> Tensor:
    """⟨g, mean⟩ of each row: what a gradient of a mean takes off all slopes of the row alike."""
    if g is None or mean is None:
        return torch.zeros_like(rows.top)
    return (g.double() * mean.double()).sum(-1)


def _of_means(problem: Problem, given: Given, unread: Tensor) -> dict[str, Any]:
    output, near, masses = (given[name] for name in MEANS)
    if output is None:
        output = problem.q.new_zeros(*problem.rows, problem.v.shape[3])
    return {
        "g_output": output.contiguous(),
        "g_near": unread if near is None else near.contiguous(),
        "g_masses": unread if masses is None else masses.contiguous(),
        "blocks": problem.block_count,
        "NEAR_OUTPUT": near is not None,
        "MASSES": masses is not None,
    }


# -- of queries, heads and pairs ---------------------------------------------------------------


def queries_launch(pull: Pull, target: Target, wanted: dict[str, bool]) -> Launch:
    """The kernel that walks over keys, and the memory it fills."""
    problem, sums = pull.problem, accumulator(pull.problem.q.dtype)
    q, with_bias = problem.q, problem.bias is not None and wanted["bias"]
    return launch(
        problem,
        "queries_backward",
        target,
        **pull.arguments,
        g_q=q.new_empty(q.shape),
        heats=q.new_empty(problem.rows, dtype=sums),
        fars=q.new_empty(problem.rows, dtype=sums),
        g_bias=q.new_zeros(problem.pairs if with_bias else (1,), dtype=sums),
        HEAD_SUMS=wanted["temperature"] or wanted["dial"],
        BIAS_GRADIENT=with_bias,
    )


def _of_queries(pull: Pull, wanted: dict[str, bool]) -> Given:
    problem = pull.problem
    done = queries_launch(pull, Target.of(problem.q.device), wanted)
    done()
    g_q, heats, fars, g_bias = (done.arguments[name] for name in ("g_q", "heats", "fars", "g_bias"))
    found: Given = {"q": g_q}
    if done.arguments["HEAD_SUMS"]:
        # Σ slope·t = Σ slope·ln p + lse·g_lse, since only lse moves with a shift of all scores
        moved = torch.where(pull.g_lse == 0, 0.0, pull.g_lse * pull.lse)
        found["temperature"] = -(heats.double() + moved).sum((0, 2)) / problem.temperature
        found["dial"] = -fars.double().sum((0, 2)) / problem.temperature
    if problem.bias is not None and done.arguments["BIAS_GRADIENT"]:
        found["bias"] = g_bias.sum_to_size(problem.bias.shape).to(problem.bias.dtype)
    return found


# -- of keys -----------------------------------------------------------------------------------


def keys_launch(pull: Pull, target: Target) -> Launch:
    """The kernel that walks over queries, and the memory it fills."""
    problem = pull.problem
    return launch(
        problem,
        "keys_backward",
        target,
        **pull.arguments,
        g_k=problem.k.new_empty(problem.k.shape),
        g_v=problem.v.new_empty(problem.v.shape),
    )


def _of_keys(pull: Pull) -> Given:
    done = keys_launch(pull, Target.of(pull.problem.q.device))
    done()
    return {"k": done.arguments["g_k"], "v": done.arguments["g_v"]}
