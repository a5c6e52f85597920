"""The answers are worked out by hand; the oracle is the algebra of the syntactic semigroup."""

import sys
import time
from importlib import import_module

import numpy as np
import pytest

pytest.importorskip("automata")
pytest.importorskip("libsemigroups_pybind11")

from locality.theory import InputError
from locality.theory.expressivity import semigroup as algebra
from locality.theory.expressivity.automata import Automaton, from_formula, from_regex
from locality.theory.expressivity.classify import CLASSES, Forbidden, classify, spelled, told
from locality.theory.expressivity.formulas import subformulas, windows
from locality.theory.expressivity.machine import TooLarge
from locality.theory.expressivity.semigroup import rotation, semigroup
from locality.theory.expressivity.shorten import defines
from locality.theory.expressivity.syntax import parse
from locality.theory.expressivity.types import GLOBAL, agree, hybrid, local
from locality.verify.recognizers.draws_automata import KINDS, random_automata

module = import_module("locality.theory.expressivity.classify")  # the package has the function

# Y, P, [P,Y], S. Over abc, c can stand between a and b, or loop where they do not.
ANSWERS = {
    ("(ab)*", "ab"): (False, False, True, True),
    ("(ab)*", "abc"): (False, False, True, True),
    (".*a", "ab"): (True, False, True, True),
    (".*a", "abc"): (True, False, True, True),
    ("a.*", "ab"): (False, True, True, True),
    ("a.*", "abc"): (False, True, True, True),
    (".*ab.*", "ab"): (False, True, True, True),  # an a, and a b after it
    (".*ab.*", "abc"): (False, False, True, True),  # c takes back that an a was last
    (".*a.*b.*", "ab"): (False, True, True, True),
    (".*a.*b.*", "abc"): (False, True, True, True),
    (".*ab*", "ab"): (False, True, True, True),  # an a somewhere
    (".*ab*", "abc"): (False, False, False, True),  # b keeps both answers, a and c exchange them
    ("(a(ab)*b)*", "ab"): (False, False, False, True),  # ab keeps both depths
    ("(a(ab)*b)*", "abc"): (False, False, False, True),
    ("(aa)*", "ab"): (False, False, False, False),
    ("(aa)*", "abc"): (False, False, False, False),
}
PATTERNS = {"local": 1, "global": None, "hybrid": 1}


@pytest.mark.parametrize(("regex", "alphabet"), ANSWERS, ids=" over ".join)
def test_the_answers_worked_out_by_hand(regex, alphabet):
    found = classify(from_regex(regex, alphabet))
    assert tuple(found.within.values()) == ANSWERS[regex, alphabet]
    assert all(pattern.shown(found.automaton) for pattern in found.evidence.values())
    assert {logic for logic, holds in found.within.items() if not holds} == set(found.evidence)


@pytest.mark.parametrize(
    ("regex", "name", "attention"),
    [
        (".*a", "definite", ["local"]),
        ("a.*", "R-trivial", ["global"]),
        ("(ab)*", "locally R-trivial", ["hybrid"]),
        (".*ab*", "aperiodic", []),
        ("(aa)*", "beyond", []),
        ("()", "definite", ["local", "global"]),  # both, and neither contains the other
        (".*", "definite", ["local", "global"]),
    ],
)
def test_names_and_the_attention_that_suffices(regex, name, attention):
    found = classify(from_regex(regex, "abc"))
    assert found.name == name
    assert [(one.kind, one.k) for one in found.attention] == [(k, PATTERNS[k]) for k in attention]
    for one in found.attention:
        assert defines(one.formula, found.automaton)


@pytest.mark.parametrize(
    ("regex", "alphabet", "formula"),
    [
        (".*a", "ab", "Y a"),
        ("a.*", "ab", "P(a & !P true)"),
        (".*ab.*", "ab", "P(b & P a)"),
        (".*ab.*", "abc", "P(b & Y a)"),
        (".*ab*", "ab", "P a"),
        ("a*b*", "abc", "!P(a & P b | c)"),
        ("()", "a", "!Y true"),
    ],
)
def test_formulas_are_as_short_as_one_would_write_them(regex, alphabet, formula):
    assert str(classify(from_regex(regex, alphabet)).formula) == formula


def algebraic(automaton):
    found = semigroup(automaton, 5000)
    return {
        "LTL[Y]": found.definite,
        "LTL[P]": found.right_trivial,
        "LTL[P,Y]": found.locally_right_trivial,
        "LTL[S]": found.aperiodic,
    }


