"""Group sparsemax: the relevant group alone decides whether it takes everything.

Statement  the minimiser of ½‖p − z‖² + Σ_g λ_g‖p_g‖ over the simplex vanishes outside R iff
           ‖(z_g − θ_R)₊‖ ≤ λ_g for every other group g, θ_R being the multiplier of the problem of
           R alone; if λ_R = 0, λ_g ≥ √|g|·(max z_g − max z_R + 1)₊ is enough
Assumes    every key in one group, z = s/τ, penalties ≥ 0, R's own penalty in its multiplier
Sharp      the last penalty is the least for one relevant key and a group of ties
Fails      with λ_R > 0 and the multiplier of R without its penalty
Source     localist
"""

import sympy as sp

from locality.theory.concentration.row import OTHERS, RELEVANT
from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Strict,
    Term,
)
from locality.theory.core.functions import fall, ramp
from locality.theory.core.solve import Case, Cases
from locality.theory.core.symbols import excess, group_lead, group_size, i, j, m, penalty
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# A group at a threshold θ: scores θ + e[i], i = 1…m, and θ − d[j], j = 1…c. Another distribution
# gives those keys the weights y[i] and u[j]; at the threshold they get r·e[i] and 0.
level = sp.Symbol("theta", real=True)
e = sp.IndexedBase("e", nonnegative=True)
d = sp.IndexedBase("d", nonnegative=True)
y = sp.IndexedBase("y", nonnegative=True)
u = sp.IndexedBase("u", nonnegative=True)
length, other_length = sp.symbols("N Q", positive=True)
spare = sp.Symbol("spare", nonnegative=True)
LENGTHS = {
    length: sp.sqrt(sp.Sum(e[i] ** 2, RELEVANT)),
    other_length: sp.sqrt(sp.Sum(y[i] ** 2, RELEVANT) + sp.Sum(u[j] ** 2, OTHERS)),
}
ANGLE = other_length * (
    sp.Sum((e[i] / length - y[i] / other_length) ** 2, RELEVANT)
    + sp.Sum(u[j] ** 2, OTHERS) / other_length**2
)


def gap(own: sp.Expr, factor: sp.Expr) -> sp.Expr:
    """What the other weights of a group cost more, θ for each unit of weight included."""
    scores = sp.Sum((y[i] - level - e[i]) ** 2 - (factor * e[i] - level - e[i]) ** 2, RELEVANT)
    unused = sp.Sum((u[j] - level + d[j]) ** 2 - (level - d[j]) ** 2, OTHERS)
    weight = sp.Sum(y[i] - factor * e[i], RELEVANT) + sp.Sum(u[j], OTHERS)
    return (scores + unused) / 2 + level * weight + own * (other_length - factor * length)


def distance(factor: sp.Expr) -> Term:
    """Half of ‖q − p‖² on the group."""
    squares = sp.Sum((y[i] - factor * e[i]) ** 2, RELEVANT) + sp.Sum(u[j] ** 2, OTHERS)
    return Term(squares / 2, "half the squared distance")


IDLE = Term(sp.Sum(d[j] * u[j], OTHERS), "weight on keys below the threshold")

# Weight t·f[j] for a group that its penalty does not cover by `short`, taken from R in proportion.
f = sp.IndexedBase("f", positive=True)
total, share, reach = sp.symbols("A T E", positive=True)
short = sp.Symbol("short", positive=True)
k, t = sp.symbols("k t", positive=True)
TAKEN = {
    total: sp.Sum(e[i], RELEVANT),
    share: sp.Sum(f[j], OTHERS),
    reach: sp.sqrt(sp.Sum(f[j] ** 2, OTHERS)),
}
left = 1 - t * share
CHANGE = (
    sp.Sum((left * e[i] / total - level - e[i]) ** 2 - (e[i] / total - level - e[i]) ** 2, RELEVANT)
    + sp.Sum((t * f[j] - level - f[j]) ** 2 - (level + f[j]) ** 2, OTHERS)
) / 2 + ((left - 1) * (1 - 1 / total) * length**2 / total + (reach - short) * t * reach)
CURVE = share**2 * length**2 / total**2 + reach**2
PARABOLA = t**2 * CURVE / 2 - t * reach * short
GAIN = reach**2 * short**2 * (1 + 2 * k) / (2 * (1 + k) ** 2 * CURVE)

