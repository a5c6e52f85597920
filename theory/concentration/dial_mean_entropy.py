"""Dial and mean entropy: between the first and the last turning point anything may happen.

Statement  the mean entropy of many queries strictly rises before min λ°ᵢ and strictly falls from
           max λ°ᵢ on; that is the least dial from which every query's entropy falls; it is at most
           max(−Δᵢ) ≤ max‖qᵢ‖·diam(K)
Assumes    finitely many queries, each with its own block, temperature and fixed scores
Sharp      a single query: the two ends meet
Fails      in between: the mean can fall, rise and fall again
Source     aila
"""

import sympy as sp

from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Strict,
    Term,
)
from locality.theory.core.symbols import key_diameter, n, query_norm
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# Query k has fidelity odds g[k], temperature t[k] and turning point λ ± p[k].
k = sp.Symbol("k", integer=True, positive=True)
QUERIES = (k, 1, n)
g = sp.IndexedBase("g", positive=True)
t = sp.IndexedBase("t", positive=True)
p = sp.IndexedBase("p", nonnegative=True)
spread = g[k] / (1 + g[k]) ** 2
share = g[k] / (1 + g[k])


def mean_rate(distance: sp.Expr) -> sp.Expr:
    """The mean of the queries' entropy rates, turning points `distance` above the dial."""
    return sp.Sum(spread * distance / t[k] ** 2, QUERIES) / n


RATE_BEFORE = mean_rate(p[k])
RATE_AFTER = mean_rate(-p[k])
signed = sp.IndexedBase("signed", real=True)
RATE = mean_rate(signed[k])

slopes = Derivation(
    (
        Identity("F(1 − F) in terms of a query's odds", share * (1 - share), spread),
        Decomposition(
            "Before the first turning point every query's entropy rises",
            RATE_BEFORE,
            (Term(mean_rate(p[k]), "each query's rate, by dial-entropy, has this sign"),),
            slack_latex=r"\frac{d\bar H}{d\lambda}",
        ),
        Decomposition(
            "From the last turning point on every query's entropy falls",
            -RATE_AFTER,
            (Term(mean_rate(p[k]), "each query's rate, by dial-entropy, has this sign"),),
            slack_latex=r"-\frac{d\bar H}{d\lambda}",
        ),
        Strict(
            "Least: below the last turning point the query that attains it still rises",
            g[1] / (1 + g[1]) ** 2 * sp.Symbol("z", positive=True) / t[1] ** 2,
            "F(1 − F) > 0 and λ < λ°",
        ),
        ByHand(
            "A rate of one sign makes the mean strictly monotone",
            r"\bar H \text{ rises before } \min\lambda^\circ_i \text{ and falls from } "
            r"\max\lambda^\circ_i",
            "headline_dial_mean_entropy",
        ),
    )
)

# Cauchy–Schwarz for one score difference ⟨q, d⟩ over the coordinates, as a sum of squares.
axis = sp.Symbol("i", integer=True, positive=True)
dim = sp.Symbol("D", integer=True, positive=True)
query = sp.IndexedBase("q", real=True)
gap = sp.IndexedBase("d", real=True)
AXES = (axis, 1, dim)
query_length, gap_length = sp.symbols("qnorm dnorm", positive=True)
lengths = {
    query_length: sp.sqrt(sp.Sum(query[axis] ** 2, AXES)),
    gap_length: sp.sqrt(sp.Sum(gap[axis] ** 2, AXES)),
}
difference = sp.Sum((query[axis] / query_length - gap[axis] / gap_length) ** 2, AXES)
cover = Derivation(
    (
        Aggregates(
            "The lengths of a query and a difference of keys, neither zero (else both sides are)",
            lengths,
            nonzero=(query_length, gap_length),
        ),
        Identity(
            "Their product minus their inner product is a sum of squares",
            query_length * gap_length - sp.Sum(query[axis] * gap[axis], AXES),
            query_length * gap_length * difference / 2,
        ),
        Decomposition(
            "So the cover exceeds every −Δ, which exceeds every turning point by dial-entropy",
            query_length * gap_length - sp.Sum(query[axis] * gap[axis], AXES),
            (Term(query_length * gap_length * difference / 2, "lengths times squares"),),
            slack_latex=r"\lVert q\rVert\,\operatorname{diam}(K)-(-\Delta)",
        ),
    )
)

