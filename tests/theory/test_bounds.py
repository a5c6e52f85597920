"""One formula, every number: balls, arrays and tensors agree, as accurately as promised."""

import math

import numpy as np
import pytest
import torch
from flint import arb

import locality.kernels  # noqa: F401  (lets bounds take tensors)
from locality.theory import InputError, theorem
from locality.theory.core.numbers import certified, precision

UPPER = ("leakage", "entropy", "entropy-exponential")
SIZES = [(m, c) for m in (1, 2, 7, 1000) for c in (1, 3, 63, 10**6, 10**12)]
MARGINS = [0.0, 2.0**-40, 0.3, 1.0, 7.5, 30.0, 200.0, 690.0, 800.0, 1e4]


def exact(name, m, c, x):
    claim = theorem(name).claim
    return certified(lambda: claim.in_balls(m=m, c=c, x=arb(x)))


def test_a_case_one_can_compute_by_hand():
    assert theorem("leakage").bound(m=1, c=1, x=0) == 0.5
    assert theorem("entropy").bound(m=1, c=1, x=0) == math.log(2)
    assert theorem("entropy").bound(m=3, c=5, x=0) == pytest.approx(math.log(8), rel=1e-15)
    assert theorem("truncation").bound(leakage=0.25, diameter=2) == 0.5
    assert theorem("dial").bound(fidelity=0.5, dial=0, temperature=3) == 0.5


@pytest.mark.parametrize("name", UPPER)
@pytest.mark.parametrize(("m", "c"), SIZES)
def test_arrays_are_as_accurate_as_promised(name, m, c):
    with np.errstate(all="raise", under="ignore"):
        found = theorem(name).bound(m=m, c=c, x=np.array(MARGINS))
    for x, value in zip(MARGINS, found, strict=True):
        with precision(256):
            truth = exact(name, m, c, x)
            error = abs(arb(float(value)) - truth)
            allowed = abs(truth) * arb("1e-12") if truth > arb("1e-300") else arb("1e-300")
            assert error < allowed, (x, value, truth)


@pytest.mark.parametrize("name", UPPER)
def test_scalars_are_the_nearest_float(name):
    for x in MARGINS:
        value = theorem(name).bound(m=3, c=61, x=x)
        with precision(256):
            assert abs(arb(value) - exact(name, 3, 61, x)) <= arb(value) * arb(2) ** -52 + arb(
                "1e-323"
            )


@pytest.mark.parametrize("name", UPPER)
def test_tensors_agree_with_arrays(name):
    x = np.array(MARGINS)
    tensors = theorem(name).bound(m=torch.tensor(4), c=torch.tensor(60), x=torch.tensor(x))
    np.testing.assert_allclose(tensors.numpy(), theorem(name).bound(m=4, c=60, x=x), rtol=1e-13)


def test_integer_tensors_do_not_become_float32():
    value = theorem("leakage").bound(m=torch.tensor(3), c=torch.tensor(7), x=torch.tensor(1.0))
    assert value.dtype == torch.float64


def test_the_bound_is_differentiable():
    x = torch.tensor([0.5, 3.0], dtype=torch.float64, requires_grad=True)
    theorem("entropy").bound(m=4, c=60, x=x).sum().backward()
    leak = theorem("leakage").bound(m=4, c=60, x=x.detach())
    torch.testing.assert_close(x.grad, -x.detach() * leak * (1 - leak), rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", UPPER)
def test_logarithms_do_not_underflow(name):
    value = theorem(name).bound(m=1, c=60, x=1e4, log=True)
    assert -1e4 < value < -9e3


def test_names_can_be_made_from_others():
    leak = theorem("leakage")
    assert leak.bound(m=4, n=64, margin=6, temperature=2) == leak.bound(m=4, c=60, x=3)


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"m": 0, "c": 3, "x": 1}, "m = 0"),
        ({"m": 1.5, "c": 3, "x": 1}, "m = 1.5"),
        ({"m": 1, "c": 3, "x": math.nan}, "x = nan"),
        ({"m": 1, "c": 3, "x": math.inf}, "x = inf"),
        ({"m": 1, "c": 3, "margin": 1, "temperature": 0}, "temperature = 0"),
        ({"m": 1, "c": 3, "margin": 1, "temperature": -2.0}, "temperature = -2.0"),
        ({"m": 1, "n": 1, "x": 1}, "c = 0"),
        ({"m": 1, "c": 3}, "x is missing"),
        ({"m": 1, "c": 3, "x": 1, "tau": 2}, "'tau'"),
        ({"m": 1, "c": 3, "x": 1, "margin": 2}, "'margin'"),
        ({"m": 1, "c": 3, "x": "1"}, "x = '1'"),
        ({"m": 1, "c": 3, "x": np.array([1.0, math.nan])}, "x = array"),
    ],
)
def test_bad_input_is_one_line_that_shows_the_value(inputs, words):
    with pytest.raises(InputError) as caught:
        theorem("leakage").bound(**inputs)
    assert words in str(caught.value)
    assert "expected" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_entropy_refuses_a_negative_margin_which_leakage_takes():
    assert theorem("leakage").bound(m=1, c=2, x=-3) > 0.9
    with pytest.raises(InputError, match="expected x = Δ/τ ≥ 0"):
        theorem("entropy").bound(m=1, c=2, x=-3)


def test_a_theorem_without_a_scalar_bound_says_so():
    with pytest.raises(InputError, match="no scalar bound"):
        theorem("dial-mean-entropy").bound(m=1)


def test_ids_and_tags_find_the_same_theorem():
    assert theorem("leakage") is theorem("K7QD") is theorem("k7qd")
    with pytest.raises(InputError, match="unknown theorem 'leekage'"):
        theorem("leekage")
