import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))  # for `kernel_cases` and `kernel_rounding`


@pytest.fixture(autouse=True)
def poisoned_memory():
    """Uninitialised memory is filled with NaN, so that reading it cannot go unnoticed."""
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture(params=["reference", "flash"])
def backend(request):
    return request.param
