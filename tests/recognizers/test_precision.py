"""Scales and lengths of each format, against their definitions and against measured attention."""

import math

import pytest
import torch
from flint import arb, ctx

from locality.kernels import Mask, attend
from locality.theory import InputError, theorem
from locality.verify.recognizers.precision import (
    FORMATS,
    READ,
    attention,
    certified,
    counted,
    scale,
    share,
    underflow,
)

DTYPES = pytest.mark.parametrize("dtype", FORMATS.values(), ids=FORMATS)


def mass_on_one_true_key(dtype, keys, score, at):
    truth = torch.zeros(1, 1, keys, 1, dtype=dtype)
    truth[0, 0, at] = 1
    query = torch.ones(1, 1, 1, 1, dtype=dtype)
    return float(attend(query, score * truth, truth, mask=Mask(), temperature=1.0).output)


@DTYPES
@pytest.mark.parametrize("keys", [2, 3, 10, 999, 10_000])
def test_one_true_key_among_many_is_read(dtype, keys):
    score = scale(dtype, keys)
    assert torch.tensor(score, dtype=dtype).item() == score
    for at in (0, keys // 2, keys - 1):
        assert mass_on_one_true_key(dtype, keys, score, at) >= READ


@DTYPES
@pytest.mark.parametrize("keys", [2, 10, 999, 10**6, 2_700_000])
def test_the_scale_is_the_theorem_s_and_the_least_float_above_it(dtype, keys):
    delta = 1 - share(dtype, keys)
    assert 0 < delta < READ
    least = theorem("threshold").bound(m=1, c=keys - 1, delta=delta)
    assert least == pytest.approx(theorem("compile").solve("x", n=keys, delta=delta).value)
    score = torch.tensor(scale(dtype, keys), dtype=dtype)
    below = torch.nextafter(score, torch.tensor(-math.inf, dtype=dtype))
    assert below.item() <= least < score.item()


@DTYPES
def test_certified_is_where_some_share_is_enough(dtype):
    assert share(dtype, certified(dtype)) < 1
    assert share(dtype, certified(dtype) + 4) > 1 or dtype == torch.float64
    assert scale(dtype, certified(dtype) + 1) == underflow(dtype) == scale(dtype, None)


@DTYPES
def test_beyond_what_is_certified_a_true_key_has_all_attention(dtype):
    keys = certified(dtype)
    assert attention(dtype, keys) == share(dtype, keys)
    for alone_or_sure in (0, 1, keys + 1, 2 * keys, counted(dtype), None):
        assert attention(dtype, alone_or_sure) == 1


@DTYPES
def test_underflow_is_the_first_whole_number_that_underflows(dtype):
    wide = torch.float64 if dtype == torch.float64 else torch.float32
    at = torch.tensor([underflow(dtype), underflow(dtype) - 1], dtype=wide)
    assert torch.exp(-at)[0] == 0.0
    smallest = torch.finfo(wide).smallest_normal * torch.finfo(wide).eps
    ctx.prec = 128
    assert (-arb(underflow(dtype))).exp() < arb(smallest) / 2 < (1 - arb(underflow(dtype))).exp()
    assert torch.tensor(underflow(dtype), dtype=dtype).item() == underflow(dtype)


@pytest.mark.parametrize(("dtype", "keys"), [(torch.float32, 2**18), (torch.bfloat16, 2**18)])
def test_at_underflow_false_keys_weigh_nothing_at_any_place(dtype, keys):
    for at in (0, keys // 2, keys - 1):
        assert mass_on_one_true_key(dtype, keys, underflow(dtype), at) == 1.0


@DTYPES
def test_beyond_exact_counts_is_refused(dtype):
    assert float(torch.tensor(counted(dtype) - 1.0, dtype=torch.float64)) == counted(dtype) - 1
    with pytest.raises(InputError, match=f"expected at most {counted(dtype)}"):
        scale(dtype, counted(dtype) + 1)
