import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))  # for the modules `kernel_*`


@pytest.fixture(autouse=True)
def poisoned_memory():
    """Uninitialised memory is filled with NaN, so that reading it cannot go unnoticed."""
    torch.use_deterministic_algorithms(True)
    yield
    torch.use_deterministic_algorithms(False)


@pytest.fixture(params=["reference", "flash"])
def backend(request):
    return request.param


@pytest.fixture(autouse=True)
def same_weights():
    """Weights that a model draws are the same in every run."""
    torch.manual_seed(3)


@pytest.fixture(scope="session")
def minilm():
    from transformers import AutoModel, AutoTokenizer

    from locality.verify.instances.models import minilm

    tokenizer = AutoTokenizer.from_pretrained(minilm(), local_files_only=True)
    return AutoModel.from_pretrained(minilm(), local_files_only=True).eval(), tokenizer
