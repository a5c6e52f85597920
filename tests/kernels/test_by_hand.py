import math
import pickle

import pytest
import torch

from locality.kernels import AuxRequest, Mask, NotSupported, RowStatus, attend

E = math.e
ALL = AuxRequest.everything()


def _row(*scores, values=None):
    """One query of 1 against keys that are the scores themselves; values default to the scores."""
    k = torch.tensor(scores, dtype=torch.float64).reshape(1, 1, -1, 1)
    v = k if values is None else torch.tensor(values, dtype=torch.float64).reshape(1, 1, -1, 1)
    return torch.ones(1, 1, 1, 1, dtype=torch.float64), k, v


def _only(tensor):
    return pytest.approx(tensor.item(), abs=1e-14, nan_ok=True)


def test_weights_1_and_e_over_1_plus_e(backend):
    found = attend(*_row(1, 0), blocks=1, relevant=0, temperature=1.0, aux=ALL, backend=backend)
    f = E / (1 + E)
    assert found.backend == backend
    assert _only(found.output) == f
    assert _only(found.lse) == math.log(1 + E)
    assert _only(found.entropy) == math.log(1 + E) - f
    assert _only(found.fidelity) == f
    assert _only(found.leakage) == 1 / (1 + E)
    assert found.block_mass.flatten().tolist() == pytest.approx([f, 1 - f])
    assert found.local_output.item() == found.max_score.item() == found.margin.item() == 1.0
    assert (found.m.item(), found.c.item(), found.status.item()) == (1, 1, RowStatus.OK)


def test_certificate_is_attained_by_two_levels(backend):
    found = attend(
        *_row(1, 1, 0, 0, 0), blocks=[0, 0, 1, 1, 1], relevant=0, aux=ALL, backend=backend
    )
    assert found.certificate.fidelity.item() == pytest.approx(found.fidelity.item(), rel=1e-11)
    assert found.certificate.fidelity.item() < found.fidelity.item()
    assert found.certificate.entropy.item() == pytest.approx(found.entropy.item(), rel=1e-11)
    assert found.certificate.entropy.item() > found.entropy.item()


@pytest.mark.parametrize("dial", [0.0, 2.5, 700.0])
def test_dial_adds_to_the_log_odds(backend, dial):
    found = attend(
        *_row(1, 0), blocks=1, relevant=1, dial=dial, temperature=2.0, aux=ALL, backend=backend
    )
    assert (
        torch.logit(found.fidelity).item() == pytest.approx((dial - 1) / 2, rel=1e-12) or dial > 99
    )
    assert found.leakage.item() == pytest.approx(1 / (1 + math.exp((dial - 1) / 2)), rel=1e-12)
    assert found.margin.item() == dial - 1
    assert found.max_score.item() == max(0, 1 - dial)


def test_infinite_dial_is_block_local(backend):
    found = attend(
        *_row(9, 0, 2), blocks=[0, 1, 1], relevant=1, dial=math.inf, temperature=2.0, aux=ALL,
        backend=backend,
    )  # fmt: skip
    f = E / (1 + E)
    assert _only(found.output) == 2 * f == _only(found.local_output)
    assert _only(found.lse) == math.log(1 + E)
    assert _only(found.entropy) == math.log(1 + E) - f
    assert (found.fidelity.item(), found.leakage.item()) == (1.0, 0.0)
    assert found.margin.item() == math.inf
    assert found.certificate.fidelity.item() == pytest.approx(1.0, rel=1e-11)
    assert found.certificate.entropy.item() == pytest.approx(math.log(2), rel=1e-11)


def test_no_visible_key(backend):
    found = attend(
        *_row(1, 0), blocks=1, relevant=0, mask=Mask.keys([False, False]), aux=ALL, backend=backend
    )
    assert (found.output.item(), found.lse.item(), found.entropy.item()) == (0.0, -math.inf, 0.0)
    assert (found.local_output.item(), found.max_score.item()) == (0.0, -math.inf)
    assert found.block_mass.tolist() == [[[[0.0, 0.0]]]]
    for name in ("fidelity", "leakage", "margin"):
        assert math.isnan(getattr(found, name).item())
    assert math.isnan(found.certificate.fidelity.item())
    assert found.rows_by_status() == {
        "ok": 0, "no visible key": 1, "relevant block not visible": 0, "no other key": 0
    }  # fmt: skip


@pytest.mark.parametrize(("dial", "output", "lse"), [(0.0, 3.0, 3.0), (1.0, 3.0, 2.0)])
def test_relevant_block_not_visible(backend, dial, output, lse):
    found = attend(
        *_row(1, 3), blocks=1, relevant=0, dial=dial, temperature=1.0, aux=ALL, backend=backend,
        mask=Mask.keys([False, True]),
    )  # fmt: skip
    assert found.status.item() == RowStatus.RELEVANT_NOT_VISIBLE
    assert (found.fidelity.item(), found.leakage.item()) == (0.0, 1.0)
    assert (found.output.item(), found.lse.item(), found.entropy.item()) == (output, lse, 0.0)
    assert math.isnan(found.margin.item())
    assert math.isnan(found.certificate.entropy.item())


