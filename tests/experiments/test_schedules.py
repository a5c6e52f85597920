import math
from copy import deepcopy

import pytest

from locality.verify.experiments import layered, run
from locality.verify.experiments.schedules import (
    FLAT,
    LARGEST,
    LINEAR,
    STEEPNESS,
    STUDY,
    every,
    faults,
    runs,
    schedule,
)


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return run(STUDY, quick=True, folder=tmp_path_factory.mktemp("parts"))


@pytest.fixture
def found(record):
    return deepcopy(record["summary"])


def test_the_quick_run_holds(record):
    assert record["quick"]
    assert record["faults"] == []


def test_schedules_by_hand():
    assert schedule(0, 4) == [LARGEST] * 4
    assert schedule(1, 4) == [1.0, 2.0, 3.0, 4.0]
    assert schedule(3, 4)[1] == LARGEST / 8


def test_announced_schedules_differ_in_total_and_the_others_do_not():
    named = every(4)
    totals = [math.fsum(named[f"published-{beta}"]) for beta in STEEPNESS]
    assert totals == sorted(totals, reverse=True)
    assert totals[0] > 3 * totals[-1]
    for name, dials in named.items():
        if name.startswith("equal") or name == LINEAR:
            assert math.fsum(dials) == pytest.approx(10, rel=1e-15)
            assert dials == sorted(dials)


def test_differences_are_paired_with_the_flat_schedule_of_equal_total(found):
    assert found["trained"][FLAT]["over flat"]["seeds"] == [0]
    for each in found["trained"].values():
        nats = [math.log(perplexity) for perplexity in each["perplexity"]["seeds"]]
        flat = [math.log(p) for p in found["trained"][FLAT]["perplexity"]["seeds"]]
        assert each["over flat"]["mean"] == pytest.approx(nats[0] - flat[0], abs=1e-12)


@pytest.mark.slow
def test_a_planted_dial_that_moves_too_much_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(layered, "share", lambda dial: math.tanh(dial / 4.4))
    data = STUDY.parts(True)["none-seed-1"](tmp_path)
    assert all(each["excess"] > each["rounding"] for each in data["dialled"].values())


@pytest.mark.parametrize("how", ["on the runs", "by operators"])
def test_a_planted_bound_that_is_too_low_is_a_fault(found, how):
    name, one = next(iter(runs(found)))
    one[how]["tightest"] = 0.999
    (said,) = faults(found)
    assert said.startswith(f"{name}: the deviation is 1/0.999")


def test_a_planted_constant_that_is_too_low_is_a_fault(found):
    one = found["dialled"]["published-0"]["runs"][0]
    one["operators"][2] = one["secants"][2] / 2
    assert any("operator norms" in each for each in faults(found))


def test_planted_contractions_and_expansions_change_the_best_order(found):
    found["orders"][0]["increasing"]["operators"] = [1.0, 0.5, 0.5, 0.5]
    found["damped"][0]["increasing"]["secants"] = [0.0, 2.0, 2.0, 2.0]
    said = faults(found)
    assert any("no layer contracts" in each for each in said)
    assert any("every layer contracts" in each for each in said)


def test_a_planted_steep_schedule_of_greater_dials_is_a_fault(found):
    found["dialled"]["published-5"]["dials"] = [9.0] * 4
    assert any("does not fall with their steepness" in each for each in faults(found))


def test_damped_layers_deviate_less_in_the_decreasing_order(found):
    for pair in found["damped"]:
        assert pair["decreasing"]["deviation"] < pair["increasing"]["deviation"]
