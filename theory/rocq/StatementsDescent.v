(* The headlines on updates that never go the wrong way, restated with library definitions and the
   words of Statements.v and StatementsAttention.v. *)
Require Import Reals List.
From Locality Require Import Functions Bounds Statements StatementsAttention.
From Locality Require Hopfield.
Import ListNotations.
Open Scope R_scope.

(* ---- hopfield ---- *)

(* how well a state agrees with each stored pattern, at temperature tau = 1/beta; the update; the
   energy; a step of t times the way to the update *)
Definition agreement {K I} (dims : list I) (x : K -> I -> R) (state : I -> R) (k : K) : R :=
  product dims state (x k).
Definition update {K I} (keys : list K) (dims : list I) (x : K -> I -> R) (tau : R)
    (state : I -> R) : I -> R :=
  output keys (agreement dims x state) tau x.
Definition energy {K I} (keys : list K) (dims : list I) (x : K -> I -> R) (tau : R)
    (state : I -> R) : R :=
  - (tau * lse keys (agreement dims x state) tau) + product dims state state / 2.
Definition step {K I} (keys : list K) (dims : list I) (x : K -> I -> R) (tau t : R)
    (state : I -> R) (i : I) : R :=
  state i + t * (update keys dims x tau state i - state i).

Theorem headline_hopfield {K I} (stored : list K) (dims : list I) (x : K -> I -> R) (tau : R)
    (state : I -> R) (patterns : stored <> []) (temperature : 0 < tau) :
  let new := update stored dims x tau state in
  energy stored dims x tau state - energy stored dims x tau new
  >= hopfield_bound (norm dims (fun i => new i - state i)).
Proof. now apply Hopfield.energy_update_falls. Qed.

(* with equality exactly where the move agrees alike with all patterns *)
Theorem headline_hopfield_sharp {K I} (stored : list K) (dims : list I) (x : K -> I -> R)
    (tau : R) (state : I -> R) (patterns : stored <> []) (temperature : 0 < tau) :
  let new := update stored dims x tau state in
  let move := fun i => new i - state i in
  energy stored dims x tau state - energy stored dims x tau new = hopfield_bound (norm dims move)
  <-> forall j k, In j stored -> In k stored ->
        agreement dims x move j = agreement dims x move k.
Proof. now apply Hopfield.energy_fall_eq_iff. Qed.

(* a step of t times the way; the surplus is a divergence between old and new weights *)
Theorem headline_hopfield_relaxed {K I} (stored : list K) (dims : list I) (x : K -> I -> R)
    (tau t : R) (state : I -> R) (patterns : stored <> []) (temperature : 0 < tau) :
  let new := step stored dims x tau t state in
  let old_weight := attention stored (agreement dims x state) tau in
  let new_weight := attention stored (agreement dims x new) tau in
  let bound :=
    hopfield_relaxed_bound t (norm dims (fun i => update stored dims x tau state i - state i)) in
  energy stored dims x tau state - energy stored dims x tau new
  = bound + tau * (- total (fun k => old_weight k * ln (new_weight k)) stored
                   - - total (fun k => old_weight k * ln (old_weight k)) stored) /\
  energy stored dims x tau state - energy stored dims x tau new >= bound.
Proof. split; [now apply Hopfield.energy_fall | now apply Hopfield.energy_falls]. Qed.

(* more than twice the way: the energy of one pattern rises *)
Theorem headline_hopfield_boundary (t : R) (beyond : 2 < t) :
  let x := fun (_ _ : unit) => 1 in
  energy [tt] [tt] x 1 (step [tt] [tt] x 1 t (fun _ => 0)) > energy [tt] [tt] x 1 (fun _ => 0).
Proof. now apply Hopfield.energy_rises_beyond_twice. Qed.

(* how far from the pattern that leads all others the update lies *)
Theorem headline_hopfield_retrieval {K I} (stored : list K) (P : K -> bool) (dims : list I)
    (x : K -> I -> R) (tau Delta D : R) (state : I -> R) (mu : K)
    (one : relevant P stored = [mu]) (rest : others P stored <> []) (temperature : 0 < tau)
    (lead : leads_by stored P (agreement dims x state) Delta)
    (near : forall k, In k stored -> P k = false -> norm dims (fun i => x k i - x mu i) <= D) :
  norm dims (fun i => update stored dims x tau state i - x mu i)
  <= hopfield_retrieval_bound (count (others P stored)) (Delta / tau) D.
Proof. now apply Hopfield.retrieval_le_bound. Qed.

(* so many other patterns leave it within the share delta of that distance *)
Theorem headline_hopfield_capacity {K I} (stored : list K) (P : K -> bool) (dims : list I)
    (x : K -> I -> R) (tau Delta D delta : R) (state : I -> R) (mu : K)
    (one : relevant P stored = [mu]) (rest : others P stored <> []) (temperature : 0 < tau)
    (lead : leads_by stored P (agreement dims x state) Delta)
    (near : forall k, In k stored -> P k = false -> norm dims (fun i => x k i - x mu i) <= D)
    (share : 0 < delta < 1)
    (few : count (others P stored) <= exp (Delta / tau) * (delta / (1 - delta))) :
  norm dims (fun i => update stored dims x tau state i - x mu i) <= hopfield_capacity_bound delta D.
Proof. now apply (Hopfield.capacity_enough stored P dims x tau Delta). Qed.
