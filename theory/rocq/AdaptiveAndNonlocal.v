(* adaptive-and-nonlocal -- what leaving out far patches costs, and bandwidths that fit the data.

   Source: localization, adaptive bandwidths and non-local means.
   Assumes: kept patches and others left out, whose exponents are at least t; for bandwidths, that
   all distances were multiplied by one positive ratio.

   Proved: what is left out holds at most sigmoid (ln c - t - lse kept) (left_out_le), so the mean
   moves by at most that times D (cutting_le_bound), with equality for exponents t and two values
   (cutting_two_values); the log-sum-exp of what is kept is at least 0 where the own patch is
   (own_patch); the distance of the k-th nearest key is unique (nearest_unique) and scales
   (nearest_scaled), so that the adaptive log-kernel and its means stay (adaptive_mean); with a fixed
   bandwidth the mean of two keys changes (fixed_bandwidth_fails). *)
Require Import Reals Lra Lia List.
From Locality Require Import Functions Bounds Softmax Truncation.
From Locality Require SkipCertificate.
Import ListNotations.
Open Scope R_scope.

Lemma cut_bound_eq (c t kept D : R) :
  adaptive_and_nonlocal_bound c t kept D = sigmoid (ln c - t - kept) * D.
Proof. unfold adaptive_and_nonlocal_bound. ring. Qed.

Lemma adaptive_bound_eq (d r kappa : R) :
  0 < r -> 0 < kappa ->
  adaptive_and_nonlocal_adaptive_bound d r kappa = - (d ^ 2 / (2 * (kappa * r) ^ 2)).
Proof. intros. unfold adaptive_and_nonlocal_adaptive_bound. field. lra. Qed.

(* ---- what is left out ---- *)

(* the weight of a patch is e to minus its exponent *)
Definition minus {K} (e : K -> R) (k : K) : R := - e k.
Definition log_weights {K} (patches : list K) (e : K -> R) : R :=
  ln (total_weight patches (minus e) 1).

Lemma over_1 (x : R) : x / 1 = x.
Proof. field. Qed.

Lemma mass_eq (A B : R) : 0 < A -> 0 < B -> B / (A + B) = sigmoid (ln B - ln A).
Proof.
  intros HA HB. unfold sigmoid. rewrite Ropp_minus_distr. unfold Rminus.
  rewrite exp_plus, exp_Ropp, !exp_ln by assumption. field. lra.
Qed.

Section Cut.
Context {K : Type} (patches : list K) (P : K -> bool) (e : K -> R) (t : R).
Context (kept : inside P patches <> []) (gone : outside P patches <> []).

Lemma leakage_as_mass :
  leakage patches P (minus e) 1
  = sigmoid (log_weights (outside P patches) e - log_weights (inside P patches) e).
Proof.
  rewrite leakage_eq, (total_weight_split P patches). unfold log_weights.
  apply mass_eq; now apply total_weight_pos.
Qed.

Lemma left_weight_le :
  (forall k, In k patches -> P k = false -> t <= e k) ->
  log_weights (outside P patches) e <= ln (size (outside P patches)) - t.
Proof.
  intros F. unfold log_weights.
  assert (W : total_weight (outside P patches) (minus e) 1 <= size (outside P patches) * exp (- t)).
  { rewrite <- sum_const. apply sum_le. intros k I. apply in_outside in I as [I Pk].
    unfold weight, minus. rewrite over_1. specialize (F k I Pk).
    destruct F as [F | ->]; [left; apply exp_increasing; lra | lra]. }
  pose proof (total_weight_pos (outside P patches) (minus e) 1 gone) as T.
  pose proof (size_pos (outside P patches) gone) as S.
  assert (ln (size (outside P patches)) - t = ln (size (outside P patches) * exp (- t))) as ->.
  { rewrite ln_mult, ln_exp; [ring | exact S | apply exp_pos]. }
  destruct W as [W | ->]; [left; now apply ln_increasing | lra].
Qed.

Theorem left_out_le :
  (forall k, In k patches -> P k = false -> t <= e k) ->
  leakage patches P (minus e) 1
  <= sigmoid (ln (size (outside P patches)) - t - log_weights (inside P patches) e).
Proof.
  intros F. rewrite leakage_as_mass. apply sigmoid_le_iff. pose proof (left_weight_le F). lra.
Qed.

Theorem cutting_le_bound {I} (N : (I -> R) -> R) (v : K -> I -> R) (D : R) :
  seminorm N -> (forall k, In k patches -> P k = false -> t <= e k) ->
  (forall j k, In j patches -> P j = true -> In k patches -> P k = false ->
     N (fun i => v k i - v j i) <= D) ->
  N (fun i => output patches (minus e) 1 v i - output (inside P patches) (minus e) 1 v i)
  <= adaptive_and_nonlocal_bound (size (outside P patches)) t
       (log_weights (inside P patches) e) D.
