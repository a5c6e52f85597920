"""Mean shift moves points as it says, climbs its density, and finds modes."""

import math

import numpy as np
import pytest
import torch

from locality.kernels import LocalMean, Shifted, mean_shift
from locality.theory import InputError

KEYS = torch.randn(120, 3, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
KERNELS = ["uniform", "gaussian", "laplace", "epanechnikov"]


def test_by_hand():
    keys = torch.tensor([[0.0], [1.0], [2.0], [10.0]], dtype=torch.float64)
    start = torch.tensor([[-0.5], [1.6], [10.5], [50.0]], dtype=torch.float64)
    found = mean_shift(start, keys, bandwidth=1.0)
    # −0.5 has 0, then 0 has 0 and 1, then 0.5 has the same two; 50 has nobody, and stays.
    assert found.points.flatten().tolist() == [0.5, 1.5, 10.0, 50.0]
    assert found.steps.tolist() == [3, 2, 2, 1]
    assert found.settled.all()
    assert found.log_density.tolist() == [math.log(2), math.log(2), 0.0, -math.inf]
    assert found.modes(0.5).flatten().tolist() == [1.5, 0.5, 10.0]
    assert found.modes(1.0).flatten().tolist() == [1.5, 10.0]


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_step_is_the_local_mean(kernel):
    found = mean_shift(KEYS, KEYS, kernel, bandwidth=0.7, steps=1)
    model = LocalMean(kernel, 0.7).fit(KEYS, KEYS)
    assert torch.equal(found.points, model.predict(KEYS))
    assert torch.equal(found.log_density, model.describe(KEYS).lse)
    assert found.steps.tolist() == [1] * 120


@pytest.mark.parametrize("kernel", KERNELS)
def test_every_point_comes_to_rest_at_a_fixed_point(kernel):
    found = mean_shift(KEYS, KEYS, kernel, bandwidth=0.7, steps=2000, tolerance=1e-8)
    again = LocalMean(kernel, 0.7).fit(KEYS, KEYS).predict(found.points)
    assert found.settled.all()
    assert (again - found.points).norm(dim=1).max() <= 1e-7
    assert len(found.steps.unique()) > 1  # points rest at different times


def test_each_point_moves_as_if_it_were_alone():
    together = mean_shift(KEYS, KEYS, bandwidth=0.8)
    for i in range(0, 120, 17):
        alone = mean_shift(KEYS[i : i + 1], KEYS, bandwidth=0.8)
        assert torch.allclose(alone.points[0], together.points[i], rtol=0, atol=1e-13)
        assert alone.steps[0] == together.steps[i]


def test_the_density_of_the_shadow_never_falls():
    """Uniform mean shift climbs Σ(1 − ‖x − k‖²/h²)₊ (theorem `mean-shift`)."""
    at, h, before = KEYS, 0.9, torch.zeros(120, dtype=torch.float64)
    for _ in range(12):
        density = (1 - torch.cdist(at, KEYS) ** 2 / h**2).clamp(min=0).sum(1)
        assert (density >= before - 1e-10).all()
        at, before = mean_shift(at, KEYS, bandwidth=h, steps=1).points, density


def test_points_that_do_not_rest_say_so():
    found = mean_shift(KEYS, KEYS, "gaussian", bandwidth=0.3, steps=2, tolerance=0.0)
    assert found.steps.max() == 2
    assert not found.settled.all()


def test_tolerance_is_a_thousandth_of_the_bandwidth():
    default = mean_shift(KEYS, KEYS, "gaussian", bandwidth=0.5)
    said = mean_shift(KEYS, KEYS, "gaussian", bandwidth=0.5, tolerance=5e-4)
    tighter = mean_shift(KEYS, KEYS, "gaussian", bandwidth=0.5, tolerance=4e-4)
    assert torch.equal(default.steps, said.steps)
    assert tighter.steps.sum() > default.steps.sum()


def test_hopfield_retrieval_is_mean_shift_with_the_dot_kernel():
    stored = torch.nn.functional.normalize(KEYS[:20], dim=1)
    noisy = stored + 0.1 * KEYS[20:40]
    found = mean_shift(noisy, stored, "dot", bandwidth=0.05, tolerance=1e-12)
    step = torch.softmax(found.points @ stored.T / 0.05, dim=1) @ stored
    assert torch.allclose(step, found.points, atol=1e-11)


def test_denser_points_stand_and_ties_go_by_coordinates():
    at = torch.tensor([[0.0, 1.0], [0.0, 2.0], [5.0, 0.0], [5.1, 0.0]], dtype=torch.float64)
    dense = torch.tensor([2.0, 2.0, 1.0, 3.0], dtype=torch.float64)
    found = Shifted(at, torch.ones(4), torch.ones(4, dtype=torch.bool), dense)
    assert found.modes(0.5).tolist() == [[5.1, 0.0], [0.0, 2.0], [0.0, 1.0]]
    assert found.modes(1.0).tolist() == [[5.1, 0.0], [0.0, 2.0]]
    nowhere = Shifted(at, torch.ones(4), torch.ones(4, dtype=torch.bool), dense - math.inf)
    assert nowhere.modes(1.0).shape == (0, 2)


def test_arguments_stay_as_they_were_and_types_are_kept():
    start = KEYS[:5].float()
    kept = start.clone()
    found = mean_shift(start, KEYS.float(), bandwidth=0.7)
    assert torch.equal(start, kept)
    assert found.points.dtype == found.log_density.dtype == torch.float32
    numpy = mean_shift(KEYS.numpy()[:5], KEYS.numpy(), bandwidth=0.7)
    np.testing.assert_allclose(numpy.points, found.points, atol=1e-5)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"points": torch.zeros(2, 4)}, "expected"),
        ({"points": torch.zeros(2, 3, 3)}, "points: float32"),
        ({"keys": torch.zeros(0, 3)}, "keys: float32"),
        ({"kernel": "flat"}, "kernel = 'flat'"),
        ({"bandwidth": 0.0}, "bandwidth"),
        ({"bandwidth": torch.ones(120, 1)}, "expected a number > 0"),
        ({"steps": 0}, "steps = 0"),
        ({"tolerance": -1.0}, "tolerance = -1.0"),
        ({"tolerance": math.nan}, "tolerance = nan"),
    ],
)
def test_bad_input_is_told_in_one_line(wrong, told):
    right = {"points": KEYS, "keys": KEYS, "bandwidth": 1.0}
    with pytest.raises(InputError, match=told) as refused:
        mean_shift(**right | wrong)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("radius", [-1.0, math.nan, math.inf])
def test_a_radius_is_a_distance(radius):
    with pytest.raises(InputError, match="radius"):
        mean_shift(KEYS[:3], KEYS).modes(radius)
