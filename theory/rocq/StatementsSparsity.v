(* The headlines on penalties, restated with library definitions and the words of Statements.v. *)
Require Import Reals List.
From Locality Require Import Functions Bounds Statements.
From Locality Require GroupSparsemax.
Import ListNotations.
Open Scope R_scope.

(* ---- group-sparsemax ---- *)

(* Groups are numbered; z g k is the score, over the temperature, of key k of group g. *)
Definition penalised {K} (groups : list nat) (keys : nat -> list K) (z : nat -> K -> R)
    (lambda : nat -> R) (p : nat -> K -> R) : R :=
  total (fun g => total (fun k => (p g k - z g k) ^ 2) (keys g) / 2
                  + lambda g * norm (keys g) (p g)) groups.
Definition distribution {K} (groups : list nat) (keys : nat -> list K) (p : nat -> K -> R) : Prop :=
  (forall g k, In g groups -> In k (keys g) -> 0 <= p g k) /\
  total (fun g => total (p g) (keys g)) groups = 1.
Definition least {K} (groups : list nat) (keys : nat -> list K) (z : nat -> K -> R)
    (lambda : nat -> R) (p : nat -> K -> R) : Prop :=
  distribution groups keys p /\
  forall q, distribution groups keys q ->
    penalised groups keys z lambda p <= penalised groups keys z lambda q.
Definition unused {K} (groups : list nat) (keys : nat -> list K) (p : nat -> K -> R) : Prop :=
  forall g k, In g groups -> In k (keys g) -> p g k = 0.

(* the length of what a group's scores exceed a threshold by, and the weights made of that *)
Definition excess {K} (keys : list K) (z : K -> R) (theta : R) : R :=
  norm keys (fun k => ramp (z k - theta)).
Definition shrunk {K} (keys : list K) (z : K -> R) (lambda theta : R) (k : K) : R :=
  ramp (1 - lambda / excess keys z theta) * ramp (z k - theta).

(* theta is the multiplier of the block's own problem: its shrunk weights sum to 1 *)
Theorem headline_group_sparsemax {K} (block : nat) (rest : list nat) (keys : nat -> list K)
    (z : nat -> K -> R) (lambda : nat -> R) (theta : R) (groups : NoDup (block :: rest))
    (penalties : forall g, In g (block :: rest) -> 0 <= lambda g)
    (multiplier : total (shrunk (keys block) (z block) (lambda block) theta) (keys block) = 1) :
  (exists p, least (block :: rest) keys z lambda p /\ unused rest keys p) <->
  (forall g, In g rest -> lambda g >= group_sparsemax_bound (excess (keys g) (z g) theta)).
Proof. now apply GroupSparsemax.vanishes_iff. Qed.

(* at any threshold where they sum to 1 the shrunk weights are better than every other
   distribution, by half the squared distance: the only minimiser *)
Theorem headline_group_sparsemax_solution {K} (groups : list nat) (keys : nat -> list K)
    (z : nat -> K -> R) (lambda : nat -> R) (theta : R)
    (penalties : forall g, In g groups -> 0 <= lambda g) :
  let p g := shrunk (keys g) (z g) (lambda g) theta in
  total (fun g => total (p g) (keys g)) groups = 1 ->
  distribution groups keys p /\
  forall q, distribution groups keys q ->
    penalised groups keys z lambda p
    + total (fun g => total (fun k => (q g k - p g k) ^ 2) (keys g)) groups / 2
    <= penalised groups keys z lambda q.
Proof. now apply GroupSparsemax.solution_better. Qed.

(* an excess over the multiplier of an unpenalised block, from one lead over one of its keys *)
Theorem headline_group_sparsemax_enough {J K} (block : list J) (keys : list K) (y : J -> R)
    (z : K -> R) (theta lead : R) (j : J)
    (multiplier : total (shrunk block y 0 theta) block = 1) (present : In j block)
    (leading : forall k, In k keys -> z k - y j <= lead) :
  excess keys z theta <= group_sparsemax_enough_bound (count keys) lead.
Proof. now apply (GroupSparsemax.excess_le_enough block keys y z theta lead j). Qed.

(* a block of one key and a group of ties attain it *)
Theorem headline_group_sparsemax_sharp {J K} (j : J) (keys : list K) (y : J -> R) (z : K -> R)
    (theta lead : R) (multiplier : total (shrunk [j] y 0 theta) [j] = 1)
    (ties : forall k, In k keys -> z k - y j = lead) :
  excess keys z theta = group_sparsemax_enough_bound (count keys) lead.
Proof. now apply (GroupSparsemax.excess_eq_enough j keys y z theta lead). Qed.

(* with the multiplier that forgets the block's own penalty the test passes and is wrong *)
Theorem headline_group_sparsemax_boundary :
  exists (z : nat -> unit -> R) (lambda : nat -> R) (theta : R),
    let keys := fun _ : nat => [tt] in
    (forall g, 0 <= lambda g) /\ 0 < lambda 0%nat /\
    total (shrunk (keys 0%nat) (z 0%nat) 0 theta) (keys 0%nat) = 1 /\
    lambda 1%nat >= group_sparsemax_bound (excess (keys 1%nat) (z 1%nat) theta) /\
    ~ exists p, least [0%nat; 1%nat] keys z lambda p /\ unused [1%nat] keys p.
Proof. exact GroupSparsemax.unpenalised_fails. Qed.
