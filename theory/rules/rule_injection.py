"""Rule injection: what a block of rule keys does to one attention operation.

Statement  α ≥ σ(ln(m/c) + x), x = Δ/τ, for the attention α on m rule keys beside c old ones; the
           distribution moves by α in total variation, the output by α(μ_r − o), with
           α = σ(lse_R − lse_C); without the rule keys the old distribution is back
Assumes    m ≥ 1 rule keys, c ≥ 1 old keys, τ > 0; Δ = least rule score − largest old, of any sign;
           the old keys' scores and values do not change
Sharp      the bound is attained exactly by two-level scores with gap Δ; the others are equalities
Fails      through depth: a value that was computed while the rule was in context keeps a share
Source     rules
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
)
from locality.theory.core.derivation import (
    Aggregates,
    Decomposition,
    Derivation,
    Identity,
    Strict,
    Term,
)
from locality.theory.core.functions import sigmoid
from locality.theory.core.symbols import (
    ahead,
    behind,
    c,
    i,
    j,
    lse_relevant,
    lse_rest,
    m,
    old_output,
    rule_mean,
    total,
    x,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

SHARE = ahead / total
LEAST_SHARE = sigmoid(sp.log(m / c) + x)

# Beside the margin nothing is asked of the scores: rule keys weigh w[i] and old ones v[j], and
# their values have the components f[i] and g[j].
w = sp.IndexedBase("w", positive=True)
v = sp.IndexedBase("v", positive=True)
f = sp.IndexedBase("f", real=True)
g = sp.IndexedBase("g", real=True)
NAMES = {ahead: sp.Sum(w[i], RELEVANT), behind: sp.Sum(v[j], OTHERS), total: ahead + behind}
rule_sum, old_sum = sp.Sum(w[i] * f[i], RELEVANT), sp.Sum(v[j] * g[j], OTHERS)
ENCODING = {
    lse_relevant: sp.log(ahead),
    lse_rest: sp.log(behind),
    rule_mean: rule_sum / ahead,
    old_output: old_sum / behind,
}
WEIGHED = sigmoid(lse_relevant - lse_rest)
SHIFT = WEIGHED * (rule_mean - old_output)

loss = v[j] / behind - v[j] / total
VARIATION = (sp.Sum(w[i] / total, RELEVANT) + sp.Sum(loss, OTHERS)) / 2
OUTPUT = (rule_sum + old_sum) / total
MOVED = OUTPUT - old_sum / behind
REMOVED = sp.Sum(v[j] / total * g[j], OTHERS) / sp.Sum(v[j] / total, OTHERS)

named = Aggregates("Weights of the rule keys, of the old keys, and of both", NAMES)

share = Derivation(
    (
        Aggregates("Weights of the rule keys, of the old keys, and their sum", AGGREGATES),
        Identity("What is not on the rule keys leaks", SHARE, 1 - LEAKAGE),
        Decomposition(
            "The slack is that of leakage, the rule keys being the block",
            SHARE - LEAST_SHARE,
            (Term(sigmoid(LOG_ODDS) - LEAKAGE, "the bound on leakage", "leakage"),),
            slack_latex=r"\alpha-\sigma\left(\ln\tfrac{m}{c}+x\right)",
        ),
    )
)
variation = Derivation(
    (
        named,
        Identity("An old key gives up the same share α", loss, v[j] / behind * SHARE),
        Strict("So every old key loses", v[j] / behind * SHARE, "weights are positive"),
        Identity(
            "Half of what the rule keys gain and the old keys lose",
            VARIATION,
            WEIGHED.subs(ENCODING),
        ),
    )
)
shift = Derivation(
    (
        named,
        Identity("The output goes the share α of the way", MOVED, SHIFT.subs(ENCODING)),
    )
)
removal = Derivation(
    (
        named,
        Identity(
            "The old keys' weights over their own sum are what they were",
            REMOVED,
            old_output.subs(ENCODING),
        ),
        Identity(
            "From the outputs alone: (new output − α μ_r)/(1 − α)",
            (OUTPUT - SHARE * rule_sum / ahead) / (1 - SHARE),
            old_output.subs(ENCODING),
        ),
    )
)

# One old key that attended to itself and the rule: what the next layer reads of it once the rule
# is gone, and what it read before the rule came.
CACHED, BEFORE = OUTPUT, old_sum / behind

THEOREM = Theorem(
    id="rule-injection",
    tag="J5RB",
    title="What a block of rule keys takes, moves, and leaves behind",
    statement=r"""To $c \ge 1$ visible keys with output $o$ let a block of $m \ge 1$ rule keys be
