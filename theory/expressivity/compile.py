"""Compile: formulas of P and Y≤k are transformers whose attention is read without error.

Statement  ε ≤ σ(ln(n − 1) − x) for n visible keys, some of them true and leading by Δ, x = Δ/τ;
           F ≥ 1 − δ whichever they are iff x ≥ ln(n − 1) + logit(1 − δ); so a head and a ReLU step
           compute P or Y≤k, ReLUs the Boolean operators, and d layers every formula of depth d
Assumes    a true and a false visible key, τ > 0; without a true key the head gives exactly 0
Sharp      one true key, two-level scores
Fails      if the scale is smaller by any amount: one true key among n has less than 1 − δ
Source     expressivity
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product

import sympy as sp

from locality.theory.concentration.leakage import SLACK as LEAKAGE_SLACK
from locality.theory.concentration.row import (
    AGGREGATES,
    LEAKAGE,
    LOG_ODDS,
    TEMPERATURE,
    TWO_LEVEL,
)
from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decided,
    Decomposition,
    Derivation,
    Identity,
    Strict,
    Term,
)
from locality.theory.core.functions import fall, logit, rise, sigmoid
from locality.theory.core.solve import Case, Cases
from locality.theory.core.symbols import c, delta, m, n, temperature, x
from locality.theory.core.theorem import Assumption, Claim, Source, Statement, Theorem
from locality.theory.core.witness import Attains, Breaks, Example
from locality.theory.expressivity import heads
from locality.theory.expressivity.decisions import short_words
from locality.theory.expressivity.formulas import TRUE, Formula, Letter, Past, Within, yesterday

BOUND = sigmoid(sp.log(n - 1) - x)
SCALE = sp.log(n - 1) + logit(1 - delta)
SIZES = {n: m + c}
SLACK = BOUND.subs(SIZES) - LEAKAGE

# How much more than `leakage` says is granted for not knowing how many keys are true.
unknown = (
    (m - 1)
    * (m + c)
    / m
    * sp.exp(-x)
    / ((1 + c * sp.exp(-x) + (m - 1) * sp.exp(-x)) * (1 + c / m * sp.exp(-x)))
)

mass = Derivation(
    (
        Aggregates("Weights of true and of false keys, and their sum", AGGREGATES),
        Identity(
            "Not to know how many keys are true costs nothing if it is one",
            BOUND.subs(SIZES) - sigmoid(LOG_ODDS),
            unknown,
        ),
        Decomposition(
            "The slack is that of leakage, and what more true keys would add",
            SLACK,
            (
                Term(LEAKAGE_SLACK, "leakage's slack", lemma="leakage"),
                Term(unknown, "zero exactly for one true key, m = 1"),
            ),
            slack_latex=r"\sigma(\ln(n-1)-x)-\varepsilon",
        ),
    )
)

# As in `threshold`: δ = 1/(1 + g), and x lies y above the least scale, or z below it.
g = sp.Symbol("g", positive=True)
y = sp.Symbol("y", nonnegative=True)
short = sp.Symbol("z", positive=True)
allowed = 1 / (1 + g)
least = sp.log(n - 1) + sp.log(g)
above = {x: least + y}

scale = Derivation(
    (
        Identity("The least scale in terms of the odds", SCALE.subs(delta, allowed), least),
        Identity("There the bound is the leakage allowed", BOUND.subs(x, SCALE), delta),
        Decomposition(
            "Sufficient: at or above it the bound is at most δ",
            allowed - BOUND.subs(above),
            (
                Term(
                    g * fall(y) / ((1 + g) * (g + sp.exp(-y))),
                    "zero exactly at the least scale, y = 0",
                ),
            ),
            slack_latex=r"\delta-\sigma(\ln(n-1)-x)",
        ),
        Identity(
            "Below it one true key among n leaks more than δ",
            BOUND.subs(x, least - short) - allowed,
            g * rise(short) / ((1 + g) * (g + sp.exp(short))),
        ),
        Strict(
            "Necessary: that difference is positive",
            g * rise(short) / ((1 + g) * (g + sp.exp(short))),
            "eᵗ − 1 > 0 for t > 0",
        ),
    )
)

# -- heads and steps in exact arithmetic -----------------------------------------------------------

MOST = 12  # visible keys for which every choice of true ones is tried
A, B = Letter("a"), Letter("b")
TRIED = (
    Past(A & ~Past(TRUE)),
    Past(B & Past(A)) | yesterday(A, 2),
    ~(yesterday(A) | Past((A & yesterday(A)) | (B & ~yesterday(A)))),
    Within(A, 3) & ~Within(Past(B), 2),
)


def every_count(odds: heads.Odds = heads.least) -> tuple[bool, str]:
    """Whether the step reads "some key is true" for every number of true keys among N ≤ `MOST`."""
    wrong = [
        (true, keys)
        for keys in range(MOST + 1)
        for true in range(keys + 1)
        if heads.step(_share(true, keys, odds)) != (true > 0)
    ]
    if wrong:
        return False, f"{wrong[0][0]} true among {wrong[0][1]} is not read"
    return True, f"every number of true keys among at most {MOST}"


def _share(true: int, keys: int, odds: heads.Odds) -> Fraction:
    truths = [Fraction(1)] * true + [Fraction(0)] * (keys - true)
    return heads.mass(truths, odds(keys))


def every_window() -> tuple[bool, str]:
    """Whether windowed heads compute Y≤k at every position."""
    return _all_exact(
        [Within(A, k) for k in range(1, 5)], "k ≤ 4, every position of every word of at most", 6
    )


def every_boolean() -> tuple[bool, str]:
    """Whether ReLUs compute the Boolean operators on 0 and 1, of up to four parts."""
    tuples = [t for size in range(5) for t in product((Fraction(0), Fraction(1)), repeat=size)]
    ok = all(heads.conjunction(t) == all(t) and heads.disjunction(t) == any(t) for t in tuples)
    ok &= all(heads.negation(Fraction(bit)) == 1 - bit for bit in (0, 1))
    return ok, f"all {len(tuples)} choices of at most four truth values"


def every_layer(odds: heads.Odds = heads.least) -> tuple[bool, str]:
    """Whether compiled formulas are their truth, layer after layer."""
    told = f"{len(TRIED)} formulas with all their parts, on all words of at most"
    return _all_exact(TRIED, told, 5, odds)


def _all_exact(
    formulas: Sequence[Formula], told: str, longest: int, odds: heads.Odds = heads.least
) -> tuple[bool, str]:
    tried = short_words(longest)
    found = [heads.exact(formula, tried, "ab", odds) for formula in formulas]
    wrong = [word for word in found if word is not None]
    return not wrong, f"not on {wrong[0]!r}" if wrong else f"{told} {longest} letters"


past = Derivation(
    (
        Decided("At the least scale, e^scale = N − 1, every past is read", every_count),
        ByHand(
            "Values being 0 or 1, the head gives the attention on the true keys, at every scale",
            r"\textstyle\sum_j a_jt_j = \sum_{t_j=1}a_j = F",
            "headline_compile_head",
        ),
        ByHand(
            "For every number N of keys, some of them true, it is a half or more",
            r"e^{\text{scale}}\ge N-1 \;\Rightarrow\; F\ge\tfrac12",
            "headline_compile_half",
        ),
        ByHand(
            "Without a true key it is nothing, at every scale", "F=0", "headline_compile_mass_none"
        ),
        ByHand(
            "So the step after it computes P, for every number of keys",
            r"\mathrm{relu}(4F_i-1)-\mathrm{relu}(4F_i-2)=[\,w,i\models\mathbf P\varphi\,]",
            "headline_compile_past",
        ),
    )
)
window = Derivation(
    (
        Decided("A window of k strictly earlier positions is read as Y≤k", every_window),
        ByHand(
            "For every k: at most k keys are visible, so a scale of ln(k − 1) is enough",
            r"e^{\text{scale}}\ge k-1",
            "headline_compile_window",
        ),
    )
)
boolean = Derivation(
    (
        Decided("One ReLU for each operator, on all truth values", every_boolean),
        ByHand(
            "ReLUs are 0 or 1 on 0 and 1",
            r"\mathrm{relu}(1-x),\quad \mathrm{relu}(x+y-1),\quad 1-\mathrm{relu}(1-x-y)",
            "headline_compile_boolean",
        ),
    )
)
layers = Derivation(
    (
        Decided("A head, a step, a ReLU at a time, in exact fractions", every_layer),
        ByHand(
            "By induction on the formula: what each layer is given is 0 or 1",
            r"h_\varphi(w,i)=[\,w,i\models\varphi\,]",
            "headline_compile_exact",
        ),
        ByHand(
            "And on the layers: after d of them it is so for every formula of depth at most d",
            r"h^{(d)}_\varphi(w,i)=[\,w,i\models\varphi\,],\quad\operatorname{depth}\varphi\le d",
            "headline_compile_layers",
        ),
    )
)

several = n >= 2
SOLVERS = {
    "x": Cases(
        "x",
        ("n", "delta"),
        (
            Case((n < 2,), "any", None, "one visible key has all the attention"),
            Case((), ">=", SCALE, "one true key among n is to have 1 − δ"),
        ),
    ),
    "margin": Cases(
        "margin",
        ("n", "delta", "temperature"),
        (
            Case((n < 2,), "any", None, "one visible key has all the attention"),
            Case((), ">=", temperature * SCALE, "the scale of the scores, in units of s"),
        ),
    ),
    "n": Cases(
        "n",
        ("x", "delta"),
        (
            Case(
                (),
                "<=",
                1 + sp.exp(x) * delta / (1 - delta),
                "n − 1 ≤ e^x·δ/(1 − δ), whole keys",
                whole="down",
            ),
        ),
    ),
    "delta": Cases("delta", ("n", "x"), (Case((), ">=", BOUND, "the bound"),)),
}

DOMAIN = {"n": ("a whole number n ≥ 2", lambda value: value >= 2)}

THEOREM = Theorem(
    id="compile",
    tag="B2TF",
    title="Formulas compile to attention that is read without error",
    statement=r"""Let $n$ keys be visible, some of them *true* and some not, and let every true
