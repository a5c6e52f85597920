import math

import numpy as np
import pytest
import torch
from kernel_cases import CASES

from locality.kernels import (
    AuxRequest,
    Mask,
    RowStatus,
    attend,
    pattern_statistics,
    row_statistics,
)
from locality.theory import theorem

NAMES = ("lse", "entropy", "max_score", "fidelity", "leakage", "margin", "m", "c", "status")


def _row(*scores):
    return torch.tensor(scores, dtype=torch.float64).reshape(1, 1, 1, -1)


@pytest.mark.parametrize("gap", [1e-3, 1.0, 30.0, 300.0, 700.0])
@pytest.mark.parametrize(("m", "c"), [(1, 1), (1, 7), (3, 60)])
def test_peaked_rows_keep_their_digits(gap, m, c):
    scores = _row(*[gap] * m, *[0.0] * c)
    found = row_statistics(scores, torch.arange(m + c) < m)
    exact = theorem("entropy").bound(m=m, c=c, x=gap)  # attained by two levels
    assert found.entropy.item() == pytest.approx(exact, rel=1e-13, abs=0)
    exact = theorem("leakage").bound(m=m, c=c, x=gap)
    assert found.leakage.item() == pytest.approx(exact, rel=1e-13, abs=0)


def test_attend_and_a_score_matrix_agree():
    case = next(case for case in CASES if case.name == "dial and temperature by head")
    q, k, v = case.tensors()
    arguments = case.arguments | {"dial": 0.0, "mask": Mask.window(40)}
    whole = attend(q, k, v, **arguments, aux=AuxRequest.everything(), backend="reference")
    gap = torch.arange(63)[:, None] + 111 - 63 - torch.arange(111)
    rows = row_statistics(
        torch.einsum("bhqd,bhkd->bhqk", q, k.repeat_interleave(2, 1)),
        torch.arange(111) // 16 == arguments["relevant"][:, None],
        arguments["temperature"],
        (gap >= 0) & (gap < 40),
    )
    for name in NAMES:
        assert torch.equal(getattr(rows, name).nan_to_num(7), getattr(whole, name).nan_to_num(7))


def test_a_pattern_has_the_statistics_of_its_scores_in_units_of_temperature():
    scores = torch.randn(2, 3, 4, 9, generator=torch.Generator().manual_seed(0)).double()
    relevant, tau = torch.arange(9) < 4, 2.5
    pattern = torch.softmax(scores / tau, dim=-1)
    a, b = row_statistics(scores, relevant, tau), pattern_statistics(pattern, relevant)
    assert b.lse.abs().max() < 1e-14
    for name in ("entropy", "fidelity", "leakage", "m", "c", "status"):
        assert torch.allclose(getattr(a, name), getattr(b, name), rtol=1e-12, atol=0)
    assert torch.allclose(a.margin / tau, b.margin, rtol=1e-12)


def test_zeros_of_a_pattern_are_hidden_keys():
    pattern = _row(0.5, 0.25, 0.25, 0.0)
    found = pattern_statistics(pattern, [True, False, False, False])
    assert (found.m.item(), found.c.item()) == (1, 2)
    assert found.margin.item() == pytest.approx(math.log(2))
    assert found.entropy.item() == pytest.approx(1.5 * math.log(2))


@pytest.mark.parametrize("broken", [math.nan, math.inf, -1.0])
def test_broken_rows_are_nan_and_leave_the_others_alone(broken):
    pattern = torch.full((1, 1, 2, 4), 0.25).numpy()
    pattern[0, 0, 0, 1] = broken
    found = pattern_statistics(pattern, np.array([True, True, False, False]))
    for name in ("lse", "entropy", "leakage", "fidelity"):
        first, second = getattr(found, name)[0, 0]
        assert first.isnan()
        assert second.isfinite()


def test_status_of_a_score_matrix():
    scores = torch.zeros(1, 1, 4, 2)
    visible = torch.tensor([[True, True], [False, False], [False, True], [True, False]])
    found = row_statistics(scores, torch.tensor([True, False]), visible=visible)
    assert [RowStatus(s).text for s in found.status.flatten().tolist()] == [
        "ok", "no visible key", "relevant block not visible", "no other key"
    ]  # fmt: skip
    without = row_statistics(scores, visible=visible)
    assert without.status.flatten().tolist() == [0, 1, 0, 0]
    assert without.fidelity is None


def test_a_score_of_minus_infinity_hides_its_key():
    found = row_statistics(_row(0.0, 0.0, -math.inf), torch.arange(3) < 1)
    assert (found.m.item(), found.c.item()) == (1, 1)
    assert found.entropy.item() == pytest.approx(math.log(2))
