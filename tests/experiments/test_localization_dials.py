from copy import deepcopy

import numpy as np
import pytest

from locality.kernels import LocalMean
from locality.verify.experiments import (
    dialled_regression,
    dialled_retrieval,
    dialled_shift,
    run,
)
from locality.verify.experiments.localization_dials import STUDY, faults, parts

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


def test_the_dial_parts_what_was_one_cluster(found):
    rows = found["mean shift"][0]["rows"]
    assert (rows[0]["clusters"], rows[0]["at least"]) == (1, 1)
    assert rows[-1]["clusters"] >= rows[-1]["at least"] == 10


def test_admissible_patterns_are_multiplied_by_the_exponential_of_the_dial(found):
    first, last = (found["retrieval"]["rows"][k] for k in (0, -1))
    gain = np.exp(last["dial"] - first["dial"])
    for margin, least, most in zip(
        found["retrieval"]["margins"], first["admissible"], last["admissible"], strict=True
    ):
        kept = dialled_retrieval.SIZE * np.exp(margin) / 9  # δ = 0.1
        assert least == int(kept)
        assert most == int(kept * gain)


def test_a_planted_cluster_too_few_is_a_fault(found):
    found["mean shift"][0]["rows"][-1]["clusters"] = 9
    assert any("9 clusters" in fault for fault in faults(found))


def test_a_planted_excursion_is_a_fault(found):
    found["mean shift"][0]["rows"][-1]["excursions"][3] = 5.0
    assert any("went 5 from its block" in fault for fault in faults(found))


def test_a_planted_pattern_too_many_is_a_fault(found):
    found["retrieval"]["rows"][-1]["stands"][0] = 0
    assert any("0 patterns" in fault for fault in faults(found))


def test_a_planted_count_off_the_law_is_a_fault(found):
    found["retrieval"]["rows"][0]["lawful"][0] = False
    assert any("1 counts are not" in fault for fault in faults(found))


@pytest.mark.parametrize("name", dialled_regression.MEANS)
def test_a_planted_mean_is_a_fault(found, name):
    found["regression"]["rows"][1]["apart"][name] = 1.01
    assert any(name in fault for fault in faults(found))


@pytest.mark.parametrize(
    ("where", "planted"),
    [("share of the bound", 1.01), ("ratios", [0.5, 1.0]), ("ratios", [1.0, float("nan")])],
)
def test_a_planted_bias_or_variance_is_a_fault(found, where, planted):
    found["regression"]["rows"][0][where] = planted
    assert len(faults(found)) == 1


def test_entropy_that_turns_where_it_cannot_is_a_fault(found):
    found["regression"]["turned wrongly"] = 1
    assert any("turned 1 times" in fault for fault in faults(found))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "key", "factor"),
    [
        (dialled_shift, "mean-shift-30", 0.0),
        (dialled_retrieval, "retrieval", 0.99),
        (dialled_regression, "regression", 0.999),
    ],
)
def test_a_planted_dial_that_is_too_weak_is_noticed(monkeypatch, tmp_path, module, key, factor):
    def weak(kernel, width, dial):
        return LocalMean(kernel, width, factor * dial)

    monkeypatch.setattr(module, "LocalMean", weak)
    assert module.faults(parts(quick=True)[key](tmp_path))
