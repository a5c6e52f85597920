"""Group lasso: a penalty above the loss gradient leaves a group of weights nowhere to be but at 0.

Statement  dist(0, ∇_gL + λ_g ∂‖·‖) ≥ λ_g − ‖∇_gL‖ where W_g ≠ 0, and ≥ ‖∇_gL‖ − λ_g everywhere;
           so if λ_g > sup_C ‖∇_gL‖, every stationary point in C has W_g = 0, and a point with
           W_g = 0 is stationary in W_g exactly if λ_g ≥ ‖∇_gL‖
Assumes    λ_g ≥ 0, L continuously differentiable near C, no constraint on W
Sharp      where the gradient points against the weights; at λ_g = ‖∇_gL‖ a ray is stationary
Fails      for a constraint set C, and for a loss with kinks whose gradient is asked where it exists
Source     localist
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
from locality.theory.core.derivation import (
    Aggregates,
    ByHand,
    Decomposition,
    Derivation,
    Term,
)
from locality.theory.core.solve import Case, Cases
from locality.theory.core.symbols import gradient_norm, penalty
from locality.theory.core.theorem import Assumption, Claim, Source, Theorem
from locality.theory.core.witness import Attains, Breaks

# The weights are q[i] and the gradient −d[i]; along q the residual ∇ + λs, s = q/|q|, measures
AGAINST = sp.Sum(
    query[axis] / query_length * (penalty * query[axis] / query_length - gap[axis]), AXES
)
# At 0 the gradient is d[i] and any s of length at most 1 is a subgradient: −q[i]/(|q| + spare).
spare = sp.Symbol("spare", nonnegative=True)
reach = query_length + spare
ALONG = sp.Sum(gap[axis] / gap_length * (gap[axis] - penalty * query[axis] / reach), AXES)

measured = Aggregates(
    "The lengths of the weights, or of a subgradient's direction, and of the gradient, none zero",
    lengths,
    nonzero=(query_length, gap_length),
)
longest = ByHand(
    "A vector is at least as long as its component along a unit vector",
    r"\lVert\nabla_gL+\lambda_gs\rVert\ge\langle e,\nabla_gL+\lambda_gs\rangle,"
    r"\qquad \lVert e\rVert=1",
    "headline_group_lasso",
)
away = Derivation(
    (
        measured,
        Decomposition(
            "A sum of squares, zero exactly where the gradient points against the weights",
            AGAINST - (penalty - gap_length),
            (Term(gap_length * difference / 2, "a length times squares"),),
            slack_latex=r"\langle e,\nabla_gL+\lambda_gs\rangle-"
            r"(\lambda_g-\lVert\nabla_gL\rVert)",
        ),
        longest,
    )
)
at_zero = Derivation(
    (
        measured,
        Decomposition(
            "A sum of squares, and what the subgradient has to spare",
            ALONG - (gap_length - penalty),
            (
                Term(penalty * query_length * difference / (2 * reach), "lengths times squares"),
                Term(penalty * spare / reach, "a subgradient is no longer than 1"),
            ),
            slack_latex=r"\langle e,\nabla_gL+\lambda_gs\rangle-"
            r"(\lVert\nabla_gL\rVert-\lambda_g)",
        ),
        longest,
    )
)

kink = sp.Symbol("kink", real=True)

THEOREM = Theorem(
    id="group-lasso",
    tag="L2GS",
    title="When a group penalty makes a block of weights exactly zero",
    statement=r"""Let $L(W)+\sum_g\lambda_g\lVert W_g\rVert_F$ be minimised over blocks $W_g$ of
weights, and call $W$ stationary in $g$ if
$0\in\nabla_gL(W)+\lambda_g\,\partial\lVert\cdot\rVert(W_g)$.
Every point is at least this far from stationary:
$$\operatorname{dist}\bigl(0,\,\nabla_gL+\lambda_g\,\partial\lVert\cdot\rVert(W_g)\bigr)\;\ge\;
\begin{cases}\lambda_g-\lVert\nabla_gL\rVert_F & W_g\ne 0,\\
\lVert\nabla_gL\rVert_F-\lambda_g & \text{always.}\end{cases}$$
So if $\lambda_g>\sup_C\lVert\nabla_gL\rVert_F$, then $W_g=0$ at every stationary point in $C$; and
a point with $W_g=0$ is stationary in $g$ exactly if $\lambda_g\ge\lVert\nabla_gL\rVert_F$ there.
Minimisers, local ones too, are stationary.""",
    intuition=r"""The norm has slope one in every direction away from the origin, and a kink at the
