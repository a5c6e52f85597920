"""What the studies recorded is current, and their inequalities hold of the recorded data."""

import json
from pathlib import Path

import jsonschema
import pytest

import locality.verify as verify
from locality.verify.experiments import load, recorded, studies
from locality.verify.experiments.record import is_stale

HERE = Path(__file__).parent
SCHEMA = json.loads((Path(verify.__file__).parent / "schemas" / "experiment.json").read_text())


@pytest.mark.parametrize("name", studies())
def test_the_record_is_a_full_run_of_todays_sources(name):
    found = recorded(name)
    jsonschema.validate(found, SCHEMA)
    assert not found["quick"]
    assert not is_stale(name), f"run `locality experiment {name}`"


@pytest.mark.parametrize("name", studies())
def test_the_inequality_holds_of_the_record(name):
    assert load(name).faults(recorded(name)["summary"]) == []


@pytest.mark.parametrize("name", studies())
def test_every_study_has_a_quick_run_and_a_planted_fault(name):
    text = (HERE / f"test_{name.replace('-', '_')}.py").read_text(encoding="utf-8")
    assert "quick=True" in text
    assert "planted" in text
