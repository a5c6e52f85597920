"""What 16 random bits become: tables of 65536 equally likely short dyadics.

Drawing is a look-up, and every table is made by integer and dyadic arithmetic, so all numbers are
the same on every machine.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from locality.verify.instances.batch import Floats

SIZE: Final = 2**16


def _field(low: int, bits: int) -> NDArray[np.int64]:
    return np.arange(SIZE) >> low & (1 << bits) - 1


def _up_to(largest: int, low: int, bits: int) -> NDArray[np.int64]:
    """Nearly uniform integers 0 … largest from a field of the index."""
    return _field(low, bits) * (largest + 1) >> bits


@cache
def near_gaussian() -> Floats:
    """Levels: the quantiles of a sum of six bytes, centred; kurtosis 2.80, up to 3.6 deviations."""
    # One random word serves four keys. Adding up the halves of a word of its own for each key
    # takes four times the words, and Philox is most of the cost: twice the time for a micro-batch.
    counts = np.ones(1, dtype=np.int64)
    for _ in range(6):
        counts = np.convolve(counts, np.ones(256, dtype=np.int64))
    middles = (2 * np.arange(SIZE) + 1) << 31
    quantiles = np.searchsorted(counts.cumsum(), middles, side="right")
    return (quantiles - 765).astype(np.float64)


@cache
def heavy_tailed() -> Floats:
    """Levels ±(16 … 31)·2^t, where t counts trailing zeros: beyond 2^t with probability ~ 2^-t."""
    zeros = _field(0, 11) | 1 << 11
    size = (16 + _field(11, 4)) * (zeros & -zeros)
    return np.where(_field(15, 1), -size, size).astype(np.float64)


@cache
def near_tie() -> Floats:
    """Levels 0, 1, 2, 3: most keys tie with others."""
    return _field(0, 2).astype(np.float64)


@cache
def two_level() -> Floats:
    """One level, so one score on R and another on C: the case of equality of most theorems."""
    return np.zeros(SIZE)


@cache
def temperatures() -> Floats:
    """Temperatures in [1/16, 16) with five significant bits."""
    return np.ldexp(16.0 + _field(0, 4), _field(4, 3) - 8)


@cache
def offsets() -> Floats:
    """A common shift of a row's scores, in temperatures, within ±16."""
    return (_field(0, 8) - 128) / 8


@cache
def units(finest: int, coarsest: int) -> Floats:
    """A level's unit in temperatures: 2^finest … 2^coarsest."""
    return np.ldexp(1.0, finest + _up_to(coarsest - finest, 0, 16))


@cache
def margins(stratum: int) -> Floats:
    """Margins x of a stratum on a grid of 1024 points; the open ends also vary in magnitude.

    Where x ≥ 30 a magnitude of 32 is rare: beyond 700 a bound underflows, and only balls judge.
    """
    point = _field(0, 10) / 1024
    magnitude = np.ldexp(1.0, _up_to(5, 10, 6))
    zeros = _field(10, 6) | _field(0, 2) << 6 | 1 << 8
    odds = zeros & -zeros
    halving = np.where(odds == 1 << 8, 32, np.clip(odds >> 1, 1, 16))
    return (
        -(point + 2**-10) * magnitude,
        np.zeros(SIZE),
        point + 2**-11,
        1 + 7 * point,
        8 + 22 * point,
        30 + 32 * point * halving,
    )[stratum]


@cache
def components() -> Floats:
    """Components of a query: multiples of 1/128 in [-1, 1)."""
    return (_field(0, 8) - 128) / 128


@cache
def scalings() -> Floats:
    """Sizes of a query in temperatures: 2^-12 … 2."""
    return np.ldexp(1.0, _up_to(13, 0, 16) - 12)


@cache
def dials() -> Floats:
    """Dials in temperatures, up to 512: an eighth of them zero, an eighth negative."""
    kind = _field(0, 3)
    size = np.ldexp(1.0 + _field(3, 6), _up_to(9, 9, 7) - 6)
    return np.where(kind == 0, 0.0, np.where(kind == 1, -size, size))


@cache
def steps() -> Floats:
    """Relative steps 2^0 … 2^-40."""
    return np.ldexp(1.0, -_up_to(40, 0, 16))


@cache
def deltas() -> Floats:
    """Levels δ: half of them spread over (0, 1), the others as near as 2^-40 to one of its ends."""
    kind = _field(0, 2)
    tiny = np.ldexp(0.5, -_up_to(39, 2, 14))
    middle = (_field(8, 8) + 0.5) / 256
    return np.where(kind == 0, tiny, np.where(kind == 1, 1 - tiny, middle))