origin. While a block is not zero, the penalty pulls it back with exactly $\lambda_g$; a loss that
pulls less cannot hold it. At zero the kink holds the block against any pull up to $\lambda_g$.""",
    proof=r"""Away from zero the norm has one subgradient, the unit vector $e$ along $W_g$. The
component of $\nabla_gL+\lambda_ge$ along $e$ is $\lambda_g+\langle e,\nabla_gL\rangle$, which by
Cauchy and Schwarz is at least $\lambda_g-\lVert\nabla_gL\rVert$. Any subgradient $s$ is no longer
than 1, so the component of $\nabla_gL+\lambda_gs$ along the gradient is at least
$\lVert\nabla_gL\rVert-\lambda_g$; at zero, $s=-\nabla_gL/\lambda_g$ is one as soon as it is short
enough. At a local minimum the loss and the penalty together do not fall along any line, and
dividing by the step gives the subgradient inequality for $-\nabla_gL/\lambda_g$.""",
    source=Source(
        "localist",
        "group sparsity penalties switch irrelevant blocks off",
        verdict="more",
        truth="the penalty exceeds the loss gradient in the block, the loss is smooth and the "
        "weights are free",
    ),
    assumptions=(
        Assumption("penalty", "$\\lambda_g \\ge 0$"),
        Assumption("subgradient", "$s$ is any subgradient of the norm at $W_g$"),
        Assumption("smooth", "$L$ continuously differentiable near $C$", implicit=True),
        Assumption("free", "no constraint on the weights", implicit=True),
    ),
    claims=(
        Claim(
            name="nonzero",
            direction="lower",
            lhs=AGAINST,
            lhs_latex=r"\operatorname{dist}(0,\nabla_gL+\lambda_g\,\partial\lVert\cdot\rVert(W_g))",
            display=r"\operatorname{dist}(0,\nabla_gL+\lambda_g\,\partial\lVert\cdot\rVert(W_g))"
            r"\ge\lambda_g-\lVert\nabla_gL\rVert,\qquad W_g\ne 0",
            rhs=penalty - gradient_norm,
            inputs=("penalty", "gradient_norm"),
            derivation=away,
            encoding={gradient_norm: gap_length},
        ),
        Claim(
            name="zero",
            direction="lower",
            lhs=ALONG,
            lhs_latex=r"\operatorname{dist}(0,\nabla_gL+\lambda_g\,\partial\lVert\cdot\rVert(W_g))",
            rhs=gradient_norm - penalty,
            inputs=("gradient_norm", "penalty"),
            derivation=at_zero,
            encoding={gradient_norm: gap_length},
        ),
    ),
    sharp=Attains(
        "The gradient points against the weights",
        AGAINST - (penalty - gap_length),
        {gap: query},
        lengths,
    ),
    boundary=Breaks(
        "L(w) = 2·max(0, 1 − w) on C = [1, ∞): where it exists the gradient is 0, and yet w = 1 "
        "minimises L(w) + |w|, as the kink there holds −1",
        sp.Abs(kink + penalty) - (penalty - gradient_norm),
        {"kink": -1, "penalty": 1, "gradient_norm": 0},
    ),
    rocq=(
        "headline_group_lasso",
        "headline_group_lasso_dead",
        "headline_group_lasso_zero",
        "headline_group_lasso_minimiser",
        "headline_group_lasso_sharp",
        "headline_group_lasso_ray",
        "headline_group_lasso_constraint",
        "headline_group_lasso_boundary",
    ),
    solvers={
        "penalty": Cases(
            "penalty",
            ("gradient_norm",),
            (
                Case(
                    (),
                    ">=",
                    gradient_norm,
                    "W_g = 0 is stationary; above it, no other W_g with that gradient norm is",
                ),
            ),
        )
    },
    literature="""Exact zeros are what group penalties were made for; that one of a given size
switches a block of an attention layer off needs a bound on the gradient, which
[](#thm-group-lasso-attention) gives. The statement is about stationary points: subgradient descent
and Adam do not reach the zeros they head for, proximal steps do.""",
)