score exceed every other by at least $\Delta$, of any sign. At temperature $\tau > 0$, with $x =
\Delta/\tau$, the attention on keys that are not true is at most
$$\varepsilon \;\le\; \sigma\bigl(\ln(n-1) - x\bigr),$$
however many keys are true; and true keys have at least $1-\delta$ of the attention, whichever they
are, if and only if $x \ge \ln(n-1)+\operatorname{logit}(1-\delta)$. In a compiled head a key's
score is the scale times its truth and its value is its truth, so that the head gives the attention
on true keys, and without a true key, or without any key, exactly $0$. Half of the attention is read
as $1$; a strictly masked global head computes $\mathbf P$, one with a window of $k$ earlier
positions $\mathbf Y_{\le k}$, ReLUs the Boolean operators, and $d$ layers every formula in which at
most $d$ of $\mathbf P$ and $\mathbf Y_{\le k}$ stand inside one another, exactly, on all words of
$n$ letters once $e^{\text{scale}} \ge n-1$.""",
    intuition=r"""A head is asked whether something happened, not how often. The hardest yes is one
position among all that came before, and it is outvoted by their number: the scale has to pay for
$\ln(n-1)$ once. The no costs nothing, since an average of zeros is zero. Between them there is
room for a step, and after it nothing is left of the error for the next layer to enlarge.""",
    proof=r"""[](#thm-leakage) bounds the attention off $m$ true keys by $\sigma(\ln(c/m)-x)$, $c =
n-m$, and $\frac cm \le n-1$ because $(n-1)-\frac cm = \frac{(m-1)\,n}{m}$, which vanishes for one
true key. The bound is at most $\delta$ exactly when
$x \ge \ln(n-1)+\operatorname{logit}(1-\delta)$, and one true key with two-level scores attains
it; so a smaller scale fails for that one. With $\delta = \frac12$ a head has $F \ge \frac12$
where something is true and $F = 0$ elsewhere, which $\mathrm{relu}(4F-1)-\mathrm{relu}(4F-2)$
makes $1$ and $0$. On such values $\mathrm{relu}(1-x)$, $\mathrm{relu}(x+y-1)$ and
$1-\mathrm{relu}(1-x-y)$ are negation, conjunction and disjunction. Induction on the layers, and at
each layer on the formula, does the rest.""",
    source=Source(
        "expressivity",
        "every formula of P, of Y≤k, or of both is computed by a transformer with global heads, "
        "with windowed heads, or with both",
        verdict="holds",
    ),
    assumptions=(
        Assumption("sizes", "a true and a false key are visible, $n \\ge 2$ in all"),
        TEMPERATURE,
        Assumption("margin", "every true score exceeds every other by at least $\\Delta$"),
    ),
    claims=(
        Claim(
            name="mass",
            direction="upper",
            lhs=LEAKAGE,
            lhs_latex=r"\varepsilon",
            rhs=BOUND,
            inputs=("n", "x"),
            derivation=mass,
            base=sp.Integer(0),
            domain=DOMAIN,
            encoding=SIZES,
        ),
        Claim(
            name="scale",
            direction="iff",
            lhs=x,
            lhs_latex=r"\frac{\Delta}{\tau}",
            display=r"F\ge 1-\delta \text{ whichever keys are true} \iff "
            r"\frac{\Delta}{\tau} \ge \ln(n-1) + \operatorname{logit}(1-\delta)",
            rhs=SCALE,
            inputs=("n", "delta"),
            derivation=scale,
            domain=DOMAIN,
        ),
    ),
    statements=(
        Statement(
            name="past",
            display=r"\mathrm{relu}(4F_i-1)-\mathrm{relu}(4F_i-2)=[\,w,i\models\mathbf P\varphi\,]"
            r"\quad\text{if } e^{\text{scale}}\ge i-1",
            derivation=past,
            rocq="headline_compile_past",
        ),
        Statement(
            name="window",
            display=r"\text{the same over } i-k\le j<i:\; [\,w,i\models\mathbf Y_{\le k}\varphi\,]"
            r"\quad\text{if } e^{\text{scale}}\ge k-1",
            derivation=window,
            rocq="headline_compile_window",
        ),
        Statement(
            name="boolean",
            display=r"\neg x=\mathrm{relu}(1-x),\; x\wedge y=\mathrm{relu}(x+y-1),\; "
            r"x\vee y=1-\mathrm{relu}(1-x-y)\text{ on }\{0,1\}",
            derivation=boolean,
            rocq="headline_compile_boolean",
        ),
        Statement(
            name="layers",
            display=r"h_\varphi(w,i)=[\,w,i\models\varphi\,]\text{ for every formula of }"
            r"\mathbf P,\mathbf Y_{\le k}\text{ and }|w|\le n",
            derivation=layers,
            rocq="headline_compile_exact",
        ),
    ),
    sharp=Attains(
        "One true key, two-level scores: the bound is attained",
        SLACK,
        TWO_LEVEL | {m: 1},
        AGGREGATES,
        Example((3,), (0, 0, 0, 0), caption="one true key at 3, four others at 0"),
    ),
    boundary=Breaks(
        "A scale one hundredth short of ln(n − 1): one true key among 5 has less than half",
        allowed - BOUND.subs(x, least - short),
        {"n": 5, "g": 1, "z": sp.Rational(1, 100)},
        {},
        Example((sp.Rational(137, 100),), (0, 0, 0, 0), caption="one true key just below ln 4"),
    ),
    rocq=(
        "headline_compile_bound",
        "headline_compile_bound_sharp",
        "headline_compile_scale",
        "headline_compile_head",
        "headline_compile_mass",
        "headline_compile_mass_exact",
        "headline_compile_half",
        "headline_compile_mass_none",
        "headline_compile_past",
        "headline_compile_window",
        "headline_compile_boolean",
        "headline_compile_exact",
        "headline_compile_layers",
        "headline_compile_sharp",
    ),
    depends_on=("leakage",),
    solvers=SOLVERS,
    part="Part III. Expressivity of local attention",
    literature=r"""Holds, and with the least scale, which the source does not ask for: it takes
attention as hard, or scales it until rounding makes it so. In floating point a scale at which
$e^{-\text{scale}}$ underflows serves words of any length, as long as the number of true keys is
counted exactly; a smaller one serves a length that is known.""",
)
