(* Calculus of finite sums and of entropy, on Coquelicot's derivatives and filters.

   Proved: a sum of differentiable terms is differentiable; a sum of convergent terms converges
   (along any filter); a derivative of one sign makes a function strictly monotone, and the end points
   of the interval may be critical; where the entropy of attention tends to as scores and temperature
   move (attention_entropy_limit). *)
Require Import Reals Lra List.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Softmax.
Import ListNotations.
Open Scope R_scope.

Lemma is_derive_sum {K} (f : K -> R -> R) (df : K -> R) keys x :
  (forall k, In k keys -> is_derive (f k) x (df k)) ->
  is_derive (fun y => sum (fun k => f k y) keys) x (sum df keys).
Proof.
  induction keys as [| k keys IH]; intros D.
  - rewrite sum_nil. apply is_derive_ext with (fun _ => 0); [reflexivity |].
    exact (is_derive_const (0 : R_NormedModule) x).
  - rewrite sum_cons. apply is_derive_ext with (fun y => f k y + sum (fun k => f k y) keys);
      [reflexivity |].
    refine (is_derive_plus (V := R_NormedModule) _ _ x _ _ (D k (in_eq k keys)) (IH _)).
    intros; apply D; simpl; auto.
Qed.

Lemma filterlim_sum {K X} (L : (X -> Prop) -> Prop) {FL : Filter L}
    (f : K -> X -> R) (l : K -> R) keys :
  (forall k, In k keys -> filterlim (f k) L (locally (l k))) ->
  filterlim (fun y => sum (fun k => f k y) keys) L (locally (sum l keys)).
Proof.
  induction keys as [| k keys IH]; intros D; [apply filterlim_const |].
  rewrite sum_cons.
  refine (filterlim_comp_2 (f k) (fun y => sum (fun k => f k y) keys) Rplus
    (D k (in_eq k keys)) (IH _) _).
  - intros; apply D; simpl; auto.
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

(* ---- limits of entropy ---- *)

Lemma filterlim_ratio {X} (L : (X -> Prop) -> Prop) {FL : Filter L} (A Z : X -> R) (a z : R) :
  z <> 0 -> filterlim A L (locally a) -> filterlim Z L (locally z) ->
  filterlim (fun x => A x / Z x) L (locally (a / z)).
Proof.
  intros N LA LZ.
  refine (filterlim_comp_2 A (fun x => / Z x) Rmult LA _
    (filterlim_mult (K := R_AbsRing) a (/ z))).
  exact (filterlim_comp _ _ _ Z Rinv _ _ _ LZ (continuous_Rinv z N)).
Qed.

Lemma filterlim_difference {X} (L : (X -> Prop) -> Prop) {FL : Filter L} (A B : X -> R) (a b : R) :
  filterlim A L (locally a) -> filterlim B L (locally b) ->
  filterlim (fun x => A x - B x) L (locally (a - b)).
Proof.
  intros LA LB.
  refine (filterlim_comp_2 A (fun x => - B x) Rplus LA _
    (filterlim_plus (V := R_NormedModule) a (- b))).
  exact (filterlim_comp _ _ _ B Ropp _ _ _ LB (filterlim_opp (V := R_NormedModule) b)).
Qed.

(* it is enough to follow e^u and u e^u, u the score over the temperature, key by key *)
Lemma attention_entropy_limit {K X} (L : (X -> Prop) -> Prop) {FL : Filter L}
    keys (s : X -> K -> R) (tau : X -> R) (w a : K -> R) :
  keys <> [] -> 0 < sum w keys ->
  (forall k, In k keys -> filterlim (fun x => exp (s x k / tau x)) L (locally (w k))) ->
  (forall k, In k keys ->
    filterlim (fun x => s x k / tau x * exp (s x k / tau x)) L (locally (a k))) ->
  filterlim (fun x => attention_entropy keys (s x) (tau x)) L
    (locally (ln (sum w keys) - sum a keys / sum w keys)).