Proof.
  intros S F B. rewrite cut_bound_eq.
  eapply Rle_trans; [exact (truncation_le_bound N patches P (minus e) 1 v S kept gone D B) |].
  rewrite truncation_bound_eq. apply Rmult_le_compat_r; [| now apply left_out_le].
  destruct (inside P patches) as [| j R] eqn:J; [congruence |].
  destruct (outside P patches) as [| k C] eqn:O; [congruence |].
  assert (In j patches /\ P j = true) as [] by (rewrite <- in_inside, J; apply in_eq).
  assert (In k patches /\ P k = false) as [] by (rewrite <- in_outside, O; apply in_eq).
  apply Rle_trans with (N (fun i => v k i - v j i)); [now apply SkipCertificate.seminorm_nonneg | now apply B].
Qed.

Theorem cutting_two_values {I} (N : (I -> R) -> R) (v : K -> I -> R) (a b : I -> R) :
  seminorm N ->
  (forall k, In k patches -> P k = false -> e k = t) ->
  (forall j, In j patches -> P j = true -> forall i, v j i = a i) ->
  (forall k, In k patches -> P k = false -> forall i, v k i = b i) ->
  N (fun i => output patches (minus e) 1 v i - output (inside P patches) (minus e) 1 v i)
  = adaptive_and_nonlocal_bound (size (outside P patches)) t
      (log_weights (inside P patches) e) (N (fun i => b i - a i)).
Proof.
  intros S F A B. rewrite cut_bound_eq.
  rewrite (truncation_two_values N patches P (minus e) 1 v S kept gone a b A B), truncation_bound_eq.
  f_equal. rewrite leakage_as_mass. f_equal. f_equal. unfold log_weights at 1.
  assert (W : total_weight (outside P patches) (minus e) 1 = size (outside P patches) * exp (- t)).
  { apply sum_const_on. intros k I0. apply in_outside in I0 as [I0 Pk].
    unfold weight, minus. now rewrite over_1, F. }
  rewrite W, ln_mult, ln_exp by (now apply size_pos || apply exp_pos). ring.
Qed.
End Cut.

(* a patch at exponent 0 is kept: the kept ones weigh at least 1 *)
Theorem own_patch {K} (patches : list K) (e : K -> R) (k : K) :
  In k patches -> e k = 0 -> 0 <= log_weights patches e.
Proof.
  intros I Z. unfold log_weights. rewrite <- ln_1.
  assert (W : 1 <= total_weight patches (minus e) 1).
  { clear - I Z. unfold total_weight. induction patches as [| j ks IH]; [destruct I |].
    rewrite sum_cons. destruct I as [<- | I].
    - assert (weight (minus e) 1 j = 1) as ->
        by (unfold weight, minus; rewrite Z, Ropp_0, over_1; apply exp_0).
      pose proof (sum_nonneg (weight (minus e) 1) ks) as T.
      assert (0 <= sum (weight (minus e) 1) ks) by (apply T; intros; left; apply weight_pos). lra.
    - pose proof (weight_pos (minus e) 1 j). specialize (IH I). lra. }
  destruct W as [W | <-]; [left; apply ln_increasing; lra | lra].
Qed.

(* ---- adaptive bandwidths ---- *)

Definition below (r d : R) : bool := if Rlt_dec d r then true else false.
Definition reached (r d : R) : bool := if Rle_dec d r then true else false.

(* r is the n-th smallest: fewer than n distances are below it, and at least n reach it *)
Definition nearest {K} (keys : list K) (d : K -> R) (n : nat) (r : R) : Prop :=
  (length (filter (fun k => below r (d k)) keys) < n)%nat /\
  (n <= length (filter (fun k => reached r (d k)) keys))%nat.

Lemma filter_length_le {K} (p q : K -> bool) (keys : list K) :
  (forall k, p k = true -> q k = true) ->
  (length (filter p keys) <= length (filter q keys))%nat.
Proof.
  intros L. induction keys as [| k keys IH]; simpl; [lia |].
  destruct (p k) eqn:E; [rewrite (L k E); simpl; lia |]. destruct (q k); simpl; lia.
Qed.

Lemma nearest_not_below {K} (keys : list K) (d : K -> R) n r r' :
  nearest keys d n r -> nearest keys d n r' -> ~ r < r'.
