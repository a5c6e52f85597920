"""Progressive: groups of rows as layers, run dialled and undialled; and the order of their dials.

A layer turns the coordinates of what it is given by one place, scales them, so that its Lipschitz
constant is known, and adds its row's attention output; where the dial is negative its size is that
of a dial towards C. What the two runs differ by in the end is measured against the bound, unrolled
layer by layer; tightness is their ratio. On the same numbers: the increasing order of the dials
against every other, and a schedule against a steeper one.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from itertools import permutations
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.functions import tanh
from locality.theory.core.numbers import BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import lipschitz, temperature
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow, softmax
from locality.verify.checks.outputs import Outputs, between, squared_diameter, squared_length
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.instances.batch import Floats, Instance

WIDTH = 3
WARM = 16  # temperatures of the first row that all layers share where dials are ordered: floats
# tell the change by the largest dial from that by an infinite one
STEEP = 4  # the largest exponent of a schedule is twice that

Layer = Mapping[str, Any]
"""What the bound reads of a layer: lipschitz, diameter, dial and temperature."""

Order = tuple[int, ...]
"""Which of the sorted dials each layer has."""


def unrolled(bound: sp.Expr, layers: Sequence[Layer], functions: Mapping[str, Any]) -> Any:
    """The bound of the deviation after all layers."""
    reached: Any = functions["ratio"](0, 1)
    for layer in layers:
        reached = evaluate(bound, {**layer, "deviation": reached}, functions)
    return reached


@dataclass(frozen=True)
class Setting:
    """Layers that share a change e: what they have in common, rates in (0, 1) for their constants,
    the dials in increasing order, and the exponents of a steeper and of a flatter schedule.
    """

    common: Layer
    rates: list[Any]
    dials: list[Any]
    exponents: tuple[Any, Any]
    functions: Mapping[str, Any]

    @classmethod
    def of(
        cls, diameter: Any, temperature: Any, dials: list[Any], rates: Any, functions: Any
    ) -> Setting:
        """From numbers of a group, `rates` by layer and kind."""
        common = {"diameter": diameter, "temperature": WARM * temperature}
        exponents = (STEEP * (rates[0][2] + rates[0][3]), STEEP * rates[0][2])
        return cls(common, [row[1] for row in rates], dials, exponents, functions)

    def bound(self, bound: sp.Expr, dials: list[Any], contracting: bool) -> Any:
        """The bound at dials of the layers; constants are 1 + rate, or the rate if contracting."""
        constants = [rate if contracting else 1 + rate for rate in self.rates]
        pairs = zip(constants, dials, strict=True)
        layers = [{**self.common, "lipschitz": one, "dial": turned} for one, turned in pairs]
        return unrolled(bound, layers, self.functions)

    def schedules(self, equal_totals: bool) -> list[list[Any]]:
        """λ_max(ℓ/L)^β for the larger exponent, then the other; of one total if `equal_totals`."""
        log, exp, ratio = (self.functions[name] for name in ("log", "exp", "ratio"))
        logs = [log(ratio(layer, WIDTH)) for layer in range(1, WIDTH + 1)]
        shares = [[exp(beta * t) for t in logs] for beta in self.exponents]
        totals = [sum(some[1:], some[0]) if equal_totals else 1 for some in shares]
        return [
            [self.dials[-1] * share / total for share in some]
            for some, total in zip(shares, totals, strict=True)
        ]


# -- floats -----------------------------------------------------------------------------------


def groups(rows: NDArray) -> NDArray:
    """(groups, WIDTH, …) from consecutive rows; rows that fill no group are left out."""
    return rows[: len(rows) // WIDTH * WIDTH].reshape(-1, WIDTH, *rows.shape[1:])


class Runs:
    """The two runs of a batch's groups, as their difference."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.outputs = rows, Outputs(rows)
        dial = given(rows.batch, "dial")
        self.way, self.dial, self.temperature = np.sign(dial), np.abs(dial), rows.temperature
        self.rates = given(rows.batch, "rates")
        self.diameter = self.outputs.diameter(between)

    def layers(self) -> list[Layer]:
        """What the bound reads of the layers of every group."""
        known = {
            "lipschitz": 2 * self.rates[:, 0],
            "diameter": self.diameter,
            "dial": self.dial,
            "temperature": self.temperature,
        }
        split = {name: groups(value) for name, value in known.items()}
        return [{name: value[:, k] for name, value in split.items()} for k in range(WIDTH)]

    @cached_property
    def sorted(self) -> Floats:
        """The dials of every group, the least first."""
        return np.sort(groups(self.dial), axis=1)

    def setting(self) -> Setting:
        """What orders and schedules are compared at."""
        widest, heat = groups(self.diameter).max(axis=1), groups(self.temperature)[:, 0]
        rates = groups(self.rates).transpose(1, 2, 0)
        return Setting.of(widest, heat, list(self.sorted.T), rates, self.rows.functions)

    def deviation(self) -> tuple[Floats, Floats]:
        """The distance of the two runs after all layers, and its error."""
        moved, moved_error = self._moved()
        steps, sizes = groups((self.way * moved)[:, None] * self._across()), self.outputs
        errors = groups(moved_error * sizes.change + moved * sizes.change_error)
        away, error = np.zeros_like(steps[:, 0]), np.zeros(len(steps))
        for k, layer in enumerate(self.layers()):
            scale = layer["lipschitz"]
            away = scale[:, None] * np.roll(away, 1, axis=1) + steps[:, k]
            largest = np.abs(steps[:, k]).sum(axis=1) + np.abs(away).sum(axis=1)
            error = scale * error + errors[:, k] + 6 * U * largest
        return np.linalg.norm(away, axis=1), SECOND_ORDER * error

    def _moved(self) -> tuple[Floats, Floats]:
        """F(λ) − F(0) = σ(high)σ(−low)(1 − e^(low − high)), and its error."""
        rows, turned = self.rows, self.dial / self.temperature
        low = self.way * rows.fidelity_logit
        high = low + turned
        sigmoid = rows.functions["sigmoid"]
        moved = sigmoid(high) * sigmoid(-low) * -np.expm1(-turned)
        error = rows.leakage_logit_error + 3 * U * (np.abs(low) + turned)
        return moved, moved * (error + 3 * FUNCTION + 8 * U)

    def _across(self) -> Floats:
        """μ_R − μ_C."""
        values, m = self.outputs.values, self.outputs.m
        parts = ((self.rows.ahead, values[:, :m]), (self.rows.behind, values[:, m:]))
        ours, theirs = (
            np.einsum("kr,rkd->rd", part.weight, some) / part.total[:, None] for part, some in parts
        )
        return ours - theirs


