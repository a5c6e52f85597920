"""Short blocks alone: matrix products give what a fused pass gives, and small entropies too."""

import math

import pytest
import torch
from kernel_cases import CASES
from kernel_comparison import faults

from locality.kernels import AuxRequest, attend, products

LOCAL = [c for c in CASES if c.arguments.get("dial") == math.inf and c.name.startswith("own ")]
ENTROPY = AuxRequest(entropy=True)


@pytest.fixture
def calls(monkeypatch):
    made, attention = [], products.attention

    def counted(q, k, v, scale):
        made.append(q.shape[1])
        return attention(q, k, v, scale)

    monkeypatch.setattr(products, "attention", counted)
    return made


@pytest.mark.parametrize("scores", [1, 1500, 2**20])
def test_pieces_agree_however_many_are_taken_at_once(scores, monkeypatch):
    monkeypatch.setattr(products, "SCORES", scores)
    monkeypatch.setattr(products, "fit", lambda pieces: True)
    for case in LOCAL:
        assert faults(case, torch.float32, "flash", ENTROPY) == []


@pytest.mark.parametrize(
    ("queries", "aux", "mask", "used"),
    [
        (256, ENTROPY, None, True),
        (256, AuxRequest(), None, False),
        (256, AuxRequest(entropy=True, block_mass=True), None, False),
        (256, ENTROPY, "causal", False),
        (2048, ENTROPY, None, False),
    ],
)
def test_products_are_for_short_blocks_whose_entropy_is_wanted(queries, aux, mask, used, calls):
    q = torch.randn(1, 2, queries, 8)
    own = torch.arange(queries) // (queries // 2)
    options = {"blocks": queries // 2, "relevant": own, "mask": mask}
    attend(q, q, q, **options, dial=math.inf, aux=aux, backend="flash")
    assert bool(calls) == used


def test_gradients_take_the_fused_pass(calls):
    q = torch.randn(1, 2, 64, 8, requires_grad=True)
    own = torch.arange(64) // 16
    found = attend(q, q, q, blocks=16, relevant=own, dial=math.inf, aux=ENTROPY, backend="flash")
    found.entropy.sum().backward()
    assert q.grad.isfinite().all()
    assert not calls


def test_the_entropy_of_a_peaked_row_is_not_lost():
    q = torch.full((1, 1, 2, 1), 1.0)
    k = torch.tensor([0.0, -40.0, 0.0, -60.0]).view(1, 1, 4, 1)
    options = {"blocks": 2, "relevant": [0, 1], "dial": math.inf, "temperature": 1.0}
    found = attend(q, k, k, **options, aux=ENTROPY, backend="flash").entropy.double()
    rest = torch.tensor([40.0, 60.0], dtype=torch.float64)
    exact = torch.exp(-rest) * (1 + rest)  # up to e^{−2·rest}
    # an exponential, a product, a sum and a quotient; log1p of the rest is lost beside its 40 or 60
    assert ((found / exact - 1).abs() <= 1 / rest).all()
