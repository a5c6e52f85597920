import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import locality

ROOT = Path(__file__).parents[2]
STAIR = ("theory", "kernels", "verify")
NOT_IN_THEORY = {"concurrent", "multiprocessing", "random", "torch", "transformers"}
RELATIVE = "a relative import"
NOT_INSTALLED = {*STAIR, "book", "tests", RELATIVE}


@cache
def _imported(source: str) -> tuple[str, ...]:
    """Dotted names that the source imports, `import_module("…")` included."""
    return tuple(_found(source))


def _found(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom(level=0, module=str(module)):
                yield from (f"{module}.{alias.name}" for alias in node.names)
            case ast.ImportFrom():
                yield RELATIVE
            case ast.Call(
                func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name


def _climbs(floor: str, name: str) -> bool:
    """Whether a module on `floor` may not import `name`."""
    package, *inner = name.split(".")
    if package == "locality" and inner and not inner[0].startswith("__"):
        home = locality._HOME.get(inner[0], f"locality.{inner[0]}").split(".")[1]
        return home not in STAIR[: STAIR.index(floor) + 1]
    heavy = floor == "theory" and (package in NOT_IN_THEORY or name.startswith("numpy.random"))
    return heavy or package in NOT_INSTALLED


def _faults(root: Path) -> list[str]:
    """Each import against the stair, as `file: name`."""
    return [
        f"{path.relative_to(root)}: {name}"
        for floor in STAIR
        for path in sorted((root / floor).rglob("*.py"))
        for name in _imported(path.read_text())
        if _climbs(floor, name)
    ]


def test_imports_run_one_way():
    assert _faults(ROOT) == []


PLANTED = [
    ("theory", "import torch"),
    ("theory", "from numpy import random"),
    ("theory", "def late():\n    import multiprocessing.pool"),
    ("theory", "from locality.kernels import attend"),
    ("theory", "from locality import attend"),
    ("theory", "from locality.verify import checks"),
    ("kernels", "from importlib import import_module\nimport_module('locality.verify.checks')"),
    ("kernels", "from .. import verify"),
    ("kernels", "from locality import verify"),
    ("kernels", "import verify"),
    ("verify", "from tests.properties import strategies"),
    ("verify", "import book.figures"),
]


INNOCENT = [
    ("theory", "import numpy\nfrom locality import __version__, InputError"),
    ("kernels", "import torch\nfrom locality.theory import theorem"),
    ("verify", "import random\nfrom locality import attend, verify"),
]


def _planted(root: Path, floor: str, source: str) -> list[str]:
    (root / floor).mkdir()
    (root / floor / "planted.py").write_text(source)
    return _faults(root)


@pytest.mark.parametrize(("floor", "source"), PLANTED)
def test_a_planted_import_is_found(tmp_path, floor, source):
    assert len(_planted(tmp_path, floor, source)) == 1


@pytest.mark.parametrize(("floor", "source"), INNOCENT)
def test_an_innocent_import_is_not(tmp_path, floor, source):
    assert _planted(tmp_path, floor, source) == []


def test_every_import_from_outside_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    declared = {canonicalize_name(Requirement(line).name) for line in lines}
    sources = chain(*((ROOT / floor).rglob("*.py") for floor in STAIR))
    used = {name.partition(".")[0] for path in sources for name in _imported(path.read_text())}
    givers = packages_distributions()
    undeclared = {
        name
        for name in used - sys.stdlib_module_names - {"locality"}
        if not declared & {canonicalize_name(giver) for giver in givers.get(name, [])}
    }
    assert undeclared == set()


def test_the_front_door_imports_nothing_from_outside():
    code = (
        "import sys; known = sys.stdlib_module_names | set(sys.modules); import locality;"
        "print({name.partition('.')[0] for name in sys.modules} - known)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "{'locality'}"


def test_the_front_door_opens():
    for name in locality.__all__:
        assert getattr(locality, name) is not None
    assert set(locality.__all__) == {*locality._HOME, "__version__"} <= set(dir(locality))
    with pytest.raises(AttributeError, match="no attribute 'atend'"):
        locality.atend  # noqa: B018 - the access is the point
