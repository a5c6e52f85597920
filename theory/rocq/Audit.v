(* Prints what every headline assumes. Allowed, and pinned by a test: the standard library's axioms
   of the real numbers, functional extensionality and classical logic,

     ClassicalDedekindReals.sig_not_dec
     ClassicalDedekindReals.sig_forall_dec
     FunctionalExtensionality.functional_extensionality_dep
     Classical_Prop.classic *)
From Locality Require Import Statements.

Print Assumptions headline_leakage.
Print Assumptions headline_leakage_sharp.
Print Assumptions headline_leakage_fidelity.
Print Assumptions headline_leakage_boundary.
Print Assumptions headline_leakage_mean_relevant.
Print Assumptions headline_entropy.
Print Assumptions headline_entropy_sharp.
Print Assumptions headline_entropy_boundary.
Print Assumptions headline_entropy_decreasing.
Print Assumptions headline_entropy_exponential.
Print Assumptions headline_entropy_exponential_gap.
Print Assumptions headline_entropy_exponential_sharp.
Print Assumptions headline_entropy_exponential_boundary.
Print Assumptions headline_threshold.
Print Assumptions headline_threshold_sharp.
Print Assumptions headline_threshold_boundary.
Print Assumptions headline_threshold_mean_margin.
Print Assumptions headline_threshold_solved.
Print Assumptions headline_threshold_penalty.
Print Assumptions headline_threshold_budget.
Print Assumptions headline_threshold_budget_root.
Print Assumptions headline_threshold_budget_exact.
Print Assumptions headline_truncation.
Print Assumptions headline_truncation_seminorm.
Print Assumptions headline_truncation_error.
Print Assumptions headline_truncation_sharp.
Print Assumptions headline_truncation_boundary.
Print Assumptions headline_temperature.
Print Assumptions headline_temperature_sharp.
Print Assumptions headline_temperature_boundary.
Print Assumptions headline_temperature_limits.
Print Assumptions headline_temperature_rate.
Print Assumptions headline_dial.
Print Assumptions headline_dial_logit.
Print Assumptions headline_dial_boundary.
Print Assumptions headline_dial_threshold.
Print Assumptions headline_dial_limit.
Print Assumptions headline_dial_stability.
Print Assumptions headline_dial_stability_sharp.
Print Assumptions headline_dial_entropy.
Print Assumptions headline_dial_entropy_sharp.
Print Assumptions headline_dial_entropy_boundary.
Print Assumptions headline_dial_entropy_rises.
Print Assumptions headline_dial_entropy_limit.
Print Assumptions headline_dial_entropy_cover.
Print Assumptions headline_dial_mean_entropy.
Print Assumptions headline_dial_mean_entropy_cover.
Print Assumptions headline_dial_mean_entropy_norm.
Print Assumptions headline_dial_mean_entropy_boundary.
Print Assumptions headline_fidelity_identity.
Print Assumptions headline_fidelity_identity_rest.
Print Assumptions headline_fidelity_identity_parts.
Print Assumptions headline_fidelity_identity_fidelity.
Print Assumptions headline_fidelity_identity_boundary.
