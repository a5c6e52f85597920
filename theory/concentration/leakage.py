"""Leakage: the attention that escapes a block whose scores lead by a margin.

Statement  ε ≤ σ(ln(c/m) − x), x = Δ/τ, whenever min over R minus max over the others is at least Δ
Assumes    m ≥ 1 relevant and c ≥ 1 other visible keys, τ > 0; Δ of any sign
Sharp      equality exactly for two-level scores with gap Δ
Fails      if the margin is taken to the mean of the other scores
Source     localist
"""

import sympy as sp

from locality.theory.concentration.row import (
    AGGREGATES,
    LEAKAGE,
    LOG_ODDS,
    MARGIN,
    OTHERS,
    RELEVANT,
    SIZES,
    TEMPERATURE,
    TWO_LEVEL,
    other_weight,
)
from locality.theory.core.derivation import Aggregates, Decomposition, Derivation, Identity, Term
from locality.theory.core.functions import rise, sigmoid
from locality.theory.core.symbols import c, i, j, normaliser, p, q, total, x
from locality.theory.core.theorem import Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

BOUND = sigmoid(LOG_ODDS)
SLACK = BOUND - LEAKAGE
pairs = sp.Sum(sp.Sum(other_weight * rise(p[i] + q[j]), OTHERS), RELEVANT)
mean_gap = sp.Sum(q[j], OTHERS) / c

derivation = Derivation(
    (
        Aggregates("Weights inside and outside the block, and their sum", AGGREGATES),
        Identity(
            "The bound is the leakage of two-level scores", BOUND, c * sp.exp(-x) / normaliser
        ),
        Decomposition(
            "The slack is a sum over pairs of a relevant and another key",
            SLACK,
            (
                Term(
                    pairs / (normaliser * total),
                    "a relevant key weighs eˣ times another or more: a pair adds a rise ≥ 0",
                ),
            ),
            slack_latex=r"\varepsilon^*-\varepsilon",
        ),
    )
)

THEOREM = Theorem(
    id="leakage",
    tag="K7QD",
    title="Leakage out of a block that leads by a margin",
    statement=r"""Let $m \ge 1$ relevant and $c \ge 1$ other visible keys have scores whose margin,
the smallest relevant score minus the largest other one, is at least $\Delta$ (of any sign). At
temperature $\tau > 0$, with $x = \Delta/\tau$, the attention outside the block is at most
$$\varepsilon \;\le\; \varepsilon^*(m,c,x) = \sigma\!\left(\ln\tfrac{c}{m} - x\right),$$
with equality exactly when all relevant scores are equal, all others are equal, and the gap is
$\Delta$.""",
    intuition=r"""Every unit of margin (in temperatures) multiplies the odds of staying inside the
block by $e$; the block only has to pay once, in the odds $c/m$, for being outnumbered.""",
    proof=r"""Compare every relevant key with every other key. The relevant one has at least $e^{x}$
times the weight of the other. Summing over all $mc$ pairs, $c\,e^{-x}$ times the weight inside is
at least $m$ times the weight outside, which is the claim after division by the total weight. Each
pair contributes a nonnegative amount, and it contributes nothing only if its two scores differ by
exactly $\Delta$; so equality forces two-level scores.""",
    source=Source(
        "localist",
        "attention provably concentrates on semantically relevant blocks",
        verdict="more",
        truth="the margin is that of the least relevant score over the greatest other one, "
        "not over their mean",
    ),
    assumptions=(
        SIZES,
        TEMPERATURE,
        MARGIN,
    ),
    claims=(
        Claim(
            name="bound",
            direction="upper",
            lhs=LEAKAGE,
            lhs_latex=r"\varepsilon",
            rhs=BOUND,
            inputs=("m", "c", "x"),
            derivation=derivation,
            base=sp.Integer(0),
        ),
    ),
    sharp=Attains(
        "Two-level scores with gap exactly Δ attain the bound",
        SLACK,
        TWO_LEVEL,
        AGGREGATES,
        Example((2, 2), (0, 0, 0), caption="two relevant keys at 2, three others at 0"),
    ),
    boundary=Breaks(
        "With the margin to the mean of the other scores, one strong outsider breaks the bound",
        sigmoid(LOG_ODDS - mean_gap) - LEAKAGE,
        {"m": 1, "c": 2, "level": 0, "x": 1, "p": [0], "q": [0, 8]},
        AGGREGATES,
        Example(
            (1,), (0, -8), caption="one relevant key at 1, others at 0 and −8: their mean is −4"
        ),
    ),
    rocq=(
        "headline_leakage",
        "headline_leakage_sharp",
        "headline_leakage_fidelity",
        "headline_leakage_boundary",
        "headline_leakage_mean_relevant",
    ),
    literature="""Holds as announced once the margin is measured against the *largest* other score.
A lead over the average of the others is not enough.""",
)
