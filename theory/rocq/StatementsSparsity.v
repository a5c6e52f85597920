(* The headlines on penalties, restated with library definitions and the words of Statements.v. *)
Require Import Reals List.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Statements.
From Locality Require GroupLasso GroupLassoAttention GroupSparsemax.
Import ListNotations.
Open Scope R_scope.

(* ---- group-lasso ---- *)

(* the weights of a group are a function of its coordinates, `dims` lists them *)
Definition inner {I} (dims : list I) (u v : I -> R) : R := total (fun i => u i * v i) dims.
Definition vanishes {I} (dims : list I) (w : I -> R) : Prop := forall i, In i dims -> w i = 0.

(* s is a subgradient of the Euclidean norm at w *)
Definition supports {I} (dims : list I) (w s : I -> R) : Prop :=
  forall v, norm dims v >= norm dims w + inner dims s (fun i => v i - w i).

(* 0 is in grad + lambda times the subdifferential of the norm *)
Definition stationary {I} (dims : list I) (grad : I -> R) (lambda : R) (w : I -> R) : Prop :=
  exists s, supports dims w s /\ forall i, In i dims -> grad i + lambda * s i = 0.

(* the loss, as a function of one group's weights, moves along every line at the rate of grad *)
Definition gradient_at {I} (dims : list I) (loss : (I -> R) -> R) (w grad : I -> R) : Prop :=
  forall v, is_derive (fun t => loss (fun i => w i + t * v i)) 0 (inner dims grad v).

Theorem headline_group_lasso {I} (dims : list I) (grad w s : I -> R) (lambda : R)
    (penalty : 0 <= lambda) (subgradient : supports dims w s) :
  (~ vanishes dims w ->
   norm dims (fun i => grad i + lambda * s i) >= group_lasso_bound lambda (norm dims grad)) /\
  norm dims (fun i => grad i + lambda * s i) >= group_lasso_zero_bound (norm dims grad) lambda.
Proof.
  split.
  - intros N. rewrite GroupLasso.group_lasso_bound_eq.
    apply GroupLasso.residual_nonzero with w; [| assumption]. intros Z.
    exact (N (proj1 (GroupLasso.norm_zero_iff dims w) Z)).
  - rewrite GroupLasso.group_lasso_zero_bound_eq. now apply GroupLasso.residual_ge with w.
Qed.

(* a penalty above the gradient on all of C leaves no other stationary weights in C but zero *)
Theorem headline_group_lasso_dead {G I} (dims : G -> list I) (grad : (G -> I -> R) -> G -> I -> R)
    (C : (G -> I -> R) -> Prop) (g : G) (top lambda : R)
    (pull : forall W, C W -> norm (dims g) (grad W g) <= top) (above : top < lambda) :
  forall W, C W -> stationary (dims g) (grad W g) lambda (W g) -> vanishes (dims g) (W g).
Proof.
  intros W A S.
  exact (GroupLasso.stationary_dead (dims g) (grad W g) lambda (W g) S
           (Rle_lt_trans _ _ _ (pull W A) above)).
Qed.

Theorem headline_group_lasso_zero {I} (dims : list I) (grad w : I -> R) (lambda : R)
    (penalty : 0 <= lambda) (zero : vanishes dims w) :
  stationary dims grad lambda w <-> norm dims grad <= lambda.
Proof. apply GroupLasso.stationary_zero_iff; [assumption | now apply GroupLasso.norm_zero_iff]. Qed.

(* local minimisers are stationary *)
Theorem headline_group_lasso_minimiser {I} (dims : list I) (loss : (I -> R) -> R)
    (grad w : I -> R) (lambda : R) (penalty : 0 < lambda) (smooth : gradient_at dims loss w grad)
    (minimal : exists radius, 0 < radius /\
       forall v, norm dims (fun i => v i - w i) < radius ->
       loss w + lambda * norm dims w <= loss v + lambda * norm dims v) :
  stationary dims grad lambda w.
Proof. now apply GroupLasso.minimiser_stationary with loss. Qed.

(* the bound is attained where the gradient points against the weights *)
Theorem headline_group_lasso_sharp {I} (dims : list I) (w : I -> R) (slope lambda : R)
    (nonzero : 0 < norm dims w) (weaker : 0 <= slope <= lambda) :
  let grad i := - (slope / norm dims w) * w i in
  let s i := / norm dims w * w i in
  supports dims w s /\ norm dims grad = slope /\
  norm dims (fun i => grad i + lambda * s i) = group_lasso_bound lambda (norm dims grad).
Proof. now apply GroupLasso.residual_against. Qed.

(* a penalty that equals the gradient: for the loss -<a, w> every point of the ray is stationary *)
Theorem headline_group_lasso_ray {I} (dims : list I) (a : I -> R) (t : R)
    (nonzero : 0 < norm dims a) (forward : 0 <= t) :
  stationary dims (fun i => - a i) (norm dims a) (fun i => t * a i).
Proof. now apply GroupLasso.ray_stationary. Qed.

(* with a constraint, 1 <= w <= 2, a loss that does not pull at all has its minimum at 1 *)
Theorem headline_group_lasso_constraint :
  (forall w, is_derive (fun _ : R => 0) w 0) /\
  (forall w, 1 <= w <= 2 -> 0 + 1 * Rabs 1 <= 0 + 1 * Rabs w).
Proof. exact GroupLasso.constraint_fails. Qed.

(* where it exists on w >= 1, the slope of this loss is 0; with a kink at 1, that is the minimum *)
Theorem headline_group_lasso_boundary :
  let hinge w := 2 * Rmax 0 (1 - w) in
  (forall w l, 1 <= w -> is_derive hinge w l -> l = 0) /\
  (forall w, hinge 1 + 1 * Rabs 1 <= hinge w + 1 * Rabs w).
Proof. exact GroupLasso.kink_fails. Qed.

(* ---- group-lasso-attention ---- *)

(* one matrix W h for each block h of keys, its entries listed by `list_prod here there` *)
Definition flat {I G} (M : I -> G -> R) (entry : I * G) : R := M (fst entry) (snd entry).
Definition bilinear {K I G} (here : list I) (there : list G) (q : I -> R) (key : K -> G -> R)
    (block : K -> nat) (W : nat -> I * G -> R) (k : K) : R :=
  inner (list_prod here there) (W (block k)) (fun entry => q (fst entry) * key k (snd entry)).

(* the loss of the attention output as a function of the matrix of block b alone *)
Definition loss_of_block {K I G Q} (keys : list K) (here : list I) (there : list G) (q : I -> R)
    (key : K -> G -> R) (value : K -> Q -> R) (block : K -> nat) (loss : (Q -> R) -> R) (tau : R)
    (W : nat -> I * G -> R) (b : nat) (M : I * G -> R) : R :=
  let moved h := if Nat.eqb h b then M else W h in
  loss (output keys (bilinear here there q key block moved) tau value).

(* along every differentiable path through a point the loss moves at the rate of its gradient *)
Definition smooth_at {Q} (coordinates : list Q) (loss : (Q -> R) -> R) (o slope : Q -> R) : Prop :=
  forall (path : R -> Q -> R) (speed : Q -> R),
    (forall l, path 0 l = o l) -> (forall l, is_derive (fun t => path t l) 0 (speed l)) ->
    is_derive (fun t => loss (path t)) 0 (inner coordinates slope speed).

Definition block_attention {K} (keys : list K) (block : K -> nat) (b : nat) (s : K -> R)
    (tau : R) : R :=
  total (attention keys s tau) (relevant (fun k => Nat.eqb (block k) b) keys).

Theorem headline_group_lasso_attention {K I G Q} (keys_seen : list K) (here : list I)
    (there : list G) (coordinates : list Q) (q : I -> R) (key : K -> G -> R) (value : K -> Q -> R)
    (block : K -> nat) (loss : (Q -> R) -> R) (tau : R) (M : nat -> I -> G -> R) (b : nat)
    (gamma : Q -> R) (gmax qmax kmax diameter : R)
    (temperature : 0 < tau) (visible : keys_seen <> [])
    (slope : smooth_at coordinates loss
               (output keys_seen (bilinear here there q key block (fun h => flat (M h))) tau value)
               gamma /\ norm coordinates gamma <= gmax)
    (queries : norm here q <= qmax)
    (keys : forall k, In k keys_seen -> norm there (key k) <= kmax)
    (values : forall j k, In j keys_seen -> In k keys_seen ->
       norm coordinates (fun l => value j l - value k l) <= diameter) :
  let W h := flat (M h) in
  let loss_b := loss_of_block keys_seen here there q key value block loss tau W b in
  let mass := block_attention keys_seen block b (bilinear here there q key block W) tau in
  exists grad, gradient_at (list_prod here there) loss_b (W b) grad /\
    norm (list_prod here there) grad
    <= group_lasso_attention_bound gmax qmax kmax diameter tau mass /\
    group_lasso_attention_bound gmax qmax kmax diameter tau mass
    <= group_lasso_attention_threshold_bound gmax qmax kmax diameter tau.
Proof.
  destruct slope as [smooth slope_le]. intros W loss_b mass.
  exists (GroupLassoAttention.block_gradient keys_seen here there coordinates q key value block tau
            W b gamma).
  split; [now apply GroupLassoAttention.gradient_exists | split].
  - now apply GroupLassoAttention.block_gradient_le.
  - now apply (GroupLassoAttention.bound_le_threshold keys_seen here there coordinates q key value
      block loss tau W b gamma).
Qed.

(* what a mean over queries is told, each with keys, values and a loss of its own *)
Record seen (X K I G Q : Type) := {
  asked : list X; visible_to : X -> list K; ask : X -> I -> R; offer : X -> K -> G -> R;
  say : X -> K -> Q -> R; lies_in : X -> K -> nat; suffer : X -> (Q -> R) -> R }.
Arguments asked {X K I G Q}. Arguments visible_to {X K I G Q}. Arguments ask {X K I G Q}.
Arguments offer {X K I G Q}. Arguments say {X K I G Q}. Arguments lies_in {X K I G Q}.
Arguments suffer {X K I G Q}.

Definition score_of {X K I G Q} (data : seen X K I G Q) (here : list I) (there : list G)
    (W : nat -> I * G -> R) (x : X) : K -> R :=
  bilinear here there (ask data x) (offer data x) (lies_in data x) W.

Definition mean_loss {X K I G Q} (data : seen X K I G Q) (here : list I) (there : list G) (tau : R)
    (W : nat -> I * G -> R) (b : nat) (M : I * G -> R) : R :=
  total (fun x => loss_of_block (visible_to data x) here there (ask data x) (offer data x)
                    (say data x) (lies_in data x) (suffer data x) tau W b M) (asked data)
  / count (asked data).

(* every query sees a key; losses, queries, keys and values keep within G, Q, K and D *)
Definition within {X K I G Q} (data : seen X K I G Q) (here : list I) (there : list G)
    (coordinates : list Q) (tau : R) (W : nat -> I * G -> R) (slope : X -> Q -> R)
    (gmax qmax kmax diameter : R) : Prop :=
  asked data <> [] /\
  forall x, In x (asked data) ->
    visible_to data x <> [] /\
    smooth_at coordinates (suffer data x)
      (output (visible_to data x) (score_of data here there W x) tau (say data x)) (slope x) /\
    norm coordinates (slope x) <= gmax /\ norm here (ask data x) <= qmax /\
    (forall k, In k (visible_to data x) -> norm there (offer data x k) <= kmax) /\
    (forall j k, In j (visible_to data x) -> In k (visible_to data x) ->
       norm coordinates (fun l => say data x j l - say data x k l) <= diameter).

Theorem headline_group_lasso_attention_mean {X K I G Q} (data : seen X K I G Q) (here : list I)
    (there : list G) (coordinates : list Q) (tau : R) (W : nat -> I * G -> R) (b : nat)
    (slope : X -> Q -> R) (gmax qmax kmax diameter : R) (temperature : 0 < tau)
    (bounded : within data here there coordinates tau W slope gmax qmax kmax diameter)
    (grad : I * G -> R)
    (smooth : gradient_at (list_prod here there) (mean_loss data here there tau W b) (W b) grad) :
  let mass x := block_attention (visible_to data x) (lies_in data x) b
                  (score_of data here there W x) tau in
  norm (list_prod here there) grad
  <= total (fun x => group_lasso_attention_bound gmax qmax kmax diameter tau (mass x)) (asked data)
     / count (asked data) /\
  norm (list_prod here there) grad
  <= group_lasso_attention_threshold_bound gmax qmax kmax diameter tau.
Proof.
  destruct bounded as [some each]. split.
  - apply (GroupLassoAttention.mean_gradient_le (asked data) (visible_to data) here there coordinates
      (ask data) (offer data) (say data) (lies_in data) (suffer data) tau W b slope); try assumption;
      intros; now apply each.
  - apply (GroupLassoAttention.mean_gradient_le_threshold (asked data) (visible_to data) here there
      coordinates (ask data) (offer data) (say data) (lies_in data) (suffer data) tau W b slope);
      try assumption; intros; now apply each.
Qed.

(* a penalty above the threshold makes every score of the block 0 at every stationary point *)
Theorem headline_group_lasso_attention_dead {X K I G Q} (data : seen X K I G Q) (here : list I)
    (there : list G) (coordinates : list Q) (tau : R) (W : nat -> I * G -> R) (b : nat)
    (slope : X -> Q -> R) (gmax qmax kmax diameter lambda : R) (temperature : 0 < tau)
    (bounded : within data here there coordinates tau W slope gmax qmax kmax diameter)
    (grad : I * G -> R)
    (smooth : gradient_at (list_prod here there) (mean_loss data here there tau W b) (W b) grad)
    (above : group_lasso_attention_threshold_bound gmax qmax kmax diameter tau < lambda)
    (still : stationary (list_prod here there) grad lambda (W b)) :
  forall x k, lies_in data x k = b -> score_of data here there W x k = 0.
Proof.
  destruct bounded as [some each].
  apply (GroupLassoAttention.scores_dead (asked data) (visible_to data) here there coordinates
    (ask data) (offer data) (say data) (lies_in data) (suffer data) tau W b slope gmax qmax kmax
    diameter) with grad lambda; try assumption; intros; now apply each.
Qed.

(* blocks off R that are dead, and relevant scores of at least Delta: leakage and entropy apply *)
Theorem headline_group_lasso_attention_concentrates {K} (keys : list K) (P : K -> bool)
    (s : K -> R) (tau Delta : R) (sizes : both_present P keys) (temperature : 0 < tau)
    (nonnegative : 0 <= Delta) (dead : forall k, In k keys -> P k = false -> s k = 0)
    (alive : forall k, In k keys -> P k = true -> Delta <= s k) :
  leakage keys P s tau
  <= leakage_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau) /\
  entropy keys s tau
  <= entropy_bound (count (relevant P keys)) (count (others P keys)) (Delta / tau).
