"""Truncation: what the output changes if attention is cut down to the block.

Statement  ‖o − o_R‖ ≤ ε·D, D the largest distance from a value on R to a value off R
Assumes    m ≥ 1 relevant and c ≥ 1 other visible keys, any scores, values in a normed space
Sharp      equality for one value on R and one value off R
Fails      if D only covers distances within R and within the rest
Source     localist
"""

import sympy as sp

from locality.theory.concentration.row import OTHERS, RELEVANT, SIZES
from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Term,
)
from locality.theory.core.symbols import (
    ahead,
    behind,
    diameter,
    i,
    j,
    leakage,
    level,
    p,
    q,
    total,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# Values are seen along a unit vector: level + p[i] on R and level + D − q[j] off R, so that D
# covers the distance from every value on R to every value off R.
w = sp.IndexedBase("w", positive=True)
v = sp.IndexedBase("v", positive=True)
inner_value = level + p[i]
outer_value = level + diameter - q[j]
NAMES = {
    ahead: sp.Sum(w[i], RELEVANT),
    behind: sp.Sum(v[j], OTHERS),
    total: ahead + behind,
    leakage: behind / total,
}
inner_sum = sp.Sum(w[i] * inner_value, RELEVANT)
outer_sum = sp.Sum(v[j] * outer_value, OTHERS)
CHANGE = (inner_sum + outer_sum) / total - inner_sum / ahead
BOUND = leakage * diameter
pairs = sp.Sum(sp.Sum(w[i] * v[j] * (p[i] + q[j]), OTHERS), RELEVANT)

derivation = Derivation(
    (
        Aggregates("Weights inside and outside the block, and the leakage", NAMES),
        Identity(
            "The change is the leakage times the difference of the two means",
            CHANGE,
            leakage * (outer_sum / behind - inner_sum / ahead),
        ),
        Decomposition(
            "Along every unit vector the slack is a weighted sum over pairs",
            BOUND - CHANGE,
            (
                Term(
                    leakage * pairs / (ahead * behind),
                    "no pair of values is farther apart than D along the unit vector",
                ),
            ),
            slack_latex=r"\varepsilon D-\langle e,\,o-o_R\rangle",
        ),
        ByHand(
            "A norm is the largest component along unit vectors",
            r"\lVert o-o_R\rVert=\max_{\lVert e\rVert=1}\langle e,\,o-o_R\rangle",
            "headline_truncation",
        ),
    )
)

THEOREM = Theorem(
    id="truncation",
    tag="U8NB",
    title="What truncating attention to its block changes",
    statement=r"""Let $o$ be the attention output and $o_R$ the output of the same scores restricted
to the block. With $\mu_R, \mu_C$ the mean values on and off the block,
$o - o_R = \varepsilon\,(\mu_C - \mu_R)$, hence
$$\lVert o - o_R\rVert \;\le\; \varepsilon\,\max_{i\in R,\,j\in C}\lVert v_i - v_j\rVert
\;\le\; \varepsilon D .$$""",
    intuition=r"""The output is a mixture of what the block says and what the rest says, and leakage
is the mixing weight. Cutting the rest off moves the output by that weight times how far apart the
two can be.""",
    proof=r"""Group the softmax average by block: $o = (1-\varepsilon)\mu_R + \varepsilon\mu_C$ and
$o_R = \mu_R$. Along a unit vector $e$, the difference of the two means is a weighted average of
differences of values, each at most $D$; the norm is the largest such component.""",
    source=Source(
        "localist",
        "block-local attention approximates attention that concentrates",
        verdict="holds",
    ),
    assumptions=(
        SIZES,
        Assumption("values", "$\\lVert v_i - v_j\\rVert \\le D$ for $i$ in and $j$ off the block"),
    ),
    claims=(
        Claim(
            name="bound",
            direction="upper",
            lhs=CHANGE,
            lhs_latex=r"\lVert o-o_R\rVert",
            rhs=BOUND,
            inputs=("leakage", "diameter"),
            derivation=derivation,
            base=sp.Integer(0),
        ),
    ),
    sharp=Attains(
        "One value on the block and one off it, at distance D",
        BOUND - CHANGE,
        {p: 0, q: 0},
        NAMES,
        Example((1,), (0, 0), caption="the block says 0, the rest says D"),
    ),
    boundary=Breaks(
        "Distances within the block and within the rest are not enough: both can be 0",
        leakage * 0 - CHANGE,
        {"m": 1, "c": 2, "level": 0, "diameter": 1, "w": [2], "v": [1, 1], "p": [0], "q": [0, 0]},
        NAMES,
        Example((1,), (0, 0), caption="the block says 0, the rest says 1"),
    ),
    rocq=(
        "headline_truncation",
        "headline_truncation_seminorm",
        "headline_truncation_error",
        "headline_truncation_sharp",
        "headline_truncation_boundary",
    ),
    literature="""Holds for all scores with the measured leakage; with the bound of the theorem on
leakage it certifies block-local attention in advance.""",
)
