"""One shard: draw, evaluate every check on the same draw, judge in balls what is not clear.

Floats only rank. An instance whose float slack exceeds its derived rounding bound holds; every
other one, and each recorded extreme, is judged in balls from its exact float inputs. The result is
a pure function of the key (seconds aside), on one machine with one thread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from locality.verify.campaign.catalogue import Catalogue, Variant, load
from locality.verify.campaign.machine import environment, keep_freed_memory, one_thread
from locality.verify.campaign.plan import ShardKey
from locality.verify.instances.batch import EXTRAS

if TYPE_CHECKING:
    from locality.verify.checks.protocol import Check, Evaluation, Judgement
    from locality.verify.checks.rows import Rows
    from locality.verify.instances.batch import Batch, Instance

Floats = NDArray[np.float64]

KEPT_FAILURES = 4  # the worst of each kind, stored per shard and theorem
SAMPLE = 64  # points per shard and theorem kept for the plots
FAILURES = ("disagreement", "violated", "undecided")


@dataclass(frozen=True)
class Measured:
    """One instance in floats: slack of the claim, its rounding bound, tightness on its scale."""

    slack: float
    rounding: float
    tightness: float

    @property
    def clear(self) -> bool:
        """Whether floats alone decide that the claim holds; False for NaN."""
        return self.slack > self.rounding

    @classmethod
    def of(cls, evaluation: Evaluation, i: int) -> Measured:
        """Instance i of an evaluation."""
        columns = (evaluation.slack, evaluation.rounding, evaluation.tightness)
        return cls(*(float(column[i]) for column in columns))


@dataclass(frozen=True)
class Extreme:
    """A recorded instance: why, where, its floats, and what balls say about its exact numbers.

    instance: those numbers; None for one of a stratum's tightest that can be drawn again anywhere.
    """

    role: str
    stratum: int
    row: int
    measured: Measured
    verdict: str
    slack: tuple[float, float]
    certified: float
    instance: bytes | None


@dataclass(frozen=True)
class Trial:
    """A mutant or a control on this shard: instances it applied to and the row that refuted it."""

    name: str
    kind: str
    tested: int
    refuted: int | None


@dataclass
class Record:
    """What one theorem gave on one shard. `strata`: applicable instances per stratum."""

    theorem: str
    claim_hash: str
    drawn: int = 0
    applicable: int = 0
    attained: int = 0
    violations: int = 0
    undecided: int = 0
    disagreements: int = 0
    seconds: float = 0.0
    strata: Counter[int] = field(default_factory=Counter)
    extremes: list[Extreme] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    sample: bytes = b""


@dataclass(frozen=True)
class ShardResult:
    """A shard's records, one per theorem, and the environment whose floats ranked them."""

    key: ShardKey
    records: tuple[Record, ...]
    environment: str


def verdict(measured: Measured, judgement: Judgement) -> str:
    """The final word: what balls decided, unless floats contradict a claim that holds."""
    if judgement.verdict in ("violated", "undecided"):
        return str(judgement.verdict)
    consistent = measured.slack >= -measured.rounding  # False for NaN
    return str(judgement.verdict) if consistent else "disagreement"


def run_shard(key: ShardKey) -> ShardResult:
    """Measure every theorem of the key on one draw; picklable in and out."""
    one_thread()
    keep_freed_memory()
    catalogue = load(key.catalogue)
    tallies = [Tally(theorem, key, catalogue) for theorem in key.theorems]
    mark = perf_counter()
    for batch, first in draws(key, catalogue):
        rows = catalogue.rows(batch)
        drawing = (perf_counter() - mark) / len(tallies)
        for tally in tallies:
            mark = perf_counter()
            tally.add(batch, rows, first)
            tally.record.seconds += perf_counter() - mark + drawing
        mark = perf_counter()
    return ShardResult(key, tuple(tally.finish() for tally in tallies), environment())


def draws(key: ShardKey, catalogue: Catalogue) -> Iterator[tuple[Batch, int]]:
    """The shard's micro-batches, each with the number in the shard of its first row."""
    family = catalogue.families[key.family]
    extras = frozenset().union(*(catalogue.checks[theorem].extras for theorem in key.theorems))
    stream = catalogue.stream(key.seed, key.family)
    first = 0
    for batch in family.draw(stream, key.shard, extras, key.keys):
        yield batch, first
        first += len(batch.scores)


