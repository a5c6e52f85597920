"""Denoiser: the step against the slope of the log-density, both by definition, along a direction.

A row's values over 64 are the training points, its query the noisy point, its temperature σ², and
its rates with alternating signs the direction. Beside the step: how the denoised point moves, the
risk of leaving the noisy point as it is, and what all points but the nearest change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any, ClassVar

import numpy as np
import sympy as sp
import torch
from flint import arb, arb_series

from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import c, diameter, distance_from_mean, least_risk, noise, x
from locality.verify.checks import judging, protocol
from locality.verify.checks.balls import softmax
from locality.verify.checks.passes import inner, length
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Mutant
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.instances.batch import Batch, Floats, Instance

UNIT = 64  # of the values, so that more than one training point is a plausible origin
SIGNS = np.array([1.0, -1.0, 1.0, -1.0])
UNDERFLOW = 1e-300

Potential = Callable[[Any], Any]
"""Minus the logarithm of the noise's density in one coordinate, times the temperature."""


def gaussian(apart: Any) -> Any:
    """Half the square."""
    return apart * apart / 2


def laplace(apart: Any) -> Any:
    """The absolute value; of a series by the sign of its constant term."""
    if isinstance(apart, arb_series):
        return -apart if apart[0] < 0 else apart
    return abs(apart)


def placed(source: Batch | Instance) -> tuple[Floats, Floats]:
    """The training points (rows, n, d) and the direction (rows, d), which repeats the rates."""
    points, rates = given(source, "values") / UNIT, given(source, "rates")
    each = np.arange(points.shape[2]) % len(SIGNS)
    return points, rates[:, each] * SIGNS[each]


Measured = tuple[Floats, Floats]
"""What a claim compares, and the largest error of both sides together."""