Proof.
  intros N Z W A. set (u := fun k x => s x k / tau x).
  assert (LZ : filterlim (fun x => sum (fun k => exp (u k x)) keys) L (locally (sum w keys)))
    by exact (filterlim_sum L (fun k x => exp (u k x)) w keys W).
  assert (LA : filterlim (fun x => sum (fun k => u k x * exp (u k x)) keys) L (locally (sum a keys)))
    by exact (filterlim_sum L (fun k x => u k x * exp (u k x)) a keys A).
  apply filterlim_ext with (fun x => ln (sum (fun k => exp (u k x)) keys)
    - sum (fun k => u k x * exp (u k x)) keys / sum (fun k => exp (u k x)) keys).
  - intros x. rewrite attention_entropy_eq, mean_total by assumption.
    change (total_weight keys (s x) (tau x)) with (sum (fun k => exp (u k x)) keys).
    rewrite (sum_ext (fun k => u k x * exp (u k x))
      (fun k => weight (s x) (tau x) k * s x k / tau x))
      by (intros; unfold u, weight, Rdiv; ring).
    rewrite sum_divide. unfold Rdiv. ring.
  - refine (filterlim_difference L _ _ _ _ _ (filterlim_ratio L _ _ _ _ _ LA LZ)); [| lra].
    exact (filterlim_comp _ _ _ _ ln _ _ _ LZ (continuous_ln _ Z)).
Qed.

(* the two limits of e^u and u e^u that occur: u towards 0, and u towards minus infinity *)
Lemma exp_limit_zero {X} (L : (X -> Prop) -> Prop) {FL : Filter L} (u : X -> R) :
  filterlim u L (locally 0) ->
  filterlim (fun x => exp (u x)) L (locally 1) /\
  filterlim (fun x => u x * exp (u x)) L (locally 0).
Proof.
  intros U. assert (E : filterlim (fun x => exp (u x)) L (locally 1)).
  { rewrite <- exp_0. exact (filterlim_comp _ _ _ u exp _ _ _ U (continuous_exp 0)). }
  split; [exact E |]. rewrite <- (Rmult_0_l 1).
  exact (filterlim_comp_2 u (fun x => exp (u x)) Rmult U E
    (filterlim_mult (K := R_AbsRing) 0 1)).
Qed.

Lemma exp_limit_m_infty {X} (L : (X -> Prop) -> Prop) {FL : Filter L} (u : X -> R) :
  filterlim u L (Rbar_locally m_infty) ->
  filterlim (fun x => exp (u x)) L (locally 0) /\
  filterlim (fun x => u x * exp (u x)) L (locally 0).
Proof.
  intros U. split.
  - exact (filterlim_comp _ _ _ u exp _ _ _ U is_lim_exp_m).
  - exact (filterlim_comp _ _ _ u (fun t => t * exp t) _ _ _ U is_lim_mul_exp_m).
Qed.

Lemma falling_line_limit (c d : R) :
  d < 0 -> filterlim (fun x => c + d * x) (Rbar_locally p_infty) (Rbar_locally m_infty).
Proof.
  intros D Q [M H]. exists ((M - c) / d). intros x B. apply H.
  apply Rmult_lt_gt_compat_neg_l with (r := d) in B; [| assumption].
  replace (d * ((M - c) / d)) with (M - c) in B by (field; lra). lra.
Qed.

Lemma negative_multiple_limit (d : R) :
  d < 0 -> filterlim (Rmult d) (Rbar_locally p_infty) (Rbar_locally m_infty).
Proof.
  intros D. apply filterlim_ext with (fun x => 0 + d * x); [intros; ring |].
  now apply falling_line_limit.
Qed.

(* terms that vanish outside the block *)
Lemma sum_on_block {K} (P : K -> bool) (f : K -> R) keys :
  sum (fun k => if P k then f k else 0) keys = sum f (inside P keys).
Proof.
  rewrite (sum_split P), (sum_const_on 0 _ (outside P keys)), Rmult_0_r, Rplus_0_r.
  - apply sum_ext. intros k I. now apply in_inside in I as [_ ->].
  - intros k I. now apply in_outside in I as [_ ->].
Qed.

Lemma sum_indicator {K} (P : K -> bool) keys :
  sum (fun k => if P k then 1 else 0) keys = size (inside P keys).
Proof. rewrite (sum_on_block P (fun _ => 1)), sum_const. ring. Qed.
