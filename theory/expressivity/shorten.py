"""Formulas made shorter without a change of their language: parts dropped one by one, and tried."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from locality.theory.expressivity.automata import Automaton, from_formula
from locality.theory.expressivity.formulas import (
    FALSE,
    TRUE,
    And,
    Constant,
    Formula,
    Or,
    subformulas,
    with_parts,
)
from locality.theory.expressivity.machine import TooLarge
from locality.theory.expressivity.semantics import Truth, encode, step
from locality.theory.expressivity.simplify import simplify

WORDS = 100
STATES = 5000
PARTS = 40  # a longer formula is left as it is
TRIES = 120


def size(formula: Formula) -> int:
    """The number of its parts, each counted once."""
    return sum(1 for _ in subformulas(formula))


def defines(formula: Formula, automaton: Automaton) -> bool:
    """Whether the formula's automaton is this one; False if it would have too many states."""
    try:
        return from_formula(formula, automaton.alphabet, STATES) == automaton
    except TooLarge:
        return False


class _Same:
    """Whether a formula defines the language: tried on short words first, then decided."""

    def __init__(self, automaton: Automaton) -> None:
        words = list(_words(automaton.alphabet))
        self.automaton = automaton
        self.codes = encode(words, automaton.alphabet)
        self.ends = np.arange(len(words)), np.array([len(word) for word in words])
        self.expected = automaton.recognises(words)
        self.left = TRIES
        self.truths: dict[Formula, Truth] = {}  # most parts are those of the formula tried before

    def __call__(self, formula: Formula) -> bool:
        self.left -= 1
        alphabet = self.automaton.alphabet
        for one in subformulas(formula):
            if one not in self.truths:
                parts = [self.truths[part] for part in one.parts]
                self.truths[one] = step(one, parts, self.codes, alphabet)
        found = self.truths[formula][self.ends]
        return bool((found == self.expected).all()) and defines(formula, self.automaton)


def shorten(formula: Formula, automaton: Automaton) -> Formula:
    """A formula of the same language from which no single part can be dropped any more.

    Nothing is added, so that it stays in its logic. A formula of more than 40 parts is left as it
    is, and after 120 tries so is what was reached.
    """
    same = _Same(automaton)
    shorter = formula if size(formula) <= PARTS else None
    while shorter is not None:
        formula, shorter = shorter, _shorter(shorter, same)
    return formula


def _shorter(formula: Formula, same: _Same) -> Formula | None:
    for one in reversed(list(subformulas(formula))):
        for simpler in _simpler(one):
            found = _replaced(formula, one, simpler)
            if same.left and same(found):
                return simplify(found, at_end=True)
    return None


def _simpler(one: Formula) -> Iterator[Formula]:
    if isinstance(one, Constant):
        return
    yield from (TRUE, FALSE, *one.parts)
    if isinstance(one, And | Or) and len(one.parts) > 2:
        for part in one.parts:
            yield with_parts(one, [other for other in one.parts if other is not part])


def _replaced(formula: Formula, old: Formula, new: Formula) -> Formula:
    made: dict[Formula, Formula] = {}
    for one in subformulas(formula):
        parts = [made[part] for part in one.parts]
        same = all(part is other for part, other in zip(parts, one.parts, strict=True))
        made[one] = new if one is old else one if same else with_parts(one, parts)
    return made[formula]


def _words(alphabet: str) -> Iterator[str]:
    """The shortest words, about as many as asked for."""
    size = count = 0
    while count < WORDS:
        yield from map("".join, product(alphabet, repeat=size))
        count, size = count + len(alphabet) ** size, size + 1
