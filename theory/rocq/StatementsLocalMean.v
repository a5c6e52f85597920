(* The headlines on the local mean and on attention as one, restated with library definitions, the
   words of Statements.v and, for gradients and for lse, those of the files on sparsity and on
   attention. *)
Require Import Reals List.
From Locality Require Import Functions Bounds Statements StatementsAttention StatementsSparsity.
From Locality Require LocalMean AttentionIsLocalMean.
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

(* ---- attention-is-local-mean ---- *)

(* k j is the key vector of key j, and j's score its inner product with the query q *)
Definition scored {K I} (dims : list I) (q : I -> R) (k : K -> I -> R) (j : K) : R :=
  inner dims q (k j).
(* the same scores less half the squared length of the key *)
Definition biased {K I} (dims : list I) (q : I -> R) (k : K -> I -> R) (j : K) : R :=
  scored dims q k j - norm dims (k j) ^ 2 / 2.
(* the Gaussian kernel of bandwidth h, h^2 = tau *)
Definition gaussian {K I} (dims : list I) (q : I -> R) (k : K -> I -> R) (tau : R) (j : K) : R :=
  exp (- norm dims (fun i => q i - k j i) ^ 2 / (2 * tau)).
Definition normalised {K} (keys : list K) (w : K -> R) (j : K) : R := w j / total w keys.

Theorem headline_attention_is_local_mean {K I} (dims : list I) (keys : list K) (q : I -> R)
    (k : K -> I -> R) (tau : R) (j : K) (visible : keys <> []) (temperature : 0 < tau) :
  normalised keys (gaussian dims q k tau) j
  = attention_is_local_mean_bound (scored dims q k j) (norm dims (k j)) tau
      (lse keys (biased dims q k) tau).
Proof. now apply AttentionIsLocalMean.gaussian_is_attention. Qed.

(* softmax attention is the local mean of the kernel exp (s/tau), whatever the scores are *)
Theorem headline_attention_is_local_mean_dot {K I} (keys : list K) (s : K -> R) (tau : R)
    (v : K -> I -> R) (i : I) (visible : keys <> []) :
  output keys s tau v i = local_mean keys (fun j => exp (s j / tau)) v i.
Proof. now apply AttentionIsLocalMean.attention_is_local_mean. Qed.

(* and the Gaussian local mean is attention with a bias *)
Theorem headline_attention_is_local_mean_gaussian {K I L} (dims : list I) (keys : list K)
    (q : I -> R) (k : K -> I -> R) (tau : R) (v : K -> L -> R) (l : L) (visible : keys <> [])
    (temperature : 0 < tau) :
  local_mean keys (gaussian dims q k tau) v l = output keys (biased dims q k) tau v l.
Proof. now apply AttentionIsLocalMean.gaussian_mean. Qed.

Theorem headline_attention_is_local_mean_equal_norms {K I} (dims : list I) (keys : list K)
    (q : I -> R) (k : K -> I -> R) (tau length : R) (visible : keys <> [])
    (temperature : 0 < tau) (norms : forall j, In j keys -> norm dims (k j) = length) :
  forall j, In j keys ->
    normalised keys (gaussian dims q k tau) j = attention keys (scored dims q k) tau j.
Proof.
  now apply (AttentionIsLocalMean.gaussian_equal_norms dims keys q k tau visible temperature
    length).
Qed.

Theorem headline_attention_is_local_mean_variation {K I} (dims : list I) (keys : list K)
    (q : I -> R) (k : K -> I -> R) (tau S : R) (visible : keys <> []) (temperature : 0 < tau)
    (range : forall j l, In j keys -> In l keys ->
       norm dims (k j) ^ 2 - norm dims (k l) ^ 2 <= S) :
  total_variation keys (attention keys (scored dims q k) tau)
    (normalised keys (gaussian dims q k tau))
  <= attention_is_local_mean_variation_bound S tau.
Proof. now apply AttentionIsLocalMean.gaussian_near_attention. Qed.

Theorem headline_attention_is_local_mean_sharp (S tau : R) (range : 0 <= S)
    (temperature : 0 < tau) :
  let keys := [true; false] in
  exists (q : unit -> R) (k : bool -> unit -> R),
    (forall j l, In j keys -> In l keys ->
       norm [tt] (k j) ^ 2 - norm [tt] (k l) ^ 2 <= S) /\
    total_variation keys (attention keys (scored [tt] q k) tau)
      (normalised keys (gaussian [tt] q k tau))
    = attention_is_local_mean_variation_bound S tau.
Proof. now apply AttentionIsLocalMean.gaussian_sharp. Qed.

(* keys of unequal length: the two kernels weigh them differently *)
Theorem headline_attention_is_local_mean_boundary (S tau : R) (range : 0 < S)
    (temperature : 0 < tau) :
  let keys := [true; false] in
  exists (q : unit -> R) (k : bool -> unit -> R),
    (forall j l, In j keys -> In l keys ->
       norm [tt] (k j) ^ 2 - norm [tt] (k l) ^ 2 <= S) /\
    total_variation keys (attention keys (scored [tt] q k) tau)
      (normalised keys (gaussian [tt] q k tau)) > 0.
Proof. now apply AttentionIsLocalMean.gaussian_unequal. Qed.
