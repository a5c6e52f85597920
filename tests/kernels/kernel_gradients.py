"""How far a backend's gradients may lie from the reference's: derived from `kernel_rounding`.

A loss Σ ⟨g, statistic⟩ has, for the scaled score t_j, the slope p_j·B_j + [j∈R] p^R_j·B^R_j with

|B_j|   ≤ S_j = 2‖g_o‖₁·max|v| + |g_lse| + |g_H|(|ln p_j| + H) + |g_F| + |g_ε| + 2 max|g_M|
|B^R_j| ≤ S^R = 2‖g_R‖₁·max|v|

p has the relative error ρ of a mass, what stands in B (means, F, M) that of a mean, which is larger
than ρ, H and ln p the absolute errors of entropy and lse. So a slope is off by at most

D_j = (2ρ + γ)·p_j·S_j + 2 p_j |g_H| (δ_H + δ_lse) + (2ρ + γ)·p^R_j·S^R

γ of all operations on the way, and a gradient by the sum of D·|operand| over pairs, and by γ times
that of |slope|·|operand|. Both sides are off, each by its own type.
"""

from dataclasses import fields

import torch
from kernel_rounding import U, rounding

from locality.kernels import AuxRequest, attend

NAMES = ("output", "local_output", "lse", "entropy", "fidelity", "leakage", "block_mass")
INPUTS = ("q", "k", "v", "temperature", "dial", "bias")


def errors(case, dtype, names=NAMES):
    """The inputs whose gradient is off by more than the bound."""
    exact, found = (_gradients(case, dtype, backend, names) for backend in ("reference", "triton"))
    bound = _bounds(case, dtype, names)
    return [
        name
        for name in exact
        if not ((found[name].double() - exact[name].double()).abs() <= bound[name]).all()
    ]


def _leaves(case, dtype):
    tensors = dict(zip("qkv", case.tensors(dtype), strict=True))
    given = {"temperature": case.dim**0.5, "dial": 0.0} | case.arguments
    if "relevant" not in given:
        del given["dial"]
    numbers = {
        name: torch.as_tensor(given[name], dtype=torch.float64)
        for name in INPUTS[3:]
        if name in given
    }
    rest = {name: value for name, value in given.items() if name not in INPUTS}
    return {name: t.clone().requires_grad_() for name, t in (tensors | numbers).items()}, rest


def _asked(case, names):
    wanted = {f.name for f in fields(AuxRequest)} & set(names)
    return AuxRequest(**{name: getattr(case.aux, name) for name in wanted})


def _slopes(case, names):
    """The gradient of the loss with respect to each statistic, zero where it is not a number."""
    found = attend(*case.tensors(), **case.arguments, aux=_asked(case, names), backend="reference")
    draw = torch.Generator().manual_seed(6)
    values = {name: getattr(found, name) for name in names if getattr(found, name) is not None}
    return {
        name: torch.randn(t.shape, generator=draw, dtype=torch.float64) * t.isfinite()
        for name, t in values.items()
    }


def _gradients(case, dtype, backend, names):
    leaves, rest = _leaves(case, dtype)
    found = attend(**leaves, **rest, aux=_asked(case, names), backend=backend)
    slopes = _slopes(case, names)
    values = [getattr(found, name) for name in slopes]
    given = [g.to(t.dtype) for g, t in zip(slopes.values(), values, strict=True)]
    found = torch.autograd.grad(values, list(leaves.values()), given, allow_unused=True)
    return {n: g if g is not None else torch.zeros_like(t)
            for (n, t), g in zip(leaves.items(), found, strict=True)}  # fmt: skip


def _bounds(case, dtype, names):
    q, k, v = case.tensors(dtype)
    keys, wide = k.shape[2], (k.shape[0], k.shape[1], k.shape[2], k.shape[2])
    # the values are unit vectors, so that the outputs are the probabilities
    near = {"local_output": True} if "relevant" in case.arguments else {}
    pattern = attend(
        q.double(), k.double(), torch.eye(keys, dtype=torch.float64).expand(wide),
        **case.arguments, aux=AuxRequest(entropy=True, **near), backend="reference",
    )  # fmt: skip
    p = pattern.output
    p_near = pattern.local_output if near else torch.zeros_like(p)
    log_p = p.log().masked_fill(p == 0, 0.0).abs()
    g = _slopes(case, names)
    zero = torch.zeros(p.shape[:3], dtype=torch.float64)
    row = {name: g[name].abs() if name in g else zero for name in NAMES[2:6]}
    mass = 2 * g["block_mass"].abs().amax(-1) if "block_mass" in g else zero
    largest = v.double().abs().max()
    pulled = {n: g[n].abs() if n in g else zero.unsqueeze(-1).expand(*p.shape[:3], v.shape[3])
              for n in NAMES[:2]}  # fmt: skip
    base = 2 * pulled["output"].sum(-1) * largest + row["lse"] + row["entropy"] * pattern.entropy
    base = base + row["fidelity"] + row["leakage"] + mass
    size = p * (base.unsqueeze(-1) + row["entropy"].unsqueeze(-1) * log_p)
    size = size + p_near * (2 * pulled["local_output"].sum(-1) * largest).unsqueeze(-1)
    total = dict.fromkeys(_leaves(case, dtype)[0], 0.0)
    for kind in (dtype, torch.float64):
        for name, bound in _one_side(case, kind, (p, p_near, log_p, size), row, pulled).items():
            if name in total:
                total[name] = total[name] + bound
    return total


def _one_side(case, kind, pairs, row, pulled):
    """The bounds of one side, whose sums are taken in the type `kind`."""
    p, p_near, log_p, size = pairs
    q, k, _ = (t.double() for t in case.tensors(kind))
    error = rounding(q, k, kind, case.arguments)
    group = q.shape[1] // k.shape[1]
    terms = p.shape[2] * p.shape[1] * p.shape[0] + p.shape[3] + q.shape[3] + 40
    gamma = terms * U[kind] / (1 - terms * U[kind])
    relative = (2 * error.mean + 2 * gamma).unsqueeze(-1)
    logs = (error.entropy + error.lse).unsqueeze(-1)
    slope = relative * size + 2 * p * row["entropy"].unsqueeze(-1) * logs
    tau = torch.as_tensor(case.arguments.get("temperature", case.dim**0.5), dtype=torch.float64)
    tau = tau.expand(q.shape[1]).view(-1, 1, 1)
    by_score = slope / tau
    wide = k.abs().repeat_interleave(group, dim=1)
    values = [(relative * w).mT @ pulled[name] for w, name in
              ((p, "output"), (p_near, "local_output"))]  # fmt: skip
    heat = slope * (1 + log_p) + size * logs
    lse = (size.sum(-1) + row["lse"]) * (1 + log_p.amax(-1))
    heat = heat.sum(-1) + lse * (error.lse + relative.squeeze(-1))
    found = {
        "q": by_score @ wide,
        "k": _grouped(by_score.mT @ q.abs(), group),
        "v": _grouped(sum(values), group),
        "temperature": _summed(heat / tau.squeeze(-1), (0, 2), case, "temperature"),
        "dial": _summed(by_score, (0, 2, 3), case, "dial"),
    }
    if "bias" in case.arguments:
        found["bias"] = by_score.sum_to_size(case.arguments["bias"].shape)
    return found


def _grouped(t, group):
    return t.unflatten(1, (-1, group)).sum(2)


def _summed(t, axes, case, name):
    by_head = t.sum(axes)
    number = torch.as_tensor(case.arguments.get(name, 0.0)).ndim == 0
    return by_head.sum() if number else by_head
