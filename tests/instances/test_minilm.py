from collections import Counter

import numpy as np
import pytest

from locality.theory import InputError
from locality.verify.instances import STRATA, Instance, Stream, family
from locality.verify.instances.minilm import reading, rows, scenes
from locality.verify.instances.models import Layer


def layer():
    """Two heads of three tokens, key j scoring 1, 3, 2 in the first head and its double after."""
    k = np.array([[[1.0], [3.0], [2.0]]] * 2, dtype=np.float32)
    q = np.ones((2, 3, 1), dtype=np.float32) * np.array([1, 2], dtype=np.float32)[:, None, None]
    return Layer(q=q, k=k, v=10 * k, temperature=0.5, visible=None)


def test_rows_of_a_layer_by_hand(monkeypatch):
    monkeypatch.setattr("locality.verify.instances.minilm.BEST", (1,))
    best, pair = rows(layer(), np.array([0, 0, -1]), with_values=True)
    assert best.m == 1
    assert best.scores.tolist() == [[3, 2, 1]] * 3 + [[6, 4, 2]] * 3
    assert best.values[3, :, 0].tolist() == [30, 20, 10]
    assert pair.m == 2
    assert pair.scores.tolist() == [[1, 3, 2]] * 2 + [[2, 6, 4]] * 2
    assert pair.temperature.tolist() == [0.5] * 4
    assert [STRATA[s] for s in best.stratum] == ["[1,8)"] * 6
    assert [STRATA[s] for s in pair.stratum] == ["negative"] * 4


def test_keys_shared_by_heads_give_each_its_values():
    shared = layer()
    shared = Layer(shared.q, shared.k[:1], shared.v[:1], 1.0, None)
    batch = next(rows(shared, np.array([0, 0, -1]), with_values=True))
    assert batch.values[5, :, 0].tolist() == [30, 20, 10]


def test_twelve_scenes_come_with_the_project():
    assert len(scenes()) == 12
    assert scenes()[0].title == "The Tempest, Act 1, Scene 1"
    assert all("=" not in scene.text and "#" not in scene.text for scene in scenes())


@pytest.mark.parametrize("shard", [-1, 72])
def test_shards_beyond_the_scenes_are_refused(shard):
    with pytest.raises(InputError, match=f"shard {shard} of minilm"):
        list(family("minilm").draw(Stream(7, "minilm"), shard, frozenset()))


def test_a_number_of_keys_is_refused():
    with pytest.raises(InputError, match="n = 64 for minilm"):
        list(family("minilm").draw(Stream(7, "minilm"), 0, frozenset(), 64))


@pytest.mark.model
def test_no_scene_is_cut_and_every_one_has_sentences():
    for scene in range(len(scenes())):
        read = reading(scene)
        assert (read.tokens[0], read.tokens[-1]) == ("[CLS]", "[SEP]")
        assert read.spans.max() == len(read.text)
        assert read.sentences().max() >= 1


@pytest.mark.model
def test_margins_of_sentences_are_almost_never_positive_those_of_best_keys_always():
    found = Counter()
    for shard in range(0, 72, 8):
        for batch in family("minilm").draw(Stream(7, "minilm"), shard, frozenset()):
            best = bool((np.diff(batch.scores[:, : batch.m], axis=1) <= 0).all())
            found[best, "applicable"] += int((batch.stratum > 0).sum())
            found[best, "drawn"] += batch.size
    assert found[True, "applicable"] == found[True, "drawn"] >= 15_000
    assert found[False, "drawn"] >= 5_000
    assert found[False, "applicable"] < 0.01 * found[False, "drawn"]


@pytest.mark.model
def test_rows_of_the_model_survive_as_bytes():
    extras = frozenset({"values", "query", "dial"})
    batch = next(family("minilm").draw(Stream(7, "minilm"), 5, extras))
    found = batch.instance(100)
    assert found.values.shape == (1, batch.n, 32)
    assert found.query.shape == (1, 32)
    again = Instance.from_bytes(found.to_bytes())
    assert (again.scores == found.scores).all()
    assert (again.values == found.values).all()
    assert (again.query == found.query).all()
