import json
from pathlib import Path

import jsonschema
import pytest

from locality.verify.benchmarks import campaign as bench


def test_the_three_ways_of_the_bench_agree():
    bench.gate()
    assert bench.vectorised(1) > 0
    assert bench.loop(3) == 3


def test_the_bench_refuses_to_time_different_numbers(monkeypatch):
    plain = bench.plain_batch

    def off(batch):
        x, leakage, *rest = plain(batch)
        return (x, leakage * (1 + 1e-9), *rest)

    monkeypatch.setattr(bench, "plain_batch", off)
    with pytest.raises(bench.NumbersDiffer):
        bench.gate()


def test_the_bars_of_the_bench_are_those_stated():
    rates = {"campaign": 900.0, "vectorised": 600.0, "loop": 100.0}
    assert bench.Speed((rates,), {}).ok
    assert not bench.Speed((rates | {"loop": 200.0},), {}).ok
    assert not bench.Speed((rates | {"vectorised": 601.0},), {}).ok


def test_a_machine_that_slows_down_between_runs_changes_no_ratio():
    rates = {"campaign": 900.0, "vectorised": 600.0, "loop": 100.0}
    runs = tuple({way: rate / slower for way, rate in rates.items()} for slower in (1, 2, 5))
    found = bench.Speed(runs, dict.fromkeys(rates, 1000))
    assert found.ratios == {"vectorised": 1.5, "loop": 9.0}
    assert found.rates["campaign"] == 450.0


def test_the_bench_json_is_what_the_schema_says():
    rates = dict.fromkeys(("campaign", "vectorised", "loop"), 1e6)
    found = bench.Speed((rates,), dict.fromkeys(rates, 1000))
    path = Path(bench.__file__).parent.parent / "schemas" / "bench-campaign.json"
    jsonschema.validate(found.as_json(), json.loads(path.read_text()))
