"""Small language models trained at several dials, and one trained at none and dialled afterwards.

A fraction f leaves a key outside the query's line the share 1 − f of its weight, λ/τ = −ln(1 − f):
0 is plain attention, 1 is attention to the own line alone. For every f and seed a model of two
layers is trained and read at f; the models trained at 0 are read at every f as well.

Of these the study also takes every layer's scores as they are at dial 0, so that the dial cannot
change them, and checks `dial-mean-entropy`: measured by its definition, mean entropy rises up to
the first turning point λ° and falls from the last one on, and the last is covered by the margins.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor

from locality.kernels import AuxRequest, attend, row_statistics
from locality.kernels.statistics import distribution
from locality.verify.experiments.language_model import (
    Layer,
    Model,
    Plan,
    corpus,
    lines,
    plays,
    single_thread,
    trained,
    validation,
    windows,
)
from locality.verify.experiments.study import Part, Study
from locality.verify.experiments.summaries import across

FRACTIONS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
DIALLED = tuple(k / 20 for k in range(21))
SEEDS = (1, 2, 3)
FULL = Plan(layers=2, steps=800)
QUICK = Plan(layers=2, width=16, heads=2, context=48, batch=4, steps=30, every=10)
MEASURED = 24  # windows of held-out text whose attention is measured
BEYOND = (0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)  # steps past a turning point, in units of τ
BETWEEN = 25
UNIT = 2.0**-53


def dial_of(fraction: float) -> float:
    """λ/τ at which a key outside the line keeps the share 1 − fraction of its weight."""
    return math.inf if fraction == 1 else -math.log1p(-fraction)


# -- reading a model ---------------------------------------------------------------------------


def reading(model: Model, plan: Plan, fraction: float, most: int | None) -> dict[str, Any]:
    """Perplexity a character, and each layer's mean entropy and fidelity, all layers dialled.

    Means are over the rows that see a key outside their line; `alone` counts the others.
    """
    dials = [dial_of(fraction)] * plan.layers
    tokens, _ = windows(corpus().held_out, plan.context, MEASURED)
    states, line = model.states(tokens, dials), lines(tokens)
    layers = [
        _means(layer, state, line, dial)
        for layer, state, dial in zip(model.stack, states[:-1], dials, strict=True)
    ]
    return {
        "perplexity": math.exp(validation(model, plan, dials, most)),
        "entropy": fmean(each["entropy"] for each in layers),
        "fidelity": fmean(each["fidelity"] for each in layers),
        "layers": layers,
    }


def _means(layer: Layer, state: Tensor, line: Tensor, dial: float) -> dict[str, Any]:
    q, k, v = layer.projected(state)
    seen: Any = attend(
        q,
        k,
        v,
        blocks=line,
        relevant=line,
        dial=dial * math.sqrt(q.shape[-1]),
        mask="causal",
        aux=AuxRequest(entropy=True, fidelity=True),
        backend="reference",
    )
    others = seen.c > 0
    return {
        "entropy": float(seen.entropy[others].mean()),
        "fidelity": float(seen.fidelity[others].mean()),
        "rows": int(others.sum()),
        "alone": int((~others).sum()),
    }


# -- the mean entropy of a layer's fixed scores ------------------------------------------------


class Scores:
    """A layer's scaled scores s/τ at dial 0, float64 (windows, heads, queries, keys)."""

    def __init__(self, layer: Layer, state: Tensor, line: Tensor) -> None:
        q, k, _ = (part.double() for part in layer.projected(state))
        self.scaled = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        own = line.unsqueeze(-1) == line.unsqueeze(-2)
        visible = torch.ones_like(own).tril()
        self.inside, self.outside = ((own & visible)[:, None], (~own & visible)[:, None])
        self.rows = self.outside.any(-1).expand(self.scaled.shape[:-1])
        lengths = q.norm(dim=-1) / math.sqrt(q.shape[-1])
        reach = lengths * torch.cdist(k, k).flatten(-2).amax(-1, keepdim=True)
        self.reach = float(reach[self.rows].max())

    def turning_points(self) -> Tensor:
        """λ°/τ of each row that sees keys of both kinds, (rows,)."""
        parts = []
        for among in (self.outside, self.inside):
            _, _, p = distribution(self.scaled.masked_fill(~among, -math.inf))
            parts.append((p * self.scaled).sum(-1))
        return (parts[0] - parts[1])[self.rows]

    def mean_entropy(self, dial: float) -> float:
        """The mean over those rows, in nats, at λ/τ = dial of either sign."""
        lowered = self.scaled - dial * self.outside
        rows = row_statistics(lowered, visible=self.inside | self.outside)
        return float(rows.entropy[self.rows].mean())

    def cover(self) -> float:
        """The largest −Δ/τ of those rows."""
        least = self.scaled.masked_fill(~self.inside, math.inf).amin(-1)
        most = self.scaled.masked_fill(~self.outside, -math.inf).amax(-1)
        return float((most - least)[self.rows].max())

    def rounding(self, dial: float) -> float:
        """How far `mean_entropy` can be from exact: see `rounding`."""
        visible = self.inside | self.outside
        largest = float(self.scaled.masked_fill(~visible, 0.0).abs().max()) + abs(dial)
        return rounding(largest, self.scaled.shape[-1], int(self.rows.sum()))


