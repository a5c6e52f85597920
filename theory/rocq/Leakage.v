(* leakage -- attention outside the relevant block is at most sigmoid (ln (c/m) - Delta/tau).

   Source: localist, the announced thresholds and exponential bounds on attention concentration.
   Assumes: tau > 0; the block and the rest are not empty; every relevant score exceeds every other
   one by at least Delta (any real number).

   Proved: the bound (leakage_le_bound); equality exactly for two-level scores with gap Delta
   (leakage_eq_bound_iff); fidelity >= 1 - (c/m) e^(-Delta/tau) (fidelity_ge_exponential); the bound
   survives when only the mean relevant score keeps the margin (leakage_le_bound_mean) and breaks
   when the margin is taken to the mean of the rest (leakage_mean_of_rest_fails). *)
Require Import Reals Lra List.
From Locality Require Import Functions Bounds Softmax.
Import ListNotations.
Open Scope R_scope.

Lemma leakage_bound_eq (m c x : R) :
  0 < m -> 0 < c -> leakage_bound m c x = c * exp (- x) / (m + c * exp (- x)).
Proof.
  intros M C. unfold leakage_bound. rearrange (ln (c / m) - x).
  rewrite sigmoid_odds, odds_worst by assumption.
  pose proof (exp_pos (- x)). field. split; [nra | lra].
Qed.

Lemma leakage_bound_odds (m c x : R) :
  0 < m -> 0 < c ->
  let u := c / m * exp (- x) in 0 < u /\ leakage_bound m c x = u / (1 + u).
Proof.
  intros M C u. assert (U : 0 < u).
  { apply Rmult_lt_0_compat; [now apply Rdiv_lt_0_compat | apply exp_pos]. }
  split; [exact U |]. rewrite leakage_bound_eq by assumption. pose proof (exp_pos (- x)).
  unfold u. field. repeat split; nra.
Qed.

Lemma leakage_bound_between (m c x : R) : 0 < m -> 0 < c -> 0 < leakage_bound m c x < 1.
Proof.
  intros M C. destruct (leakage_bound_odds m c x M C) as [U ->].
  set (u := c / m * exp (- x)) in *. split; [apply Rdiv_lt_0_compat; lra |].
  apply Rmult_lt_reg_r with (1 + u); [lra |]. field_simplify; lra.
Qed.

(* what the bound has to spare on one pair: nonnegative, and zero exactly at gap Delta *)
Definition spare {K} (s : K -> R) (tau Delta : R) (j k : K) : R :=
  exp (- (Delta / tau)) * weight s tau j - weight s tau k.

Lemma spare_eq {K} (s : K -> R) tau Delta j k :
  0 < tau -> spare s tau Delta j k = exp ((s j - Delta) / tau) - exp (s k / tau).
Proof.
  intros T. unfold spare, weight. rewrite <- exp_plus. do 2 f_equal. field. lra.
Qed.

Lemma spare_nonneg {K} (s : K -> R) tau Delta j k :
  0 < tau -> s j - s k >= Delta -> 0 <= spare s tau Delta j k.
Proof.
  intros T G. rewrite spare_eq by assumption. apply Rge_le, Rge_minus, Rle_ge, exp_le.
  apply Rmult_le_compat_r; [left; now apply Rinv_0_lt_compat | lra].
Qed.

Lemma spare_zero {K} (s : K -> R) tau Delta j k :
  0 < tau -> spare s tau Delta j k = 0 <-> s j - s k = Delta.
Proof.
  intros T. rewrite spare_eq by assumption. split; intros E.
  - apply Rminus_diag_uniq, exp_inv in E. apply Rmult_eq_reg_r in E; [lra |].
    apply Rinv_neq_0_compat. lra.
  - replace (s j - Delta) with (s k) by lra. ring.
Qed.

(* bound - leakage is the sum of what the pairs have to spare, over a positive number *)
Lemma leakage_slack {K} (keys : list K) P s tau Delta :
  inside P keys <> [] -> outside P keys <> [] ->
  let m := size (inside P keys) in
  let c := size (outside P keys) in
  leakage_bound m c (Delta / tau) - leakage keys P s tau
  = sum (fun j => sum (spare s tau Delta j) (outside P keys)) (inside P keys)
    / ((m + c * exp (- (Delta / tau))) * total_weight keys s tau).
