"""One printer from a SymPy claim to every number system and to LaTeX; Rocq's is in `rocq`.

A claim is translated once to Python source whose only names are its symbols and the functions of
a number system. Rationals stay exact (`ratio(1, 3)`), floats are refused, a Sum becomes `total`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, reduce
from operator import mul
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter

from locality.theory.core.functions import Named
from locality.theory.core.numbers import ARRAYS, BALLS, Functions
from locality.theory.core.symbols import LATEX_NAMES


def numerator_and_denominator(expr: sp.Mul) -> tuple[list[sp.Expr], list[sp.Expr]]:
    """The factors of a product above and below the line, a coefficient other than 1 first."""
    coefficient, rest = expr.as_coeff_mul()
    below = [f for f in rest if isinstance(f, sp.Pow) and f.exp.is_negative]
    above = [f for f in rest if f not in below]
    if coefficient != 1 or not above:
        above.insert(0, coefficient)
    return above, [1 / factor for factor in below]


def _product(expr: sp.Mul) -> str:
    above, below = numerator_and_denominator(expr)
    return "(" + "*".join(map(source, above)) + "".join(f"/{source(f)}" for f in below) + ")"


def _power(expr: sp.Pow) -> str:
    base, exponent = expr.args
    if exponent == sp.Rational(1, 2):
        return f"sqrt({source(base)})"
    if not exponent.is_Integer:
        raise TypeError(f"no printed form for the power {expr}")
    return f"power({source(base)}, {int(exponent)})" if exponent > 0 else f"(1/{source(1 / expr)})"


def _sum(expr: sp.Sum) -> str:
    text = source(expr.function)
    for index, low, high in expr.limits:
        text = f"total(lambda {index}: {text}, int({source(low)}), int({source(high)}))"
    return text


def source(expr: sp.Expr) -> str:
    """Python source of `expr`; TypeError where it holds a float or an unknown node."""
    for kind, form in _FORMS.items():
        if isinstance(expr, kind):
            return form(expr)
    raise TypeError(f"no printed form for {type(expr).__name__}: {expr}")


_FORMS: dict[type, Callable[[Any], str]] = {
    sp.Symbol: lambda expr: str(expr.name),
    sp.Integer: lambda expr: f"({int(expr)})" if expr < 0 else str(int(expr)),
    sp.Rational: lambda expr: f"ratio({expr.p}, {expr.q})",
    sp.Indexed: lambda expr: f"{expr.base}[int({source(expr.indices[0])}) - 1]",
    sp.Add: lambda expr: "(" + " + ".join(map(source, expr.args)) + ")",
    sp.Mul: _product,
    sp.Pow: _power,
    sp.Sum: _sum,
    type(sp.E): lambda _: "exp(1)",
    type(sp.pi): lambda _: "pi()",
    sp.exp: lambda expr: f"exp({source(expr.args[0])})",
    sp.log: lambda expr: f"log({source(expr.args[0])})",
    sp.Abs: lambda expr: f"abs({source(expr.args[0])})",
    Named: lambda expr: f"{type(expr).__name__}({source(expr.args[0])})",
}


def total(term: Callable[[int], Any], low: int, high: int) -> Any:
    """Σ term(k) for k = low … high; the empty sum is 0."""
    return sum((term(k) for k in range(low, high + 1)), start=0)


def power(base: Any, exponent: int) -> Any:
    """base·base·…; a ball around 0 has no square by `**`, which goes through a logarithm."""
    return reduce(mul, [base] * exponent)


@cache
def _compiled(expr: sp.Expr) -> Any:
    return compile(source(expr), f"<{expr}>", "eval")


def evaluate(expr: sp.Expr, values: Mapping[str, Any], functions: Functions) -> Any:
    """The value of `expr` in one number system, `values` by symbol name."""
    scope = {"__builtins__": {"int": int}, "total": total, "power": power, **functions, **values}
    return eval(_compiled(expr), scope)  # our own source, no names but those given


def in_balls(expr: sp.Expr, values: Mapping[str, Any]) -> Any:
    """`expr` in python-flint balls at the current precision; values are balls or exact numbers."""
    return BALLS["ratio"](1, 1) * evaluate(expr, values, BALLS)


def in_arrays(expr: sp.Expr, values: Mapping[str, Any]) -> Any:
    """`expr` in float64 NumPy arithmetic."""
    return evaluate(expr, values, ARRAYS)


class _Latex(LatexPrinter):
    """LaTeX as a person writes it: ln for the natural logarithm, negative terms last."""

    def __init__(self) -> None:
        super().__init__({"symbol_names": LATEX_NAMES, "ln_notation": True})

    def _as_ordered_terms(self, expr: sp.Add, order: str | None = None) -> list[sp.Expr]:
        terms = super()._as_ordered_terms(expr, order)
        return sorted(terms, key=lambda term: bool(term.could_extract_minus_sign()))


def latex(expr: sp.Basic) -> str:
    """LaTeX with the field's letters (τ, Δ, λ…) for the registered symbols."""
    return str(_Latex().doprint(expr))
