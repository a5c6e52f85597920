"""Inverse forms: every sign case; the bound is met at the answer and missed just short of it."""

import math

import pytest

from locality.theory import InputError, theorem

threshold = theorem("threshold")


def leak(m, c, x):
    return theorem("leakage").bound(m=m, c=c, x=x)


@pytest.mark.parametrize(
    ("sizes", "delta", "margin", "relation"),
    [
        ((8, 1016), 0.01, 2.0, "<="),  # A > 0, Δ > 0
        ((60, 4), 0.5, 2.0, "any"),  # A ≤ 0, Δ > 0
        ((60, 4), 0.5, 0.0, "any"),  # A ≤ 0, Δ = 0
        ((8, 1016), 0.01, 0.0, "none"),  # A > 0, Δ = 0
        ((8, 1016), 0.01, -1.0, "none"),  # A > 0, Δ < 0
        ((2, 2), 0.5, -1.0, "none"),  # A = 0, Δ < 0
        ((2, 2), 0.5, 0.0, "any"),  # A = 0, Δ = 0
        ((60, 4), 0.5, -1.0, ">="),  # A < 0, Δ < 0
    ],
)
def test_temperature_in_every_sign_case(sizes, delta, margin, relation):
    m, c = sizes
    found = threshold.solve("temperature", m=m, c=c, delta=delta, margin=margin)
    assert found.relation == relation
    if found.value is not None:
        inward = 1 - 1e-9 if relation == "<=" else 1 + 1e-9
        assert leak(m, c, margin / (found.value * inward)) < delta
        assert leak(m, c, margin / (found.value / inward)) > delta


def test_margin_and_x():
    x = threshold.solve("x", m=8, c=1016, delta=0.01).value
    assert leak(8, 1016, x + 1e-9) < 0.01 < leak(8, 1016, x - 1e-9)
    wide = threshold.solve("margin", m=8, c=1016, delta=0.01, temperature=4.0).value
    assert wide == pytest.approx(4 * x, rel=1e-14)


def test_the_least_block_is_enough_and_one_key_fewer_is_not():
    m = int(threshold.solve("m", n=1024, delta=0.01, margin=6.0, temperature=1.0).value)
    assert leak(m, 1024 - m, 6.0) <= 0.01 < leak(m - 1, 1024 - m + 1, 6.0)


def test_the_most_other_keys():
    found = threshold.solve("c", m=4, delta=0.1, margin=3.0, temperature=1.0)
    assert leak(4, int(found.value), 3.0) <= 0.1 < leak(4, int(found.value) + 1, 3.0)
    none = threshold.solve("c", m=1, delta=0.1, margin=-3.0, temperature=1.0)
    assert (none.relation, none.value) == ("none", None)
    assert threshold.solve("c", m=1, delta=0.1, margin=1e3, temperature=1.0).value == math.inf


def test_the_dial_adds_what_the_margin_lacks():
    needed = threshold.solve("dial", m=8, c=1016, delta=0.01, margin=2.0, temperature=0.5)
    assert leak(8, 1016, (2.0 + needed.value) / 0.5 + 1e-9) < 0.01
    enough = threshold.solve("dial", m=8, c=1016, delta=0.01, margin=200.0, temperature=0.5)
    assert enough.value == 0.0


def test_the_exact_entropy_budget_is_a_root_and_the_explicit_one_suffices():
    bound = theorem("entropy").bound
    exact = theorem("entropy").solve("x", m=4, c=60, eta=0.1).value
    explicit = theorem("entropy-exponential").solve("x", m=4, c=60, eta=0.1).value
    budget = math.log(4) + 0.1
    assert bound(m=4, c=60, x=exact + 1e-9) < budget < bound(m=4, c=60, x=exact - 1e-9)
    assert explicit >= exact


@pytest.mark.parametrize("eta", [math.log1p(15) + 1e-9, 40.0])
def test_a_generous_budget_needs_no_margin(eta):
    assert theorem("entropy").solve("x", m=4, c=60, eta=eta).relation == "any"


def test_the_dial_of_a_measured_fidelity():
    needed = theorem("dial").solve("dial", fidelity=0.2, delta=0.05, temperature=2.0).value
    reached = theorem("dial").bound(fidelity=0.2, dial=needed, temperature=2.0)
    assert reached == pytest.approx(0.95, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "inputs", "words"),
    [
        ("colour", {}, "cannot be solved for 'colour'"),
        ("temperature", {"m": 1, "c": 2, "delta": 1.5, "margin": 1}, "delta = 1.5"),
        ("temperature", {"m": 1, "c": 2, "delta": 0.5}, "margin is missing"),
        ("x", {"m": 1, "c": 2, "delta": math.nan}, "delta = nan"),
    ],
)
def test_bad_input_is_refused(name, inputs, words):
    with pytest.raises(InputError, match="expected") as caught:
        threshold.solve(name, **inputs)
    assert words in str(caught.value)
