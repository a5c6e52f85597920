"""One softmax row with a relevant block, as sums over two indexed families.

In units of the temperature the relevant scores are level + p[i], i = 1…m, and the others
level − x − q[j], j = 1…c, with p, q ≥ 0: every row whose margin is at least x·τ is of this form.
"""

from __future__ import annotations

import sympy as sp

from locality.theory.core.symbols import (
    ahead,
    behind,
    c,
    i,
    j,
    level,
    m,
    normaliser,
    p,
    q,
    total,
    x,
)
from locality.theory.core.theorem import Assumption

RELEVANT = (i, 1, m)
OTHERS = (j, 1, c)

relevant_score = level + p[i]
other_score = level - x - q[j]
relevant_weight = sp.exp(relevant_score)
other_weight = sp.exp(other_score)

AGGREGATES = {
    ahead: sp.Sum(relevant_weight, RELEVANT),
    behind: sp.Sum(other_weight, OTHERS),
    total: ahead + behind,
    normaliser: m + c * sp.exp(-x),
}

LOG_ODDS = sp.log(c / m) - x
LEAKAGE = behind / total
ENTROPY = (
    sp.log(total)
    - (
        sp.Sum(relevant_weight * relevant_score, RELEVANT)
        + sp.Sum(other_weight * other_score, OTHERS)
    )
    / total
)
TWO_LEVEL = {p: 0, q: 0}

SIZES = Assumption("sizes", "$m \\ge 1$ relevant and $c \\ge 1$ other visible keys")
TEMPERATURE = Assumption("temperature", "$\\tau > 0$")
MARGIN = Assumption("margin", "every relevant score exceeds every other by at least $\\Delta$")
NONNEGATIVE = Assumption("nonnegative", "$\\Delta \\ge 0$")
