"""Encoders as hierarchies of local means: equal outputs, true neighbours, and what is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from locality.kernels.localization.hierarchical import HierarchicalLocalModel
from locality.theory import InputError

TOLERANCE = 1e-12
PADDING = torch.tensor([[False] * 9, [False] * 6 + [True] * 3, [True] * 2 + [False] * 7])


def drawn(*shape, seed=0):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def layer(seed=1, heads=4, **options):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made = nn.TransformerEncoderLayer(
            16, heads, 24, batch_first=True, dtype=torch.float64, **options
        )
        for parameter in made.parameters():  # norms and offsets too
            nn.init.normal_(parameter, std=0.5)
    return made.eval()


def encoder(**options):
    last = nn.LayerNorm(16, dtype=torch.float64)
    return nn.TransformerEncoder(layer(**options), 3, norm=last, enable_nested_tensor=False).eval()


def close(ours, theirs):
    off, size = (ours - theirs).detach(), theirs.detach()
    return float(off.abs().max()) <= TOLERANCE * float(size.abs().max())


@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu", nn.GELU()])
@pytest.mark.parametrize("heads", [1, 4, 16])
def test_a_layer_is_the_module(norm_first, activation, heads):
    theirs = layer(norm_first=norm_first, activation=activation, heads=heads)
    ours = HierarchicalLocalModel.from_encoder(theirs)
    x = drawn(3, 9, 16)
    with torch.no_grad():
        assert close(ours(x), theirs(x))
        padded = theirs(x, src_key_padding_mask=PADDING)
        assert close(ours(x, ~PADDING)[~PADDING], padded[~PADDING])


@pytest.mark.parametrize("options", [{}, {"norm_first": True}, {"bias": False}])
def test_a_stack_is_the_module(options):
    theirs = encoder(**options)
    ours, x = HierarchicalLocalModel.from_encoder(theirs), drawn(2, 7, 16)
    with torch.no_grad():
        assert close(ours(x), theirs(x))
        assert close(ours(x[0]), theirs(x[:1])[0])
        assert close(ours(x[:, :1]), theirs(x[:, :1]))
    assert len(ours.layers) == 3


def test_another_seed_is_another_module():
    ours, x = HierarchicalLocalModel.from_encoder(layer(seed=1)), drawn(2, 7, 16)
    with torch.no_grad():
        assert not close(ours(x), layer(seed=2)(x))


def test_neighbours_are_the_modules_own_weights():
    theirs = layer()
    ours, x = HierarchicalLocalModel.from_encoder(theirs).layers[0], drawn(3, 9, 16)
    with torch.no_grad():
        _, weights = theirs.self_attn(x, x, x, key_padding_mask=PADDING, average_attn_weights=False)
        found = ours.neighbours(x, ~PADDING)
    assert torch.allclose(found.weights.sum(-1), torch.ones(3, 4, 9, dtype=torch.float64))
    seen = (~PADDING)[:, None, :].expand(3, 4, 9)
    assert close(found.weights[seen], weights[seen])
    p = weights[seen].clamp(min=1e-300)
    assert close(found.entropy[seen], -(p * p.log()).sum(-1))
    assert close(found.effective[seen], 1 / p.square().sum(-1))
    tokens, shares = found.nearest(2)
    assert torch.equal(found.weights.gather(-1, tokens), shares)
    assert (shares[..., 0] >= shares[..., 1]).all()


def test_equal_tokens_are_everybodys_equal_neighbours():
    ours = HierarchicalLocalModel.from_encoder(layer()).layers[0]
    found = ours.neighbours(torch.ones(4, 16, dtype=torch.float64))
    assert torch.allclose(found.weights, torch.full((1, 4, 4, 4), 0.25, dtype=torch.float64))
    assert torch.allclose(found.effective, torch.full((1, 4, 4), 4.0, dtype=torch.float64))
    assert torch.allclose(found.entropy, torch.full((1, 4, 4), np.log(4.0), dtype=torch.float64))


@pytest.mark.parametrize("norm_first", [False, True])
def test_permuted_tokens_give_permuted_outputs(norm_first):
    ours = HierarchicalLocalModel.from_encoder(encoder(norm_first=norm_first))
    x, order = drawn(2, 9, 16), torch.tensor([4, 0, 8, 1, 7, 2, 6, 3, 5])
    assert close(ours(x[:, order]), ours(x)[:, order])


@pytest.mark.parametrize("norm_first", [False, True])
def test_heads_kept_to_blocks_change_by_at_most_the_bound(norm_first):
    ours = HierarchicalLocalModel.from_encoder(layer(norm_first=norm_first)).layers[0]
    found = ours.kept_to([0, 0, 0, 1, 1, 2, 2, 2, 2], drawn(3, 9, 16))
    assert (found.change <= found.bound).all()
    assert (found.change > 0).all()
    assert found.leakage.shape == (3, 4, 9)


def test_one_head_that_says_one_thing_inside_and_another_outside_attains_the_bound():
    made = layer(heads=1)
    with torch.no_grad():
        made.self_attn.in_proj_weight[32:] = torch.eye(16)
        made.self_attn.out_proj.weight.copy_(2 * torch.eye(16))
    ours = HierarchicalLocalModel.from_encoder(made).layers[0]
    tokens = torch.stack([torch.ones(16), torch.zeros(16), torch.zeros(16)]).double()
    found = ours.kept_to([0, 1, 1], tokens)
    assert close(found.change, found.bound)
    assert found.gain.detach().numpy() == pytest.approx([2.0])


def test_gradients_reach_the_module():
    theirs, x = layer(dropout=0.0), drawn(2, 7, 16)
    ours = HierarchicalLocalModel.from_encoder(theirs)
    parameters = list(theirs.parameters())
    expected = torch.autograd.grad(theirs(x).square().sum(), parameters)
    found = torch.autograd.grad(ours(x).square().sum(), parameters)
    assert all(close(one, other) for one, other in zip(found, expected, strict=True))


def test_a_trained_layer_that_drops_is_refused():
    with pytest.raises(InputError, match=r"self_attn drops 0.1 in train mode: expected eval mode"):
        HierarchicalLocalModel.from_encoder(layer().train())
    HierarchicalLocalModel.from_encoder(layer(dropout=0.0).train())


def test_what_dropout_leaves_is_no_mean():
    """The same tokens everywhere: a mean of them is that token, dropout's sum is not."""
    theirs = layer(dropout=0.5)
    x = torch.ones(1, 9, 16, dtype=torch.float64)
    means = HierarchicalLocalModel.from_encoder(theirs)(x)
    assert close(means, means[:, :1].expand_as(means))
    for part in theirs.modules():
        if isinstance(part, nn.Dropout):
            part.p = 0.0  # only the weights of the heads are dropped
    theirs.train()
    with torch.no_grad(), torch.random.fork_rng():
        torch.manual_seed(0)
        assert not close(theirs(x), means)


