import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import locality

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())


def _requirements() -> list[Requirement]:
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    named = [Requirement(line) for group in groups for line in group]
    return [requirement for requirement in named if requirement.name != "locality"]


def _pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


@pytest.mark.parametrize("requirement", _requirements(), ids=lambda requirement: requirement.name)
def test_every_requirement_has_a_pin_inside_its_range(requirement):
    assert _pins()[canonicalize_name(requirement.name)] in requirement.specifier


def test_all_means_every_extra_but_the_gpu():
    [line] = PROJECT["optional-dependencies"]["all"]
    assert Requirement(line).extras == PROJECT["optional-dependencies"].keys() - {"all", "gpu"}


def test_the_citation_names_this_version():
    assert CITATION["version"] == locality.__version__
    assert CITATION["license"] == PROJECT["license"]
    assert {"cff-version", "message", "title", "authors", "date-released"} <= CITATION.keys()


def test_the_notice_names_every_shipped_text():
    notice = (ROOT / "NOTICE").read_text()
    texts = sorted((ROOT / "verify").rglob("*.txt"))
    assert [path.name for path in texts if path.name not in notice] == []
