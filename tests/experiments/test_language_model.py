import math

import pytest
import torch

from locality.kernels import attend
from locality.verify.experiments import language_model
from locality.verify.experiments.language_model import (
    Model,
    Plan,
    corpus,
    lines,
    loss,
    single_thread,
    trained,
    validation,
    windows,
)

TINY = Plan(layers=2, width=16, heads=2, context=32, batch=4, steps=12, every=5)


@pytest.fixture
def model():
    torch.manual_seed(3)
    return Model(TINY, len(corpus().alphabet)).eval()


def test_a_newline_is_in_the_line_it_ends():
    a, newline = 5, corpus().alphabet.index("\n")
    assert newline == 0
    assert lines(torch.tensor([[a, a, newline, newline, a]])).tolist() == [[0, 0, 0, 1, 2]]


def test_held_out_text_is_the_end_of_each_play():
    text = corpus()
    spoken = "".join(text.alphabet[k] for k in text.held_out)
    assert "snares of watchful tyranny" in spoken
    assert "This was the noblest Roman of them all" in spoken
    assert 0.09 < len(text.held_out) / (len(text.train) + len(text.held_out)) < 0.11


def test_windows_cover_the_text_once():
    text = torch.arange(100)
    seen, following = windows(text, 32)
    assert seen.flatten().tolist() == list(range(96))
    assert torch.equal(following, seen + 1)
    assert windows(text, 32, most=2)[0][:, 0].tolist() == [0, 64]


@pytest.mark.parametrize("dial", [0.0, 1.5, math.inf])
def test_a_layer_attends_as_attend_does(model, dial):
    tokens = windows(corpus().held_out, TINY.context, 4)[0]
    layer, line, state = model.layers[0], lines(tokens), model.embedded(tokens)
    q, k, v = layer.projected(state)
    tau = math.sqrt(q.shape[-1])
    seen = attend(
        q, k, v, blocks=line, relevant=line, dial=dial * tau, mask="causal", backend="reference"
    )
    said = layer.out(seen.output.transpose(1, 2).flatten(2))
    said = said + layer.down(torch.relu(layer.up(language_model.unit(state))))
    found = layer.branch(state, language_model.biases(line, dial))
    # Rows of 32 float32 terms in the average and 16 or 64 in the products.
    assert (found - said).abs().max() <= 256 * 2**-24 * said.abs().max()


def test_no_character_sees_what_follows_it(model):
    tokens = windows(corpus().held_out, TINY.context, 1)[0]
    changed = tokens.clone()
    changed[0, 20:] = 7
    before, after = (model(each, [0.5, 0.5]) for each in (tokens, changed))
    assert torch.equal(before[0, :20], after[0, :20])
    assert not torch.equal(before[0, 20:], after[0, 20:])


def test_at_an_infinite_dial_other_lines_do_not_matter(model):
    every = windows(corpus().held_out, TINY.context)[0]
    tokens = every[lines(every).amax(-1).argmax()].unsqueeze(0)
    own = lines(tokens)[0] == lines(tokens).max()
    assert not own.all()
    changed = torch.where(own | (tokens == 0), tokens, 9)
    before, after = (model(each, [math.inf] * 2)[0, own] for each in (tokens, changed))
    assert torch.equal(before, after)
    before, after = (model(each, [3.0] * 2)[0, own] for each in (tokens, changed))
    assert not torch.equal(before, after)


@pytest.mark.slow
def test_training_learns(tmp_path):
    plan = Plan(layers=2, width=16, heads=2, context=32, batch=8, steps=60, every=100)
    with single_thread():
        learned = trained(plan, [0.0, 0.0], seed=1, folder=tmp_path)
    uniform = math.log(len(corpus().alphabet))
    assert validation(learned, plan, [0.0, 0.0], 32) < uniform - 0.5


def _weights(model):
    return torch.cat([weight.flatten() for weight in model.parameters()])


@pytest.mark.slow
def test_training_is_the_same_again_for_a_seed_and_another_for_another(tmp_path):
    with single_thread():
        one, same, other = (
            _weights(trained(TINY, [0.7, 0.7], seed, tmp_path / str(k)))
            for k, seed in enumerate((1, 1, 2))
            if (tmp_path / str(k)).mkdir() is None
        )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


@pytest.mark.slow
def test_an_interrupted_training_goes_on_bit_for_bit(tmp_path, monkeypatch):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    whole.mkdir()
    broken.mkdir()
    steps = []

    def stopping(*arguments):
        steps.append(1)
        if len(steps) == 9:
            raise KeyboardInterrupt
        return loss(*arguments)

    with single_thread():
        expected = _weights(trained(TINY, [0.7, 0.7], 1, whole))
        monkeypatch.setattr(language_model, "loss", stopping)
        with pytest.raises(KeyboardInterrupt):
            trained(TINY, [0.7, 0.7], 1, broken)
        steps[:] = [0] * 20
        found = _weights(trained(TINY, [0.7, 0.7], 1, broken))
    assert len(steps) == 20 + TINY.steps - TINY.every
    assert torch.equal(found, expected)
