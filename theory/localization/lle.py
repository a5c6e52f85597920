"""LLE: the weights that rebuild a point from its neighbours best, and what moves them.

Statement  C(w) = ‖x − Σ w_i x_i‖² + ρ‖w‖², Σw = 1: where C/2 has the same slope κ in every
           weight, every w′ with Σw′ = 1 has C(w′) = κ + C(w′ − w), and C(w′) − C(w) ≥ ρ‖w′ − w‖²;
           points moved and drawn apart by s have the same weights, if ρ grows with the trace
Assumes    weights that sum to 1, at which the slopes agree
Sharp      an equality
Fails      for a fixed ridge, which gives other weights at another scale; and with more neighbours
           than the dimension and one, and no ridge, the best weights are not the only ones
Source     localization
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
from locality.theory.core.symbols import (
    departure,
    i,
    j,
    magnification,
    multiplier,
    ridge,
    squared_distance,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks

neighbours = sp.Symbol("neighbours", integer=True, positive=True)
dimension = sp.Symbol("axes", integer=True, positive=True)
NEIGHBOURS = (i, 1, neighbours)
OTHERS = (j, 1, neighbours)
AXES = (j, 1, dimension)

# Weights that sum to 1 are b[i] and an equal share of what is missing; differences of such weights
# are a[i] less their mean. By symmetry the slopes of a difference, f[i] less their mean under w,
# have no mean under w, for those of w are all κ.
a, b, f = (sp.IndexedBase(name, real=True) for name in "abf")
level = sp.Symbol("kappa", real=True)
sum_a, sum_b, mean_f = sp.symbols("sum_a sum_b mean_f", real=True)
best = b[i] + (1 - sum_b) / neighbours
apart = a[i] - sum_a / neighbours
slope = f[i] - mean_f
SUMS = {
    sum_a: sp.Sum(a[i], NEIGHBOURS),
    sum_b: sp.Sum(b[i], NEIGHBOURS),
    mean_f: sp.Sum(best * f[i], NEIGHBOURS),
}
COST = sp.Sum((best + apart) * (level + slope), NEIGHBOURS)
DEPARTED = sp.Sum(apart * slope, NEIGHBOURS)
BOUND = multiplier + departure
ENCODING = {multiplier: level, departure: DEPARTED}

pythagoras = Derivation(
    (
        Aggregates("The sums that weights and slopes are taken from", SUMS),
        Identity(
            "Both weights sum to 1", sp.Sum(best + apart, NEIGHBOURS), sp.Sum(best, NEIGHBOURS)
        ),
        Identity(
            "Weights cost their mean slope: the common one and what the difference adds",
            COST,
            BOUND.subs(ENCODING),
        ),
        ByHand(
            "Slopes are symmetric: what those of the difference average to under w is what those "
            "of w do under the difference, κ times 0",
            r"\sum_i w_i(Gd)_i=\sum_i d_i(Gw)_i=\kappa\sum_i d_i=0",
            "headline_lle",
        ),
    )
)

# The cost of a difference d[i] is the squares of what it combines to, e[j] along an axis, and the
# ridge.
d = sp.IndexedBase("d", real=True)
e = sp.IndexedBase("e", real=True)
DIFFERENCE = sp.Sum(e[j] ** 2, AXES) + ridge * sp.Sum(d[i] ** 2, NEIGHBOURS)
FAR = {squared_distance: sp.Sum(d[i] ** 2, NEIGHBOURS)}

unique = Derivation(
    (
        Decomposition(
            "What is left is a sum of squares",
            DIFFERENCE - ridge * FAR[squared_distance],
            (Term(sp.Sum(e[j] ** 2, AXES), "squares along every axis"),),
            slack_latex=r"C(w')-C(w)-\rho\lVert w'-w\rVert^2",
        ),
    )
)

# Neighbour i's own weight, its products g[j] with the others' differences, the squares t[j] of all
# differences, and the share of their sum that is the ridge.
own, share = sp.symbols("own share", real=True)
w, g, t = (sp.IndexedBase(name, real=True) for name in "wgt")


def slope_of(scale: sp.Expr) -> sp.Expr:
    """Half the slope of the cost in one weight, at products that are `scale` times as large."""
    products = sp.Sum(scale * g[j] * w[j], OTHERS)
    return products + share * sp.Sum(scale * t[j], OTHERS) * own


SCALED = slope_of(magnification**2)
UNSCALED = {multiplier: slope_of(sp.Integer(1))}

scaled = Derivation(
    (
        Identity(
            "All products and the trace grow by s², and with them every slope",
            SCALED,
            magnification**2 * UNSCALED[multiplier],
        ),
        ByHand(
            "So slopes that agree still agree: the weights stay, turned or mirrored as well",
            r"\langle x'_a,x'_b\rangle=s^2\langle x_a,x_b\rangle",
            "headline_lle_scaled",
        ),
    )
)

# Two neighbours on a line, at distances s and 2s on one side of the query.
first = (2 * magnification**2 + ridge) / (magnification**2 + 2 * ridge)

THEOREM = Theorem(
    id="lle",
    tag="E8LC",
    title="The weights that rebuild a point from its neighbours",
    statement=r"""Let weights of the neighbours $x_1,\dots,x_k$ of a point $x$ cost
