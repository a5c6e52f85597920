(* group-lasso-attention -- how strongly a loss can pull at the bilinear scores of one block.

   Source: localist, explicit penalty thresholds under which attention concentrates on blocks.
   Assumes: scores q^T W_g k with one matrix W_g for each block of keys; queries, keys and values that
   do not depend on W; a loss that is differentiable at the output, its gradient at most G; |q| <= Q,
   |k| <= K, no two values farther apart than D; tau > 0.

   Proved: the loss has a gradient in W_g (gradient_exists); its Frobenius norm is at most
   G Q K D / tau times psi of the block's attention (gradient_le_bound), hence at most half of
   G Q K D / tau (bound_le_threshold); so is that of a mean over queries (mean_gradient_le); no
   smaller psi will do (heavy_block_sharp, light_block_sharp); a penalty above the threshold makes the
   scores of the block 0 (scores_dead), and then `leakage` and `entropy` apply (dead_concentrates);
   with all blocks switched off attention is uniform (all_dead_uniform).

   The heart is effect_le: with weights p, of numbers in an interval of length R, those of one block
   deviate from the mean of all by at most R psi(mass of the block), on average over the block. *)
Require Import Reals Lra List Bool.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Softmax Calculus Leakage Entropy Truncation.
From Locality Require Import SkipCertificate GroupLasso.
Import ListNotations.
Open Scope R_scope.

Definition psi (p : R) : R := p * (1 - p) + ramp (3 * p - 1) ^ 2 / 8.

Lemma group_lasso_attention_bound_eq (G Q K D tau p : R) :
  group_lasso_attention_bound G Q K D tau p = Q * K / tau * (G * D * psi p).
Proof. unfold group_lasso_attention_bound, psi, Rdiv. ring. Qed.

Lemma group_lasso_attention_threshold_bound_eq (G Q K D tau : R) :
  group_lasso_attention_threshold_bound G Q K D tau = Q * K / tau * (G * D / 2).
Proof. unfold group_lasso_attention_threshold_bound, Rdiv. ring. Qed.

(* ---- psi ---- *)

Lemma ramp_cases (t : R) : (0 <= t /\ ramp t = t) \/ (t <= 0 /\ ramp t = 0).
Proof.
  unfold ramp. destruct (Rle_or_lt 0 t).
  - left. split; [assumption | now apply Rmax_left].
  - right. split; [lra | apply Rmax_right; lra].
Qed.

Lemma psi_best (p t : R) : t <= p -> t * (1 + p - 2 * t) <= psi p.
Proof.
  intros T. unfold psi. destruct (ramp_cases (3 * p - 1)) as [[S ->] | [S ->]].
  - pose proof (pow2_ge_0 (t - (1 + p) / 4)). nra.
  - assert (0 <= (p - t) * (1 - 3 * p)) by (apply Rmult_le_pos; lra). nra.
Qed.

Lemma psi_le_half (p : R) : p <= 1 -> -1 <= p -> psi p <= 1 / 2.
Proof.
  intros P N. unfold psi. destruct (ramp_cases (3 * p - 1)) as [[S ->] | [S ->]]; nra.
Qed.

Lemma psi_heavy (p : R) : 1 / 3 <= p -> psi p = (1 + p) ^ 2 / 8.
Proof. intros P. unfold psi, ramp. rewrite Rmax_left by lra. field. Qed.

Lemma psi_light (p : R) : p <= 1 / 3 -> psi p = p * (1 - p).
Proof. intros P. unfold psi, ramp. rewrite Rmax_right by lra. field. Qed.

(* ---- numbers in an interval: how far those of a block are from the mean ---- *)

Lemma least {K} (keys : list K) (a : K -> R) :
  keys <> [] -> exists k, In k keys /\ forall j, In j keys -> a k <= a j.
