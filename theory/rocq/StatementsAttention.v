(* The headlines on kernels, restated with library definitions and the words of Statements.v. *)
Require Import Reals List Permutation.
From Locality Require Import Functions Bounds Statements.
From Locality Require Merge EntropyIdentity FidelityIdentity SkipCertificate Rounding.
Import ListNotations.
Open Scope R_scope.

(* ---- merge ---- *)

(* the logarithm of the summed weights of some keys, as a kernel returns it *)
Definition lse {K} (keys : list K) (s : K -> R) (tau : R) : R :=
  ln (total (fun k => exp (s k / tau)) keys).

(* the union is the two lists in a row; a key of both would count twice *)
Theorem headline_merge {K} (here there : list K) (s : K -> R) (tau : R) (first : here <> [])
    (second : there <> []) :
  lse (here ++ there) s tau = merge_bound (lse here s tau) (lse there s tau).
Proof. now apply Merge.merge_lse. Qed.

Theorem headline_merge_mean {K} (here there : list K) (s : K -> R) (tau : R) (v : K -> R)
    (first : here <> []) (second : there <> []) :
  mean (here ++ there) s tau v
  = merge_mean_bound (lse here s tau) (lse there s tau) (mean here s tau v) (mean there s tau v).
Proof. now apply Merge.merge_mean. Qed.

(* pairs of an lse and a mean merge alike in either order *)
Theorem headline_merge_commutative (lse1 lse2 mean1 mean2 : R) :
  merge_bound lse1 lse2 = merge_bound lse2 lse1 /\
  merge_mean_bound lse1 lse2 mean1 mean2 = merge_mean_bound lse2 lse1 mean2 mean1.
Proof. apply Merge.merge_commutative. Qed.

(* and in either grouping *)
Theorem headline_merge_associative (lse1 lse2 lse3 mean1 mean2 mean3 : R) :
  merge_bound (merge_bound lse1 lse2) lse3 = merge_bound lse1 (merge_bound lse2 lse3) /\
  merge_mean_bound (merge_bound lse1 lse2) lse3 (merge_mean_bound lse1 lse2 mean1 mean2) mean3
  = merge_mean_bound lse1 (merge_bound lse2 lse3) mean1 (merge_mean_bound lse2 lse3 mean2 mean3).
Proof. apply Merge.merge_associative. Qed.

(* a second set that weighs little changes little: nothing as its lse goes to minus infinity *)
Theorem headline_merge_empty (lse1 lse2 mean1 mean2 : R) :
  0 <= merge_bound lse1 lse2 - lse1 <= exp (lse2 - lse1) /\
  Rabs (merge_mean_bound lse1 lse2 mean1 mean2 - mean1) <= exp (lse2 - lse1) * Rabs (mean2 - mean1).
Proof. apply Merge.merge_empty. Qed.

(* sets that share keys give too large an lse *)
Theorem headline_merge_boundary {K} (here shared there : list K) (s : K -> R) (tau : R)
    (overlap : shared <> []) :
  lse (here ++ shared ++ there) s tau
  < merge_bound (lse (here ++ shared) s tau) (lse (shared ++ there) s tau).
Proof. now apply Merge.merge_overlap_fails. Qed.

(* ---- entropy-identity ---- *)

Definition product {I} (dims : list I) (u v : I -> R) : R := total (fun i => u i * v i) dims.
Definition mean_key {K I} (keys : list K) (s : K -> R) (tau : R) (k : K -> I -> R) (i : I) : R :=
  mean keys s tau (fun j => k j i).

Theorem headline_entropy_identity {K I} (keys : list K) (dims : list I) (q : I -> R)
    (k : K -> I -> R) (b : K -> R) (tau : R) (visible : keys <> []) :
  let s j := product dims q (k j) + b j in
  entropy keys s tau
  = entropy_identity_bound (lse keys s tau) (product dims q (mean_key keys s tau k))
      (mean keys s tau b) tau.
Proof. now apply EntropyIdentity.entropy_from_pass. Qed.

(* whatever the scores, the mean of products is the product with the mean *)
Theorem headline_entropy_identity_products {K I} (keys : list K) (dims : list I) (q : I -> R)
    (k : K -> I -> R) (s : K -> R) (tau : R) :
  mean keys s tau (fun j => product dims q (k j)) = product dims q (mean_key keys s tau k).
Proof. apply EntropyIdentity.mean_product. Qed.

