"""Schedules of dials over the layers: steep or flat, as announced and at equal total locality.

Layer ℓ of L has the dial λ_max(ℓ/L)^β. The larger β, the smaller every dial but the last: whoever
compares such schedules compares more locality with less. So each is also scaled to one total Σλ_ℓ,
that of β = 1. A model is trained under every schedule and under none, with the same start and the
same text for a seed, so that differences are paired; and the model trained under none is dialled
afterwards, and its states compared with the undialled run's and with the bounds of `progressive`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from functools import partial
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

from locality.verify.experiments.language_model import (
    Plan,
    corpus,
    plays,
    single_thread,
    trained,
    validation,
    windows,
)
from locality.verify.experiments.layered import Stack, compared, deviation_bound
from locality.verify.experiments.study import Part, Study
from locality.verify.experiments.summaries import across

STEEPNESS = (0, 1, 3, 5)
LARGEST = 4.0  # λ_max/τ: a key outside the line keeps e⁻⁴, a fiftieth of its weight
SEEDS = (1, 2, 3)
FULL = Plan(layers=4, steps=400)
QUICK = Plan(layers=4, width=16, heads=2, context=48, batch=4, steps=20, every=10)
MEASURED = 16  # windows of held-out text whose states are compared
DAMPING = 0.02
BASE = "none"
LINEAR = "published-1"  # in both arms: its total is what the others are scaled to
FLAT = "equal-0"


def schedule(steepness: float, layers: int) -> list[float]:
    """λ/τ of each layer as announced."""
    return [LARGEST * (number / layers) ** steepness for number in range(1, layers + 1)]


def scaled(steepness: float, layers: int) -> list[float]:
    """The same at the total of steepness 1."""
    shape, total = schedule(steepness, layers), math.fsum(schedule(1, layers))
    return [dial * total / math.fsum(shape) for dial in shape]


def every(layers: int) -> dict[str, list[float]]:
    """The schedules by name; steepness 1 is the same in both arms."""
    found = {f"published-{beta}": schedule(beta, layers) for beta in STEEPNESS}
    return found | {f"equal-{beta}": scaled(beta, layers) for beta in STEEPNESS if beta != 1}


# -- parts -------------------------------------------------------------------------------------


def part(plan: Plan, name: str, seed: int, quick: bool, folder: Path) -> dict[str, Any]:
    """One model: trained under a schedule, read under it, and dialled beside undialled."""
    most = MEASURED if quick else None
    dials = every(plan.layers).get(name, [0.0] * plan.layers)
    with single_thread():
        model = trained(plan, dials, seed, folder)
        found: dict[str, Any] = {"name": name, "seed": seed}
        found["nats"] = validation(model, plan, dials, most)
        exact = deepcopy(model).double()
        tokens, _ = windows(corpus().held_out, plan.context, MEASURED)
        if name != BASE:
            return found | {"own": compared(Stack(exact, tokens), dials)}
        found["dialled"] = {
            each: {"nats": validation(model, plan, under, most)}
            | compared(Stack(exact, tokens), under)
            for each, under in every(plan.layers).items()
        }
        linear = every(plan.layers)[LINEAR]
        for key, damping in (("orders", None), ("damped", DAMPING)):
            stack = Stack(exact, tokens, damping)
            found[key] = {
                "increasing": compared(stack, linear),
                "decreasing": compared(stack, linear[::-1]),
            }
    return found


def parts(quick: bool) -> dict[str, Part]:
    """A part for each seed and schedule."""
    plan, seeds = (QUICK, SEEDS[:1]) if quick else (FULL, SEEDS)
    names = (BASE, LINEAR, "equal-0", "equal-5") if quick else (BASE, *every(plan.layers))
    return {
        f"{name}-seed-{seed}": partial(part, plan, name, seed, quick)
        for seed in seeds
        for name in names
    }


# -- summary -----------------------------------------------------------------------------------


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """Trained models with paired differences from the flat one of equal total; dialled ones."""
    by_name: dict[str, list[Any]] = {}
    for each in found.values():
        by_name.setdefault(each["name"], []).append(each)
    base = by_name.pop(BASE)
    flat = [each["nats"] for each in by_name[FLAT]]
    return {
        "none": across([math.exp(each["nats"]) for each in base]),
        "trained": {name: _trained(same, flat) for name, same in by_name.items()},
        "dialled": {
            name: _seeds([each["dialled"][name] for each in base]) for name in base[0]["dialled"]
        },
        "orders": [each["orders"] for each in base],
        "damped": [each["damped"] for each in base],
    }


def _trained(same: Sequence[Mapping[str, Any]], flat: Sequence[float]) -> dict[str, Any]:
    dials = same[0]["own"]["dials"]
    nats = [each["nats"] for each in same]
    return {
        "dials": dials,
        "total": math.fsum(dials),
        "perplexity": across([math.exp(each) for each in nats]),
        "over flat": across([one - other for one, other in zip(nats, flat, strict=True)]),
        "own": [each["own"] for each in same],
    }


def _seeds(same: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "dials": same[0]["dials"],
        "total": math.fsum(same[0]["dials"]),
        "perplexity": across([math.exp(each["nats"]) for each in same]),
        "deviation": across([each["deviation"] for each in same]),
        "runs": [*same],
    }


# -- what must hold ----------------------------------------------------------------------------


def faults(found: Mapping[str, Any]) -> list[str]:
    """Where a run leaves its bounds, or an order or a steepness is not as the theorem says."""
    said = [f"{name}: {what}" for name, run in runs(found) for what in _run(run)]
    return [*said, *_orders(found), *_steepness(found)]


def runs(found: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every comparison of a dialled with an undialled run, by a name."""
    for way, key in (("trained", "own"), ("dialled", "runs")):
        for name, each in found[way].items():
            for number, run in enumerate(each[key], start=1):
                yield f"{way} {name} {number}", run
    for way in ("orders", "damped"):
        for number, pair in enumerate(found[way], start=1):
            for name, run in pair.items():
                yield f"{way} {name} {number}", run