Proof.
  intros [_ R] [R' _] L.
  assert ((length (filter (fun k => reached r (d k)) keys)
           <= length (filter (fun k => below r' (d k)) keys))%nat).
  { apply filter_length_le. intros k. unfold reached, below.
    destruct (Rle_dec (d k) r), (Rlt_dec (d k) r'); auto; try discriminate; lra. }
  lia.
Qed.

Theorem nearest_unique {K} (keys : list K) (d : K -> R) n r r' :
  nearest keys d n r -> nearest keys d n r' -> r = r'.
Proof.
  intros A B. destruct (Rtotal_order r r') as [L | [E | L]]; [| exact E |].
  - destruct (nearest_not_below keys d n r r' A B L).
  - destruct (nearest_not_below keys d n r' r B A L).
Qed.

Theorem nearest_scaled {K} (keys : list K) (d d' : K -> R) (rho : R) n r :
  0 < rho -> (forall k, d' k = rho * d k) -> nearest keys d n r -> nearest keys d' n (rho * r).
Proof.
  intros P E [B C]. split.
  - rewrite (filter_ext (fun k => below (rho * r) (d' k)) (fun k => below r (d k))); [exact B |].
    intros k. unfold below. rewrite E.
    destruct (Rlt_dec (rho * d k) (rho * r)) as [L | L], (Rlt_dec (d k) r) as [M | M];
      try reflexivity; [apply Rmult_lt_reg_l in L; lra |].
    exfalso. apply L. now apply Rmult_lt_compat_l.
  - rewrite (filter_ext (fun k => reached (rho * r) (d' k)) (fun k => reached r (d k))); [exact C |].
    intros k. unfold reached. rewrite E.
    destruct (Rle_dec (rho * d k) (rho * r)) as [L | L], (Rle_dec (d k) r) as [M | M];
      try reflexivity; [apply Rmult_le_reg_l in L; lra |].
    exfalso. apply L. apply Rmult_le_compat_l; lra.
Qed.

Theorem adaptive_weight {K} (keys : list K) (d d' : K -> R) (rho kappa : R) n r r' k :
  0 < rho -> 0 < kappa -> 0 < r -> (forall k, d' k = rho * d k) ->
  nearest keys d n r -> nearest keys d' n r' ->
  - (d' k ^ 2 / (2 * (kappa * r') ^ 2)) = adaptive_and_nonlocal_adaptive_bound (d k) r kappa.
Proof.
  intros P S R E A B. rewrite adaptive_bound_eq by assumption.
  rewrite <- (nearest_unique keys d' n (rho * r) r' (nearest_scaled keys d d' rho n r P E A) B), E.
  field. lra.
Qed.

Theorem adaptive_mean {K} (keys : list K) (d d' v : K -> R) (rho kappa : R) n r r' :
  0 < rho -> 0 < kappa -> 0 < r -> (forall k, d' k = rho * d k) ->
  nearest keys d n r -> nearest keys d' n r' ->
  mean keys (fun k => - (d' k ^ 2 / (2 * (kappa * r') ^ 2))) 1 v
  = mean keys (fun k => adaptive_and_nonlocal_adaptive_bound (d k) r kappa) 1 v.
Proof.
  intros P S R E A B.
  assert (W : forall k, weight (fun k => - (d' k ^ 2 / (2 * (kappa * r') ^ 2))) 1 k
              = weight (fun k => adaptive_and_nonlocal_adaptive_bound (d k) r kappa) 1 k).
  { intros k. unfold weight. now rewrite (adaptive_weight keys d d' rho kappa n r r' k). }
  unfold mean, probability, total_weight.
  rewrite (sum_ext _ _ keys (fun k _ => W k)). apply sum_ext. intros. now rewrite W.
Qed.

(* two keys at distances 0 and 1 with the values 0 and 1, then at 0 and 2, at the bandwidth 1 *)
Theorem fixed_bandwidth_fails :
  mean [false; true] (fun k => - ((if k then 2 else 0) ^ 2 / 2)) 1 (fun k => if k then 1 else 0)
  < mean [false; true] (fun k => - ((if k then 1 else 0) ^ 2 / 2)) 1 (fun k => if k then 1 else 0).
Proof.
  rewrite !mean_total by discriminate. unfold total_weight, weight.
  rewrite !sum_cons, !sum_nil. cbv beta iota.
  assert (exp (- (0 ^ 2 / 2) / 1) = 1) as ->
    by (transitivity (exp 0); [f_equal; field | apply exp_0]).
  assert (exp (- (2 ^ 2 / 2) / 1) < exp (- (1 ^ 2 / 2) / 1)) as L by (apply exp_increasing; lra).
  pose proof (exp_pos (- (2 ^ 2 / 2) / 1)) as P.
  revert L P. generalize (exp (- (2 ^ 2 / 2) / 1)) (exp (- (1 ^ 2 / 2) / 1)). intros a b L P.
  apply Rmult_lt_reg_r with ((1 + (a + 0)) * (1 + (b + 0))); [nra |].
  field_simplify; lra.
Qed.
