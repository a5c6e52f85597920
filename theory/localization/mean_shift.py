"""Mean shift: moving to the local mean climbs the density whose profile has the kernel for slope.

Statement  f(x′) − f(x) ≥ (G/h²)‖x′ − x‖², f(x) = Σ_i k(‖x − x_i‖²/h²), g = −k′, G = Σ_i g_i,
           x′ = Σ_i g_i x_i/G with g_i = g(‖x − x_i‖²/h²)
Assumes    a convex profile k, any of its tangents at a kink; h > 0; some key has a weight
Sharp      equality exactly where the profile lies on its tangent at every key; for Epanechnikov's,
           where no key enters or leaves the window
Fails      for a profile that falls without being convex
Source     localization
"""

from fractions import Fraction

import sympy as sp

from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Term,
)
from locality.theory.core.functions import gibbs, ramp
from locality.theory.core.symbols import bandwidth, c, i, j, m, n, pull, travel
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# Lengths count in bandwidths. Key i lies √a[i] from the point, and u[i] = ⟨x_i − x, x′ − x⟩; so the
# move, s being its own square, brings it to the squared distance a[i] + s − 2u[i].
KEYS, INSIDE, OUTSIDE = (i, 1, n), (i, 1, m), (j, 1, c)
a = sp.IndexedBase("a", nonnegative=True)
u = sp.IndexedBase("u", real=True)
g = sp.IndexedBase("g", nonnegative=True)
square = sp.Symbol("s", real=True)
farther = square - 2 * u[i]
ENCODING = {travel: bandwidth * sp.sqrt(square)}
BOUND = pull * travel**2 / bandwidth**2


def names(weight: sp.Expr, keys: tuple[sp.Expr, ...] = KEYS) -> dict[sp.Symbol, sp.Expr]:
    """The summed weights, and the square of a move to the mean that they weigh."""
    return {pull: sp.Sum(weight, keys), square: sp.Sum(weight * u[i], keys) / pull}


def ascent(
    aggregates: dict[sp.Symbol, sp.Expr], rise: sp.Expr, gaps: tuple[Term, ...], title: str
) -> Derivation:
    """The density rises by what is claimed, and by how far profiles lie above their tangents."""
    return Derivation(
        (
            Aggregates("Summed weights, and the square of the move", aggregates, nonzero=(pull,)),
            Decomposition(
                title,
                rise - BOUND.subs(ENCODING),
                gaps,
                slack_latex=r"f(x')-f(x)-\frac{G}{h^2}\lVert x'-x\rVert^2",
            ),
        )
    )


# Any convex profile: k[i] at a[i], the slope −g[i] there, and after the move r[i] ≥ 0 above the
# tangent.
k = sp.IndexedBase("k", real=True)
r = sp.IndexedBase("r", nonnegative=True)
NAMES = names(g[i])
RISE = sp.Sum(k[i] - g[i] * farther + r[i], KEYS) - sp.Sum(k[i], KEYS)

# One coordinate of the move, and of the keys seen from the point.
coordinate = sp.Symbol("d_coordinate", real=True)
y = sp.IndexedBase("y", real=True)
rest = sp.IndexedBase("z", real=True)
convex = ascent(
    NAMES,
    RISE,
    (Term(sp.Sum(r[i], KEYS), "a convex profile lies above its tangents"),),
    "The slack is how far the profile lies above its tangents",
)
moved = (
    Identity(
        "One coordinate of the move leaves the weighted sum",
        sp.Sum(g[i] * (coordinate * y[i] + rest[i]), KEYS),
        coordinate * sp.Sum(g[i] * y[i], KEYS) + sp.Sum(g[i] * rest[i], KEYS),
    ),
    ByHand(
        "So the weighted mean of ⟨x_i − x, x′ − x⟩ is the square of the move",
        r"\frac1G\sum_i g_i\langle x_i-x,\,x'-x\rangle=\lVert x'-x\rVert^2",
        "headline_mean_shift",
    ),
)

# The Gaussian profile e^{−t/2}, whose weights are half of it.
before, after = sp.exp(-a[i] / 2), sp.exp(-(a[i] + farther) / 2)
GAUSSIAN = names(before / 2)
GAUSSIAN_RISE = sp.Sum(after - before, KEYS)
gaussian = ascent(
    GAUSSIAN,
    GAUSSIAN_RISE,
    (Term(sp.Sum(after * gibbs(sp.exp(farther / 2)), KEYS), "t ln t − t + 1 ≥ 0 for every key"),),
    "The slack, key by key",
)

# Epanechnikov's profile (1 − t)₊, whose weights are 1 on the m keys inside the window and 0 on the
# c others, at any distances b[j] after the move.
b = sp.IndexedBase("b", real=True)
FLAT = names(sp.Integer(1), INSIDE)
outside = sp.Sum(ramp(1 - b[j]), OUTSIDE)
FLAT_RISE = sp.Sum(ramp(1 - a[i] - farther) - (1 - a[i]), INSIDE) + outside
flat = ascent(
    FLAT,
    FLAT_RISE,
    (
        Term(sp.Sum(ramp(a[i] + farther - 1), INSIDE), "keys that the window leaves"),
        Term(outside, "keys that it reaches"),
    ),
    "The slack is what leaves the window and what enters it",
)

