"""What a model's layer hands over: read as what it is, or refused by name."""

import pytest
import torch
from kernel_models import WORDS, causal

from locality.kernels import NotSupported
from locality.kernels.huggingface import _attention, listen, record
from locality.theory import InputError


@pytest.mark.model
@pytest.mark.parametrize("kind", ["Gemma2", "GptOss"])
def test_a_model_that_sdpa_cannot_compute_is_refused(kind):
    model = causal(kind, head_dim=8)
    with pytest.raises(NotSupported, match=f"the attention of {kind}"), record(model):
        pass


@pytest.mark.model
def test_what_is_no_model_is_refused():
    with pytest.raises(InputError, match="expected a transformers model"), record(torch.nn.ReLU()):
        pass


@pytest.mark.model
def test_blocks_beside_cross_attention_are_refused():
    from transformers import BartConfig, BartModel

    sizes = {"d_model": 16, "vocab_size": 9, "encoder_layers": 1, "decoder_layers": 1}
    sizes |= {"encoder_attention_heads": 2, "decoder_attention_heads": 2}
    model = BartModel(BartConfig(**sizes)).eval()
    with pytest.raises(NotSupported, match="cross-attention"), record(model, blocks=4):
        pass
    with torch.no_grad(), record(model) as recorded:
        model(input_ids=WORDS, decoder_input_ids=WORDS[:, :4])
    assert [layer.lse.shape[2] for layer in recorded.layers] == [13, 4, 4]


@pytest.mark.model
def test_dropout_in_training_is_refused():
    model = causal(attention_dropout=0.1).train()
    with pytest.raises(NotSupported, match=r"dropout in training \(p = 0.1\)"), record(model):
        model(WORDS)
    model(WORDS)


class Parrot:
    """A model whose one attention layer is handed what a test wants."""

    def __new__(cls, **handed):
        from transformers import LlamaConfig, PreTrainedModel

        class Layer(torch.nn.Module):
            def forward(self, mask=None):
                q = torch.ones(1, 2, 3, 4)
                return _attention(self, q, q, q, mask, **handed)[0]

        class Model(PreTrainedModel):
            config_class, _supports_sdpa = LlamaConfig, True

            def __init__(self, config):
                super().__init__(config)
                self.layer = Layer()
                self.config._attn_implementation = "sdpa"

            def forward(self, mask=None):
                return self.layer(mask)

            @classmethod
            def _can_set_attn_implementation(cls):
                return True

        return Model(LlamaConfig())


HANDED = [
    ({"softcap": 50.0}, "logit softcapping"),
    ({"s_aux": torch.ones(2)}, "attention sinks"),
    ({"position_bias": torch.ones(1, 2, 3, 3)}, "a position bias"),
    ({"head_mask": torch.ones(2)}, "a head mask"),
    ({"cache": object()}, "a paged cache"),
    ({"dropout": 0.5}, "dropout in training"),
]


@pytest.mark.model
@pytest.mark.parametrize(("handed", "words"), HANDED, ids=[words for _, words in HANDED])
def test_scores_that_are_no_plain_products_are_refused(handed, words):
    model = Parrot(**handed)
    with pytest.raises(NotSupported, match=words), record(model):
        model()


@pytest.mark.model
def test_a_bias_hidden_in_the_mask_is_refused():
    model, mask = Parrot(), torch.zeros(1, 1, 3, 3)
    mask[..., 2] = -0.5
    with pytest.raises(NotSupported, match="a bias in the attention mask"), record(model):
        model(mask)
    mask[..., 2] = torch.nan
    with pytest.raises(NotSupported, match="a bias in the attention mask"), record(model):
        model(mask)
    with pytest.raises(NotSupported, match="an attention mask of shape"), record(model):
        model(mask[0, 0])


@pytest.mark.model
def test_an_additive_mask_hides_and_scaling_is_a_temperature():
    least = torch.finfo(torch.float32).min
    mask = torch.tensor([[0, least, least], [0, 0, least], [0, 0, 0]])[None, None]
    calls = []
    with listen(model := Parrot(scaling=0.25), calls.append):
        model(mask)
    assert calls[0].temperature == 4
    with record(model) as recorded:
        model(mask)
    expected = torch.tensor([1.0, 2.0, 3.0]).log().expand(1, 2, 3)
    torch.testing.assert_close(recorded.layers[0].entropy, expected)
    torch.testing.assert_close(recorded.layers[0].lse, expected + 1)
