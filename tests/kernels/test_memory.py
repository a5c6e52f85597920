import os
import subprocess
import sys

import pytest

PROGRAM = """
import torch
from locality.kernels import AuxRequest, Mask, attend
from locality.verify.campaign.machine import peak_memory

aux = AuxRequest(entropy=True, leakage=True, local_output=True, max_score=True, margin=True)
arguments = dict(mask=MASK, aux=aux, dial=1.0, blocks=64, backend="BACKEND")

def run(n):
    q = torch.randn(1, 1, n, 32)
    attend(q, q, q, relevant=torch.arange(n) // 64, **arguments)

run(512)
before = peak_memory()
run(LENGTH)
print(peak_memory() - before)
"""

# glibc keeps freed memory, more or less by chance, unless each larger block is mapped for itself
ENVIRONMENT = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536", "OMP_NUM_THREADS": "1"}


def peak(n, mask="None", backend="flash"):
    words = {"MASK": mask, "BACKEND": backend, "LENGTH": str(n)}
    code = PROGRAM
    for word, meant in words.items():
        code = code.replace(word, meant)
    run = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return int(run.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("mask", ["None", "Mask.window(300)"])
def test_flash_holds_no_score_matrix(mask):
    n = 8192
    assert peak(n, mask) < n * n  # less than a byte a pair: not even a mask is held


@pytest.mark.slow
def test_a_score_matrix_would_be_noticed():
    held = bytearray(1 << 30)  # what the parent holds is not counted
    n = 2048
    assert peak(n, backend="reference") > 8 * n * n
    assert len(held) == 1 << 30
