"""Builds the book: `python book/build.py [FOLDER]`, by default into build/book/.

Warnings are errors. Sphinx's pages are read by two processes, since each page runs its own code.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

BOOK = Path(__file__).resolve().parent
OUTPUT = BOOK.parent / "build" / "book"


def main(out: Path = OUTPUT, source: Path = BOOK, jobs: int = 2) -> int:
    """Build `source` into the folder `out`, index.html at its top; 0 if nothing was amiss."""
    from jupyter_book.sphinx import build_sphinx
    from jupyter_client.connect import ConnectionFileMixin

    ConnectionFileMixin.transport.default_value = "ipc"  # files of this user instead of open ports
    extension = str(BOOK / "extension")
    sys.path.insert(0, extension)
    os.environ["PYTHONPATH"] = os.pathsep.join([extension, os.environ.get("PYTHONPATH", "")])
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    out = Path(out).resolve()
    shutil.rmtree(out, ignore_errors=True)
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
