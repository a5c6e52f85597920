import json
import math
from pathlib import Path

import jsonschema
import pytest

pytest.importorskip("automata")
pytest.importorskip("libsemigroups_pybind11")

from locality.theory import InputError
from locality.theory.expressivity.formulas import Letter, Past
from locality.verify.benchmarks import expressivity as bench

VERIFY = Path(bench.__file__).parent.parent
SCHEMA = VERIFY / "schemas" / "bench-expressivity.json"
MET = {bench.CLASSIFIED: 50.0, bench.EVALUATED: 1.0, bench.NASTY: 10.0}


@pytest.mark.slow
def test_the_answers_are_right():
    bench.gate()


def test_wrong_classes_are_not_timed(monkeypatch):
    right = bench.classify

    def wrong(automaton):
        found = right(automaton)
        found.within["LTL[P]"] = not found.within["LTL[P]"]
        return found

    monkeypatch.setattr(bench, "classify", wrong)
    with pytest.raises(bench.NumbersDiffer, match="the algebra says"):
        bench.gate()


def test_wrong_truth_is_not_timed(monkeypatch):
    monkeypatch.setattr(bench, "CHECKED", 1)
    accepts = bench.accepts
    monkeypatch.setattr(bench, "accepts", lambda _, *rest: accepts(Past(Letter("a")), *rest))
    with pytest.raises(bench.NumbersDiffer, match="its automaton accepts other words"):
        bench.gate()


@pytest.mark.parametrize("bar", MET, ids=[bar.name for bar in MET])
def test_the_bars_are_those_stated(bar):
    worse = MET[bar] * (1.01 if bar.at_most else 0.99)
    assert bench.Found(MET).ok
    assert not bench.Found(MET | {bar: worse}).ok
    assert not bench.Found(MET | {bar: math.nan}).ok


@pytest.mark.slow
def test_all_parts_are_measured(monkeypatch):
    monkeypatch.setattr(bench, "AUTOMATA", 10)
    monkeypatch.setattr(bench, "CHECKED", 10)
    monkeypatch.setattr(bench, "LENGTH", 20)
    monkeypatch.setattr(bench, "nasty", lambda: {"small": lambda: bench.from_regex("(ab)*")})
    said = []
    found = bench.measure(1, said.append)
    assert set(found.ratios) == set(MET)
    assert len(said) == 3
    assert all(spent > 0 for spent in found.seconds.values())


@pytest.mark.slow
@pytest.mark.parametrize("name", bench.nasty())
def test_every_nasty_input_is_refused_or_answered(name):
    bench._answered(bench.nasty()[name])


def test_the_json_is_what_the_schema_says():
    found = bench.Found(MET, {"classify, median": 0.03})
    jsonschema.validate(found.as_json(), json.loads(SCHEMA.read_text()))


def test_the_record_is_of_todays_bars_and_meets_them():
    found = json.loads((VERIFY / "results" / "bench-expressivity.json").read_text())
    jsonschema.validate(found, json.loads(SCHEMA.read_text()))
    said = {bar["name"]: bar["bar"] for bar in found["bars"]}
    assert said == {bar.name: bar.text for bar in MET}
    assert found["ok"]
    assert found["missing"] == []
    today = bench.Found().conditions() | {"libraries": found["libraries"]}
    assert today == {name: found[name] for name in today}


def test_a_missing_library_is_told(monkeypatch):
    monkeypatch.setattr(bench, "find_spec", {"automata": True}.get)
    with pytest.raises(InputError, match="no module libsemigroups_pybind11 to work with"):
        bench.measure(1)


def test_no_runs_are_refused():
    with pytest.raises(InputError, match="runs is 0"):
        bench.measure(0)
