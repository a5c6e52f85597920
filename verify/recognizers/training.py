"""Small transformers trained to recognise a language, under a pattern of attention.

No positions are encoded: all that a model knows of order it gets from its masks. Every head is
strict; a local one sees the `window` positions before its own, a global one all earlier positions.
The model reads a word at the position after its last letter, which holds the letter "end".

In training it reads every prefix at once. A prefix's reader is a position of its own that holds the
end and sees the letters of the prefix; nothing sees a reader. So what is read is exactly what the
model finds of the prefix as a word: a test holds it to that.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, pad, relu

from locality.kernels import Mask, attend
from locality.theory.expressivity.types import GLOBAL, Operators, hybrid, local
from locality.verify.recognizers.languages import Language
from locality.verify.recognizers.samples import Codes, Sampler, Truth

PATTERNS: dict[str, Operators] = {
    "local-1": local(1),
    "local-2": local(2),
    "local-4": local(4),
    "hybrid-1": hybrid(1),
    "hybrid-2": hybrid(2),
    "hybrid-4": hybrid(4),
    "global": GLOBAL,
}
HIDDEN = -1e9  # added to a score: e to that power is 0
WARM_UP = 0.1
DECAY = 0.01
RAREST = 0.02
HELD_OUT = 1000  # added to the seed for words drawn anew

Attended = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Plan:
    """A model's size, the words that it learns from, and for how long.

    There are `words` of every length up to `longest`, those of a step are `batch` of one length.
    Every `every` steps it reads `held_out` words of every length, drawn anew, so that those of a
    small language may be known; once all their prefixes are right so often in succession as
    `patience` says, it stops.
    """

    layers: int = 3
    width: int = 32
    heads: int = 4
    longest: int = 40
    words: int = 64
    held_out: int = 8
    batch: int = 16
    steps: int = 500
    rate: float = 3e-3
    every: int = 50
    patience: int = 2


def head_windows(pattern: Operators, heads: int) -> tuple[int | None, ...]:
    """The window of every head, None for a global one; of a hybrid's heads half are global."""
    some = pattern.windows[0] if pattern.windows else None
    globally = heads // 2 if pattern.past and pattern.windows else heads * pattern.past
    return (some,) * (heads - globally) + (None,) * globally


