import ast
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from kernel_cases import CASES, STATISTICS
from kernel_comparison import bounds, faults, within
from kernel_rounding import U, rounding

import locality.kernels
from locality.kernels import AuxRequest, RowStatus, attend, flash
from locality.kernels.fused import ULPS_OF_EXP

DTYPES = [torch.float64, torch.float32, torch.bfloat16, torch.float16]
by_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])


@by_case
@pytest.mark.parametrize("dtype", DTYPES)
def test_flash_agrees_with_the_definition(case, dtype):
    assert faults(case, dtype, "flash") == []


WITHOUT_LEAKAGE = ("entropy", "fidelity", "local_output", "block_mass")


@by_case
@pytest.mark.parametrize("names", [(), ("entropy",), ("fidelity",), WITHOUT_LEAKAGE])
def test_flash_agrees_whatever_is_asked(case, names):
    assert faults(case, torch.float32, "flash", case.asking(*names)) == []


UNTILED = [case for case in CASES if case.name.startswith("own ") or case.name == "block size"]


@pytest.mark.parametrize("case", UNTILED, ids=[case.name for case in UNTILED])
def test_ranges_of_keys_need_no_tiles(case, monkeypatch):
    def tiled(problem):
        raise AssertionError("queries were taken in tiles")

    monkeypatch.setattr(flash, "_tiled", tiled)
    assert faults(case, torch.float32, "flash", case.asking(*WITHOUT_LEAKAGE)) == []
    finite = case.arguments | {"dial": 1.0}
    with pytest.raises(AssertionError):
        attend(*case.tensors(), **finite, aux=case.asking("entropy"), backend="flash")


@by_case
def test_certificates_hold(case):
    if not case.aux.certificate:
        return
    q, k, v = case.tensors(torch.float32)
    exact = attend(
        q.double(), k.double(), v.double(), **case.arguments, aux=case.aux, backend="reference"
    )
    error = rounding(q, k, torch.float64, case.arguments)  # of the exact side
    for backend in ("reference", "flash"):
        promised = attend(q, k, v, **case.arguments, aux=case.aux, backend=backend).certificate
        ok = exact.status == RowStatus.OK
        assert (promised.fidelity.isnan() == ~ok).all()
        assert (promised.fidelity <= exact.fidelity + error.mass)[ok].all()
        if exact.entropy is not None:
            above = promised.entropy >= exact.entropy - error.entropy
            assert (above | promised.entropy.isnan()).all()
        assert (promised.entropy.isnan() | (ok & (exact.margin >= 0))).all()


def test_certificates_survive_the_rounding_of_a_margin():
    draw = torch.Generator().manual_seed(2)
    q, near, far = (torch.randn(1, 1, n, 64, generator=draw) for n in (500, 1, 1))
    k = torch.cat([near, far, far], dim=2)  # two levels: the bounds are attained
    options = {"blocks": [0, 1, 1], "relevant": 0, "temperature": 2.0}
    ask = AuxRequest(entropy=True, fidelity=True, certificate=True)
    exact = attend(q.double(), k.double(), k.double(), **options, aux=ask, backend="reference")
    promised = attend(q, k, k, **options, aux=ask, backend="flash").certificate
    assert (promised.fidelity <= exact.fidelity).all()
    certified = ~promised.entropy.isnan()
    assert (promised.entropy >= exact.entropy)[certified].all()
    assert certified.any()


@by_case
def test_distributions_are_normal(case, backend):
    found = attend(*case.tensors(), **case.arguments, aux=case.aux, backend=backend)
    empty = found.lse.isneginf()
    if found.entropy is not None:
        assert (found.entropy >= 0).all()
        assert (found.entropy[empty] == 0).all()
    assert (found.output[empty] == 0).all()
    if found.block_mass is not None:
        assert (found.block_mass >= 0).all()
        error = rounding(*case.tensors()[:2], torch.float64, case.arguments)
        assert (found.block_mass.sum(-1) <= 1 + found.block_mass.shape[-1] * error.mass).all()
    if found.fidelity is not None:
        sums = (found.fidelity + found.leakage)[found.status != RowStatus.NO_VISIBLE_KEY]
        assert ((sums - 1).abs() <= 8 * U[torch.float64]).all()  # two sigmoids, each within 3u


def test_the_comparison_can_fail():
    case = next(case for case in CASES if case.name == "dial")
    q, k, v = case.tensors()
    exact = attend(q, k, v, **case.arguments, aux=case.aux, backend="reference")
    bound = bounds(case, q, k, v, torch.float64)
    for name in ("output", "lse", *STATISTICS):
        right = getattr(exact, name)
        assert within(right, right, bound[name]).all()
        assert not within(right * (1 + 1e-9) + 1e-9, right, bound[name]).any()
        assert not within(right * math.nan, right, bound[name]).any()


def test_the_fused_exponential_is_as_exact_as_the_bounds_say():
    for dtype, exponents in ((torch.float32, 80.0), (torch.float64, 700.0)):
        x = torch.linspace(-exponents, 0, 20_001, dtype=dtype).view(1, 1, -1, 1)
        k = torch.tensor([1.0, 0.0], dtype=dtype).view(1, 1, 2, 1)
        weight = attend(x, k, k, temperature=1.0, backend="flash").output.double()
        exact = torch.sigmoid(x.double())
        # two sums, a division and the exact side's own rounding beside one exponential
        assert ((weight / exact - 1).abs() <= (2 * ULPS_OF_EXP + 6) * U[dtype]).all()


def test_random_problems_agree():
    draw = torch.Generator().manual_seed(11)
    base = next(case for case in CASES if case.name == "ids")
    for _ in range(20):
        queries, keys, dim = (int(torch.randint(1, 70, (), generator=draw)) for _ in range(3))
        ids = torch.randint(0, keys, (keys,), generator=draw)
        arguments = {
            "blocks": ids,
            "relevant": ids[torch.randint(0, keys, (queries,), generator=draw)],
            "dial": float(torch.rand((), generator=draw) * 4),
            "temperature": float(torch.rand((), generator=draw) * 4 + 0.1),
            "mask": "causal",
        }
        case = replace(base, queries=queries, keys=keys, dim=dim, arguments=arguments)
        assert faults(case, torch.float64, "flash") == []
        assert faults(case, torch.float32, "flash") == []


def test_the_reference_shares_no_code_with_flash():
    def imports(name):
        source = (Path(locality.kernels.__file__).parent / f"{name}.py").read_text()
        nodes = (n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom))
        return {n.module for n in nodes if n.module.startswith("locality.kernels")}

    shared = imports("reference") & (imports("flash") | imports("sight") | imports("moments"))
    assert shared == {"locality.kernels.masks", "locality.kernels.problem"}
