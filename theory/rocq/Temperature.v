(* temperature -- entropy rises with temperature, at the rate Var_p(s) / tau^3.

   Source: localist, temperature as the control of how sharply attention concentrates.
   Assumes: the list of keys is not empty; tau > 0.

   Proved: the derivative of the entropy in tau is the variance of the scores over tau^3
   (temperature_derivative), and zero only if all scores are equal (temperature_rate_zero_iff); entropy
   rises strictly with tau unless all scores are equal (temperature_increasing), and is then ln n
   (temperature_constant); at negative tau it falls (temperature_negative); it tends to ln n as tau grows
   (temperature_to_infinity) and to the logarithm of the number of highest scores as tau falls to 0
   (temperature_to_zero), at least as fast as the bound of `entropy` at the gap between the highest
   scores and the rest (temperature_rate). *)
Require Import Reals Lra List.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Softmax Calculus Entropy.
Import ListNotations.
Open Scope R_scope.

Lemma temperature_bound_eq (variance tau : R) :
  tau <> 0 -> temperature_bound variance tau = variance / tau ^ 3.
Proof. intros T. unfold temperature_bound. now field. Qed.

Definition all_equal {K} (keys : list K) (s : K -> R) : Prop :=
  forall j k, In j keys -> In k keys -> s j = s k.

(* ---- the derivative ---- *)

(* sum of weight * score^n: Z, and the numerators of the first two moments *)
Definition moment {K} (keys : list K) (s : K -> R) (n : nat) (tau : R) : R :=
  sum (fun k => weight s tau k * s k ^ n) keys.

Lemma moment_derivative {K} (keys : list K) s n tau :
  tau <> 0 -> is_derive (moment keys s n) tau (- moment keys s (S n) tau / tau ^ 2).
Proof.
  intros T. assert (E : - moment keys s (S n) tau / tau ^ 2
                        = sum (fun k => weight s tau k * s k ^ S n * (- / tau ^ 2)) keys)
    by (rewrite sum_scale_r; fold (moment keys s (S n) tau); now field).
  rewrite E.
  apply (is_derive_sum (fun k t => weight s t k * s k ^ n)). intros k _. unfold weight.
  auto_derive; [assumption |]. change (s k * / tau) with (s k / tau). simpl. now field.
Qed.

Lemma total_weight_moment {K} (keys : list K) s tau : total_weight keys s tau = moment keys s 0 tau.
Proof. apply sum_ext. intros. simpl. ring. Qed.

Lemma mean_moment {K} (keys : list K) s tau :
  keys <> [] -> mean keys s tau s = moment keys s 1 tau / moment keys s 0 tau.
Proof.
  intros N. rewrite mean_total, total_weight_moment by assumption. f_equal.
  apply sum_ext. intros. now rewrite pow_1.
Qed.

Lemma variance_moment {K} (keys : list K) s tau :
  keys <> [] ->
  variance keys s tau s
  = moment keys s 2 tau / moment keys s 0 tau - (moment keys s 1 tau / moment keys s 0 tau) ^ 2.
Proof.
  intros N. unfold variance. rewrite <- mean_moment by assumption.
  set (mu := mean keys s tau s). rewrite mean_total, total_weight_moment by assumption.
  assert (Z : 0 < moment keys s 0 tau) by (rewrite <- total_weight_moment; now apply total_weight_pos).
  rewrite (sum_ext _ (fun k => weight s tau k * s k ^ 2 - 2 * mu * (weight s tau k * s k ^ 1)
                               + mu ^ 2 * (weight s tau k * s k ^ 0))) by (intros; ring).
  rewrite sum_plus, sum_minus, !sum_scale.
  fold (moment keys s 2 tau) (moment keys s 1 tau) (moment keys s 0 tau).
  assert (E : moment keys s 1 tau = mu * moment keys s 0 tau)
    by (unfold mu; rewrite mean_moment by assumption; field; lra).
  rewrite E. field. lra.
Qed.

(* the same on named aggregates: H = ln Z - (A / Z) / tau with Z' = - A / tau^2, A' = - B / tau^2 *)
Lemma aggregate_derivative (Z A : R -> R) (B tau : R) :
  tau <> 0 -> 0 < Z tau -> is_derive Z tau (- A tau / tau ^ 2) -> is_derive A tau (- B / tau ^ 2) ->
  is_derive (fun t => ln (Z t) - A t / Z t / t) tau ((B / Z tau - (A tau / Z tau) ^ 2) / tau ^ 3).
