import math
from dataclasses import replace

import numpy as np
import pytest
from check_cases import CASES, FAMILIES, batches, row, widened

from locality.theory import InputError, index, theorem
from locality.verify.checks import Evaluation, Judgement, Rows, checks, mutants
from locality.verify.checks import rows as rows_module
from locality.verify.checks.statistics import Statistics
from locality.verify.instances import Batch

IDS = tuple(checks())


def judged(check, batch, i):
    return check.judge(batch.instance(i * check.width, check.width))


def consistent(check, found, judgement, i):
    """What a campaign accepts: balls hold, and floats are not off by more than their bound."""
    assert judgement.verdict in {"holds", "attained"}, (i, judgement)
    assert found.slack[i] >= -found.rounding[i], (i, found.slack[i], found.rounding[i], judgement)


def test_every_theorem_that_states_a_relation_has_a_check():
    assert list(IDS) == [entry.id for entry in index() if theorem(entry.id).claims]
    assert all(check.theorem == name for name, check in checks().items())


def test_an_unknown_theorem_is_refused():
    with pytest.raises(InputError, match="no check of 'leek'"):
        mutants("leek")


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("theorem", IDS)
def test_case_table(theorem, name):
    check = checks()[theorem]
    instance = widened(CASES[name], check.width)
    found = check.evaluate(Rows(instance.batch()))
    assert len(found.slack) == 1
    if found.applicable[0]:
        consistent(check, found, check.judge(instance), 0)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("theorem", IDS)
def test_floats_and_balls_agree(theorem, family):
    check = checks()[theorem]
    for batch in batches(family, extras=check.extras):
        found = check.evaluate(Rows(batch))
        doubtful = np.flatnonzero(found.in_doubt)[:2]
        for i in {*doubtful.tolist(), *np.flatnonzero(found.applicable)[:1].tolist()}:
            consistent(check, found, judged(check, batch, i), i)


SAME_POINT = (
    "leakage",
    "entropy",
    "entropy-exponential",
    "temperature",
    "truncation",
    "rule-injection",
    "lazy-learning",
    "skip-certificate",
    "transformer-is-hierarchical-local-model",
    "adaptive-and-nonlocal",
    "compile",
)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("theorem", SAME_POINT)
def test_rounding_bounds_the_error_of_the_slack(theorem, family):
    check = checks()[theorem]
    for batch in batches(family, extras=check.extras, seed=12):
        found = check.evaluate(Rows(batch))
        for i in np.flatnonzero(found.applicable)[::128]:
            low, high = judged(check, batch, i).slack
            room = found.rounding[i] * (1 + 1e-9)
            assert low - room <= found.slack[i] <= high + room


RESIDUAL = (
    "dial",
    "dial-entropy",
    "hot-reload",
    "merge",
    "entropy-identity",
    "fidelity-identity",
)


@pytest.mark.slow
@pytest.mark.parametrize("theorem", RESIDUAL)
def test_residuals_stay_within_the_allowance(theorem):
    check = checks()[theorem]
    for family in FAMILIES:
        for batch in batches(family, extras=check.extras, seed=13):
            found = check.evaluate(Rows(batch))
            assert (found.slack[found.applicable] >= -found.rounding[found.applicable]).all()


WITHOUT_KEYS = ("hot-reload", "anchor-capacity", "lle")


def reads(check):
    """The arrays that a check looks at: with a query, scores are its products with the values."""
    own = set(check.extras) if check.theorem in WITHOUT_KEYS else {"temperature", *check.extras}
    scored = check.theorem not in WITHOUT_KEYS and "query" not in check.extras
    return sorted(own | {"scores"} if scored else own)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("theorem", "broken"), [(name, read) for name in IDS for read in reads(checks()[name])]
)
def test_nan_never_passes(theorem, broken):
    check = checks()[theorem]
    instance = widened(CASES["one other key"], check.width)
    spoiled = replace(instance, **{broken: np.full_like(getattr(instance, broken), np.nan)})
    batch = Batch(stratum=1, **{name: getattr(spoiled, name) for name in vars(spoiled)})
    with np.errstate(invalid="ignore"):
        found = check.evaluate(Rows(batch))
    assert found.in_doubt.all()
    assert check.judge(spoiled).verdict == "undecided"


