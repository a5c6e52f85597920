(* Printed from the theorems in theory/ by `locality prove --write-rocq`; do not edit.
   Shows what the headlines of each theorem assume together. Allowed, and pinned by a test, are the
   standard library's axioms of the real numbers, functional extensionality and classical logic:
     ClassicalDedekindReals.sig_forall_dec,
     ClassicalDedekindReals.sig_not_dec,
     Classical_Prop.classic,
     FunctionalExtensionality.functional_extensionality_dep *)
From Locality Require Import Statements.
From Locality Require Import StatementsSparsity.
From Locality Require Import StatementsAnchors.
From Locality Require Import StatementsRules.
From Locality Require Import StatementsRecruitment.
From Locality Require Import StatementsProgressive.
From Locality Require Import StatementsAttention.
From Locality Require Import StatementsLocalMean.
From Locality Require Import StatementsRegression.
From Locality Require Import StatementsDenoising.
From Locality Require Import StatementsRelatives.
From Locality Require Import StatementsDescent.
From Locality Require Import StatementsHierarchy.
From Locality Require Import StatementsExpressivity.
From Locality Require Import StatementsDepth.
From Locality Require Import StatementsCompile.
From Locality Require Import StatementsTokens.

Definition audited_leakage := (
  @headline_leakage,
  @headline_leakage_sharp,
  @headline_leakage_fidelity,
  @headline_leakage_boundary,
  @headline_leakage_mean_relevant).
Print Assumptions audited_leakage.

Definition audited_entropy := (
  @headline_entropy,
  @headline_entropy_sharp,
  @headline_entropy_boundary,
  @headline_entropy_decreasing).
Print Assumptions audited_entropy.

Definition audited_entropy_exponential := (
  @headline_entropy_exponential,
  @headline_entropy_exponential_gap,
  @headline_entropy_exponential_sharp,
  @headline_entropy_exponential_boundary).
Print Assumptions audited_entropy_exponential.

Definition audited_temperature := (
  @headline_temperature,
  @headline_temperature_sharp,
  @headline_temperature_boundary,
  @headline_temperature_limits,
  @headline_temperature_rate).
Print Assumptions audited_temperature.

Definition audited_threshold := (
  @headline_threshold,
  @headline_threshold_sharp,
  @headline_threshold_boundary,
  @headline_threshold_mean_margin,
  @headline_threshold_solved,
  @headline_threshold_penalty,
  @headline_threshold_budget,
  @headline_threshold_budget_root,
  @headline_threshold_budget_exact).
Print Assumptions audited_threshold.

Definition audited_truncation := (
  @headline_truncation,
  @headline_truncation_seminorm,
  @headline_truncation_error,
  @headline_truncation_sharp,
  @headline_truncation_boundary).
Print Assumptions audited_truncation.

Definition audited_dial := (
  @headline_dial,
  @headline_dial_logit,
  @headline_dial_boundary,
  @headline_dial_threshold,
  @headline_dial_limit,
  @headline_dial_stability,
  @headline_dial_stability_sharp).
Print Assumptions audited_dial.

Definition audited_dial_entropy := (
  @headline_dial_entropy,
  @headline_dial_entropy_sharp,
  @headline_dial_entropy_boundary,
  @headline_dial_entropy_rises,
  @headline_dial_entropy_limit,
  @headline_dial_entropy_cover).
Print Assumptions audited_dial_entropy.

Definition audited_dial_mean_entropy := (
  @headline_dial_mean_entropy,
  @headline_dial_mean_entropy_cover,
  @headline_dial_mean_entropy_norm,
  @headline_dial_mean_entropy_boundary).
Print Assumptions audited_dial_mean_entropy.

Definition audited_group_lasso := (
  @headline_group_lasso,
  @headline_group_lasso_dead,
  @headline_group_lasso_zero,
  @headline_group_lasso_minimiser,
  @headline_group_lasso_sharp,
  @headline_group_lasso_ray,
  @headline_group_lasso_constraint,
  @headline_group_lasso_boundary).
Print Assumptions audited_group_lasso.

Definition audited_group_lasso_attention := (
  @headline_group_lasso_attention,
  @headline_group_lasso_attention_mean,
  @headline_group_lasso_attention_dead,
  @headline_group_lasso_attention_concentrates,
  @headline_group_lasso_attention_sharp,
  @headline_group_lasso_attention_light,
  @headline_group_lasso_attention_boundary).
Print Assumptions audited_group_lasso_attention.

Definition audited_group_sparsemax := (
  @headline_group_sparsemax,
  @headline_group_sparsemax_solution,
  @headline_group_sparsemax_root,
  @headline_group_sparsemax_enough,
  @headline_group_sparsemax_sharp,
  @headline_group_sparsemax_boundary).
Print Assumptions audited_group_sparsemax.

