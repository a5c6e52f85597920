(* kernel-regression -- what a local mean of noisy values errs by, and what concentration costs.

   Source: localization, kernel regression as a local mean.
   Assumes: log weights s/tau with tau > 0; the near points and the others are not empty; every
   near point's s exceeds every other one's by at least Delta >= 0; noise of mean 0 and variance
   sigma2, uncorrelated between points; |f - f0| <= Lip * distance for the bias.

   Proved: the variance is sigma2 times the sum of the squared shares (noise_variance_eq), which is
   at least that of two-level weights (collision_ge_even), equal to it exactly for them
   (collision_eq_even_iff); it is at least exp (- H), with equality exactly for equal shares
   (collision_entropy, collision_entropy_equality), and so at least exp (- H* ) (collision_ge_margin);
   the bias is at most Lip times the mean distance (bias_le); a local-affine fit meets affine functions
   (affine_fit), along a line by its weights (line_weights), some of which may be negative
   (line_weight_negative); local means do not meet them (one_sided_mean), and with a negative margin
   the bound is false (even_fails_at_negative_margin). *)
Require Import Reals Lra List.
From Locality Require Import Functions Bounds Softmax Leakage Entropy.
Import ListNotations.
Open Scope R_scope.

(* the sum of the squared shares *)
Definition collision {K} (keys : list K) (s : K -> R) (tau : R) : R :=
  sum (fun k => probability keys s tau k ^ 2) keys.

(* what it is for two-level weights: m shares of 1/Z and c of t/Z, Z = m + c t, t = e^-x *)
Definition even (m c t : R) : R := (m + c * t ^ 2) / (m + c * t) ^ 2.

Lemma kernel_regression_bound_eq (sigma2 m c x : R) :
  0 < m -> 0 < c -> kernel_regression_bound sigma2 m c x = sigma2 * even m c (exp (- x)).
Proof.
  intros M C. unfold kernel_regression_bound.
  assert (E : sigmoid (ln (c / m) - x) = c * exp (- x) / (m + c * exp (- x)))
    by now rewrite <- leakage_bound_eq.
  replace (x - ln (c / m)) with (- (ln (c / m) - x)) by ring. rewrite sigmoid_opp, E.
  pose proof (exp_pos (- x)). unfold even. field. repeat split; nra.
Qed.

Lemma kernel_regression_margin_bound_eq (sigma2 m c x : R) :
  0 < m -> 0 < c ->
  kernel_regression_margin_bound sigma2 m c x = sigma2 * exp (- entropy_bound m c x).
Proof.
  intros M C. unfold kernel_regression_margin_bound, entropy_bound. rearrange (ln (c / m) - x).
  set (L := ln (c / m) - x).
  transitivity (sigma2 * (exp (- ln m) * exp (- softplus L - x * sigmoid L))).
  - rewrite exp_Ropp, exp_ln by assumption. unfold Rdiv.
    replace (-1 * softplus L - x * sigmoid L) with (- softplus L - x * sigmoid L) by ring. ring.
  - rewrite <- exp_plus. do 2 f_equal. ring.
Qed.

(* ---- the variance of uncorrelated noise ---- *)

(* an expectation E: linear on the random variables L that it is defined for, and 1 of 1 *)
Definition expectation {G} (L : (G -> R) -> Prop) (E : (G -> R) -> R) : Prop :=
  (forall f g, (forall o, f o = g o) -> L f -> L g /\ E g = E f) /\
  (L (fun _ => 1) /\ E (fun _ => 1) = 1) /\
  (forall a b f g, L f -> L g ->
     L (fun o => a * f o + b * g o) /\ E (fun o => a * f o + b * g o) = a * E f + b * E g).

Definition uncorrelated_noise {K G} (E : (G -> R) -> R) (keys : list K) (e : K -> G -> R)
    (sigma2 : R) : Prop :=
  0 < sigma2 /\ NoDup keys /\
  exists L, expectation L E /\
    forall k, In k keys -> (L (e k) /\ E (e k) = 0) /\
      forall j, In j keys -> L (fun o => e j o * e k o) /\
        (j = k -> E (fun o => e j o * e k o) = sigma2) /\
        (j <> k -> E (fun o => e j o * e k o) = 0).

Lemma sum_single {K} (f : K -> R) keys k :
  NoDup keys -> In k keys -> (forall j, In j keys -> j <> k -> f j = 0) -> sum f keys = f k.
