"""Group lasso in attention: what a loss pulls at a block with, against ψ of the block's attention.

The block is R. First, every second key of it is raised and the others are lowered, all by one, and
values lie at the two ends of an interval, those off R where they help most: what the output moves
at is compared with ψ, both without the factors G, Q, K, D, 1/τ. Second, the row's values with its
query for a loss gradient and the next key's value for a key: the gradient by its formula against
the bound with all factors. Tightness is that of the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any, ClassVar, Final
from weakref import WeakKeyDictionary

import numpy as np
import sympy as sp
from flint import arb, arb_series
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import block_mass, temperature
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow, softmax
from locality.verify.checks.outputs import Outputs, Reach, anywhere, squared_diameter
from locality.verify.checks.protocol import (
    BLUR,
    Control,
    Evaluation,
    Judgement,
    Kind,
    Mutant,
    point,
)
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.checks.upper import UNDERFLOW
from locality.verify.instances.batch import Floats, Instance

CLAIMS = {claim.name: claim.rhs for claim in theorem("group-lasso-attention").claims}
FACTORS = ("loss_slope", "largest_query", "largest_key", "value_diameter", "temperature")
SIMPLE: dict[str, Any] = dict.fromkeys(FACTORS, 1)
BELOW_A_THIRD = 1 / 3 - 1e-12  # where floats are sure of it


def own(m: int) -> tuple[tuple[slice, slice], ...]:
    """Two relevant keys."""
    return ((slice(None, m), slice(None, m)),)


# -- the worst values for a row's split -------------------------------------------------------


def halves(rows: Rows) -> tuple[Floats, Floats]:
    """Attention on the raised and on the lowered keys of the block."""
    weight, scale = rows.ahead.weight, rows.fidelity / rows.ahead.total
    return weight[::2].sum(axis=0) * scale, weight[1::2].sum(axis=0) * scale


SIDES = (1, -1)  # raised, lowered


def moved(rows: Rows) -> Floats:
    """The output's rate: the heavier half at one end, all else at the other."""
    raised, lowered = halves(rows)
    heavy, light = np.maximum(raised, lowered), np.minimum(raised, lowered)
    return heavy * (2 * light + rows.leakage)


def mass_error(rows: Rows) -> Floats:
    """The relative error of a part of the block's attention."""
    return rows.leakage_logit_error + 2 * rows.ahead.total_error + 2 * FUNCTION + 8 * U


def moved_in_balls(instance: Instance) -> arb:
    """The same by differentiating a power series: knows nothing of the formula.

    Keys of one score that move alike are counted, not repeated.
    """
    scores, m = instance.scores[0].tolist(), instance.m
    push = [(-1) ** k if k < m else 0 for k in range(len(scores))]
    counted = Counter(zip(scores, push, strict=True))
    heat, top = arb(float(instance.temperature[0])), max(scores)
    weights = {
        (score, move): arb_series([(arb(score) - top) / heat, move], prec=2).exp() * count
        for (score, move), count in counted.items()
    }
    parts = [_total([w[0] for (_, move), w in weights.items() if move == side]) for side in SIDES]
    beside = 1 if float(parts[0].mid()) <= float(parts[1].mid()) else 0  # with the lighter
    high = [w for (_, move), w in weights.items() if (move > 0 if move else beside)]
    whole = sum(weights.values(), arb_series([0], prec=2))
    if not whole[0] > 0:  # a series refuses to be divided by NaN
        return arb("nan")
    return sum((weight / whole for weight in high), arb_series([0], prec=2))[1]


def _total(numbers: list[arb]) -> arb:
    return sum(numbers, arb(0))


# -- the row's own values ---------------------------------------------------------------------


