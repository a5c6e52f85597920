"""Sinks and global tokens, tried on random formulas and words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locality.theory.expressivity import tokens
from locality.theory.expressivity.formulas import FALSE, TRUE, And, Letter, Not, Past, Within
from locality.theory.expressivity.patterns import Multiple, Pattern, Visible, accepts, evaluate
from locality.theory.expressivity.semantics import encode
from locality.verify.recognizers.strategies import words

DEEPEST = 3
LETTERS = ("a", "b")


def formulas(heads):
    """Formulas of these heads, at most `DEEPEST` of them inside one another."""
    atoms = st.sampled_from([*map(Letter, LETTERS), TRUE, FALSE])
    found = atoms
    for _ in range(DEEPEST):
        seen = st.builds(Visible, st.one_of(atoms, found), st.sampled_from(heads))
        both = st.lists(st.one_of(atoms, seen), min_size=1, max_size=3).map(tuple).map(And)
        found = st.one_of(seen, seen.map(Not), both)
    return found


def everywhere(formula, word):
    return evaluate(formula, encode([word], "ab"), "ab")[0]


SINK_HEADS = [Pattern(window=1), Pattern(first=1), Pattern(first=2), Pattern(window=1, first=2)]


@pytest.mark.theorem("global-tokens")
@given(
    formula=formulas(SINK_HEADS),
    begin=st.text("ab", min_size=2, max_size=2),
    middles=st.tuples(words("ab", 6), words("ab", 6)),
    end=st.text("ab", min_size=DEEPEST + 2, max_size=DEEPEST + 2),
)
def test_what_stands_between_the_ends_is_not_seen(formula, begin, middles, end):
    pair = [begin + middle + end for middle in middles]
    first, second = accepts(formula, pair, "ab")
    assert first == second


@pytest.mark.theorem("global-tokens")
@given(
    operand=formulas([Pattern(window=1), Pattern(window=2, first=1)]),
    window=st.integers(1, 3),
    first=st.integers(0, 3),
    word=words("ab", 10),
)
def test_a_head_tells_its_window_from_the_sinks(operand, window, first, word):
    pattern = Pattern(window=window, first=first)
    alone = everywhere(Within(operand, window), word)
    assert (everywhere(tokens.window_beside_sinks(operand, pattern), word) == alone).all()


@pytest.mark.theorem("global-tokens")
@given(
    formula=formulas([Pattern(window=1, first=1), Pattern(window=3, first=1)]),
    word=words("ab", 10),
)
def test_a_sink_without_a_letter_adds_nothing(formula, word):
    after = evaluate(formula, tokens.with_sink(encode([word], "ab")), "ab")[0, 1:]
    assert (after == everywhere(tokens.without_sink(formula), word)).all()


@pytest.mark.theorem("global-tokens")
@given(
    operand=formulas([Pattern(window=1), Pattern(window=1, period=2)]),
    window=st.integers(1, 3),
    period=st.integers(2, 5),
    word=words("ab", 14),
)
def test_global_tokens_are_the_past_and_a_count(operand, window, period, word):
    pattern = Pattern(window=window, period=period)
    for one, other in (
        (Visible(operand, pattern), tokens.global_spelled(operand, pattern)),
        (Past(operand), tokens.reached(operand, pattern)),
        (Multiple(period), tokens.global_here(pattern)),
    ):
        assert (everywhere(one, word) == everywhere(other, word)).all()


@pytest.mark.theorem("global-tokens")
@given(data=st.data(), period=st.integers(1, 4), rounds=st.integers(2 * DEEPEST, 2 * DEEPEST + 2))
def test_heads_that_see_all_tokens_do_not_know_the_last(data, period, rounds):
    heads = [Pattern(window=k, period=period) for k in (0, 1, 2)]
    formula = data.draw(formulas(heads))
    first, second = accepts(formula, tokens.blurred(period, rounds), "ab")
    assert first == second


def test_a_planted_fault_is_noticed():
    pattern = Pattern(window=1, first=1)
    word = "ab"
    assert (
        everywhere(Visible(Letter("a"), pattern), word) != everywhere(Within(Letter("a"), 1), word)
    ).any()
    told = accepts(Within(Letter("a"), 1), tokens.blurred(2, 6), "ab")
    assert told[0] != told[1]
