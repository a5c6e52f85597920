"""Kernel regression: the squared shares of a row, its bias and its line, on scales of their own.

H₂ = −ln Σp², the logarithm of how many values the mean counts for, less ln m, against what
two-level weights leave it; besides against H and H*. The points are a row's values, seen from the
query: the mean of the points themselves is off by at most their mean distance, and a line along the
first axis is met by the local-linear weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.functions import sigmoid
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import (
    c,
    i,
    m,
    mean_distance,
    noise_variance,
    target_slope,
    x,
)
from locality.theory.localization.kernel_regression import LINEAR, first, w, z
from locality.verify.checks import judging
from locality.verify.checks.balls import BallPart, BallRow, softmax
from locality.verify.checks.outputs import Vector, squared_length
from locality.verify.checks.passes import inner, length
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, RowPart, Rows, U, given
from locality.verify.checks.upper import Upper
from locality.verify.instances.batch import Floats, Instance

RESOLVED = 2.0**-20  # what floats must resolve of a row to say anything of its bias or its line
DEPTH = 4096  # temperatures that a line's points may lie below the top, for balls of some size

weight, place = sp.symbols("weight place")


def log_deficit(even: sp.Expr) -> sp.Expr:
    """1 − m·Σp² of two-level weights, in shares of the other points alone, so that small ones
    do not cancel.
    """
    near = even.replace(
        lambda e: isinstance(e, sigmoid) and e.args[0].coeff(x).is_positive,
        lambda e: 1 - sigmoid(-e.args[0]),
    )
    return sp.expand(1 - m * near, log=False)


def unevenness(part: RowPart) -> Floats:
    """k·Σr² − 1 of the shares r within a part of k keys: 0, exactly, where its scores are equal."""
    mean = part.total / part.count
    return np.square(part.weight - mean).mean(axis=0) / mean**2


def unevenness_error(part: RowPart) -> Floats:
    """A weight is off by 2u|z|e^z + FUNCTION at most, the mean by its total's error; both relative
    to the mean, in a root mean square whose square is the unevenness.
    """
    mean, size = part.total / part.count, unevenness(part)
    off = (2 * U + FUNCTION) / mean + part.total_error + U
    error = 2 * off * np.sqrt(size) + off**2 + (2 * part.total_error + (part.count + 8) * U) * size
    return np.where(part.least == part.top, 0.0, error)


def ball_unevenness(part: BallPart) -> arb:
    """The same in balls."""
    mean = part.total / part.count
    apart = (
        (share / k - mean, k) for (_, share), (_, k) in zip(part.weights, part.keys, strict=True)
    )
    return sum((d * d * k for d, k in apart), arb(0)) / (part.count * mean * mean)


def squares(row: Any) -> tuple[Any, Any, Any]:
    """m·Σp² = 1 − a + b + d: what leaks, the unevenness of R, the shares of C."""
    uneven = ball_unevenness if isinstance(row, BallRow) else unevenness
    leaked = row.leakage * (1 + row.fidelity)
    rest = row.leakage * row.leakage * (1 + uneven(row.behind)) * (row.m / row.c)
    return leaked, row.fidelity * row.fidelity * uneven(row.ahead), rest


def log1p(t: Any) -> Any:
    """ln(1 + t)."""
    return t.log1p() if isinstance(t, arb) else np.log1p(t)


def effective_excess(row: Any) -> Any:
    """H₂ − ln m."""
    leaked, ahead, rest = squares(row)
    return -log1p(ahead + rest - leaked)


def effective_error(rows: Rows, excess: Floats) -> Floats:
    """Each part's relative errors, those of both unevennesses, and the logarithm's, whose argument
    is e^−excess.
    """
    leaked, ahead, rest = squares(rows)
    share = rows.leakage_logit_error + 2 * FUNCTION + 4 * U
    parts = 2 * share * (leaked + ahead + rest)
    parts += rows.fidelity**2 * unevenness_error(rows.ahead)
    parts += rows.leakage**2 * (rows.m / rows.c) * unevenness_error(rows.behind)
    return SECOND_ORDER * (parts * np.exp(excess) + FUNCTION * np.abs(excess))


def over_ties(part: RowPart | BallPart) -> tuple[Any, Any]:
    """H₂ and H of a part, both less the logarithm of how many keys tie at the top: where the others
    hold little, neither cancels.
    """
    first, second = _beside_ties(part)
    return 2 * log1p(first) - log1p(second), log1p(first) + part.spread


def _beside_ties(part: RowPart | BallPart) -> tuple[Any, Any]:
    """Σw and Σw² of the keys below the top, over the number of those at the top."""
    if isinstance(part, BallPart):
        (_, ties), *rest = part.weights
        squared = (w * w / k for (_, w), (_, k) in zip(rest, part.keys[1:], strict=True))
        return sum((w for _, w in rest), arb(0)) / ties, sum(squared, arb(0)) / ties
    below = np.where(part.z < 0, part.weight, 0.0)
    ties = (part.z == 0).sum(axis=0)
    return below.sum(axis=0) / ties, np.square(below).sum(axis=0) / ties


def over_ties_error(part: RowPart) -> Floats:
    """Weights below the top are off by 2u|z| + FUNCTION, relatively; and the spread's error."""
    first, second = _beside_ties(part)
    sums = (4 * FUNCTION + (2 * part.count + 16) * U) * (first + second)
    return SECOND_ORDER * (sums + 8 * U * part.spread * (1 + first)) + part.spread_error


