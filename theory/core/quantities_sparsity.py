"""The quantities of penalties: groups of weights or of attention, and what switches one off."""

from __future__ import annotations

from locality.theory.core.quantity import closed_unit, finite, nonnegative, quantity, whole

penalty = quantity(
    "penalty",
    r"\lambda_g",
    "what a unit of a group's norm costs",
    "loss over weight",
    "λ ≥ 0",
    nonnegative,
    nonnegative=True,
)
gradient_norm = quantity(
    "gradient_norm",
    r"\lVert\nabla_g L\rVert",
    "Frobenius norm of the loss gradient in a group's weights",
    "loss over weight",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
loss_slope = quantity(
    "loss_slope",
    "G",
    "largest norm of the loss gradient at the attention output",
    "loss over value",
    "G ≥ 0",
    nonnegative,
    nonnegative=True,
)
largest_query = quantity(
    "largest_query",
    "Q",
    "largest length of a query vector",
    "length",
    "Q ≥ 0",
    nonnegative,
    nonnegative=True,
)
largest_key = quantity(
    "largest_key",
    "K",
    "largest length of a key vector",
    "length",
    "K ≥ 0",
    nonnegative,
    nonnegative=True,
)
value_diameter = quantity(
    "value_diameter",
    "D",
    "largest distance between two value vectors",
    "value",
    "D ≥ 0",
    nonnegative,
    nonnegative=True,
)
block_mass = quantity(
    "block_mass",
    r"\pi_g",
    "attention on the keys of a block",
    "1",
    "0 ≤ π ≤ 1",
    closed_unit,
    nonnegative=True,
)
excess = quantity(
    "excess",
    r"\lVert(z_g-\theta_R)_+\rVert",
    "length of what the scores of a group exceed the relevant group's multiplier by",
    "1",
    "≥ 0",
    nonnegative,
    nonnegative=True,
)
group_size = quantity(
    "group_size",
    r"\lvert g\rvert",
    "keys of a group that is not relevant",
    "keys",
    "a whole number ≥ 1",
    whole,
    integer=True,
    positive=True,
)
group_lead = quantity(
    "group_lead",
    r"\ell_g",
    "a group's largest score minus the largest relevant one, over the temperature",
    "1",
    "any finite real",
    finite,
    real=True,
)
