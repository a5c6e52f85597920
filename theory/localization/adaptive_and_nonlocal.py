"""Adaptive bandwidths and non-local means: a scale of their own, and what a cut-off costs.

Statement  leaving out c patches whose exponents are all at least t changes a pixel by at most
           σ(ln c − t − lse_K)·D; with the bandwidth κ·r, r the distance of the k-th nearest key,
           the log-kernel −d²/2κ²r² is the same after a shift, a rotation, a change of scale
Assumes    one kept patch and c ≥ 1 left out, exponents of these ≥ t, D the largest distance of a
           kept value from one left out; κ, r > 0
Sharp      all patches left out at exponent t, one value kept and one left out
Fails      with a fixed bandwidth a change of scale changes the mean
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
from locality.theory.core.functions import fall, sigmoid
from locality.theory.core.symbols import (
    ahead,
    bandwidth_scale,
    behind,
    c,
    cutoff,
    diameter,
    distance,
    i,
    j,
    leakage,
    level,
    log_kept,
    p,
    q,
    reach,
    total,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# Kept patches weigh w[i], the ones left out e^(−t − q[j]). Along a unit vector kept values are
# level + p[i] and the others level + D − g[j].
w = sp.IndexedBase("w", positive=True)
g = sp.IndexedBase("g", nonnegative=True)
left_weight = sp.exp(-cutoff - q[j])
NAMES = {
    ahead: sp.Sum(w[i], RELEVANT),
    behind: sp.Sum(left_weight, OTHERS),
    total: ahead + behind,
    leakage: behind / total,
}
kept_sum = sp.Sum(w[i] * (level + p[i]), RELEVANT)
left_sum = sp.Sum(left_weight * (level + diameter - g[j]), OTHERS)
CHANGE = (kept_sum + left_sum) / total - kept_sum / ahead
MASS = sigmoid(sp.log(c) - cutoff - log_kept)
BOUND = MASS * diameter
ENCODING = {log_kept: sp.log(ahead)}
most = c * sp.exp(-cutoff)
lighter = sp.exp(-cutoff) * sp.Sum(fall(q[j]), OTHERS)
pairs = sp.Sum(sp.Sum(w[i] * left_weight * (p[i] + g[j]), OTHERS), RELEVANT)

cut = Derivation(
    (
        Aggregates("Weights kept and left out, and the mass of what is left out", NAMES),
        Identity(
            "The patches left out weigh no more than all at the cut-off", most - behind, lighter
        ),
        Identity(
            "The pixel changes by their mass times the difference of two means",
            CHANGE,
            leakage * (left_sum / behind - kept_sum / ahead),
        ),
        Decomposition(
            "Along every unit vector: what the exponents leave, and a weighted sum over pairs",
            BOUND.subs(ENCODING) - CHANGE,
            (
                Term(
                    diameter * ahead * lighter / ((ahead + most) * total),
                    "no exponent left out is below t",
                ),
                Term(
                    pairs / (ahead * total),
                    "no kept value is farther than D from one left out",
                ),
            ),
            slack_latex=r"\sigma(\ln c-t-\operatorname{lse}_K)D-\langle e,\,o-o_K\rangle",
        ),
        ByHand(
            "A norm is the largest component along unit vectors",
            r"\lVert o-o_K\rVert=\max_{\lVert e\rVert=1}\langle e,\,o-o_K\rangle",
            "headline_adaptive_and_nonlocal",
        ),
    )
)

# A shift, a rotation and a change of scale multiply all distances by one ratio.
stretch = sp.Symbol("stretch", positive=True)
d = sp.IndexedBase("d", nonnegative=True)
f = sp.IndexedBase("f", real=True)


def log_weight(far: sp.Expr, near: sp.Expr) -> sp.Expr:
    """The Gaussian kernel's logarithm at distance `far`, bandwidth κ · `near`."""
    return -(far**2) / (2 * (bandwidth_scale * near) ** 2)


def mean(far: sp.Expr, near: sp.Expr) -> sp.Expr:
    """The local mean of f[i], keys at the distances `far`."""
    weight = sp.exp(log_weight(far, near))
    return sp.Sum(weight * f[i], RELEVANT) / sp.Sum(weight, RELEVANT)


AFTER, BEFORE = log_weight(stretch * distance, stretch * reach), log_weight(distance, reach)
adaptive = Derivation(
    (
        Identity("Distance over bandwidth stays, and so the log-kernel", AFTER, BEFORE),
        Identity(
            "So does the local mean", mean(stretch * d[i], stretch * reach), mean(d[i], reach)
        ),
        ByHand(
            "The k-th nearest key stays the k-th nearest, at the ratio times its distance",
            r"r' = \rho\,r",
            "headline_adaptive_and_nonlocal_adaptive",
        ),
    )
)

