(* lle -- the weights that rebuild a point from its neighbours are the only best ones, and when they
   move with the data.

   Source: localization, the claim that locally linear embedding is a localization method.
   Assumes: weights that sum to 1 and where the cost has one slope in every weight; x a i is the
   coordinate i of the query less neighbour a; a ridge rho on the squared weights.

   Proved: the cost of other weights is that slope and the cost of their difference (cost_eq), so
   the weights are the best, by at least rho >= 0 times the squared distance (cost_margin), and the
   only best ones if no difference costs nothing (stationary_unique); products scaled by s^2, with
   the ridge, leave them as they are (slope_scaled, trace_scaled); a fixed ridge does not
   (fixed_ridge_fails); too many neighbours have more than one best (singular_fails); beyond its
   neighbours a point is rebuilt by no weights of one sign (hull_fails). *)
Require Import Reals Lra List.
From Locality Require Import Functions Bounds Sums.
Import ListNotations.
Open Scope R_scope.

Lemma lle_bound_eq (multiplier departure : R) :
  lle_bound multiplier departure = multiplier + departure.
Proof. unfold lle_bound. ring. Qed.

Lemma lle_unique_bound_eq (ridge d : R) : lle_unique_bound ridge d = ridge * d.
Proof. unfold lle_unique_bound. ring. Qed.

Definition combined {K I} (keys : list K) (x : K -> I -> R) (w : K -> R) (i : I) : R :=
  sum (fun a => w a * x a i) keys.
Definition cost {K I} (keys : list K) (axes : list I) (x : K -> I -> R) (rho : R) (w : K -> R) : R :=
  sum (fun i => combined keys x w i ^ 2) axes + rho * sum (fun a => w a ^ 2) keys.
Definition slope {K I} (keys : list K) (axes : list I) (x : K -> I -> R) (rho : R) (w : K -> R)
    (a : K) : R :=
  sum (fun i => x a i * combined keys x w i) axes + rho * w a.
Definition stationary {K I} (keys : list K) (axes : list I) (x : K -> I -> R) (rho kappa : R)
    (w : K -> R) : Prop :=
  sum w keys = 1 /\ forall a, In a keys -> slope keys axes x rho w a = kappa.

Section Weights.
Context {K I : Type} (keys : list K) (axes : list I) (x : K -> I -> R) (rho : R).

Lemma combined_plus w d i :
  combined keys x (fun a => w a + d a) i = combined keys x w i + combined keys x d i.
Proof. unfold combined. rewrite <- sum_plus. apply sum_ext. intros. ring. Qed.

(* coordinate by coordinate, and neighbour by neighbour *)
Lemma slopes_gathered w d :
  sum (fun a => d a * slope keys axes x rho w a) keys
  = sum (fun i => combined keys x w i * combined keys x d i) axes
    + rho * sum (fun a => w a * d a) keys.
Proof.
  unfold slope. rewrite <- sum_scale.
  rewrite (sum_ext _ (fun a => sum (fun i => d a * (x a i * combined keys x w i)) axes
                               + rho * (w a * d a)))
    by (intros; rewrite sum_scale; ring).
  rewrite sum_plus, sum_swap. f_equal. apply sum_ext. intros i _.
  unfold combined at 3. rewrite <- sum_scale. apply sum_ext. intros. ring.
Qed.

Lemma cost_expanded w d :
  cost keys axes x rho (fun a => w a + d a)
  = cost keys axes x rho w + 2 * sum (fun a => d a * slope keys axes x rho w a) keys
    + cost keys axes x rho d.
Proof.
  rewrite slopes_gathered. unfold cost.
  rewrite (sum_ext (fun i => combined keys x (fun a => w a + d a) i ^ 2)
    (fun i => combined keys x w i ^ 2 + 2 * (combined keys x w i * combined keys x d i)
              + combined keys x d i ^ 2)) by (intros; rewrite combined_plus; ring).
  rewrite (sum_ext (fun a => (w a + d a) ^ 2) (fun a => w a ^ 2 + 2 * (w a * d a) + d a ^ 2))
    by (intros; ring).
  rewrite !sum_plus, !sum_scale. ring.
