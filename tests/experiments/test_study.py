"""Studies are resumed, say what they were made of, and speak up when their inequality fails."""

import json
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest

import locality.verify as verify
from locality.theory import InputError
from locality.verify.experiments import load, record, recorded, run
from locality.verify.experiments.study import Study

SCHEMA = json.loads((Path(verify.__file__).parent / "schemas" / "experiment.json").read_text())


@pytest.fixture(autouse=True)
def sources(monkeypatch):
    monkeypatch.setattr(Study, "sources", lambda self: [b"the sources"])


def test_a_record_says_what_it_was_made_of(doubling, tmp_path):
    found = run(doubling(), quick=True, folder=tmp_path)
    jsonschema.validate(found, SCHEMA)
    assert found["summary"] == {"largest": 4}
    assert found["faults"] == []
    assert found["inputs"] == {"numbers": sha256(b"1 2 3").hexdigest()}
    assert set(found["seconds"]) == {"1", "2"}


def test_finished_parts_are_not_computed_again(doubling, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(doubling(stop_at=3), quick=False, folder=tmp_path)
    assert doubling.calls == [1, 2]
    assert run(doubling(), quick=False, folder=tmp_path)["summary"] == {"largest": 6}
    assert doubling.calls == [1, 2, 3]


@pytest.mark.parametrize("damaged", ["", "{", "{}", "[]", '{"seconds": 1.5}', '{"data": 1}'])
def test_a_damaged_part_is_computed_again(doubling, tmp_path, damaged):
    run(doubling(), quick=True, folder=tmp_path)
    (kept,) = tmp_path.glob("*/1/part.json")
    kept.write_text(damaged)
    assert run(doubling(), quick=True, folder=tmp_path)["summary"] == {"largest": 4}
    assert doubling.calls == [1, 2, 1]


def test_a_folder_that_cannot_be_made_is_refused_before_any_part(doubling, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"file: parts cannot be kept there \(Not a directory\)"):
        run(doubling(), quick=True, folder=tmp_path / "file")
    assert doubling.calls == []


def test_other_sources_compute_anew(doubling, tmp_path, monkeypatch):
    run(doubling(), quick=True, folder=tmp_path)
    monkeypatch.setattr(Study, "sources", lambda self: [b"other sources"])
    run(doubling(), quick=True, folder=tmp_path)
    assert doubling.calls == [1, 2, 1, 2]


def test_a_quick_run_is_kept_apart_from_a_full_one(doubling, tmp_path):
    run(doubling(), quick=True, folder=tmp_path)
    run(doubling(), quick=False, folder=tmp_path)
    assert doubling.calls == [1, 2, 1, 2, 3]


def test_a_planted_fault_is_reported(doubling, tmp_path):
    assert run(doubling(limit=3), quick=True, folder=tmp_path)["faults"] == ["4 exceeds 3"]


def test_data_that_json_lacks_is_refused_and_nothing_is_kept(tmp_path):
    with pytest.raises(ValueError, match="JSON"):
        record.keep({"x": float("nan")}, tmp_path / "part.json")
    assert not (tmp_path / "part.json").exists()


def test_progress_tells_the_next_part_and_the_time_left(doubling, tmp_path):
    steps = []
    run(doubling(), quick=False, folder=tmp_path, told=steps.append)
    assert [(step.done, step.total, step.key) for step in steps] == [
        (0, 3, "1"),
        (1, 3, "2"),
        (2, 3, "3"),
    ]
    assert steps[0].left is None
    assert all(step.left >= 0 for step in steps[1:])


def test_unknown_studies_are_named():
    with pytest.raises(InputError, match="unknown study 'alchemy'"):
        load("alchemy")


def test_a_study_of_an_unknown_theorem_is_refused(doubling):
    made = doubling()
    fields = {name: getattr(made, name) for name in Study.__dataclass_fields__}
    with pytest.raises(InputError, match="nonsense"):
        Study(**fields | {"theorems": ("nonsense",)})


def test_a_damaged_record_is_refused(monkeypatch, doubling, tmp_path):
    monkeypatch.setattr(record, "load", lambda name: doubling())
    monkeypatch.setattr(record, "RESULTS", tmp_path)
    with pytest.raises(InputError, match="run `locality experiment doubling`"):
        recorded("doubling")
    (tmp_path / "doubling.json").write_text("{")
    with pytest.raises(InputError, match="no record of a study"):
        recorded("doubling")
