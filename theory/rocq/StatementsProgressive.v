(* The headlines on layers under a schedule of dials, restated with library definitions and the words
   of Statements.v. *)
Require Import Reals List Permutation Sorted.
From Locality Require Import Functions Bounds Statements.
From Locality Require Truncation Progressive.
Import ListNotations.
Open Scope R_scope.

(* ---- definitions ---- *)

(* the first layers of f, one after the other *)
Fixpoint run {K} (f : nat -> K -> K) (start : K) (depth : nat) : K :=
  match depth with O => start | S l => f l (run f start l) end.

Definition metric {K} (dist : K -> K -> R) : Prop :=
  (forall x, dist x x = 0) /\ (forall x y z, dist x z <= dist x y + dist y z).

(* what the layers after l, of so many in all, make of a distance *)
Definition later (Lambda : nat -> R) (depth l : nat) : R :=
  fold_right Rmult 1 (map Lambda (seq (S l) (depth - S l))).
Definition accumulated (Lambda e : nat -> R) (depth : nat) : R :=
  total (fun l => e l * later Lambda depth l) (seq 0 depth).

(* dial number l of a list *)
Definition nth_of (dials : list R) (l : nat) : R := nth l dials 0.

(* lambda_max (l/L)^beta for l = 1 ... L *)
Definition schedule (most beta : R) (depth l : nat) : R :=
  most * Rpower (INR (S l) / INR depth) beta.

(* ---- progressive ---- *)

(* from layer to layer *)
Theorem headline_progressive {K} (dist : K -> K -> R) (f g : nat -> K -> K) (start : K)
    (Lambda D lambda tau : nat -> R) (l : nat) (metric : metric dist)
    (lipschitz : dist (f l (run g start l)) (f l (run f start l))
                 <= Lambda l * dist (run g start l) (run f start l))
    (temperature : 0 < tau l)
    (change : dist (g l (run g start l)) (f l (run g start l))
              <= D l * tanh (lambda l / (4 * tau l))) :
  dist (run g start (S l)) (run f start (S l))
  <= progressive_bound (Lambda l) (dist (run g start l) (run f start l)) (D l) (lambda l) (tau l).
Proof.
  destruct metric as [_ triangle].
  now apply (Progressive.layer_le_bound dist (f l) (g l) (run f start l) (run g start l)).
Qed.

(* through all layers, whatever each dial changes *)
Theorem headline_progressive_sum {K} (dist : K -> K -> R) (f g : nat -> K -> K) (start : K)
    (Lambda e : nat -> R) (depth : nat) (metric : metric dist)
    (lipschitz : forall l, (l < depth)%nat -> 0 <= Lambda l /\
       dist (f l (run g start l)) (f l (run f start l))
       <= Lambda l * dist (run g start l) (run f start l))
    (change : forall l, (l < depth)%nat ->
       dist (g l (run g start l)) (f l (run g start l)) <= e l) :
  dist (run g start depth) (run f start depth) <= accumulated Lambda e depth.
Proof. destruct metric. now apply Progressive.deviation_le_bound. Qed.

(* what a dial on attention changes, in every seminorm, and that it grows with the dial *)
Theorem headline_progressive_attention {K I} (N : (I -> R) -> R) (keys : list K) (P : K -> bool)
    (s : K -> R) (tau lambda : R) (v : K -> I -> R) (D : R) (seminorm : Truncation.seminorm N)
    (sizes : both_present P keys) (temperature : 0 < tau) (sign : 0 <= lambda)
    (values : forall j k, In j keys -> P j = true -> In k keys -> P k = false ->
       N (fun i => v k i - v j i) <= D) :
  N (fun i => mean keys (dialled P s lambda) tau (fun k => v k i) - mean keys s tau (fun k => v k i))
  <= D * tanh (lambda / (4 * tau)) /\
  (0 <= D -> forall lambda', lambda <= lambda' ->
     D * tanh (lambda / (4 * tau)) <= D * tanh (lambda' / (4 * tau))).
Proof.
  destruct sizes. split; [now apply Progressive.dialled_output |].
  intros. now apply Progressive.change_increasing.
Qed.

(* attained by layers that multiply a number and add to it *)
Theorem headline_progressive_sharp (Lambda e : nat -> R) (depth : nat) :
  run (fun l x => Lambda l * x + e l) 0 depth - run (fun l x => Lambda l * x) 0 depth
  = accumulated Lambda e depth.
Proof. apply Progressive.deviation_attained. Qed.

(* of all orders of the same dials the increasing one has the least bound if later layers expand *)
Theorem headline_progressive_order (Lambda : nat -> R) (e : R -> R) (dials other : list R)
    (common : forall a b, a <= b -> e a <= e b)
    (expanding : forall k, (1 <= k < length dials)%nat -> 1 <= Lambda k)
    (increasing : StronglySorted Rle dials) (same : Permutation dials other) :
  accumulated Lambda (fun l => e (nth_of dials l)) (length dials)
  <= accumulated Lambda (fun l => e (nth_of other l)) (length other).
Proof. now apply Progressive.increasing_is_least. Qed.

(* and the decreasing one if they contract *)
Theorem headline_progressive_contracting (Lambda : nat -> R) (e : R -> R) (dials other : list R)
    (common : forall a b, a <= b -> e a <= e b)
    (contracting : forall k, (1 <= k < length dials)%nat -> 0 <= Lambda k <= 1)
    (decreasing : StronglySorted Rge dials) (same : Permutation dials other) :
  accumulated Lambda (fun l => e (nth_of dials l)) (length dials)
  <= accumulated Lambda (fun l => e (nth_of other l)) (length other).
Proof. now apply Progressive.decreasing_is_least. Qed.

(* so the increasing order is not always best *)
Theorem headline_progressive_boundary :
  accumulated (fun _ => 1 / 2) (fun l => tanh (nth_of [1; 0] l)) 2
  < accumulated (fun _ => 1 / 2) (fun l => tanh (nth_of [0; 1] l)) 2.
Proof. exact Progressive.contracting_fails. Qed.

(* a steeper schedule has the smaller bound, whatever the layers: it is less local *)
Theorem headline_progressive_schedule (Lambda : nat -> R) (e : R -> R) (most beta beta' : R)
    (depth : nat) (constants : forall l, (l < depth)%nat -> 0 <= Lambda l)
    (common : forall a b, a <= b -> e a <= e b) (sign : 0 <= most) (steeper : beta <= beta') :
  accumulated Lambda (fun l => e (schedule most beta' depth l)) depth
  <= accumulated Lambda (fun l => e (schedule most beta depth l)) depth.
Proof. now apply Progressive.steeper_is_less. Qed.
