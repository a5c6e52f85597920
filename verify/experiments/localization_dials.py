"""One dial on three localization methods: mean shift, Hopfield retrieval and kernel regression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from locality.verify.experiments import dialled_regression as regression
from locality.verify.experiments import dialled_retrieval as retrieval
from locality.verify.experiments import dialled_shift as shift
from locality.verify.experiments.language_model import single_thread
from locality.verify.experiments.study import Part, Study

BANDWIDTHS = (20.0, 30.0)  # of mean shift, in grey values: half and three quarters of a distance
EACH = 40  # images of each digit that are shifted
QUERIES = 4  # of each digit that are retrieved
PATIENTS = 200


def parts(quick: bool) -> dict[str, Part]:
    """A part for each bandwidth of mean shift, one for retrieval and one for regression."""
    each, queries, patients = (8, 1, 20) if quick else (EACH, QUERIES, PATIENTS)
    some = slice(None, None, 3 if quick else 1)
    widths = BANDWIDTHS[-1:] if quick else BANDWIDTHS
    shifts = {f"mean-shift-{h:g}": partial(shift.study, h, each, shift.DIALS[some]) for h in widths}
    found: dict[str, Callable[[Path], Any]] = {
        **shifts,
        "retrieval": partial(retrieval.study, queries, retrieval.DIALS[some]),
        "regression": partial(regression.study, patients, regression.DIALS[some]),
    }
    return {key: partial(_alone, part) for key, part in found.items()}


def _alone(part: Part, folder: Path) -> Any:
    with single_thread():
        return part(folder)


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """What was found, model by model."""
    shifts = [part for key, part in found.items() if key.startswith("mean-shift")]
    return {
        "mean shift": shifts,
        "retrieval": found["retrieval"],
        "regression": found["regression"],
    }


def faults(summary: Mapping[str, Any]) -> list[str]:
    """Where a model does what its prediction excludes."""
    said = [fault for part in summary["mean shift"] for fault in shift.faults(part)]
    return said + retrieval.faults(summary["retrieval"]) + regression.faults(summary["regression"])


def _data() -> dict[str, bytes]:
    from sklearn.datasets import load_diabetes, load_digits

    return {
        name: b"".join(array.tobytes() for array in load(return_X_y=True))
        for name, load in (("digits", load_digits), ("diabetes", load_diabetes))
    }


STUDY = Study(
    name="localization-dials",
    title="One dial on three localization methods",
    theorems=("leakage", "threshold", "truncation", "dial", "dial-entropy"),
    inequality="mean shift keeps as many clusters as blocks are certainly apart, and no point goes "
    "farther from its block than it can; retrieval stands at least the admissible number of other "
    "patterns, and exactly as many as the dial's law gives; regression has the mean distance, Σp² "
    "and entropy that the law gives, no bias exceeds its bound, and drawn variances are as "
    "predicted",
    parts=parts,
    summary=summary,
    faults=faults,
    inputs=_data,
    modules=(
        *(
            f"locality.verify.experiments.dialled_{name}"
            for name in ("shift", "retrieval", "regression")
        ),
        "locality.kernels.localization.local_mean",
        "locality.kernels.localization.log_kernels",
    ),
)
