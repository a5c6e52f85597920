"""The weights that rebuild a point from its neighbours: the local half of locally linear embedding.

A relative of the localization methods: a least-squares model around each point, but of its weights,
which sum to one and may be negative.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from locality.kernels.arguments import described, number, tensor
from locality.theory.core.errors import InputError


def reconstruction_weights(points: Any, neighbors: Any, ridge: float = 1e-3) -> Tensor:
    """Weights (…, k), summing to 1, that rebuild points (…, d) from neighbors (…, k, d) best.

    They minimise ‖x − Σ w_i x_i‖² + ρ‖w‖², ρ being `ridge` times the summed squared distances of
    the neighbours, so that no shift, turn or scale of the data changes them. All points at once;
    float32 or float64, differentiable. A point on all its neighbours has equal weights. InputError
    names a shape, a ridge below 0, or neighbours too many or too alike to do without. Source: lle.
    """
    x = tensor("points", points, "numbers")
    near = tensor("neighbors", neighbors, "numbers")
    share = number("ridge", ridge, lambda r: 0 <= r < math.inf, "a finite number ≥ 0")
    if not (x.is_floating_point() and near.is_floating_point() and near.ndim == x.ndim + 1 >= 2):
        raise InputError(
            f"points {described(x)} and neighbors {described(near)}: expected floats (…, d) and "
            "(…, k, d)"
        )
    if near.shape[:-2] != x.shape[:-1] or near.shape[-1] != x.shape[-1] or not near.shape[-2]:
        raise InputError(
            f"neighbors {described(near)} of points {described(x)}: expected (…, k, d), k ≥ 1"
        )
    return _balanced(x.unsqueeze(-2) - near, share)


def _balanced(away: Tensor, share: float) -> Tensor:
    """The solution of (G + ρ)w = κ, κ such that Σw = 1; G = 1 stands for no distances at all."""
    gram = away @ away.mT
    trace = gram.diagonal(dim1=-2, dim2=-1).sum(dim=-1)
    nowhere = (trace == 0)[..., None, None]
    one = torch.eye(gram.shape[-1], dtype=gram.dtype, device=gram.device)
    filled = torch.where(nowhere, one, gram + share * trace[..., None, None] * one)
    factor, fault = torch.linalg.cholesky_ex(filled)
    if bool((fault != 0).any()):
        raise InputError(
            f"ridge = {share} for {gram.shape[-1]} neighbours in {away.shape[-1]} dimensions: "
            "expected a larger one, for the weights are not unique"
        )
    ones = torch.ones_like(away[..., :1])
    slopes = torch.cholesky_solve(ones, factor)[..., 0]
    return slopes / slopes.sum(dim=-1, keepdim=True)
