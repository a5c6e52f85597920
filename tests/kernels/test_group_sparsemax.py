from functools import reduce
from operator import add

import numpy as np
import pytest
import torch
from flint import arb

from locality.kernels import certifies_block, group_sparsemax
from locality.theory import InputError
from locality.theory.core.numbers import precision

BITS = 300
U = 2.0**-53
SOLVER = 1e-8  # Clarabel's own tolerance of gaps and of feasibility


def instances(batch, keys, groups, seed, penalty=1.0, spread=2.0):
    generator = torch.Generator().manual_seed(seed)
    scores = spread * torch.randn(batch, keys, generator=generator, dtype=torch.float64)
    index = torch.randint(0, groups, (batch, keys), generator=generator)
    return scores, index, penalty * torch.rand(groups, generator=generator, dtype=torch.float64)


CASES = [
    instances(8, 1, 1, 1),
    instances(8, 7, 1, 2),
    instances(8, 12, 4, 3),
    instances(8, 12, 4, 4, penalty=5.0),
    instances(8, 12, 4, 5, penalty=0.0),
    instances(8, 63, 63, 6, penalty=0.1),
    instances(8, 111, 5, 7, penalty=0.3, spread=0.1),
    instances(8, 12, 3, 8, penalty=1e3),
]


# -- the same problem in balls, from its definition ---------------------------------------------


def total(numbers):
    return reduce(add, numbers, arb(0))


def excesses(z, theta, members):
    return {k: (z[k] - theta).max(arb(0)) for k in members}


def shares(z, theta, members, penalty):
    """The weights of one group at a threshold."""
    e = excesses(z, theta, members)
    norm = total(x * x for x in e.values()).sqrt()
    factor = 1 - penalty / norm if norm > penalty else arb(0)
    return {k: factor * x for k, x in e.items()}


def in_balls(scores, index, penalties):
    """Weights and threshold of one row by 250 halvings of an interval that holds the threshold."""
    z, lam = [arb(s) for s in scores.tolist()], [arb(x) for x in penalties.tolist()]
    groups = {
        g: [k for k, own in enumerate(index.tolist()) if own == g] for g in set(index.tolist())
    }
    high = reduce(arb.max, z)
    low = high - reduce(arb.max, lam) - 1
    for _ in range(250):
        theta = (low + high) / 2
        mass = total(x for g, members in groups.items()
                     for x in shares(z, theta, members, lam[g]).values())  # fmt: skip
        low, high = (theta, high) if mass > 1 else (low, theta)
    weights = {}
    for g, members in groups.items():
        weights |= shares(z, low, members, lam[g])
    return z, lam, groups, low, weights


def optimality_residual(z, lam, groups, theta, weights):
    """The largest violation of what characterises the minimiser (Karush, Kuhn and Tucker)."""
    off = [abs(total(weights.values()) - 1)]
    for g, members in groups.items():
        p = [weights[k] for k in members]
        norm = total(x * x for x in p).sqrt()
        if norm > 0:
            for k, x in zip(members, p, strict=True):
                pull = x - z[k] + theta + lam[g] * x / norm
                off.append(abs(pull) if x > 0 else (-pull).max(arb(0)))
        else:
            e = excesses(z, theta, members)
            off.append((total(x * x for x in e.values()).sqrt() - lam[g]).max(arb(0)))
    return reduce(arb.max, off)


# -- by hand ------------------------------------------------------------------------------------


def test_a_case_one_can_compute_by_hand():
    # one relevant key at 0 with penalty 1: θ_R = −2; the other, at −1/2, has excess 3/2
    scores, groups = [[0.0, -0.5]], [0, 1]
    assert group_sparsemax(scores, groups, [1.0, 1.5]).tolist() == [[1.0, 0.0]]
    # with penalty 1 there too, weights are the sparsemax of both: (e₁ − 1) + (e₂ − 1) = 1
    found = group_sparsemax(scores, groups, [1.0, 1.0])
    torch.testing.assert_close(found, torch.tensor([[0.75, 0.25]]).double(), rtol=0, atol=4 * U)
    kept = certifies_block(scores, groups, [1.0, 1.625], 0)
    assert kept.certified.tolist() == [True]
    assert kept.slack.tolist() == [0.125]
    assert certifies_block(scores, groups, [1.0, 1.0], 0).refuted.tolist() == [True]
    assert certifies_block(scores, groups, [1.0, 1.5], 0).undecided.tolist() == [True]


def test_without_penalties_it_is_sparsemax():
    scores = torch.tensor([[1.0, 0.5, -1.0, 0.0]], dtype=torch.float64)
    for groups in ([0, 0, 0, 0], [0, 1, 2, 3], [3, 0, 0, 3]):
        found = group_sparsemax(scores, groups, [0.0] * 4)
        torch.testing.assert_close(
            found, torch.tensor([[0.75, 0.25, 0, 0]]).double(), rtol=0, atol=4 * U
        )


