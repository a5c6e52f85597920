(* group-lasso -- a penalty above the loss gradient leaves a group of weights nowhere to be but at 0.

   Source: localist, group penalties that switch irrelevant blocks off.
   Assumes: lambda >= 0; nothing of the loss but its gradient at the point, and for minimisers that
   it has directional derivatives; no constraint on the weights.

   The objective is L(W) + lambda_g |W_g| summed over groups; W is stationary in g if
   0 = grad + lambda_g s for a subgradient s of the Euclidean norm at W_g.

   Proved: a residual grad + lambda s is at least lambda - |grad| long where W_g is not 0
   (residual_nonzero), at least |grad| - lambda everywhere (residual_ge); so a stationary point with
   lambda > |grad| has W_g = 0 (stationary_dead), and W_g = 0 is stationary exactly if
   lambda >= |grad| (stationary_zero_iff); local minimisers are stationary (minimiser_stationary); at
   lambda = |grad| a ray is (ray_stationary). With a constraint, or where a loss has kinks, none of
   this holds (constraint_fails, kink_fails). *)
Require Import Reals Lra List FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Softmax Truncation SkipCertificate.
Import ListNotations.
Open Scope R_scope.

Lemma group_lasso_bound_eq (lambda slope : R) : group_lasso_bound lambda slope = lambda - slope.
Proof. unfold group_lasso_bound. ring. Qed.

Lemma group_lasso_zero_bound_eq (slope lambda : R) :
  group_lasso_zero_bound slope lambda = slope - lambda.
Proof. unfold group_lasso_zero_bound. ring. Qed.

(* ---- the Euclidean norm over a list of coordinates ---- *)

Section Norm.
Context {I : Type} (dims : list I).
Notation norm := (euclidean dims).
Notation inner := (dot dims).

Lemma norm_nonneg u : 0 <= norm u.
Proof. apply sqrt_pos. Qed.

Lemma inner_le u v : inner u v <= norm u * norm v.
Proof. apply cauchy_schwarz. Qed.

Lemma inner_plus u v w : inner u (fun i => v i + w i) = inner u v + inner u w.
Proof. unfold dot. rewrite <- sum_plus. apply sum_ext. intros. ring. Qed.

Lemma inner_scale a u v : inner u (fun i => a * v i) = a * inner u v.
Proof. unfold dot. rewrite <- sum_scale. apply sum_ext. intros. ring. Qed.

Lemma inner_comm u v : inner u v = inner v u.
Proof. unfold dot. apply sum_ext. intros. ring. Qed.

Lemma norm_ext u v : (forall i, u i = v i) -> norm u = norm v.
Proof. apply (seminorm_ext _ (euclidean_seminorm dims)). Qed.

Lemma norm_scale a u : norm (fun i => a * u i) = Rabs a * norm u.
Proof. apply (seminorm_scale _ (euclidean_seminorm dims)). Qed.

Lemma norm_plus u v : norm (fun i => u i + v i) <= norm u + norm v.
Proof. apply (seminorm_plus _ (euclidean_seminorm dims)). Qed.

Lemma norm_zero_iff u : norm u = 0 <-> forall i, In i dims -> u i = 0.
Proof.
  split.
  - intros Z i J. pose proof (dot_self dims u) as S. rewrite Z in S.
    assert (u i * u i = 0) as D.
    { apply (sum_zero (fun i => u i * u i) dims); [| unfold dot in S; lra | exact J].
      intros. apply Rle_0_sqr. }
    now apply Rsqr_0_uniq.
  - intros Z. unfold euclidean. rewrite (sum_ext _ (fun _ => 0)) by (intros; rewrite Z; auto; ring).
    rewrite sum_const, Rmult_0_r. apply sqrt_0.
Qed.

(* ---- subgradients of the norm, and stationary points ---- *)

Definition subgradient (w s : I -> R) : Prop :=
  forall v, norm v >= norm w + inner s (fun i => v i - w i).

Definition stationary (grad : I -> R) (lambda : R) (w : I -> R) : Prop :=
  exists s, subgradient w s /\ forall i, In i dims -> grad i + lambda * s i = 0.

