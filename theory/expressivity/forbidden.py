"""What may not occur in the minimal automaton of a language: the classes, read off its states."""

from __future__ import annotations

from collections import Counter
from itertools import permutations

from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.graphs import components


def looping(automaton: Automaton) -> list[tuple[int, int]]:
    """The pairs of different states that one nonempty word leads back to themselves, both ways."""
    place = {pair: k for k, pair in enumerate(permutations(range(len(automaton)), 2))}
    met = len(place)
    rows = [automaton.table[p] + automaton.table[q] for p, q in place]
    half = len(automaton.alphabet)
    after = [
        [place.get(pair, met) for pair in zip(row[:half], row[half:], strict=True)] for row in rows
    ]
    of = components([*after, []])
    sizes = Counter(of)
    return [pair for pair, k in place.items() if sizes[of[k]] > 1 or k in after[k]]


def is_definite(automaton: Automaton) -> bool:
    """Whether the last letters decide: no word leads two states back to themselves."""
    return not looping(automaton)


def is_ordered(automaton: Automaton) -> bool:
    """Whether no state that was left is entered again: R-trivial."""
    return len(set(components(automaton.table))) == len(automaton)


def is_locally_ordered(automaton: Automaton) -> bool:
    """Whether in every component the last letters decide: locally R-trivial."""
    of = components(automaton.table)
    return all(of[p] != of[q] for p, q in looping(automaton))
