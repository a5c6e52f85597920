"""Whether a compiled model and its formula agree: on all short words, and on random long ones.

The other side is the formula's automaton where it is small enough to build, else its truth by
definition. A model compiled for words of some length is tried on words of exactly that length too,
where that is feasible: one letter stands once, as far back as can be, among copies of another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from locality.theory.expressivity.automata import from_formula
from locality.theory.expressivity.machine import TooLarge
from locality.theory.expressivity.semantics import accepts
from locality.verify.recognizers.compiled import Recognizer
from locality.verify.recognizers.draws import random_words

SHORT, ALL = 12, 9_000  # all words of at most 12 letters of one or two, of 7 of three
RANDOM, LONGEST = 100, 1000
FULL, FEASIBLE = 4, 2**14  # words of exactly the compiled length, and the letters they may have
BATCH = 2**14  # letters tried between two reports

Oracle = Callable[[Sequence[str]], NDArray[np.bool_]]


@dataclass(frozen=True)
class Agreement:
    """What was tried: all words up to `exhaustive` letters, `random` and `full` ones.

    `full` counts those of exactly the length that the model was compiled for; `longest` is the most
    letters of any word.
    """

    oracle: str
    exhaustive: int
    words: int
    random: int
    full: int
    longest: int
    disagreements: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return vars(self) | {"disagreements": list(self.disagreements)}


Told = Callable[[Agreement, int], None]
"""Hears what is being tried, and how many words are done."""


def agreement(
    model: Recognizer, seed: int = 0, told: Told = lambda trying, done: None
) -> Agreement:
    """Try a model on words that it is exact on."""
    name, oracle = _oracle(model)
    short = short_words(model.alphabet, min(SHORT, model.longest))
    longest = min(LONGEST, model.longest)
    rng = np.random.default_rng(seed)
    long = random_words(rng, RANDOM, model.alphabet, longest)
    full = full_words(model) if len(short[-1]) < model.longest else []
    trying = Agreement(
        oracle=name,
        exhaustive=len(short[-1]),
        words=len(short),
        random=len(long),
        full=len(full),
        longest=max(map(len, [*long, *full])),
    )
    wrong: list[str] = []
    done = 0
    for some in _batches([*short, *long, *full]):
        told(trying, done)
        wrong += [some[at] for at in np.flatnonzero(model.accepts(some) != oracle(some))]
        done += len(some)
    return replace(trying, disagreements=tuple(wrong))


def full_words(model: Recognizer) -> list[str]:
    """Words of exactly the compiled length: each letter once, and then the next one throughout."""
    if model.length is None or not 0 < model.length <= FEASIBLE:
        return []
    letters = model.alphabet
    pairs = zip(letters, letters[1:] + letters[:1], strict=True)
    return [first + rest * (model.length - 1) for first, rest in pairs][:FULL]


def short_words(alphabet: str, longest: int, most: int = ALL) -> list[str]:
    """All words of at most so many letters, the length as large as `longest` and `most` allow."""
    words, size = [""], 0
    while size < longest and len(words) + len(alphabet) ** (size + 1) <= most:
        size += 1
        words += map("".join, product(alphabet, repeat=size))
    return words


def _batches(words: Sequence[str]) -> Iterator[list[str]]:
    """The words in order, as many at a time as have few letters together."""
    batch: list[str] = []
    letters = 0
    for word in words:
        letters += len(word)
        if batch and letters > BATCH:
            yield batch
            batch, letters = [], len(word)
        batch.append(word)
    yield batch


def _oracle(model: Recognizer) -> tuple[str, Oracle]:
    try:
        automaton = from_formula(model.formula, model.alphabet)
    except TooLarge:
        return "formula", lambda words: accepts(model.formula, words, model.alphabet)
    return f"automaton of {len(automaton)} states", automaton.recognises
