import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locality.theory import InputError
from locality.theory.expressivity.equivalence import accepted_word
from locality.theory.expressivity.formulas import (
    Not,
    Past,
    Since,
    depth,
    letters,
    subformulas,
    windows,
)
from locality.theory.expressivity.types import GLOBAL, SINCE, Operators, hybrid, local
from locality.verify.recognizers.draws import random_formula, random_words
from locality.verify.recognizers.strategies import formulas, words

PATTERNS = [GLOBAL, local(2), hybrid(1), SINCE, Operators(past=True, windows=(1, 3), since=True)]


def within(formula, operators):
    kinds = set(map(type, subformulas(formula)))
    return (
        (operators.past or Past not in kinds)
        and (operators.since or Since not in kinds)
        and windows(formula) <= set(operators.windows)
    )


@pytest.mark.parametrize("operators", PATTERNS, ids=str)
@pytest.mark.parametrize("deep", range(4))
def test_formulas_have_the_depth_the_operators_and_the_letters(operators, deep):
    rng = np.random.default_rng(deep)
    for _ in range(50):
        formula = random_formula(rng, deep, operators, "abc")
        assert depth(formula) == deep
        assert within(formula, operators)
        assert letters(formula) <= set("abc")


def test_every_operator_is_drawn():
    rng, operators = np.random.default_rng(1), Operators(past=True, windows=(1, 3), since=True)
    drawn = [random_formula(rng, 1, operators, "ab") for _ in range(100)]
    assert {k for formula in drawn for k in windows(formula)} == {1, 3}
    kinds = {type(part) for formula in drawn for part in subformulas(formula)}
    assert {Past, Since} <= kinds


def test_the_same_generator_draws_the_same():
    once, again = (
        [random_formula(np.random.default_rng(7), 3, hybrid(2), "ab") for _ in range(5)]
        for _ in range(2)
    )
    assert once == again
    assert once[0] is not random_formula(np.random.default_rng(8), 3, hybrid(2), "ab")


def test_most_formulas_say_something():
    rng = np.random.default_rng(3)
    drawn = [random_formula(rng, 2, hybrid(1), "ab") for _ in range(200)]
    said = [
        accepted_word(one, "ab") is not None and accepted_word(Not(one), "ab") is not None
        for one in drawn
    ]
    assert sum(said) > 100


@pytest.mark.parametrize(("operators", "alphabet"), [(Operators(), "ab"), (GLOBAL, "")])
def test_nothing_to_draw_from(operators, alphabet):
    with pytest.raises(InputError, match="expected a letter and an operator"):
        random_formula(np.random.default_rng(1), 1, operators, alphabet)


def test_words():
    drawn = random_words(np.random.default_rng(2), 500, "ab", 6, shortest=2)
    assert {len(word) for word in drawn} == {2, 3, 4, 5, 6}
    assert set("".join(drawn)) == set("ab")
    assert random_words(np.random.default_rng(2), 3, "ab", 0) == ["", "", ""]


@pytest.mark.slow
@given(data=st.data(), operators=st.sampled_from(PATTERNS))
def test_strategies_keep_to_depth_operators_and_letters(data, operators):
    formula = data.draw(formulas(operators, "bc", deepest=2))
    assert depth(formula) <= 2
    assert within(formula, operators)
    assert letters(formula) <= set("bc")
    word = data.draw(words("bc", longest=4))
    assert len(word) <= 4
    assert set(word) <= set("bc")
