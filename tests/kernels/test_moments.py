import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from locality.kernels import Moments, merge

EMPTY = Moments.empty((1,), 2, torch.zeros(1, dtype=torch.float64))
KEYS = st.lists(st.tuples(st.floats(-700, 700), st.floats(-1, 1)), max_size=6)


def _moments(keys):
    """The definition: (log Σe^t, mean of (x, t)) of the listed (t, x)."""
    if not keys:
        return EMPTY
    t, x = torch.tensor(keys, dtype=torch.float64).T
    lse = t.logsumexp(0)
    return Moments(lse[None], ((t - lse).exp() @ torch.stack([x, t], 1))[None])


def _near(one, other):
    """Within the rounding of a few sums of numbers of this size; NaN is never near."""
    room = 64 * 2.0**-53 * 1400
    lse = one.lse.equal(other.lse) or (one.lse - other.lse).abs().item() <= room
    return lse and bool(((one.mean - other.mean).abs() <= room * 1400).all())


@given(KEYS, KEYS)
def test_merge_gives_the_moments_of_the_union(first, second):
    assert _near(merge(_moments(first), _moments(second)), _moments(first + second))


@given(KEYS, KEYS)
def test_merge_commutes(first, second):
    one, other = merge(_moments(first), _moments(second)), merge(_moments(second), _moments(first))
    assert one.lse.equal(other.lse)
    assert one.mean.equal(other.mean)


@given(KEYS, KEYS, KEYS)
def test_merge_associates(first, second, third):
    a, b, c = _moments(first), _moments(second), _moments(third)
    assert _near(merge(merge(a, b), c), merge(a, merge(b, c)))


@given(KEYS)
def test_the_empty_set_is_the_identity(keys):
    moments = _moments(keys)
    for merged in (merge(EMPTY, moments), merge(moments, EMPTY)):
        assert merged.lse.equal(moments.lse)
        assert merged.mean.equal(moments.mean)


def test_nan_is_not_hidden_by_a_merge():
    broken = Moments(torch.tensor([math.nan]), torch.zeros(1, 2))
    for merged in (merge(broken, EMPTY), merge(EMPTY, broken)):
        assert merged.lse.isnan().all()
        assert merged.mean.isnan().all()
