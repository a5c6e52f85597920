"""Entropy, exponential form: excess entropy dies like (1 + x)e^−x, rate and constant exact.

Statement  H ≤ ln m + (1 + x)·u, u = (c/m)e^−x, x = Δ/τ ≥ 0; and (1 + x)u exceeds the exact
           excess H* − ln m by at least 0 and at most (x + ½)u²
Assumes    m ≥ 1 relevant and c ≥ 1 other visible keys, τ > 0, margin at least Δ ≥ 0
Sharp      the ratio to the exact excess tends to 1 as x → ∞
Fails      without the factor 1 + x: no constant K gives H ≤ ln m + K·e^−x
Source     localist
"""

import sympy as sp

from locality.theory.concentration.entropy import EXCESS, NONNEGATIVE_MARGIN
from locality.theory.concentration.entropy import SLACK as ENTROPY_SLACK
from locality.theory.concentration.row import (
    AGGREGATES,
    ENTROPY,
    LOG_ODDS,
    MARGIN,
    NONNEGATIVE,
    SIZES,
    TEMPERATURE,
)
from locality.theory.core.derivation import Aggregates, Decomposition, Derivation, Term
from locality.theory.core.functions import decay_root, gap_log, gap_square, odds
from locality.theory.core.solve import Case, Cases
from locality.theory.core.symbols import c, eta, m, x
from locality.theory.core.theorem import Claim, Source, Theorem
from locality.theory.core.witness import Approaches, Breaks, Example

u = odds(LOG_ODDS)
EXPONENTIAL = (1 + x) * u
BOUND = sp.log(m) + EXPONENTIAL
GAP = (x + sp.Rational(1, 2)) * u**2

main = Derivation(
    (
        Aggregates("Weights, their sum, and the normaliser of two-level scores", AGGREGATES),
        Decomposition(
            "The slack is that of the exact bound plus two gaps of second order in u",
            BOUND - ENTROPY,
            (
                Term(ENTROPY_SLACK, "entropy's slack is nonnegative", lemma="entropy"),
                Term(gap_log(u), "t − ln(1 + t) ≥ 0"),
                Term(x * u**2 / (1 + u), "x ≥ 0"),
            ),
            slack_latex=r"\ln m+(1+x)u-H",
            given=(x,),
        ),
    )
)
second_order = Derivation(
    (
        Decomposition(
            "What the exponential form gives away is of second order in u",
            GAP - (EXPONENTIAL - EXCESS),
            (
                Term(gap_square(u), "ln(1 + t) ≥ t − t²/2"),
                Term(x * u**3 / (1 + u), "x ≥ 0"),
            ),
            slack_latex=r"(x+\tfrac12)u^2-\big((1+x)u-(H^*-\ln m)\big)",
            given=(x,),
        ),
    )
)

THEOREM = Theorem(
    id="entropy-exponential",
    tag="R9XC",
    title="Excess entropy dies exponentially in the margin",
    statement=r"""If the margin is at least $\Delta \ge 0$, then with $x = \Delta/\tau$ and
$u = \frac{c}{m}e^{-x}$
$$H \;\le\; \ln m + (1+x)\,u .$$
The right-hand side exceeds the exact bound $H^*$ of [](#thm-entropy) by at least $0$ and at most
$(x+\tfrac12)u^2$: rate and constant are exact as $x \to \infty$.""",
    intuition=r"""Leaked attention is about $u$. Each leaked unit costs one nat per unit of margin
for being surprising, and one more for the uncertainty whether it leaks: together $(1+x)u$.""",
    proof=r"""Start from the exact bound and put the logarithm and the logistic function in terms of
$u$: the excess is $\ln(1+u) + x\,u/(1+u)$. Replacing $\ln(1+u)$ by $u$ loses $u-\ln(1+u)$, between
$0$ and $u^2/2$; replacing $u/(1+u)$ by $u$ loses $u^2/(1+u)$, between $0$ and $u^2$.""",
    source=Source(
        "localist",
        "exponential bounds on attention entropy with explicit constants",
        verdict="more",
        truth=r"the margin is not negative, and the exponential has the factor "
        r"$1 + \Delta/\tau$",
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
            derivation=main,
            base=sp.log(m),
            domain=NONNEGATIVE_MARGIN,
        ),
        Claim(
            name="gap",
            direction="upper",
            lhs=EXPONENTIAL - EXCESS,
            lhs_latex=r"(1+x)u-(H^*-\ln m)",
            rhs=GAP,
            inputs=("m", "c", "x"),
            derivation=second_order,
            base=sp.Integer(0),
            domain=NONNEGATIVE_MARGIN,
            printed=False,
        ),
    ),
    sharp=Approaches(
        "The exact excess over (1 + x)u is at least 1 − (x + ½)u/(1 + x), which tends to 1",
        1 - GAP / EXPONENTIAL,
        x,
        sp.oo,
        Example((8,), (0, 0, 0), caption="two-level scores with a large gap"),
    ),
    boundary=Breaks(
        "Without the factor 1 + x: whatever the constant K, two-level scores of margin x = K "
        "exceed ln m + K·u (here K = 8)",
        sp.log(m) + x * u - ENTROPY,
        {"m": 1, "c": 1, "level": 0, "x": 8, "p": [0], "q": [0]},
        AGGREGATES,
        Example((8,), (0,), caption="one relevant key at 8, one other at 0"),
    ),
    rocq=(
        "headline_entropy_exponential",
        "headline_entropy_exponential_gap",
        "headline_entropy_exponential_sharp",
        "headline_entropy_exponential_boundary",
    ),
    depends_on=("entropy",),
    solvers={
        "x": Cases(
            "x",
            ("m", "c", "eta"),
            (
                Case((eta >= c / m,), "any", None, "any nonnegative margin meets the budget"),
                Case((), ">=", decay_root(eta * m / c), "sufficient, from (1 + x)e^−x ≤ ηm/c"),
            ),
        )
    },
    literature="""The exponential rate is right, and so is the constant once the factor 1 + x is
kept; a pure exponential with any constant is too small.""",
)
