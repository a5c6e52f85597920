"""Rows for the experiments of the pages, from the families that campaigns draw from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

import numpy as np

from locality.verify.checks.rows import Rows
from locality.verify.instances import Batch, Instance, Stream, family

SEED = 7
FAMILIES = ("gaussian", "heavy-tailed", "near-tie")


def batches(
    name: str, m: int, c: int, extras: Iterable[str] = (), shards: int = 33
) -> Iterator[Batch]:
    """The family's micro-batches in which m of m + c keys are relevant, among its first shards."""
    stream, wanted, source = Stream(SEED, name), frozenset(extras), family(name)
    every = chain.from_iterable(source.draw(stream, shard, wanted) for shard in range(shards))
    return (batch for batch in every if (batch.m, batch.c) == (m, c))


def drawn(name: str, m: int, c: int, extras: Iterable[str] = (), each: int = 40) -> Iterator[Rows]:
    """The statistics of the first `each` rows of such batches, one margin stratum after another."""
    for batch in islice(batches(name, m, c, extras), 16):
        yield Rows(first(batch, each))


def first(batch: Batch, size: int) -> Batch:
    """The first `size` rows of a batch."""
    return batch.instance(0, min(size, batch.size)).batch()


def measured(relevant: Any, others: Any, temperature: Any = 1.0) -> Rows:
    """The statistics of given rows: scores (rows, m) and (rows, c) or those of one row, which
    stand for all, as does one temperature.
    """
    parts = [np.atleast_2d(np.asarray(part, float)) for part in (relevant, others)]
    size = max(*map(len, parts), np.size(temperature))
    scores = np.hstack([np.broadcast_to(part, (size, part.shape[1])) for part in parts])
    heat = np.broadcast_to(np.asarray(temperature, float), size)
    return Rows(Instance(scores=scores, m=parts[0].shape[1], temperature=heat).batch())
