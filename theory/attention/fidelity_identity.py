"""Fidelity identity: a pass over all keys and one over the block give the leakage.

Statement  ε = 1 − e^(lse_R − lse) = e^(lse_C − lse) = σ(lse_C − lse_R)
Assumes    m, c ≥ 1; all passes see the same scaled, masked scores; R and C share no key
Sharp      an equality, for all scores
Fails      if the pass over the block also saw a key of the rest: leakage is understated
Source     flash
"""

import sympy as sp

from locality.theory.concentration.row import OTHERS, RELEVANT, SIZES
from locality.theory.core.derivation import Aggregates, Derivation, Identity
from locality.theory.core.functions import fall, odds, sigmoid
from locality.theory.core.symbols import ahead, behind, i, j, lse, lse_relevant, lse_rest, total
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

w = sp.IndexedBase("w", positive=True)
v = sp.IndexedBase("v", positive=True)
NAMES = {
    ahead: sp.Sum(w[i], RELEVANT),
    behind: sp.Sum(v[j], OTHERS),
    total: ahead + behind,
}
PASSES = {lse: sp.log(total), lse_relevant: sp.log(ahead), lse_rest: sp.log(behind)}
LEAKAGE = behind / total
FROM_BLOCK = fall(lse - lse_relevant)
FROM_REST = odds(lse_rest - lse)
FROM_PARTS = sigmoid(lse_rest - lse_relevant)


def by(title: str, bound: sp.Expr) -> Derivation:
    """The leakage as that function of the passes' logarithms."""
    names = Aggregates("Weights inside, outside and together", NAMES)
    return Derivation((names, Identity(title, LEAKAGE, bound.subs(PASSES))))


def claim(
    name: str, bound: sp.Expr, inputs: tuple[str, ...], title: str, display: str = ""
) -> Claim:
    """ε = `bound`."""
    return Claim(
        name=name,
        direction="equal",
        lhs=LEAKAGE,
        lhs_latex=r"\varepsilon",
        rhs=bound,
        inputs=inputs,
        derivation=by(title, bound),
        display=display,
        encoding=PASSES,
    )


# A pass over the block that also saw the first key of the rest.
SEEN = sp.log(ahead + v[1])

THEOREM = Theorem(
    id="fidelity-identity",
    tag="F6LJ",
    title="A local and a global pass give the fidelity",
    statement=r"""Let $\operatorname{lse}$, $\operatorname{lse}_R$ and $\operatorname{lse}_C$ be the
logarithms of $\sum e^{s_j/\tau}$ over all visible keys, over the block and over the rest. Then
$$\varepsilon \;=\; 1 - e^{\operatorname{lse}_R-\operatorname{lse}}
\;=\; e^{\operatorname{lse}_C-\operatorname{lse}}
\;=\; \sigma(\operatorname{lse}_C-\operatorname{lse}_R),$$
and $F = e^{\operatorname{lse}_R-\operatorname{lse}}$. Two passes of a kernel that returns its
log-normaliser give leakage and fidelity without any single weight.""",
    intuition=r"""A softmax weight is a share of a sum. The share of a whole block is the block's
sum over the whole sum, and a fast kernel keeps the logarithm of its sum anyway.""",
    proof=r"""The weights are positive and every visible key is in exactly one of the two parts, so
the sums add up: $Z = Z_R + Z_C$. Leakage is $Z_C/Z = 1 - Z_R/Z = 1/(1 + Z_R/Z_C)$, and each
quotient is the exponential of a difference of logarithms.""",
    source=Source(
        "flash", "a fused pass over some of the keys, with its log-normaliser, loses nothing"
    ),
    assumptions=(
        SIZES,
        Assumption(
            "same", "all passes use the same scores, mask, dial and temperature", implicit=True
        ),
        Assumption("parts", "every visible key lies in exactly one of $R$ and $C$", implicit=True),
    ),
    claims=(
        claim(
            "block",
            FROM_BLOCK,
            ("lse_relevant", "lse"),
            "From the block's pass",
            r"\varepsilon = 1 - e^{\operatorname{lse}_R - \operatorname{lse}}",
        ),
        claim("rest", FROM_REST, ("lse_rest", "lse"), "From the pass over the rest"),
        claim("parts", FROM_PARTS, ("lse_rest", "lse_relevant"), "From both parts"),
    ),
    sharp=Attains(
        "An equality: what the two passes give is the leakage of every row",
        FROM_BLOCK.subs(PASSES) - LEAKAGE,
        {},
        NAMES,
        Example((1,), (0, 0), caption="lse = ln(e + 2), lse_R = 1"),
    ),
    boundary=Breaks(
        "A pass over the block that also saw a key of the rest understates the leakage",
        fall(lse - SEEN).subs(PASSES) - LEAKAGE,
        {"m": 1, "c": 2, "w": [1], "v": [1, 1]},
        NAMES,
        Example((0,), (0, 0), caption="three keys at 0; a window around the block saw two of them"),
    ),
    rocq=(
        "headline_fidelity_identity",
        "headline_fidelity_identity_rest",
        "headline_fidelity_identity_parts",
        "headline_fidelity_identity_fidelity",
        "headline_fidelity_identity_boundary",
    ),
    part="Part IV. The kernels are theorems too",
    literature="""Holds exactly for every row, dialled and masked alike, as long as both passes see
the same scores. In floats the first form errs by about a rounding unit times the size of lse, and
has to be clamped at 0; the form over both parts keeps its relative accuracy where leakage is
tiny.""",
)
