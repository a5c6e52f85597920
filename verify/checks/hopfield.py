"""Hopfield: how far updates of a state lower the energy, and how near the first pattern they land.

A row's patterns are its values, its state the query. Two steps are taken, the update itself and one
of 1 + rate times the way; tightness is the least fall that is claimed over the fall of the first.
The first pattern is the one that is retrieved, with whatever lead it has.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import c, lse, relaxation, temperature, travel, x
from locality.verify.checks import judging
from locality.verify.checks.balls import BallPart, BallRow, softmax
from locality.verify.checks.passes import inner, length, log_total, once
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, RowPart, Rows, U, given
from locality.verify.checks.upper import Upper
from locality.verify.instances.batch import Floats, Instance

CLAIMS = {claim.name: claim.rhs for claim in theorem("hopfield").claims}
square = sp.Symbol("square", nonnegative=True)
DEEPEST = 2.0**8  # temperatures: a slack of e^−DEEPEST takes balls of 512 bits
ENERGY = square / 2 - temperature * lse


class Network:
    """The patterns and states of a batch in floats."""

    functions = ARRAYS

    def __init__(self, rows: Rows) -> None:
        self.patterns, self.temperature = given(rows.batch, "values"), rows.temperature
        self.state = given(rows.batch, "query")
        self.rate = given(rows.batch, "rates")[:, 0]
        agreements = self.agreements(self.state)
        self.alone = Rows(replace(rows.batch, scores=agreements, m=1))

    def agreements(self, state: Floats) -> Floats:
        """⟨x_k, ξ⟩ of every pattern, (rows, patterns)."""
        return np.asfortranarray(np.einsum("rd,rkd->rk", state, self.patterns))

    @property
    def depth(self) -> Floats:
        """How many temperatures the agreements of a row spread over."""
        whole = self.alone.whole
        return (whole.top - whole.least) / self.temperature

    @cached_property
    def mean(self) -> Floats:
        """The update."""
        part = self.alone.whole
        return np.einsum("kr,rkd->rd", part.weight, self.patterns) / part.total[:, None]

    @cached_property
    def winner(self) -> Floats:
        """The pattern that agrees most."""
        best = self.alone.batch.scores.argmax(axis=1)
        return self.patterns[np.arange(len(best)), best]

    def move(self, update: str) -> Floats:
        """The way from the state to the update of that name."""
        return getattr(self, update) - self.state

    def step(self, move: Floats, t: Floats | int) -> Floats:
        """Where t times the way leads."""
        return self.state + np.reshape(t, (-1, 1)) * move

    def size(self, vector: Floats) -> Floats:
        """‖v‖."""
        return np.linalg.norm(vector, axis=1)

    def known(self, state: Floats) -> dict[str, Floats]:
        """What an energy is made of."""
        part = RowPart(self.agreements(state), self.temperature)
        log = part.log_total + part.top / self.temperature
        square = np.einsum("rd,rd->r", state, state)
        return {"lse": log, "square": square, "temperature": self.temperature}

    @cached_property
    def others(self) -> Floats:
        """The other patterns, seen from the first."""
        return self.patterns[:, 1:] - self.patterns[:, :1]

    @cached_property
    def diameter(self) -> Floats:
        """The largest distance from the first pattern."""
        return np.linalg.norm(self.others, axis=2).max(axis=1)

    @cached_property
    def error(self) -> Floats:
        """How far the update lies from the first pattern."""
        part = self.alone.behind
        mean = np.einsum("kr,rkd->rd", part.weight, self.others) / part.total[:, None]
        return self.alone.leakage * self.size(mean)

    @cached_property
    def reach(self) -> Floats:
        """The largest norm of a pattern."""
        return np.linalg.norm(self.patterns, axis=2).max(axis=1)

    @cached_property
    def product_error(self) -> Floats:
        """Of an agreement over the temperature, where it is not exact."""
        steps = self.patterns.shape[2] + 2
        return steps * U * self.reach * self.size(self.state) / self.temperature

    @cached_property
    def mean_error(self) -> Floats:
        """How far the update is off: twice its total's error, and the sums."""
        part = self.alone.whole
        return SECOND_ORDER * (2 * part.total_error + (part.count + 12) * U) * self.reach

    def fall_error(self, reached: Floats) -> Floats:
        """Of a fall: lse times τ is `reach`-Lipschitz, half a square as the state is long.

        Every product and square is at most the square of all lengths together.
        """
        largest = self.reach + self.size(self.state) + self.size(reached)
        steps = 2 * self.patterns.shape[2] + 16
        logs = 2 * self.temperature * (self.alone.whole.log_total_error + FUNCTION)
        return SECOND_ORDER * (4 * largest * self.mean_error + steps * U * largest**2 + logs)


