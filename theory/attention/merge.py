"""Merge: what is known of two disjoint sets of keys gives what is known of their union.

Statement  lse = lse₁ + softplus(lse₂ − lse₁); every mean is σ(lse₁ − lse₂)μ₁ + σ(lse₂ − lse₁)μ₂
Assumes    two sets of keys, neither empty, that share no key; the same scores and temperature
Sharp      an equality; it does not depend on order or grouping, and the empty set changes nothing
Fails      if the sets share a key, which then counts twice
Source     onlinesoftmax
"""

import sympy as sp

from locality.theory.concentration.row import OTHERS, RELEVANT
from locality.theory.core.derivation import Aggregates, Derivation, Identity, Limit
from locality.theory.core.functions import sigmoid, softplus
from locality.theory.core.symbols import (
    ahead,
    behind,
    i,
    j,
    lse_first,
    lse_second,
    mean_first,
    mean_second,
    total,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

w = sp.IndexedBase("w", positive=True)  # weights of the first set
v = sp.IndexedBase("v", positive=True)  # weights of the second
f = sp.IndexedBase("f", real=True)  # any quantity of the first set's keys
g = sp.IndexedBase("g", real=True)  # the same of the second's
NAMES = {ahead: sp.Sum(w[i], RELEVANT), behind: sp.Sum(v[j], OTHERS), total: ahead + behind}
inner, outer = sp.Sum(w[i] * f[i], RELEVANT), sp.Sum(v[j] * g[j], OTHERS)
SETS = {
    lse_first: sp.log(ahead),
    lse_second: sp.log(behind),
    mean_first: inner / ahead,
    mean_second: outer / behind,
}
LSE = lse_first + softplus(lse_second - lse_first)
MEAN = sigmoid(lse_first - lse_second) * mean_first + sigmoid(lse_second - lse_first) * mean_second
UNION_LSE = sp.log(total)
UNION_MEAN = (inner + outer) / total

Moments = tuple[sp.Expr, sp.Expr]
ONE, TWO, THREE = (sp.symbols(f"l_{k} mu_{k}", real=True) for k in (1, 2, 3))


def merged(first: Moments, second: Moments) -> Moments:
    """(lse, mean) of a union from those of its two parts."""
    given = dict(zip((lse_first, mean_first, lse_second, mean_second), first + second, strict=True))
    lse, mean = (side.subs(given, simultaneous=True) for side in (LSE, MEAN))
    return lse, mean


def derived(which: int, title: str, left: sp.Expr) -> Derivation:
    """The union's side, then the laws of a commutative monoid for the part `which` of moments."""
    right = (LSE, MEAN)[which]
    there, back = merged(ONE, TWO)[which], merged(TWO, ONE)[which]
    grouped = merged(merged(ONE, TWO), THREE)[which], merged(ONE, merged(TWO, THREE))[which]
    return Derivation(
        (
            Aggregates("Weights of the first set, of the second, and of both", NAMES),
            Identity(title, left, right.subs(SETS)),
            Identity("In either order", there, back),
            Identity("In either grouping", *grouped),
            Limit(
                "A set that weighs nothing changes nothing",
                there - ONE[which],
                TWO[0],
                -sp.oo,
                sp.Integer(0),
            ),
        )
    )


# The second set also holds the first key of the first.
OVERLAPPING = LSE.subs({lse_first: sp.log(ahead), lse_second: sp.log(behind + w[1])})

THEOREM = Theorem(
    id="merge",
    tag="G5VY",
    title="Attention to disjoint sets of keys merges to attention to their union",
    statement=r"""Let two disjoint sets of keys have log-normalisers $\operatorname{lse}_1$ and
$\operatorname{lse}_2$, and let $\mu_1, \mu_2$ be the means of any per-key quantity (values, scores,
keys, biases) under the attention to each set alone. For their union
$$\operatorname{lse} = \operatorname{lse}_1 + \ln\left(1 +
e^{\operatorname{lse}_2-\operatorname{lse}_1}\right), \quad
\mu = \sigma(\operatorname{lse}_1-\operatorname{lse}_2)\,\mu_1 +
\sigma(\operatorname{lse}_2-\operatorname{lse}_1)\,\mu_2 .$$
Neither order nor grouping matters, and the empty set, with $\operatorname{lse} = -\infty$, changes
nothing: tiles, blocks, devices and machines combine in the same way.""",
    intuition=r"""A softmax average is a quotient of two sums, and sums over disjoint sets add up. A
set that reports its average and the logarithm of its denominator has said all that the others need
to know.""",
    proof=r"""The weights of the union are those of both sets: $Z = Z_1 + Z_2$, and its mean is
$(Z_1\mu_1 + Z_2\mu_2)/Z$. The shares $Z_1/Z$ and $Z_2/Z$ are $\sigma$ of plus and minus the
difference of the logarithms. Order and grouping do not matter because they do not matter for
sums.""",
    source=Source(
        "onlinesoftmax", "a softmax can be normalised in one pass, by rescaling partial sums"
    ),
    assumptions=(
        Assumption("first", "a first set of keys, not empty"),
        Assumption("second", "a second set, not empty"),
        Assumption("disjoint", "no key lies in both sets", implicit=True),
        Assumption("same", "both use the same scores and temperature", implicit=True),
    ),
    claims=(
        Claim(
            name="lse",
            direction="equal",
            lhs=UNION_LSE,
            lhs_latex=r"\operatorname{lse}",
            rhs=LSE,
            inputs=("lse_first", "lse_second"),
            derivation=derived(0, "The logarithm of the sum", UNION_LSE),
            encoding=SETS,
        ),
        Claim(
            name="mean",
            direction="equal",
            lhs=UNION_MEAN,
            lhs_latex=r"\mu",
            rhs=MEAN,
            inputs=("lse_first", "lse_second", "mean_first", "mean_second"),
            derivation=derived(1, "The mean of any quantity", UNION_MEAN),
            encoding=SETS,
        ),
    ),
    sharp=Attains(
        "An equality: two sets of equal weight gain ln 2",
        LSE.subs(lse_second, lse_first) - lse_first - sp.log(2),
        {},
        {},
        Example((0,), (0,), caption="two keys at 0, a set each: lse = ln 2"),
    ),
    boundary=Breaks(
        "A key that lies in both sets counts twice: the merged lse is too large",
        UNION_LSE - OVERLAPPING,
        {"m": 1, "c": 1, "w": [1], "v": [1]},
        NAMES,
        Example((0,), (0,), caption="two keys at 0; the second set holds both of them"),
    ),
    rocq=(
        "headline_merge",
        "headline_merge_mean",
        "headline_merge_commutative",
        "headline_merge_associative",
        "headline_merge_empty",
        "headline_merge_boundary",
    ),
    part="Part IV. The kernels are theorems too",
    literature="""Holds exactly in real arithmetic, for any number of sets in any tree. In floats
the result depends on the tree within rounding, so two runs that tile differently need not agree bit
for bit. Code needs a case of its own for the empty set, where the difference of two infinities
would be no number.""",
)
