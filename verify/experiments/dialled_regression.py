"""Kernel regression under a dial: bias, variance and entropy follow from the undialled weights.

With the block's weight F and the means over each conditional distribution, which no dial changes,
  logit F(λ) = logit F(0) + λ                          (`dial`)
  Σ p‖x − x_i‖ = F·E_R + (1 − F)·E_C                   bounds the bias by Lip times it
  Σ p²         = F²·Σ_R + (1 − F)²·Σ_C                 is the variance for noise of variance 1
  H            = h(F) + F·H_R + (1 − F)·H_C            rises until λ°, then falls (`dial-entropy`)
Targets are a known affine function of the measurements, fitted to the real ones, so that its
Lipschitz constant and so the bias are known; noise is drawn.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from locality.kernels import LocalMean
from locality.theory import theorem
from locality.verify.instances.batch import Floats

SEED = 7
BANDWIDTH = 2.0  # in standard deviations of a measurement
BLOCKS = 4  # patients by the quarter of their body mass index
DIALS: tuple[float, ...] = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0)  # in nats
DRAWS = 2000  # of noise of variance 1
RISK = 1e-9  # that true noise makes a fault of any ratio
UNIT = 2.0**-53
MEANS = ("distance", "collision", "entropy")


@dataclass(frozen=True)
class Design:
    """Samples and queries (n, d), their blocks, a target function's values and Lipschitz constant.

    `observed` are the real targets of samples and queries.
    """

    samples: Tensor
    blocks: Tensor
    queries: Tensor
    own: Tensor
    truth: tuple[Tensor, Tensor]
    observed: tuple[Floats, Floats]
    lipschitz: float

    def weights(self, dial: float) -> Floats:
        """Normalised weights (queries, samples)."""
        model = LocalMean("gaussian", BANDWIDTH, dial).fit(self.samples, self.truth[0], self.blocks)
        return model.weights(self.queries, relevant=self.own).numpy()


def patients(queries: int) -> Design:
    """The diabetes data, scaled; every other patient is a sample, the first others are queries."""
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import LinearRegression

    points, targets = load_diabetes(return_X_y=True)
    points = (points - points.mean(axis=0)) / points.std(axis=0)
    index = points[:, 2]
    blocks = np.searchsorted(np.quantile(index, np.arange(1, BLOCKS) / BLOCKS), index)
    line = LinearRegression().fit(points, targets)
    truth = line.predict(points)
    here, there = slice(0, None, 2), slice(1, 2 * queries, 2)
    tensors = [torch.from_numpy(a[s]) for a in (points, blocks, truth) for s in (here, there)]
    samples, asked, kinds, own, known, sought = tensors
    steep = float(np.linalg.norm(line.coef_))
    return Design(
        samples, kinds, asked, own, (known, sought), (targets[here], targets[there]), steep
    )


# -- what the theorems predict ------------------------------------------------------------------


@dataclass(frozen=True)
class Undialled:
    """Of each query (q,): the block's weight, and by part the mean distance, Σ p² and entropy."""

    fidelity: Floats
    inner: Mapping[str, Floats]
    outer: Mapping[str, Floats]
    turning: Floats

    def at(self, dial: float) -> dict[str, Floats]:
        """What `dial` makes of them."""
        f = theorem("dial").bound(fidelity=self.fidelity, dial=dial, temperature=1.0)
        either = -f * np.log(f) - (1 - f) * np.log1p(-f)
        inner, outer = self.inner, self.outer
        return {
            "distance": f * inner["distance"] + (1 - f) * outer["distance"],
            "collision": f**2 * inner["collision"] + (1 - f) ** 2 * outer["collision"],
            "entropy": either + f * inner["entropy"] + (1 - f) * outer["entropy"],
        }


def undialled(weights: Floats, inside: np.ndarray, distances: Floats) -> Undialled:
    """The parts of weights (q, n), of which `inside` says what is relevant."""
    parts = [np.where(inside, weights, 0.0), np.where(inside, 0.0, weights)]
    totals = [part.sum(axis=1) for part in parts]
    shares = [part / total[:, None] for part, total in zip(parts, totals, strict=True)]
    inner, outer = (means(share, distances) for share in shares)
    scores = -(distances**2) / (2 * BANDWIDTH**2)
    turning = ((shares[1] - shares[0]) * scores).sum(axis=1)
    return Undialled(totals[0], inner, outer, turning)


def means(weights: Floats, distances: Floats) -> dict[str, Floats]:
    """Mean distance, Σ p² and entropy of weights (q, n), each of which sums to 1."""
    logs = np.log(np.where(weights > 0, weights, 1.0))
    found = (weights * distances, weights**2, -weights * logs)
    return {name: each.sum(axis=1) for name, each in zip(MEANS, found, strict=True)}


