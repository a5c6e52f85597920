"""Random formulas of a given depth and random words, the same ones for the same generator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from locality.theory.core.errors import InputError
from locality.theory.expressivity.formulas import And, Formula, Letter, Not, Or, Past, Since, Within
from locality.theory.expressivity.types import Operators

Sign = Callable[[Formula, Formula], Formula]


def random_formula(
    rng: np.random.Generator, depth: int, operators: Operators, alphabet: str, width: int = 2
) -> Formula:
    """A formula of exactly this depth with some of the operators.

    Every depth has `width` formulas, each of a shallower one and up to two more of any depth below.
    InputError for a depth above 0 without operators, or without letters.
    """
    signs = _signs(operators)
    if not alphabet or (depth and not signs):
        raise InputError(f"{operators} over {alphabet!r}: expected a letter and an operator")
    known: list[Formula] = [Letter(symbol) for symbol in alphabet]
    deepest = known
    for _ in range(depth):
        parts = [(_mix(rng, deepest, known), _mix(rng, known, known)) for _ in range(width)]
        deepest = [signs[rng.integers(len(signs))](*pair) for pair in parts]
        known = known + deepest
    return _mix(rng, deepest, known)


def random_words(
    rng: np.random.Generator, count: int, alphabet: str, longest: int, shortest: int = 0
) -> list[str]:
    """Words of random letters, their lengths even between the shortest and the longest."""
    lengths = rng.integers(shortest, longest, size=count, endpoint=True)
    letters = np.array(list(alphabet))
    return ["".join(rng.choice(letters, size=length)) for length in lengths]


def _signs(operators: Operators) -> list[Sign]:
    """Each operator with two operands; those that take one leave the second out."""
    signs: list[Sign] = []
    if operators.past:
        signs.append(lambda one, _: Past(one))
    signs += map(_within, operators.windows)
    if operators.since:
        signs += [lambda one, other: Since(one, other), lambda one, other: Since(other, one)]
    return signs


def _within(window: int) -> Sign:
    return lambda one, _: Within(one, window)


def _mix(rng: np.random.Generator, needed: list[Formula], known: list[Formula]) -> Formula:
    """One of those needed, and up to two that are known, some of them negated, under ∧ or ∨."""
    parts = [needed[rng.integers(len(needed))]]
    parts += [known[k] for k in rng.integers(len(known), size=rng.integers(3))]
    signed = tuple(dict.fromkeys(Not(part) if rng.random() < 0.5 else part for part in parts))
    if len(signed) == 1:
        return signed[0]
    return And(signed) if rng.random() < 0.5 else Or(signed)
