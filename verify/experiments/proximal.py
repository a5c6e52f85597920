"""Small attention models whose scores are bilinear in one matrix a block, trained under penalties.

Scores are q·W_g k with one W_g for each block g of keys; the objective is a loss plus λ_g times the
Frobenius norm of W_g, summed over blocks. A proximal step is a gradient step followed by shortening
every block by (step · λ_g), to exactly 0 where it is no longer than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor

TEMPERATURE = 1.0
SOUGHT = (0.55, 0.25, 0.15, 0.05)  # how often the key looked for lies in each block
SHORTEN = 1.0  # times step · λ_g: what a proximal step takes from a block's length


@dataclass(frozen=True)
class Task:
    """Queries (N, d), keys (N, n, e), values (N, n, v), one block id a key, and what is wanted.

    `wanted` None: the loss is minus the output's first component; a tensor (N, v): half the
    squared distance of the output from it; whole numbers (N,): minus the logarithm of the
    attention on that key, which is convex in the weights.
    """

    queries: Tensor
    keys: Tensor
    values: Tensor
    blocks: Tensor
    wanted: Tensor | None

    @property
    def count(self) -> int:
        """The number of blocks."""
        return int(self.blocks.max()) + 1

    @property
    def zero(self) -> Tensor:
        """All blocks switched off: weights (blocks, d, e)."""
        shape = (self.count, self.queries.shape[1], self.keys.shape[2])
        return torch.zeros(shape, dtype=torch.float64)

    @cached_property
    def features(self) -> Tensor:
        """What the scores are linear in: (N, n, blocks · d · e), zero but for the key's block."""
        outer = torch.einsum("nd,nke->nkde", self.queries, self.keys).flatten(2)
        mine = torch.nn.functional.one_hot(self.blocks, self.count).double()
        return torch.einsum("kb,nkw->nkbw", mine, outer).flatten(2)

    def scores(self, weights: Tensor) -> Tensor:
        """Scores (N, n)."""
        return self.features @ weights.flatten()

    def loss(self, weights: Tensor) -> Tensor:
        """The mean loss over queries."""
        logits = self.scores(weights) / TEMPERATURE
        if self.wanted is not None and not self.wanted.is_floating_point():
            return torch.nn.functional.cross_entropy(logits, self.wanted)
        output = torch.einsum("nk,nkv->nv", torch.softmax(logits, 1), self.values)
        if self.wanted is None:
            return -output[:, 0].mean()
        return ((output - self.wanted) ** 2).sum(1).mean() / 2

    def gradient(self, weights: Tensor) -> Tensor:
        """The loss gradient, of the shape of the weights."""
        free = weights.detach().requires_grad_()
        (found,) = torch.autograd.grad(self.loss(free), free)
        return found

    @cached_property
    def bounds(self) -> dict[str, float]:
        """What the threshold asks for: G over all outputs in the values' hull, Q, K, D and τ."""
        if self.wanted is None:
            slope = 1.0
        else:  # the squared distance is convex: its gradient is longest at a value
            slope = float((self.values - self.wanted[:, None]).norm(dim=2).max())
        apart = self.values[:, :, None] - self.values[:, None]
        return {
            "loss_slope": slope,
            "largest_query": float(self.queries.norm(dim=1).max()),
            "largest_key": float(self.keys.norm(dim=2).max()),
            "value_diameter": float(apart.norm(dim=3).max()),
            "temperature": TEMPERATURE,
        }


def pointing(generator: np.random.Generator, queries: int, convex: bool) -> Task:
    """Queries that look for one of twelve keys, mostly one of the first of four blocks; seeded.

    The key looked for carries its query's direction and noise, the others noise alone; what is
    wanted is that key, or its value.
    """
    d, blocks = 3, torch.arange(4).repeat_interleave(3)
    q = generator.normal(size=(queries, d))
    k = generator.normal(size=(queries, 12, d))
    target = 3 * generator.choice(4, queries, p=SOUGHT) + generator.integers(0, 3, queries)
    row = np.arange(queries)
    k[row, target] = q + 0.5 * k[row, target]
    v = generator.uniform(-1, 1, (queries, 12, 2))
    q, k = (x / np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1) for x in (q, k))
    wanted: Any = target if convex else v[row, target]
    ask, keys, values, aim = (torch.from_numpy(np.ascontiguousarray(x)) for x in (q, k, v, wanted))
    return Task(ask, keys, values, blocks, aim)


def opposed() -> Task:
    """The threshold's witness: one query, keys ±1 in one block, values 1 and 0, a linear loss."""
    one = torch.ones(1, 1, dtype=torch.float64)
    keys = torch.tensor([[[1.0], [-1.0]]], dtype=torch.float64)
    values = torch.tensor([[[1.0], [0.0]]], dtype=torch.float64)
    return Task(one, keys, values, torch.zeros(2, dtype=torch.long), None)


# -- training ---------------------------------------------------------------------------------


def norms(weights: Tensor) -> Tensor:
    """The Frobenius norm of each block."""
    return weights.flatten(1).norm(dim=1)


def shortened(weights: Tensor, by: Tensor) -> Tensor:
    """Every block shortened by `by`, to exactly 0 where it is no longer."""
    length = norms(weights)
    kept = torch.where(length > by, 1 - by / length.clamp(min=1e-300), 0.0)
    return weights * kept[:, None, None]