added whose own attention output is $\mu_r$; the scores and values of the old keys stay as they are.
Let $\Delta$, of any sign, be the smallest rule score minus the largest old one. At temperature
$\tau > 0$, with $x = \Delta/\tau$, the rule block receives the share
$$\alpha \;=\; \sigma(\operatorname{lse}_R-\operatorname{lse}_C) \;\ge\;
\sigma\!\left(\ln\tfrac{m}{c}+x\right)$$
of the attention, with equality in the bound exactly for two-level scores. The distribution moves by
$\mathrm{TV} = \alpha$ and the output by $\alpha\,(\mu_r - o)$. Taking the rule keys away restores
the old distribution exactly.""",
    intuition=r"""A rule speaks with the share of the attention that it wins, and everything else
is turned down by that share alike. Who spoke second loudest before still does so; there is nothing
to undo but the volume, within one attention operation.""",
    proof=r"""Each old weight keeps its numerator $e^{s_j/\tau}$ while the denominator grows from
$Z_C$ to $Z_C + Z_R$: every old key loses the share $\alpha = Z_R/(Z_C+Z_R)$ of what it had, and the
rule keys gain $\alpha$ together. Half the sum of these changes is $\alpha$, and the output is
$(1-\alpha)o + \alpha\mu_r$. Removing the rule keys removes $Z_R$ from the denominator. The share is
the fidelity of the rule block, for which [leakage](#thm-leakage) gives the bound.""",
    source=Source(
        "rules",
        "rules in context steer a model and can be exchanged while it runs",
        verdict="more",
        truth="it is one attention operation, whose old keys and values were computed without "
        "the rule",
    ),
    assumptions=(
        SIZES,
        TEMPERATURE,
        MARGIN,
        Assumption("fixed", "the rule changes no old score and no old value", implicit=True),
    ),
    claims=(
        Claim(
            name="share",
            direction="lower",
            lhs=SHARE,
            lhs_latex=r"\alpha",
            rhs=LEAST_SHARE,
            inputs=("m", "c", "x"),
            derivation=share,
            base=sp.Integer(0),
        ),
        Claim(
            name="variation",
            direction="equal",
            lhs=VARIATION,
            lhs_latex=r"\mathrm{TV}",
            rhs=WEIGHED,
            inputs=("lse_relevant", "lse_rest"),
            derivation=variation,
            encoding=ENCODING,
        ),
        Claim(
            name="shift",
            direction="equal",
            lhs=MOVED,
            lhs_latex=r"o_{\text{new}}-o",
            rhs=SHIFT,
            inputs=("lse_relevant", "lse_rest", "rule_mean", "old_output"),
            derivation=shift,
            encoding=ENCODING,
        ),
        Claim(
            name="removal",
            direction="equal",
            lhs=REMOVED,
            lhs_latex=r"o_{\text{removed}}",
            rhs=old_output,
            inputs=("old_output",),
            derivation=removal,
            encoding=ENCODING,
            printed=False,
        ),
    ),
    sharp=Attains(
        "Two-level scores with gap exactly Δ attain the bound",
        SHARE - LEAST_SHARE,
        TWO_LEVEL,
        AGGREGATES,
        Example((2, 2), (0, 0, 0), caption="two rule keys at 2, three old keys at 0"),
    ),
    boundary=Breaks(
        "An old key's cached value, computed while the rule was in context, keeps what the rule "
        "said: removal does not restore",
        -((CACHED - BEFORE) ** 2),
        {"m": 1, "c": 1, "w": [1], "v": [1], "f": [1], "g": [0]},
        NAMES,
        Example(
            (0,), (0,), caption="a rule key and an old key at 0: half of what is cached is rule"
        ),
    ),
    depends_on=("leakage",),
    rocq=(
        "headline_rule_injection",
        "headline_rule_injection_sharp",
        "headline_rule_injection_variation",
        "headline_rule_injection_shift",
        "headline_rule_injection_removal",
        "headline_rule_injection_boundary",
    ),
    literature="""Holds exactly for one attention operation in which everything else stays fixed. A
network has more than one: the old tokens attend to the rule too, and what later layers read of
them, or what a cache keeps, holds the rule's share after the rule is gone. There the old tokens
have to be computed anew.""",
)
