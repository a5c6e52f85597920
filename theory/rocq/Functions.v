(* The scalar functions that the printed bounds are written in, and their algebra.

   sigmoid t = 1 / (1 + e^-t)      probability of log-odds t
   logit p   = ln (p / (1 - p))    log-odds of probability p, its inverse on 0 < p < 1
   odds t    = e^t                 odds of log-odds t
   softplus t = ln (1 + e^t)       its derivative is sigmoid
   fall t    = 1 - e^-t            what a mass loses when its logarithm falls by t
   ramp t    = max(t, 0)
   turning_share t = (t + e^-t - 1) e^-t / (1 - e^-t)^2    the copies' share of least entropy

   tanh is the standard library's. *)
Require Import Reals Lra.
Open Scope R_scope.

Definition sigmoid (t : R) : R := 1 / (1 + exp (- t)).
Definition softplus (t : R) : R := ln (1 + exp t).
Definition odds (t : R) : R := exp t.
Definition fall (t : R) : R := 1 - exp (- t).
Definition ramp (t : R) : R := Rmax t 0.
Definition turning_share (t : R) : R := (t + exp (- t) - 1) * exp (- t) / (1 - exp (- t)) ^ 2.
Definition logit (p : R) : R := ln (p / (1 - p)).

(* ---- exponential and logarithm ---- *)

Lemma exp_le (a b : R) : a <= b -> exp a <= exp b.
Proof. intros [H | ->]; [left; now apply exp_increasing | apply Rle_refl]. Qed.

Lemma exp_le_iff (a b : R) : exp a <= exp b <-> a <= b.
Proof.
  split; [| apply exp_le]. intros H. destruct (Rle_or_lt a b) as [| L]; [assumption |].
  apply exp_increasing in L. lra.
Qed.

Lemma ln_le_iff (a b : R) : 0 < a -> 0 < b -> (ln a <= ln b <-> a <= b).
Proof. intros A B. rewrite <- exp_le_iff, !exp_ln; tauto. Qed.

Lemma ln_quotient (a b : R) : 0 < a -> 0 < b -> ln (a / b) = ln a - ln b.
Proof.
  intros A B. unfold Rdiv, Rminus. rewrite ln_mult, ln_Rinv; auto using Rinv_0_lt_compat.
Qed.

Lemma exp_above_tangent (t : R) : 1 + t <= exp t.
Proof.
  destruct (Req_dec t 0) as [-> | N]; [rewrite exp_0; lra | left; now apply exp_ineq1].
Qed.

(* the logarithm lies below its tangent at 1, and touches it only there *)
Lemma ln_below_tangent (t : R) : 0 < t -> ln t <= t - 1.
Proof. intros T. pose proof (exp_above_tangent (ln t)). rewrite exp_ln in H; lra. Qed.

Lemma ln_tangent_equality (t : R) : 0 < t -> ln t = t - 1 -> t = 1.
Proof.
  intros T E. destruct (Req_dec (ln t) 0) as [Z | N]; [lra |].
  pose proof (exp_ineq1 _ N). rewrite exp_ln in H; lra.
Qed.

(* ---- sigmoid, odds, logit, softplus ---- *)

Lemma odds_pos (t : R) : 0 < odds t.
Proof. apply exp_pos. Qed.

Lemma sigmoid_odds (t : R) : sigmoid t = odds t / (1 + odds t).
Proof.
  unfold sigmoid, odds. rewrite exp_Ropp. pose proof (exp_pos t). field; lra.
Qed.

Lemma sigmoid_between (t : R) : 0 < sigmoid t < 1.
Proof.
  rewrite sigmoid_odds. pose proof (odds_pos t). split.
  - apply Rdiv_lt_0_compat; lra.
  - apply Rmult_lt_reg_r with (1 + odds t); [lra |]. field_simplify; lra.
Qed.

Lemma sigmoid_opp (t : R) : sigmoid (- t) = 1 - sigmoid t.
Proof.
  unfold sigmoid. rewrite Ropp_involutive, exp_Ropp. pose proof (exp_pos t). field; lra.
Qed.

Lemma sigmoid_logit (p : R) : 0 < p < 1 -> sigmoid (logit p) = p.
Proof.
  intros P. rewrite sigmoid_odds. unfold odds, logit.
  rewrite exp_ln by (apply Rdiv_lt_0_compat; lra). field; lra.
Qed.

Lemma sigmoid_increasing (a b : R) : a < b -> sigmoid a < sigmoid b.
Proof.
  intros L. unfold sigmoid. pose proof (exp_pos (- a)). pose proof (exp_pos (- b)).
  assert (exp (- b) < exp (- a)) by (apply exp_increasing; lra).
  apply Rmult_lt_compat_l; [lra |]. apply Rinv_lt_contravar; nra.
Qed.

Lemma sigmoid_le_iff (a b : R) : sigmoid a <= sigmoid b <-> a <= b.
Proof.
  split; intros H.
  - destruct (Rle_or_lt a b) as [| L]; [assumption |]. apply sigmoid_increasing in L. lra.
  - destruct H as [L | ->]; [left; now apply sigmoid_increasing | apply Rle_refl].
Qed.

Lemma logit_opp (p : R) : 0 < p < 1 -> logit (1 - p) = - logit p.
Proof.
  intros P. unfold logit. rewrite <- ln_Rinv by (apply Rdiv_lt_0_compat; lra).
  f_equal. field; lra.
Qed.

Lemma logit_le_iff (p q : R) : 0 < p < 1 -> 0 < q < 1 -> (logit p <= logit q <-> p <= q).
Proof. intros P Q. rewrite <- sigmoid_le_iff, !sigmoid_logit; tauto. Qed.

Lemma softplus_pos (t : R) : 0 < softplus t.
Proof. unfold softplus. rewrite <- ln_1. apply ln_increasing; pose proof (exp_pos t); lra. Qed.

(* ---- the log-odds of the worst case: u = (c/m) e^-x ---- *)

Lemma odds_worst (m c x : R) : 0 < m -> 0 < c -> odds (ln (c / m) - x) = c / m * exp (- x).
Proof.
  intros M C. unfold odds, Rminus. rewrite exp_plus, exp_ln by now apply Rdiv_lt_0_compat.
  reflexivity.
Qed.

(* A printed bound may arrange the argument of one of these functions differently: write it as L. *)
Ltac rearrange L :=
  repeat match goal with
  | |- context [?f ?t] =>
      match f with sigmoid => idtac | softplus => idtac | odds => idtac | logit => idtac end;
      assert_fails (constr_eq t L); replace t with L by ring
  end.
