import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import locality

pytestmark = pytest.mark.slow  # builds it

ROOT = Path(__file__).parents[2]
FLOORS = ("locality", "theory", "kernels", "verify")


def _git(*arguments: str) -> list[str]:
    git = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(git, capture_output=True, check=True, text=True).stdout.splitlines()


def _checkout(*folders: str) -> list[str]:
    names = _git("ls-files", "--cached", "--others", "--exclude-standard", "--", *folders)
    return [name for name in names if (ROOT / name).exists()]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """The wheel, built from a copy of the checkout and unpacked where nothing else lies."""
    copy, wheels, site = (tmp_path_factory.mktemp(name) for name in ("copy", "wheels", "site"))
    for name in _checkout():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    shutil.copytree(ROOT / ".git", copy / ".git")
    stale = copy / "build" / "lib" / "locality" / "stale.py"
    stale.parent.mkdir(parents=True)
    stale.touch()
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "-w", wheels, copy], check=True)
    zipfile.ZipFile(next(wheels.glob("*.whl"))).extractall(site)
    return site


def _python(site: Path, code: str) -> str:
    """What the code prints when only this wheel stands for `locality`."""
    environment = os.environ | {"PYTHONPATH": str(site)}
    run = [sys.executable, "-c", code]
    return subprocess.run(
        run, cwd=site, env=environment, capture_output=True, check=True, text=True
    ).stdout.strip()


def test_nothing_generic_lands_in_site_packages(installed):
    information = f"locality-{locality.__version__}.dist-info"
    assert {path.name for path in installed.iterdir()} == {"locality", information}
    licences = installed / information / "licenses"
    assert {path.name for path in licences.iterdir()} == {"LICENSE", "NOTICE"}


def test_every_file_of_the_floors_is_carried(installed):
    package = installed / "locality"
    carried = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    tracked = {name.removeprefix("locality/") for name in _checkout(*FLOORS)}
    assert carried - tracked <= {"COMMIT"}
    assert tracked - carried == set()
    assert {".py", ".v", ".bib"} <= {Path(name).suffix for name in carried}
    assert "py.typed" in carried


def test_the_wheel_stands_alone(installed):
    code = "import locality.theory, locality.kernels, locality.verify as v; print(v.__file__)"
    assert Path(_python(installed, code)).is_relative_to(installed)


def test_the_commit_is_stamped(installed):
    [commit] = _git("rev-parse", "HEAD")
    assert _python(installed, "import locality; print(locality.__commit__)") == commit
    assert locality.__commit__ == commit


def test_the_wheel_carries_what_the_theorems_rest_on(installed):
    code = "import locality; print(*sorted(t.id for t in locality.theorems()))"
    ids = _python(installed, code).split()
    assert ids == sorted(theorem.id for theorem in locality.theorems())
    assert ids
