"""Which languages the ends of a word decide, and which its ends and factors: two decisions.

`ends_decide` asks whether the first s letters and the last N, for some N, decide membership.
`locally_testable` asks it of the ends and the set of factors of N letters, for some N.
"""

from __future__ import annotations

from itertools import combinations

from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.machine import TooLarge

ELEMENTS = 5_000
Map = tuple[int, ...]


def ends_decide(automaton: Automaton, first: int) -> bool:
    """Whether the first `first` letters and finitely many last ones decide membership.

    They do exactly if what may follow any `first` letters is decided by its own last letters.
    """
    states = {0}
    for _ in range(first):
        states = {after for state in states for after in automaton.table[state]}
    return all(_definite(automaton, state) for state in states)


def _definite(automaton: Automaton, start: int) -> bool:
    """Whether no two different states that `start` leads to stay different for ever."""
    reached, waiting = {start}, [start]
    while waiting:
        for after in automaton.table[waiting.pop()]:
            if after not in reached:
                reached.add(after)
                waiting.append(after)
    pairs = set(combinations(sorted(reached), 2))
    while True:
        going = {pair for pair in pairs if any(one in pairs for one in _after(automaton, pair))}
        if going == pairs:
            return not pairs
        pairs = going


def _after(automaton: Automaton, pair: tuple[int, int]) -> list[tuple[int, int]]:
    rows = (automaton.table[state] for state in pair)
    return [(min(p, q), max(p, q)) for p, q in zip(*rows, strict=True)]


def locally_testable(automaton: Automaton) -> bool:
    """Whether the ends and the set of factors of some length decide membership.

    Of a minimal automaton: exactly if for every idempotent e of its transition semigroup the
    elements ese commute and are idempotent. TooLarge past `ELEMENTS` elements.
    """
    elements = _elements(automaton)
    for e in elements:
        if _then(e, e) != e:
            continue
        local = sorted({_then(_then(e, s), e) for s in elements})
        if any(_then(s, s) != s for s in local):
            return False
        if any(_then(s, t) != _then(t, s) for s, t in combinations(local, 2)):
            return False
    return True


def _elements(automaton: Automaton) -> list[Map]:
    """What nonempty words do to the states."""
    letters: list[Map] = [tuple(column) for column in zip(*automaton.table, strict=True)]
    found = list(dict.fromkeys(letters))
    known = set(found)
    for one in found:
        for letter in letters:
            after = _then(one, letter)
            if after not in known:
                known.add(after)
                found.append(after)
        if len(found) > ELEMENTS:
            raise TooLarge(f"more than {ELEMENTS} elements: expected a smaller semigroup")
    return found


def _then(first: Map, second: Map) -> Map:
    return tuple(second[state] for state in first)
