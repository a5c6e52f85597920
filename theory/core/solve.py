"""Inverse forms: the condition on one quantity that a theorem demands, all sign cases decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import flint
import sympy as sp

from locality.theory.core.bounds import accepted, check_domain, complete
from locality.theory.core.errors import InputError
from locality.theory.core.numbers import ball, certified, nearest_float, precision, system_for
from locality.theory.core.printer import in_balls

Solver = Callable[[Mapping[str, Any]], "Solution"]


@dataclass(frozen=True)
class Solution:
    """`solved_for` `relation` `value`; relation "any" or "none" comes without a value."""

    solved_for: str
    relation: str
    value: float | None
    formula: str
    case: str


@dataclass(frozen=True)
class Root:
    """The zero of an expression that decreases in `variable` from a positive value at 0."""

    excess: sp.Expr
    variable: sp.Symbol

    def value(self, values: Mapping[str, Any]) -> float:
        """The least float at which the excess is certified not positive, by bisection."""

        def positive(at: float) -> bool:
            return bool(in_balls(self.excess, {**values, self.variable.name: at}) > 0)

        low, high = 0.0, 1.0
        while positive(high):
            low, high = high, 2 * high
        while low < (middle := (low + high) / 2) < high:
            low, high = (middle, high) if positive(middle) else (low, middle)
        return high


@dataclass(frozen=True)
class Case:
    """When all of `when` hold (relations between exact expressions), the answer is this one."""

    when: tuple[sp.Rel, ...]
    relation: str
    value: sp.Expr | Root | None
    text: str
    whole: str = ""  # "up" or "down" for a count


def _difference(relation: sp.Rel, values: Mapping[str, Any]) -> flint.arb:
    return in_balls(relation.gts - relation.lts, values)


def decided(relation: sp.Rel, values: Mapping[str, Any]) -> bool:
    """A strict or weak inequality at exact values; a tie that no precision separates is a tie."""
    strict = isinstance(relation, sp.StrictGreaterThan | sp.StrictLessThan)
    for bits in (128, 1024, 8192):
        with precision(bits):
            gap = _difference(relation, {k: ball(v) for k, v in values.items()})
            if gap > 0:
                return True
            if gap < 0:
                return False
            if gap == 0:
                break
    return not strict


def _value(expr: sp.Expr, names: tuple[str, ...], given: Mapping[str, Any]) -> flint.arb:
    def once() -> flint.arb:
        return in_balls(expr, complete(names, {k: ball(v) for k, v in given.items()}))

    return certified(once)


def _rounded(value: flint.arb, whole: str) -> float:
    if not whole:
        return nearest_float(value)
    exact = value.ceil() if whole == "up" else value.floor()
    return nearest_float(exact)


@dataclass(frozen=True)
class Cases:
    """Solve by the first case whose conditions hold."""

    name: str
    inputs: tuple[str, ...]
    cases: tuple[Case, ...]

    def __call__(self, given: Mapping[str, Any]) -> Solution:
        if system_for(given) is not None:
            raise InputError(f"solving for {self.name} takes plain numbers, not arrays")
        accepted(self.inputs, given)
        check_domain(given)
        with precision(512):  # floats divide inexactly; conditions are decided far beyond that
            values = complete(self.inputs, {k: ball(v) for k, v in given.items()})
        for case in self.cases:
            if all(decided(relation, values) for relation in case.when):
                return self._answer(case, given)
        raise InputError(f"no case of {self.name} covers these inputs")

    def _answer(self, case: Case, given: Mapping[str, Any]) -> Solution:
        if case.value is None:
            return Solution(self.name, case.relation, None, "", case.text)
        if isinstance(case.value, Root):
            with precision(256):
                root = case.value.value({k: ball(v) for k, v in given.items()})
            return Solution(self.name, case.relation, root, f"{case.value.excess} = 0", case.text)
        value = _rounded(_value(case.value, self.inputs, given), case.whole)
        return Solution(self.name, case.relation, value, str(case.value), case.text)
