import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locality.theory import InputError
from locality.theory.expressivity.automata import Automaton, from_formula
from locality.theory.expressivity.definability import confused, defining_depth, type_automaton
from locality.theory.expressivity.formulas import (
    TRUE,
    Letter,
    Past,
    Within,
    depth,
    yesterday,
)
from locality.theory.expressivity.types import GLOBAL, SINCE, Operators, agree, hybrid, local

A, B = Letter("a"), Letter("b")
FIRST, LAST = Past(A & ~Past(TRUE)), yesterday(A)
NEIGHBOURS = Past(B & yesterday(A))
PARITY = Automaton("a", ((1,), (0,)), frozenset({0}))
EACH = [GLOBAL, SINCE, local(1), local(2), hybrid(1)]
DEEPEST = {GLOBAL: 3, SINCE: 2, local(1): 4, local(2): 3, hybrid(1): 2}


@st.composite
def automata(draw):
    size = draw(st.integers(1, 4))
    states = st.integers(0, size - 1)
    table = draw(st.lists(st.tuples(states, states), min_size=size, max_size=size))
    return Automaton("ab", tuple(table), draw(st.frozensets(states)))


def formulas(operators):
    def above(inner):
        made = [st.builds(lambda f: ~f, inner), st.builds(lambda f, g: f & g, inner, inner)]
        made += [st.builds(Past, inner)] * operators.past
        made += [st.builds(Within, inner, st.just(k)) for k in operators.windows]
        return st.one_of(*made)

    return st.recursive(st.sampled_from([A, B, TRUE]), above, max_leaves=6)


@pytest.mark.slow
@pytest.mark.parametrize("operators", [GLOBAL, local(1), local(2), hybrid(1)], ids=str)
@settings(max_examples=40)
@given(data=st.data())
def test_a_formula_defines_its_language_at_its_depth(operators, data):
    formula = data.draw(formulas(operators))
    deepest = min(depth(formula), DEEPEST[operators])
    if deepest == depth(formula):
        assert confused(from_formula(formula, "ab"), operators, deepest) is None


@pytest.mark.parametrize("operators", EACH, ids=str)
@given(automaton=automata())
def test_confused_words_agree_and_differ_in_membership(operators, automaton):
    for deepest in range(DEEPEST[operators] + 1):
        pair = confused(automaton, operators, deepest)
        if pair is None:
            return
        inside, outside = pair
        assert automaton.accepts(inside)
        assert not automaton.accepts(outside)
        assert agree(inside, outside, deepest, operators)


@pytest.mark.parametrize("operators", EACH, ids=str)
def test_words_lead_to_their_types(operators):
    deepest = min(2, DEEPEST[operators])
    types = type_automaton("ab", operators, deepest)
    words = [types.word(state) for state in range(min(len(types.table), 30))]
    assert len(set(words)) == len(words)
    for state, word in enumerate(words):
        reached = 0
        for symbol in word:
            reached = types.table[reached]["ab".index(symbol)]
        assert reached == state
        for other, v in enumerate(words):
            assert agree(word, v, deepest, operators) == (types.types[state] == types.types[other])


@pytest.mark.parametrize(
    ("formula", "operators", "least"),
    [
        (FIRST, GLOBAL, 2),
        (LAST, local(1), 1),
        (LAST, local(3), None),
        (NEIGHBOURS, hybrid(1), 2),
        (yesterday(A, 3), local(1), 3),
        (Within(A, 3), local(1), 3),
        (FIRST, local(1), None),
        (LAST, GLOBAL, None),
    ],
)
def test_least_depths_by_hand(formula, operators, least):
    assert defining_depth(from_formula(formula, "ab"), operators, 4) == least


def test_parity_is_beyond_since():
    for deepest in range(4):
        even, odd = confused(PARITY, SINCE, deepest)
        assert (len(even) % 2, len(odd) % 2) == (0, 1)


def test_bounds_of_the_search_are_said():
    with pytest.raises(InputError, match="more than 50 types"):
        type_automaton("ab", hybrid(1), 2, 50)
    with pytest.raises(InputError, match="after their last letter"):
        type_automaton("ab", Operators(past=True, at_end=False), 1)


def test_reflexive_past_defines_less():
    twice = from_formula(Past(A & Past(A)), "ab")
    reflexive = Operators(past=True, strict=False)
    assert defining_depth(twice, GLOBAL, 2) == 2
    assert all(confused(twice, reflexive, deepest) for deepest in range(4))
    assert np.all(type_automaton("a", reflexive, 3).table <= 1)
