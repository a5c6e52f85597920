"""Visibility patterns: heads that see a window, the first letters, or periodic global tokens.

`Visible(φ, pattern)` generalises P and Y≤k: φ at some earlier position that the pattern shows. A
pattern depends on positions alone, which count from 1. Its matrix is a mask of attention as well.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product

import numpy as np

from locality.theory.core.errors import InputError
from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.formulas import TRUE, Formula, Not, subformulas
from locality.theory.expressivity.semantics import Codes, Truth, encode, step
from locality.theory.expressivity.types import Rows, parted, refinements


@dataclass(frozen=True)
class Pattern:
    """Which earlier positions a head sees: any of three kinds, each left out by 0.

    The `window` positions before it, the `first` ones of the word, and with a `period` the global
    tokens at its multiples, which are seen by all later positions and see all earlier ones.
    """

    window: int = 0
    first: int = 0
    period: int = 0

    def __post_init__(self) -> None:
        for name in ("window", "first", "period"):
            value = getattr(self, name)
            if not isinstance(value, int) or value < 0:
                raise InputError(f"{name} {value!r}: expected an integer of at least 0")

    def visible(self, positions: int) -> Truth:
        """What is seen from where, (positions, positions): row n are the positions that n sees."""
        places = np.arange(1, positions + 1)
        query, key = places[:, None], places[None, :]
        seen = (query - key <= self.window) | (key <= self.first)
        if self.period:
            seen = seen | (query % self.period == 0) | (key % self.period == 0)
        return seen & (key < query)


EVERYTHING = Pattern(period=1)


@dataclass(frozen=True, eq=False, repr=False)
class Visible(Formula):
    """φ at some earlier position that the pattern shows. What a head with that mask reads."""

    operand: Formula
    pattern: Pattern

    @property
    def parts(self) -> tuple[Formula, ...]:
        return (self.operand,)


@dataclass(frozen=True, eq=False, repr=False)
class Multiple(Formula):
    """This position is a multiple of the period: what a mark on global tokens says."""

    period: int

    def __post_init__(self) -> None:
        if self.period < 1:
            raise InputError(f"period {self.period!r}: expected an integer of at least 1")


def evaluate(formula: Formula, codes: Codes, alphabet: str) -> Truth:
    """The formula at every position of every word, (words, positions), as `semantics.evaluate`."""
    truths: dict[Formula, Truth] = {}
    for one in subformulas(formula):
        parts = [truths[part] for part in one.parts]
        match one:
            case Visible(_, pattern):
                truths[one] = somewhere(parts[0], pattern.visible(codes.shape[1]))
            case Multiple(period):
                marked = np.arange(1, codes.shape[1] + 1) % period == 0
                truths[one] = np.broadcast_to(marked, codes.shape)
            case _:
                truths[one] = step(one, parts, codes, alphabet)
    return truths[formula]


def somewhere(truth: Truth, visible: Truth) -> Truth:
    """Whether a position sees one where it is true: (words, positions) from a matrix of sights."""
    return truth.astype(np.float32) @ visible.T.astype(np.float32) > 0


def accepts(formula: Formula, words: Sequence[str], alphabet: str) -> Truth:
    """Whether each word satisfies the formula at the position after its last letter, (words,)."""
    truth = evaluate(formula, encode(words, alphabet), alphabet)
    return truth[np.arange(len(words)), [len(word) for word in words]]


# -- where a position is ----------------------------------------------------------------------


def below(pattern: Pattern, most: int) -> Formula:
    """This is one of the first `most` positions: all that it sees is one of the first most − 1.

    For patterns that show every position the one before it.
    """
    found = ~TRUE
    for _ in range(most):
        found = Not(Visible(Not(found), pattern))
    return found


def at(pattern: Pattern, place: int) -> Formula:
    """This is that position, counted from 1, for such patterns."""
    return below(pattern, place) & ~below(pattern, place - 1)


# -- types ------------------------------------------------------------------------------------


def types(words: Sequence[str], heads: Sequence[Pattern], period: int = 1) -> Iterator[Rows]:
    """At depth 0, 1, …: the types of all positions of each word, as `types.types`, for these heads.

    Positions are marked modulo `period`; 1 marks none. Ends where deeper formulas tell no more.
    """
    longest = max(map(len, words), default=0) + 1
    seen = [[np.flatnonzero(row).tolist() for row in one.visible(longest)] for one in heads]

    def shown(row: list[int]) -> Iterator[Hashable]:
        for n, own in enumerate(row):
            yield own, *(frozenset(row[k] for k in one[n]) for one in seen)

    marked = (zip([*word, None], _marks(word, period), strict=True) for word in words)
    return refinements(marked, shown)


def separating_depth(
    u: str, v: str, heads: Sequence[Pattern], period: int = 1, limit: int | None = None
) -> int | None:
    """The least depth of a formula of these heads that tells the words apart.

    None: no formula does, or with a `limit` none of at most that depth.
    """
    return parted(types((u, v), heads, period), limit)


def confused(automaton: Automaton, heads: Sequence[Pattern], depth: int) -> tuple[str, str] | None:
    """A word of the language and one outside it that no formula of that depth tells apart.

    Looks among words that repeat two or four letters six times before an end of at most three:
    None means that no pair was found there, and no more.
    """
    letters = automaton.alphabet
    ends = ["".join(word) for n in range(4) for word in product(letters, repeat=n)]
    for run in chain(product(letters, repeat=2), product(letters, repeat=4)):
        words = ["".join(run) * 6 + end for end in ends]
        accepted = automaton.recognises(words).tolist()
        *_, rows = islice(types(words, heads), depth + 1)
        firsts: dict[int, int] = {}
        for k, row in enumerate(rows):
            first = firsts.setdefault(row[-1], k)
            if accepted[first] != accepted[k]:
                inside, outside = (first, k) if accepted[first] else (k, first)
                return words[inside], words[outside]
    return None


def _marks(word: str, period: int) -> list[bool]:
    return [n % period == 0 for n in range(1, len(word) + 2)]
