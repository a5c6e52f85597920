(* local-mean -- the local mean as the minimiser of the weighted squared loss, and how far the
   minimiser of any strongly convex local loss moves with the kernel.

   Source: localization, the claim that a local model is found by weighing losses with a kernel.
   Assumes: a kernel of positive mass; for other losses that they are differentiable and strongly
   convex, that both kernels' weights are nonnegative and sum to 1, and that both minimisers exist.

   Proved: what an answer costs beyond the local mean (excess_eq); a minimiser is the only one, and
   answers cost the more the farther they lie from it (minimiser_growth); minimisers of two kernels
   are no farther apart than the total variation times the diameter of the gradients over the
   convexity (minimisers_near), and so under a bound of the gradients (minimisers_near_lipschitz),
   which two keys attain (two_keys_attain); for the dial (dialled_minimisers_near). *)
Require Import Reals Lra List FunctionalExtensionality.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Calculus Softmax Truncation SkipCertificate.
From Locality Require Import Dial Rounding GroupLasso.
Import ListNotations.
Open Scope R_scope.

Lemma local_mean_bound_eq (mass distance : R) :
  local_mean_bound mass distance = mass * distance ^ 2.
Proof. reflexivity. Qed.


Lemma local_mean_stability_bound_eq (variation D mu : R) :
  local_mean_stability_bound variation D mu = variation * D / mu.
Proof. unfold local_mean_stability_bound, Rdiv. ring. Qed.

Lemma local_mean_lipschitz_bound_eq (variation G mu : R) :
  local_mean_lipschitz_bound variation G mu = variation * (2 * G) / mu.
Proof. unfold local_mean_lipschitz_bound, Rdiv. ring. Qed.

(* ---- the squared loss ---- *)

Definition local_mean {K I} (keys : list K) (w : K -> R) (y : K -> I -> R) (i : I) : R :=
  sum (fun k => w k * y k i) keys / sum w keys.
Definition squared_loss {K I} (dims : list I) (keys : list K) (w : K -> R) (y : K -> I -> R)
    (theta : I -> R) : R :=
  sum (fun k => w k * euclidean dims (fun i => y k i - theta i) ^ 2) keys.

Lemma squared_norm {I} (dims : list I) (u : I -> R) :
  euclidean dims u ^ 2 = sum (fun i => u i ^ 2) dims.
Proof.
  unfold euclidean. simpl. rewrite Rmult_1_r. apply sqrt_def, sum_nonneg. intros. apply pow2_ge_0.
Qed.

Lemma squared_loss_by_component {K I} (dims : list I) (keys : list K) w (y : K -> I -> R) theta :
  squared_loss dims keys w y theta
  = sum (fun i => sum (fun k => w k * (y k i - theta i) ^ 2) keys) dims.
Proof.
  unfold squared_loss. rewrite <- sum_swap. apply sum_ext. intros k _.
  now rewrite squared_norm, <- sum_scale.
Qed.

Lemma excess_component {K} (keys : list K) (w y : K -> R) (theta : R) :
  0 < sum w keys ->
  let m := sum (fun k => w k * y k) keys / sum w keys in
  sum (fun k => w k * (y k - theta) ^ 2) keys - sum (fun k => w k * (y k - m) ^ 2) keys
  = sum w keys * (theta - m) ^ 2.
Proof.
  intros P m. rewrite <- sum_minus.
  rewrite (sum_ext _ (fun k => (theta ^ 2 - m ^ 2) * w k + 2 * (m - theta) * (w k * y k)))
    by (intros; ring).
  rewrite sum_plus, !sum_scale. unfold m. field. lra.
Qed.

Theorem excess_eq {K I} (dims : list I) (keys : list K) w (y : K -> I -> R) theta :
  0 < sum w keys ->
  squared_loss dims keys w y theta - squared_loss dims keys w y (local_mean keys w y)
  = local_mean_bound (sum w keys) (euclidean dims (fun i => theta i - local_mean keys w y i)).
Proof.
  intros P. rewrite local_mean_bound_eq, squared_norm, !squared_loss_by_component, <- sum_minus.
  rewrite <- sum_scale. apply sum_ext. intros i _.
  exact (excess_component keys w (fun k => y k i) (theta i) P).
