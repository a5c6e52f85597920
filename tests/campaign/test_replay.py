import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest

from locality.theory.core.errors import InputError
from locality.verify.campaign.address import parse
from locality.verify.campaign.execute import run_campaign
from locality.verify.campaign.replay import replay, replay_shard

FAKES = "fakes:catalogue"


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    from locality.verify.campaign.plan import Campaign

    path = tmp_path_factory.mktemp("replay") / "l.sqlite"
    families = ("steady", "two-level", "kept")
    wanted = Campaign(("spread", "pairs", "false"), families, 300, catalogue=FAKES)
    with ThreadPoolExecutor(1) as executor:
        return run_campaign(wanted, path, executor)


@pytest.fixture
def altered(finished, tmp_path):
    """A copy of the ledger after a change."""

    def make(change):
        copy = tmp_path / "altered.sqlite"
        with sqlite3.connect(finished.ledger) as source, sqlite3.connect(copy) as target:
            source.backup(target)
            target.execute(change)
        source.close()
        target.close()
        return copy

    return make


@pytest.mark.parametrize("text", ["K7QD-7-gaussian-412", "k7qd-12-Near-tie@64-0"])
def test_an_address_is_read_as_it_is_written(text):
    assert str(parse(text)).lower() == text.lower()
    assert parse(text).tag == "K7QD"


@pytest.mark.parametrize(
    "text", ["", "K7QD", "K7QD-7-412", "K7QD-x-gaussian-1", "TAG0-7-steady-1.5"]
)
def test_what_is_no_address_is_refused(text):
    with pytest.raises(InputError, match="is no address; expected tag-seed-family-row"):
        parse(text)


def test_every_recorded_instance_replays_to_the_same_bits(finished):
    for theorem in finished.theorems:
        for found in theorem.found:
            again = replay(found.address, finished.ledger, FAKES)
            assert again.remarks == ()
            assert again.verdict == found.verdict
            assert again.recorded["slack"] == again.floats["slack"] == found.measured_slack
            assert (again.balls["slack_low"], again.balls["slack_high"]) == found.slack


def test_any_drawn_instance_replays_without_a_ledger():
    again = replay("TAG0-7-steady-41", catalogue=FAKES)
    assert (again.origin, again.recorded, again.verdict) == ("drawn again", None, "holds")
    shown = again.as_json()
    assert shown["floats"]["slack"] == pytest.approx(
        sum(shown["scores"][0][:3]) / 3 - min(shown["scores"][0][:3])
    )
    json.dumps(shown, allow_nan=False)


def test_stored_numbers_win_over_those_drawn_here(finished, altered):
    found = finished.theorems[0].found[0]
    other = replay(found.address, catalogue=FAKES).instance
    spoilt = type(other)(other.scores + 1, other.m, other.temperature)
    path = altered("SELECT 1")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE extremes SET instance = ?", (spoilt.to_bytes(),))
    database.close()
    again = replay(found.address, path, FAKES)
    assert again.origin == "stored numbers"
    assert again.instance.to_bytes() == spoilt.to_bytes()
    assert "numbers drawn here are not the ones stored" in again.remarks[0]


def test_stored_numbers_serve_where_nothing_can_be_drawn(finished, monkeypatch):
    def refuse(*_):
        raise InputError("the model is not installed")

    monkeypatch.setattr("locality.verify.campaign.replay.draws", refuse)
    found = finished.theorems[0].found[0]
    again = replay(found.address, finished.ledger, FAKES)
    assert (again.origin, again.verdict) == ("stored numbers", found.verdict)
    assert "cannot be drawn here (the model is not installed)" in again.remarks[0]
    with pytest.raises(InputError, match="the model is not installed"):
        replay(found.address, catalogue=FAKES)


def test_a_float_that_differs_in_one_bit_is_said(finished, altered):
    found = finished.theorems[0].found[0]
    path = altered("UPDATE extremes SET slack = slack * 1.0000000000000002")
    (remark,) = replay(found.address, path, FAKES).remarks
    assert remark.startswith("float slack was 0x1.")


def test_another_environment_is_said(finished, altered):
    found = finished.theorems[0].found[0]
    path = altered("UPDATE environments SET facts = json_set(facts, '$.cpu', 'AVX512')")
    (remark,) = replay(found.address, path, FAKES).remarks
    assert remark.startswith("recorded with cpu AVX512, measured here with ")


def test_a_whole_shard_replays_to_its_row(finished, altered):
    address = finished.theorems[0].found[0].address
    assert replay_shard(address, finished.ledger, FAKES) == []
    path = altered("UPDATE shards SET attained = attained + 1 WHERE shard = 0")
    assert replay_shard("TAG0-7-steady-3", path, FAKES) == [
        "shards: attained is 1 in the ledger, 0 now"
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("NONE-7-steady-1", "no theorem has the tag 'NONE'"),
        ("TAG0-7-odd-1", "no family 'odd'"),
        ("TAG0-7-short-64", "short has 64 rows, counted from 0"),
        ("TAG1-7-steady-1", "an instance of pairs starts at a multiple of 2"),
    ],
)
def test_an_address_of_nothing_is_refused(text, line):
    with pytest.raises(InputError, match=line):
        replay(text, catalogue=FAKES)


def test_a_shard_that_is_not_there_is_refused(finished):
    with pytest.raises(InputError, match="does not hold shard 100 of steady"):
        replay_shard("TAG0-7-steady-3200", finished.ledger, FAKES)
