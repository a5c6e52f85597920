(* The headlines on hierarchies of local models, restated with library definitions and the words of
   Statements.v. *)
Require Import Reals List Permutation.
From Locality Require Import Functions Bounds Statements.
From Locality Require HierarchicalLocalModel AdaptiveAndNonlocal.
Import ListNotations.
Open Scope R_scope.

(* ---- definitions ---- *)

(* what a matrix, and a matrix with an offset, make of a vector: component j *)
Definition times {I J} (dims : list I) (W : J -> I -> R) (x : I -> R) (j : J) : R :=
  total (fun i => W j i * x i) dims.
Definition affine {I J} (dims : list I) (W : J -> I -> R) (b : J -> R) (x : I -> R) (j : J) : R :=
  times dims W x j + b j.

(* no vector gets longer by more than the factor gain *)
Definition lengthens {I J} (dims : list I) (outs : list J) (U : J -> I -> R) (gain : R) : Prop :=
  0 <= gain /\ forall x, norm outs (times dims U x) <= gain * norm dims x.

(* what keeping a head to its block changes of component j of the local mean of mapped tokens *)
Definition head_change {K I J} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (dims : list I) (U : J -> I -> R) (c : J -> R) (v : K -> I -> R) (j : J) : R :=
  mean keys s tau (fun k => affine dims U c (v k) j)
  - mean (relevant P keys) s tau (fun k => affine dims U c (v k) j).

(* the distance of a token in the block from one outside *)
Definition within {K I} (keys : list K) (P : K -> bool) (dims : list I) (v : K -> I -> R) (D : R)
    : Prop :=
  forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
    norm dims (fun i => v k i - v j i) <= D.

(* ---- transformer-is-hierarchical-local-model ---- *)

(* one head more: `before` is what keeping other heads to their blocks changes *)
Theorem headline_transformer_is_hierarchical_local_model {K I Q} (keys : list K) (P : K -> bool)
    (s : K -> R) (tau gain D : R) (dims : list I) (outs : list Q) (U : Q -> I -> R) (c : Q -> R)
    (v : K -> I -> R) (before : Q -> R) (sizes : both_present P keys)
    (map : lengthens dims outs U gain) (values : within keys P dims v D) :
  norm outs (fun j => before j + head_change keys P s tau dims U c v j)
  <= transformer_is_hierarchical_local_model_bound (norm outs before) (leakage keys P s tau) gain D.
Proof. destruct sizes. now apply HierarchicalLocalModel.head_le_bound. Qed.

(* over all heads, each with scores, a block and matrices of its own *)
Theorem headline_transformer_is_hierarchical_local_model_sum {H K I J} (heads : list H)
    (keys : list K) (P : H -> K -> bool) (s : H -> K -> R) (tau : R) (dims : list I) (outs : list J)
    (U : H -> J -> I -> R) (c : H -> J -> R) (v : K -> I -> R) (gain D : H -> R)
    (sizes : forall h, In h heads -> both_present (P h) keys)
    (map : forall h, In h heads -> lengthens dims outs (U h) (gain h))
    (values : forall h, In h heads -> within keys (P h) dims v (D h)) :
  norm outs (fun j =>
    total (fun h => head_change keys (P h) (s h) tau dims (U h) (c h) v j) heads)
  <= total (fun h => leakage keys (P h) (s h) tau * gain h * D h) heads.
Proof.
  apply HierarchicalLocalModel.heads_le_sum; [exact sizes | exact map |].
  intros h j k I0. exact (values h I0 j k).
Qed.

(* a mean of mapped numbers is the mapped mean *)
Theorem headline_transformer_is_hierarchical_local_model_affine {K} (keys : list K) (s : K -> R)
    (tau : R) (v : K -> R) (factor offset : R) (some : keys <> []) :
  mean keys s tau (fun k => factor * v k + offset)
  = transformer_is_hierarchical_local_model_affine_bound factor (mean keys s tau v) offset.
Proof. now apply HierarchicalLocalModel.mean_affine. Qed.

(* and so for vectors, a matrix and an offset *)
Theorem headline_transformer_is_hierarchical_local_model_map {K I J} (keys : list K) (s : K -> R)
    (tau : R) (dims : list I) (W : J -> I -> R) (b : J -> R) (v : K -> I -> R) (j : J)
    (some : keys <> []) :
  mean keys s tau (fun k => affine dims W b (v k) j) = affine dims W b (output keys s tau v) j.