Proof.
  intros NR NC m c. pose proof (size_pos _ NR : 0 < m). pose proof (size_pos _ NC : 0 < c).
  rewrite leakage_bound_eq, leakage_eq, (total_weight_split P keys) by assumption.
  rewrite (sum_ext _ (fun j => c * (exp (- (Delta / tau)) * weight s tau j)
                               - total_weight (outside P keys) s tau)).
  2: { intros. unfold spare. now rewrite sum_minus, sum_const. }
  rewrite sum_minus, !sum_scale, sum_const. fold (total_weight (inside P keys) s tau).
  pose proof (total_weight_pos _ s tau NR). pose proof (total_weight_pos _ s tau NC).
  pose proof (exp_pos (- (Delta / tau))). fold m. field. split; [lra | nra].
Qed.

Section Bound.
Context {K : Type} (keys : list K) (P : K -> bool) (s : K -> R) (tau Delta : R).
Context (positive : 0 < tau) (block : inside P keys <> []) (rest : outside P keys <> []).

Let m := size (inside P keys).
Let c := size (outside P keys).
Let x := Delta / tau.

Lemma scale_pos : 0 < (m + c * exp (- x)) * total_weight keys s tau.
Proof.
  pose proof (size_pos _ block : 0 < m). pose proof (size_pos _ rest : 0 < c).
  pose proof (exp_pos (- x)). apply Rmult_lt_0_compat; [nra |].
  eauto using total_weight_pos, inside_not_nil.
Qed.

Lemma pair_spare_nonneg :
  margin keys P s Delta ->
  forall j, In j (inside P keys) -> forall k, In k (outside P keys) -> 0 <= spare s tau Delta j k.
Proof.
  intros M j J k I. rewrite in_inside in J. rewrite in_outside in I.
  apply spare_nonneg; [| apply M]; tauto.
Qed.

Theorem leakage_le_bound : margin keys P s Delta -> leakage keys P s tau <= leakage_bound m c x.
Proof.
  intros M. apply Rge_le, Rminus_ge, Rle_ge. unfold m, c, x. rewrite leakage_slack by assumption.
  apply Rmult_le_pos; [| left; apply Rinv_0_lt_compat, scale_pos].
  apply sum_nonneg. intros j J. apply sum_nonneg. now apply pair_spare_nonneg.
Qed.

Theorem leakage_eq_bound_iff :
  margin keys P s Delta ->
  (leakage keys P s tau = leakage_bound m c x <-> two_level keys P s Delta).
Proof.
  intros M. pose proof (leakage_slack keys P s tau Delta block rest) as E. cbv zeta in E.
  fold m c x in E. pose proof scale_pos as S. split.
  - intros L j k Ij Pj Ik Pk. rewrite L, Rminus_diag_eq in E by reflexivity.
    symmetry in E. apply Rmult_integral in E. destruct E as [E | E].
    2: { apply Rinv_0_lt_compat in S. lra. }
    apply (spare_zero s tau); [assumption |].
    assert (N := pair_spare_nonneg M).
    apply (sum_zero _ (outside P keys)); [apply N; now apply in_inside | | now apply in_outside].
    apply (sum_zero (fun j => sum (spare s tau Delta j) (outside P keys)) (inside P keys));
      [| exact E | now apply in_inside].
    intros i I. now apply sum_nonneg, N.
  - intros T. symmetry. apply Rminus_diag_uniq. rewrite E.
    rewrite (sum_const_on 0); [unfold Rdiv; ring |].
    intros j J. rewrite (sum_const_on 0); [ring |]. intros k I. apply spare_zero; [assumption |].
    rewrite in_inside in J. rewrite in_outside in I. apply T; tauto.
Qed.

Theorem fidelity_ge_bound :
  margin keys P s Delta -> fidelity keys P s tau >= 1 - leakage_bound m c x.
Proof.
  intros M. rewrite fidelity_leakage by eauto using inside_not_nil.
  pose proof (leakage_le_bound M). lra.
