import re
from itertools import product

import pytest

from locality.theory import InputError
from locality.theory.expressivity.automata import from_formula, from_regex
from locality.theory.expressivity.classify import classify
from locality.theory.expressivity.equivalence import distinguishing_word
from locality.theory.expressivity.formulas import Letter, Past, Since, Within
from locality.theory.expressivity.types import GLOBAL, hybrid, local, separating_depth
from locality.verify.recognizers.languages import LANGUAGES, expressible, language
from locality.verify.recognizers.training import PATTERNS

A = Letter("a")
ALL = pytest.mark.parametrize("wanted", LANGUAGES, ids=lambda one: one.key)
CELLS = pytest.mark.parametrize(
    ("wanted", "name"),
    [(one, name) for one in LANGUAGES for name in PATTERNS if not one.suffices(PATTERNS[name])],
    ids=lambda one: getattr(one, "key", one),
)


@ALL
def test_the_automaton_is_that_of_the_expression(wanted):
    pattern = re.compile(wanted.regex)
    words = ["".join(w) for n in range(8) for w in product(wanted.alphabet, repeat=n)]
    assert all((pattern.fullmatch(w) is not None) == wanted.automaton.accepts(w) for w in words)
    pytest.importorskip("automata")
    assert from_regex(wanted.regex, wanted.alphabet) == wanted.automaton


@ALL
def test_every_formula_defines_the_language(wanted):
    for formula in wanted.formulas:
        assert from_formula(formula, wanted.alphabet) == wanted.automaton


@ALL
def test_the_class_is_that_of_the_table(wanted):
    pytest.importorskip("libsemigroups_pybind11")
    assert classify(wanted.automaton).name == wanted.family


def test_what_suffices_by_hand():
    found = {
        one.key: [name for name, pattern in PATTERNS.items() if one.suffices(pattern)]
        for one in LANGUAGES
    }
    hybrids = ["hybrid-1", "hybrid-2", "hybrid-4"]
    assert found == {
        "last-a": ["local-1", "hybrid-1"],
        "last-ab": ["local-1", "hybrid-1"],
        "first-a": [*hybrids, "global"],
        "a-then-b": [*hybrids, "global"],
        "alternating": ["hybrid-1"],
        "factor-ab": ["hybrid-1", "hybrid-2"],
        "last-reset": [],
        "dyck-2": [],
    }


def test_windows_of_two_define_what_windows_of_one_do():
    one, two = language("factor-ab").formulas
    assert distinguishing_word(one, two, "abc") is None
    assert distinguishing_word(one, Past(Letter("b") & Within(A, 2)), "abc") == "acb"


@CELLS
def test_words_of_a_pair_are_told_apart_only_by_deep_formulas(wanted, name):
    pattern = PATTERNS[name]
    inside, outside = wanted.pair(pattern, 6)
    assert wanted.automaton.accepts(inside)
    assert not wanted.automaton.accepts(outside)
    shallow, deep = (separating_depth(*wanted.pair(pattern, r), pattern, 5) for r in (2, 12))
    assert deep is None or deep > shallow


@CELLS
def test_finer_patterns_tell_them_apart_less_deeply_where_they_suffice(wanted, name):
    better = [each for each in PATTERNS.values() if wanted.suffices(each)]
    inside, outside = wanted.pair(PATTERNS[name], 12)
    assert all(separating_depth(inside, outside, each, 6) is not None for each in better)


def test_a_pattern_has_the_operators_of_coarser_windows():
    wide = Within(A, 3)
    assert [expressible(wide, local(k)) for k in (1, 2, 3, 4)] == [True, True, True, False]
    assert expressible(Past(wide), hybrid(2))
    assert not expressible(Past(wide), local(2))
    assert not expressible(Past(wide), GLOBAL)
    assert expressible(Past(A), GLOBAL)
    assert not expressible(Since(A, A), hybrid(1))


def test_no_pair_where_the_pattern_suffices():
    with pytest.raises(InputError, match="expected one that does not suffice for last-a"):
        language("last-a").pair(local(1), 3)


def test_an_unknown_language():
    with pytest.raises(InputError, match="'last-b': expected one of last-a"):
        language("last-b")