Proof.
  intros T P DZ DA. assert (ex_derive Z tau) by (eexists; apply DZ).
  assert (ex_derive A tau) by (eexists; apply DA).
  assert (EZ : Derive (fun t : R => Z t) tau = - A tau / tau ^ 2)
    by exact (is_derive_unique Z _ _ DZ).
  assert (EA : Derive (fun t : R => A t) tau = - B / tau ^ 2)
    by exact (is_derive_unique A _ _ DA).
  auto_derive; [repeat split; auto; lra |]. rewrite EZ, EA. field. split; lra.
Qed.

Theorem temperature_derivative {K} (keys : list K) s tau :
  keys <> [] -> tau <> 0 ->
  is_derive (attention_entropy keys s) tau (temperature_bound (variance keys s tau s) tau).
Proof.
  intros N T. rewrite temperature_bound_eq, variance_moment by assumption.
  apply is_derive_ext
    with (fun t => ln (moment keys s 0 t) - moment keys s 1 t / moment keys s 0 t / t).
  - intros t. rewrite attention_entropy_eq, mean_moment, total_weight_moment; auto.
  - apply aggregate_derivative; [assumption | | |]; try now apply moment_derivative.
    rewrite <- total_weight_moment. now apply total_weight_pos.
Qed.

(* ---- monotone, and when strictly ---- *)

Lemma variance_pos {K} (keys : list K) s tau :
  (exists j k, In j keys /\ In k keys /\ s j <> s k) -> 0 < variance keys s tau s.
Proof.
  intros (j & k & J & I & D). set (mu := mean keys s tau s).
  apply mean_gt; [intros; apply pow2_ge_0 |]. fold mu.
  destruct (Req_dec (s j) mu) as [E | E].
  - exists k. split; [assumption |]. apply pow2_gt_0. lra.
  - exists j. split; [assumption |]. apply pow2_gt_0. lra.
Qed.

Theorem temperature_rate_zero_iff {K} (keys : list K) s tau :
  keys <> [] -> tau <> 0 ->
  temperature_bound (variance keys s tau s) tau = 0 <-> all_equal keys s.
Proof.
  intros N T. rewrite temperature_bound_eq by assumption. split; intros H.
  - intros j k J I. destruct (Req_dec (s j) (s k)) as [E | D]; [exact E | exfalso].
    assert (V : 0 < variance keys s tau s) by (apply variance_pos; now exists j, k).
    apply Rmult_integral in H as [H | H]; [lra |].
    apply (Rinv_neq_0_compat (tau ^ 3)); [now apply pow_nonzero | exact H].
  - destruct keys as [| i keys]; [congruence |]. set (l := i :: keys) in *.
    assert (S : forall k, In k l -> s k = s i) by (intros; apply H; simpl; auto).
    assert (M : mean l s tau s = s i).
    { rewrite <- (mean_const l s tau (s i) N). apply sum_ext. intros. now rewrite S. }
    unfold variance. rewrite M. unfold mean. rewrite (sum_const_on 0); [field; assumption |].
    intros k I. rewrite (S k I). ring.
Qed.

Theorem temperature_increasing {K} (keys : list K) s tau tau' :
  (exists j k, In j keys /\ In k keys /\ s j <> s k) -> 0 < tau < tau' ->
  attention_entropy keys s tau < attention_entropy keys s tau'.
Proof.
  intros D T. assert (N : keys <> []) by (destruct D as (j & _ & I & _); intros ->; inversion I).
  apply increasing_by_derivative
    with (df := fun t => temperature_bound (variance keys s t s) t); [lra | |].
  - intros. apply temperature_derivative; [assumption | lra].
  - intros t B. rewrite temperature_bound_eq by lra.
    apply Rdiv_lt_0_compat; [now apply variance_pos | apply pow_lt; lra].
Qed.

Theorem temperature_constant {K} (keys : list K) s tau :
  keys <> [] -> all_equal keys s -> attention_entropy keys s tau = ln (size keys).
Proof.
  intros N E. destruct keys as [| i keys]; [congruence |]. set (l := i :: keys) in *.
  assert (S : forall k, In k l -> s k = s i) by (intros; apply E; simpl; auto).
  assert (Z : total_weight l s tau = size l * exp (s i / tau)).
  { unfold total_weight. rewrite <- sum_const. apply sum_ext. intros. unfold weight. now rewrite S. }
  rewrite attention_entropy_eq, mean_total, Z by assumption.
  rewrite (sum_ext _ (fun _ => exp (s i / tau) * s i)) by (intros; unfold weight; now rewrite S).
  pose proof (size_pos l N). pose proof (exp_pos (s i / tau)).
  rewrite sum_const, ln_mult, ln_exp by assumption.
  replace (size l * (exp (s i / tau) * s i) / (size l * exp (s i / tau))) with (s i) by (field; lra).
  ring.
Qed.

Theorem temperature_negative {K} (keys : list K) s tau tau' :
  (exists j k, In j keys /\ In k keys /\ s j <> s k) -> tau < tau' < 0 ->
  attention_entropy keys s tau' < attention_entropy keys s tau.
