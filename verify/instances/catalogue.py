"""All instance families by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from locality.theory import InputError
from locality.verify.instances.ascent import Ascent
from locality.verify.instances.batch import Batch
from locality.verify.instances.heads import Heads
from locality.verify.instances.stream import Stream
from locality.verify.instances.synthetic import GAUSSIAN, HEAVY_TAILED, NEAR_TIE, TWO_LEVEL


class Family(Protocol):
    """A source of batches; `witness` families consist of cases of equality, and instances of
    `stored` families cannot be drawn again bit for bit elsewhere, so they are kept as bytes.
    """

    @property
    def name(self) -> str:
        """The name in ledgers, seeds and commands."""
    @property
    def shard_size(self) -> int:
        """The rows of a shard; for finite families the most that a shard has."""
    @property
    def witness(self) -> bool:
        """Whether every row is a case of equality by construction."""
    @property
    def stored(self) -> bool:
        """Whether instances are kept as exact bytes."""

    def shards(self, limit: int | None = None) -> int | None:
        """How many shards there are, at most `limit`; None means without end."""

    def draw(
        self, stream: Stream, shard: int, extras: frozenset[str], n: int | None = None
    ) -> Iterator[Batch]:
        """The batches of one shard, with the extras asked for."""
        ...
