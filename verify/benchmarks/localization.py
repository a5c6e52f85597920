"""How fast and how small local means are beside the libraries that compute the same numbers.

Float64 on the CPU, and one thread for us, since statsmodels and MeanShift have no more. KernelReg
and RadiusNeighborsRegressor weigh every key, as LocalMean does; KNeighborsRegressor finds its
neighbours in a tree, or by matrix products, and has to weigh no others. First the numbers must
agree, to a tolerance that `allowed` derives; then all ways take turns. Memory is measured in
processes of its own.
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from statistics import linear_regression, median
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from locality.kernels import LocalMean, NearestBandwidth
from locality.theory import InputError
from locality.verify.benchmarks.bars import Bar, Measured, alternating, over
from locality.verify.benchmarks.results import NumbersDiffer
from locality.verify.campaign.machine import keep_freed_memory

Floats = NDArray[np.float64]

KEYS, QUERIES, DIM, BANDWIDTH, NEIGHBORS = 5000, 1000, 3, 0.3, 10
POINTS, CENTRES, RADIUS = 400, 5, 2.0
MANY, WIDE, ASKED = (100_000, 150_000, 200_000), 16, 256  # keys, their size, queries
THREADS = 1
U = 2.0**-53

KERNEL_REGRESSION = Bar(f"statsmodels KernelReg over LocalMean, n = {KEYS}", 5.0)
SHIFT = Bar(f"scikit-learn MeanShift over LocalMeanShift, n = {POINTS}", 1.0)
MEMORY = Bar(f"extra memory over keys and values, n = {MANY[0]}", 4.0, at_most=True)
GROWTH = Bar("memory for one more key over its own size", 1.5, at_most=True)


class Found(Measured):
    """What was measured of local means."""

    benchmark = "localization"

    def conditions(self) -> dict[str, Any]:
        """Sizes, threads, and the libraries compared with."""
        compared = ("scikit-learn", "statsmodels")
        return {
            "keys": KEYS,
            "queries": QUERIES,
            "dim": DIM,
            "neighbors": NEIGHBORS,
            "points": POINTS,
            "threads": THREADS,
            "libraries": {name: version(name) for name in compared},
        }


# -- ways --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Regression:
    """Keys (n, 3), values (n,) and queries (q, 3), the same in every run."""

    keys: Floats
    values: Floats
    queries: Floats

    @staticmethod
    def drawn(keys: int = KEYS, queries: int = QUERIES) -> Regression:
        """A smooth function of normal keys, and noise."""
        draw = np.random.default_rng(7)
        x = draw.normal(size=(keys, DIM))
        y = np.sin(x).sum(1) + 0.1 * draw.normal(size=keys)
        return Regression(x, y, draw.normal(size=(queries, DIM)))

    def ours(self, kernel: str, bandwidth: float | NearestBandwidth) -> Floats:
        """`LocalMean`."""
        model = LocalMean(kernel, bandwidth).fit(self.keys, self.values)
        with torch.no_grad():
            found: Floats = model.predict(self.queries).numpy()
        return found

    def kernel_regression(self) -> Floats:
        """statsmodels, with the bandwidth given; its derivatives come along unasked."""
        from statsmodels.nonparametric.kernel_regression import KernelReg

        with warnings.catch_warnings():  # of its random numbers, for bandwidths that it would find
            warnings.simplefilter("ignore", FutureWarning)
            model = KernelReg(
                self.values, self.keys, "c" * DIM, reg_type="lc", bw=[BANDWIDTH] * DIM
            )
        found: Floats = model.fit(self.queries)[0]
        return found

    def all_neighbors(self) -> Floats:
        """scikit-learn, with Gaussian weights and every key within the radius."""
        from sklearn.neighbors import RadiusNeighborsRegressor

        model = RadiusNeighborsRegressor(radius=np.inf, weights=_gaussian, algorithm="brute")
        found: Floats = model.fit(self.keys, self.values).predict(self.queries)
        return found

    def nearest_neighbors(self, algorithm: str) -> Floats:
        """scikit-learn, by "brute" force or a "kd_tree"."""
        from sklearn.neighbors import KNeighborsRegressor

        model = KNeighborsRegressor(NEIGHBORS, algorithm=algorithm)
        found: Floats = model.fit(self.keys, self.values).predict(self.queries)
        return found

    def ways(self) -> dict[str, dict[str, Callable[[], Floats]]]:
        """Ways that compute the same numbers, ours first."""
        nearest = NearestBandwidth(NEIGHBORS)
        return {
            "Gaussian": {
                "LocalMean": partial(self.ours, "gaussian", BANDWIDTH),
                "KernelReg": self.kernel_regression,
                "RadiusNeighborsRegressor": self.all_neighbors,
            },
            "neighbours": {
                "LocalMean, neighbours": partial(self.ours, "uniform", nearest),
                "KNeighborsRegressor, brute force": partial(self.nearest_neighbors, "brute"),
                "KNeighborsRegressor, KD tree": partial(self.nearest_neighbors, "kd_tree"),
            },
        }

    def allowed(self) -> dict[str, float]:
        """How far apart two ways may lie, both rounding.

        A squared distance is off by d + 2 roundings, its quotient by 2h² by three more, so that a
        weight e^(−t) is off by (d + 5)·t and the few of an exponential; a mean of n values by twice
        what a weight is off by, and n + 1 sums, times the largest value. Neighbours have weight 1.
        """
        apart = np.abs(self.keys).max(0) + np.abs(self.queries).max(0)
        exponent = float(apart @ apart) / (2 * BANDWIDTH**2)
        weight = {"Gaussian": (DIM + 5) * exponent + 4, "neighbours": 0.0}
        count = {"Gaussian": len(self.keys), "neighbours": NEIGHBORS}
        size = float(np.abs(self.values).max())
        return {name: 2 * 2 * U * size * (weight[name] + count[name] + 1) for name in weight}


def _gaussian(distances: Any) -> list[Floats]:
    return [np.exp(-np.square(each) / (2 * BANDWIDTH**2)) for each in distances]


def clouds(points: int = POINTS) -> Floats:
    """Points (n, 3) around a few centres, the same in every run."""
    draw = np.random.default_rng(7)
    centres = 4 * draw.normal(size=(CENTRES, DIM))
    return centres[draw.integers(CENTRES, size=points)] + draw.normal(size=(points, DIM))


def shifts(points: Floats) -> dict[str, Callable[[], Any]]:
    """Both mean shifts, fitted."""
    from sklearn.cluster import MeanShift

    from locality.kernels.localization.estimators import LocalMeanShift

    return {
        "LocalMeanShift": lambda: LocalMeanShift(bandwidth=RADIUS).fit(points),
        "MeanShift": lambda: MeanShift(bandwidth=RADIUS).fit(points),
    }


# -- the gate ----------------------------------------------------------------------------------


def gate() -> None:
    """NumbersDiffer unless ours and the libraries agree, within rounding of float64."""
    made = Regression.drawn(500, 50)
    limits = made.allowed()
    for name, ways in made.ways().items():
        (first, expected), *others = ((way, run()) for way, run in ways.items())
        for other, found in others:
            _agree(f"{first} and {other}", found, expected, limits[name])
    points = clouds(300)
    ours, theirs = (fit() for fit in shifts(points).values())
    if ours.n_iter_ != theirs.n_iter_:
        raise NumbersDiffer(f"mean shift: {ours.n_iter_} and {theirs.n_iter_} iterations")
    limit = 2 * (len(points) + 1) * U * float(np.abs(points).max())  # means of the same points
    _agree("mean shift", ours.cluster_centers_, theirs.cluster_centers_, limit)
    _agree("labels of mean shift", ours.labels_, theirs.labels_, 0.0)


def _agree(what: str, one: Any, other: Any, limit: float) -> None:
    if one.shape != other.shape:
        raise NumbersDiffer(f"{what}: {one.shape} and {other.shape}")
    off = float(np.abs(one - other).max())
    if not off <= limit:
        raise NumbersDiffer(f"{what}: off by {off:.3g}, expected at most {limit:.3g}")


# -- measuring ---------------------------------------------------------------------------------


def measure(runs: int = 5, progress: Callable[[str], None] = lambda _: None) -> Found:
    """Measure every bar, `runs` runs each; InputError if that is not positive.

    progress: told what is measured next.
    """
    if runs < 1:
        raise InputError(f"runs is {runs}; expected at least 1")
    _installed()
    torch.set_num_threads(THREADS)
    keep_freed_memory()
    gate()
    found = Found()
    for part in (_regressions, _clusters, _memory):
        progress((part.__doc__ or "").rstrip("."))
        part(runs, found)
    return found


def _installed() -> None:
    for module in ("sklearn", "statsmodels"):
        if find_spec(module) is None:
            raise InputError(
                f"no module {module} to compare with: expected pip install 'locality[localization]'"
            )


def _regressions(runs: int, found: Found) -> None:
    """Local means and regressors, 5000 keys."""
    for ways in Regression.drawn().ways().values():
        spent = alternating(ways, runs)
        found.seconds |= {f"{way}, n = {KEYS}": median(each) for way, each in spent.items()}
        if "KernelReg" in spent:
            found.ratios[KERNEL_REGRESSION] = over(spent, "KernelReg", "LocalMean")


def _clusters(runs: int, found: Found) -> None:
    """Mean shift, 400 points."""
    spent = alternating(shifts(clouds()), runs)
    found.seconds |= {f"{way}, n = {POINTS}": median(each) for way, each in spent.items()}
    found.ratios[SHIFT] = over(spent, "MeanShift", "LocalMeanShift")


PROGRAM = """
import sys, torch
from locality.kernels import LocalMean
from locality.verify.benchmarks.localization import ASKED, THREADS, WIDE
from locality.verify.campaign.machine import peak_memory
torch.set_num_threads(THREADS)
torch.set_grad_enabled(False)

