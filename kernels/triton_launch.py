"""Backend `triton`: a problem as the arguments of a kernel, on a tile that fits the target."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from locality.kernels.masks import BlockLocal, Causal, Dense, Keys, Window
from locality.kernels.operands import accumulator
from locality.kernels.problem import Problem

FAR = 2**30  # farther than any two positions
LARGEST_DIM = 128  # of a head, so that a program's sums stay in registers


@dataclass(frozen=True)
class Target:
    """What a kernel is compiled for: "cuda" with a capability as 80, "hip", or "interpreter"."""

    name: str
    arch: int | str = 0

    @staticmethod
    def of(device: torch.device) -> Target:
        """The target of a device of this machine."""
        if device.type == "cpu" or os.environ.get("TRITON_INTERPRET") == "1":
            return Target("interpreter")
        if torch.version.hip:
            return Target("hip", torch.cuda.get_device_properties(device).gcnArchName)
        major, minor = torch.cuda.get_device_capability(device)
        return Target("cuda", 10 * major + minor)


@dataclass(frozen=True)
class Tile:
    """Rows, keys and value channels at once, by how many warps, in how many stages of loading."""

    rows: int
    keys: int
    warps: int
    channels: int = LARGEST_DIM  # of the values, forward
    stages: int = 1

    @property
    def options(self) -> dict[str, Any]:
        """For the compiler; fused multiply-adds round less."""
        return {"num_warps": self.warps, "num_stages": self.stages, "enable_fp_fusion": True}


SMALL = Tile(32, 32, warps=1)  # for the interpreter, to have several
TILES = {  # by kernel and target, of float16 and bfloat16, and of wider types
    ("forward", "cuda"): (Tile(64, 32, warps=8, channels=32), Tile(32, 32, warps=8, channels=32)),
    ("forward", "hip"): (Tile(64, 32, warps=4, channels=64), Tile(64, 32, warps=4, channels=64)),
    ("block_masses", "cuda"): (Tile(32, 32, warps=4), Tile(32, 32, warps=4)),
    ("block_masses", "hip"): (Tile(64, 32, warps=4), Tile(64, 32, warps=4)),
    ("queries_backward", "cuda"): (Tile(32, 32, warps=4), Tile(16, 32, warps=8)),
    ("queries_backward", "hip"): (Tile(64, 32, warps=4), Tile(64, 32, warps=4)),
    ("keys_backward", "cuda"): (Tile(32, 32, warps=8), Tile(32, 32, warps=8)),
    ("keys_backward", "hip"): (Tile(32, 64, warps=4), Tile(32, 64, warps=4)),
}
HOPPER = Tile(64, 32, warps=4, channels=32)  # forward: a matrix instruction takes four warps


def tile(kernel: str, target: Target, dtype: torch.dtype) -> Tile:
    """The tile of a kernel."""
    if target.name == "interpreter":
        return SMALL
    wide = dtype.itemsize > 2
    if kernel == "forward" and target.name == "cuda" and int(target.arch) >= 90 and not wide:
        return HOPPER
    return TILES[kernel, target.name][wide]


@dataclass(frozen=True)
class Launch:
    """A kernel by name, its grid, its arguments by name, and the compiler's options."""

    kernel: str
    grid: tuple[int, int, int]
    arguments: dict[str, Any]
    options: dict[str, Any]

    def __call__(self) -> None:
        """Run it on the device of its tensors."""
        from locality.kernels import triton_kernels

        with torch.cuda.device_of(self.arguments["q"]):
            getattr(triton_kernels, self.kernel)[self.grid](**self.arguments, **self.options)


def launch(problem: Problem, kernel: str, target: Target, **arguments: Any) -> Launch:
    """A kernel on a problem, with its own arguments and flags beside those that all take."""
    size = tile(kernel, target, problem.q.dtype)
    shared = _pairs(problem) | _types(problem, target)
    shared |= {"DIM": problem.q.shape[3], "BLOCK_DIM": _padded(problem.q.shape[3])}
    shared |= {"ROWS": size.rows, "KEYS": size.keys}
    operands = {"q": problem.q, "k": problem.k}
    if kernel != "block_masses":
        operands["v"] = problem.v
        channels = _padded(problem.v.shape[3])
        if kernel == "forward":
            channels = min(channels, size.channels)
        shared |= {"VALUE_DIM": problem.v.shape[3], "BLOCK_VALUE": channels}
    operands = {name: _in_rows(t) for name, t in operands.items()}
    shared |= operands | {f"{name}_strides": t.stride()[:3] for name, t in operands.items()}
    return Launch(kernel, _grid(problem, kernel, size), shared | arguments, size.options)


