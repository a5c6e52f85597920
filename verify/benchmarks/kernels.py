"""How fast and how small `attend` is beside bare attention and a matrix of probabilities.

Float32 on the CPU, two threads, 8 heads of 64, blocks of 256 keys, relevant block the query's own.
First the numbers must agree; then all ways take turns. Memory is measured in processes of its own.
"""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from statistics import linear_regression, median
from typing import Any

import torch
from torch import Tensor

from locality.kernels import Attention, AuxRequest, attend
from locality.theory import InputError
from locality.verify.benchmarks import peers
from locality.verify.benchmarks.agreement import allowed
from locality.verify.benchmarks.bars import Bar, Measured, Way, alternating, over
from locality.verify.benchmarks.results import NumbersDiffer
from locality.verify.campaign.machine import keep_freed_memory

HEADS, DIM, BLOCK, THREADS = 8, 64, 256, 2
SHORT, LONG = 4096, 16_384
LENGTHS = (2048, 4096, 8192, 16_384, 32_768)
ALL = AuxRequest(entropy=True, fidelity=True, local_output=True)

STATISTICS = Bar(f"all statistics over bare SDPA, n = {SHORT}", 2.0, at_most=True)
EAGER = Bar(f"eager over ours, all statistics, n = {SHORT}", 4.0)
LOCAL = Bar(f"dense SDPA over block-local, n = {SHORT}", 11.0)
LOCAL_ENTROPY = Bar(f"the same with entropy, n = {SHORT}", 6.0)
LOCAL_LONG = Bar(f"dense SDPA over block-local, n = {LONG}", 40.0)
SLOPE = Bar("block-local time, log–log slope in n", 1.1, at_most=True)
MEMORY = Bar(f"extra memory over q, k, v, n = {LONG}", 4.0, at_most=True)
BFLOAT16 = Bar(f"float32 over bfloat16, n = {SHORT}", 1.0)


class Found(Measured):
    """What was measured of `attend`."""

    benchmark = "kernels"

    def conditions(self) -> dict[str, Any]:
        """Sizes and threads."""
        return {"heads": HEADS, "dim": DIM, "block": BLOCK, "threads": THREADS}


# -- ways --------------------------------------------------------------------------------------


def drawn(n: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor]:
    """Normal q, k, v, the same in every run."""
    draw = torch.Generator().manual_seed(7)
    q, k, v = (torch.randn(1, HEADS, n, DIM, generator=draw).to(dtype) for _ in range(3))
    return q, k, v


def ours(q: Tensor, k: Tensor, v: Tensor, aux: AuxRequest, dial: float = 0.0) -> Attention:
    """`attend` by its fast CPU backend, every query's relevant block being its own."""
    own = torch.arange(q.shape[2]) // BLOCK
    return attend(q, k, v, blocks=BLOCK, relevant=own, dial=dial, aux=aux, backend="flash")


def local(q: Tensor, k: Tensor, v: Tensor, entropy: bool = False) -> Attention:
    """Block-local attention."""
    return ours(q, k, v, AuxRequest(entropy=entropy), dial=math.inf)


def gate(n: int = 512) -> None:
    """NumbersDiffer unless ours and the peers agree, within rounding of float32 and of float64."""
    for dtype in (torch.float32, torch.float64):
        q, k, v = drawn(n, dtype)
        exact, limits = peers.eager(q.double(), k.double(), v.double(), BLOCK), allowed(q, k, v)
        found = {name: getattr(ours(q, k, v, ALL), name) for name in exact}
        near = {
            "block-local": local(q, k, v).output,
            "masked SDPA": peers.masked_sdpa(n, BLOCK)(q, k, v),
        }
        for name, one in (found | near).items():
            known = name if name in exact else "local_output"
            off, limit = float((one - exact[known]).abs().max()), 2 * limits[known]  # both round
            if not off <= limit:
                raise NumbersDiffer(f"{name}: off by {off:.3g}, expected at most {limit:.3g}")


# -- measuring ---------------------------------------------------------------------------------


def measure(runs: int = 5, progress: Callable[[str], None] = lambda _: None) -> Found:
    """Measure every bar, `runs` runs each; InputError if that is not positive.

    progress: told what is measured next.
    """
    if runs < 1:
        raise InputError(f"runs is {runs}; expected at least 1")
    torch.set_num_threads(THREADS)
    keep_freed_memory()
    gate()
    found = Found()
    for part in (_short, _long, _slope, _half, _memory):
        progress((part.__doc__ or "").rstrip("."))
        part(runs, found)
    return found


