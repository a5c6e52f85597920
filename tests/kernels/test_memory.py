import os
import subprocess
import sys

import pytest

PROGRAM = """
import resource, torch
from locality.kernels import AuxRequest, Mask, attend

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * UNIT

aux = AuxRequest(entropy=True, leakage=True, local_output=True, max_score=True, margin=True)
arguments = dict(mask=MASK, aux=aux, dial=1.0, blocks=64)

def run(n):
    q = torch.randn(1, 1, n, 32)
    attend(q, q, q, relevant=torch.arange(n) // 64, **arguments)

run(512)
before = peak()
run(8192)
print(peak() - before)
"""

# glibc keeps freed memory, more or less by chance, unless each larger block is mapped for itself
ENVIRONMENT = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536", "OMP_NUM_THREADS": "1"}


@pytest.mark.parametrize("mask", ["None", "Mask.window(300)"])
def test_flash_holds_no_score_matrix(mask):
    unit = 1 if sys.platform == "darwin" else 1024
    code = PROGRAM.replace("UNIT", str(unit)).replace("MASK", mask)
    run = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    n = 8192
    assert int(run.stdout) < n * n  # less than a byte a pair: not even a mask is held
