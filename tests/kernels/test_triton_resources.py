"""The kernels compile for GPUs that need not be here; in a process of its own, not interpreted."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from locality.kernels.triton_resources import DIMS, SHARED_LIMIT, TARGETS, TYPES, digest

RECORD = Path(__file__).parents[2] / "verify" / "results" / "triton-resources.json"
KERNELS = {"forward", "block_masses", "queries_backward", "keys_backward"}
PROGRAM = """
import json, sys
from locality.kernels.triton_resources import resources
print(json.dumps(resources(sys.argv[1], int(sys.argv[2]), sys.argv[3])))
"""
RECORDED = [(target, dim, dtype) for target in TARGETS for dim in DIMS for dtype in TYPES]
# A third of the record is compiled again here: all of it takes minutes.
COMPILED = [each for each in RECORDED if each[1] in (64, 128) and each[2] != "float16"]


@pytest.fixture
def record():
    return json.loads(RECORD.read_text())


def _compiled(*arguments):
    environment = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, *map(str, arguments)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def _fits(target, taken):
    """Whether the forward pass keeps to registers, and every kernel to the shared memory."""
    forward = taken["forward"]["spills"] == 0 and taken["block_masses"]["spills"] == 0
    return forward and all(kernel["shared"] <= SHARED_LIMIT[target] for kernel in taken.values())


@pytest.mark.skipif(find_spec("triton") is None, reason="not checked: needs triton")
@pytest.mark.slow
@pytest.mark.parametrize(("target", "dim", "dtype"), COMPILED)
def test_the_forward_pass_keeps_to_registers(target, dim, dtype):
    taken = _compiled(target, dim, dtype)
    assert taken.keys() == KERNELS
    assert _fits(target, taken)


def test_the_record_is_of_these_sources(record):
    assert record["sources"] == digest(), "write_resources has to be run again"


@pytest.mark.parametrize(("target", "dim", "dtype"), RECORDED)
def test_the_record_says_that_the_forward_pass_fits(record, target, dim, dtype):
    taken = record["resources"][target][dtype][str(dim)]
    assert taken.keys() == KERNELS
    assert all(kernel["registers"] > 0 for kernel in taken.values())
    assert _fits(target, taken)


def test_what_does_not_fit_is_seen(record):
    taken = record["resources"]["sm_80"]["bfloat16"]["64"]
    spilled = taken | {"forward": taken["forward"] | {"spills": 1}}
    large = taken | {"keys_backward": taken["keys_backward"] | {"shared": 10**6}}
    assert _fits("sm_80", taken)
    assert not _fits("sm_80", spilled)
    assert not _fits("sm_80", large)
