(* rule-injection -- what a block of rule keys takes, moves, and leaves behind.

   Source: rules, the claim that rules in context steer a model and can be exchanged at any time.
   Assumes: the rule block (the marked keys) and the old keys are not empty; tau > 0 for the bound;
   the old keys have the same scores and values with and without the rule.

   Proved: the rule's share of the attention is at least sigmoid (ln (m/c) + Delta/tau), with
   equality exactly for two-level scores (share_ge_bound, share_eq_bound_iff); it is
   sigmoid (lse_R - lse_C) (share_eq_sigmoid), by which the distribution moves in total variation
   (injection_variation), and which is how far the output goes towards the rule's (injection_shift);
   the weights of the old keys over their own sum are what they were (removal_restores); old values
   that were computed with the rule in context keep what it said (removal_fails_in_depth). *)
Require Import Reals Lra List.
From Locality Require Import Functions Bounds Softmax Leakage Dial.
Import ListNotations.
Open Scope R_scope.

Lemma rule_injection_bound_eq (m c x : R) :
  0 < m -> 0 < c -> rule_injection_bound m c x = 1 - leakage_bound m c x.
Proof.
  intros M C. unfold rule_injection_bound, leakage_bound. rewrite <- sigmoid_opp. f_equal.
  rewrite !ln_quotient by assumption. ring.
Qed.

Section Injection.
Context {K : Type} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R).
Context (rule : inside P keys <> []) (old : outside P keys <> []).

Let m := size (inside P keys).
Let c := size (outside P keys).

Lemma keys_present : keys <> [].
Proof. exact (inside_not_nil P keys rule). Qed.

Theorem share_ge_bound (Delta : R) :
  0 < tau -> margin keys P s Delta ->
  fidelity keys P s tau >= rule_injection_bound m c (Delta / tau).
Proof.
  intros T M. rewrite rule_injection_bound_eq by now apply size_pos.
  now apply fidelity_ge_bound.
Qed.

Theorem share_eq_bound_iff (Delta : R) :
  0 < tau -> margin keys P s Delta ->
  (fidelity keys P s tau = rule_injection_bound m c (Delta / tau)
   <-> two_level keys P s Delta).
Proof.
  intros T M. rewrite rule_injection_bound_eq by now apply size_pos.
  rewrite fidelity_leakage by exact keys_present.
  rewrite <- (leakage_eq_bound_iff keys P s tau Delta T rule old M). fold m c. lra.
Qed.

(* ---- the share from two log-normalisers ---- *)

Definition log_weight (part : list K) : R := ln (total_weight part s tau).

Theorem share_eq_sigmoid :
  fidelity keys P s tau
  = rule_injection_variation_bound (log_weight (inside P keys)) (log_weight (outside P keys)).
Proof.
  unfold rule_injection_variation_bound, log_weight. rewrite fidelity_eq, (total_weight_split P keys).
  pose proof (total_weight_pos _ s tau rule) as A. pose proof (total_weight_pos _ s tau old) as B.
  rewrite sigmoid_odds. unfold odds, Rminus.
  rewrite exp_plus, exp_Ropp, !exp_ln by assumption.
  pose proof (Rplus_lt_0_compat _ _ A B). field. lra.
Qed.

(* the old distribution, as one over all keys *)
Definition before (k : K) : R := if P k then 0 else probability (outside P keys) s tau k.

Theorem injection_variation :
  total_variation keys (probability keys s tau) before
  = rule_injection_variation_bound (log_weight (inside P keys)) (log_weight (outside P keys)).
Proof.
  rewrite <- share_eq_sigmoid. set (share := fidelity keys P s tau).
  pose proof (leakage_between keys P s tau rule old) as L.
  assert (E : leakage keys P s tau = 1 - share)
    by (unfold share; rewrite fidelity_leakage by exact keys_present; ring).
  assert (A : sum (fun k => Rabs (probability keys s tau k - before k)) (inside P keys) = share).
  { unfold share, fidelity. apply sum_ext. intros k I. apply in_inside in I. unfold before.
    rewrite (proj2 I), Rminus_0_r. apply Rabs_pos_eq. left.
    apply probability_pos, keys_present. }
  assert (B : sum (fun k => Rabs (probability keys s tau k - before k)) (outside P keys) = share).
  { rewrite (sum_ext _ (fun k => share * probability (outside P keys) s tau k)).
    - rewrite sum_scale, probability_total by assumption. ring.
    - intros k I. apply in_outside in I. unfold before. rewrite (proj2 I).
      rewrite (probability_rest keys P) by assumption. rewrite E.
      pose proof (probability_pos (outside P keys) s tau k old).
      rewrite Rabs_minus_sym, Rabs_pos_eq; [ring | nra]. }
  unfold total_variation. rewrite (sum_split P), A, B. field.
Qed.

(* ---- outputs ---- *)

Theorem injection_shift (v : K -> R) :
  mean keys s tau v - mean (outside P keys) s tau v
  = rule_injection_shift_bound (log_weight (inside P keys)) (log_weight (outside P keys))
      (mean (inside P keys) s tau v) (mean (outside P keys) s tau v).
Proof.
  pose proof share_eq_sigmoid as S. unfold rule_injection_variation_bound in S.
  unfold rule_injection_shift_bound. rewrite <- S, (mean_split keys P) by assumption.
  pose proof (fidelity_leakage keys P s tau keys_present).
  replace (leakage keys P s tau) with (1 - fidelity keys P s tau) by lra. ring.
Qed.

Theorem removal_restores (k : K) :
  In k keys -> P k = false ->
  probability keys s tau k / sum (probability keys s tau) (outside P keys)
  = probability (outside P keys) s tau k.
Proof.
  intros _ _. fold (leakage keys P s tau). rewrite (probability_rest keys P) by assumption.
  pose proof (leakage_between keys P s tau rule old). field. lra.
Qed.

Lemma rule_lifts (v : K -> R) :
  mean (inside P keys) s tau v > mean (outside P keys) s tau v ->
  mean keys s tau v > mean (outside P keys) s tau v.
Proof.
  intros G. rewrite (mean_split keys P) by assumption.
  pose proof (fidelity_leakage keys P s tau keys_present) as F.
  pose proof (leakage_between keys P s tau rule old). rewrite F. nra.
Qed.
End Injection.

(* ---- boundary: what was computed with the rule in context ---- *)

(* A second attention operation over the old keys alone. Old key k has seen keys with the scores
   s k; its value is what it saw. *)
Theorem removal_fails_in_depth {K} (keys : list K) P (s : K -> K -> R) (t v : K -> R) tau :
  inside P keys <> [] -> outside P keys <> [] ->
  (forall k, In k keys -> P k = false ->
     mean (inside P keys) (s k) tau v > mean (outside P keys) (s k) tau v) ->
  mean (outside P keys) t tau (fun k => mean keys (s k) tau v)
  > mean (outside P keys) t tau (fun k => mean (outside P keys) (s k) tau v).
Proof.
  intros rule old G. apply Rlt_gt, Rminus_gt_0_lt, Rlt_gt. unfold mean at 1 3.
  rewrite <- sum_minus. apply sum_pos; [assumption |]. intros k I.
  pose proof (probability_pos (outside P keys) t tau k old). apply in_outside in I.
  pose proof (rule_lifts keys P (s k) tau rule old v (G k (proj1 I) (proj2 I))). nra.
Qed.
