"""A small causal language model of characters with a dial on each layer, and its training.

The text is two plays that come with the project; a block is a line of the play, with the newline
that ends it, and the relevant block of a query is its own line. Attention of a layer at dial λ is
p ∝ exp((s_j − λ[j∉R])/τ) over the characters up to the query's own, τ the root of a head's width.
Dials are given as λ/τ, so that e^(−λ/τ) is the share of its weight that a key outside the line
keeps. Layers are x + attention(u) + mlp(u), u = √width·x/‖x‖: their Lipschitz constants are easy to
bound.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize, relu, scaled_dot_product_attention

HELD_OUT = 0.1  # the last tenth of each play
WARM_UP = 0.05
DECAY = 0.1


@dataclass(frozen=True)
class Plan:
    """A model's size and how long it learns; a checkpoint is kept every `every` steps."""

    layers: int
    width: int = 64
    heads: int = 4
    context: int = 80
    batch: int = 8
    steps: int = 800
    rate: float = 1e-2
    every: int = 100


# -- text --------------------------------------------------------------------------------------


def plays() -> bytes:
    """The file of plays; its head tells their origin."""
    return (files(__package__) / "texts" / "plays.txt").read_bytes()


@dataclass(frozen=True)
class Corpus:
    """Characters as numbers, by their place in the alphabet, in which the newline comes first."""

    alphabet: str
    train: Tensor
    held_out: Tensor


@cache
def corpus() -> Corpus:
    """The plays, the last tenth of each held out."""
    parts = [part.partition("\n")[2] for part in plays().decode("ascii").split("\n== ")[1:]]
    texts = [part.strip("\n") + "\n" for part in parts]
    alphabet = "".join(sorted(set("".join(texts))))
    cuts = [text.index("\n", int(len(text) * (1 - HELD_OUT))) + 1 for text in texts]
    starts = "".join(text[:cut] for text, cut in zip(texts, cuts, strict=True))
    ends = "".join(text[cut:] for text, cut in zip(texts, cuts, strict=True))
    return Corpus(alphabet, *(torch.tensor([*map(alphabet.index, t)]) for t in (starts, ends)))


def drawn(text: Tensor, plan: Plan, seed: int, step: int) -> tuple[Tensor, Tensor]:
    """Windows of the text and what follows each character: those of one step, (batch, context)."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + step)
    starts = torch.randint(len(text) - plan.context, (plan.batch, 1), generator=generator)
    windows = text[starts + torch.arange(plan.context + 1)]
    return windows[:, :-1], windows[:, 1:]


def windows(text: Tensor, context: int, most: int | None = None) -> tuple[Tensor, Tensor]:
    """Windows one after another, evenly thinned to `most` of them, and what follows; as `drawn`."""
    every = text[: (len(text) - 1) // context * context + 1].unfold(0, context + 1, context)
    if most is not None:
        every = every[torch.linspace(0, len(every) - 1, min(most, len(every))).long()]
    return every[:, :-1], every[:, 1:]


def lines(tokens: Tensor) -> Tensor:
    """The number of each character's line in its window; a newline is in the line it ends."""
    ends = (tokens == 0).long()
    return ends.cumsum(-1) - ends


# -- model -------------------------------------------------------------------------------------


def biases(line: Tensor, dial: float) -> Tensor:
    """What is added to s/τ, (batch, 1, queries, keys): 0, −λ/τ outside the line, −∞ ahead."""
    own = line.unsqueeze(-1) == line.unsqueeze(-2)
    ahead = torch.ones_like(own[0]).triu(1)
    outside = torch.where(own, 0.0, -dial) if dial else torch.zeros(own.shape)
    return outside.masked_fill(ahead, -math.inf).unsqueeze(1)


