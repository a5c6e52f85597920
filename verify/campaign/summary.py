"""From ledger rows to the numbers a person acts on, and to the JSON that the contract fixes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from json import loads
from typing import Any

from locality.verify.campaign.address import Address
from locality.verify.campaign.ledger import CellRange, Ledger
from locality.verify.campaign.plan import Cell, Count, Plan

VERDICTS = ("disagreement", "violated", "undecided", "holds")  # the worst first
FAULTS = {"violated": "violations", "undecided": "undecided", "disagreement": "disagreements"}
SHOWN = 20  # failures listed for a theorem; the counts tell how many there are
COUNTS = ("drawn", "applicable", "attained", *FAULTS.values())


def worst(verdicts: Iterable[str]) -> str:
    """The worst verdict; of none at all: undecided, for nothing was shown."""
    return min(verdicts, key=VERDICTS.index, default="undecided")


@dataclass(frozen=True)
class Found:
    """A recorded instance by its address: its floats, and what balls certify of it."""

    address: str
    role: str
    family: str
    stratum: str
    verdict: str
    measured_slack: float
    measured_tightness: float
    slack: tuple[float, float]
    tightness: float


@dataclass(frozen=True)
class CellSummary:
    """One theorem on one family. strata: applicable instances in each. trials: per (kind, name)
    the instances it applied to and the address that refuted it. reason: why there are few."""

    family: str
    witness: bool
    counts: Mapping[str, int]
    seconds: float
    strata: Mapping[str, int]
    found: tuple[Found, ...]
    trials: Mapping[tuple[str, str], tuple[int, str | None]]
    sample: bytes
    reason: str | None

    def tightness(self, attained: bool) -> dict[str, float]:
        """Largest certified tightness in each stratum, with or without instances that attain the
        bound; −inf where none could be certified."""
        best = dict.fromkeys(self.strata, -math.inf)
        for found in self.found:
            if attained or found.verdict != "attained":
                best[found.stratum] = max(best[found.stratum], _nan_as_lowest(found.tightness))
        return best

    def as_json(self) -> dict[str, Any]:
        """The cell as it stands in the contract's JSON."""
        top = max(self.tightness(attained=True).values(), default=-math.inf)
        facts = {"name": self.family, **self.counts, "max_tightness": plain(top)}
        return {**facts, "strata": dict(self.strata), "reason": self.reason}


