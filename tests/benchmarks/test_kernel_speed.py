import json
import math
from pathlib import Path

import jsonschema
import pytest

from locality.theory import InputError
from locality.verify.benchmarks import kernels as bench

MET = {
    bench.STATISTICS: 2.0, bench.EAGER: 4.0, bench.LOCAL: 11.0, bench.LOCAL_ENTROPY: 6.0,
    bench.LOCAL_LONG: 40.0, bench.SLOPE: 1.1, bench.MEMORY: 4.0, bench.BFLOAT16: 1.0,
}  # fmt: skip


def test_the_ways_agree():
    bench.gate(512)


def test_different_numbers_are_not_timed(monkeypatch):
    eager = bench.peers.eager

    def off(q, k, v, block):
        found = eager(q, k, v, block)
        return found | {"entropy": found["entropy"] * (1 + 1e-4)}

    monkeypatch.setattr(bench.peers, "eager", off)
    with pytest.raises(bench.NumbersDiffer, match="entropy"):
        bench.gate(512)


@pytest.mark.parametrize("bar", MET, ids=[bar.name for bar in MET])
def test_the_bars_are_those_stated(bar):
    worse = MET[bar] * (1.01 if bar.at_most else 0.99)
    assert bench.Found(MET).ok
    assert not bench.Found(MET | {bar: worse}).ok
    assert not bench.Found(MET | {bar: math.nan}).ok


def test_the_json_is_what_the_schema_says_and_can_be_drawn(tmp_path):
    found = bench.Found(MET, {f"SDPA, n = {bench.SHORT}": 0.3}, ["FlexAttention: no compiler"])
    schema = Path(bench.__file__).parent.parent / "schemas" / "bench-kernels.json"
    jsonschema.validate(found.as_json(), json.loads(schema.read_text()))
    bench.plot(found.as_json(), tmp_path / "times.svg")
    assert "milliseconds" in (tmp_path / "times.svg").read_text()
    with pytest.raises(InputError, match="cannot be written"):
        bench.plot(found.as_json(), tmp_path / "nowhere" / "times.svg")


def test_no_runs_are_refused():
    with pytest.raises(InputError, match="runs is 0"):
        bench.measure(0)
