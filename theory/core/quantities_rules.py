"""The quantities of Part I, rules: a block of rule keys; answers that are tried and rejected."""

from __future__ import annotations

from locality.theory.core.quantity import below_one, finite, open_unit, quantity, whole

rule_mean = quantity(
    "rule_mean",
    r"\mu_r",
    "mean value of a block of rule keys under the attention to the block alone",
    "value",
    "any finite real",
    finite,
    real=True,
)
old_output = quantity(
    "old_output",
    "o",
    "attention output over the keys that were there before the rule",
    "value",
    "any finite real",
    finite,
    real=True,
)
good = quantity(
    "good",
    "a",
    "probability that a generator's answer is good",
    "1",
    "0 < a < 1",
    open_unit,
    positive=True,
)
accept_bad = quantity(
    "accept_bad",
    r"\beta",
    "probability that a verifier accepts a bad answer",
    "1",
    "0 ≤ β < 1",
    below_one,
    nonnegative=True,
)
reject_good = quantity(
    "reject_good",
    r"\gamma",
    "probability that a verifier rejects a good answer",
    "1",
    "0 ≤ γ < 1",
    below_one,
    nonnegative=True,
)
tries = quantity(
    "tries",
    "K",
    "answers that are tried before refusing",
    "answers",
    "a whole number K ≥ 1",
    whole,
    integer=True,
    positive=True,
)
