"""Local mean: what a kernel's weighted mean minimises, and how far a local model moves with it.

Statement  Σ K_i‖y_i − θ‖² = Σ K_i‖y_i − r‖² + ΣK·‖θ − r‖², r the local mean; and the minimisers of
           μ-strongly convex losses under two normalised kernels differ by at most TV·D/μ
Assumes    a kernel of positive mass; D the diameter of the losses' gradients at one minimiser
Sharp      an equality; TV·D/μ is attained by two values on quadratics of curvature μ
Fails      if D is replaced by a bound of the gradients' lengths: it takes twice that
Source     localization
"""

import sympy as sp

from locality.theory.concentration.row import OTHERS, RELEVANT
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
    convexity,
    distance_from_mean,
    gradient_bound,
    gradient_diameter,
    i,
    j,
    kernel_mass,
    level,
    n,
    p,
    q,
    total,
    variation,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks

# One component of values y[i] under kernel weights K[i], of the local mean and of an answer θ.
K = sp.IndexedBase("K", nonnegative=True)
y = sp.IndexedBase("y", real=True)
answer = sp.Symbol("answer", real=True)
local_mean = sp.Symbol("local_mean", real=True)
KEYS = (i, 1, n)
WEIGHED = {
    total: sp.Sum(K[i], KEYS),
    local_mean: sp.Sum(K[i] * y[i], KEYS) / total,
}
ENCODING = {kernel_mass: total, distance_from_mean: answer - local_mean}


def cost(theta: sp.Expr) -> sp.Expr:
    """The weighted squared loss of one component."""
    return sp.Sum(K[i] * (y[i] - theta) ** 2, KEYS)


EXCESS = cost(answer) - cost(local_mean)
BOUND = kernel_mass * distance_from_mean**2

squared = Derivation(
    (
        Aggregates(
            "The kernel's mass, which is not 0, and the local mean", WEIGHED, nonzero=(total,)
        ),
        Identity(
            "Component by component, what an answer costs beyond the local mean",
            EXCESS,
            BOUND.subs(ENCODING),
        ),
    )
)

# The first kernel takes weight from some keys, in proportions v[j], and gives it to others, in
# proportions w[i]. Along the unit vector from one minimiser to the other, the gradients at the
# second are level + D − p[i] and level + q[j]; from one minimiser to the other that of key i
# grows at the rate μ + h[i] on average, and P[i] is its weight under the first kernel.
w = sp.IndexedBase("w", positive=True)
v = sp.IndexedBase("v", positive=True)
P = sp.IndexedBase("P", nonnegative=True)
h = sp.IndexedBase("h", nonnegative=True)
spare = sp.Symbol("spare", nonnegative=True)
NAMES = {ahead: sp.Sum(w[i], RELEVANT), behind: sp.Sum(v[j], OTHERS)}
CURVED = {spare: sp.Sum(P[i] * h[i], KEYS)}
pulled = (
    sp.Sum(w[i] * (level + gradient_diameter - p[i]), RELEVANT) / ahead
    - sp.Sum(v[j] * (level + q[j]), OTHERS) / behind
)
MOVED = variation * pulled / (convexity + spare)
STABILITY = variation * gradient_diameter / convexity
LIPSCHITZ = 2 * variation * gradient_bound / convexity
SYMMETRIC = {gradient_diameter: 2 * gradient_bound, level: -gradient_bound}
pairs = sp.Sum(sp.Sum(w[i] * v[j] * (p[i] + q[j]), OTHERS), RELEVANT) / (ahead * behind)
curved = Term(
    variation * gradient_diameter * spare / (convexity * (convexity + spare)),
    "no loss curves less than μ",
)
flat = Term(
    variation * pairs / (convexity + spare), "no two gradients are farther apart than D along e"
)

moves = (
    Aggregates("Proportions of what the keys gain and lose", NAMES),
    Aggregates("The mean curvature in excess of μ", CURVED, nonzero=(spare,)),
    ByHand(
        "Both mean gradients vanish at their minimisers, so that between them, at distance r, the "
        "mean curvature under p makes up for what the gradients' mean moves; e points from one to "
        "the other",
        r"r\,\textstyle\sum_i p_i(\mu+h_i)=\langle e,\sum_i(p_i-p'_i)\nabla\ell_i(\theta')\rangle",
        "headline_local_mean_stability",
    ),
)
stable = Derivation(
    (
        *moves,
        Decomposition(
            "What curvature and gradients spare",
            STABILITY - MOVED,
            (curved, flat),
            slack_latex=r"\frac{\mathrm{TV}\,D}{\mu}-r",
        ),
    )
)
bounded = Derivation(
    (
        *moves,
        Decomposition(
            "Gradients no longer than G are no farther apart than 2G",
            LIPSCHITZ - MOVED.subs(SYMMETRIC),
            tuple(Term(part.expr.subs(SYMMETRIC), part.because) for part in (curved, flat)),
            slack_latex=r"\frac{2\,\mathrm{TV}\,G}{\mu}-r",
        ),
    )
)

