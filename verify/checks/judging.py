"""Verdicts from balls: precision grows until a sign is decided, or a residual is small enough.

`flint.ctx.prec` is global, so everything here sets it and gives it back. Overlapping balls
compare as False both ways, so a slack is asked whether it is ≥ 0, then whether it is < 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from flint import arb

from locality.theory import theorem
from locality.theory.core.numbers import precision
from locality.verify.checks.protocol import Judgement
from locality.verify.instances.batch import Instance

PRECISIONS = tuple(128 << 2 * k for k in range(6))  # bits; the last reaches e^−90 000
SHARP_BITS = 100  # a residual is zero when it is known to 2^−SHARP_BITS of its scale


def below(value: arb) -> float:
    """A float no larger than anything in the ball."""
    return math.nextafter(float(value.lower()), -math.inf)


def above(value: arb) -> float:
    """A float no smaller than anything in the ball."""
    return math.nextafter(float(value.upper()), math.inf)


def two_level(instance: Instance) -> bool:
    """Whether all scores of R are equal and all scores of C are equal, in every row."""
    scores, m = instance.scores, instance.m
    return all(bool((part == part[:, :1]).all()) for part in (scores[:, :m], scores[:, m:]))


@cache
def witnessed(name: str) -> bool:
    """Whether the theorem's sharpness witness is an identity, by its own check."""
    return theorem(name).sharp.check().ok


def vanishes(residual: arb, scale: arb | int) -> bool:
    """Whether a ball contains 0 and is known to 2^−SHARP_BITS of the scale."""
    return bool(residual.contains(0) and residual.rad() * 2**SHARP_BITS <= abs(arb(scale)))


def upper(
    measure: Callable[[], tuple[arb, arb, arb]],
    tightness: Callable[[arb, arb], arb],
    *,
    scale: Callable[[arb], arb],
    sharp_for: str | None = None,
    strict: bool = False,
) -> Judgement:
    """lhs ≤ rhs, or < if `strict`, from balls (lhs, rhs, rhs − lhs).

    `sharp_for`: the theorem whose sharpness witness this instance is, if any; then a slack that
    vanishes on the scale of rhs is equality attained.
    """
    found = (math.nan, math.nan)
    for bits in PRECISIONS:
        with precision(bits):
            lhs, rhs, slack = measure()
            found, tight = (below(slack), above(slack)), below(tightness(lhs, rhs))
            if sharp_for and vanishes(slack, scale(rhs)) and witnessed(sharp_for):
                return Judgement("attained", found, tight)
            if slack > 0 or (slack >= 0 and not strict):
                return Judgement("holds", found, tight)
            if slack < 0 or (slack <= 0 and strict):
                return Judgement("violated", found)
    return Judgement("undecided", found)


def equal(measure: Callable[[], tuple[arb, arb, arb]]) -> Judgement:
    """lhs = rhs, from balls (lhs, rhs, scale): the residual vanishes on the scale. Tightness is 1
    less the residual's share of the scale.
    """
    found = (math.nan, math.nan)
    for bits in PRECISIONS:
        with precision(bits):
            lhs, rhs, scale = measure()
            off = abs(lhs - rhs)
            found, tight = (below(-off), above(-off)), below(1 - off / scale)
            if vanishes(lhs - rhs, scale):
                return Judgement("holds", found, tight)
            if off > 0:
                return Judgement("violated", found)
    return Judgement("undecided", found)


def nats(rhs: Any) -> Any:
    """The scale of log-odds and other quantities that may be 0: 1 + |rhs|."""
    return 1 + abs(rhs)


def nonnegative(value: Callable[[], arb]) -> bool | None:
    """Whether a statistic is ≥ 0; None where no precision decides."""
    for bits in PRECISIONS:
        with precision(bits):
            found = value()
            if found >= 0 or found < 0:
                return bool(found >= 0)
    return None
