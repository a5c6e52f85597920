"""Laws of attention that hold for all scores, on drawn problems."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from kernel_rounding import rounding

from locality.kernels import AuxRequest, Moments, attend, merge

ASK = AuxRequest(entropy=True, fidelity=True, leakage=True, margin=True, max_score=True)
KEYS = 9
backends = st.sampled_from(["reference", "flash"])
temperatures = st.floats(0.25, 8)
seeds = st.integers(0, 2**32 - 1)


def _tensors(seed):
    draw = torch.Generator().manual_seed(seed)
    shapes = ((1, 2, 4, 3), (1, 2, KEYS, 3), (1, 2, KEYS, 3))
    return tuple(torch.randn(s, generator=draw, dtype=torch.float64) * 2 for s in shapes)


def _error(q, k, **arguments):
    return rounding(q, k, torch.float64, arguments)


def _near(one, other, bound):
    return bool(((one - other).abs() <= bound).all())


@given(seeds, backends, temperatures, st.floats(0, 20))
def test_the_dial_moves_log_odds_by_its_size_over_temperature(seed, backend, temperature, dial):
    q, k, v = _tensors(seed)
    rest = {"blocks": 3, "relevant": 1, "temperature": temperature, "aux": ASK, "backend": backend}
    before, after = (attend(q, k, v, **rest, dial=amount) for amount in (0.0, dial))
    odds = [found.fidelity.log() - found.leakage.log() for found in (before, after)]
    error = _error(q, k, temperature=temperature, dial=dial)
    # four logarithms of masses with a relative error, and sums of numbers that lse bounds too
    assert _near(odds[1], odds[0] + dial / temperature, 8 * error.mass + 2 * error.lse)
    assert _near(after.margin, before.margin + dial, 2 * error.score)


@given(seeds, backends, temperatures, st.floats(-50, 50))
def test_a_constant_bias_moves_lse_and_the_largest_score_only(seed, backend, temperature, shift):
    q, k, v = _tensors(seed)
    rest = {"blocks": 3, "relevant": 1, "temperature": temperature, "aux": ASK, "backend": backend}
    plain, moved = attend(q, k, v, **rest), attend(q, k, v, **rest, bias=shift)
    error = _error(q, k, temperature=temperature, bias=torch.tensor(shift))
    assert _near(moved.lse, plain.lse + shift / temperature, 2 * error.lse)
    assert _near(moved.max_score, plain.max_score + shift, 2 * error.score)
    assert _near(moved.output, plain.output, 2 * error.mean.unsqueeze(-1) * v.abs().max())
    assert _near(moved.entropy, plain.entropy, 2 * error.entropy)
    assert _near(moved.leakage, plain.leakage, 2 * error.mass)
    assert _near(moved.margin, plain.margin, 2 * error.score)


@given(seeds, backends, st.integers(1, KEYS - 1))
def test_disjoint_keys_merge_to_all_keys(seed, backend, split):
    q, k, v = _tensors(seed)
    parts = [slice(0, split), slice(split, KEYS)]
    found = [attend(q, k[:, :, part], v[:, :, part], backend=backend) for part in parts]
    merged = merge(*(Moments(part.lse, part.output) for part in found))
    whole = attend(q, k, v, backend=backend)
    error = _error(q, k)  # of the parts, of merging them, and of the whole
    assert _near(merged.lse, whole.lse, 3 * error.lse)
    assert _near(merged.mean, whole.output, 3 * error.mean.unsqueeze(-1) * v.abs().max())


@given(seeds, backends, st.permutations(range(KEYS)))
def test_the_order_of_keys_does_not_matter(seed, backend, order):
    q, k, v = _tensors(seed)
    ids = torch.arange(KEYS) // 3
    rest = {"relevant": 2, "aux": ASK, "backend": backend}
    one = attend(q, k, v, blocks=ids, **rest)
    other = attend(q, k[:, :, order], v[:, :, order], blocks=ids[list(order)], **rest)
    error = _error(q, k)
    assert _near(one.output, other.output, 2 * error.mean.unsqueeze(-1) * v.abs().max())
    assert _near(one.lse, other.lse, 2 * error.lse)
    assert _near(one.entropy, other.entropy, 2 * error.entropy)
    assert _near(one.leakage, other.leakage, 2 * error.mass)
    assert _near(one.margin, other.margin, 2 * error.score)


@given(seeds, temperatures, st.floats(0, 20))
def test_certificates_hold_for_every_row(seed, temperature, dial):
    q, k, v = _tensors(seed)
    ask = AuxRequest(entropy=True, fidelity=True, certificate=True)
    found = attend(
        q, k, v, blocks=3, relevant=0, temperature=temperature, dial=dial, aux=ask,
        backend="reference",
    )  # fmt: skip
    promised, error = found.certificate, _error(q, k, temperature=temperature, dial=dial)
    assert (promised.fidelity <= found.fidelity + error.mass).all()
    assert (promised.entropy.isnan() | (promised.entropy >= found.entropy - error.entropy)).all()
