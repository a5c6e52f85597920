"""Rule injection: R is the rule, C the old keys; the share as log-odds of what stays with C.

Beside the bound, whose tightness is the ratio of the odds, three equalities: total variation and
the shift of every component of the output, each from both distributions, and what removal restores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial, reduce
from typing import Any

import numpy as np
import sympy as sp
from flint import arb

from locality.theory import theorem
from locality.theory.core.functions import sigmoid
from locality.theory.core.symbols import c, lse_relevant, lse_rest, m, old_output, rule_mean, x
from locality.verify.checks import judging
from locality.verify.checks.balls import BallRow, softmax
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Mutant, point
from locality.verify.checks.rows import FLOOR, FUNCTION, SECOND_ORDER, Rows, U, given
from locality.verify.checks.scales import log_odds
from locality.verify.checks.upper import Upper
from locality.verify.instances.batch import Floats, Instance


class Injected:
    """A batch's outputs with the rule and without it, and how far they are off."""

    def __init__(self, rows: Rows) -> None:
        self.rows, self.m = rows, rows.batch.m
        self.values = given(rows.batch, "values")

    @cached_property
    def scale(self) -> Floats:
        """The largest component of a value."""
        return np.abs(self.values).max(axis=(1, 2))

    @cached_property
    def variation(self) -> Floats:
        """½ Σ |p − p without the rule|."""
        whole, old = self.rows.whole, self.rows.behind
        new = whole.weight / whole.total
        lost = np.abs(new[self.m :] - old.weight / old.total).sum(axis=0)
        return (new[: self.m].sum(axis=0) + lost) / 2

    def outputs(self, k: int) -> tuple[Floats, Floats, Floats, Floats]:
        """Component k with the rule, of the rule, before it, and once its keys are gone."""
        values, rows = self.values[:, :, k], self.rows
        rule, old = values[:, : self.m], values[:, self.m :]
        left = rows.whole.weight[self.m :]
        removed = np.einsum("kr,rk->r", left, old) / left.sum(axis=0)
        parts = ((rows.whole, values), (rows.ahead, rule), (rows.behind, old))
        with_rule, of_rule, before = (
            np.einsum("kr,rk->r", part.weight, numbers) / part.total for part, numbers in parts
        )
        return with_rule, of_rule, before, removed

    @cached_property
    def share_error(self) -> Floats:
        """A share moves by a quarter of its logit's error."""
        passes = self.rows.lse_error(self.rows.ahead) + self.rows.lse_error(self.rows.behind)
        return passes / 4 + FUNCTION

    @cached_property
    def variation_error(self) -> Floats:
        """Both distributions, each off by twice its total's error altogether, and their sums."""
        whole, old = self.rows.whole, self.rows.behind
        return SECOND_ORDER * (
            whole.total_error + old.total_error + (whole.count + 8) * U + self.share_error
        )

    @cached_property
    def mean_error(self) -> Floats:
        """Relative to the scale: three means, twice their totals' errors and the sums; the share
        counts for at most twice the scale.
        """
        parts = (self.rows.whole, self.rows.ahead, self.rows.behind)
        sums = sum(2 * part.total_error + (part.count + 12) * U for part in parts)
        return SECOND_ORDER * (sums + 2 * self.share_error)

    @cached_property
    def depth(self) -> Floats:
        """How many temperatures the lowest old key lies below the top."""
        return (self.rows.whole.top - self.rows.behind.least) / self.rows.temperature

    @cached_property
    def removal_error(self) -> Floats:
        """Relative to the scale: old weights as the whole row has them are off by 2u|z| each."""
        old = self.rows.behind
        left = 4 * U * self.depth + 2 * FUNCTION + (old.count + 12) * U
        return SECOND_ORDER * (2 * left + 2 * old.total_error)


