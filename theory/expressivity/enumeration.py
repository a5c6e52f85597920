"""All minimal automata of a size, each once: what the theorems of this part are confirmed on."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.graphs import indistinguishable

Rows = tuple[tuple[int, ...], ...]


def minimal_automata(states: int, alphabet: str = "ab") -> Iterator[Automaton]:
    """Every minimal complete automaton of exactly so many states: every language once.

    On two letters there are 2, 24, 1 028 and 56 014 of 1, 2, 3 and 4 states.
    """
    for table in tables(states, len(alphabet)):
        for size in range(states + 1):
            for accepting in map(frozenset, combinations(range(states), size)):
                if len(set(indistinguishable(table, accepting))) == states:
                    yield Automaton(alphabet, table, accepting)


def tables(states: int, letters: int) -> Iterator[Rows]:
    """Every complete table whose states are all reached, and are numbered breadth-first."""
    partial: list[tuple[tuple[int, ...], int]] = [((), 1)]
    while partial:
        targets, known = partial.pop()
        place = len(targets)
        if place == states * letters:
            if known == states:
                yield tuple(targets[k : k + letters] for k in range(0, place, letters))
        elif place < known * letters:
            for target in reversed(range(min(known + 1, states))):
                partial.append(((*targets, target), max(known, target + 1)))