def _grid(problem: Problem, kernel: str, size: Tile) -> tuple[int, int, int]:
    """Tiles of the axis that a program holds, heads, and tiles of value channels."""
    batch, heads, queries = problem.rows
    if kernel == "keys_backward":
        return -(-problem.keys // size.keys), batch * problem.k.shape[1], 1
    tiles = -(-problem.v.shape[3] // size.channels) if kernel == "forward" else 1
    return -(-queries // size.rows), batch * heads, tiles


def _padded(size: int) -> int:
    """A head size as the tensor cores take it: a power of two, 16 or more."""
    return max(16, 1 << (size - 1).bit_length())


def _in_rows(t: Tensor) -> Tensor:
    """The tensor with its channels side by side."""
    return t if t.stride(3) == 1 else t.contiguous()


def _types(problem: Problem, target: Target) -> dict[str, Any]:
    """In which type products are taken, and in which sums."""
    import triton.language as tl

    dot, acc = problem.q.dtype, accumulator(problem.q.dtype)
    if target.name == "interpreter" and dot == torch.bfloat16:
        dot = torch.float32  # the interpreter multiplies bfloat16 as if it were integers
    return {"DOT": getattr(tl, name_of(dot)), "ACC": getattr(tl, name_of(acc))}


def name_of(dtype: torch.dtype) -> str:
    """As Triton, too, calls it: "float32"."""
    return str(dtype).removeprefix("torch.")


def _pairs(problem: Problem) -> dict[str, Any]:
    """What says which keys a query sees and what is added to its scores."""
    from locality.kernels.triton_kernels import HIDDEN

    q, sums = problem.q, accumulator(problem.q.dtype)
    ids, sight = problem.block_ids.to(torch.int32), None
    for part in problem.mask.parts:
        if isinstance(part, Keys):
            ids = torch.where(part.visible.view(-1, problem.keys), ids, HIDDEN.value)
        elif isinstance(part, Dense):
            sight = part.visible if sight is None else sight & part.visible
    wanted = ids.new_zeros(1) if problem.relevant is None else problem.relevant.to(torch.int32)
    seen = ids.new_zeros(1) if sight is None else sight.to(torch.uint8)
    bias = q.new_zeros(1) if problem.bias is None else problem.bias
    return {
        "ids": ids.contiguous(),
        "ids_stride": _stretched(ids, (problem.rows[0], problem.keys))[0],
        "wanted": wanted,
        "wanted_strides": _stretched(wanted, problem.rows),
        "sight": seen,
        "sight_strides": _stretched(seen, problem.pairs),
        "bias": bias,
        "bias_strides": _stretched(bias, problem.pairs),
        "scales": problem.temperature.reciprocal().to(sums).contiguous(),
        "dials": problem.dial.to(sums).contiguous(),
        "span": (problem.queries, problem.keys, *_nearness(problem)),
        "heads": problem.heads,
        "group": problem.heads // problem.k.shape[1],
        "RELEVANT": problem.relevant is not None,
        "BLOCK_LOCAL": any(isinstance(part, BlockLocal) for part in problem.mask.parts),
        "SIGHT": sight is not None,
        "BIAS": problem.bias is not None,
    }


def _stretched(t: Tensor, shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of the tensor broadcast to a shape."""
    return t.expand(*shape).stride()


def _nearness(problem: Problem) -> tuple[int, int]:
    """The least and the largest distance that a visible key lies behind its query."""
    least, most = -FAR, FAR
    for part in problem.mask.parts:
        if isinstance(part, Causal | Window):
            least = max(least, int(part.strict))
        if isinstance(part, Window):
            most = min(most, part.size - 1 + part.strict)
    return least, most
