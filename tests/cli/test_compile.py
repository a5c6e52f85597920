"""`locality compile` prints what its schema says, checks what it made, and refuses in one line."""

import json
from pathlib import Path

import jsonschema
import pytest

import locality.verify as verify
from locality.verify.recognizers import agreement, weights
from locality.verify.recognizers.export import load

SCHEMA = Path(verify.__file__).parent / "schemas" / "compile.json"


def told(ran):
    found = json.loads(ran.out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    return found


def test_a_formula_becomes_layers_heads_and_a_check(locality):
    ran = locality("compile", "P(b & Y a)", "--check", "--length", 12, "--json")
    found = told(ran)
    assert (ran.code, found["formula"], found["alphabet"]) == (0, "P(b & Y a)", "ab")
    assert [(h["layer"], h["window"], h["keys"]) for h in found["heads"]] == [
        (1, 1, 1),
        (2, None, 12),
    ]
    assert found["heads"][0]["scale"] == 0.0
    assert found["heads"][1]["scale"] == pytest.approx(2.3979, abs=1e-4)  # ln 11
    check = found["check"]
    assert (check["oracle"], check["exhaustive"]) == ("automaton of 3 states", 12)
    assert (check["words"], check["disagreements"]) == (8191, [])


def test_the_page_says_why(locality):
    out = locality("compile", "P a", "--dtype", "float32", "--length", 500).out
    assert "one true position among 500 has at least 0.5 of the attention" in out
    out = locality("compile", "Y<=3 P a", "--alphabet", "abc").out
    assert "underflows to exactly 0" in out
    assert "the last 3" in out
    assert "exact for words of at most 9007199254740992 letters" in out


def test_weights_are_written(locality, tmp_path):
    ran = locality("compile", "P a & !Y b", "--dtype", "bfloat16", "--out", "m.safetensors")
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "weights m.safetensors"
    assert load(tmp_path / "m.safetensors").accepts(["", "aa", "ab"]).tolist() == [0, 1, 0]


@pytest.mark.slow
def test_a_formula_without_operators_and_one_too_large_for_an_automaton(locality, monkeypatch):
    assert told(locality("compile", "true", "--alphabet", "a", "--check", "--json"))["heads"] == []

    def too_large(*_):
        raise agreement.TooLarge("planted")

    monkeypatch.setattr(agreement, "from_formula", too_large)
    assert "against the formula" in locality("compile", "P a", "--alphabet", "ab", "--check").out


@pytest.mark.slow
def test_a_wrong_model_is_exit_1_with_a_word(locality, monkeypatch):
    monkeypatch.setattr(weights, "_fill_rounding", lambda *_: None)
    ran = locality("compile", "P a", "--alphabet", "ab", "--check")
    assert ran.code == 1
    assert "✗ 'a'" in ran.out


REFUSED = [
    (("P(a",), "expected"),
    (("P a", "--dtype", "float16"), "--dtype 'float16': expected one of float64"),
    (("P a", "--alphabet", "b"), "letter 'a': expected one of 'b'"),
    (("P a", "--length", "-1"), "length -1"),
    (("P a", "--dtype", "float32", "--length", "99999999"), "length 99999999 in float32"),
    (("b S a",), "operator S (since): expected P and Y≤k only"),
    (("true",), "names no letter: expected --alphabet"),
    (("P a", "--out", "no/where.safetensors"), "cannot be written"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_a_bad_request_is_one_line(locality, words, said):
    ran = locality("compile", *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err
