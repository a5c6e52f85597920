"""The one registry of symbols: a name means the same symbol, with the same assumptions, everywhere.

Two SymPy symbols with one name but different assumptions are different symbols, and a
substitution of one for the other silently does nothing; so every module takes its symbols here.
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


def _quantity(
    name: str,
    latex: str,
    meaning: str,
    unit: str,
    domain: str,
    inside: Callable[[Any], Any],
    **assumptions: bool,
) -> sp.Symbol:
    symbol = sp.Symbol(name, **assumptions)
    QUANTITIES[name] = Quantity(symbol, latex, meaning, unit, domain, inside)
    return symbol


def _whole(v: Any) -> Any:
    if isinstance(v, flint.arb):
        return bool(v >= 1 and v.is_integer())
    return (v >= 1) & (v % 1 == 0)


def _finite(v: Any) -> Any:
    return bool(v.is_finite()) if isinstance(v, flint.arb) else v - v == 0


def _positive(v: Any) -> Any:
    return _finite(v) & (v > 0)


def _nonnegative(v: Any) -> Any:
    return _finite(v) & (v >= 0)


def _open_unit(v: Any) -> Any:
    return (v > 0) & (v < 1)


def _closed_unit(v: Any) -> Any:
    return (v >= 0) & (v <= 1)


m = _quantity(
    "m", "m", "relevant keys", "keys", "a whole number m ≥ 1", _whole, integer=True, positive=True
)
c = _quantity(
    "c",
    "c",
    "other visible keys",
    "keys",
    "a whole number c ≥ 1",
    _whole,
    integer=True,
    positive=True,
)
n = _quantity(
    "n",
    "n",
    "visible keys, m + c",
    "keys",
    "a whole number n ≥ 1",
    _whole,
    integer=True,
    positive=True,
)
x = _quantity(
    "x",
    "x",
    "margin over temperature, Δ/τ",
    "1",
    "any finite real",
    _finite,
    real=True,
)
margin = _quantity(
    "margin",
    r"\Delta",
    "smallest relevant score minus largest other score",
    "score",
    "any finite real",
    _finite,
    real=True,
)
temperature = _quantity(
    "temperature", r"\tau", "softmax temperature", "score", "τ > 0", _positive, positive=True
)
delta = _quantity(
    "delta",
    r"\delta",
    "allowed leakage",
    "1",
    "0 < δ < 1",
    _open_unit,
    positive=True,
)
eta = _quantity(
    "eta", r"\eta", "allowed entropy above ln m", "nats", "η > 0", _positive, positive=True
)
dial = _quantity(
    "dial",
    r"\lambda",
    "the locality dial: what every score outside R is lowered by",
    "score",
    "any finite real",
    _finite,
    real=True,
)
fidelity = _quantity(
    "fidelity",
    "F",
    "attention on the relevant keys at dial 0 or at the dial named",
    "1",
    "0 < F < 1",
    _open_unit,
    positive=True,
)
leakage = _quantity(
    "leakage",
    r"\varepsilon",
    "attention outside the relevant keys",
    "1",
    "0 ≤ ε ≤ 1",
    _closed_unit,
    nonnegative=True,
)
diameter = _quantity(
    "diameter",
    "D",
    "largest distance between a relevant and another value vector",
    "value",
    "D ≥ 0",
    _nonnegative,
    nonnegative=True,
)
turning_point = _quantity(
    "turning_point",
    r"\lambda^\circ",
    "mean score outside R minus mean score inside R",
    "score",
    "any finite real",
    _finite,
    real=True,
)
variance = _quantity(
    "variance",
    r"\operatorname{Var}_p(s)",
    "variance of the scores under the attention",
    "score²",
    "≥ 0",
    _nonnegative,
    nonnegative=True,
)
step = _quantity(
    "step",
    r"|\lambda-\lambda'|",
    "distance between two dial settings",
    "score",
    "≥ 0",
    _nonnegative,
    nonnegative=True,
)

query_norm = _quantity(
    "query_norm",
    r"\lVert q\rVert",
    "length of a query vector",
    "√score",
    "≥ 0",
    _nonnegative,
    nonnegative=True,
)
key_diameter = _quantity(
    "key_diameter",
    r"\operatorname{diam}(K)",
    "largest distance between two key vectors",
    "√score",
    "≥ 0",
    _nonnegative,
    nonnegative=True,
)
lse = _quantity(
    "lse",
    r"\operatorname{lse}",
    "logarithm of the summed weights exp(s/τ) of all visible keys",
    "1",
    "any finite real",
    _finite,
    real=True,
)
lse_relevant = _quantity(
    "lse_relevant",
    r"\operatorname{lse}_R",
    "the same over the relevant keys",
    "1",
    "any finite real",
    _finite,
    real=True,
)
lse_rest = _quantity(
    "lse_rest",
    r"\operatorname{lse}_C",
    "the same over the other visible keys",
    "1",
    "any finite real",
    _finite,
    real=True,
)

centre_score = _quantity(
    "centre_score",
    r"\langle q,c\rangle",
    "score of the query against the centre of a block of keys",
    "score",
    "any finite real",
    _finite,
    real=True,
)
radius = _quantity(
    "radius",
    r"\rho",
    "distance from a block's centre that no key of it exceeds",
    "√score",
    "≥ 0",
    _nonnegative,
    nonnegative=True,
)
log_upper = _quantity(
    "log_upper",
    r"\ln U",
    "logarithm of what the skipped keys can weigh at most, scores over the temperature",
    "1",
    "any finite real",
    _finite,
    real=True,
)
log_kept = _quantity(
    "log_kept",
    r"\operatorname{lse}_K",
    "log-sum-exp of the kept keys' scores over the temperature",
    "1",
    "any finite real",
    _finite,
    real=True,
)
mean_product = _quantity(
    "mean_product",
    r"\langle q,\bar k\rangle",
    "query times the mean key, each key as scored, under the attention",
    "score",
    "any finite real",
    _finite,
    real=True,
)
mean_bias = _quantity(
    "mean_bias",
    r"\bar b",
    "mean of all additive score terms, such as the dial's, under the attention",
    "score",
    "any finite real",
    _finite,
    real=True,
)
lse_first = _quantity(
    "lse_first",
    r"\operatorname{lse}_1",
    "logarithm of the summed weights exp(s/τ) of a first set of keys",
    "1",
    "any finite real",
    _finite,
    real=True,
)
lse_second = _quantity(
    "lse_second",
    r"\operatorname{lse}_2",
    "the same of a second set, which shares no key with the first",
    "1",
    "any finite real",
    _finite,
    real=True,
)
mean_first = _quantity(
    "mean_first",
    r"\mu_1",
    "mean of a per-key quantity under the attention to the first set alone",
    "any",
    "any finite real",
    _finite,
    real=True,
)
mean_second = _quantity(
    "mean_second",
    r"\mu_2",
    "the same under the attention to the second set alone",
    "any",
    "any finite real",
    _finite,
    real=True,
)

score_error = _quantity(
    "score_error",
    "E",
    "largest error of a score over the temperature",
    "1",
    "E ≥ 0",
    _nonnegative,
    nonnegative=True,
)
variation = _quantity(
    "variation",
    r"\mathrm{TV}",
    "total variation between two attention distributions over the same keys",
    "1",
    "0 ≤ TV ≤ 1",
    _closed_unit,
    nonnegative=True,
)
score_range = _quantity(
    "score_range",
    r"\omega",
    "largest minus smallest score over the temperature, before or after a change",
    "1",
    "ω ≥ 0",
    _nonnegative,
    nonnegative=True,
)
unit = _quantity(
    "unit",
    "u",
    "unit roundoff: relative error of one operation, 2⁻²⁴ in float32",
    "1",
    "≥ 0",
    _nonnegative,
    nonnegative=True,
)
function_error = _quantity(
    "function_error",
    "v",
    "relative error of a computed exponential or logarithm",
    "1",
    "0 ≤ v ≤ 1",
    _closed_unit,
    nonnegative=True,
)
sum_error = _quantity(
    "sum_error",
    r"\gamma",
    "relative error of a sum of n nonnegative terms, nu/(1 − nu) in any order",
    "1",
    "0 ≤ γ ≤ 1",
    _closed_unit,
    nonnegative=True,
)
log_error = _quantity(
    "log_error",
    r"\Lambda",
    "error of the logarithm of a computed sum, before that of the logarithm itself",
    "1",
    "Λ ≥ 0",
    _nonnegative,
    nonnegative=True,
)
underflow = _quantity(
    "underflow",
    "t",
    "what an exponential may lose where it underflows",
    "1",
    "≥ 0",
    _nonnegative,
    nonnegative=True,
)
spread = _quantity(
    "spread",
    r"\varrho",
    "largest minus smallest computed score over the temperature",
    "1",
    "≥ 0",
    _nonnegative,
    nonnegative=True,
)
largest = _quantity(
    "largest",
    r"\lvert M\rvert",
    "absolute value of the largest computed score over the temperature",
    "1",
    "≥ 0",
    _nonnegative,
    nonnegative=True,
)

# Derivations speak of one softmax row. Scores are counted in units of the temperature; the margin
# is encoded instead of assumed: relevant scores are level + p[i], the others level − x − q[j].
i = sp.Symbol("i", integer=True, positive=True)
j = sp.Symbol("j", integer=True, positive=True)
level = sp.Symbol("level", real=True)
p = sp.IndexedBase("p", nonnegative=True)
q = sp.IndexedBase("q", nonnegative=True)
ahead = sp.Symbol("ahead", positive=True)
behind = sp.Symbol("behind", positive=True)
total = sp.Symbol("total", positive=True)
normaliser = sp.Symbol("normaliser", positive=True)

LATEX_NAMES: dict[sp.Basic, str] = {entry.symbol: entry.latex for entry in QUANTITIES.values()} | {
    level: "a",
    ahead: "A",
    behind: "B",
    total: "Z",
    normaliser: "Z_0",
}
