"""Relaxation labeling: symmetric compatibilities never lose consistency, and what they gain.

Statement  p′_a = p_a q_a / Σ p q over the labels of the same object, q = r p, A = Σ p q:
           ln(A(p′)/A(p)) ≥ 2 Σ_i c_i KL(p′_i ‖ p_i) ≥ 0, c_i the share of object i in A(p)
Assumes    r ≥ 0 and symmetric, a probability for each label, every object with a supported label
Sharp      one pair of labels that go together: the update chooses both at once
Fails      without symmetry: consistency can fall, even to 0
Source     localization
"""

import sympy as sp

from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Term,
)
from locality.theory.core.functions import gibbs
from locality.theory.core.symbols import ahead, behind, divergence, i, total
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks

# Pair i of labels that go together weighs w[i] = 2 r_ab p_a p_b, both orders together, and
# r_aa p_a² for a label with itself. The update multiplies its probabilities by x[i] and y[i].
pairs = sp.Symbol("pairs", integer=True, positive=True)
PAIRS = (i, 1, pairs)
w = sp.IndexedBase("w", positive=True)
x = sp.IndexedBase("x", positive=True)
y = sp.IndexedBase("y", positive=True)
before, after = behind, ahead
CONSISTENCY = {before: sp.Sum(w[i], PAIRS), after: sp.Sum(w[i] * x[i] * y[i], PAIRS)}
GAIN = sp.log(after) - sp.log(before)
GATHERED = sp.Sum(w[i] * (sp.log(x[i]) + sp.log(y[i])), PAIRS) / (2 * before)
BOUND = 2 * divergence
growth = x[i] * y[i] * before / after  # of a pair, relative to that of all
spread = sp.Sum(w[i] / before * growth * gibbs(1 / growth), PAIRS)
ONE_PAIR = (GAIN - 2 * GATHERED).subs(CONSISTENCY).subs(pairs, 1).doit()

gain = Derivation(
    (
        Aggregates("The consistency before the update and after it", CONSISTENCY),
        Decomposition(
            "Jensen: the mean of a logarithm lies below the logarithm of the mean, pair by pair",
            GAIN - 2 * GATHERED,
            (Term(spread, "zero only where every pair grows by the same factor"),),
            slack_latex=r"\ln\frac{A(p')}{A(p)}-2\bar D",
        ),
        ByHand(
            "Symmetry gathers both labels of the pairs into 2 Σ W_a ln(p′_a/p_a), W_a = p_a q_a/A "
            "= c_i p′_a: object by object a relative entropy",
            r"\sum_{a,b} w_{ab}\ln\frac{p'_ap'_b}{p_ap_b}=2\sum_i c_i\operatorname{KL}(p'_i\|p_i)",
            "headline_relaxation_labeling",
        ),
    )
)

# One object: its labels had weights u[i], and have v[i].
labels = sp.Symbol("labels", integer=True, positive=True)
LABELS = (i, 1, labels)
u = sp.IndexedBase("u", positive=True)
v = sp.IndexedBase("v", positive=True)
WHOLE = {total: sp.Sum(u[i], LABELS), after: sp.Sum(v[i], LABELS)}
old, new = u[i] / total, v[i] / after
MOVED = sp.Sum(new * sp.log(new / old), LABELS)

nonnegative = Derivation(
    (
        Aggregates("What normalises the labels of an object, before and after", WHOLE),
        Identity("Both labellings sum to 1", sp.Sum(new, LABELS), sp.Sum(old, LABELS)),
        Decomposition(
            "Label by label",
            MOVED,
            (
                Term(
                    sp.Sum(old * gibbs(new / old), LABELS),
                    "zero only where no label's probability moves",
                ),
            ),
            slack_latex=r"\operatorname{KL}(p'_i\|p_i)",
        ),
    )
)

# One object with two labels, the first with probability s: r_1 of the second supports it, and r_2
# of it supports the second.
s, r_1, r_2 = sp.symbols("s r_1 r_2", nonnegative=True)


def consistency(first: sp.Expr) -> sp.Expr:
    """A, at a probability of the first label."""
    return (r_1 + r_2) * first * (1 - first)


first_after = s * (1 - s) * r_1 / consistency(s)

