"""Relaxation labeling: labels that go together strengthen each other, all objects at once.

A relative of the localization methods, not one of them: the update multiplies old probabilities
by their support.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from locality.kernels.arguments import described, tensor, whole
from locality.theory.core.errors import InputError


def relax(probabilities: Any, compatibilities: Any, steps: int = 1) -> Tensor:
    """Probabilities (objects, labels) after so many updates p·q/Σp·q, q what supports a label.

    compatibilities (objects, labels, objects, labels), ≥ 0 and, for consistency never to fall,
    symmetric. Float32 or float64, differentiable. InputError names a shape or sign that is wrong,
    and an object none of whose labels has support. Source: localization.
    """
    p = _nonnegative("probabilities", probabilities, 2)
    r = _nonnegative("compatibilities", compatibilities, 4)
    if r.shape != p.shape + p.shape:
        raise InputError(
            f"compatibilities {described(r)} for {described(p)}: expected the objects and labels "
            "twice"
        )
    for _ in range(whole("steps", steps, 1)):
        pull = p * torch.einsum("iajb,jb->ia", r.to(p.dtype), p)
        all_labels = pull.sum(dim=1, keepdim=True)
        if not bool((all_labels > 0).all()):
            lost = int((~(all_labels[:, 0] > 0)).nonzero()[0])
            raise InputError(f"object {lost} has no supported label: expected one of every object")
        p = pull / all_labels
    return p


def consistency(probabilities: Any, compatibilities: Any) -> Tensor:
    """Σ p r p, a number: how well the labels of all objects go together; shapes as for `relax`."""
    p = _nonnegative("probabilities", probabilities, 2)
    r = _nonnegative("compatibilities", compatibilities, 4)
    return torch.einsum("ia,iajb,jb->", p, r.to(p.dtype), p)


def _nonnegative(name: str, value: Any, axes: int) -> Tensor:
    t = tensor(name, value, f"{axes} axes of numbers")
    if t.ndim != axes or not t.is_floating_point():
        raise InputError(f"{name} {described(t)}: expected floats with {axes} axes")
    if not bool((t >= 0).all()):
        raise InputError(f"{name} {described(t)} with a negative number or NaN: expected ≥ 0")
    return t
