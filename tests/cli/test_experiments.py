"""`locality experiment` lists studies, runs them, and exits by what they found."""

import json

import pytest

from locality.verify.experiments import record
from locality.verify.experiments.study import Study


@pytest.fixture
def study(monkeypatch):
    def made(faults):
        found = Study(
            name="planted",
            title="A planted study",
            theorems=("leakage",),
            inequality="nothing is wrong",
            parts=lambda quick: {"only": lambda folder: 1},
            summary=dict,
            faults=lambda summary: faults,
        )
        monkeypatch.setattr(Study, "sources", lambda self: [b""])
        monkeypatch.setattr("locality.verify.experiments.study.load", lambda name: found)
        return found

    return made


def test_a_study_that_holds_is_recorded(locality, study, tmp_path):
    study([])
    out = tmp_path / "planted.json"
    ran = locality("experiment", "planted", "--out", str(out), "--folder", str(tmp_path))
    assert ran.code == 0
    assert "✓ nothing is wrong" in ran.out
    assert json.loads(out.read_text())["summary"] == {"only": 1}


def test_a_quick_run_leaves_the_record_alone(locality, study, tmp_path, monkeypatch):
    study([])
    monkeypatch.setattr(record, "RESULTS", tmp_path / "results")
    assert locality("experiment", "planted", "--quick", "--folder", str(tmp_path)).code == 0
    assert not (tmp_path / "results").exists()
    assert locality("experiment", "planted", "--folder", str(tmp_path)).code == 0
    assert (tmp_path / "results" / "planted.json").exists()


def test_a_fault_is_shown_and_fails(locality, study, tmp_path):
    study(["4 exceeds 3"])
    ran = locality("experiment", "planted", "--quick", "--folder", str(tmp_path))
    assert ran.code == 1
    assert "✗ 4 exceeds 3" in ran.out


def test_a_record_that_cannot_be_written_is_refused_before_the_study_runs(
    locality, study, tmp_path
):
    study([])
    ran = locality("experiment", "planted", "--out", tmp_path, "--folder", tmp_path / "kept")
    assert (ran.code, ran.err) == (2, f"locality: {tmp_path} is a folder: expected a file\n")
    ran = locality("experiment", "planted", "--out", "/proc/no/x", "--folder", tmp_path / "kept")
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert not (tmp_path / "kept").exists()


@pytest.fixture
def shown(locality, monkeypatch):
    """A study's recorded summary, and the lines that its command prints of it."""

    def ran(name):
        found = record.recorded(name)
        monkeypatch.setattr(record, "run", lambda *_: found)
        lines = locality("experiment", name, "--quick").out.splitlines()
        return found["summary"], [" ".join(line.split()) for line in lines]

    return ran


def test_a_census_shows_how_many_each_logic_defines(shown):
    summary, lines = shown("census")
    members, drawn = summary["all"]["members"], summary["random"]["members"]
    assert f"automata of at most {summary['states']} states random" in lines
    assert f"all {summary['all']['automata']} {summary['random']['automata']}" in lines
    decided = {f"in {logic} {members[logic]} {drawn[logic]}" for logic in members} & set(lines)
    assert len(decided) == 3
    assert f"in LTL[S] {members['LTL[S]']} ≥ {drawn['LTL[S]']}" in lines


def test_recognition_shows_accuracy_by_language_and_pattern(shown):
    summary, lines = shown("recognition")
    assert f"% right {' '.join(summary['cells']['last-a'])}" in lines
    for language, row in summary["cells"].items():
        shares = " ".join(f"{100 * cell['accuracy']['mean']:.1f}" for cell in row.values())
        assert f"{language} {shares}" in lines


def test_an_unknown_study_is_one_line(locality):
    ran = locality("experiment", "alchemy")
    assert ran.code == 2
    assert "unknown study 'alchemy'" in ran.err


def test_the_list_is_read_without_running(locality):
    assert isinstance(json.loads(locality("experiment", "--json").out)["studies"], list)
