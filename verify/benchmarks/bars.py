"""Ways that take turns, ratios of their times, and the bars that ratios have to meet.

Machines are slow when they like: all ways take turns, and a ratio is the median over the runs of
the ratio within a run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter
from typing import Any, ClassVar

from rich.table import Table

from locality.verify.benchmarks.results import machine

TURN = 0.25  # seconds: short calls are timed until so many have passed

Way = Callable[[], object]


@dataclass(frozen=True)
class Bar:
    """What a ratio has to be: `at_most` or at least the limit."""

    name: str
    limit: float
    at_most: bool = False

    def met(self, ratio: float) -> bool:
        """Whether the ratio is good enough; False for NaN."""
        return ratio <= self.limit if self.at_most else ratio >= self.limit

    @property
    def text(self) -> str:
        """The limit in words."""
        return f"{'≤' if self.at_most else '≥'} {self.limit:g}"


@dataclass
class Measured:
    """What was measured: a ratio for each bar, seconds for each way, what could not be measured.

    A benchmark says its name and the conditions that its numbers were measured under.
    """

    benchmark: ClassVar[str]

    ratios: dict[Bar, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether every bar that could be measured is met."""
        return all(bar.met(ratio) for bar, ratio in self.ratios.items())

    def conditions(self) -> dict[str, Any]:
        """Sizes, threads, versions: plain data."""
        raise NotImplementedError

    def as_json(self) -> dict[str, Any]:
        """Plain data, with the machine it was measured on."""
        return {
            "benchmark": self.benchmark,
            **self.conditions(),
            "bars": [
                {"name": bar.name, "ratio": round(ratio, 3), "bar": bar.text, "ok": bar.met(ratio)}
                for bar, ratio in self.ratios.items()
            ],
            "seconds": {way: round(spent, 5) for way, spent in self.seconds.items()},
            "missing": self.missing,
            "ok": self.ok,
            "machine": machine(),
        }


def alternating(ways: Mapping[str, Way], runs: int) -> dict[str, list[float]]:
    """Seconds of each way in each run, all ways taking turns."""
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            spent[name].append(_turn(way))
    return spent


def _turn(way: Way) -> float:
    """The median of a turn's calls after a first that does not count: a model's tensors are in the
    cache, too.
    """
    way()
    spent: list[float] = []
    while sum(spent) < TURN or not spent:
        start = perf_counter()
        way()
        spent.append(perf_counter() - start)
    return median(spent)


def over(spent: Mapping[str, Sequence[float]], one: str, other: str) -> float:
    """The median over runs of how many times as long one way takes as another."""
    return median(a / b for a, b in zip(spent[one], spent[other], strict=True))


def table(found: Measured) -> Table:
    """The ratios beside their bars."""
    result = Table(box=None, pad_edge=False, padding=(0, 2))
    result.add_column("what")
    for title in ("ratio", "bar", ""):
        result.add_column(title, justify="right")
    for bar, ratio in found.ratios.items():
        result.add_row(bar.name, f"{ratio:.2f}", bar.text, "met" if bar.met(ratio) else "missed")
    return result


def times(found: Measured) -> Table:
    """Every way's time."""
    result = Table(box=None, pad_edge=False, padding=(0, 2))
    result.add_column("way")
    result.add_column("ms", justify="right")
    for way, spent in found.seconds.items():
        result.add_row(way, f"{spent * 1e3:.1f}")
    return result