@dataclass(frozen=True)
class Gradient:
    """The norm of the loss gradient of a batch's rows, what bounds it, and its error."""

    norm: Floats
    known: dict[str, Any]
    error: Floats

    @classmethod
    def of(cls, rows: Rows, reach: Reach) -> Gradient:
        """By its formula; diameters over `reach`."""
        values, slope, m = given(rows.batch, "values"), given(rows.batch, "query"), rows.batch.m
        along = np.einsum("rkd,rd->rk", values, slope)
        parts = ((rows.ahead, rows.fidelity), (rows.behind, rows.leakage))
        p = np.concatenate([part.weight * (mass / part.total) for part, mass in parts]).T
        pull = p * (along - np.einsum("rk,rk->r", p, along)[:, None])
        keys = np.roll(values, -1, axis=1)
        summed = np.einsum("rk,rkd->rd", pull[:, :m], keys[:, :m])
        diameter = Outputs(rows).diameter(reach)
        known = {
            "loss_slope": np.linalg.norm(slope, axis=1),
            "largest_query": 1.0,
            "largest_key": np.linalg.norm(keys, axis=2).max(axis=1),
            "value_diameter": diameter,
            "temperature": rows.temperature,
            "block_mass": rows.fidelity,
        }
        norm = np.linalg.norm(summed, axis=1) / rows.temperature
        return cls(norm, known, cls._error(rows, known, np.abs(along).max(axis=1)))

    @staticmethod
    def _error(rows: Rows, known: dict[str, Any], widest: Floats) -> Floats:
        """Each attention's relative error and each product's, times the block's attention."""
        n, d = rows.batch.n, given(rows.batch, "query").shape[1]
        steps = mass_error(rows) + rows.behind.total_error + 2 * (n + d + 8) * U
        largest = known["loss_slope"] * known["largest_key"] + widest
        size = known["largest_key"] * (widest + largest) * rows.fidelity / rows.temperature
        return 4 * SECOND_ORDER * steps * size


_GRADIENTS: Final[WeakKeyDictionary[Rows, dict[Reach, Gradient]]] = WeakKeyDictionary()


def gradient_of(rows: Rows, reach: Reach) -> Gradient:
    """The gradient of the rows, made once for all checks of a draw."""
    found = _GRADIENTS.setdefault(rows, {})
    if reach not in found:
        found[reach] = Gradient.of(rows, reach)
    return found[reach]


def gradient_in_balls(instance: Instance, reach: Reach) -> tuple[arb, dict[str, arb]]:
    """The norm of one row's loss gradient and what bounds it."""
    row, m = BallRow(instance), instance.m
    points = [[arb(float(x)) for x in point] for point in given(instance, "values")[0]]
    slope = [arb(float(x)) for x in given(instance, "query")[0]]
    p = softmax(row.logits)
    along = [_dot(slope, value) for value in points]
    mean = _dot(p, along)
    keys = points[1:] + points[:1]
    pull = [share * (a - mean) for share, a in zip(p, along, strict=True)][:m]
    summed = [_dot(pull, list(column)) for column in zip(*keys[:m], strict=True)]
    known = {
        "loss_slope": _dot(slope, slope).sqrt(),
        "largest_query": arb(1),
        "largest_key": reduce(arb.max, [_dot(key, key).sqrt() for key in keys]),
        "value_diameter": squared_diameter(instance, reach).sqrt(),
        "temperature": row.temperature,
        "block_mass": row.fidelity,
    }
    return _dot(summed, summed).nonnegative_part().sqrt() / row.temperature, known


def _dot(some: list[arb], other: list[arb]) -> arb:
    return _total([x * y for x, y in zip(some, other, strict=True)])


# -- the check --------------------------------------------------------------------------------