def agree_with_the_algebra(seed, count, most):
    """How many automata the oracle could judge; all of them have to be answered as it does."""
    judged = 0
    for turn, automaton in enumerate(random_automata(np.random.default_rng(seed), count, most)):
        found = classify(automaton)
        planted = list(KINDS)[turn % len(KINDS)]
        assert planted == "any" or found.within[planted]
        try:
            assert found.within == algebraic(automaton), automaton
        except TooLarge:
            continue
        judged += 1
    return judged


@pytest.mark.slow
def test_random_automata_are_answered_as_the_algebra_answers():
    assert agree_with_the_algebra(3, 100, 5) == 100


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_thousands_of_random_automata_are_answered_as_the_algebra_answers(monkeypatch, seed):
    for name in ("local_formula", "past_formula", "star_free_formula"):  # what takes the time
        monkeypatch.setattr(module, name, lambda _: None)
    assert agree_with_the_algebra(seed, 1000, 8) > 950


def test_logic_of_the_formula_is_that_of_the_attention():
    for automaton in random_automata(np.random.default_rng(11), 100, 5):
        for one in classify(automaton).attention:
            assert defines(one.formula, automaton)
            kinds = {type(part).__name__ for part in subformulas(one.formula)}
            assert ("Past" in kinds) <= (one.kind != "local")
            assert ("Within" in kinds) <= (one.kind != "global")
            assert windows(one.formula) <= {1}
            assert "Since" not in kinds


OPERATORS = {"LTL[Y]": local(1), "LTL[P]": GLOBAL, "LTL[P,Y]": hybrid(1)}


@pytest.mark.parametrize(("regex", "alphabet"), ANSWERS, ids=" over ".join)
def test_no_formula_of_small_depth_tells_the_words_of_a_pattern_apart(regex, alphabet):
    for logic, pattern in classify(from_regex(regex, alphabet)).evidence.items():
        for depth in range(4) if logic in OPERATORS else ():
            assert agree(*pattern.pair(2**depth + 1), depth, OPERATORS[logic]), (logic, depth)


def test_a_planted_pattern_is_found_out():
    automaton = from_regex("a.*", "ab")
    right = classify(automaton).evidence["LTL[Y]"]
    wrong = Forbidden(right.reason, right.words, right.rejected, right.accepted)
    assert right.shown(automaton)
    assert not wrong.shown(automaton)


def test_a_wrong_pattern_is_not_reported(monkeypatch):
    monkeypatch.setattr(module.Forbidden, "shown", lambda *_: False)
    with pytest.raises(RuntimeError, match=r"the words that refuse LTL\[Y\] do not"):
        classify(from_regex("a.*", "ab"))


def test_shapes_are_spelled():
    shape = ("x", (("u",), "s"), ("u", "u"), "z")
    words = {"x": "a", "u": "b", "s": "c", "z": ""}
    assert told(shape) == "x (u^n s)^n (u u)^n z"
    assert spelled(shape, words, 0) == "a"
    assert spelled(shape, words, 2) == "abbcbbcbbbb"


def test_long_repetitions_are_powers():
    assert told(("x", ("u",) * 79, *"zzzz")) == "x (u^79)^n z^4"


def test_a_circle_of_three_states_shows_itself():
    found = classify(from_regex("(aaa)*", "a")).evidence["LTL[S]"]
    assert found.reason == "a word that moves 3 states in a circle"
    assert told(found.accepted) == "x (u u u)^n z"


@pytest.mark.parametrize(("regex", "alphabet"), ANSWERS, ids=" over ".join)
def test_elements_act_as_their_words(regex, alphabet):
    automaton = from_regex(regex, alphabet)
    found = semigroup(automaton)
    assert found.complete
    for element, images in enumerate(found.images.tolist()):
        assert [
            automaton.step(state, found.word(element)) for state in range(len(images))
        ] == images


def test_sizes_of_semigroups_by_hand():
    assert len(semigroup(from_regex(".*a", "ab"))) == 2  # the last letter
    assert len(semigroup(from_regex("(aa)*", "a"))) == 2  # the parity
    assert len(semigroup(from_regex("(ab)*", "ab"))) == 5  # a, b, ab, ba, nothing


def everything(states):
    """An automaton whose letters generate all maps of its states."""
    cycle = [(k + 1) % states for k in range(states)]
    swap, merge = [1, 0, *range(2, states)], [0, 0, *range(2, states)]
    return Automaton("abc", tuple(zip(cycle, swap, merge, strict=True)), frozenset({0}))


