"""Denoiser: the best guess at a noisy training point is a local mean, and its step is the score.

Statement  r(x) = ΣK(x,x_i)x_i/ΣK(x,x_i), K Gaussian with bandwidth σ, is the Bayes denoiser of the
           training points under Gaussian noise σ: of all answers θ, Σp‖x_i − θ‖² = R* + ‖θ − r‖²;
           r(x) − x = σ²∇ln p_σ(x); ∂r/∂x = Cov_p/σ² ≥ 0; ‖r(x) − r_R(x)‖ ≤ ε*·D
Assumes    at least one training point, σ > 0; for the last, a block R and its complement C
Sharp      two training points attain the last bound
Fails      under Laplace noise: the same score with two different steps
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
    denoising_shift,
    diameter,
    distance_from_mean,
    i,
    j,
    least_risk,
    n,
    noise,
    total,
    variance_along,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# Seen along a line x + te: training point j lies far[j] from x, squared, and y[j] = ⟨e, x_j − x⟩
# along e, so that its squared distance from x + te is far[j] − 2ty[j] + t²‖e‖².
KEYS = (j, 1, n)
t = sp.Symbol("t", real=True)
stride = sp.Symbol("stride", positive=True)  # ‖e‖²
far = sp.IndexedBase("far", nonnegative=True)
y = sp.IndexedBase("y", real=True)
weight = sp.exp(-(far[j] - 2 * t * y[j] + t**2 * stride) / (2 * noise**2))
DENSITY = sp.Sum(weight, KEYS)  # times a constant
along = sp.Sum(weight * y[j], KEYS) / DENSITY
centre = sp.Symbol("centre", real=True)
NAMES = {
    total: DENSITY,
    centre: along,
    denoising_shift: sp.Sum(weight * (y[j] - t * stride), KEYS) / total,
    variance_along: sp.Sum(weight * (y[j] - centre) ** 2, KEYS) / total,
}
SCORE = sp.Derivative(sp.log(DENSITY), t)
STEP = denoising_shift / noise**2
JACOBIAN = sp.Derivative(along, t)
RATE = variance_along / noise**2

named = Aggregates("The density up to a constant, the denoiser and its variance along e", NAMES)
score = Derivation(
    (
        named,
        Identity(
            "The step is the denoised point less the point",
            denoising_shift,
            centre - t * stride,
        ),
        Identity("The slope of the log-density is the step over σ²", SCORE, STEP),
        ByHand(
            "So for the gradient, e being any direction",
            r"\nabla\ln p_\sigma(x)=\frac{r(x)-x}{\sigma^2}",
            "headline_denoiser",
        ),
    )
)
jacobian = Derivation(
    (
        named,
        Identity("The denoised point moves by a variance over σ²", JACOBIAN, RATE),
        Decomposition(
            "which is a sum of squares",
            RATE,
            (
                Term(
                    sp.Sum(weight * (y[j] - centre) ** 2, KEYS) / total / noise**2,
                    "positive weights times squares",
                ),
            ),
            slack_latex=r"\frac{d}{dt}\langle e,\,r(x+te)\rangle",
        ),
        ByHand(
            "So the denoiser never folds",
            r"\langle e,\,r(x+te)\rangle\ \text{increases unless all}\ \langle e,x_i\rangle\ "
            r"\text{are equal}",
            "headline_denoiser_monotone",
        ),
    )
)

# Any positive weights, one coordinate of the training points, and any answer.
w = sp.IndexedBase("w", positive=True)
z = sp.IndexedBase("z", real=True)
answer = sp.Symbol("answer", real=True)
mean = sp.Sum(w[j] * z[j], KEYS) / sp.Sum(w[j], KEYS)
LEAST = sp.Sum(w[j] * (z[j] - centre) ** 2, KEYS) / sp.Sum(w[j], KEYS)
RISK = sp.Sum(w[j] * (z[j] - answer) ** 2, KEYS) / sp.Sum(w[j], KEYS)
risk = Derivation(
    (
        Aggregates("The mean of one coordinate", {centre: mean}),
        Identity("Around the mean the cross term vanishes", RISK, LEAST + (answer - centre) ** 2),
        ByHand(
            "Summed over the coordinates",
            r"\sum_i p_i\lVert x_i-\theta\rVert^2=\sum_i p_i\lVert x_i-r\rVert^2"
            r"+\lVert\theta-r\rVert^2",
            "headline_denoiser_optimal",
        ),
    )
)

# The block R of near points, seen along a unit vector: level on R plus a[i], off R D − b[j] above.
low = sp.Symbol("low", real=True)
a = sp.IndexedBase("a", nonnegative=True)
b = sp.IndexedBase("b", nonnegative=True)
near_sum = sp.Sum(relevant_weight * (low + a[i]), RELEVANT)
far_sum = sp.Sum(other_weight * (low + diameter - b[j]), OTHERS)
PULLED = (near_sum + far_sum) / total - near_sum / ahead
REACH = diameter * sigmoid(LOG_ODDS)
pairs = sp.Sum(
    sp.Sum(relevant_weight * other_weight * (a[i] + b[j]), OTHERS),
    RELEVANT,
)
memory = Derivation(
    (
        Aggregates("Weights of the near points, of the others, and of all", AGGREGATES),
        Decomposition(
            "Along every unit vector the slack is that of leakage, and that of truncation",
            REACH - PULLED,
            (
                Term(
                    sp.expand(diameter * (sigmoid(LOG_ODDS) - LEAKAGE)),
                    "the far points weigh no more than leakage allows",
                    "leakage",
                    diameter,
                ),
                Term(
                    LEAKAGE * pairs / (ahead * behind),
                    "and no pair of points is farther apart than D",
                ),
            ),
            slack_latex=r"\varepsilon^*D-\langle e,\,r-r_R\rangle",
        ),
        ByHand(
            "A norm is the largest component along unit vectors",
            r"\lVert r-r_R\rVert=\max_{\lVert e\rVert=1}\langle e,\,r-r_R\rangle",
            "headline_denoiser_memory",
        ),
    )
)

# Laplace noise seen from the right of all training points: weights e^{−(t − y)}, t > y.
laplace = sp.exp(-(t - y[j]))
LAPLACE_SCORE = sp.Derivative(sp.log(sp.Sum(laplace, KEYS)), t)
LAPLACE_STEP = sp.Sum(laplace * (y[j] - t), KEYS) / sp.Sum(laplace, KEYS)
later = {t: t + 1}
STEPS_IN_PROPORTION = LAPLACE_STEP * LAPLACE_SCORE.doit().subs(
    later
) - LAPLACE_SCORE.doit() * LAPLACE_STEP.subs(later)

THEOREM = Theorem(
    id="denoiser",
    tag="D6NZ",
    title="The best denoiser of a data set is a local mean, and its step is the score",
    statement=r"""Draw one of the training points $x_1,\dots,x_n$ and add Gaussian noise of
