import pytest
from hypothesis import given
from hypothesis import strategies as st

from locality.theory import InputError
from locality.theory.expressivity.equivalence import distinguishing_word
from locality.theory.expressivity.formulas import Letter, Past, Since, Within, depth, windows
from locality.theory.expressivity.semantics import encode, evaluate
from locality.theory.expressivity.types import Operators
from locality.theory.expressivity.windows import farther, layers, longer, narrowed, within
from locality.verify.recognizers.strategies import formulas, words

A = Letter("a")


@pytest.mark.parametrize(("window", "costs"), [(1, [1, 2, 3, 4]), (2, [1, 2, 2, 3, 3, 4])])
def test_layers_by_hand(window, costs):
    assert [layers(steps, window) for steps in range(window, window + len(costs))] == costs


@pytest.mark.parametrize("window", [1, 2, 3, 4])
@pytest.mark.parametrize("more", [0, 1, 2, 3, 4])
def test_a_look_back_is_written_with_the_window_alone(window, more):
    found = within(A, window + more, window)
    assert distinguishing_word(found, Within(A, window + more), "ab") is None
    assert windows(found) == {window}
    assert depth(found) == layers(window + more, window)


def test_one_wider_and_one_window_farther_by_hand():
    near = Within(A, 2)
    assert distinguishing_word(longer(A, near, 2), Within(A, 3), "ab") is None
    assert distinguishing_word(farther(A, near, 2), Within(A, 4), "ab") is None
    assert distinguishing_word(longer(A, near, 2), Within(A, 4), "ab") == "abbb"


@given(
    formula=formulas(Operators(past=True, windows=(2, 3, 4, 5), since=True), deepest=2),
    word=words(longest=16),
)
def test_a_narrowed_formula_is_true_where_it_was(formula, word):
    found, codes = narrowed(formula, 2), encode([word], "ab")
    assert windows(found) <= {2}
    assert (evaluate(found, codes, "ab") == evaluate(formula, codes, "ab")).all()


def test_other_operators_stay():
    formula = Since(~Past(A), Within(A, 1) & (A | Letter("b")))
    assert narrowed(formula, 1) is formula


@given(steps=st.integers(-2, 5), window=st.integers(-2, 8))
def test_a_window_that_is_too_wide_is_refused(steps, window):
    if 1 <= window <= steps:
        assert layers(steps, window) <= steps
    else:
        with pytest.raises(InputError, match=f"window {window}: expected an integer from 1 to"):
            within(A, steps, window)
