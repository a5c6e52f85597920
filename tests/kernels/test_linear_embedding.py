import math

import pytest
import torch

from locality.kernels.localization.linear_embedding import reconstruction_weights
from locality.theory import InputError

TURN = torch.linalg.qr(torch.randn(5, 5, generator=torch.Generator().manual_seed(4)).double()).Q


def cloud(points=7, k=4, d=5, seed=3):
    generator = torch.Generator().manual_seed(seed)
    draw = [torch.randn(*shape, generator=generator) for shape in ((points, d), (points, k, d))]
    return draw[0].double(), draw[1].double()


def test_a_point_beyond_its_neighbours_by_hand():
    found = reconstruction_weights(torch.zeros(1), torch.tensor([[1.0], [4.0]]), 1 / 17)
    torch.testing.assert_close(found, torch.tensor([13 / 11, -2 / 11]))


def test_weights_sum_to_one_and_no_others_cost_less():
    x, near = cloud()
    w = reconstruction_weights(x, near, 1e-3)
    torch.testing.assert_close(w.sum(-1), torch.ones(7, dtype=torch.float64))
    away = x[:, None] - near
    rho = 1e-3 * away.square().sum((1, 2))

    def cost(v):
        return (v[..., None] * away).sum(-2).square().sum(-1) + rho * v.square().sum(-1)

    step = torch.randn(50, 7, 4, generator=torch.Generator().manual_seed(5)).double()
    step -= step.mean(dim=-1, keepdim=True)
    torch.testing.assert_close(cost(w + step), cost(w) + cost(step))


def test_shifts_turns_and_scales_change_nothing():
    x, near = cloud()
    moved = (7 * x @ TURN + 3, 7 * near @ TURN + 3)
    torch.testing.assert_close(reconstruction_weights(*moved), reconstruction_weights(x, near))


def test_an_exact_reconstruction_needs_no_ridge():
    corners = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    inside = torch.tensor([0.25, 0.5])
    found = reconstruction_weights(inside, corners, 1e-7)
    torch.testing.assert_close(found, torch.tensor([0.25, 0.25, 0.5]), atol=1e-5, rtol=0)


def test_a_point_on_all_its_neighbours_has_equal_weights():
    assert reconstruction_weights(torch.ones(2), torch.ones(4, 2)).tolist() == [0.25] * 4


def test_it_is_differentiable():
    x, near = cloud(2, 3, 4)
    torch.autograd.gradcheck(lambda *at: reconstruction_weights(*at), [x.requires_grad_(), near])


@pytest.mark.parametrize(
    ("x", "near", "ridge", "words"),
    [
        ([1.0], [[2.0, 3.0]], 1e-3, r"expected \(…, k, d\)"),
        ([1.0], [2.0], 1e-3, r"expected floats \(…, d\) and"),
        ([1], [[2]], 1e-3, r"expected floats"),
        ([1.0], [[2.0]], -1.0, "ridge = -1.0: expected a finite number ≥ 0"),
        ([1.0], [[2.0]], math.nan, "ridge = nan"),
        ([0.0], [[1.0], [2.0], [4.0]], 0.0, "not unique"),
    ],
)
def test_bad_input_is_one_line(x, near, ridge, words):
    with pytest.raises(InputError, match=words):
        reconstruction_weights(x, near, ridge)
