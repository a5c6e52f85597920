"""The classes from both sides: formulas give automata without the pattern, and the other way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import drawn_formulas

from locality.theory.expressivity import classes
from locality.theory.expressivity.automata import Automaton, from_formula
from locality.theory.expressivity.classes import both_loops, circle, there_and_back
from locality.theory.expressivity.definability import confused, defining_depth
from locality.theory.expressivity.forbidden import is_definite, is_locally_ordered, is_ordered
from locality.theory.expressivity.formulas import Letter, Past, depth, yesterday
from locality.theory.expressivity.semantics import accepts
from locality.theory.expressivity.types import GLOBAL, SINCE, Operators, hybrid, local
from locality.verify.recognizers.draws_automata import KINDS

LOGICS = {local(1): is_definite, GLOBAL: is_ordered, hybrid(1): is_locally_ordered}
NAMES = {local(1): "LTL[Y]", GLOBAL: "LTL[P]", hybrid(1): "LTL[P,Y]"}
PARTS = st.text("ab", min_size=1, max_size=4)


@st.composite
def languages(draw):
    """A logic, and an automaton of at most three states that is planted in it, or is any."""
    logic = draw(st.sampled_from(list(LOGICS)))
    kind = KINDS[draw(st.sampled_from([NAMES[logic], "any"]))]
    table = kind(np.random.default_rng(draw(st.integers(0, 2**32))), 3, 2)
    accepting = draw(st.frozensets(st.integers(0, len(table) - 1)))
    return logic, Automaton("ab", tuple(map(tuple, table.tolist())), accepting)


@st.composite
def defined(draw, *logics):
    """A logic, and a formula of it."""
    logic = draw(st.sampled_from(logics))
    return logic, draw(drawn_formulas(logic, deepest=2))


@pytest.mark.theorem("classes")
@given(chosen=defined(*LOGICS))
def test_the_automaton_of_a_formula_has_no_forbidden_pattern(chosen):
    logic, formula = chosen
    assert LOGICS[logic](from_formula(formula, "ab"))


@pytest.mark.theorem("classes")
@given(drawn=languages())
def test_without_the_pattern_few_layers_do_and_with_it_none(drawn):
    logic, automaton = drawn
    found = defining_depth(automaton, logic, len(automaton) - 1)
    assert (found is not None) == LOGICS[logic](automaton)


@pytest.mark.theorem("classes")
@given(chosen=defined(GLOBAL, hybrid(1), SINCE), before=st.text("ab", max_size=2), x=PARTS, y=PARTS)
def test_words_of_a_pattern_agree(chosen, before, x, y):
    logic, formula = chosen
    r = depth(formula)
    pairs = {
        GLOBAL: there_and_back(x, y, r),
        hybrid(1): both_loops(x, y, "ab", r),
        SINCE: circle(x, r),
    }
    first, second = accepts(formula, [before + word for word in pairs[logic]], "ab")
    assert first == second


def test_some_ab_by_hand():
    two, three = (from_formula(classes.SOMEWHERE, alphabet) for alphabet in ("ab", "abc"))
    assert [is_definite(two), is_ordered(two), is_locally_ordered(two)] == [False, True, True]
    assert [is_definite(three), is_ordered(three), is_locally_ordered(three)] == [
        False,
        False,
        True,
    ]
    inside, outside = confused(three, GLOBAL, 2)
    assert ("ab" in inside, "ab" in outside) == (True, False)


def test_a_planted_fault_is_noticed(monkeypatch):
    assert not classes._small(GLOBAL, is_definite)[0]
    assert not classes._over(hybrid(1), there_and_back, 2)[0]
    assert not classes._over(SINCE, there_and_back, 2)[0]
    monkeypatch.setattr(classes, "SOMEWHERE", Past(Letter("b") & Past(Letter("a"))))
    assert not classes._by_alphabet()[0]
    monkeypatch.setattr(classes, "ENDS", yesterday(Past(Letter("a"))))
    assert not classes._altered()[0]


def test_reflexive_formulas_are_no_less_ordered():
    """A reflexive P defines fewer languages, not others: its types are ordered as well."""
    reflexive = Operators(past=True, strict=False)
    first = from_formula(Past(Letter("a") & ~Past(Letter("b"))), "ab")
    assert defining_depth(first, reflexive, 2) is not None
