"""Builds the book: `python book/build.py [FOLDER]`, by default into build/book/.

Warnings are errors. Sphinx's pages are read by two processes, since each page runs its own code.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

BOOK = Path(__file__).resolve().parent
OUTPUT = BOOK.parent / "build" / "book"


def main(out: Path = OUTPUT, source: Path = BOOK, jobs: int = 2) -> int:
    """Build `source` into the folder `out`, index.html at its top; 0 if nothing was amiss."""
    extension = str(BOOK / "extension")
    sys.path.insert(0, extension)
    out = Path(out).resolve()
    shutil.rmtree(out, ignore_errors=True)
    with TemporaryDirectory() as kernels:
        os.environ |= _for_kernels(Path(kernels), extension)
        return _build(source, out, jobs)


def _for_kernels(folder: Path, extension: str) -> dict[str, str]:
    """What makes the pages run in this Python, quietly, with the book's helpers at hand."""
    words = [
        sys.executable,
        "-m",
        "ipykernel_launcher",
        "-f",
        "{connection_file}",
        "--log-level=40",
    ]
    spec = {"argv": words, "display_name": "Python 3", "language": "python"}
    file = folder / "kernels" / "python3" / "kernel.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(spec), encoding="utf-8")
    paths = {"JUPYTER_PATH": str(folder), "PYTHONPATH": extension}
    joined = {k: os.pathsep.join(filter(None, (v, os.environ.get(k)))) for k, v in paths.items()}
    # A page has no widgets in which tqdm could draw, and tqdm says so on stderr.
    return {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore:IProgress not found"} | joined


def _build(source: Path, out: Path, jobs: int) -> int:
    from jupyter_book.sphinx import build_sphinx

    status = build_sphinx(
        source,
        out,
        noconfig=True,
        path_config=source / "_config.yml",
        confoverrides={"nitpicky": True, "latex_individualpages": False},
        doctreedir=out.with_name(f".{out.name}.doctrees"),
        freshenv=True,
        warningiserror=True,
        keep_going=True,
        jobs=jobs,
        quiet=True,
    )
    return status if isinstance(status, int) else 1


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
