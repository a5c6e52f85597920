"""How far dialled layers lead away from undialled ones, and what bounds it.

Two runs of the same layers on the same text, one dialled. Between neighbouring states the distance
is that of the row which differs most. Per layer the dialled attention moves at most tanh(λ/4τ) of
its mass, so its output at most e(λ) = D·tanh(λ/4τ), D the heads' diameters of values summed; the
layer undialled brings the runs to within Λ times their distance before. Λ is taken twice:

- on the two runs alone, where it is the quotient of two distances and no estimate;
- on all states whose rows are as long as theirs at least, from operator norms: see `lipschitz`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from locality.theory import theorem
from locality.verify.experiments.language_model import Layer, Model, biases, lines, unit

UNIT = 2.0**-53


def share(dial: float) -> float:
    """The most attention that a dial can move, tanh(λ/4τ) by `dial`, for a finite λ/τ ≥ 0."""
    stability = theorem("dial").claims[1]
    return float(stability.in_arrays(step=dial, temperature=1.0))


def deviation_bound(dials: Sequence[float], constants: Sequence[Any], diameter: Any) -> Any:
    """Σ e(λ_ℓ) Π_{k>ℓ} Λ_k, layer by layer as `progressive` has it, from no deviation.

    dials: λ/τ; constants: Λ; numbers or (windows,).
    """
    layer, bound = theorem("progressive").claims[0], np.float64(0)
    for dial, constant in zip(dials, constants, strict=True):
        bound = layer.in_arrays(
            lipschitz=constant, deviation=bound, diameter=diameter, dial=dial, temperature=1.0
        )
    return bound


@dataclass(frozen=True)
class Stack:
    """A model's layers on a text, float64: x ↦ x + b(x), or with a damping κ x ↦ x₀ + κ·b(x).

    A small damping makes the layers contractions, which trained ones are not.
    """

    model: Model
    tokens: Tensor
    damping: float | None = None

    def after(self, layer: Layer, x: Tensor, dial: float) -> Tensor:
        """The states above a layer, from those below it."""
        added = layer.branch(x, lowering(lines(self.tokens), dial))
        if self.damping is None:
            return x + added
        return self.model.embedded(self.tokens) + self.damping * added

    def states(self, dials: Sequence[float]) -> list[Tensor]:
        """The states below, between and above the layers."""
        found = [self.model.embedded(self.tokens)]
        for layer, dial in zip(self.model.stack, dials, strict=True):
            found.append(self.after(layer, found[-1], dial))
        return found

    @property
    def scale(self) -> float:
        """What the layers' branches are multiplied by."""
        return 1.0 if self.damping is None else self.damping


def lowering(line: Tensor, dial: float) -> Tensor:
    """`biases` in float64, in which the dial keeps its digits."""
    return biases(line, 1.0).double() * dial if dial else biases(line, 0.0).double()


def apart(one: Tensor, other: Tensor) -> Tensor:
    """The distance of the rows that differ most, (windows,)."""
    return (one - other).norm(dim=-1).amax(-1)


def written(layer: Layer) -> Tensor:
    """What each head makes of a state's row: (heads, width, width), output matrix times values'."""
    _, _, v = layer.qkv.weight.unflatten(0, (3, layer.heads, -1))
    return layer.out.weight.unflatten(1, (layer.heads, -1)).transpose(0, 1) @ v


def diameters(layer: Layer, x: Tensor) -> Tensor:
    """The heads' diameters of what they average, summed; (windows,)."""
    values = torch.einsum("hed,bnd->bhne", written(layer), unit(x))
    return torch.cdist(values, values).flatten(-2).amax(-1).sum(-1)


def lipschitz(layer: Layer, shortest: float, own: float, scale: float) -> float:
    """Λ of a layer `own`·x + `scale`·b(x) on the states whose rows are at least `shortest` long.

    There u = √d·x/‖x‖ moves at most √d/shortest times as far as x. A head's average Σ p_j W u_j
    moves by Σ p_j W δu_j and by the covariance of W u_j with the scores' change, whose deviations
    are at most ‖W‖√d and 2‖B‖√d‖δu‖/τ, B the matrix of its scores; a ReLU moves no further than
    its argument.
    """
    width = layer.qkv.weight.shape[1]
    q, k, _ = layer.qkv.weight.unflatten(0, (3, layer.heads, -1))
    scores = norm(q.transpose(-1, -2) @ k) / math.sqrt(q.shape[-2])
    heads = norm(written(layer)) * (1 + 2 * width * scores)
    mlp = norm(layer.up.weight) * norm(layer.down.weight)
    return own + scale * math.sqrt(width) / shortest * float(heads.sum() + mlp)


