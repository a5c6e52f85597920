"""Transformer layers: groups of rows as heads, each a local mean that keeps to its block.

A head's map turns the coordinates of its tokens by one place for every head before it and scales
them, so that its norm is known. What all heads change, head by head, against the bound; tightness
is their ratio. Leakages count relative to the group's largest, and each head's share of the bound
in units of leakage times norm. Beside it, for every head, that an affine map of tokens passes
through their mean.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial, reduce
from typing import Any, ClassVar

import numpy as np
import sympy as sp
from flint import arb
from numpy.typing import NDArray

from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.theory.core.symbols import change_before, factor, gain, leakage, offset, value_mean
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow, softmax
from locality.verify.checks.outputs import (
    Change,
    Outputs,
    Reach,
    anywhere,
    between,
    change,
    squared_diameter,
    squared_length,
    within,
)
from locality.verify.checks.passes import inner
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant
from locality.verify.checks.rows import FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.instances.batch import Floats, Instance

WIDTH = 2
LONGEST = 2  # a head's norm is at most this, a rate times as much


def groups(rows: NDArray) -> NDArray:
    """(groups, WIDTH, …) from consecutive rows; rows that fill no group are left out."""
    return rows[: len(rows) // WIDTH * WIDTH].reshape(-1, WIDTH, *rows.shape[1:])


def matrix_row(rates: Any, d: int) -> list[Any]:
    """d entries of a matrix: three rates in turn, every other one negative."""
    return [rates[k % 3] * (-1) ** k for k in range(d)]


# -- floats -----------------------------------------------------------------------------------


class Heads:
    """A batch's groups of heads: how far each moves, and how leaky it is beside the leakiest."""

    def __init__(self, rows: Rows, reach: Reach) -> None:
        self.rows, self.outputs = rows, Outputs(rows)
        self.rates, self.diameter = given(rows.batch, "rates"), self.outputs.diameter(reach)

    @cached_property
    def share(self) -> Floats:
        """(groups, WIDTH) leakages over the group's largest."""
        logit = self.rows.leakage_logit
        log = groups(np.minimum(logit, 0) - np.log1p(np.exp(-np.abs(logit))))
        return np.exp(log - log.max(axis=1, keepdims=True))

    @cached_property
    def share_error(self) -> Floats:
        """Relative: both logits' errors, and those of the logarithms and their difference."""
        size = np.abs(self.rows.leakage_logit)
        each = groups(self.rows.leakage_logit_error + 2 * FUNCTION + 4 * U * size)
        return SECOND_ORDER * (each.sum(axis=1, keepdims=True) + FUNCTION)

    @property
    def gain(self) -> Floats:
        """(groups, WIDTH) norms of the heads' maps."""
        return LONGEST * groups(self.rates[:, 3])

    def known(self) -> list[Mapping[str, Floats]]:
        """What the bound reads of each head, its own scale aside."""
        named = {
            "leakage": groups(self.rows.leakage),
            "gain": self.gain,
            "diameter": groups(self.diameter),
        }
        return [{name: value[:, h] for name, value in named.items()} for h in range(WIDTH)]

    def change(self) -> tuple[Floats, Floats]:
        """The length of what all heads change, and its error."""
        moved, scale = groups(self._across()), self.share * self.gain
        turned = [np.roll(moved[:, h], h, axis=1) * scale[:, h, None] for h in range(WIDTH)]
        length = np.linalg.norm(reduce(operator.add, turned), axis=1)
        sizes, errors = groups(self.outputs.change), groups(self.outputs.change_error)
        each = scale * (errors + (self.share_error + 4 * U) * sizes)
        return length, SECOND_ORDER * each.sum(axis=1) + self.outputs.norm_error * length

    def _across(self) -> Floats:
        """μ_C − μ_R."""
        values, m = self.outputs.values, self.rows.batch.m
        parts = ((self.rows.behind, values[:, m:]), (self.rows.ahead, values[:, :m]))
        theirs, ours = (
            np.einsum("kr,rkd->rd", part.weight, some) / part.total[:, None] for part, some in parts
        )
        return theirs - ours