@dataclass(frozen=True)
class TheoremSummary:
    """One theorem over all families of the campaign. texts: what mutants and controls change."""

    id: str
    tag: str
    kind: str
    cells: tuple[CellSummary, ...]
    texts: Mapping[str, str]

    @cached_property
    def counts(self) -> dict[str, int]:
        """Instances drawn, applicable, attained and failed, over all families."""
        return {name: sum(cell.counts[name] for cell in self.cells) for name in COUNTS}

    @property
    def found(self) -> list[Found]:
        """Every recorded instance."""
        return [found for cell in self.cells for found in cell.found]

    @property
    def verdict(self) -> str:
        """The worst that happened; undecided if nothing was applicable."""
        if self.counts["applicable"] == 0:
            return "undecided"
        return worst(
            verdict for verdict in VERDICTS if verdict == "holds" or self.counts[FAULTS[verdict]]
        )

    @property
    def min_slack(self) -> float | None:
        """Certified lower end of the smallest slack of an instance that is not attained."""
        slacks = [found.slack[0] for found in self.found if found.verdict != "attained"]
        return min(slacks, key=_nan_as_lowest, default=None)

    @property
    def max_tightness(self) -> float | None:
        """The largest certified tightness."""
        return max((found.tightness for found in self.found), default=None, key=_nan_as_lowest)

    @property
    def power_search(self) -> float | None:
        """1 − the largest tightness in the worst stratum, of instances that do not attain the bound
        in families that know nothing of the extremal case; None if none of those ran."""
        return _power(cell.tightness(attained=False) for cell in self.cells if not cell.witness)

    @property
    def power_witness(self) -> float | None:
        """The same of all instances; None if the campaign did not run the witness family."""
        witness = any(cell.witness for cell in self.cells)
        return _power(cell.tightness(attained=True) for cell in self.cells) if witness else None

    @property
    def power(self) -> float | None:
        """The worse of the two powers."""
        known = [power for power in (self.power_search, self.power_witness) if power is not None]
        return max(known, default=None)

    @property
    def tightest(self) -> Found | None:
        """The instance of largest certified tightness that does not attain the bound, if any."""
        pool = [found for found in self.found if found.role == "tightest"]
        return max(pool, key=lambda found: _nan_as_lowest(found.tightness), default=None)

    @property
    def failed(self) -> int:
        """How many instances are in disagreement, violated or undecided."""
        return sum(self.counts[name] for name in FAULTS.values())

    @property
    def failures(self) -> list[Found]:
        """Recorded instances that are in disagreement, violated or undecided, the worst first."""
        bad = {found.address: found for found in self.found if found.verdict in FAULTS}
        return sorted(
            bad.values(),
            key=lambda found: (VERDICTS.index(found.verdict), _nan_as_lowest(found.slack[0])),
        )

    def trials(self, kind: str) -> dict[str, str | None]:
        """Each mutant or control with the address of an instance that refuted it."""
        result: dict[str, str | None] = {}
        for cell in self.cells:
            for (own, name), (_, refuted) in cell.trials.items():
                if own == kind:
                    result[name] = result.get(name) or refuted
        return result

    def as_json(self) -> dict[str, Any]:
        """The theorem as it stands in the contract's JSON."""
        numbers = ("min_slack", "max_tightness", "power", "power_search", "power_witness")
        return {
            "id": self.id,
            "tag": self.tag,
            "verdict": self.verdict,
            "drawn": self.counts["drawn"],
            "applicable": self.counts["applicable"],
            "instances": self.counts["applicable"],
            **{name: self.counts[name] for name in ("attained", *FAULTS.values())},
            **{name: plain(getattr(self, name)) for name in numbers},
            "mutants": _tried(self.trials("mutant")),
            "controls": _tried(self.trials("control")),
            "tightest": self.tightest.address if self.tightest else None,
            "failures": [found.address for found in self.failures[:SHOWN]],
            "families": [cell.as_json() for cell in self.cells],
            "seconds": round(sum(cell.seconds for cell in self.cells), 3),
        }


@dataclass(frozen=True)
class Summary:
    """A finished campaign: what the report, the terminal table and the JSON are made from."""

    ledger: str
    seed: int
    families: tuple[str, ...]
    theorems: tuple[TheoremSummary, ...]
    environments: tuple[dict[str, Any], ...]
    command: str
    workers: int | None = None
    seconds: float | None = None

    @property
    def verdict(self) -> str:
        """The worst of the theorems' verdicts; a refuted control is a disagreement."""
        refuted = any(any(theorem.trials("control").values()) for theorem in self.theorems)
        own = ["disagreement"] if refuted else []
        return worst([*own, *(theorem.verdict for theorem in self.theorems)])

    @property
    def ranked(self) -> list[TheoremSummary]:
        """The theorems, the worst verdict first, otherwise in the campaign's order."""
        return sorted(self.theorems, key=lambda theorem: VERDICTS.index(theorem.verdict))

    def as_json(self) -> dict[str, Any]:
        """The contract's JSON; `verify/schemas/verify.json` describes it."""
        theorems = [theorem.as_json() for theorem in self.theorems]
        return {"verdict": self.verdict, "ledger": self.ledger, "theorems": theorems}


def plain(value: float | None) -> float | str | None:
    """A number as JSON can hold it: non-finite ones become strings."""
    return value if value is None or math.isfinite(value) else str(value)


def cell_range(plan: Plan, cell: Cell) -> CellRange:
    """Where the ledger keeps the cell's shards that belong to the campaign."""
    theorem, family = cell
    campaign, size = plan.campaign, plan.catalogue.families[family].shard_size
    claim_hash, label = plan.hashes[theorem], family + campaign.label
    return CellRange(theorem, label, campaign.seed, size, claim_hash, plan.reach[cell])