(* a reference key may be subtracted from every key *)
Theorem headline_entropy_identity_reference {K I} (keys : list K) (dims : list I) (q r : I -> R)
    (k : K -> I -> R) (b : K -> R) (tau : R) (visible : keys <> []) :
  let s j := product dims q (k j) + b j in
  let away j i := k j i - r i in
  let t j := product dims q (away j) + b j in
  entropy keys s tau
  = entropy_identity_bound (lse keys t tau) (product dims q (mean_key keys t tau away))
      (mean keys t tau b) tau.
Proof. now apply EntropyIdentity.entropy_from_reference. Qed.

(* without the mean of the bias, as of a dial, the result is too small *)
Theorem headline_entropy_identity_boundary {K I} (keys : list K) (dims : list I) (q : I -> R)
    (k : K -> I -> R) (b : K -> R) (tau : R) (visible : keys <> []) (temperature : 0 < tau) :
  let s j := product dims q (k j) + b j in
  mean keys s tau b < 0 ->
  entropy_identity_bound (lse keys s tau) (product dims q (mean_key keys s tau k)) 0 tau
  < entropy keys s tau.
Proof. now apply EntropyIdentity.entropy_without_bias_fails. Qed.

(* ---- fidelity-identity ---- *)

Theorem headline_fidelity_identity {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (sizes : both_present P keys) :
  leakage keys P s tau
  = fidelity_identity_bound (lse (relevant P keys) s tau) (lse keys s tau).
Proof. destruct sizes. now apply FidelityIdentity.leakage_from_block. Qed.

Theorem headline_fidelity_identity_rest {K} (keys : list K) (P : K -> bool) (s : K -> R) (tau : R)
    (sizes : both_present P keys) :
  leakage keys P s tau
  = fidelity_identity_rest_bound (lse (others P keys) s tau) (lse keys s tau).
Proof. destruct sizes. now apply FidelityIdentity.leakage_from_rest. Qed.

Theorem headline_fidelity_identity_parts {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau : R) (sizes : both_present P keys) :
  leakage keys P s tau
  = fidelity_identity_parts_bound (lse (others P keys) s tau) (lse (relevant P keys) s tau).
Proof. destruct sizes. now apply FidelityIdentity.leakage_from_parts. Qed.

Theorem headline_fidelity_identity_fidelity {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau : R) (sizes : both_present P keys) :
  fidelity keys P s tau = exp (lse (relevant P keys) s tau - lse keys s tau).
Proof. destruct sizes. now apply FidelityIdentity.fidelity_from_block. Qed.

(* a pass over the block that also saw other keys understates the leakage *)
Theorem headline_fidelity_identity_boundary {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau : R) (seen : list K) (sizes : both_present P keys) (overlap : seen <> []) :
  fidelity_identity_bound (lse (relevant P keys ++ seen) s tau) (lse keys s tau)
  < leakage keys P s tau.
Proof. destruct sizes. now apply FidelityIdentity.leakage_from_overlap_fails. Qed.

(* ---- skip-certificate ---- *)

(* the logarithm of what blocks of these members and bounds can weigh *)
Definition log_granted {G K} (blocks : list G) (members : G -> list K) (bound : G -> R) (tau : R)
    : R :=
  ln (total (fun g => count (members g) * exp (bound g / tau)) blocks).

(* Keys v of a query u, P marking those that are kept; the others are the members of the blocks. *)
Theorem headline_skip_certificate {G K I} (keys : list K) (P : K -> bool) (blocks : list G)
    (members : G -> list K) (dims : list I) (u : I -> R) (v : K -> I -> R) (extra : K -> R)
    (centre : G -> I -> R) (rho term : G -> R) (tau : R)
    (sizes : both_present P keys) (temperature : 0 < tau)
    (skipped : Permutation (others P keys) (flat_map members blocks))
    (radius : forall g k, In g blocks -> In k (members g) ->
       norm dims (fun i => v k i - centre g i) <= rho g)
    (terms : forall g k, In g blocks -> In k (members g) -> extra k <= term g) :
  let s k := product dims u (v k) + extra k in
  let bound g :=
    skip_certificate_score_bound (product dims u (centre g)) (norm dims u) (rho g) + term g in
  leakage keys P s tau
  <= skip_certificate_bound (log_granted blocks members bound tau)
       (lse (relevant P keys) s tau).
Proof.
  destruct sizes. apply SkipCertificate.skipped_le_bound; try assumption. intros g k B M.
  apply SkipCertificate.score_le_cap; [now apply radius | now apply terms].
Qed.

(* Cauchy-Schwarz: no score of a block exceeds its bound *)
Theorem headline_skip_certificate_score {I} (dims : list I) (u key centre : I -> R)
    (rho term extra : R) (radius : norm dims (fun i => key i - centre i) <= rho)
    (terms : extra <= term) :
  product dims u key + extra
  <= skip_certificate_score_bound (product dims u centre) (norm dims u) rho + term.
Proof. now apply SkipCertificate.score_le_cap. Qed.

(* what the output over the kept keys alone is off by *)
Theorem headline_skip_certificate_output {G K I} (keys : list K) (P : K -> bool) (blocks : list G)
    (members : G -> list K) (dims : list I) (s : K -> R) (bound : G -> R) (v : K -> I -> R)
    (tau D : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (skipped : Permutation (others P keys) (flat_map members blocks))
    (bounded : forall g k, In g blocks -> In k (members g) -> s k <= bound g)
    (values : forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
       norm dims (fun i => v k i - v j i) <= D) :
  norm dims (truncation_error keys P s tau v)
  <= skip_certificate_output_bound (log_granted blocks members bound tau)
       (lse (relevant P keys) s tau) D.
Proof.
  destruct sizes. apply SkipCertificate.skipping_le_bound; try assumption.
  apply Truncation.euclidean_seminorm.
Qed.

(* attained exactly if every skipped key attains the bound of its block *)
Theorem headline_skip_certificate_sharp {G K} (keys : list K) (P : K -> bool) (blocks : list G)
    (members : G -> list K) (s : K -> R) (bound : G -> R) (tau : R)
    (sizes : both_present P keys) (temperature : 0 < tau)
    (skipped : Permutation (others P keys) (flat_map members blocks))
    (bounded : forall g k, In g blocks -> In k (members g) -> s k <= bound g) :
  leakage keys P s tau
  = skip_certificate_bound (log_granted blocks members bound tau)
      (lse (relevant P keys) s tau)
  <-> (forall g k, In g blocks -> In k (members g) -> s k = bound g).
Proof. destruct sizes. now apply SkipCertificate.skipped_eq_bound_iff. Qed.

(* as the key does that lies from the centre towards the query, a radius away *)
Theorem headline_skip_certificate_far_end {I} (dims : list I) (u centre : I -> R) (rho : R)
    (query : 0 < norm dims u) :
  product dims u (fun i => centre i + rho / norm dims u * u i)
  = skip_certificate_score_bound (product dims u centre) (norm dims u) rho.
Proof. now apply (SkipCertificate.score_at_the_far_end dims u centre rho). Qed.

(* the mean distance from the centre is no radius *)
Theorem headline_skip_certificate_boundary :
  exists (keys : list nat) (P : nat -> bool) (u centre : unit -> R) (v : nat -> unit -> R)
      (rho tau : R),
    both_present P keys /\ 0 < tau /\
    total (fun k => norm [tt] (fun i => v k i - centre i)) (others P keys) / count (others P keys)
    = rho /\
    let s k := product [tt] u (v k) in
    leakage keys P s tau
    > skip_certificate_bound
        (ln (count (others P keys)
             * exp (skip_certificate_score_bound (product [tt] u centre) (norm [tt] u) rho / tau)))
        (lse (relevant P keys) s tau).
Proof. exact SkipCertificate.mean_radius_fails. Qed.

(* a block of two keys or more at its bound, counted once, outweighs what that grants it *)
Theorem headline_skip_certificate_count {K} (keys : list K) (P : K -> bool) (s : K -> R)
    (tau bound : R) (kept : relevant P keys <> []) (several : 1 < count (others P keys))
    (temperature : 0 < tau) (attained : forall k, In k keys -> P k = false -> s k = bound) :
  leakage keys P s tau
  > skip_certificate_bound (ln (exp (bound / tau))) (lse (relevant P keys) s tau).
Proof. now apply SkipCertificate.count_dropped_fails. Qed.

(* ---- rounding ---- *)

(* scores s and s' whose quotients by tau are at most E apart, at every key *)
Theorem headline_rounding {K} (keys : list K) (s s' : K -> R) (tau E : R)
    (visible : keys <> [])
    (scores : forall k, In k keys -> Rabs (s' k / tau - s k / tau) <= E) :
  total_variation keys (attention keys s tau) (attention keys s' tau) <= rounding_bound E.
Proof. now apply Rounding.attention_moves. Qed.

Theorem headline_rounding_sharp (E : R) (error : 0 <= E) :
  let keys := [true; false] in
  exists s s' : bool -> R,
    (forall k, In k keys -> Rabs (s' k / 1 - s k / 1) <= E) /\
    total_variation keys (attention keys s 1) (attention keys s' 1) = rounding_bound E.
Proof. now apply Rounding.attention_moves_sharp. Qed.

(* an error of 1 on average, all of it at one of three keys *)
Theorem headline_rounding_boundary :
  let keys := [true; false; false] in
  exists s s' : bool -> R,
    total (fun k => Rabs (s' k / 1 - s k / 1)) keys / count keys = 1 /\
    total_variation keys (attention keys s 1) (attention keys s' 1) > rounding_bound 1.
Proof. exact Rounding.mean_error_fails. Qed.

Theorem headline_rounding_lse {K} (keys : list K) (s s' : K -> R) (tau E : R)
    (visible : keys <> [])
    (scores : forall k, In k keys -> Rabs (s' k / tau - s k / tau) <= E) :
  Rabs (lse keys s' tau - lse keys s tau) <= rounding_lse_bound E.
Proof. now apply Rounding.lse_moves. Qed.

(* whatever the scores are *)
Theorem headline_rounding_output {K I} (keys : list K) (s s' : K -> R) (tau D : R)
    (dims : list I) (v : K -> I -> R) (visible : keys <> [])
    (values : forall j k, In j keys -> In k keys -> norm dims (fun i => v j i - v k i) <= D) :
  norm dims (fun i => output keys s' tau v i - output keys s tau v i)
  <= rounding_output_bound
       (total_variation keys (attention keys s tau) (attention keys s' tau)) D.
Proof. apply Rounding.output_moves; try assumption. apply Truncation.euclidean_seminorm. Qed.

Theorem headline_rounding_entropy {K} (keys : list K) (s s' : K -> R) (tau range : R)
    (visible : keys <> [])
    (before : forall j k, In j keys -> In k keys -> Rabs (s j / tau - s k / tau) <= range)
    (after : forall j k, In j keys -> In k keys -> Rabs (s' j / tau - s' k / tau) <= range) :
  Rabs (entropy keys s' tau - entropy keys s tau)
  <= rounding_entropy_bound
       (total_variation keys (attention keys s tau) (attention keys s' tau)) range.
Proof. now apply Rounding.entropy_moves. Qed.

(* Computed scores r, the largest of them top; differences z from it, exponentials w, their sum S *)
Theorem headline_rounding_summed {K} (keys : list K) (r z w : K -> R)
    (top S u v gamma eta rho : R) (visible : keys <> [])
    (largest : exists k, In k keys /\ r k = top)
    (spread : forall k, In k keys -> 0 <= top - r k <= rho)
    (shifted : forall k, In k keys -> Rabs (z k - (r k - top)) <= u * Rabs (r k - top))
    (exponential : forall k, In k keys -> Rabs (w k - exp (z k)) <= v * exp (z k) + eta)
    (nonnegative : forall k, In k keys -> 0 <= w k)
    (summed : Rabs (S - total w keys) <= gamma * total w keys)
    (units : 0 <= u /\ 0 <= v <= 1 /\ 0 <= gamma <= 1 /\ 0 <= eta)
    (small : exp (u * rho) * (1 + v) * (1 + gamma) - 1 + count keys * eta * (1 + gamma) < 1) :
  Rabs (ln S - ln (total (fun k => exp (r k - top)) keys))
  <= rounding_summed_bound u v gamma eta rho (count keys).
Proof. now apply (Rounding.log_near keys r z w top S u v gamma eta rho). Qed.

(* Then its logarithm l, and the sum L of that and top, against the exact scores t. *)
Theorem headline_rounding_computed {K} (keys : list K) (t r z w : K -> R)
    (top S l L E u v gamma eta rho : R) (visible : keys <> [])
    (scores : forall k, In k keys -> Rabs (r k - t k) <= E)
    (largest : exists k, In k keys /\ r k = top)
    (spread : forall k, In k keys -> 0 <= top - r k <= rho)
    (shifted : forall k, In k keys -> Rabs (z k - (r k - top)) <= u * Rabs (r k - top))
    (exponential : forall k, In k keys -> Rabs (w k - exp (z k)) <= v * exp (z k) + eta)
    (nonnegative : forall k, In k keys -> 0 <= w k)
    (summed : Rabs (S - total w keys) <= gamma * total w keys)
    (logarithm : Rabs (l - ln S) <= v * Rabs (ln S))
    (added : Rabs (L - (top + l)) <= u * Rabs (top + l))
    (units : 0 <= u /\ 0 <= v <= 1 /\ 0 <= gamma <= 1 /\ 0 <= eta)
    (small : exp (u * rho) * (1 + v) * (1 + gamma) - 1 + count keys * eta * (1 + gamma) < 1) :
  Rabs (L - ln (total (fun k => exp (t k)) keys))
  <= rounding_computed_bound E (rounding_summed_bound u v gamma eta rho (count keys)) u v
       (count keys) (Rabs top).
Proof. now apply (Rounding.computed_lse keys r z w top S u v gamma eta rho) with (l := l). Qed.
