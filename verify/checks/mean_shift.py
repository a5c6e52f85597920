"""Mean shift: how far a move to the local mean raises the density, against what is claimed.

A row's keys are its values. The point starts at the first of them, moved by the query, and the
squared bandwidth is WIDE temperatures: some rows see one key, some all of them. Two profiles are
measured, Epanechnikov's with its flat weights, whose tightness is reported, and the Gaussian.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.functions import ramp
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import pull, travel
from locality.verify.checks import judging
from locality.verify.checks.passes import inner, length, once
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.checks.upper import Upper
from locality.verify.instances.batch import Floats, Instance

WIDE = 2.0**12
LEAST = 2.0**-40  # a rise of density that counts as none
CLAIM = theorem("mean-shift").claim.rhs
t = sp.Symbol("t", nonnegative=True)


@dataclass(frozen=True)
class Profile:
    """k and g of the squared distance in bandwidths; with a `window` g counts below 1 alone."""

    k: sp.Expr
    g: sp.Expr
    window: bool = False


FLAT = Profile(ramp(1 - t), sp.Integer(1), window=True)
GAUSSIAN = Profile(sp.exp(-t / 2), sp.exp(-t / 2) / 2)


class Points:
    """The points of a batch and their keys in floats."""

    functions = ARRAYS

    def __init__(self, rows: Rows) -> None:
        self.keys = given(rows.batch, "values")
        self.start = self.keys[:, 0] + given(rows.batch, "query")
        self.bandwidth = np.sqrt(WIDE * rows.temperature)

    def apart(self, at: Floats) -> Floats:
        """Squared distances from the keys, in bandwidths, (rows, keys)."""
        way = at[:, None] - self.keys
        return np.einsum("rkd,rkd->rk", way, way) / self.bandwidth[:, None] ** 2

    def weights(self, profile: Profile) -> Floats:
        """What every key weighs at the start."""
        apart = self.apart(self.start)
        weights = np.broadcast_to(evaluate(profile.g, {"t": apart}, ARRAYS), apart.shape)
        return weights * (apart < 1) if profile.window else weights

    def density(self, profile: Profile, at: Floats) -> Floats:
        """Σ k."""
        return self.total(evaluate(profile.k, {"t": self.apart(at)}, ARRAYS))

    def size(self, vector: Floats) -> Floats:
        """‖v‖."""
        return np.linalg.norm(vector, axis=1)

    def total(self, weights: Floats) -> Floats:
        """G."""
        return weights.sum(axis=1)

    def move(self, weights: Floats) -> tuple[Floats, Floats]:
        """Where the point arrives, and the way there."""
        total = self.total(weights)[:, None]
        there = np.einsum("rk,rkd->rd", weights, self.keys) / total
        return there, there - self.start

    @cached_property
    def near(self) -> NDArray[np.bool_]:
        """Points within the bandwidth of the first key, or NaN leaves that open."""
        return ~(self.apart(self.start)[:, 0] >= 1)

    @cached_property
    def off(self) -> Floats:
        """How far coordinates are off, in bandwidths: those of a mean, and of a way to a key."""
        reach = np.linalg.norm(self.keys, axis=2).max(axis=1) + self.size(self.start)
        return (self.keys.shape[1] + 24) * U * reach / self.bandwidth


class BallPoints:
    """The point of one row and its keys in balls."""

    functions = BALLS

    def __init__(self, instance: Instance) -> None:
        self.keys = [list(map(arb, key.tolist())) for key in given(instance, "values")[0]]
        query = map(arb, given(instance, "query")[0].tolist())
        self.start = [x + y for x, y in zip(self.keys[0], query, strict=True)]
        self.square = arb(float(instance.temperature[0])) * WIDE
        self.bandwidth = self.square.sqrt()

    def apart(self, at: list[arb]) -> list[arb]:
        """Squared distances from the keys, in bandwidths."""
        ways = ([x - y for x, y in zip(at, key, strict=True)] for key in self.keys)
        return [inner(way, way) / self.square for way in ways]

    def weights(self, profile: Profile) -> list[arb]:
        """What every key weighs at the start."""

        def weight(apart: arb) -> arb:
            within = not profile.window or bool(apart < 1)
            return arb(evaluate(profile.g, {"t": apart}, BALLS)) if within else arb(0)

        return list(map(weight, self.apart(self.start)))

    def density(self, profile: Profile, at: list[arb]) -> arb:
        """Σ k."""
        return self.total([evaluate(profile.k, {"t": apart}, BALLS) for apart in self.apart(at)])

    def size(self, vector: list[arb]) -> arb:
        """‖v‖."""
        return length(vector)

    def total(self, weights: list[arb]) -> arb:
        """G."""
        return sum(weights, arb(0))

    def move(self, weights: list[arb]) -> tuple[list[arb], list[arb]]:
        """Where the point arrives, and the way there."""
        total = self.total(weights)
        there = [inner(weights, axis) / total for axis in zip(*self.keys, strict=True)]
        return there, [new - old for new, old in zip(there, self.start, strict=True)]


@once
def points(rows: Rows) -> Points:
    """The points of every row and their keys."""
    return Points(rows)


@dataclass(frozen=True)
class Climb(Upper):
    """The least rise `bound` ≤ the rise of `climbed`'s density in a move to the mean that `weighed`
    weighs.
    """

    climbed: Profile = FLAT
    weighed: Profile = FLAT

    theorem = "mean-shift"
    extras = frozenset({"values", "query"})

    def _sides(self, row: Any) -> tuple[Any, Any]:
        found: Any = points(row) if isinstance(row, Rows) else BallPoints(row.instance)
        weights = found.weights(self.weighed)
        there, way = found.move(weights)
        before, after = (found.density(self.climbed, at) for at in (found.start, there))
        known = {"pull": found.total(weights), "travel": found.size(way)}
        least = evaluate(self.bound, known | {"bandwidth": found.bandwidth}, found.functions)
        return least, after - before

    def rounding(self, rows: Rows, lhs: Floats, rhs: Floats) -> Floats:
        """A key's profile moves by less than 1.3 of what its distance is off, and by its own sums.

        Both densities count every key within reach of them; so does the bound.
        """
        found = points(rows)
        steps = (found.keys.shape[2] + 16) * U + FUNCTION
        return SECOND_ORDER * 3 * found.keys.shape[1] * (2 * found.off + steps)

    def scale(self, rhs: Any) -> Any:
        """The rise, or the least that counts."""
        return abs(rhs) + LEAST

    def applicable(self, rows: Rows) -> Any:
        """Points within the bandwidth of a key, the first, so that weights do not all vanish."""
        return super().applicable(rows) & points(rows).near

    def _inside(self, instance: Instance) -> bool:
        found = points(Rows(instance.batch()))
        return bool((found.apart(found.start)[:, 0] < 1).all())

    def sharp(self, rows: Rows) -> NDArray[np.bool_]:
        """No key enters or leaves the window of flat weights; keys that the point lies on, all."""
        found = points(rows)
        there, _ = found.move(found.weights(self.weighed))
        before, after = (found.apart(at) < 1 for at in (found.start, there))
        stays = (before == after).all(axis=1) & self.weighed.window
        still = (found.keys == found.start[:, None]).all(axis=(1, 2))
        return (stays | still) & judging.witnessed(self.theorem)

    def is_sharp(self, instance: Instance) -> bool:
        """The same of one instance."""
        return bool(self.sharp(Rows(instance.batch()))[0])


@dataclass(frozen=True)
class MeanShift:
    """Both profiles on one row; tightness is that of the flat weights."""

    flat: Climb
    gaussian: Climb

    theorem: ClassVar[str] = "mean-shift"
    kind: ClassVar[Kind] = "upper"
    extras: ClassVar[frozenset[str]] = Climb.extras
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats; flat weights are in doubt wherever they attain the bound."""
        flat = self.flat.evaluate(rows)
        found = self.gaussian.evaluate(rows).guarded_by(flat)
        return replace(found, tightness=flat.tightness)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, both profiles."""
        return self.flat.judge(instance).guarded_by(self.gaussian.judge(instance))


CHECK = MeanShift(Climb(CLAIM), Climb(CLAIM, climbed=GAUSSIAN, weighed=GAUSSIAN))


def _row(away: float, *keys: float) -> Instance:
    """Keys on a line, counted in bandwidths, and a point so far from the first of them."""
    scores = point((0.0,), (0.0,) * (len(keys) - 1), 2.0**-12)
    return replace(scores, values=np.array([[[key] for key in keys]]), query=np.array([[away]]))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    more = CLAIM * sp.Rational(1001, 1000)

    def flat(**changes: Any) -> MeanShift:
        return replace(CHECK, flat=replace(CHECK.flat, **changes))

    def gaussian(**changes: Any) -> MeanShift:
        return replace(CHECK, gaussian=replace(CHECK.gaussian, **changes))

    concave = Profile(ramp(1 - t**2), 2 * t, window=True)
    return (
        Mutant(
            "flat+0.1%",
            "the density of Epanechnikov's kernel rises by 0.1 % more",
            "constant",
            flat(bound=more),
            _row(0.125, 0.0, 0.5),
        ),
        Mutant(
            "gaussian+0.1%",
            "the density of the Gaussian kernel rises by 0.1 % more",
            "constant",
            gaussian(bound=more),
            _row(2.0**-6, 0.0, 0.0),
        ),
        Mutant(
            "gaussian-no-half",
            "the weights of the Gaussian kernel are its own values, not half of them",
            "constant",
            gaussian(bound=2 * CLAIM),
            _row(0.25, 0.0, 0.0),
        ),
        Mutant(
            "wrong-shadow",
            "flat weights climb the density of the Gaussian kernel",
            "statistic",
            flat(climbed=GAUSSIAN),
            _row(0.75, 0.0, 0.0),
        ),
        Mutant(
            "not-convex",
            "a profile that falls, but is not convex: 1 − t², with its own slope 2t for weights",
            "scope",
            flat(climbed=concave, weighed=concave),
            _row(0.625, 0.0, 1.0),
        ),
        Mutant(
            "one-weight",
            "the move counts once for every key, whatever the key weighs",
            "statistic",
            gaussian(bound=CLAIM.subs(pull, 1)),
            _row(0.5, 0.0, 0.0),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    half = CLAIM.subs(travel, travel / 2)
    return (
        Control(
            "half-the-way",
            "the move is counted as half as long",
            "a quarter of what is claimed",
            replace(CHECK, flat=replace(CHECK.flat, bound=half)),
        ),
        Control(
            "gaussian-by-tangents",
            "the Gaussian kernel weighed by nine tenths",
            "less than what is claimed",
            replace(CHECK, gaussian=replace(CHECK.gaussian, bound=CLAIM * sp.Rational(9, 10))),
        ),
    )