def _run(run: Mapping[str, Any]) -> Iterator[str]:
    for how in ("on the runs", "by operators"):
        if not run[how]["tightest"] >= 1:
            yield f"the deviation is 1/{run[how]['tightest']:.4g} of its bound {how}"
    pairs = zip(run["secants"][1:], run["operators"][1:], strict=True)
    if not all(secant <= operator for secant, operator in pairs):
        yield "a layer's constant exceeds its bound by operator norms"
    if not run["excess"] <= run["rounding"]:
        yield f"a dial moved more attention than it can, by {run['excess']:.3g}"


def least_order(run: Mapping[str, Any], constants: str) -> list[float]:
    """The order of a run's dials whose bound is least, with its constants of that kind."""
    orders = permutations(run["dials"])
    return [*min(orders, key=lambda dials: deviation_bound(dials, run[constants], 1.0))]


def _orders(found: Mapping[str, Any]) -> Iterator[str]:
    for pair in found["orders"]:
        run = pair["increasing"]
        if not min(run["operators"][1:]) >= 1 or least_order(run, "operators") != run["dials"]:
            yield "the increasing order has not the least bound where no layer contracts"
    for pair in found["damped"]:
        run = pair["increasing"]
        backwards = run["dials"][::-1]
        if not max(run["secants"][1:]) <= 1 or least_order(run, "secants") != backwards:
            yield "the decreasing order has not the least bound where every layer contracts"


def _steepness(found: Mapping[str, Any]) -> Iterator[str]:
    for run in (pair["increasing"] for pair in found["orders"]):
        shapes = [found["dialled"][f"published-{beta}"]["dials"] for beta in STEEPNESS]
        bounds = [deviation_bound(dials, run["operators"], 1.0) for dials in shapes]
        if not all(flatter >= steeper for flatter, steeper in pairwise(bounds)):
            yield "the bound of the announced schedules does not fall with their steepness"


STUDY = Study(
    name="schedules",
    title="Dials that grow with depth, as announced and at equal total locality",
    theorems=("dial", "progressive"),
    inequality="no dial moves more attention than tanh(λ/4τ), no run deviates by more than "
    "Σ e(λ)ΠΛ, and the least bound has the increasing order, for contractions the decreasing one",
    parts=parts,
    summary=summary,
    faults=faults,
    inputs=lambda: {"plays.txt": plays()},
    modules=tuple(
        f"locality.verify.experiments.{name}" for name in ("language_model", "layered", "summaries")
    ),
)
