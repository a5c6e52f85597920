from copy import deepcopy

import pytest

from locality.verify.experiments import run
from locality.verify.experiments.denoising import ERRORS, STUDY, faults

pytest.importorskip("sklearn")


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return run(STUDY, quick=True, folder=tmp_path_factory.mktemp("parts"))


@pytest.fixture
def found(record):
    return deepcopy(record["summary"])


def test_the_quick_run_holds(record):
    assert record["quick"]
    assert record["faults"] == []


def test_the_loss_is_the_least_loss_and_the_distance(found):
    for look in found["runs"][0]["looks"]:
        assert look["loss"] == pytest.approx(look["least"] + look["distance"], rel=1e-12)


def test_a_case_is_told_over_its_seeds(found):
    (case,) = found["cases"]
    assert len(case["distance"]) == len(case["steps"])
    assert case["distance"][-1]["max"] < case["affine"]["min"]


def test_a_planted_step_away_from_the_bayes_denoiser_is_a_fault(found):
    looks = found["runs"][0]["looks"]
    looks[2]["distance"] = looks[1]["distance"]
    assert any("went away" in fault for fault in faults(found))


def test_a_planted_network_no_better_than_an_affine_map_is_a_fault(found):
    found["runs"][0]["affine"] = found["runs"][0]["looks"][-1]["distance"]
    assert any("affine map" in fault for fault in faults(found))


def test_a_planted_loss_that_is_not_the_sum_is_a_fault(found):
    found["runs"][0]["looks"][0]["residual"] = 1.01
    assert any("least loss plus" in fault for fault in faults(found))


def test_a_planted_bias_of_the_drawn_origins_is_a_fault(found):
    found["runs"][0]["looks"][0]["sampled"] = ERRORS + 1.0
    assert any("drawn origins" in fault for fault in faults(found))


def test_numbers_that_are_not_known_are_a_fault(found):
    for name in ("distance", "residual", "sampled"):
        broken = deepcopy(found)
        broken["runs"][0]["looks"][-1][name] = float("nan")
        assert faults(broken)
