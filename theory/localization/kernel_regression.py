"""Kernel regression: what a local mean of noisy values errs by, and what concentration costs.

Statement  Var m(x*) = σ²Σp² ≥ σ²(σ(−L)²/m + σ(L)²/c) ≥ σ²e^(−H*), L = ln(c/m) − x, x = Δ/τ ≥ 0;
           Σp² ≥ e^(−H); |bias| ≤ Lip·Σp‖x* − x_i‖; local-linear weights reproduce affine functions
Assumes    m ≥ 1 near and c ≥ 1 other points, log weights s/τ that lead by a margin of at least
           Δ ≥ 0, noise of variance σ² uncorrelated between points; for the affine, two places
Sharp      the variance exactly for two-level weights with gap Δ
Fails      for affine functions without the local slope: a design on one side drags the local mean
Source     localization
"""

import sympy as sp

from locality.theory.concentration.entropy import BOUND as ENTROPY_BOUND
from locality.theory.concentration.entropy import NONNEGATIVE_MARGIN
from locality.theory.concentration.leakage import SLACK as LEAKAGE_SLACK
from locality.theory.concentration.row import (
    AGGREGATES,
    LOG_ODDS,
    MARGIN,
    NONNEGATIVE,
    OTHERS,
    RELEVANT,
    SIZES,
    TEMPERATURE,
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
from locality.theory.core.functions import fall, gibbs, sigmoid
from locality.theory.core.symbols import (
    c,
    i,
    j,
    m,
    mean_distance,
    n,
    noise_variance,
    normaliser,
    q,
    query_value,
    target_slope,
    total,
    weights_entropy,
    x,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# -- the variance of a row whose near points lead ---------------------------------------------

COLLISION = (sp.Sum(relevant_weight**2, RELEVANT) + sp.Sum(other_weight**2, OTHERS)) / total**2
EVEN = sigmoid(-LOG_ODDS) ** 2 / m + sigmoid(LOG_ODDS) ** 2 / c  # of two-level weights
VARIANCE = noise_variance * COLLISION
BOUND = noise_variance * EVEN
TYPICAL = sp.exp(-ENTROPY_BOUND)

near, far = 1 / normaliser, sp.exp(-x) / normaliser
squares = sp.Sum((relevant_weight / total - near) ** 2, RELEVANT) + sp.Sum(
    (other_weight / total - far) ** 2, OTHERS
)
held = 2 * noise_variance * fall(x) / normaliser
two_level_excess = m * near**2 * gibbs(TYPICAL / near) + c * far**2 * gibbs(TYPICAL / far)
SPREAD = (
    Term(noise_variance * squares, "squares, zero only for two-level weights"),
    Term(
        held * LEAKAGE_SLACK,
        "leakage's slack is nonnegative, and x ≥ 0",
        lemma="leakage",
        factor=held,
    ),
)

row = Aggregates("Weights, their sum, and the normaliser of two-level weights", AGGREGATES)
uncorrelated = ByHand(
    "Products of two points' noise have mean 0, so the variance is that of the squares",
    r"\operatorname{Var}\sum_ip_iy_i=\sum_{i,j}p_ip_j\operatorname{Cov}(y_i,y_j)"
    r"=\sigma^2\sum_ip_i^2",
    "headline_kernel_regression_noise",
)
variance = Derivation(
    (
        row,
        uncorrelated,
        Identity("The bound is what two-level weights give", EVEN, m * near**2 + c * far**2),
        Decomposition(
            "The slack: squared distances from two-level weights, and leakage's slack",
            VARIANCE - BOUND,
            SPREAD,
            slack_latex=r"\sigma^2\sum_ip_i^2-\sigma^2\left(\tfrac{\sigma(-L)^2}{m}"
            r"+\tfrac{\sigma(L)^2}{c}\right)",
            given=(x,),
        ),
    )
)
margin = Derivation(
    (
        row,
        uncorrelated,
        Decomposition(
            "The same slack, and what two-level weights have above their own entropy's bound",
            VARIANCE - noise_variance * TYPICAL,
            (
                *SPREAD,
                Term(
                    noise_variance * two_level_excess,
                    "Gibbs: t ln t − t + 1 ≥ 0 for either level",
                ),
            ),
            slack_latex=r"\sigma^2\sum_ip_i^2-\sigma^2e^{-H^*}",
            given=(x,),
        ),
    )
)

# -- any weights at all: n points with log weights s[i] ---------------------------------------

POINTS = (i, 1, n)
s = sp.IndexedBase("s", real=True)
d = sp.IndexedBase("d", nonnegative=True)  # distances from the query
share = sp.exp(s[i]) / total
squared = sp.Symbol("squared", positive=True)
SUMS = {total: sp.Sum(sp.exp(s[i]), POINTS), squared: sp.Sum(sp.exp(2 * s[i]), POINTS)}
collision = squared / total**2
ENTROPY = -sp.Sum(share * sp.log(share), POINTS)
LOG_VARIANCE = sp.log(noise_variance * collision)
EFFECTIVE = sp.log(noise_variance) - weights_entropy

entropy = Derivation(
    (
        Aggregates("The sum of the weights, and that of their squares", SUMS),
        uncorrelated,
        Decomposition(
            "Each share against their mean under the weights themselves",
            LOG_VARIANCE - EFFECTIVE.subs(weights_entropy, ENTROPY),
            (
                Term(
                    sp.Sum(share**2 / collision * gibbs(collision / share), POINTS),
                    "Gibbs: zero only if all shares are equal",
                ),
            ),
            slack_latex=r"H-H_2",
        ),
    )
)

# The target falls short of its steepest climb along the way from the query by q[i].
BIAS = sp.Sum(share * (target_slope * d[i] - q[i]), POINTS)
bias = Derivation(
    (
        Aggregates("The sum of the weights", {total: SUMS[total]}),
        Decomposition(
            "What the target falls short of its steepest climb, on average",
            target_slope * sp.Sum(share * d[i], POINTS) - BIAS,
            (Term(sp.Sum(share * q[i], POINTS), "no value climbs by more than Lip times d"),),
            slack_latex=r"\mathrm{Lip}\sum_ip_i\lVert x^*-x_i\rVert-(\mathbb E\,m(x^*)-f(x^*))",
        ),
        ByHand(
            "The same for minus the target, so for the absolute value",
            r"\left|\mathbb E\,m(x^*)-f(x^*)\right|\le"
            r"\mathrm{Lip}\sum_ip_i\lVert x^*-x_i\rVert",
            "headline_kernel_regression",
        ),
    )
)

# -- local-linear: the trick with a line for a model ------------------------------------------

PLACES = (i, 1, n + 1)  # two points at least
w = sp.IndexedBase("w", positive=True)
z = sp.IndexedBase("z", real=True)  # seen from the query
zeroth, second = sp.symbols("zeroth second", positive=True)
first, tilt = sp.symbols("first tilt", real=True)
MOMENTS = {
    zeroth: sp.Sum(w[i], PLACES),
    first: sp.Sum(w[i] * z[i], PLACES),
    second: sp.Sum(w[i] * z[i] ** 2, PLACES),
}
DETERMINANT = zeroth * second - first**2
LINEAR = w[i] * (second - z[i] * first) / DETERMINANT
FITTED = sp.Sum(LINEAR * (query_value + tilt * z[i]), PLACES)

affine = Derivation(
    (
        Aggregates("The moments of the design around the query", MOMENTS, nonzero=(second,)),
        Identity(
            "The determinant: pairs of places that differ",
            DETERMINANT,
            sp.Sum(sp.Sum(w[i] * w[j] * (z[i] - z[j]) ** 2, PLACES), (j, 1, n + 1)) / 2,
        ),
        Identity("The weights of the line's value sum to one", sp.Sum(LINEAR, PLACES), 1),
        Identity("and balance at the query", sp.Sum(LINEAR * z[i], PLACES), 0),
        Identity("So an affine function is met at the query", FITTED, query_value),
    )
)

CONSTANT = sp.Sum(w[i] * (query_value + tilt * z[i]), PLACES) / zeroth

THEOREM = Theorem(
    id="kernel-regression",
    tag="K9RG",
    title="Kernel regression: concentration costs variance",
    statement=r"""A localization kernel with normalised weights $p_i$ around a query $x^*$
estimates $f(x^*)$ from values $y_i=f(x_i)+e_i$ by their local mean. Let the noise $e_i$ have
variance $\sigma^2$ and be uncorrelated between points, let the log weights of $m\ge1$ near points,
times $\tau>0$, lead those of the $c\ge1$ others by a margin of at least $\Delta\ge0$, and
$x=\Delta/\tau$, $L=\ln\frac cm-x$. Then
$$\operatorname{Var}=\sigma^2\sum_ip_i^2\;\ge\;\sigma^2\Bigl(\tfrac{\sigma(-L)^2}{m}
+\tfrac{\sigma(L)^2}{c}\Bigr)\;\ge\;\sigma^2e^{-H^*},\qquad
\sigma^2\sum_ip_i^2\;\ge\;\sigma^2e^{-H}\;\ge\;\sigma^2e^{-H^*},$$
with $H^*$ from [entropy](#thm-entropy); the first bound is attained exactly by two-level weights,
the third exactly by equal ones. The bias is at most $\mathrm{Lip}\sum_ip_i\lVert x^*-x_i\rVert$.

The localization trick with an *affine* model, at a design with at least two places, meets every
affine function at the query: along a line its weights are
$p_i(s_2-z_is_1)/(s_0s_2-s_1^2)$ with $z_i=x_i-x^*$, $s_k=\sum_ip_iz_i^k$; they sum to one and
balance at the query, and some may be negative.""",
    intuition=r"""A mean of $k$ equal shares has the noise of one value over $k$. Unequal shares
count as fewer: $1/\sum_ip_i^2=e^{H_2}$ of them, never more than $e^{H}$. What makes a kernel local,
a large margin, leaves it few values to average.""",
    proof=r"""Mixed products of the noise have mean zero, so the variance is $\sigma^2\sum p_i^2$.
Let $q$ be the two-level weights with gap $x$. Then $\sum p_i^2-\sum q_i^2=\sum(p_i-q_i)^2+
2\sum q_i(p_i-q_i)$, and as $q$ takes one value on the near points and one on the others, the last
term is $2(1-e^{-x})/(m+ce^{-x})$ times $\varepsilon^*-\varepsilon$, which
[leakage](#thm-leakage) shows to be nonnegative. With $t\ln t-t+1\ge0$ at $t=y/p_i$,
$y=\sum p_i^2$, weighted by $p_i^2/y$, follows $H\ge-\ln y$; at $t=e^{-H^*}/q_i$, weighted by
$q_i^2$, the same for two-level weights. The bias is a weighted mean of $f(x_i)-f(x^*)$. For affine
values the weighted squared loss of their own coefficients is zero, so every minimiser agrees with
them at all points, and so at the query if no affine function vanishes at the points alone.""",
    source=Source(
        "localization",
        "kernel regression is a local mean, and local-linear regression the same trick with a line",
        verdict="holds",
    ),
    assumptions=(
        SIZES,
        TEMPERATURE,
        MARGIN,
        NONNEGATIVE,
        Assumption(
            "noise", "noise of mean 0 and variance $\\sigma^2$, uncorrelated between points"
        ),
        Assumption("lipschitz", "$|f(x_i)-f(x^*)|\\le\\mathrm{Lip}\\,\\lVert x_i-x^*\\rVert$"),
        Assumption(
            "design", "for affine functions, a design that no affine function vanishes on", True
        ),
    ),
    claims=(
        Claim(
            name="variance",
            direction="lower",
            lhs=VARIANCE,
            lhs_latex=r"\operatorname{Var}m(x^*)",
            rhs=BOUND,
            inputs=("noise_variance", "m", "c", "x"),
            derivation=variance,
            base=sp.Integer(0),
            domain=NONNEGATIVE_MARGIN,
        ),
        Claim(
            name="margin",
            direction="lower",
            lhs=VARIANCE,
            lhs_latex=r"\operatorname{Var}m(x^*)",
            rhs=noise_variance * TYPICAL,
            inputs=("noise_variance", "m", "c", "x"),
            derivation=margin,
            domain=NONNEGATIVE_MARGIN,
        ),
        Claim(
            name="entropy",
            direction="lower",
            lhs=LOG_VARIANCE,
            lhs_latex=r"\ln\operatorname{Var}m(x^*)",
            rhs=EFFECTIVE,
            inputs=("noise_variance", "weights_entropy"),
            derivation=entropy,
            encoding={weights_entropy: ENTROPY},
        ),
        Claim(
            name="bias",
            direction="upper",
            lhs=BIAS,
            lhs_latex=r"\left|\mathbb E\,m(x^*)-f(x^*)\right|",
            rhs=target_slope * mean_distance,
            inputs=("target_slope", "mean_distance"),
            derivation=bias,
            encoding={mean_distance: sp.Sum(share * d[i], POINTS)},
        ),
        Claim(
            name="affine",
            direction="equal",
            lhs=FITTED,
            lhs_latex=r"\textstyle\sum_il_i\,(f(x^*)+bz_i)",
            rhs=query_value,
            inputs=("query_value",),
            derivation=affine,
            printed=False,
        ),
    ),
    sharp=Attains(
        "Two-level weights with gap exactly Δ attain the bound of the variance",
        VARIANCE - BOUND,
        TWO_LEVEL,
        AGGREGATES,
        Example((1, 1), (0, 0, 0), caption="two near points at 1, three others at 0"),
    ),
    boundary=Breaks(
        "The local mean itself does not meet affine functions: points on one side drag it along",
        -((CONSTANT - query_value) ** 2),
        {"n": 1, "w": [1, 1], "z": [1, 2], "query_value": 0, "tilt": 1},
        MOMENTS,
        Example((0,), (0,), caption="two points at 1 and 2 with values 1 and 2, the query at 0"),
    ),
    depends_on=("leakage", "entropy"),
    rocq=(
        "headline_kernel_regression",
        "headline_kernel_regression_sharp",
        "headline_kernel_regression_noise",
        "headline_kernel_regression_entropy",
        "headline_kernel_regression_margin",
        "headline_kernel_regression_affine",
        "headline_kernel_regression_weights",
        "headline_kernel_regression_negative_weight",
        "headline_kernel_regression_boundary",
        "headline_kernel_regression_negative_margin",
    ),
    part="Part II. Localization methods",
    literature="""The local mean is the estimator of Nadaraya and Watson: it *is* a local mean. The
local-linear one is the localization trick with another model, and no local mean, as its weights
may be negative. Part I says how few points hold the weight of a kernel that leads by a margin; here
that is paid for: the smaller the bound on the entropy, the larger the variance that cannot be
avoided. The bound by the entropy is attained by equal shares only, so it estimates nothing from
above.""",
)
