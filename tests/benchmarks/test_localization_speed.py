import json
import math
from pathlib import Path

import jsonschema
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("statsmodels")

from locality.theory import InputError
from locality.verify.benchmarks import localization as bench

VERIFY = Path(bench.__file__).parent.parent
SCHEMA = VERIFY / "schemas" / "bench-localization.json"
MET = {bench.KERNEL_REGRESSION: 5.0, bench.SHIFT: 1.0, bench.MEMORY: 4.0, bench.GROWTH: 1.5}


def test_the_ways_agree():
    bench.gate()


@pytest.mark.parametrize("wrong", [{"bandwidth": 0.3 * (1 + 1e-9)}, {"kernel": "laplace"}])
def test_different_numbers_are_not_timed(monkeypatch, wrong):
    ours = bench.Regression.ours

    def off(self, kernel, bandwidth):
        right = {"kernel": kernel, "bandwidth": bandwidth}
        return ours(self, **right | wrong if kernel == "gaussian" else right)

    monkeypatch.setattr(bench.Regression, "ours", off)
    with pytest.raises(bench.NumbersDiffer, match="LocalMean and KernelReg"):
        bench.gate()


def test_neighbours_off_by_one_are_told(monkeypatch):
    monkeypatch.setattr(bench, "NearestBandwidth", _one_more)
    with pytest.raises(bench.NumbersDiffer, match="neighbours"):
        bench.gate()


def _one_more(k):
    from locality.kernels import NearestBandwidth

    return NearestBandwidth(k + 1)


@pytest.mark.slow
@pytest.mark.parametrize("wrong", [{"max_iter": 2}, {"bandwidth": 1.9}])
def test_another_mean_shift_is_told(monkeypatch, wrong):
    from locality.kernels.localization.estimators import LocalMeanShift

    shifts = bench.shifts

    def off(points):
        other = LocalMeanShift(**{"bandwidth": bench.RADIUS} | wrong)
        return shifts(points) | {"LocalMeanShift": lambda: other.fit(points)}

    monkeypatch.setattr(bench, "shifts", off)
    with pytest.raises(bench.NumbersDiffer, match="mean shift"):
        bench.gate()


@pytest.mark.parametrize("bar", MET, ids=[bar.name for bar in MET])
def test_the_bars_are_those_stated(bar):
    worse = MET[bar] * (1.01 if bar.at_most else 0.99)
    assert bench.Found(MET).ok
    assert not bench.Found(MET | {bar: worse}).ok
    assert not bench.Found(MET | {bar: math.nan}).ok


@pytest.mark.slow
def test_a_dense_matrix_would_be_noticed():
    n = 50_000
    dense = bench.PROGRAM.replace(".predict(keys[:ASKED])", ".weights(keys[:ASKED])")
    assert dense != bench.PROGRAM
    assert bench.peak(n, dense)[0] > 8 * bench.ASKED * n
    assert bench.peak(n)[0] < 8 * bench.ASKED * n / 4


def test_the_json_is_what_the_schema_says():
    found = bench.Found(MET, {"LocalMean, n = 5000": 0.03})
    jsonschema.validate(found.as_json(), json.loads(SCHEMA.read_text()))


def test_the_record_is_of_todays_bars_and_meets_them():
    found = json.loads((VERIFY / "results" / "bench-localization.json").read_text())
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    said = {bar["name"]: bar["bar"] for bar in found["bars"]}
    assert said == {bar.name: bar.text for bar in MET}
    assert found["ok"]
    assert found["missing"] == []
    today = bench.Found().conditions() | {"libraries": found["libraries"]}
    assert today == {name: found[name] for name in today}


def test_a_missing_library_is_told(monkeypatch):
    monkeypatch.setattr(bench, "find_spec", {"sklearn": True, "statsmodels": None}.get)
    with pytest.raises(InputError, match="no module statsmodels to compare with: expected pip"):
        bench.measure(1)


def test_no_runs_are_refused():
    with pytest.raises(InputError, match="runs is 0"):
        bench.measure(0)
