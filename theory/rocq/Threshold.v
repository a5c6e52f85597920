(* threshold -- fidelity >= 1 - delta for all scores of margin Delta iff Delta >= tau A,
   A = ln (c/m) + logit (1 - delta).

   Source: localist, the announced thresholds for attention concentration.
   Assumes: tau > 0; the block and the rest are not empty; 0 < delta < 1; Delta any real number.

   Proved: the equivalence (threshold_iff), its necessary half by two-level scores of gap exactly
   Delta (threshold_two_level_iff, threshold_short_fails); A <= 0 iff uniform attention is enough
   (uniform_attention_iff); the condition solved for temperature in every sign case, for block size
   and for the penalty of a dial (solved_*, dialled_threshold_iff).
   For an entropy budget H <= ln m + eta and Delta >= 0, with x = Delta/tau: x >= -1 - W is enough,
   W <= -1 the solution of W e^W = - eta m / (e c), which exists and is unique if 0 < eta <= c/m
   (budget_lambert, lambert_root_unique); any x is, if eta >= c/m (budget_any); and if
   0 < eta < ln (1 + c/m), all scores of margin Delta keep it iff x is at least the only root of
   H* = ln m + eta (budget_exact). With the margin over the mean of the rest, the threshold is
   not enough (threshold_mean_of_rest_fails). *)
Require Import Reals Lra List.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Softmax Calculus Leakage Entropy EntropyExponential.
Import ListNotations.
Open Scope R_scope.

Lemma threshold_bound_eq (m c delta : R) :
  threshold_bound m c delta = ln (c / m) + logit (1 - delta).
Proof. unfold threshold_bound. rearrange (1 - delta). ring. Qed.

Lemma leakage_bound_le_iff (m c x delta : R) :
  0 < m -> 0 < c -> 0 < delta < 1 ->
  (leakage_bound m c x <= delta <-> x >= threshold_bound m c delta).
Proof.
  intros M C D. rewrite threshold_bound_eq, logit_opp by assumption.
  assert (leakage_bound m c x = sigmoid (ln (c / m) - x)) as ->.
  { rewrite sigmoid_odds, odds_worst by assumption. apply leakage_bound_odds; assumption. }
  rewrite <- (sigmoid_logit delta D) at 1. rewrite sigmoid_le_iff. lra.
Qed.

Lemma margin_over_temperature (tau Delta A : R) :
  0 < tau -> (Delta / tau >= A <-> Delta >= tau * A).
Proof.
  intros T. split; intros H; apply Rle_ge; apply Rge_le in H.
  - apply (Rmult_le_compat_l tau) in H; [| lra]. field_simplify in H; lra.
  - apply Rmult_le_reg_l with tau; [assumption |]. field_simplify; lra.
Qed.

Section Threshold.
Context {K : Type} (keys : list K) (P : K -> bool) (tau Delta delta : R).
Context (positive : 0 < tau) (block : inside P keys <> []) (rest : outside P keys <> []).
Context (budget : 0 < delta < 1).

Let m := size (inside P keys).
Let c := size (outside P keys).

Lemma bound_within_iff :
  leakage_bound m c (Delta / tau) <= delta <-> Delta >= tau * threshold_bound m c delta.
Proof.
  rewrite leakage_bound_le_iff by (try apply size_pos; assumption).
  now apply margin_over_temperature.
Qed.

Theorem threshold_two_level_iff (s : K -> R) :
  two_level keys P s Delta ->
  (fidelity keys P s tau >= 1 - delta <-> Delta >= tau * threshold_bound m c delta).
Proof.
  intros T. rewrite <- bound_within_iff, fidelity_leakage by eauto using inside_not_nil.
  assert (leakage keys P s tau = leakage_bound m c (Delta / tau)) as ->.
  { apply leakage_eq_bound_iff; auto using two_level_margin. }
  lra.
Qed.

Theorem threshold_iff :
  (forall s, margin keys P s Delta -> fidelity keys P s tau >= 1 - delta)
  <-> Delta >= tau * threshold_bound m c delta.
Proof.
  split; intros H.
  - apply (threshold_two_level_iff (levels P Delta)); [apply two_level_levels |].
    apply H, two_level_margin, two_level_levels.
  - intros s M. apply bound_within_iff in H.
    pose proof (fidelity_ge_bound keys P s tau Delta positive block rest M) as F.
    fold m c in F. lra.
Qed.
Theorem threshold_short_fails :
  Delta < tau * threshold_bound m c delta ->
  exists s, two_level keys P s Delta /\ fidelity keys P s tau < 1 - delta.
