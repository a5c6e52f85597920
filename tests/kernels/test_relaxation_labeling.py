import pytest
import torch

from locality.kernels.localization.relaxation_labeling import consistency, relax
from locality.theory import InputError


def friends(objects=5, labels=3, seed=3):
    generator = torch.Generator().manual_seed(seed)
    p = torch.rand(objects, labels, generator=generator, dtype=torch.float64)
    r = torch.rand(objects, labels, objects, labels, generator=generator, dtype=torch.float64)
    return p / p.sum(dim=1, keepdim=True), r + r.permute(2, 3, 0, 1)


def test_two_labels_by_hand():
    p, r = torch.tensor([[0.25, 0.75]]), torch.tensor([[[[2.0, 0.0]], [[0.0, 1.0]]]])
    assert consistency(p, r) == 11 / 16
    torch.testing.assert_close(relax(p, r), torch.tensor([[2 / 11, 9 / 11]]))


def test_consistency_never_falls():
    p, r = friends()
    seen = [consistency(relax(p, r, steps), r) for steps in range(1, 9)]
    assert (torch.stack(seen).diff() > 0).all()
    assert seen[0] > consistency(p, r)


def test_one_sided_compatibilities_may_lose_everything():
    p, r = torch.tensor([[0.5, 0.5]]), torch.tensor([[[[0.0, 1.0]], [[0.0, 0.0]]]])
    assert consistency(p, r) == 0.25
    assert consistency(relax(p, r), r) == 0


def test_it_is_differentiable():
    p, r = friends(3, 2)
    torch.autograd.gradcheck(lambda q: relax(q, r, 2), p.requires_grad_())


@pytest.mark.parametrize(
    ("p", "r", "words"),
    [
        ([0.5, 0.5], [[[[1.0]]]], "expected floats with 2 axes"),
        ([[0.5, 0.5]], [[[[1.0]]]], "expected the objects and labels twice"),
        ([[-0.5, 1.5]], [[[[1.0, 0]], [[0, 1.0]]]], "a negative number or NaN"),
        ([[1.0, 0.0]], [[[[0.0, 1.0]], [[1.0, 0.0]]]], "object 0 has no supported label"),
    ],
)
def test_bad_input_is_one_line(p, r, words):
    with pytest.raises(InputError, match=words):
        relax(p, r)
