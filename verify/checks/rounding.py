"""Rounding: how far attention moves when scores are off, and what a float32 lse is off by.

Every second key is raised by E, the others are lowered by E, in temperatures, with 2E the dial of
the row. That moves attention, outputs and entropy; tightness is TV over its bound. Apart from that,
the row's lse is computed in float32. That lse moves by at most E is left to the properties.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import sympy as sp
import torch
from flint import arb
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import function_error, score_error, score_range, unit
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow, softmax
from locality.verify.checks.outputs import Outputs
from locality.verify.checks.passes import entropy, inner, length, once
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, Rows, U, given
from locality.verify.instances.batch import Floats, Instance

CLAIMS = {claim.name: claim.rhs for claim in theorem("rounding").claims}

UNIT = 2.0**-24
FUNCTION32 = 8 * UNIT  # four units in the last place of float32
UNDERFLOW = 2.0**-126  # what an exponential may lose that is flushed to zero
STEEP = 0.25  # unit times spread up to which the bound of a computed lse is applied


def alternate(array: Floats) -> Floats:
    """Keys 0, 2, 4, … first and then 1, 3, 5, …; keys along the second axis."""
    return np.asfortranarray(np.concatenate([array[:, ::2], array[:, 1::2]], axis=1))


class Moved(Rows):
    """Rows whose first part are the raised keys; a dial lowers the others by 2E."""

    def __init__(self, rows: Rows) -> None:
        batch = rows.batch
        values = alternate(given(batch, "values"))
        scores = alternate(batch.scores)
        super().__init__(replace(batch, scores=scores, m=(batch.n + 1) // 2, values=values))

    @cached_property
    def variation(self) -> Floats:
        """TV, by the log-odds of the two parts before and after."""
        half = (self.leakage_logit - self.dialled.leakage_logit) / 2
        middle = (self.leakage_logit + self.dialled.leakage_logit) / 2
        with np.errstate(over="ignore"):
            return np.abs(np.sinh(half)) / (np.cosh(half) + np.cosh(middle))

    @cached_property
    def logit_error(self) -> Floats:
        return self.leakage_logit_error + self.dialled.leakage_logit_error + self.dialling_error

    @cached_property
    def score_error(self) -> Floats:
        """E."""
        return np.abs(self.dial) / (2 * self.temperature)

    @cached_property
    def score_range(self) -> Floats:
        """Largest minus smallest score over the temperature, before or after."""
        return np.maximum(_range(self), _range(self.dialled))

    @cached_property
    def box(self) -> Floats:
        """The diagonal of the values' bounding box: no two values are farther apart."""
        return np.linalg.norm(np.ptp(given(self.batch, "values"), axis=1), axis=1)

    @cached_property
    def outputs(self) -> Outputs:
        return Outputs(self)


def _range(rows: Rows) -> Floats:
    return np.ptp(rows.batch.scores, axis=1) / rows.temperature


@dataclass(frozen=True)
class Computed:
    """A float32 lse of rows, and the numbers that the bound of its error speaks of."""

    lse: Floats
    known: dict[str, Any]

    @classmethod
    def of(cls, scores: Floats, temperature: Floats) -> Computed:
        """From float64 scores (rows, n)."""
        exact = scores / temperature[:, None]
        rounded = torch.from_numpy(exact).float()
        top = rounded.amax(1)
        total = (rounded - top[:, None]).exp().sum(1)
        n, widest = scores.shape[1], np.abs(exact).max(axis=1)
        known = {
            "score_error": UNIT * (1 + 2.0**-20) * widest,
            "unit": UNIT,
            "function_error": FUNCTION32,
            "sum_error": n * UNIT / (1 - n * UNIT),
            "underflow": UNDERFLOW,
            "spread": (top.double() - rounded.double().amin(1)).numpy(),
            "n": float(n),
            "largest": np.abs(top.double().numpy()),
        }
        return cls((top + total.log()).double().numpy(), known)

    def in_balls(self) -> dict[str, arb]:
        """The first row's numbers."""
        return {name: arb(float(np.ravel(value)[0])) for name, value in self.known.items()}


@once
def moved(rows: Rows) -> Moved:
    """The rows by raised and lowered keys."""
    return Moved(rows)


