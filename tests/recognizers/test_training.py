import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from locality.theory.expressivity.types import GLOBAL, hybrid, local
from locality.verify.recognizers.languages import language
from locality.verify.recognizers.samples import Sampler
from locality.verify.recognizers.training import (
    PATTERNS,
    Learner,
    Plan,
    Words,
    attention_maps,
    head_windows,
    loss,
    says,
    train,
)

SMALL = Plan(layers=2, width=16, longest=24, words=32, steps=120)


def learner(name, letters=3):
    torch.manual_seed(4)
    return Learner(SMALL, PATTERNS[name], letters).double().eval()


def test_heads_by_hand():
    assert head_windows(local(2), 4) == (2, 2, 2, 2)
    assert head_windows(hybrid(3), 4) == (3, 3, None, None)
    assert head_windows(GLOBAL, 4) == (None,) * 4


@pytest.mark.parametrize("name", PATTERNS)
def test_a_prefix_is_read_as_it_is_read_alone(name):
    model = learner(name)
    words = torch.randint(3, (5, 9), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        together = model.prefixes(words)
        alone = torch.stack([model(words[:, :n]) for n in range(10)], dim=1)
    assert together.shape == (5, 10)
    # Hundreds of roundings in float64, on numbers of at most a few tens.
    assert float((together - alone).abs().max()) < 1e-12
    assert float(together.std(0)[1:].min()) > 1e-6


@pytest.mark.parametrize("name", PATTERNS)
def test_heads_see_what_their_masks_say(name):
    word = np.array([0, 1, 2, 0, 0, 1, 2])
    windows = head_windows(PATTERNS[name], SMALL.heads)
    for layer in attention_maps(learner(name), word):
        assert layer.shape == (SMALL.heads, 8, 8)
        for head, window in zip(layer, windows, strict=True):
            for query, row in enumerate(head):
                seen = range(max(0, query - (window or 8)), query)
                assert [key for key in range(8) if row[key] > 0] == [*seen]
                assert float(row.sum()) == pytest.approx(float(query > 0), abs=1e-12)


def test_a_last_letter_beyond_all_windows_is_not_seen():
    model = learner("local-2")
    words = np.zeros((1, 12), dtype=np.int64)
    other = words.copy()
    other[0, 7] = 1
    with torch.no_grad():
        near, far = model(torch.from_numpy(other)), model(torch.from_numpy(words))
        assert float((near - far).abs()) == 0  # four letters of two layers, all after place 7
        other[0, 8] = 1
        assert float((model(torch.from_numpy(other)) - far).abs()) > 0


def test_no_order_without_masks_of_different_reach():
    model = learner("global")
    with torch.no_grad():
        one, other = (model(torch.tensor([word])) for word in ([0, 1], [1, 0]))
        assert float((one - other).abs()) > 1e-6  # the first letter sees nothing: P tells them
    windows = learner("local-2")
    with torch.no_grad():
        pair = [windows(torch.tensor([[0, 1] * 6 + tail])) for tail in ([], [0])]
    assert float((pair[0] - pair[1]).abs()) < 1e-12


def test_the_loss_weighs_both_sides_alike():
    labels = torch.tensor([[1.0, 0.0, 0.0, 0.0]])
    sure = torch.tensor([[0.0, 50.0, 50.0, 50.0]])
    assert float(loss(torch.zeros(1, 4), labels)) == pytest.approx(math.log(2))
    assert float(loss(sure, labels)) == pytest.approx(math.log(2) / 2 + 25, rel=1e-6)


@pytest.mark.slow
def test_training_stops_when_all_is_right_and_reads_long_words():
    wanted = language("last-a")
    trained = train(wanted, local(1), SMALL, seed=1)
    assert trained.steps < SMALL.steps
    assert trained.prefixes == trained.words == 1
    sampler = Sampler(wanted, 300)
    words = sampler.balanced(300, 16, np.random.default_rng(0))
    assert (says(trained.model, words) == sampler.labels(words)[:, -1]).all()


@pytest.mark.slow
def test_the_seed_fixes_everything_and_leaves_the_callers_alone():
    short = replace(SMALL, steps=3)
    torch.manual_seed(9)
    before = torch.get_rng_state()
    one, same, other = (train(language("last-a"), local(1), short, seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    weights = [trained.model.read.weight for trained in (one, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_words_that_are_held_out_are_others():
    known, held_out = (Words(language("dyck-2"), 20, 8, seed) for seed in (1, 1001))
    assert known.lengths == held_out.lengths == [*range(2, 21, 2)]
    assert not torch.equal(known.of(20)[0], held_out.of(20)[0])
    words, labels = known.batch(4, torch.Generator().manual_seed(0))
    assert words.shape[0] == 4
    assert labels.shape == (4, words.shape[1] + 1)
