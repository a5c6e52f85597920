import numpy as np
import pytest

from locality.verify.instances import EXTRAS, Stream, family
from locality.verify.instances.heads import EXPONENTS, HEAD, QUERIES, WIDTH, _matrices, _tokens
from locality.verify.instances.layout import micro_batches, scale


def draw(shard, extras=frozenset()):
    return list(family("heads").draw(Stream(7, "heads"), shard, extras))


def dot_products(place):
    """The scores of the first head of a micro-batch, in Python's whole numbers."""
    stream = Stream(7, "heads")
    queries = _tokens(stream, "queries", place, QUERIES)
    keys = _tokens(stream, "keys", place, place.n)
    weights = [
        _matrices(stream, f"{name}-weights", place, WIDTH, HEAD) for name in ("query", "key")
    ]
    q, k, wq, wk = (array[0].astype(int).astype(object) for array in (queries, keys, *weights))
    return (q @ wq) @ (k @ wk).T


@pytest.mark.parametrize("turn", [2, 3, 7])
def test_dot_products_are_exact(turn):
    place = list(micro_batches(1))[turn]
    batch = draw(1)[turn]
    by = scale(Stream(7, "heads"), place, EXPONENTS)
    found = (batch.scores[:QUERIES] - by.offset[:QUERIES, None]) / by.unit[:QUERIES, None]
    exact = np.array([sorted(row, reverse=True) for row in dot_products(place)])
    assert (found == exact).all()


def test_the_best_keys_have_a_margin_of_their_own():
    strata = np.concatenate([batch.stratum for batch in draw(1)])
    assert set(strata) <= {1, 2, 3, 4, 5}
    assert len(set(strata)) >= 4
    for batch in draw(1):
        assert (np.diff(batch.scores, axis=1) <= 0).all()


def test_a_block_has_the_margin_of_its_stratum():
    assert [batch.stratum for batch in draw(0)] == [*(1, 2, 3, 4, 5) * 3, 0]


def test_values_are_those_of_the_head():
    block, best = draw(0, EXTRAS)[1], draw(1, EXTRAS)[1]
    assert (block.values[:QUERIES] == block.values[0]).all()
    assert (block.values[0] != block.values[QUERIES]).any()
    assert (np.sort(best.values[5], axis=0) == np.sort(best.values[6], axis=0)).all()
