(* dial-entropy -- entropy rises with the dial up to a turning point and falls beyond it.

   Source: aila, attention entropy as it answers to the locality dial.
   Assumes: tau > 0; the block and the rest are not empty. The turning point is the mean score of the
   rest minus the mean score of the block, each under its own conditional distribution; it does not
   depend on the dial.

   Proved: the derivative of the entropy in the dial is F (1 - F) (turning point - lambda) / tau^2
   (dial_entropy_derivative); entropy rises strictly up to the turning point (dial_entropy_rises), falls
   strictly beyond it (dial_entropy_falls) and peaks there at ln (e^H_R + e^H_C) (dial_entropy_peak);
   it tends to H_R as the dial grows (dial_entropy_to_infinity); a margin Delta keeps the turning point
   at or below -Delta (turning_point_le), so with Delta >= 0 entropy falls for every dial >= 0
   (dial_entropy_falls_from_zero); without a margin "more locality, less entropy" is false: dialling
   raises entropy whenever the turning point is positive (dial_entropy_rises_from_zero), and there are
   scores whose entropy without a dial is even below its limit (dial_entropy_may_rise). *)
Require Import Reals Lra List Arith.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Softmax Calculus Temperature Dial.
Import ListNotations.
Open Scope R_scope.

Lemma dial_entropy_bound_eq (fidelity turning_point lambda tau : R) :
  0 < tau ->
  dial_entropy_bound fidelity turning_point lambda tau
  = fidelity * (1 - fidelity) * (turning_point - lambda) / tau ^ 2.
Proof. intros T. unfold dial_entropy_bound. field. lra. Qed.

Definition turning_point {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R) : R :=
  mean (outside P keys) s tau s - mean (inside P keys) s tau s.

(* entropy of attention at a setting of the dial *)
Definition dialled_entropy {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau lambda : R) : R :=
  attention_entropy keys (dialled P s lambda) tau.

(* ---- conditional means ---- *)

Lemma mean_inside {K} (keys : list K) P s lambda tau :
  mean (inside P keys) (dialled P s lambda) tau (dialled P s lambda) = mean (inside P keys) s tau s.
Proof.
  apply sum_ext. intros k I. now rewrite probability_inside, (dialled_inside keys).
Qed.

Lemma mean_outside {K} (keys : list K) P s lambda tau :
  outside P keys <> [] ->
  mean (outside P keys) (dialled P s lambda) tau (dialled P s lambda)
  = mean (outside P keys) s tau s - lambda.
Proof.
  intros NC. rewrite <- (mean_const (outside P keys) s tau lambda NC) at 3. unfold mean.
  rewrite <- sum_minus. apply sum_ext. intros k I.
  rewrite probability_outside, (dialled_outside keys) by assumption. ring.
Qed.

(* ---- entropy as a function of the dial ---- *)

(* a, b: total weights of block and rest; r, q: their mean scores *)
Definition entropy_of_dial (a b r q tau lambda : R) : R :=
  ln (a + exp (- (lambda / tau)) * b)
  - (a * r + exp (- (lambda / tau)) * b * (q - lambda)) / (a + exp (- (lambda / tau)) * b) / tau.

Lemma dialled_entropy_eq {K} (keys : list K) P s tau lambda :
  inside P keys <> [] -> outside P keys <> [] ->
  dialled_entropy keys P s tau lambda
  = entropy_of_dial (total_weight (inside P keys) s tau) (total_weight (outside P keys) s tau)
      (mean (inside P keys) s tau s) (mean (outside P keys) s tau s) tau lambda.
Proof.
  intros NR NC. assert (N : keys <> []) by eauto using inside_not_nil.
  pose proof (total_weight_pos _ (dialled P s lambda) tau N) as Z.
  unfold dialled_entropy, entropy_of_dial.
  rewrite attention_entropy_eq, (mean_split keys P), mean_inside, mean_outside by assumption.
  rewrite fidelity_eq, leakage_eq, total_weight_inside, total_weight_outside.
  rewrite (total_weight_split P keys), total_weight_inside, total_weight_outside in *.
  f_equal. f_equal. field. lra.
Qed.

