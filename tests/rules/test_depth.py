"""Where the theorem ends: through depth, or from a cache, a removed rule is still heard."""

import pytest
import torch

from locality.verify.rules import Layer, left_behind
from locality.verify.rules.depth import read, states

DIM = 8


def tokens(count, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, DIM, generator=generator, dtype=torch.float64)


LAYERS = [Layer.drawn(DIM, seed) for seed in range(3)]


@pytest.mark.parametrize("seed", range(5))
def test_removal_restores_the_first_layer_and_no_other(seed):
    rule, old, token = tokens(2, seed), tokens(5, seed + 10), tokens(1, seed + 20)
    first, *deeper = left_behind(rule, old, token, LAYERS)
    assert first == 0
    assert min(deeper) > 1e-3


def test_computing_the_old_tokens_anew_restores_every_layer():
    old, token = tokens(5, 1), tokens(1, 2)
    anew = read(token, states(old, LAYERS), LAYERS)
    whole = torch.cat([old, token])
    for layer, before, found in zip(LAYERS, states(whole, LAYERS), anew, strict=True):
        direct = layer.attended(before, before)[-1:]
        assert torch.allclose(found, direct, rtol=1e-12, atol=1e-12)


def test_a_rule_that_comes_last_leaves_nothing_behind():
    """Causal tokens before the rule never saw it: the boundary is what was computed with it."""
    old, rule, token = tokens(5, 3), tokens(2, 4), tokens(1, 5)
    with_rule = [state[: len(old)] for state in states(torch.cat([old, rule]), LAYERS)]
    pairs = zip(
        read(token, with_rule, LAYERS), read(token, states(old, LAYERS), LAYERS), strict=True
    )
    assert all(torch.allclose(one, other, rtol=1e-12, atol=1e-12) for one, other in pairs)


def test_what_two_layers_keep_by_hand():
    """Scores are 0: the old token reads half of the rule, and the new one half of that."""
    nothing, everything = (torch.full((1, 1), x, dtype=torch.float64) for x in (0.0, 1.0))
    layer = Layer(nothing, nothing, everything)
    assert left_behind(everything, nothing, nothing, [layer, layer]) == [0.0, 0.25]