def _short(runs: int, found: Found) -> None:
    """All ways at 4096 keys."""
    q, k, v = drawn(SHORT)
    ways: dict[str, Way] = {
        "SDPA": partial(peers.sdpa, q, k, v),
        "all statistics": partial(ours, q, k, v, ALL),
        "entropy": partial(ours, q, k, v, AuxRequest(entropy=True)),
        "eager, all statistics": partial(peers.eager, q, k, v, BLOCK),
        "block-local": partial(local, q, k, v),
        "block-local, entropy": partial(local, q, k, v, True),
        "SDPA, block mask": partial(peers.masked_sdpa(SHORT, BLOCK), q, k, v),
    }
    try:
        ways["FlexAttention, block mask"] = partial(peers.flex(q, k, v, BLOCK), q, k, v)
    except RuntimeError as error:
        found.missing.append(str(error))
    spent = alternating(ways, runs)
    found.seconds |= {f"{name}, n = {SHORT}": median(each) for name, each in spent.items()}
    found.ratios[STATISTICS] = over(spent, "all statistics", "SDPA")
    found.ratios[EAGER] = over(spent, "eager, all statistics", "all statistics")
    found.ratios[LOCAL] = over(spent, "SDPA", "block-local")
    found.ratios[LOCAL_ENTROPY] = over(spent, "SDPA", "block-local, entropy")


def _long(runs: int, found: Found) -> None:
    """Dense and block-local attention at 16384 keys."""
    q, k, v = drawn(LONG)
    spent = alternating(
        {"SDPA": partial(peers.sdpa, q, k, v), "block-local": partial(local, q, k, v)}, runs
    )
    found.seconds |= {f"{name}, n = {LONG}": median(each) for name, each in spent.items()}
    found.ratios[LOCAL_LONG] = over(spent, "SDPA", "block-local")


def _slope(runs: int, found: Found) -> None:
    """How the time of block-local attention grows with the keys."""
    spent = alternating({str(n): partial(local, *drawn(n)) for n in LENGTHS}, runs)
    times = [math.log(median(each)) for each in spent.values()]
    found.ratios[SLOPE] = linear_regression([math.log(n) for n in LENGTHS], times).slope
    found.seconds |= {f"block-local, n = {n}": median(spent[str(n)]) for n in LENGTHS}


def _half(runs: int, found: Found) -> None:
    """Half precision."""
    from locality.kernels.flash import multiplies_bfloat16

    if not multiplies_bfloat16():
        found.missing.append("bfloat16: this processor has no instructions that multiply it")
        return
    ways = {
        name: partial(attend, *drawn(SHORT, dtype), backend="flash")
        for name, dtype in (("float32", torch.float32), ("bfloat16", torch.bfloat16))
    }
    spent = alternating(ways, runs)
    found.seconds |= {
        f"output in {name}, n = {SHORT}": median(each) for name, each in spent.items()
    }
    found.ratios[BFLOAT16] = over(spent, "float32", "bfloat16")


PROGRAM = """
import torch
from locality.verify.benchmarks import kernels
from locality.verify.campaign.machine import peak_memory
torch.set_num_threads(kernels.THREADS)
kernels.ours(*kernels.drawn(512), kernels.ALL)
inputs = kernels.drawn(kernels.LONG)
before = peak_memory()
kernels.ours(*inputs, kernels.ALL)
print((peak_memory() - before) / sum(t.nbytes for t in inputs))
"""


def _memory(runs: int, found: Found) -> None:
    """Peak memory at 16384 keys."""
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    found.ratios[MEMORY] = float(run.stdout)


# -- results -----------------------------------------------------------------------------------


def plot(found: Mapping[str, Any], path: Path) -> None:
    """Times of all ways at the shorter length as bars, from the JSON; InputError if not written."""
    from matplotlib.figure import Figure

    shown = {way: s for way, s in found["seconds"].items() if way.endswith(f"n = {SHORT}")}
    ranked = sorted(shown.items(), key=lambda item: -item[1])
    figure = Figure(figsize=(7, 0.38 * len(ranked) + 1), layout="constrained")
    axes = figure.add_subplot()
    names = [way.removesuffix(f", n = {SHORT}") for way, _ in ranked]
    axes.barh(names, [1e3 * spent for _, spent in ranked], color="#2f6db5")
    axes.set_xscale("log")
    axes.set_xlabel(f"milliseconds, {SHORT} keys, {HEADS} heads of {DIM}, {THREADS} threads")
    axes.spines[["top", "right"]].set_visible(False)
    try:
        figure.savefig(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror})") from error
