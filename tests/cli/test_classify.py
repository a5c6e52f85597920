"""`locality classify` says which attention a language needs; its --json is what the schema says."""

import json
import shlex
from importlib import import_module
from pathlib import Path

import jsonschema
import pytest

pytest.importorskip("automata")
pytest.importorskip("libsemigroups_pybind11")

import locality.verify as verify
from locality.theory.expressivity.machine import TooLarge

SCHEMA = json.loads((Path(verify.__file__).parent / "schemas" / "classify.json").read_text())


def told(ran):
    assert ran.code == 0, ran.err
    found = json.loads(ran.out)
    jsonschema.validate(found, SCHEMA)
    return found


def test_the_alphabet_decides(locality):
    small = told(locality("classify", ".*ab.*", "--json"))
    large = told(locality("classify", ".*ab.*", "--alphabet", "abc", "--json"))
    assert (small["class"], large["class"]) == ("R-trivial", "locally R-trivial")
    assert small["attention"] == [{"kind": "global", "k": None, "formula": "P(b & P a)"}]
    assert large["attention"] == [{"kind": "hybrid", "k": 1, "formula": "P(b & Y a)"}]
    assert large["in"] == {"LTL[Y]": False, "LTL[P]": False, "LTL[P,Y]": True, "LTL[S]": True}
    assert set(large["evidence"]) == {"LTL[Y]", "LTL[P]"}


@pytest.mark.parametrize(("regex", "name"), [("(aa)*", "beyond"), ("()", "definite")])
def test_every_class_is_what_the_schema_says(locality, regex, name):
    assert told(locality("classify", regex, "--alphabet", "ab", "--json"))["class"] == name


def test_a_formula_and_a_file_are_asked_alike(locality, tmp_path):
    first = told(locality("classify", "--formula", "P(b & Y a)", "--alphabet", "abc", "--json"))
    (tmp_path / "machine.json").write_text(json.dumps(first["automaton"]))
    second = told(locality("classify", "--dfa", "machine.json", "--json"))
    third = told(locality("classify", ".*ab.*", "--alphabet", "abc", "--json"))
    assert (first["given"], second["given"]) == ("P(b & Y a)", "machine.json")
    assert first["regex"] is second["regex"] is None
    same = set(third) - {"given", "regex"}
    assert (
        {k: first[k] for k in same} == {k: second[k] for k in same} == {k: third[k] for k in same}
    )


def test_what_people_read(locality):
    shown = locality("classify", ".*ab.*", "--alphabet", "abc").out
    assert shown.startswith("locally R-trivial\n.*ab.*  over abc, 3 states\n")
    assert "attention  hybrid: global heads, and local ones with window 1\n" in shown
    assert "accepted  x (u v)^n z    n = 2: acacab\n" in shown
    assert shown.endswith("next: locality compile 'P(b & Y a)' --alphabet abc\n")


def test_an_alphabet_that_was_not_given_is_pointed_at(locality):
    assert "over ab (the letters that occur; --alphabet)" in locality("classify", "(ab)*").out


def test_no_attention_and_two_kinds_of_it(locality):
    assert "attention  none of local, global and hybrid\n" in locality("classify", "(aa)*").out
    both = locality("classify", "()", "--alphabet", "a").out
    assert "attention  local" in both
    assert "attention  global" in both


def test_what_was_too_large_is_told(locality, monkeypatch):
    def refuse(_):
        raise TooLarge("the semigroup has more than 7 elements: too large")

    module = import_module("locality.theory.expressivity.classify")
    monkeypatch.setattr(module, "rotation", refuse)
    found = told(locality("classify", "(aa)*", "--json"))
    assert (found["class"], found["in"]["LTL[S]"]) == ("aperiodic or beyond", None)
    shown = locality("classify", "(aa)*").out
    assert "undecided" in shown
    assert "note       LTL[S] is undecided: the semigroup has more than 7 elements" in shown


DEEP = "a" * 10 + ".*"