standard deviation $\sigma$ to every coordinate; the result has the density $p_\sigma$, a mean of
$n$ Gaussians. With $K_i = e^{-\lVert x-x_i\rVert^2/2\sigma^2}$ and $p_i = K_i/\sum_j K_j$, the
chance that the point was $x_i$, let
$$r(x) \;=\; \frac{\sum_i K_i\,x_i}{\sum_i K_i}.$$
This local mean is the Bayes denoiser: for every answer $\theta$
$$\sum_i p_i\lVert x_i-\theta\rVert^2 \;=\; \sum_i p_i\lVert x_i-r(x)\rVert^2
+ \lVert\theta-r(x)\rVert^2 .$$
Its step is the score, and its derivative a covariance:
$$r(x)-x \;=\; \sigma^2\,\nabla\ln p_\sigma(x), \qquad
\frac{\partial r}{\partial x} \;=\; \frac{\operatorname{Cov}_p(x_i)}{\sigma^2} \;\succeq\; 0 .$$
Let $m$ training points be nearer to $x$ than the other $c$, in squared distance by at least
$2\Delta$; let $r_R$ be the local mean of those $m$ alone, and $D$ the largest distance from one of
them to one of the others. Then
$$\lVert r(x)-r_R(x)\rVert \;\le\; \frac{D}{1+\frac mc\,e^{\Delta/\sigma^2}} :$$
for small noise the denoiser has the nearest training point by heart.""",
    intuition=r"""A noisy point could have come from any training point, from near ones more likely;