def predicted(keys, values):
    return LocalMean().fit(keys, values).predict(keys[:ASKED])

def drawn(n):
    return torch.randn(n, WIDE, dtype=torch.float64), torch.randn(n, dtype=torch.float64)

predicted(*drawn(ASKED))
ballast = torch.ones(2**25)  # 128 MiB: what importing took at most is no peak any more
start = peak_memory()
inputs = drawn(int(sys.argv[1]))
before = peak_memory()
predicted(*inputs)
print(peak_memory() - before, peak_memory() - start)
"""


def _memory(runs: int, found: Found) -> None:
    """Peak memory, from 100000 keys on."""
    peaks = [[peak(n) for _ in range(runs)] for n in MANY]
    extra, totals = ([median(run[k] for run in each) for each in peaks] for k in (0, 1))
    key = 8 * (WIDE + 1)
    found.ratios[MEMORY] = extra[0] / (MANY[0] * key)
    found.ratios[GROWTH] = linear_regression(MANY, totals).slope / key


def peak(n: int, program: str = PROGRAM) -> tuple[int, int]:
    """The most bytes held for a prediction from n keys: besides keys and values, and with them."""
    run = subprocess.run(
        [sys.executable, "-c", program, str(n)],
        capture_output=True,
        text=True,
        check=True,
    )
    extra, total = map(int, run.stdout.split())
    return extra, total
