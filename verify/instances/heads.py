"""Random transformer heads: scores are dot products of projected tokens, exact in float64.

Tokens and projections are small odd integers, so every dot product is a whole number below 2^53,
the same in whatever order it is summed. Even shards plant the margin of a block; odd shards take
each row's m best keys for R, whose margin is whatever the head gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from locality.verify.instances.batch import Batch, Floats, stratum_of
from locality.verify.instances.extras import checked, parameters, query
from locality.verify.instances.layout import CYCLE, ROWS, MicroBatch, Scale, micro_batches, plant
from locality.verify.instances.layout import scale as scales
from locality.verify.instances.stream import Stream

QUERIES: Final = 64
WIDTH: Final = 16
HEAD: Final = 8
VALUE: Final = 4
EXPONENTS: Final = (-23, -13)


@dataclass(frozen=True)
class Heads:
    """Rows of 8 random heads with 64 queries each, all in one micro-batch."""

    name: str = "heads"
    witness: bool = False
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
            by = scales(stream, place, EXPONENTS)
            keys = _tokens(stream, "keys", place, place.n)
            levels = _levels(stream, place, keys)
            drawn = parameters(stream, place.first, by.temperature, wanted)
            if "values" in wanted:
                drawn["values"] = _values(stream, place, keys)
            if "query" in wanted:
                drawn["query"] = query(stream, place.first, by.temperature, VALUE)
            make = _best if shard % 2 else _block
            yield make(levels, place, by, drawn)


def _tokens(stream: Stream, purpose: str, place: MicroBatch, count: int) -> Floats:
    """Tokens (heads, count, WIDTH) of a micro-batch's heads."""
    return _matrices(stream, purpose, place, count, WIDTH)


def _levels(stream: Stream, place: MicroBatch, keys: Floats) -> Floats:
    """Dot products (rows, n) of the projected queries and keys."""
    queries = _tokens(stream, "queries", place, QUERIES)
    q = queries @ _matrices(stream, "query-weights", place, WIDTH, HEAD)
    k = keys @ _matrices(stream, "key-weights", place, WIDTH, HEAD)
    return (q @ k.transpose(0, 2, 1)).reshape(place.rows, place.n)


def _values(stream: Stream, place: MicroBatch, keys: Floats) -> Floats:
    """Projected tokens (rows, n, VALUE), the same for all queries of a head."""
    v = keys @ _matrices(stream, "value-weights", place, WIDTH, VALUE)
    return np.repeat(v, QUERIES, axis=0)


def _matrices(stream: Stream, purpose: str, place: MicroBatch, rows: int, columns: int) -> Floats:
    """One matrix (rows, columns) a head, of odd integers -15 … 15, each from 4 bits."""
    heads = place.rows // QUERIES
    bits = stream.bits(purpose, place.index * heads, heads, rows * columns // 4)
    nibbles = bits[:, :, None] >> np.arange(0, 16, 4, dtype=np.uint16) & 15
    return 2 * nibbles.astype(np.float64).reshape(heads, rows, columns) - 15


def _block(levels: Floats, place: MicroBatch, by: Scale, drawn: dict[str, Floats]) -> Batch:
    scores = plant(np.asfortranarray(levels), place.m, by)
    return Batch(scores, place.m, by.temperature, place.stratum, **drawn)


def _best(levels: Floats, place: MicroBatch, by: Scale, drawn: dict[str, Floats]) -> Batch:
    order = np.argsort(-levels, axis=1, kind="stable")
    scores = by.unit[:, None] * np.take_along_axis(levels, order, axis=1) + by.offset[:, None]
    if "values" in drawn:
        drawn["values"] = np.take_along_axis(drawn["values"], order[:, :, None], axis=1)
    margin = scores[:, place.m - 1] - scores[:, place.m]
    stratum = stratum_of(margin / by.temperature)
    return Batch(np.asfortranarray(scores), place.m, by.temperature, stratum, **drawn)
