"""Fuzzy inference: a system's output by its memberships, against softmax attention to its rules.

A row's values over 64 are the rules' centres, its scores their consequents, its query the input.
Widths are √τ times the rates plus a half, every axis with its own, and grow by quarters over four
rules. The other claims: how far a rule fires, the range of the consequents, and the leading rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import c, diameter, value_mean, x
from locality.verify.checks import judging, protocol
from locality.verify.checks.balls import softmax
from locality.verify.checks.passes import inner
from locality.verify.checks.protocol import BLUR, Control, Evaluation, Judgement, Mutant
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.instances.batch import Batch, Floats, Instance

UNIT = 64  # of the values, so that more than one rule fires
UNDERFLOW = 1e-300
LEAST = 2.0**-1064  # a thousand times the least float, for as many products of memberships

And = Callable[[Any, Any], Any]
"""Two memberships in one."""


def times(one: Any, other: Any) -> Any:
    """The product."""
    return one * other


def least(one: Any, other: Any) -> Any:
    """The smaller of the two."""
    return one.min(other) if isinstance(one, arb) else np.minimum(one, other)


def widths(source: Batch | Instance, single: bool) -> Floats:
    """Widths over √τ (rows, n, d), exact; those along the first axis for all if `single`."""
    n, d = given(source, "values").shape[1:]
    axes = np.zeros(d, dtype=int) if single else np.arange(d) % 4
    growth = 1 + np.arange(n) % 4 / 4
    return np.asarray((0.5 + given(source, "rates")[:, axes])[:, None] * growth[:, None])


class FloatSystem:
    """A batch's systems in floats: by memberships, and by distances."""

    def __init__(self, rows: Rows, both: And, single: bool) -> None:
        self.rows, self.both = rows, both
        batch, tau = rows.batch, rows.temperature[:, None, None]
        self.b = batch.scores
        apart = given(batch, "query")[:, None] - given(batch, "values") / UNIT
        self.half_squares = apart**2 / (2 * tau * widths(batch, False) ** 2)
        self.log_strengths = -(apart**2 / (2 * tau * widths(batch, single) ** 2)).sum(axis=2)
        self.row = np.arange(len(self.b))
        self.top = self.log_strengths.argmax(axis=1)

    @cached_property
    def fired(self) -> Floats:
        """The strength of every rule: its memberships under one another."""
        found: Floats = reduce(self.both, np.exp(-np.moveaxis(self.half_squares, 2, 0)))
        return found

    @cached_property
    def p(self) -> Floats:
        """Softmax of −d²/2."""
        weights = np.exp(self.log_strengths - self.log_strengths.max(axis=1, keepdims=True))
        found: Floats = weights / weights.sum(axis=1, keepdims=True)
        return found

    def mean(self, numbers: Floats) -> Floats:
        """Under the softmax."""
        return np.asarray(np.einsum("rk,rk->r", self.p, numbers))

    @cached_property
    def off(self) -> Floats:
        """Relative errors of strengths and shares, and of the sums that they weigh; infinite where
        memberships underflow or are known badly.
        """
        n, d = self.half_squares.shape[1:]
        size = np.abs(self.log_strengths) + np.abs(self.log_strengths).min(axis=1, keepdims=True)
        each = (d + 12) * U * size + (d + 2) * FUNCTION + (2 * n + 16) * U
        lost = (self.fired.max(axis=1) < UNDERFLOW * 1e20) | (self.mean(each) > BLUR)
        return np.where(lost[:, None], np.inf, SECOND_ORDER * (each + self.mean(each)[:, None]))

    def error(self, sizes: Floats) -> Floats:
        """Of a mean of terms of these sizes; strengths below the normal floats are off by LEAST."""
        lost = sizes.sum(axis=1) * LEAST / np.maximum(self.fired.sum(axis=1), UNDERFLOW)
        with np.errstate(invalid="ignore"):  # a size 0 that is off by infinity
            found = self.mean(sizes * self.off) + lost + UNDERFLOW
        return np.where(np.isnan(found), np.inf, found)

    @property
    def lead(self) -> Floats:
        """Consequents less that of the leading rule."""
        return np.asarray(self.b - self.b[self.row, self.top][:, None])

    def averaged(self, numbers: Floats) -> Floats:
        """The system's output with these consequents."""
        total = np.maximum(self.fired.sum(axis=1), UNDERFLOW)  # where nothing fires, balls decide
        return np.asarray(np.einsum("rk,rk->r", self.fired, numbers) / total)

    @property
    def one_value(self) -> Any:
        """Whether all rules but the leading one have one consequent and fire alike."""
        others = np.ones(self.b.shape, dtype=bool)
        others[self.row, self.top] = False
        parts = (each[others].reshape(len(self.b), -1) for each in (self.b, self.log_strengths))
        return np.logical_and(*((part == part[:, :1]).all(axis=1) for part in parts))

    def named(self) -> dict[str, Any]:
        """The claims' symbols."""
        *_, second, first = np.sort(self.log_strengths, axis=1).T
        ones = np.ones(len(self.b))
        return {
            "rule_distance": np.sqrt(-2 * first),
            "value_mean": self.mean(self.b),
            "largest_consequent": self.b.max(axis=1),
            "m": ones,
            "c": ones * (self.b.shape[1] - 1),
            "x": first - second,
            "diameter": np.abs(self.lead).max(axis=1),
        }