def test_a_semigroup_beyond_its_size_is_told():
    assert len(semigroup(everything(4))) == 4**4
    with pytest.raises(TooLarge, match="more than 5000 elements: too large"):
        semigroup(everything(7), 5000)
    assert rotation(everything(7)) == "a"


def climbing(states):
    """Aperiodic, of many elements: up, down, and a fold."""
    top = states - 1
    rows = ((min(k + 1, top), max(k - 1, 0), k // 2 * 2) for k in range(states))
    return Automaton("abc", tuple(rows), frozenset({0, top // 2, top}))


def test_what_is_too_large_stays_undecided(monkeypatch):
    monkeypatch.setattr(algebra, "CELLS", 1000)
    found = classify(climbing(20))
    assert found.within["LTL[S]"] is None
    assert found.name == "aperiodic or beyond"
    assert found.notes == (
        "LTL[S] is undecided: the semigroup has more than 50 elements: too large",
    )
    assert found.as_json()["in"]["LTL[S]"] is None


BALANCED = Automaton("ab", ((1, 4), (2, 0), (3, 1), (4, 2), (4, 4)), frozenset({0}))


def test_a_note_says_that_no_formula_was_found():
    found = classify(BALANCED)
    assert (found.name, found.formula) == ("aperiodic", None)
    assert found.notes == (
        "no formula of LTL[S] was found: the constructions pass their stated sizes",
    )


def test_a_note_says_that_a_formula_is_too_long_for_text(monkeypatch):
    monkeypatch.setattr(module, "plain", lambda _: (_ for _ in ()).throw(TooLarge("too long")))
    found = classify(from_regex(".*ab.*", "abc"))
    assert found.as_json()["formula"] is found.as_json()["attention"][0]["formula"] is None
    assert found.notes == (
        "the formula of LTL[P,Y], of depth 2 with 5 parts, takes more than 20000 characters as "
        "text; Python's classify gives it as an object",
    )


@pytest.mark.parametrize(
    ("known", "shown"),
    [
        ("!!!P(a & Y(b S a)) & P c", "!P(a & Y(b S a)) & P c"),  # what is found is far deeper
        ("P(a & P b) & P b", "P(a & P b)"),  # what is found is smaller
        ("a S b | b", "a S b"),  # as text, S is what it takes
        ("true S (b & c)", "false"),
    ],
)
def test_a_known_formula_is_shown_where_it_will_do(known, shown):
    formula = parse(known)
    assert str(classify(from_formula(formula, "abc"), formula).formula) == shown


def test_a_known_formula_of_other_windows_is_not_shown():
    known = parse("P(c & Y<=2 b)")
    found = classify(from_formula(known, "abc"), known)
    assert (found.attention[0].k, windows(found.formula)) == (1, {1})


def test_a_known_formula_is_shown_where_none_was_found(monkeypatch):
    monkeypatch.setattr(module, "past_formula", lambda _: None)
    known = parse("P(b & Y a)")
    found = classify(from_formula(known, "abc"), known)
    assert (found.formula, found.attention[0].formula, found.notes) == (known, known, ())
    since = parse("!(!b S a) & a S b & P a")
    assert classify(from_formula(since, "ab"), since).attention[0].formula is None


def test_a_known_formula_shows_that_since_defines_the_language(monkeypatch):
    monkeypatch.setattr(algebra, "CELLS", 1)
    known = parse("!(true S (a & !(b S c)))")
    found = classify(from_formula(known, "abc"), known)
    assert found.within["LTL[S]"] is True


@pytest.mark.slow
@pytest.mark.parametrize("make", [climbing, everything], ids=lambda make: make.__name__)
def test_nasty_automata_end_soon(make):
    start = time.process_time()
    classify(make(module.MOST_STATES))
    assert time.process_time() - start < 10


def test_too_many_states_are_refused():
    with pytest.raises(InputError, match="129 states: too large, expected at most 128"):
        classify(climbing(129))


def test_without_libsemigroups_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "libsemigroups_pybind11", None)
    assert classify(from_regex("a.*", "ab")).within["LTL[S]"]  # which LTL[P] implies
    with pytest.raises(InputError, match=r"pip install 'locality\[expressivity\]'"):
        classify(from_regex("(aa)*", "ab"))


def test_plain_data_have_the_names_that_were_promised():
    found = classify(from_regex(".*ab.*", "abc")).as_json(".*ab.*")
    promised = {"regex", "alphabet", "states", "class", "in", "attention", "formula", "evidence"}
    assert promised <= set(found)
    assert set(found["in"]) == set(CLASSES)
    assert found["evidence"]["LTL[P]"]["accepted"] == "x (u v)^n z"
