import json
from copy import deepcopy

import numpy as np
import pytest

from locality.theory.expressivity.types import hybrid, local
from locality.verify.experiments import recognition, run
from locality.verify.experiments.recognition import (
    BUCKETS,
    FULL,
    LENGTHS,
    QUICK,
    SHOWN_WORD,
    STUDY,
    WORDS,
    evenly,
    faults,
    pairs,
    part,
)
from locality.verify.recognizers.languages import LANGUAGES, language
from locality.verify.recognizers.training import PATTERNS

ALL = pytest.mark.parametrize("key", [one.key for one in LANGUAGES])


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return run(STUDY, quick=True, folder=tmp_path_factory.mktemp("parts"))


@pytest.fixture
def found(record):
    return deepcopy(record["summary"])


def test_the_quick_run_holds(record):
    assert record["quick"]
    assert record["faults"] == []
    found = record["summary"]
    assert json.loads(json.dumps(found)) == found
    assert {key: [*row] for key, row in found["cells"].items()} == {
        key: ["local-1", "hybrid-1"] for key in ("last-a", "factor-ab")
    }


def test_what_suffices_is_learnt_even_in_a_quick_run(found):
    assert found["cells"]["last-a"]["local-1"]["accuracy"]["min"] == 1
    assert found["cells"]["factor-ab"]["local-1"]["accuracy"]["max"] < 0.9


def test_attention_is_kept_of_the_language_shown(found):
    size = len(SHOWN_WORD) + 1
    assert np.shape(found["maps"]) == (QUICK.layers, QUICK.heads, size, size)


@pytest.mark.slow
@ALL
def test_tested_words_are_longer_than_all_that_are_trained_on(key):
    batches = recognition.tested(key)
    assert len(batches) == LENGTHS * len(BUCKETS)
    for at, (words, labels) in enumerate(batches):
        least, most = BUCKETS[at // LENGTHS]
        assert len(words) == WORDS == 2 * labels.sum()
        assert least <= words.shape[1] <= most
    assert min(words.shape[1] for words, _ in batches) in (FULL.longest + 1, FULL.longest + 2)
    assert max(words.shape[1] for words, _ in batches) == 500


@pytest.mark.parametrize(
    ("key", "name"),
    [
        (one.key, name)
        for one in LANGUAGES
        for name in ("local-1", "local-2", "local-4")
        if not one.suffices(PATTERNS[name])
    ],
)
def test_words_of_a_pair_end_alike_farther_than_local_heads_see(key, name):
    wanted, pattern = language(key), PATTERNS[name]
    (window,) = pattern.windows
    seen = FULL.layers * window
    for pair in pairs(wanted, pattern):
        ends = [word[-seen - window :] for word in pair]
        bags = [[sorted(end[n : n + window]) for n in range(seen + 1)] for end in ends]
        assert ends[0] == ends[1] or (bags[0] == bags[1] and len(set(map(tuple, bags[0]))) == 1)


def test_pairs_have_the_tested_lengths():
    made = pairs(language("dyck-2"), hybrid(1))
    lengths = [len(word) for pair in made for word in pair]
    assert BUCKETS[0][0] <= min(lengths) < max(lengths) <= BUCKETS[-1][1]
    for inside, outside in made:
        assert language("dyck-2").automaton.accepts(inside)
        assert not language("dyck-2").automaton.accepts(outside)


def test_evenly_spaced_by_hand():
    assert evenly(range(41, 101), 4) == [41, 61, 80, 100]
    assert evenly([3, 5], 4) == [3, 5]


def test_a_planted_perfect_model_of_a_weak_pattern_is_a_fault(found):
    cell = found["cells"]["factor-ab"]["local-1"]
    cell["accuracy"]["seeds"] = [1.0]
    assert faults(found) == []
    cell["pairs"] = [[[True, False]] * len(cell["pairs"][0])]
    said = faults(found)
    assert said[0].startswith("factor-ab, local-1: a model is right on all words tried")
    assert len(said) == 2


def test_a_planted_answer_that_differs_is_a_fault(found):
    cell = found["cells"]["factor-ab"]["local-1"]
    first = cell["pairs"][0][0]
    cell["pairs"][0][0] = [first[0], not first[0]]
    assert faults(found) == [
        "factor-ab, local-1: local heads tell two words apart that are alike to them"
    ]


def test_a_planted_mistake_of_a_compiled_formula_is_a_fault(found):
    found["compiled"]["last-a"][2] = 0.75
    assert faults(found) == ["last-a: the compiled formula reads 75.00 % right, not all"]


def test_a_planted_window_that_is_too_narrow_is_a_fault(tmp_path, monkeypatch, found):
    trained = recognition.train
    monkeypatch.setattr(
        recognition, "train", lambda wanted, _, plan, seed: trained(wanted, local(1), plan, seed)
    )
    made = part(QUICK, "last-a", "local-2", 1, tmp_path)
    cell = {"suffices": False, "accuracy": {"seeds": [0.9]}, "pairs": [made["pairs"]]}
    found["cells"]["last-a"]["local-2"] = cell
    said = "last-a, local-2: local heads tell two words apart that are alike to them"
    assert faults(found) == [said]
