"""Rows of a real model: MiniLM's attention on scenes of Shakespeare that come with the project.

A shard is one scene in one layer, all heads. Each query gives four rows: R is its own sentence, and
its 1, 4 and 16 best keys. [CLS] and [SEP] stay visible keys, since the model spends much of its
attention on them; they are in no sentence, so as queries they give only the best-key rows. Scores
are float64 products of the model's float32 queries and keys, and may differ in the last bit between
machines: instances are kept as exact bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from locality.theory import InputError
from locality.verify.instances.batch import Batch, Floats, stratum_of
from locality.verify.instances.extras import checked, parameters, query
from locality.verify.instances.models import Layer, Reading, load, minilm
from locality.verify.instances.stream import Stream

LAYERS: Final = 6
BEST: Final = (1, 4, 16)
ROWS: Final = 512


@dataclass(frozen=True)
class Scene:
    """A passage to read, and where it is from."""

    title: str
    text: str


@cache
def scenes() -> tuple[Scene, ...]:
    """The passages that come with the project; the head of their file tells their origin."""
    text = (files(__package__) / "texts" / "scenes.txt").read_text(encoding="ascii")
    parts = [part.partition("\n") for part in text.split("\n== ")[1:]]
    return tuple(Scene(title, " ".join(body.split())) for title, _, body in parts)


@cache
def reading(scene: int) -> Reading:
    """MiniLM's attention on a scene, read once a process, with one thread."""
    import torch

    # A short text gains nothing from threads, and workers' threads would fight for the cores.
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return load(minilm()).read(scenes()[scene].text)
    finally:
        torch.set_num_threads(threads)


@dataclass(frozen=True)
class Minilm:
    """The finite family of MiniLM's rows."""

    name: str = "minilm"
    witness: bool = False
    stored: bool = True
    shard_size: int = 2**13

    def shards(self, limit: int | None = None) -> int | None:
        """How many shards there are, at most `limit`: one for each scene and layer."""
        count = len(scenes()) * LAYERS
        return count if limit is None else min(limit, count)

    def draw(
        self, stream: Stream, shard: int, extras: frozenset[str], n: int | None = None
    ) -> Iterator[Batch]:
        """The batches of one shard; InputError if there is no such shard or n is given."""
        wanted = checked(extras)
        if n is not None:
            raise InputError(f"n = {n} for minilm: expected none, scenes have their own lengths")
        scene, number = divmod(shard, LAYERS)
        if not 0 <= scene < len(scenes()):
            raise InputError(f"shard {shard} of minilm: expected 0 to {self.shards()} less 1")
        read = reading(scene)
        layer = read.layers[number]
        first = shard * self.shard_size
        for batch in rows(layer, read.sentences(), "values" in wanted):
            drawn: dict[str, Any] = parameters(stream, first, batch.temperature, wanted)
            if "query" in wanted:
                drawn["query"] = query(stream, first, batch.temperature, layer.v.shape[-1])
            first += batch.size
            yield replace(batch, **drawn)


def rows(layer: Layer, sentences: NDArray[np.int64], with_values: bool) -> Iterator[Batch]:
    """All rows of a layer that sees every key, in batches of one m and at most 512 rows."""
    q, k = layer.q.astype(np.float64), layer.k.astype(np.float64)
    scores = (q @ k.transpose(0, 2, 1)).reshape(-1, k.shape[1])
    for m, chosen, order in _partitions(scores, sentences):
        for start in range(0, len(chosen), ROWS):
            part = slice(start, start + ROWS)
            yield _batch(scores, layer, m, chosen[part], order[part], with_values)


def _partitions(
    scores: Floats, sentences: NDArray[np.int64]
) -> Iterator[tuple[int, NDArray[np.intp], NDArray[np.intp]]]:
    """(m, the rows that have it, the order of each one's keys that puts R first)."""
    best = np.argsort(-scores, axis=1, kind="stable")
    for m in BEST:
        yield m, np.arange(len(scores)), best
    same = (sentences[:, None] == sentences) & (sentences[:, None] >= 0)
    own = np.argsort(~same, axis=1, kind="stable")
    sizes = same.sum(axis=1)
    heads = np.arange(0, len(scores), len(sentences))
    for m in np.unique(sizes[(sizes > 0) & (sizes < len(sentences))]):
        queries = np.flatnonzero(sizes == m)
        yield int(m), np.add.outer(heads, queries).ravel(), np.tile(own[queries], (len(heads), 1))


def _batch(
    scores: Floats,
    layer: Layer,
    m: int,
    chosen: NDArray[np.intp],
    order: NDArray[np.intp],
    with_values: bool,
) -> Batch:
    taken = np.asfortranarray(np.take_along_axis(scores[chosen], order, axis=1))
    temperature = np.full(len(chosen), layer.temperature)
    margin = taken[:, :m].min(axis=1) - taken[:, m:].max(axis=1)
    values = None
    if with_values:
        groups = len(layer.q) // len(layer.v)
        head = chosen // layer.q.shape[1] // groups
        values = layer.v[head[:, None], order].astype(np.float64)
    return Batch(taken, m, temperature, stratum_of(margin / temperature), values)
