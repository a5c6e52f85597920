"""A transformer as what it is: local means, one a head, between maps of each token alone.

    model = HierarchicalLocalModel.from_encoder(encoder)     # torch's encoder, or a BERT
    model(x)                                                 # what the encoder puts out
    model.layers[3].neighbours(x).nearest(5)                 # whom each token is a mean of

A layer's heads are `LocalMean` with the kernel "dot" at τ = √dim; queries, keys and values are
affine maps of the layer's tokens. Tokens are (batch, tokens, model), or (tokens, model); `visible`
(batch, tokens) or (tokens,) says which are no padding. Source: localization.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from locality.kernels.arguments import described, flags, integers
from locality.kernels.localization.local_mean import LocalMean, LocalMeans
from locality.theory.core.errors import InputError

Pointwise = Callable[[Tensor], Tensor]
"""A map of each token alone: of its last dimension."""


@dataclass(frozen=True)
class Affine:
    """Wx + b, or Wx where b is None."""

    weight: Tensor
    bias: Tensor | None

    @classmethod
    def of(cls, linear: nn.Linear) -> Affine:
        """What a linear module computes."""
        return cls(linear.weight, linear.bias)

    def __call__(self, x: Tensor) -> Tensor:
        """The map of the last dimension."""
        return nn.functional.linear(x, self.weight, self.bias)


@dataclass(frozen=True)
class Neighbours:
    """Which tokens each token is a mean of, in every head.

    `weights` (batch, heads, tokens, tokens) sum to 1 over the last axis; `entropy` in nats and
    `effective` = 1/Σp², an effective number of neighbours, are (batch, heads, tokens).
    """

    weights: Tensor
    entropy: Tensor
    effective: Tensor

    def nearest(self, count: int) -> tuple[Tensor, Tensor]:
        """The `count` tokens of the largest weights, and these: (batch, heads, tokens, count)."""
        most = self.weights.shape[-1]
        if not 1 <= count <= most:
            raise InputError(f"count = {count}: expected 1 to {most}, as many as there are tokens")
        weights, tokens = self.weights.topk(count, dim=-1)
        return tokens, weights


@dataclass(frozen=True)
class BlockChange:
    """What keeping every head to blocks changes of a layer's heads, and the bound of that.

    `change` and `bound` (batch, tokens): the length of the change of the summed heads' output, and
    Σ_h ε_h‖U_h‖D of `transformer-is-hierarchical-local-model`. `leakage` (batch, heads, tokens) is
    ε, `gain` (heads,) the norms, `diameter` (batch, tokens) D, the largest distance from a token of
    the own block to one outside.
    """

    change: Tensor
    bound: Tensor
    leakage: Tensor
    gain: Tensor
    diameter: Tensor


@dataclass(frozen=True)
class Heads:
    """The heads of one layer: local means of mapped tokens, put out through one more map."""

    query: Affine
    key: Affine
    value: Affine
    output: Affine
    count: int

    @property
    def temperature(self) -> float:
        """τ = √dim."""
        return math.sqrt(self.query.weight.shape[0] // self.count)

    def __call__(self, x: Tensor, blocks: Tensor | None = None) -> Tensor:
        """Their output at tokens (batch, tokens, model), each keeping to its own block if any."""
        queries, mean, own = self._fitted(x, blocks)
        return self.output(mean.predict(queries, own).transpose(-2, -3).flatten(-2))

    def describe(self, x: Tensor, blocks: Tensor | None = None) -> tuple[Tensor, LocalMeans]:
        """Their weights (batch, heads, tokens, tokens), and local means with their statistics."""
        queries, mean, own = self._fitted(x, blocks)
        return mean.weights(queries, own), mean.describe(queries, own)

    @cached_property
    def gain(self) -> Tensor:
        """‖W_O^h W_V^h‖, how much each head can lengthen a difference of tokens; (heads,)."""
        model = self.output.weight.shape[0]
        outputs = self.output.weight.reshape(model, self.count, -1).transpose(0, 1)
        values = self.value.weight.reshape(self.count, -1, self.value.weight.shape[1])
        return torch.linalg.matrix_norm(outputs @ values, ord=2)

    def _fitted(self, x: Tensor, blocks: Tensor | None) -> tuple[Tensor, LocalMean, Tensor | None]:
        """Queries, the local mean over keys and values, and each query's block; all by head."""
        q, k, v = (self._split(part(x)) for part in (self.query, self.key, self.value))
        if blocks is None:
            return q, LocalMean("dot", self.temperature).fit(k, v), None
        ids = blocks.unsqueeze(-2).expand(k.shape[:-1])
        own = ids.clamp(min=0)  # padding has no block of its own, and its output no meaning
        return q, LocalMean("dot", self.temperature, dial=math.inf).fit(k, v, ids), own

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.count, -1)).transpose(-2, -3)


