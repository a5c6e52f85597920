"""Rounding: what errors in scores, and in the arithmetic of an lse, do to a row's statistics.

Statement  scores over τ off by at most E: TV ≤ tanh(E/2), |Δlse| ≤ E, ‖Δoutput‖ ≤ TV·D and
           |ΔH| ≤ TV·ω; and a computed lse, each operation off by what the hardware promises
Assumes    at least one key; errors of at most E at every key; ω the range of the scores over τ
Sharp      TV = tanh(E/2) where one part's odds pass from e^−E to e^E
Fails      if E is only the mean error over the keys
Source     accuracy
"""

from typing import cast

import sympy as sp

from locality.theory.concentration import dial
from locality.theory.concentration.row import OTHERS, RELEVANT
from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Identity,
    Term,
)
from locality.theory.core.functions import fall, gap_log, gibbs, rise
from locality.theory.core.symbols import (
    ahead,
    behind,
    diameter,
    function_error,
    i,
    j,
    largest,
    level,
    log_error,
    n,
    p,
    q,
    score_error,
    score_range,
    spread,
    step,
    sum_error,
    temperature,
    underflow,
    unit,
    variation,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

E = score_error
w = sp.IndexedBase("w", positive=True)
v = sp.IndexedBase("v", positive=True)

# Keys whose attention rises weigh w[i], the others v[j]. Errors are E − p[i] and q[j] − E: up to
# what p and q spare, they move the two parts apart.
gained = sp.Symbol("gained", positive=True)
lost = sp.Symbol("lost", positive=True)
NAMES = {
    ahead: sp.Sum(w[i], RELEVANT),
    behind: sp.Sum(v[j], OTHERS),
    gained: sp.Sum(w[i] * sp.exp(E - p[i]), RELEVANT),
    lost: sp.Sum(v[j] * sp.exp(q[j] - E), OTHERS),
}
MOVED = gained / (gained + lost) - ahead / (ahead + behind)
HALF = {step: 2 * E, temperature: 1}
BOUND = dial.STABILITY.subs(HALF)
square = (
    cast(Decomposition, dial.stable.steps[0]).terms[0].expr.subs({**HALF, dial.o: ahead / behind})
)
spared = (
    ahead * sp.Sum(v[j] * rise(q[j]), OTHERS) + behind * sp.Sum(w[i] * fall(p[i]), RELEVANT)
) / ((ahead * sp.exp(E) + behind * sp.exp(-E)) * (gained + lost))

attention = Derivation(
    (
        Aggregates("Weights of the keys that gain and that lose, before and after", NAMES),
        Decomposition(
            "A dial of 2E moves the odds as far, and errors below E move them less",
            BOUND - MOVED,
            (
                Term(square, "the dial's own slack, zero where the odds pass through 1"),
                Term(spared, "no key gains more than e^E or loses more than e^−E"),
            ),
            slack_latex=r"\tanh\tfrac E2-\mathrm{TV}",
        ),
    )
)

# For the log-normaliser w[i] is a key's weight after its error of E − p[i].
AFTER = {gained: sp.Sum(w[i], RELEVANT), ahead: sp.exp(-E) * sp.Sum(w[i] * sp.exp(p[i]), RELEVANT)}
LSE_MOVED = sp.log(gained) - sp.log(ahead)
normaliser = Derivation(
    (
        Aggregates("Weights after and before", AFTER),
        Decomposition(
            "No weight grows by more than e^E; and with the roles exchanged",
            E - LSE_MOVED,
            (
                Term(
                    sp.log(1 + sp.Sum(w[i] * rise(p[i]), RELEVANT) / gained),
                    "the logarithm of a number of at least 1",
                ),
            ),
            slack_latex=r"E-\Delta\operatorname{lse}",
        ),
    )
)

# What moves is taken from keys that lose, in proportions v[j], to keys that gain, in proportions
# w[i]; numbers seen along a unit vector are level + D − p[i] and level + q[j].
up = sp.Sum(w[i] * (level + diameter - p[i]), RELEVANT)
down = sp.Sum(v[j] * (level + q[j]), OTHERS)
TRANSPORTED = variation * (up / ahead - down / behind)
PARTS = {name: NAMES[name] for name in (ahead, behind)}
pairs = sp.Sum(sp.Sum(w[i] * v[j] * (p[i] + q[j]), OTHERS), RELEVANT) / (ahead * behind)
proportions = Aggregates("Proportions of what the keys gain and lose", PARTS)

output = Derivation(
    (
        proportions,
        Decomposition(
            "Along every unit vector: what moves goes from a key to another, and no farther than D",
            variation * diameter - TRANSPORTED,
            (Term(variation * pairs, "no pair of values is farther apart than D"),),
            slack_latex=r"\mathrm{TV}\,D-\langle e,\,o'-o\rangle",
        ),
        ByHand(
            "A norm is the largest component along unit vectors",
            r"\lVert o'-o\rVert=\max_{\lVert e\rVert=1}\langle e,\,o'-o\rangle",
            "headline_rounding_output",
        ),
    )
)

# For the entropy the numbers are −ln of the old probabilities P, which range over ω as the scores
# do, and g are the ratios of new to old.
P = sp.IndexedBase("P", positive=True)
g = sp.IndexedBase("g", positive=True)
divergence = sp.Symbol("divergence", nonnegative=True)
old, new = P[i], P[i] * g[i]
FALLEN = TRANSPORTED.subs(diameter, score_range) - divergence

entropy = Derivation(
    (
        proportions,
        Aggregates(
            "The divergence of the new distribution from the old",
            {divergence: sp.Sum(old * gibbs(g[i]), RELEVANT)},
            nonzero=(divergence,),
        ),
        Identity(
            "New entropy minus old, the last sum being 0: what moves, seen by −ln P, less that",
            sp.Sum(old * sp.log(old), RELEVANT) - sp.Sum(new * sp.log(new), RELEVANT),
            sp.Sum((old - new) * sp.log(old), RELEVANT) - divergence - sp.Sum(new - old, RELEVANT),
        ),
        Decomposition(
            "So no more than what moves times how far the −ln P are apart",
            variation * score_range - FALLEN,
            (
                Term(variation * pairs, "two scores over τ are no farther apart than ω"),
                Term(divergence, "a divergence is never negative"),
            ),
            slack_latex=r"\mathrm{TV}\,\omega-\Delta H",
        ),
        ByHand(
            "The identity at distributions; and with the roles exchanged",
            r"\lvert H'-H\rvert\le\mathrm{TV}\,\omega",
            "headline_rounding_entropy",
        ),
    )
)

# The sum of exponentials is off by at most excess = y/(1 + y) relatively: so the derivation writes
# it, by way of the underflow.
grown = sp.exp(unit * spread) * (1 + function_error) * (1 + sum_error) - 1
excess = grown + n * underflow * (1 + sum_error)
y = sp.Symbol("y", nonnegative=True)
spare = sp.symbols("spare1:5", nonnegative=True)
SUMMED = excess / (1 - excess)
BY_EXCESS = {underflow: (y / (1 + y) - grown) / (n * (1 + sum_error))}
SUM_OFF = sp.log(1 + y) - spare[0]
summed = Derivation(
    (
        ByHand(
            "Shifts, exponentials and sum: the computed sum is off by at most a share Φ of it",
            r"\lvert\widehat Z-Z\rvert\le\Phi Z,\quad"
            r"\Phi=e^{u\varrho}(1+v)(1+\gamma)-1+nt(1+\gamma)",
            "headline_rounding_summed",
        ),
        Decomposition(
            "The logarithm is off by at most −ln(1 − Φ), which Φ/(1 − Φ) exceeds",
            SUMMED.subs(BY_EXCESS) - SUM_OFF,
            (
                Term(gap_log(y), "ln(1 + y) ≤ y, where 1 + y = 1/(1 − Φ)"),
                Term(spare[0], "what the operations leave unused"),
            ),
            slack_latex=r"\frac{\Phi}{1-\Phi}-\lvert\ln\widehat Z-\ln Z\rvert",
        ),
    )
)

log_size = sp.log(n) + log_error
SHARES = (
    E,
    log_error,
    function_error * log_size,
    unit * (largest + (1 + function_error) * log_size),
)
COMPUTED = sp.Add(*SHARES)
LSE_OFF = COMPUTED - sp.Add(*spare)
REASONS = (
    "scores are off by E",
    "the sum's logarithm is off by Λ",
    "the logarithm is off by v of at most ln n + Λ",
    "the last addition is off by u of its result",
)
computed = Derivation(
    (
        ByHand(
            "Each operation's error is at most its share",
            r"\widehat{\operatorname{lse}}-\operatorname{lse}"
            r"=\text{scores}+\text{sum}+\text{logarithm}+\text{addition}",
            "headline_rounding_computed",
        ),
        Decomposition(
            "What the shares leave unused",
            COMPUTED - LSE_OFF,
            tuple(map(Term, spare, REASONS)),
            slack_latex=r"\text{bound}-(\widehat{\operatorname{lse}}-\operatorname{lse})",
        ),
    )
)

THEOREM = Theorem(
    id="rounding",
    tag="R7ND",
    title="What rounding does to the statistics of a row",
    statement=r"""Let scores over the temperature change by at most $E$ at every key. Then attention
moves by
$$\mathrm{TV}(p,p') \;\le\; \tanh\tfrac E2,$$
and this is attained. The log-normaliser moves by at most $E$, the output by at most
$\mathrm{TV}\cdot D$, $D$ being the diameter of the values, and the entropy by at most
$\mathrm{TV}\cdot\omega$, $\omega$ being the range of the scores over $\tau$ before and after.

If the $\operatorname{lse}$ of such scores is computed in floating point, with $M$ the largest of
them, all others within $\varrho$ of it, every operation off by $u$, exponential and logarithm by
$v$ relatively, an underflow by $t$ and the sum by $\gamma$, then with
$\Phi = e^{u\varrho}(1+v)(1+\gamma) - 1 + nt(1+\gamma) < 1$ and $\Lambda = \Phi/(1-\Phi)$ it is off
by at most
$$E + \Lambda + v(\ln n+\Lambda) + u\bigl(\lvert M\rvert + (1+v)(\ln n+\Lambda)\bigr).$$""",
    intuition=r"""An error of a score is a factor of its weight. The worst that factors between
$e^{-E}$ and $e^E$ can do is to raise one part of the row together and lower the rest together,
which is what the [dial](#thm-dial) does; so its bound is everyone's.""",
    proof=r"""Split the keys into those whose attention rises and the others. Between the two parts
the odds change by a factor of at most $e^{2E}$, and so the share of the rising part, whose change
is the total variation, changes by at most $\tanh(E/2)$, as under a dial of $2E$. The attention that
moves goes from some keys to others; an average of numbers that are no farther apart than $D$ moves
by at most that share of $D$. The entropy is the average of $-\ln p$, and what it changes beyond
such a move is a divergence of the right sign. In a computed lse, each operation adds its own error;
that of the sum is relative, and the logarithm makes it absolute.""",
    source=Source(
        "accuracy", "errors of computed sums and functions in the standard model of arithmetic"
    ),
    assumptions=(
        Assumption("visible", "at least one visible key"),
        Assumption("scores", "every score over the temperature is off by at most $E$"),
    ),
    claims=(
        Claim(
            name="variation",
            direction="upper",
            lhs=MOVED,
            lhs_latex=r"\mathrm{TV}(p,p')",
            rhs=BOUND,
            inputs=("score_error",),
            derivation=attention,
            base=sp.Integer(0),
        ),
        Claim(
            name="lse",
            direction="upper",
            lhs=LSE_MOVED,
            lhs_latex=r"\lvert\Delta\operatorname{lse}\rvert",
            rhs=E,
            inputs=("score_error",),
            derivation=normaliser,
            base=sp.Integer(0),
        ),
        Claim(
            name="output",
            direction="upper",
            lhs=TRANSPORTED,
            lhs_latex=r"\lVert o'-o\rVert",
            rhs=variation * diameter,
            inputs=("variation", "diameter"),
            derivation=output,
            base=sp.Integer(0),
        ),
        Claim(
            name="entropy",
            direction="upper",
            lhs=FALLEN,
            lhs_latex=r"\lvert\Delta H\rvert",
            rhs=variation * score_range,
            inputs=("variation", "score_range"),
            derivation=entropy,
            base=sp.Integer(0),
        ),
        Claim(
            name="summed",
            direction="upper",
            lhs=SUM_OFF,
            lhs_latex=r"\lvert\ln\widehat Z-\ln Z\rvert",
            rhs=SUMMED,
            inputs=("unit", "function_error", "sum_error", "underflow", "spread", "n"),
            derivation=summed,
            base=sp.Integer(0),
            encoding=BY_EXCESS,
        ),
        Claim(
            name="computed",
            direction="upper",
            lhs=LSE_OFF,
            lhs_latex=r"\lvert\widehat{\operatorname{lse}}-\operatorname{lse}\rvert",
            rhs=COMPUTED,
            inputs=("score_error", "log_error", "unit", "function_error", "n", "largest"),
            derivation=computed,
            base=sp.Integer(0),
        ),
    ),
    sharp=Attains(
        "One key at −E beside one at 0, moved up and down by E",
        BOUND - MOVED,
        {
            p: 0,
            q: 0,
            w: sp.exp(-E),
            v: 1,
            sp.Symbol("m", integer=True, positive=True): 1,
            sp.Symbol("c", integer=True, positive=True): 1,
        },
        NAMES,
        Example((-1,), (0,), caption="two keys at −1 and 0; an error of 1 each exchanges them"),
    ),
    boundary=Breaks(
        "An error of 3 at one of three keys is 1 on average",
        BOUND.subs(E, 1) - MOVED.subs(E, 3),
        {"m": 1, "c": 2, "w": [1], "v": [sp.E, sp.E], "p": [0], "q": [3, 3], "score_error": 3},
        NAMES,
        Example((0,), (1, 1), caption="one key at 0 and two at 1; only the first is off, by 3"),
    ),
    depends_on=("dial",),
    rocq=(
        "headline_rounding",
        "headline_rounding_sharp",
        "headline_rounding_boundary",
        "headline_rounding_lse",
        "headline_rounding_output",
        "headline_rounding_entropy",
        "headline_rounding_summed",
        "headline_rounding_computed",
    ),
    part="Part IV. The kernels are theorems too",
    literature="""The standard model of floating-point arithmetic, carried through a softmax row.
What errors of scores do holds for any errors, whatever made them: rounding, quantised keys, an
approximate product.""",
)
