"""What compiled heads and ReLU steps compute from truth values, in exact fractions.

Weights are e^score: `odds` for a true key, 1 for a false one. So nothing here rounds, and a scale
is tried exactly at its least value, odds = N − 1 for N visible keys.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

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
from locality.theory.expressivity.semantics import encode, evaluate

Values = list[Fraction]
Odds = Callable[[int], Fraction]


def least(keys: int) -> Fraction:
    """The least odds at which one true key among so many has half of the attention."""
    return Fraction(max(1, keys - 1))


def mass(truths: Sequence[Fraction], odds: Fraction) -> Fraction:
    """The attention on true keys; of an empty past, 0."""
    true = sum(truths, Fraction(0)) * odds
    false = sum((1 - truth for truth in truths), Fraction(0))
    return true / (true + false) if truths else Fraction(0)


def step(share: Fraction) -> Fraction:
    """relu(4F − 1) − relu(4F − 2): 0 up to a quarter, 1 from a half on."""
    return _relu(4 * share - 1) - _relu(4 * share - 2)


def negation(truth: Fraction) -> Fraction:
    """relu(1 − x)."""
    return _relu(1 - truth)


def conjunction(truths: Sequence[Fraction]) -> Fraction:
    """relu(Σx − (n − 1))."""
    return _relu(sum(truths, Fraction(1 - len(truths))))


def disjunction(truths: Sequence[Fraction]) -> Fraction:
    """1 − relu(1 − Σx)."""
    return 1 - _relu(1 - sum(truths, Fraction(0)))


def compiled(formula: Formula, word: str, length: int, odds: Odds = least) -> dict[Formula, Values]:
    """Every part of the compiled formula at every position of a word, scales made for `length`.

    Exact as long as what each operator is given is 0 or 1.
    """
    found: dict[Formula, Values] = {}
    for one in subformulas(formula):
        parts = [found[part] for part in one.parts]
        found[one] = [_value(one, parts, word, at, (length, odds)) for at in range(len(word) + 1)]
    return found


def exact(formula: Formula, words: Sequence[str], alphabet: str, odds: Odds = least) -> str | None:
    """None if the compiled formula, and all its parts, are their truth at every position of the
    words; else the word where one is not.
    """
    codes, length = encode(words, alphabet), max(map(len, words))
    truths = {part: evaluate(part, codes, alphabet) for part in subformulas(formula)}
    for row, word in enumerate(words):
        found = compiled(formula, word, length, odds)
        for part, truth in truths.items():
            if found[part] != truth[row, : len(word) + 1].astype(int).tolist():
                return word
    return None


def _value(
    one: Formula, parts: list[Values], word: str, at: int, scale: tuple[int, Odds]
) -> Fraction:
    length, odds = scale
    match one:
        case Constant(value):
            return Fraction(int(value))
        case Letter(symbol):
            return Fraction(int(word[at : at + 1] == symbol))
        case Not():
            return negation(parts[0][at])
        case And():
            return conjunction([part[at] for part in parts])
        case Or():
            return disjunction([part[at] for part in parts])
        case Past():
            return step(mass(parts[0][:at], odds(length)))
        case Within(_, window):
            return step(mass(parts[0][max(0, at - window) : at], odds(min(window, length))))
        case Since():
            raise TypeError("S is no attention head")
    raise TypeError(f"{type(one).__name__} is no formula")


def _relu(value: Fraction) -> Fraction:
    return max(Fraction(0), value)
