"""Group sparsemax: the penalty at which a group gets weight, from the objective and as claimed.

R is one group, the other keys are another. The multiplier is chosen, below sparsemax's and below
the largest other score by (1 + step)/2 temperatures, and R's penalty is the one that belongs to it;
so nothing is solved. The other group's penalty is the critical one, moved by a share `shift(delta)`
of it. Where the claim says that no weight moves, the objective must not fall along the excesses;
where it says that some does, it must. Tightness is 1 less the share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import sympy as sp
from flint import arb, arb_series

from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS, BALLS
from locality.theory.core.printer import evaluate
from locality.verify.checks import judging
from locality.verify.checks.balls import BallPart, BallRow
from locality.verify.checks.passes import once
from locality.verify.checks.protocol import Control, Evaluation, Judgement, Kind, Mutant, point
from locality.verify.checks.rows import RowPart, Rows, U, given
from locality.verify.checks.statistics import Statistics
from locality.verify.checks.threshold import shift
from locality.verify.instances.batch import Floats, Instance

CLAIMS = {claim.name: claim.rhs for claim in theorem("group-sparsemax").claims}

Each = Callable[[Any], Any]


class Problem:
    """The two groups of a row, in temperatures from the multiplier; floats or balls."""

    functions: Mapping[str, Any]

    def __init__(self, row: Statistics[Any], step: Any) -> None:
        self.row, self.step = row, step

    def total(self, part: Any, each: Each, reach: Any) -> Any:
        """Σ each(z + reach) over the keys of a part, z ≤ 0 being their scores from the top."""
        raise NotImplementedError

    @cached_property
    def unpenalised_reach(self) -> Any:
        """How far sparsemax's multiplier of R alone lies below R's largest score."""
        raise NotImplementedError

    def ramp(self, value: Any) -> Any:
        return self.functions["ramp"](value)

    def length(self, part: Any, reach: Any) -> Any:
        """The length of a part's excesses."""
        square = self.total(part, lambda z: self.ramp(z) * self.ramp(z), reach)
        return self.functions["sqrt"](square)

    @cached_property
    def low(self) -> Any:
        """How far the multiplier lies below the least of sparsemax's and the others' top."""
        return (1 + self.step) / 2

    @cached_property
    def reach(self) -> Any:
        """How far it lies below R's largest score."""
        return 1 + self.ramp(self.row.gap - 1) + self.low

    @cached_property
    def excess_most(self) -> Any:
        """The largest excess of the other group."""
        return self.ramp(1 - self.row.gap) + self.low

    @cached_property
    def excess(self) -> Any:
        """The length of the other group's excesses."""
        return self.length(self.row.behind, self.excess_most)

    @cached_property
    def excess_sum(self) -> Any:
        """Their sum."""
        return self.total(self.row.behind, self.ramp, self.excess_most)

    @cached_property
    def excess_unclipped(self) -> Any:
        """The length of the other group's distances from the multiplier."""
        square = self.total(self.row.behind, lambda z: z * z, self.excess_most)
        return self.functions["sqrt"](square)

    @cached_property
    def excess_unpenalised(self) -> Any:
        """The length of the excesses over the multiplier that R has without its penalty."""
        return self.length(self.row.behind, self.unpenalised_reach - self.row.gap)

    @cached_property
    def group_size(self) -> Any:
        return self.row.c

    @cached_property
    def group_lead(self) -> Any:
        """The largest excess less 1, which a lead is where the multiplier is 1 below R's top."""
        return self.excess_most - 1

    @cached_property
    def relevant_sum(self) -> Any:
        """Σ of R's excesses, at least 1."""
        return self.total(self.row.ahead, self.ramp, self.reach)

    @cached_property
    def relevant_length(self) -> Any:
        return self.length(self.row.ahead, self.reach)

    @cached_property
    def own_penalty(self) -> Any:
        """R's, for which its excesses over their sum are the weights of the problem of R alone."""
        return self.relevant_length * (1 - 1 / self.relevant_sum)

    @cached_property
    def critical(self) -> Any:
        """The other group's penalty up to which the objective falls along its excesses."""
        raise NotImplementedError


