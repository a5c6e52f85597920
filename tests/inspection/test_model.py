"""A model's heads on a text, against the probabilities of its eager attention."""

import pickle
import shutil

import numpy as np
import pytest
import torch

from locality.kernels import pattern_statistics
from locality.theory import InputError
from locality.verify.inspection import source as reading
from locality.verify.inspection.model import ModelOnText
from locality.verify.inspection.rows import report
from locality.verify.instances.models import minilm

TOLERANCE = 64 * 2.0**-23


def folder(kind, toy):
    return toy if kind == "toy" else minilm()


def patterns(path, source):
    """The attention probabilities of every layer, computed eagerly in float32."""
    from transformers import AutoModel

    model = AutoModel.from_pretrained(path, attn_implementation="eager").eval()
    inputs = {name: t for name, t in source.encoded.items() if name != "offset_mapping"}
    with torch.no_grad():
        return model(**inputs, output_attentions=True).attentions


@pytest.mark.model
@pytest.mark.parametrize("kind", ["toy", "minilm"])
@pytest.mark.parametrize("at_once", [1 << 15, 40], ids=["one tile", "a row or two a tile"])
def test_heads_are_those_of_the_model(kind, at_once, toy, text, monkeypatch):
    monkeypatch.setattr(reading, "AT_ONCE", at_once)
    source = ModelOnText(kind, folder(kind, toy), text)
    found = source.each_head(report)
    layers = patterns(source.folder, source)
    ids = torch.from_numpy(source.ids)
    assert ids.tolist()[:6] == [-1, 0, 0, 0, 0, 1]
    own = (ids[:, None] == ids) & (ids[:, None] >= 0)
    distance = torch.arange(len(ids))[:, None] - torch.arange(len(ids))
    assert len(found) == sum(layer.shape[1] for layer in layers)
    for head in found:
        pattern = layers[head.layer][:, head.head : head.head + 1].double()
        expected = pattern_statistics(pattern, own)
        usable = expected.status == 0
        near = pytest.approx
        assert head.invalid == 0
        assert head.status["relevant not visible"] == int((ids < 0).sum())
        assert head.leakage == near(float(expected.leakage[usable].mean()), rel=TOLERANCE)
        assert head.entropy == near(float(expected.entropy[usable].mean()), rel=TOLERANCE)
        reach = head.distance
        assert reach.mean == near(float((pattern * distance.abs()).sum(-1).mean()), rel=TOLERANCE)
        special = [0, *(ids[1:] < 0).nonzero().ravel().add(1).tolist()]
        rest = float(pattern[..., special].sum(-1).mean())
        assert reach.anchored == near(rest, rel=TOLERANCE)
        beside = float(pattern[0, 0][distance.abs() == 1].sum() / len(ids))
        assert reach.mass[1] == near(beside, rel=TOLERANCE)
        assert (sum(reach.mass), sum(reach.even)) == (near(1), near(1))


@pytest.mark.model
def test_single_rows_are_the_model_s_own(toy, text):
    source = ModelOnText("toy", toy, text)
    layers = patterns(toy, source)
    found = source.weights([(1, 3, 7), (0, 0, 2), (1, 3, 7)])
    assert set(found) == {(1, 3, 7), (0, 0, 2)}
    for (layer, head, query), row in found.items():
        np.testing.assert_allclose(row, layers[layer][0, head, query], atol=TOLERANCE)


@pytest.mark.model
def test_top_keys_are_the_relevant_ones(toy, text):
    found = ModelOnText("toy", toy, text, top=2).each_head(report)
    assert {head.led for head in found} == {17}  # of 19 rows the first two see no other key
    assert all(head.distance.mean > 0 for head in found)


@pytest.mark.model
def test_blocks_of_so_many_tokens(toy, text):
    assert ModelOnText("toy", toy, text, "5").ids.tolist() == [
        -1,
        *[0] * 5,
        *[1] * 5,
        *[2] * 5,
        3,
        3,
        3,
    ]
    with pytest.raises(InputError, match="blocks = 'lines': expected sentences or a number"):
        ModelOnText("toy", toy, text, "lines").each_head(report)


@pytest.mark.model
def test_the_model_keeps_its_attention_whatever_happens(toy, text):
    source = ModelOnText("toy", toy, text, top=99)
    former = source.model.network.config._attn_implementation
    with pytest.raises(InputError, match="top = 99"):
        source.each_head(report)
    assert source.model.network.config._attn_implementation == former


# -- refusals ----------------------------------------------------------------------------------

TEXTS = [
    (b"", "expected some text, found none"),
    (b" \n\t ", "expected some text, found none"),
    (b"king", "1 tokens: expected at least 2"),
    (b"king \xff\xfe", "expected UTF-8 text"),
    (b"long live the king " * 7, "29 tokens: expected at most 24"),
]


@pytest.mark.model
@pytest.mark.parametrize(("written", "words"), TEXTS, ids=[words for _, words in TEXTS])
def test_a_text_that_cannot_be_used(toy, tmp_path, written, words):
    path = tmp_path / "text.txt"
    path.write_bytes(written)
    with pytest.raises(InputError, match=words) as caught:
        ModelOnText("toy", toy, path).each_head(report)
    assert str(path) in str(caught.value)


@pytest.mark.model
def test_pickled_weights_are_refused_unread(toy, tmp_path, text):
    copy = shutil.copytree(toy, tmp_path / "pickled")
    (copy / "model.safetensors").unlink()
    with (copy / "pytorch_model.bin").open("wb") as opened:
        pickle.dump(Trap(tmp_path / "sprung"), opened)
    with pytest.raises(InputError, match=r"its weights are pickled: expected model\.safetensors"):
        ModelOnText("pickled", copy, text).each_head(report)
    assert not (tmp_path / "sprung").exists()


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.model
@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_folder_with_a_broken_file(toy, tmp_path, text, name):
    copy = shutil.copytree(toy, tmp_path / "broken")
    (copy / name).write_bytes(b"{" * 40)
    with pytest.raises(InputError, match="broken"):
        ModelOnText("broken", copy, text).each_head(report)


@pytest.mark.model
def test_an_encoder_with_a_decoder_is_refused(toy, tmp_path, text):
    from transformers import BartConfig, BartModel

    copy = shutil.copytree(toy, tmp_path / "both")
    sizes = {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "vocab_size": 20}
    BartModel(BartConfig(**sizes, encoder_ffn_dim=16, decoder_ffn_dim=16)).save_pretrained(copy)
    with pytest.raises(InputError, match="expected an encoder or a decoder, found both"):
        ModelOnText("both", copy, text).each_head(report)


@pytest.mark.model
def test_attention_that_is_no_plain_product_is_refused(toy, tmp_path, text):
    from transformers import Gemma2Config, Gemma2Model

    copy = shutil.copytree(toy, tmp_path / "capped")
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "head_dim": 8}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 20}
    Gemma2Model(Gemma2Config(**sizes, **heads)).save_pretrained(copy)
    with pytest.raises(InputError, match="cannot do the attention of Gemma2Model"):
        ModelOnText("capped", copy, text).each_head(report)