def test_a_formula_that_is_long_is_in_the_json(locality):
    ran = locality("classify", DEEP, "--alphabet", "ab")
    assert "parts>; --json shows it\n" in ran.out
    assert "next:" not in ran.out
    found = told(locality("classify", DEEP, "--alphabet", "ab", "--json"))
    assert len(found["formula"]) > 400
    assert found["notes"] == []


def test_a_formula_that_is_too_long_for_text_has_a_note(locality):
    found = told(locality("classify", "a" * 20 + DEEP, "--alphabet", "ab", "--json"))
    assert found["formula"] is None
    assert "takes more than 20000 characters as text" in found["notes"][0]
    shown = locality("classify", "a" * 20 + DEEP, "--alphabet", "ab").out
    assert "parts>; see the note\nnote       the formula of LTL[P], of depth" in shown


def test_where_no_formula_is_found_a_note_says_so_and_nothing_comes_next(locality):
    words = ("classify", "a" * 60 + DEEP, "--alphabet", "ab")
    ran = locality(*words)
    note = "no formula of LTL[P] was found: the constructions pass their stated sizes"
    assert f"formula    none found; see the note\nnote       {note}\n" in ran.out
    assert "next:" not in ran.out
    assert told(locality(*words, "--json"))["notes"] == [note]


def test_a_given_formula_is_not_hidden_behind_a_deeper_one(locality):
    text = "!P(a & Y(b S a)) & P c"
    found = told(locality("classify", "--formula", text, "--json"))
    assert found["formula"] == text


def test_both_classes_are_named_and_no_head_is_asked_for_without_need(locality):
    shown = locality("classify", "a*").out
    assert shown.startswith("definite and R-trivial\n")
    assert "attention  none is needed: the answer does not depend on the word\n" in shown
    assert "window 1" not in shown


def test_the_next_command_runs(locality):
    shown = locality("classify", "--formula", "P 'A' & P 'é'").out
    words = shlex.split(shown.rpartition("next: ")[2])
    assert words[:2] == ["locality", "compile"]
    assert locality("formula", *words[2:]).code == 0


def test_what_is_wrong_with_a_file_names_it(locality, tmp_path):
    table = [[min(k + 1, 166)] for k in range(167)]
    long = {"alphabet": "a", "table": table, "accepting": [166]}
    (tmp_path / "long.json").write_text(json.dumps(long))
    ran = locality("classify", "--dfa", "long.json")
    assert ran.err == "locality: long.json: 167 states: too large, expected at most 128\n"


REFUSED = [
    ((), "expected one of REGEX, --dfa FILE and --formula FORMULA"),
    (("a", "--formula", "P a"), "expected one of"),
    (("a.*",), "does not say which letters there are: expected an alphabet (--alphabet LETTERS)"),
    (("",), "an empty regex: expected () for the empty word"),
    (("a", "--alphabet", "a,b"), "alphabet 'a,b': expected letters and digits, each once"),
    (("--formula", "P a", "--alphabet", "a,b"), "alphabet 'a,b': expected letters and digits"),
    (("--formula", "P a", "--alphabet", "a b"), "alphabet 'a b': expected letters and digits"),
    (("--formula", "P a", "--alphabet", "b"), "letter 'a': expected one of 'b'"),
    (("--formula", "P A"), "as a letter it is written in quotes, 'A'"),
    (("a+",), "'+' in a regex"),
    (("a", "--alphabet", "b"), "letter 'a' in a regex: expected one of 'b'"),
    (("(a|b)*a" + "(a|b)" * 60,), "needs more than 4096 states"),
    (("a" * 300,), "302 states: too large, expected at most 128"),
    (("--dfa", "none.json"), "none.json cannot be read"),
    (("--dfa", "none.json", "--alphabet", "ab"), "expected without --dfa"),
    (("--formula", "P true"), "names no letters: expected --alphabet"),
    (("--formula", "P("), "formula"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED, ids=[" ".join(r[0])[:30] for r in REFUSED])
def test_bad_input_is_one_line(locality, words, said):
    ran = locality("classify", *words)
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.count("\n") == 1
