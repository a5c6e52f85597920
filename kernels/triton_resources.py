"""What the kernels of backend `triton` take of a GPU, compiled ahead of time: no GPU is needed.

`resources("sm_80", 128)` compiles the kernels of a problem that asks for everything at once, so
that each uses the most registers it ever does; `write_resources` records all targets and sizes.
Not in a process that has its kernels interpreted (TRITON_INTERPRET=1): those do not compile.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from locality.kernels.errors import NotSupported
from locality.kernels.masks import Mask
from locality.kernels.problem import Problem, checked
from locality.kernels.results import AuxRequest
from locality.kernels.triton_attention import Rows, forward_launch, masses_launch
from locality.kernels.triton_gradients import NAMES, Pull, keys_launch, queries_launch
from locality.kernels.triton_launch import Launch, Target, name_of

TARGETS = {
    "sm_80": Target("cuda", 80),
    "sm_90": Target("cuda", 90),
    "gfx942": Target("hip", "gfx942"),
}
SHARED_LIMIT = {"sm_80": 163 * 1024, "sm_90": 227 * 1024, "gfx942": 64 * 1024}  # bytes a program
DIMS = (32, 64, 96, 128)
TYPES = {name_of(t): t for t in (torch.float16, torch.bfloat16, torch.float32)}
SOURCES = (
    "triton_kernels.py",
    "triton_launch.py",
    "triton_attention.py",
    "triton_gradients.py",
    "operands.py",
)


def resources(target: str, head_dim: int, dtype: str = "bfloat16") -> dict[str, dict[str, int]]:
    """Of each kernel: registers and spilled registers a thread, bytes of shared memory, tile.

    target is one of `TARGETS`, dtype one of `TYPES`.
    """
    built = launches(everything(head_dim, TYPES[dtype]), TARGETS[target])
    return {launch.kernel: _taken(launch, TARGETS[target]) for launch in built}


def write_resources(path: Path) -> None:
    """Compile everything and record what it takes, beside a digest of the kernels' sources."""
    taken = {
        target: {
            dtype: {str(dim): resources(target, dim, dtype) for dim in DIMS} for dtype in TYPES
        }
        for target in TARGETS
    }
    record = {"sources": digest(), "triton": version("triton"), "resources": taken}
    path.write_text(json.dumps(record, indent=1) + "\n")


def digest() -> str:
    """SHA-256 of the sources that decide what the kernels take."""
    sources = (Path(__file__).with_name(name).read_bytes() for name in SOURCES)
    return hashlib.sha256(b"".join(sources)).hexdigest()


# -- a problem that asks for everything --------------------------------------------------------


def everything(head_dim: int, dtype: torch.dtype) -> Problem:
    """Windows, a dense mask, a bias a pair, a dial, grouped heads, every statistic."""
    n = 64
    q, k = (torch.zeros(1, heads, n, head_dim, dtype=dtype) for heads in (4, 2))
    return checked(
        q, k, k, blocks=16, relevant=torch.arange(n) // 16, dial=1.0, temperature=None,
        mask=Mask.window(32) & Mask.dense(torch.ones(n, n) > 0),
        bias=torch.zeros(n, n, dtype=dtype), aux=AuxRequest.everything(),
    )  # fmt: skip


def launches(problem: Problem, target: Target) -> list[Launch]:
    """All kernels, with gradients of everything coming in and wanted, on empty memory."""
    count = problem.q.new_zeros(problem.rows, dtype=torch.float64)
    rows = Rows(**dict.fromkeys(Rows.__annotations__, count))
    first = forward_launch(problem, target)
    masses = masses_launch(problem, target, rows)
    output = first.arguments["output"]
    given: dict[str, Tensor | None] = dict.fromkeys(NAMES)
    given |= {"output": output, "local_output": output, "block_mass": masses.arguments["masses"]}
    pull = Pull.of(problem, rows, given, given)
    wanted = dict.fromkeys(("q", "k", "v", "temperature", "dial", "bias"), True)
    return [first, masses, queries_launch(pull, target, wanted), keys_launch(pull, target)]


# -- compiling ---------------------------------------------------------------------------------


def _taken(launch: Launch, target: Target) -> dict[str, int]:
    import triton
    from triton.backends.compiler import GPUTarget

    on_cuda = target.name == "cuda"
    compiled = triton.compile(
        _source(launch),
        target=GPUTarget(target.name, target.arch, 32 if on_cuda else 64),
        options=launch.options,
    )
    registers, spills = (_of_cubin if on_cuda else _of_amdgcn)(compiled.asm)
    sizes = {"rows": launch.arguments["ROWS"], "keys": launch.arguments["KEYS"]}
    return {
        "registers": registers,
        "spills": spills,
        "shared": int(compiled.metadata.shared),
        **sizes,
        "warps": launch.options["num_warps"],
    }


def _source(launch: Launch) -> Any:
    """The kernel, specialised as a launch on aligned tensors would be."""
    from triton.compiler import ASTSource

    from locality.kernels import triton_kernels

    kernel = getattr(triton_kernels, launch.kernel)
    signature, constants, aligned = {}, {}, {}
    for i, name in enumerate(kernel.arg_names):
        value = launch.arguments[name]
        signature[name] = "constexpr" if name.isupper() else _type(value)
        for path, item in _leaves((i,), value):
            if name.isupper() or _is_one(item):
                constants[path] = item
            elif isinstance(item, Tensor) or item % 16 == 0:
                aligned[path] = [["tt.divisibility", 16]]
    return ASTSource(kernel, signature, constants, aligned)


def _is_one(value: Any) -> bool:
    return isinstance(value, int) and value == 1


def _leaves(path: tuple[int, ...], value: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    """The members of (nested) tuples, with where they lie among the arguments."""
    if isinstance(value, tuple):
        for i, item in enumerate(value):
            yield from _leaves((*path, i), item)
    else:
        yield path, value


def _type(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_type(item) for item in value)
    if not isinstance(value, Tensor):
        return "constexpr" if _is_one(value) else "i32"
    from triton.runtime.jit import type_canonicalisation_dict

    return "*" + type_canonicalisation_dict[name_of(value.dtype)]


def _of_cubin(asm: Any) -> tuple[int, int]:
    """Registers and four-byte spill slots of a thread."""
    import triton

    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(asm["cubin"])
        file.flush()
        said = subprocess.run(
            [tool, "-res-usage", file.name], check=True, capture_output=True, text=True
        ).stdout
    return _number(r"REG:(\d+)", said), (_number(r"STACK:(\d+)", said) + 3) // 4


def _of_amdgcn(asm: Any) -> tuple[int, int]:
    """Vector and accumulation registers, and vector registers spilled."""
    text = asm["amdgcn"]
    return _number(r"\.vgpr_count:\s+(\d+)", text), _number(r"\.vgpr_spill_count:\s+(\d+)", text)


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text)
    if found is None:
        raise NotSupported("triton", f"reading resources ({pattern} not in the compiler's output)")
    return int(found[1])
