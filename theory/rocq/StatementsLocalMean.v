(* The headlines on the local mean and on attention as one, restated with library definitions, the
   words of Statements.v and, for gradients, those of StatementsSparsity.v. *)
Require Import Reals List.
From Locality Require Import Functions Bounds Statements StatementsSparsity.
From Locality Require Truncation LocalMean.
Import ListNotations.
Open Scope R_scope.

(* ---- local-mean ---- *)

(* w k is the kernel at key k, y k i coordinate i of its value *)
Definition local_mean {K I} (keys : list K) (w : K -> R) (y : K -> I -> R) (i : I) : R :=
  total (fun k => w k * y k i) keys / total w keys.
Definition squared_loss {K I} (dims : list I) (keys : list K) (w : K -> R) (y : K -> I -> R)
    (theta : I -> R) : R :=
  total (fun k => w k * norm dims (fun i => y k i - theta i) ^ 2) keys.

Theorem headline_local_mean {K I} (dims : list I) (keys : list K) (w : K -> R) (y : K -> I -> R)
    (theta : I -> R) (mass : 0 < total w keys) :
  squared_loss dims keys w y theta - squared_loss dims keys w y (local_mean keys w y)
  = local_mean_bound (total w keys) (norm dims (fun i => theta i - local_mean keys w y i)).
Proof. now apply LocalMean.excess_eq. Qed.

(* Other losses: key k suffers loss k theta from the model theta. *)
Definition local_loss {K I} (keys : list K) (loss : K -> (I -> R) -> R) (p : K -> R)
    (theta : I -> R) : R :=
  total (fun k => p k * loss k theta) keys.
Definition minimises {K I} (keys : list K) (loss : K -> (I -> R) -> R) (p : K -> R)
    (theta : I -> R) : Prop :=
  forall other, local_loss keys loss p theta <= local_loss keys loss p other.
Definition differentiable {K I} (dims : list I) (keys : list K) (loss : K -> (I -> R) -> R)
    (grad : K -> (I -> R) -> I -> R) : Prop :=
  forall k theta, In k keys -> gradient_at dims (loss k) theta (grad k theta).
Definition strongly_convex {K I} (dims : list I) (keys : list K) (loss : K -> (I -> R) -> R)
    (grad : K -> (I -> R) -> I -> R) (mu : R) : Prop :=
  forall k here there, In k keys ->
    loss k there >= loss k here + inner dims (grad k here) (fun i => there i - here i)
                    + mu / 2 * norm dims (fun i => there i - here i) ^ 2.
Definition weighs {K} (keys : list K) (p : K -> R) : Prop :=
  (forall k, In k keys -> 0 <= p k) /\ total p keys = 1.

(* whatever lies away from a minimiser loses: there is no second one *)
Theorem headline_local_mean_growth {K I} (dims : list I) (keys : list K)
    (loss : K -> (I -> R) -> R) (grad : K -> (I -> R) -> I -> R) (mu : R) (p : K -> R)
    (theta other : I -> R) (weights : weighs keys p)
    (smooth : differentiable dims keys loss grad)
    (convex : strongly_convex dims keys loss grad mu) (least : minimises keys loss p theta) :
  local_loss keys loss p other - local_loss keys loss p theta
  >= mu / 2 * norm dims (fun i => other i - theta i) ^ 2.
Proof. now apply (LocalMean.minimiser_growth dims keys loss grad). Qed.

Theorem headline_local_mean_stability {K I} (dims : list I) (keys : list K)
    (loss : K -> (I -> R) -> R) (grad : K -> (I -> R) -> I -> R) (mu D : R) (p p' : K -> R)
    (theta theta' : I -> R) (convexity : 0 < mu) (weights : weighs keys p)
    (weights' : weighs keys p') (smooth : differentiable dims keys loss grad)
    (convex : strongly_convex dims keys loss grad mu) (least : minimises keys loss p theta)
    (least' : minimises keys loss p' theta')
    (diameter : forall j k, In j keys -> In k keys ->
       norm dims (fun i => grad j theta' i - grad k theta' i) <= D) :
  norm dims (fun i => theta i - theta' i)
  <= local_mean_stability_bound (total_variation keys p p') D mu.
Proof. now apply (LocalMean.minimisers_near dims keys loss grad). Qed.

Theorem headline_local_mean_lipschitz {K I} (dims : list I) (keys : list K)
    (loss : K -> (I -> R) -> R) (grad : K -> (I -> R) -> I -> R) (mu G : R) (p p' : K -> R)
    (theta theta' : I -> R) (convexity : 0 < mu) (weights : weighs keys p)
    (weights' : weighs keys p') (smooth : differentiable dims keys loss grad)
    (convex : strongly_convex dims keys loss grad mu) (least : minimises keys loss p theta)
    (least' : minimises keys loss p' theta')
    (slopes : forall k, In k keys -> norm dims (grad k theta') <= G) :
  norm dims (fun i => theta i - theta' i)
  <= local_mean_lipschitz_bound (total_variation keys p p') G mu.
Proof. now apply (LocalMean.minimisers_near_lipschitz dims keys loss grad). Qed.

(* both are attained at every convexity and every variation up to 1/2; so with the gradients' bound
   once instead of twice the claim is false *)
Theorem headline_local_mean_sharp (mu t : R) (convexity : 0 < mu) (moved : 0 < t <= 1) :
  let keys := [true; false] in
  exists (loss : bool -> (unit -> R) -> R) (grad : bool -> (unit -> R) -> unit -> R)
         (p p' : bool -> R) (theta theta' : unit -> R),
    (differentiable [tt] keys loss grad /\ strongly_convex [tt] keys loss grad mu /\
     weighs keys p /\ weighs keys p' /\ minimises keys loss p theta /\
     minimises keys loss p' theta' /\
     (forall k, In k keys -> norm [tt] (grad k theta') = 1) /\
     norm [tt] (fun i => grad true theta' i - grad false theta' i) = 2) /\
    total_variation keys p p' = t / 2 /\
    norm [tt] (fun i => theta i - theta' i)
      = local_mean_stability_bound (total_variation keys p p') 2 mu /\
    norm [tt] (fun i => theta i - theta' i)
      = local_mean_lipschitz_bound (total_variation keys p p') 1 mu /\
    norm [tt] (fun i => theta i - theta' i) > total_variation keys p p' * 1 / mu.
Proof. now apply LocalMean.two_keys_sharp. Qed.

(* two settings of the dial *)
Theorem headline_local_mean_dial {K I} (dims : list I) (keys : list K) (P : K -> bool)
    (s : K -> R) (lambda lambda' tau : R) (loss : K -> (I -> R) -> R)
    (grad : K -> (I -> R) -> I -> R) (mu D : R) (theta theta' : I -> R)
    (sizes : both_present P keys) (temperature : 0 < tau) (convexity : 0 < mu)
    (smooth : differentiable dims keys loss grad)
    (convex : strongly_convex dims keys loss grad mu)
    (least : minimises keys loss (attention keys (dialled P s lambda) tau) theta)
    (least' : minimises keys loss (attention keys (dialled P s lambda') tau) theta')
    (diameter : forall j k, In j keys -> In k keys ->
       norm dims (fun i => grad j theta' i - grad k theta' i) <= D) :
  norm dims (fun i => theta i - theta' i)
  <= local_mean_stability_bound (dial_stability_bound (Rabs (lambda - lambda')) tau) D mu.
Proof.
  destruct sizes. now apply (LocalMean.dialled_minimisers_near dims keys P s lambda lambda' tau
    loss grad mu).
Qed.
