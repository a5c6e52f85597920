"""Entropy: how spread a row can be whose relevant block leads by a margin.

Statement  H ≤ ln m + softplus(L) + x·σ(L), L = ln(c/m) − x, x = Δ/τ, if x ≥ 0
Assumes    m ≥ 1 relevant and c ≥ 1 other visible keys, τ > 0, margin at least Δ ≥ 0
Sharp      equality exactly for two-level scores with gap Δ
Fails      for every x < 0 as soon as there are three keys
Source     localist
"""

from fractions import Fraction

import sympy as sp

from locality.theory.concentration.leakage import BOUND as LEAKAGE_BOUND
from locality.theory.concentration.leakage import SLACK as LEAKAGE_SLACK
from locality.theory.concentration.row import (
    AGGREGATES,
    ENTROPY,
    LOG_ODDS,
    MARGIN,
    NONNEGATIVE,
    OTHERS,
    RELEVANT,
    SIZES,
    TEMPERATURE,
    TWO_LEVEL,
    other_weight,
    relevant_weight,
)
from locality.theory.core.derivation import Aggregates, Decomposition, Derivation, Identity, Term
from locality.theory.core.functions import gibbs, sigmoid, softplus
from locality.theory.core.solve import Case, Cases, Root
from locality.theory.core.symbols import c, eta, m, normaliser, total, x
from locality.theory.core.theorem import Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

EXCESS = softplus(LOG_ODDS) + x * sigmoid(LOG_ODDS)
BOUND = sp.log(m) + EXCESS
SLACK = BOUND - ENTROPY

two_level_relevant = 1 / normaliser
two_level_other = sp.exp(-x) / normaliser
divergence = sp.Sum(
    two_level_relevant * gibbs(relevant_weight / (total * two_level_relevant)), RELEVANT
) + sp.Sum(two_level_other * gibbs(other_weight / (total * two_level_other)), OTHERS)
plogp = -sp.Sum(relevant_weight / total * sp.log(relevant_weight / total), RELEVANT) - sp.Sum(
    other_weight / total * sp.log(other_weight / total), OTHERS
)

NONNEGATIVE_MARGIN = {"x": ("x = Δ/τ ≥ 0, where the theorem applies", lambda v: v >= 0)}

derivation = Derivation(
    (
        Aggregates("Weights, their sum, and the normaliser of two-level scores", AGGREGATES),
        Identity("Entropy is the log-sum-exp minus the mean score", plogp, ENTROPY),
        Identity(
            "The bound is the entropy of two-level scores",
            BOUND,
            sp.log(normaliser) + x * LEAKAGE_BOUND,
        ),
        Decomposition(
            "The slack is a divergence from two-level scores plus the margin times leakage's slack",
            SLACK,
            (
                Term(divergence, "Gibbs: t ln t − t + 1 ≥ 0 for every key"),
                Term(
                    x * LEAKAGE_SLACK,
                    "leakage's slack is nonnegative, and x ≥ 0",
                    lemma="leakage",
                    factor=x,
                ),
            ),
            slack_latex=r"H^*-H",
            given=(x,),
        ),
        Identity(
            "The bound falls as the margin grows",
            sp.Derivative(BOUND, x),
            -x * LEAKAGE_BOUND * (1 - LEAKAGE_BOUND),
        ),
    )
)

THEOREM = Theorem(
    id="entropy",
    tag="E4MX",
    title="Entropy of a row whose block leads by a margin",
    statement=r"""If the margin is at least $\Delta \ge 0$, then with $x = \Delta/\tau$ and
$L = \ln\frac{c}{m} - x$
$$H \;\le\; H^*(m,c,x) = \ln m + \ln\!\left(1+e^{L}\right) + x\,\sigma(L),$$
with equality exactly for two-level scores with gap $\Delta$. $H^*$ falls as $x$ grows, so $\Delta$
may be any nonnegative lower bound on the margin.""",
    intuition=r"""A row that concentrates on $m$ keys cannot have much more entropy than $\ln m$.
What can be left over is the entropy of *whether* attention leaks, plus what the leaked attention
may spread, and both die like $x e^{-x}$.""",
    proof=r"""Compare the attention $p$ with the two-level distribution $q$ of the same sizes and
gap. Gibbs' inequality gives $H(p) \le -\sum_j p_j \ln q_j = \ln(m + c\,e^{-x}) + x\,\varepsilon$.
Since $x \ge 0$, the theorem on leakage bounds the last term by $x\,\varepsilon^*$. Both steps are
equalities only if $p = q$. The derivative of the bound is $-x\,\varepsilon^*(1-\varepsilon^*) \le
0$.""",
    source=Source(
        "localist",
        "attention entropy is low when relevant blocks lead by a margin",
        verdict="more",
        truth="the margin is not negative",
    ),
    assumptions=(
        SIZES,
        TEMPERATURE,
        MARGIN,
        NONNEGATIVE,
    ),
    claims=(
        Claim(
            name="bound",
            direction="upper",
            lhs=ENTROPY,
            lhs_latex="H",
            rhs=BOUND,
            inputs=("m", "c", "x"),
            derivation=derivation,
            base=sp.log(m),
            domain=NONNEGATIVE_MARGIN,
        ),
    ),
    sharp=Attains(
        "Two-level scores with gap exactly Δ attain the bound",
        SLACK,
        TWO_LEVEL,
        AGGREGATES,
        Example((1, 1), (0, 0, 0), caption="two relevant keys at 1, three others at 0"),
    ),
    boundary=Breaks(
        "With a negative margin the formula is too small as soon as there are three keys",
        SLACK,
        {"m": 1, "c": 2, "level": 0, "x": -2, "p": [0], "q": [0, Fraction(1, 4)]},
        AGGREGATES,
        Example(
            (-2,), (0, Fraction(-1, 4)), caption="one relevant key at −2, others at 0 and −1/4"
        ),
    ),
    rocq=(
        "headline_entropy",
        "headline_entropy_sharp",
        "headline_entropy_boundary",
        "headline_entropy_decreasing",
    ),
    depends_on=("leakage",),
    solvers={
        "x": Cases(
            "x",
            ("m", "c", "eta"),
            (
                Case((eta >= sp.log(1 + c / m),), "any", None, "a uniform row meets the budget"),
                Case((), ">=", Root(EXCESS - eta, x), "the margin at which H* = ln m + η"),
            ),
        )
    },
    literature="""Holds for nonnegative margins, with an exact constant in place of an order of
magnitude. For negative margins the same formula is false.""",
)