def summarise(
    plan: Plan, ledger: Ledger, *, seconds: float | None = None, workers: int | None = None
) -> Summary:
    """The summary of every shard that the plan has reached."""
    campaign = plan.campaign
    noted = ledger.last_campaign()
    return Summary(
        ledger=str(ledger.path),
        seed=campaign.seed,
        families=campaign.families,
        theorems=tuple(_theorem(plan, ledger, theorem) for theorem in campaign.theorems),
        environments=tuple(ledger.environments()),
        command=noted[1] if noted else "",
        workers=workers,
        seconds=seconds,
    )


def _theorem(plan: Plan, ledger: Ledger, theorem: str) -> TheoremSummary:
    catalogue = plan.catalogue
    cells = tuple(_cell(plan, ledger, (theorem, name)) for name in plan.campaign.families)
    tag, kind = catalogue.tags[theorem], catalogue.checks[theorem].kind
    return TheoremSummary(theorem, tag, kind, cells, catalogue.texts(theorem))


def _cell(plan: Plan, ledger: Ledger, cell: Cell) -> CellSummary:
    where, catalogue = cell_range(plan, cell), plan.catalogue
    shards = ledger.rows("shards", where)
    counts = {name: sum(row[name] for row in shards) for name in COUNTS}
    applicable = Counter[int]()
    for row in shards:
        applicable.update({int(k): v for k, v in loads(row["strata"]).items()})
    trials: dict[tuple[str, str], tuple[int, str | None]] = {}
    for row in ledger.rows("trials", where):
        at = None if row["refuted"] is None else _address(plan, where, row["shard"], row["refuted"])
        trials[row["kind"], row["name"]] = (row["tested"], at)
    return CellSummary(
        family=where.family,
        witness=bool(catalogue.families[cell[1]].witness),
        counts=counts,
        seconds=sum(row["seconds"] for row in shards),
        strata={catalogue.strata[k]: v for k, v in sorted(applicable.items()) if v},
        found=tuple(_found(plan, where, row) for row in ledger.rows("extremes", where)),
        trials=trials,
        sample=b"".join(row["sample"] for row in shards),
        reason=plan.reason(cell, Count(len(shards), counts["drawn"], counts["applicable"])),
    )


def _address(plan: Plan, where: CellRange, shard: int, row: int) -> str:
    family, _, keys = where.family.partition("@")
    number = shard * where.size + row
    tag = plan.catalogue.tags[where.theorem]
    return str(Address(tag, where.seed, family, int(keys) if keys else None, number))


def _found(plan: Plan, where: CellRange, row: Mapping[str, Any]) -> Found:
    return Found(
        address=_address(plan, where, row["shard"], row["row"]),
        role=row["role"],
        family=where.family,
        stratum=plan.catalogue.strata[row["stratum"]],
        verdict=row["verdict"],
        measured_slack=number(row["slack"]),
        measured_tightness=number(row["tightness"]),
        slack=(number(row["slack_low"]), number(row["slack_high"])),
        tightness=number(row["certified"]),
    )


def number(stored: float | None) -> float:
    """A float of the ledger: SQLite keeps NaN as NULL."""
    return math.nan if stored is None else stored


def _nan_as_lowest(value: float) -> float:
    return -math.inf if math.isnan(value) else value


def _power(cells: Iterable[Mapping[str, float]]) -> float | None:
    best: dict[str, float] = {}
    for cell in cells:
        for stratum, tightness in cell.items():
            best[stratum] = max(best.get(stratum, -math.inf), tightness)
    return 1 - min(best.values()) if best else None


def _tried(trials: Mapping[str, str | None]) -> dict[str, Any]:
    refuted = {name: address for name, address in trials.items() if address is not None}
    return {"refuted": len(refuted), "total": len(trials), "by": refuted}
