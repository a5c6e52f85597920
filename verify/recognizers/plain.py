"""A transformer with strictly masked heads, in plain torch: this file needs nothing else.

Copied beside a saved model it runs it: `load(path)` reads what `export.save` wrote. Attention
is torch's own, on dense masks: time and memory grow with the square of the length.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import relu, scaled_dot_product_attention

Attention = Callable[[Tensor, Tensor, Tensor, int | None], Tensor]


def masked_attention(q: Tensor, k: Tensor, v: Tensor, window: int | None) -> Tensor:
    """Softmax attention to the last `window` earlier positions, or to all of them if None.

    q, k, v (words, heads, positions, dim), scores ⟨q, k⟩. A position without a past gets 0.
    """
    at = torch.arange(q.shape[2], device=q.device)
    behind = at.unsqueeze(1) - at
    visible = behind >= 1 if window is None else (behind >= 1) & (behind <= window)
    seen = visible.any(1, keepdim=True)
    mixed = scaled_dot_product_attention(q, k, v, attn_mask=visible | ~seen, scale=1.0)
    return mixed.masked_fill(~seen, 0.0)


class Heads(nn.Module):
    """Attention heads of size 1 with one mask: a window of earlier positions, None for all."""

    def __init__(self, width: int, count: int, window: int | None) -> None:
        super().__init__()
        self.window = window
        self.query = nn.Linear(width, count)
        self.key = nn.Linear(width, count, bias=False)
        self.value = nn.Linear(width, count, bias=False)
        self.out = nn.Linear(count, width, bias=False)

    def project(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values (words, heads, positions, 1) of a stream."""
        q, k, v = (part(x).mT.unsqueeze(-1) for part in (self.query, self.key, self.value))
        return q, k, v

    def forward(self, x: Tensor, attention: Attention) -> Tensor:
        mixed: Tensor = attention(*self.project(x), self.window)
        return self.out(mixed.squeeze(-1).mT)


class FeedForward(nn.Module):
    """One hidden layer of ReLUs."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(width, hidden)
        self.out = nn.Linear(hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.out(relu(self.hidden(x)))


class Layer(nn.Module):
    """Heads beside each other, then feed-forward steps one after another, all added to the stream.

    `heads`: (count, window) of each mask; `steps`: the hidden size of each.
    """

    def __init__(self, width: int, heads: Any, steps: Sequence[int]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(Heads(width, count, window) for count, window in heads)
        self.steps = nn.ModuleList(FeedForward(width, hidden) for hidden in steps)

    @property
    def groups(self) -> list[Heads]:
        return [heads for heads in self.heads if isinstance(heads, Heads)]

    def forward(self, x: Tensor, attention: Attention) -> Tensor:
        x = x + sum(heads(x, attention) for heads in self.groups)
        for step in self.steps:
            x = x + step(x)
        return x


class Transformer(nn.Module):
    """Letters to the truth of a formula at every position.

    `shape` holds "letters" and "width", and "layers", each {"heads": [[count, window], …], "steps":
    [hidden, …]}. No positions are encoded: order comes from the masks alone.
    """

    def __init__(self, shape: dict[str, Any], attention: Attention = masked_attention) -> None:
        super().__init__()
        width = shape["width"]
        self.attention = attention
        self.embed = nn.Embedding(shape["letters"] + 1, width)
        self.layers = nn.ModuleList(
            Layer(width, each["heads"], each["steps"]) for each in shape["layers"]
        )
        self.read = nn.Linear(width, 1, bias=False)

    @property
    def stack(self) -> list[Layer]:
        return [layer for layer in self.layers if isinstance(layer, Layer)]

    def start(self, codes: Tensor) -> Tensor:
        """The stream before the first layer, (words, positions, width)."""
        return self.embed(codes.remainder(self.embed.num_embeddings))

    def forward(self, codes: Tensor) -> Tensor:
        """Truth (words, positions) for letter numbers; −1 stands after the last letter of a word,
        and there the word is accepted (1) or not (0).
        """
        x = self.start(codes)
        for layer in self.stack:
            x = layer(x, self.attention)
        return self.read(x).squeeze(-1)


def load(path: str) -> Transformer:
    """A saved model, its weights fixed; `torch` and `safetensors` are enough."""
    from safetensors import safe_open

    with safe_open(path, framework="pt") as file:
        shape = json.loads(file.metadata()["shape"])
        weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  not a dict
    model = Transformer(shape).to(weights["embed.weight"].dtype)
    model.load_state_dict(weights)
    return model.requires_grad_(False).eval()