class BallSystem:
    """One row's system in balls, at the precision set."""

    def __init__(self, instance: Instance, both: And, single: bool) -> None:
        tau = arb(float(instance.temperature[0]))
        query = [arb(u) for u in given(instance, "query")[0].tolist()]
        self.b = [arb(u) for u in instance.scores[0].tolist()]
        centres = [
            [arb(u) for u in each] for each in (given(instance, "values")[0] / UNIT).tolist()
        ]
        apart = [[(u - v) ** 2 for u, v in zip(query, each, strict=True)] for each in centres]

        def halved(one_width: bool) -> list[list[arb]]:
            wide = widths(instance, one_width)[0].tolist()
            pairs = zip(apart, wide, strict=True)
            return [
                [u / (2 * tau * arb(w) * arb(w)) for u, w in zip(squares, each, strict=True)]
                for squares, each in pairs
            ]

        memberships = [[(-u).exp() for u in each] for each in halved(False)]
        self.fired = [reduce(both, each) for each in memberships]
        self.logs = [-sum(each, arb(0)) for each in halved(single)]
        self.p = softmax(self.logs)
        self.top = max(range(len(self.logs)), key=lambda k: float(self.logs[k].mid()))
        self.total = sum(self.fired, arb(0))

    @property
    def lead(self) -> list[arb]:
        """Consequents less that of the leading rule."""
        return [u - self.b[self.top] for u in self.b]

    def averaged(self, numbers: list[arb]) -> arb:
        """The system's output with these consequents."""
        return inner(self.fired, numbers) / self.total

    def named(self) -> dict[str, Any]:
        """The claims' symbols."""
        others = [log for k, log in enumerate(self.logs) if k != self.top]
        first = self.logs[self.top]
        return {
            "rule_distance": (-2 * first).nonnegative_part().sqrt(),
            "value_mean": inner(self.p, self.b),
            "largest_consequent": reduce(arb.max, self.b),
            "m": arb(1),
            "c": arb(len(others)),
            "x": first - reduce(arb.max, others),
            "diameter": reduce(arb.max, map(abs, self.lead)),
        }