Lemma subgradient_along w s : subgradient w s -> inner s w = norm w.
Proof.
  intros S. pose proof (S (fun i => 0 * w i)) as A. pose proof (S (fun i => 2 * w i)) as B.
  rewrite dot_minus, inner_scale, norm_scale in A, B.
  rewrite Rabs_R0 in A. rewrite Rabs_pos_eq in B by lra. lra.
Qed.

Lemma subgradient_short w s : subgradient w s -> norm s <= 1.
Proof.
  intros S. pose proof (S s) as A. rewrite dot_minus, (subgradient_along w s S) in A.
  rewrite dot_self in A. pose proof (norm_nonneg s). pose proof (norm_nonneg w).
  destruct (Rle_or_lt (norm s) 1) as [| L]; [assumption | nra].
Qed.

(* the vectors of length at most 1 that reach the norm of w along w *)
Lemma subgradient_of_short w s : norm s <= 1 -> inner s w = norm w -> subgradient w s.
Proof.
  intros N E v. rewrite dot_minus, E. pose proof (inner_le s v).
  pose proof (norm_nonneg v). nra.
Qed.

Theorem residual_nonzero grad lambda w s :
  norm w <> 0 -> subgradient w s ->
  norm (fun i => grad i + lambda * s i) >= lambda - norm grad.
Proof.
  intros N S. pose proof (norm_nonneg w).
  pose proof (inner_le w (fun i => grad i + lambda * s i)) as A.
  rewrite inner_plus, inner_scale, (inner_comm w s), (subgradient_along w s S) in A.
  pose proof (inner_le w (fun i => -1 * grad i)) as B.
  rewrite inner_scale, norm_scale, Rabs_left in B by lra.
  apply Rle_ge, Rmult_le_reg_l with (norm w); lra.
Qed.

Theorem residual_ge grad lambda w s :
  0 <= lambda -> subgradient w s ->
  norm (fun i => grad i + lambda * s i) >= norm grad - lambda.
Proof.
  intros P S. pose proof (subgradient_short w s S).
  pose proof (norm_plus (fun i => grad i + lambda * s i) (fun i => (- lambda) * s i)) as A.
  rewrite norm_scale, Rabs_Ropp, Rabs_pos_eq in A by assumption.
  rewrite (norm_ext _ grad) in A by (intros; ring). nra.
Qed.

Lemma stationary_residual grad lambda w :
  stationary grad lambda w ->
  exists s, subgradient w s /\ norm (fun i => grad i + lambda * s i) = 0.
Proof. intros [s [S Z]]. exists s. split; [exact S | now apply norm_zero_iff]. Qed.

Theorem stationary_dead grad lambda w :
  stationary grad lambda w -> norm grad < lambda -> forall i, In i dims -> w i = 0.
Proof.
  intros T L. apply norm_zero_iff. destruct (stationary_residual _ _ _ T) as [s [S Z]].
  destruct (Req_dec (norm w) 0) as [| N]; [assumption |].
  pose proof (residual_nonzero grad lambda w s N S). lra.
Qed.

Theorem stationary_zero_iff grad lambda w :
  0 <= lambda -> norm w = 0 -> (stationary grad lambda w <-> norm grad <= lambda).
Proof.
  intros P W. split.
  - intros T. destruct (stationary_residual _ _ _ T) as [s [S Z]].
    pose proof (residual_ge grad lambda w s P S). lra.
  - intros L. pose proof (norm_nonneg grad) as G.
    assert (Z : forall v, inner v w = 0).
    { intros v. unfold dot. rewrite (sum_ext _ (fun _ => 0)), sum_const; [ring |].
      intros i J. rewrite (proj1 (norm_zero_iff w) W i J). ring. }
    destruct (Req_dec lambda 0) as [-> | N].
    + exists (fun _ => 0). split.
      * apply subgradient_of_short; [| now rewrite Z].
        rewrite (proj2 (norm_zero_iff (fun _ => 0))) by reflexivity. lra.
      * intros i J. rewrite (proj1 (norm_zero_iff grad)) by (auto; lra). ring.
    + exists (fun i => - / lambda * grad i). split.
      * apply subgradient_of_short; [| now rewrite Z].
        assert (0 < / lambda) by (apply Rinv_0_lt_compat; lra).
        rewrite norm_scale, Rabs_left by lra.
        apply Rmult_le_reg_r with lambda; [lra |]. field_simplify; lra.
      * intros i _. field. lra.
