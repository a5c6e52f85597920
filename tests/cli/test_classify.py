"""`locality classify` says which attention a language needs; its --json is what the schema says."""

import json
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


REFUSED = [
    ((), "expected one of REGEX, --dfa FILE and --formula FORMULA"),
    (("a", "--formula", "P a"), "expected one of"),
    (("a.*",), "does not say which letters there are"),
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
