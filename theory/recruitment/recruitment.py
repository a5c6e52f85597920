"""Recruitment: how often a block can be added while every addition saves bits.

Statement  at most ⌊(J₀ − floor)/η⌋ recruitments, floor = (Nd/2)·log₂(2πσ²_min); and after a last
           scan of all proposals none saves η
Assumes    J = model bits + data bits, model bits ≥ 0, N points in d dimensions under mixtures of
           Gaussians whose eigenvalues are ≥ σ²_min; a recruitment is accepted only if J falls by at
           least η > 0, and refits never raise J
Sharp      nothing wasted: the last model is free, every point lies at the peak, every recruitment
           saves just η
Fails      without a least variance: a block may then code its points in as few bits as it likes
Source     recruitment
"""

import sympy as sp

from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Term,
)
from locality.theory.core.functions import fall
from locality.theory.core.symbols import (
    dimension,
    i,
    initial_bits,
    j,
    least_variance,
    p,
    points,
    q,
    saving,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

BIT = sp.log(2)
FLOOR = dimension * sp.log(2 * sp.pi * least_variance) / (2 * BIT)
BOUND = (initial_bits - points * FLOOR) / saving

# One block at one point: along axis i the variance is σ²_min·e^p[i], and the point lies z[i]
# standard deviations from the mean.
z = sp.IndexedBase("z", real=True)
AXES = (i, 1, dimension)
BLOCK_BITS = sp.Sum(sp.log(2 * sp.pi * least_variance * sp.exp(p[i])) + z[i] ** 2, AXES) / (2 * BIT)
above = sp.Sum(p[i] + z[i] ** 2, AXES) / (2 * BIT)

block = Derivation(
    (
        Decomposition(
            "Wide axes and distances from the mean cost bits",
            BLOCK_BITS - FLOOR,
            (Term(above, "logarithms of variances over the least one, and squares"),),
            slack_latex=r"-\log_2 N(x)-\tfrac d2\log_2(2\pi\sigma_{\min}^2)",
        ),
    )
)

# A mixture of n blocks with weights v[j]/V, whose densities at the point are e^−q[j] of the peak.
n = sp.Symbol("n", integer=True, positive=True)
BLOCKS = (j, 1, n)
v = sp.IndexedBase("v", positive=True)
whole = sp.Symbol("whole", positive=True)
mixed = sp.Symbol("mixed", positive=True)
NAMES = {whole: sp.Sum(v[j], BLOCKS), mixed: sp.Sum(v[j] * sp.exp(-q[j]), BLOCKS)}
POINT_BITS = FLOOR - sp.log(mixed / whole) / BIT

mixture = Derivation(
    (
        Aggregates("The weights, and the share of the peak that the blocks reach", NAMES),
        Decomposition(
            "A weighted mean of shares of the peak is a share of the peak",
            POINT_BITS - FLOOR,
            (
                Term(
                    sp.log(1 + sp.Sum(v[j] * fall(q[j]), BLOCKS) / mixed) / BIT,
                    "the logarithm of a number of at least 1; q is the block's own slack",
                ),
            ),
            slack_latex=r"-\log_2\sum_j w_jN_j(x)-\tfrac d2\log_2(2\pi\sigma_{\min}^2)",
        ),
    )
)

# J₀ is what the last model and the points cost under it, p[j] above the floor, and what each of the
# recruitments saved, η + q[i] with the refits that follow it.
recruitments = sp.Symbol("recruitments", integer=True, positive=True)
model = sp.Symbol("model", nonnegative=True)
excess = sp.Sum(p[j], (j, 1, points))
saved = sp.Sum(saving + q[i], (i, 1, recruitments))
SPENT = {initial_bits: model + points * FLOOR + excess + saved}
unused = (model + excess + sp.Sum(q[i], (i, 1, recruitments))) / saving

count = Derivation(
    (
        ByHand(
            "Round by round the code length falls by η for a recruitment and never rises",
            r"J_t \le J_0 - \eta\cdot\#\text{recruitments}",
            "headline_recruitment",
        ),
        Identity(
            "What was saved, by recruitments",
            saved,
            saving * recruitments + sp.Sum(q[i], (i, 1, recruitments)),
        ),
        Decomposition(
            "What the last model costs, its points above the floor, and what was saved beyond η",
            BOUND.subs(SPENT) - recruitments,
            (Term(unused, "model bits, the points' slack and savings above η over η"),),
            slack_latex=r"\frac{J_0-\mathrm{floor}}{\eta}-\#\text{recruitments}",
        ),
        ByHand(
            "So a search that accepts savings of η ends, and where it ends no proposal saves η",
            r"J(p) > J - \eta \text{ for every proposal } p",
            "headline_recruitment_scan",
        ),
    )
)

THEOREM = Theorem(
    id="recruitment",
    tag="V4RC",
    title="How often blocks can be recruited",
    statement=r"""Let $N$ points in $d$ dimensions be coded in $J$ = model bits + data bits, the
data by a mixture of Gaussian blocks whose covariances have no eigenvalue below $\sigma_{\min}^2$.
Then the data cost at least
$$\mathrm{floor} = \tfrac{Nd}{2}\log_2(2\pi\sigma_{\min}^2)$$
bits, which may be negative. If a recruitment is accepted only when it lowers $J$ by at least
$\eta > 0$, and refits never raise $J$, there are at most
$$\left\lfloor \frac{J_0 - \mathrm{floor}}{\eta} \right\rfloor$$
of them, and after a last scan of a finite family of proposals none of them saves $\eta$. Experts
that hold blocks of their own change nothing: there is one $J$, and the same count.""",
    intuition=r"""Every recruitment pays at least $\eta$ from one purse, and the purse has a bottom:
no density exceeds that of the narrowest block at its own centre.""",
    proof=r"""Along an eigenvector of variance $e \ge \sigma_{\min}^2$ a Gaussian density is at most
$(2\pi e)^{-1/2} \le (2\pi\sigma_{\min}^2)^{-1/2}$, so that of a block is at most
$(2\pi\sigma_{\min}^2)^{-d/2}$, and a mixture's, a weighted mean of such, no more. The logarithms of
$N$ points add up to the floor. Model bits are not negative, so $J$ never falls below the floor;
$k$ recruitments lower it by $k\eta$ at least. A search that goes on while some proposal saves
$\eta$ therefore ends, and it ends because none does.""",
    source=Source(
        "recruitment",
        "recruitment of blocks by code length ends, with a bound on their number",
        verdict="more",
        truth="variances have a floor, and refits never raise the code length",
    ),
    assumptions=(
        Assumption("saving", "$\\eta > 0$, what a recruitment must save"),
        Assumption("variances", "every eigenvalue is at least $\\sigma_{\\min}^2 > 0$"),
        Assumption("weights", "positive weights of blocks, which sum to at most 1"),
        Assumption("model", "model bits are not negative"),
        Assumption("rule", "a recruitment lowers $J$ by at least $\\eta$, a refit never raises it"),
    ),
    claims=(
        Claim(
            name="count",
            direction="upper",
            lhs=recruitments,
            lhs_latex=r"\#\text{recruitments}",
            rhs=BOUND,
            inputs=("initial_bits", "saving", "points", "dimension", "least_variance"),
            derivation=count,
            base=sp.Integer(0),
            encoding=SPENT,
        ),
        Claim(
            name="floor",
            direction="lower",
            lhs=POINT_BITS,
            lhs_latex=r"-\log_2\textstyle\sum_j w_jN_j(x)",
            rhs=FLOOR,
            inputs=("dimension", "least_variance"),
            derivation=mixture,
        ),
        Claim(
            name="block",
            direction="lower",
            lhs=BLOCK_BITS,
            lhs_latex=r"-\log_2 N(x)",
            rhs=FLOOR,
            inputs=("dimension", "least_variance"),
            derivation=block,
            printed=False,
        ),
    ),
    sharp=Attains(
        "The last model is free, its points lie at the peak, and every recruitment saves just η",
        BOUND.subs(SPENT) - recruitments,
        {p: 0, q: 0, model: 0},
        {},
        Example((0, 0), (4, 4), caption="two narrow clusters, each at the centre of its block"),
    ),
    boundary=Breaks(
        "A block of a quarter of the least variance codes a point in a bit less per axis",
        BLOCK_BITS - FLOOR,
        {"dimension": 1, "least_variance": 1, "p": [-sp.log(4)], "z": [0]},
        {},
        Example((0,), (4,), caption="a block may narrow down on its one point for ever"),
    ),
    rocq=(
        "headline_recruitment",
        "headline_recruitment_floor",
        "headline_recruitment_sharp",
        "headline_recruitment_scan",
        "headline_recruitment_boundary",
        "headline_recruitment_refits",
    ),
    literature="""Holds for flat and for hierarchical recruitment alike, with the count of one code
length. The bound is of use where η is not small against the bits that are at stake, and it says
nothing about how good the blocks are; the scan at the end says that no single proposal improves
them by η.""",
)