class FloatSight:
    """A batch's noisy points among their training points, in floats."""

    def __init__(self, rows: Rows, potential: Potential) -> None:
        self.rows, self.potential = rows, potential
        self.points, self.e = placed(rows.batch)
        self.apart = self.points - given(rows.batch, "query")[:, None]
        self.temperature = rows.temperature
        self.row = np.arange(len(self.points))

    def _logits(self, t: torch.Tensor) -> torch.Tensor:
        """−potential/σ² of every training point seen from x + te."""
        moved = torch.from_numpy(self.apart) - t[:, None, None] * torch.from_numpy(self.e)[:, None]
        return -self.potential(moved).sum(-1) / torch.from_numpy(self.temperature)[:, None]

    @cached_property
    def logits(self) -> Floats:
        """The same seen from x."""
        found: Floats = self._logits(torch.zeros(len(self.points))).numpy()
        return found

    @cached_property
    def p(self) -> Floats:
        """Chances of the training points."""
        weights = np.exp(self.logits - self.logits.max(axis=1, keepdims=True))
        found: Floats = weights / weights.sum(axis=1, keepdims=True)
        return found

    @cached_property
    def nearest(self) -> Floats:
        """The likeliest training point of each row (rows, 1, d)."""
        return self.points[self.row, self.logits.argmax(axis=1)][:, None]

    @cached_property
    def reach(self) -> Floats:
        """Every training point less the nearest, exact."""
        return self.points - self.nearest

    def mean(self, numbers: Floats) -> Floats:
        """Under the chances; of numbers or of vectors."""
        found: Floats = np.einsum("rk,rk...->r...", self.p, numbers)
        return found

    @cached_property
    def off(self) -> Floats:
        """Relative errors of the chances, and of the sums that they weigh.

        A logit is off by (d + 6)u of itself and of the largest one; infinite where that is much.
        """
        n, d = self.points.shape[1:]
        size = np.abs(self.logits) + np.abs(self.logits).min(axis=1, keepdims=True)
        logit = (d + 6) * U * size + 2 * FUNCTION + (n + d + 16) * U
        blunt = self.mean(logit) > protocol.BLUR
        total = SECOND_ORDER * (logit + self.mean(logit)[:, None])
        return np.where(blunt[:, None], np.inf, total)

    def error(self, sizes: Floats) -> Floats:
        """Of a mean of terms of these sizes."""
        with np.errstate(invalid="ignore"):  # a size 0 that is off by infinity
            return np.nan_to_num(self.mean(sizes * self.off), nan=np.inf, posinf=np.inf) + UNDERFLOW

    @cached_property
    def extent(self) -> Floats:
        """Σ|e||x_i − x| over coordinates: what a component along e is made of."""
        return np.einsum("rd,rkd->rk", np.abs(self.e), np.abs(self.apart))

    def _slope(self, of: Callable[[torch.Tensor], torch.Tensor]) -> Floats:
        """d/dt at t = 0 of a function of the logits, by automatic differentiation."""
        t = torch.zeros(len(self.points), dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(of(self._logits(t)).sum(), t)
        found: Floats = slope.numpy()
        return found

    def score(self) -> Measured:
        """The slope of the log-density."""
        slope = self._slope(lambda logits: torch.logsumexp(logits, 1))
        return slope, 2 * self.error(self.extent) / self.temperature

    def motion(self) -> Measured:
        """The slope of the denoised point's component along e."""
        y = torch.from_numpy(self.along_reach)
        slope = self._slope(lambda logits: (torch.softmax(logits, 1) * y).sum(1))
        wide = np.einsum("rd,rkd->rk", np.abs(self.e), np.abs(self.reach))
        wide = wide + self.mean(wide)[:, None]
        sizes = wide * (wide + self.extent + self.mean(self.extent)[:, None])
        return slope, 4 * self.error(sizes) / self.temperature

    @cached_property
    def along_reach(self) -> Floats:
        """⟨e, x_i⟩ less that of the nearest point."""
        return np.einsum("rd,rkd->rk", self.e, self.reach)

    def risk(self) -> Measured:
        """Mean squared distance of the training points from the noisy one."""
        squares = np.einsum("rkd,rkd->rk", self.apart, self.apart)
        return self.mean(squares), 8 * self.error(squares)

    def memory(self) -> Measured:
        """How far the denoised point is from the nearest training point."""
        far = np.linalg.norm(self.reach, axis=2)
        return np.hypot.reduce(self.mean(self.reach), axis=1), 2 * self.error(far)  # no underflow

    @property
    def two_places(self) -> Any:
        """Whether all training points but the nearest are at one place."""
        far = np.ones(self.logits.shape, dtype=bool)
        far[self.row, self.logits.argmax(axis=1)] = False
        n, d = self.points.shape[1:]
        others = self.points[far].reshape(-1, n - 1, d)
        return (others == others[:, :1]).all(axis=(1, 2))

    def named(self, hard: bool) -> dict[str, Any]:
        """The claims' symbols; with the nearest point for the mean if `hard`."""
        step = self.mean(self.apart)
        y, away = self.along_reach, self.apart - step[:, None]
        *_, second, first = np.sort(self.logits, axis=1).T
        shift = np.einsum("rd,rd->r", self.e, step)
        return {
            "denoising_shift": shift - self.mean(y) if hard else shift,
            "noise": np.sqrt(self.temperature),
            "variance_along": self.mean((y - self.mean(y)[:, None]) ** 2),
            "least_risk": self.mean(np.einsum("rkd,rkd->rk", away, away)),
            "distance_from_mean": np.linalg.norm(step, axis=1),
            "m": np.ones_like(shift),
            "c": np.full_like(shift, self.points.shape[1] - 1),
            "x": first - second,
            "diameter": np.linalg.norm(self.reach, axis=2).max(axis=1),
        }


class BallSight:
    """One row's noisy point among its training points, in balls at the precision set."""

    def __init__(self, instance: Instance, potential: Potential) -> None:
        self.potential = potential
        self.temperature = arb(float(instance.temperature[0]))
        query = [arb(number) for number in given(instance, "query")[0].tolist()]
        points, directions = placed(instance)
        self.points = [[arb(u) for u in each] for each in points[0].tolist()]
        self.e = [arb(number) for number in directions[0].tolist()]
        self.apart = [[u - v for u, v in zip(each, query, strict=True)] for each in self.points]
        self.logits = [-self._far(each) / self.temperature for each in self.apart]
        self.p = softmax(self.logits)
        self.top = max(range(len(self.p)), key=lambda k: float(self.logits[k].mid()))
        nearest = self.points[self.top]
        self.reach = [[u - v for u, v in zip(each, nearest, strict=True)] for each in self.points]
        self.along = [inner(self.e, each) for each in self.reach]

    def _far(self, apart: Any) -> Any:
        return sum(map(self.potential, apart[1:]), self.potential(apart[0]))

    def _weights(self) -> list[arb_series]:
        """Every point's weight seen from x + te, as a power series in t."""
        moved = [
            [arb_series([u, -v], prec=2) for u, v in zip(each, self.e, strict=True)]
            for each in self.apart
        ]
        cold, largest = 1 / self.temperature, self.logits[self.top]  # no series is divided by NaN
        return [(-self._far(each) * cold - largest).exp() for each in moved]

    def _slope(self, numbers: list[arb] | None = None) -> arb:
        """d/dt of the log-density, or of the mean of some numbers."""
        weights = self._weights()
        nothing = arb_series([0], prec=2)
        total = sum(weights, nothing)
        if not total[0] > 0:
            return arb("nan")
        if numbers is None:
            return total.log()[1]
        weighed = sum((w * y for w, y in zip(weights, numbers, strict=True)), nothing)
        return (weighed / total)[1]

    def mean(self, vectors: list[list[arb]]) -> list[arb]:
        """The mean vector under the chances."""
        return [inner(self.p, list(column)) for column in zip(*vectors, strict=True)]

    def score(self) -> tuple[arb, arb]:
        """The slope of the log-density, and what it is small against."""
        pulls = [abs(inner(self.e, each)) for each in self.apart]
        return self._slope(), inner(self.p, pulls) / self.temperature

    def motion(self) -> tuple[arb, arb]:
        """The slope of the denoised point's component along e, and the scale of a variance."""
        found = self._slope(self.along)
        return found, abs(found)

    def risk(self) -> tuple[arb, arb]:
        """Mean squared distance of the training points from the noisy one, its own scale."""
        found = inner(self.p, [inner(each, each) for each in self.apart])
        return found, found

    def memory(self) -> arb:
        """How far the denoised point is from the nearest training point."""
        return length(self.mean(self.reach))

    def named(self, hard: bool) -> dict[str, Any]:
        """The claims' symbols; with the nearest point for the mean if `hard`."""
        step, y = self.mean(self.apart), inner(self.p, self.along)
        away = [[u - v for u, v in zip(each, step, strict=True)] for each in self.apart]
        off = [each - y for each in self.along]
        others = [logit for k, logit in enumerate(self.logits) if k != self.top]
        far = reduce(arb.max, [inner(each, each) for each in self.reach])
        return {
            "denoising_shift": inner(self.e, self.apart[self.top] if hard else step),
            "noise": self.temperature.sqrt(),
            "variance_along": inner(self.p, [v * v for v in off]),
            "least_risk": inner(self.p, [inner(each, each) for each in away]),
            "distance_from_mean": length(step),
            "m": arb(1),
            "c": arb(len(others)),
            "x": self.logits[self.top] - reduce(arb.max, others),
            "diameter": far.sqrt(),
        }


@dataclass(frozen=True)
class Denoiser:
    """The step over σ² is `score`, the motion `motion`, the risk of no step `risk`, and the nearest
    point is at most `memory` away. The noise has a `potential`; `hard` steps go to the nearest.
    """

    score: sp.Expr
    motion: sp.Expr
    risk: sp.Expr
    memory: sp.Expr
    potential: Potential = gaussian
    hard: bool = False

    theorem: ClassVar[str] = "denoiser"
    kind: ClassVar[protocol.Kind] = "equal"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "query", "rates"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats, slopes by automatic differentiation."""
        sight = FloatSight(rows, self.potential)
        named = sight.named(self.hard)
        found = [*self._equalities(sight, named), self._remembered(sight, named)]
        return reduce(Evaluation.guarded_by, found)

    def _equalities(self, sight: FloatSight, named: dict[str, Any]) -> Iterator[Evaluation]:
        claims = (self.score, sight.score), (self.motion, sight.motion), (self.risk, sight.risk)
        for claim, measure in claims:
            (lhs, error), rhs = measure(), evaluate(claim, named, ARRAYS)
            allowance = error + 8 * U * (np.abs(lhs) + np.abs(rhs))
            yield Evaluation.of_equality(lhs, rhs, allowance, np.abs(lhs))

    def _remembered(self, sight: FloatSight, named: dict[str, Any]) -> Evaluation:
        (lhs, error), rhs = sight.memory(), evaluate(self.memory, named, ARRAYS)
        nearest, second = np.sort(np.abs(sight.logits), axis=1)[:, :2].T
        relative = 12 * U * (2 + nearest + second + np.log(named["c"])) + 2 * FUNCTION
        rounding = error + SECOND_ORDER * relative * rhs + 12 * U * lhs
        unranked, everywhere = np.full_like(rhs, np.nan), np.full(rhs.shape, True)
        found = Evaluation(everywhere, lhs, rhs, rhs - lhs, rounding, unranked)
        return found.sharp_where(lambda: sight.two_places & judging.witnessed(self.theorem))

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, slopes by power series."""

        def sides(which: str) -> Callable[[], tuple[arb, arb, arb]]:
            def measure() -> tuple[arb, arb, arb]:
                sight = BallSight(instance, self.potential)
                lhs, scale = getattr(sight, which)()
                return lhs, evaluate(getattr(self, which), sight.named(self.hard), BALLS), scale

            return measure

        def remembered() -> tuple[arb, arb, arb]:
            sight = BallSight(instance, self.potential)
            lhs, rhs = sight.memory(), evaluate(self.memory, sight.named(self.hard), BALLS)
            return lhs, rhs, rhs - lhs

        two = bool(FloatSight(Rows(instance.batch()), self.potential).two_places[0])
        sharp = self.theorem if two else None
        near = judging.upper(remembered, lambda *_: arb(0), scale=abs, sharp_for=sharp)
        first, *others = (judging.equal(sides(which)) for which in ("score", "motion", "risk"))
        return first.guarded_by(*others, near)


_CLAIMS = {claim.name: claim.rhs for claim in theorem("denoiser").claims}
CHECK = Denoiser(
    score=_CLAIMS["score"],
    motion=_CLAIMS["jacobian"],
    risk=_CLAIMS["optimal"],
    memory=_CLAIMS["memory"],
)


def _seen(noisy: float, *points: float, temperature: float = 1.0) -> Instance:
    """Training points on a line, seen from a noisy point."""
    row = protocol.point((0.0,), (0.0,) * (len(points) - 1), temperature)
    values = np.array([[[UNIT * u] for u in points]])
    return replace(row, values=values, query=np.array([[noisy]]), rates=np.full((1, 4), 0.5))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    more, less = sp.Rational(1001, 1000), sp.Rational(999, 1000)
    row, two = _seen(0.5, 0.0, 2.0, 3.0), _seen(0.5, 0.0, 2.0)
    hot = _seen(0.5, 0.0, 2.0, 3.0, temperature=4.0)

    def changed(name: str, text: str, kind: Any, at: Instance, **claims: Any) -> Mutant:
        return Mutant(name, text, kind, replace(CHECK, **claims), at)

    score, motion, memory = CHECK.score, CHECK.motion, CHECK.memory
    drifted = least_risk + more * distance_from_mean**2
    halved = memory.subs(x, 2 * x)
    return (
        changed("score+0.1%", "the score is 0.1 % larger", "constant", row, score=score * more),
        changed("score-0.1%", "the score is 0.1 % smaller", "constant", row, score=score * less),
        changed("noise-not-squared", "the step over σ", "term", hot, score=score * noise),
        changed("step-to-nearest", "the step to the nearest point", "statistic", row, hard=True),
        changed("laplace-noise", "the noise is Laplace's", "scope", row, potential=laplace),
        changed("motion+0.1%", "a motion 0.1 % larger", "constant", row, motion=motion * more),
        changed("motion-unscaled", "no σ² below", "term", hot, motion=motion * noise**2),
        changed("excess+0.1%", "an excess risk 0.1 % larger", "constant", row, risk=drifted),
        changed("risk-is-distance", "no least risk", "term", row, risk=distance_from_mean**2),
        changed("D-0.1%", "a diameter 0.1 % smaller", "constant", two, memory=memory * less),
        changed("gap-not-halved", "the gap of squared distances", "term", two, memory=halved),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    memory = CHECK.memory
    return (
        Control(
            "D+0.1%",
            "a diameter 0.1 % larger",
            "it covers every training point too",
            replace(CHECK, memory=memory.subs(diameter, diameter * sp.Rational(1001, 1000))),
        ),
        Control(
            "c+1",
            "one more far training point",
            "the bound rises with c",
            replace(CHECK, memory=memory.subs(c, c + 1)),
        ),
    )
