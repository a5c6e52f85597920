"""The local mean: by hand, against its definition, at its edges, and what it refuses."""

import math

import pytest
import torch

from locality.kernels import LocalMean, NearestBandwidth, attend
from locality.kernels.localization import tiles
from locality.theory import InputError

NAMES = ("dot", "gaussian", "laplace", "epanechnikov", "uniform")


def draw(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.fixture
def data():
    return draw(2, 31, 3), draw(2, 31, 2, seed=1), draw(2, 7, 3, seed=2) / 2


def weight(name, q, k, h):
    far = (q - k).norm().item() / h
    return {
        "dot": math.exp((q @ k).item() / h),
        "gaussian": math.exp(-(far**2) / 2),
        "laplace": math.exp(-(q - k).abs().sum().item() / h),
        "epanechnikov": max(0.0, 1 - far**2),
        "uniform": float(far <= 1),
    }[name]


def test_two_keys_by_hand():
    found = LocalMean("gaussian", 1.0).fit([[0.0], [1.0]], [0.0, 1.0]).describe([[0.0]])
    near, far = 1.0, math.exp(-0.5)
    p = far / (near + far)
    assert found.mean.item() == pytest.approx(p, rel=1e-15)
    assert found.lse.item() == pytest.approx(math.log(near + far), rel=1e-15)
    assert found.collision.item() == pytest.approx(p**2 + (1 - p) ** 2, rel=1e-15)
    entropy = -p * math.log(p) - (1 - p) * math.log(1 - p)
    assert found.entropy.item() == pytest.approx(entropy, rel=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_the_definition(name, data):
    keys, values, queries = data
    model = LocalMean(name, 2.0).fit(keys, values)
    mean, weights = model.predict(queries), model.weights(queries)
    for b in range(2):
        for i in range(7):
            all_of_them = [weight(name, queries[b, i], k, 2.0) for k in keys[b]]
            k = torch.tensor(all_of_them, dtype=torch.float64)
            torch.testing.assert_close(mean[b, i], k @ values[b] / k.sum(), rtol=0, atol=1e-14)
            torch.testing.assert_close(weights[b, i], k / k.sum(), rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_tiles_do_not_matter(name, data, monkeypatch):
    keys, values, queries = data
    model = LocalMean(name, 2.0).fit(keys, values)
    whole = model.describe(queries)
    monkeypatch.setattr(tiles, "SCORES", 70)
    for field, expected in vars(model.describe(queries)).items():
        if field != "fidelity":
            torch.testing.assert_close(expected, getattr(whole, field), rtol=0, atol=1e-14)
    torch.testing.assert_close(model.predict(queries), whole.mean, rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", ["dot", "gaussian", "laplace", "epanechnikov"])
def test_gradients_of_all_that_it_takes(name, monkeypatch):
    monkeypatch.setattr(tiles, "SCORES", 12)  # two queries a tile

    def predicted(queries, keys, values, bandwidth):
        return LocalMean(name, bandwidth).fit(keys, values).predict(queries)

    bandwidth = torch.tensor(4.0, dtype=torch.float64)
    inputs = (draw(5, 2), draw(6, 2, seed=1), draw(6, 2, seed=2), bandwidth)
    assert torch.autograd.gradcheck(predicted, tuple(t.requires_grad_() for t in inputs))


def test_attention_is_the_dot_product_kernel(data):
    keys, values, queries = data
    q, k, v = (t.unsqueeze(1) for t in (queries, keys, values))
    expected = attend(q, k, v, temperature=0.7, backend="reference").output.squeeze(1)
    model = LocalMean("dot", 0.7).fit(keys, values)
    torch.testing.assert_close(model.predict(queries), expected, rtol=0, atol=1e-14)
    torch.testing.assert_close(model.describe(queries).mean, expected, rtol=0, atol=1e-14)


def test_the_dial_is_that_of_attention(data):
    keys, values, queries = data
    blocks = torch.arange(31) // 8
    model = LocalMean("dot", 0.5, dial=3.0).fit(keys, values, blocks)
    found = model.describe(queries, relevant=2)
    q, k, v = (t.unsqueeze(1) for t in (queries, keys, values))
    theirs = attend(
        q, k, v, blocks=blocks, relevant=2, dial=1.5, temperature=0.5, backend="reference"
    )
    torch.testing.assert_close(found.mean, theirs.output.squeeze(1), rtol=0, atol=1e-14)
    torch.testing.assert_close(found.lse, theirs.lse.squeeze(1), rtol=0, atol=1e-13)


def test_a_dial_at_infinity_leaves_the_block(data):
    keys, values, queries = data
    blocks, relevant = torch.arange(31) // 8, torch.arange(7) % 4
    dialled = LocalMean("gaussian", 1.0, dial=math.inf).fit(keys, values, blocks)
    found = dialled.describe(queries, relevant)
    torch.testing.assert_close(found.fidelity, torch.ones_like(found.lse), rtol=0, atol=1e-15)
    for i, own in enumerate(relevant):
        some = blocks == own
        alone = LocalMean("gaussian", 1.0).fit(keys[:, some], values[:, some])
        expected = alone.predict(queries[:, i : i + 1])
        torch.testing.assert_close(found.mean[:, i : i + 1], expected, rtol=0, atol=1e-14)


def test_uniform_as_wide_as_the_neighbours_takes_ties():
    keys = torch.tensor([[0.0], [1.0], [-1.0], [3.0]], dtype=torch.float64)
    model = LocalMean("uniform", NearestBandwidth(2)).fit(keys, keys.squeeze(-1) ** 2)
    expected = torch.tensor([[1 / 3, 1 / 3, 1 / 3, 0.0]], dtype=torch.float64)
    assert torch.equal(model.weights([[0.0]]), expected)


def test_no_width_at_all_leaves_the_key_itself():
    keys = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    for name in ("gaussian", "laplace", "epanechnikov", "uniform"):
        model = LocalMean(name, NearestBandwidth(1)).fit(keys, keys)
        assert model.predict([[1.0]]).item() == 1.0, name


def test_far_from_all_keys_the_nearest_counts():
    keys = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    assert LocalMean("gaussian", 1e-3).fit(keys, keys).predict([[900.0]]).item() == 1.0


def test_without_weight_there_is_no_mean():
    found = LocalMean("uniform", 0.5).fit([[0.0]], [7.0]).describe([[2.0], [0.25]])
    assert found.mean.isnan().tolist() == [True, False]
    assert found.lse.tolist() == [-math.inf, 0.0]
    assert found.entropy.tolist() == [0.0, 0.0]
    assert LocalMean("uniform", 0.5).fit([[0.0]], [7.0]).predict([[2.0]]).isnan().all()


def test_a_kernel_of_ones_own(data):
    keys, values, queries = data

    def cauchy(q, k, h):
        return -torch.log1p((torch.cdist(q, k) / h) ** 2)

    per_query = torch.linspace(0.5, 2.0, 7, dtype=torch.float64).unsqueeze(-1)
    found = LocalMean(cauchy, per_query).fit(keys, values).weights(queries)
    k = 1 / (1 + (torch.cdist(queries, keys) / per_query) ** 2)
    torch.testing.assert_close(found, k / k.sum(-1, keepdim=True), rtol=0, atol=1e-14)
    narrow = LocalMean(cauchy, NearestBandwidth(3, scale=0.5)).fit(keys, values).weights(queries)
    third = torch.cdist(queries, keys).kthvalue(3, dim=-1, keepdim=True).values
    k = 1 / (1 + (2 * torch.cdist(queries, keys) / third) ** 2)
    torch.testing.assert_close(narrow, k / k.sum(-1, keepdim=True), rtol=0, atol=1e-13)


def test_float32_stays_float32(data):
    keys, values, queries = (t.float() for t in data)
    model = LocalMean("gaussian", 1.0).fit(keys, values)
    assert model.predict(queries).dtype == model.describe(queries).lse.dtype == torch.float32


KEYS, VALUES = [[0.0], [1.0]], [0.0, 1.0]


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: LocalMean("gauss"), "kernel = 'gauss': expected dot, gaussian"),
        (lambda: LocalMean("gaussian", 0.0), "bandwidth.* = 0.0: expected a finite number > 0"),
        (lambda: LocalMean("gaussian", math.nan), "bandwidth.* = nan: expected"),
        (lambda: LocalMean("gaussian", "wide"), "bandwidth"),
        (lambda: LocalMean("dot", NearestBandwidth(2)), "scores are no distances"),
        (lambda: LocalMean(dial=-1.0), "dial = -1.0: expected a number >= 0"),
        (lambda: NearestBandwidth(0), "neighbors = 0: expected an integer from 1"),
        (lambda: NearestBandwidth(2, scale=math.inf), "scale = inf: expected"),
        (lambda: LocalMean().predict([[0.0]]), "expected fit"),
        (lambda: LocalMean().fit(KEYS, [0.0]), "values: float64 of shape"),
        (lambda: LocalMean().fit([[math.nan], [1.0]], VALUES), r"keys\[0, 0\] = nan"),
        (lambda: LocalMean().fit([0.0, 1.0], VALUES), "keys: float64 of shape"),
        (lambda: LocalMean().fit(torch.zeros(2, 1).half(), VALUES), "keys: float16"),
        (lambda: LocalMean().fit(KEYS, VALUES).predict([[0.0, 1.0]]), "queries: float64"),
        (lambda: LocalMean().fit(KEYS, VALUES).predict([[0.0]], relevant=1), "without blocks"),
        (lambda: LocalMean().fit(KEYS, VALUES, [0, 1]).predict([[0.0]]), "relevant = None"),
        (lambda: LocalMean().fit(KEYS, VALUES, [0, 1, 2]), "blocks: int64 of shape"),
        (
            lambda: LocalMean("uniform", NearestBandwidth(3)).fit(KEYS, VALUES).predict([[0.0]]),
            "neighbors = 3 of 2 keys",
        ),
        (
            lambda: LocalMean("gaussian", torch.ones(5, 1)).fit(KEYS, VALUES).predict([[0.0]] * 3),
            "bandwidth of shape",
        ),
        (lambda: LocalMean(lambda q, k, h: 0.0).fit(KEYS, VALUES).predict([[0.0]]), "kernel gave"),
        (
            lambda: (
                LocalMean(lambda q, k, h: q @ k.mT * math.nan).fit(KEYS, VALUES).predict([[1.0]])
            ),
            "kernel gave NaN",
        ),
    ],
)
def test_bad_input_is_one_line(made, said):
    with pytest.raises(InputError, match=said) as raised:
        made()
    assert "\n" not in str(raised.value)
