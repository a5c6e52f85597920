"""Measure one instance again, or a whole shard, and compare with what the ledger holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from locality.theory.core.errors import InputError
from locality.verify.campaign.address import Address, parse
from locality.verify.campaign.catalogue import Catalogue, load
from locality.verify.campaign.ledger import Ledger, places
from locality.verify.campaign.machine import environment, one_thread
from locality.verify.campaign.plan import STANDARD, ShardKey
from locality.verify.campaign.shard import Measured, draws, own_instance, run_shard, verdict
from locality.verify.campaign.summary import number, plain

if TYPE_CHECKING:
    from locality.verify.instances.batch import Batch, Instance

ARRAYS = ("scores", "temperature", "values", "query", "dial", "step", "delta", "rates")


@dataclass(frozen=True)
class Replay:
    """An instance measured again.

    applicable: whether the theorem's assumptions hold; verdict: of this measurement. floats: lhs,
    rhs, slack, rounding and tightness now; recorded: the last three as the ledger has them, or
    None. balls: the slack's enclosure and the certified tightness. remarks: what differs from the
    ledger, a sentence each; none where all is the same, bit for bit.
    """

    address: str
    theorem: str
    family: str
    origin: str
    applicable: bool
    verdict: str
    instance: Instance
    floats: Mapping[str, float]
    recorded: Mapping[str, float] | None
    balls: Mapping[str, float]
    remarks: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain data; non-finite numbers as strings."""
        words = ("address", "theorem", "family", "origin", "applicable", "verdict")
        arrays = {name: getattr(self.instance, name) for name in ARRAYS}
        measured = {name: getattr(self, name) for name in ("floats", "recorded", "balls")}
        return {
            **{name: getattr(self, name) for name in words},
            "m": self.instance.m,
            **{name: array.tolist() for name, array in arrays.items() if array is not None},
            **{name: values and _plain(values) for name, values in measured.items()},
            "remarks": list(self.remarks),
        }


def replay(text: str, ledger: Path | str | None = None, catalogue: str = STANDARD) -> Replay:
    """Measure the instance at an address again, in floats and in balls.

    text: like `K7QD-7-gaussian-412`. The instance is drawn again; where its family keeps exact
    numbers and the ledger has them, those are used. InputError for an address that names nothing.
    """
    one_thread()
    address, known = parse(text), load(catalogue)
    key, offset = _place(address, known, catalogue)
    check = known.checks[key.theorems[0]]
    stored = _stored(ledger, key, offset, known) if ledger else None
    batch, at, remarks = _drawn_or_stored(key, offset, known, stored)
    found, i = check.evaluate(known.rows(batch)), at // check.width
    instance = own_instance(batch, at, check)
    measured, judgement = Measured.of(found, i), check.judge(instance)
    low, high = judgement.slack
    return Replay(
        address=str(address),
        theorem=check.theorem,
        family=key.label,
        origin="stored numbers" if remarks else "drawn again",
        applicable=bool(found.applicable[i]),
        verdict=verdict(measured, judgement),
        instance=instance,
        floats={"lhs": float(found.lhs[i]), "rhs": float(found.rhs[i]), **vars(measured)},
        recorded={name: number(stored[name]) for name in vars(measured)} if stored else None,
        balls={"slack_low": low, "slack_high": high, "tightness": judgement.tightness},
        remarks=(*remarks, *(_differences(measured, stored) if stored else ())),
    )


def replay_shard(text: str, ledger: Path | str, catalogue: str = STANDARD) -> list[str]:
    """Run the whole shard that an address lies in again: how it differs from the ledger's rows.

    One sentence a difference; none if every column but the seconds is the same, bit for bit.
    InputError if the ledger does not have the shard.
    """
    known = load(catalogue)
    key, _ = _place(parse(text), known, catalogue)
    theorem = key.theorems[0]
    place = places(key, {theorem: known.claim_hash(theorem)})[theorem]
    with Ledger(ledger, existing=True) as opened, Ledger(":memory:") as fresh:
        if not opened.has(place):
            raise InputError(f"{opened.path} does not hold shard {key.shard} of {key.label}")
        fresh.record(run_shard(key))
        return [
            difference
            for table in ("shards", "extremes", "trials")
            for difference in _compare(table, opened.at(table, place), fresh.at(table, place))
        ]


def _compare(table: str, old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[str]:
    if len(old) != len(new):
        return [f"{table}: {len(old)} rows in the ledger, {len(new)} now"]
    return [
        f"{table}: {column} is {_shown(before[column])} in the ledger, {_shown(after[column])} now"
        for before, after in zip(old, new, strict=True)
        for column in before
        if column != "seconds" and before[column] != after[column]
    ]


def _shown(value: object) -> str:
    return f"{len(value)} bytes" if isinstance(value, bytes) else repr(value)


def _place(address: Address, known: Catalogue, catalogue: str) -> tuple[ShardKey, int]:
    theorem = known.theorem_of(address.tag)
    known.require((), (address.family,))
    size = known.families[address.family].shard_size
    shard, offset = divmod(address.row, size)
    end, width = known.families[address.family].shards(None), known.width(theorem)
    if end is not None and shard >= end:
        raise InputError(f"{address}: {address.family} has {end * size} rows, counted from 0")
    if offset % width:
        raise InputError(f"{address}: an instance of {theorem} starts at a multiple of {width}")
    key = ShardKey(address.family, address.seed, shard, size, (theorem,), address.keys, catalogue)
    return key, offset


def _drawn_or_stored(
    key: ShardKey, offset: int, known: Catalogue, stored: Mapping[str, Any] | None
) -> tuple[Batch, int, list[str]]:
    """The micro-batch in which a row was measured and its number there; or, with a remark, the
    stored instance as a batch of its own, where drawing again fails or gives other numbers.
    """
    kept = stored["instance"] if stored else None
    try:
        batch, at = _drawn(key, offset, known)
    except InputError as error:
        if kept is None:
            raise
        remark = f"it cannot be drawn here ({error}); the stored numbers are used"
    else:
        check = known.checks[key.theorems[0]]
        if kept is None or kept == own_instance(batch, at, check).to_bytes():
            return batch, at, []
        remark = "the numbers drawn here are not the ones stored in the ledger, which are used"
    return known.instance(kept).batch(), 0, [remark]


def _drawn(key: ShardKey, offset: int, known: Catalogue) -> tuple[Batch, int]:
    for batch, first in draws(key, known):
        if first <= offset < first + batch.size:
            return batch, offset - first
    raise InputError(f"row {offset} of shard {key.shard}: {key.label} has no such row")


def _stored(
    ledger: Path | str, key: ShardKey, offset: int, known: Catalogue
) -> dict[str, Any] | None:
    theorem = key.theorems[0]
    place = places(key, {theorem: known.claim_hash(theorem)})[theorem]
    with Ledger(ledger, existing=True) as opened:
        return opened.extreme(place, offset)


def _plain(values: Mapping[str, float]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def _differences(now: Measured, stored: Mapping[str, Any]) -> list[str]:
    remarks = [
        f"float {name} was {number(stored[name]).hex()}, is {value.hex()} here"
        for name, value in vars(now).items()
        if number(stored[name]).hex() != value.hex()
    ]
    here = json.loads(environment())
    for name, then in json.loads(stored["facts"]).items():
        if then != here.get(name):
            remarks.append(f"recorded with {name} {then}, measured here with {here.get(name)}")
    return remarks