Proof. now apply HierarchicalLocalModel.mean_map. Qed.

(* heads that average values WV x + bV, put out through WO and summed: a sum over heads of affine
   maps of the local means of the tokens themselves *)
Theorem headline_transformer_is_hierarchical_local_model_heads {H K I M J} (heads : list H)
    (keys : list K) (s : H -> K -> R) (tau : R) (dims : list I) (inner : list M)
    (WV : H -> M -> I -> R) (bV : H -> M -> R) (WO : H -> J -> M -> R) (v : K -> I -> R) (j : J)
    (some : keys <> []) :
  total (fun h => times inner (WO h)
    (output keys (s h) tau (fun k => affine dims (WV h) (bV h) (v k))) j) heads
  = total (fun h => affine dims (fun j i => total (fun a => WO h j a * WV h a i) inner)
      (fun j => total (fun a => WO h j a * bV h a) inner) (output keys (s h) tau v) j) heads.
Proof. now apply HierarchicalLocalModel.heads_mapped. Qed.

(* attained by one token value on the block and one on the rest, if U lengthens their difference
   as much as it can *)
Theorem headline_transformer_is_hierarchical_local_model_sharp {K I J} (keys : list K)
    (P : K -> bool) (s : K -> R) (tau gain : R) (dims : list I) (outs : list J) (U : J -> I -> R)
    (c : J -> R) (v : K -> I -> R) (a b : I -> R) (sizes : both_present P keys)
    (block_value : forall j, In j keys -> P j = true -> forall i, v j i = a i)
    (other_value : forall k, In k keys -> P k = false -> forall i, v k i = b i)
    (lengthened : norm outs (times dims U (fun i => b i - a i))
                  = gain * norm dims (fun i => b i - a i)) :
  norm outs (head_change keys P s tau dims U c v)
  = transformer_is_hierarchical_local_model_bound 0 (leakage keys P s tau) gain
      (norm dims (fun i => b i - a i)).
Proof. destruct sizes. now apply HierarchicalLocalModel.head_two_values. Qed.

(* weights that do not sum to 1, as dropout leaves them, let an affine map pass exactly if it has
   no offset *)
Theorem headline_transformer_is_hierarchical_local_model_boundary {K} (keys : list K)
    (w v : K -> R) (factor offset : R) :
  total (fun k => w k * (factor * v k + offset)) keys
  = factor * total (fun k => w k * v k) keys + offset
  <-> offset = 0 \/ total w keys = 1.
Proof. apply HierarchicalLocalModel.weighted_affine_iff. Qed.

(* a local mean lies between the values, in every coordinate and so in every direction *)
Theorem headline_transformer_is_hierarchical_local_model_hull {K} (keys : list K) (s : K -> R)
    (tau : R) (v : K -> R) (low high : R) (some : keys <> [])
    (between : forall k, In k keys -> low <= v k <= high) :
  low <= mean keys s tau v <= high.
Proof. now apply HierarchicalLocalModel.mean_between. Qed.

(* it does not see the order of the tokens, nor their names *)
Theorem headline_transformer_is_hierarchical_local_model_permutation {K L} (keys other : list K)
    (name : K -> L) (s : L -> R) (tau : R) (v : L -> R) (reordered : Permutation keys other) :
  mean (map name other) s tau v = mean keys (fun k => s (name k)) tau (fun k => v (name k)).
Proof.
  rewrite HierarchicalLocalModel.mean_renamed. symmetry.
  now apply HierarchicalLocalModel.mean_permutation.
Qed.

(* ---- adaptive-and-nonlocal ---- *)

(* A patch of exponent e weighs exp (- e): attention to patches with the scores - e. *)
Definition minus {K} (e : K -> R) (k : K) : R := - e k.
Definition log_kept {K} (patches : list K) (P : K -> bool) (e : K -> R) : R :=
  ln (total (fun k => exp (minus e k / 1)) (relevant P patches)).

