import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from locality.verify.campaign import standard
from locality.verify.campaign.catalogue import load
from locality.verify.campaign.execute import run_campaign
from locality.verify.campaign.machine import digest
from locality.verify.campaign.models import Head, RealModel
from locality.verify.campaign.plan import STANDARD, Campaign
from locality.verify.campaign.replay import replay
from locality.verify.campaign.standard import claim_hash


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    path = tmp_path_factory.mktemp("standard") / "l.sqlite"
    campaign = Campaign(("leakage", "entropy"), ("gaussian", "two-level"), 2_000, keys=16)
    with ThreadPoolExecutor(1) as executor:
        return run_campaign(campaign, path, executor, workers=1)


def test_the_catalogue_has_a_tag_and_a_hash_for_every_check():
    known = load(STANDARD)
    assert set(known.checks) <= set(known.tags)
    assert len({known.claim_hash(name) for name in known.checks}) == len(known.checks)


def test_a_claim_hash_depends_on_every_part():
    assert digest("a", "bc") != digest("ab", "c")
    assert digest("a") != digest("b")
    assert claim_hash("leakage") == claim_hash("leakage")


def test_leakage_and_entropy_hold_and_their_mutants_fall(summary):
    assert summary.verdict == "holds"
    for theorem in summary.theorems:
        assert None not in theorem.trials("mutant").values()
        assert set(theorem.trials("control").values()) == {None}
        assert theorem.power_witness < 1e-9
        assert theorem.counts["attained"] > 0


def test_recorded_instances_replay_without_a_remark(summary):
    for theorem in summary.theorems:
        assert "@16-" in theorem.tightest.address
        again = replay(theorem.tightest.address, summary.ledger)
        assert (again.remarks, again.verdict) == ((), "holds")


def test_the_real_model_is_described_in_two_lines():
    heads = (Head(5, 7, 1.2), Head(0, 3, 41.3))
    found = RealModel(12, 10_152, {"leakage": 1.0, "entropy": 0.08}, 0, heads)
    assert found.sentences == (
        "MiniLM on 12 scenes: 10\u202f152 rows, 8 % to 100 % of them meet a theorem's "
        "assumptions, 0 break a bound",
        "most local head 5.7: 1.2 keys hold 90 % · least local 0.3: 41 keys",
    )
    assert [[head.name for head in row] for row in found.grid] == [["0.3"], ["5.7"]]


def test_a_new_check_stales_only_what_rests_on_it(tmp_path, monkeypatch):
    names = ("leakage", "entropy-exponential", "dial")
    before = {name: standard.claim_hash(name) for name in names}
    copy = tmp_path / "verify"
    shutil.copytree(standard.VERIFY, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "checks" / "entropy.py").write_text("# another check\n")
    monkeypatch.setattr(standard, "VERIFY", copy)
    standard.claim_hash.cache_clear()
    after = {name: standard.claim_hash(name) for name in before}
    standard.claim_hash.cache_clear()
    assert {name for name in before if before[name] != after[name]} == {"entropy-exponential"}
