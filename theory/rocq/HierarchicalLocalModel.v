(* transformer-is-hierarchical-local-model -- heads are local means between pointwise maps.

   Source: localization, transformers as hierarchical local models.
   Assumes: weights that sum to 1; for the change, a block and a rest that are not empty, matrices
   of known operator norm and tokens of known distance.

   Proved: affine maps pass through a mean (mean_affine, mean_map), a weighted sum of any other
   total lets them pass only without offset (weighted_affine_iff); so heads put out local means of
   mapped tokens (heads_mapped); keeping a head to a block changes all of them by at most its
   leakage times its norm times the distance more (head_le_bound, heads_le_sum), which one value on
   the block and one off it attain (head_two_values); means stay between the values
   (mean_between) and do not see the order of the tokens (mean_permutation, mean_renamed). *)
Require Import Reals Lra List Permutation.
From Locality Require Import Functions Bounds Softmax Truncation.
Import ListNotations.
Open Scope R_scope.

Lemma head_bound_eq (before leakage gain D : R) :
  transformer_is_hierarchical_local_model_bound before leakage gain D = before + leakage * gain * D.
Proof. unfold transformer_is_hierarchical_local_model_bound. ring. Qed.

Lemma affine_bound_eq (factor v offset : R) :
  transformer_is_hierarchical_local_model_affine_bound factor v offset = factor * v + offset.
Proof. unfold transformer_is_hierarchical_local_model_affine_bound. ring. Qed.

(* ---- affine maps and means ---- *)

Lemma weighted_affine {K} (keys : list K) (w v : K -> R) (a b : R) :
  sum (fun k => w k * (a * v k + b)) keys = a * sum (fun k => w k * v k) keys + b * sum w keys.
Proof.
  rewrite <- !sum_scale, <- sum_plus. apply sum_ext. intros. ring.
Qed.

Theorem weighted_affine_iff {K} (keys : list K) (w v : K -> R) (a b : R) :
  sum (fun k => w k * (a * v k + b)) keys = a * sum (fun k => w k * v k) keys + b
  <-> b = 0 \/ sum w keys = 1.
Proof.
  rewrite weighted_affine. split.
  - intros E. destruct (Req_dec b 0) as [Z | Z]; [now left | right].
    apply Rmult_eq_reg_l with b; lra.
  - intros [-> | ->]; ring.
Qed.

Theorem mean_affine {K} (keys : list K) s tau (v : K -> R) (a b : R) :
  keys <> [] ->
  mean keys s tau (fun k => a * v k + b)
  = transformer_is_hierarchical_local_model_affine_bound a (mean keys s tau v) b.
Proof.
  intros N. rewrite affine_bound_eq. unfold mean. rewrite weighted_affine, probability_total by assumption.
  ring.
Qed.

(* a matrix and an offset, component j of what they make of a vector *)
Definition affine {I J} (dims : list I) (W : J -> I -> R) (b : J -> R) (x : I -> R) (j : J) : R :=
  sum (fun i => W j i * x i) dims + b j.

Lemma mean_linear {K I} (keys : list K) s tau (dims : list I) (a : I -> R) (v : K -> I -> R) :
  mean keys s tau (fun k => sum (fun i => a i * v k i) dims)
  = sum (fun i => a i * mean keys s tau (fun k => v k i)) dims.
Proof.
  unfold mean.
  rewrite (sum_ext _ (fun k => sum (fun i => probability keys s tau k * (a i * v k i)) dims))
    by (intros; now rewrite sum_scale).
  rewrite sum_swap. apply sum_ext. intros i _. rewrite <- sum_scale. apply sum_ext. intros. ring.
Qed.

Theorem mean_map {K I J} (keys : list K) s tau (dims : list I) (W : J -> I -> R) (b : J -> R)
    (v : K -> I -> R) (j : J) :
  keys <> [] ->
  mean keys s tau (fun k => affine dims W b (v k) j)
  = affine dims W b (fun i => mean keys s tau (fun k => v k i)) j.
Proof.
  intros N. unfold affine. rewrite <- mean_linear. unfold mean at 1 2.
  rewrite (sum_ext _ (fun k => probability keys s tau k
    * (1 * sum (fun i => W j i * v k i) dims + b j))) by (intros; ring).
  rewrite weighted_affine, probability_total by assumption. ring.
Qed.

