"""Triton's interpreter runs the kernels on the CPU; on a GPU they are compiled from the same code.

The module is imported here as interpreted, which is decided once in a process.
"""

import math
import os
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from unittest import mock

import pytest
import torch
from kernel_cases import CASES, NEAR, Case
from kernel_comparison import faults
from kernel_gradients import NAMES, errors

from locality.kernels import AuxRequest, Mask, NotSupported, attend

if find_spec("triton") is None:
    pytest.skip("not checked: needs triton", allow_module_level=True)
with mock.patch.dict(os.environ, TRITON_INTERPRET="1"):
    from locality.kernels import triton_gradients, triton_kernels, triton_launch

# `where` takes both sides, so that infinities of hidden keys meet in the side not taken
pytestmark = pytest.mark.filterwarnings("ignore:(invalid value|overflow) encountered")

QUICK = ("plain", "dial and temperature by head", "rows hidden", "one key, relevant")
HARDER = ("one key, relevant", "strict window 7", "key bias by head", "rows hidden")
SHAPES = [
    Case(f"{queries} queries, {keys} keys, head size {dim}", queries=queries, keys=keys, dim=dim,
         value_dim=dim, heads=1, kv_heads=1, arguments={
             "mask": "causal", "blocks": 50, "relevant": 0, "dial": 1.0})
    for queries, keys, dim in ((63, 63, 32), (111, 63, 64), (63, 111, 96), (63, 63, 128))
]  # fmt: skip
LONG = Case("1000 keys", queries=1000, keys=1000, heads=1, kv_heads=1, dim=16, arguments={
    "mask": Mask.window(150), "blocks": 50, "relevant": torch.arange(1000) // 50, "dial": 0.5,
})  # fmt: skip


def _cases(quick=QUICK, among=None):
    """Cases as parameters, or those of some names, those beyond the quick ones marked slow."""
    return [
        pytest.param(case, id=case.name, marks=() if case.name in quick else pytest.mark.slow)
        for case in (*CASES, LONG)
        if among is None or case.name in among
    ]


@pytest.fixture(autouse=True)
def interpreted(monkeypatch):
    monkeypatch.setenv("TRITON_INTERPRET", "1")


@pytest.mark.parametrize("case", _cases())
def test_triton_agrees_with_the_definition(case):
    assert faults(case, torch.float64, "triton") == []


@pytest.mark.parametrize("case", _cases(("dial",)))
def test_float32_agrees_within_its_rounding(case):
    assert faults(case, torch.float32, "triton") == []


@pytest.mark.slow
@pytest.mark.parametrize("case", _cases(("dial",)))
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_agrees_within_its_rounding(case, dtype):
    assert faults(case, dtype, "triton") == []


@pytest.mark.slow
@pytest.mark.parametrize("case", SHAPES, ids=[case.name for case in SHAPES])
def test_ragged_shapes_and_head_sizes(case):
    assert faults(case, torch.float32, "triton") == []
    assert errors(case, torch.float64) == []


@pytest.mark.parametrize("gap", [5.0, 25.0, 300.0])
def test_a_peaked_row_keeps_the_digits_of_its_entropy(gap):
    q, k = (torch.zeros(1, 1, n, 2, dtype=torch.float64) for n in (1, 2))
    q[..., 0], k[..., 0, 0] = 1.0, gap
    found = attend(q, k, k, blocks=1, relevant=0, temperature=1.0, backend="triton",
                   aux=AuxRequest(entropy=True)).entropy.item()  # fmt: skip
    rest = 1 / (1 + math.exp(gap))
    exact = -rest * math.log(rest) - (1 - rest) * math.log1p(-rest)
    # fewer than 32 operations, each within an ulp, on terms of one sign
    assert abs(found - exact) <= 32 * 2.0**-52 * exact


@pytest.mark.slow
def test_random_problems_agree():
    draw = torch.Generator().manual_seed(11)
    for _ in range(12):
        queries, keys, dim = (int(torch.randint(1, 70, (), generator=draw)) for _ in range(3))
        ids = torch.randint(0, keys, (keys,), generator=draw)
        arguments = {
            "blocks": ids,
            "relevant": ids[torch.randint(0, keys, (queries,), generator=draw)],
            "dial": float(torch.rand((), generator=draw) * 4),
            "temperature": float(torch.rand((), generator=draw) * 4 + 0.1),
            "mask": Mask.causal() & Mask.keys(torch.rand(keys, generator=draw) < 0.7),
        }
        case = Case("random", queries=queries, keys=keys, dim=dim, arguments=arguments)
        assert faults(case, torch.float64, "triton") == []
        assert errors(case, torch.float64) == []


# -- gradients ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("case", _cases(HARDER, [case.name for case in CASES]))
def test_gradients_are_those_of_the_definition(case):
    assert errors(case, torch.float64) == []


@pytest.mark.slow
@pytest.mark.parametrize("case", _cases(HARDER, HARDER))
def test_gradients_of_short_floats(case):
    assert errors(case, torch.float32) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_gradient_alone(name):
    case = next(case for case in CASES if case.name == "dial")
    small = replace(case, queries=20, keys=40, arguments=case.arguments | {"relevant": 1})
    assert errors(small, torch.float64, (name,)) == []


