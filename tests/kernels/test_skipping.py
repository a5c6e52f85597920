"""Skipping never costs more than its certificate says, whatever the keys are."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from kernel_cases import CASES
from kernel_rounding import largest_score, rounding

from locality.kernels import AuxRequest, Mask, NotSupported, attend, skipping
from locality.kernels.problem import checked

SEEDS = st.integers(0, 2**32 - 1)
DTYPES = [torch.float64, torch.float32, torch.bfloat16]
ABSENT = dict.fromkeys(("blocks", "relevant", "temperature", "mask", "bias")) | {"dial": 0.0}


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 4 keys and tiles of 8 queries, so that small problems have many."""
    monkeypatch.setattr(skipping, "SIZE", 4)
    monkeypatch.setattr(skipping, "TILE", 8)


def _kept(q, k, v, tolerance, arguments):
    """Which (query, key) pairs were not skipped, (batch, heads, queries, keys)."""
    problem = checked(q, k, v, **(ABSENT | arguments), aux=AuxRequest())
    kept = skipping.run(problem, tolerance)["kept"]
    for dim, step in ((2, skipping.TILE), (3, skipping.SIZE)):
        kept = kept.repeat_interleave(step, dim=dim)
    return kept[:, :, : q.shape[2], : k.shape[2]]


def _shares(q, k, arguments):
    """Attention probabilities by the definition, float64, and their relative error."""
    eye = torch.eye(k.shape[2], dtype=torch.float64).expand(*k.shape[:2], -1, -1)
    p = attend(q.double(), k.double(), eye, **arguments, backend="reference").output
    return p, rounding(q, k, torch.float64, arguments).mass


