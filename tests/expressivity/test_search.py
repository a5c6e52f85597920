import numpy as np
import pytest

from locality.theory import InputError
from locality.theory.expressivity.automata import Automaton, from_formula
from locality.theory.expressivity.definability import defining_depth
from locality.theory.expressivity.equivalence import distinguishing_word
from locality.theory.expressivity.formulas import TRUE, Letter, Past, Within, depth, windows
from locality.theory.expressivity.search import least_depth
from locality.theory.expressivity.semantics import accepts
from locality.theory.expressivity.types import GLOBAL, SINCE, Operators, agree, hybrid, local
from locality.theory.expressivity.windows import layers
from locality.verify.recognizers.draws import random_formula

A, B = Letter("a"), Letter("b")


@pytest.mark.parametrize(
    ("operators", "steps"),
    [(local(1), 3), (local(2), 3), (local(2), 6), (local(3), 4), (local(3), 6), (hybrid(1), 2)],
)
def test_a_look_back_costs_what_the_theorem_says(operators, steps):
    found = least_depth(Within(A, steps), operators, 4)
    assert found.depth == depth(found.formula) == layers(steps, operators.windows[0])
    assert windows(found.formula) == set(operators.windows)
    assert distinguishing_word(found.formula, Within(A, steps), "ab") is None
    inside, outside = found.confused
    assert accepts(Within(A, steps), [inside, outside], "ab").tolist() == [True, False]
    assert agree(inside, outside, found.depth - 1, operators)


def test_by_hand():
    first = least_depth(Past(A & ~Past(TRUE)), GLOBAL, 3)
    assert (first.depth, distinguishing_word(first.formula, Past(A & ~Past(TRUE)), "ab")) == (
        2,
        None,
    )
    assert least_depth(TRUE, GLOBAL, 0).formula is TRUE
    assert least_depth(TRUE, GLOBAL, 0).confused is None


def test_a_limit_that_does_not_suffice_finds_nothing():
    assert least_depth(Within(A, 3), local(2), 1) is None
    assert least_depth(Within(A, 1), local(2), 4) is None


@pytest.mark.parametrize("operators", [GLOBAL, local(1), local(2)])
def test_random_formulas_are_found_again_and_never_deeper(operators):
    generator = np.random.default_rng(5)
    for _ in range(20):
        drawn = random_formula(generator, 2, operators, "ab")
        found = least_depth(drawn, operators, 2)
        assert found.depth <= 2
        assert depth(found.formula) <= found.depth
        assert distinguishing_word(found.formula, drawn, "ab") is None
        assert found.depth == defining_depth(from_formula(drawn, "ab"), operators, 2)


def test_three_letters_and_an_automaton():
    ends_in_ab = Within(B & Within(A, 1), 1)
    automaton = from_formula(ends_in_ab, "abc")
    found = least_depth(automaton, local(1), 3)
    assert found.depth == 2
    assert from_formula(found.formula, "abc") == automaton


def test_a_language_without_a_formula_has_none():
    even = Automaton("a", ((1,), (0,)), frozenset({0}))
    assert least_depth(even, local(1), 3) is None


@pytest.mark.parametrize("operators", [SINCE, Operators(past=True, strict=False)], ids=str)
def test_since_and_altered_readings_are_refused(operators):
    with pytest.raises(InputError, match="expected strict P and windows"):
        least_depth(Past(A), operators, 2)
