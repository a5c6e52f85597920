"""LLE: what other weights cost, against what the best ones and the difference do; and points moved.

A row's query is rebuilt from its first values, three at most, with a share of the trace for the
ridge, a rate and an eighth of another. The other weights are equal ones, and the first neighbour
alone; all are costed point by point. Then the points are turned by the angle of 3/5 and 4/5 and
drawn apart by 1 + a rate: the slope is s² times κ, and the weights are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial, reduce
from operator import add, mul
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb, ctx

from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import departure, magnification
from locality.verify.checks import judging
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import SECOND_ORDER, Rows, U, given
from locality.verify.instances.batch import Batch, Floats, Instance

CLAIMS = {claim.name: claim.rhs for claim in theorem("lle").claims}
combined = sp.Symbol("combined", nonnegative=True)  # what the difference costs without the ridge
MOST = 3

Numbers = Sequence[Any]
"""Arrays over rows, or balls of one row."""


def _total(numbers: Numbers) -> Any:
    return reduce(add, numbers)


def _dot(one: Numbers, other: Numbers) -> Any:
    return _total(list(map(mul, one, other)))


def _solved(matrix: Sequence[Numbers], right: Numbers) -> list[Any]:
    """By elimination without exchanges: every matrix here is positive definite."""
    (pivot, *row), below = matrix[0], matrix[1:]
    if not below:
        return [right[0] / pivot]
    factors = [one[0] / pivot for one in below]
    smaller = [
        [entry - factor * above for entry, above in zip(one[1:], row, strict=True)]
        for one, factor in zip(below, factors, strict=True)
    ]
    rest = [r - factor * right[0] for r, factor in zip(right[1:], factors, strict=True)]
    found = _solved(smaller, rest)
    return [(right[0] - _dot(row, found)) / pivot, *found]


def stationary(weights: Numbers) -> Numbers:
    """The weights as they are."""
    return weights


def cut_off(weights: Numbers) -> Numbers:
    """The weights without their negative parts, as a kernel would have them."""
    kept = [(w + abs(w)) / 2 for w in weights]
    whole = _total(kept)
    return [w / whole for w in kept]


@dataclass(frozen=True)
class Rebuilt:
    """Differences of the query from its neighbours, the ridge, and the weights."""

    away: Sequence[Numbers]
    ridge: Any
    weights: Numbers
    multiplier: Any

    @classmethod
    def of(cls, away: Sequence[Numbers], ridge: Any) -> Rebuilt:
        """The weights at which the slopes agree, from the Gram matrix."""
        gram = [[_dot(one, other) for other in away] for one in away]
        for k, row in enumerate(gram):
            row[k] = row[k] + ridge
        one = 1 + 0 * ridge
        slopes = _solved(gram, [one] * len(away))
        whole = _total(slopes)
        return cls(away, ridge, [y / whole for y in slopes], one / whole)

    def off(self, weights: Numbers) -> Any:
        """The squared length of what weights combine the differences to."""
        axes = [_dot(weights, axis) for axis in zip(*self.away, strict=True)]
        return _dot(axes, axes)

    def cost(self, weights: Numbers) -> Any:
        """That, and the ridge's share."""
        return self.off(weights) + self.ridge * _dot(weights, weights)


def share(rates: Numbers) -> Any:
    """Of the trace, the ridge."""
    return rates[0] + rates[2] / 8


def trace(away: Sequence[Numbers]) -> Any:
    """The sum of the squared distances."""
    return _total([_dot(one, one) for one in away])


def turned(away: Sequence[Numbers], by: Any) -> list[list[Any]]:
    """Differences turned in the plane of their first two axes, and drawn apart."""
    return [[by * x for x in _turned(list(one))] for one in away]


def mirrored(away: Sequence[Numbers], by: Any) -> list[list[Any]]:
    """Differences with their axes in the opposite order, and drawn apart."""
    return [[by * x for x in reversed(list(one))] for one in away]


def _turned(one: list[Any]) -> list[Any]:
    if len(one) == 1:
        return [-one[0]]
    x, y, *rest = one
    return [(3 * x - 4 * y) / 5, (4 * x + 3 * y) / 5, *rest]


def _others(weights: Numbers) -> list[list[Any]]:
    """Equal weights, and all weight on the first neighbour."""
    nothing = 0 * weights[0]
    one = 1 + nothing
    return [[one / len(weights)] * len(weights), [one] + [nothing] * (len(weights) - 1)]


Sides = tuple[Any, Any, Any]
"""What is measured, what is claimed, and the scale."""