class Layer(nn.Module):
    """x + attention(u) + mlp(u), u the rows of x at length √width."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.heads = plan.heads
        self.qkv = nn.Linear(plan.width, 3 * plan.width, bias=False)
        self.out = nn.Linear(plan.width, plan.width, bias=False)
        self.up = nn.Linear(plan.width, 4 * plan.width)
        self.down = nn.Linear(4 * plan.width, plan.width)

    def projected(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """q, k, v (batch, heads, positions, dim) of the states x."""
        q, k, v = self.qkv(unit(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return q, k, v

    def branch(self, x: Tensor, bias: Tensor) -> Tensor:
        """What the layer adds to x, given what is added to its scaled scores."""
        seen = scaled_dot_product_attention(*self.projected(x), attn_mask=bias.to(x.dtype))
        attended: Tensor = self.out(seen.transpose(1, 2).flatten(2))
        return attended + self.down(relu(self.up(unit(x))))

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        return x + self.branch(x, bias)


def unit(x: Tensor) -> Tensor:
    """The rows of x at length √width."""
    return math.sqrt(x.shape[-1]) * normalize(x, dim=-1)


class Model(nn.Module):
    """Characters in, logits of the next character out."""

    def __init__(self, plan: Plan, letters: int) -> None:
        super().__init__()
        self.letter = nn.Embedding(letters, plan.width)
        self.place = nn.Embedding(plan.context, plan.width)
        self.layers = nn.ModuleList(Layer(plan) for _ in range(plan.layers))
        self.read = nn.Linear(plan.width, letters)
        nn.init.normal_(self.place.weight, std=0.3)  # well below the letters: it learns faster
        for layer in self.stack:
            nn.init.normal_(layer.out.weight, std=0.02)
            nn.init.normal_(layer.down.weight, std=0.02)

    @property
    def stack(self) -> tuple[Layer, ...]:
        """The layers, the lowest first."""
        return tuple(layer for layer in self.layers if isinstance(layer, Layer))

    def embedded(self, tokens: Tensor) -> Tensor:
        """The states below the first layer, (batch, positions, width)."""
        summed: Tensor = self.letter(tokens) + self.place.weight[: tokens.shape[-1]]
        return summed

    def states(self, tokens: Tensor, dials: Sequence[float]) -> list[Tensor]:
        """The states below, between and above the layers; `dials` are λ/τ, one a layer."""
        line = lines(tokens)
        added = {dial: biases(line, dial) for dial in set(dials)}
        found = [self.embedded(tokens)]
        for layer, dial in zip(self.stack, dials, strict=True):
            found.append(layer(found[-1], added[dial]))
        return found

    def forward(self, tokens: Tensor, dials: Sequence[float]) -> Tensor:
        logits: Tensor = self.read(unit(self.states(tokens, dials)[-1]))
        return logits


def loss(model: Model, batch: tuple[Tensor, Tensor], dials: Sequence[float]) -> Tensor:
    """Mean −ln p of what follows, in nats a character."""
    tokens, following = batch
    return cross_entropy(model(tokens, dials).flatten(0, 1), following.flatten())


@torch.no_grad()
def validation(model: Model, plan: Plan, dials: Sequence[float], most: int | None = None) -> float:
    """Nats a character on the held-out text, each window on its own."""
    return float(loss(model, windows(corpus().held_out, plan.context, most), dials))


@contextmanager
def single_thread() -> Iterator[None]:
    """One thread inside: the same sums in the same order, and a study leaves other cores alone."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


# -- training ----------------------------------------------------------------------------------


def trained(plan: Plan, dials: Sequence[float], seed: int, folder: Path) -> Model:
    """The model trained at the given λ/τ; a training that was interrupted goes on in `folder`.

    Models of one seed start from the same weights and see the same windows, whatever their dials.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Model(plan, len(corpus().alphabet))
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=DECAY, betas=(0.9, 0.99))
    file = folder / "training.pt"
    for step in range(_restored(file, model, optimiser), plan.steps):
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * _pace((step + 1) / plan.steps)
        optimiser.zero_grad()
        loss(model, drawn(corpus().train, plan, seed, step), dials).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if (step + 1) % plan.every == 0:
            _keep(file, model, optimiser, step + 1)
    return model.eval()


def _pace(done: float) -> float:
    """The learning rate over its largest: a line up, then half a cosine down."""
    if done < WARM_UP:
        return done / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


def _restored(file: Path, model: Model, optimiser: Any) -> int:
    """Loads a checkpoint where there is one; the steps that are done."""
    if not file.exists():
        return 0
    kept = torch.load(file, weights_only=True)
    model.load_state_dict(kept["model"])
    optimiser.load_state_dict(kept["optimiser"])
    return int(kept["steps"])


def _keep(file: Path, model: Model, optimiser: Any, steps: int) -> None:
    half = file.with_suffix(".half")
    state = {"model": model.state_dict(), "optimiser": optimiser.state_dict(), "steps": steps}
    torch.save(state, half)
    os.replace(half, file)
