"""`locality demonstrate` compares with libraries, says what lacks, and exits by what it found."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import locality.verify as verify
from locality.theory import InputError
from locality.verify import demonstrations
from locality.verify.demonstrations import Demonstration

SCHEMA = Path(verify.__file__).parent / "schemas" / "demonstrate.json"
EQUAL = Demonstration(
    theorem="leakage",
    package="numpy",
    library="numpy.exp",
    data="three numbers",
    mapping={"x": "minus the margin of a key"},
    theirs=lambda: np.exp([0.0, 1.0, 2.0]),
    ours=lambda: np.e ** np.arange(3),
    tolerance=1e-15,
    why_tolerance="both are rounded once",
    planted=lambda: np.exp([0.0, 1.0, 2.001]),
    planted_fault="a margin too large",
    differs=("nowhere",),
)


def lacking():
    raise ModuleNotFoundError("No module named 'alchemy'", name="alchemy")


@pytest.fixture
def planted(monkeypatch):
    """Put demonstrations by id in the place of the catalogue's."""

    def put(**made):
        def load(name):
            if name not in made:
                raise InputError(f"{name}: expected a theorem with a demonstration")
            return made[name]

        monkeypatch.setattr(demonstrations, "demonstrated", lambda: tuple(made))
        monkeypatch.setattr(demonstrations, "load", load)

    return put


def told(ran):
    found = json.loads(ran.out)
    jsonschema.validate(found, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return found


def test_results_that_agree_are_exit_0(locality, planted):
    planted(leakage=EQUAL)
    ran = locality("demonstrate", "--json")
    (row,) = told(ran)["demonstrations"]
    assert (ran.code, row["agrees"], row["numbers"]) == (0, True, 3)
    assert row["difference"] <= 1e-15
    assert row["package"] == f"numpy {np.__version__}"
    shown = locality("demonstrate", "leakage").out
    for word in ("leakage", f"numpy.exp (numpy {np.__version__})", "three numbers", "agrees"):
        assert word in shown


def test_a_planted_disagreement_is_exit_1(locality, planted):
    planted(leakage=EQUAL, entropy=replace(EQUAL, theorem="entropy", ours=EQUAL.planted))
    ran = locality("demonstrate", "--json")
    found = told(ran)
    assert (ran.code, found["verdict"]) == (1, "disagreement")
    assert [row["agrees"] for row in found["demonstrations"]] == [True, False]
    assert "differs" in locality("demonstrate", "entropy").out
    assert locality("demonstrate", "leakage").code == 0


def test_not_a_number_disagrees(locality, planted):
    planted(leakage=replace(EQUAL, ours=lambda: np.full(3, np.nan)))
    ran = locality("demonstrate", "--json")
    assert told(ran)["demonstrations"][0]["difference"] == "nan"
    assert ran.code == 1


def test_a_missing_library_is_named_and_not_checked(locality, planted, monkeypatch):
    planted(leakage=replace(EQUAL, theirs=lacking), entropy=EQUAL)
    ran = locality("demonstrate", "--json")
    (left_out,) = told(ran)["not_checked"]
    assert (ran.code, left_out["theorem"], left_out["missing"]) == (0, "leakage", "alchemy")
    shown = locality("demonstrate").out
    assert "not checked: leakage, for want of alchemy" in shown
    assert "pip install 'locality[localization]'" in shown
    monkeypatch.setenv("LOCALITY_REQUIRE_ALL", "1")
    assert locality("demonstrate").code == 1


def test_a_missing_library_that_was_asked_for_is_exit_2_in_one_line(locality, planted):
    planted(leakage=replace(EQUAL, theirs=lacking))
    ran = locality("demonstrate", "leakage")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith("locality: leakage: expected alchemy")


def test_a_module_of_ours_that_lacks_is_no_missing_library(locality, planted):
    def broken():
        raise ModuleNotFoundError("no", name="locality.kernels.alchemy")

    planted(leakage=replace(EQUAL, ours=broken))
    with pytest.raises(ModuleNotFoundError):
        locality("demonstrate")


def test_a_theorem_without_one_is_exit_2_in_one_line(locality):
    ran = locality("demonstrate", "leakage")
    assert ran.code == 2
    assert "leakage: expected a theorem with a demonstration" in ran.err
    assert locality("demonstrate", "alchemy").code == 2