Proof.
  intros L. pose proof (two_level_levels keys P Delta) as T. exists (levels P Delta).
  split; [exact T |]. apply Rnot_ge_lt. intros F.
  apply (threshold_two_level_iff (levels P Delta) T) in F. lra.
Qed.
End Threshold.

(* boundary: meeting the threshold with the margin over the mean of the rest is not enough *)
Theorem threshold_mean_of_rest_fails :
  exists (keys : list nat) P s tau Delta delta,
    (inside P keys <> [] /\ outside P keys <> []) /\ 0 < tau /\ 0 < delta < 1 /\
    (forall j, In j keys -> P j = true ->
       s j - sum s (outside P keys) / size (outside P keys) >= Delta) /\
    Delta >= tau * threshold_bound (size (inside P keys)) (size (outside P keys)) delta /\
    fidelity keys P s tau < 1 - delta.
Proof.
  destruct leakage_mean_of_rest_fails as [keys [P [s [tau [Delta [[NR NC] [T [M L]]]]]]]].
  set (delta := leakage_bound (size (inside P keys)) (size (outside P keys)) (Delta / tau)) in L.
  assert (D : 0 < delta < 1) by (apply leakage_bound_between; now apply size_pos).
  exists keys, P, s, tau, Delta, delta. repeat apply conj; try assumption; try apply D.
  - apply bound_within_iff; try assumption. apply Rle_refl.
  - rewrite fidelity_leakage by eauto using inside_not_nil. lra.
Qed.

(* ---- solved forms: A is the threshold ---- *)

Lemma solved_temperature_ahead (tau Delta A : R) :
  0 < tau -> 0 < Delta -> (Delta >= tau * A <-> A <= 0 \/ tau <= Delta / A).
Proof.
  intros T D. destruct (Rle_or_lt A 0) as [N | N]; [split; intros; [now left | nra] |].
  split; [intros H; right | intros [H | H]; [lra |]].
  - apply Rmult_le_reg_r with A; [assumption |]. field_simplify; lra.
  - apply (Rmult_le_compat_r A) in H; [| lra]. field_simplify in H; lra.
Qed.

Lemma solved_temperature_level (tau A : R) : 0 < tau -> (0 >= tau * A <-> A <= 0).
Proof. intros T. split; intros; nra. Qed.

Lemma solved_temperature_behind (tau Delta A : R) :
  0 < tau -> Delta < 0 -> (Delta >= tau * A <-> A < 0 /\ tau >= Rabs Delta / Rabs A).
Proof.
  intros T D. destruct (Rle_or_lt 0 A) as [N | N]; [split; intros; nra |].
  rewrite !Rabs_left by assumption. split; [intros H; split; [assumption |] | intros [_ H]].
  - apply Rle_ge, Rmult_le_reg_r with (- A); [lra |]. field_simplify; lra.
  - apply Rge_le, (Rmult_le_compat_r (- A)) in H; [| lra]. field_simplify in H; lra.
Qed.

Lemma threshold_odds (m c delta : R) :
  0 < m -> 0 < c -> 0 < delta < 1 -> threshold_bound m c delta = ln (c / m * ((1 - delta) / delta)).
Proof.
  intros M C D. rewrite threshold_bound_eq, ln_mult by (apply Rdiv_lt_0_compat; lra).
  unfold logit. do 3 f_equal. ring.
Qed.

Theorem solved_block_size (m c delta x : R) :
  0 < m -> 0 < c -> 0 < delta < 1 ->
  (x >= threshold_bound m c delta <-> c / m <= exp x * delta / (1 - delta)).
