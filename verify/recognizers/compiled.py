"""`compile_formula`: a transformer that recognises exactly the words of a formula.

Its attention is computed by `attend`: strictly masked global heads for P, windows for Y≤k.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from locality.kernels import AuxRequest, Mask, attend
from locality.theory.core.errors import InputError
from locality.theory.expressivity.formulas import And, Formula, Or
from locality.theory.expressivity.semantics import encode
from locality.verify.recognizers import precision, weights
from locality.verify.recognizers.plain import Heads, Transformer

BATCH = 2**23  # numbers of the residual stream held at once


def kernel_attention(q: Tensor, k: Tensor, v: Tensor, window: int | None) -> Tensor:
    """As `plain.masked_attention`, by `attend`: no matrix of all pairs is ever built."""
    return attend(q, k, v, mask=_mask(window), temperature=1.0).output


@dataclass(frozen=True)
class Trace:
    """What a model computed on words, each array by subformula; positions as `encode` counts them.

    truth (words, positions); mass (words, positions), the attention on true keys, and attention
    (words, positions, positions) [query, key] of past operators.
    """

    truth: dict[Formula, NDArray]
    mass: dict[weights.Operator, NDArray]
    attention: dict[weights.Operator, NDArray]


class Recognizer(nn.Module):
    """A formula as a transformer; made by `compile_formula`.

    `length`: the longest words that it is meant for, None for all; `longest`: up to where it is
    exact; `scales`: the score of a true key in the head of each past operator.
    """

    def __init__(
        self, formula: Formula, alphabet: str, dtype: torch.dtype, length: int | None
    ) -> None:
        super().__init__()
        self.plan = weights.plan(formula, alphabet)
        self.formula, self.alphabet = formula, alphabet
        self.dtype, self.length = dtype, length
        self.longest = precision.longest(dtype, length)
        self.scales = {one: _scale(one, dtype, length) for one in self.plan.mass}
        self.transformer = weights.build(self.plan, self.scales, kernel_attention).to(dtype)

    def forward(self, codes: Tensor) -> Tensor:
        """Truth of the formula (words, positions) for letter numbers as `encode` gives them.

        Words of any length: beyond `longest` without a promise.
        """
        return self.transformer(codes)

    def accepts(self, words: Sequence[str]) -> NDArray[np.bool_]:
        """Whether each word satisfies the formula, (words,).

        Words of different lengths can stand in one batch: what follows a word's end is never seen.
        InputError for a foreign letter or a word that is too long.
        """
        if isinstance(words, str):
            raise InputError(f"words {words[:40]!r}: expected a list of words, such as ['ab', 'b']")
        too_long = max(map(len, words), default=0)
        if too_long > self.longest:
            raise InputError(f"a word of {too_long} letters: expected at most {self.longest}")
        found = np.zeros(len(words), dtype=bool)
        for some in self._batches(words):
            found[some] = self._accepts([words[at] for at in some])
        return found

    def trace(self, words: Sequence[str]) -> Trace:
        """Every truth value and attention map on a few short words."""
        codes = self.codes(words)
        maps: dict[weights.Operator, NDArray] = {}
        with torch.no_grad():
            x = self.transformer.start(codes)
            for layer, groups in zip(self.transformer.stack, self.plan.operators, strict=True):
                for heads, group in zip(layer.groups, groups, strict=True):
                    found = _maps(heads, x)
                    maps |= {one: found[:, head] for head, one in enumerate(group)}
                x = layer(x, kernel_attention)
        stream = x.double().numpy()
        truth = {one: stream[..., slot] for one, slot in self.plan.truth.items()}
        mass = {one: stream[..., slot] for one, slot in self.plan.mass.items()}
        return Trace(truth, mass, maps)

    def to_torch(self) -> Transformer:
        """The same weights in plain torch, with dense masks and torch's own attention."""
        model = Transformer(self.plan.shape).to(self.dtype)
        model.load_state_dict(self.transformer.state_dict())
        return model.requires_grad_(False).eval()

    def codes(self, words: Sequence[str]) -> Tensor:
        """Words as `forward` takes them."""
        return torch.from_numpy(encode(words, self.alphabet).astype(np.int64))

    def _accepts(self, words: Sequence[str]) -> NDArray[np.bool_]:
        with torch.no_grad():
            truth = self(self.codes(words))
        ends = torch.tensor([len(word) for word in words])
        return (truth[torch.arange(len(words)), ends] >= precision.READ).numpy()

    def _batches(self, words: Sequence[str]) -> Iterator[list[int]]:
        """Words of similar length together, as many as `BATCH` allows."""
        order = sorted(range(len(words)), key=lambda at: len(words[at]))
        batch: list[int] = []
        for at in order:
            size = (len(batch) + 1) * (len(words[at]) + 1) * self.plan.width
            if batch and size > BATCH:
                yield batch
                batch = []
            batch.append(at)
        if batch:
            yield batch


def compile_formula(
    formula: Formula,
    alphabet: str,
    dtype: torch.dtype | str = torch.float64,
    length: int | None = None,
) -> Recognizer:
    """A transformer whose answer is the formula's on every word over the alphabet.

    dtype: float64, float32 or bfloat16, torch's own or by name. length: the longest word to be
    read, which sets the scale of the scores; None for the scale at which weights of false keys are
    exactly 0.

    InputError: an operator S, a letter outside the alphabet, a dtype or length that cannot be
    carried (`precision` says why), a Boolean operator wider than the dtype counts.
    """
    if not isinstance(formula, Formula):
        raise InputError(f"formula {formula!r}: expected a Formula, which parse makes of a text")
    dtype = precision.format_of(dtype)
    if length is not None and not (type(length) is int and length >= 0):
        raise InputError(f"length {length!r}: expected an integer of at least 0, or None")
    most = round(1 / precision.unit(dtype))
    for one in weights.plan(formula, alphabet).truth:
        if isinstance(one, And | Or) and len(one.parts) > most:
            raise InputError(
                f"an operator of {len(one.parts)} parts in {precision.name_of(dtype)}: expected at "
                f"most {most}, up to where it holds every integer"
            )
    return Recognizer(formula, alphabet, dtype, length)


def _scale(one: weights.Operator, dtype: torch.dtype, length: int | None) -> float:
    sizes = [size for size in (length, weights.window(one)) if size is not None]
    return precision.scale(dtype, min(sizes, default=None))


def _mask(window: int | None) -> Mask:
    return Mask.strict_causal() if window is None else Mask.window(window, strict=True)


def _maps(heads: Heads, x: Tensor) -> NDArray:
    """Attention (words, heads, queries, keys): the mass on blocks of one key each."""
    q, k, v = heads.project(x)
    asked = AuxRequest(block_mass=True)
    found = attend(q, k, v, mask=_mask(heads.window), temperature=1.0, blocks=1, aux=asked)
    if found.block_mass is None:
        raise RuntimeError("attend left out the block masses that it was asked for")
    return found.block_mass.double().numpy()
