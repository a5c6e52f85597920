"""Hot reload: answers are tried until a verifier accepts one, or K were rejected.

Statement  P(answered) = 1 − (1 − A)^K with A = a(1−γ) + (1−a)β; P(good | answered) = a(1−γ)/A for
           every K; P(a bad answer is emitted) = ((1−a)β/A)·(1 − (1−A)^K); in a, the first changes
           at the rate K(1−A)^{K−1}(1−γ−β) and the second at β(1−γ)/A²
Assumes    independent tries, each good with probability 0 < a < 1; a verifier that accepts a bad
           answer with probability 0 ≤ β < 1 and rejects a good one with probability 0 ≤ γ < 1
Sharp      equalities; with one try, A itself
Fails      more tries are no safer: each emits a bad answer with a probability of its own
Source     rules
"""

from functools import partial

import sympy as sp

from locality.theory.core.derivation import Derivation, Identity, Induction
from locality.theory.core.functions import fall, softplus
from locality.theory.core.sums import substitute
from locality.theory.core.symbols import accept_bad, good, reject_good, tries
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks

ACCEPTED_GOOD = good * (1 - reject_good)
ACCEPTED_BAD = (1 - good) * accept_bad
ACCEPTED = ACCEPTED_GOOD + ACCEPTED_BAD
REJECTED = good * reject_good + (1 - good) * (1 - accept_bad)

k = sp.Symbol("k", integer=True, positive=True)
TRIES = (k, 1, tries)
reached = sp.exp((k - 1) * sp.log(REJECTED))  # the k-th try takes place
FIRST_ACCEPTED = sp.Sum(ACCEPTED * reached, TRIES)
FIRST_ACCEPTED_GOOD = sp.Sum(ACCEPTED_GOOD * reached, TRIES)
FIRST_ACCEPTED_BAD = sp.Sum(ACCEPTED_BAD * reached, TRIES)

# ln(1 + A/(1 − A)) = −ln(1 − A), with all digits wherever A lies
ANSWERED = fall(tries * softplus(sp.log(ACCEPTED) - sp.log(REJECTED)))
QUALITY = ACCEPTED_GOOD / ACCEPTED
WRONG = ACCEPTED_BAD / ACCEPTED * ANSWERED

# The probabilities of acceptance and rejection, which sum to 1, by their odds o.
o = sp.Symbol("o", positive=True)
ODDS = {ACCEPTED: o / (1 + o), REJECTED: 1 / (1 + o)}
by_odds = partial(substitute, values=ODDS)
SLOPE = 1 - reject_good - accept_bad
ANSWERED_RATE = tries * sp.exp((tries - 1) * sp.log(REJECTED)) * SLOPE
QUALITY_RATE = accept_bad * (1 - reject_good) / ACCEPTED**2
per_acceptance = (1 + o) ** 2 * sp.Derivative(by_odds(ANSWERED), o)
by_chain_rule = per_acceptance * sp.Derivative(sp.expand(ACCEPTED), good)

one_try = Identity("A try is accepted or rejected", ACCEPTED + REJECTED, sp.Integer(1))


def summed(title: str, terms: sp.Expr, closed: sp.Expr) -> Derivation:
    """The sum over the try that is the first to be accepted, in closed form."""
    return Derivation((one_try, Induction(title, by_odds(terms), by_odds(closed))))


INPUTS = ("good", "accept_bad", "reject_good")