@dataclass(frozen=True)
class Rounding:
    """TV ≤ `variation`, of outputs and entropy with that for TV, and a computed lse's `bound`."""

    variation: sp.Expr
    output: sp.Expr
    entropy: sp.Expr
    summed: sp.Expr
    computed: sp.Expr

    theorem: ClassVar[str] = "rounding"
    kind: ClassVar[Kind] = "upper"
    extras: ClassVar[frozenset[str]] = frozenset({"dial", "values"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats; a dial of 0 moves nothing."""
        row = moved(rows)
        found = self._variation(row)
        for guard in (self._output(row, found), self._entropy(row, found), self._computed(rows)):
            found = found.guarded_by(guard)
        return found.sharp_where(lambda: passes_through_even_odds(row) & witnessed())

    def _variation(self, row: Moved) -> Evaluation:
        lhs, rhs = row.variation, row.value(self.variation)
        rounding = row.logit_error / 4 + (4 * FUNCTION + 8 * U) * (lhs + rhs)
        with np.errstate(divide="ignore", invalid="ignore"):
            tightness = lhs / rhs
        return Evaluation(row.dial != 0, lhs, rhs, rhs - lhs, rounding, tightness)

    def _output(self, row: Moved, found: Evaluation) -> Evaluation:
        change = row.outputs.change
        lhs, rhs = (
            row.variation * change,
            row.value(self.output, variation=found.rhs, diameter=row.box),
        )
        rounding = found.rounding * (change + row.box) + row.outputs.change_error
        rounding += (row.outputs.norm_error + 8 * U) * (lhs + rhs)
        varied = (row.dial != 0) & ~(row.box == 0)
        return Evaluation(varied, lhs, rhs, rhs - lhs, rounding, np.full_like(lhs, np.nan))

    def _entropy(self, row: Moved, found: Evaluation) -> Evaluation:
        lhs = np.abs(row.dialled.entropy - row.entropy)
        rhs = row.value(self.entropy, variation=found.rhs)
        rounding = row.entropy_excess_error + row.dialled.entropy_excess_error
        rounding = (
            rounding + row.dialling_error * (1 + row.score_range) + FUNCTION * (1 + rhs + lhs)
        )
        rounding = rounding + found.rounding * row.score_range + 8 * U * np.log(row.batch.n)
        varied = (row.dial != 0) & ~(row.score_range == 0)
        return Evaluation(varied, lhs, rhs, rhs - lhs, rounding, np.full_like(lhs, np.nan))

    def _computed(self, rows: Rows) -> Evaluation:
        found = Computed.of(rows.batch.scores, rows.temperature)
        with np.errstate(over="ignore", invalid="ignore"):  # where it is too steep to say anything
            lhs, rhs = np.abs(found.lse - rows.lse), self._bound(found.known, rows.functions)
        rounding = rows.lse_error(rows.whole) + 16 * U * (rhs + np.abs(rows.lse))
        flat = ~(UNIT * found.known["spread"] > STEEP)
        return Evaluation(flat, lhs, rhs, rhs - lhs, rounding, np.full_like(lhs, np.nan))

    def _bound(self, known: dict[str, Any], functions: Any) -> Any:
        off = evaluate(self.summed, known, functions)
        return evaluate(self.computed, {**known, "log_error": off}, functions)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, each claim by its definition."""

        def sides(which: str) -> Any:
            def measure() -> tuple[arb, arb, arb]:
                lhs, rhs = getattr(Exact(self, instance), which)
                return lhs, rhs, rhs - lhs

            return judging.upper(
                measure,
                lambda lhs, rhs: lhs / rhs,
                scale=abs,
                sharp_for=self.theorem if which == "attention" and sharp else None,
            )

        sharp = bool(passes_through_even_odds(Moved(Rows(instance.batch())))[0])
        first, *others = map(sides, Exact.spoken_of(instance))
        return first.guarded_by(*others)


class Exact:
    """The sides of each claim for one row in balls."""

    def __init__(self, check: Rounding, instance: Instance) -> None:
        self.check, self.instance = check, instance
        self.row = BallRow(instance)
        self.shift = self.row.dial / self.row.temperature / 2
        self.before = self.row.logits
        self.after = [t + self.shift * (-1) ** k for k, t in enumerate(self.before)]
        self.p, self.q = softmax(self.before), softmax(self.after)
        self.bound = self.row.value(check.variation, score_error=abs(self.shift))

    @staticmethod
    def spoken_of(instance: Instance) -> list[str]:
        """The claims that have something to say of a row; one at least, whatever it is."""
        found = Computed.of(instance.scores, instance.temperature)
        flat = not UNIT * found.known["spread"][0] > STEEP
        turned = given(instance, "dial")[0] != 0
        values, scores = given(instance, "values")[0], instance.scores[0]
        said = {
            "attention": turned or not flat,
            "outputs": turned and (values != values[0]).any(),
            "entropies": turned and (scores != scores[0]).any(),
            "computed": flat,
        }
        return [name for name, speaks in said.items() if speaks]

    @property
    def attention(self) -> tuple[arb, arb]:
        """TV and its bound."""
        return sum((abs(p - q) for p, q in self._pairs()), arb(0)) / 2, self.bound

    @property
    def outputs(self) -> tuple[arb, arb]:
        """How far the output moves, and no farther than the diagonal allows."""
        points = given(self.instance, "values")[0]
        diagonal = [arb(float(x.max())) - arb(float(x.min())) for x in points.T]
        shares = [q - p for p, q in self._pairs()]
        lhs = length([inner(shares, list(map(arb, x.tolist()))) for x in points.T])
        wide = length(diagonal)
        return lhs, self.row.value(self.check.output, variation=self.bound, diameter=wide)

    @property
    def entropies(self) -> tuple[arb, arb]:
        """How far the entropy moves, and its bound."""
        widest = _spread(self.before).max(_spread(self.after))
        lhs = abs(entropy(self.q) - entropy(self.p))
        return lhs, self.row.value(self.check.entropy, variation=self.bound, score_range=widest)

    @property
    def computed(self) -> tuple[arb, arb]:
        """What the float32 lse is off by, and its bound."""
        found = Computed.of(self.instance.scores, self.instance.temperature)
        off = abs(arb(float(found.lse[0])) - self.row.lse)
        return off, self.check._bound(found.in_balls(), BallRow.functions)

    def _pairs(self) -> Any:
        return zip(self.p, self.q, strict=True)


def _spread(logits: list[arb]) -> arb:
    ordered = sorted(logits, key=lambda logit: float(logit.mid()))
    return ordered[-1] - ordered[0]


def passes_through_even_odds(row: Moved) -> NDArray[np.bool_]:
    """Whether the raised keys' scores are the lowered ones' less the dial's half, key by key."""
    m = row.batch.m
    raised, lowered = (np.sort(part, axis=1) for part in np.split(row.batch.scores, [m], axis=1))
    if raised.shape != lowered.shape:
        return np.zeros(row.batch.size, dtype=bool)
    return (lowered - raised == row.dial[:, None] / 2).all(axis=1)


def witnessed() -> bool:
    """Whether the theorem's sharpness witness is an identity."""
    return judging.witnessed("rounding")


CHECK = Rounding(**{name: rhs for name, rhs in CLAIMS.items() if name != "lse"})


FINER = {error: error / 4 for error in (unit, function_error, score_error)}


def _row(*scores: float, dial: float = 2.0, values: tuple[float, ...] = ()) -> Instance:
    keys = np.array([[[v] for v in values or range(len(scores))]], dtype=np.float64)
    return replace(point(scores[:1], scores[1:], dial=dial), values=keys)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    swapped = _row(0, 1)  # an error of 1 each exchanges the two keys

    def varied(expr: sp.Expr) -> Rounding:
        return replace(CHECK, variation=expr)

    return (
        Mutant(
            "variation-0.1%",
            "the bound on total variation is 0.1 % smaller",
            "constant",
            varied(CHECK.variation * sp.Rational(999, 1000)),
            swapped,
        ),
        Mutant(
            "half-the-error",
            "scores are taken to be off by half as much",
            "constant",
            varied(CHECK.variation.subs(score_error, score_error / 2)),
            swapped,
        ),
        Mutant(
            "unit/4",
            "the unit roundoff of a computed lse and its functions is four times smaller",
            "constant",
            replace(CHECK, summed=CHECK.summed.subs(FINER), computed=CHECK.computed.subs(FINER)),
            _row(1028.15527, 1037.85938),
        ),
        Mutant(
            "functions-exact",
            "the exponentials, their sum and its logarithm are taken to be exact",
            "term",
            replace(CHECK, summed=sp.S.Zero, computed=CHECK.computed.subs(function_error, 0)),
            _row(0, -0.12109375, -0.08203125),
        ),
        Mutant(
            "D-0.1%",
            "the diameter of the values is 0.1 % smaller",
            "constant",
            replace(CHECK, output=CHECK.output * sp.Rational(999, 1000)),
            swapped,
        ),
        Mutant(
            "no-range",
            "the entropy is taken to move by no more than the total variation",
            "term",
            replace(CHECK, entropy=CHECK.entropy.subs(score_range, 1)),
            _row(8, *[0.0, -50.0] * 31, dial=-16.0),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "variation-linear",
            "total variation is bounded by E/2",
            "tanh t ≤ t for t ≥ 0",
            replace(CHECK, variation=score_error / 2),
        ),
        Control(
            "unit*2",
            "the unit roundoff of a computed lse is twice as large",
            "the bound rises with it",
            replace(
                CHECK,
                summed=CHECK.summed.subs(unit, 2 * unit),
                computed=CHECK.computed.subs(unit, 2 * unit),
            ),
        ),
    )