class BallNetwork:
    """The patterns and the state of one row in balls."""

    functions = BALLS

    def __init__(self, instance: Instance) -> None:
        self.patterns = [list(map(arb, key.tolist())) for key in given(instance, "values")[0]]
        self.state = list(map(arb, given(instance, "query")[0].tolist()))
        self.rate = arb(float(given(instance, "rates")[0, 0]))
        self.temperature = arb(float(instance.temperature[0]))
        self.agreements = [inner(self.state, pattern) for pattern in self.patterns]
        parts = ([(self.agreements[0], 1)], self._apart())
        ahead, behind = (BallPart(part, self.temperature) for part in parts)
        self.alone = BallRow(instance, parts=(ahead, behind))

    def _apart(self) -> list[tuple[arb, int]]:
        return sorted(((s, 1) for s in self.agreements[1:]), key=lambda one: -float(one[0].mid()))

    def _logits(self, state: list[arb]) -> list[arb]:
        return [inner(state, pattern) / self.temperature for pattern in self.patterns]

    @property
    def mean(self) -> list[arb]:
        """The update."""
        shares = softmax(self._logits(self.state))
        return [inner(shares, axis) for axis in zip(*self.patterns, strict=True)]

    @property
    def winner(self) -> list[arb]:
        """The pattern that agrees most."""
        best = max(range(len(self.patterns)), key=lambda k: float(self.agreements[k].mid()))
        return self.patterns[best]

    def move(self, update: str) -> list[arb]:
        """The way from the state to the update of that name."""
        return [new - old for new, old in zip(getattr(self, update), self.state, strict=True)]

    def step(self, move: list[arb], t: arb | int) -> list[arb]:
        """Where t times the way leads."""
        return [old + t * way for old, way in zip(self.state, move, strict=True)]

    def size(self, vector: list[arb]) -> arb:
        """‖v‖."""
        return length(vector)

    def known(self, state: list[arb]) -> dict[str, arb]:
        """What an energy is made of."""
        log = log_total(self._logits(state))
        return {"lse": log, "square": inner(state, state), "temperature": self.temperature}

    def _from_first(self, point: list[arb]) -> arb:
        return length([a - b for a, b in zip(point, self.patterns[0], strict=True)])

    @property
    def diameter(self) -> arb:
        """The largest distance from the first pattern."""
        return reduce(arb.max, map(self._from_first, self.patterns[1:]))

    @property
    def error(self) -> arb:
        """How far the update lies from the first pattern."""
        return self._from_first(self.mean)


@once
def network(rows: Rows) -> Network:
    """The network of every row."""
    return Network(rows)


class _Part(Upper):
    """One inequality of the theorem; `same` says which patterns agree where it is attained."""

    theorem = "hopfield"
    extras = frozenset({"values", "query", "rates"})
    same: ClassVar[slice]

    def measured_sides(self, found: Any) -> tuple[Any, Any]:
        raise NotImplementedError

    def _sides(self, row: Any) -> tuple[Any, Any]:
        found = network(row) if isinstance(row, Rows) else BallNetwork(row.instance)
        return self.measured_sides(found)

    def applicable(self, rows: Rows) -> Any:
        """Rows no weight of which is out of reach, or NaN leaves that open."""
        return super().applicable(rows) & ~(network(rows).depth > DEEPEST)

    def _inside(self, instance: Instance) -> bool:
        near = network(Rows(instance.batch())).depth <= DEEPEST
        return super()._inside(instance) and bool(near.all())

    def sharp(self, rows: Rows) -> NDArray[np.bool_]:
        """Patterns that are all the same one."""
        values = given(rows.batch, "values")[:, self.same]
        return (values == values[:, :1]).all(axis=(1, 2)) & judging.witnessed(self.theorem)

    def is_sharp(self, instance: Instance) -> bool:
        """The same of one instance."""
        return bool(self.sharp(Rows(instance.batch()))[0])


@dataclass(frozen=True)
class Descent(_Part):
    """The least fall `bound` ≤ the fall of `energy` in a step towards `update`, the whole way or,
    if `beyond`, 1 + rate times as far.
    """

    energy: sp.Expr = ENERGY
    update: str = "mean"
    beyond: bool = False

    same = slice(None)

    def measured_sides(self, found: Any) -> tuple[Any, Any]:
        reached, least = self._step(found)
        before, after = (
            evaluate(self.energy, found.known(state), found.functions)
            for state in (found.state, reached)
        )
        return least, before - after

    def _step(self, found: Any) -> tuple[Any, Any]:
        """Where the step arrives, and what is claimed of it."""
        move, t = found.move(self.update), found.rate + 1 if self.beyond else 1
        values = {"travel": found.size(move), "relaxation": t}
        return found.step(move, t), evaluate(self.bound, values, found.functions)

    def rounding(self, rows: Rows, lhs: Floats, rhs: Floats) -> Floats:
        """That of the fall; the square of the move is among what it counts."""
        found = network(rows)
        return found.fall_error(self._step(found)[0])


@dataclass(frozen=True)
class Retrieval(_Part):
    """The distance of the update from the first pattern ≤ `bound`."""

    same = slice(1, None)

    def measured_sides(self, found: Any) -> tuple[Any, Any]:
        rhs = found.alone.value(self.bound, self.reads, diameter=found.diameter)
        return found.error, rhs

    def rounding(self, rows: Rows, lhs: Floats, rhs: Floats) -> Floats:
        """Both log-odds, agreements that are off, and a mean of the distances."""
        alone, (_, n, d) = network(rows).alone, given(rows.batch, "values").shape
        products = network(rows).product_error
        mean = 2 * alone.behind.total_error + (n + 2 * d + 16) * U + FUNCTION
        both = alone.leakage_logit_error + alone.log_odds_error + 6 * products
        return SECOND_ORDER * ((mean + both) * rhs + mean * lhs)