Proof.
  intros D T. assert (N : keys <> []) by (destruct D as (j & _ & I & _); intros ->; inversion I).
  apply decreasing_by_derivative
    with (df := fun t => temperature_bound (variance keys s t s) t); [lra | |].
  - intros. apply temperature_derivative; [assumption | lra].
  - intros t B. rewrite temperature_bound_eq by lra. pose proof (variance_pos keys s t D) as V.
    assert (0 < (- t) ^ 3) by (apply pow_lt; lra).
    replace (variance keys s t s / t ^ 3) with (- (variance keys s t s / (- t) ^ 3)) by (field; lra).
    apply Ropp_lt_gt_0_contravar. now apply Rdiv_lt_0_compat.
Qed.

(* ---- limits ---- *)

(* is s k the highest score of the list? *)
Definition highest {K} (keys : list K) (s : K -> R) (k : K) : bool :=
  forallb (fun j => if Rle_dec (s j) (s k) then true else false) keys.

Lemma highest_iff {K} (keys : list K) s k :
  highest keys s k = true <-> forall j, In j keys -> s j <= s k.
Proof.
  unfold highest. rewrite forallb_forall. split; intros A j I; specialize (A j I);
    destruct (Rle_dec (s j) (s k)); congruence || lra.
Qed.

(* any other way to mark the highest scores marks the same keys *)
Lemma highest_unique {K} (keys : list K) s (top : K -> bool) :
  (forall k, In k keys -> (top k = true <-> forall j, In j keys -> s j <= s k)) ->
  filter top keys = filter (highest keys s) keys.
Proof.
  intros T. apply filter_ext_in. intros k I. specialize (T k I). rewrite <- highest_iff in T.
  destruct (top k), (highest keys s k); tauto || (destruct T; auto using eq_sym).
Qed.

Lemma highest_exists {K} (keys : list K) s :
  keys <> [] -> exists k, In k keys /\ highest keys s k = true.
Proof.
  induction keys as [| i keys IH]; [congruence |]. intros _.
  destruct keys as [| j keys]; [exists i; split; [simpl; auto | apply highest_iff] |].
  - intros j [<- | []]. lra.
  - destruct IH as (k & I & A); [congruence |]. rewrite highest_iff in A.
    destruct (Rle_lt_dec (s i) (s k)) as [L | L].
    + exists k. split; [now right |]. apply highest_iff. intros l [<- | J]; auto.
    + exists i. split; [now left |]. apply highest_iff. intros l [<- | J]; [lra |].
      specialize (A l J). lra.
Qed.

(* scores shifted so that the highest are 0 *)
Lemma shift_to_highest {K} (keys : list K) s :
  keys <> [] ->
  exists a, forall k, In k keys -> s k - a <= 0 /\ (highest keys s k = true <-> s k - a = 0).
Proof.
  intros N. destruct (highest_exists keys s N) as (h & I & H). rewrite highest_iff in H.
  exists (s h). intros k J. pose proof (H k J). split; [lra |]. rewrite highest_iff. split.
  - intros A. specialize (A h I). lra.
  - intros E j Ij. specialize (H j Ij). lra.
Qed.

Lemma highest_not_nil {K} (keys : list K) s : keys <> [] -> inside (highest keys s) keys <> [].
Proof.
  intros N E. destruct (highest_exists keys s N) as (h & I & H).
  assert (In h []) by (rewrite <- E; now apply in_inside). contradiction.
Qed.

Theorem temperature_to_zero {K} (keys : list K) s :
  keys <> [] ->
  filterlim (attention_entropy keys s) (at_right 0)
    (locally (ln (size (inside (highest keys s) keys)))).
Proof.
  intros N. destruct (shift_to_highest keys s N) as [a A]. set (t := fun k => s k - a) in *.
  set (w := fun k => if highest keys s k then 1 else 0).
  assert (Z : 0 < sum w keys).
  { unfold w. rewrite sum_indicator. now apply size_pos, highest_not_nil. }
  assert (U : forall k, In k keys ->
    filterlim (fun tau => exp (t k / tau)) (at_right 0) (locally (w k)) /\
    filterlim (fun tau => t k / tau * exp (t k / tau)) (at_right 0) (locally 0)).
  { intros k I. destruct (A k I) as [G H]. unfold w. fold (t k) in G, H.
    destruct (highest keys s k).
    - rewrite (proj1 H eq_refl). apply (exp_limit_zero (at_right 0)).
      apply filterlim_ext with (fun _ => 0); [intros; unfold Rdiv; ring |].
      apply filterlim_const.
    - apply (exp_limit_m_infty (at_right 0)).
      apply (filterlim_comp _ _ _ Rinv (Rmult (t k)) _ _ _ filterlim_Rinv_0_right).
      apply negative_multiple_limit. destruct G as [G | G]; [exact G |].
      apply (proj2 H) in G. discriminate. }
  pose proof (attention_entropy_limit (at_right 0) keys (fun _ => t) (fun tau => tau) w (fun _ => 0)
    N Z (fun k I => proj1 (U k I)) (fun k I => proj2 (U k I))) as L.
  unfold w in L. rewrite sum_indicator, sum_const in L.
  replace (ln (size (inside (highest keys s) keys)))
    with (ln (size (inside (highest keys s) keys))
          - size keys * 0 / size (inside (highest keys s) keys)) by (unfold Rdiv; ring).
  revert L. apply filterlim_ext. intros tau. symmetry.
  apply (attention_entropy_shift keys s t tau a). intros. unfold t. ring.
