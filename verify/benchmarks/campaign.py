"""How fast a campaign is: `leakage` and `entropy` on one draw, against what one would write first.

The campaign (ledger on, two worker processes) is compared with a Python loop that treats one
instance at a time and with plain vectorised NumPy on one thread. All three draw the same
instances and compute the margin, ε, H and both bounds. First the numbers must agree; then runs
alternate, and medians are reported.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from time import perf_counter, perf_counter_ns
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from locality.theory import InputError, theorem
from locality.theory.core.printer import evaluate
from locality.verify.benchmarks.results import NumbersDiffer, machine
from locality.verify.campaign.catalogue import load
from locality.verify.campaign.execute import run_campaign
from locality.verify.campaign.machine import keep_freed_memory, one_thread
from locality.verify.campaign.plan import STANDARD, Campaign, ShardKey
from locality.verify.campaign.shard import draws
from locality.verify.campaign.words import grouped
from locality.verify.checks.rows import Rows
from locality.verify.instances.batch import Batch

THEOREMS = ("leakage", "entropy")
CLAIMS = tuple(theorem(name).claim for name in THEOREMS)
FAMILY, SEED, KEYS, WORKERS = "gaussian", 7, 64, 2
BARS = {"loop": 8.0, "vectorised": 1.5}
U = 2.0**-53
UNDERFLOW = KEYS * 2.0**-1022  # where weights lose relative accuracy

Floats = NDArray[np.float64]
SCALARS: Mapping[str, Callable[..., float]] = {
    "log": math.log,
    "exp": math.exp,
    "ratio": lambda p, q: p / q,
    "sigmoid": lambda t: 1 / (1 + math.exp(-t)) if t > 0 else math.exp(t) / (1 + math.exp(t)),
    "softplus": lambda t: max(t, 0.0) + math.log1p(math.exp(-abs(t))),
}


@dataclass(frozen=True)
class Speed:
    """Instances a second of each way in each run; a draw measured for two theorems counts once."""

    runs: tuple[Mapping[str, float], ...]
    instances: Mapping[str, int]

    @property
    def rates(self) -> dict[str, float]:
        """The median rate of each way."""
        return {name: median(run[name] for run in self.runs) for name in self.instances}

    @property
    def ratios(self) -> dict[str, float]:
        """How many times as fast the campaign is: medians of the ratios within a run, so that a
        machine which slows down between two runs changes none."""
        return {name: median(run["campaign"] / run[name] for run in self.runs) for name in BARS}

    @property
    def ok(self) -> bool:
        """Whether every bar is met."""
        return all(self.ratios[name] >= bar for name, bar in BARS.items())

    def as_json(self) -> dict[str, Any]:
        """Plain data, with the machine it was measured on."""
        return {
            "benchmark": "campaign",
            "theorems": list(THEOREMS),
            "family": FAMILY,
            "keys": KEYS,
            "workers": WORKERS,
            "rates": {name: round(rate) for name, rate in self.rates.items()},
            "instances": dict(self.instances),
            "ratios": {name: round(ratio, 2) for name, ratio in self.ratios.items()},
            "bars": BARS,
            "ok": self.ok,
            "machine": machine(),
        }


def plain_row(scores: Floats, m: int, temperature: float) -> tuple[float, ...]:
    """Margin x, ε, H and both bounds of one row, as one would write it first."""
    x = (scores[:m].min() - scores[m:].max()) / temperature
    z = (scores - scores.max()) / temperature
    weight = np.exp(z)
    total = weight.sum()
    entropy = math.log(total) - weight.dot(z) / total
    given = {"m": m, "c": len(scores) - m, "x": float(x)}
    bounds = (evaluate(claim.rhs, given, SCALARS) for claim in CLAIMS)
    return (float(x), float(weight[m:].sum() / total), float(entropy), *bounds)


def plain_batch(batch: Batch) -> tuple[Floats, ...]:
    """The same for all rows of a micro-batch at once."""
    scores, m, temperature = batch.scores, batch.m, batch.temperature[:, None]
    x = (scores[:, :m].min(1) - scores[:, m:].max(1)) / batch.temperature
    z = (scores - scores.max(1, keepdims=True)) / temperature
    weight = np.exp(z)
    total = weight.sum(1)
    entropy = np.log(total) - (weight * z).sum(1) / total
    given = {"m": float(m), "c": float(batch.c), "x": x}
    bounds = (claim.in_arrays(**given) for claim in CLAIMS)
    return (x, weight[:, m:].sum(1) / total, entropy, *bounds)


def drawn(shards: int, first: int = 0) -> Iterator[Batch]:
    """The micro-batches that all three measure."""
    catalogue = load(STANDARD)
    size = catalogue.families[FAMILY].shard_size
    for shard in range(first, first + shards):
        key = ShardKey(FAMILY, SEED, shard, size, THEOREMS, KEYS, STANDARD)
        yield from (batch for batch, _ in draws(key, catalogue))


def broken(x: Any, leakage: Any, entropy: Any, leakage_bound: Any, entropy_bound: Any) -> Any:
    """Where a bound is exceeded by more than plain floats can be wrong."""
    slack = tolerance(KEYS)
    above = leakage > leakage_bound * (1 + slack) + UNDERFLOW
    return above | ((x >= 0) & (entropy > entropy_bound * (1 + slack) + slack))


def tolerance(keys: int) -> float:
    """Relative error of plain ε and H: 2u|z| in a weight, |z| < 745 where it is not 0, k u in a
    sum of k, 4u a function; doubled for the ratio of two sums."""
    return 2 * (2 * 745 + keys + 8) * U


def loop(rows: int) -> int:
    """One instance per Python iteration; returns how many were measured."""
    done = 0
    for batch in drawn(-(-rows // _size())):
        scores = np.ascontiguousarray(batch.scores)  # a family may keep its keys apart
        for i in range(batch.size):
            if broken(*plain_row(scores[i], batch.m, batch.temperature[i])):
                raise NumbersDiffer("the loop found a violation")
            done += 1
            if done == rows:
                return done
    return done


def vectorised(rows: int) -> int:
    """Plain NumPy on whole micro-batches; returns how many were measured."""
    done = 0
    for batch in drawn(-(-rows // _size())):
        if broken(*plain_batch(batch)).any():
            raise NumbersDiffer("plain NumPy found a violation")
        done += batch.size
    return done


def gate() -> None:
    """NumbersDiffer unless the checks' statistics, NumPy's and the loop's agree on a shard."""
    for batch in drawn(1, first=1):
        rows, whole = Rows(batch), plain_batch(batch)
        one = plain_row(batch.scores[0], batch.m, batch.temperature[0])
        pairs = [(rows.x, whole[0]), (rows.leakage, whole[1]), (rows.entropy, whole[2])]
        pairs += [(column[:1], np.array([value])) for column, value in zip(whole, one, strict=True)]
        for ours, theirs in pairs:
            close = np.abs(ours - theirs) <= tolerance(KEYS) * (1 + np.abs(theirs))
            if not close.all():
                raise NumbersDiffer(f"{float(ours[~close][0])!r} and {float(theirs[~close][0])!r}")