def test_a_gradient_of_an_extreme_is_refused_by_name():
    case = next(case for case in CASES if case.name == "block size")
    q, k, v = case.tensors()
    q.requires_grad_()
    found = attend(q, k, v, **case.arguments, aux=case.aux, backend="triton")
    for name in ("margin", "max_score"):
        with pytest.raises(NotSupported, match=f"'triton' cannot do gradients of {name}; ref"):
            (getattr(found, name).sum() + found.lse.sum()).backward(retain_graph=True)


def test_views_and_broadcast_gradients_are_read_by_their_strides():
    draw = torch.Generator().manual_seed(8)
    made = torch.randn(3, 1, 40, 2, 8, generator=draw, dtype=torch.float64)
    wide = torch.randn(1, 2, 8, 40, generator=draw, dtype=torch.float64)

    def gradients(backend):
        q, k, v = (t.transpose(1, 2) for t in made.clone().requires_grad_().unbind())
        keys = wide.clone().requires_grad_()
        found = attend(q, keys.mT, v + 0 * k, blocks=16, relevant=1, backend=backend,
                       aux=AuxRequest(local_output=True, block_mass=True))  # fmt: skip
        total = found.output.sum() + found.local_output.sum() + found.block_mass.square().sum()
        return torch.autograd.grad(total, keys)[0]

    assert torch.allclose(gradients("triton"), gradients("reference"), rtol=0, atol=1e-12)


# -- the comparison can fail -------------------------------------------------------------------


def _late(problem):
    least, most = NEARNESS(problem)
    return least + 1, most


def _not_rescaled(top, high, scale):
    return SHARE(top, high, scale) * 0 + 1


def _sums_not_rescaled(ties, rest, spread, gap, weight, drop, live, with_spread):
    return COLLECTED(ties, rest, spread, gap * 0, weight, drop, live, with_spread)


def _drop_not_scaled(top, score, live, scale):
    return RAISED(top, score, live, scale * 1.0001)


NEARNESS, INNER = triton_launch._nearness, triton_gradients._inner
SHARE, COLLECTED, RAISED, SLOPES = (
    getattr(triton_kernels, name) for name in ("_share", "_collected", "_raised", "_slopes")
)
FAULTS = {
    "a mask off by one": (triton_launch, "_nearness", _late, "c"),
    "weights never rescaled": (triton_kernels, "_share", _not_rescaled, "output"),
    "sums never rescaled": (triton_kernels, "_collected", _sums_not_rescaled, "lse"),
    "a slightly wrong gap": (triton_kernels, "_raised", _drop_not_scaled, "lse"),
}
FAULTY = Case("faulty", arguments={"mask": "causal", "dial": 2.5, **NEAR})


@pytest.mark.slow
def test_the_unchanged_kernels_have_no_fault():
    assert faults(FAULTY, torch.float64, "triton") == []
    assert errors(FAULTY, torch.float64) == []


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_planted_fault_is_found(fault, monkeypatch):
    module, name, wrong, shown_in = fault
    monkeypatch.setattr(module, name, wrong)
    assert shown_in in faults(FAULTY, torch.float64, "triton")


def _steeper(*arguments):
    p, near_p, log_p, slope = SLOPES(*arguments)
    return p, near_p, log_p, slope * (1 + 1e-6)


def _without_output(g, mean, rows):
    return INNER(g, mean, rows) * 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "name", "wrong"),
    [(triton_kernels, "_slopes", _steeper), (triton_gradients, "_inner", _without_output)],
)
def test_a_planted_fault_of_a_gradient_is_found(module, name, wrong, monkeypatch):
    monkeypatch.setattr(module, name, wrong)
    assert {"q", "k"} <= set(errors(FAULTY, torch.float64))


# -- where it runs -----------------------------------------------------------------------------


def test_outside_the_interpreter_the_cpu_is_refused(monkeypatch):
    monkeypatch.setenv("TRITON_INTERPRET", "0")
    q = torch.zeros(1, 1, 2, 2)
    with pytest.raises(NotSupported, match=r"tensors on cpu \(only in its interpreter, .*flash"):
        attend(q, q, q, backend="triton")


REFUSED = {
    "a head size of 129": {"dim": 129},
    "a head size of 160": {"value_dim": 160},
    r"temperature 1e-38 \(beyond torch.float32": {"arguments": {"temperature": 1e-38}},
}


@pytest.mark.parametrize(("message", "changes"), REFUSED.items(), ids=REFUSED.keys())
def test_what_it_cannot_do_is_refused_by_name(message, changes):
    case = Case("refused", queries=2, keys=2, **changes)
    with pytest.raises(NotSupported, match=f"backend 'triton' cannot do .*{message}"):
        attend(*case.tensors(torch.float32), **case.arguments, backend="triton")


@pytest.mark.slow
def test_triton_is_not_imported_before_it_can_run():
    program = (
        "import sys, torch; from locality.kernels import NotSupported, attend\n"
        "q = torch.zeros(1, 1, 2, 2)\n"
        "attend(q, q, q)\n"
        "try: attend(q, q, q, backend='triton')\n"
        "except NotSupported: print('triton' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "False\n"
