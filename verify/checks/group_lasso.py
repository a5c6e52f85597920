"""Group lasso: how far a block of weights is from stationary, against what its penalty exceeds.

A row's weights are the difference of its first values off and on R, the gradient is minus its
query, the penalty the absolute value of its dial, both in temperatures. Tightness is the share of
the gradient's length by which the distance falls short of the penalty. The second claim takes for
its subgradient the first value, shortened to less than 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import gradient_norm, penalty
from locality.verify.checks import judging
from locality.verify.checks.protocol import (
    BLUR,
    Control,
    Evaluation,
    Judgement,
    Kind,
    Mutant,
    point,
)
from locality.verify.checks.rows import Rows, U, given
from locality.verify.instances.batch import Batch, Floats, Instance

CLAIMS = {claim.name: claim.rhs for claim in theorem("group-lasso").claims}
largest_entry = sp.Symbol("largest_entry", nonnegative=True)
summed_entries = sp.Symbol("summed_entries", nonnegative=True)


def _norm(vectors: Floats) -> Floats:
    return np.sqrt(np.einsum("rd,rd->r", vectors, vectors))


class Pulled:
    """The blocks of a batch in floats: weights, gradient, penalty, and how far from stationary."""

    def __init__(self, batch: Batch) -> None:
        values = given(batch, "values")
        self.weights = values[:, batch.m] - values[:, 0]
        self.first = values[:, 0]
        self.query = given(batch, "query")
        self.gradient = -self.query / batch.temperature[:, None]
        self.penalty = np.abs(given(batch, "dial")) / batch.temperature

    @cached_property
    def known(self) -> dict[str, Floats]:
        """What a bound may speak of."""
        size = np.abs(self.gradient)
        return {
            "penalty": self.penalty,
            "gradient_norm": _norm(self.gradient),
            "largest_entry": size.max(axis=1),
            "summed_entries": size.sum(axis=1),
        }

    @property
    def error(self) -> Floats:
        """Of a distance and a bound: a few relative errors of the penalty and the gradient."""
        steps = 2 * self.gradient.shape[1] + 20
        return steps * U * (self.penalty + self.known["gradient_norm"])

    def away(self) -> Floats:
        """The distance from stationary at the weights; NaN where they are 0."""
        with np.errstate(divide="ignore", invalid="ignore"):
            unit = self.weights / _norm(self.weights)[:, None]
        return _norm(self.gradient + self.penalty[:, None] * unit)

    def at_zero(self) -> Floats:
        """The length of the residual at 0, for a subgradient shorter than 1."""
        inside = self.first / (_norm(self.first) + 1)[:, None]
        return _norm(self.gradient + self.penalty[:, None] * inside)

    def against(self) -> NDArray[np.bool_]:
        """Where the gradient points against the weights and is no longer than the penalty."""
        pairs = zip(self.weights, self.query, strict=True)
        opposed = np.array([_parallel(w, q) for w, q in pairs], dtype=bool)
        return opposed & (self.known["gradient_norm"] <= self.penalty)


def _parallel(some: Floats, other: Floats) -> bool:
    """Whether two vectors point the same way, exactly; 0 points everywhere."""
    if not (np.isfinite(some).all() and np.isfinite(other).all()):
        return False
    pairs = [(Fraction(float(x)), Fraction(float(y))) for x, y in zip(some, other, strict=True)]
    crossed = all(a * d == b * c for a, c in pairs for b, d in pairs)
    return crossed and sum(a * c for a, c in pairs) >= 0


def _length(vector: list[arb]) -> arb:
    return sum((x * x for x in vector), arb(0)).sqrt()


def _exact(vector: Floats) -> list[arb]:
    return [arb(float(x)) for x in vector]


class PulledBalls:
    """One block in balls."""

    def __init__(self, instance: Instance) -> None:
        values = given(instance, "values")[0]
        ahead, behind = _exact(values[0]), _exact(values[instance.m])
        self.first = ahead
        self.weights = [b - a for a, b in zip(ahead, behind, strict=True)]
        heat = arb(float(instance.temperature[0]))
        self.gradient = [-x / heat for x in _exact(given(instance, "query")[0])]
        self.penalty = abs(arb(float(given(instance, "dial")[0]))) / heat

    @property
    def known(self) -> dict[str, arb]:
        size = [abs(x) for x in self.gradient]
        largest = arb(0)
        for x in size:
            largest = largest.max(x)
        return {
            "penalty": self.penalty,
            "gradient_norm": _length(self.gradient),
            "largest_entry": largest,
            "summed_entries": sum(size, arb(0)),
        }

    def residual(self, subgradient: list[arb]) -> arb:
        """The length of gradient + penalty · subgradient."""
        pairs = zip(self.gradient, subgradient, strict=True)
        return _length([g + self.penalty * s for g, s in pairs])

    def away(self) -> arb:
        length = _length(self.weights)
        return self.residual([w / length for w in self.weights])

    def at_zero(self) -> arb:
        length = _length(self.first) + 1
        return self.residual([x / length for x in self.first])


@dataclass(frozen=True)
class GroupLasso:
    """A distance from stationary is at least `nonzero` off 0, and at least `zero` everywhere."""

    nonzero: sp.Expr = field(default_factory=lambda: CLAIMS["nonzero"])
    zero: sp.Expr = field(default_factory=lambda: CLAIMS["zero"])

    theorem: ClassVar[str] = "group-lasso"
    kind: ClassVar[Kind] = "upper"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "query", "dial"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats; lhs is the bound, rhs the distance."""
        pulled = Pulled(rows.batch)
        distance, bound = pulled.away(), self._bound(self.nonzero, pulled.known, ARRAYS)
        slope, error = pulled.known["gradient_norm"], pulled.error
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (pulled.penalty - distance) / slope
        tightness = np.where((error < BLUR * slope) & (slope <= pulled.penalty), share, np.nan)
        moved = ~(pulled.weights == 0).all(axis=1)
        found = Evaluation(moved, bound, distance, distance - bound, error, tightness)
        found = found.sharp_where(lambda: pulled.against() & judging.witnessed(self.theorem))
        return found.guarded_by(self._at_zero(pulled))

    def _at_zero(self, pulled: Pulled) -> Evaluation:
        distance, bound = pulled.at_zero(), self._bound(self.zero, pulled.known, ARRAYS)
        nothing = np.full_like(distance, np.nan)
        penalised = ~(pulled.penalty == 0)
        return Evaluation(penalised, bound, distance, distance - bound, pulled.error, nothing)

    def _bound(self, bound: sp.Expr, known: Mapping[str, Any], functions: Mapping[str, Any]) -> Any:
        return evaluate(bound, known, functions)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls; a claim that does not apply holds."""
        floats = Pulled(instance.batch())
        sharp = self.theorem if floats.against()[0] else None
        found = [Judgement("holds", (0.0, 0.0))]
        if not (floats.weights == 0).all():
            found.insert(0, self._judged(instance, self.nonzero, PulledBalls.away, sharp))
        if floats.penalty[0] != 0:
            found.append(self._judged(instance, self.zero, PulledBalls.at_zero, None))
        return found[0].guarded_by(*found[1:])

    def _judged(
        self, instance: Instance, bound: sp.Expr, distance: Any, sharp: str | None
    ) -> Judgement:
        pulled = PulledBalls(instance)

        def measure() -> tuple[arb, arb, arb]:
            far, least = distance(pulled), self._bound(bound, pulled.known, BALLS)
            return least, far, far - least

        def share(_: arb, far: arb) -> arb:
            return (pulled.penalty - far) / pulled.known["gradient_norm"]

        size = pulled.penalty + pulled.known["gradient_norm"]
        return judging.upper(measure, share, scale=lambda _: size, sharp_for=sharp)


CHECK = GroupLasso()


def _line(weights: float, slope: float, cost: float) -> Instance:
    """Weights and a gradient −slope on a line, or on the diagonal of a plane."""
    row = point((0,), (0,), dial=cost)
    return replace(row, values=np.array([[[0.0], [weights]]]), query=np.array([[slope]]))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    straight = _line(1, 1, 2)
    diagonal = replace(
        straight, values=np.array([[[0.0, 0.0], [1.0, 1.0]]]), query=np.array([[1.0, 1.0]])
    )
    nearly = replace(_line(1, 2, 1), values=np.array([[[64.0], [65.0]]]))

    def claiming(expr: sp.Expr) -> GroupLasso:
        return replace(CHECK, nonzero=expr)

    return (
        Mutant(
            "gradient-1%",
            "the gradient counts one part in a hundred less",
            "constant",
            claiming(penalty - sp.Rational(99, 100) * gradient_norm),
            straight,
        ),
        Mutant(
            "penalty-twice",
            "the penalty pulls twice as strongly",
            "constant",
            claiming(2 * penalty - gradient_norm),
            straight,
        ),
        Mutant(
            "no-gradient",
            "weights that are not 0 are as far from stationary as the penalty",
            "term",
            claiming(penalty),
            straight,
        ),
        Mutant(
            "largest-entry",
            "the largest entry of the gradient stands for its norm",
            "statistic",
            claiming(penalty - largest_entry),
            diagonal,
        ),
        Mutant(
            "half-a-ball",
            "at 0 the kink holds against half the penalty only",
            "constant",
            replace(CHECK, zero=gradient_norm - penalty / 2),
            nearly,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "summed-entries",
            "the entries' absolute values are summed",
            "their sum is at least the norm",
            replace(CHECK, nonzero=penalty - summed_entries),
        ),
        Control(
            "gradient+1%",
            "the gradient counts one part in a hundred more",
            "a smaller lower bound",
            replace(CHECK, nonzero=penalty - sp.Rational(101, 100) * gradient_norm),
        ),
    )
