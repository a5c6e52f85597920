"""Dial and entropy: entropy rises until the turning point of the dial, then falls.

Statement  dH/dλ = F(1 − F)(λ° − λ)/τ², λ° = E_C[s] − E_R[s], which does not depend on λ
Assumes    fixed scores, m, c ≥ 1, τ > 0
Sharp      an equality; H peaks at λ° with ln(e^{H_R} + e^{H_C}) and falls to H_R
Fails      as "more dial, less entropy" whenever the rest out-scores the block on average
Source     aila
"""

import sympy as sp

from locality.theory.concentration.row import (
    AGGREGATES,
    OTHERS,
    RELEVANT,
    SIZES,
    TEMPERATURE,
    other_weight,
    relevant_weight,
)
from locality.theory.core.derivation import Aggregates, Decomposition, Derivation, Identity, Term
from locality.theory.core.symbols import (
    ahead,
    behind,
    dial,
    fidelity,
    i,
    j,
    margin,
    p,
    q,
    temperature,
    total,
    turning_point,
    x,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

r = sp.IndexedBase("r", real=True)  # scores on R
o = sp.IndexedBase("o", real=True)  # scores off R
inside = sp.exp(r[i] / temperature)
outside = sp.exp((o[j] - dial) / temperature)
NAMES = {
    ahead: sp.Sum(inside, RELEVANT),
    behind: sp.Sum(outside, OTHERS),
    total: ahead + behind,
    fidelity: ahead / total,
    turning_point: sp.Sum(outside * o[j], OTHERS) / behind
    - sp.Sum(inside * r[i], RELEVANT) / ahead,
}
inner_mean = sp.Sum(inside * r[i], RELEVANT) / ahead
outer_mean = sp.Sum(outside * (o[j] - dial), OTHERS) / behind
inner_entropy = sp.log(ahead) - inner_mean / temperature
outer_entropy = sp.log(behind) - outer_mean / temperature
ENTROPY = sp.log(total) - (ahead * inner_mean + behind * outer_mean) / (total * temperature)
RATE = sp.Derivative(ENTROPY, dial)
BOUND = fidelity * (1 - fidelity) * (turning_point - dial) / temperature**2

log_odds = sp.log(ahead / behind)
either = -ahead / total * sp.log(ahead / total) - behind / total * sp.log(behind / total)

# The peak, from the two conditional entropies a and b alone.
a, b = sp.symbols("a b", real=True)
share = sp.exp(a) / (sp.exp(a) + sp.exp(b))
peak = -share * sp.log(share) - (1 - share) * sp.log(1 - share) + share * a + (1 - share) * b

derivation = Derivation(
    (
        Aggregates("Weights, fidelity and the turning point", NAMES),
        Identity(
            "The turning point does not move with the dial",
            sp.Derivative(turning_point, dial),
            sp.Integer(0),
        ),
        Identity("The rate of entropy", RATE, BOUND),
        Identity(
            "Chain rule: which part, then which key of that part",
            ENTROPY,
            either + ahead / total * inner_entropy + behind / total * outer_entropy,
        ),
        Identity(
            "At the turning point the log-odds are the difference of the conditional entropies",
            log_odds,
            inner_entropy - outer_entropy + (dial - turning_point) / temperature,
        ),
        Identity("There entropy is", peak, sp.log(sp.exp(a) + sp.exp(b))),
    )
)

# The cover, in the encoding by a margin: scores level + p[i] on R and level − x − q[j] off it.
led_point = sp.Sum(other_weight * (-x - q[j]), OTHERS) / behind - (
    sp.Sum(relevant_weight * p[i], RELEVANT) / ahead
)
cover = Derivation(
    (
        Aggregates("A row with margin x in units of the temperature", AGGREGATES),
        Decomposition(
            "The turning point lies below minus the margin",
            -temperature * x - temperature * led_point,
            (
                Term(
                    temperature * sp.Sum(other_weight * q[j], OTHERS) / behind,
                    "how far the rest trails",
                ),
                Term(
                    temperature * sp.Sum(relevant_weight * p[i], RELEVANT) / ahead,
                    "how far the block leads",
                ),
            ),
            slack_latex=r"-\Delta-\lambda^\circ",
        ),
    )
)

THEOREM = Theorem(
    id="dial-entropy",
    tag="P6EK",
    title="Entropy rises up to the turning point of the dial and falls after it",
    statement=r"""Let $\lambda^\circ = \mathrm{E}_C[s] - \mathrm{E}_R[s]$, the mean score outside
the block minus the mean score inside it; it does not depend on $\lambda$. Then
$$\frac{dH}{d\lambda} \;=\; \frac{F(1-F)\,(\lambda^\circ-\lambda)}{\tau^2}.$$
Entropy rises until $\lambda^\circ$, peaks there at $\ln(e^{H_R}+e^{H_C})$, and then falls to $H_R$.
A margin $\Delta$ gives $\lambda^\circ \le -\Delta$; so with $\Delta \ge 0$ entropy falls for all
$\lambda \ge 0$.""",
    intuition=r"""Turning the dial first has to pull attention back from a rest that out-scores the
block, and on the way attention is split between the two, which is the most uncertain state. Only
after the block has caught up does more dial mean less entropy.""",
    proof=r"""Split entropy by the chain rule: $H = h(F) + F H_R + (1-F) H_C$, where only $F$
depends on $\lambda$. So $dH/dF = -\operatorname{logit}F + H_R - H_C$. Both conditional entropies
are a log-sum-exp minus a mean score, hence $\operatorname{logit}F - (H_R - H_C) =
(\lambda-\lambda^\circ)/\tau$. By [](#thm-dial), $dF/d\lambda = F(1-F)/\tau$. Under the margin every
score off the block is below every score on it by $\Delta$, and so are their means.""",
    source=Source(
        "aila",
        "attention entropy decreases as the locality dial is turned up",
        verdict="fails",
        truth="it rises up to a turning point, which lies above zero where the rest "
        "out-scores the block, and falls from there",
    ),
    assumptions=(
        SIZES,
        TEMPERATURE,
        Assumption("fixed", "one attention distribution at fixed scores", implicit=True),
    ),
    claims=(
        Claim(
            name="rate",
            direction="equal",
            lhs=RATE,
            lhs_latex=r"\frac{dH}{d\lambda}",
            rhs=BOUND,
            inputs=("fidelity", "turning_point", "dial", "temperature"),
            derivation=derivation,
        ),
        Claim(
            name="cover",
            direction="upper",
            lhs=temperature * led_point,
            lhs_latex=r"\lambda^\circ",
            rhs=-margin,
            inputs=("margin",),
            derivation=cover,
            encoding={margin: x * temperature},
            printed=False,
        ),
    ),
    sharp=Attains(
        "At the turning point the rate is zero",
        BOUND.subs(dial, turning_point),
        {},
        {},
        Example((0,), (2, 2), caption="one relevant key at 0, two others at 2: λ° = 2"),
    ),
    boundary=Breaks(
        "“More dial, less entropy” is false if the rest out-scores the block: H rises at λ = 0",
        -BOUND,
        {"m": 2, "c": 1, "r": [0, 0], "o": [5], "dial": 0, "temperature": 1},
        NAMES,
        Example(
            (0, 0), (5,), caption="two relevant keys at 0, one other at 5: H(∞) = ln 2 exceeds H(0)"
        ),
    ),
    rocq=(
        "headline_dial_entropy",
        "headline_dial_entropy_sharp",
        "headline_dial_entropy_boundary",
        "headline_dial_entropy_rises",
        "headline_dial_entropy_limit",
        "headline_dial_entropy_cover",
    ),
    depends_on=("dial",),
    literature="""Holds from λ = 0 on only for blocks that lead on average. Where the rest
out-scores the block, entropy first rises, and full locality can end with more entropy than
none.""",
)
