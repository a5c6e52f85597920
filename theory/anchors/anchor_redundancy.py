"""Anchor redundancy: where repeating an anchor stops lowering entropy and starts to raise it.

Statement  F rises with r; H falls up to r_c = n(xeˣ − eˣ + 1)/(eˣ − 1)² and rises from there on;
           0 < r_c < n/2; if copies are added to c other tokens, it turns at c(x − 1)e⁻ˣ
Assumes    n tokens of which r are the anchor, two-level scores of gap Δ > 0, τ > 0
Sharp      H exceeds its least value by exactly u − 1 − ln u, u = Z_c/Z
Fails      if copies are added instead of swapped in: entropy may rise at once
Source     rules
"""

import sympy as sp

from locality.theory.concentration.row import AGGREGATES as ROW
from locality.theory.concentration.row import ENTROPY, TEMPERATURE, TWO_LEVEL
from locality.theory.core.derivation import (
    Decomposition,
    Derivation,
    Identity,
    Limit,
    Step,
    Strict,
    Term,
)
from locality.theory.core.functions import (
    fall,
    gap_log,
    gap_sinh,
    gibbs,
    rise,
    turning_share,
)
from locality.theory.core.sums import spell_out, substitute
from locality.theory.core.symbols import c, copies, m, n, x
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

TURNING = n * turning_share(x)
ADDED = c * (x - 1) * sp.exp(-x)
LEAST = n * x / fall(x)  # the sum of the weights at the turning point
SHARE = n * x * sp.exp(-x) / fall(x) / (n * sp.exp(-x) + copies * fall(x))
POSITIVE = {"x": ("x > 0", lambda v: v > 0)}
EXCESS = SHARE - 1 - sp.log(SHARE)

# Derivations write the gap as t > 0, and count weights in that of a token off the anchor. The
# weights' sum starts 1 + y times above, or below, its value at the turning point and moves on by a
# factor 1 + s.
t = sp.Symbol("t", positive=True)
s = sp.Symbol("s", positive=True)
y = sp.Symbol("y", nonnegative=True)
GAP = {x: t}
least = LEAST.subs(GAP)
turning_point = TURNING.subs(GAP)


def weight(anchor: sp.Expr, rest: sp.Expr) -> sp.Expr:
    """The sum of the weights of so many tokens at the gap and so many at 0."""
    return anchor * sp.exp(t) + rest


def entropy(anchor: sp.Expr, rest: sp.Expr) -> sp.Expr:
    """H of such a row."""
    z = weight(anchor, rest)
    return sp.log(z) - t * anchor * sp.exp(t) / z


def fidelity(anchor: sp.Expr, rest: sp.Expr) -> sp.Expr:
    """F of such a row."""
    return anchor * sp.exp(t) / weight(anchor, rest)


swapped_weight = n + copies * rise(t)
swapped = sp.log(swapped_weight) - t * copies * sp.exp(t) / swapped_weight


def curve(z: sp.Expr, bottom: sp.Expr) -> sp.Expr:
    """H up to a constant, by the weights' sum z: least where z is `bottom`."""
    return sp.log(z) + bottom / z


def turns(bottom: sp.Expr) -> tuple[Step, ...]:
    """Both halves of a turning point."""
    above, below = bottom * (1 + y), bottom / (1 + y)
    return (
        Decomposition(
            "From the turning point on more copies raise entropy",
            curve(above * (1 + s), bottom) - curve(above, bottom),
            (
                Term(gibbs(1 + s) / (1 + s), "Gibbs' gap, positive"),
                Term(y * s / ((1 + y) * (1 + s)), "zero exactly at the turning point"),
            ),
            slack_latex=r"H(r')-H(r)",
        ),
        Identity(
            "Up to it they lower entropy, by",
            curve(below / (1 + s), bottom) - curve(below, bottom),
            gap_log(s) + y * s,
        ),
        Strict("Necessary: the first term is positive", gap_log(s), "ln(1 + t) < t for t > 0"),
    )


row = (entropy(m, c), substitute(spell_out(ENTROPY, ROW), TWO_LEVEL | GAP))
ours = (copies, n - copies)
turning = Derivation(
    (
        Identity("Entropy of a row of two levels, by its definition", *reversed(row)),
        Identity("The weights' sum, with r of n tokens the anchor", weight(*ours), swapped_weight),
        Identity(
            "There entropy depends on r by that sum alone",
            swapped,
            curve(swapped_weight, least) - t / fall(t),
        ),
        Identity(
            "which at the turning point is n x/(1 − e^−x)",
            weight(turning_point, n - turning_point),
            least,
        ),
        *turns(least),
        Decomposition(
            "Fidelity rises with every copy",
            fidelity(copies + s, n - copies - s) - fidelity(*ours),
            (
                Term(
                    n * sp.exp(t) * s / ((copies * rise(t) + n) * ((copies + s) * rise(t) + n)),
                    "every factor is positive",
                ),
            ),
            slack_latex=r"F(r+s)-F(r)",
        ),
    )
)
excess = Derivation(
    (
        Identity(
            "The excess over the least entropy",
            swapped - (curve(least, least) - t / fall(t)),
            EXCESS.subs(GAP),
        ),
    )
)
inside = Derivation(
    (
        Decomposition(
            "The turning point is positive",
            turning_point,
            (Term(n * gibbs(sp.exp(t)) / rise(t) ** 2, "Gibbs' gap, zero only at x = 0"),),
            slack_latex="r_c",
        ),
        Decomposition(
            "It lies below half of the tokens",
            n / 2 - turning_point,
            (Term(n * sp.exp(t) * gap_sinh(t) / (2 * rise(t) ** 2), "sinh x > x for x > 0"),),
        ),
        Limit("and comes near it as the gap closes", turning_point / n, t, sp.S.Zero, sp.S.Half),
    )
)
added = Derivation(
    (
        Identity(
            "With c other tokens, too, it depends on the sum of the weights alone",
            entropy(m, c),
            curve(weight(m, c), c * t) - t,
        ),
        Identity("which at the turning point is cx", weight(ADDED.subs(GAP), c), c * t),
        *turns(c * t),
    )
)

