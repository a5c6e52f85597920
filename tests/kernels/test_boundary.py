import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from locality.kernels import AuxRequest, Mask, NotSupported, attend, flash, row_statistics
from locality.kernels.problem import checked
from locality.theory import InputError

FIDELITY = AuxRequest(fidelity=True)
EYE = torch.eye(6).reshape(1, 1, 6, 6)


def _call(**changes):
    """A good call with four heads on two kv heads and six keys, some arguments changed."""
    t = torch.linspace(-1, 1, 1 * 4 * 5 * 3).reshape(1, 4, 5, 3)
    k = torch.linspace(-1, 1, 1 * 2 * 6 * 3).reshape(1, 2, 6, 3)
    return attend(**({"q": t, "k": k, "v": k} | changes))


def _poisoned(value, shape=(1, 2, 6, 3)):
    t = torch.zeros(shape)
    t[..., 1, 2] = value
    return t


def test_the_unchanged_call_is_good():
    assert _call(blocks=2, relevant=0, aux=FIDELITY, dial=1.0).backend == "flash"


BAD = {
    "NaN in q": ({"q": _poisoned(math.nan, (1, 4, 5, 3))}, "q[0, 0, 1, 2] = nan"),
    "inf in k": ({"k": _poisoned(math.inf)}, "k[0, 0, 1, 2] = inf"),
    "-inf in v": ({"v": _poisoned(-math.inf)}, "v[0, 0, 1, 2] = -inf"),
    "q no tensor": ({"q": [[1.0]]}, "q = [[1.0]]"),
    "q of integers": ({"q": torch.ones(1, 4, 5, 3, dtype=torch.int64)}, "q = int64 of shape"),
    "q complex": ({"q": torch.ones(1, 4, 5, 3, dtype=torch.complex64)}, "q = complex64"),
    "q with 3 axes": ({"q": torch.ones(4, 5, 3)}, "shape (4, 5, 3)"),
    "no key": ({"k": torch.ones(1, 2, 0, 3), "v": torch.ones(1, 2, 0, 3)}, "(1, 2, 0, 3)"),
    "no query": ({"q": torch.ones(1, 4, 0, 3)}, "(1, 4, 0, 3)"),
    "other dims": ({"q": torch.ones(1, 4, 5, 2)}, "q (1, 4, 5, 2)"),
    "other batch": ({"q": torch.ones(2, 4, 5, 3)}, "q (2, 4, 5, 3)"),
    "other keys in v": ({"v": torch.ones(1, 2, 7, 3)}, "v (1, 2, 7, 3)"),
    "heads no multiple": ({"q": torch.ones(1, 5, 5, 3)}, "a multiple of kv heads"),
    "mixed dtypes": ({"v": torch.ones(1, 2, 6, 3).double()}, "torch.float64 on cpu"),
    "on meta": ({"q": torch.ones(1, 4, 5, 3, device="meta")}, "meta"),
    "temperature 0": ({"temperature": 0.0}, "temperature[0] = 0.0"),
    "temperature < 0": ({"temperature": [1.0, -1.0, 1.0, 1.0]}, "temperature[1] = -1.0"),
    "temperature NaN": ({"temperature": math.nan}, "temperature[0] = nan"),
    "temperature inf": ({"temperature": math.inf}, "temperature[0] = inf"),
    "temperature a word": ({"temperature": "warm"}, "temperature = 'warm'"),
    "temperature True": ({"temperature": True}, "temperature = True"),
    "temperature of 3 heads": ({"temperature": [1.0, 1.0, 1.0]}, "4 of them"),
    "temperature so small": ({"temperature": 1e-300}, "can reach 3e+300"),
    "temperature past floats": ({"temperature": 10**400}, "temperature = 1000"),
    "dial < 0": ({"dial": -0.5}, "dial[0] = -0.5"),
    "dial NaN": ({"dial": [0.0, 0.0, math.nan, 0.0]}, "dial[2] = nan"),
    "dial complex": ({"dial": 1j}, "dial = 1j"),
    "dial alone": ({"dial": 1.0}, "dial = 1.0 without relevant"),
    "block size 0": ({"blocks": 0}, "blocks = 0"),
    "block size absurd": ({"blocks": 10**30}, "blocks = 1000"),
    "blocks True": ({"blocks": True}, "blocks = True"),
    "blocks a float": ({"blocks": 2.5}, "blocks = 2.5"),
    "blocks a word": ({"blocks": "sentences"}, "blocks = 'sentences'"),
    "blocks empty": ({"blocks": []}, "blocks = []"),
    "ids of other keys": ({"blocks": [0, 0, 1]}, "shape (3,)"),
    "ids float": ({"blocks": np.zeros(6)}, "float64 of shape (6,)"),
    "ids below -1": ({"blocks": [-2, 0, 0, 0, 0, 0]}, "from -2 to 0"),
    "ids too large": ({"blocks": [0, 0, 0, 0, 0, 6]}, "from 0 to 6"),
    "ids all -1": ({"blocks": [-1] * 6}, "all −1"),
    "ranges overlap": ({"blocks": [(0, 3), (2, 5)]}, "(0, 3) and (2, 5) overlap"),
    "range beyond keys": ({"blocks": [(0, 7)]}, "(0, 7)"),
    "range empty": ({"blocks": [(2, 2)]}, "(2, 2)"),
    "range backwards": ({"blocks": [(3, 1)]}, "(3, 1)"),
    "range below 0": ({"blocks": [(-1, 2)]}, "(-1, 2)"),
    "ranges of 3": ({"blocks": [(0, 1, 2)]}, "(0, 1, 2)"),
    "relevant alone": ({"relevant": 0}, "relevant = 0 without blocks"),
    "relevant too large": ({"blocks": 2, "relevant": 3}, "relevant block 3"),
    "relevant -1": ({"blocks": 2, "relevant": -1}, "relevant block -1"),
    "relevant float": ({"blocks": 2, "relevant": 0.0}, "relevant: float64"),
    "relevant empty": ({"blocks": [0, 0, 0, 2, 2, 2], "relevant": 1}, "block 1 holds no key"),
    "relevant of no id": ({"blocks": 2, "relevant": []}, "relevant"),
    "relevant of 3 queries": ({"blocks": 2, "relevant": [0, 1, 2]}, "shape (3,)"),
    "relevant with 4 axes": ({"blocks": 2, "relevant": [[[[0]]]]}, "shape (1, 1, 1, 1)"),
    "mask unknown": ({"mask": "casual"}, "mask = 'casual'"),
    "mask a tensor": ({"mask": torch.ones(5, 6) > 0}, "mask = bool of shape (5, 6)"),
    "mask of 4 keys": ({"mask": Mask.keys([True] * 4)}, "shape (4,)"),
    "mask of other pairs": ({"mask": Mask.dense(torch.ones(5, 5) > 0)}, "shape (5, 5)"),
    "mask elsewhere": ({"mask": Mask.keys(torch.ones(6, device="meta") > 0)}, "mask on meta"),
    "block-local alone": ({"mask": Mask.block_local()}, "block_local without relevant"),
    "bias of other pairs": ({"bias": torch.ones(4, 6)}, "shape (4, 6)"),
    "bias NaN": ({"bias": _poisoned(math.nan, (5, 6))}, "bias[1, 2] = nan"),
    "bias -inf": ({"bias": torch.full((6,), -math.inf)}, "bias[0] = -inf"),
    "bias of integers": ({"bias": torch.ones(5, 6, dtype=torch.int32)}, "int32"),
    "aux a word": ({"aux": "entropy"}, "aux = 'entropy'"),
    "fidelity alone": ({"aux": FIDELITY}, "fidelity without relevant"),
    "masses alone": ({"aux": AuxRequest(block_mass=True)}, "block_mass without blocks"),
    "tolerance < 0": ({"tolerance": -1e-3}, "tolerance = -0.001"),
    "tolerance NaN": ({"tolerance": math.nan}, "tolerance = nan"),
    "backend unknown": ({"backend": "fast"}, "backend = 'fast'"),
    "backend None": ({"backend": None}, "backend = None"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "shown"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_shown_in_one_line(changes, shown):
    with pytest.raises(InputError) as error:
        _call(**changes)
    message = str(error.value)
    assert shown in message
    assert "expected" in message
    assert "\n" not in message


BAD_MASKS = {
    "window < 0": (lambda: Mask.window(-1), "window k = -1"),
    "window a float": (lambda: Mask.window(2.0), "window k = 2.0"),
    "window absurd": (lambda: Mask.window(10**12), "window k = 1000000000000"),
    "strict a word": (lambda: Mask.window(2, strict="no"), "strict = 'no'"),
    "keys of integers": (lambda: Mask.keys([1, 0, 1]), "int64 of shape (3,)"),
    "keys ragged": (lambda: Mask.keys([[True], [True, False]]), "Mask.keys"),
    "dense of 1 axis": (lambda: Mask.dense([True]), "bool of shape (1,)"),
    "scores of 2 axes": (lambda: row_statistics(torch.ones(2, 2)), "shape (2, 2)"),
    "relevant of integers": (lambda: row_statistics(EYE, torch.ones(6, dtype=int)), "int64"),
    "relevant too wide": (lambda: row_statistics(EYE, torch.ones(7) > 0), "shape (7,)"),
    "temperature 0": (lambda: row_statistics(EYE, temperature=0), "temperature[0] = 0.0"),
}


@pytest.mark.parametrize(("call", "shown"), BAD_MASKS.values(), ids=BAD_MASKS.keys())
def test_masks_and_matrices_are_checked_too(call, shown):
    with pytest.raises(InputError, match="expected") as error:
        call()
    assert shown in str(error.value)
    assert "\n" not in str(error.value)


def test_a_mask_combines_with_masks_only():
    with pytest.raises(TypeError):
        Mask.causal() & "causal"


ROWWISE = {"bias": torch.zeros(5, 6), "aux": AuxRequest(entropy=True)}
GRADIENT = {"q": torch.zeros(1, 4, 5, 3, requires_grad=True)}
BIAS_GRADIENT = {"bias": torch.zeros(6, requires_grad=True)}
HOT = {"temperature": 1e-38}
REFUSED = {
    "triton": (
        {"backend": "triton"},
        "backend 'triton' cannot do tensors on cpu (only in its interpreter, TRITON_INTERPRET=1); "
        "flash and reference can",
    ),
    "tolerance": (
        {"tolerance": 1e-3, "backend": "reference"},
        "backend 'reference' cannot do certified skipping (tolerance = 0.001); flash can",
    ),
    "gradients of extremes": (
        GRADIENT | {"aux": AuxRequest(max_score=True), "backend": "flash"},
        "backend 'flash' cannot do gradients of max_score and margin; reference can",
    ),
    "gradients of the bias": (
        BIAS_GRADIENT | {"backend": "flash"},
        "backend 'flash' cannot do gradients of the bias; reference can",
    ),
    "bias by query": (
        ROWWISE | {"backend": "flash"},
        "backend 'flash' cannot do entropy under a bias that depends on the query; reference can",
    ),
    "beyond float32": (HOT | {"backend": "flash"}, "(beyond torch.float32); reference can"),
}


@pytest.mark.parametrize(("changes", "shown"), REFUSED.values(), ids=REFUSED.keys())
def test_a_backend_asked_by_name_refuses_by_name(changes, shown):
    with pytest.raises(NotSupported) as error:
        _call(**changes)
    assert shown in str(error.value)
    assert isinstance(error.value, NotImplementedError)


@pytest.mark.parametrize("changes", [BIAS_GRADIENT, ROWWISE, HOT])
def test_auto_takes_the_backend_that_can(changes):
    assert _call(**changes).backend == "reference"


def test_the_reference_refuses_what_it_cannot_hold():
    q = torch.zeros(1, 1, 50_000, 1)
    with pytest.raises(NotSupported, match=r"2.5e\+09 dense scores .* flash can"):
        attend(q, q, q, backend="reference")


def test_no_backend_at_all_is_said():
    q = torch.zeros(1, 1, 50_000, 1)
    bias = torch.zeros(1, requires_grad=True)
    with pytest.raises(NotSupported, match=r"gradients .*; .* dense scores .*; no backend can yet"):
        attend(q, q, q, bias=bias)


def test_flash_refuses_devices_it_was_not_checked_on():
    k = torch.zeros(1, 1, 2, 2)
    options = dict.fromkeys(("blocks", "relevant", "temperature", "mask", "bias"))
    problem = checked(k, k, k, **options, dial=0.0, aux=AuxRequest())
    assert flash.obstacle(problem) is None
    assert "tensors on meta" in flash.obstacle(replace(problem, q=k.to("meta")))


def test_without_gradients_a_leaf_is_no_obstacle():
    with torch.no_grad():
        assert _call(**BIAS_GRADIENT).backend == "flash"


FORMS = [
    ({"blocks": 3}, {"blocks": [0, 0, 0, 1, 1, 1]}),
    ({"blocks": 3}, {"blocks": [(0, 3), (3, 6)]}),
    ({"blocks": 3}, {"blocks": np.array([[0, 0, 0, 1, 1, 1]])}),
    ({"relevant": 1}, {"relevant": [1] * 5}),
    ({"relevant": 1}, {"relevant": np.ones((1, 5), int)}),
    ({"relevant": 1}, {"relevant": torch.ones(1, 4, 5, dtype=torch.int32)}),
    ({"relevant": 1}, {"relevant": torch.ones(1, 4, 1, dtype=torch.uint8)}),
    ({"dial": 0.3}, {"dial": np.full(4, 0.3)}),
    ({"temperature": 0.7}, {"temperature": torch.full((4,), 0.7, dtype=torch.float64)}),
    ({"mask": "causal"}, {"mask": Mask.window(6)}),
    ({"mask": "strict-causal"}, {"mask": Mask.window(6, strict=True)}),
    ({"mask": Mask.block_local()}, {"mask": Mask.keys([False] * 3 + [True] * 3)}),
    ({"bias": 2.0}, {"bias": torch.full((1, 4, 1, 1), 2.0, dtype=torch.float64)}),
]


@pytest.mark.parametrize(("one", "other"), FORMS)
def test_forms_of_an_argument_mean_the_same(backend, one, other):
    base = {"blocks": 3, "relevant": 1, "aux": AuxRequest(fidelity=True), "backend": backend}
    first, second = (_call(**(base | form)) for form in (one, other))
    assert first.output.equal(second.output)
    assert first.lse.equal(second.lse)
    assert first.fidelity.equal(second.fidelity)
