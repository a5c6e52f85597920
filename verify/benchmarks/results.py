"""What every benchmark's result says of the machine, and how it is kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from locality.theory import InputError
from locality.verify.campaign.machine import environment, processor


class NumbersDiffer(RuntimeError):
    """Two ways of computing do not agree, so their speeds mean nothing."""


def machine() -> dict[str, Any]:
    """The processor and what speed depends on besides it."""
    return {"processor": processor(), **json.loads(environment())}


def prepare(path: Path) -> None:
    """Make the folder of a file that will be written; InputError if the file cannot be."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror})") from error
    if path.is_dir():
        raise InputError(f"{path} is a folder: expected a file")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InputError(f"{path} cannot be written (Permission denied)")


def write(found: dict[str, Any], path: Path) -> None:
    """Keep a result as JSON; InputError if the file cannot be written."""
    prepare(path)
    try:
        path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror})") from error