Lemma entropy_of_dial_derivative (a b r q tau lambda : R) :
  0 < a -> 0 < b -> 0 < tau ->
  let F := a / (a + exp (- (lambda / tau)) * b) in
  is_derive (entropy_of_dial a b r q tau) lambda (F * (1 - F) * (q - r - lambda) / tau ^ 2).
Proof.
  intros A B T F. pose proof (exp_pos (- (lambda / tau))) as E. unfold entropy_of_dial.
  assert (Z : 0 < a + exp (- (lambda / tau)) * b) by nra.
  auto_derive; change (lambda * / tau) with (lambda / tau).
  - repeat split; lra.
  - unfold F. field. lra.
Qed.

Theorem dial_entropy_derivative {K} (keys : list K) P s tau lambda :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  is_derive (dialled_entropy keys P s tau) lambda
    (dial_entropy_bound (fidelity keys P (dialled P s lambda) tau) (turning_point keys P s tau)
       lambda tau).
Proof.
  intros NR NC T. rewrite dial_entropy_bound_eq by assumption.
  rewrite fidelity_eq, (total_weight_split P keys), total_weight_inside, total_weight_outside.
  eapply is_derive_ext; [intros t; symmetry; now apply dialled_entropy_eq |].
  apply entropy_of_dial_derivative; auto using total_weight_pos.
Qed.

(* ---- up, peak, down ---- *)

Lemma dial_entropy_slope {K} (keys : list K) P s tau lambda :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  exists a, 0 < a /\
    dial_entropy_bound (fidelity keys P (dialled P s lambda) tau) (turning_point keys P s tau)
      lambda tau = a * (turning_point keys P s tau - lambda).
Proof.
  intros NR NC T. rewrite dial_entropy_bound_eq by assumption.
  pose proof (fidelity_between keys P (dialled P s lambda) tau NR NC) as B.
  set (F := fidelity keys P (dialled P s lambda) tau) in *.
  exists (F * (1 - F) / tau ^ 2). split; [| field; lra].
  apply Rdiv_lt_0_compat; [apply Rmult_lt_0_compat; lra | apply pow_lt; lra].
Qed.

Theorem dial_entropy_rises {K} (keys : list K) P s tau lambda lambda' :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  lambda < lambda' <= turning_point keys P s tau ->
  dialled_entropy keys P s tau lambda < dialled_entropy keys P s tau lambda'.
Proof.
  intros NR NC T L. eapply increasing_by_derivative; [lra | |].
  - intros. now apply dial_entropy_derivative.
  - intros t B. destruct (dial_entropy_slope keys P s tau t NR NC T) as (a & A & E).
    simpl. rewrite E. apply Rmult_lt_0_compat; lra.
Qed.

Theorem dial_entropy_falls {K} (keys : list K) P s tau lambda lambda' :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  turning_point keys P s tau <= lambda < lambda' ->
  dialled_entropy keys P s tau lambda' < dialled_entropy keys P s tau lambda.
Proof.
  intros NR NC T L. eapply decreasing_by_derivative; [lra | |].
  - intros. now apply dial_entropy_derivative.
  - intros t B. destruct (dial_entropy_slope keys P s tau t NR NC T) as (a & A & E).
    simpl. rewrite E. nra.
Qed.

Lemma dial_entropy_at_peak {K} (keys : list K) P s tau :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  dialled_entropy keys P s tau (turning_point keys P s tau)
  = ln (exp (attention_entropy (inside P keys) s tau)
        + exp (attention_entropy (outside P keys) s tau)).
Proof.
  intros NR NC T. rewrite dialled_entropy_eq, !attention_entropy_eq by assumption.
  unfold entropy_of_dial, turning_point.
  pose proof (total_weight_pos _ s tau NR) as A. pose proof (total_weight_pos _ s tau NC) as B.
  set (a := total_weight (inside P keys) s tau) in *.
  set (b := total_weight (outside P keys) s tau) in *.
  set (r := mean (inside P keys) s tau s). set (q := mean (outside P keys) s tau s).
  pose proof (exp_pos (- ((q - r) / tau))) as E. set (e := exp (- ((q - r) / tau))) in *.
  replace (exp (ln a - r / tau) + exp (ln b - q / tau)) with (exp (- (r / tau)) * (a + e * b)).
  - rewrite ln_mult, ln_exp by (apply exp_pos || nra). field. split; [lra | nra].
  - unfold Rminus at 1 2. rewrite !exp_plus, !exp_ln by assumption.
    replace (exp (- (q / tau))) with (exp (- (r / tau)) * e); [ring |].
    unfold e. rewrite <- exp_plus. f_equal. field. lra.