def test_equal_scores_in_equal_groups_share_equally():
    found = group_sparsemax(torch.zeros(1, 6).double(), [0, 0, 1, 1, 2, 2], [0.5] * 3)
    torch.testing.assert_close(
        found, torch.full((1, 6), 1 / 6, dtype=torch.float64), rtol=4 * U, atol=0
    )


# -- against balls and against a solver ------------------------------------------------------------


@pytest.mark.parametrize("case", range(len(CASES)))
def test_weights_agree_with_a_root_in_high_precision(case):
    scores, index, penalties = CASES[case]
    found = group_sparsemax(scores, index, penalties)
    allowed = 16 * scores.shape[1] * U * (1 + float(penalties.max()))
    assert allowed < 1e-10
    with precision(BITS):
        for row in range(2):
            exact = in_balls(scores[row], index[row], penalties)
            assert optimality_residual(*exact) < arb("1e-60")
            weights = exact[-1]
            for k, p in enumerate(found[row].tolist()):
                assert abs(weights[k] - p) < allowed, (row, k)
                assert p > 0 or weights[k] < allowed


@pytest.mark.parametrize("case", [1, 2, 3, 4, 6])
def test_weights_agree_with_a_solver_to_its_accuracy(case):
    import cvxpy

    scores, index, penalties = CASES[case]
    found = group_sparsemax(scores, index, penalties).numpy()
    for row in range(3):
        z, own = scores[row].numpy(), index[row].numpy()
        p = cvxpy.Variable(len(z), nonneg=True)
        norms = [float(penalties[g]) * cvxpy.norm2(p[own == g]) for g in np.unique(own)]
        goal = cvxpy.Minimize(cvxpy.sum_squares(p - z) / 2 + sum(norms))
        value = cvxpy.Problem(goal, [cvxpy.sum(p) == 1]).solve(cvxpy.CLARABEL)
        ours = ((found[row] - z) ** 2).sum() / 2 + sum(
            float(penalties[g]) * np.linalg.norm(found[row][own == g]) for g in np.unique(own)
        )
        # the objective is 1-strongly convex: a value within `gap` is a point within √(2 gap)
        gap = SOLVER * (1 + abs(value))
        assert ours <= value + gap
        assert np.linalg.norm(found[row] - p.value) <= np.sqrt(2 * gap) * 2


@pytest.mark.parametrize("case", range(len(CASES)))
def test_weights_are_a_distribution_with_exact_zeros(case):
    scores, index, penalties = CASES[case]
    found = group_sparsemax(scores, index, penalties)
    assert (found >= 0).all()
    torch.testing.assert_close(found.sum(1), torch.ones(8).double(), rtol=0, atol=4 * U)
    dropped = (found == 0).double().mean()
    assert dropped > 0 or scores.shape[1] == 1 or case == 6


def test_float32_is_float64_rounded():
    scores, index, penalties = CASES[2]
    found = group_sparsemax(scores.float(), index, penalties.float())
    assert found.dtype == torch.float32
    exact = group_sparsemax(scores.float().double(), index, penalties.float().double())
    assert torch.equal(found, exact.float())


def test_keys_out_of_sight_get_nothing_and_change_nothing():
    scores, index, penalties = CASES[2]
    hidden = scores.masked_fill(torch.arange(12) >= 9, -torch.inf)
    found = group_sparsemax(hidden, index, penalties)
    assert (found[:, 9:] == 0).all()
    seen = group_sparsemax(scores[:, :9], index[:, :9], penalties)
    torch.testing.assert_close(found[:, :9], seen, rtol=0, atol=64 * U)


def test_a_shift_of_all_scores_changes_nothing():
    scores, index, penalties = CASES[3]
    scores = (scores * 2**20).round() / 2**20
    moved = group_sparsemax(scores + 1024, index, penalties)
    assert torch.equal(moved, group_sparsemax(scores, index, penalties))


def test_a_huge_penalty_leaves_a_group_alone_only_if_another_is_cheaper():
    scores = torch.tensor([[0.0, 0.0, 5.0, 5.0]], dtype=torch.float64)
    found = group_sparsemax(scores, [0, 0, 1, 1], [0.0, 1e6])
    assert found.tolist() == [[0.5, 0.5, 0.0, 0.0]]


# -- the certificate ---------------------------------------------------------------------------


