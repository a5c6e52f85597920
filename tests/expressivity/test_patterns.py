"""Visibility patterns: what is seen, formulas over it, types, and what sinks and tokens decide."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locality.theory import InputError
from locality.theory.expressivity import patterns, semantics, tokens, types
from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.decisions import short_words
from locality.theory.expressivity.formulas import TRUE, Letter, Past, Within, yesterday
from locality.theory.expressivity.patterns import EVERYTHING, Multiple, Pattern, Visible, accepts
from locality.theory.expressivity.testable import ends_decide, locally_testable
from locality.theory.expressivity.tokens import (
    ALTERNATION,
    BRACKETS,
    FACTOR,
    FIRST,
    NESTED,
    SUBWORD,
    TURNS,
    letter_after,
    means,
    same,
    told_apart,
)

A, B = Letter("a"), Letter("b")


def rows(pattern, positions):
    return [(1 + np.flatnonzero(row)).tolist() for row in pattern.visible(positions)]


def test_what_is_seen_counts_by_hand():
    assert rows(Pattern(window=2), 4) == [[], [1], [1, 2], [2, 3]]
    assert rows(Pattern(window=1, first=1), 4) == [[], [1], [1, 2], [1, 3]]
    assert rows(Pattern(first=2), 4) == [[], [1], [1, 2], [1, 2]]
    assert rows(Pattern(window=1, period=3), 5) == [[], [1], [1, 2], [3], [3, 4]]
    assert rows(EVERYTHING, 3) == [[], [1], [1, 2]]
    assert rows(Pattern(), 3) == [[], [], []]


@pytest.mark.parametrize("field", ["window", "first", "period"])
@pytest.mark.parametrize("value", [-1, 1.5])
def test_a_pattern_that_is_none_is_refused(field, value):
    with pytest.raises(InputError, match=rf"{field} {value}: expected an integer of at least 0"):
        Pattern(**{field: value})


def test_a_period_of_nothing_is_refused():
    with pytest.raises(InputError, match="period 0"):
        Multiple(0)


@pytest.mark.parametrize("operand", [A, A & Within(B, 1), ~Past(A)])
def test_past_and_windows_are_patterns(operand):
    ok, _ = same(
        [
            (Visible(operand, EVERYTHING), Past(operand)),
            *[(Visible(operand, Pattern(window=k)), Within(operand, k)) for k in (1, 2, 3)],
        ]
    )
    assert ok


def test_marks_count_from_one():
    codes = semantics.encode(["aaaa"], "a")
    assert patterns.evaluate(Multiple(2), codes, "a")[0].tolist() == [0, 1, 0, 1, 0]


@pytest.mark.parametrize(
    ("heads", "operators"),
    [
        ((Pattern(window=1),), types.local(1)),
        ((Pattern(window=2),), types.local(2)),
        ((EVERYTHING,), types.GLOBAL),
        ((Pattern(window=1), EVERYTHING), types.hybrid(1)),
    ],
)
def test_types_are_those_of_the_operators(heads, operators):
    words = short_words(4)
    for u, v in product(words, words):
        assert patterns.separating_depth(u, v, heads) == types.separating_depth(u, v, operators)


def test_a_limit_ends_the_search():
    assert patterns.separating_depth("abbb", "bbbb", (Pattern(window=1),)) == 4
    assert patterns.separating_depth("abbb", "bbbb", (Pattern(window=1),), limit=3) is None
    assert patterns.separating_depth("abbb", "bbbb", (Pattern(window=1, first=1),), limit=3) == 1


@pytest.mark.parametrize("depth", [1, 2])
def test_confused_words_are_on_both_sides_and_alike(depth):
    mask = Pattern(window=1, period=2)
    inside, outside = patterns.confused(FACTOR, (mask,), depth)
    assert FACTOR.accepts(inside)
    assert not FACTOR.accepts(outside)
    assert patterns.separating_depth(inside, outside, (mask,), limit=depth) is None


def test_marks_alone_tell_lengths_apart():
    assert patterns.separating_depth("aa", "aaa", (), 2) == 0
    assert patterns.separating_depth("aa", "aaaa", (), 2) is None


def decided_by_hand(automaton, first, last):
    """Whether words of one beginning and one end are alike, by trying them."""
    seen = {}
    for word in short_words(first + last + 3, automaton.alphabet):
        ends = word[:first], word[max(0, len(word) - last) :]
        if seen.setdefault(ends, automaton.accepts(word)) != automaton.accepts(word):
            return False
    return True


@pytest.mark.parametrize("first", [0, 1, 2])
@pytest.mark.parametrize(
    "automaton",
    [
        letter_after(0),
        letter_after(1),
        Automaton("ab", ((1, 0), (1, 0)), frozenset({1})),
        Automaton("ab", ((1, 0), (1, 2), (1, 0)), frozenset({2})),
        Automaton("ab", ((1, 0), (1, 2), (2, 2)), frozenset({2})),
        NESTED,
    ],
)
def test_ends_decide_as_trying_says(automaton, first):
    assert ends_decide(automaton, first) == decided_by_hand(automaton, first, 3)


def test_locally_testable_languages():
    reset = Automaton("abc", ((1, 0, 0), (1, 1, 0)), frozenset({1}))
    found = [locally_testable(one) for one in (ALTERNATION, FACTOR, SUBWORD, reset, NESTED)]
    assert found == [True, True, False, False, False]
    assert locally_testable(letter_after(2))
    assert not locally_testable(Automaton("a", ((1,), (0,)), frozenset({0})))


def test_formulas_mean_their_languages():
    assert means(FIRST, letter_after(0), 8)[0]
    assert means(TURNS, ALTERNATION, 6)[0]
    assert means(BRACKETS, NESTED, 10)[0]


def test_nested_brackets_are_decided_at_every_length():
    assert told_apart(BRACKETS, NESTED) is None
    assert told_apart(Past(A), NESTED) == ""
    deep = A & yesterday(A & yesterday(B & yesterday(B)))
    assert told_apart(BRACKETS & ~Past(deep), NESTED) == "aabbaabb"


HEADS = (EVERYTHING, Pattern(window=1), Pattern(window=2), Pattern(window=1, period=2))


@given(st.data())
def test_words_told_apart_are_the_shortest(data):
    parts = [A, B, Multiple(2), TRUE]
    for _ in range(data.draw(st.integers(1, 5))):
        one, other = (data.draw(st.sampled_from(parts)) for _ in range(2))
        parts += [one & other, ~one, Visible(one, data.draw(st.sampled_from(HEADS)))]
    language = data.draw(st.sampled_from([NESTED, letter_after(1)]))
    words = short_words(7, "ab")
    wrong = accepts(parts[-1], words, "ab") != language.recognises(words)
    found = told_apart(parts[-1], language)
    if wrong.any():
        assert len(found) == len(words[int(wrong.argmax())])
    else:
        assert found is None or len(found) > 7


FAULTS = [
    (tokens.window_told_apart, "below", lambda pattern, most: TRUE),
    (tokens.places_known, "below", lambda pattern, most: TRUE),
    (tokens.sinks_counted, "ends_decide", lambda automaton, first: first > 0),
    (tokens.ends_too_few, "ALTERNATION", letter_after(0)),
    (tokens.sink_silent, "without_sink", lambda formula: TRUE),
    (tokens.factors_read, "SUBWORD", FACTOR),
    (tokens.turns_read, "TURNS", Past(A)),
    (tokens.tokens_spelled, "reached", Visible),
    (tokens.lengths_told_apart, "DEEPEST", 0),
    (tokens.last_token_blurred, "blurred", lambda period, rounds: ("ba", "ab")),
    (tokens.more_recognised, "BRACKETS", Past(A)),
    (tokens.seen_ahead, "FACTOR", SUBWORD),
]


@pytest.mark.parametrize(("decide", "name", "planted"), FAULTS)
def test_every_decision_notices_a_planted_fault(decide, name, planted, monkeypatch):
    assert decide()[0]
    monkeypatch.setattr(tokens, name, planted)
    assert not decide()[0]


def test_planted_faults_are_noticed():
    assert not means(FIRST, letter_after(1), 4)[0]
    assert not means(Past(A), letter_after(0), 4)[0]
    assert not same([(Visible(A, Pattern(window=1, first=1)), Within(A, 1))])[0]