def aligned(rows: Rows) -> NDArray[np.bool_]:
    """Groups of heads with one token on the block and one off it, moved in one direction that
    turning coordinates leaves as it is; or of which at most one moves at all.
    """
    values, m = given(rows.batch, "values"), rows.batch.m
    ways = values[:, m] - values[:, 0]
    flat = (ways == ways[:, :1]).all(axis=1)
    shape = groups(Outputs(rows).one_value_each).all(axis=1)
    signs = groups(np.sign(ways[:, 0]))
    alike = groups(flat).all(axis=1) & (signs == signs[:, :1]).all(axis=1)
    moving = groups((ways != 0).any(axis=1)).sum(axis=1)
    return shape & (alike | (moving <= 1))


# -- balls ------------------------------------------------------------------------------------


class ExactHeads:
    """One group in balls."""

    def __init__(self, instance: Instance, reach: Reach) -> None:
        batch = instance.batch()
        self.ones = [batch.instance(h) for h in range(WIDTH)]
        self.rows = [BallRow(one) for one in self.ones]
        self.gains = [LONGEST * arb(float(rates[3])) for rates in given(instance, "rates")]
        self.far = [squared_diameter(one, reach) for one in self.ones]
        self.moved = [_turned(change(one), h) for h, one in enumerate(self.ones)]

    def scales(self) -> list[arb]:
        """Leakage times norm of each head, over the largest leakage."""
        leaks = [row.leakage for row in self.rows]
        most = reduce(arb.max, leaks)
        return [leak / most * norm for leak, norm in zip(leaks, self.gains, strict=True)]

    def known(self) -> list[Mapping[str, Any]]:
        """What the bound reads of each head at the diameter 1."""
        pairs = zip(self.rows, self.gains, strict=True)
        return [{"leakage": row.leakage, "gain": norm, "diameter": arb(1)} for row, norm in pairs]


def _turned(moved: Change, places: int) -> Change:
    """The same change with its coordinates turned."""
    return Change(*(part[-places:] + part[:-places] for part in (moved.leading, moved.rest)))


def _crossed(far: tuple[arb, arb], ours: Change, theirs: Change, parts: tuple[arb, arb]) -> arb:
    """f₁f₂D₁D₂ − ⟨Δ₁, Δ₂⟩, where both are positive from their squares."""
    one, two = ([a + b for a, b in zip(x.leading, x.rest, strict=True)] for x in (ours, theirs))
    along, most = inner(one, two), parts[0] * parts[1] * (far[0] * far[1]).sqrt()
    if not along > 0:
        return most - along
    squares = (parts[0] * parts[1]) ** 2 * far[0] * far[1] - along**2
    return squares / (most + along)


