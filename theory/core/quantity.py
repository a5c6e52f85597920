"""What a public quantity is, the registry of all of them, and where one may lie.

The domains receive a number, a ball, an array or a tensor and answer elementwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flint
import sympy as sp


@dataclass(frozen=True)
class Quantity:
    """A public quantity: its symbol, how it is printed, what it means, and where it may lie.

    `inside` receives a number, an array or a tensor and answers elementwise; NaN is outside.
    """

    symbol: sp.Symbol
    latex: str
    meaning: str
    unit: str
    domain: str
    inside: Callable[[Any], Any]

    @property
    def name(self) -> str:
        return str(self.symbol.name)


QUANTITIES: dict[str, Quantity] = {}


def quantity(
    name: str,
    latex: str,
    meaning: str,
    unit: str,
    domain: str,
    inside: Callable[[Any], Any],
    **assumptions: bool,
) -> sp.Symbol:
    """Register a quantity; its symbol, with these assumptions."""
    symbol = sp.Symbol(name, **assumptions)
    QUANTITIES[name] = Quantity(symbol, latex, meaning, unit, domain, inside)
    return symbol


def whole(v: Any) -> Any:
    """v ≥ 1 and whole."""
    if isinstance(v, flint.arb):
        return bool(v >= 1 and v.is_integer())
    return (v >= 1) & (v % 1 == 0)


def finite(v: Any) -> Any:
    """Neither infinite nor NaN."""
    return bool(v.is_finite()) if isinstance(v, flint.arb) else v - v == 0


def positive(v: Any) -> Any:
    """0 < v < ∞."""
    return finite(v) & (v > 0)


def nonnegative(v: Any) -> Any:
    """0 ≤ v < ∞."""
    return finite(v) & (v >= 0)


def open_unit(v: Any) -> Any:
    """0 < v < 1."""
    return (v > 0) & (v < 1)


def closed_unit(v: Any) -> Any:
    """0 ≤ v ≤ 1."""
    return (v >= 0) & (v <= 1)


def below_one(v: Any) -> Any:
    """0 ≤ v < 1."""
    return (v >= 0) & (v < 1)
