"""Group lasso in attention: how strongly a loss can pull at one block's bilinear scores.

Statement  ‖∇_{W_g}L‖_F ≤ (GQKD/τ)·ψ(π_g) ≤ GQKD/(2τ), ψ(π) = π(1 − π) + ramp(3π − 1)²/8, that is
           π(1 − π) up to π = 1/3 and (1 + π)²/8 above; so λ_g > GQKD/(2τ) switches the block off
Assumes    s_j = qᵀW_{g(j)}k_j, loss gradient at the output ≤ G, ‖q‖ ≤ Q, ‖k_j‖ ≤ K, values no
           farther apart than D, τ > 0; one query, or a mean over queries
Sharp      a block split in two, keys ±K, values at the two ends: equality at every π
Fails      group sparsity alone does not concentrate: with every W_g = 0 attention is uniform
Source     localist
"""

import sympy as sp

from locality.theory.concentration.row import AGGREGATES, ENTROPY, TEMPERATURE
from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Term,
)
from locality.theory.core.functions import ramp
from locality.theory.core.solve import Case, Cases
from locality.theory.core.symbols import (
    block_mass,
    c,
    i,
    j,
    largest_key,
    largest_query,
    loss_slope,
    m,
    n,
    temperature,
    total,
    value_diameter,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# Along the loss gradient values lie in [level, level + G·D]. Of the block, A raises the output and
# B lowers it; B, the heavier (else turn the axis), weighs `light + extra`. Values fall short of
# their best place, the upper end on A and on the rest, the lower on B, by x, y and z.
light, extra, rest = sp.symbols("light extra rest", nonnegative=True)
k = sp.Symbol("k", integer=True, positive=True)
A, B, REST = (i, 1, m), (j, 1, c), (k, 1, n)
a, b, o = (sp.IndexedBase(name, positive=True) for name in "abo")
x, y, z = (sp.IndexedBase(name, nonnegative=True) for name in "xyz")
above, below, beside = sp.symbols("above below beside", nonnegative=True)
heavy = light + extra
reach = loss_slope * value_diameter


def mean(weight: sp.IndexedBase, of: sp.Expr, over: sp.Tuple) -> sp.Expr:
    """The mean of a quantity of some keys under their attention."""
    index = over[0]
    return sp.Sum(weight[index] * of, over) / sp.Sum(weight[index], over)


NAMES = {
    total: light + heavy + rest,
    above: mean(a, x[i], A),
    below: mean(b, y[j], B),
    beside: mean(o, z[k], REST),
}
OUTPUT = (
    light * mean(a, reach - x[i], A) + heavy * mean(b, y[j], B) + rest * mean(o, reach - z[k], REST)
) / total
EFFECT = (light * mean(a, reach - x[i] - OUTPUT, A) + heavy * mean(b, OUTPUT - y[j], B)) / total
COLLECTED = (
    light * (reach - above)
    - heavy * below
    + extra * ((light + rest) * reach - light * above + heavy * below - rest * beside) / total
) / total

SCALE = largest_query * largest_key / temperature
MASS = (light + heavy) / total
SHAPE = block_mass * (1 - block_mass) + ramp(3 * block_mass - 1) ** 2 / 8
BOUND = loss_slope * largest_query * largest_key * value_diameter / temperature * SHAPE
THRESHOLD = loss_slope * largest_query * largest_key * value_diameter / (2 * temperature)
ENCODING = {block_mass: MASS}

tilt = 3 * MASS - 1
misplaced = (
    Term(SCALE * light * above * (total + extra) / total**2, "values short of the upper end"),
    Term(SCALE * heavy * below * (2 * light + rest) / total**2, "values above the lower end"),
    Term(SCALE * extra * rest * beside / total**2, "values of the rest short of the upper end"),
)
named = Aggregates(
    "The attention on all keys, and how far values are from their best place on average",
    NAMES,
    nonzero=(total,),
)
collected = Identity("What the block's keys move the output by, collected", EFFECT, COLLECTED)
chain = ByHand(
    "The gradient in a block is q times a weighted sum of its keys, no longer than K each",
    r"\nabla_{W_g}L=q\Bigl(\sum_{j\in g}\tfrac{p_j}{\tau}\langle\gamma,v_j-o\rangle\,k_j"
    r"\Bigr)^{\!\top}",
    "headline_group_lasso_attention",
)
gradient = Derivation(
    (
        named,
        collected,
        Decomposition(
            "The slack: how far the block is from its best split, its values from their best place",
            BOUND.subs(ENCODING) - SCALE * COLLECTED,
            (
                Term(
                    SCALE * reach * 2 * (light / total - ramp(tilt) / 4) ** 2,
                    "a square, zero at the block's best split",
                ),
                Term(SCALE * reach * light / total * ramp(-tilt), "a light block is best whole"),
                *misplaced,
            ),
            slack_latex=r"\frac{GQKD}{\tau}\psi(\pi_g)-\lVert\nabla_{W_g}L\rVert_F",
        ),
        chain,
    )
)
threshold = Derivation(
    (
        named,
        collected,
        Decomposition(
            "The same at any mass, and what is missing where the block does not hold all attention",
            THRESHOLD - SCALE * COLLECTED,
            (
                Term(SCALE * reach * 2 * (light / total - tilt / 4) ** 2, "a square"),
                Term(SCALE * reach * rest / total * (3 + MASS) / 8, "attention off the block"),
                *misplaced,
            ),
            slack_latex=r"\frac{GQKD}{2\tau}-\lVert\nabla_{W_g}L\rVert_F",
        ),
        chain,
    )
)

THEOREM = Theorem(
    id="group-lasso-attention",
    tag="A9GL",
    title="The penalty that switches a block of attention scores off",
    statement=r"""Let scores be bilinear, $s_j=q^\top W_{g(j)}k_j$ with one matrix a block of keys,
attention $p=\operatorname{softmax}(s/\tau)$, and let the loss gradient at the output
$o=\sum_jp_jv_j$ be no longer than $G$. With $\lVert q\rVert\le Q$, $\lVert k_j\rVert\le K$, values
no farther apart than $D$, and $\pi_g$ the attention on block $g$,
$$\lVert\nabla_{W_g}L\rVert_F\;\le\;\frac{GQKD}{\tau}\,\psi(\pi_g)\;\le\;\frac{GQKD}{2\tau},$$
where $\psi(\pi)=\pi(1-\pi)$ for $\pi\le\frac13$ and $\psi(\pi)=\frac18(1+\pi)^2$ above,
and no smaller $\psi$ will do. The same holds for a mean over queries. Hence
$\lambda_g>GQKD/(2\tau)$ forces $W_g=0$ at every stationary point: **the scores of the block are
then exactly $0$**, and if all blocks off $R$ are switched off so and the relevant scores are at
least $\Delta\ge 0$, the bounds of [leakage](#thm-leakage) and [entropy](#thm-entropy) hold.""",
    intuition=r"""A score moves the output only as far as its key's value differs from the output,
and only by its key's attention. A light block does most if its keys agree against all others; a
heavy one if it is at odds with itself. Never is it more than half the range of the values.""",
    proof=r"""By the chain rule $\nabla_{W_g}L=q\,(\sum_{j\in g}c_jk_j)^\top$ with
$c_j=\frac{p_j}\tau\langle\gamma,v_j-o\rangle$, so its norm is at most $QK\sum_{j\in g}|c_j|$. The
numbers $\langle\gamma,v_j\rangle$ lie in an interval of length $GD$. Split the block by the sign of
$c_j$; the sum is largest if the heavier part, of mass $t$, lies at one end and all else at the
other, and is then $\frac{GD}\tau\,t(1+\pi-2t)$. As $t\ge\pi/2$ and $t\le\pi$, the best $t$ is
$(1+\pi)/4$, or $\pi$ where that is less: this is $\psi$, and the square that is missing otherwise
is what the checked decomposition shows. $\psi$ rises to $\psi(1)=\frac12$. The threshold is
[group-lasso](#thm-group-lasso).""",
    source=Source(
        "localist",
        "explicit penalty thresholds under which attention concentrates on blocks",
        verdict="more",
        truth="scores are bilinear in the penalised weights, and something keeps the relevant "
        "ones up",
    ),
    assumptions=(
        TEMPERATURE,
        Assumption("slope", "the loss is differentiable at the output, its gradient $\\le G$"),
        Assumption("queries", "$\\lVert q\\rVert \\le Q$"),
        Assumption("keys", "$\\lVert k_j\\rVert \\le K$ for all visible keys"),
        Assumption("values", "$\\lVert v_i - v_j\\rVert \\le D$ for all visible keys"),
        Assumption("visible", "at least one visible key"),
        Assumption("fixed", "queries, keys and values do not depend on $W$", implicit=True),
        Assumption("bilinear", "one matrix $W_g$ for each block of keys", implicit=True),
    ),
    claims=(
        Claim(
            name="gradient",
            direction="upper",
            lhs=SCALE * EFFECT,
            lhs_latex=r"\lVert\nabla_{W_g}L\rVert_F",
            rhs=BOUND,
            inputs=(
                "loss_slope",
                "largest_query",
                "largest_key",
                "value_diameter",
                "temperature",
                "block_mass",
            ),
            derivation=gradient,
            base=sp.Integer(0),
            encoding=ENCODING,
        ),
        Claim(
            name="threshold",
            direction="upper",
            lhs=SCALE * EFFECT,
            lhs_latex=r"\lVert\nabla_{W_g}L\rVert_F",
            rhs=THRESHOLD,
            inputs=("loss_slope", "largest_query", "largest_key", "value_diameter", "temperature"),
            derivation=threshold,
            base=sp.Integer(0),
        ),
    ),
    sharp=Attains(
        "Half the attention on the block, split one to three, all values at the two ends",
        BOUND.subs(ENCODING) - SCALE * EFFECT,
        {x: 0, y: 0, z: 0, light: 1, extra: 2, rest: 4},
        {total: NAMES[total]},
        Example((0,), (0, 0, 0, 0, 0, 0, 0), caption="one key against three, and four beside them"),
    ),
    boundary=Breaks(
        "All blocks off R switched off, R too: three equal scores do not concentrate on one key",
        sp.log(m) - ENTROPY,
        {"m": 1, "c": 2, "level": 0, "x": 0, "p": [0], "q": [0, 0]},
        AGGREGATES,
        Example((0,), (0, 0), caption="every score is 0: attention is uniform, H = ln 3"),
    ),
    depends_on=("group-lasso", "leakage", "entropy"),
    rocq=(
        "headline_group_lasso_attention",
        "headline_group_lasso_attention_mean",
        "headline_group_lasso_attention_dead",
        "headline_group_lasso_attention_concentrates",
        "headline_group_lasso_attention_sharp",
        "headline_group_lasso_attention_light",
        "headline_group_lasso_attention_boundary",
    ),
    solvers={
        "penalty": Cases(
            "penalty",
            ("loss_slope", "largest_query", "largest_key", "value_diameter", "temperature"),
            (Case((), ">=", THRESHOLD, "above it W_g = 0 at every stationary point"),),
        )
    },
    literature="""Announced as an explicit threshold on the penalty. It exists, for scores that are
bilinear in the penalised weights: factorised $W_Q$, $W_K$ have a gradient that vanishes at zero, so
that zero is stationary at every penalty. And a block that is switched off scores zero, no more:
attention concentrates only if the relevant scores are kept above zero by something else.""",
)
