"""The localization trick: each loss at its known solution, its derivative, and what it refuses."""

import pytest
import torch
from torch.nn.functional import softplus

from locality.kernels import LocalMean, LocalModel, NearestBandwidth
from locality.kernels.localization import tiles
from locality.theory import InputError


def draw(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def quadratic(theta, key, value):
    return (theta - value).square().sum()


def logistic(theta, key, value):
    score = theta[0] + theta[1:] @ key
    return softplus(score) - value * score + 0.05 * theta.square().sum()


@pytest.mark.parametrize("values", [draw(2, 20, 3, seed=1), draw(2, 20, seed=1)])
def test_a_constant_is_the_local_mean(values):
    keys, queries = draw(2, 20, 2), draw(2, 5, 2, seed=2)
    model = LocalModel("constant", "laplace", 0.8).fit(keys, values)
    expected = LocalMean("laplace", 0.8).fit(keys, values).predict(queries)
    torch.testing.assert_close(model.predict(queries), expected, rtol=0, atol=1e-14)
    assert model.solve(queries).shape == (*expected.shape, 1)


def test_a_line_through_three_points_by_hand():
    # weights ½, 1, ½ at −1, 0, 1 with values 1, 0, 1: mean ½, no slope
    keys, values = [[-1.0], [0.0], [1.0]], [1.0, 0.0, 1.0]

    def halves(q, k, h):
        return -(q - k.mT).abs() * torch.log(torch.tensor(2.0, dtype=q.dtype))

    theta = LocalModel("linear", halves).fit(keys, values).solve([[0.0]])
    torch.testing.assert_close(theta, torch.tensor([[0.5, 0.0]], dtype=torch.float64))


@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov", "dot"])
def test_affine_functions_are_reproduced(kernel):
    keys, queries = draw(40, 3), draw(6, 3, seed=2) / 4
    slopes = draw(3, 2, seed=3)
    theta = LocalModel("linear", kernel, 4.0).fit(keys, keys @ slopes + 5).solve(queries)
    torch.testing.assert_close(theta[..., 0], queries @ slopes + 5, rtol=0, atol=1e-12)
    torch.testing.assert_close(theta[..., 1:], slopes.mT.expand(6, 2, 3), rtol=0, atol=1e-12)


def test_with_too_few_keys_the_flattest_line():
    model = LocalModel("linear", "uniform", NearestBandwidth(1)).fit([[0.0], [2.0]], [3.0, 5.0])
    assert model.solve([[0.5]]).tolist() == [[3.0, 0.0]]


def test_newton_finds_the_local_mean():
    keys, values, queries = draw(20, 2), draw(20, 3, seed=1), draw(5, 2, seed=2)
    model = LocalModel(quadratic, bandwidth=0.7, parameters=3).fit(keys, values)
    expected = LocalMean("gaussian", 0.7).fit(keys, values).predict(queries)
    torch.testing.assert_close(model.solve(queries), expected, rtol=0, atol=1e-13)


def test_newton_ends_where_the_gradient_vanishes():
    keys, queries = draw(50, 2), draw(4, 2, seed=2)
    labels = (keys[:, 0] + 0.3 * draw(50, seed=1) > 0).double()
    model = LocalModel(logistic, bandwidth=1.0, parameters=3).fit(keys, labels)
    theta = model.solve(queries).requires_grad_()
    p = LocalMean("gaussian", 1.0).fit(keys, labels).weights(queries)
    risk = sum(
        p[i, j] * logistic(theta[i], keys[j], labels[j]) for i in range(4) for j in range(50)
    )
    (slope,) = torch.autograd.grad(risk, theta)
    assert slope.abs().max() < 1e-12


@pytest.mark.parametrize(
    "loss", ["constant", "linear", pytest.param(logistic, marks=pytest.mark.slow)]
)
def test_solutions_are_differentiated(loss, monkeypatch):
    monkeypatch.setattr(tiles, "SCORES", 1)  # a query a tile

    def solved(queries, keys, values):
        own = {"parameters": 3} if callable(loss) else {}
        return LocalModel(loss, bandwidth=1.5, **own).fit(keys, values).solve(queries)

    inputs = (draw(3, 2), draw(8, 2, seed=1), draw(8, seed=2).sigmoid())
    assert torch.autograd.gradcheck(solved, tuple(t.requires_grad_() for t in inputs))


KEYS, VALUES = [[0.0], [1.0]], [0.0, 1.0]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: LocalModel("cubic"), "loss = 'cubic': expected constant, linear"),
        (lambda: LocalModel("linear", parameters=2), "parameters = 2 for loss 'linear'"),
        (lambda: LocalModel(quadratic), "parameters = None"),
        (lambda: LocalModel(quadratic, parameters=0), "parameters = 0: expected an integer"),
        (lambda: LocalModel().solve([[0.0]]), "expected fit"),
        (
            lambda: LocalModel("linear", "uniform", 0.1).fit(KEYS, VALUES).solve([[0.5]]),
            "expected a key within the bandwidth",
        ),
        (
            lambda: LocalModel(quadratic, parameters=1).fit(KEYS, VALUES).predict([[0.5]]),
            r"expected solve\(\)",
        ),
        (
            lambda: (
                LocalModel(lambda t, k, v: -t.square().sum(), parameters=1)
                .fit(KEYS, VALUES)
                .solve([[0.5]])
            ),
            "not positive definite",
        ),
        (
            lambda: (
                LocalModel(lambda t, k, v: (-t).exp().sum(), parameters=1)
                .fit(KEYS, VALUES)
                .solve([[0.5]])
            ),
            "no minimum within",
        ),
        (
            lambda: LocalModel(quadratic, parameters=1).fit([KEYS], [VALUES]),
            "for a loss of one's own",
        ),
    ],
)
def test_bad_input_is_one_line(made, said):
    with pytest.raises(InputError, match=said) as raised:
        made()
    assert "\n" not in str(raised.value)