class Own(nn.TransformerEncoderLayer):
    """A layer that may compute anything."""


@pytest.mark.parametrize(
    ("module", "message"),
    [
        (nn.Linear(2, 2), "torch.nn.modules.linear.Linear: expected nn.TransformerEncoderLayer"),
        (Own(8, 2).eval(), "Own: expected nn.TransformerEncoderLayer"),
        (
            nn.TransformerEncoder(Own(8, 2), 2, enable_nested_tensor=False).eval(),
            "Own: expected TransformerEncoderLayer itself",
        ),
        (nn.TransformerEncoderLayer(8, 2, activation=torch.tanh).eval(), "activation tanh"),
    ],
)
def test_other_modules_are_refused(module, message):
    with pytest.raises(InputError, match=message):
        HierarchicalLocalModel.from_encoder(module)


def test_attention_to_more_than_the_tokens_is_refused():
    made = layer()
    made.self_attn = nn.MultiheadAttention(16, 4, batch_first=True, add_zero_attn=True).eval()
    with pytest.raises(InputError, match="add_zero_attn: expected self-attention"):
        HierarchicalLocalModel.from_encoder(made)


def test_bad_tokens_masks_and_blocks_are_refused():
    ours = HierarchicalLocalModel.from_encoder(layer()).layers[0]
    x = drawn(3, 9, 16)
    with pytest.raises(InputError, match="x: ndarray: expected floats"):
        ours(x.numpy())
    with pytest.raises(InputError, match=r"x: float64 of shape \(16,\): expected floats"):
        ours(x[0, 0])
    with pytest.raises(InputError, match=r"visible: bool of shape \(8,\) for x"):
        ours(x, torch.ones(8, dtype=torch.bool))
    with pytest.raises(InputError, match="expected booleans"):
        ours(x, torch.ones(9))
    with pytest.raises(InputError, match=r"blocks \[0\]: expected at least two blocks"):
        ours.kept_to([0] * 9, x)
    with pytest.raises(InputError, match="expected one id for each of 9"):
        ours.kept_to([0, 1], x)
    with pytest.raises(InputError, match="count = 10: expected 1 to 9"):
        ours.neighbours(x).nearest(10)


@pytest.mark.model
@pytest.mark.slow
def test_minilm_is_a_hierarchy_of_local_means():
    from locality.verify.instances.models import minilm

    transformers = pytest.importorskip("transformers")
    tokenizer = transformers.AutoTokenizer.from_pretrained(minilm(), local_files_only=True)
    theirs = transformers.AutoModel.from_pretrained(minilm(), local_files_only=True).double().eval()
    ours = HierarchicalLocalModel.from_encoder(theirs)
    texts = ["The quality of mercy is not strained.", "It droppeth as the gentle rain from heaven."]
    given = tokenizer(texts, return_tensors="pt", padding=True)
    seen = given["attention_mask"].bool()
    assert not seen.all()
    with torch.no_grad():
        expected = theirs(**given).last_hidden_state[seen]
        tokens = ours.embed(given["input_ids"], given["token_type_ids"])
        assert close(ours(tokens, seen)[seen], expected)
        wrong = replace(ours, layers=ours.layers[::-1])
        assert not close(wrong(tokens, seen)[seen], expected)
    theirs.train()
    with pytest.raises(InputError, match=r"drops 0.1 in train mode"):
        HierarchicalLocalModel.from_encoder(theirs)
