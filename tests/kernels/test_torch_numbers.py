import pytest
import torch

from locality.kernels.torch_numbers import FUNCTIONS
from locality.theory import theorem
from locality.theory.core.numbers import ARRAYS

POINTS = [-700.0, -30.0, -1.0, -1e-9, 0.0, 1e-9, 1.0, 30.0, 700.0]


def test_torch_has_every_function_that_numpy_has():
    assert FUNCTIONS.keys() == ARRAYS.keys()


@pytest.mark.parametrize("identity", ["leakage", "entropy", "entropy-exponential"])
def test_bounds_of_tensors_equal_those_of_numbers(identity):
    x = torch.tensor([0.0, 1e-6, 1.0, 20.0, 600.0])
    found = theorem(identity).bound(m=torch.tensor(3), c=torch.tensor([[5], [7000]]), x=x)
    assert found.dtype == torch.float64
    for row, c in zip(found, (5, 7000), strict=True):
        exact = [theorem(identity).bound(m=3, c=c, x=float(point)) for point in x]
        assert row.tolist() == pytest.approx(exact, rel=1e-12, abs=0)


def test_bounds_have_gradients():
    x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    bound = theorem("leakage").bound(m=torch.tensor(1), c=torch.tensor(1), x=x)
    bound.backward()
    leakage = bound.item()
    assert x.grad.item() == pytest.approx(-leakage * (1 - leakage))


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"ratio", "pi"}))
def test_functions_agree_with_numpy(name):
    inside = {"log": (1e-300, 1e300), "sqrt": (0, 1e300), "logit": (1e-9, 1 - 1e-9)}
    low, high = inside.get(name, (1e-300, 1.0) if name == "decay_root" else (-700, 700))
    inside = [p for p in (*POINTS, 0.5, 1e-300) if low <= p <= high]
    points = torch.tensor(inside, dtype=torch.float64)
    expected = ARRAYS[name](points.numpy()).tolist()
    assert FUNCTIONS[name](points).tolist() == pytest.approx(expected, rel=1e-14, abs=1e-300)


def test_a_number_does_not_pass_through_float32():
    assert FUNCTIONS["exp"](0.1).item() == pytest.approx(ARRAYS["exp"](0.1), rel=1e-15, abs=0)
