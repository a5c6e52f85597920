"""What property tests count: examples per theorem, recorded as evidence when that is asked for.

pytest tests/properties --hypothesis-profile=campaign --record-evidence
"""

import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from flint import ctx

sys.path.insert(0, str(Path(__file__).parent))  # the tests here share `laws`

PRECISION = 400

EXAMPLES = pytest.StashKey[Counter[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record-evidence",
        action="store_true",
        help="write how many examples each theorem passed; not with -n",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "theorem(id): a property of that theorem")
    config.stash[EXAMPLES] = Counter()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    result = yield
    if mark := item.get_closest_marker("theorem"):
        passing = re.findall(r"(\d+) passing", getattr(item, "hypothesis_statistics", ""))
        item.config.stash[EXAMPLES][mark.args[0]] += sum(map(int, passing))
    return result


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if exitstatus == 0 and session.config.getoption("--record-evidence", default=False):
        from locality.verify.evidence import record

        profile = session.config.getoption("--hypothesis-profile") or "default"
        command = f"pytest tests/properties --hypothesis-profile={profile} --record-evidence"
        for theorem, examples in session.config.stash[EXAMPLES].items():
            record.save(theorem, "properties", {"examples": examples}, command)


@pytest.fixture(autouse=True, scope="module")
def precision():
    before, ctx.prec = ctx.prec, PRECISION
    yield
    ctx.prec = before
