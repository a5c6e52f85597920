"""Claims on a scale without cancellation, by rewriting their printed formula.

The campaign compares log-odds instead of probabilities near 0 or 1, and excesses over a base
instead of entropies. The rewriting acts on the theorem's own expression, so that no formula is
typed again.
"""

from __future__ import annotations

import sympy as sp

from locality.theory.core.functions import logit, sigmoid
from locality.theory.core.symbols import delta, fidelity

fidelity_logit = sp.Symbol("fidelity_logit", real=True)
delta_logit = sp.Symbol("delta_logit", real=True)

_MEASURED = {
    logit(fidelity): fidelity_logit,
    logit(delta): delta_logit,
    logit(1 - delta): -delta_logit,
}


def measured(expr: sp.Expr) -> sp.Expr:
    """`expr` with log-odds of measured probabilities as symbols of their own."""
    return expr.xreplace(_MEASURED)


def log_odds(bound: sp.Expr) -> sp.Expr:
    """The log-odds of a bound on a probability; TypeError if it is not printed as σ(…)."""
    if not isinstance(bound, sigmoid):
        raise TypeError(f"{bound}: expected sigmoid of log-odds")
    return measured(bound.args[0])
