"""Words of a language and words outside it, drawn by length.

Half of them are uniform among the words of their side and length. A uniform word outside Σ*abΣ* is
easily told from one inside by how often each letter occurs; so the other half is meant to lie close
to the border: a uniform word of one side, one letter of which is changed so that it is on the
other. Where no letter of the word can do that, as for nearly all long words with two letters ab
apart, a uniform word of the wanted side takes its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from locality.theory import InputError
from locality.verify.recognizers.languages import Language

Codes = NDArray[np.int64]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class Sampler:
    """Draws words of up to `longest` letters as letter numbers, (words, length)."""

    language: Language
    longest: int

    @cached_property
    def table(self) -> Codes:
        """The language's automaton, (states, letters)."""
        return np.array(self.language.automaton.table)

    @cached_property
    def counts(self) -> list[list[int]]:
        """How many words of each length lead from each state to an accepting one."""
        states = range(len(self.language.automaton.table))
        found = [[int(state in self.language.automaton.accepting) for state in states]]
        for _ in range(self.longest):
            found.append(
                [sum(found[-1][to] for to in row) for row in self.language.automaton.table]
            )
        return found

    def size(self, length: int, inside: bool) -> int:
        """How many words of the length are in the language, or outside it."""
        if not 0 <= length <= self.longest:
            raise InputError(f"length {length}: expected 0 to {self.longest}")
        return self._size(length, 0, inside)

    def _size(self, left: int, state: int, inside: bool) -> int:
        accepted = self.counts[left][state]
        return accepted if inside else len(self.language.alphabet) ** left - accepted

    @cached_property
    def _chances(self) -> dict[bool, NDArray[np.float64]]:
        """By side: P(at most this letter | letters left, state), (left, states, letters)."""
        return {inside: self._cumulative(inside) for inside in (False, True)}

    def _cumulative(self, inside: bool) -> NDArray[np.float64]:
        shares = np.zeros((self.longest + 1, *self.table.shape))
        for left in range(1, self.longest + 1):
            for state, row in enumerate(self.language.automaton.table):
                if all_words := self._size(left, state, inside):
                    sizes = [self._size(left - 1, to, inside) for to in row]
                    shares[left, state] = [size / all_words for size in sizes]
        return shares.cumsum(-1)

    def uniform(
        self, length: int, inside: bool, count: int, generator: np.random.Generator
    ) -> Codes:
        """Uniform words of the length and side; InputError where there is none."""
        if not self.size(length, inside):
            side = "in" if inside else "outside"
            raise InputError(f"length {length}: expected one with words {side} the language")
        words = np.zeros((count, length), dtype=np.int64)
        state = np.zeros(count, dtype=np.int64)
        for place in range(length):
            chances = self._chances[inside][length - place, state]
            # At most all: a sum of shares may round to less than 1.
            drawn = generator.random((count, 1)) * chances[:, -1:]
            words[:, place] = (drawn >= chances).sum(-1)
            state = self.table[state, words[:, place]]
        return words

    def states(self, words: Codes) -> Codes:
        """The state before each letter and at the end, (words, length + 1)."""
        found = np.zeros((len(words), words.shape[1] + 1), dtype=np.int64)
        for place in range(words.shape[1]):
            found[:, place + 1] = self.table[found[:, place], words[:, place]]
        return found

    def labels(self, words: Codes) -> Truth:
        """Whether each prefix is in the language, the empty one first, (words, length + 1)."""
        return np.isin(self.states(words), [*self.language.automaton.accepting])

    def across(self, words: Codes, generator: np.random.Generator) -> tuple[Codes, Truth]:
        """The words with one letter changed to be on the other side, and where that is possible.

        The change is uniform among those that do it.
        """
        changes = self._crossing(words)
        order = np.where(changes, generator.random(changes.shape), -1.0).reshape(len(words), -1)
        place, letter = np.divmod(order.argmax(-1), changes.shape[-1])
        possible = np.asarray(changes.any((1, 2)))
        changed = words.copy()
        rows = np.flatnonzero(possible)
        changed[rows, place[rows]] = letter[rows]
        return changed, possible

    def _crossing(self, words: Codes) -> Truth:
        """Whether a letter put at a place changes the side, (words, length, letters)."""
        states, length = self.states(words), words.shape[1]
        ends = np.arange(len(self.table)) * np.ones((len(words), 1), dtype=np.int64)
        inside = np.isin(states[:, -1], [*self.language.automaton.accepting])
        found = np.zeros((*words.shape, self.table.shape[1]), dtype=bool)
        for place in reversed(range(length)):
            reached = np.take_along_axis(ends, self.table[states[:, place]], axis=1)
            found[:, place] = (
                np.isin(reached, [*self.language.automaton.accepting]) != inside[:, None]
            )
            ends = np.take_along_axis(ends, self.table[:, words[:, place]].T, axis=1)
        return found

    def balanced(self, length: int, count: int, generator: np.random.Generator) -> Codes:
        """As many words in the language as outside, half of each near the border, shuffled.

        `count` is a multiple of 4. Where no letter of a word crosses the border, it is replaced by
        a uniform one of the side that was wanted.
        """
        words = np.concatenate(
            [self._side(length, inside, count // 4, generator) for inside in (False, True)]
        )
        return words[generator.permutation(len(words))]

    def _side(self, length: int, inside: bool, half: int, generator: np.random.Generator) -> Codes:
        plain = self.uniform(length, inside, 2 * half, generator)
        near, possible = self.across(self.uniform(length, not inside, half, generator), generator)
        return np.concatenate([plain[:half], np.where(possible[:, None], near, plain[half:])])

    def lengths(self, among: Sequence[int]) -> list[int]:
        """Those lengths of which there are words on both sides."""
        return [n for n in among if self.size(n, True) and self.size(n, False)]