@dataclass(frozen=True)
class Hopfield:
    """All inequalities of one row; tightness is that of the update's fall."""

    descent: Descent
    relaxed: Descent
    retrieval: Retrieval

    theorem: ClassVar[str] = "hopfield"
    kind: ClassVar[Kind] = "upper"
    extras: ClassVar[frozenset[str]] = _Part.extras
    width: ClassVar[int] = 1

    @property
    def _guards(self) -> tuple[_Part, ...]:
        return self.relaxed, self.retrieval

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats."""
        guards = (part.evaluate(rows) for part in self._guards)
        return reduce(Evaluation.guarded_by, guards, self.descent.evaluate(rows))

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, every inequality."""
        guards = (part.judge(instance) for part in self._guards)
        return self.descent.judge(instance).guarded_by(*guards)


CHECK = Hopfield(
    Descent(CLAIMS["descent"]),
    Descent(CLAIMS["relaxed"], beyond=True),
    Retrieval(CLAIMS["retrieval"]),
)


def _row(state: float, *patterns: float, heat: float = 1.0, rate: float = 0.5) -> Instance:
    """A state and patterns on a line."""
    scores = point((0.0,), (0.0,) * (len(patterns) - 1), heat)
    values = np.array([[[pattern] for pattern in patterns]])
    return replace(scores, values=values, query=np.array([[state]]), rates=np.full((1, 4), rate))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    more = sp.Rational(1001, 1000)
    same, lone = _row(0.0, 1.0, 1.0), _row(0.0, 1.0, 0.0, 0.0)

    def falls(**changes: Any) -> Hopfield:
        return replace(CHECK, descent=replace(CHECK.descent, **changes))

    def lands(bound: sp.Expr, **changes: Any) -> Hopfield:
        return replace(CHECK, retrieval=replace(CHECK.retrieval, bound=bound, **changes))

    def goes(bound: sp.Expr) -> Hopfield:
        return replace(CHECK, relaxed=replace(CHECK.relaxed, bound=bound))

    least, within = CHECK.descent.bound, CHECK.retrieval.bound
    return (
        Mutant(
            "half+0.1%",
            "the energy falls by 0.1 % more than half the square of the move",
            "constant",
            falls(bound=least * more),
            same,
        ),
        Mutant(
            "no-half",
            "the energy falls by the square of the move",
            "constant",
            falls(bound=travel**2),
            same,
        ),
        Mutant(
            "no-temperature",
            "the log-sum-exp enters the energy without its temperature",
            "term",
            falls(energy=square / 2 - lse),
            _row(0.0, 1.0, 1.0, heat=2.0),
        ),
        Mutant(
            "no-square",
            "the energy without half the square of the state",
            "term",
            falls(energy=-temperature * lse),
            _row(2.0, 1.0, 1.0),
        ),
        Mutant(
            "winner",
            "the state jumps to the pattern that agrees most",
            "statistic",
            falls(update="winner"),
            _row(0.0, 1.0, -1.0, heat=16.0),
        ),
        Mutant(
            "relaxed-as-whole",
            "a step beyond the update lowers the energy by t/2 of the square of the move",
            "term",
            goes(relaxation * travel**2 / 2),
            same,
        ),
        Mutant(
            "relaxed+0.1%",
            "a step beyond the update lowers the energy by 0.1 % more",
            "constant",
            goes(CHECK.relaxed.bound * more),
            same,
        ),
        Mutant(
            "error-0.1%",
            "the update lands 0.1 % nearer",
            "constant",
            lands(within / more),
            lone,
        ),
        Mutant(
            "c-1",
            "one other pattern is forgotten",
            "size",
            lands(within.subs(c, c - 1), sizes=(1, 2)),
            lone,
        ),
        Mutant(
            "mean-over-others",
            "the lead is taken over the mean of the other patterns",
            "statistic",
            lands(within, reads={"x": "lead_over_average"}),
            _row(1.0, 1.0, 0.0, -8.0, heat=1.0),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    descent, retrieval = CHECK.descent, CHECK.retrieval
    return (
        Control(
            "a-third",
            "a third of the square of the move",
            "less than half of it",
            replace(CHECK, descent=replace(descent, bound=travel**2 / 3)),
        ),
        Control(
            "c+1",
            "one more other pattern",
            "the bound of the distance rises with c",
            replace(CHECK, retrieval=replace(retrieval, bound=retrieval.bound.subs(c, c + 1))),
        ),
        Control(
            "half-a-temperature",
            "half a temperature of the lead is not counted",
            "the bound of the distance falls with the lead",
            replace(
                CHECK,
                retrieval=replace(retrieval, bound=retrieval.bound.subs(x, x - sp.Rational(1, 2))),
            ),
        ),
    )