THEOREM = Theorem(
    id="anchor-redundancy",
    tag="N3RA",
    title="Where repeating an anchor starts to cost entropy",
    statement=r"""Let $r$ of $n$ tokens be the anchor, with one score, and all others score
$\Delta > 0$ less; $x = \Delta/\tau$. As tokens are turned into copies of the anchor, fidelity $F$
rises. Entropy falls up to
$$r_c \;=\; n\,\frac{x e^x - e^x + 1}{(e^x - 1)^2} \;\in\; (0,\, n/2)$$
and rises from there on; it exceeds its least value by $u - 1 - \ln u$, where $u = Z_c/Z$,
$Z = n + r(e^x-1)$ and $Z_c = nx/(1-e^{-x})$. If copies are *added* to $c$ other tokens, entropy
turns at $c\,(x-1)\,e^{-x}$ copies instead, and for $x \le 1$ it rises from the first.""",
    intuition=r"""A few copies of an anchor draw attention away from the many other tokens: fidelity
rises and entropy falls. Once most attention is there, further copies only spread it among
themselves. The turn always comes before half of the tokens are copies.""",
    proof=r"""With two levels all depends on the sum of the weights:
$H = \ln Z + Z_c/Z - x/(1-e^{-x})$, and $Z$ grows with $r$. The function $\ln Z + Z_c/Z$ falls
up to $Z_c$ and rises beyond, since $\ln$ lies below its tangent. Solving $Z = Z_c$ for $r$ gives
$r_c$; it is positive because $t\ln t - t + 1 > 0$ at $t = e^x$, and below $n/2$ because
$\sinh x > x$. With $c$ other tokens fixed, $H = \ln Z + xc/Z - x$ in the same way.""",
    source=Source(
        "rules",
        "how often an anchor is repeated is traded off against entropy",
        verdict="more",
        truth="the anchor holds more than $r_c < n/2$ tokens: below that, repetition buys fidelity "
        "and lowers entropy at once",
    ),
    assumptions=(
        TEMPERATURE,
        Assumption("lead", "$\\Delta > 0$"),
        Assumption(
            "levels", "two-level scores: one for the anchor, one for the rest", implicit=True
        ),
        Assumption("more", "the same $n$ tokens, more of which are the anchor than before"),
    ),
    claims=(
        Claim(
            name="turning",
            direction="iff",
            lhs=copies,
            lhs_latex="r",
            display=r"H \text{ rises with every further copy} \iff "
            r"r \ge r_c = n\,\frac{x e^x - e^x + 1}{(e^x - 1)^2}",
            rhs=TURNING,
            inputs=("n", "x"),
            derivation=turning,
            domain=POSITIVE,
        ),
        Claim(
            name="excess",
            direction="equal",
            lhs=swapped - (curve(least, least) - t / fall(t)),
            lhs_latex="H(r)-H(r_c)",
            display=r"H(r)-H(r_c) = u - 1 - \ln u,\quad u = \frac{Z_c}{Z}",
            rhs=EXCESS,
            inputs=("copies", "n", "x"),
            derivation=excess,
            domain=POSITIVE,
            encoding=GAP,
        ),
        Claim(
            name="half",
            direction="upper",
            lhs=TURNING,
            lhs_latex="r_c",
            rhs=n / 2,
            inputs=("n",),
            derivation=inside,
            base=sp.Integer(0),
            encoding=GAP,
        ),
        Claim(
            name="added",
            direction="iff",
            lhs=m,
            lhs_latex="m",
            display=r"H \text{ rises with every copy added to } c \text{ other tokens} \iff "
            r"m \ge c\,(x-1)\,e^{-x}",
            rhs=ADDED,
            inputs=("c", "x"),
            derivation=added,
            domain=POSITIVE,
        ),
    ),
    sharp=Attains(
        "At the turning point the excess is 0: entropy is least",
        EXCESS.subs(GAP),
        {copies: turning_point},
        {},
        Example((2,), (0, 0, 0, 0), caption="one anchor among five tokens, x = 2: just past r_c"),
    ),
    boundary=Breaks(
        "Copies that are added: at x = 1 two of the anchor beside seven other tokens have more "
        "entropy than one, though the turning points of eight and of nine tokens are above 2.7",
        entropy(m, c) - entropy(m + 1, c),
        {"m": 1, "c": 7, "t": 1},
        {},
        Example((1,), (0,) * 7, caption="one anchor beside seven other tokens; add a second"),
    ),
    rocq=(
        "headline_anchor_redundancy",
        "headline_anchor_redundancy_excess",
        "headline_anchor_redundancy_half",
        "headline_anchor_redundancy_added",
        "headline_anchor_redundancy_boundary",
    ),
    literature="""Holds as a trade-off only beyond the turning point, which the announcement does
not locate: below it there is nothing to trade, redundancy buys fidelity and lowers entropy at once.
Where copies lengthen the text instead of replacing other tokens, a gap of at most one temperature
already makes every copy cost entropy.""",
)
