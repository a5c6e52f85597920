"""Formulas with "since" for aperiodic languages: a word is cut after its last letter of some kind.

Choose a letter c that moves some state. Between its occurrences words lack a letter; and what the
blocks between them do to the states that c leads to is a word over another alphabet, read by an
automaton of fewer states. Formulas of both are known by induction (as Wilke did, and with local
divisors Diekert and Gastin). States do get fewer, since no letter moves them in a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.connectives import all_of, any_of, negation
from locality.theory.expressivity.formulas import (
    And,
    Formula,
    Letter,
    Not,
    Or,
    Past,
    Since,
    Within,
    changed,
)
from locality.theory.expressivity.shorten import size

LANGUAGES = 60  # that one construction looks at
PARTS = 400
BLOCKS = 16  # different things that the words between two letters can do
FIRST_SYMBOL = 0x100


class _NoFormula(Exception):
    """A letter moves states in a circle; or there is more to look at than a construction may."""


def since_formula(
    automaton: Automaton, simple: Callable[[Automaton], Formula | None]
) -> Formula | None:
    """A formula of LTL[S] for an aperiodic language; None for others, or if it would be too large.

    `simple` gives formulas of languages that need no "since", at least those over one letter.
    """
    try:
        return _Cut(simple).formula(automaton)
    except _NoFormula:
        return None


class _Cut:
    """The construction; languages met again are not built again."""

    def __init__(self, simple: Callable[[Automaton], Formula | None]) -> None:
        self.simple = simple
        self.known: dict[Automaton, Formula] = {}
        self.asked = 0

    def formula(self, automaton: Automaton) -> Formula:
        """It speaks of earlier positions only, so that it may be asked in the middle of a word."""
        if automaton not in self.known:
            self.asked += 1
            if self.asked > LANGUAGES:
                raise _NoFormula
            found = self.simple(automaton)
            self.known[automaton] = self._cut(automaton) if found is None else found
        return self.known[automaton]

    def _cut(self, automaton: Automaton) -> Formula:
        c = _cutting_letter(automaton)
        if len(_image(automaton, c)) == len(automaton):
            raise _NoFormula
        letter = Letter(automaton.alphabet[c])
        ends = {
            state: _in_block(self._lacking(automaton, c, state, automaton.accepting), letter)
            for state in _image(automaton, c)
        }
        last = self._last(automaton, c)
        never = all_of([Not(Past(letter)), self._lacking(automaton, c, 0, automaton.accepting)])
        made = any_of([never, *(all_of([last[state], end]) for state, end in ends.items())])
        if size(made) > PARTS:
            raise _NoFormula
        return made

    def _lacking(
        self, automaton: Automaton, c: int, start: int, accepting: frozenset[int]
    ) -> Formula:
        """The word lacks letter c and leads from the start to one of the states."""
        rows = [(*row[:c], *row[c + 1 :]) for row in automaton.table]
        alphabet = automaton.alphabet[:c] + automaton.alphabet[c + 1 :]
        return self.formula(_started(alphabet, rows, start, accepting))

    def _before(self, automaton: Automaton, c: int, start: int, end: int) -> Formula:
        """The word lacks letter c, and with one more letter c it leads from start to end."""
        states = (state for state, row in enumerate(automaton.table) if row[c] == end)
        return self._lacking(automaton, c, start, frozenset(states))

    def _last(self, automaton: Automaton, c: int) -> dict[int, Formula]:
        """For each state, that the last letter c led there."""
        letter, image = Letter(automaton.alphabet[c]), _image(automaton, c)
        entered = {
            state: Past(all_of([letter, Not(Past(letter)), self._before(automaton, c, 0, state)]))
            for state in image
        }
        doings = _doings(automaton, c, image)
        symbols = [chr(FIRST_SYMBOL + k) for k in range(len(doings))]
        meanings: dict[Formula, Formula] = {
            Letter(symbol): all_of(
                _in_block(self._before(automaton, c, start, end), letter)
                for start, end in zip(image, doing, strict=True)
            )
            for symbol, doing in zip(symbols, doings, strict=True)
        }

        def led(start: int, end: int) -> Formula:
            between = self.formula(_reader(symbols, doings, image, start, end))
            return all_of([entered[start], _over_blocks(between, meanings, letter)])

        return {end: any_of(led(start, end) for start in image) for end in image}


def _cutting_letter(automaton: Automaton) -> int:
    """The letter that leads to the fewest states; in an aperiodic automaton fewer than all."""
    return min(range(len(automaton.alphabet)), key=lambda c: len(_image(automaton, c)))


def _image(automaton: Automaton, c: int) -> list[int]:
    """The states that letter c leads to."""
    return sorted({row[c] for row in automaton.table})


def _started(
    alphabet: str, rows: list[tuple[int, ...]], start: int, accepting: frozenset[int]
) -> Automaton:
    """The automaton with another start: state 0 and it change places."""
    swap = {0: start, start: 0}
    table = [tuple(swap.get(target, target) for target in row) for row in rows]
    table[0], table[start] = table[start], table[0]
    return Automaton(alphabet, tuple(table), frozenset(swap.get(s, s) for s in accepting))


def _doings(automaton: Automaton, c: int, image: list[int]) -> list[tuple[int, ...]]:
    """Where a block without c and a c after it lead from each state of the image."""
    letters = [k for k in range(len(automaton.alphabet)) if k != c]
    found, waiting = {tuple(image)}, [tuple(image)]
    for states in waiting:
        for letter in letters:
            after = tuple(automaton.table[state][letter] for state in states)
            if after not in found:
                found.add(after)
                waiting.append(after)
        if len(found) > BLOCKS:
            raise _NoFormula
    return sorted({tuple(automaton.table[state][c] for state in states) for states in found})


def _reader(
    symbols: list[str], doings: list[tuple[int, ...]], image: list[int], start: int, end: int
) -> Automaton:
    """The words of blocks that lead from one state of the image to another."""
    place = {state: k for k, state in enumerate(image)}
    rows = [tuple(place[doing[k]] for doing in doings) for k in range(len(image))]
    return _started("".join(symbols), rows, place[start], frozenset({place[end]}))


def _in_block(formula: Formula, letter: Formula) -> Formula:
    """The formula read as if the word began after the last occurrence of the letter."""
    inside = Not(letter)

    def change(one: Formula, parts: list[Formula]) -> Formula:
        match one:
            case Past():
                return Since(inside, all_of([inside, parts[0]]))
            case Within():
                return Within(all_of([inside, parts[0]]), 1)
            case Since():
                return Since(all_of([inside, parts[0]]), all_of([inside, parts[1]]))
        return _boolean(one, parts)

    return changed(formula, change)


def _over_blocks(formula: Formula, meanings: Mapping[Formula, Formula], letter: Formula) -> Formula:
    """A formula about blocks as one about the word: each stands where its last letter does.

    The first block, which led from the start, is not among them.
    """
    here = all_of([letter, Past(letter)])
    elsewhere = negation(here)

    def change(one: Formula, parts: list[Formula]) -> Formula:
        match one:
            case Letter():
                return meanings[one]
            case Past():
                return Past(all_of([here, parts[0]]))
            case Within():
                return Since(elsewhere, all_of([here, parts[0]]))
            case Since():
                return Since(any_of([elsewhere, parts[0]]), all_of([here, parts[1]]))
        return _boolean(one, parts)

    return changed(formula, change)


def _boolean(one: Formula, parts: list[Formula]) -> Formula:
    match one:
        case Not():
            return negation(parts[0])
        case And():
            return all_of(parts)
        case Or():
            return any_of(parts)
    return one