Qed.

Lemma cost_slopes w : cost keys axes x rho w = sum (fun a => w a * slope keys axes x rho w a) keys.
Proof.
  rewrite slopes_gathered. unfold cost. f_equal; [| f_equal]; apply sum_ext; intros; ring.
Qed.

Lemma cost_ext w w' : (forall a, In a keys -> w a = w' a) ->
  cost keys axes x rho w = cost keys axes x rho w'.
Proof.
  intros E. unfold cost. f_equal; [| f_equal]; apply sum_ext; intros.
  - f_equal. apply sum_ext. intros. now rewrite E.
  - now rewrite E.
Qed.

Context (kappa : R) (w w' : K -> R) (best : stationary keys axes x rho kappa w).
Context (other : sum w' keys = 1).

Theorem cost_eq :
  cost keys axes x rho w' = lle_bound kappa (cost keys axes x rho (fun a => w' a - w a)).
Proof.
  destruct best as [one flat]. rewrite lle_bound_eq.
  rewrite (cost_ext w' (fun a => w a + (w' a - w a))) by (intros; ring).
  rewrite cost_expanded, cost_slopes.
  rewrite (sum_ext (fun a => w a * slope keys axes x rho w a) (fun a => w a * kappa))
    by (intros; now rewrite flat).
  rewrite (sum_ext (fun a => (w' a - w a) * slope keys axes x rho w a)
    (fun a => (w' a - w a) * kappa)) by (intros; now rewrite flat).
  rewrite !sum_scale_r, sum_minus, one, other. ring.
Qed.

Lemma best_cost : cost keys axes x rho w = kappa.
Proof.
  destruct best as [one flat]. rewrite cost_slopes.
  rewrite (sum_ext _ (fun a => w a * kappa)) by (intros; now rewrite flat).
  rewrite sum_scale_r, one. ring.
Qed.

Theorem cost_margin :
  cost keys axes x rho w' - cost keys axes x rho w
  >= lle_unique_bound rho (sum (fun a => (w' a - w a) ^ 2) keys).
Proof.
  rewrite best_cost, cost_eq, lle_bound_eq, lle_unique_bound_eq. unfold cost.
  assert (0 <= sum (fun i => combined keys x (fun a => w' a - w a) i ^ 2) axes)
    by (apply sum_nonneg; intros; apply pow2_ge_0). lra.
Qed.

(* nothing that sums to 0 costs nothing: the Gram matrix is nonsingular there *)
Theorem stationary_unique :
  (forall d, sum d keys = 0 -> cost keys axes x rho d <= 0 -> forall a, In a keys -> d a = 0) ->
  cost keys axes x rho w' <= cost keys axes x rho w -> forall a, In a keys -> w' a = w a.
Proof.
  intros regular less a A. apply Rminus_diag_uniq.
  apply (regular (fun a => w' a - w a)); [| | exact A].
  - rewrite sum_minus, other, (proj1 best). ring.
  - rewrite best_cost, cost_eq, lle_bound_eq in less. lra.
Qed.

End Weights.

Lemma ridge_regular {K I} (keys : list K) (axes : list I) x rho : 0 < rho ->
  forall d : K -> R, cost keys axes x rho d <= 0 -> forall a, In a keys -> d a = 0.
Proof.
  intros P d C a A. unfold cost in C.
  assert (0 <= sum (fun i => combined keys x d i ^ 2) axes)
    by (apply sum_nonneg; intros; apply pow2_ge_0).
  assert (S : 0 <= sum (fun a => d a ^ 2) keys) by (apply sum_nonneg; intros; apply pow2_ge_0).
  assert (Z : sum (fun a => d a ^ 2) keys = 0) by nra.
  pose proof (sum_zero (fun a => d a ^ 2) keys ltac:(intros; apply pow2_ge_0) Z a A) as Q.
  cbv beta in Q. nra.
Qed.

(* ---- when the data moves ---- *)

Lemma combined_product {K I} (keys : list K) (axes : list I) (x : K -> I -> R) w a :
  sum (fun i => x a i * combined keys x w i) axes
  = sum (fun b => w b * sum (fun i => x a i * x b i) axes) keys.
Proof.
  unfold combined.
  rewrite (sum_ext _ (fun i => sum (fun b => w b * (x a i * x b i)) keys)).
  - rewrite sum_swap. apply sum_ext. intros. now rewrite sum_scale.
  - intros. rewrite <- sum_scale. apply sum_ext. intros. ring.
Qed.

Theorem slope_scaled {K I J} (keys : list K) (axes : list I) (axes' : list J) (x : K -> I -> R)
    (x' : K -> J -> R) (rho s : R) (w : K -> R) (a : K) : In a keys ->
  (forall a b, In a keys -> In b keys ->
     sum (fun i => x' a i * x' b i) axes' = s ^ 2 * sum (fun i => x a i * x b i) axes) ->
  slope keys axes' x' (s ^ 2 * rho) w a = s ^ 2 * slope keys axes x rho w a.
Proof.
  intros A same. unfold slope. rewrite !combined_product, Rmult_plus_distr_l, <- sum_scale.
  f_equal; [| ring]. apply sum_ext. intros b B. rewrite same by assumption. ring.
Qed.

Theorem trace_scaled {K I J} (keys : list K) (axes : list I) (axes' : list J) (x : K -> I -> R)
    (x' : K -> J -> R) (s : R) :
  (forall a b, In a keys -> In b keys ->
     sum (fun i => x' a i * x' b i) axes' = s ^ 2 * sum (fun i => x a i * x b i) axes) ->
  sum (fun a => sum (fun i => x' a i * x' a i) axes') keys
  = s ^ 2 * sum (fun a => sum (fun i => x a i * x a i) axes) keys.
Proof. intros same. rewrite <- sum_scale. apply sum_ext. intros. now apply same. Qed.

(* ---- witnesses, on a line: the query less neighbours at 1 and 2, or at -1, 0 and 1 ---- *)

Definition beyond (s : R) (a : bool) (_ : unit) : R := if a then - s else - (2 * s).
Definition pair_of (first : R) (a : bool) : R := if a then first else 1 - first.

Theorem fixed_ridge_fails :
  stationary [true; false] [tt] (beyond 1) 1 2 (pair_of 1) /\
  stationary [true; false] [tt] (beyond 2) 1 (7 / 2) (pair_of (3 / 2)).
Proof.
  split; split; try intros [];
    unfold slope, combined, sum, beyond, pair_of; simpl; intros; lra.
Qed.

Definition around (a : option bool) (_ : unit) : R :=
  match a with None => 0 | Some side => if side then 1 else - 1 end.

Theorem singular_fails :
  let keys := [Some true; None; Some false] in
  let ends := fun a : option bool => match a with None => 0 | Some _ => 1 / 2 end in
  let middle := fun a : option bool => match a with None => 1 | Some _ => 0 end in
  stationary keys [tt] around 0 0 ends /\ stationary keys [tt] around 0 0 middle.
Proof.
  split; split; try intros [[] |]; unfold slope, combined, sum, around; simpl; intros; lra.
Qed.

Theorem hull_fails :
  stationary [true; false] [tt] (beyond 1) 0 0 (pair_of 2) /\
  forall w : bool -> R, (forall a, 0 <= w a) -> sum w [true; false] = 1 ->
    1 <= cost [true; false] [tt] (beyond 1) 0 w.
Proof.
  split.
  - split; try intros []; unfold slope, combined, sum, beyond, pair_of; simpl; intros; lra.
  - intros w N. unfold cost, combined, sum, beyond. simpl. intros S.
    pose proof (N true). pose proof (N false).
    replace (w true) with (1 - w false) by lra. nra.
Qed.
