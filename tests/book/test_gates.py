"""The book's gate can fail: each planted fault is refused, and told."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
HEADER = "---\nfile_format: mystnb\nkernelspec: {name: python3}\n---\n"
SOUND = "# A page\n\n```{theorem} leakage\n```\n\nSee [](#thm-leakage).\n"


@pytest.fixture
def one_page(tmp_path: Path, build: Callable[..., Any]) -> Callable[[str], Any]:
    """Build a book of one page, and say what was told about that page."""

    def make(text: str) -> tuple[int, str]:
        source = tmp_path / "source"
        for folder in ("static", "templates"):
            shutil.copytree(ROOT / "book" / folder, source / folder)
        config = (ROOT / "book" / "_config.yml").read_text(encoding="utf-8")
        theory = str(ROOT / "theory")
        (source / "_config.yml").write_text(config.replace("../theory", theory), encoding="utf-8")
        (source / "_toc.yml").write_text("format: jb-book\nroot: page\n", encoding="utf-8")
        (source / "page.md").write_text(text, encoding="utf-8")
        done = build(tmp_path / "out", source)
        return done.returncode, re.sub(r"\x1b\[[\d;]*m", "", done.stderr)

    return make


def test_sound_page_is_told_only_that_it_is_not_the_whole_book(one_page: Any) -> None:
    status, told = one_page(SOUND)
    assert status != 0
    warnings = [line for line in told.splitlines() if "WARNING" in line]
    assert warnings
    assert all("in the book" in line for line in warnings)


@pytest.mark.parametrize(
    ("planted", "told"),
    [
        ("```{theorem} nothing\n```", "unknown theorem 'nothing'"),
        ("```{demonstration} leakage\n```", "expected a theorem with a demonstration"),
        ("```{dependencies} nowhere\n```", "unknown part 'nowhere'"),
        ("See [](#thm-nothing).", "thm-nothing"),
        ("See [there](nowhere.md).", "nowhere.md"),
        ("{cite}`nobody`", "nobody"),
        ("{number}`theorem('leakage').bound(m=0, c=1, x=0)`", "m = 0: expected a whole number"),
        ("{number}`float('nan')`", "is nan"),
        ("{number}`1 > 2`", "is False"),
        ("```{code-cell} ipython3\nassert 1 > 2\n```", "Executing notebook failed"),
    ],
)
def test_planted_fault_fails_the_build(one_page: Any, planted: str, told: str) -> None:
    status, heard = one_page(f"{HEADER}{SOUND}\n{planted}\n")
    assert status != 0
    assert told in heard
