import json
import math
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import jsonschema
import pytest

from locality.verify import campaign as face
from locality.verify.campaign.execute import run_campaign
from locality.verify.campaign.replay import replay
from locality.verify.campaign.summary import VERDICTS, plain, worst

SCHEMAS = Path(face.__file__).parent.parent / "schemas"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    from locality.verify.campaign.plan import Campaign

    def make(*theorems, families=("steady", "short", "two-level"), samples=192):
        path = tmp_path_factory.mktemp("summary") / "l.sqlite"
        wanted = Campaign(theorems, families, samples, catalogue="fakes:catalogue")
        with ThreadPoolExecutor(1) as executor:
            return run_campaign(wanted, path, executor)

    return make


def schema(name):
    return json.loads((SCHEMAS / f"{name}.json").read_text())


def test_the_worst_verdict_wins():
    for pair in product(VERDICTS, repeat=2):
        assert worst(pair) == VERDICTS[min(map(VERDICTS.index, pair))]
    assert worst(["holds"]) == "holds"
    assert worst([]) == "undecided"


@pytest.mark.parametrize(
    ("theorem", "verdict"),
    [
        ("spread", "holds"),
        ("pairs", "holds"),
        ("false", "violated"),
        ("shy", "undecided"),
        ("liar", "disagreement"),
        ("nan", "disagreement"),
        ("never", "undecided"),
    ],
)
def test_every_verdict_is_reached_and_only_holds_passes(run, theorem, verdict):
    assert run(theorem).verdict == verdict
    assert run("spread", theorem).verdict == worst(["holds", verdict])


def test_counts_add_up_over_families(run):
    (theorem,) = run("spread").as_json()["theorems"]
    for name in ("drawn", "applicable", "attained"):
        assert theorem[name] == sum(cell[name] for cell in theorem["families"])
    for cell in theorem["families"]:
        assert cell["applicable"] == sum(cell["strata"].values())


def test_power_of_the_search_is_that_of_its_worst_stratum(run):
    theorem = run("spread", families=("steady", "two-level")).theorems[0]
    search, witness = theorem.cells
    assert theorem.power_search == 1 - min(search.tightness(attained=False).values())
    assert set(witness.tightness(attained=True).values()) == {1.0}
    assert set(witness.tightness(attained=False).values()) == {-math.inf}
    assert theorem.power_witness == 0
    assert theorem.power == theorem.power_search > 0


def test_powers_are_null_for_families_that_did_not_run(run):
    search = run("spread", families=("steady",)).theorems[0]
    witness = run("spread", families=("two-level",)).theorems[0]
    assert (search.power_witness, search.power) == (None, search.power_search)
    assert (witness.power_search, witness.power) == (None, 0)


def test_smallest_slack_leaves_out_what_attains_the_bound(run):
    summary = run("spread").theorems[0]
    assert summary.counts["attained"] > 0
    assert summary.min_slack > 0
    assert run("false").theorems[0].min_slack < 0


def test_the_worst_theorems_and_instances_come_first(run):
    summary = run("spread", "shy", "false")
    assert [theorem.id for theorem in summary.ranked] == ["false", "shy", "spread"]
    assert all(found.verdict == "violated" for found in summary.ranked[0].failures)


def test_mutants_are_reported_by_the_address_that_refuted_them(run):
    summary = run("spread")
    trials = summary.as_json()["theorems"][0]["mutants"]
    assert (trials["refuted"], trials["total"]) == (1, 2)
    (address,) = trials["by"].values()
    assert replay(address, catalogue="fakes:catalogue").applicable


@pytest.mark.parametrize("theorem", ["spread", "false", "shy", "nan", "rare", "never"])
def test_the_json_is_what_the_schema_says(run, theorem):
    shown = run(theorem).as_json()
    json.dumps(shown, allow_nan=False)
    jsonschema.validate(shown, schema("verify"))


def test_a_replay_is_what_the_schema_says(run):
    for found in run("spread", "nan").theorems[1].failures:
        jsonschema.validate(
            replay(found.address, catalogue="fakes:catalogue").as_json(), schema("replay")
        )


def test_the_schema_can_refuse(run):
    shown = run("spread").as_json()
    shown["theorems"][0]["min_slack"] = "Infinity"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(shown, schema("verify"))


def test_numbers_that_json_lacks_become_strings():
    assert [plain(value) for value in (1.5, None, float("inf"), -float("inf"))] == [
        1.5,
        None,
        "inf",
        "-inf",
    ]
    assert plain(float("nan")) == "nan"