THEOREM = Theorem(
    id="local-mean",
    tag="L4MN",
    title="The local mean, and how far local models move with their kernel",
    statement=r"""Let $K_i \ge 0$ be a kernel's weights at a query, $\sum K > 0$, and
$r = \sum K_i y_i / \sum K$ the local mean of values $y_i$. For every answer $\theta$
$$\sum_i K_i\lVert y_i-\theta\rVert^2 \;=\; \sum_i K_i\lVert y_i-r\rVert^2
+ \Bigl(\sum_i K_i\Bigr)\lVert\theta-r\rVert^2,$$
so the local mean is the one minimiser of the weighted squared loss. Let further losses $\ell_i$ be
differentiable and $\mu$-strongly convex, $\mu > 0$, and let $\theta$ and $\theta'$ minimise
$\sum p_i\ell_i$ and $\sum p'_i\ell_i$ for two normalised kernels. Each is the only minimiser, and
$$\lVert\theta-\theta'\rVert \;\le\; \frac{\mathrm{TV}(p,p')}{\mu}\,D
\;\le\; \frac{2\,\mathrm{TV}(p,p')}{\mu}\,G,$$
$D = \max_{i,j}\lVert\nabla\ell_i(\theta')-\nabla\ell_j(\theta')\rVert$ being the diameter of the
gradients at $\theta'$ and $G = \max_i\lVert\nabla\ell_i(\theta')\rVert$ the largest of them.""",
    intuition=r"""A mean is what squared loss asks for, and a kernel only says how much each key has
to say in it. Any other strongly convex loss is a bowl with walls at least as steep: when a kernel
moves a share of its weight from some keys to others, the forces that held the model in balance
change by no more than that share of how far they are apart, and the bowl turns a force into a
distance.""",
    proof=r"""Expand the square around $r$: the middle term is $\sum K_i(y_i-r) = 0$. For other
losses both mean gradients vanish at their minimisers, so
$\sum p_i(\nabla\ell_i(\theta')-\nabla\ell_i(\theta)) = \sum(p_i-p'_i)\nabla\ell_i(\theta')$. Seen
along the unit vector $e$ from $\theta$ to $\theta'$, the left side is at least $\mu$ times their
distance by strong convexity. The right side takes a share $\mathrm{TV}$ of weight from some keys
and gives it to others, so it is at most $\mathrm{TV}$ times the largest difference of two
gradients.""",
    source=Source(
        "localization",
        "local models are minimisers of a loss that a kernel weighs, the local mean that of the "
        "squared loss",
        verdict="holds",
    ),
    assumptions=(Assumption("mass", "the kernel's weights at the query sum to more than 0"),),
    claims=(
        Claim(
            name="excess",
            direction="equal",
            lhs=EXCESS,
            lhs_latex=r"\sum_iK_i\lVert y_i-\theta\rVert^2-\sum_iK_i\lVert y_i-r\rVert^2",
            rhs=BOUND,
            inputs=("kernel_mass", "distance_from_mean"),
            derivation=squared,
            encoding=ENCODING,
        ),
        Claim(
            name="stability",
            direction="upper",
            lhs=MOVED,
            lhs_latex=r"\lVert\theta-\theta'\rVert",
            rhs=STABILITY,
            inputs=("variation", "gradient_diameter", "convexity"),
            derivation=stable,
            base=sp.Integer(0),
        ),
        Claim(
            name="lipschitz",
            direction="upper",
            lhs=MOVED.subs(SYMMETRIC),
            lhs_latex=r"\lVert\theta-\theta'\rVert",
            rhs=LIPSCHITZ,
            inputs=("variation", "gradient_bound", "convexity"),
            derivation=bounded,
            base=sp.Integer(0),
        ),
    ),
    sharp=Attains(
        "Two values, one where the kernel gains and one where it loses, and curvature μ throughout",
        STABILITY - MOVED,
        {p: 0, q: 0, h: 0},
        {**NAMES, **CURVED},
    ),
    boundary=Breaks(
        "TV·G/μ is not enough: two values, 1 and −1, of weight ½ each and then of ¾ and ¼. TV is ¼ "
        "and both gradients at 0 have length 1, but the mean moves from 0 to ½",
        (LIPSCHITZ / 2 - MOVED.subs(SYMMETRIC)).subs(gradient_bound, 1),
        {
            "m": 1,
            "c": 1,
            "n": 2,
            "w": [1],
            "v": [1],
            "p": [0],
            "q": [0],
            "P": [sp.Rational(3, 4), sp.Rational(1, 4)],
            "h": [0, 0],
            "variation": sp.Rational(1, 4),
            "convexity": 1,
        },
        {**NAMES, **CURVED},
    ),
    depends_on=("dial",),
    rocq=(
        "headline_local_mean",
        "headline_local_mean_growth",
        "headline_local_mean_stability",
        "headline_local_mean_lipschitz",
        "headline_local_mean_sharp",
        "headline_local_mean_dial",
    ),
    part="Part II. Localization methods",
    literature="""Holds. How far a local model moves with its kernel is a matter of the kernels'
total variation, whatever the model: by the theorem on the [dial](#thm-dial), a turn of λ moves any
strongly convex local model by at most tanh(λ/4τ)·D/μ, so that the dial is a knob on all of them and
not on attention only. Without the factor 2, a bound of the gradients over μ is too small.""",
)
