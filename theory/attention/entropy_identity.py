"""Entropy identity: a fused pass whose values also carry the keys gives the exact entropy.

Statement  H = lse − (⟨q, k̄⟩ + b̄)/τ for scores s_j = ⟨q, k_j⟩ + b_j, with k̄, b̄ their means under p
Assumes    a visible key; keys and biases as they are scored
Sharp      an equality, for all queries, keys and biases
Fails      if a bias, such as the dial's, is left out of the mean
Source     flash
"""

import sympy as sp

from locality.theory.core.derivation import Aggregates, ByHand, Derivation, Identity
from locality.theory.core.symbols import i, lse, mean_bias, mean_product, n, temperature, total
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

KEYS = (i, 1, n)
z = sp.IndexedBase("z", real=True)  # products ⟨q, k_i⟩
b = sp.IndexedBase("b", real=True)  # biases
score = z[i] + b[i]
weight = sp.exp(score / temperature)
NAMES = {total: sp.Sum(weight, KEYS)}
share = weight / total
ENTROPY = -sp.Sum(share * sp.log(share), KEYS)


def mean(of: sp.Expr) -> sp.Expr:
    """The mean of a per-key quantity under the attention."""
    return sp.Sum(share * of, KEYS)


PASS = {lse: sp.log(total), mean_product: mean(z[i]), mean_bias: mean(b[i])}
BOUND = lse - (mean_product + mean_bias) / temperature

# One coordinate x of the query and y of the keys, the others' products being r.
x = sp.Symbol("x_coordinate", real=True)
y = sp.IndexedBase("y", real=True)
r = sp.IndexedBase("r", real=True)

derivation = Derivation(
    (
        Aggregates("The sum of the weights", NAMES),
        Identity(
            "The logarithm of a weight's share is its score less lse",
            sp.log(share),
            score / temperature - sp.log(total),
        ),
        Identity("The mean of −ln p", ENTROPY, BOUND.subs(PASS)),
        Identity(
            "One coordinate of the query leaves the mean",
            mean(x * y[i] + r[i]),
            x * mean(y[i]) + mean(r[i]),
        ),
        ByHand(
            "So coordinate by coordinate the mean product is the product with the mean key",
            r"\mathrm{E}_p\langle q,k_j\rangle = \langle q,\bar k\rangle",
            "headline_entropy_identity_products",
        ),
    )
)

THEOREM = Theorem(
    id="entropy-identity",
    tag="H8ZT",
    title="One fused pass over values and keys gives the entropy",
    statement=r"""Let $s_j = \langle q, k_j\rangle + b_j$, $p = \operatorname{softmax}(s/\tau)$ and
$\operatorname{lse} = \ln\sum_j e^{s_j/\tau}$. With $\bar k = \sum_j p_j k_j$ and
$\bar b = \sum_j p_j b_j$,
$$H \;=\; \operatorname{lse} - \frac{\langle q,\bar k\rangle + \bar b}{\tau}.$$
So one pass with values $[V, K, b]$ gives the entropy of every row, and no weight is stored.""",
    intuition=r"""Minus the logarithm of a weight's share is lse minus the scaled score. Its average
needs only the average score, and since a score is linear in its key, the average key will do.""",
    proof=r"""$-\ln p_j = \operatorname{lse} - s_j/\tau$; take the mean under $p$. The mean of
$\langle q, k_j\rangle$ is $\langle q,\bar k\rangle$, coordinate by coordinate. A bias is not linear
in the key and needs a mean of its own.""",
    source=Source(
        "flash", "attention's output and log-normaliser need no matrix of weights in memory"
    ),
    assumptions=(
        Assumption("visible", "at least one visible key"),
        Assumption(
            "scored",
            "keys and biases as they enter the score: after rotary embedding, with every "
            "additive term that is not a mask",
            implicit=True,
        ),
    ),
    claims=(
        Claim(
            name="entropy",
            direction="equal",
            lhs=ENTROPY,
            lhs_latex="H",
            rhs=BOUND,
            inputs=("lse", "mean_product", "mean_bias", "temperature"),
            derivation=derivation,
            encoding=PASS,
        ),
    ),
    sharp=Attains(
        "An equality: with all scores equal both sides are ln n",
        BOUND.subs(PASS) - sp.log(n),
        {z: 0, b: 0},
        NAMES,
        Example((0,), (0, 0), caption="three keys at 0: lse = H = ln 3"),
    ),
    boundary=Breaks(
        "With the bias left out of the mean the entropy comes out wrong, here too small",
        (BOUND.subs(mean_bias, 0)).subs(PASS) - ENTROPY,
        {"n": 2, "z": [0, 0], "b": [0, -2], "temperature": 1},
        NAMES,
        Example((0,), (-2,), caption="two equal keys, the second lowered by a dial of 2"),
    ),
    rocq=(
        "headline_entropy_identity",
        "headline_entropy_identity_products",
        "headline_entropy_identity_reference",
        "headline_entropy_identity_boundary",
    ),
    part="Part IV. The kernels are theorems too",
    literature="""Holds exactly for every row. In floats it is a difference of two numbers of the
size of the largest score: its error is absolute, about a rounding unit times ‖q‖·max‖k‖/τ, and on
peaked rows it can come out below 0. Subtracting a reference key from all keys leaves it unchanged
and makes those numbers smaller.""",
)