THEOREM = Theorem(
    id="hot-reload",
    tag="B7HR",
    title="Trying until a verifier accepts",
    statement=r"""Let independent tries be good with probability $0 < a < 1$, and let a verifier
accept a bad one with probability $\beta < 1$ and reject a good one with probability $\gamma < 1$.
The first accepted of at most $K$ tries is emitted; after $K$ rejections there is no answer. With
$A = a(1-\gamma) + (1-a)\beta$
$$\begin{aligned}
P(\text{answered}) &= 1-(1-A)^K, \\[1ex]
P(\text{good}\mid\text{answered}) &= \frac{a(1-\gamma)}{A}, \\[1ex]
P(\text{bad answer}) &= \frac{(1-a)\beta}{A}\left(1-(1-A)^K\right),
\end{aligned}$$
the second for every $K$; it exceeds $a$ exactly if $\beta + \gamma < 1$. A better generator always
raises it, strictly if $\beta > 0$, and raises the first exactly if $\beta + \gamma < 1$.""",
    intuition=r"""Rejecting and trying again changes how often something is said, not how good it
is: an accepted try is as good as the first one, had that been accepted. A verifier that rejects
good answers more often than bad ones turns a better generator into a quieter one.""",
    proof=r"""A try is accepted with probability $A$, and the $k$-th takes place if the $k-1$ before
it were rejected: it is the first to be accepted with probability $A(1-A)^{k-1}$. Summed over $k$,
by induction, this is $1-(1-A)^K$. Of every such term the fraction $a(1-\gamma)/A$ is good, whatever
$k$ is, and hence of their sum. The acceptance $A$ is linear in $a$ with slope $1-\gamma-\beta$, and
the derivative of $a(1-\gamma)/A$ is $\beta(1-\gamma)/A^2 \ge 0$; the quotient exceeds $a$ by
$a(1-a)(1-\gamma-\beta)/A$.""",
    source=Source(
        "rules",
        "answers checked against reloaded rules, and tried again, comply more often",
        verdict="more",
        truth="$\\beta + \\gamma < 1$; the share of good answers does not depend on the number "
        "of tries",
    ),
    assumptions=(
        Assumption("proposals", "each try is good with probability $0 < a < 1$"),
        Assumption(
            "verifier",
            "$0 \\le \\beta < 1$ and $0 \\le \\gamma < 1$: it rejects some bad answers and accepts "
            "some good ones",
        ),
        Assumption("independent", "tries and verdicts are independent", implicit=True),
    ),
    claims=(
        Claim(
            name="answered",
            direction="equal",
            lhs=FIRST_ACCEPTED,
            lhs_latex=r"P(\text{answered})",
            rhs=ANSWERED,
            inputs=(*INPUTS, "tries"),
            derivation=summed(
                "Accepted at the first try, or the second, …", FIRST_ACCEPTED, ANSWERED
            ),
            display=r"P(\text{answered}) = 1-(1-A)^K",
            encoding=ODDS,
        ),
        Claim(
            name="quality",
            direction="equal",
            lhs=FIRST_ACCEPTED_GOOD / FIRST_ACCEPTED,
            lhs_latex=r"P(\text{good}\mid\text{answered})",
            rhs=QUALITY,
            inputs=INPUTS,
            derivation=Derivation(
                (
                    one_try,
                    Identity(
                        "Each try adds to both sums in the same proportion",
                        by_odds(FIRST_ACCEPTED_GOOD / FIRST_ACCEPTED),
                        by_odds(QUALITY),
                    ),
                    Identity(
                        "What checking gains over the tries themselves",
                        QUALITY - good,
                        good * (1 - good) * SLOPE / ACCEPTED,
                    ),
                )
            ),
            encoding=ODDS,
        ),
        Claim(
            name="wrong",
            direction="equal",
            lhs=FIRST_ACCEPTED_BAD,
            lhs_latex=r"P(\text{bad answer})",
            rhs=WRONG,
            inputs=(*INPUTS, "tries"),
            derivation=summed("Each try adds its share", FIRST_ACCEPTED_BAD, WRONG),
            display=r"P(\text{bad answer}) = \frac{(1-a)\beta}{A}\left(1-(1-A)^K\right)",
            encoding=ODDS,
        ),
        Claim(
            name="answered_rate",
            direction="monotone",
            lhs=by_chain_rule,
            lhs_latex=r"\frac{d}{da}P(\text{answered})",
            rhs=ANSWERED_RATE,
            inputs=(*INPUTS, "tries"),
            derivation=Derivation(
                (
                    Identity(
                        "By the chain rule: dA/da = 1 − γ − β, whose sign decides",
                        by_chain_rule,
                        by_odds(ANSWERED_RATE),
                    ),
                )
            ),
            display=r"\frac{d}{da}P(\text{answered}) = K(1-A)^{K-1}(1-\gamma-\beta)",
            encoding=ODDS,
            printed=False,
        ),
        Claim(
            name="quality_rate",
            direction="monotone",
            lhs=sp.Derivative(QUALITY, good),
            lhs_latex=r"\frac{d}{da}P(\text{good}\mid\text{answered})",
            rhs=QUALITY_RATE,
            inputs=INPUTS,
            derivation=Derivation(
                (
                    Identity(
                        "Never negative, and zero only if β = 0 or γ = 1",
                        sp.Derivative(QUALITY, good),
                        QUALITY_RATE,
                    ),
                )
            ),
            printed=False,
        ),
    ),
    sharp=Attains(
        "With one try the answer comes with probability A",
        ANSWERED - ACCEPTED,
        {tries: 1} | ODDS,
    ),
    boundary=Breaks(
        "More tries are not safer: a second one emits a bad answer with a probability of its own",
        WRONG - WRONG.subs(tries, tries + 1),
        {"good": sp.Rational(1, 2), "accept_bad": sp.Rational(1, 2), "reject_good": 0, "tries": 1},
    ),
    rocq=(
        "headline_hot_reload",
        "headline_hot_reload_quality",
        "headline_hot_reload_wrong",
        "headline_hot_reload_boundary",
        "headline_hot_reload_verified",
        "headline_hot_reload_better_quality",
        "headline_hot_reload_better_answers",
    ),
    literature="""Holds for independent tries and a verifier of fixed error rates, and only there: a
generator that learns from rejections, or a verifier that tires, is another process. Checking makes
answers better if the verifier rejects bad ones more often than good ones. Trying again does not: it
makes them more frequent, bad ones included.""",
)
