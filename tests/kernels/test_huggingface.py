"""A model's recorded statistics, against what its eager attention says of itself."""

import copy

import pytest
import torch
from kernel_models import WORDS, causal

from locality.kernels import AuxRequest, NotSupported, RowStatus, pattern_statistics
from locality.kernels.huggingface import record
from locality.theory import InputError

ASKED = AuxRequest(entropy=True, fidelity=True, leakage=True, block_mass=True)
TOLERANCE = 64 * 2.0**-23  # some tens of float32 roundings: both sides sum a few dozen terms


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