$$C(w) = \Bigl\lVert \sum_i w_i\,(x-x_i)\Bigr\rVert^2 + \rho\,\lVert w\rVert^2 = w^\top Gw, \qquad
\textstyle\sum_i w_i = 1,$$
so that the first term is $\lVert x-\sum_i w_ix_i\rVert^2$. If $(Gw)_i = \kappa$ for every $i$, then
for all weights $w'$ that sum to 1
$$C(w') = \kappa + C(w'-w), \qquad C(w')-C(w) \;\ge\; \rho\,\lVert w'-w\rVert^2 .$$
So $w$ is best, and the only best if $\rho>0$ or $G$ is nonsingular. Shifted, turned or mirrored
points have the same weights; points drawn apart by $s$ as well, if the ridge is a share of the
trace of the Gram matrix. This is **not a local mean** (△): the weights may be negative.""",
    intuition=r"""The cost is a squared length, and weights that sum to 1 form a flat. The best
ones are the foot of the perpendicular, and Pythagoras says what any others cost. Where the foot
lies depends on shapes, not on where things are or how large, as long as the ridge is measured by
the same yardstick as the points.""",
    proof=r"""Write $w' = w + d$ with $\sum_i d_i = 0$. In $C(w+d) = C(w) + 2\,d^\top Gw + C(d)$ the
middle term is $2\kappa\sum_i d_i = 0$, and $C(w) = w^\top Gw = \kappa\sum_i w_i = \kappa$. $C(d)$
is a sum of squares and $\rho\lVert d\rVert^2$. Only differences and their products enter $G$, which
no shift, turn or mirror changes; drawing apart by $s$ multiplies all of them, and their trace, by
$s^2$, and slopes that agree still agree.""",
    source=Source(
        "localization",
        "locally linear embedding is a localization method",
        verdict="fails",
        truth="it is a relative: constrained least squares in the weights, which have either sign "
        "beyond the neighbours' hull, as no kernel's have; they are unique with a ridge, and free "
        "of the scale only if the ridge is a share of the trace",
    ),
    assumptions=(
        Assumption("stationary", "$\\sum_i w_i = 1$ and $(Gw)_i = \\kappa$ for every neighbour"),
        Assumption("sums", "$\\sum_i w'_i = 1$"),
    ),
    claims=(
        Claim(
            name="cost",
            direction="equal",
            lhs=COST,
            lhs_latex="C(w')",
            rhs=BOUND,
            inputs=("multiplier", "departure"),
            derivation=pythagoras,
            encoding=ENCODING,
        ),
        Claim(
            name="unique",
            direction="lower",
            lhs=DIFFERENCE,
            lhs_latex="C(w')-C(w)",
            rhs=ridge * squared_distance,
            inputs=("ridge", "squared_distance"),
            derivation=unique,
            encoding=FAR,
        ),
        Claim(
            name="scaled",
            direction="equal",
            lhs=SCALED,
            lhs_latex=r"(G'w)_i",
            rhs=magnification**2 * multiplier,
            inputs=("magnification", "multiplier"),
            derivation=scaled,
            encoding=UNSCALED,
            printed=False,
        ),
    ),
    sharp=Attains(
        "An equality: the best weights depart from nothing and cost κ",
        COST - level,
        {a: 0},
        SUMS,
    ),
    boundary=Breaks(
        "A fixed ridge is no matter of shape: neighbours at 1 and 2 have the weights 1 and 0, at 2 "
        "and 4 they have 3/2 and −1/2",
        -((first.subs(magnification, 2 * magnification) - first) ** 2),
        {"magnification": 1, "ridge": 1},
    ),
    rocq=(
        "headline_lle",
        "headline_lle_unique",
        "headline_lle_only",
        "headline_lle_scaled",
        "headline_lle_boundary",
        "headline_lle_singular",
        "headline_lle_hull",
    ),
    part="Part II. Localization methods",
    literature="""Holds for any number of neighbours once the slopes agree, which a positive ridge
always makes possible. Implementations take a thousandth of the trace for the ridge; where there are
more neighbours than dimensions, that choice, and not the data, decides between weights that rebuild
the point equally well.""",
)