def norm(matrix: Tensor) -> Tensor:
    """The largest singular value of the last two axes."""
    return torch.linalg.matrix_norm(matrix, ord=2)


def widest(layer: Layer) -> float:
    """`diameters` for any states: rows of length √width."""
    return 2 * math.sqrt(layer.qkv.weight.shape[1]) * float(norm(written(layer)).sum())


# -- what is measured --------------------------------------------------------------------------


@torch.no_grad()
def compared(stack: Stack, dials: Sequence[float]) -> dict[str, Any]:
    """The dialled run beside the undialled one and both bounds.

    `tightest` and `loosest` are the least and largest of the windows' bounds over deviations.
    """
    layers = stack.model.stack
    plain, turned = stack.states([0.0] * len(layers)), stack.states(dials)
    distances = [apart(*pair) for pair in zip(plain, turned, strict=True)]
    below = [*zip(layers, turned[:-1], strict=True)]
    again = [stack.after(layer, x, 0.0) for layer, x in below]
    steps = [apart(*pair) for pair in zip(again, plain[1:], strict=True)]
    secants = [
        torch.where(before > 0, step / before, 0.0)
        for step, before in zip(steps, distances[:-1], strict=True)
    ]
    reached = torch.stack([diameters(layer, x) for layer, x in below]).amax(0) * stack.scale
    operators = _operators(stack, plain, turned)
    largest = stack.scale * max(widest(layer) for layer in layers)
    exact = deviation_bound(dials, [each.numpy() for each in secants], reached.numpy())
    bound = deviation_bound(dials, operators, largest)
    deviation = distances[-1]
    excess, sharpest, error = _moved(below, lines(stack.tokens), dials)
    return {
        "dials": [*dials],
        "deviation": float(deviation.mean()),
        "relative": float((deviation / plain[-1].norm(dim=-1).amax(-1)).mean()),
        "on the runs": _beside(exact, deviation),
        "by operators": _beside(bound, deviation),
        "secants": [float(each.max()) for each in secants],
        "operators": operators,
        "excess": excess,
        "sharpest": sharpest,
        "rounding": error,
    }


def _beside(bound: Any, deviation: Tensor) -> dict[str, float]:
    moved = deviation.numpy()
    some = moved > 0  # a window of one line knows no dial
    ratio = np.broadcast_to(bound, moved.shape)[some] / moved[some]
    return {
        "bound": float(np.mean(bound)),
        "tightest": float(ratio.min()),
        "loosest": float(ratio.max()),
    }


def _operators(stack: Stack, plain: list[Tensor], turned: list[Tensor]) -> list[float]:
    own = 1.0 if stack.damping is None else 0.0
    found = []
    for layer, one, other in zip(stack.model.stack, plain[:-1], turned[:-1], strict=True):
        shortest = float(torch.stack([one, other]).norm(dim=-1).min())
        found.append(lipschitz(layer, shortest, own, stack.scale))
    return found


def _moved(
    below: Sequence[tuple[Layer, Tensor]], line: Tensor, dials: Sequence[float]
) -> tuple[float, float, float]:
    """Of all rows: the largest of (mass moved) − tanh(λ/4τ), its largest share of it, the error.

    Half a sum of |p − p′| over n keys, from scores s/τ with |s/τ| ≤ t, is within u(4t + 2n + 8) of
    the exact one: each p is that of logarithms of weights moved by u(4t + 4) at most.
    """
    moves, ratios, largest = [0.0], [0.0], 0.0
    for (layer, x), dial in zip(below, dials, strict=True):
        if dial > 0:
            q, k, _ = layer.projected(x)
            scaled = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
            before, after = (scaled + lowering(line, each) for each in (0.0, dial))
            moved = (before.softmax(-1) - after.softmax(-1)).abs().sum(-1).max() / 2
            moves.append(float(moved) - share(dial))
            ratios.append(float(moved) / share(dial))
            largest = max(largest, float(scaled.abs().max()) + dial)
    return max(moves), max(ratios), UNIT * (4 * largest + 2 * line.shape[-1] + 8)
