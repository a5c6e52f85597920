"""`locality formula` says what a formula is, and its --json is what the schema says."""

import json
import shlex
from pathlib import Path

import jsonschema
import pytest

import locality.verify as verify

SCHEMA = json.loads((Path(verify.__file__).parent / "schemas" / "formula.json").read_text())


def told(ran):
    found = json.loads(ran.out)
    jsonschema.validate(found, SCHEMA)
    return found


def test_what_a_formula_is(locality):
    ran = locality("formula", "¬¬P(b ∧ Y a) ∨ c", "--words", "ab,ba,", "--json")
    assert told(ran) == {
        "formula": "!!P(b & Y a) | c",
        "normal": "P(b & Y a)",
        "unicode": "P(b ∧ Y a)",
        "latex": r"\mathbf{P}(\pi_{b} \land \mathbf{Y}\,\pi_{a})",
        "alphabet": "abc",
        "depth": 2,
        "parts": 5,
        "operators": ["P", "Y"],
        "attention": {"kind": "hybrid", "windows": [1]},
        "words": [
            {"word": "ab", "accepted": True},
            {"word": "ba", "accepted": False},
            {"word": "", "accepted": False},
        ],
        "equivalence": None,
    }
    assert ran.code == 0


@pytest.mark.parametrize(
    ("text", "attention"),
    [
        ("a", {"kind": "none", "windows": []}),
        ("P a", {"kind": "global", "windows": []}),
        ("Y<=3 a & !Y b", {"kind": "local", "windows": [1, 3]}),
        ("P Y P a", {"kind": "global", "windows": []}),
        ("a S P b", None),
    ],
)
def test_the_heads_that_run_it(locality, text, attention):
    assert told(locality("formula", text, "--json"))["attention"] == attention
    assert "attention" in locality("formula", text).out


def test_what_is_told_is_told_of_the_formula_as_it_is_written(locality):
    shown = locality("formula", "a S b").out
    assert "attention    none as it is written: S is no head's operator; locality classify" in shown
    assert "depth        0, with 1 part, of the normal form\n" in locality("formula", "a").out


@pytest.mark.parametrize("command", ["formula", "classify"])
def test_help_says_how_letters_are_written(locality, command):
    assert "such as 'A' or π_A" in " ".join(locality(command, "--help").out.split())


def test_equivalence_depends_on_the_alphabet(locality):
    words = ("formula", "P(b & Y a)", "--equivalent", "P(b & P a)")
    assert locality(*words).code == 0
    assert told(locality(*words, "--json"))["equivalence"] == {
        "other": "P(b & P a)",
        "equivalent": True,
        "word": None,
        "accepted_by": None,
    }
    ran = locality(*words, "--alphabet", "abc", "--json")
    assert ran.code == 1
    assert told(ran)["equivalence"]["word"] == "acb"
    assert "no: only the other accepts acb" in locality(*words, "--alphabet", "abc").out


def test_the_shortest_word_of_a_formula(locality):
    ran = locality("formula", "P(b & Y a)", "--equivalent", "false")
    assert "no: only this formula accepts ab\n" in ran.out
    assert "accepts ε" in locality("formula", "!P a", "--equivalent", "false").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("P a", "--alphabet", "a,b"), "alphabet 'a,b': expected letters and digits, each once"),
        (("P a", "--alphabet", "a b"), "alphabet 'a b': expected letters and digits, each once"),
        (("P a", "--alphabet", "b"), "letter 'a': expected one of 'b'"),
        (("P a", "--alphabet", "a", "--equivalent", "P c"), "letter 'c': expected one of 'a'"),
        (("P A",), "as a letter it is written in quotes, 'A'"),
        (("P(b",), "formula 'P(b': '(' at character 2, expected a ) that closes it"),
        (("P a", "--alphabet", "aa"), "alphabet 'aa': expected"),
        (("P a", "--alphabet", ""), "alphabet '': expected"),
        (("P b", "--alphabet", "b", "--words", "ab"), "letter 'a' of 'ab': expected one of 'b'"),
        (("Y" * 60 + "a", "--equivalent", "false & P b | " + "Y" * 60 + "a & true"), "61 past"),
    ],
)
def test_bad_input_is_one_line(locality, words, said):
    ran = locality("formula", *words)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("locality: ")
    assert ran.err.count("\n") == 1
    assert said in ran.err


def test_the_next_commands_run(locality):
    ran = locality("formula", "true S (b & Y a)", "--alphabet", "abc")
    steps = ran.out.rpartition("next: ")[2].strip().split("  ·  ")
    commands = [shlex.split(step)[1:] for step in steps]
    assert [command[0] for command in commands] == ["classify", "compile"]
    assert [locality(*command).code for command in commands] == [0, 0]
    assert "compile" not in locality("formula", "a S b").out
