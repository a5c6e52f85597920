(* truncation -- cutting attention to the relevant block moves the output by at most leakage * D.

   Source: localist, the claim that attention may be restricted to the relevant block.
   Assumes: the block and the rest are not empty; D bounds the distance between the value of a
   relevant key and the value of any other one. No margin and no sign of tau is needed.

   Proved: o - o_R = leakage (mu_C - mu_R), coordinate by coordinate (truncation_error_eq); the norm
   of the error is at most leakage * D for every seminorm (truncation_le_bound), the Euclidean norm
   being one (euclidean_seminorm); it equals leakage times the distance if the block shares one
   value and the rest another (truncation_two_values); distances within the block and within
   the rest bound nothing (truncation_within_fails). *)
Require Import Reals Lra List.
From Locality Require Import Functions Bounds Softmax.
Import ListNotations.
Open Scope R_scope.

Lemma truncation_bound_eq (leakage diameter : R) :
  truncation_bound leakage diameter = leakage * diameter.
Proof. unfold truncation_bound. ring. Qed.

(* attention applied to vector values, v k i the coordinate i of the value of key k *)
Definition output {K I} (keys : list K) (s : K -> R) (tau : R) (v : K -> I -> R) (i : I) : R :=
  mean keys s tau (fun k => v k i).

(* ---- the error, exactly ---- *)

Theorem truncation_error_eq {K} (keys : list K) P s tau (f : K -> R) :
  inside P keys <> [] -> outside P keys <> [] ->
  mean keys s tau f - mean (inside P keys) s tau f
  = leakage keys P s tau * (mean (outside P keys) s tau f - mean (inside P keys) s tau f).
Proof.
  intros NR NC. rewrite (mean_split keys P), fidelity_leakage by eauto using inside_not_nil. ring.
Qed.

Lemma mean_difference {K} (here there : list K) s tau (f : K -> R) :
  here <> [] -> there <> [] ->
  mean there s tau f - mean here s tau f
  = mean here s tau (fun j => mean there s tau (fun k => f k - f j)).
Proof.
  intros NH NT. rewrite <- (mean_const here s tau (mean there s tau f)) by assumption.
  unfold mean at 1 3 4. rewrite <- sum_minus. apply sum_ext. intros j _.
  rewrite <- (mean_const there s tau (f j)) at 1 by assumption. unfold mean.
  rewrite <- Rmult_minus_distr_l, <- sum_minus. f_equal. apply sum_ext. intros. ring.
Qed.

(* ---- seminorms ---- *)

Record seminorm {I} (N : (I -> R) -> R) : Prop := {
  seminorm_ext : forall u v, (forall i, u i = v i) -> N u = N v;
  seminorm_scale : forall a u, N (fun i => a * u i) = Rabs a * N u;
  seminorm_plus : forall u v, N (fun i => u i + v i) <= N u + N v }.

Lemma seminorm_sum {K I} (N : (I -> R) -> R) (a : K -> R) (v : K -> I -> R) keys :
  seminorm N ->
  N (fun i => sum (fun k => a k * v k i) keys) <= sum (fun k => Rabs (a k) * N (v k)) keys.
Proof.
  intros S. induction keys as [| k keys IH].
  - rewrite (seminorm_ext N S _ (fun i => 0 * 0)) by (intros; rewrite sum_nil; ring).
    rewrite (seminorm_scale N S 0 (fun _ => 0)), Rabs_R0, sum_nil. lra.
  - rewrite sum_cons, <- (seminorm_scale N S).
    rewrite (seminorm_ext N S _ (fun i => a k * v k i + sum (fun k => a k * v k i) keys))
      by (intros i; apply (sum_cons (fun k => a k * v k i))).
    eapply Rle_trans; [apply (seminorm_plus N S) |]. apply Rplus_le_compat_l, IH.
Qed.

(* Jensen: a mean of short vectors is short *)
Lemma seminorm_mean {K I} (N : (I -> R) -> R) (keys : list K) s tau (v : K -> I -> R) D :
  seminorm N -> keys <> [] -> (forall k, In k keys -> N (v k) <= D) ->
  N (output keys s tau v) <= D.
Proof.
  intros S NE B. eapply Rle_trans; [now apply seminorm_sum |].
  rewrite <- (mean_const keys s tau D) by assumption. apply sum_le. intros k I0.
  pose proof (probability_pos keys s tau k NE). rewrite Rabs_pos_eq by lra.
  apply Rmult_le_compat_l; [lra | auto].
Qed.

Section Bound.
Context {K I : Type} (N : (I -> R) -> R) (keys : list K) (P : K -> bool) (s : K -> R) (tau : R).
Context (v : K -> I -> R).
Context (norm : seminorm N) (block : inside P keys <> []) (rest : outside P keys <> []).

Let error (i : I) : R := output keys s tau v i - output (inside P keys) s tau v i.

Lemma error_norm :
  N error = leakage keys P s tau
            * N (fun i => output (outside P keys) s tau v i - output (inside P keys) s tau v i).
Proof.
  pose proof (leakage_between keys P s tau block rest).
  rewrite <- (Rabs_pos_eq (leakage keys P s tau)), <- (seminorm_scale N norm) by lra.
  apply (seminorm_ext N norm). intros i. now apply truncation_error_eq.
Qed.

Theorem truncation_le_bound (D : R) :
  (forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
     N (fun i => v k i - v j i) <= D) ->
  N error <= truncation_bound (leakage keys P s tau) D.
