"""Small networks trained to denoise, beside the Bayes denoiser of their training points.

Every network sees fresh noise at every step, so that nothing but the training points is finite,
and the best that it could learn is their local mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from locality.kernels import LocalMean
from locality.theory import theorem
from locality.verify.experiments.language_model import single_thread
from locality.verify.experiments.study import Part, Study
from locality.verify.experiments.summaries import across

NOISES = {"moons": (0.2, 0.5), "digits": (0.5, 1.0)}  # in units of the data, below
SEEDS = 2
STEPS = (0, 10, 30, 100, 300, 1000, 3000)  # after which a network is looked at
BATCH, WIDTH, RATE = 256, 128, 2e-3
SEEN = 512  # noisy points that a network is judged on
U = 2.0**-53
ERRORS = 6  # standard errors that a sampled mean may be off by: 2e-9 is the chance of a normal one


def parts(quick: bool) -> dict[str, Part]:
    """A part for each data set, noise and seed."""
    noises, seeds, steps = ({"moons": (0.5,)}, 1, STEPS[:5]) if quick else (NOISES, SEEDS, STEPS)
    cases = [(data, noise) for data, levels in noises.items() for noise in levels]
    return {
        f"{data}-{noise}-{seed}": partial(_run, data, noise, seed, steps)
        for (data, noise), seed in product(cases, range(seeds))
    }


def training(data: str) -> Tensor:
    """The training points (n, d): two half moons, or images with ink from 0 to 1."""
    from sklearn.datasets import load_digits, make_moons

    if data == "digits":
        return torch.from_numpy(load_digits().data / 16)
    return torch.from_numpy(make_moons(200, noise=0.05, random_state=7)[0])


def _run(data: str, noise: float, seed: int, steps: Sequence[int], folder: Path) -> dict[str, Any]:
    case = {"data": data, "noise": noise, "seed": seed, "steps": [*steps]}
    with single_thread(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        bench = Bench(training(data), noise)
        affine = bench.distance(bench.affine()).item()
        return case | {"affine": affine, "looks": trained(bench, steps)}


def trained(bench: Bench, steps: Sequence[int]) -> list[dict[str, float]]:
    """What is seen of a network after each of these numbers of steps."""
    points, looks = bench.points.float(), []
    net = network(points.shape[1])
    optimiser = torch.optim.Adam(net.parameters(), RATE)
    fade = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps[-1])
    for step in range(steps[-1] + 1):
        if step in steps:
            looks.append(bench.look(net))
        clean = points[torch.randint(len(points), (BATCH,))]
        noisy = clean + bench.noise * torch.randn_like(clean)
        optimiser.zero_grad()
        (net(noisy) - clean).square().sum(1).mean().backward()
        optimiser.step()
        fade.step()
    return looks


def network(d: int) -> nn.Module:
    """Two hidden layers, from points in d dimensions to such points."""
    hidden = (nn.Linear(d, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH), nn.SiLU())
    return nn.Sequential(*hidden, nn.Linear(WIDTH, d))


class Bench:
    """Noisy points, their origins, and what the Bayes denoiser makes of them."""

    def __init__(self, points: Tensor, noise: float) -> None:
        self.points, self.noise = points, noise
        self.clean = points[torch.randint(len(points), (SEEN,))]
        self.noisy = self.clean + noise * torch.randn_like(self.clean)
        mean = LocalMean("gaussian", noise).fit(points, points)
        self.chances, self.best = mean.weights(self.noisy), mean.predict(self.noisy)
        self.least = self.risk(self.best)

    def risk(self, answers: Tensor) -> Tensor:
        """Mean squared distance from the origin, given each noisy point (SEEN,)."""
        far = torch.cdist(answers, self.points, compute_mode="donot_use_mm_for_euclid_dist")
        return (self.chances * far.square()).sum(1)

    def distance(self, answers: Tensor) -> Tensor:
        """Mean squared distance from the Bayes denoiser."""
        return (answers - self.best).square().sum(1).mean()

    def affine(self) -> Tensor:
        """What the best affine map answers, by the training points' mean and covariance."""
        mean, unit = self.points.mean(0), torch.eye(self.points.shape[1], dtype=torch.float64)
        spread = torch.cov(self.points.T, correction=0)
        gain = torch.linalg.solve(spread + self.noise**2 * unit, spread)
        return mean + (self.noisy - mean) @ gain

    @torch.no_grad()
    def look(self, net: nn.Module) -> dict[str, float]:
        """How far a network is from the Bayes denoiser, and what it loses by that.

        `residual`: how far loss and least loss plus distance are apart at the worst noisy point,
        in units of what rounding allows. `sampled`: the same of the mean loss on the origins
        that were drawn, in standard errors.
        """
        answers = net(self.noisy.float()).double()
        risk, apart = self.risk(answers), (answers - self.best).norm(dim=1)
        claim = theorem("denoiser").claims[2]
        given = {"least_risk": self.least.numpy(), "distance_from_mean": apart.numpy()}
        off = (risk - torch.from_numpy(claim.in_arrays(**given))).abs()
        size = risk + self.points.square().sum(1).max()
        allowed = 8 * (sum(self.points.shape) + 16) * U * size
        beyond = 2 * ((answers - self.best) * (self.best - self.clean)).sum(1)
        return {
            "distance": apart.square().mean().item(),
            "loss": risk.mean().item(),
            "least": self.least.mean().item(),
            "residual": (off / allowed).max().item(),
            "sampled": (beyond.mean() / (beyond.std() / len(beyond) ** 0.5)).abs().item(),
        }


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """Every run, and over the seeds of a case how far its networks are from the Bayes denoiser."""
    runs = list(found.values())
    cases = list(dict.fromkeys((run["data"], run["noise"]) for run in runs))
    return {"cases": [_case(runs, *case) for case in cases], "runs": runs}


