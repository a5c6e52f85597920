(* Printed from the claims in theory/ by `locality prove --write-bounds`; do not edit. *)
Require Import Reals.
From Locality Require Import Functions.
Open Scope R_scope.

Definition leakage_bound (m c x : R) : R := sigmoid (ln (c / m) - x).
Definition entropy_bound (m c x : R) : R := x * sigmoid (ln (c / m) - x) + ln m + softplus (ln (c / m) - x).
Definition entropy_exponential_bound (m c x : R) : R := (1 + x) * odds (ln (c / m) - x) + ln m.
Definition temperature_bound (variance temperature : R) : R := variance / temperature ^ 3.
Definition threshold_bound (m c delta : R) : R := ln (c / m) + logit (1 - delta).
Definition truncation_bound (leakage diameter : R) : R := diameter * leakage.
Definition dial_bound (fidelity dial temperature : R) : R := sigmoid (dial / temperature + logit fidelity).
Definition dial_stability_bound (step temperature : R) : R := tanh ((1 / 4) * step / temperature).
Definition dial_entropy_bound (fidelity turning_point dial temperature : R) : R := fidelity * (1 - fidelity) * (turning_point - dial) / temperature ^ 2.
Definition group_lasso_bound (penalty gradient_norm : R) : R := penalty - gradient_norm.
Definition group_lasso_zero_bound (gradient_norm penalty : R) : R := gradient_norm - penalty.
Definition group_lasso_attention_bound (loss_slope largest_query largest_key value_diameter temperature block_mass : R) : R := largest_key * largest_query * loss_slope * value_diameter * ((1 / 8) * (ramp (3 * block_mass - 1)) ^ 2 + block_mass * (1 - block_mass)) / temperature.
Definition group_lasso_attention_threshold_bound (loss_slope largest_query largest_key value_diameter temperature : R) : R := (1 / 2) * largest_key * largest_query * loss_slope * value_diameter / temperature.
Definition group_sparsemax_bound (excess : R) : R := excess.
Definition group_sparsemax_enough_bound (group_size group_lead : R) : R := sqrt group_size * ramp (1 + group_lead).
Definition anchor_capacity_bound (anchors : R) : R := anchors / (anchors - 1).
Definition anchor_capacity_random_bound (anchors dimension level_of_overlap : R) : R := (1 / 2) * anchors * (anchors - 1) * exp ((-1 / 2) * dimension * level_of_overlap ^ 2).
Definition anchor_redundancy_bound (n x : R) : R := n * turning_share x.
Definition anchor_redundancy_excess_bound (copies n x : R) : R := x * n * exp ((-1) * x) / (copies * fall x + n * exp ((-1) * x)) / fall x - 1 - ln (x * n * exp ((-1) * x) / (copies * fall x + n * exp ((-1) * x)) / fall x).
Definition anchor_redundancy_half_bound (n : R) : R := (1 / 2) * n.
Definition anchor_redundancy_added_bound (c x : R) : R := c * (x - 1) * exp ((-1) * x).
Definition rule_injection_bound (m c x : R) : R := sigmoid (x + ln (m / c)).
Definition rule_injection_variation_bound (lse_relevant lse_rest : R) : R := sigmoid (lse_relevant - lse_rest).
Definition rule_injection_shift_bound (lse_relevant lse_rest rule_mean old_output : R) : R := (rule_mean - old_output) * sigmoid (lse_relevant - lse_rest).
Definition hot_reload_bound (good accept_bad reject_good tries : R) : R := fall (tries * softplus (ln (accept_bad * (1 - good) + good * (1 - reject_good)) - ln (reject_good * good + (1 - accept_bad) * (1 - good)))).
Definition hot_reload_quality_bound (good accept_bad reject_good : R) : R := good * (1 - reject_good) / (accept_bad * (1 - good) + good * (1 - reject_good)).
Definition hot_reload_wrong_bound (good accept_bad reject_good tries : R) : R := accept_bad * (1 - good) * fall (tries * softplus (ln (accept_bad * (1 - good) + good * (1 - reject_good)) - ln (reject_good * good + (1 - accept_bad) * (1 - good)))) / (accept_bad * (1 - good) + good * (1 - reject_good)).
Definition recruitment_bound (initial_bits saving points dimension least_variance : R) : R := (initial_bits - (1 / 2) * dimension * points * ln (2 * PI * least_variance) / ln 2) / saving.
Definition recruitment_floor_bound (dimension least_variance : R) : R := (1 / 2) * dimension * ln (2 * PI * least_variance) / ln 2.
Definition progressive_bound (lipschitz deviation diameter dial temperature : R) : R := deviation * lipschitz + diameter * tanh ((1 / 4) * dial / temperature).
Definition merge_bound (lse_first lse_second : R) : R := lse_first + softplus (lse_second - lse_first).
Definition merge_mean_bound (lse_first lse_second mean_first mean_second : R) : R := mean_first * sigmoid (lse_first - lse_second) + mean_second * sigmoid (lse_second - lse_first).
Definition entropy_identity_bound (lse mean_product mean_bias temperature : R) : R := lse - (mean_bias + mean_product) / temperature.
Definition fidelity_identity_bound (lse_relevant lse : R) : R := fall (lse - lse_relevant).
Definition fidelity_identity_rest_bound (lse_rest lse : R) : R := odds (lse_rest - lse).
Definition fidelity_identity_parts_bound (lse_rest lse_relevant : R) : R := sigmoid (lse_rest - lse_relevant).
Definition skip_certificate_bound (log_upper log_kept : R) : R := sigmoid (log_upper - log_kept).
Definition skip_certificate_output_bound (log_upper log_kept diameter : R) : R := diameter * sigmoid (log_upper - log_kept).
Definition skip_certificate_score_bound (centre_score query_norm radius : R) : R := centre_score + query_norm * radius.
Definition rounding_bound (score_error : R) : R := tanh ((1 / 2) * score_error).
Definition rounding_lse_bound (score_error : R) : R := score_error.
Definition rounding_output_bound (variation diameter : R) : R := diameter * variation.
Definition rounding_entropy_bound (variation score_range : R) : R := score_range * variation.
Definition rounding_summed_bound (unit function_error sum_error underflow spread n : R) : R := (underflow * n * (1 + sum_error) + (1 + function_error) * (1 + sum_error) * exp (spread * unit) - 1) / (2 - underflow * n * (1 + sum_error) - (1 + function_error) * (1 + sum_error) * exp (spread * unit)).
Definition rounding_computed_bound (score_error log_error unit function_error n largest : R) : R := log_error + score_error + function_error * (log_error + ln n) + unit * (largest + (1 + function_error) * (log_error + ln n)).
