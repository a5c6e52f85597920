"""A model that is recorded computes, and stays, what it was."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from kernel_models import WORDS, causal

from locality.kernels import AuxRequest
from locality.kernels.huggingface import NAME, record, register
from locality.theory import InputError


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
