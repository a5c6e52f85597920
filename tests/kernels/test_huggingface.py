"""A model's recorded statistics, against what its eager attention says of itself."""

import copy
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from locality.kernels import AuxRequest, NotSupported, RowStatus, pattern_statistics
from locality.kernels.huggingface import NAME, _attention, listen, record, register
from locality.theory import InputError

ASKED = AuxRequest(entropy=True, fidelity=True, leakage=True, block_mass=True)
TOLERANCE = 64 * 2.0**-23  # some tens of float32 roundings: both sides sum a few dozen terms
WORDS = torch.tensor([[1, 5, 3, 7, 2, 8, 4, 6, 1, 2, 3, 5, 7]])


@pytest.fixture(autouse=True)
def same_weights():
    torch.manual_seed(3)


def causal(kind="Llama", **changes):
    """A small random causal model with two query heads on each key head."""
    import transformers

    sizes = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "vocab_size": 9}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.6}
    sizes |= {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    config = getattr(transformers, f"{kind}Config")(**sizes, **heads, **changes)
    return getattr(transformers, f"{kind}ForCausalLM")(config).eval()


def patterns(model, **inputs):
    """The attention probabilities of every layer, from a copy that computes eagerly."""
    eager = copy.deepcopy(model)
    eager.set_attn_implementation("eager")
    with torch.no_grad():
        return eager(**inputs, output_attentions=True).attentions


def agree(recorded, pattern, ids):
    """Entropy, fidelity and block masses are those of the pattern; ids are the keys' blocks."""
    queries, keys = pattern.shape[2:]
    own = ids[keys - queries : keys]
    expected = pattern_statistics(pattern, ids[:keys] == own[:, None])
    member = torch.stack([ids[:keys] == block for block in range(int(ids.max()) + 1)], -1)
    masses = pattern.double() @ member[:keys].double()
    masses = masses[..., : recorded.block_mass.shape[-1]]
    for name, value in (("entropy", expected.entropy), ("fidelity", expected.fidelity)):
        torch.testing.assert_close(
            getattr(recorded, name).double(), value, rtol=TOLERANCE, atol=TOLERANCE
        )
    torch.testing.assert_close(recorded.block_mass.double(), masses, rtol=TOLERANCE, atol=TOLERANCE)
    torch.testing.assert_close(recorded.m, expected.m)
    torch.testing.assert_close(recorded.status, expected.status)


# -- what is recorded --------------------------------------------------------------------------


@pytest.mark.model
def test_a_causal_model_with_shared_key_heads():
    model, ids = causal(), torch.arange(13) // 4
    with torch.no_grad(), record(model, blocks=4, aux=ASKED) as recorded:
        model(WORDS)
    assert recorded.names == ["model.layers.0.self_attn", "model.layers.1.self_attn"]
    assert recorded.layers[0].entropy.shape == (1, 4, 13)
    for layer, pattern in zip(recorded.layers, patterns(model, input_ids=WORDS), strict=True):
        agree(layer, pattern, ids)
        assert layer.rows_by_status()["no other key"] == 16


@pytest.mark.model
def test_decoding_beside_a_cache_gives_the_rows_of_the_whole_text():
    model, ids = causal(), torch.arange(13) // 4
    whole = patterns(model, input_ids=WORDS)
    with torch.no_grad(), record(model, blocks=4, aux=ASKED) as recorded:
        cache = model(WORDS[:, :9], use_cache=True).past_key_values
        for i in range(9, 13):
            model(WORDS[:, i : i + 1], past_key_values=cache)
    assert len(recorded.passes) == 5
    for number, pattern in enumerate(whole):
        agree(recorded.passes[0][number], pattern[:, :, :9, :9], ids)
        for i in range(9, 13):
            row = pattern[:, :, i : i + 1, : i + 1]
            agree(recorded.passes[i - 8][number], row, ids)
    with pytest.raises(InputError, match="5 passes"):
        recorded.layers  # noqa: B018  the access is the point


@pytest.mark.model
@pytest.mark.parametrize("steps", [[13], [5, 8], [9, 1, 1, 2]], ids=str)
def test_a_cache_with_room_to_spare(steps):
    from transformers import StaticCache

    model, ids = causal(), torch.arange(13) // 4
    whole = patterns(model, input_ids=WORDS)
    cache, done = StaticCache(config=model.config, max_cache_len=40), 0
    with torch.no_grad(), record(model, blocks=4, aux=ASKED) as recorded:
        for step in steps:
            model(WORDS[:, done : done + step], past_key_values=cache)
            done += step
    ends = torch.tensor(steps).cumsum(0).tolist()
    for end, step, layers in zip(ends, steps, recorded.passes, strict=True):
        for layer, pattern in zip(layers, whole, strict=True):
            agree(layer, pattern[:, :, end - step : end, :end], ids)


@pytest.mark.model
def test_generation_is_a_pass_a_token():
    model = causal()
    with record(model) as recorded:
        model.generate(WORDS, max_new_tokens=4, min_new_tokens=4, do_sample=False)
    assert [layers[1].entropy.shape[2] for layers in recorded.passes] == [13, 1, 1, 1]


@pytest.mark.model
def test_a_sliding_window():
    model = causal("Mistral", sliding_window=5)
    with torch.no_grad(), record(model, blocks=4, aux=ASKED) as recorded:
        model(WORDS)
    for layer, pattern in zip(recorded.layers, patterns(model, input_ids=WORDS), strict=True):
        agree(layer, pattern, torch.arange(13) // 4)
        assert int((layer.m + layer.c).max()) == 5


@pytest.mark.model
def test_a_cache_that_slides_has_no_blocks():
    from transformers import DynamicCache

    model = causal("Mistral", sliding_window=5)
    whole = patterns(model, input_ids=WORDS)

    def decode(**arguments):
        cache = DynamicCache(config=model.config)
        with torch.no_grad(), record(model, **arguments) as recorded:
            model(WORDS[:, :9], past_key_values=cache)
            model(WORDS[:, 9:10], past_key_values=cache)
        return recorded.passes[1]

    expected = pattern_statistics(whole[1][:, :, 9:10]).entropy.float()
    torch.testing.assert_close(decode()[1].entropy, expected, rtol=TOLERANCE, atol=TOLERANCE)
    with pytest.raises(NotSupported, match="blocks where 5 keys of model"):
        decode(blocks=4)


@pytest.mark.model
@pytest.mark.parametrize("side", ["left", "right"])
def test_padding_is_not_visible(side):
    model = causal()
    padded = WORDS.repeat(2, 1)
    mask = torch.ones_like(padded)
    cut = slice(0, 3) if side == "left" else slice(10, 13)
    padded[1, cut] = mask[1, cut] = 0
    with torch.no_grad(), record(model) as recorded:
        model(padded, attention_mask=mask)
    seen = mask[:, None, None, :].bool() & torch.ones(13, 13).tril().bool()
    whole = patterns(model, input_ids=padded, attention_mask=mask)
    for layer, pattern in zip(recorded.layers, whole, strict=True):
        expected = pattern_statistics(pattern, visible=seen)
        live = expected.status == RowStatus.OK
        assert bool((layer.status == expected.status).all())
        torch.testing.assert_close(
            layer.entropy[live].double(), expected.entropy[live], rtol=TOLERANCE, atol=TOLERANCE
        )


@pytest.mark.model
def test_an_encoder_with_sentences_of_its_own(minilm):
    model, tokenizer = minilm
    inputs = tokenizer(["Who is there? Nay, answer me.", "Stand."], padding=True)
    inputs = {name: torch.tensor(value) for name, value in inputs.items()}
    ids = torch.tensor([[-1, 0, 0, 0, 0, 1, 1, 1, 1, 1, -1], [-1, 0, 0, -1, *[-1] * 7]])
    with torch.no_grad(), record(model, blocks=ids, aux=AuxRequest.everything()) as recorded:
        model(**inputs)
    seen = inputs["attention_mask"][:, None, None, :].bool()
    own = ((ids[:, :, None] == ids[:, None]) & (ids[:, :, None] >= 0))[:, None]
    assert len(recorded.layers) == 6
    for layer, pattern in zip(recorded.layers, patterns(model, **inputs), strict=True):
        expected = pattern_statistics(pattern, own, seen)
        for name in ("entropy", "fidelity", "leakage", "m", "c", "status"):
            found, wanted = getattr(layer, name).double(), getattr(expected, name).double()
            torch.testing.assert_close(found, wanted, rtol=TOLERANCE, atol=TOLERANCE)
        nowhere = layer.status == RowStatus.RELEVANT_NOT_VISIBLE
        assert int(nowhere.sum()) == 12 * (2 + 9)
        assert layer.margin[nowhere].isnan().all()
        assert layer.certificate.fidelity[nowhere].isnan().all()
        assert (layer.local_output[nowhere] == 0).all()
        assert (layer.certificate.fidelity <= layer.fidelity)[~nowhere].all()


@pytest.mark.model
def test_only_what_was_asked_for_is_there():
    model = causal()
    with record(model, blocks=lambda keys: [(0, 2), (2, keys)], relevant=1) as recorded:
        model(WORDS)
    layer = recorded.layers[0]
    assert layer.output.shape == (1, 4, 13, 0)
    assert (layer.fidelity, layer.block_mass, layer.margin) == (None, None, None)
    assert layer.c[0, 0].tolist() == [1, *[2] * 12]
    with record(model, blocks=4, aux=AuxRequest()) as recorded:
        model(WORDS)
    assert (recorded.layers[0].entropy, recorded.layers[0].m) == (None, None)


# -- the model stays what it was ---------------------------------------------------------------


@pytest.fixture(scope="module")
def minilm():
    from transformers import AutoModel, AutoTokenizer

    from locality.verify.instances.models import minilm

    tokenizer = AutoTokenizer.from_pretrained(minilm(), local_files_only=True)
    return AutoModel.from_pretrained(minilm(), local_files_only=True).eval(), tokenizer


def outcome(model):
    """Logits of a prompt and of more words after it, and gradients of the prompt's."""
    model.zero_grad()
    first = model(WORDS[:, :9], use_cache=True)
    first.logits.sum().backward()
    then = model(WORDS[:, 9:], past_key_values=first.past_key_values).logits
    return [first.logits, then, *[weight.grad.clone() for weight in model.parameters()]]


@pytest.mark.model
@pytest.mark.parametrize("kind", ["Llama", "Mistral", "Qwen2"])
def test_logits_and_gradients_are_those_of_sdpa_bit_for_bit(kind):
    model = causal(kind)
    model.set_attn_implementation("sdpa")
    plain = outcome(model)
    with record(model, aux=AuxRequest(entropy=True, max_score=True)) as recorded:
        heard = outcome(model)
    assert len(recorded.passes) == 2
    assert all(torch.equal(*pair) for pair in zip(plain, heard, strict=True))


@pytest.mark.model
def test_an_encoder_s_output_is_that_of_sdpa_bit_for_bit(minilm):
    model, tokenizer = minilm
    inputs = tokenizer(["Who is there?", "Stand, and unfold yourself."], padding=True)
    inputs = {name: torch.tensor(value) for name, value in inputs.items()}
    with torch.inference_mode(), record(model, blocks=4):
        heard = model(**inputs)[0]
    with torch.inference_mode():
        assert torch.equal(model(**inputs)[0], heard)


@pytest.mark.model
@pytest.mark.parametrize("former", ["sdpa", "eager", NAME])
def test_the_former_attention_comes_back_even_after_an_error(former):
    model = causal()
    register()
    model.set_attn_implementation(former)
    with pytest.raises(ZeroDivisionError), record(model):
        1 / int(model.config._attn_implementation != NAME)
    assert model.config._attn_implementation == former
    with pytest.raises(InputError, match="block ids from 7"), record(model, blocks=[7] * 7):
        model(WORDS[:, :7])
    assert not model._forward_hooks
    assert not model._forward_pre_hooks
    model(WORDS)
    with record(model) as recorded:
        model(WORDS)
    assert len(recorded.layers) == 2


@pytest.mark.model
def test_one_record_a_model_and_any_number_of_models():
    first, second = causal(), causal()
    with record(first) as one, record(second) as two:
        first(WORDS)
        second(WORDS[:, :5])
        with pytest.raises(InputError, match="is being recorded"), record(first):
            pass
        with pytest.raises(InputError, match="is being recorded"), record(first.model):
            pass
        first(WORDS)
    assert [len(recorded.passes) for recorded in (one, two)] == [2, 1]
    assert two.layers[0].entropy.shape == (1, 4, 5)


@pytest.mark.model
def test_models_are_recorded_in_parallel():
    texts = [WORDS[:, : 4 + i] for i in range(6)]

    def recorded_alone(model, text):
        with torch.no_grad(), record(model) as recorded:
            for _ in range(5):
                model(text)
        assert len(recorded.passes) == 5
        return recorded.passes[-1][1].entropy

    models = [causal() for _ in texts]
    with ThreadPoolExecutor(3) as threads:
        together = list(threads.map(recorded_alone, models, texts))
    alone = map(recorded_alone, models, texts)
    assert all(torch.equal(*pair) for pair in zip(together, alone, strict=True))


@pytest.mark.model
def test_a_model_may_be_loaded_with_the_registered_name(tmp_path):
    from transformers import LlamaForCausalLM

    plain = causal()
    plain.save_pretrained(tmp_path)
    register()
    model = LlamaForCausalLM.from_pretrained(tmp_path, attn_implementation=NAME).eval()
    with torch.no_grad(), record(model) as recorded:
        assert torch.equal(model(WORDS).logits, plain(WORDS).logits)
    assert len(recorded.layers) == 2
    assert model.config._attn_implementation == NAME


@pytest.mark.model
def test_a_part_called_alone_is_no_pass():
    model = causal()
    with record(model) as recorded:
        model.model(WORDS)
    with pytest.raises(InputError, match="0 passes"):
        recorded.layers  # noqa: B018  the access is the point


# -- refusals ----------------------------------------------------------------------------------


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