def rounding(largest: float, keys: int, rows: int) -> float:
    """Bound of the float error of a mean of entropies of `rows` rows of at most `keys` keys.

    largest: of |s|/τ with the dial. Lowering a score, taking it from the row's maximum and its
    exponential move a logarithm of a weight by at most u(4·largest + 4); by `rounding` that moves
    entropy by √(1 + ¼ln²(n − 1)) times as much. Sums of nonnegative terms add a relative error of
    a rounding a term, and entropy is at most ln n. Second orders are covered by the factor 1.01.
    """
    spread = math.sqrt(1 + math.log(max(keys - 1, 1)) ** 2 / 4)
    sums = (2 * keys + math.log2(rows) + 10) * math.log(keys)
    return 1.01 * UNIT * ((4 * largest + 4) * spread + sums)


def hills(model: Model, plan: Plan) -> list[dict[str, Any]]:
    """Each layer's curve of mean entropy against the dial, its scores fixed, and where it turns.

    All dials are λ/τ. `positive` is the share of rows whose entropy rises at first.
    """
    tokens, _ = windows(corpus().held_out, plan.context, MEASURED)
    states = model.states(tokens, [0.0] * plan.layers)
    line = lines(tokens)
    below = zip(model.stack, states[:-1], strict=True)
    return [hill(Scores(layer, state, line)) for layer, state in below]


def hill(scores: Scores) -> dict[str, Any]:
    """The curve of one layer, with what bounds its last turning point."""
    turning = scores.turning_points()
    first, last = float(turning.min()), float(turning.max())
    inner = [first + (last - first) * k / BETWEEN for k in range(1, BETWEEN)]
    dials = [*(first - step for step in reversed(BEYOND)), *inner]
    dials += [last + step for step in BEYOND]
    return {
        "first": first,
        "last": last,
        "mean": float(turning.mean()),
        "positive": float((turning > 0).double().mean()),
        "cover": scores.cover(),
        "reach": scores.reach,
        "dials": dials,
        "entropies": [scores.mean_entropy(dial) for dial in dials],
        "rounding": scores.rounding(max(map(abs, dials))),
    }


def slopes(curve: Mapping[str, Any], side: str) -> list[float]:
    """How much entropy goes the claimed way between neighbouring dials before or after the turns.

    side: "rises", up to the first turning point, or "falls", from the last one on.
    """
    points = [*zip(curve["dials"], curve["entropies"], strict=True)]
    if side == "rises":
        among = [h for dial, h in points if dial <= curve["first"]]
        return [after - before for before, after in pairwise(among)]
    among = [h for dial, h in points if dial >= curve["last"]]
    return [before - after for before, after in pairwise(among)]