class FloatProblem(Problem):
    """The rows of a batch."""

    functions = ARRAYS

    def total(self, part: RowPart, each: Each, reach: Floats) -> Floats:
        z = (part.scores - part.top[:, None]) / part.temperature[:, None]
        found: Floats = each(z + reach[:, None]).sum(axis=1)
        return found

    @cached_property
    def unpenalised_reach(self) -> Floats:
        part = self.row.ahead
        z = np.sort((part.scores - part.top[:, None]) / part.temperature[:, None], axis=1)[:, ::-1]
        left = 1 - np.cumsum(z, axis=1)
        counts = np.arange(1, part.count + 1)
        size = np.maximum((left + counts * z > 0).sum(axis=1), 1)  # none where scores are NaN
        found: Floats = left[np.arange(len(z)), size - 1] / size
        return found

    @cached_property
    def critical(self) -> Floats:
        """By the derivative of the objective; scores are counted from the multiplier."""
        square, total = self.relevant_length**2, self.relevant_sum
        price = square / total - square / total**2 - self.own_penalty * self.relevant_length / total
        return (self.excess**2 - self.excess_sum * price) / self.excess

    @cached_property
    def critical_error(self) -> Floats:
        """Rounding of `critical`, whose price is a difference of terms up to Σe²/Σe."""
        size = self.excess_sum * self.relevant_length**2 / (self.relevant_sum * self.excess)
        return 16 * U * (size + self.excess)

    @cached_property
    def excess_error(self) -> Floats:
        """Error of a sum or length of the excesses: c times that of one, and of c additions."""
        one = 12 * U * self.excess_most + 4 * U * (self.row.gap < 1) + 3 * U * np.abs(self.row.gap)
        return self.row.c * one + (self.row.c + 8) * U * self.excess_sum


class BallProblem(Problem):
    """One row."""

    functions = BALLS

    def total(self, part: BallPart, each: Each, reach: arb) -> arb:
        return sum(
            (each((score - part.top) / part.temperature + reach) * k for score, k in part.keys),
            arb(0),
        )

    @cached_property
    def unpenalised_reach(self) -> arb:
        part, taken, size = self.row.ahead, arb(1), 0
        for score, k in part.keys:
            z = (score - part.top) / part.temperature
            if size and not taken + size * z > 0:
                break
            taken, size = taken - k * z, size + k
        return taken / size

    @cached_property
    def critical(self) -> arb:
        """By the power series of the objective, which knows nothing of multipliers.

        Weight t·f moves to the other group from R in proportion; the other group's own term is
        linear in t, and left out.
        """
        shares = 1 / self.relevant_sum
        left = arb_series([1, -self.excess_sum], prec=2)
        cost = arb_series([0], prec=2)
        for part, reach, scale in (
            (self.row.ahead, self.reach, left * shares),
            (self.row.behind, self.excess_most, arb_series([0, 1], prec=2)),
        ):
            for score, k in part.keys:
                excess = self.ramp((score - part.top) / part.temperature + reach)
                off = scale * excess - score / part.temperature
                cost = cost + off * off * k / 2
        cost = cost + left * (self.own_penalty * self.relevant_length * shares)
        return -cost[1] / self.excess


@once
def problems(rows: Rows) -> FloatProblem:
    """The two groups of every row of a batch."""
    return FloatProblem(rows, rows.step)


