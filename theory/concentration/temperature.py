"""Temperature: entropy strictly increases with temperature.

Statement  dH/dτ = Var_p(s)/τ³; so H is constant if all scores are equal and strictly increasing
           otherwise; H → ln(number of maximisers) as τ → 0 and H → ln n as τ → ∞
Assumes    finitely many visible keys, scores that do not depend on τ, τ > 0
Sharp      the derivative vanishes exactly when all scores are equal
Fails      for τ < 0, where entropy falls
Source     localist
"""

import sympy as sp

from locality.theory.concentration.row import TEMPERATURE
from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Term,
)
from locality.theory.core.symbols import j, n, temperature, total, variance
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

s = sp.IndexedBase("s", real=True)
KEYS = (j, 1, n)
weight = sp.exp(s[j] / temperature)
mean = sp.Symbol("sbar", real=True)
spread = sp.Sum(weight * (s[j] - mean) ** 2, KEYS) / total
entropy = sp.log(total) - mean / temperature
NAMES = {
    total: sp.Sum(weight, KEYS),
    mean: sp.Sum(weight * s[j], KEYS) / sp.Sum(weight, KEYS),
    variance: sp.Sum(weight * (s[j] - mean) ** 2, KEYS) / total,
}
BOUND = variance / temperature**3
plogp = -sp.Sum(weight / total * sp.log(weight / total), KEYS)
RATE = sp.Derivative(entropy, temperature)

derivation = Derivation(
    (
        Aggregates("Total weight, mean score and variance of the scores", NAMES),
        Identity("Entropy is the log-sum-exp minus the mean scaled score", plogp, entropy),
        Identity("The derivative of entropy is the variance over τ³", RATE, BOUND),
        Decomposition(
            "The derivative is a sum of squares, zero only if every score equals the mean",
            BOUND,
            (Term(spread / temperature**3, "positive weights times squares"),),
            slack_latex=r"\frac{dH}{d\tau}",
        ),
        ByHand(
            "A positive derivative makes entropy strictly increasing",
            r"H(\tau) < H(\tau')\ \text{for}\ \tau<\tau'\ \text{unless all scores are equal}",
            "headline_temperature",
        ),
        ByHand(
            "The limits, squeezed between ln(number of maximisers) and entropy's bound",
            r"H\to\ln|\{\text{maximisers}\}|\ (\tau\to0),\qquad H\to\ln n\ (\tau\to\infty)",
            "headline_temperature_limits",
        ),
    )
)

THEOREM = Theorem(
    id="temperature",
    tag="T2VH",
    title="Entropy strictly increases with temperature",
    statement=r"""For fixed scores $s$ and $p = \mathrm{softmax}(s/\tau)$, $\tau > 0$,
$$\frac{dH}{d\tau} \;=\; \frac{\operatorname{Var}_p(s)}{\tau^3},$$
so entropy is constant in $\tau$ if all scores are equal, and strictly increasing otherwise. It
tends to the logarithm of the number of maximisers as $\tau \to 0$ and to $\ln n$ as $\tau \to
\infty$.""",
    intuition=r"""Heating pulls probability from keys above the mean score to keys below it. As long
as two scores differ there is something to pull, and the pull is exactly the variance.""",
    proof=r"""Write $H = \ln Z - \bar s/\tau$ with $Z = \sum_j e^{s_j/\tau}$ and $\bar s$ the mean
score. Since $d\ln Z/d\tau = -\bar s/\tau^2$, the derivative of $H$ is $-\bar s'/\tau$; and
$\bar s' = -\operatorname{Var}_p(s)/\tau^2$ by differentiating the weights. A variance is a sum of
squares with positive weights: it vanishes only if every score equals the mean. At low temperature
the maximisers form a block that leads by a positive margin, so [](#thm-entropy) squeezes $H$ to the
logarithm of their number.""",
    source=Source(
        "localist",
        "temperature controls how sharply attention concentrates",
        verdict="holds",
    ),
    assumptions=(
        Assumption("keys", "at least one visible key"),
        TEMPERATURE,
        Assumption("fixed", "the scores do not depend on $\\tau$", implicit=True),
    ),
    claims=(
        Claim(
            name="rate",
            direction="monotone",
            lhs=RATE,
            lhs_latex=r"\frac{dH}{d\tau}",
            rhs=BOUND,
            inputs=("variance", "temperature"),
            derivation=derivation,
        ),
    ),
    sharp=Attains(
        "With all scores equal entropy does not depend on temperature",
        BOUND,
        {s: 1},
        NAMES,
        Example((1, 1), (1, 1), caption="four keys with one score"),
    ),
    boundary=Breaks(
        "For negative temperatures entropy falls with temperature",
        BOUND,
        {"n": 2, "s": [0, 1], "temperature": -1},
        NAMES,
        Example((1,), (0,), caption="two keys at 1 and 0"),
    ),
    depends_on=("entropy",),
    rocq=(
        "headline_temperature",
        "headline_temperature_sharp",
        "headline_temperature_boundary",
        "headline_temperature_limits",
        "headline_temperature_rate",
    ),
    literature="""Holds, strictly, with the exact rate. It speaks of entropy only: attention on a
block that is out-scored *rises* with temperature, so heating can make attention more local.""",
)