certificate = Derivation(
    (
        Aggregates(
            "The lengths of a group's excesses and of other weights, neither zero",
            LENGTHS,
            nonzero=(length, other_length),
        ),
        Decomposition(
            "The relevant group: other weights cost more than those at its multiplier",
            gap(penalty, 1 - penalty / length),
            (
                distance(1 - penalty / length),
                IDLE,
                Term(penalty * ANGLE / 2, "penalty times squares (Cauchy and Schwarz)"),
            ),
            slack_latex=r"L_R(q)-L_R(p)",
        ),
        Decomposition(
            "Every other group that its penalty covers: any weight costs more than none",
            gap(length + spare, sp.Integer(0)),
            (
                distance(sp.Integer(0)),
                IDLE,
                Term(length * ANGLE / 2, "length times squares"),
                Term(spare * other_length, "the penalty covers the excess"),
            ),
            slack_latex=r"L_g(q)-L_g(0)",
        ),
        ByHand(
            "Summed over the groups θ multiplies the weight, 1 on both sides: sufficient",
            r"\sum_g L_g(q) - \sum_g L_g(p) = J(q)-J(p) \ge \tfrac12\lVert q-p\rVert^2",
            "headline_group_sparsemax_solution",
        ),
        Aggregates("Excesses on R and on a group that is not covered", TAKEN, nonzero=(total,)),
        Identity("Moving weight t·f to it changes what is minimised by", CHANGE, PARABOLA),
        Identity(
            "At a small enough t, that is k large enough, this is",
            PARABOLA.subs(t, reach * short / ((1 + k) * CURVE)),
            -GAIN,
        ),
        Strict("Necessary: that is a gain, so weight moves", GAIN, "E, the shortfall are positive"),
    )
)

# The excesses of a group are the lead plus 1 times e^−h[i], i = 1…m, and `idle` keys have none.
h = sp.IndexedBase("h", nonnegative=True)
idle = sp.Symbol("idle", integer=True, nonnegative=True)
KEYS = {group_size: m + idle}
squares = sp.Sum(sp.exp(-2 * h[i]), RELEVANT)
LEAST = sp.sqrt(group_size) * ramp(group_lead + 1)
EXCESS = ramp(group_lead + 1) * sp.sqrt(squares)
MISSING = idle + sp.Sum(fall(2 * h[i]), RELEVANT)

enough = Derivation(
    (
        Decomposition(
            "Without a penalty on R its multiplier is at most 1 below its largest score",
            LEAST.subs(KEYS) - EXCESS,
            (
                Term(
                    ramp(group_lead + 1) * MISSING / (sp.sqrt(m + idle) + sp.sqrt(squares)),
                    "no excess is more than the lead plus 1",
                ),
            ),
            slack_latex=r"\sqrt{\lvert g\rvert}\,(\ell_g+1)_+-\lVert(z_g-\theta_R)_+\rVert",
        ),
    )
)

# The boundary: one key each, R's at 0, with penalty `own`, and the other's at `group_lead`.
own, moved = sp.symbols("own moved", positive=True)
OFF_BLOCK = (
    ((1 - moved) ** 2 - 1 + (moved - group_lead) ** 2 - group_lead**2) / 2
    - own * moved
    + penalty * moved
)

