from itertools import product

import pytest
from hypothesis import given

from locality.theory import InputError
from locality.theory.expressivity.equivalence import accepted_word, distinguishing_word
from locality.theory.expressivity.formulas import (
    FALSE,
    TRUE,
    Letter,
    Not,
    Past,
    Since,
    Within,
    yesterday,
)
from locality.theory.expressivity.machine import Machine, TooLarge, explore
from locality.theory.expressivity.semantics import accepts
from locality.theory.expressivity.syntax import parse
from locality.verify.recognizers.strategies import formulas, words

SHORT = ["".join(word) for length in range(6) for word in product("ab", repeat=length)]


@pytest.mark.parametrize(
    ("first", "second", "word"),
    [
        ("P a", "true S a", None),
        ("Y a", "false S a", None),
        ("Y<=3 a", "Y a | YY a | YYY a", None),
        ("P a", "Y<=3 a", "abbb"),
        ("P P true", "YY true", None),
        ("P true", "true", ""),
        ("Y<=2 true", "true", ""),
        ("P Y a", "P a", "a"),
        ("a", "false", None),
        ("P a | P b", "P true", None),
        ("P(b & P a)", "P(b & Y a)", None),
        ("P(a & !P true)", "!P b S a", "ba"),
        ("Y<=3 a", "Y<=2 a | (Y<=2 true & !Y<=2 !Y<=2 a)", None),
        ("Y<=3 a", "Y<=2 a | !Y<=2 !Y<=2 a", ""),
    ],
)
def test_by_hand(first, second, word):
    assert distinguishing_word(parse(first), parse(second), "ab") == word


def test_the_alphabet_matters():
    first, second = parse("P(b & P a)"), parse("P(b & Y a)")
    assert distinguishing_word(first, second, "ab") is None
    assert distinguishing_word(first, second, "abc") == "acb"
    assert accepted_word(parse("P c"), "ab") is None


@given(formulas(deepest=2), formulas(deepest=2))
def test_the_word_distinguishes_and_no_earlier_one_does(first, second):
    word = distinguishing_word(first, second, "ab")
    differ = accepts(first, SHORT, "ab") != accepts(second, SHORT, "ab")
    if differ.any():
        assert word == SHORT[differ.argmax()]
    else:
        assert word is None or len(word) > len(SHORT[-1])
        assert word is None or accepts(first, [word], "ab") != accepts(second, [word], "ab")


@given(formulas(), formulas(), words())
def test_machines_read_words_as_formulas_do(first, second, word):
    machine = Machine((first, second), "ab")
    state = machine.start
    for letter in word:
        state = machine.step(state)[:, "ab".index(letter)]
    expected = [accepts(formula, [word], "ab")[0] for formula in (first, second)]
    assert machine.truths(state)[0].tolist() == expected


@given(formulas(), words())
def test_explored_tables_run_words_and_know_a_word_to_every_state(formula, word):
    reach = explore((formula,), "ab")
    state = 0
    for letter in word:
        state = reach.table[state, "ab".index(letter)]
    assert reach.truths[state, 0] == accepts(formula, [word], "ab")[0]
    leading = [reach.word(state) for state in range(len(reach.truths))]
    assert leading == sorted(leading, key=lambda word: (len(word), word))
    assert reach.truths[:, 0].tolist() == accepts(formula, leading, "ab").tolist()


def test_what_operators_remember():
    sizes = {"a": 1, "P a": 2, "Y a": 2, "Y<=3 a": 4, "b S a": 2, "YYY a": 8, "P a & !P b": 4}
    assert {text: len(explore((parse(text),), "ab").truths) for text in sizes} == sizes


@pytest.mark.parametrize("formula", [yesterday(Letter("a"), 40), Within(Letter("a"), 30_000)])
def test_too_large_is_said(formula):
    with pytest.raises(TooLarge, match=r"past operators?: more than \d+ states of memory"):
        distinguishing_word(formula, Not(Not(formula)), "ab", most=5_000)


def test_windows_beyond_counting_are_refused():
    with pytest.raises(TooLarge, match=f"window {2**32}: expected at most {2**32 - 1}"):
        distinguishing_word(Within(Letter("a"), 2**32), FALSE, "ab")


@pytest.mark.parametrize("alphabet", ["", "aba", "a,b", "a b"])
def test_bad_alphabets(alphabet):
    with pytest.raises(InputError, match=f"alphabet {alphabet!r}: expected letters and digits"):
        distinguishing_word(TRUE, FALSE, alphabet)


def test_reflexive_past_differs_where_it_is_nested():
    a = Letter("a")
    assert distinguishing_word(Past(a), Past(a) | a, "ab") is None
    assert distinguishing_word(Past(Past(a)), Past(Past(a) | a), "ab") == "a"
    assert distinguishing_word(Since(Letter("b"), a), Past(a), "ab") is None
    assert distinguishing_word(Since(Letter("b"), a), Past(a), "abc") == "ac"
