(* The headlines on anchors, restated with library definitions and the words of Statements.v. *)
Require Import Reals Lra Lia List Bool PeanoNat.
From Locality Require Import Functions Bounds Statements.
From Locality Require Sums Softmax Calculus AnchorCapacity AnchorRedundancy.
Import ListNotations.
Open Scope R_scope.

(* ---- anchor-capacity ---- *)

(* A vector of R^d is a function of its coordinate 0, ..., d - 1; a k is the k-th of B anchors. *)
Definition inner (d : nat) (u v : nat -> R) : R := total (fun i => u i * v i) (seq 0 d).
Definition units (B d : nat) (a : nat -> nat -> R) : Prop :=
  forall k, (k < B)%nat -> inner d (a k) (a k) = 1.
(* every anchor, as a query, scores itself above all others by at least Delta *)
Definition apart (B d : nat) (a : nat -> nat -> R) (Delta : R) : Prop :=
  forall j k, (j < B)%nat -> (k < B)%nat -> j <> k ->
    inner d (a j) (a j) - inner d (a j) (a k) >= Delta.

Theorem headline_anchor_capacity (B d : nat) (a : nat -> nat -> R) (Delta : R)
    (many : (2 <= B)%nat) (unit : units B d a) (margin : apart B d a Delta) :
  Delta <= anchor_capacity_bound (INR B).
Proof. now apply (AnchorCapacity.few_anchors B d a). Qed.

(* attained if and only if one more dimension would not help *)
Theorem headline_anchor_capacity_simplex (B d : nat) (many : (2 <= B)%nat) :
  (exists a, units B d a /\ apart B d a (anchor_capacity_bound (INR B))) <-> (B <= d + 1)%nat.
Proof. now apply AnchorCapacity.simplex_iff. Qed.

(* beyond that, two anchors are at a right angle or closer *)
Theorem headline_anchor_capacity_crowded (B d : nat) (a : nat -> nat -> R) (Delta : R)
    (crowd : (d + 2 <= B)%nat) (unit : units B d a) (margin : apart B d a Delta) :
  Delta <= 1.
Proof. now apply (AnchorCapacity.many_anchors B d a). Qed.

(* and right angles last for twice the dimension *)
Theorem headline_anchor_capacity_cross (B d : nat) :
  (exists a, units B d a /\ apart B d a 1) <-> (B <= 2 * d)%nat.
Proof. apply AnchorCapacity.cross_iff. Qed.

(* what temperature keeps 1 - delta of the attention on the anchor that is the query *)
Theorem headline_anchor_capacity_temperature (B d b : nat) (a : nat -> nat -> R)
    (tau Delta delta : R) (many : (2 <= B)%nat) (query : (b < B)%nat) (margin : apart B d a Delta)
    (temperature : 0 < tau) (share : 0 < delta < 1) :
  let keys := seq 0 B in
  let P := fun k => Nat.eqb k b in
  let s := fun k => inner d (a b) (a k) in
  (Delta >= tau * threshold_bound 1 (INR B - 1) delta -> fidelity keys P s tau >= 1 - delta) /\
  ((forall k, (k < B)%nat -> k <> b -> inner d (a b) (a b) - inner d (a b) (a k) = Delta) ->
    fidelity keys P s tau >= 1 - delta -> Delta >= tau * threshold_bound 1 (INR B - 1) delta).
Proof.
  intros keys P s.
  assert (N1 : count (relevant P keys) = 1) by now apply AnchorCapacity.one_relevant.
  assert (N2 : count (others P keys) = INR B - 1) by now apply AnchorCapacity.rest_others.
  assert (both : both_present P keys).
  { split; intros E; [rewrite E in N1 | rewrite E in N2]; unfold count in *; simpl in *;
      [lra | pose proof (le_INR _ _ many) as L; simpl in L; lra]. }
  split.
  - intros T. pose proof (headline_threshold keys P tau Delta delta both temperature share) as H.
    rewrite N1, N2 in H. apply H; [exact T |].
    intros j k J Pj I Pk. apply Nat.eqb_eq in Pj as ->. apply in_seq in I.
    apply margin; [exact query | lia |]. intros ->. unfold P in Pk.
    now rewrite Nat.eqb_refl in Pk.
  - intros level F.
    pose proof (headline_threshold_sharp keys P s tau Delta delta both temperature share) as H.
    rewrite N1, N2 in H. apply H; [| exact F].
    intros j k J Pj I Pk. apply Nat.eqb_eq in Pj as ->. apply in_seq in I. apply level; [lia |].
    intros ->. unfold P in Pk. now rewrite Nat.eqb_refl in Pk.
Qed.

(* Anchors drawn at random, with whatever `likely` is a monotone and subadditive measure of events
   and `uniform` says that two unit vectors are drawn uniformly and independently.
   Assumed: the textbook tail of a spherical cap, P(<u, v> >= h) <= e^(-d h^2 / 2) for such vectors
   and h >= 0 (K. Ball, An elementary introduction to modern convex geometry, 1997, Lemma 2.2). *)