@dataclass(frozen=True)
class FuzzyInference:
    """The leading rule fires with logarithm `firing`; the output is `output`, at most `hull`, and
    at most `leading` from the leading rule's consequent. Memberships join by `both`; attention
    takes one width for all axes if `single`.
    """

    firing: sp.Expr
    output: sp.Expr
    hull: sp.Expr
    leading: sp.Expr
    both: And = times
    single: bool = False

    theorem: ClassVar[str] = "fuzzy-inference"
    kind: ClassVar[protocol.Kind] = "equal"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "query", "rates"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats; those that fire too little for them are left to balls."""
        system = FloatSystem(rows, self.both, self.single)
        return reduce(Evaluation.guarded_by, self._claims(system, system.named()))

    def _claims(self, system: FloatSystem, named: dict[str, Any]) -> Iterator[Evaluation]:
        b, ones = system.b, np.ones(len(system.b))
        y, rhs = system.averaged(b), evaluate(self.output, named, ARRAYS)
        allowance = 2 * system.error(np.abs(b)) + 8 * U * (np.abs(y) + np.abs(rhs))
        yield Evaluation.of_equality(y, rhs, allowance, np.abs(y))
        fired = np.log(np.maximum(system.fired[system.row, system.top], UNDERFLOW))
        rhs, size = evaluate(self.firing, named, ARRAYS), system.error(ones[:, None] + 0 * b)
        allowance = size + 8 * U * (1 + np.abs(rhs))
        yield Evaluation.of_equality(fired, rhs, allowance, 1 + np.abs(rhs))
        hull = evaluate(self.hull, named, ARRAYS)
        below = system.averaged(hull[:, None] - b)
        yield self._at_most(
            below, 2 * system.error(np.abs(hull[:, None] - b)), np.ptp(b, axis=1) == 0
        )
        lead = np.abs(system.averaged(system.lead))
        rhs, apart = evaluate(self.leading, named, ARRAYS), system.error(np.abs(system.lead))
        relative = system.off.max(axis=1) + 16 * U * (2 + np.log(named["c"]))
        bound = np.where(rhs > 0, relative, 0.0) * rhs
        rounding = 2 * apart + bound + 16 * U * lead
        yield self._at_most(rhs - lead, rounding, system.one_value)

    def _at_most(self, slack: Floats, rounding: Floats, sharp: Any) -> Evaluation:
        everywhere, unranked = np.full(slack.shape, True), np.full_like(slack, np.nan)
        found = Evaluation(everywhere, -slack, 0 * slack, slack, rounding, unranked)
        return found.sharp_where(lambda: sharp & judging.witnessed(self.theorem))

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls."""

        def system() -> tuple[BallSystem, dict[str, Any]]:
            made = BallSystem(instance, self.both, self.single)
            return made, made.named()

        def output() -> tuple[arb, arb, arb]:
            made, named = system()
            scale = inner(made.p, [abs(u) for u in made.b])
            return made.averaged(made.b), evaluate(self.output, named, BALLS), scale

        def fires() -> tuple[arb, arb, arb]:
            made, named = system()
            rhs = evaluate(self.firing, named, BALLS)
            return made.fired[made.top].log(), rhs, judging.nats(rhs)

        def below() -> tuple[arb, arb, arb]:
            made, named = system()
            hull = evaluate(self.hull, named, BALLS)
            return made.averaged(made.b), hull, made.averaged([hull - u for u in made.b])

        def leads() -> tuple[arb, arb, arb]:
            made, named = system()
            lhs, rhs = abs(made.averaged(made.lead)), evaluate(self.leading, named, BALLS)
            return lhs, rhs, rhs - lhs

        one = FloatSystem(Rows(instance.batch()), self.both, self.single).one_value[0]
        sharp = self.theorem if one else None
        within = judging.upper(below, lambda *_: arb(0), scale=judging.nats)
        near = judging.upper(leads, lambda *_: arb(0), scale=abs, sharp_for=sharp)
        return judging.equal(output).guarded_by(judging.equal(fires), within, near)


_CLAIMS = {claim.name: claim.rhs for claim in theorem("fuzzy-inference").claims}
CHECK = FuzzyInference(*(_CLAIMS[name] for name in ("firing", "output", "hull", "leading")))


def _system(consequents: tuple[float, ...], *centres: tuple[float, float]) -> Instance:
    """Rules of two inputs, seen from 0, whose widths along both axes differ."""
    row = protocol.point(consequents[:1], consequents[1:])
    values = UNIT * np.array([centres], dtype=float)
    rates = np.array([[0.5, 0.75, 0.5, 0.5]])
    return replace(row, values=values, query=np.array([[0.0, 0.0]]), rates=rates)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    more, less = sp.Rational(1001, 1000), sp.Rational(999, 1000)
    row = _system((1, 2, 4), (0, 1), (1, 0.5), (-1, 2))
    two, same = _system((1, 2), (0, 0), (1, 1)), _system((1, 1), (0, 0), (1, 1))

    def changed(name: str, text: str, kind: Any, at: Instance, **claims: Any) -> Mutant:
        return Mutant(name, text, kind, replace(CHECK, **claims), at)

    firing, leading = CHECK.firing, CHECK.leading
    return (
        changed("output+0.1%", "0.1 % more is put out", "constant", row, output=value_mean * more),
        changed("output-0.1%", "0.1 % less is put out", "constant", row, output=value_mean * less),
        changed("firing+0.1%", "an exponent 0.1 % larger", "constant", row, firing=firing * more),
        changed("not-halved", "the exponent is −d²", "term", row, firing=2 * firing),
        changed("minimum", "the least membership counts", "scope", row, both=least),
        changed("one-width", "one width for all axes", "statistic", row, single=True),
        changed("hull-0.1%", "a range 0.1 % shorter", "constant", same, hull=CHECK.hull * less),
        changed("D-0.1%", "a diameter 0.1 % smaller", "constant", two, leading=leading * less),
        changed("lead-doubled", "d² for its half", "term", two, leading=leading.subs(x, 2 * x)),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    leading = CHECK.leading
    return (
        Control(
            "D+0.1%",
            "a diameter 0.1 % larger",
            "it covers every consequent too",
            replace(CHECK, leading=leading.subs(diameter, diameter * sp.Rational(1001, 1000))),
        ),
        Control(
            "c+1",
            "one more rule that does not lead",
            "the bound rises with c",
            replace(CHECK, leading=leading.subs(c, c + 1)),
        ),
    )
