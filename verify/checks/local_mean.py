"""Local mean: what an answer costs beyond it, and how far the minimisers of two kernels lie apart.

The kernel is that of the scores, e^(s/τ), up to a factor of the row; the answer has one component
for each rate. The second kernel gives every key of R the first rate and every other key the
second. Losses are a(θ − y)²/2 in the values' first component: of curvature 1 at every key, and of
the third and the fourth rate in turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import ClassVar

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import kernel_mass, variation
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow
from locality.verify.checks.passes import inner, length
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.instances.batch import Batch, Floats, Instance

Curvatures = Callable[[Floats, int], Floats]
"""The curvature (rows, n) of every key's loss, from the rates and n."""
Convexity = Callable[[Floats], Floats]
"""What is taken for μ, from the curvatures."""


def flat(rates: Floats, n: int) -> Floats:
    """Curvature 1 at every key: the local mean."""
    return np.ones((len(rates), n))


def alternating(rates: Floats, n: int) -> Floats:
    """The third and the fourth rate in turn."""
    return np.where(np.arange(n) % 2 == 0, rates[:, 2:3], rates[:, 3:4])


def least(curvatures: Floats) -> Floats:
    """The least curvature."""
    return curvatures.min(axis=1)


def middle(curvatures: Floats) -> Floats:
    """Half the sum of the least and the largest curvature."""
    return (curvatures.min(axis=1) + curvatures.max(axis=1)) / 2


def answers(source: Batch | Instance) -> Floats:
    """Answers (rows, d) from the rates, spread over the range of the values."""
    d = given(source, "values").shape[2]
    return 256 * given(source, "rates")[:, np.arange(d) % 4] - 128


def coarse(source: Batch | Instance) -> Floats:
    """The second kernel's weights (rows, n), not normalised."""
    rates = given(source, "rates")
    ours = np.arange(source.scores.shape[1]) < source.m
    return np.where(ours, rates[:, :1], rates[:, 1:2])


def first_values(source: Batch | Instance) -> Floats:
    """The values' first component (rows, n)."""
    return given(source, "values")[:, :, 0]


def moves(source: Batch | Instance) -> NDArray[np.bool_]:
    """Rows whose values differ and whose kernels do: all but those where both are constant."""
    constant = [(x == x[:, :1]).all(axis=1) for x in (source.scores, coarse(source))]
    return ~(constant[0] & constant[1]) & ~(np.ptp(first_values(source), axis=1) == 0)


def split(source: Batch | Instance) -> NDArray[np.bool_]:
    """Rows with one score and one value on R, and one score and one value on C."""
    parts = (slice(source.m), slice(source.m, None))
    constant = [
        (array[:, part] == array[:, part][:, :1]).all(axis=1)
        for array in (source.scores, first_values(source))
        for part in parts
    ]
    return np.logical_and.reduce(constant)


class Apart:
    """A batch's two minimisers in floats, the gradients at the second, and how far all are off."""

    def __init__(self, rows: Rows, curvatures: Floats) -> None:
        self.part, self.curvature = rows.whole, curvatures
        self.y, self.second = first_values(rows.batch), coarse(rows.batch)
        self.first = self.part.weight.T / self.part.total[:, None]
        self.second = self.second / self.second.sum(axis=1, keepdims=True)

    def minimiser(self, shares: Floats) -> Floats:
        """Σ p a y / Σ p a."""
        forces = shares * self.curvature
        return (forces * self.y).sum(axis=1) / forces.sum(axis=1)

    @cached_property
    def distance(self) -> Floats:
        return np.abs(self.minimiser(self.first) - self.minimiser(self.second))

    @cached_property
    def variation(self) -> Floats:
        return np.abs(self.first - self.second).sum(axis=1) / 2

    @cached_property
    def gradients(self) -> Floats:
        """Those at the second minimiser, (rows, n)."""
        return self.curvature * (self.minimiser(self.second)[:, None] - self.y)

    @cached_property
    def mean_error(self) -> Floats:
        """Of a minimiser: weights off by 2u|z| each, E|z| under weights times curvatures being at
        most ln n plus twice how far the curvatures' logarithms are apart; and two sums.
        """
        wide = np.log(self.curvature.max(axis=1) / self.curvature.min(axis=1))
        weights = 2 * self.part.total_error + FUNCTION + 9 * U * wide
        relative = SECOND_ORDER * (weights + (2 * self.part.count + 16) * U)
        return relative * np.abs(self.y).max(axis=1)

    @cached_property
    def variation_error(self) -> Floats:
        """Both distributions', and the sum's."""
        relative = 2 * self.part.total_error + FUNCTION + (2 * self.part.count + 8) * U
        return np.full_like(self.distance, SECOND_ORDER * relative)

    @cached_property
    def gradient_error(self) -> Floats:
        """The minimiser's error and three operations, times the largest curvature."""
        off = self.mean_error + 4 * U * np.abs(self.y).max(axis=1)
        return self.curvature.max(axis=1) * off