the best guess averages them by that likelihood. The average lies uphill: where training points are
dense, the density of noisy points is high. And once the noise is small against the gaps between
training points, only one of them is a plausible origin.""",
    proof=r"""By Bayes' rule, with all training points equally likely, $p_i \propto K_i$: the
constants of the Gaussian cancel. A mean minimises squared distance, and by how much is the parallel
axis theorem. Along a line $x+te$ each $\ln K_i$ has the slope
$\langle e,\,x_i-x-te\rangle/\sigma^2$, and the slope of $\ln\sum_i K_i$ is the mean of those
slopes. A mean under weights whose logarithms have the slopes $\langle e,x_i\rangle/\sigma^2$ plus a
common one moves by the covariance with those slopes. Finally $-\lVert x-x_i\rVert^2/2$ are
attention scores at temperature $\sigma^2$, in which the near points lead by $\Delta$:
[leakage](#thm-leakage) and [truncation](#thm-truncation) do the rest.""",
    source=Source(
        "localization",
        "denoising autoencoders are localization methods",
        verdict="more",
        truth="the best possible denoiser of the training points is one; a trained network only "
        "approaches it, by exactly its excess loss",
    ),
    assumptions=(
        Assumption("points", "at least one training point"),
        Assumption("noise", "$\\sigma > 0$"),
        Assumption(
            "gaussian", "the noise is Gaussian and the same in every coordinate", implicit=True
        ),
    ),
    claims=(
        Claim(
            name="score",
            direction="equal",
            lhs=SCORE,
            lhs_latex=r"\partial_e\ln p_\sigma(x)",
            rhs=STEP,
            inputs=("denoising_shift", "noise"),
            derivation=score,
        ),
        Claim(
            name="jacobian",
            direction="monotone",
            lhs=JACOBIAN,
            lhs_latex=r"\partial_e\langle e,\,r(x)\rangle",
            rhs=RATE,
            inputs=("variance_along", "noise"),
            derivation=jacobian,
        ),
        Claim(
            name="optimal",
            direction="equal",
            lhs=RISK,
            lhs_latex=r"\textstyle\sum_i p_i\lVert x_i-\theta\rVert^2",
            rhs=least_risk + distance_from_mean**2,
            inputs=("least_risk", "distance_from_mean"),
            derivation=risk,
            encoding={least_risk: LEAST, distance_from_mean: sp.Abs(answer - centre)},
        ),
        Claim(
            name="memory",
            direction="upper",
            lhs=PULLED,
            lhs_latex=r"\lVert r(x)-r_R(x)\rVert",
            rhs=REACH,
            inputs=("m", "c", "x", "diameter"),
            derivation=memory,
            base=sp.Integer(0),
        ),
    ),
    sharp=Attains(
        "Two training points attain the bound on what the farther one changes",
        REACH - PULLED,
        {**TWO_LEVEL, a: 0, b: 0},
        AGGREGATES,
        Example((0,), (-2,), caption="training points at distances 0 and 2 from x; σ = 1, Δ = 2"),
    ),
    boundary=Breaks(
        "Under Laplace noise the step is no multiple of the score: beyond all training points the "
        "score is the same everywhere, the step is not",
        -(STEPS_IN_PROPORTION**2),
        {"n": 2, "y": [0, 1], "t": 2},
        {},
        Example(
            (-1,),
            (-2,),
            caption="training points 0 and 1, seen from 2 and from 3: scores −1 and −1",
        ),
    ),
    rocq=(
        "headline_denoiser",
        "headline_denoiser_kernel",
        "headline_denoiser_optimal",
        "headline_denoiser_jacobian",
        "headline_denoiser_monotone",
        "headline_denoiser_memory",
        "headline_denoiser_sharp",
        "headline_denoiser_boundary",
    ),
    depends_on=("leakage", "truncation"),
    part="Part II. Localization methods",
    literature="""Holds for the best possible denoiser, and the identity of step and score is known
as Tweedie's formula. A trained denoising autoencoder is not the local mean of its training points:
it approaches it, its loss exceeds the least possible one by exactly its mean squared distance from
it, and what makes it useful on new data is that it does not arrive.""",
)