# -- the bias of the mean of the points themselves, and the line -----------------------------------


def floats_bias(rows: Rows, bias: sp.Expr) -> Evaluation:
    """‖Σpa‖ against `bias` of Σp‖a‖, where one point does not hold nearly all the weight."""
    points, whole = given(rows.batch, "values"), rows.whole
    share = whole.weight / whole.total
    far = np.linalg.norm(points, axis=2)
    lhs = np.linalg.norm(np.einsum("kr,rkd->rd", share, points), axis=1)
    rhs = rows.value(bias, target_slope=1.0, mean_distance=np.einsum("kr,rk->r", share, far))
    relative = 2 * whole.total_error + FUNCTION + (whole.count + 3 * points.shape[2] + 12) * U
    rounding = SECOND_ORDER * relative * (far.max(axis=1) + lhs + rhs)
    spread = ~(whole.total - 1 < RESOLVED)
    return Evaluation(spread, lhs, rhs, rhs - lhs, rounding, np.full_like(lhs, np.nan))


def ball_bias(instance: Instance, bias: sp.Expr) -> tuple[arb, arb, arb]:
    """The same in balls; where `bias` is the mean distance itself, a slack without cancellation."""
    points = [list(map(arb, a)) for a in given(instance, "values")[0].tolist()]
    shares = softmax(BallRow(instance).logits)
    far = [length(a) for a in points]
    lhs = length([inner(shares, column) for column in zip(*points, strict=True)])
    rhs = evaluate(bias, {"target_slope": arb(1), "mean_distance": inner(shares, far)}, BALLS)
    if bias != _CLAIMS["bias"] or not any(r > 0 for r in far):
        return lhs, rhs, rhs - lhs
    return lhs, rhs, _excess_of_lengths(shares, points, far) / (lhs + rhs)


def _excess_of_lengths(shares: Vector, points: list[Vector], far: Vector) -> arb:
    """(Σp‖a‖)² − ‖Σpa‖² of points not all 0: pairs with the heaviest, then the pairs of the others.

    ‖a‖‖b‖ − ⟨a, b⟩ is exactly 0 for points on one ray, and if all are on that of the heaviest so is
    the rest.
    """
    heavy = max((k for k in range(len(far)) if far[k] > 0), key=lambda k: float(shares[k].mid()))
    lead, size = points[heavy], far[heavy]
    pairs = sum(
        (p * _bend(lead, a, size * r) for p, a, r in zip(shares, points, far, strict=True)), arb(0)
    )
    if pairs == 0:
        return arb(0)
    others = [arb(0) if k == heavy else share for k, share in enumerate(shares)]
    sums = [inner(others, column) for column in zip(*points, strict=True)]
    total = inner(others, far)
    return 2 * shares[heavy] * pairs + total * total - squared_length(sums)


def _bend(a: Vector, b: Vector, lengths: arb) -> arb:
    """‖a‖‖b‖ − ⟨a, b⟩."""
    product = inner(a, b)
    if not product > 0:
        return lengths - product
    return (squared_length(a) * squared_length(b) - product * product) / (lengths + product)


def floats_line(rows: Rows, line: sp.Expr) -> Evaluation:
    """Σ line·(1 − 2z) against 1, where the points spread enough around their mean."""
    places, whole = given(rows.batch, "values")[:, :, 0], rows.whole
    share = (whole.weight / whole.total).T
    powers = [(share * places**k).sum(axis=1, keepdims=True) for k in range(3)]
    with np.errstate(divide="ignore", invalid="ignore"):
        lhs = (_weights(line, share, places, powers, ARRAYS) * (1 - 2 * places)).sum(axis=1)
        spread = 1 - powers[1] ** 2 / (powers[0] * powers[2])
    size = 1 + 2 * np.abs(places).max(axis=1)
    relative = 2 * whole.total_error + FUNCTION + (whole.count + 16) * U
    allowance = 16 * SECOND_ORDER * relative * size / RESOLVED
    effect = np.where(spread[:, 0] > RESOLVED, size, 0.0)
    return Evaluation.of_equality(lhs, np.ones_like(lhs), allowance, effect)