Proof.
  intros B. rewrite truncation_bound_eq, error_norm.
  pose proof (leakage_between keys P s tau block rest). apply Rmult_le_compat_l; [lra |].
  rewrite (seminorm_ext N norm _ (output (inside P keys) s tau
    (fun j => output (outside P keys) s tau (fun k i => v k i - v j i))))
    by (intros; now apply mean_difference).
  apply seminorm_mean; auto. intros j J. apply seminorm_mean; auto. intros k C.
  apply in_inside in J. apply in_outside in C. apply B; tauto.
Qed.

Theorem truncation_two_values (a b : I -> R) :
  (forall j, In j keys -> P j = true -> forall i, v j i = a i) ->
  (forall k, In k keys -> P k = false -> forall i, v k i = b i) ->
  N error = truncation_bound (leakage keys P s tau) (N (fun i => b i - a i)).
Proof.
  intros A B. rewrite truncation_bound_eq, error_norm. f_equal.
  apply (seminorm_ext N norm). intros i.
  unfold output. f_equal; apply mean_const_on; auto; intros k C.
  - apply in_outside in C. apply B; tauto.
  - apply in_inside in C. apply A; tauto.
Qed.
End Bound.

(* ---- the Euclidean norm ---- *)

Definition euclidean {I} (dims : list I) (u : I -> R) : R := sqrt (sum (fun i => u i ^ 2) dims).

Lemma sum_squares_nonneg {I} (dims : list I) u : 0 <= sum (fun i => u i ^ 2) dims.
Proof. apply sum_nonneg. intros. apply pow2_ge_0. Qed.

Lemma cauchy_schwarz {I} (dims : list I) (u v : I -> R) :
  sum (fun i => u i * v i) dims <= euclidean dims u * euclidean dims v.
Proof.
  unfold euclidean. rewrite <- sqrt_mult by apply sum_squares_nonneg.
  eapply Rle_trans; [apply Rle_abs |]. rewrite <- sqrt_Rsqr_abs. apply sqrt_le_1_alt.
  (* Lagrange: what is missing is half the sum of the squares (u_i v_j - u_j v_i)^2 *)
  assert (0 <= sum (fun i => sum (fun j => (u i * v j - u j * v i) ^ 2) dims) dims) as L
    by (apply sum_nonneg; intros; apply sum_nonneg; intros; apply pow2_ge_0).
  rewrite (sum_ext _ (fun i => sum (fun j => u i ^ 2 * v j ^ 2) dims
    + (sum (fun j => v i ^ 2 * u j ^ 2) dims
       - 2 * sum (fun j => (u i * v i) * (u j * v j)) dims))) in L.
  - rewrite sum_plus, sum_minus, sum_scale, <- !sum_product in L. unfold Rsqr. lra.
  - intros i _. rewrite <- sum_scale, <- sum_minus, <- sum_plus. apply sum_ext. intros. ring.
Qed.

Theorem euclidean_seminorm {I} (dims : list I) : seminorm (euclidean dims).
Proof.
  split.
  - intros u v E. unfold euclidean. f_equal. apply sum_ext. intros. now rewrite E.
  - intros a u. unfold euclidean. rewrite <- sqrt_Rsqr_abs, <- sqrt_mult
      by (apply Rle_0_sqr || apply sum_squares_nonneg).
    f_equal. rewrite <- sum_scale. apply sum_ext. intros. unfold Rsqr. ring.
  - intros u v. pose proof (cauchy_schwarz dims u v) as C.
    pose proof (sum_squares_nonneg dims u) as U. pose proof (sum_squares_nonneg dims v) as V.
    assert (0 <= euclidean dims u) by apply sqrt_pos.
    assert (0 <= euclidean dims v) by apply sqrt_pos.
    apply Rsqr_incr_0; [| apply sqrt_pos | lra]. unfold euclidean at 1.
    rewrite Rsqr_sqrt by apply sum_squares_nonneg.
    rewrite (sum_ext _ (fun i => (u i ^ 2 + 2 * (u i * v i)) + v i ^ 2)) by (intros; ring).
    rewrite !sum_plus, sum_scale. apply Rsqr_sqrt in U, V. unfold Rsqr, euclidean in *. lra.
Qed.

(* ---- boundary: distances within the block and within the rest bound nothing ---- *)

Theorem truncation_within_fails {K} (keys : list K) P s tau :
  inside P keys <> [] -> outside P keys <> [] ->
  exists v : K -> unit -> R,
    (forall j k, In j keys -> In k keys -> P j = P k ->
       euclidean [tt] (fun i => v k i - v j i) = 0) /\
    euclidean [tt] (fun i => output keys s tau v i - output (inside P keys) s tau v i)
    = leakage keys P s tau /\
    leakage keys P s tau > 0.
Proof.
  intros NR NC. exists (fun k _ => if P k then 1 else 0). split; [| split].
  - intros j k _ _ ->. unfold euclidean. rewrite sum_cons, sum_nil.
    replace (_ + 0) with 0 by ring. apply sqrt_0.
  - rewrite (truncation_two_values (euclidean [tt]) keys P s tau _ (euclidean_seminorm [tt]) NR NC
      (fun _ => 1) (fun _ => 0)) by (now intros ? _ ->).
    rewrite truncation_bound_eq. unfold euclidean. rewrite sum_cons, sum_nil.
    replace ((0 - 1) ^ 2 + 0) with 1 by ring. rewrite sqrt_1. ring.
  - apply leakage_between; assumption.
Qed.
