"""What the theorems promise of each row from its margin and counts, whatever the scores are."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from locality.kernels.operands import by_head, gamma
from locality.kernels.problem import Problem
from locality.kernels.results import Certificate, RowStatus

LARGEST_X = 1e4  # both bounds fall in x and are at their limits here; it keeps inf·0 out
ACCURACY = 1e-12  # relative, of an evaluated bound


@torch.no_grad()
def certify(x: Tensor, m: Tensor, c: Tensor, status: Tensor) -> Certificate:
    """Bounds of fidelity and entropy by theorems `leakage` and `entropy`, rounded outwards.

    x is the margin over the temperature, or anything below it; m and c count visible relevant and
    other keys; only rows whose `RowStatus` is OK are certified. Not differentiable.
    """
    from locality.theory import theorem  # SymPy takes a second to import

    holds = status == RowStatus.OK
    m, c, x = (torch.where(holds, t, 1) for t in (m, c, x.double().clamp(max=LARGEST_X)))
    leakage = theorem("leakage").bound(m=m, c=c, x=x) * (1 + ACCURACY)
    entropy = theorem("entropy").bound(m=m, c=c, x=x.clamp(min=0.0)) * (1 + ACCURACY)
    return Certificate(
        fidelity=_down(1 - leakage).clamp(min=0.0).masked_fill(~holds, math.nan),
        entropy=entropy.masked_fill(~(holds & (x >= 0)), math.nan),
    )


@torch.no_grad()
def certify_rows(problem: Problem, found: Mapping[str, Tensor]) -> Certificate:
    """Certify what a backend found, its margin lowered by what rounding can have added to it."""
    x = _certain_x(problem, found["margin"])
    return certify(x, found["m"], found["c"], found["status"])


def _certain_x(problem: Problem, margin: Tensor) -> Tensor:
    """A lower bound of the exact margin over temperature, float64."""
    error = 2 * _score_error(problem, torch.finfo(margin.dtype).eps / 2)
    lowered = _down(margin.double() - error)
    return _down(lowered / problem.temperature.view(-1, 1))


def _score_error(problem: Problem, unit: float) -> Tensor:
    """Bound of |computed − exact| dialled score: γ_{d+4}(‖q‖·max‖k‖ + max|b| + λ), by row.

    An inner product has d rounded operations, bias, dial and the margin's difference one each, and
    one is left for these norms.
    """
    longest = by_head(problem.k.double().norm(dim=-1).amax(-1), problem.heads)
    size = problem.q.double().norm(dim=-1) * longest.unsqueeze(-1)
    size = size + problem.dial.nan_to_num(posinf=0.0).view(-1, 1)
    if problem.bias is not None:
        size = size + problem.bias.double().abs().amax(-1)
    return gamma(problem.q.shape[3] + 4, unit) * size


def _down(t: Tensor) -> Tensor:
    return torch.nextafter(t, t.new_tensor(-math.inf))
