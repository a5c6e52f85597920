"""Small named functions with a sign that SymPy can see, each with its plain form.

SymPy cannot tell that e^t − 1 is nonnegative for t ≥ 0, nor evaluate ln(1 + e^L) without losing
digits. A name solves both: derivations read the sign off the name (`MONOTONE` says why it is
right, and every derivation that uses a name re-checks the reason), printers map the name to a
numerically stable routine, and `plain` gives the definition back for identities.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp


class Named(sp.Function):
    """A named function of one real argument; `form` is its definition."""

    nargs = 1
    form: Callable[[Any], Any]
    latex_name = ""

    def _eval_is_real(self) -> bool | None:
        return self.args[0].is_real

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        body = rf"{self.latex_name}\left({printer._print(self.args[0])}\right)"
        return body if exp is None else rf"{body}^{{{exp}}}"


class sigmoid(Named):
    """σ(L) = 1/(1 + e^−L), the probability with log-odds L."""

    form = staticmethod(lambda t: sp.exp(t) / (1 + sp.exp(t)))
    latex_name = r"\sigma"

    def _eval_is_positive(self) -> bool | None:
        return self.args[0].is_real


class softplus(Named):
    """ln(1 + e^L)."""

    form = staticmethod(lambda t: sp.log(1 + sp.exp(t)))
    latex_name = r"\operatorname{softplus}"

    def _eval_is_positive(self) -> bool | None:
        return self.args[0].is_real


class odds(Named):
    """e^L, the odds whose logarithm is L."""

    form = staticmethod(sp.exp)
    latex_name = r"\exp"

    def _eval_is_positive(self) -> bool | None:
        return self.args[0].is_real


class logit(Named):
    """ln(t/(1 − t)), the log-odds of a probability."""

    form = staticmethod(lambda t: sp.log(t) - sp.log(1 - t))
    latex_name = r"\operatorname{logit}"


class tanh(Named):
    """(e^{2t} − 1)/(e^{2t} + 1)."""

    form = staticmethod(lambda t: (sp.exp(2 * t) - 1) / (sp.exp(2 * t) + 1))
    latex_name = r"\tanh"

    def _eval_is_nonnegative(self) -> bool | None:
        return self.args[0].is_nonnegative


class ramp(Named):
    """max(t, 0)."""

    form = staticmethod(lambda t: (t + sp.Abs(t)) / 2)
    latex_name = r"\operatorname{ramp}"

    def _eval_is_nonnegative(self) -> bool | None:
        return self.args[0].is_real


class decay_root(Named):
    """The x ≥ 0 with (1 + x)e^−x = t, for 0 < t ≤ 1: −1 − W₋₁(−t/e)."""

    form = staticmethod(lambda t: -1 - sp.LambertW(-t / sp.E, -1))
    latex_name = r"\operatorname{decay\_root}"


class turning_share(Named):
    """(t + e^−t − 1)e^−t/(1 − e^−t)²: ½ − t/6 + … near 0, about te^−t for large t."""

    form = staticmethod(lambda t: (t + sp.exp(-t) - 1) * sp.exp(-t) / (1 - sp.exp(-t)) ** 2)
    latex_name = r"\operatorname{turning\_share}"

    def _eval_is_positive(self) -> bool | None:
        return True if self.args[0].is_positive else None


class _Gap(Named):
    """Nonnegative wherever its argument is in `where`."""

    where = "is_nonnegative"

    def _eval_is_nonnegative(self) -> bool | None:
        return getattr(self.args[0], self.where)

    def _eval_is_positive(self) -> bool | None:
        return True if self.where == "is_nonnegative" and self.args[0].is_positive else None


class rise(_Gap):
    """e^t − 1."""

    form = staticmethod(lambda t: sp.exp(t) - 1)
    latex_name = r"\operatorname{rise}"


class fall(_Gap):
    """1 − e^−t."""

    form = staticmethod(lambda t: 1 - sp.exp(-t))
    latex_name = r"\operatorname{fall}"


class gap_log(_Gap):
    """t − ln(1 + t)."""

    form = staticmethod(lambda t: t - sp.log(1 + t))
    latex_name = r"\operatorname{gap}_{\ln}"


class gap_square(_Gap):
    """ln(1 + t) − t + t²/2."""

    form = staticmethod(lambda t: sp.log(1 + t) - t + t**2 / 2)
    latex_name = r"\operatorname{gap}_{2}"


class gibbs(_Gap):
    """t ln t − t + 1, zero only at t = 1."""

    where = "is_positive"
    form = staticmethod(lambda t: t * sp.log(t) - t + 1)
    latex_name = r"\operatorname{gibbs}"


class gap_sinh(_Gap):
    """e^t − e^−t − 2t."""

    form = staticmethod(lambda t: sp.exp(t) - sp.exp(-t) - 2 * t)
    latex_name = r"\operatorname{gap}_{\sinh}"


@dataclass(frozen=True)
class Monotone:
    """Why a gap is nonnegative: it vanishes at `anchor` and its derivative is `slope`.

    `convex` is None where the slope is nonnegative on t ≥ anchor; else it is the second
    derivative, positive throughout, so that the anchor, where the slope vanishes, is the minimum.
    """

    anchor: int
    slope: Callable[[sp.Symbol], sp.Expr]
    convex: Callable[[sp.Symbol], sp.Expr] | None = None


MONOTONE: dict[type[_Gap], Monotone] = {
    rise: Monotone(0, sp.exp),
    fall: Monotone(0, lambda t: sp.exp(-t)),
    gap_log: Monotone(0, lambda t: t / (1 + t)),
    gap_square: Monotone(0, lambda t: t**2 / (1 + t)),
    gap_sinh: Monotone(0, lambda t: (sp.exp(t / 2) - sp.exp(-t / 2)) ** 2),
    gibbs: Monotone(1, sp.log, convex=lambda t: 1 / t),
}


def monotone_holds(name: type[_Gap]) -> bool:
    """Check the reason given in `MONOTONE` for one gap."""
    reason = MONOTONE[name]
    t = sp.Symbol("t", positive=True)
    form = name.form(t)
    vanishes = sp.simplify(form.subs(t, reason.anchor)) == 0
    slope = reason.slope(t)
    right_slope = sp.simplify(sp.diff(form, t) - slope) == 0
    if reason.convex is None:
        return bool(vanishes and right_slope and slope.is_nonnegative)
    second = reason.convex(t)
    minimum = slope.subs(t, reason.anchor) == 0 and second.is_positive
    return bool(
        vanishes and right_slope and minimum and sp.simplify(sp.diff(slope, t) - second) == 0
    )


def plain(expr: sp.Expr) -> sp.Expr:
    """`expr` with every named function replaced by its definition."""
    while expr.atoms(Named):
        expr = expr.replace(lambda e: isinstance(e, Named), lambda e: type(e).form(e.args[0]))
    return expr