THEOREM = Theorem(
    id="adaptive-and-nonlocal",
    tag="W3AN",
    title="Adaptive bandwidths and non-local means",
    statement=r"""*Non-local means* replace a pixel by the local mean of all pixels, with a kernel
of the distance between the patches around them. If $c \ge 1$ patches are left out, each with an
exponent $d^2/h^2$ of at least $t$, and the kept ones have the log-sum-exp $\operatorname{lse}_K$ of
minus their exponents, then the pixel changes by at most
$$\lVert o-o_K\rVert \;\le\; \sigma\!\left(\ln c-t-\operatorname{lse}_K\right) D ,$$
$D$ the largest distance of a kept value from one left out. The own patch has exponent 0, so
$\operatorname{lse}_K \ge 0$ where it is kept.

An *adaptive bandwidth* $\kappa r$, $r > 0$ the distance of the query's $k$-th nearest key, makes
the log-kernel $-d^2/2\kappa^2r^2$: if keys and query are shifted, rotated and scaled together, it
and every local mean stay exactly what they were.""",
    intuition=r"""A window, a cut-off at a distance, a list of the best matches are all one act:
some patches are not looked at. How much that can matter is known without looking, if one knows how
far away they are at the least. And a bandwidth that is measured in the data's own distances cannot
care in which units these are given.""",
    proof=r"""Each patch left out weighs at most $e^{-t}$, all of them at most $ce^{-t}$, beside
$e^{\operatorname{lse}_K}$ for the others: so their share is at most
$\sigma(\ln c-t-\operatorname{lse}_K)$, and by [truncation](#thm-truncation) the mean moves by no
more than this share times $D$. For the second claim all distances get the same factor, the $k$-th
smallest among them too, and it cancels.""",
    source=Source(
        "localization",
        "adaptive bandwidths and non-local means are localization methods",
        verdict="holds",
    ),
    assumptions=(
        SIZES,
        Assumption("far", "every patch left out has an exponent of at least $t$"),
        Assumption("values", "$\\lVert v_i - v_j\\rVert \\le D$ for $i$ kept and $j$ left out"),
    ),
    claims=(
        Claim(
            name="bound",
            direction="upper",
            lhs=CHANGE,
            lhs_latex=r"\lVert o-o_K\rVert",
            rhs=BOUND,
            inputs=("c", "cutoff", "log_kept", "diameter"),
            derivation=cut,
            base=sp.Integer(0),
            encoding=ENCODING,
        ),
        Claim(
            name="adaptive",
            direction="equal",
            lhs=AFTER,
            lhs_latex=r"\ln K'",
            rhs=BEFORE,
            inputs=("distance", "reach", "bandwidth_scale"),
            derivation=adaptive,
        ),
    ),
    sharp=Attains(
        "All patches left out at the cut-off, one value kept and one left out",
        BOUND.subs(ENCODING) - CHANGE,
        {p: 0, q: 0, g: 0},
        NAMES,
        Example((0,), (-3, -3), caption="the own patch says 0; two at exponent 3 say D"),
    ),
    boundary=Breaks(
        "With the bandwidth fixed at 1, keys at 0 and 1 that move to 0 and 2 change the mean",
        -((mean(stretch * d[i], stretch * reach).subs(reach, 1 / stretch) - mean(d[i], 1)) ** 2),
        {"m": 2, "bandwidth_scale": 1, "stretch": 2, "d": [0, 1], "f": [0, 1]},
        {},
        Example(
            (0,), (sp.Rational(-1, 2),), caption="exponents 0 and ½; twice as far they are 0, 2"
        ),
    ),
    depends_on=("truncation",),
    rocq=(
        "headline_adaptive_and_nonlocal",
        "headline_adaptive_and_nonlocal_sharp",
        "headline_adaptive_and_nonlocal_own_patch",
        "headline_adaptive_and_nonlocal_adaptive",
        "headline_adaptive_and_nonlocal_boundary",
    ),
    part="Part II. Localization methods",
    literature=r"""Both *are* local means. Denoisers in use cut twice: they look at a window of
patches, and drop those beyond an exponent, scikit-image beyond 5. The second cut costs at most
$\sigma(\ln c-5-\operatorname{lse}_K)D$; the first has no bound before one has looked at the
distances outside. Subtracting the noise's variance from distances makes another kernel of the
distance, flat near 0, and still a local mean.""",
)
