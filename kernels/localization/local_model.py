"""The localization trick: θ(x*) = argmin over θ of Σ K(x*, x_i)·ℓ(θ, x_i, y_i), any model, locally.

Quadratic losses are solved by their normal equations, any other by Newton's method with the loss's
own derivatives; the solution is differentiated through the equation ∇ = 0 that it solves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor
from torch.func import grad, jacrev, vmap

from locality.kernels.arguments import shown, whole
from locality.kernels.localization.bandwidth import Bandwidth, checked
from locality.kernels.localization.fitted import Fitted, Localizer, present, some_weight
from locality.kernels.localization.log_kernels import LogKernel, Weigher
from locality.theory.core.errors import InputError

Loss = Callable[[Tensor, Tensor, Tensor], Tensor]
"""Of θ (k,), a key (d,) and its value (e,), or a number where values have no e: a number."""

STEPS = 100  # of Newton's method
HALVINGS = 40  # of a step that does not lower the loss
DECREASE = 0.25  # of what a full step promises must come true (Armijo)


class LocalModel:
    """A model fitted anew around each query, to the keys as a kernel weighs them.

    loss: "constant" (squared error of a constant: the local mean), "linear" (squared error of an
    affine function of key − query: local-linear regression; where the weighted keys do not span
    all directions, the flattest one), or a function of (θ, key, value), twice differentiable and
    strictly convex in θ, with `parameters` its length. kernel, bandwidth and dial as for
    `LocalMean`. InputError says what was wrong. Source: localization.
    """

    def __init__(
        self,
        loss: str | Loss = "linear",
        kernel: str | LogKernel = "gaussian",
        bandwidth: Bandwidth = 1.0,
        dial: float = 0.0,
        parameters: int | None = None,
    ) -> None:
        named = isinstance(loss, str) and loss in ("constant", "linear")
        if not named and (isinstance(loss, str) or not callable(loss)):
            raise InputError(
                f"loss = {shown(loss)}: expected constant, linear, or a function of theta, key "
                "and value"
            )
        if named != (parameters is None):
            raise InputError(
                f"parameters = {shown(parameters)} for loss {shown(loss)}: expected the length of "
                "theta, for a loss of one's own only"
            )
        self.loss = loss
        self.parameters = None if parameters is None else whole("parameters", parameters, 1)
        self.localizer = Localizer(Weigher(kernel, checked(bandwidth)), dial)
        self._fitted: Fitted | None = None

    def fit(self, keys: Any, values: Any, blocks: Any = None) -> LocalModel:
        """Keep keys (…, n, d), values (…, n, e) or (…, n), and block ids (n,) or (…, n)."""
        self._fitted = Fitted.of(keys, values, blocks)
        if callable(self.loss) and self._fitted.keys.ndim > 2:
            raise InputError(
                f"keys of shape {tuple(self._fitted.keys.shape)} for a loss of one's own: "
                "expected (n, d)"
            )
        return self

    def solve(self, queries: Any, relevant: Any = None) -> Tensor:
        """θ at queries (…, q, d).

        "constant": (…, q, e, 1), "linear": (…, q, e, 1 + d), the value at the query and the slopes;
        without e for values without it. A loss of one's own: (q, parameters). InputError where no
        key has any weight or Newton's method does not settle.
        """
        fitted = present(self._fitted)
        q = fitted.queries(queries)
        solver, width = self._solver(fitted)

        def solved(t: Tensor, near: Tensor | None, rows: Tensor) -> tuple[Tensor, ...]:
            some_weight(t.logsumexp(-1))
            return (solver(torch.softmax(t, dim=-1), rows).flatten(q.ndim - 1),)

        own = fitted.inside(relevant, q)
        found = self.localizer.run(fitted, q, own, solved, width, not callable(self.loss))[0]
        if callable(self.loss):
            return found
        theta = found.unflatten(-1, (fitted.values.shape[-1], -1))
        return theta.squeeze(-2) if fitted.flat else theta

    def predict(self, queries: Any, relevant: Any = None) -> Tensor:
        """The fitted value at the queries, (…, q, e) or (…, q); "constant" and "linear" only."""
        if callable(self.loss):
            raise InputError("a loss of one's own predicts nothing by itself: expected solve()")
        return self.solve(queries, relevant)[..., 0]

    def _solver(self, fitted: Fitted) -> tuple[Callable[[Tensor, Tensor], Tensor], int]:
        """θ of normalised weights (…, q, n) and queries, and the numbers held for each weight."""
        dim, channels = fitted.keys.shape[-1], fitted.values.shape[-1]
        if self.loss == "constant":
            return lambda p, rows: (p @ fitted.values).unsqueeze(-1), 1
        if self.loss == "linear":
            return lambda p, rows: _linear(p, rows, fitted), dim
        size = self.parameters or 1
        newton = _Newton(cast(Loss, self.loss), fitted, size)
        return newton.solve, channels + size**2


def _linear(p: Tensor, queries: Tensor, fitted: Fitted) -> Tensor:
    """Value at the query and slopes (…, q, e, 1 + d): least squares about the weighted means."""
    keys, values = fitted.keys.unsqueeze(-3), fitted.values
    middle, level = p @ fitted.keys, p @ values
    away = keys - middle.unsqueeze(-2)
    weighted = p.unsqueeze(-1) * away
    spread = weighted.mT @ away
    slope = torch.linalg.pinv(spread, hermitian=True) @ (weighted.mT @ values.unsqueeze(-3))
    at = level + ((queries - middle).unsqueeze(-2) @ slope).squeeze(-2)
    return torch.cat([at.unsqueeze(-1), slope.mT], dim=-1)


@dataclass(frozen=True)
class _Newton:
    """Newton's method with halved steps, all queries of a tile at once."""

    loss: Loss
    fitted: Fitted
    parameters: int

    def solve(self, p: Tensor, queries: Tensor) -> Tensor:
        """θ (q, parameters) for normalised weights (q, n), differentiable in weights and data."""
        theta = self._minimum(p)
        slope, curve = self._derivatives(theta, p)
        # Nothing to first order in value, but its derivative is that of the solution.
        return theta - torch.linalg.solve(curve.detach(), slope) if slope.requires_grad else theta

    @torch.no_grad()
    def _minimum(self, p: Tensor) -> Tensor:
        theta = p.new_zeros(len(p), self.parameters)
        small = 8 * torch.finfo(p.dtype).eps
        for _ in range(STEPS):
            slope, curve = self._derivatives(theta, p)
            step, promised = _newton_step(slope, curve)
            now = self._risk(theta, p)
            moves = (step.abs() > small * theta.abs()).any(-1)
            going = moves & (promised > small * now.abs())
            if not bool(going.any()):
                return theta - step  # too short for the loss to tell, it squares the error left
            theta = self._stepped(theta, step * going.unsqueeze(-1), promised, now, p)
        raise InputError(
            f"loss: no minimum within {STEPS} steps of Newton's method: expected a loss that is "
            "strictly convex and has one around every query"
        )

    def _stepped(
        self, theta: Tensor, step: Tensor, promised: Tensor, now: Tensor, p: Tensor
    ) -> Tensor:
        """Each query's step, halved until the loss falls as it should or cannot be told to."""
        size = torch.ones_like(now)
        slack = 8 * torch.finfo(p.dtype).eps * now.abs()
        for _ in range(HALVINGS):
            then = self._risk(theta - size.unsqueeze(-1) * step, p)
            short = ~(then <= now - DECREASE * size * promised + slack) & (step != 0).any(-1)
            if not bool(short.any()):
                break
            size = torch.where(short, size / 2, size)
        return theta - size.unsqueeze(-1) * step

    def _risk(self, theta: Tensor, p: Tensor) -> Tensor:
        return vmap(self._weighted)(theta, p)

    def _derivatives(self, theta: Tensor, p: Tensor) -> tuple[Tensor, Tensor]:
        slope = grad(self._weighted)
        return vmap(slope)(theta, p), vmap(jacrev(slope))(theta, p)

    def _weighted(self, theta: Tensor, p: Tensor) -> Tensor:
        values = self.fitted.shaped(self.fitted.values)
        losses = vmap(self.loss, in_dims=(None, 0, 0))(theta, self.fitted.keys, values)
        return (p * losses).sum()


def _newton_step(slope: Tensor, curve: Tensor) -> tuple[Tensor, Tensor]:
    """The step to the minimum of the quadratic model, and twice what that lowers the loss by."""
    factor, failed = torch.linalg.cholesky_ex(curve)
    if bool(((failed != 0) | ~curve.isfinite().flatten(1).all(-1)).any()):
        raise InputError(
            "loss: its second derivative is not positive definite: expected a loss that is "
            "strictly convex in theta"
        )
    step = torch.cholesky_solve(slope.unsqueeze(-1), factor).squeeze(-1)
    return step, (slope * step).sum(-1)