THEOREM = Theorem(
    id="dial-mean-entropy",
    tag="M7QS",
    title="The mean entropy of many queries under one dial",
    statement=r"""Let queries $i$ have their own blocks $R_i$, temperatures $\tau_i$ and turning
points $\lambda^\circ_i$. Their mean entropy strictly increases for $\lambda \le \min_i
\lambda^\circ_i$ and strictly decreases for $\lambda \ge \max_i \lambda^\circ_i$. The latter is the
least dial from which on *every* query's entropy falls, and
$$\max_i \lambda^\circ_i \;\le\; \max_i\,(-\Delta_i) \;\le\; \max_i\lVert q_i\rVert\,
\operatorname{diam}(K).$$
In between the mean need not have a single peak.""",
    intuition=r"""Each query has its own turning point. Before the first all go up, after the last
all go down, and between them the mean is a sum of hills that need not stand in one place.""",
    proof=r"""The mean's derivative is the mean of the rates of [](#thm-dial-entropy), each with the
sign of $\lambda^\circ_i - \lambda$; outside the range of the turning points all signs agree, and at
its ends at most those queries that attain it contribute zero, at a single point. The cover is the
margin bound on $\lambda^\circ_i$ and Cauchy–Schwarz on a difference of two scores.""",
    source=Source(
        "aila",
        "mean attention entropy falls as the locality dial is turned up",
        verdict="fails",
        truth="it falls from the last turning point of a query on, rises before the first, "
        "and may do anything between them",
    ),
    assumptions=(
        Assumption("queries", "finitely many, at least one"),
        Assumption("sizes", "each with $m_i \\ge 1$ relevant and $c_i \\ge 1$ other visible keys"),
        Assumption("temperature", "$\\tau_i > 0$"),
        Assumption("fixed", "scores that do not depend on the dial", implicit=True),
    ),
    claims=(
        Claim(
            name="slopes",
            direction="monotone",
            lhs=RATE,
            lhs_latex=r"\frac{d\bar H}{d\lambda}",
            display=r"\bar H \text{ rises for } \lambda\le\min\lambda^\circ_i,\ "
            r"\text{falls for } \lambda\ge\max\lambda^\circ_i",
            rhs=sp.Integer(0),
            inputs=(),
            derivation=slopes,
            encoding={signed: p},
            printed=False,
        ),
        Claim(
            name="cover",
            direction="upper",
            lhs=sp.Sum(query[axis] * gap[axis], AXES),
            lhs_latex=r"-\Delta",
            rhs=query_norm * key_diameter,
            inputs=("query_norm", "key_diameter"),
            derivation=cover,
            encoding={query_norm: query_length, key_diameter: gap_length},
            printed=False,
        ),
    ),
    sharp=Attains(
        "At a common turning point the mean's rate is zero: the two ends meet",
        RATE_AFTER,
        {p: 0},
        {},
        Example((0,), (2,), caption="one query: rise before λ° = 2, fall after it"),
    ),
    boundary=Breaks(
        "Between the turning points 5 and 20 of two queries the mean rises again, here at λ = 16",
        -RATE,
        {
            "n": 2,
            "t": [1, 1],
            "signed": [5 - 16, 20 - 16],
            "g": [sp.exp(16 - 5), sp.exp(16 - 20)],
        },
        {},
        Example((0,), (5,), caption="two queries of two keys each, λ° = 5 and 20"),
    ),
    rocq=(
        "headline_dial_mean_entropy",
        "headline_dial_mean_entropy_cover",
        "headline_dial_mean_entropy_norm",
        "headline_dial_mean_entropy_boundary",
    ),
    depends_on=("dial-entropy",),
    scalar=False,
    literature="""Holds outside the range of the turning points. Inside it a reported curve of mean
entropy against the dial may have several humps, and its shape says little about a single query.""",
)