def attaining(rows: Rows) -> NDArray[np.bool_]:
    """Groups of layers with one value on each block and one off it, each turned through even odds,
    all in one direction, which turning coordinates leaves as it is.
    """
    m, scores, values = rows.batch.m, rows.batch.scores, given(rows.batch, "values")
    if rows.batch.c != m:
        return np.zeros(len(scores) // WIDTH, dtype=bool)
    dial = given(rows.batch, "dial")[:, None]
    crossed = (np.sort(scores[:, :m]) + dial / 2 == np.sort(scores[:, m:])).all(axis=1)
    way = (values[:, 0] - values[:, m]) * dial
    shape = crossed & Outputs(rows).one_value_each & (way == way[:, :1]).all(axis=1)
    ways = groups(np.sign(way[:, 0]))
    return groups(shape).all(axis=1) & (ways == ways[:, :1]).all(axis=1)


# -- balls ------------------------------------------------------------------------------------


class Exact:
    """One group in balls, both runs by their definition."""

    def __init__(self, instance: Instance) -> None:
        self.rows = [BallRow(instance, k) for k in range(instance.width)]
        self.values = given(instance, "values")
        self.rates = [[arb(float(x)) for x in row] for row in given(instance, "rates")]
        self.ones = [instance.batch().instance(k) for k in range(instance.width)]

    def layers(self) -> list[Layer]:
        """What the bound reads of the layers."""
        return [
            {
                "lipschitz": 2 * rates[0],
                "diameter": squared_diameter(one, between).sqrt(),
                "dial": abs(row.dial),
                "temperature": row.temperature,
            }
            for row, rates, one in zip(self.rows, self.rates, self.ones, strict=True)
        ]

    def setting(self) -> Setting:
        """What orders and schedules are compared at."""
        layers = self.layers()
        turned = sorted((layer["dial"] for layer in layers), key=lambda dial: float(dial.mid()))
        widest = reduce(arb.max, [layer["diameter"] for layer in layers])
        return Setting.of(widest, self.rows[0].temperature, turned, self.rates, BALLS)

    def deviation(self) -> arb:
        """The distance of the two runs after all layers."""
        plain = self._run(dialled=False)
        pairs = zip(self._run(dialled=True), plain, strict=True)
        return squared_length([y - x for y, x in pairs]).nonnegative_part().sqrt()

    def _run(self, dialled: bool) -> list[arb]:
        stream = [arb(0)] * self.values.shape[2]
        for row, rates, values in zip(self.rows, self.rates, self.values, strict=True):
            logits, m = row.logits, row.instance.m
            by = abs(row.dial) / row.temperature if dialled else arb(0)
            up, down = (arb(0), by) if row.dial >= 0 else (by, arb(0))
            lowered = [logit - up for logit in logits[:m]] + [logit - down for logit in logits[m:]]
            shares = softmax(lowered)
            turned = [2 * rates[0] * x for x in (stream[-1], *stream[:-1])]
            outputs = [self._mean(shares, column) for column in values.T]
            stream = [x + o for x, o in zip(turned, outputs, strict=True)]
        return stream

    @staticmethod
    def _mean(shares: list[arb], column: Floats) -> arb:
        return sum((p * float(x) for p, x in zip(shares, column, strict=True)), arb(0))


# -- the check --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progressive:
    """Deviation ≤ `bound`, layer by layer; the increasing order has the least bound, the decreasing
    one if `decreasing`, where layers expand, or contract if `contracting`; a steeper schedule has
    a smaller one, even at equal totals if `equal_totals`.
    """

    bound: sp.Expr
    decreasing: bool = False
    contracting: bool = False
    equal_totals: bool = False

    theorem: ClassVar[str] = "progressive"
    kind: ClassVar[Kind] = "upper"
    extras: ClassVar[frozenset[str]] = frozenset({"dial", "values", "rates"})
    width: ClassVar[int] = WIDTH

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every group in floats; groups in which nothing is turned test nothing."""
        runs = Runs(rows)
        layers, functions = runs.layers(), rows.functions
        lhs, error = runs.deviation()
        rhs = unrolled(self.bound, layers, functions)
        with np.errstate(divide="ignore", invalid="ignore"):
            short = runs.outputs.diameter_error(runs.diameter) / runs.diameter
            tightness = lhs / rhs
        relative = groups(np.nan_to_num(short, nan=0.0)).max(axis=1) + 3 * FUNCTION + 40 * U
        rounding = error + relative * rhs + 8 * U * lhs
        found = Evaluation(~(rhs == 0), lhs, rhs, rhs - lhs, rounding, tightness)
        found = found.sharp_where(lambda: attaining(rows) & judging.witnessed(self.theorem))
        for guard in self._compared(runs):
            found = found.guarded_by(guard)
        return found

    def _compared(self, runs: Runs) -> Iterator[Evaluation]:
        setting, blank = runs.setting(), np.full(len(runs.sorted), np.nan)
        for order in self._orders:
            less, more = self._pair(setting, order)
            speaks = self._tests(order, runs.sorted) & ~(setting.common["diameter"] == 0)
            rounding = (20 * FUNCTION + 60 * U) * (less + more)
            yield Evaluation(speaks, blank, blank, more - less, rounding, blank)

    @property
    def _best(self) -> Order:
        return tuple(range(WIDTH))[:: -1 if self.decreasing else 1]

    @property
    def _orders(self) -> list[Order]:
        """Every order but the best, and the empty one, which stands for two schedules."""
        return [order for order in permutations(range(WIDTH)) if order != self._best] + [()]

    def _pair(self, setting: Setting, order: Order) -> tuple[Any, Any]:
        """The bound that is claimed to be the less, and the other."""
        contracting = self.contracting or (self.equal_totals and not order)
        dials = [[setting.dials[k] for k in some] for some in (self._best, order)]
        if not order:
            dials = setting.schedules(self.equal_totals)
        less, more = (setting.bound(self.bound, some, contracting) for some in dials)
        return less, more

    def _tests(self, order: Order, dials: Floats) -> Any:
        """Whether an order of sorted dials (groups, WIDTH) is another than the best one, or the
        largest is not 0, so that schedules differ.
        """
        if not order:
            return ~(dials[:, -1] == 0)
        return (dials[:, list(order)] != dials[:, list(self._best)]).any(axis=1)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one group in balls."""

        def deviation() -> tuple[arb, arb, arb]:
            exact = Exact(instance)
            lhs, rhs = exact.deviation(), unrolled(self.bound, exact.layers(), BALLS)
            return lhs, rhs, rhs - lhs

        def compared(order: Order) -> Judgement:
            def pair() -> tuple[arb, arb, arb]:
                less, more = self._pair(Exact(instance).setting(), order)
                return less, more, more - less

            return judging.upper(pair, operator.truediv, scale=abs)

        dials = np.sort(np.abs(given(instance, "dial")))[None]
        values = given(instance, "values")
        speaks = bool((values != values[:, :1]).any())
        asked = [order for order in self._orders if speaks and self._tests(order, dials)]
        sharp = self.theorem if attaining(Rows(instance.batch())).any() else None
        first = judging.upper(deviation, operator.truediv, scale=abs, sharp_for=sharp)
        return first.guarded_by(*map(compared, asked))


CHECK = Progressive(theorem("progressive").claim.rhs)


def _layers(
    *scores: tuple[float, float], dials: tuple[float, ...], rate: float = 0.5, heat: float = 1.0
) -> Instance:
    """Layers on a line, of one key at 0 on its block and one at 1 off it, by their scores."""
    size = len(scores)
    return Instance(
        scores=np.array(scores),
        m=1,
        temperature=np.full(size, heat),
        values=np.array([[[0.0], [1.0]]] * size),
        dial=np.array(dials),
        rates=np.full((size, 4), rate),
    )


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    bound = CHECK.bound
    turned = _layers((0, 1), (0, 1), (0, 1), dials=(2.0, 2.0, 2.0))
    apart = _layers((0, 1), (0, 1), (0, 1), dials=(1.0, 2.0, 4.0), rate=0.25)

    def bounded(expr: sp.Expr) -> Progressive:
        return replace(CHECK, bound=expr)

    return (
        Mutant(
            "change-0.1%",
            "a dial changes 0.1 % less",
            "constant",
            bounded(bound.replace(tanh, lambda t: sp.Rational(999, 1000) * tanh(t))),
            turned,
        ),
        Mutant(
            "no-temperature",
            "the dial is not divided by the temperature",
            "term",
            bounded(bound.subs(temperature, 1)),
            _layers((0, 0.125), (0, 0.125), (0, 0.125), dials=(0.25,) * 3, heat=0.125),
        ),
        Mutant(
            "layers-that-keep",
            "later layers never enlarge a deviation",
            "constant",
            bounded(bound.subs(lipschitz, 1)),
            _layers((0, 1), (0, 1), (0, 1), dials=(2.0,) * 3, rate=0.75),
        ),
        Mutant(
            "decreasing",
            "the decreasing order has the least bound",
            "scope",
            replace(CHECK, decreasing=True),
            apart,
        ),
        Mutant(
            "contracting",
            "the increasing order has the least bound where layers contract",
            "scope",
            replace(CHECK, contracting=True),
            apart,
        ),
        Mutant(
            "equal-totals",
            "a steeper schedule of the same total locality has a smaller bound",
            "scope",
            replace(CHECK, equal_totals=True),
            apart,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "change-linear",
            "a dial changes D·λ/4τ",
            "tanh t ≤ t for t ≥ 0, and it grows with the dial too",
            replace(CHECK, bound=CHECK.bound.replace(tanh, lambda t: t)),
        ),
        Control(
            "lipschitz+10%",
            "a Lipschitz constant a tenth too large",
            "it is one too",
            replace(CHECK, bound=CHECK.bound.subs(lipschitz, sp.Rational(11, 10) * lipschitz)),
        ),
        Control(
            "contracting-decreasing",
            "the decreasing order has the least bound where layers contract",
            "the factors of the later layers then grow from layer to layer",
            replace(CHECK, decreasing=True, contracting=True),
        ),
    )
