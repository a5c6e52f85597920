"""Attention is a local mean: its kernel is e^(⟨q,k⟩/τ), the Gaussian one but for the keys' lengths.

Statement  K_j/ΣK = exp((⟨q,k_j⟩ − ‖k_j‖²/2)/τ − lse) for the Gaussian kernel K of bandwidth √τ, lse
           being that of these biased scores; so TV(p, K/ΣK) ≤ tanh(S/8τ) for attention p
Assumes    at least one key, τ > 0; S the range of the keys' squared lengths
Sharp      an equality; TV = tanh(S/8τ) for two keys whose odds pass through 1
Fails      without the bias, unless all keys are equally long
Source     localization
"""

import sympy as sp

from locality.theory.attention import rounding
from locality.theory.concentration.row import TEMPERATURE
from locality.theory.core.derivation import (
    Aggregates,
    Decomposition,
    Derivation,
    Identity,
    Term,
)
from locality.theory.core.functions import tanh
from locality.theory.core.symbols import (
    c,
    i,
    key_norm,
    key_score,
    lse,
    m,
    n,
    norm_range,
    p,
    q,
    query_norm,
    score_error,
    temperature,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

# Coordinates of the query and of one key; scores z[i] and squared lengths b[i] of all keys.
u = sp.IndexedBase("u", real=True)
k = sp.IndexedBase("k", real=True)
z = sp.IndexedBase("z", real=True)
b = sp.IndexedBase("b", nonnegative=True)
ALL = (i, 1, n)


def gaussian(score: sp.Expr, squared: sp.Expr) -> sp.Expr:
    """The Gaussian kernel of h² = τ at a key of that score and squared length."""
    return sp.exp(-(query_norm**2 - 2 * score + squared) / (2 * temperature))


WEIGHT = gaussian(key_score, key_norm**2) / sp.Sum(gaussian(z[i], b[i]), ALL)
BOUND = sp.exp((key_score - key_norm**2 / 2) / temperature - lse)
ENCODING = {lse: sp.log(sp.Sum(sp.exp((z[i] - b[i] / 2) / temperature), ALL))}

exact = Derivation(
    (
        Identity(
            "A squared distance, coordinate by coordinate",
            sp.Sum((u[i] - k[i]) ** 2, ALL),
            sp.Sum(u[i] ** 2, ALL) - 2 * sp.Sum(u[i] * k[i], ALL) + sp.Sum(k[i] ** 2, ALL),
        ),
        Identity(
            "The query's length is common to all keys, and divides out",
            WEIGHT,
            BOUND.subs(ENCODING),
        ),
    )
)

# Up to what all keys share, the bias −‖k‖²/2τ is an error of the scores of at most S/4τ, and
# moves attention as the theorem on rounding says that errors do.
ERROR = {score_error: norm_range / (4 * temperature)}
NAMES = {name: weight.subs(ERROR) for name, weight in rounding.NAMES.items()}
VARIATION = tanh(norm_range / (8 * temperature))
near = Derivation(
    (
        Aggregates("Weights of the keys that gain and that lose, before and after", NAMES),
        Decomposition(
            "A dial of S/2 moves the odds as far, and a smaller bias moves them less",
            VARIATION - rounding.MOVED,
            (
                Term(
                    rounding.square.subs(ERROR),
                    "the dial's own slack, zero where the odds pass through 1",
                ),
                Term(
                    rounding.spared.subs(ERROR),
                    "no key gains more than e^(S/4τ) or loses more, up to a common factor",
                ),
            ),
            slack_latex=r"\tanh\frac{S}{8\tau}-\mathrm{TV}",
        ),
    )
)

EXCHANGED = Example(
    (0,), (1,), caption="a key at 0 and one of length 2, which scores 1, and with its bias −1"
)

THEOREM = Theorem(
    id="attention-is-local-mean",
    tag="T6SA",
    title="Softmax attention is a local mean",
    statement=r"""Softmax attention of a query $q$ to keys $k_j$ averages values with the kernel
$K_j = e^{\langle q,k_j\rangle/\tau}$: it is a local mean, and so is every head of multi-head
attention with its own queries, keys and values. The Gaussian kernel
$e^{-\lVert q-k_j\rVert^2/2h^2}$ with $h^2=\tau$ gives attention with one more bias,
$$\frac{e^{-\lVert q-k_j\rVert^2/2\tau}}{\sum_l e^{-\lVert q-k_l\rVert^2/2\tau}} \;=\;
\exp\Bigl(\frac{\langle q,k_j\rangle-\lVert k_j\rVert^2/2}{\tau}-\operatorname{lse}\Bigr),$$
$\operatorname{lse}$ being that of these scores; on keys of equal length it is attention itself. If
the squared lengths of the keys differ by at most $S$, the two distributions differ by
$$\mathrm{TV} \;\le\; \tanh\frac{S}{8\tau},$$
and this is attained.""",
    intuition=r"""Nearness in angle and nearness in distance are the same among vectors of one
length. A longer key is farther from everything, so a Gaussian kernel asks it to score more; that
handicap is half its squared length, and it can change no more than a bias of that range can.""",
    proof=r"""$\lVert q-k\rVert^2 = \lVert q\rVert^2 - 2\langle q,k\rangle + \lVert k\rVert^2$, and
the first term is a factor of all weights. The bias $-\lVert k_j\rVert^2/2\tau$ lies within
$S/4\tau$ of a number that all keys share and that softmax does not see: so the scores of the two
are, in effect, off by at most $E = S/4\tau$ at every key. Errors of at most $E$ move attention no
more than a [dial](#thm-dial) of $2E$ in units of $\tau$ does, by $\tanh(E/2)$.""",
    source=Source(
        "localization",
        "self-attention is a localization method: a local mean of the values",
        verdict="holds",
    ),
    assumptions=(Assumption("visible", "at least one visible key"), TEMPERATURE),
    claims=(
        Claim(
            name="weight",
            direction="equal",
            lhs=WEIGHT,
            lhs_latex=r"\frac{e^{-\lVert q-k_j\rVert^2/2\tau}}"
            r"{\sum_le^{-\lVert q-k_l\rVert^2/2\tau}}",
            rhs=BOUND,
            inputs=("key_score", "key_norm", "temperature", "lse"),
            derivation=exact,
            encoding=ENCODING,
        ),
        Claim(
            name="variation",
            direction="upper",
            lhs=rounding.MOVED,
            lhs_latex=r"\mathrm{TV}",
            rhs=VARIATION,
            inputs=("norm_range", "temperature"),
            derivation=near,
            base=sp.Integer(0),
        ),
    ),
    sharp=Attains(
        "A query a quarter of the way from a key at 0 to another whose squared length is S",
        VARIATION - rounding.MOVED,
        {
            p: 0,
            q: 0,
            rounding.w: sp.exp(-norm_range / (4 * temperature)),
            rounding.v: 1,
            m: 1,
            c: 1,
        },
        NAMES,
        EXCHANGED,
    ),
    boundary=Breaks(
        "Two keys of unequal length, S = 4: the two kernels do not agree",
        -rounding.MOVED,
        {
            "m": 1,
            "c": 1,
            "w": [1],
            "v": [sp.E],
            "p": [0],
            "q": [0],
            "norm_range": 4,
            "temperature": 1,
        },
        NAMES,
        EXCHANGED,
    ),
    depends_on=("dial", "local-mean"),
    rocq=(
        "headline_attention_is_local_mean",
        "headline_attention_is_local_mean_dot",
        "headline_attention_is_local_mean_gaussian",
        "headline_attention_is_local_mean_equal_norms",
        "headline_attention_is_local_mean_variation",
        "headline_attention_is_local_mean_sharp",
        "headline_attention_is_local_mean_boundary",
    ),
    part="Part II. Localization methods",
    literature="""Holds, with the kernel e^(⟨q,k⟩/τ). With a Gaussian kernel it needs keys of equal
length, as after a normalisation of keys; else the two differ by a bias, and by tanh(S/8τ) at most,
which by the theorem on the [local mean](#thm-local-mean) moves outputs by at most that share of the
values' diameter. All that Part I says of scores holds of the biased scores too.""",
)