Proof.
  induction keys as [| k keys IH]; intros N; [congruence |].
  destruct keys as [| k' keys].
  - exists k. split; [apply in_eq |]. intros j [-> | []]. apply Rle_refl.
  - destruct IH as [m [I M]]; [discriminate |]. destruct (Rle_or_lt (a k) (a m)) as [L | L].
    + exists k. split; [apply in_eq |]. intros j [-> | J]; [apply Rle_refl |].
      specialize (M j J). lra.
    + exists m. split; [now right |]. intros j [-> | J]; [lra | auto].
Qed.

Section Effect.
Context {K : Type} (keys : list K) (mine : K -> bool) (p a : K -> R) (low range : R).
Context (positive : forall k, In k keys -> 0 <= p k) (whole : sum p keys = 1).
Context (above : forall k, In k keys -> low <= a k) (below : forall k, In k keys -> a k <= low + range).

Let centre := sum (fun k => p k * a k) keys.
Let up k := if mine k then if Rle_dec centre (a k) then 1 else 0 else 0.
Let down k := if mine k then if Rle_dec centre (a k) then 0 else 1 else 0.
Let raised := sum (fun k => p k * up k) keys.
Let lowered := sum (fun k => p k * down k) keys.
Let mass := sum p (inside mine keys).

Lemma parts k : (up k = 1 /\ down k = 0) \/ (up k = 0 /\ down k = 1) \/ (up k = 0 /\ down k = 0).
Proof. unfold up, down. destruct (mine k), (Rle_dec centre (a k)); auto. Qed.

Lemma parts_nonneg k : In k keys -> 0 <= p k * up k /\ 0 <= p k * down k.
Proof. intros I. pose proof (positive k I). destruct (parts k) as [[-> ->] | [[-> ->] | [-> ->]]]; lra. Qed.

Lemma raised_nonneg : 0 <= raised.
Proof. apply sum_nonneg. intros. now apply parts_nonneg. Qed.

Lemma lowered_nonneg : 0 <= lowered.
Proof. apply sum_nonneg. intros. now apply parts_nonneg. Qed.

Lemma mass_parts : mass = raised + lowered.
Proof.
  unfold mass, raised, lowered. rewrite <- (sum_on_block mine p keys), <- sum_plus.
  apply sum_ext. intros k _. unfold up, down. destruct (mine k), (Rle_dec centre (a k)); ring.
Qed.

Lemma mass_le_one : mass <= 1.
Proof.
  unfold mass. rewrite <- whole, (sum_split mine p keys).
  enough (0 <= sum p (outside mine keys)) by lra.
  apply sum_nonneg. intros k I. apply in_outside in I. apply positive. tauto.
Qed.

Let tilt := raised - lowered.

Lemma effect_eq :
  sum (fun k => p k * Rabs (a k - centre)) (inside mine keys)
  = sum (fun k => p k * ((up k - down k - tilt) * (a k - low))) keys.
Proof.
  rewrite <- sum_on_block.
  rewrite (sum_ext (fun k => p k * ((up k - down k - tilt) * (a k - low)))
    (fun k => (p k * (up k - down k) * (a k - centre) + p k * (up k - down k) * (centre - low))
              - tilt * (p k * a k) + tilt * low * p k)) by (intros; ring).
  rewrite !sum_plus, sum_minus, !sum_scale, sum_plus, sum_scale_r. fold centre. rewrite whole.
  rewrite (sum_ext (fun k => p k * (up k - down k)) (fun k => p k * up k - p k * down k))
    by (intros; ring).
  rewrite sum_minus. fold raised lowered tilt.
  rewrite (sum_ext _ (fun k => p k * (up k - down k) * (a k - centre)) keys); [ring |].
  intros k I. unfold up, down. destruct (mine k); [| ring].
  destruct (Rle_dec centre (a k)); [rewrite Rabs_pos_eq | rewrite Rabs_left]; lra.
Qed.

Lemma balanced : sum (fun k => p k * (up k - down k - tilt)) keys = 0.
Proof.
  rewrite (sum_ext _ (fun k => (p k * up k - p k * down k) - p k * tilt)) by (intros; ring).
  rewrite !sum_minus, sum_scale_r, whole. unfold tilt, raised, lowered. ring.
Qed.

Lemma effect_raised :
  0 <= tilt -> sum (fun k => p k * ((up k - down k - tilt) * (a k - low))) keys
               <= range * (raised * (1 - tilt)).
Proof.
  intros T. pose proof mass_le_one. pose proof mass_parts. pose proof lowered_nonneg.
  assert (tilt <= 1) by (unfold tilt; lra).
  replace (range * (raised * (1 - tilt))) with (sum (fun k => p k * up k * ((1 - tilt) * range)) keys)
    by (rewrite sum_scale_r; fold raised; ring).
  apply sum_le. intros k I. rewrite Rmult_assoc. apply Rmult_le_compat_l; [auto |].
  specialize (above k I). specialize (below k I).
  destruct (parts k) as [[-> ->] | [[-> ->] | [-> ->]]]; nra.
Qed.

Lemma effect_lowered :
  tilt <= 0 -> sum (fun k => p k * ((up k - down k - tilt) * (a k - low))) keys
               <= range * (lowered * (1 + tilt)).
Proof.
  intros T. pose proof mass_le_one. pose proof mass_parts. pose proof raised_nonneg.
  assert (-1 <= tilt) by (unfold tilt; lra). pose proof balanced as E.
  rewrite (sum_ext _ (fun k => p k * (up k - down k - tilt) * range
    + p k * ((tilt + down k - up k) * (low + range - a k)))) by (intros; ring).
  rewrite sum_plus, sum_scale_r, E, Rmult_0_l, Rplus_0_l.
  replace (range * (lowered * (1 + tilt)))
    with (sum (fun k => p k * down k * ((1 + tilt) * range)) keys)
    by (rewrite sum_scale_r; fold lowered; ring).
  apply sum_le. intros k I. rewrite Rmult_assoc. apply Rmult_le_compat_l; [auto |].
  specialize (above k I). specialize (below k I).
  destruct (parts k) as [[-> ->] | [[-> ->] | [-> ->]]]; nra.
Qed.

Theorem effect_le_psi :
  0 <= range ->
  sum (fun k => p k * Rabs (a k - centre)) (inside mine keys) <= range * psi mass.
Proof.
  intros S. rewrite effect_eq. pose proof mass_parts as M.
  pose proof raised_nonneg. pose proof lowered_nonneg.
  destruct (Rle_or_lt 0 tilt) as [T | T].
  - eapply Rle_trans; [now apply effect_raised |]. apply Rmult_le_compat_l; [assumption |].
    pose proof (psi_best mass raised ltac:(lra)). unfold tilt.
    replace (raised * (1 - (raised - lowered))) with (raised * (1 + mass - 2 * raised)) by
      (rewrite M; ring). assumption.
  - eapply Rle_trans; [apply effect_lowered; lra |]. apply Rmult_le_compat_l; [assumption |].
    pose proof (psi_best mass lowered ltac:(lra)). unfold tilt.
    replace (lowered * (1 + (raised - lowered))) with (lowered * (1 + mass - 2 * lowered)) by
      (rewrite M; ring). assumption.
Qed.
End Effect.

Lemma effect_le {K} (keys : list K) (mine : K -> bool) s tau (a : K -> R) range :
  keys <> [] -> (forall j k, In j keys -> In k keys -> a j - a k <= range) ->
  sum (fun k => probability keys s tau k * Rabs (a k - mean keys s tau a)) (inside mine keys)
  <= range * psi (sum (probability keys s tau) (inside mine keys)).
Proof.
  intros N B. destruct (least keys a N) as [k [I L]].
  apply (effect_le_psi keys mine (probability keys s tau) a (a k) range).
  - intros. left. now apply probability_pos.
  - now apply probability_total.
  - exact L.
  - intros j J. specialize (B j k J I). lra.
  - specialize (B k k I I). lra.
Qed.

(* ---- the gradient in one block ---- *)

Lemma mean_moves {K} (keys : list K) (s d f : K -> R) tau :
  keys <> [] ->
  is_derive (fun t => mean keys (fun k => s k + t * d k) tau f) 0
    (sum (fun k => probability keys s tau k * (f k - mean keys s tau f) / tau * d k) keys).
Proof.
  intros N. set (w := weight s tau). set (Z := total_weight keys s tau).
  assert (Z0 : 0 < Z) by now apply total_weight_pos.
  assert (W : forall g, is_derive (fun t => sum (fun k => weight (fun k => s k + t * d k) tau k * g k)
      keys) 0 (sum (fun k => w k * (d k / tau) * g k) keys)).
  { intros g. apply (is_derive_sum (fun k t => weight (fun k => s k + t * d k) tau k * g k)).
    intros k _. unfold weight. auto_derive; [trivial |].
    unfold w, weight. replace ((s k + 0 * d k) * / tau) with (s k / tau) by (unfold Rdiv; ring).
    unfold Rdiv. ring. }
  apply is_derive_ext with (fun t => sum (fun k => weight (fun k => s k + t * d k) tau k * f k) keys
    / sum (fun k => weight (fun k => s k + t * d k) tau k * 1) keys).
  { intros t. rewrite mean_total by assumption. f_equal. unfold total_weight.
    apply sum_ext. intros. ring. }
  assert (E0 : forall g, sum (fun k => weight (fun k => s k + 0 * d k) tau k * g k) keys
                         = sum (fun k => w k * g k) keys).
  { intros g. apply sum_ext. intros. unfold w, weight. do 3 f_equal. ring. }
  assert (E1 : sum (fun k => w k * 1) keys = Z).
  { unfold Z, total_weight. apply sum_ext. intros. unfold w. ring. }
  assert (DD := is_derive_div _ _ 0 _ _ (W f) (W (fun _ => 1))).
  cbv beta in DD. rewrite (E0 (fun _ => 1)), E1, (E0 f) in DD.
  replace (sum _ keys) with ((sum (fun k => w k * (d k / tau) * f k) keys * Z
    - sum (fun k => w k * f k) keys * sum (fun k => w k * (d k / tau) * 1) keys) / Z ^ 2).
  { apply DD. lra. }
  rewrite mean_total by assumption. fold Z. fold w.
  replace ((_ - _) / Z ^ 2) with (sum (fun k => w k * (d k / tau) * f k) keys * / Z
    - sum (fun k => w k * (d k / tau) * 1) keys * (/ Z * (sum (fun k => w k * f k) keys / Z)))
    by (field; lra).
  rewrite <- !sum_scale_r, <- sum_minus. apply sum_ext. intros k _.
  unfold probability. fold w. fold Z. unfold Rdiv. ring.
Qed.

Lemma dot_sum {I L} (dims : list I) (v : I -> R) (c : L -> R) (u : L -> I -> R) some :
  dot dims v (fun i => sum (fun k => c k * u k i) some) = sum (fun k => c k * dot dims v (u k)) some.
Proof.
  unfold dot. rewrite (sum_ext _ (fun i => sum (fun k => c k * (v i * u k i)) some)).
  - rewrite sum_swap. apply sum_ext. intros. now rewrite sum_scale.
  - intros i _. rewrite <- sum_scale. apply sum_ext. intros. ring.
Qed.

Lemma sum_pairs {I J} (f : I -> J -> R) ds es :
  sum (fun il => f (fst il) (snd il)) (list_prod ds es) = sum (fun i => sum (f i) es) ds.
Proof.
  induction ds as [| i ds IH]; [reflexivity |]. simpl list_prod.
  rewrite sum_app, sum_cons, IH. f_equal. unfold sum. now rewrite map_map.
Qed.

Definition outer {I J} (u : I -> R) (v : J -> R) (il : I * J) : R := u (fst il) * v (snd il).

Lemma norm_outer {I J} (ds : list I) (es : list J) u v :
  euclidean (list_prod ds es) (outer u v) = euclidean ds u * euclidean es v.
Proof.
  unfold euclidean at 1, outer. rewrite (sum_ext _ (fun il => u (fst il) ^ 2 * v (snd il) ^ 2))
    by (intros; ring).
  rewrite (sum_pairs (fun i l => u i ^ 2 * v l ^ 2)), <- sum_product.
  apply sqrt_mult; apply sum_squares_nonneg.
Qed.

(* a function that moves along every differentiable path at the rate of its gradient *)
Definition differentiable_at {V} (vs : list V) (loss : (V -> R) -> R) (at_ slope : V -> R) : Prop :=
  forall (path : R -> V -> R) (speed : V -> R),
    (forall t0, path 0 t0 = at_ t0) -> (forall l, is_derive (fun t => path t l) 0 (speed l)) ->
    is_derive (fun t => loss (path t)) 0 (dot vs slope speed).

Definition replaced {M} (W : nat -> M) (b : nat) (block : M) (h : nat) : M :=
  if Nat.eqb h b then block else W h.

Section One.
Context {K I J V : Type} (keys : list K) (ds : list I) (es : list J) (vs : list V).
Context (q : I -> R) (key : K -> J -> R) (value : K -> V -> R) (block : K -> nat).
Context (loss : (V -> R) -> R) (tau : R).
Notation pairs := (list_prod ds es).

Definition score (W : nat -> I * J -> R) (k : K) : R := dot pairs (W (block k)) (outer q (key k)).
Definition block_loss (W : nat -> I * J -> R) (b : nat) (M : I * J -> R) : R :=
  loss (output keys (score (replaced W b M)) tau value).
Definition of_block (b : nat) (k : K) : bool := Nat.eqb (block k) b.

Context (W : nat -> I * J -> R) (b : nat) (slope : V -> R).
Context (visible : keys <> []).
Context (smooth : differentiable_at vs loss (output keys (score W) tau value) slope).

Let o := output keys (score W) tau value.
Let mine := of_block b.
Let pull k := probability keys (score W) tau k * dot vs slope (fun l => value k l - o l) / tau.

(* the gradient: the query times a weighted sum of the block's keys *)
Definition block_gradient : I * J -> R :=
  outer q (fun l => sum (fun k => pull k * key k l) (inside mine keys)).

Lemma score_moved v t k :
  score (replaced W b (fun il => W b il + t * v il)) k
  = score W k + t * (if mine k then dot pairs v (outer q (key k)) else 0).
Proof.
  unfold score, replaced, mine, of_block. destruct (Nat.eqb_spec (block k) b) as [-> | N]; [| ring].
  rewrite (inner_comm pairs (fun il => W b il + t * v il)), inner_plus, inner_scale.
  now rewrite !(inner_comm pairs (outer q (key k))).
Qed.

Lemma block_gradient_along v :
  dot pairs block_gradient v
  = sum (fun k => pull k * (if mine k then dot pairs v (outer q (key k)) else 0)) keys.
Proof.
  rewrite (sum_ext _ (fun k => if mine k then pull k * dot pairs v (outer q (key k)) else 0))
    by (intros k _; destruct (mine k); ring).
  rewrite sum_on_block, <- dot_sum, inner_comm. unfold dot. apply sum_ext. intros il _. f_equal.
  unfold block_gradient, outer. rewrite <- sum_scale. apply sum_ext. intros. ring.
Qed.

Theorem gradient_exists : gradient_of pairs (block_loss W b) (W b) block_gradient.
Proof.
  intros v. rewrite block_gradient_along. set (d := fun k => if mine k then dot pairs v (outer q (key k)) else 0).
  change (is_derive (fun t => block_loss W b (fun il => W b il + t * v il)) 0
    (sum (fun k => pull k * d k) keys)).
  replace (sum (fun k => pull k * d k) keys) with (dot vs slope (fun l => sum (fun k =>
    probability keys (score W) tau k * (value k l - o l) / tau * d k) keys)).
  - unfold block_loss. apply smooth.
    + intros l. unfold output, mean. apply sum_ext. intros k I0.
      assert (E : forall j, In j keys -> score (replaced W b (fun il => W b il + 0 * v il)) j
                  = score W j + 0) by (intros; rewrite score_moved; ring).
      f_equal. apply probability_shift with 0; [exact E | assumption].
    + intros l. eapply is_derive_ext; [| exact (mean_moves keys (score W) d
        (fun k => value k l) tau visible)].
      intros t. unfold output. unfold mean. apply sum_ext. intros k I0. f_equal.
      apply probability_shift with 0; [| exact I0]. intros j _. rewrite score_moved. unfold d. ring.
  - rewrite (sum_ext (fun k => pull k * d k) (fun k =>
      (probability keys (score W) tau k / tau * d k) * dot vs slope (fun l => value k l - o l)))
      by (intros; unfold pull, Rdiv; ring).
    rewrite <- dot_sum. unfold dot. apply sum_ext. intros l _. f_equal. apply sum_ext. intros.
    unfold Rdiv. ring.
Qed.

Context (G Q K0 D : R) (hot : 0 < tau).
Context (slope_le : euclidean vs slope <= G) (query_le : euclidean ds q <= Q).
Context (keys_le : forall k, In k keys -> euclidean es (key k) <= K0).
Context (values_le : forall j k, In j keys -> In k keys ->
  euclidean vs (fun l => value j l - value k l) <= D).

Let mass := sum (probability keys (score W) tau) (inside mine keys).

Lemma pull_eq k :
  pull k = probability keys (score W) tau k
    * (dot vs slope (value k) - mean keys (score W) tau (fun k => dot vs slope (value k))) / tau.
Proof.
  unfold pull. do 2 f_equal. rewrite dot_minus. f_equal.
  unfold o, output, mean. rewrite dot_sum. reflexivity.
Qed.

Lemma pulls_le :
  sum (fun k => Rabs (pull k)) (inside mine keys) <= / tau * (G * D * psi mass).
Proof.
  assert (T : 0 < / tau) by now apply Rinv_0_lt_compat.
  rewrite (sum_ext _ (fun k => / tau * (probability keys (score W) tau k
    * Rabs (dot vs slope (value k) - mean keys (score W) tau (fun k => dot vs slope (value k)))))).
  - rewrite sum_scale. apply Rmult_le_compat_l; [lra |]. apply effect_le; [assumption |].
    intros j k A B. rewrite <- dot_minus.
    eapply Rle_trans; [apply inner_le |]. specialize (values_le j k A B).
    apply Rmult_le_compat; auto using norm_nonneg.
  - intros k _. rewrite pull_eq. unfold Rdiv. rewrite !Rabs_mult, (Rabs_pos_eq (/ tau)) by lra.
    rewrite (Rabs_pos_eq (probability _ _ _ _)) by (left; now apply probability_pos). ring.
Qed.

Lemma keys_nonneg k : In k (inside mine keys) -> euclidean es (key k) <= K0.
Proof.
  intros A. apply in_inside in A as [A _]. now apply keys_le.
Qed.

Theorem block_gradient_le :
  euclidean pairs block_gradient <= group_lasso_attention_bound G Q K0 D tau mass.
Proof.
  rewrite group_lasso_attention_bound_eq. unfold block_gradient. rewrite norm_outer.
  pose proof (norm_nonneg ds q). pose proof pulls_le as P.
  assert (0 <= sum (fun k => Rabs (pull k)) (inside mine keys))
    by (apply sum_nonneg; intros; apply Rabs_pos).
  assert (C : inside mine keys = [] \/ exists k, In k (inside mine keys))
    by (destruct (inside mine keys) as [| k rest]; [now left | right; exists k; apply in_eq]).
  destruct C as [E | [k I0]].
  - rewrite (norm_ext es _ (fun _ => 0)) by (intros; now rewrite E).
    rewrite (proj2 (norm_zero_iff es (fun _ => 0))) by reflexivity.
    assert (Z : mass = 0) by (unfold mass; now rewrite E).
    rewrite Z, psi_light by lra. right. unfold Rdiv. ring.
  - assert (K1 : 0 <= K0)
      by (eapply Rle_trans; [apply (norm_nonneg es (key k)) | now apply keys_nonneg]).
    apply Rle_trans with (Q * (sum (fun k => Rabs (pull k)) (inside mine keys) * K0)).
    + apply Rmult_le_compat; [apply norm_nonneg | apply norm_nonneg | assumption |].
      eapply Rle_trans; [apply (seminorm_sum _ pull key _ (euclidean_seminorm es)) |].
      rewrite <- sum_scale_r. apply sum_le. intros j A.
      apply Rmult_le_compat_l; [apply Rabs_pos |]. now apply keys_nonneg.
    + replace (Q * K0 / tau * (G * D * psi mass)) with (Q * (/ tau * (G * D * psi mass) * K0))
        by (unfold Rdiv; ring).
      apply Rmult_le_compat_l; [lra |]. now apply Rmult_le_compat_r.
Qed.

Theorem bound_le_threshold :
  group_lasso_attention_bound G Q K0 D tau mass
  <= group_lasso_attention_threshold_bound G Q K0 D tau.
Proof.
  rewrite group_lasso_attention_bound_eq, group_lasso_attention_threshold_bound_eq.
  assert (M : 0 <= mass <= 1).
  { unfold mass. split.
    - apply sum_nonneg. intros. left. now apply probability_pos.
    - apply mass_le_one; [intros; left; now apply probability_pos | now apply probability_total]. }
  pose proof (psi_le_half mass ltac:(lra) ltac:(lra)).
  destruct keys as [| k rest]; [congruence |].
  pose proof (keys_le k (in_eq _ _)). pose proof (norm_nonneg es (key k)).
  pose proof (values_le k k (in_eq _ _) (in_eq _ _)).
  pose proof (norm_nonneg vs (fun l => value k l - value k l)).
  pose proof (norm_nonneg vs slope). pose proof (norm_nonneg ds q).
  assert (0 < / tau) by now apply Rinv_0_lt_compat.
  apply Rmult_le_compat_l.
  - unfold Rdiv. apply Rmult_le_pos; [apply Rmult_le_pos |]; lra.
  - assert (0 <= G * D) by (apply Rmult_le_pos; lra). unfold Rdiv. nra.
Qed.
End One.

(* a loss has one gradient, so a bound on one of them is a bound on all *)
Lemma gradient_norm_unique {I} (dims : list I) loss w one other :
  gradient_of dims loss w one -> gradient_of dims loss w other ->
  euclidean dims one = euclidean dims other.
Proof.
  assert (L : forall u v, gradient_of dims loss w u -> gradient_of dims loss w v ->
    euclidean dims u <= euclidean dims v).
  { intros u v A B. pose proof (is_derive_unique _ _ _ (A u)) as E.
    rewrite (is_derive_unique _ _ _ (B u)) in E. pose proof (inner_le dims v u) as C.
    rewrite dot_self in E. pose proof (norm_nonneg dims u). pose proof (norm_nonneg dims v).
    destruct (Rle_or_lt (euclidean dims u) (euclidean dims v)) as [| F]; [assumption | nra]. }
  intros A B. apply Rle_antisym; now apply L.
Qed.

(* ---- a mean over queries ---- *)

Section Many.
Context {X K I J V : Type} (looks : list X) (keys : X -> list K).
Context (ds : list I) (es : list J) (vs : list V).
Context (q : X -> I -> R) (key : X -> K -> J -> R) (value : X -> K -> V -> R).
Context (block : X -> K -> nat) (loss : X -> (V -> R) -> R) (tau : R).
Notation pairs := (list_prod ds es).

Definition scores (x : X) : (nat -> I * J -> R) -> K -> R :=
  score ds es (q x) (key x) (block x).
Definition mean_loss (W : nat -> I * J -> R) (b : nat) (M : I * J -> R) : R :=
  sum (fun x => block_loss (keys x) ds es (q x) (key x) (value x) (block x) (loss x) tau W b M) looks
  / size looks.

Context (W : nat -> I * J -> R) (b : nat) (slope : X -> V -> R) (G Q K0 D : R).
Context (asked : looks <> []) (hot : 0 < tau) (visible : forall x, In x looks -> keys x <> []).
Context (smooth : forall x, In x looks ->
  differentiable_at vs (loss x) (output (keys x) (scores x W) tau (value x)) (slope x)).
Context (slope_le : forall x, In x looks -> euclidean vs (slope x) <= G).
Context (query_le : forall x, In x looks -> euclidean ds (q x) <= Q).
Context (keys_le : forall x k, In x looks -> In k (keys x) -> euclidean es (key x k) <= K0).
Context (values_le : forall x j k, In x looks -> In j (keys x) -> In k (keys x) ->
  euclidean vs (fun l => value x j l - value x k l) <= D).

Let mass x := sum (probability (keys x) (scores x W) tau) (inside (of_block (block x) b) (keys x)).
Let own x :=
  block_gradient (keys x) ds es vs (q x) (key x) (value x) (block x) tau W b (slope x).

Definition mean_gradient (il : I * J) : R := sum (fun x => / size looks * own x il) looks.

Lemma mean_gradient_exists : gradient_of pairs (mean_loss W b) (W b) mean_gradient.
Proof.
  intros v. rewrite inner_comm. unfold mean_gradient. rewrite dot_sum.
  apply is_derive_ext with (fun t => sum (fun x => / size looks * block_loss (keys x) ds es (q x)
    (key x) (value x) (block x) (loss x) tau W b (fun il => W b il + t * v il)) looks).
  { intros t. rewrite sum_scale. apply Rmult_comm. }
  apply (is_derive_sum (fun x t => / size looks * block_loss (keys x) ds es (q x)
    (key x) (value x) (block x) (loss x) tau W b (fun il => W b il + t * v il))).
  intros x A. rewrite (inner_comm pairs v). apply is_derive_scal. unfold own.
  apply gradient_exists; auto. now apply smooth.
Qed.

Lemma mean_gradient_le_mean (T : X -> R) :
  (forall x, In x looks -> euclidean pairs (own x) <= T x) ->
  euclidean pairs mean_gradient <= sum T looks / size looks.
Proof.
  intros B. pose proof (size_pos looks asked) as S.
  assert (0 < / size looks) by now apply Rinv_0_lt_compat.
  eapply Rle_trans; [apply (seminorm_sum _ (fun _ => / size looks) own _ (euclidean_seminorm pairs)) |].
  rewrite (Rabs_pos_eq (/ size looks)), sum_scale by lra. unfold Rdiv. rewrite Rmult_comm.
  apply Rmult_le_compat_r; [lra |]. now apply sum_le.
Qed.

Theorem mean_gradient_le grad :
  gradient_of pairs (mean_loss W b) (W b) grad ->
  euclidean pairs grad
  <= sum (fun x => group_lasso_attention_bound G Q K0 D tau (mass x)) looks / size looks.
Proof.
  intros A. rewrite (gradient_norm_unique _ _ _ _ _ A mean_gradient_exists).
  apply mean_gradient_le_mean. intros x I0. unfold own.
  apply block_gradient_le; auto; intros; eauto.
Qed.

Theorem mean_gradient_le_threshold grad :
  gradient_of pairs (mean_loss W b) (W b) grad ->
  euclidean pairs grad <= group_lasso_attention_threshold_bound G Q K0 D tau.
Proof.
  intros A. eapply Rle_trans; [now apply mean_gradient_le |].
  pose proof (size_pos looks asked) as S.
  apply Rle_trans
    with (sum (fun _ : X => group_lasso_attention_threshold_bound G Q K0 D tau) looks / size looks).
  - apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat |]. apply sum_le. intros x I0.
    apply bound_le_threshold with (vs := vs) (ds := ds) (es := es) (q := q x) (key := key x)
      (value := value x) (loss := loss x) (slope := slope x); auto; intros; eauto.
  - rewrite sum_const. right. field. lra.
Qed.

Lemma dead_scores : (forall il, In il pairs -> W b il = 0) ->
  forall x k, block x k = b -> scores x W k = 0.
Proof.
  intros Z x k B. unfold scores, score, dot. rewrite B.
  rewrite (sum_ext _ (fun _ => 0)), sum_const; [ring |]. intros il A. rewrite Z by assumption. ring.
Qed.

Theorem scores_dead grad lambda :
  gradient_of pairs (mean_loss W b) (W b) grad -> stationary pairs grad lambda (W b) ->
  group_lasso_attention_threshold_bound G Q K0 D tau < lambda ->
  forall x k, block x k = b -> scores x W k = 0.
Proof.
  intros A S L. apply dead_scores. apply (stationary_dead pairs grad lambda); [exact S |].
  eapply Rle_lt_trans; [now apply mean_gradient_le_threshold | exact L].
Qed.

Theorem dead_is_stationary grad lambda :
  gradient_of pairs (mean_loss W b) (W b) grad -> (forall il, In il pairs -> W b il = 0) ->
  group_lasso_attention_threshold_bound G Q K0 D tau <= lambda -> stationary pairs grad lambda (W b).
Proof.
  intros A Z L. pose proof (mean_gradient_le_threshold grad A).
  pose proof (norm_nonneg pairs grad). apply stationary_zero_iff; [lra | | lra].
  now apply norm_zero_iff.
Qed.
End Many.

(* ---- what dead blocks do to attention ---- *)

Theorem dead_concentrates {K} (keys : list K) P s tau Delta :
  inside P keys <> [] -> outside P keys <> [] -> 0 < tau -> 0 <= Delta ->
  (forall k, In k keys -> P k = false -> s k = 0) ->
  (forall k, In k keys -> P k = true -> Delta <= s k) ->
  leakage keys P s tau <= leakage_bound (size (inside P keys)) (size (outside P keys)) (Delta / tau) /\
  attention_entropy keys s tau
  <= entropy_bound (size (inside P keys)) (size (outside P keys)) (Delta / tau).
Proof.
  intros NR NC T D Z A. assert (M : margin keys P s Delta).
  { intros j k J Pj I Pk. rewrite (Z k I Pk). specialize (A j J Pj). lra. }
  split; [now apply leakage_le_bound | now apply entropy_le_bound].
Qed.

Theorem all_dead_uniform {K} (keys : list K) s tau :
  keys <> [] -> (forall k, In k keys -> s k = 0) -> attention_entropy keys s tau = ln (size keys).
Proof.
  intros N Z. rewrite attention_entropy_eq by assumption.
  rewrite (mean_const_on keys s tau s 0) by assumption.
  unfold total_weight. rewrite (sum_ext _ (fun _ => 1)), sum_const, Rmult_1_r.
  - unfold Rdiv. ring.
  - intros k I. unfold weight. rewrite Z by assumption. unfold Rdiv. rewrite Rmult_0_l. apply exp_0.
Qed.

(* ---- no smaller psi will do: keys +K and -K, one block of them, values at the ends ---- *)

Definition sign (k : nat) : R := match k with 1%nat => -1 | _ => 1 end.
Definition own_block (k : nat) : nat := match k with 2%nat => 1%nat | _ => 0%nat end.
Definition high (k : nat) : R := match k with 1%nat => 0 | _ => 1 end.

Section Sharp.
Context (G Q K0 D tau : R) (hot : 0 < tau) (query : 0 < Q) (long : 0 < K0).
Context (slope_pos : 0 <= G) (apart : 0 <= D).

Definition sharp_key (k : nat) (_ : unit) : R := K0 * sign k.
Definition sharp_value (k : nat) (_ : unit) : R := D * high k.
Definition sharp_score : (nat -> unit * unit -> R) -> nat -> R :=
  score [tt] [tt] (fun _ => Q) sharp_key own_block.
Definition sharp_loss (keys : list nat) W b : (unit * unit -> R) -> R :=
  block_loss keys [tt] [tt] (fun _ => Q) sharp_key sharp_value own_block (fun o => G * o tt) tau W b.

Lemma sharp_score_eq W k : sharp_score W k = Q * K0 * (sign k * W (own_block k) (tt, tt)).
Proof.
  unfold sharp_score, score, dot, outer, sharp_key. simpl list_prod.
  rewrite sum_cons, sum_nil. simpl. ring.
Qed.

Lemma norm_single (u : unit * unit -> R) : euclidean (list_prod [tt] [tt]) u = Rabs (u (tt, tt)).
Proof.
  unfold euclidean. simpl list_prod. rewrite sum_cons, sum_nil, Rplus_0_r.
  rewrite <- (Rsqr_pow2 (u (tt, tt))). apply sqrt_Rsqr_abs.
Qed.

(* any weights of one or two keys of the block and a third one are those of some matrices *)
Lemma sharp_attention (keys : list nat) (p : nat -> R) W (c : R) :
  keys <> [] -> sum p keys = 1 -> (forall k, In k keys -> 0 < p k) ->
  (forall k, In k keys -> sharp_score W k = tau * ln (p k) + c) ->
  forall k, In k keys -> probability keys (sharp_score W) tau k = p k.
Proof.
  intros N S P E k I. rewrite (probability_shift keys _ (fun k => tau * ln (p k)) tau c E k I).
  assert (F : forall j, In j keys -> weight (fun k => tau * ln (p k)) tau j = p j).
  { intros j J. unfold weight. replace (tau * ln (p j) / tau) with (ln (p j)) by (field; lra).
    apply exp_ln. auto. }
  unfold probability, total_weight. rewrite (sum_ext _ p keys F), S, F by assumption. field.
Qed.

Lemma linear_smooth at_ :
  differentiable_at [tt] (fun o : unit -> R => G * o tt) at_ (fun _ => G).
Proof.
  intros path speed _ S. unfold dot. rewrite sum_cons, sum_nil, Rplus_0_r.
  apply is_derive_scal. apply S.
Qed.

Lemma sharp_norm (keys : list nat) W grad :
  keys <> [] -> gradient_of (list_prod [tt] [tt]) (sharp_loss keys W 0) (W 0%nat) grad ->
  let p := probability keys (sharp_score W) tau in
  let o := sum (fun k => p k * high k) keys in
  euclidean (list_prod [tt] [tt]) grad
  = Rabs (Q * K0 * G * D / tau
          * sum (fun k => p k * (high k - o) * sign k) (inside (of_block own_block 0) keys)).
Proof.
  intros N A p o.
  rewrite (gradient_norm_unique _ _ _ _ _ A (gradient_exists keys [tt] [tt] [tt] (fun _ => Q)
    sharp_key sharp_value own_block _ tau W 0%nat (fun _ => G) N (linear_smooth _))).
  rewrite norm_single. f_equal. unfold block_gradient, outer. simpl fst. simpl snd.
  rewrite <- !sum_scale. apply sum_ext. intros k _.
  unfold dot. rewrite sum_cons, sum_nil, Rplus_0_r. fold sharp_score. fold p.
  unfold output, mean, sharp_value, sharp_key. fold p.
  rewrite (sum_ext _ (fun j => D * (p j * high j)) keys) by (intros; ring).
  rewrite sum_scale. fold o. unfold Rdiv. ring.
Qed.

Definition two_blocks (here there : R) (h : nat) (_ : unit * unit) : R :=
  match h with 0%nat => here | _ => there end.

Theorem heavy_block_sharp p :
  1 / 3 < p < 1 ->
  exists W, let keys := [0; 1; 2]%nat in
    sum (probability keys (sharp_score W) tau) (inside (of_block own_block 0) keys) = p /\
    forall grad, gradient_of (list_prod [tt] [tt]) (sharp_loss keys W 0) (W 0%nat) grad ->
      euclidean (list_prod [tt] [tt]) grad = group_lasso_attention_bound G Q K0 D tau p.
Proof.
  intros P. set (a := (3 * p - 1) / 4). set (b := (1 + p) / 4).
  assert (AB : 0 < a /\ 0 < b) by (unfold a, b; lra).
  set (c := - (tau * (ln a + ln b) / 2)).
  exists (two_blocks (tau * (ln a - ln b) / 2 / (Q * K0)) ((tau * ln (1 - p) + c) / (Q * K0))).
  intros keys.
  set (W := two_blocks _ _). set (m := fun k : nat => match k with 0%nat => a | 1%nat => b | _ => 1 - p end).
  assert (E : forall k, In k keys -> probability keys (sharp_score W) tau k = m k).
  { apply sharp_attention with c; [discriminate | | |].
    - unfold keys. rewrite !sum_cons, sum_nil. unfold m, a, b. field.
    - intros k [<- | [<- | [<- | []]]]; unfold m; lra.
    - intros k [<- | [<- | [<- | []]]]; rewrite sharp_score_eq; unfold W, two_blocks, m, c; simpl;
        field; lra. }
  pose proof (E 0%nat ltac:(simpl; auto)) as E0. pose proof (E 1%nat ltac:(simpl; auto)) as E1.
  pose proof (E 2%nat ltac:(simpl; auto)) as E2.
  assert (B : inside (of_block own_block 0) keys = [0; 1]%nat) by reflexivity.
  split.
  - rewrite B, !sum_cons, sum_nil, E0, E1. unfold m, a, b. field.
  - intros grad A. rewrite (sharp_norm keys W grad ltac:(discriminate) A), B. unfold keys at 1 3.
    rewrite !sum_cons, !sum_nil. fold keys. rewrite E0, E1, E2, group_lasso_attention_bound_eq.
    rewrite psi_heavy by lra. unfold m, high, sign.
    rewrite Rabs_pos_eq; [unfold a, b; field; lra |].
    replace (Q * K0 * G * D / tau * _) with (Q * K0 * (/ tau) * (G * D) * (b * (1 + a - b)))
      by (unfold a, b; field; lra).
    assert (0 < / tau) by now apply Rinv_0_lt_compat.
    repeat apply Rmult_le_pos; unfold a, b; lra.
Qed.

Theorem light_block_sharp p :
  0 < p <= 1 / 3 ->
  exists W, let keys := [1; 2]%nat in
    sum (probability keys (sharp_score W) tau) (inside (of_block own_block 0) keys) = p /\
    forall grad, gradient_of (list_prod [tt] [tt]) (sharp_loss keys W 0) (W 0%nat) grad ->
      euclidean (list_prod [tt] [tt]) grad = group_lasso_attention_bound G Q K0 D tau p.
Proof.
  intros P. exists (two_blocks (- (tau * ln p) / (Q * K0)) (tau * ln (1 - p) / (Q * K0))).
  intros keys.
  set (W := two_blocks _ _). set (m := fun k : nat => match k with 1%nat => p | _ => 1 - p end).
  assert (E : forall k, In k keys -> probability keys (sharp_score W) tau k = m k).
  { apply sharp_attention with 0; [discriminate | | |].
    - unfold keys. rewrite !sum_cons, sum_nil. unfold m. ring.
    - intros k [<- | [<- | []]]; unfold m; lra.
    - intros k [<- | [<- | []]]; rewrite sharp_score_eq; unfold W, two_blocks, m; simpl;
        field; lra. }
  pose proof (E 1%nat ltac:(simpl; auto)) as E1. pose proof (E 2%nat ltac:(simpl; auto)) as E2.
  assert (B : inside (of_block own_block 0) keys = [1]%nat) by reflexivity.
  split.
  - rewrite B, !sum_cons, sum_nil, E1. unfold m. ring.
  - intros grad A. rewrite (sharp_norm keys W grad ltac:(discriminate) A), B. unfold keys at 1 3.
    rewrite !sum_cons, !sum_nil. fold keys. rewrite E1, E2, group_lasso_attention_bound_eq.
    rewrite psi_light by lra. unfold m, high, sign.
    rewrite Rabs_pos_eq; [field; lra |].
    replace (Q * K0 * G * D / tau * _) with (Q * K0 * (/ tau) * (G * D) * (p * (1 - p)))
      by (field; lra).
    assert (0 < / tau) by now apply Rinv_0_lt_compat.
    repeat apply Rmult_le_pos; lra.
Qed.
End Sharp.