class Layer(nn.Module):
    """x + attention(norm x), then x + mlp(norm x)."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.heads = plan.heads
        self.before, self.between = nn.LayerNorm(plan.width), nn.LayerNorm(plan.width)
        self.qkv = nn.Linear(plan.width, 3 * plan.width, bias=False)
        self.out = nn.Linear(plan.width, plan.width, bias=False)
        self.up = nn.Linear(plan.width, 2 * plan.width)
        self.down = nn.Linear(2 * plan.width, plan.width)

    def projected(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """q, k, v (batch, heads, positions, dim) of the states x."""
        rows = self.qkv(self.before(x)).unflatten(-1, (3, self.heads, -1))
        q, k, v = rows.permute(2, 0, 3, 1, 4)
        return q, k, v

    def forward(self, x: Tensor, attended: Attended) -> Tensor:
        seen = attended(*self.projected(x))
        x = x + self.out(seen.transpose(1, 2).flatten(2))
        mixed: Tensor = x + self.down(relu(self.up(self.between(x))))
        return mixed


class Learner(nn.Module):
    """Letter numbers in, a logit that the word is in the language out."""

    def __init__(self, plan: Plan, pattern: Operators, letters: int) -> None:
        super().__init__()
        self.windows = head_windows(pattern, plan.heads)
        self.letter = nn.Embedding(letters + 1, plan.width)
        self.layers = nn.ModuleList(Layer(plan) for _ in range(plan.layers))
        self.last = nn.LayerNorm(plan.width)
        self.read = nn.Linear(plan.width, 1)
        self.end = letters

    def forward(self, words: Tensor) -> Tensor:
        """The logit of each word (words, length), all of one length, by the project's kernels."""
        return self.logits(self.states(pad(words, (0, 1), value=self.end), self.by_kernels)[:, -1])

    def states(self, letters: Tensor, attended: Attended) -> Tensor:
        """The states above the last layer, (words, positions, width)."""
        x = self.letter(letters)
        for layer in self.layers:
            x = layer(x, attended)
        return x

    def logits(self, states: Tensor) -> Tensor:
        """What is read from states (…, width)."""
        read: Tensor = self.read(self.last(states)).squeeze(-1)
        return read

    def by_kernels(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """What each head sees under its mask, (batch, heads, positions, dim)."""
        parts = []
        for window in dict.fromkeys(self.windows):
            heads = [number for number, each in enumerate(self.windows) if each == window]
            mask = Mask.strict_causal() if window is None else Mask.window(window, strict=True)
            parts.append(attend(q[:, heads], k[:, heads], v[:, heads], mask=mask).output)
        return torch.cat(parts, dim=1)

    def prefixes(self, words: Tensor) -> Tensor:
        """The logit of every prefix, the empty one first, (words, length + 1); for training."""
        length = words.shape[1]
        readers = words.new_full((len(words), length + 1), self.end)
        bias, some = self.sight(length)

        def attended(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
            scores = q @ k[:, :, :length].mT / math.sqrt(q.shape[-1]) + bias
            return (scores.softmax(-1) * some) @ v[:, :, :length]

        states = self.states(torch.cat([words, readers], dim=1), attended)
        return self.logits(states[:, length:])

    def sight(self, length: int) -> tuple[Tensor, Tensor]:
        """What is added to scores (heads, positions and readers, letters); which rows see any."""
        places = torch.cat([torch.arange(length), torch.arange(length + 1)])
        back = places[:, None] - torch.arange(length)
        reach = torch.tensor([length if w is None else w for w in self.windows])
        visible = (back >= 1) & (back <= reach[:, None, None])
        bias = torch.zeros(visible.shape).masked_fill(~visible, HIDDEN)
        return bias, visible.any(-1, keepdim=True)


# -- training ----------------------------------------------------------------------------------


class Words:
    """Words of each length up to `longest`, as many in the language as outside it.

    `of(length)`: the letter numbers (words, length) and the labels of all prefixes, 1 for those in
    the language, (words, length + 1).
    """

    def __init__(self, language: Language, longest: int, each: int, seed: int) -> None:
        sampler, generator = Sampler(language, longest), np.random.default_rng(seed)
        self.lengths = sampler.lengths(range(1, longest + 1))
        self._by_length: dict[int, tuple[Tensor, Tensor]] = {}
        for length in self.lengths:
            words = sampler.balanced(length, each, generator)
            labels = sampler.labels(words).astype(np.float32)
            self._by_length[length] = torch.from_numpy(words), torch.from_numpy(labels)

    def of(self, length: int) -> tuple[Tensor, Tensor]:
        """The words of a length, and their prefixes' labels."""
        return self._by_length[length]

    def batch(self, size: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Some words of one length, and their labels."""
        length = self.lengths[int(torch.randint(len(self.lengths), (), generator=generator))]
        words, labels = self.of(length)
        some = torch.randint(len(words), (size,), generator=generator)
        return words[some], labels[some]


@dataclass(frozen=True)
class Trained:
    """A trained model, the steps it took, and how much of the held-out short words it reads right.

    `prefixes` and `words` are shares, of all their prefixes and of the whole words.
    """

    model: Learner
    steps: int
    prefixes: float
    words: float


def train(language: Language, pattern: Operators, plan: Plan, seed: int) -> Trained:
    """A model trained from scratch; the seed fixes its start, its words and their order.

    Languages and patterns of one seed share words and order as far as they can, so that they differ
    in nothing else.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Learner(plan, pattern, len(language.alphabet))
    known = Words(language, plan.longest, plan.words, seed)
    held_out = Words(language, plan.longest, plan.held_out, HELD_OUT + seed)
    optimiser = torch.optim.AdamW(
        model.parameters(), weight_decay=DECAY, betas=(0.9, 0.99), fused=True
    )
    generator = torch.Generator().manual_seed(seed)
    found, passed = Trained(model, 0, 0.0, 0.0), 0
    for step in range(1, plan.steps + 1):
        for group in optimiser.param_groups:
            group["lr"] = plan.rate * _pace(step / plan.steps)
        words, labels = known.batch(plan.batch, generator)
        optimiser.zero_grad()
        loss(model.prefixes(words), labels).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        if step % plan.every == 0 or step == plan.steps:
            found = Trained(model, step, *_validated(model, held_out))
            passed = passed + 1 if found.prefixes == 1 else 0
        if passed == plan.patience:
            break
    return found


def loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean loss, prefixes in the language weighing as much together as those outside.

    Up to a factor of 25: a batch may have hardly any of one kind.
    """
    share = labels.mean().clamp(RAREST, 1 - RAREST)
    weight = torch.where(labels > 0.5, 0.5 / share, 0.5 / (1 - share))
    return binary_cross_entropy_with_logits(logits, labels, weight)


def _pace(done: float) -> float:
    """The learning rate over its largest: a line up, then half a cosine down."""
    if done < WARM_UP:
        return done / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (done - WARM_UP) / (1 - WARM_UP)))


@torch.no_grad()
def _validated(model: Learner, held_out: Words) -> tuple[float, float]:
    prefixes, words = [], []
    for length in held_out.lengths:
        read, labels = held_out.of(length)
        right = (model.prefixes(read) > 0) == (labels > 0.5)
        prefixes.append(float(right.double().mean()))
        words.append(float(right[:, -1].double().mean()))
    return fmean(prefixes), fmean(words)


# -- what a model says -------------------------------------------------------------------------


@torch.no_grad()
def says(model: Learner, words: Codes) -> Truth:
    """Whether the model takes each word (words, length) to be in the language, (words,)."""
    return (model(torch.from_numpy(words)) > 0).numpy()


@torch.no_grad()
def attention_maps(model: Learner, word: Codes) -> list[Tensor]:
    """Of each layer, what every position of one word (length,), and the end, attends to.

    (heads, length + 1, length + 1), [query, key]; a row that sees nothing is 0.
    """
    positions = torch.eye(len(word) + 1)
    found: list[Tensor] = []

    def attended(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        each = positions.to(q).expand(1, q.shape[1], -1, -1)
        found.append(model.by_kernels(q, k, each)[0])
        return model.by_kernels(q, k, v)

    model.states(pad(torch.from_numpy(word)[None], (0, 1), value=model.end), attended)
    return found
