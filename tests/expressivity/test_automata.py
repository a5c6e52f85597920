import json
import random
import re
import sys
import time
from contextlib import nullcontext
from itertools import product

import pytest

from locality.theory import InputError
from locality.theory.expressivity import automata
from locality.theory.expressivity.automata import (
    Automaton,
    from_file,
    from_formula,
    from_json,
    from_library,
    from_regex,
    shortest_difference,
)
from locality.theory.expressivity.formulas import Letter, Past, Since, Within, yesterday
from locality.theory.expressivity.graphs import components, shortest_word
from locality.theory.expressivity.machine import TooLarge
from locality.theory.expressivity.semantics import accepts

pytest.importorskip("automata")

WORDS = ["".join(word) for size in range(8) for word in product("ab", repeat=size)]
ENDS_IN_A = Automaton("ab", ((1, 0), (1, 0)), frozenset({1}))


def drawn_regex(draw, depth):
    kind = draw.random()
    if depth == 0:
        return draw.choice(["a", "b", ".", "()"])
    if kind < 0.75:
        parts = drawn_regex(draw, depth - 1), drawn_regex(draw, depth - 1)
        return "".join(parts) if kind < 0.4 else "({}|{})".format(*parts)
    return f"({drawn_regex(draw, depth - 1)})*"


def test_a_table_is_made_minimal_and_numbered_breadth_first():
    found = Automaton("ab", ((3, 1), (3, 1), (0, 2), (3, 4), (3, 4)), frozenset({3}))
    assert found == ENDS_IN_A
    assert len(found) == 2


@pytest.mark.parametrize("seed", range(40))
def test_expressions_mean_what_pythons_re_means(seed):
    text = drawn_regex(random.Random(seed), seed % 5)
    expected = [bool(re.fullmatch(text, word)) for word in WORDS]
    assert from_regex(text, "ab").recognises(WORDS).tolist() == expected


@pytest.mark.parametrize("seed", range(20))
def test_automata_lib_finds_the_same_automaton(seed):
    from automata.fa.dfa import DFA
    from automata.fa.nfa import NFA

    text = drawn_regex(random.Random(seed), 4)
    theirs = DFA.from_nfa(NFA.from_regex(text, input_symbols={"a", "b"}), minify=True)
    ours = from_regex(text, "ab")
    assert from_library(theirs) == ours
    assert len(theirs.to_complete().states) == len(ours)
    assert from_library(ours.to_library()) == ours


def test_a_library_automaton_may_lack_transitions():
    from automata.fa.dfa import DFA

    partial = DFA(
        states={0, 1},
        input_symbols={"a", "b"},
        transitions={0: {"a": 1}, 1: {}},
        initial_state=0,
        final_states={1},
        allow_partial=True,
    )
    assert from_library(partial) == from_regex("a", "ab")
    assert from_library(partial, "ba").accepts("a")
    with pytest.raises(InputError, match="alphabet 'abc': expected the letters"):
        from_library(partial, "abc")


@pytest.mark.parametrize("one", [False, True])
def test_words_run_one_by_one_and_together(one):
    found = from_regex("(a(ab)*b)*", "ab")
    if one:
        assert [found.step(0, word) for word in WORDS] == found.run(WORDS).tolist()
    else:
        assert [found.accepts(word) for word in WORDS] == found.recognises(WORDS).tolist()


@pytest.mark.parametrize(
    "formula",
    [
        Past(Letter("a")),
        Within(Letter("a") & ~Past(Letter("b")), 3),
        Since(Letter("b"), Letter("a")) | Past(Within(Letter("c"), 2)),
    ],
)
def test_a_formula_and_its_automaton_accept_the_same_words(formula):
    found = from_formula(formula, "ab")
    assert found.recognises(WORDS).tolist() == accepts(formula, WORDS, "ab").tolist()


def test_a_formula_that_remembers_too_much_is_told():
    with pytest.raises(TooLarge, match="expected a smaller formula"):
        from_formula(yesterday(Letter("a"), 17), "ab")


def test_the_alphabet_is_that_of_the_text_unless_it_is_given():
    assert from_regex("(ab)*").alphabet == "ab"
    assert from_regex("(ba)* c").alphabet == "abc"
    assert from_regex(".*a", "xa").accepts("xxa")


@pytest.mark.parametrize(
    ("text", "alphabet", "told"),
    [
        ("a.*", None, "does not say which letters"),
        ("()", None, "does not say which letters"),
        ("", None, r"an empty regex: expected \(\)"),
        ("", "ab", r"an empty regex: expected \(\)"),
        ("a+", None, r"'\+' in a regex: expected letters, digits"),
        ("[ab]", None, r"'\[' in a regex"),
        ("a{2}", None, r"'\{' in a regex"),
        ("a&b", None, "'&' in a regex"),
        ("a?", None, r"'\?' in a regex"),
        (r"\d", None, "in a regex: expected"),
        ("(a", None, r"a \( without its \)"),
        ("a)(", None, r"a \) without its \("),
        ("*a", None, r"expected something before \*"),
        ("a||b", None, r"on both sides of \|; \(\) is the empty word"),
        ("abc", "ab", "letter 'c' in a regex: expected one of 'ab'"),
        ("a", "aa", "alphabet 'aa': expected letters and digits, each once"),
        ("a", "a.", "alphabet 'a.': expected letters and digits"),
        ("a" * 501, None, "a regex of 501 characters: expected at most 500"),
        ("(a|b)*a" + "(a|b)" * 60, None, "needs more than 4096 states"),
    ],
)
def test_what_is_no_textbook_expression_is_refused(text, alphabet, told):
    with pytest.raises(InputError, match=told) as raised:
        from_regex(text, alphabet)
    assert "\n" not in str(raised.value)