Proof.
  intros M C D. rewrite threshold_odds by assumption.
  assert (Q : 0 < c / m) by now apply Rdiv_lt_0_compat. revert Q. generalize (c / m). intros r Q.
  assert (O : 0 < (1 - delta) / delta) by (apply Rdiv_lt_0_compat; lra).
  assert (R : r = r * ((1 - delta) / delta) * (delta / (1 - delta))) by (field; lra).
  assert (O' : 0 < delta / (1 - delta)) by (apply Rdiv_lt_0_compat; lra).
  replace (exp x * delta / (1 - delta)) with (exp x * (delta / (1 - delta))) by (field; lra).
  rewrite R at 2. split; intros H.
  - apply Rmult_le_compat_r; [lra |]. rewrite <- (exp_ln (r * ((1 - delta) / delta))) by nra.
    apply exp_le. lra.
  - apply Rmult_le_reg_r in H; [| assumption]. apply Rle_ge, exp_le_iff. rewrite exp_ln; nra.
Qed.

Theorem uniform_attention_iff (m c delta : R) :
  0 < m -> 0 < c -> 0 < delta < 1 ->
  (threshold_bound m c delta <= 0 <-> m / (m + c) >= 1 - delta).
Proof.
  intros M C D. pose proof (leakage_bound_le_iff m c 0 delta M C D) as H.
  rewrite leakage_bound_eq, Ropp_0, exp_0, Rmult_1_r in H by assumption.
  assert (m / (m + c) = 1 - c / (m + c)) as -> by (field; lra).
  destruct H as [F B]. split; intros G; [assert (0 >= threshold_bound m c delta) by lra |]; lra.
Qed.

Lemma solved_penalty (tau Delta lambda A : R) :
  0 <= lambda -> (Delta + lambda >= tau * A <-> lambda >= Rmax 0 (tau * A - Delta)).
Proof.
  intros L. split; intros H.
  - apply Rle_ge, Rmax_lub; lra.
  - pose proof (Rmax_r 0 (tau * A - Delta)). lra.
Qed.

Lemma margin_dialled {K} (keys : list K) P s Delta lambda :
  margin keys P (dialled P s lambda) (Delta + lambda) <-> margin keys P s Delta.
Proof.
  unfold margin, dialled. split; intros M j k Ij Pj Ik Pk; specialize (M j k Ij Pj Ik Pk);
    rewrite Pj, Pk in *; lra.
Qed.

(* the dial that makes up for too small a margin *)
Theorem dialled_threshold_iff {K} (keys : list K) P tau Delta delta lambda :
  0 < tau -> inside P keys <> [] -> outside P keys <> [] -> 0 < delta < 1 -> 0 <= lambda ->
  (forall s, margin keys P s Delta -> fidelity keys P (dialled P s lambda) tau >= 1 - delta)
  <-> lambda >= Rmax 0 (tau * threshold_bound (size (inside P keys)) (size (outside P keys)) delta
                        - Delta).
Proof.
  intros T NR NC D L. rewrite <- solved_penalty by assumption. split.
  - intros H. apply (threshold_two_level_iff keys P tau (Delta + lambda) delta T NR NC D
      (dialled P (levels P Delta) lambda)).
    + intros j k _ Pj _ Pk. unfold dialled, levels. rewrite Pj, Pk. ring.
    + apply H, two_level_margin, two_level_levels.
  - intros H s M. apply (threshold_iff keys P tau (Delta + lambda) delta); auto.
    now apply margin_dialled.
Qed.

(* ---- entropy budgets ---- *)

Definition decay (x : R) : R := (1 + x) * exp (- x).

Lemma decay_derivative (x : R) : is_derive decay x (- x * exp (- x)).
Proof. unfold decay. auto_derive; [trivial | ring]. Qed.

Lemma decay_decreasing (x y : R) : 0 <= x -> x < y -> decay y < decay x.
Proof.
  intros X L. apply decreasing_by_derivative with (fun t => - t * exp (- t));
    [assumption | intros; apply decay_derivative |].
  intros t T. pose proof (exp_pos (- t)). nra.
Qed.

Lemma decay_small (v : R) : 0 < v -> decay (2 * ln (2 / v)) < v \/ v > 1.
Proof.
  intros V. destruct (Rlt_or_le 1 v) as [| L]; [now right | left].
  set (t := ln (2 / v)). pose proof (exp_above_tangent t) as E.
  assert (X : exp t = 2 / v) by (apply exp_ln, Rdiv_lt_0_compat; lra).
  unfold decay. replace (- (2 * t)) with (- t + - t) by ring. rewrite exp_plus, exp_Ropp, X.
  apply Rlt_le_trans with (2 * (2 / v) * (/ (2 / v) * / (2 / v))); [| right; field; lra].
  apply Rmult_lt_compat_r; [| lra].
  assert (0 < / (2 / v)) by (apply Rinv_0_lt_compat, Rdiv_lt_0_compat; lra). nra.
Qed.

Lemma continuous_by_derivative (f df : R -> R) : (forall x, is_derive f x (df x)) -> continuity f.
Proof.
  intros D x. apply derivable_continuous_pt. exists (df x). apply is_derive_Reals, D.
Qed.

Lemma decay_0 : decay 0 = 1.
Proof. unfold decay. rewrite Ropp_0, exp_0. ring. Qed.

Theorem decay_root (v : R) : 0 < v <= 1 -> exists y, 0 <= y /\ decay y = v.
Proof.
  intros [V L]. destruct (decay_small v V) as [S |]; [| lra]. set (b := 2 * ln (2 / v)) in S.
  assert (B : 0 <= b).
  { unfold b. assert (0 <= ln (2 / v)); [| lra]. rewrite <- ln_1. apply ln_le_iff; [lra | |].
    - apply Rdiv_lt_0_compat; lra.
    - apply Rmult_le_reg_r with v; [assumption |]. field_simplify; lra. }
  destruct (IVT_gen decay 0 b v) as [y [Y E]].
  - exact (continuous_by_derivative _ _ decay_derivative).
  - rewrite decay_0, Rmin_right, Rmax_left by lra. lra.
  - exists y. rewrite Rmin_left in Y by assumption. split; [lra | exact E].
Qed.

Lemma decay_injective (x y : R) : 0 <= x -> 0 <= y -> decay x = decay y -> x = y.
Proof.
  intros X Y E. destruct (Rtotal_order x y) as [L | [| L]]; [| assumption |];
    apply decay_decreasing in L; lra.
Qed.

(* W is the lower real branch of Lambert's function at - v / e *)
Definition lower_lambert (v W : R) : Prop := W <= -1 /\ W * exp W = - (v / exp 1).

Lemma lower_lambert_decay (v W : R) : lower_lambert v W <-> 0 <= -1 - W /\ decay (-1 - W) = v.
Proof.
  unfold lower_lambert, decay. replace (- (-1 - W)) with (1 + W) by ring. rewrite exp_plus.
  pose proof (exp_pos 1). split; intros [B E]; (split; [lra |]).
  - replace (_ * _) with (- exp 1 * (W * exp W)) by ring. rewrite E. field. lra.
  - rewrite <- E. field. lra.
Qed.

Theorem lambert_root_unique (v : R) : 0 < v <= 1 -> exists! W, lower_lambert v W.
Proof.
  intros V. destruct (decay_root v V) as [y [Y E]]. exists (-1 - y). split.
  - apply lower_lambert_decay. replace (-1 - (-1 - y)) with y by ring. now split.
  - intros W H. apply lower_lambert_decay in H. destruct H as [B D].
    assert (y = -1 - W) by (apply decay_injective; lra). lra.
Qed.

Section Budget.
Context {K : Type} (keys : list K) (P : K -> bool) (tau Delta eta : R).
Context (positive : 0 < tau) (block : inside P keys <> []) (rest : outside P keys <> []).
Context (ahead : 0 <= Delta).

Let m := size (inside P keys).
Let c := size (outside P keys).

Lemma m_pos : 0 < m. Proof. now apply size_pos. Qed.
Lemma c_pos : 0 < c. Proof. now apply size_pos. Qed.

Lemma budget_by_decay (s : K -> R) :
  margin keys P s Delta -> decay (Delta / tau) <= eta * m / c ->
  attention_entropy keys s tau <= ln m + eta.
Proof.
  intros M L. pose proof m_pos. pose proof c_pos.
  pose proof (entropy_le_exponential keys P s tau Delta positive block rest ahead M) as H1.
  fold m c in H1. rewrite entropy_exponential_bound_eq in H1 by assumption.
  enough (c / m * decay (Delta / tau) <= eta) by (unfold decay in *; lra).
  apply Rle_trans with (c / m * (eta * m / c)); [| right; field; lra].
  apply Rmult_le_compat_l; [| assumption]. left. now apply Rdiv_lt_0_compat.
Qed.

Theorem budget_lambert (W : R) :
  lower_lambert (eta * m / c) W -> Delta / tau >= -1 - W ->
  forall s, margin keys P s Delta -> attention_entropy keys s tau <= ln m + eta.
Proof.
  intros L X s M. apply lower_lambert_decay in L. destruct L as [Y E].
  apply budget_by_decay; [assumption |]. rewrite <- E.
  destruct (Rle_lt_or_eq_dec _ _ (Rge_le _ _ X)) as [L | ->]; [| apply Rle_refl].
  left. now apply decay_decreasing.
Qed.

Theorem budget_any :
  eta >= c / m -> forall s, margin keys P s Delta -> attention_entropy keys s tau <= ln m + eta.
Proof.
  intros E s M. pose proof m_pos. pose proof c_pos. apply budget_by_decay; [assumption |].
  apply Rle_trans with 1.
  - rewrite <- decay_0. assert (0 <= Delta / tau) as [X | <-] by now apply Rdiv_le_0_compat.
    + left. apply decay_decreasing; lra.
    + apply Rle_refl.
  - apply Rmult_le_reg_r with (c / m); [now apply Rdiv_lt_0_compat |]. field_simplify; lra.
Qed.
End Budget.

Lemma entropy_bound_0 (m c : R) : 0 < m -> 0 < c -> entropy_bound m c 0 = ln m + ln (1 + c / m).
Proof.
  intros M C. rewrite entropy_bound_odds by assumption. rewrite Ropp_0, exp_0, Rmult_1_r. ring.
Qed.

Theorem budget_root_unique (m c eta : R) :
  0 < m -> 0 < c -> 0 < eta < ln (1 + c / m) ->
  exists! x, 0 <= x /\ entropy_bound m c x = ln m + eta.
Proof.
  intros M C E. assert (Q : 0 < c / m) by now apply Rdiv_lt_0_compat.
  pose proof (ln_below_tangent (1 + c / m)).
  destruct (decay_root (eta / (c / m))) as [y [Y D]].
  { split; [apply Rdiv_lt_0_compat; lra |].
    apply Rmult_le_reg_r with (c / m); [assumption |]. unfold Rdiv at 1.
    rewrite Rmult_assoc, Rinv_l; lra. }
  assert (U : entropy_bound m c y <= ln m + eta).
  { eapply Rle_trans; [now apply entropy_bound_le_exponential |].
    rewrite entropy_exponential_bound_eq by assumption. unfold decay in D.
    replace ((1 + y) * (c / m * exp (- y))) with (c / m * (eta / (c / m))) by (rewrite <- D; ring).
    right. field. lra. }
  pose proof (entropy_bound_0 m c M C).
  destruct (IVT_gen (entropy_bound m c) 0 y (ln m + eta)) as [x [X V]].
  - apply (continuous_by_derivative _ _ (fun x => entropy_bound_derivative m c x M C)).
  - rewrite Rmin_right, Rmax_left; lra.
  - rewrite Rmin_left in X by assumption. exists x. split; [split; [lra | exact V] |].
    intros z [Z F]. destruct (Rtotal_order x z) as [L | [| L]]; [| assumption |];
      apply (entropy_bound_decreasing m c) in L; lra.
Qed.

Theorem budget_iff {K} (keys : list K) P tau Delta eta x :
  0 < tau -> inside P keys <> [] -> outside P keys <> [] -> 0 <= Delta ->
  let m := size (inside P keys) in
  let c := size (outside P keys) in
  0 <= x -> entropy_bound m c x = ln m + eta ->
  (forall s, margin keys P s Delta -> attention_entropy keys s tau <= ln m + eta)
  <-> Delta / tau >= x.
Proof.
  intros T NR NC D m c X E. pose proof (size_pos _ NR : 0 < m) as Pm.
  pose proof (size_pos _ NC : 0 < c) as Pc.
  assert (Y : 0 <= Delta / tau) by now apply Rdiv_le_0_compat. split.
  - intros H. apply Rnot_lt_ge. intros L. apply (entropy_bound_decreasing m c) in L; auto.
    specialize (H _ (two_level_margin _ _ _ _ (two_level_levels keys P Delta))).
    rewrite (entropy_two_level keys P _ tau Delta) in H; auto using two_level_levels.
    fold m c in H. lra.
  - intros L s M. rewrite <- E. apply Rle_trans with (entropy_bound m c (Delta / tau));
      [now apply entropy_le_bound |].
    destruct (Rle_lt_or_eq_dec _ _ (Rge_le _ _ L)) as [S | <-]; [| apply Rle_refl].
    left. now apply entropy_bound_decreasing.
Qed.

Theorem budget_exact {K} (keys : list K) P eta :
  inside P keys <> [] -> outside P keys <> [] ->
  let m := size (inside P keys) in
  let c := size (outside P keys) in
  0 < eta < ln (1 + c / m) ->
  exists! x, 0 <= x /\ entropy_bound m c x = ln m + eta /\
    forall tau Delta, 0 < tau -> 0 <= Delta ->
      ((forall s, margin keys P s Delta -> attention_entropy keys s tau <= ln m + eta)
       <-> Delta / tau >= x).
Proof.
  intros NR NC m c E.
  destruct (budget_root_unique m c eta) as [x [[X R] U]]; [now apply size_pos .. | exact E |].
  exists x. split.
  - split; [exact X | split; [exact R |]]. intros. now apply budget_iff.
  - intros y [Y [F _]]. now apply U.
Qed.