Qed.

(* ---- strongly convex losses ---- *)

Section Models.
Context {K I : Type} (dims : list I) (keys : list K).
Context (loss : K -> (I -> R) -> R) (grad : K -> (I -> R) -> I -> R) (mu : R).
Notation norm := (euclidean dims).
Notation inner := (dot dims).

Definition local_loss (p : K -> R) (theta : I -> R) : R := sum (fun k => p k * loss k theta) keys.
Definition minimises (p : K -> R) (theta : I -> R) : Prop :=
  forall other, local_loss p theta <= local_loss p other.
Definition differentiable : Prop :=
  forall k theta, In k keys -> gradient_of dims (loss k) theta (grad k theta).
Definition strongly_convex : Prop :=
  forall k here there, In k keys ->
    loss k there >= loss k here + inner (grad k here) (fun i => there i - here i)
                    + mu / 2 * norm (fun i => there i - here i) ^ 2.
Definition weighs (p : K -> R) : Prop := (forall k, In k keys -> 0 <= p k) /\ sum p keys = 1.

Lemma minimiser_flat p theta v :
  differentiable -> minimises p theta -> sum (fun k => p k * inner (grad k theta) v) keys = 0.
Proof.
  intros D M.
  assert (S : forall u, 0 <= sum (fun k => p k * inner (grad k theta) u) keys).
  { intros u. apply (slope_of_nonneg (fun t => local_loss p (fun i => theta i + t * u i)) _ 1);
      [| lra |].
    - apply (is_derive_sum (fun k t => p k * loss k (fun i => theta i + t * u i))). intros k J.
      apply (is_derive_scal (fun t => loss k (fun i => theta i + t * u i)) 0 (p k)).
      now apply D.
    - intros t _. replace (fun i => theta i + 0 * u i) with theta
        by (apply functional_extensionality; intros; ring).
      pose proof (M (fun i => theta i + t * u i)). lra. }
  pose proof (S v). pose proof (S (fun i => -1 * v i)) as N.
  rewrite (sum_ext _ (fun k => -1 * (p k * inner (grad k theta) v))) in N.
  - rewrite sum_scale in N. lra.
  - intros k _. rewrite inner_scale. ring.
Qed.

(* beyond a minimiser the loss grows at least as half the convexity times the squared distance *)
Theorem minimiser_growth p theta other :
  weighs p -> differentiable -> strongly_convex -> minimises p theta ->
  local_loss p other - local_loss p theta >= mu / 2 * norm (fun i => other i - theta i) ^ 2.
Proof.
  intros [P T] D C M. set (v := fun i => other i - theta i). apply Rle_ge.
  rewrite <- (Rmult_1_l (mu / 2 * norm v ^ 2)), <- T, <- sum_scale_r.
  rewrite <- (Rplus_0_r (sum _ keys)), <- (minimiser_flat p theta v D M), <- sum_plus.
  unfold local_loss. rewrite <- sum_minus. apply sum_le. intros k J.
  pose proof (C k theta other J) as L. fold v in L. specialize (P k J). nra.
Qed.

Lemma monotone k here there :
  strongly_convex -> In k keys ->
  mu * norm (fun i => there i - here i) ^ 2
  <= inner (fun i => grad k there i - grad k here i) (fun i => there i - here i).
Proof.
  intros C J. pose proof (C k here there J) as F. pose proof (C k there here J) as B.
  set (v := fun i => there i - here i) in *.
  rewrite (norm_ext dims _ (fun i => -1 * v i)), norm_scale, Rabs_left in B
    by (lra || (intros; unfold v; ring)).
  replace (fun i => here i - there i) with (fun i => -1 * v i) in B
    by (apply functional_extensionality; intros; unfold v; ring).
  rewrite inner_scale in B.
  rewrite (inner_comm dims _ v).
  replace (fun i => grad k there i - grad k here i)
    with (fun i => grad k there i + -1 * grad k here i)
    by (apply functional_extensionality; intros; ring).
  rewrite inner_plus, inner_scale, !(inner_comm dims v). lra.
