"""What some theorems need besides scores, drawn on request and each for a purpose of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from locality.theory import InputError
from locality.verify.instances.batch import EXTRAS, Floats
from locality.verify.instances.stream import Stream
from locality.verify.instances.tables import components, deltas, dials, scalings, steps

RATES: Final = 4
_TABLES = {"dial": dials, "step": steps, "delta": deltas}


def checked(extras: Iterable[str]) -> frozenset[str]:
    """The extras as a set; InputError on a name outside EXTRAS."""
    wanted = frozenset(extras)
    if not wanted <= EXTRAS:
        raise InputError(f"extras {sorted(wanted - EXTRAS)}: expected some of {sorted(EXTRAS)}")
    return wanted


def parameters(
    stream: Stream, first: int, temperature: Floats, extras: frozenset[str]
) -> dict[str, Floats]:
    """The per-row extras among dial, step, delta and rates for the rows from `first` on."""
    rows = len(temperature)
    drawn = {
        name: table().take(stream.bits(name, first, rows, 1)[:, 0])
        for name, table in _TABLES.items()
        if name in extras
    }
    if "rates" in extras:
        drawn["rates"] = deltas().take(stream.bits("rates", first, rows, RATES))
    if "dial" in drawn:
        drawn["dial"] *= temperature
    return drawn


def values(stream: Stream, first: int, rows: int, n: int, d: int) -> Floats:
    """Values (rows, n, d): multiples of 1/256 in [-128, 128)."""
    bits = stream.bits("values", first, rows, n * d)
    return (bits.view("<i2") / 256).reshape(rows, n, d)


def query(stream: Stream, first: int, temperature: Floats, d: int) -> Floats:
    """Queries (rows, d): short dyadics, in temperatures of very different sizes.

    A component has at most 13 significant bits, so ⟨query, value⟩ is exact in float64, in whatever
    order it is summed, for values that are multiples of 1/256 or whole numbers below 2^16.
    """
    bits = stream.bits("query", first, len(temperature), d + 1)
    length = temperature * scalings().take(bits[:, 0])
    return components().take(bits[:, 1:]) * length[:, None]
