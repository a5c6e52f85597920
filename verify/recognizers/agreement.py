"""Whether a compiled model and its formula agree: on all short words, and on random long ones.

The other side is the formula's automaton where it is small enough to build, else its truth by
definition.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
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

Oracle = Callable[[Sequence[str]], NDArray[np.bool_]]


@dataclass(frozen=True)
class Agreement:
    """What was tried: all words up to `exhaustive` letters, and `random` ones up to `longest`."""

    oracle: str
    exhaustive: int
    words: int
    random: int
    longest: int
    disagreements: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return vars(self) | {"disagreements": list(self.disagreements)}


def agreement(model: Recognizer, seed: int = 0) -> Agreement:
    """Try a model on words that it is exact on."""
    name, oracle = _oracle(model)
    short = short_words(model.alphabet, min(SHORT, model.longest))
    longest = min(LONGEST, model.longest)
    rng = np.random.default_rng(seed)
    long = random_words(rng, RANDOM, model.alphabet, longest)
    words = [*short, *long]
    wrong = np.flatnonzero(model.accepts(words) != oracle(words))
    return Agreement(
        oracle=name,
        exhaustive=len(short[-1]),
        words=len(short),
        random=len(long),
        longest=max(map(len, long)),
        disagreements=tuple(words[at] for at in wrong),
    )


def short_words(alphabet: str, longest: int, most: int = ALL) -> list[str]:
    """All words of at most so many letters, the length as large as `longest` and `most` allow."""
    words, size = [""], 0
    while size < longest and len(words) + len(alphabet) ** (size + 1) <= most:
        size += 1
        words += map("".join, product(alphabet, repeat=size))
    return words


def _oracle(model: Recognizer) -> tuple[str, Oracle]:
    try:
        automaton = from_formula(model.formula, model.alphabet)
    except TooLarge:
        return "formula", lambda words: accepts(model.formula, words, model.alphabet)
    return f"automaton of {len(automaton)} states", automaton.recognises
