"""Recruitment: what points cost in bits against the floor, and how often recruitment saved η.

A row's keys are points, their coordinates the score and the values. They are coded by one block,
by one for R and one for C, and by one for each half of these; a block has the share, the mean and
the variances of its keys, no variance below σ² = τ/rate. Blocks cost bits and savings count from η
on, both up to eight times a rate. Tightness is the points' mean density over the peak.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.numbers import BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import dimension, least_variance, saving
from locality.verify.checks import judging
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.instances.batch import Batch, Floats, Instance

CLAIMS = {claim.name: claim.rhs for claim in theorem("recruitment").claims}
MOST = 8  # bits that a block costs, or that a recruitment must save, at most


def partitions(m: int, n: int) -> list[list[tuple[int, int]]]:
    """Runs of keys that have a block: all; R and C; the halves of both."""
    halves = sorted({0, m // 2, m, m + (n - m) // 2, n})
    return [list(pairwise(ends)) for ends in ((0, n), (0, m, n), halves)]


@dataclass(frozen=True)
class Block:
    """How many of all keys, and by rows a mean and variances (rows, axes)."""

    size: int
    of: int
    mean: Floats
    variance: Floats


@dataclass(frozen=True)
class Points:
    """The points (rows, n, axes) of a batch, and what a row's rates make of it."""

    points: Floats
    least: Floats
    price: Floats
    saving: Floats
    codes: list[list[Block]]

    @classmethod
    def of(cls, batch: Batch) -> Points:
        """Means and variances are taken in floats, and are what they are: numbers of a block."""
        points = np.concatenate([batch.scores[:, :, None], given(batch, "values")], axis=2)
        rates = given(batch, "rates")
        least = batch.temperature / rates[:, 0]
        codes = [
            [_fitted(points, run, least) for run in runs] for runs in partitions(batch.m, batch.n)
        ]
        return cls(points, least, MOST * rates[:, 1], MOST * rates[:, 2], codes)

    @property
    def known(self) -> dict[str, Any]:
        """What the claims read."""
        _, count, axes = self.points.shape
        return {
            "points": float(count),
            "dimension": float(axes),
            "least_variance": self.least,
            "saving": self.saving,
        }


def _fitted(points: Floats, run: tuple[int, int], least: Floats) -> Block:
    own = points[:, slice(*run)]
    variance = np.maximum(own.var(axis=1), least[:, None])
    return Block(run[1] - run[0], points.shape[1], own.mean(axis=1), variance)


def bits(points: Floats, blocks: list[Block]) -> tuple[Floats, Floats]:
    """What a row's points cost under a mixture, and its error.

    A block's terms are off relatively, each point's by about what they sum to without their signs.
    """
    logs, widest = [], np.zeros(len(points))
    for block in blocks:
        scale = np.log(2 * np.pi * block.variance)
        away = points - block.mean[:, None]
        distance = np.einsum("rna,ra->rn", away * away, 1 / block.variance)
        logs.append(np.log(block.size / block.of) - (scale.sum(axis=1)[:, None] + distance) / 2)
        widest = np.maximum(widest, np.abs(scale).sum(axis=1))
    nats = -np.logaddexp.reduce(logs).sum(axis=1)
    count, axes = points.shape[1:]
    relative = 2 * FUNCTION + (axes + count + 16) * U
    error = SECOND_ORDER * relative * (np.abs(nats) + count * (2 * widest + 16))
    return nats / np.log(2), error / np.log(2)


def exact_bits(points: Floats, blocks: list[Block]) -> arb:
    """What the points (n, axes) of one row cost, in balls, by definition."""
    total = arb(0)
    for place in points.tolist():
        density = arb(0)
        for block in blocks:
            one = arb(block.size) / block.of  # floats of shares might add up to more than 1
            for x, mean, variance in zip(place, block.mean[0], block.variance[0], strict=True):
                e, y = arb(float(variance)), arb(x) - float(mean)
                one *= (-y * y / (2 * e)).exp() / (2 * arb.pi() * e).sqrt()
            density += one
        total -= density.log()
    return total / arb(2).log()