(* values by WV and bV, outputs of the heads by WO, summed: local means of mapped tokens *)
Theorem heads_mapped {H K I M J} (heads : list H) (keys : list K) (s : H -> K -> R) tau
    (dims : list I) (inner : list M) (WV : H -> M -> I -> R) (bV : H -> M -> R)
    (WO : H -> J -> M -> R) (v : K -> I -> R) (j : J) :
  keys <> [] ->
  sum (fun h => sum (fun a => WO h j a
    * mean keys (s h) tau (fun k => affine dims (WV h) (bV h) (v k) a)) inner) heads
  = sum (fun h => affine dims (fun j i => sum (fun a => WO h j a * WV h a i) inner)
      (fun j => sum (fun a => WO h j a * bV h a) inner)
      (fun i => mean keys (s h) tau (fun k => v k i)) j) heads.
Proof.
  intros N. apply sum_ext. intros h _. unfold affine at 2.
  rewrite (sum_ext _ (fun a => sum (fun i => WO h j a * WV h a i
      * mean keys (s h) tau (fun k => v k i)) dims + WO h j a * bV h a)).
  - rewrite sum_plus, sum_swap. f_equal. apply sum_ext. intros i _. now rewrite sum_scale_r.
  - intros a _. rewrite mean_map by assumption. unfold affine.
    rewrite Rmult_plus_distr_l, <- sum_scale. f_equal. apply sum_ext. intros. ring.
Qed.

(* ---- what keeping heads to blocks changes ---- *)

(* component j of a mapped head's output less that of the block alone *)
Definition head_change {K I J} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (dims : list I) (U : J -> I -> R) (c : J -> R) (v : K -> I -> R) (j : J) : R :=
  mean keys s tau (fun k => affine dims U c (v k) j)
  - mean (inside P keys) s tau (fun k => affine dims U c (v k) j).

(* U lengthens no vector by more than gain *)
Definition lengthens {I J} (dims : list I) (outs : list J) (U : J -> I -> R) (gain : R) : Prop :=
  0 <= gain /\
  forall x, euclidean outs (fun j => sum (fun i => U j i * x i) dims) <= gain * euclidean dims x.

Section Head.
Context {K I J : Type} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R).
Context (dims : list I) (outs : list J) (U : J -> I -> R) (c : J -> R) (v : K -> I -> R).
Context (block : inside P keys <> []) (rest : outside P keys <> []).

Let moved (i : I) : R := output keys s tau v i - output (inside P keys) s tau v i.

Lemma head_change_eq (j : J) :
  head_change keys P s tau dims U c v j = sum (fun i => U j i * moved i) dims.
Proof.
  unfold head_change. rewrite !mean_map by eauto using inside_not_nil. unfold affine, moved, output.
  rewrite (sum_ext (fun i => U j i * (_ - _)) (fun i => U j i * mean keys s tau (fun k => v k i)
    - U j i * mean (inside P keys) s tau (fun k => v k i))) by (intros; ring).
  rewrite sum_minus. ring.
Qed.

Lemma head_change_le (gain D : R) :
  lengthens dims outs U gain ->
  (forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
     euclidean dims (fun i => v k i - v j i) <= D) ->
  euclidean outs (head_change keys P s tau dims U c v) <= leakage keys P s tau * gain * D.
Proof.
  intros [G L] B.
  rewrite (seminorm_ext _ (euclidean_seminorm outs) _ _ head_change_eq).
  eapply Rle_trans; [apply L |].
  replace (leakage keys P s tau * gain * D) with (gain * truncation_bound (leakage keys P s tau) D)
    by (rewrite truncation_bound_eq; ring).
  apply Rmult_le_compat_l; [assumption |].
  apply truncation_le_bound; auto. apply euclidean_seminorm.
Qed.

Theorem head_le_bound (before : J -> R) (gain D : R) :
  lengthens dims outs U gain ->
  (forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
     euclidean dims (fun i => v k i - v j i) <= D) ->
  euclidean outs (fun j => before j + head_change keys P s tau dims U c v j)
  <= transformer_is_hierarchical_local_model_bound (euclidean outs before)
       (leakage keys P s tau) gain D.
Proof.
  intros L B. rewrite head_bound_eq.
  eapply Rle_trans; [apply (seminorm_plus _ (euclidean_seminorm outs)) |].
  apply Rplus_le_compat_l. now apply head_change_le.
Qed.

(* attained where U lengthens the difference of the two values most *)
Theorem head_two_values (a b : I -> R) (gain : R) :
  (forall j, In j keys -> P j = true -> forall i, v j i = a i) ->
  (forall k, In k keys -> P k = false -> forall i, v k i = b i) ->
  euclidean outs (fun j => sum (fun i => U j i * (b i - a i)) dims)
  = gain * euclidean dims (fun i => b i - a i) ->
  euclidean outs (head_change keys P s tau dims U c v)
  = transformer_is_hierarchical_local_model_bound 0 (leakage keys P s tau) gain
      (euclidean dims (fun i => b i - a i)).
