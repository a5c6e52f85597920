import math

import pytest
import torch

from locality.kernels import AuxRequest, Mask, attend

MASKS = {
    "none": None,
    "causal": "causal",
    "some rows see nothing": Mask.strict_causal() & Mask.keys([False, True, True, True]),
}
NAMES = ("output", "local_output", "lse", "entropy", "leakage", "fidelity", "block_mass")
AUX = AuxRequest(entropy=True, fidelity=True, leakage=True, block_mass=True, local_output=True)


def _inputs():
    draw = torch.Generator().manual_seed(5)
    shapes = [(1, 2, 3, 2), (1, 1, 4, 2), (1, 1, 4, 2), (2,), (2,), (3, 4)]
    made = [torch.rand(shape, generator=draw, dtype=torch.float64) + 0.5 for shape in shapes]
    return tuple(t.requires_grad_() for t in made)


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
def test_the_reference_is_differentiable(mask):
    def statistics(q, k, v, temperature, dial, bias):
        found = attend(
            q, k, v, blocks=2, relevant=[0, 1, 1], temperature=temperature, dial=dial, bias=bias,
            mask=mask, aux=AUX, backend="reference",
        )  # fmt: skip
        values = [getattr(found, name) for name in NAMES]
        return tuple(value[value.isfinite()] for value in values)

    assert torch.autograd.gradcheck(statistics, _inputs(), fast_mode=True)


def test_gradients_survive_ties_hidden_rows_and_an_infinite_dial():
    q = torch.zeros(1, 1, 4, 2, dtype=torch.float64, requires_grad=True)
    found = attend(
        q, q, q, blocks=2, relevant=[0, 0, 1, 1], dial=math.inf, mask="strict-causal",
        aux=AuxRequest(entropy=True, leakage=True),
    )  # fmt: skip
    (found.output.sum() + found.entropy.sum()).backward()
    assert q.grad.isfinite().all()
