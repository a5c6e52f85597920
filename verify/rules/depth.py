"""What a cache of several layers keeps of a rule after the rule's keys are gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from locality.kernels import attend


@dataclass(frozen=True)
class Layer:
    """Projections (dim, dim) to queries, keys and values; what is read is added to a token."""

    query: Tensor
    key: Tensor
    value: Tensor

    @staticmethod
    def drawn(dim: int, seed: int) -> Layer:
        """Gaussian projections that keep the size of tokens, float64."""
        generator = torch.Generator().manual_seed(seed)
        three = torch.randn(3, dim, dim, generator=generator, dtype=torch.float64) / dim**0.5
        return Layer(*three)

    def attended(self, tokens: Tensor, seen: Tensor) -> Tensor:
        """What tokens (count, dim) read of those that they see, themselves last: causally."""
        q, k, v = tokens @ self.query, seen @ self.key, seen @ self.value
        return attend(q[None, None], k[None, None], v[None, None], mask="causal").output[0, 0]


def states(tokens: Tensor, layers: Sequence[Layer]) -> list[Tensor]:
    """The tokens (count, dim) before each layer: what a cache of keys and values stands for."""
    found = [tokens]
    for layer in layers[:-1]:
        found.append(found[-1] + layer.attended(found[-1], found[-1]))
    return found


def read(token: Tensor, cached: Sequence[Tensor], layers: Sequence[Layer]) -> list[Tensor]:
    """What one more token (1, dim) reads in each layer of the tokens cached before it."""
    found, state = [], token
    for layer, before in zip(layers, cached, strict=True):
        found.append(layer.attended(state, torch.cat([before, state])))
        state = state + found[-1]
    return found


def left_behind(rule: Tensor, old: Tensor, token: Tensor, layers: Sequence[Layer]) -> list[float]:
    """By layer, how far what a new token reads is from what it would read had there been no rule.

    The rule (m, dim) stood before the old tokens (c, dim) when their states were computed; then its
    own entries were removed from the cache of every layer, and the new token (1, dim) came. In the
    first layer the distance is that of rounding at most; from the second on old tokens bring with
    them what they read of the rule.
    """
    with_rule = states(torch.cat([rule, old]), layers)
    removed = [state[len(rule) :] for state in with_rule]
    pairs = zip(read(token, removed, layers), read(token, states(old, layers), layers), strict=True)
    return [float((one - other).norm()) for one, other in pairs]
