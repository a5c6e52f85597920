"""Caches of a hand-made model: what is read is what the arrays say, whatever form they have."""

import math

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from locality.kernels import pattern_statistics, row_statistics
from locality.theory import InputError
from locality.verify.inspection.cache import cache_heads, is_cache
from locality.verify.inspection.rows import report
from locality.verify.inspection.source import file_heads

CAUSAL = torch.ones(6, 6).tril().bool()
BLOCKS = torch.tensor([0, 0, 0, 1, 1, 1])


def cache(batch=1, layers=2):
    """A cache of two layers of four heads on two key heads, six positions, three dimensions."""
    torch.manual_seed(4)
    made = {}
    for layer in range(layers):
        q, k = torch.randn(batch, 6, 4, 3), torch.randn(batch, 6, 2, 3)
        wide = k.repeat_interleave(2, dim=2)
        scores = torch.einsum("bqhd,bkhd->bhqk", q, wide) / math.sqrt(3)
        scores = scores.masked_fill(~CAUSAL, -math.inf)
        found = {"q": q, "k": k, "v": k, "attn_scores": scores, "pattern": scores.softmax(-1)}
        made |= {f"blocks.{layer}.attn.hook_{name}": value for name, value in found.items()}
    made |= {"hook_embed": torch.zeros(batch, 6, 12), "blocks": BLOCKS, "relevant": BLOCKS}
    return made


def only(found, *hooks, **more):
    kept = {k: v for k, v in found.items() if not k.startswith("blocks.") or k.endswith(hooks)}
    return kept | more


FORMS = {
    "scores": only(cache(), "hook_attn_scores"),
    "pattern": only(cache(), "hook_pattern"),
    "q and k": only(cache(), "hook_q", "hook_k", visible=CAUSAL),
    "everything": cache(),
}


@pytest.mark.parametrize("form", FORMS)
def test_all_forms_tell_the_same(form):
    heads = [report(head) for head in cache_heads(FORMS[form])]
    assert [(head.layer, head.head) for head in heads] == [(i, j) for i in (0, 1) for j in range(4)]
    for head in heads:
        pattern = cache()[f"blocks.{head.layer}.attn.hook_pattern"][:, head.head : head.head + 1]
        expected = pattern_statistics(pattern, BLOCKS[:, None] == BLOCKS)
        usable = expected.status == 0
        assert head.status == {"ok": 3, "no other key": 3}
        assert head.leakage == pytest.approx(float(expected.leakage[usable].mean()), rel=1e-5)
        assert head.entropy == pytest.approx(float(expected.entropy[usable].mean()), rel=1e-5)
        distance = (torch.arange(6)[:, None] - torch.arange(6)).abs()
        mean = float((pattern[0, 0] * distance).sum() / 6)
        assert head.distance.mean == pytest.approx(mean, rel=1e-5)
        assert sum(head.distance.mass) == pytest.approx(1)
        assert head.invalid == 0


def test_entries_of_a_batch_are_rows_of_one_head():
    made = cache(batch=3)
    heads = [report(head) for head in cache_heads(made)]
    assert len(heads) == 8
    scores = made["blocks.1.attn.hook_attn_scores"][:, 2:3]
    expected = row_statistics(scores, BLOCKS[:, None] == BLOCKS)
    assert heads[6].status == {"ok": 9, "no other key": 9}
    usable = expected.status == 0
    assert heads[6].leakage == pytest.approx(float(expected.leakage[usable].mean()), rel=1e-12)


def test_rotated_queries_come_before_plain_ones():
    made = only(cache(layers=1), "hook_q", "hook_k", visible=CAUSAL)
    plain = report(next(cache_heads(made)))
    made["blocks.0.attn.hook_rot_q"] = torch.zeros(1, 6, 4, 3)
    made["blocks.0.attn.hook_rot_k"] = torch.zeros(1, 6, 2, 3)
    rotated = report(next(cache_heads(made)))
    assert rotated.entropy == pytest.approx(np.log([4, 5, 6]).mean())
    assert plain.entropy < rotated.entropy


@pytest.mark.parametrize("kind", ["npz", "safetensors"])
def test_files_with_such_names(tmp_path, kind):
    path, made = tmp_path / f"cache.{kind}", cache()
    if kind == "npz":
        np.savez(path, **{name: value.numpy() for name, value in made.items()})
    else:
        save_file({name: value.contiguous().clone() for name, value in made.items()}, path)
    found = [report(head) for head in file_heads(path, None)]
    assert found == [report(head) for head in cache_heads(made)]
    assert [report(head).led for head in file_heads(path, 1)] == [5] * 8


def test_probabilities_that_do_not_add_up_are_invalid_rows():
    made = only(cache(), "hook_pattern")
    made["blocks.1.attn.hook_pattern"][0, 3, 5] *= 1.01
    assert [report(head).invalid for head in cache_heads(made)] == [0] * 7 + [1]


def test_only_names_of_attention_make_a_cache():
    assert is_cache(cache())
    assert not is_cache({"q": 1, "blocks": 2, "blocks.0.hook_resid_pre": 3})


WRONG = [
    (only(cache(), "hook_q", "hook_k"), r"hook_q without scores or pattern: expected visible"),
    (only(cache(), "hook_v"), r"blocks.0.attn.hook_v: expected blocks.0.attn.hook_attn_scores"),
    (only(cache(), "hook_q"), r"blocks.0.attn.hook_q: expected"),
    (cache() | {"blocks": BLOCKS[:4]}, r"attn_scores: blocks \(4,\), relevant \(6,\): expected"),
    ({k: v for k, v in cache().items() if k != "relevant"}, "relevant is missing"),
    (
        cache() | {"blocks.1.attn.hook_attn_scores": torch.zeros(4, 6, 6)},
        r"blocks.1.attn.hook_attn_scores: scores \(4, 6, 6\): expected \(batch, heads",
    ),
    (
        only(cache(), "hook_pattern")
        | {"blocks.0.attn.hook_pattern": torch.ones(1, 4, 6, 6).int()},
        "expected a non-empty float array",
    ),
    (
        only(cache(), "hook_q", "hook_k", visible=CAUSAL)
        | {"blocks.0.attn.hook_k": torch.zeros(1, 6, 3, 3)},
        "4 query heads, 3 key heads: expected a multiple",
    ),
    (
        only(cache(), "hook_q", "hook_k", visible=CAUSAL)
        | {"blocks.0.attn.hook_k": torch.zeros(6, 2, 3)},
        r"hook_k \(6, 2, 3\): expected \(batch, positions, heads, dim\)",
    ),
    (
        cache() | {"blocks.0.attn.hook_attn_scores": torch.full((1, 4, 6, 6), math.nan)},
        r"scores\[0, 0, 0, 0\] = nan",
    ),
    (
        cache() | {"blocks.0.attn.hook_attn_scores": torch.zeros(1, 4, 6, 6).bfloat16()},
        "torch.bfloat16: expected float16, float32 or float64",
    ),
]


@pytest.mark.parametrize(("made", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_wrong_entry_is_named(made, words):
    with pytest.raises(InputError, match=words):
        [report(head) for head in cache_heads(made)]
