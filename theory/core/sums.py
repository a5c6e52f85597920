"""A normal form for finite sums over two indexed families, enough to decide our identities.

SymPy's Sum knows neither that constants leave a sum, nor that Σ1 is its size, nor that two sums
are equal up to the name of the index. `is_zero` applies those rules, splits logarithms of
products, names every remaining sum, logarithm and exponential, and asks whether the rational
function that is left vanishes. Splitting logarithms assumes positive arguments; so a positive
answer counts only together with the ball check of the same identity (see `derivation`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import Any

import sympy as sp

from locality.theory.core.functions import plain

Definitions = Mapping[sp.Symbol, sp.Expr]


def substitute(expr: sp.Expr, values: Mapping[Any, Any]) -> sp.Expr:
    """Replace symbols, and whole indexed families by a value or by another family."""

    def member(entry: sp.Indexed) -> sp.Expr:
        value = values[entry.base]
        return value[entry.indices] if isinstance(value, sp.IndexedBase) else sp.sympify(value)

    families = expr.replace(lambda e: isinstance(e, sp.Indexed) and e.base in values, member)
    return families.subs({k: v for k, v in values.items() if not isinstance(k, sp.IndexedBase)})


def spell_out(expr: sp.Expr, definitions: Definitions) -> sp.Expr:
    """Replace aggregates and named functions by their definitions, and carry out derivatives."""
    expr = expr.replace(
        lambda e: isinstance(e, sp.Derivative),
        lambda e: sp.diff(spell_out(e.expr, definitions), *e.variables),
    )
    while any(expr.has(name) for name in definitions):
        expr = expr.subs(dict(definitions))
    return plain(expr)


def _split_log(argument: sp.Expr) -> sp.Expr:
    parts = []
    for factor in sp.Mul.make_args(argument):
        base, power = factor.as_base_exp()
        if isinstance(factor, sp.exp):
            parts.append(factor.args[0])
        elif isinstance(base, sp.Add):
            # over one denominator, common factor outside: each sum of weights gets one form
            inner = sp.factor_terms(sp.together(_normal(base)))
            whole = sp.log(inner) if isinstance(inner, sp.Add) else _split_log(inner)
            parts.append(power * whole)
        else:
            parts.append(power * sp.log(_normal(base)))
    return sp.Add(*parts)


def _sum_over(function: sp.Expr, limit: sp.Tuple) -> sp.Expr:
    index, low, high = limit
    inner = _normal(function)
    constants = {
        part: sp.Dummy(positive=True)
        for part in inner.atoms(sp.Pow, sp.Sum)
        if (isinstance(part, sp.Sum) or isinstance(part.base, sp.Add)) and not part.has(index)
    }  # expanding would multiply out denominators, and split exponentials, that leave the sum
    result = sp.Integer(0)
    for summand in sp.Add.make_args(sp.expand(inner.xreplace(constants))):
        outside, inside = summand.as_independent(index, as_Add=False)
        depth = len(inside.atoms(sp.Sum))  # a sum within a sum keeps its own index
        canonical = sp.Symbol(f"index{depth}", integer=True, positive=True)
        kept = sp.powsimp(inside, combine="exp").subs(index, canonical)
        size = high - low + 1
        result += outside * (size if inside == 1 else sp.Sum(kept, (canonical, low, high)))
    return result.xreplace({name: part for part, name in constants.items()})


def _normal(expr: sp.Expr) -> sp.Expr:
    if isinstance(expr, sp.Sum):
        return reduce(_sum_over, expr.limits, expr.function)
    if isinstance(expr, sp.log):
        return _split_log(expr.args[0])
    if isinstance(expr, sp.exp):
        return sp.Mul(*[sp.exp(part) for part in sp.Add.make_args(sp.expand(expr.args[0]))])
    if not expr.args or isinstance(expr, sp.Indexed):
        return expr
    return expr.func(*[_normal(argument) for argument in expr.args])


def _atoms_named(expr: sp.Expr) -> sp.Expr:
    """Name sums first (they hide exponentials), then logarithms, then exponentials e^{r·t}."""
    for kind in (sp.log, sp.Sum):
        found = sorted(expr.atoms(kind), key=sp.default_sort_key)
        expr = expr.xreplace({atom: sp.Dummy(positive=True) for atom in found})
    powers: dict[sp.Expr, sp.Dummy] = {}
    replaced = {}
    for atom in sorted(expr.atoms(sp.exp), key=sp.default_sort_key):
        ratio, direction = atom.args[0].as_coeff_Mul()
        name = powers.setdefault(direction, sp.Dummy(positive=True))
        replaced[atom] = name**ratio
    return expr.xreplace(replaced)


def is_zero(expr: sp.Expr, definitions: Definitions) -> bool:
    """Whether `expr` vanishes identically, by the rules of this module."""
    named = _atoms_named(_normal(spell_out(expr, definitions)))
    numerator, _ = sp.fraction(sp.together(named))
    return bool(sp.expand(numerator) == 0)
