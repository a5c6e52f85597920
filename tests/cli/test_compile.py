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
    assert (check["words"], check["full"], check["disagreements"]) == (8191, 0, [])


def test_the_page_says_why(locality):
    out = locality("compile", "P a", "--dtype", "float32", "--length", 500).out
    assert "one true position among 500 has at least 0.5 of the attention" in out
    out = locality("compile", "Y<=3 P a", "--alphabet", "abc").out
    assert "underflows to exactly 0" in out
    assert "the last 3" in out
    assert "exact for words of at most 9007199254740992 letters" in out


UNDERFLOWING = [
    ("P a", "--length", 5_000_000),
    ("P a", "--length", 2**24),
    ("Y<=9000000 a",),
]


@pytest.mark.parametrize("words", UNDERFLOWING, ids=lambda words: " ".join(map(str, words)))
def test_beyond_what_is_certified_false_positions_underflow(locality, words):
    words = ("compile", *words, "--alphabet", "ab", "--dtype", "float32")
    assert "underflows to exactly 0" in locality(*words).out
    assert [head["share"] for head in told(locality(*words, "--json"))["heads"]] == [1]


@pytest.mark.parametrize("length", [0, 1])
def test_a_head_with_one_position_at_most_is_said_to_be_one(locality, length):
    out = locality("compile", "P a", "--length", length).out
    assert "a head that sees one position gives it all its attention" in out
    assert "among" not in out


def test_a_check_says_what_is_tried_before_and_after(locality):
    tried = "against the automaton of 2 states: all 8191 words of at most 12 letters, 100 random "
    ran = locality("compile", "P a", "--alphabet", "ab", "--length", 2000, "--check")
    assert f"trying {tried}ones, 2 of exactly 2000\n" == ran.err
    assert f"✓ {tried}ones, 2 of exactly 2000\n" in ran.out
    ran = locality("compile", "P a", "--alphabet", "ab", "--check")
    assert f"✓ {tried}ones of at most 998\n" in ran.out


def test_missing_folders_are_made_and_a_file_of_weights_is_replaced(locality, tmp_path):
    for formula in ("P a", "Y a & !Y b"):
        assert locality("compile", formula, "--out", "no/where/m.safetensors").code == 0
    assert load(tmp_path / "no/where/m.safetensors").accepts(["a", "ba", "ab"]).tolist() == [
        1,
        1,
        0,
    ]


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
    (("P a", "--out", "notes.md"), "--out 'notes.md': expected a name that ends in .safetensors"),
    (("P a", "--out", ""), "expected a name that ends in .safetensors"),
    (
        ("P a", "--out", "/proc/no/where.safetensors"),
        "/proc/no/where.safetensors cannot be written",
    ),
    (("P (", "--out", "notes.md"), "--out 'notes.md'"),
]


@pytest.mark.parametrize(("words", "said"), REFUSED, ids=[said for _, said in REFUSED])
def test_a_bad_request_is_one_line(locality, words, said):
    ran = locality("compile", *words)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert said in ran.err
