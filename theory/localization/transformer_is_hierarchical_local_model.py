"""A transformer as a hierarchy of local models: per-head local means between pointwise maps.

Statement  Σ_j p_j(Wv_j + b) = WΣ_j p_jv_j + b; hence a head's output, mapped, is the local mean of
           mapped tokens, and keeping a head to a block changes what all heads put out by at most
           ε·‖U‖·D more than the heads before it did
Assumes    m ≥ 1 kept and c ≥ 1 other visible tokens, Σ_j p_j = 1; ‖U‖ a head's operator norm, D
           the largest distance of a kept from another token
Sharp      one value on the block and one off it, whose difference U lengthens most
Fails      if the weights do not sum to 1, as in train mode with dropout
Source     localization
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
    change_before,
    diameter,
    factor,
    gain,
    i,
    j,
    leakage,
    level,
    offset,
    p,
    q,
    total,
    value_mean,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

w = sp.IndexedBase("w", positive=True)
v = sp.IndexedBase("v", positive=True)
f = sp.IndexedBase("f", real=True)
NAMES = {
    ahead: sp.Sum(w[i], RELEVANT),
    behind: sp.Sum(v[j], OTHERS),
    total: ahead + behind,
    leakage: behind / total,
}

# One head among others. Mapped tokens are seen along a unit vector, level + p[i] on the block and
# level + ‖U‖D − q[j] off it; the heads before fall short of their change by `spare`.
spare = sp.Symbol("spare", nonnegative=True)
inner_sum = sp.Sum(w[i] * (level + p[i]), RELEVANT)
outer_sum = sp.Sum(v[j] * (level + gain * diameter - q[j]), OTHERS)
HEAD = (inner_sum + outer_sum) / total - inner_sum / ahead
CHANGE = change_before - spare + HEAD
BOUND = change_before + leakage * gain * diameter
pairs = sp.Sum(sp.Sum(w[i] * v[j] * (p[i] + q[j]), OTHERS), RELEVANT)

heads = Derivation(
    (
        Aggregates("Weights on the block and off it, and the leakage", NAMES),
        Identity(
            "A head changes by its leakage times the difference of two means of mapped tokens",
            HEAD,
            leakage * (outer_sum / behind - inner_sum / ahead),
        ),
        Decomposition(
            "Along every unit vector: what the heads before leave, and a weighted sum over pairs",
            BOUND - CHANGE,
            (
                Term(spare, "the heads before change by no more than they may"),
                Term(
                    leakage * pairs / (ahead * behind),
                    "U takes no pair of tokens farther apart than its norm times D",
                ),
            ),
            slack_latex=r"\delta+\varepsilon\lVert U\rVert D-\langle e,\,\delta'\rangle",
        ),
        ByHand(
            "Head by head, from no change: the sum over heads",
            r"\lVert\sum_h U_h(m_h-m_h^R)\rVert\le\sum_h\varepsilon_h\lVert U_h\rVert D_h",
            "headline_transformer_is_hierarchical_local_model_sum",
        ),
    )
)

# Any weights u[i] of n tokens with components f[i]; normalised, they are the head's.
u = sp.IndexedBase("u", positive=True)
weighed = sp.Symbol("weighed", positive=True)
ALL = {weighed: sp.Sum(u[i], RELEVANT)}
MAPPED = sp.Sum(u[i] * (factor * f[i] + offset), RELEVANT)
PLAIN = sp.Sum(u[i] * f[i], RELEVANT)
AFFINE = factor * value_mean + offset
ENCODING = {value_mean: PLAIN / weighed}

affine = Derivation(
    (
        Aggregates("The sum of all weights", ALL),
        Identity(
            "Whatever the weights sum to, the offset is counted as often",
            MAPPED,
            factor * PLAIN + offset * weighed,
        ),
        Identity("Normalised they sum to 1", MAPPED / weighed, AFFINE.subs(ENCODING)),
    )
)

THEOREM = Theorem(
    id="transformer-is-hierarchical-local-model",
    tag="Y9TH",
    title="A transformer is a hierarchy of local models",
    statement=r"""In eval mode each head of a transformer layer gives token $i$ the local mean
$m_i = \sum_j p_{ij}x_j$ of the layer's inputs, with the kernel
$e^{\langle q_i,k_j\rangle/\tau}$. An affine map passes through a local mean,
$$\sum_j p_j\,(Wv_j+b) \;=\; W\sum_j p_jv_j + b ,$$
so the heads together put out $\sum_h U_hm^h + c$ with $U_h = W_O^hW_V^h$, a sum of local means of
mapped tokens; residuals, normalisation and the feed-forward net act on each token alone. The layer
is a composition of local means and pointwise maps, and so is a stack of layers.