def spoil_weights(monkeypatch):
    """Weights off by a millionth, as a defect of a kernel would leave them."""
    honest = rows_module.exp
    monkeypatch.setattr(rows_module, "exp", lambda z: honest(z) * (1 + 1e-6 * (z < 0)))


def spoil_gap(monkeypatch):
    """The gap of both parts off by a millionth."""
    honest = Statistics.gap.func
    monkeypatch.setattr(Statistics, "gap", property(lambda row: honest(row) * (1 + 1e-6)))


def spoil_lse(monkeypatch):
    """Every pass' logarithm off by a millionth of it."""
    honest = Statistics._lse
    monkeypatch.setattr(Statistics, "_lse", lambda row, part: honest(row, part) * (1 + 1e-6))


@pytest.mark.parametrize(
    ("theorem", "spoil"),
    [
        ("leakage", spoil_weights),
        ("rule-injection", spoil_weights),
        ("kernel-regression", spoil_weights),
        ("entropy", spoil_weights),
        ("dial", spoil_gap),
        ("dial-entropy", spoil_gap),
        ("merge", spoil_weights),
        ("entropy-identity", spoil_lse),
        ("fidelity-identity", spoil_lse),
    ],
)
def test_a_defect_above_the_rounding_bound_is_seen(theorem, spoil, monkeypatch):
    """Balls hold where floats are off by more than their bound: the campaign says disagreement."""
    check = checks()[theorem]
    instance = widened(row([2], [1, 1 - 1e-9], dial=3.0, step=2.0**-20), check.width)
    spoil(monkeypatch)
    found = check.evaluate(Rows(instance.batch()))
    assert found.slack[0] < -found.rounding[0]
    monkeypatch.undo()
    honest = check.evaluate(Rows(instance.batch()))
    assert honest.slack[0] > honest.rounding[0]
    assert check.judge(instance).verdict == "holds"


@pytest.mark.parametrize("theorem", IDS)
def test_tightness_is_one_where_the_bound_is_attained(theorem):
    check = checks()[theorem]
    sharp = row([2, 2], [0, 0, 0], dial=3.0, step=2.0**-40, delta=2.0**-40,
                values=[[0.0], [0.0], [1.0], [1.0], [1.0]])  # fmt: skip
    if theorem in ("entropy-exponential", "relaxation-labeling"):
        sharp = row([64], [0])
    if theorem in ("group-lasso-attention", "rounding", "progressive"):
        sharp = row([0], [1.5], dial=3.0)
    if theorem == "compile":
        sharp = row([2], [0, 0, 0])
    if theorem == "recruitment":
        sharp = row([1, 1], [1, 1, 1], values=[[0.5]] * 5)
    if theorem == "mean-shift":
        sharp = row([2, 2], [0, 0, 0], values=[[0.0], [0.0], [32.0], [32.0], [32.0]])
    if theorem == "hopfield":
        sharp = row([1, 1], [1, 1, 1], values=[[1.0]] * 5)
    instance = widened(sharp, check.width)
    found = check.evaluate(Rows(instance.batch()))
    assert found.tightness[0] == pytest.approx(1, abs=1e-11)
    certified = check.judge(instance).tightness
    assert 1 - 1e-11 <= certified <= 1


@pytest.mark.parametrize("theorem", ["leakage", "entropy", "truncation", "dial-entropy"])
def test_two_level_rows_are_attained_and_told_apart(theorem):
    check = checks()[theorem]
    instance = row([2, 2], [0, 0, 0], values=[[0.0], [0.0], [1.0], [1.0], [1.0]])
    found = check.evaluate(Rows(instance.batch()))
    assert found.attained.all()
    assert check.judge(instance).verdict == "attained"
    near = row([2, 2], [0, 0, -1e-9], values=[[0.0], [0.0], [1.0], [1.0], [1 - 1e-9]])
    assert check.judge(near).verdict == "holds"
    assert not check.evaluate(Rows(near.batch())).attained.any()


def test_entropy_exponential_is_never_attained():
    check = checks()["entropy-exponential"]
    assert check.judge(row([300, 300], [0, 0])).verdict == "holds"