def test_relevant_block_not_visible_and_nothing_else_wanted(backend):
    found = attend(
        *_row(1, 3), blocks=1, relevant=0, dial=math.inf, aux=ALL, backend=backend,
        mask=Mask.keys([False, True]),
    )  # fmt: skip
    assert found.status.item() == RowStatus.RELEVANT_NOT_VISIBLE
    assert (found.output.item(), found.lse.item(), found.entropy.item()) == (0.0, -math.inf, 0.0)
    assert (found.fidelity.item(), found.leakage.item()) == (0.0, 1.0)


def test_no_other_key(backend):
    found = attend(*_row(1, 3), blocks=2, relevant=0, aux=ALL, backend=backend)
    assert found.status.item() == RowStatus.NO_OTHER_KEY
    assert (found.fidelity.item(), found.leakage.item()) == (1.0, 0.0)
    assert (found.m.item(), found.c.item(), found.margin.item()) == (2, 0, math.inf)
    assert math.isnan(found.certificate.fidelity.item())


def test_ties_share_alike(backend):
    found = attend(
        *_row(5, 5, 5, 5), temperature=1e-6, aux=AuxRequest(entropy=True), backend=backend
    )
    assert found.entropy.item() == pytest.approx(math.log(4), rel=1e-8)


def test_default_temperature_is_the_root_of_dim(backend):
    q, k, v = (torch.ones(1, 1, 1, 16, dtype=torch.float64) for _ in range(3))
    assert attend(q, k, v, backend=backend).lse.item() == 4.0


MASKS = [
    (Mask.causal(), [1, 2, 3, 4, 5]),
    (Mask.strict_causal(), [0, 1, 2, 3, 4]),
    (Mask.window(2), [1, 2, 2, 2, 2]),
    (Mask.window(2, strict=True), [0, 1, 2, 2, 2]),
    (Mask.window(0), [0, 0, 0, 0, 0]),
    (Mask.window(9), [1, 2, 3, 4, 5]),
    (Mask.window(3) & Mask.strict_causal(), [0, 1, 2, 2, 2]),
    (Mask.keys([True, False, True, True, True]) & Mask.causal(), [1, 1, 2, 3, 4]),
]


@pytest.mark.parametrize(("mask", "counts"), MASKS)
def test_masks_by_counting_keys(backend, mask, counts):
    k = torch.zeros(1, 1, 5, 1, dtype=torch.float64)
    lse = attend(k, k, k, mask=mask, backend=backend).lse
    assert lse.exp().flatten().tolist() == pytest.approx(counts)


@pytest.mark.parametrize(("mask", "counts"), MASKS)
def test_the_last_query_is_aligned_with_the_last_key(backend, mask, counts):
    k = torch.zeros(1, 1, 5, 1, dtype=torch.float64)
    lse = attend(k[:, :, :2], k, k, mask=mask, backend=backend).lse
    assert lse.exp().flatten().tolist() == pytest.approx(counts[-2:])


@pytest.mark.parametrize(("strict", "seen"), [(False, [2, 3]), (True, [1, 2])])
def test_which_keys_a_window_holds(backend, strict, seen):
    eye = torch.eye(5, dtype=torch.float64)[None, None]
    weights = attend(eye[:, :, 3:4], eye * 0, eye, mask=Mask.window(2, strict=strict) & Mask.dense(
        torch.ones(1, 5, dtype=torch.bool)), backend=backend).output  # fmt: skip
    assert weights.flatten().nonzero().flatten().tolist() == [s + 1 for s in seen]


def test_half_precision_keeps_statistics_in_float32(backend):
    q, k, v = (t.to(torch.bfloat16) for t in _row(1, 0))
    found = attend(q, k, v, blocks=1, relevant=0, temperature=1.0, aux=ALL, backend=backend)
    assert found.output.dtype == found.local_output.dtype == torch.bfloat16
    for name in ("lse", "entropy", "fidelity", "leakage", "block_mass", "max_score", "margin"):
        assert getattr(found, name).dtype in (torch.float32, torch.float64)
    assert found.entropy.item() == pytest.approx(math.log(1 + E) - E / (1 + E), rel=1e-6)


def test_only_what_was_asked_for_is_there(backend):
    found = attend(*_row(1, 0), aux=AuxRequest(max_score=True), backend=backend)
    assert found.max_score is not None
    assert (found.entropy, found.fidelity, found.m, found.certificate) == (None,) * 4


def test_a_pickled_refusal_is_the_same_refusal():
    refusal = NotSupported("flash", "gradients", ["reference"])
    copy = pickle.loads(pickle.dumps(refusal))
    assert str(copy) == str(refusal) == "backend 'flash' cannot do gradients; reference can"
