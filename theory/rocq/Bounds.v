(* Printed from the claims in theory/ by `locality prove --write-bounds`; do not edit. *)
Require Import Reals.
From Locality Require Import Functions.
Open Scope R_scope.

Definition leakage_bound (m c x : R) : R := sigmoid (ln (c / m) - x).
Definition entropy_bound (m c x : R) : R := ln m + softplus (ln (c / m) - x) + x * sigmoid (ln (c / m) - x).
Definition entropy_exponential_bound (m c x : R) : R := ln m + (1 + x) * odds (ln (c / m) - x).
Definition threshold_bound (m c delta : R) : R := ln (c / m) + logit (1 - delta).
Definition truncation_bound (leakage diameter : R) : R := leakage * diameter.
Definition dial_bound (fidelity dial temperature : R) : R := sigmoid (logit fidelity + dial / temperature).
Definition dial_stability_bound (step temperature : R) : R := tanh (step / (4 * temperature)).
Definition dial_entropy_bound (fidelity turning_point dial temperature : R) : R := fidelity * (1 - fidelity) * (turning_point - dial) / temperature ^ 2.
Definition temperature_bound (variance temperature : R) : R := variance / temperature ^ 3.
