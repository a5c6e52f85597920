"""Evaluating a bound: which names are accepted, what is checked, and how precise the answer is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import flint
import numpy as np
import sympy as sp

from locality.theory.core.errors import InputError
from locality.theory.core.functions import odds, sigmoid, softplus
from locality.theory.core.numbers import (
    BALLS,
    NumberSystem,
    ball,
    certified,
    is_nan,
    nearest_float,
    system_for,
)
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import QUANTITIES

if TYPE_CHECKING:
    from locality.theory.core.theorem import Claim

# name wanted -> the names it can be made from, and how
_MADE_FROM = {
    "x": (("margin", "temperature"), lambda v: v["margin"] / v["temperature"]),
    "c": (("n", "m"), lambda v: v["n"] - v["m"]),
    "m": (("n", "c"), lambda v: v["n"] - v["c"]),
}


def accepted(wanted: Iterable[str], given: Mapping[str, Any]) -> None:
    """Refuse unknown, missing and doubly given names, each in one line."""
    wanted = tuple(wanted)
    used: set[str] = set()
    for name in wanted:
        sources = _MADE_FROM.get(name, ((), None))[0]
        if name in given:
            used.add(name)
        elif sources and all(s in given for s in sources):
            used.update(sources)
        else:
            instead = f" or {' and '.join(sources)}" if sources else ""
            raise InputError(f"{name} is missing: expected {name}{instead}")
    extra = [name for name in given if name not in used]
    if extra:
        raise InputError(f"unknown or unneeded input {extra[0]!r}: expected {', '.join(wanted)}")


def check_domain(given: Mapping[str, Any], narrower: Mapping[str, Any] | None = None) -> None:
    """InputError where a value lies outside its quantity's domain; NaN lies outside all."""
    for name, value in given.items():
        known = QUANTITIES[name]
        tests = [(known.domain, known.inside)]
        if narrower and name in narrower:
            tests.append(narrower[name])
        for text, inside in tests:
            answer = inside(value)
            if is_nan(value) or not bool(answer if isinstance(answer, bool) else answer.all()):
                raise InputError(f"{name} = {_shown(value)}: expected {text}")


def complete(wanted: Iterable[str], values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with the wanted names made from the given ones."""
    result = dict(values)
    for name in wanted:
        if name not in result:
            result[name] = _MADE_FROM[name][1](result)
    return result


def _shown(value: Any) -> str:
    text = repr(value).replace("\n", " ")
    return text if len(text) <= 60 else text[:57] + "…"


def _check_made(wanted: Iterable[str], given: Mapping[str, Any], claim: Claim) -> None:
    check_domain(given, claim.domain)
    made = complete(wanted, given)
    fresh = {name: made[name] for name in wanted if name not in given}
    check_domain(fresh, claim.domain)


def log_form(expr: sp.Expr) -> sp.Expr:
    """ln(expr) without the underflow of first taking expr, where its structure allows."""
    if isinstance(expr, sigmoid):
        return -softplus(-expr.args[0])
    if isinstance(expr, odds):
        return expr.args[0]
    if isinstance(expr, sp.Mul) and all(f.is_positive for f in expr.args):
        return sp.Add(*[log_form(f) for f in expr.args])
    return sp.log(expr)


def _scalar(claim: Claim, given: Mapping[str, Any], log: bool) -> float:
    def value() -> flint.arb:
        values = complete(claim.inputs, {k: ball(v) for k, v in given.items()})
        return ball(evaluate(claim.rhs, values, BALLS))

    if not log:
        return nearest_float(certified(value))
    if certified(value) == 0:
        return -math.inf
    return nearest_float(certified(lambda: value().log()))


def _elementwise(claim: Claim, given: Mapping[str, Any], log: bool, system: NumberSystem) -> Any:
    values = complete(claim.inputs, {k: system.coerce(v) for k, v in given.items()})
    expr = log_form(claim.rhs) if log else claim.rhs
    with np.errstate(all="ignore"):
        return evaluate(expr, values, system.functions)


def bound(claim: Claim, given: Mapping[str, Any], *, log: bool = False) -> Any:
    """The claim's right-hand side at the given inputs; see `Theorem.bound`."""
    accepted(claim.inputs, given)
    system = system_for(given)
    if system is not None:
        given = {k: system.coerce(v) for k, v in given.items()}
    _check_made(claim.inputs, given, claim)
    return _scalar(claim, given, log) if system is None else _elementwise(claim, given, log, system)