def residual(gradient: Tensor, weights: Tensor, penalty: Tensor) -> Tensor:
    """How far each block is from stationary: the least length of gradient + λ·subgradient."""
    length = norms(weights)
    unit = weights / length.clamp(min=1e-300)[:, None, None]
    away = norms(gradient + penalty[:, None, None] * unit)
    return torch.where(length > 0, away, (norms(gradient) - penalty).clamp(min=0))


@dataclass(frozen=True)
class Trained:
    """Final weights, and the longest gradient that each block met on the way."""

    weights: Tensor
    steepest: Tensor
    steps: int


def proximal(
    task: Task, penalty: Tensor, start: Tensor, steps: int, goal: float = 1e-10
) -> Trained:
    """Proximal gradient descent with momentum, which restarts when it leads uphill.

    A step is halved until the gradient changes by no more than the move over the step. Ends when no
    block is farther than `goal` from stationary.
    """
    weights, ahead, momentum, step = start, start, 1.0, 8.0
    steepest = norms(task.gradient(start))
    count = 0
    while count < steps:
        count += 1
        new, step = _descended(task, ahead, penalty, step)
        if float(((ahead - new) * (new - weights)).sum()) > 0:
            momentum = 1.0
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = new + (momentum - 1) / following * (new - weights)
        weights, momentum = new, following
        gradient = task.gradient(weights)
        steepest = steepest.maximum(norms(gradient))
        if float(residual(gradient, weights, penalty).max()) <= goal:
            break
    return Trained(weights, steepest, count)


def _descended(task: Task, here: Tensor, penalty: Tensor, step: float) -> tuple[Tensor, float]:
    slope = task.gradient(here)
    while True:
        new = shortened(here - step * slope, SHORTEN * step * penalty)
        move = new - here
        turn = ((task.gradient(new) - slope) * move).sum()
        if float(turn) <= float((move**2).sum()) / step:
            return new, step
        step /= 2


def at(task: Task, weights: Tensor, penalty: Tensor) -> Tensor:
    """How far each block of these weights is from stationary."""
    return residual(task.gradient(weights), weights, penalty)


def subgradient(task: Task, penalty: Tensor, start: Tensor, steps: int) -> Tensor:
    """Final weights of subgradient descent with step 1/√t."""
    weights = start
    for count in range(1, steps + 1):
        unit = weights / norms(weights).clamp(min=1e-300)[:, None, None]
        slope = task.gradient(weights) + penalty[:, None, None] * unit
        weights = weights - slope / count**0.5
    return weights


def adam(task: Task, penalty: Tensor, start: Tensor, steps: int, rate: float = 1e-2) -> Tensor:
    """Final weights of Adam on loss and penalty together."""
    free = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([free], lr=rate)
    for _ in range(steps):
        optimiser.zero_grad()
        (task.loss(free) + (penalty * norms(free)).sum()).backward()
        optimiser.step()
    return free.detach()


def factorised(
    task: Task, penalty: Tensor, factors: Sequence[Tensor], steps: int, step: float = 0.2
) -> tuple[Tensor, Tensor]:
    """Factors (blocks, rank, d) and (blocks, rank, e) after proximal steps on both.

    The weights are W_g = W_Qᵀ W_K, and λ_g is charged for the norm of either factor.
    """
    asks, offers = factors
    for _ in range(steps):
        slope = task.gradient(product(asks, offers))
        moves = (
            torch.einsum("bre,bde->brd", offers, slope),
            torch.einsum("brd,bde->bre", asks, slope),
        )
        asks, offers = (
            shortened(each - step * move, step * penalty)
            for each, move in zip((asks, offers), moves, strict=True)
        )
    return asks, offers


def product(asks: Tensor, offers: Tensor) -> Tensor:
    """The weights (blocks, d, e) that two factors make."""
    return torch.einsum("brd,bre->bde", asks, offers)


# -- the same minimum by another hand ----------------------------------------------------------


def solved(task: Task, penalty: Tensor) -> np.ndarray:
    """The minimum of a convex task by cvxpy's conic solver: weights (blocks, d, e)."""
    cp: Any = import_module("cvxpy")  # its names are made at run time
    wanted = task.wanted
    if wanted is None or wanted.is_floating_point():
        raise ValueError("expected a task whose loss is convex in the weights")
    many, keys, _ = task.features.shape
    shape = task.zero.shape
    size = shape[1] * shape[2]
    weights = cp.Variable(shape[0] * size)
    scores = cp.reshape(task.features.flatten(0, 1).numpy() @ weights, (many, keys), order="C")
    hit = np.eye(keys)[wanted.numpy()]
    loss = (cp.sum(cp.log_sum_exp(scores, axis=1)) - cp.sum(cp.multiply(hit, scores))) / many
    cost = sum(
        float(lam) * cp.norm(weights[size * g : size * (g + 1)], 2) for g, lam in enumerate(penalty)
    )
    cp.Problem(cp.Minimize(loss + cost)).solve(solver=cp.CLARABEL)
    return np.asarray(weights.value).reshape(shape)


def objective(task: Task, weights: Tensor, penalty: Tensor) -> float:
    """Loss and penalty."""
    return float(task.loss(weights) + (penalty * norms(weights)).sum())
