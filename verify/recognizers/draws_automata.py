"""Random automata of every class, the same ones for the same generator."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

import numpy as np

from locality.theory.core.errors import InputError
from locality.theory.expressivity.automata import Automaton

LETTERS = "abcdefghijklmnopqrstuvwxyz"
Rows = np.ndarray


def random_automata(
    rng: np.random.Generator, count: int, most: int = 8, letters: tuple[int, ...] = (2, 3)
) -> Iterator[Automaton]:
    """Automata of 2 to `most` states, each kind of `KINDS` in its turn.

    Tables whose minimal automaton has one state are drawn again. Uniform tables are hardly ever of
    any class; the other kinds are planted, each in one class.
    InputError for fewer than 2 states, other than 1 to 26 letters, or never more than one: then no
    definite automaton has two states.
    """
    sizes = {1, *letters}
    if most < 2 or not 1 < max(sizes) <= len(LETTERS) or min(sizes) < 1:
        raise InputError(
            f"{most} states, {letters} letters: expected 2 states or more, 1–26 letters, not only 1"
        )
    kinds = list(KINDS.values())
    for turn in range(count):
        found = _drawn(rng, kinds[turn % len(kinds)], most, letters)
        while len(found) == 1:
            found = _drawn(rng, kinds[turn % len(kinds)], most, letters)
        yield found


def _drawn(
    rng: np.random.Generator,
    kind: Callable[[np.random.Generator, int, int], Rows],
    most: int,
    letters: tuple[int, ...],
) -> Automaton:
    alphabet = LETTERS[: int(rng.choice(letters))]
    table = kind(rng, most, len(alphabet))
    accepting = np.flatnonzero(rng.random(len(table)) < 0.5)
    return Automaton(alphabet, tuple(map(tuple, table.tolist())), frozenset(accepting.tolist()))


def _uniform(rng: np.random.Generator, most: int, letters: int) -> Rows:
    """Any table."""
    states = rng.integers(2, most, endpoint=True)
    return rng.integers(states, size=(states, letters))


def _definite(rng: np.random.Generator, most: int, letters: int) -> Rows:
    """States that remember the last letters, as many as fit; whoever has read fewer starts so."""
    size = max(1, int(np.log(most) / np.log(max(letters, 2))))
    memories = list(product(range(letters), repeat=size))
    place = {memory: k for k, memory in enumerate(memories)}
    rows = [[place[(*memory[1:], letter)] for letter in range(letters)] for memory in memories]
    return np.array(rows)


def _ordered(rng: np.random.Generator, most: int, letters: int) -> Rows:
    """No letter leads back: R-trivial."""
    states = rng.integers(2, most, endpoint=True)
    here = np.arange(states)[:, None]
    stays = rng.random((states, letters)) < 0.5
    return np.where(stays, here, rng.integers(here, states, size=(states, letters)))


def _resets(rng: np.random.Generator, most: int, letters: int) -> Rows:
    """In every component a letter leads to one state of it, or leaves: locally R-trivial."""
    states = rng.integers(2, most, endpoint=True)
    component = np.sort(rng.integers(states, size=states))
    firsts, sizes = np.unique(component, return_index=True)[1], np.bincount(component)
    table = np.empty((states, letters), dtype=np.int64)
    for first, size in zip(firsts, sizes[sizes > 0], strict=True):
        inside = np.arange(first, first + size)
        table[inside] = rng.integers(first, first + size, size=letters)
        leaves = rng.random((size, letters)) < 0.3 * (first + size < states)
        table[inside] = np.where(
            leaves,
            rng.integers(min(first + size, states - 1), states, size=(size, letters)),
            table[inside],
        )
    return table


def _monotone(rng: np.random.Generator, most: int, letters: int) -> Rows:
    """Every letter keeps the order of the states: aperiodic."""
    states = rng.integers(2, most, endpoint=True)
    table = np.sort(rng.integers(states, size=(states, letters)), axis=0)
    order = np.roll(np.arange(states), -(states // 2))  # words start in the middle
    return np.argsort(order)[table[order]]


KINDS: dict[str, Callable[[np.random.Generator, int, int], Rows]] = {
    "LTL[Y]": _definite,
    "LTL[P]": _ordered,
    "LTL[P,Y]": _resets,
    "LTL[S]": _monotone,
    "any": _uniform,
}
