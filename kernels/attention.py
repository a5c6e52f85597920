"""`attend`: attention with the statistics that theorems speak of, by the backend that can."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from locality.kernels import flash, reference, skipping, triton_attention
from locality.kernels.arguments import shown
from locality.kernels.certificates import certify_rows
from locality.kernels.errors import NotSupported
from locality.kernels.problem import Problem, checked
from locality.kernels.results import Attention, AuxRequest
from locality.theory.core.errors import InputError


@dataclass(frozen=True)
class Backend:
    """`obstacle` names what it cannot do of a problem, or is None; `run` computes."""

    obstacle: Callable[[Problem], str | None]
    run: Callable[[Problem], dict[str, Tensor]]


BACKENDS = {
    "flash": Backend(flash.obstacle, flash.run),
    "triton": Backend(triton_attention.obstacle, triton_attention.run),
    "reference": Backend(reference.obstacle, reference.run),
}


def attend(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    *,
    blocks: Any = None,
    relevant: Any = None,
    dial: Any = 0.0,
    temperature: Any = None,
    mask: Any = None,
    bias: Any = None,
    aux: AuxRequest = AuxRequest(),  # noqa: B008  frozen, so sharing it is harmless
    tolerance: float | None = None,
    backend: str = "auto",
) -> Attention:
    """Attention p ∝ exp((s + b − λ[j∉R])/τ) over the visible keys, with statistics of each row.

    q (batch, heads, queries, dim); k, v (batch, kv heads, keys, dim), heads a multiple of kv heads,
    one floating dtype, finite. Scores are s = ⟨q, k⟩, unscaled.

    temperature: τ > 0, a number or (heads,); None is √dim.
    blocks: a block size; ids (keys,) or (batch, keys) with −1 for none, a list of integers or an
        array; or a sequence of half-open (start, stop) ranges, disjoint.
    relevant: R, a block id or ids (queries,), (batch, queries), (batch, heads, queries).
    dial: λ ≥ 0 in units of s, a number or (heads,); inf is block-local.
    mask: None, "causal", "strict-causal" or a `Mask`; the last query is aligned with the last key.
    bias: b, finite, broadcastable to (batch, heads, queries, keys), in units of s.
    aux: an `AuxRequest`.
    tolerance: ε ≥ 0, to skip blocks of keys whose attention is certified to sum to at most ε in
        every row; `Attention.skipped` holds the certificate. Backend flash only, without aux.
    backend: "flash" (CPU, O(n·d) memory), "triton" (GPU, one fused pass), "reference" (dense,
        float64), or "auto": the first that can do all asked. `Attention.backend` says which.

    InputError: an argument outside its domain. NotSupported: a backend that was named cannot do it.
    """
    problem = checked(
        q,
        k,
        v,
        blocks=blocks,
        relevant=relevant,
        dial=dial,
        temperature=temperature,
        mask=mask,
        bias=bias,
        aux=aux,
    )
    name = _choose(problem, backend, tolerance)
    found: dict[str, Any] = (
        dict(BACKENDS[name].run(problem)) if tolerance is None else skipping.run(problem, tolerance)
    )
    if aux.certificate:
        found["certificate"] = certify_rows(problem, found)
    asked = {"output", "lse", "status", "m", "c", "skipped", *aux.names()} & found.keys()
    return Attention(backend=name, **{key: found[key] for key in asked})


def _choose(problem: Problem, backend: str, tolerance: Any) -> str:
    known = ("auto", *BACKENDS)
    if backend not in known:
        raise InputError(f"backend = {shown(backend)}: expected one of {', '.join(known)}")
    if tolerance is not None:
        return _able_to_skip(problem, backend, tolerance)
    obstacles = {name: each.obstacle(problem) for name, each in BACKENDS.items()}
    able = [name for name, obstacle in obstacles.items() if obstacle is None]
    if backend != "auto":
        if (obstacle := obstacles[backend]) is not None:
            raise NotSupported(backend, obstacle, able)
        return backend
    if not able:
        raise NotSupported(backend, "; ".join(str(o) for o in obstacles.values()))
    return able[0]


def _able_to_skip(problem: Problem, backend: str, tolerance: Any) -> str:
    right = isinstance(tolerance, int | float) and not isinstance(tolerance, bool)
    if not (right and 0 <= tolerance < math.inf):
        raise InputError(f"tolerance = {shown(tolerance)}: expected None or a finite number ≥ 0")
    obstacle, able = skipping.obstacle(problem), "flash"
    if backend not in ("auto", able):
        instead = () if obstacle else (able,)
        raise NotSupported(backend, f"certified skipping (tolerance = {tolerance})", instead)
    if obstacle:
        raise NotSupported(backend, f"{obstacle} with a tolerance")
    return able
