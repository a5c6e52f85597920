"""What a study keeps of numbers that differ by seed."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any


def across(values: Sequence[float]) -> dict[str, Any]:
    """Mean, least and largest of the seeds' values, and the values."""
    return {
        "mean": fmean(values),
        "min": min(values),
        "max": max(values),
        "seeds": [*values],
    }