Proof. destruct sizes. now apply GroupLassoAttention.dead_concentrates. Qed.

(* no smaller psi will do: keys 0 and 1 of block 0 at opposite ends, key 2 beside them, and a loss that
   is linear in an output of one coordinate *)
Definition opposed (k : nat) : R := match k with 1%nat => -1 | _ => 1 end.
Definition beside (k : nat) : nat := match k with 2%nat => 1%nat | _ => 0%nat end.
Definition upper (k : nat) : R := match k with 1%nat => 0 | _ => 1 end.

Definition attained (seen_keys : list nat) (gmax qmax kmax diameter tau p : R) : Prop :=
  let q (_ : unit) := qmax in
  let key k (_ : unit) := kmax * opposed k in
  let value k (_ : unit) := diameter * upper k in
  let loss (o : unit -> R) := gmax * o tt in
  exists W, block_attention seen_keys beside 0 (bilinear [tt] [tt] q key beside W) tau = p /\
    forall grad,
      gradient_at (list_prod [tt] [tt])
        (loss_of_block seen_keys [tt] [tt] q key value beside loss tau W 0) (W 0%nat) grad ->
      norm (list_prod [tt] [tt]) grad
      = group_lasso_attention_bound gmax qmax kmax diameter tau p.

Theorem headline_group_lasso_attention_sharp (gmax qmax kmax diameter tau p : R)
    (temperature : 0 < tau) (slope : 0 <= gmax) (query : 0 < qmax) (long : 0 < kmax)
    (values : 0 <= diameter) (heavy : 1 / 3 < p < 1) :
  attained [0; 1; 2]%nat gmax qmax kmax diameter tau p.