# -- the study ---------------------------------------------------------------------------------


def part(plan: Plan, fraction: float, seed: int, quick: bool, folder: Path) -> dict[str, Any]:
    """One model: trained at `fraction` and read there, and where that is 0 at every dial."""
    most = MEASURED if quick else None
    with single_thread():
        model = trained(plan, [dial_of(fraction)] * plan.layers, seed, folder)
        with torch.no_grad():
            found: dict[str, Any] = {"fraction": fraction, "seed": seed}
            found["trained"] = reading(model, plan, fraction, most)
            if fraction == 0:
                found["dialled"] = [reading(model, plan, each, most) for each in DIALLED]
                found["hills"] = hills(model, plan)
    return found


def parts(quick: bool) -> dict[str, Part]:
    """A part for each seed and fraction."""
    plan, fractions, seeds = (QUICK, (0.0, 0.6, 1.0), (1, 2)) if quick else (FULL, FRACTIONS, SEEDS)
    return {
        f"{fraction:g}-seed-{seed}": partial(part, plan, fraction, seed, quick)
        for seed in seeds
        for fraction in fractions
    }


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """Means, ranges and the seeds' own values at each fraction; the curves of every layer."""
    plain = [each for each in found.values() if "hills" in each]
    fractions = sorted({each["fraction"] for each in found.values()})
    return {
        "trained": [
            _at(f, [each["trained"] for each in found.values() if each["fraction"] == f])
            for f in fractions
        ],
        "dialled": [_at(f, [each["dialled"][k] for each in plain]) for k, f in enumerate(DIALLED)],
        "hills": {str(each["seed"]): each["hills"] for each in plain},
        "seeds": [each["seed"] for each in plain],
    }


def _at(fraction: float, readings: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    layers = [*zip(*(each["layers"] for each in readings), strict=True)]
    names = ("perplexity", "entropy", "fidelity")
    return {
        "fraction": fraction,
        **{name: across([each[name] for each in readings]) for name in names},
        "layers": [
            {name: across([each[name] for each in same]) for name in names[1:]} for same in layers
        ],
        "rows": layers[0][0]["rows"],
        "alone": layers[0][0]["alone"],
    }


def faults(found: Mapping[str, Any]) -> list[str]:
    """Where a layer's mean entropy turns outside the range of its turning points."""
    return [
        f"seed {seed}, layer {number}: {said}"
        for seed, curves in found["hills"].items()
        for number, curve in enumerate(curves, start=1)
        for said in _faults(curve)
    ]


def _faults(curve: Mapping[str, Any]) -> Iterator[str]:
    for side in ("rises", "falls"):
        found = slopes(curve, side)
        if not all(slope >= -2 * curve["rounding"] for slope in found):
            yield f"mean entropy does not stay on its way where it {side}: {min(found):.3g}"
        if not any(slope > 2 * curve["rounding"] for slope in found):
            yield f"no step is larger than rounding where it {side}"
    if not curve["last"] <= curve["cover"] <= curve["reach"]:
        ends = " ≤ ".join(f"{curve[name]:.4g}" for name in ("last", "cover", "reach"))
        yield f"the last turning point is not covered: {ends} is false"


STUDY = Study(
    name="dial-training",
    title="Language models trained under a dial, and one dialled afterwards",
    theorems=("dial", "dial-mean-entropy"),
    inequality="mean entropy of fixed scores rises up to the first turning point, falls from the "
    "last one on, and margins cover the last",
    parts=parts,
    summary=summary,
    faults=faults,
    inputs=lambda: {"plays.txt": plays()},
    modules=(
        "locality.verify.experiments.language_model",
        "locality.verify.experiments.summaries",
    ),
)
