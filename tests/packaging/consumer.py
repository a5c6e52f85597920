"""What a user's program looks like to a type checker; `make types` reads it against the wheel."""

import torch

from locality import AuxRequest, InputError, Mask, attend, theorem, theorems


def leakage_at(temperature: float) -> float:
    bound = theorem("leakage").bound(m=4, c=60, margin=3.0, temperature=temperature)
    return float(bound)


def titles() -> list[str]:
    return [entry.title for entry in theorems()]


def mean_entropy(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    attention = attend(q, k, v, blocks=16, mask=Mask.causal(), aux=AuxRequest(entropy=True))
    if attention.entropy is None:
        raise InputError(f"entropy was asked for, got none for {tuple(q.shape)}")
    return attention.entropy.mean()
