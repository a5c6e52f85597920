"""All instance families, by name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from locality.theory import InputError
from locality.verify.instances.ascent import Ascent
from locality.verify.instances.batch import Batch
from locality.verify.instances.heads import Heads
from locality.verify.instances.minilm import Minilm
from locality.verify.instances.stream import Stream
from locality.verify.instances.synthetic import GAUSSIAN, HEAVY_TAILED, NEAR_TIE, TWO_LEVEL


class Family(Protocol):
    """A source of batches, cut into shards that are drawn independently of each other."""

    @property
    def name(self) -> str:
        """The name in seeds, ledgers and commands."""

    @property
    def shard_size(self) -> int:
        """The rows of a shard; of a finite family, the most that one has."""

    @property
    def witness(self) -> bool:
        """Whether its rows are cases of equality by construction."""

    @property
    def stored(self) -> bool:
        """Whether rows may differ in the last bit elsewhere and so are kept as exact bytes."""

    def shards(self, limit: int | None = None) -> int | None:
        """How many shards there are, at most `limit`; None means without end."""

    def draw(
        self, stream: Stream, shard: int, extras: frozenset[str], n: int | None = None
    ) -> Iterator[Batch]:
        """The batches of one shard with the extras asked for, all with n keys where n is given."""


_FAMILIES: Final[tuple[Family, ...]] = (
    GAUSSIAN,
    HEAVY_TAILED,
    NEAR_TIE,
    TWO_LEVEL,
    Ascent(),
    Heads(),
    Minilm(),
)


def families() -> dict[str, Family]:
    """Every family by its name; `minilm` needs the extra `models` when it is drawn."""
    return {family.name: family for family in _FAMILIES}


def family(name: str) -> Family:
    """The family of that name; InputError if there is none."""
    try:
        return families()[name]
    except KeyError:
        raise InputError(f"family {name!r}: expected one of {', '.join(families())}") from None
