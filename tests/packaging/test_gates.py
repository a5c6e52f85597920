"""The test run's own gates, each shown able to fail."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[2]

PLANTED = {
    "skip": "def test_x():\n    pytest.skip('no reason')",
    "skipped_module": "pytest.importorskip('no_such_module')",
    "expected_failure": "@pytest.mark.xfail\ndef test_x():\n    assert False",
    "unexpected_success": "@pytest.mark.xfail\ndef test_x():\n    pass",
    "warning": "import warnings\n\ndef test_x():\n    warnings.warn('careless')",
    "unknown_mark": "@pytest.mark.slwo\ndef test_x():\n    pass",
}


def _failed(folder: Path, *, require_all: bool) -> set[str]:
    """Names of the planted modules that fail under this project's settings."""
    for name in ("pyproject.toml", "tests/conftest.py"):
        (folder / Path(name).name).write_text((ROOT / name).read_text())
    for name, source in PLANTED.items():
        (folder / f"test_{name}.py").write_text(f"import pytest\n\n{source}\n")
    environment = os.environ | {"LOCALITY_REQUIRE_ALL": "1" if require_all else "0"}
    options = ["-q", "--continue-on-collection-errors", "--junitxml=outcome.xml", "."]
    subprocess.run([sys.executable, "-m", "pytest", *options], cwd=folder, env=environment)
    cases = ElementTree.parse(folder / "outcome.xml").iter("testcase")
    failed = (case for case in cases if any(case.find(kind) is not None for kind in FAULTS))
    return {(case.get("classname") or case.get("name")).removeprefix("test_") for case in failed}


FAULTS = ("failure", "error")
ALWAYS = {"unexpected_success", "warning", "unknown_mark"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("require_all", "failing"),
    [(False, ALWAYS), (True, ALWAYS | {"skip", "skipped_module"})],
    ids=["as-it-is", "all-required"],
)
def test_only_what_should_fail_fails(tmp_path, require_all, failing):
    assert _failed(tmp_path, require_all=require_all) == failing
