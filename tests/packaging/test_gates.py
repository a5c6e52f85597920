"""The test run's own gates, each shown able to fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

SKIPPED = "import pytest\n\ndef test_skipped():\n    pytest.skip('no reason')\n"
MODULE_SKIPPED = "import pytest\n\npytest.importorskip('no_such_module')\n"
GPU_SKIPPED = "import pytest\n\n@pytest.mark.gpu\ndef test_gpu():\n    pytest.skip('no GPU')\n"
EXPECTED_FAILURE = "import pytest\n\n@pytest.mark.xfail\ndef test_x():\n    assert False\n"
WARNS = "import warnings\n\ndef test_warns():\n    warnings.warn('careless')\n"
UNKNOWN_MARK = "import pytest\n\n@pytest.mark.slwo\ndef test_marked():\n    pass\n"


def _passes(tmp_path: Path, source: str, *, require_all: bool = False) -> bool:
    for name in ("pyproject.toml", "tests/conftest.py"):
        (tmp_path / Path(name).name).write_text((ROOT / name).read_text())
    (tmp_path / "test_planted.py").write_text(source)
    environment = os.environ | {"LOCALITY_REQUIRE_ALL": "1" if require_all else "0"}
    command = [sys.executable, "-m", "pytest", "-q", "test_planted.py"]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True)
    return run.returncode in (0, 5)


@pytest.mark.parametrize("source", [SKIPPED, MODULE_SKIPPED])
def test_a_skip_fails_where_everything_is_required(tmp_path, source):
    assert _passes(tmp_path, source)
    assert not _passes(tmp_path, source, require_all=True)


@pytest.mark.parametrize("source", [GPU_SKIPPED, EXPECTED_FAILURE])
def test_a_missing_gpu_and_an_expected_failure_are_allowed(tmp_path, source):
    assert _passes(tmp_path, source, require_all=True)


@pytest.mark.parametrize("source", [WARNS, UNKNOWN_MARK])
def test_warnings_and_unknown_marks_are_errors(tmp_path, source):
    assert not _passes(tmp_path, source)
