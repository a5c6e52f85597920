(* fidelity-identity -- log-normalisers of a local and a global pass give the leakage.

   Source: flash, fused attention that keeps the logarithm of its normaliser.
   Assumes: the block and the rest are not empty. No sign of tau is needed.

   Proved: leakage = 1 - e^(lse_R - lse) (leakage_from_block) = e^(lse_C - lse) (leakage_from_rest)
   = sigmoid (lse_C - lse_R) (leakage_from_parts); fidelity = e^(lse_R - lse)
   (fidelity_from_block); a pass over the block that also saw keys of the rest understates the
   leakage (leakage_from_overlap_fails). *)
Require Import Reals Lra List Bool.
From Locality Require Import Functions Bounds Softmax.
Import ListNotations.
Open Scope R_scope.

Definition lse {K} (keys : list K) (s : K -> R) (tau : R) : R := ln (total_weight keys s tau).

Lemma fidelity_identity_bound_eq (lse_relevant lse : R) :
  fidelity_identity_bound lse_relevant lse = 1 - exp (lse_relevant - lse).
Proof.
  unfold fidelity_identity_bound, fall.
  now replace (lse_relevant - lse) with (- (lse - lse_relevant)) by ring.
Qed.

Lemma fidelity_identity_rest_bound_eq (lse_rest lse : R) :
  fidelity_identity_rest_bound lse_rest lse = exp (lse_rest - lse).
Proof. unfold fidelity_identity_rest_bound. now rearrange (lse_rest - lse). Qed.

Lemma fidelity_identity_parts_bound_eq (lse_rest lse_relevant : R) :
  fidelity_identity_parts_bound lse_rest lse_relevant = sigmoid (lse_rest - lse_relevant).
Proof. unfold fidelity_identity_parts_bound. now rearrange (lse_rest - lse_relevant). Qed.

(* the share of some keys' weight in others' *)
Lemma exp_lse_minus {K} (some keys : list K) s tau :
  some <> [] -> keys <> [] ->
  exp (lse some s tau - lse keys s tau) = total_weight some s tau / total_weight keys s tau.
Proof.
  intros S N. unfold lse. rewrite <- ln_quotient by now apply total_weight_pos.
  apply exp_ln, Rdiv_lt_0_compat; now apply total_weight_pos.
Qed.

Theorem fidelity_from_block {K} (keys : list K) P s tau :
  inside P keys <> [] ->
  fidelity keys P s tau = exp (lse (inside P keys) s tau - lse keys s tau).
Proof.
  intros NR. rewrite exp_lse_minus, fidelity_eq by eauto using inside_not_nil. reflexivity.
Qed.

Theorem leakage_from_block {K} (keys : list K) P s tau :
  inside P keys <> [] ->
  leakage keys P s tau = fidelity_identity_bound (lse (inside P keys) s tau) (lse keys s tau).
Proof.
  intros NR. rewrite fidelity_identity_bound_eq, <- fidelity_from_block by assumption.
  rewrite fidelity_leakage by eauto using inside_not_nil. ring.
Qed.

Theorem leakage_from_rest {K} (keys : list K) P s tau :
  outside P keys <> [] ->
  leakage keys P s tau
  = fidelity_identity_rest_bound (lse (outside P keys) s tau) (lse keys s tau).
Proof.
  intros NC. rewrite fidelity_identity_rest_bound_eq, exp_lse_minus, leakage_eq
    by eauto using outside_not_nil. reflexivity.
Qed.

Theorem leakage_from_parts {K} (keys : list K) P s tau :
  inside P keys <> [] -> outside P keys <> [] ->
  leakage keys P s tau
  = fidelity_identity_parts_bound (lse (outside P keys) s tau) (lse (inside P keys) s tau).
Proof.
  intros NR NC. rewrite fidelity_identity_parts_bound_eq, sigmoid_odds. unfold odds.
  rewrite exp_lse_minus, leakage_eq, (total_weight_split P keys) by assumption.
  pose proof (total_weight_pos _ s tau NR). pose proof (total_weight_pos _ s tau NC). field. lra.
Qed.

(* a window around the block sees some keys of the rest as well *)
Theorem leakage_from_overlap_fails {K} (keys : list K) P s tau (seen : list K) :
  inside P keys <> [] -> seen <> [] ->
  fidelity_identity_bound (lse (inside P keys ++ seen) s tau) (lse keys s tau)
  < leakage keys P s tau.
Proof.
  intros NR NS. rewrite (leakage_from_block keys P) by assumption.
  rewrite !fidelity_identity_bound_eq, !exp_lse_minus; eauto using inside_not_nil.
  2: { intros E. apply app_eq_nil in E. tauto. }
  pose proof (total_weight_pos keys s tau (inside_not_nil P keys NR)).
  pose proof (total_weight_pos seen s tau NS) as W.
  assert (E : total_weight (inside P keys ++ seen) s tau
              = total_weight (inside P keys) s tau + total_weight seen s tau).
  { unfold total_weight. apply sum_app. }
  rewrite E. unfold Rdiv. rewrite Rmult_plus_distr_r.
  pose proof (Rmult_lt_0_compat _ _ W (Rinv_0_lt_compat _ H)). lra.
Qed.