@dataclass(frozen=True)
class Recruitment:
    """A point costs at least `floor`; recruitments are at most `count`, all proposals if `refused`
    ones count too.
    """

    floor: sp.Expr
    count: sp.Expr
    refused: bool = False

    theorem: ClassVar[str] = "recruitment"
    kind: ClassVar[Kind] = "upper"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "rates"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats."""
        made = Points.of(rows.batch)
        costs, errors = zip(*[bits(made.points, blocks) for blocks in made.codes], strict=True)
        cost, error = np.min(costs, axis=0), np.max(errors, axis=0)
        size = made.known["points"]
        floor = size * evaluate(self.floor, made.known, rows.functions)
        rounding = error + (2 * FUNCTION + 12 * U) * np.abs(floor)
        tightness = np.exp(np.minimum(floor - cost, 0) * np.log(2) / size)
        everywhere = np.full(len(cost), True)
        found = Evaluation(everywhere, cost, floor, cost - floor, rounding, tightness)
        found = found.sharp_where(lambda: coinciding(made.points) & judging.witnessed(self.theorem))
        return found.guarded_by(self._counted(made, list(costs), rounding, rows.functions))

    def _counted(
        self, made: Points, costs: list[Floats], rounding: Floats, functions: Mapping[str, Any]
    ) -> Evaluation:
        spent = [
            len(code) * made.price + cost for code, cost in zip(made.codes, costs, strict=True)
        ]
        now, done = spent[0], np.zeros(len(spent[0]))
        for proposed in spent[1:]:
            accepted = proposed <= now - made.saving
            done += accepted | self.refused
            now = np.where(accepted, proposed, now)
        most = evaluate(self.count, {**made.known, "initial_bits": spent[0]}, functions)
        rounded = 2 * rounding / made.saving + 16 * U * (np.abs(most) + 2)
        blank = np.full_like(most, np.nan)
        return Evaluation(np.full(len(most), True), done, most, most - done, rounded, blank)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, from its blocks' numbers as floats made them."""
        made = Points.of(instance.batch())
        known = {name: arb(float(np.ravel(value)[0])) for name, value in made.known.items()}

        def costs() -> list[arb]:
            return [exact_bits(made.points[0], blocks) for blocks in made.codes]

        def above_floor() -> tuple[arb, arb, arb]:
            cost = reduce(arb.min, costs())
            floor = known["points"] * evaluate(self.floor, known, BALLS)
            return floor, cost, cost - floor

        def counted() -> tuple[arb, arb, arb]:
            price, save = arb(float(made.price[0])), known["saving"]
            spent = [len(b) * price + cost for b, cost in zip(made.codes, costs(), strict=True)]
            now, done = spent[0], 0
            for proposed in spent[1:]:
                accepted = not proposed > now - save
                done += accepted or self.refused
                now = proposed if accepted else now
            most = evaluate(self.count, {**known, "initial_bits": spent[0]}, BALLS)
            return arb(done), most, most - done

        def density(floor: arb, cost: arb) -> arb:
            return ((floor - cost) * arb(2).log() / known["points"]).exp()

        sharp = self.theorem if coinciding(made.points)[0] else None
        first = judging.upper(above_floor, density, scale=judging.nats, sharp_for=sharp)
        return first.guarded_by(judging.upper(counted, lambda *_: arb("nan"), scale=abs))


def coinciding(points: Floats) -> NDArray[np.bool_]:
    """Rows whose points are one point."""
    return (points == points[:, :1]).all(axis=(1, 2))


CHECK = Recruitment(CLAIMS["floor"], CLAIMS["count"])


def _keys(
    *places: float, m: int, rates: tuple[float, float, float, float], heat: float = 1.0
) -> Instance:
    """Keys whose values are their scores."""
    row = point(places[:m], places[m:], heat)
    values = np.array([[[place] for place in places]])
    return replace(row, values=values, rates=np.array([rates]))


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    floor, count, together = CHECK.floor, CHECK.count, _keys(1, 1, m=1, rates=(0.5, 0.5, 0.5, 0.5))
    return (
        Mutant(
            "a-thousandth-of-a-bit",
            "the floor is a thousandth of a bit higher per coordinate",
            "constant",
            replace(CHECK, floor=floor + dimension / 1000),
            together,
        ),
        Mutant(
            "22/7",
            "the floor has 22/7 for π",
            "constant",
            replace(CHECK, floor=floor.subs(sp.pi, sp.Rational(22, 7))),
            together,
        ),
        Mutant(
            "one-axis-more",
            "points have a coordinate more",
            "size",
            replace(CHECK, floor=floor.subs(dimension, dimension + 1)),
            together,
        ),
        Mutant(
            "no-bits-below-0",
            "data never cost less than nothing",
            "term",
            replace(CHECK, floor=sp.S.Zero),
            _keys(0, 8, m=1, rates=(0.875, 0.5, 0.5, 0.5), heat=2.0**-8),
        ),
        Mutant(
            "refused-too",
            "refused proposals count as well",
            "statistic",
            replace(CHECK, refused=True),
            _keys(1, 1, m=1, rates=(0.5, 2.0**-10, 0.75, 0.5)),
        ),
        Mutant(
            "twice-the-saving",
            "every recruitment is taken to save 2η",
            "constant",
            replace(CHECK, count=count.subs(saving, 2 * saving)),
            _keys(0, 7, m=1, rates=(0.5, 2.0**-10, 0.75, 0.5)),
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "half-the-variance",
            "the floor of half the least variance",
            "no variance is below that either, and the floor rises with it",
            replace(CHECK, floor=CHECK.floor.subs(least_variance, least_variance / 2)),
        ),
        Control(
            "half-the-saving",
            "every recruitment is taken to save η/2",
            "whoever saves η saves half of it",
            replace(CHECK, count=CHECK.count.subs(saving, saving / 2)),
        ),
    )
