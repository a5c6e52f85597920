(* Calculus of finite sums, on Coquelicot's derivatives and filters.

   Proved here: a sum of differentiable terms is differentiable; a sum of convergent terms converges
   (along any filter); a derivative of one sign makes a function strictly monotone, and the end points
   of the interval may be critical; t e^-t tends to 0. *)
Require Import Reals Lra List.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Softmax.
Import ListNotations.
Open Scope R_scope.

Lemma is_derive_sum {K} (f : K -> R -> R) (df : K -> R) keys x :
  (forall k, In k keys -> is_derive (f k) x (df k)) ->
  is_derive (fun y => sum (fun k => f k y) keys) x (sum df keys).
Proof.
  induction keys as [| k keys IH]; intros D; [apply (is_derive_const (V := R_NormedModule)) |].
  rewrite sum_cons. apply (is_derive_plus (V := R_NormedModule)); [apply D; simpl; auto |].
  apply IH. intros; apply D; simpl; auto.
Qed.

Lemma filterlim_sum {K T} (L : (T -> Prop) -> Prop) {FL : Filter L} (f : K -> T -> R) (l : K -> R) keys :
  (forall k, In k keys -> filterlim (f k) L (locally (l k))) ->
  filterlim (fun y => sum (fun k => f k y) keys) L (locally (sum l keys)).
Proof.
  induction keys as [| k keys IH]; intros D; [apply filterlim_const |].
  rewrite sum_cons. apply (filterlim_comp_2 (f k) (fun y => sum (fun k => f k y) keys) Rplus)
    with (G := locally (l k)) (H := locally (sum l keys)).
  - apply D; simpl; auto.
  - apply IH. intros; apply D; simpl; auto.
  - apply (filterlim_plus (V := R_NormedModule)).
Qed.

Lemma increasing_by_derivative (f df : R -> R) a b :
  a < b -> (forall t, a <= t <= b -> is_derive f t (df t)) -> (forall t, a < t < b -> 0 < df t) ->
  f a < f b.
Proof.
  intros L D S. destruct (MVT_cor2 f df a b L) as [t [E T]].
  - intros. now apply is_derive_Reals, D.
  - specialize (S t T). nra.
Qed.

Lemma decreasing_by_derivative (f df : R -> R) a b :
  a < b -> (forall t, a <= t <= b -> is_derive f t (df t)) -> (forall t, a < t < b -> df t < 0) ->
  f b < f a.
Proof.
  intros L D S. destruct (MVT_cor2 f df a b L) as [t [E T]].
  - intros. now apply is_derive_Reals, D.
  - specialize (S t T). nra.
Qed.

Lemma exp_opp_limit : filterlim (fun t => exp (- t)) (Rbar_locally p_infty) (locally 0).
Proof.
  apply (filterlim_comp _ _ _ Ropp exp _ (Rbar_locally m_infty)).
  - apply (filterlim_Rbar_opp p_infty).
  - apply is_lim_exp_m.
Qed.

Lemma times_exp_opp_limit : filterlim (fun t => t * exp (- t)) (Rbar_locally p_infty) (locally 0).
Proof.
  pose proof is_lim_mul_exp_m as L. unfold is_lim in L. simpl in L.
  assert (M : filterlim (fun t => - (- t * exp (- t))) (Rbar_locally p_infty) (locally (- 0))).
  { apply (filterlim_comp _ _ _ (fun t => - t * exp (- t)) Ropp _ (locally 0)).
    - apply (filterlim_comp _ _ _ Ropp (fun t => t * exp t) _ (Rbar_locally m_infty)).
      + apply (filterlim_Rbar_opp p_infty).
      + exact L.
    - apply (filterlim_opp (V := R_NormedModule)). }
  rewrite Ropp_0 in M. revert M. apply filterlim_ext. intros. ring.
Qed.