Definition audited_anchor_capacity := (
  @headline_anchor_capacity,
  @headline_anchor_capacity_simplex,
  @headline_anchor_capacity_crowded,
  @headline_anchor_capacity_cross,
  @headline_anchor_capacity_temperature,
  @headline_anchor_capacity_random,
  @headline_anchor_capacity_boundary).
Print Assumptions audited_anchor_capacity.

Definition audited_anchor_redundancy := (
  @headline_anchor_redundancy,
  @headline_anchor_redundancy_excess,
  @headline_anchor_redundancy_half,
  @headline_anchor_redundancy_added,
  @headline_anchor_redundancy_boundary).
Print Assumptions audited_anchor_redundancy.

Definition audited_rule_injection := (
  @headline_rule_injection,
  @headline_rule_injection_sharp,
  @headline_rule_injection_variation,
  @headline_rule_injection_shift,
  @headline_rule_injection_removal,
  @headline_rule_injection_boundary).
Print Assumptions audited_rule_injection.

Definition audited_hot_reload := (
  @headline_hot_reload,
  @headline_hot_reload_quality,
  @headline_hot_reload_wrong,
  @headline_hot_reload_boundary,
  @headline_hot_reload_verified,
  @headline_hot_reload_better_quality,
  @headline_hot_reload_better_answers).
Print Assumptions audited_hot_reload.

Definition audited_recruitment := (
  @headline_recruitment,
  @headline_recruitment_floor,
  @headline_recruitment_sharp,
  @headline_recruitment_scan,
  @headline_recruitment_boundary,
  @headline_recruitment_refits).
Print Assumptions audited_recruitment.

Definition audited_progressive := (
  @headline_progressive,
  @headline_progressive_sum,
  @headline_progressive_attention,
  @headline_progressive_sharp,
  @headline_progressive_order,
  @headline_progressive_contracting,
  @headline_progressive_boundary,
  @headline_progressive_schedule).
Print Assumptions audited_progressive.

Definition audited_local_mean := (
  @headline_local_mean,
  @headline_local_mean_growth,
  @headline_local_mean_stability,
  @headline_local_mean_lipschitz,
  @headline_local_mean_sharp,
  @headline_local_mean_dial).
Print Assumptions audited_local_mean.

Definition audited_attention_is_local_mean := (
  @headline_attention_is_local_mean,
  @headline_attention_is_local_mean_dot,
  @headline_attention_is_local_mean_gaussian,
  @headline_attention_is_local_mean_equal_norms,
  @headline_attention_is_local_mean_variation,
  @headline_attention_is_local_mean_sharp,
  @headline_attention_is_local_mean_boundary).
Print Assumptions audited_attention_is_local_mean.

Definition audited_kernel_regression := (
  @headline_kernel_regression,
  @headline_kernel_regression_sharp,
  @headline_kernel_regression_noise,
  @headline_kernel_regression_entropy,
  @headline_kernel_regression_margin,
  @headline_kernel_regression_affine,
  @headline_kernel_regression_weights,
  @headline_kernel_regression_negative_weight,
  @headline_kernel_regression_boundary,
  @headline_kernel_regression_negative_margin).
Print Assumptions audited_kernel_regression.

Definition audited_lazy_learning := (
  @headline_lazy_learning,
  @headline_lazy_learning_sharp,
  @headline_lazy_learning_limit,
  @headline_lazy_learning_neighbours,
  @headline_lazy_learning_boundary).
Print Assumptions audited_lazy_learning.

Definition audited_mean_shift := (
  @headline_mean_shift,
  @headline_mean_shift_sharp,
  @headline_mean_shift_profiles,
  @headline_mean_shift_boundary).
Print Assumptions audited_mean_shift.

Definition audited_hopfield := (
  @headline_hopfield,
  @headline_hopfield_sharp,
  @headline_hopfield_relaxed,
  @headline_hopfield_boundary,
  @headline_hopfield_retrieval,
  @headline_hopfield_capacity).
Print Assumptions audited_hopfield.

Definition audited_relaxation_labeling := (
  @headline_relaxation_labeling,
  @headline_relaxation_labeling_rises,
  @headline_relaxation_labeling_still,
  @headline_relaxation_labeling_sharp,
  @headline_relaxation_labeling_boundary).
Print Assumptions audited_relaxation_labeling.

Definition audited_lle := (
  @headline_lle,
  @headline_lle_unique,
  @headline_lle_only,
  @headline_lle_scaled,
  @headline_lle_boundary,
  @headline_lle_singular,
  @headline_lle_hull).
Print Assumptions audited_lle.

Definition audited_fuzzy_inference := (
  @headline_fuzzy_inference,
  @headline_fuzzy_inference_attention,
  @headline_fuzzy_inference_output,
  @headline_fuzzy_inference_hull,
  @headline_fuzzy_inference_leading,
  @headline_fuzzy_inference_sharp,
  @headline_fuzzy_inference_boundary,
  @headline_fuzzy_inference_sum).
Print Assumptions audited_fuzzy_inference.

