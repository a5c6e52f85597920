"""Dial: the log-odds of the block move one for one with the dial, at every score.

Statement  logit F(λ) = logit F(0) + λ/τ; and two settings differ in total variation by
           |F(λ) − F(λ′)| ≤ tanh(|λ − λ′|/4τ)
Assumes    fixed scores, m, c ≥ 1, τ > 0; the dial lowers every score off R by λ, of any sign
Sharp      an equality; the second bound is attained where the two fidelities sum to 1
Fails      if the dial lowers only some of the scores off R
Source     localist
"""

import sympy as sp

from locality.theory.concentration.row import OTHERS, RELEVANT, SIZES, TEMPERATURE
from locality.theory.core.derivation import Aggregates, Decomposition, Derivation, Identity, Term
from locality.theory.core.functions import logit, rise, sigmoid, tanh
from locality.theory.core.solve import Case, Cases
from locality.theory.core.symbols import (
    ahead,
    behind,
    delta,
    dial,
    fidelity,
    i,
    j,
    step,
    temperature,
)
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks, Example

w = sp.IndexedBase("w", positive=True)
v = sp.IndexedBase("v", positive=True)
NAMES = {
    ahead: sp.Sum(w[i], RELEVANT),
    behind: sp.Sum(v[j], OTHERS),
    fidelity: ahead / (ahead + behind),
}
lowered = sp.exp(-dial / temperature)
DIALLED = ahead / (ahead + sp.Sum(v[j] * lowered, OTHERS))
BOUND = sigmoid(logit(fidelity) + dial / temperature)

# Stability: o are the odds of the block at one setting, o·s² those at the other, s = e^{step/2τ}.
o = sp.Symbol("o", positive=True)
s = sp.exp(step / (2 * temperature))
MOVED = o * s**2 / (1 + o * s**2) - o / (1 + o)
STABILITY = tanh(step / (4 * temperature))

exact = Derivation(
    (
        Aggregates("Weights inside and outside the block, and the fidelity at dial 0", NAMES),
        Identity("The dial divides the weight outside by e^{λ/τ}, and so F(λ) is", DIALLED, BOUND),
    )
)
stable = Derivation(
    (
        Decomposition(
            "The slack is a square",
            STABILITY - MOVED,
            (
                Term(
                    rise(step / (2 * temperature))
                    * (1 - o * s) ** 2
                    / ((s + 1) * (1 + o) * (1 + o * s**2)),
                    "zero exactly where o·s = 1: the two fidelities sum to 1",
                ),
            ),
            slack_latex=r"\tanh\frac{|\lambda-\lambda'|}{4\tau}-|F(\lambda)-F(\lambda')|",
        ),
    )
)

THEOREM = Theorem(
    id="dial",
    tag="D3AL",
    title="The dial moves the log-odds of the block one for one",
    statement=r"""Let $p^\lambda \propto e^{(s_j - \lambda[j\notin R])/\tau}$ and $F(\lambda)$ its
mass on $R$. For all scores
$$\operatorname{logit} F(\lambda) \;=\; \operatorname{logit} F(0) + \frac{\lambda}{\tau},$$
from global attention at $\lambda = 0$ to block-local attention as $\lambda \to \infty$. Two
settings differ in total variation by
$$\mathrm{TV}(p^\lambda, p^{\lambda'}) = |F(\lambda)-F(\lambda')| \;\le\;
\tanh\frac{|\lambda-\lambda'|}{4\tau},$$
and this is attained.""",
    intuition=r"""The dial divides every weight outside the block by the same number, so the odds of
the block are multiplied by it and nothing inside or outside the block is reordered. How much of the
distribution moves depends on where the odds were; most when they cross one half.""",
    proof=r"""Outside the block every weight is multiplied by $e^{-\lambda/\tau}$, inside nothing
changes; so the odds of the block are multiplied by $e^{\lambda/\tau}$. Both conditional
distributions stay as they are, so total variation is the change of $F$. With odds $o$ and $os^2$,
$\tanh$ minus the change is $(s-1)(1-os)^2$ over a positive number.""",
    source=Source(
        "localist",
        "a locality dial that is turned at inference without retraining",
        verdict="holds",
    ),
    assumptions=(
        SIZES,
        TEMPERATURE,
        Assumption("fixed", "one attention distribution at fixed scores", implicit=True),
        Assumption(
            "all", "the dial lowers every score outside $R$ by the same $\\lambda$", implicit=True
        ),
    ),
    claims=(
        Claim(
            name="fidelity",
            direction="equal",
            lhs=DIALLED,
            lhs_latex=r"F(\lambda)",
            display=r"F(\lambda) = "
            r"\sigma\left(\operatorname{logit} F(0) + \frac{\lambda}{\tau}\right)",
            rhs=BOUND,
            inputs=("fidelity", "dial", "temperature"),
            derivation=exact,
        ),
        Claim(
            name="stability",
            direction="upper",
            lhs=MOVED,
            lhs_latex=r"\mathrm{TV}(p^\lambda,p^{\lambda'})",
            rhs=STABILITY,
            inputs=("step", "temperature"),
            derivation=stable,
            base=sp.Integer(0),
        ),
    ),
    sharp=Attains(
        "The stability bound is attained where the two fidelities sum to 1",
        STABILITY - MOVED,
        {o: sp.exp(-step / (2 * temperature))},
        {},
        Example((0,), (1,), caption="one relevant key at 0, one other at 1, λ = 0 and λ′ = 2"),
    ),
    boundary=Breaks(
        "A dial that lowers only one of two other scores moves the log-odds by less",
        sp.log(ahead / (v[1] * lowered + v[2]))
        - sp.log(ahead / (v[1] + v[2]))
        - dial / temperature,
        {"m": 1, "c": 2, "w": [1], "v": [1, 1], "dial": 2, "temperature": 1},
        NAMES,
        Example((0,), (0, 0), caption="three keys at 0, only one of the others is dialled"),
    ),
    rocq=(
        "headline_dial",
        "headline_dial_logit",
        "headline_dial_boundary",
        "headline_dial_threshold",
        "headline_dial_limit",
        "headline_dial_stability",
        "headline_dial_stability_sharp",
    ),
    solvers={
        "dial": Cases(
            "dial",
            ("fidelity", "delta", "temperature"),
            (
                Case(
                    (),
                    ">=",
                    temperature * (logit(1 - delta) - logit(fidelity)),
                    "F(λ) ≥ 1 − δ",
                ),
            ),
        )
    },
    literature="""Holds exactly, for one attention distribution at fixed scores, with a constant
1/(4τ) that grows without bound as τ → 0. It says nothing about a network whose later scores change
with the dial.""",
)
