"""Torch as a number system of theory's printed formulas: bounds take tensors, with autograd."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from locality.theory.core.numbers import NumberSystem, register, turning_share


def _float64(value: Any) -> Tensor:
    """Tensors keep their device; numbers become float64 at once, lest they pass through float32."""
    return torch.as_tensor(value, dtype=torch.float64)


def _decay_root(t: Tensor) -> Tensor:
    """The x ≥ 0 with (1 + x)e^−x = t, by Newton from the right of the root."""
    depth = -torch.log(t)
    guess = depth + torch.sqrt(2.0 * depth)
    for _ in range(12):
        excess = guess - torch.log1p(guess) - depth
        slope = torch.where(guess > 0, guess / (1.0 + guess), 1.0)
        guess = (guess - excess / slope).clamp(min=0.0)
    return guess


def _on_tensors(function: Callable[[Tensor], Tensor]) -> Callable[[Any], Tensor]:
    return lambda value: function(_float64(value))


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "log": _on_tensors(lambda t: torch.log(t)),
    "exp": _on_tensors(lambda t: torch.exp(t)),
    "odds": _on_tensors(lambda t: torch.exp(t)),
    "sqrt": _on_tensors(lambda t: torch.sqrt(t)),
    "tanh": _on_tensors(lambda t: torch.tanh(t)),
    "sigmoid": _on_tensors(lambda t: torch.sigmoid(t)),
    "softplus": _on_tensors(lambda t: torch.logaddexp(t, torch.zeros_like(t))),
    "fall": _on_tensors(lambda t: -torch.expm1(-t)),
    "logit": _on_tensors(lambda t: torch.log(t) - torch.log1p(-t)),
    "decay_root": _on_tensors(_decay_root),
    "turning_share": _on_tensors(lambda t: turning_share(t, torch)),
    "ramp": _on_tensors(lambda t: t.clamp(min=0.0)),
    "abs": _on_tensors(lambda t: torch.abs(t)),
    "ratio": lambda above, below: above / below,
    "pi": lambda: math.pi,
}


def register_torch() -> None:
    """Let theory's bounds take tensors."""
    register(NumberSystem("torch", lambda value: isinstance(value, Tensor), FUNCTIONS, _float64))