@dataclass(frozen=True)
class Leader:
    """An instance worth judging: row `at` of a micro-batch, number `row` of the shard."""

    score: float
    batch: Batch
    at: int
    row: int
    measured: Measured

    @property
    def stratum(self) -> int:
        """The index of its margin's stratum."""
        return int(np.broadcast_to(self.batch.stratum, self.batch.size)[self.at])

    def instance(self, check: Check) -> Instance:
        """Its exact numbers, copied out of the micro-batch."""
        return own_instance(self.batch, self.at, check)


class Tally:
    """Collects one theorem's record over the micro-batches of a shard."""

    def __init__(self, theorem: str, key: ShardKey, catalogue: Catalogue) -> None:
        self.check = catalogue.checks[theorem]
        self._stored = catalogue.families[key.family].stored
        self.record = Record(theorem, catalogue.claim_hash(theorem))
        self._leaders: dict[tuple[str, int], Leader] = {}
        self._judged: dict[int, Judgement] = {}
        self._failed: dict[str, list[Leader]] = {kind: [] for kind in FAILURES}
        self._points: list[Floats] = []
        self._stride = max(1, key.size // (SAMPLE * self.check.width))
        # One shard of each family tries the variants: enough for every mutant worth the name.
        self._trials = list(_trials(theorem, catalogue)) if key.shard == 0 else []

    def add(self, batch: Batch, rows: Rows, first: int) -> None:
        """Evaluate the micro-batch whose first row is number `first` of the shard."""
        found = self.check.evaluate(rows)
        self.record.drawn += len(found.applicable)
        doubtful = found.in_doubt
        attained = self._attained(batch, found, doubtful, first)
        open_, met = found.applicable & ~attained, bool(np.count_nonzero(attained))
        self._lead(("smallest", -1), open_ & ~doubtful, -found.slack, batch, found, first)
        for stratum, members in _strata(batch, self.check.width, found.applicable):
            applicable = int(np.count_nonzero(members))
            self.record.applicable += applicable
            self.record.strata[stratum] += applicable
            place = ("tightest", stratum)
            self._lead(place, members & open_, found.tightness, batch, found, first)
            if met:
                place = ("attained", stratum)
                self._lead(place, members & attained, found.tightness, batch, found, first)
        self._points.append(self._thinned(found, rows, first))
        for trial in self._trials:
            trial.add(batch, rows, first)

    def finish(self) -> Record:
        """Judge the extremes and close the record."""
        mark = perf_counter()
        leaders = sorted(self._leaders.items(), key=lambda item: item[0])
        best = max((one.score for (role, _), one in leaders if role == "tightest"), default=0.0)
        for (role, _), leader in leaders:
            already = leader.row in self._judged
            keep = self._stored or role == "smallest" or leader.score == best
            self.record.extremes.append(self._extreme(role, leader, keep))
            final = self.record.extremes[-1].verdict
            if not already and (role != "attained" or final in FAILURES):
                self._count(final)
        for failed in self._failed.values():
            worst = sorted(failed, key=lambda leader: (self._judge(leader).slack[0], leader.row))
            self.record.extremes += [self._extreme("failure", one) for one in worst[:KEPT_FAILURES]]
        self.record.trials = [trial.result() for trial in self._trials]
        self.record.sample = np.concatenate(self._points, axis=1).T.tobytes()
        self.record.seconds += perf_counter() - mark
        return self.record

    def _attained(
        self, batch: Batch, found: Evaluation, doubtful: NDArray[np.bool_], first: int
    ) -> NDArray[np.bool_]:
        """Which instances attain the bound; every other doubtful one is settled in balls."""
        attained = found.attained
        if np.count_nonzero(doubtful):
            self.record.attained += int(np.count_nonzero(attained))
            for i in np.flatnonzero(doubtful & ~attained):
                attained[i] = self._settle(self._leader(np.nan, batch, found, int(i), first))
        return attained

    def _settle(self, leader: Leader) -> bool:
        """Judge an instance that floats do not clear; whether it attains the bound."""
        final = verdict(leader.measured, self._judge(leader))
        self._count(final)
        if final in FAILURES:
            self._failed[final].append(leader)
        return final == "attained"

    def _lead(
        self,
        place: tuple[str, int],
        members: NDArray[np.bool_],
        score: Floats,
        batch: Batch,
        found: Evaluation,
        first: int,
    ) -> None:
        best = self._leaders[place].score if place in self._leaders else -np.inf
        better = members & (score > best)  # False for NaN
        if np.count_nonzero(better):  # four times as fast as any()
            i = int(np.argmax(np.where(better, score, -np.inf)))
            self._leaders[place] = self._leader(float(score[i]), batch, found, i, first)

    def _leader(self, score: float, batch: Batch, found: Evaluation, i: int, first: int) -> Leader:
        at = i * self.check.width
        return Leader(score, batch, at, first + at, Measured.of(found, i))

    def _judge(self, leader: Leader) -> Judgement:
        if leader.row not in self._judged:
            self._judged[leader.row] = self.check.judge(leader.instance(self.check))
        return self._judged[leader.row]

    def _extreme(self, role: str, leader: Leader, keep: bool = True) -> Extreme:
        judgement = self._judge(leader)
        return Extreme(
            role=role,
            stratum=leader.stratum,
            row=leader.row,
            measured=leader.measured,
            verdict=verdict(leader.measured, judgement),
            slack=(float(judgement.slack[0]), float(judgement.slack[1])),
            certified=float(judgement.tightness),
            instance=leader.instance(self.check).to_bytes() if keep else None,
        )

    def _count(self, final: str) -> None:
        self.record.attained += final == "attained"
        self.record.violations += final == "violated"
        self.record.undecided += final == "undecided"
        self.record.disagreements += final == "disagreement"

    def _thinned(self, found: Evaluation, rows: Rows, first: int) -> Floats:
        start = -(first // self.check.width) % self._stride
        kept = found.applicable[start :: self._stride]
        columns = (rows.x[:: self.check.width], found.lhs, found.rhs)
        return np.array([column[start :: self._stride][: len(kept)][kept] for column in columns])


def own_instance(batch: Batch, row: int, check: Check) -> Instance:
    """The instance at a row, without extras that were drawn for another theorem."""
    foreign: dict[str, Any] = dict.fromkeys(EXTRAS - check.extras)
    return replace(batch.instance(row, check.width), **foreign)


class RunningTrial:
    """A mutant or control evaluated on the shard's draws until balls refute it."""

    def __init__(self, variant: Variant, kind: str) -> None:
        self.variant, self.kind = variant, kind
        self.tested = 0
        self.refuted: int | None = None

    def add(self, batch: Batch, rows: Rows, first: int) -> None:
        """Judge the worst instance of the micro-batch, if floats do not clear it."""
        if self.refuted is not None:
            return
        check = self.variant.check
        found = check.evaluate(rows)
        self.tested += int(np.count_nonzero(found.applicable))
        doubtful = found.in_doubt
        if doubtful.any():
            worst = np.where(doubtful, np.nan_to_num(found.slack, nan=-np.inf), np.inf)
            row = int(np.argmin(worst)) * check.width
            if check.judge(batch.instance(row, check.width)).verdict == "violated":
                self.refuted = first + row

    def result(self) -> Trial:
        """Where the variant stands after the shard."""
        return Trial(self.variant.name, self.kind, self.tested, self.refuted)


def _trials(theorem: str, catalogue: Catalogue) -> Iterator[RunningTrial]:
    for kind, variants in (("mutant", catalogue.mutants), ("control", catalogue.controls)):
        yield from (RunningTrial(variant, kind) for variant in variants(theorem))


def _strata(
    batch: Batch, width: int, applicable: NDArray[np.bool_]
) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    if isinstance(batch.stratum, int):
        yield batch.stratum, applicable
        return
    own = batch.stratum[: width * len(applicable) : width]
    for stratum in np.unique(own):
        yield int(stratum), applicable & (own == stratum)
