import hashlib
from fractions import Fraction
from itertools import chain

import numpy as np
import pytest

from locality.theory import InputError
from locality.verify.instances import EXTRAS, STRATA, Stream, families, family, stratum_of
from locality.verify.instances.layout import LARGE, SHAPES, micro_batches, plant, scale
from locality.verify.instances.synthetic import GAUSSIAN, HEAVY_TAILED, NEAR_TIE, TWO_LEVEL, levels

SYNTHETIC = (GAUSSIAN, HEAVY_TAILED, NEAR_TIE, TWO_LEVEL)
EXACT = (*(synthetic.name for synthetic in SYNTHETIC), "heads")


def draw(name, shard=0, extras=frozenset(), n=None, seed=7):
    return list(family(name).draw(Stream(seed, name), shard, extras, n))


def margin(batch):
    return batch.scores[:, : batch.m].min(axis=1) - batch.scores[:, batch.m :].max(axis=1)


def digest(arrays):
    joined = b"".join(np.ascontiguousarray(array).tobytes() for array in arrays)
    return hashlib.blake2b(joined, digest_size=8).hexdigest()


PINNED = {
    "gaussian": "e2517ffe506b26d8",
    "heavy-tailed": "3cde682893287f7b",
    "near-tie": "c4253ea04038a193",
    "two-level": "375ca557f1573e47",
    "heads": "420c2fcbec98f38e",
}


@pytest.mark.parametrize("name", EXACT)
def test_first_draws_are_pinned(name):
    batches = chain(draw(name, 0, EXTRAS)[:3], draw(name, 1, EXTRAS)[-1:])
    arrays = [(b.scores, b.temperature, b.values, b.dial, b.step, b.delta) for b in batches]
    assert digest(chain.from_iterable(arrays)) == PINNED[name]


PINNED_QUERIES = {
    "gaussian": "18ab20066c5d751d",
    "heavy-tailed": "43f16e33acdc10ff",
    "near-tie": "631c1fe0f980ce94",
    "two-level": "b33f7cc6dbf8e004",
    "ascent": "a0193a01fb8950c3",
    "heads": "b4900c36edade887",
}


@pytest.mark.parametrize("name", PINNED_QUERIES)
def test_first_queries_are_pinned(name):
    drawn = chain(draw(name, 0, {"query"})[:3], draw(name, 1, {"query"})[-1:])
    assert digest(batch.query for batch in drawn) == PINNED_QUERIES[name]


@pytest.mark.parametrize("name", EXACT)
def test_products_of_query_and_values_are_exact(name):
    for batch in draw(name, 1, {"query", "values"}, n=5):
        products = np.einsum("rd,rkd->rk", batch.query, batch.values)
        for i in range(0, batch.size, 509):
            query = [Fraction(x) for x in batch.query[i]]
            for value, product in zip(batch.values[i], products[i], strict=True):
                pairs = zip(query, value, strict=True)
                assert Fraction(product) == sum(a * Fraction(x) for a, x in pairs)


@pytest.mark.parametrize("name", [name for name in families() if name != "minilm"])
@pytest.mark.parametrize("shard", [0, 1])
def test_every_margin_lies_in_its_stratum(name, shard):
    for batch in draw(name, shard):
        assert (stratum_of(margin(batch) / batch.temperature) == batch.stratum).all()


@pytest.mark.parametrize("synthetic", SYNTHETIC, ids=lambda s: s.name)
def test_planting_rounds_nothing(synthetic):
    stream = Stream(3, synthetic.name)
    for place in micro_batches(0, 5):
        by = scale(stream, place, synthetic.exponents)
        drawn = levels(stream, place, synthetic.table())
        scores = plant(drawn.copy(), place.m, by)
        for i in range(0, place.rows, 37):
            row = [Fraction(level) for level in drawn[i]]
            unit, offset, x, temperature = (
                Fraction(a[i]) for a in (by.unit, by.offset, by.x, by.temperature)
            )
            low, high = min(row[: place.m]), max(row[place.m :])
            ours = [offset + x * temperature + unit * (s - low) for s in row[: place.m]]
            theirs = [offset + unit * (s - high) for s in row[place.m :]]
            assert [Fraction(s) for s in scores[i]] == ours + theirs


def test_a_shard_passes_through_the_strata_as_promised():
    strata = [STRATA[batch.stratum] for batch in draw("gaussian", 4, n=2)]
    counts = {name: strata.count(name) for name in STRATA}
    assert counts == {"negative": 1} | dict.fromkeys(STRATA[1:], 3)


def test_every_shape_meets_every_stratum():
    places = list(chain.from_iterable(micro_batches(shard) for shard in range(33)))
    met = {(place.m, place.n - place.m, place.stratum) for place in places}
    assert {(m, c, s) for m, c in SHAPES for s in range(len(STRATA))} <= met
    assert max(place.n for place in places) == 1000


def test_large_shapes_meet_every_stratum():
    places = chain.from_iterable(micro_batches(shard) for shard in range(127 * 3))
    met = {(place.m, place.n - place.m, place.stratum) for place in places if place.n == 1000}
    assert met == {(m, c, s) for m, c in LARGE for s in range(len(STRATA))}