@dataclass(frozen=True)
class RuleInjection(Upper):
    """logit(1 − α) ≤ `bound`; TV = `variation`; the output moves by `shift`, and is `removal`, both
    in terms of the rule's output and the old one, once the rule's keys are gone.
    """

    variation: sp.Expr = sp.S.Zero
    shift: sp.Expr = sp.S.Zero
    removal: sp.Expr = sp.S.Zero

    theorem = "rule-injection"
    measured = "leakage_logit"
    extras = frozenset({"values"})

    def tightness(self, lhs: Any, rhs: Any, functions: Mapping[str, Any]) -> Any:
        """The ratio of the odds."""
        return functions["exp"](lhs - rhs)

    def rounding(self, rows: Rows, lhs: Floats, rhs: Floats) -> Floats:
        """That of the measured log-odds and of ln(c/m) − x."""
        return rows.leakage_logit_error + rows.log_odds_error

    def scale(self, rhs: Any) -> Any:
        """Nats."""
        return judging.nats(rhs)

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats; removal only where they hold every old key's weight."""
        return reduce(Evaluation.guarded_by, self._equalities(rows), super().evaluate(rows))

    def _equalities(self, rows: Rows) -> Iterator[Evaluation]:
        found = Injected(rows)
        moved, one = rows.value(self.variation), np.ones(rows.batch.size)
        yield Evaluation.of_equality(found.variation, moved, found.variation_error, one)
        held = np.where(found.depth < -FLOOR, found.scale, 0.0)
        for k in range(found.values.shape[2]):
            with_rule, of_rule, before, removed = found.outputs(k)
            shift, removal = (
                rows.value(claim, rule_mean=of_rule, old_output=before)
                for claim in (self.shift, self.removal)
            )
            error = found.mean_error * found.scale
            yield Evaluation.of_equality(with_rule - before, shift, error, found.scale)
            left = found.removal_error * held + 2 * found.share_error * held
            yield Evaluation.of_equality(removed, removal, left, held)

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls, the bound and all equalities."""
        sides: list[Callable[[], tuple[arb, arb, arb]]] = [partial(self._variation, instance)]
        for k in range(given(instance, "values").shape[2]):
            sides += [partial(self._shift, instance, k), partial(self._removal, instance, k)]
        return super().judge(instance).guarded_by(*map(judging.equal, sides))

    def _variation(self, instance: Instance) -> tuple[arb, arb, arb]:
        row, m = BallRow(instance), instance.m
        new, old = softmax(row.logits), softmax(row.logits[m:])
        lost = (abs(p - q) for p, q in zip(new[m:], old, strict=True))
        rhs = row.value(self.variation)
        return (sum(new[:m], arb(0)) + sum(lost, arb(0))) / 2, rhs, judging.nats(rhs)

    def _shift(self, instance: Instance, k: int) -> tuple[arb, arb, arb]:
        row = BallRow(instance)
        of_rule, before = _outputs(row, k)
        moved = _mean(softmax(row.logits), _numbers(instance, k)) - before
        rhs = row.value(self.shift, rule_mean=of_rule, old_output=before)
        return moved, rhs, judging.nats(rhs)

    def _removal(self, instance: Instance, k: int) -> tuple[arb, arb, arb]:
        row, m = BallRow(instance), instance.m
        removed = _mean(softmax(row.logits)[m:], _numbers(instance, k)[m:])
        of_rule, before = _outputs(row, k)
        rhs = row.value(self.removal, rule_mean=of_rule, old_output=before)
        return removed, rhs, judging.nats(rhs)


def _numbers(instance: Instance, k: int) -> list[arb]:
    return [arb(float(number)) for number in given(instance, "values")[0, :, k]]


def _mean(weights: list[arb], numbers: list[arb]) -> arb:
    pairs = zip(weights, numbers, strict=True)
    return sum((p * number for p, number in pairs), arb(0)) / sum(weights, arb(0))


def _outputs(row: BallRow, k: int) -> tuple[arb, arb]:
    """Component k of the rule's output and of the old one."""
    numbers, m = _numbers(row.instance, k), row.instance.m
    parts = (slice(m), slice(m, None))
    rule, old = (_mean(softmax(row.logits[part]), numbers[part]) for part in parts)
    return rule, old


