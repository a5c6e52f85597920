"""The truth of formulas on batches of words, as arrays: 1 million letters a second and more.

A word of n letters has n + 1 positions; the last holds no letter, and there the word is accepted
or not. Every past operator asks for the last earlier position at which something held.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from locality.theory.core.errors import InputError
from locality.theory.expressivity.formulas import (
    And,
    Constant,
    Formula,
    Letter,
    Not,
    Or,
    Past,
    Since,
    Within,
    subformulas,
)

NO_LETTER = -1
Truth = NDArray[np.bool_]
Codes = NDArray[np.integer]


def encode(words: Sequence[str], alphabet: str) -> Codes:
    """Words as letter numbers (words, longest + 1), `NO_LETTER` from each word's end on.

    InputError for a letter that is not in the alphabet.
    """
    places = {symbol: k for k, symbol in enumerate(alphabet)}
    longest = max(map(len, words), default=0)
    codes = np.full((len(words), longest + 1), NO_LETTER, dtype=np.int16)
    for row, word in zip(codes, words, strict=True):
        foreign = sorted(set(word) - places.keys())
        if foreign:
            raise InputError(f"letter {foreign[0]!r} of {word!r}: expected one of {alphabet!r}")
        row[: len(word)] = [places[symbol] for symbol in word]
    return codes


def evaluate(formula: Formula, codes: Codes, alphabet: str) -> Truth:
    """The formula at every position of every word, (words, positions).

    `codes` as `encode` gives them; `alphabet[k]` is letter k. A letter outside the alphabet holds
    nowhere. Positions beyond a word's end have no meaning.
    """
    truths: dict[Formula, Truth] = {}
    for one in subformulas(formula):
        truths[one] = step(one, [truths[part] for part in one.parts], codes, alphabet)
    return truths[formula]


def accepts(formula: Formula, words: Sequence[str], alphabet: str) -> Truth:
    """Whether each word satisfies the formula at the position after its last letter, (words,)."""
    truth = evaluate(formula, encode(words, alphabet), alphabet)
    return truth[np.arange(len(words)), [len(word) for word in words]]


def step(one: Formula, parts: list[Truth], codes: Codes, alphabet: str) -> Truth:
    """One formula at every position, from the truth of its parts there."""
    match one:
        case Constant(value):
            return np.full(codes.shape, value)
        case Letter(symbol):
            return codes == (alphabet.index(symbol) if symbol in alphabet else len(alphabet))
        case Not():
            return ~parts[0]
        case And():
            return np.logical_and.reduce([np.ones(codes.shape, dtype=bool), *parts])
        case Or():
            return np.logical_or.reduce([np.zeros(codes.shape, dtype=bool), *parts])
        case Past():
            return _last(parts[0]) >= 0
        case Within(_, window):
            last = _last(parts[0])
            return (last >= 0) & (np.arange(codes.shape[1]) - last <= window)
        case Since():
            holds, start = parts
            return (_last(start) >= 0) & (_last(start) >= _last(~holds))
    raise TypeError(f"{type(one).__name__} is no formula")


def _last(truth: Truth) -> NDArray[np.int64]:
    """At every position, the last earlier one that is true; −1 where there is none."""
    positions = np.where(truth, np.arange(truth.shape[1]), -1)
    last = np.full(truth.shape, -1)
    last[:, 1:] = np.maximum.accumulate(positions, axis=1)[:, :-1]
    return last
