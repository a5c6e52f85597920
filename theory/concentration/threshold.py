"""Threshold: the exact margin at which a block is sure to keep a share of the attention.

Statement  F ≥ 1 − δ for all scores of margin Δ iff Δ ≥ τ·A, A = ln(c/m) + logit(1 − δ)
Assumes    m ≥ 1 relevant and c ≥ 1 other visible keys, τ > 0, 0 < δ < 1; Δ of any sign
Sharp      at Δ = τ·A two-level scores have fidelity exactly 1 − δ
Fails      if the margin is below τ·A by any amount, however small
Source     localist
"""

import sympy as sp

from locality.theory.concentration.leakage import SLACK as LEAKAGE_SLACK
from locality.theory.concentration.row import (
    AGGREGATES,
    LEAKAGE,
    LOG_ODDS,
    SIZES,
    TEMPERATURE,
    TWO_LEVEL,
)
from locality.theory.core.derivation import (
    Aggregates,
    Decomposition,
    Derivation,
    Identity,
    Strict,
    Term,
)
from locality.theory.core.functions import fall, logit, rise, sigmoid
from locality.theory.core.solve import Case, Cases
from locality.theory.core.symbols import c, delta, m, margin, n, temperature, x
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

BOUND = sp.log(c / m) + logit(1 - delta)

# Derivations count the allowed leakage by the odds g of the fidelity, δ = 1/(1 + g), and the
# margin by its distance y from the threshold.
g = sp.Symbol("g", positive=True)
y = sp.Symbol("y", nonnegative=True)
short = sp.Symbol("z", positive=True)
allowed = 1 / (1 + g)
threshold = sp.log(c / m) + sp.log(g)
above = {x: threshold + y}
rows_above = {name: expr.subs(above) for name, expr in AGGREGATES.items()}
two_level = sigmoid(LOG_ODDS)

derivation = Derivation(
    (
        Aggregates("A row whose margin is y ≥ 0 above the threshold", rows_above),
        Identity("The threshold in terms of the odds", BOUND.subs(delta, allowed), threshold),
        Identity("There the leakage bound is the leakage allowed", two_level.subs(x, BOUND), delta),
        Decomposition(
            "Sufficient: at or above the threshold no row leaks more than δ",
            allowed - LEAKAGE,
            (
                Term(
                    LEAKAGE_SLACK.subs(above),
                    "leakage's slack at this margin",
                    lemma="leakage",
                    at=above,
                ),
                Term(
                    g * fall(y) / ((1 + g) * (g + sp.exp(-y))),
                    "zero exactly at the threshold, y = 0",
                ),
            ),
            slack_latex=r"\delta-\varepsilon",
        ),
        Identity(
            "Below the threshold two-level scores leak more than δ",
            two_level.subs(x, threshold - short) - allowed,
            g * rise(short) / ((1 + g) * (g + sp.exp(short))),
        ),
        Strict(
            "Necessary: that difference is positive",
            g * rise(short) / ((1 + g) * (g + sp.exp(short))),
            "eᵗ − 1 > 0 for t > 0",
        ),
    )
)

enough = c * (1 - delta) <= m * delta
uniform_is_exact = c * (1 - delta) >= m * delta
ADDED_ODDS = sp.exp(margin / temperature) * delta / (1 - delta)
COUNTS = ("m", "c", "delta")

SOLVERS = {
    "x": Cases("x", COUNTS, (Case((), ">=", BOUND, "the theorem"),)),
    "margin": Cases(
        "margin",
        (*COUNTS, "temperature"),
        (Case((), ">=", temperature * BOUND, "the theorem"),),
    ),
    "temperature": Cases(
        "temperature",
        (*COUNTS, "margin"),
        (
            Case((margin >= 0, enough), "any", None, "uniform attention is already enough"),
            Case((margin > 0,), "<=", margin / BOUND, "a lead that must be cold enough"),
            Case((margin >= 0,), "none", None, "without a lead no temperature helps"),
            Case((uniform_is_exact,), "none", None, "a block that trails cannot reach 1 − δ"),
            Case((), ">=", margin / BOUND, "a block that trails must be hot enough"),
        ),
    ),
    "m": Cases(
        "m",
        ("n", "delta", "margin", "temperature"),
        (
            Case(
                (),
                ">=",
                n / (1 + ADDED_ODDS),
                "c/m ≤ e^x·δ/(1 − δ), rounded up to whole keys",
                whole="up",
            ),
        ),
    ),
    "c": Cases(
        "c",
        ("m", "delta", "margin", "temperature"),
        (
            Case((m * ADDED_ODDS < 1,), "none", None, "not even one other key is allowed"),
            Case((), "<=", m * ADDED_ODDS, "c ≤ m·e^x·δ/(1 − δ), whole keys", whole="down"),
        ),
    ),
    "dial": Cases(
        "dial",
        (*COUNTS, "margin", "temperature"),
        (
            Case((margin >= temperature * BOUND,), ">=", sp.Integer(0), "no dial is needed"),
            Case((), ">=", temperature * BOUND - margin, "the dial adds to the margin"),
        ),
    ),
    "delta": Cases("delta", ("m", "c", "x"), (Case((), ">=", two_level, "the leakage bound"),)),
}