def ball_line(instance: Instance, line: sp.Expr) -> tuple[arb, arb, arb]:
    """The same in balls."""
    places = [arb(float(a)) for a in given(instance, "values")[0, :, 0]]
    shares = softmax(BallRow(instance).logits)
    powers = [inner(shares, [a**k for a in places]) for k in range(3)]
    pairs = zip(shares, places, strict=True)
    lhs = sum((_weights(line, p, a, powers, BALLS) * (1 - 2 * a) for p, a in pairs), arb(0))
    return lhs, arb(1), 1 + 2 * max(places, key=lambda a: float(abs(a)))


def _weights(line: sp.Expr, share: Any, at: Any, powers: list[Any], functions: Any) -> Any:
    named = dict(zip(("zeroth", "first", "second"), powers, strict=True))
    return evaluate(line, {"weight": share, "place": at, **named}, functions)


def has_line(instance: Instance) -> bool:
    """Whether points lie at two places at least, none too far below the top."""
    places, scores = given(instance, "values")[0, :, 0], instance.scores[0]
    return bool((places != places[0]).any() and np.ptp(scores) <= DEPTH * instance.temperature[0])


# -- the check -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class KernelRegression(Upper):
    """H₂ − ln m ≤ `bound`, where x ≥ 0; there also ≤ that of `typical` = −H and of `margin` = H*,
    a bias of at most `bias`, and the `line`'s weight of a point.
    """

    typical: sp.Expr = sp.S.Zero
    margin: sp.Expr = sp.S.Zero
    bias: sp.Expr = sp.S.Zero
    line: sp.Expr = sp.S.Zero

    theorem = "kernel-regression"
    extras = frozenset({"values"})

    def _sides(self, row: Any) -> tuple[Any, Any]:
        return effective_excess(row), -log1p(-row.value(self.bound, self.reads))

    def rounding(self, rows: Rows, lhs: Floats, rhs: Floats) -> Floats:
        """That of the squared shares; and the bound's, whose terms are of degree 2 in σ(L)."""
        terms = 4 * (1 + rows.c / rows.m) * np.exp(-np.maximum(rows.x, 0)) * rows.c / rows.m
        share = rows.log_odds_error + 2 * FUNCTION + 8 * U
        bound = 2 * share * np.minimum(terms, 4) * np.exp(rhs) + FUNCTION * np.abs(rhs)
        return effective_error(rows, lhs) + SECOND_ORDER * bound

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats."""
        found = super().evaluate(rows)
        if not found.applicable.any():
            return found
        for guard in self._guards(rows, found.lhs):
            within = replace(guard, applicable=guard.applicable & found.applicable)
            found = found.guarded_by(within)
        return found

    def _guards(self, rows: Rows, excess: Floats) -> tuple[Evaluation, ...]:
        tied = rows.whole.least == rows.whole.top

        def below(lhs: Floats, rhs: Floats, error: Floats) -> Evaluation:
            rounding = error + 4 * U * (np.abs(lhs) + np.abs(rhs))
            applicable, nothing = np.ones_like(tied), np.full_like(lhs, np.nan)
            return Evaluation(applicable, lhs, rhs, rhs - lhs, rounding, nothing, tied)

        limit = rows.value(self.margin, self.reads)
        limit_error = 2 * (rows.log_odds_error + 2 * FUNCTION + 8 * U) * np.abs(limit)
        return (
            below(*self._entropies(rows.whole, rows), over_ties_error(rows.whole)),
            below(excess, limit, effective_error(rows, excess) + limit_error),
            floats_bias(rows, self.bias),
            floats_line(rows, self.line),
        )

    def _entropies(self, part: RowPart | BallPart, row: Any) -> tuple[Any, Any]:
        lhs, rhs = over_ties(part)
        return lhs, -row.value(self.typical, weights_entropy=rhs)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, all of its claims; undecided where x ≥ 0 is not certain."""
        main = super().judge(instance)
        if not self._inside(instance):
            return main

        def typical() -> tuple[arb, arb, arb]:
            row = BallRow(instance)
            lhs, rhs = self._entropies(row.whole, row)
            return lhs, rhs, rhs - lhs

        def limited() -> tuple[arb, arb, arb]:
            row = BallRow(instance)
            lhs, rhs = effective_excess(row), row.value(self.margin, self.reads)
            return lhs, rhs, rhs - lhs

        tied = bool((instance.scores == instance.scores[0, 0]).all())
        guards = [
            _at_most(typical),
            _at_most(limited, self.theorem if tied else None),
            _at_most(lambda: ball_bias(instance, self.bias)),
        ]
        if has_line(instance):
            guards.append(judging.equal(lambda: ball_line(instance, self.line)))
        return main.guarded_by(*guards)


