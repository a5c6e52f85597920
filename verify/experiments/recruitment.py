"""Recruitment by code length, against planted blocks, MiniLM's keys, and mixtures chosen by BIC."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from locality.verify.experiments.study import Part, Study
from locality.verify.experiments.summaries import across
from locality.verify.recruitment import Recruited, recruit
from locality.verify.recruitment.mixture import Floats

SAVING = 8.0  # bits
BLOCKS, EACH = 4, 60  # planted blocks, of standard deviation 1 in as many dimensions as blocks
DEVIATION = 0.25  # what no block is narrower than, in standard deviations of a planted block
NARROW = 0.5  # the same of keys, in standard deviations of a coordinate in the middle
SEPARATIONS = (0, 1, 2, 3, 4, 5, 6, 8)
SEEDS = 10
MOST = 20  # components that BIC chooses among
LAYERS, HEADS, SCENES = 6, 1, 12  # of MiniLM, and of the texts that it reads
RECOVERED = 0.99  # adjusted Rand index that is expected where blocks are farthest apart


def parts(quick: bool) -> dict[str, Part]:
    """A part for each separation of planted blocks, and for each layer of MiniLM."""
    separations, seeds = ((0, 8), 2) if quick else (SEPARATIONS, SEEDS)
    layers, heads, scenes = (range(1), 1, 1) if quick else (range(LAYERS), HEADS, SCENES)
    planted = {f"planted-{s}": partial(_planted, float(s), seeds) for s in separations}
    return planted | {f"minilm-{layer}": partial(_keys, layer, heads, scenes) for layer in layers}


def _planted(separation: float, seeds: int, folder: Path) -> dict[str, Any]:
    return {
        "separation": separation,
        "runs": [_planted_run(separation, seed) for seed in range(seeds)],
    }


def _planted_run(separation: float, seed: int) -> dict[str, Any]:
    """Blocks whose centres are all the same distance apart, recovered by each way."""
    from sklearn.metrics import adjusted_rand_score

    labels = np.repeat(np.arange(BLOCKS), EACH)
    noise = np.random.default_rng(seed).normal(size=(len(labels), BLOCKS))
    points = separation / math.sqrt(2) * np.eye(BLOCKS)[labels] + noise
    found = compared(points, DEVIATION, seed)
    for way in found.values():
        way["rand"] = float(adjusted_rand_score(labels, way.pop("labels")))
    return found


def _keys(layer: int, heads: int, scenes: int, folder: Path) -> list[dict[str, Any]]:
    """The keys of a layer's first heads on the first scenes."""
    from locality.verify.instances.minilm import reading

    read = [reading(scene).layers[layer].k[:heads] for scene in range(scenes)]
    keys = np.concatenate(read, axis=1).astype(np.float64)
    found = []
    for head, points in enumerate(keys):
        deviation = NARROW * float(np.median(points.std(axis=0)))
        run = compared(points, deviation, head)
        for way in run.values():
            del way["labels"]
        found.append({"layer": layer, "head": head, "points": len(points), **run})
    return found


def compared(points: Floats, deviation: float, seed: int) -> dict[str, dict[str, Any]]:
    """Flat and hierarchical recruitment beside scikit-learn's mixture of the least BIC."""
    flat, deep = (recruit(points, deviation, SAVING, hierarchical=h) for h in (False, True))
    return {
        "flat": _told(flat, points),
        "hierarchical": _told(deep, points),
        "bic": _by_bic(points, deviation, seed),
    }


def _told(found: Recruited, points: Floats) -> dict[str, Any]:
    return {
        "blocks": found.mixture.blocks,
        "experts": found.mixture.experts,
        "bits": found.bits,
        "floor": found.floor,
        "history": [[event.kind, event.bits] for event in found.history],
        "recruitments": found.recruitments,
        "bound": found.bound,
        "last scan": max(found.scan, default=None),
        "labels": found.mixture.labels(points).tolist(),
    }


def _by_bic(points: Floats, deviation: float, seed: int) -> dict[str, Any]:
    """BIC is in nats and twice a code length: bits are BIC/(2 ln 2)."""
    from sklearn.mixture import GaussianMixture

    options = {"covariance_type": "diag", "reg_covar": deviation**2, "random_state": seed}
    fits = [GaussianMixture(k, **options).fit(points) for k in range(1, MOST + 1)]
    scores = [float(fit.bic(points)) for fit in fits]
    best = int(np.argmin(scores))
    return {
        "blocks": best + 1,
        "bits": scores[best] / (2 * math.log(2)),
        "labels": fits[best].predict(points).tolist(),
    }


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """By separation and by head, each way's results; and every search's count beside its bound."""
    planted = [part for key, part in found.items() if key.startswith("planted")]
    heads = [head for key, part in found.items() if key.startswith("minilm") for head in part]
    return {
        "saving": SAVING,
        "planted": [_over_seeds(part) for part in planted],
        "minilm": [
            {k: _kept(v) if isinstance(v, Mapping) else v for k, v in head.items()}
            for head in heads
        ],
        "searches": [
            {name: run[way][name] for name in ("recruitments", "bound", "history", "last scan")}
            for run in [*(run for part in planted for run in part["runs"]), *heads]
            for way in ("flat", "hierarchical")
        ],
    }


def _over_seeds(part: Mapping[str, Any]) -> dict[str, Any]:
    ways = {
        way: {name: across([run[way][name] for run in part["runs"]]) for name in ("rand", "blocks")}
        for way in ("flat", "hierarchical", "bic")
    }
    return {"separation": part["separation"], **ways}


def _kept(way: Mapping[str, Any]) -> dict[str, Any]:
    names = ("blocks", "experts", "bits", "floor", "recruitments", "bound")
    return {name: way[name] for name in names if name in way}


def faults(summary: Mapping[str, Any]) -> list[str]:
    """Where a search broke the theorem, or planted blocks far apart were missed."""
    said = []
    for number, search in enumerate(summary["searches"]):
        bits = [bits for _, bits in search["history"]]
        falls = [before - after for before, after in pairwise(bits)]
        kinds = [kind for kind, _ in search["history"]][1:]
        due = [summary["saving"] if kind == "recruit" else 0.0 for kind in kinds]
        if not search["recruitments"] <= search["bound"]:
            said.append(f"search {number}: {search['recruitments']} of {search['bound']} allowed")
        if not all(fall >= least for fall, least in zip(falls, due, strict=True)):
            said.append(f"search {number}: a recruitment saved too little, or a refit cost bits")
        if search["last scan"] is not None and not search["last scan"] < summary["saving"]:
            said.append(f"search {number}: a proposal of the last scan saves enough")
    widest = max(summary["planted"], key=lambda part: float(part["separation"]))
    for way in ("flat", "hierarchical"):
        rand = widest[way]["rand"]["mean"]
        if not rand >= RECOVERED:
            said.append(f"{way}: adjusted Rand index {rand:.3f} where blocks are farthest apart")
    return said


def _scenes() -> bytes:
    return (files("locality.verify.instances") / "texts" / "scenes.txt").read_bytes()


STUDY = Study(
    name="recruitment",
    title="Blocks recruited by code length",
    theorems=("recruitment",),
    inequality="no search recruits more often than (J₀ − floor)/η, every recruitment saves η, "
    "no refit costs bits, no proposal of the last scan saves η, and planted blocks far apart are "
    "found",
    parts=parts,
    summary=summary,
    faults=faults,
    inputs=lambda: {"scenes.txt": _scenes()},
    modules=(
        "locality.verify.experiments.summaries",
        *(f"locality.verify.recruitment.{name}" for name in ("code", "mixture", "search")),
    ),
)
