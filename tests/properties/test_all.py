"""No theorem is left out: every one has a property in one of the files beside this."""

import re
from pathlib import Path

import pytest

from locality.theory import index

SUITE = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py"))
TESTED = set(re.findall(r"^@pytest\.mark\.theorem\(\"([\w-]+)\"\)\n@given", SUITE, re.M))


@pytest.mark.parametrize("name", [entry.id for entry in index()])
def test_every_theorem_has_properties(name):
    assert name in TESTED
