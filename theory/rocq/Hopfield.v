(* hopfield -- the update of a modern Hopfield network never raises its energy.

   Source: localization, memories as local means.
   Assumes: a stored pattern, tau > 0 (tau = 1/beta). Retrieval: one pattern leads all others by at
   least Delta in its product with the state, and D bounds the distance of the others from it.

   Proved: what a step of t times the way lowers the energy by, exactly (energy_fall), the
   divergence in it being the surplus; so at least t (1 - t/2) |move|^2 (energy_falls), and half
   of |move|^2 for the update itself, exactly where the weights stay (energy_fall_eq_iff); beyond
   twice the way it may rise (energy_rises_beyond_twice); the distance of the update from the pattern
   that leads (retrieval_le_bound), and how many patterns keep it small (capacity_enough). *)
Require Import Reals Lra List.
From Locality Require Import Functions Bounds Softmax Leakage Truncation EntropyIdentity.
Import ListNotations.
Open Scope R_scope.

Lemma hopfield_relaxed_bound_eq (t travel : R) :
  hopfield_relaxed_bound t travel = t * (1 - t / 2) * travel ^ 2.
Proof. unfold hopfield_relaxed_bound. field. Qed.

Lemma hopfield_bound_eq (travel : R) : hopfield_bound travel = hopfield_relaxed_bound 1 travel.
Proof. rewrite hopfield_relaxed_bound_eq. unfold hopfield_bound. field. Qed.

(* ---- products ---- *)

Lemma inner_plus {I} (dims : list I) (a : R) (u v w : I -> R) :
  inner dims u (fun i => v i + a * w i) = inner dims u v + a * inner dims u w.
Proof.
  unfold inner. rewrite <- sum_scale, <- sum_plus. apply sum_ext. intros. ring.
Qed.

Lemma inner_comm {I} (dims : list I) (u v : I -> R) : inner dims u v = inner dims v u.
Proof. apply sum_ext. intros. ring. Qed.

Lemma inner_ext {I} (dims : list I) (u v w : I -> R) :
  (forall i, v i = w i) -> inner dims u v = inner dims u w.
Proof. intros E. apply sum_ext. intros. now rewrite E. Qed.

Lemma euclidean_square {I} (dims : list I) (u : I -> R) : euclidean dims u ^ 2 = inner dims u u.
Proof.
  unfold euclidean. rewrite <- Rsqr_pow2, Rsqr_sqrt by apply sum_squares_nonneg.
  apply sum_ext. intros. ring.
Qed.

(* ---- the network ---- *)

Section Energy.
Context {K I : Type} (keys : list K) (dims : list I) (x : K -> I -> R) (tau : R).

