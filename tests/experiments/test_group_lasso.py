from copy import deepcopy

import pytest
import torch

from locality.verify.experiments import proximal, run
from locality.verify.experiments.group_lasso import STUDY, faults, swept, threshold
from locality.verify.experiments.proximal import norms, opposed, residual, shortened

pytest.importorskip("cvxpy")


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return run(STUDY, quick=True, folder=tmp_path_factory.mktemp("parts"))


@pytest.fixture
def found(record):
    return deepcopy(record["summary"])


def test_the_quick_run_holds(record):
    assert record["quick"]
    assert record["faults"] == []


def test_a_proximal_step_by_hand():
    weights = torch.tensor([[[3.0, 4.0]], [[0.6, 0.8]]], dtype=torch.float64)
    left = shortened(weights, torch.tensor([2.5, 1.0], dtype=torch.float64))
    assert left[0].tolist() == [[1.5, 2.0]]
    assert norms(left)[1] == 0


def test_a_residual_by_hand():
    weights = torch.tensor([[[2.0]], [[0.0]], [[0.0]]], dtype=torch.float64)
    gradient = torch.tensor([[[-1.0]], [[-1.0]], [[5.0]]], dtype=torch.float64)
    penalty = torch.full((3,), 3.0, dtype=torch.float64)
    assert residual(gradient, weights, penalty).tolist() == [2.0, 0.0, 2.0]


def test_the_witness_pulls_as_hard_as_the_threshold():
    task = opposed()
    assert threshold(task) == 0.5 == norms(task.gradient(task.zero)).item()


def test_a_loss_gradient_is_that_of_its_definition():
    task = opposed()
    weights = torch.tensor([[[0.25]]], dtype=torch.float64)
    step = 2.0**-20
    rise = (task.loss(weights + step) - task.loss(weights - step)) / (2 * step)
    assert float(task.gradient(weights)) == pytest.approx(float(rise), rel=1e-9)


def test_a_planted_half_threshold_is_refuted(found):
    found["tight"]["threshold"] /= 2
    assert any("though the threshold is 0.25" in fault for fault in faults(found))
    assert any("above the bound" in fault for fault in faults(found))


def test_planted_steps_that_shorten_too_little_are_seen(found, monkeypatch, tmp_path):
    monkeypatch.setattr(proximal, "SHORTEN", 0.5)
    found["tight"] = swept("tight", True, tmp_path)
    assert any("from stationary" in fault for fault in faults(found))


def test_zeros_of_other_methods_and_a_better_solver_are_seen(found):
    found["methods"]["adam"][1] = 0.0
    found["methods"]["proximal"] = [1.0, 1.0, 1.0, 1.0]
    found["conic"]["objectives"][1] -= 1e-3
    found["factors"]["from zero"][0] = 0.1
    found["uniform"]["entropies"][1] += 1e-6
    said = " ".join(faults(found))
    for words in ("adam", "no block at zero", "conic solver", "leave zero", "entropy"):
        assert words in said


def test_nan_is_a_fault(found):
    for key in ("gradients", "residuals"):
        found["convex"]["runs"][0][key][0] = float("nan")
    assert faults(found)
