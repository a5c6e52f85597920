"""Lazy learning: nearest neighbours as a local mean, and as what attention becomes when cold.

Statement  ‖o − mean of the m nearest values‖ ≤ σ(ln(c/m) − x)·D, x = Δ/τ, Δ the gap to the next
           score; so as τ → 0 attention becomes the mean of its nearest keys, and at once
           k nearest neighbours are the local mean of the kernel that says 1 up to the k-th distance
Assumes    m ≥ 1 nearest keys that tie and c ≥ 1 others, τ > 0; Δ of any sign, > 0 for the limit; no
           value of the nearest farther than D from one of the others
Sharp      the others tie too, one value on the nearest and one on the others, at distance D
Fails      for one of several nearest keys: where two tie the limit is their mean, not one of them
Source     localization
"""

import sympy as sp

from locality.theory.concentration.row import (
    LOG_ODDS,
    MARGIN,
    OTHERS,
    RELEVANT,
    SIZES,
    TEMPERATURE,
    other_weight,
)
from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Limit,
    Term,
)
from locality.theory.core.functions import rise, sigmoid
from locality.theory.core.symbols import (
    behind,
    c,
    diameter,
    i,
    j,
    level,
    m,
    nearest_mean,
    normaliser,
    q,
    temperature,
    total,
    x,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# The nearest keys score `level`, all of them. Values are seen along a unit vector: base + f[i] of a
# nearest key and base + D − g[j] of another, so that D covers every pair of them.
base = sp.Symbol("base", real=True)
f = sp.IndexedBase("f", nonnegative=True)
g = sp.IndexedBase("g", nonnegative=True)
near_value, far_value = base + f[i], base + diameter - g[j]
near_weight = sp.exp(level)
NAMES = {
    behind: sp.Sum(other_weight, OTHERS),
    total: m * near_weight + behind,
    normaliser: m + c * sp.exp(-x),
}
OUTPUT = (
    sp.Sum(near_weight * near_value, RELEVANT) + sp.Sum(other_weight * far_value, OTHERS)
) / total
NEAREST = sp.Sum(near_value, RELEVANT) / m
CHANGE = OUTPUT - NEAREST
BOUND = diameter * sigmoid(LOG_ODDS)
gap = sp.Symbol("gap", positive=True)

cold = Derivation(
    (
        Aggregates("Weights of the other keys, of all, and the normaliser of two levels", NAMES),
        Identity(
            "What attention to the nearest alone says is their plain mean",
            sp.Sum(near_weight * near_value, RELEVANT) / (m * near_weight),
            NEAREST,
        ),
        Decomposition(
            "Along every unit vector: what others leak too little, and values nearer than D",
            BOUND - CHANGE,
            (
                Term(
                    diameter
                    * m
                    * near_weight
                    * sp.Sum(other_weight * rise(q[j]), OTHERS)
                    / (near_weight * normaliser * total),
                    "leakage's slack, pair by pair: another key scores x below or lower",
                ),
                Term(behind / total * sp.Sum(f[i], RELEVANT) / m, "values of the nearest"),
                Term(sp.Sum(other_weight * g[j], OTHERS) / total, "values of the others"),
            ),
            slack_latex=r"\sigma\left(\ln\tfrac cm-x\right)D-\langle e,\,o-\bar v_R\rangle",
        ),
        ByHand(
            "A norm is the largest component along unit vectors",
            r"\lVert o-\bar v_R\rVert=\max_{\lVert e\rVert=1}\langle e,\,o-\bar v_R\rangle",
            "headline_lazy_learning",
        ),
        Limit(
            "Where the nearest lead by a gap the bound vanishes with the temperature",
            BOUND.subs(x, gap / temperature),
            temperature,
            sp.Integer(0),
            sp.Integer(0),
        ),
    )
)

# k nearest neighbours: the kernel is 1 on the m keys no farther than the k-th, and 0 beyond.
a = sp.IndexedBase("a", real=True)
b = sp.IndexedBase("b", real=True)
INSIDE, BEYOND = sp.Integer(1), sp.Integer(0)
LOCAL = (sp.Sum(INSIDE * a[i], RELEVANT) + sp.Sum(BEYOND * b[j], OTHERS)) / (
    sp.Sum(INSIDE, RELEVANT) + sp.Sum(BEYOND, OTHERS)
)
ENCODING = {nearest_mean: sp.Sum(a[i], RELEVANT) / m}
neighbours = Derivation(
    (
        ByHand(
            "The keys up to the k-th distance are nearest, k of them unless some tie with the k-th",
            r"\#\{d<h\}<k\le\#\{d\le h\}",
            "headline_lazy_learning_neighbours",
        ),
        Identity("Their local mean counts each of them once", LOCAL, nearest_mean.subs(ENCODING)),
    )
)

# Two keys tie at the top, their values 0 and 1; a third scores x lower and says 0.
TIED = sp.exp(x) / (2 * sp.exp(x) + 1)

THEOREM = Theorem(
    id="lazy-learning",
    tag="N2LZ",
    title="Nearest neighbours, and cold attention",
    statement=r"""Let $m\ge1$ keys tie for the highest score of a query, its nearest keys, and let
$c\ge1$ others score at least $\Delta$ less. With $\bar v_R$ the plain mean of the values of the
nearest, attention at temperature $\tau>0$ puts out
$$\lVert o-\bar v_R\rVert\;\le\;\sigma\!\left(\ln\tfrac cm-x\right)D,\qquad x=\frac\Delta\tau,$$
where no value of a nearest key is farther than $D$ from one of another key. So if $\Delta>0$,
attention becomes nearest-neighbour prediction as $\tau\to0$: that of the nearest key if it is the
only one, the mean of all that tie if not. And $k$ nearest neighbours are a local mean at once, of
the kernel that is $1$ up to the distance of the $k$-th nearest key and $0$ beyond, those that tie
with it included.""",
    intuition=r"""A softmax is a soft choice of the best. The colder, the harder; what is left of
the other keys falls like $e^{-\Delta/\tau}$, and between keys that tie there is nothing to
choose.""",
    proof=r"""Restricted to the nearest keys, which score alike, attention is a plain mean. By
[truncation](#thm-truncation) the others change the output by at most their share times $D$, and by
[leakage](#thm-leakage) that share is at most $\sigma(\ln\frac cm-x)$, which vanishes as
$x\to\infty$. For the indicator of a distance $h$ the local mean is that of the keys within $h$; if
fewer than $k$ are nearer than $h$ and at least $k$ are no farther, these are the $k$ nearest and
all that tie with the last of them.""",
    source=Source(
        "localization",
        "nearest-neighbour methods are local means, and attention at temperature 0 is one of them",
        verdict="more",
        truth="the nearest key is the only one; where several tie the limit is their mean",
    ),
    assumptions=(
        SIZES,
        TEMPERATURE,
        Assumption("tied", "the nearest keys have one score"),
        MARGIN,
        Assumption("values", "$\\lVert v_i - v_j\\rVert \\le D$ for $i$ nearest and $j$ not"),
    ),
    claims=(
        Claim(
            name="cold",
            direction="upper",
            lhs=CHANGE,
            lhs_latex=r"\lVert o-\bar v_R\rVert",
            rhs=BOUND,
            inputs=("m", "c", "x", "diameter"),
            derivation=cold,
            base=sp.Integer(0),
        ),
        Claim(
            name="neighbours",
            direction="equal",
            lhs=LOCAL,
            lhs_latex=r"m_{\mathbf 1[d\le h]}(x^*)",
            rhs=nearest_mean,
            inputs=("nearest_mean",),
            derivation=neighbours,
            encoding=ENCODING,
            printed=False,
        ),
    ),
    sharp=Attains(
        "Two-level scores, one value on the nearest keys and one on the others, at distance D",
        BOUND - CHANGE,
        {q: 0, f: 0, g: 0},
        NAMES,
        Example((1, 1), (0, 0, 0), caption="two nearest keys that say 0, three others that say D"),
    ),
    boundary=Breaks(
        "One of two keys that tie, taken for the nearest, with the gap to the next lower score",
        sigmoid(sp.log(2) - x) - TIED,
        {"x": 8},
        {},
        Example((8,), (8, 0), caption="two keys tie at 8 and say 0 and 1; a third at 0 says 0"),
    ),
    depends_on=("leakage", "truncation"),
    rocq=(
        "headline_lazy_learning",
        "headline_lazy_learning_sharp",
        "headline_lazy_learning_limit",
        "headline_lazy_learning_neighbours",
        "headline_lazy_learning_boundary",
    ),
    part="Part II. Localization methods",
    literature="""Both readings hold: k nearest neighbours are a local mean whose bandwidth adapts
to the query, and cold attention is nearest-neighbour prediction. Libraries differ where keys tie:
most keep just k of them, in the order in which they find them, and no kernel of distances does
that.""",
)