# -- the check --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Hierarchy:
    """What heads change ≤ `carried` times what the ones before do + leakage · norm · `head`, the
    diameter taken over `reach`; and a mean of mapped tokens = `affine`, without offset if `linear`,
    with weights that dropout left if `dropped`.
    """

    carried: sp.Expr
    head: sp.Expr
    affine: sp.Expr
    reach: Reach = between
    linear: bool = False
    dropped: bool = False

    theorem: ClassVar[str] = "transformer-is-hierarchical-local-model"
    kind: ClassVar[Kind] = "upper"
    extras: ClassVar[frozenset[str]] = frozenset({"values", "rates"})
    width: ClassVar[int] = WIDTH

    def factors(self, known: list[Mapping[str, Any]], functions: Mapping[str, Any]) -> list[Any]:
        """What each head's `head` counts in the end, later heads having carried it."""
        carried = evaluate(self.carried, {}, functions)
        own = [evaluate(self.head, each, functions) for each in known]
        return [part * carried ** (WIDTH - 1 - h) for h, part in enumerate(own)]

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every group in floats; where no head can change, nothing is bounded."""
        heads = Heads(rows, self.reach)
        lhs, error = heads.change()
        parts = np.stack(self.factors(heads.known(), ARRAYS), axis=1)
        bounds = heads.share * heads.gain * parts
        rhs = bounds.sum(axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            short = groups(heads.outputs.diameter_error(heads.diameter) / heads.diameter)
            tightness = lhs / rhs
        relative = np.nan_to_num(short, nan=0.0) + heads.share_error + 12 * U
        rounding = error + (bounds * relative).sum(axis=1) + 4 * U * (lhs + rhs)
        apart = (
            rhs if self.reach is between else groups(heads.outputs.diameter(between)).max(axis=1)
        )
        found = Evaluation(~(apart == 0), lhs, rhs, rhs - lhs, rounding, tightness)
        found = found.sharp_where(lambda: aligned(rows) & judging.witnessed(self.theorem))
        return reduce(Evaluation.guarded_by, self._affine(rows), found)

    def _affine(self, rows: Rows) -> Iterator[Evaluation]:
        values, rates = given(rows.batch, "values"), given(rows.batch, "rates")
        entries = np.stack(matrix_row(rates.T, values.shape[2]), axis=1)
        added = 0.0 * rates[:, 3] if self.linear else rates[:, 3]
        mapped = np.einsum("rd,rkd->rk", entries, values) + added[:, None]
        p = rows.whole.weight / rows.whole.total
        p = np.stack(_kept(p)) if self.dropped else p
        lhs = np.einsum("kr,rk->r", p, mapped)
        means = [np.einsum("kr,rk->r", p, column) for column in values.transpose(2, 0, 1)]
        rhs = self._mapped(entries.T, means, added, ARRAYS)
        scale = 1 + values.shape[2] * np.abs(values).max(axis=(1, 2))
        steps = rows.whole.count + values.shape[2] + 16
        error = SECOND_ORDER * 4 * (2 * rows.whole.total_error + steps * U) * scale
        every = Evaluation.of_equality(lhs, rhs, error, scale)
        for h in range(WIDTH):
            yield _of_head(every, h)

    def _mapped(self, entries: Any, means: Any, added: Any, functions: Mapping[str, Any]) -> Any:
        """The claim unrolled over coordinates, each adding to what the others make."""
        for entry, mean in zip(entries, means, strict=True):
            given_here = {"factor": entry, "value_mean": mean, "offset": added}
            added = evaluate(self.affine, given_here, functions)
        return added

    def judge(self, instance: Instance) -> Judgement:
        """Decide one group in balls."""
        sharp = self.theorem if bool(aligned(Rows(instance.batch()))[0]) else None
        first = judging.upper(
            partial(self._sides, instance), operator.truediv, scale=abs, sharp_for=sharp
        )
        return first.guarded_by(
            *(judging.equal(partial(self._affine_sides, instance, h)) for h in range(WIDTH))
        )

    def _sides(self, instance: Instance) -> tuple[arb, arb, arb]:
        exact = ExactHeads(instance, self.reach)
        parts, scales, far = self.factors(exact.known(), BALLS), exact.scales(), exact.far
        rhs = inner([a * f for a, f in zip(scales, parts, strict=True)], [x.sqrt() for x in far])
        # rhs² − lhs², head by head and pair by pair, every difference of large numbers exact.
        larger = arb(0)
        for h, moved in enumerate(exact.moved):
            own = (parts[h] ** 2 - 1) * far[h] + (far[h] - squared_length(moved.leading))
            larger += scales[h] ** 2 * (own + moved.shorter_than_leading)
            for g in range(h):
                both = (far[g], far[h]), exact.moved[g], moved, (parts[g], parts[h])
                larger += 2 * scales[g] * scales[h] * _crossed(*both)
        lhs = (rhs**2 - larger).nonnegative_part().sqrt()
        return lhs, rhs, larger / (lhs + rhs)

    def _affine_sides(self, instance: Instance, h: int) -> tuple[arb, arb, arb]:
        row, values = BallRow(instance, h), given(instance, "values")[h]
        rates = [arb(float(rate)) for rate in given(instance, "rates")[h]]
        entries = matrix_row(rates, values.shape[1])
        added = arb(0) if self.linear else rates[3]
        p = softmax(row.logits)
        p = _kept(p) if self.dropped else p
        columns = [[arb(float(x)) for x in column] for column in values.T]
        mapped = [inner(entries, token) + added for token in zip(*columns, strict=True)]
        rhs = self._mapped(entries, [inner(p, column) for column in columns], added, BALLS)
        return inner(p, mapped), rhs, judging.nats(rhs)


def _kept(p: Any) -> list[Any]:
    """Weights after dropout at ½ that took the first token."""
    return [0 * p[0], *(2 * x for x in p[1:])]


def _of_head(every: Evaluation, h: int) -> Evaluation:
    """One head's evaluation from that of all rows."""
    arrays = ("applicable", "lhs", "rhs", "slack", "rounding", "tightness")
    return Evaluation(*(groups(getattr(every, name))[:, h] for name in arrays))


