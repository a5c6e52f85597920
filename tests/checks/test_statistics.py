import math
from fractions import Fraction

import flint
import numpy as np
import pytest
from check_cases import CASES, FAMILIES, batches, row
from flint import arb

from locality.theory.core.numbers import precision
from locality.verify.checks.balls import BallRow, slope_of_entropy
from locality.verify.checks.protocol import point
from locality.verify.checks.rows import FUNCTION, Rows, exp
from locality.verify.instances.batch import Instance

BITS = 4096
STATISTICS = (
    "x", "gap", "leakage_logit", "leakage", "fidelity", "entropy", "entropy_excess", "log_ratio",
    "turning_point", "reserve", "unevenness", "entropy_ahead", "entropy_behind",
    "lead_of_average", "lead_over_average",
)  # fmt: skip


def definitions(instance):
    """The statistics of one row straight from their definitions, in balls of many bits."""
    m, tau = instance.m, arb(float(instance.temperature[0]))
    s = [arb(float(v)) for v in instance.scores[0]]
    w = [(v / tau).exp() for v in s]
    zero = arb(0)
    total, inside, outside = sum(w, zero), sum(w[:m], zero), sum(w[m:], zero)
    p = [v / total for v in w]

    def mean(v, u):
        return sum((a * b for a, b in zip(v, u, strict=True)), zero) / sum(v, zero)

    least = min(instance.scores[0, :m])
    entropy = -sum((q * q.log() for q in p), zero)

    def shares(v):
        return [u / sum(v, zero) for u in v]

    def part(v):
        return -sum((q * q.log() for q in shares(v)), zero)

    turning = mean(w[m:], s[m:]) - mean(w[:m], s[:m])
    margin = arb(float(least)) - arb(float(max(instance.scores[0, m:])))
    top = arb(float(max(instance.scores[0, :m]))) - arb(float(max(instance.scores[0, m:])))
    return {
        "x": margin / tau,
        "gap": top / tau,
        "leakage_logit": (outside / inside).log(),
        "leakage": outside / total,
        "fidelity": inside / total,
        "entropy": entropy,
        "entropy_excess": entropy - arb(m).log(),
        "log_ratio": turning / tau,
        "turning_point": turning,
        "reserve": (-margin - turning) / tau,
        "unevenness": arb(m).log() - part(w[:m]),
        "entropy_ahead": part(w[:m]),
        "entropy_behind": part(w[m:]),
        "lead_of_average": (sum(s[:m], zero) / m - arb(float(max(instance.scores[0, m:])))) / tau,
        "lead_over_average": (arb(float(least)) - sum(s[m:], zero) / (len(s) - m)) / tau,
    }


def test_weights_one_and_e():
    e = math.e
    rows = Rows(row([1], [0]).batch())
    expected = {
        "leakage": 1 / (1 + e),
        "fidelity": e / (1 + e),
        "leakage_logit": -1,
        "entropy": math.log(1 + e) - e / (1 + e),
        "entropy_excess": math.log(1 + e) - e / (1 + e),
        "turning_point": -1,
        "x": 1,
        "reserve": 0,
    }
    for name, value in expected.items():
        assert getattr(rows, name)[0] == pytest.approx(value, rel=1e-15, abs=0), name


def test_three_keys_by_hand():
    """Weights 1, 2 and 1: R holds one half, its scores a quarter and a half."""
    rows = Rows(row([0, math.log(2)], [0]).batch())
    assert rows.leakage[0] == pytest.approx(1 / 4)
    assert rows.entropy[0] == pytest.approx(1.5 * math.log(2))
    assert rows.turning_point[0] == pytest.approx(-2 / 3 * math.log(2))
    assert rows.unevenness[0] == pytest.approx(math.log(2) - (math.log(3) - 2 / 3 * math.log(2)))


@pytest.mark.parametrize("name", CASES)
def test_balls_contain_the_definitions(name):
    with precision(BITS):
        exact = definitions(CASES[name])
    with precision(128):
        measured = BallRow(CASES[name])
        for statistic in STATISTICS:
            assert getattr(measured, statistic).overlaps(exact[statistic]), statistic


