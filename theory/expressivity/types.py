"""What formulas of a given depth can tell of a word: its type, by refinement over positions.

Two positions have the same type of depth 0 if they hold the same letter, and the same of depth
r + 1 if moreover every operator sees the same types of depth r from both. So two words satisfy the
same formulas of depth r exactly if they have the same type of depth r where they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from locality.theory.core.errors import InputError

Rows = list[list[int]]


@dataclass(frozen=True)
class Operators:
    """The operators that formulas may use: P, Y≤k for every k of `windows`, S.

    `strict` is how P and S are meant: of earlier positions only. `at_end` is where words are read:
    after the last letter. The altered readings, False, are there to show that both matter.
    """

    past: bool = False
    windows: tuple[int, ...] = ()
    since: bool = False
    strict: bool = True
    at_end: bool = True

    def __post_init__(self) -> None:
        if any(k < 1 for k in self.windows):
            raise InputError(f"windows {self.windows!r}: expected integers of at least 1")
        if self.since and not self.strict:
            raise InputError("strict=False: expected strict since; only P may be reflexive")

    def __str__(self) -> str:
        names = ["P"] * self.past + [f"Y<={k}" for k in self.windows] + ["S"] * self.since
        return f"LTL[{','.join(names)}]"


GLOBAL = Operators(past=True)
SINCE = Operators(since=True)


def local(window: int) -> Operators:
    """Y≤k alone: attention that is k-local."""
    return Operators(windows=(window,))


def hybrid(window: int) -> Operators:
    """P and Y≤k: global heads beside k-local ones."""
    return Operators(past=True, windows=(window,))


class View(NamedTuple):
    """What a position sees: all earlier types, the last ones, all by their last occurrence."""

    earlier: frozenset[int] = frozenset()
    near: tuple[int, ...] = ()
    order: tuple[int, ...] = ()

    def after(self, one: int, operators: Operators) -> View:
        """The view from the next position, `one` being the type of this."""
        window = max(operators.windows, default=0)
        return View(
            self.earlier | {one} if operators.past and one not in self.earlier else self.earlier,
            (*self.near, one)[-window:] if window else (),
            (*(type_ for type_ in self.order if type_ != one), one) if operators.since else (),
        )

    def shows(self, one: int, operators: Operators) -> Hashable:
        """What tells apart positions of this view and the type `one`.

        φ S ψ asks for a type of ψ after whose last occurrence come only types of φ, so the order
        of last occurrences is all that it shows.
        """
        earlier = self.earlier if operators.strict else self.earlier | {one}
        near = tuple(frozenset(self.near[-window:]) for window in operators.windows)
        return one, earlier, near, self.order


def types(words: Sequence[str], operators: Operators) -> Iterator[Rows]:
    """At depth 0, 1, …: the types of all positions of each word, as numbers that all words share.

    Ends with the first depth whose successor splits no type; deeper formulas tell no more.
    """
    first = [_letters(word, operators) for word in words]
    return refinements(first, lambda row: _refined(row, operators))


def refinements(
    first: Iterable[Iterable[Hashable]], shown: Callable[[list[int]], Iterable[Hashable]]
) -> Iterator[Rows]:
    """Types that start from what `first` tells apart; `shown` is what a word's types show anew."""
    rows = _numbered(first)
    while True:
        yield rows
        finer = _numbered(map(shown, rows))
        if _count(finer) == _count(rows):
            return
        rows = finer


def separating_depth(u: str, v: str, operators: Operators, limit: int | None = None) -> int | None:
    """The least depth of a formula that tells one word from the other.

    None: no formula does, or with a `limit` none of at most that depth.
    """
    return parted(types((u, v), operators), limit)


def parted(levels: Iterable[Rows], limit: int | None) -> int | None:
    """The first depth, up to `limit`, whose types tell two words apart where they are read."""
    for depth, (first, second) in enumerate(levels):
        if first[-1] != second[-1]:
            return depth
        if depth == limit:
            break
    return None


def agree(u: str, v: str, depth: int, operators: Operators) -> bool:
    """Whether both words satisfy the same formulas of at most that depth."""
    return separating_depth(u, v, operators, depth) is None


def _letters(word: str, operators: Operators) -> list[Hashable]:
    """The letter of every position up to where the word is read; none after the last letter."""
    if not operators.at_end and not word:
        raise InputError("word '': expected a letter, for words are read at the last one")
    return [*word, *([None] if operators.at_end else [])]


def _refined(row: Sequence[int], operators: Operators) -> Iterator[Hashable]:
    view = View()
    for one in row:
        yield view.shows(one, operators)
        view = view.after(one, operators)


def _numbered(rows: Iterable[Iterable[Hashable]]) -> Rows:
    numbers: dict[Hashable, int] = {}
    return [[numbers.setdefault(one, len(numbers)) for one in row] for row in rows]


def _count(rows: Rows) -> int:
    return 1 + max(map(max, rows))
