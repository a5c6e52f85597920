"""What windows tell and what they do not, on random formulas and words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locality.theory.expressivity.formulas import Letter, Within, depth
from locality.theory.expressivity.semantics import accepts, encode, evaluate
from locality.theory.expressivity.types import Operators, agree, hybrid
from locality.theory.expressivity.window_hierarchy import chain, twins
from locality.theory.expressivity.windows import longer, narrowed
from locality.verify.recognizers.draws import random_formula
from locality.verify.recognizers.strategies import words

NAMES = "ab"
SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed, deepest, operators):
    """A random formula of exactly that depth."""
    return random_formula(np.random.default_rng(seed), deepest, operators, NAMES)


@st.composite
def repetitions(draw):
    """A word of k letters, a depth r, and a formula of that depth with P and windows of k."""
    window, deepest = draw(st.integers(1, 5)), draw(st.integers(0, 5))
    word = "a" + draw(st.text(NAMES, min_size=window - 1, max_size=window - 1))
    return word, deepest, drawn(draw(SEEDS), deepest, hybrid(window))


@pytest.mark.theorem("window-hierarchy")
@given(repeated=repetitions())
def test_no_formula_tells_a_repeated_word_from_its_continuation(repeated):
    word, deepest, formula = repeated
    longer_one, shorter = word * deepest + "a", word * deepest
    assert depth(formula) == deepest
    first, second = accepts(formula, [longer_one, shorter], NAMES)
    assert first == second


@pytest.mark.theorem("window-hierarchy")
@given(seed=SEEDS, window=st.integers(1, 6), word=words(longest=16))
def test_a_window_one_wider_at_every_position(seed, window, word):
    formula = drawn(seed, 2, hybrid(2))
    codes = encode([word], NAMES)
    wide = evaluate(Within(formula, window + 1), codes, NAMES)
    assert (wide == evaluate(longer(formula, Within(formula, window), window), codes, NAMES)).all()


@pytest.mark.theorem("window-hierarchy")
@given(
    window=st.integers(1, 6), deepest=st.integers(0, 6), rest=st.text("bc", min_size=5, max_size=5)
)
def test_one_operator_more_tells_them_apart(window, deepest, rest):
    word = "a" + rest[: window - 1]
    formula = chain(window, deepest + 1)
    longer_one, shorter = word * deepest + "a", word * deepest
    assert accepts(formula, [longer_one, shorter], "abc").tolist() == [True, False]
    assert agree(longer_one, shorter, deepest, hybrid(window))


@st.composite
def wider_windows(draw):
    """A window k, and a formula with P and windows that are wider."""
    window = draw(st.integers(1, 3))
    operators = Operators(past=True, windows=(window + 1, window + 2))
    return window, drawn(draw(SEEDS), draw(st.integers(0, 2)), operators)


@pytest.mark.theorem("window-hierarchy")
@given(given_formula=wider_windows())
def test_what_a_window_tells_no_wider_one_does(given_formula):
    window, formula = given_formula
    enough = depth(narrowed(formula, window + 1))
    told, missed = Within(Letter("a"), window), twins(window + 1, enough)
    assert accepts(told, missed, NAMES).tolist() == [True, False]
    first, second = accepts(formula, missed, NAMES)
    assert first == second


def test_by_hand():
    assert twins(2, 1) == ("aba", "ab")
    assert accepts(Within(Letter("a"), 1), ["aba", "ab"], NAMES).tolist() == [True, False]
    assert agree("aba", "ab", 1, hybrid(2))
    assert not agree("aba", "ab", 2, hybrid(2))
