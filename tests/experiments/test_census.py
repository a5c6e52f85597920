from copy import deepcopy

import pytest

from locality.theory.expressivity.enumeration import minimal_automata
from locality.theory.expressivity.forbidden import is_definite
from locality.verify.experiments import census as study
from locality.verify.experiments import run
from locality.verify.experiments.census import STUDY, faults
from locality.verify.recognizers import census as recognizers
from locality.verify.recognizers.census import census, refusals


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return run(STUDY, quick=True, folder=tmp_path_factory.mktemp("parts"))


@pytest.fixture
def found(record):
    return deepcopy(record["summary"])


def test_the_quick_run_holds(record):
    assert record["quick"]
    assert record["faults"] == []


def test_small_automata_are_all_there(found):
    assert found["all"]["automata"] == found["all"]["asked"] == 1054
    assert found["all"]["members"] == {"LTL[Y]": 56, "LTL[P]": 68, "LTL[P,Y]": 156, "LTL[S]": 174}


def test_planted_counts_are_faults(found):
    found["all"]["automata"] += 1
    found["random"]["members"]["LTL[P]"] += 1
    assert len(faults(found)) == 2
    found["states"] = study.MOST
    assert len(faults(found)) == 5


@pytest.mark.parametrize("wrong", [lambda _: True, lambda _: False])
def test_a_planted_theorem_is_refuted(monkeypatch, wrong):
    monkeypatch.setattr(recognizers, "is_definite", wrong)
    with pytest.raises((IndexError, AssertionError)):
        assert census(minimal_automata(2), 1).faults == []


def test_a_planted_answer_of_classify_is_refuted(monkeypatch):
    class Wrong:
        within = dict.fromkeys(recognizers.LOGICS, True)

    monkeypatch.setattr(recognizers, "classify", lambda _: Wrong)
    assert len(census(minimal_automata(2), 1, ask=True).faults) == 24 * 4 - 6 - 6 - 10 - 10


def test_words_of_a_pattern_that_agree_too_little_are_refuted(monkeypatch):
    monkeypatch.setattr(recognizers, "agree", lambda *_: False)
    recognizers.alike.cache_clear()
    assert census(minimal_automata(2), 1).faults
    recognizers.alike.cache_clear()


def test_refusals_are_of_the_language():
    for automaton in minimal_automata(2):
        refused = refusals(automaton)
        assert ("LTL[Y]" in refused) == (not is_definite(automaton))
        for pair in refused.values():
            u, v = pair(2)
            assert automaton.accepts(u) != automaton.accepts(v)
