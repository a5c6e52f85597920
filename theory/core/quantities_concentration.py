"""The quantities of Part I's theorems on one softmax row and its dial."""

from __future__ import annotations

from locality.theory.core.quantity import (
    closed_unit,
    finite,
    nonnegative,
    open_unit,
    positive,
    quantity,
    whole,
)

m = quantity(
    "m", "m", "relevant keys", "keys", "a whole number m ≥ 1", whole, integer=True, positive=True
)
c = quantity(
    "c",
    "c",
    "other visible keys",
    "keys",
    "a whole number c ≥ 1",
    whole,
    integer=True,
    positive=True,
)
n = quantity(
    "n",
    "n",
    "visible keys, m + c",
    "keys",
    "a whole number n ≥ 1",
    whole,
    integer=True,
    positive=True,
)
x = quantity(
    "x",
    "x",
    "margin over temperature, Δ/τ",
    "1",
    "any finite real",
    finite,
    real=True,
)
margin = quantity(
    "margin",
    r"\Delta",
    "smallest relevant score minus largest other score",
    "score",
    "any finite real",
    finite,
    real=True,
)
temperature = quantity(
    "temperature", r"\tau", "softmax temperature", "score", "τ > 0", positive, positive=True
)
delta = quantity(
    "delta",
    r"\delta",
    "allowed leakage",
    "1",
    "0 < δ < 1",
    open_unit,
    positive=True,
)
eta = quantity(
    "eta", r"\eta", "allowed entropy above ln m", "nats", "η > 0", positive, positive=True
)
dial = quantity(
    "dial",
    r"\lambda",
    "the locality dial: what every score outside R is lowered by",
    "score",
    "any finite real",
    finite,
    real=True,
)
fidelity = quantity(
    "fidelity",
    "F",
    "attention on the relevant keys at dial 0 or at the dial named",
    "1",
    "0 < F < 1",
    open_unit,
    positive=True,
)
leakage = quantity(
    "leakage",
    r"\varepsilon",
    "attention outside the relevant keys",
    "1",
    "0 ≤ ε ≤ 1",
    closed_unit,
    nonnegative=True,
)
diameter = quantity(
    "diameter",
    "D",
    "largest distance between a relevant and another value vector",
    "value",
    "D ≥ 0",
    nonnegative,
    nonnegative=True,
)
turning_point = quantity(
    "turning_point",
    r"\lambda^\circ",
    "mean score outside R minus mean score inside R",
    "score",
    "any finite real",
    finite,
    real=True,
)
variance = quantity(
    "variance",
    r"\operatorname{Var}_p(s)",
    "variance of the scores under the attention",
    "score²",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
step = quantity(
    "step",
    r"|\lambda-\lambda'|",
    "distance between two dial settings",
    "score",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
query_norm = quantity(
    "query_norm",
    r"\lVert q\rVert",
    "length of a query vector",
    "√score",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
key_diameter = quantity(
    "key_diameter",
    r"\operatorname{diam}(K)",
    "largest distance between two key vectors",
    "√score",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