Qed.

Theorem fidelity_ge_exponential :
  margin keys P s Delta -> fidelity keys P s tau >= 1 - c / m * exp (- x).
Proof.
  intros M. pose proof (fidelity_ge_bound M) as F.
  pose proof (size_pos _ block : 0 < m). pose proof (size_pos _ rest : 0 < c).
  enough (leakage_bound m c x <= c / m * exp (- x)) by lra.
  destruct (leakage_bound_odds m c x) as [U ->]; auto. set (u := c / m * exp (- x)) in *.
  apply Rmult_le_reg_r with (1 + u); [lra |]. unfold Rdiv. rewrite Rmult_assoc, Rinv_l; nra.
Qed.

(* Jensen: it is enough that the mean relevant score exceeds every other one by Delta *)
Theorem leakage_le_bound_mean :
  (forall k, In k keys -> P k = false -> sum s (inside P keys) / m - s k >= Delta) ->
  leakage keys P s tau <= leakage_bound m c x.
Proof.
  intros M. apply Rge_le, Rminus_ge, Rle_ge. unfold m, c, x. rewrite leakage_slack by assumption.
  apply Rmult_le_pos; [| left; apply Rinv_0_lt_compat, scale_pos].
  pose proof (size_pos _ block : 0 < m). rewrite sum_swap. apply sum_nonneg. intros k I.
  set (w := exp (s k / tau)).
  apply Rle_trans with (sum (fun j => w * ((s j - Delta - s k) / tau)) (inside P keys)).
  - unfold Rdiv. rewrite sum_scale, sum_scale_r, !sum_minus, !sum_const. fold m.
    apply in_outside in I. specialize (M k (proj1 I) (proj2 I)).
    apply Rmult_le_pos; [left; apply exp_pos |].
    apply Rmult_le_pos; [| left; now apply Rinv_0_lt_compat].
    replace (sum s (inside P keys)) with (m * (sum s (inside P keys) / m)) by (field; lra). nra.
  - apply sum_le. intros j _. rewrite spare_eq by assumption. fold w.
    replace ((s j - Delta) / tau) with (s k / tau + (s j - Delta - s k) / tau) by (field; lra).
    rewrite exp_plus. fold w. assert (0 < w) by apply exp_pos.
    pose proof (exp_above_tangent ((s j - Delta - s k) / tau)). nra.
Qed.
End Bound.

(* ---- boundary: a margin over the mean of the rest is not enough ---- *)

Definition spread (k : nat) : R := match k with 0%nat => 0 | 1%nat => 1 | _ => - (1) end.

Theorem leakage_mean_of_rest_fails :
  exists (keys : list nat) P s tau Delta,
    (inside P keys <> [] /\ outside P keys <> []) /\ 0 < tau /\
    (forall j, In j keys -> P j = true ->
       s j - sum s (outside P keys) / size (outside P keys) >= Delta) /\
    leakage keys P s tau
    > leakage_bound (size (inside P keys)) (size (outside P keys)) (Delta / tau).
Proof.
  exists [0; 1; 2]%nat, (Nat.eqb 0), spread, 1, 0.
  split; [split; discriminate | split; [lra | split]].
  - intros j [<- | [<- | [<- | []]]] H; try discriminate H. cbv - [Rge Rplus Rmult Ropp Rinv IZR].
    rewrite !Rplus_0_r, Rplus_opp_r. unfold Rdiv. lra.
  - rewrite leakage_bound_eq, leakage_eq by (apply size_pos; discriminate).
    unfold total_weight, weight, sum, size. simpl. unfold Rdiv.
    replace (- (0 * / 1)) with 0 by field. rewrite Rinv_1, !Rmult_1_r, exp_0.
    assert (2 < exp 1) by (pose proof (exp_ineq1 1); lra). pose proof (exp_pos (- (1))).
    set (h := exp 1 + _). assert (H2 : 2 < h) by (unfold h; lra).
    apply Rlt_gt, Rmult_lt_reg_r with (3 * (1 + h)); [lra |]. field_simplify; lra.
Qed.