Proof.
  intros A B E. rewrite head_bound_eq.
  pose proof (leakage_between keys P s tau block rest) as Lk.
  assert (M : forall j, head_change keys P s tau dims U c v j
              = leakage keys P s tau * sum (fun i => U j i * (b i - a i)) dims).
  { intros j. rewrite head_change_eq, <- sum_scale. apply sum_ext. intros i _. unfold moved, output.
    rewrite (truncation_error_eq keys P) by assumption.
    rewrite (mean_const_on (outside P keys) s tau _ (b i)), (mean_const_on (inside P keys) s tau _ (a i));
      try assumption; [ring | |].
    - intros k C. apply in_inside in C. apply A; tauto.
    - intros k C. apply in_outside in C. apply B; tauto. }
  rewrite (seminorm_ext _ (euclidean_seminorm outs) _ _ M).
  rewrite (seminorm_scale _ (euclidean_seminorm outs) (leakage keys P s tau)
    (fun j => sum (fun i => U j i * (b i - a i)) dims)), E, Rabs_pos_eq by lra. ring.
Qed.
End Head.

Theorem heads_le_sum {H K I J} (heads : list H) (keys : list K) (P : H -> K -> bool)
    (s : H -> K -> R) tau (dims : list I) (outs : list J) (U : H -> J -> I -> R) (c : H -> J -> R)
    (v : K -> I -> R) (gain D : H -> R) :
  (forall h, In h heads -> inside (P h) keys <> [] /\ outside (P h) keys <> []) ->
  (forall h, In h heads -> lengthens dims outs (U h) (gain h)) ->
  (forall h j k, In h heads -> In j keys -> P h j = true -> In k keys -> P h k = false ->
     euclidean dims (fun i => v k i - v j i) <= D h) ->
  euclidean outs (fun j => sum (fun h => head_change keys (P h) (s h) tau dims (U h) (c h) v j) heads)
  <= sum (fun h => leakage keys (P h) (s h) tau * gain h * D h) heads.
Proof.
  intros S L B. induction heads as [| h heads IH].
  - rewrite (seminorm_ext _ (euclidean_seminorm outs) _ (fun j => 0 * 0))
      by (intros; rewrite sum_nil; ring).
    rewrite (seminorm_scale _ (euclidean_seminorm outs) 0 (fun _ => 0)), Rabs_R0, sum_nil. lra.
  - rewrite sum_cons.
    rewrite (seminorm_ext _ (euclidean_seminorm outs) _ (fun j =>
      head_change keys (P h) (s h) tau dims (U h) (c h) v j
      + sum (fun h => head_change keys (P h) (s h) tau dims (U h) (c h) v j) heads))
      by (intros; now rewrite sum_cons).
    eapply Rle_trans; [apply (seminorm_plus _ (euclidean_seminorm outs)) |].
    destruct (S h) as [R C]; [apply in_eq |]. apply Rplus_le_compat.
    + apply head_change_le; auto; [apply L, in_eq |]. intros. eapply B; eauto. apply in_eq.
    + apply IH; intros; [apply S | apply L | eapply B]; eauto; now apply in_cons.
Qed.

(* ---- hull and order ---- *)

Theorem mean_between {K} (keys : list K) s tau (v : K -> R) (low high : R) :
  keys <> [] -> (forall k, In k keys -> low <= v k <= high) ->
  low <= mean keys s tau v <= high.
Proof.
  intros N B. unfold mean. split.
  - rewrite <- (mean_const keys s tau low N) at 1. unfold mean. apply sum_le. intros k I.
    pose proof (probability_pos keys s tau k N). apply Rmult_le_compat_l; [lra | now apply B].
  - rewrite <- (mean_const keys s tau high N). unfold mean. apply sum_le. intros k I.
    pose proof (probability_pos keys s tau k N). apply Rmult_le_compat_l; [lra | now apply B].
Qed.

Lemma sum_permutation {K} (f : K -> R) (keys other : list K) :
  Permutation keys other -> sum f keys = sum f other.
Proof.
  induction 1; rewrite ?sum_cons; lra.
Qed.

Theorem mean_permutation {K} (keys other : list K) s tau (v : K -> R) :
  Permutation keys other -> mean keys s tau v = mean other s tau v.
Proof.
  intros E. unfold mean, probability, total_weight.
  rewrite (sum_permutation (weight s tau) keys other E). now apply sum_permutation.
Qed.

Theorem mean_renamed {K L} (name : K -> L) (keys : list K) (s : L -> R) tau (v : L -> R) :
  mean (map name keys) s tau v = mean keys (fun k => s (name k)) tau (fun k => v (name k)).
Proof.
  unfold mean, probability, total_weight, sum, weight. now rewrite !map_map.
Qed.
