"""The ledger: one SQLite file, one row per (theorem, shard), written once and never changed.

A commit is on disk before the next shard is asked for, so a campaign killed at any moment loses
at most the shards in flight.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locality.theory.core.errors import InputError
from locality.verify.campaign.machine import digest
from locality.verify.campaign.plan import Count, ShardKey
from locality.verify.campaign.shard import Record, ShardResult

APPLICATION = 0x10CA117E
VERSION = 1

_PLACE = "theorem, family, seed, shard, size, claim_hash"
_PLACE_COLUMNS = """
    theorem TEXT NOT NULL, family TEXT NOT NULL, seed INTEGER NOT NULL, shard INTEGER NOT NULL,
    size INTEGER NOT NULL, claim_hash TEXT NOT NULL"""
_TABLES = f"""
CREATE TABLE environments (id TEXT PRIMARY KEY, facts TEXT NOT NULL);
CREATE TABLE campaigns (id TEXT PRIMARY KEY, spec TEXT NOT NULL, command TEXT NOT NULL);
CREATE TABLE shards ({_PLACE_COLUMNS},
    drawn INTEGER NOT NULL, applicable INTEGER NOT NULL, attained INTEGER NOT NULL,
    violations INTEGER NOT NULL, undecided INTEGER NOT NULL, disagreements INTEGER NOT NULL,
    strata TEXT NOT NULL, sample BLOB NOT NULL, seconds REAL NOT NULL, environment TEXT NOT NULL,
    PRIMARY KEY ({_PLACE}));
CREATE TABLE extremes ({_PLACE_COLUMNS},
    role TEXT NOT NULL, stratum INTEGER NOT NULL, row INTEGER NOT NULL,
    slack REAL, rounding REAL, tightness REAL,
    verdict TEXT NOT NULL, slack_low REAL, slack_high REAL, certified REAL, instance BLOB,
    PRIMARY KEY ({_PLACE}, role, stratum, row));
CREATE TABLE trials ({_PLACE_COLUMNS},
    name TEXT NOT NULL, kind TEXT NOT NULL, tested INTEGER NOT NULL, refuted INTEGER,
    PRIMARY KEY ({_PLACE}, kind, name));
