import math

import pytest
import torch
from torch.autograd.gradcheck import GradcheckError

from locality.kernels import AuxRequest, Mask, attend, fused

MASKS = {
    "none": None,
    "causal": "causal",
    "some rows see nothing": Mask.strict_causal() & Mask.keys([False, True, True, True]),
}
NAMES = ("output", "local_output", "lse", "entropy", "leakage", "fidelity", "block_mass")
FOLDED = AuxRequest(entropy=True, fidelity=True, local_output=True)
AUX = AuxRequest(entropy=True, fidelity=True, leakage=True, block_mass=True, local_output=True)


def _inputs():
    draw = torch.Generator().manual_seed(5)
    shapes = [(1, 2, 3, 2), (1, 1, 4, 2), (1, 1, 4, 2), (2,), (2,), (3, 4)]
    made = [torch.rand(shape, generator=draw, dtype=torch.float64) + 0.5 for shape in shapes]
    return tuple(t.requires_grad_() for t in made)


def _finite(found):
    values = [getattr(found, name) for name in NAMES]
    return tuple(value[value.isfinite()] for value in values if value is not None)


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
def test_the_reference_is_differentiable(mask):
    def statistics(q, k, v, temperature, dial, bias):
        found = attend(
            q, k, v, blocks=2, relevant=[0, 1, 1], temperature=temperature, dial=dial, bias=bias,
            mask=mask, aux=AUX, backend="reference",
        )  # fmt: skip
        return _finite(found)

    assert torch.autograd.gradcheck(statistics, _inputs(), fast_mode=True)


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
def test_flash_is_differentiable(mask):
    def statistics(q, k, v, temperature, dial):
        found = attend(
            q, k, v, blocks=2, relevant=[0, 1, 1], temperature=temperature, dial=dial, mask=mask,
            aux=AUX, backend="flash",
        )  # fmt: skip
        return _finite(found)

    assert torch.autograd.gradcheck(statistics, _inputs()[:5], fast_mode=True)


WITHOUT_TILES = {
    "one pass": {"aux": AuxRequest(entropy=True, block_mass=True), "blocks": 2},
    "one pass, causal": {"aux": AuxRequest(entropy=True), "mask": "causal"},
    "folded": {"aux": FOLDED, "blocks": 2, "relevant": [0, 0, 1, 1]},
    "folded, causal": {"aux": FOLDED, "blocks": 2, "relevant": [0, 0, 1, 1], "mask": "causal"},
    "block-local": {"aux": FOLDED, "blocks": 2, "relevant": [0, 0, 1, 1], "dial": math.inf},
}


@pytest.mark.parametrize("arguments", WITHOUT_TILES.values(), ids=WITHOUT_TILES.keys())
def test_flash_is_differentiable_without_tiles(arguments):
    draw = torch.Generator().manual_seed(6)
    shapes = [(1, 2, 4, 2), (1, 1, 4, 2), (1, 1, 4, 3), (2,)]
    made = [torch.rand(shape, generator=draw, dtype=torch.float64) + 0.5 for shape in shapes]

    def statistics(q, k, v, temperature):
        return _finite(attend(q, k, v, temperature=temperature, **arguments, backend="flash"))

    assert torch.autograd.gradcheck(statistics, [t.requires_grad_() for t in made], fast_mode=True)


def test_a_wrong_gradient_of_lse_is_noticed(monkeypatch):
    backward = fused._BACKWARD

    def forgetful(gradient, *arguments, **options):
        gradient[..., -1] = 0.0
        return backward(gradient, *arguments, **options)

    monkeypatch.setattr(fused, "_BACKWARD", forgetful)
    with pytest.raises(GradcheckError):
        test_flash_is_differentiable_without_tiles(WITHOUT_TILES["one pass"])


@pytest.mark.parametrize("ask", [AuxRequest(entropy=True), AuxRequest(entropy=True, leakage=True)])
def test_gradients_survive_ties_hidden_rows_and_an_infinite_dial(backend, ask):
    q = torch.zeros(1, 1, 4, 2, dtype=torch.float64, requires_grad=True)
    found = attend(
        q, q, q, blocks=2, relevant=[0, 0, 1, 1], dial=math.inf, mask="strict-causal",
        aux=ask, backend=backend,
    )  # fmt: skip
    (found.output.sum() + found.entropy.sum()).backward()
    assert q.grad.isfinite().all()