THEOREM = Theorem(
    id="relaxation-labeling",
    tag="X5RL",
    title="Relaxation labeling never loses consistency",
    statement=r"""Objects $i$ have labels $a$ with probabilities $p_a$, and labels of any objects
have compatibilities $r_{ab} = r_{ba} \ge 0$. The support of a label is $q_a = \sum_b r_{ab}p_b$,
the average consistency $A(p) = \sum_a p_a q_a$, and the update
$$p'_a \;=\; \frac{p_a\,q_a}{\sum_{b\text{ of the same object}} p_b\,q_b}.$$
With $c_i$ the share of object $i$ in $A(p)$,
$$\ln\frac{A(p')}{A(p)} \;\ge\; 2\bar D, \qquad \bar D = \sum_i
c_i\operatorname{KL}(p'_i\,\|\,p_i) \;\ge\; 0 .$$
So the average consistency never falls, and stands still only where no probability moves. This is
**not a local mean** (△): the update multiplies what was there, instead of averaging it.""",
    intuition=r"""Each label is rewarded by how well it goes with the others. If liking is mutual,
what a label gains by moving towards its friends the friends gain too: the agreement of all rises by
at least twice what the labels moved, counted in nats.""",
    proof=r"""Pairs of labels weigh $w_{ab} = r_{ab}p_ap_b/A(p)$, which sums to 1, and
$A(p')/A(p) = \sum w_{ab}\,\frac{p'_a}{p_a}\frac{p'_b}{p_b}$. By Jensen's inequality its logarithm
is at least $\sum w_{ab}\bigl(\ln\frac{p'_a}{p_a} + \ln\frac{p'_b}{p_b}\bigr)$. By symmetry both
halves are $\sum_a W_a\ln\frac{p'_a}{p_a}$ with $W_a = \sum_b w_{ab} = p_aq_a/A(p)$, and the labels
of object $i$ have $W_a = c_i\,p'_a$: that is what the update divides out. A relative entropy is
nonnegative because $t\ln t \ge t - 1$.""",
    source=Source(
        "localization",
        "relaxation labeling is a localization method",
        verdict="fails",
        truth="it is a relative: its update multiplies old probabilities by their support, so no "
        "kernel's local mean gives it; what is true is that symmetric compatibilities never lose "
        "average consistency",
    ),
    assumptions=(
        Assumption("compatible", "$r_{ab} \\ge 0$"),
        Assumption("symmetric", "$r_{ab} = r_{ba}$"),
        Assumption("probabilities", "$p_a \\ge 0$, and those of an object's labels sum to 1"),
        Assumption(
            "supported", "at least one object, and each with a label of $p_a q_a > 0$ to choose"
        ),
    ),
    claims=(
        Claim(
            name="gain",
            direction="lower",
            lhs=GAIN,
            lhs_latex=r"\ln\frac{A(p')}{A(p)}",
            rhs=BOUND,
            inputs=("divergence",),
            derivation=gain,
            base=sp.Integer(0),
            encoding={divergence: GATHERED},
        ),
        Claim(
            name="divergence",
            direction="lower",
            lhs=MOVED,
            lhs_latex=r"\operatorname{KL}(p'_i\,\|\,p_i)",
            rhs=sp.Integer(0),
            inputs=(),
            derivation=nonnegative,
            printed=False,
        ),
    ),
    sharp=Attains(
        "Only one pair of labels goes together, whatever their probabilities",
        ONE_PAIR,
        {},
    ),
    boundary=Breaks(
        "The second of two labels supports the first and is not supported by it: all go to the "
        "first, and nothing supports that",
        consistency(first_after) - consistency(s),
        {"s": sp.Rational(1, 2), "r_1": 1, "r_2": 0},
    ),
    rocq=(
        "headline_relaxation_labeling",
        "headline_relaxation_labeling_rises",
        "headline_relaxation_labeling_still",
        "headline_relaxation_labeling_sharp",
        "headline_relaxation_labeling_boundary",
    ),
    part="Part II. Localization methods",
    literature="""For one object this is the growth transform of Baum and Eagon and the replicator
dynamics of games with common interests; that symmetric compatibilities raise average consistency is
theirs, and the gain in nats sharpens it. Without symmetry the same update is still used, and there
fixed points, not gains, are what can be said.""",
)