Proof. now apply GroupLassoAttention.heavy_block_sharp. Qed.

Theorem headline_group_lasso_attention_light (gmax qmax kmax diameter tau p : R)
    (temperature : 0 < tau) (slope : 0 <= gmax) (query : 0 < qmax) (long : 0 < kmax)
    (values : 0 <= diameter) (light : 0 < p <= 1 / 3) :
  attained [1; 2]%nat gmax qmax kmax diameter tau p.
Proof. now apply GroupLassoAttention.light_block_sharp. Qed.

(* all blocks at 0 are stationary under such penalties, and attention is then uniform *)
Theorem headline_group_lasso_attention_boundary {X K I G Q} (data : seen X K I G Q) (here : list I)
    (there : list G) (coordinates : list Q) (tau : R) (W : nat -> I * G -> R)
    (slope : X -> Q -> R) (gmax qmax kmax diameter lambda : R) (temperature : 0 < tau)
    (bounded : within data here there coordinates tau W slope gmax qmax kmax diameter)
    (dead : forall b, vanishes (list_prod here there) (W b))
    (above : group_lasso_attention_threshold_bound gmax qmax kmax diameter tau <= lambda) :
  (forall b grad,
     gradient_at (list_prod here there) (mean_loss data here there tau W b) (W b) grad ->
     stationary (list_prod here there) grad lambda (W b)) /\
  (forall x, In x (asked data) ->
     entropy (visible_to data x) (score_of data here there W x) tau
     = ln (count (visible_to data x))).
Proof.
  destruct bounded as [some each]. split.
  - intros b grad smooth.
    apply (GroupLassoAttention.dead_is_stationary (asked data) (visible_to data) here there
      coordinates (ask data) (offer data) (say data) (lies_in data) (suffer data) tau W b slope gmax
      qmax kmax diameter); try assumption; try (intros; now apply each). apply dead.
  - intros x A. apply GroupLassoAttention.all_dead_uniform; [now apply each |]. intros k _.
    now apply (GroupLassoAttention.dead_scores here there (ask data) (offer data) (lies_in data) W
      (lies_in data x k) (dead _) x k).
Qed.

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

(* there is such a threshold, for one block as for all groups, as soon as there is a key *)
Theorem headline_group_sparsemax_root {K} (groups : list nat) (keys : nat -> list K)
    (z : nat -> K -> R) (lambda : nat -> R) (g : nat) (j : K)
    (penalties : forall h, In h groups -> 0 <= lambda h) (present : In g groups)
    (held : In j (keys g)) :
  exists theta,
    total (fun h => total (shrunk (keys h) (z h) (lambda h) theta) (keys h)) groups = 1.
Proof. now apply (GroupSparsemax.threshold_exists groups keys z lambda penalties g j). Qed.

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
