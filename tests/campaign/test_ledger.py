import sqlite3
from dataclasses import replace

import pytest

from locality.theory.core.errors import InputError
from locality.verify.campaign.ledger import CellRange, Ledger, places
from locality.verify.campaign.plan import Count, ShardKey
from locality.verify.campaign.shard import run_shard

KEY = ShardKey("steady", 7, 0, 32, ("spread", "pairs"), None, "fakes:catalogue")
CELL = CellRange("spread", "steady", 7, 32, "hash-spread", 1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "runs" / "ledger.sqlite"


@pytest.fixture(scope="module")
def result():
    return run_shard(KEY)


def test_a_shard_is_there_after_it_was_recorded(path, result):
    where = places(KEY, {"spread": "hash-spread", "pairs": "hash-pairs"})
    with Ledger(path) as ledger:
        assert not ledger.has(where["spread"])
        ledger.record(result)
    with Ledger(path, existing=True) as ledger:
        assert all(ledger.has(place) for place in where.values())
        assert not ledger.has(replace(where["spread"], claim_hash="another"))
        assert ledger.counts(CELL) == Count(1, 32, 32)
        assert ledger.counts(replace(CELL, reach=0)) == Count()
        assert len(ledger.rows("extremes", CELL)) == len(result.records[0].extremes)


def test_a_row_is_written_once(path, result):
    later = replace(result, records=tuple(replace(r, drawn=1) for r in result.records))
    with Ledger(path) as ledger:
        ledger.record(result)
        before = ledger.rows("shards", CELL)
        ledger.record(later)
        assert ledger.rows("shards", CELL) == before


def test_nothing_is_kept_of_a_shard_that_fails_half_way(path, result):
    broken = replace(result.records[1], sample=object())
    with Ledger(path) as ledger:
        with pytest.raises(sqlite3.Error):
            ledger.record(replace(result, records=(result.records[0], broken)))
        assert ledger.counts(CELL) == Count()


def test_commits_are_on_disk_before_the_next_shard(path):
    with Ledger(path) as ledger:
        assert ledger._pragma("journal_mode") == "wal"
        assert ledger._pragma("synchronous") == 2


def test_the_last_campaign_is_remembered(path):
    with Ledger(path) as ledger:
        assert ledger.last_campaign() is None
        ledger.note_campaign({"seed": 1}, "first")
        ledger.note_campaign({"seed": 2}, "second")
        ledger.note_campaign({"seed": 1}, "again")
        assert ledger.last_campaign() == ({"seed": 1}, "again")


def foreign(path):
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE t (x)")
    database.close()


def outdated(path):
    Ledger(path).__exit__()
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()


def truncated(path):
    Ledger(path).__exit__()
    path.write_bytes(path.read_bytes()[:6000])


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda path: path.write_bytes(b"garbage" * 1000), "file is not a database"),
        (lambda path: path.mkdir(), "cannot be used as a ledger"),
        (foreign, "belongs to other software; expected a locality ledger"),
        (outdated, "has ledger version 99; expected 1"),
        (truncated, "damaged|malformed"),
    ],
)
def test_what_is_no_ledger_is_refused_in_one_line(tmp_path, spoil, line):
    path = tmp_path / "spoilt.sqlite"
    spoil(path)
    with pytest.raises(InputError, match=line) as refusal:
        Ledger(path)
    assert "\n" not in str(refusal.value)
    assert str(path) in str(refusal.value)


def test_an_absent_ledger_is_refused_where_one_is_read(path):
    with pytest.raises(InputError, match="no ledger at"):
        Ledger(path, existing=True)
    assert not path.exists()


def test_an_empty_file_becomes_a_ledger(tmp_path):
    path = tmp_path / "empty.sqlite"
    path.touch()
    with Ledger(path) as ledger:
        assert ledger.counts(CELL) == Count()