Qed.

Theorem dial_entropy_peak {K} (keys : list K) P s tau lambda :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  let peak := ln (exp (attention_entropy (inside P keys) s tau)
                  + exp (attention_entropy (outside P keys) s tau)) in
  dialled_entropy keys P s tau lambda <= peak /\
  (dialled_entropy keys P s tau lambda = peak <-> lambda = turning_point keys P s tau).
Proof.
  intros NR NC T peak. unfold peak. rewrite <- dial_entropy_at_peak by assumption.
  destruct (Rtotal_order lambda (turning_point keys P s tau)) as [L | [-> | L]].
  - pose proof (dial_entropy_rises keys P s tau lambda (turning_point keys P s tau) NR NC T). lra.
  - lra.
  - pose proof (dial_entropy_falls keys P s tau (turning_point keys P s tau) lambda NR NC T). lra.
Qed.

Theorem dial_entropy_to_infinity {K} (keys : list K) P s tau :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  is_lim (dialled_entropy keys P s tau) p_infty (attention_entropy (inside P keys) s tau).
Proof.
  intros NR NC T. assert (N : keys <> []) by eauto using inside_not_nil.
  set (w := fun k => if P k then weight s tau k else 0).
  set (a := fun k => if P k then s k / tau * weight s tau k else 0).
  assert (EW : sum w keys = total_weight (inside P keys) s tau) by apply sum_on_block.
  assert (EA : sum a keys = sum (fun k => s k / tau * weight s tau k) (inside P keys))
    by apply (sum_on_block P (fun k => s k / tau * weight s tau k)).
  assert (U : forall k, In k keys ->
    filterlim (fun lambda => exp (dialled P s lambda k / tau)) (Rbar_locally p_infty) (locally (w k)) /\
    filterlim (fun lambda => dialled P s lambda k / tau * exp (dialled P s lambda k / tau))
      (Rbar_locally p_infty) (locally (a k))).
  { intros k _. unfold dialled, w, a. destruct (P k); [split; apply filterlim_const |].
    apply (exp_limit_m_infty (Rbar_locally p_infty)).
    apply filterlim_ext with (fun lambda => s k / tau + - / tau * lambda);
      [intros; unfold Rdiv; ring |].
    apply falling_line_limit. pose proof (Rinv_0_lt_compat tau T). lra. }
  replace (attention_entropy (inside P keys) s tau) with (ln (sum w keys) - sum a keys / sum w keys).
  - apply (attention_entropy_limit (Rbar_locally p_infty) keys (fun lambda => dialled P s lambda)
      (fun _ => tau) w a N); [rewrite EW; now apply total_weight_pos | |]; intros k I; now apply U.
  - rewrite attention_entropy_eq, mean_total, EW, EA by assumption.
    rewrite (sum_ext (fun k => s k / tau * weight s tau k) (fun k => weight s tau k * s k / tau))
      by (intros; unfold Rdiv; ring).
    rewrite sum_divide. unfold Rdiv. ring.
Qed.

(* ---- with a margin entropy falls from the start ---- *)

Lemma mean_le {K} (keys : list K) s tau v w :
  keys <> [] -> (forall k, In k keys -> v k <= w k) -> mean keys s tau v <= mean keys s tau w.
Proof.
  intros N L. apply sum_le. intros k I. apply Rmult_le_compat_l; [| now apply L].
  left. now apply probability_pos.
Qed.

Theorem turning_point_le {K} (keys : list K) P s tau Delta :
  inside P keys <> [] -> outside P keys <> [] -> margin keys P s Delta ->
  turning_point keys P s tau <= - Delta.
