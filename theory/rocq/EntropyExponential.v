(* entropy-exponential -- entropy <= ln m + (1 + x) (c/m) e^-x with x = Delta/tau; exact as x grows.

   Source: localist, the announced exponential decay of attention entropy.
   Assumes: tau > 0; the block and the rest are not empty; margin at least Delta; Delta >= 0.

   Proved, with u = (c/m) e^-x and H* the bound of `entropy`:
   0 <= (1+x) u - (H* - ln m) <= (x + 1/2) u^2 (exponential_gap_between); the bound on the entropy
   (entropy_le_exponential); two-level scores come within (x + 1/2) u^2 of it
   (exponential_gap_two_level) and the ratio of the two excesses over ln m tends to 1
   (exponential_ratio_limit); no constant K gives H* <= ln m + K e^-x, nor bounds the entropy
   of attention that way (no_pure_exponential, no_pure_exponential_attention). *)
Require Import Reals Lra List.
From Coquelicot Require Import Coquelicot.
From Locality Require Import Functions Bounds Softmax Calculus Leakage Entropy.
Import ListNotations.
Open Scope R_scope.

Lemma entropy_exponential_bound_eq (m c x : R) :
  0 < m -> 0 < c -> entropy_exponential_bound m c x = ln m + (1 + x) * (c / m * exp (- x)).
Proof.
  intros M C. rewrite <- odds_worst by assumption. unfold entropy_exponential_bound.
  rearrange (ln (c / m) - x). ring.
Qed.

Lemma entropy_bound_odds (m c x : R) :
  0 < m -> 0 < c ->
  let u := c / m * exp (- x) in entropy_bound m c x = ln m + ln (1 + u) + x * (u / (1 + u)).
Proof.
  intros M C u. destruct (leakage_bound_odds m c x M C) as [U L]. fold u in U, L.
  rewrite entropy_bound_eq, L, <- ln_mult by lra. do 2 f_equal. unfold u. field. lra.
Qed.

Lemma ln_above_parabola (u : R) : 0 <= u -> u - u ^ 2 / 2 <= ln (1 + u).
Proof.
  intros [U | <-]; [| replace (1 + 0) with 1 by ring; rewrite ln_1; lra].
  pose proof (increasing_by_derivative (fun t => ln (1 + t) - (t - t ^ 2 / 2))
    (fun t => t ^ 2 / (1 + t)) 0 u U) as I.
  cbv beta in I. replace (1 + 0) with 1 in I by ring. rewrite ln_1 in I.
  enough (0 - (0 - 0 ^ 2 / 2) < ln (1 + u) - (u - u ^ 2 / 2)) by lra. apply I.
  - intros t T. auto_derive; [lra | field; lra].
  - intros t T. apply Rdiv_lt_0_compat; [apply pow_lt |]; lra.
Qed.

Theorem exponential_gap_between (m c x : R) :
  0 < m -> 0 < c -> 0 <= x ->
  let u := c / m * exp (- x) in
  0 <= (1 + x) * u - (entropy_bound m c x - ln m) <= (x + 1 / 2) * u ^ 2.
Proof.
  intros M C X u. destruct (leakage_bound_odds m c x M C) as [U _]. fold u in U.
  rewrite entropy_bound_odds by assumption. fold u.
  pose proof (ln_below_tangent (1 + u)). pose proof (ln_above_parabola u).
  assert (A : 0 <= x * (u ^ 2 / (1 + u))).
  { apply Rmult_le_pos; [assumption |]. apply Rdiv_le_0_compat; nra. }
  assert (B : x * (u ^ 2 / (1 + u)) <= x * u ^ 2).
  { apply Rmult_le_compat_l; [assumption |]. apply Rmult_le_reg_r with (1 + u); [lra |].
    unfold Rdiv. rewrite Rmult_assoc, Rinv_l; nra. }
  assert (x * (u / (1 + u)) = x * u - x * (u ^ 2 / (1 + u))) as -> by (field; lra).
  lra.
Qed.

Lemma entropy_bound_le_exponential (m c x : R) :
  0 < m -> 0 < c -> 0 <= x -> entropy_bound m c x <= entropy_exponential_bound m c x.
Proof.
  intros M C X. rewrite entropy_exponential_bound_eq by assumption.
  pose proof (exponential_gap_between m c x M C X) as G. cbv zeta in G. lra.
Qed.

Section Bound.
Context {K : Type} (keys : list K) (P : K -> bool) (s : K -> R) (tau Delta : R).
Context (positive : 0 < tau) (block : inside P keys <> []) (rest : outside P keys <> []).
Context (ahead : 0 <= Delta).

Let m := size (inside P keys).
Let c := size (outside P keys).
Let x := Delta / tau.
Let u := c / m * exp (- x).

Theorem entropy_le_exponential :
  margin keys P s Delta -> attention_entropy keys s tau <= entropy_exponential_bound m c x.