_CLAIMS = {claim.name: claim.rhs for claim in theorem("rule-injection").claims}
CHECK = RuleInjection(
    -log_odds(_CLAIMS["share"]),
    variation=_CLAIMS["variation"],
    shift=_CLAIMS["shift"],
    removal=_CLAIMS["removal"],
)


def _row(rule: tuple[float, ...], old: tuple[float, ...], temperature: float = 1.0) -> Instance:
    """The rule says 1, the old keys 0."""
    values = np.array([[[1.0]] * len(rule) + [[0.0]] * len(old)])
    return replace(point(rule, old, temperature), values=values)


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""
    bound, sharp = CHECK.bound, _row((1,), (0, 0, 0))
    more, less = sp.Rational(1001, 1000), sp.Rational(999, 1000)
    by_count = sigmoid(sp.log(m / c))
    return (
        Mutant(
            "odds+0.1%",
            "the odds of the least share are 0.1 % larger",
            "constant",
            replace(CHECK, bound=bound - sp.log(more)),
            sharp,
        ),
        Mutant(
            "c-1",
            "one old key is forgotten",
            "size",
            replace(CHECK, bound=bound.subs(c, c - 1), sizes=(1, 2)),
            sharp,
        ),
        Mutant(
            "mean-over-old",
            "the margin is taken to the mean of the old scores",
            "statistic",
            replace(CHECK, reads={"x": "lead_over_average"}),
            _row((1,), (0, -8)),
        ),
        Mutant(
            "loudest-rule-key",
            "the margin is taken from the largest rule score",
            "statistic",
            replace(CHECK, reads={"x": "gap"}),
            _row((1, -7), (0,)),
        ),
        Mutant(
            "no-temperature",
            "the margin is not divided by the temperature",
            "statistic",
            replace(CHECK, reads={"x": "margin"}),
            _row((2,), (0, 0, 0), temperature=2.0),
        ),
        Mutant(
            "variation+0.1%",
            "the distribution moves by 0.1 % more than the share",
            "constant",
            replace(CHECK, variation=CHECK.variation * more),
            sharp,
        ),
        Mutant(
            "variation-doubled",
            "total variation without the factor one half",
            "constant",
            replace(CHECK, variation=2 * CHECK.variation),
            sharp,
        ),
        Mutant(
            "shift-0.1%",
            "the output moves by 0.1 % less",
            "constant",
            replace(CHECK, shift=CHECK.shift * less),
            sharp,
        ),
        Mutant(
            "shift-by-count",
            "the rule has its share of the keys",
            "statistic",
            replace(CHECK, shift=by_count * (rule_mean - old_output)),
            sharp,
        ),
        Mutant(
            "still-there",
            "once its keys are gone the rule is still heard",
            "scope",
            replace(CHECK, removal=old_output + CHECK.shift),
            sharp,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    bound = CHECK.bound
    return (
        Control(
            "mean-over-rule",
            "the margin is taken from the mean of the rule scores",
            "Jensen: the rule keys weigh at least m times the weight of their mean score",
            replace(CHECK, reads={"x": "lead_of_average"}),
        ),
        Control(
            "c+1",
            "one more old key",
            "the least share falls with c",
            replace(CHECK, bound=bound.subs(c, c + 1)),
        ),
        Control(
            "-x",
            "the margin with the wrong sign, where it is nonnegative",
            "the least share rises with x, and −x ≤ x",
            replace(CHECK, bound=bound.subs(x, -x), scope="margin"),
        ),
        Control(
            "share-of-the-old",
            "total variation is what the old keys do not keep",
            "both shares sum to 1",
            replace(CHECK, variation=1 - sigmoid(lse_rest - lse_relevant)),
        ),
    )
