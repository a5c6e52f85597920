"""Whether two formulas accept the same words: decided, with a shortest word that tells them apart.

The search goes breadth-first through what the two formulas remember together, so that the word it
finds is a shortest one, and of those the first in the order of the alphabet.
"""

from __future__ import annotations

from locality.theory.expressivity.formulas import FALSE, Formula
from locality.theory.expressivity.machine import STATES, Truth, explore


def distinguishing_word(
    first: Formula, second: Formula, alphabet: str, most: int = STATES
) -> str | None:
    """A shortest word over the alphabet that one of the two accepts and the other does not.

    None if there is none: then the formulas are equivalent at the end of every word. InputError for
    an alphabet that is empty or repeats a letter; TooLarge past `most` states of memory.
    """
    reach = explore((first, second), alphabet, _differ, most)
    places = _differ(reach.truths).nonzero()[0]
    return reach.word(int(places[0])) if len(places) else None


def accepted_word(formula: Formula, alphabet: str, most: int = STATES) -> str | None:
    """A shortest word over the alphabet that the formula accepts; None if there is none."""
    return distinguishing_word(formula, FALSE, alphabet, most)


def _differ(truths: Truth) -> Truth:
    return truths[:, 0] != truths[:, 1]
