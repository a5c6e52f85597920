"""Backend `reference`: the definition, dense and in float64, differentiable; O(queries · keys).

It shares no code with the other backends beyond the checked `Problem`, so that they can be judged
by it.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from locality.kernels.masks import BlockLocal, Causal, Dense, Keys, Part, Window
from locality.kernels.problem import Problem
from locality.kernels.statistics import distribution, scaled, statistics

LARGEST = 2**31  # scores held at once, 16 GiB a matrix


def obstacle(problem: Problem) -> str | None:
    """What this backend cannot do of the problem, in words, or None."""
    scores = math.prod(problem.pairs)
    return f"{scores:.3g} dense scores (at most 2^31)" if scores > LARGEST else None


def run(problem: Problem) -> dict[str, Tensor]:
    """Every statistic by its definition."""
    visible = torch.ones(problem.pairs, dtype=torch.bool, device=problem.q.device)
    for part in problem.mask.parts:
        visible = visible & _sees(part, problem)
    scores, tau = _scores(problem), problem.temperature.view(-1, 1, 1)
    relevant = _relevant(problem)
    if relevant is not None:
        scores = torch.where(relevant, scores, scores - problem.dial.view(-1, 1, 1))
    rows = statistics(scores, tau, visible, relevant)
    p = _weights(scores, tau, visible)
    found = {"output": _mean(p, problem), "lse": rows.lse, "status": rows.status}
    found |= {"entropy": rows.entropy, "max_score": rows.max_score}
    if problem.block_count:
        found["block_mass"] = _block_mass(p, problem)
    if relevant is not None:
        for name in ("fidelity", "leakage", "margin", "m", "c"):
            found[name] = getattr(rows, name)
        found["local_output"] = _mean(_weights(scores, tau, visible & relevant), problem)
    return found


def _scores(problem: Problem) -> Tensor:
    group = problem.heads // problem.k.shape[1]
    k = problem.k.double().repeat_interleave(group, dim=1)
    scores = torch.einsum("bhqd,bhkd->bhqk", problem.q.double(), k)
    return scores if problem.bias is None else scores + problem.bias.double()


def _sees(part: Part, problem: Problem) -> Tensor:
    """One condition of the mask as booleans broadcastable to (batch, heads, queries, keys)."""
    device = problem.q.device
    query = torch.arange(problem.queries, device=device) + problem.keys - problem.queries
    behind = query.unsqueeze(1) - torch.arange(problem.keys, device=device)
    match part:
        case Causal(strict=strict):
            return behind > 0 if strict else behind >= 0
        case Window(size=size, strict=True):
            return (behind >= 1) & (behind <= size)
        case Window(size=size):
            return (behind >= 0) & (behind < size)
        case BlockLocal():
            relevant = _relevant(problem)
            return torch.ones_like(behind, dtype=torch.bool) if relevant is None else relevant
        case Keys(visible=visible):
            return visible.reshape(-1, 1, 1, problem.keys)
        case Dense(visible=visible):
            return visible
    raise TypeError(part)


def _relevant(problem: Problem) -> Tensor | None:
    if problem.relevant is None:
        return None
    wanted = problem.relevant.unsqueeze(-1)
    return (problem.block_ids[:, None, None, :] == wanted).expand(problem.pairs)


def _weights(scores: Tensor, tau: Tensor, visible: Tensor) -> Tensor:
    return distribution(scaled(scores, tau, visible))[2]


def _mean(p: Tensor, problem: Problem) -> Tensor:
    group = problem.heads // problem.v.shape[1]
    values = problem.v.double().repeat_interleave(group, dim=1)
    return torch.einsum("bhqk,bhkd->bhqd", p, values).to(problem.v.dtype)


def _block_mass(p: Tensor, problem: Problem) -> Tensor:
    member = one_hot(problem.block_ids + 1, problem.block_count + 1)[..., 1:].double()
    return torch.einsum("bhqk,bkg->bhqg", p, member.expand(p.shape[0], -1, -1))
