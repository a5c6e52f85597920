"""Constructions are believed by nobody: each formula is compared with its automaton here, too."""

from itertools import product

import numpy as np
import pytest

pytest.importorskip("automata")
pytest.importorskip("libsemigroups_pybind11")

from locality.theory.expressivity import shorten as shortening
from locality.theory.expressivity import since, translation
from locality.theory.expressivity.automata import Automaton, from_formula, from_regex
from locality.theory.expressivity.connectives import all_of, any_of, negation
from locality.theory.expressivity.formulas import (
    FALSE,
    TRUE,
    And,
    Letter,
    Not,
    Past,
    Since,
    Within,
    subformulas,
)
from locality.theory.expressivity.semantics import accepts
from locality.theory.expressivity.semigroup import semigroup
from locality.theory.expressivity.shorten import defines, shorten, size
from locality.theory.expressivity.since import since_formula
from locality.theory.expressivity.translation import (
    definite_formula,
    formula_of,
    local_formula,
    ordered_formula,
    past_formula,
    star_free_formula,
)
from locality.verify.recognizers.draws_automata import random_automata

A, B, C = map(Letter, "abc")
LANGUAGES = [
    "(ab)*", ".*a", "a.*", ".*ab.*", ".*a.*b.*", ".*ab*", "(a(ab)*b)*", "a(ba)*c.*", "()", ".*",
    "(a|b)*c(ab)*", "a*b*", "(.*a.|bb)", "(abc)*", "(a|b)*a(b|c)*", "((a|b)*ca)*", "b*|c*",
]  # fmt: skip


def kinds(formula):
    return {type(one) for one in subformulas(formula)} & {Past, Within, Since}


def words(alphabet, longest):
    return ["".join(w) for size in range(longest + 1) for w in product(alphabet, repeat=size)]


@pytest.mark.parametrize("alphabet", ["ab", "abc"])
@pytest.mark.parametrize("regex", LANGUAGES)
def test_a_formula_accepts_the_words_of_its_language(regex, alphabet):
    if "c" in regex and alphabet == "ab":
        alphabet = "cab"
    automaton = from_regex(regex, alphabet)
    formula, tried = formula_of(automaton), words(alphabet, 7)
    assert accepts(formula, tried, alphabet).tolist() == automaton.recognises(tried).tolist()
    assert from_formula(formula, alphabet) == automaton


def test_a_construction_finds_a_formula_exactly_where_its_logic_has_one():
    for automaton in random_automata(np.random.default_rng(5), 300, 5):
        algebra = semigroup(automaton)
        found = definite_formula(automaton), ordered_formula(automaton)
        assert [one is not None for one in found] == [
            algebra.definite,
            algebra.locally_right_trivial,
        ]
        assert all(one is None or defines(one, automaton) for one in found)
        if algebra.right_trivial:
            assert kinds(found[1]) <= {Past}
        if algebra.definite:
            assert kinds(found[0]) <= {Within}


def simple(automaton):
    """Only what the construction with "since" cannot do itself."""
    return ordered_formula(automaton) if len(automaton.alphabet) == 1 else None


def test_since_defines_aperiodic_languages_and_no_others():
    found = 0
    for automaton in random_automata(np.random.default_rng(7), 60, 4):
        formula = since_formula(automaton, simple)
        assert formula is None or defines(formula, automaton)
        assert formula is None or semigroup(automaton).aperiodic
        found += formula is not None
    assert found > 20


@pytest.mark.parametrize("regex", ["(aa)*", "(aa|b)*", "(.a|b)*"])
def test_languages_beyond_have_none(regex):
    automaton = from_regex(regex, "ab")
    assert not semigroup(automaton).aperiodic
    assert formula_of(automaton) is None


def test_wrong_formulas_are_not_returned(monkeypatch):
    automaton = from_regex(".*a", "ab")
    monkeypatch.setattr(translation, "definite_formula", lambda _: Within(B, 1))
    assert local_formula(automaton) is None
    assert past_formula(automaton) is Within(A, 1)


@pytest.mark.parametrize("found", [local_formula, past_formula])
def test_what_is_too_large_has_none(monkeypatch, found):
    automaton = from_regex(".*a...", "ab")
    assert found(automaton) is not None
    monkeypatch.setattr(translation, "KEYS", 3)
    assert found(automaton) is None


def test_since_gives_up_where_it_is_told_to(monkeypatch):
    automaton = from_regex("(a(ab)*b)*", "ab")
    assert star_free_formula(automaton) is not None
    for bound in ("LANGUAGES", "PARTS", "BLOCKS"):
        with monkeypatch.context() as patch:
            patch.setattr(since, bound, 1)
            assert star_free_formula(automaton) is None


def test_large_automata_have_no_formula_and_do_not_take_long():
    states = 100
    rows = tuple((min(k + 1, states - 1), max(k - 1, 0), k // 2 * 2) for k in range(states))
    assert formula_of(Automaton("abc", rows, frozenset({0, 50, 99}))) is None


def test_connectives_leave_out_what_says_nothing():
    assert all_of([]) is TRUE
    assert any_of([]) is FALSE
    assert all_of([A, TRUE, A]) is A
    assert any_of([A, TRUE]) is TRUE
    assert all_of([A, negation(A)]) is FALSE
    assert all_of([A, And((B, C))]) is And((A, B, C))
    assert negation(negation(A)) is A
    assert negation(TRUE) is FALSE


def test_shortening_drops_what_is_not_needed_and_adds_nothing():
    automaton = from_regex(".*ab.*", "ab")
    long = Past(B & Past(A & Not(Past(A))) & Not(Past(B & Past(A & Not(Past(A))))))
    short = shorten(long, automaton)
    assert short is Past(B & Past(A))
    assert kinds(short) <= kinds(long)
    assert defines(short, automaton)


def test_long_formulas_are_left_alone(monkeypatch):
    automaton = from_regex(".*ab.*", "ab")
    long = Past(B & Past(A & Not(Past(A))))
    monkeypatch.setattr(shortening, "PARTS", size(long) - 1)
    assert shorten(long, automaton) is long


def test_defining_is_asked_of_the_automaton(monkeypatch):
    automaton = from_regex(".*ab.*", "abc")
    assert defines(Past(B & Within(A, 1)), automaton)
    assert not defines(Past(B & Past(A)), automaton)
    monkeypatch.setattr(shortening, "STATES", 1)
    assert not defines(Past(B & Within(A, 1)), automaton)