def _at_most(
    measure: Callable[[], tuple[arb, arb, arb]], sharp_for: str | None = None
) -> Judgement:
    return judging.upper(
        measure, lambda lhs, rhs: lhs / rhs, scale=judging.nats, sharp_for=sharp_for
    )


_CLAIMS = {
    claim.name: claim.rhs.subs(noise_variance, 1) for claim in theorem("kernel-regression").claims
}
EVEN = _CLAIMS["variance"]
CHECK = KernelRegression(
    log_deficit(EVEN),
    scope="margin",
    typical=_CLAIMS["entropy"],
    margin=-sp.log(m * _CLAIMS["margin"]),
    bias=_CLAIMS["bias"],
    line=LINEAR.subs({w[i]: weight, z[i]: place}),
)


def _row(near: tuple[float, ...], far: tuple[float, ...]) -> Instance:
    """The points on a line, one after the other from 1 on."""
    places = range(1, len(near + far) + 1)
    return replace(point(near, far), values=np.array([[[float(a)] for a in places]]))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    sharp, even = _row((1,), (0, 0, 0)), _row((0,), (0, 0, 0))
    more = sp.Rational(1001, 1000)

    return (
        Mutant(
            "variance+0.1%",
            "the least variance is 0.1 % larger",
            "constant",
            replace(CHECK, bound=log_deficit(EVEN * more)),
            sharp,
        ),
        Mutant(
            "c-1",
            "one other point is forgotten",
            "size",
            replace(CHECK, bound=log_deficit(EVEN.subs(c, c - 1)), sizes=(1, 2)),
            sharp,
        ),
        Mutant(
            "mean-over-C",
            "the margin is taken to the mean of the other scores",
            "statistic",
            replace(CHECK, reads={"x": "lead_over_average"}, scope="lead_over_average"),
            _row((1,), (0, -8)),
        ),
        Mutant(
            "max-over-R",
            "the margin is taken from the largest near score",
            "statistic",
            replace(CHECK, reads={"x": "gap"}, scope="gap"),
            _row((0.5, *[0] * 9), (0,) * 60),
        ),
        Mutant(
            "any-margin",
            "the bound is claimed for negative margins too",
            "scope",
            replace(CHECK, scope=None),
            _row((0, 2), (2,)),
        ),
        Mutant(
            "entropy-0.1%",
            "H is 0.1 % smaller",
            "constant",
            replace(CHECK, typical=CHECK.typical / more),
            _row((2.0**-6,), (0, 0, 0)),
        ),
        Mutant(
            "margin-0.1%",
            "H* is 0.1 % smaller",
            "constant",
            replace(CHECK, margin=CHECK.margin / more),
            even,
        ),
        Mutant(
            "bias-0.1%",
            "the bias is at most 99.9 % of Lip times the mean distance",
            "constant",
            replace(CHECK, bias=CHECK.bias / more),
            sharp,
        ),
        Mutant(
            "no-slope",
            "the local mean's own weights for the line's",
            "term",
            replace(CHECK, line=CHECK.line.subs(first, 0)),
            sharp,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "mean-over-R",
            "the margin is taken from the mean of the near scores",
            "the slack is squares and a multiple of leakage's, which holds with the mean too",
            replace(CHECK, reads={"x": "lead_of_average"}, scope="lead_of_average"),
        ),
        Control(
            "c+1",
            "one more other point",
            "two-level weights with one more point are more even",
            replace(CHECK, bound=log_deficit(EVEN.subs(c, c + 1))),
        ),
        Control(
            "half-margin",
            "half of the margin",
            "the least variance grows with x ≥ 0, so any nonnegative lower bound of it will do",
            replace(CHECK, bound=log_deficit(EVEN.subs(x, x / 2))),
        ),
        Control(
            "bias+0.1%",
            "the bias is at most 100.1 % of Lip times the mean distance",
            "a larger bound",
            replace(CHECK, bias=sp.Rational(1001, 1000) * target_slope * mean_distance),
        ),
    )
