"""A small causal model and its tokenizer in a folder, and a text."""

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "shared"))  # reports' tests share `report_pages`

TEXT = "who is there? nay, answer me. stand and unfold yourself! long live the king"


@pytest.fixture(scope="session")
def toy(tmp_path_factory):
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import LlamaConfig, LlamaModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("models") / "toy"
    words = dict.fromkeys(re.findall(r"\w+|[^\w\s]", TEXT))
    vocabulary = {word: i for i, word in enumerate(["<s>", "<unk>", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 0)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", unk_token="<unk>"
    ).save_pretrained(folder)
    sizes = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2}
    sizes |= {"num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.5}
    torch.manual_seed(2)
    config = LlamaConfig(**sizes, vocab_size=len(vocabulary), max_position_embeddings=24)
    LlamaModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def text(tmp_path):
    path = tmp_path / "scene.txt"
    path.write_text(TEXT)
    return path
