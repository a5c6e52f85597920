import os
import subprocess
import sys

import pytest

PROGRAM = """
import torch
from locality.theory.expressivity import parse
from locality.verify.campaign.machine import peak_memory
from locality.verify.recognizers import compile_formula

model = compile_formula(parse("P(b & Y a)"), "abc", dtype=torch.float32)
assert model.accepts(["ab" * 256]).all()
before = peak_memory()
assert model.accepts(["ac" * LETTERS]).tolist() == [False]
print(peak_memory() - before)
"""

# glibc keeps freed memory, more or less by chance, unless each larger block is mapped for itself
ENVIRONMENT = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536", "OMP_NUM_THREADS": "1"}


@pytest.mark.slow
def test_a_long_word_is_read_without_a_matrix_of_its_letters():
    n = 16384
    code = PROGRAM.replace("LETTERS", str(n // 2))
    run = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    assert int(run.stdout) < n * n  # less than a byte a pair of letters
