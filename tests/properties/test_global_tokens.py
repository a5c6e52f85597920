"""Sinks and global tokens, tried on random formulas and words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locality.theory.expressivity import tokens
from locality.theory.expressivity.formulas import TRUE, Letter, Or, Past, Within
from locality.theory.expressivity.patterns import Multiple, Pattern, Visible, accepts, evaluate
from locality.theory.expressivity.semantics import encode
from locality.verify.recognizers.strategies import words

DEEPEST = 3
ATOMS = (Letter("a"), Letter("b"), TRUE)


def formulas(heads):
    """Formulas of these heads, at most `DEEPEST` inside one another; bytes are quick to draw."""
    return st.binary(min_size=12, max_size=12).map(lambda drawn: built(drawn, heads))


def built(drawn, heads):
    """A formula by a stack: each byte puts an atom on it, or changes what lies on top."""
    stack = [(ATOMS[drawn[0] % len(ATOMS)], 0)]
    for byte in drawn[1:]:
        change, pick = byte % 4, byte // 4
        top, depth = stack[-1]
        if change == 0 and depth < DEEPEST:
            stack[-1] = Visible(top, heads[pick % len(heads)]), depth + 1
        elif change == 1:
            stack[-1] = ~top, depth
        elif change == 2 and len(stack) > 1:
            stack.pop()
            other, more = stack.pop()
            stack.append((top & other, max(depth, more)))
        else:
            stack.append((ATOMS[pick % len(ATOMS)], 0))
    return Or(tuple(one for one, _ in stack))


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
    seen = Visible(operand, pattern), tokens.global_spelled(operand, pattern)
    past = Past(operand), tokens.reached(operand, pattern)
    here = Multiple(period), tokens.global_here(pattern)
    for one, other in (seen, past, here):
        assert (everywhere(one, word) == everywhere(other, word)).all()


@pytest.mark.theorem("global-tokens")
@given(
    drawn=st.binary(min_size=12, max_size=12),
    period=st.integers(1, 4),
    rounds=st.integers(2 * DEEPEST, 2 * DEEPEST + 2),
)
def test_heads_that_see_all_tokens_do_not_know_the_last(drawn, period, rounds):
    formula = built(drawn, [Pattern(window=k, period=period) for k in (0, 1, 2)])
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
