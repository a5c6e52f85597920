"""What P and Y cannot tell, tried on random formulas and the words that the theorem gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import drawn_formulas

from locality.theory.expressivity.automata import from_formula
from locality.theory.expressivity.complementary import (
    BEGINS,
    ENDS,
    alternates,
    beginnings,
    delayed,
    endings,
)
from locality.theory.expressivity.decisions import defines, parted
from locality.theory.expressivity.formulas import TRUE, Letter, Past, depth, windows, yesterday
from locality.theory.expressivity.semantics import accepts
from locality.theory.expressivity.types import GLOBAL, Operators, hybrid, local
from locality.verify.recognizers.strategies import words

WITHOUT_P = Operators(windows=(1, 2, 3))
WITHOUT_Y = Operators(past=True, windows=(2, 3))


def told_apart(formula, pair):
    first, second = accepts(formula, pair, "ab")
    return first != second


@pytest.mark.theorem("complementary")
@given(word=words("abc"))
def test_the_formulas_mean_what_they_say(word):
    turns = "ab" * (len(word) // 2) == word
    for wanted, formula in (
        (word.startswith("a"), BEGINS),
        (word.endswith("a"), ENDS),
        (turns, alternates("abc")),
    ):
        assert accepts(formula, [word], "abc")[0] == wanted


@pytest.mark.theorem("complementary")
@given(formula=drawn_formulas(WITHOUT_P), more=st.integers(0, 3))
def test_without_the_past_no_formula_sees_the_beginning(formula, more):
    reach = depth(formula) * max(windows(formula), default=1)
    assert not told_apart(formula, beginnings(reach + more))
    assert not told_apart(formula, delayed((reach + 1) // 2 + more))


@pytest.mark.theorem("complementary")
@given(formula=drawn_formulas(WITHOUT_Y), more=st.integers(0, 3))
def test_without_yesterday_no_formula_sees_the_last_letter(formula, more):
    """Y≤3 is written with two of Y≤2 inside one another, so each costs two rounds."""
    assert not told_apart(formula, endings(2 * depth(formula) + more))


@pytest.mark.theorem("complementary")
@given(rounds=st.integers(1, 12))
def test_one_layer_more_sees_it(rounds):
    first, letters = yesterday(Letter("a"), rounds + 1), TRUE
    for _ in range(rounds + 1):
        letters = Past(Letter("a") & letters)
    assert depth(first) == depth(letters) == rounds + 1
    assert told_apart(first, beginnings(rounds))
    assert told_apart(letters, endings(rounds))


def test_a_planted_fault_is_noticed():
    wrong = Past(Letter("a"))
    assert not defines(lambda _: wrong, lambda alphabet: from_formula(BEGINS, alphabet))[0]
    assert not parted(beginnings, GLOBAL)[0]
    assert not parted(endings, hybrid(1))[0]
    assert not parted(delayed, local(1))[0]
