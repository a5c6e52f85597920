"""How a family's rows are laid out: shards of 16 micro-batches of 4096 rows of one shape each.

So many rows that what a check does once a micro-batch, and what balls certify once a shard and
stratum, is a small part of the work. A shard passes once through every stratum of the margin. The
stratum comes round every 16 micro-batches and the shape every 33, which have no common factor:
every pair occurs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from locality.theory import InputError
from locality.verify.instances.batch import Floats
from locality.verify.instances.stream import Stream
from locality.verify.instances.tables import margins, offsets, temperatures, units

ROWS: Final = 4096
CYCLE: Final = (*(1, 2, 3, 4, 5) * 3, 0)
SHAPES: Final = (
    (1, 1), (4, 60), (1, 2), (2, 62), (2, 1), (8, 56), (1, 63), (3, 1), (16, 48), (1, 7), (2, 2),
    (32, 32), (1, 3), (3, 60), (7, 1), (1, 31), (48, 16), (4, 4), (2, 14), (15, 1), (5, 12),
    (63, 1), (1, 15), (4, 28), (6, 21), (8, 8), (24, 5), (16, 16), (11, 9), (31, 1), (3, 40),
    (2, 30), (1, 12),
)  # fmt: skip
LARGE: Final = ((1, 999), (8, 992), (999, 1))
LARGE_EVERY: Final = 127


@dataclass(frozen=True)
class MicroBatch:
    """Where a micro-batch stands in its family: m of n keys relevant, one stratum of STRATA."""

    index: int
    m: int
    n: int
    stratum: int
    rows: int = ROWS

    @property
    def first(self) -> int:
        """The number of its first row in the family."""
        return self.index * self.rows

    @property
    def dimensions(self) -> int:
        """The dimensions of its values: 2, 3 and 4 in turn."""
        return 2 + self.index % 3


def micro_batches(shard: int, n: int | None = None) -> Iterator[MicroBatch]:
    """The micro-batches of a shard, all with `n` ≥ 2 keys where it is given."""
    for turn, stratum in enumerate(CYCLE):
        index = shard * len(CYCLE) + turn
        m, keys = sized(_shape(index), n)
        yield MicroBatch(index, m, keys, stratum)


def sized(shape: tuple[int, int], n: int | None) -> tuple[int, int]:
    """(m, n) of a shape (m, c); with `n` given its m is cut down to leave another key."""
    if n is not None and n < 2:
        raise InputError(f"n = {n}: expected at least 2 keys, one of them relevant")
    m, c = shape
    return (m, m + c) if n is None else (min(m, n - 1), n)


def _shape(index: int) -> tuple[int, int]:
    turn, rest = divmod(index, LARGE_EVERY)
    return LARGE[turn % len(LARGE)] if rest == LARGE_EVERY - 1 else SHAPES[index % len(SHAPES)]


@dataclass(frozen=True)
class Scale:
    """Per row, short dyadics: temperature, x = margin/temperature, offset and unit of scores."""

    temperature: Floats
    x: Floats
    offset: Floats
    unit: Floats


def scale(stream: Stream, place: MicroBatch, exponents: tuple[int, int]) -> Scale:
    """The scales of a micro-batch's rows; `exponents` bound log₂ of a unit in temperatures."""
    bits = stream.bits("scale", place.first, place.rows, 4).T
    temperature = temperatures().take(bits[0])
    return Scale(
        temperature=temperature,
        offset=temperature * offsets().take(bits[1]),
        unit=temperature * units(*exponents).take(bits[2]),
        x=margins(place.stratum).take(bits[3]),
    )


def plant(levels: Floats, m: int, by: Scale) -> Floats:
    """Scores with exactly the planted margin, from whole levels (size, n), which are overwritten.

    The highest level outside R goes to the offset, the lowest in R to x temperatures above it;
    all numbers are dyadics of fewer than 53 bits, so nothing is rounded.
    """
    relevant, other = levels[:, :m], levels[:, m:]
    low = by.offset + by.x * by.temperature - by.unit * relevant.min(axis=1)
    high = by.offset - by.unit * other.max(axis=1)
    for part, shift in ((relevant, low), (other, high)):
        part *= by.unit[:, None]
        part += shift[:, None]
    return levels
