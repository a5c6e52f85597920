"""Anchor capacity: how far apart B anchors can be, and what that leaves for a temperature.

Statement  the margin 1 − μ of B ≥ 2 unit anchors is at most B/(B − 1), attained iff B ≤ d + 1; at
           most 1 if B ≥ d + 2, attained iff B ≤ 2d; of uniform random anchors it is below 1 − t
           with probability at most B(B − 1)/2 · e^(−dt²/2)
Assumes    unit vectors in ℝᵈ, each the query for itself; μ the largest inner product of two, signed
Sharp      the regular simplex, and the cross-polytope
Fails      if the anchors may be longer than 1
Source     rules
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
from locality.theory.core.functions import gap_square, gibbs
from locality.theory.core.solve import Case, Cases
from locality.theory.core.symbols import (
    anchors,
    chance,
    dimension,
    i,
    j,
    level_of_overlap,
    overlap,
    q,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

MARGIN = 1 - overlap
SIMPLEX = anchors / (anchors - 1)
UNLIKELY = anchors * (anchors - 1) / 2 * sp.exp(-dimension * level_of_overlap**2 / 2)
LIKELY = 1 - sp.sqrt(2 * sp.log(anchors * (anchors - 1) / (2 * chance)) / dimension)

# Derivations count the k other anchors, and the pairs. μ is encoded by its distance from products:
# those of anchor i with the others are short of kμ by q[i] in sum.
k = sp.Symbol("k", integer=True, positive=True)
square = sp.Symbol("S", nonnegative=True)  # ‖Σ aᵢ‖²
OF_ANCHORS = (i, 1, k + 1)
MEAN = (square - (k + 1) + sp.Sum(q[i], OF_ANCHORS)) / (k * (k + 1))
CROWD = {anchors: k + 1}
y = sp.IndexedBase("y", real=True)  # one coordinate of the anchors

few = Derivation(
    (
        Identity(
            "In each coordinate the square of the sum is the sum over all pairs of products",
            sp.Sum(y[i], OF_ANCHORS) ** 2,
            sp.Sum(sp.Sum(y[i] * y[j], (j, 1, k + 1)), OF_ANCHORS),
        ),
        Identity(
            "So the square of the sum of the anchors is B, for the units, and all other products",
            k + 1 + sp.Sum(k * MEAN - q[i], OF_ANCHORS),
            square,
        ),
        Decomposition(
            "The slack is that square, and what the products are short of μ",
            SIMPLEX.subs(CROWD) - (1 - MEAN),
            (
                Term(square / (k * (k + 1)), "zero exactly if the anchors sum up to 0"),
                Term(
                    sp.Sum(q[i], OF_ANCHORS) / (k * (k + 1)),
                    "zero exactly if all products are equal",
                ),
            ),
            slack_latex=r"\frac{B}{B-1}-(1-\mu)",
        ),
        ByHand(
            "Inner products are sums over coordinates; d + 1 dimensions hold such anchors",
            r"\exists\,a:\ 1-\mu=\tfrac{B}{B-1}\iff B\le d+1",
            "headline_anchor_capacity_simplex",
        ),
    )
)

# More than d anchors are linearly dependent: Σ wᵢaᵢ = Σ vⱼaⱼ with weights w, v > 0.
m_side = sp.Symbol("m", integer=True, positive=True)
c_side = sp.Symbol("c", integer=True, positive=True)
w = sp.IndexedBase("w", positive=True)
v = sp.IndexedBase("v", positive=True)
ONE, OTHER = (i, 1, m_side), (j, 1, c_side)
one, other = sp.symbols("W V", positive=True)
WEIGHTS = {one: sp.Sum(w[i], ONE), other: sp.Sum(v[j], OTHER)}
short = sp.Sum(v[j] * q[j], OTHER)  # what products are short of μ, weighted
COMMON = (square + short) / (one * other)

crowded = Derivation(
    (
        Aggregates("The weights on both sides of a linear dependence Σ wᵢaᵢ = Σ vⱼaⱼ", WEIGHTS),
        Identity(
            "The square of that vector is the sum of the products across",
            sp.Sum(v[j] * (one * COMMON - q[j]), OTHER),
            square,
        ),
        Decomposition(
            "So the largest product is not negative",
            1 - (1 - COMMON),
            (
                Term(square / (one * other), "a square; it is 0 if one side is empty"),
                Term(short / (one * other), "no product exceeds μ"),
            ),
            slack_latex=r"1-(1-\mu)=\mu",
        ),
        ByHand(
            "d + 2 vectors leave such a dependence, with a vector to spare if one side is empty",
            r"B\ge d+2\Rightarrow 1-\mu\le 1",
            "headline_anchor_capacity_crowded",
        ),
        ByHand(
            "Equality: at most 2d vectors other than 0 have no positive product",
            r"\exists\,a:\ 1-\mu\ge 1\iff B\le 2d",
            "headline_anchor_capacity_cross",
        ),
    )
)

# A cap: unit vectors u with ⟨u, e⟩ = t + h, and the cone of the points ρu, 0 ≤ ρ ≤ 1. Its share of
# the ball is the probability of the cap, and a ball of radius R holds the share Rᵈ.
h, r, z = sp.symbols("h r z", nonnegative=True)
steep = sp.Symbol("t", positive=True)
flat = sp.sqrt(2) / (2 * (1 + z))  # any t with t² ≤ 1/2
inward = r / (1 + r)  # any 0 ≤ ρ < 1
p = sp.IndexedBase("p", nonnegative=True)
shared = sp.Symbol("s", nonnegative=True)
TAIL = sp.exp(-dimension * level_of_overlap**2 / 2)
BAD = sp.Sum((k * TAIL - p[i]) / 2, OF_ANCHORS) - shared


def apart(centre: sp.Expr, level: sp.Expr) -> sp.Expr:
    """‖ρu − centre·e‖² for a unit vector u at the level t + h."""
    return inward**2 - 2 * inward * centre * (level + h) + centre**2


random = Derivation(
    (
        Decomposition(
            "For t² ≤ 1/2 the cone over a cap lies in a ball of squared radius 1 − t² around te",
            1 - flat**2 - apart(flat, flat),
            (
                Term((inward + z * (2 + z) / (1 + z) ** 2) / (1 + r), "ρ ≤ 1 and 2t² ≤ 1"),
                Term(2 * inward * flat * h, "the cap lies beyond t"),
            ),
            slack_latex=r"1-t^2-\lVert\rho u-te\rVert^2",
        ),
        Decomposition(
            "and 1 − t² ≤ e^(−t²): with 1 − t² = 1/(1 + z) the logarithms differ by",
            sp.log(1 + z) - z / (1 + z),
            (Term(gibbs(1 + z) / (1 + z), "Gibbs' gap"),),
        ),
        Decomposition(
            "For larger t the cone lies in a ball of squared radius 1/4t² around e/2t",
            1 / (4 * steep**2) - apart(1 / (2 * steep), steep),
            (
                Term(inward * h / steep, "the cap lies beyond t"),
                Term(inward / (1 + r), "ρ ≤ 1"),
            ),
            slack_latex=r"\frac{1}{4t^2}-\left\lVert\rho u-\frac{e}{2t}\right\rVert^2",
        ),
        Decomposition(
            "and 1/4t² ≤ e^(−t²): with t² = (1 + ρ)/2 the logarithms differ by",
            sp.log(2 * (1 + inward)) - (1 + inward) / 2,
            (
                Term(sp.log(2) - sp.S.Half, "e < 4"),
                Term(gap_square(inward), "ln(1 + t) ≥ t − t²/2"),
                Term(inward / (1 + r) / 2, "ρ ≤ 1"),
            ),
        ),
        Decomposition(
            "So each pair reaches t with probability at most e^(−dt²/2), any with the sum at most",
            UNLIKELY.subs(CROWD) - BAD,
            (
                Term(sp.Sum(p[i] / 2, OF_ANCHORS), "no cap is more likely"),
                Term(shared, "draws in which several pairs are bad count once"),
            ),
            slack_latex=r"\frac{B(B-1)}{2}e^{-dt^2/2}-P(\mu\ge t)",
        ),
        ByHand(
            "The union over pairs, whatever the probability",
            r"P\Big(\bigcup_{j<k} E_{jk}\Big)\le\sum_{j<k}P(E_{jk})",
            "headline_anchor_capacity_random",
        ),
    )
)

length = sp.Symbol("length", positive=True)
SOLVERS = {
    "margin": Cases(
        "margin",
        ("anchors", "dimension", "chance"),
        (
            Case(
                (anchors * (anchors - 1) < 2 * chance * sp.exp(dimension / 2),),
                ">=",
                LIKELY,
                "of uniform random anchors, with probability at least 1 − η",
            ),
            Case((), "none", None, "too many for these dimensions: the bound says nothing"),
        ),
    )
}

THEOREM = Theorem(
    id="anchor-capacity",
    tag="C8AN",
    title="How far apart anchors can be, by their number and dimension",
    statement=r"""Let $B \ge 2$ unit vectors of $\mathbb{R}^d$ each be the query for itself among