@pytest.mark.parametrize("name", [name for name in families() if name != "minilm"])
def test_the_number_of_keys_can_be_forced(name):
    for batch in draw(name, n=64):
        assert batch.n == 64
        assert 1 <= batch.m < 64


@pytest.mark.parametrize("n", [1, 0, -3])
def test_fewer_than_two_keys_are_refused(n):
    with pytest.raises(InputError, match="expected at least 2 keys"):
        draw("gaussian", n=n)


@pytest.mark.parametrize("name", [name for name in families() if name != "minilm"])
def test_asking_for_extras_changes_nothing_else(name):
    for plain, full in zip(draw(name, 1, n=5), draw(name, 1, EXTRAS, n=5), strict=True):
        assert (plain.scores == full.scores).all()
        assert (plain.temperature == full.temperature).all()
    for some, full in zip(draw(name, 1, {"dial"}, n=5), draw(name, 1, EXTRAS, n=5), strict=True):
        assert (some.dial == full.dial).all()
        assert some.values is None


def test_an_unknown_extra_is_refused():
    with pytest.raises(InputError, match=r"\['vaules'\]: expected some of"):
        draw("gaussian", extras=frozenset({"vaules"}))


def test_extras_lie_in_their_domains():
    batches = draw("gaussian", 2, EXTRAS, n=4)
    dial, step, delta = (
        np.concatenate([getattr(b, name) for b in batches]) for name in ("dial", "step", "delta")
    )
    assert 0.1 < (dial == 0).mean() < 0.15
    assert 0.1 < (dial < 0).mean() < 0.15
    assert set(np.frexp(step)[0]) == {0.5}
    assert (step.min(), step.max()) == (2.0**-40, 1)
    assert (delta > 0).all()
    assert (delta < 1).all()
    assert delta.min() < 1e-11
    assert 1 - delta.max() < 1e-11
    assert all(b.values.shape == (4096, 4, d) for b, d in zip(batches, [4, 2, 3] * 6, strict=False))
    assert all(b.query.shape == (4096, b.values.shape[2]) for b in batches)


def test_scores_by_a_query_vary_from_ties_to_one_key():
    batches = draw("gaussian", 1, EXTRAS, n=16)
    products = [np.einsum("rd,rkd->rk", b.query, b.values) for b in batches]
    pairs = zip(products, batches, strict=True)
    spread = np.concatenate([np.ptp(s, axis=1) / b.temperature for s, b in pairs])
    assert np.quantile(spread, 0.1) < 0.5
    assert np.quantile(spread, 0.9) > 100


def test_temperatures_and_sizes_of_scores_vary():
    batches = draw("gaussian", n=64)
    temperature = np.concatenate([b.temperature for b in batches])
    assert temperature.min() == 1 / 16
    assert temperature.max() == 15.5
    spread = np.concatenate([b.scores[:, b.m :].std(axis=1) / b.temperature for b in batches])
    assert spread[spread > 0].min() < 0.02
    assert spread.max() > 10


def test_near_gaussian_is_near_gaussian():
    table = GAUSSIAN.table() / GAUSSIAN.table().std()
    assert (table == -table[::-1]).all()
    assert abs((table**4).mean() - 2.8) < 0.01
    assert (np.abs(table) < 1).mean() == pytest.approx(0.6827, abs=0.01)
    assert (np.abs(table) < 2).mean() == pytest.approx(0.9545, abs=0.01)


def test_heavy_tails_are_pareto():
    size = np.abs(HEAVY_TAILED.table())
    tail = [(size >= 16 * 2**t).mean() for t in range(11)]
    assert tail == [2.0**-t for t in range(11)]


def test_near_ties_tie():
    for batch in draw("near-tie", n=64):
        assert all(len(np.unique(row)) <= 8 for row in batch.scores)


def test_two_level_rows_have_two_scores_and_two_values():
    for batch in draw("two-level", 1, {"values"}):
        for part in (slice(None, batch.m), slice(batch.m, None)):
            assert (np.ptp(batch.scores[:, part], axis=1) == 0).all()
            assert (np.ptp(batch.values[:, part], axis=1) == 0).all()


def test_shards_and_seeds_differ():
    first = draw("gaussian", 0, n=64)[3].scores
    assert (first != draw("gaussian", 1, n=64)[3].scores).any()
    assert (first != draw("gaussian", 0, n=64, seed=8)[3].scores).any()


def test_rows_of_a_shard_are_counted():
    for found in families().values():
        if found.name != "minilm":
            assert sum(batch.size for batch in draw(found.name)) == found.shard_size


def test_only_the_witness_family_is_one():
    assert [name for name, found in families().items() if found.witness] == ["two-level"]
    assert [name for name, found in families().items() if found.stored] == ["ascent", "minilm"]


def test_an_unknown_family_is_refused():
    with pytest.raises(InputError, match="'gausian': expected one of gaussian, heavy-tailed"):
        family("gausian")


def test_shards_are_without_end_except_of_the_model():
    counts = {name: found.shards() for name, found in families().items()}
    assert counts == dict.fromkeys(families(), None) | {"minilm": 72}
    assert [family(name).shards(5) for name in ("gaussian", "ascent", "heads", "minilm")] == [5] * 4
