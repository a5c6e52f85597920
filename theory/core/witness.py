"""Witnesses: points where a bound is attained, and points where a dropped assumption breaks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import flint
import sympy as sp

from locality.theory.core.derivation import Decision, StepReport, once, value_at, vanishes
from locality.theory.core.printer import latex
from locality.theory.core.sums import Definitions, spell_out, substitute

Point = Mapping[str, Any]


@dataclass(frozen=True)
class Example:
    """A concrete row: exact scores in units of the score, relevant ones first."""

    relevant: tuple[Fraction | int, ...]
    others: tuple[Fraction | int, ...]
    temperature: Fraction | int = 1
    caption: str = ""


@dataclass(frozen=True)
class Attains:
    """The slack vanishes identically under a substitution: the bound cannot be improved."""

    text: str
    slack: sp.Expr
    at: Mapping[Any, Any]
    definitions: Definitions = field(default_factory=dict)
    example: Example | None = None

    @once
    def check(self) -> StepReport:
        there = substitute(spell_out(self.slack, self.definitions), self.at)
        ok, detail = vanishes(there, {})
        where = r",\; ".join(f"{latex(k)} = {latex(sp.sympify(v))}" for k, v in self.at.items())
        return StepReport(self.text, "sharpness witness", ok, detail, where)


@dataclass(frozen=True)
class Approaches:
    """measured/bound tends to 1 along a path: the bound cannot be improved by any factor."""

    text: str
    ratio: sp.Expr
    variable: sp.Symbol
    to: sp.Expr
    example: Example | None = None

    @once
    def check(self) -> StepReport:
        found = sp.limit(spell_out(self.ratio, {}), self.variable, self.to)
        formula = rf"\lim_{{{latex(self.variable)}\to {latex(self.to)}}} {latex(self.ratio)} = 1"
        return StepReport(self.text, "sharpness witness", bool(found == 1), f"{found}", formula)


@dataclass(frozen=True)
class Breaks:
    """A slack certified negative at a concrete point: the altered claim is false there."""

    text: str
    slack: sp.Expr
    at: Point
    definitions: Definitions = field(default_factory=dict)
    example: Example | None = None

    def value(self) -> flint.arb:
        """The ball of the altered claim's slack at the point."""
        return value_at(spell_out(self.slack, self.definitions), self.at)

    @once
    def check(self) -> StepReport:
        value = self.value()
        detail = f"slack {value.str(6, radius=False)} at the witness"
        point = r",\; ".join(rf"\mathtt{{{k}}} = {_shown(v)}" for k, v in self.at.items())
        return StepReport(self.text, "boundary witness", bool(value < 0), detail, point)


@dataclass(frozen=True)
class Shown:
    """A witness of a statement, decided by a finite computation: words, formulas or languages.

    As a boundary witness it shows that the statement with an assumption dropped is false.
    """

    text: str
    decide: Decision
    formula: str = ""
    example: Example | None = None

    @once
    def check(self) -> StepReport:
        ok, detail = self.decide()
        return StepReport(self.text, "witness", ok, detail, self.formula)


Witness = Attains | Approaches | Breaks | Shown


def _shown(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "(" + ", ".join(_shown(v) for v in value) + ")"
    return str(value).replace("_", r"\_")
