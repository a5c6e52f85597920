"""Number systems: the functions that a printed formula calls, for arrays, balls and more.

A number system is a dictionary from function names to routines. NumPy arrays and python-flint
balls live here; `register` adds others (`locality.kernels` adds torch's), so that theory never
imports them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import flint
import numpy as np

from locality.theory.core.errors import InputError

Functions = Mapping[str, Callable[..., Any]]


@dataclass(frozen=True)
class NumberSystem:
    """Functions by name, and which values they are for."""

    name: str
    matches: Callable[[Any], bool]
    functions: Functions
    coerce: Callable[[Any], Any]


# -- arrays ---------------------------------------------------------------------------------


def _array_sigmoid(t: Any) -> Any:
    small = np.exp(-np.abs(t))
    return np.where(np.asarray(t) >= 0, 1.0, small) / (1.0 + small)


def _array_decay_root(t: Any) -> Any:
    """Newton on x − ln(1 + x) = −ln t, started to the right of the root, where it descends."""
    depth = -np.log(t)
    guess = depth + np.sqrt(2.0 * depth)
    for _ in range(12):
        excess = guess - np.log1p(guess) - depth
        slope = np.where(guess > 0, guess / (1.0 + guess), 1.0)
        guess = np.maximum(guess - excess / slope, 0.0)
    return guess


# Σ −B₂ₖ t^(2k−1)/(2k−1)!, up to k = 8: where |t| ≤ ½ the next term is below 2⁻⁵⁸.
_TURNING = (
    (-1, 6), (1, 180), (-1, 5040), (1, 151200), (-1, 4790016), (691, 108972864000),
    (-1, 5337446400), (3617, 666913927680000),
)  # fmt: skip


def turning_share(t: Any, library: Any) -> Any:
    """(t + e^−t − 1)e^−t/(1 − e^−t)², by `library`'s arrays: a series near 0; f(−t) = 1 − f(t)."""
    near = library.abs(t) < 0.5
    size = library.where(near, 1.0, library.abs(t))
    drop = library.expm1(-size)
    far = (size + drop) * library.exp(-size) / (drop * drop)
    small = library.where(near, t, 0.0)
    series = 0.0
    for above, below in reversed(_TURNING):
        series = series * small * small + above / below
    return library.where(near, 0.5 + small * series, library.where(t < 0, 1 - far, far))


ARRAYS: Functions = {
    "log": np.log,
    "exp": np.exp,
    "odds": np.exp,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sigmoid": _array_sigmoid,
    "softplus": lambda t: np.logaddexp(0.0, t),
    "fall": lambda t: -np.expm1(-np.asarray(t)),
    "logit": lambda t: np.log(t) - np.log1p(-np.asarray(t)),
    "decay_root": _array_decay_root,
    "turning_share": lambda t: turning_share(np.asarray(t), np),
    "ramp": lambda t: np.maximum(t, 0.0),
    "abs": np.abs,
    "ratio": lambda num, den: num / den,
    "pi": lambda: math.pi,
}

# -- balls ----------------------------------------------------------------------------------


def ball(value: Any) -> flint.arb:
    """The exact ball of an int, float, Fraction, SymPy rational, NumPy scalar or ball."""
    if isinstance(value, flint.arb):
        return value
    if hasattr(value, "p") and hasattr(value, "q"):
        return flint.arb(int(value.p)) / int(value.q)
    if isinstance(value, Fraction):
        return flint.arb(value.numerator) / value.denominator
    if isinstance(value, (int, np.integer)):
        return flint.arb(int(value))
    return flint.arb(float(value))


def _ball_sigmoid(t: flint.arb) -> flint.arb:
    return 1 / (1 + (-t).exp())


def _ball_decay_root(t: flint.arb) -> flint.arb:
    return -1 - (-t / flint.arb(1).exp()).lambertw(-1)


def _ball_turning_share(t: flint.arb) -> flint.arb:
    drop = (-t).expm1()
    return (t + drop) * (-t).exp() / (drop * drop)


BALLS: Functions = {
    "log": lambda t: ball(t).log(),
    "exp": lambda t: ball(t).exp(),
    "odds": lambda t: ball(t).exp(),
    "sqrt": lambda t: ball(t).sqrt(),
    "tanh": lambda t: ball(t).tanh(),
    "sigmoid": lambda t: _ball_sigmoid(ball(t)),
    "softplus": lambda t: ball(t).exp().log1p(),
    "fall": lambda t: -(-ball(t)).expm1(),
    "logit": lambda t: (ball(t) / (1 - ball(t))).log(),
    "decay_root": lambda t: _ball_decay_root(ball(t)),
    "turning_share": lambda t: _ball_turning_share(ball(t)),
    "ramp": lambda t: ball(t).nonnegative_part(),
    "abs": abs,
    "ratio": lambda num, den: flint.arb(num) / den,
    "pi": flint.arb.pi,
}


@contextmanager
def precision(bits: int) -> Iterator[None]:
    """Set the global ball precision and give the old one back."""
    before = flint.ctx.prec
    flint.ctx.prec = bits
    try:
        yield
    finally:
        flint.ctx.prec = before


def certified(
    evaluate: Callable[[], flint.arb], relative_bits: int = 60, cap: int = 1 << 16
) -> flint.arb:
    """Evaluate with growing precision until the ball's relative radius is ≤ 2^−relative_bits."""
    bits = 128
    while True:
        with precision(bits):
            value = evaluate()
            if value.is_exact() or value.rel_accuracy_bits() >= relative_bits or bits >= cap:
                return value
        bits *= 2


def nearest_float(value: flint.arb) -> float:
    """The float nearest to the ball's centre; overflow gives ±inf, NaN stays NaN."""
    with precision(128):
        return float(value.mid())


# -- choosing -------------------------------------------------------------------------------


def _is_scalar(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating, Fraction)) or hasattr(value, "p")


_SYSTEMS: list[NumberSystem] = [
    NumberSystem("balls", lambda v: isinstance(v, flint.arb), BALLS, ball),
    NumberSystem(
        "arrays", lambda v: isinstance(v, np.ndarray), ARRAYS, lambda v: np.asarray(v, np.float64)
    ),
]


def register(system: NumberSystem) -> None:
    """Add a number system; the last one registered that matches a value wins."""
    _SYSTEMS[:] = [system, *(known for known in _SYSTEMS if known.name != system.name)]


def system_for(values: Mapping[str, Any]) -> NumberSystem | None:
    """The number system of the inputs, or None where all are plain scalars."""
    rest = {name: v for name, v in values.items() if not _is_scalar(v)}
    for system in _SYSTEMS:
        if any(system.matches(v) for v in rest.values()):
            return system
    for name, v in rest.items():
        hint = (
            " (torch tensors need `import locality.kernels` first)"
            if type(v).__module__.startswith("torch")
            else ""
        )
        raise InputError(
            f"{name} = {v!r}: expected a number, a NumPy array or a registered tensor{hint}"
        )
    return None


def is_nan(value: Any) -> bool:
    """Whether a scalar is NaN."""
    return isinstance(value, (float, np.floating)) and math.isnan(value)