SMALL = ("(" * 200 + "a" + ")" * 200, "(" * 160 + "a" + "*)" * 160, "ab|" * 160 + "a")


@pytest.mark.slow
@pytest.mark.parametrize("text", [*SMALL, "(.*a|b)*a" + "." * 490], ids=lambda text: text[:9])
def test_nasty_expressions_end_soon(text):
    start = time.process_time()
    with nullcontext() if text in SMALL else pytest.raises(InputError, match="4096 states"):
        from_regex(text, "ab")
    assert time.process_time() - start < 10


def test_without_automata_lib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "automata.fa.nfa", None)
    with pytest.raises(InputError, match=r"pip install 'locality\[expressivity\]'"):
        automata.from_regex("a")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("", ((),), ()), "alphabet '': expected letters and digits"),
        (("aa", ((0, 0),), ()), "alphabet 'aa'"),
        (("ab", (), ()), "0 states: expected 1 to 20000"),
        (("ab", ((0, 0), (1,)), ()), r"row 1 is \[1\]: expected a state from 0 to 1 for each"),
        (("ab", ((0, 2),), ()), r"row 0 is \[0, 2\]: expected a state from 0 to 0 for each"),
        (("ab", ((0, 0),), (1,)), "accepting state 1: expected 0 to 0"),
    ],
)
def test_what_is_no_automaton_is_refused(arguments, told):
    with pytest.raises(InputError, match=told):
        Automaton(*arguments)


def test_an_automaton_in_a_file(tmp_path):
    path = tmp_path / "ends-in-a.json"
    path.write_text(json.dumps(ENDS_IN_A.as_json()))
    assert from_file(path) == ENDS_IN_A
    moved = {"alphabet": "ab", "start": 1, "accepting": [0], "table": [[0, 1], [0, 1]]}
    assert from_json(moved) == ENDS_IN_A


RIGHT = {"alphabet": "ab", "table": [[0, 0]], "accepting": []}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "is no JSON file"),
        ("[" * 100_000, "is no JSON file"),
        ("[]", r"\[\]: expected alphabet, table, accepting"),
        (json.dumps({"alphabet": "ab"}), r'\["alphabet"\]: expected alphabet, table'),
        (json.dumps(RIGHT | {"final": []}), "expected alphabet, table"),
        (json.dumps(RIGHT | {"alphabet": 3}), "alphabet 3: expected a string"),
        (
            json.dumps(RIGHT | {"table": [[0, 0.0]]}),
            r"row 0 is \[0, 0.0\]: expected a list",
        ),
        (json.dumps(RIGHT | {"table": [[True, 0]]}), r"row 0 is \[true, 0\]: expected"),
        (json.dumps(RIGHT | {"table": 3}), "table 3: expected a list of rows"),
        (
            json.dumps(RIGHT | {"table": [[0] * 99 + [0.5]]}),
            r"row 0 is \[0, .* 0,\.\.\.: exp",
        ),
        (json.dumps(RIGHT | {"table": []}), "0 states: expected 1 to 20000"),
        ("null", "json: null: expected alphabet, table, accepting"),
        (
            '{"table": ' + "7" * 5000 + "}",
            r"json: 7{9}\.\.\. is a number: expected at most 9",
        ),
        (json.dumps(RIGHT | {"table": [[0, 7]]}), "row 0 is"),
        (json.dumps(RIGHT | {"accepting": 3}), "accepting 3: expected a list"),
        (json.dumps(RIGHT | {"accepting": [9]}), "accepting state 9"),
        (json.dumps(RIGHT | {"start": 1}), "start 1: expected a state from 0 to 0"),
        (json.dumps(RIGHT | {"start": "0"}), 'start "0"'),
    ],
)
def test_a_wrong_file_is_one_line(tmp_path, text, told):
    path = tmp_path / "wrong.json"
    path.write_text(text)
    with pytest.raises(InputError, match=told) as raised:
        from_file(path)
    assert "\n" not in str(raised.value)


def test_a_file_of_other_bytes_is_one_line(tmp_path):
    path = tmp_path / "wrong.json"
    path.write_bytes(b'{"alphabet": "\xff"}')
    with pytest.raises(InputError, match="is no JSON file: byte 0xff at position 14"):
        from_file(path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        from_file(tmp_path / "none.json")


def test_the_shortest_difference():
    assert shortest_difference(from_regex(".*a", "ab"), from_regex("a.*", "ab")) == "ab"
    assert shortest_difference(from_regex("(ab)*"), from_regex("()|a(ba)*b")) is None
    with pytest.raises(InputError, match="alphabets 'ab' and 'abc'"):
        shortest_difference(from_regex("a", "ab"), from_regex("a", "abc"))


def test_two_states_are_told_apart():
    chain = from_regex("aaa", "ab")
    assert chain.telling(0, 1) == "aa"
    assert chain.telling(2, 2) is None
    assert chain.complement.complement == chain
    assert not any(chain.complement.recognises(WORDS) & chain.recognises(WORDS))


def test_components_by_hand():
    table = [[1, 4], [2], [0, 3], [3], []]
    assert components(table) == [2, 2, 2, 0, 1]


def test_shortest_words_may_have_to_move():
    steps = {0: [("a", 1)], 1: [("b", 0)], 2: []}
    found = shortest_word([2, 0], steps.get, lambda node: node == 0, empty=False)
    assert found == (0, "ab", 0)
    assert shortest_word([2], steps.get, lambda node: node == 2, empty=False) is None
    assert shortest_word([2], steps.get, lambda node: node == 2) == (2, "", 2)