def _values(k, v, heads):
    return v.double().repeat_interleave(heads // k.shape[1], dim=1)


def skipped_as_certified(q, k, v, tolerance, **arguments):
    """Assert that mass, lse and output lie within the certificate, and that within the tolerance.

    Gives back what was found and the true mass.
    """
    found = attend(q, k, v, **arguments, tolerance=tolerance)
    promised, (p, error) = found.skipped, _shares(q, k, arguments)
    kept = _kept(q, k, v, tolerance, arguments)
    true = p.masked_fill(kept, 0.0).sum(-1)
    assert (promised.mass <= tolerance).all()
    assert (true / (1 + error) <= promised.mass).all()
    values = _values(k, v, q.shape[1])
    whole, rest = p @ values, p * kept
    left = (rest @ values) / rest.sum(-1, keepdim=True).clamp(min=1e-300)
    length = math.sqrt(v.shape[-1]) * values.abs().max()
    assert ((left - whole).norm(dim=-1) <= promised.output + 2 * error * length).all()
    _floats_as_certified(q, k, v, found, whole, length, arguments)
    return found, true


def _floats_as_certified(q, k, v, found, whole, length, arguments):
    """The same of what came out of the fused pass, whose own rounding adds to it."""
    sums = torch.float64 if q.dtype == torch.float64 else torch.float32
    ours, theirs = (rounding(q, k, kind, arguments) for kind in (sums, torch.float64))
    stored = torch.finfo(v.dtype).eps * length
    off = (found.output.double() - whole).norm(dim=-1)
    assert (off <= found.skipped.output + (ours.mean + theirs.mean) * length + stored).all()
    exact = attend(q.double(), k.double(), v.double(), **arguments, backend="reference").lse
    apart, room = exact - found.lse.double(), ours.lse + theirs.lse
    same = (exact == found.lse) | (apart <= found.skipped.lse + room)
    assert (same & ~(apart < -room)).all()


def _clusters(seed, count=8, size=64, dim=16, spread=0.02, scale=3.0, dtype=torch.float64):
    """Queries and keys around the same centres, block by block, and normal values."""
    draw = torch.Generator().manual_seed(seed)
    centres = torch.randn(count, dim, generator=draw, dtype=torch.float64) * scale

    def around():
        noise = torch.randn(count * size, dim, generator=draw, dtype=torch.float64)
        return (centres.repeat_interleave(size, 0) + spread * noise)[None, None].to(dtype)

    return around(), around(), torch.randn(1, 1, count * size, 5, generator=draw).to(dtype)


SINGLE = pytest.param(0.4, torch.float32, marks=pytest.mark.slow)


# -- the law -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(("tolerance", "dtype"), [(1e-3, torch.float64), SINGLE])
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_certificates_hold_for_every_kind_of_problem(case, tolerance, dtype):
    q, k, v = case.tensors(dtype)
    found, _ = skipped_as_certified(q, k, v, tolerance, **case.arguments)
    plain = attend(q, k, v, **case.arguments, backend="flash")
    assert found.status.equal(plain.status)
    if plain.m is not None:
        assert found.m.equal(plain.m)
        assert found.c.equal(plain.c)


@pytest.mark.slow
@given(SEEDS, st.floats(1e-9, 1.5), st.floats(0, 1), st.floats(0.1, 30), st.sampled_from(DTYPES))
def test_certificates_hold_for_clusters(seed, tolerance, spread, scale, dtype):
    q, k, v = _clusters(seed, 4, 67, 6, spread * scale, scale, dtype)
    skipped_as_certified(q, k, v, tolerance, mask=("causal", None)[seed % 2])


@pytest.mark.slow
@given(SEEDS, st.floats(1e-6, 0.5), st.floats(0.1, 1e4), st.sampled_from(DTYPES))
def test_certificates_hold_for_keys_of_very_different_lengths(seed, tolerance, largest, dtype):
    draw = torch.Generator().manual_seed(seed)
    q, k, v = (torch.randn(1, 2, 200, 5, generator=draw, dtype=torch.float64) for _ in range(3))
    k = k * largest ** torch.rand(200, 1, generator=draw, dtype=torch.float64)
    skipped_as_certified(*(t.to(dtype) for t in (q, k, v)), tolerance, mask=Mask.window(90))


# -- adversaries -------------------------------------------------------------------------------


def _far_ends(reach=30.0, odds=1e-3, dtype=torch.float64):
    """One kept block of equal keys, and one whose keys lie at both ends of its ball along q."""
    q = torch.zeros(1, 1, 3, 4, dtype=dtype)
    q[..., 0] = 1.0
    k = torch.zeros(1, 1, 128, 4, dtype=dtype)
    k[..., :64, 0] = reach - math.log(odds) + 0.1
    k[..., 64::2, 0], k[..., 65::2, 0] = reach, -reach
    return q, k, k.flip(2), odds


@pytest.mark.parametrize("dtype", DTYPES)
def test_keys_at_the_end_of_the_ball_are_covered(dtype):
    *tensors, odds = _far_ends(dtype=dtype)
    found, true = skipped_as_certified(*tensors, odds, temperature=1.0)
    assert found.skipped.fraction == 0.5
    assert (found.skipped.mass / true == pytest.approx(2.0, rel=1e-2)) or dtype == torch.bfloat16


def _half_a_radius(monkeypatch):
    around = skipping.Balls.around

    def halved(blocks):
        balls = around(blocks)
        return skipping.Balls(balls.centre, balls.radius / 2)

    monkeypatch.setattr(skipping.Balls, "around", staticmethod(halved))


def _a_block_counts_once(monkeypatch):
    monkeypatch.setattr(skipping, "_count", lambda flags: flags.any(-1).int())


def _all_counts_as_kept(monkeypatch):
    monkeypatch.setattr(skipping, "_gain", lambda first, whole: whole.lse.double())


FAULTS = [_half_a_radius, _a_block_counts_once, _all_counts_as_kept]


@pytest.mark.parametrize("plant", FAULTS)
def test_a_planted_fault_breaks_the_certificate(monkeypatch, plant):
    *tensors, odds = _far_ends()
    skipped_as_certified(*tensors, odds, temperature=1.0)
    plant(monkeypatch)
    promised = attend(*tensors, tolerance=odds, temperature=1.0).skipped.mass
    true = _shares(*tensors[:2], {"temperature": 1.0})[0][..., 64:].sum(-1)
    assert (promised < 0.1 * true).all()
    with pytest.raises(AssertionError):
        skipped_as_certified(*tensors, odds, temperature=1.0)


def _no_shortfall(problem, size, dtype):
    return torch.zeros_like(size)


def test_without_rounding_outwards_the_certificate_would_break(monkeypatch):
    monkeypatch.setattr(skipping, "shortfall", _no_shortfall)
    monkeypatch.setattr(skipping, "ACCURACY", 0.0)
    broken = 0
    for seed in range(20):
        try:
            _equal_keys(seed, torch.float32)
        except AssertionError:
            broken += 1
    assert broken


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_shortfall_covers_the_rounding_of_lse(case, dtype):
    q, k, v = case.tensors(dtype)
    problem = checked(q, k, v, **(ABSENT | case.arguments), aux=AuxRequest())
    tau = problem.temperature.view(-1, 1)
    size = largest_score(q, k, case.arguments) / tau
    needed = rounding(q, k, dtype, case.arguments).lse
    assert (skipping.shortfall(problem, size, dtype) >= needed).all()


def _equal_keys(seed, dtype):
    draw = torch.Generator().manual_seed(seed)
    q = torch.randn(1, 1, 50, 8, generator=draw, dtype=torch.float64).abs() * 5
    levels = torch.stack([torch.ones(8), torch.zeros(8), -torch.ones(8)]).double()
    k = levels.repeat_interleave(64, 0)[None, None]
    return skipped_as_certified(q.to(dtype), k.to(dtype), k.to(dtype), 1e-3)


@pytest.mark.parametrize("dtype", DTYPES)
def test_equal_keys_attain_the_certificate(dtype):
    found, true = _equal_keys(1, dtype)
    rel = 1e-9 if dtype == torch.float64 else 1e-2
    assert found.skipped.fraction > 0.3
    assert found.skipped.mass.flatten().tolist() == pytest.approx(true.flatten().tolist(), rel=rel)


@pytest.mark.parametrize("length", [5.0, 12.0, 200.0])
def test_an_outlier_in_a_wide_block_is_not_missed(length):
    q, k, v = (torch.zeros(1, 1, n, 4, dtype=torch.float64) for n in (9, 256, 256))
    q[..., 0], k[..., :64, 0], k[..., 200, 0], v[..., 200, 1] = 1.0, 10.0, length, 100.0
    found, _ = skipped_as_certified(q, k, v, 1e-3, temperature=1.0)
    assert found.skipped.fraction >= 0.5
    assert found.output[..., 1].max() > 0 or length == 5.0


def test_peaked_and_flat_rows_share_a_tile():
    q, k, v = _clusters(3)
    q[:, :, ::2] *= 1e-3
    found, _ = skipped_as_certified(q, k, v, 1e-3)
    assert found.skipped.fraction == 0  # the flat rows need every block


@pytest.mark.parametrize("scale", [1e6, 1e9])
def test_huge_norms(scale):
    q, k, v = _clusters(4, dtype=torch.float32)
    skipped_as_certified(q * scale, k * scale, v, 1e-3, temperature=scale**2)
    found, _ = skipped_as_certified(q * scale, k, v, 1e-3)
    assert found.lse.isfinite().all()


# -- what is skipped ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("mask", [None, "causal", Mask.window(150)])
def test_most_of_clustered_keys_are_skipped(dtype, mask):
    q, k, v = _clusters(0, 16, dtype=dtype)
    found, _ = skipped_as_certified(q, k, v, 1e-3, mask=mask)
    assert found.skipped.fraction > (0.3 if isinstance(mask, Mask) else 0.5)


def test_heads_skip_for_themselves():
    q, k, v = _clusters(0)
    q = torch.cat([q, q * 1e-3, q.flip(2), q], dim=1)
    k, v = (torch.cat([t, t * 1.1], dim=1) for t in (k, v))
    found, _ = skipped_as_certified(q, k, v, 1e-3, temperature=[4.0, 4.0, 4.0, 400.0])
    assert (found.skipped.mass.amax(-1) > 0).flatten().tolist() == [True, False, True, False]


def test_nothing_is_skipped_of_short_isotropic_keys():
    draw = torch.Generator().manual_seed(0)
    q, k, v = (0.3 * torch.randn(1, 2, 300, 16, generator=draw) for _ in range(3))
    found, _ = skipped_as_certified(q, k, v, 1e-3)
    assert found.skipped.fraction == 0
    for bound in (found.skipped.mass, found.skipped.output, found.skipped.lse):
        assert not bound.any()


def test_tolerance_0_is_exact():
    q, k, v = _clusters(0)
    found, _ = skipped_as_certified(q, k, v, 0.0, temperature=1e-3)
    assert found.skipped.fraction == 0
    assert not found.skipped.mass.any()


def test_a_dial_that_is_strong_skips_what_is_not_relevant():
    q = torch.zeros(1, 1, 512, 4)
    near = {"blocks": 64, "relevant": torch.arange(512) // 64}
    found, _ = skipped_as_certified(q, q, q, 1e-3, dial=40.0, **near)
    assert found.skipped.fraction == 0.5  # a tile of 256 queries keeps four blocks of eight
    local, _ = skipped_as_certified(q, q, q, 1e-3, dial=math.inf, **near)
    assert local.skipped.fraction == 0  # what has no weight is not skipped


def test_pairs_are_counted_where_a_query_sees_a_key():
    q, k, v = _clusters(0, 8)
    causal, _ = skipped_as_certified(q, k, v, 1e-3, mask="causal", temperature=1.0)
    # 4 + 8 of 16 pairs are visible; each of two tiles keeps its own four blocks
    assert causal.skipped.fraction == pytest.approx(1 / 3)
    half = Mask.keys(torch.arange(512) < 256)
    padded, _ = skipped_as_certified(q[:, :, :256], k, v, 1e-3, mask=half, temperature=1.0)
    assert padded.skipped.fraction == 0  # its own four blocks are all that the tile can see
    whole, _ = skipped_as_certified(q[:, :, :256], k, v, 1e-3, temperature=1.0)
    assert whole.skipped.fraction == 0.5


# -- what cannot be done -----------------------------------------------------------------------

REFUSED = {
    "aux": ({"aux": AuxRequest(entropy=True, max_score=True)}, "entropy, max_score (of keys that"),
    "certificate": (
        {"aux": AuxRequest(certificate=True), "blocks": 4, "relevant": 0},
        "certificate (of keys that are skipped) with a tolerance; no backend can yet",
    ),
    "gradients": ({"v": torch.zeros(1, 1, 8, 2, requires_grad=True)}, "gradients"),
    "reference": ({"backend": "reference"}, "'reference' cannot do certified skipping"),
    "triton": ({"backend": "triton"}, "'triton' cannot do certified skipping"),
    "large": (
        {
            "q": torch.ones(1, 1, 8, 2, dtype=torch.float64),
            "k": torch.ones(1, 1, 8, 2, dtype=torch.float64),
            "v": torch.full((1, 1, 8, 2), 1e200, dtype=torch.float64),
        },
        "numbers beyond 1e+150",
    ),
}


@pytest.mark.parametrize(("changes", "shown"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_certified_is_refused_by_name(changes, shown):
    t = torch.zeros(1, 1, 8, 2)
    with pytest.raises(NotSupported) as error:
        attend(**({"q": t, "k": t, "v": t, "tolerance": 1e-3} | changes))
    assert shown in str(error.value)


def test_without_a_tolerance_there_is_no_certificate():
    t = torch.zeros(1, 1, 8, 2)
    assert attend(t, t, t).skipped is None
