"""The transition semigroup of an automaton: what nonempty words do to its states.

libsemigroups lists it, shortest words first. Of a minimal automaton it is the syntactic semigroup.
`rotation` decides LTL[S]; the other properties are the algebra's own definitions of the classes,
which `classify` decides by patterns in the automaton, and tests compare the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from locality.theory.core.errors import InputError
from locality.theory.expressivity.automata import INSTALL, Automaton
from locality.theory.expressivity.graphs import components
from locality.theory.expressivity.machine import TooLarge

ELEMENTS = 100_000
CELLS = 2_000_000  # elements times states
STAGES = (500, 10_000, ELEMENTS)

Numbers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Semigroup:
    """Elements in the order of their shortest words, as maps of states.

    `images` (elements, states); `right` (elements, letters): the element times a letter, in the
    rows that were computed; `parent` and `letter` (elements,): how each element arises first, −1
    for no parent.
    """

    automaton: Automaton
    images: Numbers
    right: Numbers
    parent: Numbers
    letter: Numbers

    def __len__(self) -> int:
        """The number of elements."""
        return len(self.images)

    @property
    def complete(self) -> bool:
        """Whether these are all elements."""
        return len(self.right) == len(self.images)

    def word(self, element: int) -> str:
        """The element's shortest word, the first of them in the alphabet's order."""
        found = ""
        while element >= 0:
            found = self.automaton.alphabet[self.letter[element]] + found
            element = int(self.parent[element])
        return found

    @property
    def idempotents(self) -> Numbers:
        """The elements e with ee = e."""
        return np.flatnonzero((_after(self.images, self.images) == self.images).all(axis=1))

    @cached_property
    def classes(self) -> Numbers:
        """The R-class of each element: each reaches the other by further letters."""
        return np.array(components(self.right.tolist()))

    @property
    def rotating(self) -> Numbers:
        """The elements that move some states in a circle: s^(n+1) ≠ s^n for every n."""
        power = self.images
        for _ in range(len(self.automaton).bit_length()):
            power = _after(power, power)
        return np.flatnonzero((_after(power, self.images) != power).any(axis=1))

    @property
    def definite(self) -> bool:
        """Whether se = e for all elements s and idempotents e."""
        return all(
            (self.images[e][self.images] == self.images[e]).all() for e in self.idempotents.tolist()
        )

    @property
    def right_trivial(self) -> bool:
        """Whether the semigroup is R-trivial; so is then the monoid."""
        return len(set(self.classes.tolist())) == len(self)

    @property
    def locally_right_trivial(self) -> bool:
        """Whether eSe is R-trivial for every idempotent e.

        Members of eSe are R-related there if and only if they are in S: x = ys is x = y(ese).
        """
        place = {image.tobytes(): k for k, image in enumerate(self.images)}
        for e in self.idempotents.tolist():
            both = self.images[e][self.images[:, self.images[e]]]
            local = {place[image.tobytes()] for image in both}
            if len({int(self.classes[element]) for element in local}) < len(local):
                return False
        return True

    @property
    def aperiodic(self) -> bool:
        """Whether every element s has an n with s^(n+1) = s^n."""
        return not len(self.rotating)


def _after(first: Numbers, second: Numbers) -> Numbers:
    """Row by row, first one map and then the other."""
    return np.take_along_axis(second, first, axis=1)


def semigroup(automaton: Automaton, most: int = ELEMENTS) -> Semigroup:
    """The transition semigroup; TooLarge if it has more than `most` elements.

    InputError where libsemigroups is not installed.
    """
    found = _listed(automaton, _enumerator(automaton), most)
    if not found.complete:
        raise TooLarge(f"the semigroup has more than {most} elements: too large")
    return found


def rotation(automaton: Automaton, most: int = ELEMENTS) -> str | None:
    """The shortest word that moves some states in a circle; None where no word does.

    TooLarge if the semigroup has more than `most` elements, or 2 000 000 divided by the states,
    and none of these does; InputError where libsemigroups is not installed.
    """
    most = min(most, CELLS // len(automaton))
    enumerator = _enumerator(automaton)
    for stage in (*(stage for stage in STAGES if stage < most), most):
        found = _listed(automaton, enumerator, stage)
        if len(found.rotating):
            return found.word(int(found.rotating[0]))
        if found.complete:
            return None
    raise TooLarge(f"the semigroup has more than {most} elements: too large")


def _enumerator(automaton: Automaton) -> Any:
    try:
        library = import_module("libsemigroups_pybind11")
    except ModuleNotFoundError as error:
        raise InputError(f"libsemigroups is not installed: expected {INSTALL}") from error
    maps = [list(column) for column in zip(*automaton.table, strict=True)]
    found = library.FroidurePin([library.Transf(images) for images in maps])
    found.batch_size(1)  # or it lists 8192 elements where fewer are asked for
    return found


def _listed(automaton: Automaton, enumerator: Any, most: int) -> Semigroup:
    """At most about `most` elements; all of them exactly if every row of `right` is there."""
    library = import_module("libsemigroups_pybind11")
    silent = library.ReportGuard(False)
    enumerator.enumerate(most)
    del silent
    graph, letters = enumerator.current_right_cayley_graph(), range(len(automaton.alphabet))
    rows = []
    for element in range(enumerator.current_size()):
        row = [graph.target(element, letter) for letter in letters]
        if not all(isinstance(target, int) for target in row):  # not multiplied yet
            break
        rows.append(row)
    starts = [enumerator.position_of_generator(letter) for letter in letters]
    right = np.array(rows, dtype=np.int64).reshape(-1, len(letters))
    return _placed(automaton, starts, right)


def _placed(automaton: Automaton, starts: list[int], right: Numbers) -> Semigroup:
    """Every element's image, from the element and the letter that it arises from first."""
    reached = np.concatenate([np.array([starts]), right])
    _, first = np.unique(reached, return_index=True)
    parent, letter = np.divmod(first, reached.shape[1])
    parent -= 1
    table = np.array(automaton.table)
    images = np.empty((len(first), len(table)), dtype=np.int64)
    low, high = 0, int(np.searchsorted(parent, 0))
    images[:high] = table.T[letter[:high]]
    while high < len(first):
        low, high = high, int(np.searchsorted(parent, high))
        images[low:high] = table[images[parent[low:high]], letter[low:high, None]]
    return Semigroup(automaton, images, right, parent, letter)
