"""Formulas as machines that read words letter by letter, and the search of all they can remember.

A machine remembers one count for every past operator: for how many positions, this one included,
the operator stays true if nothing more happens. Zero is false. Pφ and φ S ψ count to one and never
fade; Y≤kφ starts at k and fades by one with each letter. Machines for several formulas share what
the formulas share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from locality.theory.core.errors import InputError
from locality.theory.expressivity.formulas import (
    TEMPORAL,
    And,
    Constant,
    Formula,
    Letter,
    Not,
    Or,
    Since,
    Within,
    check_alphabet,
    subformulas,
)

STATES = 20_000
CELLS = 2**24
LONGEST_WINDOW = 2**32 - 1
States = NDArray[np.unsignedinteger]
Truth = NDArray[np.bool_]


class TooLarge(InputError):
    """A search that would pass its stated size."""


class Machine:
    """The stepping machine of some formulas over an alphabet.

    States are rows of counts, (states, past operators). Letters of a formula outside the alphabet
    hold nowhere. InputError for an alphabet that is none, TooLarge for a window
    past `LONGEST_WINDOW`.
    """

    def __init__(self, formulas: Sequence[Formula], alphabet: str) -> None:
        check_alphabet(alphabet)
        self.formulas = tuple(formulas)
        self.alphabet = alphabet
        self.order = tuple(dict.fromkeys(chain.from_iterable(map(subformulas, formulas))))
        self.memory = tuple(one for one in self.order if isinstance(one, TEMPORAL))
        self._columns: dict[Formula, int] = {one: k for k, one in enumerate(self.memory)}
        tops = [one.window if isinstance(one, Within) else 1 for one in self.memory]
        if max(tops, default=1) > LONGEST_WINDOW:
            raise TooLarge(f"window {max(tops)}: expected at most {LONGEST_WINDOW}")
        self._tops = np.array(tops, dtype=np.min_scalar_type(max(tops, default=1)))
        self._fading = np.array([isinstance(one, Within) for one in self.memory], dtype=bool)

    @property
    def start(self) -> States:
        """The state before the first letter, (1, past operators)."""
        return np.zeros((1, len(self.memory)), dtype=self._tops.dtype)

    def truths(self, states: States) -> Truth:
        """Each formula at the end of a word that led to the state, (states, formulas)."""
        nothing = np.zeros((1, 1), dtype=bool)
        truth = self._truth(states, dict.fromkeys(self.alphabet, nothing))
        columns = [np.broadcast_to(truth[one], (len(states), 1)) for one in self.formulas]
        return np.concatenate(columns, axis=1)

    def step(self, states: States) -> States:
        """The states after one more letter, (states, letters, past operators)."""
        letters = np.eye(len(self.alphabet), dtype=bool)[:, None, :]
        truth = self._truth(states, dict(zip(self.alphabet, letters, strict=True)))
        faded = states - (self._fading & (states > 0))
        after = np.empty((len(states), len(self.alphabet), len(self.memory)), dtype=states.dtype)
        for k, one in enumerate(self.memory):
            kept = faded[:, k, None]
            if isinstance(one, Since):
                kept = kept * truth[one.holds]
            after[:, :, k] = np.where(truth[one.parts[-1]], self._tops[k], kept)
        return after

    def _truth(self, states: States, letters: dict[str, Truth]) -> dict[Formula, Truth]:
        """Every subformula at this position, broadcastable to (states, letters)."""
        now = states > 0
        truth: dict[Formula, Truth] = {}
        for one in self.order:
            column = self._columns.get(one)
            if column is None:
                truth[one] = _boolean(one, [truth[part] for part in one.parts], letters)
            else:
                truth[one] = now[:, column, None]
        return truth


@dataclass(frozen=True, eq=False)
class Reach:
    """The states that words lead to, numbered breadth-first from the empty word's state 0.

    `table[state, letter]` is the next state; `truths[state]` says which of the formulas hold at the
    end of a word that leads there. A search that found its goal leaves the last rows of the table
    out.
    """

    alphabet: str
    table: NDArray[np.int64]
    truths: Truth

    def word(self, state: int) -> str:
        """The shortest word that leads to the state, the first one in the alphabet's order."""
        word = ""
        while state:
            state, letter = divmod(self._arrivals[state], len(self.alphabet))
            word = self.alphabet[letter] + word
        return word

    @cached_property
    def _arrivals(self) -> dict[int, int]:
        states, places = np.unique(self.table, return_index=True)
        return dict(zip(states.tolist(), places.tolist(), strict=True))


def explore(
    formulas: Sequence[Formula],
    alphabet: str,
    goal: Callable[[Truth], Truth] | None = None,
    most: int = STATES,
) -> Reach:
    """All states of the formulas' machine, or as many as it takes to meet the goal.

    `goal` takes truths (states, formulas) and says which states (states,) end the search. TooLarge
    past `most` states, or fewer when a state remembers more than `CELLS / most` counts.
    """
    machine = Machine(formulas, alphabet)
    known = {machine.start.tobytes(): 0}
    frontier, table = machine.start, []
    truths = [machine.truths(frontier)]
    while len(frontier) and not (goal and goal(truths[-1]).any()):
        fresh = []
        for states in _pieces(frontier, machine):
            numbers, new = _enter(machine.step(states), known)
            table.append(numbers)
            fresh.append(new)
            _check_size(len(known), machine, most)
        frontier = np.concatenate(fresh)
        truths.append(machine.truths(frontier))
    rows = np.concatenate([np.empty((0, len(alphabet)), dtype=np.int64), *table])
    return Reach(alphabet, rows, np.concatenate(truths))


def _enter(after: States, known: dict[bytes, int]) -> tuple[NDArray[np.int64], States]:
    """Number states in the order in which they come; the numbers, and the states that are new."""
    rows = after.reshape(after.shape[0] * after.shape[1], after.shape[2])
    numbers, new = [], []
    for place, key in enumerate(_keys(rows)):
        if key not in known:
            known[key] = len(known)
            new.append(place)
        numbers.append(known[key])
    return np.array(numbers, dtype=np.int64).reshape(after.shape[:2]), rows[new]


def _keys(rows: States) -> list[bytes]:
    width = rows.shape[1] * rows.itemsize
    if not width:
        return [b""] * len(rows)
    return np.ascontiguousarray(rows).view(np.dtype((np.void, width)))[:, 0].tolist()


def _pieces(frontier: States, machine: Machine) -> Iterator[States]:
    """The frontier in pieces whose truth values fit into a small part of memory."""
    size = max(1, CELLS // (len(machine.order) * len(machine.alphabet)))
    for first in range(0, len(frontier), size):
        yield frontier[first : first + size]


def _check_size(states: int, machine: Machine, most: int) -> None:
    bound = min(most, CELLS // max(1, len(machine.memory)))
    if states > bound:
        raise TooLarge(
            f"{len(machine.memory)} past operators: more than {bound} states of memory, "
            "expected a smaller formula"
        )


def _boolean(one: Formula, parts: list[Truth], letters: dict[str, Truth]) -> Truth:
    match one:
        case Constant(value):
            return np.full((1, 1), value)
        case Letter(symbol):
            return letters.get(symbol, np.zeros((1, 1), dtype=bool))
        case Not():
            return ~parts[0]
        case And() | Or():
            join = np.logical_and if isinstance(one, And) else np.logical_or
            truth = np.full((1, 1), isinstance(one, And))
            for part in parts:
                truth = join(truth, part)
            return truth
    raise TypeError(f"{type(one).__name__} is no formula")