"""
_SAME_PLACE = " AND ".join(f"{column} = ?" for column in _PLACE.split(", "))
_IN_CELL = "theorem = ? AND family = ? AND seed = ? AND size = ? AND claim_hash = ? AND shard < ?"


@dataclass(frozen=True)
class Place:
    """The primary key of a ledger row; `family` is the label, with n where that was fixed."""

    theorem: str
    family: str
    seed: int
    shard: int
    size: int
    claim_hash: str

    @property
    def values(self) -> tuple[object, ...]:
        """In the order of the primary key."""
        return (self.theorem, self.family, self.seed, self.shard, self.size, self.claim_hash)


def places(key: ShardKey, hashes: dict[str, str]) -> dict[str, Place]:
    """Where the ledger keeps each theorem of a shard."""
    return {
        theorem: Place(theorem, key.label, key.seed, key.shard, key.size, hashes[theorem])
        for theorem in key.theorems
    }


class Ledger:
    """An open ledger; use as a context manager.

    path: of the SQLite file, made with its folder if absent (unless `existing`). InputError if the
    file is not a ledger of this version, or is damaged.
    """

    def __init__(self, path: Path | str, existing: bool = False) -> None:
        self.path = Path(path)
        if existing and not self.path.is_file():
            raise InputError(f"no ledger at {self.path}; expected a file that `verify` wrote")
        with _refusals(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(self.path, timeout=30, isolation_level=None)
        try:
            with _refusals(self.path):
                self._prepare()
        except BaseException:
            self._database.close()
            raise

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def _prepare(self) -> None:
        self._database.row_factory = sqlite3.Row
        found, version = self._pragma("application_id"), self._pragma("user_version")
        fresh = self._pragma("schema_version") == 0
        if not fresh and found != APPLICATION:
            raise InputError(f"{self.path} belongs to other software; expected a locality ledger")
        if not fresh and version != VERSION:
            raise InputError(f"{self.path} has ledger version {version}; expected {VERSION}")
        if (health := self._pragma("quick_check")) != "ok":
            raise InputError(f"{self.path} is damaged ({str(health).splitlines()[0]})")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        if fresh:
            with self._transaction():
                self._create()

    def _create(self) -> None:
        if self._pragma("schema_version"):  # another process was faster
            return
        for statement in _TABLES.split(";")[:-1]:
            self._database.execute(statement)
        self._database.execute(f"PRAGMA application_id = {APPLICATION}")
        self._database.execute(f"PRAGMA user_version = {VERSION}")

    def _pragma(self, name: str) -> Any:
        return self._database.execute(f"PRAGMA {name}").fetchone()[0]

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def note_campaign(self, spec: dict[str, object], command: str) -> None:
        """Remember which campaign wrote here last, and by which command."""
        text = json.dumps(spec, sort_keys=True)
        with self._transaction():
            self._database.execute("DELETE FROM campaigns WHERE id = ?", (digest(text),))
            self._insert("campaigns", (digest(text), text, command))

    def last_campaign(self) -> tuple[dict[str, Any], str] | None:
        """The campaign noted last and its command."""
        query = "SELECT spec, command FROM campaigns ORDER BY rowid DESC LIMIT 1"
        found = self._database.execute(query).fetchone()
        return (json.loads(found["spec"]), found["command"]) if found else None

    def record(self, result: ShardResult) -> None:
        """Keep a shard's results, in one transaction; rows already there stay as they are."""
        hashes = {record.theorem: record.claim_hash for record in result.records}
        where = places(result.key, hashes)
        with self._transaction():
            self._insert("environments", (digest(result.environment), result.environment))
            for record in result.records:
                self._record(where[record.theorem], record, digest(result.environment))

    def _record(self, place: Place, record: Record, environment: str) -> None:
        if self.has(place):
            return
        counts = (record.drawn, record.applicable, record.attained)
        faults = (record.violations, record.undecided, record.disagreements)
        strata = json.dumps(dict(sorted(record.strata.items())))
        rest = (strata, record.sample, record.seconds, environment)
        self._insert("shards", (*place.values, *counts, *faults, *rest))
        for found in record.extremes:
            measured = (found.measured.slack, found.measured.rounding, found.measured.tightness)
            judged = (found.verdict, *found.slack, found.certified, found.instance)
            at = (found.role, found.stratum, found.row)
            self._insert("extremes", (*place.values, *at, *measured, *judged))
        for trial in record.trials:
            row = (trial.name, trial.kind, trial.tested, trial.refuted)
            self._insert("trials", (*place.values, *row))

    def _insert(self, table: str, row: tuple[object, ...]) -> None:
        marks = ", ".join("?" * len(row))
        self._database.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)

    def has(self, place: Place) -> bool:
        """Whether this row is in the ledger."""
        query = f"SELECT 1 FROM shards WHERE {_SAME_PLACE}"
        return self._database.execute(query, place.values).fetchone() is not None

    def counts(self, cell: "CellRange") -> Count:
        """What the cell's shards gave together."""
        query = f"""SELECT COUNT(*), TOTAL(drawn), TOTAL(applicable)
                    FROM shards WHERE {_IN_CELL}"""
        return Count(*map(int, self._database.execute(query, cell.values).fetchone()))

    def at(self, table: str, place: Place) -> list[dict[str, Any]]:
        """One shard's rows of a table."""
        query = f"SELECT * FROM {table} WHERE {_SAME_PLACE} ORDER BY rowid"
        return [dict(row) for row in self._database.execute(query, place.values)]

    def extreme(self, place: Place, row: int) -> dict[str, Any] | None:
        """The recorded instance at a row of a shard, with the facts of its environment."""
        query = f"""SELECT extremes.*, facts FROM extremes JOIN shards USING ({_PLACE})
                    JOIN environments ON environment = id WHERE {_SAME_PLACE} AND row = ?"""
        found = self._database.execute(query, (*place.values, row)).fetchone()
        return dict(found) if found else None

    def rows(self, table: str, cell: "CellRange") -> list[dict[str, Any]]:
        """The cell's rows of `shards`, `extremes` or `trials`, in the order of the shards."""
        query = f"SELECT * FROM {table} WHERE {_IN_CELL} ORDER BY shard, rowid"
        return [dict(row) for row in self._database.execute(query, cell.values)]

    def environments(self) -> list[dict[str, Any]]:
        """The facts of every environment that wrote here."""
        found = self._database.execute("SELECT facts FROM environments ORDER BY id")
        return [json.loads(row["facts"]) for row in found]


@dataclass(frozen=True)
class CellRange:
    """The first `reach` shards of one theorem on one family (by label)."""

    theorem: str
    family: str
    seed: int
    size: int
    claim_hash: str
    reach: int

    @property
    def values(self) -> tuple[object, ...]:
        """In the order of the queries' marks."""
        return (self.theorem, self.family, self.seed, self.size, self.claim_hash, self.reach)


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise InputError(f"{path} cannot be used as a ledger ({error})") from error
