import json
import math
from copy import deepcopy
from dataclasses import replace

import pytest
import torch

from locality.kernels import row_statistics
from locality.verify.experiments import run
from locality.verify.experiments.dial_training import (
    MEASURED,
    QUICK,
    STUDY,
    Scores,
    dial_of,
    faults,
    hill,
    reading,
    rounding,
    slopes,
)
from locality.verify.experiments.language_model import Model, corpus, lines, windows


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    return run(STUDY, quick=True, folder=tmp_path_factory.mktemp("parts"))


@pytest.fixture
def scores():
    torch.manual_seed(5)
    model = Model(QUICK, len(corpus().alphabet)).eval()
    tokens = windows(corpus().held_out, QUICK.context, 6)[0]
    with torch.no_grad():
        yield Scores(model.layers[0], 3 * model.embedded(tokens), lines(tokens))


def test_the_quick_run_holds(record):
    assert record["quick"]
    assert record["faults"] == []
    found = record["summary"]
    assert [each["fraction"] for each in found["trained"]] == [0, 0.6, 1]
    assert json.loads(json.dumps(found)) == found


def test_a_model_trained_at_none_and_dialled_to_none_is_itself(record):
    assert record["summary"]["dialled"][0] == record["summary"]["trained"][0]


def test_at_the_whole_dial_no_attention_leaves_the_line(record):
    for way in ("trained", "dialled"):
        last = record["summary"][way][-1]
        assert last["fraction"] == 1
        assert last["fidelity"]["min"] == 1
        assert last["entropy"]["max"] < record["summary"][way][0]["entropy"]["min"]


def test_rows_without_other_lines_are_counted_and_left_out(record):
    one = record["summary"]["trained"][0]
    assert one["alone"] > 0
    assert one["rows"] + one["alone"] == QUICK.heads * QUICK.context * MEASURED


def test_the_dial_leaves_a_share_of_the_weight():
    assert dial_of(0) == 0
    assert math.exp(-dial_of(0.8)) == pytest.approx(0.2, rel=1e-15)
    assert dial_of(1) == math.inf


def test_turning_points_are_where_a_rows_entropy_turns(scores):
    turning = scores.turning_points()
    visible = scores.inside | scores.outside
    step = 1e-3

    def entropies(dial):
        lowered = scores.scaled - dial * scores.outside
        return row_statistics(lowered, visible=visible).entropy[scores.rows]

    for at in turning[:: len(turning) // 10]:
        row = int((turning == at).nonzero()[0, 0])
        peak = entropies(at)[row]
        assert peak > entropies(at - step)[row]
        assert peak > entropies(at + step)[row]


def test_a_curve_of_a_hand_made_layer():
    made = object.__new__(Scores)
    made.scaled = torch.tensor([[[[0.0, 0.0], [3.0, 0.0]]]], dtype=torch.float64)
    made.inside = torch.tensor([[[[True, False], [False, True]]]])
    made.outside = torch.tensor([[[[False, False], [True, False]]]])
    made.rows = torch.tensor([[[False, True]]])
    assert made.turning_points().tolist() == [3.0]
    assert made.cover() == 3.0
    assert made.mean_entropy(3.0) == pytest.approx(math.log(2), abs=rounding(3.0, 2, 1))
    share = 1 / (1 + math.e)
    halves = -share * math.log(share) - (1 - share) * math.log1p(-share)
    assert made.mean_entropy(4.0) == pytest.approx(halves, abs=rounding(4.0, 2, 1))


@pytest.mark.parametrize(("shift", "side"), [(4, "rises"), (-4, "falls")])
def test_a_planted_wrong_sign_of_the_dial_is_a_fault(scores, shift, side):
    scores.scaled = scores.scaled + shift * scores.outside
    scores.reach += abs(shift)
    curve = hill(scores)
    assert faults({"hills": {"1": [curve]}}) == []
    curve["entropies"] = [scores.mean_entropy(-dial) for dial in curve["dials"]]
    said = faults({"hills": {"1": [curve]}})
    assert all(f"where it {side}" in each for each in said)
    assert "stay on its way" in said[0]


def test_a_planted_earlier_end_of_the_turns_is_a_fault(record):
    for name, side in (("last", "falls"), ("first", "rises")):
        found = deepcopy(record["summary"])
        curve = found["hills"]["1"][0]
        peak = curve["dials"][max(range(len(curve["dials"])), key=curve["entropies"].__getitem__)]
        curve[name] = peak - 1 if name == "last" else peak + 1
        assert any(f"where it {side}" in each for each in faults(found))


def test_a_planted_cover_that_is_too_low_is_a_fault(record):
    found = deepcopy(record["summary"])
    curve = found["hills"]["2"][1]
    curve["cover"] = curve["last"] - 1e-9
    assert faults(found) == [
        f"seed 2, layer 2: the last turning point is not covered: {curve['last']:.4g} ≤ "
        f"{curve['cover']:.4g} ≤ {curve['reach']:.4g} is false"
    ]


def test_a_curve_within_rounding_decides_nothing_and_is_a_fault(record):
    found = deepcopy(record["summary"])
    curve = found["hills"]["1"][0]
    curve["entropies"] = [1.0] * len(curve["dials"])
    assert len(faults(found)) == 2
    assert all("larger than rounding" in each for each in faults(found))


def test_steps_are_decided_far_beyond_rounding(record):
    for curve in record["summary"]["hills"]["1"]:
        for side in ("rises", "falls"):
            assert max(slopes(curve, side)) > 1e6 * curve["rounding"]


def test_a_reading_by_hand(monkeypatch):
    plan = replace(QUICK, layers=1, heads=1, context=24)
    torch.manual_seed(2)
    model = Model(plan, len(corpus().alphabet)).eval()
    torch.nn.init.zeros_(model.layers[0].qkv.weight)
    tokens = windows(corpus().held_out, plan.context, MEASURED)[0]
    line = lines(tokens)
    with torch.no_grad():
        found = reading(model, plan, 0.6, MEASURED)
    own = (line[:, :, None] == line[:, None, :]).tril().sum(-1).double()
    others = torch.arange(1, 25) - own
    some = others > 0
    fidelity = (own / (own + 0.4 * others))[some].mean()
    assert found["fidelity"] == pytest.approx(float(fidelity), rel=1e-12)
    assert found["layers"][0]["rows"] == int(some.sum())
