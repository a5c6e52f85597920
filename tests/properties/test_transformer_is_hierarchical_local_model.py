"""Transformer layers as local means, as properties judged in balls from exact numbers.

Heads, maps and means are computed here from their definitions; right sides are the claims.
"""

from functools import reduce
from operator import add

import pytest
from flint import arb
from hypothesis import given, target
from hypothesis import strategies as st
from laws import Law, at_most, claim, exact, vanishes

from locality.theory import theorem
from locality.verify.instances.strategies import partitions, rows

NAME = "transformer-is-hierarchical-local-model"
AFFINE = 1
FEW = partitions(4)


def dot(v, w):
    return reduce(add, [x * y for x, y in zip(v, w, strict=True)])


def difference(v, w):
    return [x - y for x, y in zip(v, w, strict=True)]


entries = st.integers(-32, 32).map(lambda k: k / 16)


@st.composite
def heads(draw):
    """A row's attention, two-dimensional tokens, a matrix [[a, −b], [b, a]] and an offset.

    Such a matrix lengthens everything by √(a² + b²).
    """
    row = draw(rows(FEW))
    numbers = 4 + 2 * len(row.scores)
    a, b, c, d, *rest = exact(draw(st.lists(entries, min_size=numbers, max_size=numbers)))
    tokens, offset = [list(token) for token in zip(rest[::2], rest[1::2], strict=True)], [c, d]
    return row, Law(row), tokens, ((a, -b), (b, a)), offset


def mapped(matrix, offset, token):
    return [dot(line, token) + own for line, own in zip(matrix, offset, strict=True)]


def mean(law, tokens, part=slice(None)):
    return [law.mean(column, part) for column in map(list, zip(*tokens, strict=True))]


@pytest.mark.theorem("transformer-is-hierarchical-local-model")
@given(head=heads())
def test_an_affine_map_passes_through_a_mean_between_the_tokens(head):
    """In whatever order they come; and not through weights that are doubled."""
    _, law, tokens, matrix, offset = head
    means = mean(law, tokens)
    together = mean(law, [mapped(matrix, offset, token) for token in tokens])
    for line, own, found in zip(matrix, offset, together, strict=True):
        claimed = own
        for factor, average in zip(line, means, strict=True):
            claimed = claim(NAME, AFFINE, factor=factor, value_mean=average, offset=claimed)
        assert vanishes(found - claimed, 1 + abs(claimed))
        assert vanishes(2 * found - (2 * (claimed - own) + own) - own, 1 + abs(claimed))
    for k, found in enumerate(means):
        column = [token[k] for token in tokens]
        assert at_most(reduce(arb.min, column), found)
        assert at_most(found, reduce(arb.max, column))
        backwards = reduce(add, [p * x for p, x in zip(law.p[::-1], column[::-1], strict=True)])
        assert vanishes(backwards - found, 1 + abs(found))


@pytest.mark.theorem("transformer-is-hierarchical-local-model")
@given(group=st.lists(heads(), min_size=1, max_size=2))
def test_heads_that_keep_to_blocks_change_at_most_the_bound(group):
    moved, bound = [arb(0), arb(0)], arb(0)
    for row, law, tokens, matrix, offset in group:
        outputs = [mapped(matrix, offset, token) for token in tokens]
        one = difference(mean(law, outputs), mean(law, outputs, slice(row.m)))
        moved = [x + y for x, y in zip(moved, one, strict=True)]
        pairs = [difference(v, w) for v in tokens[: row.m] for w in tokens[row.m :]]
        far = reduce(arb.max, [dot(pair, pair) for pair in pairs]).sqrt()
        gain = dot(matrix[0], matrix[0]).sqrt()
        bound = claim(NAME, change_before=bound, leakage=law.leakage, gain=gain, diameter=far)
    length = dot(moved, moved)
    assert at_most(length, bound * bound)
    if bound > 0:
        target(float(length / (bound * bound)), label=NAME)


def test_a_head_by_hand():
    """Half the attention off the block, twice as long, three apart, after a change of 1."""
    assert theorem(NAME).bound(change_before=1, leakage=0.5, gain=2, diameter=3) == 4
    assert vanishes(claim(NAME, AFFINE, factor=3, value_mean=2, offset=-1) - 5, 1)