Qed.

Theorem temperature_to_infinity {K} (keys : list K) s :
  keys <> [] -> is_lim (attention_entropy keys s) p_infty (ln (size keys)).
Proof.
  intros N. assert (Z : 0 < sum (fun _ : K => 1) keys)
    by (rewrite sum_const; pose proof (size_pos keys N); lra).
  assert (U : forall k, In k keys ->
    filterlim (fun tau => exp (s k / tau)) (Rbar_locally p_infty) (locally 1) /\
    filterlim (fun tau => s k / tau * exp (s k / tau)) (Rbar_locally p_infty) (locally 0)).
  { intros k _. apply (exp_limit_zero (Rbar_locally p_infty)). rewrite <- (Rmult_0_r (s k)).
    refine (filterlim_comp_2 (fun _ => s k) Rinv Rmult (filterlim_const (s k)) _
      (filterlim_mult (K := R_AbsRing) (s k) 0)).
    apply (filterlim_Rbar_inv p_infty). discriminate. }
  pose proof (attention_entropy_limit (Rbar_locally p_infty) keys (fun _ => s) (fun tau => tau)
    (fun _ => 1) (fun _ => 0) N Z (fun k I => proj1 (U k I)) (fun k I => proj2 (U k I))) as L.
  rewrite !sum_const, Rmult_1_r in L.
  replace (ln (size keys)) with (ln (size keys) - size keys * 0 / size keys) by (unfold Rdiv; ring).
  exact L.
Qed.

(* between the limit at 0 and the bound of `entropy`, when the relevant keys are the highest *)
Lemma entropy_ge_highest {K} (keys : list K) s tau :
  keys <> [] -> 0 < tau ->
  ln (size (inside (highest keys s) keys)) <= attention_entropy keys s tau.
Proof.
  intros N T. destruct (shift_to_highest keys s N) as [a A]. set (t := fun k => s k - a) in *.
  rewrite (attention_entropy_shift keys s t tau a) by (intros; unfold t; ring).
  rewrite attention_entropy_eq by assumption.
  assert (B : size (inside (highest keys s) keys) <= total_weight keys t tau).
  { rewrite <- sum_indicator. apply sum_le. intros k I. destruct (highest keys s k) eqn:E.
    - apply (proj2 (A k I)) in E. unfold weight, t. rewrite E. unfold Rdiv.
      rewrite Rmult_0_l, exp_0. apply Rle_refl.
    - left. apply weight_pos. }
  assert (M : mean keys t tau t <= 0).
  { unfold mean. rewrite <- (Rmult_0_r (size keys)), <- sum_const. apply sum_le. intros k I.
    pose proof (probability_pos keys t tau k N). pose proof (proj1 (A k I)) as L.
    unfold t in *. nra. }
  pose proof (size_pos _ (highest_not_nil keys s N)) as S.
  apply ln_le_iff in B; [| assumption | lra].
  assert (0 <= - mean keys t tau t / tau)
    by (apply Rmult_le_pos; [lra | left; now apply Rinv_0_lt_compat]).
  unfold Rdiv in *. lra.
Qed.

Theorem temperature_rate {K} (keys : list K) s tau Delta (top : K -> bool) :
  outside top keys <> [] -> 0 < tau ->
  (forall k, In k keys -> (top k = true <-> forall j, In j keys -> s j <= s k)) ->
  margin keys top s Delta -> 0 <= Delta ->
  ln (size (inside top keys)) <= attention_entropy keys s tau
  <= entropy_bound (size (inside top keys)) (size (outside top keys)) (Delta / tau).
Proof.
  intros NC T H M D. assert (N : keys <> []) by eauto using outside_not_nil.
  assert (E : inside top keys = inside (highest keys s) keys) by now apply highest_unique.
  split; [rewrite E; now apply entropy_ge_highest |].
  apply entropy_le_bound; auto. rewrite E. now apply highest_not_nil.
Qed.
