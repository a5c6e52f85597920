"""Which languages the ends of a word decide, and which its ends and factors: two decisions.

`ends_decide` asks whether the first s letters and the last N, for some N, decide membership.
`locally_testable` asks it of the ends and the set of factors of N letters, for some N.
"""

from __future__ import annotations

from itertools import combinations

from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.forbidden import is_definite
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
    return all(is_definite(_continued(automaton, state)) for state in states)


def _continued(automaton: Automaton, state: int) -> Automaton:
    """The language of what may follow a word that leads to the state."""
    order = [state, *range(state), *range(state + 1, len(automaton))]
    number = {old: new for new, old in enumerate(order)}
    table = tuple(tuple(number[after] for after in automaton.table[old]) for old in order)
    accepting = frozenset(number[one] for one in automaton.accepting)
    return Automaton(automaton.alphabet, table, accepting)


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
