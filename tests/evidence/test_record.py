"""Evidence is written by commands, dated, and stale once its sources change."""

import json

import pytest

from locality.theory import InputError, index, theorem
from locality.verify.checks import checks
from locality.verify.evidence import matrix, record
from locality.verify.evidence.citation import citation

FACTS = {"name": "headline_leakage", "axioms": ["Classical_Prop.classic"]}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(record, "FOLDER", tmp_path)
    return tmp_path


def test_nothing_recorded_is_null_and_not_stale(folder):
    row = matrix.matrix(("leakage",))[0]
    assert row["rocq"] is row["campaign"] is row["property_examples"] is row["mutants"] is None
    assert row["stale"] == []


def test_a_record_carries_command_date_versions_and_fingerprint(folder):
    path = record.save("K7QD", "rocq", FACTS, "locality prove --record")
    found = json.loads(path.read_text())
    assert path == folder / "leakage.json"
    assert found["id"] == "leakage"
    assert found["rocq"] | FACTS == found["rocq"]
    assert found["rocq"]["command"] == "locality prove --record"
    assert {"date", "versions", "fingerprint"} <= found["rocq"].keys()


def test_one_kind_leaves_the_others_alone(folder):
    record.save("leakage", "properties", {"examples": 7}, "pytest")
    record.save("leakage", "rocq", FACTS, "locality prove --record")
    row = matrix.matrix(("leakage",))[0]
    assert row["property_examples"] == 7
    assert row["rocq"] == FACTS


def test_evidence_for_other_sources_is_stale(folder, monkeypatch):
    record.save("leakage", "rocq", FACTS, "locality prove --record")
    assert record.is_stale("leakage", "rocq") is False
    monkeypatch.setattr(record, "fingerprint", lambda name, kind: "changed")
    assert record.is_stale("leakage", "rocq") is True
    assert matrix.matrix(("leakage",))[0]["stale"] == ["rocq"]


def test_another_claim_is_another_fingerprint():
    prints = {record.fingerprint(entry.id, "properties") for entry in index()}
    assert len(prints) == len(index())


def test_a_damaged_record_is_one_line(folder):
    (folder / "leakage.json").write_text('{"id": ')
    with pytest.raises(InputError, match="no evidence file"):
        record.load("leakage")


@pytest.mark.parametrize("entry", index(), ids=lambda entry: entry.id)
def test_the_shipped_record_is_of_this_theorem_and_not_stale(entry):
    found = record.load(entry.id)
    assert (found["id"], found["tag"]) == (entry.id, entry.tag)
    assert [kind for kind in record.KINDS if record.is_stale(entry.id, kind)] == []
    assert found["properties"]["examples"] > 0
    assert found["rocq"]["headlines"] == list(theorem(entry.id).rocq)


@pytest.mark.parametrize("name", checks())
def test_the_shipped_campaign_holds_and_refuted_every_mutant(name):
    campaign = record.load(name)["campaign"]
    assert campaign["verdict"] == "holds"
    assert campaign["mutants"]["refuted"] == campaign["mutants"]["total"] > 0
    assert campaign["controls"]["refuted"] == 0
    assert campaign["power_search"] <= 0.01


def test_a_citation_has_no_link_where_the_project_names_no_home():
    found = citation(index()[0])
    assert found.link is None
    assert found.tag in found.text
