"""From a formula to the weights of a transformer: one layer for each depth of past operators.

The residual stream has a slot for the truth of every subformula, and one for the attention of every
past operator. A layer's heads write attention; its first feed-forward step makes it 0 or 1, and one
more follows for each level of Boolean operators on top of that. Every slot is written once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from locality.theory.core.errors import InputError
from locality.theory.expressivity.formulas import (
    TEMPORAL,
    And,
    Constant,
    Formula,
    Letter,
    Not,
    Or,
    Past,
    Since,
    Within,
    check_letters,
    subformulas,
)
from locality.verify.recognizers.plain import Attention, FeedForward, Heads, Layer, Transformer

Operator = Past | Within
Groups = tuple[tuple[Operator, ...], ...]  # operators of one depth, by window


@dataclass(frozen=True)
class Plan:
    """Where each subformula lives, and what is computed when.

    `truth` and `mass` are slots; `operators[d]` are those of depth d, of one window each;
    `booleans[d]` the Boolean operators of depth d, level after level.
    """

    alphabet: str
    formula: Formula
    truth: dict[Formula, int]
    mass: dict[Operator, int]
    operators: tuple[Groups, ...]
    booleans: tuple[tuple[tuple[Formula, ...], ...], ...]

    @property
    def width(self) -> int:
        return len(self.truth) + len(self.mass)

    @property
    def shape(self) -> dict[str, Any]:
        """What `Transformer` is built from."""
        layers = [
            {
                "heads": [[len(group), window(group[0])] for group in groups],
                "steps": [2 * sum(map(len, groups))] * bool(groups) + list(map(len, levels)),
            }
            for groups, levels in zip(self.operators, self.booleans, strict=True)
        ]
        return {"letters": len(self.alphabet), "width": self.width, "layers": layers}


def plan(formula: Formula, alphabet: str) -> Plan:
    """Slots, layers and levels. InputError for an alphabet or an operator that does not fit."""
    nodes = list(subformulas(formula))
    for one in nodes:
        if isinstance(one, Since):
            raise InputError(
                "operator S (since): expected P and Y≤k only, because a head adds up what it sees "
                "and cannot ask that all positions in between agree"
            )
    check_letters(formula, alphabet)
    stages = _stages(nodes)
    depths = range(1 + max(depth for depth, _ in stages.values()))
    past = [one for one in nodes if isinstance(one, Past | Within)]
    return Plan(
        alphabet=alphabet,
        formula=formula,
        truth={one: slot for slot, one in enumerate(nodes)},
        mass={one: len(nodes) + slot for slot, one in enumerate(past)},
        operators=tuple(_groups(one for one in past if stages[one][0] == d) for d in depths),
        booleans=tuple(_levels(stages, d) for d in depths),
    )


def window(operator: Operator) -> int | None:
    """How many earlier positions its head sees; None for all."""
    return operator.window if isinstance(operator, Within) else None


def build(plan: Plan, scales: dict[Operator, float], attention: Attention) -> Transformer:
    """The transformer in float64. `scales`: the score of a true key, for each past operator."""
    model = Transformer(plan.shape, attention).double().requires_grad_(False)
    for part in model.parameters():
        part.zero_()
    model.embed.weight.copy_(_embedding(plan))
    for layer, groups, levels in zip(model.stack, plan.operators, plan.booleans, strict=True):
        _fill_layer(layer, plan, groups, levels, scales)
    model.read.weight[0, plan.truth[plan.formula]] = 1.0
    return model.eval()


# -- layers and levels -------------------------------------------------------------------------


def _stages(nodes: Sequence[Formula]) -> dict[Formula, tuple[int, int]]:
    """Depth of past operators, and level of Boolean operators within that depth."""
    stages: dict[Formula, tuple[int, int]] = {}
    for one in nodes:
        inner = max((stages[part] for part in one.parts), default=(0, 0))
        if isinstance(one, TEMPORAL):
            stages[one] = (inner[0] + 1, 0)
        else:
            stages[one] = (inner[0], inner[1] + isinstance(one, Not | And | Or))
    return stages


def _levels(stages: dict[Formula, tuple[int, int]], depth: int) -> tuple[tuple[Formula, ...], ...]:
    highest = max((level for d, level in stages.values() if d == depth), default=0)
    return tuple(
        tuple(one for one, stage in stages.items() if stage == (depth, level))
        for level in range(1, highest + 1)
    )


def _groups(operators: Iterable[Operator]) -> Groups:
    found: dict[int | None, list[Operator]] = {}
    for one in operators:
        found.setdefault(window(one), []).append(one)
    return tuple(map(tuple, found.values()))


# -- weights -----------------------------------------------------------------------------------


def _embedding(plan: Plan) -> Tensor:
    """What holds before any attention: a row for each letter, the last for "no letter"."""
    rows = torch.zeros(len(plan.alphabet) + 1, plan.width, dtype=torch.float64)
    for one, slot in plan.truth.items():
        if isinstance(one, Letter):
            rows[plan.alphabet.index(one.symbol), slot] = 1.0
        elif isinstance(one, Constant):
            rows[:, slot] = float(one.value)
    return rows


def _fill_layer(
    layer: Layer, plan: Plan, groups: Groups, levels: Any, scales: dict[Operator, float]
) -> None:
    steps = [step for step in layer.steps if isinstance(step, FeedForward)]
    if groups:
        _fill_rounding(steps.pop(0), plan, [one for group in groups for one in group])
    for heads, group in zip(layer.groups, groups, strict=True):
        _fill_heads(heads, plan, group, scales)
    for step, level in zip(steps, levels, strict=True):
        for unit, one in enumerate(level):
            _fill_boolean(step, plan, unit, one)


def _fill_heads(
    heads: Heads, plan: Plan, group: Sequence[Operator], scales: dict[Operator, float]
) -> None:
    """Query 1, key scale × truth, value truth: attention on the positions where it is true."""
    heads.query.bias.fill_(1.0)
    for head, one in enumerate(group):
        operand = plan.truth[one.operand]
        heads.key.weight[head, operand] = scales[one]
        heads.value.weight[head, operand] = 1.0
        heads.out.weight[plan.mass[one], head] = 1.0


def _fill_rounding(step: FeedForward, plan: Plan, operators: Sequence[Operator]) -> None:
    """relu(4F − 1) − relu(4F − 2): 0 up to ¼ and 1 from ½ on, in floats too.

    4F is exact, and from ½ on the two differences are multiples of its last place, not longer than
    it, so they are exact.
    """
    for index, one in enumerate(operators):
        for unit, sign in ((2 * index, 1.0), (2 * index + 1, -1.0)):
            step.hidden.weight[unit, plan.mass[one]] = 4.0
            step.hidden.bias[unit] = -1.0 - (unit % 2)
            step.out.weight[plan.truth[one], unit] = sign


def _fill_boolean(step: FeedForward, plan: Plan, unit: int, one: Formula) -> None:
    """¬x = relu(1 − x); x ∧ y = relu(x + y − 1); x ∨ y = 1 − relu(1 − x − y)."""
    sign = 1.0 if isinstance(one, And) else -1.0
    for part in one.parts:
        step.hidden.weight[unit, plan.truth[part]] += sign
    step.hidden.bias[unit] = 1.0 - len(one.parts) if isinstance(one, And) else 1.0
    step.out.weight[plan.truth[one], unit] = -1.0 if isinstance(one, Or) else 1.0
    step.out.bias[plan.truth[one]] = 1.0 if isinstance(one, Or) else 0.0