Qed.

(* equality in residual_nonzero: a gradient against the weights *)
Theorem residual_against w b lambda :
  0 < norm w -> 0 <= b <= lambda ->
  let grad i := - (b / norm w) * w i in
  let s i := / norm w * w i in
  subgradient w s /\ norm grad = b /\
  norm (fun i => grad i + lambda * s i) = lambda - norm grad.
Proof.
  intros W B grad s. assert (I0 : 0 < / norm w) by now apply Rinv_0_lt_compat.
  assert (G : norm grad = b).
  { unfold grad. rewrite norm_scale, Rabs_Ropp, Rabs_pos_eq.
    - field. lra.
    - unfold Rdiv. nra. }
  split; [| split; [exact G |]].
  - apply subgradient_of_short; unfold s.
    + rewrite norm_scale, Rabs_pos_eq by lra. right. field. lra.
    + rewrite inner_comm, inner_scale, dot_self. field. lra.
  - rewrite G, (norm_ext _ (fun i => (lambda - b) / norm w * w i))
      by (intros; unfold grad, s; field; lra).
    rewrite norm_scale, Rabs_pos_eq by (unfold Rdiv; nra). field. lra.
Qed.

(* the gradient -a of a linear loss, and a penalty that equals its norm: a ray is stationary *)
Theorem ray_stationary a t :
  0 < norm a -> 0 <= t -> stationary (fun i => - a i) (norm a) (fun i => t * a i).
Proof.
  intros A T. exists (fun i => / norm a * a i). split; [| intros; field; lra].
  assert (0 < / norm a) by now apply Rinv_0_lt_compat.
  apply subgradient_of_short.
  - rewrite norm_scale, Rabs_pos_eq by lra. right. field. lra.
  - rewrite inner_scale, inner_comm, inner_scale, dot_self, norm_scale, Rabs_pos_eq by assumption.
    field. lra.
Qed.

(* ---- minimisers are stationary ---- *)

(* the loss moves along every line at the rate of its gradient; nothing is asked of other groups *)
Definition gradient_of (loss : (I -> R) -> R) (w grad : I -> R) : Prop :=
  forall v, is_derive (fun t => loss (fun i => w i + t * v i)) 0 (inner grad v).

Definition minimal_nearby (objective : (I -> R) -> R) (w : I -> R) : Prop :=
  exists radius, 0 < radius /\
    forall v, norm (fun i => v i - w i) < radius -> objective w <= objective v.

Lemma slope_of_nonneg (f : R -> R) l d :
  is_derive f 0 l -> 0 < d -> (forall t, 0 < t < d -> 0 <= f t - f 0) -> 0 <= l.
Proof.
  intros D P N. destruct (Rle_or_lt 0 l) as [| L]; [assumption | exfalso].
  apply is_derive_Reals in D. destruct (D (- l / 2)) as [[r R0] B]; [lra |]. simpl in B.
  assert (M : 0 < Rmin r d) by (apply Rmin_pos; assumption).
  pose proof (Rmin_l r d). pose proof (Rmin_r r d). set (t := Rmin r d / 2).
  assert (T : 0 < t < d /\ t < r) by (unfold t; lra). clearbody t.
  specialize (B t ltac:(lra) ltac:(rewrite Rabs_pos_eq; lra)). rewrite Rplus_0_l in B.
  apply Rabs_def2 in B. specialize (N t ltac:(lra)).
  assert (0 <= (f t - f 0) / t) by (apply Rmult_le_pos; [lra |]; left; apply Rinv_0_lt_compat; lra).
  lra.
Qed.

Lemma norm_convex w v t : 0 <= t <= 1 ->
  norm (fun i => w i + t * (v i - w i)) <= norm w + t * (norm v - norm w).
Proof.
  intros T. rewrite (norm_ext _ (fun i => (1 - t) * w i + t * v i)) by (intros; ring).
  eapply Rle_trans; [apply norm_plus |]. rewrite !norm_scale, !Rabs_pos_eq by lra. lra.
Qed.