THEOREM = Theorem(
    id="threshold",
    tag="W5HA",
    title="The exact threshold for keeping a share of the attention",
    statement=r"""Let $0 < \delta < 1$ and $A = \ln\frac{c}{m} + \operatorname{logit}(1-\delta)$.
Fidelity $F \ge 1-\delta$ holds for **all** scores of margin $\Delta$ if and only if
$$\Delta \;\ge\; \tau\,A .$$
Solved for the temperature: if $\Delta > 0$, then $\tau \le \Delta/A$ (any $\tau$ if $A \le 0$); if
$\Delta = 0$, any $\tau$ if $A \le 0$ and none otherwise; if $\Delta < 0$, none if $A \ge 0$, else
$\tau \ge |\Delta|/|A|$. Solved for the block: $c/m \le e^{\Delta/\tau}\,\delta/(1-\delta)$. Solved
for the dial: $\lambda \ge (\tau A - \Delta)_+$.""",
    intuition=r"""To keep a share $1-\delta$ the block needs log-odds
$\operatorname{logit}(1-\delta)$; it starts from $-\ln(c/m)$ and gets $\Delta/\tau$ from its lead.
$A \le 0$ means that even uniform attention is local enough.""",
    proof=r"""[](#thm-leakage) bounds the leakage by $\sigma(\ln(c/m)-x)$, which is at most $\delta$
exactly when $x \ge A$. Conversely, two-level scores attain that bound; so below the threshold they
leak more than $\delta$. The solved forms divide by $A$ or by $\Delta$ with attention to their
signs.""",
    source=Source(
        "localist",
        "explicit thresholds above which attention stays in relevant blocks",
        verdict="holds",
    ),
    assumptions=(
        SIZES,
        TEMPERATURE,
        Assumption("share", "$0 < \\delta < 1$"),
        Assumption(
            "all scores",
            "the equivalence quantifies over all scores of margin $\\Delta$",
            implicit=True,
        ),
    ),
    claims=(
        Claim(
            name="threshold",
            direction="iff",
            lhs=x,
            lhs_latex=r"\frac{\Delta}{\tau}",
            display=r"F\ge 1-\delta \text{ for all scores of margin } \Delta \iff "
            r"\frac{\Delta}{\tau} \ge \ln\frac{c}{m} + \operatorname{logit}(1-\delta)",
            rhs=BOUND,
            inputs=COUNTS,
            derivation=derivation,
        ),
    ),
    sharp=Attains(
        "At the threshold two-level scores have fidelity exactly 1 − δ",
        (allowed - LEAKAGE).subs(y, 0),
        TWO_LEVEL,
        {name: expr.subs(y, 0) for name, expr in rows_above.items()},
        Example((3,), (0, 0, 0, 0), caption="one relevant key, four others, gap exactly τA"),
    ),
    boundary=Breaks(
        "A margin one hundredth of a temperature short: two-level scores leak more than δ = 1/4",
        allowed - two_level.subs(x, threshold - short),
        {"m": 1, "c": 4, "g": 3, "z": sp.Rational(1, 100)},
        {},
        Example((2,), (0, 0, 0, 0), caption="one relevant key, four others, gap just below τA"),
    ),
    rocq=(
        "headline_threshold",
        "headline_threshold_sharp",
        "headline_threshold_boundary",
        "headline_threshold_mean_margin",
        "headline_threshold_solved",
        "headline_threshold_penalty",
        "headline_threshold_budget",
        "headline_threshold_budget_root",
        "headline_threshold_budget_exact",
    ),
    depends_on=("leakage",),
    solvers=SOLVERS,
    literature="""Holds, and as an equivalence: the threshold is not only sufficient but the best
possible one over all scores of that margin. For negative margins it reverses its reading: the
temperature must then be high enough.""",
)