(* P marks the kept patches; all others have exponents of at least t *)
Theorem headline_adaptive_and_nonlocal {K I} (patches : list K) (P : K -> bool) (e : K -> R)
    (t D : R) (dims : list I) (v : K -> I -> R) (sizes : both_present P patches)
    (far : forall k, In k patches -> P k = false -> t <= e k)
    (values : forall j k, In j patches -> P j = true -> In k patches -> P k = false ->
       norm dims (fun i => v k i - v j i) <= D) :
  norm dims (truncation_error patches P (minus e) 1 v)
  <= adaptive_and_nonlocal_bound (count (others P patches)) t (log_kept patches P e) D.
Proof.
  destruct sizes. apply AdaptiveAndNonlocal.cutting_le_bound; try assumption.
  apply Truncation.euclidean_seminorm.
Qed.

(* attained where all that is left out lies at t, one value kept and one left out *)
Theorem headline_adaptive_and_nonlocal_sharp {K I} (patches : list K) (P : K -> bool) (e : K -> R)
    (t : R) (dims : list I) (v : K -> I -> R) (a b : I -> R) (sizes : both_present P patches)
    (at_cutoff : forall k, In k patches -> P k = false -> e k = t)
    (kept_value : forall j, In j patches -> P j = true -> forall i, v j i = a i)
    (other_value : forall k, In k patches -> P k = false -> forall i, v k i = b i) :
  norm dims (truncation_error patches P (minus e) 1 v)
  = adaptive_and_nonlocal_bound (count (others P patches)) t (log_kept patches P e)
      (norm dims (fun i => b i - a i)).
Proof.
  destruct sizes. apply AdaptiveAndNonlocal.cutting_two_values; try assumption.
  apply Truncation.euclidean_seminorm.
Qed.

(* where the own patch is kept, the kept ones weigh at least 1 *)
Theorem headline_adaptive_and_nonlocal_own_patch {K} (patches : list K) (P : K -> bool)
    (e : K -> R) (own : K) (kept : In own (relevant P patches)) (same : e own = 0) :
  0 <= log_kept patches P e.
Proof. exact (AdaptiveAndNonlocal.own_patch (relevant P patches) e own kept same). Qed.

(* r is the distance of the n-th nearest key: fewer than n are nearer, at least n are as near *)
Definition nth_nearest {K} (keys : list K) (d : K -> R) (n : nat) (r : R) : Prop :=
  (length (filter (fun k => if Rlt_dec (d k) r then true else false) keys) < n)%nat /\
  (n <= length (filter (fun k => if Rle_dec (d k) r then true else false) keys))%nat.

(* a shift, a rotation and a change of scale multiply all distances by one ratio: the log-kernel of
   every key, and so every local mean, stays what it was *)
Theorem headline_adaptive_and_nonlocal_adaptive {K} (keys : list K) (d d' v : K -> R)
    (rho kappa r r' : R) (n : nat) (similar : 0 < rho /\ forall k, d' k = rho * d k)
    (scale : 0 < kappa) (apart : 0 < r) (near : nth_nearest keys d n r)
    (near' : nth_nearest keys d' n r') :
  r' = rho * r /\
  (forall k, - (d' k ^ 2 / (2 * (kappa * r') ^ 2))
             = adaptive_and_nonlocal_adaptive_bound (d k) r kappa) /\
  mean keys (fun k => - (d' k ^ 2 / (2 * (kappa * r') ^ 2))) 1 v
  = mean keys (fun k => adaptive_and_nonlocal_adaptive_bound (d k) r kappa) 1 v.
Proof.
  destruct similar as [P E]. repeat split.
  - apply (AdaptiveAndNonlocal.nearest_unique keys d' n); [exact near' |].
    now apply (AdaptiveAndNonlocal.nearest_scaled keys d).
  - intros k. now apply (AdaptiveAndNonlocal.adaptive_weight keys d d' rho kappa n r r').
  - now apply (AdaptiveAndNonlocal.adaptive_mean keys d d' v rho kappa n r r').
Qed.

(* with a fixed bandwidth it does not: two keys at the distances 0 and 1, then at 0 and 2 *)
Theorem headline_adaptive_and_nonlocal_boundary :
  mean [false; true] (fun k => - ((if k then 2 else 0) ^ 2 / 2)) 1 (fun k => if k then 1 else 0)
  < mean [false; true] (fun k => - ((if k then 1 else 0) ^ 2 / 2)) 1 (fun k => if k then 1 else 0).
Proof. exact AdaptiveAndNonlocal.fixed_bandwidth_fails. Qed.
