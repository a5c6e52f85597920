"""Hopfield: the retrieval step of a modern Hopfield network is a local mean, and lowers an energy.

Statement  E(ξ) − E(ξ′) ≥ ½‖ξ′ − ξ‖², E(ξ) = −τ·lse(Xᵀξ/τ) + ½‖ξ‖², ξ′ = X softmax(Xᵀξ/τ), τ = 1/β;
           t(1 − t/2)‖ξ′ − ξ‖² for the step ξ + t(ξ′ − ξ); ‖ξ′ − x_μ‖ ≤ σ(ln c − Δ/τ)·D if ⟨x_μ, ξ⟩
           exceeds the products of the c other patterns by Δ; at most δD if c ≤ e^{Δ/τ}δ/(1 − δ)
Assumes    a stored pattern, τ > 0; D covers the distances of the other patterns from x_μ
Sharp      equality exactly where the move agrees alike with all patterns, as with a single one
Fails      beyond t = 2: the energy of a single pattern rises
Source     localization
"""

import sympy as sp

from locality.theory.concentration.leakage import SLACK as LEAKAGE_SLACK
from locality.theory.concentration.row import AGGREGATES, OTHERS, TEMPERATURE, other_weight
from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Term,
)
from locality.theory.core.functions import fall, gibbs, sigmoid
from locality.theory.core.solve import Case, Cases
from locality.theory.core.symbols import (
    c,
    delta,
    diameter,
    i,
    j,
    m,
    margin,
    n,
    relaxation,
    temperature,
    total,
    travel,
    x,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# A state enters by its products with the patterns: z[i] of the old state, w[i] of its update; and
# by three products between the two. The products with a step t of the way lie t of the way.
PATTERNS = (i, 1, n)
z = sp.IndexedBase("z", real=True)
w = sp.IndexedBase("w", real=True)
square = sp.Symbol("s_old", real=True)
cross = sp.Symbol("s_both", real=True)
new_square = sp.Symbol("s_new", real=True)
after = sp.Symbol("Z_t", positive=True)
ON_THE_WAY = z[i] + relaxation * (w[i] - z[i])
old_weight = sp.exp(z[i] / temperature)


def names(t: sp.Expr) -> dict[sp.Symbol, sp.Expr]:
    """The sums of a step of t times the way."""
    step_weight = sp.exp(ON_THE_WAY.subs(relaxation, t) / temperature)
    return {
        total: sp.Sum(old_weight, PATTERNS),
        after: sp.Sum(step_weight, PATTERNS),
        cross: sp.Sum(old_weight * z[i], PATTERNS) / total,
        new_square: sp.Sum(old_weight * w[i], PATTERNS) / total,
    }


MOVE = new_square - 2 * cross + square  # ‖ξ′ − ξ‖²
ENCODING = {travel: sp.sqrt(MOVE)}


def lowered(t: sp.Expr) -> sp.Expr:
    """E(ξ) − E(ξ + t(ξ′ − ξ))."""
    step_square = square + 2 * t * (cross - square) + t**2 * MOVE
    return temperature * (sp.log(after) - sp.log(total)) + (square - step_square) / 2


LEAST = relaxation * (1 - relaxation / 2) * travel**2
BOUND = travel**2 / 2

# One coordinate of a state, times that of the patterns, the products of the others being r.
coordinate = sp.Symbol("x_coordinate", real=True)
y = sp.IndexedBase("y", real=True)
r = sp.IndexedBase("r", real=True)


def mean(of: sp.Expr) -> sp.Expr:
    """The mean over the patterns with the old state's weights."""
    return sp.Sum(old_weight * of, PATTERNS) / total


def descent(t: sp.Expr, least: sp.Expr) -> Derivation:
    """The energy falls by what is claimed of a step t, and by a divergence."""
    weight = sp.exp(ON_THE_WAY.subs(relaxation, t) / temperature)
    ratio = old_weight * after / (weight * total)
    divergence = temperature * sp.Sum(weight / after * gibbs(ratio), PATTERNS)
    return Derivation(
        (
            Aggregates(
                "Weights of the old state and of the step; the update's products with both states",
                names(t),
            ),
            Identity(
                "One coordinate of a state leaves the mean",
                mean(coordinate * y[i] + r[i]),
                coordinate * mean(y[i]) + mean(r[i]),
            ),
            ByHand(
                "So the mean product is the product with the mean, which is the update",
                r"\mathrm{E}_p\langle\zeta,x_i\rangle=\langle\zeta,\xi'\rangle",
                "headline_hopfield_relaxed",
            ),
            Decomposition(
                "The slack is a divergence of the step's weights from the old ones",
                lowered(t) - least.subs(ENCODING),
                (Term(divergence, "Gibbs: t ln t − t + 1 ≥ 0 for every pattern"),),
                slack_latex=r"E(\xi)-E(\xi_t)-t\left(1-\tfrac t2\right)\lVert\xi'-\xi\rVert^2",
            ),
        )
    )


# Retrieval, along a unit vector: the pattern that leads says 0 there and another D − r[j].
short = sp.IndexedBase("r", nonnegative=True)
ALONE = {name: sums.subs(m, 1) for name, sums in AGGREGATES.items()}
LEADER_SLACK = LEAKAGE_SLACK.subs(m, 1)
ERROR = sp.Sum(other_weight * (diameter - short[j]), OTHERS) / total
unused = sp.Sum(other_weight * short[j], OTHERS) / total
WITHIN = diameter * sigmoid(sp.log(c) - x)
norm = ByHand(
    "A norm is the largest component along unit vectors",
    r"\lVert\xi'-x_\mu\rVert=\max_{\lVert e\rVert=1}\langle e,\,\xi'-x_\mu\rangle",
    "headline_hopfield_retrieval",
)
covered = Term(unused, "no pattern is farther than D from the one that leads")
retrieval = Derivation(
    (
        Aggregates("Weights, the pattern that leads being the block", ALONE),
        Decomposition(
            "D times leakage's slack, and what D covers in vain",
            WITHIN - ERROR,
            (
                Term(
                    diameter * LEADER_SLACK,
                    "leakage's slack for a block of one",
                    lemma="leakage",
                    factor=diameter,
                    at={m: sp.Integer(1)},
                ),
                covered,
            ),
            slack_latex=r"\sigma(\ln c-x)D-\langle e,\,\xi'-x_\mu\rangle",
        ),
        norm,
    )
)

# Capacity: δ has the odds g, and the margin exceeds what c patterns need by `spare`.
g, spare = sp.Symbol("g", positive=True), sp.Symbol("y", nonnegative=True)
ENOUGH = {x: sp.log(c) - sp.log(g) + spare}
FEW = ENOUGH | {delta: g / (1 + g)}
capacity = Derivation(
    (
        Aggregates(
            "Weights, with a margin of at least ln c − logit δ",
            {name: sums.subs(ENOUGH) for name, sums in ALONE.items()},
        ),
        Decomposition(
            "What so few patterns leave of δ, and the slack of retrieval",
            (delta * diameter - ERROR).subs(FEW),
            (
                Term(
                    diameter * g * fall(spare) / ((1 + g) * (1 + g * sp.exp(-spare))),
                    "zero exactly at the largest number of patterns, y = 0",
                ),
                Term(
                    diameter * LEADER_SLACK.subs(ENOUGH),
                    "leakage's slack for a block of one",
                    lemma="leakage",
                    factor=diameter,
                    at={m: sp.Integer(1), **ENOUGH},
                ),
                Term(unused.subs(ENOUGH), covered.because),
            ),
            slack_latex=r"\delta D-\langle e,\,\xi'-x_\mu\rangle",
        ),
        norm,
    )
)
ROOM = sp.exp(margin / temperature) * delta / (1 - delta)

THEOREM = Theorem(
    id="hopfield",
    tag="H3PF",
    title="Retrieval from a modern Hopfield network",
    statement=r"""Let patterns $x_1,\dots,x_N$ be stored, $\tau = 1/\beta > 0$ and
$$E(\xi) = -\tau\ln\sum_i e^{\langle x_i,\xi\rangle/\tau} + \tfrac12\lVert\xi\rVert^2, \qquad
\xi' = \sum_i \operatorname{softmax}_i\!\left(\langle x_i,\xi\rangle/\tau\right)x_i .$$
The update $\xi'$ is the local mean of the patterns under the kernel $e^{\langle\xi,x\rangle/\tau}$,
and for every state $\xi$
$$E(\xi) - E(\xi') \;\ge\; \tfrac12\,\lVert\xi'-\xi\rVert^2 ;$$
a step $\xi + t(\xi'-\xi)$ lowers $E$ by at least $t(1-\tfrac t2)\lVert\xi'-\xi\rVert^2$. If
$\langle x_\mu,\xi\rangle$ exceeds the products of the $c = N-1$ other patterns by at least
$\Delta$, of any sign, and none of them is farther than $D$ from $x_\mu$, then with
$x = \Delta/\tau = \beta\Delta$
$$\lVert\xi'-x_\mu\rVert \;\le\; \sigma(\ln c - x)\,D ,$$
which is at most $\delta D$ as long as $c \le e^{x}\,\delta/(1-\delta)$.""",
    intuition=r"""The state looks at the memories, weighs each by how well it agrees, and moves to
the weighted mean. Every such move goes downhill, and by more than half the square of its length, so
the moves must die out. Where one memory leads, the first move lands within the leakage of it.""",
    proof=r"""A mean of products is the product with the mean, so $\langle\xi',\xi'-\xi\rangle$ is
the mean change of the agreements. Insert that into both energies: what the fall exceeds
$\tfrac12\lVert\xi'-\xi\rVert^2$ by is exactly $\tau\,\mathrm{KL}(p\,\Vert\,p')$, $p$ and $p'$ being
the weights before and after, and Gibbs' inequality says that it is not negative; the same with the
factor $t(1-\tfrac t2)$ for a step $t$. The distance from $x_\mu$ is that of
[truncation](#thm-truncation) to one pattern, at most the leakage times $D$, and
[leakage](#thm-leakage) bounds that. Solve its bound $\le\delta$ for $c$.""",
    source=Source(
        "localization",
        "retrieval from a modern Hopfield network is a localization method",
        verdict="holds",
    ),
    assumptions=(
        Assumption("patterns", "at least one stored pattern"),
        TEMPERATURE,
        Assumption("fixed", "the patterns do not change while a state moves", implicit=True),
    ),
    claims=(
        Claim(
            name="descent",
            direction="lower",
            lhs=lowered(sp.Integer(1)),
            lhs_latex=r"E(\xi)-E(\xi')",
            rhs=BOUND,
            inputs=("travel",),
            derivation=descent(sp.Integer(1), BOUND),
            base=sp.Integer(0),
            encoding=ENCODING,
        ),
        Claim(
            name="relaxed",
            direction="lower",
            lhs=lowered(relaxation),
            lhs_latex=r"E(\xi)-E(\xi+t(\xi'-\xi))",
            rhs=LEAST,
            inputs=("relaxation", "travel"),
            derivation=descent(relaxation, LEAST),
            base=sp.Integer(0),
            encoding=ENCODING,
        ),
        Claim(
            name="retrieval",
            direction="upper",
            lhs=ERROR,
            lhs_latex=r"\lVert\xi'-x_\mu\rVert",
            rhs=WITHIN,
            inputs=("c", "x", "diameter"),
            derivation=retrieval,
            base=sp.Integer(0),
        ),
        Claim(
            name="capacity",
            direction="upper",
            lhs=ERROR,
            lhs_latex=r"\lVert\xi'-x_\mu\rVert",
            rhs=delta * diameter,
            inputs=("delta", "diameter"),
            derivation=capacity,
            base=sp.Integer(0),
            encoding=FEW,
        ),
    ),
    sharp=Attains(
        "Patterns that all agree by 0 with the state and with its update: x and −x, with the state "
        "at right angles to both, which moves to 0",
        (lowered(sp.Integer(1)) - BOUND).subs(ENCODING),
        {z: 0, w: 0},
        names(sp.Integer(1)),
        Example((0,), (0,), caption="two patterns that both agree by 0, before and after"),
    ),
    boundary=Breaks(
        "Three times the way to the update: with one pattern the energy rises",
        lowered(relaxation),
        {"n": 1, "z": [0], "w": [1], "temperature": 1, "s_old": 0, "relaxation": 3},
        names(relaxation),
    ),
    depends_on=("leakage", "truncation"),
    rocq=(
        "headline_hopfield",
        "headline_hopfield_sharp",
        "headline_hopfield_relaxed",
        "headline_hopfield_boundary",
        "headline_hopfield_retrieval",
        "headline_hopfield_capacity",
    ),
    solvers={
        "c": Cases(
            "c",
            ("delta", "margin", "temperature"),
            (
                Case((ROOM < 1,), "none", None, "not even one other pattern is allowed"),
                Case((), "<=", ROOM, "c ≤ e^x·δ/(1 − δ), whole patterns", whole="down"),
            ),
        )
    },
    part="Part II. Localization methods",
    literature="""Holds as announced, with the surplus of every move known exactly. The update and
its energy are those of the published modern Hopfield network, whose capacity is stated for random
patterns on a sphere; here it is what a measured margin grants, whatever the patterns. A network
that normalises its states or adds weight matrices before the products is another one.""",
)