@pytest.mark.parametrize("case", [2, 3, 4, 6, 7])
@pytest.mark.parametrize("seed", range(3))
def test_the_certificate_says_what_the_global_solution_does(case, seed):
    scores, index, penalties = CASES[case]
    scores = scores * (1 + seed)
    relevant = index.gather(1, scores.argmax(1, keepdim=True)).squeeze(1)
    kept = certifies_block(scores, index, penalties, relevant)
    found = group_sparsemax(scores, index, penalties)
    leaking = found.masked_fill(index == relevant[:, None], 0.0).sum(1)
    assert not kept.undecided.any()
    assert torch.equal(leaking == 0, kept.certified)
    assert torch.equal(leaking > 0, kept.refuted)


def test_with_its_own_penalty_ignored_the_certificate_would_be_wrong():
    scores, groups = [[0.0, -0.5]], [0, 1]
    assert certifies_block(scores, groups, [0.0, 1.0], 0).certified.all()
    assert (group_sparsemax(scores, groups, [1.0, 1.0])[:, 1] > 0).all()


def test_the_certificates_slack_is_within_its_rounding_of_the_exact_one():
    scores, index, penalties = CASES[2]
    relevant = index[:, 0]
    kept = certifies_block(scores, index, penalties, relevant)
    with precision(BITS):
        for row in range(3):
            own = index[row] == relevant[row]
            z, lam, _, theta, _ = in_balls(scores[row][own], index[row][own], penalties)
            z = [arb(s) for s in scores[row].tolist()]
            slacks = []
            for g in set(index[row].tolist()) - {int(relevant[row])}:
                members = [k for k, i in enumerate(index[row].tolist()) if i == g]
                e = excesses(z, theta, members).values()
                slacks.append(lam[g] - total(x * x for x in e).sqrt())
            assert abs(reduce(arb.min, slacks) - float(kept.slack[row])) < 1e-13


def test_a_group_that_nothing_competes_with_is_certified():
    kept = certifies_block([[0.0, -1.0]], [0, 0], [2.0, 0.0], 0)
    assert kept.certified.all()
    assert kept.slack.tolist() == [torch.inf]


# -- gradients ---------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("case", [1, 2, 3, 4, 5])
def test_gradients_where_there_are_any(case):
    scores, index, penalties = CASES[case]
    scores, index = scores[:3], index[:3]
    leaves = (scores.clone().requires_grad_(), penalties.clone().requires_grad_())
    if not penalties.any():  # at 0 a penalty can only rise
        leaves = (leaves[0], penalties)
    assert torch.autograd.gradcheck(lambda z, lam: group_sparsemax(z, index, lam), leaves)


def test_gradients_keep_the_sum_and_know_their_type():
    scores = CASES[2][0].float().requires_grad_()
    penalties = CASES[2][2].clone().requires_grad_()
    group_sparsemax(scores, CASES[2][1], penalties).square().sum().backward()
    assert scores.grad.dtype == torch.float32
    assert penalties.grad.dtype == torch.float64
    torch.testing.assert_close(scores.grad.sum(1), torch.zeros(8), rtol=0, atol=1e-6)


# -- bad input ---------------------------------------------------------------------------------

GOOD = {"scores": [[0.0, 1.0]], "groups": [0, 1], "penalties": [0.5, 0.5]}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("scores", [[0.0, float("nan")]], "scores[0, 1] = nan"),
        ("scores", [[0.0, float("inf")]], "scores[0, 1] = inf"),
        ("scores", [[-float("inf")] * 2], "no visible key"),
        ("scores", [0.0, 1.0], "float64 of shape (2,)"),
        ("scores", [[0, 1]], "int64 of shape (1, 2)"),
        ("scores", torch.zeros(0, 2), "of shape (0, 2)"),
        ("groups", [0, 2], "groups[1] = 2.0: expected integers from 0 to 1"),
        ("groups", [0, -1], "groups[1] = -1.0"),
        ("groups", [0.0, 1.0], "float64 of shape (2,)"),
        ("groups", [0, 1, 1], "of shape (3,)"),
        ("penalties", [0.5, -1.0], "penalties[1] = -1.0"),
        ("penalties", [0.5, float("inf")], "penalties[1] = inf"),
        ("penalties", [], "of shape (0,)"),
        ("relevant", 2, "a group with a visible key"),
        ("relevant", [0, 1], "one a row"),
        ("relevant", "0", "relevant"),
    ],
)
def test_bad_input_is_one_line_that_shows_the_value(name, value, words):
    arguments = GOOD | {"relevant": 0, name: value}
    with pytest.raises(InputError) as caught:
        certifies_block(**arguments)
    assert words in str(caught.value)
    assert "expected" in str(caught.value)
    assert "\n" not in str(caught.value)
    if name != "relevant":
        del arguments["relevant"]
        with pytest.raises(InputError):
            group_sparsemax(**arguments)
