"""The shallowest formula of a language, found by exact search, and why nothing shallower will do.

Words that formulas of a depth take for one have the same type, and types are finitely many. So a
language has a formula of some depth exactly if each type lies inside it or outside; the formula is
then put together from what tells one type from another. Where it has none, one word inside and one
outside have the same type.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from locality.theory.core.errors import InputError
from locality.theory.expressivity.automata import Automaton, from_formula
from locality.theory.expressivity.definability import confused, type_automaton
from locality.theory.expressivity.formulas import (
    And,
    Formula,
    Letter,
    Or,
    Past,
    Within,
    subformulas,
)
from locality.theory.expressivity.semantics import accepts
from locality.theory.expressivity.simplify import simplify
from locality.theory.expressivity.types import Operators, Rows, types

Pair = tuple[str, str]
Place = tuple[int, int]


@dataclass(frozen=True)
class Shallowest:
    """A formula of least depth; `confused` are a word of the language and one outside it that all
    formulas one shallower take for one, or None if the depth is 0.
    """

    depth: int
    formula: Formula
    confused: Pair | None


def least_depth(
    language: Formula | Automaton, operators: Operators, limit: int, alphabet: str = "ab"
) -> Shallowest | None:
    """The least depth at which formulas of these operators define the language, with one of them.

    None if formulas of depth `limit` do not define it. `alphabet` is that of a formula; an
    automaton has its own. InputError for since and altered readings, or where words have more than
    100 000 types.
    """
    if operators.since or not (operators.strict and operators.at_end):
        raise InputError(f"{operators!r}: expected strict P and windows, read at the end")
    if isinstance(language, Formula):
        language = from_formula(language, alphabet)
    below = None
    for depth in range(limit + 1):
        pair = confused(language, operators, depth)
        if pair is None:
            return Shallowest(depth, _definition(language, operators, depth), below)
        below = pair
    return None


def _definition(automaton: Automaton, operators: Operators, depth: int) -> Formula:
    """A formula of at most that depth; the language must have one."""
    found = type_automaton(automaton.alphabet, operators, depth)
    _, firsts = np.unique(found.types, return_index=True)
    words = [found.word(int(state)) for state in firsts]
    inside = automaton.recognises(words)
    told = _Words(words, operators, depth)
    rejected = [k for k, accepted in enumerate(inside) if not accepted]
    parts = []
    for k in np.flatnonzero(inside):
        telling = [told.telling(depth, told.end(int(k)), told.end(other)) for other in rejected]
        parts.append(And(_cover(telling, words, ~inside, automaton.alphabet, False)))
    return simplify(Or(_cover(parts, words, inside, automaton.alphabet, True)), at_end=True)


def _cover(
    formulas: Sequence[Formula],
    words: Sequence[str],
    which: NDArray[np.bool_],
    alphabet: str,
    truth: bool,
) -> tuple[Formula, ...]:
    """Few of the formulas, one of which has that truth on each of the words chosen by `which`."""
    known = list(dict.fromkeys(formulas))
    table = [(accepts(one, words, alphabet) == truth) & which for one in known]
    left, chosen = which.copy(), []
    while left.any():
        best = max(range(len(known)), key=lambda k: int((table[k] & left).sum()))
        chosen.append(known[best])
        left &= ~table[best]
    return tuple(chosen)


class _Words:
    """Some words with the types of all their positions, and what tells one position from another.

    A place is a word's number and a position in it.
    """

    def __init__(self, words: Sequence[str], operators: Operators, depth: int) -> None:
        self.words = words
        self.operators = operators
        self.rows: list[Rows] = list(islice(types(words, operators), depth + 1))
        self._known: dict[tuple[int, int, int], Formula] = {}

    def end(self, word: int) -> Place:
        return word, len(self.words[word])

    def telling(self, depth: int, here: Place, there: Place) -> Formula:
        """A formula of at most that depth, true here and not there; their types must differ."""
        depth = next(d for d in range(depth + 1) if self._type(d, here) != self._type(d, there))
        key = (depth, self._type(depth, here), self._type(depth, there))
        if key not in self._known:
            candidates = self._candidates(depth, here, there)
            self._known[key] = min(candidates, key=lambda one: sum(1 for _ in subformulas(one)))
        return self._known[key]

    def _type(self, depth: int, place: Place) -> int:
        return self.rows[depth][place[0]][place[1]]

    def _candidates(self, depth: int, here: Place, there: Place) -> Iterator[Formula]:
        if depth == 0:
            yield from self._letters(here, there)
            return
        for window in self._windows:
            seen, other = (self._seen(depth - 1, place, window) for place in (here, there))
            yield from self._sights(depth - 1, window, seen, other)
            yield from (~one for one in self._sights(depth - 1, window, other, seen))

    def _letters(self, here: Place, there: Place) -> Iterator[Formula]:
        (word, position), (other, place) = here, there
        if position < len(self.words[word]):
            yield Letter(self.words[word][position])
        if place < len(self.words[other]):
            yield ~Letter(self.words[other][place])

    @cached_property
    def _windows(self) -> tuple[int | None, ...]:
        return (*self.operators.windows, *([None] if self.operators.past else []))

    def _seen(self, depth: int, place: Place, window: int | None) -> dict[int, Place]:
        """A place of each type that is seen through the window, or if it is None through P."""
        word, position = place
        first = 0 if window is None else max(0, position - window)
        return {self._type(depth, (word, m)): (word, m) for m in range(first, position)}

    def _sights(
        self, depth: int, window: int | None, seen: dict[int, Place], other: dict[int, Place]
    ) -> Iterator[Formula]:
        """That something is seen which there is not among the others."""
        for one in sorted(seen.keys() - other.keys()):
            told = [self.telling(depth, seen[one], place) for place in other.values()]
            inner = simplify(And(tuple(dict.fromkeys(told))))
            yield Past(inner) if window is None else Within(inner, window)