@dataclass(frozen=True)
class GroupSparsemax:
    """A penalty of at least `bound` is claimed to keep the other group at 0, and less not to.

    `reads` sends a symbol of the bound to another statistic; `side` keeps one half of the claim.
    """

    bound: sp.Expr
    reads: Mapping[str, str] = field(default_factory=dict)
    side: Literal["both", "enough", "not enough"] = "both"

    theorem: ClassVar[str] = "group-sparsemax"
    kind: ClassVar[Kind] = "iff"
    extras: ClassVar[frozenset[str]] = frozenset({"delta", "step"})
    width: ClassVar[int] = 1

    def evaluate(self, rows: Rows) -> Evaluation:
        """Measure every row in floats, on the scale of the critical penalty."""
        found, moved = problems(rows), shift(given(rows.batch, "delta"))
        penalty, threshold = found.excess * (1 + moved), self._threshold(found)
        error = found.excess_error * (1 + threshold / found.excess) + 8 * U * threshold
        enough, unclear = penalty >= threshold, ~(np.abs(penalty - threshold) > error)
        above = (penalty - found.critical) / found.excess
        rounding = (found.critical_error + 4 * U * found.excess) / found.excess
        sides = {"both": enough | ~enough, "enough": enough, "not enough": ~enough}
        off = np.abs(found.critical / found.excess - 1)
        return Evaluation(
            applicable=sides[self.side],
            lhs=threshold,
            rhs=penalty,
            slack=np.where(unclear, 0.0, np.where(enough, above, -above)),
            rounding=np.where(unclear, 0.0, rounding),
            tightness=np.where(moved > 0, 1 - np.maximum(off, moved), np.nan),
        )

    def judge(self, instance: Instance) -> Judgement:
        """Decide one row in balls; undecided on the side left out."""
        moved = float(shift(given(instance, "delta"))[0])

        def problem() -> BallProblem:
            row = BallRow(instance)
            return BallProblem(row, row.step)

        def ahead() -> arb:
            found = problem()
            return found.excess * (1 + arb(moved)) - self._threshold(found)

        def measure() -> tuple[arb, arb, arb]:
            found = problem()
            tried, critical = 1 + arb(moved), found.critical / found.excess
            lhs, rhs = (critical, tried) if enough else (tried, critical)
            return lhs, rhs, rhs - lhs

        def tightness(*_: arb) -> arb:
            found = problem()
            return 1 - abs(found.critical / found.excess - 1).max(arb(moved))

        enough = judging.nonnegative(ahead)
        if enough is None or self.side == ("not enough" if enough else "enough"):
            return Judgement("undecided", (np.nan, np.nan))
        decided = judging.upper(measure, tightness, scale=abs)
        return decided if moved > 0 else replace(decided, tightness=np.nan)

    def _threshold(self, found: Problem) -> Any:
        names = {symbol.name for symbol in self.bound.free_symbols}
        values = {name: getattr(found, self.reads.get(name, name)) for name in names}
        return evaluate(self.bound, values, found.functions)


CHECK = GroupSparsemax(CLAIMS["certificate"])


def mutants() -> tuple[Mutant, ...]:
    """Claims that are false."""

    def reading(statistic: str) -> GroupSparsemax:
        return replace(CHECK, reads={"excess": statistic})

    bound = CHECK.bound
    just_below = point((1,), (0, 0), step=0.5, delta=1 - 2.0**-11)
    just_above = point((1,), (0, 0), step=0.5, delta=2.0**-11)
    apart = point((1,), (0, -4), step=0.5, delta=2.0**-11)
    thousandth = sp.Rational(1, 1000)
    return (
        Mutant(
            "excess-0.1%",
            "a penalty 0.1 % below the excess is enough",
            "constant",
            replace(CHECK, bound=bound * (1 - thousandth)),
            just_below,
        ),
        Mutant(
            "excess+0.1%",
            "a penalty 0.1 % above the excess is needed",
            "constant",
            replace(CHECK, bound=bound * (1 + thousandth)),
            just_above,
        ),
        Mutant(
            "unpenalised-multiplier",
            "the multiplier is that of R without its penalty",
            "term",
            reading("excess_unpenalised"),
            just_below,
        ),
        Mutant(
            "largest-excess",
            "the largest excess in place of their length",
            "statistic",
            reading("excess_most"),
            just_below,
        ),
        Mutant(
            "sum-of-excesses",
            "the sum of the excesses in place of their length",
            "statistic",
            reading("excess_sum"),
            just_above,
        ),
        Mutant(
            "not-clipped",
            "keys below the multiplier count with their distance from it",
            "scope",
            reading("excess_unclipped"),
            apart,
        ),
    )


def controls() -> tuple[Control, ...]:
    """Changed claims that are still true."""
    tenth = sp.Rational(1, 10)
    return (
        Control(
            "enough-for-all",
            "√|g| times the largest excess is enough",
            "the second claim: no excess is larger",
            replace(CHECK, bound=CLAIMS["enough"], side="enough"),
        ),
        Control(
            "enough-with-reserve",
            "a penalty a tenth above the excess is enough",
            "the sufficient half, with a larger penalty",
            replace(CHECK, bound=CHECK.bound * (1 + tenth), side="enough"),
        ),
        Control(
            "too-little-with-reserve",
            "a penalty a tenth below the excess is too little",
            "the necessary half, with a smaller penalty",
            replace(CHECK, bound=CHECK.bound * (1 - tenth), side="not enough"),
        ),
    )