(* how well each pattern agrees with a state, and the update: the patterns' softmax mean *)
Definition agreement (state : I -> R) (k : K) : R := inner dims state (x k).
Definition update (state : I -> R) : I -> R := output keys (agreement state) tau x.
Definition energy (state : I -> R) : R :=
  - (tau * ln (total_weight keys (agreement state) tau)) + inner dims state state / 2.

(* t times the way from a state to its update *)
Definition step (t : R) (state : I -> R) (i : I) : R := state i + t * (update state i - state i).
Definition move (state : I -> R) (i : I) : R := update state i - state i.

Lemma mean_agreement (state other : I -> R) :
  mean keys (agreement state) tau (agreement other) = inner dims other (update state).
Proof. apply mean_product. Qed.

Context (patterns : keys <> []) (temperature : 0 < tau) (state : I -> R).

Lemma inner_step (u : I -> R) (t : R) :
  inner dims u (step t state) = inner dims u state + t * inner dims u (move state).
Proof. exact (inner_plus dims t u state (move state)). Qed.

Lemma step_square (t : R) :
  inner dims (step t state) (step t state)
  = inner dims state state + 2 * t * inner dims state (move state)
    + t ^ 2 * inner dims (move state) (move state).
Proof.
  rewrite inner_step, !(inner_comm dims (step t state)), !inner_step.
  rewrite (inner_comm dims (move state) state). ring.
Qed.

Lemma move_square :
  inner dims (move state) (move state)
  = inner dims (update state) (move state) - inner dims state (move state).
Proof.
  rewrite (inner_comm dims (update state)), (inner_comm dims state).
  replace (inner dims (move state) (update state) - inner dims (move state) state)
    with (inner dims (move state) (update state) + -1 * inner dims (move state) state) by ring.
  rewrite <- inner_plus. apply inner_ext. intros. unfold move. ring.
Qed.

(* what is gained beyond the bound is the divergence of the new weights from the old ones *)
Theorem energy_fall (t : R) :
  energy state - energy (step t state)
  = hopfield_relaxed_bound t (euclidean dims (move state))
    + tau * (cross_entropy keys (probability keys (agreement state) tau)
               (probability keys (agreement (step t state)) tau)
             - attention_entropy keys (agreement state) tau).
Proof.
  rewrite hopfield_relaxed_bound_eq, euclidean_square, cross_entropy_softmax,
    attention_entropy_eq by assumption.
  rewrite !mean_agreement. unfold energy. rewrite step_square.
  assert (S : inner dims (step t state) (update state)
              = inner dims state (update state) + t * inner dims (update state) (move state)).
  { rewrite (inner_comm dims (step t state)), inner_step.
    now rewrite (inner_comm dims (update state) state). }
  assert (U : inner dims state (update state)
              = inner dims state state + inner dims state (move state)).
  { transitivity (inner dims state (fun i => state i + 1 * move state i)).
    - apply inner_ext. intros. unfold move. ring.
    - rewrite inner_plus. ring. }
  pose proof move_square as M.
  set (Z := ln (total_weight keys (agreement state) tau)).
  set (Z' := ln (total_weight keys (agreement (step t state)) tau)).
  rewrite S, M, U. field. lra.
Qed.

Theorem energy_falls (t : R) :
  energy state - energy (step t state) >= hopfield_relaxed_bound t (euclidean dims (move state)).
Proof.
  rewrite energy_fall.
  pose proof (gibbs_softmax keys (agreement state) (agreement (step t state)) tau patterns) as G.
  rewrite <- cross_entropy_softmax in G by assumption. nra.
Qed.

Lemma agreement_ext (u v : I -> R) : (forall i, u i = v i) -> forall k, agreement u k = agreement v k.
Proof. intros E k. apply sum_ext. intros i _. now rewrite E. Qed.

Lemma energy_ext (u v : I -> R) : (forall i, u i = v i) -> energy u = energy v.
Proof.
  intros E. unfold energy, total_weight, weight. f_equal.
  - do 3 f_equal. apply sum_ext. intros. now rewrite (agreement_ext u v E).
  - f_equal. unfold inner. apply sum_ext. intros. now rewrite E.
Qed.

Lemma step_one (i : I) : step 1 state i = update state i.
Proof. unfold step. ring. Qed.

Theorem energy_update_falls :
  energy state - energy (update state) >= hopfield_bound (euclidean dims (move state)).
Proof.
  rewrite hopfield_bound_eq, <- (energy_ext _ _ step_one). apply energy_falls.
Qed.

(* equality exactly where the move agrees alike with all patterns, so that no weight changes *)
Theorem energy_fall_eq_iff :
  energy state - energy (update state) = hopfield_bound (euclidean dims (move state))
  <-> forall j k, In j keys -> In k keys -> agreement (move state) j = agreement (move state) k.
Proof.
  assert (A : forall k, agreement (step 1 state) k = agreement state k + agreement (move state) k).
  { intros k. unfold agreement. rewrite !(inner_comm dims _ (x k)), inner_step. ring. }
  rewrite hopfield_bound_eq, <- (energy_ext _ _ step_one), energy_fall.
  rewrite cross_entropy_softmax by assumption. split.
  - intros E j k J L.
    pose proof (gibbs_softmax_equality keys (agreement state) (agreement (step 1 state)) tau
      patterns temperature ltac:(nra) j k J L) as G. rewrite !A in G. lra.
  - intros E. destruct keys as [| k0 rest] eqn:Q; [congruence |]. rewrite <- Q in *.
    rewrite <- cross_entropy_softmax by (rewrite Q; congruence).
    enough (cross_entropy keys (probability keys (agreement state) tau)
      (probability keys (agreement (step 1 state)) tau)
      = attention_entropy keys (agreement state) tau) by nra.
    unfold cross_entropy, attention_entropy, entropy. f_equal. apply sum_ext. intros k L.
    rewrite (probability_shift keys (agreement (step 1 state)) (agreement state) tau
      (agreement (move state) k0)); [reflexivity | | exact L].
    intros j J. rewrite A, (E j k0); [reflexivity | exact J | rewrite Q; now left].
Qed.
End Energy.

(* ---- boundary: more than twice the way ---- *)

Theorem energy_rises_beyond_twice (t : R) :
  2 < t ->
  let x := fun (_ _ : unit) => 1 in
  energy [tt] [tt] x 1 (step [tt] [tt] x 1 t (fun _ => 0)) > energy [tt] [tt] x 1 (fun _ => 0).
Proof.
  intros T x. pose proof (energy_fall [tt] [tt] x 1 ltac:(discriminate) Rlt_0_1 (fun _ => 0) t) as E.
  rewrite hopfield_relaxed_bound_eq, euclidean_square in E.
  assert (U : forall s, update [tt] [tt] x 1 s tt = 1).
  { intros s. unfold update, output. now apply mean_const_on. }
  assert (M : inner [tt] (move [tt] [tt] x 1 (fun _ => 0)) (move [tt] [tt] x 1 (fun _ => 0)) = 1).
  { unfold inner, move. rewrite sum_cons, sum_nil, U. ring. }
  assert (P : forall s k, probability [tt] s 1 k = 1).
  { intros s []. pose proof (probability_total [tt] s 1 ltac:(discriminate)) as N.
    rewrite sum_cons, sum_nil in N. lra. }
  assert (D : forall s s', cross_entropy [tt] (probability [tt] s 1) (probability [tt] s' 1) = 0).
  { intros. unfold cross_entropy. rewrite sum_cons, sum_nil, !P, ln_1. ring. }
  unfold attention_entropy in E. change (entropy [tt] ?p) with (cross_entropy [tt] p p) in E.
  rewrite M, !D in E. nra.
Qed.

(* ---- retrieval ---- *)

Section Retrieval.
Context {K I : Type} (keys : list K) (P : K -> bool) (dims : list I) (x : K -> I -> R).
Context (tau Delta D : R) (state : I -> R) (mu : K).
Context (one : inside P keys = [mu]) (rest : outside P keys <> []) (temperature : 0 < tau).
Context (lead : margin keys P (agreement dims x state) Delta).
Context (near : forall k, In k keys -> P k = false -> euclidean dims (fun i => x k i - x mu i) <= D).

Let c := size (outside P keys).

Lemma update_error (i : I) :
  output (inside P keys) (agreement dims x state) tau x i = x mu i.
Proof.
  rewrite one. unfold output. apply mean_const_on; [discriminate |]. now intros k [<- | []].
Qed.

Lemma reach_nonneg : 0 <= D.
Proof.
  destruct (outside P keys) as [| k others] eqn:E; [congruence |].
  assert (O : In k (outside P keys)) by (rewrite E; now left). apply in_outside in O.
  eapply Rle_trans; [apply sqrt_pos | apply (near k); tauto].
Qed.

Theorem retrieval_le_bound :
  euclidean dims (fun i => update keys dims x tau state i - x mu i)
  <= hopfield_retrieval_bound c (Delta / tau) D.
Proof.
  assert (block : inside P keys <> []) by (rewrite one; discriminate).
  pose proof (truncation_le_bound (euclidean dims) keys P (agreement dims x state) tau x
    (euclidean_seminorm dims) block rest D) as T.
  rewrite truncation_bound_eq in T.
  pose proof (leakage_le_bound keys P (agreement dims x state) tau Delta temperature block rest lead)
    as L.
  rewrite (seminorm_ext _ (euclidean_seminorm dims) _
    (fun i => output keys (agreement dims x state) tau x i
              - output (inside P keys) (agreement dims x state) tau x i))
    by (intros i; now rewrite update_error).
  assert (B : hopfield_retrieval_bound c (Delta / tau) D
              = leakage_bound (size (inside P keys)) c (Delta / tau) * D).
  { unfold hopfield_retrieval_bound, leakage_bound. rewrite one. unfold size at 1. simpl INR.
    replace (c / 1) with c by field. ring. }
  rewrite B. pose proof reach_nonneg.
  eapply Rle_trans; [apply T |].
  - intros j k J Pj C Pk.
    assert (O : In j (inside P keys)) by (apply in_inside; tauto).
    rewrite one in O. destruct O as [<- | []]. now apply near.
  - fold c in L. nra.
Qed.

Theorem capacity_enough (delta : R) :
  0 < delta < 1 -> c <= exp (Delta / tau) * (delta / (1 - delta)) ->
  euclidean dims (fun i => update keys dims x tau state i - x mu i)
  <= hopfield_capacity_bound delta D.
Proof.
  intros S C. eapply Rle_trans; [apply retrieval_le_bound |].
  replace (hopfield_capacity_bound delta D) with (D * delta)
    by (unfold hopfield_capacity_bound; ring).
  unfold hopfield_retrieval_bound.
  apply Rmult_le_compat_l; [apply reach_nonneg |].
  rewrite <- (sigmoid_logit delta) by assumption. apply sigmoid_le_iff.
  assert (0 < c) by now apply size_pos.
  assert (0 < delta / (1 - delta)) by (apply Rdiv_lt_0_compat; lra).
  apply ln_le_iff in C; [| assumption |].
  - rewrite ln_mult, ln_exp in C by (assumption || apply exp_pos). unfold logit. lra.
  - apply Rmult_lt_0_compat; [apply exp_pos | assumption].
Qed.
End Retrieval.