def rounding(samples: Tensor, distances: Floats) -> float:
    """The relative error of a weight, times four: two weights are compared, each computed twice.

    A log weight t = −‖x − x_i‖²/2h² comes of d squares, their sum, a root, a square and two
    quotients: (d + 7) roundings of u each, and one more as the dial is subtracted. The exponential
    doubles that at most for a normalised weight, and a sum of n adds n roundings.
    """
    n, d = samples.shape
    largest = float((distances**2).max() / (2 * BANDWIDTH**2)) + max(DIALS)
    return 4 * UNIT * (2 * (d + 8) * largest + 2 * n)


# -- what happens -------------------------------------------------------------------------------


def study(queries: int, dials: tuple[float, ...], folder: Path) -> dict[str, Any]:
    """By dial: how far means are from their prediction, biases from their bound, and variances."""
    design = patients(queries)
    distances = torch.cdist(design.queries, design.samples).numpy()
    inside = (design.own[:, None] == design.blocks).numpy()
    first = undialled(design.weights(0.0), inside, distances)
    noise = np.random.default_rng(SEED).normal(size=(len(design.samples), DRAWS))
    rows, entropies = [], []
    for dial in dials:
        weights = design.weights(dial)
        rows.append(_row(design, first.at(dial), weights, distances, noise) | {"dial": dial})
        entropies.append(means(weights, distances)["entropy"])
    return {
        "queries": queries,
        "samples": len(design.samples),
        "lipschitz": design.lipschitz,
        "tolerance": rounding(design.samples, distances),
        "turning points": np.quantile(first.turning, [0, 0.5, 1]).tolist(),
        "turned wrongly": _turned_wrongly(first.turning, dials, entropies),
        "allowed ratios": list(_ratios(queries * len(dials))),
        "rows": rows,
    }


def _row(
    design: Design, due: dict[str, Floats], weights: Floats, distances: Floats, noise: Floats
) -> dict[str, Any]:
    """Means over queries; `apart`: the largest difference from what is due, over its tolerance."""
    found = means(weights, distances)
    summands = {"distance": distances.max(), "collision": due["collision"], "entropy": 1.0}
    tolerance = rounding(design.samples, distances)
    away = {name: np.abs(found[name] - due[name]) / (tolerance * summands[name]) for name in MEANS}
    (known, sought), (observed, hidden) = design.truth, design.observed
    bias = np.abs(weights @ known.numpy() - sought.numpy())
    drawn = (weights @ noise).var(axis=1, ddof=1) / due["collision"]
    return {
        "due": {name: float(each.mean()) for name, each in due.items()},
        "found": {name: float(each.mean()) for name, each in found.items()},
        "apart": {name: float(each.max()) for name, each in away.items()},
        "bias": float(bias.mean()),
        "share of the bound": float((bias / (design.lipschitz * due["distance"])).max()),
        "ratios": [float(drawn.min()), float(drawn.max())],
        "error": float(np.sqrt(np.mean((weights @ observed - hidden) ** 2))),
    }


def _turned_wrongly(turning: Floats, dials: tuple[float, ...], entropies: list[Floats]) -> int:
    """How often entropy fell before a query's turning point, or rose after it."""
    wrong = 0
    for k, change in enumerate(np.diff(entropies, axis=0)):
        rises, falls = turning >= dials[k + 1], turning <= dials[k]
        wrong += int(((rises & ~(change >= 0)) | (falls & ~(change <= 0))).sum())
    return wrong


def _ratios(count: int) -> tuple[float, float]:
    """Between which `count` ratios of a drawn variance to its mean lie, but for a risk of RISK.

    A sum of k squares of standard normals is less than k − 2√(kt), or more than k + 2√(kt) + 2t,
    with probability at most e^−t each (Laurent and Massart).
    """
    k, t = DRAWS - 1, math.log(2 * count / RISK)
    return 1 - 2 * math.sqrt(t / k), 1 + 2 * math.sqrt(t / k) + 2 * t / k


# -- whether it holds ---------------------------------------------------------------------------


def faults(found: Mapping[str, Any]) -> list[str]:
    """Where a mean is not as predicted, a bias exceeds its bound, or a variance strays."""
    said = []
    low, high = found["allowed ratios"]
    for row in found["rows"]:
        where = f"regression, dial {row['dial']:g}"
        for name, away in row["apart"].items():
            if not away <= 1:
                said.append(f"{where}: {name} is {away:.3g} tolerances from its prediction")
        if not row["share of the bound"] <= 1:
            said.append(f"{where}: a bias is {row['share of the bound']:g} of its bound")
        if not low <= row["ratios"][0] <= row["ratios"][1] <= high:
            said.append(f"{where}: a drawn variance is {row['ratios']} times what it should be")
    if found["turned wrongly"]:
        said.append(f"regression: entropy turned {found['turned wrongly']} times where it cannot")
    return said