If a head with operator norm $\lVert U\rVert$ keeps to a block of tokens, outside which it has the
mass $\varepsilon$, and if keeping the heads before it changes their sum by at most $\delta$, then
all of them change by at most
$$\delta' \;\le\; \delta + \varepsilon\,\lVert U\rVert\,D ,$$
$D$ the largest distance from a token in the block to one outside; over all heads
$\sum_h\varepsilon_h\lVert U_h\rVert D_h$.""",
    intuition=r"""A transformer asks one question layer after layer: which tokens are near mine, in
the sense of this head, and what do they say on average? All that it computes besides, it computes
for each token alone. So everything known of local means holds of every head: what a block leaves
out is its leakage, enlarged by no more than the head's matrices can.""",
    proof=r"""The weights of a softmax sum to 1, so the average of $Wv_j + b$ is $W$ times the
average plus $b$. Hence value and output matrices may be applied before or after the mean, and the
offsets come out once. By [truncation](#thm-truncation) the mean of the tokens moves by
$\varepsilon(\mu_C-\mu_R)$, no longer than $\varepsilon D$; $U$ lengthens it by at most
$\lVert U\rVert$, and the triangle inequality adds the heads.""",
    source=Source(
        "localization",
        "transformers are hierarchical local models",
        verdict="more",
        truth="weights sum to 1, as in eval mode; dropout on them breaks it",
    ),
    assumptions=(
        SIZES,
        Assumption(
            "map",
            "$\\lVert U\\rVert \\ge 0$ and $\\lVert Uv\\rVert \\le "
            "\\lVert U\\rVert\\lVert v\\rVert$ for every $v$",
        ),
        Assumption("values", "$\\lVert v_i - v_j\\rVert \\le D$ for $i$ in and $j$ off the block"),
        Assumption("normalised", "the weights of a head sum to 1: eval mode", implicit=True),
    ),
    claims=(
        Claim(
            name="bound",
            direction="upper",
            lhs=CHANGE,
            lhs_latex=r"\delta'",
            rhs=BOUND,
            inputs=("change_before", "leakage", "gain", "diameter"),
            derivation=heads,
            base=sp.Integer(0),
        ),
        Claim(
            name="affine",
            direction="equal",
            lhs=MAPPED / weighed,
            lhs_latex=r"\textstyle\sum_j p_j\,(wv_j+b)",
            rhs=AFFINE,
            inputs=("factor", "value_mean", "offset"),
            derivation=affine,
            encoding=ENCODING,
        ),
    ),
    sharp=Attains(
        "One value on the block and one off it, their difference lengthened most, nothing spared",
        BOUND - CHANGE,
        {p: 0, q: 0, spare: 0},
        NAMES,
        Example((1,), (0, 0), caption="the block says 0, the rest says D, and U multiplies by ‖U‖"),
    ),
    boundary=Breaks(
        "Dropout at 1/2 that keeps both of two tokens doubles their weights: an offset of 1 comes "
        "out as 2",
        -((MAPPED - (factor * PLAIN + offset)) ** 2),
        {"m": 2, "u": [1, 1], "f": [0, 0], "factor": 1, "offset": 1},
        ALL,
        Example(
            (0,), (0,), caption="two tokens at ½ each; kept and doubled, their weights sum to 2"
        ),
    ),
    depends_on=("truncation",),
    rocq=(
        "headline_transformer_is_hierarchical_local_model",
        "headline_transformer_is_hierarchical_local_model_affine",
        "headline_transformer_is_hierarchical_local_model_map",
        "headline_transformer_is_hierarchical_local_model_heads",
        "headline_transformer_is_hierarchical_local_model_sum",
        "headline_transformer_is_hierarchical_local_model_sharp",
        "headline_transformer_is_hierarchical_local_model_boundary",
        "headline_transformer_is_hierarchical_local_model_hull",
        "headline_transformer_is_hierarchical_local_model_permutation",
    ),
    part="Part II. Localization methods",
    literature=r"""The heads *are* local means; the layer is a composition of them with pointwise
maps, hierarchical because queries and keys of a layer are made of the layer before. Each token's
mean of the inputs stays in their convex hull, and permuting the tokens permutes the outputs:
positions enter through the inputs alone. Through depth the changes add up as in
[progressive](#thm-progressive): each is multiplied by the Lipschitz constants of later layers.""",
)
