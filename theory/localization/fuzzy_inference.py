"""Fuzzy inference: a zero-order Takagi–Sugeno system of Gaussian memberships is a local mean.

Statement  Π_i μ_i(x) = exp(−d²/2), d the distance from the rule's centre in units of its widths; so
           y = Σwb/Σw is the mean of the consequents under softmax(−d²/2); it lies between the least
           and the largest consequent, and |y − y_R| ≤ ε*·D for leading rules R
Assumes    Gaussian memberships of widths > 0, the product for "and", at least one rule
Sharp      two rules attain the last bound
Fails      with the minimum for "and"; and a weighted sum leaves the consequents' range
Source     localization
"""

import sympy as sp

from locality.theory.concentration.row import (
    AGGREGATES,
    LEAKAGE,
    LOG_ODDS,
    OTHERS,
    RELEVANT,
    TWO_LEVEL,
    other_weight,
    relevant_weight,
)
from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Term,
)
from locality.theory.core.functions import sigmoid
from locality.theory.core.symbols import (
    ahead,
    behind,
    diameter,
    i,
    j,
    key_norm,
    key_score,
    largest_consequent,
    n,
    query_norm,
    rule_distance,
    total,
    value_mean,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# One rule: the input u[i] and the rule's centre k[i], in units of the rule's width along axis i.
AXES = (i, 1, n)
u = sp.IndexedBase("u", real=True)
k = sp.IndexedBase("k", real=True)
membership = sp.exp(-((u[i] - k[i]) ** 2) / 2)
LOG_FIRING = sp.Sum(sp.log(membership), AXES)
SQUARED = sp.Sum((u[i] - k[i]) ** 2, AXES)
EXPONENT = -(rule_distance**2) / 2
SCORED = key_score - key_norm**2 / 2 - query_norm**2 / 2
LENGTHS = {
    rule_distance: sp.sqrt(SQUARED),
    key_score: sp.Sum(u[i] * k[i], AXES),
    key_norm: sp.sqrt(sp.Sum(k[i] ** 2, AXES)),
    query_norm: sp.sqrt(sp.Sum(u[i] ** 2, AXES)),
}

firing = Derivation(
    (
        Identity("The logarithm of a product is a sum", LOG_FIRING, EXPONENT.subs(LENGTHS)),
        ByHand(
            "of as many memberships as there are inputs",
            r"\ln\prod_i\mu_i(x)=\sum_i\ln\mu_i(x)",
            "headline_fuzzy_inference",
        ),
    )
)
attention = Derivation(
    (
        Identity(
            "Squares multiplied out: a key, its length and the input's", LOG_FIRING,
            SCORED.subs(LENGTHS),
        ),
    )
)  # fmt: skip

# All rules: distances f[j] along some axes and g[j] along the others, consequents b[j].
RULES = (j, 1, n)
f = sp.IndexedBase("f", nonnegative=True)
g = sp.IndexedBase("g", nonnegative=True)
b = sp.IndexedBase("b", real=True)
strength = sp.exp(-(f[j] ** 2) / 2) * sp.exp(-(g[j] ** 2) / 2)
score = -(f[j] ** 2 + g[j] ** 2) / 2
OUTPUT = sp.Sum(strength * b[j], RULES) / sp.Sum(strength, RULES)
MEAN = {value_mean: sp.Sum(sp.exp(score) * b[j], RULES) / sp.Sum(sp.exp(score), RULES)}
output = Derivation(
    (
        Identity(
            "Memberships multiplied over some axes and over the others, then averaged by",
            OUTPUT,
            value_mean.subs(MEAN),
        ),
        ByHand(
            "which is softmax attention of the consequents, for any number of inputs",
            r"y=\sum_j\operatorname{softmax}(-d^2/2)_j\,b_j",
            "headline_fuzzy_inference_output",
        ),
    )
)

# Consequents as far below the largest as h[j] ≥ 0 says; the least by changing every sign.
w = sp.IndexedBase("w", positive=True)
h = sp.IndexedBase("h", nonnegative=True)
BELOW = sp.Sum(w[j] * (largest_consequent - h[j]), RULES) / total
hull = Derivation(
    (
        Aggregates("The summed strengths", {total: sp.Sum(w[j], RULES)}),
        Decomposition(
            "The slack is a mean of what the consequents lack",
            largest_consequent - BELOW,
            (Term(sp.Sum(w[j] * h[j], RULES) / total, "positive strengths"),),
            slack_latex=r"\max_j b_j-y",
        ),
    )
)

# Leading rules R: level on R plus a[i], off R level plus D less q[j].
low = sp.Symbol("low", real=True)
a = sp.IndexedBase("a", nonnegative=True)
e = sp.IndexedBase("e", nonnegative=True)
lead_sum = sp.Sum(relevant_weight * (low + a[i]), RELEVANT)
rest_sum = sp.Sum(other_weight * (low + diameter - e[j]), OTHERS)
PULLED = (lead_sum + rest_sum) / total - lead_sum / ahead
REACH = diameter * sigmoid(LOG_ODDS)
pairs = sp.Sum(sp.Sum(relevant_weight * other_weight * (a[i] + e[j]), OTHERS), RELEVANT)
leading = Derivation(
    (
        Aggregates("Strengths of the leading rules, of the others, and of all", AGGREGATES),
        Decomposition(
            "The slack is that of leakage, and that of truncation",
            REACH - PULLED,
            (
                Term(
                    sp.expand(diameter * (sigmoid(LOG_ODDS) - LEAKAGE)),
                    "the other rules fire no more than leakage allows",
                    "leakage",
                    diameter,
                ),
                Term(
                    LEAKAGE * pairs / (ahead * behind),
                    "and no pair of consequents is farther apart than D",
                ),
            ),
            slack_latex=r"\varepsilon^*D-(y-y_R)",
        ),
    )
)

# The least of two memberships instead of their product, in logarithms.
first, second = u[1] ** 2, u[2] ** 2
LOG_LEAST = -(first + second + sp.Abs(first - second)) / 4

THEOREM = Theorem(
    id="fuzzy-inference",
    tag="F4TS",
    title="A Takagi–Sugeno system of Gaussian memberships is a local mean of its consequents",
    statement=r"""Rule $j$ of a zero-order Takagi–Sugeno system says: if every input $x_i$ is near
$c_{ji}$ then $y = b_j$, "near" being the membership
$\mu_{ji}(x) = e^{-(x_i-c_{ji})^2/2s_{ji}^2}$. With the product for "and" rule $j$ fires with the
strength
$$w_j = \prod_i \mu_{ji}(x) \;=\; e^{-d_j^2/2}, \qquad
d_j^2=\sum_i\Big(\frac{x_i-c_{ji}}{s_{ji}}\Big)^{2},$$
so that the system's output is softmax attention to its rules,
$$y \;=\; \frac{\sum_j w_j\,b_j}{\sum_j w_j} \;=\;
\sum_j\operatorname{softmax}\!\big(-\tfrac12 d^2\big)_j\,b_j :$$
a local mean with a Gaussian kernel that every rule may have at its own width along every axis. It
lies between the least and the largest consequent. Let $m$ rules lead the other $c$: their $d_j^2$
are smaller by at least $2x$. With $y_R$ the output of those $m$ alone, and $D$ the largest distance
of one of their consequents from another rule's,
$$\lvert y-y_R\rvert \;\le\; \frac{D}{1+\frac mc\,e^{x}} .$$""",
    intuition=r"""Multiplying memberships adds their exponents, and the exponents of Gaussians are
squared distances: "near along every axis" becomes "near". Dividing by the summed strengths then
makes them weights. A rule that fits much better than all the others is the one that speaks.""",
    proof=r"""$\ln\prod_i\mu_{ji} = \sum_i\ln\mu_{ji} = -d_j^2/2$. Exponentials over their sum are a
softmax, at temperature 1. A weighted mean lies in the hull of what it averages, since the weights
are positive. For the leading rules, $-d_j^2/2$ are scores that lead by $x$: their share is bounded
by [leakage](#thm-leakage), and what the other rules change by [truncation](#thm-truncation).""",
    source=Source(
        "localization",
        "fuzzy inference systems are localization methods",
        verdict="more",
        truth="with the product for “and” and a weighted average for the output; with the minimum, "
        "or with a weighted sum, it is another model",
    ),
    assumptions=(
        Assumption("rules", "at least one rule"),
        Assumption("widths", "every width is positive"),
        Assumption("product", "the product stands for “and”", implicit=True),
    ),
    claims=(
        Claim(
            name="firing",
            direction="equal",
            lhs=LOG_FIRING,
            lhs_latex=r"\ln\textstyle\prod_i\mu_i(x)",
            rhs=EXPONENT,
            inputs=("rule_distance",),
            derivation=firing,
            encoding=LENGTHS,
        ),
        Claim(
            name="attention",
            direction="equal",
            lhs=LOG_FIRING,
            lhs_latex=r"\ln\textstyle\prod_i\mu_i(x)",
            rhs=SCORED,
            inputs=("key_score", "key_norm", "query_norm"),
            derivation=attention,
            encoding=LENGTHS,
        ),
        Claim(
            name="output",
            direction="equal",
            lhs=OUTPUT,
            lhs_latex="y",
            rhs=value_mean,
            inputs=("value_mean",),
            derivation=output,
            encoding=MEAN,
            printed=False,
        ),
        Claim(
            name="hull",
            direction="upper",
            lhs=BELOW,
            lhs_latex="y",
            rhs=largest_consequent,
            inputs=("largest_consequent",),
            derivation=hull,
            printed=False,
        ),
        Claim(
            name="leading",
            direction="upper",
            lhs=PULLED,
            lhs_latex=r"\lvert y-y_R\rvert",
            rhs=REACH,
            inputs=("m", "c", "x", "diameter"),
            derivation=leading,
            base=sp.Integer(0),
        ),
    ),
    sharp=Attains(
        "One consequent for the leading rules and one for the others attain the last bound",
        REACH - PULLED,
        {**TWO_LEVEL, a: 0, e: 0},
        AGGREGATES,
        Example((0,), (-2,), caption="the input at one rule's centre, two widths from the other's"),
    ),
    boundary=Breaks(
        "With the minimum for “and” a rule that is 3 and 4 widths off fires more than one that is "
        "5 and 0 widths off, though both are as far",
        -((LOG_LEAST + (first + second) / 2) ** 2),
        {"u": [3, 4]},
        {},
        Example((-8,), (-12,), caption="two rules at distance 5, which fire unlike by the minimum"),
    ),
    rocq=(
        "headline_fuzzy_inference",
        "headline_fuzzy_inference_attention",
        "headline_fuzzy_inference_output",
        "headline_fuzzy_inference_hull",
        "headline_fuzzy_inference_leading",
        "headline_fuzzy_inference_sharp",
        "headline_fuzzy_inference_boundary",
        "headline_fuzzy_inference_sum",
    ),
    depends_on=("leakage", "truncation"),
    part="Part II. Localization methods",
    literature="""Holds for the product and a weighted average, with memberships of any widths. With
one width along every axis for all rules, the strengths are those of attention with the centres for
keys, up to the keys' lengths; the regions in which a rule leads then have flat walls. With widths
of their own, rules have curved ones. Consequents that are affine in the input make the first-order
system, the localization trick with another model.""",
)
