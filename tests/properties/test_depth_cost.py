"""How far formulas look back, on random formulas and on the words that show their limit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locality.theory.expressivity.depth_cost import blocks
from locality.theory.expressivity.formulas import Letter, Within, depth
from locality.theory.expressivity.semantics import accepts, encode, evaluate
from locality.theory.expressivity.types import hybrid, local, separating_depth
from locality.theory.expressivity.windows import layers, within
from locality.verify.recognizers.draws import random_formula
from locality.verify.recognizers.strategies import words

NAMES = "ab"
SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def looks(draw):
    """A window, and how many positions to look back, no fewer."""
    window = draw(st.integers(1, 5))
    return window, draw(st.integers(window, 3 * window + 2))


@pytest.mark.theorem("depth-cost")
@given(look=looks(), seed=SEEDS, shallower=st.integers(1, 3), more=st.integers(0, 2))
def test_no_shallower_formula_looks_back_so_far(look, seed, shallower, more):
    window, steps = look
    least = layers(steps, window)
    deepest = max(0, least - shallower)
    formula = random_formula(np.random.default_rng(seed), deepest, hybrid(window), NAMES)
    pair = blocks(window, steps, least + more)
    assert accepts(Within(Letter("a"), steps), pair, NAMES).tolist() == [True, False]
    first, second = accepts(formula, pair, NAMES)
    assert first == second


@pytest.mark.theorem("depth-cost")
@given(look=looks(), seed=SEEDS, word=words(longest=24))
def test_windows_inside_one_another_look_back_at_every_position(look, seed, word):
    window, steps = look
    formula = random_formula(np.random.default_rng(seed), 1, hybrid(window), NAMES)
    found, codes = within(formula, steps, window), encode([word], NAMES)
    assert depth(found) == layers(steps, window) + depth(formula)
    wide = evaluate(Within(formula, steps), codes, NAMES)
    assert (wide == evaluate(found, codes, NAMES)).all()


@pytest.mark.theorem("depth-cost")
@given(look=looks(), more=st.integers(0, 2))
def test_the_words_agree_up_to_just_that_depth(look, more):
    window, steps = look
    least = layers(steps, window)
    pair = blocks(window, steps, least + more)
    assert separating_depth(*pair, local(window)) == least
    assert separating_depth(*pair, hybrid(window)) == least


@pytest.mark.theorem("depth-cost")
@given(window=st.integers(2, 6), short=st.integers(1, 5), repeats=st.integers(0, 5))
def test_a_window_that_is_too_wide_never_tells(window, short, repeats):
    pair = blocks(window, min(short, window - 1), repeats)
    apart = separating_depth(*pair, hybrid(window))
    assert apart is not None
    assert apart > repeats


def test_by_hand():
    assert blocks(2, 3, 1) == ("ababb", "ababbb")
    assert [layers(steps, 2) for steps in range(2, 8)] == [1, 2, 2, 3, 3, 4]
    assert separating_depth("ababb", "ababbb", hybrid(2)) == 2
