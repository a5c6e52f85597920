"""Formulas of automata: for LTL[Y], for LTL[P] and LTL[P,Y], and with "since" for all of LTL[S].

Each construction follows a proof, and `formula_of` believes none: a formula is returned only if the
automaton that it is turned back into is the one that was given. Formulas share their parts, and a
construction that would pass its stated size gives none.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import TypeVar

from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.connectives import all_of, any_of, negation
from locality.theory.expressivity.formulas import (
    FALSE,
    TRUE,
    Formula,
    Letter,
    Not,
    Past,
    Within,
)
from locality.theory.expressivity.graphs import components
from locality.theory.expressivity.shorten import defines, shorten, size
from locality.theory.expressivity.simplify import simplify
from locality.theory.expressivity.since import since_formula

KEYS = 500  # sets of states that a construction looks at
STATES = 64
PARTS = 2000  # of a formula

Key = TypeVar("Key", bound=Hashable)
States = frozenset[int]
TwoSets = tuple[States, States]
START = Not(Within(TRUE, 1))  # no letter came before


def definite_formula(automaton: Automaton) -> Formula | None:
    """A formula of LTL[Y], the last letters read backwards; None if there is none, or too large.

    To be in a set of states is to have come from its preimage under the last letter. Backwards from
    the accepting states the preimages end in the empty set and the whole one, or go round for ever.
    """
    every = frozenset(range(len(automaton)))

    def known(states: States) -> Formula | None:
        return TRUE if states == every else FALSE if not states else None

    def steps(states: States) -> dict[str, States]:
        return {letter: _before(automaton, letter, states, every) for letter in automaton.alphabet}

    def built(states: States, before: Mapping[str, Formula]) -> Formula:
        return any_of([_yesterday(before, automaton.alphabet), START if 0 in states else FALSE])

    found = _unrolled(automaton.accepting, known, steps, built)
    return None if found is None else found[automaton.accepting]


def _before(automaton: Automaton, letter: str, states: States, among: States) -> States:
    """Those of `among` that the letter leads into the set."""
    column = automaton.alphabet.index(letter)
    return frozenset(state for state in among if automaton.table[state][column] in states)


def _yesterday(before: Mapping[str, Formula], alphabet: str) -> Formula:
    """For one letter the position before held it, and its formula."""
    return Within(_reading(before, alphabet), 1)


def _reading(said: Mapping[str, Formula], alphabet: str) -> Formula:
    """This position holds a letter, and what is said of that letter; each formula written once."""
    letters: dict[Formula, list[str]] = {}
    for letter, formula in said.items():
        letters.setdefault(formula, []).append(letter)
    return any_of(all_of([_one_of(each, alphabet), formula]) for formula, each in letters.items())


def _one_of(letters: Iterable[str], alphabet: str) -> Formula:
    named = sorted(letters)
    return TRUE if len(named) == len(alphabet) else any_of(Letter(letter) for letter in named)


def _unrolled(
    root: Key,
    known: Callable[[Key], Formula | None],
    steps: Callable[[Key], Mapping[str, Key]],
    built: Callable[[Key, Mapping[str, Formula]], Formula],
) -> dict[Key, Formula] | None:
    """Formulas of the root and of all keys that it steps to, each built out of those it steps to.

    None if steps go in a circle, or to more than `KEYS` keys.
    """
    number, keys, rows = {root: 0}, [root], []
    for key in keys:
        row = {} if known(key) is not None else steps(key)
        for target in row.values():
            if target not in number:
                number[target] = len(keys)
                keys.append(target)
        rows.append(row)
        if len(keys) > KEYS:
            return None
    order = components([[number[target] for target in row.values()] for row in rows])
    itself = (key in row.values() for key, row in zip(keys, rows, strict=True))
    if len(set(order)) < len(keys) or any(itself):
        return None
    formulas: dict[Key, Formula] = {}
    for _, place in sorted((turn, place) for place, turn in enumerate(order)):
        key, found = keys[place], known(keys[place])
        after = {letter: formulas[target] for letter, target in rows[place].items()}
        formulas[key] = built(key, after) if found is None else found
    return formulas


class _Round(Exception):
    """Steps that go in a circle, or too many of them."""


class _Ordered:
    """The construction for LTL[P,Y]; where no component has two states it needs P alone.

    A word passes through components of the automaton, each left for good. Inside one the last
    letters tell the state. `entered` and `left` say that a component was entered or left before
    now; `inside` says in which states one is, provided the component was not left.
    """

    def __init__(self, automaton: Automaton) -> None:
        self.automaton, self.alphabet = automaton, automaton.alphabet
        self.of = components(automaton.table)
        self.members = [
            frozenset(state for state, of in enumerate(self.of) if of == one)
            for one in range(max(self.of) + 1)
        ]
        self._entered: dict[int, Formula] = {}
        self._left: dict[int, Formula] = {}
        self._now: dict[tuple[int, States], Formula] = {}
        self._inside: dict[tuple[int, States, States], Formula] = {}

    def now(self, one: int, states: States) -> Formula:
        """In one of these states of the component."""
        key = one, states
        if key not in self._now:
            self._now[key] = all_of([self.inside(one, states), negation(self.left(one))])
        return self._now[key]

    def entered(self, one: int) -> Formula:
        """The component was entered, now or earlier."""
        if one not in self._entered:
            start = 0 in self.members[one]
            self._entered[one] = TRUE if start else Past(self.entering(one, self.members[one]))
        return self._entered[one]

    def entering(self, one: int, states: States) -> Formula:
        """This letter leads from another component into one of the states."""
        said = {letter: self.outside(one, letter, states) for letter in self.alphabet}
        return _reading(said, self.alphabet)

    def outside(self, one: int, letter: str, states: States) -> Formula:
        """In a state of another component from which the letter leads into one of these."""
        others = range(one + 1, len(self.members))
        before = {c: _before(self.automaton, letter, states, self.members[c]) for c in others}
        return any_of(self.now(c, those) for c, those in before.items() if those)

    def left(self, one: int) -> Formula:
        """The component was left before now."""
        if one not in self._left:
            said = {}
            for letter in self.alphabet:
                stay = _before(self.automaton, letter, self.members[one], self.members[one])
                said[letter] = self.inside(one, self.members[one] - stay)
            self._left[one] = Past(_reading(said, self.alphabet))
        return self._left[one]

    def inside(self, one: int, states: States) -> Formula:
        """In one of the states, provided that the component was not left after it was entered.

        Keys are two sets: states from which the letters read since lead into the set asked for, and
        states from which they lead elsewhere in the component. Where one is empty, it is decided.
        """
        members = self.members[one]

        def known(key: TwoSets) -> Formula | None:
            if not (key[0] and key[1]):
                return self.entered(one) if key[0] else FALSE
            return self._inside.get((one, *key))

        def steps(key: TwoSets) -> dict[str, TwoSets]:
            return {
                letter: (
                    _before(self.automaton, letter, key[0], members),
                    _before(self.automaton, letter, key[1], members),
                )
                for letter in self.alphabet
            }

        def built(key: tuple[States, States], before: Mapping[str, Formula]) -> Formula:
            said = {
                letter: any_of([formula, self.outside(one, letter, key[0])])
                for letter, formula in before.items()
            }
            return any_of([_yesterday(said, self.alphabet), START if 0 in key[0] else FALSE])

        root = states, members - states
        found = _unrolled(root, known, steps, built)
        if found is None or len(self._inside) > KEYS:
            raise _Round
        self._inside |= {(one, *key): formula for key, formula in found.items()}
        return found[root]


def ordered_formula(automaton: Automaton) -> Formula | None:
    """A formula of LTL[P,Y], without Y for a language in LTL[P]; None if none, or too large."""
    if len(automaton) > STATES:
        return None
    made = _Ordered(automaton)
    try:
        return any_of(made.now(c, automaton.accepting & m) for c, m in enumerate(made.members))
    except _Round:
        return None


def formula_of(automaton: Automaton) -> Formula | None:
    """A formula of the language, in the first of LTL[Y], LTL[P], LTL[P,Y] and LTL[S] that has one.

    It was turned back into an automaton, which was the given one. None for a language that is not
    aperiodic, or if all formulas are too large.
    """
    return local_formula(automaton) or past_formula(automaton) or star_free_formula(automaton)


def local_formula(automaton: Automaton) -> Formula | None:
    """A formula of LTL[Y], turned back into the automaton; None if there is none, or too large."""
    return _best(definite_formula, automaton)


def past_formula(automaton: Automaton) -> Formula | None:
    """A formula of LTL[P], or else of LTL[P,Y], turned back into the automaton; None if none."""
    return _best(ordered_formula, automaton)


def star_free_formula(automaton: Automaton) -> Formula | None:
    """A formula of LTL[S], turned back into the automaton; None if there is none, or too large."""

    def simple(part: Automaton) -> Formula | None:
        return definite_formula(part) or ordered_formula(part)

    return _sound([since_formula(automaton, simple)], automaton)


def _best(construct: Callable[[Automaton], Formula | None], automaton: Automaton) -> Formula | None:
    """The shorter one of a formula for the language and one for its complement, negated."""
    other = construct(automaton.complement)
    return _sound([construct(automaton), other and negation(other)], automaton)


def _sound(found: Iterable[Formula | None], automaton: Automaton) -> Formula | None:
    """The shortest of those that define the language; None if none does, or is small enough."""
    small = [simplify(one, at_end=True) for one in found if one is not None and size(one) <= PARTS]
    sound = [shorten(one, automaton) for one in small if defines(one, automaton)]
    return min(sound, key=size, default=None)
