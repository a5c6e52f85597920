"""The README's picture is what its script draws today, number by number."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "book" / "figures"
NUMBER = r"-?\d+(?:\.\d+)?"
DRAW = "import sys; sys.path.insert(0, sys.argv[1]); import make_bound; print(make_bound.picture())"


@pytest.mark.slow
def test_committed_picture_is_current() -> None:
    pytest.importorskip("matplotlib")
    command = [sys.executable, "-c", DRAW, str(FOLDER)]
    fresh = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    kept = (FOLDER / "bound.svg").read_text(encoding="utf-8").strip()
    assert re.split(NUMBER, fresh) == re.split(NUMBER, kept)
    drift = [
        abs(float(a) - float(b))
        for a, b in zip(re.findall(NUMBER, fresh), re.findall(NUMBER, kept), strict=True)
    ]
    assert max(drift) <= 0.02  # coordinates are rounded to hundredths of a point
