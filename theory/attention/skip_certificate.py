"""Skip certificate: the attention that blocks of keys can hold which a kernel never looks at.

Statement  mass skipped ≤ σ(ln U − lse kept), U = Σ_g |g| exp(bound_g/τ) over the skipped blocks,
           bound_g = ⟨q, c_g⟩ + ‖q‖ρ_g + the largest additive term; the output moves by that
           mass times D at most
Assumes    a kept and a skipped key, τ > 0, ρ_g ≥ ‖k_j − c_g‖ for every key j of block g
Sharp      equality exactly when every skipped key attains its bound: k_j = c_g + ρ_g q/‖q‖
Fails      if a block counts once, or its radius is the mean distance from the centre
Source     flash
"""

import sympy as sp

from locality.theory.concentration.dial_mean_entropy import (
    AXES,
    axis,
    difference,
    gap,
    gap_length,
    lengths,
    query,
    query_length,
)
from locality.theory.concentration.row import OTHERS, TEMPERATURE
from locality.theory.concentration.truncation import CHANGE, v
from locality.theory.concentration.truncation import NAMES as WEIGHTS
from locality.theory.core.derivation import (
    Aggregates,
    Decomposition,
    Derivation,
    Identity,
    Term,
)
from locality.theory.core.functions import rise, sigmoid
from locality.theory.core.symbols import (
    ahead,
    centre_score,
    diameter,
    j,
    leakage,
    log_kept,
    log_upper,
    query_norm,
    radius,
    total,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# Kept keys weigh w[i] and skipped ones v[j]. A skipped key's score lies r[j] temperatures below
# the bound of its block, which therefore grants it the weight v[j]·e^r[j].
r = sp.IndexedBase("r", nonnegative=True)
upper = sp.Symbol("upper", positive=True)
NAMES = WEIGHTS | {upper: sp.Sum(v[j] * sp.exp(r[j]), OTHERS)}
ENCODING = {log_upper: sp.log(upper), log_kept: sp.log(ahead)}

SHARE = sigmoid(log_upper - log_kept)
granted = SHARE.subs(ENCODING)
unused = ahead * sp.Sum(v[j] * rise(r[j]), OTHERS) / ((ahead + upper) * total)

named = Aggregates("Weights kept and skipped, and what the blocks' bounds grant", NAMES)

# A key lies at the centre plus d, and the radius reaches `spare` beyond it.
spare = sp.Symbol("spare", nonnegative=True)
REACH = {query_norm: query_length, radius: gap_length + spare}
SCORE = centre_score + sp.Sum(query[axis] * gap[axis], AXES)
BLOCK = centre_score + query_norm * radius

score = Derivation(
    (
        Aggregates(
            "The lengths of the query and of a key's way from the centre, neither zero",
            lengths,
            nonzero=(query_length, gap_length),
        ),
        Decomposition(
            "A sum of squares (Cauchy and Schwarz), and what the radius has to spare",
            BLOCK.subs(REACH) - SCORE,
            (
                Term(query_length * gap_length * difference / 2, "lengths times squares"),
                Term(query_length * spare, "the radius reaches the key"),
            ),
            slack_latex=r"\langle q,c_g\rangle+\lVert q\rVert\rho_g-\langle q,k_j\rangle",
        ),
    )
)
mass = Derivation(
    (
        named,
        Identity("The bound is the share of the granted weight", granted, upper / (ahead + upper)),
        Decomposition(
            "The slack is what the bounds grant in vain",
            granted - leakage,
            (Term(unused, "a bound grants a key its weight times e^r, r ≥ 0"),),
            slack_latex=r"\sigma(\ln U-\operatorname{lse}_K)-\varepsilon",
        ),
    )
)
moved = Derivation(
    (
        named,
        Decomposition(
            "Truncation's slack, and D times that of the mass",
            diameter * granted - CHANGE,
            (
                Term(diameter * leakage - CHANGE, "truncation to the kept keys", "truncation"),
                Term(diameter * unused, "what the bounds grant in vain"),
            ),
            slack_latex=r"D\,\sigma(\ln U-\operatorname{lse}_K)-\lVert o-o_K\rVert",
        ),
    )
)

THEOREM = Theorem(
    id="skip-certificate",
    tag="S4KC",
    title="What skipped blocks of keys can hold at most",
    statement=r"""Let a kernel keep some keys and skip the others, block by block. Of a skipped
block $g$ it knows the number $|g|$ of visible keys, a centre $c_g$ and a radius $\rho_g$ that
reaches all of them. Then no score of the block exceeds
$$\mathrm{bound}_g = \langle q, c_g\rangle + \lVert q\rVert\,\rho_g
\;(+ \text{ the largest additive term of the block}),$$
and with $\ln U = \operatorname{lse}_g(\ln|g| + \mathrm{bound}_g/\tau)$ the attention on all skipped
keys together is
$$\varepsilon \;\le\; \sigma(\ln U - \operatorname{lse}_K),$$
$\operatorname{lse}_K$ being that of the kept keys. The output over the kept keys alone is off by at
most that times $D$, the largest distance between a kept and a skipped value.""",
    intuition=r"""A ball around the keys of a block is all one needs to know of them: the query's
best match in the ball bounds every match. If even all keys at once sat at that best match and the
block weighed little beside what was kept, it need not be looked at.""",
    proof=r"""A score is $\langle q,c_g\rangle + \langle q,k_j-c_g\rangle$, and the second product
is at most $\lVert q\rVert\rho_g$. So the skipped keys weigh at most $U$, and their share
$B/(A+B)$, $A$ being the weight kept, rises with $B$. The output moves by the share times at most
$D$, by [truncation](#thm-truncation). Nothing is given away exactly when every skipped key attains
the bound of its block.""",
    source=Source("flash", "attention taken block by block may leave blocks of keys out"),
    assumptions=(
        Assumption("sizes", "a kept and a skipped key"),
        TEMPERATURE,
        Assumption("skipped", "the skipped keys are those of the blocks, each counted once"),
        Assumption("radius", "$\\lVert k_j - c_g\\rVert \\le \\rho_g$ for every key of block $g$"),
        Assumption("terms", "no additive term of a score of $g$ exceeds the block's largest"),
    ),
    claims=(
        Claim(
            name="mass",
            direction="upper",
            lhs=leakage,
            lhs_latex=r"\varepsilon",
            rhs=SHARE,
            inputs=("log_upper", "log_kept"),
            derivation=mass,
            base=sp.Integer(0),
            encoding=ENCODING,
        ),
        Claim(
            name="output",
            direction="upper",
            lhs=CHANGE,
            lhs_latex=r"\lVert o-o_K\rVert",
            rhs=diameter * SHARE,
            inputs=("log_upper", "log_kept", "diameter"),
            derivation=moved,
            base=sp.Integer(0),
            encoding=ENCODING,
        ),
        Claim(
            name="score",
            direction="upper",
            lhs=SCORE,
            lhs_latex=r"\langle q,k_j\rangle",
            rhs=BLOCK,
            inputs=("centre_score", "query_norm", "radius"),
            derivation=score,
            encoding=REACH,
        ),
    ),
    sharp=Attains(
        "Every skipped key at the bound of its block",
        granted - leakage,
        {r: 0},
        NAMES,
        Example((1,), (0, 0), caption="one key kept at 1, two skipped at their common bound 0"),
    ),
    boundary=Breaks(
        "A block of two keys that is counted once",
        sigmoid(sp.log(v[1]) - sp.log(ahead)) - leakage,
        {"m": 1, "c": 2, "w": [1], "v": [1, 1], "r": [0, 0]},
        NAMES,
        Example((0,), (0, 0), caption="one key kept and two skipped, all at 0"),
    ),
    depends_on=("truncation",),
    rocq=(
        "headline_skip_certificate",
        "headline_skip_certificate_score",
        "headline_skip_certificate_output",
        "headline_skip_certificate_sharp",
        "headline_skip_certificate_far_end",
        "headline_skip_certificate_boundary",
        "headline_skip_certificate_count",
    ),
    part="Part IV. The kernels are theorems too",
    literature="""The project's own statement: the announced gains of local attention need a reason
to leave keys out. It certifies one attention operation, from numbers that a kernel has at hand.""",
)
