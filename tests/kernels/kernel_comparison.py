"""Whether a backend gives what the definition gives, within the derived rounding of both."""

import torch
from kernel_cases import STATISTICS
from kernel_rounding import rounding

from locality.kernels import attend


def faults(case, dtype, backend, ask=None):
    """The statistics in which a backend is off the definition by more than the bounds.

    Those that `ask` names, or all that the case allows; those that it does not name count as
    faults where they are given all the same.
    """
    ask = case.aux if ask is None else ask
    q, k, v = case.tensors(dtype)
    exact = attend(
        q.double(), k.double(), v.double(), **case.arguments, aux=case.aux, backend="reference"
    )
    found = attend(q, k, v, **case.arguments, aux=ask, backend=backend)
    bound, asked = bounds(case, q, k, v, dtype), ask.names()
    wrong = [
        name
        for name in ("output", "lse", *(name for name in STATISTICS if name in asked))
        if not within(getattr(found, name).double(), getattr(exact, name), bound[name]).all()
    ]
    counted = ("status",) if exact.m is None else ("status", "m", "c")
    wrong += [name for name in counted if not getattr(found, name).equal(getattr(exact, name))]
    unasked = (name for name in STATISTICS if name not in asked)
    return wrong + [name for name in unasked if getattr(found, name) is not None]


def within(found, exact, bound):
    """|found − exact| ≤ bound, infinities and NaN in the same places; NaN elsewhere fails."""
    same = (found == exact) | (found.isnan() & exact.isnan())
    return same | ((found - exact).abs() <= bound)


def bounds(case, q, k, v, dtype):
    """The bound of each statistic: that of the backend plus that of the reference."""
    sums = torch.float64 if dtype == torch.float64 else torch.float32
    ours, theirs = (rounding(q, k, kind, case.arguments) for kind in (sums, torch.float64))
    both = {name: getattr(ours, name) + getattr(theirs, name) for name in vars(ours)}
    mean = both["mean"].unsqueeze(-1)
    stored = torch.finfo(dtype).eps * v.double().abs().max()  # the output's own dtype
    value = mean * v.double().abs().max() + stored
    return {
        "output": value,
        "local_output": value,
        "lse": both["lse"],
        "entropy": both["entropy"],
        "fidelity": both["mass"],
        "leakage": both["mass"],
        "block_mass": mean,
        "max_score": both["score"],
        "margin": both["score"],
    }
