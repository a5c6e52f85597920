"""Finite decisions that the theorems of this part rest on: same language, words told apart."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import product

from locality.theory.expressivity.automata import Automaton, from_formula
from locality.theory.expressivity.formulas import Formula
from locality.theory.expressivity.types import Operators, separating_depth

ALPHABETS = ("ab", "abc", "abcd")
DEEPEST = 6

Decision = tuple[bool, str]
Pair = Callable[[int], tuple[str, str]]


@cache
def short_words(longest: int, alphabet: str = "ab") -> tuple[str, ...]:
    """All words of at most so many letters."""
    sizes = range(longest + 1)
    return tuple("".join(word) for n in sizes for word in product(alphabet, repeat=n))


def defines(formula: Callable[[str], Formula], language: Callable[[str], Automaton]) -> Decision:
    """Whether a formula's minimal automaton is the language's, over two, three, four letters."""
    wrong = [one for one in ALPHABETS if from_formula(formula(one), one) != language(one)]
    told = f"not over {wrong[0]}" if wrong else f"the same automaton over {', '.join(ALPHABETS)}"
    return not wrong, told


def parted(pair: Pair, operators: Operators, farther: int = 1) -> Decision:
    """Whether pair r agrees up to depth `farther`·r and is told apart one deeper, r = 1 … 6."""
    found = [separating_depth(*pair(r), operators) for r in range(1, DEEPEST + 1)]
    ok = found == [farther * r + 1 for r in range(1, DEEPEST + 1)]
    return ok, f"in {operators} first told apart at the depths {', '.join(map(str, found))}"