@pytest.mark.parametrize("x", [30.0, 200.0, 1000.0])
def test_entropy_keeps_its_relative_accuracy_at_large_margins(x):
    check = checks()["entropy"]
    judgement = check.judge(row([x], [0, -0.5]))
    assert judgement.verdict == "holds"
    low, high = judgement.slack
    assert high < 1e-300 or 0 < high / low - 1 < 1e-12


def test_saturated_rows_are_decided():
    """Far beyond e^−90 000 the truncation slack is still told from 0."""
    values = [[0.0, 0.0], [3.0, 4.0], [3.0, 3.0]]
    instance = row([0], [0, -1e9], values=values)
    assert checks()["truncation"].judge(instance).verdict == "holds"


def test_temperature_leaves_out_rows_of_equal_scores():
    check = checks()["temperature"]
    assert not check.evaluate(Rows(row([1], [1, 1]).batch())).applicable.any()


def test_dial_zero_tests_nothing():
    check = checks()["dial"]
    assert not check.evaluate(Rows(row([1], [0], dial=0.0).batch())).applicable.any()


def test_threshold_is_tried_on_both_sides():
    check = checks()["threshold"]
    above = check.evaluate(Rows(row([1, 2], [0], delta=0.25).batch()))
    below = check.evaluate(Rows(row([1, 2], [0], delta=0.75).batch()))
    assert above.lhs[0] < above.rhs[0]
    assert below.lhs[0] > below.rhs[0]
    assert math.isnan(below.tightness[0])


def test_the_drop_of_mean_entropy_is_that_of_its_definition():
    from flint import arb

    from locality.theory.core.numbers import precision
    from locality.verify.checks.dial_mean_entropy import drop, groups, mean_entropy, queries

    for batch in batches("gaussian", extras=frozenset({"step"}))[:6]:
        rows = Rows(batch)
        start = groups(rows.turning_point).max(axis=1) + 1
        stride = groups(rows.step)[:, 0]
        fall, error = drop(rows, start, stride)
        for i in range(0, len(fall), 40):
            with precision(400):
                group = queries(batch.instance(4 * i, 4))
                here, there = arb(float(start[i])), arb(float(start[i])) + float(stride[i])
                exact = mean_entropy(group, here) - mean_entropy(group, there)
                assert abs(exact - float(fall[i])) <= float(error[i]) + 1e-300


# -- the protocol itself ----------------------------------------------------------------------


def evaluation(slack, rounding, applicable=True, **changes):
    arrays = [np.array([v], dtype=float) for v in (0, 0, slack, rounding, 1)]
    return replace(Evaluation(np.array([applicable]), *arrays), **changes)


@pytest.mark.parametrize(("slack", "doubt"), [(1, False), (0.1, True), (-1, True), (np.nan, True)])
def test_only_a_slack_above_rounding_is_clear(slack, doubt):
    assert evaluation(slack, 0.1).in_doubt[0] == doubt


def test_a_guard_speaks_where_only_it_is_in_doubt():
    clear, doubtful = evaluation(1, 0), evaluation(-1, 0)
    assert clear.guarded_by(doubtful).slack[0] == -1
    assert clear.guarded_by(clear).slack[0] == 1
    assert evaluation(-2, 0).guarded_by(doubtful).slack[0] == -2


def test_an_equality_is_not_decided_where_floats_resolve_too_little():
    one = np.array([1.0])
    found = Evaluation.of_equality(one, one, allowance=np.array([0.1]), effect=np.array([1.0]))
    assert found.in_doubt[0]
    assert found.slack[0] == 0
    sharp = Evaluation.of_equality(one, one, allowance=np.array([1e-9]), effect=one)
    assert not sharp.in_doubt[0]
    off = Evaluation.of_equality(one, 2 * one, allowance=np.array([0.1]), effect=one)
    assert off.slack[0] < 0


def test_the_worst_judgement_wins():
    holds, violated = Judgement("holds", (1, 1), 0.5), Judgement("violated", (-1, -1))
    worst = holds.guarded_by(Judgement("attained", (0, 0)), violated)
    assert (worst.verdict, worst.slack, worst.tightness) == ("violated", (-1, -1), 0.5)
    assert holds.guarded_by(Judgement("holds", (2, 2))) == holds
