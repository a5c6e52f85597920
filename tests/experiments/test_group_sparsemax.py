import numpy as np
import pytest

from locality.kernels import certifies_block
from locality.verify.experiments import load
from locality.verify.experiments.group_sparsemax import by_halving, faults, parts, summary


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    folder = tmp_path_factory.mktemp("quick")
    return summary(
        {key: part(folder) for key, part in load("group-sparsemax").parts(quick=True).items()}
    )


def test_a_quick_run_holds(quick):
    assert faults(quick) == []
    assert quick["instances"] == 10_000
    assert sum(quick[name] for name in ("certified", "refuted", "undecided")) == 10_000
    assert quick["nearest"] > 0


def unpenalised(scores, index, penalties, relevant):
    """A certificate by the multiplier that forgets the relevant group's own penalty."""
    without = penalties.copy()
    without[relevant] = 0
    return certifies_block(scores, index, without, relevant)


@pytest.mark.slow
def test_a_planted_certificate_that_forgets_the_blocks_own_penalty_is_found_out(tmp_path):
    found = summary(
        {key: part(tmp_path) for key, part in parts(quick=True, decide=unpenalised).items()}
    )
    assert found["false_certified"] > 100
    assert any("certified rows leak" in fault for fault in faults(found))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"false_refuted": 1}, "refuted rows do not"),
        ({"certified": 3}, "only 3 of"),
        ({"refuted": 0}, "only 0 of"),
        ({"penalised": 0}, "only 0 rows have a penalty"),
        ({"difference": 1e-9}, "weights differ"),
        ({"difference": float("nan")}, "weights differ"),
    ],
)
def test_every_other_fault_is_told(quick, change, words):
    assert any(words in fault for fault in faults({**quick, **change}))


def test_halving_solves_a_case_one_can_compute_by_hand():
    scores, index = np.array([[0.0, -0.5, -9.0, -9.0]]), np.array([[0, 1, 2, 3]])
    found = by_halving(scores, index, np.array([1.0, 1.0, 0.0, 0.0]))
    np.testing.assert_allclose(found, [[0.75, 0.25, 0, 0]], rtol=0, atol=1e-15)


@pytest.mark.slow
def test_parts_are_reproducible(tmp_path):
    (part,) = load("group-sparsemax").parts(quick=True).values()
    assert part(tmp_path) == part(tmp_path)