Theorem headline_anchor_capacity_random {W} (likely : (W -> Prop) -> R)
    (uniform : (W -> nat -> R) -> (W -> nat -> R) -> Prop) (B d : nat)
    (a : W -> nat -> nat -> R) (t : R)
    (monotone : forall E F : W -> Prop, (forall w, E w -> F w) -> likely E <= likely F)
    (subadditive : forall E F : W -> Prop, likely (fun w => E w \/ F w) <= likely E + likely F)
    (impossible : likely (fun _ => False) = 0)
    (cap : forall u v h, uniform u v -> 0 <= h ->
       likely (fun w => inner d (u w) (v w) >= h) <= exp (- (INR d * h ^ 2 / 2)))
    (drawn : forall j k, (j < k < B)%nat -> uniform (fun w => a w j) (fun w => a w k))
    (height : 0 <= t) :
  likely (fun w => exists j k, (j < k < B)%nat /\ inner d (a w j) (a w k) >= t)
  <= anchor_capacity_random_bound (INR B) (INR d) t.
Proof.
  apply Rle_trans with (INR B * (INR B - 1) / 2 * exp (- (INR d * t ^ 2 / 2))).
  - apply (AnchorCapacity.union_of_pairs likely B (fun j k w => inner d (a w j) (a w k) >= t));
      try assumption.
    intros j k order. apply (cap (fun w => a w j) (fun w => a w k)); [now apply drawn | easy].
  - right. unfold anchor_capacity_random_bound.
    replace (-1 / 2 * INR d * t ^ 2) with (- (INR d * t ^ 2 / 2)) by field. field.
Qed.

(* longer anchors have larger margins *)
Theorem headline_anchor_capacity_boundary :
  exists a, (forall k, (k < 2)%nat -> inner 1 (a k) (a k) = 4) /\ apart 2 1 a 8 /\
    8 > anchor_capacity_bound (INR 2).
Proof. exact AnchorCapacity.longer_anchors. Qed.

(* ---- anchor-redundancy ---- *)

(* the scores of a row in which P marks the tokens that are the anchor *)
Definition anchored {K} (P : K -> bool) (low Delta : R) (k : K) : R :=
  if P k then low + Delta else low.

(* P and Q mark the anchor's tokens among the same keys, Q more of them *)
Theorem headline_anchor_redundancy {K} (keys : list K) (P Q : K -> bool) (tau low Delta : R)
    (temperature : 0 < tau) (lead : 0 < Delta)
    (more : count (relevant P keys) < count (relevant Q keys)) :
  fidelity keys P (anchored P low Delta) tau < fidelity keys Q (anchored Q low Delta) tau /\
  (count (relevant P keys) >= anchor_redundancy_bound (count keys) (Delta / tau) ->
    entropy keys (anchored P low Delta) tau < entropy keys (anchored Q low Delta) tau) /\
  (count (relevant Q keys) <= anchor_redundancy_bound (count keys) (Delta / tau) ->
    entropy keys (anchored Q low Delta) tau < entropy keys (anchored P low Delta) tau).
Proof.
  split; [now apply AnchorRedundancy.swapped_fidelity |]. split; intros;
    [now apply AnchorRedundancy.swapped_rises | now apply AnchorRedundancy.swapped_falls].
Qed.

(* what entropy exceeds its value at the turning point by *)
Theorem headline_anchor_redundancy_excess {K} (keys : list K) (P : K -> bool) (tau low Delta : R)
    (temperature : 0 < tau) (lead : 0 < Delta) (tokens : keys <> []) :
  let x := Delta / tau in
  entropy keys (anchored P low Delta) tau
  = ln (count keys * x / fall x) + 1 - x / fall x
    + anchor_redundancy_excess_bound (count (relevant P keys)) (count keys) x.
Proof. now apply AnchorRedundancy.swapped_excess. Qed.

Theorem headline_anchor_redundancy_half (n x : R) (tokens : 0 < n) (lead : 0 < x) :
  0 < anchor_redundancy_bound n x < anchor_redundancy_half_bound n.
Proof. now apply AnchorRedundancy.turning_between. Qed.

(* copies that are added, with the same number of other tokens *)
Theorem headline_anchor_redundancy_added {K} (keys longer : list K) (P : K -> bool)
    (tau low Delta : R) (temperature : 0 < tau) (lead : 0 < Delta)
    (rest : count (others P keys) = count (others P longer))
    (more : 0 < count (relevant P keys) < count (relevant P longer)) :
  let turning := anchor_redundancy_added_bound (count (others P longer)) (Delta / tau) in
  (count (relevant P keys) >= turning ->
    entropy keys (anchored P low Delta) tau < entropy longer (anchored P low Delta) tau) /\
  (count (relevant P longer) <= turning ->
    entropy longer (anchored P low Delta) tau < entropy keys (anchored P low Delta) tau).
Proof.
  split; intros; [now apply AnchorRedundancy.added_rises | now apply AnchorRedundancy.added_falls].
Qed.

(* with copies that are added the turning point of copies that are swapped in is wrong *)
Theorem headline_anchor_redundancy_boundary :
  let P := fun k => Nat.ltb k 2 in
  let keys := seq 1 8 in
  let longer := seq 0 9 in
  count (relevant P longer) <= anchor_redundancy_bound (count keys) 1 /\
  count (relevant P longer) <= anchor_redundancy_bound (count longer) 1 /\
  entropy keys (anchored P 0 1) 1 < entropy longer (anchored P 0 1) 1.
Proof. exact AnchorRedundancy.added_differs. Qed.
