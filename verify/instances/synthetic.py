"""Families of independent rows: each is a table of whole levels, looked up by 16 random bits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from locality.verify.instances.batch import Batch, Floats
from locality.verify.instances.extras import checked, parameters, query, values
from locality.verify.instances.layout import (
    CYCLE,
    ROWS,
    MicroBatch,
    micro_batches,
    plant,
    scale,
)
from locality.verify.instances.stream import Stream
from locality.verify.instances.tables import heavy_tailed, near_gaussian, near_tie, two_level


@dataclass(frozen=True)
class Synthetic:
    """Rows of independent levels with a planted margin.

    `table()` gives the 65536 equally likely levels, whole numbers; `exponents` bound the binary
    logarithm of a level's unit in temperatures; `collapsed` gives R one value and C another.
    """

    name: str
    table: Callable[[], Floats]
    exponents: tuple[int, int]
    witness: bool = False
    collapsed: bool = False
    stored: bool = False
    shard_size: int = ROWS * len(CYCLE)

    def shards(self, limit: int | None = None) -> int | None:
        """How many shards there are, at most `limit`; None means without end."""
        return limit

    def draw(
        self, stream: Stream, shard: int, extras: frozenset[str], n: int | None = None
    ) -> Iterator[Batch]:
        """The micro-batches of one shard, with the extras asked for; InputError if n < 2."""
        wanted = checked(extras)
        for place in micro_batches(shard, n):
            yield self._batch(stream, place, wanted)

    def _batch(self, stream: Stream, place: MicroBatch, extras: frozenset[str]) -> Batch:
        by = scale(stream, place, self.exponents)
        scores = plant(levels(stream, place, self.table()), place.m, by)
        drawn = parameters(stream, place.first, by.temperature, extras)
        if "values" in extras:
            drawn["values"] = self._values(stream, place)
        if "query" in extras:
            drawn["query"] = query(stream, place.first, by.temperature, place.dimensions)
        return Batch(scores, place.m, by.temperature, place.stratum, **drawn)

    def _values(self, stream: Stream, place: MicroBatch) -> Floats:
        drawn = values(stream, place.first, place.rows, place.n, place.dimensions)
        if self.collapsed:
            drawn[:, : place.m] = drawn[:, :1]
            drawn[:, place.m :] = drawn[:, place.m :][:, :1]
        return drawn


def levels(stream: Stream, place: MicroBatch, table: Floats) -> Floats:
    """Levels (rows, n) of a micro-batch, looked up in `table`."""
    bits = stream.bits("levels", place.first, place.rows, place.n)
    # Keys lie one after another in memory, so that slices of keys are contiguous and reductions
    # over keys add whole columns: five times as fast for the drawing and for the checks.
    keys = np.empty((place.n, place.rows))
    return np.take(table, bits.T, out=keys, mode="clip").T


GAUSSIAN: Final = Synthetic("gaussian", near_gaussian, (-14, -3))
HEAVY_TAILED: Final = Synthetic("heavy-tailed", heavy_tailed, (-12, -1))
NEAR_TIE: Final = Synthetic("near-tie", near_tie, (-30, 3))
TWO_LEVEL: Final = Synthetic("two-level", two_level, (0, 0), witness=True, collapsed=True)
