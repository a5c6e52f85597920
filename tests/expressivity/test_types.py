from itertools import product

import numpy as np
import pytest

from locality.theory import InputError
from locality.theory.expressivity.formulas import (
    And,
    Letter,
    Not,
    Or,
    Past,
    Since,
    Within,
)
from locality.theory.expressivity.semantics import accepts, encode, evaluate
from locality.theory.expressivity.types import (
    GLOBAL,
    SINCE,
    Operators,
    agree,
    hybrid,
    local,
    separating_depth,
    types,
)

WORDS = ["".join(word) for size in range(5) for word in product("ab", repeat=size)]
EACH = [GLOBAL, SINCE, local(1), local(2), hybrid(1), hybrid(2)]


def truths_by_depth(operators, deepest):
    """What formulas of each depth say of every position of every word, as sets of columns.

    Conjunctions of literals stand for all Boolean combinations: they say as much.
    """
    codes = encode(WORDS, "ab")
    there = np.arange(codes.shape[1]) <= np.array([len(word) for word in WORDS])[:, None]
    told = {evaluate(Letter(one), codes, "ab").tobytes(): Letter(one) for one in "ab"}
    for _ in range(deepest + 1):
        table = np.array([evaluate(one, codes, "ab")[there] for one in told.values()])
        yield [tuple(column) for column in table.T]
        atoms = cells(list(told.values()), table)
        for one in applied(atoms, operators):
            told.setdefault(evaluate(one, codes, "ab").tobytes(), one)


def cells(formulas, table):
    """For every class of positions a conjunction that holds there and nowhere else."""
    for column in dict.fromkeys(tuple(column) for column in table.T):
        yield And(tuple(f if yes else Not(f) for f, yes in zip(formulas, column, strict=True)))


def applied(atoms, operators):
    atoms = list(atoms)
    if operators.past:
        yield from map(Past, atoms)
    for window in operators.windows:
        yield from (Within(one, window) for one in atoms)
    if operators.since and len(atoms) <= 8:
        for chosen in product((False, True), repeat=len(atoms)):
            hold = Or(tuple(f for f, yes in zip(atoms, chosen, strict=True) if yes))
            yield from (Since(hold, start) for start in atoms)


@pytest.mark.parametrize("operators", EACH, ids=str)
def test_types_part_positions_as_formulas_do(operators):
    deepest = 1 if operators.since else 2
    by_formulas = truths_by_depth(operators, deepest)
    for rows, columns in zip(types(WORDS, operators), by_formulas, strict=False):
        numbers = [one for row in rows for one in row]
        pairs = set(zip(numbers, columns, strict=True))
        assert len(pairs) == len(set(numbers)) == len(set(columns))


@pytest.mark.parametrize("window", [2, 3, 4])
@pytest.mark.parametrize("rounds", range(1, 7))
def test_rounds_longer_than_the_window_are_told_apart_one_deeper(window, rounds):
    word = ("a" + "b" * (window - 1)) * rounds
    for operators in (local(window), hybrid(window)):
        assert separating_depth(word + "a", word, operators) == rounds + 1
        assert agree(word + "a", word, rounds, operators)


def test_yesterday_counts_the_last_letters():
    assert separating_depth("abbb", "bbbb", local(1)) == 4
    assert separating_depth("abbb", "bbbb", GLOBAL) == 1
    assert separating_depth("ab" * 9, "ab" * 8 + "ba", local(1)) == 1


def test_equal_words_are_never_told_apart():
    assert all(separating_depth("abab", "abab", operators) is None for operators in EACH)


def test_a_limit_stops_the_search():
    assert separating_depth("abbb", "bbbb", local(1), 3) is None


def test_reflexive_past_cannot_count():
    reflexive = Operators(past=True, strict=False)
    assert separating_depth("a", "aa", reflexive) is None
    assert separating_depth("ab", "ba", reflexive) == 2
    assert separating_depth("a", "aa", GLOBAL) == 2


def test_at_its_last_letter_a_word_shows_that_letter():
    assert separating_depth("ab", "ba", Operators(past=True, at_end=False)) == 0
    with pytest.raises(InputError, match="word '': expected a letter"):
        separating_depth("", "a", Operators(past=True, at_end=False))


def test_since_tells_the_order_of_last_occurrences_at_once():
    assert separating_depth("ab", "ba", SINCE) == 1
    assert separating_depth("ab", "ba", GLOBAL) == 2
    assert accepts(Since(~Letter("b"), Letter("a")), ["ab", "ba"], "ab").tolist() == [False, True]


def test_operators_refuse_what_has_no_meaning():
    with pytest.raises(InputError, match=r"windows \(0,\)"):
        local(0)
    with pytest.raises(InputError, match="only P may be reflexive"):
        Operators(since=True, strict=False)