Theorem minimiser_stationary loss grad lambda w :
  0 < lambda -> gradient_of loss w grad ->
  minimal_nearby (fun v => loss v + lambda * norm v) w -> stationary grad lambda w.
Proof.
  intros P D [r [R0 M]]. exists (fun i => - / lambda * grad i). split; [| intros; field; lra].
  intros v. set (step := fun i => v i - w i).
  enough (0 <= inner grad step + lambda * (norm v - norm w)) as E.
  { rewrite (inner_comm _ step), inner_scale, (inner_comm step).
    apply Rle_ge, Rmult_le_reg_l with lambda; [assumption |].
    replace (lambda * (norm w + - / lambda * inner grad step))
      with (lambda * norm w - inner grad step) by (field; lra). lra. }
  set (c := lambda * (norm v - norm w)).
  apply (slope_of_nonneg (fun t => loss (fun i => w i + t * step i) + c * t)
    _ (Rmin 1 (r / (norm step + 1)))).
  - assert (L : is_derive (fun t : R => c * t) 0 c).
    { auto_derive; [trivial | ring]. }
    exact (is_derive_plus (V := R_NormedModule) _ _ 0 _ _ (D step) L).
  - pose proof (norm_nonneg step). apply Rmin_pos; [lra |]. apply Rdiv_lt_0_compat; lra.
  - intros t [T0 T]. pose proof (norm_nonneg step) as NS.
    pose proof (Rmin_l 1 (r / (norm step + 1))). pose proof (Rmin_r 1 (r / (norm step + 1))).
    assert (t * (norm step + 1) < r).
    { apply Rlt_le_trans with (r / (norm step + 1) * (norm step + 1)); [nra |].
      right. field. lra. }
    pose proof (M (fun i => w i + t * step i)) as B.
    rewrite (norm_ext _ (fun i => t * step i)), norm_scale, Rabs_pos_eq in B
      by (lra || (intros; ring)).
    specialize (B ltac:(nra)).
    pose proof (norm_convex w v t ltac:(lra)) as C.
    change (fun i => w i + t * (v i - w i)) with (fun i => w i + t * step i) in C.
    assert (E0 : (fun i => w i + 0 * step i) = w) by (apply functional_extensionality; intros; ring).
    rewrite E0. unfold c. nra.
Qed.
End Norm.

(* ---- boundaries, for a single weight ---- *)

(* the least admissible weight is the best one, although the loss does not pull at all *)
Theorem constraint_fails :
  (forall w, is_derive (fun _ : R => 0) w 0) /\
  (forall w, 1 <= w <= 2 -> 0 + 1 * Rabs 1 <= 0 + 1 * Rabs w).
Proof.
  split.
  - intros w. exact (is_derive_const (0 : R_NormedModule) w).
  - intros w W. rewrite !Rabs_pos_eq; lra.
Qed.

Definition hinge (w : R) : R := 2 * Rmax 0 (1 - w).

(* wherever it exists on w >= 1 the slope of the hinge is 0; and yet the best weight is 1 *)
Theorem kink_fails :
  (forall w l, 1 <= w -> is_derive hinge w l -> l = 0) /\
  (forall w, hinge 1 + 1 * Rabs 1 <= hinge w + 1 * Rabs w).
Proof.
  assert (H : forall w, 1 <= w -> hinge w = 0)
    by (intros; unfold hinge; rewrite Rmax_left; lra).
  split.
  - intros w l W D. destruct (Req_dec l 0) as [| N]; [assumption | exfalso].
    apply is_derive_Reals in D. pose proof (Rabs_pos_lt l N) as P.
    destruct (D (Rabs l) P) as [[r R0] B]. simpl in B.
    specialize (B (r / 2) ltac:(lra) ltac:(rewrite Rabs_pos_eq; lra)).
    rewrite !H in B by lra. replace ((0 - 0) / (r / 2) - l) with (- l) in B by (field; lra).
    rewrite Rabs_Ropp in B. lra.
  - intros w. rewrite (H 1), (Rabs_pos_eq 1) by lra. unfold hinge.
    pose proof (Rmax_l 0 (1 - w)). pose proof (Rmax_r 0 (1 - w)). pose proof (Rle_abs w). lra.
Qed.
