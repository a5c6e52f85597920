(* The headlines on two relatives of localization methods, restated with library definitions and the
   words of Statements.v. *)
Require Import Reals List Bool.
From Locality Require Import Functions Bounds Statements.
From Locality Require RelaxationLabeling Lle.
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

(* x a i is coordinate i of the query less neighbour a; what weights cost, with a ridge on their
   squares, and the slope of that in one weight, halved *)
Definition combined {K I} (keys : list K) (x : K -> I -> R) (w : K -> R) (i : I) : R :=
  total (fun a => w a * x a i) keys.
Definition cost {K I} (keys : list K) (axes : list I) (x : K -> I -> R) (rho : R) (w : K -> R) : R :=
  total (fun i => combined keys x w i ^ 2) axes + rho * total (fun a => w a ^ 2) keys.
Definition slope {K I} (keys : list K) (axes : list I) (x : K -> I -> R) (rho : R) (w : K -> R)
    (a : K) : R :=
  total (fun i => x a i * combined keys x w i) axes + rho * w a.
Definition rebuilds {K I} (keys : list K) (axes : list I) (x : K -> I -> R) (rho kappa : R)
    (w : K -> R) : Prop :=
  total w keys = 1 /\ forall a, In a keys -> slope keys axes x rho w a = kappa.

(* scalar products of differences are those of others times s^2: turned, mirrored, scaled by s *)
Definition similar {K I J} (keys : list K) (axes : list I) (axes' : list J) (x : K -> I -> R)
    (x' : K -> J -> R) (s : R) : Prop :=
  forall a b, In a keys -> In b keys ->
    total (fun i => x' a i * x' b i) axes' = s ^ 2 * total (fun i => x a i * x b i) axes.

(* neighbours at 1 and 2 of the query 0 on a line, all scaled by s; at -1, 0 and 1 *)
Definition beyond (s : R) (a : bool) (_ : unit) : R := if a then - s else - (2 * s).
Definition pair_of (first : R) (a : bool) : R := if a then first else 1 - first.
Definition around (a : option bool) (_ : unit) : R :=
  match a with None => 0 | Some side => if side then 1 else - 1 end.

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

(* ---- lle ---- *)

Theorem headline_lle {K I} (keys : list K) (axes : list I) (x : K -> I -> R) (rho kappa : R)
    (w w' : K -> R) (stationary : rebuilds keys axes x rho kappa w) (sums : total w' keys = 1) :
  cost keys axes x rho w' = lle_bound kappa (cost keys axes x rho (fun a => w' a - w a)).
Proof. now apply Lle.cost_eq. Qed.

(* other weights cost more, by the ridge times their squared distance *)
Theorem headline_lle_unique {K I} (keys : list K) (axes : list I) (x : K -> I -> R) (rho kappa : R)
    (w w' : K -> R) (stationary : rebuilds keys axes x rho kappa w) (sums : total w' keys = 1) :
  cost keys axes x rho w' - cost keys axes x rho w
  >= lle_unique_bound rho (total (fun a => (w' a - w a) ^ 2) keys).
Proof. now apply (Lle.cost_margin keys axes x rho kappa). Qed.

(* the only best ones, if no weights that sum to 0 cost nothing, as with a ridge *)
Theorem headline_lle_only {K I} (keys : list K) (axes : list I) (x : K -> I -> R) (rho kappa : R)
    (w w' : K -> R) (stationary : rebuilds keys axes x rho kappa w) (sums : total w' keys = 1)
    (regular : 0 < rho \/ forall d, total d keys = 0 -> cost keys axes x rho d <= 0 ->
       forall a, In a keys -> d a = 0)
    (best : cost keys axes x rho w' <= cost keys axes x rho w) :
  forall a, In a keys -> w' a = w a.
Proof.
  apply (Lle.stationary_unique keys axes x rho kappa); try assumption.
  destruct regular; [intros d _; now apply Lle.ridge_regular | assumption].
Qed.

(* turned, mirrored or scaled, with the ridge scaled as the trace is, they are the same *)
Theorem headline_lle_scaled {K I J} (keys : list K) (axes : list I) (axes' : list J)
    (x : K -> I -> R) (x' : K -> J -> R) (rho kappa s : R) (w : K -> R)
    (moved : similar keys axes axes' x x' s) (stationary : rebuilds keys axes x rho kappa w) :
  rebuilds keys axes' x' (s ^ 2 * rho) (s ^ 2 * kappa) w /\
  total (fun a => total (fun i => x' a i * x' a i) axes') keys
  = s ^ 2 * total (fun a => total (fun i => x a i * x a i) axes) keys.
Proof.
  destruct stationary as [one flat]. split; [split; [exact one |] |].
  - intros a A. rewrite <- (flat a A). now apply Lle.slope_scaled.
  - now apply Lle.trace_scaled.
Qed.

(* a ridge that stays the same gives other weights at twice the scale *)
Theorem headline_lle_boundary :
  rebuilds [true; false] [tt] (beyond 1) 1 2 (pair_of 1) /\
  rebuilds [true; false] [tt] (beyond 2) 1 (7 / 2) (pair_of (3 / 2)).
Proof. exact Lle.fixed_ridge_fails. Qed.

(* more neighbours than the dimension and one: weights of no cost that differ *)
Theorem headline_lle_singular :
  let keys := [Some true; None; Some false] in
  rebuilds keys [tt] around 0 0 (fun a => match a with None => 0 | Some _ => 1 / 2 end) /\
  rebuilds keys [tt] around 0 0 (fun a => match a with None => 1 | Some _ => 0 end).
Proof. exact Lle.singular_fails. Qed.

(* no local mean: a query beyond its neighbours is rebuilt by the weights 2 and -1, and by none that
   are not negative *)
Theorem headline_lle_hull :
  rebuilds [true; false] [tt] (beyond 1) 0 0 (pair_of 2) /\
  forall w : bool -> R, (forall a, 0 <= w a) -> total w [true; false] = 1 ->
    1 <= cost [true; false] [tt] (beyond 1) 0 w.
Proof. exact Lle.hull_fails. Qed.