THEOREM = Theorem(
    id="group-sparsemax",
    tag="S6MX",
    title="The relevant group alone decides whether it takes everything",
    statement=r"""Let keys lie in disjoint groups with penalties $\lambda_g \ge 0$, $z = s/\tau$,
and let $p$ minimise
$$\tfrac12\lVert p - z\rVert^2 + \sum_g \lambda_g\lVert p_g\rVert_2$$
over the simplex. Let $\theta_R$ be the multiplier of the problem of the group $R$ alone, with its
penalty: $(1-\lambda_R/N)_+\sum_{j\in R}(z_j-\theta_R)_+ = 1$ with
$N = \lVert(z_R-\theta_R)_+\rVert$. Then $p$ vanishes outside $R$, so that leakage is exactly 0, if
and only if
$$\lVert(z_g-\theta_R)_+\rVert_2 \;\le\; \lambda_g \quad\text{for every group } g \ne R.$$
If $\lambda_R = 0$ it is enough that $\lambda_g \ge \sqrt{|g|}\,(\max z_g - \max z_R + 1)_+$. In
general $p_g = (1-\lambda_g/N_g)_+(z_g-\theta)_+$ with $N_g = \lVert(z_g-\theta)_+\rVert$, for the
one $\theta$ at which these weights sum to 1.""",
    intuition=r"""The multiplier is the price of a unit of weight. Solve the problem of the block
alone, note the price, and ask every other group whether it would buy at that price, its own
entrance fee included. If none would, the block's solution is everybody's.""",
    proof=r"""Add $\theta\sum_j p_j$ to the objective; on the simplex that is a constant, and the
groups fall apart. In the relevant group, other weights $q$ cost at least $\tfrac12\lVert q-p
\rVert^2$ more: the rest is weight on keys below the price, and the penalty times a Cauchy–Schwarz
gap. In another group that is covered, any weight costs more than none for the same reasons. If a
group is not covered, its excesses $f$ are a direction in which to move a little weight from $R$:
the objective changes by a parabola in the amount with negative slope
$-\lVert f\rVert(\lVert f\rVert-\lambda_g)$. Without a penalty on $R$ no relevant score exceeds
the multiplier by more than 1, hence no score of $g$ by more than the lead plus 1.""",
    source=Source(
        "localist",
        "penalties on groups above a threshold keep attention in the relevant blocks",
        verdict="more",
        truth="the threshold counts the relevant block's own penalty",
    ),
    assumptions=(
        Assumption("groups", "every key belongs to exactly one group"),
        Assumption("penalties", "$\\lambda_g \\ge 0$"),
        Assumption(
            "multiplier",
            "$\\theta_R$ solves the problem of $R$ alone, with its penalty $\\lambda_R$",
        ),
    ),
    claims=(
        Claim(
            name="certificate",
            direction="iff",
            lhs=penalty,
            lhs_latex=r"\lambda_g",
            display=r"p \text{ vanishes outside } R \iff \lambda_g \ge "
            r"\lVert(z_g-\theta_R)_+\rVert_2 \text{ for every group } g\ne R",
            rhs=excess,
            inputs=("excess",),
            derivation=certificate,
        ),
        Claim(
            name="enough",
            direction="upper",
            lhs=EXCESS,
            lhs_latex=r"\lVert(z_g-\theta_R)_+\rVert_2",
            display=r"\lVert(z_g-\theta_R)_+\rVert_2 \le \sqrt{\lvert g\rvert}\,(\ell_g+1)_+ "
            r"\quad (\lambda_R = 0)",
            rhs=LEAST,
            inputs=("group_size", "group_lead"),
            derivation=enough,
            base=sp.Integer(0),
            encoding=KEYS,
        ),
    ),
    sharp=Attains(
        "One relevant key and a group of ties: the penalty that is enough is the least",
        LEAST.subs(KEYS) - EXCESS,
        {h: 0, idle: 0},
        {},
        Example((0,), (0, 0, 0), caption="one relevant key and a group of three, all at 0"),
    ),
    boundary=Breaks(
        "The multiplier without R's own penalty says covered (½ ≤ 1); moving a quarter is better",
        OFF_BLOCK,
        {
            "own": 1,
            "penalty": 1,
            "group_lead": -sp.Rational(1, 2),
            "moved": sp.Rational(1, 4),
        },
        {},
        Example(
            (0,),
            (-sp.Rational(1, 2),),
            caption="one relevant key at 0 and one other at −½, both groups with penalty 1",
        ),
    ),
    rocq=(
        "headline_group_sparsemax",
        "headline_group_sparsemax_solution",
        "headline_group_sparsemax_root",
        "headline_group_sparsemax_enough",
        "headline_group_sparsemax_sharp",
        "headline_group_sparsemax_boundary",
    ),
    solvers={
        "penalty": Cases(
            "penalty",
            ("group_size", "group_lead"),
            (Case((), ">=", LEAST, "enough for all scores with this lead, no penalty on R"),),
        )
    },
    literature="""Holds with an exact threshold that a computation on the block alone gives, and
then leakage is not small but zero. It is a statement on one operation with group sparsemax in
softmax's place, not on softmax attention with penalised weights.""",
)
