"""Rules in running attention: what happens is what the theorem says, within derived rounding."""

import pytest
import torch
from kernel_rounding import U, rounding

from locality.kernels import attend
from locality.theory import InputError
from locality.verify.rules import Context

SHAPES = {  # batch, heads, kv heads, queries, old keys, rule keys, dim, value dim
    "one row": (1, 1, 1, 1, 1, 1, 1, 1),
    "grouped heads": (2, 6, 2, 5, 63, 7, 8, 3),
    "more rule than old": (3, 2, 1, 4, 3, 40, 16, 16),
}


class Case:
    """Tensors of one shape, with room for several rules."""

    def __init__(self, name, dtype, temperature=None):
        batch, heads, groups, queries, old, size, dim, width = SHAPES[name]
        self.generator = torch.Generator().manual_seed(len(name))
        self.dtype, self.temperature = dtype, temperature
        self.q = self.drawn(batch, heads, queries, dim)
        self.k, self.v = self.drawn(batch, groups, old, dim), self.drawn(batch, groups, old, width)
        self.rule_shapes = (batch, groups, size, dim), (batch, groups, size, width)
        self.context = Context(self.q, self.k, self.v, temperature=temperature)

    def drawn(self, *shape):
        return 2 * torch.randn(*shape, generator=self.generator, dtype=torch.float64).to(self.dtype)

    def rule(self):
        return tuple(self.drawn(*shape) for shape in self.rule_shapes)

    def attended(self, k, v):
        return attend(self.q, k, v, temperature=self.temperature)

    def joined(self, rule):
        return (torch.cat(pair, dim=2) for pair in zip((self.k, self.v), rule, strict=True))

    def errors(self, k):
        given = {} if self.temperature is None else {"temperature": self.temperature}
        return rounding(self.q, k, self.dtype, given)

    def share_error(self, rule):
        """Of a share by two passes: a quarter of both passes' errors, and the arithmetic."""
        return (self.errors(rule[0]).lse + self.errors(self.k).lse) / 4 + 16 * U[self.dtype]

    def shift_error(self, rule):
        """Of a measured and a predicted shift: four means, and the share on twice the scale."""
        whole, _ = self.joined(rule)
        means = [self.errors(part).mean for part in (whole, self.k, rule[0], self.k)]
        scale = max(float(value.abs().max()) for value in (self.v, rule[1]))
        return (scale * (sum(means) + 2 * self.share_error(rule) + 16 * U[self.dtype]))[..., None]


def within(found, expected, bound):
    return bool(((found.double() - expected.double()).abs() <= bound).all())


@pytest.fixture(params=SHAPES)
def shape(request):
    return request.param


@pytest.fixture(params=[torch.float64, torch.float32], ids=["float64", "float32"])
def case(request, shape):
    return Case(shape, request.param)


def test_injecting_a_rule_moves_the_output_as_predicted(case):
    rule = case.rule()
    heard = case.context.inject(*rule)
    before, after = case.attended(case.k, case.v), case.attended(*case.joined(rule))
    assert within(after.output - before.output, heard.shift, case.shift_error(rule))
    assert within(heard.attention.fidelity, heard.share, 2 * case.share_error(rule))
    assert (heard.share + 2 * case.share_error(rule) >= heard.least_share).all()


def test_an_injection_is_a_merge(case):
    rule = case.rule()
    heard = case.context.inject(*rule)
    assert within(heard.merged.mean, heard.attention.output, case.shift_error(rule))
    assert within(heard.merged.lse, heard.attention.lse, 8 * case.share_error(rule))


def test_removal_restores_to_the_bit(case):
    before = case.context.now
    case.context.inject(*case.rule())
    heard = case.context.remove()
    assert heard.merged is before
    assert torch.equal(heard.attention.output, before.mean)
    assert torch.equal(heard.attention.lse, before.lse)
    assert not heard.share.any()


def test_reloading_is_removing_and_injecting(case):
    first, second = case.rule(), case.rule()
    one = case.context.inject(*first)
    other = case.context.reload(*second)
    moved = other.attention.output - one.attention.output
    assert within(moved, other.shift, case.shift_error(first) + case.shift_error(second))
    again = Context(case.q, case.k, case.v)
    assert torch.equal(again.inject(*second).merged.mean, other.merged.mean)


@pytest.mark.parametrize("temperature", [0.5, torch.tensor([0.25, 1, 2, 4, 8, 16.0])])
def test_temperatures_of_heads_enter_the_predictions(temperature):
    case = Case("grouped heads", torch.float64, temperature)
    rule = case.rule()
    heard = case.context.inject(*rule)
    before = case.attended(case.k, case.v)
    assert within(heard.attention.output - before.output, heard.shift, case.shift_error(rule))
    assert (heard.share + case.share_error(rule) >= heard.least_share).all()


def test_the_share_by_hand():
    """One old key and one rule key, scores 0 and 1: the rule is heard with e/(1 + e)."""
    one = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    context = Context(one, 0 * one, 0 * one, temperature=1.0)
    heard = context.inject(one, one)
    expected = torch.e / (1 + torch.e)
    for found in (heard.share, heard.least_share, heard.shift, heard.merged.mean):
        assert float(found) == pytest.approx(expected, rel=1e-15)


def test_a_wrong_share_is_told_from_rounding():
    """The tests above would see a share that is off by a billionth."""
    case = Case("grouped heads", torch.float64)
    rule = case.rule()
    heard = case.context.inject(*rule)
    moved = heard.attention.output - case.attended(case.k, case.v).output
    assert not within(moved, heard.shift * (1 + 1e-9), case.shift_error(rule))


def test_a_context_refuses_what_does_not_fit():
    case = Case("grouped heads", torch.float64)
    keys, values = case.rule()
    with pytest.raises(InputError, match="no rule is in context: expected inject first"):
        case.context.remove()
    with pytest.raises(InputError, match="expected inject first"):
        case.context.reload(keys, values)
    with pytest.raises(InputError, match=r"keys of shape \(2, 2, 7, 3\): expected \(2, 2, m ≥ 1"):
        case.context.inject(values, values)
    with pytest.raises(InputError, match="values of shape"):
        case.context.inject(keys, keys)
    case.context.inject(keys, values)
    with pytest.raises(InputError, match="a rule of 7 keys is in context"):
        case.context.inject(keys, values)