# The boundary, on a line with h = 1: the profile 1 − t² falls and its weights 2t grow.
point, mean = sp.symbols("x_coordinate x_mean", real=True)
apart, there = (point - y[i]) ** 2, (mean - y[i]) ** 2
pulled = 2 * (point - y[j]) ** 2
OVERSHOT = {mean: sp.Sum(pulled * y[j], (j, 1, n)) / sp.Sum(pulled, (j, 1, n))}

THEOREM = Theorem(
    id="mean-shift",
    tag="M7SH",
    title="Mean shift climbs a density",
    statement=r"""For keys $x_1,\dots,x_n$, a bandwidth $h > 0$ and a convex, decreasing profile $k$
with $g = -k'$, let $f(x) = \sum_i k\!\left(\lVert x-x_i\rVert^2/h^2\right)$, a density up to a
factor. At a point $x$ let $g_i = g\!\left(\lVert x-x_i\rVert^2/h^2\right)$, not all 0, and
$G = \sum_i g_i$. Moving to the local mean $x' = \sum_i g_i x_i / G$ raises it:
$$f(x') - f(x) \;\ge\; \frac{G}{h^2}\,\lVert x'-x\rVert^2 .$$
So for the Gaussian profile $k(t) = e^{-t/2}$, whose weights are $g = \tfrac12 e^{-t/2}$, and for
Epanechnikov's $k(t) = (1-t)_+$, whose weights are those of the flat kernel: 1 within the bandwidth,
0 beyond it, and any number between them at the edge.""",
    intuition=r"""Put under every key's bump the parabola that touches it where the point stands.
The sum of parabolas is a parabola, and its top is the weighted mean of the keys: go there. A bump
whose profile is convex lies above its parabola, so the density has risen by at least as much.""",
    proof=r"""Convexity says $k(b) \ge k(a) - g(a)(b-a)$. Apply it at every key, $a$ and $b$ being
its squared distances in bandwidths before and after, and add up:
$f(x')-f(x) \ge \sum_i g_i(a_i-b_i)$. Since $x'$ is the mean of the keys with the weights $g_i$, the
sum of $g_i\lVert x-x_i\rVert^2$ exceeds that of $g_i\lVert x'-x_i\rVert^2$ by exactly
$G\lVert x'-x\rVert^2$. What is given away is how far the profile lies above its tangents, key by
key, and nothing else. Where the profile has a kink every tangent will do.""",
    source=Source(
        "localization",
        "mean shift is a localization method, the iteration of a local mean",
        verdict="holds",
    ),
    assumptions=(
        Assumption("bandwidth", "$h > 0$"),
        Assumption("attracted", "the weights at the point do not all vanish: $G > 0$"),
        Assumption("convex", "$k(b) \\ge k(a) - g(a)(b-a)$ for all $a, b \\ge 0$"),
    ),
    claims=(
        Claim(
            name="ascent",
            direction="lower",
            lhs=RISE,
            lhs_latex="f(x')-f(x)",
            rhs=BOUND,
            inputs=("pull", "travel", "bandwidth"),
            derivation=Derivation((convex.steps[0], *moved, convex.steps[1])),
            base=sp.Integer(0),
            encoding=ENCODING,
        ),
        Claim(
            name="gaussian",
            direction="lower",
            lhs=GAUSSIAN_RISE,
            lhs_latex="f(x')-f(x)",
            rhs=BOUND,
            inputs=("pull", "travel", "bandwidth"),
            derivation=gaussian,
            base=sp.Integer(0),
            encoding=ENCODING,
            printed=False,
        ),
        Claim(
            name="flat",
            direction="lower",
            lhs=FLAT_RISE,
            lhs_latex="f(x')-f(x)",
            rhs=BOUND,
            inputs=("pull", "travel", "bandwidth"),
            derivation=flat,
            base=sp.Integer(0),
            encoding=ENCODING,
            printed=False,
        ),
    ),
    sharp=Attains(
        "Where the profile lies on its tangent at every key; with the flat kernel, where no key "
        "enters or leaves the window",
        (RISE - BOUND).subs(ENCODING),
        {r: 0},
        NAMES,
        Example((0, 0), (-2,), caption="two keys in the window, before and after, and one outside"),
    ),
    boundary=Breaks(
        "The profile 1 − t² falls too, but is not convex: its weights 2t send the point too far, "
        "and the density is lower there",
        sp.Sum(apart**2 - there**2, KEYS),
        {"n": 2, "x_coordinate": Fraction(1, 8), "y": [Fraction(-1, 2), Fraction(1, 2)]},
        OVERSHOT,
    ),
    rocq=(
        "headline_mean_shift",
        "headline_mean_shift_sharp",
        "headline_mean_shift_profiles",
        "headline_mean_shift_boundary",
    ),
    part="Part II. Localization methods",
    literature="""Holds as announced, with the least gain of every move. The kernel that weighs the
keys is not the one whose density is climbed: the flat kernel of most programs climbs the density of
Epanechnikov's kernel, its shadow, and can leave a window that holds more keys for one that holds
fewer. That the density converges does not say that the points do; a flat profile stops after
finitely many moves, a Gaussian one slows down.""",
)
