"""Build: theory/, kernels/ and verify/ install inside `locality`, stamped with the commit."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

FLOORS = ("theory", "kernels", "verify")


def packages() -> Iterator[str]:
    """Every package that installs, so that a new subfolder needs no entry anywhere."""
    yield "locality"
    for floor in FLOORS:
        yield f"locality.{floor}"
        yield from (f"locality.{floor}.{name}" for name in find_packages(floor))


class StampedBuild(build_py):
    """Writes the commit into the wheel; an editable install asks git instead."""

    def run(self) -> None:
        """Build from an empty folder, lest modules deleted since the last build be shipped."""
        if self.editable_mode:
            super().run()
            return
        shutil.rmtree(self.build_lib, ignore_errors=True)
        super().run()
        git = ["git", "rev-parse", "HEAD"]
        try:
            commit = subprocess.run(git, capture_output=True, check=True, text=True).stdout
        except (OSError, subprocess.CalledProcessError):
            return
        Path(self.build_lib, "locality", "COMMIT").write_text(commit)


setup(packages=list(packages()), cmdclass={"build_py": StampedBuild})