@dataclass(frozen=True)
class GroupLassoAttention:
    """A block's gradient is at most `bound`, diameters taken over `reach`."""

    bound: sp.Expr = field(default_factory=lambda: CLAIMS["gradient"])
    reach: Reach = anywhere

    theorem: ClassVar[str] = "group-lasso-attention"
    kind: ClassVar[Kind] = "upper"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "query"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats."""
        lhs, rhs = moved(rows), self._bound(SIMPLE | {"block_mass": rows.fidelity}, ARRAYS)
        rounding = 2 * SECOND_ORDER * mass_error(rows) * (lhs + rhs) + UNDERFLOW
        with np.errstate(divide="ignore", invalid="ignore"):
            tightness = np.where(rounding < BLUR * rhs, lhs / rhs, np.nan)
        everywhere = np.full(rows.batch.size, True)
        found = Evaluation(everywhere, lhs, rhs, rhs - lhs, rounding, tightness)
        return found.sharp_where(lambda: self._sharp(rows)).guarded_by(self._drawn(rows))

    def _bound(self, known: Mapping[str, Any], functions: Mapping[str, Any]) -> Any:
        return evaluate(self.bound, known, functions)

    def _sharp(self, rows: Rows) -> NDArray[np.bool_]:
        """A light block of one key."""
        light = (rows.fidelity <= BELOW_A_THIRD) & (rows.batch.m == 1)
        return light & judging.witnessed(self.theorem)

    def _drawn(self, rows: Rows) -> Evaluation:
        """The row's own values, where they differ and the loss has a slope."""
        gradient = gradient_of(rows, self.reach)
        rhs = self._bound(gradient.known, ARRAYS)
        with np.errstate(divide="ignore", invalid="ignore"):
            short = Outputs(rows).diameter_error(gradient.known["value_diameter"])
            short = rhs * short / gradient.known["value_diameter"]
        rounding = gradient.error + np.where(rhs == 0, 0.0, short) + UNDERFLOW
        nothing = np.full_like(rhs, np.nan)
        return Evaluation(
            ~_still(rows.batch), gradient.norm, rhs, rhs - gradient.norm, rounding, nothing
        )

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls."""

        def worst() -> tuple[arb, arb, arb]:
            known = SIMPLE | {"block_mass": BallRow(instance).fidelity}
            lhs, rhs = moved_in_balls(instance), self._bound(known, BALLS)
            return lhs, rhs, rhs - lhs

        def drawn() -> tuple[arb, arb, arb]:
            lhs, known = gradient_in_balls(instance, self.reach)
            rhs = self._bound(known, BALLS)
            return lhs, rhs, rhs - lhs

        def share(lhs: arb, rhs: arb) -> arb:
            return lhs / rhs

        sharp = self.theorem if self._sharp(Rows(instance.batch()))[0] else None
        found = judging.upper(worst, share, scale=abs, sharp_for=sharp)
        if _still(instance)[0]:
            return found
        return found.guarded_by(judging.upper(drawn, share, scale=abs))


def _still(source: Any) -> NDArray[np.bool_]:
    """Where all values are equal or the loss has no slope."""
    values, slope = given(source, "values"), given(source, "query")
    still: NDArray[np.bool_] = (values == values[:, :1]).all(axis=(1, 2)) | (slope == 0).all(axis=1)
    return still


CHECK = GroupLassoAttention()


def _row(relevant: tuple[float, ...], others: tuple[float, ...], heat: float = 1.0) -> Instance:
    """A row whose values count its keys."""
    row = point(relevant, others, heat)
    n = len(relevant) + len(others)
    return replace(row, values=np.arange(float(n))[None, :, None], query=np.ones((1, 1)))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    bound, split = CHECK.bound, _row((0, 0), (-5,))
    light = block_mass * (1 - block_mass)
    return (
        Mutant(
            "psi-0.1%",
            "ψ is 0.1 % smaller",
            "constant",
            replace(CHECK, bound=bound * sp.Rational(999, 1000)),
            _row((0,), (2,)),
        ),
        Mutant(
            "light-everywhere",
            "what holds of light blocks is said of heavy ones",
            "term",
            replace(CHECK, bound=2 * CLAIMS["threshold"] * light),
            split,
        ),
        Mutant(
            "quarter",
            "the threshold is half as high",
            "constant",
            replace(CHECK, bound=CLAIMS["threshold"] / 2),
            split,
        ),
        Mutant(
            "no-temperature",
            "the bound is not divided by the temperature",
            "term",
            replace(CHECK, bound=bound * temperature),
            _row((0,), (0,), heat=0.0625),
        ),
        Mutant(
            "own-values",
            "the diameter is that of the block's values",
            "statistic",
            replace(CHECK, reach=own),
            _row((0,), (0,)),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    heavy = 2 * CLAIMS["threshold"] * (1 + block_mass) ** 2 / 8
    return (
        Control(
            "heavy-everywhere",
            "what holds of heavy blocks is said of light ones",
            "(1 + π)²/8 is at least ψ everywhere: their difference is a square",
            replace(CHECK, bound=heavy),
        ),
        Control(
            "threshold",
            "the bound that does not know the block's attention",
            "ψ is at most one half",
            replace(CHECK, bound=CLAIMS["threshold"]),
        ),
    )