@pytest.mark.parametrize("name", CASES)
def test_floats_are_near_the_definitions(name):
    rows = Rows(CASES[name].batch())
    with precision(BITS):
        exact = definitions(CASES[name])
        for statistic in STATISTICS:
            value, close = exact[statistic], 1e-12 * (1 + abs(rows.x[0]))
            off = abs(arb(float(getattr(rows, statistic)[0])) - value)
            assert off <= close * (1 + abs(value)), statistic


ERRORS = {
    "leakage_logit": "leakage_logit_error",
    "entropy_excess": "entropy_excess_error",
    "log_ratio": "log_ratio_error",
    "reserve": "reserve_error",
}


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("statistic", ERRORS)
def test_error_bounds_hold(family, statistic):
    for batch in batches(family):
        rows = Rows(batch)
        values, errors = getattr(rows, statistic), getattr(rows, ERRORS[statistic])
        for i in range(0, batch.size, 64):
            with precision(256):
                off = abs(arb(float(values[i])) - getattr(BallRow(batch.instance(i)), statistic))
                assert off <= float(errors[i]) + 1e-300, (family, batch.m, batch.n, i)


def test_error_bounds_are_not_idle():
    """They are small enough to matter: relative to the statistic below one part in 10⁹."""
    for batch in batches("gaussian")[:8]:
        rows = Rows(batch)
        assert (rows.leakage_logit_error < 1e-11 * (1 + np.abs(rows.gap))).all()
        assert (rows.entropy_excess_error < 1e-11).all()


@pytest.mark.parametrize("function", ["exp", "log", "log1p", "expm1"])
def test_library_functions_are_as_accurate_as_trusted(function):
    points = np.random.default_rng(5).uniform(-700, 0, 4000)  # where a library is tried
    points = np.concatenate([points, points / 700, points * 2.0**-30])
    if function in {"log", "log1p"}:
        points = -points
    computed = exp(points) if function == "exp" else getattr(np, function)(points)
    with precision(200):
        for x, y in zip(points, computed, strict=True):
            exact = getattr(arb(float(x)), function)()
            assert abs(arb(float(y)) - exact) <= FUNCTION * abs(exact), (function, x)


def test_slope_by_differentiation_knows_two_keys():
    """p = σ(t): dH/dt = −t·σ(t)σ(−t)."""
    with precision(200):
        t = arb(2)
        slope = slope_of_entropy([(t, arb(1), 1), (arb(0), arb(0), 1)])
        p = 1 / (1 + (-t).exp())
        assert (slope + t * p * (1 - p)).contains(0)
        assert slope.rad() < 1e-50


def test_ball_rows_count_equal_keys_once():
    whole = BallRow(row([1, 1, 1], [0] * 60)).whole
    assert [count for _, count in whole.keys] == [3, 60]


def test_nothing_is_computed_unasked():
    rows = Rows(CASES["63 keys"].batch())
    _ = rows.x
    assert not {"z", "weight", "total", "spread"} & vars(rows.ahead).keys()
    _ = rows.leakage_logit
    assert "spread" not in vars(rows.ahead)
    assert "whole" not in vars(rows)


def test_precision_is_given_back():
    before = flint.ctx.prec
    from locality.verify.checks import checks

    checks()["leakage"].judge(CASES["ties"])
    assert flint.ctx.prec == before


def test_exact_inputs_stay_exact():
    third = 0.1  # no dyadic of few bits
    with precision(128):
        ball = BallRow(row([third], [0])).margin
        assert ball.is_exact()
        assert Fraction(float(ball)) == Fraction(third)


def test_rows_of_a_stored_instance_raise_no_warning():
    stored = Instance.from_bytes(point((1.0, 2.0), (0.0, -1.0)).to_bytes())
    assert not stored.scores.flags.writeable
    assert Rows(stored.batch()).leakage[0] > 0
