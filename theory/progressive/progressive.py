"""Progressive locality: how far dialled layers lead away from undialled ones.

Statement  deviation after a layer ≤ Λ·(deviation before) + D·tanh(λ/4τ), hence after L layers
           ≤ Σ_ℓ e(λ_ℓ) Π_{k>ℓ} Λ_k; where Λ_k ≥ 1 for k ≥ 2 the increasing order of the same dials
           has the least bound; and λ_max(ℓ/L)^β has a smaller one the larger β is, for every Λ
Assumes    Λ a Lipschitz constant of the undialled layer on both runs, D the largest distance from
           a value on the block to one off it, λ ≥ 0, τ > 0
Sharp      one value on the block and one off it, log-odds that the dial turns from −λ/2τ to λ/2τ
Fails      contractive layers prefer the decreasing order
Source     progressive
"""

from typing import cast

import sympy as sp

from locality.theory.concentration import dial as one_dial
from locality.theory.concentration.row import OTHERS, RELEVANT, TEMPERATURE
from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Term,
)
from locality.theory.core.functions import fall, rise, tanh
from locality.theory.core.symbols import (
    ahead,
    behind,
    deviation,
    dial,
    diameter,
    i,
    j,
    level,
    lipschitz,
    p,
    q,
    step,
    temperature,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example


def change(of: sp.Expr) -> sp.Expr:
    """e(λ), what a dial changes of an attention output at most."""
    return diameter * tanh(of / (4 * temperature))


BOUND = lipschitz * deviation + change(dial)

# One layer, along a unit vector. Undialled it brings the two runs to within Λ times their distance,
# less `spare`. The dial moves the share MOVED of the attention from the values off the block to
# those on it, level + q[j] and level + D − p[i], with weights v[j] and w[i].
w = sp.IndexedBase("w", positive=True)
v = sp.IndexedBase("v", positive=True)
spare = sp.Symbol("spare", nonnegative=True)
WEIGHTS = {ahead: sp.Sum(w[i], RELEVANT), behind: sp.Sum(v[j], OTHERS)}
DIALLED = {step: dial}
MOVED = one_dial.MOVED.subs(DIALLED)
BETWEEN = (
    sp.Sum(w[i] * (level + diameter - p[i]), RELEVANT) / ahead
    - sp.Sum(v[j] * (level + q[j]), OTHERS) / behind
)
AFTER = lipschitz * deviation - spare + MOVED * BETWEEN
pairs = sp.Sum(sp.Sum(w[i] * v[j] * (p[i] + q[j]), OTHERS), RELEVANT) / (ahead * behind)
gain = (
    one_dial.o
    * rise(dial / temperature)
    / ((1 + one_dial.o) * (1 + one_dial.o * sp.exp(dial / temperature)))
)
square = cast(Decomposition, one_dial.stable.steps[0]).terms[0].expr.subs(DIALLED)

layer = Derivation(
    (
        Aggregates("Weights on the block and off it", WEIGHTS),
        Identity("The share of attention that the dial moves", MOVED, gain),
        Decomposition(
            "What the layer, the dial and the values leave unused",
            BOUND - AFTER,
            (
                Term(spare, "Λ is a Lipschitz constant"),
                Term(diameter * square, "the dial's own slack, zero where its odds pass through 1"),
                Term(gain * pairs, "no value on the block is farther than D from one off it"),
            ),
            slack_latex=r"\Lambda\delta+D\tanh\frac{\lambda}{4\tau}-\delta'",
            given=(dial,),
        ),
        ByHand(
            "Layer by layer, from no deviation: a sum of what each adds and the later ones make "
            "of it",
            r"\delta_L\le\sum_{\ell} e(\lambda_\ell)\prod_{k>\ell}\Lambda_k",
            "headline_progressive_sum",
        ),
    )
)

# Two neighbours with dials λ and λ + h, in this order and exchanged; the later layer's Λ is
# 1 + expansion.
expansion = sp.Symbol("expansion", nonnegative=True)
EXPANDING = {lipschitz: 1 + expansion}


def in_order(first: sp.Expr, second: sp.Expr) -> sp.Expr:
    """What two neighbours add: the first one's change goes through the second."""
    return lipschitz * change(first) + change(second)


a = sp.exp(dial / (2 * temperature))
growth = (2 * diameter * a * rise(step / (2 * temperature))) / (
    (1 + a) * (1 + a * sp.exp(step / (2 * temperature)))
)
INCREASING, DECREASING = in_order(dial, dial + step), in_order(dial + step, dial)

grows = Identity("A larger dial changes more", change(dial + step) - change(dial), growth)
exchange = Derivation(
    (
        grows,
        Decomposition(
            "Exchanging neighbours that increase adds the expansion's share of the difference",
            (DECREASING - INCREASING).subs(EXPANDING),
            (Term(expansion * growth, "the later layer expands, the larger dial changes more"),),
            slack_latex=r"(\Lambda e(\lambda+h)+e(\lambda))-(\Lambda e(\lambda)+e(\lambda+h))",
        ),
        ByHand(
            "Any order becomes the increasing one by bringing the least dial to the front, again "
            "and again",
            r"\sum_\ell e(\lambda_\ell)W_\ell\le\sum_\ell e(\lambda_{\pi(\ell)})W_\ell,\quad"
            r"W_\ell=\prod_{k>\ell}\Lambda_k \text{ falling}",
            "headline_progressive_order",
        ),
    )
)

# A schedule's dial at layer ℓ is λ_max e^{−βs}, s = ln(L/ℓ) ≥ 0; `more` is added to β. Under the
# steeper schedule layer k changes p[k], under the other q[k] more.
k = sp.Symbol("k", integer=True, positive=True)
L = sp.Symbol("L", integer=True, positive=True)
LAYERS = (k, 1, L)
most = sp.Symbol("most", nonnegative=True)
s = sp.Symbol("s", nonnegative=True)
beta, more = sp.symbols("beta more", nonnegative=True)
later = sp.IndexedBase("W", nonnegative=True)


def accumulated(changes: sp.Expr) -> sp.Expr:
    """Σ_ℓ e_ℓ W_ℓ, W_ℓ what the later layers make of a change."""
    return sp.Sum(later[k] * changes, LAYERS)


LESS = accumulated(p[k] + q[k]) - accumulated(p[k])

steeper = Derivation(
    (
        Identity(
            "A larger exponent lowers the dial of every layer",
            most * sp.exp(-beta * s) - most * sp.exp(-(beta + more) * s),
            most * sp.exp(-beta * s) * fall(more * s),
        ),
        grows,
        Decomposition(
            "So every layer changes less, whatever the later layers make of it",
            LESS,
            (Term(accumulated(q[k]), "what the layers change less"),),
            slack_latex=r"\sum_\ell W_\ell\,(e(\lambda_\ell)-e(\lambda'_\ell))",
        ),
        ByHand(
            "So for the schedules themselves",
            r"\lambda_\ell=\lambda_{\max}(\ell/L)^\beta",
            "headline_progressive_schedule",
        ),
    )
)

THEOREM = Theorem(
    id="progressive",
    tag="Q2PL",
    title="How far progressive dials lead away from undialled layers",
    statement=r"""Let $x_\ell = f_\ell(x_{\ell-1})$ be a run through layers and let the same layers
be dialled. If layer $\ell$ is Lipschitz with constant $\Lambda_\ell$ between the two runs and its
dial changes its output by at most $e(\lambda_\ell)$, then a deviation $\delta$ before it becomes at
most
$$\delta' \;\le\; \Lambda_\ell\,\delta + e(\lambda_\ell), \qquad e(\lambda) =
D\tanh\frac{\lambda}{4\tau} \text{ for attention},$$
and after $L$ layers it is at most $\sum_\ell e(\lambda_\ell)\prod_{k>\ell}\Lambda_k$.

With one common $e$ and $\Lambda_k \ge 1$ for $k \ge 2$, among all orders of the same dials the
*increasing* one, the most local layer last, has the least bound; if $\Lambda_k \le 1$ the
*decreasing* one has. For $\lambda_\ell = \lambda_{\max}(\ell/L)^\beta$ the bound falls with $\beta$
for *every* $\Lambda$, because every dial falls.""",
    intuition=r"""What a dial changes early, every later layer may enlarge. If layers enlarge, it is
cheapest to change much where little follows. But a schedule that is steeper is also less local, and
that alone makes its bound smaller: only schedules of equal total locality can be compared.""",
    proof=r"""Between the dialled and the undialled output stands the undialled layer on the dialled
run: it is within $e(\lambda_\ell)$ of the one and within $\Lambda_\ell\delta$ of the other. A dial
moves the share $F(\lambda)-F(0) \le \tanh(\lambda/4\tau)$ of the attention
([](#thm-dial)) from values off the block to values on it, none farther apart than $D$. Unrolled,
the recursion is the sum. Two neighbours in increasing order, exchanged, change the sum by
$(\Lambda - 1)(e(\lambda+h) - e(\lambda))$ times what follows, and any order can be sorted by such
exchanges.""",
    source=Source(
        "progressive",
        "locality that increases with depth keeps performance best",
        verdict="more",
        truth="no layer contracts, and orders of the same dials are compared: a steeper schedule "
        "has a smaller bound only because it is less local",
    ),
    assumptions=(
        Assumption("metric", "distances satisfy the triangle inequality"),
        Assumption(
            "lipschitz",
            "$\\Lambda_\\ell \\ge 0$ a Lipschitz constant of the undialled layer on both runs",
        ),
        TEMPERATURE,
        Assumption(
            "change",
            "on the dialled run the dial changes layer $\\ell$ by at most $e(\\lambda_\\ell)$",
        ),
    ),
    claims=(
        Claim(
            name="layer",
            direction="upper",
            lhs=AFTER,
            lhs_latex=r"\delta'",
            rhs=BOUND,
            inputs=("lipschitz", "deviation", "diameter", "dial", "temperature"),
            derivation=layer,
            base=sp.Integer(0),
            domain={"dial": ("λ ≥ 0", lambda v: v >= 0)},
        ),
        Claim(
            name="order",
            direction="upper",
            lhs=INCREASING,
            lhs_latex=r"\Lambda\,e(\lambda)+e(\lambda+h)",
            rhs=DECREASING,
            inputs=("lipschitz", "diameter", "dial", "step", "temperature"),
            derivation=exchange,
            domain={"lipschitz": ("Λ ≥ 1", lambda v: v >= 1)},
            encoding=EXPANDING,
            printed=False,
        ),
        Claim(
            name="schedule",
            direction="monotone",
            lhs=LESS,
            lhs_latex=r"\sum_\ell e(\lambda_{\max}(\ell/L)^\beta)\prod_{k>\ell}\Lambda_k",
            display=r"\sum_\ell e(\lambda_{\max}(\ell/L)^\beta)\prod_{k>\ell}\Lambda_k "
            r"\text{ falls with } \beta",
            rhs=sp.Integer(0),
            inputs=(),
            derivation=steeper,
            printed=False,
        ),
    ),
    sharp=Attains(
        "One value on the block and one off it, odds that the dial turns through 1, no spare",
        BOUND - AFTER,
        {p: 0, q: 0, spare: 0, one_dial.o: sp.exp(-dial / (2 * temperature))},
        WEIGHTS,
        Example((0,), (1,), caption="one relevant key at 0, one other at 1, the dial at 2"),
    ),
    boundary=Breaks(
        "If the later layer halves distances, the order 0, 4 has a larger bound than 4, 0",
        DECREASING - INCREASING,
        {
            "lipschitz": sp.Rational(1, 2),
            "diameter": 1,
            "dial": 0,
            "step": 4,
            "temperature": 1,
        },
        {},
        Example((0,), (2,), caption="a dial of 4 carries this row from fidelity 0.12 to 0.88"),
    ),
    rocq=(
        "headline_progressive",
        "headline_progressive_sum",
        "headline_progressive_attention",
        "headline_progressive_sharp",
        "headline_progressive_order",
        "headline_progressive_contracting",
        "headline_progressive_boundary",
        "headline_progressive_schedule",
    ),
    depends_on=("dial",),
    literature="""Holds as a statement on a bound, for layers that do not contract: the increasing
order is the safest of all orders of the same dials. It is no evidence for steep schedules, whose
bound is smaller only because they are less local; and where layers contract the order is
reversed.""",
)