class Balls:
    """One row's kernels, values and losses in balls."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        logits = BallRow(instance).logits
        top = max(logits, key=lambda logit: float(logit.mid()))
        self.weights = [(logit - top).exp() for logit in logits]
        self.mass = sum(self.weights, arb(0))
        self.shares = [weight / self.mass for weight in self.weights]

    def excess(self) -> tuple[arb, arb, arb]:
        """What the answer costs, and how much of it beyond the local mean; their distance."""
        values = [list(map(arb, value)) for value in given(self.instance, "values")[0].tolist()]
        answer = list(map(arb, answers(self.instance)[0].tolist()))
        mean = [inner(self.shares, column) for column in zip(*values, strict=True)]
        costs = (inner(self.weights, [_apart(v, at) for v in values]) for at in (answer, mean))
        here, there = costs
        return here, here - there, length([x - y for x, y in zip(answer, mean, strict=True)])

    def apart(self, curvatures: Floats) -> tuple[arb, arb, list[arb]]:
        """How far the minimisers and the kernels are apart, and the gradients at the second."""
        y, curved, second = (
            list(map(arb, x[0].tolist()))
            for x in (first_values(self.instance), curvatures, coarse(self.instance))
        )
        second = [weight / sum(second, arb(0)) for weight in second]
        one, other = (
            inner(forces, y) / sum(forces, arb(0))
            for forces in (
                [p * a for p, a in zip(of, curved, strict=True)] for of in (self.shares, second)
            )
        )
        differences = (abs(p - q) for p, q in zip(self.shares, second, strict=True))
        gradients = [a * (other - x) for a, x in zip(curved, y, strict=True)]
        return abs(one - other), sum(differences, arb(0)) / 2, gradients


def _apart(one: list[arb], other: list[arb]) -> arb:
    apart = [x - y for x, y in zip(one, other, strict=True)]
    return inner(apart, apart)


@dataclass(frozen=True)
class LocalMean:
    """Cost beyond the mean = `excess`; the minimisers' distance ≤ `stability` and ≤ `lipschitz`."""

    excess: sp.Expr
    stability: sp.Expr
    lipschitz: sp.Expr
    convexity: Convexity = least

    theorem: ClassVar[str] = "local-mean"
    kind: ClassVar[Kind] = "equal"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "rates"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats."""
        found, n = self._excess(rows), rows.batch.n
        for curvatures in (flat, alternating):
            apart = Apart(rows, curvatures(given(rows.batch, "rates"), n))
            for guard in self._apart(rows, apart):
                found = found.guarded_by(guard)
        return found

    def _excess(self, rows: Rows) -> Evaluation:
        """Weights are the same numbers on both sides, so that only sums and the mean round."""
        values, answer, part = given(rows.batch, "values"), answers(rows.batch), rows.whole
        mean = np.einsum("kr,rkd->rd", part.weight, values) / part.total[:, None]
        squares = [((values - at[:, None]) ** 2).sum(axis=2) for at in (answer, mean)]
        here, there = (np.einsum("kr,rk->r", part.weight, square) for square in squares)
        distance = np.linalg.norm(answer - mean, axis=1)
        known = {"kernel_mass": part.total, "distance_from_mean": distance}
        effect = part.total * distance**2
        reach = np.sqrt(squares[0].max(axis=1)) + np.linalg.norm(values, axis=2).max(axis=1)
        allowance = 16 * (part.count + values.shape[2] + 8) * U * part.total * reach**2
        rhs = evaluate(self.excess, known, ARRAYS)
        return Evaluation.of_equality(here - there, rhs, allowance, effect)

    def _apart(self, rows: Rows, apart: Apart) -> tuple[Evaluation, Evaluation]:
        """Against the gradients' diameter and against their bound."""
        mu, gradients = self.convexity(apart.curvature), apart.gradients
        known = {
            "variation": apart.variation,
            "convexity": mu,
            "gradient_diameter": np.ptp(gradients, axis=1),
            "gradient_bound": np.abs(gradients).max(axis=1),
        }
        lhs = apart.distance
        size = 2 * known["gradient_bound"] / mu
        rounding = 2 * apart.mean_error + apart.variation_error * size
        rounding = SECOND_ORDER * (rounding + 2 * apart.gradient_error / mu + 8 * U * (lhs + size))
        nothing = np.full_like(lhs, np.nan)

        def sharp() -> NDArray[np.bool_]:
            curved = apart.curvature
            even = (curved == curved[:, :1]).all(axis=1)
            return split(rows.batch) & even & judging.witnessed(self.theorem)

        def guard(bound: sp.Expr) -> Evaluation:
            rhs = evaluate(bound, known, ARRAYS)
            found = Evaluation(moves(rows.batch), lhs, rhs, rhs - lhs, rounding, nothing)
            return found.sharp_where(sharp)

        return guard(self.stability), guard(self.lipschitz)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, every claim."""

        def sides() -> tuple[arb, arb, arb]:
            row = Balls(instance)
            cost, excess, distance = row.excess()
            known = {"kernel_mass": row.mass, "distance_from_mean": distance}
            return excess, evaluate(self.excess, known, BALLS), judging.nats(cost)

        found = judging.equal(sides)
        if not moves(instance)[0]:
            return found
        bounds = (self.stability, self.lipschitz)
        pairs = [(curved, bound) for curved in (flat, alternating) for bound in bounds]
        return found.guarded_by(*(self._distance(instance, *pair) for pair in pairs))

    def _distance(self, instance: Instance, curved: Curvatures, bound: sp.Expr) -> Judgement:
        curvatures = curved(given(instance, "rates"), instance.scores.shape[1])
        mu = float(self.convexity(curvatures)[0])

        def measure() -> tuple[arb, arb, arb]:
            lhs, moved, gradients = Balls(instance).apart(curvatures)
            high, low = reduce(arb.max, gradients), reduce(arb.min, gradients)
            known = {
                "variation": moved,
                "convexity": arb(mu),
                "gradient_diameter": high - low,
                "gradient_bound": high.max(-low),
            }
            rhs = evaluate(bound, known, BALLS)
            return lhs, rhs, rhs - lhs

        # Two values are enough: whichever keys have them may gain together and lose together.
        sharp = len(np.unique(first_values(instance))) == 2 and not np.ptp(curvatures)
        return judging.upper(
            measure,
            lambda lhs, rhs: lhs / rhs,
            scale=abs,
            sharp_for=self.theorem if sharp else None,
        )


CHECK = LocalMean(*(claim.rhs for claim in theorem("local-mean").claims))


def _pair(rates: tuple[float, ...] = (0.5,) * 4) -> Instance:
    """Scores 1 and 0, values 1 and −1."""
    values = np.array([[[1.0], [-1.0]]])
    return replace(point((1,), (0,)), values=values, rates=np.array([rates]))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    excess, stability, lipschitz = CHECK.excess, CHECK.stability, CHECK.lipschitz
    pair = _pair()
    return (
        Mutant(
            "excess+0.1%",
            "an answer costs 0.1 % more beyond the local mean",
            "constant",
            replace(CHECK, excess=excess * sp.Rational(1001, 1000)),
            pair,
        ),
        Mutant(
            "excess-0.1%",
            "an answer costs 0.1 % less beyond the local mean",
            "constant",
            replace(CHECK, excess=excess * sp.Rational(999, 1000)),
            pair,
        ),
        Mutant(
            "mass-left-out",
            "the kernel counts as if its weights summed to 1",
            "term",
            replace(CHECK, excess=excess.subs(kernel_mass, 1)),
            pair,
        ),
        Mutant(
            "stability-0.1%",
            "the bound on the distance of two minimisers is 0.1 % smaller",
            "constant",
            replace(CHECK, stability=stability * sp.Rational(999, 1000)),
            pair,
        ),
        Mutant(
            "gradients-once",
            "a bound of the gradients counts once",
            "constant",
            replace(CHECK, lipschitz=lipschitz / 2),
            pair,
        ),
        Mutant(
            "middle-curvature",
            "μ is the middle of the curvatures and not the least",
            "statistic",
            replace(CHECK, convexity=middle),
            _pair((0.5, 0.5, 0.25, 0.75)),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "stability+0.1%",
            "the bound on the distance of two minimisers is 0.1 % larger",
            "a larger bound of a distance",
            replace(CHECK, stability=CHECK.stability * sp.Rational(1001, 1000)),
        ),
        Control(
            "sum-of-differences",
            "the sum of the weights' differences for half of it",
            "it is twice the total variation",
            replace(CHECK, stability=CHECK.stability.subs(variation, 2 * variation)),
        ),
    )