def _case(runs: list[dict[str, Any]], data: str, noise: float) -> dict[str, Any]:
    mine = [run for run in runs if (run["data"], run["noise"]) == (data, noise)]
    looks = zip(*(run["looks"] for run in mine), strict=True)
    curve = [across([look["distance"] for look in same]) for same in looks]
    return {
        "data": data,
        "noise": noise,
        "steps": mine[0]["steps"],
        "distance": curve,
        "affine": across([run["affine"] for run in mine]),
        "least": across([run["looks"][0]["least"] for run in mine]),
    }


def faults(summary: Mapping[str, Any]) -> list[str]:
    """Where a network did not come nearer, ended no nearer than an affine map, or broke the law."""
    said = []
    for run in summary["runs"]:
        name = f"{run['data']} at noise {run['noise']}, seed {run['seed']}"
        distances = [look["distance"] for look in run["looks"]]
        if not all(after < before for before, after in pairwise(distances)):
            said.append(f"{name}: a network went away from the Bayes denoiser")
        if not distances[-1] < run["affine"]:
            said.append(
                f"{name}: {distances[-1]:.4g} away, the best affine map {run['affine']:.4g}"
            )
        if not all(look["residual"] <= 1 for look in run["looks"]):
            said.append(f"{name}: loss is not the least loss plus the distance")
        if not all(look["sampled"] <= ERRORS for look in run["looks"]):
            said.append(f"{name}: the loss on drawn origins is off by more than {ERRORS} errors")
    return said


STUDY = Study(
    name="denoising",
    title="Networks that learn to denoise approach the local mean of their training points",
    theorems=("denoiser",),
    inequality="a network's mean squared distance from the Bayes denoiser falls with training and "
    "ends below that of the best affine map; its loss exceeds the least possible one by that "
    "distance",
    parts=parts,
    summary=summary,
    faults=faults,
    modules=("locality.verify.experiments.summaries",),
)
