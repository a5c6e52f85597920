(* The headlines on updates that never go the wrong way, restated with library definitions and the
   words of Statements.v and StatementsAttention.v. *)
Require Import Reals List.
From Locality Require Import Functions Bounds Statements StatementsAttention.
From Locality Require Hopfield MeanShift.
Import ListNotations.
Open Scope R_scope.

(* ---- mean-shift ---- *)

(* the squared distance of a point from a key, in bandwidths; the density of a profile; the mean of
   the keys that the weights `slope` pull to *)
Definition apart {K I} (dims : list I) (x : K -> I -> R) (h : R) (y : I -> R) (j : K) : R :=
  total (fun i => (y i - x j i) ^ 2) dims / h ^ 2.
Definition density {K I} (keys : list K) (dims : list I) (x : K -> I -> R) (h : R)
    (profile : R -> R) (y : I -> R) : R :=
  total (fun j => profile (apart dims x h y j)) keys.
Definition pull {K I} (keys : list K) (dims : list I) (x : K -> I -> R) (h : R) (slope : R -> R)
    (y : I -> R) : R :=
  total (fun j => slope (apart dims x h y j)) keys.
Definition shifted {K I} (keys : list K) (dims : list I) (x : K -> I -> R) (h : R)
    (slope : R -> R) (y : I -> R) (i : I) : R :=
  total (fun j => slope (apart dims x h y j) * x j i) keys / pull keys dims x h slope y.

Theorem headline_mean_shift {K I} (keys : list K) (dims : list I) (x : K -> I -> R) (h : R)
    (profile slope : R -> R) (y : I -> R) (bandwidth : h <> 0)
    (attracted : 0 < pull keys dims x h slope y)
    (convex : forall a b, 0 <= a -> 0 <= b -> profile b >= profile a - slope a * (b - a)) :
  let new := shifted keys dims x h slope y in
  density keys dims x h profile new - density keys dims x h profile y
  >= mean_shift_bound (pull keys dims x h slope y) (norm dims (fun i => new i - y i)) h.
Proof. now apply MeanShift.density_rises. Qed.

(* with equality exactly where the profile lies on its tangent at every key *)
Theorem headline_mean_shift_sharp {K I} (keys : list K) (dims : list I) (x : K -> I -> R) (h : R)
    (profile slope : R -> R) (y : I -> R) (bandwidth : h <> 0)
    (attracted : 0 < pull keys dims x h slope y)
    (convex : forall a b, 0 <= a -> 0 <= b -> profile b >= profile a - slope a * (b - a)) :
  let new := shifted keys dims x h slope y in
  density keys dims x h profile new - density keys dims x h profile y
  = mean_shift_bound (pull keys dims x h slope y) (norm dims (fun i => new i - y i)) h
  <-> forall j, In j keys ->
        let a := apart dims x h y j in
        let b := apart dims x h new j in profile b = profile a - slope a * (b - a).
Proof. now apply MeanShift.density_rise_eq_iff. Qed.

(* the Gaussian profile is convex, and so is Epanechnikov's, whose weights are those of a flat
   kernel *)
Theorem headline_mean_shift_profiles (a b : R) :
  exp (- b / 2) >= exp (- a / 2) - exp (- a / 2) / 2 * (b - a) /\
  Rmax (1 - b) 0 >= Rmax (1 - a) 0 - (if Rle_dec a 1 then 1 else 0) * (b - a).
Proof. split; [apply MeanShift.gaussian_convex | apply MeanShift.epanechnikov_convex]. Qed.

(* a profile that falls, but is not convex: the density of the mean is lower *)
Theorem headline_mean_shift_boundary :
  let profile t := if Rle_dec t 1 then 1 - t ^ 2 else 0 in
  let slope t := if Rle_dec t 1 then 2 * t else 0 in
  exists (keys : list R) (y : R),
    let x := fun (key : R) (_ : unit) => key in
    let here := fun _ : unit => y in
    pull keys [tt] x 1 slope here > 0 /\
    density keys [tt] x 1 profile (shifted keys [tt] x 1 slope here)
    < density keys [tt] x 1 profile here.
Proof. exact MeanShift.concave_profile_falls. Qed.

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