Proof.
  intros M. apply Rle_trans with (entropy_bound m c x); [now apply entropy_le_bound |].
  apply entropy_bound_le_exponential; [now apply size_pos .. |]. now apply Rdiv_le_0_compat.
Qed.

Theorem exponential_gap_two_level :
  two_level keys P s Delta ->
  0 <= entropy_exponential_bound m c x - attention_entropy keys s tau <= (x + 1 / 2) * u ^ 2.
Proof.
  intros T. rewrite (entropy_two_level keys P s tau Delta) by assumption. fold m c x.
  pose proof (size_pos _ block : 0 < m). pose proof (size_pos _ rest : 0 < c).
  rewrite entropy_exponential_bound_eq by assumption. fold u.
  pose proof (exponential_gap_between m c x) as G. cbv zeta in G. fold u in G.
  assert (0 <= x) by now apply Rdiv_le_0_compat. lra.
Qed.
End Bound.

Theorem exponential_ratio_limit (m c : R) :
  0 < m -> 0 < c ->
  is_lim (fun x => (entropy_bound m c x - ln m) / (entropy_exponential_bound m c x - ln m))
    p_infty 1.
Proof.
  intros M C.
  apply (is_lim_le_le_loc (fun x => 1 - c / m * exp (- x)) (fun _ => 1)).
  - exists 0. intros x X. rewrite entropy_exponential_bound_eq by assumption.
    destruct (leakage_bound_odds m c x M C) as [U _].
    pose proof (exponential_gap_between m c x M C (Rlt_le _ _ X)) as G. cbv zeta in *.
    set (u := c / m * exp (- x)) in *. assert (0 < (1 + x) * u) by nra.
    replace (ln m + (1 + x) * u - ln m) with ((1 + x) * u) by ring.
    split; apply Rmult_le_reg_r with ((1 + x) * u); try assumption;
      unfold Rdiv; rewrite (Rmult_assoc _ (/ _)), Rinv_l by lra; nra.
  - replace (Finite 1) with (Finite (1 - c / m * 0)) by (f_equal; ring).
    apply is_lim_minus'; [apply is_lim_const |].
    apply (is_lim_scal_l _ (c / m) p_infty 0).
    apply (is_lim_comp exp Ropp p_infty 0 m_infty); [apply is_lim_exp_m | | now exists 0].
    apply (is_lim_opp (fun y => y) p_infty p_infty), is_lim_id.
  - apply is_lim_const.
Qed.

(* ---- boundary: the factor 1 + x is needed ---- *)

Theorem no_pure_exponential (m c K : R) :
  0 < m -> 0 < c -> exists x, 0 <= x /\ entropy_bound m c x > ln m + K * exp (- x).
Proof.
  intros M C. pose proof (Rdiv_lt_0_compat c m C M) as Q. set (r := c / m) in *.
  set (y := Rmax 0 (K / r * (1 + r))). exists y. assert (Y : 0 <= y) by apply Rmax_l.
  split; [exact Y |]. rewrite entropy_bound_odds by assumption. fold r.
  pose proof (exp_pos (- y)) as E. set (e := exp (- y)) in *.
  assert (E1 : e <= 1) by (unfold e; rewrite <- exp_0; apply exp_le; lra).
  assert (L : 0 < ln (1 + r * e)) by (rewrite <- ln_1; apply ln_increasing; nra).
  assert (B : K * e <= y * (r * e / (1 + r * e))); [| lra].
  assert (K * (1 + r) <= y * r).
  { apply Rle_trans with (K / r * (1 + r) * r); [right; field; lra |].
    apply Rmult_le_compat_r; [lra |]. apply Rmax_r. }
  assert (V : 0 < r * e <= r) by (split; nra).
  assert (K * (1 + r * e) <= y * r) by (destruct (Rle_or_lt 0 K); nra).
  apply Rmult_le_reg_r with (1 + r * e); [lra |].
  replace (y * (r * e / (1 + r * e)) * (1 + r * e)) with (y * r * e) by (field; lra). nra.
Qed.

Theorem no_pure_exponential_attention {K} (keys : list K) P tau (constant : R) :
  0 < tau -> inside P keys <> [] -> outside P keys <> [] ->
  exists s Delta, 0 <= Delta /\ two_level keys P s Delta /\
    attention_entropy keys s tau > ln (size (inside P keys)) + constant * exp (- (Delta / tau)).
Proof.
  intros T NR NC.
  destruct (no_pure_exponential (size (inside P keys)) (size (outside P keys)) constant)
    as [x [X E]]; [now apply size_pos .. |].
  exists (levels P (x * tau)), (x * tau).
  split; [nra | split; [apply two_level_levels |]].
  rewrite (entropy_two_level keys P _ tau (x * tau)); auto using two_level_levels.
  replace (x * tau / tau) with x by (field; lra). exact E.
Qed.