all. With $\mu$ the largest inner product of two of them, the margin is $1 - \mu$, and
$$1 - \mu \;\le\; \frac{B}{B-1},$$
attained, by a regular simplex, if and only if $B \le d+1$. If $B \ge d+2$, then $1-\mu \le 1$,
attained, by vectors of a cross-polytope, if and only if $B \le 2d$. For independent uniform anchors
and every $t \ge 0$
$$P(1-\mu \le 1-t) \;\le\; \frac{B(B-1)}{2}\,e^{-dt^2/2},$$
so that with probability at least $1-\eta$ the margin is at least
$1 - \sqrt{2\ln(B(B-1)/2\eta)/d}$. The temperature then follows from [](#thm-threshold) with $m = 1$
and $c = B-1$; for the simplex, whose scores have two levels, it is also necessary.""",
    intuition=r"""Few anchors can all point away from each other, and better than that none can do.
Beyond one more than the dimension, two of them must be at a right angle or closer; beyond twice the
dimension, closer. But nearly right angles are cheap: their number grows exponentially with the
dimension, and random vectors find them.""",
    proof=r"""$0 \le \lVert\sum_i a_i\rVert^2 = B + \sum_{i\ne j}\langle a_i,a_j\rangle \le
B + B(B-1)\mu$. If $B \ge d+2$, some of the anchors satisfy $\sum w_ia_i = \sum v_ja_j$ with
positive weights on two disjoint sets; the square of that vector is
$\sum w_iv_j\langle a_i,a_j\rangle$, so not all products are negative; if one set is empty, take the
product with an anchor that was left out. Projection along one anchor keeps products of the others
nonpositive and makes at most one of them vanish; so $2d$ is the most by induction on $d$.
The tail of a spherical cap follows by putting the cone over it into a smaller ball; its sum over
pairs bounds the probability of a bad draw.""",
    source=Source(
        "rules",
        "concentrated anchors improve pointer fidelity and lower entropy",
        verdict="more",
        truth="the anchors fit: the margin of $B$ of them is above 1 only for $B \\le d + 1$, "
        "and below 1 for $B > 2d$; fidelity follows from margin over temperature",
    ),
    assumptions=(
        Assumption("many", "$B \\ge 2$"),
        Assumption("unit", "$\\lVert a_k\\rVert = 1$ for every anchor"),
        Assumption("margin", "every anchor's product with itself exceeds its others by $\\Delta$"),
    ),
    claims=(
        Claim(
            name="simplex",
            direction="upper",
            lhs=MARGIN,
            lhs_latex=r"1-\mu",
            rhs=SIMPLEX,
            inputs=("anchors",),
            derivation=few,
            base=sp.Integer(0),
            encoding=CROWD | {overlap: MEAN},
        ),
        Claim(
            name="crowded",
            direction="upper",
            lhs=MARGIN,
            lhs_latex=r"1-\mu",
            display=r"B \ge d+2 \implies 1-\mu \le 1",
            rhs=sp.Integer(1),
            inputs=(),
            derivation=crowded,
            base=sp.Integer(0),
            encoding={overlap: COMMON},
            printed=False,
        ),
        Claim(
            name="random",
            direction="upper",
            lhs=BAD,
            lhs_latex=r"P(\mu\ge t)",
            rhs=UNLIKELY,
            inputs=("anchors", "dimension", "level_of_overlap"),
            derivation=random,
            base=sp.Integer(0),
            encoding=CROWD,
        ),
    ),
    sharp=Attains(
        "The regular simplex: anchors that sum up to 0, all products equal",
        SIMPLEX.subs(CROWD) - (1 - MEAN),
        {square: 0, q: 0},
        {},
        Example(
            (1,), (sp.Rational(-1, 2),) * 2, caption="scores of a triangle's corner: 1, −½, −½"
        ),
    ),
    boundary=Breaks(
        "Two opposite anchors of length 2 have a margin of 8",
        SIMPLEX - 2 * length**2,
        {"anchors": 2, "length": 2},
        {},
        Example((4,), (-4,), caption="an anchor of length 2 scores itself 4, its opposite −4"),
    ),
    depends_on=("threshold",),
    rocq=(
        "headline_anchor_capacity",
        "headline_anchor_capacity_simplex",
        "headline_anchor_capacity_crowded",
        "headline_anchor_capacity_cross",
        "headline_anchor_capacity_temperature",
        "headline_anchor_capacity_random",
        "headline_anchor_capacity_boundary",
    ),
    solvers=SOLVERS,
    literature="""Holds, with exact capacities that the announcement does not give. The margin
cannot be raised by more dimensions beyond B − 1, and never above 2; only longer anchors or a lower
temperature help, which is the same thing. The best margin of more than 2d anchors is below 1 and in
general unknown.""",
)
