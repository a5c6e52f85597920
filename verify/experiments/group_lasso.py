"""Group penalties on attention: which blocks die, at which penalty, and by which method.

Three tasks: a convex one (attention points at a key), one with a squared loss at the output, and
the witness of the threshold, one block that can pull just as hard as the theorem allows. Each is
trained by proximal gradient steps under a sweep of penalties until no block is farther than GOAL
from stationary; then every block that is not zero must meet a gradient as long as its penalty, and
above the threshold none may be left. Beside it: subgradient descent and Adam at one penalty, a
conic solver on the convex task, factorised weights, and attention with every block switched off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from locality.theory import theorem
from locality.verify.experiments.language_model import single_thread
from locality.verify.experiments.proximal import (
    Task,
    adam,
    at,
    factorised,
    norms,
    objective,
    opposed,
    pointing,
    product,
    proximal,
    solved,
    subgradient,
)
from locality.verify.experiments.study import Part, Study

SEED = 7
GOAL = 1e-10  # how far from stationary a block may end
ROUNDING = 2.0**-40  # of a gradient's length: sums of some thousand products in double precision
QUERIES = {False: 48, True: 12}
STEPS = {False: 4000, True: 1500}
CONVEX = tuple(0.01 * 2 ** (k / 3) for k in range(16))
DRAWN = tuple(0.002 * 2 ** (k / 3) for k in range(12))
RATIOS = (0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.001, 1.01, 1.1, 1.25, 1.5)
ONE = 0.02  # the penalty at which methods and weights are compared
CONIC = 0.08


def started(task: Task) -> Tensor:
    """Seeded weights, no block of them zero."""
    generator = np.random.default_rng(SEED)
    return torch.from_numpy(generator.normal(scale=0.3, size=tuple(task.zero.shape)))


def charged(task: Task, penalty: float) -> Tensor:
    """The same penalty on every block."""
    return torch.full((task.count,), penalty, dtype=torch.float64)


def threshold(task: Task) -> float:
    """The penalty above which the theorem leaves no block, whatever the weights."""
    return float(theorem("group-lasso-attention").solve("penalty", **task.bounds).value or 0)


# -- parts -------------------------------------------------------------------------------------


def trained(task: Task, penalty: float, steps: int) -> dict[str, Any]:
    """One run of proximal steps: where its blocks end and what they met."""
    lam = charged(task, penalty)
    run = proximal(task, lam, started(task), steps, GOAL)
    return {
        "penalty": penalty,
        "norms": norms(run.weights).tolist(),
        "gradients": norms(task.gradient(run.weights)).tolist(),
        "steepest": run.steepest.tolist(),
        "residuals": at(task, run.weights, lam).tolist(),
        "steps": run.steps,
    }


def sweep(task: Task, penalties: Sequence[float], steps: int, bounded: bool) -> dict[str, Any]:
    """One task under many penalties, with the threshold where the theorem knows one."""
    with single_thread():
        return {
            "threshold": threshold(task) if bounded else None,
            "at zero": norms(task.gradient(task.zero)).tolist(),
            "runs": [trained(task, penalty, steps) for penalty in penalties],
        }


def task_of(name: str, quick: bool) -> Task:
    """A task by name: convex, drawn or tight."""
    if name == "tight":
        return opposed()
    return pointing(np.random.default_rng(SEED), QUERIES[quick], name == "convex")


def swept(name: str, quick: bool, folder: Path) -> dict[str, Any]:
    """The sweep of a task."""
    task, every = task_of(name, quick), 4 if quick else 1
    limit = threshold(task) if name != "convex" else 0.0
    penalties = {
        "convex": CONVEX[::every],
        "drawn": (*DRAWN[::every], 0.5 * limit, 1.001 * limit),
        "tight": tuple(ratio * limit for ratio in RATIOS),
    }[name]
    return sweep(task, penalties, STEPS[quick], name != "convex")


def methods(quick: bool, folder: Path) -> dict[str, Any]:
    """Block norms after three methods, as many steps of each."""
    task = task_of("convex", quick)
    lam, start, steps = charged(task, 2 * CONIC), started(task), STEPS[quick] // 2
    with single_thread():
        return {
            "steps": steps,
            "penalty": 2 * CONIC,
            "proximal": norms(proximal(task, lam, start, steps, GOAL).weights).tolist(),
            "subgradient": norms(subgradient(task, lam, start, steps)).tolist(),
            "adam": norms(adam(task, lam, start, steps)).tolist(),
        }


def conic(quick: bool, folder: Path) -> dict[str, Any]:
    """The convex task by proximal steps and by a conic solver."""
    task = task_of("convex", quick)
    lam = charged(task, CONIC)
    with single_thread():
        run = proximal(task, lam, started(task), STEPS[quick], GOAL)
        other = torch.from_numpy(np.array(solved(task, lam)))
    return {
        "penalty": CONIC,
        "norms": {"proximal": norms(run.weights).tolist(), "conic": norms(other).tolist()},
        "objectives": [objective(task, weights, lam) for weights in (run.weights, other)],
        "residual": float(at(task, run.weights, lam).norm()),
        "apart": float((run.weights - other).norm()),
    }


def factors(quick: bool, folder: Path) -> dict[str, Any]:
    """Factorised weights from zero and from elsewhere, at a penalty that one matrix outgrows."""
    task = task_of("convex", quick)
    generator = np.random.default_rng(SEED)
    rank = task.zero.shape[1]
    start = [torch.from_numpy(generator.normal(size=(task.count, rank, rank))) for _ in range(2)]
    lam, steps = charged(task, ONE), STEPS[quick] // 2
    nothing = [torch.zeros_like(each) for each in start]
    with single_thread():
        return {
            "penalty": ONE,
            "at zero": norms(task.gradient(task.zero)).tolist(),
            "one matrix": norms(proximal(task, lam, task.zero, steps, GOAL).weights).tolist(),
            "from zero": norms(product(*factorised(task, lam, nothing, steps))).tolist(),
            "from elsewhere": norms(product(*factorised(task, lam, start, steps))).tolist(),
        }


def uniform(quick: bool, folder: Path) -> dict[str, Any]:
    """Attention with every block at zero: its entropy beside ln n."""
    task = task_of("drawn", quick)
    p = torch.softmax(task.scores(task.zero), 1)
    entropies = -(p * p.log()).sum(1)
    return {"keys": p.shape[1], "entropies": [float(entropies.min()), float(entropies.max())]}


def parts(quick: bool) -> dict[str, Part]:
    """The sweeps and the comparisons."""
    found: dict[str, Part] = {
        name: partial(swept, name, quick) for name in ("convex", "drawn", "tight")
    }
    others = {"methods": methods, "conic": conic, "factors": factors, "uniform": uniform}
    return found | {name: partial(each, quick) for name, each in others.items()}


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """All of it: it is small."""
    return dict(found)


# -- what must hold ----------------------------------------------------------------------------


def faults(found: Mapping[str, Any]) -> list[str]:
    """Where a run or a comparison is not as the theorems say."""
    told = [fault for name in ("convex", "drawn", "tight") for fault in _swept(name, found[name])]
    return [*told, *_compared(found)]


def _swept(name: str, swept: Mapping[str, Any]) -> Iterator[str]:
    limit = swept["threshold"]
    for run in swept["runs"]:
        columns = (run[key] for key in ("norms", "gradients", "steepest", "residuals"))
        for block, (norm, gradient, steepest, rest) in enumerate(zip(*columns, strict=True)):
            where = f"{name}: block {block} at penalty {run['penalty']:g}"
            lam, off = run["penalty"], rest + ROUNDING * steepest
            if not rest <= GOAL:
                yield f"{where} ends {rest:g} from stationary"
            if norm > 0 and not lam - gradient <= off:
                yield f"{where} is not zero, though its gradient is {gradient:g}"
            if norm > 0 and lam > steepest + off:
                yield f"{where} is not zero, though no gradient on its way exceeds {steepest:g}"
            if norm == 0 and not gradient - lam <= off:
                yield f"{where} is zero, though its gradient is {gradient:g}"
            if limit is not None and norm > 0 and not lam <= limit:
                yield f"{where} is not zero, though the threshold is {limit:g}"
            if limit is not None and not steepest <= limit * (1 + ROUNDING):
                yield f"{where} met a gradient of {steepest:g}, above the bound {limit:g}"


def _compared(found: Mapping[str, Any]) -> Iterator[str]:
    by = found["methods"]
    if 0.0 not in by["proximal"]:
        yield "proximal steps leave no block at zero"
    for method in ("subgradient", "adam"):
        if not min(by[method]) > 0:
            yield f"{method} reaches an exact zero"
    conic = found["conic"]
    ours, theirs = conic["objectives"]
    # Convexity: no point lies below ours by more than the residual times its distance.
    room = conic["residual"] * conic["apart"] + ROUNDING * abs(ours)
    if not ours <= theirs + room:
        yield f"the conic solver's objective {theirs:g} lies below that of proximal steps, {ours:g}"
    if any(found["factors"]["from zero"]):
        yield "factorised weights leave zero"
    entropy = np.log(found["uniform"]["keys"])
    for each in found["uniform"]["entropies"]:
        if not abs(each - entropy) <= ROUNDING * entropy:
            yield f"with all blocks at zero the entropy is {each:g}, not {entropy:g}"


STUDY = Study(
    name="group-lasso",
    title="Which blocks a group penalty switches off, and by which method",
    theorems=("group-lasso", "group-lasso-attention"),
    inequality="at a stationary point every block is zero or its gradient is as long as its "
    "penalty; above GQKD/(2τ), and above the longest gradient met, all blocks are zero",
    parts=parts,
    summary=summary,
    faults=faults,
    modules=("locality.verify.experiments.proximal",),
)
