(* The headlines on two relatives of localization methods, restated with library definitions and the
   words of Statements.v. *)
Require Import Reals List Bool.
From Locality Require Import Functions Bounds Statements.
From Locality Require RelaxationLabeling.
Import ListNotations.
Open Scope R_scope.

(* ---- definitions ---- *)

(* how well label a goes with the labels of all objects, r a b being how well with label b *)
Definition support {K} (keys : list K) (r : K -> K -> R) (p : K -> R) (a : K) : R :=
  total (fun b => r a b * p b) keys.
Definition consistency {K} (keys : list K) (r : K -> K -> R) (p : K -> R) : R :=
  total (fun a => p a * support keys r p a) keys.

(* what object o has of the consistency, and its labels by what they have of that *)
Definition pulled {I K} (objects : list I) (labels : I -> list K) (r : K -> K -> R) (p : K -> R)
    (o : I) : R :=
  total (fun a => p a * support (flat_map labels objects) r p a) (labels o).
Definition relaxed {I K} (objects : list I) (labels : I -> list K) (object : K -> I)
    (r : K -> K -> R) (p : K -> R) (a : K) : R :=
  p a * support (flat_map labels objects) r p a / pulled objects labels r p (object a).

Definition labelling {I K} (objects : list I) (labels : I -> list K) (object : K -> I)
    (p : K -> R) : Prop :=
  forall o, In o objects ->
    (forall a, In a (labels o) -> object a = o /\ 0 <= p a) /\ total p (labels o) = 1.

(* relative entropy of the labels after to those before, in the mean over objects *)
Definition divergence {I K} (objects : list I) (labels : I -> list K) (object : K -> I)
    (r : K -> K -> R) (p : K -> R) : R :=
  total (fun o => pulled objects labels r p o / consistency (flat_map labels objects) r p *
    total (fun a => relaxed objects labels object r p a
                    * ln (relaxed objects labels object r p a / p a)) (labels o)) objects.

(* two objects with two labels each, of which one of either goes with one of the other *)
Definition two_labels (o : bool) : list (bool * bool) := [(o, true); (o, false)].
Definition goes_with (a b : bool * bool) : R :=
  if snd a && snd b && xorb (fst a) (fst b) then 1 else 0.
Definition chosen (t s : R) (a : bool * bool) : R :=
  let first := if fst a then t else s in if snd a then first else 1 - first.

(* ---- relaxation-labeling ---- *)

Theorem headline_relaxation_labeling {I K} (objects : list I) (labels : I -> list K)
    (object : K -> I) (r : K -> K -> R) (p : K -> R)
    (compatible : forall a b, In a (flat_map labels objects) -> In b (flat_map labels objects) ->
       0 <= r a b)
    (symmetric : forall a b, In a (flat_map labels objects) -> In b (flat_map labels objects) ->
       r a b = r b a)
    (probabilities : labelling objects labels object p)
    (supported : objects <> [] /\ forall o, In o objects -> 0 < pulled objects labels r p o) :
  ln (consistency (flat_map labels objects) r (relaxed objects labels object r p)
      / consistency (flat_map labels objects) r p)
  >= relaxation_labeling_bound (divergence objects labels object r p).
Proof. now apply RelaxationLabeling.relaxed_gain_ge. Qed.

(* the update is a labelling again, of no less consistency *)
Theorem headline_relaxation_labeling_rises {I K} (objects : list I) (labels : I -> list K)
    (object : K -> I) (r : K -> K -> R) (p : K -> R)
    (compatible : forall a b, In a (flat_map labels objects) -> In b (flat_map labels objects) ->
       0 <= r a b)
    (symmetric : forall a b, In a (flat_map labels objects) -> In b (flat_map labels objects) ->
       r a b = r b a)
    (probabilities : labelling objects labels object p)
    (supported : objects <> [] /\ forall o, In o objects -> 0 < pulled objects labels r p o) :
  labelling objects labels object (relaxed objects labels object r p) /\
  0 <= divergence objects labels object r p /\
  consistency (flat_map labels objects) r p
  <= consistency (flat_map labels objects) r (relaxed objects labels object r p).
Proof.
  split; [| split].
  - intros o J. now apply RelaxationLabeling.relaxed_labelling.
  - now apply RelaxationLabeling.divergence_nonneg.
  - now apply RelaxationLabeling.consistency_rises.
Qed.

(* where nothing is gained, nothing changes *)
Theorem headline_relaxation_labeling_still {I K} (objects : list I) (labels : I -> list K)
    (object : K -> I) (r : K -> K -> R) (p : K -> R)
    (compatible : forall a b, In a (flat_map labels objects) -> In b (flat_map labels objects) ->
       0 <= r a b)
    (symmetric : forall a b, In a (flat_map labels objects) -> In b (flat_map labels objects) ->
       r a b = r b a)
    (probabilities : labelling objects labels object p)
    (supported : objects <> [] /\ forall o, In o objects -> 0 < pulled objects labels r p o)
    (same : consistency (flat_map labels objects) r (relaxed objects labels object r p)
            = consistency (flat_map labels objects) r p) :
  forall a, In a (flat_map labels objects) -> relaxed objects labels object r p a = p a.
Proof. now apply RelaxationLabeling.nothing_gained. Qed.

Theorem headline_relaxation_labeling_sharp (t s : R) (shares : 0 < t < 1 /\ 0 < s < 1) :
  let objects := [true; false] in
  let p' := relaxed objects two_labels fst goes_with (chosen t s) in
  ln (consistency (flat_map two_labels objects) goes_with p'
      / consistency (flat_map two_labels objects) goes_with (chosen t s))
  = relaxation_labeling_bound (divergence objects two_labels fst goes_with (chosen t s)).
Proof. destruct shares. now apply RelaxationLabeling.one_pair. Qed.

(* without symmetry consistency can fall, here to nothing *)
Theorem headline_relaxation_labeling_boundary :
  exists (labels : unit -> list bool) (object : bool -> unit) (r : bool -> bool -> R) (p : bool -> R),
    labelling [tt] labels object p /\ (forall a b, 0 <= r a b) /\
    0 < pulled [tt] labels r p tt /\
    consistency (flat_map labels [tt]) r p = 1 / 4 /\
    consistency (flat_map labels [tt]) r (relaxed [tt] labels object r p) = 0.
Proof. exact RelaxationLabeling.one_sided. Qed.
