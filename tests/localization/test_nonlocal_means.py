"""Non-local means: scikit-image's numbers, what its cut-off costs, and what is refused."""

import math

import numpy as np
import pytest
import torch

from locality.kernels import LocalMean, NearestBandwidth
from locality.kernels.localization import nonlocal_means
from locality.kernels.localization.nonlocal_means import PatchKernel, non_local_means
from locality.theory import InputError


def picture(rows=12, columns=14):
    data = pytest.importorskip("skimage.data")
    return data.camera()[100 : 100 + rows, 200 : 200 + columns] / 255


def theirs(image, size, distance, h, sigma=0.0):
    restoration = pytest.importorskip("skimage.restoration")
    return restoration.denoise_nl_means(image, size, distance, h, fast_mode=False, sigma=sigma)


class Approximated(PatchKernel):
    """The same kernel with scikit-image's exponential: linear between powers of two."""

    def __call__(self, queries, keys, bandwidth):
        log = super().__call__(queries, keys, bandwidth)
        kept = log.isfinite()
        high = (2**20 / math.log(2) * log.masked_fill(~kept, 0.0)).long() + (1023 * 2**20 - 60801)
        return (high << 32).view(torch.float64).log().where(kept, -math.inf)


@pytest.mark.parametrize(
    ("size", "distance", "h", "sigma"),
    [(3, 1, 0.2, 0.0), (5, 4, 0.1, 0.0), (5, 4, 0.1, 0.05), (7, 30, 0.05, 0.0)],
)
def test_with_its_exponential_it_is_scikit_image(monkeypatch, size, distance, h, sigma):
    image = picture()
    expected = theirs(image, size, distance, h, sigma)
    plain = non_local_means(image, size, distance, h, sigma=sigma, cutoff=5.0).pixels.numpy()
    monkeypatch.setattr(nonlocal_means, "PatchKernel", Approximated)
    found = non_local_means(image, size, distance, h, sigma=sigma, cutoff=5.0).pixels.numpy()
    assert np.abs(found - expected).max() < 1e-13
    assert np.abs(plain - expected).max() > 1e-6


def test_the_exponential_moves_attention_by_less_than_its_relative_errors():
    """tanh(E/2) of `rounding`, half the logarithm of the largest over the least ratio being E."""
    t = torch.linspace(0, 5, 100_001, dtype=torch.float64)
    high = (2**20 / math.log(2) * -t).long() + (1023 * 2**20 - 60801)
    off = (high << 32).view(torch.float64).log() + t
    error = float(off.max() - off.min()) / 2
    assert math.tanh(error / 2) < 0.015


@pytest.mark.parametrize("cutoff", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("distance", [2, 40])
def test_the_cut_off_costs_at_most_its_bound(cutoff, distance):
    image = picture()
    cut = non_local_means(image, 5, distance, 0.04, cutoff=cutoff)
    whole = non_local_means(image, 5, distance, 0.04)
    moved = (cut.pixels - whole.pixels).abs()
    assert (moved <= cut.bound + 1e-14).all()
    assert moved.any()
    assert cut.left_out.any()
    assert not whole.left_out.any()
    assert whole.bound is None


def test_a_pixel_by_hand():
    """Columns of 0, then of 1: what differs is the columns of a patch beyond the edge."""
    image = np.repeat([[0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]], 4, axis=0)
    kernel = PatchKernel(3, 1.0)
    flat = torch.zeros(1, 9, dtype=torch.float64)
    assert float(kernel(flat, flat + 1, torch.tensor(1.0))) == pytest.approx(-1)
    found = non_local_means(image, 3, 10, 1.0).pixels
    for at in (0, 3, 4):
        assert float(found[0, at]) == pytest.approx(_column(image, kernel, at))


def _column(image, kernel, at):
    w = kernel.weights().reshape(3, 3).sum(0).tolist()
    padded = [0, *image[0], 1]
    exponents = [
        sum(v * (padded[k + o] - padded[at + o]) ** 2 for o, v in enumerate(w)) for k in range(8)
    ]
    weights = np.exp(-np.array(exponents))
    return float(weights @ image[0] / weights.sum())


def test_a_window_of_one_pixel_changes_nothing():
    image = picture()
    assert np.array_equal(non_local_means(image, 3, 0, 0.1).pixels.numpy(), image)


def test_a_flat_image_stays_flat():
    found = non_local_means(np.full((5, 6), 0.25), 3, 9, 0.1, cutoff=5.0)
    assert np.allclose(found.pixels, 0.25, rtol=1e-15)
    assert not found.left_out.any()
    assert not found.bound.any()


def test_float32_and_windows_at_the_edges():
    image = picture(7, 5).astype(np.float32)
    found = non_local_means(image, 3, 2, 0.1, cutoff=5.0).pixels
    wide = non_local_means(image.astype(np.float64), 3, 2, 0.1, cutoff=5.0).pixels
    assert found.dtype == torch.float32
    assert np.allclose(found, wide, rtol=1e-5)


@pytest.mark.parametrize("kernel", ["gaussian", "laplace", "uniform", "epanechnikov"])
def test_an_adaptive_bandwidth_does_not_see_shift_rotation_and_scale(kernel):
    generator = np.random.default_rng(5)
    keys, queries = generator.normal(size=(40, 3)), generator.normal(size=(6, 3))
    values = generator.normal(size=(40, 2))
    turn = np.linalg.qr(generator.normal(size=(3, 3)))[0]
    if kernel == "laplace":  # a sum of coordinates' distances: only their order may change
        turn = np.eye(3)[[2, 0, 1]]
    there = [3.5 * points @ turn.T + [1.0, -2.0, 0.5] for points in (keys, queries)]
    bandwidth = NearestBandwidth(7, 1.3)
    before = LocalMean(kernel, bandwidth).fit(keys, values).predict(queries)
    after = LocalMean(kernel, bandwidth).fit(there[0], values).predict(there[1])
    assert torch.allclose(before, after, rtol=1e-12, atol=1e-13)
    fixed = [LocalMean(kernel, 2.5).fit(k, values).predict(q) for k, q in ((keys, queries), there)]
    assert not torch.allclose(*fixed, rtol=1e-3, equal_nan=True)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"patch_size": 4}, "patch_size = 4: expected an odd number"),
        ({"patch_size": 1}, "patch_size = 1: expected an integer from 3"),
        ({"patch_size": 41}, "patch_size = 41 for 20 × 24 pixels: expected a smaller patch"),
        ({"patch_distance": -1}, "patch_distance = -1"),
        ({"h": 0.0}, r"h = 0\.0: expected a finite number > 0"),
        ({"sigma": -1.0}, r"sigma = -1\.0: expected a finite number ≥ 0"),
        ({"cutoff": math.nan}, "cutoff = nan: expected a number ≥ 0"),
    ],
)
def test_bad_settings_are_refused(given, message):
    with pytest.raises(InputError, match=message):
        non_local_means(np.zeros((20, 24)), **given)


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4, 3)), r"image: float64 of shape \(4, 4, 3\): expected floats"),
        (np.zeros((4, 4), dtype=int), "image: int64"),
        (np.array([[0.0, np.nan], [0.0, 0.0]]), r"image\[0, 1\] = nan: expected finite"),
        ("dog", "image"),
    ],
)
def test_bad_images_are_refused(image, message):
    with pytest.raises(InputError, match=message):
        non_local_means(image, 3)