_CLAIMS = {claim.name: claim.rhs for claim in theorem(Hierarchy.theorem).claims}
_CARRIED = _CLAIMS["bound"].coeff(change_before)
CHECK = Hierarchy(
    _CARRIED,
    (_CLAIMS["bound"] - _CARRIED * change_before) / (leakage * gain),
    _CLAIMS["affine"],
)


def _heads(
    *scores: tuple[float, ...], values: tuple[float, ...] = (0.0, 1.0, 1.0), rate: float = 0.5
) -> Instance:
    """Two heads with one kept token, on a line."""
    tokens = [[value] for value in values]
    return Instance(
        scores=np.array(scores),
        m=1,
        temperature=np.ones(len(scores)),
        values=np.array([tokens] * len(scores)),
        rates=np.full((len(scores), 4), rate),
    )


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    head = CHECK.head
    more, less = sp.Rational(1001, 1000), sp.Rational(999, 1000)
    even = _heads((1, 0, 0), (1, 0, 0))
    return (
        Mutant(
            "change-0.1%",
            "a head changes 0.1 % less",
            "constant",
            replace(CHECK, head=head * less),
            even,
        ),
        Mutant(
            "leakage-squared",
            "the leakage counts twice",
            "term",
            replace(CHECK, head=head * leakage),
            even,
        ),
        Mutant(
            "maps-that-keep",
            "a head's matrices lengthen nothing",
            "term",
            replace(CHECK, head=head / gain),
            _heads((1, 0, 0), (1, 0, 0), rate=0.75),
        ),
        Mutant(
            "last-head-alone",
            "only the last head counts",
            "term",
            replace(CHECK, carried=sp.S.Zero),
            even,
        ),
        Mutant(
            "within-parts",
            "the diameter covers distances within the block and within the rest only",
            "statistic",
            replace(CHECK, reach=within),
            even,
        ),
        Mutant(
            "factor+0.1%",
            "a matrix maps the mean to 0.1 % more",
            "constant",
            replace(CHECK, affine=factor * value_mean * more + offset),
            even,
        ),
        Mutant(
            "no-offset",
            "the offset averages out",
            "term",
            replace(CHECK, affine=factor * value_mean),
            even,
        ),
        Mutant(
            "dropout",
            "dropout took the first token's weight and doubled the others",
            "scope",
            replace(CHECK, dropped=True),
            even,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    return (
        Control(
            "gain+10%",
            "a norm a tenth too large",
            "it bounds what the matrices do too",
            replace(CHECK, head=CHECK.head * sp.Rational(11, 10)),
        ),
        Control(
            "diameter-of-all",
            "the diameter of all tokens",
            "it covers every pair of a kept and another token",
            replace(CHECK, reach=anywhere),
        ),
        Control(
            "dropout-without-offset",
            "weights that dropout left, and no offset",
            "a linear map passes through a sum with any weights",
            replace(CHECK, dropped=True, linear=True),
        ),
    )