def measure(runs: int = 5, instances: int = 3_100_000) -> Speed:
    """Time all three, `runs` times in turn; NumbersDiffer where they do not agree.

    instances: of a campaign; plain NumPy gets a quarter of them, the loop a hundredth.
    """
    if runs < 1:
        raise InputError(f"runs is {runs}; expected at least 1")
    one_thread()
    keep_freed_memory()
    gate()
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as pool,
    ):
        ways: dict[str, tuple[Callable[[int], int], int]] = {
            "campaign": (lambda rows: _campaign(rows, Path(folder), pool), instances),
            "vectorised": (vectorised, instances // 4),
            "loop": (loop, instances // 100),
        }
        for way, rows in ways.values():  # workers start, and everyone imports what they need
            way(min(rows, 8 * _size()))
        timed = [{name: _timed(*way) for name, way in ways.items()} for _ in range(runs)]
    rates = tuple({name: done / spent for name, (done, spent) in run.items()} for run in timed)
    return Speed(rates, {name: timed[0][name][0] for name in ways})


def _campaign(rows: int, folder: Path, pool: Executor) -> int:
    wanted = Campaign(THEOREMS, (FAMILY,), rows, SEED, KEYS, drawn_limit=1)  # one round of shards
    summary = run_campaign(wanted, folder / f"{perf_counter_ns()}.sqlite", pool, WORKERS)
    return min(one.counts["drawn"] for one in summary.theorems)


def _timed(way: Callable[[int], int], rows: int) -> tuple[int, float]:
    start = perf_counter()
    done = way(rows)
    return done, perf_counter() - start


def _size() -> int:
    return load(STANDARD).families[FAMILY].shard_size


def table(found: Speed) -> Table:
    """The three rates, and how many times as fast the campaign is."""
    result = Table(box=None, pad_edge=False, padding=(0, 2))
    result.add_column("way")
    for title in ("instances/s", "campaign is", "bar"):
        result.add_column(title, justify="right")
    for name, rate in found.rates.items():
        ratio, bar = found.ratios.get(name), BARS.get(name)
        beside = ("", "") if ratio is None else (f"{ratio:.1f} times", f"{bar} times")
        result.add_row(name, grouped(round(rate)), *beside)
    return result
