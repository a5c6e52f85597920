"""What a floating-point format asks of compiled heads: how large scores must be, how far it goes.

A head reads "some visible key is true" from the attention F on true keys. Its score scale is the
least by the theorem `compile` for N visible keys: F ≥ 1 − δ. The feed-forward step after it gives
exactly 1 from ½ on, so δ is what rounding leaves: the computed F is at least (1 − δ)(1 − ρ), and
that has to be ½. Scores are 0 or the scale, both exact, and without a true key every value is 0 and
so is F, exactly.

1 − ρ: numerator and denominator are sums of N terms, each weight has the error of one exponential,
those of false keys a second one (when the running maximum is found to be larger), and the quotient
is a reciprocal and a product: 2N + 6·20 + 2 factors (1 + θ)^±1, |θ| ≤ u, all in the format in which
`attend` sums (float32 for bfloat16). Weights and the result may be rounded once more to the inputs'
own format.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch

from locality.kernels.fused import ULPS_OF_EXP
from locality.kernels.operands import accumulator, gamma
from locality.theory.core.errors import InputError

FORMATS = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16}
READ = 0.5
FIXED = 6 * ULPS_OF_EXP + 2


def format_of(dtype: torch.dtype | str) -> torch.dtype:
    """A format by its name or as torch has it; InputError for another."""
    for name, known in FORMATS.items():
        if dtype in (name, known):
            return known
    raise InputError(f"dtype = {dtype}: expected one of {', '.join(FORMATS)}")


def name_of(dtype: torch.dtype) -> str:
    """float64, float32 or bfloat16."""
    return next(name for name, known in FORMATS.items() if dtype == known)


def unit(dtype: torch.dtype) -> float:
    """u: the relative error of rounding once, at most."""
    return torch.finfo(dtype).eps / 2


def certified(dtype: torch.dtype) -> int:
    """The most visible keys N for which some share 1 − δ < 1 is enough."""
    summed = unit(accumulator(dtype))
    allowed = 1 - READ / (1 - unit(dtype)) ** 2  # γ_K must be below it
    factors = allowed / (1 + allowed) / summed
    return int((factors - FIXED) / 2) - 1


def counted(dtype: torch.dtype) -> int:
    """Up to where every count is exact in the format in which `attend` sums."""
    return round(1 / unit(accumulator(dtype)))


def share(dtype: torch.dtype, keys: int) -> float:
    """1 − δ: the attention on one true key among N that is read as 1 after all rounding.

    For N up to `certified`; beyond it is more than all attention, or nothing that can be had.
    """
    lost = gamma(2 * keys + FIXED, unit(accumulator(dtype)))
    return READ / ((1 - lost) * (1 - unit(dtype)) ** 2)


def attention(dtype: torch.dtype, keys: int | None) -> float:
    """The least attention on a true key, at `scale`: all where it is alone or false keys underflow.

    None for any number of keys.
    """
    if keys is None or keys <= 1 or keys > certified(dtype):
        return 1.0
    return share(dtype, keys)


def underflow(dtype: torch.dtype) -> float:
    """A whole scale at which e^−scale is 0: true keys weigh 1, false ones nothing, at any length.

    e^−x rounds to 0 below half the least positive number of the format in which `attend` sums.
    """
    tiny = torch.finfo(accumulator(dtype)).smallest_normal * 2 * unit(accumulator(dtype))
    return float(math.ceil(math.log(2) - math.log(tiny)))


@lru_cache(maxsize=1024)
def scale(dtype: torch.dtype, keys: int | None) -> float:
    """The score of a true key over a false one for N visible keys; None for any number.

    InputError where the count of true keys is not exact.
    """
    from locality.theory import theorem

    if keys is not None and keys > counted(dtype):
        raise InputError(
            f"length {keys} in {name_of(dtype)}: expected at most {counted(dtype)}, beyond which "
            "counts of true keys are rounded"
        )
    if keys is None or keys > certified(dtype):
        return underflow(dtype)
    if keys <= 1:
        return 0.0  # one visible key has all the attention
    delta = 1 - share(dtype, keys)
    needed = theorem("compile").solve("margin", n=keys, delta=delta, temperature=1)
    return _up(needed.value or 0.0, dtype)


def _up(value: float, dtype: torch.dtype) -> float:
    """The least number of the format above the value."""
    near = torch.tensor(value, dtype=dtype)
    above = torch.nextafter(near, torch.tensor(math.inf, dtype=dtype))
    return (near if near.double() > value else above).item()


def longest(dtype: torch.dtype, length: int | None) -> int:
    """The longest words that a model compiled for this length is exact on."""
    return counted(dtype) if length is None else length