Proof.
  induction keys as [| j keys IH]; [easy |]. intros D [-> | I] Z; rewrite sum_cons;
    apply NoDup_cons_iff in D as [N D].
  - rewrite (sum_const_on 0); [ring |]. intros i J. apply Z; [now right |]. now intros ->.
  - rewrite IH by (try assumption; intros; apply Z; simpl; auto).
    rewrite Z; [ring | now left |]. now intros ->.
Qed.

Lemma same_variable {G} L (E : (G -> R) -> R) f g :
  expectation L E -> L f -> (forall o, f o = g o) -> L g /\ E g = E f.
Proof. intros [X _] F H. now apply X. Qed.

Section Noise.
Context {K G : Type} (L : (G -> R) -> Prop) (E : (G -> R) -> R) (mathematical : expectation L E).

Lemma expectation_sum (a : K -> R) (f : K -> G -> R) keys :
  (forall k, In k keys -> L (f k)) ->
  L (fun o => sum (fun k => a k * f k o) keys) /\
  E (fun o => sum (fun k => a k * f k o) keys) = sum (fun k => a k * E (f k)) keys.
Proof.
  pose proof mathematical as [_ [[U V] C]]. induction keys as [| k keys IH]; intros B.
  - destruct (C 0 0 _ _ U U) as [Z W].
    destruct (same_variable L E _ (fun o => sum (fun k => a k * f k o) []) mathematical Z)
      as [T S]; [intros o; rewrite sum_nil; ring |].
    split; [exact T |]. rewrite S, W, sum_nil. ring.
  - destruct IH as [Y H]; [intros; apply B; simpl; auto |].
    destruct (C (a k) 1 _ _ (B k (in_eq k keys)) Y) as [Z W].
    destruct (same_variable L E _ (fun o => sum (fun j => a j * f j o) (k :: keys)) mathematical Z)
      as [T S]; [intros o; rewrite sum_cons; ring |].
    split; [exact T |]. rewrite S, W, H, sum_cons. ring.
Qed.
End Noise.

(* the local mean of f + e varies by sigma2 times the sum of the squares of its weights a *)
Lemma noise_variance_eq {K G} (E : (G -> R) -> R) keys (e : K -> G -> R) sigma2 (a f : K -> R) :
  uncorrelated_noise E keys e sigma2 ->
  let estimate o := sum (fun k => a k * (f k + e k o)) keys in
  E estimate = sum (fun k => a k * f k) keys /\
  E (fun o => (estimate o - E estimate) ^ 2) = sigma2 * sum (fun k => a k ^ 2) keys.
