import math
from itertools import permutations

import pytest
import torch

from locality.verify.experiments.language_model import Model, Plan, biases, corpus, lines, windows
from locality.verify.experiments.layered import (
    Stack,
    apart,
    compared,
    deviation_bound,
    diameters,
    lipschitz,
    share,
    widest,
    written,
)

PLAN = Plan(layers=3, width=16, heads=2, context=40)


@pytest.fixture
def stack():
    torch.manual_seed(4)
    model = Model(PLAN, len(corpus().alphabet)).double().eval().requires_grad_(False)
    for layer in model.stack:
        torch.nn.init.normal_(layer.out.weight, std=0.3)
    return Stack(model, windows(corpus().held_out, PLAN.context, 6)[0])


def test_a_dial_of_four_temperatures_moves_at_most_tanh_1():
    assert share(4.0) == pytest.approx(math.tanh(1), rel=1e-12)
    assert share(0.0) == 0


def test_the_bound_by_hand():
    one, two = share(1.0), share(2.0)
    found = deviation_bound([1.0, 2.0, 0.0], [7.0, 3.0, 5.0], 2.0)
    assert found == pytest.approx(2 * (one * 3 * 5 + two * 5), rel=1e-12)


def test_an_undamped_stack_is_the_model(stack):
    dials = [0.5, 1.0, 2.0]
    for ours, its in zip(stack.states(dials), stack.model.states(stack.tokens, dials), strict=True):
        assert torch.equal(ours, its)


def test_what_a_head_writes_is_its_share_of_the_output(stack):
    layer, x = stack.model.stack[0], stack.model.embedded(stack.tokens)
    bias = biases(lines(stack.tokens), 1.0).double()
    q, k, v = layer.projected(x)
    p = (q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + bias).softmax(-1)
    seen = torch.einsum("bhij,hed,bjd->bie", p, written(layer), unit_rows(x))
    expected = layer.out((p @ v).transpose(1, 2).flatten(2))
    assert torch.allclose(seen, expected, rtol=1e-12, atol=1e-12)


def unit_rows(x):
    return x / x.norm(dim=-1, keepdim=True) * math.sqrt(x.shape[-1])


def test_no_two_states_move_apart_faster_than_the_constant(stack):
    generator = torch.Generator().manual_seed(1)
    for layer in stack.model.stack:
        for size in (1e-3, 0.3, 3.0):
            x = torch.randn(6, 40, 16, generator=generator, dtype=torch.float64)
            y = x + size * torch.randn(6, 40, 16, generator=generator, dtype=torch.float64)
            shortest = float(torch.stack([x, y]).norm(dim=-1).min())
            ratio = apart(stack.after(layer, x, 0.0), stack.after(layer, y, 0.0)) / apart(x, y)
            assert float(ratio.max()) <= lipschitz(layer, shortest, 1.0, 1.0)


def test_operator_norms_cover_the_reached_diameters(stack):
    for layer, x in zip(stack.model.stack, stack.states([0.0] * 3), strict=False):
        assert float(diameters(layer, x).max()) <= widest(layer)


@pytest.mark.parametrize(
    "dials", [[1.0, 2.0, 3.0], [9.0, 0.0, 0.0], [0.0, 0.0, 0.01], [0.1, 1 / 3, 6.3]]
)
@pytest.mark.parametrize("damping", [None, 0.05])
def test_every_deviation_is_within_its_bounds(stack, dials, damping):
    found = compared(Stack(stack.model, stack.tokens, damping), dials)
    assert 1 <= found["on the runs"]["tightest"] <= found["by operators"]["tightest"]
    assert found["excess"] <= found["rounding"] < 1e-12
    assert found["sharpest"] > 0.95


def test_equal_orders_of_a_bound_differ_where_layers_stretch_or_contract():
    dials = [1.0, 2.0, 3.0]
    for constant, best in ((2.0, dials), (0.5, dials[::-1])):
        found = min(permutations(dials), key=lambda each: deviation_bound(each, [constant] * 3, 1))
        assert [*found] == best