Qed.

Theorem minimisers_near p p' theta theta' D :
  0 < mu -> weighs p -> weighs p' -> differentiable -> strongly_convex ->
  minimises p theta -> minimises p' theta' ->
  (forall j k, In j keys -> In k keys ->
     norm (fun i => grad j theta' i - grad k theta' i) <= D) ->
  norm (fun i => theta i - theta' i)
  <= local_mean_stability_bound (total_variation keys p p') D mu.
Proof.
  intros MU W W' F C M M' B. rewrite local_mean_stability_bound_eq.
  rewrite (norm_ext dims _ (fun i => -1 * (theta' i - theta i))), norm_scale by (intros; ring).
  replace (Rabs (-1)) with 1 by (rewrite Rabs_left; lra). rewrite Rmult_1_l.
  set (v := fun i => theta' i - theta i).
  set (moved := fun i => sum (fun k => p k * grad k theta' i) keys
                         - sum (fun k => p' k * grad k theta' i) keys).
  assert (BAL : sum p' keys = sum p keys) by (destruct W, W'; lra).
  assert (T : norm moved <= total_variation keys p p' * D).
  { rewrite total_variation_sym.
    exact (moved_mean keys p' p BAL norm (fun k => grad k theta') D (euclidean_seminorm dims) B). }
  assert (A : mu * norm v ^ 2 <= inner moved v).
  { unfold moved.
    replace (inner _ v) with (sum (fun k => p k * inner (grad k theta') v) keys
                              - sum (fun k => p' k * inner (grad k theta') v) keys).
    - rewrite (minimiser_flat p' theta' v F M'), Rminus_0_r.
      rewrite <- (Rminus_0_r (sum _ keys)), <- (minimiser_flat p theta v F M), <- sum_minus.
      destruct W as [P T1]. rewrite <- (Rmult_1_l (mu * norm v ^ 2)), <- T1, <- sum_scale_r.
      apply sum_le. intros k J. rewrite <- Rmult_minus_distr_l. apply Rmult_le_compat_l; [auto |].
      eapply Rle_trans; [exact (monotone k theta theta' C J) |]. right.
      fold v. unfold dot. rewrite <- sum_minus. apply sum_ext. intros. ring.
    - unfold dot. rewrite <- sum_minus.
      rewrite (sum_ext _ (fun k => sum (fun i => (p k - p' k) * grad k theta' i * v i) dims)).
      + rewrite sum_swap. apply sum_ext. intros i _. rewrite <- sum_minus, <- sum_scale_r.
        apply sum_ext. intros. ring.
      + intros k _. rewrite <- Rmult_minus_distr_r, <- sum_scale. apply sum_ext. intros. ring. }
  pose proof (inner_le dims moved v) as CS. pose proof (norm_nonneg dims v) as [V | V].
  - apply Rmult_le_reg_r with mu; [assumption |]. unfold Rdiv.
    rewrite Rmult_assoc, Rinv_l, Rmult_1_r by lra.
    apply Rmult_le_reg_r with (norm v); [assumption |].
    assert (norm moved * norm v <= total_variation keys p p' * D * norm v)
      by (apply Rmult_le_compat_r; lra). lra.
  - rewrite <- V. apply Rmult_le_pos; [| left; now apply Rinv_0_lt_compat].
    eapply Rle_trans; [apply (norm_nonneg dims moved) | exact T].
Qed.

Theorem minimisers_near_lipschitz p p' theta theta' G :
  0 < mu -> weighs p -> weighs p' -> differentiable -> strongly_convex ->
  minimises p theta -> minimises p' theta' ->
  (forall k, In k keys -> norm (grad k theta') <= G) ->
  norm (fun i => theta i - theta' i)
  <= local_mean_lipschitz_bound (total_variation keys p p') G mu.
Proof.
  intros MU W W' F C M M' B.
  rewrite local_mean_lipschitz_bound_eq, <- local_mean_stability_bound_eq.
  apply minimisers_near; try assumption. intros j k J N.
  rewrite (norm_ext dims _ (fun i => grad j theta' i + -1 * grad k theta' i)) by (intros; ring).
  eapply Rle_trans; [apply norm_plus |]. rewrite norm_scale, Rabs_left by lra.
  pose proof (B j J). pose proof (B k N). lra.
Qed.
End Models.

(* attention under two dials: a local model moves by no more than the dial's bound allows *)
Theorem dialled_minimisers_near {K I} (dims : list I) (keys : list K) P s lambda lambda' tau
    loss grad mu theta theta' D :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau -> 0 < mu ->
  differentiable dims keys loss grad -> strongly_convex dims keys loss grad mu ->
  minimises keys loss (probability keys (dialled P s lambda) tau) theta ->
  minimises keys loss (probability keys (dialled P s lambda') tau) theta' ->
  (forall j k, In j keys -> In k keys ->
     euclidean dims (fun i => grad j theta' i - grad k theta' i) <= D) ->
  euclidean dims (fun i => theta i - theta' i)
  <= local_mean_stability_bound (dial_stability_bound (Rabs (lambda - lambda')) tau) D mu.
Proof.
  intros NR NC TAU MU F C M M' B.
  assert (N : keys <> []) by eauto using inside_not_nil.
  assert (W : forall l, weighs keys (probability keys (dialled P s l) tau)).
  { intros l. split; [intros; left; now apply probability_pos | now apply probability_total]. }
  eapply Rle_trans; [now apply (minimisers_near dims keys loss grad mu
    (probability keys (dialled P s lambda) tau) (probability keys (dialled P s lambda') tau)
    theta theta' D) |].
  rewrite !local_mean_stability_bound_eq. unfold Rdiv. rewrite !Rmult_assoc.
  apply Rmult_le_compat_r; [| now apply dial_stability].
  destruct keys as [| k others]; [congruence |]. apply Rmult_le_pos.
  - eapply Rle_trans; [apply (norm_nonneg dims) | apply (B k k); apply in_eq].
  - left. now apply Rinv_0_lt_compat.
Qed.

(* ---- two keys that pull at a quadratic with opposite unit forces ---- *)

Definition pull (k : bool) : R := if k then 1 else -1.
Definition pulled (mu : R) (k : bool) (theta : unit -> R) : R :=
  mu / 2 * theta tt ^ 2 - pull k * theta tt.
Definition pulled_gradient (mu : R) (k : bool) (theta : unit -> R) (_ : unit) : R :=
  mu * theta tt - pull k.
Definition share (t : R) (k : bool) : R := if k then (1 + t) / 2 else (1 - t) / 2.

Lemma euclidean_single (u : unit -> R) : euclidean [tt] u = Rabs (u tt).
Proof.
  unfold euclidean. rewrite sum_cons, sum_nil, Rplus_0_r, <- Rsqr_pow2. apply sqrt_Rsqr_abs.
Qed.

Lemma pulled_differentiable (mu : R) :
  differentiable [tt] [true; false] (pulled mu) (pulled_gradient mu).
Proof.
  intros k theta _ v. unfold pulled, pulled_gradient, dot. rewrite sum_cons, sum_nil.
  auto_derive; [trivial | field].
Qed.

Lemma pulled_convex (mu : R) :
  strongly_convex [tt] [true; false] (pulled mu) (pulled_gradient mu) mu.
Proof.
  intros k here there _. unfold pulled, pulled_gradient, dot.
  rewrite squared_norm, !sum_cons, !sum_nil. right. field.
Qed.

Lemma pulled_minimiser (mu t : R) :
  0 < mu -> minimises [true; false] (pulled mu) (share t) (fun _ => t / mu).
Proof.
  intros MU other. unfold local_loss, pulled, share, pull. rewrite !sum_cons, !sum_nil.
  assert (0 <= mu / 2 * (other tt - t / mu) ^ 2)
    by (apply Rmult_le_pos; [lra | apply pow2_ge_0]).
  assert (E : mu * (t / mu) = t) by (field; lra).
  enough (mu / 2 * (t / mu) ^ 2 = t * (t / mu) / 2 /\
          mu / 2 * (other tt - t / mu) ^ 2
          = mu / 2 * other tt ^ 2 - t * other tt + t * (t / mu) / 2) as [A B] by lra.
  split; field; lra.
Qed.

Theorem two_keys_attain (mu t : R) :
  0 < mu -> 0 <= t <= 1 ->
  let keys := [true; false] in
  exists (loss : bool -> (unit -> R) -> R) grad theta theta',
    differentiable [tt] keys loss grad /\ strongly_convex [tt] keys loss grad mu /\
    weighs keys (share t) /\ weighs keys (share 0) /\
    minimises keys loss (share t) theta /\ minimises keys loss (share 0) theta' /\
    (forall k, In k keys -> euclidean [tt] (grad k theta') = 1) /\
    euclidean [tt] (fun i => grad true theta' i - grad false theta' i) = 2 /\
    total_variation keys (share t) (share 0) = t / 2 /\
    euclidean [tt] (fun i => theta i - theta' i) = 2 * (t / 2) / mu.
Proof.
  intros MU T keys.
  exists (pulled mu), (pulled_gradient mu), (fun _ => t / mu), (fun _ => 0 / mu).
  assert (W : forall r, 0 <= r <= 1 -> weighs keys (share r)).
  { intros r B. split; [intros [|] _; unfold share; lra |].
    unfold keys. rewrite !sum_cons, sum_nil. unfold share. field. }
  assert (Z : 0 / mu = 0) by (field; lra).
  do 2 (split; [apply pulled_differentiable || apply pulled_convex |]).
  do 2 (split; [apply W; lra |]). do 2 (split; [now apply pulled_minimiser |]). repeat split.
  - intros [|] _; rewrite euclidean_single; unfold pulled_gradient, pull; rewrite Z;
      [rewrite Rabs_left by lra | rewrite Rabs_right by lra]; ring.
  - rewrite euclidean_single. unfold pulled_gradient, pull. rewrite Rabs_left by lra. ring.
  - unfold total_variation, keys. rewrite !sum_cons, sum_nil. unfold share.
    rewrite Rabs_right, Rabs_left1 by lra. field.
  - rewrite euclidean_single, Z, Rabs_right; [field; lra |].
    apply Rle_ge. rewrite Rminus_0_r. apply Rmult_le_pos; [lra | left; now apply Rinv_0_lt_compat].
Qed.

Theorem two_keys_sharp (mu t : R) :
  0 < mu -> 0 < t <= 1 ->
  let keys := [true; false] in
  exists (loss : bool -> (unit -> R) -> R) grad p p' theta theta',
    (differentiable [tt] keys loss grad /\ strongly_convex [tt] keys loss grad mu /\
     weighs keys p /\ weighs keys p' /\ minimises keys loss p theta /\
     minimises keys loss p' theta' /\
     (forall k, In k keys -> euclidean [tt] (grad k theta') = 1) /\
     euclidean [tt] (fun i => grad true theta' i - grad false theta' i) = 2) /\
    total_variation keys p p' = t / 2 /\
    euclidean [tt] (fun i => theta i - theta' i)
      = local_mean_stability_bound (total_variation keys p p') 2 mu /\
    euclidean [tt] (fun i => theta i - theta' i)
      = local_mean_lipschitz_bound (total_variation keys p p') 1 mu /\
    euclidean [tt] (fun i => theta i - theta' i) > total_variation keys p p' * 1 / mu.
Proof.
  intros MU T keys.
  destruct (two_keys_attain mu t MU ltac:(lra)) as
    (loss & grad & theta & theta' & F & C & W & W' & M & M' & L & D & V & E).
  exists loss, grad, (share t), (share 0), theta, theta'.
  rewrite local_mean_stability_bound_eq, local_mean_lipschitz_bound_eq.
  fold keys in V. rewrite V, E.
  repeat (split; [assumption || (repeat (split; [assumption |]); assumption) |]).
  split; [reflexivity |]. split; [field; lra |]. split; [field; lra |].
  apply Rlt_gt. unfold Rdiv. apply Rmult_lt_compat_r; [now apply Rinv_0_lt_compat | lra].
Qed.
