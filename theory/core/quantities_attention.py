"""The quantities of Part IV: passes over sets of keys, certificates and rounding."""

from __future__ import annotations

from locality.theory.core.quantity import closed_unit, finite, nonnegative, quantity

lse = quantity(
    "lse",
    r"\operatorname{lse}",
    "logarithm of the summed weights exp(s/τ) of all visible keys",
    "1",
    "any finite real",
    finite,
    real=True,
)
lse_relevant = quantity(
    "lse_relevant",
    r"\operatorname{lse}_R",
    "the same over the relevant keys",
    "1",
    "any finite real",
    finite,
    real=True,
)
lse_rest = quantity(
    "lse_rest",
    r"\operatorname{lse}_C",
    "the same over the other visible keys",
    "1",
    "any finite real",
    finite,
    real=True,
)

centre_score = quantity(
    "centre_score",
    r"\langle q,c\rangle",
    "score of the query against the centre of a block of keys",
    "score",
    "any finite real",
    finite,
    real=True,
)
radius = quantity(
    "radius",
    r"\rho",
    "distance from a block's centre that no key of it exceeds",
    "√score",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
log_upper = quantity(
    "log_upper",
    r"\ln U",
    "logarithm of what the skipped keys can weigh at most, scores over the temperature",
    "1",
    "any finite real",
    finite,
    real=True,
)
log_kept = quantity(
    "log_kept",
    r"\operatorname{lse}_K",
    "log-sum-exp of the kept keys' scores over the temperature",
    "1",
    "any finite real",
    finite,
    real=True,
)
mean_product = quantity(
    "mean_product",
    r"\langle q,\bar k\rangle",
    "query times the mean key, each key as scored, under the attention",
    "score",
    "any finite real",
    finite,
    real=True,
)
mean_bias = quantity(
    "mean_bias",
    r"\bar b",
    "mean of all additive score terms, such as the dial's, under the attention",
    "score",
    "any finite real",
    finite,
    real=True,
)
lse_first = quantity(
    "lse_first",
    r"\operatorname{lse}_1",
    "logarithm of the summed weights exp(s/τ) of a first set of keys",
    "1",
    "any finite real",
    finite,
    real=True,
)
lse_second = quantity(
    "lse_second",
    r"\operatorname{lse}_2",
    "the same of a second set, which shares no key with the first",
    "1",
    "any finite real",
    finite,
    real=True,
)
mean_first = quantity(
    "mean_first",
    r"\mu_1",
    "mean of a per-key quantity under the attention to the first set alone",
    "any",
    "any finite real",
    finite,
    real=True,
)
mean_second = quantity(
    "mean_second",
    r"\mu_2",
    "the same under the attention to the second set alone",
    "any",
    "any finite real",
    finite,
    real=True,
)

score_error = quantity(
    "score_error",
    "E",
    "largest error of a score over the temperature",
    "1",
    "E ≥ 0",
    nonnegative,
    nonnegative=True,
)
variation = quantity(
    "variation",
    r"\mathrm{TV}",
    "total variation between two attention distributions over the same keys",
    "1",
    "0 ≤ TV ≤ 1",
    closed_unit,
    nonnegative=True,
)
score_range = quantity(
    "score_range",
    r"\omega",
    "largest minus smallest score over the temperature, before or after a change",
    "1",
    "ω ≥ 0",
    nonnegative,
    nonnegative=True,
)
unit = quantity(
    "unit",
    "u",
    "unit roundoff: relative error of one operation, 2⁻²⁴ in float32",
    "1",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
function_error = quantity(
    "function_error",
    "v",
    "relative error of a computed exponential or logarithm",
    "1",
    "0 ≤ v ≤ 1",
    closed_unit,
    nonnegative=True,
)
sum_error = quantity(
    "sum_error",
    r"\gamma",
    "relative error of a sum of n nonnegative terms, nu/(1 − nu) in any order",
    "1",
    "0 ≤ γ ≤ 1",
    closed_unit,
    nonnegative=True,
)
log_error = quantity(
    "log_error",
    r"\Lambda",
    "error of the logarithm of a computed sum, before that of the logarithm itself",
    "1",
    "Λ ≥ 0",
    nonnegative,
    nonnegative=True,
)
underflow = quantity(
    "underflow",
    "t",
    "what an exponential may lose where it underflows",
    "1",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
spread = quantity(
    "spread",
    r"\varrho",
    "largest minus smallest computed score over the temperature",
    "1",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
largest = quantity(
    "largest",
    r"\lvert M\rvert",
    "absolute value of the largest computed score over the temperature",
    "1",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