Proof.
  intros [_ [D [L [X N]]]] estimate. pose proof X as [_ [[U V] C]].
  destruct (expectation_sum L E X a e keys) as [T H]; [intros k I; apply N, I |].
  assert (M : E estimate = sum (fun k => a k * f k) keys).
  { destruct (C (sum (fun k => a k * f k) keys) 1 _ _ U T) as [T' H'].
    destruct (same_variable L E _ estimate X T') as [_ ->].
    - intros o. unfold estimate. rewrite Rmult_1_r, Rmult_1_l, <- sum_plus.
      apply sum_ext. intros. ring.
    - rewrite H', V, H, (sum_const_on 0 (fun k => a k * E (e k))); [ring |]. intros k I.
      rewrite (proj2 (proj1 (N k I))). ring. }
  split; [exact M |]. rewrite M.
  assert (Q : forall k, In k keys ->
    L (fun o => sum (fun j => a j * (e j o * e k o)) keys) /\
    E (fun o => sum (fun j => a j * (e j o * e k o)) keys) = sigma2 * a k).
  { intros k I. destruct (expectation_sum L E X a (fun j o => e j o * e k o) keys) as [T' H'].
    { intros j J. apply (N k I), J. }
    split; [exact T' |]. rewrite H', (sum_single _ keys k D I).
    - rewrite (proj1 (proj2 (proj2 (N k I) k I)) eq_refl). ring.
    - intros j J F. rewrite (proj2 (proj2 (proj2 (N k I) j J)) F). ring. }
  destruct (expectation_sum L E X a (fun k o => sum (fun j => a j * (e j o * e k o)) keys) keys)
    as [T' H']; [intros k I; apply Q, I |].
  destruct (same_variable L E _ (fun o => (estimate o - sum (fun k => a k * f k) keys) ^ 2) X T')
    as [_ ->].
  - intros o. unfold estimate. rewrite <- sum_minus.
    rewrite (sum_ext (fun k => a k * (f k + e k o) - a k * f k) (fun k => a k * e k o))
      by (intros; ring).
    rewrite <- Rsqr_pow2. unfold Rsqr. rewrite sum_product. apply sum_ext. intros k _.
    rewrite <- sum_scale. apply sum_ext. intros j _. ring.
  - rewrite H', <- sum_scale. apply sum_ext. intros k I. rewrite (proj2 (Q k I)). ring.
Qed.

(* ---- shares against two-level ones ---- *)

Section Bound.
Context {K : Type} (keys : list K) (P : K -> bool) (s : K -> R) (tau Delta : R).
Context (positive : 0 < tau) (block : inside P keys <> []) (rest : outside P keys <> []).

Let m := size (inside P keys).
Let c := size (outside P keys).
Let x := Delta / tau.
Let t := exp (- x).
Let Z := m + c * t.
Let q k := if P k then / Z else t / Z.
Let p := probability keys s tau.

Lemma sizes_pos : 0 < m /\ 0 < c /\ 0 < t /\ 0 < Z.
Proof.
  pose proof (size_pos _ block : 0 < m). pose proof (size_pos _ rest : 0 < c).
  pose proof (exp_pos (- x) : 0 < t). repeat split; try assumption. unfold Z. nra.
Qed.

Lemma sum_levels (f : K -> R) (a b : R) :
  sum (fun k => f k * (if P k then a else b)) keys
  = a * sum f (inside P keys) + b * sum f (outside P keys).
Proof.
  rewrite (sum_split P). f_equal; rewrite <- sum_scale; apply sum_ext; intros k I.
  - apply in_inside in I. rewrite (proj2 I). ring.
  - apply in_outside in I. rewrite (proj2 I). ring.
Qed.

(* the slack: squared distances from two-level shares, and leakage's slack *)
Lemma collision_slack :
  collision keys s tau - even m c t
  = sum (fun k => (p k - q k) ^ 2) keys
    + 2 * (1 - t) / Z * (leakage_bound m c x - leakage keys P s tau).
Proof.
  destruct sizes_pos as [M [C [T Y]]].
  assert (F : sum p (inside P keys) = 1 - leakage keys P s tau)
    by (apply fidelity_leakage; eauto using inside_not_nil).
  assert (Q : sum (fun k => p k * q k) keys
              = (1 - leakage keys P s tau) / Z + t / Z * leakage keys P s tau).
  { unfold q. rewrite sum_levels, F. unfold leakage, p. field. lra. }
  assert (W : sum (fun k => q k ^ 2) keys = even m c t).
  { rewrite (sum_ext _ (fun k => 1 * (if P k then / Z ^ 2 else t ^ 2 / Z ^ 2))).
    - rewrite sum_levels, !sum_const. fold m c. unfold even, Z in *. field. lra.
    - intros k _. unfold q. destruct (P k); field; lra. }
  rewrite (sum_ext (fun k => (p k - q k) ^ 2)
    (fun k => (p k ^ 2 + q k ^ 2) - 2 * (p k * q k))) by (intros; ring).
  rewrite sum_minus, sum_plus, sum_scale, W, Q. unfold collision. fold p.
  rewrite leakage_bound_eq by assumption. fold t. unfold even, Z in *. field. lra.
Qed.

Lemma lead_nonneg : 0 <= Delta -> 0 <= 1 - t.
Proof.
  intros D. pose proof (exp_le (- x) 0) as L. rewrite exp_0 in L. fold t in L.
  assert (0 <= x) by (apply Rmult_le_pos; [lra | left; now apply Rinv_0_lt_compat]). lra.
Qed.

Lemma held_nonneg :
  0 <= Delta -> margin keys P s Delta ->
  0 <= 2 * (1 - t) / Z * (leakage_bound m c x - leakage keys P s tau).
Proof.
  intros D M. destruct sizes_pos as [_ [_ [_ Y]]]. pose proof (lead_nonneg D).
  pose proof (leakage_le_bound keys P s tau Delta positive block rest M) as B. fold m c x in B.
  apply Rmult_le_pos; [| lra]. apply Rmult_le_pos; [lra | left; now apply Rinv_0_lt_compat].
Qed.

Theorem collision_ge_even :
  0 <= Delta -> margin keys P s Delta -> even m c t <= collision keys s tau.
Proof.
  intros D M. pose proof collision_slack. pose proof (held_nonneg D M).
  pose proof (sum_nonneg (fun k => (p k - q k) ^ 2) keys (fun k _ => pow2_ge_0 _)). lra.
Qed.

Theorem collision_eq_even_iff :
  0 <= Delta -> margin keys P s Delta ->
  (collision keys s tau = even m c t <-> two_level keys P s Delta).
Proof.
  intros D M. pose proof collision_slack as S. destruct sizes_pos as [_ [_ [T Y]]]. split.
  - intros E. pose proof (held_nonneg D M).
    pose proof (sum_nonneg (fun k => (p k - q k) ^ 2) keys (fun k _ => pow2_ge_0 _)).
    assert (A : forall k, In k keys -> p k = q k).
    { intros k I. apply Rminus_diag_uniq. apply Rsqr_0_uniq. rewrite Rsqr_pow2.
      apply (sum_zero (fun k => (p k - q k) ^ 2) keys); [intros; apply pow2_ge_0 | lra | exact I]. }
    assert (N : keys <> []) by eauto using inside_not_nil.
    intros j k Ij Pj Ik Pk. pose proof (A j Ij) as J. pose proof (A k Ik) as H1.
    unfold q in J, H1. rewrite Pj in J. rewrite Pk in H1.
    pose proof (ln_probability keys s tau j N) as Lj. pose proof (ln_probability keys s tau k N) as Lk.
    fold p in Lj, Lk. rewrite J, ln_Rinv in Lj by assumption.
    rewrite H1, ln_quotient in Lk by assumption. unfold t in Lk at 1. rewrite ln_exp in Lk.
    assert (R : (s j - s k) / tau = Delta / tau) by (fold x; unfold Rdiv in *; lra).
    apply Rmult_eq_reg_r in R; [exact R | apply Rinv_neq_0_compat; lra].
  - intros W. destruct (leakage_eq_bound_iff keys P s tau Delta positive block rest M) as [_ B].
    specialize (B W). fold m c x in B. rewrite B in S.
    assert (A : forall k, In k keys -> p k = q k).
    { destruct (two_level_shift keys P s Delta block rest W) as [a Ha]. intros k I. unfold p.
      rewrite (probability_shift keys s (levels P Delta) tau a Ha k I). unfold probability.
      assert (Zt : total_weight keys (levels P Delta) tau = Z).
      { unfold total_weight. rewrite (sum_ext _ (fun k => 1 * (if P k then 1 else t))).
        - rewrite sum_levels, !sum_const. unfold Z, m, c. ring.
        - intros j _. unfold weight, levels. destruct (P j).
          + replace (0 / tau) with 0 by (field; lra). rewrite exp_0. ring.
          + unfold t, x. replace (- Delta / tau) with (- (Delta / tau)) by (field; lra). ring. }
      rewrite Zt. unfold weight, levels, q. destruct (P k).
      - replace (0 / tau) with 0 by (field; lra). rewrite exp_0. field. lra.
      - unfold t, x. now replace (- Delta / tau) with (- (Delta / tau)) by (field; lra). }
    rewrite (sum_const_on 0) in S; [lra |]. intros k I. rewrite (A k I). ring.
Qed.

(* with a negative margin equal scores break the bound *)
Theorem even_fails_at_negative_margin :
  Delta < 0 ->
  margin keys P (fun _ => 0) Delta /\ collision keys (fun _ => 0) tau < even m c t.
Proof.
  intros D. destruct sizes_pos as [M [C [T Y]]]. split; [intros j k _ _ _ _; lra |].
  assert (N : keys <> []) by eauto using inside_not_nil.
  assert (S : size keys = m + c).
  { transitivity (sum (fun _ : K => 1) keys); [rewrite sum_const; ring |].
    rewrite (sum_split P), !sum_const. fold m c. ring. }
  assert (H : collision keys (fun _ => 0) tau = / (m + c)).
  { unfold collision. rewrite (sum_const_on (/ (m + c) ^ 2)).
    - rewrite S. field. lra.
    - intros k _. unfold probability, total_weight. unfold weight at 1.
      rewrite (sum_const_on 1), S.
      + replace (0 / tau) with 0 by (field; lra). rewrite exp_0. field. lra.
      + intros. unfold weight. replace (0 / tau) with 0 by (field; lra). apply exp_0. }
  assert (1 < t).
  { unfold t. rewrite <- exp_0. apply exp_increasing. unfold x.
    replace (- (Delta / tau)) with (- Delta / tau) by (field; lra).
    apply Rdiv_lt_0_compat; lra. }
  rewrite H. unfold even. fold Z. apply Rmult_lt_reg_r with ((m + c) * Z ^ 2).
  { apply Rmult_lt_0_compat; [lra | now apply pow_lt]. }
  replace (/ (m + c) * ((m + c) * Z ^ 2)) with (Z ^ 2) by (field; lra).
  replace ((m + c * t ^ 2) / Z ^ 2 * ((m + c) * Z ^ 2)) with ((m + c * t ^ 2) * (m + c))
    by (field; lra).
  enough (0 < m * c * (t - 1) ^ 2) by (unfold Z; nra).
  apply Rmult_lt_0_compat; [now apply Rmult_lt_0_compat | apply pow_lt; lra].
Qed.
End Bound.

(* ---- shares against their own entropy ---- *)

Section Entropy.
Context {K : Type} (keys : list K) (s : K -> R) (tau : R) (visible : keys <> []).

Let p := probability keys s tau.
Let y := collision keys s tau.
Let q k := p k ^ 2 / y.

Lemma share_pos k : 0 < p k.
Proof. now apply probability_pos. Qed.

Lemma collision_pos : 0 < y.
Proof. apply sum_pos; [assumption |]. intros. apply pow_lt, share_pos. Qed.

Lemma tilted_pos k : 0 < q k.
Proof. apply Rdiv_lt_0_compat; [apply pow_lt, share_pos | apply collision_pos]. Qed.

Lemma tilted_total : sum q keys = sum p keys.
Proof.
  unfold q. rewrite sum_divide. fold p. unfold y, collision. fold p.
  unfold p at 3. rewrite probability_total by assumption.
  pose proof collision_pos as C. unfold y, collision in C. fold p in C. field. lra.
Qed.

Lemma tilted_cross : cross_entropy keys p q = 2 * attention_entropy keys s tau + ln y.
Proof.
  unfold attention_entropy, entropy, cross_entropy. fold p.
  rewrite (sum_ext (fun k => p k * ln (q k)) (fun k => 2 * (p k * ln (p k)) - p k * ln y)).
  - rewrite sum_minus, sum_scale, sum_scale_r. unfold p at 3.
    rewrite probability_total by assumption. ring.
  - intros k _. unfold q. pose proof (share_pos k). simpl pow. rewrite Rmult_1_r.
    rewrite ln_quotient, ln_mult by (auto using collision_pos; nra). ring.
Qed.

Theorem collision_entropy : - ln y <= attention_entropy keys s tau.
Proof.
  pose proof (gibbs keys p q (fun k _ => share_pos k) (fun k _ => tilted_pos k) tilted_total) as G.
  rewrite tilted_cross in G. change (entropy keys p) with (attention_entropy keys s tau) in G. lra.
Qed.

Theorem collision_entropy_equality :
  - ln y = attention_entropy keys s tau <-> forall j k, In j keys -> In k keys -> p j = p k.
Proof.
  split.
  - intros H. assert (A : forall k, In k keys -> p k = y).
    { intros k I. pose proof (share_pos k). pose proof collision_pos.
      assert (E : p k = q k).
      { apply (gibbs_equality keys p q); auto using share_pos, tilted_pos, tilted_total.
        rewrite tilted_cross. change (entropy keys p) with (attention_entropy keys s tau). lra. }
      unfold q in E. apply Rmult_eq_reg_l with (p k); [| lra].
      transitivity (p k ^ 2 / y * y); [| now rewrite <- E]. field. lra. }
    intros j k J I. now rewrite (A j J), (A k I).
  - intros H.
    assert (exists k, In k keys) as [k0 I0]
      by (revert visible; clear; destruct keys as [| k l]; [congruence |]; exists k; apply in_eq).
    assert (Y : y = p k0).
    { unfold y, collision. fold p. rewrite (sum_ext _ (fun k => p k0 * p k)).
      - rewrite sum_scale. unfold p at 2. rewrite probability_total by assumption. ring.
      - intros k I. rewrite (H k k0 I I0). ring. }
    unfold attention_entropy, entropy. fold p.
    rewrite (sum_ext (fun k => p k * ln (p k)) (fun k => p k * ln (p k0))).
    + rewrite sum_scale_r. unfold p at 1. rewrite probability_total by assumption.
      rewrite Y. ring.
    + intros k I. now rewrite (H k k0 I I0).
Qed.
End Entropy.

Lemma collision_ge_margin {K} (keys : list K) P s tau Delta :
  0 < tau -> inside P keys <> [] -> outside P keys <> [] -> 0 <= Delta ->
  margin keys P s Delta ->
  exp (- entropy_bound (size (inside P keys)) (size (outside P keys)) (Delta / tau))
  <= exp (- attention_entropy keys s tau) <= collision keys s tau.
Proof.
  intros T NR NC D M. assert (N : keys <> []) by eauto using inside_not_nil.
  pose proof (entropy_le_bound keys P s tau Delta T NR NC D M).
  pose proof (collision_entropy keys s tau N). split; [apply exp_le; lra |].
  rewrite <- (exp_ln (collision keys s tau)) by now apply collision_pos.
  apply exp_le. lra.
Qed.

(* ---- bias ---- *)

Lemma bias_le {K} (keys : list K) s tau (f d : K -> R) (f0 Lip : R) :
  keys <> [] -> (forall k, In k keys -> Rabs (f k - f0) <= Lip * d k) ->
  Rabs (mean keys s tau f - f0) <= Lip * mean keys s tau d.
Proof.
  intros N B. rewrite <- (mean_const keys s tau f0) by assumption. unfold mean.
  rewrite <- sum_minus, <- sum_scale.
  eapply Rle_trans; [| apply (sum_le (fun k => Rabs (probability keys s tau k * (f k - f0))))].
  - clear B. generalize (probability keys s tau). intros a.
    induction keys as [| k l IH]; [rewrite !sum_nil, Rabs_R0; lra |].
    rewrite !sum_cons. eapply Rle_trans; [apply Rabs_triang |].
    apply Rplus_le_compat.
    + apply Req_le. f_equal. ring.
    + destruct l as [| j l]; [rewrite !sum_nil, Rabs_R0; lra | apply IH; discriminate].
  - intros k I. specialize (B k I). pose proof (probability_pos keys s tau k N).
    rewrite Rabs_mult, (Rabs_pos_eq (probability keys s tau k)) by lra. nra.
Qed.

(* ---- affine functions ---- *)

(* the weighted squared loss of the model a + <b, z> *)
Definition affine_loss {K I} (keys : list K) (dims : list I) s tau (z : K -> I -> R) (y : K -> R)
    (a : R) (b : I -> R) : R :=
  sum (fun k => probability keys s tau k * (y k - (a + sum (fun i => b i * z k i) dims)) ^ 2) keys.

Theorem affine_fit {K I} (keys : list K) (dims : list I) s tau (z : K -> I -> R) (f0 a : R)
    (slope b : I -> R) :
  keys <> [] ->
  (forall a b, (forall k, In k keys -> a + sum (fun i => b i * z k i) dims = 0) -> a = 0) ->
  let y k := f0 + sum (fun i => slope i * z k i) dims in
  (forall a' b', affine_loss keys dims s tau z y a b <= affine_loss keys dims s tau z y a' b') ->
  a = f0.
Proof.
  intros N D y B. specialize (B f0 slope).
  assert (Z : affine_loss keys dims s tau z y f0 slope = 0).
  { unfold affine_loss. rewrite (sum_const_on 0); [ring |]. intros. unfold y. ring. }
  assert (T : forall k, In k keys -> 0 <= probability keys s tau k
    * (y k - (a + sum (fun i => b i * z k i) dims)) ^ 2).
  { intros k _. apply Rmult_le_pos; [left; now apply probability_pos | apply pow2_ge_0]. }
  pose proof (sum_nonneg _ keys T) as G. fold (affine_loss keys dims s tau z y a b) in G.
  enough (f0 - a = 0) by lra. apply (D _ (fun i => slope i - b i)). intros k I0.
  rewrite Z in B. pose proof (sum_zero _ keys T (Rle_antisym _ _ B G) k I0) as E.
  apply Rmult_integral in E. destruct E as [E | E].
  { pose proof (probability_pos keys s tau k N). lra. }
  rewrite <- Rsqr_pow2 in E. apply Rsqr_0_uniq in E. unfold y in E.
  rewrite (sum_ext _ (fun i => slope i * z k i - b i * z k i)) by (intros; ring).
  rewrite sum_minus. lra.
Qed.

Section Line.
Context {K : Type} (keys : list K) (s z : K -> R) (tau : R).

Let s1 := mean keys s tau z.
Let s2 := mean keys s tau (fun k => z k ^ 2).

(* the weight of a point in the value of the fitted line at the query *)
Definition line_weight (k : K) : R :=
  probability keys s tau k * (s2 - z k * s1) / (s2 - s1 ^ 2).

Lemma places_spread j k : In j keys -> In k keys -> z j <> z k -> 0 < s2 - s1 ^ 2.
Proof.
  intros J I D. assert (N : keys <> []) by (intros ->; exact J).
  assert (V : s2 - s1 ^ 2 = sum (fun k => probability keys s tau k * (z k - s1) ^ 2) keys).
  { rewrite (sum_ext _ (fun k => (probability keys s tau k * z k ^ 2
      - 2 * s1 * (probability keys s tau k * z k)) + s1 ^ 2 * probability keys s tau k))
      by (intros; ring).
    rewrite sum_plus, sum_minus, !sum_scale, probability_total by assumption.
    unfold s1, s2, mean. ring. }
  assert (T : forall k, In k keys -> 0 <= probability keys s tau k * (z k - s1) ^ 2).
  { intros i _. apply Rmult_le_pos; [left; now apply probability_pos | apply pow2_ge_0]. }
  rewrite V. destruct (sum_nonneg _ keys T) as [L | E]; [exact L | exfalso]. symmetry in E.
  assert (A : forall i, In i keys -> z i = s1).
  { intros i Ii. pose proof (sum_zero _ keys T E i Ii) as Z.
    pose proof (probability_pos keys s tau i N). apply Rmult_integral in Z.
    destruct Z as [Z | Z]; [lra |]. rewrite <- Rsqr_pow2 in Z. apply Rsqr_0_uniq in Z. lra. }
  apply D. now rewrite (A j J), (A k I).
Qed.

Theorem line_weights j k : In j keys -> In k keys -> z j <> z k ->
  sum line_weight keys = 1 /\ sum (fun i => line_weight i * z i) keys = 0.
Proof.
  intros J I D. pose proof (places_spread j k J I D) as S.
  assert (N : keys <> []) by (intros ->; exact J). unfold line_weight. split.
  - rewrite sum_divide. rewrite (sum_ext _ (fun i => probability keys s tau i * s2
      - s1 * (probability keys s tau i * z i))) by (intros; ring).
    rewrite sum_minus, sum_scale, sum_scale_r, probability_total by assumption.
    fold (mean keys s tau z). fold s1. field. lra.
  - rewrite (sum_ext _ (fun i => (s2 * (probability keys s tau i * z i)
      - s1 * (probability keys s tau i * z i ^ 2)) / (s2 - s1 ^ 2))) by (intros; field; lra).
    rewrite sum_divide, sum_minus, !sum_scale.
    fold (mean keys s tau z). fold (mean keys s tau (fun k => z k ^ 2)). fold s1 s2. field. lra.
Qed.
End Line.

(* points at 1 and 2 of equal weight: the farther one counts negatively at 0 *)
Theorem line_weight_negative (tau : R) :
  line_weight [1; 2] (fun _ => 0) (fun z => z) tau 2 = - (1).
Proof.
  assert (H : forall z, probability [1; 2] (fun _ => 0) tau z = / 2).
  { intros z. unfold probability, total_weight, weight, sum. simpl.
    generalize (exp_pos (0 / tau)). generalize (exp (0 / tau)). intros w W. field. lra. }
  unfold line_weight, mean, sum. cbn [map fold_right]. rewrite !H. field.
Qed.

(* a design on one side of the query drags the local mean of every affine function along *)
Theorem one_sided_mean {K} (keys : list K) s tau (z : K -> R) (f0 slope : R) :
  keys <> [] -> (forall k, In k keys -> 0 < z k) -> slope <> 0 ->
  mean keys s tau (fun k => f0 + slope * z k) <> f0.
Proof.
  intros N Z S E. assert (0 < mean keys s tau z) as M.
  { unfold mean. apply sum_pos; [assumption |]. intros k I.
    apply Rmult_lt_0_compat; [now apply probability_pos | auto]. }
  assert (mean keys s tau (fun k => f0 + slope * z k) = f0 + slope * mean keys s tau z) as A.
  { rewrite <- (mean_const keys s tau f0) at 1 by assumption. unfold mean.
    rewrite <- sum_scale, <- sum_plus. apply sum_ext. intros. ring. }
  rewrite A in E. assert (slope * mean keys s tau z = 0) as Q by lra.
  apply Rmult_integral in Q. lra.
Qed.

(* ---- the estimate ---- *)

Section Estimate.
Context {K G : Type} (keys : list K) (P : K -> bool) (s : K -> R) (tau Delta sigma2 : R).
Context (f : K -> R) (e : K -> G -> R) (E : (G -> R) -> R).

Let estimate o := mean keys s tau (fun k => f k + e k o).

Theorem estimate_variance :
  uncorrelated_noise E keys e sigma2 ->
  E estimate = mean keys s tau f /\
  E (fun o => (estimate o - E estimate) ^ 2) = sigma2 * collision keys s tau.
Proof. intros N. now apply noise_variance_eq. Qed.

Context (positive : 0 < tau) (block : inside P keys <> []) (rest : outside P keys <> []).
Context (lead : margin keys P s Delta) (ahead : 0 <= Delta).
Context (noise : uncorrelated_noise E keys e sigma2).

Let least := kernel_regression_bound sigma2 (size (inside P keys)) (size (outside P keys))
  (Delta / tau).

Theorem estimate_errs (Lip f0 : R) (d : K -> R) :
  (forall k, In k keys -> Rabs (f k - f0) <= Lip * d k) ->
  E (fun o => (estimate o - E estimate) ^ 2) >= least /\
  Rabs (E estimate - f0) <= kernel_regression_bias_bound Lip (mean keys s tau d).
Proof.
  intros B. destruct (estimate_variance noise) as [M V]. rewrite V, M. split.
  - unfold least. rewrite kernel_regression_bound_eq by now apply size_pos.
    destruct noise as [S _]. apply Rle_ge, Rmult_le_compat_l; [lra |].
    now apply collision_ge_even.
  - unfold kernel_regression_bias_bound. rewrite (Rmult_comm _ Lip).
    apply bias_le; eauto using inside_not_nil.
Qed.

Theorem estimate_varies_least_iff :
  E (fun o => (estimate o - E estimate) ^ 2) = least <-> two_level keys P s Delta.
Proof.
  destruct (estimate_variance noise) as [_ V]. rewrite V. unfold least.
  rewrite kernel_regression_bound_eq by now apply size_pos. destruct noise as [S _].
  rewrite <- (collision_eq_even_iff keys P s tau Delta positive block rest ahead lead).
  split; [intros H; apply Rmult_eq_reg_l in H; [exact H | lra] | now intros ->].
Qed.
End Estimate.

Theorem log_variance_ge {K} (keys : list K) s tau sigma2 :
  keys <> [] -> 0 < sigma2 ->
  let log_variance := ln (sigma2 * collision keys s tau) in
  let bound := kernel_regression_entropy_bound sigma2 (attention_entropy keys s tau) in
  log_variance >= bound /\
  (log_variance = bound
   <-> forall j k, In j keys -> In k keys ->
         probability keys s tau j = probability keys s tau k).
Proof.
  intros N S. cbv zeta. unfold kernel_regression_entropy_bound.
  rewrite ln_mult by (try apply collision_pos; assumption).
  pose proof (collision_entropy keys s tau N). split; [lra |].
  rewrite <- collision_entropy_equality by assumption. split; lra.
Qed.

Theorem variance_ge_margin {K} (keys : list K) P s tau Delta sigma2 :
  0 < tau -> inside P keys <> [] -> outside P keys <> [] -> 0 <= Delta ->
  margin keys P s Delta -> 0 < sigma2 ->
  let m := size (inside P keys) in
  let c := size (outside P keys) in
  kernel_regression_margin_bound sigma2 m c (Delta / tau)
  = sigma2 * exp (- entropy_bound m c (Delta / tau)) /\
  kernel_regression_margin_bound sigma2 m c (Delta / tau)
  <= sigma2 * exp (- attention_entropy keys s tau) <= sigma2 * collision keys s tau.
Proof.
  intros T NR NC D M S m c.
  assert (E : kernel_regression_margin_bound sigma2 m c (Delta / tau)
              = sigma2 * exp (- entropy_bound m c (Delta / tau)))
    by (apply kernel_regression_margin_bound_eq; now apply size_pos).
  split; [exact E |]. rewrite E.
  destruct (collision_ge_margin keys P s tau Delta T NR NC D M).
  split; (apply Rmult_le_compat_l; [lra | assumption]).
Qed.

Theorem variance_fails_at_negative_margin {K} (keys : list K) P tau Delta sigma2 :
  0 < tau -> inside P keys <> [] -> outside P keys <> [] -> Delta < 0 -> 0 < sigma2 ->
  exists s, margin keys P s Delta /\
    sigma2 * collision keys s tau
    < kernel_regression_bound sigma2 (size (inside P keys)) (size (outside P keys)) (Delta / tau).
Proof.
  intros T NR NC D S.
  destruct (even_fails_at_negative_margin keys P tau Delta T NR NC D) as [M L].
  exists (fun _ => 0). split; [exact M |].
  rewrite kernel_regression_bound_eq by now apply size_pos. now apply Rmult_lt_compat_l.
Qed.