Proof.
  intros NR NC M. unfold turning_point. set (q := mean (outside P keys) s tau s).
  enough (q + Delta <= mean (inside P keys) s tau s) by lra.
  rewrite <- (mean_const (inside P keys) s tau (q + Delta) NR). apply mean_le; [assumption |].
  intros j J. apply in_inside in J as [J Pj]. enough (q <= s j - Delta) by lra.
  rewrite <- (mean_const (outside P keys) s tau (s j - Delta) NC). apply mean_le; [assumption |].
  intros k I. apply in_outside in I as [I Pk]. specialize (M j k J Pj I Pk). lra.
Qed.

Theorem dial_entropy_falls_from_zero {K} (keys : list K) P s tau Delta lambda lambda' :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau -> margin keys P s Delta -> 0 <= Delta ->
  0 <= lambda < lambda' ->
  dialled_entropy keys P s tau lambda' < dialled_entropy keys P s tau lambda.
Proof.
  intros NR NC T M D L. pose proof (turning_point_le keys P s tau Delta NR NC M).
  apply dial_entropy_falls; auto. lra.
Qed.

(* ---- without one it may rise ---- *)

Theorem dial_entropy_rises_from_zero {K} (keys : list K) P s tau lambda :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau ->
  0 < lambda <= turning_point keys P s tau ->
  attention_entropy keys s tau < dialled_entropy keys P s tau lambda.
Proof.
  intros NR NC T L. rewrite (attention_entropy_shift keys s (dialled P s 0) tau 0).
  - now apply (dial_entropy_rises keys P s tau 0 lambda).
  - intros. rewrite dialled_zero. ring.
Qed.

(* two relevant keys of score 0 and one other of score ln 16 *)
Definition outscored (k : nat) : R := if (k =? 2)%nat then 4 * ln 2 else 0.
Definition three : list nat := [0; 1; 2]%nat.
Definition first_two (k : nat) : bool := (k <? 2)%nat.

Lemma outscored_turning_point : turning_point three first_two outscored 1 = 4 * ln 2.
Proof.
  unfold turning_point, mean, probability, total_weight, weight, sum. simpl. unfold outscored. simpl.
  pose proof (exp_pos (0 / 1)). pose proof (exp_pos (4 * ln 2 / 1)). field. lra.
Qed.

Lemma outscored_entropy_block : attention_entropy (inside first_two three) outscored 1 = ln 2.
Proof.
  rewrite temperature_constant; [reflexivity | discriminate |].
  intros j k J I. simpl in J, I. destruct J as [<- | [<- | []]], I as [<- | [<- | []]]; reflexivity.
Qed.

Lemma outscored_entropy : attention_entropy three outscored 1 < ln 2.
Proof.
  rewrite attention_entropy_eq, mean_total by discriminate.
  assert (E : exp (4 * ln 2) = 16).
  { replace (4 * ln 2) with (ln 2 + ln 2 + ln 2 + ln 2) by ring. rewrite !exp_plus, exp_ln; lra. }
  unfold total_weight, weight, outscored, sum; simpl.
  replace (0 / 1) with 0 by field. replace (4 * ln 2 / 1) with (4 * ln 2) by field. rewrite exp_0, E.
  replace (1 + (1 + (16 + 0))) with (3 * 3 * 2) by ring. rewrite !ln_mult by lra.
  (* 3^4 < 2^7 *)
  assert (L : ln 3 + ln 3 + (ln 3 + ln 3) < ln 2 + ln 2 + (ln 2 + ln 2) + (ln 2 + ln 2 + ln 2))
    by (rewrite <- !ln_mult by lra; apply ln_increasing; lra).
  pose proof ln_lt_2. field_simplify. lra.
Qed.

Theorem dial_entropy_may_rise :
  exists (keys : list nat) P s tau lambda,
    inside P keys <> [] /\ outside P keys <> [] /\ 0 < tau /\ 0 < lambda /\
    attention_entropy keys s tau < dialled_entropy keys P s tau lambda /\
    attention_entropy keys s tau < attention_entropy (inside P keys) s tau.
Proof.
  exists three, first_two, outscored, 1, (4 * ln 2). pose proof ln_lt_2.
  repeat split; try discriminate; try lra.
  - apply dial_entropy_rises_from_zero; try discriminate; try lra.
    rewrite outscored_turning_point. lra.
  - rewrite outscored_entropy_block. apply outscored_entropy.
Qed.
