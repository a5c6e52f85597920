"""Whether formulas of a given depth define a language, decided exactly by the types of all words.

The types that words have, and what a further letter makes of them, are a finite automaton. Formulas
of that depth define a language exactly if no type is shared by a word in it and a word outside.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from locality.theory.core.errors import InputError
from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.types import Operators, View

STATES = 100_000
States = NDArray[np.int64]
Views = tuple[View, ...]


@dataclass(frozen=True)
class TypeAutomaton:
    """All that formulas of one depth remember of a word, as an automaton with start 0.

    `table` (states, letters); `types` (states,): the type of the words that lead there. Windows
    make states finer than types. States are in breadth-first order: `levels[n]` are those first
    reached by words of n letters, the last of them none; `parent` and `letter` (states,) say how
    each is reached first.
    """

    alphabet: str
    table: States
    types: States
    levels: tuple[slice, ...]
    parent: States
    letter: States

    def word(self, state: int) -> str:
        """A shortest word that leads there."""
        found = ""
        while state:
            found = self.alphabet[self.letter[state]] + found
            state = int(self.parent[state])
        return found


@lru_cache(maxsize=32)
def type_automaton(
    alphabet: str, operators: Operators, depth: int, most: int = STATES
) -> TypeAutomaton:
    """The automaton of the types of that depth; InputError if it has more than `most` states.

    Words are read at their end, so `operators.at_end` is required.
    """
    if not operators.at_end:
        raise InputError("at_end=False: expected words that are read after their last letter")
    numbers: dict[Hashable, int] = {}
    start = (View(),) * depth
    places, order, table, levels = {start: 0}, [start], [], [slice(0, 1)]
    parent, letter = [0], [0]
    for state, views in enumerate(order):
        if state == levels[-1].stop:
            levels.append(slice(state, len(order)))
        row = [_step(views, symbol, operators, numbers) for symbol in alphabet]
        for k, following in enumerate(row):
            if places.setdefault(following, len(order)) == len(order):
                order.append(following)
                parent.append(state)
                letter.append(k)
        if len(order) > most:
            raise InputError(
                f"depth {depth}: words have more than {most} types in {operators}; expected fewer"
            )
        table.append([places[following] for following in row])
    levels.append(slice(len(order), len(order)))
    ends = [numbers.setdefault(_end(views, operators), len(numbers)) for views in order]
    steps, types, parents, letters = map(np.array, (table, ends, parent, letter))
    return TypeAutomaton(alphabet, steps, types, tuple(levels), parents, letters)


def _step(views: Views, symbol: str, operators: Operators, numbers: dict[Hashable, int]) -> Views:
    """What is seen at each depth once a letter has been read."""
    one = numbers.setdefault(symbol, len(numbers))
    found = []
    for view in views:
        found.append(view.after(one, operators))
        one = numbers.setdefault((symbol, view.shows(one, operators)), len(numbers))
    return tuple(found)


def _end(views: Views, operators: Operators) -> Hashable:
    return tuple(view.shows(-1, operators) for view in views)


def confused(automaton: Automaton, operators: Operators, depth: int) -> tuple[str, str] | None:
    """A word of the language and one outside it that no formula of that depth tells apart.

    None: a formula of that depth defines the language. InputError past 100 000 types.
    """
    types = type_automaton(automaton.alphabet, operators, depth)
    reached = np.zeros(len(types.table), dtype=np.int64)
    pair = _parted(automaton, types, reached) or _shared(automaton, types, reached)
    if pair is None:
        return None
    u, v = pair
    return (u, v) if automaton.accepts(u) else (v, u)


def defining_depth(automaton: Automaton, operators: Operators, limit: int) -> int | None:
    """The least depth of formulas that define the language; None if `limit` does not suffice."""
    depths = (d for d in range(limit + 1) if confused(automaton, operators, d) is None)
    return next(depths, None)


def _parted(automaton: Automaton, types: TypeAutomaton, reached: States) -> tuple[str, str] | None:
    """Words of one state of the types that lead to two states, and what tells these apart.

    Words of one state stay so, whatever follows. So if formulas define the language, such words
    have the same futures, and lead to the same state of a minimal automaton: it is written to
    `reached`, level by level.
    """
    table = np.array(automaton.table)
    for here, after in pairwise(types.levels):
        targets = table[reached[here]]
        reached[after] = table[reached[types.parent[after]], types.letter[after]]
        broken = np.argwhere(targets != reached[types.table[here]])
        if broken.size:
            state, letter = broken[0]
            meeting = int(types.table[here][state, letter])
            rest = automaton.telling(int(targets[state, letter]), int(reached[meeting])) or ""
            u = types.word(here.start + int(state)) + automaton.alphabet[letter]
            return u + rest, types.word(meeting) + rest
    return None


def _shared(automaton: Automaton, types: TypeAutomaton, reached: States) -> tuple[str, str] | None:
    """Words of one type, one accepted and one not, where states are finer than types."""
    accepted = np.isin(reached, list(automaton.accepting))
    yes, no = (np.bincount(types.types[kept]) for kept in (accepted, ~accepted))
    mixed = np.flatnonzero(yes[: len(no)] * no[: len(yes)])
    if mixed.size:
        of_it = types.types == mixed[0]
        u, v = (int(np.argmax(of_it & kept)) for kept in (accepted, ~accepted))
        return types.word(u), types.word(v)
    return None