Definition audited_denoiser := (
  @headline_denoiser,
  @headline_denoiser_kernel,
  @headline_denoiser_optimal,
  @headline_denoiser_jacobian,
  @headline_denoiser_monotone,
  @headline_denoiser_memory,
  @headline_denoiser_sharp,
  @headline_denoiser_boundary).
Print Assumptions audited_denoiser.

Definition audited_transformer_is_hierarchical_local_model := (
  @headline_transformer_is_hierarchical_local_model,
  @headline_transformer_is_hierarchical_local_model_affine,
  @headline_transformer_is_hierarchical_local_model_map,
  @headline_transformer_is_hierarchical_local_model_heads,
  @headline_transformer_is_hierarchical_local_model_sum,
  @headline_transformer_is_hierarchical_local_model_sharp,
  @headline_transformer_is_hierarchical_local_model_boundary,
  @headline_transformer_is_hierarchical_local_model_hull,
  @headline_transformer_is_hierarchical_local_model_permutation).
Print Assumptions audited_transformer_is_hierarchical_local_model.

Definition audited_adaptive_and_nonlocal := (
  @headline_adaptive_and_nonlocal,
  @headline_adaptive_and_nonlocal_sharp,
  @headline_adaptive_and_nonlocal_own_patch,
  @headline_adaptive_and_nonlocal_adaptive,
  @headline_adaptive_and_nonlocal_boundary).
Print Assumptions audited_adaptive_and_nonlocal.

Definition audited_window_hierarchy := (
  @headline_window_strict,
  @headline_window_contains,
  @headline_window_next,
  @headline_window_agree,
  @headline_window_differ,
  @headline_window_factor).
Print Assumptions audited_window_hierarchy.

Definition audited_complementary := (
  @headline_first_letter_not_yesterday,
  @headline_first_letter_agree,
  @headline_last_letter_not_past,
  @headline_last_letter_agree,
  @headline_alternation_needs_both).
Print Assumptions audited_complementary.

Definition audited_classes := (
  @headline_definite_iff,
  @headline_definite_reads,
  @headline_past_only_rounds,
  @headline_past_only_ordered,
  @headline_ordered_past,
  @headline_past_window_rounds,
  @headline_past_window_ordered,
  @headline_ordered_past_yesterday,
  @headline_classes,
  @headline_classes_alphabet).
Print Assumptions audited_classes.

Definition audited_depth_cost := (
  @headline_depth_cost,
  @headline_depth_steps,
  @headline_depth_enough,
  @headline_depth_agree).
Print Assumptions audited_depth_cost.

Definition audited_compile := (
  @headline_compile_bound,
  @headline_compile_bound_sharp,
  @headline_compile_scale,
  @headline_compile_head,
  @headline_compile_mass,
  @headline_compile_mass_exact,
  @headline_compile_half,
  @headline_compile_mass_none,
  @headline_compile_past,
  @headline_compile_window,
  @headline_compile_boolean,
  @headline_compile_exact,
  @headline_compile_layers,
  @headline_compile_sharp).
Print Assumptions audited_compile.

Definition audited_global_tokens := (
  @headline_sink_first_letters,
  @headline_sink_strict,
  @headline_sink_boundary,
  @headline_sink_same_pattern,
  @headline_sink_letterless,
  @headline_global_read_out,
  @headline_global_periodic,
  @headline_global_same_logic,
  @headline_global_parity,
  @headline_global_parity_hybrid,
  @headline_global_blurs,
  @headline_global_blurs_none).
Print Assumptions audited_global_tokens.

Definition audited_merge := (
  @headline_merge,
  @headline_merge_mean,
  @headline_merge_commutative,
  @headline_merge_associative,
  @headline_merge_empty,
  @headline_merge_boundary).
Print Assumptions audited_merge.

Definition audited_entropy_identity := (
  @headline_entropy_identity,
  @headline_entropy_identity_products,
  @headline_entropy_identity_reference,
  @headline_entropy_identity_boundary).
Print Assumptions audited_entropy_identity.

Definition audited_fidelity_identity := (
  @headline_fidelity_identity,
  @headline_fidelity_identity_rest,
  @headline_fidelity_identity_parts,
  @headline_fidelity_identity_fidelity,
  @headline_fidelity_identity_boundary).
Print Assumptions audited_fidelity_identity.

Definition audited_skip_certificate := (
  @headline_skip_certificate,
  @headline_skip_certificate_score,
  @headline_skip_certificate_output,
  @headline_skip_certificate_sharp,
  @headline_skip_certificate_far_end,
  @headline_skip_certificate_boundary,
  @headline_skip_certificate_count).
Print Assumptions audited_skip_certificate.

Definition audited_rounding := (
  @headline_rounding,
  @headline_rounding_sharp,
  @headline_rounding_boundary,
  @headline_rounding_lse,
  @headline_rounding_output,
  @headline_rounding_entropy,
  @headline_rounding_summed,
  @headline_rounding_computed).
Print Assumptions audited_rounding.