@dataclass(frozen=True)
class LLE:
    """C(w′) = `cost` for the weights as `kept` and others of sum `summing_to`; points after `move`
    have the slope `scaled`. The ridge is `heavier` times the share of the trace, `fixed` if that
    of the points before.
    """

    cost: sp.Expr
    scaled: sp.Expr
    kept: Callable[[Numbers], Numbers] = stationary
    fixed: bool = False
    heavier: int = 1
    move: Callable[[Sequence[Numbers], Any], list[list[Any]]] = turned
    summing_to: int = 1

    theorem: ClassVar[str] = "lle"
    kind: ClassVar[Kind] = "equal"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "query", "rates"})
    width: ClassVar[int] = 1

    def sides(self, away: Sequence[Numbers], rates: Numbers, functions: Any) -> Iterator[Sides]:
        """All equalities of a row, in one number system."""
        size, part = trace(away), self.heavier * share(rates)
        found = Rebuilt.of(away, part * size)
        weights = self.kept(found.weights)
        for equal in _others(weights):
            other = [self.summing_to * w for w in equal]
            apart = [new - old for new, old in zip(other, weights, strict=True)]
            known = {
                "multiplier": found.multiplier,
                "departure": found.cost(apart),
                "combined": found.off(apart),
            }
            cost = found.cost(other)
            yield cost, evaluate(self.cost, known, functions), cost
        by = 1 + rates[1]
        moved = self.move(away, by)
        again = Rebuilt.of(moved, part * (size if self.fixed else trace(moved)))
        known = {"magnification": by, "multiplier": found.multiplier}
        yield again.multiplier, evaluate(self.scaled, known, functions), again.multiplier
        yield again.weights[0], found.weights[0], 1 + abs(found.weights[0])

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats."""
        away, rates = _away(rows.batch), list(given(rows.batch, "rates").T)
        columns = [list(np.moveaxis(away[:, k], 1, 0)) for k in range(away.shape[1])]
        applies = ~(away == 0).all(axis=(1, 2))
        error = _error(away, share(rates))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            found = [
                replace(Evaluation.of_equality(lhs, rhs, error * scale, scale), applicable=applies)
                for lhs, rhs, scale in self.sides(columns, rates, ARRAYS)
            ]
        return reduce(Evaluation.guarded_by, found)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, all equalities; a query on all its neighbours shows nothing."""
        if (_away(instance) == 0).all():
            return Judgement("holds", (0.0, 0.0))
        rates = [arb(rate) for rate in given(instance, "rates")[0].tolist()]

        @cache
        def at(_: int) -> list[Sides]:
            return list(self.sides(_exact(instance), rates, BALLS))

        def side(which: int) -> Sides:
            return at(ctx.prec)[which]

        first, *others = (judging.equal(partial(side, which)) for which in range(4))
        return first.guarded_by(*others)


def _away(source: Batch | Instance) -> Floats:
    """The query less its neighbours, (rows, neighbours, axes)."""
    return given(source, "query")[:, None] - given(source, "values")[:, :MOST]


def _exact(instance: Instance) -> list[list[arb]]:
    query = [arb(x) for x in given(instance, "query")[0].tolist()]
    near = given(instance, "values")[0, :MOST].tolist()
    return [[x - arb(y) for x, y in zip(query, one, strict=True)] for one in near]


def _error(away: Floats, part: Floats) -> Floats:
    """Relative to the costs and to 1 + |w|: k·q³ times the rounding of Gram matrix and elimination.

    q = (1 + r)/r bounds the condition number; w is no longer than √q, for it costs no more than
    equal weights, which cost at least the share r/k of the trace; the trace (1 + |w|)² is at most
    4kq² times that. Nothing is known where this is no small number.
    """
    _, k, axes = away.shape
    rounding = 8 * (3 * k**3 + k * (axes + 4)) * U
    with np.errstate(over="ignore"):
        error = SECOND_ORDER * 8 * k * rounding * ((1 + part) / part) ** 3
    return np.where(error < 2.0**-10, error, np.inf)


CHECK = LLE(CLAIMS["cost"], CLAIMS["scaled"])


def _row(query: tuple[float, float], *near: tuple[float, float]) -> Instance:
    """Neighbours, with a 64th of the trace for the ridge, and points drawn apart by 3/2."""
    row = point((0,), (0,) * (len(near) - 1))
    rates = np.array([[1 / 128, 0.5, 1 / 16, 0.5]])
    return replace(row, values=np.array([near]), query=np.array([query]), rates=rates)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    cost = CHECK.cost
    beyond = _row((0, 0), (1, 0), (4, 0))
    return (
        Mutant(
            "cost+0.1%",
            "other weights cost 0.1 % more",
            "constant",
            replace(CHECK, cost=cost * sp.Rational(1001, 1000)),
            beyond,
        ),
        Mutant(
            "cost-0.1%",
            "other weights cost 0.1 % less",
            "constant",
            replace(CHECK, cost=cost * sp.Rational(999, 1000)),
            beyond,
        ),
        Mutant(
            "no-departure",
            "all weights that sum to 1 cost the same",
            "term",
            replace(CHECK, cost=cost.subs(departure, 0)),
            beyond,
        ),
        Mutant(
            "difference-without-ridge",
            "the difference costs what it combines to",
            "statistic",
            replace(CHECK, cost=cost.subs(departure, combined)),
            beyond,
        ),
        Mutant(
            "cut-off",
            "weights below 0 are cut off, as a kernel would",
            "scope",
            replace(CHECK, kept=cut_off),
            beyond,
        ),
        Mutant(
            "sum-of-2",
            "other weights may have any sum",
            "scope",
            replace(CHECK, summing_to=2),
            beyond,
        ),
        Mutant(
            "fixed-ridge",
            "the ridge stays as it was when points are drawn apart",
            "scope",
            replace(CHECK, fixed=True),
            beyond,
        ),
        Mutant(
            "s-once",
            "the slope grows as the distances do",
            "term",
            replace(CHECK, scaled=CHECK.scaled / magnification),
            beyond,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "mirrored",
            "the axes are exchanged instead of turned",
            "scalar products do not ask for an order of the axes",
            replace(CHECK, move=mirrored),
        ),
        Control(
            "twice-the-ridge",
            "twice the share of the trace",
            "any share will do",
            replace(CHECK, heavier=2),
        ),
    )