@dataclass(frozen=True)
class LocalLayer:
    """One encoder layer: heads and a feed-forward map, each with a residual and a norm.

    Norms act before what they belong to (`norm_first`) or after the residual was added.
    """

    heads: Heads
    feed_forward: Pointwise
    norms: tuple[Pointwise, Pointwise]
    norm_first: bool

    def __call__(self, x: Tensor, visible: Any = None) -> Tensor:
        """The layer's output at tokens x."""
        tokens, seen = checked(x, visible)
        first, second = self.norms
        if self.norm_first:
            mixed = tokens + self.heads(first(tokens), seen)
            found = mixed + self.feed_forward(second(mixed))
        else:
            mixed = first(tokens + self.heads(tokens, seen))
            found = second(mixed + self.feed_forward(mixed))
        return found.reshape(x.shape)

    def neighbours(self, x: Tensor, visible: Any = None) -> Neighbours:
        """Which tokens each token is a mean of; x are the layer's inputs."""
        tokens, seen = checked(x, visible)
        weights, means = self.heads.describe(self._read(tokens), seen)
        return Neighbours(weights, means.entropy, 1 / means.collision)

    def kept_to(self, blocks: Any, x: Tensor) -> BlockChange:
        """What it changes to keep every head to the tokens' own blocks, ids ≥ 0 (batch, tokens) or
        (tokens,), of which there are at least two.
        """
        tokens, _ = checked(x, None)
        read = self._read(tokens)
        ids = _ids(blocks, tokens)
        apart = ids.unsqueeze(-1) != ids.unsqueeze(-2)
        leakage = (self.heads.describe(read)[0] * apart.unsqueeze(-3)).sum(-1)
        change = (self.heads(read) - self.heads(read, ids)).norm(dim=-1)
        diameter = _diameter(read, ids, apart)
        bound = (leakage * self.heads.gain.unsqueeze(-1)).sum(-2) * diameter
        return BlockChange(change, bound, leakage, self.heads.gain, diameter)

    def _read(self, tokens: Tensor) -> Tensor:
        """What the heads are given of the layer's inputs."""
        return self.norms[0](tokens) if self.norm_first else tokens


@dataclass(frozen=True)
class HierarchicalLocalModel:
    """A transformer encoder as a composition of local means and maps of each token alone.

    `layers` in order, `last` the norm after them; `embed` makes a BERT's tokens from its inputs
    (ids and, by name, types), None for an encoder that is given tokens. Calling it gives the
    encoder's output: equal in real arithmetic, so within rounding.
    """

    layers: tuple[LocalLayer, ...]
    last: Pointwise = torch.nn.Identity()  # noqa: RUF009  has neither state nor parameters
    embed: Callable[..., Tensor] | None = None

    @classmethod
    def from_encoder(cls, module: nn.Module) -> HierarchicalLocalModel:
        """From a trained nn.TransformerEncoderLayer, nn.TransformerEncoder or transformers'
        BertModel. Parameters are shared, so that gradients reach the module.

        InputError for dropout in train mode, whose weights are no mean's, and for other modules.
        """
        from locality.kernels.localization.encoders import read

        layers, last, embed = read(module)
        return cls(tuple(layers), last, embed)

    def __call__(self, x: Tensor, visible: Any = None) -> Tensor:
        """The encoder's output at tokens x; where padding is, without meaning."""
        return self.last(self.inputs(x, visible)[-1])

    def inputs(self, x: Tensor, visible: Any = None) -> list[Tensor]:
        """What each layer is given, and at the end what the last one puts out."""
        given = [x]
        for layer in self.layers:
            given.append(layer(given[-1], visible))
        return given

    def neighbours(self, x: Tensor, visible: Any = None) -> list[Neighbours]:
        """Which tokens each token is a mean of, layer by layer."""
        pairs = zip(self.layers, self.inputs(x, visible), strict=False)
        return [layer.neighbours(given, visible) for layer, given in pairs]


def checked(x: Any, visible: Any) -> tuple[Tensor, Tensor | None]:
    """Tokens (batch, tokens, model), and as blocks what is visible: 0, padding −1."""
    if not (isinstance(x, Tensor) and x.is_floating_point() and x.ndim in (2, 3)):
        found = described(x) if isinstance(x, Tensor) else type(x).__name__
        raise InputError(f"x: {found}: expected floats (batch, tokens, model) or (tokens, model)")
    tokens = x if x.ndim == 3 else x.unsqueeze(0)
    if visible is None:
        return tokens, None
    shape = "(batch, tokens) or (tokens,)"
    seen = flags("visible", visible, (1, 2), shape).to(x.device)
    if tuple(seen.shape) not in (tuple(tokens.shape[:2]), tuple(tokens.shape[1:2])):
        raise InputError(f"visible: {described(seen)} for x {described(x)}: expected {shape}")
    seen = seen.expand(tokens.shape[:2])
    return tokens, None if bool(seen.all()) else seen.long() - 1


def _ids(blocks: Any, tokens: Tensor) -> Tensor:
    """Block ids (batch, tokens), at least two blocks in each item."""
    ids = integers("blocks", blocks, "ids ≥ 0 (batch, tokens) or (tokens,)", tokens.device)
    if tuple(ids.shape) not in (tuple(tokens.shape[:2]), tuple(tokens.shape[1:2])):
        raise InputError(f"blocks: {described(ids)}: expected one id for each of {tokens.shape[1]}")
    ids = ids.expand(tokens.shape[:2])
    if int(ids.min()) < 0 or bool((ids == ids[:, :1]).all(-1).any()):
        raise InputError(f"blocks {ids.unique().tolist()}: expected at least two blocks, ids ≥ 0")
    return ids


def _diameter(tokens: Tensor, ids: Tensor, apart: Tensor) -> Tensor:
    """The largest distance from a token of the own block to one outside; (batch, tokens)."""
    distance = torch.cdist(tokens, tokens, compute_mode="donot_use_mm_for_euclid_dist")
    farthest = distance.masked_fill(~apart, 0.0).amax(-1)
    return farthest.unsqueeze(-2).masked_fill(apart, 0.0).amax(-1)
